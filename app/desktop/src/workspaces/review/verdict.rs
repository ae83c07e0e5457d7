//! The bar at the bottom: what the annotator said, and the member's verdict by click or key.

use editing::{Command, Keymap, ReviewCommand};
use egui::{
    Align, Align2, Color32, Layout, Rect, Response, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use project::review::{Stage, Verdict};
use project::{Class, Label, Project};
use spatial::format as units;

use super::queue::WALK;
use crate::commands::{shortcut_text, tooltip};
use crate::outbox::{Ask, Outbox};
use crate::panels::classes::class_color;
use crate::review::{Prompt, ReviewAsk, is_own};
use crate::state::State;
use crate::widgets::{IconButton, class_swatch, text_button};
use crate::{fonts, icons};

/// In a narrower bar, only what is needed is said.
const NARROW: f32 = 560.0;

/// Votes are facts; what a tooltip says about that.
const SUPERSEDES: &str = "A vote cannot be undone: a new vote supersedes it, and both are kept.";

pub(super) fn show(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let (Some(project), Some(case)) = (state.content(), state.review.case()) else { return };
    let label = project.label_of(case).map(|(_, l)| l);
    let many = state.review.targets().len();
    ui.horizontal(|ui| {
        let of_many = (many > 1).then_some(many);
        said(ui, state, project, label.map(AsRef::as_ref), of_many, keymap, out);
    });
    ui.add_space(6.0);
    let own = many < 2 && state.review.stage == Stage::One && is_own(project, case, &state.author());
    let accept = Command::Review(ReviewCommand::Vote(Verdict::Accept));
    let mut reason = accept.unavailable(&state.situation());
    if own {
        reason = Some("This is your own label: somebody else reviews it");
    }
    let mine = state.author();
    let voted = project.votes_on(case).filter(|v| v.member == mine && v.stage == state.review.stage).last();
    let voted = voted.filter(|_| many < 2);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        let no_label = label.is_none() && many < 2;
        let no_label = no_label.then_some("Nobody has labelled this object: vote for a class");
        verdicts(ui, state, keymap, reason, no_label, voted.map(|v| v.verdict), out);
        if many < 2 {
            outline(ui, state, keymap, reason, case, out);
        }
        ui.add_space(8.0);
        let Some(schema) = project.schema() else { return };
        for class in schema.classes.iter().filter(|c| c.digit.is_some()) {
            let chosen =
                voted.is_some_and(|v| v.verdict != Verdict::Reject && v.class.as_ref() == Some(&class.code));
            let about = format!("Vote for “{}”. {SUPERSEDES}", class.name);
            let look =
                Look { name: &class.name, key: digit(class), swatch: Some(class), primary: false, chosen };
            if button(ui, state, &look, reason, &about).clicked() {
                out.push(Ask::Review(ReviewAsk::Class(class.code.clone())));
            }
        }
        if schema.classes.iter().any(|c| c.digit.is_none()) {
            let other = Command::Review(ReviewCommand::Vote(Verdict::Edit));
            let key = shortcut_text(keymap, other);
            let look = Look { name: "Another class…", key, swatch: None, primary: false, chosen: false };
            if button(ui, state, &look, reason, &tooltip(keymap, other)).clicked() {
                out.push(Ask::Review(ReviewAsk::Prompt(Some(Prompt::Class(String::new())))));
            }
        }
    });
}

/// Draws the outline that goes with the verdict, or drops what was drawn.
fn outline(
    ui: &mut Ui,
    state: &State,
    keymap: &Keymap,
    reason: Option<&str>,
    case: project::RegionId,
    out: &mut Outbox,
) {
    let command = Command::Review(ReviewCommand::Outline);
    let drawn = state.committee.outline_of(case).is_some();
    let (name, about) = if drawn {
        ("Drop outline", "The outline that you drew does not go with your verdict".to_owned())
    } else {
        ("Draw outline…", command.tooltip().to_owned())
    };
    let key = if drawn { String::new() } else { shortcut_text(keymap, command) };
    let look = Look { name, key, swatch: None, primary: false, chosen: drawn };
    if button(ui, state, &look, reason, &about).clicked() {
        if drawn {
            out.push(Ask::Committee(crate::committee::CommitteeAsk::DropOutline));
        } else {
            out.command(command);
        }
    }
}

fn digit(class: &Class) -> String {
    class.digit.map(|d| d.to_string()).unwrap_or_default()
}

fn verdicts(
    ui: &mut Ui,
    state: &State,
    keymap: &Keymap,
    reason: Option<&str>,
    no_label: Option<&str>,
    voted: Option<Verdict>,
    out: &mut Outbox,
) {
    for (verdict, name) in [
        (Verdict::Accept, "Accept"),
        (Verdict::Reject, "Reject…"),
        (Verdict::Undetermined, "Can't tell"),
        (Verdict::BadImagery, "Bad imagery"),
        (Verdict::Abstain, "Abstain"),
    ] {
        let command = Command::Review(ReviewCommand::Vote(verdict));
        let look = Look {
            name,
            key: shortcut_text(keymap, command),
            swatch: None,
            primary: verdict == Verdict::Accept,
            chosen: voted == Some(verdict),
        };
        let reason = reason.or(no_label.filter(|_| verdict == Verdict::Accept));
        let about = format!("{}. {SUPERSEDES}", command.tooltip());
        if button(ui, state, &look, reason, &about).clicked() {
            out.command(command);
        }
    }
}

/// What the annotator said: class, name, seconds, note.
fn said(
    ui: &mut Ui,
    state: &State,
    project: &Project,
    label: Option<&Label>,
    many: Option<usize>,
    keymap: &Keymap,
    out: &mut Outbox,
) {
    let theme = &state.theme;
    ui.set_height(24.0);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let narrow = ui.available_width() < NARROW;
        for (command, icon) in WALK.into_iter().zip([icons::PREVIOUS, icons::NEXT]).rev() {
            let text = command.text();
            let about = tooltip(keymap, command);
            let clicked = if narrow {
                ui.add(IconButton::new(icon, &text).tooltip(about)).clicked()
            } else {
                text_button(ui, &text).on_hover_text(about).clicked()
            };
            if clicked {
                out.command(command);
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if let Some(many) = many {
                let text = format!("Your verdict goes to {} cards.", units::count(many as u64));
                ui.label(RichText::new(text).font(fonts::medium(theme.size.body)));
                return;
            }
            let Some(label) = label else {
                ui.label(RichText::new("Nobody has labelled this object.").color(*theme.color.muted));
                return;
            };
            let class = project.schema().and_then(|s| s.class(&label.class));
            ui.label(RichText::new(format!("{} says", label.author)).color(*theme.color.muted));
            class_name(ui, state, class, label.class.as_str());
            if let Some(seconds) = label.seconds.filter(|_| !narrow) {
                let text = format!("in {}\u{a0}s", units::decimal(seconds, 1));
                ui.label(RichText::new(text).font(fonts::mono(theme.size.small)).color(*theme.color.muted));
            }
            if !label.note.is_empty() && ui.available_width() > 40.0 {
                let text = RichText::new(format!("“{}”", label.note)).color(*theme.color.muted);
                ui.add(egui::Label::new(text).truncate()).on_hover_text(&label.note);
            }
        });
    });
}

/// A class as its colour and name.
pub(super) fn class_name(ui: &mut Ui, state: &State, class: Option<&Class>, code: &str) {
    if let Some(class) = class {
        let (rect, _) = ui.allocate_exact_size(vec2(18.0, 14.0), Sense::hover());
        class_swatch(ui.painter(), &state.theme, rect, class_color(state, class), class.hatch);
    }
    let name = class.map_or(code, |c| c.name.as_str());
    let text = RichText::new(name).font(fonts::medium(state.theme.size.body));
    ui.add(egui::Label::new(text).truncate());
}

/// A button of the bar: swatch, words, key.
struct Look<'a> {
    name: &'a str,
    key: String,
    swatch: Option<&'a Class>,
    primary: bool,
    /// What the member has said already.
    chosen: bool,
}

fn button(ui: &mut Ui, state: &State, look: &Look<'_>, reason: Option<&str>, about: &str) -> Response {
    let theme = &state.theme;
    let c = &theme.color;
    let enabled = reason.is_none();
    let key =
        ui.painter().layout_no_wrap(look.key.clone(), fonts::mono(theme.size.small), Color32::PLACEHOLDER);
    let swatch = if look.swatch.is_some() { 24.0 } else { 0.0 };
    let key_width = if look.key.is_empty() { 0.0 } else { key.size().x + 10.0 };
    // A name that is longer than the bar is cut; the tooltip has it whole.
    let font = fonts::medium(theme.size.body);
    let mut job = egui::text::LayoutJob::simple_singleline(look.name.to_owned(), font, Color32::PLACEHOLDER);
    let room = (ui.max_rect().width() - swatch - key_width - 20.0).max(24.0);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room);
    let name = ui.painter().layout_job(job);
    let size = vec2(10.0 + swatch + name.size().x + key_width + 10.0, 32.0);
    let (rect, response) =
        ui.allocate_exact_size(size, if enabled { Sense::click() } else { Sense::hover() });
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, look.chosen, look.name));
    let hot = enabled && (response.hovered() || response.has_focus());
    let (fill, ink, quiet) = match (enabled, look.primary, look.chosen) {
        (false, ..) => (*c.panel, *c.disabled, *c.disabled),
        (_, true, _) => (*c.accent, *c.on_accent, *c.on_accent),
        (_, _, true) => (*c.selection, *c.text, *c.text),
        _ => (if hot { *c.hover } else { *c.raised }, *c.text, *c.muted),
    };
    let edge = match (hot, look.chosen) {
        (true, _) => Stroke::new(1.0, *c.outline),
        (_, true) => Stroke::new(1.0, *c.accent),
        _ => theme.hairline(),
    };
    ui.painter().rect(rect, theme.radius(), fill, edge, egui::StrokeKind::Inside);
    let y = rect.center().y;
    let mut left = rect.left() + 10.0;
    if let Some(class) = look.swatch {
        let place = Rect::from_center_size(pos2(left + 9.0, y), vec2(18.0, 14.0));
        let color = class_color(state, class);
        class_swatch(
            ui.painter(),
            theme,
            place,
            if enabled { color } else { color.gamma_multiply(0.5) },
            class.hatch,
        );
        left += swatch;
    }
    ui.painter().galley(pos2(left, y - name.size().y / 2.0), name, ink);
    let right = pos2(rect.right() - 10.0, y);
    let font = fonts::mono(theme.size.small);
    ui.painter().text(right, Align2::RIGHT_CENTER, &look.key, font, quiet);
    let tooltip = match (reason, look.key.as_str()) {
        (Some(reason), _) => reason.to_owned(),
        (None, "") => about.to_owned(),
        (None, key) => format!("{about}  {key}"),
    };
    response.on_hover_text(tooltip)
}
