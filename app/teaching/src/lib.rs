//! Takes what people labelled to networks, and what networks say to the project.
//!
//! Five nouns: a [`Field`] is a layer on the grid of a model, with the regions that lie on it; a [`Syllabus`] says what is
//! learnt and from what; [`Split`] says what is held out; [`Material`] is the chips that follow from both; and a
//! [`Proposal`] is what a model says, ready to become an edit of the project: predictions of the author `model:<id>`, which
//! never touch a person's label.
//!
//! Nothing here opens project files or windows, and nothing knows how a network works.

mod field;
mod material;
mod proposal;
mod split;
mod syllabus;

pub use field::{Field, FieldError, Shape, View};
pub use material::{LayerChips, Material};
pub use proposal::{Asked, Proposal, author_of, proposed_regions, proposed_verdicts};
pub use split::{Sides, Split};
pub use syllabus::{Grid, Syllabus, Task};

/// The families of networks that there are.
pub fn families() -> [&'static dyn learning::Family; 2] {
    [&unet::UNetFamily, &farseg::FarSegFamily]
}
