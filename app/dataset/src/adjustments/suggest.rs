//! Adjustments proposed by the image itself: footprints against its edges. Never taken by themselves.

use geo::{BoundingRect as _, Geometry, LineString};
use project::alignment::Alignment;
use project::{Project, Region, RegionId};
use raster::registration::{CLEAR, Outline, sight};
use raster::{ReadError, Source};
use serde::Serialize;
use spatial::WorldRect;
use spatial::align::Arrow;

/// Neighbours that are compared with the image beside a footprint; more say nothing more.
const NEIGHBOURS: usize = 60;
/// How far around a footprint neighbours are looked for, in pixels of the image.
const AROUND_PX: f64 = 160.0;

/// An arrow that the image speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    pub region: RegionId,
    pub arrow: Arrow,
    /// How clearly: standard deviations above the next best place.
    pub score: f64,
}

/// Looks for footprints within `reach_px` of where they are shown now; those that the image clearly shows somewhere,
/// the clearest first. Footprints with an arrow of their own are left alone. Stops, with what there is, when `go_on`
/// (told how many are done) says so.
pub fn suggest_adjustments(
    project: &Project,
    alignment: &Alignment,
    source: &Source,
    wanted: &[RegionId],
    reach_px: f64,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Result<Vec<Suggestion>, ReadError> {
    let mut bands = source.image().default_bands();
    bands.truncate(3);
    let mut found = Vec::new();
    for (done, id) in wanted.iter().enumerate() {
        if !go_on(done) {
            break;
        }
        let Some(region) = project.region(*id).filter(|r| !r.source.is_fixed()) else { continue };
        if has_arrow(project, alignment, region) {
            continue;
        }
        let Some(shapes) = shapes(project, alignment, *id, region) else { continue };
        let Some(seen) = sight(source, &bands, &shapes, 0, reach_px)? else { continue };
        let (Some(start), Some(shown)) = (first_of(alignment, region), shapes[0].first()) else { continue };
        let Some(head) = shown.first().filter(|_| seen.score >= CLEAR) else { continue };
        let end = (head[0] + seen.shift_px[0], head[1] + seen.shift_px[1]);
        found.push(Suggestion {
            region: *id,
            arrow: Arrow::new((start[0], start[1]), end),
            score: seen.score,
        });
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.region.cmp(&b.region)));
    Ok(found)
}

/// True where an arrow begins at one of its corners.
fn has_arrow(project: &Project, alignment: &Alignment, region: &Region) -> bool {
    let Some(drawn) = alignment.in_pixels(&region.geometry) else { return true };
    let corners: Vec<[f64; 2]> = outlines(&drawn).into_iter().flatten().collect();
    let mut starts = project.adjustments_of(alignment.layer()).map(|(_, a)| a.start);
    starts.any(|s| corners.iter().any(|c| (c[0] - s[0]).hypot(c[1] - s[1]) < 0.01))
}

/// The footprint where it is shown, and its neighbours, in pixels.
fn shapes(
    project: &Project,
    alignment: &Alignment,
    id: RegionId,
    region: &Region,
) -> Option<Vec<Vec<Outline>>> {
    let on_image = |region: &Region| {
        let shown = alignment.shape(region);
        alignment.in_pixels(shown.as_ref().unwrap_or(&region.geometry)).map(|shape| outlines(&shape))
    };
    let own = on_image(region).filter(|outlines| !outlines.is_empty())?;
    let bounds = region.geometry.bounding_rect()?;
    let corner = alignment.image_from_world(bounds.min())?;
    let beside = alignment.world_from_image((corner.x + AROUND_PX, corner.y - AROUND_PX).into())?;
    let (dx, dy) = ((beside.x - bounds.min().x).abs(), (beside.y - bounds.min().y).abs());
    let (min, max) = (bounds.min(), bounds.max());
    let around = WorldRect::new((min.x - dx, min.y - dy), (max.x + dx, max.y + dy));
    let others = project.regions_in(around).filter(|(other, r)| *other != id && !r.source.is_fixed());
    let others = others.take(NEIGHBOURS).filter_map(|(_, other)| on_image(other));
    Some(std::iter::once(own).chain(others).collect())
}

/// Where the arrow of a footprint begins: its first corner as drawn.
fn first_of(alignment: &Alignment, region: &Region) -> Option<[f64; 2]> {
    outlines(&alignment.in_pixels(&region.geometry)?).first()?.first().copied()
}

fn outlines(shape: &Geometry<f64>) -> Vec<Outline> {
    let line = |line: &LineString<f64>| line.coords().map(|c| [c.x, c.y]).collect();
    match shape {
        Geometry::Polygon(p) => vec![line(p.exterior())],
        Geometry::MultiPolygon(m) => m.iter().map(|p| line(p.exterior())).collect(),
        Geometry::LineString(l) => vec![line(l)],
        Geometry::MultiLineString(m) => m.iter().map(line).collect(),
        _ => Vec::new(),
    }
}
