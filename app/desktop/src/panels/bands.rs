//! Which bands are shown and how they are stretched.

use egui::{ScrollArea, Slider, Ui};
use picture::{BandMix, LayerView};
use project::LayerId;
use renderer::Colormap;

use super::histogram;
use super::layers::caption;
use crate::map::layer::{Contrast, MapLayer, band_name};
use crate::outbox::{LayerAsk, Outbox};
use crate::state::State;
use crate::widgets::{combo, field};

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some((id, layer, view)) = state.shown_layer().and_then(|(id, l)| Some((id, l, l.view()?))) else {
        let text = "The bands of the imagery are chosen here, and how they are stretched.";
        ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
        return;
    };
    mix(ui, state, id, view, out);
    ui.add_space(4.0);
    histogram::show(ui, state, id, layer, out);
    ui.add_space(4.0);
    contrast(ui, state, id, layer, out);
    gamma(ui, state, id, view, out);
    opacity(ui, state, id, view, out);
}

const CAPTION: f32 = 72.0;

fn mix(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    let image = view.source.image();
    if image.bands.len() >= 3 {
        ui.horizontal(|ui| {
            let single = !matches!(view.rendering.mix, BandMix::Rgb(_));
            let first = view.rendering.bands().first().copied().unwrap_or(0);
            let rgb = match view.rendering.mix {
                BandMix::Rgb(bands) => bands,
                BandMix::Single { .. } | BandMix::Formula { .. } => default_rgb(image),
            };
            if ui.selectable_label(!single, "Three bands").clicked() && single {
                out.layer(id, LayerAsk::Mix(BandMix::Rgb(rgb)));
            }
            if ui.selectable_label(single, "One band").clicked() && !single {
                let one = BandMix::Single { band: first, colormap: Colormap::Viridis };
                out.layer(id, LayerAsk::Mix(one));
            }
        });
    }
    match view.rendering.mix {
        BandMix::Rgb(bands) => {
            for (slot, name) in ["Red", "Green", "Blue"].into_iter().enumerate() {
                ui.horizontal(|ui| {
                    caption(ui, state, name, CAPTION);
                    if let Some(band) = band_choice(ui, view, bands[slot], name) {
                        let mut bands = bands;
                        bands[slot] = band;
                        out.layer(id, LayerAsk::Mix(BandMix::Rgb(bands)));
                    }
                });
            }
        }
        BandMix::Single { band, colormap } => {
            ui.horizontal(|ui| {
                caption(ui, state, "Band", CAPTION);
                if let Some(band) = band_choice(ui, view, band, "Band") {
                    out.layer(id, LayerAsk::Mix(BandMix::Single { band, colormap }));
                }
            });
            ui.horizontal(|ui| {
                caption(ui, state, "Colour map", CAPTION);
                let width = ui.available_width();
                combo("colour map", title_case(colormap.name()), width).show_ui(ui, |ui| {
                    for map in Colormap::ALL {
                        if ui.selectable_label(map == colormap, title_case(map.name())).clicked() {
                            out.layer(id, LayerAsk::Mix(BandMix::Single { band, colormap: map }));
                        }
                    }
                });
            });
        }
        BandMix::Formula { ref formula, .. } => caption(ui, state, formula.text(), ui.available_width()),
    }
}

fn default_rgb(image: &raster::ImageDescription) -> [usize; 3] {
    match image.default_bands()[..] {
        [r, g, b, ..] => [r, g, b],
        _ => [0, 1, 2],
    }
}

fn title_case(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Lists of more bands than this can be searched.
const SEARCHED: usize = 12;

/// A list of the image's bands, searched by name or wavelength; the wheel over it goes from band to band.
fn band_choice(ui: &mut Ui, view: &LayerView, chosen: usize, name: &str) -> Option<usize> {
    let image = view.source.image();
    let mut picked = None;
    let width = ui.available_width();
    let query_id = ui.make_persistent_id(("band query", name));
    let list = combo(("band", name), band_name(image, chosen), width).height(340.0).show_ui(ui, |ui| {
        let mut query: String = ui.data(|d| d.get_temp(query_id)).unwrap_or_default();
        if image.bands.len() > SEARCHED {
            field(ui, &mut query, "Name or wavelength", width - 24.0);
            ui.data_mut(|d| d.insert_temp(query_id, query.clone()));
        }
        let names = (0..image.bands.len()).map(|band| (band, band_name(image, band)));
        let wanted = query.to_lowercase();
        let found: Vec<_> = names.filter(|(_, name)| name.to_lowercase().contains(&wanted)).collect();
        let row = ui.spacing().interact_size.y;
        ScrollArea::vertical().max_height(300.0).show_rows(ui, row, found.len(), |ui, rows| {
            for (band, name) in &found[rows] {
                if ui.selectable_label(*band == chosen, name).clicked() {
                    picked = Some(*band);
                    ui.close();
                }
            }
        });
    });
    let response = list.response.on_hover_text("The wheel goes from band to band");
    picked.or_else(|| scrubbed(ui, &response, chosen, image.bands.len()))
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

fn contrast(ui: &mut Ui, state: &State, id: LayerId, layer: &MapLayer, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Stretch", CAPTION);
        let width = ui.available_width();
        combo("stretch", layer.contrast.text(), width).show_ui(ui, |ui| {
            for offered in Contrast::OFFERED {
                if ui.selectable_label(offered == layer.contrast, offered.text()).clicked() {
                    out.layer(id, LayerAsk::Contrast(offered));
                }
            }
        });
    });
}

fn gamma(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Gamma", CAPTION);
        let mut gamma = view.rendering.gamma;
        slider(ui, state, Slider::new(&mut gamma, 0.3..=3.0).logarithmic(true).fixed_decimals(2));
        if gamma != view.rendering.gamma {
            out.layer(id, LayerAsk::Gamma(gamma));
        }
    });
}

fn opacity(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Opacity", CAPTION);
        let mut percent = view.rendering.opacity * 100.0;
        slider(ui, state, Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix("\u{a0}%"));
        if percent != view.rendering.opacity * 100.0 {
            out.layer(id, LayerAsk::Opacity(percent / 100.0));
        }
    });
}

/// A slider as wide as there is room, its number right.
fn slider(ui: &mut Ui, state: &State, slider: Slider<'_>) {
    ui.scope(|ui| {
        let room = ui.available_width();
        let spacing = ui.spacing_mut();
        spacing.slider_width = (room - 62.0).max(40.0);
        spacing.interact_size = egui::vec2(54.0, 20.0);
        spacing.slider_rail_height = 3.0;
        ui.visuals_mut().selection.bg_fill = *state.theme.color.accent;
        ui.add(slider.handle_shape(egui::style::HandleShape::Circle));
    });
}
