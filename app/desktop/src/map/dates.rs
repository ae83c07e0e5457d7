//! When imagery was taken, as far as its file says.

use std::collections::BTreeMap;

use jiff::civil::Date;
use project::LayerId;
use raster::ImageDescription;

use crate::state::State;

/// The day on which an image was taken; the first of a year that is known alone.
pub fn of_image(image: &ImageDescription, name: &str) -> Option<Date> {
    raster::taken::of(image, name).map(raster::taken::Taken::day)
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
    let dated = layers.into_iter().filter_map(|(id, layer)| {
        let source = state.layers.get(&id)?.source()?;
        Some((id, of_image(source.image(), &layer.name)?))
    });
    dated.collect()
}

/// The days of layers, each once, the earliest first.
pub fn days(dates: &[(LayerId, Date)]) -> Vec<Date> {
    let mut days: Vec<Date> = dates.iter().map(|(_, day)| *day).collect();
    days.sort_unstable();
    days.dedup();
    days
}
