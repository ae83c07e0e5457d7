//! Seeded chance: one independent stream of numbers per purpose, so that a change in one part of the
//! town leaves every other part as it was.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of `seed` for one purpose.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let tag = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(ChaCha8Rng::seed_from_u64(seed ^ tag.rotate_left(17)))
    }

    /// Uniform in `0..1`.
    pub(crate) fn unit(&mut self) -> f32 {
        self.0.random::<f32>()
    }

    /// Uniform in `low..high`.
    pub(crate) fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `-half..half`.
    pub(crate) fn jitter(&mut self, half: f32) -> f32 {
        self.range(-half, half)
    }

    /// Uniform in `0..n`; 0 for an empty range.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { self.0.random_range(0..n) }
    }

    pub(crate) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// Roughly normal with mean 0 and standard deviation 1 (the sum of twelve uniforms).
    pub(crate) fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.unit()).sum::<f32>() - 6.0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A seed for a noise field.
    pub(crate) fn salt(&mut self) -> u32 {
        self.0.random::<u32>()
    }

    /// An id of 32 hexadecimal digits.
    pub(crate) fn id(&mut self) -> String {
        format!("{:032x}", self.0.random::<u128>())
    }
}
