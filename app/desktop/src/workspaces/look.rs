//! How panels look and what their titles do: thin lines instead of boxes, quiet words instead of tabs.

use std::collections::{BTreeMap, BTreeSet};

use editing::{Command, Keymap, Pane, ViewCommand};
use egui::{
    Color32, CursorIcon, Frame, Id, Margin, Painter, Popup, Rect, Response, Role, Sense, Stroke, Ui, Vec2,
    Visuals, WidgetInfo, WidgetText, pos2, vec2,
};
use egui_tiles::{Behavior, ResizeState, SimplificationOptions, TabState, Tabs, TileId, Tiles, UiResponse};

use super::dock::{Built, GAP, Leaf, is_around};
use super::panes;
use crate::outbox::Outbox;
use crate::panels::Picture;
use crate::state::State;
use crate::theme::Theme;
use crate::widgets::{IconButton, hairline, menu_item, paint_icon};
use crate::{fonts, icons};

/// Every panel has a title; nothing stands alone in a row of its own.
pub(super) const SIMPLE: SimplificationOptions = SimplificationOptions {
    prune_empty_tabs: true,
    prune_empty_containers: true,
    prune_single_child_tabs: true,
    prune_single_child_containers: true,
    all_panes_must_have_tabs: true,
    join_nested_linear_containers: true,
    flatten_tabs_in_tabs: true,
};

/// No panel is pulled smaller than this, in points.
const SMALLEST: f32 = 28.0;

/// Shows tiles in the window's look.
pub(super) struct Look<'a> {
    state: &'a State,
    keymap: &'a Keymap,
    picture: &'a Picture<'a>,
    out: &'a mut Outbox,
    theme: &'a Theme,
    middle: &'a mut dyn FnMut(&mut Ui, &mut Outbox),
    foldable: BTreeSet<Pane>,
    folded: BTreeSet<Pane>,
    shared: BTreeSet<Pane>,
    together: BTreeMap<Pane, Vec<Pane>>,
    /// Where panels are shown, below their titles.
    places: Vec<Rect>,
    /// The panel whose title was clicked to fold or unfold it.
    pub folding: Option<Pane>,
}

impl<'a> Look<'a> {
    pub(super) fn new(
        state: &'a State,
        keymap: &'a Keymap,
        picture: &'a Picture<'a>,
        out: &'a mut Outbox,
        built: &Built,
        middle: &'a mut dyn FnMut(&mut Ui, &mut Outbox),
    ) -> Self {
        let (foldable, folded) = (built.foldable.clone(), built.folded.clone());
        let (shared, together, theme) = (built.shared.clone(), built.together.clone(), &*state.theme);
        Self {
            state,
            keymap,
            picture,
            out,
            theme,
            middle,
            foldable,
            folded,
            shared,
            together,
            places: Vec::new(),
            folding: None,
        }
    }

    fn is_folded(&self, pane: Pane) -> bool {
        self.foldable.contains(&pane) && self.folded.contains(&pane)
    }

    /// The menu of a panel's title.
    fn menu(&mut self, ui: &mut Ui, pane: Pane) {
        let name = format!("Panel menu: {}", pane.text());
        let button = IconButton::new(icons::MORE, &name).tooltip("Hide, show or reset panels").quiet();
        let response = ui.add(button);
        Popup::menu(&response).width(220.0).show(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if menu_item(ui, &format!("Hide {}", pane.text()), "", None).clicked() {
                self.out.command(Command::View(ViewCommand::Pane(pane)));
                ui.close();
            }
            ui.add_space(4.0);
            hairline(ui);
            ui.add_space(4.0);
            pane_items(ui, self.state, self.keymap, self.out);
        });
    }
}

/// The lines of a menu that show and hide the panels of this workspace, and put them back.
pub fn pane_items(ui: &mut Ui, state: &State, keymap: &Keymap, out: &mut Outbox) {
    let (arrangement, situation) = (state.arrangement(), state.situation());
    for pane in Pane::ALL.into_iter().filter(|pane| pane.belongs_to(state.workspace)) {
        let mark = if arrangement.shows(pane) { icons::CHECK } else { "" };
        let command = Command::View(ViewCommand::Pane(pane));
        if menu_item(ui, pane.text(), mark, command.unavailable(&situation)).clicked() {
            out.command(command);
            ui.close();
        }
    }
    ui.add_space(4.0);
    hairline(ui);
    ui.add_space(4.0);
    let reset = Command::View(ViewCommand::ResetPanels);
    let key = crate::commands::shortcut_text(keymap, reset);
    if menu_item(ui, &reset.text(), &key, None).clicked() {
        out.command(reset);
        ui.close();
    }
}

/// How titles that share a place are drawn there.
#[derive(Clone, Copy)]
struct Fit {
    /// Of the letters.
    size: f32,
    /// Space at the left of each; at the right it is two thirds of that.
    beside: f32,
    /// What is wider is cut.
    widest: f32,
}

/// True for a title that has not its whole width.
fn galley_is_cut(fit: Fit, width: f32) -> bool {
    width + 1.0 >= fit.widest
}

impl Look<'_> {
    /// Titles are roomy where they fit, closer and smaller where they would not, and the longest are cut where even that
    /// is too wide: none is ever out of sight.
    fn fit(&self, ui: &Ui, pane: Pane) -> Fit {
        let roomy = Fit { size: self.theme.size.small + 1.0, beside: 12.0, widest: f32::INFINITY };
        let Some(titles) = self.together.get(&pane) else { return roomy };
        let room = ui.clip_rect().width() - 1.0;
        let widths = |size: f32| -> Vec<f32> {
            let width = |pane: &Pane| {
                let font = fonts::semibold(size);
                ui.painter().layout_no_wrap(pane.text().to_owned(), font, Color32::PLACEHOLDER).size().x
            };
            titles.iter().map(width).collect()
        };
        let takes = |fit: Fit, widths: &[f32]| {
            widths.iter().map(|w| w.min(fit.widest)).sum::<f32>() + 1.67 * fit.beside * widths.len() as f32
        };
        if takes(roomy, &widths(roomy.size)) <= room {
            return roomy;
        }
        let mut tight = Fit { size: self.theme.size.small, beside: 6.0, widest: f32::INFINITY };
        let widths = widths(tight.size);
        let mut sorted = widths.clone();
        sorted.sort_by(f32::total_cmp);
        // The longest give way first, as far as the next shorter one, until all fit.
        for (shorter, at) in (0..sorted.len()).rev().zip(1_u16..) {
            if takes(tight, &widths) <= room {
                break;
            }
            let others: f32 = sorted[..shorter].iter().sum();
            let left = room - 1.67 * tight.beside * widths.len() as f32 - others;
            let least = shorter.checked_sub(1).map_or(0.0, |i| sorted[i]);
            tight.widest = (left / f32::from(at)).max(least).max(16.0);
        }
        tight
    }
}

impl Behavior<Leaf> for Look<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _id: TileId, leaf: &mut Leaf) -> UiResponse {
        match *leaf {
            Leaf::Middle => (self.middle)(ui, self.out),
            Leaf::Pane(pane) => {
                let rect = ui.max_rect();
                self.places.push(rect);
                ui.painter().rect_filled(rect, 0.0, *self.theme.color.panel);
                if !self.is_folded(pane) && rect.is_positive() {
                    ui.push_id(pane, |ui| panes::content(ui, pane, self.state, self.picture, self.out));
                }
            }
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, leaf: &Leaf) -> WidgetText {
        match leaf {
            Leaf::Middle => "Map".into(),
            Leaf::Pane(pane) => pane.text().into(),
        }
    }

    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<Leaf>,
        ui: &mut Ui,
        id: Id,
        tile: TileId,
        state: &TabState,
    ) -> Response {
        let Some(Leaf::Pane(pane)) = tiles.get_pane(&tile).copied() else {
            return ui.interact(Rect::NOTHING, id, Sense::hover());
        };
        let c = &self.theme.color;
        let foldable = self.foldable.contains(&pane);
        let fit = self.fit(ui, pane);
        let font = fonts::semibold(fit.size);
        let mut job =
            egui::text::LayoutJob::simple_singleline(pane.text().to_owned(), font, Color32::PLACEHOLDER);
        job.wrap = egui::text::TextWrapping::truncate_at_width(fit.widest);
        let galley = ui.painter().layout_job(job);
        let left = if foldable { 30.0 } else { fit.beside };
        let size = vec2(left + galley.size().x + fit.beside * 0.67, ui.available_height());
        let (_, rect) = ui.allocate_space(size);
        let sense = Sense::click_and_drag();
        let response = ui.interact(rect, id, sense);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Tab, true, pane.text());
            info.selected = Some(state.active && !self.is_folded(pane));
            info
        });
        if state.is_being_dragged || !ui.is_rect_visible(rect) {
            return response;
        }
        let hot = response.hovered() || response.has_focus();
        let ink = if state.active || hot { *c.text } else { *c.muted };
        if foldable {
            let caret = Rect::from_center_size(pos2(rect.left() + 18.0, rect.center().y), Vec2::splat(12.0));
            let icon = if self.is_folded(pane) { icons::CARET_RIGHT } else { icons::CARET_DOWN };
            paint_icon(ui, caret, icon, 11.0, if hot { *c.text } else { *c.muted });
        }
        let at = pos2(rect.left() + left, rect.center().y - galley.size().y / 2.0);
        let width = galley.size().x;
        ui.painter().galley(at, galley, ink);
        if (state.active && self.shared.contains(&pane)) || response.has_focus() {
            let line = if state.active { *c.accent } else { *c.outline };
            let x = egui::Rangef::new(at.x, at.x + width);
            ui.painter().hline(x, rect.bottom() - 1.0, Stroke::new(2.0, line));
        }
        if response.clicked() && foldable {
            self.folding = Some(pane);
        }
        let what =
            if foldable { "Click to fold or unfold, drag to another place" } else { "Drag to another place" };
        let cut = galley_is_cut(fit, width);
        response.on_hover_text(if cut { format!("{}. {what}", pane.text()) } else { what.to_owned() })
    }

    fn drag_ui(&mut self, tiles: &Tiles<Leaf>, ui: &mut Ui, tile: TileId) {
        let tab = |tabs: &Tabs| Built::panes_of(tiles, tabs).into_iter().map(Pane::text).collect::<Vec<_>>();
        let text = match tiles.get(tile) {
            Some(egui_tiles::Tile::Pane(Leaf::Pane(pane))) => pane.text().to_owned(),
            Some(egui_tiles::Tile::Container(egui_tiles::Container::Tabs(tabs))) => tab(tabs).join(", "),
            _ => return,
        };
        let frame = Frame::popup(ui.style()).inner_margin(Margin::symmetric(10, 6));
        frame.show(ui, |ui| ui.label(text));
    }

    fn top_bar_right_ui(
        &mut self,
        tiles: &Tiles<Leaf>,
        ui: &mut Ui,
        _tile: TileId,
        tabs: &Tabs,
        _scroll: &mut f32,
    ) {
        let Some(Leaf::Pane(pane)) = tabs.active.and_then(|id| tiles.get_pane(&id)).copied() else { return };
        ui.add_space(6.0);
        ui.spacing_mut().item_spacing.x = 2.0;
        self.menu(ui, pane);
        panes::extra(ui, pane, self.state, self.keymap, self.out);
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        self.theme.shape.row_roomy
    }

    fn is_tab_bar_visible(&self, _tile: TileId, tabs: &Tabs) -> bool {
        tabs.children.first() != Some(&Built::middle_id())
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        GAP
    }

    fn min_size(&self) -> f32 {
        SMALLEST
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SIMPLE
    }

    fn resize_stroke(&self, _style: &egui::Style, state: ResizeState) -> Stroke {
        match state {
            ResizeState::Idle => self.theme.hairline(),
            ResizeState::Hovering => Stroke::new(1.0, *self.theme.color.outline),
            ResizeState::Dragging => Stroke::new(2.0, *self.theme.color.accent),
        }
    }

    fn tab_bar_color(&self, _visuals: &Visuals) -> Color32 {
        *self.theme.color.panel
    }

    fn tab_bar_hline_stroke(&self, _visuals: &Visuals) -> Stroke {
        Stroke::NONE
    }

    fn tab_hover_cursor_icon(&self) -> CursorIcon {
        CursorIcon::Default
    }

    fn dragged_overlay_color(&self, _visuals: &Visuals) -> Color32 {
        self.theme.color.canvas.gamma_multiply(0.6)
    }

    fn paint_drag_preview(&self, _visuals: &Visuals, painter: &Painter, parent: Option<Rect>, preview: Rect) {
        // As a tab, a panel goes to panels only; over the map or a whole column nothing is offered.
        if let Some(parent) = parent {
            let whole = preview.width() > 0.75 * parent.width() && preview.height() > 0.75 * parent.height();
            let bar = self.theme.shape.row_roomy;
            if whole && !self.places.iter().any(|place| is_around(parent, *place, bar) || parent == *place) {
                return;
            }
        }
        let c = &self.theme.color;
        let fill = c.accent.gamma_multiply(0.18);
        let edge = Stroke::new(1.0, *c.accent);
        painter.rect(preview, self.theme.radius(), fill, edge, egui::StrokeKind::Inside);
    }

    fn is_tile_draggable(&self, tiles: &Tiles<Leaf>, tile: TileId) -> bool {
        !Built::is_middle(tiles, tile)
    }

    fn cycle_tabs_with_keyboard(&self) -> bool {
        false
    }
}
