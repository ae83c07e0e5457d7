//! JSON values under a budget, and what becomes of properties.

use std::cell::Cell;
use std::fmt;

use project::AttributeValue;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How many more JSON values may be kept; shared by everything that reads one shape.
#[derive(Debug)]
pub(crate) struct Budget(Cell<usize>);

impl Budget {
    pub(crate) fn new(values: usize) -> Self {
        Self(Cell::new(values))
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    fn take<E: Error>(&self) -> Result<(), E> {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        if left <= 1 { Err(E::custom("too many values in one shape")) } else { Ok(()) }
    }
}

/// A `serde_json::Value` that stops when its budget is spent.
#[derive(Clone, Copy)]
pub(crate) struct Bounded<'a>(pub(crate) &'a Budget);

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.take()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(Number::from_f64(v).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            object.insert(key, map.next_value_seed(self)?);
        }
        Ok(Value::Object(object))
    }
}

/// A property as a region keeps it.
pub(crate) fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::Bool(b) => AttributeValue::Boolean(b),
        Value::String(s) => AttributeValue::Text(s),
        Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => AttributeValue::Integer(i),
            (None, Some(f)) => AttributeValue::Number(f),
            (None, None) => AttributeValue::Json(Value::Number(n)),
        },
        other => AttributeValue::Json(other),
    }
}

/// An identity given as text or number; anything else is none.
pub(super) fn identity(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(s) if !s.trim().is_empty() => Some(s.trim().to_owned()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}
