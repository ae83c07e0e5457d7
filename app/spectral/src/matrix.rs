//! Dense linear algebra, by faer: products, factors and eigenvectors of small symmetric matrices.
//!
//! Square matrices are slices, row after row. A panel is `bands × pixels`, pixel after pixel.

use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::traits::ComplexField;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};

use crate::error::SpectralError;

/// How much of a band's variance must be its own for a covariance to count as invertible: far below the
/// noise of any sensor, a little above the rounding of sums over millions of pixels.
const LEAST_OWN_VARIANCE: f64 = 1e-12;

/// Rows of a square that are worked on at once: few enough that little is computed above the diagonal, enough
/// that products run at the processor's pace.
const BLOCK: usize = 48;

/// Adds `panel · panelᵀ` to the lower triangle of `sum`; what stands above the diagonal has no meaning then.
pub(crate) fn add_scatter<T: ComplexField>(sum: &mut [T], panel: &[T], bands: usize) {
    let pixels = panel.len() / bands;
    let panel = MatRef::from_column_major_slice(panel, bands, pixels);
    let mut sum = MatMut::from_row_major_slice_mut(sum, bands, bands);
    for first in (0..bands).step_by(BLOCK) {
        let rows = BLOCK.min(bands - first);
        let end = first + rows;
        matmul(
            sum.as_mut().submatrix_mut(first, 0, rows, end),
            Accum::Add,
            panel.subrows(first, rows),
            panel.subrows(0, end).transpose(),
            T::one_impl(),
            Par::Seq,
        );
    }
}

/// `out = rows · panel`: `rows` is `k × bands`, row after row; `out` has `k` numbers for each pixel, side by
/// side.
pub(crate) fn project<T: ComplexField>(out: &mut [T], rows: &[T], panel: &[T], bands: usize) {
    let (k, pixels) = (rows.len() / bands, panel.len() / bands);
    matmul(
        MatMut::from_column_major_slice_mut(out, k, pixels),
        Accum::Replace,
        MatRef::from_row_major_slice(rows, k, bands),
        MatRef::from_column_major_slice(panel, bands, pixels),
        T::one_impl(),
        Par::Seq,
    );
}

/// The same for a square lower triangle of rows; what stands above the diagonal must be 0.
pub(crate) fn project_lower<T: ComplexField>(out: &mut [T], lower: &[T], panel: &[T], bands: usize) {
    let pixels = panel.len() / bands;
    let lower = MatRef::from_row_major_slice(lower, bands, bands);
    let panel = MatRef::from_column_major_slice(panel, bands, pixels);
    let mut out = MatMut::from_column_major_slice_mut(out, bands, pixels);
    for first in (0..bands).step_by(BLOCK) {
        let rows = BLOCK.min(bands - first);
        let end = first + rows;
        matmul(
            out.as_mut().subrows_mut(first, rows),
            Accum::Replace,
            lower.submatrix(first, 0, rows, end),
            panel.subrows(0, end),
            T::one_impl(),
            Par::Seq,
        );
    }
}

/// Copies the lower triangle over the upper one.
pub(crate) fn mirror(square: &mut [f64], n: usize) {
    for row in 0..n {
        for column in 0..row {
            square[column * n + row] = square[row * n + column];
        }
    }
}

/// The factor `L` of a covariance `L·Lᵀ`.
#[derive(Debug)]
pub(crate) struct Cholesky {
    n: usize,
    lower: Mat<f64>,
}

impl Cholesky {
    /// Refuses a covariance of which a band is constant or follows from the bands before it.
    pub(crate) fn new(covariance: &[f64], n: usize, of: &'static str) -> Result<Self, SpectralError> {
        if covariance.iter().any(|v| !v.is_finite()) {
            return Err(SpectralError::NotFinite { of });
        }
        let matrix = MatRef::from_row_major_slice(covariance, n, n);
        let factor = matrix.llt(Side::Lower).map_err(|error| {
            let faer::linalg::cholesky::llt::factor::LltError::NonPositivePivot { index } = error;
            SpectralError::Singular { of, band: index + 1 }
        })?;
        let lower = factor.L().to_owned();
        let weak = (0..n).find(|i| {
            let own = lower[(*i, *i)] * lower[(*i, *i)];
            own.is_nan() || own <= LEAST_OWN_VARIANCE * covariance[i * n + i]
        });
        match weak {
            Some(index) => Err(SpectralError::Singular { of, band: index + 1 }),
            None => Ok(Self { n, lower }),
        }
    }

    /// `L⁻¹`, row after row: takes the covariance to the unit matrix.
    pub(crate) fn whitener(&self) -> Vec<f64> {
        let mut inverse = Mat::<f64>::identity(self.n, self.n);
        solve_lower_triangular_in_place(self.lower.as_ref(), inverse.as_mut(), Par::Seq);
        rows_of(inverse.as_ref())
    }

    /// `C⁻¹·v`.
    pub(crate) fn solve(&self, v: &[f64]) -> Vec<f64> {
        let whitener = self.whitener();
        let n = self.n;
        let white: Vec<f64> = whitener.chunks_exact(n).map(|row| dot(row, v)).collect();
        (0..n).map(|i| (i..n).map(|j| whitener[j * n + i] * white[j]).sum()).collect()
    }

    /// `L⁻¹ · square · L⁻ᵀ` for a symmetric square.
    pub(crate) fn congruent(&self, square: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut half = MatRef::from_row_major_slice(square, n, n).to_owned();
        solve_lower_triangular_in_place(self.lower.as_ref(), half.as_mut(), Par::Seq);
        let mut whole = half.transpose().to_owned();
        solve_lower_triangular_in_place(self.lower.as_ref(), whole.as_mut(), Par::Seq);
        // Both triangles must say the same to the last bit.
        let mut rows = rows_of(whole.as_ref());
        mirror(&mut rows, n);
        rows
    }

    /// `L`, row after row.
    pub(crate) fn factor(&self) -> Vec<f64> {
        rows_of(self.lower.as_ref())
    }
}

fn rows_of(matrix: MatRef<'_, f64>) -> Vec<f64> {
    let (rows, columns) = (matrix.nrows(), matrix.ncols());
    (0..rows).flat_map(|i| (0..columns).map(move |j| matrix[(i, j)])).collect()
}

/// `rows · columns` of two matrices that are slices row after row, `left` with `inner` columns.
pub(crate) fn multiply(left: &[f64], right: &[f64], inner: usize) -> Vec<f64> {
    let (m, n) = (left.len() / inner, right.len() / inner);
    let mut out = vec![0.0; m * n];
    matmul(
        MatMut::from_row_major_slice_mut(&mut out, m, n),
        Accum::Replace,
        MatRef::from_row_major_slice(left, m, inner),
        MatRef::from_row_major_slice(right, inner, n),
        1.0,
        Par::Seq,
    );
    out
}

/// Rows and columns exchanged.
pub(crate) fn transposed(matrix: &[f64], columns: usize) -> Vec<f64> {
    (0..columns).flat_map(|j| matrix[j..].iter().step_by(columns).copied()).collect()
}

/// Eigenvalues, largest first, and their vectors, row after row, each with its largest element positive.
pub(crate) fn eigen(
    symmetric: &[f64],
    n: usize,
    of: &'static str,
) -> Result<(Vec<f64>, Vec<f64>), SpectralError> {
    if symmetric.iter().any(|v| !v.is_finite()) {
        return Err(SpectralError::NotFinite { of });
    }
    let found = MatRef::from_row_major_slice(symmetric, n, n)
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| SpectralError::NotFinite { of })?;
    let (vectors, values) = (found.U(), found.S().column_vector());
    // faer gives them in rising order.
    let mut rows = Vec::with_capacity(n * n);
    for k in (0..n).rev() {
        let largest = (0..n).max_by(|a, b| vectors[(*a, k)].abs().total_cmp(&vectors[(*b, k)].abs()));
        let sign = largest.map_or(1.0, |i| 1.0_f64.copysign(vectors[(i, k)]));
        rows.extend((0..n).map(|i| vectors[(i, k)] * sign));
    }
    Ok(((0..n).rev().map(|k| values[k]).collect(), rows))
}

/// Σ aᵢ·bᵢ.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
