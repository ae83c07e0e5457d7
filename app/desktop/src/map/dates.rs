//! When imagery was taken, as far as its file says.

use std::collections::BTreeMap;

use jiff::civil::Date;
use project::LayerId;

use super::layer::MapLayer;
use crate::state::State;

/// When a layer was taken, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The first of a year that is known alone.
    pub day: Date,
    /// A person said so, not the file.
    pub by_hand: bool,
}

/// When an open layer was taken: as somebody said, else as its file or name says.
pub fn of_layer(layer: &MapLayer, name: &str) -> Option<Dated> {
    if let Some(day) = layer.taken {
        return Some(Dated { day, by_hand: true });
    }
    let taken = raster::taken::of(layer.source()?.image(), name)?;
    Some(Dated { day: taken.day(), by_hand: false })
}

/// A day as it is typed: `2011-05-22`, or a year alone.
pub fn read(text: &str) -> Option<Date> {
    let text = text.trim();
    let year = || Date::new(text.parse().ok().filter(|year| (1800..2200).contains(year))?, 1, 1).ok();
    text.parse().ok().or_else(year)
}

/// A day as it is shown: `22 May 2011`.
pub fn text(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// What the slider shows, and what was visible before it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    pub day: Date,
    pub before: BTreeMap<LayerId, bool>,
}

/// The layers that say when they were taken.
pub fn of_layers(state: &State) -> Vec<(LayerId, Date)> {
    let layers = state.content().map(project::Project::layers_in_order).unwrap_or_default();
    let dated = layers
        .into_iter()
        .filter_map(|(id, layer)| Some((id, of_layer(state.layers.get(&id)?, &layer.name)?.day)));
    dated.collect()
}

/// The days of layers, each once, the earliest first.
pub fn days(dates: &[(LayerId, Date)]) -> Vec<Date> {
    let mut days: Vec<Date> = dates.iter().map(|(_, day)| *day).collect();
    days.sort_unstable();
    days.dedup();
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_typed_whole_or_as_a_year() {
        assert_eq!(read(" 2011-05-22 "), Some(Date::constant(2011, 5, 22)));
        assert_eq!(read("1985"), Some(Date::constant(1985, 1, 1)));
        for wrong in ["", "2011-13-01", "yesterday", "99999", "2011-02-30"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(text(Date::constant(2011, 5, 22)), "22 May 2011");
    }
}
