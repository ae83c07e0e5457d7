//! Questions: what may be asked, how they are reviewed, and when a reply is stale.

use std::sync::Arc;

use super::fixture::World;
use crate::question::{
    Answer, Context, Evidence, QuestionKind, QuestionVote, Reply, Said, View, question_queue,
    question_ratings, question_status,
};
use crate::review::{ReviewState, Stage};
use crate::{
    Author, Change, Edit, EditError, Entry, EntryBody, History, LayerId, Project, Question, QuestionId,
    RegionId, Run,
};

fn choice(answer: u32) -> Question {
    let mut question =
        Question::new("How many roofs are gone?", QuestionKind::SingleChoice, Author::new("Ana"));
    question.options = ["3", "5", "8"].map(String::from).to_vec();
    question.answer = Some(Answer::Options(vec![answer]));
    question
}

fn ask(world: &mut World, question: Question) -> QuestionId {
    let id = world.ids.question();
    world.apply(&Edit::Question(Change::create(id, question)));
    id
}

fn change(world: &mut World, id: QuestionId, how: impl FnOnce(&mut Question)) {
    let before = Arc::clone(&world.project.questions()[&id]);
    let mut after = (*before).clone();
    how(&mut after);
    world.apply(&Edit::Question(Change::replace(id, before, after)));
}

fn vote(world: &mut World, question: QuestionId, member: &str, stage: Stage, said: Said) -> QuestionVote {
    QuestionVote {
        id: world.ids.vote(),
        question,
        asked: world.project.questions()[&question].asked(),
        member: Author::new(member),
        stage,
        said,
        note: String::new(),
        seconds: None,
        at_ms: None,
    }
}

fn say(world: &mut World, question: QuestionId, member: &str, stage: Stage, said: Said) {
    let vote = vote(world, question, member, stage, said);
    world.project.record_question_vote(vote).expect("a sound vote");
    assert_eq!(crate::violations(&world.project), Vec::<String>::new());
}

fn option(place: u32) -> Said {
    Said::Answer(Answer::Options(vec![place]))
}

fn state(world: &World, id: QuestionId) -> ReviewState {
    world.project.question_outcome(id).state
}

#[test]
fn what_is_no_question_is_refused_by_name() {
    let mut world = World::with_regions(1);
    let nowhere = LayerId::from_uuid(uuid::Uuid::max());
    let with = |how: fn(&mut Question)| {
        let mut question = choice(0);
        how(&mut question);
        question
    };
    let mut on_a_response = choice(0);
    on_a_response.evidence = vec![Evidence::Response(crate::ResponseId::from_uuid(uuid::Uuid::max()))];
    let mut on_a_layer = choice(0);
    on_a_layer.evidence = vec![Evidence::View(View { bounds: [0.0, 0.0, 1.0, 1.0], layers: vec![nowhere] })];
    for (bad, says) in [
        (with(|q| q.text = " ".into()), "has words"),
        (with(|q| q.author = Author::new("")), "author"),
        (with(|q| q.answer = Some(Answer::Options(vec![3]))), "option 4, and there are 3"),
        (with(|q| q.answer = Some(Answer::Options(vec![0, 1]))), "one right option"),
        (with(|q| q.answer = Some(Answer::Options(vec![]))), "names an option"),
        (with(|q| q.answer = Some(Answer::Number(3.0))), "does not fit"),
        (with(|q| q.kind = QuestionKind::OpenEnded), "has no options"),
        (with(|q| q.kind = QuestionKind::YesNo), "two options"),
        (with(|q| q.tolerance = f64::NAN), "tolerance"),
        (with(|q| q.options = vec!["x".into(); 65]), "at most 64"),
        (with(|q| q.evidence = vec![Evidence::View(View { bounds: [0.0; 4], layers: vec![] })]), "box"),
        (on_a_layer, "Layer"),
        (on_a_response, "Response"),
    ] {
        let before = world.project.clone();
        let edit = Edit::Question(Change::create(world.ids.question(), bad));
        let refused = world.project.apply(&edit).expect_err(says).to_string();
        assert!(refused.contains(says), "{refused} does not say {says}");
        assert!(world.project == before);
    }
    let place = Question {
        answer: Some(Answer::Place([9.0, 91.0])),
        ..Question::new("Where?", QuestionKind::Place, Author::new("Ana"))
    };
    assert!(place.fault().is_some_and(|fault| fault.contains("earth")));
}

#[test]
fn a_blind_second_answer_agrees_or_disputes_and_a_committee_settles() {
    let mut world = World::with_regions(0);
    let id = ask(&mut world, choice(1));
    let other = ask(&mut world, Question { text: "Which?".into(), ..choice(0) });
    assert_eq!(state(&world, id), ReviewState::StageOne);
    say(&mut world, other, "Ben", Stage::One, option(0));
    assert_eq!(state(&world, other), ReviewState::Agreed);
    say(&mut world, id, "Ben", Stage::One, option(2));
    assert_eq!(state(&world, id), ReviewState::Disputed);
    for (member, said) in [("Cem", option(2)), ("Dia", option(2))] {
        say(&mut world, id, member, Stage::Two, said);
        assert_eq!(state(&world, id), ReviewState::StageTwo);
    }
    say(&mut world, id, "Eli", Stage::Two, option(1));
    let settled = world.project.question_outcome(id);
    assert_eq!(settled.state, ReviewState::Accepted);
    assert_eq!(settled.class.map(|class| class.to_string()).as_deref(), Some("8"));
    let status = question_status(&world.project);
    assert_eq!((status[&ReviewState::Agreed], status[&ReviewState::Accepted]), (1, 1));
    // Ana, Ben, Cem, Dia and Eli on two questions; Ben spoke on both.
    let (table, cases) = question_ratings(&world.project);
    assert_eq!((cases.len(), table.raters().len(), table.votes()), (2, 5, 7));
}

#[test]
fn a_committee_can_find_a_question_ambiguous() {
    let mut world = World::with_regions(0);
    let id = ask(&mut world, choice(1));
    for member in ["Cem", "Dia"] {
        say(&mut world, id, member, Stage::Two, Said::Ambiguous);
    }
    say(&mut world, id, "Eli", Stage::Two, option(1));
    let settled = world.project.question_outcome(id);
    assert_eq!(settled.class.map(|class| class.to_string()).as_deref(), Some("ambiguous"));
}

#[test]
fn numbers_and_places_agree_within_the_tolerance_of_their_question() {
    let mut world = World::with_regions(0);
    let number = Question {
        answer: Some(Answer::Number(100.0)),
        tolerance: 5.0,
        unit: "m".into(),
        ..Question::new("How far?", QuestionKind::Number, Author::new("Ana"))
    };
    let id = ask(&mut world, number);
    say(&mut world, id, "Ben", Stage::One, Said::Answer(Answer::Number(104.9)));
    assert_eq!(state(&world, id), ReviewState::Agreed);
    say(&mut world, id, "Cem", Stage::One, Said::Answer(Answer::Number(105.1)));
    assert_eq!(state(&world, id), ReviewState::Disputed);
    let place = Question {
        answer: Some(Answer::Place([9.0, 48.0])),
        tolerance: 20.0,
        ..Question::new("Where?", QuestionKind::Place, Author::new("Ana"))
    };
    let near = Answer::Place([9.0002, 48.0]);
    // 0.0002° of longitude at 48° north are 14.9 m.
    assert!(Answer::Place([9.0, 48.0]).agrees(&near, &place));
    assert!(!Answer::Place([9.0, 48.0]).agrees(&near, &Question { tolerance: 14.0, ..place }));
}

#[test]
fn a_vote_on_what_is_asked_no_more_is_stale_and_an_answer_is_no_change_of_what_is_asked() {
    let mut world = World::with_regions(0);
    let id = ask(&mut world, choice(1));
    say(&mut world, id, "Ben", Stage::One, option(1));
    let asked = world.project.questions()[&id].asked();
    let reply =
        Reply { question: id, asked, order: vec![2, 0, 1], text: "3".into(), response: None, tokens: None };
    change(&mut world, id, |q| q.answer = Some(Answer::Options(vec![0])));
    assert_eq!(state(&world, id), ReviewState::Disputed, "Ben's answer stands against another one now");
    assert!(!reply.is_stale(&world.project), "only what is right was changed");
    change(&mut world, id, |q| q.options[0] = "4".into());
    assert!(reply.is_stale(&world.project));
    assert_eq!(state(&world, id), ReviewState::StageOne, "Ben saw other options");
    change(&mut world, id, |q| q.options[0] = "3".into());
    assert!(!reply.is_stale(&world.project), "and what was before is so again");
    change(&mut world, id, |q| q.context = Context { title: "T".into(), ..Context::default() });
    assert!(!reply.is_stale(&world.project), "a title is for the author");
    change(&mut world, id, |q| q.evidence.push(Evidence::Region(RegionId::from_uuid(uuid::Uuid::nil()))));
    assert!(reply.is_stale(&world.project));
}

#[test]
fn nobody_sees_the_answer_before_giving_one() {
    let mut world = World::with_regions(0);
    let id = ask(&mut world, choice(1));
    let (ana, ben, cem) = (Author::new("Ana"), Author::new("Ben"), Author::new("Cem"));
    let sees = |world: &World, member: &Author| world.project.answer_visible_to(member, id);
    assert!(sees(&world, &ana) && !sees(&world, &ben));
    assert_eq!(question_queue(&world.project, Some(&ana), Stage::One), []);
    assert_eq!(question_queue(&world.project, Some(&ben), Stage::One).len(), 1);
    say(&mut world, id, "Ben", Stage::One, option(0));
    assert!(sees(&world, &ben) && !sees(&world, &cem));
    assert_eq!(question_queue(&world.project, Some(&ben), Stage::One), []);
    assert!(world.project.question_votes_visible_to(&cem, id).is_empty());
    // The committee is open until its third vote.
    say(&mut world, id, "Cem", Stage::Two, option(0));
    assert_eq!(question_queue(&world.project, Some(&cem), Stage::Two), []);
    let of_ana = |world: &World| world.project.question_votes_visible_to(&ana, id).len();
    assert_eq!(of_ana(&world), 1, "Cem's vote is sealed");
    say(&mut world, id, "Dia", Stage::Two, option(0));
    say(&mut world, id, "Eli", Stage::Two, option(0));
    assert_eq!(of_ana(&world), 4);
    assert!(sees(&world, &Author::new("Fay")), "it is settled");
}

#[test]
fn a_proposal_of_a_model_is_a_draft_until_a_person_takes_it_over() {
    let mut world = World::with_regions(0);
    let id = ask(&mut world, Question { author: Author::new("model:llm"), ..choice(0) });
    assert_eq!(state(&world, id), ReviewState::Draft);
    change(&mut world, id, |q| q.author = Author::new("Ana"));
    assert_eq!(state(&world, id), ReviewState::StageOne);
}

#[test]
fn entries_say_what_they_did_and_no_answer() {
    let mut world = World::with_regions(0);
    let (mut project, mut history) = (Project::new(), History::default());
    let id = world.ids.question();
    let before = choice(1);
    let answered = Question { answer: Some(Answer::Options(vec![2])), ..before.clone() };
    let deleted = Question { deleted: true, ..answered.clone() };
    let run = Run {
        model: "toad".into(),
        prompt: "text".into(),
        seed: None,
        author: Author::new("Ana"),
        at_ms: None,
        note: String::new(),
        replies: vec![],
    };
    let mut bodies = vec![EntryBody::Edit(Edit::Question(Change::create(id, before.clone())))];
    world.apply(&Edit::Question(Change::create(id, before.clone())));
    for stage in [Stage::One, Stage::Two] {
        bodies.push(EntryBody::QuestionVote(vote(&mut world, id, "Ben", stage, option(2))));
    }
    bodies.push(EntryBody::Edit(Edit::Question(Change::replace(id, before, answered.clone()))));
    bodies.push(EntryBody::Edit(Edit::Question(Change::replace(id, answered, deleted))));
    bodies.push(EntryBody::Edit(Edit::Run(Change::create(world.ids.run(), run))));
    bodies.push(EntryBody::Revert(5));
    for (seq, body) in (1..).zip(bodies) {
        let entry = Entry { seq, at_ms: 0, author: Author::new("Ana"), body };
        history.advance(&mut project, &entry).expect("sound");
        assert_eq!(history.entry(&project, seq), Some(entry), "and as it was written");
    }
    let says = |seq| {
        let line = history.line(seq).expect("there");
        line.deed(&project, &Author::new("Cem")).sentence(|_| String::new(), ToString::to_string)
    };
    assert_eq!(says(1), "Ask “How many roofs are gone?”");
    assert_eq!(says(2), "Review: answer “How many roofs are gone?”");
    assert_eq!(says(3), "A committee vote, sealed until the committee is complete");
    assert_eq!(says(4), "Answer “How many roofs are gone?”");
    assert_eq!(says(5), "Delete the question “How many roofs are gone?”");
    assert_eq!(says(6), "Take in 0 answers of toad (text)");
    assert!(says(7).starts_with("Take back entry 5:"), "{}", says(7));
    for _ in 0..7 {
        history.retract(&mut project).expect("the newest");
    }
    assert!(project == Project::new());
}

#[test]
fn votes_on_nothing_and_answers_that_cannot_be_are_refused() {
    let mut world = World::with_regions(0);
    let id = ask(&mut world, choice(1));
    let good = vote(&mut world, id, "Ben", Stage::One, option(1));
    let mut refused = |vote: QuestionVote| world.project.record_question_vote(vote).expect_err("refused");
    let impossible = QuestionVote { said: option(7), ..good.clone() };
    assert!(refused(impossible).to_string().contains("option 8"));
    let model = QuestionVote { member: Author::new("model:x"), ..good.clone() };
    assert!(refused(model).to_string().contains("named member"));
    let nowhere = QuestionVote { question: QuestionId::from_uuid(uuid::Uuid::nil()), ..good.clone() };
    assert!(matches!(refused(nowhere), EditError::Missing { .. }));
    world.project.record_question_vote(good.clone()).expect("sound");
    assert!(matches!(world.project.record_question_vote(good), Err(EditError::Exists { .. })));
}
