//! The window of Orthoscope.

pub mod fonts;
pub mod format;
pub mod gpu;
pub mod icons;
pub mod notice;
pub mod preferences;
pub mod theme;
pub mod widgets;
