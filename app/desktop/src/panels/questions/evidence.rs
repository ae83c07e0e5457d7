//! What a question and its answer rest on, a card for each piece, and the context that is made of it.

use editing::{Command, QuestionCommand};
use egui::{Align, CursorIcon, Frame, Layout, Margin, RichText, ScrollArea, Sense, TextEdit, Ui};
use project::question::Evidence;
use project::{Question, ResponseId};

use super::{Pulled, heading, kept, quiet, reply};
use crate::asking::QuestionAsk;
use crate::inquiry::InquiryAsk;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, field, text_button};
use crate::{fonts, icons};

/// Characters of a body that a card shows.
const BODY: usize = 400;

pub fn evidence(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let margin = Margin { left: 12, right: 12, top: 0, bottom: 8 };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let Some(draft) = &state.asking.draft else {
                quiet(ui, state, "Choose a question to see what it rests on.");
                return;
            };
            cards(ui, state, draft, out);
            add(ui, state, out);
            context(ui, state, draft, out);
        });
    });
}

/// What one piece is, in a title and a line.
fn words(state: &State, evidence: &Evidence) -> (&'static str, String, String) {
    let project = state.content();
    match evidence {
        Evidence::View(view) => {
            let [left, bottom, right, top] = view.bounds;
            let names = view.layers.iter().filter_map(|id| Some(project?.layers().get(id)?.name.as_str()));
            let names = names.collect::<Vec<_>>().join(", ");
            let size = format!("{:.0} × {:.0}", right - left, top - bottom);
            (icons::MAP, "View of the map".to_owned(), format!("{size}, {names}"))
        }
        Evidence::Region(id) => {
            let region = project.and_then(|project| project.region(*id));
            let Some(region) = region else {
                return (icons::WARNING, "Region".to_owned(), "It was deleted.".to_owned());
            };
            let class = project.and_then(|project| project.outcome(*id).class);
            let name =
                region.name().or(region.source_id.as_deref()).map_or_else(|| id.to_string(), str::to_owned);
            (icons::POLYGON, name, class.map_or_else(|| "No class".to_owned(), |class| class.to_string()))
        }
        Evidence::Image(path) => (icons::IMAGE, "Image".to_owned(), path.clone()),
        Evidence::Reference(name) => (icons::INFO, "Reference".to_owned(), name.clone()),
        Evidence::Response(id) => match project.and_then(|project| project.response(*id)) {
            Some(response) => {
                let icon = if response.tool == places::PICTURE { icons::IMAGE } else { icons::DOWNLOAD };
                (icon, kept::about(response), reply::origin(response, None))
            }
            None => (icons::WARNING, "Response".to_owned(), "It is not in the project.".to_owned()),
        },
    }
}

fn cards(ui: &mut Ui, state: &State, draft: &Question, out: &mut Outbox) {
    let area = ui.scope(|ui| {
        if draft.evidence.is_empty() {
            quiet(ui, state, "Nothing yet: add the view, selected regions or an answer of “Ask”.");
        }
        let mut after = draft.clone();
        for (place, evidence) in draft.evidence.iter().enumerate() {
            card(ui, state, (place, evidence), &mut after, out);
        }
        if after != *draft && state.read_only().is_none() {
            out.push(Ask::Question(QuestionAsk::Edit(Box::new(after))));
        }
    });
    // What is let go of over the cards, but over none of them, comes last.
    if let Some(Pulled::Response(id)) = area.response.dnd_release_payload::<Pulled>().as_deref() {
        out.push(Ask::Inquiry(InquiryAsk::Cite(*id)));
    }
}

fn card(
    ui: &mut Ui,
    state: &State,
    (place, evidence): (usize, &Evidence),
    after: &mut Question,
    out: &mut Outbox,
) {
    let theme = &state.theme;
    let writable = state.read_only().is_none();
    let frame = Frame::new().fill(*theme.color.raised).corner_radius(theme.radius());
    let shown = frame.inner_margin(Margin::symmetric(8, 4)).show(ui, |ui| {
        let (icon, title, about) = words(state, evidence);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let handle = RichText::new(icon).font(fonts::icon(14.0)).color(*theme.color.muted);
            let handle = ui.add(egui::Label::new(handle).sense(Sense::drag()).selectable(false));
            if writable {
                handle.dnd_set_drag_payload(Pulled::Card(place));
                handle.on_hover_text("Pull the card to another place").on_hover_cursor(CursorIcon::Grab);
            }
            let room = (ui.available_width() - 52.0).max(60.0);
            name(ui, after, evidence, &title, room);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                if writable && ui.add(IconButton::new(icons::CLOSE, "Take away").size(22.0).quiet()).clicked()
                {
                    after.evidence.remove(place.min(after.evidence.len().saturating_sub(1)));
                }
                show_on_map(ui, (place, evidence), out);
            });
        });
        let small = fonts::body(theme.size.small);
        ui.add(egui::Label::new(RichText::new(about).font(small).color(*theme.color.muted)).truncate());
        if let Evidence::Response(id) = evidence {
            body(ui, state, *id);
        }
    });
    match shown.response.dnd_release_payload::<Pulled>().as_deref() {
        Some(Pulled::Card(from)) if *from < after.evidence.len() && place < after.evidence.len() => {
            let moved = after.evidence.remove(*from);
            after.evidence.insert(place, moved);
        }
        Some(Pulled::Response(id)) if !after.evidence.contains(&Evidence::Response(*id)) => {
            after.evidence.insert(place.min(after.evidence.len()), Evidence::Response(*id));
        }
        _ => {}
    }
}

/// What a card is called; an answer may be given a name of its own, by which the context calls it.
fn name(ui: &mut Ui, after: &mut Question, evidence: &Evidence, title: &str, room: f32) {
    let Evidence::Response(id) = evidence else {
        let place = egui::vec2(room, 20.0);
        ui.allocate_ui_with_layout(place, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(room);
            ui.add(egui::Label::new(title).truncate());
        });
        return;
    };
    let mut own = after.context.titles.get(id).cloned().unwrap_or_default();
    let edit = TextEdit::singleline(&mut own).hint_text(title).desired_width(room).frame(Frame::NONE);
    let response = ui.add(edit).on_hover_text("Click to give it a name of your own");
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(format!("Name of “{title}”")));
    if response.changed() {
        if own.trim().is_empty() {
            after.context.titles.remove(id);
        } else {
            after.context.titles.insert(*id, own);
        }
    }
}

fn show_on_map(ui: &mut Ui, (place, evidence): (usize, &Evidence), out: &mut Outbox) {
    let ask = match evidence {
        Evidence::View(_) | Evidence::Region(_) => Ask::Question(QuestionAsk::Show(place)),
        Evidence::Response(id) => Ask::Inquiry(InquiryAsk::FindAll(*id)),
        _ => return,
    };
    if ui.add(IconButton::new(icons::FIT, "Show on the map").size(22.0).quiet()).clicked() {
        out.push(ask);
    }
}

/// The beginning of a body, as text and nothing else, unpacked while somebody looks at it.
fn body(ui: &mut Ui, state: &State, id: ResponseId) {
    let response = state.content().and_then(|project| project.response(id));
    let Some(response) = response.filter(|response| response.tool != places::PICTURE) else { return };
    egui::CollapsingHeader::new("What it answered").id_salt(id).show(ui, |ui| {
        let Ok(bytes) = response.body.unpack() else { return };
        let text: String =
            String::from_utf8_lossy(&bytes[..bytes.len().min(4 * BODY)]).chars().take(BODY).collect();
        ui.add(egui::Label::new(RichText::new(text).font(fonts::mono(state.theme.size.small))).wrap());
    });
}

fn add(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let situation = state.situation();
    ui.horizontal_wrapped(|ui| {
        for (command, text) in [
            (QuestionCommand::CiteView, "This view"),
            (QuestionCommand::CitePicture, "Picture"),
            (QuestionCommand::CiteSelection, "Selection"),
        ] {
            let command = Command::Question(command);
            let why = command.unavailable(&situation);
            let key = command.shortcuts().first().map(ToString::to_string).unwrap_or_default();
            ui.add_enabled_ui(why.is_none(), |ui| {
                let about = format!("{}  {key}", command.tooltip());
                let response = text_button(ui, text).on_hover_text(about);
                if response.on_disabled_hover_text(why.unwrap_or_default()).clicked() {
                    out.command(command);
                }
            });
        }
        if text_button(ui, "Ask…").on_hover_text("Ask services or the project  F10").clicked() {
            out.command(Command::Question(QuestionCommand::Ask));
        }
    });
}

fn context(ui: &mut Ui, state: &State, draft: &Question, out: &mut Outbox) {
    heading(ui, state, "Context: what whoever answers is given");
    let mut after = draft.clone();
    let width = ui.available_width();
    field(ui, &mut after.context.title, "Title", width);
    let edit = TextEdit::multiline(&mut after.context.text)
        .hint_text("Text that answers the question")
        .desired_rows(5)
        .desired_width(f32::INFINITY);
    let response = ui.add(edit);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Context"));
    ui.horizontal_wrapped(|ui| {
        let cited = draft.evidence.iter().any(|one| matches!(one, Evidence::Response(_)));
        ui.label("Cards as");
        ui.add_enabled_ui(cited && state.read_only().is_none(), |ui| {
            for layout in places::Layout::ALL {
                let about =
                    "The context says what the cards answer, in their order; it replaces what stands there";
                let write = text_button(ui, layout.text()).on_hover_text(about);
                if write.on_disabled_hover_text("Cite an answer first").clicked() {
                    out.push(Ask::Inquiry(InquiryAsk::Layout(layout)));
                    out.push(Ask::Inquiry(InquiryAsk::WriteContext));
                }
            }
        });
    });
    ui.horizontal(|ui| {
        if text_button(ui, "Describe the view")
            .on_hover_text("Every region in the view, a line for each")
            .clicked()
        {
            out.push(Ask::Question(QuestionAsk::Describe));
        }
    });
    if after != *draft && state.read_only().is_none() {
        out.push(Ask::Question(QuestionAsk::Edit(Box::new(after))));
    }
}
