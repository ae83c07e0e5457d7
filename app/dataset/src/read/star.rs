//! Scene graphs in the manner of STAR: turned boxes and triplets, numbered from the lists of names beside them.

use std::collections::BTreeMap;

use geo::{LineString, Polygon};
use project::{AttributeValue, CoordinateSpace, Feature};
use serde_json::{Map, Value, json};

use super::value::attribute;
use crate::Rejected;

/// One element of `objects`, in pixels of the image; its label is still a number.
pub(super) fn object(index: usize, value: Value) -> Result<Feature, String> {
    let Value::Object(mut object) = value else { return Err("it is not an object".into()) };
    let numbers: Option<Vec<f64>> =
        object.get("obb").and_then(Value::as_array).and_then(|n| n.iter().map(Value::as_f64).collect());
    let Some([x1, y1, x2, y2, x3, y3, x4, y4]) =
        numbers.as_deref().and_then(|n| <[f64; 8]>::try_from(n).ok())
    else {
        return Err("its `obb` is not eight numbers".into());
    };
    object.remove("obb");
    let ring = vec![(x1, y1), (x2, y2), (x3, y3), (x4, y4)];
    let name = object.remove("region_id").and_then(|id| id.as_str().map(str::to_owned));
    let own = name.unwrap_or_else(|| index.to_string());
    let source_id = object.remove("source_id").and_then(|id| id.as_str().map(str::to_owned));
    let mut properties: BTreeMap<String, AttributeValue> =
        object.into_iter().map(|(key, value)| (key, attribute(value))).collect();
    properties.insert("id".into(), AttributeValue::Text(own.clone()));
    Ok(Feature {
        index,
        id: Some(source_id.unwrap_or(own)),
        geometry: Some(Polygon::new(LineString::from(ring), Vec::new()).into()),
        space: CoordinateSpace::Image,
        image_geometry: None,
        properties,
    })
}

/// Puts names in place of numbers and hands each triplet to its subject. What points nowhere is named.
pub(super) fn finish(members: &Map<String, Value>, features: &mut [Feature], rejected: &mut Vec<Rejected>) {
    let names = |key: &str| -> BTreeMap<String, String> {
        let list = members.get(key).and_then(Value::as_object);
        let entry = |(number, name): (&String, &Value)| Some((number.clone(), name.as_str()?.to_owned()));
        list.into_iter().flatten().filter_map(entry).collect()
    };
    let labels = names("idx_to_label");
    for feature in features.iter_mut() {
        let Some(AttributeValue::Integer(number)) = feature.properties.get("label") else { continue };
        if let Some(name) = labels.get(&number.to_string()) {
            feature.properties.insert("label".into(), AttributeValue::Text(name.clone()));
        }
    }
    let predicates = names("idx_to_predicate");
    let places: BTreeMap<usize, usize> = features.iter().enumerate().map(|(at, f)| (f.index, at)).collect();
    let ids: Vec<Option<String>> = features
        .iter()
        .map(|f| match f.properties.get("id") {
            Some(AttributeValue::Text(id)) => Some(id.clone()),
            _ => None,
        })
        .collect();
    let mut said: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    let triplets = members.get("relationships").and_then(Value::as_array);
    for triplet in triplets.into_iter().flatten() {
        let number =
            |at: usize| triplet.get(at).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let (Some(from), Some(to), Some(predicate)) = (number(0), number(1), number(2)) else {
            rejected.push(Rejected::shape(0, "a relation is not three numbers"));
            continue;
        };
        let place = |of: usize| places.get(&of).copied();
        let name = predicates.get(&predicate.to_string());
        let (Some(subject), Some(object), Some(name)) = (place(from), place(to), name) else {
            let reason = format!("a relation ({from}, {to}, {predicate}) names what is not in the file");
            rejected.push(Rejected::shape(from, reason));
            continue;
        };
        if let Some(id) = &ids[object] {
            said.entry(subject).or_default().push(json!({"predicate": name, "to": id}));
        }
    }
    for (subject, relations) in said {
        features[subject]
            .properties
            .insert("relations".into(), AttributeValue::Json(Value::Array(relations)));
    }
}
