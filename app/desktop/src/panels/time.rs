//! The slider through the days that layers were taken on.

use editing::{Command, Keymap, MapCommand};
use egui::{Align2, Area, Frame, Margin, Order, Rect, RichText, Ui, vec2};

use crate::commands::tooltip;
use crate::map::{compare, dates};
use crate::outbox::{Ask, Outbox};
use crate::run::map::MapAsk;
use crate::state::State;
use crate::widgets::IconButton;
use crate::{fonts, icons};

/// Floats over the upper edge of the map while it is on.
pub(super) fn show(ctx: &egui::Context, state: &State, keymap: &Keymap, map: Rect, out: &mut Outbox) {
    let Some(time) = &state.aids.time else { return };
    let days = dates::days(&state.aids.dates);
    if days.len() < 2 {
        return;
    }
    let theme = &state.theme;
    let frame = Frame::new()
        .fill(*theme.color.panel)
        .stroke(theme.hairline())
        .corner_radius(theme.radius())
        .inner_margin(Margin::symmetric(8, 4));
    // Below the names of the swipe and of linked views.
    let top = theme.space.s.max(compare::names_height(state) - 28.0);
    let area = Area::new(egui::Id::unique("time slider")).order(Order::Middle).constrain_to(map);
    area.pivot(Align2::CENTER_TOP).fixed_pos(map.center_top() + vec2(0.0, top)).show(ctx, |ui| {
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                step(ui, keymap, state, MapCommand::PreviousDate, icons::PREVIOUS, out);
                let here = days.iter().position(|day| *day == time.day).unwrap_or(0);
                let mut wanted = here;
                ui.spacing_mut().slider_width = (map.width() * 0.3).clamp(80.0, 320.0);
                let slider = egui::Slider::new(&mut wanted, 0..=days.len() - 1).show_value(false);
                let response = ui.add(slider);
                ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Date"));
                if wanted != here {
                    out.push(Ask::Map(MapAsk::Day(days[wanted])));
                }
                step(ui, keymap, state, MapCommand::NextDate, icons::NEXT, out);
                ui.label(RichText::new(dates::text(time.day)).font(fonts::medium(theme.size.body)));
                let count = format!("{} of {}", here + 1, days.len());
                ui.label(RichText::new(count).color(*theme.color.muted));
                let close = IconButton::new(icons::CLOSE, "Close the time slider").quiet();
                if ui.add(close).clicked() {
                    out.command(Command::Map(MapCommand::TimeSlider));
                }
            });
        });
    });
}

fn step(ui: &mut Ui, keymap: &Keymap, state: &State, to: MapCommand, icon: &str, out: &mut Outbox) {
    let command = Command::Map(to);
    let text = command.text();
    let button = IconButton::new(icon, &text)
        .tooltip(tooltip(keymap, command))
        .quiet()
        .disabled_because(command.unavailable(&state.situation()));
    if ui.add(button).clicked() {
        out.command(command);
    }
}
