//! What an arrow from region to region says: a list to type into, the last one first.

use egui::{Area, Event, Frame, Key, Margin, Order, Rect, RichText, ScrollArea, Ui, vec2};
use project::RegionId;

use crate::fonts;
use crate::journal::Names;
use crate::map::view::to_window;
use crate::outbox::{Ask, Outbox};
use crate::relating::{RelateAsk, RelationOffer};
use crate::state::State;
use crate::widgets::{field, menu_item, text_button};

const WIDTH: f32 = 300.0;
/// Offers that a digit takes.
const BY_DIGIT: usize = 9;

pub(super) fn show(ctx: &egui::Context, state: &State, map: Rect, out: &mut Outbox) {
    let (Some(ends), Some(open)) = (state.relating.asked, &state.project) else { return };
    let project = open.session.project();
    let offers = state.relating.offers(project);
    let names = Names { project, order: &open.counts.order };
    let taken = keys(ctx, state, &offers, out);
    let place = place(state, ends, map);
    let area = Area::new(egui::Id::unique("relation")).order(Order::Foreground).constrain_to(map);
    let shown = area.fixed_pos(place).show(ctx, |ui| {
        Frame::popup(ui.style()).inner_margin(Margin::same(8)).show(ui, |ui| {
            ui.set_width(WIDTH);
            heading(ui, state, &names, ends, out);
            let mut typed = state.relating.typed.clone();
            let hint = if offers.is_empty() { "Type how it stands to the other" } else { "Type a relation" };
            field(ui, &mut typed, hint, f32::INFINITY).request_focus();
            if typed != state.relating.typed {
                out.push(Ask::Relate(RelateAsk::Typed(typed)));
            }
            ui.add_space(4.0);
            list(ui, state, &offers, out);
        });
    });
    if let Some(offer) = taken {
        out.push(Ask::Relate(RelateAsk::Take(offer)));
    }
    let pressed = ctx.input(|i| i.pointer.any_pressed());
    if pressed && ctx.pointer_latest_pos().is_some_and(|p| !shown.response.rect.contains(p)) {
        out.push(Ask::Relate(RelateAsk::Leave));
    }
}

/// Beside the region that the arrow ends in.
fn place(state: &State, [_, to]: [RegionId; 2], map: Rect) -> egui::Pos2 {
    let end = state.shown().and_then(|p| project::anchor(&p.region(to)?.geometry));
    let at =
        end.map(|at| to_window(state.camera.screen_from_world(at), state.map_rect, state.pixels_per_point));
    at.filter(|at| map.contains(*at)).unwrap_or_else(|| map.center()) + vec2(16.0, 12.0)
}

/// Arrows mark, Enter takes what is marked, and before anything is typed a digit takes its line.
fn keys(
    ctx: &egui::Context,
    state: &State,
    offers: &[RelationOffer],
    out: &mut Outbox,
) -> Option<RelationOffer> {
    let marked = state.relating.marked.min(offers.len().saturating_sub(1));
    let by_digit = state.relating.typed.is_empty();
    ctx.input_mut(|i| {
        let none = egui::Modifiers::NONE;
        if i.consume_key(none, Key::ArrowDown) {
            out.push(Ask::Relate(RelateAsk::Mark((marked + 1).min(offers.len().saturating_sub(1)))));
        }
        if i.consume_key(none, Key::ArrowUp) {
            out.push(Ask::Relate(RelateAsk::Mark(marked.saturating_sub(1))));
        }
        if i.consume_key(none, Key::Enter) {
            return offers.get(marked).cloned();
        }
        let digit = i.events.iter().find_map(|event| match event {
            Event::Text(text) if by_digit => {
                text.parse::<usize>().ok().filter(|n| (1..=BY_DIGIT).contains(n))
            }
            _ => None,
        })?;
        let offer = offers.get(digit - 1).cloned()?;
        i.events.retain(|event| !matches!(event, Event::Text(_)));
        Some(offer)
    })
}

fn heading(ui: &mut Ui, state: &State, names: &Names<'_>, ends: [RegionId; 2], out: &mut Outbox) {
    ui.horizontal(|ui| {
        let class = |id| {
            let class = crate::map::regions::class_of(names.project, id);
            class.map_or_else(|| names.region(id), |class| class.name.clone())
        };
        let [from, to] = ends.map(class);
        let font = fonts::medium(state.theme.size.body);
        let text = RichText::new(format!("{from} … {to}")).font(font).color(*state.theme.color.text);
        let [from, to] = ends.map(|id| names.region(id));
        let width = (ui.available_width() - 76.0).max(40.0);
        ui.add_sized([width, 22.0], egui::Label::new(text).truncate().halign(egui::Align::LEFT))
            .on_hover_text(format!("From {from} to {to}"));
        if text_button(ui, "Turn round").on_hover_text("The arrow goes the other way").clicked() {
            out.push(Ask::Relate(RelateAsk::Turn));
        }
    });
}

fn list(ui: &mut Ui, state: &State, offers: &[RelationOffer], out: &mut Outbox) {
    if offers.is_empty() {
        let text = if state.relating.typed.is_empty() {
            "The classes have no relations yet. A word that you type becomes the first."
        } else {
            "This is said already, or is not meant for these classes."
        };
        ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
    }
    let marked = state.relating.marked.min(offers.len().saturating_sub(1));
    ScrollArea::vertical().max_height(232.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, offer) in offers.iter().enumerate() {
            let text = match offer {
                RelationOffer::Known(_, text) => text.clone(),
                RelationOffer::New(word) => format!("New relation “{word}”"),
            };
            let digit = state.relating.typed.is_empty() && at < BY_DIGIT;
            let key = if digit { (at + 1).to_string() } else { String::new() };
            let item = menu_item(ui, &text, &key, None);
            if at == marked {
                let edge = egui::Stroke::new(1.0, *state.theme.color.accent);
                ui.painter().rect_stroke(item.rect, state.theme.radius(), edge, egui::StrokeKind::Inside);
                if ui.input(|i| i.key_pressed(Key::ArrowDown) || i.key_pressed(Key::ArrowUp)) {
                    item.scroll_to_me(None);
                }
            }
            if item.clicked() {
                out.push(Ask::Relate(RelateAsk::Take(offer.clone())));
            }
        }
    });
}
