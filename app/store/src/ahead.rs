//! Large entries, worked out and made ready for the disk by a job, and taken over by the session in no time.

use std::sync::Arc;

use project::{Ahead, Author, Base, Edit, IdSource, Project, Seq, Touched};

use crate::commit::{self, Commit};
use crate::{MergePlan, Session, StoreError};

/// What a large entry is worked out from. A clone costs next to nothing.
#[derive(Clone, Debug)]
pub struct EntryBase {
    base: Base,
    ids: IdSource,
}

/// A large entry, worked out, with what the disk is to take.
#[derive(Debug)]
pub struct Ready {
    ahead: Ahead,
    commit: Commit,
    ids: IdSource,
}

/// What became of a large entry.
#[derive(Debug)]
pub enum Adopted {
    /// It was done: what it touched, and the project as it was before, to be let go of where nobody waits.
    Done(Box<(Touched, Project)>),
    /// Something else was done meanwhile: it is to be worked out anew.
    Overtaken,
}

impl EntryBase {
    /// The project that it is worked out from.
    pub fn project(&self) -> &Project {
        self.base.project()
    }

    /// With what an edit is made of, where there is one to make.
    pub fn edit(
        mut self,
        author: &Author,
        at_ms: i64,
        make: impl FnOnce(&Project, &mut IdSource) -> Option<Edit>,
    ) -> Result<Option<Ready>, StoreError> {
        self.ids.set_time(at_ms.max(0) as u64);
        let Some(edit) = make(self.base.project(), &mut self.ids) else { return Ok(None) };
        let Self { base, ids } = self;
        Ready::new(base.edit(author.clone(), at_ms, edit)?, ids).map(Some)
    }

    /// The number of the last entry before it.
    pub fn last_seq(&self) -> Seq {
        self.base.last_seq()
    }

    /// Joining what others did, which was read from the same file; `None` where the file is not at the same entry.
    pub fn join(self, author: &Author, at_ms: i64, plan: MergePlan) -> Result<Option<Ready>, StoreError> {
        let (head, merge, missing) = plan.into_parts();
        let Some(merge) = merge.filter(|_| head == self.last_seq()) else { return Ok(None) };
        let Self { base, ids } = self;
        let mut ready = Ready::new(base.merge(author.clone(), at_ms, Arc::new(merge))?, ids)?;
        ready.commit.joined = Arc::new(missing);
        Ok(Some(ready))
    }

    /// Taking back an entry, of which this is the effect.
    pub fn revert(
        self,
        author: &Author,
        at_ms: i64,
        (target, effect): (Seq, &Edit),
    ) -> Result<Ready, StoreError> {
        let Self { base, ids } = self;
        Ready::new(base.revert(author.clone(), at_ms, target, effect)?, ids)
    }
}

impl Ready {
    fn new(ahead: Ahead, ids: IdSource) -> Result<Self, StoreError> {
        let entry = ahead.entry();
        commit::check(&entry)?;
        let commit = Commit::of_checked(entry, ahead.project(), ahead.touched());
        Ok(Self { ahead, commit, ids })
    }

    /// The project after it.
    pub fn project(&self) -> &Project {
        self.ahead.project()
    }

    /// What it touches.
    pub fn touched(&self) -> &Touched {
        self.ahead.touched()
    }
}

impl Session {
    /// What a large entry can be worked out from, elsewhere. Who signs their first one is introduced.
    pub fn entry_base(&mut self, at_ms: i64) -> Result<EntryBase, StoreError> {
        if let Some(reason) = self.read_only() {
            return Err(StoreError::ReadOnly(reason.clone()));
        }
        if self.introduction().is_some() {
            self.append_all(at_ms, [])?;
        }
        let base = Base::new(self.project(), self.history());
        Ok(EntryBase { base, ids: self.ids.clone() })
    }

    /// What the entry that undo (or redo) would take back did, and its number.
    pub fn shared_target(&self, redo: bool) -> Option<(Seq, Arc<Edit>)> {
        let history = self.history();
        let (seq, _) = if redo { history.redo_target()? } else { history.undo_target()? };
        Some((seq, history.shared_effect(seq)?))
    }

    /// Takes over an entry that was worked out elsewhere. In the background that takes no time, however large it is.
    /// Where the disk does not take it, everything is as before.
    pub fn adopt(&mut self, ready: Ready) -> Result<Adopted, StoreError> {
        let Ready { ahead, commit, ids } = ready;
        if !ahead.follows(&self.history) {
            return Ok(Adopted::Overtaken);
        }
        self.sink.write(vec![commit])?;
        match self.history.adopt(&mut self.project, ahead) {
            Ok(done) => {
                self.ids = ids;
                Ok(Adopted::Done(Box::new(done)))
            }
            Err(_) => Ok(Adopted::Overtaken),
        }
    }
}
