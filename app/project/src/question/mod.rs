//! Questions about places and images, with the answer and what it rests on.
//!
//! A [`Question`] is edited like a region and reviewed like one: its author's answer stands where a label stands, and a
//! [`QuestionVote`] is what a second person answers blind. A [`Run`] is what one model answered to questions, asked one
//! way; whether its replies still are to what is asked now is derived from [`Question::asked`] and stored nowhere.

mod answer;
mod review;
mod rules;
mod run;
mod table;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{Author, LayerId, RegionId, ResponseId, VoteId};

pub use answer::Answer;
pub use review::{QuestionItem, QuestionVote, Said, question_queue, question_ratings, question_status};
pub(crate) use rules::violations;
pub use run::{Reply, Run};
pub(crate) use table::Questions;

/// What kind of answer is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    YesNo,
    #[default]
    SingleChoice,
    MultipleChoice,
    /// Any words.
    OpenEnded,
    /// A number, in [`Question::unit`].
    Number,
    /// A place on the map.
    Place,
    /// One or several regions of the map.
    Regions,
}

impl QuestionKind {
    /// Every kind, in the order in which a person is offered them.
    pub const ALL: [Self; 7] = [
        Self::YesNo,
        Self::SingleChoice,
        Self::MultipleChoice,
        Self::OpenEnded,
        Self::Number,
        Self::Place,
        Self::Regions,
    ];

    /// The key in files and JSON.
    pub const fn key(self) -> &'static str {
        match self {
            Self::YesNo => "yes_no",
            Self::SingleChoice => "single_choice",
            Self::MultipleChoice => "multiple_choice",
            Self::OpenEnded => "open_ended",
            Self::Number => "number",
            Self::Place => "place",
            Self::Regions => "regions",
        }
    }

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::YesNo => "Yes or no",
            Self::SingleChoice => "One of several",
            Self::MultipleChoice => "Several of several",
            Self::OpenEnded => "In words",
            Self::Number => "A number",
            Self::Place => "A place on the map",
            Self::Regions => "Regions on the map",
        }
    }

    /// The kind of a key; `None` for a word that is none.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// True where the answer is one or several of the question's options.
    pub const fn is_choice(self) -> bool {
        matches!(self, Self::YesNo | Self::SingleChoice | Self::MultipleChoice)
    }
}

/// Categories that are offered; any other word is one too.
pub const CATEGORIES: [&str; 6] = ["routing", "poi", "nearby", "trip", "counting", "damage"];

/// A part of the map as it was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Left, bottom, right and top in the project's CRS.
    pub bounds: [f64; 4],
    /// The layers that were shown, the lowest first.
    pub layers: Vec<LayerId>,
}

/// One thing that a question and its answer rest on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// What a service answered, as it is kept in the project.
    Response(ResponseId),
    /// A shape of the project. It may be deleted later: a check of evidence then says so.
    Region(RegionId),
    View(View),
    /// An image of a dataset, by the path that its file gives.
    Image(String),
    /// Something that a file names and does not hold.
    Reference(String),
}

/// What is given to whoever answers, as it was edited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What answers of services are called in it, where somebody gave them a name of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub titles: BTreeMap<ResponseId, String>,
}

impl Context {
    fn is_empty(&self) -> bool {
        self.title.is_empty() && self.text.is_empty() && self.titles.is_empty()
    }
}

/// How a question came to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Its author wrote it.
    #[default]
    Written,
    /// A template drafted it.
    Template {
        name: String,
        seed: u64,
        /// What it was drafted about, so that it can be computed again.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        about: Value,
        /// How the answer was computed, for a person to follow.
        computation: String,
    },
    /// A model drafted it.
    Model { name: String, response: Option<ResponseId> },
    /// It was in a file of this form.
    File { form: String },
}

impl Origin {
    fn is_written(&self) -> bool {
        *self == Self::Written
    }

    /// The key in files and JSON.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Template { .. } => "template",
            Self::Model { .. } => "model",
            Self::File { .. } => "file",
        }
    }
}

/// How a question that was timed was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timed {
    /// Looked up and copied by hand, in other programs.
    ByHand,
    /// With the tools of this one.
    WithTool,
}

impl Timed {
    pub const ALL: [Self; 2] = [Self::ByHand, Self::WithTool];

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::ByHand => "By hand",
            Self::WithTool => "With the program",
        }
    }
}

/// A question, its answer, and what both rest on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    pub text: String,
    pub kind: QuestionKind,
    /// What is chosen from; of a question of yes or no usually empty, which means these two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// `None`: nobody has answered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// The unit of a number, such as `m`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// How far off an answer may be and still be right: of a number in its unit, of a place in metres.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tolerance: f64,
    /// One of [`CATEGORIES`] or any word; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    #[serde(default, skip_serializing_if = "Origin::is_written")]
    pub origin: Origin,
    /// Who stands for the answer; a model's is a proposal until a person takes it over.
    pub author: Author,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    /// Seconds spent on it, when they were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// How it was made, where the seconds are part of a comparison of both ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timed: Option<Timed>,
    /// Kept, and in no list, export or score any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// The votes that its author has read and answers with this text: they count no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies_to: Vec<VoteId>,
    /// The identity that its file gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// What its file says beside all that, so that it can be written again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub source: BTreeMap<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

const YES_NO: [&str; 2] = ["Yes", "No"];

impl Question {
    /// An unanswered question of one kind.
    pub fn new(text: &str, kind: QuestionKind, author: Author) -> Self {
        Self {
            text: text.to_owned(),
            kind,
            options: Vec::new(),
            answer: None,
            unit: String::new(),
            tolerance: 0.0,
            category: String::new(),
            context: Context::default(),
            evidence: Vec::new(),
            origin: Origin::Written,
            author,
            at_ms: None,
            seconds: None,
            timed: None,
            deleted: false,
            replies_to: Vec::new(),
            source_id: None,
            source: BTreeMap::new(),
        }
    }

    /// What is chosen from: the options, and “Yes” and “No” where a question of yes or no names none.
    pub fn choices(&self) -> impl ExactSizeIterator<Item = &str> {
        let given = !self.options.is_empty() || self.kind != QuestionKind::YesNo;
        let count = if given { self.options.len() } else { YES_NO.len() };
        (0..count).map(move |i| if given { self.options[i].as_str() } else { YES_NO[i] })
    }

    /// What is asked, as a short text that changes with anything that whoever answers can see: the words, the
    /// options, the context and the evidence. Not with the answer.
    pub fn asked(&self) -> Asked {
        let seen = (
            &self.text,
            self.kind,
            self.choices().collect::<Vec<_>>(),
            (&self.unit, self.tolerance),
            &self.context.text,
            &self.evidence,
        );
        // These values always have a JSON form: `apply` lets no number in that is none.
        let text = serde_json::to_vec(&seen).unwrap_or_default();
        let hash: [u8; 32] = Sha256::digest(&text).into();
        Asked(u128::from_be_bytes(std::array::from_fn(|i| hash[i])))
    }

    /// True when both ask for the same and answer the same, whatever their identities and files.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.asked() == other.asked() && self.answer == other.answer && self.category == other.category
    }

    /// True for what a model drafted and no person has taken over: it is in no export and no score.
    pub fn is_proposal(&self) -> bool {
        self.author.is_model()
    }

    /// The answer in words.
    pub fn answer_text(&self) -> Option<String> {
        self.answer.as_ref().map(|answer| answer.text(self))
    }
}

/// The beginning of a text, on one line, for lists and titles.
pub fn short(text: &str) -> String {
    const MOST: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST {
        return line;
    }
    let cut: String = line.chars().take(MOST - 1).collect();
    format!("{}…", cut.trim_end())
}

/// What was asked, in 128 bits; see [`Question::asked`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asked(u128);

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Asked {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = digits.then(|| u128::from_str_radix(&text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| serde::de::Error::custom("32 hexadecimal digits were expected"))
    }
}
