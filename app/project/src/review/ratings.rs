//! Who said what of which case: the tables that agreement is computed from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use agreement::{Agreement, Category, Live, Rating, Table};
use serde::{Deserialize, Serialize};

use crate::review::outcome::{Opinion, latest, opinion};
use crate::review::{Rule, Stage, Vote};
use crate::{Author, ClassCode, Project, RegionId};

/// Which opinions are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Annotators' labels and the classes that stage-one reviewers saw.
    StageOne,
    /// The latest committee vote of each member on each case. For whoever runs the review: while a
    /// committee votes it says something about votes that are still blind.
    StageTwo,
    /// Committee votes as they were when the committee became complete: cast blind and open since.
    Blind,
    /// The blind votes, and what stage one says of members who cast none on a case: what is fused.
    Open,
}

/// A table of ratings with what its cases are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rated {
    /// Raters are members, categories the classes of the schema, by code.
    pub table: Table,
    /// The region of each case of the table.
    pub cases: Vec<RegionId>,
    /// Per case: Unix milliseconds of its newest rating, when known.
    pub at_ms: Vec<Option<i64>>,
}

impl Rated {
    /// The cases for which something holds.
    #[must_use]
    pub fn filtered(&self, holds: impl Fn(RegionId, Option<i64>) -> bool) -> Self {
        let kept: Vec<usize> =
            (0..self.cases.len()).filter(|i| holds(self.cases[*i], self.at_ms[*i])).collect();
        Self {
            table: self.table.of_cases(kept.iter().copied()),
            cases: kept.iter().map(|i| self.cases[*i]).collect(),
            at_ms: kept.iter().map(|i| self.at_ms[*i]).collect(),
        }
    }
}

/// What the members of a project said; cases of which nobody said anything are left out.
pub fn ratings(project: &Project, scope: Scope) -> Rated {
    let said: Vec<(RegionId, Vec<Said<'_>>)> = project
        .regions()
        .keys()
        .map(|case| (*case, said(project, *case, scope)))
        .filter(|(_, said)| !said.is_empty())
        .collect();
    let members: BTreeSet<&Author> = said.iter().flat_map(|(_, said)| said).map(|s| s.member).collect();
    let member: HashMap<&Author, usize> = members.iter().copied().zip(0..).collect();
    let categories = categories(project);
    let class = places(&categories);
    let names = members.iter().map(|member| member.name().to_owned()).collect();
    let mut table = Table::new(categories.clone(), names);
    let (mut cases, mut at_ms) = (Vec::with_capacity(said.len()), Vec::with_capacity(said.len()));
    for (case, said) in said {
        table.push(said.iter().filter_map(|s| Some((member[s.member], *class.get(s.class.as_str())?))));
        cases.push(case);
        at_ms.push(said.iter().filter_map(|s| s.at_ms).max());
    }
    Rated { table, cases, at_ms }
}

/// Agreement that is kept up vote by vote: each costs a look at its case.
#[derive(Clone, Debug)]
pub struct LiveRatings {
    scope: Scope,
    live: Live,
    place: HashMap<RegionId, usize>,
}

impl LiveRatings {
    pub fn of(project: &Project, scope: Scope) -> Self {
        let rated = ratings(project, scope);
        let place = rated.cases.iter().copied().zip(0..).collect();
        Self { scope, live: Live::of(&rated.table), place }
    }

    /// Takes in what is said of a case now. Holds as long as the classes of the project are the same.
    pub fn update(&mut self, project: &Project, case: RegionId) {
        let said = said(project, case, self.scope);
        if said.is_empty() && !self.place.contains_key(&case) {
            return;
        }
        let next = self.place.len();
        let place = *self.place.entry(case).or_insert(next);
        let class = places(self.live.table().categories());
        let known: Vec<(&Author, usize)> =
            said.iter().filter_map(|s| Some((s.member, *class.get(s.class.as_str())?))).collect();
        let rating = |(member, class): (&Author, usize)| Rating {
            rater: self.live.rater(member.name()) as u32,
            category: class as u32,
        };
        let ratings = known.into_iter().map(rating).collect();
        self.live.set(place, ratings);
    }

    /// Every coefficient, now.
    pub fn agreement(&self) -> Agreement {
        self.live.agreement()
    }

    pub fn live(&self) -> &Live {
        &self.live
    }
}

fn categories(project: &Project) -> Vec<Category> {
    let classes = project.schema().into_iter().flat_map(|schema| &schema.classes);
    classes.map(|c| Category { code: c.code.as_str().to_owned(), rank: c.rank.map(f64::from) }).collect()
}

fn places(categories: &[Category]) -> BTreeMap<&str, usize> {
    categories.iter().zip(0..).map(|(category, place)| (category.code.as_str(), place)).collect()
}

/// A member's class for a case.
struct Said<'a> {
    member: &'a Author,
    class: &'a ClassCode,
    at_ms: Option<i64>,
}

/// Each member's class for one case; rejections and abstentions name none.
fn said(project: &Project, case: RegionId, scope: Scope) -> Vec<Said<'_>> {
    let votes: Vec<&Vote> = project.votes_on(case).collect();
    let rule = &project.settings().rule;
    match scope {
        Scope::StageOne => stage_one(project, case, &votes),
        Scope::StageTwo => {
            let open: Vec<&Vote> = votes.iter().copied().filter(|vote| !vote.is_sealed()).collect();
            named(project, case, &latest(&open, Stage::Two))
        }
        Scope::Blind => named(project, case, &blind(&votes, rule)),
        Scope::Open => {
            let mut said = stage_one(project, case, &votes);
            said.extend(named(project, case, &blind(&votes, rule)));
            said
        }
    }
}

fn stage_one<'a>(project: &'a Project, case: RegionId, votes: &[&'a Vote]) -> Vec<Said<'a>> {
    let labels = project.labels_of(case).filter(|(_, l)| !l.author.is_model());
    let labels = labels.map(|(_, l)| Said { member: &l.author, class: &l.class, at_ms: l.at_ms });
    labels.chain(named(project, case, &latest(votes, Stage::One))).collect()
}

fn named<'a>(project: &'a Project, case: RegionId, votes: &[&'a Vote]) -> Vec<Said<'a>> {
    if votes.is_empty() {
        return Vec::new();
    }
    let label = project.label_of(case).map(|(_, l)| &l.class);
    let said = |vote: &&'a Vote| match opinion(vote, label) {
        Some(Opinion::Class(class)) => Some(Said { member: &vote.member, class, at_ms: vote.at_ms }),
        _ => None,
    };
    votes.iter().filter_map(said).collect()
}

/// The committee's votes at the moment it became complete; none before.
fn blind<'a>(votes: &[&'a Vote], rule: &Rule) -> Vec<&'a Vote> {
    let mut members = BTreeSet::new();
    let votes: Vec<&Vote> = votes.iter().copied().filter(|vote| !vote.is_sealed()).collect();
    let complete = votes.iter().position(|vote| {
        vote.stage == Stage::Two && members.insert(&vote.member) && members.len() >= rule.committee()
    });
    complete.map_or_else(Vec::new, |n| latest(&votes[..=n], Stage::Two))
}
