//! What a tool asks for, and the unfinished ring that outlives a crash.

use project::{ClassCode, Edit, LayerId, RegionId};
use serde::{Deserialize, Serialize};
use spatial::WorldPoint;

use crate::{PathForm, Selection};

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
    /// The spectrum of the pixel here is wanted.
    Spectrum(WorldPoint),
    /// Ask how one region stands to another.
    Relate { from: RegionId, to: RegionId },
}

/// An unfinished path: a polygon, a line, a cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Corners so far, in world units, not closed.
    pub ring: Vec<WorldPoint>,
    /// What was being drawn.
    #[serde(default, skip_serializing_if = "PathForm::is_polygon")]
    pub form: PathForm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassCode>,
}
