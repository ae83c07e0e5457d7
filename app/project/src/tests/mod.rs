//! Tests of the whole project by its public doors.

mod agreement;
mod fixture;
mod history;
mod review;
mod rules;
