//! Whole sessions with pointer and keys.

mod align;
mod desk;
mod edits;
mod measure;
mod polygon;
mod random;
mod relate;
mod sam;
mod select;
mod shapes;
mod smart;
mod teach;
mod wand;
