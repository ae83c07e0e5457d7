//! Tests of the store by its public doors.

mod damage;
mod fixture;
mod locking;
mod round_trip;
mod writing;
