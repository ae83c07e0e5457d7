//! The street grid: a turned and gently bent lattice, and where a point stands in it.

use crate::dice::Dice;
use crate::geometry::V2;

/// From the kerb to the lot: tree lawn, pavement, and a strip of grass.
pub(crate) const VERGE_M: f32 = 1.9;
pub(crate) const WALK_M: f32 = 1.5;
/// From the kerb to the line where lots begin.
pub(crate) const MARGIN_M: f32 = VERGE_M + WALK_M + 0.3;

const ROW_PITCH_M: f32 = 67.0;
const COLUMN_PITCH_M: f32 = 86.0;
/// Radius of the kerb at a corner.
const CORNER_M: f32 = 4.2;

/// One street of the lattice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Street {
    /// Its centre line in grid coordinates.
    pub at: f32,
    pub half_width: f32,
    /// Carries lane markings and crossings.
    pub main: bool,
    /// How dark the asphalt is, 0 old to 1 new.
    pub age: f32,
    pub salt: u32,
}

/// The town's streets: rows run along the grid's `u`, columns along `v`.
#[derive(Clone, Debug)]
pub(crate) struct Streets {
    centre: V2,
    turn: V2,
    bend: [f32; 3],
    pub rows: Vec<Street>,
    pub columns: Vec<Street>,
    /// Index of the row that is the main street.
    pub main_row: usize,
}

/// Where a point stands relative to the streets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub uv: V2,
    /// Distance to the nearest kerb; negative on the road.
    pub kerb: f32,
    pub row: usize,
    pub column: usize,
    /// Signed offsets from the centre lines of the nearest row and column.
    pub from_row: f32,
    pub from_column: f32,
}

impl Streets {
    pub(crate) fn new(seed: u64, size: V2) -> Self {
        let mut dice = Dice::new(seed, "streets");
        let turn = dice.range(-0.14, -0.09);
        let bend =
            [dice.range(2.6, 3.6), std::f32::consts::TAU / dice.range(190.0, 230.0), dice.range(0.0, 6.3)];
        let reach = 0.5 * size.length() + 40.0;
        let mut lattice = |first: f32, pitch: f32, narrow: f32| {
            let low = ((-reach - first) / pitch).floor() as i32;
            let high = ((reach - first) / pitch).ceil() as i32;
            (low..=high)
                .map(|k| Street {
                    at: first + pitch * k as f32,
                    half_width: narrow,
                    main: false,
                    age: dice.unit(),
                    salt: dice.salt(),
                })
                .collect::<Vec<_>>()
        };
        let mut rows = lattice(-37.0, ROW_PITCH_M, 4.2);
        let mut columns = lattice(-54.0, COLUMN_PITCH_M, 3.9);
        let nearest = |all: &[Street], at: f32| {
            (0..all.len())
                .min_by(|&a, &b| (all[a].at - at).abs().total_cmp(&(all[b].at - at).abs()))
                .unwrap_or(0)
        };
        let main_row = nearest(&rows, 30.0);
        rows[main_row] = Street { half_width: 5.6, main: true, age: 0.75, ..rows[main_row] };
        let wide = nearest(&columns, 32.0);
        columns[wide] = Street { half_width: 4.8, main: true, age: 0.35, ..columns[wide] };
        let shift = V2::new(dice.jitter(4.0), dice.jitter(3.0));
        Self { centre: size * 0.5 + shift, turn: V2::turned(turn), bend, rows, columns, main_row }
    }

    fn bent(&self, u: f32) -> f32 {
        self.bend[0] * (self.bend[1] * u + self.bend[2]).sin()
    }

    /// Grid coordinates of a point.
    pub(crate) fn grid(&self, p: V2) -> V2 {
        let d = p - self.centre;
        let (u, v) = (d.dot(self.turn), d.dot(self.turn.perp()));
        V2::new(u, v + self.bent(u))
    }

    /// The point with these grid coordinates.
    pub(crate) fn point(&self, uv: V2) -> V2 {
        let v = uv.y - self.bent(uv.x);
        self.centre + self.turn * uv.x + self.turn.perp() * v
    }

    /// Direction of the rows at `u`, as an angle.
    pub(crate) fn row_angle(&self, u: f32) -> f32 {
        let slope = -self.bend[0] * self.bend[1] * (self.bend[1] * u + self.bend[2]).cos();
        self.turn.angle() + slope.atan()
    }

    pub(crate) fn place(&self, p: V2) -> Place {
        let uv = self.grid(p);
        let row = near(&self.rows, uv.y);
        let column = near(&self.columns, uv.x);
        let from_row = uv.y - self.rows[row].at;
        let from_column = uv.x - self.columns[column].at;
        let a = from_row.abs() - self.rows[row].half_width;
        let b = from_column.abs() - self.columns[column].half_width;
        let kerb = if a > CORNER_M && b > CORNER_M {
            a.min(b)
        } else {
            CORNER_M - (CORNER_M - a).max(0.0).hypot((CORNER_M - b).max(0.0))
        };
        Place { uv, kerb, row, column, from_row, from_column }
    }
}

fn near(streets: &[Street], at: f32) -> usize {
    let first = streets[0].at;
    let pitch = streets.get(1).map_or(1.0, |s| s.at - first);
    (((at - first) / pitch).round().max(0.0) as usize).min(streets.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_and_point_are_inverse() {
        let streets = Streets::new(3, V2::new(200.0, 150.0));
        for p in [V2::new(0.0, 0.0), V2::new(123.4, 55.5), V2::new(199.0, 149.0)] {
            let back = streets.point(streets.grid(p));
            assert!((back - p).length() < 1e-3, "{p:?} {back:?}");
        }
    }

    #[test]
    fn the_centre_of_a_street_is_road_and_the_middle_of_a_block_is_not() {
        let streets = Streets::new(3, V2::new(200.0, 150.0));
        let row = streets.rows[streets.main_row];
        assert!(streets.place(streets.point(V2::new(0.0, row.at))).kerb < -3.0);
        assert!(streets.place(streets.point(V2::new(0.0, row.at + 33.0))).kerb > 10.0);
    }
}
