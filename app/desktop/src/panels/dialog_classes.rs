//! Many labels at once, after saying what the regions are now; and other classes for the project, after saying
//! what becomes of the labels.

use egui::{Frame, Layout, Margin, RichText, ScrollArea, Ui};
use project::{ClassCode, Moved};
use spatial::format as units;

use crate::classes::{ClassAsk, ClassChange, Reclass};
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{combo, default_button, dialog, hairline, text_button, value_row};

/// Sentences about what changes that are shown one by one.
const MOST_SAID: usize = 12;

pub(super) fn show(ctx: &egui::Context, state: &State, out: &mut Outbox) {
    if let Some(asked) = &state.classes.reclass {
        reclass(ctx, state, asked, out);
    } else if let Some(change) = &state.classes.change {
        classes(ctx, state, change, out);
    }
}

fn name(state: &State, code: &ClassCode) -> String {
    let class = state.content().and_then(|p| p.schema()).and_then(|s| s.class(code));
    class.map_or_else(|| code.to_string(), |class| class.name.clone())
}

fn reclass(ctx: &egui::Context, state: &State, asked: &Reclass, out: &mut Outbox) {
    dialog(ctx, "label the selection").show(ctx, |ui| {
        ui.set_width(380.0);
        let count = state.selection.len();
        ui.heading(format!("Label {}", crate::format::count(count, "region", "regions")));
        ui.add_space(state.theme.space.s);
        ui.spacing_mut().item_spacing.y = 2.0;
        for (code, n) in &asked.now {
            let now = code.as_ref().map_or_else(|| "Not labelled".to_owned(), |code| name(state, code));
            let to = asked.class.as_ref().filter(|to| Some(*to) != code.as_ref());
            let text = match to {
                Some(to) => format!("{now} → {}", name(state, to)),
                None => now,
            };
            value_row(ui, &text, &units::count(*n as u64), true);
        }
        let mut notes = Vec::new();
        if asked.others > 0 {
            notes.push(format!(
                "{} labelled by others keep that label; yours is added.",
                units::count(asked.others as u64)
            ));
        }
        if asked.returned > 0 {
            notes.push(format!(
                "{} came back from review and are left as they are.",
                units::count(asked.returned as u64)
            ));
        }
        for note in notes {
            let font = fonts::body(state.theme.size.small);
            ui.add(egui::Label::new(RichText::new(note).font(font).color(*state.theme.color.muted)).wrap());
        }
        ui.add_space(state.theme.space.m);
        ui.horizontal(|ui| {
            ui.label("Label as");
            let chosen =
                asked.class.as_ref().map_or_else(|| "Choose a class".to_owned(), |code| name(state, code));
            let list = combo("class for all", chosen, 220.0).show_ui(ui, |ui| {
                for class in state.content().and_then(|p| p.schema()).into_iter().flat_map(|s| s.offered()) {
                    let on = asked.class.as_ref() == Some(&class.code);
                    if ui.selectable_label(on, class.name.as_str()).clicked() {
                        out.push(Ask::Classes(ClassAsk::Choose(class.code.clone())));
                    }
                }
            });
            list.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Label as"));
        });
        ui.add_space(state.theme.space.l);
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_enabled_ui(asked.class.is_some(), |ui| {
                if default_button(ui, state, "Label them") && asked.class.is_some() {
                    out.push(Ask::Classes(ClassAsk::Label));
                }
            });
            if text_button(ui, "Cancel").clicked() {
                out.push(Ask::Classes(ClassAsk::Close));
            }
        });
    });
}

fn classes(ctx: &egui::Context, state: &State, change: &ClassChange, out: &mut Outbox) {
    let migration = &change.migration;
    dialog(ctx, "other classes").show(ctx, |ui| {
        ui.set_width(480.0);
        let to = migration.to();
        ui.heading(format!("Change the classes to {} {}", to.name, to.version));
        ui.add_space(state.theme.space.s);
        if !change.changes {
            ui.label("The project has these classes already.");
        }
        if !migration.added.is_empty() {
            let names: Vec<&str> =
                migration.added.iter().filter_map(|code| Some(to.class(code)?.name.as_str())).collect();
            ui.add(egui::Label::new(format!("New: {}.", names.join(", "))).wrap());
        }
        for said in change.said.iter().take(MOST_SAID) {
            ui.add(egui::Label::new(said.as_str()).wrap());
        }
        if change.said.len() > MOST_SAID {
            ui.label(format!("… and {} more changes.", change.said.len() - MOST_SAID));
        }
        if !migration.moved.is_empty() {
            ui.add_space(state.theme.space.s);
            ui.label("Classes that will be gone, and what becomes of their labels:");
            ScrollArea::vertical().max_height(280.0).show(ui, |ui| {
                Frame::new().inner_margin(Margin::symmetric(0, 4)).show(ui, |ui| {
                    for moved in &migration.moved {
                        line(ui, state, change, moved, out);
                        hairline(ui);
                    }
                });
            });
        }
        ui.add_space(state.theme.space.l);
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_enabled_ui(change.changes, |ui| {
                if default_button(ui, state, "Change the classes") && change.changes {
                    out.push(Ask::Classes(ClassAsk::Change));
                }
            });
            if text_button(ui, "Cancel").clicked() {
                out.push(Ask::Classes(ClassAsk::Close));
            }
            if state.classes.draft.is_some() && text_button(ui, "Back").clicked() {
                out.push(Ask::Classes(ClassAsk::Back));
            }
        });
    });
}

fn line(ui: &mut Ui, state: &State, change: &ClassChange, moved: &Moved, out: &mut Outbox) {
    let to = change.migration.to();
    ui.horizontal(|ui| {
        let from = name(state, &moved.from);
        let votes = if moved.votes > 0 {
            format!(", {} votes", units::count(moved.votes as u64))
        } else {
            String::new()
        };
        let text = format!("{from}  ({} labels{votes})", units::count(moved.labels as u64));
        ui.add_sized([230.0, 24.0], egui::Label::new(text).truncate());
        let keep = "Keep it, offer it no more";
        let shown =
            moved.to.as_ref().and_then(|code| to.class(code)).map_or(keep, |class| class.name.as_str());
        let list = combo(("becomes", moved.from.as_str()), shown, 210.0).show_ui(ui, |ui| {
            if ui.selectable_label(moved.to.is_none(), keep).clicked() {
                out.push(Ask::Classes(ClassAsk::Map(moved.from.clone(), None)));
            }
            for class in to.offered() {
                if ui.selectable_label(moved.to.as_ref() == Some(&class.code), class.name.as_str()).clicked()
                {
                    out.push(Ask::Classes(ClassAsk::Map(moved.from.clone(), Some(class.code.clone()))));
                }
            }
        });
        let words = format!("What {from} becomes");
        list.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, words.as_str()));
    });
}
