//! The pixel classifier at work: looks at the pixels of the view once, learns whenever something was painted, and makes
//! regions of it when they are asked for; always in a job, the latest scribbles next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use editing::{Composite, Lesson, TeachTool, Tool, ToolKind, Workspace};
use egui::{Color32, ColorImage, TextureOptions};
use geo::{Area as _, Coord, Geometry, LineString, MapCoords as _, Polygon};
use jobs::{Job, JobContext, JobFailure, Priority};
use project::{Author, Change, ClassCode, Edit, GeometrySource, Label, Region};
use segment::{Area, Bank, LearnerKind, PixelFeatures, SegmentError, likeliest, outlines};

use crate::frame::Program;
use crate::notice::Tone;
use crate::teaching::Likely;

/// Pixels that are looked at, at most: a view with more is looked at more coarsely.
const MOST_PX: usize = 1_800_000;
/// Pixels of what is laid over the map: two megabytes of them.
const MOST_SHOWN_PX: usize = 500_000;
/// Regions that are proposed at once.
const MOST_REGIONS: usize = 20_000;
/// Who proposes.
const AUTHOR: &str = "model:pixel-classifier";

/// A part of a picture whose pixels were looked at.
struct Looked {
    picture: Arc<Composite>,
    area: Area,
    step: usize,
    features: PixelFeatures,
}

impl std::fmt::Debug for Looked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Looked").field("area", &self.area).finish_non_exhaustive()
    }
}

/// What came of learning, before it is on the screen.
struct Learnt {
    shares: Vec<f32>,
    shown: ColorImage,
    took_ms: f64,
    looked_ms: Option<f64>,
}

/// What is to be learnt now.
#[derive(Clone, Debug)]
struct Plan {
    revision: u64,
    picture: Arc<Composite>,
    area: Area,
    step: usize,
    lesson: Lesson,
    learner: LearnerKind,
    colors: Vec<Option<[u8; 3]>>,
}

/// A region that is proposed.
type Proposed = (ClassCode, Polygon<f64>, f64);

/// The jobs of the pixel classifier.
#[derive(Debug, Default)]
pub(crate) struct TeachWork {
    job: Option<(Plan, Job<Option<Learnt>>)>,
    looked: Arc<Mutex<Option<Looked>>>,
    /// What taught nothing, so that it is not tried again.
    vain: u64,
    proposing: Option<Job<Vec<Proposed>>>,
}

impl TeachWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.job.is_some() || self.proposing.is_some()
    }
}

impl Program {
    fn taught(&self) -> Option<&TeachTool> {
        match &self.state.tool {
            Tool::Teach(tool) if self.state.workspace != Workspace::Review => Some(tool),
            _ => None,
        }
    }

    /// Keeps the scribbles of the tool that is put away, and gives them back.
    pub(super) fn keep_scribbles(&mut self, put_away: Tool) {
        if let Tool::Teach(tool) = put_away {
            self.state.teaching.kept = Some(tool);
        } else if self.state.tool.kind() == ToolKind::Teach
            && let Some(tool) = self.state.teaching.kept.take()
        {
            self.state.tool = Tool::Teach(tool);
        }
    }

    /// Takes what was learnt, and regions that were made of it.
    pub(super) fn receive_teaching(&mut self) {
        if let Some(result) = self.wand_work.teaching.proposing.as_ref().and_then(Job::poll) {
            self.wand_work.teaching.proposing = None;
            self.state.teaching.is_proposing = false;
            match result {
                Ok(proposed) => self.propose(proposed),
                Err(failure) => self.job_failed(&failure),
            }
        }
        let Some(result) = self.wand_work.teaching.job.as_ref().and_then(|(_, job)| job.poll()) else {
            return;
        };
        let Some((plan, _)) = self.wand_work.teaching.job.take() else { return };
        match result {
            Ok(Some(learnt)) => {
                let texture = self.ctx.load_texture("likely", learnt.shown, TextureOptions::LINEAR);
                self.state.teaching.likely = Some(Likely {
                    revision: plan.revision,
                    picture: plan.picture,
                    area: plan.area,
                    step: plan.step,
                    classes: plan.lesson.classes,
                    shares: Arc::new(learnt.shares),
                    texture,
                    learnt_ms: learnt.took_ms,
                    looked_ms: learnt.looked_ms,
                });
            }
            Ok(None) => self.wand_work.teaching.vain = plan.revision,
            Err(JobFailure::Cancelled) => {}
            Err(failure) => {
                self.wand_work.teaching.vain = plan.revision;
                self.job_failed(&failure);
            }
        }
    }

    /// Has learnt what was painted last, one at a time.
    pub(super) fn plan_teaching(&mut self) {
        if self.taught().is_none() {
            if self.wand_work.teaching.is_busy() || self.state.teaching.likely.is_some() {
                self.wand_work.teaching = TeachWork::default();
                self.state.teaching.put_away();
            }
            return;
        }
        let plan = self.teaching_plan();
        self.state.teaching.is_learning = plan.is_some() || self.wand_work.teaching.job.is_some();
        if self.wand_work.teaching.job.is_some() {
            return;
        }
        let Some(plan) = plan else { return };
        let (looked, given) = (Arc::clone(&self.wand_work.teaching.looked), plan.clone());
        let learn = move |ctx: &JobContext| learn(ctx, &looked, &given);
        self.wand_work.teaching.job =
            Some((plan, self.jobs.spawn(Priority::Visible, "Learn from scribbles", learn)));
    }

    /// What is to be learnt; `None` where that is known, or nothing is taught.
    fn teaching_plan(&mut self) -> Option<Plan> {
        let state = &self.state;
        let tool = self.taught()?;
        let (_, picture) = state.seen.as_ref().filter(|(seen, _)| seen.is_of(state))?;
        if tool.revision() == self.wand_work.teaching.vain {
            return None;
        }
        let known = state.teaching.likely.as_ref().filter(|likely| Arc::ptr_eq(&likely.picture, picture));
        let view = view_of(picture, state.camera.bounds());
        let holds = |likely: &&Likely| contains(likely.area, view);
        let known = known.filter(holds);
        if known.is_some_and(|likely| likely.revision == tool.revision()) {
            return None;
        }
        let Some(lesson) = tool.lesson(picture) else {
            self.state.teaching.likely = None;
            return None;
        };
        let area = known.map_or(view, |likely| likely.area);
        let step = step_of(area.width * area.height, MOST_PX);
        let schema = state.content().and_then(project::Project::schema);
        let color = |class: &Option<ClassCode>| {
            let class = class.as_ref()?;
            Some(schema.and_then(|schema| schema.class(class)).map_or([160; 3], project::Class::rgb))
        };
        let colors = lesson.classes.iter().map(color).collect();
        let (revision, learner, picture) = (tool.revision(), tool.learner(), Arc::clone(picture));
        Some(Plan { revision, picture, area, step, lesson, learner, colors })
    }

    /// Has regions made of what is likely.
    pub(super) fn begin_proposing(&mut self) {
        let least = self.taught().map_or(1, TeachTool::least_px);
        let Some(likely) =
            self.state.teaching.likely.clone().filter(|_| self.wand_work.teaching.proposing.is_none())
        else {
            let text = "There is nothing to propose yet: the classifier is still learning.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        };
        let made = move |ctx: &JobContext| regions(ctx, &likely, least);
        self.state.teaching.is_proposing = true;
        self.wand_work.teaching.proposing = Some(self.jobs.spawn(Priority::Normal, "Propose regions", made));
    }

    /// Puts regions into the project as predictions: one step of undo.
    fn propose(&mut self, proposed: Vec<Proposed>) {
        let (at_ms, layer) = (self.state.now_ms, self.state.active_layer);
        let Some(open) = &mut self.state.project else { return };
        if proposed.is_empty() {
            let text = "Nothing is large enough to be proposed.";
            self.state.notices.tell(
                Tone::Info,
                text,
                "Regions of fewer pixels than the bar says are left out.",
            );
            return;
        }
        let schema_version = open.session.project().schema_version();
        let layer = layer.filter(|id| open.session.project().layers().contains_key(id));
        let ids = open.session.ids(at_ms);
        let count = proposed.len();
        let mut edits = Vec::with_capacity(2 * count);
        for (class, shape, share) in proposed {
            let region = ids.region();
            let made = Region {
                geometry: shape.into(),
                layer,
                source: GeometrySource::custom(),
                source_id: None,
                attributes: BTreeMap::new(),
            };
            edits.push(Edit::Region(Change::create(region, Arc::new(made))));
            let label = Label {
                region,
                class,
                author: Author::new(AUTHOR),
                confidence: Some(share),
                note: String::new(),
                seconds: None,
                at_ms: Some(at_ms),
                replies_to: Vec::new(),
                layer: None,
                schema_version,
            };
            edits.push(Edit::Label(Change::create(ids.label(), label)));
        }
        let words = if count == 1 { "1 region".to_owned() } else { format!("{count} regions") };
        if self.apply_shown(Edit::batch(format!("Propose {words} from scribbles"), edits)) {
            self.state
                .notices
                .done(format!("{words} proposed. They are predictions until somebody accepts them."));
        }
    }
}

fn step_of(pixels: usize, most: usize) -> usize {
    (pixels as f64 / most as f64).sqrt().ceil().max(1.0) as usize
}

/// What of a picture the view shows, in its pixels.
fn view_of(picture: &Composite, view: spatial::WorldRect) -> Area {
    let [width, height] = picture.size();
    let (a, b) = (picture.place(view.min()), picture.place(view.max()));
    let span = |a: f64, b: f64, most: usize| {
        let from = a.min(b).round().clamp(0.0, most as f64) as usize;
        let to = a.max(b).round().clamp(0.0, most as f64) as usize;
        (from, (to - from).max(1))
    };
    let ((left, width), (top, height)) = (span(a.0, b.0, width), span(a.1, b.1, height));
    Area { left, top, width, height }
}

/// True when the larger one holds the other, but for a pixel at the rim.
fn contains(all: Area, part: Area) -> bool {
    let holds = |from: usize, length: usize, first: usize, count: usize| {
        first + 1 >= from && first + count <= from + length + 1
    };
    holds(all.left, all.width, part.left, part.width) && holds(all.top, all.height, part.top, part.height)
}

fn learn(ctx: &JobContext, kept: &Mutex<Option<Looked>>, plan: &Plan) -> Result<Option<Learnt>, JobFailure> {
    let go_on = || !ctx.is_cancelled();
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = |looked: &Looked| {
        Arc::ptr_eq(&looked.picture, &plan.picture) && (looked.area, looked.step) == (plan.area, plan.step)
    };
    let mut looked_ms = None;
    if !kept.as_ref().is_some_and(is_known) {
        *kept = None;
        let began = Instant::now();
        let part = failed(plan.picture.image().and_then(|image| image.part(plan.area, plan.step)))?;
        let features = failed(PixelFeatures::new(&part, &Bank::default(), &go_on))?;
        let (picture, area, step) = (Arc::clone(&plan.picture), plan.area, plan.step);
        *kept = Some(Looked { picture, area, step, features });
        looked_ms = Some(began.elapsed().as_secs_f64() * 1e3);
    }
    let Some(looked) = kept.as_ref() else { return Ok(None) };
    let began = Instant::now();
    let (area, step, width) = (plan.area, plan.step, looked.features.width());
    let inside = plan.lesson.marks.iter().filter(|([x, y], _)| area.holds(*x, *y));
    let marks: BTreeMap<usize, u8> = inside
        .map(|([x, y], class)| ((y - area.top) / step * width + (x - area.left) / step, *class))
        .collect();
    let (learner, shares) = match looked.features.learn(marks, &plan.learner.usual(), &go_on) {
        // What was painted elsewhere teaches nothing about this view alone.
        Err(SegmentError::OneClass | SegmentError::NoMarkers) => return Ok(None),
        other => failed(other)?,
    };
    let classes = plan.lesson.classes.len();
    let shares = padded(shares, learner.classes(), classes);
    let took_ms = began.elapsed().as_secs_f64() * 1e3;
    let shown = shown(&shares, [width, looked.features.height()], &plan.colors);
    Ok(Some(Learnt { shares, shown, took_ms, looked_ms }))
}

/// A cancelled library call is a cancelled job.
fn failed<T>(result: Result<T, SegmentError>) -> Result<T, JobFailure> {
    result.map_err(|error| match error {
        SegmentError::Cancelled => JobFailure::Cancelled,
        other => JobFailure::from(other),
    })
}

/// Classes without a mark in view have a share of nothing.
fn padded(shares: Vec<f32>, known: usize, classes: usize) -> Vec<f32> {
    if known == classes {
        return shares;
    }
    let pad = |some: &[f32]| {
        let mut all = some.to_vec();
        all.resize(classes, 0.0);
        all
    };
    shares.chunks_exact(known).flat_map(pad).collect()
}

/// The colour of the likeliest class, the stronger the likelier it is.
fn shown(shares: &[f32], [width, height]: [usize; 2], colors: &[Option<[u8; 3]>]) -> ColorImage {
    let step = step_of(width * height, MOST_SHOWN_PX);
    let size = [width.div_ceil(step), height.div_ceil(step)];
    let color = |i: usize| {
        let (x, y) = (i % size[0] * step, i / size[0] * step);
        let own = &shares[(y * width + x) * colors.len()..][..colors.len()];
        let (class, share) = likeliest(own, own.len()).first().copied().unwrap_or_default();
        let surplus = (share - 1.0 / own.len() as f32) / (1.0 - 1.0 / own.len() as f32);
        match colors[usize::from(class)] {
            Some([r, g, b]) => {
                Color32::from_rgba_unmultiplied(r, g, b, (surplus.clamp(0.0, 1.0) * 150.0) as u8)
            }
            None => Color32::TRANSPARENT,
        }
    };
    ColorImage::new(size, (0..size[0] * size[1]).map(color).collect())
}

/// Outlines of what is likely, class by class, without specks.
fn regions(ctx: &JobContext, likely: &Likely, least_px: usize) -> Result<Vec<Proposed>, JobFailure> {
    let [width, _] = likely.size();
    let classes = likely.classes.len();
    let found = smoothed(&likeliest(&likely.shares, classes), width);
    let fewest = (least_px / (likely.step * likely.step)).max(1);
    let pixel = likely.picture.resolution() * likely.step as f64;
    let place = |c: Coord<f64>| {
        let at = |v: f64, from: usize| v * likely.step as f64 + from as f64;
        likely.picture.world(at(c.x, likely.area.left), at(c.y, likely.area.top))
    };
    let mut proposed = Vec::new();
    for (number, class) in likely.classes.iter().enumerate() {
        ctx.check()?;
        let Some(class) = class else { continue };
        let inside: Vec<bool> = found.iter().map(|own| usize::from(*own) == number).collect();
        for piece in outlines(&inside, width, fewest) {
            let share = mean_share(&piece, likely, number);
            let (exterior, holes) = piece.into_inner();
            let large = |hole: &LineString<f64>| {
                Polygon::new(hole.clone(), Vec::new()).unsigned_area() >= fewest as f64
            };
            let kept = Polygon::new(exterior, holes.into_iter().filter(large).collect());
            let shape: Geometry<f64> = kept.map_coords(place).into();
            let Ok(thin) = spatial::geometry::simplify(&shape, pixel) else { continue };
            match thin {
                Geometry::Polygon(one) => proposed.push((class.clone(), one, share)),
                Geometry::MultiPolygon(many) => {
                    proposed.extend(many.into_iter().map(|one| (class.clone(), one, share)));
                }
                _ => {}
            }
        }
    }
    // The largest first, where there are too many.
    proposed.sort_by(|a, b| b.1.unsigned_area().total_cmp(&a.1.unsigned_area()));
    proposed.truncate(MOST_REGIONS);
    Ok(proposed)
}

/// How likely it is on average where it lies, by some of its pixels.
fn mean_share(piece: &Polygon<f64>, likely: &Likely, class: usize) -> f64 {
    let [width, height] = likely.size();
    let classes = likely.classes.len();
    let Some(around) = geo::BoundingRect::bounding_rect(piece) else { return 0.0 };
    let step = ((around.width() * around.height()).sqrt() / 40.0).ceil().max(1.0) as usize;
    let (mut sum, mut count) = (0.0, 0_usize);
    for y in (around.min().y as usize..(around.max().y.ceil() as usize).min(height)).step_by(step) {
        for x in (around.min().x as usize..(around.max().x.ceil() as usize).min(width)).step_by(step) {
            let own = &likely.shares[(y * width + x) * classes..][..classes];
            let best = likeliest(own, classes).first().map_or(0, |(best, _)| usize::from(*best));
            if best == class {
                sum += f64::from(own[class]);
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { (sum / count as f64).clamp(0.0, 1.0) }
}

/// The class that most of the nine pixels around have, where that is more than the own one has.
fn smoothed(found: &[(u8, f32)], width: usize) -> Vec<u8> {
    let height = found.len() / width.max(1);
    let class = |x: usize, y: usize| found[y * width + x].0;
    let most = |i: usize| {
        let (x, y) = (i % width, i / width);
        let own = class(x, y);
        let rows = y.saturating_sub(1)..(y + 2).min(height);
        let around = rows.flat_map(|y| (x.saturating_sub(1)..(x + 2).min(width)).map(move |x| (x, y)));
        let around: Vec<u8> = around.map(|(x, y)| class(x, y)).collect();
        let count = |wanted: u8| around.iter().map(|other| usize::from(*other == wanted)).sum::<usize>();
        around.iter().copied().max_by_key(|other| (count(*other), *other == own)).unwrap_or(own)
    };
    (0..found.len()).map(most).collect()
}
