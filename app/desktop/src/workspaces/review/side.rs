//! The panel on the right: the votes on the case, or the figures of the whole review.

use egui::{Frame, Margin, Panel, ScrollArea, Ui};

use super::{figures, votes};
use crate::outbox::{Ask, Outbox};
use crate::review::{ReviewAsk, Side};
use crate::state::State;
use crate::widgets::{hairline, tab};

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let theme = &state.theme;
    let width = state.panel_sizes().right.unwrap_or(theme.shape.right_panel);
    let panel = Panel::right("review side").default_size(width).size_range(240.0..=480.0);
    let shown = panel.frame(Frame::new().fill(*theme.color.panel)).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for (side, text) in [(Side::Case, "Case"), (Side::Agreement, "Agreement")] {
                if tab(ui, text, state.review.side == side, 32.0).clicked() {
                    out.push(Ask::Review(ReviewAsk::Side(side)));
                }
            }
        });
        hairline(ui);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let margin = Margin { left: 12, right: 12, top: 4, bottom: 8 };
            Frame::new().inner_margin(margin).show(ui, |ui| match state.review.side {
                Side::Case => votes::show(ui, state),
                Side::Agreement => figures::show(ui, state),
            });
        });
    });
    let now = shown.response.rect.width();
    if (now - width).abs() > 1.0 {
        out.push(Ask::PanelSizes { right: Some(now), next: None });
    }
}
