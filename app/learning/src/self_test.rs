//! Operations on a device against the same in doubles: drivers have been seen to give wrong sums without a word.

use burn::tensor::module::{conv_transpose2d, conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions, MaxPoolOptions};
use burn::tensor::{Tensor, TensorData, activation};

use crate::engine::guarded;
use crate::{Engine, LearningError};

/// The largest error of a result, as a share of the largest value that is right.
const TOLERATED: f64 = 2e-3;

/// Numbers in −1..1 from nothing but their place, the same everywhere.
pub fn pattern(seed: u32, len: usize) -> Vec<f32> {
    let number = |i: usize| {
        let mut x = (i as u32).wrapping_mul(0x9E37_79B9) ^ seed.wrapping_mul(0x85EB_CA6B);
        x = (x ^ (x >> 16)).wrapping_mul(0x7FEB_352D);
        x = (x ^ (x >> 15)).wrapping_mul(0x846C_A68B);
        x ^= x >> 16;
        // 24 bits, so that a float holds it exactly.
        ((x >> 8) as f32 / 8_388_608.0) - 1.0
    };
    (0..len).map(number).collect()
}

/// Fails with the name of the first operation whose result is wrong.
pub fn self_test(engine: &Engine) -> Result<(), LearningError> {
    let checks: [(&str, Check); 7] = [
        ("a product of matrices", product),
        ("a 1×1 convolution of 104 channels", |e| convolution(e, 104, 208, 1)),
        ("a 1×1 convolution of 440 channels", |e| convolution(e, 440, 440, 1)),
        ("a 3×3 convolution", |e| convolution(e, 6, 10, 3)),
        ("a transposed convolution", transposed),
        ("a pooling", pooled),
        ("a softmax", softmax),
    ];
    for (name, check) in checks {
        let (found, right) = guarded(|| check(engine))?;
        let off = worst(&found, &right);
        if off.is_nan() || off > TOLERATED {
            return Err(LearningError::Device(format!("{name} is wrong by {off:.1e}")));
        }
    }
    guarded(|| gradient(engine))
}

type Check = fn(&Engine) -> Result<(Vec<f32>, Vec<f64>), LearningError>;

/// The largest difference over the largest right value.
fn worst(found: &[f32], right: &[f64]) -> f64 {
    if found.len() != right.len() {
        return f64::NAN;
    }
    let scale = right.iter().fold(1e-30_f64, |m, r| m.max(r.abs()));
    let off = found.iter().zip(right).map(|(f, r)| (f64::from(*f) - r).abs());
    // `max` would pass over what is not a number.
    let larger = |worst: f64, d: f64| if worst >= d || worst.is_nan() { worst } else { d };
    off.fold(0.0, larger) / scale
}

fn tensor<const D: usize>(engine: &Engine, seed: u32, shape: [usize; D]) -> (Tensor<D>, Vec<f64>) {
    let values = pattern(seed, shape.iter().product());
    let doubles = values.iter().map(|v| f64::from(*v)).collect();
    (Tensor::from_data(TensorData::new(values, shape), engine.device()), doubles)
}

pub(crate) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, LearningError> {
    tensor.try_into_vec_as::<f32>().map_err(|error| LearningError::Device(error.to_string()))
}

fn product(engine: &Engine) -> Result<(Vec<f32>, Vec<f64>), LearningError> {
    let (rows, inner, columns) = (33, 440, 27);
    let (a, left) = tensor(engine, 1, [rows, inner]);
    let (b, right) = tensor(engine, 2, [inner, columns]);
    let mut exact = vec![0.0; rows * columns];
    for (i, value) in exact.iter_mut().enumerate() {
        let (r, c) = (i / columns, i % columns);
        *value = (0..inner).map(|k| left[r * inner + k] * right[k * columns + c]).sum();
    }
    Ok((read(a.matmul(b))?, exact))
}

fn convolution(
    engine: &Engine,
    from: usize,
    to: usize,
    kernel: usize,
) -> Result<(Vec<f32>, Vec<f64>), LearningError> {
    let (side, pad) = (6_usize, kernel / 2);
    let (x, input) = tensor(engine, 3, [1, from, side, side]);
    let (w, weight) = tensor(engine, 4, [to, from, kernel, kernel]);
    let options = ConvOptions::new([1, 1], [pad, pad], [1, 1], 1);
    let found = read(conv2d(x, w, None, options))?;
    let mut exact = vec![0.0; to * side * side];
    for (at, value) in exact.iter_mut().enumerate() {
        let (o, y, x) = (at / (side * side), at / side % side, at % side);
        for i in 0..from {
            for ky in 0..kernel {
                for kx in 0..kernel {
                    let (sy, sx) = ((y + ky).wrapping_sub(pad), (x + kx).wrapping_sub(pad));
                    if sy < side && sx < side {
                        *value += input[(i * side + sy) * side + sx]
                            * weight[((o * from + i) * kernel + ky) * kernel + kx];
                    }
                }
            }
        }
    }
    Ok((found, exact))
}

fn transposed(engine: &Engine) -> Result<(Vec<f32>, Vec<f64>), LearningError> {
    let (from, to, side) = (8, 5, 4);
    let (x, input) = tensor(engine, 5, [1, from, side, side]);
    let (w, weight) = tensor(engine, 6, [from, to, 2, 2]);
    let options = ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1);
    let found = read(conv_transpose2d(x, w, None, options))?;
    let wide = side * 2;
    let mut exact = vec![0.0; to * wide * wide];
    for (at, value) in exact.iter_mut().enumerate() {
        let (o, y, x) = (at / (wide * wide), at / wide % wide, at % wide);
        for i in 0..from {
            *value +=
                input[(i * side + y / 2) * side + x / 2] * weight[((i * to + o) * 2 + y % 2) * 2 + x % 2];
        }
    }
    Ok((found, exact))
}

fn pooled(engine: &Engine) -> Result<(Vec<f32>, Vec<f64>), LearningError> {
    let side = 8;
    let (x, input) = tensor(engine, 7, [1, 3, side, side]);
    let found = read(max_pool2d(x, MaxPoolOptions::new([2, 2])))?;
    let half = side / 2;
    let at = |i: usize| (i / (half * half), i / half % half, i % half);
    let largest = |i: usize| {
        let (c, y, x) = at(i);
        let corner = |k: usize| input[(c * side + y * 2 + k / 2) * side + x * 2 + k % 2];
        (0..4).map(corner).fold(f64::NEG_INFINITY, f64::max)
    };
    Ok((found, (0..3 * half * half).map(largest).collect()))
}

fn softmax(engine: &Engine) -> Result<(Vec<f32>, Vec<f64>), LearningError> {
    let (classes, pixels) = (5, 64);
    let (x, input) = tensor(engine, 8, [1, classes, 8, 8]);
    let found = read(activation::softmax(x, 1))?;
    let mut exact = vec![0.0; classes * pixels];
    for p in 0..pixels {
        let sum: f64 = (0..classes).map(|c| input[c * pixels + p].exp()).sum();
        (0..classes).for_each(|c| exact[c * pixels + p] = input[c * pixels + p].exp() / sum);
    }
    Ok((found, exact))
}

/// The slope of a sum of squares of a product must be what algebra says.
fn gradient(engine: &Engine) -> Result<(), LearningError> {
    let device = engine.training();
    let (x, w) = (pattern(9, 12 * 7), pattern(10, 7));
    let a = Tensor::<2>::from_data(TensorData::new(x.clone(), [12, 7]), &device);
    let b = Tensor::<2>::from_data(TensorData::new(w.clone(), [7, 1]), &device).require_grad();
    let y = a.matmul(b.clone());
    let gradients = (y.clone() * y).sum().backward();
    let found = b.grad(&gradients).ok_or_else(|| LearningError::Device("there is no gradient".into()))?;
    let found = read(found)?;
    let product = |r: usize| (0..7).map(|k| f64::from(x[r * 7 + k]) * f64::from(w[k])).sum::<f64>();
    let right: Vec<f64> =
        (0..7).map(|k| (0..12).map(|r| 2.0 * product(r) * f64::from(x[r * 7 + k])).sum()).collect();
    let off = worst(&found, &right);
    if off.is_nan() || off > TOLERATED {
        return Err(LearningError::Device(format!("a gradient is wrong by {off:.1e}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_or_missing_number_is_noticed() {
        assert!(worst(&[1.0, 2.0], &[1.0, 2.0]) == 0.0);
        assert!(worst(&[1.0, 2.1], &[1.0, 2.0]) > TOLERATED);
        assert!(worst(&[f32::NAN, 2.0], &[1.0, 2.0]).is_nan() && worst(&[1.0], &[1.0, 2.0]).is_nan());
    }

    #[test]
    fn the_pattern_is_the_same_everywhere_and_well_spread() {
        let numbers = pattern(3, 4096);
        assert_eq!(numbers[..2], pattern(3, 2)[..]);
        let mean = numbers.iter().sum::<f32>() / 4096.0;
        assert!(mean.abs() < 0.05 && numbers.iter().all(|n| (-1.0..1.0).contains(n)));
        assert_ne!(numbers[..8], pattern(4, 8)[..]);
    }
}
