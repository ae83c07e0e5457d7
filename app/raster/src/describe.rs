//! What an image is, as far as its file says.

use serde::{Deserialize, Serialize};
use spatial::{Crs, GeoTransform};

use crate::samples::SampleType;

/// What a band shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColorRole {
    Gray,
    Red,
    Green,
    Blue,
    /// 0 = nothing there.
    Alpha,
    /// The class number of a palette image; its colours come as bands of their own.
    PaletteIndex,
    Cyan,
    Magenta,
    Yellow,
    Black,
    Undefined,
}

/// One band of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandDescription {
    /// From 0; what [`crate::Source::read_tile`] takes.
    pub index: usize,
    pub name: Option<String>,
    /// The type in the file, as in `uint12` or `float64`.
    pub dtype: String,
    pub color: ColorRole,
    pub wavelength_nm: Option<f64>,
    pub fwhm_nm: Option<f64>,
    /// The value that means “nothing here”; NaN where the file says so.
    pub no_data: Option<f64>,
    /// `physical = value · scale + offset`, where the file says so; values are handed out unscaled.
    pub scale: Option<f64>,
    pub offset: Option<f64>,
    /// Smallest and largest value the stored type can hold; `None` for floating point.
    pub range: Option<(f64, f64)>,
}

/// What an image is: size, bands, where it lies, how it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageDescription {
    /// File name without its folder.
    pub name: String,
    /// `GTiff`, `PNG` or `JPEG`.
    pub driver: String,
    /// Full resolution in pixels.
    pub width: u32,
    pub height: u32,
    pub bands: Vec<BandDescription>,
    /// The kind of number that all bands are handed out as.
    pub sample_type: SampleType,
    pub crs: Option<Crs>,
    /// `world_from_image`; `None` where the file does not say where it lies.
    pub transform: Option<GeoTransform>,
    /// The file's coordinates are those of pixel centres; the half pixel is already in `transform`.
    pub pixel_is_point: bool,
    /// `NONE`, `LZW`, `DEFLATE`, `PACKBITS`, `ZSTD`, `JPEG` or `PNG`.
    pub compression: String,
    /// `PIXEL` (bands side by side) or `BAND` (band after band).
    pub interleave: String,
    pub tiled: bool,
    pub has_alpha: bool,
    /// The file or its `.msk` neighbour holds a mask of valid pixels.
    pub has_mask: bool,
    /// Colours of a palette image, by class number.
    pub palette: Option<Vec<[u8; 3]>>,
    /// What is odd about the file, in sentences.
    pub warnings: Vec<String>,
    /// Everything else that it says about itself, as key and value.
    pub metadata: Vec<(String, String)>,
}

impl ImageDescription {
    /// The bands to show at first: red, green, blue where the file names them; else the first three of
    /// three or more bands; else the first.
    pub fn default_bands(&self) -> Vec<usize> {
        let find = |role| self.bands.iter().position(|b| b.color == role);
        if let (Some(r), Some(g), Some(b)) =
            (find(ColorRole::Red), find(ColorRole::Green), find(ColorRole::Blue))
        {
            return vec![r, g, b];
        }
        let plain: Vec<usize> =
            self.bands.iter().filter(|b| b.color != ColorRole::Alpha).map(|b| b.index).collect();
        if plain.len() >= 3 { plain[..3].to_vec() } else { plain.into_iter().take(1).collect() }
    }
}
