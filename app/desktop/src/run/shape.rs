//! Changes to the shapes of the selection: small ones at once, large ones beside the window.

use editing::{Outcome, Reshape, ShapeCommand, Shaping};
use jobs::{JobContext, JobFailure, Priority};
use project::{IdSource, Project};
use spatial::geometry::GeometryError;

use super::bulk::{AT_ONCE, Bulk};
use crate::format;
use crate::frame::Program;
use crate::notice::Tone;
use crate::work::LongChange;

impl Program {
    pub(super) fn run_shape(&mut self, command: ShapeCommand) {
        self.reshape(command.change());
    }

    /// Changes the shapes of the selection.
    pub(crate) fn reshape(&mut self, change: Reshape) {
        let count = self.state.selection.len();
        if count > AT_ONCE {
            return self.reshape_many(count, change);
        }
        let Some(open) = &self.state.project else { return };
        let shaping = match Shaping::new(open.session.project(), self.state.selected(), change) {
            Ok(shaping) => shaping,
            Err(why) => return self.state.notices.tell(Tone::Info, format!("{why}."), why.hint()),
        };
        if shaping.is_long() {
            self.reshape_beside(shaping);
        } else if let Some(outcome) = shaping.work(|_, _| true) {
            self.reshaped(&shaping, outcome);
        }
    }

    /// A change of very many regions, all of it beside the window: taken out, worked out and made an edit.
    fn reshape_many(&mut self, count: usize, change: Reshape) {
        let selected = self.state.selection.shared();
        let make = move |project: &Project, ids: &mut IdSource| {
            let shaping = Shaping::new(project, &selected, change).ok()?;
            let outcome = shaping.work(|_, _| true)?;
            let made = outcome.and_then(|outcome| shaping.edit(project, ids, outcome));
            Some(made.ok()?.edit)
        };
        self.begin_bulk(Bulk::new(change.title(count), make));
    }

    fn reshape_beside(&mut self, shaping: Shaping) {
        if let Some(under_way) = &self.work.shaping {
            let text = format!("{} is still under way.", under_way.shaping.title());
            self.state.notices.tell(Tone::Info, text, "Wait for it, or stop it in Jobs.");
            return;
        }
        let inputs = shaping.clone();
        let body = move |ctx: &JobContext| -> Result<Result<Outcome, GeometryError>, JobFailure> {
            let go_on = |done: usize, of: usize| {
                ctx.progress(done as u64, of as u64);
                !ctx.is_cancelled()
            };
            inputs.work(go_on).ok_or(JobFailure::Cancelled)
        };
        let job = self.jobs.spawn(Priority::Normal, shaping.title(), body);
        self.work.shaping = Some(LongChange { shaping, job });
    }

    /// Makes the edit of a large change that is done, if the regions are still what it was made of.
    pub(crate) fn receive_shapes(&mut self) {
        self.receive_bulk();
        self.receive_selection();
        let Some(result) = self.work.shaping.as_ref().and_then(|change| change.job.poll()) else { return };
        let Some(LongChange { shaping, .. }) = self.work.shaping.take() else { return };
        match result {
            Err(failure) => self.job_failed(&failure),
            Ok(outcome) if self.state.content().is_some_and(|project| shaping.is_current(project)) => {
                self.reshaped(&shaping, outcome);
            }
            Ok(_) => {
                let text =
                    format!("{}: not made, because the regions were changed meanwhile.", shaping.title());
                self.state.notices.tell(Tone::Warning, text, "Ask for it again.");
            }
        }
    }

    fn reshaped(&mut self, shaping: &Shaping, outcome: Result<Outcome, GeometryError>) {
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        let mut ids = open.session.ids(at_ms).clone();
        let made = outcome.and_then(|outcome| shaping.edit(open.session.project(), &mut ids, outcome));
        *open.session.ids(at_ms) = ids;
        match made {
            Err(why) => self.state.notices.tell(Tone::Info, format!("{why}."), why.hint()),
            Ok(made) => {
                // Who went on to other regions meanwhile is left there.
                let stayed = shaping.is_of(self.state.selected());
                if !self.apply(made.edit) {
                    return;
                }
                if stayed {
                    self.select(made.selection);
                }
                if let Some((count, why)) = made.left {
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
