//! The same place seen otherwise: turned, mirrored, nearer, in other light.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::chip::{Chip, IGNORED};

/// How much a chip may be changed before it is shown.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Augment {
    /// Mirrored and by quarter turns.
    pub flips: bool,
    /// By any angle.
    pub rotations: bool,
    /// Nearer or farther by up to this factor; 1 for never.
    pub scale: f32,
    /// Brighter or darker by up to this share, band by band by a third of it; 0 for never.
    pub light: f32,
}

impl Augment {
    /// As it is in the file.
    pub const NONE: Self = Self { flips: false, rotations: false, scale: 1.0, light: 0.0 };
}

impl Default for Augment {
    /// What suits pictures from above: there is no up.
    fn default() -> Self {
        Self { flips: true, rotations: true, scale: 1.25, light: 0.15 }
    }
}

/// A chip seen otherwise. Where that looks beyond its edge, nothing is learnt.
pub fn augmented(chip: &Chip, how: &Augment, chance: &mut ChaCha8Rng) -> Chip {
    // Always the same numbers of draws, so that one switch does not change what the others do.
    let [a, b, c, d, e]: [f32; 5] = std::array::from_fn(|_| chance.random::<f32>());
    let quarter = f64::from((a * 4.0).floor().min(3.0)) * std::f64::consts::FRAC_PI_2;
    let free = how.rotations && d < 0.5;
    let angle = match (how.flips, free) {
        (_, true) => f64::from(d * 2.0) * std::f64::consts::TAU,
        (true, false) => quarter,
        (false, false) => 0.0,
    };
    let mirrored = how.flips && b < 0.5;
    let scale = f64::from(how.scale.max(1.0)).powf(f64::from(c) * 2.0 - 1.0);
    let mut seen = turned(chip, angle, mirrored, scale);
    if how.light > 0.0 {
        let gain = 1.0 + how.light * (e * 2.0 - 1.0);
        let area = seen.side * seen.side;
        for plane in seen.pixels.chunks_exact_mut(area) {
            let own = gain * (1.0 + how.light / 3.0 * (chance.random::<f32>() * 2.0 - 1.0));
            for value in plane {
                *value *= own;
            }
        }
    }
    seen
}

/// Turned about its middle, mirrored before that, and enlarged.
fn turned(chip: &Chip, angle: f64, mirrored: bool, scale: f64) -> Chip {
    if angle == 0.0 && !mirrored && scale == 1.0 {
        return chip.clone();
    }
    let (side, area) = (chip.side, chip.side * chip.side);
    let bands = chip.bands();
    let mut seen = Chip::empty(side, bands);
    seen.target = if chip.target.is_empty() { Vec::new() } else { vec![IGNORED; area] };
    seen.owner = vec![0; chip.owner.len()];
    let (sin, cos) = angle.sin_cos();
    let middle = (side as f64 - 1.0) / 2.0;
    for y in 0..side {
        for x in 0..side {
            let (u, v) = ((x as f64 - middle) / scale, (y as f64 - middle) / scale);
            let (u, v) = (u * cos - v * sin, u * sin + v * cos);
            let u = if mirrored { -u } else { u };
            let (sx, sy) = (round_off(u + middle), round_off(v + middle));
            let inside = |c: f64| (0.0..=side as f64 - 1.0).contains(&c);
            if !inside(sx) || !inside(sy) {
                continue;
            }
            let (from, to) = (sy.round() as usize * side + sx.round() as usize, y * side + x);
            seen.valid[to] = chip.valid[from];
            if !chip.target.is_empty() {
                seen.target[to] = chip.target[from];
            }
            if !chip.owner.is_empty() {
                seen.owner[to] = chip.owner[from];
            }
            for band in 0..bands {
                seen.pixels[band * area + to] = between(&chip.pixels[band * area..][..area], side, sx, sy);
            }
        }
    }
    seen
}

/// What lies on a pixel but for the last bits lies on it.
fn round_off(c: f64) -> f64 {
    let whole = c.round();
    if (c - whole).abs() < 1e-6 { whole } else { c }
}

/// The value between four pixels.
pub(crate) fn between(plane: &[f32], side: usize, x: f64, y: f64) -> f32 {
    let (x0, y0) = (x.floor() as usize, y.floor() as usize);
    let (x1, y1) = ((x0 + 1).min(side - 1), (y0 + 1).min(side - 1));
    let (fx, fy) = ((x - x.floor()) as f32, (y - y.floor()) as f32);
    let at = |x: usize, y: usize| plane[y * side + x];
    if fx == 0.0 && fy == 0.0 {
        return at(x0, y0);
    }
    let top = at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx;
    let low = at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx;
    top * (1.0 - fy) + low * fy
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn chip() -> Chip {
        let side = 6;
        let area = side * side;
        Chip {
            side,
            pixels: (0..2 * area).map(|i| i as f32).collect(),
            valid: vec![true; area],
            target: (0..area).map(|i| (i % 5) as u8).collect(),
            owner: (0..area as u32).collect(),
        }
    }

    #[test]
    fn quarter_turns_and_mirrors_move_pixels_and_their_classes_together_and_lose_none() {
        let chip = chip();
        let quarter = std::f64::consts::FRAC_PI_2;
        for (angle, mirrored) in
            [(0.0, true), (quarter, false), (quarter * 2.0, true), (quarter * 3.0, false)]
        {
            let seen = turned(&chip, angle, mirrored, 1.0);
            let mut values = seen.pixels[..36].to_vec();
            for (i, value) in values.iter().enumerate() {
                assert_eq!(seen.owner[i] as f32, *value, "the region went with its pixel");
                assert_eq!(u32::from(seen.target[i]), seen.owner[i] % 5);
            }
            values.sort_by(f32::total_cmp);
            assert_eq!(values, chip.pixels[..36], "{angle} {mirrored}");
        }
        let turned_once = turned(&chip, quarter, false, 1.0);
        let back = turned(&turned_once, -quarter, false, 1.0);
        assert_eq!(back, chip);
    }

    #[test]
    fn what_lies_beyond_the_edge_is_not_learnt_from() {
        let seen = turned(&chip(), std::f64::consts::FRAC_PI_4, false, 1.0);
        assert_eq!((seen.target[0], seen.valid[0], seen.owner[0]), (IGNORED, false, 0));
        let near = turned(&chip(), 0.0, false, 2.0);
        assert!(near.valid.iter().all(|v| *v), "nearer shows less, and nothing else");
        let far = turned(&chip(), 0.0, false, 0.5);
        assert_eq!(far.valid.iter().filter(|v| **v).count(), 4, "farther shows an edge");
    }

    #[test]
    fn the_same_seed_shows_the_same() {
        let draw = |seed| augmented(&chip(), &Augment::default(), &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
