//! How good a model is on what it has not seen.

use serde::{Deserialize, Serialize};

/// How often each class was taken for each: rows are what is, columns what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    pub counts: Vec<Vec<u64>>,
}

/// How well one class is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassScore {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    pub iou: f64,
    /// Pixels or regions that are of it.
    pub support: u64,
}

impl Confusion {
    pub fn new(classes: usize) -> Self {
        Self { counts: vec![vec![0; classes]; classes] }
    }

    pub fn add(&mut self, is: usize, said: usize) {
        self.counts[is][said] += 1;
    }

    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Of one class.
    pub fn class(&self, class: usize) -> ClassScore {
        let hit = self.counts[class][class];
        let support: u64 = self.counts[class].iter().sum();
        let said: u64 = self.counts.iter().map(|row| row[class]).sum();
        let share = |a: u64, b: u64| if b == 0 { 0.0 } else { a as f64 / b as f64 };
        ClassScore {
            precision: share(hit, said),
            recall: share(hit, support),
            f1: share(2 * hit, support + said),
            iou: share(hit, support + said - hit),
            support,
        }
    }

    /// Mean over the classes that are there, or were said to be there though they are not.
    fn mean(&self, of: impl Fn(ClassScore) -> f64) -> f64 {
        let said = |c: usize| self.counts.iter().any(|row| row[c] > 0);
        let there: Vec<f64> = (0..self.classes())
            .filter(|c| self.class(*c).support > 0 || said(*c))
            .map(|c| of(self.class(c)))
            .collect();
        if there.is_empty() { 0.0 } else { there.iter().sum::<f64>() / there.len() as f64 }
    }

    /// The mean of the F1 of the classes that occur.
    pub fn macro_f1(&self) -> f64 {
        self.mean(|c| c.f1)
    }

    /// The mean of the intersection over union of the classes that occur.
    pub fn mean_iou(&self) -> f64 {
        self.mean(|c| c.iou)
    }

    /// The share that is right.
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.classes()).map(|c| self.counts[c][c]).sum();
        if self.total() == 0 { 0.0 } else { right as f64 / self.total() as f64 }
    }

    /// The accuracy of always saying the class that is most common here: what a model has to beat.
    pub fn majority(&self) -> f64 {
        let most = self.counts.iter().map(|row| row.iter().sum::<u64>()).max().unwrap_or(0);
        if self.total() == 0 { 0.0 } else { most as f64 / self.total() as f64 }
    }
}

/// Logits of one pixel or of some pixels of one region, with the class that it is.
#[derive(Clone, Debug)]
pub struct Case {
    /// Pixel after pixel.
    pub logits: Vec<f32>,
    pub class: usize,
}

impl Case {
    /// Mean probabilities over its pixels at a temperature.
    fn probabilities(&self, classes: usize, temperature: f64) -> Vec<f64> {
        let mut mean = vec![0.0; classes];
        for pixel in self.logits.chunks_exact(classes) {
            softmax_into(pixel, temperature, &mut mean);
        }
        let pixels = (self.logits.len() / classes).max(1) as f64;
        for p in &mut mean {
            *p /= pixels;
        }
        mean
    }
}

/// Adds the probabilities of logits at a temperature.
pub(crate) fn softmax_into(logits: &[f32], temperature: f64, sums: &mut [f64]) {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weight = |l: &f32| (f64::from(l - top) / temperature).exp();
    let total: f64 = logits.iter().map(weight).sum();
    for (sum, logit) in sums.iter_mut().zip(logits) {
        *sum += weight(logit) / total;
    }
}

/// How honest the probabilities are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Logits are divided by it.
    pub temperature: f64,
    /// Mean negative log probability of what is right: before and after.
    pub nll: [f64; 2],
    /// Expected calibration error over ten bins: before and after.
    pub ece: [f64; 2],
}

/// The temperature at which the probabilities of held-out cases are likeliest (Guo and others 2017).
pub fn calibrate(cases: &[Case], classes: usize) -> Calibration {
    let nll = |temperature: f64| {
        let of = |case: &Case| -case.probabilities(classes, temperature)[case.class].max(1e-12).ln();
        cases.iter().map(of).sum::<f64>() / cases.len().max(1) as f64
    };
    // Golden section over the logarithm, from a half to twenty: where every held-out case is right, the likeliest would
    // be as sure as there is, which no few cases can bear out.
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.5_f64.ln(), 20.0_f64.ln());
    if !cases.is_empty() {
        for _ in 0..40 {
            let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
            if nll(a.exp()) < nll(b.exp()) { high = b } else { low = a }
        }
    }
    let best = f64::midpoint(low, high).exp();
    // What is not better than nothing is left alone.
    let temperature = if cases.is_empty() || nll(best) >= nll(1.0) { 1.0 } else { best };
    Calibration {
        temperature,
        nll: [nll(1.0), nll(temperature)],
        ece: [ece(cases, classes, 1.0), ece(cases, classes, temperature)],
    }
}

/// Cases that are about as sure of what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    pub cases: u64,
    /// Mean probability of what was said.
    pub sure: f64,
    /// The share that is right.
    pub right: f64,
}

/// Ten bins by how sure it is: honest where `sure` and `right` are alike.
pub(crate) fn reliability(cases: &[Case], classes: usize, temperature: f64) -> Vec<Bin> {
    const BINS: usize = 10;
    let mut bins = vec![Bin::default(); BINS];
    for case in cases {
        let p = case.probabilities(classes, temperature);
        let said = most(&p);
        let bin = &mut bins[((p[said] * BINS as f64) as usize).min(BINS - 1)];
        bin.cases += 1;
        bin.sure += p[said];
        bin.right += f64::from(u8::from(said == case.class));
    }
    for bin in &mut bins {
        let cases = bin.cases.max(1) as f64;
        (bin.sure, bin.right) = (bin.sure / cases, bin.right / cases);
    }
    bins
}

/// Mean distance between how sure it is and how often it is right, over ten bins.
fn ece(cases: &[Case], classes: usize, temperature: f64) -> f64 {
    let bins = reliability(cases, classes, temperature);
    let apart = |bin: &Bin| (bin.sure - bin.right).abs() * bin.cases as f64;
    bins.iter().map(apart).sum::<f64>() / cases.len().max(1) as f64
}

/// Where the largest is; the first of equals.
pub(crate) fn most(values: &[f64]) -> usize {
    let better = |best: usize, i: usize| if values[i] > values[best] { i } else { best };
    (1..values.len()).fold(0, better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_textbook() {
        // Checked with sklearn.metrics: f1_score(average=None), jaccard_score(average=None).
        let mut confusion = Confusion::new(3);
        for (is, said) in [(0, 0), (0, 0), (0, 1), (1, 1), (1, 1), (1, 1), (1, 0), (0, 0)] {
            confusion.add(is, said);
        }
        let [a, b] = [confusion.class(0), confusion.class(1)];
        assert!((a.f1 - 0.75).abs() < 1e-12 && (a.iou - 0.6).abs() < 1e-12 && a.support == 4);
        assert!((b.precision - 0.75).abs() < 1e-12 && (b.recall - 0.75).abs() < 1e-12);
        assert!((confusion.macro_f1() - 0.75).abs() < 1e-12, "a class that never occurs does not count");
        assert!((confusion.accuracy() - 0.75).abs() < 1e-12 && (confusion.majority() - 0.5).abs() < 1e-12);
        confusion.add(0, 2);
        assert!(confusion.macro_f1() < 0.5, "a class that is said where there is none counts as 0");
    }

    #[test]
    fn the_temperature_of_a_boaster_is_high_and_makes_it_honest() {
        // Says 99.75 % each time, and is right three times of four.
        let case = |class| Case { logits: vec![6.0, 0.0], class };
        let cases: Vec<Case> = (0..400).map(|i| case(usize::from(i % 4 == 0))).collect();
        let found = calibrate(&cases, 2);
        // 1 / (1 + exp(−6/T)) = 3/4 at T = 6 / ln 3.
        assert!((found.temperature - 6.0 / 3.0_f64.ln()).abs() < 1e-3, "{found:?}");
        assert!(found.nll[1] < found.nll[0] && found.ece[1] < 1e-3 && found.ece[0] > 0.2);
        let bins = reliability(&cases, 2, found.temperature);
        let full: Vec<&Bin> = bins.iter().filter(|bin| bin.cases > 0).collect();
        assert_eq!((bins.len(), full.len(), full[0].cases), (10, 1, 400));
        assert!((full[0].sure - 0.75).abs() < 1e-3 && (full[0].right - 0.75).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_calibrate_by_changes_nothing() {
        assert_eq!(calibrate(&[], 3).temperature, 1.0);
    }
}
