//! Export: what, in which form, where to; and the receipt.

use dataset::{Block, ExportFormat, ExportReport, ExportSpec};
use egui::{Align, Context, DragValue, Layout, RichText, ScrollArea, Ui};
use jobs::JobStatus;
use spatial::format as units;

use super::layers::caption;
use crate::exchange::{ExchangeAsk, ExportDraft, Trouble};
use crate::fonts;
use crate::format::count;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{default_button, dialog, field, text_button, thin_progress, value_row};

const WIDTH: f32 = 540.0;
const CAPTION: f32 = 110.0;

pub(super) fn show(ctx: &Context, state: &State, out: &mut Outbox) {
    let Some(draft) = &state.exchange.export else { return };
    let modal = dialog(ctx, "export").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 96.0));
        ui.heading("Export");
        ui.add_space(state.theme.space.m);
        if let Some(Ok(report)) = &draft.outcome {
            receipt(ui, state, report);
            buttons(ui, |ui| {
                if default_button(ui, state, "Done") {
                    out.push(Ask::Exchange(ExchangeAsk::CloseExport));
                }
            });
        } else {
            form(ui, state, draft, out);
        }
    });
    if modal.should_close() && draft.running.is_none() {
        out.push(Ask::Exchange(ExchangeAsk::CloseExport));
    }
}

pub(super) fn buttons(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.add_space(16.0);
    ui.with_layout(Layout::right_to_left(Align::Center), content);
}

/// What went wrong, and what to do.
pub(super) fn complaint(ui: &mut Ui, state: &State, trouble: &Trouble) {
    ui.add_space(8.0);
    let text = RichText::new(&trouble.text).color(*state.theme.color.danger);
    ui.add(egui::Label::new(text).wrap());
    if !trouble.hint.is_empty() {
        let hint = RichText::new(&trouble.hint).color(*state.theme.color.muted);
        ui.add(egui::Label::new(hint).wrap());
    }
}

fn form(ui: &mut Ui, state: &State, draft: &ExportDraft, out: &mut Outbox) {
    let mut spec = draft.spec.clone();
    let mut folder = draft.folder.clone();
    ui.add_enabled_ui(draft.running.is_none(), |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        format(ui, state, &mut spec);
        ui.horizontal(|ui| {
            caption(ui, state, "Labels", CAPTION);
            ui.checkbox(&mut spec.only_accepted, "Only those that review has settled");
        });
        if spec.format.has_chips() {
            chips(ui, state, &mut spec);
        }
        if spec.format.has_chips() || spec.format == ExportFormat::GeoJson {
            split(ui, state, &mut spec);
        } else {
            spec.split = None;
        }
        if state.content().is_some_and(|p| !p.adjustments().is_empty()) {
            ui.horizontal(|ui| {
                caption(ui, state, "Shapes", CAPTION);
                let mut aligned = !spec.as_drawn;
                ui.checkbox(&mut aligned, "Where adjustments show them on the layer");
                spec.as_drawn = !aligned;
            });
        }
        if spec.format.holds_boxes() {
            ui.horizontal(|ui| {
                caption(ui, state, "Boxes", CAPTION);
                ui.checkbox(&mut spec.boxes_around, "The smallest one around a region that is none");
            });
        }
        ui.horizontal(|ui| {
            caption(ui, state, "Not held", CAPTION);
            ui.checkbox(&mut spec.allow_left_out, "Leave out what the format cannot hold");
        });
        ui.horizontal(|ui| {
            caption(ui, state, "Folder", CAPTION);
            let width = ui.available_width() - 96.0;
            field(ui, &mut folder, "Where to", width);
            if text_button(ui, "Choose…").clicked() {
                out.push(Ask::Exchange(ExchangeAsk::ChooseFolder));
            }
        });
        ui.horizontal(|ui| {
            caption(ui, state, "", CAPTION);
            ui.checkbox(&mut spec.replace, "Replace an earlier export");
        });
    });
    if spec != draft.spec {
        out.push(Ask::Exchange(ExchangeAsk::Spec(Box::new(spec))));
    }
    if folder != draft.folder {
        out.push(Ask::Exchange(ExchangeAsk::Folder(folder)));
    }
    if let Some(Err(trouble)) = &draft.outcome {
        complaint(ui, state, trouble);
    }
    let job = draft.running.and_then(|id| state.jobs.iter().find(|j| j.id == id));
    buttons(ui, |ui| actions(ui, state, draft, job, out));
}

fn actions(ui: &mut Ui, state: &State, draft: &ExportDraft, job: Option<&JobStatus>, out: &mut Outbox) {
    if let Some(id) = draft.running {
        if text_button(ui, "Stop").clicked() {
            out.push(Ask::StopJob(id));
        }
        let share = job.and_then(JobStatus::share);
        if let Some(share) = share {
            ui.label(RichText::new(units::percent(share)).font(fonts::mono(state.theme.size.small)));
        }
        thin_progress(ui, 200.0, share, "Progress of the export");
        ui.label(RichText::new("Writing and reading back…").color(*state.theme.color.muted));
        return;
    }
    if draft.folder.trim().is_empty() {
        ui.label(RichText::new("Say where to").color(*state.theme.color.muted));
    } else if default_button(ui, state, "Export") {
        out.push(Ask::Exchange(ExchangeAsk::Export));
    }
    if text_button(ui, "Cancel").clicked() {
        out.push(Ask::Exchange(ExchangeAsk::CloseExport));
    }
}

fn format(ui: &mut Ui, state: &State, spec: &mut ExportSpec) {
    let offered = [
        (ExportFormat::GeoJson, "GeoJSON", "Regions in EPSG:4326 and in the layer’s CRS"),
        (ExportFormat::Coco, "COCO", "Instance segmentation on chips of the image"),
        (ExportFormat::Masks, "Masks", "One label raster aligned to the image"),
        (ExportFormat::Crasar, "CRASAR", "CRASAR-U-DROIDs annotations of the image"),
        (
            ExportFormat::Star,
            "Scene graph",
            "Turned boxes and how they stand to each other, in the manner of STAR",
        ),
        (ExportFormat::Dota, "DOTA", "Turned boxes on chips of the image, in pixels"),
        (ExportFormat::YoloObb, "YOLO", "Turned boxes on chips of the image, as shares of the chip"),
    ];
    ui.horizontal_wrapped(|ui| {
        caption(ui, state, "Format", CAPTION);
        for (format, text, tooltip) in offered {
            if ui.selectable_label(spec.format == format, text).on_hover_text(tooltip).clicked() {
                spec.format = format;
            }
        }
    });
    let about = offered.iter().find(|(f, ..)| *f == spec.format).map_or("", |(.., about)| about);
    ui.horizontal(|ui| {
        caption(ui, state, "", CAPTION);
        ui.label(RichText::new(about).color(*state.theme.color.muted));
    });
}

fn chips(ui: &mut Ui, state: &State, spec: &mut ExportSpec) {
    ui.horizontal(|ui| {
        caption(ui, state, "Chips", CAPTION);
        ui.add(DragValue::new(&mut spec.chip_px).range(16..=8192).suffix("\u{a0}px"));
        ui.label("one every");
        ui.add(DragValue::new(&mut spec.stride_px).range(1..=8192).suffix("\u{a0}px"));
        spec.stride_px = spec.stride_px.min(spec.chip_px);
    });
}

fn split(ui: &mut Ui, state: &State, spec: &mut ExportSpec) {
    ui.horizontal(|ui| {
        caption(ui, state, "Split", CAPTION);
        let mut on = spec.split.is_some();
        ui.checkbox(&mut on, "By blocks of ground");
        if on != spec.split.is_some() {
            spec.split = on.then_some(Block { train: 80, val: 10, test: 10, gap_m: 0.0, block_px: None });
        }
        if let Some(block) = &mut spec.split {
            for (share, name) in
                [(&mut block.train, "train"), (&mut block.val, "val"), (&mut block.test, "test")]
            {
                ui.add(DragValue::new(share).range(0..=100).prefix(format!("{name} ")));
            }
            ui.add(DragValue::new(&mut block.gap_m).range(0.0..=10_000.0).prefix("gap ").suffix("\u{a0}m"));
        }
    });
}

/// What was written, as a receipt reads.
fn receipt(ui: &mut Ui, state: &State, report: &ExportReport) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let c = &state.theme.color;
    let title = format!("{} written and read back", count(report.regions_out, "region", "regions"));
    ui.label(RichText::new(title).font(fonts::semibold(state.theme.size.body)).color(*c.success));
    ui.add_space(6.0);
    value_row(ui, "Folder", &report.folder.display().to_string(), false);
    value_row(ui, "Regions in", &units::count(report.regions_in as u64), true);
    value_row(ui, "Regions out", &units::count(report.regions_out as u64), true);
    value_row(ui, "Left out", &units::count(report.left_out.len() as u64), true);
    if report.relations.asked > 0 {
        let text = format!(
            "{} of {}",
            units::count(report.relations.written as u64),
            units::count(report.relations.asked as u64)
        );
        value_row(ui, "Relations", &text, true);
    }
    for (what, counts) in [("class", &report.by_class), ("split", &report.by_split)] {
        for (name, n) in counts {
            value_row(ui, &format!("{what}  {name}"), &units::count(*n as u64), true);
        }
    }
    ui.add_space(8.0);
    let files =
        RichText::new("Files: items and the first of SHA-256").font(fonts::medium(state.theme.size.small));
    ui.label(files.color(*c.muted));
    ScrollArea::vertical().max_height(160.0).show_rows(ui, 20.0, report.written.len(), |ui, rows| {
        for file in &report.written[rows] {
            let sha = file.sha256.get(..12).unwrap_or(&file.sha256);
            let text = format!("{}  {sha}", units::count(file.items as u64));
            value_row(ui, &file.path, &text, true).on_hover_text(&file.sha256);
        }
    });
    for one in report.left_out.iter().take(5) {
        let name = one.source_id.clone().unwrap_or_else(|| one.region.to_string());
        ui.label(RichText::new(format!("Left out {name}: {}", one.reason)).color(*c.warning));
    }
    for warning in report.warnings.iter().take(5) {
        ui.add(egui::Label::new(RichText::new(warning).color(*c.warning)).wrap());
    }
}
