//! What a schema asks of regions beside their class: named, typed, some of it required.

use serde::{Deserialize, Serialize};

use crate::{AttributeValue, ClassCode};

/// The type of an attribute's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// Yes or no.
    Boolean,
    Number,
    Text,
    /// One of a few texts.
    Choice,
    /// A day, kept as `2026-01-31`.
    Date,
}

/// Something that is asked of regions. Its values are the attributes of this name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// What stands in files; unique in the schema.
    pub name: String,
    /// What a person reads; the name where it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    pub kind: AttributeKind,
    /// Asked for as soon as a region gets a class that has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The smallest and the largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The texts of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The classes that have it, with those below them; empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassCode>,
    /// One sentence that helps to answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl Attribute {
    /// What a person reads.
    pub fn title(&self) -> &str {
        if self.title.is_empty() { &self.name } else { &self.title }
    }

    /// Why it cannot be in a schema; `None` when it can.
    pub(crate) fn fault(&self) -> Option<String> {
        let is_number = self.kind == AttributeKind::Number;
        let bounded = self.min.is_some() || self.max.is_some();
        let wrong_order = matches!((self.min, self.max), (Some(min), Some(max)) if min > max);
        let finite = self.min.iter().chain(&self.max).all(|n| n.is_finite());
        Some(match () {
            () if self.name.trim().is_empty() => "has no name".to_owned(),
            () if (self.kind == AttributeKind::Choice) == self.choices.is_empty() => match self.kind {
                AttributeKind::Choice => "is a choice and has no choices".to_owned(),
                _ => "has choices and is no choice".to_owned(),
            },
            () if bounded && !is_number => "has a range and is no number".to_owned(),
            () if wrong_order || !finite => "has a range that holds no number".to_owned(),
            () => return None,
        })
    }

    /// Reads what a person typed or chose.
    pub fn read(&self, text: &str) -> Result<AttributeValue, String> {
        let text = text.trim();
        match self.kind {
            AttributeKind::Boolean => match text.to_ascii_lowercase().as_str() {
                "yes" | "true" | "1" => Ok(AttributeValue::Boolean(true)),
                "no" | "false" | "0" => Ok(AttributeValue::Boolean(false)),
                _ => Err(format!("{} is yes or no", self.title())),
            },
            AttributeKind::Number => self.read_number(text),
            AttributeKind::Text => Ok(AttributeValue::Text(text.to_owned())),
            AttributeKind::Choice => {
                let found = self.choices.iter().find(|choice| choice.eq_ignore_ascii_case(text));
                let text =
                    found.ok_or_else(|| format!("{} is one of {}", self.title(), self.choices.join(", ")))?;
                Ok(AttributeValue::Text(text.clone()))
            }
            AttributeKind::Date => {
                if is_date(text) {
                    Ok(AttributeValue::Text(text.to_owned()))
                } else {
                    Err(format!("{} is a day, such as 2026-01-31", self.title()))
                }
            }
        }
    }

    fn read_number(&self, text: &str) -> Result<AttributeValue, String> {
        let number: f64 = text.parse().ok().filter(|n: &f64| n.is_finite()).ok_or_else(|| self.range())?;
        if self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max) {
            return Err(self.range());
        }
        match text.parse::<i64>() {
            Ok(whole) => Ok(AttributeValue::Integer(whole)),
            Err(_) => Ok(AttributeValue::Number(number)),
        }
    }

    fn range(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("{} is a number from {min} to {max}", self.title()),
            (Some(min), None) => format!("{} is a number of at least {min}", self.title()),
            (None, Some(max)) => format!("{} is a number of at most {max}", self.title()),
            (None, None) => format!("{} is a number", self.title()),
        }
    }

    /// True for a value that answers it.
    pub fn takes(&self, value: &AttributeValue) -> bool {
        match (self.kind, value) {
            (AttributeKind::Boolean, AttributeValue::Boolean(_)) => true,
            (AttributeKind::Number, AttributeValue::Integer(n)) => self.read_number(&n.to_string()).is_ok(),
            (AttributeKind::Number, AttributeValue::Number(n)) => self.read_number(&n.to_string()).is_ok(),
            (AttributeKind::Text, AttributeValue::Text(text)) => !text.is_empty(),
            (AttributeKind::Choice, AttributeValue::Text(text)) => self.choices.contains(text),
            (AttributeKind::Date, AttributeValue::Text(text)) => is_date(text),
            _ => false,
        }
    }
}

/// A day of the calendar as ISO 8601 writes it.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<u32> {
        let part = text.get(range)?;
        if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schema;

    const TOML: &str = r##"
id = "a"
version = 2
name = "A"
[[class]]
code = "building"
name = "Building"
color = "#ff0000"
[[class]]
code = "house"
name = "House"
color = "#00ff00"
parent = "building"
[[class]]
code = "road"
name = "Road"
color = "#0000ff"
[[attribute]]
name = "storeys"
title = "Storeys"
kind = "number"
min = 1
max = 200
required = true
classes = ["building"]
[[attribute]]
name = "roof"
kind = "choice"
choices = ["flat", "gabled"]
classes = ["house"]
[[attribute]]
name = "seen"
kind = "date"
"##;

    #[test]
    fn a_class_has_its_own_attributes_those_of_its_parents_and_those_of_all() {
        let schema = Schema::from_toml(TOML).expect("sound");
        let of = |code: &str| {
            schema.attributes_of(&ClassCode::new(code)).map(|a| a.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of("house"), ["storeys", "roof", "seen"]);
        assert_eq!(of("building"), ["storeys", "seen"]);
        assert_eq!(of("road"), ["seen"]);
        let text = toml::to_string(&schema).expect("written");
        assert_eq!(Schema::from_toml(&text).expect("read again"), schema);
    }

    #[test]
    fn values_are_read_as_their_type_or_refused_in_a_sentence() {
        let schema = Schema::from_toml(TOML).expect("sound");
        let by = |name: &str| schema.attributes.iter().find(|a| a.name == name).expect(name);
        assert_eq!(by("storeys").read(" 3 "), Ok(AttributeValue::Integer(3)));
        assert_eq!(by("storeys").read("2.5"), Ok(AttributeValue::Number(2.5)));
        assert_eq!(by("storeys").read("0"), Err("Storeys is a number from 1 to 200".into()));
        assert!(by("storeys").read("many").is_err() && by("storeys").read("inf").is_err());
        assert_eq!(by("roof").read("Flat"), Ok(AttributeValue::Text("flat".into())));
        assert_eq!(by("roof").read("thatch"), Err("roof is one of flat, gabled".into()));
        for (text, sound) in [
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("2026-13-01", false),
            ("26-01-01", false),
            ("2026-01-0é", false),
        ] {
            assert_eq!(by("seen").read(text).is_ok(), sound, "{text}");
        }
    }

    #[test]
    fn attributes_that_make_no_sense_are_refused() {
        for (change, with, expected) in [
            ("max = 200", "max = 0", "a range that holds no number"),
            ("choices = [\"flat\", \"gabled\"]", "", "has no choices"),
            ("kind = \"date\"", "kind = \"date\"\nmin = 2", "is no number"),
            ("[\"house\"]", "[\"hut\"]", "`hut`"),
            ("name = \"seen\"", "name = \"roof\"", "twice"),
        ] {
            let error = Schema::from_toml(&TOML.replace(change, with)).expect_err(with).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
