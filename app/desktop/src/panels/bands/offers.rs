//! What the palette offers for the layer that is looked at: composites, colour maps, indices, by name.

use expression::Index;
use picture::{BandMix, LayerView};
use project::LayerId;
use renderer::Colormap;

use super::colours::in_colours;
use super::{formula, indices, presets, title_case};
use crate::outbox::LayerAsk;
use crate::state::State;

/// Lines that one kind of look takes up in the palette.
const MOST: usize = 8;

/// A look by name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offer {
    pub(crate) text: String,
    /// `Composite`, `Colours` or `Index`.
    pub(crate) group: &'static str,
    /// Why it cannot be had.
    pub(crate) why_not: Option<String>,
    pub(crate) layer: LayerId,
    pub(crate) ask: Option<LayerAsk>,
}

/// The looks whose name holds every word; nothing for no words.
pub(crate) fn offers(state: &State, query: &str) -> Vec<Offer> {
    let query = query.trim().to_lowercase();
    let Some((id, view)) = state.shown_layer().and_then(|(id, l)| Some((id, l.view()?))) else {
        return Vec::new();
    };
    if query.len() < 2 {
        return Vec::new();
    }
    let words: Vec<&str> = query.split_whitespace().collect();
    let fits = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let mut found = composites(id, view, &fits);
    found.extend(colour_maps(id, view, &fits));
    found.extend(published(id, view, &query));
    found
}

fn composites(id: LayerId, view: &LayerView, fits: &dyn Fn(&str) -> bool) -> Vec<Offer> {
    let offer = |(preset, found): (&spectral::BandPreset, Result<[usize; 3], String>)| {
        let (ask, why_not) = match found {
            Ok(bands) => (Some(LayerAsk::Mix(BandMix::Rgb(bands))), None),
            Err(why) => (None, Some(why)),
        };
        Offer { text: preset.name.clone(), group: "Composite", why_not, layer: id, ask }
    };
    let all = presets::offered(view.source.image()).into_iter();
    all.filter(|(preset, _)| fits(&format!("composite {} {}", preset.name, preset.shows)))
        .map(offer)
        .collect()
}

fn colour_maps(id: LayerId, view: &LayerView, fits: &dyn Fn(&str) -> bool) -> Vec<Offer> {
    let offer = |map: &Colormap| {
        let ask = LayerAsk::Mix(in_colours(&view.rendering.mix, *map)?);
        let text = title_case(map.name());
        Some(Offer { text, group: "Colours", why_not: None, layer: id, ask: Some(ask) })
    };
    let named = Colormap::ALL.iter();
    named.filter(|map| fits(&format!("colour map {}", map.name()))).filter_map(offer).take(MOST).collect()
}

fn published(id: LayerId, view: &LayerView, query: &str) -> Vec<Offer> {
    let image = view.source.image();
    let colormap = view.rendering.mix.colormap().filter(|map| *map != Colormap::Grey);
    let colormap = colormap.unwrap_or(Colormap::Viridis);
    let offer = |(index, text): &(&Index, String)| {
        let formula = formula::read(text, image);
        let why_not = formula.as_ref().err().map(ToString::to_string);
        let ask = formula.ok().map(|formula| LayerAsk::Mix(BandMix::Formula { formula, colormap }));
        let text = format!("{}: {}", index.name, index.title);
        Offer { text, group: "Index", why_not, layer: id, ask }
    };
    let query = query.strip_prefix("index ").unwrap_or(query);
    indices::search(query).into_iter().take(MOST).map(offer).collect()
}
