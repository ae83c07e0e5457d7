//! Work that is handed out: how far each list is, by member and area, and handing out more.

use editing::{Command, ReviewCommand};
use egui::{DragValue, RichText, Ui};
use project::assignment::{Board, Choice};
use project::review::Stage;
use project::{AssignmentId, Author};
use spatial::format as units;

use crate::committee::{CommitteeAsk, From, PlanForm, choice_text};
use crate::fonts;
use crate::format::count;
use crate::outbox::{Ask, Outbox};
use crate::panels::between;
use crate::state::State;
use crate::widgets::{combo, field, primary_button, section, text_button, thin_progress, value_row};

/// Areas of a list that are shown, the least done first.
const AREAS: usize = 24;
/// Cases that are offered where not all are taken.
const USUAL: usize = 100;

fn ask(out: &mut Outbox, ask: CommitteeAsk) {
    out.push(Ask::Committee(ask));
}

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(project) = state.content() else { return };
    let leads = project.may_manage(&state.author());
    if leads {
        if let Some(form) = &state.committee.form {
            hand_out(ui, state, form, out);
        } else {
            ui.add_space(4.0);
            let about = "Deal cases out to members, each to so many, who vote without seeing each other";
            if text_button(ui, "Hand out work…").on_hover_text(about).clicked() {
                ask(out, CommitteeAsk::Form(Some(Box::new(first(state)))));
            }
            ui.horizontal_wrapped(|ui| {
                for command in [ReviewCommand::Bundle, ReviewCommand::TakeVotes] {
                    let command = Command::Review(command);
                    if text_button(ui, &command.text()).on_hover_text(command.tooltip()).clicked() {
                        out.command(command);
                    }
                }
            });
        }
        between(ui);
    }
    if project.assignments().is_empty() {
        ui.add_space(4.0);
        let text = "Nothing is handed out. Everybody has what waits at their stage.";
        ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
        return;
    }
    let Some(figures) = &state.review.figures else {
        ui.label(RichText::new("Progress is being counted…").color(*state.theme.color.muted));
        return;
    };
    for (id, board) in figures.refined.boards.iter().rev() {
        section(ui, &board.name, true, |_| {}, |ui| one(ui, state, *id, board, leads, out));
        between(ui);
    }
    if leads && !figures.refined.scores.is_empty() {
        section(
            ui,
            "Known cases",
            true,
            |_| {},
            |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for score in &figures.refined.scores {
                    let share = score.right as f64 / score.said.max(1) as f64;
                    let text = format!("{} of {}  {}", score.right, score.said, units::percent(share));
                    value_row(ui, score.member.name(), &text, true);
                }
                let text = "How often each is right where you know the answer. Only leads see this, and the answers are on this computer alone.";
                let text = RichText::new(text).font(fonts::body(state.theme.size.small));
                ui.add(egui::Label::new(text.color(*state.theme.color.muted)).wrap());
            },
        );
    }
}

fn one(ui: &mut Ui, state: &State, id: AssignmentId, board: &Board, leads: bool, out: &mut Outbox) {
    let theme = &state.theme;
    ui.spacing_mut().item_spacing.y = 2.0;
    let small =
        |text: String| RichText::new(text).font(fonts::body(theme.size.small)).color(*theme.color.muted);
    let line = format!("{} · {}", board.stage.text(), board.chosen);
    ui.add(egui::Label::new(small(line)).wrap());
    progress(ui, "Votes", board.done, board.wanted, "");
    value_row(ui, "Cases finished", &format!("{} of {}", board.finished, board.cases), true);
    for member in &board.members {
        let seconds = member.seconds.map_or(String::new(), |s| format!("  {}\u{a0}s", units::decimal(s, 1)));
        let over = if member.taken_over > 0 { format!("  +{}", member.taken_over) } else { String::new() };
        progress(ui, member.member.name(), member.done, member.given, &format!("{over}{seconds}"));
    }
    let mut areas: Vec<_> = board.areas.iter().collect();
    areas.sort_by(|a, b| {
        (a.done * b.wanted.max(1)).cmp(&(b.done * a.wanted.max(1))).then(a.area.cmp(&b.area))
    });
    for area in areas.iter().take(AREAS) {
        progress(ui, &format!("Area {}", area.area), area.done, area.wanted, "");
    }
    if areas.len() > AREAS {
        ui.label(small(format!("and {} further along", count(areas.len() - AREAS, "area", "areas"))));
    }
    if leads {
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            if board.released {
                ui.label(small("Released: free for the other members".to_owned()));
            } else if text_button(ui, "Release")
                .on_hover_text("Let the other members have what is not done")
                .clicked()
            {
                ask(out, CommitteeAsk::Release(id));
            }
            let about = "Nobody has these cases any more; votes stay. One undo brings it back";
            if text_button(ui, "Take back").on_hover_text(about).clicked() {
                ask(out, CommitteeAsk::TakeBack(id));
            }
        });
    }
}

/// A name, how many of how many, and a thin bar under it.
fn progress(ui: &mut Ui, name: &str, done: usize, all: usize, more: &str) {
    let text = format!("{} of {}{more}", units::count(done as u64), units::count(all as u64));
    value_row(ui, name, &text, true);
    let share = if all == 0 { 1.0 } else { done as f64 / all as f64 };
    thin_progress(ui, ui.available_width(), Some(share), name);
    ui.add_space(2.0);
}

/// Everybody who may vote at stage 2, each case as often as the committee has votes.
fn first(state: &State) -> PlanForm {
    let project = state.content();
    let size = project.map_or(1, |project| project.settings().rule.committee_size.max(1) as usize);
    let members = people(state);
    let may = |member: &Author| project.is_some_and(|project| project.may_sit(member, Stage::Two));
    let members: Vec<Author> = members.into_iter().filter(may).collect();
    let number = project.map_or(0, |project| project.assignments().len()) + 1;
    PlanForm {
        name: format!("Work {number}"),
        stage: Stage::Two,
        from: From::default(),
        take: Choice::All,
        times: size.min(members.len().max(1)),
        members,
        side: None,
        hours: None,
        known: None,
    }
}

/// Everybody who was ever heard of and is not removed.
pub(super) fn people(state: &State) -> Vec<Author> {
    let Some(project) = state.content() else { return Vec::new() };
    let mut people = crate::review::members(Some(project), &state.author());
    people.extend(project.members().values().map(|member| member.name.clone()));
    people.extend(project.assignments().values().flat_map(|one| one.members.iter().cloned()));
    people.sort();
    people.dedup();
    people.retain(|one| !project.is_removed(one));
    people
}

fn hand_out(ui: &mut Ui, state: &State, form: &PlanForm, out: &mut Outbox) {
    let mut next = form.clone();
    let mut closed = false;
    section(
        ui,
        "Hand out work",
        true,
        |_| {},
        |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            field(ui, &mut next.name, "Name of the list", f32::INFINITY);
            ui.horizontal(|ui| {
                for (stage, text) in [(Stage::One, "Stage 1"), (Stage::Two, "Stage 2")] {
                    ui.selectable_value(&mut next.stage, stage, text);
                }
            });
            let lists = state.content().map(|p| p.settings().lists.as_slice()).unwrap_or_default();
            let sources: Vec<(From, String)> = From::ALL
                .into_iter()
                .chain(lists.iter().map(|list| From::List(list.name.clone())))
                .map(|one| (one.clone(), one.text()))
                .collect();
            pick(ui, "Of", &mut next.from, &sources);
            let many = next.take.count_mut().copied().unwrap_or(USUAL);
            let choices =
                [Choice::All, Choice::Random(many), Choice::Stratified(many), Choice::Uncertain(many)];
            pick(ui, "Take", &mut next.take, &choices.map(|one| (one, choice_text(one).to_owned())));
            known(ui, state, &mut next, out);
            if let Some(count) = next.take.count_mut() {
                ui.add(DragValue::new(count).range(1..=1_000_000).suffix(" cases"));
            }
            members(ui, state, &mut next);
            ui.horizontal(|ui| {
                ui.label("Each case to");
                let most = next.members.len().max(1);
                ui.add(DragValue::new(&mut next.times).range(1..=most).suffix(" of them"));
            });
            optional(ui, "By areas of", &mut next.side, 200.0, " units a side", 1.0..=1e6);
            optional(ui, "Free for others after", &mut next.hours, 24.0, " h", 0.0..=8760.0);
            ui.horizontal(|ui| {
                let dealing = state.committee.is_dealing;
                let ready = !dealing && !next.members.is_empty() && !next.name.trim().is_empty();
                if ui.add_enabled_ui(ready, |ui| primary_button(ui, "Hand out").clicked()).inner {
                    ask(out, CommitteeAsk::Form(Some(Box::new(next.clone()))));
                    ask(out, CommitteeAsk::HandOut);
                    closed = true;
                }
                if text_button(ui, "Cancel").clicked() {
                    ask(out, CommitteeAsk::Form(None));
                    closed = true;
                }
                if dealing {
                    ui.label(RichText::new("Dealing…").color(*state.theme.color.muted));
                }
            });
        },
    );
    if next != *form && !closed {
        ask(out, CommitteeAsk::Form(Some(Box::new(next))));
    }
}

fn pick<T: Clone + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, offered: &[(T, String)]) {
    ui.horizontal(|ui| {
        ui.label(name);
        let text = offered.iter().find(|(one, _)| one == value).map_or("", |(_, text)| text.as_str());
        combo(("hand out", name), text, 150.0).show_ui(ui, |ui| {
            for (one, text) in offered {
                ui.selectable_value(value, one.clone(), text.as_str());
            }
        });
    });
}

/// Cases whose answer the lead knows, mixed in like any other.
fn known(ui: &mut Ui, state: &State, form: &mut PlanForm, out: &mut Outbox) {
    ui.horizontal_wrapped(|ui| {
        match &form.known {
            None => {
                let about = "Mix in cases whose answer you know (CSV: case,class). They look like any other; the answers stay on \
                             this computer, and members are scored by them";
                if text_button(ui, "Mix in known cases…").on_hover_text(about).clicked() {
                    ask(out, CommitteeAsk::ChooseKnown);
                }
            }
            Some(known) => {
                let text = format!("{} with a known answer mixed in", count(known.len(), "case", "cases"));
                ui.label(RichText::new(text).color(*state.theme.color.muted));
                if text_button(ui, "Leave out").clicked() {
                    form.known = None;
                }
            }
        }
    });
}

fn members(ui: &mut Ui, state: &State, form: &mut PlanForm) {
    let Some(project) = state.content() else { return };
    ui.label("To");
    let mut people = people(state);
    people.extend(form.members.clone());
    people.sort();
    people.dedup();
    for member in people {
        let may = project.may_sit(&member, form.stage);
        let mut chosen = form.members.contains(&member);
        let box_of = ui.add_enabled_ui(may, |ui| ui.checkbox(&mut chosen, member.name())).inner;
        let box_of = if may {
            box_of
        } else {
            box_of.on_disabled_hover_text("Their part in the project is too small")
        };
        if box_of.changed() {
            if chosen {
                form.members.push(member.clone());
            } else {
                form.members.retain(|one| *one != member);
            }
        }
    }
    another(ui, form);
}

/// Somebody who has done nothing here yet: they join with their first change.
fn another(ui: &mut Ui, form: &mut PlanForm) {
    let id = ui.scope_id().with("another member");
    let mut name: String = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let entered = ui
        .horizontal(|ui| {
            let typed = field(ui, &mut name, "Somebody else", 140.0);
            let entered = typed.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            text_button(ui, "Add").clicked() || entered
        })
        .inner;
    let author = Author::new(name.trim());
    if entered && !author.name().is_empty() && !author.is_model() {
        if !form.members.contains(&author) {
            form.members.push(author);
        }
        name.clear();
    }
    ui.data_mut(|data| data.insert_temp(id, name));
}

fn optional(
    ui: &mut Ui,
    name: &str,
    value: &mut Option<f64>,
    usual: f64,
    unit: &str,
    range: std::ops::RangeInclusive<f64>,
) {
    ui.horizontal(|ui| {
        let mut on = value.is_some();
        ui.checkbox(&mut on, name);
        if on {
            let mut number = value.unwrap_or(usual);
            ui.add(DragValue::new(&mut number).range(range).suffix(unit.to_owned()));
            *value = Some(number);
        } else {
            *value = None;
        }
    });
}
