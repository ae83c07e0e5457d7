//! A labelled shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::Geometry;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{LayerId, words};

/// Where a shape came from (CRASAR's `source` / `geometry_source`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GeometrySource(pub Arc<str>);

impl GeometrySource {
    /// Drawn by a person in Orthoscope; never moved by alignment.
    pub const CUSTOM: &'static str = "custom";

    /// The name is held once, however many regions have it.
    pub fn new(name: &str) -> Self {
        Self(words::shared(name))
    }

    pub fn custom() -> Self {
        Self::new(Self::CUSTOM)
    }

    /// True for what was drawn on the image itself: no adjustment moves it.
    pub fn is_fixed(&self) -> bool {
        *self.0 == *Self::CUSTOM
    }
}

impl Serialize for GeometrySource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for GeometrySource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        words::read(deserializer).map(Self)
    }
}

/// A value of a region's attribute, kept as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    /// Anything else (lists, objects, null) as JSON.
    Json(serde_json::Value),
}

/// A shape on the map. Its geometry is in the project's CRS and is never empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    #[serde(with = "compact_geometry")]
    pub geometry: Geometry<f64>,
    /// The layer it was drawn on or imported for, when it belongs to one.
    pub layer: Option<LayerId>,
    pub source: GeometrySource,
    /// The identity it had in the file it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, AttributeValue>,
}

impl Region {
    /// The box around it in world units; `None` for a shape with no finite coordinate.
    pub fn bounds(&self) -> Option<geo::Rect<f64>> {
        geo::BoundingRect::bounding_rect(&self.geometry)
    }
}

/// Geometry in the journal: the GeoJSON shape with coordinates as flat number lists, a third the size of
/// a list of objects, every bit of every coordinate kept.
pub(crate) mod compact_geometry {
    use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(tag = "type", content = "at")]
    enum Compact {
        Point([f64; 2]),
        MultiPoint(Vec<f64>),
        LineString(Vec<f64>),
        MultiLineString(Vec<Vec<f64>>),
        Polygon(Vec<Vec<f64>>),
        MultiPolygon(Vec<Vec<Vec<f64>>>),
    }

    fn flat(line: &LineString<f64>) -> Vec<f64> {
        line.coords().flat_map(|c| [c.x, c.y]).collect()
    }

    fn line(flat: &[f64]) -> LineString<f64> {
        flat.chunks_exact(2).map(|c| Coord { x: c[0], y: c[1] }).collect()
    }

    fn rings(polygon: &Polygon<f64>) -> Vec<Vec<f64>> {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(flat).collect()
    }

    fn polygon(rings: &[Vec<f64>]) -> Polygon<f64> {
        let mut lines = rings.iter().map(|r| line(r));
        Polygon::new(lines.next().unwrap_or_else(|| LineString::new(Vec::new())), lines.collect())
    }

    pub(crate) fn serialize<S: Serializer>(geometry: &Geometry<f64>, s: S) -> Result<S::Ok, S::Error> {
        let compact = match geometry {
            Geometry::Point(p) => Compact::Point([p.x(), p.y()]),
            Geometry::MultiPoint(m) => Compact::MultiPoint(m.iter().flat_map(|p| [p.x(), p.y()]).collect()),
            Geometry::LineString(l) => Compact::LineString(flat(l)),
            Geometry::MultiLineString(m) => Compact::MultiLineString(m.iter().map(flat).collect()),
            Geometry::Polygon(p) => Compact::Polygon(rings(p)),
            Geometry::MultiPolygon(m) => Compact::MultiPolygon(m.iter().map(rings).collect()),
            Geometry::Rect(r) => Compact::Polygon(rings(&r.to_polygon())),
            Geometry::Triangle(t) => Compact::Polygon(rings(&t.to_polygon())),
            Geometry::Line(l) => Compact::LineString(vec![l.start.x, l.start.y, l.end.x, l.end.y]),
            Geometry::GeometryCollection(_) => {
                return Err(serde::ser::Error::custom("a region cannot be a geometry collection"));
            }
        };
        compact.serialize(s)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Geometry<f64>, D::Error> {
        Ok(match Compact::deserialize(d)? {
            Compact::Point([x, y]) => Point::new(x, y).into(),
            Compact::MultiPoint(flat) => {
                MultiPoint::new(flat.chunks_exact(2).map(|c| Point::new(c[0], c[1])).collect()).into()
            }
            Compact::LineString(flat) => line(&flat).into(),
            Compact::MultiLineString(lines) => {
                MultiLineString::new(lines.iter().map(|l| line(l)).collect()).into()
            }
            Compact::Polygon(rings) if rings.is_empty() => {
                return Err(D::Error::custom("a polygon without a ring"));
            }
            Compact::Polygon(rings) => polygon(&rings).into(),
            Compact::MultiPolygon(parts) => {
                MultiPolygon::new(parts.iter().map(|p| polygon(p)).collect()).into()
            }
        })
    }
}
