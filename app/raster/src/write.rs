//! Writes GeoTIFFs: class masks, imagery and float rasters, tile by tile or rows at a time, so that an
//! image larger than memory can be made. A file appears under its name only when it is whole.
//!
//! ```no_run
//! use raster::write::{NewImage, WriteOptions};
//! let image = NewImage::rgb(1000, 800);
//! raster::write::image("out.tif".as_ref(), &image, &WriteOptions::default(), &image.zeros())?;
//! # Ok::<(), raster::WriteError>(())
//! ```

use std::path::Path;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use spatial::{Crs, GeoTransform, TileWindow};

use crate::codec;
use crate::describe::ColorRole;
use crate::directory::TagValue;
use crate::error::{Fault, WriteError};
use crate::georeference;
use crate::halve::{Halving, halve};
use crate::layout::{Compression, Layout, NumberFormat};
use crate::markup::escape;
use crate::samples::{SampleBuffer, SampleType, with_pair};
use crate::tags;
use crate::tilefile::{NewPart, TileFile, chunk_samples};

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
    /// Write halved levels down to 256 px too.
    pub overviews: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { tile_px: Some(256), packing: Packing::Deflate, overviews: false }
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

    fn tags(&self) -> Vec<(u16, TagValue)> {
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
    fn remarks(&self) -> Vec<(u16, TagValue)> {
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

/// Writes a whole image from samples in memory, band after band.
pub fn image(
    path: &Path,
    new: &NewImage,
    options: &WriteOptions,
    values: &SampleBuffer,
) -> Result<(), WriteError> {
    let writer = Writer::create(path, new, options)?;
    let (w, bands) = (new.width as usize, new.bands.len());
    let plane = w * new.height as usize;
    if values.len() != plane * bands || values.kind() != new.sample_type {
        return Err(writer.error(Fault::out_of_range("the samples are not those of the image")));
    }
    let mut y = 0;
    while y < new.height {
        let rows = writer.rows_at_once().min(new.height - y);
        let n = w * rows as usize;
        let mut part = SampleBuffer::zeros(new.sample_type, n * bands);
        with_pair!(values, &mut part, from, to => for band in 0..bands {
            to[band * n..(band + 1) * n].copy_from_slice(&from[band * plane + y as usize * w..][..n]);
        }, ());
        writer.write_rows(y, &part)?;
        y += rows;
    }
    writer.finish()
}

/// A GeoTIFF being written. Dropped before [`Writer::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Writer {
    name: String,
    file: TileFile,
    levels: usize,
    halving: Halving,
    deflate_level: i32,
}

impl Writer {
    /// Begins a file; nothing stands under `path` until it is finished.
    pub fn create(path: &Path, new: &NewImage, options: &WriteOptions) -> Result<Self, WriteError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let fail = |fault| WriteError { file: name.clone(), fault };
        check(new, options).map_err(fail)?;
        let mut sizes = vec![(new.width, new.height)];
        let (mut w, mut h) = (new.width, new.height);
        while options.overviews && w.max(h) > 256 {
            (w, h) = (w.div_ceil(2), h.div_ceil(2));
            sizes.push((w, h));
        }
        let part = |(i, size): (usize, &(u32, u32))| {
            let mut tags = new.tags();
            if i == 0 || new.palette.is_some() {
                let all = new.remarks();
                tags.extend(all.into_iter().filter(|t| i == 0 || t.0 == tags::COLOR_MAP));
            }
            NewPart { layout: layout_of(new, options, *size, i > 0), tags }
        };
        let parts: Vec<NewPart> = sizes.iter().enumerate().map(part).collect();
        let file = TileFile::create(path, parts).map_err(fail)?;
        let halving = Halving {
            bands: new.bands.len(),
            alpha: new.bands.iter().position(|b| b.color == ColorRole::Alpha),
            no_data: new.no_data,
            nearest: new.palette.is_some(),
        };
        Ok(Self { name, file, levels: sizes.len(), halving, deflate_level: 6 })
    }

    fn error(&self, fault: Fault) -> WriteError {
        WriteError { file: self.name.clone(), fault }
    }

    /// Rows that [`Writer::write_rows`] takes (fewer at the lower border): the height of a tile or strip.
    pub fn rows_at_once(&self) -> u32 {
        self.file.layout(0).chunk_height
    }

    /// Tiles across and down.
    pub fn grid(&self) -> (u32, u32) {
        let layout = self.file.layout(0);
        (layout.width.div_ceil(layout.chunk_width), layout.height.div_ceil(layout.chunk_height))
    }

    /// Writes the rows from `y` on, packed on all cores; `values` is band after band, the image's full width.
    pub fn write_rows(&self, y: u32, values: &SampleBuffer) -> Result<(), WriteError> {
        let layout = self.file.layout(0);
        let rows = layout.chunk_height.min(layout.height.saturating_sub(y));
        if rows == 0 || !y.is_multiple_of(layout.chunk_height) {
            return Err(self.error(Fault::out_of_range(format!("no row of tiles begins at row {y}"))));
        }
        self.check_values(values, layout.width, rows)?;
        let (w, h) = (layout.width as usize, rows as usize);
        let cols: Vec<u32> = (0..layout.chunks_across() as u32).collect();
        let packed: Vec<Result<Vec<Vec<u8>>, Fault>> = cols
            .into_par_iter()
            .map(|col| {
                let x = (col * layout.chunk_width) as usize;
                let width = (layout.chunk_width as usize).min(w - x);
                if width == w {
                    return self.pack(0, values, width, h);
                }
                let mut tile = SampleBuffer::zeros(values.kind(), width * h * usize::from(layout.samples));
                with_pair!(values, &mut tile, from, to => {
                    for (line, target) in to.chunks_exact_mut(width).enumerate() {
                        target.copy_from_slice(&from[line * w + x..][..width]);
                    }
                }, ());
                self.pack(0, &tile, width, h)
            })
            .collect();
        let row = u64::from(y / layout.chunk_height);
        for (col, planes) in packed.into_iter().enumerate() {
            let planes = planes.map_err(|f| self.error(f))?;
            self.put(0, (col as u64, row), &planes).map_err(|f| self.error(f))?;
        }
        Ok(())
    }

    /// Writes one tile; `values` is band after band, cut at the image's border.
    pub fn write_tile(&self, col: u32, row: u32, values: &SampleBuffer) -> Result<(), WriteError> {
        let layout = self.file.layout(0);
        let (cols, rows) = self.grid();
        if col >= cols || row >= rows {
            return Err(self.error(Fault::out_of_range("there is no such tile")));
        }
        let width = layout.chunk_width.min(layout.width - col * layout.chunk_width);
        let height = layout.chunk_height.min(layout.height - row * layout.chunk_height);
        self.check_values(values, width, height)?;
        self.pack(0, values, width as usize, height as usize)
            .and_then(|planes| self.put(0, (u64::from(col), u64::from(row)), &planes))
            .map_err(|f| self.error(f))
    }

    fn check_values(&self, values: &SampleBuffer, width: u32, height: u32) -> Result<(), WriteError> {
        let layout = self.file.layout(0);
        let wanted = width as usize * height as usize * usize::from(layout.samples);
        if values.len() == wanted && values.kind() == layout.sample_type() {
            return Ok(());
        }
        let reason = format!(
            "{} {} samples were given where {wanted} {} belong",
            values.len(),
            values.kind().name(),
            layout.sample_type().name()
        );
        Err(self.error(Fault::OutOfRange(reason)))
    }

    fn pack(
        &self,
        level: usize,
        values: &SampleBuffer,
        width: usize,
        height: usize,
    ) -> Result<Vec<Vec<u8>>, Fault> {
        let layout = self.file.layout(level);
        let planes = if layout.separate { layout.samples } else { 1 };
        let one = |plane| {
            let chunk = chunk_samples(layout, values, width, height, plane);
            codec::encode(
                layout,
                &chunk,
                if layout.compression == Compression::Zstd { 3 } else { self.deflate_level },
            )
        };
        (0..planes).map(one).collect()
    }

    fn put(&self, level: usize, (col, row): (u64, u64), planes: &[Vec<u8>]) -> Result<(), Fault> {
        planes
            .iter()
            .enumerate()
            .try_for_each(|(i, packed)| self.file.put(level, (col, row, i as u16), packed))
    }

    /// Makes the overviews, writes the directories and gives the file its name. All tiles must be written.
    pub fn finish(self) -> Result<(), WriteError> {
        let name = self.name.clone();
        let fail = |fault| WriteError { file: name, fault };
        for level in 1..self.levels {
            if let Err(fault) = self.halve_level(level) {
                return Err(fail(fault));
            }
        }
        self.file.finish().map_err(fail)
    }

    fn halve_level(&self, level: usize) -> Result<(), Fault> {
        let (layout, finer) = (self.file.layout(level), self.file.layout(level - 1));
        let samples: Vec<usize> = (0..usize::from(layout.samples)).collect();
        for row in 0..layout.height.div_ceil(layout.chunk_height) {
            let (y, side) = (row * layout.chunk_height * 2, layout.chunk_height * 2);
            let height = side.min(finer.height - y);
            let cols: Vec<u32> = (0..layout.chunks_across() as u32).collect();
            for some in cols.chunks(64) {
                let made: Vec<Result<Vec<Vec<u8>>, Fault>> = some
                    .into_par_iter()
                    .map(|col| {
                        let x = col * layout.chunk_width * 2;
                        let width = (layout.chunk_width * 2).min(finer.width - x);
                        let values =
                            self.file.read(level - 1, TileWindow { x, y, width, height }, &samples)?;
                        let (w, h) = (width as usize, height as usize);
                        let (values, _) = halve(&values, w, h, None, &self.halving);
                        self.pack(level, &values, w.div_ceil(2), h.div_ceil(2))
                    })
                    .collect();
                for (col, planes) in some.iter().zip(made) {
                    self.put(level, (u64::from(*col), u64::from(row)), &planes?)?;
                }
            }
        }
        Ok(())
    }
}

fn check(new: &NewImage, options: &WriteOptions) -> Result<(), Fault> {
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
    if new.palette.is_some() && (new.bands.len() != 1 || new.sample_type != SampleType::U8) {
        return Err(Fault::out_of_range("only an image of one band of bytes can have a palette"));
    }
    Ok(())
}

fn layout_of(new: &NewImage, options: &WriteOptions, size: (u32, u32), is_reduced: bool) -> Layout {
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
