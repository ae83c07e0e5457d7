//! The map in the window: pointer in, picture out.

use editing::{Cursor, Modifiers, Pointer, PointerButton, ToolEvent, ToolKind};
use egui::{CursorIcon, Event, EventFilter, Key, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};
use spatial::ScreenPoint;

use crate::outbox::{Ask, CameraMove, LayerAsk, Outbox};
use crate::state::State;

/// One notch of the wheel.
const NOTCH: f64 = 1.25;
/// Points of scrolling that one notch is.
const POINTS_PER_NOTCH: f64 = 50.0;
/// Two presses within this time and distance are a double click.
const DOUBLE_CLICK_S: f64 = 0.35;
const DOUBLE_CLICK_PX: f64 = 6.0;

/// The name of the map for screen readers and tests.
pub const NAME: &str = "Map";

/// Shows the map's place and turns what happens over it into asks; also where the pointer is. The picture
/// itself is painted by the caller.
pub fn interact(ui: &mut Ui, state: &State, rect: Rect, out: &mut Outbox) -> (Response, Option<ScreenPoint>) {
    let pixels_per_point = ui.ctx().pixels_per_point();
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, NAME));
    let placed = (state.map_rect, state.pixels_per_point, state.map_focus);
    if placed != (rect, pixels_per_point, response.id) {
        out.push(Ask::MapRect(rect, pixels_per_point, response.id));
    }
    keep_focus(ui, &response);
    let at = listen(ui, state, &response, rect, out);
    (response, at)
}

/// A view beside the first: the same camera and tool from another place of the window.
pub fn follow(ui: &mut Ui, state: &State, rect: Rect, view: usize, out: &mut Outbox) -> Option<ScreenPoint> {
    let response = ui.interact(rect, ui.scope_id().with(("view", view)), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, format!("View {}", view + 1)));
    if response.clicked() || response.drag_started() {
        ui.memory_mut(|m| m.request_focus(state.map_focus));
    }
    listen(ui, state, &response, rect, out)
}

/// Takes what happens over a view; where the pointer is, in physical pixels of it.
fn listen(ui: &Ui, state: &State, response: &Response, rect: Rect, out: &mut Outbox) -> Option<ScreenPoint> {
    let scale = ui.ctx().pixels_per_point();
    let hands = Hands::new(ui, state, response);
    pan_and_zoom(ui, response, hands.panning, rect, scale, out);
    scrub_bands(ui, state, response, rect, out);
    tool_events(ui, state, response, &hands, rect, out);
    set_cursor(ui, state, response, &hands);
    let hover = response.hover_pos().or_else(|| {
        let dragging = response.dragged() || response.is_pointer_button_down_on();
        ui.ctx().pointer_latest_pos().filter(|_| dragging)
    });
    hover.map(|p| to_screen(p, rect, scale))
}

/// Physical pixels in the map's rectangle.
pub fn to_screen(p: egui::Pos2, rect: Rect, pixels_per_point: f32) -> ScreenPoint {
    let d = (p - rect.min) * pixels_per_point;
    ScreenPoint { x: f64::from(d.x), y: f64::from(d.y) }
}

/// Points in the window from physical pixels in the map.
pub fn to_window(p: ScreenPoint, rect: Rect, pixels_per_point: f32) -> egui::Pos2 {
    rect.min + vec2(p.x as f32, p.y as f32) / pixels_per_point
}

/// The map has the keyboard unless something else was given it; Tab and arrows are its own then.
pub fn keep_focus(ui: &Ui, response: &Response) {
    let nobody = ui.memory(|m| m.focused().is_none()) && !egui::Popup::is_any_open(ui.ctx());
    if response.clicked() || response.drag_started() || nobody {
        response.request_focus();
    }
    if response.has_focus() {
        let filter = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
        ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
    }
}

/// What the pointer is doing.
struct Hands {
    /// Space is held, or the tool is the hand: the first button drags the map.
    hand: bool,
    /// Something drags the map now.
    panning: bool,
}

impl Hands {
    fn new(ui: &Ui, state: &State, response: &Response) -> Self {
        let space = ui.input(|i| i.key_down(Key::Space)) && !ui.ctx().text_edit_focused();
        let hand = space || state.tool.kind() == ToolKind::Pan;
        let middle = response.dragged_by(egui::PointerButton::Middle);
        let panning = middle || (hand && response.dragged_by(egui::PointerButton::Primary));
        Self { hand, panning }
    }
}

/// Dragging (when it pans) and the wheel move the camera.
pub fn pan_and_zoom(
    ui: &Ui,
    response: &Response,
    panning: bool,
    rect: Rect,
    pixels_per_point: f32,
    out: &mut Outbox,
) {
    if panning {
        let d = response.drag_delta() * pixels_per_point;
        if d != egui::Vec2::ZERO {
            out.push(Ask::Camera(CameraMove::Pan { dx: f64::from(d.x), dy: f64::from(d.y) }));
        }
    }
    let Some(pointer) = response.hover_pos() else { return };
    let (scroll, pinch) = ui.input(|i| (f64::from(i.smooth_scroll_delta().y), pinch(&i.events)));
    let factor = NOTCH.powf(scroll / POINTS_PER_NOTCH) * pinch;
    if (factor - 1.0).abs() > 1e-4 {
        let at = to_screen(pointer, rect, pixels_per_point);
        out.push(Ask::Camera(CameraMove::Zoom { factor, at }));
    }
}

/// How much two fingers zoom. What egui makes of the wheel with Ctrl held does not count: that goes through bands.
fn pinch(events: &[Event]) -> f64 {
    let zoom = |event: &Event| match event {
        Event::Zoom(factor) => Some(f64::from(*factor)),
        _ => None,
    };
    events.iter().filter_map(zoom).product()
}

/// With Ctrl held the wheel goes from band to band, upwards to the next; where there is none to go to it zooms, as it
/// does in other programs.
fn scrub_bands(ui: &Ui, state: &State, response: &Response, rect: Rect, out: &mut Outbox) {
    let Some(pointer) = response.hover_pos() else { return };
    let turned = |event: &Event| match event {
        Event::MouseWheel { unit, delta, modifiers, .. } if modifiers.command => Some(match unit {
            egui::MouseWheelUnit::Point => delta.y / POINTS_PER_NOTCH as f32,
            _ => delta.y,
        }),
        _ => None,
    };
    let notches: f32 = ui.input(|i| i.events.iter().filter_map(turned).sum());
    let layer = state.shown_layer().filter(|(_, layer)| layer.can_scrub()).map(|(id, _)| id);
    let Some(id) = layer else {
        if notches != 0.0 {
            let at = to_screen(pointer, rect, ui.ctx().pixels_per_point());
            out.push(Ask::Camera(CameraMove::Zoom { factor: NOTCH.powf(f64::from(notches)), at }));
        }
        return;
    };
    let held = response.id.with("scrubbed");
    let whole: f32 = ui.data(|d| d.get_temp(held)).unwrap_or(0.0) + notches;
    let steps = whole.trunc();
    if notches != 0.0 {
        ui.data_mut(|d| d.insert_temp(held, whole - steps));
    }
    if steps != 0.0 {
        out.layer(id, LayerAsk::Scrub(steps as isize));
    }
}

/// Remembers the last press, to tell double clicks when the button goes down.
#[derive(Clone, Copy, Default)]
struct LastPress {
    time: f64,
    at: [f64; 2],
    /// The first button went down over the map for the tool and is still down.
    held: bool,
}

fn tool_events(ui: &Ui, state: &State, response: &Response, hands: &Hands, rect: Rect, out: &mut Outbox) {
    let id = response.id.with("press");
    let mut last: LastPress = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    // A click beside an open menu closes it and does nothing else.
    let over = response.contains_pointer() && !egui::Popup::is_any_open(ui.ctx());
    let (events, time) = ui.input(|i| (i.events.clone(), i.time));
    for event in events {
        match event {
            Event::PointerButton { pos, button, pressed, modifiers } => {
                let Some(button) = button_of(button) else { continue };
                let at = to_screen(pos, rect, state.pixels_per_point);
                let mut pointer = Pointer::at(&state.camera, at, modifiers_of(modifiers), 1);
                pointer.button = button;
                if pressed && over && !hands.hand {
                    let near = (at.x - last.at[0]).hypot(at.y - last.at[1]) < DOUBLE_CLICK_PX;
                    if time - last.time < DOUBLE_CLICK_S && near && button == PointerButton::Primary {
                        pointer.clicks = 2;
                        last.time = f64::NEG_INFINITY;
                    } else {
                        last.time = time;
                    }
                    last.at = [at.x, at.y];
                    last.held = button == PointerButton::Primary;
                    out.push(Ask::Tool(ToolEvent::Press(pointer)));
                } else if !pressed && (last.held || button == PointerButton::Secondary) && !hands.hand {
                    last.held &= button != PointerButton::Primary;
                    out.push(Ask::Tool(ToolEvent::Release(pointer)));
                }
            }
            Event::PointerMoved(pos) if over || last.held => {
                let at = to_screen(pos, rect, state.pixels_per_point);
                let modifiers = ui.input(|i| modifiers_of(i.modifiers));
                let pointer = Pointer::at(&state.camera, at, modifiers, 0);
                let event = if last.held && !hands.panning {
                    ToolEvent::Drag(pointer)
                } else {
                    ToolEvent::Move(pointer)
                };
                out.push(Ask::Tool(event));
            }
            Event::PointerGone | Event::WindowFocused(false) if last.held => {
                last.held = false;
                out.push(Ask::Tool(ToolEvent::Cancel));
            }
            _ => {}
        }
    }
    ui.data_mut(|d| d.insert_temp(id, last));
}

fn button_of(button: egui::PointerButton) -> Option<PointerButton> {
    match button {
        egui::PointerButton::Primary => Some(PointerButton::Primary),
        egui::PointerButton::Secondary => Some(PointerButton::Secondary),
        _ => None,
    }
}

/// Modifiers in the words of tools.
pub fn modifiers_of(m: egui::Modifiers) -> Modifiers {
    Modifiers { ctrl: m.command, shift: m.shift, alt: m.alt }
}

fn set_cursor(ui: &Ui, state: &State, response: &Response, hands: &Hands) {
    if !response.hovered() && !response.dragged() {
        return;
    }
    let icon = if hands.panning {
        CursorIcon::Grabbing
    } else if hands.hand {
        CursorIcon::Grab
    } else {
        let cursor = state.with_tool_context(|ctx| state.tool.cursor(ctx)).unwrap_or_default();
        match cursor {
            Cursor::Arrow => CursorIcon::Default,
            Cursor::Crosshair => CursorIcon::Crosshair,
            Cursor::Finish | Cursor::Corner => CursorIcon::PointingHand,
            Cursor::Move => CursorIcon::Move,
            Cursor::Moving => CursorIcon::Grabbing,
            Cursor::Hand => CursorIcon::Grab,
        }
    };
    ui.ctx().set_cursor_icon(icon);
}
