//! Questions: the list, what a question rests on, and the editor.

mod answer;
mod drafting;
mod editor;
mod evidence;
mod inquiry;
mod interview;
mod kept;
mod list;
mod reply;
mod scores;
mod verdict;

use egui::{RichText, Ui};
use project::{QuestionId, ResponseId};

pub use editor::editor;
pub use evidence::evidence;
pub use inquiry::inquiry;
pub use list::list;
pub use scores::scores;

use crate::state::State;

/// What is pulled from one place of these panels to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pulled {
    /// A kept answer.
    Response(ResponseId),
    /// The card at this place of the evidence.
    Card(usize),
}

/// True while the question in the editor is somebody else's and the member has to answer before they see its answer.
pub fn is_blind(state: &State) -> bool {
    let blind = |id: QuestionId| {
        let project = state.content()?;
        Some(!project.answer_visible_to(&state.author(), id))
    };
    state.asking.chosen.and_then(blind).unwrap_or(false)
}

fn quiet(ui: &mut Ui, state: &State, text: &str) {
    ui.add(egui::Label::new(RichText::new(text).color(*state.theme.color.muted)).wrap());
}

fn heading(ui: &mut Ui, state: &State, text: &str) {
    ui.add_space(4.0);
    let small = crate::fonts::medium(state.theme.size.small);
    ui.label(RichText::new(text).font(small).color(*state.theme.color.muted));
}
