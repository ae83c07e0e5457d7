//! The workspaces: which panels stand around the map.

pub mod annotate;
pub mod explore;
pub mod review;
