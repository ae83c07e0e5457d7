//! Relations between regions.

use editing::{relate_by_new_edit, relate_edit, unrelate_edit};
use project::{PredicateCode, RegionId};

use crate::frame::Program;
use crate::relating::{RelateAsk, RelationOffer};

impl Program {
    /// An arrow was drawn from region to region: asks what it says.
    pub(super) fn ask_relation(&mut self, ends: [RegionId; 2]) {
        let relating = &mut self.state.relating;
        (relating.asked, relating.marked) = (Some(ends), 0);
        relating.typed.clear();
    }

    /// Closes the question; true when it was open.
    pub(crate) fn close_relating(&mut self) -> bool {
        self.state.relating.asked.take().is_some()
    }

    pub(super) fn relate(&mut self, ask: RelateAsk) {
        let relating = &mut self.state.relating;
        match ask {
            RelateAsk::Typed(text) => (relating.typed, relating.marked) = (text, 0),
            RelateAsk::Mark(at) => relating.marked = at,
            RelateAsk::Turn => {
                if let Some([from, to]) = relating.asked {
                    relating.asked = Some([to, from]);
                    relating.marked = 0;
                }
            }
            RelateAsk::Leave => relating.asked = None,
            RelateAsk::Take(offer) => self.take_relation(&offer),
            RelateAsk::Remove(id) => {
                if let Some(edit) = self.state.content().and_then(|p| unrelate_edit(p, id)) {
                    self.apply(edit);
                }
            }
        }
    }

    fn take_relation(&mut self, offer: &RelationOffer) {
        let Some(ends) = self.state.relating.asked.take() else { return };
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(open) = &mut self.state.project else { return };
        let mut ids = open.session.ids(at_ms).clone();
        let project = open.session.project();
        let (edit, code) = match offer {
            RelationOffer::Known(code, _) => {
                (relate_edit(project, &mut ids, ends, code, &author, at_ms), code.clone())
            }
            RelationOffer::New(word) => (
                relate_by_new_edit(project, &mut ids, ends, word, &author, at_ms),
                PredicateCode::new(word.trim()),
            ),
        };
        *open.session.ids(at_ms) = ids;
        if edit.is_some_and(|edit| self.apply(edit)) {
            self.state.relating.took(&code);
        }
    }
}
