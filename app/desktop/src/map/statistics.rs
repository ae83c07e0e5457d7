//! What the values of an image are like, measured on a level coarse enough to be read at once.

use jobs::{JobContext, JobFailure};
use raster::Source;

/// Bins of a histogram.
pub const BINS: usize = 256;
/// Pixels looked at, at most; a coarser level is taken where the image has more.
const PIXELS: u64 = 1 << 20;
/// Bands read at once.
const BANDS_AT_ONCE: usize = 4;

/// The values of one band.
#[derive(Clone, Debug, PartialEq)]
pub struct BandStatistics {
    pub min: f32,
    pub max: f32,
    pub mean: f32,
    /// Standard deviation.
    pub deviation: f32,
    /// How many values fall into each of [`BINS`] equal parts of `min` to `max`.
    pub histogram: Vec<u32>,
    count: u64,
}

impl BandStatistics {
    fn of(values: &[f32]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let (mut min, mut max, mut sum) = (f32::INFINITY, f32::NEG_INFINITY, 0.0_f64);
        for v in values {
            (min, max) = (min.min(*v), max.max(*v));
            sum += f64::from(*v);
        }
        let mean = sum / values.len() as f64;
        let variance =
            values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / values.len() as f64;
        let mut histogram = vec![0_u32; BINS];
        let scale = if max > min { BINS as f32 / (max - min) } else { 0.0 };
        for v in values {
            histogram[(((v - min) * scale) as usize).min(BINS - 1)] += 1;
        }
        let count = values.len() as u64;
        Some(Self { min, max, mean: mean as f32, deviation: variance.sqrt() as f32, histogram, count })
    }

    /// The value below which this share (0 to 100) of all values lies, to a bin's accuracy.
    pub fn percentile(&self, percent: f32) -> f32 {
        let wanted = f64::from(percent.clamp(0.0, 100.0)) / 100.0 * self.count as f64;
        let width = (self.max - self.min) / BINS as f32;
        let mut below = 0.0;
        for (i, n) in self.histogram.iter().enumerate() {
            let here = f64::from(*n);
            if below + here >= wanted && here > 0.0 {
                let within = ((wanted - below) / here).clamp(0.0, 1.0) as f32;
                return self.min + (i as f32 + within) * width;
            }
            below += here;
        }
        self.max
    }
}

/// The values of the bands that were measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    bands: Vec<Option<BandStatistics>>,
}

impl Statistics {
    pub fn band(&self, band: usize) -> Option<&BandStatistics> {
        self.bands.get(band)?.as_ref()
    }

    /// Measures bands of an image; meant for a job.
    pub fn measure(source: &Source, bands: &[usize], ctx: &JobContext) -> Result<Self, JobFailure> {
        let levels = source.pyramid().levels();
        let pixels = |i: usize| u64::from(levels[i].width) * u64::from(levels[i].height);
        let level = (0..levels.len()).find(|i| pixels(*i) <= PIXELS).unwrap_or(levels.len() - 1);
        let (width, height) = (levels[level].width, levels[level].height);
        let (w, h) = if pixels(level) <= PIXELS { (width, height) } else { middle(width, height) };
        let (x, y) = ((width - w) / 2, (height - h) / 2);
        let mut found = Self { bands: vec![None; source.image().bands.len()] };
        for (done, some) in bands.chunks(BANDS_AT_ONCE).enumerate() {
            ctx.check()?;
            ctx.progress((done * BANDS_AT_ONCE) as u64, bands.len() as u64);
            let samples = source.read_window(level as u8, x, y, w, h, some)?;
            let plane = samples.plane_len();
            for (i, band) in some.iter().enumerate() {
                let counts = |p: usize| samples.valid.as_ref().is_none_or(|v| v[p] != 0);
                let values: Vec<f32> = (0..plane)
                    .filter(|p| counts(*p))
                    .filter_map(|p| samples.values.get(i * plane + p))
                    .map(|v| v as f32)
                    .filter(|v| v.is_finite())
                    .collect();
                if let Some(slot) = found.bands.get_mut(*band) {
                    *slot = BandStatistics::of(&values);
                }
            }
        }
        Ok(found)
    }
}

/// Without overviews, the middle of the image stands for all of it: flat, as strips are.
fn middle(width: u32, height: u32) -> (u32, u32) {
    let w = width.min(4096);
    (w, height.min(PIXELS as u32 / w.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_come_from_the_values() {
        let values: Vec<f32> = (0..=10_000).map(|v| v as f32 / 10.0).collect();
        let found = BandStatistics::of(&values).expect("values");
        assert_eq!((found.min, found.max), (0.0, 1000.0));
        for percent in [2.0, 50.0, 98.0] {
            let off = (found.percentile(percent) - percent * 10.0).abs();
            assert!(off < 5.0, "{percent} % is off by {off}");
        }
    }

    #[test]
    fn a_band_of_one_value_and_an_empty_band_are_no_trouble() {
        let flat = BandStatistics::of(&[7.0; 100]).expect("values");
        assert_eq!((flat.percentile(2.0), flat.percentile(98.0), flat.deviation), (7.0, 7.0, 0.0));
        assert_eq!(BandStatistics::of(&[]), None);
    }
}
