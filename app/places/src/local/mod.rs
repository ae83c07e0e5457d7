//! Answers from the project itself and from extracts of OpenStreetMap: no key, no network.

mod distance;
mod extract;
mod gather;
mod kind;
mod roads;
mod search;
mod way;

use std::collections::BTreeMap;
use std::path::Path;

use geo::{BoundingRect as _, Geometry};
use plugin_api::{Answer, Place, Point, Query};
use project::{Project, RegionId};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::AskError;
use crate::local::roads::Roads;

/// Something on the map that can be asked about.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    /// `region/…` of the project, or `node/…` and `way/…` of an extract.
    id: String,
    name: String,
    /// Name and attributes in lower case, for searching.
    text: String,
    kinds: Vec<String>,
    details: BTreeMap<String, Value>,
    /// Longitude and latitude.
    shape: Geometry<f64>,
    region: Option<RegionId>,
}

/// Why there is no map to ask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    #[error("the project is in pixels and has no place on the earth")]
    Pixels,
    #[error("{path} cannot be read: {reason}")]
    Extract { path: String, reason: String },
}

impl From<MapError> for AskError {
    fn from(error: MapError) -> Self {
        Self::Local(error.to_string())
    }
}

/// What the local provider knows: regions and labels of a project, and extracts of OpenStreetMap.
#[derive(Debug, Default)]
pub struct LocalMap {
    project: Project,
    things: Vec<Thing>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    roads: Roads,
    content: String,
    terms: String,
}

impl LocalMap {
    /// The map of a project, with extracts (`.osm.pbf`).
    pub fn new(project: &Project, extracts: &[impl AsRef<Path>]) -> Result<Self, MapError> {
        let mut sum = Sha256::new();
        let mut things = gather::things(project, &mut sum)?;
        let mut terms = String::new();
        for path in extracts {
            extract::read(path.as_ref(), &mut things, &mut sum)?;
            "© OpenStreetMap contributors, ODbL 1.0".clone_into(&mut terms);
        }
        let boxes = things.iter().enumerate().filter_map(|(place, thing)| {
            let around = thing.shape.bounding_rect()?;
            let corners = ([around.min().x, around.min().y], [around.max().x, around.max().y]);
            Some(GeomWithData::new(Rectangle::from_corners(corners.0, corners.1), place))
        });
        let tree = RTree::bulk_load(boxes.collect());
        let roads = Roads::of(&things);
        let content = hex(&sum.finalize());
        Ok(Self { project: project.clone(), things, tree, roads, content, terms })
    }

    /// SHA-256 of everything that answers are made from: another label is another map.
    pub fn content(&self) -> &str {
        &self.content
    }

    pub(crate) fn terms(&self) -> &str {
        &self.terms
    }

    /// How many things can be asked about.
    pub fn len(&self) -> usize {
        self.things.len()
    }

    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    /// The answer, and the body that is kept of it.
    pub(crate) fn answer(&self, query: &Query) -> Result<(Answer, Vec<u8>), AskError> {
        let (answer, total) = match query {
            Query::TextSearch(query) => self.text_search(query),
            Query::PlaceDetails(query) => self.details(query)?,
            Query::Nearby(query) => self.nearby(query)?,
            Query::AlongRoute(query) => self.along(query)?,
            Query::Route(query) => (Answer::Routes(vec![self.route(query)?]), 1),
            Query::Matrix(query) => (Answer::Matrix(self.matrix(query)), 1),
        };
        let body = match &answer {
            Answer::Places(places) => json!({"places": places, "total": total}),
            Answer::Routes(routes) => json!({"routes": routes}),
            Answer::Matrix(matrix) => json!({"matrix": matrix}),
        };
        Ok((answer, body.to_string().into_bytes()))
    }

    /// Things whose boxes come within so many metres of a box of degrees: west, south, east, north.
    fn within(&self, [west, south, east, north]: [f64; 4]) -> impl Iterator<Item = &Thing> {
        let envelope = AABB::from_corners([west, south], [east, north]);
        self.tree.locate_in_envelope_intersecting(envelope).map(|entry| &self.things[entry.data])
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads a body that [`LocalMap::answer`] made.
pub(crate) fn read(body: &[u8]) -> Result<Answer, AskError> {
    let unfit = |e: serde_json::Error| AskError::Unfit(format!("it was not made by this program: {e}"));
    let mut value: Value = serde_json::from_slice(body).map_err(unfit)?;
    if let Some(fields) = value.as_object_mut() {
        fields.remove("total");
    }
    serde_json::from_value(value).map_err(unfit)
}

impl Thing {
    /// As a place of an answer; `at` is where it is nearest to what was asked, or its middle.
    fn place(&self, distance_m: Option<f64>) -> Place {
        let at = distance::middle(&self.shape);
        Place {
            kinds: self.kinds.clone(),
            details: self.details.clone(),
            distance_m: distance_m.map(|m| (m * 1000.0).round() / 1000.0),
            ..Place::new(self.id.clone(), self.name.clone(), at)
        }
    }

    /// Metres on the ellipsoid from a point; 0 inside.
    fn metres_from(&self, at: Point) -> f64 {
        distance::metres(at, &self.shape)
    }
}

#[cfg(test)]
mod tests;
