//! Keeps up where regions are shown, and carries out what the alignment panel asks for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dataset::{
    AdjustmentOptions, Suggestion, adjustments_json, guess_order, plan_adjustments, read_adjustments,
};
use editing::{Pane, Tool};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::alignment::AlignedView;
use project::{Change, Edit, Layer, Touched};
use spatial::align::{Arrow, Method};

use crate::alignment::{AT_ONCE, AlignAsk, Figures, Offer, bare, fit, of_what_is_drawn};
use crate::frame::Program;
use crate::notice::Tone;
use crate::work::{Purpose, file_name};

/// What is being computed for the alignment.
#[derive(Debug, Default)]
pub(crate) struct AlignWork {
    /// The project that the alignment was made for.
    of: Option<PathBuf>,
    view: Option<Job<AlignedView>>,
    /// What changed while the view was made.
    missed: Vec<Touched>,
    figures: Option<(u64, Job<Figures>)>,
    pub(super) suggestions: Option<Job<Vec<Suggestion>>>,
}

impl AlignWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.view.is_some() || self.figures.is_some() || self.suggestions.is_some()
    }
}

impl Program {
    /// Follows an edit at once, so that what is shown is never older than what is known.
    pub(crate) fn follow_alignment(&mut self, touched: &Touched) {
        let Some(open) = &self.state.project else { return };
        let project = open.session.project();
        let aligning = &mut self.state.alignment;
        aligning.stamp += 1;
        if touched.everything || !touched.layers.is_empty() || !touched.adjustments.is_empty() {
            self.fit_alignments();
            return;
        }
        if self.align_work.view.is_some() {
            self.align_work.missed.push(touched.clone());
        }
        if let Some(view) = &mut aligning.view
            && !view.follow(project, touched)
        {
            self.make_view();
        }
    }

    /// Works out anew how each layer's adjustments move regions.
    fn fit_alignments(&mut self) {
        let Some(open) = &self.state.project else { return };
        let project = open.session.project();
        let layer = self.state.shown_layer().map(|(id, _)| id);
        let of_layers = project.layers().keys().map(|id| (*id, fit(project, *id))).collect();
        let aligning = &mut self.state.alignment;
        aligning.of_layers = of_layers;
        aligning.layer = layer;
        aligning.current = layer.and_then(|id| match aligning.of_layers.get(&id) {
            Some(Ok(alignment)) => Some(Arc::clone(alignment)),
            _ => bare(project, id),
        });
        self.make_view();
    }

    /// Moves every region, beside the window where they are many.
    fn make_view(&mut self) {
        self.align_work.view = None;
        self.align_work.missed.clear();
        self.state.alignment.stamp += 1;
        let Some(open) = &self.state.project else { return };
        let project = open.session.project();
        let moving = self.state.alignment.current.clone().filter(|a| a.arrows() > 0);
        let Some(alignment) = moving else {
            if self.state.alignment.view.take().is_some() {
                self.regions.forget();
            }
            return;
        };
        if project.regions().len() <= AT_ONCE {
            self.state.alignment.view = Some(AlignedView::new(project, alignment));
            self.regions.forget();
            return;
        }
        let project = project.clone();
        let make = move |_: &JobContext| -> Result<AlignedView, JobFailure> {
            Ok(AlignedView::new(&project, alignment))
        };
        self.align_work.view = Some(self.jobs.spawn(Priority::Normal, "Align the regions", make));
    }

    /// Takes what was moved and counted.
    pub(crate) fn receive_alignment(&mut self) {
        self.receive_suggestions();
        if let Some(result) = self.align_work.view.as_ref().and_then(Job::poll) {
            self.align_work.view = None;
            let missed = std::mem::take(&mut self.align_work.missed);
            match (result, &self.state.project) {
                (Ok(mut view), Some(open)) => {
                    let project = open.session.project();
                    let followed = missed.iter().all(|touched| view.follow(project, touched));
                    self.state.alignment.view = Some(view);
                    self.regions.forget();
                    if !followed {
                        self.make_view();
                    }
                }
                (Ok(_), None) => {}
                (Err(failure), _) => self.job_failed(&failure),
            }
        }
        if let Some(result) = self.align_work.figures.as_ref().and_then(|(_, job)| job.poll()) {
            self.align_work.figures = None;
            match result {
                Ok(figures) => self.state.alignment.figures = Some(Arc::new(figures)),
                Err(failure) => self.job_failed(&failure),
            }
        }
    }

    /// Follows the project and the layer that is looked at, and counts while somebody reads the numbers.
    pub(crate) fn plan_alignment(&mut self) {
        let Some(open) = &self.state.project else {
            if self.align_work.of.take().is_some() {
                self.state.alignment = crate::alignment::Aligning::default();
                self.align_work = AlignWork::default();
            }
            return;
        };
        let path = open.session.path();
        let layer = self.state.shown_layer().map(|(id, _)| id);
        if self.align_work.of.as_deref() != Some(path) {
            let as_drawn = self.state.alignment.as_drawn;
            self.align_work = AlignWork { of: Some(path.to_owned()), ..AlignWork::default() };
            self.state.alignment = crate::alignment::Aligning { as_drawn, ..Default::default() };
            self.fit_alignments();
        } else if self.state.alignment.layer != layer {
            self.fit_alignments();
        }
        self.plan_figures();
    }

    fn plan_figures(&mut self) {
        let aligning = &self.state.alignment;
        let (stamp, layer) = (aligning.stamp, aligning.layer);
        let known = aligning.figures.as_ref().is_some_and(|f| (f.stamp, Some(f.layer)) == (stamp, layer));
        let asked = self.align_work.figures.as_ref().is_some_and(|(of, _)| *of == stamp);
        if known || asked || !self.state.arrangement().is_open(Pane::Alignment) {
            return;
        }
        let (Some(open), Some(alignment)) = (&self.state.project, aligning.current.clone()) else { return };
        let project = open.session.project().clone();
        let count = move |_: &JobContext| -> Result<Figures, JobFailure> {
            Ok(Figures::of(&project, &alignment, stamp))
        };
        let job = self.jobs.spawn(Priority::Normal, "Count how far regions move", count);
        self.align_work.figures = Some((stamp, job));
    }

    /// Applies an edit that a tool made of what is shown.
    pub(crate) fn apply_shown(&mut self, edit: Edit) -> bool {
        let aligning = &self.state.alignment;
        let view = aligning.view.as_ref().filter(|_| !aligning.as_drawn);
        let edit = match (view, self.state.content()) {
            (Some(view), Some(content)) => match of_what_is_drawn(content, view, edit) {
                Ok(edit) => edit,
                Err(why) => {
                    self.state.notices.tell(Tone::Info, why, "");
                    return false;
                }
            },
            _ => edit,
        };
        self.apply(edit)
    }

    /// Shows regions as drawn, or where the layer shows them.
    pub(super) fn show_as_drawn(&mut self, as_drawn: bool) {
        self.state.alignment.as_drawn = as_drawn;
        self.regions.forget();
        self.refresh_pointer();
        let text = if as_drawn { "Regions as drawn." } else { "Regions where the layer shows them." };
        self.state.notices.done(text);
    }

    pub(super) fn align(&mut self, ask: AlignAsk) {
        match ask {
            AlignAsk::Method(method) => self.align_by(method),
            AlignAsk::AsDrawn(as_drawn) => self.show_as_drawn(as_drawn),
            AlignAsk::Choose(arrow) => {
                self.state.tool = match std::mem::take(&mut self.state.tool) {
                    Tool::Align(tool) => Tool::Align(tool.choosing(arrow)),
                    other => other,
                };
            }
            AlignAsk::Delete(id) => {
                let held = self.state.content().and_then(|p| p.adjustments().get(&id)).cloned();
                if let Some(before) = held {
                    self.apply(Edit::Adjustment(Change::delete(id, before)));
                }
            }
            AlignAsk::Import => self.ask_for_file(Purpose::ImportAdjustments),
            AlignAsk::Export => self.ask_for_file(Purpose::ExportAdjustments),
            AlignAsk::Order(order) => self.offered(|offer| offer.order = order),
            AlignAsk::Replace(replace) => self.offered(|offer| offer.replace = replace),
            AlignAsk::Take => self.take_offer(),
            AlignAsk::Leave => self.state.alignment.offer = None,
            AlignAsk::Suggest => self.suggest(),
            AlignAsk::Accept => self.answer_suggestion(true),
            AlignAsk::Skip => self.answer_suggestion(false),
            AlignAsk::SkipAll => self.state.alignment.suggestions.clear(),
        }
    }

    fn offered(&mut self, change: impl FnOnce(&mut Offer)) {
        if let Some(offer) = &mut self.state.alignment.offer {
            change(offer);
        }
    }

    fn align_by(&mut self, method: Method) {
        let Some(layer) = self.state.alignment.layer else { return };
        let Some(before) = self.state.content().and_then(|p| p.layers().get(&layer)).cloned() else { return };
        if before.alignment != method {
            let after = Layer { alignment: method, ..before.clone() };
            self.apply(Edit::Layer(Change::replace(layer, before, after)));
        }
    }

    /// Reads a file of adjustments and shows what it would bring.
    pub(crate) fn offer_adjustments(&mut self, path: &Path) {
        let layer = self.state.alignment.layer;
        let (Some(layer), Some(project)) = (layer, self.state.content()) else {
            let text = format!("Open a project with an image first, then {}.", file_name(path));
            self.state.notices.tell(Tone::Info, text, "");
            return;
        };
        let read = read_adjustments(path)
            .and_then(|file| guess_order(project, layer, &file.arrows).map(|guess| (file, guess)));
        match read {
            Ok((file, guess)) => {
                let offer = Offer {
                    path: path.to_owned(),
                    layer,
                    file: Arc::new(file),
                    order: guess.order,
                    guess,
                    replace: false,
                };
                self.state.alignment.offer = Some(offer);
                self.show_pane(Pane::Alignment);
            }
            Err(error) => {
                let hint = error.hint().unwrap_or_default();
                self.state.notices.problem(crate::format::sentence(&error.to_string()), hint);
            }
        }
    }

    fn take_offer(&mut self) {
        let Some(offer) = self.state.alignment.offer.take() else { return };
        let (author, at_ms) = (self.state.author(), self.state.now_ms);
        let options = AdjustmentOptions {
            layer: offer.layer,
            source: None,
            author,
            order: Some(offer.order),
            replace: offer.replace,
            at_ms: Some(at_ms),
        };
        let file = dataset::AdjustmentFile::clone(&offer.file);
        let Some(open) = &mut self.state.project else { return };
        let mut ids = open.session.ids(at_ms).clone();
        let plan = plan_adjustments(open.session.project(), file, &options, &mut ids);
        *open.session.ids(at_ms) = ids;
        match plan {
            Ok(plan) => {
                let nothing = matches!(&plan.edit, Edit::Batch { edits, .. } if edits.is_empty());
                if nothing || self.apply(plan.edit) {
                    let count = crate::format::count(plan.accepted, "adjustment", "adjustments");
                    let text = format!("Took {count} from {}.", file_name(&offer.path));
                    self.state.notices.tell(Tone::Done, text, plan.warnings.join("\n"));
                }
            }
            Err(error) => {
                let hint = error.hint().unwrap_or_default();
                self.state.notices.problem(crate::format::sentence(&error.to_string()), hint);
            }
        }
    }

    /// Writes the adjustments of the layer that is looked at.
    pub(crate) fn export_adjustments(&mut self, path: &Path) {
        let Some((layer, project)) = self.state.alignment.layer.zip(self.state.content()) else { return };
        let arrows: Vec<Arrow> = project.adjustments_of(layer).map(|(_, a)| a.arrow()).collect();
        match std::fs::write(path, adjustments_json(&arrows)) {
            Ok(()) => {
                let count = crate::format::count(arrows.len(), "adjustment", "adjustments");
                self.state.notices.done(format!("Wrote {count} to {}.", path.display()));
            }
            Err(error) => {
                let text = format!("The adjustments cannot be written: {error}.");
                self.state.notices.problem(text, "Choose another folder.");
            }
        }
    }
}
