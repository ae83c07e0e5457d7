//! What holds right now, as far as commands depend on it.

use serde::{Deserialize, Serialize};

use crate::SelectedShapes;

/// The tabs across the top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Workspace {
    #[default]
    Explore,
    Annotate,
    Review,
    Questions,
    Models,
    Datasets,
}

impl Workspace {
    /// Every workspace, from the left.
    pub const ALL: [Self; 6] =
        [Self::Explore, Self::Annotate, Self::Review, Self::Questions, Self::Models, Self::Datasets];

    /// What stands on the tab.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Explore => "Explore",
            Self::Annotate => "Annotate",
            Self::Review => "Review",
            Self::Questions => "Questions",
            Self::Models => "Models",
            Self::Datasets => "Datasets",
        }
    }
}

/// What holds right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    pub has_project: bool,
    /// The project's file cannot be written.
    pub read_only: bool,
    /// Earlier changes could not be saved and wait; no others are taken until they are.
    pub unsaved: bool,
    /// Something is on the map: imagery or regions.
    pub has_map: bool,
    pub regions: usize,
    pub has_schema: bool,
    /// The user has given a name for labels and votes.
    pub has_author: bool,
    pub selected: usize,
    /// What the shapes of the selection are.
    pub shapes: SelectedShapes,
    /// Regions that the table shows.
    pub found: usize,
    /// One of the selected regions has a prediction and no label.
    pub has_prediction: bool,
    /// Cases that came back from review to the user.
    pub returned: usize,
    /// The one selected region is among them.
    pub selection_returned: bool,
    pub can_undo: bool,
    pub can_redo: bool,
    /// An unfinished shape was dropped and can be brought back.
    pub has_dropped_draft: bool,
    /// A case is on the review card.
    pub has_case: bool,
    /// Different days that layers were taken on.
    pub days: usize,
    /// Layers of the project.
    pub layers: usize,
    /// Bands of the layer that is looked at, transparency not counted.
    pub bands: usize,
    /// The image cube is shown, so that it can be hidden.
    pub shows_cube: bool,
    /// There is a plan to go over a layer cell by cell.
    pub has_screening: bool,
    /// A cell of it is in work.
    pub has_cell: bool,
    /// Questions that the list shows.
    pub questions: usize,
    /// A question is in the editor.
    pub has_question: bool,
    /// A model is chosen.
    pub has_model: bool,
    /// A network is being taught.
    pub is_teaching: bool,
    /// A prediction is looked at.
    pub has_proposal: bool,
    /// Views that were kept and can be gone to on this map.
    pub bookmarks: usize,
}

/// An image with fewer bands makes no cube worth turning.
pub const CUBE_BANDS: usize = 4;

/// A condition of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Project,
    Writable,
    Map,
    Regions,
    Schema,
    Author,
    Selection,
    TwoRegions,
    /// The project has two regions.
    TwoInAll,
    /// A selected region has an area.
    Area,
    TwoAreas,
    /// A selected region is no point.
    Edges,
    Hole,
    Parts,
    Found,
    Prediction,
    Returned,
    SelectionReturned,
    Undo,
    Redo,
    DroppedDraft,
    Case,
    TwoLayers,
    ManyBands,
    Days,
    Bookmarks,
    Screening,
    Cell,
    Questions,
    Question,
    Model,
    Teaching,
    Proposal,
}

impl Need {
    /// The reason, when the condition does not hold.
    pub(super) fn unmet(self, s: &Situation) -> Option<&'static str> {
        let (holds, reason) = match self {
            Self::Project => (s.has_project, "Open or create a project first"),
            Self::Writable if s.unsaved => (false, "Earlier changes wait to be saved first"),
            Self::Writable => (!s.read_only, "The project is open for reading only"),
            Self::Map => (s.has_map, "There is nothing on the map yet"),
            Self::Regions => (s.regions > 0, "There are no regions yet"),
            Self::Schema => (s.has_schema, "The project has no classes yet"),
            Self::Author => (s.has_author, "Say who you are first"),
            Self::Selection => (s.selected > 0, "Select a region first"),
            Self::TwoRegions => (s.selected > 1, "Select two regions or more"),
            Self::TwoInAll => (s.regions > 1, "There must be two regions to relate"),
            Self::Area => (s.shapes.areas > 0, "Select a region that has an area"),
            Self::TwoAreas => (s.shapes.areas > 1, "Select two regions or more that have an area"),
            Self::Edges => (s.shapes.edged > 0, "A point has no edges"),
            Self::Hole => (s.shapes.has_hole, "The selection has no hole"),
            Self::Parts => (s.shapes.has_parts, "No selected region has several parts"),
            Self::Found => (s.found > 0, "Find some regions first"),
            Self::Prediction => (s.has_prediction, "The selection has no prediction to accept"),
            Self::Returned => (s.returned > 0, "Nothing came back from review to you"),
            Self::SelectionReturned => {
                (s.selection_returned, "Select one region that came back from review to you")
            }
            Self::Undo => (s.can_undo, "There is nothing to undo"),
            Self::Redo => (s.can_redo, "There is nothing to redo"),
            Self::DroppedDraft => (s.has_dropped_draft, "Nothing was dropped"),
            Self::Case => (s.has_case, "No case is on the card"),
            Self::Questions => (s.questions > 0, "There are no questions yet"),
            Self::Question => (s.has_question, "Choose or begin a question first"),
            Self::Model => (s.has_model, "Choose a model first, or teach one"),
            Self::Teaching => (s.is_teaching, "No network is being taught"),
            Self::Proposal => (s.has_proposal, "No prediction waits to be looked at"),
            Self::Days => (
                s.days > 1,
                "Two layers must have a day: set it in the menu of a layer where the file does not say it",
            ),
            Self::TwoLayers => (s.layers > 1, "Add a second layer to compare with"),
            Self::ManyBands => {
                (s.bands >= CUBE_BANDS || s.shows_cube, "Choose a layer with at least 4 bands")
            }
            Self::Screening => (s.has_screening, "Plan a screening first, in the Screening panel"),
            Self::Cell => (s.has_cell, "Go to a cell of the screening first"),
            Self::Bookmarks => (s.bookmarks > 0, "No view of this map was kept yet"),
        };
        (!holds).then_some(reason)
    }
}
