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
pub const AT_ONCE: usize = 20_000;

const AS_LINE: &str =
    "Each corner of this line is moved by itself. Show regions as drawn (Shift+D) to change it.";
const AS_NEW: &str = "Show regions as drawn (Shift+D) to make new ones of these.";

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
    match edit {
        Edit::Batch { title, edits } => {
            let edits = edits.into_iter().map(|edit| of_what_is_drawn(content, view, edit));
            Ok(Edit::Batch { title, edits: edits.collect::<Result<_, _>>()? })
        }
        Edit::Region(mut change) => {
            let (drawn, shown) = (content.region(change.id), view.project().region(change.id));
            let (Some(drawn), Some(shown)) = (drawn, shown) else {
                let moves = |region: &Arc<Region>| view.alignment().moved(region).is_some();
                let would_move = change.after.as_ref().is_some_and(moves);
                return if would_move { Err(AS_NEW) } else { Ok(Edit::Region(change)) };
            };
            if drawn.geometry == shown.geometry || change.before.as_ref() != Some(shown) {
                return Ok(Edit::Region(change));
            }
            if let Some(after) = &mut change.after {
                let geometry = if after.geometry == shown.geometry {
                    drawn.geometry.clone()
                } else {
                    let back = view.alignment().drawn(drawn, &shown.geometry, &after.geometry);
                    back.ok_or(AS_LINE)?
                };
                *after = Arc::new(Region { geometry, ..(**after).clone() });
            }
            change.before = Some(Arc::clone(drawn));
            Ok(Edit::Region(change))
        }
        other => Ok(other),
    }
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
