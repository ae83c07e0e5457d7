//! A spectrum: values over wavelengths, and what is done with one.

use serde::{Deserialize, Serialize};

/// Values over wavelengths.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spectrum {
    pub name: String,
    /// One a value, or none where nobody knows; not always rising.
    pub wavelength_nm: Vec<f64>,
    pub values: Vec<f64>,
    /// True where a value is not to be trusted; empty = none.
    pub bad: Vec<bool>,
}

/// How a spectrum is scaled to be compared by shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalisation {
    /// To length 1: `v / √Σv²`.
    Length,
    /// To sum 1.
    Sum,
    /// To 0 … 1.
    Range,
    /// To mean 0 and σ 1 (σ over all values, divided by their number).
    Standard,
}

impl Spectrum {
    /// Without bad bands.
    pub fn new(name: impl Into<String>, wavelength_nm: Vec<f64>, values: Vec<f64>) -> Self {
        Self { name: name.into(), wavelength_nm, values, bad: Vec::new() }
    }

    /// True when it has a wavelength for each value.
    pub fn has_wavelengths(&self) -> bool {
        !self.values.is_empty() && self.wavelength_nm.len() == self.values.len()
    }

    /// True where a value can be used: not bad, a number, at a wavelength that is a number.
    pub fn is_usable(&self, index: usize) -> bool {
        self.values.get(index).is_some_and(|v| v.is_finite())
            && !self.bad.get(index).copied().unwrap_or(false)
            && self.wavelength_nm.get(index).is_none_or(|nm| nm.is_finite())
    }

    /// Wavelength, value and position of what can be used, by rising wavelength; none without wavelengths.
    /// Of values at the same wavelength the first is taken.
    pub fn by_wavelength(&self) -> Vec<(f64, f64, usize)> {
        if !self.has_wavelengths() {
            return Vec::new();
        }
        let mut all: Vec<(f64, f64, usize)> = (0..self.values.len())
            .filter(|i| self.is_usable(*i))
            .map(|i| (self.wavelength_nm[i], self.values[i], i))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|b, a| a.0 == b.0);
        all
    }

    /// Scaled; bad values are scaled along but do not count. A spectrum that cannot be scaled (all zero, all
    /// the same) becomes all NaN.
    #[must_use]
    pub fn normalised(&self, how: Normalisation) -> Self {
        let used: Vec<f64> =
            (0..self.values.len()).filter(|i| self.is_usable(*i)).map(|i| self.values[i]).collect();
        let n = used.len() as f64;
        let (shift, scale) = match how {
            Normalisation::Length => (0.0, used.iter().map(|v| v * v).sum::<f64>().sqrt()),
            Normalisation::Sum => (0.0, used.iter().sum()),
            Normalisation::Range => {
                let low = used.iter().copied().fold(f64::INFINITY, f64::min);
                (low, used.iter().copied().fold(f64::NEG_INFINITY, f64::max) - low)
            }
            Normalisation::Standard => {
                let mean = used.iter().sum::<f64>() / n;
                (mean, (used.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt())
            }
        };
        let scale = if scale == 0.0 { f64::NAN } else { scale };
        self.with_values(self.values.iter().map(|v| (v - shift) / scale).collect())
    }

    /// The first derivative by wavelength, in units of the values a nanometre: of the parabola through a
    /// value and its two neighbours, of the line at both ends. NaN where a value cannot be used, and
    /// everywhere without wavelengths.
    #[must_use]
    pub fn derivative(&self) -> Self {
        let points = self.by_wavelength();
        let mut values = vec![f64::NAN; self.values.len()];
        let slope = |i: usize| (points[i + 1].1 - points[i].1) / (points[i + 1].0 - points[i].0);
        for (i, (nm, _, at)) in points.iter().enumerate() {
            values[*at] = match (i > 0, i + 1 < points.len()) {
                (true, true) => {
                    let (before, after) = (nm - points[i - 1].0, points[i + 1].0 - nm);
                    (slope(i - 1) * after + slope(i) * before) / (before + after)
                }
                (false, true) => slope(i),
                (true, false) => slope(i - 1),
                (false, false) => f64::NAN,
            };
        }
        self.with_values(values)
    }

    /// The same wavelengths with other values.
    #[must_use]
    pub fn with_values(&self, values: Vec<f64>) -> Self {
        Self { values, ..self.clone() }
    }
}

/// The band nearest to a wavelength, of those that are not bad; `None` when the nearest is farther than the
/// tolerance or no band has a wavelength. Of two equally near the first.
pub fn nearest_band(
    wavelength_nm: &[Option<f64>],
    bad: &[bool],
    wanted_nm: f64,
    tolerance_nm: f64,
) -> Option<usize> {
    let usable = |i: &usize| !bad.get(*i).copied().unwrap_or(false);
    let distance = |i: usize| wavelength_nm[i].filter(|nm| nm.is_finite()).map(|nm| (nm - wanted_nm).abs());
    let found = (0..wavelength_nm.len()).filter(usable).filter_map(|i| Some((i, distance(i)?)));
    let nearest = found.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (nearest.1 <= tolerance_nm).then_some(nearest.0)
}

/// Distance from each band to its neighbours, halved on both sides and added: a stand-in for a full width at
/// half maximum that nobody gave. `wavelength_nm` must rise; a lone band gets 10 nm.
pub fn spacing_nm(wavelength_nm: &[f64]) -> Vec<f64> {
    let n = wavelength_nm.len();
    let gap = |i: usize| wavelength_nm[i + 1] - wavelength_nm[i];
    (0..n)
        .map(|i| match (i > 0, i + 1 < n) {
            (true, true) => f64::midpoint(gap(i - 1), gap(i)),
            (false, true) => gap(i),
            (true, false) => gap(i - 1),
            (false, false) => 10.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parabola() -> Spectrum {
        let nm = vec![400.0, 410.0, 425.0, 450.0, 455.0];
        let values = nm.iter().map(|nm| nm * nm).collect();
        Spectrum::new("parabola", nm, values)
    }

    #[test]
    fn the_derivative_of_a_parabola_is_exact_whatever_the_spacing() {
        let slope = parabola().derivative();
        for i in 1..4 {
            assert!((slope.values[i] - 2.0 * slope.wavelength_nm[i]).abs() < 1e-9, "{:?}", slope.values);
        }
        assert_eq!(slope.values[0], 810.0, "the line at the end");
    }

    #[test]
    fn bad_values_do_not_count_in_derivatives_and_scales() {
        let mut spectrum = parabola();
        spectrum.values[2] = 1e9;
        spectrum.bad = vec![false, false, true, false, false];
        let slope = spectrum.derivative();
        assert!(slope.values[2].is_nan());
        assert!((slope.values[1] - 820.0).abs() < 1e-9, "{:?}", slope.values);
        let scaled = spectrum.normalised(Normalisation::Range);
        assert_eq!((scaled.values[0], scaled.values[4]), (0.0, 1.0));
    }

    #[test]
    fn each_normalisation_does_what_it_says() {
        let spectrum = Spectrum::new("s", vec![], vec![1.0, 2.0, 2.0, 3.0]);
        let of = |how| spectrum.normalised(how).values;
        let length: f64 = of(Normalisation::Length).iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-15);
        assert_eq!(of(Normalisation::Sum), [0.125, 0.25, 0.25, 0.375]);
        assert_eq!(of(Normalisation::Range), [0.0, 0.5, 0.5, 1.0]);
        let standard = of(Normalisation::Standard);
        assert!(standard.iter().sum::<f64>().abs() < 1e-12);
        assert!((standard.iter().map(|v| v * v).sum::<f64>() - 4.0).abs() < 1e-12);
        assert!(
            Spectrum::new("z", vec![], vec![0.0; 3]).normalised(Normalisation::Length).values[0].is_nan()
        );
    }

    #[test]
    fn the_nearest_band_skips_bad_ones_and_keeps_to_the_tolerance() {
        let nm = [Some(550.0), None, Some(660.0), Some(670.0)];
        assert_eq!(nearest_band(&nm, &[], 662.0, 20.0), Some(2));
        assert_eq!(nearest_band(&nm, &[false, false, true, false], 662.0, 20.0), Some(3));
        assert_eq!(nearest_band(&nm, &[], 800.0, 50.0), None);
        assert_eq!(nearest_band(&[None], &[], 500.0, 1e9), None);
    }
}
