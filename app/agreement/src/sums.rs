//! The sums over units that every coefficient of many raters is made of, dense over the categories in use.

/// See the fields; `q` is the number of categories in use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    /// Categories in use, ascending, by the names of whoever counted.
    pub used: Vec<u32>,
    /// Units with a rating.
    pub units: f64,
    /// Units with two or more: those in which pairs can agree.
    pub pairable: f64,
    /// Ordered pairs of ratings of one unit, and those of one category.
    pub pairs: f64,
    pub equal: f64,
    /// Per category: ratings in pairable units (Krippendorff's n_c).
    pub totals: Vec<f64>,
    /// Per category: the sum over units of its share of their ratings (Gwet's π_k times the units).
    pub shares: Vec<f64>,
    /// q × q, symmetric: pairs, each unit's weighing 1 / (ratings − 1) (Krippendorff's coincidences).
    pub coincidences: Vec<f64>,
    /// q × q, symmetric: pairs, each unit's weighing 1 / (ratings · (ratings − 1)), so that a unit weighs 1.
    pub agreements: Vec<f64>,
}

impl Sums {
    pub(crate) fn new(q: usize) -> Self {
        Self {
            used: (0..q as u32).collect(),
            totals: vec![0.0; q],
            shares: vec![0.0; q],
            coincidences: vec![0.0; q * q],
            agreements: vec![0.0; q * q],
            ..Self::default()
        }
    }

    /// How many categories are in use.
    pub fn q(&self) -> usize {
        self.totals.len()
    }

    /// Takes in units with `n` ratings each; `ratings` by category, and ordered pairs of one unit by two
    /// categories, both orders under the smaller.
    pub(crate) fn take(
        &mut self,
        n: u32,
        units: f64,
        ratings: impl Iterator<Item = (usize, f64)>,
        pairs: impl Iterator<Item = (usize, usize, f64)>,
    ) {
        let (q, n) = (self.q(), f64::from(n));
        self.units += units;
        if n >= 2.0 {
            self.pairable += units;
            self.pairs += units * n * (n - 1.0);
        }
        for (category, count) in ratings {
            self.shares[category] += count / n;
            if n >= 2.0 {
                self.totals[category] += count;
            }
        }
        for (a, b, count) in pairs {
            if a == b {
                self.equal += count;
            }
            // Half of the ordered pairs of two categories stands on each side.
            let count = if a == b { count } else { count / 2.0 };
            let (met, agreed) = (count / (n - 1.0), count / (n * (n - 1.0)));
            self.coincidences[a * q + b] += met;
            self.agreements[a * q + b] += agreed;
            if a != b {
                self.coincidences[b * q + a] += met;
                self.agreements[b * q + a] += agreed;
            }
        }
    }

    /// The same sums at zero, for the next resample.
    pub(crate) fn clear(&mut self) {
        (self.units, self.pairable, self.pairs, self.equal) = (0.0, 0.0, 0.0, 0.0);
        for column in [&mut self.totals, &mut self.shares, &mut self.coincidences, &mut self.agreements] {
            column.fill(0.0);
        }
    }
}
