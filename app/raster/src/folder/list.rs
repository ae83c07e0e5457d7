//! The images of a folder, in the order of their names.

use std::path::{Path, PathBuf};

use crate::describe::{BandDescription, BandOrigin, ImageDescription};
use crate::error::Fault;
use crate::file::name_of;
use crate::markup::escape;
use crate::overviews::OverviewStore;
use crate::source::{OpenOptions, Source};

/// Images of a folder, at most.
const MOST_FILES: usize = 4096;
/// Bands of all of them: each is named in the mosaic that is made of them.
const MOST_BANDS: usize = 65_535;
/// Endings of files that are put together; others are of formats that need a look first.
const ENDINGS: [&str; 10] = ["tif", "tiff", "png", "jpg", "jpeg", "webp", "jxl", "jp2", "j2k", "img"];

/// One image.
#[derive(Debug)]
pub(super) struct Member {
    path: PathBuf,
    pub(super) image: ImageDescription,
    bands: Vec<BandDescription>,
}

/// Opens every image of a folder; those that cannot be opened are named in `warnings`.
pub(super) fn read(
    folder: &Path,
    options: &OpenOptions,
    warnings: &mut Vec<String>,
) -> Result<Vec<Member>, Fault> {
    let is_image = |path: &PathBuf| {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        ENDINGS.contains(&ending.as_str()) && path.is_file()
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if is_image(&path) {
            paths.push(path);
        }
        if paths.len() > MOST_FILES {
            return Err(Fault::too_large(format!("the folder holds more than {MOST_FILES} images")));
        }
    }
    paths.sort_by_cached_key(|path| natural(&name_of(path)));
    let overviews = OverviewStore { folder: None, most_bytes: 0 };
    let options = OpenOptions { overviews, ..options.clone() };
    let mut members = Vec::new();
    let mut all_bands = 0;
    for path in paths {
        match Source::open_with(&path, &options) {
            Ok(source) => {
                let image = source.image().clone();
                let is_stored = |b: &&BandDescription| b.origin == BandOrigin::Stored;
                let bands: Vec<BandDescription> = image.bands.iter().filter(is_stored).cloned().collect();
                all_bands += bands.len();
                if all_bands > MOST_BANDS {
                    return Err(Fault::too_large(format!(
                        "the images of the folder have more than {MOST_BANDS} bands together"
                    )));
                }
                if !bands.is_empty() {
                    members.push(Member { path, image, bands });
                }
            }
            Err(error) => warnings.push(format!("{} was left out: {}.", error.file, error.fault)),
        }
    }
    if members.is_empty() {
        return Err(Fault::NotAnImage("it is a folder without images that can be put together".into()));
    }
    Ok(members)
}

/// Digits as numbers, so that 2 comes before 10.
fn natural(name: &str) -> Vec<(u64, String)> {
    let mut parts = vec![(0, String::new())];
    let mut digits = String::new();
    for c in name.to_lowercase().chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            parts.push((digits.parse().unwrap_or(u64::MAX), std::mem::take(&mut digits)));
        }
        if let Some(last) = parts.last_mut() {
            last.1.push(c);
        }
    }
    parts
}

/// GDAL's name of a number type, as mosaics name them.
pub(super) fn gdal_type(dtype: &str) -> &'static str {
    let bits: u32 = dtype.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(64);
    match (dtype.starts_with("uint"), dtype.starts_with("int"), bits) {
        (true, _, ..=8) => "Byte",
        (true, _, ..=16) => "UInt16",
        (true, _, ..=32) => "UInt32",
        (true, ..) => "UInt64",
        (_, true, ..=8) => "Int8",
        (_, true, ..=16) => "Int16",
        (_, true, ..=32) => "Int32",
        (_, true, _) => "Int64",
        (.., ..=32) => "Float32",
        _ => "Float64",
    }
}

impl Member {
    pub(super) fn size(&self) -> (u32, u32) {
        (self.image.width, self.image.height)
    }

    pub(super) fn name(&self) -> String {
        name_of(&self.path)
    }

    pub(super) fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    pub(super) fn bands(&self) -> &[BandDescription] {
        &self.bands
    }

    /// It lies somewhere, and upright.
    pub(super) fn is_placed(&self) -> bool {
        let upright = self.image.transform.map(spatial::GeoTransform::to_gdal);
        self.image.warp.is_none()
            && upright.is_some_and(|t| t[2] == 0.0 && t[4] == 0.0 && t[1] > 0.0 && t[5] < 0.0)
    }

    /// One of its stored bands at a place (left, top, width, height) of the mosaic.
    pub(super) fn source(&self, band: usize, (x, y, w, h): (f64, f64, f64, f64)) -> String {
        let (width, height) = self.size();
        let own = &self.bands[band];
        let no_data = own.no_data.map_or_else(String::new, |n| format!("<NODATA>{n}</NODATA>"));
        let is_masked = (self.image.has_mask || self.image.has_alpha) && own.color != crate::ColorRole::Alpha;
        let mask = if is_masked { "<UseMaskBand>true</UseMaskBand>" } else { "" };
        format!(
            r#"<ComplexSource><SourceFilename relativeToVRT="0">{}</SourceFilename><SourceBand>{}</SourceBand><SrcRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/><DstRect xOff="{x}" yOff="{y}" xSize="{w}" ySize="{h}"/>{no_data}{mask}</ComplexSource>"#,
            escape(&self.path.to_string_lossy()),
            band + 1,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_in_the_order_of_numbers() {
        let mut names = ["b10.png", "b9.png", "a.png", "b1.png", "b1_2.png"];
        names.sort_by_cached_key(|n| natural(n));
        assert_eq!(names, ["a.png", "b1.png", "b1_2.png", "b9.png", "b10.png"]);
    }

    #[test]
    fn types_are_named_as_mosaics_name_them() {
        let named = ["uint8", "uint12", "int16", "uint32", "float32", "float64"].map(gdal_type);
        assert_eq!(named, ["Byte", "UInt16", "Int16", "UInt32", "Float32", "Float64"]);
    }
}
