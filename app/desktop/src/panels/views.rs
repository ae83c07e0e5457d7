//! The divider of the swipe, and the titles of linked views.

use egui::{
    Align2, Area, CursorIcon, Frame, Key, Margin, Order, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};
use project::LayerId;
use renderer::ViewId;

use super::Picture;
use crate::icons;
use crate::map::compare::{self, Swipe};
use crate::map::view::to_window;
use crate::outbox::{Ask, LayerAsk, Outbox};
use crate::run::map::MapAsk;
use crate::state::State;
use crate::widgets::{combo, menu_item};

/// The renderer's numbers: the two sides of the divider, then the views beside the first.
const FIRST_VIEW: u32 = 10;
/// Width of what takes hold of the divider, in points.
const GRIP: f32 = 16.0;
/// One press of an arrow on the divider, as a share of the map.
const STEP: f32 = 0.02;

/// Paints the map once, or twice with a divider between.
pub(super) fn paint(ui: &Ui, state: &State, picture: &Picture<'_>, rect: Rect) {
    let painter = ui.painter().with_clip_rect(rect);
    match compare::sides(state) {
        None => {
            let make = |gpu: crate::map::scene::OnGpu<'_>| crate::map::scene::scene(state, None, gpu);
            painter.add(picture.paint(rect, ViewId::MAIN, make));
        }
        Some((swipe, sides)) => {
            let x = rect.left() + rect.width() * swipe.share;
            let halves = [rect.with_max_x(x), rect.with_min_x(x)];
            for (i, (half, shown)) in halves.into_iter().zip(&sides).enumerate() {
                // The whole picture is prepared for each side, and only its part is painted.
                let id = ViewId(FIRST_VIEW + i as u32);
                let make =
                    |gpu: crate::map::scene::OnGpu<'_>| crate::map::scene::scene(state, shown.as_ref(), gpu);
                painter.with_clip_rect(half.intersect(rect)).add(picture.paint(rect, id, make));
            }
        }
    }
}

/// Paints the second or a following view.
pub(super) fn paint_view(ui: &Ui, state: &State, picture: &Picture<'_>, rect: Rect, view: usize) {
    let shown = state.aids.views.layers(&compare::top_first(state), view);
    let painter = ui.painter().with_clip_rect(rect);
    painter.extend(crate::map::basemap::shapes(state, rect));
    let id = ViewId(FIRST_VIEW + 1 + view as u32);
    painter.add(picture.paint(rect, id, |gpu| crate::map::scene::scene(state, shown.as_ref(), gpu)));
}

/// Where the pointer is in the other views.
pub(super) fn paint_pointer(ui: &Ui, state: &State, cells: &[Rect]) {
    let Some(at) = state.pointer.screen else { return };
    let pointer = ui.ctx().pointer_latest_pos();
    let c = &state.theme.color;
    for cell in cells.iter().filter(|cell| !pointer.is_some_and(|p| cell.contains(p))) {
        let painter = ui.painter().with_clip_rect(*cell);
        let p = to_window(at, *cell, state.pixels_per_point);
        for (width, color) in [(3.0, *c.map_casing), (1.0, *c.map_ink)] {
            for arm in [vec2(7.0, 0.0), vec2(0.0, 7.0)] {
                painter.line_segment([p - arm, p + arm], Stroke::new(width, color));
            }
        }
    }
}

/// The divider, and above it which layer is on which side.
pub(super) fn swipe(ui: &mut Ui, state: &State, rect: Rect, out: &mut Outbox) {
    let Some((swipe, _)) = compare::sides(state) else { return };
    let x = rect.left() + rect.width() * swipe.share;
    let grip = Rect::from_center_size(pos2(x, rect.center().y), vec2(GRIP, rect.height()));
    let response = ui.interact(grip, ui.scope_id().with("swipe divider"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Swipe divider"));
    let mut share = swipe.share;
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        share = (at.x - rect.left()) / rect.width();
    }
    if response.has_focus() {
        let (left, right) = ui.input(|i| (i.key_pressed(Key::ArrowLeft), i.key_pressed(Key::ArrowRight)));
        share += f32::from(i8::from(right) - i8::from(left)) * STEP;
    }
    ask(swipe, Swipe { share: share.clamp(0.0, 1.0), ..swipe }, out);
    let c = &state.theme.color;
    let hot = response.hovered() || response.dragged() || response.has_focus();
    if hot {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    let painter = ui.painter().with_clip_rect(rect);
    let ink = if hot { *c.accent } else { *c.map_ink };
    painter.vline(x, rect.y_range(), Stroke::new(4.0, *c.map_casing));
    painter.vline(x, rect.y_range(), Stroke::new(1.5, ink));
    let middle = pos2(x, rect.center().y);
    painter.circle(middle, 9.0, *c.map_casing, Stroke::new(1.5, ink));
    for (side, dx) in [(-1.0, -3.0), (1.0, 3.0)] {
        let at = |dx: f32, dy: f32| middle + vec2(dx, dy);
        let arrow: Vec<Pos2> = vec![at(dx, -3.5), at(dx + side * 3.5, 0.0), at(dx, 3.5)];
        painter.line(arrow, Stroke::new(1.5, ink));
    }
    sides(ui, state, swipe, rect, x, out);
}

/// The names of the two layers; each is a list of the others.
fn sides(ui: &Ui, state: &State, swipe: Swipe, rect: Rect, x: f32, out: &mut Outbox) {
    let gap = state.theme.space.m;
    let y = rect.top() + state.theme.space.s;
    // Near an edge of the map both names keep their place on it.
    let x = x.clamp(
        rect.left() + 170.0_f32.min(rect.width() / 2.0),
        rect.right() - 170.0_f32.min(rect.width() / 2.0),
    );
    let places = [
        ("Left layer", swipe.left, pos2(x - gap, y), Align2::RIGHT_TOP),
        ("Right layer", swipe.right, pos2(x + gap, y), Align2::LEFT_TOP),
    ];
    for (name, id, at, pivot) in places {
        let area = Area::new(egui::Id::unique(name)).order(Order::Middle).pivot(pivot).fixed_pos(at);
        area.show(ui.ctx(), |ui| {
            let Some(chosen) = choose(ui, state, name, id) else { return };
            let left = name == "Left layer";
            let (old, other) = if left { (swipe.left, swipe.right) } else { (swipe.right, swipe.left) };
            // Choosing what is on the other side changes sides.
            let other = if chosen == other { old } else { other };
            let (left, right) = if left { (chosen, other) } else { (other, chosen) };
            ask(swipe, Swipe { left, right, ..swipe }, out);
        });
    }
}

fn choose(ui: &mut Ui, state: &State, name: &str, id: LayerId) -> Option<LayerId> {
    let mut chosen = None;
    let layers = state.layers_top_first();
    let text = layers.iter().find(|(other, _)| *other == id).map_or("", |(_, l)| l.name.as_str());
    let list = combo(name, short(text), 140.0).show_ui(ui, |ui| {
        for (other, layer) in &layers {
            if ui.selectable_label(*other == id, short(&layer.name)).clicked() {
                chosen = Some(*other);
            }
        }
    });
    ui.ctx().accesskit_node_builder(list.response.id, |node| node.set_label(format!("{name}: {text}")));
    list.response.on_hover_text(text);
    chosen.filter(|other| *other != id)
}

fn ask(before: Swipe, after: Swipe, out: &mut Outbox) {
    if after != before {
        out.push(Ask::Map(MapAsk::Swipe(after)));
    }
}

fn short(name: &str) -> String {
    let mut letters = name.chars();
    let first: String = letters.by_ref().take(22).collect();
    if letters.next().is_some() { first + "…" } else { first }
}

/// The number of a view, and which layers it shows.
pub(super) fn title(ui: &Ui, state: &State, rect: Rect, view: usize, out: &mut Outbox) {
    let theme = &state.theme;
    let name = format!("Layers of view {}", view + 1);
    let at = rect.left_top() + vec2(theme.space.s, theme.space.s);
    Area::new(egui::Id::unique(("view title", view))).order(Order::Middle).fixed_pos(at).show(
        ui.ctx(),
        |ui| {
            let frame =
                Frame::new().fill(*theme.color.panel).stroke(theme.hairline()).corner_radius(theme.radius());
            frame.inner_margin(Margin::symmetric(2, 0)).show(ui, |ui| {
                let ids = compare::top_first(state);
                let shown = state.aids.views.layers(&ids, view);
                let is_shown = |id: LayerId| match &shown {
                    Some(set) => set.contains(&id),
                    None => state.layers.get(&id).is_some_and(|l| l.visible),
                };
                let layers = state.layers_top_first();
                let top =
                    layers.iter().find(|(id, _)| is_shown(*id)).map_or("No layer", |(_, l)| l.name.as_str());
                let text = format!("{}  {}", view + 1, short(top));
                let button = ui.add(egui::Button::new(text).frame_when_inactive(false));
                let label = name.clone();
                ui.ctx().accesskit_node_builder(button.id, |node| node.set_label(label));
                let button = button.on_hover_text("Which layers this view shows");
                egui::Popup::menu(&button).width(220.0).show(|ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    for (id, layer) in &layers {
                        let mark = if is_shown(*id) { icons::CHECK } else { "" };
                        if menu_item(ui, &layer.name, mark, None).clicked() {
                            let to = !is_shown(*id);
                            out.push(match view {
                                0 => Ask::Layer(*id, LayerAsk::Visible(to)),
                                _ => Ask::Map(MapAsk::ShowInView(view, *id, to)),
                            });
                        }
                    }
                });
            });
        },
    );
}
