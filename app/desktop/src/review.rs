//! What the review workspace shows, as plain values: stage, case, what waits for whom, how well members
//! agree. What takes the whole project to compute is computed in jobs and kept by journal entry.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use agreement::{Agreement, Intervals, Limits, Method, Sums, fuse, intervals};
use project::assignment::{Board, Known, Score, board, scores};
use project::review::{
    CoursePoint, LiveRatings, MemberThroughput, QueueItem, Scope, Stage, Status, Transitions, Verdict,
    course, queue_now, ratings, status, throughput, transitions, work,
};
use project::{AssignmentId, Author, Project, RegionId, Seq};

use crate::cards::{Grid, GridAsk};

/// Moments of the review at which α is computed, at most.
const MOMENTS: usize = 200;
/// Bootstrap samples behind an interval.
const RESAMPLES: usize = 1000;

/// Which cases the list on the left holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum List {
    /// Those that wait for the member.
    #[default]
    Waiting,
    /// Those that were handed to them.
    Mine,
    /// Those that the member has voted on at this stage.
    Voted,
}

/// A question that a verdict needs answered first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Why it is rejected: what was typed so far.
    Reason(String),
    /// Which other class it is: what was typed so far.
    Class(String),
}

/// What a panel of the review asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum ReviewAsk {
    Stage(Stage),
    List(List),
    /// Put a case on the card.
    Show(RegionId),
    Prompt(Option<Prompt>),
    Reject(String),
    Class(project::ClassCode),
    /// Of many cards at once.
    Grid(GridAsk),
}

/// What a survey holds for: a journal entry, a member, a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyKey {
    pub seq: Seq,
    pub member: Author,
    pub stage: Stage,
}

/// What waits for a member, what they have voted on, and where every case stands.
#[derive(Clone, Debug)]
pub struct Survey {
    pub key: SurveyKey,
    pub waiting: Vec<QueueItem>,
    /// What was handed to the member and is not done, in the order of their lists.
    pub mine: Vec<QueueItem>,
    /// Something was handed to the member at this stage, done or not.
    pub handed: bool,
    /// Latest vote first.
    pub voted: Vec<QueueItem>,
    pub status: Status,
}

impl Survey {
    pub fn of(project: &Project, key: SurveyKey, now_ms: i64) -> Self {
        let mine = |vote: &&Arc<project::review::Vote>| vote.member == key.member && vote.stage == key.stage;
        let mut seen = BTreeSet::new();
        let voted = project.votes().values().rev().filter(mine).filter(|v| seen.insert(v.case));
        Self {
            waiting: queue_now(project, &key.member, key.stage, now_ms),
            mine: work(project, &key.member, key.stage, now_ms),
            handed: project
                .assignments()
                .values()
                .any(|one| one.stage == key.stage && one.members.contains(&key.member)),
            voted: voted.map(|v| item(project, v.case)).collect(),
            status: status(project),
            key,
        }
    }

    /// Takes in one vote of the member, so that nothing is counted anew after each verdict.
    pub fn voted(
        &mut self,
        project: &Project,
        case: RegionId,
        before: project::review::ReviewState,
        seq: Seq,
    ) {
        let now = item(project, case);
        if let Some(count) = self.status.get_mut(&before) {
            *count = count.saturating_sub(1);
        }
        *self.status.entry(now.state).or_default() += 1;
        self.waiting.retain(|i| i.case != case);
        self.mine.retain(|i| i.case != case);
        self.voted.retain(|i| i.case != case);
        self.voted.insert(0, now);
        self.key.seq = seq;
    }

    pub fn list(&self, list: List) -> &[QueueItem] {
        match list {
            List::Waiting => &self.waiting,
            List::Mine => &self.mine,
            List::Voted => &self.voted,
        }
    }
}

fn item(project: &Project, case: RegionId) -> QueueItem {
    let outcome = project.outcome(case);
    QueueItem { case, state: outcome.state, disagreement: outcome.disagreement }
}

/// How well members agree, what review changed, who did how much.
///
/// What a vote changes is kept up as it is cast; what takes all votes to count ([`Refined`]) follows in a job.
#[derive(Clone, Debug)]
pub struct Figures {
    pub seq: Seq,
    live_blind: LiveRatings,
    live_stage_one: LiveRatings,
    /// Committee votes as they were cast, unseen by each other.
    pub blind: Agreement,
    /// Labels and their first review.
    pub stage_one: Agreement,
    /// α as one committee after the other became complete.
    pub course: Vec<CoursePoint>,
    pub refined: Refined,
}

/// What resampling and models of the members say, at the moment of a journal entry.
#[derive(Clone, Debug, Default)]
pub struct Refined {
    pub seq: Seq,
    /// The middle 95 % of each coefficient of the blind votes.
    pub intervals: Intervals,
    /// How often each member is right, as Dawid and Skene's model sees the blind votes.
    pub reliability: Vec<Reliable>,
    pub transitions: Transitions,
    pub throughput: Vec<MemberThroughput>,
    /// How far what was handed out is.
    pub boards: Vec<(AssignmentId, Board)>,
    /// How members do where the answer is known here.
    pub scores: Vec<Score>,
}

/// When figures are computed, and what their reader knows beside the project.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    pub now_ms: i64,
    pub known: Arc<Known>,
}

/// One member, as a model of all votes sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliable {
    pub member: String,
    pub accuracy: f64,
    pub votes: usize,
}

impl Refined {
    pub fn of(project: &Project, seq: Seq, at: &Moment) -> Self {
        let table = ratings(project, Scope::Blind).table;
        let fused = fuse(&table, Method::DawidSkene, &Limits::default());
        let raters = fused.map(|fused| fused.raters).unwrap_or_default();
        let reliable = |(member, rater): (&String, &agreement::Reliability)| {
            let accuracy = rater.accuracy?;
            Some(Reliable { member: member.clone(), accuracy, votes: rater.votes })
        };
        Self {
            seq,
            intervals: intervals(&table, RESAMPLES, seq),
            reliability: table.raters().iter().zip(&raters).filter_map(reliable).collect(),
            transitions: transitions(project),
            throughput: throughput(project),
            boards: project
                .assignments()
                .iter()
                .map(|(id, one)| (*id, board(project, one, at.now_ms)))
                .collect(),
            scores: scores(project, &at.known),
        }
    }
}

impl Figures {
    pub fn of(project: &Project, seq: Seq, at: &Moment) -> Self {
        let live_blind = LiveRatings::of(project, Scope::Blind);
        let live_stage_one = LiveRatings::of(project, Scope::StageOne);
        Self {
            seq,
            blind: live_blind.agreement(),
            stage_one: live_stage_one.agreement(),
            live_blind,
            live_stage_one,
            course: course(project, MOMENTS),
            refined: Refined::of(project, seq, at),
        }
    }

    /// Takes in one vote, at the cost of its case.
    pub fn voted(&mut self, project: &Project, case: RegionId, at_ms: i64, seq: Seq) {
        self.seq = seq;
        self.live_stage_one.update(project, case);
        self.stage_one = self.live_stage_one.agreement();
        let before = self.blind.cases;
        self.live_blind.update(project, case);
        self.blind = self.live_blind.agreement();
        if self.blind.cases > before {
            self.course.push(CoursePoint {
                cases: self.blind.cases,
                votes: self.blind.votes,
                at_ms: Some(at_ms),
                nominal: self.blind.krippendorff_alpha.nominal,
                ordinal: self.blind.krippendorff_alpha.ordinal,
            });
        }
    }

    /// Who takes what for what among the blind votes: classes by their place in the schema.
    pub fn confusion(&self) -> Sums {
        self.live_blind.live().sums()
    }

    /// The one number of the header and what it is called.
    pub fn alpha(&self) -> Option<(f64, &'static str)> {
        let alpha = &self.blind.krippendorff_alpha;
        let ordinal = alpha.ordinal.map(|a| (a, "ordinal"));
        ordinal.or(alpha.nominal.map(|a| (a, "nominal")))
    }

    /// The middle 95 % of that number, of a moment ago while votes are cast.
    pub fn interval(&self) -> Option<[f64; 2]> {
        let of = &self.refined.intervals;
        let ordinal = self.blind.krippendorff_alpha.ordinal.is_some();
        if ordinal { of.alpha_ordinal } else { of.alpha_nominal }
    }
}

/// The mean of a case's pixels in one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerMean {
    pub name: String,
    /// What each band is called.
    pub bands: Vec<String>,
    /// In physical values, a number for each band; NaN where there is none.
    pub values: Vec<f64>,
    /// Wavelengths in nm, where the image says them of every band.
    pub nm: Option<Vec<f64>>,
    pub pixels: usize,
}

/// What the pixels of a case are like in every layer that shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Means {
    pub case: RegionId,
    pub layers: Vec<LayerMean>,
}

/// The review workspace.
#[derive(Clone, Debug)]
pub struct Desk {
    pub stage: Stage,
    pub list: List,
    /// The case on the card and since when it is looked at.
    pub case: Option<(RegionId, Instant)>,
    pub survey: Option<Survey>,
    pub figures: Option<Figures>,
    pub prompt: Option<Prompt>,
    /// Cases that were on the card before, to go back.
    pub trail: Vec<RegionId>,
    /// The case and the size of the frame that the camera was last fitted to.
    pub framed: Option<(RegionId, [f64; 2])>,
    /// Many cards at once.
    pub grid: Grid,
    /// Of a case that was on the card long enough to be read.
    pub means: Option<Means>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            stage: Stage::One,
            list: List::default(),
            case: None,
            survey: None,
            figures: None,
            prompt: None,
            trail: Vec::new(),
            framed: None,
            grid: Grid::default(),
            means: None,
        }
    }
}

impl Desk {
    /// The case on the card.
    pub fn case(&self) -> Option<RegionId> {
        self.case.map(|(id, _)| id)
    }

    /// The cases of the list, empty while they are being gathered.
    pub fn listed(&self) -> &[QueueItem] {
        self.survey.as_ref().map_or(&[], |s| s.list(self.list))
    }

    /// Where the case on the card stands in what is gone through.
    pub fn place(&self) -> Option<usize> {
        self.place_of(self.case()?)
    }

    /// The case after the one on the card.
    pub fn next(&self) -> Option<RegionId> {
        self.at(self.place().map_or(0, |p| p + 1))
    }

    /// The case before it: where one came from, else the one above in the list.
    pub fn previous(&mut self) -> Option<RegionId> {
        let here = self.case();
        while let Some(case) = self.trail.pop() {
            if Some(case) != here {
                return Some(case);
            }
        }
        self.at(self.place()?.checked_sub(1)?)
    }
}

/// What a vote does to the label it is cast on, as people say it: `Ben rejects`.
pub fn verb(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accept => "accepts",
        Verdict::Edit => "sees",
        Verdict::Reject => "rejects it",
        Verdict::Abstain => "abstains",
        Verdict::Undetermined => "is not able to determine it",
        Verdict::BadImagery => "finds the imagery bad",
    }
}

/// True when a member may not review a label at stage one because it is their own.
pub fn is_own(project: &Project, case: RegionId, member: &Author) -> bool {
    !project.settings().rule.self_review && project.label_by(case, member).is_some()
}

/// Everybody who has labelled or voted, in the order of names, with `present` among them.
pub fn members(project: Option<&Project>, present: &Author) -> Vec<Author> {
    let mut members = BTreeSet::new();
    if let Some(project) = project {
        let authors = project.labels().values().map(|l| &l.author).filter(|a| !a.is_model());
        members.extend(authors.chain(project.votes().values().map(|v| &v.member)));
    }
    if !present.name().is_empty() {
        members.insert(present);
    }
    members.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use project::review::{ReviewState, Verdict, Vote};
    use project::{Change, ClassCode, Edit, GeometrySource, IdSource, Label, Region, Schema};

    use super::*;

    fn town(regions: usize) -> (Project, IdSource) {
        let (mut project, mut ids) = (Project::new(), IdSource::new(1, 1));
        let schema = Arc::new(Schema::joint_damage_scale());
        project.apply(&Edit::Schema(Change::create((), schema))).expect("schema");
        for i in 0..regions {
            let x = 20.0 * i as f64;
            let square = geo::Rect::new((x, 0.0), (x + 10.0, 10.0)).to_polygon();
            let region = Region {
                geometry: square.into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: None,
                attributes: std::collections::BTreeMap::new(),
            };
            let id = ids.region();
            project.apply(&Edit::Region(Change::create(id, Arc::new(region)))).expect("region");
            let label = Label {
                region: id,
                class: ClassCode::new("no damage"),
                author: Author::new("Ana"),
                confidence: None,
                note: String::new(),
                seconds: None,
                at_ms: None,
                replies_to: Vec::new(),
                layer: None,
                schema_version: None,
            };
            project.apply(&Edit::Label(Change::create(ids.label(), label))).expect("label");
        }
        (project, ids)
    }

    #[test]
    fn a_survey_that_takes_in_a_vote_is_the_survey_counted_anew() {
        let (mut project, mut ids) = town(4);
        let key = |seq| SurveyKey { seq, member: Author::new("Ben"), stage: Stage::One };
        let mut survey = Survey::of(&project, key(1), 0);
        assert_eq!((survey.waiting.len(), survey.voted.len()), (4, 0));
        for (seq, (verdict, class)) in (2..).zip([
            (Verdict::Accept, "no damage"),
            (Verdict::Edit, "destroyed"),
            (Verdict::Reject, "no damage"),
        ]) {
            let case = survey.waiting[0].case;
            let before = project.outcome(case).state;
            let vote = Vote {
                seal: None,
                shape: None,
                id: ids.vote(),
                case,
                member: Author::new("Ben"),
                stage: Stage::One,
                verdict,
                class: Some(ClassCode::new(class)),
                confidence: None,
                note: String::new(),
                seconds: None,
                at_ms: None,
            };
            project.record_vote(vote).expect("vote");
            survey.voted(&project, case, before, seq);
            let anew = Survey::of(&project, key(seq), 0);
            assert_eq!(survey.key, anew.key);
            assert_eq!(survey.waiting, anew.waiting);
            assert_eq!(survey.voted, anew.voted);
            assert_eq!(survey.status, anew.status);
        }
        assert_eq!(survey.status[&ReviewState::Disputed], 2);
    }

    #[test]
    fn figures_that_take_in_a_vote_are_the_figures_counted_anew_and_blind_to_open_committees() {
        let (mut project, mut ids) = town(3);
        let mut figures = Figures::of(&project, 1, &Moment::default());
        let cases: Vec<RegionId> = project.regions().keys().copied().collect();
        let mut seq = 1;
        for (n, member) in ["Cem", "Dia", "Eva"].iter().enumerate() {
            for (at, case) in cases.iter().enumerate() {
                seq += 1;
                let class = if at == 0 || (at == 1 && n > 0) { "destroyed" } else { "major damage" };
                let vote = Vote {
                    seal: None,
                    shape: None,
                    id: ids.vote(),
                    case: *case,
                    member: Author::new(member),
                    stage: Stage::Two,
                    verdict: Verdict::Edit,
                    class: Some(ClassCode::new(class)),
                    confidence: None,
                    note: String::new(),
                    seconds: None,
                    at_ms: Some(5),
                };
                project.record_vote(vote).expect("vote");
                figures.voted(&project, *case, 5, seq);
                let anew = Figures::of(&project, seq, &Moment::default());
                assert_eq!(figures.blind, anew.blind);
                assert_eq!(figures.stage_one, anew.stage_one);
                assert_eq!(figures.course, anew.course);
                assert_eq!(figures.confusion(), anew.confusion());
                let complete = if n == 2 { at + 1 } else { 0 };
                assert_eq!(figures.blind.cases, complete, "an open committee has no part in any number");
                assert_eq!(anew.refined.reliability.is_empty(), complete == 0);
            }
        }
        assert_eq!(figures.blind.votes, 9);
    }

    #[test]
    fn whoever_labelled_a_case_is_not_asked_to_review_it() {
        let (project, _) = town(3);
        let survey = |name: &str| {
            let key = SurveyKey { seq: 1, member: Author::new(name), stage: Stage::One };
            Survey::of(&project, key, 0).waiting.len()
        };
        assert_eq!((survey("Ana"), survey("Ben")), (0, 3));
    }

    #[test]
    fn going_back_goes_where_one_came_from() {
        let (project, _) = town(3);
        let key = SurveyKey { seq: 1, member: Author::new("Ben"), stage: Stage::One };
        let survey = Survey::of(&project, key, 0);
        let cases: Vec<RegionId> = survey.waiting.iter().map(|i| i.case).collect();
        let mut desk = Desk { survey: Some(survey), ..Desk::default() };
        assert_eq!(desk.next(), Some(cases[0]));
        desk.case = Some((cases[2], Instant::now()));
        assert_eq!(desk.next(), None);
        desk.trail.push(cases[0]);
        assert_eq!(desk.previous(), Some(cases[0]));
        assert_eq!(desk.previous(), Some(cases[1]));
    }
}
