//! Agreement as computed from a project's votes.

use agreement::Agreement;
use proptest::prelude::*;

use super::fixture::World;
use crate::Project;
use crate::review::{LiveRatings, Rule, Scope, Stage, Verdict, ratings};

const MEMBERS: [&str; 4] = ["ana", "ben", "cy", "dee"];
const CODES: [&str; 5] = ["no damage", "minor damage", "major damage", "destroyed", "obscured"];

fn agreement(project: &Project, scope: Scope) -> Agreement {
    ratings(project, scope).table.agreement()
}

/// Two members on ten cases: codes 0 to 3 stand for "no damage" to "destroyed".
fn two_members() -> World {
    let (a, b) = ([0, 0, 1, 2, 3, 3, 2, 1, 0, 3], [0, 1, 1, 2, 3, 2, 2, 0, 0, 3]);
    let mut w = World::with_regions(10);
    for at in 0..10 {
        w.vote(at, "ana", Stage::Two, Verdict::Edit, CODES[a[at]]);
        w.vote(at, "ben", Stage::Two, Verdict::Edit, CODES[b[at]]);
    }
    w
}

#[test]
fn two_members_get_the_known_kappa() {
    let agreement = agreement(&two_members().project, Scope::StageTwo);
    assert_eq!((agreement.cases, agreement.votes, agreement.members), (10, 20, 2));
    assert_eq!(agreement.percent, Some(70.0));
    let pair = &agreement.cohen_kappa[0];
    assert_eq!((pair.a.as_str(), pair.b.as_str(), pair.n, pair.percent), ("ana", "ben", 10, 70.0));
    assert!((pair.kappa.expect("defined") - 0.6).abs() < 1e-12);
    assert!((pair.quadratic.expect("defined") - 0.888_889).abs() < 1e-6);
    assert_eq!(agreement.per_class["destroyed"].votes, 5);
    assert_eq!(agreement.per_class["destroyed"].agreement, Some(0.8));
    assert!(!agreement.per_class.contains_key("obscured"));
    assert_eq!(agreement.per_member["ben"].agreement, Some(0.7));
}

#[test]
fn an_open_committee_is_in_the_whole_count_and_not_in_the_blind_one() {
    let mut w = two_members();
    assert_eq!(agreement(&w.project, Scope::Blind).votes, 0);
    assert_eq!(agreement(&w.project, Scope::Open).votes, 0, "what is fused is open");
    w.rule(Rule { committee_size: 2, ..Rule::default() });
    let blind = agreement(&w.project, Scope::Blind);
    assert_eq!(blind, agreement(&w.project, Scope::StageTwo));
    w.vote(0, "ana", Stage::Two, Verdict::Edit, "obscured");
    w.vote(1, "cy", Stage::Two, Verdict::Edit, "obscured");
    assert_eq!(agreement(&w.project, Scope::Blind), blind, "no longer blind: not counted");
    assert_ne!(agreement(&w.project, Scope::StageTwo), blind);
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
    let alpha = agreement(&w.project, Scope::StageTwo).krippendorff_alpha;
    assert!(alpha.nominal.expect("defined") < 1.0);
    assert_eq!(alpha.ordinal, Some(1.0));
    assert_eq!(alpha.interval, Some(1.0));
}

#[test]
fn stage_one_compares_labels_with_what_reviewers_saw() {
    let mut w = World::with_regions(4);
    for at in 0..3 {
        w.label(at, "ana", "no damage");
    }
    w.label(0, "model:x", "destroyed");
    w.vote(0, "ben", Stage::One, Verdict::Accept, "no damage");
    w.vote(1, "ben", Stage::One, Verdict::Edit, "destroyed");
    w.vote(2, "ben", Stage::One, Verdict::Reject, "");
    let agreement = agreement(&w.project, Scope::StageOne);
    assert_eq!((agreement.cases, agreement.votes, agreement.members), (3, 5, 2));
    assert_eq!(agreement.percent, Some(50.0));
    let rated = ratings(&w.project, Scope::StageOne);
    assert_eq!(rated.cases, w.regions[..3], "a case of which nobody said anything is left out");
    let one = rated.filtered(|case, _| case == w.regions[1]);
    assert_eq!((one.cases.len(), one.at_ms.len(), one.table.votes()), (1, 1, 2));
}

#[test]
fn a_committee_vote_outranks_what_the_member_said_at_stage_one() {
    let mut w = World::with_regions(1);
    w.rule(Rule { committee_size: 2, ..Rule::default() });
    w.label(0, "ana", "no damage");
    w.vote(0, "ben", Stage::One, Verdict::Edit, "minor damage");
    let said = |w: &World| {
        let rated = ratings(&w.project, Scope::Open);
        let named = |r: &agreement::Rating| {
            let category = &rated.table.categories()[r.category as usize].code;
            format!("{} {category}", rated.table.raters()[r.rater as usize])
        };
        rated.table.cases()[0].iter().map(named).collect::<Vec<_>>()
    };
    assert_eq!(said(&w), ["ana no damage", "ben minor damage"]);
    w.vote(0, "ben", Stage::Two, Verdict::Edit, "destroyed");
    assert_eq!(said(&w), ["ana no damage", "ben minor damage"], "the committee is open");
    w.vote(0, "cy", Stage::Two, Verdict::Edit, "destroyed");
    assert_eq!(said(&w), ["ana no damage", "ben destroyed", "cy destroyed"]);
}

#[test]
fn what_is_not_defined_is_null_and_the_keys_are_the_promised_ones() {
    let empty = agreement(&World::with_regions(2).project, Scope::StageTwo);
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
        "gwet",
        "per_class",
        "per_member",
    ];
    assert_eq!(keys, promised);
    assert!(json["percent"].is_null() && json["fleiss_kappa"].is_null());
    for metric in ["nominal", "ordinal", "interval", "ratio"] {
        assert!(json["krippendorff_alpha"][metric].is_null());
    }
}

proptest! {
    #[test]
    fn kept_up_vote_by_vote_it_is_what_the_project_counted_anew_says(
        votes in prop::collection::vec((0..6_usize, 0..4_usize, 0..2_usize, 0..5_usize, 0..5_usize), 0..60),
        size in 1..4_u32,
    ) {
        const VERDICTS: [Verdict; 4] = [Verdict::Accept, Verdict::Edit, Verdict::Reject, Verdict::Abstain];
        let mut w = World::with_regions(6);
        w.rule(Rule { committee_size: size, ..Rule::default() });
        (0..6).for_each(|at| { w.label(at, "ana", CODES[at % 5]); });
        let scopes = [Scope::StageOne, Scope::StageTwo, Scope::Blind, Scope::Open];
        let mut live = scopes.map(|scope| LiveRatings::of(&w.project, scope));
        for (case, member, stage, verdict, code) in votes {
            let verdict = VERDICTS.get(verdict).copied().unwrap_or(Verdict::Edit);
            w.vote(case, MEMBERS[member], [Stage::One, Stage::Two][stage], verdict, CODES[code]);
            for (live, scope) in live.iter_mut().zip(scopes) {
                live.update(&w.project, w.regions[case]);
                let (now, anew) = (live.agreement(), agreement(&w.project, scope));
                prop_assert_eq!(now.krippendorff_alpha, anew.krippendorff_alpha);
                prop_assert_eq!(now.gwet, anew.gwet);
                prop_assert_eq!(now.per_class, anew.per_class);
                prop_assert_eq!(now.per_member, anew.per_member);
                prop_assert_eq!((now.cases, now.votes, now.members), (anew.cases, anew.votes, anew.members));
                // Members join in the order of their first vote, so a pair may be the other way round.
                prop_assert_eq!(now.cohen_kappa.len(), anew.cohen_kappa.len());
            }
        }
    }
}
