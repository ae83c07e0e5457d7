//! What somebody says a region is.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{LabelId, LayerId, RegionId, VoteId, words};

/// Who wrote something: a member's name, `model:<id>` for predictions, or `fused:<method>` for what members say
/// together, which is a proposal too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Author(Arc<str>);

const FUSED: &str = "fused:";

impl Author {
    /// Surrounding white space is dropped.
    pub fn new(name: &str) -> Self {
        Self(words::shared(name.trim()))
    }

    pub fn name(&self) -> &str {
        &self.0
    }

    /// Who proposes what a method of fusion makes of the members' votes.
    pub fn fused(method: &str) -> Self {
        Self::new(&format!("{FUSED}{method}"))
    }

    /// True for a model or a fusion: what it says is a prediction, never a label until somebody accepts it.
    pub fn is_model(&self) -> bool {
        self.0.starts_with("model:") || self.is_fused()
    }

    /// True for a fusion of votes.
    pub fn is_fused(&self) -> bool {
        self.0.starts_with(FUSED)
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Author {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Author {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        words::read(deserializer).map(Self)
    }
}

/// The code of a class in the project's schema, such as `no damage`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassCode(Arc<str>);

impl ClassCode {
    pub fn new(code: &str) -> Self {
        Self(words::shared(code))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClassCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ClassCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ClassCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        words::read(deserializer).map(Self)
    }
}

/// One author's word on one region. An author has at most one label on a region as a whole, and one on each view of it;
/// changing their mind changes that label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    pub region: RegionId,
    pub class: ClassCode,
    pub author: Author,
    /// 0 to 1, when the author said how sure they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Seconds spent on the decision, when they were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    /// The votes that its author has read and answers with this label: they count no more. See
    /// [`outcome`](crate::review::outcome).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies_to: Vec<VoteId>,
    /// The view that it is of; `None`: the object as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<LayerId>,
    /// The version of the classes that it was given under, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<u32>,
}

impl Label {
    /// Orders labels by when they were written; untimed ones come first, in the order they were made.
    pub(crate) fn recency(&self, id: LabelId) -> (Option<i64>, LabelId) {
        (self.at_ms, id)
    }
}
