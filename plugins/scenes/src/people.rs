//! Simulated people with known habits: an annotator, a reviewer, a committee, and a model.

use crate::damage::DamageClass;
use crate::dice::Dice;
use crate::truth::Footprint;

/// Chance of each answer (column) for each truth (row), both in the order of [`DamageClass::ALL`].
pub type Confusion = [[f32; 6]; 6];

/// The annotator's habits.
pub const ANA: Confusion = [
    [0.80, 0.10, 0.10, 0.00, 0.00, 0.00],
    [0.10, 0.70, 0.20, 0.00, 0.00, 0.00],
    [0.00, 0.02, 0.92, 0.06, 0.00, 0.00],
    [0.00, 0.00, 0.14, 0.76, 0.10, 0.00],
    [0.00, 0.00, 0.00, 0.10, 0.78, 0.12],
    [0.00, 0.00, 0.00, 0.00, 0.08, 0.92],
];

/// A more careful pair of eyes: the reviewer and the committee.
pub const CAREFUL: Confusion = [
    [0.92, 0.05, 0.03, 0.00, 0.00, 0.00],
    [0.04, 0.88, 0.08, 0.00, 0.00, 0.00],
    [0.00, 0.01, 0.96, 0.03, 0.00, 0.00],
    [0.00, 0.00, 0.06, 0.90, 0.04, 0.00],
    [0.00, 0.00, 0.00, 0.05, 0.90, 0.05],
    [0.00, 0.00, 0.00, 0.00, 0.04, 0.96],
];

/// The model's habits: it never says that it cannot see.
pub const MODEL: Confusion = [
    [0.00, 0.00, 0.70, 0.15, 0.10, 0.05],
    [0.00, 0.00, 0.85, 0.10, 0.05, 0.00],
    [0.00, 0.00, 0.91, 0.08, 0.01, 0.00],
    [0.00, 0.00, 0.20, 0.66, 0.13, 0.01],
    [0.00, 0.00, 0.02, 0.14, 0.66, 0.18],
    [0.00, 0.00, 0.00, 0.02, 0.12, 0.86],
];

/// The annotator's name.
pub const ANNOTATOR: &str = "Ana";
/// The stage-one reviewer's name.
pub const REVIEWER: &str = "Ben";
/// The committee's names.
pub const COMMITTEE: [&str; 3] = ["Chloe", "Dev", "Emi"];

/// A class given to one footprint by a person or a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// The footprint's id.
    pub region: String,
    pub class: DamageClass,
    pub confidence: f32,
    pub note: String,
    pub seconds: f32,
}

/// One row of `votes.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ballot {
    /// The footprint's id.
    pub case: String,
    pub member: &'static str,
    /// 1 or 2.
    pub stage: u8,
    /// `accept`, `edit` or `reject`.
    pub verdict: &'static str,
    pub class: Option<DamageClass>,
    pub confidence: f32,
    pub note: &'static str,
}

fn see(truth: DamageClass, habits: &Confusion, dice: &mut Dice) -> DamageClass {
    let mut left = dice.unit();
    for (class, chance) in DamageClass::ALL.iter().zip(&habits[truth.index()]) {
        left -= chance;
        if left < 0.0 {
            return *class;
        }
    }
    truth
}

fn sureness(right: bool, dice: &mut Dice) -> f32 {
    let raw = if right { dice.range(0.62, 1.0) } else { dice.range(0.4, 0.86) };
    (raw * 100.0).round() / 100.0
}

/// The labels of one person with these habits.
pub(crate) fn labels(footprints: &[Footprint], habits: &Confusion, name: &str, seed: u64) -> Vec<Opinion> {
    let mut dice = Dice::new(seed, name);
    footprints
        .iter()
        .map(|f| {
            let class = see(f.class, habits, &mut dice);
            let confidence = sureness(class == f.class, &mut dice);
            let note = match class {
                DamageClass::Obscured => "under trees",
                DamageClass::UnClassified => "edge of the mosaic",
                DamageClass::MajorDamage if dice.chance(0.25) => "tarp or open roof",
                _ => "",
            };
            let seconds = (dice.range(2.5, 9.0) + 14.0 * (1.0 - confidence)) * 10.0;
            Opinion {
                region: f.id.clone(),
                class,
                confidence,
                note: note.to_owned(),
                seconds: seconds.round() / 10.0,
            }
        })
        .collect()
}

/// The reviewer's verdict on each label, and the committee's on those that are disputed.
pub(crate) fn ballots(footprints: &[Footprint], labels: &[Opinion], seed: u64) -> Vec<Ballot> {
    let mut dice = Dice::new(seed, "votes");
    let mut first = Vec::new();
    let mut second = Vec::new();
    for (footprint, label) in footprints.iter().zip(labels) {
        let seen = see(footprint.class, &CAREFUL, &mut dice);
        let confidence = sureness(seen == footprint.class, &mut dice);
        let agrees = seen == label.class;
        let (verdict, class, note) = match (agrees, dice.chance(0.85)) {
            (true, _) => ("accept", Some(label.class), ""),
            (false, true) => ("edit", Some(seen), ""),
            (false, false) => ("reject", None, "not what I see in the image"),
        };
        let case = footprint.id.clone();
        first.push(Ballot {
            case: case.clone(),
            member: REVIEWER,
            stage: 1,
            verdict,
            class,
            confidence,
            note,
        });
        if agrees {
            continue;
        }
        for member in COMMITTEE {
            let seen = see(footprint.class, &CAREFUL, &mut dice);
            let verdict = if seen == label.class { "accept" } else { "edit" };
            let confidence = sureness(seen == footprint.class, &mut dice);
            let (case, class) = (case.clone(), Some(seen));
            second.push(Ballot { case, member, stage: 2, verdict, class, confidence, note: "" });
        }
    }
    first.extend(second);
    first
}
