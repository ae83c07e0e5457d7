//! A map of pixels as the kernels take it: weights in groups of four rows, each number in parts.

use shaders::{Kernel, MAP_ANGLES, MAP_COHERENCE, MAP_NEAREST, MAP_SQUARES, MAP_VALUES, PixelMap};
use spectral::{Finish, LinearMap};

use crate::error::ComputeError;

/// Rows that a thread works on at once.
const GROUP: usize = 4;

/// What lies in the buffers of a map.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) kernel: &'static Kernel,
    /// Without what depends on the samples.
    pub(crate) numbers: PixelMap,
    pub(crate) middles: Vec<[f32; 2]>,
    pub(crate) weights: Vec<[f32; GROUP]>,
    pub(crate) added: Vec<[f32; GROUP]>,
    /// Products of a sample and a weight that a pixel takes.
    pub(crate) products: usize,
    /// Threads of a pixel: one for each group of rows where these have nothing to do with each other.
    pub(crate) threads: u32,
    /// Rounds that a thread goes through its loops.
    pub(crate) rounds: usize,
}

impl Packed {
    /// Refuses weights of more than so many bytes before it makes them.
    pub(crate) fn new(map: &LinearMap, most_bytes: u64) -> Result<Self, ComputeError> {
        let bands = map.bands();
        let squared = match map.finish {
            Finish::Squares => map.count(),
            Finish::Coherence => bands.min(map.count()),
            Finish::Values { .. } | Finish::Nearest { .. } | Finish::Angles => 0,
        };
        let (squares, rows) = (squared.div_ceil(GROUP), map.count() - squared);
        let values = rows.div_ceil(GROUP);
        let needed = ((squares + values) * bands * 3 * size_of::<[f32; GROUP]>()) as u64;
        if needed > most_bytes {
            return Err(ComputeError::TooLarge { what: "The weights", needed, most: most_bytes });
        }
        let (first, second) = map.rows.split_at(squared * bands);
        let mut weights = Vec::with_capacity((squares + values) * bands * 3);
        groups(first, bands, &mut weights);
        groups(second, bands, &mut weights);
        let (kernel, added): (_, &[f64]) = match &map.finish {
            Finish::Values { added } => (&MAP_VALUES, added),
            Finish::Squares => (&MAP_SQUARES, &[]),
            Finish::Coherence => (&MAP_COHERENCE, &[]),
            Finish::Nearest { squares } => (&MAP_NEAREST, squares),
            Finish::Angles => (&MAP_ANGLES, &[]),
        };
        let numbers = PixelMap {
            pixels: 0,
            bands: bands as u32,
            pixel_step: 0,
            band_step: 0,
            squares: squares as u32,
            values: values as u32,
            rows: rows as u32,
            outputs: map.outputs() as u32,
            zero: 0,
        };
        let middles = map.middle.iter().map(|m| two_floats(*m)).collect();
        // Angles are gone through twice; of squared rows, half of the weights are 0 and left out.
        let twice = if map.finish == Finish::Angles { 2 } else { 1 };
        let products = (squares.div_ceil(2) + values * twice) * GROUP * bands;
        let is_apart = matches!(map.finish, Finish::Values { .. } | Finish::Angles);
        let threads = if is_apart { values.max(1) } else { 1 };
        let rounds = products / GROUP / threads;
        let added = in_fours(added, values);
        Ok(Self { kernel, numbers, middles, weights, added, products, threads: threads as u32, rounds })
    }
}

/// Of each group of rows and each band: leading bits, bits behind, rest, four each.
fn groups(rows: &[f64], bands: usize, weights: &mut Vec<[f32; GROUP]>) {
    for group in rows.chunks(GROUP * bands) {
        for band in 0..bands {
            let parts: [[f32; 3]; GROUP] = std::array::from_fn(|row| {
                three_floats(group.get(row * bands + band).copied().unwrap_or(0.0))
            });
            weights.extend((0..3).map(|part| parts.map(|p| p[part])));
        }
    }
}

/// Numbers in groups of four, each as two floats: the first of all four, then the second.
fn in_fours(numbers: &[f64], count: usize) -> Vec<[f32; GROUP]> {
    let number = |i: usize| two_floats(numbers.get(i).copied().unwrap_or(0.0));
    let group = |g: usize| -> [[f32; 2]; GROUP] { std::array::from_fn(|row| number(g * GROUP + row)) };
    (0..count).flat_map(|g| [group(g).map(|n| n[0]), group(g).map(|n| n[1])]).collect()
}

/// A number as the sum of two floats.
fn two_floats(number: f64) -> [f32; 2] {
    let high = number as f32;
    [high, (number - f64::from(high)) as f32]
}

/// A number as its leading 12 bits, the 12 behind them, and what is left.
fn three_floats(number: f64) -> [f32; 3] {
    let front = |v: f64| f32::from_bits((v as f32).to_bits() & 0xffff_f000);
    let first = front(number);
    let behind = number - f64::from(first);
    let second = front(behind);
    [first, second, (behind - f64::from(second)) as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_number_and_their_products_are_exact() {
        for number in [std::f64::consts::PI, -1.0 / 3.0, 1e-9, 65_535.000_1, -0.0, 12_345.678_9] {
            let parts = three_floats(number);
            let sum: f64 = parts.iter().map(|p| f64::from(*p)).sum();
            assert!((sum - number).abs() <= number.abs() * 1e-13, "{parts:?} of {number}");
            let product = f64::from(parts[0]) * f64::from(parts[1]);
            assert_eq!(f64::from(parts[0] * parts[1]), product, "{parts:?}");
        }
    }

    #[test]
    fn rows_are_filled_up_to_whole_groups_of_four() {
        let map = LinearMap {
            middle: vec![1.0, 2.0, 3.0],
            rows: (0..15).map(f64::from).collect(),
            finish: Finish::Values { added: vec![0.5; 5] },
        };
        let packed = Packed::new(&map, 1 << 20).expect("fits");
        assert_eq!((packed.numbers.values, packed.numbers.rows, packed.numbers.outputs), (2, 5, 5));
        assert_eq!(packed.weights.len(), 2 * 3 * 3);
        assert_eq!(packed.weights[0], [0.0, 3.0, 6.0, 9.0]);
        assert_eq!(packed.weights[9], [12.0, 0.0, 0.0, 0.0]);
        assert_eq!(packed.added, [[0.5; 4], [0.0; 4], [0.5, 0.0, 0.0, 0.0], [0.0; 4]]);
        assert!(matches!(Packed::new(&map, 100), Err(ComputeError::TooLarge { .. })));
    }
}
