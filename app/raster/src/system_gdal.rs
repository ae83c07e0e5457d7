//! What only GDAL reads, in builds with the cargo feature `gdal`: the system's GDAL opens it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use gdal::raster::{ColorInterpretation, GdalDataType, GdalType, RasterBand};
use gdal::{Dataset, Metadata};
use spatial::{Level, TileWindow};

use crate::about::{About, BandAbout, Domains};
use crate::describe::{BandDescription, ColorRole, ImageDescription};
use crate::driver::{Candidate, Driver, Keep, Opened, Stored};
use crate::error::Fault;
use crate::file::name_of;
use crate::georeference::{checked, parse_crs};
use crate::number::NumberType;
use crate::plan::BandPlan;
use crate::samples::{SampleBuffer, SampleType};

/// An image that GDAL holds open. GDAL reads it for one thread at a time.
#[derive(Debug)]
struct GdalImage {
    dataset: Mutex<Dataset>,
    size: (u32, u32),
    block: (u32, u32),
    samples: u16,
    sample_type: SampleType,
}

/// `None` when GDAL does not know it either.
pub(crate) fn try_open(candidate: &mut Candidate<'_>) -> Result<Option<Opened>, Fault> {
    gdal::config::set_error_handler(|_, code, text| log::debug!("GDAL {code}: {text}"));
    let part = candidate.part.take();
    let name = part.map_or_else(
        || candidate.path.to_path_buf(),
        |part| {
            // What GDAL calls a subdataset begins with the name of its driver.
            Path::new(&format!("{}:{part}", candidate.path.display())).to_path_buf()
        },
    );
    let Ok(dataset) = Dataset::open(&name) else { return Ok(None) };
    let mut warnings = std::mem::take(&mut candidate.warnings);
    let (image, no_data) = describe(&dataset, candidate.path, &mut warnings)?;
    let image = ImageDescription { warnings, ..image };
    let first = dataset.rasterband(1).map_err(fault)?;
    let sane = |side: usize| if (64..=2048).contains(&side) { side as u32 } else { 512 };
    let (across, down) = first.block_size();
    let reader = GdalImage {
        size: (image.width, image.height),
        block: (sane(across), sane(down)),
        samples: image.bands.len() as u16,
        sample_type: image.sample_type,
        dataset: Mutex::new(dataset),
    };
    let plan = BandPlan::with_no_data(&image, no_data);
    let files = vec![candidate.path.to_path_buf()];
    Ok(Some(Opened { image, plan, driver: Box::new(reader), files }))
}

fn describe(
    dataset: &Dataset,
    path: &Path,
    warnings: &mut Vec<String>,
) -> Result<(ImageDescription, Option<f64>), Fault> {
    let (width, height) = dataset.raster_size();
    let count = u16::try_from(dataset.raster_count()).ok().filter(|n| *n > 0);
    let count =
        count.ok_or_else(|| Fault::NotAnImage("GDAL finds no image in it, or too many bands".into()))?;
    let side = |n: usize| {
        let sane = u32::try_from(n).ok().filter(|n| (1..=u32::MAX >> 1).contains(n));
        sane.ok_or_else(|| Fault::damaged(format!("GDAL says that a side has {n} pixels")))
    };
    let size = (side(width)?, side(height)?);
    let mut bands = Vec::with_capacity(usize::from(count));
    let mut kinds = Vec::new();
    let mut no_data = None;
    for index in 0..usize::from(count) {
        let band = dataset.rasterband(index + 1).map_err(fault)?;
        let number = number_type(band.band_type());
        kinds.push(number.sample_type());
        no_data = no_data.or(band.no_data_value());
        bands.push(band_description(&band, index, number));
    }
    let sample_type = if kinds.iter().all(|k| *k == kinds[0]) { kinds[0] } else { SampleType::F32 };
    let mut domains = remarks(dataset);
    let plain = domains.take("");
    let stored =
        |key: &str, otherwise: &str| domains.get("IMAGE_STRUCTURE", key).unwrap_or(otherwise).to_owned();
    let (compression, interleave) = (stored("COMPRESSION", "NONE"), stored("INTERLEAVE", "BAND"));
    let driver = dataset.driver();
    let about =
        About { format: driver.long_name(), files: vec![path.to_path_buf()], domains, ..About::default() };
    let image = ImageDescription {
        // GDAL hands out this one where an image has no place.
        transform: dataset
            .geo_transform()
            .ok()
            .filter(|numbers| *numbers != [0.0, 1.0, 0.0, 0.0, 0.0, 1.0])
            .and_then(|numbers| checked(numbers, warnings)),
        crs: dataset
            .spatial_ref()
            .ok()
            .and_then(|s| s.to_wkt().ok())
            .and_then(|wkt| parse_crs(&wkt, warnings)),
        has_alpha: bands.iter().any(|b| b.color == ColorRole::Alpha),
        metadata: plain.into_iter().collect(),
        compression,
        interleave,
        about,
        ..ImageDescription::plain(name_of(path), &driver.short_name(), size, bands, sample_type)
    };
    warnings.push("it is read by the system's GDAL, one tile at a time".into());
    Ok((image, no_data))
}

fn band_description(band: &RasterBand<'_>, index: usize, number: NumberType) -> BandDescription {
    let mut about = BandAbout { domains: remarks(band), ..BandAbout::default() };
    let (across, down) = band.block_size();
    about.block = (across as u32, down as u32);
    about.unit = Some(band.unit()).filter(|unit| !unit.is_empty());
    BandDescription {
        name: band.description().ok().filter(|name| !name.is_empty()),
        color: color_role(&band.color_interpretation()),
        no_data: band.no_data_value(),
        scale: band.scale().filter(|s| *s != 1.0),
        offset: band.offset().filter(|o| *o != 0.0),
        range: number.range(),
        about,
        ..BandDescription::plain(index, number.name())
    }
}

/// Where GDAL offers images that it would derive from this one.
const OFFERS: &str = "DERIVED_SUBDATASETS";

/// What GDAL hands on of the remarks about an image or a band; texts that are no keys and values it leaves out.
fn remarks(of: &impl Metadata) -> Domains {
    let mut domains = Domains::default();
    for entry in of.metadata().filter(|entry| entry.domain != OFFERS) {
        domains.set(&entry.domain, &entry.key, entry.value);
    }
    domains
}

fn number_type(kind: GdalDataType) -> NumberType {
    match kind {
        GdalDataType::UInt8 => NumberType::U8,
        GdalDataType::UInt16 => NumberType::U16,
        GdalDataType::Int16 => NumberType::I16,
        GdalDataType::UInt32 => NumberType::U32,
        GdalDataType::Int32 => NumberType::I32,
        GdalDataType::Float64 => NumberType::F64,
        _ => NumberType::F32,
    }
}

fn color_role(color: &ColorInterpretation) -> ColorRole {
    match color {
        ColorInterpretation::GrayIndex => ColorRole::Gray,
        ColorInterpretation::RedBand => ColorRole::Red,
        ColorInterpretation::GreenBand => ColorRole::Green,
        ColorInterpretation::BlueBand => ColorRole::Blue,
        ColorInterpretation::AlphaBand => ColorRole::Alpha,
        _ => ColorRole::Undefined,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn fault(error: gdal::errors::GdalError) -> Fault {
    let text = error.to_string();
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    Fault::damaged(format!("GDAL says “{line}”"))
}

impl GdalImage {
    fn planes<T: Copy + GdalType>(&self, w: TileWindow, samples: &[usize]) -> Result<Vec<T>, Fault> {
        let dataset = self.dataset.lock().unwrap_or_else(PoisonError::into_inner);
        let size = (w.width as usize, w.height as usize);
        let mut all = Vec::with_capacity(size.0 * size.1 * samples.len());
        for sample in samples {
            let band = dataset.rasterband(sample + 1).map_err(fault)?;
            let plane = band.read_as::<T>((w.x as isize, w.y as isize), size, size, None).map_err(fault)?;
            all.extend_from_slice(plane.data());
        }
        Ok(all)
    }
}

impl Driver for GdalImage {
    fn levels(&self) -> Vec<Level> {
        let ((width, height), (tile_width, tile_height)) = (self.size, self.block);
        vec![Level { width, height, tile_width, tile_height }]
    }

    fn samples(&self) -> u16 {
        self.samples
    }

    fn sample_type(&self) -> SampleType {
        self.sample_type
    }

    fn read(
        &self,
        _level: usize,
        window: TileWindow,
        samples: &[usize],
        _keep: Keep,
    ) -> Result<Stored, Fault> {
        let values = match self.sample_type {
            SampleType::U8 => SampleBuffer::U8(self.planes(window, samples)?),
            SampleType::U16 => SampleBuffer::U16(self.planes(window, samples)?),
            SampleType::I16 => SampleBuffer::I16(self.planes(window, samples)?),
            SampleType::F32 => SampleBuffer::F32(self.planes(window, samples)?),
        };
        Ok((values, None))
    }
}

#[cfg(test)]
mod tests {
    use crate::{OpenOptions, OverviewStore, SampleBuffer, Source};

    #[test]
    fn what_only_gdal_knows_is_read_by_it() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("heights.asc");
        let text =
            "ncols 3\nnrows 2\nxllcorner 100\nyllcorner 200\ncellsize 10\nNODATA_value -1\n1 2 3\n4 -1 6.5\n";
        std::fs::write(&path, text)?;
        let overviews = OverviewStore { folder: None, most_bytes: 0 };
        let source = Source::open_with(&path, &OpenOptions { overviews, ..OpenOptions::default() })?;
        let image = source.image();
        assert_eq!((image.driver.as_str(), image.width, image.height), ("AAIGrid", 3, 2));
        assert_eq!(
            image.transform.map(spatial::GeoTransform::to_gdal),
            Some([100.0, 10.0, 0.0, 220.0, 0.0, -10.0])
        );
        let read = source.read_window(0, 1, 0, 2, 2, &[0])?;
        assert_eq!(read.values, SampleBuffer::F32(vec![2.0, 3.0, -1.0, 6.5]));
        assert!(!read.is_valid(0, 1) && read.is_valid(1, 1));
        Ok(())
    }
}
