//! From the bands of one instrument to those of another.

use crate::error::SpectralError;
use crate::spectrum::{Spectrum, spacing_nm};

/// Bands that a spectrum is to be resampled to.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetBands {
    pub wavelength_nm: Vec<f64>,
    /// Full width at half maximum of each; made from the spacing of the bands where nobody gave it.
    pub fwhm_nm: Vec<f64>,
}

/// Of a normal distribution: σ for a full width at half maximum of 1.
const SIGMA_OF_FWHM: f64 = 0.424_660_900_144_009_5;
/// A response is followed to three σ on both sides, where it has fallen to a hundredth.
const REACH: f64 = 3.0;

impl TargetBands {
    /// Widths that are missing (or not above 0) are those of the spacing. Wavelengths may come in any order.
    pub fn new(wavelength_nm: Vec<f64>, fwhm_nm: &[Option<f64>]) -> Result<Self, SpectralError> {
        if wavelength_nm.is_empty() || wavelength_nm.iter().any(|nm| !nm.is_finite()) {
            return Err(SpectralError::Parameter("Every band needs a wavelength to resample to".into()));
        }
        let mut order: Vec<usize> = (0..wavelength_nm.len()).collect();
        order.sort_by(|a, b| wavelength_nm[*a].total_cmp(&wavelength_nm[*b]));
        let sorted: Vec<f64> = order.iter().map(|i| wavelength_nm[*i]).collect();
        let mut widths = vec![0.0; sorted.len()];
        for (place, spacing) in order.iter().zip(spacing_nm(&sorted)) {
            let given = fwhm_nm.get(*place).copied().flatten().filter(|w| w.is_finite() && *w > 0.0);
            widths[*place] = given.unwrap_or(spacing);
        }
        Ok(Self { wavelength_nm, fwhm_nm: widths })
    }
}

impl Spectrum {
    /// The spectrum as bands with a Gaussian response would have seen it: the mean of the line through the
    /// spectrum's points, weighted by the response and integrated exactly piece by piece. Bands narrower than
    /// the spectrum's steps get the line's value. Fails where a band lies outside the spectrum by more than
    /// half its width.
    pub fn resampled(&self, target: &TargetBands) -> Result<Self, SpectralError> {
        let points = self.by_wavelength();
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            let why = "it has no wavelengths to resample by";
            return Err(SpectralError::Spectrum { name: self.name.clone(), why });
        };
        let (low_nm, high_nm) = (first.0, last.0);
        let bands = target.wavelength_nm.iter().zip(&target.fwhm_nm).enumerate();
        let mut values = Vec::with_capacity(target.wavelength_nm.len());
        for (band, (wanted_nm, fwhm)) in bands {
            if *wanted_nm < low_nm - fwhm / 2.0 || *wanted_nm > high_nm + fwhm / 2.0 {
                let name = self.name.clone();
                return Err(SpectralError::Range {
                    name,
                    low_nm,
                    high_nm,
                    band: band + 1,
                    wanted_nm: *wanted_nm,
                });
            }
            values.push(response(&points, *wanted_nm, fwhm * SIGMA_OF_FWHM));
        }
        Ok(Self::new(self.name.clone(), target.wavelength_nm.clone(), values))
    }
}

/// Mean of the polyline, weighted by a normal distribution.
fn response(points: &[(f64, f64, usize)], centre: f64, sigma: f64) -> f64 {
    let (from, to) = (centre - REACH * sigma, centre + REACH * sigma);
    let start = points.partition_point(|p| p.0 <= from).saturating_sub(1);
    let (mut sum, mut weight) = (0.0, 0.0);
    for pair in points[start..].windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        let (left, right) = (a.0.max(from), b.0.min(to));
        if a.0 >= to {
            break;
        }
        if right <= left {
            continue;
        }
        let slope = (b.1 - a.1) / (b.0 - a.0);
        let (u, v) = ((left - centre) / sigma, (right - centre) / sigma);
        // ∫φ = Φ(v) − Φ(u) and ∫t·φ = φ(u) − φ(v).
        let mass = normal_mass(u, v);
        let moment = density(u) - density(v);
        sum += (a.1 + slope * (centre - a.0)) * mass + slope * sigma * moment;
        weight += mass;
    }
    if weight > 0.0 { sum / weight } else { nearest_value(points, centre) }
}

fn nearest_value(points: &[(f64, f64, usize)], nm: f64) -> f64 {
    let nearest = points.iter().min_by(|a, b| (a.0 - nm).abs().total_cmp(&(b.0 - nm).abs()));
    nearest.map_or(f64::NAN, |p| p.1)
}

fn density(t: f64) -> f64 {
    (-0.5 * t * t).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Φ(v) − Φ(u), by Gauss and Legendre's rule of five points on pieces of at most one σ: good to 10⁻⁹.
fn normal_mass(u: f64, v: f64) -> f64 {
    const NODES: [(f64, f64); 5] = [
        (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
        (-0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
        (0.0, 0.568_888_888_888_888_9),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
        (0.906_179_845_938_664, 0.236_926_885_056_189_1),
    ];
    let pieces = (v - u).ceil().max(1.0);
    let half = (v - u) / pieces / 2.0;
    (0..pieces as usize)
        .map(|i| {
            let middle = u + half * (2 * i + 1) as f64;
            NODES.iter().map(|(x, w)| w * density(middle + half * x)).sum::<f64>() * half
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(nm: &[f64], fwhm: f64) -> TargetBands {
        TargetBands::new(nm.to_vec(), &vec![Some(fwhm); nm.len()]).expect("bands")
    }

    #[test]
    fn a_straight_line_stays_a_straight_line() {
        let nm: Vec<f64> = (0..200).map(|i| 400.0 + f64::from(i) * 3.7).collect();
        let line = Spectrum::new("line", nm.clone(), nm.iter().map(|nm| 2.0 * nm + 1.0).collect());
        let seen = line.resampled(&bands(&[500.0, 612.3, 900.0], 25.0)).expect("in range");
        for (nm, value) in seen.wavelength_nm.iter().zip(&seen.values) {
            assert!((value - (2.0 * nm + 1.0)).abs() < 1e-6, "{value} at {nm}");
        }
    }

    #[test]
    fn a_parabola_is_raised_by_its_curvature_times_the_variance() {
        let nm: Vec<f64> = (0..4001).map(|i| 400.0 + f64::from(i) * 0.1).collect();
        let values = nm.iter().map(|nm| (nm - 600.0) * (nm - 600.0)).collect();
        let sigma = 20.0 * SIGMA_OF_FWHM;
        let seen = Spectrum::new("p", nm, values).resampled(&bands(&[600.0], 20.0)).expect("in range");
        // The variance of a normal distribution cut off at three σ is 0.9733 of the whole.
        assert!((seen.values[0] / (sigma * sigma) - 0.973_337).abs() < 1e-4, "{}", seen.values[0]);
    }

    #[test]
    fn a_narrow_band_gets_the_lines_value_and_one_outside_is_refused_by_name() {
        let s = Spectrum::new("coarse", vec![400.0, 500.0, 600.0], vec![0.0, 1.0, 0.0]);
        let seen = s.resampled(&bands(&[450.0, 560.0], 0.01)).expect("in range");
        assert!((seen.values[0] - 0.5).abs() < 1e-6 && (seen.values[1] - 0.4).abs() < 1e-6);
        let refused = s.resampled(&bands(&[700.0], 10.0)).expect_err("outside").to_string();
        assert!(refused.contains("coarse covers 400 to 600 nm"), "{refused}");
        assert!(Spectrum::new("bare", vec![], vec![1.0]).resampled(&bands(&[1.0], 1.0)).is_err());
    }

    #[test]
    fn widths_that_nobody_gave_are_the_spacing_also_out_of_order() {
        let made = TargetBands::new(vec![520.0, 500.0, 510.0], &[None, Some(5.0), None]).expect("bands");
        assert_eq!(made.fwhm_nm, [10.0, 5.0, 10.0]);
        assert!(TargetBands::new(vec![f64::NAN], &[]).is_err());
    }
}
