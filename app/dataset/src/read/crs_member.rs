//! The `crs` member of GeoJSON of 2008, which files of projected coordinates still carry.

use std::sync::Arc;

use project::CoordinateSpace;
use serde_json::Value;
use spatial::Crs;

use crate::DatasetError;

/// What a `crs` member says. `null` says that nothing is known.
pub(super) fn space(member: &Value) -> Result<CoordinateSpace, DatasetError> {
    let unknown = |reason: &str| DatasetError::UnknownCrs {
        text: member.to_string().chars().take(120).collect(),
        reason: reason.into(),
    };
    if member.is_null() {
        return Ok(CoordinateSpace::Unstated);
    }
    let properties = &member["properties"];
    let text = match member["type"].as_str() {
        Some("name") => properties["name"].as_str().ok_or_else(|| unknown("it has no name"))?.to_owned(),
        Some("EPSG") => format!("EPSG:{}", properties["code"]),
        Some("link") => return Err(unknown("it is a link, and nothing is fetched")),
        _ => return Err(unknown("only the types `name` and `EPSG` are read")),
    };
    named(&text).map(|crs| CoordinateSpace::Crs(Arc::new(crs)))
}

/// `EPSG:n`, `urn:ogc:def:crs:EPSG::n`, `urn:ogc:def:crs:OGC:1.3:CRS84`, `http://www.opengis.net/…/EPSG/0/n`.
/// Axis order is x = east in GeoJSON, whatever the authority says.
fn named(text: &str) -> Result<Crs, DatasetError> {
    let error = |reason: String| DatasetError::UnknownCrs { text: text.chars().take(120).collect(), reason };
    let parts: Vec<&str> = text.split([':', '/', '#']).filter(|p| !p.is_empty()).collect();
    let last = parts.last().copied().unwrap_or_default();
    let has = |word: &str| parts.iter().any(|p| p.eq_ignore_ascii_case(word));
    if last.eq_ignore_ascii_case("CRS84") || last.eq_ignore_ascii_case("WGS84") {
        return Crs::from_epsg(4326).map_err(|e| error(e.to_string()));
    }
    if has("EPSG") || parts.iter().any(|p| p.to_ascii_lowercase().ends_with("epsg.xml")) {
        let code = last.parse().map_err(|_| error("it does not end in an EPSG code".into()))?;
        return Crs::from_epsg(code).map_err(|e| error(e.to_string()));
    }
    Crs::parse(text).map_err(|e| error(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn epsg(member: &Value) -> Option<u32> {
        match space(member).expect("known") {
            CoordinateSpace::Crs(crs) => crs.epsg(),
            _ => None,
        }
    }

    #[test]
    fn the_usual_spellings_name_one_crs() {
        let name = |n: &str| json!({"type": "name", "properties": {"name": n}});
        for text in [
            "EPSG:26915",
            "urn:ogc:def:crs:EPSG::26915",
            "urn:ogc:def:crs:EPSG:6.9:26915",
            "http://www.opengis.net/def/crs/EPSG/0/26915",
            "http://www.opengis.net/gml/srs/epsg.xml#26915",
        ] {
            assert_eq!(epsg(&name(text)), Some(26915), "{text}");
        }
        assert_eq!(epsg(&name("urn:ogc:def:crs:OGC:1.3:CRS84")), Some(4326));
        assert_eq!(epsg(&json!({"type": "EPSG", "properties": {"code": 4326}})), Some(4326));
        assert_eq!(space(&Value::Null).expect("null is allowed"), CoordinateSpace::Unstated);
    }

    #[test]
    fn what_cannot_be_known_is_refused_with_a_hint() {
        for member in [
            json!({"type": "link", "properties": {"href": "http://example.com"}}),
            json!({"type": "name", "properties": {"name": "EPSG:999999"}}),
            json!({"type": "name", "properties": {"name": "no such thing"}}),
            json!({"type": "name"}),
            json!(7),
        ] {
            let error = space(&member).expect_err("refused");
            assert!(error.hint().is_some_and(|h| h.contains("--crs")), "{error}");
        }
    }
}
