//! What the object on the card is like beside what people say of it: its measures, what models say of every class, and the
//! mean of its pixels in each layer.

use egui::{RichText, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use project::{Project, RegionId};
use spatial::format as units;

use super::verdict::class_name;
use crate::fonts;
use crate::format::short;
use crate::outbox::Outbox;
use crate::panels::{between, region};
use crate::review::LayerMean;
use crate::state::State;
use crate::widgets::{section, thin_progress};

/// Classes of one model that are listed.
const CLASSES: usize = 6;
/// Height of the line of one layer, in points.
const LINE: f32 = 44.0;
/// Bands that a tooltip names one by one.
const NAMED: usize = 16;

pub(super) fn show(ui: &mut Ui, state: &State, project: &Project, case: RegionId, out: &mut Outbox) {
    let Some(one) = project.region(case) else { return };
    section(
        ui,
        "Measures",
        true,
        |_| {},
        |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            region::measures(ui, state, project, one, out);
        },
    );
    between(ui);
    if project.labels_of(case).any(|(_, label)| !label.shares().is_empty()) {
        section(ui, "What models say", true, |_| {}, |ui| models(ui, state, project, case));
        between(ui);
    }
    section(ui, "Spectrum", true, |_| {}, |ui| spectrum(ui, state, case));
    between(ui);
}

/// Every class that a model gives a probability, the likeliest first.
fn models(ui: &mut Ui, state: &State, project: &Project, case: RegionId) {
    for (_, label) in project.labels_of(case) {
        let shares = label.shares();
        if shares.is_empty() {
            continue;
        }
        let text = RichText::new(label.author.name()).font(fonts::body(state.theme.size.small));
        ui.label(text.color(*state.theme.color.muted));
        for (code, share) in shares.iter().take(CLASSES) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                let number = RichText::new(units::percent(*share)).font(fonts::mono(state.theme.size.small));
                ui.add_sized(vec2(40.0, 16.0), egui::Label::new(number));
                let class = project.schema().and_then(|schema| schema.class(code));
                class_name(ui, state, class, code.as_str());
            });
            thin_progress(ui, ui.available_width(), Some(*share), code.as_str());
        }
    }
}

/// The mean of the object's pixels over the bands of each layer that shows it.
fn spectrum(ui: &mut Ui, state: &State, case: RegionId) {
    let quiet = |ui: &mut Ui, text: &str| {
        ui.label(RichText::new(text).color(*state.theme.color.muted));
    };
    match state.review.means.as_ref().filter(|means| means.case == case) {
        None => quiet(ui, "Being read…"),
        Some(means) if means.layers.is_empty() => quiet(ui, "No layer shows it."),
        Some(means) => {
            for layer in &means.layers {
                line(ui, state, layer);
            }
        }
    }
}

fn line(ui: &mut Ui, state: &State, layer: &LayerMean) {
    let c = &state.theme.color;
    let small = fonts::body(state.theme.size.small);
    let known = || layer.values.iter().copied().filter(|v| v.is_finite());
    let (low, high) = known().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let range = if low <= high { format!("{} – {}", short(low), short(high)) } else { String::new() };
    ui.horizontal(|ui| {
        ui.add(egui::Label::new(RichText::new(&layer.name).font(small.clone())).truncate());
        ui.label(RichText::new(range).font(fonts::mono(state.theme.size.small)).color(*c.muted));
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let said = words(layer);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, said.as_str()));
    ui.painter().rect_filled(rect, state.theme.radius(), *c.raised);
    let inner = rect.shrink2(vec2(8.0, 6.0));
    let at = |band: usize| layer.nm.as_ref().and_then(|nm| nm.get(band)).copied().unwrap_or(band as f64);
    let (first, last) = (at(0), at(layer.values.len().saturating_sub(1)));
    let share =
        |v: f64, low: f64, high: f64| if high > low { ((v - low) / (high - low)) as f32 } else { 0.5 };
    let place = |(band, value): (usize, &f64)| {
        value.is_finite().then(|| {
            let x = inner.left() + share(at(band), first, last) * inner.width();
            pos2(x, inner.bottom() - share(*value, low, high) * inner.height())
        })
    };
    let places: Vec<Option<egui::Pos2>> = layer.values.iter().enumerate().map(place).collect();
    for run in places.split(Option::is_none) {
        let points: Vec<egui::Pos2> = run.iter().flatten().copied().collect();
        if points.len() < 24 {
            for point in &points {
                ui.painter().circle_filled(*point, 2.0, *c.accent);
            }
        }
        ui.painter().add(Shape::line(points, Stroke::new(1.5, *c.accent)));
    }
    response.on_hover_text(said);
}

/// `after · post, mean of 1 204 pixels: Red 71.2, Green 68.0, Blue 60.9`.
fn words(layer: &LayerMean) -> String {
    let named = layer.bands.iter().zip(&layer.values).take(NAMED);
    let values: Vec<String> = named.map(|(band, value)| format!("{band} {}", short(*value))).collect();
    let more = if layer.values.len() > NAMED { "…" } else { "" };
    let pixels = crate::format::count(layer.pixels, "pixel", "pixels");
    format!("{}, mean of {pixels}: {}{more}", layer.name, values.join(", "))
}
