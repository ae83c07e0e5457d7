//! One test of a condition, its words understood.

use std::collections::BTreeSet;

use project::{AttributeValue, Author, ClassCode, LayerId, PredicateCode, RegionId, Relation};

/// What a number is held against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bounds {
    /// Less than this.
    Below(f64),
    UpTo(f64),
    Above(f64),
    From(f64),
    /// In one of these spans, the end of each left out.
    Within(Vec<(f64, f64)>),
}

impl Bounds {
    pub(crate) fn hold(&self, value: f64) -> bool {
        match self {
            Self::Below(limit) => value < *limit,
            Self::UpTo(limit) => value <= *limit,
            Self::Above(limit) => value > *limit,
            Self::From(limit) => value >= *limit,
            Self::Within(spans) => spans.iter().any(|(from, to)| value >= *from && value < *to),
        }
    }
}

/// What a text is held against; case never counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    /// One of these, in small letters.
    Is(Vec<String>),
    /// This somewhere in it, in small letters.
    Has(String),
    Below(String),
    UpTo(String),
    Above(String),
    From(String),
}

impl Pattern {
    pub(crate) fn hold(&self, text: &str) -> bool {
        match self {
            Self::Is(texts) => texts.iter().any(|wanted| same(wanted, text)),
            Self::Has(part) => has(part, text),
            Self::Below(limit) => text.to_lowercase() < *limit,
            Self::UpTo(limit) => text.to_lowercase() <= *limit,
            Self::Above(limit) => text.to_lowercase() > *limit,
            Self::From(limit) => text.to_lowercase() >= *limit,
        }
    }
}

/// Equal but for case; `small` is in small letters.
fn same(small: &str, text: &str) -> bool {
    if small.is_ascii() && text.is_ascii() {
        small.eq_ignore_ascii_case(text)
    } else {
        small == text.to_lowercase()
    }
}

fn has(small: &str, text: &str) -> bool {
    text.to_lowercase().contains(small)
}

/// What an attribute is held against, whatever its type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AttributeTest {
    pub(crate) name: String,
    /// For booleans, where the values say yes or no.
    pub(crate) flags: Vec<bool>,
    /// For numbers, where the values are numbers.
    pub(crate) bounds: Option<Bounds>,
    /// For texts.
    pub(crate) pattern: Option<Pattern>,
}

impl AttributeTest {
    pub(crate) fn hold(&self, value: &AttributeValue) -> bool {
        let number = |n: f64| self.bounds.as_ref().is_some_and(|bounds| bounds.hold(n));
        let words = |text: &str| self.pattern.as_ref().is_some_and(|pattern| pattern.hold(text));
        match value {
            AttributeValue::Boolean(yes) => self.flags.contains(yes),
            AttributeValue::Integer(n) => self.compares(*n as f64, number, || words(&n.to_string())),
            AttributeValue::Number(n) => self.compares(*n, number, || words(&n.to_string())),
            AttributeValue::Text(text) => match text.trim().parse::<f64>() {
                // Files often keep numbers as texts.
                Ok(n) if self.bounds.is_some() => number(n) || (self.is_equality() && words(text)),
                _ => words(text),
            },
            AttributeValue::Json(json) => words(&json.to_string()),
        }
    }

    fn compares(&self, n: f64, number: impl Fn(f64) -> bool, words: impl Fn() -> bool) -> bool {
        match &self.pattern {
            Some(Pattern::Has(_)) => words(),
            _ => number(n),
        }
    }

    fn is_equality(&self) -> bool {
        matches!(self.pattern, Some(Pattern::Is(_) | Pattern::Has(_)))
    }
}

/// A test on the facts of one region. Where there is no value it does not hold, unless `negated`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Check {
    pub(crate) on: On,
    pub(crate) negated: bool,
}

/// What is looked at, and what it is held against.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum On {
    /// There is a value.
    Given(Fact),
    Number(NumberFact, Bounds),
    /// One of these classes, those below them included.
    Class {
        predicted: bool,
        classes: BTreeSet<ClassCode>,
    },
    /// It is in a relation by one of these.
    Predicate {
        end: End,
        predicates: BTreeSet<PredicateCode>,
    },
    /// What one view of it is said to show, one of these classes; none: anything.
    ClassIn {
        view: LayerId,
        classes: BTreeSet<ClassCode>,
    },
    Author(Pattern),
    PredictedBy(Pattern),
    LabelledBy(Pattern),
    Text(TextFact, Pattern),
    Layer(BTreeSet<LayerId>),
    /// By the places of [`project::review::ReviewState::ALL`].
    State(Vec<bool>),
    /// By the places of [`crate::facts::SHAPES`].
    Shape(Vec<bool>),
    Flag(FlagFact),
    /// It came back from review to this person.
    Returned(Option<Author>),
    Attribute(AttributeTest),
    /// There is such an attribute.
    HasAttribute(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// There is always one.
    Always,
    Class,
    Predicted,
    Author,
    LabelledBy,
    Layer,
    Predicate(End),
    Number(NumberFact),
    Text(TextFact),
}

/// At which end of a relation a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Either,
    From,
    To,
}

impl End {
    pub(crate) fn is(self, region: RegionId, relation: &Relation) -> bool {
        match self {
            Self::Either => true,
            Self::From => relation.from == region,
            Self::To => relation.to == region,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberFact {
    Confidence,
    PredictedConfidence,
    Area,
    Perimeter,
    Corners,
    Seconds,
    Disagreement,
    Labels,
    Votes,
    Relations,
    ViewDisagreement,
    ViewDistance,
    SchemaVersion,
    Doubt,
    Entropy,
    Created,
    LabelledAt,
    Edited,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFact {
    Note,
    Source,
    SourceId,
    Id,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlagFact {
    Labelled,
    Settled,
    Differs,
    Incomplete,
    Related,
    Misfit,
}
