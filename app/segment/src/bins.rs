//! Features in bytes: each is cut into 256 bins that hold about as many pixels each, so that trees compare bytes, and a
//! view with all its features fits into memory.

use rayon::prelude::*;

/// Steps between the least and the largest value that are told apart before they are put into bins.
const STEPS: usize = 4096;

/// How the values of a feature become bytes.
#[derive(Clone, Debug, PartialEq)]
struct Scale {
    least: f32,
    per_step: f32,
    bin: Vec<u8>,
}

impl Scale {
    fn new(mut values: Vec<f32>) -> Self {
        values.retain(|v| v.is_finite());
        values.sort_by(f32::total_cmp);
        let (least, most) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
        let range = f64::from(most) - f64::from(least);
        let per_step = if range > 0.0 { ((STEPS - 1) as f64 / range) as f32 } else { 0.0 };
        let mut counts = vec![0_usize; STEPS];
        let mut scale = Self { least, per_step, bin: Vec::new() };
        for value in &values {
            counts[scale.step(*value)] += 1;
        }
        let (total, mut before) = (values.len().max(1), 0);
        scale.bin = counts
            .iter()
            .map(|count| {
                let middle = before + count / 2;
                before += count;
                (middle * 255 / total).min(255) as u8
            })
            .collect();
        scale
    }

    #[inline]
    fn step(&self, value: f32) -> usize {
        // A cast takes what is beyond to the ends, and what is no number to the first.
        (((value - self.least) * self.per_step) as usize).min(STEPS - 1)
    }
}

/// How the values of all features become bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bins {
    scales: Vec<Scale>,
}

impl Bins {
    /// From some values of each feature in turn.
    pub fn new(samples: impl IntoIterator<Item = Vec<f32>>) -> Self {
        Self { scales: samples.into_iter().map(Scale::new).collect() }
    }

    /// How many features.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// With one feature more.
    pub(crate) fn push(&mut self, samples: Vec<f32>) {
        self.scales.push(Scale::new(samples));
    }

    /// Puts a feature of some pixels where it belongs in their rows of bytes, `count` for each.
    pub fn put(&self, feature: usize, values: &[f32], rows: &mut [u8], count: usize) {
        self.scatter(feature, values, rows, count);
    }

    /// Puts a feature of all pixels where it belongs in rows of bytes, `count` for each pixel.
    pub(crate) fn scatter(&self, feature: usize, plane: &[f32], rows: &mut [u8], count: usize) {
        let Some(scale) = self.scales.get(feature) else { return };
        let rows = rows.par_chunks_mut(count * 4096).zip(plane.par_chunks(4096));
        rows.for_each(|(rows, plane)| {
            for (row, value) in rows.chunks_exact_mut(count).zip(plane) {
                row[feature] = scale.bin[scale.step(*value)];
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_about_as_many_each_and_keep_the_order() {
        let values: Vec<f32> = (0..10_000).map(|i| (i as f32 / 10_000.0).powi(2)).collect();
        let bins = Bins::new([values.clone()]);
        let mut rows = vec![0; values.len()];
        bins.scatter(0, &values, &mut rows, 1);
        assert!(rows.is_sorted());
        let below = rows.iter().filter(|b| **b < 128).count();
        assert!((4_600..5_400).contains(&below), "{below}");
    }

    #[test]
    fn what_is_beyond_or_no_number_goes_to_the_ends() {
        let bins = Bins::new([vec![0.0, 1.0, 2.0], vec![5.0; 4], vec![f32::NAN]]);
        let mut rows = vec![9; 4];
        bins.scatter(0, &[-9.0, 9.0, f32::NAN, f32::INFINITY], &mut rows, 1);
        assert_eq!((rows[0], rows[2]), (rows[0].min(rows[1]), rows[0]));
        assert_eq!(rows[1], rows[3]);
        let mut flat = vec![0; 6];
        bins.scatter(1, &[5.0, 6.0], &mut flat, 3);
        bins.scatter(2, &[5.0, 6.0], &mut flat, 3);
        assert_eq!(flat[1], flat[4], "a feature with one value has one bin");
    }
}
