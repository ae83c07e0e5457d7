//! Small square matrices: enough to fit a map through control points.

use geo_types::Coord;

/// A square matrix, row by row.
pub(crate) struct Square {
    n: usize,
    values: Vec<f64>,
}

impl Square {
    pub(crate) fn zero(n: usize) -> Self {
        Self { n, values: vec![0.0; n * n] }
    }

    pub(crate) fn at(&self, row: usize, col: usize) -> f64 {
        self.values[row * self.n + col]
    }

    pub(crate) fn add(&mut self, row: usize, col: usize, value: f64) {
        self.values[row * self.n + col] += value;
    }

    /// By elimination with the largest pivot of each column; `None` when it has none to speak of.
    pub(crate) fn inverse(mut self) -> Option<Self> {
        let n = self.n;
        let mut inverse = Self::zero(n);
        (0..n).for_each(|i| inverse.add(i, i, 1.0));
        let largest = self.values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        for col in 0..n {
            let pivot = (col..n).max_by(|a, b| self.at(*a, col).abs().total_cmp(&self.at(*b, col).abs()))?;
            let value = self.at(pivot, col);
            if value.is_nan() || value.abs() <= largest * 1e-11 {
                return None;
            }
            for i in 0..n {
                self.values.swap(pivot * n + i, col * n + i);
                inverse.values.swap(pivot * n + i, col * n + i);
            }
            for matrix in [&mut self, &mut inverse] {
                matrix.values[col * n..(col + 1) * n].iter_mut().for_each(|v| *v /= value);
            }
            for row in (0..n).filter(|row| *row != col) {
                let factor = self.at(row, col);
                if factor != 0.0 {
                    for matrix in [&mut self, &mut inverse] {
                        for i in 0..n {
                            matrix.values[row * n + i] -= factor * matrix.values[col * n + i];
                        }
                    }
                }
            }
        }
        Some(inverse)
    }

    /// The matrix times a column of pairs.
    pub(crate) fn times(&self, column: &[Coord<f64>]) -> Vec<Coord<f64>> {
        let dot =
            |row: &[f64]| row.iter().zip(column).fold(Coord { x: 0.0, y: 0.0 }, |sum, (a, b)| sum + *b * *a);
        self.values.chunks_exact(self.n).map(dot).collect()
    }

    /// `rowᵀ · matrix · row`, for the first `n` values of the row.
    pub(crate) fn quadratic(&self, row: &[f64]) -> f64 {
        (0..self.n).map(|i| row[i] * (0..self.n).map(|j| self.at(i, j) * row[j]).sum::<f64>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let mut m = Square::zero(3);
        for (i, v) in [0.0, 2.0, 1.0, 1.0, 0.0, 3.0, 4.0, 1.0, 0.5].into_iter().enumerate() {
            m.add(i / 3, i % 3, v);
        }
        let inverse = Square { n: 3, values: m.values.clone() }.inverse().expect("sound");
        for i in 0..3 {
            for j in 0..3 {
                let dot: f64 = (0..3).map(|k| m.at(i, k) * inverse.at(k, j)).sum();
                assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
        let mut flat = Square::zero(2);
        (0..4).for_each(|i| flat.add(i / 2, i % 2, 1.0));
        assert!(flat.inverse().is_none());
    }
}
