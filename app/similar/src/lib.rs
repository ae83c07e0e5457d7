//! Which places are alike, given numbers about each: appearances of regions, inner features of a network, spectra.
//!
//! A [`Table`] holds the numbers, a row for each place. [`Components`] are its principal components, [`Neighbours`] the
//! places that lie nearest to each, by exact Euclidean distances; from these follow how far a place lies from all others
//! ([`local_outlier_factor`]), a map on which alike places lie together ([`map_of`], UMAP), and which class a place
//! probably has ([`vote`]), how often that is right on what is labelled ([`examine`]), and the predictions of `model:similar`
//! that a person can accept ([`proposed_labels`]). A [`Study`] asks all of it of some places, [`advise`] of the regions of a project.
//!
//! Nothing here opens a file or looks at imagery. The same numbers and seed give the same results.

mod components;
mod error;
mod grid;
mod layout;
mod nearest;
mod outliers;
mod proposal;
mod study;
mod table;
mod votes;

pub use components::Components;
pub use error::{GoOn, SimilarError};
pub use grid::cells;
pub use layout::{Layout, map_of};
pub use nearest::{Among, Neighbours, neighbours, neighbours_among};
pub use outliers::{local_outlier_factor, mean_distances};
pub use proposal::{AUTHOR, Proposed, Suggestion, proposed_labels};
pub use study::{Advice, Projection, Study, Wanted, advise, labels_of};
pub use table::{Scaling, Table};
pub use votes::{Examined, blocks_of, examine, vote};
