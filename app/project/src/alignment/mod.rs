//! Where a layer shows the regions: its adjustments at work. Derived, never stored.

mod report;
mod view;

use std::collections::BTreeMap;

use geo::{CoordsIter as _, Geometry, MapCoords as _};
use spatial::align::{AlignError, Aligner, Arrow, Method, Moved, iou};
use spatial::{CrsError, ImagePoint, Placement, WorldPoint};

use crate::{GeometrySource, LayerId, Project, Region};

pub use report::{MethodErrors, RegionMoved, Report, errors_of_methods, report};
pub use view::AlignedView;

/// Why a layer's adjustments cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AlignmentError {
    #[error("layer {0} is not in the project")]
    NoLayer(LayerId),
    #[error(transparent)]
    Crs(#[from] CrsError),
    #[error(transparent)]
    Method(#[from] AlignError),
}

/// The adjustments of one layer by one method, ready to move regions.
#[derive(Clone, Debug)]
pub struct Alignment {
    layer: LayerId,
    method: Method,
    placement: Placement,
    metres_per_px: Option<f64>,
    /// By arrows that are about every source.
    general: Aligner,
    /// Sources that have arrows of their own beside those.
    special: BTreeMap<GeometrySource, Aligner>,
    arrows: usize,
}

impl Alignment {
    /// By the layer's own method.
    pub fn of(project: &Project, layer: LayerId) -> Result<Self, AlignmentError> {
        let method = project.layers().get(&layer).ok_or(AlignmentError::NoLayer(layer))?.alignment;
        Self::by(project, layer, method)
    }

    /// By another method.
    pub fn by(project: &Project, layer: LayerId, method: Method) -> Result<Self, AlignmentError> {
        let arrows = project.adjustments_of(layer).map(|(_, a)| (a.source.clone(), a.arrow()));
        Self::through(project, layer, method, &arrows.collect::<Vec<_>>())
    }

    /// By arrows that need not be in the project, in the order of files.
    pub fn through(
        project: &Project,
        layer: LayerId,
        method: Method,
        arrows: &[(Option<GeometrySource>, Arrow)],
    ) -> Result<Self, AlignmentError> {
        let described = project.layers().get(&layer).ok_or(AlignmentError::NoLayer(layer))?;
        let placement = described.placement(project.crs())?;
        let metres = project.crs().and_then(spatial::Crs::metres_per_unit);
        let metres_per_px = metres.zip(placement.pixel_size()).map(|(m, px)| m * px);
        let about = |wanted: Option<&GeometrySource>| -> Vec<Arrow> {
            let counts = |own: &Option<GeometrySource>| own.is_none() || own.as_ref() == wanted;
            arrows.iter().filter(|(own, _)| counts(own)).map(|(_, arrow)| *arrow).collect()
        };
        let general = Aligner::new(&about(None), method)?;
        let mut special = BTreeMap::new();
        for source in arrows.iter().filter_map(|(own, _)| own.as_ref()) {
            if !special.contains_key(source) {
                special.insert(source.clone(), Aligner::new(&about(Some(source)), method)?);
            }
        }
        Ok(Self { layer, method, placement, metres_per_px, general, special, arrows: arrows.len() })
    }

    pub fn layer(&self) -> LayerId {
        self.layer
    }

    pub fn method(&self) -> Method {
        self.method
    }

    /// How many arrows there are, of every source.
    pub fn arrows(&self) -> usize {
        self.arrows
    }

    /// Metres that a pixel of the layer spans, where they are known.
    pub fn metres_per_px(&self) -> Option<f64> {
        self.metres_per_px
    }

    /// Which pixel of the layer lies there.
    pub fn image_from_world(&self, p: WorldPoint) -> Option<ImagePoint> {
        self.placement.image_from_world(p)
    }

    /// Where a pixel of the layer lies on the map.
    pub fn world_from_image(&self, p: ImagePoint) -> Option<WorldPoint> {
        self.placement.world_from_image(p)
    }

    fn aligner(&self, source: &GeometrySource) -> Option<&Aligner> {
        let aligner = self.special.get(source).unwrap_or(&self.general);
        (!source.is_fixed() && !aligner.arrows().is_empty()).then_some(aligner)
    }

    /// A region's shape in pixels of the layer; `None` where the layer's CRS has no place for it.
    pub fn in_pixels(&self, shape: &Geometry<f64>) -> Option<Geometry<f64>> {
        shape.try_map_coords(|c| self.placement.image_from_world(c).ok_or(())).ok()
    }

    /// Where the layer shows a region; `None` where it is drawn there already: no arrow is about it, or it was
    /// drawn on the image.
    pub fn shape(&self, region: &Region) -> Option<Geometry<f64>> {
        let aligner = self.aligner(&region.source)?;
        let drawn = self.in_pixels(&region.geometry)?;
        let shown = aligner.aligned(&drawn);
        if shown == drawn {
            return None;
        }
        shown.try_map_coords(|c| self.placement.world_from_image(c).ok_or(())).ok()
    }

    /// How far it is from where a region is drawn to where the layer shows it; `None` for what never moves. Of a
    /// line, whose vertices move one by one, it is the mean.
    pub fn moved(&self, region: &Region) -> Option<Moved> {
        let aligner = self.aligner(&region.source)?;
        let drawn = self.in_pixels(&region.geometry)?;
        let shift = aligner.shift_of(&drawn).or_else(|| {
            let count = drawn.coords_count();
            let zero = ImagePoint { x: 0.0, y: 0.0 };
            let sum = drawn.coords_iter().fold(zero, |sum, c| sum + aligner.shift_at(c));
            (count > 0).then(|| sum / count as f64)
        })?;
        let shown = aligner.aligned(&drawn);
        Some(Moved { shift, iou: iou(&drawn, &shown) })
    }

    /// Where a shape is drawn that the layer is to show like this: of a new region, such as a piece of one that was cut
    /// where it is shown. `None` where nothing that is drawn would be shown there.
    pub fn drawn_anew(&self, source: &GeometrySource, shown: &Geometry<f64>) -> Option<Geometry<f64>> {
        let Some(aligner) = self.aligner(source) else { return Some(shown.clone()) };
        let pixels = self.in_pixels(shown)?;
        let back = |shape: &Geometry<f64>| {
            shape.try_map_coords(|c| self.placement.world_from_image(c).ok_or(())).ok()
        };
        let shifted = |shift: ImagePoint| pixels.map_coords(|c| c - shift);
        let Some(mut shift) = aligner.shift_of(&pixels) else {
            // A line: each corner for itself.
            let found = pixels.try_map_coords(|c| came_from(c, |p| aligner.shift_at(p)).ok_or(()));
            return back(&found.ok()?);
        };
        // What is drawn so far beside it may move by another arrow; going back and forth finds the one that it does.
        for _ in 0..TURNS {
            let drawn = shifted(shift);
            let next = aligner.shift_of(&drawn)?;
            if is_same(next, shift) {
                return back(&drawn);
            }
            shift = next;
        }
        let shifts = aligner.arrows().iter().map(|arrow| arrow.end - arrow.start);
        let fits =
            |shift: &ImagePoint| aligner.shift_of(&shifted(*shift)).is_some_and(|next| is_same(next, *shift));
        back(&shifted(shifts.into_iter().find(fits)?))
    }

    /// What a person made of a shape as it was shown, back where the region is drawn: the shape that, were it
    /// the region's, would be shown like this. Corners that were left alone are exactly what they were. `None`
    /// for lines, whose corners each moved by themselves.
    pub fn drawn(
        &self,
        before: &Region,
        shown: &Geometry<f64>,
        edited: &Geometry<f64>,
    ) -> Option<Geometry<f64>> {
        let aligner = self.aligner(&before.source)?;
        let shift = aligner.shift_of(&self.in_pixels(&before.geometry)?)?;
        let key = |c: WorldPoint| (c.x.to_bits(), c.y.to_bits());
        let known: BTreeMap<_, _> = shown.coords_iter().map(key).zip(before.geometry.coords_iter()).collect();
        let back = |c: WorldPoint| {
            if let Some(original) = known.get(&key(c)) {
                return Ok(*original);
            }
            let p = self.placement.image_from_world(c).ok_or(())?;
            self.placement.world_from_image(p - shift).ok_or(())
        };
        edited.try_map_coords(back).ok()
    }
}

/// Looks for what moves to a place this often.
const TURNS: usize = 48;

/// Pixels that two shifts may differ by.
fn is_same(a: ImagePoint, b: ImagePoint) -> bool {
    (a.x - b.x).hypot(a.y - b.y) < 1e-6
}

/// The place that is moved to another.
fn came_from(to: ImagePoint, shift: impl Fn(ImagePoint) -> ImagePoint) -> Option<ImagePoint> {
    let mut from = to;
    for _ in 0..TURNS {
        let next = to - shift(from);
        if is_same(next, from) {
            return Some(next);
        }
        from = next;
    }
    None
}
