//! Numbers about places.

use crate::error::SimilarError;

/// Rows of numbers, one row for each place, row after row; all are finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: usize,
    values: Vec<f32>,
}

/// What was taken from each column, and what it was divided by then.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    pub means: Vec<f64>,
    pub deviations: Vec<f64>,
}

impl Table {
    /// `values` has `columns` numbers for each place.
    pub fn new(columns: usize, values: Vec<f32>) -> Result<Self, SimilarError> {
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(SimilarError::Shape { given: values.len(), columns });
        }
        match values.iter().position(|v| !v.is_finite()) {
            Some(at) => Err(SimilarError::NotFinite { row: at / columns }),
            None => Ok(Self { columns, values }),
        }
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The numbers of one place; empty where there is none.
    pub fn row(&self, at: usize) -> &[f32] {
        self.values.get(at * self.columns..(at + 1) * self.columns).unwrap_or_default()
    }

    /// All numbers, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The mean of each column.
    pub fn means(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.columns];
        for row in self.values.chunks_exact(self.columns) {
            for (mean, value) in means.iter_mut().zip(row) {
                *mean += f64::from(*value);
            }
        }
        let rows = self.rows().max(1) as f64;
        for mean in &mut means {
            *mean /= rows;
        }
        means
    }

    /// With a mean of 0 and a standard deviation (of the population) of 1 in each column; a column that is the same
    /// everywhere is 0 then.
    pub fn standardised(&self) -> (Self, Scaling) {
        let means = self.means();
        let mut deviations = vec![0.0; self.columns];
        for row in self.values.chunks_exact(self.columns) {
            for ((sum, value), mean) in deviations.iter_mut().zip(row).zip(&means) {
                *sum += (f64::from(*value) - mean).powi(2);
            }
        }
        let rows = self.rows().max(1) as f64;
        for (deviation, mean) in deviations.iter_mut().zip(&means) {
            *deviation = (*deviation / rows).sqrt();
            // What is left of rounding is no spread.
            if *deviation <= 1e-7 * mean.abs().max(f64::MIN_POSITIVE) {
                *deviation = 1.0;
            }
        }
        let scaling = Scaling { means, deviations };
        let mut values = Vec::with_capacity(self.values.len());
        for row in self.values.chunks_exact(self.columns) {
            let parts = row.iter().zip(&scaling.means).zip(&scaling.deviations);
            values.extend(parts.map(|((value, mean), by)| ((f64::from(*value) - mean) / by) as f32));
        }
        (Self { columns: self.columns, values }, scaling)
    }

    /// With the means taken off, so that products of rows lose nothing to a large number that all have.
    pub(crate) fn centred(&self) -> Vec<f32> {
        let means = self.means();
        let mut values = Vec::with_capacity(self.values.len());
        for row in self.values.chunks_exact(self.columns) {
            values.extend(row.iter().zip(&means).map(|(value, mean)| (f64::from(*value) - mean) as f32));
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_standardised_and_constant_ones_become_nothing() {
        let table = Table::new(2, vec![1.0, 7.0, 2.0, 7.0, 3.0, 7.0]).expect("a table");
        let (scaled, scaling) = table.standardised();
        assert_eq!(scaling.means, [2.0, 7.0]);
        let one = (1.5_f32).sqrt();
        assert_eq!(scaled.values(), [-one, 0.0, 0.0, 0.0, one, 0.0]);
        assert_eq!(scaled.row(2), [one, 0.0]);
        assert!(scaled.row(3).is_empty());
    }

    #[test]
    fn sizes_that_lie_and_numbers_that_are_none_are_refused() {
        assert_eq!(Table::new(3, vec![0.0; 4]), Err(SimilarError::Shape { given: 4, columns: 3 }));
        assert_eq!(Table::new(0, vec![]), Err(SimilarError::Shape { given: 0, columns: 0 }));
        let bad = vec![0.0, 1.0, 2.0, f32::NAN];
        assert_eq!(Table::new(2, bad), Err(SimilarError::NotFinite { row: 1 }));
        assert!(Table::new(2, vec![]).expect("no rows").is_empty());
    }
}
