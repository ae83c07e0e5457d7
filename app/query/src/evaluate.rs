//! A condition held against every row: names become places in tables first, cheap tests come first.

use std::collections::BTreeSet;
use std::ops::Range;

use project::review::ReviewState;
use project::{ClassCode, LayerId, PredicateCode, RegionId};
use rayon::prelude::*;

use crate::bind::{Bound, Condition};
use crate::facts::{Facts, NONE, Row, corners, created_ms};
use crate::test::{AttributeTest, Bounds, Check, End, Fact, FlagFact, NumberFact, On, Pattern, TextFact};

/// Rows that one thread takes at a time.
const AT_ONCE: usize = 16_384;

impl Condition {
    /// The places of the rows that it holds for, in order.
    pub fn rows(&self, facts: &Facts) -> Vec<u32> {
        let ready = Ready::of(&self.root, facts);
        let chunk = |range: Range<usize>| -> Vec<u32> {
            let start = range.start;
            let rows = facts.rows[range].iter().enumerate();
            rows.filter(|(_, row)| ready.holds(facts, row)).map(|(i, _)| (start + i) as u32).collect()
        };
        let count = facts.rows.len();
        if count <= AT_ONCE {
            return chunk(0..count);
        }
        let starts: Vec<usize> = (0..count).step_by(AT_ONCE).collect();
        let found: Vec<Vec<u32>> =
            starts.par_iter().map(|start| chunk(*start..(start + AT_ONCE).min(count))).collect();
        found.concat()
    }

    /// The regions that it holds for, in the order of identities.
    pub fn regions(&self, facts: &Facts) -> Vec<RegionId> {
        self.rows(facts).into_iter().map(|at| facts.rows[at as usize].id).collect()
    }
}

/// A condition whose names are places in the tables of some facts.
enum Ready<'a> {
    Any(Vec<Ready<'a>>),
    All(Vec<Ready<'a>>),
    Not(Box<Ready<'a>>),
    One { test: Test<'a>, negated: bool },
}

enum Test<'a> {
    Given(Fact),
    Number(NumberFact, &'a Bounds),
    /// Whether each entry of a table is meant.
    Code(Code, Vec<bool>),
    State(&'a [bool]),
    Shape(&'a [bool]),
    Flag(FlagFact),
    LabelledBy(Vec<&'a project::Author>),
    PredictedBy(Vec<&'a project::Author>),
    Predicate(End, &'a BTreeSet<PredicateCode>),
    ClassIn(LayerId, &'a BTreeSet<ClassCode>),
    Text(TextFact, &'a Pattern),
    Returned(&'a project::Author),
    Never,
    Attribute(&'a AttributeTest),
    HasAttribute(&'a str),
}

#[derive(Clone, Copy)]
enum Code {
    Class,
    Predicted,
    Author,
    Source,
    Layer,
}

impl<'a> Ready<'a> {
    fn of(bound: &'a Bound, facts: &'a Facts) -> Self {
        let all = |parts: &'a [Bound]| {
            let mut ready: Vec<Self> = parts.iter().map(|part| Self::of(part, facts)).collect();
            ready.sort_by_key(Self::cost);
            ready
        };
        match bound {
            Bound::Any(parts) => Self::Any(all(parts)),
            Bound::All(parts) => Self::All(all(parts)),
            Bound::Not(inner) => Self::Not(Box::new(Self::of(inner, facts))),
            Bound::Check(Check { on, negated }) => Self::One { test: Test::of(on, facts), negated: *negated },
        }
    }

    /// About how long one look takes, to order looks by.
    fn cost(&self) -> u32 {
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().map(Self::cost).sum(),
            Self::Not(inner) => inner.cost(),
            Self::One { test, .. } => match test {
                Test::Given(_)
                | Test::Code(..)
                | Test::State(_)
                | Test::Shape(_)
                | Test::Flag(_)
                | Test::Never => 1,
                Test::Number(fact, _) => {
                    if matches!(
                        fact,
                        NumberFact::Corners
                            | NumberFact::Seconds
                            | NumberFact::LabelledAt
                            | NumberFact::Edited
                            | NumberFact::Entropy
                    ) {
                        8
                    } else {
                        1
                    }
                }
                Test::HasAttribute(_) | Test::Attribute(_) | Test::PredictedBy(_) => 20,
                Test::Text(..) => 30,
                Test::LabelledBy(_) | Test::Predicate(..) | Test::ClassIn(..) => 60,
                Test::Returned(_) => 100,
            },
        }
    }

    fn holds(&self, facts: &Facts, row: &Row) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts, row)),
            Self::All(parts) => parts.iter().all(|part| part.holds(facts, row)),
            Self::Not(inner) => !inner.holds(facts, row),
            Self::One { test, negated } => test.holds(facts, row) != *negated,
        }
    }
}

impl<'a> Test<'a> {
    fn of(on: &'a On, facts: &'a Facts) -> Self {
        let names = &facts.names;
        match on {
            On::Given(fact) => Self::Given(*fact),
            On::Number(fact, bounds) => Self::Number(*fact, bounds),
            On::Class { predicted, classes } => {
                let meant = names.classes.iter().map(|class| classes.contains(class)).collect();
                Self::Code(if *predicted { Code::Predicted } else { Code::Class }, meant)
            }
            On::Author(pattern) => {
                Self::Code(Code::Author, names.people.iter().map(|p| pattern.hold(p.name())).collect())
            }
            On::PredictedBy(pattern) => {
                Self::PredictedBy(names.people.iter().filter(|p| pattern.hold(p.name())).collect())
            }
            On::LabelledBy(pattern) => {
                Self::LabelledBy(names.people.iter().filter(|p| pattern.hold(p.name())).collect())
            }
            On::ClassIn { view, classes } => Self::ClassIn(*view, classes),
            On::Predicate { end, predicates } => Self::Predicate(*end, predicates),
            On::Text(TextFact::Source, pattern) => {
                Self::Code(Code::Source, names.sources.iter().map(|s| pattern.hold(&s.0)).collect())
            }
            On::Text(fact, pattern) => Self::Text(*fact, pattern),
            On::Layer(layers) => {
                Self::Code(Code::Layer, names.layers.iter().map(|id| layers.contains(id)).collect())
            }
            On::State(meant) => Self::State(meant),
            On::Shape(meant) => Self::Shape(meant),
            On::Flag(flag) => Self::Flag(*flag),
            On::Returned(Some(member)) => Self::Returned(member),
            On::Returned(None) => Self::Never,
            On::Attribute(test) => Self::Attribute(test),
            On::HasAttribute(name) => Self::HasAttribute(name),
        }
    }

    fn holds(&self, facts: &Facts, row: &Row) -> bool {
        match self {
            Self::Never => false,
            Self::Given(fact) => given(*fact, facts, row),
            // What is not known is not a number, which no bounds hold.
            Self::Number(fact, bounds) => bounds.hold(number(*fact, facts, row)),
            Self::Code(code, meant) => {
                let place = match code {
                    Code::Class => row.class,
                    Code::Predicted => row.predicted,
                    Code::Author => row.author,
                    Code::Source => row.source,
                    Code::Layer => row.layer,
                };
                meant.get(place as usize).copied().unwrap_or(false)
            }
            Self::State(meant) => {
                ReviewState::ALL.iter().zip(*meant).any(|(state, meant)| *meant && *state == row.state)
            }
            Self::Shape(meant) => meant.get(usize::from(row.shape)).copied().unwrap_or(false),
            Self::Flag(FlagFact::Labelled) => row.label.is_some(),
            Self::Flag(FlagFact::Related) => facts.project.relation_count(row.id) > 0,
            Self::Flag(FlagFact::Misfit) => {
                let mut relations = facts.project.relations_of(row.id);
                relations.any(|(_, relation)| facts.project.is_misfit(relation))
            }
            Self::ClassIn(view, meant) => {
                let label = facts.project.view_label(row.id, *view);
                label.is_some_and(|label| meant.is_empty() || meant.contains(&label.class))
            }
            Self::Predicate(end, meant) => {
                let mut relations = facts.project.relations_of(row.id);
                relations.any(|(_, r)| end.is(row.id, r) && meant.contains(&r.predicate))
            }
            Self::Flag(FlagFact::Settled) => row.state.is_accepted(),
            Self::Flag(FlagFact::Incomplete) => incomplete(facts, row),
            Self::Flag(FlagFact::Differs) => {
                row.class != NONE && row.predicted != NONE && row.class != row.predicted
            }
            Self::PredictedBy(models) => {
                row.prediction.as_ref().is_some_and(|label| models.contains(&&label.author))
            }
            Self::LabelledBy(people) => {
                let mut by = facts.project.labels_of(row.id);
                by.any(|(_, label)| people.contains(&&label.author))
            }
            Self::Text(fact, pattern) => text_holds(*fact, row, pattern),
            Self::Returned(member) => facts.project.returned_to(member, row.id).is_some(),
            Self::Attribute(test) => row.region.attributes.get(&test.name).is_some_and(|v| test.hold(v)),
            Self::HasAttribute(name) => row.region.attributes.contains_key(*name),
        }
    }
}

/// A required attribute of its class has no value that fits.
fn incomplete(facts: &Facts, row: &Row) -> bool {
    let Some((schema, class)) = facts.project.schema().zip(facts.class(row)) else { return false };
    let mut required = schema.attributes_of(class).filter(|attribute| attribute.required);
    required.any(|a| !row.region.attributes.get(&a.name).is_some_and(|value| a.takes(value)))
}

fn given(fact: Fact, facts: &Facts, row: &Row) -> bool {
    match fact {
        Fact::Class => row.class != NONE,
        Fact::Predicted => row.predicted != NONE,
        Fact::Author => row.author != NONE,
        Fact::LabelledBy => row.labels > 0,
        Fact::Layer => row.layer != NONE,
        Fact::Predicate(end) => facts.project.relations_of(row.id).any(|(_, r)| end.is(row.id, r)),
        Fact::Number(fact) => !number(fact, facts, row).is_nan(),
        Fact::Text(TextFact::Note) => row.label.as_ref().is_some_and(|label| !label.note.is_empty()),
        Fact::Text(TextFact::SourceId) => row.region.source_id.is_some(),
        Fact::Always | Fact::Text(TextFact::Source | TextFact::Id) => true,
    }
}

/// NaN where it is not known.
pub(crate) fn number(fact: NumberFact, facts: &Facts, row: &Row) -> f64 {
    let of_label = |value: Option<f64>| value.unwrap_or(f64::NAN);
    match fact {
        NumberFact::Confidence => row.confidence,
        NumberFact::PredictedConfidence => row.predicted_confidence,
        NumberFact::Area => row.area_m2,
        NumberFact::Perimeter => row.perimeter_m,
        NumberFact::Corners => corners(&row.region.geometry) as f64,
        NumberFact::Seconds => of_label(row.label.as_ref().and_then(|l| l.seconds)),
        NumberFact::Disagreement => row.disagreement,
        NumberFact::Labels => f64::from(row.labels),
        NumberFact::Votes => f64::from(row.votes),
        NumberFact::ViewDisagreement => {
            facts.project.view_disagreement(row.id).map_or(f64::NAN, |views| views.share())
        }
        NumberFact::ViewDistance => {
            of_label(facts.project.view_disagreement(row.id).and_then(|v| v.rank_distance))
        }
        NumberFact::SchemaVersion => {
            of_label(row.label.as_ref().and_then(|l| l.schema_version).map(f64::from))
        }
        NumberFact::Relations => facts.project.relation_count(row.id) as f64,
        NumberFact::Doubt => doubt(row),
        NumberFact::Entropy => of_label(row.prediction.as_ref().and_then(|label| label.entropy_bits())),
        NumberFact::Created => created_ms(row.id),
        NumberFact::LabelledAt => of_label(row.label.as_ref().and_then(|l| l.at_ms).map(|ms| ms as f64)),
        NumberFact::Edited => facts.edited_ms(row),
    }
}

/// How surely the prediction says otherwise than the label: 1 sure of another class, 0 sure of the same; a
/// prediction that does not say how sure it is is not at all.
fn doubt(row: &Row) -> f64 {
    if row.class == NONE || row.predicted == NONE {
        return f64::NAN;
    }
    let sure = if row.predicted_confidence.is_nan() { 0.0 } else { row.predicted_confidence };
    f64::midpoint(1.0, if row.class == row.predicted { -sure } else { sure })
}

fn text_holds(fact: TextFact, row: &Row, pattern: &Pattern) -> bool {
    match fact {
        TextFact::Note => {
            let note = row.label.as_ref().map(|label| label.note.as_str()).filter(|note| !note.is_empty());
            note.is_some_and(|note| pattern.hold(note))
        }
        TextFact::Source => pattern.hold(&row.region.source.0),
        TextFact::SourceId => row.region.source_id.as_deref().is_some_and(|id| pattern.hold(id)),
        TextFact::Id => pattern.hold(&row.id.to_string()),
    }
}
