//! Agreement coefficients over plain sums. `None` where a coefficient is not defined.
//!
//! Sources: Krippendorff 2011, "Computing Krippendorff's alpha-reliability"; Fleiss 1971; Cohen 1960 and
//! 1968; Gwet 2008, "Computing inter-rater reliability and its variance in the presence of high agreement",
//! and Gwet 2014, "Handbook of inter-rater reliability", for gaps and weights.

use crate::sums::Sums;

/// What counts as how different in α (Krippendorff 2011, §C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Nominal,
    Ordinal,
    Interval,
    Ratio,
}

/// How distance on the scale weighs in Cohen's κ and in Gwet's AC2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Any difference is a whole difference.
    Plain,
    /// By the difference of ranks.
    Linear,
    /// By its square.
    Quadratic,
    /// By how many pairs of places lie between (Gwet 2014, §3.3).
    Ordinal,
}

impl Weight {
    /// How much two of the `values` agree, 0 (the ends of the scale) to 1 (the same); by their indices.
    fn between(self, values: &[f64], a: usize, b: usize) -> f64 {
        let span = values.last().copied().unwrap_or(0.0) - values.first().copied().unwrap_or(0.0);
        let steps = |a: usize, b: usize| {
            let n = a.abs_diff(b) as f64;
            n * (n + 1.0) / 2.0
        };
        match self {
            Self::Plain => f64::from(a == b),
            Self::Linear => 1.0 - (values[a] - values[b]).abs() / span,
            Self::Quadratic => 1.0 - ((values[a] - values[b]) / span).powi(2),
            Self::Ordinal => 1.0 - steps(a, b) / steps(0, values.len() - 1),
        }
    }
}

/// Krippendorff's α; `values` place the categories in use on the scale and ascend.
pub fn krippendorff_alpha(sums: &Sums, values: &[f64], metric: Metric) -> Option<f64> {
    let (totals, q) = (&sums.totals, sums.q());
    let present: Vec<usize> = (0..q).filter(|i| totals[*i] > 0.0).collect();
    if metric == Metric::Ratio && present.iter().any(|i| values[*i] < 0.0) {
        return None;
    }
    let (mut observed, mut expected) = (0.0, 0.0);
    for (i, &c) in present.iter().enumerate() {
        // Ratings from the smaller value to the larger, both counted.
        let mut between = totals[c];
        for &k in &present[i + 1..] {
            between += totals[k];
            let delta = match metric {
                Metric::Nominal => 1.0,
                Metric::Ordinal => (between - f64::midpoint(totals[c], totals[k])).powi(2),
                Metric::Interval => (values[c] - values[k]).powi(2),
                Metric::Ratio => ((values[c] - values[k]) / (values[c] + values[k])).powi(2),
            };
            observed += sums.coincidences[c * q + k] * delta;
            expected += totals[c] * totals[k] * delta;
        }
    }
    let ratings: f64 = totals.iter().sum();
    (expected > 0.0).then(|| 1.0 - (ratings - 1.0) * observed / expected)
}

/// Fleiss' κ. With gaps, observed agreement is the mean over units with two or more ratings and a
/// category's prevalence the mean of its share over all units (Gwet 2014, §2.4).
pub fn fleiss_kappa(sums: &Sums) -> Option<f64> {
    let observed = observed(sums, &[], Weight::Plain)?;
    let by_chance: f64 = sums.shares.iter().map(|share| (share / sums.units).powi(2)).sum();
    Some((observed - by_chance) / (1.0 - by_chance))
}

/// Gwet's AC1 ([`Weight::Plain`]) or AC2 over the categories in use; `values` place them on the scale.
pub fn gwet(sums: &Sums, values: &[f64], weight: Weight) -> Option<f64> {
    let q = sums.q();
    let observed = observed(sums, values, weight)?;
    let weights: f64 = (0..q * q).map(|i| weight.between(values, i / q, i % q)).sum();
    let doubt: f64 = sums.shares.iter().map(|share| share / sums.units).map(|p| p * (1.0 - p)).sum();
    let by_chance = weights * doubt / (q * (q - 1)) as f64;
    (by_chance < 1.0).then(|| (observed - by_chance) / (1.0 - by_chance))
}

/// The mean over pairable units of how much their pairs agree; `None` without such units or with fewer than
/// two categories.
fn observed(sums: &Sums, values: &[f64], weight: Weight) -> Option<f64> {
    let q = sums.q();
    if q < 2 || sums.pairable <= 0.0 {
        return None;
    }
    let cells = sums.agreements.iter().enumerate().filter(|(_, cell)| **cell > 0.0);
    Some(cells.map(|(i, cell)| cell * weight.between(values, i / q, i % q)).sum::<f64>() / sums.pairable)
}

/// Equal pairs of ratings among all pairs of one unit, 0 to 100.
pub fn percent(sums: &Sums) -> Option<f64> {
    (sums.pairs > 0.0).then(|| 100.0 * sums.equal / sums.pairs)
}

/// Cohen's κ of a square confusion matrix, row-major; `values` place the categories on the scale.
/// [`Weight::Ordinal`] needs `values` to ascend.
pub fn cohen_kappa(confusion: &[f64], values: &[f64], weight: Weight) -> Option<f64> {
    let size = values.len();
    let total: f64 = confusion.iter().sum();
    let rows: Vec<f64> = (0..size).map(|r| confusion[r * size..(r + 1) * size].iter().sum()).collect();
    let columns: Vec<f64> = (0..size).map(|c| (0..size).map(|r| confusion[r * size + c]).sum()).collect();
    let (mut observed, mut expected) = (0.0, 0.0);
    for r in 0..size {
        for c in (0..size).filter(|c| *c != r) {
            let distance = 1.0 - weight.between(values, r, c);
            observed += distance * confusion[r * size + c];
            expected += distance * rows[r] * columns[c] / total;
        }
    }
    (total > 0.0 && expected > 0.0).then(|| 1.0 - observed / expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tally;

    /// Krippendorff's textbook table: four coders, twelve units, values 1 to 5 as indices.
    fn textbook() -> Sums {
        const B: u32 = u32::MAX;
        let coders = [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, B, B, B],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, B, 3],
            [B, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, B],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, B],
        ];
        let unit = |u: usize| coders.iter().map(move |c| c[u]).filter(|v| *v != B).map(|v| v - 1);
        sums(&(0..12).map(|u| unit(u).collect()).collect::<Vec<_>>())
    }

    fn sums(units: &[Vec<u32>]) -> Sums {
        let mut tally = Tally::default();
        for unit in units {
            tally.add(unit);
        }
        tally.sums()
    }

    const FIVE: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 5.0];

    #[test]
    fn alpha_of_the_textbook_table_is_the_published_one() {
        for (metric, published) in [
            (Metric::Nominal, 0.743_421),
            (Metric::Ordinal, 0.815_388),
            (Metric::Interval, 0.849_107),
            (Metric::Ratio, 0.797_403),
        ] {
            let alpha = krippendorff_alpha(&textbook(), &FIVE, metric).expect("defined");
            assert!((alpha - published).abs() < 1e-6, "{metric:?}: {alpha}");
        }
    }

    #[test]
    fn gwets_coefficients_of_the_same_table_are_the_published_ones() {
        // Gwet 2014, table 2.10: AC1 0.77544 and Fleiss' κ 0.76117.
        let sums = textbook();
        assert!((gwet(&sums, &FIVE, Weight::Plain).expect("defined") - 0.775_44).abs() < 1e-5);
        assert!((fleiss_kappa(&sums).expect("defined") - 0.761_17).abs() < 1e-5);
        assert!(gwet(&sums, &FIVE, Weight::Quadratic) > gwet(&sums, &FIVE, Weight::Linear));
    }

    fn confusion(a: &[usize], b: &[usize], size: usize) -> Vec<f64> {
        let mut cells = vec![0.0; size * size];
        a.iter().zip(b).for_each(|(a, b)| cells[a * size + b] += 1.0);
        cells
    }

    #[test]
    fn cohens_kappa_of_two_raters_is_the_known_one() {
        let cells = confusion(&[0, 0, 1, 2, 3, 3, 2, 1, 0, 3], &[0, 1, 1, 2, 3, 2, 2, 0, 0, 3], 4);
        let kappa = |weight| cohen_kappa(&cells, &[0.0, 1.0, 2.0, 3.0], weight).expect("defined");
        assert!((kappa(Weight::Plain) - 0.6).abs() < 1e-12);
        assert!((kappa(Weight::Quadratic) - 0.888_889).abs() < 1e-6);
        assert!(kappa(Weight::Plain) < kappa(Weight::Linear));
        assert!(kappa(Weight::Linear) < kappa(Weight::Quadratic));
    }

    #[test]
    fn fleiss_kappa_of_the_published_example_is_reproduced() {
        // Fleiss 1971 as tabulated by Wikipedia: 10 subjects, 14 raters, 5 categories, κ = 0.210.
        let table = [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ];
        let unit = |row: [usize; 5]| (0..5).flat_map(|c| vec![c as u32; row[c]]).collect();
        let kappa = fleiss_kappa(&sums(&table.map(unit))).expect("defined");
        assert!((kappa - 0.209_93).abs() < 1e-5, "{kappa}");
    }

    #[test]
    fn without_variation_or_pairs_nothing_is_claimed() {
        let same = sums(&[vec![1, 1, 1], vec![1, 1]]);
        assert_eq!(krippendorff_alpha(&same, &[0.0], Metric::Nominal), None);
        assert_eq!(fleiss_kappa(&same), None);
        assert_eq!(gwet(&same, &[0.0], Weight::Plain), None);
        assert_eq!(percent(&same), Some(100.0));
        assert_eq!(cohen_kappa(&[0.0, 0.0, 0.0, 4.0], &[0.0, 1.0], Weight::Plain), None);
        assert_eq!(cohen_kappa(&[0.0; 4], &[0.0, 1.0], Weight::Linear), None);
        let alone = sums(&[vec![0], vec![1]]);
        assert_eq!(krippendorff_alpha(&alone, &[0.0, 1.0], Metric::Nominal), None);
        assert_eq!(fleiss_kappa(&alone), None);
        assert_eq!(percent(&alone), None);
    }

    #[test]
    fn the_ratio_metric_is_not_defined_below_zero() {
        let sums = sums(&[vec![0, 1], vec![0, 0], vec![1, 1]]);
        assert_eq!(krippendorff_alpha(&sums, &[-1.0, 1.0], Metric::Ratio), None);
        assert!(krippendorff_alpha(&sums, &[-1.0, 1.0], Metric::Interval).is_some());
    }

    #[test]
    fn where_nearly_everything_is_one_class_ac1_stays_where_kappa_falls() {
        // The prevalence paradox (Feinstein and Cicchetti 1990): 95 of 100 pairs agree.
        let unit = |i: u32| if i < 94 { vec![0, 0] } else { vec![u32::from(i == 99), u32::from(i > 94)] };
        let sums = sums(&(0..100).map(unit).collect::<Vec<_>>());
        assert!(percent(&sums) >= Some(95.0));
        let (kappa, ac1) = (fleiss_kappa(&sums), gwet(&sums, &[0.0, 1.0], Weight::Plain));
        assert!(kappa < Some(0.5) && ac1 > Some(0.9), "{kappa:?} {ac1:?}");
    }
}
