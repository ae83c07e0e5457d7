//! From what a file's coordinates mean to the project's CRS.

use std::sync::Arc;

use geo::{Coord, CoordsIter as _, Geometry, MapCoords as _};
use project::{CoordinateSpace, Layer, LayerRole, Project};
use spatial::{Crs, Transformer};

use crate::{DatasetError, ImportOptions};

/// Why one shape has no place.
pub(super) enum Misplaced {
    NotLonLat(Coord<f64>),
    Reason(String),
    /// The same would be true of every shape.
    File(DatasetError),
}

/// Places shapes in one project.
pub(super) struct Placer<'a> {
    target: Option<&'a Crs>,
    named: Option<Arc<Crs>>,
    geographic: Arc<Crs>,
    layer: Option<&'a Layer>,
    /// The transformer of the CRS that came last: a file has one or few.
    last: Option<(Arc<Crs>, Transformer)>,
    /// Largest distance between a shape in pixels and the same shape by its coordinates, and how many are
    /// farther apart than a pixel.
    pub(super) disagreement_px: f64,
    pub(super) disagreeing: usize,
}

impl<'a> Placer<'a> {
    pub(super) fn new(project: &'a Project, options: &ImportOptions) -> Result<Self, DatasetError> {
        let target = project.crs();
        if target.is_none() && !project.settings().pixel_space && project.layers().is_empty() {
            return Err(DatasetError::NoProjectCrs);
        }
        let layer = match options.layer {
            Some(id) => Some(project.layers().get(&id).ok_or(DatasetError::NoLayer(id))?),
            None => main_layer(project),
        };
        let named = options.crs.clone().map(Arc::new);
        if let (None, Some(crs)) = (target, &named) {
            return Err(DatasetError::PixelProject(crs.label()));
        }
        let geographic = Arc::new(Crs::from_epsg(4326)?);
        Ok(Self { target, named, geographic, layer, last: None, disagreement_px: 0.0, disagreeing: 0 })
    }

    /// The shape in the project's CRS.
    pub(super) fn place(
        &mut self,
        shape: &Geometry<f64>,
        space: &CoordinateSpace,
    ) -> Result<Geometry<f64>, Misplaced> {
        let crs = match (&self.named, space) {
            (_, CoordinateSpace::Image) => return self.place_pixels(shape),
            (Some(named), _) => Arc::clone(named),
            (None, CoordinateSpace::Crs(crs)) => Arc::clone(crs),
            // Pixel space has no other coordinates than pixels.
            (None, CoordinateSpace::Unstated) if self.target.is_none() => return self.place_pixels(shape),
            (None, CoordinateSpace::Unstated) => Arc::clone(&self.geographic),
        };
        if crs.is_geographic()
            && let Some(wild) = shape.coords_iter().find(|c| c.x.abs() > 360.0 || c.y.abs() > 90.0)
        {
            return Err(Misplaced::NotLonLat(wild));
        }
        self.convert(shape, &crs)
    }

    /// Compares a shape with the same in pixels of the layer.
    pub(super) fn compare(&mut self, placed: &Geometry<f64>, image: &Geometry<f64>) {
        let Some(layer) = self.layer else { return };
        let to_layer = match (self.target, &layer.crs) {
            (Some(from), Some(to)) => Transformer::new(from, to).ok(),
            _ => None,
        };
        let pixel = |c: Coord<f64>| {
            let c = to_layer.as_ref().map_or(Some(c), |t| t.convert(c))?;
            layer.image_from_world(c)
        };
        let apart = placed
            .coords_iter()
            .zip(image.coords_iter())
            .filter_map(|(world, px)| pixel(world).map(|p| (p.x - px.x).hypot(p.y - px.y)));
        let farthest = apart.fold(0.0, f64::max);
        if placed.coords_count() != image.coords_count() || farthest > 1.0 {
            self.disagreeing += 1;
        }
        self.disagreement_px = self.disagreement_px.max(farthest);
    }

    fn place_pixels(&mut self, shape: &Geometry<f64>) -> Result<Geometry<f64>, Misplaced> {
        let Some(layer) = self.layer else {
            return Err(Misplaced::Reason(
                "it has only pixels, and the project has no layer they could be of".into(),
            ));
        };
        let world = shape.map_coords(|c| layer.world_from_image(c));
        match &layer.crs {
            Some(crs) if self.target.is_some() => {
                let crs = Arc::new(crs.clone());
                self.convert(&world, &crs)
            }
            _ => Ok(world),
        }
    }

    fn convert(&mut self, shape: &Geometry<f64>, from: &Arc<Crs>) -> Result<Geometry<f64>, Misplaced> {
        let Some(target) = self.target else {
            return Err(Misplaced::File(DatasetError::PixelProject(from.label())));
        };
        let known = self.last.as_ref().is_some_and(|(crs, _)| Arc::ptr_eq(crs, from) || crs == from);
        if !known {
            let transformer = Transformer::new(from, target).map_err(|e| Misplaced::File(e.into()))?;
            self.last = Some((Arc::clone(from), transformer));
        }
        let placed = self.last.as_ref().and_then(|(_, t)| t.convert_geometry(shape));
        placed.ok_or_else(|| Misplaced::Reason(format!("it cannot be placed in {}", target.label())))
    }
}

/// The layer that damage is judged on: the topmost one taken after the event, else the topmost.
pub(crate) fn main_layer(project: &Project) -> Option<&Layer> {
    main_layer_id(project).and_then(|id| project.layers().get(&id))
}

pub(crate) fn main_layer_id(project: &Project) -> Option<project::LayerId> {
    let layers = project.layers_in_order();
    let after = layers.iter().rev().find(|(_, l)| l.role == LayerRole::After);
    after.or(layers.last()).map(|(id, _)| *id)
}
