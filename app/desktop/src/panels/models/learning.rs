//! How teaching goes, live, and how good the chosen model is on what was held out.

use egui::{Align2, Color32, Rect, RichText, Role, Sense, Stroke, Ui, Vec2b, WidgetInfo, pos2, vec2};
use egui_plot::{HoverPosition, Line, PlotPoints, Points};
use learning::{Bin, Confusion, Epoch, Kind, Manifest};
use spatial::format as units;

use super::card::with_interval;
use super::{class_name, class_row, heading, quiet, swatch};
use crate::fonts;
use crate::outbox::Outbox;
use crate::state::State;
use crate::widgets::{self, draw_chart, whole};

/// Height of a plot in points.
const HEIGHT: f32 = 128.0;
/// Classes drawn in a matrix.
const CLASSES: usize = 12;
const HEAD: f32 = 22.0;

pub fn show(ui: &mut Ui, state: &State, _: &mut Outbox) {
    let desk = &state.models;
    let course = desk.course.as_ref().filter(|course| course.is_running() || desk.chosen().is_none());
    if let Some(course) = course {
        ui.label(RichText::new(&course.name).font(fonts::semibold(state.theme.size.body)));
        curves(ui, state, &course.progress.epochs, course.form.epochs as usize);
        quiet(ui, state, "Confusion and calibration stand here when it is taught.");
        return;
    }
    let Some(found) = desk.chosen() else {
        quiet(ui, state, "Curves stand here while a network is taught, and how good it is afterwards.");
        return;
    };
    let manifest = &found.manifest;
    ui.label(RichText::new(found.name()).font(fonts::semibold(state.theme.size.body)));
    if !manifest.scores.are_known() {
        quiet(ui, state, "It was not taught here: nobody has measured on this ground how good it is.");
        return;
    }
    curves(ui, state, &manifest.training.history, manifest.training.epochs);
    classes(ui, state, manifest);
    confusion(ui, state, manifest);
    reliability(ui, state, manifest);
}

/// Losses and scores over epochs.
fn curves(ui: &mut Ui, state: &State, epochs: &[Epoch], most: usize) {
    if epochs.is_empty() {
        quiet(ui, state, "The first point stands here after the first epoch.");
        return;
    }
    let c = &state.theme.color;
    let at = |of: fn(&Epoch) -> f64| -> Vec<[f64; 2]> {
        epochs.iter().map(|e| [e.number as f64, of(e)]).collect()
    };
    let loss =
        [("learnt from", at(|e| e.loss), *c.series[0]), ("held out", at(|e| e.held_out_loss), *c.series[1])];
    let scores =
        [("macro F1", at(|e| e.macro_f1), *c.series[2]), ("mean IoU", at(|e| e.mean_iou), *c.series[3])];
    heading(ui, state, "Loss");
    chart(ui, state, "Loss over epochs", &loss, most, None);
    heading(ui, state, "Score on what is held out");
    chart(ui, state, "Score over epochs", &scores, most, Some(1.0));
}

fn chart(
    ui: &mut Ui,
    state: &State,
    name: &str,
    lines: &[(&str, Vec<[f64; 2]>, Color32)],
    most: usize,
    top: Option<f64>,
) {
    legend(ui, state, lines);
    let said = |position: &HoverPosition<'_>| {
        let HoverPosition::NearDataPoint { position, plot_name, .. } = position else { return None };
        let epoch = position.x.round().max(0.0) as u64;
        Some(format!("epoch {}\n{plot_name} {}", units::count(epoch), units::decimal(position.y, 3)))
    };
    let mut plot = widgets::chart(name, HEIGHT)
        .show_grid(Vec2b::new(false, true))
        .include_x(0.0)
        .include_x(most.max(1) as f64)
        .include_y(0.0)
        .set_margin_fraction(vec2(0.01, 0.04))
        .x_axis_formatter(whole)
        .y_axis_formatter(|mark, _| units::decimal(mark.value, 1))
        .x_axis_label("epochs")
        .label_formatter(said);
    if let Some(top) = top {
        plot = plot.include_y(top);
    }
    let last = |(line, points, _): &(&str, Vec<[f64; 2]>, Color32)| {
        points.last().map(|p| format!("{line} {}", units::decimal(p[1], 3)))
    };
    let words = lines.iter().filter_map(last).collect::<Vec<_>>().join(", ");
    let words = format!("{name}: {words}");
    draw_chart(ui, &state.theme, &words, plot, |plot| {
        for (line, points, ink) in lines {
            let points: PlotPoints<'_> = points.iter().copied().collect();
            plot.line(Line::new(*line, points).stroke(Stroke::new(1.5, *ink)));
        }
        if let [(line, points, ink), ..] = lines
            && let [one] = points.as_slice()
        {
            // A line of one point cannot be seen.
            plot.points(Points::new(*line, vec![*one]).radius(2.5).color(*ink));
        }
    });
}

/// Names of lines with their last value, beside the plot rather than over it.
fn legend(ui: &mut Ui, state: &State, lines: &[(&str, Vec<[f64; 2]>, Color32)]) {
    ui.horizontal_wrapped(|ui| {
        for (line, points, ink) in lines {
            let (rect, _) = ui.allocate_exact_size(vec2(12.0, 10.0), Sense::hover());
            ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(2.0, *ink));
            let last = points.last().map_or_else(String::new, |p| units::decimal(p[1], 2));
            let font = fonts::mono(state.theme.size.small);
            ui.label(RichText::new(format!("{line} {last}")).font(font).color(*state.theme.color.muted));
        }
    });
}

/// How well each class is found, with how far that can be trusted.
fn classes(ui: &mut Ui, state: &State, manifest: &Manifest) {
    heading(ui, state, "F1 of each class, and IoU");
    let (scores, intervals) = (&manifest.scores, manifest.scores.intervals.as_ref());
    for (at, code) in manifest.classes.iter().enumerate().take(scores.confusion.classes()) {
        let class = scores.confusion.class(at);
        let of = |list: &[[f64; 2]]| list.get(at).copied();
        let f1 = with_interval(class.f1, intervals.and_then(|i| of(&i.f1)));
        let value = format!("{f1}  {}", units::decimal(class.iou, 2));
        let iou = with_interval(class.iou, intervals.and_then(|i| of(&i.iou)));
        let unit = if manifest.kind == Kind::Regions { "regions" } else { "pixels" };
        let hover = format!(
            "F1 {f1}\nIoU {iou}\nPrecision {}, recall {}\n{} {unit} held out",
            units::decimal(class.precision, 2),
            units::decimal(class.recall, 2),
            units::count(class.support)
        );
        class_row(ui, state, code, &value).on_hover_text(hover);
    }
    let text = if intervals.is_some() {
        "In brackets: the middle 95 % when what was held out is drawn anew with repetition."
    } else {
        "Too little was held out to say how far these can be trusted."
    };
    let font = fonts::body(state.theme.size.small);
    ui.add(egui::Label::new(RichText::new(text).font(font).color(*state.theme.color.muted)).wrap());
}

/// Rows are what is, columns what was said, in percent of the row.
fn confusion(ui: &mut Ui, state: &State, manifest: &Manifest) {
    heading(ui, state, "What was taken for what");
    let confusion = &manifest.scores.confusion;
    let n = manifest.classes.len().min(confusion.classes());
    if n > CLASSES {
        quiet(ui, state, &format!("{n} classes are too many to draw; the model’s manifest has the table."));
        return;
    }
    let side = ((ui.available_width() - HEAD) / n as f32).min(40.0).floor();
    let all = vec2(HEAD + side * n as f32, HEAD + side * n as f32);
    let (rect, response) = ui.allocate_exact_size(all, Sense::hover());
    let name = format!("Confusion of {n} classes, {} right", units::percent(manifest.scores.accuracy));
    response.widget_info(|| WidgetInfo::labeled(Role::Table, true, name.as_str()));
    let corner = rect.min + vec2(HEAD, HEAD);
    for (i, code) in manifest.classes.iter().enumerate().take(n) {
        let along = side * (i as f32 + 0.5);
        for at in [
            pos2(corner.x + along, rect.top() + HEAD / 2.0),
            pos2(rect.left() + HEAD / 2.0, corner.y + along),
        ] {
            swatch(ui.painter(), state, Rect::from_center_size(at, vec2(16.0, 12.0)), code);
        }
    }
    let mut hovered = None;
    for (is, said) in (0..n).flat_map(|is| (0..n).map(move |said| (is, said))) {
        let min = corner + vec2(side * said as f32, side * is as f32);
        let cell = Rect::from_min_size(min, vec2(side, side));
        draw_cell(ui, state, cell, share(confusion, is, said), is == said);
        if response.hover_pos().is_some_and(|p| cell.contains(p)) {
            let [is_name, said_name] = [is, said].map(|at| class_name(state, &manifest.classes[at]));
            let count = units::count(confusion.counts[is][said]);
            hovered = Some(format!("{is_name} was called {said_name} {count} times"));
        }
    }
    if let Some(text) = hovered {
        response.on_hover_text(text);
    }
    let font = fonts::body(state.theme.size.small);
    let text = RichText::new("Rows: what people say. Columns: what it said, in percent of the row.");
    ui.add(egui::Label::new(text.font(font).color(*state.theme.color.muted)).wrap());
}

fn share(confusion: &Confusion, is: usize, said: usize) -> Option<f64> {
    let row: u64 = confusion.counts[is].iter().sum();
    (row > 0).then(|| confusion.counts[is][said] as f64 / row as f64)
}

fn draw_cell(ui: &Ui, state: &State, cell: Rect, share: Option<f64>, right: bool) {
    let c = &state.theme.color;
    let ground = if right { *c.muted } else { *c.accent };
    let p = share.unwrap_or(0.0);
    let fill =
        if p > 0.0 { ground.gamma_multiply(0.12 + 0.38 * (p as f32).sqrt()) } else { Color32::TRANSPARENT };
    ui.painter().rect(cell.shrink(1.0), 2.0, fill, state.theme.hairline(), egui::StrokeKind::Inside);
    if p > 0.0 {
        let percent = 100.0 * p;
        let text = if percent < 0.5 { "<1".to_owned() } else { units::count(percent.round() as u64) };
        let font = fonts::mono(state.theme.size.small);
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, text, font, *c.text);
    }
}

/// How often it is right where it is so sure, before and after the temperature.
fn reliability(ui: &mut Ui, state: &State, manifest: &Manifest) {
    let calibration = &manifest.scores.calibration;
    heading(ui, state, "How honest its probabilities are");
    let [before, after] = manifest.scores.reliability.as_slice() else {
        quiet(ui, state, "This model was taught before that was kept.");
        return;
    };
    let c = &state.theme.color;
    let points = |bins: &[Bin]| -> Vec<[f64; 2]> {
        bins.iter().filter(|bin| bin.cases > 0).map(|bin| [100.0 * bin.sure, 100.0 * bin.right]).collect()
    };
    let said = |position: &HoverPosition<'_>| {
        let HoverPosition::NearDataPoint { position, .. } = position else { return None };
        let [sure, right] = [position.x, position.y].map(|p| units::percent(p / 100.0));
        Some(format!("where it is {sure} sure\n{right} is right"))
    };
    let plot = widgets::chart("reliability", HEIGHT + 24.0)
        .include_x(0.0)
        .include_x(100.0)
        .include_y(0.0)
        .include_y(100.0)
        .set_margin_fraction(vec2(0.01, 0.04))
        .x_axis_formatter(whole)
        .y_axis_formatter(whole)
        .x_axis_label("percent sure")
        .label_formatter(said);
    let words = format!("Reliability: calibration error {}", units::decimal(calibration.ece[1], 3));
    draw_chart(ui, &state.theme, &words, plot, |plot| {
        let honest: PlotPoints<'_> = [[0.0, 0.0], [100.0, 100.0]].into_iter().collect();
        plot.line(Line::new("", honest).stroke(Stroke::new(1.0, *c.outline)).allow_hover(false));
        for (name, bins, ink) in [("before", before, *c.muted), ("after", after, *c.accent)] {
            let line: PlotPoints<'_> = points(bins).into_iter().collect();
            plot.line(Line::new(name, line).stroke(Stroke::new(1.0, ink)).allow_hover(false));
            plot.points(Points::new(name, points(bins)).radius(3.0).color(ink));
        }
    });
    let text = format!(
        "Calibration error {} before (grey) and {} after temperature {}. On the line it is as often right as it says.",
        units::decimal(calibration.ece[0], 3),
        units::decimal(calibration.ece[1], 3),
        units::decimal(calibration.temperature, 2),
    );
    let font = fonts::body(state.theme.size.small);
    ui.add(egui::Label::new(RichText::new(text).font(font).color(*c.muted)).wrap());
}
