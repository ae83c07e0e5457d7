//! Which regions a condition in words holds for, in which order, and what they sum up to.
//!
//! Five nouns: a [`Query`] is what was typed, read and written back in one way; a [`Vocabulary`] is what the
//! words can mean in one project; a [`Condition`] is a query whose words are known to mean something;
//! [`Facts`] are all that is asked about each region, in one flat table; and an [`Order`] is how rows of it
//! are sorted.
//!
//! ```
//! use query::{Asker, Condition, Facts, Needs, Query, Vocabulary};
//! use project::{Change, Edit, Project, Schema};
//!
//! let mut project = Project::new();
//! project.apply(&Edit::Schema(Change::create((), Schema::joint_damage_scale()))).unwrap();
//! let query = Query::parse("class = destroyed and area_m2 > 200 and not settled").unwrap();
//! let condition = Condition::new(&query, &Vocabulary::of(&project), &Asker::default()).unwrap();
//! let facts = Facts::of(&project, condition.needs());
//! assert!(condition.rows(&facts).is_empty(), "there are no regions yet");
//! let wrong = Query::parse("class = destroied").unwrap();
//! let error = Condition::new(&wrong, &Vocabulary::of(&project), &Asker::default()).unwrap_err();
//! assert_eq!(error.pointed("class = destroied"), "class = destroied\n        ^^^^^^^^^");
//! ```
//!
//! Nothing here knows a window, a file or a clock; what is wrong is said with its place in the text
//! ([`QueryError`]).

mod bind;
mod complete;
mod evaluate;
mod facts;
mod field;
mod ground;
mod lexer;
mod order;
mod parse;
mod print;
mod proposals;
mod statistics;
mod test;
mod time;
mod vocabulary;

pub use bind::{Asker, Condition};
pub use complete::{Completion, completions};
pub use expression::ExpressionError as QueryError;
pub use facts::{Facts, Needs, Row, edited_at, take_edits};
pub use field::{FIELDS, Field, FieldId};
pub use lexer::is_bare as is_word;
pub use order::{Cell, Column, Order, csv_line};
pub use parse::Query;
pub use print::value as value_text;
pub use proposals::{ProposalOrder, Proposed, proposals, waits};
pub use statistics::{ClassSum, Sums, sums};
pub use vocabulary::Vocabulary;

#[cfg(test)]
mod tests;
