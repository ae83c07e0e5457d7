//! Whole sessions with pointer and keys.

mod desk;
mod edits;
mod polygon;
mod random;
mod select;
