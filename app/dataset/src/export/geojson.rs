//! GeoJSON: one file in EPSG:4326 as RFC 7946 wants it, and one in the layer's CRS with a `crs` member.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use ::geojson::FeatureCollection;
use geo::{Area as _, CoordsIter as _, Euclidean, Geometry, Length as _};
use project::{Author, PredicateCode, RegionId, Relation, RelationId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use spatial::{Crs, Transformer};

use super::folder::Staging;
use super::frame::oriented;
use super::item::Item;
use super::split::{self, Split};
use super::{ExportError, Job, Outcome, Progress};

/// One file to write: the name of its CRS in the file name, its `crs` member, and the way there.
struct Variant<'a> {
    name: String,
    member: Option<Value>,
    way: Way<'a>,
}

enum Way<'a> {
    Pixels,
    Crs(&'a Crs, &'a Transformer),
}

pub(super) fn write(
    job: &Job<'_>,
    staging: &mut Staging,
    progress: &mut Progress<'_>,
) -> Result<Outcome, ExportError> {
    let variants = variants(job);
    let mut outcome = Outcome::default();
    let mut kept: Vec<(&Item<'_>, Vec<Geometry<f64>>)> = Vec::new();
    for item in job.items {
        let shapes: Option<Vec<_>> = variants.iter().map(|v| v.way.shape(job, &item.geometry)).collect();
        match shapes {
            Some(shapes) => kept.push((item, shapes)),
            None => outcome
                .left_out
                .push(item.left_out("has no place in the layer's coordinate reference system")),
        }
    }
    let splits = split::of_regions(job, &mut kept, &mut outcome)?;
    let related = related(job, &kept);
    outcome.relations = Some(BTreeSet::new());
    for (i, variant) in variants.iter().enumerate() {
        super::step(progress, i, variants.len())?;
        let name = format!("regions.{}.geojson", variant.name);
        let path = staging.write(&name, kept.len(), |out| {
            out.write_all(b"{\n\"type\": \"FeatureCollection\",\n\"name\": \"regions\",\n")?;
            if let Some(member) = &variant.member {
                writeln!(out, "\"crs\": {member},")?;
            }
            out.write_all(b"\"features\": [\n")?;
            for (n, (item, shapes)) in kept.iter().enumerate() {
                let end = if n + 1 < kept.len() { ",\n" } else { "\n" };
                let said = related.get(&item.id).map_or(&[][..], Vec::as_slice);
                let feature = feature(job, item, &shapes[i], splits.get(n).copied(), said);
                write!(out, "{feature}{end}")?;
            }
            out.write_all(b"]\n}\n")
        })?;
        let expected = kept.iter().map(|(item, shapes)| (*item, &shapes[i]));
        let (regions, relations) = read_back(job, &path, variant, expected, &related)?;
        if i == 0 {
            (outcome.regions, outcome.relations) = (regions, Some(relations));
        }
    }
    Ok(outcome)
}

fn variants<'a>(job: &Job<'a>) -> Vec<Variant<'a>> {
    let frame = job.frame;
    let mut variants = Vec::new();
    if let Some((crs, way)) = &frame.to_degrees {
        variants.push(Variant { name: "4326".into(), member: None, way: Way::Crs(crs, way) });
    }
    match &frame.to_layer {
        Some((crs, way)) if !crs.coincides_with(&Crs::wgs84()) => {
            let name = crs.epsg().map_or_else(|| "layer".into(), |code| code.to_string());
            let urn = |code| format!("urn:ogc:def:crs:EPSG::{code}");
            let urn = crs.epsg().map_or_else(|| crs.proj4().to_owned(), urn);
            let member = json!({"type": "name", "properties": {"name": urn}});
            variants.push(Variant { name, member: Some(member), way: Way::Crs(crs, way) });
        }
        Some(_) => {}
        None => variants.push(Variant { name: "pixels".into(), member: Some(Value::Null), way: Way::Pixels }),
    }
    variants
}

impl Way<'_> {
    fn shape(&self, job: &Job<'_>, world: &Geometry<f64>) -> Option<Geometry<f64>> {
        match self {
            Self::Pixels => job.frame.image(world),
            Self::Crs(_, way) => way.convert_geometry(world).map(|shape| oriented(&shape)),
        }
    }
}

/// What is said of each region that is in the file, of others that are, in the order in which it was.
fn related(job: &Job<'_>, kept: &[(&Item<'_>, Vec<Geometry<f64>>)]) -> BTreeMap<RegionId, Vec<Related>> {
    let there: BTreeSet<RegionId> = kept.iter().map(|(item, _)| item.id).collect();
    let mut of: BTreeMap<RegionId, Vec<Related>> = BTreeMap::new();
    for (id, relation) in &job.relations {
        if there.contains(&relation.from) && there.contains(&relation.to) {
            let Relation { to, predicate, author, .. } = (*relation).clone();
            of.entry(relation.from).or_default().push(Related { id: *id, predicate, to, author });
        }
    }
    of
}

/// How a region stands to another; a member of the property `relations` of the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Related {
    id: RelationId,
    predicate: PredicateCode,
    to: RegionId,
    author: Author,
}

fn feature(
    job: &Job<'_>,
    item: &Item<'_>,
    shape: &Geometry<f64>,
    split: Option<Split>,
    related: &[Related],
) -> Value {
    let mut properties = Map::new();
    let mut put = |key: &str, value: Value| properties.insert(key.to_owned(), value);
    let class = job.project.schema().and_then(|s| item.class_in(s));
    put("id", json!(item.id));
    put("source_id", json!(item.region.source_id));
    put("class", json!(item.class));
    put("class_name", json!(class.map(|c| &c.name)));
    put("stage", json!(item.state.key()));
    put("author", json!(item.label.map(|l| &l.author)));
    put("confidence", json!(item.label.and_then(|l| l.confidence)));
    put("note", json!(item.label.map_or("", |l| l.note.as_str())));
    put("source", json!(item.region.source));
    if let Some(version) = item.label.and_then(|l| l.schema_version) {
        put("schema_version", json!(version));
    }
    let layers = job.project.layers();
    for (view, label) in job.project.view_labels(item.id) {
        let Some(layer) = layers.get(&view) else { continue };
        // Two layers of one name are told apart by their ids.
        let alone = layers.values().filter(|other| other.name == layer.name).count() == 1;
        let name = if alone { layer.name.clone() } else { format!("{} {view}", layer.name) };
        put(&format!("class@{name}"), json!(label.class));
    }
    if let Some(views) = job.project.view_disagreement(item.id) {
        put("view_disagreement", json!(views.share()));
    }
    if let Some(split) = split {
        put("split", json!(split.key()));
    }
    if !related.is_empty() {
        put("relations", json!(related));
    }
    put("attributes", json!(item.region.attributes));
    json!({"type": "Feature", "id": item.id, "properties": properties, "geometry": geometry(shape)})
}

/// The geometry object; every digit that tells one number from the next.
fn geometry(shape: &Geometry<f64>) -> Value {
    let value = ::geojson::GeometryValue::from(shape);
    json!(::geojson::Geometry::new(value))
}

/// Compares the file with what was meant: by the `geojson` crate, and back in the project's CRS.
fn read_back<'a>(
    job: &Job<'_>,
    path: &Path,
    variant: &Variant<'_>,
    expected: impl Iterator<Item = (&'a Item<'a>, &'a Geometry<f64>)>,
    related: &BTreeMap<RegionId, Vec<Related>>,
) -> Result<(BTreeSet<RegionId>, BTreeSet<RelationId>), ExportError> {
    let mismatch = |what: String| ExportError::Mismatch(format!("{}: {what}", variant.name));
    let text = std::fs::read_to_string(path).map_err(ExportError::io(path))?;
    let collection: FeatureCollection =
        text.parse().map_err(|e| mismatch(format!("it cannot be read back ({e})")))?;
    let mut features = collection.features.into_iter();
    let back = match &variant.way {
        Way::Crs(crs, _) => job.project.crs().map(|to| Transformer::new(crs, to)).transpose()?,
        Way::Pixels => None,
    };
    let (mut regions, mut relations) = (BTreeSet::new(), BTreeSet::new());
    for (item, meant) in expected {
        let id = item.id;
        let read = features.next().ok_or_else(|| mismatch(format!("region {id} is missing")))?;
        let property = |key: &str| read.property(key).and_then(Value::as_str).map(str::to_owned);
        if property("id") != Some(id.to_string())
            || property("class").as_deref() != item.class.as_ref().map(project::ClassCode::as_str)
        {
            return Err(mismatch(format!("region {id} has another id or class")));
        }
        let shape = read.geometry.as_ref().and_then(|g| Geometry::<f64>::try_from(g).ok());
        if shape.as_ref() != Some(meant) {
            return Err(mismatch(format!("region {id} has another shape")));
        }
        if let Some(back) = &back
            && !same_place(&item.geometry, meant, back)
        {
            return Err(mismatch(format!("region {id} lies elsewhere when it is taken back")));
        }
        regions.insert(id);
        let said: Vec<Related> = match read.property("relations") {
            Some(said) => serde_json::from_value(said.clone())
                .map_err(|e| mismatch(format!("the relations of region {id} cannot be read back ({e})")))?,
            None => Vec::new(),
        };
        if said.as_slice() != related.get(&id).map_or(&[][..], Vec::as_slice) {
            return Err(mismatch(format!("region {id} has other relations")));
        }
        relations.extend(said.iter().map(|related| related.id));
    }
    match features.next() {
        None => Ok((regions, relations)),
        Some(_) => Err(mismatch("it holds more than was written".into())),
    }
}

/// True when the symmetric difference is below a millionth of the area: it is at most the perimeter times
/// the farthest that a vertex moved.
fn same_place(world: &Geometry<f64>, written: &Geometry<f64>, back: &Transformer) -> bool {
    let Some(again) = back.convert_geometry(written).map(|shape| oriented(&shape)) else { return false };
    if again.coords_count() != world.coords_count() {
        return false;
    }
    let pairs = world.coords_iter().zip(again.coords_iter());
    let moved = pairs.map(|(a, b)| (a.x - b.x).hypot(a.y - b.y)).fold(0.0, f64::max);
    let perimeter: f64 = match world {
        Geometry::Polygon(p) => rings_length(std::iter::once(p)),
        Geometry::MultiPolygon(m) => rings_length(m.iter()),
        _ => 0.0,
    };
    let allowed = if perimeter > 0.0 { world.unsigned_area() * 1e-6 / perimeter } else { 1e-6 };
    moved <= allowed.max(1e-8)
}

fn rings_length<'a>(polygons: impl Iterator<Item = &'a geo::Polygon<f64>>) -> f64 {
    polygons
        .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
        .map(|ring| Euclidean.length(ring))
        .sum()
}

/// Counts by split, for the report.
pub(super) fn count_splits(splits: &[Split]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for split in splits {
        *counts.entry(split.key().to_owned()).or_insert(0) += 1;
    }
    counts
}
