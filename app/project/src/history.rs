//! The journal's lines, and what undo and redo would take back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ahead::{Ahead, Deed};
use crate::merging::{Delta, Merge};
use crate::question::QuestionVote;
use crate::remark::Remark;
use crate::review::{Opening, Vote};
use crate::screening::{CellNumber, CellState, Visit};
use crate::{
    Author, Edit, EditError, Member, MemberKey, Project, RemarkId, Response, ResponseId, ScreeningId,
    Touched, VoteId,
};

/// Position of an entry in the journal, from 1.
pub type Seq = u64;

/// What one line of the journal says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryBody {
    Edit(Edit),
    /// The entry with this number is taken back (an edit: undo; a revert: redo).
    Revert(Seq),
    Vote(Vote),
    Visit(Visit),
    /// What a service answered.
    Response(Arc<Response>),
    QuestionVote(QuestionVote),
    /// A sealed vote is opened.
    Opening(Opening),
    /// Somebody says something to others, or that they have read it.
    Remark(Arc<Remark>),
    /// Who somebody is: the newest about a key counts.
    Member(Arc<Member>),
    /// Other copies of the project were joined.
    Merge(Arc<Merge>),
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

/// The journal as undo sees it, and as lists show it.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The net effect of every revertible entry: the edit as it would have to be inverted.
    effects: BTreeMap<Seq, Arc<Edit>>,
    /// What members said of cells, shared with the project.
    visits: BTreeMap<Seq, Arc<Visit>>,
    members: BTreeMap<Seq, Arc<Member>>,
    merges: BTreeMap<Seq, Arc<Merge>>,
    undo: Vec<Seq>,
    /// Revert entries that redo would take back.
    redo: Vec<Seq>,
    last: Seq,
    /// How each entry moved the two stacks, so that the newest can be retracted.
    steps: Vec<Step>,
    /// What is said of each entry, the first at 0.
    records: Vec<Record>,
    authors: Vec<Author>,
    author_places: HashMap<Author, u32>,
    /// Edits that were taken back or brought back: what the newest entry about each left.
    families: HashMap<Seq, Standing>,
    /// How often the newest entry was forgotten.
    retractions: u64,
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
    Opened(VoteId),
    Visited,
    Answered(ResponseId),
    Remarked(RemarkId),
    QuestionVoted,
    /// What was said of the key before.
    Joined(Box<(MemberKey, Option<Arc<Member>>)>),
    /// Never forgotten: it is written to a file of its own first.
    Merged,
}

/// What is said of an entry beside its effect.
#[derive(Clone, Copy, Debug)]
struct Record {
    at_ms: i64,
    /// Place among the authors.
    author: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Edit,
    Vote(VoteId),
    /// Its place among the votes on questions.
    QuestionVote(usize),
    Opening(VoteId),
    Remark(RemarkId),
    Member,
    Merge,
    Visit {
        screening: ScreeningId,
        cell: CellNumber,
        state: Option<CellState>,
    },
    Response(ResponseId),
    Revert {
        target: Seq,
        /// The entry that is taken back or brought back in the end. An entry that did not hold any more, and
        /// could be taken back because something else had done the same, is left alone: this is then a root
        /// of its own.
        root: Seq,
        /// The root holds after this entry.
        restores: bool,
        /// What was said of the root before.
        before: Option<Standing>,
    },
}

/// Whether an edit holds, and the entry that said so last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    holds: bool,
    since: Seq,
}

/// One entry for a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line<'a> {
    pub seq: Seq,
    /// Unix milliseconds by the clock of whoever wrote it.
    pub at_ms: i64,
    pub author: &'a Author,
    pub what: What<'a>,
    /// What the entry did holds: a later one has not taken it back (or brought it back again).
    pub holds: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What<'a> {
    Edit(&'a Edit),
    Vote(VoteId),
    /// A member said something to a question: the place of the vote among those in the order of casting.
    QuestionVote(usize),
    /// A sealed vote was opened.
    Opening(VoteId),
    /// Something was said to others, or read.
    Remark(RemarkId),
    /// Who somebody is from then on.
    Member(&'a Member),
    /// Other copies were joined.
    Merge(&'a Merge),
    /// A member looked at cells; the one in work and what is said of it, if anything.
    Visit {
        screening: ScreeningId,
        cell: CellNumber,
        state: Option<CellState>,
    },
    /// A service answered.
    Response(ResponseId),
    /// An earlier entry was taken back.
    Revert {
        target: Seq,
        /// The edit that is taken back or brought back in the end: a redo takes back an undo.
        root: Seq,
        edit: &'a Edit,
        /// The edit is brought back.
        restores: bool,
    },
}

impl History {
    /// The number of the newest entry; 0 for an empty journal.
    pub fn last_seq(&self) -> Seq {
        self.last
    }

    /// How often an entry was forgotten since this history was begun: whoever follows it starts anew then.
    pub fn retractions(&self) -> u64 {
        self.retractions
    }

    /// The entry that undo would revert, and what it did.
    pub fn undo_target(&self) -> Option<(Seq, &Edit)> {
        let seq = *self.undo.last()?;
        Some((seq, self.effect(seq)?))
    }

    /// The revert entry that redo would revert, and what it brings back.
    pub fn redo_target(&self) -> Option<(Seq, &Edit)> {
        let seq = *self.redo.last()?;
        let target = match self.records.get(seq as usize - 1)?.kind {
            Kind::Revert { target, .. } => target,
            _ => seq,
        };
        Some((seq, self.effect(target)?))
    }

    /// What an entry did to the project, when it can be reverted.
    pub fn effect(&self, seq: Seq) -> Option<&Edit> {
        self.effects.get(&seq).map(Arc::as_ref)
    }

    /// What an entry did, to be looked at elsewhere.
    pub fn shared_effect(&self, seq: Seq) -> Option<Arc<Edit>> {
        self.effects.get(&seq).cloned()
    }

    /// When something was done and what, of entries that did something to the project: from this number on, at most
    /// so many entries of the journal. Shares what was done, so that a job can look through it.
    pub fn effects_from(&self, first: Seq, most: u64) -> impl Iterator<Item = (i64, Arc<Edit>)> {
        let first = first.max(1);
        self.effects.range(first..first.saturating_add(most)).filter_map(|(seq, edit)| {
            let record = self.records.get(usize::try_from(*seq - 1).ok()?)?;
            Some((record.at_ms, Arc::clone(edit)))
        })
    }

    /// Everybody who has written an entry, in the order of their first.
    pub fn authors(&self) -> &[Author] {
        &self.authors
    }

    /// One entry for a list; `None` beyond the journal's ends.
    pub fn line(&self, seq: Seq) -> Option<Line<'_>> {
        let record = self.records.get(usize::try_from(seq.checked_sub(1)?).ok()?)?;
        let root_holds = |root: Seq| self.families.get(&root).is_none_or(|s| s.holds);
        let (what, holds) = match record.kind {
            Kind::Edit => (What::Edit(self.effect(seq)?), root_holds(seq)),
            Kind::Vote(vote) => (What::Vote(vote), true),
            Kind::QuestionVote(place) => (What::QuestionVote(place), true),
            Kind::Opening(vote) => (What::Opening(vote), true),
            Kind::Remark(remark) => (What::Remark(remark), true),
            Kind::Member => (What::Member(self.members.get(&seq)?), true),
            Kind::Merge => (What::Merge(self.merges.get(&seq)?), true),
            Kind::Visit { screening, cell, state } => (What::Visit { screening, cell, state }, true),
            Kind::Response(response) => (What::Response(response), true),
            Kind::Revert { target, root, restores, .. } => {
                let of_its_own = root == seq;
                let (shown, restored) = if of_its_own { (target, false) } else { (root, restores) };
                let edit = self.effect(shown)?;
                let what = What::Revert { target, root: shown, edit, restores: restored };
                (what, root_holds(root) == restores)
            }
        };
        let author = self.authors.get(record.author as usize)?;
        Some(Line { seq, at_ms: record.at_ms, author, what, holds })
    }

    /// The entry that took this one back last; `None` while it holds.
    pub fn taken_back_by(&self, seq: Seq) -> Option<Seq> {
        let root = match self.records.get(usize::try_from(seq.checked_sub(1)?).ok()?)?.kind {
            Kind::Revert { root, .. } => root,
            _ => seq,
        };
        if self.line(seq)?.holds {
            return None;
        }
        self.families.get(&root).map(|standing| standing.since)
    }

    /// An entry as it was written, from memory; `None` beyond the journal's ends.
    pub fn entry(&self, project: &Project, seq: Seq) -> Option<Entry> {
        let line = self.line(seq)?;
        let body = match line.what {
            What::Edit(edit) => EntryBody::Edit(edit.clone()),
            What::QuestionVote(place) => {
                EntryBody::QuestionVote((**project.questions.votes.get(place)?).clone())
            }
            What::Vote(id) => EntryBody::Vote(project.votes().get(&id)?.as_cast()),
            What::Remark(id) => EntryBody::Remark(Arc::clone(project.remarks().get(&id)?)),
            What::Opening(id) => EntryBody::Opening(project.votes().get(&id)?.opening()?),
            What::Member(_) => EntryBody::Member(Arc::clone(self.members.get(&seq)?)),
            What::Merge(_) => EntryBody::Merge(Arc::clone(self.merges.get(&seq)?)),
            What::Visit { .. } => EntryBody::Visit((**self.visits.get(&seq)?).clone()),
            What::Response(id) => EntryBody::Response(Arc::clone(project.response(id)?)),
            What::Revert { target, .. } => EntryBody::Revert(target),
        };
        Some(Entry { seq, at_ms: line.at_ms, author: line.author.clone(), body })
    }

    /// Applies one entry to the project and takes note of it. Entries come in the order of their numbers.
    pub fn advance(&mut self, project: &mut Project, entry: &Entry) -> Result<Touched, EditError> {
        self.take(project, entry.clone())
    }

    /// As [`History::advance`], with an entry that nobody else needs.
    pub fn take(&mut self, project: &mut Project, entry: Entry) -> Result<Touched, EditError> {
        if entry.seq != self.last + 1 {
            return Err(EditError::Invalid(format!("entry {} follows entry {}", entry.seq, self.last)));
        }
        let (touched, kind) = match entry.body {
            EntryBody::Edit(mut edit) => {
                if let Edit::Batch { edits, .. } = &mut edit {
                    edits.shrink_to_fit();
                }
                project.share(&mut edit);
                let touched = project.apply(&edit)?;
                self.effects.insert(entry.seq, Arc::new(edit));
                self.push(entry.seq);
                (touched, Kind::Edit)
            }
            EntryBody::Revert(target) => self.revert(project, entry.seq, target)?,
            EntryBody::Vote(vote) => {
                let (id, regions) = (vote.id, vec![vote.case]);
                project.record_vote(vote)?;
                self.steps.push(Step::Voted(id));
                (Touched { regions, ..Touched::default() }, Kind::Vote(id))
            }
            EntryBody::QuestionVote(vote) => {
                let (place, questions) = (project.questions.votes.len(), vec![vote.question]);
                project.record_question_vote(vote)?;
                self.steps.push(Step::QuestionVoted);
                (Touched { questions, ..Touched::default() }, Kind::QuestionVote(place))
            }
            EntryBody::Visit(visit) => {
                let visit = Arc::new(visit);
                let cells = project.record_visit(Arc::clone(&visit))?;
                self.steps.push(Step::Visited);
                let (cell, state) = visit.looks.first().map_or((0, None), |look| (look.cell, look.state));
                let kind = Kind::Visit { screening: visit.screening, cell, state };
                self.visits.insert(entry.seq, visit);
                (Touched { cells, ..Touched::default() }, kind)
            }
            EntryBody::Response(response) => {
                let id = response.id;
                project.record_response(response)?;
                self.steps.push(Step::Answered(id));
                (Touched { responses: vec![id], ..Touched::default() }, Kind::Response(id))
            }
            EntryBody::Remark(remark) => {
                let id = remark.id;
                let regions = project.record_remark(remark)?;
                self.steps.push(Step::Remarked(id));
                (Touched { regions, remarks: vec![id], ..Touched::default() }, Kind::Remark(id))
            }
            EntryBody::Opening(opening) => {
                let regions = vec![project.open_vote(&opening)?];
                self.steps.push(Step::Opened(opening.vote));
                (Touched { regions, ..Touched::default() }, Kind::Opening(opening.vote))
            }
            EntryBody::Member(member) => {
                let key = member.key;
                let before = project.record_member(Arc::clone(&member))?;
                self.steps.push(Step::Joined(Box::new((key, before))));
                self.members.insert(entry.seq, member);
                (Touched { members: vec![key], ..Touched::default() }, Kind::Member)
            }
            EntryBody::Merge(merge) => {
                let touched = project.become_after(&merge.delta)?;
                (touched, self.note_merge(entry.seq, merge))
            }
        };
        self.note(&entry.author, entry.at_ms, kind);
        Ok(touched)
    }

    /// Takes note of what others did. One's own work can still be taken back, newest first: where others went on from it,
    /// that is refused.
    fn note_merge(&mut self, seq: Seq, merge: Arc<Merge>) -> Kind {
        self.make_room_for_votes(&merge.delta);
        self.steps.push(Step::Merged);
        self.merges.insert(seq, merge);
        Kind::Merge
    }

    /// Leaves out the newest entry that undo (or redo) would take back: it cannot be taken back any more.
    pub fn pass_over(&mut self, redo: bool) {
        if redo { &mut self.redo } else { &mut self.undo }.pop();
    }

    fn revert(&mut self, project: &mut Project, seq: Seq, target: Seq) -> Result<(Touched, Kind), EditError> {
        let missing = || EditError::Missing { what: format!("Entry {target} that could be reverted") };
        let inverse = self.effect(target).ok_or_else(missing)?.clone().inverse();
        let touched = project.apply(&inverse)?;
        Ok((touched, self.note_revert(seq, target, Arc::new(inverse))))
    }

    /// Takes note that an entry took another one back.
    fn note_revert(&mut self, seq: Seq, target: Seq, inverse: Arc<Edit>) -> Kind {
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
        let (root, restores) = match self.records.get(target as usize - 1).map(|record| record.kind) {
            _ if self.line(target).is_some_and(|line| !line.holds) => (seq, true),
            Some(Kind::Revert { root, restores, .. }) => (root, !restores),
            _ => (target, false),
        };
        let before = self.families.insert(root, Standing { holds: restores, since: seq });
        Kind::Revert { target, root, restores, before }
    }

    fn note(&mut self, author: &Author, at_ms: i64, kind: Kind) {
        let place = self.author_places.get(author).copied().unwrap_or_else(|| {
            let place = self.authors.len() as u32;
            self.authors.push(author.clone());
            self.author_places.insert(author.clone(), place);
            place
        });
        self.records.push(Record { at_ms, author: place, kind });
        self.last += 1;
    }

    /// Takes over an entry that was worked out elsewhere, at no cost however much it changes. The project as it was comes
    /// back, so that it can be let go of elsewhere too; the entry itself comes back where it does not follow this
    /// history any more.
    pub fn adopt(&mut self, project: &mut Project, ahead: Ahead) -> Result<(Touched, Project), Box<Ahead>> {
        if !ahead.follows(self) {
            return Err(Box::new(ahead));
        }
        let Ahead { after: (seq, _), at_ms, author, deed, touched, project: next } = ahead;
        let kind = match deed {
            Deed::Revert(target, effect) => self.note_revert(seq + 1, target, effect),
            Deed::Edit(effect) => {
                self.effects.insert(seq + 1, effect);
                self.push(seq + 1);
                Kind::Edit
            }
            Deed::Merge(merge) => self.note_merge(seq + 1, merge),
        };
        self.note(&author, at_ms, kind);
        Ok((touched, std::mem::replace(project, next)))
    }

    /// Votes on questions that other copies bring stand among those that are there.
    fn make_room_for_votes(&mut self, delta: &Delta) {
        let new: Vec<usize> = delta.question_vote_places().collect();
        if new.is_empty() {
            return;
        }
        for record in &mut self.records {
            if let Kind::QuestionVote(place) = &mut record.kind {
                for before in &new {
                    *place += usize::from(before <= place);
                }
            }
        }
    }

    fn push(&mut self, seq: Seq) {
        self.undo.push(seq);
        self.steps.push(Step::Pushed { redo: std::mem::take(&mut self.redo) });
    }

    /// Forgets the newest entry as if it had never been: its way to the disk failed. Not a way to undo,
    /// which is an entry of its own.
    pub fn retract(&mut self, project: &mut Project) -> Result<Touched, EditError> {
        let missing = || EditError::Missing { what: "An entry that could be forgotten".into() };
        if matches!(self.steps.last(), Some(Step::Merged)) {
            return Err(missing());
        }
        let step = self.steps.pop().ok_or_else(missing)?;
        let touched = match (&step, self.effects.remove(&self.last)) {
            (Step::Voted(vote), _) => Touched { regions: project.forget_vote(*vote), ..Touched::default() },
            (Step::QuestionVoted, _) => {
                Touched { questions: project.forget_question_vote(), ..Touched::default() }
            }
            (Step::Opened(vote), _) => {
                Touched { regions: project.forget_opening(*vote), ..Touched::default() }
            }
            (Step::Joined(joined), _) => {
                let (key, before) = (**joined).clone();
                self.members.remove(&self.last);
                project.forget_member(key, before);
                Touched { members: vec![key], ..Touched::default() }
            }
            (Step::Visited, _) => {
                let visit = self.visits.remove(&self.last).ok_or_else(missing)?;
                Touched { cells: project.forget_visit(&visit), ..Touched::default() }
            }
            (Step::Remarked(remark), _) => {
                project.forget_remark(*remark);
                Touched { remarks: vec![*remark], ..Touched::default() }
            }
            (Step::Answered(response), _) => {
                project.forget_response(*response);
                Touched { responses: vec![*response], ..Touched::default() }
            }
            (_, effect) => project.apply(&Arc::unwrap_or_clone(effect.ok_or_else(missing)?).inverse())?,
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
            Step::QuestionVoted
            | Step::Answered(_)
            | Step::Remarked(_)
            | Step::Voted(_)
            | Step::Opened(_)
            | Step::Visited
            | Step::Joined(_)
            | Step::Merged => {}
        }
        if let Some(Record { kind: Kind::Revert { root, before, .. }, .. }) = self.records.pop() {
            match before {
                Some(standing) => self.families.insert(root, standing),
                None => self.families.remove(&root),
            };
        }
        self.last -= 1;
        self.retractions += 1;
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
