//! Everything that can be done to a project. What is new there does not compile here until it is named, and what is
//! named fails the test until an operation does it.

use std::collections::BTreeSet;

use project::{Change, Edit, EntryBody};

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    Region,
    Label,
    Layer,
    Adjustment,
    Relation,
    Screening,
    Question,
    Run,
    Assignment,
    Schema,
    Settings,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    Created,
    Changed,
    Deleted,
}

/// One kind of line in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Edit(Noun, Deed),
    Batch,
    Revert,
    Vote,
    Visit,
    Response,
    QuestionVote,
    Member,
    Remark,
    /// Copies joined, and sealed votes opened: what was done before cannot be undone then, so tests of their own do it.
    Elsewhere,
}

impl Kind {
    /// All that an hour does. The schema and the settings of a project are there once and stay.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        use Noun::{
            Adjustment, Assignment, Label, Layer, Question, Region, Relation, Run, Schema, Screening,
            Settings,
        };
        let nouns = [Region, Label, Layer, Adjustment, Relation, Screening, Question, Run, Assignment];
        let deeds = [Deed::Created, Deed::Changed, Deed::Deleted];
        let edits = nouns.into_iter().flat_map(move |noun| deeds.map(|deed| Self::Edit(noun, deed)));
        let once = [Self::Edit(Schema, Deed::Changed), Self::Edit(Settings, Deed::Changed)];
        let facts = [
            Self::Batch,
            Self::Revert,
            Self::Vote,
            Self::Visit,
            Self::Response,
            Self::QuestionVote,
            Self::Member,
            Self::Remark,
        ];
        edits.chain(once).chain(facts)
    }
}

/// Takes in the kinds that an entry is of.
pub(super) fn of(entry: &EntryBody, found: &mut BTreeSet<Kind>) {
    let kind = match entry {
        EntryBody::Edit(edit) => return of_edit(edit, found),
        EntryBody::Revert(_) => Kind::Revert,
        EntryBody::Vote(_) => Kind::Vote,
        EntryBody::Visit(_) => Kind::Visit,
        EntryBody::Response(_) => Kind::Response,
        EntryBody::QuestionVote(_) => Kind::QuestionVote,
        EntryBody::Member(_) => Kind::Member,
        EntryBody::Remark(_) => Kind::Remark,
        EntryBody::Opening(_) | EntryBody::Merge(_) => Kind::Elsewhere,
    };
    found.insert(kind);
}

fn of_edit(edit: &Edit, found: &mut BTreeSet<Kind>) {
    let (noun, deed) = match edit {
        Edit::Region(change) => (Noun::Region, deed(change)),
        Edit::Label(change) => (Noun::Label, deed(change)),
        Edit::Layer(change) => (Noun::Layer, deed(change)),
        Edit::Adjustment(change) => (Noun::Adjustment, deed(change)),
        Edit::Relation(change) => (Noun::Relation, deed(change)),
        Edit::Screening(change) => (Noun::Screening, deed(change)),
        Edit::Question(change) => (Noun::Question, deed(change)),
        Edit::Run(change) => (Noun::Run, deed(change)),
        Edit::Assignment(change) => (Noun::Assignment, deed(change)),
        // There are conflicts only where copies were joined.
        Edit::Conflict(_) => {
            found.insert(Kind::Elsewhere);
            return;
        }
        Edit::Schema(change) => (Noun::Schema, deed(change)),
        Edit::Settings(change) => (Noun::Settings, deed(change)),
        Edit::Batch { edits, .. } => {
            found.insert(Kind::Batch);
            for edit in edits {
                of_edit(edit, found);
            }
            return;
        }
    };
    found.insert(Kind::Edit(noun, deed));
}

const fn deed<K, V>(change: &Change<K, V>) -> Deed {
    match (&change.before, &change.after) {
        (None, _) => Deed::Created,
        (Some(_), Some(_)) => Deed::Changed,
        (Some(_), None) => Deed::Deleted,
    }
}
