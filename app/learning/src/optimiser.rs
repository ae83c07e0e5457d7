//! Adam with decoupled weight decay (Loshchilov and Hutter 2019), whose state can be kept and taken up again to the bit.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

use crate::LearningError;
use crate::self_test::read;

const FIRST: f64 = 0.9;
const SECOND: f64 = 0.999;
const TINY: f64 = 1e-8;

/// The optimiser of one network: moments in the order in which its parameters are visited.
pub(crate) struct AdamW {
    decay: f64,
    steps: u32,
    moments: Vec<Option<[Tensor<1>; 2]>>,
}

impl AdamW {
    pub(crate) fn new(decay: f64) -> Self {
        Self { decay, steps: 0, moments: Vec::new() }
    }

    /// One step down the slope.
    pub(crate) fn step<M: Module>(&mut self, rate: f64, net: M, slope: Gradients) -> M {
        self.steps += 1;
        net.map(&mut Step { optimiser: self, slope, rate, at: 0 })
    }

    /// Its state as numbers: steps, then per parameter the length (0 for none) and both moments.
    pub(crate) fn state(&self) -> Result<Vec<u8>, LearningError> {
        let mut bytes = self.steps.to_le_bytes().to_vec();
        bytes.extend((self.moments.len() as u32).to_le_bytes());
        for moments in &self.moments {
            let Some([first, second]) = moments else {
                bytes.extend(0_u32.to_le_bytes());
                continue;
            };
            bytes.extend((first.dims()[0] as u32).to_le_bytes());
            for moment in [first, second] {
                read(moment.clone())?.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
            }
        }
        Ok(bytes)
    }

    /// Takes a state up again; `None` where the bytes are none.
    pub(crate) fn resumed(decay: f64, bytes: &[u8], device: &Device) -> Option<Self> {
        let mut rest = bytes;
        let mut number = || -> Option<u32> {
            let (head, tail) = rest.split_first_chunk::<4>()?;
            rest = tail;
            Some(u32::from_le_bytes(*head))
        };
        let (steps, count) = (number()?, number()?);
        let mut moments = Vec::new();
        let mut rest = &bytes[8..];
        for _ in 0..count {
            let (head, tail) = rest.split_first_chunk::<4>()?;
            let len = u32::from_le_bytes(*head) as usize;
            rest = tail;
            if len == 0 {
                moments.push(None);
                continue;
            }
            let mut one = || -> Option<Tensor<1>> {
                let (values, tail) = rest.split_at_checked(len.checked_mul(4)?)?;
                rest = tail;
                let floats = values.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
                Some(Tensor::from_data(TensorData::new::<f32, _>(floats, [len]), device))
            };
            moments.push(Some([one()?, one()?]));
        }
        rest.is_empty().then_some(Self { decay, steps, moments })
    }
}

struct Step<'a> {
    optimiser: &'a mut AdamW,
    slope: Gradients,
    rate: f64,
    at: usize,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let at = self.at;
        self.at += 1;
        if self.optimiser.moments.len() <= at {
            self.optimiser.moments.resize_with(at + 1, || None);
        }
        let (id, tensor, mapper) = param.consume();
        let Some(slope) = tensor.grad_remove(&mut self.slope) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let shape = tensor.dims();
        let slope: Tensor<1> = slope.flatten(0, D - 1);
        let [first, second] =
            self.optimiser.moments[at].take().unwrap_or_else(|| [slope.zeros_like(), slope.zeros_like()]);
        let first = first.mul_scalar(FIRST) + slope.clone().mul_scalar(1.0 - FIRST);
        let second = second.mul_scalar(SECOND) + (slope.clone() * slope).mul_scalar(1.0 - SECOND);
        let steps = i32::try_from(self.optimiser.steps).unwrap_or(i32::MAX);
        let (a, b) = (1.0 - FIRST.powi(steps), 1.0 - SECOND.powi(steps));
        let way = first.clone().div_scalar(a) / (second.clone().div_scalar(b).sqrt().add_scalar(TINY));
        self.optimiser.moments[at] = Some([first, second]);
        // Norms and biases are not drawn to zero.
        let kept = if D >= 2 { 1.0 - self.rate * self.optimiser.decay } else { 1.0 };
        let moved = tensor.inner().mul_scalar(kept) - way.mul_scalar(self.rate).reshape(shape);
        Param::from_mapped_value(id, moved.autodiff().require_grad(), mapper)
    }
}
