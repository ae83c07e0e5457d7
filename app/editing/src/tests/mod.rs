//! Whole sessions with pointer and keys.

mod desk;
mod edits;
mod measure;
mod polygon;
mod random;
mod select;
