//! Hash, value noise and its fractal sum: functions of a position and a salt, without state.

use crate::geometry::V2;

/// Scrambles a lattice point.
pub(crate) fn hash(x: i32, y: i32, salt: u32) -> u32 {
    let mut h = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ salt;
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^ (h >> 15)
}

/// A value in `0..1` for a lattice point.
pub(crate) fn cell(x: i32, y: i32, salt: u32) -> f32 {
    (hash(x, y, salt) >> 8) as f32 / 16_777_216.0
}

/// Smooth noise in `0..1` whose grains are one unit wide.
pub(crate) fn value(p: V2, salt: u32) -> f32 {
    let (fx, fy) = (p.x.floor(), p.y.floor());
    let (x, y) = (fx as i32, fy as i32);
    let fade = |t: f32| t * t * (3.0 - 2.0 * t);
    let (tx, ty) = (fade(p.x - fx), fade(p.y - fy));
    let top = cell(x, y, salt) * (1.0 - tx) + cell(x + 1, y, salt) * tx;
    let low = cell(x, y + 1, salt) * (1.0 - tx) + cell(x + 1, y + 1, salt) * tx;
    top * (1.0 - ty) + low * ty
}

/// The sum of `octaves` of noise, each twice as fine and turned so that the lattices do not line up;
/// in `0..1` with mean ½.
pub(crate) fn fractal(p: V2, octaves: u32, salt: u32) -> f32 {
    let (mut sum, mut weight, mut total) = (0.0, 1.0, 0.0);
    let mut q = p;
    for octave in 0..octaves {
        sum += value(q, salt.wrapping_add(octave.wrapping_mul(0x6d2b_79f5))) * weight;
        total += weight;
        weight *= 0.5;
        q = V2::new(1.6 * q.x - 1.2 * q.y + 17.3, 1.2 * q.x + 1.6 * q.y - 9.1);
    }
    sum / total
}

/// 1 on thin meandering lines, 0 elsewhere; `width` is a share of the noise's range.
pub(crate) fn vein(p: V2, width: f32, salt: u32) -> f32 {
    let distance = (fractal(p, 3, salt) - 0.5).abs();
    (1.0 - distance / width).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_stays_in_its_range_and_centres_on_a_half() {
        let samples: Vec<f32> =
            (0..4000).map(|i| fractal(V2::new(i as f32 * 0.37, i as f32 * 0.11), 4, 7)).collect();
        assert!(samples.iter().all(|v| (0.0..=1.0).contains(v)));
        let mean = samples.iter().sum::<f32>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
    }
}
