//! Picked pixels over the dates of the layers.

use egui::{RichText, Role, Stroke, Ui, WidgetInfo, vec2};
use egui_plot::{HoverPosition, Line, MarkerShape, Plot, PlotPoints, Points};
use jiff::civil::Date;
use raster::ImageDescription;

use super::plot::looked_at;
use crate::spectra::Moment;
use crate::state::State;
use crate::{fonts, format};

/// Bands of two sensors whose wavelengths differ by more than this, in nanometres, do not show the same.
const NEAR_NM: f64 = 50.0;
/// The name of the plot for screen readers and tests.
pub(crate) const NAME: &str = "Values over time";

pub(super) fn show(ui: &mut Ui, state: &State, height: f32) {
    let lines = lines(state);
    if lines.iter().all(|(_, _, points)| points.is_empty()) {
        let text = "No picked pixel lies on a layer with a date. A date is read from the file, or from its name as in 2024-08-24.";
        ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
        return;
    }
    ui.scope(|ui| {
        ui.style_mut().override_font_id = Some(fonts::mono(state.theme.size.small - 1.0));
        let plot = Plot::new("spectra over time")
            .height(height)
            .show_background(false)
            .allow_drag(false)
            .allow_scroll(false)
            .allow_zoom(false)
            .set_margin_fraction(vec2(0.04, 0.08))
            .x_axis_formatter(|mark, range| day_text(mark.value, range.end() - range.start()))
            .y_axis_formatter(|mark, _| format::short(mark.value))
            .label_formatter(|position| match position {
                HoverPosition::NearDataPoint { plot_name, position, .. } => {
                    let day = day_text(position.x, 0.0);
                    Some(format!("{plot_name}\n{day}: {}", format::sample(position.y)))
                }
                HoverPosition::Elsewhere { .. } => None,
            });
        let count = lines.len();
        let drawn = plot.show(ui, |plot| {
            let series = &state.theme.color.series;
            for (name, ink, points) in lines {
                let ink = *series[ink % series.len()];
                plot.line(Line::new(name, PlotPoints::from(points.clone())).stroke(Stroke::new(1.5, ink)));
                let dots = Points::new(name, PlotPoints::from(points)).color(ink).radius(3.0);
                plot.points(dots.shape(MarkerShape::Circle));
            }
        });
        let text = format!("{NAME}: {}", format::count(count, "pixel", "pixels"));
        drawn.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, text.as_str()));
    });
}

/// Name, colour and points (days, value) of each visible picked pixel.
fn lines(state: &State) -> Vec<(&str, usize, Vec<[f64; 2]>)> {
    let Some((image, band)) = wanted(state) else { return Vec::new() };
    let point = |moment: &Moment| {
        let there = state.layers.get(&moment.layer)?.source()?.image();
        let value = moment.values.get(same_band(image, band, there)?).copied().filter(|v| v.is_finite())?;
        Some([day_number(moment.date), value])
    };
    let visible = state.spectra.shown.iter().filter(|s| s.visible);
    let line = |shown: &'_ crate::spectra::Shown| {
        let course = state.spectra.courses.get(&shown.id)?;
        Some((shown.id, shown.ink, course.moments.iter().filter_map(point).collect()))
    };
    let named = visible.filter_map(|s| line(s).map(|(_, ink, points)| (s.name.as_str(), ink, points)));
    named.collect()
}

/// The band that is looked at, else the first that is shown.
fn wanted(state: &State) -> Option<(&ImageDescription, usize)> {
    let view = state.shown_layer()?.1.view()?;
    let band = looked_at(state).or_else(|| view.rendering.mix.bands().first().copied())?;
    Some((view.source.image(), band))
}

/// The band of another image that shows the same: of the nearest wavelength, else of the same number.
fn same_band(of: &ImageDescription, band: usize, there: &ImageDescription) -> Option<usize> {
    let Some(nm) = of.bands.get(band)?.wavelength_nm else {
        return (band < there.bands.len()).then_some(band);
    };
    let known: Vec<Option<f64>> = there.bands.iter().map(|b| b.wavelength_nm).collect();
    if known.iter().all(Option::is_none) {
        return (band < there.bands.len()).then_some(band);
    }
    spectral::nearest_band(&known, &[], nm, NEAR_NM)
}

/// Days since the beginning of 1970.
fn day_number(date: Date) -> f64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    date.since((jiff::Unit::Day, epoch)).map_or(f64::NAN, |span| f64::from(span.get_days()))
}

/// A day; its year or month alone where the axis spans many of them.
fn day_text(day: f64, span: f64) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = jiff::Span::new().try_days(day.round() as i64).and_then(|days| epoch.checked_add(days));
    let form = if span > 1500.0 {
        "%Y"
    } else if span > 120.0 {
        "%Y-%m"
    } else {
        "%Y-%m-%d"
    };
    date.map_or_else(|_| String::new(), |date| date.strftime(form).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_and_said() {
        assert_eq!(day_number(jiff::civil::date(1970, 1, 31)), 30.0);
        assert_eq!(day_text(day_number(jiff::civil::date(2024, 8, 24)), 0.0), "2024-08-24");
        assert_eq!(day_text(day_number(jiff::civil::date(1985, 7, 1)), 9000.0), "1985");
    }
}
