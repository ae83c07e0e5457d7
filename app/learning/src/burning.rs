//! Polygons burnt into pixels.

use geo::{Coord, Geometry, LineString, Polygon};

/// Calls `paint(row, columns)` for the runs of pixels whose middle lies inside an area; coordinates are pixels of the
/// window, whose first pixel has its outer corner at (0, 0). Points and lines cover nothing. A middle on an edge belongs to
/// the shape on its right or below it, so that neighbours share no pixel and leave none out.
pub fn burn(
    shape: &Geometry<f64>,
    (width, height): (usize, usize),
    mut paint: impl FnMut(usize, std::ops::Range<usize>),
) {
    let mut edges: Vec<Edge> = Vec::new();
    collect(shape, &mut edges);
    let rows = |y: f64| (y - 0.5).ceil().clamp(0.0, height as f64) as usize;
    // Edges by the first row that they cross: the others are not looked at in that row.
    edges.retain(|e| rows(e.top) < rows(e.bottom));
    edges.sort_by(|a, b| a.top.total_cmp(&b.top));
    let (Some(first), Some(last)) =
        (edges.iter().map(|e| rows(e.top)).min(), edges.iter().map(|e| rows(e.bottom)).max())
    else {
        return;
    };
    let (mut next, mut live, mut crossings): (usize, Vec<Edge>, Vec<f64>) = (0, Vec::new(), Vec::new());
    for row in first..last {
        let y = row as f64 + 0.5;
        while edges.get(next).is_some_and(|e| rows(e.top) <= row) {
            live.push(edges[next]);
            next += 1;
        }
        live.retain(|e| rows(e.bottom) > row);
        crossings.clear();
        crossings.extend(live.iter().map(|e| e.x + (y - e.top) * e.slope));
        crossings.sort_unstable_by(f64::total_cmp);
        for pair in crossings.as_chunks::<2>().0 {
            let column = |x: f64| (x - 0.5).ceil().clamp(0.0, width as f64) as usize;
            let (from, to) = (column(pair[0]), column(pair[1]));
            if from < to {
                paint(row, from..to);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Edge {
    top: f64,
    bottom: f64,
    /// Where it is at its top, and how far it goes to the right per row.
    x: f64,
    slope: f64,
}

fn collect(shape: &Geometry<f64>, edges: &mut Vec<Edge>) {
    let mut polygon = |p: &Polygon<f64>| {
        std::iter::once(p.exterior()).chain(p.interiors()).for_each(|ring| collect_ring(ring, edges));
    };
    match shape {
        Geometry::Polygon(one) => polygon(one),
        Geometry::MultiPolygon(all) => all.iter().for_each(polygon),
        Geometry::Rect(rect) => polygon(&rect.to_polygon()),
        Geometry::Triangle(triangle) => polygon(&triangle.to_polygon()),
        _ => {}
    }
}

fn collect_ring(ring: &LineString<f64>, edges: &mut Vec<Edge>) {
    for pair in ring.0.windows(2) {
        let (a, b): (Coord<f64>, Coord<f64>) =
            if pair[0].y <= pair[1].y { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
        if a.y < b.y && [a.x, a.y, b.x, b.y].iter().all(|c| c.is_finite()) {
            edges.push(Edge { top: a.y, bottom: b.y, x: a.x, slope: (b.x - a.x) / (b.y - a.y) });
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::{Contains as _, Point, polygon};
    use proptest::prelude::*;

    use super::*;

    fn burnt(shape: &Geometry<f64>, width: usize, height: usize) -> Vec<bool> {
        let mut mask = vec![false; width * height];
        burn(shape, (width, height), |row, columns| {
            for column in columns {
                mask[row * width + column] = true;
            }
        });
        mask
    }

    #[test]
    fn neighbours_share_no_pixel_and_leave_none_out() {
        let left = polygon![(x: 0.0, y: 0.0), (x: 4.5, y: 0.0), (x: 2.5, y: 8.0), (x: 0.0, y: 8.0)];
        let right = polygon![(x: 4.5, y: 0.0), (x: 8.0, y: 0.0), (x: 8.0, y: 8.0), (x: 2.5, y: 8.0)];
        let (a, b) = (burnt(&left.into(), 8, 8), burnt(&right.into(), 8, 8));
        assert!(a.iter().zip(&b).all(|(a, b)| a != b), "each pixel is in one of them");
    }

    #[test]
    fn a_hole_stays_open_and_what_lies_outside_is_cut() {
        let ring = polygon!(
            exterior: [(x: -5.0, y: -5.0), (x: 12.0, y: -5.0), (x: 12.0, y: 12.0), (x: -5.0, y: 12.0)],
            interiors: [[(x: 2.0, y: 2.0), (x: 4.0, y: 2.0), (x: 4.0, y: 4.0), (x: 2.0, y: 4.0)]],
        );
        assert_eq!(burnt(&ring.into(), 8, 8).iter().filter(|b| !**b).count(), 4);
        let far = polygon![(x: 90.0, y: 90.0), (x: 99.0, y: 90.0), (x: 99.0, y: 99.0)];
        assert!(burnt(&far.into(), 8, 8).iter().all(|b| !*b));
    }

    proptest! {
        #[test]
        fn a_pixel_is_burnt_where_its_middle_is_inside(
            corners in proptest::collection::vec((0.0..20.0_f64, 0.0..16.0_f64), 3..9)
        ) {
            let ring: LineString<f64> = corners.iter().map(|(x, y)| Coord { x: *x + 1e-4, y: *y + 1e-4 }).collect();
            let shape = Polygon::new(ring, Vec::new());
            let mask = burnt(&shape.clone().into(), 20, 16);
            // `contains` means what is inside by winding; only shapes that do not cross themselves are alike.
            prop_assume!(geo::Validation::is_valid(&shape));
            for (at, burnt) in mask.iter().enumerate() {
                let middle = Point::new((at % 20) as f64 + 0.5, (at / 20) as f64 + 0.5);
                prop_assert_eq!(*burnt, shape.contains(&middle));
            }
        }
    }
}
