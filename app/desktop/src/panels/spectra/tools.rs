//! The line over the plot: what is added, how it is shown, where it goes.

use editing::{Command, ToolKind};
use egui::{ScrollArea, Ui};

use super::plot;
use crate::icons;
use crate::map::dates;
use crate::map::layer::band_name;
use crate::outbox::{Ask, Outbox};
use crate::run::spectra::scale_text;
use crate::spectra::{Around, SCALES, Shape, Show, SpectraAsk};
use crate::state::State;
use crate::widgets::{IconButton, combo, field};

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        sources(ui, state, out);
        if !state.spectra.shown.is_empty() {
            let over_time = state.spectra.show.over_time;
            time(ui, state, out);
            if !over_time {
                looks(ui, state, out);
            }
            band(ui, state, out);
            ways_out(ui, state, out);
        }
    });
}

/// Where spectra come from.
fn sources(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let armed = state.tool.kind() == ToolKind::Spectrum;
    let pick = ui.selectable_label(armed, "Pick pixels");
    if pick.on_hover_text("Click pixels on the map to see their values over wavelength  I").clicked() {
        let kind = if armed { ToolKind::Select } else { ToolKind::Spectrum };
        out.command(Command::Tool(kind));
    }
    let one = state.selected().len() == 1;
    let region = ui.add_enabled(one, egui::Button::new("Region mean"));
    let region = region.on_hover_text("Mean and spread of the pixels of the selected region");
    if region.on_disabled_hover_text("Select one region on the map first").clicked() {
        out.push(Ask::Spectra(SpectraAsk::Region));
    }
    if ui.button("Open library…").on_hover_text("ENVI (.sli), ECOSTRESS and ASTER text, CSV").clicked() {
        out.push(Ask::Spectra(SpectraAsk::OpenLibrary));
    }
    if !state.spectra.libraries.is_empty() {
        from_library(ui, state, out);
    }
}

/// The spectra of the open libraries, searched by name.
fn from_library(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let query_id = ui.make_persistent_id("library query");
    let list = combo("library", "Add from library", 150.0).height(320.0);
    list.show_ui(ui, |ui| {
        ui.set_min_width(280.0);
        let mut query: String = ui.data(|d| d.get_temp(query_id)).unwrap_or_default();
        field(ui, &mut query, "Name of a spectrum", 260.0);
        ui.data_mut(|d| d.insert_temp(query_id, query.clone()));
        let wanted = query.to_lowercase();
        let all = state.spectra.libraries.iter().enumerate().flat_map(|(place, open)| {
            open.library.spectra.iter().enumerate().map(move |(i, s)| (place, i, s.name.as_str()))
        });
        let found: Vec<_> = all.filter(|(_, _, name)| name.to_lowercase().contains(&wanted)).collect();
        let row = ui.spacing().interact_size.y;
        ScrollArea::vertical().max_height(280.0).show_rows(ui, row, found.len(), |ui, rows| {
            for (place, i, name) in &found[rows] {
                if ui.selectable_label(false, *name).clicked() {
                    out.push(Ask::Spectra(SpectraAsk::Add(*place, *i)));
                }
            }
        });
    });
    let scale = state.spectra.library_scale.unwrap_or(1.0);
    let text = |scale: f64| format!("× {}", crate::format::sample(scale));
    let list = combo("library scale", text(scale), 76.0).show_ui(ui, |ui| {
        for offered in [1.0, 0.01, 100.0, 1000.0, 10_000.0] {
            if ui.selectable_label(offered == scale, text(offered)).clicked() {
                out.push(Ask::Spectra(SpectraAsk::LibraryScale(offered)));
            }
        }
    });
    list.response.on_hover_text("Values of libraries times this are those of the imagery");
}

/// What is made of the values before they are drawn.
fn looks(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let show = state.spectra.show;
    let mut ask = |show: Show| out.push(Ask::Spectra(SpectraAsk::Show(show)));
    combo("shape", show.shape.text(), 136.0).show_ui(ui, |ui| {
        for shape in Shape::ALL {
            if ui.selectable_label(shape == show.shape, shape.text()).clicked() {
                ask(Show { shape, ..show });
            }
        }
    });
    combo("scale", scale_text(show.scale), 108.0).show_ui(ui, |ui| {
        for (scale, text) in SCALES {
            if ui.selectable_label(scale == show.scale, text).clicked() {
                ask(Show { scale, ..show });
            }
        }
    });
    if state.spectra.shown.iter().any(|s| s.spread.is_some()) {
        combo("around", show.around.text(), 136.0).show_ui(ui, |ui| {
            for around in Around::ALL {
                if ui.selectable_label(around == show.around, around.text()).clicked() {
                    ask(Show { around, ..show });
                }
            }
        });
    }
}

/// Values over the dates of the layers instead of over wavelength.
fn time(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let show = state.spectra.show;
    let dated = state.layers.values().filter_map(|l| dates::of_layer(l, &l.source()?.image().name)).count();
    if dated < 2 && !show.over_time {
        return;
    }
    let toggle = ui.selectable_label(show.over_time, "Over time");
    let about = "The band that is shown, at the picked pixels, on every layer that has a date";
    if toggle.on_hover_text(about).clicked() {
        out.push(Ask::Spectra(SpectraAsk::Show(Show { over_time: !show.over_time, ..show })));
    }
}

/// The band that is looked at, and whether it can be trusted.
fn band(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some((id, view)) = state.shown_layer().and_then(|(id, l)| Some((id, l.view()?))) else { return };
    let Some(band) = plot::looked_at(state) else { return };
    if !state.spectra.shown.iter().any(|s| s.origin.layer() == Some(id)) {
        return;
    }
    let mut bad = state.spectra.bad(id, &view.source).get(band).copied().unwrap_or(false);
    let name = band_name(view.source.image(), band);
    let tick = ui.checkbox(&mut bad, format!("Band {name} is bad"));
    let about = "Noise or water vapour: left out of shapes and products, and drawn grey";
    if tick.on_hover_text(about).changed() {
        out.push(Ask::Spectra(SpectraAsk::Bad(id, band, bad)));
    }
}

/// Where spectra go.
fn ways_out(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let copy = IconButton::new(icons::COPY, "Copy spectra").tooltip("Copy what is drawn as a table");
    if ui.add(copy).clicked() {
        let library = state.spectra.library(|layer| plot::bad_of(state, layer));
        match spectral::library::csv::write_long(&library) {
            Ok(table) => ui.ctx().copy_text(table),
            Err(error) => log::warn!("nothing is copied: {error}"),
        }
    }
    let save =
        IconButton::new(icons::DOWNLOAD, "Save spectra").tooltip("Save what is drawn: CSV or ENVI library");
    if ui.add(save).clicked() {
        out.push(Ask::Spectra(SpectraAsk::Save));
    }
    let clear = IconButton::new(icons::DELETE, "Remove all spectra").quiet();
    if ui.add(clear).clicked() {
        out.push(Ask::Spectra(SpectraAsk::Clear));
    }
}
