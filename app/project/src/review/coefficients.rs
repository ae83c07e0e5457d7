//! Agreement coefficients over plain counts. `None` where a coefficient is not defined.

/// What counts as how different (Krippendorff 2011, §C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    Nominal,
    Ordinal,
    Interval,
    Ratio,
}

/// How distance on the scale weighs in Cohen's κ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Any difference is a whole difference.
    Plain,
    Linear,
    Quadratic,
}

/// Krippendorff's α from units, each a list of indices into `values` (which ascend); units with fewer
/// than two are not pairable and are left out.
pub(super) fn krippendorff_alpha<'a>(
    units: impl IntoIterator<Item = &'a [usize]>,
    values: &[f64],
    metric: Metric,
) -> Option<f64> {
    let mut coincidences = Coincidences::new(values.len());
    units.into_iter().for_each(|unit| coincidences.add(unit));
    coincidences.alpha(values, metric)
}

/// The coincidence matrix: how often two values meet on one unit.
#[derive(Clone, Debug)]
pub(super) struct Coincidences {
    size: usize,
    cells: Vec<f64>,
    totals: Vec<f64>,
}

impl Coincidences {
    /// No unit yet, over so many values.
    pub(super) fn new(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size], totals: vec![0.0; size] }
    }

    /// Takes in a unit; one with fewer than two ratings is not pairable and is left out.
    pub(super) fn add(&mut self, unit: &[usize]) {
        if unit.len() < 2 {
            return;
        }
        let share = 1.0 / (unit.len() - 1) as f64;
        for (i, a) in unit.iter().enumerate() {
            self.totals[*a] += 1.0;
            for (j, b) in unit.iter().enumerate() {
                if i != j {
                    self.cells[a * self.size + b] += share;
                }
            }
        }
    }

    /// Krippendorff's α of the units so far; `values` ascend.
    pub(super) fn alpha(&self, values: &[f64], metric: Metric) -> Option<f64> {
        let totals = &self.totals;
        let present: Vec<usize> = (0..self.size).filter(|i| totals[*i] > 0.0).collect();
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
                observed += self.at(c, k) * delta;
                expected += totals[c] * totals[k] * delta;
            }
        }
        let pairable: f64 = totals.iter().sum();
        (expected > 0.0).then(|| 1.0 - (pairable - 1.0) * observed / expected)
    }

    fn at(&self, c: usize, k: usize) -> f64 {
        self.cells[c * self.size + k]
    }
}

/// Cohen's κ of a square confusion matrix, row-major; `values` place the categories on the scale.
pub(super) fn cohen_kappa(confusion: &[f64], values: &[f64], weight: Weight) -> Option<f64> {
    let size = values.len();
    let total: f64 = confusion.iter().sum();
    let rows: Vec<f64> = (0..size).map(|r| confusion[r * size..(r + 1) * size].iter().sum()).collect();
    let columns: Vec<f64> = (0..size).map(|c| (0..size).map(|r| confusion[r * size + c]).sum()).collect();
    let (mut observed, mut expected) = (0.0, 0.0);
    for r in 0..size {
        for c in (0..size).filter(|c| *c != r) {
            let distance = (values[r] - values[c]).abs();
            let weight = match weight {
                Weight::Plain => 1.0,
                Weight::Linear => distance,
                Weight::Quadratic => distance * distance,
            };
            observed += weight * confusion[r * size + c];
            expected += weight * rows[r] * columns[c] / total;
        }
    }
    (total > 0.0 && expected > 0.0).then(|| 1.0 - observed / expected)
}

/// Fleiss' κ; with unequal numbers of ratings per unit, the generalisation that averages each unit's
/// shares (Gwet 2014, §2.4). Units with fewer than two ratings are left out.
pub(super) fn fleiss_kappa<'a>(units: impl IntoIterator<Item = &'a [usize]>, size: usize) -> Option<f64> {
    let (mut agreement, mut shares, mut used) = (0.0, vec![0.0; size], 0.0);
    let mut counts = vec![0.0; size];
    for unit in units.into_iter().filter(|u| u.len() > 1) {
        counts.fill(0.0);
        for category in unit {
            counts[*category] += 1.0;
        }
        let n = unit.len() as f64;
        agreement += counts.iter().map(|c| c * (c - 1.0)).sum::<f64>() / (n * (n - 1.0));
        shares.iter_mut().zip(&counts).for_each(|(share, count)| *share += count / n);
        used += 1.0;
    }
    let by_chance: f64 = shares.iter().map(|share| (share / used).powi(2)).sum();
    // Shares of one category alone add up to 1 but for rounding.
    let defined = used > 0.0 && shares.iter().filter(|s| **s > 0.0).count() > 1;
    defined.then(|| (agreement / used - by_chance) / (1.0 - by_chance))
}

/// Pairs of ratings of one unit that are equal, and all pairs.
pub(super) fn pairs<'a>(units: impl IntoIterator<Item = &'a [usize]>) -> (f64, f64) {
    let (mut equal, mut all) = (0.0, 0.0);
    for unit in units {
        for (i, a) in unit.iter().enumerate() {
            equal += unit[i + 1..].iter().filter(|b| *b == a).count() as f64;
            all += (unit.len() - i - 1) as f64;
        }
    }
    (equal, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLANK: usize = usize::MAX;

    /// Krippendorff's textbook table: four coders, twelve units, values 1 to 5 as indices.
    fn textbook() -> Vec<Vec<usize>> {
        let b = BLANK;
        let coders = [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, b, b, b],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, b, 3],
            [b, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, b],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, b],
        ];
        (0..12).map(|u| coders.iter().map(|c| c[u]).filter(|v| *v != b).map(|v| v - 1).collect()).collect()
    }

    fn alpha(metric: Metric) -> f64 {
        let units = textbook();
        krippendorff_alpha(units.iter().map(Vec::as_slice), &[1.0, 2.0, 3.0, 4.0, 5.0], metric)
            .expect("defined")
    }

    #[test]
    fn alpha_of_the_textbook_table_is_the_published_one() {
        for (metric, published) in [
            (Metric::Nominal, 0.743_421),
            (Metric::Ordinal, 0.815_388),
            (Metric::Interval, 0.849_107),
            (Metric::Ratio, 0.797_403),
        ] {
            assert!((alpha(metric) - published).abs() < 1e-6, "{metric:?}: {}", alpha(metric));
        }
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
        let units =
            table.map(|row| row.iter().enumerate().flat_map(|(c, n)| vec![c; *n]).collect::<Vec<usize>>());
        let kappa = fleiss_kappa(units.iter().map(Vec::as_slice), 5).expect("defined");
        assert!((kappa - 0.209_93).abs() < 1e-5, "{kappa}");
    }

    #[test]
    fn without_variation_or_pairs_nothing_is_claimed() {
        let same = [vec![1, 1, 1], vec![1, 1]];
        let units = || same.iter().map(Vec::as_slice);
        assert_eq!(krippendorff_alpha(units(), &[0.0, 1.0], Metric::Nominal), None);
        assert_eq!(fleiss_kappa(units(), 2), None);
        assert_eq!(cohen_kappa(&[0.0, 0.0, 0.0, 4.0], &[0.0, 1.0], Weight::Plain), None);
        assert_eq!(cohen_kappa(&[0.0; 4], &[0.0, 1.0], Weight::Linear), None);
        let alone = [vec![0], vec![1]];
        assert_eq!(krippendorff_alpha(alone.iter().map(Vec::as_slice), &[0.0, 1.0], Metric::Nominal), None);
        assert_eq!(fleiss_kappa(alone.iter().map(Vec::as_slice), 2), None);
        assert_eq!(pairs(alone.iter().map(Vec::as_slice)), (0.0, 0.0));
    }

    #[test]
    fn the_ratio_metric_is_not_defined_below_zero() {
        let units = [vec![0, 1], vec![0, 0], vec![1, 1]];
        let alpha = |metric| krippendorff_alpha(units.iter().map(Vec::as_slice), &[-1.0, 1.0], metric);
        assert_eq!(alpha(Metric::Ratio), None);
        assert!(alpha(Metric::Interval).is_some());
    }
}
