//! The rows: only those on the screen are looked at. The place in the list is a number of rows, not of points,
//! so that a million of them lie as exactly as ten.

use egui::{Align2, Id, Key, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};
use project::RegionId;
use query::{Column, Facts, Order, Row};
use spatial::format as units;

use super::{cell, columns};
use crate::finder::{FinderAsk, Found};
use crate::fonts;
use crate::icons;
use crate::outbox::{Ask, Outbox};
use crate::panels::gallery::pick;
use crate::state::{OpenProject, State};
use crate::widgets::paint_icon;

const ROW: f32 = 24.0;
const BAR: f32 = 10.0;
/// Space beside what stands in a cell.
const PAD: f32 = 6.0;

/// Where the list is.
#[derive(Clone, Copy, Default)]
struct Place {
    /// The first row at the upper edge; parts of a row count.
    first: f64,
    /// The primary region as it was when the list last went to it.
    seen: Option<RegionId>,
}

pub(super) fn show(ui: &mut Ui, state: &State, open: &OpenProject, out: &mut Outbox) {
    let Some((facts, found)) = open.finder.shown() else { return };
    let columns = columns::columns(state);
    let width: f32 = columns.iter().map(columns::width).sum::<f32>() + PAD;
    let all = ui.available_rect_before_wrap();
    let area = ScrollArea::horizontal().auto_shrink([false, false]).id_salt("table of regions");
    area.show(ui, |ui| {
        let rect = Rect::from_min_size(ui.cursor().min, vec2(width.max(all.width()), all.height()));
        ui.allocate_rect(rect, Sense::hover());
        let (head, body) = rect.split_top_bottom_at_y(rect.top() + ROW);
        heading(ui, state, open, &columns, head, out);
        let body = body.with_max_y(body.bottom().min(all.bottom()) - 2.0);
        list(ui, state, open, Table { facts, found, columns: &columns }, body, all, out);
    });
}

#[derive(Clone, Copy)]
struct Table<'a> {
    facts: &'a Facts,
    found: &'a Found,
    columns: &'a [Column],
}

/// The names of the columns; a click sorts.
fn heading(ui: &mut Ui, state: &State, open: &OpenProject, columns: &[Column], rect: Rect, out: &mut Outbox) {
    let c = &state.theme.color;
    let order = &open.finder.order;
    let mut left = rect.left() + PAD;
    for column in columns {
        let width = columns::width(column);
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width;
        let title = columns::title(state, column);
        let response = ui.interact(place, ui.scope_id().with(("heading", column.key())), Sense::click());
        let sorted = order.column == *column;
        response.widget_info(|| {
            let how = match (sorted, order.descending) {
                (false, _) => "",
                (true, false) => ", ascending",
                (true, true) => ", descending",
            };
            WidgetInfo::selected(Role::ColumnHeader, true, sorted, format!("Sort by {title}{how}"))
        });
        let ink = if sorted || response.hovered() || response.has_focus() { *c.text } else { *c.muted };
        let inner = place.shrink2(vec2(PAD, 0.0));
        let font = fonts::medium(state.theme.size.small);
        let painter = ui.painter().with_clip_rect(place.intersect(ui.clip_rect()));
        let (at, align) = if column.is_number() {
            (inner.right_center() - vec2(if sorted { 12.0 } else { 0.0 }, 0.0), Align2::RIGHT_CENTER)
        } else {
            (inner.left_center(), Align2::LEFT_CENTER)
        };
        let text = painter.text(at, align, title, font, ink);
        if sorted {
            let middle = if column.is_number() { inner.right() - 4.0 } else { text.right() + 8.0 };
            let icon = if order.descending { icons::CARET_DOWN } else { icons::CARET_UP };
            paint_icon(
                ui,
                Rect::from_center_size(pos2(middle, place.center().y), Vec2::splat(10.0)),
                icon,
                10.0,
                ink,
            );
        }
        if response.clicked() {
            let descending = sorted && !order.descending;
            out.push(Ask::Finder(FinderAsk::Order(Order { column: column.clone(), descending })));
        }
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, state.theme.hairline());
}

fn list(
    ui: &mut Ui,
    state: &State,
    open: &OpenProject,
    table: Table<'_>,
    body: Rect,
    window: Rect,
    out: &mut Outbox,
) {
    let id = Id::unique("rows of the table");
    let mut place: Place = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    let count = table.found.rows.len();
    let page = f64::from((body.height() / ROW).max(1.0));
    let end = (count as f64 - page).max(0.0);
    if ui.rect_contains_pointer(body.intersect(window)) {
        place.first -= f64::from(ui.input(|i| i.smooth_scroll_delta().y) / ROW);
    }
    let primary = state.selection.primary();
    if primary != place.seen {
        place.seen = primary;
        if let Some(row) = primary.and_then(|id| open.finder.row_of(id)).map(|row| row as f64)
            && (row < place.first || row + 1.0 > place.first + page)
        {
            place.first = row - (page / 2.0).floor();
        }
    }
    bar(
        ui,
        state,
        Rect::from_min_max(pos2(window.right() - BAR, body.top()), pos2(window.right(), body.bottom())),
        &mut place,
        count,
        page,
    );
    place.first = place.first.clamp(0.0, end);
    let start = place.first.floor();
    let shift = ((place.first - start) * f64::from(ROW)) as f32;
    let mut inner = ui.new_child(UiBuilder::new().max_rect(body));
    inner.set_clip_rect(body.intersect(ui.clip_rect()));
    for i in 0..=(page.ceil() as usize) {
        let row = start as usize + i;
        let Some(at) = table.found.rows.get(row) else { break };
        let top = body.top() + i as f32 * ROW - shift;
        let rect = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), ROW));
        line(&mut inner, state, open, table, &table.facts.rows()[*at as usize], rect, out);
    }
    ui.data_mut(|d| d.insert_temp(id, place));
}

/// How far down the list is; dragged, it goes there.
fn bar(ui: &mut Ui, state: &State, rail: Rect, place: &mut Place, count: usize, page: f64) {
    if count as f64 <= page {
        return;
    }
    let share = (page / count as f64) as f32;
    let height = (rail.height() * share).max(24.0);
    let end = count as f64 - page;
    let room = rail.height() - height;
    let response = ui.interact(rail, ui.scope_id().with("bar of the table"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Place in the table"));
    if let Some(at) = response.interact_pointer_pos() {
        place.first = f64::from((at.y - rail.top() - height / 2.0) / room.max(1.0)) * end;
    }
    let top = rail.top() + (place.first.clamp(0.0, end) / end) as f32 * room;
    let thumb = Rect::from_min_size(pos2(rail.left() + 3.0, top), vec2(rail.width() - 5.0, height));
    let c = &state.theme.color;
    let ink = if response.hovered() || response.dragged() { *c.muted } else { *c.outline };
    ui.painter().rect_filled(thumb, 3.0, ink);
}

fn line(
    ui: &mut Ui,
    state: &State,
    open: &OpenProject,
    table: Table<'_>,
    row: &Row,
    rect: Rect,
    out: &mut Outbox,
) {
    let c = &state.theme.color;
    let id = row.id;
    let selected = state.selection.contains(id);
    let response = ui.interact(rect, ui.scope_id().with(("row", id)), Sense::click());
    let number = open.counts.order.position(id).map(|at| at + 1);
    let name = number.map_or_else(|| "region".to_owned(), |n| format!("region {}", units::count(n as u64)));
    response.widget_info(|| {
        let cells = table.columns.iter().filter(|column| **column != Column::Place);
        let cells: Vec<String> = cells
            .map(|column| cell::text(state, table.facts, row, column))
            .filter(|t| !t.is_empty())
            .collect();
        WidgetInfo::selected(Role::ListItem, true, selected, format!("Row of {name}: {}", cells.join(", ")))
    });
    if selected {
        ui.painter().rect_filled(rect, 0.0, *c.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 0.0, *c.hover);
    }
    let mut left = rect.left() + PAD;
    for column in table.columns {
        let width = columns::width(column);
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width;
        if !ui.is_rect_visible(place) {
            continue;
        }
        let place = place.shrink2(vec2(PAD, 0.0));
        if *column == Column::Place {
            let text = number.map_or_else(String::new, |n| units::count(n as u64));
            let font = fonts::mono(state.theme.size.small);
            ui.painter().text(place.right_center(), Align2::RIGHT_CENTER, text, font, *c.muted);
        } else {
            cell::show(ui, state, table.facts, row, column, place, &name, out);
        }
    }
    clicked(ui, &response, id, out);
}

fn clicked(ui: &Ui, response: &egui::Response, id: RegionId, out: &mut Outbox) {
    if response.double_clicked() || (response.has_focus() && ui.input(|i| i.key_pressed(Key::Enter))) {
        out.push(Ask::Visit(id));
    } else if response.clicked() {
        out.push(Ask::Finder(FinderAsk::Pick(id, pick(ui))));
    }
}
