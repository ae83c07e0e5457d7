//! What was found as pictures, in the table's order: only those on the screen are drawn and their tiles read.

use egui::{Align2, Frame, Margin, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use query::{Column, Order};
use renderer::ViewId;
use spatial::format as units;

use super::cell;
use crate::finder::FinderAsk;
use crate::fonts;
use crate::map::{regions, scene, thumbnails};
use crate::outbox::{Ask, Outbox};
use crate::panels::Picture;
use crate::panels::classes::class_color;
use crate::panels::gallery::{Gallery, edge, pick};
use crate::state::{OpenProject, State};
use crate::widgets::{class_swatch, combo, menu_item};

/// The pictures are these views of the renderer and the following.
const FIRST_VIEW: u32 = 200;
/// Height of the line under each.
const WORDS: f32 = 20.0;
/// Size of a picture in points.
pub const SIZE: [f32; 2] = [132.0, 96.0];

/// The order by how much regions look like one.
const ALIKE: &str = "Most like the selected one first";

/// What pictures are sorted by.
const ORDERS: [(&str, Column, bool); 7] = [
    ("In reading order", Column::Place, false),
    ("By class", Column::Class, false),
    ("Largest first", Column::Area, true),
    ("Smallest first", Column::Area, false),
    ("Newest label first", Column::LabelledAt, true),
    ("Where the model disagrees first", Column::Doubt, true),
    ("Least sure label first", Column::Confidence, false),
];

pub(super) fn show(ui: &mut Ui, state: &State, open: &OpenProject, picture: &Picture<'_>, out: &mut Outbox) {
    Frame::new().inner_margin(Margin { left: 12, right: 12, top: 0, bottom: 4 }).show(ui, |ui| {
        ui.horizontal(|ui| order(ui, state, open, out));
    });
    let [width, height] = SIZE;
    let gallery = Gallery {
        name: "pictures of regions",
        count: open.finder.len(),
        cell: vec2(width, height + WORDS),
        at: None,
    };
    let shown = gallery.show(ui, |ui, slot, row, place| {
        card(ui, state, open, picture, (slot, row), place, out);
    });
    if shown.rows != open.finder.looked {
        out.push(Ask::Finder(FinderAsk::Looked(shown.rows)));
    }
}

fn order(ui: &mut Ui, state: &State, open: &OpenProject, out: &mut Outbox) {
    let present = &open.finder.order;
    let like = open.finder.like.as_ref();
    let is = |(_, column, descending): &&(&str, Column, bool)| {
        present.column == *column && present.descending == *descending
    };
    let by_column = ORDERS.iter().find(is).map_or("As the rows", |(text, ..)| text);
    let shown = if like.is_some() { ALIKE } else { by_column };
    let list = combo("order of the pictures", shown, 220.0).show_ui(ui, |ui| {
        for (text, column, descending) in ORDERS {
            if ui.selectable_label(text == shown, text).clicked() {
                out.push(Ask::Finder(FinderAsk::Order(Order { column, descending })));
            }
        }
        let chosen = state.selection.primary().is_some();
        let alike = ui.add_enabled(chosen || like.is_some(), egui::Button::selectable(shown == ALIKE, ALIKE));
        let alike = alike.on_disabled_hover_text("Select a region first: the others are compared with it");
        if alike.clicked() {
            out.push(Ask::Finder(FinderAsk::Like(None)));
        }
    });
    list.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Order of the pictures"));
    if let Some(like) = like.filter(|like| like.left > 0) {
        let left = units::count(like.left as u64);
        let text = egui::RichText::new(format!("{left} not compared yet")).color(*state.theme.color.muted);
        ui.label(text.font(fonts::body(state.theme.size.small)));
    }
}

fn card(
    ui: &mut Ui,
    state: &State,
    open: &OpenProject,
    picture: &Picture<'_>,
    (slot, row): (usize, usize),
    place: Rect,
    out: &mut Outbox,
) {
    let (Some((facts, found)), Some(id)) = (open.finder.shown(), open.finder.region(row)) else { return };
    let Some(fact) = found.rows.get(row).map(|at| &facts.rows()[*at as usize]) else { return };
    let (theme, c) = (&state.theme, &state.theme.color);
    let image = place.with_max_y(place.top() + SIZE[1]);
    let response = ui.interact(place, ui.scope_id().with(("picture", id)), Sense::click());
    let project = open.session.project();
    let class = regions::class_of(project, id);
    let number = open.counts.order.position(id).map_or(0, |at| at + 1);
    let words = class.map_or("not labelled", |class| class.name.as_str());
    let selected = state.selection.contains(id);
    let size = cell::text(state, facts, fact, &Column::Area);
    let name = format!("Picture of region {}: {words}", units::count(number as u64));
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, name.as_str()));
    ui.painter().rect_filled(image, 0.0, *c.canvas);
    let camera = thumbnails::camera_of(state, id, SIZE);
    if let Some(camera) = camera.filter(|_| ui.is_rect_visible(image) && project.region(id).is_some()) {
        let view = ViewId(FIRST_VIEW + slot as u32);
        ui.painter().add(picture.paint(image, view, |gpu| scene::thumbnail(state, id, &camera, gpu)));
    }
    ui.painter().rect_stroke(image, 0.0, edge(state, selected, &response), egui::StrokeKind::Inside);
    let y = image.bottom() + WORDS / 2.0;
    if let Some(class) = class {
        let swatch = Rect::from_center_size(pos2(image.left() + 7.0, y), vec2(14.0, 12.0));
        class_swatch(ui.painter(), theme, swatch, class_color(state, class), class.hatch);
    }
    let small = fonts::mono(theme.size.small);
    ui.painter().text(
        pos2(image.left() + 20.0, y),
        Align2::LEFT_CENTER,
        units::count(number as u64),
        small.clone(),
        *c.muted,
    );
    ui.painter().text(pos2(image.right(), y), Align2::RIGHT_CENTER, size, small, *c.muted);
    if response.double_clicked() {
        out.push(Ask::Visit(id));
    } else if response.clicked() {
        out.push(Ask::Finder(FinderAsk::Pick(id, pick(ui))));
    }
    response.context_menu(|ui| {
        if menu_item(ui, "More like this", "", None).clicked() {
            out.push(Ask::Finder(FinderAsk::Like(Some(id))));
            ui.close();
        }
    });
    response.on_hover_text(name);
}
