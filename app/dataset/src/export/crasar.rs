//! CRASAR-U-DROIDs annotations: `<file name of the image>.json`, an array with one item per part of a
//! region, in the order of the regions' ids.
//!
//! An item's `id` is the id that the region had in the file it came from where that is unique, else the
//! project's own as 32 hexadecimal digits; the parts of a multi-part region have `-1`, `-2` … behind it.
//! A ring of the format has no holes: each hole is joined to its outline by a cut of no width. Road lines
//! carry `parent_road_line_id`, as in the road files. Shapes are as drawn; the layer's adjustments stand in
//! `building_alignment_adjustments`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use geo::{BoundingRect as _, Coord, CoordsIter as _, Geometry, LineString, Polygon};
use project::{AttributeValue, RegionId};
use serde_json::json;
use spatial::align::{Arrow, Method};

use super::folder::Staging;
use super::item::Item;
use super::keyhole::single_ring;
use super::{ExportError, Job, Outcome, Progress};
use crate::{Limits, adjustments_json, read_adjustments, read_features};

/// One item of the file.
struct Part {
    id: String,
    region: RegionId,
    source: String,
    label: String,
    pixels: LineString<f64>,
    /// `None` in pixel space.
    degrees: Option<LineString<f64>>,
    is_line: bool,
}

pub(super) fn write(
    job: &Job<'_>,
    staging: &mut Staging,
    progress: &mut Progress<'_>,
) -> Result<Outcome, ExportError> {
    super::step(progress, 0, 1)?;
    let mut outcome = Outcome::default();
    let mut parts = Vec::new();
    let mut holes = 0;
    let ids = ids(job.items);
    for item in job.items {
        match lines(job, item, &mut holes) {
            Ok(lines) => parts.extend(named(item, &ids[&item.id], lines)),
            Err(reason) => outcome.left_out.push(item.left_out(reason)),
        }
    }
    if holes > 0 {
        outcome
            .warnings
            .push(format!("{holes} holes were joined to their outlines, as CRASAR rings have none"));
    }
    let name = format!("{}.json", job.frame.file_name());
    let path = staging.write(&name, parts.len(), |out| {
        out.write_all(b"[\n")?;
        for (n, part) in parts.iter().enumerate() {
            let end = if n + 1 < parts.len() { ",\n" } else { "\n" };
            write!(out, "{}{end}", text(part))?;
        }
        out.write_all(b"]\n")
    })?;
    outcome.regions = read_back(&path, &parts)?;
    if !job.spec.as_drawn {
        adjustments(job, staging, &mut outcome)?;
    }
    Ok(outcome)
}

/// The layer's arrows, in the file that CRASAR's tools look for them in.
fn adjustments(job: &Job<'_>, staging: &mut Staging, outcome: &mut Outcome) -> Result<(), ExportError> {
    let Some(alignment) = job.alignment else { return Ok(()) };
    let held: Vec<_> = job.project.adjustments_of(job.frame.id).map(|(_, a)| a).collect();
    let arrows: Vec<Arrow> = held.iter().map(|a| a.arrow()).collect();
    let particular = held.iter().filter(|a| a.source.is_some()).count();
    if particular > 0 {
        outcome.warnings.push(format!(
            "{particular} adjustments are about the footprints of one source; in CRASAR files they are about all"
        ));
    }
    if alignment.method() != Method::Nearest {
        outcome.warnings.push(format!(
            "the layer is aligned by {}; tools for CRASAR files take the nearest adjustment",
            alignment.method().key()
        ));
    }
    let name = format!("building_alignment_adjustments/{}.json", job.frame.file_name());
    let text = adjustments_json(&arrows);
    let path = staging.write(&name, arrows.len(), |out| out.write_all(text.as_bytes()))?;
    let read = read_adjustments(&path)?;
    // One arrow from the origin to itself reads as none.
    if read.arrows != arrows && !read.says_none {
        return Err(ExportError::Mismatch("the file of adjustments is not what was meant".into()));
    }
    Ok(())
}

type Lines = Vec<(LineString<f64>, Option<LineString<f64>>, bool)>;

/// The rings (or lines) of a region in pixels and in degrees.
fn lines(job: &Job<'_>, item: &Item<'_>, holes: &mut usize) -> Result<Lines, &'static str> {
    let frame = job.frame;
    let simple: Vec<(LineString<f64>, bool)> = match &item.geometry {
        Geometry::Polygon(p) => vec![(ring(p, holes), false)],
        Geometry::MultiPolygon(m) => m.iter().map(|p| (ring(p, holes), false)).collect(),
        Geometry::LineString(l) => vec![(l.clone(), true)],
        Geometry::MultiLineString(m) => m.iter().map(|l| (l.clone(), true)).collect(),
        _ => return Err("is a point, which CRASAR files do not hold"),
    };
    let line = |shape: Option<Geometry<f64>>| match shape {
        Some(Geometry::LineString(line)) => Ok(line),
        _ => Err("has no place on the image"),
    };
    let mut lines = Vec::with_capacity(simple.len());
    for (world, is_line) in simple {
        let world = Geometry::LineString(world);
        let pixels = line(frame.image(&world))?;
        let degrees =
            frame.to_degrees.as_ref().map(|(_, way)| line(way.convert_geometry(&world))).transpose()?;
        lines.push((pixels, degrees, is_line));
    }
    let inside = |l: &LineString<f64>| l.bounding_rect().is_some_and(|rect| frame.meets(&rect));
    if lines.iter().any(|(pixels, ..)| inside(pixels)) { Ok(lines) } else { Err("lies outside the image") }
}

fn ring(polygon: &Polygon<f64>, holes: &mut usize) -> LineString<f64> {
    *holes += polygon.interiors().len();
    single_ring(polygon)
}

fn named<'a>(item: &'a Item<'_>, id: &'a str, lines: Lines) -> impl Iterator<Item = Part> + 'a {
    let many = lines.len() > 1;
    lines.into_iter().enumerate().map(move |(n, (pixels, degrees, is_line))| Part {
        id: if many { format!("{id}-{}", n + 1) } else { id.to_owned() },
        region: item.id,
        source: item.region.source.0.to_string(),
        label: item.class_key().to_owned(),
        pixels,
        degrees,
        is_line,
    })
}

/// An id for every region, unique also with the numbers of its parts behind it.
fn ids(items: &[Item<'_>]) -> BTreeMap<RegionId, String> {
    let mut owners: HashMap<String, usize> = HashMap::new();
    let parts = |item: &Item<'_>| match &item.geometry {
        Geometry::MultiPolygon(m) if m.0.len() > 1 => m.0.len(),
        Geometry::MultiLineString(m) if m.0.len() > 1 => m.0.len(),
        _ => 0,
    };
    let names = |item: &Item<'_>, id: &str| -> Vec<String> {
        match parts(item) {
            0 => vec![id.to_owned()],
            n => (1..=n).map(|k| format!("{id}-{k}")).collect(),
        }
    };
    for item in items {
        for name in item.region.source_id.iter().flat_map(|id| names(item, id)) {
            *owners.entry(name).or_insert(0) += 1;
        }
    }
    let unique = |item: &Item<'_>, id: &&String| names(item, id).iter().all(|n| owners.get(n) == Some(&1));
    let own = |item: &Item<'_>| item.id.uuid().simple().to_string();
    let id = |item: &Item<'_>| {
        item.region.source_id.as_ref().filter(|id| unique(item, id)).cloned().unwrap_or_else(|| own(item))
    };
    items.iter().map(|item| (item.id, id(item))).collect()
}

/// An item on one line, keys in CRASAR's order.
fn text(part: &Part) -> String {
    let corners = |line: &LineString<f64>, [x, y]: [&str; 2]| {
        // CRASAR writes `lat` before `lon` and `x` before `y`.
        let corner = |c: &Coord<f64>| {
            if x == "x" {
                format!("{{\"x\": {}, \"y\": {}}}", json!(c.x), json!(c.y))
            } else {
                format!("{{\"{y}\": {}, \"{x}\": {}}}", json!(c.y), json!(c.x))
            }
        };
        line.coords().map(corner).collect::<Vec<_>>().join(", ")
    };
    let mut text = format!(
        "{{\"source\": {}, \"label\": {}, \"pixels\": [{}]",
        json!(part.source),
        json!(part.label),
        corners(&part.pixels, ["x", "y"])
    );
    // Writing to a string cannot fail.
    if let Some(degrees) = &part.degrees {
        let _ = write!(text, ", \"EPSG:4326\": [{}]", corners(degrees, ["lon", "lat"]));
    }
    let _ = write!(text, ", \"id\": {}", json!(part.id));
    if part.is_line {
        text.push_str(", \"parent_road_line_id\": null");
    }
    text.push('}');
    text
}

fn read_back(path: &Path, parts: &[Part]) -> Result<BTreeSet<RegionId>, ExportError> {
    let limits = Limits { file_bytes: u64::MAX, features: usize::MAX, ..Limits::default() };
    let file = read_features(path, &limits)?;
    let mismatch = |what: String| Err(ExportError::Mismatch(format!("the CRASAR file: {what}")));
    if file.features.len() != parts.len() || !file.rejected.is_empty() {
        return mismatch(format!(
            "{} items were written and {} can be read",
            parts.len(),
            file.features.len()
        ));
    }
    let mut seen = BTreeSet::new();
    let mut regions = BTreeSet::new();
    for (part, read) in parts.iter().zip(&file.features) {
        let label = matches!(read.properties.get("label"), Some(AttributeValue::Text(t)) if *t == part.label);
        let same = |line: &LineString<f64>, shape: Option<&Geometry<f64>>| {
            shape.is_some_and(|s| s.coords_iter().eq(line.coords().copied()))
        };
        let shapes = match &part.degrees {
            Some(degrees) => {
                same(degrees, read.geometry.as_ref()) && same(&part.pixels, read.image_geometry.as_ref())
            }
            None => same(&part.pixels, read.geometry.as_ref()),
        };
        if !label || !shapes || read.id.as_ref() != Some(&part.id) || !seen.insert(&part.id) {
            return mismatch(format!("item {} of region {} is not what was meant", part.id, part.region));
        }
        regions.insert(part.region);
    }
    Ok(regions)
}
