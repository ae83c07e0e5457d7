//! A program over many pixels at once, on the processor: what the GPU does too, number for number.

use crate::numbers;
use crate::program::{Program, Step};

/// Pixels worked on at a time: the steps' values stay in the processor's cache.
const AT_ONCE: usize = 512;

/// Works out a program; keeps its memory from call to call.
#[derive(Debug)]
pub struct Evaluator<'p> {
    program: &'p Program,
    /// [`AT_ONCE`] values for each step.
    values: Vec<f32>,
}

impl<'p> Evaluator<'p> {
    /// For one program.
    pub fn new(program: &'p Program) -> Self {
        Self { program, values: vec![0.0; program.steps().len() * AT_ONCE] }
    }

    /// Fills `out` from one slice for each of [`Program::bands`], in their order and as long as `out` (the rest of a
    /// shorter one counts as nothing). What is not finite is nothing, and nothing comes out as NaN.
    pub fn evaluate(&mut self, inputs: &[&[f32]], out: &mut [f32]) {
        for start in (0..out.len()).step_by(AT_ONCE) {
            let end = (start + AT_ONCE).min(out.len());
            self.some(inputs, start, &mut out[start..end]);
        }
    }

    fn some(&mut self, inputs: &[&[f32]], start: usize, out: &mut [f32]) {
        let count = out.len();
        for (id, step) in self.program.steps().iter().enumerate() {
            let (before, rest) = self.values.split_at_mut(id * AT_ONCE);
            let here = &mut rest[..count];
            let of = |id: usize| &before[id * AT_ONCE..id * AT_ONCE + count];
            match *step {
                Step::Number(value) => here.fill(value),
                Step::Nothing => here.fill(f32::NAN),
                Step::Band(slot) => {
                    let given = inputs.get(slot).and_then(|band| band.get(start..)).unwrap_or_default();
                    let known = given.len().min(count);
                    here[..known].iter_mut().zip(given).for_each(|(out, v)| *out = numbers::normal(*v));
                    here[known..].fill(f32::NAN);
                }
                Step::One(kind, a) => numbers::all_of_one(kind, of(a), here),
                Step::Two(kind, a, b) => numbers::all_of_two(kind, of(a), of(b), here),
                Step::Choose(condition, yes, no) => {
                    let choices = of(condition).iter().zip(of(yes).iter().zip(of(no)));
                    here.iter_mut()
                        .zip(choices)
                        .for_each(|(out, (c, (y, n)))| *out = numbers::chosen(*c, *y, *n));
                }
            }
        }
        let last = (self.program.steps().len() - 1) * AT_ONCE;
        out.copy_from_slice(&self.values[last..last + count]);
        for (id, step) in self.program.steps().iter().enumerate() {
            let Step::Band(slot) = *step else { continue };
            if self.program.required()[slot] {
                let band = &self.values[id * AT_ONCE..id * AT_ONCE + count];
                out.iter_mut().zip(band).filter(|(_, v)| v.is_nan()).for_each(|(out, _)| *out = f32::NAN);
            }
        }
    }
}
