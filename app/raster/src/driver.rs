//! What every file format gives, and which format a file is: decided by its content, never by its name.

use std::path::{Path, PathBuf};

use remote::Address;
use spatial::{Level, TileWindow};

use crate::describe::ImageDescription;
use crate::envi;
use crate::error::Fault;
use crate::exact::ExactBuffer;
use crate::file::RandomFile;
use crate::geotiff::GeoTiff;
use crate::picture::Picture;
use crate::plan::BandPlan;
use crate::rough::RoughGrid;
use crate::samples::{SampleBuffer, SampleType};
use crate::source::OpenOptions;
use crate::vrt::Vrt;
use crate::{jpeg2000, lan, matlab, npy, variables};

/// Whether decoded chunks are kept for the next reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For looking around.
    Yes,
    /// For reading everything once.
    OnlyShared,
}

/// Stored samples of a window, band after band, and 255 or 0 per pixel where the file has a mask.
pub(crate) type Stored = (SampleBuffer, Option<Vec<u8>>);

/// The same, none rounded.
pub(crate) type ExactStored = (ExactBuffer, Option<Vec<u8>>);

/// An open file of some format: windows of its samples as they are stored.
///
/// What the samples mean (palettes, alpha, no-data) is said by the [`BandPlan`] of [`Opened`]; levels that
/// the file lacks come from [`crate::overviews`]. Callers have checked that windows lie in their level and
/// that samples exist.
pub(crate) trait Driver: std::fmt::Debug + Send + Sync {
    /// The file's own levels, finest first, each with the tiles that are cheapest to read.
    fn levels(&self) -> Vec<Level>;

    /// Stored samples of a pixel.
    fn samples(&self) -> u16;

    /// The kind of number that they are read as.
    fn sample_type(&self) -> SampleType;

    /// Samples of a window of a level, in the order asked for.
    fn read(&self, level: usize, window: TileWindow, samples: &[usize], keep: Keep) -> Result<Stored, Fault>;

    /// True where reading rounds samples that [`Driver::read_exact`] does not: 32-bit and 64-bit whole numbers
    /// and doubles.
    fn is_rounded(&self) -> bool {
        false
    }

    /// The same samples, none rounded. Only asked for where reading rounds.
    fn read_exact(
        &self,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<ExactStored, Fault> {
        let (values, mask) = self.read(level, window, samples, keep)?;
        Ok((ExactBuffer::from(&values), mask))
    }

    /// True when reading a level gives a mask.
    fn has_mask(&self, _level: usize) -> bool {
        false
    }

    /// What turned out to be doubtful while pixels were read, in sentences.
    fn doubts(&self) -> Vec<String> {
        Vec::new()
    }

    /// Where single pixels of a level cost little, for a rough view; `None` where each costs as much as its
    /// neighbourhood.
    fn rough(&self, _level: usize) -> Option<RoughGrid> {
        None
    }

    /// Samples of the pixels of a level where columns and rows meet, both rising.
    fn read_crossings(
        &self,
        _level: usize,
        _crossings: (&[u32], &[u32]),
        _samples: &[usize],
    ) -> Result<Stored, Fault> {
        Err(Fault::out_of_range("it has no rough view"))
    }

    /// How many whole rows of a level can be loaded ahead by [`Driver::load_rows`]; `None` when windows of
    /// any shape cost what they hold.
    fn rows_ahead(&self, _level: usize) -> Option<u32> {
        None
    }

    /// Decodes some rows into the cache on all cores, where that makes the windows to come cheaper.
    fn load_rows(&self, _level: usize, _y: u32, _height: u32) -> Result<(), Fault> {
        Ok(())
    }
}

/// A file that was recognised and opened: what it is, how bands come from its samples, and its reader.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) image: ImageDescription,
    pub(crate) plan: BandPlan,
    pub(crate) driver: Box<dyn Driver>,
    /// Every file that its samples depend on; kept overviews belong to their present state.
    pub(crate) files: Vec<PathBuf>,
}

/// A file of a format that is still to be found out.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) path: &'a Path,
    /// The part of the file that is asked for, as in `FILE:variable`; the format that knows what it means
    /// takes it.
    pub(crate) part: Option<&'a str>,
    pub(crate) file: RandomFile,
    /// The first bytes of the file, at most [`HEAD_BYTES`].
    pub(crate) head: Vec<u8>,
    pub(crate) options: &'a OpenOptions,
    /// What is odd about the file, in sentences.
    pub(crate) warnings: Vec<String>,
}

/// A format's way in: `None` when the file is of another kind.
type Open = fn(&mut Candidate<'_>) -> Result<Option<Opened>, Fault>;

/// Every format, in the order in which they are asked. Those that are known by their first bytes come
/// first, those that are known by a neighbour last.
const FORMATS: [Open; 9] = [
    GeoTiff::try_open,
    jpeg2000::try_open,
    Picture::try_open,
    Vrt::try_open,
    lan::try_open,
    npy::try_open,
    matlab::try_open,
    variables::try_open,
    envi::try_open,
];

/// Endings that image files usually have, for dialogs. What a file is, only its content says.
pub const USUAL_ENDINGS: [&str; 28] = [
    "vrt", "tif", "tiff", "png", "jpg", "jpeg", "webp", "jxl", "jp2", "j2k", "j2c", "jpx", "hdr", "bsq",
    "bil", "bip", "img", "dat", "raw", "cube", "lan", "gis", "npy", "nc", "h5", "hdf5", "he5", "mat",
];

/// What formats know themselves by.
const HEAD_BYTES: u64 = 4096;

/// Opens a file with the first format that knows it; with it, which of its images was asked for.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<(Opened, Option<String>), Fault> {
    let (path, part) = split_part(path);
    if !crate::file::is_address(path) && path.is_dir() {
        return crate::folder::open(path, options).map(|opened| (opened, None));
    }
    let file = RandomFile::open_anywhere(path, options)?;
    let head = file.read_range(0, file.len().min(HEAD_BYTES) as usize)?;
    if head.is_empty() {
        return Err(Fault::NotAnImage("the file is empty".into()));
    }
    let mut candidate = Candidate { path, part, file, head, options, warnings: Vec::new() };
    for format in FORMATS {
        match format(&mut candidate) {
            Ok(None) => {}
            Ok(Some(opened)) => {
                return whole(opened, &candidate).map(|opened| (opened, part.map(str::to_owned)));
            }
            Err(fault @ Fault::Unsupported(_)) => {
                return last_resort(&mut candidate, fault).map(|opened| (opened, part.map(str::to_owned)));
            }
            Err(fault) => return Err(fault),
        }
    }
    let fault = Fault::NotAnImage("it is not an image of a kind that is read here".into());
    last_resort(&mut candidate, fault).map(|opened| (opened, part.map(str::to_owned)))
}

/// Refuses an image of which a part was asked for that its format does not have. Adds what every format says
/// in the same way.
fn whole(mut opened: Opened, candidate: &Candidate<'_>) -> Result<Opened, Fault> {
    let image = &mut opened.image;
    for band in image.bands.iter_mut().filter(|b| b.about.block == (0, 0)) {
        band.about.block = (image.width, 1);
    }
    if image.about.files.is_empty() {
        image.about.files.push(candidate.path.to_path_buf());
    }
    match candidate.part {
        None => Ok(opened),
        Some(part) => Err(Fault::out_of_range(format!("it has no part “{part}” to choose"))),
    }
}

/// What is not read here is asked of the system's GDAL, where the program is built with it.
fn last_resort(candidate: &mut Candidate<'_>, fault: Fault) -> Result<Opened, Fault> {
    #[cfg(feature = "gdal")]
    if !candidate.file.is_remote()
        && let Some(opened) = crate::system_gdal::try_open(candidate)?
    {
        return Ok(opened);
    }
    log::debug!("{} was not opened", candidate.path.display());
    Err(fault)
}

/// `FILE:part` where there is no file of that whole name but one before a colon.
fn split_part(path: &Path) -> (&Path, Option<&str>) {
    let whole = (path, None);
    let Some(text) = path.to_str().filter(|text| Address::is_one(text) || !path.exists()) else {
        return whole;
    };
    if Address::is_one(text) {
        // The colon of the part comes after the last slash; a server's port comes before one.
        let part = text.rsplit_once('/').and_then(|(_, name)| name.rsplit_once(':'));
        let part = part.filter(|(name, _)| !name.contains('?'));
        return part.map_or(whole, |(_, part)| (Path::new(&text[..text.len() - part.len() - 1]), Some(part)));
    }
    let mut colons = text.rmatch_indices(':').map(|(at, _)| (Path::new(&text[..at]), &text[at + 1..]));
    colons.find(|(file, _)| file.is_file()).map_or(whole, |(file, part)| (file, Some(part)))
}
