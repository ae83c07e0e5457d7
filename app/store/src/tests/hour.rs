//! An hour of labelling: thousands of operations of every kind, each leaving a sound project; then everything
//! is taken back to the start and brought back to the end.
//!
//! `ORTHOSCOPE_OPERATIONS` says how many operations (300 unless told otherwise).

mod beside;
mod facts;
mod handed;
mod kinds;
mod plans;
mod regions;

use std::collections::BTreeSet;
use std::time::Duration;

use project::{Edit, EntryBody, Project};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::fixture::{Folder, ada, create, furnish, read_write};
use crate::{Session, StoreError};
use kinds::Kind;

/// One thing that somebody does. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Operation {
    Draw {
        shape: u8,
        x: f64,
        y: f64,
    },
    Move {
        which: usize,
        by: f64,
    },
    Delete {
        which: usize,
    },
    Split {
        which: usize,
    },
    Merge {
        which: usize,
    },
    Attribute {
        which: usize,
        deed: u8,
        value: i64,
    },
    /// `view` is `None` for the object as a whole.
    Label {
        which: usize,
        author: usize,
        class: usize,
        view: Option<usize>,
    },
    Unlabel {
        which: usize,
    },
    Accept {
        which: usize,
    },
    Reclass {
        class: usize,
    },
    Import {
        count: usize,
    },
    Relate {
        which: usize,
        other: usize,
        deed: u8,
    },
    Vote {
        which: usize,
        member: usize,
        verdict: u8,
        committee: bool,
    },
    Layer {
        which: usize,
        deed: u8,
    },
    Arrow {
        which: usize,
        deed: u8,
        x: f64,
    },
    Screening {
        which: usize,
        deed: u8,
    },
    Visit {
        which: usize,
        member: usize,
        cell: u32,
        state: u8,
    },
    Settings {
        deed: u8,
    },
    Schema {
        which: usize,
        deed: u8,
    },
    Respond {
        which: usize,
        status: u8,
    },
    Member {
        which: usize,
        deed: u8,
    },
    Question {
        which: usize,
        deed: u8,
    },
    Answer {
        which: usize,
        option: u32,
        committee: bool,
    },
    HandOut {
        which: usize,
        deed: u8,
    },
    Remark {
        which: usize,
        deed: u8,
    },
    Draft {
        some: bool,
    },
    /// Every region gets a class, worked out beside the window.
    Beside {
        class: usize,
    },
    /// What undo (or redo) would do, worked out beside the window.
    StepBeside {
        redo: bool,
    },
    /// Worked out beside the window, and too late.
    TooLate {
        class: usize,
    },
    Undo,
    Redo,
    UndoOld {
        which: usize,
    },
    Reopen {
        background: bool,
    },
    ClockBack,
}

const CLASSES: [&str; 4] = ["no damage", "minor damage", "major damage", "destroyed"];
const PEOPLE: [&str; 4] = ["Ada", "Ben", "Cem", "model:unet"];
/// Regions are drawn while there are fewer, so that looking through all of them stays quick.
const ENOUGH: usize = 300;
/// The settings, the classes and the first layer.
const FURNISHED: u64 = 3;
const LONG: Duration = Duration::from_mins(2);

fn operation() -> impl Strategy<Value = Operation> {
    let which = || 0..1_000_usize;
    let place = || -500.0..500.0_f64;
    let deed = || 0..10_u8;
    prop_oneof![
        10 => (0..5_u8, place(), place()).prop_map(|(shape, x, y)| Operation::Draw { shape, x, y }),
        6 => (which(), place()).prop_map(|(which, by)| Operation::Move { which, by }),
        4 => which().prop_map(|which| Operation::Delete { which }),
        3 => which().prop_map(|which| Operation::Split { which }),
        2 => which().prop_map(|which| Operation::Merge { which }),
        4 => (which(), deed(), any::<i64>())
            .prop_map(|(which, deed, value)| Operation::Attribute { which, deed, value }),
        14 => (which(), 0..4_usize, which(), prop::option::weighted(0.3, which()))
            .prop_map(|(which, author, class, view)| Operation::Label { which, author, class, view }),
        2 => which().prop_map(|which| Operation::Unlabel { which }),
        3 => which().prop_map(|which| Operation::Accept { which }),
        1 => (0..4_usize).prop_map(|class| Operation::Reclass { class }),
        1 => (1..60_usize).prop_map(|count| Operation::Import { count }),
        6 => (which(), which(), deed())
            .prop_map(|(which, other, deed)| Operation::Relate { which, other, deed }),
        8 => (which(), 0..3_usize, 0..6_u8, any::<bool>())
            .prop_map(|(which, member, verdict, committee)| Operation::Vote { which, member, verdict, committee }),
        5 => (which(), deed()).prop_map(|(which, deed)| Operation::Layer { which, deed }),
        3 => (which(), deed(), place()).prop_map(|(which, deed, x)| Operation::Arrow { which, deed, x }),
        3 => (which(), deed()).prop_map(|(which, deed)| Operation::Screening { which, deed }),
        5 => (which(), 0..3_usize, 0..200_u32, 0..5_u8)
            .prop_map(|(which, member, cell, state)| Operation::Visit { which, member, cell, state }),
        2 => deed().prop_map(|deed| Operation::Settings { deed }),
        3 => (which(), 0..12_u8).prop_map(|(which, deed)| Operation::Schema { which, deed }),
        2 => (which(), 0..3_u8).prop_map(|(which, status)| Operation::Respond { which, status }),
        1 => (which(), deed()).prop_map(|(which, deed)| Operation::Member { which, deed }),
        4 => (which(), deed()).prop_map(|(which, deed)| Operation::Question { which, deed }),
        3 => (which(), 0..4_u32, any::<bool>())
            .prop_map(|(which, option, committee)| Operation::Answer { which, option, committee }),
        3 => (which(), deed()).prop_map(|(which, deed)| Operation::HandOut { which, deed }),
        4 => (which(), deed()).prop_map(|(which, deed)| Operation::Remark { which, deed }),
        2 => any::<bool>().prop_map(|some| Operation::Draft { some }),
        1 => (0..4_usize).prop_map(|class| Operation::Beside { class }),
        2 => any::<bool>().prop_map(|redo| Operation::StepBeside { redo }),
        1 => (0..4_usize).prop_map(|class| Operation::TooLate { class }),
        8 => Just(Operation::Undo),
        5 => Just(Operation::Redo),
        3 => which().prop_map(|which| Operation::UndoOld { which }),
        1 => any::<bool>().prop_map(|background| Operation::Reopen { background }),
        1 => Just(Operation::ClockBack),
    ]
}

fn nth<'a, K: 'a + Copy>(keys: impl ExactSizeIterator<Item = &'a K>, which: usize) -> Option<K> {
    let count = keys.len().max(1);
    keys.into_iter().nth(which % count).copied()
}

/// The desk at which the hour is spent.
struct Desk {
    folder: Folder,
    session: Option<Session>,
    now_ms: i64,
    /// Votes, visits and responses are part of it: facts, which are never undone.
    facts: bool,
    /// What was done so far.
    done: BTreeSet<Kind>,
}

impl Desk {
    fn new(facts: bool) -> Self {
        let folder = Folder::new();
        let mut session = create(&folder.file());
        furnish(&mut session);
        Self { folder, session: Some(session), now_ms: 1_700_000_100_000, facts, done: BTreeSet::new() }
    }

    /// Only what the desk was furnished with is left to undo: without classes nothing more could be said all hour.
    fn is_at_start(&self) -> bool {
        let session = self.session.as_ref().expect("open");
        session.history().undo_target().is_none_or(|(seq, _)| seq <= FURNISHED)
    }

    fn session(&mut self) -> &mut Session {
        self.session.as_mut().expect("open")
    }

    fn project(&self) -> &Project {
        self.session.as_ref().expect("open").project()
    }

    /// Does it. Refusals are fine, as long as they leave everything as it was.
    fn perform(&mut self, operation: &Operation) {
        self.now_ms += 1_250;
        let now = self.now_ms;
        let before = (self.project().clone(), self.session().history().last_seq());
        let mut new = BTreeSet::new();
        let done = match operation {
            Operation::Undo if self.is_at_start() => Ok(()),
            Operation::Undo => self.session().undo(&ada(), now).map(drop),
            Operation::Redo => self.session().redo(&ada(), now).map(drop),
            Operation::UndoOld { which } => {
                let seq = *which as u64 % self.session().history().last_seq() + 1;
                if seq <= FURNISHED {
                    return;
                }
                kinds::of(&EntryBody::Revert(seq), &mut new);
                self.session().revert(&ada(), now, seq).map(drop)
            }
            Operation::Beside { class } => self.beside(*class),
            Operation::StepBeside { redo } => self.step_beside(*redo),
            Operation::TooLate { class } => return self.too_late(*class),
            Operation::Draft { some } => self.session().save_draft(some.then_some("{\"ring\":[[1,2]]}")),
            Operation::Reopen { background } => return self.reopen(*background),
            Operation::ClockBack => {
                self.now_ms -= 3_600_000;
                Ok(())
            }
            said => {
                let Some(entry) = self.entry_of(said) else { return };
                kinds::of(&entry, &mut new);
                self.write(entry)
            }
        };
        if let Err(error) = done {
            // A full queue is not the operation's fault; the disk is given time.
            let busy = matches!(error, StoreError::Busy) && self.session().wait_saved(LONG);
            assert!(busy || matches!(error, StoreError::Refused(_)), "{operation:?}: {error}");
            let after = (self.project(), self.session.as_ref().expect("open").history().last_seq());
            assert!((&before.0, before.1) == after, "{operation:?} was refused and changed something");
        } else {
            self.done.append(&mut new);
        }
        let violations = project::violations(self.project());
        assert!(violations.is_empty(), "after {operation:?}: {violations:?}");
    }

    fn reopen(&mut self, background: bool) {
        let (project, draft) = (self.project().clone(), self.session().draft().map(str::to_owned));
        let ids = self.session().ids(0).clone();
        self.session.take().expect("open").close().expect("closes");
        if background {
            // As if it were large.
            let (mut store, loaded) = crate::Store::open(&self.folder.file(), read_write()).expect("opens");
            store.pack(&loaded.project, &loaded.history, 1).expect("packed");
            store.close().expect("closes");
        }
        let session = Session::open(&self.folder.file(), read_write()).expect("opens").with_ids(ids);
        assert!(*session.project() == project, "what was closed is what is opened");
        assert_eq!(session.draft().map(str::to_owned), draft);
        self.session = Some(if background { session.in_background().expect("a thread") } else { session });
    }

    /// The file says what the project says, and its journal makes the same project.
    fn check_file(&mut self) {
        assert!(self.session().wait_saved(LONG), "{:?}", self.session().failure());
        let found = self.session().verify().expect("verifies");
        assert!(found.is_clean(), "{found:?}");
        assert_eq!(found.entries, self.session().history().last_seq());
        let (_, loaded) = crate::Store::open(&self.folder.file(), crate::OpenMode::ReadOnly).expect("opens");
        assert!(loaded.project == *self.project(), "the journal makes the same project");
    }

    fn write(&mut self, entry: EntryBody) -> Result<(), StoreError> {
        let now = self.now_ms;
        let done = match entry {
            EntryBody::Edit(edit) => self.session().edit(&ada(), now, edit),
            EntryBody::Revert(seq) => self.session().revert(&ada(), now, seq),
            EntryBody::Vote(vote) => self.session().vote(now, vote),
            EntryBody::Visit(visit) => self.session().visit(now, visit),
            EntryBody::Response(response) => self.session().respond(&ada(), now, (*response).clone()),
            EntryBody::QuestionVote(vote) => self.session().question_votes(now, [vote]),
            EntryBody::Member(member) => self.session().member(&ada(), now, (*member).clone()),
            EntryBody::Remark(remark) => self.session().remark(now, (*remark).clone()),
            EntryBody::Opening(_) | EntryBody::Merge(_) => unreachable!("tests of their own write these"),
        };
        done.map(drop)
    }

    /// What an operation writes into the journal as it is; `None` when there is nothing to do it to.
    fn entry_of(&mut self, operation: &Operation) -> Option<EntryBody> {
        self.edit_of(operation).map(EntryBody::Edit).or_else(|| self.fact_of(operation))
    }

    fn edit_of(&mut self, operation: &Operation) -> Option<Edit> {
        Some(match *operation {
            Operation::Draw { shape, x, y } => self.draw(shape, x, y)?,
            Operation::Move { which, by } => self.shift(which, by)?,
            Operation::Attribute { which, deed, value } => self.attribute(which, deed, value)?,
            Operation::Delete { which } => self.delete(self.region(which)?.0)?,
            Operation::Split { which } => self.split(which)?,
            Operation::Merge { which } => self.merge(which)?,
            Operation::Label { which, author, class, view } => {
                let class = self.any_class(class)?;
                let view = view.and_then(|view| self.layer(view));
                self.label(which, PEOPLE[author], class, view)?
            }
            Operation::Unlabel { which } => self.unlabel(which)?,
            Operation::Accept { which } => self.accept(which)?,
            Operation::Reclass { class } => self.reclass(class),
            Operation::Import { count } => self.import(count),
            Operation::Relate { which, other, deed } => self.relate(which, other, deed)?,
            Operation::Layer { which, deed } => self.layer_edit(which, deed)?,
            Operation::Arrow { which, deed, x } => self.arrow_edit(which, deed, x)?,
            Operation::Screening { which, deed } => self.screening_edit(which, deed)?,
            Operation::HandOut { which, deed } => self.hand_out(which, deed)?,
            Operation::Settings { deed } => self.settings_edit(deed)?,
            Operation::Schema { which, deed } => self.schema_edit(which, deed)?,
            Operation::Question { which, deed } => {
                let layer = self.layer(which);
                let now = self.now_ms;
                let mut ids = self.session().ids(now).clone();
                let edit = super::questions::any_edit(self.project(), &mut ids, layer, (which, deed));
                *self.session().ids(now) = ids;
                edit?
            }
            _ => return None,
        })
    }

    /// Takes back everything that can be, then brings all of it back.
    fn back_and_forth(&mut self) {
        while self.session().redo(&ada(), 1).expect("what was taken back can be brought back").is_some() {}
        let end = self.project().clone();
        let facts = !end.votes().is_empty();
        let mut undone = 0;
        loop {
            match self.session().undo(&ada(), 2) {
                Ok(Some(_)) => undone += 1,
                Ok(None) => break,
                Err(StoreError::Refused(refused)) => {
                    // Votes are never undone, so the classes that they name stay.
                    assert!(facts && refused.to_string().contains("votes"), "{refused}");
                    break;
                }
                Err(StoreError::Busy) => assert!(self.session().wait_saved(LONG)),
                Err(error) => panic!("{error}"),
            }
        }
        let start = self.project();
        assert!(start.regions().is_empty() && start.labels().is_empty(), "nothing of the work is left");
        assert!(start.relations().is_empty() && start.screenings().is_empty());
        assert!(start.questions().is_empty() && start.runs().is_empty());
        assert!(start.adjustments().is_empty());
        assert_eq!(project::violations(start), Vec::<String>::new());
        if !self.facts {
            assert!(*start == Project::new(), "undone to the start, it is the empty project");
        }
        self.check_file();
        for _ in 0..undone {
            while let Err(error) = self.session().redo(&ada(), 3) {
                assert!(matches!(error, StoreError::Busy), "{error}");
                assert!(self.session().wait_saved(LONG));
            }
        }
        assert!(*self.project() == end, "redone to the end, it is what it was");
        self.check_file();
    }
}

fn operations() -> usize {
    std::env::var("ORTHOSCOPE_OPERATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn an_hour_of_labelling_stays_sound_and_can_be_taken_back_to_the_start(
        hour in prop::collection::vec(operation(), operations()),
        facts in any::<bool>(),
    ) {
        let mut desk = Desk::new(facts);
        for (number, operation) in hour.iter().enumerate() {
            desk.perform(operation);
            if number % 250 == 249 {
                desk.check_file();
            }
        }
        desk.check_file();
        desk.back_and_forth();
    }
}

/// An hour that is the same every time, without the waits for the disk: what it does not do, the other does not.
#[test]
fn the_hour_does_everything_that_can_be_done_to_a_project() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut desk = Desk::new(true);
    desk.session = desk.session.take().map(|session| session.in_background().expect("a thread"));
    let all: BTreeSet<Kind> = Kind::all().collect();
    for _ in 0..6_000 {
        let operation = operation().new_tree(&mut runner).expect("an operation").current();
        desk.perform(&operation);
        if desk.done == all {
            break;
        }
    }
    let missing: Vec<_> = all.difference(&desk.done).collect();
    assert!(missing.is_empty(), "never done: {missing:?}");
    desk.check_file();
}
