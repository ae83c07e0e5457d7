//! What is being asked about classes, as plain values: many labels at once, and other classes for the project.

use std::collections::BTreeMap;

use project::{ClassCode, Edit, Leftover, Migration, Predicate, PredicateCode, Project};

use crate::preferences::ClassLook;
use crate::schema_draft::SchemaDraft;

/// What the dialogs about classes ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassAsk {
    /// The class that the selection is to get.
    Choose(ClassCode),
    Label,
    /// What becomes of the labels of a class that will be gone; `None`: they keep it.
    Map(ClassCode, Option<ClassCode>),
    Change,
    /// The classes and attributes, as they stand in the dialog now.
    Draft(Box<SchemaDraft>),
    /// What becomes of the labels by what stands in the dialog.
    PlanDraft,
    /// To the dialog that the plan came from.
    Back,
    /// How its regions are drawn, and whether they may be changed; for this person.
    Look(ClassCode, ClassLook),
    ShowOnly(ClassCode),
    ShowAll,
    /// What relations are to say, as it stands in the dialog now.
    Predicates(PredicatesDraft),
    ChangePredicates,
    Close,
}

/// What relations can say, while it is being changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PredicatesDraft {
    pub rows: Vec<PredicateRow>,
    /// What is typed to become one more.
    pub typed: String,
}

/// One predicate in the dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct PredicateRow {
    pub predicate: Predicate,
    /// Relations that have it.
    pub uses: usize,
    /// It is to be taken out, and this becomes of its relations.
    pub gone: Option<Leftover>,
}

impl PredicatesDraft {
    /// What they are in a project.
    pub fn of(project: &Project) -> Self {
        let counts = project.predicate_counts();
        let all = project.schema().into_iter().flat_map(|schema| &schema.relations);
        let row = |predicate: &Predicate| PredicateRow {
            predicate: predicate.clone(),
            uses: counts.get(&predicate.code).copied().unwrap_or(0),
            gone: None,
        };
        Self { rows: all.map(row).collect(), typed: String::new() }
    }

    /// Takes what is typed; false where that is nothing, or is there already.
    pub fn add(&mut self) -> bool {
        let word = self.typed.trim();
        let is_there =
            |row: &PredicateRow| row.predicate.code.as_str() == word || row.predicate.text() == word;
        if word.is_empty() || self.rows.iter().any(is_there) {
            return false;
        }
        let predicate = Predicate::new(word);
        self.rows.push(PredicateRow { predicate, uses: 0, gone: None });
        self.typed.clear();
        true
    }

    /// The edit that makes it so; `None` when nothing changes.
    pub fn edit(&self, project: &Project) -> Option<Edit> {
        let stays = self.rows.iter().filter(|row| row.gone.is_none());
        let leftovers: BTreeMap<PredicateCode, Leftover> = self
            .rows
            .iter()
            .filter_map(|row| Some((row.predicate.code.clone(), row.gone.clone()?)))
            .collect();
        project.predicates_edit(stays.map(|row| row.predicate.clone()).collect(), &leftovers)
    }
}

/// The selection is about to be labelled.
#[derive(Clone, Debug, PartialEq)]
pub struct Reclass {
    /// What its regions are labelled now, and how many each.
    pub now: Vec<(Option<ClassCode>, usize)>,
    /// Regions whose label is somebody else's, which stays beside the new one.
    pub others: usize,
    /// Regions that came back from review, which are left alone.
    pub returned: usize,
    pub class: Option<ClassCode>,
}

/// The project is about to get other classes.
#[derive(Clone, Debug)]
pub struct ClassChange {
    pub migration: Migration,
    /// It changes something at all.
    pub changes: bool,
    /// What else is other than it was, in sentences.
    pub said: Vec<String>,
}

/// Dialogs about classes, where one is open.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    pub reclass: Option<Reclass>,
    pub change: Option<ClassChange>,
    /// Stays while what becomes of the labels is shown.
    pub draft: Option<SchemaDraft>,
    pub predicates: Option<PredicatesDraft>,
}

impl Classes {
    /// True while a dialog is open.
    pub fn is_open(&self) -> bool {
        self.reclass.is_some() || self.change.is_some() || self.draft.is_some() || self.predicates.is_some()
    }
}
