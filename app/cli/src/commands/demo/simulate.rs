//! Simulated people for a scene that comes without labels: an annotator, a reviewer and a committee who see
//! what a model predicted, each with their own errors. Their names say that they are simulated.

use project::review::{ReviewState, Stage, Verdict, Vote};
use project::{Author, Change, ClassCode, Edit, IdSource, Label, Project, RegionId, Schema};
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// How often each of them sees what is there.
const ANNOTATOR: f64 = 0.85;
const REVIEWER: f64 = 0.93;
const COMMITTEE: [(&str, f64); 3] =
    [("simulated Chloe", 0.88), ("simulated Dev", 0.82), ("simulated Emi", 0.9)];

/// The annotator's name.
pub(crate) fn annotator() -> Author {
    Author::new("simulated Ana")
}

/// A seeded crowd.
#[derive(Debug)]
pub(crate) struct Crowd {
    random: ChaCha8Rng,
    at_ms: i64,
}

impl Crowd {
    pub(crate) fn new(seed: u64, at_ms: i64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), at_ms }
    }

    /// The annotator labels every region that a model has spoken on.
    pub(crate) fn annotate(&mut self, project: &Project, ids: &mut IdSource) -> Edit {
        let Some(schema) = project.schema() else { return Edit::batch("Label", Vec::new()) };
        let mut edits = Vec::new();
        for region in project.regions().keys() {
            let Some((_, prediction)) = project.prediction_of(*region) else { continue };
            let class = self.seen(schema, &prediction.class, ANNOTATOR);
            let seconds = 1.5 + 6.0 * self.random.random::<f64>().powi(2);
            edits.push(Edit::Label(Change::create(
                ids.label(),
                Label {
                    region: *region,
                    class,
                    author: annotator(),
                    confidence: None,
                    note: String::new(),
                    seconds: Some((seconds * 10.0).round() / 10.0),
                    at_ms: Some(self.at_ms),
                    replies_to: Vec::new(),
                    layer: None,
                    schema_version: None,
                },
            )));
        }
        let title = format!("Label {} regions by {}", edits.len(), annotator());
        Edit::batch(title, edits)
    }

    /// The reviewer looks at every label.
    pub(crate) fn review(&mut self, project: &Project, ids: &mut IdSource) -> Vec<Vote> {
        let Some(schema) = project.schema().cloned() else { return Vec::new() };
        let waiting =
            project.regions().keys().filter(|id| project.outcome(**id).state == ReviewState::StageOne);
        let waiting: Vec<RegionId> = waiting.copied().collect();
        let mut votes = Vec::new();
        for case in waiting {
            let (Some((_, label)), Some((_, truth))) = (project.label_of(case), project.prediction_of(case))
            else {
                continue;
            };
            let class = self.seen(&schema, &truth.class, REVIEWER);
            let agrees = class == label.class;
            let (verdict, note) = match (agrees, self.random.random_bool(0.8)) {
                (true, _) => (Verdict::Accept, ""),
                (false, true) => (Verdict::Edit, "the roof says otherwise"),
                (false, false) => (Verdict::Reject, "cannot be told from this image"),
            };
            let class = if verdict == Verdict::Reject { label.class.clone() } else { class };
            votes.push(self.vote(ids, case, "simulated Ben", Stage::One, verdict, class, note));
        }
        votes
    }

    /// The committee votes blind on what is disputed.
    pub(crate) fn decide(&mut self, project: &Project, ids: &mut IdSource) -> Vec<Vote> {
        let Some(schema) = project.schema().cloned() else { return Vec::new() };
        let disputed =
            project.regions().keys().filter(|id| project.outcome(**id).state == ReviewState::Disputed);
        let disputed: Vec<RegionId> = disputed.copied().collect();
        let mut votes = Vec::new();
        for case in disputed {
            let Some((_, truth)) = project.prediction_of(case) else { continue };
            let label = project.label_of(case).map(|(_, l)| l.class.clone());
            for (member, skill) in COMMITTEE {
                let class = self.seen(&schema, &truth.class, skill);
                let verdict = if label.as_ref() == Some(&class) { Verdict::Accept } else { Verdict::Edit };
                votes.push(self.vote(ids, case, member, Stage::Two, verdict, class, ""));
            }
        }
        votes
    }

    /// What somebody sees who is right so often; errors go to a neighbour on the scale.
    fn seen(&mut self, schema: &Schema, truth: &ClassCode, right: f64) -> ClassCode {
        let rank = schema.class(truth).and_then(|c| c.rank);
        let (Some(rank), false) = (rank, self.random.random_bool(right)) else { return truth.clone() };
        let near = schema.classes.iter().filter(|c| c.rank.is_some_and(|r| (r - rank).abs() == 1));
        let near: Vec<&ClassCode> = near.map(|c| &c.code).collect();
        let pick = self.random.next_u32() as usize;
        near.get(pick % near.len().max(1)).map_or_else(|| truth.clone(), |c| (*c).clone())
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a vote")]
    fn vote(
        &mut self,
        ids: &mut IdSource,
        case: RegionId,
        member: &str,
        stage: Stage,
        verdict: Verdict,
        class: ClassCode,
        note: &str,
    ) -> Vote {
        Vote {
            seal: None,
            shape: None,
            id: ids.vote(),
            case,
            member: Author::new(member),
            stage,
            verdict,
            class: Some(class),
            confidence: None,
            note: note.to_owned(),
            seconds: Some(((1.0 + 4.0 * self.random.random::<f64>()) * 10.0).round() / 10.0),
            at_ms: Some(self.at_ms),
        }
    }
}
