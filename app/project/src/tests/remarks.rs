//! What members say to each other, and that nothing goes back unread.

use std::sync::Arc;

use super::fixture::World;
use crate::remark::{Pin, Remark, RemarkKind, reading};
use crate::review::{Rule, Stage, Verdict};
use crate::{Author, RemarkId};

fn say(w: &mut World, member: &str, kind: RemarkKind) -> RemarkId {
    let id = w.ids.remark();
    let on = match &kind {
        RemarkKind::Open { on, .. } => Some(*on),
        RemarkKind::Reply { thread, .. } => w.project.thread(*thread, &Author::new(member)).map(|t| t.on),
        _ => None,
    };
    let blind = on.is_some_and(|on| w.project.is_blind(&on));
    let remark = Remark { id, member: Author::new(member), at_ms: None, kind, blind };
    w.project.record_remark(Arc::new(remark)).expect("said");
    assert_eq!(crate::violations(&w.project), Vec::<String>::new());
    id
}

fn open(w: &mut World, member: &str, text: &str) -> RemarkId {
    let on = Pin::Region(w.regions[0]);
    say(w, member, RemarkKind::Open { on, text: text.into() })
}

#[test]
fn a_thread_is_told_resolved_and_opened_again() {
    let mut w = World::with_regions(1);
    let (ana, ben) = (Author::new("ana"), Author::new("ben"));
    let thread = open(&mut w, "ana", "@Ben, is this the same roof?");
    say(&mut w, "ben", RemarkKind::Reply { thread, text: "It is.".into() });
    assert_eq!(w.project.unheard(&ben).len(), 1);
    assert_eq!(w.project.unheard(&ana).len(), 0);
    say(&mut w, "ana", RemarkKind::Resolve { thread, resolved: true });
    let [told] = &w.project.threads_on(w.regions[0], &ben)[..] else { panic!("one thread") };
    assert_eq!((told.remarks.len(), told.resolved), (2, true));
    assert_eq!(w.project.unheard(&ben).len(), 0, "what is resolved waits for nobody");
    say(&mut w, "ben", RemarkKind::Resolve { thread, resolved: false });
    assert_eq!(w.project.unheard(&ben).len(), 1);
    say(&mut w, "ben", RemarkKind::Read { votes: Vec::new(), remarks: vec![thread] });
    assert_eq!(w.project.unheard(&ben).len(), 0);
}

#[test]
fn a_name_is_a_mention_only_where_it_ends() {
    let remark = |text: &str| Remark {
        id: RemarkId::from_uuid(uuid::Uuid::nil()),
        member: Author::new("ana"),
        at_ms: None,
        kind: RemarkKind::Open { on: Pin::Place([0.0; 2]), text: text.into() },
        blind: false,
    };
    for text in ["@Ben", "see @ben.", "(@BEN, @Cy)", "@ben\u{2019}s roof"] {
        assert!(remark(text).mentions(&Author::new("Ben")), "{text}");
    }
    for text in ["Ben", "@Benno", "ben@ben2", "", "@ ben"] {
        assert!(!remark(text).mentions(&Author::new("Ben")), "{text}");
    }
    assert!(remark("@Ana Maria, look").mentions(&Author::new("Ana Maria")));
    assert!(!remark("@").mentions(&Author::new("")));
}

#[test]
fn what_nobody_can_say_is_refused() {
    let mut w = World::with_regions(1);
    let nowhere = w.ids.remark();
    let region = w.ids.region();
    let vote = w.ids.vote();
    for kind in [
        RemarkKind::Open { on: Pin::Region(region), text: "?".into() },
        RemarkKind::Open { on: Pin::Place([f64::NAN, 0.0]), text: "?".into() },
        RemarkKind::Open { on: Pin::Region(w.regions[0]), text: "  ".into() },
        RemarkKind::Open { on: Pin::Region(w.regions[0]), text: "x".repeat(10_001) },
        RemarkKind::Reply { thread: nowhere, text: "?".into() },
        RemarkKind::Resolve { thread: nowhere, resolved: true },
        RemarkKind::Read { votes: vec![vote], remarks: Vec::new() },
        RemarkKind::Read { votes: Vec::new(), remarks: Vec::new() },
    ] {
        let before = w.project.clone();
        let remark =
            Remark { id: w.ids.remark(), member: Author::new("ana"), at_ms: None, kind, blind: false };
        w.project.record_remark(Arc::new(remark.clone())).expect_err(&format!("{remark:?}"));
        assert!(w.project == before);
    }
}

#[test]
fn a_case_is_not_sent_back_before_what_was_said_is_read() {
    let mut w = World::with_regions(1);
    let (ana, case) = (Author::new("ana"), w.regions[0]);
    w.label(0, "ana", "no damage");
    w.project.may_send_back(&ana, case).expect_err("it is not back");
    w.vote(0, "ben", Stage::One, Verdict::Reject, "no damage");
    let why = w.project.may_send_back(&ana, case).expect_err("unread").to_string();
    assert!(why.contains("ben"), "{why}");
    let id = w.ids.remark();
    let read = reading(&w.project, id, &ana, case, 5).expect("something to read");
    w.project.record_remark(Arc::new(read)).expect("read");
    w.project.may_send_back(&ana, case).expect("now it is read");
    let id = w.ids.remark();
    assert_eq!(reading(&w.project, id, &ana, case, 6), None, "nothing is left");
    // What is said anew is unread again.
    w.vote(0, "cy", Stage::One, Verdict::Reject, "no damage");
    assert!(w.project.may_send_back(&ana, case).is_err());
    let gone = w.ids.remark();
    assert_eq!(reading(&w.project, gone, &Author::new("ben"), case, 6), None, "it is not back with ben");
}

#[test]
fn what_is_said_while_a_committee_votes_is_seen_when_it_is_complete() {
    let mut w = World::with_regions(1);
    w.rule(Rule { committee_size: 2, ..Rule::default() });
    let (ana, ben, case) = (Author::new("ana"), Author::new("ben"), w.regions[0]);
    let before = open(&mut w, "cy", "Look at the shadow");
    w.vote(0, "ana", Stage::Two, Verdict::Edit, "destroyed");
    let during = open(&mut w, "ana", "I say destroyed, @ben");
    say(&mut w, "ana", RemarkKind::Reply { thread: before, text: "It is gone".into() });
    let seen = |w: &World, who: &Author| {
        let threads = w.project.threads_on(case, who);
        threads.iter().map(|thread| thread.remarks.len()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&w, &ana), [2, 1]);
    assert_eq!(seen(&w, &ben), [1], "nothing of what ana says reaches who has not voted");
    assert!(w.project.unheard(&ben).is_empty());
    assert!(w.project.thread(during, &ben).is_none());
    w.vote(0, "ben", Stage::Two, Verdict::Edit, "destroyed");
    assert_eq!(seen(&w, &ben), [2, 1]);
    assert_eq!(w.project.unheard(&ben).len(), 1);
}
