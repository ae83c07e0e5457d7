//! A checked expression over numbered bands: a list of steps, each a function of steps before it.

use std::collections::HashMap;

use crate::ExpressionError;
use crate::function::{Binary, Unary};
use crate::numbers;
use crate::parse::{Node, Parsed};
use crate::resolve::{self, BandLabel};

/// The most bands of one expression: as many as a shader can look at comfortably.
pub const MAX_BANDS: usize = 16;

/// The place of a step in [`Program::steps`].
pub type StepId = usize;

/// One step of a program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// A finite number.
    Number(f32),
    /// No value, whatever the pixel.
    Nothing,
    /// The sample of a band, by its place in [`Program::bands`].
    Band(usize),
    /// Something done to one value.
    One(Unary, StepId),
    /// Something made of two values.
    Two(Binary, StepId, StepId),
    /// The second where the first is not 0, the third where it is, nothing where it is nothing.
    Choose(StepId, StepId, StepId),
}

/// An expression whose bands are known. Two programs with equal steps differ at most in their bands.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    steps: Vec<Step>,
    bands: Vec<usize>,
    required: Vec<bool>,
}

impl Program {
    pub(crate) fn new(parsed: &Parsed, labels: &[BandLabel]) -> Result<Self, ExpressionError> {
        let mut bands = Vec::new();
        let mut required = Vec::new();
        let mut slots = Vec::new();
        for name in &parsed.names {
            let band = resolve::find(name, labels)?;
            let slot = bands.iter().position(|b| *b == band).unwrap_or(bands.len());
            if slot == MAX_BANDS {
                let message =
                    format!("An expression looks at no more than {MAX_BANDS} bands; this is one too many");
                return Err(ExpressionError::new(name.at.clone(), message));
            }
            if slot == bands.len() {
                bands.push(band);
                required.push(true);
            }
            required[slot] &= !name.is_asked;
            slots.push(slot);
        }
        let mut steps = Steps::default();
        let mut places: Vec<StepId> = Vec::with_capacity(parsed.nodes.len());
        for node in &parsed.nodes {
            let at = |id: u32| places[id as usize];
            let step = match *node {
                Node::Number(value) => Step::Number(numbers::normal(value)),
                Node::Nothing => Step::Nothing,
                Node::Band(name) => Step::Band(slots[name as usize]),
                Node::One(kind, a) => Step::One(kind, at(a)),
                Node::Two(kind, a, b) => Step::Two(kind, at(a), at(b)),
                Node::Choose(condition, yes, no) => Step::Choose(at(condition), at(yes), at(no)),
            };
            let place = steps.add(step);
            places.push(place);
        }
        let mut steps = steps.pruned(places[parsed.root as usize]);
        let mut used: Vec<usize> = Vec::new();
        for step in &mut steps {
            if let Step::Band(slot) = step {
                used.push(*slot);
                *slot = used.len() - 1;
            }
        }
        if used.is_empty() {
            return Err(ExpressionError::new(0..0, "The expression is the same for every pixel")
                .hint("name a band in it, as in b1 or nir"));
        }
        let bands = used.iter().map(|slot| bands[*slot]).collect();
        let required = used.iter().map(|slot| required[*slot]).collect();
        Ok(Self { steps, bands, required })
    }

    /// The steps in the order in which they can be taken; the last gives the result.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The bands that it looks at, counted from 0 in the image; at most [`MAX_BANDS`].
    pub fn bands(&self) -> &[usize] {
        &self.bands
    }

    /// For each of the bands whether the result is nothing wherever the band has no value. It is not so for bands
    /// that the expression asks about with `isnan`.
    pub fn required(&self) -> &[bool] {
        &self.required
    }
}

/// Steps without doubles, with everything worked out that no band decides.
#[derive(Default)]
struct Steps {
    steps: Vec<Step>,
    known: HashMap<Key, StepId>,
}

/// A step by which it can be found again: numbers by their bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Number(u32),
    Nothing,
    Band(usize),
    One(Unary, StepId),
    Two(Binary, StepId, StepId),
    Choose(StepId, StepId, StepId),
}

impl Steps {
    fn add(&mut self, step: Step) -> StepId {
        if let Step::Two(Binary::Power, base, exponent) = step
            && let Some(n) = self.constant(exponent).filter(|n| n.fract() == 0.0 && (-16.0..0.0).contains(n))
        {
            let exponent = self.add(Step::Number(-n));
            let (one, power) =
                (self.add(Step::Number(1.0)), self.add(Step::Two(Binary::Power, base, exponent)));
            return self.add(Step::Two(Binary::Divide, one, power));
        }
        let step = match self.simplified(step) {
            Ok(step) => step,
            Err(same) => return same,
        };
        let key = match step {
            Step::Number(value) => Key::Number(value.to_bits()),
            Step::Nothing => Key::Nothing,
            Step::Band(slot) => Key::Band(slot),
            Step::One(kind, a) => Key::One(kind, a),
            Step::Two(kind, a, b) => Key::Two(kind, a, b),
            Step::Choose(condition, yes, no) => Key::Choose(condition, yes, no),
        };
        *self.known.entry(key).or_insert_with(|| {
            self.steps.push(step);
            self.steps.len() - 1
        })
    }

    /// The value of a step that is the same for every pixel; NaN for nothing.
    fn constant(&self, id: StepId) -> Option<f32> {
        match self.steps[id] {
            Step::Number(value) => Some(value),
            Step::Nothing => Some(f32::NAN),
            _ => None,
        }
    }

    /// A simpler step of the same value, or an earlier step that has it.
    fn simplified(&self, step: Step) -> Result<Step, StepId> {
        let of = |value: f32| if value.is_nan() { Step::Nothing } else { Step::Number(value) };
        Ok(match step {
            Step::One(kind, a) => match self.constant(a) {
                Some(a) => of(numbers::one(kind, a)),
                None => step,
            },
            Step::Two(kind, a, b) => match (kind, self.constant(a), self.constant(b)) {
                (_, Some(a), Some(b)) => of(numbers::two(kind, a, b)),
                // Whole powers are exact products; x ^ 0.5 is what people write for a square root.
                (Binary::Power, None, Some(1.0)) => return Err(a),
                (Binary::Power, None, Some(0.5)) => Step::One(Unary::Sqrt, a),
                (Binary::Power, None, Some(n)) if n.fract() == 0.0 && (2.0..=16.0).contains(&n) => {
                    Step::One(Unary::Power(n as u8), a)
                }
                _ => step,
            },
            Step::Choose(condition, yes, no) => match self.constant(condition) {
                Some(condition) if condition.is_nan() => Step::Nothing,
                Some(condition) => return Err(if condition == 0.0 { no } else { yes }),
                None => step,
            },
            other => other,
        })
    }

    /// Only what the last step needs, in the same order.
    fn pruned(self, root: StepId) -> Vec<Step> {
        let mut needed = vec![false; root + 1];
        needed[root] = true;
        for id in (0..=root).rev() {
            if needed[id] {
                mark(&self.steps, id, &mut needed);
            }
        }
        let mut places = vec![0; root + 1];
        let mut kept = Vec::new();
        for (id, step) in self.steps.into_iter().enumerate().take(root + 1).filter(|(id, _)| needed[*id]) {
            places[id] = kept.len();
            kept.push(match step {
                Step::One(kind, a) => Step::One(kind, places[a]),
                Step::Two(kind, a, b) => Step::Two(kind, places[a], places[b]),
                Step::Choose(condition, yes, no) => Step::Choose(places[condition], places[yes], places[no]),
                other => other,
            });
        }
        kept
    }
}

fn mark(steps: &[Step], id: StepId, needed: &mut [bool]) {
    match steps[id] {
        Step::One(_, a) => needed[a] = true,
        Step::Two(_, a, b) => (needed[a], needed[b]) = (true, true),
        Step::Choose(condition, yes, no) => {
            (needed[condition], needed[yes], needed[no]) = (true, true, true);
        }
        Step::Number(_) | Step::Nothing | Step::Band(_) => {}
    }
}
