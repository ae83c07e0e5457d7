//! What members say to each other: about the case on the card, and everything in one list.

use editing::Workspace;
use egui::{Frame, Margin, RichText, TextEdit, Ui, vec2};
use project::RemarkId;
use project::remark::{Pin, Thread};

use crate::committee::CommitteeAsk;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::text_button;

/// Threads that the list shows at most; the command line lists all.
const SHOWN: usize = 200;

fn ask(out: &mut Outbox, ask: CommitteeAsk) {
    out.push(Ask::Committee(ask));
}

/// Everything that is said and that the member may see, what names them first.
pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(project) = state.content() else { return };
    let member = state.author();
    let all_id = egui::Id::unique("resolved remarks");
    let mut resolved: bool = ui.data(|d| d.get_temp(all_id)).unwrap_or(false);
    ui.checkbox(&mut resolved, "Resolved ones, too");
    ui.data_mut(|d| d.insert_temp(all_id, resolved));
    let about = match state.workspace {
        Workspace::Review => state.review.case().map(Pin::Region),
        _ => match state.selected() {
            [one] => Some(Pin::Region(*one)),
            _ => Some(Pin::Place([state.camera.center.x, state.camera.center.y])),
        },
    };
    if let Some(about) = about {
        let hint = match about {
            Pin::Region(_) => "Say something about this object; @Name mentions somebody",
            Pin::Place(_) => "Say something about the middle of the map",
        };
        if let Some(text) = line(ui, ("say", state.workspace), hint, "Say") {
            ask(out, CommitteeAsk::Say { on: about, text });
        }
    }
    ui.add_space(4.0);
    let unheard: Vec<RemarkId> = project.unheard(&member).iter().map(|remark| remark.id).collect();
    let mut threads: Vec<Thread<'_>> =
        project.threads(&member).into_iter().filter(|thread| resolved || !thread.resolved).collect();
    let named = |thread: &Thread<'_>| thread.remarks.iter().any(|one| unheard.contains(&one.id));
    threads.reverse();
    threads.sort_by_key(|thread| !named(thread));
    if threads.is_empty() {
        let text =
            "Nothing is said yet. What is said about an object or a place stands here until it is resolved.";
        ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
    }
    for one in threads.iter().take(SHOWN) {
        let mark = named(one);
        thread(ui, state, one, mark, true, out);
    }
}

/// The threads about the case on the card.
pub(super) fn of_case(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let (Some(project), Some(case)) = (state.content(), state.review.case()) else { return };
    let member = state.author();
    let threads = project.threads_on(case, &member);
    let unheard: Vec<RemarkId> = project.unheard(&member).iter().map(|remark| remark.id).collect();
    for one in &threads {
        let named = one.remarks.iter().any(|remark| unheard.contains(&remark.id));
        thread(ui, state, one, named, false, out);
    }
    let seen: Vec<RemarkId> = threads
        .iter()
        .flat_map(|one| &one.remarks)
        .map(|one| one.id)
        .filter(|id| unheard.contains(id))
        .collect();
    if !seen.is_empty() && state.read_only().is_none() {
        ask(out, CommitteeAsk::Heard(seen));
    }
    if project.is_blind(&Pin::Region(case)) {
        let text = "While the committee votes, only you see what you say. Others see it when all have voted.";
        ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
    }
    if let Some(text) = line(ui, ("say", case), "Comment; @Name mentions somebody", "Say") {
        ask(out, CommitteeAsk::Say { on: Pin::Region(case), text });
    }
}

fn thread(ui: &mut Ui, state: &State, thread: &Thread<'_>, named: bool, goes: bool, out: &mut Outbox) {
    let theme = &state.theme;
    let edge = if named { *theme.color.accent } else { *theme.color.line };
    let frame = Frame::new().fill(*theme.color.raised).stroke(egui::Stroke::new(1.0, edge));
    frame.corner_radius(theme.radius()).inner_margin(Margin::symmetric(8, 6)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(6.0, 3.0);
        for remark in &thread.remarks {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(remark.member.name()).font(fonts::medium(theme.size.body)));
                ui.add(egui::Label::new(remark.text().unwrap_or_default()).wrap());
            });
        }
        ui.horizontal_wrapped(|ui| {
            if goes {
                let (text, about) = match thread.on {
                    Pin::Region(_) => ("Show", "Go to the object that it is about"),
                    Pin::Place(_) => ("Show", "Go to the place that it is about"),
                };
                if ui.small_button(text).on_hover_text(about).clicked() {
                    ask(out, CommitteeAsk::Show(thread.on));
                    let seen = thread.remarks.iter().map(|one| one.id).collect();
                    ask(out, CommitteeAsk::Heard(seen));
                }
            }
            let text = if thread.resolved { "Open again" } else { "Resolve" };
            if ui.small_button(text).clicked() {
                ask(out, CommitteeAsk::Resolve { thread: thread.id, resolved: !thread.resolved });
            }
        });
        if !thread.resolved
            && let Some(text) = line(ui, ("reply", thread.id), "Reply", "Reply")
        {
            ask(out, CommitteeAsk::Reply { thread: thread.id, text });
        }
    });
    ui.add_space(6.0);
}

/// A line to type in, with a button; what was typed when it is sent.
fn line(ui: &mut Ui, salt: impl egui::AsIdSalt, hint: &str, button: &str) -> Option<String> {
    let id = egui::Id::unique("remark").with(salt);
    let mut typed: String = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    let mut sent = false;
    ui.horizontal(|ui| {
        let room = (ui.available_width() - 64.0).max(60.0);
        let edit = TextEdit::singleline(&mut typed).hint_text(hint).desired_width(room);
        let response = ui.add(edit.margin(Margin::symmetric(6, 4)));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(hint));
        let enter = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let worded = !typed.trim().is_empty();
        let clicked = ui.add_enabled_ui(worded, |ui| text_button(ui, button)).inner.clicked();
        sent = worded && (enter || clicked);
    });
    let text = sent.then(|| typed.trim().to_owned());
    if sent {
        typed.clear();
    }
    ui.data_mut(|d| d.insert_temp(id, typed));
    text
}
