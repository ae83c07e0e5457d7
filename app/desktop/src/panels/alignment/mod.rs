//! Alignment: how footprints come onto the layer that is looked at, by which method, and how far they were off.

mod figures;
mod offer;
mod suggest;

use egui::{Align, Layout, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use project::alignment::MethodErrors;
use project::{Adjustment, Project};
use spatial::align::Method;
use spatial::format as units;

use crate::alignment::{self, AlignAsk};
use crate::map::arrows;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, text_button, value_row};
use crate::{fonts, icons};

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let shown = state.content().zip(state.alignment.layer);
    let Some((project, layer)) = shown else {
        quiet(ui, state, "Show an image: regions are brought onto it by arrows.");
        return;
    };
    let Some(described) = project.layers().get(&layer) else { return };
    ui.spacing_mut().item_spacing.y = 2.0;
    offer::show(ui, state, out);
    let count = project.adjustments_of(layer).count();
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            ui.set_width((ui.available_width() - 44.0).max(80.0));
            value_row(ui, "On", &described.name, false);
            value_row(ui, "Adjustments", &units::count(count as u64), true);
        });
        let (rect, response) = ui.allocate_exact_size(vec2(36.0, 40.0), Sense::hover());
        arrows::paint_wheel(ui.painter(), state, rect);
        response.on_hover_text("The colour of an arrow says where it points");
    });
    ways(ui, state, out);
    if count == 0 {
        ui.add_space(4.0);
        quiet(
            ui,
            state,
            "Press Shift+A and drag a footprint to where the image shows it. Those nearby follow.",
        );
    } else {
        methods(ui, state, described.alignment, out);
        figures::show(ui, state);
        chosen(ui, state, project, out);
    }
    if state.read_only().is_none() {
        suggest::show(ui, state, out);
    }
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if text_button(ui, "Import…").on_hover_text("A JSON list of arrows, as CRASAR keeps them").clicked()
        {
            out.push(Ask::Align(AlignAsk::Import));
        }
        if count > 0 && text_button(ui, "Export…").clicked() {
            out.push(Ask::Align(AlignAsk::Export));
        }
    });
}

fn quiet(ui: &mut Ui, state: &State, text: &str) {
    ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
}

/// As drawn, or where the layer shows them.
fn ways(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let as_drawn = state.alignment.as_drawn;
    ui.horizontal(|ui| {
        for (way, text) in [(false, "Aligned"), (true, "As drawn")] {
            let tooltip = "Shift+D goes from one to the other";
            if ui.selectable_label(as_drawn == way, text).on_hover_text(tooltip).clicked() && as_drawn != way
            {
                out.push(Ask::Align(AlignAsk::AsDrawn(way)));
            }
        }
    });
}

/// Every method with how far it misses arrows that it was not told of.
fn methods(ui: &mut Ui, state: &State, own: Method, out: &mut Outbox) {
    let theme = &state.theme;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let title =
            |text: &str| RichText::new(text).font(fonts::medium(theme.size.small)).color(*theme.color.muted);
        ui.label(title("Method"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let tooltip = "How far each arrow is missed, on the mean, by what the others say about its start";
            ui.label(title("Mean error")).on_hover_text(tooltip);
        });
    });
    let errors = state.alignment.figures.as_ref().map(|f| f.errors.as_slice()).unwrap_or_default();
    let worst = errors.iter().filter_map(|e| e.mean_px).fold(0.0, f64::max);
    for method in Method::ALL {
        let found = errors.iter().find(|e| e.method == method);
        row(ui, state, method, own == method, found, worst, out);
    }
    if let Some(why) = state.alignment.unusable() {
        let text = RichText::new(format!("Nothing is moved: {why}.")).color(*theme.color.warning);
        ui.add(egui::Label::new(text).wrap());
    }
}

fn row(
    ui: &mut Ui,
    state: &State,
    method: Method,
    own: bool,
    errors: Option<&MethodErrors>,
    worst: f64,
    out: &mut Outbox,
) {
    let theme = &state.theme;
    let c = &theme.color;
    let editable = state.read_only().is_none();
    let sense = if editable { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), sense);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, editable, own, method.text()));
    let ground = rect.expand2(vec2(6.0, 0.0));
    if own {
        ui.painter().rect_filled(ground, theme.radius(), *c.selection);
    } else if response.hovered() {
        ui.painter().rect_filled(ground, theme.radius(), *c.hover);
    }
    let mean = errors.and_then(|e| e.mean_px);
    if let Some(px) = mean.filter(|_| worst > 0.0) {
        let bar = egui::Rect::from_min_max(
            pos2(rect.left(), rect.bottom() - 3.0),
            pos2(rect.left() + rect.width() * (px / worst) as f32, rect.bottom() - 1.0),
        );
        ui.painter().rect_filled(bar, 1.0, if own { *c.accent } else { *c.outline });
    }
    let left = pos2(rect.left(), rect.center().y - 1.0);
    ui.painter().text(left, egui::Align2::LEFT_CENTER, method.text(), fonts::body(theme.size.body), *c.text);
    let said = match errors {
        None => "…".to_owned(),
        Some(MethodErrors { mean_px: Some(px), mean_m: Some(m), .. }) => {
            format!("{}\u{a0}px  {}\u{a0}cm", units::decimal(*px, 1), units::decimal(m * 100.0, 0))
        }
        Some(MethodErrors { mean_px: Some(px), .. }) => format!("{}\u{a0}px", units::decimal(*px, 1)),
        Some(_) => "–".to_owned(),
    };
    let right = pos2(rect.right(), rect.center().y - 1.0);
    let font = fonts::mono(theme.size.body - 1.0);
    ui.painter().text(right, egui::Align2::RIGHT_CENTER, said, font, *c.text);
    if response.on_hover_text(about(method, errors)).clicked() && !own {
        out.push(Ask::Align(AlignAsk::Method(method)));
    }
}

fn about(method: Method, errors: Option<&MethodErrors>) -> String {
    let text = method.about();
    let Some(errors) = errors else { return text.to_owned() };
    if let Some(why) = &errors.unusable {
        return format!("{text}\nIt cannot be used: {why}.");
    }
    let number = |v: Option<f64>| v.map_or("–".to_owned(), |v| units::decimal(v, 1));
    let (median, rms) = (number(errors.median_px), number(errors.rms_px));
    let (count, largest) = (errors.count, number(errors.largest_px));
    format!(
        "{text}\n{count} arrows left out one by one: median {median}, root mean square {rms}, largest {largest} px"
    )
}

/// The arrow that is chosen on the map.
fn chosen(ui: &mut Ui, state: &State, project: &Project, out: &mut Outbox) {
    let held = alignment::chosen(state).and_then(|id| Some((id, project.adjustments().get(&id)?)));
    let Some((id, adjustment)) = held else { return };
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let title = RichText::new("Chosen arrow").font(fonts::medium(state.theme.size.small));
        ui.label(title.color(*state.theme.color.muted));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button =
                IconButton::new(icons::DELETE, "Delete adjustment").quiet().tooltip("Delete it  Delete");
            if ui.add(button).clicked() {
                out.push(Ask::Align(AlignAsk::Delete(id)));
            }
        });
    });
    let Adjustment { source, author, .. } = &**adjustment;
    let shift = adjustment.arrow().shift();
    let (px, metres) =
        (shift.x.hypot(shift.y), state.alignment.current.as_ref().and_then(|a| a.metres_per_px()));
    value_row(ui, "Length", &figures::length(Some(px), metres.map(|m| m * px)), true);
    value_row(
        ui,
        "Right, down",
        &format!("{}, {}\u{a0}px", units::decimal(shift.x, 1), units::decimal(shift.y, 1)),
        true,
    );
    value_row(ui, "About", source.as_ref().map_or("all footprints", |s| &*s.0), false);
    value_row(ui, "By", author.name(), false);
}
