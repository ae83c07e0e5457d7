//! Agreement as computed from a project's votes.

use super::fixture::{World, class};
use crate::review::{Ratings, Rule, Scope, Stage, Verdict};

const MEMBERS: [&str; 4] = ["ana", "ben", "cy", "dee"];

/// Two members on ten cases: codes 0 to 3 stand for "no damage" to "destroyed".
fn two_members() -> World {
    let codes = ["no damage", "minor damage", "major damage", "destroyed"];
    let (a, b) = ([0, 0, 1, 2, 3, 3, 2, 1, 0, 3], [0, 1, 1, 2, 3, 2, 2, 0, 0, 3]);
    let mut w = World::with_regions(10);
    for at in 0..10 {
        w.vote(at, "ana", Stage::Two, Verdict::Edit, codes[a[at]]);
        w.vote(at, "ben", Stage::Two, Verdict::Edit, codes[b[at]]);
    }
    w
}

#[test]
fn two_members_get_the_known_kappa() {
    let agreement = Ratings::of(&two_members().project, Scope::StageTwo).agreement();
    assert_eq!((agreement.cases, agreement.votes, agreement.members), (10, 20, 2));
    assert_eq!(agreement.percent, Some(70.0));
    let pair = &agreement.cohen_kappa[0];
    assert_eq!((pair.a.name(), pair.b.name(), pair.n), ("ana", "ben", 10));
    assert!((pair.kappa.expect("defined") - 0.6).abs() < 1e-12);
    assert!((pair.quadratic.expect("defined") - 0.888_889).abs() < 1e-6);
    assert_eq!(agreement.per_class[&class("destroyed")].votes, 5);
    assert_eq!(agreement.per_class[&class("destroyed")].agreement, Some(0.8));
    assert!(!agreement.per_class.contains_key(&class("obscured")));
}

#[test]
fn an_open_committee_is_in_the_whole_count_and_not_in_the_blind_one() {
    let mut w = two_members();
    assert_eq!(Ratings::of(&w.project, Scope::Blind).agreement().votes, 0);
    w.rule(Rule { committee_size: 2, ..Rule::default() });
    let blind = Ratings::of(&w.project, Scope::Blind).agreement();
    assert_eq!(blind, Ratings::of(&w.project, Scope::StageTwo).agreement());
    w.vote(0, "ana", Stage::Two, Verdict::Edit, "obscured");
    w.vote(1, "cy", Stage::Two, Verdict::Edit, "obscured");
    assert_eq!(Ratings::of(&w.project, Scope::Blind).agreement(), blind, "no longer blind: not counted");
    assert_ne!(Ratings::of(&w.project, Scope::StageTwo).agreement(), blind);
}

#[test]
fn unranked_classes_are_missing_where_distance_counts() {
    let mut w = World::with_regions(3);
    for member in MEMBERS {
        w.vote(0, member, Stage::Two, Verdict::Edit, "no damage");
        w.vote(1, member, Stage::Two, Verdict::Edit, "destroyed");
        let code = if member == "ana" { "obscured" } else { "destroyed" };
        w.vote(2, member, Stage::Two, Verdict::Edit, code);
    }
    let agreement = Ratings::of(&w.project, Scope::StageTwo).agreement();
    let alpha = agreement.krippendorff_alpha;
    assert!(alpha.nominal.expect("defined") < 1.0);
    assert_eq!(alpha.ordinal, Some(1.0));
    assert_eq!(alpha.interval, Some(1.0));
}

#[test]
fn stage_one_compares_labels_with_what_reviewers_saw() {
    let mut w = World::with_regions(3);
    for at in 0..3 {
        w.label(at, "ana", "no damage");
    }
    w.label(0, "model:x", "destroyed");
    w.vote(0, "ben", Stage::One, Verdict::Accept, "no damage");
    w.vote(1, "ben", Stage::One, Verdict::Edit, "destroyed");
    w.vote(2, "ben", Stage::One, Verdict::Reject, "");
    let agreement = Ratings::of(&w.project, Scope::StageOne).agreement();
    assert_eq!((agreement.cases, agreement.votes, agreement.members), (3, 5, 2));
    assert_eq!(agreement.percent, Some(50.0));
}

#[test]
fn the_interval_holds_the_number_narrows_with_more_cases_and_repeats() {
    // Two members who agree on 80 of 100 cases with two classes equally often: α is about 0.6.
    let table = |cases: usize| {
        let mut ratings = Ratings::new(
            vec![(class("a"), None), (class("b"), None)],
            ["ana", "ben"].map(crate::Author::new).to_vec(),
        );
        for i in 0..cases {
            let (a, differs) = (i % 2, i % 10 < 2);
            ratings.push([(0, a), (1, if differs { 1 - a } else { a })]);
        }
        ratings
    };
    let width = |ratings: &Ratings| {
        let [low, high] = ratings.alpha_interval(400, 1).expect("defined");
        let alpha = ratings.agreement().krippendorff_alpha.nominal.expect("defined");
        assert!(low < alpha && alpha < high, "{low} {alpha} {high}");
        high - low
    };
    let (few, many) = (table(100), table(1_600));
    // The standard error falls with the root of the number of cases: to a quarter.
    assert!((2.5..6.0).contains(&(width(&few) / width(&many))));
    assert_eq!(few.alpha_interval(400, 1), few.alpha_interval(400, 1));
    assert_eq!(Ratings::default().alpha_interval(400, 1), None);
}

#[test]
fn what_is_not_defined_is_null_and_the_keys_are_the_promised_ones() {
    let empty = Ratings::of(&World::with_regions(2).project, Scope::StageTwo).agreement();
    let json = serde_json::to_value(&empty).expect("serialises");
    let keys: Vec<&String> = json.as_object().expect("an object").keys().collect();
    let promised = [
        "cases",
        "votes",
        "members",
        "percent",
        "cohen_kappa",
        "fleiss_kappa",
        "krippendorff_alpha",
        "per_class",
    ];
    assert_eq!(keys, promised);
    assert!(json["percent"].is_null() && json["fleiss_kappa"].is_null());
    for metric in ["nominal", "ordinal", "interval", "ratio"] {
        assert!(json["krippendorff_alpha"][metric].is_null());
    }
}

#[test]
fn with_two_ranks_the_ordinal_interval_is_the_nominal_one_and_without_ranks_there_is_none() {
    let table = |ranks: [Option<f64>; 2]| {
        let classes = vec![(class("a"), ranks[0]), (class("b"), ranks[1])];
        let mut ratings = Ratings::new(classes, ["ana", "ben"].map(crate::Author::new).to_vec());
        for i in 0..60 {
            ratings.push([(0, i % 2), (1, if i % 5 == 0 { 1 - i % 2 } else { i % 2 })]);
        }
        ratings
    };
    let ranked = table([Some(1.0), Some(2.0)]);
    let (ordinal, nominal) = (ranked.ordinal_alpha_interval(200, 7), ranked.alpha_interval(200, 7));
    let (ordinal, nominal) = (ordinal.expect("defined"), nominal.expect("defined"));
    for (a, b) in ordinal.iter().zip(nominal) {
        assert!((a - b).abs() < 1e-12, "{ordinal:?} {nominal:?}");
    }
    assert_eq!(table([None, None]).ordinal_alpha_interval(200, 7), None);
}
