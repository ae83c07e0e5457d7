//! The storm's path: how strong it was at each point and which way it blew.

use crate::dice::Dice;
use crate::geometry::{V2, segment_distance};
use crate::noise;

const STEP_M: f32 = 1.0;

/// A curved swath across the town.
#[derive(Clone, Debug)]
pub(crate) struct Tornado {
    path: Vec<V2>,
    origin: V2,
    columns: usize,
    rows: usize,
    strength: Vec<f32>,
    wind: Vec<V2>,
}

impl Tornado {
    pub(crate) fn new(seed: u64, size: V2, beyond: f32) -> Self {
        let mut dice = Dice::new(seed, "tornado");
        let (start, end) = (dice.range(0.68, 0.82), dice.range(0.1, 0.22));
        let from = V2::new(-0.12 * size.x, start * size.y);
        let over = V2::new(dice.range(0.42, 0.52) * size.x, dice.range(0.62, 0.7) * size.y);
        let to = V2::new(1.12 * size.x, end * size.y);
        let path: Vec<V2> = (0..=48)
            .map(|i| {
                let t = i as f32 / 48.0;
                from * ((1.0 - t) * (1.0 - t)) + over * (2.0 * t * (1.0 - t)) + to * (t * t)
            })
            .collect();
        let width = dice.range(0.128, 0.142) * size.y;
        let salt = dice.salt();
        let origin = V2::new(-beyond, -beyond);
        let columns = ((size.x + 2.0 * beyond) / STEP_M) as usize + 2;
        let rows = ((size.y + 2.0 * beyond) / STEP_M) as usize + 2;
        let mut made = Self { path, origin, columns, rows, strength: Vec::new(), wind: Vec::new() };
        for row in 0..rows {
            for column in 0..columns {
                let p = origin + V2::new(column as f32, row as f32) * STEP_M;
                let (strength, wind) = made.measure(p, width, salt);
                made.strength.push(strength);
                made.wind.push(wind);
            }
        }
        made
    }

    fn measure(&self, p: V2, width: f32, salt: u32) -> (f32, V2) {
        let mut best = (f32::INFINITY, 0, 0.0);
        for i in 0..self.path.len() - 1 {
            let (d, t) = segment_distance(p, self.path[i], self.path[i + 1]);
            if d < best.0 {
                best = (d, i, t);
            }
        }
        let (a, b) = (self.path[best.1], self.path[best.1 + 1]);
        let along = (b - a) * (1.0 / (b - a).length());
        let across = (p - a).dot(along.perp());
        let way = (best.1 as f32 + best.2) / 48.0;
        let swell = 1.0 + 0.22 * (9.0 * way + 1.0).sin();
        let ragged = 1.0 + 0.5 * (noise::fractal(p * 0.07, 3, salt) - 0.5);
        let d = best.0 / (width * swell * ragged);
        let strength = 1.0 / (1.0 + d.powf(2.7));
        // To the right of the track the wind runs with it; on both sides it leans inwards.
        let inward = -across.signum() * (d * 1.3).min(1.0);
        let lean = 0.75 * inward + 0.5 * (noise::value(p * 0.05, salt ^ 9) - 0.5);
        let wind = along * lean.cos() + along.perp() * lean.sin();
        (strength, wind)
    }

    fn cell(&self, p: V2) -> (usize, V2) {
        let q = (p - self.origin) * (1.0 / STEP_M);
        let x = q.x.clamp(0.0, (self.columns - 2) as f32);
        let y = q.y.clamp(0.0, (self.rows - 2) as f32);
        (y as usize * self.columns + x as usize, V2::new(x.fract(), y.fract()))
    }

    /// 0 far away to 1 on the track.
    pub(crate) fn strength(&self, p: V2) -> f32 {
        let (i, t) = self.cell(p);
        let s = &self.strength;
        let top = s[i] * (1.0 - t.x) + s[i + 1] * t.x;
        let low = s[i + self.columns] * (1.0 - t.x) + s[i + self.columns + 1] * t.x;
        top * (1.0 - t.y) + low * t.y
    }

    /// Unit vector of the way things were blown.
    pub(crate) fn wind(&self, p: V2) -> V2 {
        self.wind[self.cell(p).0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_storm_is_strongest_on_its_track_and_fades_on_both_sides() {
        let size = V2::new(200.0, 150.0);
        let storm = Tornado::new(5, size, 10.0);
        let middle = storm.path[24];
        let on = storm.strength(middle);
        assert!(on > 0.9, "{on}");
        for far in [V2::new(5.0, 5.0), V2::new(195.0, 145.0)] {
            assert!(storm.strength(far) < 0.2, "{far:?} {}", storm.strength(far));
        }
    }
}
