//! The way of a case through review, and who sees what of it.

use proptest::prelude::*;

use super::fixture::{World, class};
use crate::review::{
    Quorum, ReviewState as State, Rule, Stage, Ties, Verdict, because, queue, status, throughput, transitions,
};
use crate::{Author, Change, Edit};

fn state(world: &World) -> State {
    world.project.outcome(world.regions[0]).state
}

fn settled(world: &World) -> Option<String> {
    world.project.outcome(world.regions[0]).class.map(|c| c.to_string())
}

#[test]
fn a_case_goes_from_draft_over_review_to_agreed() {
    let mut w = World::with_regions(1);
    assert_eq!(state(&w), State::Draft);
    w.label(0, "model:unet", "destroyed");
    assert_eq!(state(&w), State::Draft, "a prediction is no label");
    assert_eq!(settled(&w), None);
    w.label(0, "ana", "minor damage");
    assert_eq!(state(&w), State::StageOne);
    w.vote(0, "ana", Stage::One, Verdict::Accept, "minor damage");
    assert_eq!(state(&w), State::StageOne, "nobody reviews their own label");
    w.vote(0, "ben", Stage::One, Verdict::Abstain, "");
    assert_eq!(state(&w), State::StageOne, "an abstention decides nothing");
    w.vote(0, "ben", Stage::One, Verdict::Accept, "minor damage");
    assert_eq!(state(&w), State::Agreed);
    assert_eq!(settled(&w).as_deref(), Some("minor damage"));
}

#[test]
fn a_rule_may_allow_self_review_or_ask_for_two_or_no_reviewers() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "destroyed");
    w.vote(0, "ana", Stage::One, Verdict::Accept, "destroyed");
    w.rule(Rule { self_review: true, ..Rule::default() });
    assert_eq!(state(&w), State::Agreed);
    w.rule(Rule { stage_one_reviews: 2, ..Rule::default() });
    w.vote(0, "ben", Stage::One, Verdict::Accept, "destroyed");
    assert_eq!(state(&w), State::StageOne);
    w.vote(0, "cy", Stage::One, Verdict::Accept, "");
    assert_eq!(state(&w), State::Agreed);
    w.rule(Rule { stage_one_reviews: 0, ..Rule::default() });
    assert_eq!(state(&w), State::Agreed);
}

#[test]
fn a_vote_on_what_the_label_no_longer_says_is_stale() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "minor damage");
    w.vote(0, "ben", Stage::One, Verdict::Accept, "minor damage");
    w.label(0, "ana", "major damage");
    assert_eq!(state(&w), State::StageOne, "what was accepted is not what the label says now");
    w.vote(0, "ben", Stage::One, Verdict::Reject, "major damage");
    assert_eq!(state(&w), State::Disputed);
    w.label(0, "ana", "destroyed");
    assert_eq!(state(&w), State::StageOne, "the rejected class is gone");
    w.vote(0, "ben", Stage::One, Verdict::Edit, "no damage");
    assert_eq!(state(&w), State::Disputed);
    w.label(0, "ana", "no damage");
    assert_eq!(state(&w), State::Agreed, "the annotator took the correction over");
}

#[test]
fn annotators_who_differ_are_disputed_before_anybody_reviews() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "no damage");
    w.label(0, "ben", "no damage");
    assert_eq!(state(&w), State::StageOne);
    w.label(0, "ben", "obscured");
    assert_eq!(state(&w), State::Disputed);
}

#[test]
fn a_committee_decides_by_its_quorum_once_it_is_complete() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "no damage");
    w.vote(0, "ben", Stage::One, Verdict::Reject, "");
    assert_eq!(state(&w), State::Disputed);
    w.vote(0, "ana", Stage::Two, Verdict::Accept, "no damage");
    w.vote(0, "ben", Stage::Two, Verdict::Edit, "destroyed");
    assert_eq!(state(&w), State::StageTwo);
    w.vote(0, "cy", Stage::Two, Verdict::Abstain, "");
    assert_eq!(state(&w), State::Returned, "one against one is no majority");
    w.vote(0, "cy", Stage::Two, Verdict::Edit, "destroyed");
    assert_eq!((state(&w), settled(&w).as_deref()), (State::Accepted, Some("destroyed")));
    w.rule(Rule { quorum: Quorum::Unanimous, ..Rule::default() });
    assert_eq!((state(&w), settled(&w).as_deref()), (State::Returned, Some("no damage")));
    w.rule(Rule { quorum: Quorum::TwoThirds, ..Rule::default() });
    assert_eq!(state(&w), State::Accepted);
    for member in ["ana", "ben", "cy"] {
        w.vote(0, member, Stage::Two, Verdict::Reject, "");
    }
    assert_eq!((state(&w), settled(&w)), (State::Rejected, None));
    w.rule(Rule { committee_size: 5, ..Rule::default() });
    assert_eq!(state(&w), State::StageTwo);
}

#[test]
fn quorums_need_what_they_say() {
    let needed = |q: Quorum| [0, 1, 2, 3, 4, 5, 6, 7].map(|n| q.needed(n));
    assert_eq!(needed(Quorum::Majority), [1, 1, 2, 2, 3, 3, 4, 4]);
    assert_eq!(needed(Quorum::TwoThirds), [1, 1, 2, 2, 3, 4, 4, 5]);
    assert_eq!(needed(Quorum::Unanimous), [1, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn committee_votes_are_hidden_until_it_is_complete() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "no damage");
    w.vote(0, "ben", Stage::One, Verdict::Edit, "destroyed");
    w.vote(0, "ana", Stage::Two, Verdict::Accept, "no damage");
    w.vote(0, "ben", Stage::Two, Verdict::Edit, "destroyed");
    let seen = |w: &World, member: &str| {
        let votes = w.project.votes_visible_to(&Author::new(member), w.regions[0]);
        votes.iter().map(|v| format!("{}{:?}", v.member, v.stage)).collect::<Vec<_>>()
    };
    assert_eq!(seen(&w, "ana"), ["benOne", "anaTwo"]);
    assert_eq!(seen(&w, "ben"), ["benOne", "benTwo"]);
    assert_eq!(seen(&w, "stranger"), ["benOne"]);
    w.vote(0, "cy", Stage::Two, Verdict::Abstain, "");
    assert_eq!(seen(&w, "stranger"), ["benOne", "anaTwo", "benTwo", "cyTwo"]);
}

#[test]
fn the_queue_holds_what_a_member_may_vote_on_most_disputed_first() {
    let mut w = World::with_regions(5);
    for at in 0..4 {
        w.label(at, "ana", "no damage");
    }
    w.vote(1, "ben", Stage::One, Verdict::Edit, "destroyed");
    w.vote(2, "ben", Stage::One, Verdict::Reject, "");
    w.vote(2, "cy", Stage::One, Verdict::Edit, "obscured");
    w.vote(3, "ben", Stage::One, Verdict::Accept, "no damage");
    let cases = |w: &World, member: Option<&str>, stage| {
        let member = member.map(Author::new);
        let place = |id| w.regions.iter().position(|r| *r == id).expect("known");
        queue(&w.project, member.as_ref(), stage).iter().map(|i| place(i.case)).collect::<Vec<_>>()
    };
    assert_eq!(cases(&w, None, Stage::One), [0]);
    assert_eq!(cases(&w, Some("ana"), Stage::One), Vec::<usize>::new());
    assert_eq!(cases(&w, Some("ben"), Stage::One), [0]);
    assert_eq!(cases(&w, None, Stage::Two), [2, 1], "three opinions differ more than two");
    w.vote(2, "dee", Stage::Two, Verdict::Abstain, "");
    assert_eq!(cases(&w, Some("dee"), Stage::Two), [1]);
    let counts = status(&w.project);
    assert_eq!(counts.values().sum::<usize>(), 5);
    assert_eq!(counts[&State::Draft], 1);
    assert_eq!(counts[&State::StageTwo], 1);
    assert_eq!(counts[&State::Accepted], 0);
    let json = serde_json::to_value(&counts).expect("serialises");
    assert_eq!(json["stage_two"], 1);
}

#[test]
fn transitions_and_throughput_count_what_was_done() {
    let mut w = World::with_regions(3);
    for at in 0..3 {
        w.label(at, "ana", "no damage");
    }
    w.vote(0, "ben", Stage::One, Verdict::Accept, "no damage");
    for member in ["ben", "cy", "dee"] {
        w.vote(1, member, Stage::Two, Verdict::Edit, "destroyed");
    }
    let matrix = transitions(&w.project);
    assert_eq!(matrix[&class("no damage")][&class("destroyed")], 1);
    assert_eq!(matrix[&class("no damage")][&class("no damage")], 1);
    assert_eq!(matrix.len(), 1, "what is not settled is not counted");
    let (id, before) = w.project.label_of(w.regions[2]).map(|(id, l)| (id, l.clone())).expect("labelled");
    let after = crate::Label { seconds: Some(4.0), ..(*before).clone() };
    w.apply(&Edit::Label(Change::replace(id, before, after)));
    let work = throughput(&w.project);
    let row = |name: &str| work.iter().find(|m| m.member.name() == name).expect("a member");
    assert_eq!((row("ana").labels, row("ana").votes, row("ana").label_seconds), (3, 0, Some(4.0)));
    assert_eq!((row("ben").labels, row("ben").votes, row("ben").vote_seconds), (0, 2, None));
}

const CODES: [&str; 6] =
    ["no damage", "minor damage", "major damage", "destroyed", "un-classified", "obscured"];

fn verdicts() -> impl Strategy<Value = (usize, bool, Verdict, usize)> {
    let verdict = prop_oneof![
        Just(Verdict::Accept),
        Just(Verdict::Edit),
        Just(Verdict::Reject),
        Just(Verdict::Abstain),
        Just(Verdict::Undetermined),
        Just(Verdict::BadImagery)
    ];
    (0..5_usize, any::<bool>(), verdict, 0..6_usize)
}

fn cast(world: &mut World, votes: &[(usize, bool, Verdict, usize)]) {
    for (member, second, verdict, code) in votes {
        let stage = if *second { Stage::Two } else { Stage::One };
        world.vote(0, ["ana", "ben", "cy", "dee", "eve"][*member], stage, *verdict, CODES[*code]);
    }
}

proptest! {
    #[test]
    fn nothing_of_an_open_committee_reaches_the_other_members(
        votes in prop::collection::vec(verdicts(), 0..12), changed in prop::collection::vec((0..6_usize, 0..6_usize), 12),
    ) {
        let verdict_of = |n: usize| Verdict::ALL[n];
        let others: Vec<_> = votes.iter().zip(&changed).map(|(vote, (verdict, code))| match *vote {
            (member, true, ..) if member != 0 => (member, true, verdict_of(*verdict), *code),
            same => same,
        }).collect();
        let (mut a, mut b) = (World::with_regions(1), World::with_regions(1));
        for (world, votes) in [(&mut a, &votes), (&mut b, &others)] {
            world.rule(Rule { committee_size: 4, ..Rule::default() });
            world.label(0, "ana", "no damage");
            cast(world, votes);
        }
        let ana = Author::new("ana");
        if a.project.committee_is_complete(a.regions[0]) {
            let all: Vec<_> = a.project.votes_on(a.regions[0]).collect();
            prop_assert_eq!(a.project.votes_visible_to(&ana, a.regions[0]), all);
        } else {
            prop_assert_eq!(a.project.outcome(a.regions[0]), b.project.outcome(b.regions[0]));
            prop_assert_eq!(
                a.project.votes_visible_to(&ana, a.regions[0]),
                b.project.votes_visible_to(&ana, b.regions[0])
            );
            // Neither agreement, nor what is fused, nor the course of either knows an open vote.
            for scope in [crate::review::Scope::Blind, crate::review::Scope::Open] {
                prop_assert_eq!(
                    crate::review::ratings(&a.project, scope),
                    crate::review::ratings(&b.project, scope)
                );
                prop_assert_eq!(
                    crate::review::LiveRatings::of(&a.project, scope).agreement(),
                    crate::review::LiveRatings::of(&b.project, scope).agreement()
                );
            }
            prop_assert_eq!(throughput(&a.project), throughput(&b.project));
            prop_assert_eq!(
                crate::review::course(&a.project, usize::MAX),
                crate::review::course(&b.project, usize::MAX)
            );
        }
    }

    #[test]
    fn the_outcome_is_total_and_keeps_to_its_words(
        votes in prop::collection::vec(verdicts(), 0..15), labelled in any::<bool>(),
        size in 0..5_u32, reviews in 0..3_u32, quorum in 0..3_usize, self_review in any::<bool>(), lead in any::<bool>(),
    ) {
        let mut w = World::with_regions(1);
        let quorum = [Quorum::Majority, Quorum::TwoThirds, Quorum::Unanimous][quorum];
        w.rule(Rule {
            committee_size: size,
            stage_one_reviews: reviews,
            quorum,
            self_review,
            ties: if lead { Ties::Lead } else { Ties::Return },
            ..Rule::default()
        });
        if labelled {
            w.label(0, "ana", "minor damage");
        }
        cast(&mut w, &votes);
        let outcome = w.project.outcome(w.regions[0]);
        prop_assert!((0.0..=1.0).contains(&outcome.disagreement));
        prop_assert!(!outcome.state.is_accepted() || outcome.class.is_some());
        prop_assert_eq!(outcome.state == State::Rejected && outcome.class.is_some(), false);
        let second = votes.iter().any(|v| v.1);
        prop_assert_eq!(second, matches!(outcome.state,
            State::StageTwo | State::Accepted | State::Rejected | State::Undetermined | State::BadImagery
                | State::Tied | State::Returned));
        prop_assert_eq!(outcome.state == State::Tied && !lead, false);
        prop_assert_eq!(outcome.state == State::Returned && lead, false);
        let why = because(&w.project, w.regions[0], ToString::to_string);
        prop_assert!(why.ends_with('.'), "{}", why);
        prop_assert_eq!(outcome.state == State::Draft, !second && !labelled);
    }
}
