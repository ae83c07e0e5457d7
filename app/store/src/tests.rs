//! Tests of the store by its public doors.

mod adjustments;
mod backups;
mod carried;
mod crash;
mod damage;
mod fixture;
mod handed;
mod hits;
mod hour;
mod locking;
mod merging;
mod packed;
mod questions;
mod relations;
mod responses;
mod round_trip;
mod samples;
mod screening;
mod vanished;
mod views;
mod writing;
