//! A large entry worked out away from the history that it is for, so that nobody waits for it.

use std::sync::Arc;

use crate::merging::Merge;
use crate::{Author, Edit, EditError, Entry, EntryBody, History, Project, Seq, Touched};

/// An entry and the project after it.
#[derive(Debug)]
pub struct Ahead {
    /// The last entry before it, and how often one was forgotten until then.
    pub(crate) after: (Seq, u64),
    pub(crate) at_ms: i64,
    pub(crate) author: Author,
    pub(crate) deed: Deed,
    pub(crate) touched: Touched,
    pub(crate) project: Project,
}

/// What an entry does.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Edit(Arc<Edit>),
    /// The entry that is taken back, and what that does.
    Revert(Seq, Arc<Edit>),
    Merge(Arc<Merge>),
}

/// Where a history is, and the project there: what an entry is worked out from. A clone costs next to nothing.
#[derive(Clone, Debug)]
pub struct Base {
    project: Project,
    after: (Seq, u64),
}

impl Base {
    /// Where a history is now; `project` is what it says.
    pub fn new(project: &Project, history: &History) -> Self {
        Self { project: project.clone(), after: (history.last_seq(), history.retractions()) }
    }

    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Works out an edit, or says why it is refused.
    pub fn edit(self, author: Author, at_ms: i64, mut edit: Edit) -> Result<Ahead, EditError> {
        let Self { mut project, after } = self;
        if let Edit::Batch { edits, .. } = &mut edit {
            edits.shrink_to_fit();
        }
        project.may_edit(&author, &edit)?;
        project.share(&mut edit);
        let touched = project.apply(&edit)?;
        Ok(Ahead { after, at_ms, author, deed: Deed::Edit(Arc::new(edit)), touched, project })
    }

    /// Works out taking back an entry, of which this is [the effect](History::shared_effect).
    pub fn revert(self, author: Author, at_ms: i64, target: Seq, effect: &Edit) -> Result<Ahead, EditError> {
        let Self { mut project, after } = self;
        let inverse = effect.clone().inverse();
        project.may_edit(&author, &inverse)?;
        let touched = project.apply(&inverse)?;
        let deed = Deed::Revert(target, Arc::new(inverse));
        Ok(Ahead { after, at_ms, author, deed, touched, project })
    }

    /// Works out joining what others did, or says why it is refused.
    pub fn merge(self, author: Author, at_ms: i64, merge: Arc<Merge>) -> Result<Ahead, EditError> {
        let Self { mut project, after } = self;
        let touched = project.become_after(&merge.delta)?;
        Ok(Ahead { after, at_ms, author, deed: Deed::Merge(merge), touched, project })
    }

    /// The number of the last entry before it.
    pub fn last_seq(&self) -> Seq {
        self.after.0
    }
}

impl Ahead {
    /// True while nothing else was done.
    pub fn follows(&self, history: &History) -> bool {
        self.after == (history.last_seq(), history.retractions())
    }

    /// The entry as it is to be written.
    pub fn entry(&self) -> Entry {
        let body = match &self.deed {
            Deed::Edit(edit) => EntryBody::Edit((**edit).clone()),
            Deed::Revert(target, _) => EntryBody::Revert(*target),
            Deed::Merge(merge) => EntryBody::Merge(Arc::clone(merge)),
        };
        Entry { seq: self.after.0 + 1, at_ms: self.at_ms, author: self.author.clone(), body }
    }

    /// The project after it.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// What it touched.
    pub fn touched(&self) -> &Touched {
        &self.touched
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::square;
    use crate::{Change, IdSource};

    fn drawn(ids: &mut IdSource, x: f64) -> Edit {
        Edit::Region(Change::create(ids.region(), Arc::new(square(x, 0.0, 1.0))))
    }

    #[test]
    fn what_was_worked_out_elsewhere_is_what_would_have_been_done_at_once() {
        let (mut ids, ana) = (IdSource::new(1, 1), Author::new("Ana"));
        let (mut project, mut history) = (Project::new(), History::default());
        let (mut direct, mut own) = (Project::new(), History::default());
        let mut both = |project: &mut Project, history: &mut History, body: EntryBody| {
            let entry =
                Entry { seq: history.last_seq() + 1, at_ms: 7, author: ana.clone(), body: body.clone() };
            own.take(&mut direct, entry).expect("sound");
            let base = Base::new(project, history);
            let ahead = match &body {
                EntryBody::Revert(target) => {
                    let effect = history.shared_effect(*target).expect("there");
                    base.revert(ana.clone(), 7, *target, &effect)
                }
                EntryBody::Edit(edit) => base.edit(ana.clone(), 7, edit.clone()),
                _ => unreachable!("nothing else is worked out"),
            };
            let ahead = ahead.expect("sound");
            assert_eq!(ahead.entry().body, body);
            let (touched, before) = history.adopt(project, ahead).expect("nothing else was done");
            assert!(!touched.regions.is_empty() && before != *project);
            assert!(*project == direct && crate::violations(project).is_empty());
            for seq in 1..=own.last_seq() {
                assert_eq!(history.line(seq), own.line(seq));
            }
            assert_eq!(history.undo_target(), own.undo_target());
            assert_eq!(history.redo_target(), own.redo_target());
        };
        let edits = (0..4).map(|i| drawn(&mut ids, f64::from(i))).collect();
        let bodies = [
            EntryBody::Edit(drawn(&mut ids, 9.0)),
            EntryBody::Edit(Edit::batch("Import", edits)),
            EntryBody::Revert(2),
            EntryBody::Revert(3),
            EntryBody::Revert(1),
            EntryBody::Edit(drawn(&mut ids, 5.0)),
        ];
        for body in bodies {
            both(&mut project, &mut history, body);
        }
    }

    #[test]
    fn what_came_too_late_changes_nothing_and_comes_back() {
        let (mut ids, ana) = (IdSource::new(1, 1), Author::new("Ana"));
        let (mut project, mut history) = (Project::new(), History::default());
        let base = Base::new(&project, &history);
        let ahead = base.clone().edit(ana.clone(), 0, drawn(&mut ids, 0.0)).expect("sound");
        let first = base.edit(ana.clone(), 0, drawn(&mut ids, 4.0)).expect("sound");
        history.adopt(&mut project, first).expect("the first");
        let now = project.clone();
        let back = history.adopt(&mut project, ahead).expect_err("something else was done");
        assert!(project == now && history.last_seq() == 1 && !back.follows(&history));
        // The same number again, after an entry was forgotten, is another place.
        let base = Base::new(&project, &history);
        history.retract(&mut project).expect("forgotten");
        let entry =
            Entry { seq: 1, at_ms: 0, author: ana.clone(), body: EntryBody::Edit(drawn(&mut ids, 8.0)) };
        history.take(&mut project, entry).expect("sound");
        let ahead = base.edit(ana, 0, drawn(&mut ids, 0.0)).expect("sound");
        assert!(history.adopt(&mut project, ahead).is_err());
    }
}
