//! Review of questions: the same states and the same rule as for regions. The author's answer stands where a label
//! stands, what others answer blind are votes for a class, and the classes are the answers themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use agreement::{Category, Table};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Answer, Asked, Question, QuestionKind, Run};
use crate::review::{Outcome, ReviewState, Stage, Status, Verdict, Vote, outcome};
use crate::{Author, ClassCode, Label, Project, QuestionId, RegionId, RunId, VoteId};

/// What a member says to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Their own answer, given before they saw another.
    Answer(Answer),
    /// It can be understood in more than one way.
    Ambiguous,
    /// It is wrong as it is; the note says why.
    Reject,
    Abstain,
}

/// One member's verdict on a question. A later one by the same member at the same stage supersedes it; both stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionVote {
    pub id: VoteId,
    pub question: QuestionId,
    /// What was asked: a vote on something else than is asked now is stale and does not count.
    pub asked: Asked,
    pub member: Author,
    pub stage: Stage,
    pub said: Said,
    /// The reason, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

/// The class that stands for a question that can be understood in more than one way.
const AMBIGUOUS: &str = "ambiguous";

/// Answers that count as the same have one name; the first that was given lends it.
struct Names<'a> {
    question: &'a Question,
    known: Vec<&'a Answer>,
}

impl<'a> Names<'a> {
    fn of(question: &'a Question) -> Self {
        Self { question, known: question.answer.iter().collect() }
    }

    fn name(&mut self, answer: &'a Answer) -> ClassCode {
        let known = self.known.iter().find(|known| known.agrees(answer, self.question));
        let first = if let Some(known) = known {
            known
        } else {
            self.known.push(answer);
            answer
        };
        ClassCode::new(&format!("={}", first.text(self.question)))
    }
}

/// A question as review knows cases.
struct Case {
    label: Option<Label>,
    votes: Vec<Vote>,
}

impl Case {
    fn of(question: &Question, votes: impl Iterator<Item = Arc<QuestionVote>>) -> Self {
        let mut votes: Vec<Arc<QuestionVote>> = votes.collect();
        // Most questions have none: nothing is hashed for them.
        if !votes.is_empty() {
            let asked = question.asked();
            votes.retain(|vote| vote.asked == asked);
        }
        // Only equality of these identities matters, and there is one case.
        let region = RegionId::from_uuid(Uuid::nil());
        let mut names = Names::of(question);
        let label = question.answer.as_ref().map(|answer| Label {
            region,
            class: names.name(answer),
            author: question.author.clone(),
            confidence: None,
            note: String::new(),
            seconds: question.seconds,
            at_ms: question.at_ms,
            replies_to: question.replies_to.clone(),
            layer: None,
            schema_version: None,
        });
        let vote = |vote: &'_ QuestionVote, class: Option<ClassCode>, verdict| Vote {
            id: vote.id,
            case: region,
            member: vote.member.clone(),
            stage: vote.stage,
            verdict,
            class,
            confidence: None,
            note: vote.note.clone(),
            seconds: vote.seconds,
            at_ms: vote.at_ms,
            seal: None,
            shape: None,
        };
        let mut cast = Vec::with_capacity(votes.len());
        for one in &votes {
            cast.push(match &one.said {
                Said::Answer(answer) => vote(one, Some(names.name(answer)), Verdict::Edit),
                Said::Ambiguous => vote(one, Some(ClassCode::new(AMBIGUOUS)), Verdict::Edit),
                Said::Reject => vote(one, None, Verdict::Reject),
                Said::Abstain => vote(one, None, Verdict::Abstain),
            });
        }
        Self { label, votes: cast }
    }

    fn outcome(&self, project: &Project, choices: usize) -> Outcome {
        let labels: Vec<&Label> = self.label.iter().collect();
        let votes: Vec<&Vote> = self.votes.iter().collect();
        let mut outcome = outcome(&labels, &votes, &project.settings().rule, choices + 1);
        outcome.class = outcome.class.map(|class| match class.as_str().strip_prefix('=') {
            Some(answer) => ClassCode::new(answer),
            None => class,
        });
        outcome
    }
}

impl Project {
    /// Every question, deleted ones included, in the order in which they were made.
    pub fn questions(&self) -> &imbl::OrdMap<QuestionId, Arc<Question>> {
        &self.questions.all
    }

    /// The questions that are not deleted.
    pub fn live_questions(&self) -> impl Iterator<Item = (QuestionId, &Arc<Question>)> {
        self.questions.all.iter().filter(|(_, q)| !q.deleted).map(|(id, q)| (*id, q))
    }

    /// The live questions that a person stands for: what a model proposed and nobody took over is none.
    pub fn vouched_questions(&self) -> impl Iterator<Item = (QuestionId, &Arc<Question>)> {
        self.live_questions().filter(|(_, question)| !question.is_proposal())
    }

    /// What models answered, in the order in which they were asked.
    pub fn runs(&self) -> &imbl::OrdMap<RunId, Arc<Run>> {
        &self.questions.runs
    }

    /// Every vote on a question in the order of casting.
    pub fn question_votes(&self) -> impl DoubleEndedIterator<Item = &Arc<QuestionVote>> {
        self.questions.votes.iter()
    }

    /// The votes on one question in the order of casting, superseded and stale ones included.
    pub fn votes_on_question(&self, id: QuestionId) -> impl Iterator<Item = &Arc<QuestionVote>> {
        let places = self.questions.votes_of.get(&id).into_iter().flatten();
        places.filter_map(|place| self.questions.votes.get(*place))
    }

    /// Where a question stands in review. The class is the answer in words, or `ambiguous`; one that a model proposes
    /// and one without an answer are drafts. A question that does not exist is a draft too.
    pub fn question_outcome(&self, id: QuestionId) -> Outcome {
        let Some(question) = self.questions.all.get(&id) else {
            return Outcome { state: ReviewState::Draft, class: None, disagreement: 0.0 };
        };
        Case::of(question, self.votes_on_question(id).cloned()).outcome(self, question.choices().len())
    }

    /// The votes on a question that a member may see: their own, and all of a stage that they have spoken at, those of
    /// a committee once it is complete.
    pub fn question_votes_visible_to(&self, member: &Author, id: QuestionId) -> Vec<&Arc<QuestionVote>> {
        let asked = self.questions.all.get(&id).map(|question| question.asked());
        let fresh = |vote: &QuestionVote| Some(vote.asked) == asked;
        let of_committee: BTreeSet<&Author> = self
            .votes_on_question(id)
            .filter(|vote| vote.stage == Stage::Two && fresh(vote))
            .map(|vote| &vote.member)
            .collect();
        let open = of_committee.len() >= self.settings().rule.committee();
        let answer = self.answer_visible_to(member, id);
        self.votes_on_question(id)
            .filter(|vote| {
                let closed = vote.stage == Stage::Two && fresh(vote) && !open;
                &vote.member == member || (answer && !closed)
            })
            .collect()
    }

    /// True when a member may see the answer: it is theirs or a proposal, it is settled, or they have given their own to
    /// what is asked now.
    pub fn answer_visible_to(&self, member: &Author, id: QuestionId) -> bool {
        let Some(question) = self.questions.all.get(&id) else { return true };
        let asked = question.asked();
        question.answer.is_none()
            || &question.author == member
            || question.author.is_model()
            || self.votes_on_question(id).any(|vote| &vote.member == member && vote.asked == asked)
            || self.question_outcome(id).state.is_accepted()
    }
}

/// A question that waits for a vote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionItem {
    pub question: QuestionId,
    pub state: ReviewState,
    /// See [`Outcome::disagreement`].
    pub disagreement: f64,
}

/// The questions that wait for a vote at a stage, the most disputed first, then by age; with a member, only what that
/// member may and has not yet answered.
pub fn question_queue(project: &Project, member: Option<&Author>, stage: Stage) -> Vec<QuestionItem> {
    let waits = |state| match stage {
        Stage::One => state == ReviewState::StageOne,
        Stage::Lead => state == ReviewState::Tied,
        Stage::Two => {
            matches!(state, ReviewState::Disputed | ReviewState::StageTwo | ReviewState::Returned)
        }
    };
    let may = |id: QuestionId, question: &Question, member: &Author| {
        let asked = question.asked();
        let spoke =
            |vote: &Arc<QuestionVote>| &vote.member == member && vote.stage == stage && vote.asked == asked;
        let own = stage == Stage::One && &question.author == member && !project.settings().rule.self_review;
        !own && !project.votes_on_question(id).any(spoke)
    };
    let mut items: Vec<QuestionItem> = project
        .live_questions()
        .filter(|(id, question)| member.is_none_or(|member| may(*id, question, member)))
        .filter_map(|(question, _)| {
            let Outcome { state, disagreement, .. } = project.question_outcome(question);
            waits(state).then_some(QuestionItem { question, state, disagreement })
        })
        .collect();
    items.sort_by(|a, b| b.disagreement.total_cmp(&a.disagreement).then(a.question.cmp(&b.question)));
    items
}

/// How many questions stand where; a state without one is there with 0.
pub fn question_status(project: &Project) -> Status {
    let mut status: Status = ReviewState::ALL.into_iter().map(|state| (state, 0)).collect();
    for (id, _) in project.live_questions() {
        *status.entry(project.question_outcome(id).state).or_default() += 1;
    }
    status
}

/// Who chose what, for coefficients of agreement: of every question for one of several options, or for yes or no, the
/// author's answer and everybody's newest that is to what is asked now, committees that are still voting left out.
/// Categories are the places of options, `unanswerable` and `ambiguous`; the cases are questions with two answers.
pub fn question_ratings(project: &Project) -> (Table, Vec<QuestionId>) {
    let mut said: Vec<(QuestionId, BTreeMap<&Author, usize>)> = Vec::new();
    let mut most = 0;
    for (id, question) in project.live_questions() {
        let options = question.choices().len();
        if !question.kind.is_choice() || question.kind == QuestionKind::MultipleChoice {
            continue;
        }
        let category = |answer: &Answer| match answer {
            Answer::Options(places) if places.len() == 1 => Some(SPECIAL.len() + places[0] as usize),
            Answer::Unanswerable => Some(0),
            _ => None,
        };
        let mut row = BTreeMap::new();
        if let Some(place) = question.answer.as_ref().and_then(category)
            && !question.author.is_model()
        {
            row.insert(&question.author, place);
        }
        let asked = question.asked();
        let open = project.question_outcome(id).state == ReviewState::StageTwo;
        for vote in project.votes_on_question(id) {
            let place = match &vote.said {
                Said::Answer(answer) => category(answer),
                Said::Ambiguous => Some(1),
                Said::Reject | Said::Abstain => None,
            };
            if let Some(place) = place
                && vote.asked == asked
                && !(open && vote.stage == Stage::Two)
            {
                row.insert(&vote.member, place);
            }
        }
        if row.len() > 1 {
            most = most.max(options);
            said.push((id, row));
        }
    }
    let members: BTreeSet<&Author> = said.iter().flat_map(|(_, row)| row.keys().copied()).collect();
    let place: BTreeMap<&Author, usize> = members.iter().copied().zip(0..).collect();
    let option = (0..most).map(|n| format!("option {}", n + 1));
    let codes = SPECIAL.iter().map(|code| (*code).to_owned()).chain(option);
    let mut table = Table::new(
        codes.map(|code| Category { code, rank: None }).collect(),
        members.iter().map(|member| member.name().to_owned()).collect(),
    );
    for (_, row) in &said {
        table.push(row.iter().map(|(member, category)| (place[member], *category)));
    }
    (table, said.into_iter().map(|(id, _)| id).collect())
}

/// The first categories of [`question_ratings`].
const SPECIAL: [&str; 2] = ["unanswerable", AMBIGUOUS];
