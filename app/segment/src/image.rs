//! A picture of any number of bands, in memory.

use crate::SegmentError;

/// The most values of a picture: a view of four thousand by two thousand pixels has 25 million in three bands.
pub const MOST_VALUES: usize = 1 << 28;

/// Samples of some bands, band after band, each row by row from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    width: usize,
    height: usize,
    bands: usize,
    values: Vec<f32>,
    /// False where there is nothing; empty when there is something everywhere.
    valid: Vec<bool>,
}

impl Image {
    /// Of values, band after band. A pixel with a value that is no finite number holds nothing: its values count as 0.
    pub fn new(width: usize, height: usize, bands: usize, values: Vec<f32>) -> Result<Self, SegmentError> {
        let pixels = width.saturating_mul(height);
        let wanted = pixels.saturating_mul(bands);
        if wanted > MOST_VALUES {
            return Err(SegmentError::TooLarge { pixels, bands, limit: MOST_VALUES });
        }
        if wanted != values.len() {
            return Err(SegmentError::Shape { given: values.len(), width, height, bands });
        }
        if wanted == 0 {
            return Err(SegmentError::Nothing);
        }
        let mut image = Self { width, height, bands, values, valid: Vec::new() };
        image.leave_out_what_is_not_finite();
        Ok(image)
    }

    fn leave_out_what_is_not_finite(&mut self) {
        if self.values.iter().all(|v| v.is_finite()) {
            return;
        }
        let mut valid = vec![true; self.pixels()];
        for band in self.values.chunks_exact(valid.len()) {
            valid.iter_mut().zip(band).filter(|(_, v)| !v.is_finite()).for_each(|(valid, _)| *valid = false);
        }
        self.without(valid);
    }

    /// The same with nothing where `valid` (one for each pixel) is false.
    #[must_use]
    pub fn only(mut self, valid: &[bool]) -> Self {
        if valid.len() == self.pixels() && valid.contains(&false) {
            let both =
                valid.iter().enumerate().map(|(pixel, valid)| *valid && self.is_valid(pixel)).collect();
            self.without(both);
        }
        self
    }

    fn without(&mut self, valid: Vec<bool>) {
        for band in self.values.chunks_exact_mut(valid.len()) {
            band.iter_mut().zip(&valid).filter(|(_, valid)| !**valid).for_each(|(v, _)| *v = 0.0);
        }
        self.valid = valid;
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// How many.
    pub fn bands(&self) -> usize {
        self.bands
    }

    pub fn pixels(&self) -> usize {
        self.width * self.height
    }

    /// The values of a band, row by row.
    pub fn band(&self, band: usize) -> &[f32] {
        &self.values[band * self.pixels()..(band + 1) * self.pixels()]
    }

    /// All values, band after band.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// True where there is something.
    pub fn is_valid(&self, pixel: usize) -> bool {
        self.valid.is_empty() || self.valid[pixel]
    }

    /// True when there is something everywhere.
    pub fn is_whole(&self) -> bool {
        self.valid.is_empty()
    }

    /// The square of how far two pixels are apart, over all bands.
    pub fn distance2(&self, a: usize, b: usize) -> f64 {
        let pixels = self.pixels();
        let bands = self.values.chunks_exact(pixels);
        bands.map(|band| f64::from(band[a] - band[b])).map(|d| d * d).sum()
    }

    /// The standard deviation of all values of all bands together.
    pub fn spread(&self) -> f64 {
        let pixels = self.pixels();
        let there = || {
            (0..self.values.len())
                .filter(|at| self.is_valid(at % pixels))
                .map(|at| f64::from(self.values[at]))
        };
        let count = there().count().max(1) as f64;
        let mean = there().sum::<f64>() / count;
        (there().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt()
    }

    /// The part from a column and a row on, each `step` pixels both ways as one: the mean of those that hold something.
    pub fn part(&self, area: Area, step: usize) -> Result<Self, SegmentError> {
        let step = step.max(1);
        let area = area.within(self.width, self.height).ok_or(SegmentError::Nothing)?;
        let (width, height) = (area.width.div_ceil(step), area.height.div_ceil(step));
        let mut values = vec![0.0; width * height * self.bands];
        let mut counts = vec![0_u32; width * height];
        let row_of = |y: usize| (area.top + y) * self.width + area.left;
        for y in 0..area.height {
            let to = &mut counts[y / step * width..][..width];
            for x in (0..area.width).filter(|x| self.is_valid(row_of(y) + x)) {
                to[x / step] += 1;
            }
        }
        // What holds nothing has zeroes for values, and is not counted.
        for (band, to) in values.chunks_exact_mut(width * height).enumerate() {
            for y in 0..area.height {
                let from = &self.band(band)[row_of(y)..][..area.width];
                let to = &mut to[y / step * width..][..width];
                for (to, from) in to.iter_mut().zip(from.chunks(step)) {
                    *to += from.iter().sum::<f32>();
                }
            }
            for (value, count) in to.iter_mut().zip(&counts).filter(|(_, count)| **count > 1) {
                *value /= *count as f32;
            }
        }
        let valid: Vec<bool> = counts.iter().map(|count| *count > 0).collect();
        Ok(Self::new(width, height, self.bands, values)?.only(&valid))
    }
}

/// A box of whole pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

impl Area {
    /// What of it lies in a picture of this size; `None` for nothing.
    #[must_use]
    pub fn within(self, width: usize, height: usize) -> Option<Self> {
        let right = self.left.saturating_add(self.width).min(width);
        let bottom = self.top.saturating_add(self.height).min(height);
        let is_some = self.left < right && self.top < bottom;
        is_some.then(|| Self { width: right - self.left, height: bottom - self.top, ..self })
    }

    pub fn holds(&self, x: usize, y: usize) -> bool {
        x >= self.left && y >= self.top && x - self.left < self.width && y - self.top < self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_holds_nothing_and_counts_as_nothing_in_means() {
        let values = vec![1.0, f32::NAN, 3.0, 4.0, 10.0, 20.0, 30.0, f32::INFINITY];
        let image = Image::new(2, 2, 2, values).expect("four pixels of two bands");
        let held: Vec<bool> = (0..4).map(|pixel| image.is_valid(pixel)).collect();
        assert_eq!(held, [true, false, true, false]);
        assert_eq!(image.band(1), [10.0, 0.0, 30.0, 0.0]);
        let whole = Area { left: 0, top: 0, width: 9, height: 9 };
        let one = image.part(whole, 2).expect("one pixel");
        assert_eq!((one.pixels(), one.band(0), one.band(1)), (1, [2.0].as_slice(), [20.0].as_slice()));
    }

    #[test]
    fn sizes_that_lie_are_refused_before_anything_is_taken() {
        let huge = Image::new(usize::MAX, 2, 3, Vec::new());
        assert!(matches!(huge, Err(SegmentError::TooLarge { .. })), "{huge:?}");
        assert!(matches!(Image::new(2, 2, 1, vec![0.0; 3]), Err(SegmentError::Shape { .. })));
        assert_eq!(Image::new(0, 2, 1, Vec::new()), Err(SegmentError::Nothing));
        let image = Image::new(2, 2, 1, vec![0.0; 4]).expect("four pixels");
        assert_eq!(image.part(Area { left: 2, top: 0, width: 5, height: 5 }, 1), Err(SegmentError::Nothing));
    }
}
