//! PNG and JPEG: decoded once, halved into levels, handed out in tiles.

use std::io::Cursor;
use std::path::Path;
use std::sync::OnceLock;

use image::{ColorType, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use spatial::{Level, TileWindow};

use crate::about::About;
use crate::describe::{BandDescription, ColorRole, ImageDescription};
use crate::driver::{Candidate, Driver, Keep, Opened, Stored};
use crate::error::Fault;
use crate::file::RandomFile;
use crate::georeference::Georeference;
use crate::halve::{Halving, halve};
use crate::plan::BandPlan;
use crate::samples::{SampleBuffer, SampleType, with_pair};

/// Side of the tiles that a picture is cut into.
const TILE_PX: u32 = 512;
/// Levels go on until a picture fits this.
const SMALLEST_PX: u32 = 256;

/// A PNG or JPEG; its pixels are decoded when they are first asked for.
#[derive(Debug)]
pub(crate) struct Picture {
    packed: Vec<u8>,
    format: ImageFormat,
    width: u32,
    height: u32,
    color: ColorType,
    budget: u64,
    /// Planes band after band, level after level.
    levels: OnceLock<Result<Vec<SampleBuffer>, Fault>>,
}

impl Picture {
    pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
        let format = match candidate.head.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => ImageFormat::Png,
            [0xff, 0xd8, 0xff, ..] => ImageFormat::Jpeg,
            _ => return Ok(None),
        };
        let picture = Self::open(&candidate.file, format, candidate.options.picture_budget)?;
        let image = picture.describe(candidate.path, std::mem::take(&mut candidate.warnings));
        let plan = BandPlan::direct(&image);
        let files = vec![candidate.path.to_path_buf()];
        Ok(Some(Opened { image, plan, driver: Box::new(picture), files }))
    }

    fn open(file: &RandomFile, format: ImageFormat, budget: u64) -> Result<Self, Fault> {
        if file.len() > budget {
            return Err(Fault::too_large(format!(
                "a picture of {} MB does not fit the memory granted",
                file.len() >> 20
            )));
        }
        let packed = file.read_range(0, file.len() as usize)?;
        let decoder = decoder(&packed, format, budget)?;
        let ((width, height), color) = (decoder.dimensions(), decoder.color_type());
        let bytes = decoder.total_bytes();
        drop(decoder);
        if width == 0 || height == 0 {
            return Err(Fault::damaged("it has no pixels"));
        }
        if bytes.saturating_mul(3) > budget {
            return Err(Fault::too_large(format!(
                "its {width}×{height} pixels need {} MB and pictures are held whole",
                bytes.saturating_mul(3) >> 20
            )));
        }
        Ok(Self { packed, format, width, height, color, budget, levels: OnceLock::new() })
    }

    fn level_sizes(&self) -> Vec<(u32, u32)> {
        let mut sizes = vec![(self.width, self.height)];
        let (mut w, mut h) = (self.width, self.height);
        while w.max(h) > SMALLEST_PX {
            (w, h) = (w.div_ceil(2), h.div_ceil(2));
            sizes.push((w, h));
        }
        sizes
    }

    fn describe(&self, path: &Path, mut warnings: Vec<String>) -> ImageDescription {
        let mut georeference = Georeference::default();
        georeference.add_neighbours(path, &mut warnings);
        georeference.check_extent(self.width, self.height, &mut warnings);
        let roles: &[ColorRole] = match self.bands() {
            1 => &[ColorRole::Gray],
            2 => &[ColorRole::Gray, ColorRole::Alpha],
            3 => &[ColorRole::Red, ColorRole::Green, ColorRole::Blue],
            _ => &[ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::Alpha],
        };
        let sample_type = self.sample_type();
        let largest = if sample_type == SampleType::U8 { 255.0 } else { 65535.0 };
        let range = Some((0.0, largest));
        let band = |(index, color): (usize, &ColorRole)| BandDescription {
            color: *color,
            range,
            ..BandDescription::plain(index, sample_type.name())
        };
        let driver = if self.format == ImageFormat::Png { "PNG" } else { "JPEG" };
        ImageDescription {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            driver: driver.into(),
            width: self.width,
            height: self.height,
            bands: roles.iter().enumerate().map(band).collect(),
            shown_first: Vec::new(),
            sample_type,
            crs: georeference.crs,
            transform: georeference.transform,
            warp: georeference.warp,
            pixel_is_point: false,
            compression: driver.into(),
            interleave: if roles.len() == 1 { "BAND" } else { "PIXEL" }.into(),
            tiled: false,
            has_alpha: roles.contains(&ColorRole::Alpha),
            has_mask: false,
            palette: None,
            class_names: Vec::new(),
            warnings,
            metadata: Vec::new(),
            about: About {
                format: if driver == "PNG" { "Portable Network Graphics" } else { "JPEG JFIF" }.into(),
                files: std::iter::once(path.to_owned()).chain(georeference.files).collect(),
                control_points: georeference.control_points,
                coordinate_epoch: georeference.coordinate_epoch,
                ..About::default()
            },
        }
    }

    fn bands(&self) -> usize {
        usize::from(self.color.channel_count())
    }

    fn decode(&self) -> Result<Vec<SampleBuffer>, Fault> {
        let decoder = decoder(&self.packed, self.format, self.budget)?;
        let bands = self.bands();
        let pixels = self.width as usize * self.height as usize;
        let mut mixed = SampleBuffer::zeros(self.sample_type(), pixels * bands);
        decoder.read_image(mixed.as_bytes_mut()).map_err(fault)?;
        let mut planes = SampleBuffer::zeros(self.sample_type(), pixels * bands);
        with_pair!(&mixed, &mut planes, from, to => for band in 0..bands {
            let plane = &mut to[band * pixels..(band + 1) * pixels];
            plane.iter_mut().zip(from.chunks_exact(bands)).for_each(|(t, px)| *t = px[band]);
        }, ());
        drop(mixed);
        let alpha = matches!(bands, 2 | 4).then_some(bands - 1);
        let halving = Halving { bands, alpha, no_data: None, nearest: false };
        let mut levels = vec![planes];
        for size in self.level_sizes().windows(2) {
            let (w, h) = size[0];
            if let Some(finer) = levels.last() {
                levels.push(halve(finer, w as usize, h as usize, None, &halving).0);
            }
        }
        Ok(levels)
    }
}

impl Driver for Picture {
    fn levels(&self) -> Vec<Level> {
        let level = |(width, height)| Level { width, height, tile_width: TILE_PX, tile_height: TILE_PX };
        self.level_sizes().into_iter().map(level).collect()
    }

    fn samples(&self) -> u16 {
        u16::from(self.color.channel_count())
    }

    fn sample_type(&self) -> SampleType {
        let bytes = self.color.bytes_per_pixel() / self.color.channel_count();
        if bytes == 1 { SampleType::U8 } else { SampleType::U16 }
    }

    fn read(&self, level: usize, window: TileWindow, bands: &[usize], _keep: Keep) -> Result<Stored, Fault> {
        let levels = self.levels.get_or_init(|| self.decode()).as_ref().map_err(Clone::clone)?;
        let sizes = self.level_sizes();
        let (Some(pixels), Some((width, height))) = (levels.get(level), sizes.get(level)) else {
            return Err(Fault::out_of_range("there is no such level"));
        };
        let (w, h) = (window.width as usize, window.height as usize);
        let full = *width as usize * *height as usize;
        let mut out = SampleBuffer::zeros(self.sample_type(), w * h * bands.len());
        with_pair!(pixels, &mut out, from, to => for (i, band) in bands.iter().enumerate() {
            for row in 0..h {
                let at = band * full + (window.y as usize + row) * *width as usize + window.x as usize;
                to[(i * h + row) * w..][..w].copy_from_slice(&from[at..at + w]);
            }
        }, ());
        Ok((out, None))
    }
}

fn decoder(packed: &[u8], format: ImageFormat, budget: u64) -> Result<impl image::ImageDecoder, Fault> {
    let mut reader = ImageReader::with_format(Cursor::new(packed), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(budget);
    reader.limits(limits);
    reader.into_decoder().map_err(fault)
}

fn fault(error: image::ImageError) -> Fault {
    match error {
        image::ImageError::Limits(_) => Fault::too_large("it needs more memory than is granted"),
        image::ImageError::Unsupported(e) => Fault::unsupported(e),
        other => Fault::damaged(other.to_string().replace('\n', " ").trim_end_matches('.')),
    }
}
