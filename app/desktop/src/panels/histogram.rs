//! The histogram of the shown bands; its handles set black and white.

use egui::{
    Align2, Color32, CornerRadius, Mesh, Painter, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};
use picture::{BandMix, LayerView};
use project::LayerId;
use renderer::Colormap;

use crate::map::layer::{Contrast, MapLayer};
use crate::map::measured::MeasuredBand;
use crate::outbox::{LayerAsk, Outbox};
use crate::state::State;
use crate::{fonts, format};

const HEIGHT: f32 = 64.0;
/// Height of the colours under it.
const LEGEND: f32 = 11.0;

/// One curve: the colour slot it stands for, its ink, its values.
struct Curve<'a> {
    slot: usize,
    ink: Color32,
    band: &'a MeasuredBand,
    limits: [f32; 2],
}

pub(super) fn show(ui: &mut Ui, state: &State, id: LayerId, layer: &MapLayer, out: &mut Outbox) {
    let theme = &state.theme;
    let Some(view) = layer.view() else { return };
    let colormap = view.rendering.mix.colormap().filter(|_| view.rendering.classes.is_none());
    let legend = if colormap.is_some() { LEGEND } else { 0.0 };
    let size = vec2(ui.available_width(), HEIGHT + legend + 16.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Histogram"));
    let plot = Rect::from_min_size(rect.min, vec2(rect.width(), HEIGHT));
    ui.painter().rect_filled(plot, theme.radius(), *theme.color.canvas);
    let curves = curves(state, view, layer);
    let Some((low, high)) = span(&curves) else {
        let font = fonts::body(theme.size.small);
        let text = if layer.measuring.is_none() { "Nothing to measure" } else { "Measuring…" };
        ui.painter().text(plot.center(), Align2::CENTER_CENTER, text, font, *theme.color.muted);
        return;
    };
    let painter = ui.painter().with_clip_rect(plot);
    for curve in &curves {
        paint_curve(&painter, plot, curve, (low, high));
    }
    for curve in &curves {
        paint_handles(&painter, plot, curve, (low, high));
    }
    let to_value = |x: f32| low + (x - plot.left()) / plot.width() * (high - low);
    let to_x = |v: f32| plot.left() + (v - low) / (high - low) * plot.width();
    if let Some(colormap) = colormap {
        let bar = Rect::from_min_size(plot.left_bottom() + vec2(0.0, 2.0), vec2(plot.width(), legend - 3.0));
        paint_legend(ui, bar, view, colormap, &to_x);
    }
    if layer.measuring.is_some() && layer.contrast != Contrast::Manual {
        let font = fonts::body(theme.size.small);
        let at = plot.right_top() + vec2(-4.0, 3.0);
        ui.painter().text(at, Align2::RIGHT_TOP, "Measuring…", font, *theme.color.muted);
    }
    paint_ends(ui, state, rect, (low, high));
    let all = layer.linked || curves.len() == 1;
    drag(ui, &response, &curves, id, all, &to_value, &to_x, out);
    let tip = "Values of the image and how often they occur. Drag a line to set black or white.";
    response.on_hover_text(tip);
}

/// The colours that the values have, from edge to edge of the plot.
fn paint_legend(ui: &Ui, bar: Rect, view: &LayerView, map: Colormap, to_x: &impl Fn(f32) -> f32) {
    let look = &view.rendering;
    let [from, to] = look.shown_stretch()[0].map(to_x);
    let (left, right) = (from.min(to), from.max(to));
    let painter = ui.painter().with_clip_rect(bar);
    let turned = (from > to) != look.reversed;
    let end = |share: f32| {
        let [r, g, b] = map.color_at(share, turned, look.steps);
        Color32::from_rgb(r, g, b)
    };
    painter.rect_filled(bar.with_max_x(left.clamp(bar.left(), bar.right())), 0, end(0.0));
    painter.rect_filled(bar.with_min_x(right.clamp(bar.left(), bar.right())), 0, end(1.0));
    if right > left {
        let part = Rect::from_x_y_ranges(left..=right, bar.y_range());
        super::bands::ramp(&painter, part, map, turned, look.steps);
    }
}

fn curves<'a>(state: &State, view: &LayerView, layer: &'a MapLayer) -> Vec<Curve<'a>> {
    let c = &state.theme.color;
    // The three primaries of the display, in tones that hold on light and dark.
    let three = [*c.channel_red, *c.channel_green, *c.channel_blue];
    let is_rgb = matches!(view.rendering.mix, BandMix::Rgb(_));
    let inks: &[Color32] = if is_rgb { &three } else { &[*c.muted] };
    let curve = |(slot, ink): (usize, &Color32)| {
        let band = layer.values_of(slot)?;
        Some(Curve { slot, ink: *ink, band, limits: view.rendering.stretch[slot] })
    };
    inks.iter().enumerate().filter_map(curve).collect()
}

/// The values that the plot spans: all curves and all limits.
fn span(curves: &[Curve<'_>]) -> Option<(f32, f32)> {
    let low = curves.iter().map(|c| (c.band.curve.low as f32).min(c.limits[0])).reduce(f32::min)?;
    let high = curves.iter().map(|c| (c.band.curve.high as f32).max(c.limits[1])).reduce(f32::max)?;
    (high > low).then_some((low, high))
}

/// The shape of a histogram, square root of the counts, so that rare values are seen too.
fn paint_curve(painter: &Painter, plot: Rect, curve: &Curve<'_>, (low, high): (f32, f32)) {
    let counts = &curve.band.curve.counts;
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f32;
    let bins = counts.len();
    let (min, max) = (curve.band.curve.low as f32, curve.band.curve.high as f32);
    let width = (max - min) / bins as f32;
    let x = |v: f32| plot.left() + (v - low) / (high - low) * plot.width();
    let fill = curve.ink.gamma_multiply(0.22);
    let mut mesh = Mesh::default();
    let mut line = Vec::with_capacity(bins);
    for (i, n) in counts.iter().enumerate() {
        let at = x(min + (i as f32 + 0.5) * width);
        let y = plot.bottom() - (*n as f32 / most).sqrt() * (plot.height() - 4.0);
        let first = mesh.vertices.len() as u32;
        mesh.colored_vertex(pos2(at, plot.bottom()), fill);
        mesh.colored_vertex(pos2(at, y), fill);
        if i > 0 {
            mesh.add_triangle(first - 2, first - 1, first);
            mesh.add_triangle(first - 1, first, first + 1);
        }
        line.push(pos2(at, y));
    }
    painter.add(Shape::mesh(mesh));
    painter.add(Shape::line(line, Stroke::new(1.0, curve.ink)));
}

fn paint_handles(painter: &Painter, plot: Rect, curve: &Curve<'_>, (low, high): (f32, f32)) {
    for v in curve.limits {
        let x = plot.left() + (v - low) / (high - low) * plot.width();
        painter.vline(x, plot.y_range(), Stroke::new(1.0, curve.ink));
        let grip = Rect::from_center_size(pos2(x, plot.bottom() - 4.0), vec2(5.0, 8.0));
        painter.rect_filled(grip, CornerRadius::same(1), curve.ink);
    }
}

fn paint_ends(ui: &Ui, state: &State, rect: Rect, (low, high): (f32, f32)) {
    let font = fonts::mono(state.theme.size.small - 1.0);
    let ink = *state.theme.color.muted;
    let (left, right) = (rect.left_bottom(), rect.right_bottom());
    ui.painter().text(left, Align2::LEFT_BOTTOM, format::sample(f64::from(low)), font.clone(), ink);
    ui.painter().text(right, Align2::RIGHT_BOTTOM, format::sample(f64::from(high)), font, ink);
}

/// The line that is being dragged: black (0) or white (1) of a colour.
#[derive(Clone, Copy)]
struct Held {
    slot: usize,
    end: usize,
}

/// Drags the nearest line; with Shift, all colours at once.
#[expect(clippy::too_many_arguments, reason = "a plot, its scales, and where what is dragged goes")]
fn drag(
    ui: &Ui,
    response: &egui::Response,
    curves: &[Curve<'_>],
    id: LayerId,
    all: bool,
    to_value: &impl Fn(f32) -> f32,
    to_x: &impl Fn(f32) -> f32,
    out: &mut Outbox,
) {
    let held = response.id.with("held");
    let Some(pointer) = response.interact_pointer_pos() else { return };
    if response.drag_started() {
        let lines = curves.iter().flat_map(|c| [0, 1].map(|end| Held { slot: c.slot, end }));
        let value = |line: &Held| {
            curves.iter().find(|c| c.slot == line.slot).map_or(f32::NAN, |c| c.limits[line.end])
        };
        let near = |line: &Held| (to_x(value(line)) - pointer.x).abs();
        let nearest = lines.min_by(|a, b| near(a).total_cmp(&near(b)));
        ui.data_mut(|d| d.insert_temp(held, nearest));
    }
    let Some(Held { slot, end }) = ui.data(|d| d.get_temp::<Option<Held>>(held)).flatten() else { return };
    if !response.dragged() {
        return;
    }
    let value = to_value(pointer.x);
    let together = all || ui.input(|i| i.modifiers.shift);
    for curve in curves.iter().filter(|c| together || c.slot == slot) {
        let mut limits = curve.limits;
        limits[end] = value;
        out.layer(id, LayerAsk::Limits(curve.slot, limits));
    }
}
