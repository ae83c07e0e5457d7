//! Preferences: looks, name, basemap.

use egui::{Align, Layout, RichText, Ui};

use super::layers::caption;
use crate::map::aids::Graticule;
use crate::outbox::{Ask, Outbox};
use crate::preferences::{Basemap, Preferences, SCALES, ThemeChoice};
use crate::state::{Overlays, State};
use crate::widgets::{default_button, dialog, field};

const CAPTION: f32 = 130.0;

pub(super) fn show(ctx: &egui::Context, state: &State, out: &mut Outbox) {
    if !state.overlays.preferences {
        return;
    }
    let closed = Overlays { preferences: false, ..state.overlays.clone() };
    let mut wanted = state.preferences.clone();
    let modal = dialog(ctx, "preferences").show(ctx, |ui| {
        ui.set_width(460.0);
        ui.heading("Preferences");
        ui.add_space(state.theme.space.m);
        ui.spacing_mut().item_spacing.y = 8.0;
        looks(ui, state, &mut wanted);
        ui.horizontal(|ui| {
            caption(ui, state, "Your name", CAPTION);
            let name = field(ui, &mut wanted.author, "Your name", f32::INFINITY);
            name.on_hover_text("Labels and votes are signed with it.");
        });
        basemap(ui, state, &mut wanted);
        ui.horizontal(|ui| {
            caption(ui, state, "Network", CAPTION);
            let text = "Work offline: ask no service, no server with imagery and for no map tiles";
            ui.checkbox(&mut wanted.offline, text);
        });
        over_the_map(ui, state, &mut wanted);
        ui.add_space(state.theme.space.s);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if default_button(ui, state, "Close") {
                out.push(Ask::Overlays(closed.clone()));
            }
        });
    });
    if wanted != state.preferences {
        out.push(Ask::Preferences(Box::new(wanted)));
    }
    if modal.should_close() {
        out.push(Ask::Overlays(closed));
    }
}

fn looks(ui: &mut Ui, state: &State, wanted: &mut Preferences) {
    ui.horizontal(|ui| {
        caption(ui, state, "Theme", CAPTION);
        for choice in ThemeChoice::ALL {
            if ui.selectable_label(wanted.theme == choice, choice.text()).clicked() {
                wanted.theme = choice;
            }
        }
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Size of the interface", CAPTION);
        for scale in SCALES {
            let text = spatial::format::percent(f64::from(scale));
            if ui.selectable_label(wanted.ui_scale == scale, text).clicked() {
                wanted.ui_scale = scale;
            }
        }
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Motion", CAPTION);
        ui.checkbox(&mut wanted.reduce_motion, "Reduce motion");
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Class colours", CAPTION);
        ui.checkbox(&mut wanted.alternative_colors, "The schema's second colour set, where it has one");
    });
}

fn over_the_map(ui: &mut Ui, state: &State, wanted: &mut Preferences) {
    ui.horizontal(|ui| {
        caption(ui, state, "Over the map", CAPTION);
        ui.checkbox(&mut wanted.map.pixel_values, "Pixel values");
        ui.checkbox(&mut wanted.map.north_arrow, "North arrow");
        ui.checkbox(&mut wanted.map.minimap, "Minimap");
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Graticule", CAPTION);
        for kind in Graticule::ALL {
            if ui.selectable_label(wanted.map.graticule == kind, kind.text()).clicked() {
                wanted.map.graticule = kind;
            }
        }
    });
}

fn basemap(ui: &mut Ui, state: &State, wanted: &mut Preferences) {
    ui.horizontal(|ui| {
        caption(ui, state, "Basemap", CAPTION);
        let template = match &wanted.basemap {
            Basemap::Template(text) => text.clone(),
            _ => String::new(),
        };
        let file = match &wanted.basemap {
            Basemap::PmTiles(path) => path.display().to_string(),
            _ => String::new(),
        };
        let kind = match wanted.basemap {
            Basemap::None => 0,
            Basemap::Template(_) => 1,
            Basemap::PmTiles(_) => 2,
        };
        let choices = [
            ("None", Basemap::None),
            ("Tile server", Basemap::Template(template)),
            ("PMTiles file", Basemap::PmTiles(file.into())),
        ];
        for (i, (text, choice)) in choices.into_iter().enumerate() {
            if ui.selectable_label(kind == i, text).clicked() {
                wanted.basemap = choice;
            }
        }
    });
    let line = |ui: &mut Ui, text: &mut String, hint: &str| {
        ui.horizontal(|ui| {
            caption(ui, state, "", CAPTION);
            field(ui, text, hint, f32::INFINITY);
        });
    };
    match &mut wanted.basemap {
        Basemap::None => {}
        Basemap::Template(text) => line(ui, text, "https://tiles.example.org/{z}/{x}/{y}.png"),
        Basemap::PmTiles(path) => {
            let mut text = path.display().to_string();
            line(ui, &mut text, "/path/to/map.pmtiles");
            *path = text.into();
        }
    }
    if wanted.basemap != Basemap::None {
        let quiet = "Drawn under the imagery; tiles are asked for where you look.";
        let offline = wanted.offline && matches!(wanted.basemap, Basemap::Template(_));
        let quiet = if offline { "Not asked for while you work offline." } else { quiet };
        let note = crate::format::sentence(state.basemap_note.as_deref().unwrap_or(quiet));
        ui.horizontal(|ui| {
            caption(ui, state, "", CAPTION);
            ui.label(RichText::new(note).color(*state.theme.color.muted));
        });
    }
}
