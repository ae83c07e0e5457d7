//! The pages of a TIFF: its images that are neither overview nor mask of another, as `FILE:2` names them.

use std::path::{Path, PathBuf};

use crate::about::Page;
use crate::error::Fault;
use crate::file::name_of;
use crate::ifd::{Directory, Tiff};
use crate::tags;

/// A page and which directory of the file it is.
#[derive(Clone, Debug)]
pub(crate) struct ListedPage {
    pub(crate) at: usize,
    pub(crate) about: Page,
}

/// Bits of a directory's kind: a smaller copy, a mask.
const REDUCED: u64 = 1;
const MASK: u64 = 4;

/// Every page of a file. The first directory is one whatever it says of itself.
pub(crate) fn list(tiff: &Tiff, chain: &[Directory]) -> Vec<ListedPage> {
    let number =
        |dir: &Directory, tag, otherwise: u64| tiff.first(dir, tag).ok().flatten().unwrap_or(otherwise);
    let small = |n: u64| n.min(u64::from(u32::MAX)) as u32;
    let is_page = |at: usize, dir: &Directory| {
        at == 0 || number(dir, tags::NEW_SUBFILE_TYPE, 0) & (REDUCED | MASK) == 0
    };
    let own = chain.iter().enumerate().filter(|(at, dir)| is_page(*at, dir));
    let page = |(number_before, (at, dir)): (usize, (usize, &Directory))| ListedPage {
        at,
        about: Page {
            number: number_before as u32 + 1,
            width: small(number(dir, tags::IMAGE_WIDTH, 0)),
            height: small(number(dir, tags::IMAGE_LENGTH, 0)),
            bands: small(number(dir, tags::SAMPLES_PER_PIXEL, 1)),
        },
    };
    own.enumerate().map(page).collect()
}

/// Whether a smaller copy or a mask has the proportions of a page, where several pages are in question.
pub(crate) fn is_of(tiff: &Tiff, page: &Directory, other: &Directory) -> bool {
    let side = |dir, tag| tiff.first(dir, tag).ok().flatten().unwrap_or(0) as f64;
    let (width, height) = (side(page, tags::IMAGE_WIDTH), side(page, tags::IMAGE_LENGTH));
    let (w, h) = (side(other, tags::IMAGE_WIDTH), side(other, tags::IMAGE_LENGTH));
    (h * width - w * height).abs() <= width.max(height)
}

/// The page that `FILE:part` asks for.
pub(crate) fn number(part: &str, pages: &[ListedPage]) -> Result<u32, Fault> {
    let number = part.parse::<u32>().ok().filter(|n| (1..=pages.len() as u32).contains(n));
    number.ok_or_else(|| match pages.len() {
        1 => Fault::out_of_range(format!("it has one page and no part “{part}”")),
        n => Fault::out_of_range(format!("it has the pages 1 to {n} and no part “{part}”")),
    })
}

/// How a page is asked for.
pub(crate) fn path_of(file: &Path, number: u32) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(format!(":{number}"));
    path.into()
}

/// Says that there are others, where nobody chose one.
pub(crate) fn tell(file: &Path, pages: &[ListedPage], number: u32, warnings: &mut Vec<String>) {
    if pages.len() > 1 && number == 1 {
        let (name, count) = (name_of(file), pages.len());
        warnings.push(format!(
            "The file holds {count} pages; this is the first. Open “{name}:2” for the second."
        ));
    }
}
