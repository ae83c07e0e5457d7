//! The panels around the map, by name.

use serde::{Deserialize, Serialize};

use super::Workspace;

/// A panel that stands beside the map or the card, or floats over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pane {
    Layers,
    Bands,
    Region,
    Classes,
    Filmstrip,
    Table,
    Queue,
    Votes,
    Agreement,
    Work,
    Remarks,
    Rules,
    History,
    Bookmarks,
    Spectra,
    Products,
    Alignment,
    Cube,
    Screening,
    Questions,
    Inquiry,
    Evidence,
    Question,
    Scores,
    Models,
    Teach,
    Learning,
    Proposals,
    Similar,
}

impl Pane {
    /// Every panel, in the order of menus.
    pub const ALL: [Self; 29] = [
        Self::Layers,
        Self::Bands,
        Self::Region,
        Self::Classes,
        Self::Filmstrip,
        Self::Table,
        Self::Queue,
        Self::Votes,
        Self::Agreement,
        Self::Work,
        Self::Remarks,
        Self::Rules,
        Self::History,
        Self::Bookmarks,
        Self::Spectra,
        Self::Products,
        Self::Alignment,
        Self::Cube,
        Self::Screening,
        Self::Questions,
        Self::Inquiry,
        Self::Evidence,
        Self::Question,
        Self::Scores,
        Self::Models,
        Self::Teach,
        Self::Learning,
        Self::Proposals,
        Self::Similar,
    ];

    /// What stands on its tab.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Layers => "Layers",
            Self::Bands => "Bands & stretch",
            Self::Region => "Region",
            Self::Classes => "Classes",
            Self::Filmstrip => "Filmstrip",
            Self::Table => "Table",
            Self::Queue => "Queue",
            Self::Votes => "Case",
            Self::Agreement => "Agreement",
            Self::Work => "Work",
            Self::Remarks => "Comments",
            Self::Rules => "Rules",
            Self::History => "History",
            Self::Bookmarks => "Bookmarks",
            Self::Spectra => "Spectra",
            Self::Products => "Products",
            Self::Alignment => "Alignment",
            Self::Cube => "Image cube",
            Self::Screening => "Screening",
            Self::Questions => "Questions",
            Self::Inquiry => "Ask",
            Self::Evidence => "Evidence",
            Self::Question => "Question",
            Self::Scores => "Scores",
            Self::Models => "Models",
            Self::Teach => "Teach",
            Self::Learning => "Learning",
            Self::Proposals => "Proposals",
            Self::Similar => "Similar",
        }
    }

    /// Its name in preferences and command keys.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Layers => "layers",
            Self::Bands => "bands",
            Self::Region => "region",
            Self::Classes => "classes",
            Self::Filmstrip => "filmstrip",
            Self::Table => "table",
            Self::Queue => "queue",
            Self::Votes => "votes",
            Self::Agreement => "agreement",
            Self::Work => "work",
            Self::Remarks => "remarks",
            Self::Rules => "rules",
            Self::History => "history",
            Self::Bookmarks => "bookmarks",
            Self::Spectra => "spectra",
            Self::Products => "products",
            Self::Alignment => "alignment",
            Self::Cube => "cube",
            Self::Screening => "screening",
            Self::Questions => "questions",
            Self::Inquiry => "inquiry",
            Self::Evidence => "evidence",
            Self::Question => "question",
            Self::Scores => "scores",
            Self::Models => "models",
            Self::Teach => "teach",
            Self::Learning => "learning",
            Self::Proposals => "proposals",
            Self::Similar => "similar",
        }
    }

    /// The only workspace that it belongs to; `None`: it can stand in any.
    pub const fn home(self) -> Option<Workspace> {
        match self {
            Self::Layers
            | Self::Bands
            | Self::Region
            | Self::Classes
            | Self::Table
            | Self::History
            | Self::Remarks
            | Self::Spectra
            | Self::Bookmarks
            | Self::Alignment
            | Self::Products
            | Self::Similar
            | Self::Cube => None,
            Self::Filmstrip | Self::Screening => Some(Workspace::Annotate),
            Self::Queue | Self::Votes | Self::Agreement | Self::Work | Self::Rules => Some(Workspace::Review),
            Self::Questions | Self::Inquiry | Self::Evidence | Self::Question | Self::Scores => {
                Some(Workspace::Questions)
            }
            Self::Models | Self::Teach | Self::Learning | Self::Proposals => Some(Workspace::Models),
        }
    }

    /// True when it can stand in this workspace.
    pub fn belongs_to(self, workspace: Workspace) -> bool {
        self.home().is_none_or(|home| home == workspace)
    }

    /// True when it floats over the map instead of standing beside it.
    pub const fn floats(self) -> bool {
        matches!(self, Self::Filmstrip)
    }
}
