//! “Print cards…” and “Bundle for a member…”: which cases, how, and where to.

use egui::{Context, DragValue, RichText, Ui};
use picture::cards::Paper;
use picture::sheet::Format;
use project::Author;

use super::dialog_export::buttons;
use super::layers::caption;
use crate::outbox::{Ask, Outbox};
use crate::paper_draft::{Kind, Of, PaperAsk, PaperDraft};
use crate::state::State;
use crate::widgets::{combo, default_button, dialog, field, text_button, thin_progress};

const WIDTH: f32 = 520.0;
const CAPTION: f32 = 90.0;

pub(super) fn show(ctx: &Context, state: &State, out: &mut Outbox) {
    let Some(draft) = state.paper.as_deref() else { return };
    let mut wanted = draft.clone();
    let modal = dialog(ctx, "cards on paper").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 96.0));
        ui.heading(match draft.kind {
            Kind::Sheet => "Print cards",
            Kind::Bundle => "Bundle for a member",
        });
        ui.add_space(state.theme.space.m);
        ui.spacing_mut().item_spacing.y = 8.0;
        ui.add_enabled_ui(draft.running.is_none(), |ui| {
            which(ui, state, &mut wanted);
            match draft.kind {
                Kind::Sheet => sheet(ui, state, &mut wanted),
                Kind::Bundle => bundle(ui, state, &mut wanted),
            }
            if place(ui, state, &mut wanted) {
                out.push(Ask::Paper(PaperAsk::ChooseFile));
            }
        });
        if let Some(trouble) = &draft.trouble {
            let text = RichText::new(trouble).color(*state.theme.color.danger);
            ui.add(egui::Label::new(text).wrap());
        }
        buttons(ui, |ui| actions(ui, state, draft, out));
    });
    if modal.should_close() && draft.running.is_none() {
        out.push(Ask::Paper(PaperAsk::Close));
    } else if wanted != *draft {
        out.push(Ask::Paper(PaperAsk::Draft(Box::new(wanted))));
    }
}

/// How many cases a source has.
fn size(state: &State, of: Of) -> usize {
    match of {
        Of::Listed => state.review.count(),
        Of::Chosen => state.review.targets().len(),
        Of::Table => state.project.as_ref().map_or(0, |open| open.finder.len()),
        Of::Every => state.content().map_or(0, |project| project.regions().len()),
    }
}

fn which(ui: &mut Ui, state: &State, wanted: &mut PaperDraft) {
    ui.horizontal_wrapped(|ui| {
        caption(ui, state, "Cases", CAPTION);
        for of in Of::ALL {
            let n = size(state, of);
            let text = format!("{} ({})", of.text(), spatial::format::count(n as u64));
            let label = egui::Button::selectable(wanted.of == of, text);
            if ui.add_enabled(n > 0, label).clicked() {
                wanted.of = of;
            }
        }
    });
}

fn sheet(ui: &mut Ui, state: &State, wanted: &mut PaperDraft) {
    ui.horizontal(|ui| {
        caption(ui, state, "Paper", CAPTION);
        combo("paper", wanted.paper.text(), 90.0).show_ui(ui, |ui| {
            for paper in Paper::ALL {
                ui.selectable_value(&mut wanted.paper, paper, paper.text());
            }
        });
        ui.checkbox(&mut wanted.landscape, "Landscape");
        ui.add(DragValue::new(&mut wanted.per_page).range(1..=60).suffix(" a page"));
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Title", CAPTION);
        field(ui, &mut wanted.heading, "No title", f32::INFINITY);
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Show", CAPTION);
        ui.checkbox(&mut wanted.boxes, "Boxes to tick");
        ui.checkbox(&mut wanted.labels, "Labels");
        let votes = ui.checkbox(&mut wanted.votes, "Open votes");
        votes.on_hover_text("Votes of committees that are still voting are never printed");
    });
    if !wanted.labels && !wanted.votes {
        let text = "Blind: nothing of labels or votes is on the pages.";
        ui.label(RichText::new(text).color(*state.theme.color.muted));
    }
}

fn bundle(ui: &mut Ui, state: &State, wanted: &mut PaperDraft) {
    ui.horizontal(|ui| {
        caption(ui, state, "For", CAPTION);
        let text = wanted.member.as_ref().map_or("Choose a member", Author::name).to_owned();
        let people = crate::workspaces::review::people(state);
        combo("whom a bundle is for", &text, 220.0).show_ui(ui, |ui| {
            for member in people {
                let name = member.name().to_owned();
                ui.selectable_value(&mut wanted.member, Some(member), name);
            }
        });
    });
    let text = format!(
        "{}: a folder with cards and a page to vote on in any browser, without network. Nothing of labels of others or of \
         votes is in it{}.",
        state.review.stage.text(),
        if state.review.stage == project::review::Stage::One { " but the class that is judged" } else { "" }
    );
    ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
}

/// Where to; true when it is to be chosen by a file dialog.
fn place(ui: &mut Ui, state: &State, wanted: &mut PaperDraft) -> bool {
    if wanted.kind == Kind::Sheet {
        ui.horizontal(|ui| {
            caption(ui, state, "Form", CAPTION);
            for (form, text) in [(Format::Pdf, "PDF"), (Format::Png, "PNG, one for each page")] {
                if ui.selectable_label(wanted.form() == Some(form), text).clicked() {
                    wanted.set_form(form);
                }
            }
        });
    }
    ui.horizontal(|ui| {
        caption(ui, state, if wanted.kind == Kind::Sheet { "File" } else { "New folder" }, CAPTION);
        let width = ui.available_width() - 96.0;
        field(ui, &mut wanted.path, "Where to", width);
        text_button(ui, "Choose…").clicked()
    })
    .inner
}

/// Why nothing can be made as the dialog is now.
fn obstacle(state: &State, draft: &PaperDraft) -> Option<&'static str> {
    if size(state, draft.of) == 0 {
        return Some("There is no case in this");
    }
    match draft.kind {
        Kind::Sheet if draft.form().is_none() => Some("End the file name in .pdf or .png"),
        Kind::Bundle if draft.member.is_none() => Some("Choose a member first"),
        _ if draft.path.trim().is_empty() => Some("Say where to"),
        _ => None,
    }
}

fn actions(ui: &mut Ui, state: &State, draft: &PaperDraft, out: &mut Outbox) {
    if let Some(id) = draft.running {
        if text_button(ui, "Stop").clicked() {
            out.push(Ask::Paper(PaperAsk::Close));
        }
        let share = state.jobs.iter().find(|j| j.id == id).and_then(jobs::JobStatus::share);
        thin_progress(ui, 200.0, share, "Progress of the cards");
        ui.label(RichText::new("Drawing…").color(*state.theme.color.muted));
        return;
    }
    match obstacle(state, draft) {
        None => {
            let text = if draft.kind == Kind::Sheet { "Print" } else { "Make bundle" };
            if default_button(ui, state, text) {
                out.push(Ask::Paper(PaperAsk::Make));
            }
        }
        Some(why) => {
            ui.label(RichText::new(why).color(*state.theme.color.muted));
        }
    }
    if text_button(ui, "Cancel").clicked() {
        out.push(Ask::Paper(PaperAsk::Close));
    }
}
