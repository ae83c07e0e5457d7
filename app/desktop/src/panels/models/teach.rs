//! What is to be taught, on which labels, how long; and the training that is under way.

use editing::{Command, ModelCommand};
use egui::{DragValue, RichText, Ui};
use project::LayerId;
use spatial::format as units;

use super::{class_row, heading, list::framed, quiet};
use crate::models::{Course, Ended, Form, ModelAsk};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{combo, field, primary_button, text_button, thin_progress};
use crate::{fonts, format};

pub fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    if state.project.is_none() {
        quiet(ui, state, "No project is open.");
        return;
    }
    if let Some(course) = &state.models.course {
        under_way(ui, state, course, out);
    }
    let mut form = state.models.form.clone();
    what(ui, state, &mut form);
    on_what(ui, state, &mut form);
    how(ui, state, &mut form);
    outlook(ui, state);
    ui.add_space(4.0);
    if !state.models.is_teaching() {
        let command = Command::Model(ModelCommand::Teach);
        let why = command.unavailable(&state.situation()).map(str::to_owned);
        let why = why.or_else(|| state.models.trouble().map(|(what, _)| what.clone()));
        let button = ui.add_enabled_ui(why.is_none(), |ui| primary_button(ui, "Teach")).inner;
        let button = button.on_hover_text(format!("{}  Ctrl+Enter", command.tooltip()));
        let button = if let Some(why) = &why { button.on_disabled_hover_text(why) } else { button };
        if button.clicked() {
            out.command(command);
        }
    }
    if form != state.models.form {
        out.push(Ask::Model(ModelAsk::Form(Box::new(form))));
    }
}

fn under_way(ui: &mut Ui, state: &State, course: &Course, out: &mut Outbox) {
    let job = state.jobs.iter().find(|job| job.id == course.job);
    framed(ui, state, |ui| {
        ui.label(RichText::new(&course.name).font(fonts::semibold(state.theme.size.body)));
        let progress = &course.progress;
        let epoch = progress.epochs.len();
        let best = progress
            .epochs
            .iter()
            .map(|e| e.macro_f1)
            .fold(None, |m: Option<f64>, f| Some(m.map_or(f, |m| m.max(f))));
        let best = best.map_or_else(String::new, |f1| format!(", best macro F1 {}", units::decimal(f1, 2)));
        let text = match &course.ended {
            None if epoch == 0 && progress.of == 0 => "Reading the imagery…".to_owned(),
            None => format!("Epoch {} of at most {}{best}", epoch + 1, course.form.epochs),
            Some(Ended::Taught) => format!("Taught in {}{best}", format::count(epoch, "epoch", "epochs")),
            Some(Ended::Stopped) => {
                format!("Stopped after {}{best}", format::count(epoch, "epoch", "epochs"))
            }
            Some(Ended::Failed(why)) => why.clone(),
        };
        quiet(ui, state, &text);
        if course.is_running() {
            ui.horizontal(|ui| {
                let share = (progress.of > 0).then(|| progress.chips as f64 / progress.of as f64);
                thin_progress(ui, 96.0, share, "Teaching");
                let rate = job.and_then(|job| job.rate).map_or_else(String::new, |rate| {
                    format!("{} pieces/s", units::short(rate))
                });
                let left = job.and_then(|job| job.remaining_s);
                let left = left.map_or_else(String::new, |s| format!("{} left", format::duration(s)));
                let font = fonts::mono(state.theme.size.small);
                let text = [rate, left].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(", ");
                let text = RichText::new(text).font(font).color(*state.theme.color.muted);
                ui.add(egui::Label::new(text).truncate()).on_hover_text(
                    "It ends earlier when the score on what is held out does not become better for ten epochs",
                );
            });
            let stopping = job.is_some_and(|job| job.cancelled);
            let text = if stopping { "Stopping…" } else { "Stop" };
            let stop = ui.add_enabled_ui(!stopping, |ui| text_button(ui, text)).inner;
            if stop.on_hover_text("What was reached after the last epoch is kept").clicked() {
                out.command(Command::Model(ModelCommand::Stop));
            }
        } else if course.ended != Some(Ended::Taught) {
            let kept = state.models.listed.unfinished.iter().any(|one| one.name == course.name);
            if kept && text_button(ui, "Resume").on_hover_text("Go on from the last epoch").clicked() {
                out.push(Ask::Model(ModelAsk::Resume(course.name.clone())));
            }
        }
    });
    ui.add_space(4.0);
}

fn what(ui: &mut Ui, state: &State, form: &mut Form) {
    heading(ui, state, "What is learnt");
    ui.horizontal(|ui| {
        for (damage, text, about) in [
            (true, "Damage", "A class for each region, such as how badly a building is damaged"),
            (false, "Segmentation", "A class for each pixel; what no region claims is a class of its own"),
        ] {
            if ui.selectable_label(form.damage == damage, text).on_hover_text(about).clicked() {
                form.damage = damage;
            }
        }
    });
    let families = teaching::families();
    ui.horizontal(|ui| {
        quiet(ui, state, "Network");
        combo("family of networks", form.family.clone(), 72.0).show_ui(ui, |ui| {
            for family in families {
                let facts = family.facts();
                let chosen = form.family == facts.name;
                if ui.selectable_label(chosen, facts.name).on_hover_text(facts.about).clicked() {
                    facts.name.clone_into(&mut form.family);
                    form.size.clear();
                }
            }
        });
        let sizes = families.iter().map(|family| family.facts()).find(|facts| facts.name == form.family);
        let sizes = sizes.map_or(&[] as &[&str], |facts| facts.sizes);
        let usual = sizes.first().copied().unwrap_or_default();
        let shown = if form.size.is_empty() { usual.to_owned() } else { form.size.clone() };
        combo("size of the network", shown.clone(), 72.0).show_ui(ui, |ui| {
            for size in sizes {
                let chosen = shown == *size;
                if ui.selectable_label(chosen, *size).clicked() {
                    form.size = if *size == usual { String::new() } else { (*size).to_owned() };
                }
            }
        });
    });
}

fn on_what(ui: &mut Ui, state: &State, form: &mut Form) {
    heading(ui, state, "On which labels");
    let layers = state.layers_top_first();
    let named =
        |id: &LayerId| layers.iter().find(|(layer, _)| layer == id).map(|(_, layer)| layer.name.clone());
    let shown = match form.layers.len() {
        0 => "Usual layers".to_owned(),
        1 => form.layers.first().and_then(named).unwrap_or_default(),
        n => format!("{n} layers"),
    };
    ui.horizontal(|ui| {
        quiet(ui, state, "Layers");
        let width = ui.available_width() - 8.0;
        let about = "Those taken after the event, else all but those taken before it";
        combo("layers to learn from", shown, width).show_ui(ui, |ui| {
            if ui.selectable_label(form.layers.is_empty(), "Usual layers").on_hover_text(about).clicked() {
                form.layers.clear();
            }
            for (id, layer) in &layers {
                let mut chosen = form.layers.contains(id);
                if ui.checkbox(&mut chosen, &layer.name).clicked() {
                    if chosen {
                        form.layers.insert(*id)
                    } else {
                        form.layers.remove(id)
                    };
                }
            }
        });
    });
    let width = ui.available_width() - 16.0;
    field(ui, &mut form.query, "Only labels where (a query)", width)
        .on_hover_text("In the words of the table, such as author = Ana and area_m2 > 20");
    ui.checkbox(&mut form.accepted, "Only what review has accepted");
    ui.horizontal(|ui| {
        quiet(ui, state, "Hold out");
        let shown = form.held_out.as_ref().and_then(named).unwrap_or_else(|| "blocks of ground".to_owned());
        combo("what is held out", shown, ui.available_width() - 8.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut form.held_out, None, "blocks of ground")
                .on_hover_text("Never pieces by chance: neighbours know each other, and such scores flatter");
            for (id, layer) in &layers {
                ui.selectable_value(&mut form.held_out, Some(*id), format!("the layer {}", layer.name));
            }
        });
    });
    if form.held_out.is_none() {
        ui.horizontal(|ui| {
            quiet(ui, state, "Share held out");
            ui.add(DragValue::new(&mut form.share_percent).range(5..=50).suffix(" %"));
        });
    }
}

fn how(ui: &mut Ui, state: &State, form: &mut Form) {
    heading(ui, state, "How long");
    ui.horizontal_wrapped(|ui| {
        quiet(ui, state, "Epochs");
        ui.add(DragValue::new(&mut form.epochs).range(1..=10_000)).on_hover_text("At most");
        quiet(ui, state, "Piece");
        ui.add(DragValue::new(&mut form.chip_px).range(16..=2048).speed(8).suffix(" px"))
            .on_hover_text("Side of the pieces of imagery, in pixels of the network");
    });
    ui.horizontal_wrapped(|ui| {
        quiet(ui, state, "Seed");
        ui.add(DragValue::new(&mut form.seed))
            .on_hover_text("The same seed on the same device gives the same model");
        quiet(ui, state, "Fewest");
        ui.add(DragValue::new(&mut form.least).range(1..=1000))
            .on_hover_text("Classes of fewer regions are left out");
    });
}

/// What there is to learn from, or what is missing.
fn outlook(ui: &mut Ui, state: &State) {
    match &state.models.outlook {
        None => quiet(ui, state, "Counting labels…"),
        Some((_, Err((what, hint)))) => {
            let font = fonts::body(state.theme.size.body);
            let text = RichText::new(what).font(font).color(*state.theme.color.warning);
            ui.add(egui::Label::new(text).wrap());
            quiet(ui, state, hint);
        }
        Some((_, Ok(outlook))) => {
            let regions = format::count(outlook.regions, "labelled region", "labelled regions");
            heading(ui, state, &regions);
            for (code, n) in &outlook.classes {
                let value = if code.is_empty() { "the rest".to_owned() } else { units::count(*n as u64) };
                class_row(ui, state, code, &value);
            }
        }
    }
}
