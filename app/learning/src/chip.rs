//! Pieces of imagery to learn from and to predict on.

use crate::LearningError;

/// The target of a pixel that nothing is learnt from.
pub const IGNORED: u8 = 255;

/// A square piece of imagery on the grid of a model, with what is known of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chip {
    /// Pixels a side.
    pub side: usize,
    /// Samples as the file has them: band after band, each row by row.
    pub pixels: Vec<f32>,
    /// False where the imagery holds nothing.
    pub valid: Vec<bool>,
    /// The class of each pixel, [`IGNORED`] where it is not known or not asked. Empty where one only predicts.
    pub target: Vec<u8>,
    /// Which region a pixel belongs to, from 1; 0 for none. Empty where regions play no part.
    pub owner: Vec<u32>,
}

impl Chip {
    /// A chip that holds nothing.
    pub fn empty(side: usize, bands: usize) -> Self {
        let area = side * side;
        Self {
            side,
            pixels: vec![0.0; area * bands],
            valid: vec![false; area],
            target: Vec::new(),
            owner: Vec::new(),
        }
    }

    pub fn bands(&self) -> usize {
        self.pixels.len() / (self.side * self.side).max(1)
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.pixels.len() * 4 + self.valid.len() + self.target.len() + self.owner.len() * 4
    }
}

/// Chips to learn from, read when they are needed.
pub trait ChipSource: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many pixels of each class a chip has, before anything is read of it.
    fn counts(&self, index: usize) -> &[u64];

    fn chip(&self, index: usize) -> Result<Chip, LearningError>;
}

/// Imagery to predict on, on the grid of the model.
pub trait Ground: Sync {
    /// Pixels across and down.
    fn size(&self) -> (usize, usize);

    /// The square whose upper left pixel is there, which may lie outside: what is outside is not valid.
    fn chip(&self, x: i64, y: i64, side: usize) -> Result<Chip, LearningError>;
}

/// How samples become the numbers a network sees: `(value − mean) / spread` band by band.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Normal {
    pub mean: Vec<f32>,
    pub spread: Vec<f32>,
}

impl Normal {
    /// Mean and spread of each band over what is valid in some chips.
    pub fn of(chips: &dyn ChipSource, bands: usize, at_most: usize) -> Result<Self, LearningError> {
        let (mut sum, mut squares, mut count) = (vec![0.0_f64; bands], vec![0.0_f64; bands], 0.0_f64);
        let step = chips.len().div_ceil(at_most.max(1)).max(1);
        for index in (0..chips.len()).step_by(step) {
            let chip = chips.chip(index)?;
            let area = chip.side * chip.side;
            count += chip.valid.iter().filter(|v| **v).count() as f64;
            for band in 0..bands {
                for (value, _) in chip.pixels[band * area..][..area].iter().zip(&chip.valid).filter(|p| *p.1)
                {
                    sum[band] += f64::from(*value);
                    squares[band] += f64::from(*value) * f64::from(*value);
                }
            }
        }
        let n = count.max(1.0);
        let mean: Vec<f32> = sum.iter().map(|s| (s / n) as f32).collect();
        let spread = (0..bands).map(|b| {
            let variance = (squares[b] / n - (sum[b] / n).powi(2)).max(0.0);
            // A band without any spread says nothing; it stays finite.
            if variance > 1e-12 { variance.sqrt() as f32 } else { 1.0 }
        });
        Ok(Self { spread: spread.collect(), mean })
    }

    /// The channels of a chip as a network sees them: bands, 0 where nothing is, then (where asked for) 1 in regions.
    pub fn channels(&self, chip: &Chip, show_regions: bool) -> Vec<f32> {
        let area = chip.side * chip.side;
        let mut channels = Vec::with_capacity(chip.pixels.len() + area);
        for (band, plane) in chip.pixels.chunks_exact(area).enumerate() {
            let (mean, scale) = (self.mean[band], 1.0 / self.spread[band]);
            let seen = |(value, valid): (&f32, &bool)| {
                // A value that is no number must not spoil every sum that it enters.
                if *valid && value.is_finite() { (value - mean) * scale } else { 0.0 }
            };
            channels.extend(plane.iter().zip(&chip.valid).map(seen));
        }
        if show_regions {
            channels.extend(chip.owner.iter().map(|owner| f32::from(u8::from(*owner > 0))));
        }
        channels
    }
}
