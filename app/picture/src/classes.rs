//! Colours for numbers that name classes.

use std::str::FromStr;
use std::sync::Arc;

use renderer::Palette;
use serde::{Deserialize, Serialize};

/// One class: its number, colour and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassColor {
    pub value: i32,
    /// Display-referred sRGB.
    pub color: [u8; 3],
    /// For the legend; may be empty.
    #[serde(default)]
    pub name: String,
}

/// The classes of a layer whose numbers name them, for the legend and for drawing. Clones share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<ClassColor>", into = "Vec<ClassColor>")]
pub struct Classes {
    classes: Arc<[ClassColor]>,
    palette: Arc<Palette>,
}

/// Why classes are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassesError {
    #[error("`{0}` is not a class: write its number and its colour, as in 3=#1b9e77 or 3=#1b9e77=Forest")]
    Unreadable(String),
    #[error("There is no class")]
    Empty,
    #[error("The class {0} has two colours")]
    Twice(i32),
    #[error("The classes {0} and {1} lie too far apart: their numbers may span 65,536")]
    TooWide(i32, i32),
}

impl Classes {
    /// Of at least one class.
    pub fn new(mut classes: Vec<ClassColor>) -> Result<Self, ClassesError> {
        classes.sort_by_key(|class| class.value);
        if let Some(twice) = classes.windows(2).find(|pair| pair[0].value == pair[1].value) {
            return Err(ClassesError::Twice(twice[0].value));
        }
        let (Some(first), Some(last)) = (classes.first(), classes.last()) else {
            return Err(ClassesError::Empty);
        };
        let colors = classes.iter().map(|class| {
            let [r, g, b] = class.color;
            (class.value, [r, g, b, 255])
        });
        let palette = Palette::new(&colors.collect::<Vec<_>>());
        let palette = palette.ok_or(ClassesError::TooWide(first.value, last.value))?;
        Ok(Self { classes: classes.into(), palette: Arc::new(palette) })
    }

    /// By number.
    pub fn all(&self) -> &[ClassColor] {
        &self.classes
    }

    /// As the renderer takes them.
    pub fn palette(&self) -> &Arc<Palette> {
        &self.palette
    }
}

/// Classes as on the command line: `1=#ff0000,2=#00ff00=Grass`.
impl FromStr for Classes {
    type Err = ClassesError;

    fn from_str(text: &str) -> Result<Self, ClassesError> {
        let class = |text: &str| {
            let mut words = text.splitn(3, '=').map(str::trim);
            let value = words.next()?.parse().ok()?;
            let hex = words.next()?.strip_prefix('#').filter(|hex| hex.len() == 6)?;
            let rgb = u32::from_str_radix(hex, 16).ok()?;
            let color = [(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8];
            Some(ClassColor { value, color, name: words.next().unwrap_or_default().to_owned() })
        };
        let read = |text: &str| class(text).ok_or_else(|| ClassesError::Unreadable(text.to_owned()));
        let words = text.split(',').filter(|word| !word.trim().is_empty());
        Self::new(words.map(read).collect::<Result<_, _>>()?)
    }
}

impl TryFrom<Vec<ClassColor>> for Classes {
    type Error = ClassesError;

    fn try_from(classes: Vec<ClassColor>) -> Result<Self, ClassesError> {
        Self::new(classes)
    }
}

impl From<Classes> for Vec<ClassColor> {
    fn from(classes: Classes) -> Self {
        classes.classes.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_read_as_users_write_them() {
        let classes: Classes = "2=#00ff00=Grass,-1=#FF0000".parse().expect("two classes");
        let named: Vec<_> = classes.all().iter().map(|c| (c.value, c.color, c.name.as_str())).collect();
        assert_eq!(named, [(-1, [255, 0, 0], ""), (2, [0, 255, 0], "Grass")]);
        assert_eq!((classes.palette().first(), classes.palette().colors().len()), (-1, 4));
        let again: Classes =
            serde_json::from_value(serde_json::to_value(&classes).expect("JSON")).expect("classes");
        assert_eq!(again, classes);
    }

    #[test]
    fn what_is_no_class_is_refused() {
        let refused = |text: &str| text.parse::<Classes>().expect_err(text);
        assert_eq!(refused(" , "), ClassesError::Empty);
        for wrong in ["red", "1=red", "1=#ff00", "1.5=#ff0000", "1=#é0000", "99999999999=#ff0000"] {
            assert_eq!(refused(wrong), ClassesError::Unreadable(wrong.to_owned()));
        }
        assert_eq!(refused("1=#ff0000,1=#00ff00"), ClassesError::Twice(1));
        assert_eq!(refused("0=#ff0000,70000=#00ff00"), ClassesError::TooWide(0, 70_000));
        let hostile = format!("{}=#ff0000,{}=#ff0000", i32::MIN, i32::MAX);
        assert_eq!(refused(&hostile), ClassesError::TooWide(i32::MIN, i32::MAX));
    }
}
