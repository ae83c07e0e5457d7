//! Whether what questions rest on still says what they say.

use project::question::Evidence;
use project::{Project, Question, QuestionId};
use serde::Serialize;

use crate::draft::{Ground, again};

/// One thing that is not any more as a question has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    pub question: QuestionId,
    /// `answer`, `region`, `response` or `layer`.
    pub what: &'static str,
    /// What is otherwise, in a sentence.
    pub says: String,
}

/// Looks at every question again: computes what templates drafted from the labels of now, unpacks the responses that are
/// cited and compares them with the newest to the same request, and looks whether cited regions are there. Opens no
/// socket.
pub fn drift(project: &Project) -> Vec<Drift> {
    let ground = Ground::of(project, false);
    let mut found = Vec::new();
    for (id, question) in project.live_questions() {
        let mut say = |what, says: String| found.push(Drift { question: id, what, says });
        if let Some(computed) = again(question, &ground) {
            computed_again(question, computed, &mut say);
        }
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
    found
}

fn computed_again(
    question: &Question,
    computed: Result<(project::question::Answer, String), String>,
    say: &mut impl FnMut(&'static str, String),
) {
    let held = question.answer_text().unwrap_or_else(|| "nothing".to_owned());
    match computed {
        Ok((answer, text)) => {
            if !question.answer.as_ref().is_some_and(|held| held.agrees(&answer, question)) {
                say(
                    "answer",
                    format!("the answer is {held}, and now it is {}: {text}", answer.text(question)),
                );
            }
        }
        Err(why) => say("answer", format!("the answer is {held}, and now there is none: {why}")),
    }
}

fn response_again(project: &Project, id: project::ResponseId) -> Option<String> {
    let response = project.response(id)?;
    if let Err(fault) = response.body.unpack() {
        return Some(format!("response {id} cannot be unpacked: {fault}"));
    }
    let newest = project.answer_to(response.key())?;
    (newest.body.sha256() != response.body.sha256())
        .then(|| format!("response {id} was asked for again since, and the service answers otherwise"))
}
