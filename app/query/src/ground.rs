//! Areas and lengths of very many small shapes: by the shape of the ellipsoid at their place, not by a geodesic for
//! every edge. What is too large for that is measured as [`Measure`] does.

use std::collections::HashMap;

use geo::{Area as _, BoundingRect as _, Coord, Geometry, LineString, Polygon};
use spatial::{Crs, Measure};

/// Side of a cell in units of the CRS: between its corners what a unit is on the ground is interpolated, which
/// errs by a few parts in a thousand million in UTM.
const CELL: f64 = 1000.0;
/// Shapes that are wider than this are measured edge by edge.
const WIDEST: f64 = 250.0;
/// How much the area of a unit may change over a cell.
const EVEN: f64 = 1.0 + 4e-5;
/// Half the length of the lines that are measured at a corner.
const REACH: f64 = 50.0;

/// How long steps in x and y are on the ground: the first fundamental form, in m² per unit².
#[derive(Clone, Copy, Debug)]
struct Metric {
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Metric {
    fn weighted(parts: [(Self, f64); 4]) -> Self {
        let sum = |of: fn(&Self) -> f64| parts.iter().map(|(metric, weight)| of(metric) * weight).sum();
        Self { xx: sum(|m| m.xx), xy: sum(|m| m.xy), yy: sum(|m| m.yy) }
    }

    /// m² of a square unit.
    fn area(self) -> f64 {
        (self.xx * self.yy - self.xy * self.xy).max(0.0).sqrt()
    }

    /// m of a step.
    fn length(self, a: Coord<f64>, b: Coord<f64>) -> f64 {
        let d = b - a;
        (self.xx * d.x * d.x + 2.0 * self.xy * d.x * d.y + self.yy * d.y * d.y).max(0.0).sqrt()
    }
}

/// Measures many shapes of one CRS, to about one part in a million of what [`Measure`] says.
#[derive(Debug)]
pub(crate) struct Ground {
    exact: Measure,
    /// Units are lengths on the ground, near enough for cells; else everything is measured exactly.
    is_plane: bool,
    corners: HashMap<(i64, i64), Option<Metric>>,
}

impl Ground {
    pub(crate) fn new(crs: Option<&Crs>) -> Self {
        let is_plane = crs.is_some_and(|crs| !crs.is_geographic());
        Self { exact: Measure::new(crs), is_plane, corners: HashMap::new() }
    }

    /// Area in m² and length of all rings and lines in m (px without a CRS); NaN where it is not known.
    pub(crate) fn measure(&mut self, geometry: &Geometry<f64>) -> (f64, f64) {
        if let Some(metric) = self.metric(geometry) {
            return (geometry.unsigned_area() * metric.area(), length(geometry, metric));
        }
        let area = self.exact.area_m2(geometry).unwrap_or(f64::NAN);
        (area, self.exact.perimeter_m(geometry).unwrap_or(f64::NAN))
    }

    /// What a unit is on the ground where a small shape lies; `None` for what must be measured exactly.
    fn metric(&mut self, geometry: &Geometry<f64>) -> Option<Metric> {
        let bounds = geometry.bounding_rect().filter(|_| self.is_plane)?;
        if bounds.width().max(bounds.height()) > WIDEST {
            return None;
        }
        let at = bounds.center();
        let (x, y) = (at.x / CELL, at.y / CELL);
        if x.abs() > 1e6 || y.abs() > 1e6 {
            return None;
        }
        let (i, j) = (x.floor(), y.floor());
        let (u, v) = (x - i, y - j);
        let mut corner = |di: i64, dj: i64| self.corner((i as i64 + di, j as i64 + dj));
        let corners = [corner(0, 0)?, corner(1, 0)?, corner(0, 1)?, corner(1, 1)?];
        let weights = [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v];
        let areas = corners.map(Metric::area);
        let (least, most) = areas.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), n| (a.min(*n), b.max(*n)));
        // Where units change fast, as in Web Mercator, the shape itself would be measured unevenly.
        (most < least * EVEN).then(|| Metric::weighted([0, 1, 2, 3].map(|k| (corners[k], weights[k]))))
    }

    fn corner(&mut self, key: (i64, i64)) -> Option<Metric> {
        if let Some(known) = self.corners.get(&key) {
            return *known;
        }
        let at = Coord { x: key.0 as f64 * CELL, y: key.1 as f64 * CELL };
        let line = |dx: f64, dy: f64| {
            let d = Coord { x: dx * REACH, y: dy * REACH };
            let metres = self.exact.length_m(&LineString::new(vec![at - d, at + d]))?;
            Some((metres / (2.0 * REACH)).powi(2))
        };
        let found = (|| {
            let (xx, yy, diagonal) = (line(1.0, 0.0)?, line(0.0, 1.0)?, line(1.0, 1.0)?);
            let metric = Metric { xx, yy, xy: (diagonal - xx - yy) / 2.0 };
            // Far outside of where a projection means anything, a unit is anything.
            (metric.area().is_finite() && metric.area() > 0.0).then_some(metric)
        })();
        self.corners.insert(key, found);
        found
    }
}

fn length(geometry: &Geometry<f64>, metric: Metric) -> f64 {
    let line = |line: &LineString<f64>| -> f64 { line.lines().map(|l| metric.length(l.start, l.end)).sum() };
    let rings = |p: &Polygon<f64>| line(p.exterior()) + p.interiors().iter().map(line).sum::<f64>();
    match geometry {
        Geometry::Polygon(p) => rings(p),
        Geometry::MultiPolygon(m) => m.iter().map(rings).sum(),
        Geometry::LineString(l) => line(l),
        Geometry::MultiLineString(m) => m.iter().map(line).sum(),
        Geometry::Line(l) => metric.length(l.start, l.end),
        Geometry::Rect(r) => rings(&r.to_polygon()),
        Geometry::Triangle(t) => rings(&t.to_polygon()),
        Geometry::Point(_) | Geometry::MultiPoint(_) | Geometry::GeometryCollection(_) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use geo::polygon;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn small_shapes_are_measured_as_edge_by_edge(
            epsg in prop::sample::select(vec![32617_u32, 32733, 2154, 3857, 3031]),
            (x, y) in (-0.3_f64..0.3, 0.1_f64..0.6),
            corners in prop::collection::vec((0.3_f64..1.0, 2.0_f64..110.0), 3..9),
        ) {
            let crs = Crs::from_epsg(epsg).expect("known");
            let origin = match epsg {
                32617 => (500_000.0, 3_200_000.0),
                32733 => (500_000.0, 6_500_000.0),
                2154 => (700_000.0, 6_600_000.0),
                3857 => (1_000_000.0, 5_000_000.0),
                _ => (1_200_000.0, 1_000_000.0),
            };
            let at = (origin.0 + x * 400_000.0, origin.1 + y * 300_000.0);
            let turn = std::f64::consts::TAU / corners.iter().map(|c| c.0).sum::<f64>();
            let mut angle = 0.0;
            let ring: Vec<_> = corners.iter().map(|(step, radius)| {
                angle += step * turn;
                (at.0 + radius * f64::cos(angle), at.1 + radius * f64::sin(angle))
            }).collect();
            let shape: Geometry<f64> = Polygon::new(ring.into(), Vec::new()).into();
            let (area, length) = Ground::new(Some(&crs)).measure(&shape);
            let exact = Measure::new(Some(&crs));
            let (a, l) = (exact.area_m2(&shape).expect("on earth"), exact.perimeter_m(&shape).expect("on earth"));
            // A geodesic polygon is summed from the equator, which itself leaves some thousandths of a square metre.
            prop_assert!((area - a).abs() <= 2e-6 * a + 0.02, "{} of {}", area, a);
            prop_assert!((length - l).abs() <= 2e-6 * l, "{} of {}", length, l);
        }
    }

    #[test]
    fn what_is_large_or_has_no_ground_is_measured_as_ever() {
        let utm = Crs::from_epsg(32617).expect("known");
        let wide: Geometry<f64> =
            polygon![(x: 5e5, y: 3e6), (x: 5.9e5, y: 3e6), (x: 5.9e5, y: 3.09e6), (x: 5e5, y: 3.09e6)].into();
        let exact = Measure::new(Some(&utm));
        assert_eq!(Some(Ground::new(Some(&utm)).measure(&wide).0), exact.area_m2(&wide));
        let square: Geometry<f64> = geo::Rect::new((0.0, 0.0), (3.0, 4.0)).to_polygon().into();
        assert_eq!(Ground::new(None).measure(&square), (12.0, 14.0), "pixels");
        let (area, _) = Ground::new(Some(&Crs::wgs84())).measure(&square);
        assert_eq!(Some(area), Measure::new(Some(&Crs::wgs84())).area_m2(&square));
    }
}
