//! What a new image is and how it is stored.

use spatial::{Crs, GeoTransform};

use crate::compression::Compression;
use crate::describe::ColorRole;
use crate::directory::TagValue;
use crate::error::Fault;
use crate::georeference;
use crate::layout::{Layout, NumberFormat};
use crate::markup::escape;
use crate::samples::{SampleBuffer, SampleType};
use crate::tags;

/// A band to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBand {
    pub name: Option<String>,
    pub color: ColorRole,
    /// Centre wavelength, kept as metadata.
    pub wavelength_nm: Option<f64>,
}

/// What a new image is.
#[derive(Clone, Debug)]
pub struct NewImage {
    pub width: u32,
    pub height: u32,
    pub sample_type: SampleType,
    pub bands: Vec<NewBand>,
    pub crs: Option<Crs>,
    /// `world_from_image`.
    pub transform: Option<GeoTransform>,
    pub no_data: Option<f64>,
    /// Colours by class number, for one band of `U8`.
    pub palette: Option<Vec<[u8; 3]>>,
    /// Remarks as key and value.
    pub metadata: Vec<(String, String)>,
}

/// How pixels are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    None,
    /// Readable everywhere.
    Deflate,
    /// Faster; GDAL reads it, some older programs do not.
    Zstd,
}

/// How a new image is stored.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// Side of its square tiles, a multiple of 16; `None` = strips.
    pub tile_px: Option<u32>,
    pub packing: Packing,
    /// Write halved levels down to 256 px too; the file is then a cloud-optimised GeoTIFF.
    pub overviews: bool,
    /// How hard deflate tries, from 1 (fast) to 12 (small); other packings have one way.
    pub deflate_level: i32,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { tile_px: Some(256), packing: Packing::Deflate, overviews: false, deflate_level: 6 }
    }
}

impl NewImage {
    /// An image of some bands without georeference.
    pub fn new(width: u32, height: u32, sample_type: SampleType, colors: &[ColorRole]) -> Self {
        let band = |color: &ColorRole| NewBand { name: None, color: *color, wavelength_nm: None };
        Self {
            width,
            height,
            sample_type,
            bands: colors.iter().map(band).collect(),
            crs: None,
            transform: None,
            no_data: None,
            palette: None,
            metadata: Vec::new(),
        }
    }

    /// Red, green and blue bytes.
    pub fn rgb(width: u32, height: u32) -> Self {
        Self::new(width, height, SampleType::U8, &[ColorRole::Red, ColorRole::Green, ColorRole::Blue])
    }

    /// One byte a pixel, for masks and class numbers.
    pub fn gray(width: u32, height: u32) -> Self {
        Self::new(width, height, SampleType::U8, &[ColorRole::Gray])
    }

    /// Lies here.
    #[must_use]
    pub fn at(mut self, crs: Option<Crs>, transform: Option<GeoTransform>) -> Self {
        (self.crs, self.transform) = (crs, transform);
        self
    }

    /// Samples of the whole image, all zero.
    pub fn zeros(&self) -> SampleBuffer {
        SampleBuffer::zeros(self.sample_type, self.width as usize * self.height as usize * self.bands.len())
    }

    fn is_rgb(&self) -> bool {
        let first: Vec<ColorRole> = self.bands.iter().take(3).map(|b| b.color).collect();
        first == [ColorRole::Red, ColorRole::Green, ColorRole::Blue]
    }

    pub(crate) fn tags(&self) -> Vec<(u16, TagValue)> {
        let photometric = match (&self.palette, self.is_rgb()) {
            (Some(_), _) => 3,
            (None, true) => 2,
            (None, false) => 1,
        };
        let mut all = vec![(tags::PHOTOMETRIC, TagValue::Shorts(vec![photometric]))];
        let colors = if photometric == 2 { 3 } else { 1 };
        let extra: Vec<u16> =
            self.bands.iter().skip(colors).map(|b| if b.color == ColorRole::Alpha { 2 } else { 0 }).collect();
        if !extra.is_empty() {
            all.push((tags::EXTRA_SAMPLES, TagValue::Shorts(extra)));
        }
        all
    }

    /// Tags that only the full-resolution directory has.
    pub(crate) fn remarks(&self) -> Vec<(u16, TagValue)> {
        let mut all = georeference::tags_for(self.crs.as_ref(), self.transform);
        if let Some(palette) = &self.palette {
            let color =
                |c: usize| (0..256).map(move |i| palette.get(i).map_or(0, |rgb| u16::from(rgb[c]) * 257));
            all.push((tags::COLOR_MAP, TagValue::Shorts((0..3).flat_map(color).collect())));
        }
        if let Some(no_data) = self.no_data {
            let text = if no_data.is_nan() { "nan".into() } else { format!("{no_data}") };
            all.push((tags::GDAL_NODATA, TagValue::Text(text)));
        }
        let mut items: Vec<String> = Vec::new();
        for (key, value) in &self.metadata {
            items.push(format!("<Item name=\"{}\">{}</Item>", escape(key), escape(value)));
        }
        for (i, band) in self.bands.iter().enumerate() {
            if let Some(name) = &band.name {
                let name = escape(name);
                items.push(format!(
                    "<Item name=\"DESCRIPTION\" sample=\"{i}\" role=\"description\">{name}</Item>"
                ));
            }
            if let Some(nm) = band.wavelength_nm {
                items.push(format!("<Item name=\"WAVELENGTH_NM\" sample=\"{i}\">{nm}</Item>"));
            }
        }
        if !items.is_empty() {
            all.push((
                tags::GDAL_METADATA,
                TagValue::Text(format!("<GDALMetadata>\n{}\n</GDALMetadata>\n", items.join("\n"))),
            ));
        }
        all
    }
}

/// Refuses what no file can hold.
pub(crate) fn check(new: &NewImage, options: &WriteOptions) -> Result<(), Fault> {
    if new.width == 0 || new.height == 0 || new.width > 1 << 30 || new.height > 1 << 30 {
        return Err(Fault::out_of_range(format!(
            "an image of {}×{} pixels cannot be",
            new.width, new.height
        )));
    }
    if new.bands.is_empty() || new.bands.len() > 65535 {
        return Err(Fault::out_of_range(format!("an image of {} bands cannot be", new.bands.len())));
    }
    if options.tile_px.is_some_and(|t| t == 0 || !t.is_multiple_of(16) || t > 4096) {
        return Err(Fault::out_of_range("the side of a tile must be a multiple of 16 and at most 4096"));
    }
    if !(1..=12).contains(&options.deflate_level) {
        return Err(Fault::out_of_range("deflate has the levels 1 to 12"));
    }
    if new.palette.is_some() && (new.bands.len() != 1 || new.sample_type != SampleType::U8) {
        return Err(Fault::out_of_range("only an image of one band of bytes can have a palette"));
    }
    Ok(())
}

/// How one level of a new image is stored.
pub(crate) fn layout_of(
    new: &NewImage,
    options: &WriteOptions,
    size: (u32, u32),
    is_reduced: bool,
) -> Layout {
    let bands = new.bands.len() as u16;
    let row_bytes = u64::from(size.0) * u64::from(bands) * new.sample_type.size() as u64;
    let chunk = match options.tile_px {
        Some(side) => (side, side),
        None => (size.0, (65_536 / row_bytes.max(1)).clamp(1, u64::from(size.1)) as u32),
    };
    let mut layout = Layout::for_writing(size, chunk, options.tile_px.is_some(), bands, new.sample_type);
    layout.compression = match options.packing {
        Packing::None => Compression::None,
        Packing::Deflate => Compression::Deflate,
        Packing::Zstd => Compression::Zstd,
    };
    layout.predictor = match (options.packing, layout.format) {
        (Packing::None, _) => 1,
        (_, NumberFormat::Float) => 3,
        _ if new.palette.is_some() || (bands == 1 && new.sample_type == SampleType::U8) => 1,
        _ => 2,
    };
    layout.separate = bands > 4;
    layout.subfile = u64::from(is_reduced);
    layout
}
