//! Which pixels of a row have their middle inside a shape.

use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon};

/// A shape in pixels, to be asked row by row.
#[derive(Debug)]
pub(crate) struct Inside {
    polygons: Vec<Vec<Vec<Coord<f64>>>>,
    points: Vec<Coord<f64>>,
}

impl Inside {
    /// Areas and points; lines cover no pixel.
    pub(crate) fn new(shape: &Geometry<f64>) -> Self {
        let mut inside = Self { polygons: Vec::new(), points: Vec::new() };
        inside.add(shape);
        inside
    }

    fn add(&mut self, shape: &Geometry<f64>) {
        match shape {
            Geometry::Polygon(one) => self.add_polygon(one),
            Geometry::MultiPolygon(MultiPolygon(all)) => all.iter().for_each(|one| self.add_polygon(one)),
            Geometry::Rect(rect) => self.add_polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.add_polygon(&triangle.to_polygon()),
            Geometry::Point(point) => self.points.push(point.0),
            Geometry::MultiPoint(all) => self.points.extend(all.iter().map(|p| p.0)),
            Geometry::GeometryCollection(all) => all.iter().for_each(|one| self.add(one)),
            Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => {}
        }
    }

    fn add_polygon(&mut self, polygon: &Polygon<f64>) {
        let ring = |ring: &LineString<f64>| ring.0.clone();
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        self.polygons.push(rings.map(ring).collect());
    }

    /// Sets what is inside of a row; `mask[i]` is the pixel in column `left + i`. A pixel whose middle lies
    /// on an edge belongs to the shape on its right or below it, so that neighbours share none.
    pub(crate) fn row(&self, row: u32, left: u32, mask: &mut [bool]) {
        mask.fill(false);
        let y = f64::from(row) + 0.5;
        for rings in &self.polygons {
            let mut crossings: Vec<f64> = Vec::new();
            for edge in rings.iter().flat_map(|ring| ring.windows(2)) {
                let (a, b) = (edge[0], edge[1]);
                if (a.y <= y) != (b.y <= y) {
                    crossings.push(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
                }
            }
            crossings.sort_by(f64::total_cmp);
            for pair in crossings.as_chunks::<2>().0 {
                let at = |x: f64| ((x - 0.5).ceil() - f64::from(left)).clamp(0.0, mask.len() as f64) as usize;
                let (from, to) = (at(pair[0]), at(pair[1]));
                mask[from..to.max(from)].fill(true);
            }
        }
        for point in self.points.iter().filter(|p| p.y.floor() == f64::from(row)) {
            let at = point.x.floor() - f64::from(left);
            if at >= 0.0
                && let Some(pixel) = mask.get_mut(at as usize)
            {
                *pixel = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Contains as _, Point};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_say_what_point_in_polygon_says(
            corners in prop::collection::vec((-3.01_f64..23.03, -3.02_f64..17.07), 3..4),
        ) {
            // Neither a triangle nor its hole goes through the middle of a pixel but by a rare chance.
            let ring = corners;
            let hole = vec![(8.03, 6.07), (11.01, 6.02), (10.97, 9.11)];
            let polygon = Polygon::new(ring.into(), vec![hole.into()]);
            let even_odd = |p: &Point<f64>| {
                let outer = Polygon::new(polygon.exterior().clone(), Vec::new()).contains(p);
                let inner = Polygon::new(polygon.interiors()[0].clone(), Vec::new()).contains(p);
                outer != inner
            };
            let inside = Inside::new(&Geometry::Polygon(polygon.clone()));
            let mut mask = [false; 24];
            for row in 0..15 {
                inside.row(row, 2, &mut mask);
                for (i, found) in mask.iter().enumerate() {
                    let centre = Point::new(i as f64 + 2.5, f64::from(row) + 0.5);
                    prop_assert_eq!(*found, even_odd(&centre), "{:?}", centre);
                }
            }
        }
    }

    #[test]
    fn neighbours_share_no_pixel_and_a_point_has_its_own() {
        let square = |x: f64| Geometry::Rect(geo::Rect::new((x, 0.5), (x + 3.0, 2.5)));
        let (mut a, mut b) = ([false; 8], [false; 8]);
        Inside::new(&square(0.5)).row(1, 0, &mut a);
        Inside::new(&square(3.5)).row(1, 0, &mut b);
        assert_eq!(a, [true, true, true, false, false, false, false, false]);
        assert_eq!(b, [false, false, false, true, true, true, false, false]);
        Inside::new(&Geometry::Point(Point::new(6.99, 1.0))).row(1, 4, &mut a);
        assert_eq!(a.iter().position(|i| *i), Some(2));
    }
}
