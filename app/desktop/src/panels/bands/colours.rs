//! The colours that a single number is shown in: a colour map, or classes.

use egui::{Color32, DragValue, Mesh, Painter, Rect, Role, Sense, Shape, Ui, WidgetInfo, pos2, vec2};
use picture::{BandMix, ClassColor, Classes, LayerView};
use project::LayerId;
use raster::statistics::Histogram;
use renderer::{Colormap, ColormapKind, Filter};

use super::stretch::named;
use super::{CAPTION, call, title_case};
use crate::fonts;
use crate::map::layer::MapLayer;
use crate::outbox::{LayerAsk, Outbox};
use crate::panels::layers::caption;
use crate::state::State;
use crate::widgets::combo;

/// The ramp of a colour map, as it is shown.
pub(crate) fn ramp(painter: &Painter, rect: Rect, map: Colormap, reversed: bool, steps: u8) {
    let color = |share: f32| {
        let [r, g, b] = map.color_at(share, reversed, steps);
        Color32::from_rgb(r, g, b)
    };
    let mut mesh = Mesh::default();
    let columns = if steps > 1 { u32::from(steps) } else { 64 };
    for i in 0..columns {
        let edge = |i: u32| i as f32 / columns as f32;
        let (left, right) = (edge(i), edge(i + 1));
        let x = |share: f32| rect.left() + share * rect.width();
        let part = Rect::from_x_y_ranges(x(left)..=x(right), rect.y_range());
        if steps > 1 {
            mesh.add_colored_rect(part, color(f32::midpoint(left, right)));
            continue;
        }
        let first = mesh.vertices.len() as u32;
        for (at, share) in [(part.left(), left), (part.right(), right)] {
            mesh.colored_vertex(pos2(at, part.top()), color(share));
            mesh.colored_vertex(pos2(at, part.bottom()), color(share));
        }
        mesh.add_triangle(first, first + 1, first + 2);
        mesh.add_triangle(first + 2, first + 1, first + 3);
    }
    painter.add(Shape::mesh(mesh));
}

/// The same mix in other colours.
pub(crate) fn in_colours(mix: &BandMix, colormap: Colormap) -> Option<BandMix> {
    match mix {
        BandMix::Rgb(_) => None,
        BandMix::Single { band, .. } => Some(BandMix::Single { band: *band, colormap }),
        BandMix::Formula { formula, .. } => Some(BandMix::Formula { formula: formula.clone(), colormap }),
    }
}

/// Chooses a colour map by its ramp.
pub(super) fn picker(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    let look = &view.rendering;
    let Some(chosen) = look.mix.colormap() else { return };
    if let Some(classes) = &look.classes {
        legend(ui, state, id, classes, out);
        return;
    }
    ui.horizontal(|ui| {
        caption(ui, state, "Colour map", CAPTION);
        let width = ui.available_width();
        let list = combo("colour map", title_case(chosen.name()), width).height(420.0);
        let list = list.show_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for kind in ColormapKind::ALL {
                let small = egui::RichText::new(title_case(kind.name())).size(state.theme.size.small);
                ui.label(small.color(*state.theme.color.muted));
                for map in Colormap::ALL.iter().copied().filter(|map| map.kind() == kind) {
                    if row(ui, state, map, map == chosen, look.reversed) {
                        choose(id, view, map, out);
                        ui.close();
                    }
                }
            }
        });
        call(ui, &list.response, "Colour map");
    });
}

/// Takes a colour map; one that diverges does so from 0 where there are values on both sides.
pub(crate) fn choose(id: LayerId, view: &LayerView, map: Colormap, out: &mut Outbox) {
    let look = &view.rendering;
    let Some(mix) = in_colours(&look.mix, map) else { return };
    out.layer(id, LayerAsk::Mix(mix));
    let [low, high] = look.stretch[0];
    let diverges = map.kind() == ColormapKind::Diverging;
    if diverges && look.centre.is_none() && low < 0.0 && high > 0.0 {
        out.layer(id, LayerAsk::Centre(Some(0.0)));
    }
}

fn row(ui: &mut Ui, state: &State, map: Colormap, chosen: bool, reversed: bool) -> bool {
    let theme = &state.theme;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width().max(240.0), 22.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, chosen, title_case(map.name())));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    if chosen || response.hovered() {
        let fill = if chosen { *theme.color.selection } else { *theme.color.hover };
        ui.painter().rect_filled(rect, theme.radius(), fill);
    }
    let bar = Rect::from_min_size(rect.left_top() + vec2(4.0, 4.0), vec2(128.0, 14.0));
    ramp(ui.painter(), bar, map, reversed, 0);
    let at = pos2(bar.right() + 8.0, rect.center().y);
    let font = fonts::body(theme.size.body);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, title_case(map.name()), font, *theme.color.text);
    response.on_hover_text(format!("{}, {}", map.kind().name(), map.family())).clicked()
}

/// Everything that is chosen seldom.
pub(super) fn more(
    ui: &mut Ui,
    state: &State,
    id: LayerId,
    layer: &MapLayer,
    view: &LayerView,
    out: &mut Outbox,
) {
    let look = &view.rendering;
    let is_number = look.mix.colormap().is_some();
    tick(ui, look.inverted, "Invert", "Black and white change places", |on| {
        out.layer(id, LayerAsk::Inverted(on));
    });
    if is_number {
        tick(ui, look.reversed, "Reverse the colours", "The colour map runs backwards", |on| {
            out.layer(id, LayerAsk::Reversed(on));
        });
        centre(ui, id, view, out);
        steps(ui, state, id, view, out);
        classes(ui, id, layer, view, out);
    }
    ui.horizontal(|ui| {
        caption(ui, state, "Pixels", CAPTION);
        let offered = [
            (None, "Sharp when near"),
            (Some(Filter::Nearest), "Always sharp (nearest)"),
            (Some(Filter::Bilinear), "Always smooth (bilinear)"),
        ];
        let now = offered.iter().find(|(filter, _)| *filter == look.filter).map_or("", |(_, text)| text);
        let width = ui.available_width();
        let list = combo("filter", now, width).show_ui(ui, |ui| {
            for (filter, text) in offered {
                if ui.selectable_label(filter == look.filter, text).clicked() {
                    out.layer(id, LayerAsk::Filter(filter));
                }
            }
        });
        call(ui, &list.response, "Pixels");
    });
}

fn tick(ui: &mut Ui, on: bool, name: &str, tip: &str, mut change: impl FnMut(bool)) {
    let mut now = on;
    if ui.checkbox(&mut now, name).on_hover_text(tip).changed() {
        change(now);
    }
}

fn centre(ui: &mut Ui, id: LayerId, view: &LayerView, out: &mut Outbox) {
    let look = &view.rendering;
    let [low, high] = look.stretch[0];
    ui.horizontal(|ui| {
        let mut on = look.centre.is_some();
        let tip = "The middle of the colour map shows this value, and as much lies on both sides";
        if ui.checkbox(&mut on, "Centred on").on_hover_text(tip).changed() {
            let middle = if low < 0.0 && high > 0.0 { 0.0 } else { f32::midpoint(low, high) };
            out.layer(id, LayerAsk::Centre(on.then_some(middle)));
        }
        if let Some(centre) = look.centre {
            let mut value = centre;
            let speed = f64::from(high - low) / 300.0;
            if named(ui, DragValue::new(&mut value).speed(speed).max_decimals(4), "Centre") {
                out.layer(id, LayerAsk::Centre(Some(value)));
            }
        }
    });
}

/// Most steps that are offered: more look smooth.
const MOST_STEPS: u8 = 32;

fn steps(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    ui.horizontal(|ui| {
        caption(ui, state, "Steps", CAPTION);
        let now = view.rendering.steps;
        let mut steps = now.max(1);
        let value = DragValue::new(&mut steps).range(1..=MOST_STEPS).speed(0.1);
        let value =
            value.custom_formatter(|n, _| if n < 1.5 { "smooth".to_owned() } else { format!("{n:.0}") });
        if named(ui, value, "Steps of the colour map") {
            out.layer(id, LayerAsk::Steps(if steps < 2 { 0 } else { steps }));
        }
    });
}

fn classes(ui: &mut Ui, id: LayerId, layer: &MapLayer, view: &LayerView, out: &mut Outbox) {
    let on = view.rendering.classes.is_some();
    let made = if on { None } else { first_classes(layer, view) };
    let possible = on || made.is_some();
    ui.add_enabled_ui(possible, |ui| {
        let mut now = on;
        let tick =
            ui.checkbox(&mut now, "Numbers are classes").on_hover_text("A colour for each whole number");
        let tick = tick
            .on_disabled_hover_text("There are more different values than classes have, or no whole numbers");
        if tick.changed() {
            out.layer(id, LayerAsk::Classes(made.filter(|_| now)));
        }
    });
}

/// The most classes that are made of values.
const MOST_CLASSES: usize = 64;

/// Classes of the file where it has a palette; else of the whole numbers that occur.
fn first_classes(layer: &MapLayer, view: &LayerView) -> Option<Classes> {
    let image = view.source.image();
    let measured = layer.values_of(0)?;
    let numbers = whole_numbers(&measured.values.histogram)?;
    let name = |value: i32| usize::try_from(value).ok().and_then(|i| image.class_names.get(i)).cloned();
    let color = |(place, value): (usize, &i32)| {
        let listed = image.palette.as_ref().zip(usize::try_from(*value).ok());
        let color =
            listed.and_then(|(palette, i)| palette.get(i).copied()).unwrap_or_else(|| distinct(place));
        ClassColor { value: *value, color, name: name(*value).unwrap_or_default() }
    };
    Classes::new(numbers.iter().enumerate().map(color).collect()).ok()
}

/// The whole numbers that occur; `None` when there are others, or too many.
fn whole_numbers(histogram: &Histogram) -> Option<Vec<i32>> {
    let width = (histogram.high - histogram.low) / histogram.counts.len().max(1) as f64;
    let mut numbers = Vec::new();
    for (i, _) in histogram.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let value = histogram.low + i as f64 * width;
        // A bin of a fraction's histogram may end in the number as well as begin with it.
        let number = if histogram.is_whole { value } else { (value + width / 2.0).round() };
        if number < value - width * 0.01 || number > value + width * 1.01 || number.abs() > 1e6 {
            return None;
        }
        numbers.push(number as i32);
        if numbers.len() > MOST_CLASSES {
            return None;
        }
    }
    numbers.dedup();
    (!numbers.is_empty()).then_some(numbers)
}

/// Colours that are far from each other: hues a golden angle apart.
fn distinct(place: usize) -> [u8; 3] {
    let hue = (place as f32 * 0.618_034 + 0.6).fract();
    let value = [0.92, 0.72, 0.82][place % 3];
    let [r, g, b] = egui::ecolor::Hsva::new(hue, 0.62, value, 1.0).to_srgb();
    [r, g, b]
}

/// The classes with their colours, which can be changed.
fn legend(ui: &mut Ui, state: &State, id: LayerId, classes: &Classes, out: &mut Outbox) {
    let mut changed: Option<Vec<ClassColor>> = None;
    for (place, class) in classes.all().iter().enumerate() {
        ui.horizontal(|ui| {
            let mut color = class.color;
            let what = if class.name.is_empty() { class.value.to_string() } else { class.name.clone() };
            let button = ui.color_edit_button_srgb(&mut color);
            ui.ctx()
                .accesskit_node_builder(button.id, |node| node.set_label(format!("Colour of class {what}")));
            if button.changed() {
                let mut all = classes.all().to_vec();
                all[place].color = color;
                changed = Some(all);
            }
            let number =
                egui::RichText::new(class.value.to_string()).font(fonts::mono(state.theme.size.small));
            ui.label(number.color(*state.theme.color.muted));
            ui.label(class.name.as_str());
        });
    }
    if let Some(classes) = changed.and_then(|all| Classes::new(all).ok()) {
        out.layer(id, LayerAsk::Classes(Some(classes)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(low: f64, high: f64, occupied: &[usize], bins: usize, is_whole: bool) -> Histogram {
        let mut counts = vec![0; bins];
        for bin in occupied {
            counts[*bin] = 3;
        }
        Histogram { low, high, counts, is_whole }
    }

    #[test]
    fn classes_are_made_of_whole_numbers_only() {
        let bytes = histogram(0.0, 256.0, &[0, 3, 255], 256, true);
        assert_eq!(whole_numbers(&bytes), Some(vec![0, 3, 255]));
        // What a comparison gives: 0 and 1, as fractions.
        let truth = histogram(0.0, 1.0, &[0, 65_535], 65_536, false);
        assert_eq!(whole_numbers(&truth), Some(vec![0, 1]));
        let half = histogram(0.0, 1.0, &[0, 32_000, 65_535], 65_536, false);
        assert_eq!(whole_numbers(&half), None);
        let many: Vec<usize> = (0..100).collect();
        assert_eq!(whole_numbers(&histogram(0.0, 256.0, &many, 256, true)), None);
        assert_eq!(whole_numbers(&histogram(0.0, 1.0, &[], 16, false)), None);
    }

    #[test]
    fn colours_of_classes_differ() {
        let all: std::collections::BTreeSet<[u8; 3]> = (0..MOST_CLASSES).map(distinct).collect();
        assert_eq!(all.len(), MOST_CLASSES);
    }
}
