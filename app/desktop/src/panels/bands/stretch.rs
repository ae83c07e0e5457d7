//! How black and white are chosen.

use egui::{DragValue, Ui};
use picture::BandMix;
use project::LayerId;

use super::{CAPTION, call};
use crate::map::layer::{Contrast, Extent, MapLayer};
use crate::outbox::{LayerAsk, Outbox};
use crate::panels::layers::caption;
use crate::state::State;
use crate::widgets::combo;

pub(super) fn show(ui: &mut Ui, state: &State, id: LayerId, layer: &MapLayer, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Stretch", CAPTION);
        let width = ui.available_width();
        let list = combo("stretch", layer.contrast.text(), width).show_ui(ui, |ui| {
            for offered in Contrast::OFFERED {
                let chosen = offered.is_like(layer.contrast);
                if ui.selectable_label(chosen, offered.text()).clicked() && !chosen {
                    out.layer(id, LayerAsk::Contrast(offered));
                }
            }
        });
        call(ui, &list.response, "Stretch");
    });
    numbers(ui, state, id, layer, out);
    if matches!(layer.contrast, Contrast::MinMax | Contrast::Percentile(..) | Contrast::Deviation(_)) {
        extent(ui, state, id, layer, out);
    }
    if layer.rendering().is_some_and(|look| matches!(look.mix, BandMix::Rgb(_))) {
        ui.horizontal(|ui| {
            ui.add_space(CAPTION + ui.spacing().item_spacing.x);
            let mut linked = layer.linked;
            let tick = ui.checkbox(&mut linked, "Same for all three");
            if tick.on_hover_text("Red, green and blue have one black and white").changed() {
                out.layer(id, LayerAsk::Linked(linked));
            }
        });
    }
}

/// Whose values count.
fn extent(ui: &mut Ui, state: &State, id: LayerId, layer: &MapLayer, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Values of", CAPTION);
        let width = ui.available_width();
        let list = combo("extent", layer.extent.text(), width).show_ui(ui, |ui| {
            for offered in Extent::ALL {
                if ui.selectable_label(offered == layer.extent, offered.text()).clicked() {
                    out.layer(id, LayerAsk::Extent(offered));
                }
            }
        });
        call(ui, &list.response, "Values of");
        let tip = match layer.extent {
            Extent::Layer => "About a million pixels, spread over the layer",
            Extent::EveryPixel => "Exact; a large layer takes its time, and the map goes on",
            Extent::View => "Follows the map when it comes to rest",
        };
        list.response.on_hover_text(tip);
    });
}

/// The numbers of the way that is chosen.
fn numbers(ui: &mut Ui, state: &State, id: LayerId, layer: &MapLayer, out: &mut Outbox) {
    let indent = |ui: &mut Ui| ui.add_space(CAPTION + ui.spacing().item_spacing.x);
    match layer.contrast {
        Contrast::Percentile(low, high) => {
            ui.horizontal(|ui| {
                indent(ui);
                let (mut new_low, mut new_high) = (low, high);
                let percent = |value| DragValue::new(value).speed(0.1).max_decimals(2).suffix("\u{a0}%");
                let a = named(ui, percent(&mut new_low).range(0.0..=high - 0.1), "Lower percentile");
                ui.label("to");
                let b = named(ui, percent(&mut new_high).range(low + 0.1..=100.0), "Upper percentile");
                if a || b {
                    out.layer(id, LayerAsk::Contrast(Contrast::Percentile(new_low, new_high)));
                }
            });
        }
        Contrast::Deviation(n) => {
            ui.horizontal(|ui| {
                indent(ui);
                let mut new = n;
                let value = DragValue::new(&mut new).speed(0.02).range(0.1..=20.0).max_decimals(2);
                if named(ui, value.prefix("± ").suffix("\u{a0}σ"), "Standard deviations") {
                    out.layer(id, LayerAsk::Contrast(Contrast::Deviation(new)));
                }
            });
        }
        Contrast::Manual => limits(ui, state, id, layer, out),
        Contrast::AsStored | Contrast::MinMax => {}
    }
}

/// Black and white by number, for each colour or for all.
fn limits(ui: &mut Ui, state: &State, id: LayerId, layer: &MapLayer, out: &mut Outbox) {
    let Some(look) = layer.rendering() else { return };
    let is_rgb = matches!(look.mix, BandMix::Rgb(_));
    let names: &[&str] = if is_rgb && !layer.linked { &["Red", "Green", "Blue"] } else { &["Range"] };
    for (slot, name) in names.iter().enumerate() {
        ui.horizontal(|ui| {
            caption(ui, state, name, CAPTION);
            let [low, high] = look.stretch[slot];
            let speed = f64::from(high - low) / 300.0;
            let (mut new_low, mut new_high) = (low, high);
            let value = |value| DragValue::new(value).speed(speed).max_decimals(4);
            let a = named(ui, value(&mut new_low), &format!("{name}: black at"));
            ui.label("to");
            let b = named(ui, value(&mut new_high), &format!("{name}: white at"));
            if a || b {
                out.layer(id, LayerAsk::Limits(slot, [new_low, new_high]));
            }
        });
    }
}

/// A number with a name for screen readers. True when it was changed.
pub(super) fn named(ui: &mut Ui, value: DragValue<'_>, name: &str) -> bool {
    let response = ui.add(value).on_hover_text(name);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    response.changed()
}
