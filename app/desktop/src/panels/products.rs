//! Products of the shown layer: what is to be made, how far it is, and what was made.

use cubes::Kind;
use egui::{DragValue, Mesh, RichText, Sense, Ui, pos2, vec2};
use picture::{BandMix, LayerView};
use project::LayerId;
use renderer::Colormap;
use spectral::ComputedBy;

use super::layers::caption;
use crate::outbox::{Ask, Outbox};
use crate::products::{Draft, Made, ProductsAsk, words};
use crate::state::State;
use crate::widgets::{combo, primary_button, text_button, thin_progress};
use crate::{fonts, format};

const CAPTION: f32 = 84.0;
/// Bands of a product that are listed.
const BANDS: usize = 40;

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some((id, view)) = state.shown_layer().and_then(|(id, l)| Some((id, l.view()?))) else {
        note(ui, state, "Maps of what pixels are made of are computed here from imagery of many bands.");
        return;
    };
    if let Some(made) = state.products.made.get(&id) {
        result(ui, state, id, view, made, out);
        return;
    }
    form(ui, state, view, out);
    let others = state.products.made.len();
    if others > 0 {
        ui.add_space(6.0);
        let products = format::count(others, "product is a layer", "products are layers");
        note(
            ui,
            state,
            &format!("{products}; choose one in the list of layers to see its legend or save it."),
        );
    }
}

fn note(ui: &mut Ui, state: &State, text: &str) {
    let font = fonts::body(state.theme.size.small);
    ui.add(egui::Label::new(RichText::new(text).font(font).color(*state.theme.color.muted)).wrap());
}

fn form(ui: &mut Ui, state: &State, view: &LayerView, out: &mut Outbox) {
    let draft = state.products.draft;
    let mut ask = |draft: Draft| out.push(Ask::Products(ProductsAsk::Draft(draft)));
    let width = ui.available_width();
    combo("product", words(draft.kind).name, width).height(320.0).show_ui(ui, |ui| {
        for kind in Kind::ALL {
            let chosen = ui.selectable_label(kind == draft.kind, words(kind).name);
            if chosen.on_hover_text(words(kind).about).clicked() {
                ask(Draft { kind, ..draft });
            }
        }
    });
    note(ui, state, words(draft.kind).about);
    ui.add_space(2.0);
    parameters(ui, state, draft, &mut ask);
    let bands = view.source.image().bands.len();
    let given = state.spectra.shown.iter().filter(|s| s.visible).count();
    if draft.kind.compares() {
        let text = match given {
            0 => "Spectra to compare with: none yet. Pick pixels or open a library.".to_owned(),
            n => format!(
                "Compares with {} of the Spectra panel.",
                format::count(n, "shown spectrum", "shown spectra")
            ),
        };
        note(ui, state, &text);
    }
    ui.add_space(4.0);
    if let Some(job) = state.products.running {
        let status = state.jobs.iter().find(|j| j.id == job);
        ui.horizontal(|ui| {
            let room = ui.available_width() - 56.0;
            thin_progress(ui, room, status.and_then(jobs::JobStatus::share), "Product under way");
            if text_button(ui, "Stop").clicked() {
                out.push(Ask::StopJob(job));
            }
        });
        return;
    }
    let read_only = state.read_only();
    let reason = if bands < 2 {
        Some("This image has one band only; products need several.")
    } else if draft.kind.compares() && given == 0 {
        Some("Pick pixels on the map or open a spectral library first.")
    } else {
        read_only.as_deref()
    };
    let make = ui.add_enabled_ui(reason.is_none(), |ui| primary_button(ui, "Make product")).inner;
    let make = make.on_disabled_hover_text(reason.unwrap_or_default());
    if make.on_hover_text(format!("Of {}, as a layer of its own", view.source.image().name)).clicked() {
        out.push(Ask::Products(ProductsAsk::Make));
    }
}

fn parameters(ui: &mut Ui, state: &State, draft: Draft, ask: &mut impl FnMut(Draft)) {
    if draft.kind.has_components() {
        let mut components = draft.components;
        number(ui, state, "Components", &mut components, 1..=500);
        let mut back = draft.back;
        let tick = ui.checkbox(&mut back, "Back to bands");
        tick.on_hover_text("The bands again as these components tell them: the rest, often noise, is gone");
        let after = Draft { components, back, ..draft };
        if after != draft {
            ask(after);
        }
    }
    if draft.kind == Kind::Clusters {
        let mut clusters = draft.clusters;
        number(ui, state, "Groups", &mut clusters, 2..=64);
        if clusters != draft.clusters {
            ask(Draft { clusters, ..draft });
        }
    }
    if draft.kind == Kind::Unmix {
        let mut free_sum = draft.free_sum;
        let tick = ui.checkbox(&mut free_sum, "Shares need not sum to 1");
        if tick.on_hover_text("For light and shade that the spectra do not tell").changed() {
            ask(Draft { free_sum, ..draft });
        }
    }
    if draft.kind.has_background() {
        let mut shrinkage = draft.shrinkage;
        ui.horizontal(|ui| {
            caption(ui, state, "Shrinkage", CAPTION);
            let drag = DragValue::new(&mut shrinkage).speed(0.001).range(0.0..=1.0).max_decimals(4);
            ui.add(drag).on_hover_text("Above 0 where bands follow from others, such as 0.001");
        });
        if shrinkage != draft.shrinkage {
            ask(Draft { shrinkage, ..draft });
        }
    }
}

fn number(ui: &mut Ui, state: &State, name: &str, value: &mut usize, range: std::ops::RangeInclusive<usize>) {
    ui.horizontal(|ui| {
        caption(ui, state, name, CAPTION);
        let response = ui.add(DragValue::new(value).range(range));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    });
}

/// A product that was made: its bands, its legend, and where to save it.
fn result(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, made: &Made, out: &mut Outbox) {
    let words = words(made.kind);
    ui.label(RichText::new(words.name).font(fonts::semibold(state.theme.size.body)));
    note(ui, state, words.about);
    ui.add_space(4.0);
    if let Some(classes) = &view.rendering.classes {
        groups(ui, state, classes, made);
    } else {
        bands(ui, state, id, view, made, out);
        legend(ui, state, view, words.ends);
    }
    if let ComputedBy::Engine(adapter) = &made.facts.computed_by {
        note(ui, state, &format!("Computed by {adapter}."));
    }
    ui.add_space(6.0);
    if made.cached.is_some() {
        if primary_button(ui, "Save as GeoTIFF…").clicked() {
            out.push(Ask::Products(ProductsAsk::Save(id)));
        }
        note(ui, state, "Until then it lies in the cache and may be cleaned away.");
    } else {
        note(ui, state, "It is saved.");
    }
}

fn bands(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, made: &Made, out: &mut Outbox) {
    let shown = view.rendering.mix.bands();
    let whole: f64 = made.facts.eigenvalues.iter().sum();
    for (band, name) in made.facts.bands.iter().enumerate().take(BANDS) {
        let share = made.facts.eigenvalues.get(band).filter(|_| made.kind == Kind::Principal && whole > 0.0);
        let share = share.map(|v| format!("   {}", spatial::format::percent(v / whole))).unwrap_or_default();
        let is_shown = shown.contains(&band);
        let text = RichText::new(format!("{name}{share}"));
        let line = ui.add(egui::Button::selectable(is_shown, text).truncate());
        if line.on_hover_text("Show this one").clicked() {
            out.push(Ask::Products(ProductsAsk::Band(id, band)));
        }
    }
    if made.facts.bands.len() > BANDS {
        note(ui, state, &format!("and {} more in the list of bands", made.facts.bands.len() - BANDS));
    }
}

/// The colours from the least to the greatest number, and what these mean.
fn legend(ui: &mut Ui, state: &State, view: &LayerView, ends: [&str; 2]) {
    let BandMix::Single { colormap, .. } = view.rendering.mix else { return };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    gradient(ui, rect, colormap, view.rendering.reversed);
    let [low, high] = view.rendering.shown_stretch()[0].map(f64::from);
    let text = format!("Legend: {} to {}", format::short(low), format::short(high));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, text.as_str()));
    let font = fonts::body(state.theme.size.small);
    let label = |text: String| RichText::new(text).font(font.clone()).color(*state.theme.color.muted);
    ui.horizontal(|ui| {
        ui.label(label(format!("{} {}", format::short(low), ends[0])));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(label(format!("{} {}", ends[1], format::short(high))));
        });
    });
}

fn gradient(ui: &Ui, rect: egui::Rect, colormap: Colormap, reversed: bool) {
    const STEPS: usize = 48;
    let colors = colormap.colors();
    let mut mesh = Mesh::default();
    for i in 0..=STEPS {
        let share = i as f32 / STEPS as f32;
        let along = if reversed { 1.0 - share } else { share };
        let [r, g, b] = colors[(along * 255.0) as usize];
        let x = egui::lerp(rect.x_range(), share);
        let ink = egui::Color32::from_rgb(r, g, b);
        mesh.colored_vertex(pos2(x, rect.top()), ink);
        mesh.colored_vertex(pos2(x, rect.bottom()), ink);
        if i > 0 {
            let first = 2 * i as u32;
            mesh.add_triangle(first - 2, first - 1, first);
            mesh.add_triangle(first - 1, first, first + 1);
        }
    }
    ui.painter().add(mesh);
}

/// Groups in their colours, with how much of the image each has.
fn groups(ui: &mut Ui, state: &State, classes: &picture::Classes, made: &Made) {
    let all: u64 = made.facts.sizes.iter().sum();
    for (class, size) in classes.all().iter().zip(&made.facts.sizes) {
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            let [r, g, b] = class.color;
            ui.painter().rect_filled(rect, 2.0, egui::Color32::from_rgb(r, g, b));
            ui.label(class.name.as_str());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let share = spatial::format::percent(*size as f64 / all.max(1) as f64);
                let font = fonts::mono(state.theme.size.small);
                ui.label(RichText::new(share).font(font).color(*state.theme.color.muted));
            });
        });
    }
    if !made.facts.settled {
        note(ui, state, "The groups still moved when the passes were used up.");
    }
}
