//! How one region is to stand to another, while it is asked for: plain values.

use project::{Predicate, PredicateCode, Project, RegionId, RelationId};

/// Words that are remembered to be offered first.
const MOST_RECENT: usize = 9;

/// What is asked between an arrow that was drawn and the relation that it becomes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relating {
    /// The regions, in the order in which the arrow goes.
    pub asked: Option<[RegionId; 2]>,
    pub typed: String,
    /// Which of the offers is marked.
    pub marked: usize,
    /// What was taken last, the newest first.
    pub recent: Vec<PredicateCode>,
}

/// What can be taken.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationOffer {
    /// A predicate of the schema, and what a person reads.
    Known(PredicateCode, String),
    /// A word that the schema does not have yet.
    New(String),
}

/// What panels ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum RelateAsk {
    Typed(String),
    Mark(usize),
    Take(RelationOffer),
    /// The arrow goes the other way.
    Turn,
    Leave,
    Remove(RelationId),
}

impl Relating {
    /// Remembers what was taken.
    pub fn took(&mut self, predicate: &PredicateCode) {
        self.recent.retain(|other| other != predicate);
        self.recent.insert(0, predicate.clone());
        self.recent.truncate(MOST_RECENT);
    }

    /// What can be said of the two regions and is not said yet: what was taken last first, then in the order of the
    /// schema; of what was typed, what begins with it first.
    pub fn offers(&self, project: &Project) -> Vec<RelationOffer> {
        let (Some(schema), Some([from, to])) = (project.schema(), self.asked) else { return Vec::new() };
        let class = |id| project.outcome(id).class;
        let (from_class, to_class) = (class(from), class(to));
        let said = |p: &Predicate| {
            let mut relations = project.relations_of(from);
            relations.any(|(_, r)| r.from == from && r.to == to && r.predicate == p.code)
        };
        let typed = self.typed.trim().to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let fits = |p: &&Predicate| {
            let text = format!("{} {}", p.text().to_lowercase(), p.code.as_str().to_lowercase());
            !said(p) && words.iter().all(|word| text.contains(word))
        };
        let mut found: Vec<&Predicate> =
            schema.predicates_for(from_class.as_ref(), to_class.as_ref()).filter(fits).collect();
        let age = |p: &Predicate| self.recent.iter().position(|code| *code == p.code).unwrap_or(usize::MAX);
        found.sort_by_key(|p| (!p.text().to_lowercase().starts_with(&typed), age(p)));
        let known = |p: &&Predicate| RelationOffer::Known(p.code.clone(), p.text().to_owned());
        let mut offers: Vec<RelationOffer> = found.iter().map(known).collect();
        if !typed.is_empty() && schema.find_predicate(&typed).is_none() {
            offers.push(RelationOffer::New(self.typed.trim().to_owned()));
        }
        offers
    }
}
