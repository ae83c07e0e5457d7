//! The window of Orthoscope.
//!
//! Five nouns: the [`State`](state::State) is everything that is shown, as plain values; panels are functions
//! of it that push [`Ask`](outbox::Ask)s; the [`Program`](frame::Program) runs a frame in five steps and
//! carries asks out (`run/`); [`map`] brings tiles to the renderer and its picture into the window; the
//! [`Theme`](theme::Theme) is the only source of colours and sizes.
//!
//! ```no_run
//! desktop::run(desktop::LaunchOptions { files: vec!["post.tif".into()], ..Default::default() })?;
//! # Ok::<(), anyhow::Error>(())
//! ```

pub mod alignment;
pub mod alike;
pub mod asking;
pub mod attention;
pub mod bookmarks;
pub mod cards;
pub mod classes;
pub mod commands;
pub mod committee;
pub mod counts;
pub mod cube;
pub mod destination;
pub mod exchange;
pub mod finder;
pub mod fonts;
pub mod format;
pub mod frame;
pub mod given;
pub mod gpu;
pub mod icons;
pub mod inquiry;
pub mod interview;
pub mod joining;
pub mod journal;
mod launch;
pub mod looks;
pub mod map;
pub mod models;
pub mod notice;
pub mod offscreen;
pub mod outbox;
pub mod panels;
pub mod paper;
pub mod paper_draft;
pub mod picture_draft;
pub mod preferences;
mod probe;
pub mod products;
pub mod proposing;
pub mod relating;
pub mod returned;
pub mod review;
mod run;
pub mod sam;
pub mod schema_draft;
pub mod screening;
pub mod sharing;
pub mod spectra;
pub mod state;
pub mod teaching;
pub mod theme;
pub mod trace;
mod value_ranges;
pub mod widgets;
pub mod window_size;
pub mod work;
pub mod workspaces;

#[cfg(test)]
mod tests;

pub use launch::{LaunchOptions, data_folder, run};
