//! Adjustments as CRASAR-U-DROIDs keeps them: a JSON array of `[[x0, y0], [x1, y1]]` in pixels of one image,
//! from where a footprint is drawn to where the image shows it.
//!
//! Files made by one of that project's own converters hold rows before columns; which it is, is seen from the
//! image's size and from the footprints, and can be said.

mod plan;
mod read;
mod suggest;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::str::FromStr;

use serde::Serialize;
use spatial::align::Arrow;

pub use plan::{AdjustmentOptions, AdjustmentPlan, OrderGuess, guess_order, plan_adjustments};
pub use read::{AdjustmentFile, is_adjustments, parse_adjustments, read_adjustments};
pub use suggest::{Suggestion, suggest_adjustments};

/// Which number of a pair comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// x (column), then y (row), as the format says.
    #[default]
    ColumnRow,
    /// Row, then column.
    RowColumn,
}

impl Order {
    pub const ALL: [Self; 2] = [Self::ColumnRow, Self::RowColumn];

    /// The name on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::ColumnRow => "column-row",
            Self::RowColumn => "row-column",
        }
    }

    /// The arrow with columns first.
    #[must_use]
    pub fn read(self, arrow: Arrow) -> Arrow {
        match self {
            Self::ColumnRow => arrow,
            Self::RowColumn => Arrow::new((arrow.start.y, arrow.start.x), (arrow.end.y, arrow.end.x)),
        }
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|o| o.key() == text);
        found.ok_or_else(|| format!("`{text}` is no order of numbers; there are column-row and row-column"))
    }
}

/// The file that holds these arrows, one a line. Every number is the shortest that reads back as itself.
pub fn adjustments_json(arrows: &[Arrow]) -> String {
    let mut text = String::from("[");
    for (i, arrow) in arrows.iter().enumerate() {
        let numbers = [arrow.start.x, arrow.start.y, arrow.end.x, arrow.end.y].map(number);
        let [x0, y0, x1, y1] = &numbers;
        let comma = if i > 0 { "," } else { "" };
        // Writing into a string cannot fail.
        let _ = write!(text, "{comma}\n[[{x0},{y0}],[{x1},{y1}]]");
    }
    text.push_str(if arrows.is_empty() { "]\n" } else { "\n]\n" });
    text
}

/// Whole numbers without a point, as the project's own files write them.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        format!("{value:.0}")
    } else {
        serde_json::json!(value).to_string()
    }
}
