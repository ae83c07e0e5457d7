//! The outermost level of a JSON file: shapes are taken one by one, so that only one is held as JSON.

use std::fmt;
use std::sync::Arc;

use project::{CoordinateSpace, Feature};
use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use spatial::Crs;

use super::geometry::{Mended, geometry};
use super::value::{Bounded, Budget, attribute, identity};
use super::{FeatureFile, FeatureFormat, Limits, coco, crasar, crs_member, star};
use crate::{DatasetError, Rejected};

const SHAPES: [&str; 7] =
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<FeatureFile, DatasetError> {
    let geographic = Arc::new(Crs::from_epsg(4326)?);
    let mut reading = Reading::new(limits, geographic);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = json.deserialize_any(Document(&mut reading)).and_then(|()| json.end());
    if let Some(error) = reading.error.take() {
        return Err(error);
    }
    read.map_err(|e| not_json(&e))?;
    reading.finish()
}

fn not_json(error: &serde_json::Error) -> DatasetError {
    let reason = error.to_string();
    if reason.starts_with("recursion limit exceeded") {
        return DatasetError::TooDeep;
    }
    DatasetError::NotJson { reason }
}

/// Everything gathered while the file goes by.
struct Reading<'a> {
    limits: &'a Limits,
    geographic: Arc<Crs>,
    format: FeatureFormat,
    features: Vec<Feature>,
    rejected: Vec<Rejected>,
    mended: Mended,
    /// Pixels of masks that were traced.
    mask_pixels: u64,
    count: usize,
    /// Members of the outermost object that are not the list of shapes.
    members: Map<String, Value>,
    is_collection: bool,
    /// A refusal in words of its own, where the JSON reader only knows that it was stopped.
    error: Option<DatasetError>,
}

impl<'a> Reading<'a> {
    fn new(limits: &'a Limits, geographic: Arc<Crs>) -> Self {
        Self {
            limits,
            geographic,
            format: FeatureFormat::GeoJson,
            features: Vec::new(),
            rejected: Vec::new(),
            mended: Mended::default(),
            mask_pixels: 0,
            count: 0,
            members: Map::new(),
            is_collection: false,
            error: None,
        }
    }

    fn take(&mut self, read: Result<Feature, String>) -> Result<(), DatasetError> {
        match read {
            Ok(feature) => self.features.push(feature),
            Err(reason) => self.rejected.push(Rejected::shape(self.count, reason)),
        }
        self.count += 1;
        if self.count > self.limits.features {
            return Err(DatasetError::TooMany { what: "shapes", limit: self.limits.features });
        }
        if self.rejected.len() > self.limits.rejected {
            return Err(DatasetError::TooMany { what: "unusable shapes", limit: self.limits.rejected });
        }
        Ok(())
    }

    fn budget(&self) -> Budget {
        Budget::new(self.limits.values_per_feature)
    }

    /// Remembers why, and stops the JSON reader.
    fn stop<E: serde::de::Error>(&mut self, error: DatasetError) -> E {
        self.error = Some(error);
        E::custom("stopped")
    }

    fn spent(&mut self, budget: &Budget) {
        if budget.is_spent() {
            let limit = self.limits.values_per_feature;
            self.error = Some(DatasetError::TooMany { what: "values in one shape", limit });
        }
    }

    fn finish(mut self) -> Result<FeatureFile, DatasetError> {
        if self.format == FeatureFormat::GeoJson {
            self.finish_geojson()?;
        }
        if self.format == FeatureFormat::Star {
            star::finish(&self.members, &mut self.features, &mut self.rejected);
        }
        if self.format == FeatureFormat::Coco {
            coco::finish(&self.members, &mut self.features, &mut self.rejected);
        }
        let model = self.members.get("model_name").and_then(Value::as_str).map(str::to_owned);
        let mut warnings = Vec::new();
        if self.mended.rings_closed > 0 {
            warnings.push(format!(
                "{} rings did not end where they began and were closed",
                self.mended.rings_closed
            ));
        }
        if self.mended.heights_dropped > 0 {
            warnings.push(format!("heights of {} corners were left out", self.mended.heights_dropped));
        }
        let Self { format, features, rejected, .. } = self;
        Ok(FeatureFile { format, features, rejected, warnings, model })
    }

    /// A lone feature or geometry, and the CRS, which may stand behind the shapes.
    fn finish_geojson(&mut self) -> Result<(), DatasetError> {
        let kind = self.members.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        match kind.as_str() {
            "FeatureCollection" if self.is_collection => {}
            "FeatureCollection" => {
                return Err(DatasetError::NotShapes("a collection without `features`".into()));
            }
            "Feature" => {
                let members = self.members.clone();
                let read = feature(0, Value::Object(members), &mut self.mended);
                self.take(read)?;
            }
            kind if SHAPES.contains(&kind) => {
                let shape = Value::Object(self.members.clone());
                let read = geometry(&shape, &mut self.mended)
                    .map(|geometry| Feature { geometry, ..Feature::default() });
                self.take(read)?;
            }
            // Some writers leave the type out; a list of features says enough.
            "" if self.is_collection => {}
            "Topology" => return Err(DatasetError::NotShapes("TopoJSON".into())),
            _ if self.members.contains_key("geometryType") => {
                return Err(DatasetError::NotShapes("Esri JSON".into()));
            }
            "" => return Err(DatasetError::NotShapes("a JSON object without a GeoJSON type".into())),
            other => {
                let other: String = other.chars().take(40).collect();
                return Err(DatasetError::NotShapes(format!("a `{other}`")));
            }
        }
        if let Some(member) = self.members.get("crs") {
            let space = crs_member::space(member)?;
            for feature in &mut self.features {
                feature.space = space.clone();
            }
        }
        Ok(())
    }
}

/// One element of `features`.
fn feature(index: usize, value: Value, mended: &mut Mended) -> Result<Feature, String> {
    let Value::Object(mut object) = value else { return Err("it is not an object".into()) };
    if object.get("type").and_then(Value::as_str) != Some("Feature") {
        return Err("it is not of the type `Feature`".into());
    }
    let shape = geometry(object.get("geometry").unwrap_or(&Value::Null), mended)?;
    let mut id = identity(object.get("id"));
    let properties = match object.remove("properties") {
        Some(Value::Object(properties)) => properties,
        None | Some(Value::Null) => Map::new(),
        Some(_) => return Err("its properties are not an object".into()),
    };
    // Orthoscope's own files carry the id of the file before under `source_id`.
    id = identity(properties.get("source_id")).or(id);
    for key in ["id", "uid", "osm_id"] {
        id = id.or_else(|| identity(properties.get(key)));
    }
    let properties = properties.into_iter().map(|(k, v)| (k, attribute(v))).collect();
    Ok(Feature {
        index,
        id,
        geometry: shape,
        space: CoordinateSpace::Unstated,
        image_geometry: None,
        properties,
    })
}

struct Document<'a, 'b>(&'a mut Reading<'b>);

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of labelled shapes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "features" => {
                    self.0.is_collection = true;
                    map.next_value_seed(List(self.0))?;
                }
                "objects" => map.next_value_seed(Objects(self.0))?,
                "annotations" => {
                    self.0.format = FeatureFormat::Coco;
                    map.next_value_seed(List(self.0))?;
                }
                "preds" => {
                    self.0.format = FeatureFormat::CrasarPredictions;
                    map.next_value_seed(Predictions(self.0))?;
                }
                "type" | "crs" | "geometry" | "properties" | "id" | "coordinates" | "geometries"
                | "geometryType" | "model_name" | "relationships" | "idx_to_label" | "idx_to_predicate"
                | "images" | "categories" | "predicates" | "relations" => {
                    let budget = self.0.budget();
                    let value =
                        map.next_value_seed(Bounded(&budget)).inspect_err(|_| self.0.spent(&budget))?;
                    self.0.members.insert(key, value);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        self.0.format = FeatureFormat::Crasar;
        List(self.0).visit_seq(seq)
    }
}

/// The elements of `features`, or of a CRASAR file.
struct List<'a, 'b>(&'a mut Reading<'b>);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of shapes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let reading = self.0;
        loop {
            let budget = reading.budget();
            let next = seq.next_element_seed(Bounded(&budget)).inspect_err(|_| reading.spent(&budget))?;
            let Some(value) = next else { return Ok(()) };
            let index = reading.count;
            let read = match reading.format {
                FeatureFormat::Crasar => crasar::item(index, value, &reading.geographic, &mut reading.mended),
                FeatureFormat::Star => star::object(index, value),
                FeatureFormat::Coco => coco::annotation(index, value, &mut reading.mask_pixels),
                _ => feature(index, value, &mut reading.mended),
            };
            reading.take(read).map_err(|e| reading.stop::<A::Error>(e))?;
        }
    }
}

/// The boxes of a scene graph; what else goes by that name (TopoJSON has some) is passed over.
struct Objects<'a, 'b>(&'a mut Reading<'b>);

impl<'de> DeserializeSeed<'de> for Objects<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Objects<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of boxes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        self.0.format = FeatureFormat::Star;
        List(self.0).visit_seq(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The entries of `preds`.
struct Predictions<'a, 'b>(&'a mut Reading<'b>);

impl<'de> DeserializeSeed<'de> for Predictions<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Predictions<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("predictions by building")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reading = self.0;
        while let Some(key) = map.next_key::<String>()? {
            let budget = reading.budget();
            let value = map.next_value_seed(Bounded(&budget)).inspect_err(|_| reading.spent(&budget))?;
            let read = crasar::prediction(reading.count, key, value);
            reading.take(read).map_err(|e| reading.stop::<A::Error>(e))?;
        }
        Ok(())
    }
}
