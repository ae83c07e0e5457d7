//! How well people agree, and what they say together.
//!
//! A [`Table`] holds who gave which case which category; missing ratings are missing, not a category.
//! [`Live`] keeps its sums so that one more vote costs one case and not the table, [`Agreement`] is every
//! coefficient, [`intervals`] says how far they can be trusted, [`fuse`] makes one answer of many with what
//! it thinks of each member, and [`shapes`] compares outlines.
//!
//! Nothing here knows a project, a window or a file. Every result is a function of its arguments: the same
//! table and seed give the same numbers, to the bit.

mod bootstrap;
mod coefficients;
mod draw;
mod figures;
pub mod fusion;
mod live;
pub mod shapes;
mod sums;
mod table;
mod tally;
mod words;

pub use bootstrap::{Intervals, intervals};
pub use coefficients::{Metric, Weight, cohen_kappa, fleiss_kappa, gwet, krippendorff_alpha, percent};
pub use figures::{Agreement, Alpha, ClassAgreement, Gwet, MemberAgreement, PairAgreement};
pub use fusion::{Answer, Fused, FusionError, Limits, Method, Reliability, fuse};
pub use live::Live;
pub use sums::Sums;
pub use table::{Category, Rating, Table};
pub use tally::Tally;
pub use words::Coefficient;
