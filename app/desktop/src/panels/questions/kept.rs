//! What was asked before: searched by words, only the rows that are seen are made, and pulled into the evidence.

use egui::{Align, Label, Layout, RichText, ScrollArea, Sense, Ui, UiBuilder, vec2};
use project::{Response, ResponseId};
use spatial::format as units;

use super::{Pulled, heading, quiet, reply};
use crate::fonts;
use crate::inquiry::InquiryAsk;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::field;

/// Height of a row, and of the list at most, in points.
const ROW: f32 = 36.0;
const HIGHEST: f32 = 8.0 * ROW;

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let inquiry = &state.inquiry;
    if inquiry.shelf.is_empty() {
        heading(ui, state, "Kept answers");
        quiet(ui, state, "None yet. What is asked once stays in the project, and is answered from there.");
        return;
    }
    let (found, all) = (inquiry.found.len() as u64, inquiry.shelf.len() as u64);
    let count = if found == all {
        units::count(all)
    } else {
        format!("{} of {}", units::count(found), units::count(all))
    };
    heading(ui, state, &format!("Kept answers: {count}"));
    let mut words = inquiry.words.clone();
    let width = ui.available_width();
    field(ui, &mut words, "Search kept answers", width);
    if words != inquiry.words {
        out.push(Ask::Inquiry(InquiryAsk::Words(words)));
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt("kept answers").max_height(HIGHEST).auto_shrink([false, true]);
    area.show_rows(ui, ROW, inquiry.found.len(), |ui, range| {
        for place in range {
            row(ui, state, inquiry.found[place], out);
        }
    });
}

/// What a kept answer is about, as its request says: short, and cheap enough for a row.
pub(super) fn about(response: &Response) -> String {
    match places::asked(response) {
        Ok(query) => places::Card::usual_title(&query),
        Err(_) if response.tool == places::PICTURE => "Picture of the map".to_owned(),
        Err(_) if response.tool == places::CHAT => format!("Reply of a model at {}", response.provider),
        Err(_) => response.tool.clone(),
    }
}

fn row(ui: &mut Ui, state: &State, id: ResponseId, out: &mut Outbox) {
    let Some(response) = state.content().and_then(|project| project.response(id)) else { return };
    let theme = &state.theme;
    let (rect, row) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click_and_drag());
    let chosen = state.inquiry.shown.as_ref().is_some_and(|shown| shown.response == id);
    if chosen || row.hovered() {
        ui.painter().rect_filled(rect, theme.radius(), *theme.color.raised);
    }
    let inner = rect.shrink2(vec2(4.0, 2.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Min)));
    child.spacing_mut().item_spacing.y = 0.0;
    let title = about(response);
    child.add(Label::new(&title).truncate().selectable(false));
    let small = RichText::new(reply::origin(response, None)).font(fonts::mono(theme.size.small));
    child.add(Label::new(small.color(*theme.color.muted)).truncate().selectable(false));
    ui.ctx().accesskit_node_builder(row.id, |node| node.set_label(title.as_str()));
    row.dnd_set_drag_payload(Pulled::Response(id));
    if row.on_hover_text("Click to look at it, or pull it into the evidence").clicked() {
        out.push(Ask::Inquiry(InquiryAsk::Open(id)));
    }
}
