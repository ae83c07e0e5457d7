//! What copies of the project say against each other about a region, and the choice between them.

use egui::{Frame, Margin, RichText, Ui, vec2};
use project::{Project, RegionId};

use crate::exchange::ExchangeAsk;
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::text_button;

/// Conflicts of one region that are shown.
const SHOWN: usize = 8;

pub(super) fn show(ui: &mut Ui, state: &State, project: &Project, id: RegionId, out: &mut Outbox) {
    let theme = &state.theme;
    for (conflict_id, conflict) in project.conflicts_on(id).take(SHOWN) {
        Frame::new()
            .fill(*theme.color.raised)
            .stroke(egui::Stroke::new(1.0, *theme.color.warning))
            .corner_radius(theme.radius())
            .inner_margin(Margin::symmetric(10, 8))
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing = vec2(6.0, 4.0);
                let title = format!("{} has another version", conflict.author);
                ui.add(egui::Label::new(RichText::new(title).font(fonts::medium(theme.size.body))).wrap());
                let small = |text: String| RichText::new(text).font(fonts::body(theme.size.small));
                let deed = conflict.sentence(|_| "this region".to_owned());
                ui.add(egui::Label::new(small(deed)).wrap());
                ui.add(egui::Label::new(small(conflict.reason.clone()).color(*theme.color.muted)).wrap());
                ui.horizontal_wrapped(|ui| {
                    let about = "Nothing changes, and the conflict is decided";
                    if text_button(ui, "Keep what stands").on_hover_text(about).clicked() {
                        out.push(Ask::Exchange(ExchangeAsk::Decide(conflict_id, false)));
                    }
                    let text = format!("Take {}’s version", conflict.author);
                    let about = "It takes the place of what stands; one undo brings that back";
                    if text_button(ui, &text).on_hover_text(about).clicked() {
                        out.push(Ask::Exchange(ExchangeAsk::Decide(conflict_id, true)));
                    }
                });
            });
        ui.add_space(theme.space.s);
    }
}
