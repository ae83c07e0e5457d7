//! The plot: values over wavelength, bad bands grey, lines at the bands that are shown.

use egui::{Color32, Response, RichText, Role, Stroke, Ui, Vec2b, WidgetInfo, vec2};
use egui_plot::{
    FilledArea, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotPoints, PlotUi, Span, VLine,
};
use picture::{BandMix, LayerView};
use project::LayerId;

use crate::map::layer::band_name;
use crate::outbox::{Ask, LayerAsk, Outbox};
use crate::spectra::{Around, Origin, Shape, Shown, SpectraAsk};
use crate::state::State;
use crate::{fonts, format};

/// A line of a shown band is taken hold of within this many points.
const GRIP: f32 = 6.0;
/// The name of the plot for screen readers and tests.
pub(crate) const NAME: &str = "Spectra over wavelength";

/// The band that one looks at: the one that is shown, else the one that was clicked last.
pub(super) fn looked_at(state: &State) -> Option<usize> {
    let view = state.shown_layer()?.1.view()?;
    let count = view.source.image().bands.len();
    match view.rendering.mix {
        BandMix::Single { band, .. } => Some(band),
        _ => state.spectra.band.filter(|band| *band < count),
    }
}

/// Which bands of a layer are not to be trusted.
pub(super) fn bad_of(state: &State, layer: LayerId) -> Vec<bool> {
    let source = state.layers.get(&layer).and_then(|l| l.source());
    source.map(|s| state.spectra.bad(layer, s)).unwrap_or_default()
}

/// What the horizontal axis counts.
#[derive(Clone, Copy, PartialEq)]
enum Axis {
    Nanometres,
    Micrometres,
    Bands,
}

impl Axis {
    /// By what is drawn: one unknown wavelength, and bands are counted.
    fn of(state: &State) -> Self {
        let shown = || state.spectra.shown.iter().filter(|s| s.visible);
        if shown().any(|s| !s.spectrum.has_wavelengths()) {
            return Self::Bands;
        }
        let far = shown().flat_map(|s| s.spectrum.wavelength_nm.iter()).any(|nm| *nm > 5000.0);
        if far { Self::Micrometres } else { Self::Nanometres }
    }

    fn x(self, nm: Option<f64>, band: usize) -> f64 {
        match (self, nm) {
            (Self::Nanometres, Some(nm)) => nm,
            (Self::Micrometres, Some(nm)) => nm / 1000.0,
            _ => (band + 1) as f64,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Nanometres => "wavelength (nm)",
            Self::Micrometres => "wavelength (µm)",
            Self::Bands => "band",
        }
    }
}

/// The bands of the shown layer along the axis.
struct Bands {
    layer: LayerId,
    x: Vec<f64>,
    bad: Vec<bool>,
    /// Bands that are shown and the colour of their line.
    lines: Vec<(usize, Color32)>,
    is_rgb: bool,
}

impl Bands {
    fn of(state: &State, id: LayerId, view: &LayerView, axis: Axis) -> Self {
        let c = &state.theme.color;
        let image = view.source.image();
        let x = image.bands.iter().map(|b| axis.x(b.wavelength_nm, b.index)).collect();
        let (lines, is_rgb) = match &view.rendering.mix {
            BandMix::Rgb([r, g, b]) => {
                (vec![(*r, *c.channel_red), (*g, *c.channel_green), (*b, *c.channel_blue)], true)
            }
            mix => (mix.bands().iter().map(|b| (*b, *c.accent)).collect(), false),
        };
        Self { layer: id, x, bad: state.spectra.bad(id, &view.source), lines, is_rgb }
    }

    fn nearest(&self, x: f64) -> Option<usize> {
        (0..self.x.len()).min_by(|a, b| (self.x[*a] - x).abs().total_cmp(&(self.x[*b] - x).abs()))
    }

    /// From the middle to the band before to the middle to the band behind.
    fn span(&self, band: usize) -> [f64; 2] {
        let x = &self.x;
        let half = |a: usize, b: usize| f64::midpoint(x[a], x[b]);
        let low = if band > 0 { half(band - 1, band) } else { x[band] };
        let high = if band + 1 < x.len() { half(band, band + 1) } else { x[band] };
        [low, high]
    }
}

pub(super) fn show(ui: &mut Ui, state: &State, height: f32, out: &mut Outbox) {
    if state.spectra.shown.is_empty() {
        empty(ui, state);
        return;
    }
    let axis = Axis::of(state);
    let shown = state.shown_layer().and_then(|(id, l)| Some((id, l.view()?)));
    // The bands of a layer have a place on the axis only where both count the same.
    let has_place = |view: &&LayerView| {
        axis == Axis::Bands || view.source.image().bands.iter().all(|b| b.wavelength_nm.is_some())
    };
    let bands = shown.filter(|(_, view)| has_place(view)).map(|(id, view)| Bands::of(state, id, view, axis));
    let c = &state.theme.color;
    let (small, muted) = (state.theme.size.small - 1.0, *c.muted);
    ui.scope(|ui| {
        ui.style_mut().override_font_id = Some(fonts::mono(small));
        let plot = Plot::new("spectra")
            .height(height)
            .show_background(false)
            .allow_drag(false)
            .allow_scroll(false)
            .allow_zoom(false)
            .show_grid(Vec2b::new(true, true))
            .grid_color(*c.line)
            .set_margin_fraction(vec2(0.01, 0.06))
            .x_axis_label(RichText::new(axis.label()).color(muted))
            .x_axis_formatter(|mark, _| format::short(mark.value))
            .y_axis_formatter(|mark, _| format::short(mark.value))
            .label_formatter(|position| said(state, bands.as_ref(), position));
        let drawn = plot.show(ui, |plot| {
            if let Some(bands) = &bands {
                grey_bands(plot, state, bands);
            }
            for one in state.spectra.shown.iter().filter(|s| s.visible) {
                draw(plot, state, one, axis);
            }
            for (band, ink) in bands.iter().flat_map(|b| b.lines.iter().map(|(i, ink)| (b.x[*i], *ink))) {
                plot.vline(VLine::new("", band).stroke(Stroke::new(1.0, ink)).allow_hover(false));
            }
        });
        name(&drawn.response, state);
        if let Some(bands) = &bands {
            let to_x = |at: egui::Pos2| drawn.transform.value_from_position(at).x;
            let to_screen = |x: f64| drawn.transform.position_from_point(&PlotPoint::new(x, 0.0)).x;
            touch(ui, state, &drawn.response, bands, &to_x, &to_screen, out);
        }
    });
}

fn empty(ui: &mut Ui, state: &State) {
    let text = if state.shown_layer().is_none() {
        "Open imagery, then pick pixels on the map to see their values over wavelength."
    } else {
        "Choose Pick pixels and click the map: each click draws the values of that pixel over wavelength."
    };
    ui.add_space(4.0);
    ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
}

fn name(response: &Response, state: &State) {
    let count = state.spectra.shown.iter().filter(|s| s.visible).count();
    let text = format!("{NAME}: {}", format::count(count, "spectrum", "spectra"));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text.as_str()));
}

/// Bad bands are grey over the whole height.
fn grey_bands(plot: &mut PlotUi<'_>, state: &State, bands: &Bands) {
    let fill = state.theme.color.muted.gamma_multiply(0.18);
    let mut band = 0;
    while band < bands.bad.len() {
        if !bands.bad[band] {
            band += 1;
            continue;
        }
        let first = band;
        while band + 1 < bands.bad.len() && bands.bad[band + 1] {
            band += 1;
        }
        let (a, b) = (bands.span(first), bands.span(band));
        let (low, high) = (a[0].min(b[0]), a[1].max(b[1]));
        plot.span(Span::new("", low..=high).fill(fill));
        band += 1;
    }
}

/// The line of a spectrum, grey where it cannot be trusted, with what lies around the mean of a region.
fn draw(plot: &mut PlotUi<'_>, state: &State, shown: &Shown, axis: Axis) {
    let series = &state.theme.color.series;
    let ink = *series[shown.ink % series.len()];
    let bad = shown.origin.layer().map(|id| bad_of(state, id)).unwrap_or_default();
    let place = |i: usize| {
        let band = shown.bands.get(i).copied().unwrap_or(i);
        axis.x(shown.spectrum.wavelength_nm.get(i).copied(), band)
    };
    let values = state.spectra.derived(shown, &shown.spectrum.values, &bad);
    around(plot, state, shown, &place, ink);
    let is_bad = |i: usize| shown.bands.get(i).is_some_and(|b| bad.get(*b).copied().unwrap_or(false));
    let grey = state.theme.color.muted.gamma_multiply(0.7);
    for (points, dull) in runs(&values.values, &place, &is_bad) {
        let stroke = if dull { Stroke::new(1.0, grey) } else { Stroke::new(1.5, ink) };
        let line = Line::new(shown.name.as_str(), PlotPoints::from(points)).stroke(stroke);
        let library = matches!(shown.origin, Origin::Library { .. });
        let line = if library { line.style(LineStyle::dashed_loose()) } else { line };
        plot.line(line.allow_hover(!dull));
    }
}

/// Points of a line, cut where there is no value and where trust begins and ends; true for what is bad.
fn runs(
    values: &[f64],
    place: &impl Fn(usize) -> f64,
    is_bad: &impl Fn(usize) -> bool,
) -> Vec<(Vec<[f64; 2]>, bool)> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Two sensors that overlap are two lines, each in its order; bands in any order are sorted.
    let back = |i: usize| i > 0 && place(i) < place(i - 1);
    let is_sorted = order.iter().filter(|i| back(**i)).count() <= 2;
    if !is_sorted {
        order.sort_by(|a, b| place(*a).total_cmp(&place(*b)));
    }
    let mut runs: Vec<(Vec<[f64; 2]>, bool)> = Vec::new();
    let mut open = false;
    for i in order {
        if !values[i].is_finite() {
            open = false;
            continue;
        }
        open &= !(is_sorted && back(i));
        let (point, dull) = ([place(i), values[i]], is_bad(i));
        match runs.last_mut().filter(|_| open) {
            Some((points, same)) if *same == dull => points.push(point),
            // Bad stretches reach to their good neighbours, so that no hole is left.
            Some((points, true)) => {
                points.push(point);
                runs.push((vec![point], dull));
            }
            Some((points, false)) => {
                let last = points[points.len() - 1];
                runs.push((vec![last, point], dull));
            }
            None => runs.push((vec![point], dull)),
        }
        open = true;
    }
    runs
}

/// σ or percentiles around the mean of a region; only of values as they are.
fn around(plot: &mut PlotUi<'_>, state: &State, shown: &Shown, place: &impl Fn(usize) -> f64, ink: Color32) {
    let Some(spread) = &shown.spread else { return };
    if state.spectra.show.shape != Shape::Values || state.spectra.show.scale.is_some() {
        return;
    }
    let mean = &shown.spectrum.values;
    let (low, high): (Vec<f64>, Vec<f64>) = match state.spectra.show.around {
        Around::Nothing => return,
        Around::Deviation => mean.iter().zip(&spread.std).map(|(m, s)| (m - s, m + s)).unzip(),
        Around::Percentiles => (spread.percentiles[0].clone(), spread.percentiles[4].clone()),
    };
    let mut usable: Vec<usize> =
        (0..mean.len()).filter(|i| low[*i].is_finite() && high[*i].is_finite()).collect();
    usable.sort_by(|a, b| place(*a).total_cmp(&place(*b)));
    let xs: Vec<f64> = usable.iter().map(|i| place(*i)).collect();
    let pick = |values: &[f64]| usable.iter().map(|i| values[*i]).collect::<Vec<f64>>();
    let fill = ink.gamma_multiply(0.2);
    plot.add(FilledArea::new("", &xs, &pick(&low), &pick(&high)).fill_color(fill).allow_hover(false));
    if state.spectra.show.around == Around::Percentiles {
        let quarter = FilledArea::new("", &xs, &pick(&spread.percentiles[1]), &pick(&spread.percentiles[3]));
        plot.add(quarter.fill_color(fill).allow_hover(false));
    }
}

/// What is said at the pointer: the band and, on a line, its value.
fn said(state: &State, bands: Option<&Bands>, position: &HoverPosition<'_>) -> Option<String> {
    let band_at = |x: f64| {
        let bands = bands?;
        let view = state.layers.get(&bands.layer)?.view()?;
        Some(format!("Band {}", band_name(view.source.image(), bands.nearest(x)?)))
    };
    match position {
        HoverPosition::NearDataPoint { plot_name, position, .. } => {
            let band = band_at(position.x).map(|b| format!("\n{b}")).unwrap_or_default();
            Some(format!("{plot_name}\n{}{band}", format::sample(position.y)))
        }
        HoverPosition::Elsewhere { position } => band_at(position.x),
    }
}

/// A click shows the band; the line of a colour can be dragged to another band.
fn touch(
    ui: &Ui,
    state: &State,
    response: &Response,
    bands: &Bands,
    to_x: &impl Fn(egui::Pos2) -> f64,
    to_screen: &impl Fn(f64) -> f32,
    out: &mut Outbox,
) {
    let Some(pointer) = response.interact_pointer_pos().or(response.hover_pos()) else { return };
    let Some(band) = bands.nearest(to_x(pointer)) else { return };
    let distance = |line: &(usize, Color32)| (to_screen(bands.x[line.0]) - pointer.x).abs();
    let near = || {
        let lines = bands.lines.iter().enumerate().filter(|(_, line)| bands.is_rgb && distance(line) <= GRIP);
        lines.min_by(|a, b| distance(a.1).total_cmp(&distance(b.1))).map(|(slot, _)| slot)
    };
    let held = response.id.with("line");
    if response.drag_started() {
        let slot = near();
        ui.data_mut(|d| d.insert_temp(held, slot));
    }
    let slot: Option<usize> = ui.data(|d| d.get_temp::<Option<usize>>(held)).flatten();
    if near().is_some() || response.dragged() && slot.is_some() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
    }
    let mix = state.layers.get(&bands.layer).and_then(|l| l.view()).map(|v| &v.rendering.mix);
    if response.dragged()
        && let (Some(slot), Some(BandMix::Rgb(before))) = (slot, mix)
    {
        let mut after = *before;
        after[slot] = band;
        if after != *before {
            out.layer(bands.layer, LayerAsk::Mix(BandMix::Rgb(after)));
        }
    } else if response.clicked() {
        out.push(Ask::Spectra(SpectraAsk::Look(bands.layer, band)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_where_values_are_missing_and_grey_between_good_neighbours() {
        let values = [1.0, 2.0, 3.0, f64::NAN, 5.0, 6.0];
        let found = runs(&values, &|i| i as f64, &|i| i == 1 || i == 5);
        let wanted: Vec<(Vec<[f64; 2]>, bool)> = vec![
            (vec![[0.0, 1.0]], false),
            (vec![[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]], true),
            (vec![[2.0, 3.0]], false),
            (vec![[4.0, 5.0]], false),
            (vec![[4.0, 5.0], [5.0, 6.0]], true),
        ];
        assert_eq!(found, wanted);
    }
}
