//! How a project is edited: pointer and key events become edits and selections.
//!
//! Five nouns: a [`Tool`] is a state machine that consumes itself at each [`ToolEvent`]; it answers with
//! [`Effect`]s, of which [`Effect::Edit`] alone changes anything; a [`Selection`] is the ordered set of
//! regions that commands act on; a [`Preview`] is what the tool shows meanwhile; a [`Command`] is what the
//! user asks for by menu, key or palette.
//!
//! No window, no clock, no files: the program hands in events and a [`ToolContext`], and carries out the
//! effects.
//!
//! ```
//! use editing::{Effect, Selection, SnapSettings, Tool, ToolContext, ToolEvent, ToolKind};
//! # use project::{Author, IdSource, Project};
//! # use spatial::Viewport;
//! let (project, selection, author) = (Project::new(), Selection::default(), Author::new("Ana"));
//! let viewport = Viewport::new((0.0, 0.0).into(), 1.0, [200.0, 200.0]);
//! let ctx = ToolContext {
//!     project: &project,
//!     viewport: &viewport,
//!     selection: &selection,
//!     selection_box: None,
//!     author: &author,
//!     layer: None,
//!     class: None,
//!     snap: SnapSettings::default(),
//!     px_per_point: 1.0,
//!     at_ms: 0,
//!     align: None,
//!     composite: None,
//!     answer: None,
//!     out_of_reach: &Default::default(),
//! };
//! let mut ids = IdSource::new(0, 1);
//! let mut tool = Tool::new(ToolKind::Polygon);
//! let mut effects = Vec::new();
//! for (x, y) in [(20.0, 20.0), (90.0, 20.0), (90.0, 90.0), (20.0, 20.0)] {
//!     let (next, more) = tool.step(ToolEvent::click(&viewport, (x, y).into()), &ctx, &mut ids);
//!     (tool, effects) = (next, more);
//! }
//! assert!(effects.iter().any(|e| matches!(e, Effect::Edit(_))));
//! ```

mod align;
mod amount;
mod boxes;
mod brush;
pub mod command;
mod context;
mod corners;
mod draw;
mod edits;
mod effect;
mod event;
mod freehand;
mod hit;
mod measure;
mod measurement;
mod navigate;
mod path;
mod preview;
mod relate;
mod reshape;
mod sam;
mod select;
mod selection;
mod shape;
mod shaping;
mod smart;
mod snap;
mod teach;
mod tool;
mod trace;
mod transform;
mod turned;
mod wand;
mod way;
mod wish;

pub use align::{AlignTool, adjustment_source};
pub use amount::{AmountForm, AmountTool, Corners};
pub use boxes::{BoxForm, BoxTool};
pub use brush::BrushTool;
pub use command::{
    CUBE_BANDS, Command, DatasetCommand, EditCommand, FileCommand, FindCommand, Keymap, MapCommand,
    ModelCommand, Pane, QuestionCommand, ReviewCommand, ScreeningCommand, ShapeCommand, Shortcut, Situation,
    Taken, ViewCommand, Workspace,
};
pub use context::{AlignContext, OutOfReach, ToolContext, class_of};
pub use edits::{
    accept_predictions_edit, attribute_edit, delete_edit, label_edit, reject_predictions_edit, unlabel_edit,
    view_label_edit,
};
pub use effect::{Draft, Effect, Unfinished};
pub use event::{Amount, Key, Modifiers, Pointer, PointerButton, ToolEvent};
pub use freehand::FreehandTool;
pub use hit::{region_at, regions_at};
pub use measure::MeasureTool;
pub use measurement::{Both, Measurement};
pub use navigate::ReadingOrder;
pub use path::{PathForm, PathTool};
pub use preview::{Handle, HandleKind, LineStyle, Preview, PreviewLabel, PreviewLine};
pub use relate::{RelateTool, relate_by_new_edit, relate_edit, unrelate_edit};
pub use reshape::{Reshape, Reshaped, SelectedShapes, cut_out_edit, reshape_edit, split_edit};
pub use sam::SamTool;
pub use segment::{Composite, FloodForm as WandForm, Method};
pub use select::SelectTool;
pub use selection::Selection;
pub use shape::VertexRef;
pub use shaping::{Outcome, Shaping};
pub use smart::{SMART_METHODS, SUPERPIXELS_PX, SmartTool};
pub use snap::SnapSettings;
pub use teach::{LEAST_PX, Lesson, Scribble, TeachTool};
pub use tool::{Cursor, Hint, Tool, ToolKind};
pub use transform::{Grip, TransformTool, box_around};
pub use wand::{TOLERANCES, WandTool};
pub use wish::{Answer, Choice, FedBack, Finder, PromptWish, Wish};

#[cfg(test)]
mod tests;
