//! How far a place lies from all others.

use rayon::prelude::*;

use crate::nearest::Neighbours;

/// The mean distance of each row to its neighbours; 0 of one that has none.
pub fn mean_distances(neighbours: &Neighbours) -> Vec<f32> {
    let mean = |at: usize| {
        let (sum, count) = neighbours.of(at).fold((0.0, 0), |(sum, n), (_, d)| (sum + f64::from(d), n + 1));
        if count > 0 { (sum / f64::from(count)) as f32 } else { 0.0 }
    };
    (0..neighbours.rows()).map(mean).collect()
}

/// The local outlier factor of each row (Breunig, Kriegel, Ng and Sander 2000): how much denser its neighbours lie than it
/// does. About 1 amid others, larger the more it stands alone. `neighbours` must be of all rows, among all rows.
pub fn local_outlier_factor(neighbours: &Neighbours) -> Vec<f32> {
    /// Rows that are equal lie infinitely dense; as in scikit-learn, this keeps them finite.
    const LEAST: f64 = 1e-10;
    let rows = neighbours.rows();
    let reach: Vec<f64> = (0..rows)
        .map(|at| neighbours.of(at).last().map_or(0.0, |(_, distance)| f64::from(distance)))
        .collect();
    let mean = |sum: f64, count: u32| if count > 0 { sum / f64::from(count) } else { 0.0 };
    let density = |at: usize| {
        let (sum, count) = neighbours
            .of(at)
            .fold((0.0, 0), |(sum, n), (place, d)| (sum + f64::from(d).max(reach[place]), n + 1));
        1.0 / (mean(sum, count) + LEAST)
    };
    let densities: Vec<f64> = (0..rows).into_par_iter().map(density).collect();
    let factor = |at: usize| {
        let (sum, count) =
            neighbours.of(at).fold((0.0, 0), |(sum, n), (place, _)| (sum + densities[place], n + 1));
        (mean(sum, count) / densities[at]) as f32
    };
    (0..rows).into_par_iter().map(factor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Table, neighbours};

    #[test]
    fn what_stands_alone_has_the_largest_factor_and_equal_ones_have_one() {
        let mut values: Vec<f32> = (0..20_u8).flat_map(|i| [f32::from(i % 5), f32::from(i / 5)]).collect();
        values.extend([9.0, 1.5]);
        let table = Table::new(2, values).expect("a table");
        let near = neighbours(&table, 5, &|_, _| true).expect("neighbours");
        let factors = local_outlier_factor(&near);
        let largest = (0..21).max_by(|a, b| factors[*a].total_cmp(&factors[*b]));
        assert_eq!(largest, Some(20));
        assert!(factors[20] > 2.5 && factors[..20].iter().all(|f| (0.8..1.4).contains(f)), "{factors:?}");
        assert!(mean_distances(&near)[20] > 4.0);
        let same = Table::new(1, vec![2.0; 9]).expect("a table");
        let near = neighbours(&same, 3, &|_, _| true).expect("neighbours");
        assert!(local_outlier_factor(&near).iter().all(|f| (f - 1.0).abs() < 1e-6));
        assert!(mean_distances(&near).iter().all(|d| *d == 0.0));
    }
}
