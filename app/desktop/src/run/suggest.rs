//! Adjustments that the image itself speaks for, taken one by one.

use std::sync::Arc;

use dataset::{Suggestion, suggest_adjustments};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::{Adjustment, Change, Edit, RegionId};

use crate::frame::Program;
use crate::notice::Tone;

/// Footprints that are looked for at once.
const MOST: usize = 400;
/// How far from where it is shown a footprint is looked for, in metres, and in pixels at least and at most.
const REACH_M: f64 = 3.0;
const REACH_PX: [f64; 2] = [8.0, 64.0];

impl Program {
    /// Looks for the footprints in view in the image's edges.
    pub(super) fn suggest(&mut self) {
        let Some((id, layer)) = self.state.shown_layer() else { return };
        let Some(alignment) = self.state.alignment.current.clone().filter(|a| a.layer() == id) else {
            return;
        };
        let (Some(source), Some(shown)) = (layer.source().cloned(), self.state.shown()) else { return };
        let in_view = shown.regions_in(self.state.camera.bounds());
        let movable = in_view.filter(|(_, region)| !region.source.is_fixed()).map(|(id, _)| id);
        let wanted: Vec<RegionId> = movable.take(MOST).collect();
        let Some(project) = self.state.content().cloned() else { return };
        let reach = alignment.metres_per_px().map_or(REACH_PX[1], |m| REACH_M / m);
        let reach = reach.clamp(REACH_PX[0], REACH_PX[1]);
        let look = move |ctx: &JobContext| -> Result<Vec<Suggestion>, JobFailure> {
            let mut go_on = |done: usize| {
                ctx.progress(done as u64, wanted.len() as u64);
                !ctx.is_cancelled()
            };
            Ok(suggest_adjustments(&project, &alignment, &source, &wanted, reach, &mut go_on)?)
        };
        let job = self.jobs.spawn(Priority::Normal, "Look for footprints in the image", look);
        self.state.alignment.looking = Some(job.id());
        self.state.alignment.suggestions.clear();
        self.align_work.suggestions = Some(job);
    }

    /// Takes what was found.
    pub(crate) fn receive_suggestions(&mut self) {
        let Some(result) = self.align_work.suggestions.as_ref().and_then(Job::poll) else { return };
        self.align_work.suggestions = None;
        self.state.alignment.looking = None;
        match result {
            Ok(found) if found.is_empty() => {
                let text = "The image does not show clearly enough where the footprints in view belong.";
                self.state.notices.tell(Tone::Info, text, "");
            }
            Ok(found) => {
                self.state.alignment.suggestions = found;
                self.show_suggestion();
            }
            Err(failure) => self.job_failed(&failure),
        }
    }

    fn show_suggestion(&mut self) {
        if let Some(first) = self.state.alignment.suggestions.first() {
            self.visit(first.region);
        }
    }

    /// Takes the suggestion that is shown, or leaves it, and goes to the next.
    pub(super) fn answer_suggestion(&mut self, take: bool) {
        if self.state.alignment.suggestions.is_empty() {
            return;
        }
        let suggestion = self.state.alignment.suggestions.remove(0);
        if take && !self.take_suggestion(&suggestion) {
            self.state.alignment.suggestions.insert(0, suggestion);
            return;
        }
        self.show_suggestion();
    }

    fn take_suggestion(&mut self, suggestion: &Suggestion) -> bool {
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let Some(layer) = self.state.alignment.layer else { return false };
        let Some(open) = &mut self.state.project else { return false };
        let Some(region) = open.session.project().region(suggestion.region).cloned() else { return true };
        let source = editing::adjustment_source(open.session.project(), &region);
        let (start, end) = (suggestion.arrow.start, suggestion.arrow.end);
        let adjustment = Adjustment {
            layer,
            source,
            start: [start.x, start.y],
            end: [end.x, end.y],
            author,
            at_ms: Some(at_ms),
        };
        let id = open.session.ids(at_ms).adjustment();
        self.apply(Edit::Adjustment(Change::create(id, Arc::new(adjustment))))
    }
}
