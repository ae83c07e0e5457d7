//! What smart selection offers: the method, what a drag draws, how sharp the border is that was found, and the end of it.

use editing::{Amount, Key, Method, SMART_METHODS, SUPERPIXELS_PX, SmartTool, ToolEvent};
use egui::{DragValue, RichText, Role, Ui, WidgetInfo};

use super::tool_options::{key, muted};
use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{combo, primary_button, text_button};

/// Below this an outline hardly lies on edges, and is worth a look before it is kept.
const BLUNT: f64 = 0.5;

pub(super) fn options(ui: &mut Ui, state: &State, smart: &SmartTool, out: &mut Outbox) {
    let amount = |amount| Ask::Tool(ToolEvent::Amount(amount));
    let shown = combo("smart method", smart.method().text(), 116.0).show_ui(ui, |ui| {
        for method in SMART_METHODS {
            let label = ui.selectable_label(smart.method() == method, method.text());
            if label.on_hover_text(about(method)).clicked() {
                out.push(amount(Amount::Method(method)));
            }
        }
    });
    let response = shown.response.on_hover_text(about(smart.method()));
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, smart.method().text()));
    if smart.method() == Method::Superpixels {
        let mut size = smart.superpixel_px();
        let drag = DragValue::new(&mut size).range(SUPERPIXELS_PX).speed(5.0).suffix("\u{a0}px");
        if ui.add(drag).on_hover_text("How large a superpixel is on the screen").changed() {
            out.push(amount(Amount::SuperpixelPx(size as f64)));
        }
    }
    let mut drags_box = smart.drags_box();
    let about = "A drag draws a box around it; else it scribbles, and draws a box with Ctrl";
    if ui.checkbox(&mut drags_box, "Drag a box").on_hover_text(about).changed() {
        out.push(amount(Amount::DragsBox(drags_box)));
    }
    if !smart.is_drawing() {
        return;
    }
    found(ui, state, smart);
    if primary_button(ui, "Keep").on_hover_text("Enter").clicked() {
        out.push(key(Key::Enter));
    }
    if text_button(ui, "Drop").on_hover_text("Esc").clicked() {
        out.push(key(Key::Escape));
    }
}

fn found(ui: &mut Ui, state: &State, smart: &SmartTool) {
    let mono = fonts::mono(state.theme.size.body);
    let answer = smart.answer();
    let Some(score) = answer.and_then(|answer| answer.score) else {
        let nothing = answer.is_some_and(|answer| answer.failure.is_some());
        ui.label(muted(state, if nothing && !smart.is_looking() { "Nothing found" } else { "Looking…" }));
        return;
    };
    let color = if score < BLUNT { *state.theme.color.warning } else { *state.theme.color.text };
    let text = RichText::new(format!("{:.0}\u{a0}% on edges", score * 100.0)).font(mono).color(color);
    let took = answer.map_or(0.0, |answer| answer.took_ms);
    ui.label(text).on_hover_text(format!(
        "How much of the outline lies on edges of the picture. Found in {took:.0} ms."
    ));
}

fn about(method: Method) -> &'static str {
    match method {
        Method::Walker => "Weak borders and few marks; what a walk from there would meet first  Tab",
        Method::GrabCut => "Colours of several kinds in one object; a box is a good start  Tab",
        Method::Watershed => "Clear edges all around; the quickest  Tab",
        Method::Superpixels => "Touch the pieces that belong to it, such as debris  Tab",
        Method::Flood => "Everything like the marks",
    }
}
