//! Copies of one project, worked on apart, come to the same whatever the order in which they are joined.

use std::sync::Arc;

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::fixture::{label, square};
use super::history::{Step, edit_of, remarked, steps};
use crate::merging::{Delta, Element, Merge, Mismatch, United};
use crate::review::{Stage, Verdict, Vote};
use crate::{
    Author, Change, Edit, Entry, EntryBody, EntryHash, History, IdSource, Member, MemberKey, Project,
    RegionId, Schema, violations,
};

const START: EntryHash = EntryHash([7; 32]);

/// One member's copy.
#[derive(Clone)]
struct Copy {
    name: &'static str,
    ids: IdSource,
    project: Project,
    history: History,
    /// Its own journal's end.
    last: EntryHash,
    /// Everything that it knows.
    known: Vec<Element>,
}

fn hash(element: &Element) -> EntryHash {
    let body = match &element.body {
        EntryBody::Merge(merge) => format!("{:?}", merge.joined),
        other => serde_json::to_string(other).expect("text"),
    };
    let Element { before, seq, at_ms, author, .. } = element;
    let all = format!("{before} {seq} {at_ms} {author} {body}");
    EntryHash(Sha256::digest(all.as_bytes()).into())
}

impl Copy {
    fn new() -> Self {
        let mut copy = Self {
            name: "ana",
            ids: IdSource::new(1_000, 1),
            project: Project::new(),
            history: History::default(),
            last: START,
            known: Vec::new(),
        };
        let mut schema = Schema::joint_damage_scale();
        schema.relations = ["over", "near"].map(crate::Predicate::new).to_vec();
        copy.write(0, EntryBody::Edit(Edit::Schema(Change::create((), Arc::new(schema)))));
        for x in 0..4 {
            let region = square(f64::from(x) * 10.0, 0.0, 5.0);
            let edit = Edit::Region(Change::create(copy.ids.region(), Arc::new(region)));
            copy.write(0, EntryBody::Edit(edit));
        }
        copy
    }

    fn handed_to(&self, name: &'static str, seed: u64) -> Self {
        Self { name, ids: IdSource::new(2_000, seed), ..self.clone() }
    }

    fn write(&mut self, at_ms: i64, body: EntryBody) -> bool {
        let author = Author::new(self.name);
        let seq = self.history.last_seq() + 1;
        let entry = Entry { seq, at_ms, author: author.clone(), body: body.clone() };
        if self.history.advance(&mut self.project, &entry).is_err() {
            return false;
        }
        let mut element = Element { hash: START, before: self.last, seq, at_ms, author, body };
        element.hash = hash(&element);
        self.last = element.hash;
        self.known.push(element);
        true
    }

    fn step(&mut self, step: &Deed) {
        let body = match &step.what {
            What::Edit(Step::Undo) => self.history.undo_target().map(|(seq, _)| EntryBody::Revert(seq)),
            What::Edit(Step::Redo) => self.history.redo_target().map(|(seq, _)| EntryBody::Revert(seq)),
            What::Edit(Step::RevertOld { which }) => {
                Some(EntryBody::Revert(*which as u64 % self.history.last_seq() + 1))
            }
            What::Edit(remark @ Step::Remark { .. }) => {
                let remark = remarked(remark, &self.project, &mut self.ids);
                remark.map(|remark| EntryBody::Remark(Arc::new(remark)))
            }
            What::Edit(edit) => edit_of(edit, &self.project, &mut self.ids).map(EntryBody::Edit),
            What::Vote(which, class) => self.vote(*which, *class).map(EntryBody::Vote),
            What::Rename(name) => {
                let before = self.project.settings().clone();
                let after = crate::Settings { name: format!("Town {name}"), ..before.clone() };
                Some(EntryBody::Edit(Edit::Settings(Change::replace((), before, after))))
            }
            What::Decide(take) => {
                let id = self.project.conflicts().keys().next().copied();
                let decide = |id| {
                    if *take { self.project.take_edit(id) } else { self.project.keep_edit(id) }
                };
                id.and_then(decide).map(EntryBody::Edit)
            }
            What::Join(n) => {
                let key = MemberKey([*n; 32]);
                let member = Member::joining(&self.project, key, Author::new(self.name));
                Some(EntryBody::Member(Arc::new(member)))
            }
        };
        if let Some(body) = body {
            self.write(step.at_ms, body);
        }
    }

    fn vote(&mut self, which: usize, class: usize) -> Option<Vote> {
        let all = self.project.regions();
        let case = *all.keys().nth(which % all.len().max(1))?;
        let class = ["no damage", "major damage", "destroyed"][class];
        Some(Vote {
            id: self.ids.vote(),
            case,
            member: Author::new(self.name),
            stage: Stage::Two,
            verdict: Verdict::Edit,
            class: Some(crate::ClassCode::new(class)),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
            seal: None,
            shape: None,
        })
    }

    /// Joins other copies, as a program does.
    fn join(&mut self, others: &[&Self]) -> usize {
        let all = others.iter().flat_map(|copy| copy.known.iter().cloned());
        let all: Vec<Element> = self.known.iter().cloned().chain(all).collect();
        let united = United::of(START, 0, all).expect("one history");
        let held = |hash| self.known.iter().any(|element| element.hash == hash);
        let (missing, joined) = united.missing(held);
        let whole = united.project().expect("played");
        if missing.is_empty() && whole == self.project {
            return 0;
        }
        assert_eq!(violations(&whole), Vec::<String>::new());
        let delta = Delta::between(&self.project, &whole);
        let missing: Vec<Element> = missing.into_iter().cloned().collect();
        let count = missing.len();
        self.known.extend(missing);
        self.project.clone().become_after(&delta).expect("what comes out is sound");
        assert!(self.write(5, EntryBody::Merge(Arc::new(Merge { joined, delta: Arc::new(delta) }))));
        assert!(self.project == whole, "the delta leads to what all entries come to");
        count
    }

    fn votes(&self) -> Vec<Vote> {
        self.project.votes_in_order().cloned().collect()
    }
}

#[derive(Clone, Debug)]
enum What {
    Edit(Step),
    Vote(usize, usize),
    Rename(u8),
    Decide(bool),
    Join(u8),
}

/// Something that a member does, by a clock that may say anything.
#[derive(Clone, Debug)]
struct Deed {
    at_ms: i64,
    what: What,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let edits = steps().prop_map(|steps| steps.into_iter().map(What::Edit).collect::<Vec<_>>());
    let others = prop_oneof![
        (0..9_usize, 0..3_usize).prop_map(|(which, class)| What::Vote(which, class)),
        (0..3_u8).prop_map(What::Rename),
        any::<bool>().prop_map(What::Decide),
        (0..9_u8).prop_map(What::Join),
    ];
    let others = prop::collection::vec(others, 0..8);
    (edits, others, prop::collection::vec(any::<i32>(), 48)).prop_flat_map(|(edits, others, clock)| {
        let all: Vec<What> = edits.into_iter().take(14).chain(others).collect();
        Just(all).prop_shuffle().prop_map(move |all| {
            let timed = all.into_iter().zip(clock.iter().cycle());
            timed.map(|(what, at)| Deed { at_ms: i64::from(*at), what }).collect()
        })
    })
}

fn worked(names: &[&'static str], work: &[Vec<Deed>]) -> Vec<Copy> {
    let common = Copy::new();
    let copies = names.iter().zip(work).enumerate();
    copies
        .map(|(n, (name, deeds))| {
            let mut copy = common.handed_to(name, n as u64 + 10);
            for deed in deeds {
                copy.step(deed);
            }
            copy
        })
        .collect()
}

fn same(a: &Copy, b: &Copy) -> Result<(), TestCaseError> {
    prop_assert!(a.project == b.project, "{:?}\nis not\n{:?}", a.project, b.project);
    prop_assert_eq!(a.votes(), b.votes());
    for region in a.project.regions().keys() {
        prop_assert_eq!(a.project.outcome(*region), b.project.outcome(*region));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn copies_come_to_the_same_in_whichever_order_and_grouping_they_are_joined(
        work in prop::collection::vec(deeds(), 4),
    ) {
        let copies = worked(&["ana", "ben", "cy", "dee"], &work);
        let [a, b, c, d] = &copies[..] else { unreachable!("four were made") };
        let mut once = a.clone();
        once.join(&[b, c, d]);
        let mut other_way = d.clone();
        other_way.join(&[c, a, b]);
        same(&once, &other_way)?;
        // ((a b) c) d, and a (b (c d)).
        let mut one_by_one = a.clone();
        for copy in [b, c, d] {
            one_by_one.join(&[copy]);
        }
        same(&once, &one_by_one)?;
        let (mut cd, mut bcd, mut abcd) = (c.clone(), b.clone(), a.clone());
        cd.join(&[d]);
        bcd.join(&[&cd]);
        abcd.join(&[&bcd]);
        same(&once, &abcd)?;
        // What is there already changes nothing.
        prop_assert_eq!(once.join(&[b, c, d, &other_way]), 0);
        prop_assert_eq!(other_way.join(&[&once, a]), 0);
        // No vote is lost or counted twice.
        let votes: usize = copies.iter().map(|copy| copy.project.votes().len()).sum();
        prop_assert_eq!(once.project.votes().len(), votes);
    }

    #[test]
    fn work_goes_on_after_joining_and_joins_again(
        work in prop::collection::vec(deeds(), 3),
        later in prop::collection::vec(deeds(), 3),
    ) {
        let copies = worked(&["ana", "ben", "cy"], &work);
        let [mut a, mut b, mut c] = <[Copy; 3]>::try_from(copies).unwrap_or_else(|_| unreachable!());
        let (first_a, first_b) = (a.clone(), b.clone());
        a.join(&[&first_b]);
        b.join(&[&first_a]);
        same(&a, &b)?;
        for (copy, deeds) in [&mut a, &mut b, &mut c].into_iter().zip(&later) {
            for deed in deeds {
                copy.step(deed);
            }
        }
        let (mut ab, mut ca, mut bc) = (a.clone(), c.clone(), b.clone());
        ab.join(&[&b]);
        ab.join(&[&c]);
        ca.join(&[&a]);
        ca.join(&[&b]);
        bc.join(&[&c, &a]);
        same(&ab, &ca)?;
        same(&ab, &bc)?;
        prop_assert_eq!(ab.join(&[&ca, &bc, &a, &b, &c]), 0);
        // The file's own journal, played from the start, says the same.
        let own: Vec<Entry> = (1..=ab.history.last_seq())
            .map(|seq| ab.history.entry(&ab.project, seq).expect("in memory"))
            .collect();
        let (replayed, _) = History::replay(&own).expect("plays");
        prop_assert!(replayed == ab.project);
    }
}

fn region_of(copy: &Copy, n: usize) -> RegionId {
    *copy.project.regions().keys().nth(n).expect("a region")
}

fn moved(copy: &Copy, id: RegionId, by: f64) -> EntryBody {
    let before = Arc::clone(copy.project.region(id).expect("there"));
    let mut after = (*before).clone();
    after.geometry = geo::Translate::translate(&after.geometry, by, 0.0);
    EntryBody::Edit(Edit::Region(Change::replace(id, before, Arc::new(after))))
}

#[test]
fn what_both_changed_is_a_conflict_that_keeps_both_and_is_a_case_until_it_is_decided() {
    let common = Copy::new();
    let id = region_of(&common, 1);
    let (mut ana, mut ben) = (common.handed_to("ana", 1), common.handed_to("ben", 2));
    for (copy, by) in [(&mut ana, 1.0), (&mut ben, -2.0)] {
        let body = moved(copy, id, by);
        assert!(copy.write(9, body));
        let body = moved(copy, id, by);
        assert!(copy.write(9, body), "and further");
    }
    let shapes = [&ana, &ben].map(|copy| copy.project.region(id).expect("there").geometry.clone());
    ana.join(&[&ben]);
    let (conflict_id, conflict) = ana.project.conflicts().iter().next().expect("one");
    assert_eq!(ana.project.conflicts().len(), 1, "two moves by one member are one other version");
    assert_eq!(conflict.regions().into_iter().collect::<Vec<_>>(), [id]);
    let stands = &ana.project.region(id).expect("there").geometry;
    let Edit::Region(Change { after: Some(aside), .. }) = &conflict.edits[0] else { panic!("a region") };
    assert!(stands != &aside.geometry && shapes.contains(stands) && shapes.contains(&aside.geometry));
    assert_eq!(ana.project.outcome(id).state, crate::review::ReviewState::Disputed);
    let (conflict_id, aside) = (*conflict_id, aside.geometry.clone());
    let take = ana.project.take_edit(conflict_id).expect("can be taken");
    assert!(ana.write(10, EntryBody::Edit(take)));
    assert_eq!(ana.project.region(id).expect("there").geometry, aside);
    assert!(ana.project.conflicts().is_empty());
    ben.join(&[&ana]);
    assert!(ben.project == ana.project, "what was decided is decided everywhere");
    let undo = EntryBody::Revert(ana.history.undo_target().expect("the decision").0);
    assert!(ana.write(11, undo));
    assert_eq!(ana.project.conflicts().len(), 1, "a decision can be taken back");
}

#[test]
fn a_member_who_takes_back_what_was_set_aside_ends_the_conflict() {
    let common = Copy::new();
    let id = region_of(&common, 0);
    let (mut ana, mut ben) = (common.handed_to("ana", 1), common.handed_to("ben", 2));
    for (copy, by) in [(&mut ana, 1.0), (&mut ben, -2.0)] {
        let body = moved(copy, id, by);
        assert!(copy.write(9, body));
    }
    let mut joined = ana.clone();
    joined.join(&[&ben]);
    let loser = joined.project.conflicts().values().next().expect("one").author.clone();
    let copy = if loser == Author::new("ana") { &mut ana } else { &mut ben };
    let (seq, _) = copy.history.undo_target().expect("the move");
    assert!(copy.write(10, EntryBody::Revert(seq)));
    joined.join(&[&ana, &ben]);
    assert!(joined.project.conflicts().is_empty());
}

#[test]
fn other_parts_of_the_same_thing_are_joined_and_a_batch_loses_only_what_clashes() {
    let common = Copy::new();
    let ids: Vec<RegionId> = common.project.regions().keys().copied().collect();
    let (mut ana, mut ben) = (common.handed_to("ana", 1), common.handed_to("ben", 2));
    let body = moved(&ana, ids[0], 3.0);
    assert!(ana.write(1, body));
    let before = Arc::clone(ben.project.region(ids[0]).expect("there"));
    let mut after = (*before).clone();
    after.attributes.insert("levels".into(), crate::AttributeValue::Integer(2));
    assert!(ben.write(1, EntryBody::Edit(Edit::Region(Change::replace(ids[0], before, Arc::new(after))))));
    let delete = Edit::Region(Change::delete(ids[1], Arc::clone(ben.project.region(ids[1]).expect("there"))));
    assert!(ben.write(2, EntryBody::Edit(delete)));
    let labels = ids.iter().map(|id| {
        let label = label(*id, "ana", "destroyed");
        Edit::Label(Change::create(ana.ids.label(), label))
    });
    let batch = Edit::batch("Label all", labels.collect());
    assert!(ana.write(2, EntryBody::Edit(batch)));
    ana.join(&[&ben]);
    let region = ana.project.region(ids[0]).expect("there");
    assert_eq!(region.attributes.len(), 1, "Ben's attribute");
    let start = &common.project.region(ids[0]).expect("there").geometry;
    assert!(region.geometry != *start, "on Ana's shape");
    let labelled = ids.iter().filter(|id| ana.project.label_of(**id).is_some()).count();
    let conflicts: Vec<_> = ana.project.conflicts().values().collect();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert!(conflicts[0].regions().contains(&ids[1]), "only the deleted one clashes");
    assert!(labelled >= 3);
}

#[test]
fn altered_and_incomplete_histories_are_named() {
    let common = Copy::new();
    let mut ana = common.handed_to("ana", 1);
    let body = moved(&ana, region_of(&ana, 0), 1.0);
    ana.write(1, body);
    let without: Vec<Element> = ana.known.iter().filter(|e| e.seq != 3).cloned().collect();
    let orphan = United::of(START, 0, without).expect_err("one is missing");
    assert!(matches!(orphan, Mismatch::Orphan { seq: 4, .. }), "{orphan}");
    // Somebody changes an old entry and makes every hash after it anew.
    let mut forged = Vec::new();
    let mut last = START;
    for element in &ana.known {
        let mut copy = Element { before: last, ..element.clone() };
        if copy.seq == 2 {
            copy.author = Author::new("mallory");
        }
        copy.hash = hash(&copy);
        last = copy.hash;
        forged.push(copy);
    }
    let both: Vec<Element> = ana.known.iter().cloned().chain(forged).collect();
    let altered = United::of(START, 0, both).expect_err("the same writing in two histories");
    assert!(matches!(altered, Mismatch::Altered { .. }), "{altered}");
}

/// A copy with Ana as its lead and two rules to talk about, and one of it for Ben.
fn led() -> (Copy, Copy) {
    let mut ana = Copy::new().handed_to("ana", 1);
    ana.join_as(1);
    let mut ben = ana.handed_to("ben", 2);
    ben.join_as(2);
    (ana, ben)
}

impl Copy {
    fn join_as(&mut self, key: u8) {
        let member = Member::joining(&self.project, MemberKey([key; 32]), Author::new(self.name));
        assert!(self.write(1, EntryBody::Member(Arc::new(member))));
    }

    fn rule(&mut self, size: u32) -> Edit {
        let before = self.project.settings().clone();
        let rule = crate::review::Rule { committee_size: size, ..before.rule.clone() };
        let edit = Edit::Settings(Change::replace((), before.clone(), crate::Settings { rule, ..before }));
        assert!(self.write(6, EntryBody::Edit(edit.clone())));
        edit
    }

    fn handed_out(&mut self) -> crate::AssignmentId {
        let cases: Vec<RegionId> = self.project.regions().keys().copied().collect();
        let plan = crate::assignment::Plan {
            name: "Week one".into(),
            stage: Stage::One,
            chosen: String::new(),
            members: vec![Author::new("ana"), Author::new("ben")],
            times: 1,
            deal: crate::assignment::Deal::Cases,
            release_ms: None,
            seed: 1,
        };
        let dealt = crate::assignment::deal(&self.project, &cases, &plan).expect("dealt");
        let id = self.ids.assignment();
        assert!(self.write(7, EntryBody::Edit(Edit::Assignment(Change::create(id, dealt)))));
        id
    }

    fn left_out(&self, other: &Self) -> Vec<String> {
        let all = self.known.iter().chain(&other.known).cloned();
        let played = United::of(START, 0, all).expect("one history").played().expect("played");
        played.1.into_iter().map(|one| one.what).collect()
    }
}

#[test]
fn rules_and_work_of_somebody_who_does_not_lead_are_set_aside_when_copies_are_joined() {
    let (mut ana, mut ben) = led();
    ana.rule(5);
    let week = ana.handed_out();
    let mut later = ana.handed_to("ben", 9);
    ben.join(&[&ana]);
    assert_eq!(ben.project.settings().rule.committee_size, 5);
    // Whatever program Ben's copy was written with: a rule, an undo of Ana's, an old entry taken back, work handed out.
    ben.rule(1);
    let (rules, work) = (ana.history.last_seq() - 1, ana.history.last_seq());
    let undo = ana.history.effect(work).expect("handed out").clone().inverse();
    assert!(ben.write(8, EntryBody::Edit(undo)));
    let own = ben.handed_out();
    assert!(ben.project.assignments().contains_key(&own));
    ana.join(&[&ben]);
    assert_eq!(ana.project.settings().rule.committee_size, 5, "what the lead set stands");
    assert!(ana.project.assignments().contains_key(&week) && !ana.project.assignments().contains_key(&own));
    let reasons: Vec<&str> = ana.project.conflicts().values().map(|one| one.reason.as_str()).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(
        reasons.iter().all(|why| why.ends_with("by whoever leads the project, and ben does not lead it"))
    );
    ben.join(&[&ana]);
    assert!(ben.project == ana.project);
    // Ben decides none of it, a lead does.
    for (id, conflict) in ana.project.conflicts() {
        let keep = ana.project.keep_edit(*id).expect("decided");
        assert!(ana.project.may_edit(&Author::new("ben"), &keep).is_err(), "{conflict:?}");
        ana.project.may_edit(&Author::new("ana"), &keep).expect("the lead");
    }
    // Entries of a lead's taken back in a copy that has them.
    assert!(later.write(9, EntryBody::Revert(rules)) && later.write(9, EntryBody::Revert(work)));
    let before = ana.project.conflicts().len();
    ana.join(&[&later]);
    assert_eq!(ana.project.settings().rule.committee_size, 5);
    assert!(ana.project.assignments().contains_key(&week));
    assert!(ana.project.conflicts().len() > before, "it is kept for the lead to decide");
}

#[test]
fn what_somebody_set_who_does_not_lead_and_took_back_again_leaves_no_conflict() {
    let (mut ana, mut ben) = led();
    ben.rule(1);
    let seq = ben.history.last_seq();
    ana.join(&[&ben]);
    assert_eq!(ana.project.conflicts().len(), 1);
    assert!(ben.write(9, EntryBody::Revert(seq)));
    ana.join(&[&ben]);
    assert!(ana.project.conflicts().is_empty());
    assert_eq!(ana.project.settings().rule, ben.project.settings().rule);
}

#[test]
fn nobody_gives_themselves_or_others_a_part_or_removes_anybody_by_way_of_a_copy() {
    let (mut ana, mut ben) = led();
    ben.join(&[&ana]);
    let said = |key: u8, name: &str, role, removed| {
        let (key, name) = (MemberKey([key; 32]), Author::new(name));
        EntryBody::Member(Arc::new(Member { key, name, color: [1, 2, 3], role, removed }))
    };
    for body in [
        said(2, "ben", crate::Role::Lead, false),
        said(1, "ana", crate::Role::Annotator, false),
        said(1, "ana", crate::Role::Lead, true),
        said(3, "cy", crate::Role::Committee, false),
        said(4, "ben", crate::Role::Lead, false),
    ] {
        assert!(ben.write(8, body));
    }
    let left_out = ana.left_out(&ben);
    assert_eq!(left_out.len(), 5, "{left_out:?}");
    assert!(left_out[0].starts_with("ben says that ben is Lead"), "{left_out:?}");
    ana.join(&[&ben]);
    let (lead, other) = (Author::new("ana"), Author::new("ben"));
    assert!(ana.project.may_manage(&lead) && !ana.project.may_manage(&other));
    assert!(!ana.project.is_removed(&lead));
    assert_eq!(ana.project.role_of(&Author::new("cy")), crate::Role::Annotator, "joined, without a part");
    // The lead gives one, in whichever order copies are joined.
    assert!(ana.write(10, said(2, "ben", crate::Role::Reviewer, false)));
    ben.join(&[&ana]);
    assert!(ben.project == ana.project);
    assert_eq!(ben.project.role_of(&other), crate::Role::Reviewer);
}
