//! A project on a server, tried on a PostgreSQL of its own that each run of the tests starts and stops.

mod attacks;
mod blindness;
mod cluster;
mod crowd;
mod cuts;
mod desks;
mod exchange;
mod live;
