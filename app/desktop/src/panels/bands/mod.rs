//! How a layer is shown: which bands, or what formula over them, how they are stretched, in which colours.

mod choice;
pub(crate) mod colours;
mod formula;
mod indices;
pub(crate) mod offers;
pub(crate) mod presets;
mod stretch;

use egui::{DragValue, Id, Key, Slider, Ui};
use expression::{Expression, Index};
use picture::{BandMix, Formula, LayerView};
use project::LayerId;
use renderer::Colormap;

pub(super) use self::colours::ramp;
use super::histogram;
use super::layers::caption;
use crate::outbox::{LayerAsk, Outbox};
use crate::state::State;
use crate::widgets::{field, section, text_button};

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some((id, layer, view)) = state.shown_layer().and_then(|(id, l)| Some((id, l, l.view()?))) else {
        let text = "The bands of the imagery are chosen here, and how they are stretched.";
        ui.label(egui::RichText::new(text).color(*state.theme.color.muted));
        return;
    };
    kind(ui, id, view, out);
    ui.add_space(2.0);
    match &view.rendering.mix {
        BandMix::Rgb(bands) => {
            presets::show(ui, state, id, view, out);
            three(ui, state, id, view, *bands, out);
        }
        BandMix::Single { band, colormap } => {
            ui.horizontal(|ui| {
                caption(ui, state, "Band", CAPTION);
                if let Some(band) = choice::show(ui, view, *band, "Band") {
                    out.layer(id, LayerAsk::Mix(BandMix::Single { band, colormap: *colormap }));
                }
            });
            colours::picker(ui, state, id, view, out);
        }
        BandMix::Formula { .. } => {
            formula::show(ui, state, id, view, out);
            colours::picker(ui, state, id, view, out);
        }
    }
    ui.add_space(4.0);
    histogram::show(ui, state, id, layer, out);
    stretch::show(ui, state, id, layer, out);
    gamma(ui, state, id, view, out);
    opacity(ui, state, id, view, out);
    section(
        ui,
        "More",
        false,
        |_| {},
        |ui| {
            colours::more(ui, state, id, layer, view, out);
            if text_button(ui, "Look as when opened").clicked() && !layer.is_at_first() {
                out.layer(id, LayerAsk::FirstLook);
            }
        },
    );
}

/// Width of the names at the left.
const CAPTION: f32 = 72.0;

/// Three bands, one band, or a formula.
fn kind(ui: &mut Ui, id: LayerId, view: &LayerView, out: &mut Outbox) {
    let image = view.source.image();
    let mix = &view.rendering.mix;
    let first = mix.bands().first().copied().unwrap_or(0);
    let colormap = mix.colormap();
    ui.horizontal(|ui| {
        // All three fit in the narrowest panel.
        ui.spacing_mut().button_padding.x = 4.0;
        ui.spacing_mut().item_spacing.x = 2.0;
        let is_rgb = matches!(mix, BandMix::Rgb(_));
        if image.bands.len() >= 3 && ui.selectable_label(is_rgb, "Three bands").clicked() && !is_rgb {
            out.layer(id, LayerAsk::Mix(BandMix::Rgb(default_rgb(image))));
        }
        let is_single = matches!(mix, BandMix::Single { .. });
        if ui.selectable_label(is_single, "One band").clicked() && !is_single {
            let colormap = colormap.unwrap_or_default();
            out.layer(id, LayerAsk::Mix(BandMix::Single { band: first, colormap }));
        }
        let is_formula = matches!(mix, BandMix::Formula { .. });
        if ui.selectable_label(is_formula, "Formula").clicked()
            && !is_formula
            && let Some(formula) = first_formula(ui, id, image)
        {
            let colormap = colormap.filter(|map| *map != Colormap::Grey).unwrap_or(Colormap::Viridis);
            out.layer(id, LayerAsk::Mix(BandMix::Formula { formula, colormap }));
        }
    });
}

/// The formula that was shown last; else the vegetation index where the image has the bands; else what can be said
/// of any image.
fn first_formula(ui: &Ui, id: LayerId, image: &raster::ImageDescription) -> Option<Formula> {
    let last = formula::kept(ui, id);
    let index = Index::of("NDVI").map(Index::spelled_out);
    let plain = if image.bands.len() > 1 { "b1 - b2" } else { "b1" };
    let texts = last.into_iter().chain(index).chain([plain.to_owned(), "b1".to_owned()]);
    let read = |text: String| Formula::new(Expression::parse(&text).ok()?, image).ok();
    texts.into_iter().find_map(read)
}

fn three(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, bands: [usize; 3], out: &mut Outbox) {
    for (slot, name) in ["Red", "Green", "Blue"].into_iter().enumerate() {
        ui.horizontal(|ui| {
            caption(ui, state, name, CAPTION);
            if let Some(band) = choice::show(ui, view, bands[slot], name) {
                let mut bands = bands;
                bands[slot] = band;
                out.layer(id, LayerAsk::Mix(BandMix::Rgb(bands)));
            }
        });
    }
}

fn default_rgb(image: &raster::ImageDescription) -> [usize; 3] {
    match image.default_bands()[..] {
        [r, g, b, ..] => [r, g, b],
        _ => [0, 1, 2],
    }
}

/// A field at the top of an open list: it has the keyboard at once. What is typed, and whether Enter was pressed.
fn search_field(ui: &mut Ui, id: Id, hint: &str, width: f32) -> (String, bool) {
    let (mut query, was_open): (String, bool) = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    let typed = field(ui, &mut query, hint, width);
    let entered = typed.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    if !was_open {
        typed.request_focus();
    }
    ui.data_mut(|d| d.insert_temp(id, (query.clone(), true)));
    (query, entered)
}

/// What was typed into a list that is closed.
fn forget_search(ui: &Ui, id: Id) {
    ui.data_mut(|d| d.remove::<(String, bool)>(id));
}

/// Gives a list its name for screen readers and tests; what it says is what is chosen.
fn call(ui: &Ui, list: &egui::Response, name: &str) {
    ui.ctx().accesskit_node_builder(list.id, |node| node.set_label(name));
}

/// With a capital, as words of a list are.
pub(super) fn title_case(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn gamma(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Gamma", CAPTION);
        let mut gamma = view.rendering.gamma;
        slider(ui, state, "Gamma", Slider::new(&mut gamma, 0.3..=3.0).logarithmic(true));
        let number = DragValue::new(&mut gamma).range(0.3..=3.0).speed(0.01).fixed_decimals(2);
        stretch::named(ui, number, "Gamma, as a number");
        if gamma != view.rendering.gamma {
            out.layer(id, LayerAsk::Gamma(gamma));
        }
    });
}

fn opacity(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Opacity", CAPTION);
        let mut percent = view.rendering.opacity * 100.0;
        slider(ui, state, "Opacity", Slider::new(&mut percent, 0.0..=100.0));
        let number = DragValue::new(&mut percent).range(0.0..=100.0).fixed_decimals(0).suffix("\u{a0}%");
        stretch::named(ui, number, "Opacity, as a number");
        if percent != view.rendering.opacity * 100.0 {
            out.layer(id, LayerAsk::Opacity(percent / 100.0));
        }
    });
}

/// A slider as wide as there is room for beside its number, with a name for screen readers.
fn slider(ui: &mut Ui, state: &State, name: &str, slider: Slider<'_>) {
    ui.scope(|ui| {
        let room = ui.available_width();
        let spacing = ui.spacing_mut();
        spacing.slider_width = (room - 62.0).max(40.0);
        spacing.slider_rail_height = 3.0;
        ui.visuals_mut().selection.bg_fill = *state.theme.color.accent;
        let handle = egui::style::HandleShape::Circle;
        let response = ui.add(slider.handle_shape(handle).show_value(false));
        call(ui, &response, name);
    });
}
