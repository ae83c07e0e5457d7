//! Continuum removal: absorption bands without the slope that they lie on.

use crate::spectrum::Spectrum;

impl Spectrum {
    /// The upper convex hull over wavelength at each value (Clark and Roush 1984); NaN where a value cannot
    /// be used.
    #[must_use]
    pub fn continuum(&self) -> Self {
        let points = self.by_wavelength();
        let mut hull: Vec<usize> = Vec::new();
        for (i, (nm, value, _)) in points.iter().enumerate() {
            while let [.., a, b] = hull[..] {
                let (first, last) = (&points[a], &points[b]);
                let turn = (last.0 - first.0) * (value - first.1) - (last.1 - first.1) * (nm - first.0);
                if turn < 0.0 {
                    break;
                }
                hull.pop();
            }
            hull.push(i);
        }
        let mut values = vec![f64::NAN; self.values.len()];
        for pair in hull.windows(2) {
            let (a, b) = (&points[pair[0]], &points[pair[1]]);
            for (nm, _, at) in &points[pair[0]..=pair[1]] {
                let share = (nm - a.0) / (b.0 - a.0);
                values[*at] = a.1 + share * (b.1 - a.1);
            }
        }
        if let [(_, value, at)] = points[..] {
            values[at] = value;
        }
        self.with_values(values)
    }

    /// Each value as a share of the continuum: 1 where it touches, less in absorption bands. NaN where the
    /// continuum is not above 0.
    #[must_use]
    pub fn continuum_removed(&self) -> Self {
        let shares = self.continuum().values.into_iter().zip(&self.values);
        self.with_values(shares.map(|(c, v)| if c > 0.0 { v / c } else { f64::NAN }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_dip_below_a_slope_becomes_a_dip_below_one() {
        let nm: Vec<f64> = (0..11).map(|i| 500.0 + 10.0 * f64::from(i)).collect();
        let mut values: Vec<f64> = nm.iter().map(|nm| 0.2 + 0.001 * (nm - 500.0)).collect();
        values[5] *= 0.5;
        let removed = Spectrum::new("dip", nm, values).continuum_removed();
        for (i, value) in removed.values.iter().enumerate() {
            let wanted = if i == 5 { 0.5 } else { 1.0 };
            assert!((value - wanted).abs() < 1e-12, "{:?}", removed.values);
        }
    }

    proptest! {
        #[test]
        fn no_value_is_above_the_continuum_and_both_ends_lie_on_it(
            values in prop::collection::vec(0.01_f64..1.0, 2..60),
        ) {
            let nm: Vec<f64> = (0..values.len()).map(|i| 400.0 + (i * i) as f64).collect();
            let spectrum = Spectrum::new("any", nm.clone(), values.clone());
            let continuum = spectrum.continuum().values;
            prop_assert!(continuum.iter().zip(&values).all(|(c, v)| c - v > -1e-12));
            prop_assert!((continuum[0] - values[0]).abs() < 1e-12);
            for i in 1..nm.len() - 1 {
                let left = (continuum[i] - continuum[i - 1]) / (nm[i] - nm[i - 1]);
                let right = (continuum[i + 1] - continuum[i]) / (nm[i + 1] - nm[i]);
                prop_assert!(right <= left + 1e-9, "not convex at {i}");
            }
        }
    }
}
