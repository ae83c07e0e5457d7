//! Outlines as members see them, over the one that the region has.

use geo::{BoundingRect as _, Geometry, Translate as _};
use project::RegionId;
use project::review::Outline;
use renderer::ShapeStyle;

use crate::state::State;

/// The outlines that a member may see on a case: those of votes that are open to them, and what they have drawn and not
/// cast yet.
pub(crate) fn of(state: &State, case: RegionId) -> Vec<&Outline> {
    let Some(project) = state.content() else { return Vec::new() };
    let member = state.author();
    let cast = project.votes_visible_to(&member, case).into_iter().filter_map(|vote| vote.shape.as_deref());
    let drawn = state.committee.outline_of(case).map(AsRef::as_ref);
    cast.chain(drawn).collect()
}

/// An outline that was drawn beside one place of its region, beside another: a layer may show the region elsewhere than
/// it is drawn.
pub(crate) fn placed(outline: &Geometry<f64>, from: &Geometry<f64>, to: &Geometry<f64>) -> Geometry<f64> {
    let middle = |geometry: &Geometry<f64>| geometry.bounding_rect().map(geo::Rect::center);
    match (middle(from), middle(to)) {
        (Some(a), Some(b)) if a != b => outline.translate(b.x - a.x, b.y - a.y),
        _ => outline.clone(),
    }
}

/// The ghosts of the selected region, where it is back with the member, as the map shows the region.
pub(crate) fn on_map(state: &State) -> Vec<Geometry<f64>> {
    let back = |id: &RegionId| state.project.as_ref().is_some_and(|open| open.returned.contains(*id));
    let Some(id) = state.selection.primary().filter(back) else { return Vec::new() };
    let regions = state.content().and_then(|p| p.region(id)).zip(state.shown().and_then(|p| p.region(id)));
    let Some((drawn, shown)) = regions else { return Vec::new() };
    let ghosts = of(state, id);
    ghosts.iter().map(|ghost| placed(&ghost.geometry, &drawn.geometry, &shown.geometry)).collect()
}

/// Dashed, in the colour of what is said against something.
pub(crate) fn style(state: &State) -> ShapeStyle {
    let scale = state.pixels_per_point;
    ShapeStyle {
        fill: [0; 4],
        hatch: renderer::Hatch::None,
        hatch_color: [0; 4],
        outline: state.theme.color.warning.to_array(),
        width_px: 2.0 * scale,
        casing: state.theme.color.map_casing.to_array(),
        casing_px: 1.5 * scale,
        dashed: true,
    }
}
