//! Composites that find their bands by wavelength.

use egui::{PopupCloseBehavior, Role, Sense, Ui, WidgetInfo, vec2};
use picture::{BandMix, LayerView, wavelengths};
use project::LayerId;
use raster::ImageDescription;
use spectral::{BandPreset, band_presets, nearest_band};

use super::{CAPTION, call};
use crate::fonts;
use crate::outbox::{LayerAsk, Outbox};
use crate::panels::layers::caption;
use crate::state::State;
use crate::widgets::combo;

/// The list of presets; those that the image has no bands for say why.
pub(super) fn show(ui: &mut Ui, state: &State, id: LayerId, view: &LayerView, out: &mut Outbox) {
    let image = view.source.image();
    let offered = offered(image);
    let shown = shown(image, &view.rendering.mix, &offered);
    let name = shown.map_or("Own choice", |preset| preset.name.as_str());
    ui.horizontal(|ui| {
        caption(ui, state, "Composite", CAPTION);
        let width = ui.available_width();
        let list = combo("preset", name, width).height(400.0);
        let list = list.close_behavior(PopupCloseBehavior::CloseOnClickOutside).show_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.set_min_width(ROW.x);
            for (preset, found) in &offered {
                let chosen = shown.is_some_and(|shown| shown.id == preset.id);
                if row(ui, state, preset, found.as_ref().err(), chosen)
                    && let Ok(bands) = found
                {
                    out.layer(id, LayerAsk::Mix(BandMix::Rgb(*bands)));
                    ui.close();
                }
            }
        });
        call(ui, &list.response, "Composite");
        list.response.on_hover_text("Three bands that show one thing well, found by wavelength");
    });
}

/// The preset that is shown: the one with these bands, else the first that the bands are near enough to.
fn shown(image: &ImageDescription, mix: &BandMix, offered: &[Offered]) -> Option<&'static BandPreset> {
    let BandMix::Rgb(bands) = mix else { return None };
    let exact = offered.iter().find(|(_, found)| found.as_ref() == Ok(bands));
    let nm = wavelengths(image);
    let near = |preset: &BandPreset| {
        let wanted = preset.wavelength_nm.iter().zip(preset.within_nm);
        let own = bands.iter().map(|band| nm.get(*band).copied().flatten());
        own.zip(wanted).all(|(own, (at, within))| own.is_some_and(|own| (own - at).abs() <= within))
    };
    let exact = exact.or_else(|| offered.iter().find(|(preset, _)| near(preset)));
    exact.map(|(preset, _)| *preset)
}

/// A preset with its bands in an image, or why it has none.
pub(crate) type Offered = (&'static BandPreset, Result<[usize; 3], String>);

const ROW: egui::Vec2 = vec2(300.0, 38.0);

/// Name and what one sees; greyed with the reason where the image lacks a band. True when it was chosen.
fn row(ui: &mut Ui, state: &State, preset: &BandPreset, why_not: Option<&String>, chosen: bool) -> bool {
    let theme = &state.theme;
    let c = &theme.color;
    let sense = if why_not.is_none() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width().max(ROW.x), ROW.y), sense);
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListItem, why_not.is_none(), chosen, preset.name.as_str())
    });
    if chosen || (why_not.is_none() && response.hovered()) {
        ui.painter().rect_filled(rect, theme.radius(), if chosen { *c.selection } else { *c.hover });
    }
    let ink = if why_not.is_none() { *c.text } else { *c.disabled };
    let quiet = if why_not.is_none() { *c.muted } else { *c.disabled };
    let inner = rect.shrink2(vec2(theme.space.s, 3.0));
    let top = inner.left_top();
    ui.painter().text(top, egui::Align2::LEFT_TOP, &preset.name, fonts::body(theme.size.body), ink);
    let says = why_not.unwrap_or(&preset.shows);
    let font = fonts::body(theme.size.small);
    let mut job = egui::text::LayoutJob::simple_singleline(says.clone(), font, quiet);
    job.wrap = egui::text::TextWrapping::truncate_at_width(inner.width());
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(inner.left_bottom() - vec2(0.0, galley.size().y), galley, quiet);
    response.on_hover_text(format!("{says}\n{}", preset.source)).clicked()
}

/// Every preset with its bands in this image.
pub(crate) fn offered(image: &ImageDescription) -> Vec<Offered> {
    let nm = wavelengths(image);
    let bad: Vec<bool> = image.bands.iter().map(|band| band.bad).collect();
    let found = |preset: &'static BandPreset| {
        let bands = preset.bands(&nm, &bad).ok_or_else(|| why_not(preset, &nm, &bad));
        (preset, bands)
    };
    band_presets().iter().map(found).collect()
}

fn why_not(preset: &BandPreset, nm: &[Option<f64>], bad: &[bool]) -> String {
    if nm.iter().all(Option::is_none) {
        return "The image does not say which wavelengths its bands have.".to_owned();
    }
    let wanted = preset.wavelength_nm.iter().zip(preset.within_nm);
    let mut missing = wanted.filter(|(at, within)| nearest_band(nm, bad, **at, *within).is_none());
    match missing.next() {
        Some((at, within)) => format!("No band lies within {within:.0}\u{a0}nm of {at:.0}\u{a0}nm."),
        None => "Two of its colours would be the same band.".to_owned(),
    }
}
