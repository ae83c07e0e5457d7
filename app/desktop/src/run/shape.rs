//! Changes to the shapes of the selection: small ones at once, large ones beside the window.

use std::sync::Arc;

use editing::{Outcome, Reshape, ShapeCommand, Shaping, ToolKind, box_around, cut_out_edit, split_edit};
use geo::LineString;
use jobs::{Job, JobContext, JobFailure, Priority};
use project::alignment::AlignedView;
use project::{IdSource, Project, RegionId, Seq};
use spatial::geometry::GeometryError;

use super::bulk::{AT_ONCE, Bulk};
use crate::alignment::of_what_is_drawn;
use crate::format;
use crate::frame::Program;
use crate::notice::Tone;
use crate::state::State;
use crate::work::LongChange;

/// The box around a selection, and of what it was found.
#[derive(Clone, Debug)]
pub(crate) struct SelectionBox {
    regions: Arc<Vec<RegionId>>,
    seq: Seq,
    stamp: (u64, bool),
    pub(crate) found: Option<geo::Rect<f64>>,
}

impl SelectionBox {
    /// Of the selection as it is, not found yet.
    fn of(state: &State) -> Option<Self> {
        let seq = state.project.as_ref()?.session.history().last_seq();
        let stamp = (state.alignment.stamp, state.alignment.as_drawn);
        Some(Self { regions: state.selection.shared(), seq, stamp, found: None })
    }

    /// True while selection and shapes are what it was found of.
    pub(crate) fn is_of(&self, state: &State) -> bool {
        let now = Self::of(state);
        now.is_some_and(|now| {
            Arc::ptr_eq(&self.regions, &now.regions) && (self.seq, self.stamp) == (now.seq, now.stamp)
        })
    }
}

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

    /// Cuts very many regions where they are shown, all of it beside the window.
    pub(crate) fn cut_many(&mut self, regions: Arc<Vec<RegionId>>, path: LineString<f64>, out: bool) {
        let aligning = &self.state.alignment;
        let moved = aligning.view.as_ref().filter(|_| !aligning.as_drawn);
        let alignment = moved.map(|view| Arc::clone(view.alignment()));
        let count = format::count(regions.len(), "region", "regions");
        let title = if out { format!("Cut out of {count}") } else { format!("Split {count}") };
        let make = move |project: &Project, ids: &mut IdSource| {
            let view = alignment.as_ref().map(|alignment| AlignedView::new(project, Arc::clone(alignment)));
            let shown = view.as_ref().map_or(project, AlignedView::project);
            let made = if out {
                cut_out_edit(shown, &regions, &path)
            } else {
                split_edit(shown, ids, &regions, &path)
            };
            let edit = made.ok()?.edit;
            match &view {
                Some(view) => of_what_is_drawn(project, view, edit).ok(),
                None => Some(edit),
            }
        };
        self.begin_bulk(Bulk::new(title, make));
    }

    /// Has the box around the selection found where a tool takes hold of it and it is of very many.
    pub(crate) fn plan_selection_box(&mut self) {
        if let Some(result) = self.work.boxing.as_ref().and_then(Job::poll) {
            self.work.boxing = None;
            self.state.selection_box = result.ok();
            self.ctx.request_repaint();
        }
        let wanted = self.state.tool.kind() == ToolKind::Transform && self.state.selection.len() > AT_ONCE;
        if !wanted {
            self.state.selection_box = None;
            return;
        }
        let known = self.state.selection_box.as_ref().is_some_and(|held| held.is_of(&self.state));
        if known || self.work.boxing.is_some() {
            return;
        }
        let (Some(project), Some(held)) = (self.state.shown().cloned(), SelectionBox::of(&self.state)) else {
            return;
        };
        let body = move |_: &JobContext| -> Result<SelectionBox, JobFailure> {
            let found = box_around(&project, &held.regions);
            Ok(SelectionBox { found, ..held })
        };
        self.work.boxing = Some(self.jobs.spawn(Priority::Visible, "Find the box of the selection", body));
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
