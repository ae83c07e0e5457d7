//! Every live job with progress, rate, time left and a stop button.

use egui::{Align, Align2, Area, Frame, Layout, Margin, Order, RichText, ScrollArea, Ui, vec2};
use jobs::JobStatus;

use crate::outbox::{Ask, Outbox};
use crate::state::{Overlays, State};
use crate::widgets::{IconButton, thin_progress};
use crate::{fonts, format, icons};

pub(super) fn show(ctx: &egui::Context, state: &State, out: &mut Outbox) {
    if !state.overlays.jobs {
        return;
    }
    let theme = &state.theme;
    let screen = ctx.content_rect();
    let corner = screen.right_bottom() - vec2(theme.space.s, theme.shape.status_bar + theme.space.s);
    Area::new(egui::Id::unique("jobs"))
        .order(Order::Foreground)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(corner)
        .show(ctx, |ui| {
            let frame = Frame::popup(ui.style()).inner_margin(Margin::same(12));
            frame.show(ui, |ui| {
                ui.set_width(320.0);
                ui.horizontal(|ui| {
                    ui.label(RichText::new("Jobs").font(fonts::semibold(theme.size.body)));
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if ui.add(IconButton::new(icons::CLOSE, "Close jobs").quiet()).clicked() {
                            let closed = Overlays { jobs: false, ..state.overlays.clone() };
                            out.push(Ask::Overlays(closed));
                        }
                    });
                });
                let jobs: Vec<_> = state.visible_jobs().collect();
                if jobs.is_empty() {
                    ui.label(RichText::new("Nothing is being worked on.").color(*theme.color.muted));
                }
                ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                    for job in jobs {
                        one(ui, state, job, out);
                    }
                });
                if state.tiles_under_way > 0 {
                    let text = format!(
                        "{} on their way to the map",
                        format::count(state.tiles_under_way, "tile", "tiles")
                    );
                    ui.label(RichText::new(text).color(*theme.color.muted));
                }
            });
        });
}

fn one(ui: &mut Ui, state: &State, job: &JobStatus, out: &mut Outbox) {
    let theme = &state.theme;
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = format!("Stop {}", job.title);
            let stop =
                IconButton::new(icons::STOP, &name).disabled_because(job.cancelled.then_some("Stopping…"));
            if ui.add(stop).clicked() {
                out.push(Ask::StopJob(job.id));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(&job.title).truncate());
            });
        });
    });
    ui.horizontal(|ui| {
        thin_progress(ui, 180.0, job.share().filter(|_| job.started.is_some()), &job.title);
        let text = match (job.started, job.share(), job.remaining_s) {
            (None, ..) => "waiting".to_owned(),
            (_, Some(share), Some(left)) => {
                format!("{}, {} left", spatial::format::percent(share), format::duration(left))
            }
            (_, Some(share), None) => spatial::format::percent(share),
            _ => "running".to_owned(),
        };
        ui.label(RichText::new(text).font(fonts::mono(theme.size.small)).color(*theme.color.muted));
    });
    for warning in &job.warnings {
        ui.label(RichText::new(warning).font(fonts::body(theme.size.small)).color(*theme.color.warning));
    }
}
