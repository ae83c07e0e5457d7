//! The condition, typed: words are completed, what is wrong is marked under its characters; conditions that the
//! project keeps are chosen and kept here.

use egui::text::CCursor;
use egui::{CompletionPopup, Id, Key, Margin, Popup, PopupCloseBehavior, RectAlign, RichText, Suggestion};
use egui::{TextBuffer, TextEdit, Ui};
use query::{Asker, Vocabulary, completions};

use super::field_id;
use crate::finder::FinderAsk;
use crate::fonts;
use crate::icons;
use crate::outbox::{Ask, Outbox};
use crate::state::{OpenProject, State};
use crate::widgets::{IconButton, caret, hairline, marked, menu_item, text_button, trouble};

/// The name of the field for screen readers and tests.
const NAME: &str = "Find regions where";
const HINT: &str = "class = destroyed and area_m2 > 200 and author != me";

pub(super) fn show(ui: &mut Ui, state: &State, open: &OpenProject, out: &mut Outbox) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let room = ui.available_width() - 64.0;
        field(ui, state, open, room.max(80.0), out);
        lists(ui, state, open, out);
        let clear = IconButton::new(icons::CLOSE, "Find everything").quiet();
        if ui.add(clear.tooltip("Show every region again")).clicked() {
            out.push(Ask::Finder(FinderAsk::Text(String::new())));
        }
    });
    if let Some(error) = &open.finder.wrong {
        trouble(ui, error);
    }
}

fn field(ui: &mut Ui, state: &State, open: &OpenProject, width: f32, out: &mut Outbox) {
    let finder = &open.finder;
    let theme = std::sync::Arc::clone(&state.theme);
    let mark = finder.wrong.as_ref().map(|error| error.at.clone());
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _: f32| {
        let job = marked(text.as_str(), mark.as_ref(), &theme, f32::INFINITY);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let mut text = finder.text.clone();
    let edit = TextEdit::singleline(&mut text)
        .hint_text(HINT)
        .desired_width(width)
        .margin(Margin::symmetric(8, 5))
        .layouter(&mut layouter);
    let none = Vocabulary::default();
    let vocabulary = finder.answer.as_ref().map_or(&none, |answer| &*answer.vocabulary);
    let asker = Asker::new(&state.author());
    let popup = CompletionPopup::new(field_id())
        .word_boundary(|c| !query::is_word(c))
        .align(RectAlign::BOTTOM_START)
        .accept_keys(vec![Key::Tab]);
    let shown = popup.show(ui, edit, |asked| {
        // Before anything is typed the list would only cover the table.
        if asked.text.trim().is_empty() {
            return Vec::new();
        }
        let before: String = asked.text.chars().take(asked.word_range.end.0).collect();
        let word = |c: query::Completion| {
            let suggestion = Suggestion::new(c.insert);
            if c.meaning.is_empty() { suggestion } else { suggestion.description(c.meaning) }
        };
        completions(&before, vocabulary, &asker).into_iter().map(word).collect()
    });
    let edit = shown.text_edit;
    ui.ctx().accesskit_node_builder(edit.response.id, |node| node.set_label(NAME));
    if finder.wrong.as_ref().is_some_and(|error| error.at.start >= text.len()) {
        // After the last character there is none to underline.
        let end = edit.galley.pos_from_cursor(CCursor::new(text.chars().count()));
        caret(ui, edit.galley_pos + end.left_bottom().to_vec2());
    }
    if edit.response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) && finder.wrong.is_none() {
        out.push(Ask::Finder(FinderAsk::SelectFound));
    }
    let about = "Enter selects every region that was found; Tab completes a word";
    edit.response.response.on_hover_text(about);
    if text != finder.text {
        out.push(Ask::Finder(FinderAsk::Text(text)));
    }
}

/// Conditions that the project keeps: lists of work.
fn lists(ui: &mut Ui, state: &State, open: &OpenProject, out: &mut Outbox) {
    let lists = &open.session.project().settings().lists;
    let about = "Conditions that the project keeps, to be gone through by everybody";
    let button = ui.add(IconButton::new(icons::TAG, "Work lists").tooltip(about));
    let popup = Popup::menu(&button).width(260.0).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if lists.is_empty() {
            let text = RichText::new("The project keeps no lists yet.").color(*state.theme.color.muted);
            ui.label(text);
        }
        for list in lists {
            ui.horizontal(|ui| {
                let width = ui.available_width() - 30.0;
                let item =
                    ui.allocate_ui(egui::vec2(width, 24.0), |ui| menu_item(ui, &list.name, "", None)).inner;
                if item.on_hover_text(&list.query).clicked() {
                    out.push(Ask::Finder(FinderAsk::Text(list.query.clone())));
                    out.push(Ask::Finder(FinderAsk::Only(true)));
                    ui.close();
                }
                let name = format!("Remove the list {}", list.name);
                if ui.add(IconButton::new(icons::DELETE, &name).quiet()).clicked() {
                    out.push(Ask::Finder(FinderAsk::Remove(list.name.clone())));
                }
            });
        }
        ui.add_space(4.0);
        hairline(ui);
        ui.add_space(6.0);
        keep(ui, state, open, out);
    });
}

/// Keeps what was typed under a name.
fn keep(ui: &mut Ui, state: &State, open: &OpenProject, out: &mut Outbox) {
    let id = Id::unique("name of the list");
    let mut name: String = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    let finder = &open.finder;
    let reason = match () {
        () if finder.text.trim().is_empty() => Some("Type a condition first.".to_owned()),
        () if finder.wrong.is_some() => Some("The condition means nothing yet.".to_owned()),
        () => state.read_only(),
    };
    if let Some(reason) = reason {
        let font = fonts::body(state.theme.size.small);
        ui.label(RichText::new(reason).font(font).color(*state.theme.color.muted));
        return;
    }
    ui.horizontal(|ui| {
        crate::widgets::field(ui, &mut name, "Name of the list", 150.0);
        let given = ui.input(|i| i.key_pressed(Key::Enter)) || text_button(ui, "Keep").clicked();
        if given && !name.trim().is_empty() {
            out.push(Ask::Finder(FinderAsk::Keep(std::mem::take(&mut name))));
            ui.close();
        }
    });
    ui.data_mut(|d| d.insert_temp(id, name));
}
