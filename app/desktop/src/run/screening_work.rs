//! What takes a while about a screening: looking for cells without data, and the picture of the coverage.

use std::sync::Arc;

use egui::{Color32, ColorImage, TextureOptions};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::screening::{CellNumber, Look, Screening, Seen, Visit, add_screening_edit};

use crate::frame::Program;
use crate::map::screening::{coverage_color, most_shades};
use crate::run::screening::MOST_CELLS;
use crate::screening::{CoverageKey, CoveragePicture};

/// A picture of the coverage has no longer side; beyond, it is made coarser.
const LONGEST_PX: u32 = 2048;

/// What is under way.
#[derive(Debug, Default)]
pub(crate) struct ScreeningWork {
    plan: Option<(Screening, Job<Option<Vec<u32>>>)>,
    coverage: Option<(CoverageKey, Job<Painted>)>,
    /// The plan and the state of things that no picture could be made of.
    failed: Option<CoverageKey>,
    /// Time at work when what was seen in passing was last kept, in seconds.
    pub(super) passing_s: f64,
}

impl ScreeningWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.plan.is_some() || self.coverage.is_some()
    }
}

/// The picture before it is a texture.
#[derive(Debug)]
struct Painted {
    size: [usize; 2],
    pixels: Vec<Color32>,
    span_px: [f64; 2],
    most: u8,
}

impl Program {
    /// Makes a plan of what the form says; cells without data are looked for first.
    pub(super) fn plan_screening_of_draft(&mut self) {
        let Some(draft) = self.state.screening.draft.clone() else { return };
        let Some(project) = self.state.content() else { return };
        let Some(layer) = project.layers().get(&draft.layer) else { return };
        let selected = if draft.selected_only { self.state.selected() } else { &[] };
        let area = match dataset::area_of_regions(project, draft.layer, selected.iter().copied()) {
            Ok(area) => area,
            Err(error) => return self.state.notices.problem(crate::format::sentence(&error.to_string()), ""),
        };
        if draft.selected_only && area.is_empty() {
            let text = "Select the regions that the screening is to be of; points and lines have no area.";
            return self.state.notices.problem(text, "");
        }
        let plan = Screening {
            cell_px: draft.cell_px,
            overlap_px: Screening::overlap_of(draft.cell_px, f64::from(draft.overlap_percent) / 100.0),
            path: draft.path,
            times: draft.times,
            area,
            ..Screening::over(draft.name.trim(), draft.layer, [layer.width, layer.height])
        };
        if let Some(fault) = plan.fault() {
            return self.state.notices.problem(crate::format::sentence(&fault), "");
        }
        let Some(source) = self.state.layers.get(&draft.layer).and_then(|layer| layer.source().cloned())
        else {
            return self.add_plan(plan);
        };
        self.state.screening.planning = true;
        let looked_at = plan.clone();
        let look = move |ctx: &JobContext| -> Result<Option<Vec<u32>>, JobFailure> {
            let mut go_on = |share: f64| {
                ctx.progress((share * 1000.0) as u64, 1000);
                !ctx.is_cancelled()
            };
            Ok(dataset::cells_without_data(&source, &looked_at, &mut go_on)?)
        };
        let job = self.jobs.spawn(Priority::Normal, "Look for cells without data", look);
        self.screening_work.plan = Some((plan, job));
    }

    fn add_plan(&mut self, plan: Screening) {
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        let id = open.session.ids(at_ms).screening();
        match add_screening_edit(open.session.project(), id, plan) {
            Ok(edit) => {
                if self.apply(edit) {
                    self.screening(crate::screening::ScreeningAsk::Choose(id));
                    self.state.screening.draft = None;
                }
            }
            Err(error) => self.state.notices.problem(crate::format::sentence(&error.to_string()), ""),
        }
    }

    /// Takes what has ended.
    pub(crate) fn receive_screening(&mut self) {
        if let Some((plan, result)) =
            self.screening_work.plan.take_if(|(_, job)| job.is_finished()).map(|(p, j)| (p, j.poll()))
        {
            self.state.screening.planning = false;
            match result {
                // What cannot be told without reading all of a huge image stays in the plan.
                Some(Ok(found)) => self.add_plan(plan.leaving_out(found.unwrap_or_default())),
                Some(Err(failure)) => self.job_failed(&failure),
                None => {}
            }
        }
        let Some((key, job)) = &self.screening_work.coverage else { return };
        let Some(result) = job.poll() else { return };
        let key = key.clone();
        self.screening_work.coverage = None;
        match result {
            Ok(painted) => {
                let image = ColorImage::new(painted.size, painted.pixels);
                let texture = self.ctx.load_texture("coverage", image, TextureOptions::NEAREST);
                let (span_px, most) = (painted.span_px, painted.most);
                self.state.screening.coverage.picture = Some(CoveragePicture { key, texture, span_px, most });
            }
            Err(failure) => {
                self.screening_work.failed = Some(key);
                self.job_failed(&failure);
            }
        }
    }

    /// What is on screen or was in passing, and is not in the journal yet.
    fn seen_since(&self) -> Vec<(CellNumber, Seen)> {
        let unsaved = self.state.screening.unsaved.iter();
        unsaved
            .filter(|(_, seen)| !seen.is_empty())
            .map(|(cell, seen)| (*cell, *seen))
            .take(MOST_CELLS)
            .collect()
    }

    /// Makes the picture of the coverage anew when something was seen since.
    pub(super) fn plan_coverage(&mut self) {
        let desk = &self.state.screening;
        let Some(known) = desk.known.as_ref().filter(|_| desk.coverage.shown) else { return };
        let key = CoverageKey {
            id: known.id,
            visits: known.visits,
            since: self.seen_since(),
            of: desk.coverage.of.clone(),
            dark: self.state.theme.mode == crate::theme::Mode::Dark,
        };
        let held = desk.coverage.picture.as_ref().is_some_and(|picture| picture.key == key);
        if held || self.screening_work.coverage.is_some() || self.screening_work.failed.as_ref() == Some(&key)
        {
            return;
        }
        let Some(mut project) = self.state.content().cloned() else { return };
        let look =
            |(cell, seen): &(CellNumber, Seen)| Look { cell: *cell, state: None, seconds: None, seen: *seen };
        let looks: Vec<Look> = key.since.iter().map(look).collect();
        if !looks.is_empty() {
            let visit = Visit { screening: key.id, member: self.state.author(), looks, at_ms: None };
            if let Err(error) = project.record_visit(visit) {
                log::debug!("what was seen last is not painted yet: {error}");
            }
        }
        let (theme, wanted) = (Arc::clone(&self.state.theme), key.clone());
        let span = known.plan.size.map(f64::from);
        let make = move |_: &JobContext| -> Result<Painted, JobFailure> {
            let (width, height, values) = dataset::coverage(&project, wanted.id, wanted.of.as_ref())?;
            let coarse = width.max(height).div_ceil(LONGEST_PX) as usize;
            let size = [(width as usize).div_ceil(coarse), (height as usize).div_ceil(coarse)];
            let mut most = 0;
            let mut pixels = Vec::with_capacity(size[0] * size[1]);
            for y in 0..size[1] {
                for x in 0..size[0] {
                    let value = values[y * coarse * width as usize + x * coarse];
                    most = most.max(if value == u8::MAX { 0 } else { value });
                    pixels.push(coverage_color(&theme, value));
                }
            }
            // The raster ends within half a pixel of where the image does.
            let whole =
                |length: usize, count: u32, span: f64| (length * coarse) as f64 * span / f64::from(count);
            let span_px = [whole(size[0], width, span[0]), whole(size[1], height, span[1])];
            Ok(Painted { size, pixels, span_px, most: most.min(most_shades()) })
        };
        let job = self.jobs.spawn(Priority::Background, "Paint what was seen", make);
        self.screening_work.coverage = Some((key, job));
    }
}
