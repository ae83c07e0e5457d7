//! The page's own script, run by Node.js where there is one: keys are pressed, and what it saves is taken.

use std::process::Command;

use project::review::{Rule, Stage, Verdict};
use project::{Change, ClassCode, Edit, Project, Settings};

use super::hostile::{header, take, town};
use super::{BundleWriter, Header};

/// The votes file after some keys; `None` where Node.js is not installed.
fn pressed(header: &Header, keys: &[&str]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("folder");
    let target = folder.path().join("bundle");
    let writer = BundleWriter::new(&target).expect("begun");
    writer.finish(header, "", "").expect("written");
    let script = folder.path().join("page_keys.js");
    std::fs::write(&script, include_str!("page_keys.js")).expect("written");
    let keys = serde_json::to_string(keys).expect("JSON");
    let run = Command::new("node").arg(script).arg(target.join("index.html")).arg(keys).output();
    let run = match run {
        Ok(run) => run,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: the page's script was not run, there is no Node.js");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(run.stdout)
}

fn with_reasons(project: &mut Project) {
    let before = project.settings().clone();
    let rule = Rule { reasons: vec!["Bad outline".into(), "No building".into()], ..before.rule.clone() };
    let after = Settings { rule, ..before.clone() };
    project.apply(&Edit::Settings(Change::replace((), before, after))).expect("applies");
}

#[test]
fn keys_on_the_page_become_the_votes_that_are_taken() {
    let (mut project, cases) = town(7);
    with_reasons(&mut project);
    let one = header(&project, &cases, Stage::One);
    let keys = [
        "a",
        "2",
        "n",
        "=roof gone",
        "Enter",
        "u",
        "i",
        "r",
        "2",
        "4",
        "s",
        // Back to the one that was rejected: that is taken back, and another verdict given.
        "k",
        "k",
        "x",
        "3",
        "?",
        "Control+s",
    ];
    let Some(saved) = pressed(&one, &keys) else { return };
    let taken = take(&project, &saved).expect("the page saves what is taken");
    assert!(taken.rejected.is_empty(), "{:?}", taken.rejected);
    let said: Vec<_> = taken
        .votes
        .iter()
        .map(|v| {
            (cases.iter().position(|c| *c == v.case), v.verdict, v.class.as_ref().map(ClassCode::as_str))
        })
        .collect();
    assert_eq!(said.len(), 7, "{said:?}");
    let of = |place: usize| taken.votes.iter().find(|v| v.case == cases[place]).expect("voted");
    assert_eq!(
        (of(0).verdict, of(0).class.as_ref().map(ClassCode::as_str)),
        (Verdict::Accept, Some("destroyed"))
    );
    assert_eq!(of(1).class.as_ref().map(ClassCode::as_str), Some("minor damage"));
    assert_eq!((of(2).verdict, of(2).note.as_str()), (Verdict::Undetermined, "roof gone"));
    assert_eq!(of(3).verdict, Verdict::BadImagery);
    assert_eq!(of(4).verdict, Verdict::Edit, "{said:?}");
    assert_eq!(of(4).class.as_ref().map(ClassCode::as_str), Some("major damage"));
    assert_eq!(of(5).verdict, Verdict::Accept, "a class that the label has agrees with it");
    assert_eq!(of(6).verdict, Verdict::Abstain);
}

#[test]
fn a_reason_is_asked_and_said_once_however_often_a_case_is_rejected() {
    let (mut project, cases) = town(2);
    with_reasons(&mut project);
    let two = header(&project, &cases, Stage::Two);
    // A committee's page has nothing to accept; a rejection asks, Escape gives up asking.
    let keys = ["a", "n", "=blue roof", "Enter", "r", "Escape", "r", "2", "k", "r", "1", "4", "Control+s"];
    let Some(saved) = pressed(&two, &keys) else { return };
    let taken = take(&project, &saved).expect("taken");
    let notes: Vec<(Verdict, &str)> = taken.votes.iter().map(|v| (v.verdict, v.note.as_str())).collect();
    assert_eq!(notes, [(Verdict::Reject, "Bad outline: blue roof"), (Verdict::Accept, "")]);
}
