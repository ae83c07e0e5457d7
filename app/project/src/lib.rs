//! The edited thing of Orthoscope, its rules, and the only way to change it.
//!
//! Five nouns: a [`Project`] holds layers, regions, labels, adjustments, a schema and votes; an [`Edit`] is the only
//! way to change it and knows how to undo itself; an [`Entry`] is one line of the journal (an edit, the
//! reversal of an earlier entry, a vote on a case or a question, a visit to cells of a [`screening`], what a service
//! answered, who a [`Member`] is, what somebody says to others: a [`Remark`](remark::Remark), or that other copies were joined: [`merging::Merge`]); the [`History`] says what undo and redo would take back; and
//! [`review`] derives the state of every case from labels, votes and a rule.
//!
//! Nothing here knows a clock, a thread, a file or a window: the same journal always gives the same
//! project.

mod adjustment;
mod ahead;
pub mod alignment;
pub mod assignment;
mod attribute;
mod check;
mod deed;
mod edit;
mod feature;
mod hex;
mod history;
mod ids;
mod label;
mod layer;
mod member;
pub mod merging;
mod migration;
mod naming;
mod parts;
mod predicates;
mod project;
pub mod question;
mod region;
mod relation;
pub mod remark;
mod response;
pub mod review;
mod schema;
pub mod screening;
mod shares;
mod tree;
mod trial;
mod views;
mod words;
mod work_list;

pub use adjustment::Adjustment;
pub use ahead::{Ahead, Base};
pub use attribute::{Attribute, AttributeKind};
pub use check::violations;
pub use deed::{Deed, Part};
pub use edit::{Change, Edit, EditError, Touched};
pub use feature::{CoordinateSpace, Feature};
pub use hex::{EntryHash, MemberKey, NotHex, Salt, Seal};
pub use history::{Entry, EntryBody, History, Line, Seq, What};
pub use ids::{
    AdjustmentId, AssignmentId, ConflictId, IdSource, LabelId, LayerId, QuestionId, RegionId, RelationId,
    RemarkId, ResponseId, RunId, ScreeningId, VoteId,
};
pub use label::{Author, ClassCode, Label};
pub use layer::{Layer, LayerRole, add_layer_edit, relink_layer_edit};
pub use member::{Member, Role};
pub use migration::{Migration, Moved};
pub use predicates::Leftover;
pub use project::{Project, Settings};
pub use question::{Question, Run};
pub use region::{AttributeValue, GeometrySource, Region};
pub use relation::{Predicate, PredicateCode, Relation, anchor};
pub use response::{Body, LONGEST_BODY, LONGEST_REQUEST, NoKey, RequestKey, Response};
pub use schema::{Class, Hatch, Schema, SchemaError};
pub use shares::shares_in_words;
pub use tree::{LANES, StateId, Tree, TreeRow};
pub use trial::Refusal;
pub use views::ViewDisagreement;
pub use work_list::{WorkList, keep_list_edit, remove_list_edit};

#[cfg(test)]
mod tests;
