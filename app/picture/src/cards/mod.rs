//! Cards: one object in every view that shows it, all at one scale, with its outline as each view shows it.

mod contact;
mod draw;
mod page;
mod print;
mod single;

use geo::Intersects as _;
use project::LayerRole;
use spatial::{Viewport, WorldPoint, WorldRect};

use crate::LayerView;

pub use contact::{MOST, Press, PrintError, Printed, Wanted, print};
pub use draw::{Painter, Shown, VIEWS, View};
pub use page::{Around, Card, Key, Layout, Line, Paper};
pub use print::{Pages, Printing, jpeg};
pub use single::pictures;

/// Ground around the object, as a share of its longer side.
const CONTEXT: f64 = 0.5;

/// The camera over a box with the ground around it that a card has.
pub fn camera(bounds: WorldRect, size_px: [f64; 2]) -> Viewport {
    let around = (bounds.width().max(bounds.height()) * CONTEXT).max(1e-6);
    let d = WorldPoint { x: around, y: around };
    Viewport::fit(WorldRect::new(bounds.min() - d, bounds.max() + d), size_px, 0.0)
}

/// True for a layer that reaches into a box.
pub fn shows(view: &LayerView, bounds: WorldRect) -> bool {
    view.placement.world_bounds().is_some_and(|world| world.intersects(&bounds))
}

/// Where a layer stands among the views of a card: before, undated, after.
pub fn order(role: LayerRole) -> u8 {
    match role {
        LayerRole::Before => 0,
        LayerRole::Unspecified => 1,
        LayerRole::After => 2,
    }
}

/// What a view is called on a card.
pub fn title(layer: &project::Layer) -> String {
    let role = match layer.role {
        LayerRole::Before => "before",
        LayerRole::Unspecified => "",
        LayerRole::After => "after",
    };
    if role.is_empty() || layer.name.eq_ignore_ascii_case(role) {
        return layer.name.clone();
    }
    format!("{role} · {}", layer.name)
}
