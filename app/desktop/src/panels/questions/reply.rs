//! The answer that is looked at: where it comes from, its places and ways, and what is different from before.

use egui::{Align, Label, Layout, RichText, Sense, Ui};
use places::plugin_api::{Answer, Place, Route, Tool};
use project::{Response, ResponseId};

use super::{heading, quiet};
use crate::inquiry::{InquiryAsk, Reading, Shown, Spot};
use crate::map::pins;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, text_button};
use crate::{fonts, icons};

/// Places or ways that are listed; all are on the map and in the answer.
const LISTED: usize = 50;

/// Who answered, how fast, whether anybody was asked, and the beginning of the key.
pub(super) fn origin(response: &Response, is_kept: Option<bool>) -> String {
    let key = response.key().to_string();
    let cache = match is_kept {
        Some(true) => " · HIT",
        Some(false) => " · MISS",
        None => "",
    };
    format!("{} · {} ms{cache} · {}", response.provider, response.latency_ms, &key[..8])
}

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(shown) = &state.inquiry.shown else { return };
    let Some(response) = state.content().and_then(|project| project.response(shown.response)) else { return };
    heading(ui, state, "Answer");
    head(ui, state, shown, response, out);
    changes(ui, state, shown);
    match state.inquiry.read.get(&shown.response) {
        None => quiet(ui, state, "Reading…"),
        Some(Err(why)) => quiet(ui, state, &crate::format::sentence(why)),
        Some(Ok(reading)) => rows(ui, state, shown.response, reading, out),
    }
    if !response.terms.is_empty() {
        quiet(ui, state, &response.terms);
    }
}

fn head(ui: &mut Ui, state: &State, shown: &Shown, response: &Response, out: &mut Outbox) {
    let hits = state.project.as_ref().map_or(0, |open| open.session.hits(shown.response));
    let text = RichText::new(origin(response, Some(shown.is_kept))).font(fonts::mono(state.theme.size.small));
    let asked = crate::format::count(hits as usize, "time", "times");
    ui.add(Label::new(text).truncate()).on_hover_text(format!("Answered from the project {asked} so far"));
    let writable = state.read_only().is_none();
    ui.horizontal(|ui| {
        ui.add_enabled_ui(writable, |ui| {
            let cite = text_button(ui, "Cite");
            if cite.on_hover_text("The question in the editor rests on this answer").clicked() {
                out.push(Ask::Inquiry(InquiryAsk::Cite(shown.response)));
            }
            let again = text_button(ui, "Fetch again");
            let about = "Ask once more: both answers are kept, and what is different is said";
            if again.on_hover_text(about).clicked() {
                out.push(Ask::Inquiry(InquiryAsk::Send { again: true }));
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            if ui.add(IconButton::new(icons::CLOSE, "Put the answer away").size(22.0).quiet()).clicked() {
                out.push(Ask::Inquiry(InquiryAsk::Close));
            }
            let all = IconButton::new(icons::FIT, "Show the whole answer on the map").size(22.0).quiet();
            if ui.add(all).clicked() {
                out.push(Ask::Inquiry(InquiryAsk::FindAll(shown.response)));
            }
        });
    });
}

fn changes(ui: &mut Ui, state: &State, shown: &Shown) {
    let Some(changes) = &shown.changes else { return };
    if changes.is_empty() {
        quiet(ui, state, "Fetched again: the same as before.");
        return;
    }
    heading(ui, state, "Different from before");
    for change in changes.iter().take(LISTED) {
        ui.add(Label::new(format!("• {}", crate::format::sentence(change))).wrap());
    }
}

fn rows(ui: &mut Ui, state: &State, id: ResponseId, reading: &Reading, out: &mut Outbox) {
    match &reading.answer {
        Answer::Places(places) => {
            if places.is_empty() {
                quiet(ui, state, "Nothing was found.");
            }
            for (n, place) in places.iter().enumerate().take(LISTED) {
                of_place(ui, state, (id, n), place, out);
            }
            more(ui, state, places.len());
        }
        Answer::Routes(routes) => {
            for (n, route) in routes.iter().enumerate().take(LISTED) {
                of_route(ui, state, (id, n), route, out);
            }
        }
        Answer::Matrix(matrix) => {
            let cells = matrix.durations_s.iter().flatten();
            let text: Vec<String> =
                cells.map(|cell| cell.map_or_else(|| "–".to_owned(), crate::format::duration)).collect();
            ui.label(text.join("  "));
        }
    }
}

fn more(ui: &mut Ui, state: &State, all: usize) {
    if all > LISTED {
        quiet(ui, state, &format!("{} more are on the map and in the context.", all - LISTED));
    }
}

/// One line that can be clicked to be shown on the map, with its number there.
fn line(ui: &mut Ui, state: &State, n: usize, text: &str, about: &str) -> egui::Response {
    let response = ui
        .horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            pins::badge(ui, state, n + 1);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add(Label::new(text).truncate().selectable(false));
                let small = fonts::body(state.theme.size.small);
                let about = RichText::new(about).font(small).color(*state.theme.color.muted);
                ui.add(Label::new(about).truncate().selectable(false));
            });
        })
        .response;
    let response = response.interact(Sense::click());
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(text));
    response
}

fn of_place(ui: &mut Ui, state: &State, which: (ResponseId, usize), place: &Place, out: &mut Outbox) {
    let mut about = place.kinds.join(", ");
    if let Some(far) = place.distance_m {
        let metres = spatial::format::decimal(far, 0);
        about = if about.is_empty() { format!("{metres} m") } else { format!("{metres} m · {about}") };
    } else if !place.address.is_empty() {
        about.clone_from(&place.address);
    }
    let response = line(ui, state, which.1, &place.name, &about);
    if response.clicked() {
        out.push(Ask::Inquiry(InquiryAsk::Find(which.0, which.1)));
    }
    let at = place.at.lat_lon().replace(',', ", ");
    response.on_hover_text(format!("{}\n{at}\n{}", place.name, place.id)).context_menu(|ui| {
        let mut form = state.inquiry.form.clone();
        let ways = [
            ("Search around it", Tool::Nearby, Spot::At),
            ("Way from here", Tool::Route, Spot::From),
            ("Way to here", Tool::Route, Spot::To),
        ];
        let mut chosen = false;
        for (text, tool, spot) in ways {
            if ui.button(text).clicked() {
                form.tool = tool;
                form.spots.insert(spot, at.clone());
                chosen = true;
            }
        }
        if ui.button("Details").clicked() {
            (form.tool, form.place) = (Tool::PlaceDetails, place.id.clone());
            chosen = true;
        }
        if chosen {
            out.push(Ask::Inquiry(InquiryAsk::Form(Box::new(form))));
        }
    });
}

fn of_route(ui: &mut Ui, state: &State, which: (ResponseId, usize), route: &Route, out: &mut Outbox) {
    let metres = format!("{} m", spatial::format::decimal(route.distance_m, 0));
    let text = match route.duration_s {
        Some(seconds) => format!("{metres}, {}", crate::format::duration(seconds)),
        None => metres,
    };
    let response = line(ui, state, which.1, &text, &route.summary);
    if response.clicked() {
        out.push(Ask::Inquiry(InquiryAsk::Find(which.0, which.1)));
    }
    response.context_menu(|ui| {
        if ui.button("Search along it").clicked() {
            let mut form = state.inquiry.form.clone();
            form.tool = Tool::AlongRoute;
            form.line = Some((format!("way {} of this answer", which.1 + 1), route.line.clone()));
            out.push(Ask::Inquiry(InquiryAsk::Form(Box::new(form))));
        }
    });
    let steps: Vec<&str> =
        route.legs.iter().flat_map(|leg| &leg.steps).map(|step| step.text.as_str()).collect();
    if !steps.is_empty() {
        let name = crate::format::count(steps.len(), "step", "steps");
        egui::CollapsingHeader::new(name).id_salt(("steps", which)).show(ui, |ui| {
            for step in steps.iter().take(LISTED) {
                ui.add(Label::new(*step).wrap());
            }
        });
    }
}
