//! Import: what the file holds, how it is to be understood, and what would come of it, before it does.

use dataset::ImportAs;
use egui::{Context, RichText, ScrollArea, Ui, vec2};
use project::{LayerId, Project};
use spatial::format as units;

use super::dialog_export::{buttons, complaint};
use super::layers::caption;
use crate::exchange::{Choices, ExchangeAsk, Found, ImportDraft, Planned};
use crate::fonts;
use crate::format::count;
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{combo, default_button, dialog, field, text_button, value_row};
use crate::work::file_name;

const WIDTH: f32 = 560.0;
const CAPTION: f32 = 110.0;

pub(super) fn show(ctx: &Context, state: &State, out: &mut Outbox) {
    let (Some(draft), Some(project)) = (&state.exchange.import, state.content()) else { return };
    let modal = dialog(ctx, "import").show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 96.0));
        ui.heading(format!("Import {}", file_name(&draft.path)));
        ui.add_space(state.theme.space.m);
        if let Some(trouble) = &draft.trouble {
            complaint(ui, state, trouble);
        } else if let Some(found) = &draft.found {
            let mut choices = draft.choices.clone();
            form(ui, state, project, found, &mut choices);
            if choices != draft.choices {
                out.push(Ask::Exchange(ExchangeAsk::Choices(Box::new(choices))));
            }
            ui.add_space(8.0);
            outlook(ui, state, project, draft, out);
        } else {
            ui.label(RichText::new("Reading the file…").color(*state.theme.color.muted));
        }
        buttons(ui, |ui| actions(ui, state, draft, out));
    });
    if modal.should_close() {
        out.push(Ask::Exchange(ExchangeAsk::CloseImport));
    }
}

fn actions(ui: &mut Ui, state: &State, draft: &ImportDraft, out: &mut Outbox) {
    match draft.outlook() {
        Some(Ok(planned)) if !planned.plan.is_empty() => {
            let what = if planned.plan.regions > 0 {
                count(planned.plan.regions, "region", "regions")
            } else {
                count(planned.plan.labels, "label", "labels")
            };
            if default_button(ui, state, &format!("Import {what}")) {
                out.push(Ask::Exchange(ExchangeAsk::Import));
            }
        }
        Some(Ok(_)) => {
            ui.label(RichText::new("There is nothing to import").color(*state.theme.color.muted));
        }
        _ => {}
    }
    if text_button(ui, "Cancel").clicked() {
        out.push(Ask::Exchange(ExchangeAsk::CloseImport));
    }
}

fn form(ui: &mut Ui, state: &State, project: &Project, found: &Found, choices: &mut Choices) {
    ui.spacing_mut().item_spacing.y = 6.0;
    let holds = format!("{}, {}", found.format(), count(found.file.features.len(), "shape", "shapes"));
    ui.horizontal(|ui| {
        caption(ui, state, "The file holds", CAPTION);
        ui.label(holds);
    });
    ui.horizontal(|ui| {
        caption(ui, state, "Import as", CAPTION);
        let offered = [
            (ImportAs::Regions, "Regions", "Shapes without labels"),
            (ImportAs::Labels, "Labels", "Shapes with what a person says of them"),
            (ImportAs::Predictions, "Predictions", "Shapes with what a model proposes"),
        ];
        for (kind, text, tooltip) in offered {
            if ui.selectable_label(choices.kind == kind, text).on_hover_text(tooltip).clicked() {
                choices.kind = kind;
            }
        }
    });
    if choices.kind != ImportAs::Regions {
        ui.horizontal(|ui| {
            let model = choices.kind == ImportAs::Predictions;
            caption(ui, state, if model { "Model" } else { "Author" }, CAPTION);
            field(
                ui,
                &mut choices.author,
                if model { "The model’s name" } else { "As each shape says" },
                240.0,
            );
        });
        ui.horizontal(|ui| {
            caption(ui, state, "Class in", CAPTION);
            let text = choices.class_field.clone().unwrap_or_else(|| "found by itself".to_owned());
            combo("class field", text, 240.0).show_ui(ui, |ui| {
                if ui.selectable_label(choices.class_field.is_none(), "found by itself").clicked() {
                    choices.class_field = None;
                }
                for name in &found.properties {
                    if ui.selectable_label(choices.class_field.as_ref() == Some(name), name).clicked() {
                        choices.class_field = Some(name.clone());
                    }
                }
            });
        });
        ui.horizontal(|ui| {
            caption(ui, state, "", CAPTION);
            ui.checkbox(&mut choices.match_overlap, "Put labels on the regions that they overlap most");
        });
    }
    layer(ui, state, project, choices);
    ui.horizontal(|ui| {
        caption(ui, state, "CRS", CAPTION);
        field(ui, &mut choices.crs, "As the file says", 120.0);
        ui.checkbox(&mut choices.repair, "Mend outlines that cross themselves");
    });
}

fn layer(ui: &mut Ui, state: &State, project: &Project, choices: &mut Choices) {
    if project.layers().is_empty() {
        return;
    }
    let name = |id: LayerId| project.layers().get(&id).map_or_else(String::new, |l| l.name.clone());
    ui.horizontal(|ui| {
        caption(ui, state, "On layer", CAPTION);
        let text = choices.layer.map_or_else(|| "found by itself".to_owned(), name);
        combo("import layer", text, 240.0).show_ui(ui, |ui| {
            if ui.selectable_label(choices.layer.is_none(), "found by itself").clicked() {
                choices.layer = None;
            }
            for (id, layer) in state.layers_top_first() {
                if ui.selectable_label(choices.layer == Some(id), &layer.name).clicked() {
                    choices.layer = Some(id);
                }
            }
        });
    });
}

/// What would come of it: counts, classes, reasons.
fn outlook(ui: &mut Ui, state: &State, project: &Project, draft: &ImportDraft, out: &mut Outbox) {
    match draft.outlook() {
        None => {
            ui.label(RichText::new("Working out what would come of it…").color(*state.theme.color.muted));
        }
        Some(Err(trouble)) => complaint(ui, state, trouble),
        Some(Ok(planned)) => {
            crate::widgets::hairline(ui);
            ui.add_space(4.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            value_row(ui, "Will be taken", &units::count(planned.plan.accepted as u64), true);
            value_row(ui, "New regions", &units::count(planned.plan.regions as u64), true);
            if draft.choices.kind != ImportAs::Regions {
                let what = if draft.choices.kind == ImportAs::Labels { "Labels" } else { "Predictions" };
                value_row(ui, what, &units::count(planned.plan.labels as u64), true);
            }
            if planned.plan.relations > 0 {
                value_row(ui, "Relations", &units::count(planned.plan.relations as u64), true);
            }
            value_row(ui, "Will be left out", &units::count(planned.rejected() as u64), true);
            ScrollArea::vertical()
                .max_height(170.0)
                .auto_shrink([false, true])
                .show(ui, |ui| details(ui, state, project, draft, planned, out));
        }
    }
}

fn details(
    ui: &mut Ui,
    state: &State,
    project: &Project,
    draft: &ImportDraft,
    planned: &Planned,
    out: &mut Outbox,
) {
    let c = &state.theme.color;
    let small = |text: String| RichText::new(text).font(fonts::body(state.theme.size.small));
    for (reason, n) in planned.reasons.iter().take(20) {
        let text = small(format!("{} × {reason}", units::count(*n as u64))).color(*c.warning);
        ui.add(egui::Label::new(text).wrap());
    }
    let warnings = draft.found.iter().flat_map(|f| &f.file.warnings).chain(&planned.plan.warnings);
    for warning in warnings.take(20) {
        ui.add(egui::Label::new(small(warning.clone()).color(*c.muted)).wrap());
    }
    let Some(schema) = project.schema().filter(|_| draft.choices.kind != ImportAs::Regions) else { return };
    ui.add_space(4.0);
    for value in &planned.values {
        ui.horizontal(|ui| {
            let left = egui::Layout::left_to_right(egui::Align::Center);
            ui.allocate_ui_with_layout(vec2(200.0, 22.0), left, |ui| {
                ui.set_min_width(200.0);
                ui.add(egui::Label::new(&value.text).truncate());
            });
            let right = egui::Layout::right_to_left(egui::Align::Center);
            ui.allocate_ui_with_layout(vec2(56.0, 22.0), right, |ui| {
                ui.set_min_width(56.0);
                ui.label(small(units::count(value.shapes as u64)));
            });
            let class = value.class.as_ref().and_then(|code| schema.class(code));
            let text = class.map_or("not a class: choose one", |c| c.name.as_str());
            combo(("value", &value.text), text, 200.0).show_ui(ui, |ui| {
                for class in &schema.classes {
                    let chosen = value.class.as_ref() == Some(&class.code);
                    if ui.selectable_label(chosen, &class.name).clicked() && !chosen {
                        let mut choices = draft.choices.clone();
                        choices.class_map.insert(value.text.clone(), class.code.as_str().to_owned());
                        out.push(Ask::Exchange(ExchangeAsk::Choices(Box::new(choices))));
                    }
                }
            });
        });
    }
}
