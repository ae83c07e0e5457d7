//! The exact area of small rings within the texels of a grid.

use super::Cell;

const SIDE: i32 = Cell::BORDERED as i32;
/// A ring with a box of more texels than this is not a small one, and is left out.
const MOST: usize = 1 << 20;

/// The signed area of a ring (that need not repeat its first point).
pub(crate) fn of_ring(points: impl Iterator<Item = [f32; 2]>) -> f32 {
    let mut points = points;
    let Some(first) = points.next() else { return 0.0 };
    let (mut before, mut sum) = ([0.0_f32; 2], 0.0);
    // From the first point, so that no digit is lost far from the origin.
    for point in points {
        let at = [point[0] - first[0], point[1] - first[1]];
        sum += before[0] * at[1] - at[0] * before[1];
        before = at;
    }
    sum / 2.0
}

/// Memory to work in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch {
    ring: Vec<[f32; 2]>,
    sums: Vec<f32>,
}

impl Scratch {
    /// Adds the area of a ring in each texel, times a weight, whichever way round the ring goes.
    pub(crate) fn add_ring(
        &mut self,
        plane: &mut [f32],
        points: impl Iterator<Item = [f32; 2]>,
        weight: f32,
    ) {
        self.ring.clear();
        self.ring.extend(points);
        let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
        for point in &self.ring {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let inside = high[0] >= 0.0 && high[1] >= 0.0 && low[0] < SIDE as f32 && low[1] < SIDE as f32;
        if !inside {
            return;
        }
        let area = of_ring(self.ring.iter().copied());
        let corner = low.map(|at| at.floor() as i32);
        let width = high[0].floor() as i32 - corner[0] + 1;
        let height = high[1].floor() as i32 - corner[1] + 1;
        if width == 1 && height == 1 {
            plane[(corner[1] * SIDE + corner[0]) as usize] += area.abs() * weight;
            return;
        }
        // One more to the right takes what an edge says of the texels beyond it.
        let across = width as usize + 2;
        if across * height as usize > MOST {
            return;
        }
        self.sums.clear();
        self.sums.resize(across * height as usize, 0.0);
        let from = corner.map(|at| at as f32);
        let local = |p: [f32; 2]| [p[0] - from[0], p[1] - from[1]];
        let mut before = self.ring.last().copied().map(local).unwrap_or_default();
        for point in &self.ring {
            let point = local(*point);
            add_edge(&mut self.sums, across, before, point);
            before = point;
        }
        // Down the rows a ring that is positive in the world goes the other way; only that it is one way counts.
        let weight = if area < 0.0 { weight } else { -weight };
        for (y, row) in self.sums.chunks_exact(across).enumerate() {
            let y = corner[1] + y as i32;
            if !(0..SIDE).contains(&y) {
                continue;
            }
            let mut sum = 0.0;
            for (x, change) in row[..width as usize].iter().enumerate() {
                sum += change;
                let x = corner[0] + x as i32;
                if (0..SIDE).contains(&x) {
                    plane[(y * SIDE + x) as usize] += sum * weight;
                }
            }
        }
    }
}

/// Notes for each row what an edge changes from texel to texel: along a row, the sum of changes is the area to the left
/// of the edge that is not yet counted (the accumulation of font-rs).
fn add_edge(sums: &mut [f32], across: usize, from: [f32; 2], to: [f32; 2]) {
    if from[1] == to[1] {
        return;
    }
    let (sign, from, to) = if from[1] < to[1] { (1.0, from, to) } else { (-1.0, to, from) };
    let slope = (to[0] - from[0]) / (to[1] - from[1]);
    let mut x = from[0];
    let rows = from[1] as usize..(to[1].ceil() as usize).min(sums.len() / across);
    let most = (across - 2) as f32;
    for y in rows {
        let row = &mut sums[y * across..(y + 1) * across];
        let high = ((y + 1) as f32).min(to[1]) - (y as f32).max(from[1]);
        let next = (x + slope * high).clamp(0.0, most);
        let d = high * sign;
        let (left, right) = if x < next { (x, next) } else { (next, x) };
        let first = left.floor();
        let (i, end) = (first as usize, right.ceil() as usize);
        if end <= i + 1 {
            let middle = 0.5 * (x + next) - first;
            row[i] += d - d * middle;
            row[i + 1] += d * middle;
        } else {
            let s = 1.0 / (right - left);
            let begin = left - first;
            let a0 = 0.5 * s * (1.0 - begin) * (1.0 - begin);
            let last = right - right.ceil() + 1.0;
            let am = 0.5 * s * last * last;
            row[i] += d * a0;
            if end == i + 2 {
                row[i + 1] += d * (1.0 - a0 - am);
            } else {
                let a1 = s * (1.5 - begin);
                row[i + 1] += d * (a1 - a0);
                for change in &mut row[i + 2..end - 1] {
                    *change += d * s;
                }
                let a2 = a1 + (end - i - 3) as f32 * s;
                row[end - 1] += d * (1.0 - a2 - am);
            }
            row[end] += d * am;
        }
        x = next;
    }
}

/// Adds a line that is a texel wide: its length within each texel, times a weight.
pub(crate) fn add_line(plane: &mut [f32], points: impl Iterator<Item = [f32; 2]>, weight: f32) {
    let mut before: Option<[f32; 2]> = None;
    for point in points {
        if let Some(from) = before {
            let way = [point[0] - from[0], point[1] - from[1]];
            let length = way[0].hypot(way[1]);
            // Steps of a quarter of a texel, at most so many as a small shape has.
            let steps = (length * 4.0).ceil().clamp(1.0, 65_536.0);
            for step in 0..steps as u32 {
                let share = (step as f32 + 0.5) / steps;
                let (x, y) = ((from[0] + way[0] * share).floor(), (from[1] + way[1] * share).floor());
                if (0.0..SIDE as f32).contains(&x) && (0.0..SIDE as f32).contains(&y) {
                    plane[(y as i32 * SIDE + x as i32) as usize] += length / steps * weight;
                }
            }
        }
        before = Some(point);
    }
}
