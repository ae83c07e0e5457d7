//! COCO instances: annotations of pictures that are chips of one image, or that image itself.
//!
//! Where a chip lies in the image is said by `x_px` and `y_px` (Orthoscope's own files) or by its name (`…_x512_y1024.png`);
//! a picture that is alone in its file begins at the corner. Outlines are polygons, masks as run lengths (compressed or
//! not), a turned box (`rbox`) or a plain one (`bbox`), whichever says most. What Orthoscope cut at the borders of chips
//! carries one `region_id` and becomes one shape again.

use std::collections::{BTreeMap, HashMap};

use geo::{Coord, LineString, MultiPolygon, Polygon, Translate as _};
use project::{AttributeValue, CoordinateSpace, Feature};
use serde_json::{Map, Value, json};

use super::value::{attribute, identity};
use crate::Rejected;
use crate::export::rle;

/// Pixels of all masks of a file together, by the boxes around them: what tracing them costs.
const MASK_PIXELS: u64 = 1 << 28;
/// Members of an annotation that are said by the shape, or mean nothing outside the file.
const PASSED_OVER: [&str; 4] = ["segmentation", "bbox", "rbox", "area"];

/// One element of `annotations`, in pixels of its picture.
pub(super) fn annotation(index: usize, value: Value, masks: &mut u64) -> Result<Feature, String> {
    let Value::Object(mut object) = value else { return Err("it is not an object".into()) };
    let shape = shape(&object, masks)?;
    for key in PASSED_OVER {
        object.remove(key);
    }
    if object.get("iscrowd").and_then(Value::as_u64) == Some(0) {
        object.remove("iscrowd");
    }
    if let Some(Value::Object(attributes)) = object.remove("attributes") {
        for (key, value) in attributes {
            object.entry(key).or_insert(value);
        }
    }
    let id = identity(object.get("source_id"))
        .or_else(|| identity(object.get("region_id")))
        .or_else(|| identity(object.get("id")));
    object.remove("source_id");
    Ok(Feature {
        index,
        id,
        geometry: Some(shape.into()),
        space: CoordinateSpace::Image,
        image_geometry: None,
        properties: object.into_iter().map(|(key, value)| (key, attribute(value))).collect(),
    })
}

fn numbers(value: Option<&Value>) -> Option<Vec<f64>> {
    value?.as_array()?.iter().map(|n| n.as_f64().filter(|n| n.is_finite())).collect()
}

fn shape(object: &Map<String, Value>, masks: &mut u64) -> Result<MultiPolygon<f64>, String> {
    match object.get("segmentation") {
        Some(Value::Array(rings)) if !rings.is_empty() => {
            let rings: Option<Vec<Polygon<f64>>> = rings.iter().map(ring).collect();
            return Ok(MultiPolygon(rings.ok_or("a ring of its outline is not three or more places")?));
        }
        Some(Value::Object(mask)) => return of_mask(mask, masks),
        _ => {}
    }
    if let Some([x, y, length, width, degrees]) =
        numbers(object.get("rbox")).and_then(|n| <[f64; 5]>::try_from(n).ok())
    {
        return Ok(turned([x, y], [length, width], degrees).into());
    }
    let Some([x, y, w, h]) = numbers(object.get("bbox")).and_then(|n| <[f64; 4]>::try_from(n).ok()) else {
        return Err("it has neither an outline nor a box".into());
    };
    Ok(turned([x + w / 2.0, y + h / 2.0], [w, h], 0.0).into())
}

/// `x1, y1, x2, y2, …`, without the first place again at the end.
fn ring(value: &Value) -> Option<Polygon<f64>> {
    let flat = numbers(Some(value)).filter(|n| n.len() >= 6 && n.len() % 2 == 0)?;
    let places: Vec<(f64, f64)> = flat.chunks_exact(2).map(|p| (p[0], p[1])).collect();
    Some(Polygon::new(LineString::from(places), Vec::new()))
}

fn turned([x, y]: [f64; 2], [length, width]: [f64; 2], degrees: f64) -> Polygon<f64> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let corner = |(a, b): (f64, f64)| {
        let (a, b) = (a * length / 2.0, b * width / 2.0);
        Coord { x: x + a * cos - b * sin, y: y + a * sin + b * cos }
    };
    let ring = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(corner);
    Polygon::new(LineString::new(ring.to_vec()), Vec::new())
}

fn of_mask(mask: &Map<String, Value>, masks: &mut u64) -> Result<MultiPolygon<f64>, String> {
    let side = |at: usize| mask.get("size")?.get(at)?.as_u64().and_then(|n| usize::try_from(n).ok());
    let (Some(height), Some(width)) = (side(0), side(1)) else {
        return Err("its mask has no size".into());
    };
    let pixels = height.checked_mul(width).filter(|n| *n > 0).ok_or("its mask has no size")?;
    let runs: Option<Vec<u64>> = match mask.get("counts") {
        Some(Value::String(text)) => rle::counts(text, pixels),
        Some(Value::Array(counts)) => counts.iter().map(Value::as_u64).collect(),
        _ => None,
    };
    let total = |runs: &Vec<u64>| runs.iter().try_fold(0_u64, |sum, run| sum.checked_add(*run));
    let runs = runs
        .filter(|runs| total(runs) == Some(pixels as u64))
        .ok_or("its run lengths are not those of a mask of its size")?;
    let [left, top, right, bottom] = around(&runs, height).ok_or("its mask is empty")?;
    let (w, h) = (right + 1 - left, bottom + 1 - top);
    *masks = masks.saturating_add((w * h) as u64);
    if *masks > MASK_PIXELS {
        return Err("the masks of the file are too large together".into());
    }
    let mut inside = vec![false; w * h];
    for (x, rows) in covered(&runs, height) {
        for y in rows {
            inside[(y - top) * w + x - left] = true;
        }
    }
    let outlines = segment::outlines(&inside, w, 1);
    Ok(outlines.translate(left as f64, top as f64))
}

/// The covered rows of each column that has some, run by run; runs go down the columns, from left to right.
fn covered(runs: &[u64], height: usize) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + '_ {
    ones(runs).flat_map(move |run| {
        let columns = run.start / height..=(run.end - 1) / height;
        columns.map(move |x| {
            let (first, last) = (run.start.max(x * height), run.end.min((x + 1) * height));
            (x, first - x * height..last - x * height)
        })
    })
}

/// First column, first row, last column, last row of what is covered.
fn around(runs: &[u64], height: usize) -> Option<[usize; 4]> {
    ones(runs).fold(None, |so_far, run| {
        let (first, last) = (run.start, run.end - 1);
        let (left, right) = (first / height, last / height);
        // A run over several columns meets the lower and the upper end of some.
        let (top, bottom) = if left == right { (first % height, last % height) } else { (0, height - 1) };
        let [l, t, r, b] = so_far.unwrap_or([left, top, right, bottom]);
        Some([l.min(left), t.min(top), r.max(right), b.max(bottom)])
    })
}

/// The runs of what is covered, as pixels counted down the columns.
fn ones(runs: &[u64]) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut at = 0;
    runs.iter().enumerate().filter_map(move |(n, run)| {
        let start = at;
        at += *run as usize;
        (n % 2 == 1 && *run > 0).then_some(start..at)
    })
}

/// Puts shapes where their pictures lie, names in place of numbers, pieces of one region together, and hands relations to
/// their subjects. What has no place or no other end is named.
pub(super) fn finish(
    members: &Map<String, Value>,
    features: &mut Vec<Feature>,
    rejected: &mut Vec<Rejected>,
) {
    let names = names(members, "categories");
    let origins = origins(members);
    features.retain_mut(|feature| {
        let picture = number(feature, "image_id");
        feature.properties.remove("image_id");
        let category = number(feature, "category_id");
        feature.properties.remove("category_id");
        if let Some(name) = category.and_then(|id| names.get(&id)) {
            feature.properties.insert("class".into(), AttributeValue::Text(name.clone()));
        }
        let origin = picture.and_then(|id| origins.get(&id));
        let Some(Some([x, y])) = origin else {
            let why = match origin {
                None => "its picture is not in the file",
                Some(_) => {
                    "its picture does not say where it lies in the image (x_px and y_px, or …_x512_y1024)"
                }
            };
            rejected.push(Rejected::shape(feature.index, why));
            return false;
        };
        feature.geometry = feature.geometry.take().map(|shape| shape.translate(*x, *y));
        true
    });
    relate(members, features, rejected);
    let whole = std::mem::take(features);
    *features = together(whole);
}

fn number(feature: &Feature, key: &str) -> Option<i64> {
    match feature.properties.get(key) {
        Some(AttributeValue::Integer(n)) => Some(*n),
        _ => None,
    }
}

fn listed<'a>(members: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    members.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn names(members: &Map<String, Value>, key: &str) -> HashMap<i64, String> {
    let entry = |one: &Value| Some((one.get("id")?.as_i64()?, one.get("name")?.as_str()?.to_owned()));
    listed(members, key).filter_map(entry).collect()
}

/// Where each picture begins in the image; `None`: it does not say.
fn origins(members: &Map<String, Value>) -> HashMap<i64, Option<[f64; 2]>> {
    let alone = listed(members, "images").count() == 1;
    let entry = |one: &Value| {
        let pixel = |key: &str| one.get(key)?.as_u64().map(|n| n as f64);
        let said = pixel("x_px").zip(pixel("y_px")).map(|(x, y)| [x, y]);
        let name = one.get("file_name").and_then(Value::as_str).unwrap_or_default();
        let origin = said.or_else(|| super::boxes::chip_origin(name.as_ref()));
        Some((one.get("id")?.as_i64()?, origin.or(alone.then_some([0.0; 2]))))
    };
    listed(members, "images").filter_map(entry).collect()
}

/// Orthoscope's own `relations`: `subject_id`, `predicate_id` and `object_id`.
fn relate(members: &Map<String, Value>, features: &mut [Feature], rejected: &mut Vec<Rejected>) {
    let predicates = names(members, "predicates");
    if predicates.is_empty() {
        return;
    }
    let places: HashMap<i64, usize> =
        features.iter().enumerate().filter_map(|(at, f)| Some((number(f, "id")?, at))).collect();
    let mut said: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for relation in listed(members, "relations") {
        let end = |key: &str| places.get(&relation.get(key)?.as_i64()?).copied();
        let predicate = relation.get("predicate_id").and_then(Value::as_i64).and_then(|n| predicates.get(&n));
        let to = end("object_id").and_then(|at| own_id(&features[at]));
        let (Some(subject), Some(to), Some(predicate)) = (end("subject_id"), to, predicate) else {
            rejected.push(Rejected::shape(0, "a relation names what is not in the file"));
            continue;
        };
        let one = json!({"predicate": predicate, "to": to});
        let known = said.entry(subject).or_default();
        if !known.contains(&one) {
            known.push(one);
        }
    }
    for (subject, relations) in said {
        let all = AttributeValue::Json(Value::Array(relations));
        features[subject].properties.insert("relations".into(), all);
    }
}

/// By which others in the file name it.
fn own_id(feature: &Feature) -> Option<String> {
    match feature.properties.get("region_id").or_else(|| feature.properties.get("id")) {
        Some(AttributeValue::Text(id)) => Some(id.clone()),
        Some(AttributeValue::Integer(id)) => Some(id.to_string()),
        _ => None,
    }
}

/// Pieces of one region become one shape, with what the first piece says.
fn together(features: Vec<Feature>) -> Vec<Feature> {
    let mut whole: Vec<Feature> = Vec::with_capacity(features.len());
    let mut pieces: HashMap<String, (usize, Vec<MultiPolygon<f64>>)> = HashMap::new();
    for mut feature in features {
        let own = own_id(&feature);
        let region = matches!(feature.properties.get("region_id"), Some(AttributeValue::Text(_)));
        feature.properties.remove("visible");
        feature.properties.remove("region_id");
        if let Some(id) = &own {
            feature.properties.insert("id".into(), AttributeValue::Text(id.clone()));
        }
        let Some(id) = own.filter(|_| region) else {
            whole.push(feature);
            continue;
        };
        let areas = match &feature.geometry {
            Some(geo::Geometry::MultiPolygon(areas)) => areas.clone(),
            _ => MultiPolygon(Vec::new()),
        };
        match pieces.entry(id) {
            std::collections::hash_map::Entry::Vacant(first) => {
                first.insert((whole.len(), vec![areas]));
                whole.push(feature);
            }
            std::collections::hash_map::Entry::Occupied(mut others) => others.get_mut().1.push(areas),
        }
    }
    for (at, areas) in pieces.into_values().filter(|(_, areas)| areas.len() > 1) {
        whole[at].geometry = Some(spatial::overlay::union_of(&areas).into());
    }
    for feature in &mut whole {
        // One polygon is a polygon.
        if let Some(geo::Geometry::MultiPolygon(areas)) = &mut feature.geometry
            && areas.0.len() == 1
            && let Some(one) = areas.0.pop()
        {
            feature.geometry = Some(one.into());
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::super::{FeatureFormat, Limits, parse_features};
    use super::*;

    fn read(text: &Value) -> super::super::FeatureFile {
        parse_features(text.to_string().as_bytes(), &Limits::default()).expect("read")
    }

    fn area(feature: &Feature) -> f64 {
        feature.geometry.as_ref().map_or(0.0, geo::Area::unsigned_area)
    }

    #[test]
    fn outlines_masks_and_boxes_come_in_at_the_place_of_their_chip() {
        let file = read(&json!({
            "annotations": [
                {"id": 1, "image_id": 7, "category_id": 3, "segmentation": [[0, 0, 4, 0, 4, 2, 0, 2]], "bbox": [0, 0, 4, 2], "area": 8, "iscrowd": 0},
                {"id": 2, "image_id": 7, "category_id": 9, "bbox": [1, 1, 3, 2], "score": 0.5},
                // Rows 1 and 2 of columns 1 and 2 of a picture of 4 × 4.
                {"id": 3, "image_id": 8, "category_id": 3, "iscrowd": 1, "segmentation": {"size": [4, 4], "counts": [5, 2, 2, 2, 5]}},
                {"id": 4, "image_id": 8, "category_id": 3, "segmentation": [], "rbox": [10.0, 10.0, 4.0, 2.0, 90.0]},
                {"id": 5, "image_id": 1, "category_id": 3, "bbox": [0, 0, 1, 1]},
                {"id": 6, "image_id": 7, "category_id": 3, "segmentation": [[0, 0, 4]]},
                {"id": 7, "image_id": 7, "category_id": 3, "segmentation": {"size": [4, 4], "counts": [5, 2]}},
                {"id": 8, "image_id": 7, "category_id": 3}
            ],
            "images": [{"id": 7, "file_name": "a_x100_y200.png"}, {"id": 8, "file_name": "b.png", "x_px": 1000, "y_px": 0}],
            "categories": [{"id": 3, "name": "destroyed"}]
        }));
        assert_eq!(file.format, FeatureFormat::Coco);
        assert_eq!((file.features.len(), file.rejected.len()), (4, 4), "{:?}", file.rejected);
        let areas: Vec<f64> = file.features.iter().map(area).collect();
        assert_eq!((areas[0], areas[1], areas[3]), (8.0, 6.0, 8.0));
        assert!((3.0..=4.0).contains(&areas[2]), "four pixels, and corners may be cut: {areas:?}");
        let start = |n: usize| {
            let shape = file.features[n].geometry.as_ref().expect("a shape");
            geo::BoundingRect::bounding_rect(shape).expect("a place").min()
        };
        assert_eq!((start(0).x, start(0).y), (100.0, 200.0));
        assert_eq!((start(2).x, start(2).y), (1001.0, 1.0));
        assert!((start(3).x - 1009.0).abs() < 1e-9 && (start(3).y - 8.0).abs() < 1e-9, "{:?}", start(3));
        let class = |n: usize| file.features[n].properties.get("class").cloned();
        assert_eq!(class(0), Some(AttributeValue::Text("destroyed".into())));
        assert_eq!(class(1), None, "its category has no name");
    }

    #[test]
    fn pieces_of_one_region_are_one_shape_again_and_keep_their_relations() {
        let piece = |id: u64, image: u64, ring: [f64; 8], region: &str| json!({"id": id, "image_id": image, "category_id": 1, "segmentation": [ring], "region_id": region, "visible": 0.5});
        let file = read(&json!({
            "images": [{"id": 1, "file_name": "a_x0_y0.png"}, {"id": 2, "file_name": "a_x8_y0.png"}],
            "annotations": [
                piece(1, 1, [4.0, 0.0, 8.0, 0.0, 8.0, 4.0, 4.0, 4.0], "r1"),
                piece(2, 2, [0.0, 0.0, 2.0, 0.0, 2.0, 4.0, 0.0, 4.0], "r1"),
                piece(3, 2, [5.0, 5.0, 6.0, 5.0, 6.0, 6.0, 5.0, 6.0], "r2")
            ],
            "categories": [{"id": 1, "name": "house"}],
            "predicates": [{"id": 1, "name": "beside"}],
            "relations": [
                {"id": 1, "image_id": 2, "subject_id": 2, "predicate_id": 1, "object_id": 3},
                {"id": 2, "image_id": 2, "subject_id": 2, "predicate_id": 1, "object_id": 99}
            ]
        }));
        assert_eq!((file.features.len(), file.rejected.len()), (2, 1));
        assert!((area(&file.features[0]) - 24.0).abs() < 1e-9);
        assert!(matches!(file.features[0].geometry, Some(geo::Geometry::Polygon(_))));
        assert_eq!(file.features[0].id.as_deref(), Some("r1"));
    }

    #[test]
    fn many_pictures_without_a_place_are_named_and_one_begins_at_the_corner() {
        let shape = |image: u64| json!({"id": image, "image_id": image, "bbox": [1, 2, 3, 4]});
        let picture = |id: u64| json!({"id": id, "file_name": format!("{id}.jpg")});
        let file = read(
            &json!({"images": [picture(1), picture(2)], "annotations": [shape(1), shape(2)], "categories": []}),
        );
        assert_eq!((file.features.len(), file.rejected.len()), (0, 2));
        let file = read(&json!({"images": [picture(1)], "annotations": [shape(1)], "categories": []}));
        assert_eq!(file.features.len(), 1);
    }

    #[test]
    fn masks_that_lie_about_their_size_cost_nothing() {
        let mask = |size: [u64; 2], counts: Value| {
            json!({"images": [{"id": 1}], "categories": [], "annotations": [
                {"id": 1, "image_id": 1, "segmentation": {"size": size, "counts": counts}}]})
        };
        let huge = 1_u64 << 40;
        for wrong in [
            mask([huge, huge], json!([0, 1])),
            mask([1 << 20, 1 << 20], json!([0, 1_u64 << 40])),
            mask([1, 1 << 40], json!([0, 1_u64 << 40])),
            mask([4, 4], json!([u64::MAX, u64::MAX])),
            mask([4, 4], json!("~~~~")),
            mask([0, 0], json!([])),
            mask([4, 4], json!([16])),
            mask([4, 4], json!([-1, 17])),
        ] {
            let file = read(&wrong);
            assert_eq!((file.features.len(), file.rejected.len()), (0, 1), "{wrong}");
        }
    }
}
