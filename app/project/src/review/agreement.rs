//! How well the members agree, in numbers that hold up in a paper.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::review::coefficients::{Metric, Weight, cohen_kappa, fleiss_kappa, krippendorff_alpha, pairs};
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
}

/// Who gave which case which class: the table that agreement is computed from. Missing votes are
/// missing, not a class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ratings {
    /// Classes with their place on the scale.
    classes: Vec<(ClassCode, Option<f64>)>,
    members: Vec<Author>,
    /// Per case: (index of the member, index of the class).
    cases: Vec<Vec<(usize, usize)>>,
}

/// Agreement between members. Coefficients that are not defined (too few votes, no variation) are null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Cases with at least one vote.
    pub cases: usize,
    /// Votes for a class on them.
    pub votes: usize,
    pub members: usize,
    /// Equal pairs of votes on one case among all such pairs, 0 to 100.
    pub percent: Option<f64>,
    /// Every pair of members with a case in common.
    pub cohen_kappa: Vec<PairKappa>,
    pub fleiss_kappa: Option<f64>,
    pub krippendorff_alpha: Alpha,
    /// Every class that got a vote.
    pub per_class: BTreeMap<ClassCode, ClassAgreement>,
}

/// Cohen's κ of two members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairKappa {
    pub a: Author,
    pub b: Author,
    pub kappa: Option<f64>,
    /// Weighted by distance between ranks, over the cases where both saw a ranked class.
    pub linear: Option<f64>,
    pub quadratic: Option<f64>,
    /// Cases that both rated.
    pub n: usize,
}

/// Krippendorff's α under four metrics; all but the nominal use ranks and take unranked classes as
/// missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alpha {
    pub nominal: Option<f64>,
    pub ordinal: Option<f64>,
    pub interval: Option<f64>,
    pub ratio: Option<f64>,
}

/// Agreement on one class against all others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassAgreement {
    pub votes: usize,
    /// Cases where at least one member saw it.
    pub cases: usize,
    /// Given that one member sees the class: how often another does too, 0 to 1.
    pub agreement: Option<f64>,
    pub krippendorff_alpha: Option<f64>,
}

impl Ratings {
    /// A table over classes with their ranks. Rows are added with [`Ratings::push`].
    pub fn new(classes: Vec<(ClassCode, Option<f64>)>, members: Vec<Author>) -> Self {
        Self { classes, members, cases: Vec::new() }
    }

    /// Adds a case: indices of members and of classes. A member counts once on a case; ratings outside
    /// the table are left out.
    pub fn push(&mut self, ratings: impl IntoIterator<Item = (usize, usize)>) {
        let known = |r: &(usize, usize)| r.0 < self.members.len() && r.1 < self.classes.len();
        let once: BTreeMap<usize, usize> = ratings.into_iter().filter(known).collect();
        if !once.is_empty() {
            self.cases.push(once.into_iter().collect());
        }
    }

    /// What the members of a project said.
    pub fn of(project: &Project, scope: Scope) -> Self {
        let classes: Vec<_> = project.schema().map_or_else(Vec::new, |schema| {
            schema.classes.iter().map(|c| (c.code.clone(), c.rank.map(f64::from))).collect()
        });
        let said: Vec<Vec<(&Author, &ClassCode)>> =
            project.regions().keys().map(|case| said(project, *case, scope)).collect();
        let members: BTreeMap<&Author, usize> = said.iter().flatten().map(|(m, _)| (*m, 0)).collect();
        let members: BTreeMap<&Author, usize> = members.into_keys().zip(0..).collect();
        let class_index: BTreeMap<&ClassCode, usize> =
            classes.iter().zip(0..).map(|((code, _), i)| (code, i)).collect();
        let rows: Vec<Vec<(usize, usize)>> = said
            .iter()
            .map(|row| row.iter().filter_map(|(m, c)| Some((members[m], *class_index.get(c)?))).collect())
            .collect();
        let mut ratings = Self::new(classes.clone(), members.into_keys().cloned().collect());
        for row in rows {
            ratings.push(row);
        }
        ratings
    }

    /// Every coefficient over the table.
    pub fn agreement(&self) -> Agreement {
        self.without_unused_classes().compute()
    }

    /// The middle 95 % of nominal α over resampled cases (percentile bootstrap): how far the number can be
    /// trusted. The same seed gives the same interval; `None` where α is not defined.
    pub fn alpha_interval(&self, resamples: usize, seed: u64) -> Option<[f64; 2]> {
        let table = self.without_unused_classes();
        let values: Vec<f64> = (0..table.classes.len()).map(|i| i as f64).collect();
        bootstrap(table.units(Some), &values, Metric::Nominal, resamples, seed)
    }

    /// The same of ordinal α.
    pub fn ordinal_alpha_interval(&self, resamples: usize, seed: u64) -> Option<[f64; 2]> {
        let table = self.without_unused_classes();
        let (ranks, places) = table.scale();
        bootstrap(table.units(|class| places[class]), &ranks, Metric::Ordinal, resamples, seed)
    }

    /// A schema may have thousands of classes, and the coefficients take the square of them.
    fn without_unused_classes(&self) -> Self {
        let used: BTreeSet<usize> = self.cases.iter().flatten().map(|(_, class)| *class).collect();
        let place: BTreeMap<usize, usize> = used.iter().copied().zip(0..).collect();
        let renumber = |case: &Vec<(usize, usize)>| {
            case.iter().filter_map(|(m, class)| Some((*m, *place.get(class)?))).collect()
        };
        Self {
            classes: used.iter().map(|class| self.classes[*class].clone()).collect(),
            members: self.members.clone(),
            cases: self.cases.iter().map(renumber).collect(),
        }
    }

    fn compute(&self) -> Agreement {
        let nominal = self.units(Some);
        let values: Vec<f64> = (0..self.classes.len()).map(|i| i as f64).collect();
        let (equal, all) = pairs(slices(&nominal));
        Agreement {
            cases: self.cases.len(),
            votes: self.cases.iter().map(Vec::len).sum(),
            members: self.members.len(),
            percent: (all > 0.0).then(|| 100.0 * equal / all),
            cohen_kappa: self.cohen_kappa(),
            fleiss_kappa: fleiss_kappa(slices(&nominal), self.classes.len()),
            krippendorff_alpha: Alpha {
                nominal: krippendorff_alpha(slices(&nominal), &values, Metric::Nominal),
                ..self.ranked_alpha()
            },
            per_class: self.per_class(),
        }
    }

    /// Per case the classes given, renamed; `None` drops a rating.
    fn units(&self, rename: impl Fn(usize) -> Option<usize>) -> Vec<Vec<usize>> {
        let unit = |case: &Vec<(usize, usize)>| case.iter().filter_map(|(_, c)| rename(*c)).collect();
        self.cases.iter().map(unit).collect()
    }

    /// The distinct ranks, ascending, and for each class its place among them.
    fn scale(&self) -> (Vec<f64>, Vec<Option<usize>>) {
        let mut ranks: Vec<f64> = self.classes.iter().filter_map(|(_, rank)| *rank).collect();
        ranks.sort_by(f64::total_cmp);
        ranks.dedup();
        let place = |rank: &Option<f64>| ranks.iter().position(|r| Some(*r) == *rank);
        let places = self.classes.iter().map(|(_, rank)| place(rank)).collect();
        (ranks, places)
    }

    fn ranked_alpha(&self) -> Alpha {
        let (ranks, places) = self.scale();
        let units = self.units(|class| places[class]);
        let alpha = |metric| krippendorff_alpha(slices(&units), &ranks, metric);
        Alpha {
            nominal: None,
            ordinal: alpha(Metric::Ordinal),
            interval: alpha(Metric::Interval),
            ratio: alpha(Metric::Ratio),
        }
    }

    fn cohen_kappa(&self) -> Vec<PairKappa> {
        let mut common: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
        for case in &self.cases {
            for (i, (a, class_a)) in case.iter().enumerate() {
                for (b, class_b) in &case[i + 1..] {
                    common.entry((*a, *b)).or_default().push((*class_a, *class_b));
                }
            }
        }
        let kappa = |((a, b), seen): ((usize, usize), Vec<(usize, usize)>)| {
            let rank = |class: usize| self.classes[class].1;
            let codes = seen.iter().map(|(a, b)| (*a as f64, *b as f64));
            let ranks = seen.iter().filter_map(|(a, b)| Some((rank(*a)?, rank(*b)?)));
            let (plain, ranked) = (Confusion::new(codes), Confusion::new(ranks));
            PairKappa {
                a: self.members[a].clone(),
                b: self.members[b].clone(),
                kappa: plain.kappa(Weight::Plain),
                linear: ranked.kappa(Weight::Linear),
                quadratic: ranked.kappa(Weight::Quadratic),
                n: seen.len(),
            }
        };
        common.into_iter().map(kappa).collect()
    }

    fn per_class(&self) -> BTreeMap<ClassCode, ClassAgreement> {
        let mut per_class = BTreeMap::new();
        for (index, (code, _)) in self.classes.iter().enumerate() {
            let units = self.units(|class| Some(usize::from(class == index)));
            let votes: usize = units.iter().flatten().sum();
            if votes == 0 {
                continue;
            }
            let (mut both, mut one) = (0, 0);
            for unit in &units {
                let seen: usize = unit.iter().sum();
                both += seen * seen.saturating_sub(1);
                one += seen * (unit.len() - 1);
            }
            let agreement = ClassAgreement {
                votes,
                cases: units.iter().filter(|unit| unit.contains(&1)).count(),
                agreement: (one > 0).then(|| both as f64 / one as f64),
                krippendorff_alpha: krippendorff_alpha(slices(&units), &[0.0, 1.0], Metric::Nominal),
            };
            per_class.insert(code.clone(), agreement);
        }
        per_class
    }
}

/// The middle 95 % of α over resampled units.
fn bootstrap(
    units: Vec<Vec<usize>>,
    values: &[f64],
    metric: Metric,
    resamples: usize,
    seed: u64,
) -> Option<[f64; 2]> {
    let units: Vec<Vec<usize>> = units.into_iter().filter(|u| u.len() > 1).collect();
    let alpha = |units: &mut dyn Iterator<Item = &[usize]>| krippendorff_alpha(units, values, metric);
    alpha(&mut slices(&units))?;
    let mut draw = Draw(seed);
    let mut alphas: Vec<f64> = (0..resamples)
        .filter_map(|_| alpha(&mut (0..units.len()).map(|_| units[draw.below(units.len())].as_slice())))
        .collect();
    alphas.sort_by(f64::total_cmp);
    let at = |share: f64| alphas.get((share * alphas.len().saturating_sub(1) as f64).round() as usize);
    Some([*at(0.025)?, *at(0.975)?])
}

/// SplitMix64: drawing cases with replacement needs no better.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// How often two members gave which two values; only values that occur take space.
struct Confusion {
    values: Vec<f64>,
    cells: Vec<f64>,
}

impl Confusion {
    fn new(pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let pairs: Vec<(f64, f64)> = pairs.collect();
        let mut values: Vec<f64> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let place = |value: f64| values.partition_point(|v| *v < value);
        let mut cells = vec![0.0; values.len() * values.len()];
        for (a, b) in pairs {
            cells[place(a) * values.len() + place(b)] += 1.0;
        }
        Self { values, cells }
    }

    fn kappa(&self, weight: Weight) -> Option<f64> {
        cohen_kappa(&self.cells, &self.values, weight)
    }
}

fn slices(units: &[Vec<usize>]) -> impl Iterator<Item = &[usize]> {
    units.iter().map(Vec::as_slice)
}

/// Each member's class for one case; rejections and abstentions name none.
fn said(project: &Project, case: RegionId, scope: Scope) -> Vec<(&Author, &ClassCode)> {
    let votes: Vec<&Vote> = project.votes_on(case).collect();
    let label = project.label_of(case).map(|(_, l)| &l.class);
    let counted = match scope {
        Scope::StageOne => latest(&votes, Stage::One),
        Scope::StageTwo => latest(&votes, Stage::Two),
        Scope::Blind => blind(&votes, &project.settings().rule),
    };
    let mut said: Vec<(&Author, &ClassCode)> = Vec::new();
    if scope == Scope::StageOne {
        let labels = project.labels_of(case).filter(|(_, l)| !l.author.is_model());
        said.extend(labels.map(|(_, l)| (&l.author, &l.class)));
    }
    for vote in counted {
        if let Some(Opinion::Class(class)) = opinion(vote, label) {
            said.push((&vote.member, class));
        }
    }
    said
}

/// The committee's votes at the moment it became complete; none before.
fn blind<'a>(votes: &[&'a Vote], rule: &Rule) -> Vec<&'a Vote> {
    let complete = |n: &usize| latest(&votes[..*n], Stage::Two).len() >= rule.committee();
    (1..=votes.len()).find(complete).map_or_else(Vec::new, |n| latest(&votes[..n], Stage::Two))
}
