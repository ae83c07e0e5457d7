//! Range, mean, spread, percentiles and histogram of each band: over every pixel, or quickly from a
//! coarse level. Tiles are streamed on all cores; memory does not grow with the image.

mod counter;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::Serialize;
use spatial::{TileKey, TileWindow};

pub use crate::histogram::Histogram;
pub use counter::{BandPlan, CountPlan, CountedBands, Counter, CounterError, Counting, exact_by, key_of};

use crate::driver::Keep;
use crate::error::{Fault, ReadError};
use crate::exact::{ExactSamples, ExactValue, with_exact};
use crate::samples::{SampleBuffer, SampleType, Samples};
use crate::source::Source;

/// Bins of the histogram of a floating-point band.
const FLOAT_BINS: usize = 1 << 16;
/// Pixels that [`approximate`] looks at, about.
const ENOUGH_PIXELS: u64 = 1 << 20;
/// Tiles between two reports of progress.
const TILES_AT_ONCE: usize = 64;

/// What one band's values are like. Missing pixels do not count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandStatistics {
    pub band: usize,
    /// Pixels that hold a value, of those looked at.
    pub valid: u64,
    pub looked_at: u64,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    /// Standard deviation of all values (divided by their number).
    pub std: f64,
    #[serde(skip)]
    pub histogram: Histogram,
}

impl BandStatistics {
    /// See [`Histogram::percentile`]; never outside `min` and `max`.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        self.histogram.percentile(percent).map(|p| p.clamp(self.min, self.max))
    }
}

/// Statistics of every pixel of the full resolution. `progress` gets the share that is done and says
/// whether to go on.
pub fn exact(
    source: &Source,
    bands: &[usize],
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<Vec<BandStatistics>, ReadError> {
    gather(source, &Stored::of(source, bands), &every_tile(source), progress)
}

/// The same of one number per pixel that is worked out from the samples of some bands; NaN is "nothing here".
/// [`BandStatistics::band`] is 0.
pub fn exact_of(
    source: &Source,
    bands: &[usize],
    values: &(dyn Fn(&Samples) -> Vec<f32> + Sync),
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<BandStatistics, ReadError> {
    let derived = Derived { source, bands, values, keep: Keep::OnlyShared };
    let found = gather(source, &derived, &every_tile(source), progress);
    found.map(|mut one| one.swap_remove(0))
}

/// Statistics of about a million pixels: of the coarsest level that has so many, or of tiles spread over
/// the image where it has no such level.
pub fn approximate(source: &Source, bands: &[usize]) -> Result<Vec<BandStatistics>, ReadError> {
    gather(source, &Stored::of(source, bands).kept(), &some_tiles(source), &|_| true)
}

/// Statistics of the pixels of a level that lie in a box: left, top, right, bottom in pixels of the full
/// resolution, as a view shows it. Nothing is counted where the box lies outside the image.
pub fn within(
    source: &Source,
    bands: &[usize],
    level: u8,
    image_box: [f64; 4],
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<Vec<BandStatistics>, ReadError> {
    gather(source, &Stored::of(source, bands).kept(), &tiles_within(source, level, image_box), progress)
}

/// The same of one number per pixel, as in [`exact_of`].
pub fn within_of(
    source: &Source,
    bands: &[usize],
    level: u8,
    image_box: [f64; 4],
    values: &(dyn Fn(&Samples) -> Vec<f32> + Sync),
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<BandStatistics, ReadError> {
    let derived = Derived { source, bands, values, keep: Keep::Yes };
    let found = gather(source, &derived, &tiles_within(source, level, image_box), progress);
    found.map(|mut one| one.swap_remove(0))
}

/// The same of one number per pixel, as in [`exact_of`].
pub fn approximate_of(
    source: &Source,
    bands: &[usize],
    values: &(dyn Fn(&Samples) -> Vec<f32> + Sync),
) -> Result<BandStatistics, ReadError> {
    let derived = Derived { source, bands, values, keep: Keep::Yes };
    let found = gather(source, &derived, &some_tiles(source), &|_| true);
    found.map(|mut one| one.swap_remove(0))
}

fn every_tile(source: &Source) -> Windows<'static> {
    let level = source.pyramid().levels()[0];
    let (cols, rows) = level.grid();
    let window = move |i: u64| {
        let (x, y) = (
            (i % u64::from(cols)) as u32 * level.tile_width,
            (i / u64::from(cols)) as u32 * level.tile_height,
        );
        let (width, height) =
            (level.tile_width.min(level.width - x), level.tile_height.min(level.height - y));
        TileWindow { x, y, width, height }
    };
    Windows { level: 0, count: u64::from(cols) * u64::from(rows), window: Box::new(window) }
}

/// The tiles of a rough level: windows of strips, which are as wide as the image, would cost far more.
fn rough_tiles(source: &Source) -> Option<Windows<'_>> {
    let rough = source.rough().filter(|_| !source.image().tiled)?;
    let (level, pyramid) = (rough.level_up_to(ENOUGH_PIXELS / 4)?, source.rough_pyramid()?);
    let (cols, rows) = pyramid.levels()[usize::from(level)].grid();
    let window = move |i: u64| {
        let (col, row) = ((i % u64::from(cols)) as u32, (i / u64::from(cols)) as u32);
        let nothing = TileWindow { x: 0, y: 0, width: 1, height: 1 };
        pyramid.window(TileKey { level, col, row }).unwrap_or(nothing)
    };
    Some(Windows { level, count: u64::from(cols) * u64::from(rows), window: Box::new(window) })
}

fn some_tiles(source: &Source) -> Windows<'_> {
    if let Some(rough) = rough_tiles(source) {
        return rough;
    }
    let levels = source.pyramid().levels();
    let pixels = |i: &usize| u64::from(levels[*i].width) * u64::from(levels[*i].height);
    let index = (0..levels.len()).rev().find(|i| pixels(i) >= ENOUGH_PIXELS / 4).unwrap_or(0);
    let level = levels[index];
    let side = level.tile_width.min(level.tile_height).min(256);
    let (cols, rows) = (level.width.div_ceil(side), level.height.div_ceil(side));
    let wanted = (ENOUGH_PIXELS / (u64::from(side) * u64::from(side))).max(1);
    let all = u64::from(cols) * u64::from(rows);
    let step = if pixels(&index) <= ENOUGH_PIXELS * 4 { 1 } else { (all / wanted).max(1) };
    // A step that shares no factor with the columns walks through all of them.
    let step = (step..step + 64).find(|s| *s == 1 || gcd(*s, u64::from(cols)) == 1).unwrap_or(step);
    let window = move |i: u64| {
        let i = i * step;
        let (x, y) = ((i % u64::from(cols)) as u32 * side, (i / u64::from(cols)) as u32 * side);
        TileWindow { x, y, width: side.min(level.width - x), height: side.min(level.height - y) }
    };
    Windows { level: index as u8, count: all.div_ceil(step), window: Box::new(window) }
}

/// The tiles of a level that meet a box, cut to it.
fn tiles_within(source: &Source, level: u8, [left, top, right, bottom]: [f64; 4]) -> Windows<'static> {
    let pyramid = source.pyramid();
    let (sx, sy) = pyramid.scale(level);
    let (left, top, right, bottom) = (left / sx, top / sy, right / sx, bottom / sy);
    let cut = |key| {
        let whole = pyramid.window(key)?;
        let (x, width) = overlap(whole.x, whole.width, left, right)?;
        let (y, height) = overlap(whole.y, whole.height, top, bottom)?;
        Some(TileWindow { x, y, width, height })
    };
    let keys = pyramid.tiles_in(level, [left * sx, top * sy, right * sx, bottom * sy]);
    let windows: Vec<TileWindow> = keys.into_iter().filter_map(cut).collect();
    Windows { level, count: windows.len() as u64, window: Box::new(move |i| windows[i as usize]) }
}

/// First and number of the whole pixels of a span that meet another.
fn overlap(start: u32, length: u32, low: f64, high: f64) -> Option<(u32, u32)> {
    let end = f64::from(start) + f64::from(length);
    let first = low.floor().clamp(f64::from(start), end) as u32;
    let last = high.ceil().clamp(f64::from(start), end) as u32;
    (last > first).then(|| (first, last - first))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Windows of a level that are looked at.
struct Windows<'a> {
    level: u8,
    count: u64,
    window: Box<dyn Fn(u64) -> TileWindow + Sync + 'a>,
}

/// What is counted of each window.
trait Counted: Sync {
    /// How many numbers there are for each pixel: of bands, or what is made of them.
    fn count(&self) -> usize;

    /// True when the numbers are floats, whose range must be known before they are counted.
    fn is_float(&self) -> bool;

    fn band(&self, index: usize) -> usize;

    /// One tally per number of a window; floats are measured without ranges, and counted with them.
    fn tally(
        &self,
        level: u8,
        window: TileWindow,
        ranges: Option<&[(f64, f64)]>,
    ) -> Result<Vec<Tally>, ReadError>;
}

/// The samples of some bands as they are stored, rounded only where that loses nothing.
struct Stored<'a> {
    source: &'a Source,
    bands: &'a [usize],
    kind: SampleType,
    missing: Missing,
    keep: Keep,
}

impl<'a> Stored<'a> {
    fn of(source: &'a Source, bands: &'a [usize]) -> Self {
        let (kind, missing) = (source.image().sample_type, Missing::of(source, bands));
        Self { source, bands, kind, missing, keep: Keep::OnlyShared }
    }

    /// What is read stays in memory for the next who looks at it.
    fn kept(self) -> Self {
        Self { keep: Keep::Yes, ..self }
    }
}

impl Counted for Stored<'_> {
    fn count(&self) -> usize {
        self.bands.len()
    }

    fn is_float(&self) -> bool {
        self.kind == SampleType::F32
    }

    fn band(&self, index: usize) -> usize {
        self.bands[index]
    }

    fn tally(
        &self,
        level: u8,
        window: TileWindow,
        ranges: Option<&[(f64, f64)]>,
    ) -> Result<Vec<Tally>, ReadError> {
        let range = |band: usize| ranges.and_then(|ranges| ranges.get(band)).copied();
        let bands = 0..self.count();
        let is_rough = usize::from(level) >= self.source.pyramid().levels().len();
        if self.source.is_rounded() && !is_rough {
            let samples = self.source.read_rectangle_exact(level, window, self.bands, self.keep)?;
            let tally = |band| Tally::of_exact(&samples, band, &self.missing, range(band));
            return Ok(bands.map(tally).collect());
        }
        let samples = read(self.source, level, window, self.bands, self.keep)?;
        let tallies = bands.map(|band| Tally::of(&samples, band, &self.missing, range(band))).collect();
        samples.recycle();
        Ok(tallies)
    }
}

/// One number per pixel, made of samples.
struct Derived<'a> {
    source: &'a Source,
    bands: &'a [usize],
    values: &'a (dyn Fn(&Samples) -> Vec<f32> + Sync),
    keep: Keep,
}

impl Counted for Derived<'_> {
    fn count(&self) -> usize {
        1
    }

    fn is_float(&self) -> bool {
        true
    }

    fn band(&self, _: usize) -> usize {
        0
    }

    fn tally(
        &self,
        level: u8,
        window: TileWindow,
        ranges: Option<&[(f64, f64)]>,
    ) -> Result<Vec<Tally>, ReadError> {
        let samples = read(self.source, level, window, self.bands, self.keep)?;
        let range = ranges.and_then(|ranges| ranges.first()).copied();
        let mut tally = Tally::float(&(self.values)(&samples), None, None, range);
        tally.looked_at = samples.plane_len() as u64;
        Ok(vec![tally])
    }
}

/// A window of one of the image's levels or of its rough view.
fn read(
    source: &Source,
    level: u8,
    window: TileWindow,
    bands: &[usize],
    keep: Keep,
) -> Result<Samples, ReadError> {
    if usize::from(level) < source.pyramid().levels().len() {
        return source.read_rectangle(level, window, bands, keep);
    }
    source.read_rough_window(level, window, bands).map_err(|fault| source.window_error(level, window, fault))
}

fn gather(
    source: &Source,
    counted: &dyn Counted,
    windows: &Windows<'_>,
    progress: &(dyn Fn(f64) -> bool + Sync),
) -> Result<Vec<BandStatistics>, ReadError> {
    let is_float = counted.is_float();
    let passes = if is_float { 2.0 } else { 1.0 };
    let count = |ranges: Option<&[(f64, f64)]>, progress: &dyn Fn(f64) -> bool| {
        let nothing = || vec![Tally::default(); counted.count()];
        let tally = |window| counted.tally(windows.level, window, ranges);
        for_each_window(source, windows, progress, tally, nothing)
    };
    let mut tallies = count(None, &|share| progress(share / passes))?;
    if is_float {
        let ranges: Vec<(f64, f64)> = tallies.iter().map(|t| (t.min, t.max)).collect();
        let again = count(Some(&ranges), &|share| progress(0.5 + share / 2.0))?;
        for (tally, again) in tallies.iter_mut().zip(again) {
            tally.counts = again.counts;
        }
    }
    progress(1.0);
    let kind = if is_float { SampleType::F32 } else { source.image().sample_type };
    Ok(finished(tallies, counted, kind))
}

fn finished(tallies: Vec<Tally>, counted: &dyn Counted, kind: SampleType) -> Vec<BandStatistics> {
    tallies.into_iter().enumerate().map(|(i, tally)| tally.finish(counted.band(i), kind)).collect()
}

/// Bins of floats between two values for each unit; 0 where there is but one value.
fn scale_of(low: f64, high: f64) -> f64 {
    if high > low { FLOAT_BINS as f64 / (high - low) } else { 0.0 }
}

/// Which bin of floats counts a value.
fn bin_of(value: f64, low: f64, scale: f64) -> usize {
    (((value - low) * scale) as usize).min(FLOAT_BINS - 1)
}

fn for_each_window(
    source: &Source,
    windows: &Windows<'_>,
    progress: &dyn Fn(f64) -> bool,
    tally: impl Fn(TileWindow) -> Result<Vec<Tally>, ReadError> + Sync,
    nothing: impl Fn() -> Vec<Tally> + Sync,
) -> Result<Vec<Tally>, ReadError> {
    let add = |mut sum: Vec<Tally>, more: Vec<Tally>| {
        sum.iter_mut().zip(more).for_each(|(sum, more)| sum.merge(more));
        Ok(sum)
    };
    let mut totals = nothing();
    let mut next = 0;
    while next < windows.count {
        if !progress(next as f64 / windows.count as f64) {
            let file = source.image().name.clone();
            return Err(ReadError { part: "the statistics".into(), file, fault: Fault::Stopped });
        }
        let end = (next + TILES_AT_ONCE as u64).min(windows.count);
        let some: Vec<TileWindow> = (next..end).map(|i| (windows.window)(i)).collect();
        let sums = some.par_iter().map(|window| tally(*window)).try_reduce(&nothing, add)?;
        totals.iter_mut().zip(sums).for_each(|(total, sum)| total.merge(sum));
        next = end;
    }
    Ok(totals)
}

/// Which values of each band mean “nothing here”.
struct Missing(Vec<Option<f64>>);

impl Missing {
    fn of(source: &Source, bands: &[usize]) -> Self {
        Self(bands.iter().map(|b| source.image().bands.get(*b).and_then(|b| b.no_data)).collect())
    }
}

/// Counts and sums of a part of one band.
#[derive(Clone, Debug)]
struct Tally {
    looked_at: u64,
    valid: u64,
    min: f64,
    max: f64,
    mean: f64,
    /// Sum of squared distances from the mean.
    spread: f64,
    counts: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            looked_at: 0,
            valid: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            mean: 0.0,
            spread: 0.0,
            counts: Vec::new(),
        }
    }
}

impl Tally {
    /// Of one band of a window. Floats are measured first (`range` = `None`) and counted in a second pass.
    fn of(samples: &Samples, band: usize, missing: &Missing, range: Option<(f64, f64)>) -> Self {
        let plane = samples.plane_len();
        let span = band * plane..(band + 1) * plane;
        let no_data = missing.0[band];
        let valid = samples.valid.as_deref();
        let mut tally = match &samples.values {
            SampleBuffer::U8(v) => Self::whole(&v[span], valid, no_data, 256, |n| usize::from(*n)),
            SampleBuffer::U16(v) => Self::whole(&v[span], valid, no_data, 1 << 16, |n| usize::from(*n)),
            SampleBuffer::I16(v) => {
                let shifted = no_data.map(|n| n + 32768.0);
                Self::whole(&v[span], valid, shifted, 1 << 16, |n| {
                    usize::from(n.wrapping_add(i16::MIN) as u16)
                })
            }
            SampleBuffer::F32(v) => Self::float(&v[span], valid, no_data, range),
        };
        tally.looked_at = plane as u64;
        tally
    }

    fn whole<T>(
        values: &[T],
        valid: Option<&[u8]>,
        no_data: Option<f64>,
        bins: usize,
        bin: impl Fn(&T) -> usize,
    ) -> Self {
        let mut counts = vec![0; bins];
        match valid {
            // Neighbours are often equal: counted in turns, none waits for the count before it.
            None if bins <= 256 => {
                let mut turns = [[0_u32; 256]; 4];
                let (fours, rest) = values.as_chunks::<4>();
                for [a, b, c, d] in fours {
                    turns[0][bin(a) & 255] += 1;
                    turns[1][bin(b) & 255] += 1;
                    turns[2][bin(c) & 255] += 1;
                    turns[3][bin(d) & 255] += 1;
                }
                for n in rest {
                    counts[bin(n)] += 1;
                }
                for (i, count) in counts.iter_mut().enumerate() {
                    *count += turns.iter().map(|turn| u64::from(turn[i])).sum::<u64>();
                }
            }
            None => values.iter().for_each(|n| counts[bin(n)] += 1),
            Some(valid) => {
                values.iter().zip(valid).filter(|(_, v)| **v != 0).for_each(|(n, _)| counts[bin(n)] += 1);
            }
        }
        Self::clear(&mut counts, no_data);
        Self { counts, ..Self::default() }
    }

    /// Forgets the value that means “nothing here”, by the number of its bin.
    fn clear(counts: &mut [u64], no_data: Option<f64>) {
        let bins = counts.len() as f64;
        if let Some(n) = no_data.filter(|n| n.fract() == 0.0 && *n >= 0.0 && *n < bins) {
            counts[n as usize] = 0;
        }
    }

    fn of_exact(samples: &ExactSamples, band: usize, missing: &Missing, range: Option<(f64, f64)>) -> Self {
        let plane = samples.plane_len();
        let span = band * plane..(band + 1) * plane;
        let valid = samples.valid.as_deref();
        let no_data = missing.0[band];
        let holds = |value: ExactValue| no_data.is_none_or(|n| !value.is(n));
        let mut tally = with_exact!(&samples.values, v => {
            let there = v[span].iter().enumerate().filter(|(i, _)| valid.is_none_or(|v| v[*i] != 0));
            let values = there.map(|(_, n)| ExactValue::from(*n)).filter(|n| holds(*n)).map(ExactValue::to_f64);
            Self::measured(values.filter(|n| n.is_finite()), range)
        });
        tally.looked_at = plane as u64;
        tally
    }

    fn float(values: &[f32], valid: Option<&[u8]>, no_data: Option<f64>, range: Option<(f64, f64)>) -> Self {
        let no_data = no_data.map(crate::plan::float_no_data);
        let there = values
            .iter()
            .enumerate()
            .filter(|(i, n)| n.is_finite() && Some(**n) != no_data && valid.is_none_or(|v| v[*i] != 0));
        Self::measured(there.map(|(_, n)| f64::from(*n)), range)
    }

    /// Range, mean and spread of finite values; with a range only how often they occur in it.
    fn measured(there: impl Iterator<Item = f64> + Clone, range: Option<(f64, f64)>) -> Self {
        let mut tally = Self::default();
        if let Some((low, high)) = range {
            let mut counts = vec![0; FLOAT_BINS];
            let scale = scale_of(low, high);
            there.for_each(|n| counts[bin_of(n, low, scale)] += 1);
            tally.counts = counts;
            return tally;
        }
        let (mut sum, mut n) = (0.0, 0_u64);
        for value in there.clone() {
            tally.min = tally.min.min(value);
            tally.max = tally.max.max(value);
            sum += value;
            n += 1;
        }
        tally.valid = n;
        tally.mean = if n > 0 { sum / n as f64 } else { 0.0 };
        tally.spread = there.map(|value| (value - tally.mean).powi(2)).sum();
        tally
    }

    fn merge(&mut self, other: Self) {
        self.looked_at += other.looked_at;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        let (a, b) = (self.valid as f64, other.valid as f64);
        if other.valid > 0 {
            let apart = other.mean - self.mean;
            self.mean += apart * b / (a + b);
            self.spread += other.spread + apart * apart * a * b / (a + b);
            self.valid += other.valid;
        }
        if self.counts.is_empty() {
            self.counts = other.counts;
        } else {
            self.counts.iter_mut().zip(other.counts).for_each(|(a, b)| *a += b);
        }
    }

    fn finish(self, band: usize, kind: SampleType) -> BandStatistics {
        let counts = self.counts;
        if kind == SampleType::F32 {
            let histogram = Histogram { low: self.min, high: self.max, counts, is_whole: false };
            let std = if self.valid > 0 { (self.spread / self.valid as f64).sqrt() } else { f64::NAN };
            let mean = if self.valid > 0 { self.mean } else { f64::NAN };
            let (min, max) = if self.valid > 0 { (self.min, self.max) } else { (f64::NAN, f64::NAN) };
            return BandStatistics {
                band,
                valid: self.valid,
                looked_at: self.looked_at,
                min,
                max,
                mean,
                std,
                histogram,
            };
        }
        let low = if kind == SampleType::I16 { f64::from(i16::MIN) } else { 0.0 };
        let valid: u64 = counts.iter().sum();
        let value = |i: usize| low + i as f64;
        let weighted = |f: &dyn Fn(f64) -> f64| -> f64 {
            counts.iter().enumerate().filter(|(_, c)| **c > 0).map(|(i, c)| f(value(i)) * *c as f64).sum()
        };
        let n = valid as f64;
        let mean = weighted(&|v| v) / n;
        let std = (weighted(&|v| (v - mean).powi(2)) / n).sqrt();
        let min = counts.iter().position(|c| *c > 0).map_or(f64::NAN, value);
        let max = counts.iter().rposition(|c| *c > 0).map_or(f64::NAN, value);
        let histogram = Histogram { low, high: low + counts.len() as f64, counts, is_whole: true };
        BandStatistics { band, valid, looked_at: self.looked_at, min, max, mean, std, histogram }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: SampleBuffer, valid: Option<Vec<u8>>) -> Samples {
        Samples { width: values.len() as u32, height: 1, bands: vec![0], values, valid }
    }

    #[test]
    fn whole_numbers_are_counted_without_what_is_missing() {
        let window = samples(SampleBuffer::I16(vec![-5, 3, 3, -9999, 7]), Some(vec![255, 255, 255, 0, 255]));
        let found = Tally::of(&window, 0, &Missing(vec![Some(7.0)]), None).finish(0, SampleType::I16);
        assert_eq!((found.valid, found.min, found.max), (3, -5.0, 3.0));
        assert!((found.mean - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(found.percentile(50.0), Some(3.0));
        assert_eq!(found.percentile(0.0), Some(-5.0));
    }

    #[test]
    fn a_box_counts_the_pixels_in_it_and_no_others() {
        use crate::new_image::{NewImage, WriteOptions};
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("ramp.tif");
        let ramp: Vec<u8> = (0..100 * 60).map(|i| (i % 100) as u8).collect();
        let options = WriteOptions { tile_px: Some(16), ..WriteOptions::default() };
        crate::write::image(&path, &NewImage::gray(100, 60), &options, &SampleBuffer::U8(ramp))
            .expect("a ramp");
        let source = Source::open(&path).expect("opens");
        let of = |image_box| within(&source, &[0], 0, image_box, &|_| true).expect("read").swap_remove(0);
        let some = of([10.0, 5.0, 30.5, 20.0]);
        assert_eq!((some.valid, some.min, some.max), (21 * 15, 10.0, 30.0));
        assert_eq!(some.percentile(50.0), Some(20.0));
        assert_eq!(of([-50.0, -50.0, 500.0, 500.0]).valid, 6000);
        assert_eq!(of([200.0, 0.0, 300.0, 60.0]).valid, 0);
        let twice = |samples: &Samples| match &samples.values {
            SampleBuffer::U8(v) => v.iter().map(|n| f32::from(*n) * 2.0).collect(),
            _ => Vec::new(),
        };
        let derived = within_of(&source, &[0], 0, [10.0, 5.0, 30.5, 20.0], &twice, &|_| true).expect("read");
        assert_eq!((derived.valid, derived.min, derived.max), (21 * 15, 20.0, 60.0));
        let stopped = within(&source, &[0], 0, [0.0, 0.0, 100.0, 60.0], &|_| false);
        assert!(stopped.is_err(), "it went on");
    }

    #[test]
    fn parts_of_a_float_band_merge_to_the_whole() {
        let values: Vec<f32> = (0..1000).map(|i| (i as f32 * 0.37).sin() * 100.0 + 3.0).collect();
        let missing = Missing(vec![None]);
        let of = |v: &[f32]| Tally::of(&samples(SampleBuffer::F32(v.to_vec()), None), 0, &missing, None);
        let mut parts = of(&values[..123]);
        parts.merge(of(&[f32::NAN]));
        parts.merge(of(&values[123..]));
        let whole = of(&values);
        assert!((parts.mean - whole.mean).abs() < 1e-9 && (parts.spread - whole.spread).abs() < 1e-5);
        assert_eq!((parts.valid, parts.looked_at), (1000, 1001));
    }

    #[test]
    fn nothing_gives_no_percentile() {
        let window = samples(SampleBuffer::F32(vec![f32::NAN; 4]), None);
        let found = Tally::of(&window, 0, &Missing(vec![None]), None).finish(0, SampleType::F32);
        assert!(found.valid == 0 && found.min.is_nan() && found.percentile(50.0).is_none());
        assert_eq!(Histogram::default().rebinned(10), Histogram::default());
    }
}
