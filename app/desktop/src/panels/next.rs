//! What comes next, floating over the lower edge of the map: how far the labelling is, and the next regions.

use editing::{Command, EditCommand, Keymap, Pane, Workspace};
use egui::{
    Align, Align2, Area, Frame, Layout, Margin, Order, Rect, RichText, Role, ScrollArea, Sense, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use project::{Project, RegionId};
use renderer::ViewId;
use spatial::format;

use super::Picture;
use super::classes::class_color;
use super::returned;
use crate::commands::{shortcut_text, tooltip};
use crate::map::overlay::text_with_casing;
use crate::map::{regions, scene, thumbnails};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, class_swatch, key_hint, text_button};
use crate::{fonts, icons};

/// The pictures of the filmstrip are these views of the renderer and the following.
const FIRST_VIEW: u32 = 100;

/// Between two pictures, in points.
const BETWEEN: f32 = 6.0;

/// How the filmstrip is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strip {
    /// How far the labelling is, and nothing else.
    Folded,
    Open,
}

/// How the filmstrip is shown now; `None`: not at all. While the regions are hidden, it is too, and while a cell is
/// screened: what lies below the strip was seen by nobody.
pub fn strip_of(state: &State) -> Option<Strip> {
    let counts = &state.project.as_ref()?.counts;
    let here = state.workspace == Workspace::Annotate && !state.panels_hidden && !state.labels_hidden;
    let arrangement = state.arrangement();
    let free = state.screening.work.is_none();
    let shown = here && free && counts.regions > 0 && arrangement.shows(Pane::Filmstrip);
    let folded = arrangement.folded.contains(&Pane::Filmstrip);
    shown.then_some(if folded { Strip::Folded } else { Strip::Open })
}

/// The part of the map that the filmstrip leaves free at its lower edge.
pub fn free(state: &State, map: Rect) -> Rect {
    let shape = &state.theme.shape;
    let covered = match strip_of(state) {
        None => return map,
        Some(Strip::Folded) => shape.next_folded,
        Some(Strip::Open) => shape.next_panel,
    };
    map.with_max_y((map.bottom() - covered - state.theme.space.s).max(map.top()))
}

pub(super) fn show(
    ctx: &egui::Context,
    state: &State,
    keymap: &Keymap,
    picture: &Picture<'_>,
    map: Rect,
    out: &mut Outbox,
) {
    let Some(strip) = strip_of(state) else { return };
    let theme = &state.theme;
    let gap = theme.space.s;
    let (height, y) = match strip {
        Strip::Folded => (theme.shape.next_folded, 2),
        Strip::Open => (theme.shape.next_panel, 4),
    };
    let frame = Frame::new()
        .fill(*theme.color.panel)
        .stroke(theme.hairline())
        .corner_radius(theme.radius())
        .inner_margin(Margin::symmetric(6, y));
    let area = Area::new(egui::Id::unique("filmstrip"))
        .order(Order::Middle)
        .constrain_to(map)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(map.left_bottom() + vec2(gap, -gap));
    area.show(ctx, |ui| {
        frame.show(ui, |ui| {
            let room = map.width() - 2.0 * gap - 14.0;
            let size = vec2(if strip == Strip::Open { room } else { 0.0 }, height - 2.0 * f32::from(y) - 2.0);
            ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_size(size);
                ui.spacing_mut().item_spacing.x = theme.space.s;
                fold(ui, state, strip, out);
                progress(ui, state);
                returned::switch(ui, state, keymap, out);
                if strip == Strip::Folded {
                    step(ui, state, keymap, out);
                    return;
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    step(ui, state, keymap, out);
                    let room = ui.available_rect_before_wrap();
                    if room.width() < thumbnails::SIZE[0] {
                        return;
                    }
                    // Whole pictures only: no sliver of one beside what follows.
                    let each = thumbnails::SIZE[0] + BETWEEN;
                    let width = ((room.width() + BETWEEN) / each).floor() * each - BETWEEN;
                    let middle = Rect::from_min_size(
                        pos2(room.left(), room.center().y - thumbnails::SIZE[1] / 2.0),
                        vec2(width, thumbnails::SIZE[1]),
                    );
                    let line = UiBuilder::new().max_rect(middle).layout(Layout::left_to_right(Align::Min));
                    ui.scope_builder(line, |ui| pictures(ui, state, picture, out));
                });
            });
        });
    });
}

fn fold(ui: &mut Ui, state: &State, strip: Strip, out: &mut Outbox) {
    let (icon, name) = match strip {
        Strip::Folded => (icons::CARET_RIGHT, "Show the next regions"),
        Strip::Open => (icons::CARET_DOWN, "Fold the filmstrip"),
    };
    if ui.add(IconButton::new(icon, name).quiet()).clicked() {
        let mut arrangement = state.arrangement();
        match strip {
            Strip::Folded => arrangement.folded.remove(&Pane::Filmstrip),
            Strip::Open => arrangement.folded.insert(Pane::Filmstrip),
        };
        out.push(Ask::Arrange(Box::new(arrangement)));
    }
}

/// How many regions are labelled, with a bar below.
fn progress(ui: &mut Ui, state: &State) {
    let Some(open) = &state.project else { return };
    let theme = &state.theme;
    let counts = &open.counts;
    let share = counts.labelled as f64 / counts.regions.max(1) as f64;
    let (labelled, regions) = (counts.labelled as u64, counts.regions as u64);
    let text = format!("{} of {} labelled", format::count(labelled), format::count(regions));
    let font = fonts::medium(theme.size.small + 1.0);
    let galley = ui.painter().layout_no_wrap(text.clone(), font, *theme.color.text);
    let size = vec2(galley.size().x.max(112.0), 26.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, text.as_str());
        info.value = Some(share * 100.0);
        info
    });
    ui.painter().galley(rect.left_top() + vec2(0.0, 1.0), galley, *theme.color.text);
    let rail =
        Rect::from_min_max(pos2(rect.left(), rect.bottom() - 5.0), rect.right_bottom() - vec2(0.0, 2.0));
    let done = rail.with_max_x(rail.left() + rail.width() * share as f32);
    ui.painter().rect_filled(rail, 1.5, *theme.color.line);
    ui.painter().rect_filled(done, 1.5, *theme.color.accent);
    response.on_hover_text(format::percent(share));
}

/// What leads to the next region without a label.
fn step(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let Some(open) = &state.project else { return };
    let only = open.returned.only;
    let (next, text) = if only {
        (Command::Edit(EditCommand::NextRegion), "Next returned")
    } else {
        (Command::Edit(EditCommand::NextUnlabelled), "Next unlabelled")
    };
    if only || open.counts.labelled < open.counts.regions {
        let right = ui.layout().prefer_right_to_left();
        if right && !only {
            go_on(ui, state, keymap, out);
        }
        if right {
            key_hint(ui, &shortcut_text(keymap, next));
        }
        if text_button(ui, text).on_hover_text(tooltip(keymap, next)).clicked() {
            out.command(next);
        }
        if !right {
            key_hint(ui, &shortcut_text(keymap, next));
            if !only {
                go_on(ui, state, keymap, out);
            }
        }
    } else {
        // A narrow map has no room for more than the bar, which is full.
        let text = RichText::new("Every region is labelled").color(*state.theme.color.success);
        if ui.available_width() > 200.0 {
            ui.label(text);
        }
    }
}

/// Whether a class leads on by itself.
fn go_on(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let command = Command::Edit(EditCommand::ToggleGoOn);
    let name = command.text();
    let button = IconButton::new(icons::FAST_FORWARD, &name).selected(state.preferences.go_on);
    if ui.add(button.tooltip(tooltip(keymap, command))).clicked() {
        out.command(command);
    }
}

/// The regions from the one before the selected one on, in the order of reading.
fn pictures(ui: &mut Ui, state: &State, picture: &Picture<'_>, out: &mut Outbox) {
    let Some(project) = state.content() else { return };
    let bars = egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
    ScrollArea::horizontal().auto_shrink([false, true]).scroll_bar_visibility(bars).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = BETWEEN;
            for (slot, (place, id)) in thumbnails::ahead(state).into_iter().enumerate() {
                card(ui, state, project, picture, Shot { slot, place, id }, out);
            }
        });
    });
}

/// One picture of the filmstrip.
#[derive(Clone, Copy)]
struct Shot {
    /// Which of the pictures on the screen.
    slot: usize,
    /// Place in the order of reading, from 0.
    place: usize,
    id: RegionId,
}

fn card(ui: &mut Ui, state: &State, project: &Project, picture: &Picture<'_>, frame: Shot, out: &mut Outbox) {
    let theme = &state.theme;
    let c = &theme.color;
    let Shot { slot, place, id } = frame;
    let [width, height] = thumbnails::SIZE;
    let (image, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    let label = project.label_of(id);
    let class = regions::class_of(project, id);
    let words = class.map_or_else(|| "not labelled".to_owned(), |c| c.name.clone());
    let words = if label.is_none() && class.is_some() { format!("{words}?") } else { words };
    let name = format!("Region {}: {words}", place + 1);
    let selected = state.selection.contains(id);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, name.as_str()));
    if !ui.is_rect_visible(image) {
        return;
    }
    ui.painter().rect_filled(image, 0.0, *c.canvas);
    if let Some(camera) = thumbnails::camera(state, id) {
        let view = ViewId(FIRST_VIEW + slot as u32);
        ui.painter().add(picture.paint(image, view, |gpu| scene::thumbnail(state, id, &camera, gpu)));
    }
    let edge = match (selected, response.hovered() || response.has_focus()) {
        (true, _) => egui::Stroke::new(2.0, *c.accent),
        (false, true) => egui::Stroke::new(1.0, *c.outline),
        (false, false) => theme.hairline(),
    };
    ui.painter().rect_stroke(image, 0.0, edge, egui::StrokeKind::Inside);
    if let Some(class) = class {
        let at = image.left_bottom() + vec2(11.0, -10.0);
        let swatch = Rect::from_center_size(at, vec2(14.0, 12.0));
        ui.painter().rect_filled(swatch.expand(1.5), 3.0, *c.map_casing);
        class_swatch(ui.painter(), theme, swatch, class_color(state, class), class.hatch);
        if label.is_none() {
            let right = pos2(swatch.right() + 5.0, swatch.center().y);
            text_with_casing(ui.painter(), state, right, Align2::LEFT_CENTER, "?");
        }
    }
    returned::mark(ui, state, image, id);
    if response.on_hover_text(name).clicked() {
        out.push(Ask::Visit(id));
    }
}
