//! Very many regions from afar: cells of coverage, made beside the window and laid under the regions that are near enough
//! to be drawn one by one.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jobs::{Job, JobContext, JobFailure, Jobs, Priority};
use picture::afar::{self, MANY};
use project::RegionId;
use renderer::{BatchShape, CoverageDraw, Renderer, ShapeBatch};
use spatial::coverage::{Cell, Coverage, Fading, Outlines};
use spatial::{Viewport, WorldRect};

/// Jobs under way, and cells that each makes.
const JOBS: usize = 3;
const CELLS: usize = 8;
/// Cells sent to the GPU in a frame: 1 MB.
const SENT: usize = 4;

/// What regions of a kind look like: colour, how strongly they are drawn, and whether they are selected.
type Kind = ([u8; 3], f32, bool);

/// Cells of coverage under way.
#[derive(Debug)]
struct Making {
    cells: Vec<Cell>,
    /// What changed since it began.
    stale: HashSet<Cell>,
    job: Job<Vec<Made>>,
}

/// A cell and its picture; `None` when nothing lies in it.
type Made = (Cell, Option<Vec<u8>>);

/// The outlines of all regions and their colours.
#[derive(Clone, Debug, Default)]
struct Content {
    /// As the batches are.
    pages: Vec<Arc<Outlines>>,
    kinds: Vec<Kind>,
}

/// The regions as a mass.
#[derive(Debug, Default)]
pub struct Far {
    is_on: bool,
    shown: Content,
    /// What is being gathered; takes the place of what is shown when it is complete.
    next: Option<Content>,
    /// Regions that no batch shows as they are now.
    loose: Arc<Outlines>,
    loose_bounds: HashMap<RegionId, WorldRect>,
    changed: HashSet<RegionId>,
    /// The loose ones must be gathered anew, for they refer to kinds as they were.
    regather: bool,
    /// Cells of another project are still on the GPU.
    foreign: bool,
    accent: [u8; 3],
    scale: f32,
    /// The coarsest cells, which stand in for all others: without them nothing gives way.
    base: Vec<Cell>,
    /// Cells that are on the GPU as things are now.
    fresh: HashSet<Cell>,
    making: Vec<Making>,
    arrived: VecDeque<(Made, bool)>,
}

impl Far {
    /// Begins to gather anew.
    pub fn begin(&mut self, regions: usize, scale: f32, accent: [u8; 4]) {
        self.is_on = regions > MANY;
        self.accent = [accent[0], accent[1], accent[2]];
        self.scale = scale;
        self.next = self.is_on.then(Content::default);
        if !self.is_on {
            self.clear();
        }
    }

    /// Nothing of what is there is to be seen again.
    pub fn clear(&mut self) {
        let (is_on, scale, accent) = (self.is_on, self.scale, self.accent);
        *self = Self { is_on, scale, accent, foreign: true, ..Self::default() };
    }

    fn fading(&self) -> Fading {
        afar::fading(self.scale)
    }

    /// Takes the shapes of the next batch; `kinds` is how each of the batch's styles looks.
    pub fn add_page(&mut self, batch: &ShapeBatch, kinds: &[Kind]) {
        let Some(next) = &mut self.next else { return };
        let numbers: Vec<u16> = kinds.iter().map(|kind| number_of(&mut next.kinds, *kind)).collect();
        next.pages.push(Arc::new(afar::outlines(&batch.shapes, &numbers)));
        // What has come so far is worth a look while there is nothing else: after 1, 2, 4, 8 pages and so on.
        if self.shown.pages.len() < next.pages.len() / 2 + 1 && next.pages.len().is_power_of_two() {
            self.shown = next.clone();
            self.renew();
        }
    }

    /// All batches are made.
    pub fn finish(&mut self) {
        if let Some(next) = self.next.take() {
            self.shown = next;
            self.renew();
        }
    }

    /// Every cell must be made anew; those that are there stay until then.
    fn renew(&mut self) {
        self.making.clear();
        self.arrived.clear();
        self.base = self.base_of();
        self.fresh.clear();
        self.regather = true;
    }

    /// One to four cells in which everything lies.
    fn base_of(&self) -> Vec<Cell> {
        let bounds = self.shown.pages.iter().filter_map(|page| page.bounds());
        let whole = bounds.reduce(|a, b| {
            let corner = |f: fn(f64, f64) -> f64, a: spatial::WorldPoint, b: spatial::WorldPoint| {
                spatial::WorldPoint { x: f(a.x, b.x), y: f(a.y, b.y) }
            };
            WorldRect::new(corner(f64::min, a.min(), b.min()), corner(f64::max, a.max(), b.max()))
        });
        let Some(whole) = whole else { return Vec::new() };
        let side = whole.width().max(whole.height()) / f64::from(Cell::SIDE);
        Cell::level_of(side.max(1e-9)).map_or(Vec::new(), |(level, _)| Cell::of_box(whole, level + 1))
    }

    /// Leaves out shapes of a page that are to be drawn by themselves from now on.
    pub fn hide(&mut self, id: RegionId, page: usize, shapes: std::ops::Range<u32>) {
        self.changed.insert(id);
        if let Some(page) = self.next.as_mut().and_then(|next| next.pages.get_mut(page)) {
            Arc::make_mut(page).hide(shapes);
        } else if let Some(page) = self.shown.pages.get_mut(page) {
            let bounds = Arc::make_mut(page).hide(shapes);
            if let Some(bounds) = bounds {
                self.invalidate(bounds);
            }
        }
    }

    /// A region that is in no page looks different now.
    pub fn touch(&mut self, id: RegionId) {
        self.changed.insert(id);
    }

    /// True when regions changed since the last call of [`Self::gather_loose`].
    pub fn has_changed(&self) -> bool {
        self.is_on && (self.regather || !self.changed.is_empty())
    }

    /// Takes the regions that no batch shows as they are: the shapes of each and how it looks.
    pub fn gather_loose(&mut self, regions: impl Iterator<Item = (RegionId, Vec<BatchShape>, Kind)>) {
        let (mut shapes, mut numbers) = (Vec::new(), Vec::new());
        let mut bounds = HashMap::new();
        for (id, of_region, kind) in regions {
            let number = number_of(&mut self.shown.kinds, kind);
            let own =
                Outlines::new(of_region.iter().map(|shape| (number, shape.closed, shape.rings.as_slice())));
            bounds.extend(own.bounds().map(|own| (id, own)));
            numbers.resize(numbers.len() + of_region.len(), number);
            shapes.extend(of_region);
        }
        for id in std::mem::take(&mut self.changed) {
            let places = [self.loose_bounds.get(&id), bounds.get(&id)];
            for place in places.into_iter().flatten().copied().collect::<Vec<_>>() {
                self.invalidate(place);
            }
        }
        let each = shapes.iter().zip(&numbers);
        let all = each.map(|(shape, number)| (*number, shape.closed, shape.rings.as_slice()));
        self.loose = Arc::new(Outlines::new(all));
        self.loose_bounds = bounds;
        self.regather = false;
    }

    /// Cells that meet a box must be made anew.
    fn invalidate(&mut self, place: WorldRect) {
        let meets = |cell: &Cell| {
            let margin = cell.texel() * 2.0;
            let (min, max) = (cell.bounds().min(), cell.bounds().max());
            place.min().x <= max.x + margin
                && place.max().x >= min.x - margin
                && place.min().y <= max.y + margin
                && place.max().y >= min.y - margin
        };
        for making in &mut self.making {
            making.stale.extend(making.cells.iter().filter(|cell| meets(cell)));
        }
        for ((cell, _), stale) in &mut self.arrived {
            *stale |= meets(cell);
        }
        self.fresh.retain(|cell| !meets(cell));
    }

    /// The cells that a camera wants, most wanted first; none where every region is drawn one by one.
    fn wanted(&self, view: &Viewport) -> Vec<Cell> {
        let Some((level, way)) = Cell::level_of(view.resolution) else { return Vec::new() };
        let mut cells = self.base.clone();
        if self.nothing_below(view.resolution) {
            return cells;
        }
        cells.extend(Cell::of_view(view, level + 1));
        if way < 0.98 {
            cells.extend(Cell::of_view(view, level));
        }
        cells
    }

    /// True when no region is so small at a resolution that it is part of the mass.
    fn nothing_below(&self, resolution: f64) -> bool {
        let largest = f64::from(self.fading().high_px) * resolution;
        self.shown.pages.iter().chain([&self.loose]).all(|page| !page.has_below(largest))
    }

    /// Makes what a camera wants and sends what was made, a bounded part of it in a frame.
    pub fn plan(&mut self, view: &Viewport, jobs: &Jobs, renderer: &mut Renderer) {
        if std::mem::take(&mut self.foreign) {
            renderer.coverage_mut().clear();
        }
        if !self.is_on {
            return;
        }
        self.base.iter().for_each(|cell| renderer.coverage_mut().keep(*cell));
        self.receive();
        for _ in 0..SENT {
            let Some(((cell, picture), stale)) = self.arrived.pop_front() else { break };
            self.send(cell, picture.as_deref(), stale, renderer);
        }
        let wanted = self.wanted(view);
        // What nobody looks at any more is given up.
        self.making.retain(|making| making.cells.iter().any(|cell| wanted.contains(cell)));
        self.arrived.retain(|((cell, _), _)| wanted.contains(cell));
        let under_way: HashSet<Cell> =
            self.making.iter().flat_map(|making| making.cells.iter().copied()).collect();
        let arrived: HashSet<Cell> = self.arrived.iter().map(|((cell, _), _)| *cell).collect();
        let is_missing = |cell: &Cell| {
            let there = self.fresh.contains(cell) && renderer.coverage().contains(*cell);
            !there && !under_way.contains(cell) && !arrived.contains(cell)
        };
        let missing: Vec<Cell> = wanted.into_iter().filter(is_missing).collect();
        let (some, empty): (Vec<Cell>, Vec<Cell>) =
            missing.into_iter().partition(|cell| self.has_any_in(*cell));
        for cell in empty {
            self.send(cell, None, false, renderer);
        }
        for cells in some.chunks(CELLS).take(JOBS.saturating_sub(self.making.len())) {
            self.making.push(self.make(cells.to_vec(), jobs));
        }
    }

    fn send(&mut self, cell: Cell, picture: Option<&[u8]>, stale: bool, renderer: &mut Renderer) {
        renderer.coverage_mut().upload(cell, picture);
        if !stale {
            self.fresh.insert(cell);
        }
    }

    fn has_any_in(&self, cell: Cell) -> bool {
        let fading = self.fading();
        self.shown.pages.iter().chain([&self.loose]).any(|page| page.has_any_in(cell, fading))
    }

    fn make(&self, cells: Vec<Cell>, jobs: &Jobs) -> Making {
        let (pages, loose, fading) = (self.shown.pages.clone(), Arc::clone(&self.loose), self.fading());
        let colors: Vec<[u8; 4]> = self.shown.kinds.iter().map(|kind| color(*kind, self.accent)).collect();
        let wanted = cells.clone();
        let work = move |ctx: &JobContext| -> Result<Vec<Made>, JobFailure> {
            let mut made = Vec::with_capacity(wanted.len());
            for cell in wanted {
                let mut coverage = Coverage::new(cell, fading);
                for page in pages.iter().chain([&loose]) {
                    ctx.check()?;
                    coverage.add(page);
                }
                made.push((cell, (!coverage.is_empty()).then(|| coverage.picture(&colors))));
            }
            Ok(made)
        };
        let job = jobs.spawn(Priority::Visible, "Draw regions from afar", work);
        Making { cells, stale: HashSet::new(), job }
    }

    /// Takes what the jobs have finished; what failed is asked for again.
    fn receive(&mut self) {
        let (done, making) = std::mem::take(&mut self.making).into_iter().partition(|m| m.job.is_finished());
        self.making = making;
        let done: Vec<Making> = done;
        for Making { stale, job, .. } in done {
            if let Some(Ok(made)) = job.poll() {
                self.arrived.extend(made.into_iter().map(|one| {
                    let is_stale = stale.contains(&one.0);
                    (one, is_stale)
                }));
            }
        }
    }

    /// True while cells are under way.
    pub fn is_busy(&self) -> bool {
        !self.making.is_empty() || !self.arrived.is_empty()
    }

    /// By what size regions give way to the mass; `None` while, or where, all are drawn one by one.
    pub fn fading_in(&self, renderer: &Renderer) -> Option<Fading> {
        let there = self.base.iter().all(|cell| renderer.coverage().contains(*cell));
        (self.is_on && !self.base.is_empty() && there).then(|| self.fading())
    }

    /// The mass under a camera.
    pub fn draw(&self, renderer: &Renderer, view: Viewport) -> Option<CoverageDraw> {
        self.fading_in(renderer)?;
        (!self.nothing_below(view.resolution)).then_some(CoverageDraw { view, opacity: 1.0 })
    }
}

fn number_of(kinds: &mut Vec<Kind>, kind: Kind) -> u16 {
    let at = kinds.iter().position(|known| *known == kind).unwrap_or_else(|| {
        kinds.push(kind);
        kinds.len() - 1
    });
    u16::try_from(at).unwrap_or(u16::MAX - 1)
}

fn color((color, opacity, selected): Kind, accent: [u8; 3]) -> [u8; 4] {
    afar::color(if selected { accent } else { color }, opacity)
}
