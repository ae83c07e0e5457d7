//! The classes whose key begins with the digits that were typed: what the next digit may be.

use egui::{Align2, Area, Frame, Margin, Order, Rect, RichText, Sense, vec2};

use super::classes::class_color;
use crate::fonts;
use crate::state::State;
use crate::widgets::{class_swatch, key_hint};

/// Classes shown at once.
const MOST: usize = 12;

pub(super) fn show(ctx: &egui::Context, state: &State, map: Rect) {
    if state.chord.is_empty() {
        return;
    }
    let Some(schema) = state.content().and_then(|p| p.schema()) else { return };
    let keys = schema.keys();
    let theme = &state.theme;
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::symmetric(10, 8));
    let area = Area::new(egui::Id::unique("key of a class")).order(Order::Foreground).interactable(false);
    area.pivot(Align2::CENTER_BOTTOM).fixed_pos(map.center_bottom() - vec2(0.0, 12.0)).show(ctx, |ui| {
        frame.show(ui, |ui| {
            let whole = keys.iter().find(|(key, _)| *key == state.chord);
            let title = match whole {
                Some((_, class)) => format!("{} …  Enter: {}", state.chord, class.name),
                None => format!("{} …  Esc: none", state.chord),
            };
            ui.label(RichText::new(title).font(fonts::medium(theme.size.body)).color(*theme.color.text));
            let next =
                keys.iter().filter(|(key, _)| key.len() > state.chord.len() && key.starts_with(&state.chord));
            for (key, class) in next.take(MOST) {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    key_hint(ui, &key[state.chord.len()..]);
                    let (rect, _) = ui.allocate_exact_size(vec2(18.0, 14.0), Sense::hover());
                    class_swatch(ui.painter(), theme, rect, class_color(state, class), class.hatch);
                    ui.label(class.name.as_str());
                });
            }
        });
    });
}
