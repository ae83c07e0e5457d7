//! What the values of a layer's bands are like, as far as they are measured: `raster`'s statistics, with the
//! histogram as the panel draws it.

use std::collections::BTreeMap;

use jobs::{JobContext, JobFailure};
use raster::Source;
use raster::statistics::{self, BandStatistics, Histogram};

/// Bins of a histogram as it is drawn.
const BINS: usize = 256;
/// Bands read at once, between two looks at whether the job is still wanted.
const BANDS_AT_ONCE: usize = 4;

/// One measured band.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredBand {
    pub values: BandStatistics,
    /// How often values occur, in few bins from the least to the greatest.
    pub curve: Histogram,
}

/// The bands that were measured; those without a value are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    bands: BTreeMap<usize, MeasuredBand>,
}

impl Measured {
    pub fn band(&self, band: usize) -> Option<&MeasuredBand> {
        self.bands.get(&band)
    }

    /// Measures bands of an image at about a million pixels; meant for a job.
    pub fn of(source: &Source, bands: &[usize], ctx: &JobContext) -> Result<Self, JobFailure> {
        let mut found = Self::default();
        for (done, some) in bands.chunks(BANDS_AT_ONCE).enumerate() {
            ctx.check()?;
            ctx.progress((done * BANDS_AT_ONCE) as u64, bands.len() as u64);
            let measured = statistics::approximate(source, some)?.into_iter().filter(|band| band.valid > 0);
            found.bands.extend(measured.map(|values| {
                let curve = values.histogram.rebinned(BINS);
                (values.band, MeasuredBand { values, curve })
            }));
        }
        Ok(found)
    }
}
