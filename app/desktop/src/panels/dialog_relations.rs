//! What relations can say: words are added, named, coloured, bound to classes and taken out, after what has them was
//! said.

use egui::{Align, Label, Layout, Popup, PopupCloseBehavior, RichText, Role, ScrollArea, Ui, WidgetInfo};
use project::{Class, ClassCode, Leftover, Predicate, PredicateCode, Schema};

use crate::classes::{ClassAsk, PredicateRow};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, combo, default_button, dialog, field, hairline, text_button};
use crate::{format, icons};

pub(super) fn show(ctx: &egui::Context, state: &State, out: &mut Outbox) {
    let Some(asked) = &state.classes.predicates else { return };
    let Some(schema) = state.content().and_then(|project| project.schema()) else { return };
    let mut draft = asked.clone();
    let mut answer = None;
    dialog(ctx, "what relations say").show(ctx, |ui| {
        ui.set_width(640.0);
        ui.heading("What relations say");
        ui.add_space(state.theme.space.s);
        if draft.rows.is_empty() {
            let text = "No words yet. A relation begins with its word: “over”, “parked on”, “leans on”.";
            ui.label(RichText::new(text).color(*state.theme.color.muted));
        }
        let codes: Vec<(PredicateCode, String)> = draft
            .rows
            .iter()
            .filter(|row| row.gone.is_none())
            .map(|row| (row.predicate.code.clone(), row.predicate.text().to_owned()))
            .collect();
        ScrollArea::vertical().max_height(340.0).show(ui, |ui| {
            let mut dropped = None;
            for (at, row) in draft.rows.iter_mut().enumerate() {
                if line(ui, state, schema, &codes, row) {
                    dropped = Some(at);
                }
                hairline(ui);
            }
            if let Some(at) = dropped {
                draft.rows.remove(at);
            }
        });
        ui.add_space(state.theme.space.s);
        ui.horizontal(|ui| {
            let response = field(ui, &mut draft.typed, "One more word", 220.0);
            let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if text_button(ui, "Add").clicked() || entered {
                draft.add();
                response.request_focus();
            }
        });
        ui.add_space(state.theme.space.l);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if default_button(ui, state, "Change the relations") {
                answer = Some(ClassAsk::ChangePredicates);
            }
            if text_button(ui, "Cancel").clicked() {
                answer = Some(ClassAsk::Close);
            }
        });
    });
    let changed = (draft != *asked).then_some(ClassAsk::Predicates(draft));
    for ask in changed.into_iter().chain(answer) {
        out.push(Ask::Classes(ask));
    }
}

/// One predicate; true when it is to go without a trace.
fn line(
    ui: &mut Ui,
    state: &State,
    schema: &Schema,
    others: &[(PredicateCode, String)],
    row: &mut PredicateRow,
) -> bool {
    let c = &state.theme.color;
    let word = row.predicate.text().to_owned();
    let mut dropped = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if row.gone.is_some() {
            gone(ui, state, &word, others, row);
            return;
        }
        color(ui, state, &word, &mut row.predicate);
        let mut name = word.clone();
        field(ui, &mut name, &format!("Name of {}", row.predicate.code), 170.0);
        if name != word {
            row.predicate.name =
                if name.trim() == row.predicate.code.as_str() { String::new() } else { name };
        }
        classes(ui, &schema.classes, &format!("From what {word}"), &mut row.predicate.from);
        ui.label(RichText::new("→").color(*c.muted));
        classes(ui, &schema.classes, &format!("To what {word}"), &mut row.predicate.to);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Take out {word}");
            let out = IconButton::new(icons::CLOSE, &name).size(20.0).quiet();
            if ui.add(out.tooltip("Take this word out")).clicked() {
                if row.uses == 0 {
                    dropped = true;
                } else {
                    row.gone = Some(Leftover::Keep);
                }
            }
            let retired = if row.predicate.retired { ", offered no more" } else { "" };
            let uses = format!("{}{retired}", format::count(row.uses, "relation", "relations"));
            ui.add(Label::new(RichText::new(uses).color(*c.muted)).truncate());
        });
    });
    dropped
}

/// A word that is to be taken out, and what becomes of its relations.
fn gone(ui: &mut Ui, state: &State, word: &str, others: &[(PredicateCode, String)], row: &mut PredicateRow) {
    let text = format!("{word}  ({})", format::count(row.uses, "relation", "relations"));
    let text = RichText::new(text).strikethrough().color(*state.theme.color.muted);
    ui.add_sized([250.0, 24.0], Label::new(text).truncate());
    let (keep, remove) = ("They keep it, and it is offered no more", "They go with it");
    let shown = match row.gone.as_ref() {
        Some(Leftover::Become(code)) => {
            let name = others.iter().find(|(other, _)| other == code).map_or("", |(_, name)| name.as_str());
            format!("They become “{name}”")
        }
        Some(Leftover::Remove) => remove.to_owned(),
        _ => keep.to_owned(),
    };
    let list = combo(("what becomes of", word), shown, 280.0).show_ui(ui, |ui| {
        let mut choice = |ui: &mut Ui, text: &str, leftover: Leftover| {
            if ui.selectable_label(row.gone.as_ref() == Some(&leftover), text).clicked() {
                row.gone = Some(leftover);
            }
        };
        choice(ui, keep, Leftover::Keep);
        choice(ui, remove, Leftover::Remove);
        for (code, name) in others {
            choice(ui, &format!("They become “{name}”"), Leftover::Become(code.clone()));
        }
    });
    let name = format!("What becomes of {word}");
    list.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name.as_str()));
    let name = format!("Keep {word}");
    let back = IconButton::new(icons::UNDO, &name).size(20.0).quiet();
    if ui.add(back.tooltip("Keep this word")).clicked() {
        row.gone = None;
    }
}

/// The colour of its arrows, where it has one.
fn color(ui: &mut Ui, state: &State, word: &str, predicate: &mut Predicate) {
    let quiet = *state.theme.color.muted;
    let [r, g, b, _] = quiet.to_array();
    let mut shown = predicate.rgb().unwrap_or([r, g, b]);
    let before = shown;
    let response = ui.color_edit_button_srgb(&mut shown);
    let name = format!("Colour of {word}");
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name.as_str()));
    if shown != before {
        let [r, g, b] = shown;
        predicate.color = Some(format!("#{r:02x}{g:02x}{b:02x}"));
    }
    let about = "What its arrows are drawn in; a right click takes the colour off";
    if response.on_hover_text(about).secondary_clicked() {
        predicate.color = None;
    }
}

/// The classes that it can be said of at one end.
pub(super) fn classes(ui: &mut Ui, among: &[Class], name: &str, chosen: &mut Vec<ClassCode>) {
    let text = match &chosen[..] {
        [] => "any".to_owned(),
        [one] => {
            let class = among.iter().find(|class| class.code == *one);
            class.map_or_else(|| one.to_string(), |class| class.name.clone())
        }
        several => format::count(several.len(), "class", "classes"),
    };
    let response = ui.add_sized([96.0, 24.0], egui::Button::new(text).truncate());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let popup = Popup::menu(&response).width(200.0).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| {
        ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            for class in among.iter().filter(|class| !class.retired) {
                let mut on = chosen.contains(&class.code);
                if ui.checkbox(&mut on, class.name.as_str()).changed() {
                    if on {
                        chosen.push(class.code.clone());
                    } else {
                        chosen.retain(|code| *code != class.code);
                    }
                }
            }
        });
    });
}
