//! Which samples become black and white.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

use raster::statistics::BandStatistics;
use serde::{Deserialize, Serialize};

/// How black and white are chosen. Written as on the command line: `minmax`, `percentile:2,98`, `stddev:2`, `LO,HI`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
            Some(("stddev", n)) => n
                .parse()
                .ok()
                .filter(|n: &f64| *n > 0.0 && n.is_finite())
                .map(Self::Deviations)
                .ok_or_else(refused),
            Some(_) => Err(refused()),
        }
    }
}

impl TryFrom<String> for Stretch {
    type Error = StretchError;

    fn try_from(text: String) -> Result<Self, StretchError> {
        text.parse()
    }
}

impl From<Stretch> for String {
    fn from(stretch: Stretch) -> Self {
        stretch.to_string()
    }
}

impl Display for Stretch {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MinMax => f.write_str("minmax"),
            Self::Percentile(low, high) => write!(f, "percentile:{low},{high}"),
            Self::Deviations(n) => write!(f, "stddev:{n}"),
            Self::Range(low, high) => write!(f, "{low},{high}"),
        }
    }
}

impl Stretch {
    /// Black and white for values that are like this; white is always the greater.
    pub fn limits(self, values: &BandStatistics) -> [f32; 2] {
        let at = |percent: f64| values.percentile(percent).unwrap_or_default();
        let (low, high) = match self {
            _ if values.valid == 0 => (0.0, 1.0),
            Self::MinMax => (values.min, values.max),
            Self::Percentile(low, high) => (at(low), at(high)),
            Self::Range(low, high) => (low, high),
            Self::Deviations(n) => (values.mean - n * values.std, values.mean + n * values.std),
        };
        let [low, high] = [low as f32, high as f32];
        // At least the next number up: at large values 1 more is none.
        if low < high { [low, high] } else { [low, (low + 1.0).max(low.next_up())] }
    }
}

/// The same black and white for all: the least and the greatest.
pub fn linked(limits: &[[f32; 2]]) -> Option<[f32; 2]> {
    let low = limits.iter().map(|l| l[0]).reduce(f32::min)?;
    let high = limits.iter().map(|l| l[1]).reduce(f32::max)?;
    Some([low, high])
}

/// Limits as far from a value on both sides: the middle of the colour map is that value.
pub fn centred([low, high]: [f32; 2], centre: f32) -> [f32; 2] {
    let reach = (high - centre).abs().max((centre - low).abs());
    if reach.is_finite() && reach > 0.0 { [centre - reach, centre + reach] } else { [low, high] }
}

#[cfg(test)]
mod tests {
    use raster::statistics::Histogram;

    use super::*;

    #[test]
    fn stretches_are_read_as_users_write_them_and_written_so() {
        assert_eq!("minmax".parse(), Ok(Stretch::MinMax));
        assert_eq!("percentile:2,98".parse(), Ok(Stretch::Percentile(2.0, 98.0)));
        assert_eq!("stddev:2.5".parse(), Ok(Stretch::Deviations(2.5)));
        assert_eq!("-10,400".parse(), Ok(Stretch::Range(-10.0, 400.0)));
        for wrong in [
            "",
            "percentile:98,2",
            "percentile:-1,98",
            "stddev:0",
            "stddev:inf",
            "5",
            "9,1",
            "NaN,1",
            "gamma:2",
        ] {
            assert!(wrong.parse::<Stretch>().is_err(), "{wrong}");
        }
        for text in ["minmax", "percentile:2,98", "stddev:2.5", "-10,400.25"] {
            assert_eq!(text.parse::<Stretch>().map(|s| s.to_string()).as_deref(), Ok(text));
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
        assert_eq!(Stretch::Percentile(2.0, 98.0).limits(&band), [19.0, 979.0]);
        assert_eq!(Stretch::MinMax.limits(&band), [0.0, 999.0]);
        assert_eq!(Stretch::Deviations(2.0).limits(&band), [300.0, 700.0]);
        band.max = 0.0;
        assert_eq!(Stretch::MinMax.limits(&band), [0.0, 1.0]);
        (band.min, band.max) = (1e9, 1e9);
        let [low, high] = Stretch::MinMax.limits(&band);
        assert!(low < high, "{low} to {high}");
        band.valid = 0;
        assert_eq!(Stretch::MinMax.limits(&band), [0.0, 1.0]);
    }

    #[test]
    fn a_centre_lies_in_the_middle() {
        assert_eq!(centred([-1.0, 4.0], 0.0), [-4.0, 4.0]);
        assert_eq!(centred([2.0, 3.0], 1.0), [-1.0, 3.0]);
        assert_eq!(centred([1.0, 1.0], 1.0), [1.0, 1.0]);
        assert_eq!(linked(&[[1.0, 5.0], [-2.0, 3.0]]), Some([-2.0, 5.0]));
        assert_eq!(linked(&[]), None);
    }
}
