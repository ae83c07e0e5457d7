//! Statistics whose counting somebody else does, such as a GPU: read here, counted there, equal to the last number.

use std::sync::OnceLock;

use spatial::TileWindow;

use super::{
    BandStatistics, Counted as _, FLOAT_BINS, Stored, Tally, Windows, bin_of, every_tile, exact, finished,
    for_each_window, scale_of,
};
use crate::driver::Keep;
use crate::error::{Fault, ReadError};
use crate::plan::float_no_data;
use crate::samples::{SampleType, Samples};
use crate::source::Source;

/// What goes wrong with whoever counts.
pub type CounterError = Box<dyn std::error::Error + Send + Sync>;

/// What is to be counted of each band.
#[derive(Clone, Debug, PartialEq)]
pub struct CountPlan {
    pub kind: SampleType,
    /// Bins of each band. Whole numbers have one for each value, from the least that the kind can hold.
    pub bins: usize,
    /// One a band.
    pub bands: Vec<BandPlan>,
}

/// What is to be counted of one band.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BandPlan {
    /// Of floats: the least key of each bin, see [`key_of`]; a value lies in the last bin whose key is not above its
    /// own. Empty for whole numbers.
    pub steps: Vec<u32>,
    /// Of floats: the key of the value that means “nothing here”.
    pub no_data: Option<u32>,
}

/// Counts samples elsewhere.
pub trait Counter: Sync {
    /// Begins to count; the reason where it cannot.
    fn start<'a>(&'a self, plan: &CountPlan) -> Result<Box<dyn Counting + 'a>, CounterError>;
}

/// A count under way.
pub trait Counting: Sync {
    /// Adds the samples of a window that its mask says are there. Comes from many threads at once. Floats that are
    /// not finite do not count.
    fn add(&self, samples: &Samples) -> Result<(), CounterError>;

    /// How often each bin of each band was hit.
    fn finish(self: Box<Self>) -> Result<Vec<Vec<u64>>, CounterError>;
}

/// Statistics, and who counted.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedBands {
    pub bands: Vec<BandStatistics>,
    /// True when the counter did it.
    pub elsewhere: bool,
    /// Why the counter did not, where it was to.
    pub refused: Option<String>,
}

/// A float as a whole number that rises with it; both zeros are one. The twin of `key_of` in
/// `shaders/src/count_steps.wgsl`.
pub fn key_of(value: f32) -> u32 {
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }
}

fn value_of(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}

/// The same as [`exact`](super::exact), counted by `counter`. Where that cannot or fails under way, the processor
/// does it all.
pub fn exact_by(
    source: &Source,
    bands: &[usize],
    counter: &dyn Counter,
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<CountedBands, ReadError> {
    let refused = if source.is_rounded() {
        "these numbers are wider than what is counted there".to_owned()
    } else {
        match gather(source, bands, counter, progress) {
            Ok(bands) => return Ok(CountedBands { bands, elsewhere: true, refused: None }),
            Err(Failure::Read(error)) => return Err(error),
            Err(Failure::Counter(error)) => error.to_string(),
        }
    };
    let bands = exact(source, bands, progress)?;
    Ok(CountedBands { bands, elsewhere: false, refused: Some(refused) })
}

enum Failure {
    Read(ReadError),
    Counter(CounterError),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

fn gather(
    source: &Source,
    bands: &[usize],
    counter: &dyn Counter,
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<Vec<BandStatistics>, Failure> {
    let stored = Stored::of(source, bands);
    let windows = every_tile(source);
    let kind = stored.kind;
    if kind != SampleType::F32 {
        let bins = if kind == SampleType::U8 { 1 << 8 } else { 1 << 16 };
        let plan = CountPlan { kind, bins, bands: vec![BandPlan::default(); bands.len()] };
        let mut tallies = count(&stored, &windows, counter, &plan, progress)?;
        for (tally, no_data) in tallies.iter_mut().zip(&stored.missing.0) {
            let low = if kind == SampleType::I16 { f64::from(i16::MIN) } else { 0.0 };
            Tally::clear(&mut tally.counts, no_data.map(|n| n - low));
        }
        progress(1.0);
        return Ok(finished(tallies, &stored, kind));
    }
    let nothing = || vec![Tally::default(); bands.len()];
    let measure = |window| stored.tally(0, window, None);
    let mut tallies = for_each_window(source, &windows, &|share| progress(share / 2.0), measure, nothing)?;
    let of_band = |(tally, no_data): (&Tally, &Option<f64>)| BandPlan {
        steps: steps_of(tally.min, tally.max),
        no_data: no_data.filter(|n| !n.is_nan()).map(|n| key_of(float_no_data(n))),
    };
    let plans = tallies.iter().zip(&stored.missing.0).map(of_band).collect();
    let plan = CountPlan { kind, bins: FLOAT_BINS, bands: plans };
    let again = count(&stored, &windows, counter, &plan, &|share| progress(0.5 + share / 2.0))?;
    for (tally, again) in tallies.iter_mut().zip(again) {
        tally.counts = again.counts;
    }
    progress(1.0);
    Ok(finished(tallies, &stored, kind))
}

/// Reads every window and has it counted.
fn count(
    stored: &Stored<'_>,
    windows: &Windows<'_>,
    counter: &dyn Counter,
    plan: &CountPlan,
    progress: &dyn Fn(f64) -> bool,
) -> Result<Vec<Tally>, Failure> {
    let counting = counter.start(plan).map_err(Failure::Counter)?;
    let failure: OnceLock<CounterError> = OnceLock::new();
    let one = |window: TileWindow| {
        let samples = stored.source.read_rectangle(0, window, stored.bands, Keep::OnlyShared)?;
        let looked_at = samples.plane_len() as u64;
        let added = counting.add(&samples);
        samples.recycle();
        added.map_err(|error| {
            // Of several, the first is as good as any.
            let _ = failure.set(error);
            let file = stored.source.image().name.clone();
            ReadError { part: "the statistics".into(), file, fault: Fault::Stopped }
        })?;
        Ok(vec![Tally { looked_at, ..Tally::default() }; stored.bands.len()])
    };
    let nothing = || vec![Tally::default(); stored.bands.len()];
    let read = for_each_window(stored.source, windows, progress, one, nothing);
    if let Some(error) = failure.into_inner() {
        return Err(Failure::Counter(error));
    }
    let mut tallies = read?;
    let counts = counting.finish().map_err(Failure::Counter)?;
    if counts.len() != tallies.len() || counts.iter().any(|c| c.len() != plan.bins) {
        return Err(Failure::Counter("it counted other bins than it was asked for".into()));
    }
    tallies.iter_mut().zip(counts).for_each(|(tally, counts)| tally.counts = counts);
    Ok(tallies)
}

/// The least key of each bin between two values, by the very formula that the processor counts with.
fn steps_of(low: f64, high: f64) -> Vec<u32> {
    let mut steps = vec![u32::MAX; FLOAT_BINS];
    steps[0] = 0;
    let scale = scale_of(low, high);
    if scale == 0.0 {
        return steps;
    }
    let bin = |key: u32| bin_of(f64::from(value_of(key)), low, scale);
    let (mut from, last) = (key_of(low as f32), key_of(high as f32));
    for (number, step) in steps.iter_mut().enumerate().skip(1) {
        let (mut below, mut above) = (from, last);
        if bin(last) < number {
            break;
        }
        while below < above {
            let middle = below + (above - below) / 2;
            if bin(middle) < number { below = middle + 1 } else { above = middle }
        }
        *step = above;
        from = above;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_rise_with_the_numbers_and_come_back() {
        let numbers = [f32::MIN, -2.5, -1e-40, 0.0, 1e-40, 1e-3, 7.0, f32::MAX];
        let keys = numbers.map(key_of);
        assert!(keys.windows(2).all(|k| k[0] < k[1]), "{keys:?}");
        assert_eq!(keys.map(value_of), numbers);
        assert_eq!(key_of(-0.0), key_of(0.0));
    }

    #[test]
    fn steps_put_every_number_where_the_formula_puts_it() {
        for (low, high) in [(-3.25_f32, 1000.7_f32), (0.1, 0.100_001), (-1e-38, 3e-39), (f32::MIN, f32::MAX)]
        {
            let (low, high) = (f64::from(low), f64::from(high));
            let (steps, scale) = (steps_of(low, high), scale_of(low, high));
            for i in 0..20_000 {
                let value = (low + (high - low) * f64::from(i) / 19_999.0) as f32;
                let found = steps.partition_point(|step| *step <= key_of(value)) - 1;
                assert_eq!(found, bin_of(f64::from(value), low, scale), "{value} of {low} to {high}");
            }
        }
        assert_eq!(steps_of(4.0, 4.0)[..2], [0, u32::MAX]);
    }
}
