//! What the values of a layer are like, as far as they are measured: `raster`'s statistics of bands and of a
//! formula, with the histogram as the panel draws it.

use std::collections::BTreeMap;

use compute::Compute;
use jobs::{JobContext, JobFailure};
use picture::Formula;
use raster::Source;
use raster::statistics::{self, BandStatistics, Histogram};

/// Bins of a histogram as it is drawn.
const BINS: usize = 128;
/// Bands read at once, between two looks at whether the job is still wanted.
const BANDS_AT_ONCE: usize = 4;
/// Values beyond these percentiles are so few that the curve leaves them out.
const DRAWN: [f64; 2] = [0.05, 99.95];

/// Which pixels are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Ground {
    /// About a million, spread over the layer.
    #[default]
    Estimate,
    /// All of the full resolution.
    EveryPixel,
    /// Those of a level in a box: left, top, right, bottom in pixels of the full resolution.
    Seen { level: u8, image_box: [f64; 4] },
}

/// What is to be measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub ground: Ground,
    pub bands: Vec<usize>,
    pub formula: Option<Formula>,
}

/// The values of one band or of a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredBand {
    pub values: BandStatistics,
    /// How often values occur, in few bins between those beyond which there are next to none.
    pub curve: Histogram,
}

impl MeasuredBand {
    fn of(values: BandStatistics) -> Option<Self> {
        if values.valid == 0 {
            return None;
        }
        let at = |percent: f64| values.percentile(percent).unwrap_or(values.min);
        let (low, high) = (at(DRAWN[0]), at(DRAWN[1]));
        // One value alone is a line in the middle.
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, high + 0.5) };
        // Whole numbers have bins of whole numbers, or the curve combs.
        let whole = values.histogram.is_whole;
        let step = if whole { ((high - low + 1.0) / BINS as f64).ceil().max(1.0) } else { 0.0 };
        let bins = if whole { (((high - low + 1.0) / step).ceil() as usize).max(2) } else { BINS };
        let high = if whole { low + step * bins as f64 } else { high };
        let curve = gathered(&values.histogram, low, high, bins);
        Some(Self { values, curve })
    }
}

/// Counts gathered into equal bins between two values; what lies beyond is left out.
fn gathered(from: &Histogram, low: f64, high: f64, bins: usize) -> Histogram {
    let width = (from.high - from.low) / from.counts.len().max(1) as f64;
    let scale = bins as f64 / (high - low);
    let middle = if from.is_whole { 0.0 } else { 0.5 };
    let mut counts = vec![0; bins];
    for (i, count) in from.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let at = (from.low + (i as f64 + middle) * width - low) * scale;
        if (0.0..bins as f64).contains(&at) {
            counts[at as usize] += count;
        }
    }
    Histogram { low, high, counts, is_whole: false }
}

/// What was measured; bands without a value are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    ground: Ground,
    bands: BTreeMap<usize, Option<MeasuredBand>>,
    formula: Option<(Formula, Option<MeasuredBand>)>,
    /// Why the graphics card did not count, where it was to.
    pub(crate) refused: Option<String>,
}

impl Measured {
    pub fn band(&self, band: usize) -> Option<&MeasuredBand> {
        self.bands.get(&band)?.as_ref()
    }

    pub fn formula(&self, formula: &Formula) -> Option<&MeasuredBand> {
        self.formula.as_ref().filter(|(known, _)| known == formula)?.1.as_ref()
    }

    /// True when all of it is here already, be it that there is no value.
    pub fn answers(&self, request: &Request) -> bool {
        let is_formula = |wanted: &Formula| self.formula.as_ref().is_some_and(|(known, _)| known == wanted);
        self.ground == request.ground
            && request.bands.iter().all(|band| self.bands.contains_key(band))
            && request.formula.as_ref().is_none_or(is_formula)
    }

    /// With what was measured before of the same pixels.
    #[must_use]
    pub fn and(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before.filter(|before| before.ground == self.ground) {
            for (band, values) in &before.bands {
                self.bands.entry(*band).or_insert_with(|| values.clone());
            }
            if self.formula.is_none() {
                self.formula.clone_from(&before.formula);
            }
        }
        self
    }

    /// Measures what is asked for; meant for a job. Every pixel of bands is counted by the graphics card where there
    /// is one.
    pub fn of(
        source: &Source,
        request: &Request,
        compute: Option<&Compute>,
        ctx: &JobContext,
    ) -> Result<Self, JobFailure> {
        let job = ctx.clone();
        raster::while_wanted(move || !job.is_cancelled(), || Self::measure(source, request, compute, ctx))
    }

    fn measure(
        source: &Source,
        request: &Request,
        compute: Option<&Compute>,
        ctx: &JobContext,
    ) -> Result<Self, JobFailure> {
        let mut found = Self { ground: request.ground, ..Self::default() };
        let parts = request.bands.len().div_ceil(BANDS_AT_ONCE) + usize::from(request.formula.is_some());
        let mut done = 0;
        let progress = |done: usize| {
            move |share: f64| {
                ctx.progress(((done as f64 + share) * 1000.0) as u64, parts as u64 * 1000);
                !ctx.is_cancelled()
            }
        };
        for some in request.bands.chunks(BANDS_AT_ONCE) {
            ctx.check()?;
            let measured = match request.ground {
                Ground::Estimate => statistics::approximate(source, some)?,
                Ground::EveryPixel => match compute.filter(|_| !source.is_rounded()) {
                    Some(compute) => {
                        let counted = statistics::exact_by(source, some, compute, &progress(done))?;
                        found.refused = found.refused.take().or(counted.refused);
                        counted.bands
                    }
                    None => statistics::exact(source, some, &progress(done))?,
                },
                Ground::Seen { level, image_box } => {
                    statistics::within(source, some, level, image_box, &progress(done))?
                }
            };
            found.bands.extend(measured.into_iter().map(|values| (values.band, MeasuredBand::of(values))));
            done += 1;
        }
        if let Some(formula) = &request.formula {
            ctx.check()?;
            let values = match request.ground {
                Ground::Estimate => formula.approximate(source)?,
                Ground::EveryPixel => formula.exact(source, &progress(done))?,
                Ground::Seen { level, image_box } => {
                    formula.within(source, level, image_box, &progress(done))?
                }
            };
            found.formula = Some((formula.clone(), MeasuredBand::of(values)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(counts: Vec<u64>, is_whole: bool) -> BandStatistics {
        let high = counts.len() as f64;
        let first = counts.iter().position(|c| *c > 0).unwrap_or(0) as f64;
        let last = counts.iter().rposition(|c| *c > 0).unwrap_or(0) as f64;
        let valid = counts.iter().sum();
        let histogram = Histogram { low: 0.0, high, counts, is_whole };
        BandStatistics {
            band: 0,
            valid,
            looked_at: valid,
            min: first,
            max: last,
            mean: 0.0,
            std: 0.0,
            histogram,
        }
    }

    #[test]
    fn the_curve_leaves_out_what_hardly_occurs_and_loses_nothing_else() {
        let mut counts = vec![0; 65_536];
        counts[100..200].fill(1000);
        counts[60_000] = 1;
        let band = MeasuredBand::of(values(counts, true)).expect("values");
        assert!(band.curve.low >= 100.0 && band.curve.high < 400.0, "{:?}", band.curve);
        assert_eq!(band.curve.counts.iter().sum::<u64>(), 100_000);
        // Every bin holds as many whole numbers as any other.
        assert!(band.curve.counts.iter().all(|n| *n == 1000 || *n == 0), "{:?}", band.curve.counts);
    }

    #[test]
    fn one_value_alone_has_a_curve_and_no_value_has_none() {
        let mut counts = vec![0; 256];
        counts[7] = 9;
        let band = MeasuredBand::of(values(counts, true)).expect("values");
        assert!(band.curve.high > band.curve.low && band.curve.counts.iter().sum::<u64>() == 9);
        assert!(MeasuredBand::of(values(vec![0; 256], true)).is_none());
    }

    #[test]
    fn what_was_measured_of_other_pixels_is_forgotten() {
        let of = |ground, band: usize| Measured {
            ground,
            bands: BTreeMap::from([(band, MeasuredBand::of(values(vec![1; 256], true)))]),
            formula: None,
            refused: None,
        };
        let both = of(Ground::Estimate, 1).and(Some(&of(Ground::Estimate, 0)));
        assert!(both.band(0).is_some() && both.band(1).is_some());
        let exact = of(Ground::EveryPixel, 1).and(Some(&both));
        assert!(exact.band(0).is_none() && exact.band(1).is_some());
        let request =
            |bands: &[usize]| Request { ground: Ground::Estimate, bands: bands.to_vec(), formula: None };
        assert!(both.answers(&request(&[0, 1])) && !both.answers(&request(&[2])));
        assert!(!exact.answers(&request(&[1])));
    }
}
