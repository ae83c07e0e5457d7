//! Which pixels a polygon covers: those whose centre is inside, by GDAL's rule to the last tie.
//!
//! A row of pixels is cut at its middle; an edge counts when it starts at or above the cut and ends below;
//! the pixels between two crossings `a < b` are `⌊a + ½⌋ … ⌊b + ½⌋ − 1`. An edge that lies on the cut fills
//! its own pixels when it runs to the left, all rings (holes too) taken clockwise on the ground.

use geo::{Coord, LineString, MultiPolygon};

use super::frame::rings;

/// One edge, its upper end first.
struct Edge {
    upper: Coord<f64>,
    lower: Coord<f64>,
    /// Rows whose middle it crosses: from this one, to before the next.
    first: i64,
    end: i64,
}

/// The edges of a polygon in pixels (y down) that meet some rows.
pub(super) struct Scan {
    edges: Vec<Edge>,
    /// Rows with edges on their middle: row, first pixel, pixel after the last.
    flat: Vec<(i64, i64, i64)>,
}

impl Scan {
    /// For rows `from..to`.
    pub(super) fn new(area: &MultiPolygon<f64>, from: i64, to: i64) -> Self {
        let mut scan = Self { edges: Vec::new(), flat: Vec::new() };
        for ring in rings(area) {
            scan.ring(ring, from, to);
        }
        scan.edges.sort_by_key(|e| e.first);
        scan
    }

    fn ring(&mut self, ring: &LineString<f64>, from: i64, to: i64) {
        // Rows run downwards, so clockwise on the ground is a positive sum here.
        let clockwise = ring.lines().map(|l| l.determinant()).sum::<f64>() > 0.0;
        for line in ring.lines() {
            let (a, b) = (line.start, line.end);
            if a.y == b.y {
                let row = (a.y - 0.5).floor();
                if a.y - 0.5 == row && (a.x > b.x) == clockwise && (from..to).contains(&(row as i64)) {
                    self.flat.push((row as i64, pixel(a.x.min(b.x)), pixel(a.x.max(b.x))));
                }
                continue;
            }
            let (upper, lower) = if a.y < b.y { (a, b) } else { (b, a) };
            let (first, end) = ((upper.y - 0.5).ceil() as i64, (lower.y - 0.5).ceil() as i64);
            if first < end && end > from && first < to {
                self.edges.push(Edge { upper, lower, first, end });
            }
        }
    }

    /// Gives every run of covered pixels in rows `from..to` and columns `0..width`: row, first, after the last.
    pub(super) fn runs(&self, from: i64, to: i64, width: u32, mut run: impl FnMut(i64, usize, usize)) {
        let width = i64::from(width);
        let mut emit = |row: i64, start: i64, end: i64| {
            let (start, end) = (start.clamp(0, width), end.clamp(0, width));
            if start < end {
                run(row, start as usize, end as usize);
            }
        };
        for (row, start, end) in &self.flat {
            if (from..to).contains(row) {
                emit(*row, *start, *end);
            }
        }
        let (mut waiting, mut active) = (self.edges.iter().peekable(), Vec::<&Edge>::new());
        let mut crossings = Vec::new();
        for row in from..to {
            active.retain(|e| e.end > row);
            while let Some(edge) = waiting.next_if(|e| e.first <= row) {
                if edge.end > row {
                    active.push(edge);
                }
            }
            let middle = row as f64 + 0.5;
            crossings.clear();
            crossings.extend(active.iter().map(|e| {
                let (p, q) = (e.upper, e.lower);
                // In GDAL's order of operations, so that ties fall the same way.
                pixel((middle - p.y) * (q.x - p.x) / (q.y - p.y) + p.x)
            }));
            crossings.sort_unstable();
            for pair in crossings.chunks_exact(2) {
                emit(row, pair[0], pair[1]);
            }
        }
    }
}

/// The first pixel whose centre is at or right of `x`, as GDAL rounds it.
fn pixel(x: f64) -> i64 {
    (x + 0.5).floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    fn picture(area: &MultiPolygon<f64>, width: u32, height: i64) -> Vec<String> {
        let mut rows = vec![vec![b'.'; width as usize]; height as usize];
        Scan::new(area, 0, height)
            .runs(0, height, width, |row, start, end| rows[row as usize][start..end].fill(b'#'));
        rows.into_iter().map(|r| String::from_utf8(r).expect("ASCII")).collect()
    }

    #[test]
    fn centres_inside_are_covered_and_holes_are_not() {
        let ring: MultiPolygon<f64> = wkt!(MULTIPOLYGON(
            ((0.6 0.6, 5.4 0.6, 5.4 4.6, 0.6 4.6, 0.6 0.6), (2. 2., 4. 2., 4. 4., 2. 4., 2. 2.))
        ));
        assert_eq!(picture(&ring, 6, 5), ["......", ".####.", ".#..#.", ".#..#.", ".####."]);
    }

    #[test]
    fn corners_on_centres_fall_as_in_gdal_whatever_way_the_ring_turns() {
        let mut square: MultiPolygon<f64> =
            wkt!(MULTIPOLYGON(((1.5 1.5, 3.5 1.5, 3.5 3.5, 1.5 3.5, 1.5 1.5))));
        let meant = [".....", "..##.", "..##.", "..##.", "....."];
        assert_eq!(picture(&square, 5, 5), meant);
        square.0[0].exterior_mut(|ring| ring.0.reverse());
        assert_eq!(picture(&square, 5, 5), meant);
    }

    #[test]
    fn bands_of_rows_give_what_all_rows_give() {
        let area: MultiPolygon<f64> =
            wkt!(MULTIPOLYGON(((3. -7., 60.2 20.7, 33.3 71.4, 40. 30., -9. 44.1, 3. -7.))));
        let whole = picture(&area, 50, 60);
        let mut rows = vec![vec![b'.'; 50]; 60];
        for from in (0..60).step_by(7) {
            let to = (from + 7).min(60);
            Scan::new(&area, from, to).runs(from, to, 50, |row, a, b| rows[row as usize][a..b].fill(b'#'));
        }
        assert_eq!(rows.into_iter().map(|r| String::from_utf8(r).expect("ASCII")).collect::<Vec<_>>(), whole);
    }
}
