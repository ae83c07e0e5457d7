//! A project on a server: share it, open one from there, how it stands, and who is let in.

use egui::{Context, Label, RichText, TextEdit, Ui};
use project::Role;

use super::dialog_export::{buttons, complaint};
use super::layers::caption;
use crate::exchange::ExchangeAsk;
use crate::format::count;
use crate::outbox::{Ask, Outbox};
use crate::sharing::{AdmitDraft, Condition, Errand, Hidden, ShareAsk, ShareDraft, ShareForm, Shared};
use crate::state::State;
use crate::widgets::{combo, default_button, dialog, field, text_button, value_row};

const WIDTH: f32 = 560.0;
const CAPTION: f32 = 110.0;

fn ask(out: &mut Outbox, ask: ShareAsk) {
    out.push(Ask::Exchange(ExchangeAsk::Share(ask)));
}

pub(super) fn show(ctx: &Context, state: &State, out: &mut Outbox) {
    if let Some(draft) = &state.exchange.admit {
        return admit(ctx, state, draft, out);
    }
    let Some(draft) = &state.exchange.share else { return };
    let modal = dialog(ctx, "share").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 96.0));
        match (&state.exchange.shared, draft.form.errand) {
            (Some(shared), Errand::Share) => standing(ui, state, shared, out),
            _ => form(ui, state, draft, out),
        }
    });
    if modal.should_close() {
        ask(out, ShareAsk::Close);
    }
}

fn paragraph(ui: &mut Ui, state: &State, text: &str) {
    ui.add(Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
}

/// What will happen, in plain words.
const WHAT_SHARING_DOES: &str = "Everything in this project (regions, labels, votes, comments, who did it) goes into that \
    database, and from then on what you and others do comes together by itself while you work. Your file stays the whole \
    project: you can go on without the server, and what you did is sent later, once. Imagery is not sent. \
    The database must be empty, and yours: whoever runs the server makes it.";
const WHAT_FETCHING_DOES: &str = "A file is made of what the server has, and kept in step with it from then on. Your lead \
    tells you the address and the password. Imagery is not on the server: layers are found where they lie on this computer.";

fn form(ui: &mut Ui, state: &State, draft: &ShareDraft, out: &mut Outbox) {
    let mut form = draft.form.clone();
    let (title, words, go) = match form.errand {
        Errand::Share => ("Share the project on a server", WHAT_SHARING_DOES, "Share"),
        Errand::Fetch => ("Open a project from a server", WHAT_FETCHING_DOES, "Open"),
        Errand::Enter => ("Password of the server", "It is used for this connection.", "Connect"),
    };
    ui.heading(title);
    ui.add_space(state.theme.space.s);
    paragraph(ui, state, words);
    ui.add_space(state.theme.space.m);
    ui.add_enabled_ui(!draft.is_running, |ui| fields(ui, state, draft, &mut form));
    if let Some(trouble) = &draft.trouble {
        complaint(ui, state, trouble);
    }
    let changed = form != draft.form;
    if changed {
        ask(out, ShareAsk::Form(Box::new(form)));
    }
    buttons(ui, |ui| {
        if draft.is_running {
            ui.label(RichText::new("Asking the server…").color(*state.theme.color.muted));
        } else if default_button(ui, state, go) && !changed {
            ask(out, ShareAsk::Go);
        }
        if text_button(ui, "Cancel").clicked() {
            ask(out, ShareAsk::Close);
        }
    });
}

fn fields(ui: &mut Ui, state: &State, draft: &ShareDraft, form: &mut ShareForm) {
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.horizontal(|ui| {
        caption(ui, state, "Address", CAPTION);
        let width = ui.available_width();
        ui.add_enabled_ui(form.errand != Errand::Enter, |ui| {
            field(ui, &mut form.address, "postgres://you@host/town", width);
        });
    });
    // A password that was typed into the address is not left standing there.
    if let Some((address, password)) = without_password(&form.address) {
        (form.address, form.password) = (address, Hidden(password));
    }
    ui.horizontal(|ui| {
        caption(ui, state, "Password", CAPTION);
        let edit = TextEdit::singleline(&mut form.password.0).password(true).desired_width(220.0);
        let response = ui.add(edit.margin(egui::Margin::symmetric(8, 5)).hint_text("Password"));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Password"));
        ui.checkbox(&mut form.remember, "Keep in the keyring").on_hover_text(
            "The system’s keyring keeps it; else it is asked for again. It is in no file of this program",
        );
    });
    match form.errand {
        Errand::Share => {
            ui.horizontal(|ui| {
                caption(ui, state, "Votes", CAPTION);
                ui.checkbox(&mut form.seal, "Seal committee votes from now on (recommended)").on_hover_text(
                    "What a sealed vote says is shown to nobody until the round is over: the server itself sees to that",
                );
            });
            if draft.open_votes > 0 {
                ui.horizontal(|ui| {
                    caption(ui, state, "", CAPTION);
                    let votes = count(draft.open_votes, "open vote", "open votes");
                    let text = format!("{votes} of committees that still vote may be read by the others");
                    ui.checkbox(&mut form.show_open_votes, text);
                });
            }
        }
        Errand::Fetch => {
            ui.horizontal(|ui| {
                caption(ui, state, "File", CAPTION);
                let width = ui.available_width();
                field(ui, &mut form.file, "File: the database’s name, if empty", width);
            });
        }
        Errand::Enter => {}
    }
}

/// An address and the password that was in it, where that is complete.
fn without_password(address: &str) -> Option<(String, String)> {
    let (scheme, rest) = address.split_once("://")?;
    let (who, place) = rest.rsplit_once('@')?;
    let (user, password) = who.split_once(':')?;
    let password = (!password.is_empty() && !place.is_empty()).then(|| password.to_owned())?;
    Some((format!("{scheme}://{user}@{place}"), password))
}

/// How it stands with the server.
fn standing(ui: &mut Ui, state: &State, shared: &Shared, out: &mut Outbox) {
    ui.heading("Shared project");
    ui.add_space(state.theme.space.m);
    value_row(ui, "Address", &shared.address, true).on_hover_text(&shared.address);
    if let Some(author) = &shared.author {
        let you = if shared.leads { format!("{author}, a lead there") } else { author.clone() };
        value_row(ui, "You", &you, false);
    }
    value_row(ui, "State", &shared.words(), false);
    value_row(ui, "Waiting to be sent", &count(shared.waiting, "entry", "entries"), false);
    ui.add_space(state.theme.space.s);
    match &shared.condition {
        Condition::Refused(trouble) => complaint(ui, state, trouble),
        Condition::Away { why, .. } => {
            let text = format!("{why} Go on working: what you do is sent once, when the server answers.");
            paragraph(ui, state, &text);
        }
        Condition::Offline => {
            paragraph(ui, state, "You work offline; what you do is sent when you go online again.");
        }
        Condition::Asking | Condition::Together => {}
    }
    for sentence in &shared.aside {
        let text = RichText::new(format!("Not taken: {sentence}")).color(*state.theme.color.warning);
        ui.add(Label::new(text).wrap());
    }
    buttons(ui, |ui| {
        if default_button(ui, state, "Done") {
            ask(out, ShareAsk::Close);
        }
        if text_button(ui, "Exchange now").clicked() {
            ask(out, ShareAsk::Retry);
        }
        if shared.leads && text_button(ui, "Let in…").clicked() {
            ask(out, ShareAsk::Admit);
        }
        if matches!(shared.condition, Condition::Refused(_)) && text_button(ui, "Password…").clicked() {
            ask(out, ShareAsk::Begin(Errand::Enter));
        }
        let leave = text_button(ui, "Stop sharing here").on_hover_text(
            "This file is not kept in step with the server any more; it stays as it is, and so does the server",
        );
        if leave.clicked() {
            ask(out, ShareAsk::Leave);
        }
    });
}

fn admit(ctx: &Context, state: &State, draft: &AdmitDraft, out: &mut Outbox) {
    let modal = dialog(ctx, "admit").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 96.0));
        ui.heading("Let somebody in");
        ui.add_space(state.theme.space.s);
        if let Some(Ok(admitted)) = &draft.outcome {
            paragraph(
                ui,
                state,
                "Tell them this, and keep the password to yourselves: it can be looked up nowhere.",
            );
            ui.add_space(state.theme.space.m);
            value_row(ui, "Member", &admitted.name, false);
            copied(ui, "Address", &admitted.address);
            match &admitted.password {
                Some(password) => copied(ui, "Password", &password.0),
                None => drop(value_row(ui, "Password", "as it was", false)),
            }
            buttons(ui, |ui| {
                if default_button(ui, state, "Done") {
                    ask(out, ShareAsk::CloseAdmit);
                }
            });
            return;
        }
        paragraph(ui, state, "They get a role of PostgreSQL of their own, with a password that is made now.");
        ui.add_space(state.theme.space.m);
        let (mut name, mut role) = (draft.name.clone(), draft.role);
        ui.add_enabled_ui(!draft.is_running, |ui| {
            ui.horizontal(|ui| {
                caption(ui, state, "Name", CAPTION);
                field(ui, &mut name, "The name that their votes carry", 260.0);
            });
            ui.horizontal(|ui| {
                caption(ui, state, "Part", CAPTION);
                combo("part of who is let in", role.text(), 180.0).show_ui(ui, |ui| {
                    for one in Role::ALL {
                        ui.selectable_value(&mut role, one, one.text());
                    }
                });
            });
        });
        if let Some(Err(trouble)) = &draft.outcome {
            complaint(ui, state, trouble);
        }
        let changed = name != draft.name || role != draft.role;
        let named = !name.trim().is_empty();
        if changed {
            ask(out, ShareAsk::AdmitForm(name, role));
        }
        buttons(ui, |ui| {
            let ready = named && !draft.is_running;
            ui.add_enabled_ui(ready, |ui| {
                if default_button(ui, state, "Let in") && !changed {
                    ask(out, ShareAsk::AdmitGo);
                }
            });
            if text_button(ui, "Cancel").clicked() {
                ask(out, ShareAsk::CloseAdmit);
            }
        });
    });
    if modal.should_close() {
        ask(out, ShareAsk::CloseAdmit);
    }
}

/// A value that goes to the clipboard by a click.
fn copied(ui: &mut Ui, name: &str, value: &str) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 72.0;
        ui.allocate_ui(egui::vec2(width, 20.0), |ui| value_row(ui, name, value, true).on_hover_text(value));
        if text_button(ui, "Copy").clicked() {
            ui.ctx().copy_text(value.to_owned());
        }
    });
}
