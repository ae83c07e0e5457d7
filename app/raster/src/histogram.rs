//! How often values occur.

/// How often values occur, in equal bins from `low` to `high`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub low: f64,
    /// Upper edge of the last bin.
    pub high: f64,
    pub counts: Vec<u64>,
    /// Bins stand for whole numbers, one each.
    pub is_whole: bool,
}

impl Histogram {
    /// The value below which `percent` of all values lie (0 to 100): exact for whole numbers, within a
    /// 65,536th of the range for floats. `None` when there are no values.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        let total: u64 = self.counts.iter().sum();
        if total == 0 {
            return None;
        }
        let rank = percent.clamp(0.0, 100.0) / 100.0 * (total - 1) as f64;
        let width = (self.high - self.low) / self.counts.len() as f64;
        let mut below = 0_u64;
        for (i, count) in self.counts.iter().enumerate() {
            if *count > 0 && rank < (below + count) as f64 {
                let within = if self.is_whole { 0.0 } else { (rank - below as f64).max(0.0) / *count as f64 };
                return Some(self.low + (i as f64 + within) * width);
            }
            below += count;
        }
        Some(self.high)
    }

    #[must_use]
    /// Counts gathered into `bins` equal bins from the least to the greatest value that occurs.
    pub fn rebinned(&self, bins: usize) -> Self {
        let first = self.counts.iter().position(|c| *c > 0);
        let last = self.counts.iter().rposition(|c| *c > 0);
        let (Some(first), Some(last), true) = (first, last, bins > 0) else { return Self::default() };
        let width = (self.high - self.low) / self.counts.len() as f64;
        let mut counts = vec![0; bins];
        for (i, count) in self.counts[first..=last].iter().enumerate() {
            counts[i * bins / (last - first + 1)] += count;
        }
        let low = self.low + first as f64 * width;
        Self { low, high: self.low + (last + 1) as f64 * width, counts, is_whole: false }
    }
}
