//! What a tool asks for, and the unfinished ring that outlives a crash.

use std::sync::Arc;

use geo::{LineString, MultiPolygon};
use project::{ClassCode, Edit, LayerId, RegionId};
use serde::{Deserialize, Serialize};
use spatial::WorldPoint;

use crate::{BoxForm, PathForm, Reshape, Selection, ToolContext};

/// What a tool asks the program to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Apply and journal it. It was built from the project that the tool was shown.
    Edit(Edit),
    /// The selection is now this.
    Select(Selection),
    /// Tell the user at the tool, not in a dialog.
    Notice(String),
    /// Put this text on the clipboard.
    Copy(String),
    /// Keep this in case of a crash; `None`: nothing is unfinished any more.
    Draft(Option<Draft>),
    /// The user gave this up; keep it until they bring it back ([`Tool::resume`](crate::Tool::resume)) or
    /// finish another.
    Dropped(Draft),
    /// Change the shapes of the selection; it may take a while.
    Reshape(Reshape),
    /// Cut very many regions along a line, or take what it encloses out of them; it may take a while.
    Cut { regions: Arc<Vec<RegionId>>, path: LineString<f64>, out: bool },
    /// Delete the selection, which is so much that it may take a while.
    Delete,
    /// The spectrum of the pixel here is wanted.
    Spectrum(WorldPoint),
    /// Make regions of what was learnt from scribbles.
    Propose,
    /// Ask how one region stands to another.
    Relate { from: RegionId, to: RegionId },
}

/// Regions of a selection that a tool changes by itself; more are changed by the program.
pub(crate) const AT_ONCE: usize = 1_000;

/// Something unfinished: a path (a polygon, a line, a cut), or what another tool draws.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Corners or places so far, or where the hand went, in world units, not closed.
    pub ring: Vec<WorldPoint>,
    /// What was being drawn, where that is a path.
    #[serde(default, skip_serializing_if = "PathForm::is_polygon")]
    pub form: PathForm,
    /// What was being drawn, where that is no path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Unfinished>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassCode>,
}

impl Draft {
    /// Places so far, with the layer and the class that are drawn with.
    pub(crate) fn new(ctx: &ToolContext, ring: Vec<WorldPoint>, other: Option<Unfinished>) -> Self {
        Self { ring, form: PathForm::default(), other, layer: ctx.layer, class: ctx.class.cloned() }
    }
}

/// What a tool had begun that goes along no path of corners.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unfinished {
    Box(BoxForm),
    /// Drawn by hand.
    Freehand,
    Brush {
        /// What is painted on; `None`: a new region.
        region: Option<RegionId>,
        /// What the region would be.
        area: MultiPolygon<f64>,
    },
}
