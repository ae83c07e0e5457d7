//! Notices at the edge of the map: never modal, with details on demand.

use egui::{Align2, Area, Frame, Layout, Margin, Order, Rect, RichText, Ui, vec2};

use crate::map::compare;
use crate::notice::{Notice, Tone};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, paint_icon};
use crate::{fonts, icons};

const WIDTH: f32 = 340.0;

pub fn show(ctx: &egui::Context, state: &State, map: Rect, out: &mut Outbox) {
    if state.notices.shown().is_empty() {
        return;
    }
    let gap = state.theme.space.m;
    Area::new(egui::Id::unique("notices"))
        .order(Order::Foreground)
        .pivot(Align2::RIGHT_TOP)
        .fixed_pos(map.right_top() + vec2(-gap, gap.max(compare::names_height(state))))
        .constrain_to(map)
        .show(ctx, |ui| {
            ui.set_width(WIDTH.min(map.width() - 2.0 * gap).max(120.0));
            ui.spacing_mut().item_spacing.y = 6.0;
            for notice in state.notices.shown() {
                one(ui, state, notice, out);
            }
        });
}

fn one(ui: &mut Ui, state: &State, notice: &Notice, out: &mut Outbox) {
    let theme = &state.theme;
    let c = &theme.color;
    let (icon, ink) = match notice.tone {
        Tone::Done => (icons::DONE, *c.success),
        Tone::Info => (icons::INFO, *c.accent),
        Tone::Warning => (icons::WARNING, *c.warning),
        Tone::Problem => (icons::ERROR, *c.danger),
    };
    let frame = Frame::new()
        .fill(*c.panel)
        .stroke(theme.hairline())
        .corner_radius(theme.radius())
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin { left: 10, right: 6, top: 6, bottom: 6 });
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            let (mark, _) = ui.allocate_exact_size(vec2(18.0, 24.0), egui::Sense::hover());
            paint_icon(ui, mark, icon, 16.0, ink);
            ui.with_layout(Layout::right_to_left(egui::Align::Min), |ui| {
                if ui.add(IconButton::new(icons::CLOSE, "Dismiss").quiet()).clicked() {
                    out.push(Ask::DismissNotice(notice.id));
                }
                ui.with_layout(Layout::top_down(egui::Align::Min), |ui| words(ui, state, notice, out));
            });
        });
    });
}

fn words(ui: &mut Ui, state: &State, notice: &Notice, out: &mut Outbox) {
    let theme = &state.theme;
    let text = if notice.times > 1 {
        format!("{}  ({} times)", notice.text, notice.times)
    } else {
        notice.text.clone()
    };
    ui.add_space(3.0);
    ui.add(egui::Label::new(RichText::new(text).color(*theme.color.text)).wrap());
    if notice.details.is_empty() {
        return;
    }
    if notice.open {
        let details = RichText::new(&notice.details).font(fonts::body(theme.size.small));
        ui.add(egui::Label::new(details.color(*theme.color.muted)).wrap().selectable(true));
        ui.horizontal(|ui| {
            if ui.small_button("Copy").clicked() {
                ui.ctx().copy_text(format!("{}\n{}", notice.text, notice.details));
            }
            if ui.small_button("Less").clicked() {
                out.push(Ask::NoticeDetails(notice.id));
            }
        });
    } else if ui.small_button("Details").clicked() {
        out.push(Ask::NoticeDetails(notice.id));
    }
}
