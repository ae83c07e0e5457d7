//! A versioned set of classes, read from TOML: Joint Damage Scale and its like are data, never code.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{Attribute, ClassCode, Predicate, PredicateCode};

const JOINT_DAMAGE_SCALE: &str = include_str!("../../../assets/schemas/joint-damage-scale.toml");
const BUILT_IN: [&str; 4] = [
    JOINT_DAMAGE_SCALE,
    include_str!("../../../assets/schemas/landcover-ai.toml"),
    include_str!("../../../assets/schemas/land-cover.toml"),
    include_str!("../../../assets/schemas/star.toml"),
];

/// Why a schema file is refused.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("the schema is not valid TOML: {0}")]
    Syntax(String),
    #[error("the schema has no classes")]
    NoClasses,
    #[error("the class code `{0}` stands twice in the schema")]
    DuplicateCode(String),
    #[error("class `{code}` names the parent `{parent}`, which is not in the schema or leads back to itself")]
    BadParent { code: String, parent: String },
    #[error("class `{code}` has the colour `{color}`; write it as #rrggbb")]
    BadColor { code: String, color: String },
    #[error("the schema has a class without a code")]
    EmptyCode,
    #[error("class `{code}` has the key {digit}; keys are the digits 0 to 9")]
    BadDigit { code: String, digit: u8 },
    #[error("class `{0}` has the raster value 0, which is the background's")]
    BackgroundValue(String),
    #[error("the raster value {value} is given to two classes (`{first}` and `{second}`)")]
    DuplicateRasterValue { value: u8, first: String, second: String },
    #[error("the digit {digit} is given to two classes (`{first}` and `{second}`)")]
    DuplicateDigit { digit: u8, first: String, second: String },
    #[error("class `{code}` has the key `{key}`; a key is two or three digits, such as 31")]
    BadKey { code: String, key: String },
    #[error("the key {key} is given to two classes (`{first}` and `{second}`)")]
    DuplicateKey { key: String, first: String, second: String },
    #[error("the attribute `{name}` {fault}")]
    BadAttribute { name: String, fault: String },
    #[error("the relation `{code}` {fault}")]
    BadRelation { code: String, fault: String },
}

/// Line pattern drawn over a class's fill, so that colour is never the only sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hatch {
    #[default]
    None,
    Horizontal,
    Vertical,
    Diagonal,
    BackDiagonal,
    Cross,
    DiagonalCross,
    Dots,
}

/// One class of a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// What stands in files; unique in the schema.
    pub code: ClassCode,
    /// What a person reads.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// A second, published colour set (CRASAR's own for the Joint Damage Scale).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative_color: Option<String>,
    #[serde(default)]
    pub hatch: Hatch,
    /// Key that sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digit: Option<u8>,
    /// Two or three digits, typed one after the other, that set it; see [`Schema::keys`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Labels that have it keep it, and nobody is offered it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// Codes that it had in earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formerly: Vec<ClassCode>,
    /// Value in label rasters; 0 is background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raster_value: Option<u8>,
    /// Place on the scale for ordinal agreement; none for "cannot tell".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<i32>,
    /// Which class wins where two claim one place: higher.
    #[serde(default)]
    pub priority: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ClassCode>,
    /// One sentence that helps to decide.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl Class {
    /// The colour as red, green, blue.
    pub fn rgb(&self) -> [u8; 3] {
        parse_color(&self.color).unwrap_or([255, 0, 255])
    }
}

/// A versioned set of classes with a tree of parents, and of attributes that are asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Stable identity, such as `joint-damage-scale`.
    pub id: String,
    pub version: u32,
    pub name: String,
    /// Where it is published.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    #[serde(rename = "class")]
    pub classes: Vec<Class>,
    /// What is asked of regions beside their class.
    #[serde(rename = "attribute", default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// How regions can stand to each other.
    #[serde(rename = "relation", default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<Predicate>,
}

impl Schema {
    /// The schemas that come with Orthoscope.
    pub fn built_in() -> Vec<Self> {
        BUILT_IN.iter().map(|text| Self::own(text)).collect()
    }

    /// How badly a building is damaged: the scale of CRASAR-U-DROIDs and xView2.
    pub fn joint_damage_scale() -> Self {
        Self::own(JOINT_DAMAGE_SCALE)
    }

    fn own(text: &str) -> Self {
        Self::from_toml(text).expect("the schemas that are compiled in are sound; a test reads each")
    }

    /// Reads and checks a schema file's text.
    pub fn from_toml(text: &str) -> Result<Self, SchemaError> {
        let schema: Self = toml::from_str(text).map_err(|e| SchemaError::Syntax(e.message().to_owned()))?;
        schema.check()?;
        Ok(schema)
    }

    /// Whether the classes contradict each other.
    pub fn check(&self) -> Result<(), SchemaError> {
        if self.classes.is_empty() {
            return Err(SchemaError::NoClasses);
        }
        let mut seen = Seen::default();
        for class in &self.classes {
            seen.add(class)?;
            if let Some(parent) = self.broken_parent(class) {
                return Err(SchemaError::BadParent { code: class.code.to_string(), parent });
            }
        }
        let mut names = HashSet::new();
        for attribute in &self.attributes {
            let twice = (!names.insert(&attribute.name)).then(|| "stands twice in the schema".to_owned());
            let unknown = attribute.classes.iter().find(|code| self.class(code).is_none());
            let unknown = unknown.map(|code| format!("names the class `{code}`, which is not in the schema"));
            if let Some(fault) = attribute.fault().or(twice).or(unknown) {
                return Err(SchemaError::BadAttribute { name: attribute.name.clone(), fault });
            }
        }
        let mut codes = HashSet::new();
        for predicate in &self.relations {
            let twice = (!codes.insert(&predicate.code)).then(|| "stands twice in the schema".to_owned());
            if let Some(fault) = predicate.fault(self).or(twice) {
                return Err(SchemaError::BadRelation { code: predicate.code.to_string(), fault });
            }
        }
        Ok(())
    }

    fn broken_parent(&self, class: &Class) -> Option<String> {
        let first = class.parent.as_ref()?;
        let mut next = Some(first);
        for _ in 0..=self.classes.len() {
            let code = next?;
            let Some(parent) = self.class(code) else { return Some(first.to_string()) };
            next = parent.parent.as_ref();
        }
        Some(first.to_string())
    }

    pub fn class(&self, code: &ClassCode) -> Option<&Class> {
        self.classes.iter().find(|c| &c.code == code)
    }

    /// The predicate of a code.
    pub fn predicate(&self, code: &PredicateCode) -> Option<&Predicate> {
        self.relations.iter().find(|predicate| predicate.code == *code)
    }

    /// Finds a predicate by code or name, ignoring case and taking `-` and `_` for spaces.
    pub fn find_predicate(&self, text: &str) -> Option<&Predicate> {
        let wanted = plain(text);
        self.relations.iter().find(|p| plain(p.code.as_str()) == wanted || plain(&p.name) == wanted)
    }

    /// The predicates that can be said of regions of these classes, in order.
    pub fn predicates_for<'a>(
        &'a self,
        from: Option<&'a ClassCode>,
        to: Option<&'a ClassCode>,
    ) -> impl Iterator<Item = &'a Predicate> {
        self.relations.iter().filter(move |p| !p.retired && p.fits(self, from, to))
    }

    /// Finds a class by code or name, ignoring case and taking `-` and `_` for spaces.
    pub fn find(&self, text: &str) -> Option<&Class> {
        let wanted = plain(text);
        self.classes.iter().find(|c| plain(c.code.as_str()) == wanted || plain(&c.name) == wanted)
    }

    /// A class and all below it in the tree, in the order of the schema.
    pub fn with_descendants(&self, code: &ClassCode) -> Vec<ClassCode> {
        let below = self.classes.iter().filter(|class| self.is_within(&class.code, code));
        below.map(|class| class.code.clone()).collect()
    }

    /// True for a class itself and for all above it.
    pub fn is_within(&self, class: &ClassCode, above: &ClassCode) -> bool {
        let mut next = Some(class);
        // A tree that is sound ends before this; one that is not has been refused.
        (0..=self.classes.len()).any(|_| {
            let here = next == Some(above);
            next = next.and_then(|c| self.class(c)?.parent.as_ref());
            here
        })
    }

    /// The classes that labels are given, in order.
    pub fn offered(&self) -> impl Iterator<Item = &Class> {
        self.classes.iter().filter(|class| !class.retired)
    }

    /// The digits that set each class, typed one after the other: what the schema says; and for classes that it
    /// gives none, the numbers 1 to 9 or 01 to 99 where nothing has a digit, else numbers that begin with a 0 that
    /// nothing else begins with. A class that finds no room has none.
    pub fn keys(&self) -> Vec<(String, &Class)> {
        let own = |class: &Class| class.key.clone().or_else(|| class.digit.map(|digit| digit.to_string()));
        let all: Vec<(Option<String>, &Class)> = self.offered().map(|class| (own(class), class)).collect();
        let given: Vec<&String> = all.iter().filter_map(|(key, _)| key.as_ref()).collect();
        let rest = all.len() - given.len();
        let free_zero = !given.iter().any(|key| key.starts_with('0'));
        let (prefix, width) = match (given.is_empty(), rest) {
            (true, ..=9) => ("", 1),
            (true, ..=99) => ("", 2),
            (false, ..=9) if free_zero => ("0", 1),
            (false, ..=99) if free_zero => ("0", 2),
            _ => ("", 0),
        };
        let mut number = 0;
        all.into_iter()
            .filter_map(|(key, class)| {
                let key = key.or_else(|| {
                    number += 1;
                    (width > 0).then(|| format!("{prefix}{number:0width$}"))
                });
                Some((key?, class))
            })
            .collect()
    }

    /// The attributes that are asked of regions of a class: those of the class, of its parents, and of all.
    pub fn attributes_of(&self, code: &ClassCode) -> impl Iterator<Item = &Attribute> {
        let mut line = Vec::new();
        let mut next = Some(code);
        while let Some(code) = next.filter(|_| line.len() <= self.classes.len()) {
            line.push(code.clone());
            next = self.class(code).and_then(|class| class.parent.as_ref());
        }
        self.attributes
            .iter()
            .filter(move |a| a.classes.is_empty() || a.classes.iter().any(|class| line.contains(class)))
    }

    pub fn class_for_digit(&self, digit: u8) -> Option<&Class> {
        self.classes.iter().find(|c| c.digit == Some(digit))
    }
}

/// What the classes so far have taken for themselves.
#[derive(Default)]
struct Seen<'a> {
    codes: HashSet<&'a ClassCode>,
    digits: HashMap<u8, &'a ClassCode>,
    keys: HashMap<&'a String, &'a ClassCode>,
    raster_values: HashMap<u8, &'a ClassCode>,
}

impl<'a> Seen<'a> {
    fn add(&mut self, class: &'a Class) -> Result<(), SchemaError> {
        let code = || class.code.to_string();
        if class.code.as_str().trim().is_empty() {
            return Err(SchemaError::EmptyCode);
        }
        if !self.codes.insert(&class.code) {
            return Err(SchemaError::DuplicateCode(code()));
        }
        for color in std::iter::once(&class.color).chain(&class.alternative_color) {
            if parse_color(color).is_none() {
                return Err(SchemaError::BadColor { code: code(), color: color.clone() });
            }
        }
        if let Some(digit) = class.digit {
            if digit > 9 {
                return Err(SchemaError::BadDigit { code: code(), digit });
            }
            if let Some(first) = self.digits.insert(digit, &class.code) {
                let first = first.to_string();
                return Err(SchemaError::DuplicateDigit { digit, first, second: code() });
            }
        }
        if let Some(key) = &class.key {
            if !(2..=3).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_digit()) {
                return Err(SchemaError::BadKey { code: code(), key: key.clone() });
            }
            if let Some(first) = self.keys.insert(key, &class.code) {
                let first = first.to_string();
                return Err(SchemaError::DuplicateKey { key: key.clone(), first, second: code() });
            }
        }
        if let Some(value) = class.raster_value {
            if value == 0 {
                return Err(SchemaError::BackgroundValue(code()));
            }
            if let Some(first) = self.raster_values.insert(value, &class.code) {
                let first = first.to_string();
                return Err(SchemaError::DuplicateRasterValue { value, first, second: code() });
            }
        }
        Ok(())
    }
}

/// A word as it is compared: without case, `-` and `_`.
fn plain(text: &str) -> String {
    text.trim().to_lowercase().replace(['-', '_'], " ")
}

pub(crate) fn parse_color(text: &str) -> Option<[u8; 3]> {
    let hex = text.strip_prefix('#').filter(|h| h.len() == 6 && h.is_ascii())?;
    let byte = |i: usize| u8::from_str_radix(&hex[i..i + 2], 16).ok();
    Some([byte(0)?, byte(2)?, byte(4)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "id = 'a'\nversion = 1\nname = 'A'\n[[class]]\ncode = 'no damage'\nname = 'No damage'\ncolor = '#00ff00'\ndigit = 2\n";

    #[test]
    fn classes_are_found_by_code_name_and_xview2_spelling() {
        let schema = Schema::from_toml(ONE).expect("valid");
        for text in ["no damage", "No Damage", "no-damage", " NO_DAMAGE "] {
            assert_eq!(schema.find(text).map(Class::rgb), Some([0, 255, 0]), "{text}");
        }
        assert!(schema.find("some damage").is_none());
    }

    #[test]
    fn a_schema_that_contradicts_itself_is_refused() {
        let class = |more: &str| format!("{ONE}[[class]]\ncode = 'b'\nname = 'B'\n{more}\n");
        let error = |text: &str| Schema::from_toml(text).expect_err("refused").to_string();
        assert!(error(&class("color = 'red'")).contains("#rrggbb"));
        assert!(error(&class("color = '#010203'\ndigit = 2")).contains("digit 2"));
        assert!(error(&class("color = '#010203'\nparent = 'x'")).contains("`x`"));
        assert!(error(&class("color = '#010203'\nparent = 'b'")).contains("leads back"));
        assert!(error(&class("color = '#010203'\ndigit = 12")).contains("0 to 9"));
        assert!(error(&class("color = '#010203'\nraster_value = 0")).contains("background"));
        let twins = class(
            "color = '#010203'\nraster_value = 7\n[[class]]\ncode = 'c'\nname = 'C'\ncolor = '#010203'\nraster_value = 7",
        );
        assert!(error(&twins).contains("raster value 7"));
        assert!(error("id = 'a'\nversion = 1\nname = 'A'\nclass = []").contains("no classes"));
    }

    #[test]
    fn every_class_that_is_offered_has_keys_as_long_as_there_is_room() {
        let class = |code: usize, more: &str| {
            format!("[[class]]\ncode = 'c{code}'\nname = 'C{code}'\ncolor = '#010203'\n{more}\n")
        };
        let keys = |classes: Vec<String>| {
            let text = format!("id = 'a'\nversion = 1\nname = 'A'\n{}", classes.concat());
            let schema = Schema::from_toml(&text).expect("sound");
            schema.keys().into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(keys((0..3).map(|i| class(i, "")).collect()), ["1", "2", "3"]);
        let many = keys((0..48).map(|i| class(i, "")).collect());
        assert_eq!((many.len(), many[0].as_str(), many[47].as_str()), (48, "01", "48"));
        let mixed =
            vec![class(0, "digit = 3"), class(1, "key = '31'"), class(2, ""), class(3, "retired = true")];
        assert_eq!(keys(mixed), ["3", "31", "01"]);
        assert_eq!(keys(vec![class(0, "digit = 0"), class(1, "")]), ["0"], "no room is left");
        let wrong = |more: &str| {
            let text =
                format!("id = 'a'\nversion = 1\nname = 'A'\n{}{}", class(0, "key = '31'"), class(1, more));
            Schema::from_toml(&text).expect_err(more).to_string()
        };
        assert!(wrong("key = '31'").contains("key 31"));
        assert!(wrong("key = '3'").contains("two or three digits") && wrong("key = 'ab'").contains("`ab`"));
    }

    #[test]
    fn the_schemas_that_come_with_the_program_are_sound_and_named_once() {
        let all = Schema::built_in();
        assert_eq!(all.len(), 4);
        let ids: HashSet<&String> = all.iter().map(|s| &s.id).collect();
        assert_eq!(ids.len(), 4);
        for schema in &all {
            assert!(!schema.source.is_empty(), "{} says where it is from", schema.id);
        }
    }

    #[test]
    fn the_joint_damage_scale_has_the_published_codes_priorities_and_keys() {
        let schema = Schema::joint_damage_scale();
        let rows: Vec<_> = schema
            .classes
            .iter()
            .map(|c| (c.code.as_str(), c.priority, c.rank, c.raster_value, c.digit))
            .collect();
        assert_eq!(
            rows,
            [
                ("no damage", 0, Some(0), Some(1), Some(1)),
                ("minor damage", 1, Some(1), Some(2), Some(2)),
                ("major damage", 2, Some(2), Some(3), Some(3)),
                ("destroyed", 3, Some(3), Some(4), Some(4)),
                ("un-classified", -2, None, Some(5), Some(0)),
                ("obscured", -1, None, Some(6), Some(5)),
            ]
        );
        let published = ["#00ff00", "#ffff00", "#ffa500", "#ff0000", "#800080", "#ffffff"];
        let own: Vec<_> = schema.classes.iter().filter_map(|c| c.alternative_color.as_deref()).collect();
        assert_eq!(own, published);
        let hatches: HashSet<Hatch> = schema.classes.iter().map(|c| c.hatch).collect();
        assert_eq!(hatches.len(), schema.classes.len(), "no class is told by colour alone");
    }
}
