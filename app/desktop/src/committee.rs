//! What is said, handed out and ruled in review: what panels ask for, and what they were filled in with.

use std::sync::Arc;

use project::assignment::{Choice, Known};
use project::remark::Pin;
use project::review::{Outline, Rule, Stage};
use project::{AssignmentId, Author, RegionId, RemarkId};

/// Which cases are handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// What waits at the stage.
    #[default]
    Waiting,
    Every,
    Selected,
    /// The rows of the table, as its condition has them.
    Table,
    /// A list that the project keeps, by its name.
    List(String),
}

impl From {
    /// Every source but the lists that the project keeps.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Every, Self::Selected, Self::Table];

    /// What a person reads.
    pub fn text(&self) -> String {
        match self {
            Self::Waiting => "what waits".to_owned(),
            Self::Every => "every case".to_owned(),
            Self::Selected => "what is chosen".to_owned(),
            Self::Table => "what the table shows".to_owned(),
            Self::List(name) => format!("the list “{name}”"),
        }
    }
}

/// What a person reads of how cases are chosen.
pub const fn choice_text(choice: Choice) -> &'static str {
    match choice {
        Choice::All => "All of them",
        Choice::Random(_) => "Some, by chance",
        Choice::Stratified(_) => "Some of each class",
        Choice::Uncertain(_) => "The least certain",
    }
}

/// Work to be handed out, as the form has it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanForm {
    pub name: String,
    pub stage: Stage,
    pub from: From,
    /// How many of them, and which.
    pub take: Choice,
    pub members: Vec<Author>,
    pub times: usize,
    /// Side of the areas that are dealt out; none: case by case.
    pub side: Option<f64>,
    /// Hours until what is not done is free; none: never.
    pub hours: Option<f64>,
    /// Cases with their answers, mixed in.
    pub known: Option<Arc<Known>>,
}

/// What a panel asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum CommitteeAsk {
    /// Something is said about a case or a place.
    Say {
        on: Pin,
        text: String,
    },
    Reply {
        thread: RemarkId,
        text: String,
    },
    Resolve {
        thread: RemarkId,
        resolved: bool,
    },
    /// What names the member is on the screen.
    Heard(Vec<RemarkId>),
    /// Show what a thread is about.
    Show(Pin),
    Rule(Box<Rule>),
    ImportRules,
    ExportRules,
    /// Fill in what is to be handed out; `None`: never mind.
    Form(Option<Box<PlanForm>>),
    HandOut,
    /// Choose a table of cases whose answer is known.
    ChooseKnown,
    Release(AssignmentId),
    TakeBack(AssignmentId),
    /// The outline that goes with the next verdict is dropped.
    DropOutline,
}

/// What the panels of the committee show beside the project.
#[derive(Clone, Debug, Default)]
pub struct Committee {
    pub form: Option<Box<PlanForm>>,
    /// The form's cases are being chosen and dealt.
    pub is_dealing: bool,
    /// The case whose outline is being drawn, as the member sees it.
    pub drawing: Option<RegionId>,
    /// The outline that goes with the next verdict on a case.
    pub outline: Option<(RegionId, Arc<Outline>)>,
    /// Answers that this computer's lead knows, and of which project.
    pub known: Option<(std::path::PathBuf, Arc<Known>)>,
}

impl Committee {
    /// The outline that goes with a verdict on a case.
    pub fn outline_of(&self, case: RegionId) -> Option<&Arc<Outline>> {
        self.outline.as_ref().filter(|(of, _)| *of == case).map(|(_, outline)| outline)
    }
}
