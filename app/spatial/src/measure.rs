//! Lengths and areas on the ellipsoid.

use geo::{Geodesic, GeodesicArea as _, Length as _};
use geo_types::{Coord, Geometry, LineString, Polygon};

use crate::{Crs, Transformer};

/// Measures many geometries of one CRS. Edges are geodesics on WGS 84 between the vertices (Karney 2013);
/// where there is no CRS everything is planar, in pixels.
#[derive(Clone, Debug)]
pub struct Measure {
    to_lonlat: Option<Transformer>,
}

impl Measure {
    /// For geometries of this CRS; `None` is pixel space.
    pub fn new(crs: Option<&Crs>) -> Self {
        // Every CRS that exists has a way to WGS 84; if that ever failed, planar is the honest fallback.
        Self { to_lonlat: crs.and_then(|crs| Transformer::new(crs, &Crs::wgs84()).ok()) }
    }

    /// Area in m² (px² in pixel space), holes taken off whatever way the rings turn; 0 for points and lines.
    /// `None` where a vertex has no place on the earth.
    pub fn area_m2(&self, geometry: &Geometry<f64>) -> Option<f64> {
        match &self.to_lonlat {
            None => Some(geo::Area::unsigned_area(geometry)),
            Some(to_lonlat) => {
                let lonlat = to_lonlat.convert_geometry(geometry)?;
                let on_earth = geo::CoordsIter::coords_iter(&lonlat).all(|p| p.y.abs() <= 90.0);
                on_earth.then(|| geodesic_area(&lonlat))
            }
        }
    }

    /// Length of a line in m (px in pixel space). `None` where a vertex has no place on the earth.
    pub fn length_m(&self, line: &LineString<f64>) -> Option<f64> {
        let Some(to_lonlat) = &self.to_lonlat else { return Some(geo::Euclidean.length(line)) };
        let lonlat = |p: &Coord<f64>| to_lonlat.convert(*p).filter(|p| p.y.abs() <= 90.0);
        let points: Option<Vec<_>> = line.coords().map(lonlat).collect();
        Some(Geodesic.length(&LineString::new(points?)))
    }

    /// Length of all rings and lines in m (px in pixel space); 0 for points.
    pub fn perimeter_m(&self, geometry: &Geometry<f64>) -> Option<f64> {
        lines_of(geometry).iter().map(|line| self.length_m(line)).sum()
    }
}

/// Area in m² on WGS 84 (px² where there is no CRS), holes taken off. For many geometries use [`Measure`].
pub fn area_m2(geometry: &Geometry<f64>, crs: Option<&Crs>) -> Option<f64> {
    Measure::new(crs).area_m2(geometry)
}

/// Length in m on WGS 84 (px where there is no CRS). For many lines use [`Measure`].
pub fn length_m(line: &LineString<f64>, crs: Option<&Crs>) -> Option<f64> {
    Measure::new(crs).length_m(line)
}

fn geodesic_area(lonlat: &Geometry<f64>) -> f64 {
    match lonlat {
        Geometry::Polygon(p) => polygon_area(p),
        Geometry::MultiPolygon(m) => m.iter().map(polygon_area).sum(),
        Geometry::GeometryCollection(c) => c.iter().map(geodesic_area).sum(),
        Geometry::Rect(r) => polygon_area(&r.to_polygon()),
        Geometry::Triangle(t) => polygon_area(&t.to_polygon()),
        _ => 0.0,
    }
}

/// Ring by ring, because the library's signs depend on how the rings are wound and files wind them any way.
fn polygon_area(polygon: &Polygon<f64>) -> f64 {
    let ring = |line: &LineString<f64>| Polygon::new(line.clone(), Vec::new()).geodesic_area_signed().abs();
    let holes: f64 = polygon.interiors().iter().map(ring).sum();
    (ring(polygon.exterior()) - holes).max(0.0)
}

fn lines_of(geometry: &Geometry<f64>) -> Vec<LineString<f64>> {
    let rings = |p: &Polygon<f64>| -> Vec<LineString<f64>> {
        std::iter::once(p.exterior()).chain(p.interiors()).cloned().collect()
    };
    match geometry {
        Geometry::Line(l) => vec![LineString::from(*l)],
        Geometry::LineString(l) => vec![l.clone()],
        Geometry::MultiLineString(m) => m.0.clone(),
        Geometry::Polygon(p) => rings(p),
        Geometry::MultiPolygon(m) => m.iter().flat_map(rings).collect(),
        Geometry::GeometryCollection(c) => c.iter().flat_map(lines_of).collect(),
        Geometry::Rect(r) => rings(&r.to_polygon()),
        Geometry::Triangle(t) => rings(&t.to_polygon()),
        Geometry::Point(_) | Geometry::MultiPoint(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::{MultiPolygon, Point, point, polygon};

    fn around_joplin() -> Polygon<f64> {
        polygon!(
            exterior: [(x: -94.55, y: 37.05), (x: -94.45, y: 37.05), (x: -94.45, y: 37.1), (x: -94.55, y: 37.1)],
            interiors: [[(x: -94.51, y: 37.07), (x: -94.49, y: 37.07), (x: -94.49, y: 37.08), (x: -94.51, y: 37.08)]]
        )
    }

    fn wound(polygon: &Polygon<f64>, exterior: bool, interior: bool) -> Geometry<f64> {
        let turn = |line: &LineString<f64>, turn: bool| {
            let mut points = line.0.clone();
            if turn {
                points.reverse();
            }
            LineString::new(points)
        };
        let holes = polygon.interiors().iter().map(|l| turn(l, interior)).collect();
        Geometry::Polygon(Polygon::new(turn(polygon.exterior(), exterior), holes))
    }

    #[test]
    fn area_takes_holes_off_whatever_way_the_rings_turn() {
        for (exterior, interior) in [(false, false), (true, false), (false, true), (true, true)] {
            let area =
                area_m2(&wound(&around_joplin(), exterior, interior), Some(&Crs::wgs84())).expect("on earth");
            assert!((area - JOPLIN_M2).abs() < 0.01, "{area}");
        }
    }
    // pyproj.Geod(ellps="WGS84").geometry_area_perimeter, exterior less interior.
    const JOPLIN_M2: f64 = 47_369_852.183_188_44;

    #[test]
    fn several_polygons_add_up_and_points_have_no_area() {
        let several = Geometry::MultiPolygon(MultiPolygon::new(vec![around_joplin(), around_joplin()]));
        let measure = Measure::new(Some(&Crs::wgs84()));
        assert!((measure.area_m2(&several).expect("on earth") - 2.0 * JOPLIN_M2).abs() < 0.02);
        assert_eq!(measure.area_m2(&Geometry::Point(Point::new(1.0, 2.0))), Some(0.0));
        let line = Geometry::LineString(around_joplin().exterior().clone());
        assert_eq!(measure.area_m2(&line), Some(0.0));
        assert_eq!(measure.perimeter_m(&Geometry::Point(point!(x: 0.0, y: 0.0))), Some(0.0));
    }

    #[test]
    fn projected_coordinates_are_measured_on_the_ellipsoid_not_on_the_grid() {
        // 100 m of grid in UTM 15N near its central meridian are 100.04 m on the ground.
        let crs = Crs::from_epsg(32615).expect("in the table");
        let line = LineString::from(vec![(500_000.0, 4_100_000.0), (500_100.0, 4_100_000.0)]);
        let length = length_m(&line, Some(&crs)).expect("on earth");
        assert!((length - UTM_LINE_M).abs() < 1e-5, "{length}");
        let square = polygon![(x: 500_000.0, y: 4_100_000.0), (x: 500_100.0, y: 4_100_000.0), (x: 500_100.0, y: 4_100_100.0), (x: 500_000.0, y: 4_100_100.0)];
        let area = area_m2(&square.into(), Some(&crs)).expect("on earth");
        assert!((area - UTM_SQUARE_M2).abs() < 1e-3, "{area}");
    }
    // pyproj.Geod(ellps="WGS84") on the corners converted by PROJ.
    const UTM_LINE_M: f64 = 100.040_016_002;
    const UTM_SQUARE_M2: f64 = 10_008.004_801_96;

    #[test]
    fn pixel_space_is_planar() {
        let square = polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: -3.0), (x: 0.0, y: -3.0)];
        assert_eq!(area_m2(&square.clone().into(), None), Some(12.0));
        assert_eq!(Measure::new(None).perimeter_m(&square.into()), Some(14.0));
    }

    #[test]
    fn a_place_off_the_earth_has_no_measure() {
        let line = LineString::from(vec![(0.0, 0.0), (0.0, 95.0)]);
        let crs = Crs::from_epsg(4258).expect("in the table");
        assert_eq!(length_m(&line, Some(&crs)), None);
        assert_eq!(length_m(&line, Some(&Crs::wgs84())), None);
    }
}
