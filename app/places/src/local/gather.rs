//! The things of a project: its regions with what review says they are.

use std::collections::BTreeMap;

use geo::CoordsIter as _;
use project::{AttributeValue, Project};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use spatial::{Crs, Transformer};

use super::{MapError, Thing};

pub(super) fn things(project: &Project, sum: &mut Sha256) -> Result<Vec<Thing>, MapError> {
    if project.regions().is_empty() {
        return Ok(Vec::new());
    }
    let crs = project.crs().ok_or(MapError::Pixels)?;
    let to_lonlat = Transformer::new(crs, &Crs::wgs84()).map_err(|_| MapError::Pixels)?;
    let mut things = Vec::with_capacity(project.regions().len());
    for (id, region) in project.regions() {
        // What lies where the projection does not reach has no place on the earth.
        let Some(shape) = to_lonlat.convert_geometry(&region.geometry) else { continue };
        if shape.coords_iter().any(|c| !c.x.is_finite() || !(-90.0..=90.0).contains(&c.y)) {
            continue;
        }
        let outcome = project.outcome(*id);
        let mut details: BTreeMap<String, Value> =
            region.attributes.iter().map(|(name, value)| (name.clone(), json_of(value))).collect();
        details.insert("stage".into(), outcome.state.key().into());
        if let Some(source) = &region.source_id {
            details.insert("source_id".into(), source.as_str().into());
        }
        let class = outcome.class.as_ref();
        let known = class.and_then(|class| project.schema()?.class(class));
        let title = known.map(|class| class.name.clone());
        let kinds: Vec<String> = class.iter().map(ToString::to_string).collect();
        let short = id.to_string();
        let short = short.get(short.len().saturating_sub(6)..).unwrap_or_default().to_owned();
        let called = region.name().or(region.source_id.as_deref()).map(str::to_owned);
        let name = called.unwrap_or_else(|| match &title {
            Some(title) => format!("{title} {short}"),
            None => format!("Region {short}"),
        });
        let texts = details.values().filter_map(Value::as_str);
        let text = [name.as_str(), title.as_deref().unwrap_or_default()].into_iter().chain(texts);
        let text = text.collect::<Vec<_>>().join("\n").to_lowercase();
        let thing =
            Thing { id: format!("region/{id}"), name, text, kinds, details, shape, region: Some(*id) };
        digest(&thing, sum);
        things.push(thing);
    }
    Ok(things)
}

fn json_of(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Boolean(value) => (*value).into(),
        AttributeValue::Integer(value) => (*value).into(),
        AttributeValue::Number(value) => (*value).into(),
        AttributeValue::Text(value) => value.as_str().into(),
        AttributeValue::Json(value) => value.clone(),
    }
}

/// What an answer can depend on, each part with its length.
fn digest(thing: &Thing, sum: &mut Sha256) {
    let details = Value::Object(thing.details.clone().into_iter().collect()).to_string();
    for text in [thing.id.as_str(), &thing.name, &thing.kinds.join("\n"), &details] {
        sum.update((text.len() as u64).to_le_bytes());
        sum.update(text.as_bytes());
    }
    for c in thing.shape.coords_iter() {
        sum.update(c.x.to_le_bytes());
        sum.update(c.y.to_le_bytes());
    }
    sum.update((thing.shape.coords_count() as u64).to_le_bytes());
}
