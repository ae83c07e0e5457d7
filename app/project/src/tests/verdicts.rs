//! Verdicts of their own, ties, outlines, and to whom a case comes back.

use std::sync::Arc;

use super::fixture::{World, square};
use crate::review::{
    Outline, Quorum, ReturnsTo, ReviewState as State, Rule, Stage, Ties, Verdict, Vote, because, queue,
};
use crate::{Author, Change, Edit, Member, MemberKey, RegionId, Role};

fn state(w: &World) -> State {
    w.project.outcome(w.regions[0]).state
}

fn why(w: &World) -> String {
    because(&w.project, w.regions[0], ToString::to_string)
}

fn person(w: &mut World, n: u8, name: &str, role: Role) {
    let member =
        Member { key: MemberKey([n; 32]), name: Author::new(name), color: [0; 3], role, removed: false };
    w.project.record_member(member).expect("a member");
}

fn vote(w: &mut World, member: &str, stage: Stage, verdict: Verdict) -> Vote {
    Vote {
        id: w.ids.vote(),
        case: w.regions[0],
        member: Author::new(member),
        stage,
        verdict,
        class: None,
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: None,
        shape: None,
        seal: None,
    }
}

fn outlined(w: &mut World, member: &str, x: f64) -> Vote {
    let shape = Outline { geometry: square(x, 0.0, 10.0).geometry };
    Vote { shape: Some(Arc::new(shape)), ..vote(w, member, Stage::One, Verdict::Accept) }
}

#[test]
fn who_cannot_tell_and_who_finds_the_imagery_bad_settle_a_case_each_in_their_own_way() {
    for (verdict, settled, words) in [
        (Verdict::Undetermined, State::Undetermined, "not able to determine"),
        (Verdict::BadImagery, State::BadImagery, "bad imagery"),
    ] {
        let mut w = World::with_regions(1);
        w.label(0, "ana", "no damage");
        w.vote(0, "ben", Stage::Two, verdict, "");
        w.vote(0, "cy", Stage::Two, Verdict::Accept, "no damage");
        assert_eq!(state(&w), State::StageTwo);
        w.vote(0, "dee", Stage::Two, verdict, "");
        assert_eq!(state(&w), settled);
        assert!(!settled.is_accepted(), "it is no class to export");
        assert_eq!(why(&w), format!("2 of 3 say {words}; the rule asks for 2 (more than half)."));
        assert_eq!(serde_json::to_value(settled).expect("a word"), settled.key());
    }
}

#[test]
fn a_reviewer_who_cannot_tell_takes_the_case_to_the_committee() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "no damage");
    w.vote(0, "ben", Stage::One, Verdict::BadImagery, "");
    assert_eq!(state(&w), State::Disputed);
    assert_eq!(why(&w), "Disputed, because ben finds the imagery bad.");
    assert!(w.project.returned_to(&Author::new("ana"), w.regions[0]).is_none(), "there is nothing to mend");
}

#[test]
fn what_a_committee_is_divided_on_goes_back_or_to_a_lead_as_the_rule_says() {
    let mut w = World::with_regions(1);
    person(&mut w, 1, "lea", Role::Lead);
    person(&mut w, 2, "ben", Role::Committee);
    w.label(0, "ana", "no damage");
    for (member, code) in [("ben", "no damage"), ("cy", "destroyed"), ("dee", "obscured")] {
        w.vote(0, member, Stage::Two, Verdict::Edit, code);
    }
    assert_eq!(state(&w), State::Returned);
    let early = vote(&mut w, "lea", Stage::Lead, Verdict::Reject);
    assert!(w.project.may_cast(&early).is_err(), "there is no tie to decide");
    w.rule(Rule { ties: Ties::Lead, ..Rule::default() });
    assert_eq!(state(&w), State::Tied);
    let lead = Author::new("lea");
    assert_eq!(queue(&w.project, Some(&lead), Stage::Lead).len(), 1);
    assert_eq!(queue(&w.project, Some(&Author::new("ben")), Stage::Lead), []);
    let other = vote(&mut w, "ben", Stage::Lead, Verdict::Reject);
    assert!(w.project.may_cast(&other).is_err(), "only a lead decides");
    let decided = vote(&mut w, "lea", Stage::Lead, Verdict::BadImagery);
    w.project.may_cast(&decided).expect("a lead");
    w.project.record_vote(decided).expect("cast");
    assert_eq!(state(&w), State::BadImagery);
    assert!(why(&w).ends_with("lea decided: bad imagery."), "{}", why(&w));
    assert_eq!(queue(&w.project, Some(&lead), Stage::Lead), []);
    // A lead who thought again supersedes what they said.
    let again = vote(&mut w, "lea", Stage::Lead, Verdict::Reject);
    w.project.may_cast(&again).expect("a lead");
    w.project.record_vote(again).expect("cast");
    assert_eq!(state(&w), State::Rejected);
}

#[test]
fn weights_settle_what_heads_would_not() {
    let mut w = World::with_regions(1);
    w.rule(Rule { quorum: Quorum::Weighted, weights: [("ben".to_owned(), 3)].into(), ..Rule::default() });
    w.label(0, "ana", "no damage");
    for (member, code) in [("ben", "destroyed"), ("cy", "no damage"), ("dee", "no damage")] {
        w.vote(0, member, Stage::Two, Verdict::Edit, code);
    }
    assert_eq!(state(&w), State::Accepted);
    assert_eq!(why(&w), "3 of 5 say “destroyed”; the rule asks for 3 (more than half by weight).");
}

#[test]
fn an_outline_that_overlaps_too_little_disputes_a_case_until_the_region_takes_it_on() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "no damage");
    let near = outlined(&mut w, "ben", 1.0);
    w.project.record_vote(near).expect("cast");
    assert_eq!(state(&w), State::Agreed, "outlines decide nothing unless a rule says so");
    w.rule(Rule { least_iou: 80, ..Rule::default() });
    assert_eq!(state(&w), State::Agreed, "90 of 110 is enough");
    let far = outlined(&mut w, "ben", 4.0);
    w.project.record_vote(far).expect("cast");
    assert_eq!(state(&w), State::Disputed, "60 of 140 is not");
    assert_eq!(
        why(&w),
        "Disputed, because the outline by ben overlaps it by less than the 80 % of the rule."
    );
    let ana = Author::new("ana");
    let back = w.project.returned_to(&ana, w.regions[0]).expect("it is back with its author");
    assert_eq!(back.votes.len(), 1);
    assert!(back.votes[0].shape.is_some(), "with the ghost");
    // The author takes the outline over.
    let id: RegionId = w.regions[0];
    let before = w.project.region(id).expect("there").clone();
    w.apply(&Edit::Region(Change::replace(id, before, Arc::new(square(4.0, 0.0, 10.0)))));
    assert_eq!(state(&w), State::Agreed);
    assert!(w.project.returned_to(&ana, id).is_none());
}

#[test]
fn an_outline_is_an_area_that_there_can_be() {
    let mut w = World::with_regions(1);
    for geometry in [
        geo::Point::new(1.0, 2.0).into(),
        geo::Polygon::new(vec![(0.0, 0.0), (f64::NAN, 1.0), (1.0, 1.0), (0.0, 0.0)].into(), Vec::new())
            .into(),
        geo::MultiPolygon::new(Vec::new()).into(),
    ] {
        let one = Vote {
            shape: Some(Arc::new(Outline { geometry })),
            ..vote(&mut w, "ben", Stage::One, Verdict::Reject)
        };
        w.project.record_vote(one).expect_err("no outline");
    }
}

#[test]
fn a_case_goes_back_to_somebody_senior_where_the_rule_says_so_and_never_below() {
    let mut w = World::with_regions(1);
    for (n, name, role) in [
        (1, "lea", Role::Lead),
        (2, "rob", Role::Reviewer),
        (3, "ana", Role::Annotator),
        (4, "bea", Role::Annotator),
    ] {
        person(&mut w, n, name, role);
    }
    w.label(0, "ana", "no damage");
    w.vote(0, "rob", Stage::One, Verdict::Reject, "no damage");
    let back = |w: &World| -> Vec<&str> {
        let has = |name: &&str| w.project.returned_to(&Author::new(name), w.regions[0]).is_some();
        ["lea", "rob", "ana", "bea"].into_iter().filter(has).collect()
    };
    assert_eq!(back(&w), ["ana"]);
    w.rule(Rule { returns_to: ReturnsTo::Senior, ..Rule::default() });
    assert_eq!(back(&w), ["lea", "rob"]);
    w.rule(Rule::default());
    let gone = w.project.members()[&MemberKey([3; 32])].clone();
    w.project.record_member(Member { removed: true, ..(*gone).clone() }).expect("removed");
    assert_eq!(back(&w), ["lea", "rob"], "whoever is gone does not get it, and no beginner does instead");
}

#[test]
fn a_vote_of_before_is_written_as_it_was() {
    let mut w = World::with_regions(1);
    let plain = vote(&mut w, "ben", Stage::Two, Verdict::Abstain);
    let text = serde_json::to_string(&plain).expect("text");
    assert!(!text.contains("shape") && !text.contains("seal"), "{text}");
    assert_eq!(serde_json::from_str::<Vote>(&text).expect("read"), plain);
    let drawn = outlined(&mut w, "ben", 2.0);
    let text = serde_json::to_string(&drawn).expect("text");
    assert_eq!(serde_json::from_str::<Vote>(&text).expect("read"), drawn);
}
