//! Shapes on the map or in a file as the area of a plan, in pixels of its layer.

use std::sync::Arc;

use geo::{Coord, Geometry, LineString, Polygon};
use project::screening::Area;
use project::{CoordinateSpace, Feature, Layer, LayerId, Project, RegionId};
use spatial::{Crs, Transformer};

use crate::DatasetError;

/// The polygons of a file in pixels of a layer. Shapes without an area are left out; those that lie nowhere on the
/// layer's map too.
pub fn area_of_features(layer: &Layer, features: &[Feature]) -> Result<Area, DatasetError> {
    let mut area = Area::new();
    // What GeoJSON without a CRS means (RFC 7946), as for shapes that are imported.
    let unstated = Arc::new(Crs::from_epsg(4326)?);
    for feature in features {
        if let Some(image) = &feature.image_geometry {
            take(&mut area, image, Some);
            continue;
        }
        let Some(geometry) = &feature.geometry else { continue };
        let from = match (&feature.space, &layer.crs) {
            (CoordinateSpace::Image, _) | (CoordinateSpace::Unstated, None) => {
                take(&mut area, geometry, Some);
                continue;
            }
            (CoordinateSpace::Crs(from), None) => return Err(DatasetError::PixelProject(from.label())),
            (CoordinateSpace::Crs(from), Some(_)) => from,
            (CoordinateSpace::Unstated, Some(_)) => &unstated,
        };
        if let Some(to) = &layer.crs {
            let way = Transformer::new(from, to)?;
            take(&mut area, geometry, |c| layer.image_from_world(way.convert(c)?));
        }
    }
    if area.is_empty() {
        return Err(DatasetError::NotShapes("no polygon that lies on the layer's map".into()));
    }
    Ok(area)
}

/// Chosen regions in pixels of a layer; what has no area is left out.
pub fn area_of_regions(
    project: &Project,
    layer: LayerId,
    regions: impl IntoIterator<Item = RegionId>,
) -> Result<Area, DatasetError> {
    let described = project.layers().get(&layer).ok_or(DatasetError::NoLayer(layer))?;
    let placement = described.placement(project.crs())?;
    let mut area = Area::new();
    for region in regions.into_iter().filter_map(|id| project.region(id)) {
        take(&mut area, &region.geometry, |c| placement.image_from_world(c));
    }
    Ok(area)
}

fn take(area: &mut Area, geometry: &Geometry<f64>, to_image: impl Fn(Coord<f64>) -> Option<Coord<f64>>) {
    let ring = |ring: &LineString<f64>| -> Option<Vec<[f64; 2]>> {
        let open = ring.0.len().saturating_sub(usize::from(ring.is_closed()));
        ring.0[..open].iter().map(|c| to_image(*c).map(|p| [p.x, p.y])).collect()
    };
    let mut push = |polygon: &Polygon<f64>| {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        let rings: Option<Vec<_>> = rings.map(ring).collect();
        area.extend(rings.filter(|rings| rings.iter().all(|ring| ring.len() > 2)));
    };
    match geometry {
        Geometry::Polygon(polygon) => push(polygon),
        Geometry::MultiPolygon(many) => many.iter().for_each(push),
        Geometry::Rect(rect) => push(&rect.to_polygon()),
        Geometry::Triangle(triangle) => push(&triangle.to_polygon()),
        _ => {}
    }
}
