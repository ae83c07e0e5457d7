//! Questions as the window shows them: the list, what is looked for, and the one in the editor.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use project::question::{Answer, Evidence, Said, Timed};
use project::{Question, QuestionId, Seq};
use questions::{Check, Evaluation, Filter, Form, Index, Template};

/// The list of questions and the one in work.
#[derive(Debug, Default)]
pub struct Desk {
    pub index: Index,
    /// The project and the state of its journal that the index is of.
    pub(crate) of: Option<(PathBuf, Seq, u64)>,
    pub filter: Filter,
    /// What the filter lets through, in the order of the project.
    pub found: Vec<QuestionId>,
    pub categories: Vec<(String, usize)>,
    /// The question in the editor; `None`: it is new, or there is none.
    pub chosen: Option<QuestionId>,
    /// The question in the editor as it stands there.
    pub draft: Option<Question>,
    /// As the project had it when it came into the editor.
    pub(crate) before: Option<Arc<Question>>,
    /// What the evidence says of the answer in the editor, once that was looked at.
    pub check: Option<Check>,
    /// What that is of: the question, the state of the journal, and how many of the answers that it cites were read.
    pub(crate) checked: Option<(Question, (Seq, u64), usize)>,
    /// What the member answers to a question of somebody else, before they see the answer.
    pub own: Option<Answer>,
    /// Why they reject it.
    pub reason: String,
    /// How questions are to be drafted, while that is asked for.
    pub drafting: Option<Drafting>,
    /// How good the models are that answered, once somebody looks.
    pub evaluation: Option<Arc<Evaluation>>,
    /// The state of the journal that it is of.
    pub(crate) evaluated: Option<(Seq, u64)>,
    /// How questions are made that are timed now, and how much time at work there was when this one was begun.
    pub timer: Option<Timer>,
    /// Frames in which the list moves to the question in the editor.
    pub reveal: u8,
}

/// Times questions, one after the other, for a comparison of both ways to make them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    pub how: Timed,
    /// Time at work when the question in the editor was begun; `None`: none was.
    pub since: Option<Duration>,
}

/// How questions are to be drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drafting {
    pub template: Option<Template>,
    pub count: u32,
    pub seed: u64,
    pub accepted: bool,
    /// Not by templates: a model is asked.
    pub with_model: bool,
}

impl Default for Drafting {
    fn default() -> Self {
        Self { template: None, count: 20, seed: 0, accepted: false, with_model: false }
    }
}

/// What the panels of questions ask for.
#[derive(Clone, Debug)]
pub enum QuestionAsk {
    Filter(Filter),
    Choose(QuestionId),
    /// The question in the editor is this now.
    Edit(Box<Question>),
    /// Give up what was changed in the editor.
    Discard,
    Cite(Evidence),
    /// Show on the map what a piece of evidence is.
    Show(usize),
    /// The context says what is in the view.
    Describe,
    /// The middle of the map is the answer.
    MiddleOfMap,
    /// The selected regions are the answer.
    SelectionIsAnswer,
    /// What the member would answer.
    Own(Option<Answer>),
    Reason(String),
    Vote(Said),
    /// Time the questions that are begun from now on, or none.
    Timer(Option<Timed>),
    Drafting(Option<Drafting>),
    DraftNow,
    Export(Form),
}

impl Desk {
    /// True when the editor holds what the project does not.
    pub fn is_changed(&self) -> bool {
        match (&self.draft, &self.before) {
            (Some(draft), Some(before)) => *draft != **before,
            (Some(draft), None) => !draft.text.trim().is_empty(),
            _ => false,
        }
    }

    /// Where the question in the editor is in the list.
    pub fn place(&self) -> Option<usize> {
        let chosen = self.chosen?;
        self.found.iter().position(|id| *id == chosen)
    }
}
