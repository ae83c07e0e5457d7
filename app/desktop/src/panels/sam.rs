//! What “Segment anything” offers: which network answers, how right it expects to be, and the end of it. Without weights it
//! says so, where they go, and which tools need none.

use std::path::Path;

use editing::{Command, Key, Keymap, SamTool, ToolKind};
use egui::{RichText, Ui};

use super::tool_options::{key, muted};
use crate::commands::tooltip;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::sam::{Network, SamAsk, SamDesk};
use crate::state::State;
use crate::widgets::{primary_button, text_button, thin_progress};

/// Tools that find outlines without any weights.
const WITHOUT: [ToolKind; 2] = [ToolKind::Smart, ToolKind::Wand];
/// How wide progress is, in points.
const PROGRESS: f32 = 72.0;

pub(super) fn options(ui: &mut Ui, state: &State, keymap: &Keymap, tool: &SamTool, out: &mut Outbox) {
    let desk = &state.sam;
    match &desk.network {
        Network::Unknown => {}
        Network::Loading(path) => {
            ui.label(muted(state, format!("Reading {}", called(path))));
            thin_progress(ui, PROGRESS, None, "Reading weights");
        }
        Network::Missing => {
            ui.label("It needs weights, and there are none yet").on_hover_text(about(desk));
            choose(ui, state, keymap, desk, out);
        }
        Network::Refused { path, what, hint } => {
            let text = format!("{} is not taken", called(path));
            let label = ui.label(RichText::new(text).color(*state.theme.color.warning));
            label.on_hover_text(format!("{what}\n{hint}"));
            choose(ui, state, keymap, desk, out);
        }
        Network::Ready { path, name, device } => {
            let about = format!("{}, on {device}. Click to choose other weights.", path.display());
            if text_button(ui, name).on_hover_text(about).clicked() {
                out.push(Ask::Sam(SamAsk::Choose));
            }
            found(ui, state, tool, out);
        }
    }
}

fn called(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn about(desk: &SamDesk) -> String {
    let at = desk.folder.as_ref().map(|folder| format!(", or put one into {}", folder.display()));
    format!(
        "mobile_sam.pt, sam_vit_b, sam_vit_l or sam_vit_h (.pth), or the safetensors file of a SamModel. None of them comes \
         with this program: choose the file that you have{}.",
        at.unwrap_or_default()
    )
}

/// Where the weights are, and what else there is.
fn choose(ui: &mut Ui, state: &State, keymap: &Keymap, desk: &SamDesk, out: &mut Outbox) {
    if primary_button(ui, "Choose checkpoint…").on_hover_text(about(desk)).clicked() {
        out.push(Ask::Sam(SamAsk::Choose));
    }
    if let Some(folder) = &desk.folder {
        let again = text_button(ui, "Look again");
        if again.on_hover_text(format!("Looks into {}", folder.display())).clicked() {
            out.push(Ask::Sam(SamAsk::Again));
        }
    }
    ui.label(muted(state, "Without any:"));
    for kind in WITHOUT {
        let command = Command::Tool(kind);
        if text_button(ui, &command.text()).on_hover_text(tooltip(keymap, command)).clicked() {
            out.command(command);
        }
    }
}

/// What is shown, or what is waited for.
fn found(ui: &mut Ui, state: &State, tool: &SamTool, out: &mut Outbox) {
    let mono = fonts::mono(state.theme.size.body);
    let desk = &state.sam;
    match tool.shown() {
        Some((shown, which, count, took_ms)) => {
            let text = format!("{:.0}\u{a0}%", shown.score * 100.0);
            ui.label(RichText::new(text).font(mono.clone())).on_hover_text(format!(
                "How right the network expects this mask to be (intersection over union). Answered in {took_ms:.0} ms."
            ));
            let text = format!("{} of {count}", which + 1);
            ui.label(RichText::new(text).font(mono).color(*state.theme.color.muted))
                .on_hover_text("Another mask  Tab");
        }
        None if tool.is_drawing() && !tool.is_looking() && tool.failure().is_some() => {
            let why = tool.failure().map(ToString::to_string).unwrap_or_default();
            ui.label(muted(state, "Nothing found")).on_hover_text(why);
        }
        None => {}
    }
    if let Some(share) = desk.looking.filter(|_| desk.is_urgent || tool.is_looking()) {
        ui.label(muted(state, "Looking at the imagery"));
        thin_progress(ui, PROGRESS, Some(f64::from(share)), "Looking at the imagery");
    } else if desk.looking.is_some() {
        let (done, all) = desk.ahead;
        ui.label(muted(state, format!("Looking ahead, {done} of {all}"))).on_hover_text(
            "What is in view is looked at before you click there. It gives way to everything else.",
        );
    } else if tool.is_looking() {
        ui.label(muted(state, "Looking…"));
    }
    if tool.is_drawing() {
        if primary_button(ui, "Keep").on_hover_text("Enter").clicked() {
            out.push(key(Key::Enter));
        }
        if text_button(ui, "Drop").on_hover_text("Esc").clicked() {
            out.push(key(Key::Escape));
        }
    }
}
