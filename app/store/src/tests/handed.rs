//! Work that is handed out and what members say, in the file and over copies of it.

use std::sync::Arc;

use project::assignment::{Deal, Known, Plan, deal};
use project::remark::{Pin, Remark, RemarkKind};
use project::review::{Outline, Stage, Verdict, Vote};
use project::{Author, Change, ClassCode, Edit, RegionId};
use rusqlite::Connection;

use super::fixture::{Folder, ada, busy, make_old, read_write, square, vote};
use crate::{MergePlan, OpenMode, Session, Signer, StoreError, verify_file};

fn hand_out(session: &mut Session) {
    let cases: Vec<RegionId> = session.project().regions().keys().copied().collect();
    let plan = Plan {
        name: "Week one".into(),
        stage: Stage::Two,
        chosen: "every case".into(),
        members: vec![ada(), Author::new("Ben")],
        times: 1,
        deal: Deal::Areas { side: 15.0 },
        release_ms: Some(1_700_000_900_000),
        seed: 0,
    };
    let assignment = deal(session.project(), &cases, &plan).expect("dealt");
    let id = session.ids(20).assignment();
    session.edit(&ada(), 20, Edit::Assignment(Change::create(id, assignment))).expect("handed out");
}

fn say(session: &mut Session, member: &str, kind: RemarkKind) -> Result<project::RemarkId, StoreError> {
    let id = session.ids(30).remark();
    session.remark(30, Remark { id, member: Author::new(member), at_ms: Some(30), kind, blind: false })?;
    Ok(id)
}

fn first(session: &Session) -> RegionId {
    *session.project().regions().keys().next().expect("a region")
}

/// One of each.
fn everything(session: &mut Session) {
    hand_out(session);
    let case = first(session);
    let thread =
        say(session, "Ben", RemarkKind::Open { on: Pin::Region(case), text: "@Ada?".into() }).expect("said");
    say(session, "Ada", RemarkKind::Reply { thread, text: "Yes".into() }).expect("said");
    say(session, "Ada", RemarkKind::Resolve { thread, resolved: true }).expect("said");
    say(session, "Cy", RemarkKind::Open { on: Pin::Place([1.5, 2.0]), text: "Here".into() }).expect("said");
    let votes = session.project().votes().keys().copied().collect();
    say(session, "Ada", RemarkKind::Read { votes, remarks: vec![thread] }).expect("said");
    let outline = Outline { geometry: square(1.0, 2.0, 3.0).into() };
    let drawn = Vote {
        shape: Some(Arc::new(outline)),
        stage: Stage::One,
        verdict: Verdict::Reject,
        ..vote(session.ids(31), case, "Cy")
    };
    session.vote(31, drawn).expect("cast");
}

#[test]
fn everything_comes_back_packed_or_not_and_the_tables_say_it() {
    let folder = Folder::new();
    let mut session = busy(&folder.file());
    everything(&mut session);
    let project = session.project().clone();
    session.close().expect("closed");
    let verified = verify_file(&folder.file()).expect("read");
    assert!(verified.is_clean(), "{:?}", verified.violations);
    {
        let db = Connection::open(folder.file()).expect("any program opens it");
        let count = |sql: &str| db.query_row::<i64, _, _>(sql, [], |row| row.get(0)).expect("a number");
        assert_eq!(count("SELECT count(*) FROM assignment WHERE name = 'Week one' AND stage = 'two'"), 1);
        assert_eq!(count("SELECT count(*) FROM assigned"), project.regions().len() as i64);
        assert_eq!(count("SELECT count(*) FROM remark"), 5);
        assert_eq!(count("SELECT count(*) FROM remark WHERE x = 1.5 AND y = 2.0"), 1);
        assert_eq!(count("SELECT count(*) FROM vote WHERE outline LIKE '%Polygon%'"), 1);
    }
    let (mut store, loaded) = crate::Store::open(&folder.file(), read_write()).expect("opens");
    assert!(loaded.project == project);
    store.pack(&loaded.project, &loaded.history, 1).expect("packed");
    store.close().expect("closed");
    let verified = verify_file(&folder.file()).expect("read");
    assert!(verified.is_clean(), "{:?}", verified.violations);
    let again = Session::open(&folder.file(), read_write()).expect("opens");
    assert!(*again.project() == project);
    // What was handed out is taken back by undo; what was said is a fact.
    let mut again = again;
    let (seq, _) = again.history().undo_target().expect("something");
    again.revert(&ada(), 40, seq).expect("taken back");
    assert!(again.project().assignments().is_empty());
    assert_eq!(again.project().remarks().len(), 5);
    assert!(again.verify().expect("read").is_clean());
}

#[test]
fn a_table_that_says_something_else_is_found() {
    for (sql, table) in [
        ("UPDATE assigned SET member = 'Zoe'", "assigned"),
        ("UPDATE assignment SET name = 'Other'", "assignment"),
        ("UPDATE remark SET text = 'No'", "remark"),
        ("UPDATE vote SET outline = NULL", "vote"),
    ] {
        let folder = Folder::new();
        let mut session = busy(&folder.file());
        everything(&mut session);
        session.close().expect("closed");
        Connection::open(folder.file()).expect("opens").execute_batch(sql).expect("altered");
        let verified = verify_file(&folder.file()).expect("read");
        assert!(!verified.replay_equal, "{sql}");
        assert!(
            verified.violations.iter().any(|line| line.contains(&format!("table {table}"))),
            "{verified:?}"
        );
    }
}

#[test]
fn a_file_of_before_is_brought_up_to_date_and_takes_both() {
    let folder = Folder::new();
    busy(&folder.file()).close().expect("closed");
    make_old(&folder.file(), 3);
    let mut session = Session::open(&folder.file(), read_write()).expect("brought up to date");
    everything(&mut session);
    session.close().expect("closed");
    assert!(verify_file(&folder.file()).expect("read").is_clean());
}

#[test]
fn copies_bring_what_was_said_and_handed_out_and_it_is_there_once() {
    let folder = tempfile::tempdir().expect("folder");
    let file = |name: &str| folder.path().join(format!("{name}.gpkg"));
    busy(&file("ana")).close().expect("closed");
    std::fs::copy(file("ana"), file("ben")).expect("copied");
    let signer = |name: &str| Signer::load_or_make(&folder.path().join(name)).expect("a key");
    for (name, seed) in [("ana", 11), ("ben", 12)] {
        let session = Session::open(&file(name), read_write()).expect("opens");
        let ids = project::IdSource::new(1_800_000_000_000, seed);
        // Ada, who hands out below, leads.
        let member = if name == "ana" { ada() } else { Author::new(name) };
        let mut session = session.signed_by(signer(name), member).with_ids(ids);
        let case = first(&session);
        if name == "ana" {
            hand_out(&mut session);
        }
        let on = Pin::Region(case);
        let thread =
            say(&mut session, name, RemarkKind::Open { on, text: format!("by {name}") }).expect("said");
        say(&mut session, name, RemarkKind::Resolve { thread, resolved: name == "ben" }).expect("said");
        session.close().expect("closed");
    }
    let join = |target: &str, other: &str| {
        let plan = MergePlan::of(&file(target), &[file(other)]).expect("planned");
        plan.carry_out(&Author::new(target), Some(&signer(target)), 99).expect("joined");
        let verified = verify_file(&file(target)).expect("read");
        assert!(verified.is_clean(), "{:?}", verified.violations);
        Session::open(&file(target), OpenMode::ReadOnly).expect("opens").project().clone()
    };
    std::fs::copy(file("ana"), file("ana2")).expect("kept");
    let one = join("ana", "ben");
    let other = join("ben", "ana2");
    assert_eq!(one.remarks(), other.remarks());
    assert_eq!(one.assignments(), other.assignments());
    assert_eq!((one.remarks().len(), one.assignments().len()), (4, 1));
    let case = *one.regions().keys().next().expect("a region");
    assert_eq!(one.threads_on(case, &Author::new("zoe")).iter().filter(|thread| thread.resolved).count(), 1);
    join("ana", "ben");
    assert_eq!(join("ana", "ben").remarks().len(), 4);
}

#[test]
fn known_answers_are_kept_beside_the_key_and_nowhere_in_the_file() {
    let folder = Folder::new();
    let config = tempfile::tempdir().expect("folder");
    let signer = Signer::load_or_make(config.path()).expect("a key");
    let session = busy(&folder.file()).signed_by(signer.clone(), ada());
    let known: Known = [(first(&session), ClassCode::new("un-classified"))].into();
    session.keep_known(&known).expect("kept");
    assert_eq!(session.known().expect("read"), known);
    session.close().expect("closed");
    let other = Session::open(&folder.file(), read_write()).expect("opens");
    assert!(other.known().expect("none").is_empty(), "who has no key has none");
    assert!(other.keep_known(&known).is_err());
    other.close().expect("closed");
    let db = Connection::open(folder.file()).expect("opens");
    let mut tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("sql");
    let names: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("rows").map(|name| name.expect("text")).collect();
    assert!(!names.iter().any(|name| name.contains("known")), "{names:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let kept = std::fs::read_dir(config.path().join("known answers")).expect("a folder");
        for file in kept {
            let mode = file.expect("a file").metadata().expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}

#[test]
fn who_was_removed_says_nothing_any_more() {
    let folder = Folder::new();
    let mut session = busy(&folder.file());
    let key = project::MemberKey([4; 32]);
    let zoe = project::Member::joining(session.project(), key, Author::new("Zoe"));
    let gone = project::Member { removed: true, ..zoe };
    session.member(&ada(), 9, gone).expect("a fact");
    let on = Pin::Region(first(&session));
    let refused = say(&mut session, "Zoe", RemarkKind::Open { on, text: "I am back".into() });
    assert!(refused.expect_err("removed").to_string().contains("removed"));
}

/// Ada leads, by her key; Ben has a copy open under his.
fn led(folder: &Folder) -> Session {
    let signer = |name: &str| Signer::load_or_make(&folder.file().with_file_name(name)).expect("a key");
    let mut session = busy(&folder.file()).signed_by(signer("ada"), ada());
    hand_out(&mut session);
    let before = session.project().settings().clone();
    let rule = project::review::Rule { committee_size: 2, ..before.rule.clone() };
    let after = project::Settings { rule, ..before.clone() };
    session.edit(&ada(), 21, Edit::Settings(Change::replace((), before, after))).expect("a rule");
    session.close().expect("closed");
    let session = Session::open(&folder.file(), read_write()).expect("opens");
    session.signed_by(signer("ben"), Author::new("Ben"))
}

#[test]
fn rules_and_work_are_not_taken_back_by_somebody_who_does_not_lead_however_they_go_about_it() {
    let (folder, ben) = (Folder::new(), Author::new("Ben"));
    let mut session = led(&folder);
    session.open_due(30).expect("nothing is due");
    let last = session.history().last_seq();
    let refused = |result: Result<(), StoreError>, way: &str| {
        let said = result.expect_err(way).to_string();
        assert!(said.ends_with("by whoever leads the project, and Ben does not lead it"), "{way}: {said}");
    };
    refused(session.undo(&ben, 30).map(drop), "undo");
    refused(session.revert(&ben, 30, last).map(drop), "taking back the rule");
    refused(session.revert(&ben, 30, last - 1).map(drop), "taking back the work");
    let (target, effect) = session.shared_target(false).expect("something");
    let base = session.entry_base(30).expect("writable");
    refused(base.revert(&ben, 30, (target, &effect)).map(drop), "undo beside the window");
    let base = session.entry_base(30).expect("writable");
    refused(base.edit(&ben, 30, |_, _| Some((*effect).clone().inverse())).map(drop), "an edit beside it");
    for seq in [last, last - 1] {
        let why = session.history().refusal(session.project(), &ben, seq).expect("refused").to_string();
        assert!(why.contains("Ben does not lead it"), "{why}");
        assert_eq!(session.history().refusal(session.project(), &ada(), seq), None);
    }
    // Ada undoes, and Ben may not bring it back.
    session.undo(&ada(), 31).expect("hers").expect("something");
    refused(session.redo(&ben, 32).map(drop), "redo");
    // Nor does Ben make himself a lead.
    let own = session.project().keys_of(&ben).next().expect("joined").clone();
    let more = project::Member { role: project::Role::Lead, ..(*own).clone() };
    let said = session.member(&ben, 33, more).expect_err("his own part").to_string();
    assert!(said.starts_with("Ben says that Ben is Lead"), "{said}");
    let gone = session.project().keys_of(&ada()).next().expect("joined").clone();
    session.member(&ben, 33, project::Member { removed: true, ..(*gone).clone() }).expect_err("the lead");
    assert!(session.verify().expect("read").is_clean());
}
