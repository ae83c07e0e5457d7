//! What tells classes of pixels apart, whichever way it has learnt that.

use rayon::prelude::*;

use crate::SegmentError;
use crate::error::{GoOn, check};
use crate::forest::{Forest, ForestOptions};
use crate::logistic::Logistic;
use crate::perceptron::{Perceptron, PerceptronOptions};

/// Pixels whose class is known: a row of features in bytes for each, and its class from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples {
    pub rows: Vec<u8>,
    pub labels: Vec<u8>,
    /// Features of a row.
    pub features: usize,
}

impl Examples {
    /// None yet, of so many features.
    pub fn new(features: usize) -> Self {
        Self { features, ..Self::default() }
    }

    pub fn push(&mut self, row: &[u8], label: u8) {
        debug_assert_eq!(row.len(), self.features);
        self.rows.extend_from_slice(row);
        self.labels.push(label);
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// How many classes there are, at least two of them with examples.
    pub(crate) fn classes(&self) -> Result<usize, SegmentError> {
        let first = *self.labels.first().ok_or(SegmentError::NoMarkers)?;
        if self.features == 0 || self.rows.len() != self.features * self.labels.len() {
            return Err(SegmentError::Nothing);
        }
        if self.labels.iter().all(|l| *l == first) {
            return Err(SegmentError::OneClass);
        }
        Ok(usize::from(self.labels.iter().copied().max().unwrap_or(0)) + 1)
    }
}

/// Which way to learn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Learning {
    Forest(ForestOptions),
    /// With this penalty.
    Logistic(f64),
    Perceptron(PerceptronOptions),
}

impl Default for Learning {
    fn default() -> Self {
        LearnerKind::Forest.usual()
    }
}

/// What can learn, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LearnerKind {
    #[default]
    Forest,
    Logistic,
    Perceptron,
}

impl LearnerKind {
    /// As it usually learns.
    pub fn usual(self) -> Learning {
        match self {
            Self::Forest => Learning::Forest(ForestOptions::default()),
            Self::Logistic => Learning::Logistic(1.0),
            Self::Perceptron => Learning::Perceptron(PerceptronOptions::default()),
        }
    }
}

/// What has learnt.
#[derive(Clone, Debug, PartialEq)]
pub enum Learner {
    Forest(Forest),
    Logistic(Logistic),
    Perceptron(Perceptron),
}

/// Pixels that one thread works on at a time.
const STRIPE: usize = 4096;

impl Learner {
    pub fn train(examples: &Examples, way: &Learning, go_on: GoOn) -> Result<Self, SegmentError> {
        Ok(match way {
            Learning::Forest(options) => Self::Forest(Forest::train(examples, options, go_on)?),
            Learning::Logistic(penalty) => Self::Logistic(Logistic::train(examples, *penalty, go_on)?),
            Learning::Perceptron(options) => Self::Perceptron(Perceptron::train(examples, options, go_on)?),
        })
    }

    pub fn classes(&self) -> usize {
        match self {
            Self::Forest(forest) => forest.classes(),
            Self::Logistic(logistic) => logistic.classes(),
            Self::Perceptron(perceptron) => perceptron.classes(),
        }
    }

    /// Shares of the classes for rows of features, pixel after pixel. `hasty` saves time where the answer is plain: for
    /// pictures that are looked at while one works, not for results.
    pub fn shares(
        &self,
        rows: &[u8],
        features: usize,
        hasty: bool,
        go_on: GoOn,
    ) -> Result<Vec<f32>, SegmentError> {
        let classes = self.classes();
        let mut out = vec![0.0; rows.len() / features.max(1) * classes];
        let stripes = rows.par_chunks(STRIPE * features).zip(out.par_chunks_mut(STRIPE * classes));
        stripes.try_for_each(|(rows, out)| {
            check(go_on)?;
            match self {
                Self::Forest(forest) => forest.shares(rows, out, hasty),
                Self::Logistic(logistic) => logistic.shares(rows, out),
                Self::Perceptron(perceptron) => perceptron.shares(rows, out),
            }
            Ok(())
        })?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three classes: beyond a circle, and in it left and right; a third feature says nothing.
    fn examples(count: usize, from: usize) -> Examples {
        let mut made = Examples::new(3);
        for i in from..from + count {
            let (x, y) = ((i * 7919 % 251) as u8, (i * 104_729 % 241) as u8);
            let away = (f64::from(x) - 125.0).hypot(f64::from(y) - 120.0);
            let label = if away > 80.0 { 0 } else { 1 + u8::from(x > 125) };
            made.push(&[x, y, (i * 31 % 256) as u8], label);
        }
        made
    }

    fn right(learner: &Learner, asked: &Examples, hasty: bool) -> f64 {
        let shares = learner.shares(&asked.rows, 3, hasty, &|| true).expect("it goes on");
        let best = |s: &[f32]| (0..s.len()).max_by(|a, b| s[*a].total_cmp(&s[*b])).unwrap_or(0);
        let hits = shares.chunks(3).zip(&asked.labels).filter(|(s, l)| best(s) == usize::from(**l));
        for some in shares.chunks(3) {
            assert!((some.iter().sum::<f32>() - 1.0).abs() < 1e-4, "{some:?}");
        }
        hits.count() as f64 / asked.len() as f64
    }

    #[test]
    fn a_forest_learns_what_no_line_divides() {
        let forest = Learner::train(&examples(1500, 0), &Learning::default(), &|| true).expect("classes");
        let asked = examples(2000, 1500);
        let (slow, fast) = (right(&forest, &asked, false), right(&forest, &asked, true));
        assert!(slow > 0.97, "{slow}");
        assert!((slow - fast).abs() < 0.005, "{slow} and {fast}");
    }

    #[test]
    fn a_perceptron_learns_it_too_and_is_the_same_on_any_number_of_threads() {
        let all = examples(1500, 0);
        let way = Learning::Perceptron(PerceptronOptions::default());
        let train = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| Learner::train(&all, &way, &|| true).expect("classes"))
        };
        let learner = train(1);
        let share = right(&learner, &examples(2000, 1500), false);
        assert!(share > 0.97, "{share}");
        assert!(learner == train(4));
        let line = Learner::train(&all, &Learning::Logistic(1.0), &|| true).expect("classes");
        assert!(right(&line, &examples(2000, 1500), false) < 0.9, "a line would do");
        let cancelled = Learner::train(&all, &way, &|| false);
        assert_eq!(cancelled, Err(SegmentError::Cancelled));
    }

    #[test]
    fn a_forest_is_the_same_on_any_number_of_threads() {
        let all = examples(400, 0);
        let grow = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| Learner::train(&all, &Learning::default(), &|| true).expect("classes"))
        };
        assert!(grow(1) == grow(4));
        let other = Learning::Forest(ForestOptions { seed: 1, ..ForestOptions::default() });
        assert!(grow(1) != Learner::train(&all, &other, &|| true).expect("classes"));
    }

    #[test]
    fn a_line_is_learnt_by_logistic_regression_to_where_the_slope_is_nothing() {
        let mut made = Examples::new(2);
        for i in 0..600_usize {
            let (x, y) = ((i * 7919 % 251) as u8, (i * 104_729 % 241) as u8);
            // Some are on the wrong side, so that weights do not grow without end.
            let over = usize::from(x) + usize::from(y) > 240;
            made.push(&[x, y], u8::from(over != (i % 17 == 0)));
        }
        let learner = Learner::train(&made, &Learning::Logistic(1.0), &|| true).expect("classes");
        let Learner::Logistic(logistic) = &learner else { panic!("another learner") };
        let (first, second) = (logistic.weights(0), logistic.weights(1));
        assert!(first.iter().zip(second).take(2).all(|(a, b)| (a + b).abs() < 1e-4), "{first:?} {second:?}");
        let shares = learner.shares(&[0, 0, 250, 240], 2, true, &|| true).expect("it goes on");
        assert!(shares[0] > 0.8 && shares[3] > 0.8, "{shares:?}");
    }

    #[test]
    fn examples_of_one_class_and_of_none_are_refused() {
        let mut made = Examples::new(1);
        let train = |e: &Examples| Learner::train(e, &Learning::default(), &|| true);
        assert_eq!(train(&made), Err(SegmentError::NoMarkers));
        made.push(&[1], 0);
        made.push(&[2], 0);
        assert_eq!(train(&made), Err(SegmentError::OneClass));
        made.push(&[3], 1);
        assert_eq!(Learner::train(&made, &Learning::default(), &|| false), Err(SegmentError::Cancelled));
        assert!(train(&made).is_ok());
    }
}
