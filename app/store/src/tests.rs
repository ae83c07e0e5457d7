//! Tests of the store by its public doors.

mod adjustments;
mod crash;
mod damage;
mod fixture;
mod locking;
mod round_trip;
mod samples;
mod writing;
