//! Work that is handed out: to whom, until when, and how far it is.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::fixture::{World, class};
use crate::assignment::{Assignment, Choice, Deal, Plan, board, choose, deal, scores, uncertainty};
use crate::review::{Rule, Stage, Verdict, Vote, work};
use crate::{Author, Change, Edit, RegionId};

fn names(all: &[&str]) -> Vec<Author> {
    all.iter().map(|name| Author::new(name)).collect()
}

fn plan(members: &[&str], times: usize) -> Plan {
    Plan {
        name: "Week one".into(),
        stage: Stage::Two,
        chosen: String::new(),
        members: names(members),
        times,
        deal: Deal::Cases,
        release_ms: None,
        seed: 7,
    }
}

fn hand_out(w: &mut World, plan: &Plan) -> Assignment {
    let assignment = deal(&w.project, &w.regions, plan).expect("dealt");
    let id = w.ids.assignment();
    w.apply(&Edit::Assignment(Change::create(id, assignment.clone())));
    assignment
}

fn waiting(w: &World, member: &str, now: i64) -> Vec<RegionId> {
    work(&w.project, &Author::new(member), Stage::Two, now).iter().map(|item| item.case).collect()
}

fn attempt(w: &mut World, at: usize, member: &str, at_ms: i64) -> Vote {
    Vote {
        id: w.ids.vote(),
        case: w.regions[at],
        member: Author::new(member),
        stage: Stage::Two,
        verdict: Verdict::Edit,
        class: Some(class("destroyed")),
        confidence: None,
        note: String::new(),
        seconds: Some(2.0),
        at_ms: Some(at_ms),
        shape: None,
        seal: None,
    }
}

proptest! {
    #[test]
    fn every_case_goes_to_as_many_as_asked_and_all_get_about_as_much(
        count in 1..60_usize, people in 1..7_usize, times in 1..7_usize, seed in any::<u64>(), areas in any::<bool>(),
    ) {
        let w = World::with_regions(count);
        let all = ["ana", "ben", "cem", "dia", "eva", "fay", "gus"];
        let deal_by = if areas { Deal::Areas { side: 50.0 } } else { Deal::Cases };
        let plan = Plan { seed, deal: deal_by, ..plan(&all[..people], times) };
        let Ok(assignment) = deal(&w.project, &w.regions, &plan) else {
            prop_assert!(times > people);
            return Ok(());
        };
        prop_assert_eq!(assignment.fault(), None);
        prop_assert_eq!(assignment.shares.len(), count);
        let mut load = vec![0_usize; people];
        for share in &assignment.shares {
            prop_assert_eq!(share.members.len(), times);
            share.members.iter().for_each(|at| load[usize::from(*at)] += 1);
            prop_assert_eq!(share.area.is_some(), areas);
        }
        let (least, most) = (load.iter().min().expect("some"), load.iter().max().expect("some"));
        // An area goes to the same members as a whole: no more than one of 50 m, three squares wide, is between them.
        prop_assert!(most - least <= if areas { 3 } else { 1 }, "{:?}", load);
        prop_assert_eq!(&deal(&w.project, &w.regions, &plan).expect("again"), &assignment, "by seed");
        if areas {
            let of = |share: &crate::assignment::Share| (share.area, share.members.clone());
            let by_area: BTreeMap<_, _> = assignment.shares.iter().map(of).collect();
            prop_assert!(assignment.shares.iter().all(|share| by_area[&share.area] == share.members));
        }
    }

    #[test]
    fn a_choice_has_as_many_as_asked_each_once_and_every_class_of_a_stratified_one(
        labelled in prop::collection::vec(0..4_usize, 1..60), count in 0..70_usize, seed in any::<u64>(),
    ) {
        let mut w = World::with_regions(labelled.len());
        for (at, code) in labelled.iter().enumerate() {
            w.label(at, "ana", ["no damage", "minor damage", "major damage", "destroyed"][*code]);
        }
        for choice in [Choice::Random(count), Choice::Stratified(count), Choice::Uncertain(count)] {
            let chosen = choose(&w.project, &w.regions, choice, seed);
            prop_assert_eq!(chosen.len(), count.min(labelled.len()));
            prop_assert!(chosen.windows(2).all(|w| w[0] < w[1]), "in their order, each once");
            if let Choice::Stratified(_) = choice {
                let classes = |of: &[RegionId]| -> std::collections::BTreeSet<String> {
                    of.iter().filter_map(|id| w.project.outcome(*id).class).map(|c| c.to_string()).collect()
                };
                let all = classes(&w.regions);
                prop_assert!(count < all.len() || classes(&chosen) == all);
            }
        }
    }
}

#[test]
fn the_least_certain_are_chosen_first() {
    let mut w = World::with_regions(3);
    w.label(0, "ana", "no damage");
    w.label(1, "ana", "no damage");
    w.vote(1, "ben", Stage::One, Verdict::Edit, "destroyed");
    assert!(uncertainty(&w.project, w.regions[1]) > 0.0);
    assert_eq!(choose(&w.project, &w.regions, Choice::Uncertain(1), 0), [w.regions[1]]);
}

#[test]
fn a_case_is_locked_for_its_members_until_it_is_released() {
    let mut w = World::with_regions(6);
    let assignment = hand_out(&mut w, &Plan { release_ms: Some(100), ..plan(&["ana", "ben", "cem"], 2) });
    let first = assignment.shares.iter().find(|share| share.case == w.regions[0]).expect("dealt").clone();
    let theirs: Vec<String> = assignment.members_of(&first).map(ToString::to_string).collect();
    let other = ["ana", "ben", "cem"]
        .into_iter()
        .find(|name| !theirs.contains(&(*name).to_owned()))
        .expect("a third");
    assert_eq!(waiting(&w, other, 0).len(), 4);
    assert!(!waiting(&w, other, 0).contains(&w.regions[0]));
    let early = attempt(&mut w, 0, other, 99);
    assert!(w.project.may_cast(&early).expect_err("locked").to_string().contains(&theirs.join(", ")));
    let stranger = attempt(&mut w, 0, "zoe", 99);
    assert!(w.project.may_cast(&stranger).is_err());
    let own = attempt(&mut w, 0, &theirs[0], 99);
    w.project.may_cast(&own).expect("it is theirs");
    w.project.record_vote(own).expect("cast");
    assert!(!waiting(&w, &theirs[0], 0).contains(&w.regions[0]), "what is done waits no more");
    // Released, it is free for the others, their own work first.
    let free = waiting(&w, other, 100);
    assert_eq!(free.len(), 6);
    assert!(free[4..].contains(&w.regions[0]));
    let late = attempt(&mut w, 0, other, 100);
    w.project.may_cast(&late).expect("free");
    w.project.record_vote(late).expect("cast");
    assert!(!waiting(&w, &theirs[1], 100).is_empty());
    let progress = board(&w.project, &assignment, 100);
    assert_eq!((progress.cases, progress.finished, progress.wanted, progress.done), (6, 1, 12, 2));
    assert!(progress.released);
    let of =
        |name: &str| progress.members.iter().find(|one| one.member.name() == name).expect("a member").clone();
    assert_eq!((of(&theirs[0]).done, of(&theirs[0]).given, of(&theirs[0]).seconds), (1, 4, Some(2.0)));
    assert_eq!((of(other).done, of(other).taken_over), (0, 1));
}

#[test]
fn nobody_is_handed_their_own_label_to_review() {
    let mut w = World::with_regions(4);
    w.label(0, "ana", "no damage");
    let one = Plan { stage: Stage::One, ..plan(&["ana", "ben"], 1) };
    let assignment = deal(&w.project, &w.regions, &one).expect("dealt");
    let first = assignment.shares.iter().find(|share| share.case == w.regions[0]).expect("dealt");
    assert_eq!(assignment.members_of(first).map(Author::name).collect::<Vec<_>>(), ["ben"]);
    deal(&w.project, &w.regions, &Plan { times: 2, ..one.clone() }).expect_err("ana may not");
    w.rule(Rule { self_review: true, ..Rule::default() });
    deal(&w.project, &w.regions, &Plan { times: 2, ..one }).expect("now she may");
}

#[test]
fn what_cannot_be_handed_out_is_named() {
    let w = World::with_regions(2);
    let refused = |plan: &Plan| deal(&w.project, &w.regions, plan).expect_err("refused").to_string();
    assert!(refused(&plan(&["ana"], 2)).contains("at most all of the 1 members"));
    assert!(refused(&plan(&["ana", "ana"], 1)).contains("once"));
    assert!(refused(&plan(&["model:unet"], 1)).contains("no member"));
    assert!(refused(&Plan { name: " ".into(), ..plan(&["ana"], 1) }).contains("name"));
    assert!(refused(&Plan { deal: Deal::Areas { side: 0.0 }, ..plan(&["ana"], 1) }).contains("side"));
    assert!(refused(&Plan { deal: Deal::Areas { side: f64::NAN }, ..plan(&["ana"], 1) }).contains("side"));
    assert!(refused(&Plan { stage: Stage::Lead, ..plan(&["ana"], 1) }).contains("every lead"));
    let none = deal(&w.project, &[], &plan(&["ana"], 1)).expect_err("nothing");
    assert!(none.to_string().contains("no case"));
}

#[test]
fn known_answers_rank_members_and_are_nowhere_in_the_project() {
    let mut w = World::with_regions(4);
    let known = w.regions.iter().map(|id| (*id, class("destroyed"))).collect();
    for (at, [good, poor]) in (0..4).zip([
        ["destroyed"; 2],
        ["destroyed", "no damage"],
        ["destroyed", "no damage"],
        ["no damage"; 2],
    ]) {
        w.vote(at, "gia", Stage::Two, Verdict::Edit, good);
        w.vote(at, "pia", Stage::Two, Verdict::Edit, poor);
    }
    w.vote(0, "abe", Stage::Two, Verdict::Abstain, "");
    let ranked: Vec<(String, usize, usize)> = scores(&w.project, &known)
        .into_iter()
        .map(|score| (score.member.to_string(), score.right, score.said))
        .collect();
    assert_eq!(ranked, [("gia".to_owned(), 3, 4), ("pia".to_owned(), 1, 4)]);
}
