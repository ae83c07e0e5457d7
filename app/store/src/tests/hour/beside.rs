//! Large changes as the window makes them: worked out elsewhere, taken over where nothing else was done meanwhile.

use super::super::fixture::ada;
use super::regions::label_all;
use super::{CLASSES, Desk};
use crate::{Adopted, Ready, StoreError};

impl Desk {
    fn relabelled(&mut self, class: usize) -> Result<Ready, StoreError> {
        let now = self.now_ms;
        let base = self.session().entry_base(now)?;
        let make = |project: &project::Project, ids: &mut project::IdSource| {
            Some(label_all(project, ids, CLASSES[class], now))
        };
        Ok(base.edit(&ada(), now, make)?.expect("something to do"))
    }

    pub(super) fn beside(&mut self, class: usize) -> Result<(), StoreError> {
        let ready = self.relabelled(class)?;
        let after = ready.project().clone();
        let Adopted::Done(_) = self.session().adopt(ready)? else { panic!("nothing else was done") };
        assert!(*self.project() == after);
        Ok(())
    }

    pub(super) fn step_beside(&mut self, redo: bool) -> Result<(), StoreError> {
        let now = self.now_ms;
        if !redo && self.is_at_start() {
            return Ok(());
        }
        let Some((seq, effect)) = self.session().shared_target(redo) else { return Ok(()) };
        let ready = self.session().entry_base(now)?.revert(&ada(), now, (seq, &effect))?;
        let Adopted::Done(_) = self.session().adopt(ready)? else { panic!("nothing else was done") };
        Ok(())
    }

    /// What is overtaken changes nothing.
    pub(super) fn too_late(&mut self, class: usize) {
        let Ok(ready) = self.relabelled(class) else { return };
        if self.is_at_start() {
            return;
        }
        let (now, last) = (self.now_ms, self.session().history().last_seq());
        let done = self.session().undo(&ada(), now);
        if done.is_err() || self.session().history().last_seq() == last {
            return;
        }
        let before = self.project().clone();
        let overtaken = self.session().adopt(ready).expect("nothing is written");
        assert!(matches!(overtaken, Adopted::Overtaken) && *self.project() == before);
    }
}
