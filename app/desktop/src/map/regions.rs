//! The regions on the GPU: batches of all of them, and the few that have changed since drawn by themselves.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Bound;
use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::Selection;
use egui::Color32;
use jobs::Jobs;
use picture::afar::faded;
pub use picture::region::class_of;
use picture::region::{self, Look};
use project::{Project, RegionId, Touched};
use renderer::{BatchDraw, BatchId, BatchShape, CoverageDraw, GpuError, Renderer, ShapeBatch, ShapeStyle};
use spatial::{Viewport, coverage::Fading};

use super::far::Far;
use crate::preferences::ClassLook;
use crate::state::State;

/// How the user wants classes, by their codes.
type ClassLooks = BTreeMap<String, ClassLook>;

/// Regions in one batch: few enough that making one takes a part of a frame, and that no buffer of a card is
/// too small for it.
const PAGE: usize = 8_192;
/// Time in a frame after which no further batch is begun.
const TIME: Duration = Duration::from_millis(6);
/// Regions that may be drawn by themselves before the batches are made anew.
const LOOSE_MAX: usize = 500;

/// What is known of one region's shapes in its batch.
#[derive(Debug)]
struct Place {
    id: RegionId,
    shapes: std::ops::Range<u32>,
    disputed: bool,
}

/// The regions on the GPU, in batches of neighbours in the order of their identities.
#[derive(Debug, Default)]
pub struct RegionShapes {
    /// One list for each batch that was made since everything was to be made anew, sorted.
    pages: Vec<Vec<Place>>,
    /// Batches that are drawn; those behind the pages are from before, and stay until others take their place.
    shown: usize,
    /// Batches on the GPU.
    sent: usize,
    /// Regions behind the last page are still to be put into one.
    unfinished: bool,
    /// Changed since their batch was sent, or of a kind that has no batch (points).
    loose: BTreeSet<RegionId>,
    /// How they look, how strongly, and whether they are selected.
    looks: Vec<(Look, f32, bool)>,
    /// For which scale and colours the batches are made; `None`: they must be made anew.
    made_for: Option<(f32, bool, ClassLooks)>,
    /// Of a very large selection, which the batches show.
    selected: Option<Arc<HashSet<RegionId>>>,
    /// Very many of them from afar.
    far: Far,
}

/// More selected regions than this are shown as selected by their batches, not one by one.
pub const DRESSED: usize = 2_000;

/// What shows a selection that is too large for one by one.
pub fn in_batches(selection: &Selection) -> Option<&Arc<HashSet<RegionId>>> {
    selection.as_set().filter(|set| set.len() > DRESSED)
}

impl RegionShapes {
    /// Everything may look different.
    pub fn forget(&mut self) {
        self.made_for = None;
    }

    /// Another project: nothing of the one before is to be seen.
    pub fn clear(&mut self) {
        (self.made_for, self.shown) = (None, 0);
        self.far.clear();
    }

    /// Takes note of changed regions.
    pub fn touched(&mut self, touched: &Touched, renderer: &mut Renderer) {
        if touched.everything || self.loose.len() + touched.regions.len() > LOOSE_MAX {
            self.made_for = None;
            return;
        }
        for id in &touched.regions {
            match self.place(*id).map(|(page, place)| (page, place.shapes.clone())) {
                Some((page, shapes)) => {
                    for shape in shapes.clone() {
                        renderer.batches_mut().restyle(batch(page), shape as usize, BatchShape::HIDDEN);
                    }
                    self.far.hide(*id, page, shapes);
                }
                // It will be in a batch that is still to be made.
                None if self.unfinished && self.last().is_none_or(|last| *id > last) => continue,
                None => self.far.touch(*id),
            }
            self.loose.insert(*id);
        }
    }

    /// Follows a selection that is shown by the batches.
    fn select(&mut self, selection: &Selection) {
        let wanted = in_batches(selection);
        let same = match (&self.selected, wanted) {
            (None, None) => true,
            (Some(shown), Some(wanted)) => Arc::ptr_eq(shown, wanted),
            _ => false,
        };
        if !same {
            self.selected = wanted.cloned();
            self.made_for = None;
        }
    }

    /// Makes batches anew where that is due, as many as a frame has time for.
    pub fn plan(&mut self, state: &State, jobs: &Jobs, renderer: &mut Renderer) -> Result<(), GpuError> {
        let Some(project) = state.shown() else { return Ok(()) };
        self.select(&state.selection);
        let scale = state.pixels_per_point;
        let alternative = state.preferences.alternative_colors;
        let (classes, accent) = (&state.preferences.class_looks, state.theme.color.accent.to_array());
        let made_for = self.made_for.as_ref();
        if made_for.is_none_or(|(s, a, c)| (*s, *a, c) != (scale, alternative, classes)) {
            self.made_for = Some((scale, alternative, classes.clone()));
            self.pages.clear();
            self.loose.clear();
            self.looks.clear();
            self.unfinished = true;
            self.far.begin(project.regions().len(), scale, accent);
        }
        let start = Instant::now();
        while self.unfinished {
            let made = self.add_page(project, scale, (alternative, classes, accent), renderer);
            self.unfinished &= made.is_ok();
            made?;
            if start.elapsed() >= TIME {
                break;
            }
        }
        if self.far.has_changed() {
            self.gather_loose(project, (alternative, classes));
        }
        self.far.plan(&state.camera, jobs, renderer);
        Ok(())
    }

    fn gather_loose(&mut self, project: &Project, (alternative, classes): (bool, &ClassLooks)) {
        let one = |id: &RegionId| {
            let region = project.region(*id)?;
            let kind = (look(project, *id, alternative).color, opacity(project, *id, classes), false);
            Some((*id, region::batch_shapes(&region.geometry, 0), kind))
        };
        self.far.gather_loose(self.loose.iter().filter_map(one));
    }

    /// True while batches, or what is seen from afar, are still to be made.
    pub fn is_unfinished(&self) -> bool {
        self.unfinished || self.far.is_busy()
    }

    /// Puts the next regions into a batch; after the last of them, drops the batches of before.
    fn add_page(
        &mut self,
        project: &Project,
        scale: f32,
        (alternative, classes, accent): (bool, &ClassLooks, [u8; 4]),
        renderer: &mut Renderer,
    ) -> Result<(), GpuError> {
        let after = self.last().map_or(Bound::Unbounded, Bound::Excluded);
        let (mut shapes, mut places) = (ShapeBatch::default(), Vec::new());
        for (id, region) in project.regions().range((after, Bound::Unbounded)).take(PAGE) {
            let selected = self.selected.as_ref().is_some_and(|set| set.contains(id));
            let look = (look(project, *id, alternative), opacity(project, *id, classes), selected);
            let style = self.looks.iter().position(|known| *known == look).unwrap_or_else(|| {
                self.looks.push(look.clone());
                self.looks.len() - 1
            });
            let first = shapes.shapes.len() as u32;
            shapes.shapes.extend(region::batch_shapes(&region.geometry, style as u32));
            let range = first..shapes.shapes.len() as u32;
            if range.is_empty() {
                self.loose.insert(*id);
            }
            places.push(Place { id: *id, shapes: range, disputed: look.0.disputed });
        }
        if places.len() < PAGE {
            self.unfinished = false;
        }
        let looks = self.looks.iter();
        let style = |(look, opacity, selected): &(Look, f32, bool)| {
            let style = region::style(look, scale);
            let style = if *selected { dressed(style, accent, scale) } else { style };
            faded(style, *opacity)
        };
        shapes.styles = looks.map(style).collect();
        let kind = |(look, opacity, selected): &(Look, f32, bool)| (look.color, *opacity, *selected);
        self.far.add_page(&shapes, &self.looks.iter().map(kind).collect::<Vec<_>>());
        let page = self.pages.len();
        let sent = if shapes.shapes.is_empty() {
            renderer.batches_mut().forget(batch(page));
            Ok(())
        } else {
            renderer.batches_mut().upload(batch(page), &shapes).map(|_| ())
        };
        self.pages.push(places);
        self.shown = self.shown.max(self.pages.len());
        self.sent = self.sent.max(self.pages.len());
        if !self.unfinished {
            self.far.finish();
            for old in self.pages.len()..self.sent {
                renderer.batches_mut().forget(batch(old));
            }
            (self.shown, self.sent) = (self.pages.len(), self.pages.len());
        }
        sent
    }

    /// The last region that is in a page.
    fn last(&self) -> Option<RegionId> {
        self.pages.last()?.last().map(|place| place.id)
    }

    fn place(&self, id: RegionId) -> Option<(usize, &Place)> {
        let page = self.pages.partition_point(|page| page.last().is_some_and(|last| last.id < id));
        let places = self.pages.get(page)?;
        let at = places.binary_search_by_key(&id, |place| place.id).ok()?;
        Some((page, &places[at]))
    }

    /// The batches under a camera.
    pub fn draw<'a>(
        &'a self,
        renderer: &'a Renderer,
        view: Viewport,
    ) -> impl Iterator<Item = BatchDraw> + 'a {
        let there = (0..self.shown).map(batch).filter(|id| renderer.batches().contains(*id));
        let fading = self.far.fading_in(renderer);
        there.map(move |id| BatchDraw { id, view, fading })
    }

    /// What is seen of very many under a camera, from afar.
    pub fn coverage(&self, renderer: &Renderer, view: Viewport) -> Option<CoverageDraw> {
        self.far.draw(renderer, view)
    }

    /// By what size regions give way to what is seen of them from afar.
    pub fn fading(&self, renderer: &Renderer) -> Option<Fading> {
        self.far.fading_in(renderer)
    }

    /// True when no batch shows the region as it is now.
    pub fn is_loose(&self, id: RegionId) -> bool {
        self.loose.contains(&id)
    }

    /// Regions to be drawn by themselves.
    pub fn loose(&self) -> impl Iterator<Item = RegionId> + '_ {
        self.loose.iter().copied()
    }

    /// True when the region was disputed as its batch was made.
    pub fn was_disputed(&self, id: RegionId) -> bool {
        self.place(id).is_some_and(|(_, place)| place.disputed)
    }
}

/// The batch of a page.
fn batch(page: usize) -> BatchId {
    BatchId(1 + page as u64)
}

/// How a region looks now, in the colour set that the user chose.
pub fn look(project: &Project, id: RegionId, alternative: bool) -> Look {
    let mut look = region::look(project, id);
    if alternative {
        let classes = project.schema().map(|s| s.classes.as_slice()).unwrap_or_default();
        let other =
            classes.iter().find(|c| c.rgb() == look.color).and_then(|c| c.alternative_color.as_deref());
        if let Some(color) = other.and_then(|hex| Color32::from_hex(hex).ok()) {
            look.color = [color.r(), color.g(), color.b()];
        }
    }
    look
}

/// The style of one region drawn by itself.
pub fn style(
    project: &Project,
    id: RegionId,
    (alternative, classes): (bool, &ClassLooks),
    scale: f32,
) -> ShapeStyle {
    // Whoever draws one region by itself means it to be seen.
    let opacity = Some(opacity(project, id, classes)).filter(|opacity| *opacity > 0.0);
    faded(region::style(&look(project, id, alternative), scale), opacity.unwrap_or(1.0))
}

/// How strongly a region is drawn, as the user wants its class.
fn opacity(project: &Project, id: RegionId, classes: &ClassLooks) -> f32 {
    if classes.is_empty() {
        return 1.0;
    }
    let look = class_of(project, id).and_then(|class| classes.get(class.code.as_str()));
    look.map_or(1.0, |look| if look.hidden { 0.0 } else { look.opacity.clamp(0.1, 1.0) })
}

/// True for a region of a class that is hidden.
pub fn is_hidden(project: &Project, id: RegionId, classes: &ClassLooks) -> bool {
    classes.values().any(|look| look.hidden) && opacity(project, id, classes) == 0.0
}

/// In the accent's casing.
pub fn dressed(style: ShapeStyle, accent: [u8; 4], scale: f32) -> ShapeStyle {
    ShapeStyle { casing: accent, casing_px: 1.5 * scale, width_px: 2.0 * scale, ..style }
}
