//! Models asked in the window: what it would take, every reply kept, stopped and offline; and questions that a model
//! drafts, taken over and rejected.

use editing::{Command, Pane, ViewCommand, Workspace};
use project::question::{Answer, Origin, QuestionKind};
use project::{Author, Change, Edit, Question};
use serde_json::json;

use super::inquiry::Service;
use super::window::Window;
use crate::asking::{Drafting, QuestionAsk};
use crate::interview::{InterviewAsk, ModelForm};
use crate::outbox::Ask;

fn says(text: &str) -> String {
    let body = json!({ "choices": [{ "message": { "content": text } }], "usage": { "total_tokens": 20 } });
    body.to_string()
}

impl Window {
    fn models(&mut self, ask: InterviewAsk) {
        self.program().carry_out(Ask::Interview(ask));
        self.settle();
    }

    /// Four questions with a context, the scores in front, and a model on this machine.
    fn with_model(service: &Service) -> Self {
        let mut window = Self::with_labels(0);
        window.program().state.preferences.author = "Ana".to_owned();
        let session = &mut window.program().state.project.as_mut().expect("open").session;
        let edits = (0..4_u32).map(|n| {
            let mut question =
                Question::new(&format!("Which is {n}?"), QuestionKind::SingleChoice, Author::new("Ana"));
            question.options = ["a", "b"].map(String::from).to_vec();
            question.answer = Some(Answer::Options(vec![n % 2]));
            question.category = ["poi", "trip"][n as usize / 2].to_owned();
            question.context.text = "Bean House, 120 m away".to_owned();
            Edit::Question(Change::create(session.ids(1).question(), question))
        });
        let edits = edits.collect();
        assert!(window.program().apply(Edit::batch("Begin", edits)));
        window.program().run(Command::View(ViewCommand::Show(Workspace::Questions)));
        window.program().show_pane(Pane::Scores);
        let address = format!("{}/v1", service.url);
        let form = ModelForm { address, model: "toy-1".into(), ..ModelForm::default() };
        window.models(InterviewAsk::Form(Box::new(form)));
        window
    }

    fn runs(&mut self) -> usize {
        self.content().runs().values().map(|run| run.replies.len()).sum()
    }
}

#[test]
fn the_questions_of_the_list_are_put_to_a_model_once_and_scored() {
    let service = Service::new(&says("{\"option_no\": 2}"));
    let mut window = Window::with_model(&service);
    assert!(window.reads("4 questions, 1 way: 4 requests to send"));
    let offline = |window: &mut Window, offline: bool| {
        window.program().carry_out(Ask::Inquiry(crate::inquiry::InquiryAsk::Offline(offline)));
        window.settle();
    };
    offline(&mut window, true);
    window.models(InterviewAsk::Ask);
    assert_eq!((service.asked(), window.runs()), (0, 0), "nothing is sent offline");
    offline(&mut window, false);
    window.scroll_to("Ask 4 questions");
    window.click_button("Ask 4 questions");
    assert_eq!((service.asked(), window.runs(), window.content().responses().len()), (4, 4, 4));
    let tally = window.program().state.interview.tally.clone().expect("told");
    assert_eq!((tally.sent, tally.tokens, tally.stopped), (4, 80, None));
    let evaluation = window.program().state.asking.evaluation.clone().expect("scored");
    assert_eq!(evaluation.models[0].overall.right, 2);
    window.expect("toy-1 · text");
    offline(&mut window, true);
    window.models(InterviewAsk::Ask);
    let tally = window.program().state.interview.tally.clone().expect("told");
    assert_eq!((tally.sent, tally.kept, service.asked()), (0, 4, 4), "what is kept answers offline");
    offline(&mut window, false);
    // Only what the list shows is asked, in one more order.
    window.program().carry_out(Ask::Question(QuestionAsk::Filter(questions::Filter {
        category: Some("trip".into()),
        ..questions::Filter::default()
    })));
    let form = ModelForm { orders: 1, budget: 1, ..window.program().state.interview.form.clone() };
    window.models(InterviewAsk::Form(Box::new(form)));
    let expected = window.program().state.interview.expected.clone().expect("foretold");
    let forecast = expected.forecast.expect("sound");
    assert_eq!((expected.questions.len(), forecast.would_send + forecast.kept), (2, 4));
    window.models(InterviewAsk::Ask);
    let tally = window.program().state.interview.tally.clone().expect("told");
    assert!(forecast.would_send == 0 || tally.stopped.is_some_and(|why| why.contains("of 1 are spent")));
    assert_eq!(service.asked(), 4, "no budget, no request");
    service.say("<html>sign in</html>");
    let form = ModelForm {
        model: "toy-2".into(),
        budget: 0,
        orders: 0,
        ..window.program().state.interview.form.clone()
    };
    window.models(InterviewAsk::Form(Box::new(form)));
    window.models(InterviewAsk::Ask);
    let tally = window.program().state.interview.tally.clone().expect("told");
    assert_eq!((tally.failures, window.content().responses().len()), (2, 4), "what is no reply is not kept");
    assert!(project::violations(window.content()).is_empty());
}

#[test]
fn what_a_model_drafts_is_taken_over_changed_or_rejected() {
    let reply = json!({ "questions": [
        { "kind": "number", "question": "How far is Bean House?", "unit": "m", "answer": 120, "why": "it says 120 m" },
        { "kind": "open_ended", "question": "Who owns it?", "answer": "Ana" },
        { "kind": "yes_no", "question": "Is it near?", "answer": true },
        { "kind": "single_choice", "question": "Too few", "options": ["a"], "answer": 1 },
    ]});
    let service = Service::new(&says(&reply.to_string()));
    let mut window = Window::with_model(&service);
    let first = *window.content().questions().keys().next().expect("one");
    window.program().carry_out(Ask::Question(QuestionAsk::Choose(first)));
    let drafting = Drafting { with_model: true, ..Drafting::default() };
    window.program().carry_out(Ask::Question(QuestionAsk::Drafting(Some(drafting))));
    window.settle();
    assert!(window.reads("It is given the context of the question in the editor"));
    window.click_button("Draft");
    assert_eq!(service.asked(), 1);
    let found = window.program().state.asking.found.clone();
    assert_eq!(found.len(), 3, "the list shows what is proposed");
    let author = |window: &mut Window, n: usize| window.content().questions()[&found[n]].author.clone();
    assert!(author(&mut window, 0).is_model());
    window.program().carry_out(Ask::Question(QuestionAsk::Choose(found[0])));
    window.settle();
    window.expect("Proposed by toy-1");
    window.expect("it says 120 m");
    window.click_button("Take over");
    assert_eq!(author(&mut window, 0), Author::new("Ana"));
    assert!(matches!(
        window.content().questions()[&found[0]].origin,
        Origin::Model { response: Some(_), .. }
    ));
    assert_eq!(window.program().state.asking.chosen, Some(found[1]), "the next one");
    assert!(window.reads("The right answer does not stand in the context"));
    window.click_button("Reject");
    assert!(window.content().questions()[&found[1]].deleted);
    assert_eq!(window.program().state.asking.chosen, Some(found[2]));
    let draft = window.program().state.asking.draft.clone().expect("in the editor");
    let changed = Question { text: "Is it within 200 m?".into(), ..draft };
    window.program().carry_out(Ask::Question(QuestionAsk::Edit(Box::new(changed))));
    window.settle();
    window.click_button("Take over with changes");
    let last = window.content().questions()[&found[2]].clone();
    assert_eq!((last.text.as_str(), last.author.name()), ("Is it within 200 m?", "Ana"));
    assert!(project::violations(window.content()).is_empty());
}
