//! Damaged, lying and hostile files: one clear sentence, in bounded time and memory, never a panic.

mod changing;
mod codecs;
mod cubes;
mod forge;
mod lies;
mod mutations;
mod packs;
mod samples;

#[path = "../shared/examine.rs"]
mod examine;
