//! Changes to the shapes of the selection.

use editing::ShapeCommand;

use crate::format;
use crate::frame::Program;
use crate::notice::Tone;

impl Program {
    pub(super) fn run_shape(&mut self, command: ShapeCommand) {
        let at_ms = self.state.now_ms;
        let selected = self.state.selected().to_vec();
        let Some(open) = &mut self.state.project else { return };
        let mut ids = open.session.ids(at_ms).clone();
        let made = editing::reshape_edit(open.session.project(), &mut ids, &selected, command.change());
        *open.session.ids(at_ms) = ids;
        match made {
            Err(why) => self.state.notices.tell(Tone::Info, format!("{why}."), why.hint()),
            Ok(made) => {
                let (selection, left) = (made.selection, made.left);
                if !self.apply(made.edit) {
                    return;
                }
                self.select(selection);
                if let Some((count, why)) = left {
                    let which = format::count(count, "region stays as it was", "regions stay as they were");
                    self.state.notices.tell(Tone::Info, format!("{which}: {}.", lower(&why.to_string())), "");
                }
            }
        }
    }
}

/// The sentence as the rest of another.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
