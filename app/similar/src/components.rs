//! Principal components.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par, Side};

use crate::error::SimilarError;
use crate::table::Table;

/// Rows that are taken into the covariance at once.
const ROWS: usize = 4_096;

/// The directions in which a table is spread most: eigenvectors of its covariance (with `n − 1`), the widest first, each
/// with its largest number positive.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    pub means: Vec<f64>,
    /// `count × columns`, row after row, of length 1.
    pub axes: Vec<f64>,
    /// Of the table along each axis.
    pub variances: Vec<f64>,
    /// Of all columns together.
    pub variance: f64,
}

impl Components {
    /// The first `count` components, or as many as there are columns.
    pub fn of(table: &Table, count: usize) -> Result<Self, SimilarError> {
        let (rows, columns) = (table.rows(), table.columns());
        if rows < 2 {
            return Err(SimilarError::TooFew { rows, least: 2 });
        }
        let means = table.means();
        let mut covariance = vec![0.0; columns * columns];
        for some in table.values().chunks(ROWS * columns) {
            let centred: Vec<f64> = some
                .chunks_exact(columns)
                .flat_map(|row| row.iter().zip(&means).map(|(value, mean)| f64::from(*value) - mean))
                .collect();
            let panel = MatRef::from_column_major_slice(&centred, columns, centred.len() / columns);
            let sum = MatMut::from_column_major_slice_mut(&mut covariance, columns, columns);
            matmul(sum, Accum::Add, panel, panel.transpose(), 1.0, Par::Seq);
        }
        for sum in &mut covariance {
            *sum /= (rows - 1) as f64;
        }
        let variance = (0..columns).map(|i| covariance[i * (columns + 1)]).sum();
        let square = MatRef::from_column_major_slice(&covariance, columns, columns);
        // The numbers are finite, so that only sums beyond the range of doubles can fail.
        let found = square.self_adjoint_eigen(Side::Lower).map_err(|_| SimilarError::NotFinite { row: 0 })?;
        let (vectors, values) = (found.U(), found.S().column_vector());
        let count = count.min(columns);
        let (mut axes, mut variances) = (Vec::with_capacity(count * columns), Vec::with_capacity(count));
        // faer gives them in rising order.
        for k in (0..columns).rev().take(count) {
            let largest = (0..columns)
                .fold(0, |best, i| if vectors[(i, k)].abs() > vectors[(best, k)].abs() { i } else { best });
            let sign = 1.0_f64.copysign(vectors[(largest, k)]);
            axes.extend((0..columns).map(|i| vectors[(i, k)] * sign));
            variances.push(values[k].max(0.0));
        }
        Ok(Self { means, axes, variances, variance })
    }

    pub fn count(&self) -> usize {
        self.variances.len()
    }

    /// The share of all variance along each axis.
    pub fn shares(&self) -> Vec<f64> {
        let all = if self.variance > 0.0 { self.variance } else { 1.0 };
        self.variances.iter().map(|variance| variance / all).collect()
    }

    /// Where each place lies along the axes: [`Components::count`] numbers for each row, row after row.
    pub fn scores(&self, table: &Table) -> Vec<f32> {
        let (columns, count) = (table.columns(), self.count());
        let mut scores = Vec::with_capacity(table.rows() * count);
        if columns != self.means.len() || count == 0 {
            return scores;
        }
        for row in table.values().chunks_exact(columns) {
            scores.extend(self.axes.chunks_exact(columns).map(|axis| {
                let parts = row.iter().zip(&self.means).zip(axis);
                parts.map(|((value, mean), a)| (f64::from(*value) - mean) * a).sum::<f64>() as f32
            }));
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axes_of_a_tilted_line_are_found_with_their_variances() {
        // (t, 2t) and a little across it.
        let values = (0..100_u8).flat_map(|i| {
            let (t, across) = (f32::from(i) - 49.5, if i % 2 == 0 { 0.1 } else { -0.1 });
            [t - 2.0 * across, 2.0 * t + across + 1_000.0]
        });
        let table = Table::new(2, values.collect()).expect("a table");
        let found = Components::of(&table, 2).expect("components");
        let root = 5.0_f64.sqrt();
        assert!((found.axes[0] - 1.0 / root).abs() < 1e-4 && (found.axes[1] - 2.0 / root).abs() < 1e-4);
        let along: f64 = (0..100).map(|i| (f64::from(i) - 49.5).powi(2) * 5.0).sum::<f64>() / 99.0;
        assert!((found.variances[0] / along - 1.0).abs() < 1e-4, "{found:?}");
        assert!(found.shares()[0] > 0.9999 && (found.shares().iter().sum::<f64>() - 1.0).abs() < 1e-9);
        let scores = found.scores(&table);
        let spread: f64 = scores.iter().step_by(2).map(|s| f64::from(*s).powi(2)).sum::<f64>() / 99.0;
        assert!((spread / found.variances[0] - 1.0).abs() < 1e-5, "scores have that variance");
    }

    #[test]
    fn one_place_has_no_components_and_equal_ones_have_no_spread() {
        let one = Table::new(2, vec![1.0, 2.0]).expect("a table");
        assert_eq!(Components::of(&one, 2), Err(SimilarError::TooFew { rows: 1, least: 2 }));
        let same = Table::new(2, vec![1.0; 8]).expect("a table");
        let found = Components::of(&same, 5).expect("components");
        assert_eq!((found.count(), found.shares()), (2, vec![0.0, 0.0]));
    }
}
