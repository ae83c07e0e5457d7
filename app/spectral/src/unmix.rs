//! Linear unmixing: how much of each member a pixel is made of.

use crate::cube::Cube;
use crate::error::SpectralError;
use crate::matrix::{Cholesky, dot, multiply, project, transposed};
use crate::members::Members;
use crate::panel::Panel;
use crate::stripes::{Progress, Sink, map};

/// What abundances must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// No member is there less than not at all (Lawson and Hanson 1974).
    NonNegative,
    /// Nor do they sum up to anything but one (Heinz and Chang 2001).
    FullyConstrained,
}

/// Abundances of each member, one band of results each, and behind them the root of the mean squared
/// difference between the pixel and its mixture. The exact optimum, by active sets.
pub fn unmix(
    cube: &dyn Cube,
    members: &Members,
    constraint: Constraint,
    progress: Progress<'_>,
    sink: Sink<'_>,
) -> Result<(), SpectralError> {
    let bands = cube.shape().bands;
    members.check(bands)?;
    let unmixing = Unmixing::new(members, constraint)?;
    let outputs = members.len() + 1;
    map(cube, &vec![0.0; bands], outputs, progress, |panel, out| unmixing.of(panel, out), sink)
}

/// Abundances of one spectrum.
pub fn unmix_one(
    values: &[f64],
    members: &Members,
    constraint: Constraint,
) -> Result<Vec<f64>, SpectralError> {
    let bands = members.bands();
    if values.len() != bands {
        let name = "The spectrum".to_owned();
        return Err(SpectralError::Length { name, values: values.len(), bands });
    }
    let unmixing = Unmixing::new(members, constraint)?;
    let against: Vec<f64> = (0..members.len()).map(|i| dot(members.get(i), values)).collect();
    let mut abundances = vec![0.0; members.len()];
    unmixing.solve(&against, &mut abundances, &mut Scratch::default());
    Ok(abundances)
}

struct Unmixing {
    members: Vec<f64>,
    bands: usize,
    count: usize,
    /// Products of members with each other.
    gram: Vec<f64>,
    /// What takes products of a pixel with the members to the abundances without constraint of sign, and
    /// what is added to them.
    free: Vec<f64>,
    added: Vec<f64>,
    sums_to_one: bool,
}

#[derive(Default)]
struct Scratch {
    passive: Vec<usize>,
    factor: Vec<f64>,
    solution: Vec<f64>,
    ones: Vec<f64>,
}

impl Unmixing {
    fn new(members: &Members, constraint: Constraint) -> Result<Self, SpectralError> {
        let (bands, count) = (members.bands(), members.len());
        let gram = multiply(members.values(), &transposed(members.values(), bands), bands);
        let factor = Cholesky::new(&gram, count, "the spectra").map_err(|error| match error {
            SpectralError::Singular { band, .. } => {
                SpectralError::Dependent { name: members.names()[band - 1].clone() }
            }
            other => other,
        })?;
        let whitener = factor.whitener();
        let mut free = multiply(&transposed(&whitener, count), &whitener, count);
        let mut added = vec![0.0; count];
        let sums_to_one = constraint == Constraint::FullyConstrained;
        if sums_to_one {
            // a = G⁻¹b + u(1 − 1ᵀG⁻¹b) with u = G⁻¹1 / 1ᵀG⁻¹1.
            let rows: Vec<f64> = free.chunks_exact(count).map(|row| row.iter().sum()).collect();
            let total: f64 = rows.iter().sum();
            added = rows.iter().map(|r| r / total).collect();
            for i in 0..count {
                for j in 0..count {
                    free[i * count + j] -= added[i] * rows[j];
                }
            }
        }
        let members = members.values().to_vec();
        Ok(Self { members, bands, count, gram, free, added, sums_to_one })
    }

    fn of(&self, panel: &Panel<f64>, out: &mut [f64]) {
        let count = self.count;
        let mut against = vec![0.0; panel.len() * count];
        project(&mut against, &self.members, &panel.values, self.bands);
        let mut free = vec![0.0; against.len()];
        project(&mut free, &self.free, &against, count);
        let mut scratch = Scratch::default();
        let pixels = against.chunks_exact(count).zip(free.chunks_exact_mut(count)).zip(panel.pixels());
        for (((against, free), pixel), out) in pixels.zip(out.chunks_exact_mut(count + 1)) {
            free.iter_mut().zip(&self.added).for_each(|(f, a)| *f += a);
            let abundances = &mut out[..count];
            if free.iter().all(|a| *a >= 0.0) {
                abundances.copy_from_slice(free);
            } else {
                self.solve(against, abundances, &mut scratch);
            }
            out[count] = self.misfit(pixel, &out[..count]);
        }
    }

    fn misfit(&self, pixel: &[f64], abundances: &[f64]) -> f64 {
        let mut rest = pixel.to_vec();
        for (abundance, member) in abundances.iter().zip(self.members.chunks_exact(self.bands)) {
            if *abundance != 0.0 {
                rest.iter_mut().zip(member).for_each(|(r, m)| *r -= abundance * m);
            }
        }
        (dot(&rest, &rest) / self.bands as f64).sqrt()
    }

    /// Adds the member that helps most, solves for those that are in, drops what would go below zero, until
    /// none helps.
    fn solve(&self, against: &[f64], abundances: &mut [f64], scratch: &mut Scratch) {
        let count = self.count;
        let gram = |i: usize, j: usize| self.gram[i * count + j];
        abundances.fill(0.0);
        scratch.passive.clear();
        if self.sums_to_one {
            let cost = |i: &usize| 0.5 * gram(*i, *i) - against[*i];
            let first = (0..count).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(0);
            abundances[first] = 1.0;
            scratch.passive.push(first);
        }
        let largest = (0..count).map(|i| gram(i, i).max(against[i].abs())).fold(0.0, f64::max);
        let least = largest * 1e-13;
        // Each round lowers the misfit, so none repeats but by rounding; the bound is for that.
        for _ in 0..10 * count {
            let slope = |i: usize| {
                against[i] - scratch.passive.iter().map(|j| gram(i, *j) * abundances[*j]).sum::<f64>()
            };
            let level = if self.sums_to_one {
                scratch.passive.iter().map(|i| abundances[*i] * slope(*i)).sum()
            } else {
                0.0
            };
            let outside = (0..count).filter(|i| !scratch.passive.contains(i)).map(|i| (i, slope(i) - level));
            let Some((next, gain)) = outside.max_by(|a, b| a.1.total_cmp(&b.1)) else { return };
            if gain.is_nan() || gain <= least {
                return;
            }
            scratch.passive.push(next);
            self.settle(against, abundances, scratch);
        }
    }

    /// Solves for the members that are in; those that would go below zero leave, one at least a round.
    fn settle(&self, against: &[f64], abundances: &mut [f64], scratch: &mut Scratch) {
        while !scratch.passive.is_empty() {
            if !self.solve_passive(against, scratch) {
                // Rounding made the newest dependent on the others: it does not help.
                scratch.passive.pop();
                return;
            }
            let Scratch { passive, solution, .. } = &mut *scratch;
            let mut step: f64 = 1.0;
            for (i, s) in passive.iter().zip(&*solution) {
                if *s <= 0.0 {
                    step = step.min(abundances[*i] / (abundances[*i] - s));
                }
            }
            if step >= 1.0 {
                passive.iter().zip(&*solution).for_each(|(i, s)| abundances[*i] = s.max(0.0));
                return;
            }
            let mut stays = Vec::with_capacity(passive.len());
            for (i, s) in passive.iter().zip(&*solution) {
                let ratio = abundances[*i] / (abundances[*i] - s);
                let leaves = *s <= 0.0 && ratio <= step;
                abundances[*i] = if leaves { 0.0 } else { abundances[*i] + step * (s - abundances[*i]) };
                if !leaves {
                    stays.push(*i);
                }
            }
            *passive = stays;
        }
    }

    /// The optimum over the members that are in, whatever its signs; false when they are dependent.
    fn solve_passive(&self, against: &[f64], scratch: &mut Scratch) -> bool {
        let Scratch { passive, factor, solution, ones } = scratch;
        let n = passive.len();
        factor.clear();
        factor
            .extend(passive.iter().flat_map(|i| passive.iter().map(move |j| self.gram[i * self.count + j])));
        if !factorise(factor, n) {
            return false;
        }
        solution.clear();
        solution.extend(passive.iter().map(|i| against[*i]));
        substitute(factor, solution);
        if self.sums_to_one {
            ones.clear();
            ones.resize(n, 1.0);
            substitute(factor, ones);
            let level = (solution.iter().sum::<f64>() - 1.0) / ones.iter().sum::<f64>();
            solution.iter_mut().zip(&*ones).for_each(|(s, o)| *s -= level * o);
        }
        true
    }
}

/// Cholesky's factor in the lower triangle, in place: a handful of members for each of a million pixels is
/// too small for the calls of a library.
fn factorise(square: &mut [f64], n: usize) -> bool {
    for i in 0..n {
        for j in 0..=i {
            let (row_i, row_j) = (&square[i * n..i * n + j], &square[j * n..j * n + j]);
            let rest = square[i * n + j] - dot(row_i, row_j);
            if i == j && (rest.is_nan() || rest <= 0.0) {
                return false;
            }
            square[i * n + j] = if i == j { rest.sqrt() } else { rest / square[j * n + j] };
        }
    }
    true
}

/// Solves with the factor, in place.
fn substitute(factor: &[f64], v: &mut [f64]) {
    let n = v.len();
    for i in 0..n {
        v[i] = (v[i] - dot(&factor[i * n..i * n + i], &v[..i])) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        let rest: f64 = (i + 1..n).map(|j| factor[j * n + i] * v[j]).sum();
        v[i] = (v[i] - rest) / factor[i * n + i];
    }
}
