//! A versioned set of classes, read from TOML: Joint Damage Scale and its like are data, never code.

use serde::{Deserialize, Serialize};

use crate::ClassCode;

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
    #[error("the digit {digit} is given to two classes (`{first}` and `{second}`)")]
    DuplicateDigit { digit: u8, first: String, second: String },
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

/// A versioned set of classes with a tree of parents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Schema {
    /// Reads and checks a schema file's text.
    pub fn from_toml(text: &str) -> Result<Self, SchemaError> {
        let schema: Self = toml::from_str(text).map_err(|e| SchemaError::Syntax(e.message().to_owned()))?;
        schema.checked()
    }

    fn checked(self) -> Result<Self, SchemaError> {
        if self.classes.is_empty() {
            return Err(SchemaError::NoClasses);
        }
        for (i, class) in self.classes.iter().enumerate() {
            let code = || class.code.to_string();
            if self.classes[..i].iter().any(|c| c.code == class.code) {
                return Err(SchemaError::DuplicateCode(code()));
            }
            for color in std::iter::once(&class.color).chain(&class.alternative_color) {
                if parse_color(color).is_none() {
                    return Err(SchemaError::BadColor { code: code(), color: color.clone() });
                }
            }
            let twin = |c: &&Class| class.digit.is_some() && c.digit == class.digit;
            if let (Some(digit), Some(first)) = (class.digit, self.classes[..i].iter().find(twin)) {
                return Err(SchemaError::DuplicateDigit {
                    digit,
                    first: first.code.to_string(),
                    second: code(),
                });
            }
            if let Some(parent) = self.broken_parent(class) {
                return Err(SchemaError::BadParent { code: code(), parent });
            }
        }
        Ok(self)
    }

    fn broken_parent(&self, class: &Class) -> Option<String> {
        let first = class.parent.as_ref()?;
        let mut next = Some(first);
        for _ in 0..=self.classes.len() {
            let Some(code) = next else { return None };
            let Some(parent) = self.class(code) else { return Some(first.to_string()) };
            next = parent.parent.as_ref();
        }
        Some(first.to_string())
    }

    pub fn class(&self, code: &ClassCode) -> Option<&Class> {
        self.classes.iter().find(|c| &c.code == code)
    }

    /// Finds a class by code or name, ignoring case and taking `-` and `_` for spaces.
    pub fn find(&self, text: &str) -> Option<&Class> {
        let plain = |s: &str| s.trim().to_lowercase().replace(['-', '_'], " ");
        let wanted = plain(text);
        self.classes.iter().find(|c| plain(c.code.as_str()) == wanted || plain(&c.name) == wanted)
    }

    pub fn class_for_digit(&self, digit: u8) -> Option<&Class> {
        self.classes.iter().find(|c| c.digit == Some(digit))
    }
}

fn parse_color(text: &str) -> Option<[u8; 3]> {
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
            assert_eq!(schema.find(text).map(|c| c.rgb()), Some([0, 255, 0]), "{text}");
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
        assert!(error("id = 'a'\nversion = 1\nname = 'A'\nclass = []").contains("no classes"));
    }
}
