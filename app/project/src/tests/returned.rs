//! A case that comes back to whoever labelled it, and goes to review again.

use proptest::prelude::*;

use super::fixture::{World, label};
use crate::review::{ReviewState as State, Rule, Stage, Verdict, queue};
use crate::{Author, Change, Edit};

fn state(world: &World) -> State {
    world.project.outcome(world.regions[0]).state
}

/// Stage that sent the case back to a member, and who spoke against the label.
fn back(world: &World, member: &str) -> Option<(Stage, Vec<String>)> {
    let returned = world.project.returned_to(&Author::new(member), world.regions[0])?;
    Some((returned.by, returned.votes.iter().map(|v| v.member.to_string()).collect()))
}

/// The member's label says this and answers every vote that the member can see.
fn answer(world: &mut World, member: &str, code: &str) {
    let (case, author) = (world.regions[0], Author::new(member));
    let (id, before) =
        world.project.label_by(case, &author).map(|(id, l)| (id, l.clone())).expect("labelled");
    let mut after = label(case, member, code);
    after.replies_to = world.project.answerable(&author, case);
    world.apply(&Edit::Label(Change::replace(id, before, after)));
}

fn waits_for(world: &World, member: &str, stage: Stage) -> bool {
    !queue(&world.project, Some(&Author::new(member)), stage).is_empty()
}

#[test]
fn a_rejected_label_is_back_with_its_author_until_it_is_answered() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "minor damage");
    assert_eq!(back(&w, "ana"), None);
    w.vote(0, "ben", Stage::One, Verdict::Reject, "minor damage");
    assert_eq!(back(&w, "ana"), Some((Stage::One, vec!["ben".into()])));
    assert_eq!(back(&w, "ben"), None, "it is not his label");
    assert_eq!(w.project.all_returned_to(&Author::new("ana")), w.regions);
    assert!(!waits_for(&w, "ben", Stage::One));
    // The outline was mended, the class stays.
    answer(&mut w, "ana", "minor damage");
    assert_eq!((state(&w), back(&w, "ana")), (State::StageOne, None));
    assert!(waits_for(&w, "ben", Stage::One), "he looks again");
    w.vote(0, "ben", Stage::One, Verdict::Accept, "minor damage");
    assert_eq!(state(&w), State::Agreed);
}

#[test]
fn a_case_without_a_quorum_goes_through_review_again_with_a_new_committee() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "minor damage");
    w.vote(0, "ben", Stage::One, Verdict::Edit, "destroyed");
    assert_eq!((state(&w), back(&w, "ana")), (State::Disputed, None), "another class is for the committee");
    for (member, code) in [("ben", "destroyed"), ("cy", "obscured")] {
        w.vote(0, member, Stage::Two, Verdict::Edit, code);
        assert_eq!(back(&w, "ana"), None);
    }
    w.vote(0, "dee", Stage::Two, Verdict::Accept, "minor damage");
    assert_eq!(state(&w), State::Returned);
    let names = ["ben", "ben", "cy", "dee"].map(String::from).to_vec();
    assert_eq!(back(&w, "ana"), Some((Stage::Two, names)));
    answer(&mut w, "ana", "major damage");
    assert_eq!((state(&w), back(&w, "ana")), (State::StageOne, None));
    assert!(!w.project.committee_is_complete(w.regions[0]));
    // What the closed committee said stays open to everybody; the next one is blind again.
    w.vote(0, "ben", Stage::One, Verdict::Reject, "major damage");
    w.vote(0, "cy", Stage::Two, Verdict::Edit, "destroyed");
    assert_eq!(state(&w), State::StageTwo);
    let seen = |w: &World, member: &str| w.project.votes_visible_to(&Author::new(member), w.regions[0]).len();
    assert_eq!((seen(&w, "eve"), seen(&w, "cy")), (5, 6));
    assert!(waits_for(&w, "ben", Stage::Two) && !waits_for(&w, "cy", Stage::Two));
    for member in ["ben", "dee"] {
        w.vote(0, member, Stage::Two, Verdict::Edit, "destroyed");
    }
    assert_eq!((state(&w), seen(&w, "eve")), (State::Accepted, 8));
}

#[test]
fn an_answer_that_is_undone_leaves_the_case_with_its_author() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "minor damage");
    w.vote(0, "ben", Stage::One, Verdict::Reject, "");
    let before = w.project.clone();
    answer(&mut w, "ana", "destroyed");
    let (id, after) = w.project.label_of(w.regions[0]).map(|(id, l)| (id, l.clone())).expect("labelled");
    let (_, said) = before.label_of(w.regions[0]).map(|(id, l)| (id, l.clone())).expect("labelled");
    w.apply(&Edit::Label(Change::replace(id, after, said)));
    assert!(w.project == before && back(&w, "ana").is_some());
}

#[test]
fn a_vote_that_came_after_the_answer_is_not_answered() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "minor damage");
    w.vote(0, "ben", Stage::One, Verdict::Reject, "minor damage");
    answer(&mut w, "ana", "minor damage");
    w.vote(0, "ben", Stage::One, Verdict::Reject, "minor damage");
    assert_eq!(back(&w, "ana"), Some((Stage::One, vec!["ben".into()])));
}

proptest! {
    /// Whatever was voted: an answered case is back with nobody and waits for somebody, unless its label
    /// needs no review or differs from another annotator's, or its committee is still voting.
    #[test]
    fn an_answered_case_never_stays_with_its_author(
        votes in prop::collection::vec((0..4_usize, any::<bool>(), 0..4_usize, 0..6_usize), 0..14),
        size in 1..4_u32, same in any::<bool>(),
    ) {
        let codes = ["no damage", "minor damage", "major damage", "destroyed", "un-classified", "obscured"];
        let verdicts = [Verdict::Accept, Verdict::Edit, Verdict::Reject, Verdict::Abstain];
        let mut w = World::with_regions(1);
        w.rule(Rule { committee_size: size, ..Rule::default() });
        w.label(0, "ana", "no damage");
        for (member, second, verdict, code) in votes {
            let stage = if second { Stage::Two } else { Stage::One };
            w.vote(0, ["ben", "cy", "dee", "eve"][member], stage, verdicts[verdict], codes[code]);
        }
        let Some((by, said)) = back(&w, "ana") else { return Ok(()) };
        prop_assert!(!said.is_empty(), "it says who sent it back");
        prop_assert_eq!(by == Stage::Two, state(&w) == State::Returned);
        answer(&mut w, "ana", if same { "no damage" } else { "destroyed" });
        prop_assert_eq!(back(&w, "ana"), None);
        prop_assert_eq!(state(&w), State::StageOne);
        prop_assert!(waits_for(&w, "ben", Stage::One));
    }
}
