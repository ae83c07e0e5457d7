//! How the bands of a layer become colours.

use std::str::FromStr;

use raster::statistics::{self, BandStatistics};
use raster::{ReadError, SampleType, Source};
use renderer::{BandMix, Colormap, Filter};

/// Bands, stretch, gamma and opacity of one layer. View state: never part of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendering {
    /// Bands counted from 0 in the file.
    pub mix: BandMix,
    /// Samples that become black and white, per colour.
    pub stretch: [[f32; 2]; 3],
    pub gamma: f32,
    /// 0 to 1.
    pub opacity: f32,
    pub visible: bool,
    /// `None`: nearest when a pixel is larger than two screen pixels, else bilinear.
    pub filter: Option<Filter>,
}

/// How black and white are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stretch {
    /// The smallest and the largest value.
    MinMax,
    /// Two percentiles, 0 to 100.
    Percentile(f64, f64),
    /// So many standard deviations around the mean.
    Deviations(f64),
    /// These samples.
    Range(f64, f64),
}

/// Why a stretch is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a stretch: write minmax, percentile:2,98, stddev:2 or LOW,HIGH")]
pub struct StretchError(String);

impl FromStr for Stretch {
    type Err = StretchError;

    fn from_str(text: &str) -> Result<Self, StretchError> {
        let refused = || StretchError(text.to_owned());
        let pair = |text: &str| {
            let (low, high) = text.split_once(',')?;
            let (low, high): (f64, f64) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
            (low.is_finite() && high.is_finite() && low < high).then_some((low, high))
        };
        match text.split_once(':') {
            None if text == "minmax" => Ok(Self::MinMax),
            None => pair(text).map(|(low, high)| Self::Range(low, high)).ok_or_else(refused),
            Some(("percentile", rest)) => pair(rest)
                .filter(|(low, high)| *low >= 0.0 && *high <= 100.0)
                .map(|(low, high)| Self::Percentile(low, high))
                .ok_or_else(refused),
            Some(("stddev", n)) => {
                n.parse().ok().filter(|n: &f64| *n > 0.0).map(Self::Deviations).ok_or_else(refused)
            }
            Some(_) => Err(refused()),
        }
    }
}

impl Rendering {
    /// What a file looks like before anybody chose: its colour bands, 8-bit values as they are, others
    /// stretched from percentile 2 to 98 of the coarsest level.
    pub fn of(source: &Source) -> Result<Self, ReadError> {
        let bands = source.image().default_bands();
        let mix = match bands[..] {
            [r, g, b, ..] => BandMix::Rgb([r, g, b]),
            [band, ..] => BandMix::Single { band, colormap: Colormap::Grey },
            [] => BandMix::Single { band: 0, colormap: Colormap::Grey },
        };
        let mut rendering =
            Self { mix, stretch: [[0.0, 255.0]; 3], gamma: 1.0, opacity: 1.0, visible: true, filter: None };
        if source.image().sample_type != SampleType::U8 {
            rendering.restretch(source, Stretch::Percentile(2.0, 98.0))?;
        }
        Ok(rendering)
    }

    /// The bands that are shown, counted from 0 in the file.
    pub fn bands(&self) -> Vec<usize> {
        match self.mix {
            BandMix::Rgb(bands) => bands.to_vec(),
            BandMix::Single { band, .. } => vec![band],
        }
    }

    /// Chooses black and white anew from the samples of the coarsest level.
    pub fn restretch(&mut self, source: &Source, stretch: Stretch) -> Result<(), ReadError> {
        if let Stretch::Range(low, high) = stretch {
            self.stretch = [[low as f32, high as f32]; 3];
            return Ok(());
        }
        let bands = self.bands();
        for (slot, band) in statistics::approximate(source, &bands)?.iter().enumerate().take(3) {
            self.stretch[slot] = limits(band, stretch);
        }
        if bands.len() == 1 {
            self.stretch = [self.stretch[0]; 3];
        }
        Ok(())
    }
}

/// Black and white from what a band's values are like.
fn limits(band: &BandStatistics, stretch: Stretch) -> [f32; 2] {
    let at = |percent: f64| band.percentile(percent).unwrap_or_default();
    let (low, high) = match stretch {
        _ if band.valid == 0 => (0.0, 1.0),
        Stretch::MinMax => (band.min, band.max),
        Stretch::Percentile(low, high) => (at(low), at(high)),
        Stretch::Range(low, high) => (low, high),
        Stretch::Deviations(n) => (band.mean - n * band.std, band.mean + n * band.std),
    };
    let [low, high] = [low as f32, high as f32];
    if low < high { [low, high] } else { [low, low + 1.0] }
}

#[cfg(test)]
mod tests {
    use raster::statistics::Histogram;

    use super::*;

    #[test]
    fn stretches_are_read_as_users_write_them() {
        assert_eq!("minmax".parse(), Ok(Stretch::MinMax));
        assert_eq!("percentile:2,98".parse(), Ok(Stretch::Percentile(2.0, 98.0)));
        assert_eq!("stddev:2.5".parse(), Ok(Stretch::Deviations(2.5)));
        assert_eq!("-10,400".parse(), Ok(Stretch::Range(-10.0, 400.0)));
        for wrong in ["", "percentile:98,2", "percentile:-1,98", "stddev:0", "5", "9,1", "NaN,1", "gamma:2"] {
            assert!(wrong.parse::<Stretch>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn percentiles_leave_outliers_out() {
        let histogram = Histogram { low: 0.0, high: 1000.0, counts: vec![1; 1000], is_whole: true };
        let mut band = BandStatistics {
            band: 0,
            valid: 1000,
            looked_at: 1000,
            min: 0.0,
            max: 999.0,
            mean: 500.0,
            std: 100.0,
            histogram,
        };
        assert_eq!(limits(&band, Stretch::Percentile(2.0, 98.0)), [19.0, 979.0]);
        assert_eq!(limits(&band, Stretch::MinMax), [0.0, 999.0]);
        assert_eq!(limits(&band, Stretch::Deviations(2.0)), [300.0, 700.0]);
        band.max = 0.0;
        assert_eq!(limits(&band, Stretch::MinMax), [0.0, 1.0]);
        band.valid = 0;
        assert_eq!(limits(&band, Stretch::MinMax), [0.0, 1.0]);
    }
}
