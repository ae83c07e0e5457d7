//! How far each place moves, by each method, and what each foretells of an arrow that it was not told of.

use geo_types::Coord;

use super::{AlignError, Arrow, MOST_PLATE_ARROWS, Method};
use crate::ImagePoint;
use crate::control::{Frame, kernel};
use crate::solve::Square;

const ZERO: Coord<f64> = Coord { x: 0.0, y: 0.0 };
/// Below this share of its own an arrow decides alone what happens at its start.
const ALONE: f64 = 1e-9;

/// A method, fitted.
#[derive(Clone, Debug)]
pub(super) enum Field {
    Still,
    Nearest,
    Translation(Coord<f64>),
    InverseDistance,
    Fitted(Fitted),
}

/// What is linear in its terms: a plane, or a plate over a plane.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    frame: Frame,
    /// Where the plate is held; empty for a plane.
    places: Vec<Coord<f64>>,
    /// Of the plate's places, then of 1, x and y.
    terms: Vec<Coord<f64>>,
    /// By how much each arrow is missed without itself.
    left_out: Vec<Option<Coord<f64>>>,
}

impl Field {
    pub(super) fn fit(arrows: &[Arrow], method: Method) -> Result<Self, AlignError> {
        if arrows.is_empty() {
            return Ok(Self::Still);
        }
        Ok(match method {
            Method::Nearest => Self::Nearest,
            Method::InverseDistance => Self::InverseDistance,
            Method::Translation => Self::Translation(mean(arrows)),
            Method::Affine => Self::Fitted(Fitted::plane(arrows).ok_or(AlignError::TooFew(method))?),
            Method::ThinPlate => Self::Fitted(Fitted::plate(arrows)?),
        })
    }

    pub(super) fn at(&self, arrows: &[Arrow], p: ImagePoint) -> Coord<f64> {
        match self {
            Self::Still => ZERO,
            Self::Nearest => nearest(arrows, &[p]).map_or(ZERO, Arrow::shift),
            Self::Translation(shift) => *shift,
            Self::InverseDistance => weighted(arrows.iter(), p),
            Self::Fitted(fitted) => fitted.at(p),
        }
    }

    pub(super) fn left_out(&self, arrows: &[Arrow]) -> Vec<Option<Coord<f64>>> {
        let n = arrows.len();
        let without = |i: usize| arrows[..i].iter().chain(&arrows[i + 1..]);
        match self {
            Self::Still => Vec::new(),
            Self::Fitted(fitted) => fitted.left_out.clone(),
            _ if n < 2 => vec![None; n],
            Self::Nearest => (0..n)
                .map(|i| {
                    let start = arrows[i].start;
                    let near = without(i).fold((f64::INFINITY, None), |best, arrow| {
                        let d = distance(start, arrow.start);
                        if d < best.0 { (d, Some(arrow)) } else { best }
                    });
                    near.1.map(|other| arrows[i].shift() - other.shift())
                })
                .collect(),
            Self::Translation(mean) => {
                // The mean of the others is off by n / (n − 1) of what the mean of all is.
                let more = n as f64 / (n as f64 - 1.0);
                arrows.iter().map(|a| Some((a.shift() - *mean) * more)).collect()
            }
            Self::InverseDistance => {
                let foretold = |i: usize| weighted(without(i), arrows[i].start);
                (0..n).map(|i| Some(arrows[i].shift() - foretold(i))).collect()
            }
        }
    }
}

fn distance(a: Coord<f64>, b: Coord<f64>) -> f64 {
    let d = a - b;
    (d.x * d.x + d.y * d.y).sqrt()
}

fn mean(arrows: &[Arrow]) -> Coord<f64> {
    arrows.iter().fold(ZERO, |sum, a| sum + a.shift()) / arrows.len() as f64
}

/// The arrow that begins nearest to one of the vertices; of several the first.
///
/// Distances are compared as numbers of f64 after the root, as the rule's first implementation does: squares
/// that differ by their last digit can have the same root, and then the first arrow wins.
pub(super) fn nearest(arrows: &[Arrow], vertices: &[Coord<f64>]) -> Option<Arrow> {
    let first = *vertices.first()?;
    let (mut min, mut max) = (first, first);
    for v in vertices {
        (min.x, min.y) = (min.x.min(v.x), min.y.min(v.y));
        (max.x, max.y) = (max.x.max(v.x), max.y.max(v.y));
    }
    let mut best: Option<Arrow> = None;
    let (mut least, mut least_squared) = (f64::INFINITY, f64::INFINITY);
    for arrow in arrows {
        let s = arrow.start;
        // No vertex is nearer than the box around them all.
        let (dx, dy) = ((min.x - s.x).max(s.x - max.x).max(0.0), (min.y - s.y).max(s.y - max.y).max(0.0));
        if dx * dx + dy * dy > least_squared {
            continue;
        }
        for v in vertices {
            let d = *v - s;
            let squared = d.x * d.x + d.y * d.y;
            if squared < least_squared && squared.sqrt() < least {
                (least, least_squared, best) = (squared.sqrt(), squared, Some(*arrow));
            }
        }
    }
    best
}

/// The mean of shifts weighted by 1 / distance²; at a start, the mean of what begins there.
fn weighted<'a>(arrows: impl Iterator<Item = &'a Arrow>, p: ImagePoint) -> Coord<f64> {
    let (mut sum, mut weights) = (ZERO, 0.0);
    let (mut here, mut count) = (ZERO, 0_u32);
    for arrow in arrows {
        let d = arrow.start - p;
        let weight = (d.x * d.x + d.y * d.y).recip();
        if weight.is_finite() {
            sum = sum + arrow.shift() * weight;
            weights += weight;
        } else {
            here = here + arrow.shift();
            count += 1;
        }
    }
    if count > 0 {
        here / f64::from(count)
    } else if weights > 0.0 {
        sum / weights
    } else {
        ZERO
    }
}

impl Fitted {
    /// Least squares; what it would say without an arrow follows from the arrow's leverage.
    fn plane(arrows: &[Arrow]) -> Option<Self> {
        let frame = Frame::around(arrows.iter().map(|a| a.start))?;
        let rows: Vec<[f64; 3]> = arrows.iter().map(|a| row(frame.inward(a.start))).collect();
        let mut normal = Square::zero(3);
        let mut right = vec![ZERO; 3];
        for (row, arrow) in rows.iter().zip(arrows) {
            for i in 0..3 {
                right[i] = right[i] + arrow.shift() * row[i];
                for j in 0..3 {
                    normal.add(i, j, row[i] * row[j]);
                }
            }
        }
        let inverse = normal.inverse()?;
        let mut fitted =
            Self { frame, places: Vec::new(), terms: inverse.times(&right), left_out: Vec::new() };
        let left_out = arrows.iter().zip(&rows).map(|(arrow, row)| {
            let spare = 1.0 - inverse.quadratic(row);
            (spare > ALONE).then(|| (arrow.shift() - fitted.at(arrow.start)) / spare)
        });
        fitted.left_out = left_out.collect();
        Some(fitted)
    }

    /// A plate through all arrows; the inverse of its matrix tells what it would say without each.
    fn plate(arrows: &[Arrow]) -> Result<Self, AlignError> {
        let count = arrows.len();
        if count > MOST_PLATE_ARROWS {
            return Err(AlignError::TooMany);
        }
        // What lies on one line carries no plane either.
        let plane = Self::plane(arrows).ok_or(AlignError::TooFew(Method::ThinPlate))?;
        let frame = plane.frame;
        let places: Vec<Coord<f64>> = arrows.iter().map(|a| frame.inward(a.start)).collect();
        let mut matrix = Square::zero(count + 3);
        let mut right: Vec<Coord<f64>> = arrows.iter().map(|a| a.shift()).collect();
        right.resize(count + 3, ZERO);
        for (i, p) in places.iter().enumerate() {
            for (j, q) in places.iter().enumerate() {
                matrix.add(i, j, kernel(*p - *q));
            }
            for (k, value) in row(*p).into_iter().enumerate() {
                matrix.add(i, count + k, value);
                matrix.add(count + k, i, value);
            }
        }
        let inverse = matrix.inverse().ok_or(AlignError::SamePlace)?;
        let terms = inverse.times(&right);
        let left_out = (0..count).map(|i| {
            let own = inverse.at(i, i);
            // Three arrows, or the one that alone keeps the others off a line: nothing is known without it.
            (own.abs() > ALONE && plane.left_out[i].is_some()).then(|| terms[i] / own)
        });
        let left_out = left_out.collect();
        Ok(Self { frame, places, terms, left_out })
    }

    fn at(&self, p: ImagePoint) -> Coord<f64> {
        let q = self.frame.inward(p);
        let (plate, plane) = self.terms.split_at(self.places.len());
        let bent = plate.iter().zip(&self.places).fold(ZERO, |sum, (t, at)| sum + *t * kernel(q - *at));
        plane.iter().zip(row(q)).fold(bent, |sum, (t, value)| sum + *t * value)
    }
}

fn row(p: Coord<f64>) -> [f64; 3] {
    [1.0, p.x, p.y]
}
