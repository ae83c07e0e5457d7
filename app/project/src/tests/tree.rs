//! The tree of states over random journals.

use std::collections::HashMap;

use proptest::prelude::*;

use super::history::{Session, Step, edit_of, run, steps};
use crate::{EntryBody, History, IdSource, Project, StateId, Tree};

/// A session that looks at every state it comes to.
struct Walk {
    session: Session,
    tree: Tree,
    seen: HashMap<StateId, Project>,
}

impl Walk {
    fn new() -> Self {
        let session = run(&[]);
        let mut walk = Self { session, tree: Tree::default(), seen: HashMap::new() };
        walk.seen.insert(0, Project::new());
        walk.arrive();
        walk
    }

    /// The state is what it was when the project was in it for the first time.
    fn arrive(&mut self) {
        self.tree.follow(&self.session.history);
        let project = &self.session.project;
        let known = self.seen.entry(self.tree.here()).or_insert_with(|| project.clone());
        assert!(known == project, "state {} is not what it was", self.tree.here());
    }

    fn write(&mut self, body: EntryBody) -> bool {
        let written = self.session.write(body).is_ok();
        self.arrive();
        written
    }

    /// Goes to a state, entry by entry.
    fn go_to(&mut self, state: StateId) {
        let mut left = self.tree.distance(state);
        while let Some(seq) = self.tree.step_to(state) {
            assert!(self.write(EntryBody::Revert(seq)), "every step of the way can be gone");
            assert_eq!(self.tree.distance(state), left - 1, "and is one towards it");
            left -= 1;
        }
        assert_eq!((self.tree.here(), left), (state, 0));
    }

    fn step(&mut self, step: &Step, ids: &mut IdSource) {
        let history = &self.session.history;
        let body = match step {
            Step::Undo => history.undo_target().map(|(seq, _)| EntryBody::Revert(seq)),
            Step::Redo => history.redo_target().map(|(seq, _)| EntryBody::Revert(seq)),
            Step::RevertOld { which } => Some(EntryBody::Revert(*which as u64 % history.last_seq() + 1)),
            edit => edit_of(edit, &self.session.project, ids).map(EntryBody::Edit),
        };
        if let Some(body) = body {
            self.write(body);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn every_state_that_ever_was_is_gone_to_exactly_and_a_replay_agrees(
        steps in steps(), jumps in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize), 0..12),
    ) {
        let mut walk = Walk::new();
        let mut ids = IdSource::new(1_000, 9);
        for (i, step) in steps.iter().enumerate() {
            walk.step(step, &mut ids);
            for (to, _) in jumps.iter().filter(|(_, after)| *after == i) {
                walk.go_to(to.index(walk.tree.len()));
            }
        }
        for state in 0..walk.tree.len() {
            walk.go_to(state);
        }
        let (project, history) = History::replay(&walk.session.journal).expect("what was written can be replayed");
        prop_assert!(project == walk.session.project);
        let mut tree = Tree::default();
        tree.follow(&history);
        prop_assert_eq!(&tree, &walk.tree, "the journal alone says it");
        let undo: Vec<_> = tree.path().count().checked_sub(1).into_iter().collect();
        let mut undone = 0;
        while walk.session.undo() {
            undone += 1;
        }
        prop_assert_eq!(undo, vec![undone], "undo goes back along the path");
    }

    #[test]
    fn rows_lead_from_every_state_to_the_one_before_it(steps in steps()) {
        let mut walk = Walk::new();
        let mut ids = IdSource::new(1_000, 9);
        for step in &steps {
            walk.step(step, &mut ids);
        }
        let tree = &walk.tree;
        let rows = tree.rows();
        prop_assert_eq!(rows.len(), tree.len() - 1);
        let path: Vec<StateId> = tree.path().collect();
        for (i, row) in rows.iter().enumerate() {
            prop_assert_eq!(row.state, tree.len() - 1 - i, "the newest first");
            prop_assert_eq!(row.lane == 0, path.contains(&row.state), "the way to the present state is the first");
            let Some(parent) = tree.parent(row.state).filter(|p| *p != 0) else { continue };
            let below = rows.iter().position(|r| r.state == parent).expect("a row");
            // Its line passes every row between and ends at the parent's.
            let bit = 1_u16 << row.lane;
            let between = &rows[i + 1..below];
            prop_assert!(between.iter().all(|r| r.passing & bit != 0), "{:?}", rows);
            prop_assert!(rows[below].joining & bit != 0, "{:?}", rows);
        }
    }
}

#[test]
fn what_was_undone_before_something_else_was_done_is_a_branch() {
    let mut walk = Walk::new();
    let mut ids = IdSource::new(1_000, 9);
    for step in
        [Step::Create { x: 1, y: 1 }, Step::Create { x: 9, y: 9 }, Step::Undo, Step::Create { x: 5, y: 5 }]
    {
        walk.step(&step, &mut ids);
    }
    // The classes (1), two regions (2, 3), the second taken back (4), another (5).
    let tree = &walk.tree;
    assert_eq!((tree.len(), tree.here(), tree.made_by(4)), (5, 4, Some(5)));
    assert_eq!((tree.parent(3), tree.parent(4), tree.made(4)), (Some(2), Some(2), None));
    walk.go_to(3);
    assert_eq!(walk.session.history.last_seq(), 7, "one entry back, one forth");
    assert_eq!(walk.session.project.regions().len(), 2);
    assert!(walk.tree.rows().iter().any(|row| row.lane == 1 && row.state == 4));
}

#[test]
fn an_entry_that_was_forgotten_is_followed_no_more() {
    let mut walk = Walk::new();
    let mut ids = IdSource::new(1_000, 9);
    walk.step(&Step::Create { x: 1, y: 1 }, &mut ids);
    walk.session.history.retract(&mut walk.session.project).expect("forgotten");
    walk.session.journal.pop();
    walk.seen.remove(&2);
    walk.step(&Step::Create { x: 7, y: 7 }, &mut ids);
    assert_eq!((walk.tree.len(), walk.tree.here()), (3, 2));
    walk.go_to(1);
    walk.go_to(2);
}
