//! Where regions are shown: on which layer, moved by its adjustments or as drawn. Derived from the project; never
//! in a file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use dataset::{AdjustmentFile, Order, OrderGuess, Suggestion};
use jobs::JobId;
use project::alignment::{AlignedView, Alignment, MethodErrors, Report, errors_of_methods, report};
use project::{AdjustmentId, Edit, LayerId, Project, Region};
use spatial::align::Method;

use crate::state::State;

/// More regions than this are moved beside the window.
pub const AT_ONCE: usize = 2_000;

const NOWHERE: &str = "The layer's adjustments would show a part of this elsewhere, wherever it is drawn. Show regions as \
                       drawn (Shift+D) to change it.";

/// The adjustments of one layer, ready to move regions; or why its method cannot be used.
pub type Fitted = Result<Arc<Alignment>, String>;

/// What is known of the alignment of a layer, in numbers.
#[derive(Clone, Debug)]
pub struct Figures {
    /// What they hold for.
    pub stamp: u64,
    pub layer: LayerId,
    pub report: Report,
    pub errors: Vec<MethodErrors>,
}

impl Figures {
    /// Computes them; meant for a job.
    pub fn of(project: &Project, alignment: &Alignment, stamp: u64) -> Self {
        let layer = alignment.layer();
        let errors = errors_of_methods(project, layer, alignment.metres_per_px());
        let mut report = report(project, alignment);
        // The panel shows numbers about all of them.
        report.regions.clear();
        Self { stamp, layer, report, errors }
    }
}

/// A file of adjustments that waits for a word.
#[derive(Clone, Debug)]
pub struct Offer {
    pub path: PathBuf,
    pub layer: LayerId,
    pub file: Arc<AdjustmentFile>,
    pub guess: OrderGuess,
    pub order: Order,
    /// The layer's adjustments go.
    pub replace: bool,
}

/// Where regions are shown.
#[derive(Clone, Debug, Default)]
pub struct Aligning {
    /// Regions are shown as drawn.
    pub as_drawn: bool,
    /// Every layer of the project.
    pub of_layers: BTreeMap<LayerId, Fitted>,
    /// The layer that regions are shown on.
    pub layer: Option<LayerId>,
    /// Its adjustments at work; none of them where its method cannot be used.
    pub current: Option<Arc<Alignment>>,
    /// The project as that layer shows it; `None` where nothing moves.
    pub view: Option<AlignedView>,
    /// Counts what changes how far anything moves.
    pub stamp: u64,
    pub figures: Option<Arc<Figures>>,
    pub offer: Option<Offer>,
    /// Footprints are being looked for in the image.
    pub looking: Option<JobId>,
    /// What was found there, the one that is shown first.
    pub suggestions: Vec<Suggestion>,
}

impl Aligning {
    /// The project as it is to be looked at, where that is not as drawn.
    pub fn shown(&self) -> Option<&Project> {
        self.view.as_ref().filter(|_| !self.as_drawn).map(AlignedView::project)
    }

    /// Why the layer's method cannot be used.
    pub fn unusable(&self) -> Option<&str> {
        self.of_layers.get(&self.layer?)?.as_ref().err().map(String::as_str)
    }
}

/// The adjustments of a layer by its method, or of none where the method cannot be used.
pub fn fit(project: &Project, layer: LayerId) -> Fitted {
    Alignment::of(project, layer).map(Arc::new).map_err(|e| e.to_string())
}

/// A layer without adjustments: what the align tool draws the first one on.
pub fn bare(project: &Project, layer: LayerId) -> Option<Arc<Alignment>> {
    Alignment::through(project, layer, Method::Nearest, &[]).map(Arc::new).ok()
}

/// A region as a layer shows it: what a view of that layer draws.
pub fn on_layer(state: &State, layer: LayerId, region: &Region) -> Option<geo::Geometry<f64>> {
    let aligning = &state.alignment;
    let fitted = aligning.of_layers.get(&layer).filter(|_| !aligning.as_drawn)?;
    fitted.as_ref().ok()?.shape(region)
}

/// The arrow that is chosen.
pub fn chosen(state: &State) -> Option<AdjustmentId> {
    match &state.tool {
        editing::Tool::Align(tool) => tool.chosen(),
        _ => None,
    }
}

/// An edit that a tool made of what is shown, as the edit of what is drawn.
pub fn of_what_is_drawn(content: &Project, view: &AlignedView, edit: Edit) -> Result<Edit, &'static str> {
    let is_cut = makes_what_moves(content, view, &edit);
    taken_back(content, view, edit, is_cut)
}

/// True where regions are made that adjustments move, such as the pieces of one that is cut.
fn makes_what_moves(content: &Project, view: &AlignedView, edit: &Edit) -> bool {
    match edit {
        Edit::Batch { edits, .. } => edits.iter().any(|edit| makes_what_moves(content, view, edit)),
        Edit::Region(change) if content.region(change.id).is_none() => {
            change.after.as_ref().is_some_and(|region| view.alignment().moved(region).is_some())
        }
        _ => false,
    }
}

/// `is_cut`: what is left of a region is shown exactly where it was cut, though another arrow may move it now.
fn taken_back(content: &Project, view: &AlignedView, edit: Edit, is_cut: bool) -> Result<Edit, &'static str> {
    let alignment = view.alignment();
    match edit {
        Edit::Batch { title, edits } => {
            let edits = edits.into_iter().map(|edit| taken_back(content, view, edit, is_cut));
            Ok(Edit::Batch { title, edits: edits.collect::<Result<_, _>>()? })
        }
        Edit::Region(mut change) => {
            let (drawn, shown) = (content.region(change.id), view.project().region(change.id));
            let anew =
                |region: &Region| alignment.drawn_anew(&region.source, &region.geometry).ok_or(NOWHERE);
            let (Some(drawn), Some(shown)) = (drawn, shown) else {
                if let Some(region) = &mut change.after
                    && alignment.moved(region).is_some()
                {
                    *region = Arc::new(Region { geometry: anew(region)?, ..(**region).clone() });
                }
                return Ok(Edit::Region(change));
            };
            if drawn.geometry == shown.geometry || change.before.as_ref() != Some(shown) {
                return Ok(Edit::Region(change));
            }
            if let Some(after) = &mut change.after {
                let geometry = if after.geometry == shown.geometry {
                    drawn.geometry.clone()
                } else {
                    let back = alignment.drawn(drawn, &shown.geometry, &after.geometry);
                    let back = back.filter(|back| !is_cut || is_shown_as(view, after, back));
                    back.map_or_else(|| anew(after), Ok)?
                };
                *after = Arc::new(Region { geometry, ..(**after).clone() });
            }
            change.before = Some(Arc::clone(drawn));
            Ok(Edit::Region(change))
        }
        other => Ok(other),
    }
}

/// True where a shape that is drawn like this is shown as it is to be, to a thousandth of a pixel.
fn is_shown_as(view: &AlignedView, wanted: &Region, drawn: &geo::Geometry<f64>) -> bool {
    use geo::CoordsIter as _;
    let region = Region { geometry: drawn.clone(), ..wanted.clone() };
    let shown = view.alignment().shape(&region).unwrap_or(region.geometry);
    let pixels = |shape: &geo::Geometry<f64>| view.alignment().in_pixels(shape);
    let (Some(now), Some(wanted)) = (pixels(&shown), pixels(&wanted.geometry)) else { return false };
    let far = |(a, b): (geo::Coord<f64>, geo::Coord<f64>)| (a.x - b.x).hypot(a.y - b.y) > 1e-3;
    now.coords_count() == wanted.coords_count() && !now.coords_iter().zip(wanted.coords_iter()).any(far)
}

/// What panels ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AlignAsk {
    /// The layer's own method from now on.
    Method(Method),
    AsDrawn(bool),
    Choose(Option<AdjustmentId>),
    Delete(AdjustmentId),
    /// Ask for a file of adjustments.
    Import,
    Export,
    /// How the waiting file is to be read.
    Order(Order),
    Replace(bool),
    /// Take the waiting file, or leave it.
    Take,
    Leave,
    /// Look for the footprints in view in the image.
    Suggest,
    /// Take what is suggested, or go on without it.
    Accept,
    Skip,
    SkipAll,
}
