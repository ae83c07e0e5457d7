//! Why a region came back from review, and the way back.

use editing::{Command, EditCommand, Keymap};
use egui::{Frame, Margin, RichText, Role, Sense, Ui, WidgetInfo, vec2};
use project::review::{Stage, Verdict, Vote};
use project::{Project, RegionId};

use super::classes::class_color;
use super::region::class_name;
use crate::commands::tooltip;
use crate::format::count;
use crate::outbox::{Ask, Outbox};
use crate::review::verb;
use crate::state::State;
use crate::widgets::{class_swatch, paint_icon, text_button};
use crate::{fonts, icons};

/// What was said against the selected region, where it is back with the member.
pub(super) fn show(ui: &mut Ui, state: &State, project: &Project, id: RegionId, out: &mut Outbox) {
    let Some(open) = state.project.as_ref().filter(|open| open.returned.contains(id)) else { return };
    let Some(returned) = project.returned_to(&state.author(), id) else { return };
    let theme = &state.theme;
    let shown = Frame::new()
        .fill(*theme.color.raised)
        .stroke(egui::Stroke::new(1.0, *theme.color.warning))
        .corner_radius(theme.radius())
        .inner_margin(Margin::symmetric(10, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
            ui.horizontal(|ui| {
                let (place, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
                paint_icon(ui, place, icons::UNDO, 14.0, *theme.color.warning);
                let title = match returned.by {
                    Stage::One => "Returned to you by its reviewer",
                    Stage::Two | Stage::Lead => "Returned to you by the committee",
                };
                ui.label(RichText::new(title).font(fonts::medium(theme.size.body)));
            });
            for vote in &returned.votes {
                said(ui, state, project, vote);
            }
            let class = project.label_of(id).map(|(_, label)| class_name(project, label.class.as_str()));
            let command = Command::Edit(EditCommand::SendBack);
            let reason = command.unavailable(&state.situation());
            let text = format!("Keep “{}” and send back", class.unwrap_or_default());
            let button = ui.add_enabled_ui(reason.is_none(), |ui| text_button(ui, &text)).inner;
            let about =
                reason.unwrap_or("It goes to review again as it is now, the outline as you have mended it");
            if button.on_hover_text(about).clicked() {
                out.command(command);
            }
            let text = "Or give it another class: that sends it back too.";
            let text = RichText::new(text).font(fonts::body(theme.size.small)).color(*theme.color.muted);
            ui.add(egui::Label::new(text).wrap());
        });
    ui.add_space(theme.space.s);
    if ui.is_rect_visible(shown.response.rect) && !open.returned.is_read(id) {
        out.push(Ask::Read(id));
    }
}

/// One vote: who, what, why.
fn said(ui: &mut Ui, state: &State, project: &Project, vote: &Vote) {
    let theme = &state.theme;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        ui.label(RichText::new(vote.member.name()).font(fonts::medium(theme.size.body)));
        ui.label(RichText::new(verb(vote.verdict)).color(*theme.color.muted));
        let class = vote.class.as_ref().filter(|_| matches!(vote.verdict, Verdict::Accept | Verdict::Edit));
        if let Some(code) = class {
            if let Some(class) = project.schema().and_then(|s| s.class(code)) {
                let (place, _) = ui.allocate_exact_size(vec2(16.0, 14.0), Sense::hover());
                class_swatch(ui.painter(), theme, place, class_color(state, class), class.hatch);
            }
            ui.label(class_name(project, code.as_str()));
        }
    });
    if !vote.note.is_empty() {
        ui.add(egui::Label::new(format!("“{}”", vote.note)).wrap());
    }
}

/// How many cases are back, as a switch that goes through these only; nothing where there is none.
pub(super) fn switch(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let Some(open) = state.project.as_ref().filter(|open| !open.returned.is_empty()) else { return };
    let theme = &state.theme;
    let command = Command::Edit(EditCommand::OnlyReturned);
    let text = format!("{} returned", spatial::format::count(open.returned.len() as u64));
    let ink = if open.returned.only { *theme.color.text } else { *theme.color.warning };
    let text = RichText::new(text).font(fonts::medium(theme.size.small + 1.0)).color(ink);
    let button = egui::Button::selectable(open.returned.only, text).min_size(vec2(0.0, 24.0));
    let response = ui.add(button);
    let name = format!("{} returned to you", count(open.returned.len(), "region", "regions"));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, open.returned.only, name.as_str()));
    if response.on_hover_text(format!("{name}. {}", tooltip(keymap, command))).clicked() {
        out.command(command);
    }
}

/// A mark in the corner of a picture whose region came back.
pub(super) fn mark(ui: &Ui, state: &State, picture: egui::Rect, id: RegionId) {
    let back = state.project.as_ref().is_some_and(|open| open.returned.contains(id));
    if back {
        let place = egui::Rect::from_min_size(picture.right_top() + vec2(-19.0, 3.0), vec2(16.0, 16.0));
        ui.painter().rect_filled(place, 3.0, *state.theme.color.map_casing);
        paint_icon(ui, place, icons::UNDO, 12.0, *state.theme.color.warning);
    }
}
