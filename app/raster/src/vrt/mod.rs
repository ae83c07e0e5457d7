//! VRT: a mosaic of other images, put together when it is looked at.
//!
//! [`plan`] is what the XML says, [`inputs`] the images that it names, opened when they are first needed and
//! only a few at a time, [`paint`] puts their pixels into a window. Sources are painted from the last to the
//! first, each only where nothing lies yet: the picture is that of GDAL's order, and a window that is full
//! opens no further source. Where no source lies, pixels are missing.

mod inputs;
mod kernel;
mod paint;
mod pixels;
mod plan;

use spatial::{Level, TileWindow};

use crate::about::{About, BandAbout};
use crate::describe::{BandDescription, ColorRole, ImageDescription};
use crate::driver::{Candidate, Driver, ExactStored, Keep, Opened, Stored};
use crate::error::Fault;
use crate::file::name_of;
use crate::georeference::Georeference;
use crate::number::NumberType;
use crate::pam::{Pam, parse_xml};
use crate::plan::BandPlan;
use crate::samples::{SampleBuffer, SampleType};
use crate::source::OpenOptions;
use crate::wavelength;

use inputs::Inputs;
use pixels::Pixels;
use plan::{Band, Plan};

/// Mosaics within mosaics, at most.
const MOST_NESTED: usize = 8;
/// Side of the tiles that a mosaic is read by.
const TILE_PX: u32 = 512;
/// Sources that may meet in a tile on average for a coarser level to be put together when it is looked at.
const MOST_PER_TILE: f64 = 64.0;
/// Sources whose change makes kept overviews stale, at most.
const MOST_WATCHED: usize = 256;
/// Longest XML that is read.
const MOST_BYTES: u64 = 64 << 20;

/// An open mosaic.
#[derive(Debug)]
pub(crate) struct Vrt {
    size: (u32, u32),
    bands: Vec<Band>,
    mask: Option<Band>,
    inputs: Inputs,
    /// The kinds of number that samples are handed out as, and exact ones.
    sample_type: NumberType,
    exact_type: NumberType,
    /// How many pixels of the mosaic one of each level spans; the first is 1.
    scales: Vec<u32>,
}

/// True for the first bytes of a mosaic.
fn is_vrt(head: &[u8]) -> bool {
    let start = head.iter().position(|b| !b.is_ascii_whitespace() && !matches!(b, 0xef | 0xbb | 0xbf));
    let is_markup = start.is_some_and(|at| head[at] == b'<');
    is_markup && head.windows(11).any(|w| w == b"<VRTDataset")
}

impl Vrt {
    pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
        if !is_vrt(&candidate.head) {
            return Ok(None);
        }
        let Candidate { path, file, options, warnings, .. } = candidate;
        let own = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if options.opened_for.contains(&own) {
            return Err(Fault::damaged("the mosaic names itself among its own sources"));
        }
        if options.opened_for.len() >= MOST_NESTED {
            return Err(Fault::damaged(format!("more than {MOST_NESTED} mosaics lie within each other")));
        }
        if file.len() > MOST_BYTES {
            return Err(Fault::too_large(format!("a mosaic's list of {} MB is too long", file.len() >> 20)));
        }
        let bytes = file.read_range(0, file.len() as usize)?;
        Self::from_text(path, &String::from_utf8_lossy(&bytes), options, std::mem::take(warnings)).map(Some)
    }

    /// A mosaic by its XML; `path` is the file or folder that it stands for.
    pub(crate) fn from_text(
        path: &std::path::Path,
        text: &str,
        options: &OpenOptions,
        warnings: Vec<String>,
    ) -> Result<Opened, Fault> {
        let own = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let document = parse_xml(text)
            .ok_or_else(|| Fault::damaged("its XML is broken, too long, or declares entities"))?;
        let plan = Plan::read(document.root_element(), path.parent())?;
        let said = Pam::read(document.root_element(), "VRTRasterBand");
        drop(document);
        let mut opened_for = options.opened_for.clone();
        opened_for.push(own);
        let (sample_type, exact_type) = (plan::common_type(&plan.bands), plan::exact_type(&plan.bands));
        let image = describe(path, &plan, &said, warnings);
        let inputs = Inputs::new(plan.files, options, opened_for);
        let mut vrt = Self {
            size: plan.size,
            bands: plan.bands,
            mask: plan.mask,
            inputs,
            sample_type,
            exact_type,
            scales: vec![1],
        };
        vrt.find_scales();
        let image = vrt.with_remarks(image, &plan.overviews);
        let band_plan = BandPlan::direct(&image);
        let files =
            std::iter::once(path.to_path_buf()).chain(vrt.inputs.paths().take(MOST_WATCHED)).collect();
        Ok(Opened { image, plan: band_plan, driver: Box::new(vrt), files })
    }

    fn with_remarks(&self, mut image: ImageDescription, overviews: &[u32]) -> ImageDescription {
        let down = |side: u32, by: u32| side.div_ceil(by);
        image.about.overviews =
            overviews.iter().map(|by| (down(self.size.0, *by), down(self.size.1, *by))).collect();
        image.has_mask = self.mask.is_some();
        image.about.files.extend(self.inputs.paths().take(1000));
        image
    }

    /// Values of some bands in a window, and 255 per pixel where any of them holds something.
    fn paint<B: Pixels>(
        &self,
        kind: NumberType,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<(B, Vec<u8>), Fault> {
        let by = f64::from(self.scales[level]);
        let canvas = paint::Canvas { window, by, kind, inputs: &self.inputs, keep };
        let bands: Vec<&Band> = samples.iter().map(|s| &self.bands[*s]).collect();
        let (values, mut valid) = canvas.paint(&bands)?;
        if let Some(mask) = &self.mask {
            let canvas = paint::Canvas { kind: NumberType::U8, ..canvas };
            let (mask, _) = canvas.paint::<SampleBuffer>(&[mask])?;
            valid.iter_mut().zip(mask.as_bytes()).filter(|(_, m)| **m == 0).for_each(|(v, _)| *v = 0);
        }
        Ok((values, valid))
    }

    /// Levels that its sources have too, as far as the first one tells, while few of them meet in a tile.
    fn find_scales(&mut self) {
        let first = self.bands.iter().find_map(|b| b.sources.first());
        let Some((file, stretch)) = first.map(|s| (s.file, s.to.width / s.from.width)) else { return };
        let Ok(source) = self.inputs.open(file) else { return };
        let coarsest = source.pyramid().levels().len() as u8 - 1;
        let deepest = source.pyramid().scale(coarsest).0 * stretch;
        let most = self.bands.iter().map(|b| b.sources.len()).max().unwrap_or(0) as f64;
        let area = f64::from(self.size.0) * f64::from(self.size.1);
        let mut by = 2_u32;
        while self.size.0.max(self.size.1).div_ceil(by / 2) > 256 {
            let side = f64::from(by) * f64::from(TILE_PX);
            if f64::from(by) > deepest * 1.01 || most * (side * side / area).min(1.0) > MOST_PER_TILE {
                break;
            }
            self.scales.push(by);
            by *= 2;
        }
    }
}

impl Driver for Vrt {
    fn levels(&self) -> Vec<Level> {
        let level = |by: &u32| Level {
            width: self.size.0.div_ceil(*by),
            height: self.size.1.div_ceil(*by),
            tile_width: TILE_PX,
            tile_height: TILE_PX,
        };
        self.scales.iter().map(level).collect()
    }

    fn samples(&self) -> u16 {
        self.bands.len() as u16
    }

    fn sample_type(&self) -> SampleType {
        self.sample_type.sample_type()
    }

    fn has_mask(&self, _level: usize) -> bool {
        true
    }

    fn read(&self, level: usize, window: TileWindow, samples: &[usize], keep: Keep) -> Result<Stored, Fault> {
        let (values, valid) = self.paint(self.sample_type, level, window, samples, keep)?;
        Ok((values, Some(valid)))
    }

    fn is_rounded(&self) -> bool {
        self.bands.iter().any(|b| b.kind.is_wide())
    }

    fn read_exact(
        &self,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<ExactStored, Fault> {
        let (values, valid) = self.paint(self.exact_type, level, window, samples, keep)?;
        Ok((values, Some(valid)))
    }
}

/// What the mosaic is, before its sources are looked at.
fn describe(path: &std::path::Path, plan: &Plan, said: &Pam, mut warnings: Vec<String>) -> ImageDescription {
    let mut georeference = Georeference::default();
    georeference.add_pam(said, &mut warnings);
    georeference.add_neighbours(path, &mut warnings);
    georeference.check_extent(plan.size.0, plan.size.1, &mut warnings);
    let mut domains = said.domains.clone();
    let beside = Pam::beside(path).unwrap_or_default();
    domains.overlay(&beside.domains);
    let sample_type = plan::common_type(&plan.bands).sample_type();
    let band = |(index, band): (usize, &Band)| {
        let mut own = said.bands.get(&index).cloned().unwrap_or_default();
        if let Some(other) = beside.bands.get(&index) {
            own.overlay(other);
        }
        let spectral = wavelength::of_band(&own.domains, own.name.as_deref());
        BandDescription {
            name: own.name,
            color: own.color.unwrap_or(ColorRole::Undefined),
            wavelength_nm: spectral.wavelength_nm,
            fwhm_nm: spectral.fwhm_nm,
            bad: spectral.bad,
            no_data: band.shown_no_data,
            scale: own.scale,
            offset: own.offset,
            range: band.kind.range(),
            about: BandAbout {
                unit: own.unit,
                categories: own.categories,
                colors: own.colors,
                block: plan.block,
                domains: own.domains,
            },
            ..BandDescription::plain(index, band.kind.name())
        }
    };
    let bands: Vec<BandDescription> = plan.bands.iter().enumerate().map(band).collect();
    ImageDescription {
        has_alpha: bands.iter().any(|b| b.color == ColorRole::Alpha),
        crs: georeference.crs,
        transform: georeference.transform,
        warp: georeference.warp,
        pixel_is_point: domains.get("", "AREA_OR_POINT") == Some("Point"),
        tiled: true,
        warnings,
        metadata: domains.take("").into_iter().collect(),
        about: About {
            format: "Virtual Raster".into(),
            files: std::iter::once(path.to_owned()).chain(georeference.files).collect(),
            domains,
            control_points: georeference.control_points,
            coordinate_epoch: georeference.coordinate_epoch,
            ..About::default()
        },
        ..ImageDescription::plain(name_of(path), "VRT", plan.size, bands, sample_type)
    }
}
