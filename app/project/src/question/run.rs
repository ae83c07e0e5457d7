//! What a model answered.

use serde::{Deserialize, Serialize};

use super::Asked;
use crate::{Author, Project, QuestionId, ResponseId};

/// What one model answered to questions that were asked one way. The replies stay as they came: what they say is read,
/// and compared with what is right, whenever somebody wants to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub model: String,
    /// How it was asked: the name of the prompt.
    pub prompt: String,
    /// What the order of the options was drawn from; `None`: they stood as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Who had it done.
    pub author: Author,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    pub replies: Vec<Reply>,
}

/// What a model said to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub question: QuestionId,
    /// What was asked; a reply to something else than is asked now is stale.
    pub asked: Asked,
    /// The place of each shown option among the question's own, where they were shuffled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<u32>,
    /// The reply as it came.
    pub text: String,
    /// Where it lies in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseId>,
    /// Tokens that it took, prompt and reply, when the service says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
}

impl Reply {
    /// True when the question was changed since in something that whoever answers can see.
    pub fn is_stale(&self, project: &Project) -> bool {
        project.questions().get(&self.question).is_none_or(|question| question.asked() != self.asked)
    }
}

impl Run {
    pub(super) fn responses(&self) -> impl Iterator<Item = ResponseId> + '_ {
        self.replies.iter().filter_map(|reply| reply.response)
    }

    /// What cannot be, whatever the project.
    pub(super) fn fault(&self) -> Option<String> {
        if self.model.trim().is_empty() {
            return Some("A run names its model".into());
        }
        if self.author.name().is_empty() {
            return Some("A run needs an author".into());
        }
        let mut seen = std::collections::HashSet::new();
        for reply in &self.replies {
            if !seen.insert(reply.question) {
                return Some(format!("It has two replies to question {}", reply.question));
            }
            let mut order = reply.order.clone();
            order.sort_unstable();
            if order.iter().zip(0..).any(|(place, n)| *place != n) {
                return Some(format!("The order of options of question {} is none", reply.question));
            }
        }
        None
    }
}
