//! What the pixels of a region are like, band by band.

use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefIterator as _, IntoParallelRefMutIterator as _,
    ParallelIterator as _,
};
use rayon::slice::ParallelSlice as _;
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
    /// Of each band.
    most_kept: usize,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    n: u64,
    mean: f64,
    /// Σ (v − mean)².
    square: f64,
    min: f64,
    max: f64,
    /// Values for percentiles.
    kept: Vec<f32>,
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
        let most_kept = (MOST_KEPT / bands.max(1)).max(1);
        Self { bands: vec![Tally::default(); bands], step: 1, seen: 0, most_kept }
    }

    /// Takes `pixels` pixels, band after band: `values[band · pixels + pixel]`. Bands are worked on by all cores.
    pub fn add(&mut self, values: &[f64], pixels: usize) {
        if pixels == 0 {
            return;
        }
        let kept_already = self.seen.div_ceil(self.step);
        let (before, mut step) = (self.step, self.step);
        while (self.seen + pixels as u64).div_ceil(step) > self.most_kept as u64 {
            step *= 2;
        }
        let thinning = (step / before) as usize;
        let kept = kept_already.div_ceil(step / before);
        let first = (kept * step - self.seen) as usize;
        self.bands.par_iter_mut().zip(values.par_chunks_exact(pixels)).for_each(|(tally, values)| {
            tally.add(values);
            if thinning > 1 {
                let mut place = 0;
                tally.kept.retain(|_| {
                    place += 1;
                    (place - 1_usize).is_multiple_of(thinning)
                });
            }
            tally.kept.extend(values.iter().skip(first).step_by(step as usize).map(|v| *v as f32));
        });
        self.step = step;
        self.seen += pixels as u64;
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

    /// Percentiles of each band, those asked for one after the other, each between the two nearest values by
    /// their distance (as NumPy does it).
    pub fn percentiles(&self, percents: &[f64]) -> Vec<Vec<f64>> {
        let of_band = |tally: &Tally| -> Vec<f64> {
            let mut values = tally.kept.clone();
            values.retain(|v| v.is_finite());
            values.sort_unstable_by(f32::total_cmp);
            percents.iter().map(|percent| between(&values, *percent)).collect()
        };
        let by_band: Vec<Vec<f64>> = self.bands.par_iter().map(of_band).collect();
        (0..percents.len()).map(|i| by_band.iter().map(|band| band[i]).collect()).collect()
    }
}

fn between(sorted: &[f32], percent: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = percent.clamp(0.0, 100.0) / 100.0 * last as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    f64::from(low) + (f64::from(high) - f64::from(low)) * place.fract()
}

impl Tally {
    /// Takes values in two passes (mean, then squares about it), joined to those before as Chan, Golub and
    /// LeVeque (1983) do: stable, and without a division for each value.
    fn add(&mut self, values: &[f64]) {
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let n = finite().count();
        if n == 0 {
            return;
        }
        let mean = finite().sum::<f64>() / n as f64;
        let square = finite().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        let low = finite().fold(f64::INFINITY, f64::min);
        let high = finite().fold(f64::NEG_INFINITY, f64::max);
        (self.min, self.max) =
            if self.n == 0 { (low, high) } else { (self.min.min(low), self.max.max(high)) };
        let (a, b) = (self.n as f64, n as f64);
        let delta = mean - self.mean;
        self.square += square + delta * delta * (a * b / (a + b));
        self.mean += delta * (b / (a + b));
        self.n += n as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_spread_and_percentiles_are_those_of_the_definition() {
        let mut region = RegionStatistics::new(2);
        region.add(&[4.0, 1.0, 1e6 + 4.0, 1e6 + 1.0], 2);
        region.add(&[3.0, 2.0, f64::NAN, 1e6 + 3.0, 1e6 + 2.0, 1e6 + 5.0], 3);
        let bands = region.bands();
        assert_eq!((bands[0].n, bands[0].mean, bands[0].min, bands[0].max), (4, 2.5, 1.0, 4.0));
        assert!((bands[0].std - 1.25_f64.sqrt()).abs() < 1e-12);
        assert!((bands[1].std - 2.0_f64.sqrt()).abs() < 1e-9, "{}", bands[1].std);
        let found = region.percentiles(&[50.0, 0.0]);
        assert_eq!((found[0][0], found[1][0]), (2.5, 1.0));
        assert_eq!((region.pixels(), region.is_exact()), (5, true));
    }

    #[test]
    fn a_large_region_is_thinned_evenly_and_says_so() {
        for at_once in [1, 7, 100, 1000] {
            let mut region = RegionStatistics::new(1);
            region.most_kept = 64;
            let all: Vec<f64> = (0..1000).map(f64::from).collect();
            all.chunks(at_once).for_each(|some| region.add(some, some.len()));
            let kept = &region.bands[0].kept;
            assert!(!region.is_exact() && (32..=64).contains(&kept.len()), "{}", kept.len());
            let steps: Vec<f32> = kept.windows(2).map(|w| w[1] - w[0]).collect();
            assert!(steps.iter().all(|s| *s == region.step as f32), "{at_once}: {steps:?}");
            assert!((region.percentiles(&[50.0])[0][0] - 500.0).abs() < 20.0);
            assert!((region.bands()[0].mean - 499.5).abs() < 1e-9, "the mean is of all");
        }
    }

    #[test]
    fn no_pixels_give_nothing() {
        let region = RegionStatistics::new(3);
        assert!(region.bands()[0].mean.is_nan() && region.percentiles(&[50.0])[0][2].is_nan());
    }
}
