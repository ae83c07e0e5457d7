//! The panels around the map as tiles: built from the arrangement for each frame, shown, and read back. What
//! differs afterwards was done by hand and is asked for.

use std::collections::{BTreeMap, BTreeSet};

use editing::{Keymap, Pane};
use egui::{Id, Rect, Ui, Vec2, vec2};
use egui_tiles::{Container, Linear, LinearDir, Tabs, Tile, TileId, Tiles, Tree};

use super::arrangement::{Arrangement, Part};
use super::look::{Look, SIMPLE};
use super::panes::wish;
use super::sizes::{Want, divide};
use crate::outbox::{Ask, Outbox};
use crate::panels::Picture;
use crate::state::State;
use crate::theme::Theme;

/// A line between two parts, in points.
pub(super) const GAP: f32 = 1.0;
/// Room that the map keeps before panels give way.
const MIDDLE: Vec2 = vec2(240.0, 160.0);
/// Room that the last panel of a column keeps.
const LAST: f32 = 72.0;
/// Panels by hand: no narrower and no wider than this.
const WIDTHS: std::ops::RangeInclusive<f32> = 184.0..=640.0;
const HEIGHTS: std::ops::RangeInclusive<f32> = 56.0..=4000.0;

/// What is in a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Middle,
    Pane(Pane),
}

impl Leaf {
    /// The same tile in every frame, so that what is dragged or has the keyboard stays so.
    fn id(self) -> TileId {
        match self {
            Self::Middle => TileId(1),
            Self::Pane(pane) => TileId(2 + pane as u64),
        }
    }
}

/// Shows the panels that an arrangement has around what `middle` shows.
pub(super) fn show(
    ui: &mut Ui,
    state: &State,
    keymap: &Keymap,
    picture: &Picture<'_>,
    out: &mut Outbox,
    middle: &mut dyn FnMut(&mut Ui, &mut Outbox),
) {
    let before = state.arrangement();
    // Without panels and without a project there is the middle alone; every widget keeps its identity.
    let alone = state.panels_hidden || state.content().is_none() && state.is_reviewing();
    let built = Built::new(&before, alone, &state.theme, ui.available_size(), ui.ctx().pixels_per_point());
    let id = Id::unique("panels").with(crate::state::workspace_key(state.workspace));
    let mut tree = Tree::new(id, built.root, built.tiles.clone());
    let mut look = Look::new(state, keymap, picture, out, &built, middle);
    tree.ui(&mut look, ui);
    let toggled = look.folding;
    tree.simplify(&SIMPLE);
    // Twice on a line: the first size again.
    let first_size = ui.input(|i| i.pointer.button_double_clicked(egui::PointerButton::Primary));
    let Some(root) = built.part(&tree, tree.root(), None, first_size) else { return };
    let mut after = before.clone();
    after.root = root;
    if let Some(pane) = toggled
        && !after.folded.remove(&pane)
    {
        after.folded.insert(pane);
    }
    if after != before && after.check().is_ok() {
        out.push(Ask::Arrange(Box::new(after)));
    }
}

/// An arrangement as tiles of a certain size.
#[derive(Debug)]
pub(super) struct Built {
    pub tiles: Tiles<Leaf>,
    root: TileId,
    /// Sizes as the arrangement has them, and as they are in this window.
    sizes: BTreeMap<u64, (f32, f32)>,
    /// Panels whose title folds and unfolds them.
    pub foldable: BTreeSet<Pane>,
    pub folded: BTreeSet<Pane>,
    /// Panels that have a place together with others.
    pub shared: BTreeSet<Pane>,
    /// Each of them with those that it shares its place with, itself among them.
    pub together: BTreeMap<Pane, Vec<Pane>>,
    hidden: BTreeSet<Pane>,
    bar: f32,
    pixels_per_point: f32,
    next: u64,
}

impl Built {
    pub(super) fn new(
        arrangement: &Arrangement,
        alone: bool,
        theme: &Theme,
        room: Vec2,
        pixels_per_point: f32,
    ) -> Self {
        let hidden = if alone {
            Pane::ALL.into_iter().collect()
        } else {
            arrangement.hidden.iter().copied().collect()
        };
        let mut built = Self {
            tiles: Tiles::default(),
            root: TileId(0),
            sizes: BTreeMap::new(),
            foldable: BTreeSet::new(),
            folded: arrangement.folded.clone(),
            shared: BTreeSet::new(),
            together: BTreeMap::new(),
            hidden,
            bar: theme.shape.row_roomy,
            pixels_per_point,
            // Panels come first.
            next: 1000,
        };
        built.root = built.add(&arrangement.root, room);
        built
    }

    fn is_seen(&self, part: &Part) -> bool {
        part.holds_middle() || part.panes().iter().any(|pane| !self.hidden.contains(pane))
    }

    fn insert(&mut self, container: Container) -> TileId {
        self.next += 1;
        let id = TileId(self.next);
        self.tiles.insert(id, Tile::Container(container));
        id
    }

    fn leaf(&mut self, leaf: Leaf) -> TileId {
        let id = leaf.id();
        self.tiles.insert(id, Tile::Pane(leaf));
        id
    }

    fn add(&mut self, part: &Part, room: Vec2) -> TileId {
        match part {
            Part::Middle => {
                let middle = self.leaf(Leaf::Middle);
                self.insert(Container::Tabs(Tabs::new(vec![middle])))
            }
            Part::Tabs { open, panes, .. } => {
                let ids = panes.iter().map(|pane| self.leaf(Leaf::Pane(*pane))).collect();
                let (hidden, seen): (Vec<Pane>, Vec<Pane>) =
                    panes.iter().partition(|pane| self.hidden.contains(pane));
                for pane in hidden {
                    self.tiles.set_visible(Leaf::Pane(pane).id(), false);
                }
                if seen.len() > 1 {
                    self.together.extend(seen.iter().map(|pane| (*pane, seen.clone())));
                    self.shared.extend(seen);
                }
                let mut tabs = Tabs::new(ids);
                tabs.set_active(Leaf::Pane(*open).id());
                self.insert(Container::Tabs(tabs))
            }
            Part::Row { parts, .. } => self.add_linear(LinearDir::Horizontal, parts, room),
            Part::Column { parts, .. } => self.add_linear(LinearDir::Vertical, parts, room),
        }
    }

    fn add_linear(&mut self, dir: LinearDir, parts: &[Part], room: Vec2) -> TileId {
        let row = dir == LinearDir::Horizontal;
        let seen = parts.iter().filter(|part| self.is_seen(part)).count();
        let along = if row { room.x } else { room.y };
        let given = divide(&self.wants(dir, parts), along - GAP * seen.saturating_sub(1) as f32);
        let (mut ids, mut sizes) = (Vec::new(), Vec::new());
        for (part, size) in parts.iter().zip(given) {
            let size = (size * self.pixels_per_point).round() / self.pixels_per_point;
            let inner = if row { vec2(size, room.y) } else { vec2(room.x, size) };
            ids.push(self.add(part, inner));
            sizes.push((part.size(), size));
        }
        let mut linear = Linear::new(dir, ids.clone());
        for ((id, sizes), part) in ids.into_iter().zip(sizes).zip(parts) {
            // What is hidden keeps the share that it will have; nothing is divided by nothing.
            let share = if self.is_seen(part) { sizes.1.max(0.01) } else { sizes.0 };
            linear.shares.set_share(id, share);
            self.sizes.insert(id.0, (sizes.0, share));
        }
        self.insert(Container::Linear(linear))
    }

    fn wants(&mut self, dir: LinearDir, parts: &[Part]) -> Vec<Want> {
        let row = dir == LinearDir::Horizontal;
        let seen: Vec<bool> = parts.iter().map(|part| self.is_seen(part)).collect();
        let among_others = !row && seen.iter().filter(|seen| **seen).count() > 1;
        let folded: Vec<bool> = parts.iter().map(|part| among_others && self.folds(part)).collect();
        let middle = parts.iter().position(Part::holds_middle);
        let last = (0..parts.len()).rev().find(|i| seen[*i] && !folded[*i]);
        let rest = middle.or(last).or_else(|| seen.iter().rposition(|seen| *seen));
        let want = |(i, part): (usize, &Part)| {
            if !seen[i] {
                return Want::Hidden;
            }
            if Some(i) == rest {
                let least = match (middle, row) {
                    (Some(_), true) => MIDDLE.x,
                    (Some(_), false) => MIDDLE.y,
                    (None, true) => *WIDTHS.start(),
                    (None, false) => LAST,
                };
                return Want::Rest(least);
            }
            if folded[i] { Want::Fixed(self.bar) } else { Want::Wish(part.size()) }
        };
        parts.iter().enumerate().map(want).collect()
    }

    /// Notes which panel the title of a part would fold; true when it is folded now.
    fn folds(&mut self, part: &Part) -> bool {
        let Part::Tabs { panes, .. } = part else { return false };
        let mut seen = panes.iter().filter(|pane| !self.hidden.contains(pane));
        let (Some(pane), None) = (seen.next(), seen.next()) else { return false };
        self.foldable.insert(*pane);
        self.folded.contains(pane)
    }

    /// Reads a tile and what is in it; `None` for what no arrangement has, such as the map behind a tab.
    pub(super) fn part(
        &self,
        tree: &Tree<Leaf>,
        id: Option<TileId>,
        parent: Option<&Linear>,
        first_size: bool,
    ) -> Option<Part> {
        let id = id?;
        match tree.tiles.get(id)? {
            Tile::Pane(_) | Tile::Container(Container::Grid(_)) => None,
            Tile::Container(Container::Tabs(tabs)) => {
                let leaf = |id: &TileId| tree.tiles.get_pane(id).copied();
                let leaves: Vec<Leaf> = tabs.children.iter().map(leaf).collect::<Option<_>>()?;
                if leaves == [Leaf::Middle] {
                    return Some(Part::Middle);
                }
                let pane = |leaf: &Leaf| if let Leaf::Pane(pane) = leaf { Some(*pane) } else { None };
                let panes: Vec<Pane> = leaves.iter().map(pane).collect::<Option<_>>()?;
                let open = tabs.active.and_then(|id| pane(&leaf(&id)?));
                let open = open.filter(|p| panes.contains(p)).or(panes.first().copied())?;
                let size = self.size(id, parent, wish(open), &panes, first_size);
                Some(Part::Tabs { size, open, panes })
            }
            Tile::Container(Container::Linear(linear)) => {
                let part = |id: &TileId| self.part(tree, Some(*id), Some(linear), first_size);
                let parts: Vec<Part> = linear.children.iter().map(part).collect::<Option<_>>()?;
                let panes: Vec<Pane> = parts.iter().flat_map(Part::panes).collect();
                let wishes = panes.iter().map(|pane| wish(*pane)).fold(Vec2::ZERO, Vec2::max);
                let size = self.size(id, parent, wishes, &panes, first_size);
                Some(match linear.dir {
                    LinearDir::Horizontal => Part::Row { size, parts },
                    LinearDir::Vertical => Part::Column { size, parts },
                })
            }
        }
    }

    /// The size of a part: as it was, unless it was pulled by hand or is new where it is.
    fn size(&self, id: TileId, parent: Option<&Linear>, wish: Vec2, panes: &[Pane], first: bool) -> f32 {
        let Some(parent) = parent else { return 0.0 };
        let row = parent.dir == LinearDir::Horizontal;
        let (wish, limits) = if row { (wish.x, WIDTHS) } else { (wish.y, HEIGHTS) };
        let share = parent.shares.iter().find(|(child, _)| **child == id).map(|(_, share)| *share);
        match (share, self.sizes.get(&id.0)) {
            (Some(share), Some((own, given))) if (share - given).abs() < 0.01 => *own,
            // A line beside a folded panel moves its neighbour only.
            (Some(_), Some((own, _))) if !row && panes.iter().all(|pane| self.folded.contains(pane)) => *own,
            (Some(share), Some(_)) if !first => share.clamp(*limits.start(), *limits.end()),
            _ => wish,
        }
    }

    pub(super) fn middle_id() -> TileId {
        Leaf::Middle.id()
    }

    /// The tabs that can be seen.
    pub(super) fn panes_of(tiles: &Tiles<Leaf>, tabs: &Tabs) -> Vec<Pane> {
        let pane = |id: &TileId| match tiles.get_pane(id) {
            Some(Leaf::Pane(pane)) if tiles.is_visible(*id) => Some(*pane),
            _ => None,
        };
        tabs.children.iter().filter_map(pane).collect()
    }

    /// True for the tile of the map and the one around it.
    pub(super) fn is_middle(tiles: &Tiles<Leaf>, id: TileId) -> bool {
        match tiles.get(id) {
            Some(Tile::Container(Container::Tabs(tabs))) => tabs.children.contains(&Leaf::Middle.id()),
            _ => id == Leaf::Middle.id(),
        }
    }
}

/// A rectangle that is a panel's with its title.
pub(super) fn is_around(outer: Rect, inner: Rect, bar: f32) -> bool {
    (outer.width() - inner.width()).abs() < 1.0
        && (outer.height() - inner.height() - bar).abs() < 1.0
        && outer.contains(inner.center())
}
