//! A map as a picture to keep: what was drawn, with title, legend, scale bar and north arrow, as PNG,
//! georeferenced TIFF, PDF or SVG. In PDF and SVG regions and words are vectors.
//!
//! There is one description of everything but the imagery, an SVG; the other forms are made from it, so that
//! they cannot differ.

pub mod legend;
pub(crate) mod svg;
pub(crate) mod write;

use renderer::{RgbaImage, ShapeScene};
use spatial::{Crs, GeoTransform};

pub use write::{SheetError, keep, write};

/// Most pixels of a picture: 400 MB as they are drawn.
pub const MOST_PIXELS: u64 = 100_000_000;

/// In which form a picture is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Png,
    /// A GeoTIFF that lies where the map does.
    Tiff,
    Pdf,
    Svg,
}

impl Format {
    /// Every form, in the order of lists.
    pub const ALL: [Self; 4] = [Self::Png, Self::Tiff, Self::Pdf, Self::Svg];

    /// What the file name ends in.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Tiff => "tif",
            Self::Pdf => "pdf",
            Self::Svg => "svg",
        }
    }

    /// The form that a file name asks for by its end.
    pub fn of(path: &std::path::Path) -> Option<Self> {
        let end = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::ALL.into_iter().find(|f| f.ending() == end || (end == "tiff" && *f == Self::Tiff))
    }

    /// True where regions stay vectors; they are not to be drawn into the picture then.
    pub fn is_vector(self) -> bool {
        matches!(self, Self::Pdf | Self::Svg)
    }
}

/// Items of metadata that say whom to thank for an image.
const CREDITS: [&str; 5] = ["TIFFTAG_COPYRIGHT", "COPYRIGHT", "ATTRIBUTION", "CREDIT", "LICENSE"];

/// Whom to thank for an image, as its file says: the first line, as a licence can be pages long.
pub fn credit_of(image: &raster::ImageDescription) -> Option<String> {
    let names_it = |key: &str| CREDITS.iter().any(|credit| key.eq_ignore_ascii_case(credit));
    let said = image.metadata.iter().find(|(key, value)| names_it(key) && !value.trim().is_empty());
    said.map(|(_, value)| value.trim().lines().next().unwrap_or("").chars().take(120).collect())
}

/// What a class is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    pub color: [u8; 3],
    pub hatch: renderer::Hatch,
}

/// One line of a legend.
#[derive(Clone, Debug, PartialEq)]
pub enum LegendLine {
    /// A class of regions.
    Class { name: String, color: [u8; 3], hatch: renderer::Hatch },
    /// The colours of one band, from the value at the left to that at the right.
    Ramp { name: String, colors: Vec<[u8; 3]>, low: String, high: String },
}

/// A fixed length on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    pub text: String,
    pub length_px: f64,
}

/// Everything that is on the picture.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The map; its size is that of the picture, the title apart.
    pub image: RgbaImage,
    /// Pixels to the inch on paper; words and lines have their size by it.
    pub dpi: f64,
    /// Regions in pixels of the image, for the forms that keep vectors.
    pub shapes: Vec<ShapeScene>,
    /// Above the map; empty: none. A georeferenced TIFF has no place for it.
    pub title: String,
    pub legend: Vec<LegendLine>,
    pub scale: Option<Scale>,
    /// Degrees that true north lies to the right of straight up.
    pub north_deg: Option<f64>,
    /// Whom to thank; empty: nobody.
    pub credit: String,
    /// The CRS of the map, and `world_from_image` of the picture.
    pub placed: Option<(Crs, GeoTransform)>,
    /// Fonts in TrueType or OpenType; the first is for words, the last for the title.
    pub fonts: Vec<&'static [u8]>,
}

impl Sheet {
    /// Pixels of the picture that are a point of a screen with 96 to the inch.
    fn unit(&self) -> f64 {
        (self.dpi / 96.0).clamp(0.1, 50.0)
    }

    /// Height of the strip above the map.
    fn strip_px(&self, format: Format) -> f64 {
        let shown = !self.title.trim().is_empty() && format != Format::Tiff;
        if shown { (40.0 * self.unit()).round() } else { 0.0 }
    }

    /// True when something lies over the map.
    fn is_furnished(&self, format: Format) -> bool {
        self.strip_px(format) > 0.0
            || !self.legend.is_empty()
            || self.scale.is_some()
            || self.north_deg.is_some()
            || !self.credit.is_empty()
    }
}
