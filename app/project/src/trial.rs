//! Whether an old entry can be taken back alone, without doing it.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::history::What;
use crate::{
    AdjustmentId, Author, Edit, EditError, History, LabelId, Project, QuestionId, RegionId, RelationId,
    RunId, Seq,
};

/// Why an entry cannot be taken back alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no entry {0}")]
    Missing(Seq),
    #[error("a vote is a fact: a new vote supersedes it, and both are kept")]
    Vote,
    #[error("what was seen is a fact: a new visit says it anew, and both are kept")]
    Visit,
    #[error("what a service answered is a fact: ask again, and both are kept")]
    Response,
    #[error("what was said is a fact: say it anew, or resolve the thread")]
    Remark,
    #[error("who works on the project is a fact: say it anew, and both are kept")]
    Member,
    #[error(
        "what others did in their copies is theirs; take back single changes of it, or decide the conflicts"
    )]
    Merge,
    #[error("the project began with it")]
    Beginning,
    #[error("entry {by} has taken it back already")]
    TakenBack { by: Seq },
    /// `since`: the newest entry that touched the same and holds.
    #[error("{error}{}", since.map_or_else(String::new, |seq| format!(" (entry {seq} came after it)")))]
    Conflict { error: EditError, since: Option<Seq> },
}

impl Project {
    /// What [`Project::apply`] would say to an edit; nothing changes.
    ///
    /// The edit is applied to an excerpt of the project, so that there is one truth about what is refused.
    pub fn trial(&self, edit: &Edit) -> Result<(), EditError> {
        self.excerpt(edit).apply(edit).map(|_| ())
    }
}

impl History {
    /// Why an entry cannot be taken back alone by somebody; `None` when it can.
    pub fn refusal(&self, project: &Project, author: &Author, seq: Seq) -> Option<Refusal> {
        let Some(line) = self.line(seq) else { return Some(Refusal::Missing(seq)) };
        match line.what {
            What::Vote(_) | What::QuestionVote(_) | What::Opening(_) => return Some(Refusal::Vote),
            What::Visit { .. } => return Some(Refusal::Visit),
            What::Response(_) => return Some(Refusal::Response),
            What::Member(_) => return Some(Refusal::Member),
            What::Merge(_) => return Some(Refusal::Merge),
            What::Remark(_) => return Some(Refusal::Remark),
            What::Edit(Edit::Schema(change)) if change.before.is_none() => return Some(Refusal::Beginning),
            _ => {}
        }
        let effect = self.effect(seq)?;
        let inverse = effect.clone().inverse();
        if let Err(error) = project.may_edit(author, &inverse) {
            return Some(Refusal::Conflict { error, since: None });
        }
        let error = project.trial(&inverse).err()?;
        if let Some(by) = self.taken_back_by(seq) {
            return Some(Refusal::TakenBack { by });
        }
        Some(Refusal::Conflict { error, since: self.touched_since(seq, effect) })
    }

    /// The newest entry after this one that holds and touched the same thing; else one that touched the same
    /// region; else one that changed the classes, without which no label can come back.
    fn touched_since(&self, seq: Seq, effect: &Edit) -> Option<Seq> {
        let (regions, things) = (effect.regions().into_iter().collect::<HashSet<_>>(), things_of(effect));
        let later = (seq + 1..=self.last_seq()).rev();
        let (mut near, mut classes) = (None, None);
        for other in later.filter(|other| self.line(*other).is_some_and(|line| line.holds)) {
            let Some(edit) = self.effect(other) else { continue };
            if meets(edit, &things) {
                return Some(other);
            }
            if near.is_none() && edit.regions().iter().any(|id| regions.contains(id)) {
                near = Some(other);
            }
            if classes.is_none() && things_of(edit).contains(&Thing::Schema) {
                classes = Some(other);
            }
        }
        near.or(classes)
    }
}

/// One thing that an edit changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Region(RegionId),
    Label(LabelId),
    Layer(crate::LayerId),
    Adjustment(AdjustmentId),
    Relation(RelationId),
    Screening(crate::ScreeningId),
    Question(QuestionId),
    Run(RunId),
    Assignment(crate::AssignmentId),
    Conflict(crate::ConflictId),
    Schema,
    Settings,
}

fn thing(edit: &Edit) -> Option<Thing> {
    Some(match edit {
        Edit::Region(change) => Thing::Region(change.id),
        Edit::Label(change) => Thing::Label(change.id),
        Edit::Layer(change) => Thing::Layer(change.id),
        Edit::Adjustment(change) => Thing::Adjustment(change.id),
        Edit::Relation(change) => Thing::Relation(change.id),
        Edit::Screening(change) => Thing::Screening(change.id),
        Edit::Question(change) => Thing::Question(change.id),
        Edit::Run(change) => Thing::Run(change.id),
        Edit::Assignment(change) => Thing::Assignment(change.id),
        Edit::Conflict(change) => Thing::Conflict(change.id),
        Edit::Schema(_) => Thing::Schema,
        Edit::Settings(_) => Thing::Settings,
        Edit::Batch { .. } => return None,
    })
}

fn things_of(edit: &Edit) -> BTreeSet<Thing> {
    let mut found = BTreeSet::new();
    edit.each(&mut |one| found.extend(thing(one)));
    found
}

fn meets(edit: &Edit, things: &BTreeSet<Thing>) -> bool {
    match edit {
        Edit::Batch { edits, .. } => edits.iter().any(|one| meets(one, things)),
        one => thing(one).is_some_and(|thing| things.contains(&thing)),
    }
}

impl Project {
    /// The part of the project that decides whether an edit can be applied: what it touches, with everything
    /// on the same regions. All of it where the edit concerns all of it.
    fn excerpt(&self, edit: &Edit) -> Self {
        let mut local = true;
        edit.each(&mut |one| local &= matches!(one, Edit::Region(_) | Edit::Label(_) | Edit::Relation(_)));
        if !local {
            return self.clone();
        }
        let mut excerpt = self.without_regions();
        let (mut labels, mut relations) = (BTreeSet::new(), BTreeSet::new());
        edit.each(&mut |one| {
            if let Edit::Relation(change) = one {
                relations.insert(change.id);
            }
            if let Edit::Label(change) = one {
                labels.insert(change.id);
                // Whose region the label is on now may differ from what the edit knows.
                labels.extend(
                    self.labels().get(&change.id).into_iter().flat_map(|l| self.label_ids_of(l.region)),
                );
            }
        });
        for id in edit.regions() {
            labels.extend(self.label_ids_of(id));
            relations.extend(self.relations_of(id).map(|(id, _)| id));
            if let Some(region) = self.region(id) {
                excerpt.adopt_region(id, Arc::clone(region));
            }
        }
        for id in labels {
            if let Some(label) = self.labels().get(&id) {
                excerpt.adopt_label(id, Arc::clone(label));
            }
        }
        for id in relations {
            if let Some(relation) = self.relations().get(&id) {
                excerpt.relations.put(id, Arc::clone(relation));
            }
        }
        excerpt
    }
}
