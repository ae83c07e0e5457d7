use project::question::{Answer, Evidence, QuestionKind};
use project::{Author, Change, Edit, IdSource, Project, Question};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::visual::parts;
use super::{Content, ExchangeError, Form, read, write};

fn ana() -> Author {
    Author::new("Ana")
}

fn taken(file: &str, form: Option<Form>) -> Content {
    read(file.as_bytes(), form, &ana()).expect("a file of questions")
}

/// The file as it is written again; everything in it must have been taken.
fn again(content: &Content) -> Value {
    assert_eq!(content.rejected, []);
    let (mut project, mut ids) = (Project::new(), IdSource::new(5, 5));
    for question in &content.questions {
        project.apply(&Edit::Question(Change::create(ids.question(), question.clone()))).expect("sound");
    }
    let ids: Vec<_> = project.questions().keys().copied().collect();
    let written = write(&project, &ids, content.form, false).expect("written");
    assert_eq!(written.questions, content.questions.len());
    serde_json::from_slice(&written.bytes).unwrap_or(Value::Null)
}

fn textual() -> Value {
    let row = |id: Value, options: &[&str], correct: i64, classification: Value| {
        json!({
            "id": id,
            "question": "Which is nearest?\n",
            "answer": { "type": "mcq", "options": options, "correct": correct },
            "context": "Information of <b>Tower</b>:\n- Location: Ünter den Linden",
            "classification": classification,
        })
    };
    json!([
        row(json!(34), &["A", " B", "C ", "D"], 1, json!("nearby")),
        row(json!(36), &["A", "B", "C", "D"], -1, Value::Null),
        row(json!("x-7"), &["one", "two", "three"], 2, json!("trip")),
        row(json!("12"), &["yes", "no"], 0, json!("my own")),
    ])
}

#[test]
fn mapeval_comes_in_with_exact_counts_and_goes_out_as_it_came() {
    let file = textual();
    let content = taken(&file.to_string(), None);
    assert_eq!((content.form, content.rows, content.questions.len()), (Form::MapevalText, 4, 4));
    let answers: Vec<_> = content.questions.iter().map(|q| q.answer.clone().expect("answered")).collect();
    let of = |places: &[u32]| Answer::Options(places.to_vec());
    assert_eq!(answers, [of(&[1]), Answer::Unanswerable, of(&[2]), of(&[0])]);
    assert_eq!(content.questions[1].category, "");
    assert_eq!(again(&content), file);
    let renamed = Content { questions: content.questions.clone(), ..content };
    let mut changed = renamed.clone();
    changed.questions[1].category = "poi".into();
    changed.questions[1].answer = Some(Answer::Options(vec![3]));
    let out = again(&changed);
    assert_eq!((&out[1]["classification"], &out[1]["answer"]["correct"]), (&json!("poi"), &json!(3)));
}

#[test]
fn rows_that_say_what_cannot_be_are_left_out_by_name() {
    let mut file = textual();
    let rows = file.as_array_mut().expect("a list");
    rows[0]["answer"]["correct"] = json!(4);
    rows[1]["answer"]["type"] = json!("essay");
    rows[2]["question"] = json!("  ");
    rows[3]["answer"]["options"] = json!([["nested"]]);
    rows.push(json!(7));
    rows.push(textual()[0].clone());
    let content = taken(&file.to_string(), Some(Form::MapevalText));
    assert_eq!((content.rows, content.questions.len()), (6, 1));
    let reasons: Vec<_> = content.rejected.iter().map(|r| (r.index, r.reason.as_str())).collect();
    for (at, says) in [(1, "4 options"), (2, "essay"), (3, "no words"), (4, "no text"), (5, "no object")] {
        assert!(
            reasons.iter().any(|(index, why)| *index == at && why.contains(says)),
            "{at} {says}: {reasons:?}"
        );
    }
}

fn visual() -> Value {
    let row = |options: &str, count: &str, answer: &str, classification: &str| {
        json!({
            "image_path": "Vdata/ID_201.PNG",
            "question": "Count how many there are?",
            "option_count": count,
            "options": options,
            "answer": answer,
            "classification": classification,
        })
    };
    json!([
        row("1)six\n2) Five\n3) Seven    4) Nine", "4", "4", "counting"),
        row("1.Twelve (12)\n2.Thirteen (13)\n3.Fourteen (14)\n4.Fifteen (15)", "4", "1", "counting"),
        row("0) Unanswerable\n1) 1hr\n2) 2 hr\n3) 2.5 hr\n4) 4 hr", "4", "0", "unanswerable"),
        row("1) 3.5 km\n2) 1 km 3) 2.2 km", "3", "3", "routing"),
        row("1)Yes\n2)No", "2", "2", "poi"),
        row("1) a 2) b 3) c 4) d 5) e 6) f 7) g", "7", "7", "poi"),
    ])
}

#[test]
fn options_in_one_text_are_told_apart_and_written_as_they_stood() {
    let file = visual();
    let content = taken(&file.to_string(), None);
    assert_eq!((content.form, content.questions.len()), (Form::MapevalVisual, 6));
    let options = |n: usize| content.questions[n].options.iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(options(0), ["six", "Five", "Seven", "Nine"]);
    assert_eq!(options(1)[3], "Fifteen (15)");
    assert_eq!(options(2), ["1hr", "2 hr", "2.5 hr", "4 hr"]);
    assert_eq!(content.questions[2].answer, Some(Answer::Unanswerable));
    assert_eq!(options(3), ["3.5 km", "1 km", "2.2 km"]);
    assert_eq!(content.questions[0].evidence, [Evidence::Image("Vdata/ID_201.PNG".into())]);
    assert_eq!(again(&content), file);
}

#[test]
fn announced_options_that_are_not_there_are_refused() {
    for (text, count) in [("1) a 2) b", 3), ("1) a 2) b 3) c", 2), ("a, b", 2), ("", 1), ("2) b 1) a", 2)] {
        assert_eq!(parts(text, count), None, "{text}");
    }
    let mut file = visual();
    file[0]["options"] = json!("no numbers at all");
    file[1]["answer"] = json!("9");
    file[4]["option_count"] = json!("99999999999999999999");
    let content = taken(&file.to_string(), None);
    assert_eq!(content.rejected.iter().map(|r| r.index).collect::<Vec<_>>(), [1, 2, 5]);
}

#[test]
fn slips_of_published_rows_are_read_as_what_they_say_and_written_as_they_stood() {
    let mut file = visual();
    let slips = [
        ("(1)  1.8km\n(2)  2.1km\n(3)     5km", "3", "1", 3),
        ("1Citadel\n2.Wenzel\n3.Fontaine", "3", "2", 3),
        ("1) 400m\n2) 450m\n1) 390m\n1) 550m", "4", "2", 4),
        ("1.\nA\n2.\nB\n3.\nC\n4.\nD\n5.\nE", "4", "5", 5),
        ("1.A\n2.B\n3.C", "5", "2", 3),
        ("1.St", "4", "3", 4),
    ];
    for (n, (options, count, answer, _)) in slips.iter().enumerate() {
        let row = &mut file[n];
        (row["options"], row["option_count"], row["answer"]) = (json!(options), json!(count), json!(answer));
    }
    let content = taken(&file.to_string(), None);
    let counts: Vec<usize> = content.questions.iter().map(|q| q.options.len()).collect();
    assert_eq!(counts, slips.map(|(.., options)| options));
    assert_eq!(content.questions[0].options, ["1.8km", "2.1km", "5km"]);
    assert_eq!(content.questions[1].options[0], "Citadel");
    assert!(content.questions[5].options[2].contains("missing in the file"));
    assert_eq!(again(&content), file);
}

fn mapqator() -> Value {
    let question = |title: &str, kind: &str, options: Value, correct: Value| {
        json!({
            "title": title,
            "answer": { "type": kind, "options": options, "correct": correct },
            "classification": "routing",
            "references": [1_716_000_000_001_u64, "b"],
        })
    };
    json!([
        {
            "id": 7,
            "context": ["line one", "line two"],
            "name": "Around the tower",
            "context_json": { "places": { "a": [1.5, null] }, "map_service": "google" },
            "api_call_logs": [{ "uuid": 1_716_000_000_001_u64, "responseTime": 132 }],
            "username": "Ben",
            "deleted": false,
            "questions": [
                question("Is it open?", "yes-no", json!(["Yes", "No"]), json!(1)),
                question("Is it far?", "yes-no", json!([]), json!("no")),
                question("Which one?", "single-choice", json!(["a", "b", "c"]), json!(2)),
                question("Which ones?", "multiple-choice", json!(["a", "b", "c"]), json!([0, 2])),
                question("Why?", "open-ended", json!([]), json!("Because.")),
                question("Which is none?", "single-choice", json!(["a", "b"]), json!(-1)),
            ],
        },
        {
            "id": 8,
            "question": "An older one?",
            "answer": { "type": "mcq", "options": ["a", "b"], "correct": 0 },
            "context": "text",
            "classification": null,
            "context_gpt": "",
            "deleted": true,
        },
    ])
}

#[test]
fn mapqator_comes_in_with_all_kinds_and_goes_out_the_same() {
    let file = mapqator();
    let content = taken(&file.to_string(), None);
    assert_eq!((content.form, content.rows, content.questions.len()), (Form::Mapqator, 2, 7));
    let answers: Vec<_> = content.questions.iter().map(|q| q.answer_text().expect("answered")).collect();
    assert_eq!(answers, ["No", "No", "c", "a; c", "Because.", "Unanswerable", "a"]);
    assert!(content.questions[6].deleted && content.questions[0].author == Author::new("Ben"));
    assert_eq!(content.questions[0].context.text, "line one\nline two");
    assert_eq!(again(&content), file);
}

#[test]
fn rows_of_older_files_keep_their_layout_and_get_nothing_that_they_had_not() {
    let row = |kind: Value, correct: Value| {
        json!({
            "context": "text",
            "context_json": { "places": {}, "distance_matrix": {} },
            "api_call_logs": [],
            "question": "Which?",
            "answer": { "type": kind, "options": ["a", "b", 3], "correct": correct },
            "classification": "",
        })
    };
    let file = json!([row(json!("single-choice"), json!("1")), row(json!("single-choice"), json!(2))]);
    let content = taken(&file.to_string(), None);
    assert_eq!((content.form, content.questions.len()), (Form::Mapqator, 2));
    let mut meant = file;
    for row in meant.as_array_mut().into_iter().flatten() {
        row["answer"]["options"][2] = json!("3");
    }
    assert_eq!(again(&content), meant);
}

#[test]
fn numbers_of_mapeval_that_are_texts_and_kinds_that_are_missing_are_taken_as_what_they_say() {
    let mut file = textual();
    file[0]["answer"]["correct"] = json!("1");
    file[1]["answer"]["correct"] = json!(" -1");
    file[2]["answer"]["correct"] = json!(2.0);
    file[2]["answer"]["type"] = json!("MCQ");
    file[3]["answer"]["type"] = Value::Null;
    file[3]["more"] = json!({ "url": "https://maps.example.org/?q=1&b=ü" });
    let content = taken(&file.to_string(), Some(Form::MapevalText));
    assert_eq!(content.questions[1].answer, Some(Answer::Unanswerable));
    assert_eq!(content.questions[2].answer, Some(Answer::Options(vec![2])));
    assert_eq!(again(&content), file);
    let mut changed = content;
    changed.questions[0].answer = Some(Answer::Options(vec![3]));
    assert_eq!(again(&changed)[0]["answer"]["correct"], json!(3), "what was changed is written anew");
    for wrong in [json!("x"), json!(1.5), json!(-2), json!([1]), json!(4)] {
        file[0]["answer"]["correct"] = wrong;
        assert_eq!(taken(&file.to_string(), Some(Form::MapevalText)).rejected.len(), 1);
    }
}

#[test]
fn every_form_holds_what_it_says_it_holds_and_names_the_rest() {
    let (mut project, mut ids) = (Project::new(), IdSource::new(5, 5));
    let mut choice = Question::new("How many?", QuestionKind::SingleChoice, ana());
    choice.options = ["one 2) two", "three"].map(String::from).to_vec();
    choice.answer = Some(Answer::Options(vec![1]));
    let number = Question {
        answer: Some(Answer::Number(12.5)),
        unit: "m".into(),
        ..Question::new("How far?", QuestionKind::Number, ana())
    };
    let mut plain = Question::new("Is it?", QuestionKind::YesNo, ana());
    plain.answer = Some(Answer::Options(vec![0]));
    for question in [choice, number, plain] {
        project.apply(&Edit::Question(Change::create(ids.question(), question))).expect("sound");
    }
    let ids: Vec<_> = project.questions().keys().copied().collect();
    let refused = write(&project, &ids, Form::MapevalText, false).expect_err("a number is no option");
    assert!(matches!(refused, ExchangeError::CannotHold { count: 1, .. }), "{refused}");
    let left = |form| write(&project, &ids, form, true).expect("written").left_out.len();
    assert_eq!(Form::ALL.map(left), [0, 0, 1, 2, 0], "numbers in options would read as more options");
    let lines = write(&project, &ids, Form::Jsonl, false).expect("written");
    let back = read(&lines.bytes, None, &Author::new("Ben")).expect("reads");
    assert_eq!(back.form, Form::Jsonl);
    for (found, meant) in back.questions.iter().zip(project.questions().values()) {
        let meant = Question { source_id: found.source_id.clone(), ..(**meant).clone() };
        assert_eq!(*found, meant, "nothing is lost");
    }
}

#[test]
fn hostile_files_cost_a_sentence() {
    let deep = "[".repeat(100_000);
    let wide = format!("[{}1]", "1,".repeat(1_000));
    for (bytes, says) in [
        (&b""[..], "empty"),
        (b"\xEF\xBB\xBF  ", "empty"),
        (b"\xFF\xFE[]", "not valid JSON"),
        (b"[{\"question\":", "not valid JSON"),
        (b"\"a text\"", "a JSON text"),
        (b"<html>", "not valid JSON"),
        (deep.as_bytes(), "not valid JSON"),
        (b"[{\"type\":\"Feature\"}]", "type"),
    ] {
        let refused = read(bytes, None, &ana()).expect_err(says);
        assert!(refused.to_string().contains(says), "{refused}");
        assert!(!refused.hint().is_empty());
    }
    assert!(read(wide.as_bytes(), None, &ana()).is_err());
    assert_eq!(read(wide.as_bytes(), Some(Form::Mapqator), &ana()).map(|c| c.rejected.len()), Ok(1_001));
    let many = vec![b' '; super::MOST_BYTES as usize + 1];
    assert!(matches!(read(&many, None, &ana()), Err(ExchangeError::TooLarge { .. })));
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_refused_or_read_in_part_and_never_more() {
    for file in [textual(), visual(), mapqator()] {
        let text = file.to_string();
        let whole = taken(&text, None).questions.len();
        for end in 0..text.len() {
            if let Ok(content) = read(&text.as_bytes()[..end], None, &ana()) {
                assert!(content.questions.len() < whole);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back(
        text in "[\\PC\n]{0,3}[a-z?]{1,20}",
        options in prop::collection::vec("\\PC{0,12}", 2..6),
        right in 0..7_usize,
        category in "[a-z]{0,6}",
    ) {
        let mut question = Question::new(&text, QuestionKind::SingleChoice, ana());
        question.answer = Some(match right.checked_sub(1) {
            Some(place) => Answer::Options(vec![(place % options.len()) as u32]),
            None => Answer::Unanswerable,
        });
        question.options = options;
        question.category = category;
        let (mut project, mut ids) = (Project::new(), IdSource::new(5, 5));
        project.apply(&Edit::Question(Change::create(ids.question(), question))).expect("sound");
        let ids: Vec<_> = project.questions().keys().copied().collect();
        for form in Form::ALL {
            let written = write(&project, &ids, form, true);
            prop_assert!(written.is_ok(), "{}: {:?}", form, written);
        }
    }

    #[test]
    fn any_json_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0..4_usize) {
        let text = [textual(), visual(), mapqator(), json!({})][at].to_string();
        let middle = bytes.len() * 31 % text.len().max(1);
        let mut hostile = text.as_bytes()[..middle].to_vec();
        hostile.extend(&bytes);
        hostile.extend(&text.as_bytes()[middle..]);
        for form in [None, Some(Form::Jsonl), Some(Form::Mapqator), Some(Form::MapevalText), Some(Form::MapevalVisual)] {
            let _ = read(&hostile, form, &ana());
        }
    }
}
