//! One file per subcommand.

pub(crate) mod add;
pub(crate) mod agreement;
pub(crate) mod align;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod fuse;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod info;
pub(crate) mod label;
pub(crate) mod list;
pub(crate) mod new;
pub(crate) mod open;
pub(crate) mod product;
pub(crate) mod query;
pub(crate) mod relate;
pub(crate) mod render;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod schema;
pub(crate) mod screening;
pub(crate) mod spectrum;
pub(crate) mod stats;
pub(crate) mod verify;
pub(crate) mod vote;
