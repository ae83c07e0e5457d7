//! Lengths and areas on the ellipsoid.

use geo::{Geodesic, GeodesicArea as _, Length as _};
use geo_types::{Geometry, LineString};

use crate::{Crs, Transformer};

/// Area in square metres on WGS 84 (geodesic, Karney 2013), holes taken off; planar where there is no CRS.
pub fn area_m2(geometry: &Geometry<f64>, crs: Option<&Crs>) -> Option<f64> {
    let Some(crs) = crs else { return Some(geo::Area::unsigned_area(geometry)) };
    Some(to_lonlat(geometry, crs)?.geodesic_area_unsigned())
}

/// Length in metres on WGS 84; planar where there is no CRS.
pub fn length_m(line: &LineString<f64>, crs: Option<&Crs>) -> Option<f64> {
    let Some(crs) = crs else { return Some(geo::Euclidean.length(line)) };
    let Geometry::LineString(line) = to_lonlat(&Geometry::LineString(line.clone()), crs)? else {
        return None;
    };
    Some(Geodesic.length(&line))
}

fn to_lonlat(geometry: &Geometry<f64>, crs: &Crs) -> Option<Geometry<f64>> {
    let transformer = Transformer::new(crs, &Crs::from_epsg(4326).ok()?).ok()?;
    transformer.convert_geometry(geometry)
}
