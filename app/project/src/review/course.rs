//! How agreement came about: Krippendorff's α as one committee after the other became complete.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use agreement::{Metric, Tally, krippendorff_alpha};
use serde::{Deserialize, Serialize};

use crate::review::outcome::{Opinion, opinion};
use crate::review::{Stage, Vote};
use crate::{Author, ClassCode, Project, RegionId};

/// α over the cases whose committee was complete at one moment, of the votes as they were cast blind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CoursePoint {
    /// Cases with a complete committee of which somebody named a class.
    pub cases: usize,
    /// Votes for a class on them.
    pub votes: usize,
    /// Unix milliseconds of the vote that completed the newest of them, when known.
    pub at_ms: Option<i64>,
    /// `None` where α is not defined: too few votes, or no variation.
    pub nominal: Option<f64>,
    pub ordinal: Option<f64>,
}

/// α in the order in which the votes were cast, at no more than `most` moments spread evenly over the cases;
/// the last is now. What [`ratings`](crate::review::ratings) of the scope
/// [`Blind`](crate::review::Scope::Blind) say, had they been asked then.
///
/// The votes are gone through once; each moment costs the square of the number of classes that were named.
pub fn course(project: &Project, most: usize) -> Vec<CoursePoint> {
    let complete = completions(project);
    let scale = Scale::of(project, &complete);
    let (mut nominal, mut ordinal) = (Tally::default(), Tally::default());
    let codes: Vec<f64> = (0..scale.classes.len()).map(|i| i as f64).collect();
    let mut points = Vec::new();
    let mut votes = 0;
    for (done, one) in (1..).zip(&complete) {
        let unit: Vec<u32> = one.classes.iter().map(|class| scale.classes[class].place).collect();
        let ranked: Vec<u32> = one.classes.iter().filter_map(|class| scale.classes[class].rank).collect();
        nominal.add(&unit);
        ordinal.add(&ranked);
        votes += unit.len();
        if is_moment(done, complete.len(), most) {
            points.push(CoursePoint {
                cases: done,
                votes,
                at_ms: one.at_ms,
                nominal: alpha(&nominal, &codes, Metric::Nominal),
                ordinal: alpha(&ordinal, &scale.ranks, Metric::Ordinal),
            });
        }
    }
    points
}

/// α of places on a scale.
fn alpha(tally: &Tally, scale: &[f64], metric: Metric) -> Option<f64> {
    let sums = tally.sums();
    let values: Vec<f64> = sums.used.iter().map(|place| scale[*place as usize]).collect();
    krippendorff_alpha(&sums, &values, metric)
}

/// True for `most` of the numbers 1 to `all`, evenly spread, the last among them.
fn is_moment(number: usize, all: usize, most: usize) -> bool {
    let step = |n: usize| (n as u128 * most.min(all) as u128).div_ceil(all.max(1) as u128);
    step(number) != step(number + 1) || number == all && most > 0
}

/// A committee as it became complete.
struct Completion<'a> {
    at_ms: Option<i64>,
    classes: Vec<&'a ClassCode>,
}

/// Committees in the order in which they became complete; those that named no class are left out.
fn completions(project: &Project) -> Vec<Completion<'_>> {
    let size = project.settings().rule.committee();
    // `None`: complete already.
    let mut open: HashMap<RegionId, Option<BTreeMap<&Author, &Vote>>> = HashMap::new();
    let mut complete = Vec::new();
    for vote in project.votes_in_order().filter(|vote| vote.stage == Stage::Two && !vote.is_sealed()) {
        let known = |project: &Project| project.region(vote.case).is_some();
        let Some(committee) = open.entry(vote.case).or_insert_with(|| known(project).then(BTreeMap::new))
        else {
            continue;
        };
        committee.insert(&vote.member, vote);
        if committee.len() < size {
            continue;
        }
        let label = project.label_of(vote.case).map(|(_, label)| &label.class);
        let classes: Vec<&ClassCode> = committee
            .values()
            .filter_map(|vote| match opinion(vote, label) {
                Some(Opinion::Class(class)) => Some(class),
                _ => None,
            })
            .collect();
        if !classes.is_empty() {
            complete.push(Completion { at_ms: vote.at_ms, classes });
        }
        open.insert(vote.case, None);
    }
    complete
}

/// The classes that were named, each with its place, and with that of its rank where it has one.
struct Scale<'a> {
    classes: HashMap<&'a ClassCode, Place>,
    /// Distinct ranks, ascending.
    ranks: Vec<f64>,
}

struct Place {
    place: u32,
    rank: Option<u32>,
}

impl<'a> Scale<'a> {
    fn of(project: &'a Project, complete: &[Completion<'a>]) -> Self {
        let named: BTreeSet<&ClassCode> =
            complete.iter().flat_map(|one| one.classes.iter().copied()).collect();
        let rank = |code: &ClassCode| {
            let class = project.schema().and_then(|schema| schema.class(code));
            class.and_then(|class| class.rank).map(f64::from)
        };
        let mut ranks: Vec<f64> = named.iter().filter_map(|code| rank(code)).collect();
        ranks.sort_by(f64::total_cmp);
        ranks.dedup();
        let place = |(place, code): (usize, &'a ClassCode)| {
            let rank = rank(code).and_then(|rank| ranks.iter().position(|known| *known == rank));
            (code, Place { place: place as u32, rank: rank.map(|rank| rank as u32) })
        };
        let classes = named.into_iter().enumerate().map(place).collect();
        Self { classes, ranks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_spread_evenly_and_end_with_the_last() {
        let moments = |all, most| (1..=all).filter(|n| is_moment(*n, all, most)).collect::<Vec<_>>();
        assert_eq!(moments(10, 5), [2, 4, 6, 8, 10]);
        assert_eq!(moments(3, 200), [1, 2, 3]);
        assert_eq!(moments(1, 1), [1]);
        assert_eq!(moments(0, 5), Vec::<usize>::new());
        for (all, most) in [(100_000, 200), (7, 3), (1000, 999), (5, 1), (4, 0)] {
            let found = moments(all, most);
            assert!(found.len() <= most.min(all), "{all} {most}: {}", found.len());
            assert_eq!(found.last().copied(), (most > 0).then_some(all));
        }
    }
}
