//! “Save picture…”: what, how large, with what around it, and where to.

use egui::{Align, Context, DragValue, Layout, RichText, Ui};
use picture::sheet::{Format, MOST_PIXELS};

use super::dialog_export::buttons;
use super::layers::caption;
use crate::outbox::{Ask, Outbox};
use crate::picture_draft::{Part, PictureDraft};
use crate::run::map::MapAsk;
use crate::run::picture::{PictureAsk, camera_of, size_text};
use crate::state::State;
use crate::widgets::{default_button, dialog, field, text_button, thin_progress};

const WIDTH: f32 = 520.0;
const CAPTION: f32 = 90.0;

pub(super) fn show(ctx: &Context, state: &State, out: &mut Outbox) {
    let Some(draft) = &state.aids.picture else { return };
    let mut wanted = draft.clone();
    let mut ask = |ask| out.push(Ask::Map(MapAsk::Picture(ask)));
    let modal = dialog(ctx, "picture").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 96.0));
        ui.heading("Save picture");
        ui.add_space(state.theme.space.m);
        ui.spacing_mut().item_spacing.y = 8.0;
        ui.add_enabled_ui(draft.running.is_none(), |ui| {
            what(ui, state, &mut wanted);
            around(ui, state, &mut wanted);
            if file(ui, state, &mut wanted) {
                ask(PictureAsk::ChooseFile);
            }
        });
        if let Some(trouble) = &draft.trouble {
            let text = RichText::new(trouble).color(*state.theme.color.danger);
            ui.add(egui::Label::new(text).wrap());
        }
        buttons(ui, |ui| actions(ui, state, draft, &mut ask));
    });
    if modal.should_close() && draft.running.is_none() {
        ask(PictureAsk::Close);
    }
    if wanted != *draft {
        ask(PictureAsk::Draft(Box::new(wanted)));
    }
}

fn what(ui: &mut Ui, state: &State, wanted: &mut PictureDraft) {
    ui.horizontal(|ui| {
        caption(ui, state, "Part", CAPTION);
        for part in Part::ALL {
            let there = part != Part::Selection || !state.selected().is_empty();
            let label = egui::Button::selectable(wanted.part == part, part.text());
            if ui.add_enabled(there, label).clicked() {
                wanted.part = part;
            }
        }
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Size", CAPTION);
        let width = DragValue::new(&mut wanted.width_px).range(64..=100_000).speed(8.0).suffix(" px wide");
        let width = ui.add(width);
        name(ui, &width, "Width in pixels");
        let dpi = DragValue::new(&mut wanted.dpi)
            .range(36.0..=2400.0)
            .speed(1.0)
            .max_decimals(0)
            .suffix(" per inch");
        let dpi = ui.add(dpi);
        name(ui, &dpi, "Pixels per inch");
        if let Some(camera) = camera_of(state, wanted) {
            let text = size_text(&camera, wanted.dpi);
            ui.label(RichText::new(text).color(*state.theme.color.muted));
        }
    });
}

fn name(ui: &Ui, response: &egui::Response, name: &str) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
}

fn around(ui: &mut Ui, state: &State, wanted: &mut PictureDraft) {
    ui.horizontal(|ui| {
        caption(ui, state, "Title", CAPTION);
        let hint =
            if wanted.form() == Some(Format::Tiff) { "No place for one in a TIFF" } else { "No title" };
        field(ui, &mut wanted.title, hint, f32::INFINITY);
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Show", CAPTION);
        ui.checkbox(&mut wanted.regions, "Regions");
        ui.checkbox(&mut wanted.legend, "Legend");
        ui.checkbox(&mut wanted.scale_bar, "Scale bar");
        ui.checkbox(&mut wanted.north_arrow, "North arrow");
    });
}

/// Where to; true when it is to be chosen by a file dialog.
fn file(ui: &mut Ui, state: &State, wanted: &mut PictureDraft) -> bool {
    ui.horizontal(|ui| {
        caption(ui, state, "Form", CAPTION);
        let forms = [
            (Format::Png, "PNG", "Pixels"),
            (Format::Tiff, "GeoTIFF", "Pixels that lie where the map does"),
            (Format::Pdf, "PDF", "Regions and words as vectors"),
            (Format::Svg, "SVG", "Regions and words as vectors, to be worked on"),
        ];
        for (form, text, tooltip) in forms {
            let label = ui.selectable_label(wanted.form() == Some(form), text);
            if label.on_hover_text(tooltip).clicked() {
                wanted.set_form(form);
            }
        }
    });
    ui.horizontal(|ui| {
        caption(ui, state, "File", CAPTION);
        let width = ui.available_width() - 96.0;
        field(ui, &mut wanted.path, "Where to", width);
        text_button(ui, "Choose…").clicked()
    })
    .inner
}

/// Why the picture cannot be saved as the dialog is now.
fn obstacle(state: &State, draft: &PictureDraft) -> Option<&'static str> {
    let Some(camera) = camera_of(state, draft) else { return Some("There is nothing to show") };
    if camera.size_px[0] * camera.size_px[1] > MOST_PIXELS as f64 {
        return Some("At most 100 million pixels");
    }
    draft.form().is_none().then_some("End the file name in .png, .tif, .pdf or .svg")
}

fn actions(ui: &mut Ui, state: &State, draft: &PictureDraft, ask: &mut impl FnMut(PictureAsk)) {
    if let Some(id) = draft.running {
        if text_button(ui, "Stop").clicked() {
            ask(PictureAsk::Close);
        }
        let share = state.jobs.iter().find(|j| j.id == id).and_then(jobs::JobStatus::share);
        thin_progress(ui, 200.0, share, "Progress of the picture");
        ui.label(RichText::new("Drawing…").color(*state.theme.color.muted));
        return;
    }
    match obstacle(state, draft) {
        None => {
            if default_button(ui, state, "Save") {
                ask(PictureAsk::Save);
            }
        }
        Some(why) => {
            ui.label(RichText::new(why).color(*state.theme.color.muted));
        }
    }
    if text_button(ui, "Cancel").clicked() {
        ask(PictureAsk::Close);
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        if draft.form() == Some(Format::Tiff) && state.aids.ground.is_none() {
            ui.label(RichText::new("This map has no CRS to write").color(*state.theme.color.muted));
        }
    });
}
