//! Undo, redo and replay over random journals.

use std::sync::Arc;

use proptest::prelude::*;

use super::fixture::{label, square};
use crate::assignment::{Deal, Plan, deal};
use crate::question::{Answer, QuestionKind, QuestionVote, Reply, Said};
use crate::remark::{Pin, Remark, RemarkKind};
use crate::review::Stage;
use crate::{
    Author, Change, Edit, EditError, Entry, EntryBody, History, IdSource, Predicate, PredicateCode, Project,
    Question, QuestionId, Refusal, RegionId, Relation, Run, Schema,
};

/// A window's worth of project: the live state and the journal that made it.
#[derive(Default)]
pub(super) struct Session {
    pub(super) project: Project,
    pub(super) history: History,
    pub(super) journal: Vec<Entry>,
}

impl Session {
    pub(super) fn write(&mut self, body: EntryBody) -> Result<(), EditError> {
        let entry = Entry { seq: self.history.last_seq() + 1, at_ms: 0, author: Author::new("ana"), body };
        self.history.advance(&mut self.project, &entry)?;
        self.journal.push(entry);
        let violations = crate::violations(&self.project);
        assert!(violations.is_empty(), "{violations:?}");
        Ok(())
    }

    pub(super) fn undo(&mut self) -> bool {
        let target = self.history.undo_target().map(|(seq, _)| seq);
        target.is_some_and(|seq| self.write(EntryBody::Revert(seq)).is_ok())
    }

    fn redo(&mut self) -> bool {
        let target = self.history.redo_target().map(|(seq, _)| seq);
        target.is_some_and(|seq| self.write(EntryBody::Revert(seq)).is_ok())
    }
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Create { x: i8, y: i8 },
    Move { which: usize, by: i8 },
    Delete { which: usize },
    Label { which: usize, author: usize, class: usize },
    Unlabel { which: usize },
    MoveTwo { first: usize, second: usize },
    Relate { from: usize, to: usize, predicate: usize },
    Unrelate { which: usize },
    Ask { kind: usize },
    Reword { which: usize, how: u32 },
    Unask { which: usize },
    Reply { which: usize },
    HandOut { members: usize, times: usize },
    TakeBack { which: usize },
    Remark { which: usize, how: usize },
    SayTo { which: usize, option: u32, committee: bool },
    Undo,
    Redo,
    RevertOld { which: usize },
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = || 0..8_usize;
    let step = prop_oneof![
        4 => (any::<i8>(), any::<i8>()).prop_map(|(x, y)| Step::Create { x, y }),
        3 => (which(), any::<i8>()).prop_map(|(which, by)| Step::Move { which, by }),
        2 => which().prop_map(|which| Step::Delete { which }),
        4 => (which(), 0..3_usize, 0..6_usize).prop_map(|(which, author, class)| Step::Label { which, author, class }),
        1 => which().prop_map(|which| Step::Unlabel { which }),
        1 => (which(), which()).prop_map(|(first, second)| Step::MoveTwo { first, second }),
        3 => (which(), which(), 0..3_usize).prop_map(|(from, to, predicate)| Step::Relate { from, to, predicate }),
        1 => which().prop_map(|which| Step::Unrelate { which }),
        2 => (0..7_usize).prop_map(|kind| Step::Ask { kind }),
        2 => (which(), 0..4_u32).prop_map(|(which, how)| Step::Reword { which, how }),
        1 => which().prop_map(|which| Step::Unask { which }),
        1 => which().prop_map(|which| Step::Reply { which }),
        2 => (1..4_usize, 1..3_usize).prop_map(|(members, times)| Step::HandOut { members, times }),
        1 => which().prop_map(|which| Step::TakeBack { which }),
        3 => (which(), 0..5_usize).prop_map(|(which, how)| Step::Remark { which, how }),
        1 => (which(), 0..3_u32, any::<bool>())
            .prop_map(|(which, option, committee)| Step::SayTo { which, option, committee }),
        2 => Just(Step::Undo),
        2 => Just(Step::Redo),
        2 => (0..30_usize).prop_map(|which| Step::RevertOld { which }),
    ];
    prop::collection::vec(step, 0..40)
}

fn nth(project: &Project, which: usize) -> Option<RegionId> {
    project.regions().keys().nth(which % project.regions().len().max(1)).copied()
}

fn moved(project: &Project, id: RegionId, by: i8) -> Option<Edit> {
    let before = project.region(id)?.clone();
    let mut after = (*before).clone();
    after.geometry = geo::Translate::translate(&after.geometry, f64::from(by), 1.5);
    Some(Edit::Region(Change::replace(id, before, Arc::new(after))))
}

/// The edit of a step on the project as it is; `None` when there is nothing to do it to.
pub(super) fn edit_of(step: &Step, project: &Project, ids: &mut IdSource) -> Option<Edit> {
    let codes = ["no damage", "minor damage", "major damage", "destroyed", "un-classified", "obscured"];
    let authors = ["ana", "ben", "model:unet"];
    Some(match step {
        Step::Create { x, y } => {
            let region = square(f64::from(*x), f64::from(*y), 3.0);
            Edit::Region(Change::create(ids.region(), Arc::new(region)))
        }
        Step::Move { which, by } => moved(project, nth(project, *which)?, *by)?,
        Step::Delete { which } => {
            let id = nth(project, *which)?;
            let labels =
                project.labels_of(id).map(|(l, label)| Edit::Label(Change::delete(l, label.clone())));
            let relations = project
                .relations_of(id)
                .map(|(r, relation)| Edit::Relation(Change::delete(r, relation.clone())));
            let region = Edit::Region(Change::delete(id, project.region(id)?.clone()));
            Edit::batch("Delete region", relations.chain(labels).chain([region]).collect())
        }
        Step::Label { which, author, class } => {
            let after = label(nth(project, *which)?, authors[*author], codes[*class]);
            match project.label_by(after.region, &after.author) {
                Some((id, before)) => Edit::Label(Change::replace(id, before.clone(), after)),
                None => Edit::Label(Change::create(ids.label(), after)),
            }
        }
        Step::Unlabel { which } => {
            let (id, label) = project.label_of(nth(project, *which)?)?;
            Edit::Label(Change::delete(id, label.clone()))
        }
        Step::MoveTwo { first, second } => {
            let (first, second) = (nth(project, *first)?, nth(project, *second)?);
            Edit::batch("Move two", vec![moved(project, first, 2)?, moved(project, second, 3)?])
        }
        // Some of these are refused: a region has no relation to itself, and none twice.
        Step::Relate { from, to, predicate } => {
            let predicate = PredicateCode::new(["over", "near", "inside"][*predicate]);
            let (from, to) = (nth(project, *from)?, nth(project, *to)?);
            let relation = Relation { from, to, predicate, author: Author::new("ana"), at_ms: Some(5) };
            Edit::Relation(Change::create(ids.relation(), relation))
        }
        Step::Unrelate { which } => {
            let (id, relation) = project.relations().iter().nth(*which % project.relations().len().max(1))?;
            Edit::Relation(Change::delete(*id, relation.clone()))
        }
        Step::Ask { kind } => Edit::Question(Change::create(ids.question(), asked(QuestionKind::ALL[*kind]))),
        // Some of these are refused: no question has no words, nor an answer that it does not offer.
        Step::Reword { which, how } => {
            let (id, before) = nth_question(project, *which)?;
            let mut after = (*before).clone();
            match how {
                0 => after.text.push('?'),
                1 => after.deleted = !after.deleted,
                2 => after.answer = Some(Answer::Options(vec![1])),
                _ => after.text.clear(),
            }
            Edit::Question(Change::replace(id, before, after))
        }
        Step::Unask { which } => {
            let (id, before) = nth_question(project, *which)?;
            Edit::Question(Change::delete(id, before))
        }
        Step::Reply { which } => replied(nth_question(project, *which)?, ids),
        Step::HandOut { members, times } => handed_out(project, *members, *times, ids)?,
        Step::TakeBack { which } => {
            let held = project.assignments();
            let (id, before) = held.iter().nth(which % held.len().max(1))?;
            Edit::Assignment(Change::delete(*id, before.clone()))
        }
        Step::Undo | Step::Redo | Step::RevertOld { .. } | Step::SayTo { .. } | Step::Remark { .. } => {
            return None;
        }
    })
}

/// A run of a model that replied to one question.
fn replied((question, held): (QuestionId, Arc<Question>), ids: &mut IdSource) -> Edit {
    let reply = Reply {
        question,
        asked: held.asked(),
        order: vec![],
        text: "2".into(),
        response: None,
        tokens: None,
    };
    let run = Run {
        model: "m".into(),
        prompt: "text".into(),
        seed: None,
        author: Author::new("ana"),
        at_ms: None,
        note: String::new(),
        replies: vec![reply],
    };
    Edit::Run(Change::create(ids.run(), run))
}

fn asked(kind: QuestionKind) -> Question {
    let mut question = Question::new("How many are there?", kind, Author::new("ana"));
    if matches!(kind, QuestionKind::SingleChoice | QuestionKind::MultipleChoice) {
        question.options = vec!["3".into(), "5".into()];
        question.answer = Some(Answer::Options(vec![0]));
    }
    question
}

fn nth_question(project: &Project, which: usize) -> Option<(QuestionId, Arc<Question>)> {
    let questions = project.questions();
    questions.iter().nth(which % questions.len().max(1)).map(|(id, question)| (*id, Arc::clone(question)))
}

/// Every region, to so many members; refused where they are too few.
fn handed_out(project: &Project, members: usize, times: usize, ids: &mut IdSource) -> Option<Edit> {
    let cases: Vec<RegionId> = project.regions().keys().copied().collect();
    let plan = Plan {
        name: "first".into(),
        stage: Stage::Two,
        chosen: "all".into(),
        members: ["ana", "ben", "cem"][..members].iter().map(|name| Author::new(name)).collect(),
        times,
        deal: if members == 2 { Deal::Areas { side: 20.0 } } else { Deal::Cases },
        release_ms: Some(77),
        seed: 3,
    };
    let assignment = deal(project, &cases, &plan).ok()?;
    Some(Edit::Assignment(Change::create(ids.assignment(), assignment)))
}

/// Something that is said; some of it is refused.
pub(super) fn remarked(step: &Step, project: &Project, ids: &mut IdSource) -> Option<Remark> {
    let Step::Remark { which, how } = step else { return None };
    let id = ids.remark();
    let openings = project.remarks().values().filter(|one| matches!(one.kind, RemarkKind::Open { .. }));
    let thread = openings.map(|one| one.id).nth(which % 3).unwrap_or(id);
    let kind = match how {
        0 => {
            RemarkKind::Open { on: Pin::Region(nth(project, *which)?), text: "Is this a roof, @ben?".into() }
        }
        1 => RemarkKind::Open { on: Pin::Place([1.5, -2.0]), text: "There is one missing".into() },
        2 => RemarkKind::Reply { thread, text: "It is".into() },
        3 => RemarkKind::Resolve { thread, resolved: which.is_multiple_of(2) },
        _ => RemarkKind::Read { votes: Vec::new(), remarks: vec![thread] },
    };
    Some(Remark { id, member: Author::new("ana"), at_ms: Some(4), kind, blind: which.is_multiple_of(5) })
}

/// A vote on a question; `None` where there is none to vote on.
fn said(step: &Step, project: &Project, ids: &mut IdSource) -> Option<QuestionVote> {
    let Step::SayTo { which, option, committee } = step else { return None };
    let (question, held) = nth_question(project, *which)?;
    Some(QuestionVote {
        id: ids.vote(),
        question,
        asked: held.asked(),
        member: Author::new(if *committee { "cem" } else { "ben" }),
        stage: if *committee { Stage::Two } else { Stage::One },
        said: Said::Answer(Answer::Options(vec![*option])),
        note: String::new(),
        seconds: None,
        at_ms: None,
    })
}

pub(super) fn run(steps: &[Step]) -> Session {
    let mut session = Session::default();
    let mut ids = IdSource::new(1_000, 9);
    let mut schema = Schema::joint_damage_scale();
    schema.relations = ["over", "near"].map(Predicate::new).to_vec();
    let schema = Edit::Schema(Change::create((), Arc::new(schema)));
    session.write(EntryBody::Edit(schema)).expect("an empty project takes a schema");
    for step in steps {
        match step {
            Step::Undo => drop(session.undo()),
            Step::Redo => drop(session.redo()),
            Step::RevertOld { which } => {
                let seq = *which as u64 % session.history.last_seq() + 1;
                drop(session.write(EntryBody::Revert(seq)));
            }
            Step::Remark { .. } => {
                let Some(remark) = remarked(step, &session.project, &mut ids) else { continue };
                drop(session.write(EntryBody::Remark(Arc::new(remark))));
            }
            Step::SayTo { .. } => {
                let Some(vote) = said(step, &session.project, &mut ids) else { continue };
                drop(session.write(EntryBody::QuestionVote(vote)));
            }
            edit => {
                let Some(edit) = edit_of(edit, &session.project, &mut ids) else { continue };
                let before = session.project.clone();
                if session.write(EntryBody::Edit(edit.clone())).is_ok() {
                    let mut back = session.project.clone();
                    back.apply(&edit.inverse()).expect("an edit just made can be taken back");
                    assert!(back == before, "the inverse restores what was");
                    assert_eq!(crate::violations(&back), Vec::<String>::new());
                } else {
                    assert!(session.project == before, "a refused edit changes nothing");
                }
            }
        }
    }
    session
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn the_same_journal_always_makes_the_same_project(steps in steps()) {
        let live = run(&steps);
        let (project, history) = History::replay(&live.journal).expect("what was written can be replayed");
        prop_assert!(project == live.project);
        prop_assert_eq!(history.undo_target(), live.history.undo_target());
        prop_assert_eq!(history.redo_target(), live.history.redo_target());
        let lines: Vec<String> = live.journal.iter().map(|e| serde_json::to_string(e).expect("serialises")).collect();
        let read: Vec<Entry> = lines.iter().map(|l| serde_json::from_str(l).expect("reads")).collect();
        prop_assert_eq!(&read, &live.journal);
    }

    #[test]
    fn retracting_entries_is_as_if_they_had_never_been(steps in steps()) {
        let mut live = run(&steps);
        while let Some(last) = live.journal.pop() {
            live.history.retract(&mut live.project).expect("the newest entry can be forgotten");
            prop_assert_eq!(live.history.last_seq(), last.seq - 1);
            let (project, history) = History::replay(&live.journal).expect("a prefix can be replayed");
            prop_assert!(project == live.project);
            for seq in 1..=history.last_seq() {
                prop_assert_eq!(history.line(seq), live.history.line(seq));
            }
            prop_assert_eq!(history.undo_target(), live.history.undo_target());
            prop_assert_eq!(history.redo_target(), live.history.redo_target());
        }
        prop_assert!(live.history.retract(&mut live.project).is_err());
    }

    #[test]
    fn whether_an_entry_can_be_taken_back_is_known_without_doing_it(steps in steps()) {
        let live = run(&steps);
        let before = live.project.clone();
        for seq in 1..=live.history.last_seq() {
            let Some(effect) = live.history.effect(seq).map(|effect| effect.clone().inverse()) else {
                let refusal = live.history.refusal(&live.project, &Author::new("Ana"), seq);
                prop_assert!(matches!(refusal, Some(Refusal::Vote | Refusal::Remark)), "{:?}", refusal);
                continue;
            };
            let trial = live.project.trial(&effect);
            let done = live.project.clone().apply(&effect).map(|_| ());
            prop_assert_eq!(&trial, &done, "entry {}", seq);
            match live.history.refusal(&live.project, &Author::new("Ana"), seq) {
                Some(Refusal::Beginning) => {}
                Some(Refusal::Conflict { error, since }) => {
                    prop_assert_eq!(Err(error), done);
                    let local = !effect.regions().is_empty();
                    prop_assert!(since.is_none_or(|since| since > seq));
                    prop_assert!(since.is_some() || !local, "it says what came after {}", seq);
                }
                Some(Refusal::TakenBack { by }) => prop_assert!(done.is_err() && by > seq),
                None => prop_assert!(done.is_ok()),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert!(live.project == before);
    }

    #[test]
    fn an_entry_is_struck_out_while_it_is_taken_back_and_only_then(steps in steps()) {
        let mut live = run(&steps);
        let holds = |s: &Session| -> Vec<bool> {
            let edits = s.journal.iter().filter(|e| matches!(e.body, EntryBody::Edit(_)));
            edits.map(|e| s.history.line(e.seq).expect("a line").holds).collect()
        };
        while live.redo() {}
        let before = holds(&live);
        let mut undone = 0;
        while live.undo() {
            undone += 1;
        }
        prop_assert!(holds(&live).iter().all(|holds| !holds), "everything is taken back");
        for _ in 0..undone {
            live.redo();
        }
        prop_assert_eq!(holds(&live), before);
    }

    #[test]
    fn undoing_everything_empties_the_project_and_redoing_brings_it_back(steps in steps()) {
        let mut session = run(&steps);
        while session.redo() {}
        let end = session.project.clone();
        let mut undone = 0;
        while session.undo() {
            undone += 1;
        }
        prop_assert!(session.history.undo_target().is_none(), "undo never gets stuck");
        let mut left = session.project.clone();
        while !left.forget_question_vote().is_empty() {}
        let said: Vec<_> = left.remarks().keys().copied().collect();
        for id in said {
            left.forget_remark(id);
        }
        prop_assert!(left == Project::new(), "votes and remarks are facts and stay, nothing else does");
        for _ in 0..undone {
            prop_assert!(session.redo());
        }
        prop_assert!(session.project == end);
        prop_assert!(session.history.redo_target().is_none());
    }

    #[test]
    fn one_old_move_is_undone_alone_exactly_when_nothing_touched_it_since(
        others in prop::collection::vec((0..4_usize, any::<bool>()), 0..10), target in 0..4_usize,
    ) {
        let creations: Vec<Step> = (0..4).map(|x| Step::Create { x: x * 10, y: 0 }).collect();
        let mut session = run(&creations);
        let (mut ids, of) = (IdSource::new(9, 9), |s: &Session, n| nth(&s.project, n).expect("four regions"));
        let first = moved(&session.project, of(&session, target), 7).expect("there");
        let held = session.project.region(of(&session, target)).cloned();
        session.write(EntryBody::Edit(first)).expect("moves");
        let seq = session.history.last_seq();
        for (which, relabel) in &others {
            let step = match relabel {
                true => Step::Label { which: *which, author: 0, class: 2 },
                false => Step::Move { which: *which, by: 3 },
            };
            let edit = edit_of(&step, &session.project, &mut ids).expect("possible");
            session.write(EntryBody::Edit(edit)).expect("sound");
        }
        let touched = others.iter().any(|(which, relabel)| *which == target && !relabel);
        let reverted = session.write(EntryBody::Revert(seq));
        prop_assert_eq!(reverted.is_err(), touched);
        if touched {
            let stale = matches!(reverted, Err(EditError::Stale { .. }));
            prop_assert!(stale, "it says why");
        } else {
            prop_assert_eq!(session.project.region(of(&session, target)).cloned(), held);
            let newest = seq + others.len() as u64 + 1;
            let next_undo = session.history.undo_target().map(|(seq, _)| seq);
            prop_assert_eq!(next_undo == Some(newest), !others.is_empty(), "an edit of its own, or a plain undo");
        }
    }
}
