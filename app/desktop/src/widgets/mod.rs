//! Small widgets that the panels are made of. Each takes its colours and sizes from the theme and has a
//! name for screen readers and tests.

mod button;
mod chart;
mod chip;
mod choice;
mod field;
mod key;
mod progress;
mod section;
mod tabs;
mod typed;

pub(crate) use button::paint_icon;
pub use button::{IconButton, default_button, menu_item, palette_item, primary_button, text_button};
pub use chart::{chart, draw_chart, whole};
pub use chip::{class_swatch, paint_hatch};
pub use choice::combo;
pub use field::{dialog, field};
pub use key::key_hint;
pub use progress::thin_progress;
pub use section::{hairline, section, value_row};
pub use tabs::tab;
pub use typed::{caret, marked, trouble};
