//! Going over an image cell by cell, with proof of what was looked at.
//!
//! Four nouns: a [`Screening`] is a plan over one layer, a grid of cells laid in its pixels; [`Cells`] are those
//! of its cells that are to be looked at, in the order of the path; a [`Visit`] is what one member saw and says
//! of cells, an entry of the journal like a vote; [`Progress`] is what follows from all of them.
//!
//! Cells and their order are never stored: the plan alone says them.

mod grid;
mod meets;
mod plan;
mod progress;
mod rules;
mod seen;
mod visit;

pub use grid::{Cells, Grid};
pub use plan::{Area, CellPath, Screening, add_screening_edit, remove_screening_edit, rename_screening_edit};
pub use progress::{MemberProgress, Progress, is_free, next_free};
pub(crate) use rules::Screenings;
pub use rules::violations;
pub use seen::{SIDE, Seen};
pub use visit::{CellState, Look, Standing, Visit};

/// A cell by its place in the grid: row after row from the upper left, whether or not it is looked at.
pub type CellNumber = u32;
