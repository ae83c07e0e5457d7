//! Which boxes of a grid an area meets.

/// Spans of a grid along one axis, in ascending order of both ends; they may overlap.
pub(super) type Spans = [(f64, f64)];

/// Box after box, row by row: true where box and area share ground. Exact but for rounding: what is shared
/// either has the middle of the box in it, or a border of the area runs through the inside of the box.
///
/// Takes time in proportion to the boxes, plus the rows that each edge of the area crosses.
pub(super) fn meets(area: &[Vec<Vec<[f64; 2]>>], columns: &Spans, rows: &Spans) -> Vec<bool> {
    let mut found = vec![false; columns.len() * rows.len()];
    if columns.is_empty() {
        return found;
    }
    let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); rows.len()];
    let middles: Vec<f64> = rows.iter().map(|(a, b)| a.midpoint(*b)).collect();
    for ring in area.iter().flatten() {
        for (p, q) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            let (low, high) = (p[1].min(q[1]), p[1].max(q[1]));
            // Spans ascend, so those that an edge reaches lie next to each other.
            let first = rows.partition_point(|(_, end)| *end <= low);
            for (row, span) in
                rows.iter().enumerate().skip(first).take_while(|(_, (start, _))| *start <= high)
            {
                if let Some((left, right)) = within(*p, *q, *span) {
                    let line = &mut found[row * columns.len()..][..columns.len()];
                    mark(line, columns, left, right);
                }
            }
            let crossed = middles.partition_point(|y| *y < low);
            for (row, y) in middles.iter().enumerate().skip(crossed).take_while(|(_, y)| **y < high) {
                crossings[row].push(p[0] + (q[0] - p[0]) * (y - p[1]) / (q[1] - p[1]));
            }
        }
    }
    for (row, mut crossed) in crossings.into_iter().enumerate() {
        crossed.sort_by(f64::total_cmp);
        for pair in crossed.chunks_exact(2) {
            let line = &mut found[row * columns.len()..][..columns.len()];
            let from = columns.partition_point(|(a, b)| a.midpoint(*b) < pair[0]);
            let to = columns.partition_point(|(a, b)| a.midpoint(*b) <= pair[1]);
            line[from..to.max(from)].fill(true);
        }
    }
    found
}

/// How far an edge reaches to the left and right within the inside of a row.
fn within(p: [f64; 2], q: [f64; 2], (top, bottom): (f64, f64)) -> Option<(f64, f64)> {
    let down = q[1] - p[1];
    let (from, to) = if down == 0.0 {
        (top < p[1] && p[1] < bottom).then_some((0.0, 1.0))?
    } else {
        let (a, b) = ((top - p[1]) / down, (bottom - p[1]) / down);
        (a.min(b).max(0.0), a.max(b).min(1.0))
    };
    let at = |t: f64| p[0] + (q[0] - p[0]) * t;
    (from < to).then(|| (at(from).min(at(to)), at(from).max(at(to))))
}

fn mark(line: &mut [bool], columns: &Spans, left: f64, right: f64) {
    let first = columns.partition_point(|(_, end)| *end <= left);
    for (at, (start, end)) in columns.iter().enumerate().skip(first) {
        if *start >= right && !(left == right && *start < left) {
            break;
        }
        line[at] |= *start < right.max(left) && *end > left;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(step: f64, side: f64, count: usize) -> Vec<(f64, f64)> {
        (0..count).map(|i| (i as f64 * step, i as f64 * step + side)).collect()
    }

    #[test]
    fn an_area_that_ends_where_boxes_end_meets_no_neighbour() {
        let spans = spans(10.0, 10.0, 4);
        let square = |a: f64, b: f64| vec![vec![[a, a], [b, a], [b, b], [a, b]]];
        let count = |area: Vec<Vec<[f64; 2]>>| meets(&[area], &spans, &spans).iter().filter(|m| **m).count();
        assert_eq!(count(square(10.0, 30.0)), 4);
        assert_eq!(count(square(10.0, 30.1)), 9);
        assert_eq!(count(square(9.9, 30.0)), 9);
        assert_eq!(count(square(11.0, 12.0)), 1, "smaller than a box");
        let mut holed = square(0.0, 40.0);
        holed.push(vec![[10.0, 10.0], [10.0, 20.0], [20.0, 20.0], [20.0, 10.0]]);
        assert_eq!(count(holed), 15, "a box that fills a hole is left out");
    }

    proptest! {
        #[test]
        fn every_point_of_an_area_lies_in_a_box_that_meets_it(
            corners in prop::collection::vec((0.0..100.0_f64, 0.0..100.0_f64), 3..9),
            points in prop::collection::vec((0.0..100.0_f64, 0.0..100.0_f64), 40),
            step in 3.0..20.0_f64,
            lap in 0.0..3.0_f64,
        ) {
            let spans = spans(step, step + lap, (100.0 / step).ceil() as usize + 1);
            let ring: Vec<[f64; 2]> = corners.iter().map(|(x, y)| [*x, *y]).collect();
            let found = meets(&[vec![ring.clone()]], &spans, &spans);
            let inside = |x: f64, y: f64| {
                let edges = ring.iter().zip(ring.iter().cycle().skip(1));
                edges.filter(|(p, q)| {
                    (p[1] > y) != (q[1] > y) && x < p[0] + (q[0] - p[0]) * (y - p[1]) / (q[1] - p[1])
                }).count() % 2 == 1
            };
            let n = spans.len();
            for (x, y) in points.into_iter().filter(|(x, y)| inside(*x, *y)) {
                for (row, (y0, y1)) in spans.iter().enumerate().filter(|(_, (a, b))| *a < y && y < *b) {
                    for (column, (x0, x1)) in spans.iter().enumerate().filter(|(_, (a, b))| *a < x && x < *b) {
                        prop_assert!(found[row * n + column], "{x},{y} lies in {x0}..{x1}, {y0}..{y1}");
                    }
                }
            }
        }
    }
}
