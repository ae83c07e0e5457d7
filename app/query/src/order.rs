//! Rows by a column, and what stands in a cell.

use std::cmp::Ordering;
use std::fmt::Write as _;

use project::review::ReviewState;
use project::{AttributeValue, ClassCode};
use rayon::prelude::*;

use crate::evaluate::number;
use crate::facts::{Facts, Row, SHAPES};
use crate::test::NumberFact;

/// A column of the table of regions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Place in an order that the caller has, such as that of reading.
    Place,
    Class,
    Area,
    Perimeter,
    Author,
    Confidence,
    State,
    Disagreement,
    Predicted,
    PredictedConfidence,
    LabelledAt,
    Created,
    Edited,
    Seconds,
    Note,
    Layer,
    Source,
    SourceId,
    Shape,
    Corners,
    Votes,
    /// How it stands to others, and they to it, in words.
    Relation,
    /// How many relations it has.
    Relations,
    /// The share of pairs of its views whose labels differ.
    ViewDisagreement,
    /// The version of the classes that its label was given under.
    SchemaVersion,
    /// How surely the prediction says otherwise than the label.
    Doubt,
    /// How undecided the prediction is, in bits.
    Entropy,
    /// Which model the prediction is of.
    PredictedBy,
    Id,
    Attribute(String),
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Nothing,
    Text(String),
    Number(f64),
    /// Unix milliseconds.
    Time(i64),
    Flag(bool),
}

impl Column {
    /// Every column but attributes.
    pub const ALL: [Self; 29] = [
        Self::Place,
        Self::Class,
        Self::Area,
        Self::Perimeter,
        Self::Author,
        Self::Confidence,
        Self::State,
        Self::Disagreement,
        Self::Predicted,
        Self::PredictedConfidence,
        Self::LabelledAt,
        Self::Created,
        Self::Edited,
        Self::Seconds,
        Self::Note,
        Self::Layer,
        Self::Source,
        Self::SourceId,
        Self::Shape,
        Self::Corners,
        Self::Votes,
        Self::Relation,
        Self::Relations,
        Self::ViewDisagreement,
        Self::SchemaVersion,
        Self::Doubt,
        Self::Entropy,
        Self::PredictedBy,
        Self::Id,
    ];

    /// The name in files and in queries, where it has one there.
    pub fn key(&self) -> &str {
        match self {
            Self::Place => "number",
            Self::Class => "class",
            Self::Area => "area_m2",
            Self::Perimeter => "perimeter_m",
            Self::Author => "author",
            Self::Confidence => "confidence",
            Self::State => "state",
            Self::Disagreement => "disagreement",
            Self::Predicted => "predicted",
            Self::PredictedConfidence => "predicted_confidence",
            Self::LabelledAt => "labelled_at",
            Self::Created => "created",
            Self::Edited => "edited",
            Self::Seconds => "seconds",
            Self::Note => "note",
            Self::Layer => "layer",
            Self::Source => "source",
            Self::SourceId => "source_id",
            Self::Shape => "shape",
            Self::Corners => "corners",
            Self::Votes => "votes",
            Self::Relation => "relation",
            Self::Relations => "relations",
            Self::ViewDisagreement => "view_disagreement",
            Self::SchemaVersion => "schema_version",
            Self::Doubt => "doubt",
            Self::Entropy => "entropy",
            Self::PredictedBy => "predicted_by",
            Self::Id => "id",
            Self::Attribute(name) => name,
        }
    }

    /// The column of a name; any other name is an attribute's.
    pub fn of(key: &str) -> Self {
        let known = Self::ALL.into_iter().find(|column| column.key() == key);
        known.unwrap_or_else(|| Self::Attribute(key.strip_prefix("attribute.").unwrap_or(key).to_owned()))
    }

    /// True for numbers, which stand at the right.
    pub fn is_number(&self) -> bool {
        self.number_fact().is_some_and(|fact| !is_time(fact)) || *self == Self::Place
    }

    fn number_fact(&self) -> Option<NumberFact> {
        Some(match self {
            Self::Area => NumberFact::Area,
            Self::Perimeter => NumberFact::Perimeter,
            Self::Confidence => NumberFact::Confidence,
            Self::Disagreement => NumberFact::Disagreement,
            Self::PredictedConfidence => NumberFact::PredictedConfidence,
            Self::LabelledAt => NumberFact::LabelledAt,
            Self::Created => NumberFact::Created,
            Self::Edited => NumberFact::Edited,
            Self::Seconds => NumberFact::Seconds,
            Self::Corners => NumberFact::Corners,
            Self::Votes => NumberFact::Votes,
            Self::Relations => NumberFact::Relations,
            Self::ViewDisagreement => NumberFact::ViewDisagreement,
            Self::SchemaVersion => NumberFact::SchemaVersion,
            Self::Doubt => NumberFact::Doubt,
            Self::Entropy => NumberFact::Entropy,
            _ => return None,
        })
    }

    /// What stands in a row. [`Column::Place`] is the caller's and gives nothing.
    pub fn cell(&self, facts: &Facts, row: &Row) -> Cell {
        if let Some(fact) = self.number_fact() {
            let value = number(fact, facts, row);
            return match (value.is_nan(), is_time(fact)) {
                (true, _) => Cell::Nothing,
                (false, true) => Cell::Time(value as i64),
                (false, false) => Cell::Number(value),
            };
        }
        let text = |text: Option<&str>| text.map_or(Cell::Nothing, |text| Cell::Text(text.to_owned()));
        match self {
            Self::Class => text(facts.class(row).map(ClassCode::as_str)),
            Self::Predicted => text(facts.predicted(row).map(ClassCode::as_str)),
            Self::PredictedBy => text(row.prediction.as_ref().map(|label| label.author.name())),
            Self::Author => text(row.label.as_ref().map(|label| label.author.name())),
            Self::State => text(Some(row.state.key())),
            Self::Note => text(row.label.as_ref().map(|l| l.note.as_str()).filter(|note| !note.is_empty())),
            Self::Layer => {
                let layer = row.region.layer.and_then(|id| facts.project.layers().get(&id));
                text(layer.map(|layer| layer.name.as_str()))
            }
            Self::Source => text(Some(&row.region.source.0)),
            Self::SourceId => text(row.region.source_id.as_deref()),
            Self::Shape => text(SHAPES.get(usize::from(row.shape)).copied()),
            Self::Relation => text(relations(facts, row).as_deref()),
            Self::Id => Cell::Text(row.id.to_string()),
            Self::Attribute(name) => match row.region.attributes.get(name) {
                None => Cell::Nothing,
                Some(AttributeValue::Boolean(yes)) => Cell::Flag(*yes),
                Some(AttributeValue::Integer(n)) => Cell::Number(*n as f64),
                Some(AttributeValue::Number(n)) => Cell::Number(*n),
                Some(AttributeValue::Text(words)) => Cell::Text(words.clone()),
                Some(AttributeValue::Json(json)) => Cell::Text(json.to_string()),
            },
            _ => Cell::Nothing,
        }
    }
}

/// The predicates by which a region stands to others, then those by which others stand to it, each once.
fn relations(facts: &Facts, row: &Row) -> Option<String> {
    let mut words: Vec<(bool, &str)> = facts
        .project
        .relations_of(row.id)
        .map(|(_, relation)| (relation.from != row.id, relation.predicate.as_str()))
        .collect();
    words.sort_unstable();
    words.dedup();
    let words: Vec<String> = words
        .into_iter()
        .map(|(back, word)| if back { format!("← {word}") } else { format!("{word} →") })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn is_time(fact: NumberFact) -> bool {
    matches!(fact, NumberFact::Created | NumberFact::LabelledAt | NumberFact::Edited)
}

/// How rows are sorted; what has no value comes last either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub column: Column,
    pub descending: bool,
}

impl Order {
    /// Sorts places of rows; equal ones stay in the order of identities. `place`: where a row is in the order
    /// that [`Column::Place`] means, by its place among the facts.
    pub fn sort(&self, facts: &Facts, rows: &mut Vec<u32>, place: impl Fn(u32) -> u32 + Sync) {
        let row = |at: u32| &facts.rows[at as usize];
        match &self.column {
            Column::Place => self.by_number(rows, |at| f64::from(place(at))),
            column if column.number_fact().is_some() => {
                let fact = column.number_fact().unwrap_or(NumberFact::Area);
                self.by_number(rows, |at| number(fact, facts, row(at)));
            }
            // Where a case stands and what it is have an order of their own.
            Column::State => {
                let ranks =
                    |state: ReviewState| ReviewState::ALL.iter().position(|s| *s == state).unwrap_or(0);
                self.by_number(rows, |at| ranks(row(at).state) as f64);
            }
            Column::Class => self.by_number(rows, |at| code(row(at).class)),
            Column::Predicted => self.by_number(rows, |at| code(row(at).predicted)),
            Column::Author => {
                let ranks = ranks(&facts.names.people, |person| person.name().to_lowercase());
                self.by_number(rows, |at| rank(&ranks, row(at).author));
            }
            Column::Source => {
                let ranks = ranks(&facts.names.sources, |source| source.0.to_lowercase());
                self.by_number(rows, |at| rank(&ranks, row(at).source));
            }
            Column::Layer => {
                let ranks = ranks(&facts.names.layers, |id| {
                    facts.project.layers().get(id).map(|layer| layer.name.to_lowercase())
                });
                self.by_number(rows, |at| rank(&ranks, row(at).layer));
            }
            column => {
                let mut keyed: Vec<(Key, u32)> =
                    rows.par_iter().map(|at| (Key::of(column.cell(facts, row(*at))), *at)).collect();
                keyed.par_sort_unstable_by(|a, b| self.compare(&a.0, &b.0).then(a.1.cmp(&b.1)));
                *rows = keyed.into_iter().map(|(_, at)| at).collect();
            }
        }
    }

    fn by_number(&self, rows: &mut Vec<u32>, of: impl Fn(u32) -> f64 + Sync) {
        let mut keyed: Vec<(f64, u32)> = rows.par_iter().map(|at| (of(*at), *at)).collect();
        keyed.par_sort_unstable_by(|a, b| {
            let by_value = match (a.0.is_nan(), b.0.is_nan()) {
                (false, false) if self.descending => b.0.total_cmp(&a.0),
                (false, false) => a.0.total_cmp(&b.0),
                (a, b) => a.cmp(&b),
            };
            by_value.then(a.1.cmp(&b.1))
        });
        *rows = keyed.into_iter().map(|(_, at)| at).collect();
    }

    fn compare(&self, a: &Key, b: &Key) -> Ordering {
        match (a, b) {
            (Key::Nothing, Key::Nothing) => Ordering::Equal,
            (Key::Nothing, _) => Ordering::Greater,
            (_, Key::Nothing) => Ordering::Less,
            _ if self.descending => b.by_value(a),
            _ => a.by_value(b),
        }
    }
}

fn code(place: u32) -> f64 {
    if place == crate::facts::NONE { f64::NAN } else { f64::from(place) }
}

fn rank(ranks: &[f64], place: u32) -> f64 {
    ranks.get(place as usize).copied().unwrap_or(f64::NAN)
}

/// The place of each name among them all in the alphabet.
fn ranks<T, K: Ord>(names: &[T], key: impl Fn(&T) -> K) -> Vec<f64> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|i| key(&names[*i]));
    let mut ranks = vec![0.0; names.len()];
    order.into_iter().enumerate().for_each(|(rank, i)| ranks[i] = rank as f64);
    ranks
}

/// What cells of mixed types are sorted by: numbers before texts.
enum Key {
    Number(f64),
    Text(String),
    Nothing,
}

impl Key {
    fn of(cell: Cell) -> Self {
        match cell {
            Cell::Nothing => Self::Nothing,
            Cell::Number(n) => Self::Number(n),
            Cell::Time(ms) => Self::Number(ms as f64),
            Cell::Flag(yes) => Self::Number(f64::from(u8::from(yes))),
            Cell::Text(text) => Self::Text(text.to_lowercase()),
        }
    }

    fn by_value(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

/// Cells as a line of a CSV file, its end included; times as ISO 8601 in UTC.
pub fn csv_line(cells: impl Iterator<Item = Cell>) -> String {
    let mut line = String::new();
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            line.push(',');
        }
        match cell {
            Cell::Nothing => {}
            Cell::Number(n) => line.push_str(&n.to_string()),
            Cell::Flag(yes) => line.push_str(if yes { "yes" } else { "no" }),
            Cell::Time(ms) => {
                if let Ok(at) = jiff::Timestamp::from_millisecond(ms) {
                    line.push_str(&at.to_string());
                }
            }
            Cell::Text(text) => {
                let plain = !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
                // A spreadsheet would take these for formulas.
                let formula = text.starts_with(['=', '+', '-', '@']);
                match (plain, formula) {
                    (true, false) => line.push_str(&text),
                    (_, formula) => {
                        let mark = if formula { "'" } else { "" };
                        // Writing to a string cannot fail.
                        let _ = write!(line, "\"{mark}{}\"", text.replace('"', "\"\""));
                    }
                }
            }
        }
    }
    line.push('\n');
    line
}
