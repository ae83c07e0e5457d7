//! One layer as the place that regions are exported to: its CRS, its pixels, longitude and latitude.

use geo::orient::{Direction, Orient as _};
use geo::{Geometry, LineString, MapCoords as _, MultiPolygon};
use project::{Layer, LayerId, Project};
use spatial::{Crs, Placement, Transformer};

use super::ExportError;
use crate::import::main_layer_id;

/// The layer that is exported on.
pub(super) struct Frame<'a> {
    pub(super) id: LayerId,
    pub(super) layer: &'a Layer,
    placement: Placement,
    /// From the project's CRS; `None` in pixel space.
    pub(super) to_layer: Option<(Crs, Transformer)>,
    pub(super) to_degrees: Option<(Crs, Transformer)>,
    /// Metres that a pixel spans, where they are known.
    pub(super) metres_per_px: Option<f64>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(project: &'a Project, layer: Option<LayerId>) -> Result<Self, ExportError> {
        let id = layer.or_else(|| main_layer_id(project)).ok_or(ExportError::NoLayer)?;
        let layer = project.layers().get(&id).ok_or(ExportError::UnknownLayer(id))?;
        let placement = layer.placement(project.crs())?;
        let way = |to: Option<Crs>| match (project.crs(), to) {
            (Some(from), Some(to)) => Transformer::new(from, &to).map(|t| Some((to, t))),
            _ => Ok(None),
        };
        let metres = project.crs().and_then(Crs::metres_per_unit);
        let metres_per_px = metres.zip(placement.pixel_size()).map(|(m, px)| m * px);
        let to_degrees = way(Some(Crs::wgs84()))?;
        Ok(Self { id, layer, to_layer: way(layer.crs.clone())?, to_degrees, placement, metres_per_px })
    }

    /// The name of the image without its folders.
    pub(super) fn file_name(&self) -> &str {
        self.layer.path.rsplit(['/', '\\']).next().filter(|n| !n.is_empty()).unwrap_or("image")
    }

    /// The same without its extension, safe as a part of a file name.
    pub(super) fn stem(&self) -> String {
        let name = self.file_name();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
        let stem: String = stem.chars().map(safe).take(80).collect();
        if stem.is_empty() { "image".into() } else { stem }
    }

    /// Pixels of the image, y down. `None` where it has no place in the layer's CRS.
    pub(super) fn image(&self, world: &Geometry<f64>) -> Option<Geometry<f64>> {
        world.try_map_coords(|c| self.placement.image_from_world(c).ok_or(())).ok()
    }

    /// The area of a polygon in pixels of the image; `None` for points and lines, or out of this world.
    pub(super) fn area(&self, world: &Geometry<f64>) -> Option<MultiPolygon<f64>> {
        match self.image(world)? {
            Geometry::Polygon(p) => Some(MultiPolygon::new(vec![p])),
            Geometry::MultiPolygon(m) => Some(m),
            _ => None,
        }
    }

    /// True when a box of pixels meets the image.
    pub(super) fn meets(&self, rect: &geo::Rect<f64>) -> bool {
        let (w, h) = (f64::from(self.layer.width), f64::from(self.layer.height));
        rect.max().x > 0.0 && rect.max().y > 0.0 && rect.min().x < w && rect.min().y < h
    }
}

/// Rings as RFC 7946 wants them where y goes up: outlines counter-clockwise, holes clockwise.
pub(super) fn oriented(geometry: &Geometry<f64>) -> Geometry<f64> {
    match geometry {
        Geometry::Polygon(p) => p.orient(Direction::Default).into(),
        Geometry::MultiPolygon(m) => m.orient(Direction::Default).into(),
        other => other.clone(),
    }
}

/// Every ring of a polygon, outlines before their holes.
pub(super) fn rings(area: &MultiPolygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    area.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
}
