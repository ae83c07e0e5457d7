//! Questions written, cited, answered blind, drafted, found among many and exported, by mouse and keys.

use std::time::{Duration, Instant};

use editing::{Command, EditCommand, Pane, QuestionCommand, ViewCommand, Workspace};
use egui::{Key, Modifiers};
use project::question::{Answer, Evidence, QuestionKind, Reply, Run, Timed};
use project::review::ReviewState;
use project::{Author, Change, Edit, Question, QuestionId};
use questions::{Filter, Form};

use super::window::Window;
use crate::asking::QuestionAsk;
use crate::outbox::Ask;

impl Window {
    fn ask(&mut self, ask: QuestionAsk) {
        self.program().carry_out(Ask::Question(ask));
        self.settle();
    }

    fn questions(&mut self) -> Vec<(QuestionId, Question)> {
        let project = self.program().state.content().expect("a project");
        project.questions().iter().map(|(id, q)| (*id, (**q).clone())).collect()
    }

    fn in_questions(labels: usize) -> Self {
        let mut window = Self::with_labels(labels);
        window.program().run(Command::View(ViewCommand::Show(Workspace::Questions)));
        window.settle();
        window
    }

    fn name(&mut self, author: &str) {
        self.program().state.preferences.author = author.to_owned();
        self.settle();
    }
}

#[test]
fn a_question_is_written_cited_answered_and_kept_by_hand_and_taken_back_by_undo() {
    let mut window = Window::in_questions(3);
    window.name("Ana");
    window.press(Key::F7);
    window.click("Words of the question");
    window.types("How many roofs are gone?");
    window.click("Option 1");
    window.types("2");
    window.click("Option 2");
    window.types("3");
    window.program().run(Command::Edit(EditCommand::SelectAll));
    window.press(Key::F9);
    window.press_with(Modifiers::SHIFT, Key::F9);
    let draft = window.program().state.asking.draft.clone().expect("in the editor");
    assert_eq!(draft.options, ["2", "3"]);
    assert_eq!(draft.evidence.len(), 4, "the view and three regions");
    assert!(matches!(draft.evidence[0], Evidence::View(_)));
    window.ask(QuestionAsk::Edit(Box::new(Question { answer: Some(Answer::Options(vec![1])), ..draft })));
    window.press_with(Modifiers::COMMAND, Key::S);
    let kept = window.questions();
    assert_eq!((kept.len(), kept[0].1.text.as_str()), (1, "How many roofs are gone?"));
    assert_eq!(kept[0].1.answer_text().as_deref(), Some("3"));
    assert!(!window.program().state.asking.is_changed());
    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle();
    assert!(window.questions().is_empty() && window.program().state.asking.draft.is_none());
    window.program().run(Command::Edit(EditCommand::Redo));
    window.settle();
    window.press(Key::F8);
    assert_eq!(window.program().state.asking.chosen, Some(kept[0].0));
    window.click_button("Delete");
    assert!(window.questions()[0].1.deleted && window.program().state.asking.found.is_empty());
}

#[test]
fn somebody_else_answers_before_they_see_the_answer() {
    let mut window = Window::in_questions(3);
    window.name("Ana");
    let mut question = Question::new("Is it gone?", QuestionKind::YesNo, Author::new("Ana"));
    question.answer = Some(Answer::Options(vec![0]));
    let id = window.program().state.project.as_mut().expect("open").session.ids(1).question();
    assert!(window.program().apply(Edit::Question(Change::create(id, question))));
    window.name("Ben");
    window.ask(QuestionAsk::Choose(id));
    assert!(crate::panels::questions::is_blind(&window.program().state));
    window.expect("Your answer");
    window.click("No");
    window.click_button("Answer");
    assert!(!crate::panels::questions::is_blind(&window.program().state));
    let outcome = window.program().state.content().expect("open").question_outcome(id);
    assert_eq!(outcome.state, ReviewState::Disputed);
    window.expect("Ben: No");
}

#[test]
fn questions_are_drafted_gone_through_and_exported() {
    let mut window = Window::in_questions(40);
    window.name("Ana");
    window.label_everything("destroyed");
    window.program().run(Command::Question(QuestionCommand::Draft));
    window.settle();
    window.click_what_begins("Draft 20");
    window.until("they are drafted", |p| p.state.asking.index.len() > 3);
    window.settle();
    let all = window.program().state.asking.found.clone();
    window.press(Key::F8);
    assert_eq!(window.program().state.asking.chosen, Some(all[0]));
    window.expect("Computed");
    window.press(Key::F8);
    window.press_with(Modifiers::SHIFT, Key::F8);
    assert_eq!(window.program().state.asking.chosen, Some(all[0]));
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("questions.jsonl");
    window.program().export_questions(Form::Jsonl, &path);
    let lines = std::fs::read_to_string(&path).expect("written").lines().count();
    assert_eq!(lines, all.len());
    window.program().import_questions(path);
    window.until("it is read", |p| !p.is_busy());
    window.settle();
    assert_eq!(window.questions().len(), 2 * all.len(), "another identity is another question");
}

#[test]
fn twenty_thousand_questions_are_found_at_once_and_only_seen_rows_are_made() {
    let mut window = Window::in_questions(3);
    window.name("Ana");
    let ids = window.program().state.project.as_mut().expect("open").session.ids(1);
    let edits: Vec<Edit> = (0..20_000_u32)
        .map(|n| {
            let text = format!(
                "How many houses stand in block {n} of the {} quarter?",
                ["north", "south"][n as usize % 2]
            );
            let mut question = Question::new(&text, QuestionKind::SingleChoice, Author::new("Ana"));
            question.options = vec!["more".into(), "fewer".into()];
            question.answer = Some(Answer::Options(vec![n % 2]));
            question.context.text = "a context of some length ".repeat(20);
            Edit::Question(Change::create(ids.question(), question))
        })
        .collect();
    assert!(window.program().apply(Edit::batch("Import", edits)));
    window.settle();
    assert_eq!(window.program().state.asking.found.len(), 20_000);
    let mut times = Vec::new();
    for words in ["north", "block 199", "nothing of the kind", "19999", ""] {
        let begun = Instant::now();
        let filter = Filter { words: words.to_owned(), ..Filter::default() };
        window.program().carry_out(Ask::Question(QuestionAsk::Filter(filter)));
        times.push(begun.elapsed());
    }
    assert_eq!(window.program().state.asking.found.len(), 20_000);
    window.settle();
    let begun = Instant::now();
    window.ask(QuestionAsk::Filter(Filter { words: "block 12345".to_owned(), ..Filter::default() }));
    assert_eq!(window.program().state.asking.found.len(), 1);
    // Without optimisation on a busy machine; what it takes is in the benchmarks.
    assert!(times.iter().all(|took| *took < Duration::from_secs(2)), "{times:?}");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn models_are_scored_beside_the_window_and_follow_the_right_answer() {
    let mut window = Window::in_questions(3);
    let session = &mut window.program().state.project.as_mut().expect("open").session;
    let mut replies = Vec::new();
    let mut edits = Vec::new();
    for n in 0..4_u32 {
        let id = session.ids(1).question();
        let mut question = Question::new(&format!("Is {n} even?"), QuestionKind::YesNo, Author::new("Ana"));
        question.answer = Some(Answer::Options(vec![n % 2]));
        question.category = ["poi", "trip"][n as usize / 2].to_owned();
        let (asked, text, order) = (question.asked(), "Yes".to_owned(), Vec::new());
        replies.push(Reply { question: id, asked, order, text, response: None, tokens: None });
        edits.push(Edit::Question(Change::create(id, question)));
    }
    let run = Run {
        model: "toy-1".into(),
        prompt: "text".into(),
        seed: None,
        author: Author::new("Ana"),
        at_ms: None,
        note: String::new(),
        replies,
    };
    edits.push(Edit::Run(Change::create(session.ids(1).run(), run)));
    assert!(window.program().apply(Edit::batch("Begin", edits)));
    window.settle();
    assert!(window.program().state.asking.evaluation.is_none(), "nobody looks yet");
    window.program().show_pane(Pane::Scores);
    window.settle();
    window.expect("toy-1 · text");
    window.expect("Right answers by model and category");
    let right = |window: &mut Window| {
        let evaluation = window.program().state.asking.evaluation.clone().expect("scored");
        evaluation.models[0].overall.right
    };
    assert_eq!(right(&mut window), 2);
    let (id, before) = window.questions()[1].clone();
    let after = Question { answer: Some(Answer::Options(vec![0])), ..before.clone() };
    assert!(window.program().apply(Edit::Question(Change::replace(id, before, after))));
    window.settle();
    assert_eq!(right(&mut window), 3);
}

#[test]
fn only_questions_that_are_begun_while_the_timer_runs_are_timed() {
    let mut window = Window::in_questions(3);
    window.name("Ana");
    for (how, words) in [(None, "One"), (Some(Timed::ByHand), "Two"), (Some(Timed::WithTool), "Three")] {
        window.ask(QuestionAsk::Timer(how));
        window.press(Key::F7);
        window.click("Words of the question");
        window.types(words);
        window.press_with(Modifiers::COMMAND, Key::S);
    }
    let kept = window.questions();
    let timed: Vec<_> = kept.iter().map(|(_, question)| question.timed).collect();
    assert_eq!(timed, [None, Some(Timed::ByHand), Some(Timed::WithTool)]);
    assert!(
        kept.iter().all(|(_, q)| q.seconds.is_some_and(|s| (0.0..60.0).contains(&s)) == q.timed.is_some())
    );
    window.ask(QuestionAsk::Choose(kept[1].0));
    let changed = Question { category: "poi".into(), ..kept[1].1.clone() };
    window.ask(QuestionAsk::Edit(Box::new(changed)));
    window.press_with(Modifiers::COMMAND, Key::S);
    assert_eq!(window.questions()[1].1.seconds, kept[1].1.seconds, "a change later is not timed");
}

#[test]
fn the_answer_in_the_editor_is_checked_against_what_it_cites_as_it_is_written() {
    let mut window = Window::in_questions(3);
    window.name("Ana");
    window.press(Key::F7);
    window.press(Key::F9);
    let draft = window.program().state.asking.draft.clone().expect("in the editor");
    let counting = |n: f64| Question {
        text: "How many buildings with no damage does the view show?".into(),
        kind: QuestionKind::Number,
        options: Vec::new(),
        answer: Some(Answer::Number(n)),
        ..draft.clone()
    };
    window.ask(QuestionAsk::Edit(Box::new(counting(9.0))));
    window.expect("Checked against the evidence");
    assert!(window.reads("The evidence gives another answer: 3"));
    window.ask(QuestionAsk::Edit(Box::new(counting(3.0))));
    assert!(window.reads("The evidence gives this answer") && window.reads("class = no damage"));
    // The labels change, and so does what they say.
    window.press_with(Modifiers::COMMAND, Key::S);
    let first = *window.content().regions().keys().next().expect("a region");
    let (label, before) = window.content().label_of(first).map(|(id, one)| (id, one.clone())).expect("one");
    let after = project::Label { class: project::ClassCode::new("destroyed"), ..(*before).clone() };
    assert!(window.program().apply(Edit::Label(Change::replace(label, before, after))));
    window.settle();
    assert!(window.reads("The evidence gives another answer: 2"));
    window.ask(QuestionAsk::Edit(Box::new(Question { text: "What is it?".into(), ..counting(3.0) })));
    assert!(window.reads("Not checked by rule"));
}
