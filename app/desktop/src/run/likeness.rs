//! Regions by how much they look like one: what each looks like is worked out by a job, some at a time, and kept. The
//! pictures of the table and the grid of cards are put in order by it.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::{Pane, ReadingOrder};
use geo::CoordsIter as _;
use jobs::{Job, JobContext, JobFailure, Priority};
use picture::{LayerView, Rendering, likeness};
use project::{Project, Region, RegionId, Seq};
use rayon::prelude::*;
use segment::{Appearance, nearest};

use crate::cards::Sort;
use crate::finder::{Like, View};
use crate::frame::Program;
use crate::map::compare;
use crate::notice::Tone;

/// After this time a job hands over what it has, so that the order on the screen grows better while the rest is looked at.
const SLICE: Duration = Duration::from_millis(1_200);
/// Regions that are looked at between two looks at the clock.
const AT_ONCE: usize = 256;
/// More regions are not kept: they come last.
const MOST: usize = 1_000_000;

/// What is known of a region: of which shape it is, and what it looks like; nothing where no layer shows it.
type Known = HashMap<RegionId, (u64, Option<Appearance>)>;

/// How the layers were drawn that it is known of.
type Looks = Vec<(u64, Rendering)>;

/// What everything looks like, as far as it was looked at.
#[derive(Debug, Default)]
struct Catalogue {
    known: Known,
    looks: Looks,
    /// Regions of the scope that were looked at since something changed.
    done: usize,
    seq: Seq,
    scope: Scope,
}

/// Which regions are looked at, in which order.
#[derive(Clone, Debug)]
enum Scope {
    /// All, as one reads.
    Every(Arc<ReadingOrder>),
    /// The cards of the grid.
    Cards(Arc<Vec<RegionId>>),
}

impl Default for Scope {
    fn default() -> Self {
        Self::Cards(Arc::default())
    }
}

impl Scope {
    fn regions(&self) -> &[RegionId] {
        match self {
            Self::Every(order) => order.regions(),
            Self::Cards(cases) => cases,
        }
    }

    /// True for nothing that another scope lacks.
    fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Every(order), Self::Every(other)) => Arc::ptr_eq(order, other),
            (Self::Cards(cases), Self::Cards(other)) => {
                let held: HashSet<&RegionId> = other.iter().collect();
                cases.iter().all(|case| held.contains(case))
            }
            _ => false,
        }
    }
}

/// The looking, and what came of it.
#[derive(Debug, Default)]
pub(crate) struct LikenessWork {
    job: Option<Job<Slice>>,
    /// Nobody has it while a job does.
    catalogue: Catalogue,
    /// What the order on the screen was made of.
    made: Option<Made>,
}

#[derive(Debug)]
struct Made {
    of: RegionId,
    seq: Seq,
    looks: Looks,
    scope: Scope,
}

impl LikenessWork {
    /// The order on the screen is another one.
    pub(super) fn ask_anew(&mut self) {
        self.made = None;
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.job.is_some()
    }
}

/// What a job hands back.
#[derive(Debug)]
struct Slice {
    catalogue: Catalogue,
    of: RegionId,
    ranks: Option<Arc<HashMap<RegionId, u32>>>,
    /// Regions that were not looked at yet.
    left: usize,
}

/// What a job looks at.
struct Look {
    project: Project,
    layers: Vec<LayerView>,
    of: RegionId,
}

fn stamp_of(region: &Region) -> u64 {
    let mut hash = DefaultHasher::new();
    for at in region.geometry.coords_iter() {
        (at.x.to_bits(), at.y.to_bits()).hash(&mut hash);
    }
    hash.finish()
}

impl Look {
    fn one(
        &self,
        id: RegionId,
        before: Option<&(u64, Option<Appearance>)>,
    ) -> Option<(u64, Option<Appearance>)> {
        let region = self.project.region(id)?;
        let stamp = stamp_of(region);
        if let Some(known) = before.filter(|(of, _)| *of == stamp) {
            return Some(*known);
        }
        // What cannot be read looks like nothing; the map says that it cannot be read.
        Some((stamp, likeness::appearance(&self.layers, &region.geometry).ok().flatten()))
    }

    fn look(self, mut catalogue: Catalogue, ctx: &JobContext) -> Result<Slice, JobFailure> {
        let (began, scope) = (Instant::now(), catalogue.scope.clone());
        let regions = scope.regions();
        let first = self.one(self.of, catalogue.known.get(&self.of));
        catalogue.known.extend(first.map(|known| (self.of, known)));
        while catalogue.done < regions.len().min(MOST) && began.elapsed() < SLICE {
            ctx.check()?;
            let end = (catalogue.done + AT_ONCE).min(regions.len());
            let known = &catalogue.known;
            let some = regions[catalogue.done..end].par_iter();
            let found: Vec<_> = some.map(|id| Some((*id, self.one(*id, known.get(id))?))).collect();
            catalogue.known.extend(found.into_iter().flatten());
            catalogue.done = end;
            ctx.progress(catalogue.done as u64, regions.len() as u64);
        }
        let left = regions.len().min(MOST) - catalogue.done;
        if left == 0 {
            catalogue.known.retain(|id, _| self.project.region(*id).is_some());
        }
        let ranks = ranks(&catalogue.known, self.of).map(Arc::new);
        Ok(Slice { catalogue, of: self.of, ranks, left })
    }
}

/// Every region that looks like something, by its place in the order; `None` where the one that is compared with does not.
fn ranks(known: &Known, of: RegionId) -> Option<HashMap<RegionId, u32>> {
    let to = known.get(&of)?.1?;
    let mut all: Vec<(RegionId, Appearance)> =
        known.iter().filter_map(|(id, (_, one))| Some((*id, (*one)?))).collect();
    // The one itself first, then by identity where two look the same.
    all.par_sort_unstable_by_key(|(id, _)| (*id != of, *id));
    let (ids, appearances): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let order = nearest(&appearances, &to, usize::MAX);
    Some(order.into_iter().enumerate().map(|(rank, (at, _))| (ids[at], rank as u32)).collect())
}

impl Program {
    /// Shows the regions that look most like one, as pictures.
    pub(super) fn more_like(&mut self, region: Option<RegionId>) {
        let region = region.or_else(|| self.state.selection.primary());
        let Some(region) = region else { return };
        self.show_pane(Pane::Table);
        let Some(open) = &mut self.state.project else { return };
        open.finder.view = View::Pictures;
        open.finder.resemble(region);
        self.likeness.made = None;
    }

    /// Takes what a job saw, and has the next looked at.
    pub(crate) fn plan_likeness(&mut self) {
        self.receive_likeness();
        let watched = self.state.arrangement().is_open(Pane::Table) && !self.state.panels_hidden;
        let Some(open) = &self.state.project else {
            self.likeness = LikenessWork::default();
            return;
        };
        if self.likeness.job.is_some() {
            return;
        }
        let finder = &open.finder;
        let of_table = finder.like.as_ref().filter(|_| watched || finder.only).map(|like| like.of);
        let of_grid = self.looks_wanted();
        let Some(of) = of_grid.or(of_table) else { return };
        let seq = open.session.history().last_seq();
        let ids = compare::top_first(&self.state);
        let views = ids.into_iter().filter_map(|id| self.state.layers.get(&id)?.view());
        let layers: Vec<LayerView> = views.cloned().collect();
        let looks: Looks = layers.iter().map(|view| (view.number, view.rendering.clone())).collect();
        let order = &open.counts.order;
        let is_made = |made: &Made| {
            let stands = match (of_grid, &made.scope) {
                // A vote changes nothing that is seen: who judges card after card keeps the order.
                (Some(_), Scope::Cards(_)) => self.looks_settled(),
                (None, Scope::Every(made_of)) => made.seq == seq && Arc::ptr_eq(made_of, order),
                _ => false,
            };
            stands && made.of == of && made.looks == looks
        };
        if self.likeness.made.as_ref().is_some_and(is_made) {
            return;
        }
        let scope = if of_grid.is_some() {
            Scope::Cards(self.state.review.listed().iter().map(|item| item.case).collect::<Vec<_>>().into())
        } else {
            Scope::Every(Arc::clone(order))
        };
        let Some(project) = self.state.shown().filter(|project| project.region(of).is_some()).cloned() else {
            return;
        };
        let mut catalogue = std::mem::take(&mut self.likeness.catalogue);
        if catalogue.looks != looks {
            catalogue = Catalogue { looks, ..Catalogue::default() };
        }
        if catalogue.seq != seq || !scope.is_within(&catalogue.scope) {
            // What has kept its shape is known still, and soon gone over.
            (catalogue.seq, catalogue.scope, catalogue.done) = (seq, scope, 0);
        }
        let look = Look { project, layers, of };
        let body = move |ctx: &JobContext| look.look(catalogue, ctx);
        self.likeness.job = Some(self.jobs.spawn(Priority::Normal, "Compare what regions look like", body));
    }

    fn receive_likeness(&mut self) {
        let Some(result) = self.likeness.job.as_ref().and_then(Job::poll) else { return };
        self.likeness.job = None;
        let slice = match result {
            Ok(slice) => slice,
            Err(failure) => {
                if let Some(open) = &mut self.state.project {
                    // Stopped by hand, it does not begin again by itself.
                    open.finder.like = None;
                }
                let grid = &mut self.state.review.grid;
                if grid.sort == Sort::Alike {
                    (grid.sort, grid.like) = (Sort::Listed, None);
                }
                return self.job_failed(&failure);
            }
        };
        let Slice { catalogue, of, ranks, left } = slice;
        if left == 0 {
            let Catalogue { seq, looks, scope, .. } = &catalogue;
            let (looks, scope) = (looks.clone(), scope.clone());
            self.likeness.made = Some(Made { of, seq: *seq, looks, scope });
        }
        let cards = matches!(catalogue.scope, Scope::Cards(_));
        self.likeness.catalogue = catalogue;
        self.ctx.request_repaint();
        if cards {
            if self.looks_wanted() == Some(of) {
                self.looked_like(ranks.as_deref(), left);
            }
            return;
        }
        let Some(open) = &mut self.state.project else { return };
        let wanted = open.finder.like.as_ref().is_some_and(|like| like.of == of);
        if !wanted {
            return;
        }
        if let Some(ranks) = ranks {
            open.finder.like = Some(Like { of, ranks, left });
        } else {
            open.finder.like = None;
            let text = "No layer shows this region, so nothing can be compared with it.";
            self.state.notices.tell(Tone::Info, text, "Show the imagery that it lies on, and try again.");
        }
    }
}
