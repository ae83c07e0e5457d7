//! The bar across the bottom: what is true now.

use editing::{Command, Keymap, ViewCommand, Workspace};
use egui::{Align, Label, Layout, Response, RichText, Sense, Ui, vec2};
use spatial::{Crs, WorldPoint, format as units};

use crate::commands::tooltip;
use crate::exchange::ExchangeAsk;
use crate::map::scale_bar::ground_per_px;
use crate::outbox::{Ask, Outbox};
use crate::sharing::{Condition, Errand, ShareAsk};
use crate::state::State;
use crate::widgets::{paint_icon, thin_progress};
use crate::{fonts, format, icons};

pub(super) fn show(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = state.theme.space.s;
        saved(ui, state, out);
        offline(ui, state, out);
        shared(ui, state, out);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            gpu(ui, state);
            divider(ui, state);
            if jobs(ui, state, keymap, out) {
                divider(ui, state);
            }
            zoom(ui, state);
            values(ui, state);
            place(ui, state);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| hints(ui, state));
        });
    });
}

fn divider(ui: &mut Ui, state: &State) {
    let (rect, _) = ui.allocate_exact_size(vec2(1.0, 14.0), Sense::hover());
    ui.painter().vline(rect.center().x, rect.y_range(), state.theme.hairline());
}

fn quiet(state: &State, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::body(state.theme.size.small)).color(*state.theme.color.muted)
}

fn number(state: &State, text: impl Into<String>) -> RichText {
    RichText::new(text).font(fonts::mono(state.theme.size.small)).color(*state.theme.color.text)
}

fn dot(ui: &mut Ui, color: egui::Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(8.0, 14.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 3.0, color);
}

/// Whether everything is on disk.
fn saved(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let c = &state.theme.color;
    let Some(open) = &state.project else {
        ui.label(quiet(state, "No project"));
        return;
    };
    if state.store_failure.is_some() {
        dot(ui, *c.danger);
        ui.label(quiet(state, "Not saved").color(*c.danger));
        if ui.small_button("Retry").clicked() {
            out.push(Ask::RetrySaving);
        }
    } else if open.session.read_only().is_some() {
        dot(ui, *c.warning);
        ui.label(quiet(state, "Read only"));
    } else if open.saving {
        dot(ui, *c.warning);
        ui.label(quiet(state, "Saving…"));
    } else {
        dot(ui, *c.success);
        let text = open.saved_at.as_ref().map_or("Saved".to_owned(), |at| format!("Saved {at}"));
        let path = open.session.path().display();
        ui.label(quiet(state, text)).on_hover_text(format!("Every edit is on disk, in {path}"));
    }
}

/// That nothing is asked of the network.
fn offline(ui: &mut Ui, state: &State, out: &mut Outbox) {
    if !state.preferences.offline {
        return;
    }
    divider(ui, state);
    let text = quiet(state, "Offline").color(*state.theme.color.warning);
    let label = ui.add(Label::new(text).sense(Sense::click()));
    if label.on_hover_text("Nothing is asked of the network. Click to go online again").clicked() {
        out.command(Command::Question(editing::QuestionCommand::Offline));
    }
}

/// How it stands with the server that the project is on.
fn shared(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(shared) = &state.exchange.shared else { return };
    let c = &state.theme.color;
    let mut ask = |ask| out.push(Ask::Exchange(ExchangeAsk::Share(ask)));
    divider(ui, state);
    let (ink, why) = match &shared.condition {
        Condition::Together if shared.aside.is_empty() => (*c.success, String::new()),
        Condition::Together => (*c.warning, shared.aside.join("\n")),
        Condition::Asking => (*c.muted, String::new()),
        Condition::Away { why, .. } => {
            (*c.warning, format!("{why}\nWhat you do is kept and sent when it answers."))
        }
        Condition::Offline => (*c.warning, "What you do is sent when you go online again".to_owned()),
        Condition::Refused(trouble) => (*c.danger, format!("{}\n{}", trouble.text, trouble.hint)),
    };
    dot(ui, ink);
    let ink = if ink == *c.success { *c.muted } else { ink };
    let label = ui.add(Label::new(quiet(state, shared.words()).color(ink)).sense(Sense::click()));
    if label.on_hover_text(format!("{}\n{why}", shared.address).trim_end()).clicked() {
        ask(ShareAsk::Begin(Errand::Share));
    }
    let stuck = matches!(shared.condition, Condition::Refused(_) | Condition::Away { .. });
    if stuck && ui.small_button("Try again").clicked() {
        ask(ShareAsk::Retry);
    }
}

/// What keys and pointer do now.
fn hints(ui: &mut Ui, state: &State) {
    if state.content().is_none() {
        return;
    }
    divider(ui, state);
    if state.workspace == Workspace::Review {
        return;
    }
    for hint in state.tool.hints() {
        let room = ui.available_width();
        let text = format!("{}  {}", hint.key, hint.text);
        let width = ui
            .painter()
            .layout_no_wrap(text, fonts::body(state.theme.size.small), *state.theme.color.muted)
            .size()
            .x;
        if width + 24.0 > room {
            break;
        }
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(quiet(state, hint.key).color(*state.theme.color.text));
        ui.label(quiet(state, hint.text));
        ui.add_space(8.0);
    }
}

fn crs_of(state: &State) -> Option<&Crs> {
    state.content().and_then(project::Project::crs)
}

/// Where the pointer is.
fn place(ui: &mut Ui, state: &State) {
    if state.world_bounds().is_none() {
        return;
    }
    let crs = crs_of(state);
    let name = crs.map_or_else(|| "pixels".to_owned(), Crs::label);
    let full = crs.map_or_else(|| "The imagery has no georeference".to_owned(), |c| c.name().to_owned());
    ui.label(quiet(state, name)).on_hover_text(full);
    let at = state.pointer.world.unwrap_or(state.camera.center);
    let text = coordinates(state, at, crs);
    let label = match state.pointer.world {
        Some(_) => number(state, text),
        // Without a pointer, the middle of the map.
        None => number(state, text).color(*state.theme.color.muted),
    };
    ui.label(label);
    divider(ui, state);
}

fn coordinates(state: &State, at: WorldPoint, crs: Option<&Crs>) -> String {
    if crs.is_none() {
        units::position(WorldPoint { x: at.x, y: -at.y }, "px", 1)
    } else {
        let per_px = ground_per_px(&state.camera, crs).unwrap_or(1.0);
        units::position(at, "m", units::decimals_for(per_px).min(2))
    }
}

/// The samples under the pointer.
fn values(ui: &mut Ui, state: &State) {
    let Some(probe) = &state.pointer.probe else { return };
    let name = state.content().and_then(|p| p.layers().get(&probe.layer)).map_or("", |l| l.name.as_str());
    let (col, row) = probe.pixel;
    let text = match &probe.values {
        None => "no data".to_owned(),
        Some(values) => {
            let one = |(band, value): &(String, f64)| format!("{band} {}", format::sample(*value));
            let about = if probe.is_coarse { "≈ " } else { "" };
            format!("{about}{}", values.iter().map(one).collect::<Vec<_>>().join("  "))
        }
    };
    let label = Label::new(number(state, text)).truncate();
    let coarse = "\nOf the level that is shown: closer up it is the pixel's own value.";
    let coarse = if probe.is_coarse { coarse } else { "" };
    let (col, row) = (units::count(col.into()), units::count(row.into()));
    let tooltip = format!("{name}, column {col}, row {row}{coarse}");
    ui.add(label).on_hover_text(tooltip);
    divider(ui, state);
}

/// How much ground a pixel spans, and how the image is magnified.
fn zoom(ui: &mut Ui, state: &State) {
    if state.world_bounds().is_none() {
        return;
    }
    if let Some((_, layer)) = state.shown_layer()
        && let Some(pixel) = layer.view().and_then(|v| v.placement.pixel_size())
    {
        let ratio = pixel / state.camera.resolution;
        let text = if ratio >= 1.0 {
            format!("{}:1", short_ratio(ratio))
        } else {
            format!("1:{}", short_ratio(1.0 / ratio))
        };
        ui.label(quiet(state, text)).on_hover_text("Screen pixels to image pixels");
        if layer.view().is_some_and(|view| view.is_rough(&state.camera)) {
            let text = quiet(state, "rough view").color(*state.theme.color.warning);
            ui.label(text).on_hover_text(ROUGH);
        }
    }
    if let Some(per_px) = crs_of(state).and_then(|crs| ground_per_px(&state.camera, Some(crs))) {
        ui.label(number(state, units::resolution(per_px)))
            .on_hover_text("Ground that one screen pixel spans");
    }
    divider(ui, state);
}

/// What is to be known of a view of one pixel out of many.
pub(super) const ROUGH: &str = "This image has no overviews yet: what is shown is one pixel out of many. It becomes \
                                exact as soon as its overviews are made, and closer up at once.";

fn short_ratio(ratio: f64) -> String {
    if ratio < 9.95 && (ratio - ratio.round()).abs() > 0.05 {
        format!("{ratio:.1}")
    } else {
        units::count(ratio.round() as u64)
    }
}

/// Work in progress; true when there is any.
fn jobs(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) -> bool {
    let jobs: Vec<_> = state.visible_jobs().collect();
    let tiles = state.tiles_under_way;
    if jobs.is_empty() && tiles == 0 {
        return false;
    }
    let text = match jobs.first() {
        Some(job) if jobs.len() == 1 => job.title.clone(),
        Some(_) => format::count(jobs.len(), "job", "jobs"),
        None => format::count(tiles, "tile", "tiles"),
    };
    let share = jobs.iter().find_map(|job| job.share());
    let command = Command::View(ViewCommand::ToggleJobs);
    if let Some(share) = share {
        ui.label(number(state, units::percent(share)));
        thin_progress(ui, 48.0, Some(share), "Progress of jobs");
    }
    let response = link(ui, state, &text);
    if response.on_hover_text(tooltip(keymap, command)).clicked() {
        out.command(command);
    }
    true
}

fn link(ui: &mut Ui, state: &State, text: &str) -> Response {
    let label = Label::new(quiet(state, text)).truncate().sense(Sense::click());
    ui.add(label)
}

fn gpu(ui: &mut Ui, state: &State) {
    let c = &state.theme.color;
    let (ink, what) = if state.gpu.software {
        (*c.warning, "The picture is computed on the processor: correct, but slow.")
    } else {
        (*c.muted, "The picture is drawn by the graphics card.")
    };
    let text = if state.gpu.software { "Software" } else { "GPU" };
    ui.label(quiet(state, text).color(ink)).on_hover_text(format!("{what}\n{}", state.gpu));
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    paint_icon(ui, rect, icons::GPU, 14.0, ink);
}
