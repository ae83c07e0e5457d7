//! The SAM family as it is used: weights from files, and answers as published implementations give them.

mod checkpoints;
mod common;
mod taught;
mod torch;
