//! Questions in the file, and files from before there were any.

use std::sync::Arc;

use project::question::{
    Answer, Context, Evidence, Origin, QuestionKind, QuestionVote, Reply, Said, Timed, View,
};
use project::review::Stage;
use project::{
    Author, Change, Edit, IdSource, LayerId, Project, Question, QuestionId, RegionId, ResponseId, Run, VoteId,
};
use rusqlite::Connection;

use super::fixture::{Folder, ada, busy, create, draw, furnish, make_old, read_write};
use crate::{OpenMode, Session, StoreError};

/// A question with something in every field.
pub(super) fn full(layer: Option<LayerId>) -> Question {
    let mut question = Question::new("How many roofs are “gone”?", QuestionKind::SingleChoice, ada());
    question.options = ["3", "5\n", "Ünïcode"].map(String::from).to_vec();
    question.answer = Some(Answer::Options(vec![1]));
    question.category = "damage".into();
    let named = ResponseId::from_uuid(uuid::Uuid::from_u128(11));
    let titles = [(named, "Coffee | “near”".to_owned())].into();
    question.context = Context { title: "Nearby".into(), text: "<b>not</b> markup".into(), titles };
    question.evidence = vec![
        Evidence::Region(RegionId::from_uuid(uuid::Uuid::from_u128(9))),
        Evidence::View(View { bounds: [0.0, 0.0, 10.5, 10.0], layers: layer.into_iter().collect() }),
        Evidence::Image("Vdata/ID_1.PNG".into()),
        Evidence::Reference("1716".into()),
    ];
    let computation = "count(class = destroyed) = 5".into();
    question.origin = Origin::Template {
        name: "count".into(),
        seed: u64::MAX,
        about: serde_json::json!({ "count": "destroyed" }),
        computation,
    };
    question.at_ms = Some(1_700_000_000_000);
    question.seconds = Some(12.25);
    question.timed = Some(Timed::WithTool);
    question.source_id = Some("34".into());
    question.source = [("classification".to_owned(), serde_json::Value::Null)].into();
    question
}

/// What somebody does with a question; `None` when there is none to do it to.
pub(super) fn any_edit(
    project: &Project,
    ids: &mut IdSource,
    layer: Option<LayerId>,
    (which, deed): (usize, u8),
) -> Option<Edit> {
    let held = project.questions();
    let nth = held.iter().nth(which % held.len().max(1)).map(|(id, held)| (*id, Arc::clone(held)));
    Some(match deed {
        0 => {
            let mut question = full(layer);
            question.evidence.extend(project.responses().get_min().map(|(id, _)| Evidence::Response(*id)));
            Edit::Question(Change::create(ids.question(), question))
        }
        1 if held.len() > MANY => return None,
        1 => {
            let edits = (0..which % 40).map(|n| {
                let question = Question::new(&format!("What is {n}?"), QuestionKind::OpenEnded, ada());
                Edit::Question(Change::create(ids.question(), question))
            });
            Edit::batch("Import questions", edits.collect())
        }
        2 => {
            let (id, before) = nth?;
            let text = format!("{} Or not?", before.text.chars().take(40).collect::<String>());
            let after = Question { text, deleted: !before.deleted, ..(*before).clone() };
            Edit::Question(Change::replace(id, before, after))
        }
        3 => {
            let (question, held) = nth?;
            let order = vec![2, 0, 1];
            let reply = Reply {
                question,
                asked: held.asked(),
                order,
                text: "1 (one)".into(),
                response: project.responses().get_max().map(|(id, _)| *id),
                tokens: Some(7),
            };
            Edit::Run(Change::create(ids.run(), run(vec![reply])))
        }
        4 | 5 => {
            let runs = project.runs();
            let (id, before) = runs.iter().nth(which % runs.len().max(1))?;
            let after = Run { note: format!("{}n", before.note), ..(**before).clone() };
            Edit::Run(Change::replace(*id, Arc::clone(before), after))
        }
        6 => {
            let runs = project.runs();
            let (id, before) = runs.iter().nth(which % runs.len().max(1))?;
            Edit::Run(Change::delete(*id, Arc::clone(before)))
        }
        _ => {
            let (id, before) = nth?;
            Edit::Question(Change::delete(id, before))
        }
    })
}

/// Above so many, no more are imported.
const MANY: usize = 200;

fn run(replies: Vec<Reply>) -> Run {
    let (model, prompt) = ("toad-1".into(), "text".into());
    Run { model, prompt, seed: Some(u64::MAX), author: ada(), at_ms: Some(5), note: "n".into(), replies }
}

pub(super) fn vote(
    project: &Project,
    id: VoteId,
    question: QuestionId,
    (member, stage, option): (&str, Stage, u32),
) -> QuestionVote {
    let said = match option {
        0 => Said::Ambiguous,
        1 => Said::Reject,
        _ => Said::Answer(Answer::Unanswerable),
    };
    QuestionVote {
        id,
        question,
        asked: project.questions()[&question].asked(),
        member: Author::new(member),
        stage,
        said,
        note: "why".into(),
        seconds: Some(2.5),
        at_ms: Some(1_700_000_000_000),
    }
}

#[test]
fn questions_votes_and_runs_come_back_and_any_program_can_read_them() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    furnish(&mut session);
    let layer = session.project().layers().keys().next().copied();
    let id = session.ids(4).question();
    session.edit(&ada(), 4, Edit::Question(Change::create(id, full(layer)))).expect("asked");
    let vote_id = session.ids(5).vote();
    let said = vote(session.project(), vote_id, id, ("Ben", Stage::One, 2));
    session.question_votes(5, [said]).expect("voted");
    let reply = any_edit(&session.project().clone(), session.ids(6), layer, (0, 3)).expect("there");
    session.edit(&ada(), 6, reply).expect("answered");
    let found = session.verify().expect("verifies");
    assert!(found.is_clean(), "{found:?}");
    let project = session.project().clone();
    session.close().expect("closes");
    let session = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(*session.project() == project);
    drop(session);
    let db = Connection::open(folder.file()).expect("any program opens it");
    let row: (String, String, String, String) = db
        .query_row("SELECT answer_text, stage, category, computation FROM question", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
        })
        .expect("a row");
    let want = ["5", "disputed", "damage", "count(class = destroyed) = 5"].map(String::from);
    assert_eq!(row, want.into(), "Ben answers something else");
    let count = |table: &str| -> i64 {
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).expect("counted")
    };
    assert_eq!(["question_evidence", "question_vote", "run", "run_reply"].map(count), [4, 1, 1, 1],);
    for (change, names) in [
        ("UPDATE question SET answer = '\"unanswerable\"'", "question"),
        ("UPDATE question_evidence SET value = 'x' WHERE place = 2", "question_evidence"),
        ("UPDATE question_vote SET said = 'answer', member = 'Eve'", "question_vote"),
        ("DELETE FROM run_reply", "run_reply"),
    ] {
        db.execute_batch(&format!("SAVEPOINT one; {change}")).expect("altered");
        let found = crate::verify::verify(&db, &folder.file());
        let names = format!("table {names}:");
        assert!(found.violations.iter().any(|v| v.contains(&names)), "{change}: {found:?}");
        db.execute_batch("ROLLBACK TO one; RELEASE one").expect("taken back");
    }
    assert!(crate::verify::verify(&db, &folder.file()).is_clean());
}

#[test]
fn a_project_from_before_questions_takes_them_once_it_is_edited() {
    for version in [2, 3] {
        let folder = Folder::new();
        busy(&folder.file()).close().expect("closes");
        make_old(&folder.file(), version);
        let reading = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
        assert!(reading.verify().expect("verifies").is_clean());
        drop(reading);
        let mut session = Session::open(&folder.file(), read_write()).expect("opens");
        let id = session.ids(10).question();
        session.edit(&ada(), 10, Edit::Question(Change::create(id, full(None)))).expect("asked");
        assert!(session.verify().expect("verifies").is_clean());
        session.close().expect("closes");
    }
}

#[test]
fn a_question_that_json_would_not_give_back_is_refused() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    draw(&mut session, 0.0);
    let mut deep = serde_json::Value::Null;
    for _ in 0..200 {
        deep = serde_json::Value::Array(vec![deep]);
    }
    let question = Question { source: [("x".to_owned(), deep)].into(), ..full(None) };
    let id = session.ids(10).question();
    let refused = session.edit(&ada(), 10, Edit::Question(Change::create(id, question)));
    assert!(matches!(refused, Err(StoreError::Unstorable(_))), "{refused:?}");
    assert!(session.project().questions().is_empty());
}

#[test]
fn many_questions_open_from_few_bytes_as_they_were() {
    let folder = Folder::new();
    let mut session = create(&folder.file());
    let edits: Vec<Edit> = (0..6_000)
        .map(|n| {
            let question = Question { text: format!("What is {n}?"), ..full(None) };
            Edit::Question(Change::create(session.ids(4).question(), question))
        })
        .collect();
    session.edit(&ada(), 4, Edit::batch("Import", edits)).expect("asked");
    let project = session.project().clone();
    session.close().expect("closes");
    let db = Connection::open(folder.file()).expect("opens");
    let packed: i64 = db.query_row("SELECT count(*) FROM packed", [], |r| r.get(0)).expect("counted");
    assert!(packed > 0, "it was worth it");
    drop(db);
    let session = Session::open(&folder.file(), OpenMode::ReadOnly).expect("opens");
    assert!(*session.project() == project);
    assert!(session.verify().expect("verifies").is_clean());
}
