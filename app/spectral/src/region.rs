//! What the pixels of a region are like, band by band.

use serde::Serialize;

/// The most values that are kept for percentiles.
const MOST_KEPT: usize = 1 << 23;

/// Mean, spread and percentiles of each band over the pixels of a region, gathered as they come. A pixel
/// that is not a number in a band is left out of that band only.
#[derive(Clone, Debug)]
pub struct RegionStatistics {
    bands: Vec<Tally>,
    /// Every how manieth pixel is kept for percentiles.
    step: u64,
    seen: u64,
    most_kept: usize,
    /// Pixel after pixel.
    kept: Vec<f32>,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    n: u64,
    mean: f64,
    /// Σ (v − mean)².
    square: f64,
    min: f64,
    max: f64,
}

/// One band of a region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandOfRegion {
    /// Pixels that hold a value.
    pub n: u64,
    pub mean: f64,
    /// Standard deviation of all values (divided by their number).
    pub std: f64,
    pub min: f64,
    pub max: f64,
}

impl RegionStatistics {
    /// Of no pixels yet.
    pub fn new(bands: usize) -> Self {
        let most_kept = (MOST_KEPT / bands.max(1)).max(1) * bands;
        Self { bands: vec![Tally::default(); bands], step: 1, seen: 0, most_kept, kept: Vec::new() }
    }

    /// Takes a pixel, one value a band.
    pub fn add(&mut self, pixel: &[f64]) {
        for (tally, value) in self.bands.iter_mut().zip(pixel) {
            tally.add(*value);
        }
        if self.seen.is_multiple_of(self.step) {
            if self.kept.len() + self.bands.len() > self.most_kept {
                self.thin_out();
            }
            if self.seen.is_multiple_of(self.step) {
                self.kept.extend(pixel.iter().map(|v| *v as f32));
            }
        }
        self.seen += 1;
    }

    /// Keeps every other pixel of those kept.
    fn thin_out(&mut self) {
        let bands = self.bands.len();
        let pixels = self.kept.len() / bands;
        for to in 1..pixels.div_ceil(2) {
            self.kept.copy_within(2 * to * bands..(2 * to + 1) * bands, to * bands);
        }
        self.kept.truncate(pixels.div_ceil(2) * bands);
        self.step *= 2;
    }

    /// Pixels taken so far.
    pub fn pixels(&self) -> u64 {
        self.seen
    }

    /// True while percentiles are those of every pixel; of very large regions they are those of every
    /// second, fourth … pixel.
    pub fn is_exact(&self) -> bool {
        self.step == 1
    }

    /// What each band is like; bands without a value have NaN everywhere.
    pub fn bands(&self) -> Vec<BandOfRegion> {
        let of = |t: &Tally| match t.n {
            0 => BandOfRegion { n: 0, mean: f64::NAN, std: f64::NAN, min: f64::NAN, max: f64::NAN },
            n => BandOfRegion { n, mean: t.mean, std: (t.square / n as f64).sqrt(), min: t.min, max: t.max },
        };
        self.bands.iter().map(of).collect()
    }

    /// A percentile of each band, between the two nearest values by their distance (as NumPy does it).
    pub fn percentile(&self, percent: f64) -> Vec<f64> {
        let bands = self.bands.len();
        (0..bands)
            .map(|band| {
                let mut values: Vec<f32> =
                    self.kept[band.min(self.kept.len())..].iter().step_by(bands).copied().collect();
                values.retain(|v| v.is_finite());
                values.sort_by(f32::total_cmp);
                between(&values, percent)
            })
            .collect()
    }
}

fn between(sorted: &[f32], percent: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = percent.clamp(0.0, 100.0) / 100.0 * last as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    f64::from(low) + (f64::from(high) - f64::from(low)) * place.fract()
}

impl Tally {
    /// Welford (1962): stable in one pass.
    fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        if self.n == 0 {
            (self.min, self.max) = (value, value);
        }
        self.n += 1;
        let delta = value - self.mean;
        self.mean += delta / self.n as f64;
        self.square += delta * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_spread_and_percentiles_are_those_of_the_definition() {
        let mut region = RegionStatistics::new(2);
        for value in [4.0, 1.0, 3.0, 2.0] {
            region.add(&[value, 1e6 + value]);
        }
        region.add(&[f64::NAN, 1e6 + 5.0]);
        let bands = region.bands();
        assert_eq!((bands[0].n, bands[0].mean, bands[0].min, bands[0].max), (4, 2.5, 1.0, 4.0));
        assert!((bands[0].std - 1.25_f64.sqrt()).abs() < 1e-12);
        assert!((bands[1].std - 2.0_f64.sqrt()).abs() < 1e-9, "{}", bands[1].std);
        assert_eq!(region.percentile(50.0)[0], 2.5);
        assert_eq!(region.percentile(0.0)[0], 1.0);
        assert_eq!((region.pixels(), region.is_exact()), (5, true));
    }

    #[test]
    fn a_large_region_is_thinned_evenly_and_says_so() {
        let mut region = RegionStatistics::new(1);
        region.most_kept = 64;
        (0..1000).for_each(|i| region.add(&[f64::from(i)]));
        assert!(!region.is_exact() && region.kept.len() <= 64);
        let steps: Vec<f32> = region.kept.windows(2).map(|w| w[1] - w[0]).collect();
        assert!(steps.iter().all(|s| *s == region.step as f32), "{steps:?}");
        assert!((region.percentile(50.0)[0] - 500.0).abs() < 20.0);
        assert!((region.bands()[0].mean - 499.5).abs() < 1e-9, "the mean is of all");
    }

    #[test]
    fn no_pixels_give_nothing() {
        let region = RegionStatistics::new(3);
        assert!(region.bands()[0].mean.is_nan() && region.percentile(50.0)[2].is_nan());
    }
}
