//! Everything that a report says, as plain values.

use std::collections::BTreeMap;

use agreement::{Agreement, Intervals, Limits, Method, fuse, intervals};
use project::review::{
    CoursePoint, Rated, ReviewState, Rule, Scope, Stage, Verdict, ViewPair, Vote, course, ratings,
    ratings_by_view, status, throughput, transitions, view_pairs,
};
use project::{Author, History, Project};
use serde::Serialize;

use crate::outlines::{Outlines, outlines};

/// Moments at which α is told.
const MOMENTS: usize = 400;
/// The most disputed cases that are listed.
const DISPUTED: usize = 25;

/// How the report is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Options {
    /// Resamples behind each interval; 0: no intervals.
    pub resamples: usize,
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { resamples: 1000, seed: 0 }
    }
}

/// A class of the schema, as far as a report shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Class {
    pub code: String,
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    pub rank: Option<i32>,
}

/// Agreement of some of the votes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    pub name: String,
    #[serde(flatten)]
    pub agreement: Agreement,
    pub intervals: Option<Intervals>,
}

/// A matrix over classes, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Counted {
    pub classes: Vec<String>,
    /// Row after row.
    pub cells: Vec<f64>,
}

/// What one member did and how it compares.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MemberRow {
    pub member: String,
    pub labels: usize,
    pub votes: usize,
    pub label_seconds: Option<f64>,
    pub vote_seconds: Option<f64>,
    /// Stage-one verdicts, the latest of each case.
    pub accepted: usize,
    pub edited: usize,
    pub rejected: usize,
    pub abstained: usize,
    /// Not able to determine, and bad imagery: verdicts of their own.
    pub undetermined: usize,
    pub bad_imagery: usize,
    /// Of the member's own labels that somebody reviewed: the shares that were edited and rejected.
    pub edit_rate: Option<f64>,
    pub reject_rate: Option<f64>,
    /// Pairs with other members' blind votes that are alike, 0 to 1.
    pub agreement: Option<f64>,
    /// How often the member is right, as Dawid and Skene's model of the blind votes sees it.
    pub reliability: Option<f64>,
}

/// A case on which people differ much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Disputed {
    pub case: String,
    /// The identity it had in the file it came from.
    pub source_id: Option<String>,
    pub class: Option<String>,
    pub state: ReviewState,
    pub disagreement: f64,
}

/// See the fields.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub project: String,
    /// The journal entry up to which it holds.
    pub journal_seq: u64,
    pub options: Options,
    pub rule: Rule,
    pub schema: String,
    pub classes: Vec<Class>,
    pub regions: usize,
    pub status: Vec<(ReviewState, usize)>,
    /// Committee votes as they were cast blind, of complete committees.
    pub committee: Part,
    /// Labels and what stage-one reviewers saw.
    pub stage_one: Part,
    /// The committee's votes by the layer that a region was drawn on; empty with fewer than two.
    pub by_layer: Vec<Part>,
    /// Annotators' labels of each kind of view; empty where no view was labelled.
    pub by_view: Vec<Part>,
    /// How far kinds of views differ over the same objects.
    pub view_pairs: Vec<ViewPair>,
    pub course: Vec<CoursePoint>,
    /// Krippendorff's coincidences of the blind votes.
    pub confusion: Counted,
    /// Labels (rows) against what they were settled as (columns).
    pub transitions: Counted,
    pub members: Vec<MemberRow>,
    /// Of the model of members: rounds made, and whether it converged.
    pub model: Option<(usize, bool)>,
    pub outlines: Outlines,
    pub disputed: Vec<Disputed>,
}

impl Report {
    /// Gathers a report; without a history outlines are not compared.
    pub fn of(project: &Project, history: Option<&History>, options: Options) -> Self {
        let blind = ratings(project, Scope::Blind);
        let live = agreement::Live::of(&blind.table);
        let sums = live.sums();
        let code = |place: &u32| blind.table.categories()[*place as usize].code.clone();
        let fused =
            fuse(&blind.table, Method::DawidSkene, &Limits { seed: options.seed, ..Limits::default() });
        let committee = Part::of("Committee, blind", &blind, options);
        let model = fused.as_ref().ok().map(|fused| (fused.rounds, fused.converged));
        let reliable: BTreeMap<String, f64> = fused
            .map(|fused| fused.raters)
            .unwrap_or_default()
            .into_iter()
            .zip(blind.table.raters())
            .filter_map(|(rater, name)| Some((name.clone(), rater.accuracy?)))
            .collect();
        let schema = project.schema();
        Self {
            project: project.settings().name.clone(),
            journal_seq: history.map_or(0, History::last_seq),
            options,
            rule: project.settings().rule.clone(),
            schema: schema.map_or_else(String::new, |schema| schema.name.clone()),
            classes: schema.map(|s| s.classes.iter().map(class).collect()).unwrap_or_default(),
            regions: project.regions().len(),
            status: status(project).into_iter().filter(|(_, n)| *n > 0).collect(),
            stage_one: Part::of("Stage 1", &ratings(project, Scope::StageOne), options),
            by_layer: by_layer(project, &blind, options),
            by_view: ratings_by_view(project)
                .iter()
                .map(|(kind, rated)| Part::of(kind, rated, options))
                .collect(),
            view_pairs: view_pairs(project),
            course: course(project, MOMENTS),
            confusion: Counted { classes: sums.used.iter().map(code).collect(), cells: sums.coincidences },
            transitions: changed(project),
            members: members(project, &committee.agreement, &reliable),
            model,
            outlines: history.map(|history| outlines(project, history)).unwrap_or_default(),
            disputed: disputed(project),
            committee,
        }
    }

    /// What a class is called.
    pub fn class_name<'a>(&'a self, code: &'a str) -> &'a str {
        self.classes.iter().find(|class| class.code == code).map_or(code, |class| class.name.as_str())
    }
}

impl Part {
    fn of(name: &str, rated: &Rated, options: Options) -> Self {
        let resample = || intervals(&rated.table, options.resamples, options.seed);
        Self {
            name: name.to_owned(),
            agreement: rated.table.agreement(),
            intervals: (options.resamples > 0 && rated.table.votes() > 0).then(resample),
        }
    }
}

fn class(class: &project::Class) -> Class {
    let [r, g, b] = class.rgb();
    Class {
        code: class.code.as_str().to_owned(),
        name: class.name.clone(),
        color: format!("#{r:02x}{g:02x}{b:02x}"),
        rank: class.rank,
    }
}

fn by_layer(project: &Project, blind: &Rated, options: Options) -> Vec<Part> {
    let of = |case| project.region(case).and_then(|region| region.layer);
    let mut layers: Vec<_> = blind.cases.iter().map(|case| of(*case)).collect();
    layers.sort_unstable();
    layers.dedup();
    if layers.len() < 2 {
        return Vec::new();
    }
    let name = |id: Option<project::LayerId>| {
        let layer = id.and_then(|id| project.layers().get(&id));
        layer.map_or_else(|| "no layer".to_owned(), |layer| layer.name.clone())
    };
    let part = |id| Part::of(&name(id), &blind.filtered(|case, _| of(case) == id), options);
    layers.into_iter().map(part).collect()
}

fn changed(project: &Project) -> Counted {
    let matrix = transitions(project);
    let Some(schema) = project.schema() else { return Counted::default() };
    let occurs = |code: &project::ClassCode| {
        matrix.contains_key(code) || matrix.values().any(|row| row.contains_key(code))
    };
    let classes: Vec<_> =
        schema.classes.iter().map(|class| &class.code).filter(|code| occurs(code)).collect();
    let cell = |from, to| matrix.get(from).and_then(|row| row.get(to)).copied().unwrap_or(0) as f64;
    let cells = classes.iter().flat_map(|from| classes.iter().map(|to| cell(*from, *to))).collect();
    Counted { classes: classes.iter().map(|code| code.as_str().to_owned()).collect(), cells }
}

fn members(project: &Project, committee: &Agreement, reliable: &BTreeMap<String, f64>) -> Vec<MemberRow> {
    let mut rows: BTreeMap<String, MemberRow> = BTreeMap::new();
    for one in throughput(project) {
        let name = one.member.name().to_owned();
        let row = MemberRow {
            agreement: committee.per_member.get(&name).and_then(|member| member.agreement),
            reliability: reliable.get(&name).copied(),
            member: name.clone(),
            labels: one.labels,
            votes: one.votes,
            label_seconds: one.label_seconds,
            vote_seconds: one.vote_seconds,
            ..MemberRow::default()
        };
        rows.insert(name, row);
    }
    // Per author: labels that were reviewed, edited, rejected.
    let mut reviewed: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for ((case, member), vote) in latest_reviews(project) {
        if let Some(row) = rows.get_mut(member.name()) {
            *match vote.verdict {
                Verdict::Accept => &mut row.accepted,
                Verdict::Edit => &mut row.edited,
                Verdict::Reject => &mut row.rejected,
                Verdict::Abstain => &mut row.abstained,
                Verdict::Undetermined => &mut row.undetermined,
                Verdict::BadImagery => &mut row.bad_imagery,
            } += 1;
        }
        // The first label is what was reviewed: a later one may be the reviewer's own word.
        let label = project.labels_of(case).map(|(_, label)| label).find(|label| !label.author.is_model());
        if let Some(label) = label.filter(|label| &label.author != member) {
            let counts = reviewed.entry(label.author.name()).or_default();
            counts[0] += 1;
            counts[1] += usize::from(vote.verdict == Verdict::Edit);
            counts[2] += usize::from(vote.verdict == Verdict::Reject);
        }
    }
    for (author, [all, edited, rejected]) in reviewed {
        if let Some(row) = rows.get_mut(author) {
            row.edit_rate = Some(edited as f64 / all as f64);
            row.reject_rate = Some(rejected as f64 / all as f64);
        }
    }
    rows.into_values().collect()
}

/// The latest stage-one vote of each member on each case.
fn latest_reviews(project: &Project) -> BTreeMap<(project::RegionId, &Author), &Vote> {
    let votes = project.votes_in_order().filter(|vote| vote.stage == Stage::One);
    let there = votes.filter(|vote| project.region(vote.case).is_some());
    there.map(|vote| ((vote.case, &vote.member), vote)).collect()
}

fn disputed(project: &Project) -> Vec<Disputed> {
    let outcome = |(id, region): (&project::RegionId, &std::sync::Arc<project::Region>)| {
        let outcome = project.outcome(*id);
        (outcome.disagreement > 0.0).then(|| {
            let one = Disputed {
                case: id.to_string(),
                source_id: region.source_id.clone(),
                class: outcome.class.map(|class| class.as_str().to_owned()),
                state: outcome.state,
                disagreement: outcome.disagreement,
            };
            (*id, one)
        })
    };
    let mut all: Vec<_> = project.regions().iter().filter_map(outcome).collect();
    all.sort_by(|a, b| b.1.disagreement.total_cmp(&a.1.disagreement).then(a.0.cmp(&b.0)));
    all.into_iter().take(DISPUTED).map(|(_, one)| one).collect()
}
