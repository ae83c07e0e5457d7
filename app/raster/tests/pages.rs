//! Files of several pages: each is an image of its own, and overviews and masks are none.

use std::fs::File;
use std::path::{Path, PathBuf};

use raster::{OpenOptions, OverviewStore, Source, TileCache, overviews};
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Directories of one grey value each: width, height, kind (1 smaller copy, 4 mask) and value.
fn write(path: &Path, directories: &[(u32, u32, u32, u8)]) -> Outcome {
    let mut encoder = TiffEncoder::new(File::create(path)?)?;
    for (width, height, kind, value) in directories {
        let mut image = encoder.new_image::<colortype::Gray8>(*width, *height)?;
        image.encoder().write_tag(Tag::NewSubfileType, *kind)?;
        image.write_data(&vec![*value; (width * height) as usize])?;
    }
    Ok(())
}

fn page(path: &Path, part: &str) -> PathBuf {
    PathBuf::from(format!("{}:{part}", path.display()))
}

#[test]
fn every_page_is_opened_by_its_number_and_info_lists_them() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.tif");
    write(
        &path,
        &[(40, 30, 0, 1), (20, 15, 1, 11), (50, 20, 2, 2), (25, 10, 1, 12), (50, 20, 4, 255), (8, 9, 0, 3)],
    )?;
    let first = Source::open(&path)?;
    let pages = &first.image().about.pages;
    let sizes: Vec<_> = pages.iter().map(|p| (p.number, p.width, p.height, p.bands)).collect();
    assert_eq!(sizes, [(1, 40, 30, 1), (2, 50, 20, 1), (3, 8, 9, 1)]);
    assert_eq!(first.image().about.page, Some(1));
    assert!(first.image().warnings.iter().any(|w| w.contains("scan.tif:2")), "{:?}", first.image().warnings);
    for (number, size, value, levels) in [(1, (40, 30), 1.0, 2), (2, (50, 20), 2.0, 2), (3, (8, 9), 3.0, 1)] {
        let source = Source::open(&page(&path, &number.to_string()))?;
        let image = source.image();
        assert_eq!(((image.width, image.height), image.about.page), (size, Some(number)));
        assert_eq!(source.read_window(0, 0, 0, 1, 1, &[0])?.value(0, 0, 0), Some(value));
        assert_eq!(source.pyramid().levels().len(), levels, "page {number}");
        assert_eq!(image.has_mask, number == 2, "page {number}");
        if levels == 2 {
            assert_eq!(source.read_window(1, 0, 0, 1, 1, &[0])?.value(0, 0, 0), Some(value + 10.0));
        }
        assert_eq!(image.about.files, std::slice::from_ref(&path));
    }
    for part in ["0", "4", "-1", "two", "1e9", ""] {
        let error = Source::open(&page(&path, part)).expect_err(part);
        assert!(error.to_string().contains("pages 1 to 3"), "{part}: {error}");
    }
    Ok(())
}

#[test]
fn a_file_of_one_page_says_nothing_of_pages_and_has_no_second() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("one.tif");
    write(&path, &[(40, 30, 0, 1), (20, 15, 1, 1)])?;
    let source = Source::open(&path)?;
    assert!(source.image().about.pages.is_empty() && source.image().warnings.is_empty());
    assert!(Source::open(&page(&path, "1")).is_ok());
    assert!(Source::open(&page(&path, "2")).expect_err("none").to_string().contains("one page"));
    Ok(())
}

#[test]
fn kept_overviews_of_one_page_are_never_those_of_another() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("large.tif");
    write(&path, &[(2000, 1500, 0, 7), (2000, 1500, 0, 9)])?;
    let options = OpenOptions {
        cache: TileCache::new(16 << 20),
        overviews: OverviewStore::in_folder(&folder.path().join("kept")),
        ..OpenOptions::default()
    };
    let first = Source::open_with(&path, &options)?;
    overviews::build(&first, &|_| true)?;
    let second = Source::open_with(&page(&path, "2"), &options)?;
    assert!(second.wants_overviews(), "those of the first page are not its own");
    overviews::build(&second, &|_| true)?;
    for (path, value) in [(path.clone(), 7.0), (page(&path, "2"), 9.0)] {
        let source = Source::open_with(&path, &options)?;
        assert!(!source.wants_overviews());
        assert_eq!(source.read_window(1, 0, 0, 1, 1, &[0])?.value(0, 0, 0), Some(value));
    }
    Ok(())
}

#[test]
fn damaged_lists_of_pages_cost_a_page_and_not_the_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("scan.tif");
    write(&path, &[(40, 30, 0, 1), (50, 20, 0, 2), (8, 9, 0, 3)])?;
    let whole = std::fs::read(&path)?;
    for len in (0..whole.len()).step_by(7) {
        std::fs::write(&path, &whole[..len])?;
        for part in [path.clone(), page(&path, "2"), page(&path, "3")] {
            if let Ok(source) = Source::open(&part) {
                // What opens can be read, or says why not.
                drop(source.read_window(0, 0, 0, 1, 1, &[0]));
            }
        }
    }
    let mut state = 3_u32;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % bytes.len();
            bytes[at] = state as u8;
        }
        std::fs::write(&path, &bytes)?;
        for part in ["1", "2", "3"] {
            if let Ok(source) = Source::open(&page(&path, part)) {
                drop(source.read_window(0, 0, 0, 1, 1, &[0]));
            }
        }
    }
    Ok(())
}
