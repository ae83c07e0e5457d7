//! Whether what questions rest on still says what they say.

use project::question::Evidence;
use project::{Project, Question, QuestionId, ResponseId};
use serde::Serialize;

use crate::check::{Card, Check, check};
use crate::draft::Ground;

/// One thing that is not as a question has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    pub question: QuestionId,
    /// `answer`, `region`, `response` or `layer`.
    pub what: &'static str,
    /// What is otherwise, in a sentence.
    pub says: String,
}

/// Looks at every question again: checks its answer against what it cites by rule ([`check`]), unpacks the responses that
/// are cited and compares them with the newest to the same request, and looks whether cited regions are there. `card` reads
/// a kept answer. Opens no socket. Returns what every check says, in the order of the project, and what is otherwise.
pub fn drift<'a>(
    project: &Project,
    card: &dyn Fn(ResponseId) -> Option<Card<'a>>,
) -> (Vec<(QuestionId, Check)>, Vec<Drift>) {
    let ground = Ground::of(project, false);
    let (mut checks, mut found) = (Vec::new(), Vec::new());
    for (id, question) in project.live_questions() {
        let mut say = |what, says: String| found.push(Drift { question: id, what, says });
        let checked = check(question, &ground, card);
        if let Check::Contradicts { instead, computed } = &checked {
            say("answer", otherwise(question, instead, computed));
        }
        checks.push((id, checked));
        for evidence in &question.evidence {
            match evidence {
                Evidence::Region(region) if project.region(*region).is_none() => {
                    say("region", format!("region {region}, which it rests on, was deleted"));
                }
                Evidence::Response(response) => {
                    if let Some(says) = response_again(project, *response) {
                        say("response", says);
                    }
                }
                _ => {}
            }
        }
    }
    (checks, found)
}

fn otherwise(question: &Question, instead: &str, computed: &str) -> String {
    let held = question.answer_text().unwrap_or_else(|| "nothing".to_owned());
    let behind = if computed.is_empty() { String::new() } else { format!(" ({computed})") };
    format!("the answer is {held}, and what it rests on now says {instead}{behind}")
}

fn response_again(project: &Project, id: ResponseId) -> Option<String> {
    let response = project.response(id)?;
    if let Err(fault) = response.body.unpack() {
        return Some(format!("response {id} cannot be unpacked: {fault}"));
    }
    let newest = project.answer_to(response.key())?;
    (newest.body.sha256() != response.body.sha256())
        .then(|| format!("response {id} was asked for again since, and the service answers otherwise"))
}
