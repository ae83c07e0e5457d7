//! A screening as the window goes through it, as plain values: the plan, the cell in work, what was on screen and is not
//! in the journal yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use geo::Intersects as _;
use project::screening::{CellNumber, CellPath, CellState, Cells, Progress, Screening, Seen, Standing};
use project::{Author, LayerId, ScreeningId};
use spatial::{Placement, Viewport, WorldPoint};

use crate::state::State;

/// Below this share of a cell it is asked whether it was really looked at.
pub const ENOUGH: f64 = 0.95;

/// What a panel of the screening asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum ScreeningAsk {
    Choose(ScreeningId),
    /// The cell to work on.
    Go(CellNumber),
    /// What is typed into the form of a new plan; `None` closes it.
    Draft(Option<Draft>),
    Plan,
    Remove(ScreeningId),
    /// Whose coverage is shown; `None`: everybody's.
    CoverageOf(Option<Author>),
}

/// The form of a new plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub name: String,
    pub layer: LayerId,
    pub cell_px: u32,
    pub overlap_percent: u32,
    pub path: CellPath,
    pub times: u32,
    /// Only cells that meet the selected regions.
    pub selected_only: bool,
}

/// What follows from the plan and the journal.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: ScreeningId,
    pub plan: Arc<Screening>,
    pub cells: Cells,
    pub progress: Progress,
    pub visits: u64,
}

/// The cell in work, and how much time at work there had been when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InWork {
    pub cell: CellNumber,
    pub since: Duration,
}

/// What was said of the cell although not all of it was seen; said once more it is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doubt {
    pub state: CellState,
    pub share: f64,
}

/// What was seen at full resolution, as a picture over the map.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    pub shown: bool,
    /// `None`: everybody's.
    pub of: Option<Author>,
    pub picture: Option<CoveragePicture>,
}

/// The picture, and what it was made of.
#[derive(Clone)]
pub struct CoveragePicture {
    pub key: CoverageKey,
    pub texture: egui::TextureHandle,
    /// Pixels of the layer that the whole picture spans.
    pub span_px: [f64; 2],
    /// The most members that saw one place.
    pub most: u8,
}

impl std::fmt::Debug for CoveragePicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CoveragePicture").field("key", &self.key).finish_non_exhaustive()
    }
}

/// What a picture of the coverage holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageKey {
    pub id: ScreeningId,
    pub visits: u64,
    /// What the member saw since.
    pub since: Vec<(CellNumber, Seen)>,
    pub of: Option<Author>,
    pub dark: bool,
}

/// The screening in the window.
#[derive(Debug, Default)]
pub struct Desk {
    pub chosen: Option<ScreeningId>,
    pub known: Option<Known>,
    pub work: Option<InWork>,
    /// What was on screen and is not in the journal yet.
    pub unsaved: BTreeMap<CellNumber, Seen>,
    /// The view and since when it has not moved, and whether what it shows was taken down.
    pub still: Option<(Viewport, Instant, bool)>,
    pub doubt: Option<Doubt>,
    pub coverage: Coverage,
    pub draft: Option<Draft>,
    /// Cells without data are being looked for.
    pub planning: bool,
}

impl Desk {
    /// The cell in work.
    pub fn cell(&self) -> Option<CellNumber> {
        self.work.map(|work| work.cell)
    }
}

/// What the member who sits here saw and says of a cell, as far as the journal knows.
pub fn own(state: &State, cell: CellNumber) -> Option<Standing> {
    let known = state.screening.known.as_ref()?;
    state.content()?.standing(known.id, cell, &state.author())
}

/// What the member saw of a cell, now or ever.
pub fn seen(state: &State, cell: CellNumber) -> Seen {
    let before = own(state, cell).map(|standing| standing.seen).unwrap_or_default();
    before.or(state.screening.unsaved.get(&cell).copied().unwrap_or_default())
}

/// How much of a cell the member has seen, 0 to 1.
pub fn share(state: &State, cell: CellNumber) -> f64 {
    state.screening.known.as_ref().map_or(0.0, |known| known.plan.share(cell, seen(state, cell)))
}

/// Where the layer of the plan lies on the map, where it is open and seen.
pub fn placement(state: &State) -> Option<&Placement> {
    let known = state.screening.known.as_ref()?;
    let layer = state.layers.get(&known.plan.layer).filter(|layer| layer.visible)?;
    Some(&layer.view()?.placement)
}

/// The corners of a cell on the map, going round from the upper left of the image.
pub fn outline(state: &State, cell: CellNumber) -> Option<[WorldPoint; 4]> {
    let [left, top, right, bottom] = state.screening.known.as_ref()?.cells.grid.rect(cell).map(f64::from);
    let placement = placement(state)?;
    let at = |x: f64, y: f64| placement.world_from_image((x, y).into());
    Some([at(left, top)?, at(right, top)?, at(right, bottom)?, at(left, bottom)?])
}

/// What is suggested of the cell in work: what was said of it already, else done where there are regions in it, and
/// empty where there are none.
pub fn suggestion(state: &State) -> Option<CellState> {
    let cell = state.screening.cell()?;
    let said = own(state, cell).and_then(|standing| standing.state).filter(|state| state.is_settled());
    if said.is_some() {
        return said;
    }
    let corners = outline(state, cell)?;
    let ring: Vec<WorldPoint> = corners.into_iter().chain([corners[0]]).collect();
    let polygon = geo::Polygon::new(ring.into(), Vec::new());
    let bounds = geo::BoundingRect::bounding_rect(&polygon)?;
    let project = state.shown()?;
    let is_inside = project.regions_in(bounds).any(|(_, region)| region.geometry.intersects(&polygon));
    Some(if is_inside { CellState::Done } else { CellState::Empty })
}

/// What is on screen, in pixels of the plan's layer: the corners of the map, going round.
pub fn in_view(placement: &Placement, camera: &Viewport) -> Option<[geo::Coord<f64>; 4]> {
    let [w, h] = camera.size_px;
    let at = |x: f64, y: f64| placement.image_from_world(camera.world_from_screen((x, y).into()));
    Some([at(0.0, 0.0)?, at(w, 0.0)?, at(w, h)?, at(0.0, h)?])
}

/// Screen pixels that one pixel of the image has in the middle of the map.
pub fn magnification(placement: &Placement, camera: &Viewport) -> Option<f64> {
    let middle = placement.image_from_world(camera.center)?;
    Some(placement.pixel_size_at(middle)? / camera.resolution)
}

/// The box around points of an image: left, top, right, bottom.
pub fn around(points: &[geo::Coord<f64>]) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    points.iter().fold(start, |[l, t, r, b], p| [l.min(p.x), t.min(p.y), r.max(p.x), b.max(p.y)])
}
