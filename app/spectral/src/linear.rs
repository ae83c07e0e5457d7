//! What a product makes of each pixel alone, as plain numbers, for whoever computes it elsewhere.

/// Rows of weights times a pixel less its middle, and what is made of the values of the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearMap {
    /// What is taken from each band first.
    pub middle: Vec<f64>,
    /// Row after row, a weight for each band.
    pub rows: Vec<f64>,
    pub finish: Finish,
}

/// What is made of the values of the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Finish {
    /// They are the results, with a number added to each.
    Values { added: Vec<f64> },
    /// One result: the sum of their squares. Row n has weights for bands up to n only.
    Squares,
    /// As many rows as there are bands are squared and summed, as in [`Finish::Squares`]; each row behind them gives
    /// a result: its square as a share of the sum, NaN where that is 0.
    Coherence,
    /// One result, the number from 1 of the row whose value times 2 is farthest below its square, the first of
    /// equals.
    Nearest { squares: Vec<f64> },
    /// The angle in radians between the pixel and each row, which has length 1; NaN where the pixel is zero.
    Angles,
}

impl LinearMap {
    /// How many bands a pixel must have.
    pub fn bands(&self) -> usize {
        self.middle.len()
    }

    /// How many rows.
    pub fn count(&self) -> usize {
        self.rows.len() / self.middle.len().max(1)
    }

    /// How many numbers a pixel gets.
    pub fn outputs(&self) -> usize {
        match self.finish {
            Finish::Values { .. } | Finish::Angles => self.count(),
            Finish::Squares | Finish::Nearest { .. } => 1,
            Finish::Coherence => self.count().saturating_sub(self.bands()),
        }
    }
}
