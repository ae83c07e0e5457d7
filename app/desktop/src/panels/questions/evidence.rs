//! What a question and its answer rest on, a card for each piece, and the context that is made of it.

use editing::{Command, QuestionCommand};
use egui::{Align, Frame, Layout, Margin, RichText, ScrollArea, TextEdit, Ui};
use project::question::Evidence;
use project::{Question, ResponseId};

use super::{heading, quiet};
use crate::asking::QuestionAsk;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, field, text_button};
use crate::{fonts, icons};

/// Characters of a body that a card shows.
const BODY: usize = 400;
/// Responses that are offered, the newest first.
const OFFERED: usize = 40;

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
            let name = region.source_id.clone().unwrap_or_else(|| id.to_string());
            (icons::POLYGON, name, class.map_or_else(|| "No class".to_owned(), |class| class.to_string()))
        }
        Evidence::Image(path) => (icons::IMAGE, "Image".to_owned(), path.clone()),
        Evidence::Reference(name) => (icons::INFO, "Reference".to_owned(), name.clone()),
        Evidence::Response(id) => match project.and_then(|project| project.response(*id)) {
            Some(response) => {
                let about = format!("{} ms, key {}", response.latency_ms, &response.key().to_string()[..8]);
                (icons::DOWNLOAD, format!("{} · {}", response.provider, response.tool), about)
            }
            None => (icons::WARNING, "Response".to_owned(), "It is not in the project.".to_owned()),
        },
    }
}

fn cards(ui: &mut Ui, state: &State, draft: &Question, out: &mut Outbox) {
    if draft.evidence.is_empty() {
        quiet(ui, state, "Nothing yet: add the view, selected regions or what a service answered.");
    }
    let writable = state.read_only().is_none();
    let mut after = draft.evidence.clone();
    for (place, evidence) in draft.evidence.iter().enumerate() {
        let theme = &state.theme;
        let frame = Frame::new().fill(*theme.color.raised).corner_radius(theme.radius());
        frame.inner_margin(Margin::symmetric(8, 4)).show(ui, |ui| {
            let (icon, title, about) = words(state, evidence);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                ui.label(RichText::new(icon).font(fonts::icon(14.0)).color(*theme.color.muted));
                let room = (ui.available_width() - 78.0).max(60.0);
                ui.add_sized([room, 20.0], egui::Label::new(&title).truncate().halign(Align::Min));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    if writable
                        && ui.add(IconButton::new(icons::CLOSE, "Take away").size(22.0).quiet()).clicked()
                    {
                        after.remove(place.min(after.len().saturating_sub(1)));
                    }
                    let up = IconButton::new(icons::CARET_UP, "Move up").size(22.0).quiet();
                    if writable && place > 0 && ui.add(up).clicked() {
                        after.swap(place, place - 1);
                    }
                    let on_map = matches!(evidence, Evidence::View(_) | Evidence::Region(_));
                    let show = IconButton::new(icons::FIT, "Show on the map").size(22.0).quiet();
                    if on_map && ui.add(show).clicked() {
                        out.push(Ask::Question(QuestionAsk::Show(place)));
                    }
                });
            });
            let small = fonts::body(theme.size.small);
            ui.add(egui::Label::new(RichText::new(about).font(small).color(*theme.color.muted)).truncate());
            if let Evidence::Response(id) = evidence {
                body(ui, state, *id);
            }
        });
    }
    if after != draft.evidence {
        out.push(Ask::Question(QuestionAsk::Edit(Box::new(Question { evidence: after, ..draft.clone() }))));
    }
}

/// The beginning of a body, as text and nothing else.
fn body(ui: &mut Ui, state: &State, id: ResponseId) {
    let unpacked = state.content().and_then(|project| project.response(id)?.body.unpack().ok());
    let Some(bytes) = unpacked else { return };
    let text: String =
        String::from_utf8_lossy(&bytes[..bytes.len().min(4 * BODY)]).chars().take(BODY).collect();
    egui::CollapsingHeader::new("What it answered").id_salt(id).show(ui, |ui| {
        ui.add(egui::Label::new(RichText::new(text).font(fonts::mono(state.theme.size.small))).wrap());
    });
}

fn add(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let situation = state.situation();
    ui.horizontal_wrapped(|ui| {
        for (command, text) in
            [(QuestionCommand::CiteView, "This view"), (QuestionCommand::CiteSelection, "Selection")]
        {
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
        let Some(project) = state.content().filter(|p| !p.responses().is_empty()) else { return };
        let response = text_button(ui, "Answer of a service");
        egui::Popup::menu(&response).show(|ui| {
            for (id, response) in project.responses().iter().rev().take(OFFERED) {
                if ui.button(format!("{} · {}", response.provider, response.tool)).clicked() {
                    out.push(Ask::Question(QuestionAsk::Cite(Evidence::Response(*id))));
                }
            }
        });
    });
}

fn context(ui: &mut Ui, state: &State, draft: &Question, out: &mut Outbox) {
    heading(ui, state, "Context: what whoever answers is given");
    let mut after = draft.clone();
    let width = ui.available_width() - 16.0;
    field(ui, &mut after.context.title, "Title", width);
    let edit = TextEdit::multiline(&mut after.context.text)
        .hint_text("Text that answers the question")
        .desired_rows(5)
        .desired_width(f32::INFINITY);
    let response = ui.add(edit);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Context"));
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
