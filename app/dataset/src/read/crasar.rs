//! CRASAR-U-DROIDs annotations and predictions.
//!
//! An item of an annotation file has a closed ring in `pixels` and the same in `EPSG:4326`. Payloads
//! without a version, `1.1` (which calls the source `geometry_source` in some files) and `2.0`
//! (`view_id`, `building_id` in place of `id`) are read. An item of the road files is an open line: it is
//! told from an unclosed polygon by the road files' own keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::{Coord, Geometry, LineString, Polygon};
use project::{AttributeValue, CoordinateSpace, Feature};
use serde_json::{Map, Value};
use spatial::Crs;

use super::geometry::{Mended, ring};
use super::value::{attribute, identity};

const ROAD_KEYS: [&str; 3] = ["parent_road_line_id", "relative", "adjustment_subfield"];

/// One item of an annotation file.
pub(super) fn item(
    index: usize,
    value: Value,
    geographic: &Arc<Crs>,
    mended: &mut Mended,
) -> Result<Feature, String> {
    let Value::Object(mut object) = value else { return Err("it is not an object".into()) };
    if let Some(version) = object.get("payload_version") {
        let text = version.as_str().map_or_else(|| version.to_string(), str::to_owned);
        if !matches!(text.as_str(), "null" | "1.0" | "1.1" | "2.0") {
            return Err(format!(
                "its payload version `{}` is not known",
                text.chars().take(20).collect::<String>()
            ));
        }
    }
    let is_line = ROAD_KEYS.iter().any(|k| object.contains_key(*k));
    let degrees = corners(object.remove("EPSG:4326"), "EPSG:4326", ["lon", "lat"])?;
    let pixels = corners(object.remove("pixels"), "pixels", ["x", "y"])?;
    let mut shape = |corners: Option<Vec<Coord<f64>>>| corners.map(|c| shape(c, is_line, mended)).transpose();
    let (degrees, pixels) = (shape(degrees)?, shape(pixels)?);
    let id = [&["id"][..], &["building_id"], &["view_id"]].iter().find_map(|k| identity(object.get(k[0])));
    let (geometry, space, image_geometry) = match (degrees, pixels) {
        (Some(d), p) => (d, CoordinateSpace::Crs(Arc::clone(geographic)), p),
        (None, Some(p)) => (p, CoordinateSpace::Image, None),
        (None, None) => return Err("it has neither `EPSG:4326` nor `pixels`".into()),
    };
    if let Some(source) = object.remove("geometry_source") {
        object.entry("source").or_insert(source);
    }
    let properties = properties(object);
    Ok(Feature { index, id, geometry: Some(geometry), space, image_geometry, properties })
}

fn properties(object: Map<String, Value>) -> BTreeMap<String, AttributeValue> {
    object.into_iter().map(|(k, v)| (k, attribute(v))).collect()
}

fn corners(list: Option<Value>, name: &str, [x, y]: [&str; 2]) -> Result<Option<Vec<Coord<f64>>>, String> {
    let list = match list {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(list)) if list.is_empty() => return Err(format!("its `{name}` is empty")),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(format!("its `{name}` is not a list")),
    };
    let number = |c: &Value, key: &str| {
        c[key]
            .as_f64()
            .filter(|n| n.is_finite())
            .ok_or_else(|| format!("its `{name}` has a corner without `{key}`"))
    };
    list.iter().map(|c| Ok(Coord { x: number(c, x)?, y: number(c, y)? })).collect::<Result<_, _>>().map(Some)
}

fn shape(corners: Vec<Coord<f64>>, is_line: bool, mended: &mut Mended) -> Result<Geometry<f64>, String> {
    if is_line && corners.len() > 1 {
        return Ok(LineString::new(corners).into());
    }
    ring(corners, mended).map(|outline| Polygon::new(outline, Vec::new()).into())
}

/// One entry of a prediction file: `"<gsdx>_<gsdy>_<ortho>_<building id>": {label, confidence}`. The key
/// stays whole; the import finds the building whose id it ends in.
pub(super) fn prediction(index: usize, key: String, value: Value) -> Result<Feature, String> {
    let Value::Object(object) = value else { return Err("it is not an object".into()) };
    if !object.get("label").is_some_and(Value::is_string) {
        return Err("it has no label".into());
    }
    Ok(Feature { index, id: Some(key), properties: properties(object), ..Feature::default() })
}
