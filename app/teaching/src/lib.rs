//! Takes what people labelled to networks, and what networks say to the project.
//!
//! Six nouns: a [`Field`] is a layer on the grid of a model, with the regions that lie on it; a [`Plan`] is a training as
//! it was [`Wanted`], ready to be taught: which classes ([`Syllabus`]), from which chips ([`Material`]), and what is held
//! out ([`Split`]); a model that can be asked is [`Ready`], whether it was taught here or is an ONNX file of the user's own; a [`Visit`] takes it to a layer; and a [`Proposal`] is what it says, ready to become an edit of the
//! project: predictions of the author `model:<id>`, which never touch a person's label.
//!
//! Nothing here opens project files or windows, and nothing knows how a network works.

mod field;
mod material;
mod plan;
mod proposal;
mod ready;
mod split;
mod syllabus;
mod visit;

pub use field::{Field, FieldError, Shape, View};
pub use material::{LayerChips, Material};
pub use plan::{Occasion, Outlook, Pace, Plan, Progress, Wanted};
pub use proposal::{Asked, Proposal, author_of, proposed_regions, proposed_verdicts};
pub use ready::{Ready, described, is_model, is_own, runtime};
pub use split::{Sides, Split};
pub use syllabus::{Grid, Syllabus, Task};
pub use visit::{Said, Visit, area_in_pixels};

/// The families of networks that there are.
pub fn families() -> [&'static dyn learning::Family; 2] {
    [&unet::UNetFamily, &farseg::FarSegFamily]
}
