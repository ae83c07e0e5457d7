//! Copies of a project file that were worked on apart, joined again.

use std::path::{Path, PathBuf};

use project::review::{Rule, Stage, Verdict, Vote};
use project::{Author, Change, ClassCode, Edit, Member, RegionId, Settings};

use super::fixture::{busy, draw, label, read_write, vote};
use crate::{MergePlan, Session, Signer, StoreError, verify_file};

/// How often a copy was opened, so that no two sources hand out the same identities.
static OPENED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A busy project of which Ana, Ben and Cy each have a copy.
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().expect("folder") };
        busy(&desk.file("ana")).close().expect("closed");
        for name in ["ben", "cy"] {
            std::fs::copy(desk.file("ana"), desk.file(name)).expect("copied");
        }
        desk
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.gpkg"))
    }

    fn signer(&self, name: &str) -> Signer {
        Signer::load_or_make(&self.folder.path().join(format!("config of {name}"))).expect("a key")
    }

    /// Opens a copy as its member does.
    fn open(&self, name: &str) -> Session {
        let session = Session::open(&self.file(name), read_write()).expect("opens");
        let seed = OPENED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let ids = project::IdSource::new(1_800_000_000_000, seed * 977);
        session.signed_by(self.signer(name), Author::new(name)).with_ids(ids)
    }

    fn work(&self, name: &str, at_ms: i64, work: impl FnOnce(&mut Session, &Author)) {
        let mut session = self.open(name);
        work(&mut session, &Author::new(name));
        let _ = at_ms;
        session.close().expect("closed");
    }

    fn join(&self, target: &str, copies: &[&str]) -> Result<crate::MergeReport, StoreError> {
        let copies: Vec<PathBuf> = copies.iter().map(|name| self.file(name)).collect();
        let plan = MergePlan::of(&self.file(target), &copies)?;
        plan.carry_out(&Author::new(target), Some(&self.signer(target)), 99)
    }

    fn content(&self, name: &str) -> project::Project {
        let verified = verify_file(&self.file(name)).expect("read");
        assert!(verified.is_clean(), "{name}: {:?}", verified.violations);
        assert_eq!(verified.signatures.faults, Vec::<String>::new(), "{name}");
        Session::open(&self.file(name), crate::OpenMode::ReadOnly).expect("opens").project().clone()
    }
}

fn first(session: &Session) -> RegionId {
    *session.project().regions().keys().next().expect("a region")
}

fn relabel(session: &mut Session, author: &Author, class: &str) {
    let region = first(session);
    let (id, before) = session.project().label_of(region).expect("labelled");
    let before = (id, std::sync::Arc::clone(before));
    let after = project::Label { class: ClassCode::new(class), ..(*before.1).clone() };
    let edit = Edit::Label(Change::replace(before.0, before.1, std::sync::Arc::new(after)));
    session.edit(author, 5, edit).expect("relabelled");
}

fn everybody_works(desk: &Desk) {
    desk.work("ana", 1, |session, author| {
        relabel(session, author, "no damage");
        draw(session, 300.0);
    });
    desk.work("ben", -5_000, |session, author| {
        relabel(session, author, "minor damage");
        let region = draw(session, 400.0);
        let edit = Change::create(session.ids(5).label(), label(region, "ben", "destroyed"));
        session.edit(author, 6, Edit::Label(edit)).expect("label");
        session.undo(author, 7).expect("undone");
    });
    desk.work("cy", i64::from(i32::MAX), |session, _| {
        let case = first(session);
        let vote = vote(session.ids(8), case, "cy");
        session.vote(8, vote).expect("vote");
        // A batch large enough to be kept in parts.
        let edits = (0..50).map(|n| {
            let id = session.ids(9).region();
            Edit::Region(Change::create(id, std::sync::Arc::new(super::fixture::region(f64::from(n), 0.0))))
        });
        let edits = edits.collect();
        session.edit(&Author::new("cy"), 9, Edit::batch("Import", edits)).expect("batch");
    });
}

#[test]
fn joined_files_say_the_same_in_any_order_and_joining_again_changes_nothing() {
    let desk = Desk::new();
    everybody_works(&desk);
    for name in ["ana", "ben", "cy"] {
        std::fs::copy(desk.file(name), desk.file(&format!("{name}2"))).expect("kept");
    }
    let report = desk.join("ana", &["ben", "cy"]).expect("joined");
    assert_eq!(report.conflicts.len(), 1, "{report:?}");
    let members: Vec<&str> = report.members.iter().map(|m| m.member.as_str()).collect();
    // The fixture draws in Ada's name.
    assert_eq!(members, ["Ada", "ben", "cy"]);
    assert!(report.doubts.is_empty(), "{report:?}");
    desk.join("ben", &["cy2"]).expect("joined");
    desk.join("cy", &["ben"]).expect("joined");
    desk.join("cy", &["ana2"]).expect("joined");
    assert!(desk.content("ana") == desk.content("cy"));
    let before = std::fs::read(desk.file("ana")).expect("read");
    let again = desk.join("ana", &["ben2", "cy", "cy2", "ben"]).expect("nothing new");
    assert_eq!(again.members, Vec::new());
    assert!(std::fs::read(desk.file("ana")).expect("read") == before, "not a byte is changed");
    let left: Vec<_> = std::fs::read_dir(desk.folder.path())
        .expect("folder")
        .map(|e| e.expect("entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("joining") || name.contains("lock"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn work_goes_on_after_joining_and_a_packed_journal_has_it_too() {
    let desk = Desk::new();
    everybody_works(&desk);
    desk.join("ana", &["ben"]).expect("joined");
    desk.work("ana", 1, |session, author| {
        relabel(session, author, "destroyed");
        let (id, _) = session.project().conflicts().iter().next().expect("a conflict");
        let keep = session.project().keep_edit(*id).expect("can be decided");
        session.edit(author, 20, keep).expect("decided");
    });
    desk.work("ben", 2, |session, author| relabel(session, author, "major damage"));
    desk.join("ben", &["ana", "cy"]).expect("joined");
    desk.join("ana", &["cy", "ben"]).expect("joined");
    assert!(desk.content("ana") == desk.content("ben"));
}

#[test]
fn what_cannot_be_joined_is_named_and_the_target_stays_as_it_is() {
    let desk = Desk::new();
    everybody_works(&desk);
    let before = std::fs::read(desk.file("ana")).expect("read");
    let other = desk.file("other");
    Session::create(&other, &crate::Identity::new("test", 0), "Ada").expect("made").close().expect("closed");
    let whole = std::fs::read(desk.file("ben")).expect("read");
    std::fs::write(desk.file("cut"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(desk.file("words"), "no database").expect("written");
    altered(&desk, "newer", "UPDATE meta SET value = '99' WHERE key = 'version'");
    altered(
        &desk,
        "changed",
        "UPDATE entry SET author = 'mallory' WHERE seq = 60 OR seq = (SELECT max(seq) FROM entry)",
    );
    altered(&desk, "shorter", "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)");
    altered(
        &desk,
        "forged",
        "UPDATE signature SET signature = (SELECT signature FROM signature ORDER BY seq LIMIT 1) \
         WHERE seq = (SELECT max(seq) FROM signature)",
    );
    for (name, says) in [
        ("other", "another project"),
        ("cut", ""),
        ("words", "not a GeoPackage"),
        ("newer", "newer Orthoscope"),
        ("changed", "does not match its checksum"),
        ("shorter", "stops at entry"),
        ("forged", "a signature that does not fit"),
        ("missing", "there is no file"),
    ] {
        let refused = desk.join("ana", &["cy", name]).expect_err(name);
        assert!(refused.to_string().contains(says), "{name}: {refused}");
        assert!(refused.hint().is_some(), "{name}: {refused}");
        assert!(std::fs::read(desk.file("ana")).expect("read") == before, "{name} changed the target");
    }
}

fn altered(desk: &Desk, name: &str, how: &str) {
    std::fs::copy(desk.file("ben"), desk.file(name)).expect("copied");
    let db = rusqlite::Connection::open(desk.file(name)).expect("opens");
    db.execute_batch(how).expect(name);
}

#[test]
fn a_history_that_was_altered_and_hashed_anew_is_refused() {
    let desk = Desk::new();
    everybody_works(&desk);
    // The same work, in a history whose beginning says something else.
    let forged = desk.file("forged");
    rewrite(&desk.file("ben"), &forged, |line| line.replace("roof gone", "roof fine"));
    assert!(verify_file(&forged).expect("read").violations.iter().any(|v| v.contains("signature")));
    let refused = desk.join("ana", &["forged"]).expect_err("two histories");
    assert!(refused.to_string().contains("forged"), "{refused}");
}

/// Number, time, author, kind, body, the first change and how many.
type Row = (i64, i64, String, String, String, Option<i64>, i64);

/// Writes a project anew with other texts, every hash made to fit, and its signatures as they were.
fn rewrite(from: &Path, to: &Path, change: impl Fn(&str) -> String) {
    use sha2::{Digest as _, Sha256};
    std::fs::copy(from, to).expect("copied");
    let db = rusqlite::Connection::open(to).expect("opens");
    let project_id: String =
        db.query_row("SELECT value FROM meta WHERE key = 'project'", [], |r| r.get(0)).expect("id");
    let mut before: [u8; 32] = Sha256::digest(project_id.as_bytes()).into();
    let mut statement = db
        .prepare("SELECT seq, at_ms, author, kind, body, first_change, changes FROM entry ORDER BY seq")
        .expect("rows");
    let rows: Vec<Row> = statement
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?)))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("rows");
    let mut last = 0;
    for (seq, at_ms, author, kind, body, first_change, changes) in rows {
        let body = change(&body);
        let mut hash = Sha256::new();
        hash.update(before);
        hash.update((seq as u64).to_le_bytes());
        hash.update(at_ms.to_le_bytes());
        hash.update((changes as u64).to_le_bytes());
        let mut push = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        for text in [&author, &kind, &body] {
            push(text);
        }
        for fid in first_change.into_iter().flat_map(|first| first..first + changes) {
            let text: String =
                db.query_row("SELECT body FROM change WHERE fid = ?", [fid], |r| r.get(0)).expect("part");
            push(&text);
        }
        before = hash.finalize().into();
        db.execute("UPDATE entry SET body = ?, hash = ? WHERE seq = ?", rusqlite::params![body, before, seq])
            .expect("written");
        last = seq;
    }
    let hex = project::EntryHash(before);
    db.execute("UPDATE meta SET value = ? WHERE key = 'head'", [format!("{last} {hex}")]).expect("head");
    db.execute("DELETE FROM packed", []).expect("cleared");
}

#[test]
fn the_work_of_a_removed_member_is_refused_until_they_are_back() {
    let desk = Desk::new();
    everybody_works(&desk);
    desk.join("ana", &["ben"]).expect("joined");
    desk.work("ana", 1, |session, author| {
        let ben = session.project().keys_of(&Author::new("ben")).next().expect("a member").clone();
        session.member(author, 30, Member { removed: true, ..(*ben).clone() }).expect("removed");
    });
    desk.work("ben", 2, |session, _| {
        draw(session, 900.0);
    });
    let refused = desk.join("ana", &["ben"]).expect_err("removed");
    assert!(refused.to_string().contains("ben, who was removed"), "{refused}");
    desk.work("ana", 1, |session, author| {
        let ben =
            session.project().members().values().find(|m| m.name.name() == "ben").expect("known").clone();
        session.member(author, 31, Member { removed: false, ..(*ben).clone() }).expect("back");
    });
    desk.join("ana", &["ben"]).expect("joined");
    desk.content("ana");
}

fn seal_votes(session: &mut Session, author: &Author, size: u32) {
    let before = session.project().settings().clone();
    let rule = Rule { sealed: true, committee_size: size, ..before.rule.clone() };
    let after = Settings { rule, ..before.clone() };
    session.edit(author, 2, Edit::Settings(Change::replace((), before, after))).expect("rule");
}

fn committee_vote(session: &mut Session, member: &str, class: &str, note: &str) {
    let (id, case) = (session.ids(40).vote(), first(session));
    let vote = Vote {
        id,
        case,
        member: Author::new(member),
        stage: Stage::Two,
        verdict: Verdict::Edit,
        class: Some(ClassCode::new(class)),
        confidence: Some(0.9),
        note: note.to_owned(),
        seconds: None,
        at_ms: None,
        seal: None,
        shape: None,
    };
    session.vote(40, vote).expect("vote");
}

#[test]
fn nothing_of_a_sealed_vote_is_in_the_file_or_a_copy_until_all_are_cast() {
    let desk = Desk::new();
    desk.work("ana", 1, |session, author| seal_votes(session, author, 2));
    for name in ["ben", "cy"] {
        std::fs::copy(desk.file("ana"), desk.file(name)).expect("copied");
    }
    desk.work("ben", 2, |session, _| committee_vote(session, "ben", "minor damage", "a telltale note"));
    desk.join("ana", &["ben"]).expect("joined");
    for name in ["ana", "ben"] {
        let bytes = std::fs::read(desk.file(name)).expect("read");
        assert!(!bytes.windows(8).any(|w| w == b"telltale"), "{name} has the note");
        let project = desk.content(name);
        let vote = project.votes().values().find(|v| v.member.name() == "ben").expect("cast");
        assert!(vote.is_sealed() && vote.class.is_none() && vote.confidence.is_none());
        assert!(project.votes_visible_to(&Author::new("cy"), vote.case).iter().all(|v| !v.is_sealed()));
        assert_eq!(project.outcome(vote.case).state, project::review::ReviewState::StageTwo);
        let db = rusqlite::Connection::open(desk.file(name)).expect("opens");
        let shown: (String, Option<String>) = db
            .query_row("SELECT verdict, class FROM vote WHERE member = 'ben'", [], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .expect("a row");
        assert_eq!(shown, ("sealed".to_owned(), None));
    }
    desk.work("cy", 3, |session, _| committee_vote(session, "cy", "minor damage", ""));
    desk.join("ben", &["cy"]).expect("joined");
    desk.work("ben", 4, |session, _| drop(session.open_due(50).expect("opened")));
    let half = desk.content("ben");
    let case = half.votes().values().find(|v| v.member.name() == "ben").expect("cast").case;
    assert!(!half.committee_is_complete(case), "cy's is still sealed");
    desk.join("cy", &["ben"]).expect("joined");
    desk.work("cy", 5, |session, _| drop(session.open_due(51).expect("opened")));
    desk.join("ana", &["cy"]).expect("joined");
    let done = desk.content("ana");
    assert!(done.committee_is_complete(case));
    assert_eq!(done.outcome(case).class, Some(ClassCode::new("minor damage")));
    let ben = done.votes().values().find(|v| v.member.name() == "ben").expect("cast");
    assert_eq!(ben.note, "a telltale note");
}

#[test]
fn a_vote_cannot_be_opened_as_something_else_nor_sealed_without_a_place_to_keep_it() {
    let desk = Desk::new();
    desk.work("ana", 1, |session, author| seal_votes(session, author, 1));
    let mut unsigned = Session::open(&desk.file("ana"), read_write()).expect("opens");
    let before = unsigned.history().last_seq();
    let vote = Vote {
        stage: Stage::Two,
        ..{
            let case = first(&unsigned);
            super::fixture::vote(unsigned.ids(1), case, "ana")
        }
    };
    let refused = unsigned.vote(1, vote.clone()).expect_err("no place");
    assert!(refused.to_string().contains("sealed"), "{refused}");
    assert_eq!(unsigned.history().last_seq(), before);
    let (sealed, mut opening) = vote.sealed(project::Salt([9; 32]));
    let mut project = unsigned.project().clone();
    project.record_vote(sealed).expect("cast");
    opening.said.class = Some(ClassCode::new("no damage"));
    let forged = project.open_vote(&opening).expect_err("something else");
    assert!(forged.to_string().contains("not what ana sealed"), "{forged}");
}
