//! The journal's lines, and what undo and redo would take back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::review::Vote;
use crate::{Author, Edit, EditError, Project, Touched, VoteId};

/// Position of an entry in the journal, from 1.
pub type Seq = u64;

/// What one line of the journal says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every entry is an edit")]
pub enum EntryBody {
    Edit(Edit),
    /// The entry with this number is taken back (an edit: undo; a revert: redo).
    Revert(Seq),
    Vote(Vote),
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: Seq,
    /// Unix milliseconds by the clock of whoever wrote it; may run backwards between members.
    pub at_ms: i64,
    pub author: Author,
    pub body: EntryBody,
}

/// The journal as undo sees it.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The net effect of every revertible entry: the edit as it would have to be inverted.
    effects: BTreeMap<Seq, Edit>,
    undo: Vec<Seq>,
    /// Revert entries that redo would take back.
    redo: Vec<Seq>,
    last: Seq,
    /// How each entry moved the two stacks, so that the newest can be retracted.
    steps: Vec<Step>,
}

/// What an entry did to the stacks of undo and redo.
#[derive(Clone, Debug)]
enum Step {
    /// A new thing to undo; `redo` is what could be redone before.
    Pushed {
        redo: Vec<Seq>,
    },
    Undone(Seq),
    Redone(Seq),
    Voted(VoteId),
}

impl History {
    /// The number of the newest entry; 0 for an empty journal.
    pub fn last_seq(&self) -> Seq {
        self.last
    }

    /// The entry that undo would revert, and the title of what it undoes.
    pub fn undo_target(&self) -> Option<(Seq, String)> {
        let seq = *self.undo.last()?;
        Some((seq, self.effects.get(&seq)?.title()))
    }

    /// The revert entry that redo would revert, and the title of what it brings back.
    pub fn redo_target(&self) -> Option<(Seq, String)> {
        let seq = *self.redo.last()?;
        Some((seq, self.effects.get(&seq)?.title()))
    }

    /// What an entry did to the project, when it can be reverted.
    pub fn effect(&self, seq: Seq) -> Option<&Edit> {
        self.effects.get(&seq)
    }

    /// Applies one entry to the project and takes note of it. Entries come in the order of their numbers.
    pub fn advance(&mut self, project: &mut Project, entry: &Entry) -> Result<Touched, EditError> {
        if entry.seq != self.last + 1 {
            return Err(EditError::Invalid(format!("entry {} follows entry {}", entry.seq, self.last)));
        }
        let touched = match &entry.body {
            EntryBody::Edit(edit) => {
                let touched = project.apply(edit)?;
                self.effects.insert(entry.seq, edit.clone());
                self.push(entry.seq);
                touched
            }
            EntryBody::Revert(target) => self.revert(project, entry.seq, *target)?,
            EntryBody::Vote(vote) => {
                let regions = vec![vote.case];
                project.record_vote(vote.clone())?;
                self.steps.push(Step::Voted(vote.id));
                Touched { regions, ..Touched::default() }
            }
        };
        self.last = entry.seq;
        Ok(touched)
    }

    fn revert(&mut self, project: &mut Project, seq: Seq, target: Seq) -> Result<Touched, EditError> {
        let missing = || EditError::Missing { what: format!("Entry {target} that could be reverted") };
        let inverse = self.effects.get(&target).ok_or_else(missing)?.clone().inverse();
        let touched = project.apply(&inverse)?;
        self.effects.insert(seq, inverse);
        if self.redo.last() == Some(&target) {
            self.redo.pop();
            self.undo.push(seq);
            self.steps.push(Step::Redone(target));
        } else if self.undo.last() == Some(&target) {
            self.undo.pop();
            self.redo.push(seq);
            self.steps.push(Step::Undone(target));
        } else {
            // One old edit taken back alone is an edit of its own.
            self.push(seq);
        }
        Ok(touched)
    }

    fn push(&mut self, seq: Seq) {
        self.undo.push(seq);
        self.steps.push(Step::Pushed { redo: std::mem::take(&mut self.redo) });
    }

    /// Forgets the newest entry as if it had never been: its way to the disk failed. Not a way to undo,
    /// which is an entry of its own.
    pub fn retract(&mut self, project: &mut Project) -> Result<Touched, EditError> {
        let missing = || EditError::Missing { what: "An entry that could be forgotten".into() };
        let step = self.steps.pop().ok_or_else(missing)?;
        let touched = match (&step, self.effects.remove(&self.last)) {
            (Step::Voted(vote), _) => Touched { regions: project.forget_vote(*vote), ..Touched::default() },
            (_, effect) => project.apply(&effect.ok_or_else(missing)?.inverse())?,
        };
        match step {
            Step::Pushed { redo } => {
                self.undo.pop();
                self.redo = redo;
            }
            Step::Undone(target) => {
                self.redo.pop();
                self.undo.push(target);
            }
            Step::Redone(target) => {
                self.undo.pop();
                self.redo.push(target);
            }
            Step::Voted(_) => {}
        }
        self.last -= 1;
        Ok(touched)
    }

    /// Plays a journal from the start.
    pub fn replay<'a>(
        entries: impl IntoIterator<Item = &'a Entry>,
    ) -> Result<(Project, Self), (Seq, EditError)> {
        let (mut project, mut history) = (Project::new(), Self::default());
        for entry in entries {
            history.advance(&mut project, entry).map_err(|e| (entry.seq, e))?;
        }
        Ok((project, history))
    }
}
