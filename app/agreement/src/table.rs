//! Who gave which case which category.

use std::collections::BTreeMap;

use crate::figures::Agreement;
use crate::live::Live;

/// What can be said of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    pub code: String,
    /// Place on the scale; `None` for what has none, such as "cannot tell".
    pub rank: Option<f64>,
}

/// One word on one case: indices of a rater and of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rating {
    pub rater: u32,
    pub category: u32,
}

/// Cases × raters, with gaps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    categories: Vec<Category>,
    raters: Vec<String>,
    cases: Vec<Vec<Rating>>,
}

impl Table {
    /// A table without a case; cases are added with [`Table::push`].
    pub fn new(categories: Vec<Category>, raters: Vec<String>) -> Self {
        Self { categories, raters, cases: Vec::new() }
    }

    /// Adds a case and returns its index. A rater counts once on a case, the last word holding; ratings
    /// outside the table are left out. A case without ratings keeps its place and counts for nothing.
    pub fn push(&mut self, ratings: impl IntoIterator<Item = (usize, usize)>) -> usize {
        let rating = |(rater, category)| Rating { rater: rater as u32, category: category as u32 };
        let case = self.cases.len();
        self.replace(case, ratings.into_iter().map(rating).collect());
        case
    }

    /// Sets the ratings of a case and returns those before; see [`Table::push`].
    pub(crate) fn replace(&mut self, case: usize, ratings: Vec<Rating>) -> Vec<Rating> {
        let known = |r: &Rating| {
            (r.rater as usize) < self.raters.len() && (r.category as usize) < self.categories.len()
        };
        let once: BTreeMap<u32, u32> =
            ratings.into_iter().filter(known).map(|r| (r.rater, r.category)).collect();
        let rating = |(rater, category)| Rating { rater, category };
        if self.cases.len() <= case {
            self.cases.resize_with(case + 1, Vec::new);
        }
        std::mem::replace(&mut self.cases[case], once.into_iter().map(rating).collect())
    }

    /// Adds a rater and returns the index.
    pub(crate) fn join(&mut self, name: &str) -> usize {
        self.raters.push(name.to_owned());
        self.raters.len() - 1
    }

    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    pub fn raters(&self) -> &[String] {
        &self.raters
    }

    /// Per case the ratings, in the order of raters.
    pub fn cases(&self) -> &[Vec<Rating>] {
        &self.cases
    }

    /// The table of some of its cases, by index; unknown indices are left out.
    #[must_use]
    pub fn of_cases(&self, cases: impl IntoIterator<Item = usize>) -> Self {
        let cases = cases.into_iter().filter_map(|case| self.cases.get(case).cloned()).collect();
        Self { categories: self.categories.clone(), raters: self.raters.clone(), cases }
    }

    /// Every coefficient over the table.
    pub fn agreement(&self) -> Agreement {
        Live::of(self).agreement()
    }

    /// Indices of the categories that got a rating, ascending.
    pub fn used(&self) -> Vec<u32> {
        let mut used = vec![false; self.categories.len()];
        for rating in self.cases.iter().flatten() {
            used[rating.category as usize] = true;
        }
        (0..used.len() as u32).filter(|i| used[*i as usize]).collect()
    }

    /// Ratings in all.
    pub fn votes(&self) -> usize {
        self.cases.iter().map(Vec::len).sum()
    }
}

/// The distinct ranks of categories, ascending, and for each category its place among them.
pub(crate) fn scale(categories: &[Category]) -> (Vec<f64>, Vec<Option<u32>>) {
    let mut ranks: Vec<f64> = categories.iter().filter_map(|c| c.rank).collect();
    ranks.sort_by(f64::total_cmp);
    ranks.dedup();
    let place = |rank: f64| ranks.iter().position(|known| *known == rank).map(|at| at as u32);
    let places = categories.iter().map(|c| c.rank.and_then(place)).collect();
    (ranks, places)
}
