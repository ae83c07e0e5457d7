//! What is being asked about classes, as plain values: many labels at once, and other classes for the project.

use project::{ClassCode, Migration};

use crate::preferences::ClassLook;

/// What the dialogs about classes ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassAsk {
    /// The class that the selection is to get.
    Choose(ClassCode),
    Label,
    /// What becomes of the labels of a class that will be gone; `None`: they keep it.
    Map(ClassCode, Option<ClassCode>),
    Change,
    /// How its regions are drawn, and whether they may be changed; for this person.
    Look(ClassCode, ClassLook),
    ShowOnly(ClassCode),
    ShowAll,
    Close,
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
}

/// Dialogs about classes, where one is open.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    pub reclass: Option<Reclass>,
    pub change: Option<ClassChange>,
}

impl Classes {
    /// True while a dialog is open.
    pub fn is_open(&self) -> bool {
        self.reclass.is_some() || self.change.is_some()
    }
}
