//! The regions on the GPU: one batch of all of them, and the few that have changed since drawn by themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use egui::Color32;
pub use picture::region::class_of;
use picture::region::{self, Look};
use project::{Project, RegionId, Touched};
use renderer::{BatchDraw, BatchId, BatchShape, GpuError, Renderer, ShapeBatch, ShapeStyle};
use spatial::Viewport;

use crate::preferences::ClassLook;

/// How the user wants classes, by their codes.
type ClassLooks = BTreeMap<String, ClassLook>;

/// The batch of the map.
const BATCH: BatchId = BatchId(1);
/// Regions that may be drawn by themselves before the batch is made anew.
const LOOSE_MAX: usize = 500;

/// What is known of one region's shapes in the batch.
#[derive(Debug)]
struct Place {
    shapes: std::ops::Range<usize>,
    disputed: bool,
}

/// The regions on the GPU.
#[derive(Debug, Default)]
pub struct RegionShapes {
    places: HashMap<RegionId, Place>,
    /// Changed since the batch was sent, or of a kind that has no batch (points).
    loose: BTreeSet<RegionId>,
    looks: Vec<(Look, f32)>,
    /// For which scale and colours the batch was made; `None`: it must be made anew.
    made_for: Option<(f32, bool, ClassLooks)>,
}

impl RegionShapes {
    /// Another project, schema or rule: everything may look different.
    pub fn forget(&mut self) {
        self.made_for = None;
    }

    /// Takes note of changed regions.
    pub fn touched(&mut self, touched: &Touched, renderer: &mut Renderer) {
        if touched.everything || self.loose.len() + touched.regions.len() > LOOSE_MAX {
            self.made_for = None;
            return;
        }
        for id in &touched.regions {
            if let Some(place) = self.places.get(id) {
                for shape in place.shapes.clone() {
                    renderer.batches_mut().restyle(BATCH, shape, BatchShape::HIDDEN);
                }
            }
            self.loose.insert(*id);
        }
    }

    /// Makes the batch anew where that is due.
    pub fn plan(
        &mut self,
        project: &Project,
        scale: f32,
        (alternative, classes): (bool, &ClassLooks),
        renderer: &mut Renderer,
    ) -> Result<(), GpuError> {
        let made_for = self.made_for.as_ref();
        if made_for.is_some_and(|(s, a, c)| (*s, *a, c) == (scale, alternative, classes)) {
            return Ok(());
        }
        self.made_for = Some((scale, alternative, classes.clone()));
        self.places.clear();
        self.loose.clear();
        self.looks.clear();
        let mut batch = ShapeBatch::default();
        for (id, region) in project.regions() {
            let look = (look(project, *id, alternative), opacity(project, *id, classes));
            let style = self.looks.iter().position(|known| *known == look).unwrap_or_else(|| {
                self.looks.push(look.clone());
                self.looks.len() - 1
            });
            let first = batch.shapes.len();
            batch.shapes.extend(region::batch_shapes(&region.geometry, style as u32));
            let shapes = first..batch.shapes.len();
            if shapes.is_empty() {
                self.loose.insert(*id);
            }
            self.places.insert(*id, Place { shapes, disputed: look.0.disputed });
        }
        batch.styles =
            self.looks.iter().map(|(look, opacity)| faded(region::style(look, scale), *opacity)).collect();
        if batch.shapes.is_empty() {
            renderer.batches_mut().forget(BATCH);
            return Ok(());
        }
        renderer.batches_mut().upload(BATCH, &batch).map(|_| ())
    }

    /// The batch under a camera.
    pub fn draw(&self, renderer: &Renderer, view: Viewport) -> Option<BatchDraw> {
        renderer.batches().contains(BATCH).then_some(BatchDraw { id: BATCH, view })
    }

    /// True when the batch does not show the region as it is now.
    pub fn is_loose(&self, id: RegionId) -> bool {
        self.loose.contains(&id)
    }

    /// Regions to be drawn by themselves.
    pub fn loose(&self) -> impl Iterator<Item = RegionId> + '_ {
        self.loose.iter().copied()
    }

    /// True when the region was disputed as the batch was made.
    pub fn was_disputed(&self, id: RegionId) -> bool {
        self.places.get(&id).is_some_and(|p| p.disputed)
    }
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

fn faded(style: ShapeStyle, opacity: f32) -> ShapeStyle {
    let fade = |[r, g, b, a]: [u8; 4]| [r, g, b, (f32::from(a) * opacity).round() as u8];
    ShapeStyle {
        fill: fade(style.fill),
        hatch_color: fade(style.hatch_color),
        outline: fade(style.outline),
        casing: fade(style.casing),
        ..style
    }
}
