//! Many cards at once: the cases of the list with every view of each at one scale, to choose several and judge them by one
//! key. Of votes it shows what the card shows: the member's own.

use editing::{Command, ReviewCommand};
use egui::{Align2, Frame, Margin, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use picture::cards;
use project::review::{QueueItem, Verdict};
use project::{Project, RegionId};
use renderer::ViewId;
use spatial::{Viewport, format as units};

use super::card::{self, CardView};
use super::queue;
use crate::cards::{GridAsk, SIDES, Sort};
use crate::finder::Pick;
use crate::fonts;
use crate::map::overlay;
use crate::map::tiles::{self, Wanted};
use crate::outbox::{Ask, Outbox};
use crate::panels::Picture;
use crate::panels::classes::class_color;
use crate::panels::gallery::{BETWEEN, Gallery, MARGIN, edge, pick};
use crate::review::ReviewAsk;
use crate::state::State;
use crate::widgets::{class_swatch, combo, tab, text_button};

/// The renderer's number of the first view.
const FIRST_VIEW: u32 = 700;
/// Views of one card; the large card has more.
const VIEWS: usize = 4;
/// Height of a view, as a share of its width.
const HEIGHT: f32 = 0.78;
/// Space between two views, and height of the line below them.
const GAP: f32 = 2.0;
const WORDS: f32 = 22.0;
/// Views grow to fill a row by this at the most.
const MOST_WIDER: f32 = 1.6;

fn ask(out: &mut Outbox, ask: GridAsk) {
    out.push(Ask::Review(ReviewAsk::Grid(ask)));
}

pub(super) fn show(ui: &mut Ui, state: &State, picture: &Picture<'_>, out: &mut Outbox) {
    let Some(project) = state.content() else { return };
    let desk = &state.review;
    Frame::new().inner_margin(Margin { left: 12, right: 12, top: 6, bottom: 4 }).show(ui, |ui| {
        bar(ui, state, out);
    });
    if desk.is_sorting() {
        Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| {
            let text = "Putting the cards in order…";
            ui.label(RichText::new(text).color(*state.theme.color.muted));
        });
        return;
    }
    let across = views_across(state) as f32;
    let fitted = fitted(ui.available_width(), desk.grid.side, across);
    if (fitted - desk.grid.fitted).abs() >= 1.0 {
        ask(out, GridAsk::Fitted(fitted));
    }
    let [width, height] = size(state);
    let cell = vec2(across * width + (across - 1.0) * GAP, height + WORDS);
    let gallery = Gallery { name: "cards", count: desk.count(), cell, at: desk.place() };
    let shown = gallery.show(ui, |ui, slot, row, place| {
        if let Some(case) = desk.at(row) {
            one(ui, state, project, picture, Card { slot, row, case }, place, out);
        }
    });
    if (&shown.rows, shown.across) != (&desk.grid.looked, desk.grid.across) {
        ask(out, GridAsk::Looked(shown.rows, shown.across));
    }
}

/// Which card of the screen, of the list, and of what.
#[derive(Clone, Copy)]
struct Card {
    slot: usize,
    row: usize,
    case: RegionId,
}

/// Order and size, and what keys do here.
fn bar(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let grid = &state.review.grid;
    ui.horizontal(|ui| {
        let list = combo("order of the cards", grid.sort.text(), 210.0).show_ui(ui, |ui| {
            for sort in Sort::ALL {
                if ui.selectable_label(sort == grid.sort, sort.text()).clicked() {
                    ask(out, GridAsk::Sort(sort));
                }
            }
        });
        list.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Order of the cards"));
        for (side, text) in SIDES {
            if tab(ui, text, (grid.side - side).abs() < 0.5, 26.0).clicked() {
                ask(out, GridAsk::Side(side));
            }
        }
        if let Some(left) = grid.sorted.as_ref().filter(|one| one.sort == grid.sort).map(|one| one.left)
            && left > 0
        {
            let text = format!("{} to compare", units::count(left as u64));
            ui.label(RichText::new(text).color(*state.theme.color.muted));
        }
        let print = Command::Review(ReviewCommand::Print);
        if text_button(ui, &print.text()).on_hover_text(print.tooltip()).clicked() {
            out.command(print);
        }
        if ui.available_width() > 300.0 {
            let text = "Arrows go, Space or a click chooses, Enter opens";
            let text = RichText::new(text).font(fonts::body(state.theme.size.small));
            ui.add(egui::Label::new(text.color(*state.theme.color.muted)).truncate());
        }
    });
}

/// How wide a view is that as many cards as fit, each with so many views, fill a row with; not much more than is wanted.
fn fitted(room: f32, side: f32, views: f32) -> f32 {
    let room = room - 2.0 * MARGIN;
    let card = |side: f32| views * side + (views - 1.0) * GAP;
    let count = ((room + BETWEEN) / (card(side) + BETWEEN)).floor().max(1.0);
    let width = (room + BETWEEN) / count - BETWEEN;
    (((width - (views - 1.0) * GAP) / views).floor()).clamp(side.min(96.0), side * MOST_WIDER)
}

/// Width and height of a view in points.
fn size(state: &State) -> [f32; 2] {
    let side = state.review.grid.fitted;
    [side, (side * HEIGHT).round()]
}

/// Views that a card has room for: as many as the project has open layers.
fn views_across(state: &State) -> usize {
    state.layers.values().filter(|layer| layer.view().is_some()).count().clamp(1, VIEWS)
}

fn camera(state: &State, case: RegionId) -> Option<Viewport> {
    let bounds = state.content()?.region(case)?.bounds()?;
    let px = size(state).map(|side| f64::from((side * state.pixels_per_point).round().max(1.0)));
    Some(cards::camera(bounds, px))
}

fn one(
    ui: &mut Ui,
    state: &State,
    project: &Project,
    picture: &Picture<'_>,
    card: Card,
    place: Rect,
    out: &mut Outbox,
) {
    let case = card.case;
    let [width, height] = size(state);
    let image = place.with_max_y(place.top() + height);
    let response = ui.interact(place, ui.scope_id().with(("card", case)), Sense::click());
    let class = project.label_of(case).map(|(_, label)| &label.class);
    let class = class.and_then(|code| project.schema()?.class(code));
    let words = class.map_or("not labelled", |class| class.name.as_str());
    let chosen = state.review.grid.chosen.contains(case);
    let here = state.review.case() == Some(case);
    let name = format!("Card {}: {words}", units::count(card.row as u64 + 1));
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, chosen || here, name.as_str()));
    let c = &state.theme.color;
    if chosen {
        ui.painter().rect_filled(place.expand(3.0), state.theme.radius(), *c.selection);
    }
    ui.painter().rect_filled(image, 0.0, *c.canvas);
    if let Some(camera) = camera(state, case).filter(|_| ui.is_rect_visible(image)) {
        let views = card::views(state, case);
        // Without imagery there is the outline alone.
        for i in 0..views.len().clamp(1, views_across(state)) {
            let corner = image.min + vec2(i as f32 * (width + GAP), 0.0);
            let number = ViewId(FIRST_VIEW + (card.slot * VIEWS + i) as u32);
            frame(ui, state, picture, (case, &camera), views.get(i), number, corner);
        }
    }
    ui.painter().rect_stroke(image, 0.0, edge(state, chosen || here, &response), egui::StrokeKind::Inside);
    line(ui, state, project, card, Rect::from_min_max(image.left_bottom(), place.max), words);
    if response.double_clicked() {
        ask(out, GridAsk::Show(case));
    } else if response.clicked() {
        ask(out, GridAsk::Pick(case, pick(ui)));
    } else if response.has_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter)) {
        ask(out, GridAsk::Pick(case, Pick::One));
    }
    response.on_hover_text(name);
}

fn frame(
    ui: &Ui,
    state: &State,
    picture: &Picture<'_>,
    (case, camera): (RegionId, &Viewport),
    view: Option<&CardView<'_>>,
    number: ViewId,
    corner: egui::Pos2,
) {
    let [width, height] = size(state);
    let rect = Rect::from_min_size(corner, vec2(width, height));
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.add(picture.paint(rect, number, |gpu| card::scene(state, Some(case), camera, view, gpu)));
    let title = view.map_or("No imagery", |view| view.name.as_str());
    overlay::text_with_casing(&painter, state, corner + vec2(5.0, 3.0), Align2::LEFT_TOP, title);
}

/// Its place, what its label says, and the member's own verdict or how far its judges differ.
fn line(ui: &Ui, state: &State, project: &Project, card: Card, place: Rect, words: &str) {
    let (theme, c) = (&state.theme, &state.theme.color);
    let y = place.center().y;
    let painter = ui.painter().with_clip_rect(place.intersect(ui.clip_rect()));
    let number = units::count(card.row as u64 + 1);
    let mono = fonts::mono(theme.size.small);
    let drawn = painter.text(pos2(place.left() + 2.0, y), Align2::LEFT_CENTER, number, mono, *c.muted);
    let mut left = drawn.right() + 6.0;
    let class = project.label_of(card.case).and_then(|(_, label)| project.schema()?.class(&label.class));
    if let Some(class) = class {
        let swatch = Rect::from_center_size(pos2(left + 7.0, y), vec2(14.0, 11.0));
        class_swatch(&painter, theme, swatch, class_color(state, class), class.hatch);
        left += 20.0;
    }
    let mut right = place.right() - 2.0;
    if let Some(own) = own_verdict(state, project, card.case) {
        let small = fonts::body(theme.size.small);
        let drawn = painter.text(pos2(right, y), Align2::RIGHT_CENTER, own, small, *c.accent);
        right = drawn.left() - 6.0;
    } else if let Some(item) = item(state, card) {
        queue::disagreement(ui, state, pos2(right, y), item);
        right -= 34.0;
    }
    let font = fonts::body(theme.size.small);
    let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, *c.text);
    job.wrap = egui::text::TextWrapping::truncate_at_width((right - left).max(8.0));
    let galley = painter.layout_job(job);
    painter.galley(pos2(left, y - galley.size().y / 2.0), galley, *c.text);
}

/// The entry of the list, where the grid goes by it.
fn item(state: &State, card: Card) -> Option<&QueueItem> {
    let listed = state.review.listed();
    let same = |item: &&QueueItem| item.case == card.case;
    listed.get(card.row).filter(same).or_else(|| listed.iter().find(same))
}

/// What the member has said of a case at this stage.
fn own_verdict(state: &State, project: &Project, case: RegionId) -> Option<String> {
    let mine = state.author();
    let own = project.votes_on(case).filter(|v| v.member == mine && v.stage == state.review.stage).last()?;
    if own.is_sealed() {
        return Some("you: sealed".to_owned());
    }
    let class = own.class.as_ref().and_then(|code| project.schema()?.class(code));
    Some(match (own.verdict, class) {
        (Verdict::Accept | Verdict::Edit, Some(class)) => format!("you: {}", class.name),
        (verdict, _) => format!("you: {}", short(verdict)),
    })
}

const fn short(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accept => "accept",
        Verdict::Edit => "another class",
        Verdict::Reject => "reject",
        Verdict::Abstain => "abstain",
        Verdict::Undetermined => "can't tell",
        Verdict::BadImagery => "bad imagery",
    }
}

/// The tiles of the cards on the screen.
pub(super) fn wanted(state: &State) -> Vec<Wanted> {
    let desk = &state.review;
    let most = views_across(state);
    let cases = desk.grid.looked.clone().filter_map(|row| desk.at(row));
    let of = |case: RegionId| {
        let camera = camera(state, case)?;
        let views = card::views(state, case);
        Some(views.iter().take(most).map(|one| tiles::wanted(&camera, &one.view)).collect::<Vec<_>>())
    };
    cases.filter_map(of).flatten().collect()
}
