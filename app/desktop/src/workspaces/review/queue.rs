//! The list on the left: what waits, most disputed first, and where every case stands.

use editing::{Command, ReviewCommand};
use egui::{
    Align2, CornerRadius, Frame, Margin, Panel, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo,
    pos2, vec2,
};
use project::Project;
use project::review::{QueueItem, ReviewState, Stage};
use spatial::format as units;

use crate::fonts;
use crate::outbox::{Ask, Outbox};
use crate::panels::classes::class_color;
use crate::review::{List, ReviewAsk};
use crate::state::State;
use crate::widgets::{class_swatch, value_row};

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let theme = &state.theme;
    let Some(project) = state.content() else { return };
    let pad = Frame::new().inner_margin(Margin { left: 12, right: 12, top: 8, bottom: 4 });
    pad.show(ui, |ui| {
        stages(ui, state, out);
        lists(ui, state, out);
    });
    let pad =
        Frame::new().fill(*theme.color.panel).inner_margin(Margin { left: 12, right: 12, top: 6, bottom: 8 });
    Panel::bottom("review status").resizable(false).frame(pad).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        statuses(ui, state);
    });
    let items = state.review.listed();
    if items.is_empty() {
        return;
    }
    let row = theme.shape.row_roomy;
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().auto_shrink([false, false]).id_salt("cases");
    if let Some(offset) = follow(ui, state, row) {
        area = area.vertical_scroll_offset(offset);
    }
    let shown = area.show_rows(ui, row, items.len(), |ui, rows| {
        for i in rows {
            case(ui, state, project, i, &items[i], out);
        }
    });
    ui.data_mut(|d| d.insert_temp(seen_id(), (shown.state.clamped_offset().y, shown.inner_rect.height())));
}

fn seen_id() -> egui::Id {
    egui::Id::unique("review list seen")
}

/// Where to scroll so that the case on the card is in sight; `None` when it is, or did not change.
fn follow(ui: &Ui, state: &State, row: f32) -> Option<f32> {
    let id = egui::Id::unique("review list case");
    let case = state.review.case();
    let before = ui.data(|d| d.get_temp(id));
    ui.data_mut(|d| d.insert_temp(id, case));
    if before == Some(case) {
        return None;
    }
    let top = state.review.place()? as f32 * row;
    let (offset, height): (f32, f32) = ui.data(|d| d.get_temp(seen_id()))?;
    let out_of_sight = top < offset || top + row > offset + height;
    out_of_sight.then(|| (top - height / 2.0).max(0.0))
}

/// Half of the width of the list, for two buttons beside each other.
fn half(ui: &Ui) -> f32 {
    ((ui.max_rect().width() - 4.0) / 2.0).clamp(48.0, 100.0)
}

fn stages(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let mut offered = vec![
        (Stage::One, "Stage 1", "One reviewer looks at one label"),
        (Stage::Two, "Stage 2", "The committee votes blind on what stage 1 disputed"),
    ];
    let ties = |survey: &crate::review::Survey| survey.status.get(&ReviewState::Tied).is_some_and(|n| *n > 0);
    let leads = state.content().is_some_and(|project| project.may_manage(&state.author()));
    let tied = state.review.survey.as_ref().is_some_and(ties);
    if leads && tied || state.review.stage == Stage::Lead {
        offered.push((Stage::Lead, "Ties", "What the committee is divided on, for a lead to decide"));
    }
    let width = (ui.max_rect().width() - 4.0 * (offered.len() as f32 - 1.0)) / offered.len() as f32;
    let width = width.clamp(40.0, 100.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (stage, text, tooltip) in offered {
            let size = vec2(width, state.theme.shape.row_roomy);
            let chosen = state.review.stage == stage;
            let button = egui::Button::selectable(chosen, text).min_size(size);
            if ui.add(button).on_hover_text(tooltip).clicked() {
                out.push(Ask::Review(ReviewAsk::Stage(stage)));
            }
        }
    });
}

fn lists(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let survey = state.review.survey.as_ref();
    let count =
        |list| survey.map_or_else(String::new, |s| format!(" {}", units::count(s.list(list).len() as u64)));
    let mut offered = vec![
        (List::Waiting, format!("Waiting{}", count(List::Waiting)), "What waits for your verdict"),
        (
            List::Voted,
            format!("Voted{}", count(List::Voted)),
            "What you have voted on; a new vote supersedes yours",
        ),
    ];
    if survey.is_some_and(|survey| survey.handed) {
        let mine =
            (List::Mine, format!("My work{}", count(List::Mine)), "What was handed to you and is not done");
        offered.insert(0, mine);
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (list, text, tooltip) in offered {
            let text = RichText::new(text).font(fonts::body(state.theme.size.small));
            let button =
                egui::Button::selectable(state.review.list == list, text).min_size(vec2(half(ui), 24.0));
            if ui.add(button).on_hover_text(tooltip).clicked() {
                out.push(Ask::Review(ReviewAsk::List(list)));
            }
        }
    });
}

fn case(ui: &mut Ui, state: &State, project: &Project, place: usize, item: &QueueItem, out: &mut Outbox) {
    let theme = &state.theme;
    let c = &theme.color;
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), theme.shape.row_roomy), Sense::click());
    let class = project.label_of(item.case).map(|(_, l)| &l.class);
    let class = class.and_then(|code| project.schema()?.class(code));
    let words = class.map_or("not labelled", |c| c.name.as_str());
    let chosen = state.review.case() == Some(item.case);
    let name = format!("Case {}: {words}, {}", place + 1, item.state.text());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, chosen, name.as_str()));
    if chosen {
        ui.painter().rect_filled(rect, 0.0, *c.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 0.0, *c.hover);
    }
    let y = rect.center().y;
    let number = pos2(rect.left() + 38.0, y);
    let font = fonts::mono(theme.size.small);
    ui.painter().text(number, Align2::RIGHT_CENTER, units::count(place as u64 + 1), font, *c.muted);
    let mut left = rect.left() + 46.0;
    if let Some(class) = class {
        let swatch = Rect::from_center_size(pos2(left + 8.0, y), vec2(16.0, 12.0));
        class_swatch(ui.painter(), theme, swatch, class_color(state, class), class.hatch);
        left += 22.0;
    }
    let right = rect.right() - 12.0;
    disagreement(ui, state, pos2(right, y), item);
    let mut job =
        egui::text::LayoutJob::simple_singleline(words.to_owned(), fonts::body(theme.size.body), *c.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width((right - 40.0 - left).max(20.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(left, y - galley.size().y / 2.0), galley, *c.text);
    let tooltip = format!("{name}\nDisagreement {}", units::percent(item.disagreement));
    if response.on_hover_text(tooltip).clicked() {
        out.push(Ask::Review(ReviewAsk::Show(item.case)));
    }
}

/// A short bar, longer the more the judges differ.
pub(super) fn disagreement(ui: &Ui, state: &State, right: egui::Pos2, item: &QueueItem) {
    let width = 28.0;
    if item.disagreement <= 0.0 {
        return;
    }
    let c = &state.theme.color;
    let rail = Rect::from_min_size(pos2(right.x - width, right.y - 2.0), vec2(width, 4.0));
    ui.painter().rect_filled(rail, CornerRadius::same(2), *c.line);
    let share = item.disagreement.clamp(0.0, 1.0) as f32;
    let filled = Rect::from_min_size(rail.min, vec2(width * share, 4.0));
    ui.painter().rect_filled(filled, CornerRadius::same(2), *c.warning);
}

/// How many cases stand where; states without a case are left out.
fn statuses(ui: &mut Ui, state: &State) {
    let Some(survey) = &state.review.survey else { return };
    for one in ReviewState::ALL {
        let n = survey.status.get(&one).copied().unwrap_or(0);
        if n > 0 {
            value_row(ui, one.text(), &units::count(n as u64), true);
        }
    }
}

/// The keys that go through the list.
pub(super) const WALK: [Command; 2] =
    [Command::Review(ReviewCommand::PreviousCase), Command::Review(ReviewCommand::NextCase)];
