//! One place seen in several ways: two layers with a divider between them, or two to four views side by side.
//! The views share camera, tiles and selection; each has its own choice of layers.

use std::borrow::Cow;
use std::collections::BTreeSet;

use egui::{Rect, pos2, vec2};
use picture::LayerView;
use project::{LayerId, LayerRole};

use crate::state::State;

/// Views at the same time.
pub const MOST: usize = 4;
/// Space between views, in points.
const GAP: f32 = 2.0;
/// A line of names with the space around it, in points.
const NAMES: f32 = 36.0;

/// Two layers with a divider between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swipe {
    pub left: LayerId,
    pub right: LayerId,
    /// Where the divider stands, as a share of the map's width.
    pub share: f32,
}

/// Views side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Views {
    /// 1 to [`MOST`].
    count: usize,
    /// How many there were when they were shown last.
    last: usize,
    /// The layers that the second and following views show; the first shows what the layers' panel says.
    shown: [Option<BTreeSet<LayerId>>; MOST - 1],
}

impl Default for Views {
    fn default() -> Self {
        Self { count: 1, last: 2, shown: [const { None }; MOST - 1] }
    }
}

impl Views {
    pub fn count(&self) -> usize {
        self.count
    }

    /// Shows one view, or as many as there were before.
    pub fn toggle(&mut self) {
        self.set(if self.count > 1 { 1 } else { self.last });
    }

    /// Shows so many views; the same number again goes back to one.
    pub fn set(&mut self, count: usize) {
        self.count = if count == self.count { 1 } else { count.clamp(1, MOST) };
        if self.count > 1 {
            self.last = self.count;
        }
    }

    /// Shows or hides a layer in the second or a following view.
    pub fn show(&mut self, state_layers: &[LayerId], view: usize, id: LayerId, shown: bool) {
        let before = self.layers(state_layers, view);
        let Some(slot) = view.checked_sub(1).and_then(|i| self.shown.get_mut(i)) else { return };
        let set = slot.get_or_insert_with(|| before.unwrap_or_default());
        if shown {
            set.insert(id);
        } else {
            set.remove(&id);
        }
    }

    /// What a view shows, of layers from the topmost; `None`: what the layers' panel says.
    pub fn layers(&self, top_first: &[LayerId], view: usize) -> Option<BTreeSet<LayerId>> {
        let slot = self.shown.get(view.checked_sub(1)?)?;
        // Before anybody chooses, each view shows another layer.
        let first = || top_first.get(view % top_first.len().max(1)).copied().into_iter().collect();
        Some(slot.clone().unwrap_or_else(first))
    }
}

/// The layers of the open project from the topmost.
pub fn top_first(state: &State) -> Vec<LayerId> {
    state.layers_top_first().into_iter().map(|(id, _)| id).collect()
}

/// What one picture of the map shows: `None` is what the layers' panel says.
pub type Shown = Option<BTreeSet<LayerId>>;

/// What the two sides of the divider show, while there is one.
pub fn sides(state: &State) -> Option<(Swipe, [Shown; 2])> {
    let swipe = state.aids.swipe.filter(|_| state.aids.views.count() == 1)?;
    if !state.layers.contains_key(&swipe.left) || !state.layers.contains_key(&swipe.right) {
        return None;
    }
    let visible = || state.layers.iter().filter(|(_, l)| l.visible).map(|(id, _)| *id);
    let side = |with: LayerId, without: LayerId| -> BTreeSet<LayerId> {
        visible().chain([with]).filter(|id| *id != without).collect()
    };
    Some((swipe, [Some(side(swipe.left, swipe.right)), Some(side(swipe.right, swipe.left))]))
}

/// The two layers to begin with: before and after where the project says so, else the shown one and its
/// neighbour.
pub fn first_swipe(state: &State) -> Option<Swipe> {
    let layers = state.layers_top_first();
    let of = |role| layers.iter().find(|(_, l)| l.role == role).map(|(id, _)| *id);
    if let (Some(left), Some(right)) = (of(LayerRole::Before), of(LayerRole::After)) {
        return Some(Swipe { left, right, share: 0.5 });
    }
    let right = state.shown_layer()?.0;
    let here = layers.iter().position(|(id, _)| *id == right)?;
    let left = layers.get(here + 1).or_else(|| layers.get(here.checked_sub(1)?))?.0;
    Some(Swipe { left, right, share: 0.5 })
}

/// A layer as a picture shows it: hidden or not.
pub fn as_shown<'a>(
    id: LayerId,
    view: &'a LayerView,
    shown: Option<&BTreeSet<LayerId>>,
) -> Option<Cow<'a, LayerView>> {
    let wanted = shown.map_or(view.rendering.visible, |set| set.contains(&id));
    match (wanted, view.rendering.visible) {
        (false, _) => None,
        (true, true) => Some(Cow::Borrowed(view)),
        (true, false) => {
            let mut view = view.clone();
            view.rendering.visible = true;
            Some(Cow::Owned(view))
        }
    }
}

/// Every layer that some picture of the map shows, once.
pub fn views_of(state: &State) -> Vec<Cow<'_, LayerView>> {
    let ids = top_first(state);
    let views = &state.aids.views;
    let mut pictures: Vec<Shown> = match sides(state) {
        Some((_, sides)) => sides.into(),
        None => (0..views.count()).map(|view| views.layers(&ids, view)).collect(),
    };
    pictures.dedup();
    let found = state.layers.iter().filter_map(|(id, layer)| {
        let view = layer.view()?;
        pictures.iter().find_map(|shown| as_shown(*id, view, shown.as_ref()))
    });
    found.collect()
}

/// Height of what stands along the upper edge of the map, in points: names of views, of the sides of the divider, and
/// the days. What else is put there begins below.
pub fn names_height(state: &State) -> f32 {
    let has_names = sides(state).is_some() || state.aids.views.count() > 1;
    let has_days = state.aids.time.is_some();
    NAMES * f32::from(u8::from(has_names)) + NAMES * f32::from(u8::from(has_days))
}

/// Where the views stand: all of one size, so that a place on one is the same place on all.
pub fn cells(all: Rect, count: usize) -> Vec<Rect> {
    let (columns, rows) = match count {
        0 | 1 => return vec![all],
        2 | 3 if all.width() >= all.height() => (count, 1),
        2 | 3 => (1, count),
        _ => (2, 2),
    };
    let side = |length: f32, n: usize| ((length - GAP * (n - 1) as f32) / n as f32).floor().max(1.0);
    let size = vec2(side(all.width(), columns), side(all.height(), rows));
    let at = |i: usize| {
        let (col, row) = ((i % columns) as f32, (i / columns) as f32);
        let min = pos2(all.left() + col * (size.x + GAP), all.top() + row * (size.y + GAP));
        Rect::from_min_size(min, size)
    };
    (0..count.min(columns * rows)).map(at).collect()
}

#[cfg(test)]
mod tests {
    use project::IdSource;

    use super::*;

    #[test]
    fn views_are_of_one_size_and_do_not_overlap() {
        let all = Rect::from_min_size(pos2(40.0, 44.0), vec2(1001.0, 700.0));
        for count in 1..=MOST {
            let found = cells(all, count);
            assert_eq!(found.len(), count);
            assert!(found.iter().all(|c| c.size() == found[0].size() && all.contains_rect(*c)), "{found:?}");
            for (i, a) in found.iter().enumerate() {
                assert!(found[i + 1..].iter().all(|b| !a.intersects(*b)), "{found:?}");
            }
        }
        let tall = Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, 900.0));
        assert_eq!(cells(tall, 2)[1].left(), 0.0, "one below the other");
    }

    #[test]
    fn each_view_begins_with_another_layer_and_keeps_its_own_choice() {
        let mut ids = IdSource::new(0, 1);
        let layers = [ids.layer(), ids.layer()];
        let mut views = Views::default();
        views.toggle();
        assert_eq!(views.count(), 2);
        assert_eq!(views.layers(&layers, 0), None, "the layers' panel");
        assert_eq!(views.layers(&layers, 1), Some(BTreeSet::from([layers[1]])));
        views.show(&layers, 1, layers[0], true);
        views.show(&layers, 1, layers[1], false);
        assert_eq!(views.layers(&layers, 1), Some(BTreeSet::from([layers[0]])));
        views.set(4);
        views.set(4);
        assert_eq!(views.count(), 1);
        views.toggle();
        assert_eq!(views.count(), 4);
        assert_eq!(views.layers(&[], 3), Some(BTreeSet::new()));
    }
}
