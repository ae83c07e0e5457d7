//! PNG, JPEG, WebP and JPEG XL: decoded once, halved into levels, handed out in tiles.

mod coding;

use std::path::Path;
use std::sync::OnceLock;

use spatial::{Level, TileWindow};

use self::coding::{Coding, Shape};
use crate::about::{About, BandAbout, Domains};
use crate::describe::{BandDescription, ColorRole, ImageDescription};
use crate::driver::{Candidate, Driver, Keep, Opened, Stored};
use crate::error::Fault;
use crate::file::{RandomFile, name_of};
use crate::georeference::Georeference;
use crate::halve::{Halving, halve};
use crate::jpegxl;
use crate::neighbours::{self, Lacks};
use crate::plan::BandPlan;
use crate::samples::{SampleBuffer, SampleType, with_pair};

/// Side of the tiles that a picture is cut into.
const TILE_PX: u32 = 512;
/// Levels go on until a picture fits this.
const SMALLEST_PX: u32 = 256;

/// A picture; its pixels are decoded when they are first asked for.
#[derive(Debug)]
pub(crate) struct Picture {
    packed: Vec<u8>,
    coding: Coding,
    shape: Shape,
    budget: u64,
    /// Planes band after band, level after level.
    levels: OnceLock<Result<Vec<SampleBuffer>, Fault>>,
}

impl Picture {
    pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
        let Some(coding) = Coding::of(&candidate.head) else { return Ok(None) };
        let picture = match Self::open(&candidate.file, coding, candidate.options.picture_budget) {
            // Two bytes are too weak a sign to call any other file a damaged picture.
            Err(Fault::Damaged(_)) if coding == Coding::JpegXl && !jpegxl::is_surely_one(&candidate.head) => {
                return Ok(None);
            }
            other => other?,
        };
        let Candidate { path, options, warnings, .. } = candidate;
        let lacks = Lacks { overviews: false, place: true };
        let image = neighbours::around(path, lacks, options, warnings, |warnings| {
            picture.describe(path, std::mem::take(warnings))
        });
        let plan = BandPlan::direct(&image);
        let files = vec![candidate.path.to_path_buf()];
        Ok(Some(Opened { image, plan, driver: Box::new(picture), files }))
    }

    fn open(file: &RandomFile, coding: Coding, budget: u64) -> Result<Self, Fault> {
        if file.len() > budget {
            return Err(Fault::too_large(format!(
                "a picture of {} MB does not fit the memory granted",
                file.len() >> 20
            )));
        }
        let packed = file.read_range(0, file.len() as usize)?;
        let shape = coding.shape(&packed, budget)?;
        let (width, height) = (shape.width, shape.height);
        if width == 0 || height == 0 {
            return Err(Fault::damaged("it has no pixels"));
        }
        let samples = (shape.roles.len() * shape.kind.size()) as u64;
        let bytes = u64::from(width).saturating_mul(u64::from(height)).saturating_mul(samples);
        if bytes.saturating_mul(3) > budget {
            return Err(Fault::too_large(format!(
                "its {width}×{height} pixels need {} MB and pictures are held whole",
                bytes.saturating_mul(3) >> 20
            )));
        }
        Ok(Self { packed, coding, shape, budget, levels: OnceLock::new() })
    }

    fn level_sizes(&self) -> Vec<(u32, u32)> {
        let mut sizes = vec![(self.shape.width, self.shape.height)];
        let (mut w, mut h) = sizes[0];
        while w.max(h) > SMALLEST_PX {
            (w, h) = (w.div_ceil(2), h.div_ceil(2));
            sizes.push((w, h));
        }
        sizes
    }

    fn describe(&self, path: &Path, mut warnings: Vec<String>) -> ImageDescription {
        let shape = &self.shape;
        let size = (shape.width, shape.height);
        let mut georeference = Georeference::default();
        georeference.add_neighbours(path, &mut warnings);
        georeference.check_extent(size.0, size.1, &mut warnings);
        if let Some(camera) = &shape.camera {
            camera.warn(georeference.transform.is_some(), &mut warnings);
        }
        let roles = &shape.roles;
        let band = |(index, color): (usize, &ColorRole)| BandDescription {
            color: *color,
            range: shape.largest.map(|largest| (0.0, largest)),
            about: BandAbout {
                block: (shape.width, 1),
                domains: self.coding.remarks_of_bands(),
                ..BandAbout::default()
            },
            ..BandDescription::plain(index, &shape.dtype)
        };
        let bands = roles.iter().enumerate().map(band).collect();
        let (driver, format) = self.coding.names();
        let mut remarks = Domains::default();
        if let Some(camera) = &shape.camera {
            camera.put_into(&mut remarks, "");
        }
        let metadata = remarks.take("").into_iter().collect();
        ImageDescription {
            crs: georeference.crs,
            transform: georeference.transform,
            warp: georeference.warp,
            compression: driver.into(),
            interleave: if roles.len() == 1 { "BAND" } else { "PIXEL" }.into(),
            has_alpha: roles.contains(&ColorRole::Alpha),
            warnings,
            metadata,
            about: About {
                format: format.into(),
                domains: self.coding.remarks(roles.len()),
                files: std::iter::once(path.to_owned()).chain(georeference.files).collect(),
                control_points: georeference.control_points,
                coordinate_epoch: georeference.coordinate_epoch,
                taken: shape.camera.as_ref().and_then(|c| c.taken.clone()),
                ..About::default()
            },
            ..ImageDescription::plain(name_of(path), driver, size, bands, shape.kind)
        }
    }

    fn bands(&self) -> usize {
        self.shape.roles.len()
    }

    fn decode(&self) -> Result<Vec<SampleBuffer>, Fault> {
        let mixed = self.coding.decode(&self.packed, &self.shape, self.budget)?;
        let bands = self.bands();
        let pixels = self.shape.width as usize * self.shape.height as usize;
        let mut planes = SampleBuffer::zeros(self.sample_type(), pixels * bands);
        with_pair!(&mixed, &mut planes, from, to => for band in 0..bands {
            let plane = &mut to[band * pixels..(band + 1) * pixels];
            plane.iter_mut().zip(from.chunks_exact(bands)).for_each(|(t, px)| *t = px[band]);
        }, ());
        drop(mixed);
        let alpha = self.shape.roles.iter().position(|r| *r == ColorRole::Alpha);
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
        self.bands() as u16
    }

    fn sample_type(&self) -> SampleType {
        self.shape.kind
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
