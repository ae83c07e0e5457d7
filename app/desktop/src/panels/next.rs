//! How far the labelling is, and what comes next.

use editing::{Command, EditCommand, Keymap};
use egui::{
    Align, Align2, Frame, Layout, Margin, Panel, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use project::{Project, RegionId};
use spatial::format;

use super::classes::class_color;
use crate::commands::{shortcut_text, tooltip};
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{class_swatch, key_hint, thin_progress};

/// Regions shown ahead.
const AHEAD: usize = 24;
const CARD: f32 = 108.0;

pub fn show(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let Some(open) = &state.project else { return };
    if open.counts.regions == 0 {
        return;
    }
    let theme = &state.theme;
    let frame =
        Frame::new().fill(*theme.color.panel).inner_margin(Margin { left: 12, right: 12, top: 4, bottom: 6 });
    Panel::bottom("next").exact_size(theme.shape.next_panel).resizable(false).frame(frame).show(ui, |ui| {
        ui.horizontal(|ui| progress(ui, state, keymap, out));
        ui.add_space(2.0);
        strip(ui, state, out);
    });
}

fn progress(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let Some(open) = &state.project else { return };
    let counts = &open.counts;
    let share = counts.labelled as f64 / counts.regions.max(1) as f64;
    let text = format!(
        "{} of {} labelled",
        format::count(counts.labelled as u64),
        format::count(counts.regions as u64)
    );
    ui.label(RichText::new(text).font(fonts::medium(state.theme.size.body)));
    thin_progress(ui, 160.0, Some(share), "Labelled");
    ui.label(RichText::new(format::percent(share)).color(*state.theme.color.muted));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let next = Command::Edit(EditCommand::NextUnlabelled);
        if counts.labelled < counts.regions {
            key_hint(ui, &shortcut_text(keymap, next));
            if ui.button("Next unlabelled").on_hover_text(tooltip(keymap, next)).clicked() {
                out.command(next);
            }
        } else {
            ui.label(RichText::new("Every region is labelled").color(*state.theme.color.success));
        }
    });
}

/// The regions from the selected one on, in the order of reading.
fn strip(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(open) = &state.project else { return };
    let project = open.session.project();
    let order = open.order.regions();
    let here = state.selection.primary().and_then(|id| open.order.position(id)).unwrap_or(0);
    let first = here.saturating_sub(1);
    ScrollArea::horizontal().auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            for (i, id) in order.iter().enumerate().skip(first).take(AHEAD) {
                card(ui, state, project, i, *id, out);
            }
        });
    });
}

fn card(ui: &mut Ui, state: &State, project: &Project, place: usize, id: RegionId, out: &mut Outbox) {
    let theme = &state.theme;
    let c = &theme.color;
    let (rect, response) = ui.allocate_exact_size(vec2(CARD, 46.0), Sense::click());
    let label = project.label_of(id);
    let spoken = label.or_else(|| project.prediction_of(id)).map(|(_, l)| &l.class);
    let class = spoken.and_then(|code| project.schema()?.class(code));
    let words = class.map_or_else(|| "not labelled".to_owned(), |c| c.name.clone());
    let name = format!("Region {}: {words}", place + 1);
    let selected = state.selection.contains(id);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, name.as_str()));
    let ground = if selected {
        *c.selection
    } else if response.hovered() {
        *c.hover
    } else {
        *c.raised
    };
    let edge = if selected { egui::Stroke::new(1.0, *c.accent) } else { theme.hairline() };
    ui.painter().rect(rect, theme.radius(), ground, edge, egui::StrokeKind::Inside);
    let inner = rect.shrink2(vec2(8.0, 6.0));
    let number = format::count(place as u64 + 1);
    ui.painter().text(inner.left_top(), Align2::LEFT_TOP, number, fonts::mono(theme.size.small), *c.muted);
    if label.is_none() && class.is_some() {
        let font = fonts::body(theme.size.small);
        ui.painter().text(inner.right_top(), Align2::RIGHT_TOP, "proposed", font, *c.warning);
    }
    let line = inner.bottom() - 7.0;
    let mut left = inner.left();
    if let Some(class) = class {
        let swatch = Rect::from_center_size(pos2(left + 7.0, line), vec2(14.0, 12.0));
        class_swatch(ui.painter(), theme, swatch, class_color(state, class), class.hatch);
        left += 20.0;
    }
    let ink = if class.is_some() { *c.text } else { *c.muted };
    let mut job = egui::text::LayoutJob::simple_singleline(words, fonts::body(theme.size.small), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(inner.right() - left);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(left, line - galley.size().y / 2.0), galley, ink);
    if response.on_hover_text(name).clicked() {
        out.push(Ask::Visit(id));
    }
}
