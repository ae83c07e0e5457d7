//! The first steps, where there is nothing on the map yet.

use editing::{Command, FileCommand, Keymap};
use egui::{Align, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use crate::commands::shortcut_text;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{key_hint, primary_button, text_button};

pub(super) fn show(ui: &mut Ui, state: &State, keymap: &Keymap, map: Rect, out: &mut Outbox) {
    if !state.layers.is_empty() || state.situation().regions > 0 {
        return;
    }
    let theme = &state.theme;
    let place = Rect::from_center_size(map.center(), vec2(380.0, 260.0));
    let column = UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Center));
    ui.scope_builder(column, |ui| {
        let title = if state.project.is_some() { "Nothing on the map yet" } else { "Open imagery or a project" };
        ui.label(RichText::new(title).font(fonts::semibold(theme.size.display)));
        ui.add_space(theme.space.s);
        let text = "Drop GeoTIFF, PNG or JPEG files, or an Orthoscope project (.gpkg), anywhere on this window. \
                    Everything you draw is saved as you go.";
        ui.label(RichText::new(text).color(*theme.color.muted));
        ui.add_space(theme.space.l);
        let open = Command::File(if state.project.is_some() { FileCommand::AddImagery } else { FileCommand::Open });
        let width = 236.0;
        ui.allocate_ui_with_layout(vec2(width, 32.0), Layout::left_to_right(Align::Center), |ui| {
            if primary_button(ui, &open.text()).clicked() {
                out.command(open);
            }
            key_hint(ui, &shortcut_text(keymap, open));
            let new = Command::File(FileCommand::New);
            if state.project.is_none() && text_button(ui, &new.text()).clicked() {
                out.command(new);
            }
        });
        recent(ui, state, out);
    });
}

fn recent(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let theme = &state.theme;
    let recent: Vec<_> = state.preferences.recent.iter().filter(|p| p.exists()).take(4).collect();
    if recent.is_empty() || state.project.is_some() {
        return;
    }
    ui.add_space(theme.space.xl);
    ui.label(RichText::new("Recent").font(fonts::medium(theme.size.small)).color(*theme.color.muted));
    for path in recent {
        let link = ui.link(crate::work::file_name(path)).on_hover_text(path.display().to_string());
        if link.clicked() {
            out.push(Ask::OpenFiles(vec![path.clone()]));
        }
    }
}
