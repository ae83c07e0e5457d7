//! What an image is, as far as its file says.

use serde::{Deserialize, Serialize};
use spatial::{Crs, GeoTransform, Warp};

use crate::about::{About, BandAbout};
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

/// What a band is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BandOrigin {
    /// The samples of the file (those of a min-is-white image turned round).
    #[default]
    Stored,
    /// One colour of what the class numbers mean.
    Palette,
    /// One colour of other stored samples: inks, or CIE L*a*b*.
    Colors,
    /// The length of a complex number. This is the one that is shown at first.
    Magnitude,
    /// Its angle in radians, from −π to π.
    Phase,
    Real,
    Imaginary,
}

impl BandOrigin {
    /// Name of the part of a complex number; `None` for what is no part of one.
    pub fn of_complex(self) -> Option<&'static str> {
        match self {
            Self::Magnitude => Some("magnitude"),
            Self::Phase => Some("phase"),
            Self::Real => Some("real"),
            Self::Imaginary => Some("imaginary"),
            Self::Stored | Self::Palette | Self::Colors => None,
        }
    }
}

/// One band of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandDescription {
    /// From 0; what [`crate::Source::read_tile`] takes.
    pub index: usize,
    pub name: Option<String>,
    /// The type in the file, as in `uint12`, `float64` or `complex64`.
    pub dtype: String,
    pub color: ColorRole,
    #[serde(default)]
    pub origin: BandOrigin,
    pub wavelength_nm: Option<f64>,
    pub fwhm_nm: Option<f64>,
    /// The file says that the band is of no use (noise, water vapour).
    #[serde(default)]
    pub bad: bool,
    /// The value that means “nothing here”; NaN where the file says so.
    pub no_data: Option<f64>,
    /// `physical = value · scale + offset`, where the file says so; values are handed out unscaled.
    pub scale: Option<f64>,
    pub offset: Option<f64>,
    /// Smallest and largest value the stored type can hold; `None` for floating point.
    pub range: Option<(f64, f64)>,
    /// What else is said about it.
    #[serde(default)]
    pub about: BandAbout,
}

impl BandDescription {
    /// A band of which no more is known than its type.
    pub(crate) fn plain(index: usize, dtype: &str) -> Self {
        Self {
            index,
            name: None,
            dtype: dtype.into(),
            color: ColorRole::Undefined,
            origin: BandOrigin::Stored,
            wavelength_nm: None,
            fwhm_nm: None,
            bad: false,
            no_data: None,
            scale: None,
            offset: None,
            range: None,
            about: BandAbout::default(),
        }
    }
}

/// What an image is: size, bands, where it lies, how it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageDescription {
    /// File name without its folder.
    pub name: String,
    /// `GTiff`, `JPEG2000`, `PNG`, `JPEG`, `ENVI` and so on.
    pub driver: String,
    /// Full resolution in pixels.
    pub width: u32,
    pub height: u32,
    pub bands: Vec<BandDescription>,
    /// The bands that the file asks to be shown at first: one, or three as red, green and blue; or none.
    pub shown_first: Vec<usize>,
    /// The kind of number that all bands are handed out as.
    pub sample_type: SampleType,
    pub crs: Option<Crs>,
    /// `world_from_image`; `None` where the file does not say where it lies.
    pub transform: Option<GeoTransform>,
    /// The way through ground control points where nothing else places the image; `transform` is then the
    /// affine map that comes nearest.
    #[serde(default)]
    pub warp: Option<Warp>,
    /// The file's coordinates are those of pixel centres; the half pixel is already in `transform`.
    pub pixel_is_point: bool,
    /// `NONE`, `LZW`, `DEFLATE`, `PACKBITS`, `ZSTD`, `JPEG`, `PNG` or `GZIP`.
    pub compression: String,
    /// `PIXEL` (bands side by side), `LINE` (a row of each band in turn) or `BAND` (band after band).
    pub interleave: String,
    pub tiled: bool,
    pub has_alpha: bool,
    /// The file or its `.msk` neighbour holds a mask of valid pixels.
    pub has_mask: bool,
    /// Colours of a palette image, by class number.
    pub palette: Option<Vec<[u8; 3]>>,
    /// Names of the classes, by class number; empty where the file names none.
    pub class_names: Vec<String>,
    /// What is odd about the file, in sentences.
    pub warnings: Vec<String>,
    /// Everything else that it says about itself, as key and value.
    pub metadata: Vec<(String, String)>,
    /// Remarks in groups, control points, pages, files.
    #[serde(default)]
    pub about: About,
}

impl ImageDescription {
    /// An image of which no more is known than its size and bands: uncompressed, without a place.
    pub(crate) fn plain(
        name: String,
        driver: &str,
        (width, height): (u32, u32),
        bands: Vec<BandDescription>,
        sample_type: SampleType,
    ) -> Self {
        Self {
            name,
            driver: driver.into(),
            width,
            height,
            bands,
            shown_first: Vec::new(),
            sample_type,
            crs: None,
            transform: None,
            warp: None,
            pixel_is_point: false,
            compression: "NONE".into(),
            interleave: "BAND".into(),
            tiled: false,
            has_alpha: false,
            has_mask: false,
            palette: None,
            class_names: Vec::new(),
            warnings: Vec::new(),
            metadata: Vec::new(),
            about: About::default(),
        }
    }

    /// What places the image where that is not exact, as in “placed by 12 ground control points (thin plate),
    /// RMS error 3.2 m”.
    pub fn placed_by(&self) -> Option<String> {
        self.warp.as_ref().map(|warp| warp.sentence(self.crs.as_ref()))
    }

    /// The bands to show at first: those that the file asks for; red, green, blue where it names them or
    /// where wavelengths say which they are; else the first three of three or more bands; else the first.
    /// Of complex numbers the magnitude.
    pub fn default_bands(&self) -> Vec<usize> {
        if !self.shown_first.is_empty() {
            return self.shown_first.clone();
        }
        let find = |role| self.bands.iter().position(|b| b.color == role);
        if let (Some(r), Some(g), Some(b)) =
            (find(ColorRole::Red), find(ColorRole::Green), find(ColorRole::Blue))
        {
            return vec![r, g, b];
        }
        if let (Some(r), Some(g), Some(b)) =
            (self.band_near(650.0), self.band_near(550.0), self.band_near(470.0))
        {
            return vec![r, g, b];
        }
        let is_plain = |b: &&BandDescription| {
            b.color != ColorRole::Alpha && matches!(b.origin.of_complex(), None | Some("magnitude"))
        };
        let plain: Vec<usize> = self.bands.iter().filter(is_plain).map(|b| b.index).collect();
        if plain.len() >= 3 { plain[..3].to_vec() } else { plain.into_iter().take(1).collect() }
    }

    /// The good band nearest to a wavelength, where one is near enough to have its colour.
    fn band_near(&self, nm: f64) -> Option<usize> {
        const NEAR_NM: f64 = 45.0;
        let good = self.bands.iter().filter(|b| !b.bad);
        let far = good.filter_map(|b| Some(((b.wavelength_nm? - nm).abs(), b.index)));
        far.filter(|f| f.0 <= NEAR_NM).min_by(|a, b| a.0.total_cmp(&b.0)).map(|f| f.1)
    }
}
