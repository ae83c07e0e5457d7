//! Generations beside the project: made while it is written to, checked before an older one goes, and brought back with
//! what was done since.

use std::path::Path;
use std::time::{Duration, SystemTime};

use project::Seq;
use proptest::prelude::*;

use super::fixture::{Folder, ada, busy, draw, label, read_write};
use crate::backups::{BackedUp, FEWEST, Generation, MOST, back_up, forget_generations, generations, restore};
use crate::{Session, StoreError, connect, verify_file};

fn made(path: &Path) -> Generation {
    match back_up(path, || true).expect("backed up") {
        BackedUp::Made(one) => one,
        other => panic!("{other:?}"),
    }
}

/// Does something to a closed project.
fn work(path: &Path, times: usize) {
    let mut session = Session::open(path, read_write()).expect("opens");
    for _ in 0..times {
        draw(&mut session, 900.0);
    }
    session.close().expect("closes");
}

fn state_of(path: &Path) -> project::Project {
    crate::Store::open(path, crate::OpenMode::ReadOnly).expect("opens").1.project
}

/// Makes an entry in the middle of the journal say something else, as a bad sector would.
fn spoil(path: &Path, seq: Seq) {
    let db = rusqlite::Connection::open(path).expect("opens");
    let body = "UPDATE entry SET author = 'Eve' WHERE seq = ?";
    assert_eq!(db.execute(body, [seq as i64]).expect("changed"), 1);
}

fn aside(path: &Path, suffix: &str) -> std::path::PathBuf {
    connect::beside(path, suffix)
}

#[test]
fn a_generation_is_the_project_as_it_was_and_is_not_made_twice() {
    let folder = Folder::new();
    let path = folder.file();
    let session = busy(&path);
    let one = made(&path);
    assert_eq!((one.number, one.entries()), (1, Some(session.acked())), "while the project is open");
    assert!(matches!(back_up(&path, || true).expect("asked"), BackedUp::Held(held) if held == one));
    assert!(state_of(&one.path) == *session.project());
    assert!(verify_file(&one.path).expect("a project").is_clean());
    session.close().expect("closes");
    work(&path, 1);
    assert_eq!(made(&path).number, 2);
    assert_eq!(generations(&path).iter().map(|one| one.number).collect::<Vec<_>>(), [2, 1]);
    forget_generations(&path);
    assert!(generations(&path).is_empty() && !aside(&path, ".backups").exists());
}

#[test]
fn generations_are_made_while_a_thread_writes_and_are_never_half_an_entry() {
    let folder = Folder::new();
    let path = folder.file();
    let mut session = busy(&path).in_background().expect("a thread");
    let first = draw(&mut session, 0.0);
    let named = std::thread::Builder::new().name("copier".into());
    let copier = named.spawn({
        let path = path.clone();
        move || (0..12).filter_map(|_| back_up(&path, || true).ok()).count()
    });
    let copier = copier.expect("a thread");
    for at in 0..400 {
        let id = session.ids(5).label();
        let edit = project::Change::create(id, label(first, &format!("member {at}"), "destroyed"));
        session.edit(&ada(), 5, project::Edit::Label(edit)).expect("nobody is kept waiting");
    }
    assert_eq!(copier.join().expect("ended"), 12);
    assert!(session.wait_saved(Duration::from_secs(30)));
    let kept = generations(&path);
    assert!((1..=MOST).contains(&kept.len()), "{kept:?}");
    for one in &kept {
        let found = verify_file(&one.path).expect("a project");
        assert!(found.is_clean() && Some(found.entries) == one.entries(), "{found:?}");
    }
    session.close().expect("closes");
}

#[test]
fn a_damaged_project_pushes_no_sound_generation_out() {
    let folder = Folder::new();
    let path = folder.file();
    busy(&path).close().expect("closes");
    for step in 0..6 {
        made(&path);
        // Long ago, so that all but the fewest could go.
        for one in generations(&path) {
            let past = SystemTime::now() - Duration::from_secs(86_400 * (40 - 5 * step + one.number));
            let file = std::fs::File::options().write(true).open(&one.path).expect("opens");
            file.set_modified(past).expect("made old");
        }
        work(&path, 1);
    }
    let before = generations(&path);
    assert!((FEWEST..=MOST).contains(&before.len()), "{before:?}");
    spoil(&path, 4);
    for _ in 0..5 {
        let error = back_up(&path, || true).expect_err("not sound");
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    }
    assert_eq!(generations(&path), before);
    let left = std::fs::read_dir(aside(&path, ".backups")).expect("there").count();
    assert_eq!(left, before.len(), "nothing half-made is left");
}

#[test]
fn what_was_done_since_a_generation_is_taken_over_as_far_as_it_is_whole() {
    let folder = Folder::new();
    let path = folder.file();
    busy(&path).close().expect("closes");
    let one = made(&path);
    let at = one.entries().expect("read");
    work(&path, 5);
    let all = state_of(&path);
    spoil(&path, 2);
    let damaged = std::fs::read(&path).expect("read");
    assert!(Session::open(&path, read_write()).is_err());
    let restored = restore(&path, None, None).expect("restored");
    assert_eq!((restored.taken_over, restored.entries), (5, at + 5));
    assert!(state_of(&path) == all && verify_file(&path).expect("a project").is_clean());
    let set_aside = restored.set_aside.expect("kept");
    assert!(std::fs::read(&set_aside).expect("read") == damaged, "as it was");
    // The place where the damage is can lie behind the generation, too.
    spoil(&path, at + 3);
    let restored = restore(&path, None, None).expect("restored");
    assert_eq!((restored.taken_over, restored.entries), (2, at + 2));
    assert_ne!(restored.set_aside, Some(set_aside), "nothing that was set aside is overwritten");
    work(&path, 1);
}

#[test]
fn a_generation_that_rotted_is_passed_over_and_a_project_that_is_gone_comes_back() {
    let folder = Folder::new();
    let path = folder.file();
    busy(&path).close().expect("closes");
    let good = made(&path);
    let want = state_of(&path);
    work(&path, 1);
    let rotten = made(&path);
    spoil(&rotten.path, 3);
    std::fs::remove_file(&path).expect("gone");
    let named = restore(&path, Some(rotten.number), None).expect_err("that one is damaged");
    assert!(named.to_string().contains("0002"), "{named}");
    let beside = folder.file().with_file_name("elsewhere.gpkg");
    assert!(restore(&path, None, Some(&beside)).expect("restored").set_aside.is_none() && !path.exists());
    assert!(matches!(restore(&path, None, Some(&beside)), Err(StoreError::Exists { .. })));
    let restored = restore(&path, None, None).expect("restored");
    assert_eq!((restored.from, restored.set_aside), (good, None));
    assert!(state_of(&path) == want && state_of(&beside) == want);
    assert!(matches!(restore(&path, Some(77), None), Err(StoreError::NoBackup { .. })));
}

#[test]
fn nothing_is_restored_under_somebody_who_works_and_nothing_is_left_of_what_is_stopped() {
    let folder = Folder::new();
    let path = folder.file();
    let session = busy(&path);
    made(&path);
    assert!(matches!(restore(&path, None, None), Err(StoreError::ReadOnly(_))));
    session.close().expect("closes");
    work(&path, 1);
    let mut looks = 0;
    let stopped = back_up(&path, || {
        looks += 1;
        looks < 3
    });
    assert_eq!(stopped.expect("no failure"), BackedUp::Stopped);
    assert_eq!(std::fs::read_dir(aside(&path, ".backups")).expect("there").count(), 1);
    let nowhere = folder.file().with_file_name("none.gpkg");
    assert!(matches!(back_up(&nowhere, || true), Err(StoreError::NotFound { .. })));
    assert!(matches!(restore(&nowhere, None, None), Err(StoreError::NoBackup { .. })));
}

/// A closed project with a generation in the middle of its life, as bytes: the generation, the project, and where the
/// generation ends.
fn history() -> &'static (Vec<u8>, Vec<u8>, Seq) {
    static BYTES: std::sync::OnceLock<(Vec<u8>, Vec<u8>, Seq)> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| {
        let folder = Folder::new();
        let path = folder.file();
        busy(&path).close().expect("closes");
        let one = made(&path);
        work(&path, 20);
        let read = |path: &Path| std::fs::read(path).expect("read");
        (read(&one.path), read(&path), one.entries().expect("read"))
    })
}

proptest! {
    #![proptest_config(super::fixture::cases(50))]

    #[test]
    fn however_a_project_is_damaged_nothing_of_its_generation_is_lost(
        at in any::<prop::sample::Index>(),
        pages in 1_usize..6,
        fill in any::<u8>(),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let (generation, project, upto) = history();
        let folder = Folder::new();
        let path = folder.file();
        std::fs::create_dir(aside(&path, ".backups")).expect("made");
        std::fs::write(aside(&path, ".backups").join("0001.gpkg"), generation).expect("written");
        let mut bytes = project.clone();
        let page = at.index(bytes.len() / 4096);
        let end = bytes.len().min((page + pages) * 4096);
        bytes[page * 4096..end].fill(fill);
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        std::fs::write(&path, &bytes).expect("written");
        let restored = restore(&path, None, None).expect("restored");
        prop_assert!(restored.entries >= *upto && restored.entries == upto + restored.taken_over);
        prop_assert!(verify_file(&path).expect("a project").is_clean());
        prop_assert_eq!(std::fs::read(restored.set_aside.expect("kept")).expect("read"), bytes);
        work(&path, 1);
    }
}
