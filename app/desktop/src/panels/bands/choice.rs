//! One band of many, found by name, number or wavelength.

use egui::{PopupCloseBehavior, ScrollArea, Ui};
use picture::LayerView;
use raster::ImageDescription;

use super::{call, forget_search, search_field};
use crate::map::layer::band_name;
use crate::widgets::combo;

/// Lists of more bands than this can be searched.
const SEARCHED: usize = 6;

/// A list of the image's bands; the wheel over it goes from band to band.
pub(super) fn show(ui: &mut Ui, view: &LayerView, chosen: usize, name: &str) -> Option<usize> {
    let image = view.source.image();
    let mut picked = None;
    let width = ui.available_width();
    let query_id = ui.make_persistent_id(("band query", name));
    let list = combo(("band", name), band_name(image, chosen), width).height(340.0);
    let list = list.close_behavior(PopupCloseBehavior::CloseOnClickOutside).show_ui(ui, |ui| {
        let (query, first) = if image.bands.len() > SEARCHED {
            search_field(ui, query_id, "Name, number or 850 nm", width - 24.0)
        } else {
            (String::new(), false)
        };
        let found = search(image, &query);
        if first {
            picked = found.first().copied();
            ui.close();
        }
        if found.is_empty() {
            ui.label("No band is called that.");
        }
        let row = ui.spacing().interact_size.y;
        ScrollArea::vertical().max_height(300.0).show_rows(ui, row, found.len(), |ui, rows| {
            for band in &found[rows] {
                let bad = image.bands[*band].bad;
                let mut text = egui::RichText::new(band_name(image, *band));
                if bad {
                    text = text.weak();
                }
                let line = ui.selectable_label(*band == chosen, text);
                let line = if bad { line.on_hover_text("The file calls this band bad") } else { line };
                if line.clicked() {
                    picked = Some(*band);
                    ui.close();
                }
            }
        });
    });
    if list.inner.is_none() {
        forget_search(ui, query_id);
    }
    call(ui, &list.response, name);
    let response = list.response.on_hover_text("The wheel goes from band to band");
    picked.or_else(|| scrubbed(ui, &response, chosen, image.bands.len()))
}

/// The bands that somebody means, best first. A number is a band's number and part of names; with a unit (`850 nm`,
/// `0.85 µm`) or where it can be nothing else, a wavelength: the bands nearest to it.
fn search(image: &ImageDescription, query: &str) -> Vec<usize> {
    let wanted = query.trim().to_lowercase();
    let all = 0..image.bands.len();
    if wanted.is_empty() {
        return all.collect();
    }
    let (nm, has_unit) = wavelength(&wanted);
    let by_words =
        |band: &usize| band_name(image, *band).to_lowercase().replace('\u{a0}', " ").contains(&wanted);
    let mut found: Vec<usize> = if has_unit { Vec::new() } else { all.clone().filter(by_words).collect() };
    if let Ok(number) = wanted.parse::<usize>()
        && let Some(place) = found.iter().position(|band| band + 1 == number)
    {
        found[..=place].rotate_right(1);
    }
    if let Some(nm) = nm.filter(|nm| has_unit || *nm >= 200.0) {
        let far = |band: &usize| image.bands[*band].wavelength_nm.map(|own| (own - nm).abs());
        let mut near: Vec<(f64, usize)> =
            all.filter(|band| !found.contains(band)).filter_map(|band| Some((far(&band)?, band))).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.extend(near.into_iter().take(NEAREST).map(|(_, band)| band));
    }
    found
}

/// Bands that a wavelength finds.
const NEAREST: usize = 12;

/// The wavelength that a text is, in nm, and whether it says so itself.
fn wavelength(text: &str) -> (Option<f64>, bool) {
    let unit = |ending: &str, nm: f64| Some(text.strip_suffix(ending)?.trim().parse::<f64>().ok()? * nm);
    let named =
        unit("nm", 1.0).or_else(|| unit("µm", 1e3)).or_else(|| unit("μm", 1e3)).or_else(|| unit("um", 1e3));
    (named.or_else(|| text.parse().ok()), named.is_some())
}

/// The band that the wheel goes to.
fn scrubbed(ui: &Ui, response: &egui::Response, chosen: usize, count: usize) -> Option<usize> {
    if !response.hovered() {
        return None;
    }
    let notches = ui.input(|i| {
        let turned = |e: &egui::Event| match e {
            egui::Event::MouseWheel { delta, .. } => Some(delta.y),
            _ => None,
        };
        i.events.iter().filter_map(turned).sum::<f32>()
    });
    if notches == 0.0 {
        return None;
    }
    // The panel behind is not to scroll along.
    ui.input_mut(|i| i.smooth_scroll_delta = egui::Vec2::ZERO);
    let step = if notches > 0.0 { -1 } else { 1 };
    chosen.checked_add_signed(step).filter(|band| *band < count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wavelengths_are_read_in_their_units() {
        assert_eq!(wavelength("850 nm"), (Some(850.0), true));
        assert_eq!(wavelength("0.85µm"), (Some(850.0), true));
        assert_eq!(wavelength("850"), (Some(850.0), false));
        assert_eq!(wavelength("red"), (None, false));
    }
}
