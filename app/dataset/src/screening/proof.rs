//! What was looked at, for others to check: every cell with what each member says of it, and a raster of how many
//! members had each place on screen at full resolution.

use std::collections::BTreeMap;
use std::path::Path;

use geo::{Coord, Geometry, LineString, Polygon};
use project::screening::{CellNumber, Cells, SIDE, Screening, Seen, Standing};
use project::{Author, Layer, Project, ScreeningId};
use raster::write::{NewImage, WriteOptions};
use raster::{SampleBuffer, WriteError};
use serde_json::{Value, json};
use spatial::{Crs, GeoTransform, Transformer};

use crate::DatasetError;

/// The end of a journal, by which anybody who has the project can check that nothing was changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEnd {
    /// Entries.
    pub entries: u64,
    /// SHA-256 of the last, chained to all before it; lower-case hex.
    pub hash: String,
}

/// No place of the plan, in the raster.
const OUTSIDE: u8 = 255;

/// Every cell and what each member says of it, in degrees (RFC 7946); in pixels where the layer lies nowhere. `time`
/// writes Unix milliseconds.
pub fn screening_geojson(
    project: &Project,
    screening: ScreeningId,
    journal: &JournalEnd,
    time: &dyn Fn(i64) -> String,
) -> Result<Value, DatasetError> {
    let (plan, layer) = plan_and_layer(project, screening)?;
    let cells = plan.cells();
    let to_degrees = match (&layer.crs, layer.transform.is_some() || layer.warp.is_some()) {
        (Some(crs), true) => Some(Transformer::new(crs, &Crs::from_epsg(4326)?)?),
        _ => None,
    };
    let mut features = Vec::new();
    for (place, cell) in cells.order().iter().enumerate() {
        let shape = outline(layer, &cells, *cell, to_degrees.as_ref());
        let standings = project.standings(screening, *cell);
        if standings.is_empty() {
            features.push(feature(plan, &cells, (*cell, place), shape.as_ref(), None, time));
        }
        for said in standings {
            features.push(feature(plan, &cells, (*cell, place), shape.as_ref(), Some(said), time));
        }
    }
    let space = if to_degrees.is_some() { "EPSG:4326" } else { "pixels of the layer" };
    Ok(json!({
        "type": "FeatureCollection",
        "name": plan.name,
        "coordinates": space,
        "screening": {
            "id": screening, "name": plan.name, "layer": layer.name, "layer_sha256": layer.sha256,
            "size": plan.size, "cell_px": plan.cell_px, "overlap_px": plan.overlap_px, "path": plan.path,
            "times": plan.times, "native": plan.native, "cells": cells.len(), "parts_of_a_side": SIDE,
        },
        "journal": { "entries": journal.entries, "hash": journal.hash },
        "features": features,
    }))
}

fn plan_and_layer(project: &Project, screening: ScreeningId) -> Result<(&Screening, &Layer), DatasetError> {
    let plan = project.screenings().get(&screening).ok_or(DatasetError::NoScreening(screening))?;
    let layer = project.layers().get(&plan.layer).ok_or(DatasetError::NoLayer(plan.layer))?;
    Ok((plan, layer))
}

fn feature(
    plan: &Screening,
    cells: &Cells,
    (cell, place): (CellNumber, usize),
    shape: Option<&Polygon<f64>>,
    said: Option<(&Author, Standing)>,
    time: &dyn Fn(i64) -> String,
) -> Value {
    let (column, row) = cells.grid.place(cell);
    let standing = said.map(|(_, standing)| standing);
    let at = |ms: fn(&Standing) -> Option<i64>| standing.as_ref().and_then(ms).map(time);
    let share = standing.map(|s| (plan.share(cell, s.seen) * 1e4).round() / 1e4);
    let geometry = shape.map(|shape| {
        let shape = Geometry::from(shape.clone());
        ::geojson::Geometry::new(::geojson::GeometryValue::from(&shape))
    });
    json!({
        "type": "Feature",
        "geometry": geometry,
        "properties": {
            "cell": cell, "place": place + 1, "row": row + 1, "column": column + 1,
            "pixels": cells.grid.rect(cell),
            "state": standing.and_then(|s| s.state).map_or("untouched", project::screening::CellState::key),
            "member": said.map(|(member, _)| member),
            "seconds": standing.map(|s| s.seconds),
            "seen_share": share,
            "seen": standing.map(|s| s.seen),
            "looks": standing.map_or(0, |s| s.looks),
            "first_at": at(|s| s.first_ms), "last_at": at(|s| s.last_ms),
        },
    })
}

fn outline(
    layer: &Layer,
    cells: &Cells,
    cell: CellNumber,
    way: Option<&Transformer>,
) -> Option<Polygon<f64>> {
    let [left, top, right, bottom] = cells.grid.rect(cell).map(f64::from);
    // Counter-clockwise with y up, as RFC 7946 wants it.
    let corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)];
    let at = |(x, y): (f64, f64)| match way {
        Some(way) => way.convert(layer.world_from_image(Coord { x, y })),
        None => Some(Coord { x, y }),
    };
    let ring: Option<Vec<_>> = corners.into_iter().map(at).collect();
    Some(Polygon::new(LineString::new(ring?), Vec::new()))
}

/// A raster with [`SIDE`] pixels to a cell's side: how many members (or whether one of them) had each place on screen
/// at full resolution; 255 for what is not part of the plan. With its width and height.
pub fn coverage(
    project: &Project,
    screening: ScreeningId,
    member: Option<&Author>,
) -> Result<(u32, u32, Vec<u8>), DatasetError> {
    let (plan, _) = plan_and_layer(project, screening)?;
    let cells = plan.cells();
    let part = f64::from(plan.cell_px) / SIDE as f64;
    let [width, height] = plan.size.map(|length| ((f64::from(length) / part).round() as u32).max(1));
    let mut raster = vec![OUTSIDE; width as usize * height as usize];
    let mut each = |cell: CellNumber, seen: Seen, take: &mut dyn FnMut(&mut u8, usize)| {
        let [left, top, right, bottom] = cells.grid.rect(cell).map(f64::from);
        let span = |low: f64, high: f64, most: u32| {
            // Pixels whose middle lies in the cell.
            let from = |v: f64| ((v / part - 0.5).ceil().max(0.0) as u32).min(most);
            from(low)..from(high)
        };
        for y in span(top, bottom, height) {
            for x in span(left, right, width) {
                let of = |at: u32, low: f64, high: f64| {
                    let share = ((f64::from(at) + 0.5) * part - low) / (high - low);
                    ((share * SIDE as f64) as usize).min(SIDE - 1)
                };
                if seen.has(of(x, left, right), of(y, top, bottom)) {
                    let at = y as usize * width as usize + x as usize;
                    take(&mut raster[at], at);
                }
            }
        }
    };
    for cell in cells.order() {
        each(*cell, plan.counted(*cell), &mut |pixel, _| *pixel = 0);
    }
    let mut by_member: BTreeMap<&Author, Vec<(CellNumber, Seen)>> = BTreeMap::new();
    for cell in project.seen_cells(screening) {
        for (author, standing) in project.standings(screening, cell) {
            if member.is_none_or(|wanted| wanted == author) {
                by_member.entry(author).or_default().push((cell, standing.seen.and(plan.counted(cell))));
            }
        }
    }
    for cells in by_member.into_values() {
        // Cells overlap: who saw a place in two of them saw it once.
        let mut counted = vec![false; width as usize * height as usize];
        for (cell, seen) in cells {
            each(cell, seen, &mut |pixel, at| {
                if !std::mem::replace(&mut counted[at], true) && *pixel < OUTSIDE - 1 {
                    *pixel += 1;
                }
            });
        }
    }
    Ok((width, height, raster))
}

/// Writes [`coverage`] as a GeoTIFF that lies where the layer does.
pub fn write_coverage(
    path: &Path,
    project: &Project,
    screening: ScreeningId,
    member: Option<&Author>,
) -> Result<(), CoverageError> {
    let (plan, layer) = plan_and_layer(project, screening)?;
    let (width, height, values) = coverage(project, screening, member)?;
    let part = f64::from(plan.cell_px) / SIDE as f64;
    let transform = layer.transform.and_then(|t| {
        let [x, xx, xy, y, yx, yy] = t.to_gdal();
        GeoTransform::new([x, xx * part, xy * part, y, yx * part, yy * part])
    });
    let mut image = NewImage::gray(width, height).at(layer.crs.clone(), transform);
    image.no_data = Some(f64::from(OUTSIDE));
    image.bands[0].name = Some("members who saw it at full resolution".into());
    image.metadata = vec![("SCREENING".into(), plan.name.clone()), ("LAYER".into(), layer.name.clone())];
    raster::write::image(path, &image, &WriteOptions::default(), &SampleBuffer::U8(values))?;
    Ok(())
}

/// Why the raster cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Write(#[from] WriteError),
}
