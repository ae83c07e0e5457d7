//! Comparing regions beside the window, and what is done with what came of it.

use std::sync::Arc;

use editing::{Pane, Selection};
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::{LayerView, likeness};
use project::{Author, IdSource, Project, RegionId, Seq};
use similar::{AUTHOR, SimilarError, Study, Table, advise, proposed_labels};

use super::bulk::{AT_ONCE, Bulk};
use crate::alike::{AlikeAsk, Compared, Desk, Form};
use crate::frame::Program;
use crate::map::compare;
use crate::map::thumbnails::camera_of;
use crate::map::tiles::{self, Wanted};
use crate::notice::Tone;
use crate::outbox::CameraMove;
use crate::panels::table;

/// The comparison that is under way.
#[derive(Debug, Default)]
pub(crate) struct AlikeWork {
    job: Option<Job<Box<Compared>>>,
}

impl AlikeWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.job.is_some()
    }
}

/// What a job compares.
struct Comparison {
    form: Form,
    project: Project,
    regions: Vec<RegionId>,
    layers: Vec<LayerView>,
    seq: Seq,
}

impl Comparison {
    fn run(self, ctx: &JobContext) -> Result<Box<Compared>, JobFailure> {
        let Self { form, project, regions, layers, seq } = self;
        let known: Vec<RegionId> = regions.into_iter().filter(|id| project.region(*id).is_some()).collect();
        let shapes: Vec<_> = known.iter().filter_map(|id| Some(&project.region(*id)?.geometry)).collect();
        let told = |from: u64, to: u64| {
            move |done: u64, of: u64| {
                ctx.progress(from + (to - from) * done / of.max(1), 1_000);
                ctx.check().is_ok()
            }
        };
        let seen = likeness::appearances(&layers, &shapes, &told(0, 500));
        let Some(seen) = seen else {
            ctx.check()?;
            return Err(SimilarError::Stopped.into());
        };
        let kept: Vec<RegionId> =
            known.iter().zip(&seen).filter(|(_, seen)| seen.is_some()).map(|(id, _)| *id).collect();
        let values = seen.iter().flatten().flat_map(segment::Appearance::numbers).collect();
        let wanted = form.wanted();
        let study = Study::of(Table::new(segment::DIMENSIONS, values)?, &wanted, &told(500, 900));
        ctx.check()?;
        let study = study?;
        let advice = advise(&project, &study.table, &kept, &wanted, &told(900, 1_000));
        ctx.check()?;
        let said = |error: SimilarError| {
            (crate::format::sentence(&error.to_string()), crate::format::sentence(error.hint()))
        };
        let left_out = known.len() - kept.len();
        Ok(Box::new(Compared::new(form, kept, study, advice.map(Arc::new).map_err(said), (left_out, seq))))
    }
}

impl Program {
    pub(super) fn alike(&mut self, ask: AlikeAsk) {
        match ask {
            AlikeAsk::Form(form) => self.state.alike.form = form,
            AlikeAsk::Tab(tab) => self.state.alike.tab = tab,
            AlikeAsk::Looked(rows) => self.state.alike.looked = rows,
            AlikeAsk::Compare => self.compare_regions(),
            AlikeAsk::Pick { region, toggle: false } => self.visit(region),
            AlikeAsk::Pick { region, toggle: true } => {
                let selection = self.state.selection.clone().toggled(region);
                self.select(selection);
            }
            AlikeAsk::Lasso { path, add } => self.select_within(&path, add),
            AlikeAsk::Suggest => self.suggest_classes(),
        }
    }

    fn compare_regions(&mut self) {
        let Some(open) = &self.state.project else { return };
        let seq = open.session.history().last_seq();
        let regions = open.counts.order.regions().to_vec();
        let ids = compare::top_first(&self.state);
        let views = ids.into_iter().filter_map(|id| self.state.layers.get(&id)?.view());
        let layers: Vec<LayerView> = views.cloned().collect();
        let Some(project) = self.state.shown().cloned() else { return };
        let comparison = Comparison { form: self.state.alike.form, project, regions, layers, seq };
        let body = move |ctx: &JobContext| comparison.run(ctx);
        let job = self.jobs.spawn(Priority::Normal, "Compare regions", body);
        self.state.alike.under_way = Some(job.id());
        self.alike_work.job = Some(job);
    }

    /// Takes what was compared, and lets it follow the project.
    pub(crate) fn plan_alike(&mut self) {
        if let Some(result) = self.alike_work.job.as_ref().and_then(Job::poll) {
            self.alike_work.job = None;
            self.state.alike.under_way = None;
            match result {
                Ok(compared) => self.state.alike.compared = Some(compared),
                Err(failure) => self.not_compared(&failure),
            }
            self.ctx.request_repaint();
        }
        if !self.state.arrangement().is_open(Pane::Similar) {
            return;
        }
        let Some(open) = &self.state.project else { return };
        let of = (open.session.history().last_seq(), self.state.alike.form);
        if let Some(compared) = &mut self.state.alike.compared {
            compared.follow(open.session.project(), of);
        }
    }

    fn not_compared(&mut self, failure: &JobFailure) {
        match failure.error::<SimilarError>() {
            Some(error) => {
                let text = crate::format::sentence(&error.to_string());
                self.state.notices.tell(Tone::Info, text, crate::format::sentence(error.hint()));
            }
            None => self.job_failed(failure),
        }
    }

    fn select_within(&mut self, path: &[[f64; 2]], add: bool) {
        let Some(compared) = &self.state.alike.compared else { return };
        let mut found = compared.within(path);
        if let Some(project) = self.state.content() {
            found.retain(|id| project.region(*id).is_some());
        }
        let held = self.state.selection.shared();
        let selection: Selection = if add {
            let new: std::collections::HashSet<RegionId> = found.iter().copied().collect();
            held.iter().copied().filter(|id| !new.contains(id)).chain(found).collect()
        } else {
            found.into_iter().collect()
        };
        let seen = self.state.camera.bounds();
        let bounds = |id: &RegionId| self.state.shown()?.region(*id)?.bounds();
        let union = selection.regions().iter().filter_map(bounds).reduce(|a, b| {
            spatial::WorldRect::new(
                geo::Coord { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) },
                geo::Coord { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) },
            )
        });
        self.select(selection);
        if let Some(bounds) = union.filter(|b| !geo::Contains::contains(&seen, b)) {
            self.move_camera(CameraMove::Fit(bounds));
        }
    }

    /// What similar regions say becomes predictions, signed by `model:similar`; beside the window where they are many.
    fn suggest_classes(&mut self) {
        let (at_ms, least) = (self.state.now_ms, self.state.alike.form.least());
        let Some(compared) = &self.state.alike.compared else { return };
        let Ok(advice) = &compared.advice else { return };
        let count: usize = compared.preview.by_class.values().sum();
        let text = crate::format::count(count, "suggestion", "suggestions");
        let advice = Arc::clone(advice);
        let make = move |project: &Project, ids: &mut IdSource| {
            proposed_labels(project, &advice.classes, &advice.suggestions, least, (ids, at_ms)).edit
        };
        let seq = self.state.project.as_ref().map(|open| open.session.history().last_seq());
        let bulk = Bulk::new(format!("{text} by {AUTHOR}"), make).by(Author::new(AUTHOR));
        if !self.apply_many(count, bulk) || count > AT_ONCE {
            return;
        }
        if self.state.project.as_ref().map(|open| open.session.history().last_seq()) == seq {
            self.state.notices.tell(Tone::Info, "There is nothing new to suggest.", "");
        } else {
            self.state.notices.done(format!("{text} by {AUTHOR}. Undo takes them back at once."));
        }
    }

    /// Another project comes, or none.
    pub(super) fn leave_alike(&mut self) {
        self.alike_work = AlikeWork::default();
        self.state.alike = Desk { form: self.state.alike.form, ..Desk::default() };
    }

    /// The tiles of the crops in the list of outliers.
    pub(crate) fn outliers_wanted(&self) -> Vec<Wanted> {
        let desk = &self.state.alike;
        let is_open = self.state.arrangement().is_open(Pane::Similar) && !self.state.panels_hidden;
        let Some(compared) =
            desk.compared.as_ref().filter(|_| is_open && desk.tab == crate::alike::Tab::Outliers)
        else {
            return Vec::new();
        };
        let rows = compared.outliers.iter().skip(desk.looked.start).take(desk.looked.len());
        let cameras = rows.filter_map(|(region, _)| camera_of(&self.state, *region, table::PICTURE));
        let views = || self.state.layers.values().filter_map(|layer| layer.view());
        cameras.flat_map(|camera| views().map(move |view| tiles::wanted(&camera, view))).collect()
    }
}
