//! Join copies: what would come from whom, and what clashes, before anything is done.

use egui::{Context, RichText, ScrollArea, Ui};
use project::RegionId;
use spatial::format as units;

use super::dialog_export::{buttons, complaint};
use crate::exchange::ExchangeAsk;
use crate::fonts;
use crate::format::count;
use crate::joining::{JoinDraft, Outlook};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{default_button, dialog, hairline, text_button, value_row};
use crate::work::file_name;

const WIDTH: f32 = 560.0;
/// Conflicts that are named one by one.
const NAMED: usize = 200;

pub(super) fn show(ctx: &Context, state: &State, out: &mut Outbox) {
    let Some(draft) = &state.exchange.join else { return };
    let modal = dialog(ctx, "join").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 96.0));
        ui.heading(format!("Join {}", count(draft.copies.len(), "copy", "copies")));
        ui.add_space(state.theme.space.m);
        match &draft.outlook {
            None => {
                ui.label(RichText::new("Reading the copies…").color(*state.theme.color.muted));
            }
            Some(Err(trouble)) => complaint(ui, state, trouble),
            Some(Ok(outlook)) => preview(ui, state, outlook),
        }
        buttons(ui, |ui| actions(ui, state, draft, out));
    });
    if modal.should_close() {
        out.push(Ask::Exchange(ExchangeAsk::CloseJoin));
    }
}

fn actions(ui: &mut Ui, state: &State, draft: &JoinDraft, out: &mut Outbox) {
    if let Some(Ok(outlook)) = &draft.outlook {
        let taken = usize::try_from(outlook.report.taken()).unwrap_or(usize::MAX);
        if taken == 0 {
            ui.label(RichText::new("There is nothing new in them").color(*state.theme.color.muted));
        } else if default_button(ui, state, &format!("Join {}", count(taken, "entry", "entries"))) {
            out.push(Ask::Exchange(ExchangeAsk::Join));
        }
    }
    if text_button(ui, "Cancel").clicked() {
        out.push(Ask::Exchange(ExchangeAsk::CloseJoin));
    }
}

fn preview(ui: &mut Ui, state: &State, outlook: &Outlook) {
    let report = &outlook.report;
    let muted = |text: &str| RichText::new(text).color(*state.theme.color.muted);
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.label(muted("New in each copy"));
    for copy in &report.copies {
        let new = format!("{} of {} entries", units::count(copy.new), units::count(copy.entries));
        value_row(ui, &file_name(&copy.path), &new, true).on_hover_text(copy.path.display().to_string());
    }
    if !report.members.is_empty() {
        ui.add_space(state.theme.space.s);
        ui.label(muted("From whom"));
        for member in &report.members {
            let parts = [
                (member.edits, "change", "changes"),
                (member.votes, "vote", "votes"),
                (member.visits, "visit", "visits"),
                (member.other, "other", "others"),
            ];
            let said: Vec<String> = parts
                .iter()
                .filter(|(n, ..)| *n > 0)
                .map(|(n, one, many)| count(usize::try_from(*n).unwrap_or(usize::MAX), one, many))
                .collect();
            value_row(ui, &member.member, &said.join(", "), true);
        }
    }
    ui.add_space(state.theme.space.s);
    hairline(ui);
    ui.add_space(4.0);
    value_row(ui, "Regions changed", &units::count(report.regions_changed as u64), true);
    value_row(ui, "Conflicts", &units::count(report.conflicts.len() as u64), true)
        .on_hover_text("Both versions are kept; the regions go to the committee until somebody decides");
    if report.settled > 0 {
        value_row(ui, "Conflicts that end", &units::count(report.settled as u64), true);
    }
    ScrollArea::vertical()
        .max_height(190.0)
        .auto_shrink([false, true])
        .show(ui, |ui| details(ui, state, outlook));
}

fn details(ui: &mut Ui, state: &State, outlook: &Outlook) {
    let c = &state.theme.color;
    let small = |text: String| RichText::new(text).font(fonts::body(state.theme.size.small));
    for doubt in &outlook.report.doubts {
        ui.add(egui::Label::new(small(doubt.clone()).color(*c.warning)).wrap());
    }
    let name = |id: RegionId| outlook.project.region_name(id);
    for (_, conflict) in outlook.report.conflicts.iter().take(NAMED) {
        let text = format!("{}: {} ({})", conflict.author, conflict.sentence(name), conflict.reason);
        ui.add(egui::Label::new(small(text).color(*c.muted)).wrap());
    }
    let more = outlook.report.conflicts.len().saturating_sub(NAMED);
    if more > 0 {
        ui.label(small(format!("and {} more", units::count(more as u64))).color(*c.muted));
    }
}
