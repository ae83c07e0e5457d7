//! The histogram of the shown bands; its handles set black and white.

use egui::{
    Align2, Color32, CornerRadius, Mesh, Painter, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2,
    vec2,
};
use picture::{BandMix, LayerView};
use project::LayerId;

use crate::map::layer::MapLayer;
use crate::map::measured::MeasuredBand;
use crate::outbox::{LayerAsk, Outbox};
use crate::state::State;
use crate::{fonts, format};

const HEIGHT: f32 = 64.0;

/// One curve: the colour slot it stands for, its ink, its values.
struct Curve<'a> {
    slot: usize,
    ink: Color32,
    band: &'a MeasuredBand,
    limits: [f32; 2],
}

pub(super) fn show(ui: &mut Ui, state: &State, id: LayerId, layer: &MapLayer, out: &mut Outbox) {
    let theme = &state.theme;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT + 16.0), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Histogram"));
    let plot = Rect::from_min_size(rect.min, vec2(rect.width(), HEIGHT));
    ui.painter().rect_filled(plot, theme.radius(), *theme.color.canvas);
    let Some(view) = layer.view() else { return };
    let curves = curves(state, view, layer);
    let Some((low, high)) = span(&curves) else {
        let font = fonts::body(theme.size.small);
        let text = if layer.statistics.is_some() { "Nothing to measure" } else { "Measuring…" };
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
    paint_ends(ui, state, rect, (low, high));
    let to_value = |x: f32| low + (x - plot.left()) / plot.width() * (high - low);
    let to_x = |v: f32| plot.left() + (v - low) / (high - low) * plot.width();
    drag(ui, &response, &curves, id, &to_value, &to_x, out);
    let tip = "Values of the image and how often they occur. Drag a line to set black or white.";
    response.on_hover_text(tip);
}

fn curves<'a>(state: &State, view: &LayerView, layer: &'a MapLayer) -> Vec<Curve<'a>> {
    let Some(statistics) = &layer.statistics else { return Vec::new() };
    let c = &state.theme.color;
    let (bands, inks): (Vec<usize>, Vec<Color32>) = match view.rendering.mix {
        // The three primaries of the display, in tones that hold on light and dark.
        BandMix::Rgb(bands) => (bands.to_vec(), vec![*c.channel_red, *c.channel_green, *c.channel_blue]),
        BandMix::Single { band, .. } => (vec![band], vec![*c.muted]),
        BandMix::Formula { .. } => (Vec::new(), Vec::new()),
    };
    let curve = |(slot, band): (usize, &usize)| {
        let band = statistics.band(*band)?;
        Some(Curve { slot, ink: inks[slot], band, limits: view.rendering.stretch[slot] })
    };
    bands.iter().enumerate().filter_map(curve).collect()
}

/// The values that the plot spans: all curves and all limits.
fn span(curves: &[Curve<'_>]) -> Option<(f32, f32)> {
    let low = curves.iter().map(|c| (c.band.values.min as f32).min(c.limits[0])).reduce(f32::min)?;
    let high = curves.iter().map(|c| (c.band.values.max as f32).max(c.limits[1])).reduce(f32::max)?;
    (high > low).then_some((low, high))
}

/// The shape of a histogram, square root of the counts, so that rare values are seen too.
fn paint_curve(painter: &Painter, plot: Rect, curve: &Curve<'_>, (low, high): (f32, f32)) {
    // Two bins a point would comb: stretched 8-bit images leave every other value out.
    let pairs: Vec<u64> = curve.band.curve.counts.chunks(2).map(|pair| pair.iter().sum()).collect();
    let most = pairs.iter().copied().max().unwrap_or(0).max(1) as f32;
    let bins = pairs.len();
    let (min, max) = (curve.band.values.min as f32, curve.band.values.max as f32);
    let width = (max - min) / bins as f32;
    let x = |v: f32| plot.left() + (v - low) / (high - low) * plot.width();
    let fill = curve.ink.gamma_multiply(0.22);
    let mut mesh = Mesh::default();
    let mut line = Vec::with_capacity(bins);
    for (i, n) in pairs.iter().enumerate() {
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

/// Drags the nearest line; with Shift, all colours at once.
fn drag(
    ui: &Ui,
    response: &egui::Response,
    curves: &[Curve<'_>],
    id: LayerId,
    to_value: &impl Fn(f32) -> f32,
    to_x: &impl Fn(f32) -> f32,
    out: &mut Outbox,
) {
    let held = response.id.with("held");
    let Some(pointer) = response.interact_pointer_pos() else { return };
    if response.drag_started() {
        let lines = curves.iter().flat_map(|c| [(c.slot, 0, c.limits[0]), (c.slot, 1, c.limits[1])]);
        let near = |v: f32| (to_x(v) - pointer.x).abs();
        let nearest = lines.min_by(|a, b| near(a.2).total_cmp(&near(b.2)));
        ui.data_mut(|d| d.insert_temp(held, nearest.map(|(slot, end, _)| (slot, end))));
    }
    let Some((slot, end)) = ui.data(|d| d.get_temp::<Option<(usize, usize)>>(held)).flatten() else { return };
    if !response.dragged() {
        return;
    }
    let value = to_value(pointer.x);
    let together = ui.input(|i| i.modifiers.shift);
    for curve in curves.iter().filter(|c| together || c.slot == slot) {
        let mut limits = curve.limits;
        limits[end] = value;
        out.layer(id, LayerAsk::Limits(curve.slot, limits));
    }
}
