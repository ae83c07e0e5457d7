//! Fields for text, and the frame of dialogs.

use egui::{Frame, Id, Margin, Modal, Response, Stroke, TextEdit, Ui};

use crate::theme::Theme;

/// A one-line text field of this width; its edge is in the accent while it has the keyboard.
pub fn field(ui: &mut Ui, text: &mut String, hint: &str, width: f32) -> Response {
    let theme = Theme::of(ui.ctx());
    ui.scope(|ui| {
        ui.visuals_mut().selection.stroke = Stroke::new(1.0, *theme.color.accent);
        let edit = TextEdit::singleline(text).hint_text(hint).desired_width(width);
        let response = ui.add(edit.margin(Margin::symmetric(8, 5)));
        // The hint is gone for screen readers too once something is typed.
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(hint));
        response
    })
    .inner
}

/// The frame of a dialog over the window.
pub fn dialog(ctx: &egui::Context, name: &'static str) -> Modal {
    let theme = Theme::of(ctx);
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(theme.space.xl as i8));
    Modal::new(Id::unique(name)).frame(frame)
}
