//! Entries carried out of a file and into another.

use std::path::Path;

use project::Author;

use super::fixture::{Folder, busy, draw, read_write, vote};
use crate::{Carried, MergePlan, OpenMode, Origin, Session, Signer, Source, Store, make_file, verify_file};

fn everything(path: &Path) -> Vec<Carried> {
    let (source, mut all, mut after) = (Source::open(path).expect("opens"), Vec::new(), 0);
    loop {
        let page = source.page(after, after).expect("read");
        all.extend(page.entries);
        after = page.through;
        if page.is_last {
            return all;
        }
    }
}

fn origin<'a>(id: &'a str, author: &'a Author) -> Origin<'a> {
    Origin { from: "a server", project_id: id, floor: 0, program: "test 1", author, signer: None, at_ms: 9 }
}

fn lines(path: &Path) -> Vec<project::Entry> {
    let (store, _) = Store::open(path, OpenMode::ReadOnly).expect("opens");
    let read = store.journal().expect("journal").collect::<Result<_, _>>();
    read.expect("sound")
}

#[test]
fn a_file_made_of_what_was_carried_out_of_another_has_the_same_journal_and_tables() {
    let folder = Folder::new();
    let (path, ana) = (folder.file(), Author::new("Ana"));
    busy(&path).close().expect("closed");
    let config = tempfile::tempdir().expect("folder");
    let signer = Signer::seeded(3, config.path());
    let mut session = Session::open(&path, read_write()).expect("opens").signed_by(signer, ana.clone());
    draw(&mut session, 900.0);
    session.close().expect("closed");
    let source = Source::open(&path).expect("opens");
    let origins = source.origins().expect("a project");
    let copy = path.with_file_name("copy.gpkg");
    make_file(&copy, origin(&origins.project_id, &ana), everything(&path)).expect("made");
    assert_eq!(lines(&copy), lines(&path));
    assert_eq!(Source::open(&copy).expect("opens").origins().expect("read"), origins);
    let (was, is) = (verify_file(&path).expect("read"), verify_file(&copy).expect("read"));
    assert!(is.is_clean(), "{:?}", is.violations);
    assert_eq!(is.signatures, was.signatures);
    assert!(is.signatures.good > 0);
    assert!(
        make_file(&copy, origin(&origins.project_id, &ana), Vec::new()).is_err(),
        "a file was overwritten"
    );
    assert!(source.page(origins.last.0, origins.last.0).expect("read").entries.is_empty());
}

#[test]
fn copies_that_were_joined_are_carried_whole_and_altered_entries_are_set_aside() {
    let folder = Folder::new();
    let (path, ana) = (folder.file(), Author::new("Ana"));
    busy(&path).close().expect("closed");
    let other = path.with_file_name("ben.gpkg");
    std::fs::copy(&path, &other).expect("copied");
    for (file, x, seed) in [(&path, 300.0, 21), (&other, 400.0, 22)] {
        let session = Session::open(file, read_write()).expect("opens");
        let mut session = session.with_ids(project::IdSource::new(1_800_000_000_000, seed));
        draw(&mut session, x);
        let case = *session.project().regions().keys().next().expect("a region");
        let one = vote(session.ids(8), case, if seed == 21 { "Ana" } else { "Ben" });
        session.vote(8, one).expect("vote");
        session.close().expect("closed");
    }
    MergePlan::of(&path, &[other]).expect("read").carry_out(&ana, None, 99).expect("joined");
    // Nothing is built upon the merge yet: it says nothing elsewhere.
    let all = everything(&path);
    assert!(!all.iter().any(Carried::is_merge));
    let mut session = Session::open(&path, read_write()).expect("opens");
    draw(&mut session, 800.0);
    session.close().expect("closed");
    let all = everything(&path);
    assert_eq!(all.iter().filter(|one| one.is_merge()).count(), 1);
    let mut hashes = std::collections::HashSet::new();
    let start = Source::open(&path).expect("opens").origins().expect("read").start;
    for one in &all {
        assert!(
            one.before == start || hashes.contains(&one.before),
            "entries come after those that they name"
        );
        hashes.insert(one.hash);
    }
    let id = Source::open(&path).expect("opens").origins().expect("read").project_id;
    let copy = path.with_file_name("copy.gpkg");
    make_file(&copy, origin(&id, &ana), all.clone()).expect("made");
    let project = |path: &Path| Store::open(path, OpenMode::ReadOnly).expect("opens").1.project;
    assert!(project(&copy) == project(&path), "the copy says something else");
    assert!(verify_file(&copy).expect("read").is_clean());
    assert_eq!(Source::open(&copy).expect("opens").hashes().expect("read").len(), all.len() + 1);
    for (what, change) in [
        (
            "body",
            (|one: &mut Carried| one.body = one.body.replace("destroyed", "no damage")) as fn(&mut Carried),
        ),
        ("author", |one| one.author.push('x')),
        ("time", |one| one.at_ms += 1),
        ("number", |one| one.number += 1),
        ("part", |one| drop(one.changes.pop())),
    ] {
        let mut altered = all.clone();
        let at = altered.iter().position(|one| !one.changes.is_empty()).expect("a batch");
        let at = if what == "body" {
            altered.iter().position(|one| one.body.contains("destroyed")).expect("one")
        } else {
            at
        };
        change(&mut altered[at]);
        let to = path.with_file_name("altered.gpkg");
        let aside = make_file(&to, origin(&id, &ana), altered).expect(what);
        assert!(aside[0].why.contains("checksum"), "{what}: {aside:?}");
        assert!(aside[1..].iter().all(|one| one.why.contains("follows")), "{what}: {aside:?}");
        let held = Source::open(&to).expect("opens").hashes().expect("read");
        assert!(aside.iter().all(|one| !held.contains(&one.hash)), "{what}: something altered was taken");
        assert!(verify_file(&to).expect("read").is_clean(), "{what}");
        std::fs::remove_file(&to).expect("removed");
    }
    let names: Vec<String> = folder.names();
    assert!(names.iter().all(|name| !name.contains(".part")), "{names:?}");
}
