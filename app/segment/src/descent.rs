//! The lowest place of a smooth function, downhill from where one is.

use crate::SegmentError;
use crate::error::{GoOn, check};

/// Steps of the search that are remembered.
const REMEMBERED: usize = 10;

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Value and gradient at weights.
pub(crate) type Loss<'a> = &'a dyn Fn(&[f64]) -> (f64, Vec<f64>);

/// L-BFGS (Nocedal 1980) with a search along the line that halves, until the slope is nothing or after so many steps.
pub(crate) fn minimise(
    loss: Loss,
    mut at: Vec<f64>,
    most_steps: usize,
    go_on: GoOn,
) -> Result<Vec<f64>, SegmentError> {
    let (mut value, mut gradient) = loss(&at);
    let mut known: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for _ in 0..most_steps {
        check(go_on)?;
        let steepest = gradient.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
        if steepest < 1e-5 {
            break;
        }
        let mut way = direction(&gradient, &known);
        let mut falls = dot(&way, &gradient);
        if falls >= 0.0 {
            way = gradient.iter().map(|g| -g).collect();
            falls = dot(&way, &gradient);
            known.clear();
        }
        let mut far =
            if known.is_empty() { 1.0 / gradient.iter().map(|g| g.abs()).sum::<f64>().max(1.0) } else { 1.0 };
        let found = loop {
            let there: Vec<f64> = at.iter().zip(&way).map(|(a, w)| a + far * w).collect();
            let (new, new_gradient) = loss(&there);
            if new <= value + 1e-4 * far * falls {
                break Some((there, new, new_gradient));
            }
            far *= 0.5;
            if far < 1e-12 {
                break None;
            }
        };
        let Some((there, new, new_gradient)) = found else { break };
        let step: Vec<f64> = there.iter().zip(&at).map(|(a, b)| a - b).collect();
        let turn: Vec<f64> = new_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        if dot(&step, &turn) > 1e-12 {
            known.push((step, turn));
            if known.len() > REMEMBERED {
                known.remove(0);
            }
        }
        (at, value, gradient) = (there, new, new_gradient);
    }
    Ok(at)
}

/// Down, as far as the last steps tell how the ground curves.
fn direction(gradient: &[f64], known: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let mut way: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(known.len());
    for (step, turn) in known.iter().rev() {
        let share = dot(step, &way) / dot(step, turn);
        way.iter_mut().zip(turn).for_each(|(w, t)| *w -= share * t);
        shares.push(share);
    }
    if let Some((step, turn)) = known.last() {
        let scale = dot(step, turn) / dot(turn, turn);
        for w in &mut way {
            *w *= scale;
        }
    }
    for ((step, turn), share) in known.iter().zip(shares.iter().rev()) {
        let back = dot(turn, &way) / dot(step, turn);
        way.iter_mut().zip(step).for_each(|(w, s)| *w += (share - back) * s);
    }
    way
}
