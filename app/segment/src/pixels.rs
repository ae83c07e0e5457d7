//! The pixel classifier: what pixels are like, kept in bytes; what a few of them are, by hand; and what all are, by that.

use crate::bank::Bank;
use crate::bins::Bins;
use crate::error::GoOn;
use crate::learner::{Examples, Learner, Learning};
use crate::{Image, SegmentError};

/// The most bytes that the features of one picture take.
const MOST_BYTES: usize = 3 << 29;
/// Pixels that say where the bins of a feature lie.
const SAMPLES: usize = 8192;

/// All features of all pixels of a picture, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelFeatures {
    width: usize,
    height: usize,
    count: usize,
    bins: Bins,
    rows: Vec<u8>,
}

impl PixelFeatures {
    /// Works them out; the bins come from the picture itself.
    pub fn new(image: &Image, bank: &Bank, go_on: GoOn) -> Result<Self, SegmentError> {
        Self::made(image, bank, None, go_on)
    }

    /// With the bins of another picture, so that what was learnt there holds here.
    pub fn with_bins(image: &Image, bank: &Bank, bins: &Bins, go_on: GoOn) -> Result<Self, SegmentError> {
        Self::made(image, bank, Some(bins), go_on)
    }

    fn made(image: &Image, bank: &Bank, bins: Option<&Bins>, go_on: GoOn) -> Result<Self, SegmentError> {
        let count = bank.features(image.bands()).len();
        let bytes = image.pixels().saturating_mul(count);
        if bytes > MOST_BYTES || count > usize::from(u16::MAX) {
            let (pixels, bands) = (image.pixels(), image.bands());
            return Err(SegmentError::TooLarge { pixels, bands, limit: MOST_BYTES });
        }
        if count == 0 {
            return Err(SegmentError::Nothing);
        }
        let mut rows = vec![0; bytes];
        let mut own = Bins::default();
        bank.compute(image, go_on, &mut |feature, plane| {
            let bins = bins.unwrap_or_else(|| {
                own.push(spread_samples(plane));
                &own
            });
            bins.scatter(feature, plane, &mut rows, count);
        })?;
        let bins = bins.cloned().unwrap_or(own);
        Ok(Self { width: image.width(), height: image.height(), count, bins, rows })
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// Features of a pixel.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How values became bytes.
    pub fn bins(&self) -> &Bins {
        &self.bins
    }

    /// The features of a pixel.
    pub fn row(&self, pixel: usize) -> &[u8] {
        &self.rows[pixel * self.count..(pixel + 1) * self.count]
    }

    /// The features of pixels whose class, from 0, is known.
    pub fn examples(&self, marks: impl IntoIterator<Item = (usize, u8)>) -> Examples {
        let mut examples = Examples::new(self.count);
        for (pixel, class) in marks.into_iter().filter(|(pixel, _)| *pixel < self.width * self.height) {
            examples.push(self.row(pixel), class);
        }
        examples
    }

    /// Shares of the classes at each pixel. `hasty`: see [`Learner::shares`].
    pub fn classify(&self, learner: &Learner, hasty: bool, go_on: GoOn) -> Result<Vec<f32>, SegmentError> {
        learner.shares(&self.rows, self.count, hasty, go_on)
    }

    /// Learns from marks, and says what every pixel is.
    pub fn learn(
        &self,
        marks: impl IntoIterator<Item = (usize, u8)>,
        way: &Learning,
        go_on: GoOn,
    ) -> Result<(Learner, Vec<f32>), SegmentError> {
        let learner = Learner::train(&self.examples(marks), way, go_on)?;
        let shares = self.classify(&learner, true, go_on)?;
        Ok((learner, shares))
    }
}

/// Some values of a plane, evenly from all over.
pub fn spread_samples(plane: &[f32]) -> Vec<f32> {
    // A step that shares no factor with most widths, so that samples lie in no columns.
    let step = (plane.len() / SAMPLES).max(1);
    let step = if step > 1 { step | 1 } else { step };
    plane.iter().copied().step_by(step).collect()
}

/// The likeliest class of each pixel, and its share.
pub fn likeliest(shares: &[f32], classes: usize) -> Vec<(u8, f32)> {
    let best = |some: &[f32]| {
        let all = some.iter().copied().enumerate();
        all.fold(
            (0_u8, f32::NEG_INFINITY),
            |best, (class, share)| {
                if share > best.1 { (class as u8, share) } else { best }
            },
        )
    };
    shares.chunks_exact(classes.max(1)).map(best).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stripes on the left, the same tones in flat patches on the right: only texture tells them apart.
    fn textures(width: usize, height: usize) -> Image {
        let value = |i: usize| {
            let (x, y) = (i % width, i / width);
            if x < width / 2 { ((x + y) % 4 / 2) as f32 } else { ((x / 12 + y / 12) % 2) as f32 }
        };
        Image::new(width, height, 1, (0..width * height).map(value).collect()).expect("a picture")
    }

    #[test]
    fn a_few_marks_tell_textures_apart_whose_tones_are_the_same() {
        let image = textures(160, 80);
        let features = PixelFeatures::new(&image, &Bank::default(), &|| true).expect("features");
        let column = |x: usize, class: u8| (10..70).map(move |y| (y * 160 + x, class));
        let marks = || column(30, 0).chain(column(31, 0)).chain(column(118, 1)).chain(column(126, 1));
        for way in [Learning::default(), Learning::Logistic(1.0)] {
            let (learner, shares) = features.learn(marks(), &way, &|| true).expect("two classes");
            let right = likeliest(&shares, learner.classes())
                .iter()
                .enumerate()
                .filter(|(i, (class, _))| usize::from(*class) == usize::from(i % 160 >= 80))
                .count();
            assert!(right > 160 * 80 * 85 / 100, "{way:?}: {right} of 12800");
        }
    }

    #[test]
    fn what_was_learnt_holds_in_another_picture_with_the_same_bins() {
        let (image, bank) = (textures(160, 80), Bank::new(&[0.7, 1.6]));
        let whole = PixelFeatures::new(&image, &bank, &|| true).expect("features");
        let halo = bank.halo();
        let area =
            crate::Area { left: 60 - halo, top: 20 - halo, width: 30 + 2 * halo, height: 20 + 2 * halo };
        let part = image.part(area, 1).expect("inside");
        let part = PixelFeatures::with_bins(&part, &bank, whole.bins(), &|| true).expect("features");
        for (y, x) in (0..20).flat_map(|y| (0..30).map(move |x| (y, x))) {
            let own = part.row((y + halo) * area.width + x + halo);
            assert_eq!(own, whole.row((y + 20) * 160 + x + 60));
        }
    }

    #[test]
    fn more_than_fits_is_refused_before_it_is_taken() {
        let image = Image::new(4000, 4000, 3, vec![0.0; 48_000_000]).expect("a picture");
        let refused = PixelFeatures::new(&image, &Bank::default(), &|| true);
        assert!(matches!(refused, Err(SegmentError::TooLarge { .. })));
    }
}
