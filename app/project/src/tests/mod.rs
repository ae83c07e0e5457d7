//! Tests of the whole project by its public doors.

mod agreement;
mod alignment;
mod assignment;
mod course;
pub(crate) mod fixture;
mod history;
mod merging;
mod questions;
mod relations;
mod remarks;
mod responses;
mod returned;
mod review;
mod rules;
mod screening;
mod size;
mod tree;
mod verdicts;
mod views;
