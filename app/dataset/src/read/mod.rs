//! From files to neutral features. Nothing here knows a project.

mod boxes;
mod coco;
mod crasar;
mod crs_member;
mod document;
mod geometry;
mod star;
mod table;
mod value;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use project::Feature;

pub use table::{Row, Table, parse_table, read_table};
pub(crate) use value::{Bounded, Budget, attribute};

use crate::{DatasetError, Rejected};

/// What reading a file may cost. A file that asks for more is refused before it gets it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub file_bytes: u64,
    /// Shapes in the file.
    pub features: usize,
    /// JSON values in one shape, coordinates and properties together.
    pub values_per_feature: usize,
    /// Shapes that may be unusable before the file is given up.
    pub rejected: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 512 << 20, features: 5_000_000, values_per_feature: 6_000_000, rejected: 100_000 }
    }
}

/// Which family of files a reader recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureFormat {
    GeoJson,
    /// CRASAR-U-DROIDs annotations: an array of labelled rings.
    Crasar,
    /// CRASAR-U-DROIDs predictions: labels by building id, without shapes.
    CrasarPredictions,
    /// COCO instances: outlines, masks or boxes in pixels of chips.
    Coco,
    /// Scene graphs in the manner of STAR: turned boxes and how they stand to each other.
    Star,
    /// Turned boxes as text, in pixels of a picture.
    Dota,
    /// Turned boxes as text, as shares of a picture.
    YoloBoxes,
}

/// What a label file holds.
#[derive(Debug)]
pub struct FeatureFile {
    pub format: FeatureFormat,
    pub features: Vec<Feature>,
    /// Shapes that cannot be used, and why.
    pub rejected: Vec<Rejected>,
    /// What was mended or left out on the way, one sentence each.
    pub warnings: Vec<String>,
    /// The model that made the labels, where the file says so.
    pub model: Option<String>,
}

/// Reads GeoJSON, COCO, CRASAR annotations or predictions, scene graphs, or a text file of turned boxes; which of them is seen
/// from the content.
pub fn read_features(path: &Path, limits: &Limits) -> Result<FeatureFile, DatasetError> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt")) {
        return boxes::read(path, limits);
    }
    parse_features(&read_bounded(path, limits.file_bytes)?, limits)
}

/// The same from bytes in memory.
pub fn parse_features(bytes: &[u8], limits: &Limits) -> Result<FeatureFile, DatasetError> {
    document::parse(without_mark(bytes)?, limits)
}

/// A whole file, if it is not larger than `limit`.
pub(crate) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, DatasetError> {
    let io = |source| DatasetError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let too_large = |bytes| DatasetError::TooLarge { what: path.display().to_string(), bytes, limit };
    if length > limit {
        return Err(too_large(length));
    }
    let mut bytes = Vec::new();
    // The length that the file system states may be wrong (pipes, /proc), so what arrives is counted.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

/// The bytes after a UTF-8 byte order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> Result<&[u8], DatasetError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(DatasetError::NotUtf8);
    }
    if bytes.iter().all(u8::is_ascii_whitespace) { Err(DatasetError::Empty) } else { Ok(bytes) }
}
