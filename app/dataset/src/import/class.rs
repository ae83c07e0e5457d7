//! Which property holds the class, and which class a value means.

use std::collections::BTreeMap;

use project::{AttributeValue, ClassCode, Feature, Schema};

use crate::DatasetError;

const CANDIDATES: [&str; 6] = ["label", "class", "damage", "subtype", "damage_class", "dmg"];

/// Reads classes out of properties.
pub(super) struct Classifier<'a> {
    schema: &'a Schema,
    map: &'a BTreeMap<String, String>,
    /// `None`: no shape of the file carries a class.
    pub(super) field: Option<String>,
    /// True when the property was found and not named by the user.
    pub(super) detected: bool,
}

impl<'a> Classifier<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        map: &'a BTreeMap<String, String>,
        named: Option<&str>,
        features: &[Feature],
    ) -> Result<Self, DatasetError> {
        let mut classifier = Self { schema, map, field: named.map(str::to_owned), detected: false };
        if let Some(name) = named {
            let present = features.is_empty() || features.iter().any(|f| f.properties.contains_key(name));
            return if present { Ok(classifier) } else { Err(DatasetError::NoClassField(name.to_owned())) };
        }
        let holds_classes = |field: &&&str| {
            features.iter().any(|f| {
                f.properties.get(**field).is_some_and(|v| classifier.lookup(v).is_ok_and(|c| c.is_some()))
            })
        };
        let holds_anything = |field: &&&str| {
            features.iter().any(|f| f.properties.get(**field).and_then(text).is_some_and(|t| !t.is_empty()))
        };
        let found = CANDIDATES.iter().find(holds_classes).or_else(|| CANDIDATES.iter().find(holds_anything));
        let found = found.map(|f| (*f).to_owned());
        classifier.detected = found.is_some();
        classifier.field = found;
        Ok(classifier)
    }

    /// The class of a shape; `Ok(None)` when it carries none.
    pub(super) fn class(
        &self,
        properties: &BTreeMap<String, AttributeValue>,
    ) -> Result<Option<ClassCode>, String> {
        let value = self.field.as_ref().and_then(|f| properties.get(f));
        value.map_or(Ok(None), |v| self.lookup(v))
    }

    fn lookup(&self, value: &AttributeValue) -> Result<Option<ClassCode>, String> {
        let Some(text) = text(value).filter(|t| !t.is_empty()) else { return Ok(None) };
        find_class(self.schema, self.map, &text).map(Some)
    }
}

/// The class that a text means, after the user's map.
pub(super) fn find_class(
    schema: &Schema,
    map: &BTreeMap<String, String>,
    text: &str,
) -> Result<ClassCode, String> {
    let meant = map.get(text).map_or(text, String::as_str);
    let short = || text.chars().take(60).collect::<String>();
    schema
        .find(meant)
        .map(|c| c.code.clone())
        .ok_or_else(|| format!("`{}` is not a class of {}", short(), schema.name))
}

/// A property as text; lists and objects are none.
pub(super) fn text(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::Text(t) => Some(t.trim().to_owned()),
        AttributeValue::Integer(i) => Some(i.to_string()),
        AttributeValue::Number(n) => Some(n.to_string()),
        AttributeValue::Boolean(_) | AttributeValue::Json(_) => None,
    }
}

/// A property as a number.
pub(super) fn number(value: &AttributeValue) -> Option<f64> {
    match value {
        AttributeValue::Integer(i) => Some(*i as f64),
        AttributeValue::Number(n) => Some(*n),
        AttributeValue::Text(t) => t.trim().parse().ok(),
        AttributeValue::Boolean(_) | AttributeValue::Json(_) => None,
    }
}
