use std::sync::Arc;

use parquet::schema::parser::parse_message_type;
use project::question::{Answer, Evidence, Origin, QuestionKind, Timed, View};
use project::{Author, Body, Change, Edit, IdSource, Project, Question, QuestionId, RegionId, Response};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::table;
use crate::exchange::{ExchangeError, Form, read, write};

fn ana() -> Author {
    Author::new("Ana")
}

/// A question of each kind with every field that there is, and one with none.
fn project() -> (Project, Vec<QuestionId>) {
    let (mut project, mut ids) = (Project::new(), IdSource::new(5, 5));
    let response = Response {
        id: ids.response(),
        provider: "photon".into(),
        tool: "nearby".into(),
        request: "{}".into(),
        status: 200,
        headers: std::collections::BTreeMap::new(),
        body: Body::pack(b"[]").expect("short"),
        latency_ms: 3,
        fetched_at_ms: 4,
        terms: String::new(),
    };
    let cited = response.id;
    project.record_response(response).expect("kept");
    let regions = vec![RegionId::from_uuid(Uuid::from_u128(7)), RegionId::from_uuid(Uuid::from_u128(9))];
    let answers = [
        Answer::Options(vec![1]),
        Answer::Options(vec![0]),
        Answer::Options(vec![0, 2]),
        Answer::Text("Ünter den Linden\n\u{1F3E0}".into()),
        Answer::Number(-0.1),
        Answer::Place([-94.5, 37.1]),
        Answer::regions(regions.clone()),
    ];
    let mut held = Vec::new();
    for (n, (kind, answer)) in QuestionKind::ALL.into_iter().zip(answers).enumerate() {
        let mut question = Question::new(&format!("Question {n}?"), kind, ana());
        if kind.is_choice() && kind != QuestionKind::YesNo {
            question.options = ["a", "", "c \u{0}"].map(String::from).to_vec();
        }
        question.answer = (n != 3).then_some(answer);
        (question.tolerance, question.unit, question.category) = (1.5, "m".into(), "nearby".into());
        question.context.text = "long ".repeat(200);
        question.context.title = "Title".into();
        question.context.titles.insert(cited, "Cafés".into());
        question.evidence = vec![
            Evidence::Response(cited),
            Evidence::Region(regions[0]),
            Evidence::View(View { bounds: [0.0, 1.0, 2.5, 3.0], layers: Vec::new() }),
            Evidence::Image("Vdata/a.png".into()),
            Evidence::Reference("x".into()),
        ];
        question.origin = Origin::Template {
            name: "count".into(),
            seed: u64::MAX,
            about: json!({ "n": n }),
            computation: "1 + 1".into(),
        };
        (question.at_ms, question.seconds, question.timed) = (Some(-4), Some(2.5), Some(Timed::ByHand));
        question.source_id = Some(format!("s{n}"));
        question.source.insert("more".into(), json!({ "deep": [1, null] }));
        held.push(question);
    }
    let mut nothing = Question::new("Nothing?", QuestionKind::OpenEnded, ana());
    nothing.source_id = Some("none".into());
    let mut none = Question::new("Who?", QuestionKind::SingleChoice, ana());
    (none.options, none.answer) = (vec!["a".into()], Some(Answer::Unanswerable));
    none.source_id = Some("0".into());
    held.extend([nothing, none]);
    let mut all = Vec::new();
    for question in held {
        let id = ids.question();
        project.apply(&Edit::Question(Change::create(id, question))).expect("sound");
        all.push(id);
    }
    (project, all)
}

#[test]
fn parquet_holds_all_that_json_lines_hold_and_is_the_same_to_the_byte() {
    let (project, ids) = project();
    let of = |form: Form| write(&project, &ids, form, false).expect("written").bytes;
    let bytes = of(Form::Parquet);
    assert_eq!(bytes, of(Form::Parquet));
    let content = read(&bytes, None, &ana()).expect("recognised by its content");
    assert_eq!((content.form, content.rows, content.rejected.len()), (Form::Parquet, ids.len(), 0));
    let lines = read(&of(Form::Jsonl), None, &ana()).expect("JSON lines");
    assert_eq!(content.questions, lines.questions);
    let meant: Vec<Question> = ids.iter().map(|id| Question::clone(&project.questions()[id])).collect();
    assert_eq!(content.questions, meant);
    let empty = write(&project, &[], Form::Parquet, false).expect("written").bytes;
    assert_eq!(read(&empty, None, &ana()).expect("read").rows, 0);
}

#[test]
fn many_questions_come_back_in_order() {
    let (mut project, mut ids) = (Project::new(), IdSource::new(5, 5));
    let edits = (0..25_000).map(|n| {
        let mut question = Question::new(&format!("Question {n}?"), QuestionKind::SingleChoice, ana());
        question.options = (0..2 + n % 4).map(|option| format!("{option}")).collect();
        question.answer = Some(Answer::Options(vec![n % 2]));
        question.source_id = Some(n.to_string());
        Edit::Question(Change::create(ids.question(), question))
    });
    project.apply(&Edit::batch("Many", edits.collect::<Vec<_>>())).expect("sound");
    let ids: Vec<QuestionId> = project.questions().keys().copied().collect();
    let bytes = write(&project, &ids, Form::Parquet, false).expect("written").bytes;
    let content = read(&bytes, None, &ana()).expect("read");
    assert!(content.questions.iter().zip(project.questions().values()).all(|(a, b)| *a == **b));
    assert_eq!(content.questions.len(), 25_000);
}

/// A file as another program lays it out.
fn others(schema: &str, rows: &Value) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    table::write(&schema, rows.as_array().expect("rows")).expect("written")
}

#[test]
fn benchmarks_of_others_are_read_and_what_they_cannot_say_is_left_out_by_name() {
    let schema = "message schema {
        optional binary question (STRING);
        optional binary subject (STRING);
        optional group choices (LIST) { repeated group array { optional binary item (STRING); } }
        optional int64 answer;
        optional double unknown;
    }";
    let choices = json!(["Joplin", "Monett", "Neosho"]);
    let bytes = others(
        schema,
        &json!([
            { "question": "Where?", "subject": "poi", "choices": choices, "answer": 2 },
            { "question": "Where?", "choices": choices, "answer": -1, "unknown": 0.5 },
            { "question": "Where?", "choices": choices, "answer": 3 },
            { "question": null, "choices": choices, "answer": 0 },
            { "question": "Where?", "choices": ["a", null], "answer": 0 },
            { "question": "What is it?", "choices": [], "answer": null },
        ]),
    );
    let content = read(&bytes, None, &ana()).expect("read");
    let answers: Vec<Option<Answer>> = content.questions.iter().map(|q| q.answer.clone()).collect();
    assert_eq!(answers, [Some(Answer::Options(vec![2])), Some(Answer::Unanswerable), None]);
    assert_eq!(content.questions[0].category, "poi");
    assert_eq!(content.questions[2].kind, QuestionKind::OpenEnded);
    let rejected: Vec<usize> = content.rejected.iter().map(|one| one.index).collect();
    assert_eq!(rejected, [3, 4, 5], "{:?}", content.rejected);
    let letters = "message schema {
        required binary question (STRING);
        required group options (LIST) { repeated group list { required binary element (STRING); } }
        required binary answer (STRING);
    }";
    let rows = json!([
        { "question": "A?", "options": ["x", "y"], "answer": "b" },
        { "question": "B?", "options": ["x", "y"], "answer": "x" },
        { "question": "C?", "options": ["x", "y"], "answer": "z" },
    ]);
    let content = read(&others(letters, &rows), Some(Form::Parquet), &ana()).expect("read");
    assert_eq!((content.questions.len(), content.rejected.len()), (2, 1));
    assert_eq!(content.questions[0].answer, Some(Answer::Options(vec![1])));
    let strange = others("message schema { required int32 number; }", &json!([{ "number": 1 }]));
    assert!(matches!(read(&strange, None, &ana()), Err(ExchangeError::Unknown(_))));
}

fn sound() -> Vec<u8> {
    let (project, ids) = project();
    write(&project, &ids, Form::Parquet, false).expect("written").bytes
}

#[test]
fn a_file_that_is_cut_or_lies_is_refused_in_a_sentence() {
    let bytes = sound();
    for length in (0..bytes.len()).step_by(97).chain([4, 7, 8, 11, 12, bytes.len() - 1]) {
        let cut = read(&bytes[..length], Some(Form::Parquet), &ana());
        assert!(cut.is_err(), "{length} of {} bytes", bytes.len());
    }
    let with_footer = |footer: &[u8], length: u32| {
        let mut file = b"PAR1".to_vec();
        file.extend_from_slice(footer);
        file.extend_from_slice(&length.to_le_bytes());
        file.extend_from_slice(b"PAR1");
        file
    };
    for file in [
        with_footer(&[], 0),
        with_footer(&[0], u32::MAX),
        with_footer(&[0], 1),
        // A list of 2³² structures in a few bytes.
        with_footer(&[0x29, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x00], 8),
        // Structures in structures without end.
        with_footer(&vec![0x1C; 100_000], 100_000),
        with_footer(&vec![0x19; 100_000], 100_000),
        b"PAR1PAR1".to_vec(),
        b"PARE________PARE".to_vec(),
    ] {
        let refused = read(&file, None, &ana());
        assert!(matches!(refused, Err(ExchangeError::NotParquet(_))), "{refused:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_bit_flip_makes_the_program_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        at_the_end in any::<bool>(),
    ) {
        static SOUND: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = SOUND.get_or_init(sound).clone();
        let from = if at_the_end { bytes.len().saturating_sub(3_000) } else { 0 };
        for (at, byte) in flips {
            let at = from + at.index(bytes.len() - from);
            bytes[at] = byte;
        }
        let _ = read(&bytes, Some(Form::Parquet), &ana());
    }
}
