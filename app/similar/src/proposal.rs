//! What similar places say, as an edit of the project: predictions of `model:similar`, which never touch a person's label.

use std::collections::BTreeMap;
use std::sync::Arc;

use project::{
    Author, Change, ClassCode, Edit, IdSource, Label, LabelId, Project, RegionId, shares_in_words,
};

use crate::votes::best;

/// The author of these predictions.
pub const AUTHOR: &str = "model:similar";

/// What similar regions say of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    pub region: RegionId,
    /// Of all classes, in the order of the classes.
    pub shares: Vec<f64>,
}

impl Suggestion {
    /// The likeliest class and its probability.
    pub fn best(&self) -> (usize, f64) {
        let class = best(&self.shares);
        (class, self.shares.get(class).copied().unwrap_or(0.0))
    }
}

/// Predictions that are ready to be applied.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// None where nothing changes.
    pub edit: Option<Edit>,
    /// How many regions get a prediction, by class.
    pub by_class: BTreeMap<ClassCode, usize>,
    /// Regions of which too little is sure: they get none.
    pub abstained: usize,
}

/// Suggestions as labels of `model:similar`, where the likeliest class is at least `least` probable. What it said before of
/// a region is replaced, or taken back where it would not say anything now. Regions that a person has labelled since are left
/// out.
pub fn proposed_labels(
    project: &Project,
    classes: &[ClassCode],
    suggestions: &[Suggestion],
    least: f64,
    (ids, at_ms): (&mut IdSource, i64),
) -> Proposed {
    let author = Author::new(AUTHOR);
    let (mut edits, mut by_class, mut abstained) = (Vec::new(), BTreeMap::new(), 0);
    let open = |region: RegionId| project.region(region).is_some() && project.label_of(region).is_none();
    for suggestion in suggestions.iter().filter(|s| open(s.region)) {
        let held: Option<(LabelId, &Arc<Label>)> = project.label_by(suggestion.region, &author);
        let (class, probability) = suggestion.best();
        let Some(code) = classes.get(class).filter(|_| probability >= least) else {
            abstained += 1;
            edits.extend(held.map(|(id, before)| Edit::Label(Change::delete(id, Arc::clone(before)))));
            continue;
        };
        *by_class.entry(code.clone()).or_insert(0) += 1;
        let after = Label {
            region: suggestion.region,
            class: code.clone(),
            author: author.clone(),
            confidence: Some(probability.clamp(0.0, 1.0)),
            note: shares_in_words(
                classes.iter().map(ClassCode::as_str).zip(suggestion.shares.iter().copied()),
            ),
            seconds: None,
            at_ms: Some(at_ms),
            replies_to: Vec::new(),
            layer: None,
            schema_version: project.schema_version(),
        };
        let said = |label: &Label| (label.class.clone(), label.confidence, label.note.clone());
        match held {
            Some((_, before)) if said(before) == said(&after) => {}
            Some((id, before)) => {
                edits.push(Edit::Label(Change::replace(id, Arc::clone(before), after)));
            }
            None => edits.push(Edit::Label(Change::create(ids.label(), after))),
        }
    }
    let regions: usize = by_class.values().sum();
    let title = format!("Suggest {regions} labels from similar regions");
    Proposed { edit: (!edits.is_empty()).then(|| Edit::batch(title, edits)), by_class, abstained }
}
