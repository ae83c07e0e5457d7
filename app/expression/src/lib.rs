//! Formulas over the bands of an image: read, checked, and worked out.
//!
//! Five nouns: an [`Expression`] is a text that has been understood; [`BandLabel`]s say what an image's bands are
//! called; a [`Program`] is an expression whose bands are found, as a list of steps; an [`Evaluator`] works it out on
//! the processor (the crate `shaders` turns the same steps into a fragment shader); an [`Index`] is a published
//! formula under its short name. What is refused is an [`ExpressionError`] that knows the place in the text.
//!
//! Bands are named by number (`b30`, counted from 1), by name (`"Band 8A"`, or plainly where it is a word), by
//! [`Role`] (`nir`, `swir1`, or the letters `N`, `S1` of the index catalogue) or by wavelength (`nm(865)`). There are
//! `+ - * / ^`, comparisons and `&& || !` that give 1 or 0, `a ? b : c`, the [`FUNCTIONS`], `pi`, and `nan` for "no
//! value". Where any band has no value the result has none either, unless the expression asks about it (`isnan`).
//!
//! ```
//! use expression::*;
//! let at = |nm| BandLabel { wavelength_nm: Some(nm), ..BandLabel::default() };
//! let ndvi = Expression::parse("(nir - red) / (nir + red)")?.resolve(&[at(665.0), at(842.0)])?;
//! assert_eq!(ndvi.bands(), [1, 0]);
//! let mut out = [0.0; 2];
//! Evaluator::new(&ndvi).evaluate(&[&[0.5, 0.0], &[0.1, 0.0]], &mut out);
//! assert!((out[0] - 2.0 / 3.0).abs() < 1e-6 && out[1].is_nan());
//! # Ok::<(), ExpressionError>(())
//! ```

mod error;
mod evaluate;
mod function;
mod index;
mod lexer;
mod numbers;
mod parse;
mod program;
mod resolve;
mod role;

pub use error::ExpressionError;
pub use evaluate::Evaluator;
pub use function::{Binary, FUNCTIONS, Function, Unary};
pub use index::{Index, indices};
pub use program::{MAX_BANDS, Program, Step, StepId};
pub use resolve::{BandLabel, closest};
pub use role::{ROLES, Role};

/// A text that has been understood; which bands it means is not known yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    parsed: parse::Parsed,
}

impl Expression {
    /// Reads a text of at most 10,000 bytes.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Self::parse_with(text, &[])
    }

    /// Reads a text in which some names stand for numbers.
    pub fn parse_with(text: &str, parameters: &[(&str, f32)]) -> Result<Self, ExpressionError> {
        Ok(Self { text: text.to_owned(), parsed: parse::parse(text, parameters)? })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Finds the bands of an image that are meant.
    pub fn resolve(&self, bands: &[BandLabel]) -> Result<Program, ExpressionError> {
        Program::new(&self.parsed, bands)
    }
}

#[cfg(test)]
mod tests;
