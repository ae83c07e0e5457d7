//! A label raster: one byte a pixel, of the image's size, transform and CRS. 0 is background; a class has
//! its raster value. Where regions overlap, the class of higher priority wins, then the newer region.
//!
//! It is written a row of tiles at a time, so that memory does not grow with the height of the image.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use geo::{BoundingRect as _, MultiPolygon};
use project::{Class, Schema};
use raster::write::{NewImage, WriteOptions, Writer};
use raster::{ColorRole, SampleBuffer, Source};
use serde_json::json;

use super::chips::areas;
use super::folder::Staging;
use super::scan::Scan;
use super::{ExportError, Job, Outcome, Progress};

/// A region to burn.
struct Shape {
    /// Which of the job's items.
    item: usize,
    area: MultiPolygon<f64>,
    value: u8,
    /// Rows of pixels that it can reach.
    first_row: i64,
    end_row: i64,
}

pub(super) fn write(
    job: &Job<'_>,
    staging: &mut Staging,
    progress: &mut Progress<'_>,
) -> Result<Outcome, ExportError> {
    let mut outcome = Outcome::default();
    let schema = job.project.schema().ok_or(ExportError::NoSchema)?;
    let shapes = shapes(job, schema, &mut outcome)?;
    // The image itself is opened so that a file that changed its size is found before anything is written.
    job.open()?;
    let layer = job.frame.layer;
    let path = staging.place("mask.tif", 0)?;
    let new = NewImage {
        no_data: Some(0.0),
        palette: Some(palette(schema)),
        ..NewImage::gray(layer.width, layer.height)
    }
    .at(layer.crs.clone(), layer.transform);
    let writer = Writer::create(&path, &new, &WriteOptions::default())?;
    let mut tally = Tally::new(shapes.len());
    let rows = writer.rows_at_once();
    for y in (0..layer.height).step_by(rows as usize) {
        super::step(progress, y as usize, layer.height as usize * 2)?;
        let band = Band::burn(&shapes, layer.width, y, rows.min(layer.height - y));
        tally.count(&band);
        writer.write_rows(y, &SampleBuffer::U8(band.values(&shapes)))?;
    }
    writer.finish()?;
    for (n, shape) in shapes.iter().enumerate() {
        let item = &job.items[shape.item];
        match (tally.covered[n], tally.visible[n]) {
            (_, 1..) => drop(outcome.regions.insert(item.id)),
            (1.., _) => outcome.left_out.push(item.left_out("is hidden under other regions")),
            _ => outcome.left_out.push(item.left_out("covers the centre of no pixel")),
        }
    }
    staging.place("mask.tif", outcome.regions.len())?;
    let pixels = read_back(job, &path, &shapes, progress)?;
    staging.write_json("classes.json", &legend(schema, &pixels))?;
    Ok(outcome)
}

fn shapes(job: &Job<'_>, schema: &Schema, outcome: &mut Outcome) -> Result<Vec<Shape>, ExportError> {
    let mut shapes = Vec::new();
    for (item, area) in areas(job, outcome) {
        let class = job.items[item].class_in(schema);
        let value = class.and_then(|c| c.raster_value).filter(|v| *v > 0);
        let value =
            value.ok_or_else(|| ExportError::NoRasterValue(job.items[item].class_key().to_owned()))?;
        let Some(bounds) = area.bounding_rect() else { continue };
        let (first_row, end_row) = (bounds.min().y.floor() as i64 - 1, bounds.max().y.ceil() as i64 + 1);
        shapes.push((class.map_or(0, |c| c.priority), Shape { item, area, value, first_row, end_row }));
    }
    // Items are in the order of their ids, which is that of their making.
    shapes.sort_by_key(|(priority, shape)| (*priority, shape.item));
    Ok(shapes.into_iter().map(|(_, shape)| shape).collect())
}

/// A few rows of the mask: which shape each pixel belongs to, from 1.
struct Band {
    owners: Vec<u32>,
    /// Pixels that each shape of the band covered before later ones were burned over it.
    covered: BTreeMap<usize, u64>,
}

impl Band {
    fn burn(shapes: &[Shape], width: u32, y: u32, rows: u32) -> Self {
        let (from, to) = (i64::from(y), i64::from(y) + i64::from(rows));
        let mut band = Self { owners: vec![0; width as usize * rows as usize], covered: BTreeMap::new() };
        for (n, shape) in shapes.iter().enumerate().filter(|(_, s)| s.first_row < to && s.end_row > from) {
            let mut covered = 0;
            Scan::new(&shape.area, from, to).runs(from, to, width, |row, start, end| {
                let line = (row - from) as usize * width as usize;
                band.owners[line + start..line + end].fill(n as u32 + 1);
                covered += (end - start) as u64;
            });
            band.covered.insert(n, covered);
        }
        band
    }

    fn values(&self, shapes: &[Shape]) -> Vec<u8> {
        self.owners
            .iter()
            .map(|owner| (*owner as usize).checked_sub(1).map_or(0, |n| shapes[n].value))
            .collect()
    }
}

/// Pixels by shape.
struct Tally {
    covered: Vec<u64>,
    visible: Vec<u64>,
}

impl Tally {
    fn new(shapes: usize) -> Self {
        Self { covered: vec![0; shapes], visible: vec![0; shapes] }
    }

    fn count(&mut self, band: &Band) {
        for (n, covered) in &band.covered {
            self.covered[*n] += covered;
        }
        for owner in band.owners.iter().filter(|o| **o > 0) {
            self.visible[*owner as usize - 1] += 1;
        }
    }
}

/// Background black, every class in its colour.
fn palette(schema: &Schema) -> Vec<[u8; 3]> {
    let mut palette = vec![[0; 3]; 256];
    for class in &schema.classes {
        if let Some(value) = class.raster_value {
            palette[usize::from(value)] = class.rgb();
        }
    }
    palette
}

fn legend(schema: &Schema, pixels: &BTreeMap<u8, u64>) -> serde_json::Value {
    let mut classes: Vec<(u8, &Class)> =
        schema.classes.iter().filter_map(|c| c.raster_value.map(|v| (v, c))).collect();
    classes.sort_by_key(|(value, _)| *value);
    let entry = |(value, class): &(u8, &Class)| {
        let pixels = pixels.get(value).copied().unwrap_or(0);
        json!({"value": value, "code": class.code, "name": class.name, "color": class.color, "pixels": pixels})
    };
    json!({"background": 0, "no_data": 0, "classes": classes.iter().map(entry).collect::<Vec<_>>()})
}

/// Opens the mask as any image and compares every pixel, the size, the CRS and the transform. Says how
/// many pixels each value has.
fn read_back(
    job: &Job<'_>,
    path: &Path,
    shapes: &[Shape],
    progress: &mut Progress<'_>,
) -> Result<BTreeMap<u8, u64>, ExportError> {
    let mismatch = |what: &str| Err(ExportError::Mismatch(format!("the mask {what}")));
    let layer = job.frame.layer;
    let mask = Source::open(path)?;
    let image = mask.image();
    if (image.width, image.height) != (layer.width, layer.height) || image.transform != layer.transform {
        return mismatch("does not lie where the image lies");
    }
    let same_crs = match (&image.crs, &layer.crs) {
        (Some(a), Some(b)) => a.coincides_with(b),
        (a, b) => a.is_none() && b.is_none(),
    };
    if !same_crs {
        return mismatch("has another coordinate reference system than the image");
    }
    // Beside the class numbers, an image with a palette has its colours as bands.
    let classes = image.bands.iter().position(|b| b.color == ColorRole::PaletteIndex).unwrap_or(0);
    let mut pixels = BTreeMap::new();
    let known: BTreeSet<u8> = shapes.iter().map(|s| s.value).collect();
    for y in (0..layer.height).step_by(256) {
        super::step(progress, (layer.height + y) as usize, layer.height as usize * 2)?;
        let rows = (layer.height - y).min(256);
        let read = mask.read_window(0, 0, y, layer.width, rows, &[classes])?;
        let SampleBuffer::U8(read) = read.values else { return mismatch("does not hold bytes") };
        if read != Band::burn(shapes, layer.width, y, rows).values(shapes) {
            return mismatch(&format!("differs from the regions in rows {y} to {}", y + rows));
        }
        for value in read.iter().filter(|v| known.contains(v)) {
            *pixels.entry(*value).or_insert(0) += 1;
        }
    }
    Ok(pixels)
}
