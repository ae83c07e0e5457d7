//! Extracts of OpenStreetMap (`.osm.pbf`): named and tagged nodes and ways, with a bound on everything.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use geo::{Geometry, LineString, Polygon};
use osmpbf::{Element, ElementReader};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{MapError, Thing};

/// Bytes of the largest extract that is read.
const LARGEST_FILE: u64 = 2 << 30;
/// Nodes of ways and things that are held at once.
const MOST_NODES: usize = 40_000_000;
const MOST_THINGS: usize = 4_000_000;
const MOST_TAGS: usize = 200;
/// Tags that say nothing of a place.
const SILENT: [&str; 4] = ["source", "created_by", "note", "fixme"];
/// Keys whose closed ways are areas.
const AREAS: [&str; 9] =
    ["building", "landuse", "leisure", "amenity", "natural", "shop", "tourism", "place", "area"];

type Tags = BTreeMap<String, Value>;

/// Adds the things of an extract, and its bytes to the sum.
pub(super) fn read(path: &Path, things: &mut Vec<Thing>, sum: &mut Sha256) -> Result<(), MapError> {
    let fault = |reason: String| MapError::Extract { path: path.display().to_string(), reason };
    let length = std::fs::metadata(path).map_err(|e| fault(e.to_string()))?.len();
    if length > LARGEST_FILE {
        return Err(fault(format!("it is larger than {} GB", LARGEST_FILE >> 30)));
    }
    digest(path, sum).map_err(|e| fault(e.to_string()))?;
    let ways = ways(path).map_err(&fault)?;
    let wanted: HashSet<i64> = ways.iter().flat_map(|way| way.nodes.iter().copied()).collect();
    if wanted.len() > MOST_NODES {
        return Err(fault("its ways have more corners than can be held".into()));
    }
    let places = nodes(path, &wanted, things).map_err(&fault)?;
    for way in ways {
        if things.len() >= MOST_THINGS {
            return Err(fault("it has more things than can be held".into()));
        }
        things.extend(thing_of(way, &places));
    }
    Ok(())
}

fn digest(path: &Path, sum: &mut Sha256) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match std::io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(()),
            n => sum.update(&buffer[..n]),
        }
    }
}

struct Way {
    id: i64,
    nodes: Vec<i64>,
    tags: Tags,
}

/// Goes over every element; the reader's faults, and its panics over files that lie, are one sentence.
fn each(path: &Path, take: impl FnMut(Element<'_>)) -> Result<(), String> {
    let reader = ElementReader::from_path(path).map_err(|e| e.to_string())?;
    let work = std::panic::AssertUnwindSafe(|| reader.for_each(take));
    match std::panic::catch_unwind(work) {
        Ok(done) => done.map_err(|e| plugin_api::read::plain(&e.to_string(), 200)),
        Err(_) => Err("it is damaged".into()),
    }
}

fn ways(path: &Path) -> Result<Vec<Way>, String> {
    let (mut ways, mut corners) = (Vec::new(), 0_usize);
    each(path, |element| {
        let Element::Way(way) = element else { return };
        let tags = tags(way.tags());
        if tags.is_empty() || ways.len() >= MOST_THINGS || corners > MOST_NODES {
            return;
        }
        let nodes: Vec<i64> = way.refs().collect();
        corners += nodes.len();
        ways.push(Way { id: way.id(), nodes, tags });
    })?;
    if ways.len() >= MOST_THINGS || corners > MOST_NODES {
        return Err("it has more ways than can be held".into());
    }
    Ok(ways)
}

fn nodes(
    path: &Path,
    wanted: &HashSet<i64>,
    things: &mut Vec<Thing>,
) -> Result<HashMap<i64, (f64, f64)>, String> {
    let mut places = HashMap::with_capacity(wanted.len().min(1 << 20));
    let mut take = |id: i64, lon: f64, lat: f64, tags: Tags| {
        if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
            return;
        }
        if wanted.contains(&id) {
            places.insert(id, (lon, lat));
        }
        if !tags.is_empty() && things.len() < MOST_THINGS {
            let shape = Geometry::Point(geo::Point::new(lon, lat));
            things.push(thing(format!("node/{id}"), tags, shape));
        }
    };
    each(path, |element| match element {
        Element::Node(node) => take(node.id(), node.lon(), node.lat(), tags(node.tags())),
        Element::DenseNode(node) => take(node.id(), node.lon(), node.lat(), tags(node.tags())),
        Element::Way(_) | Element::Relation(_) => {}
    })?;
    Ok(places)
}

fn tags<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Tags {
    let told = pairs.filter(|(key, _)| !SILENT.contains(key)).take(MOST_TAGS);
    told.map(|(key, value)| {
        let plain = |text: &str| plugin_api::read::plain(text, 1_000);
        (plain(key), Value::String(plain(value)))
    })
    .collect()
}

fn thing_of(way: Way, places: &HashMap<i64, (f64, f64)>) -> Option<Thing> {
    // An extract is cut out of the whole: corners beyond its border are missing.
    let corners: Vec<(f64, f64)> = way.nodes.iter().filter_map(|id| places.get(id).copied()).collect();
    if corners.len() < 2 {
        return None;
    }
    let closed = corners.len() >= 4 && corners.first() == corners.last();
    let says_no = way.tags.get("area").is_some_and(|area| area == "no");
    let is_area = closed
        && !says_no
        && !way.tags.contains_key("highway")
        && AREAS.iter().any(|key| way.tags.contains_key(*key));
    let line = LineString::from(corners);
    let shape =
        if is_area { Geometry::Polygon(Polygon::new(line, Vec::new())) } else { Geometry::LineString(line) };
    Some(thing(format!("way/{}", way.id), way.tags, shape))
}

fn thing(id: String, tags: Tags, shape: Geometry<f64>) -> Thing {
    let of = |key: &str| tags.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = of("name").or_else(|| of("ref")).unwrap_or_else(|| id.clone());
    let kinds =
        ["amenity", "shop", "tourism", "leisure", "building", "highway", "place", "natural", "landuse"];
    let kinds = kinds.iter().filter_map(|key| Some(format!("{key}={}", of(key)?))).collect();
    let texts: Vec<&str> = tags.values().filter_map(Value::as_str).collect();
    let text = format!("{name}\n{}", texts.join("\n")).to_lowercase();
    Thing { id, name, text, kinds, details: tags, shape, region: None }
}
