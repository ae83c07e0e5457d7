//! Every question: searched, filtered, and only the rows that are seen are made.

use editing::{Command, QuestionCommand};
use egui::{Align, Frame, Layout, Margin, RichText, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};
use project::question::{QuestionKind, short};
use questions::{Answered, Filter, Form};
use spatial::format as units;

use super::{drafting, quiet};
use crate::asking::QuestionAsk;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, combo, field, primary_button, text_button};
use crate::{fonts, icons};

/// Height of a row in points.
const ROW: f32 = 44.0;

pub fn list(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let margin = Margin { left: 12, right: 12, top: 2, bottom: 4 };
    if state.project.is_none() {
        Frame::new().inner_margin(margin).show(ui, |ui| quiet(ui, state, "No project is open."));
        return;
    }
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        bar(ui, state, out);
        drafting::show(ui, state, out);
        if !state.asking.index.is_empty() {
            search(ui, state, out);
        }
    });
    if state.asking.index.is_empty() {
        Frame::new().inner_margin(margin).show(ui, |ui| first_steps(ui, state, out));
        return;
    }
    rows(ui, state, out);
}

fn first_steps(ui: &mut Ui, state: &State, out: &mut Outbox) {
    quiet(
        ui,
        state,
        "No questions yet. Write one about what the map shows, draft some from the labels, or import a dataset.",
    );
    ui.add_space(4.0);
    let why = Command::Question(QuestionCommand::New).unavailable(&state.situation());
    if let Some(why) = why {
        quiet(ui, state, &format!("{why}."));
    } else if primary_button(ui, "New question").clicked() {
        out.command(Command::Question(QuestionCommand::New));
    }
}

fn bar(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let situation = state.situation();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (command, icon) in [
            (QuestionCommand::New, icons::PLUS),
            (QuestionCommand::Draft, icons::WAND),
            (QuestionCommand::Import, icons::DOWNLOAD),
        ] {
            let command = Command::Question(command);
            let text = command.text();
            let key = command.shortcuts().first().map_or_else(String::new, |key| format!("  {key}"));
            let button = IconButton::new(icon, &text)
                .tooltip(format!("{}{key}", command.tooltip()))
                .disabled_because(command.unavailable(&situation));
            if ui.add(button).clicked() {
                out.command(command);
            }
        }
        export(ui, state, out);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (found, all) = (state.asking.found.len() as u64, state.asking.index.len() as u64);
            let text = if found == all {
                units::count(all)
            } else {
                format!("{} of {}", units::count(found), units::count(all))
            };
            ui.label(RichText::new(text).font(fonts::medium(state.theme.size.body)));
        });
    });
}

fn export(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let command = Command::Question(QuestionCommand::Export);
    let button = IconButton::new(icons::UPLOAD, "Export questions")
        .tooltip("Write the questions of the list to a file that is read back")
        .disabled_because(command.unavailable(&state.situation()));
    let response = ui.add(button);
    egui::Popup::menu(&response).show(|ui| {
        for form in Form::ALL {
            if ui.button(form.text()).clicked() {
                out.push(Ask::Question(QuestionAsk::Export(form)));
            }
        }
    });
}

fn search(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let mut filter = state.asking.filter.clone();
    let width = ui.available_width();
    field(ui, &mut filter.words, "Search questions", width);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let half = (ui.available_width() - 4.0) / 2.0;
        category(ui, state, &mut filter, half);
        kind(ui, &mut filter, half);
    });
    if filter != state.asking.filter {
        out.push(Ask::Question(QuestionAsk::Filter(filter)));
    }
}

fn category(ui: &mut Ui, state: &State, filter: &mut Filter, width: f32) {
    let shown = filter.category.clone().unwrap_or_else(|| "All categories".to_owned());
    combo("category of questions", shown, width).show_ui(ui, |ui| {
        ui.selectable_value(&mut filter.category, None, "All categories");
        for (name, n) in &state.asking.categories {
            let text = format!("{name} ({})", units::count(*n as u64));
            ui.selectable_value(&mut filter.category, Some(name.clone()), text);
        }
    });
}

/// Kinds of answers, and what is known of the answer.
fn kind(ui: &mut Ui, filter: &mut Filter, width: f32) {
    let shown = match (filter.deleted, filter.kind, filter.answer) {
        (true, ..) => "Deleted",
        (_, Some(kind), _) => kind.text(),
        (_, _, Some(Answered::No)) => "Unanswered",
        (_, _, Some(Answered::Unanswerable)) => "Unanswerable",
        (_, _, Some(Answered::Proposed)) => "Proposed by models",
        _ => "All kinds",
    };
    let plain = Filter { kind: None, answer: None, deleted: false, ..filter.clone() };
    let mut choose = |ui: &mut Ui, text: &str, to: Filter| {
        if ui.selectable_label(shown == text, text).clicked() {
            *filter = to;
        }
    };
    combo("kind of questions", shown, width).show_ui(ui, |ui| {
        choose(ui, "All kinds", plain.clone());
        for kind in QuestionKind::ALL {
            choose(ui, kind.text(), Filter { kind: Some(kind), ..plain.clone() });
        }
        choose(ui, "Unanswered", Filter { answer: Some(Answered::No), ..plain.clone() });
        choose(ui, "Unanswerable", Filter { answer: Some(Answered::Unanswerable), ..plain.clone() });
        choose(ui, "Proposed by models", Filter { answer: Some(Answered::Proposed), ..plain.clone() });
        choose(ui, "Deleted", Filter { deleted: true, ..plain.clone() });
    });
}

fn rows(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let found = &state.asking.found;
    if found.is_empty() {
        let margin = Margin::symmetric(12, 4);
        Frame::new().inner_margin(margin).show(ui, |ui| {
            quiet(ui, state, "No question is like that.");
            if text_button(ui, "Show all").clicked() {
                out.push(Ask::Question(QuestionAsk::Filter(Filter::default())));
            }
        });
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().auto_shrink([false, false]);
    if let Some(place) = state.asking.place().filter(|_| state.asking.reveal > 0) {
        // Only as far as it must, so that the list does not jump while one goes through it.
        let view = ui.available_height();
        let id = egui::Id::unique("first row of questions");
        let from: f32 = ui.data(|d| d.get_temp(id)).unwrap_or(0.0);
        let top = place as f32 * ROW;
        if top < from || top + ROW > from + view {
            area = area.vertical_scroll_offset((top - view / 2.0).max(0.0));
        }
    }
    let shown = area.show_rows(ui, ROW, found.len(), |ui, range| {
        for place in range {
            row(ui, state, place, out);
        }
    });
    let id = egui::Id::unique("first row of questions");
    ui.data_mut(|d| d.insert_temp(id, shown.state.clamped_offset().y));
}

fn row(ui: &mut Ui, state: &State, place: usize, out: &mut Outbox) {
    let id = state.asking.found[place];
    let Some(project) = state.content() else { return };
    let Some(question) = project.questions().get(&id) else { return };
    let theme = &state.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let chosen = state.asking.chosen == Some(id);
    if chosen {
        ui.painter().rect_filled(rect, 0.0, *theme.color.raised);
        let edge = egui::Rect::from_min_size(rect.min, vec2(2.0, ROW));
        ui.painter().rect_filled(edge, 0.0, *theme.color.accent);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, *theme.color.raised);
    }
    let inner = rect.shrink2(vec2(12.0, 4.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Min)));
    child.spacing_mut().item_spacing.y = 1.0;
    let text = RichText::new(short(&question.text)).color(*theme.color.text);
    child.add(egui::Label::new(text).truncate().selectable(false));
    let outcome = project.question_outcome(id);
    let category = if question.category.is_empty() { "no category" } else { &question.category };
    let standing = if question.is_proposal() { "Proposed" } else { outcome.state.text() };
    let about = format!("{} · {category} · {standing}", question.kind.text());
    let small = fonts::body(theme.size.small);
    let about = RichText::new(about).font(small).color(*theme.color.muted);
    child.add(egui::Label::new(about).truncate().selectable(false));
    let line = [pos2(rect.left() + 12.0, rect.bottom()), pos2(rect.right(), rect.bottom())];
    ui.painter().line_segment(line, theme.hairline());
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(short(&question.text)));
    if response.on_hover_text(&question.text).clicked() {
        out.push(Ask::Question(QuestionAsk::Choose(id)));
    }
}
