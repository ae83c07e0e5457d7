//! What is right: a mark beside an option, words, a number, a place, regions, or nothing that is given.

use egui::{Align, Layout, TextEdit, Ui};
use project::Question;
use project::question::{Answer, Evidence, QuestionKind};

use super::{heading, quiet};
use crate::asking::QuestionAsk;
use crate::icons;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, field, text_button};

pub(super) fn show(ui: &mut Ui, state: &State, draft: &mut Question, out: &mut Outbox) {
    let words = if draft.kind.is_choice() { "Options: mark what is right" } else { "Right answer" };
    heading(ui, state, words);
    match draft.kind {
        QuestionKind::SingleChoice | QuestionKind::MultipleChoice => options(ui, state, draft),
        _ => {}
    }
    let mut answer = draft.answer.clone();
    given(ui, state, draft, &mut answer, out);
    draft.answer = answer;
    if matches!(draft.kind, QuestionKind::Number | QuestionKind::Place) {
        ui.horizontal(|ui| {
            ui.label("Right within");
            ui.add(egui::DragValue::new(&mut draft.tolerance).range(0.0..=1e9).speed(0.1));
            ui.label(if draft.kind == QuestionKind::Place { "m" } else { &draft.unit });
            if draft.kind == QuestionKind::Number {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    field(ui, &mut draft.unit, "Unit", 76.0).on_hover_text("Such as m, km, min or h");
                });
            }
        });
    }
}

/// The marks of choices, or a field for what is answered otherwise.
pub(super) fn given(
    ui: &mut Ui,
    state: &State,
    question: &Question,
    answer: &mut Option<Answer>,
    out: &mut Outbox,
) {
    let mut nothing = *answer == Some(Answer::Unanswerable);
    match question.kind {
        QuestionKind::YesNo => marks(ui, question, answer),
        // Their marks stand beside the fields of the editor; whoever answers blind has none.
        QuestionKind::SingleChoice | QuestionKind::MultipleChoice => {
            if super::is_blind(state) {
                marks(ui, question, answer);
            }
        }
        QuestionKind::OpenEnded => {
            let mut text = if let Some(Answer::Text(text)) = answer { text.clone() } else { String::new() };
            let edit = TextEdit::multiline(&mut text).desired_rows(2).desired_width(f32::INFINITY);
            let response = ui.add(edit.hint_text("In a few words"));
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Answer"));
            if response.changed() {
                *answer = (!text.trim().is_empty()).then_some(Answer::Text(text));
            }
        }
        QuestionKind::Number => number(ui, question, answer),
        QuestionKind::Place => place(ui, state, answer, out),
        QuestionKind::Regions => regions(ui, state, answer, out),
    }
    if ui.checkbox(&mut nothing, "Unanswerable: what is given does not say").changed() {
        *answer = nothing.then_some(Answer::Unanswerable);
    }
}

fn marks(ui: &mut Ui, question: &Question, answer: &mut Option<Answer>) {
    let several = question.kind == QuestionKind::MultipleChoice;
    let choices: Vec<String> = question.choices().map(str::to_owned).collect();
    for (place, choice) in (0..).zip(choices) {
        let held = matches!(answer, Some(Answer::Options(places)) if places.contains(&place));
        let mut marked = held;
        if several {
            ui.checkbox(&mut marked, choice);
        } else if ui.radio(held, choice).clicked() {
            marked = true;
        }
        if marked != held {
            toggle(answer, place, several);
        }
    }
}

fn toggle(answer: &mut Option<Answer>, place: u32, several: bool) {
    let held = if let Some(Answer::Options(places)) = answer { places.clone() } else { Vec::new() };
    let places: Vec<u32> = if !several {
        vec![place]
    } else if held.contains(&place) {
        held.into_iter().filter(|other| *other != place).collect()
    } else {
        held.into_iter().chain([place]).collect()
    };
    *answer = (!places.is_empty()).then(|| Answer::options(places));
}

/// Fields for the options, each with its mark.
fn options(ui: &mut Ui, state: &State, draft: &mut Question) {
    let several = draft.kind == QuestionKind::MultipleChoice;
    let mut gone = None;
    for place in 0..draft.options.len() {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let held =
                matches!(&draft.answer, Some(Answer::Options(places)) if places.contains(&(place as u32)));
            let mut marked = held;
            let clicked = if several {
                ui.checkbox(&mut marked, "").on_hover_text("Right").clicked()
            } else {
                ui.radio(held, "").on_hover_text("Right").clicked()
            };
            if clicked {
                toggle(&mut draft.answer, place as u32, several);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let remove = IconButton::new(icons::CLOSE, "Take this option away").size(22.0).quiet();
                if ui.add(remove).clicked() {
                    gone = Some(place);
                }
                let width = ui.available_width() - 20.0;
                let name = format!("Option {}", place + 1);
                field(ui, &mut draft.options[place], &name, width);
            });
        });
    }
    if let Some(gone) = gone {
        draft.options.remove(gone);
        let gone = gone as u32;
        if let Some(Answer::Options(places)) = &draft.answer {
            let left = places.iter().filter(|p| **p != gone).map(|p| if *p > gone { p - 1 } else { *p });
            let left: Vec<u32> = left.collect();
            draft.answer = (!left.is_empty()).then(|| Answer::options(left));
        }
    }
    ui.horizontal(|ui| {
        if draft.options.len() < 64 && text_button(ui, "Add an option").clicked() {
            draft.options.push(String::new());
        }
        let about = "Fill up to four: near numbers, or other names in the answers that are cited";
        if draft.options.len() < 5 && text_button(ui, "Suggest options").on_hover_text(about).clicked() {
            questions::suggest_options(draft, &cited_names(state, draft));
        }
    });
}

/// What the places in the answers are called that a question cites.
fn cited_names(state: &State, draft: &Question) -> Vec<String> {
    let cited = draft.evidence.iter().filter_map(|one| {
        let Evidence::Response(id) = one else { return None };
        state.inquiry.read.get(id)?.as_ref().ok()
    });
    cited.flat_map(|reading| reading.answer.places()).map(|place| place.name.clone()).collect()
}

fn number(ui: &mut Ui, question: &Question, answer: &mut Option<Answer>) {
    let held = if let Some(Answer::Number(number)) = answer { Some(*number) } else { None };
    let id = egui::Id::unique(("number of the answer", question.asked().to_string()));
    let mut text = ui.data(|d| d.get_temp::<String>(id)).filter(|text| text.parse().ok() == held);
    let text = text.get_or_insert_with(|| held.map(|n| n.to_string()).unwrap_or_default());
    ui.horizontal(|ui| {
        if field(ui, text, "A number", 120.0).changed() {
            *answer = text.trim().parse().ok().filter(|n: &f64| n.is_finite()).map(Answer::Number);
        }
        ui.label(&question.unit);
    });
    ui.data_mut(|d| d.insert_temp(id, text.clone()));
}

fn place(ui: &mut Ui, state: &State, answer: &mut Option<Answer>, out: &mut Outbox) {
    let held = if let Some(Answer::Place(place)) = answer { Some(*place) } else { None };
    let mut place = held.unwrap_or_default();
    ui.horizontal(|ui| {
        let one = |ui: &mut Ui, value: &mut f64, most: f64, name: &str| {
            ui.label(name);
            ui.add(egui::DragValue::new(value).range(-most..=most).speed(0.000_1).fixed_decimals(6)).changed()
        };
        let lat = one(ui, &mut place[1], 90.0, "Lat");
        let lon = one(ui, &mut place[0], 180.0, "Lon");
        if lat || lon {
            *answer = Some(Answer::Place(place));
        }
    });
    let from = if state.selection.is_empty() {
        "Take the middle of the map"
    } else {
        "Take the middle of the selection"
    };
    if text_button(ui, from).clicked() {
        out.push(Ask::Question(QuestionAsk::MiddleOfMap));
    }
}

fn regions(ui: &mut Ui, state: &State, answer: &mut Option<Answer>, out: &mut Outbox) {
    let count = if let Some(Answer::Regions(ids)) = answer { ids.len() } else { 0 };
    let text = match count {
        0 => "No region yet: select them on the map.".to_owned(),
        n => format!("{}.", crate::format::count(n, "region", "regions")),
    };
    quiet(ui, state, &text);
    ui.add_enabled_ui(!state.selection.is_empty(), |ui| {
        if text_button(ui, "Take the selection").clicked() {
            out.push(Ask::Question(QuestionAsk::SelectionIsAnswer));
        }
    });
}
