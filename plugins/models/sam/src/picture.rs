//! Pictures as the network looks at them, and its masks as large as the picture.

use learning::LearningError;

/// The most pixels of a picture.
pub const MOST_PIXELS: usize = 1 << 26;

/// What the network's pictures are normed by, for red, green and blue of 0 to 255.
const MEAN: [f32; 3] = [123.675, 116.28, 103.53];
const SPREAD: [f32; 3] = [58.395, 57.12, 57.375];

/// Red, green and blue of 0 to 255, a band after the other, row by row from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    values: Vec<f32>,
    /// False where there is nothing.
    valid: Vec<bool>,
}

impl Picture {
    /// Of one band, which is taken for grey, or of three, of 0 to 255. Where a value is no finite number there is
    /// nothing, and what lies beyond 0 to 255 is cut off. Fails for other numbers of bands and where there is nothing.
    pub fn new(width: usize, height: usize, bands: usize, values: &[f32]) -> Result<Self, LearningError> {
        if bands != 1 && bands != 3 {
            return Err(LearningError::refused(
                format!("SAM looks at one band or at three, not at {bands}"),
                "choose bands, such as --bands 4,3,2",
            ));
        }
        let pixels = width.checked_mul(height).filter(|n| *n <= MOST_PIXELS);
        let pixels = pixels.filter(|n| n.checked_mul(bands) == Some(values.len())).ok_or_else(|| {
            LearningError::refused(
                format!("{} values are no picture of {width} × {height} pixels", values.len()),
                "look at a smaller part",
            )
        })?;
        let valid: Vec<bool> =
            (0..pixels).map(|p| (0..bands).all(|band| values[band * pixels + p].is_finite())).collect();
        if !valid.contains(&true) {
            return Err(LearningError::refused(
                "there is no imagery to look at",
                "choose a place where there is imagery",
            ));
        }
        let value = |band: usize, p: usize| {
            let value = values[if bands == 1 { 0 } else { band } * pixels + p];
            if valid[p] { value.clamp(0.0, 255.0) } else { 0.0 }
        };
        let values = (0..3).flat_map(|band| (0..pixels).map(move |p| (band, p)));
        let values = values.map(|(band, p)| value(band, p)).collect();
        Ok(Self { width, height, values, valid })
    }

    /// Of RGBA bytes, row by row from the top; where alpha is 0 there is nothing.
    pub fn of_rgba(width: usize, height: usize, rgba: &[u8]) -> Result<Self, LearningError> {
        let of = |band: usize| {
            let value = move |p: &[u8]| if p[3] == 0 { f32::NAN } else { f32::from(p[band]) };
            rgba.chunks_exact(4).map(value)
        };
        let values: Vec<f32> = (0..3).flat_map(of).collect();
        Self::new(width, height, 3, &values)
    }

    /// Width and height.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// How large it is when its longer side is `side`.
    pub(crate) fn fitted(&self, side: usize) -> [usize; 2] {
        let longest = self.width.max(self.height).max(1) as f64;
        [self.width, self.height].map(|n| ((n as f64 * side as f64 / longest + 0.5) as usize).clamp(1, side))
    }

    /// Normed, its longer side as long as that of a square that is filled with zeros at the right and at the bottom:
    /// `[3, side, side]`. Where there is nothing it is as bright as pictures are on average.
    pub(crate) fn normed(&self, side: usize) -> Vec<f32> {
        let [width, height] = self.fitted(side);
        let pixels = self.width * self.height;
        let mut all = vec![0.0; 3 * side * side];
        for band in 0..3 {
            let of = &self.values[band * pixels..(band + 1) * pixels];
            let normed = |(value, valid): (&f32, &bool)| {
                if *valid { (value - MEAN[band]) / SPREAD[band] } else { 0.0 }
            };
            let normed: Vec<f32> = of.iter().zip(&self.valid).map(normed).collect();
            let normed = resized(&normed, [self.width, self.height], [width, height]);
            let to = &mut all[band * side * side..(band + 1) * side * side];
            for (row, to) in normed.chunks_exact(width).zip(to.chunks_exact_mut(side)) {
                to[..width].copy_from_slice(row);
            }
        }
        all
    }
}

/// In another size, by a triangle that is as wide as a pixel of the coarser of both: what lies between is not lost.
fn resized(values: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    if from == to {
        return values.to_vec();
    }
    let [width, height] = from;
    let across = weights(width, to[0]);
    let mut wide = vec![0.0; to[0] * height];
    for (row, out) in values.chunks_exact(width).zip(wide.chunks_exact_mut(to[0])) {
        for (value, (first, weights)) in out.iter_mut().zip(&across) {
            *value = weights.iter().zip(&row[*first..]).map(|(w, v)| w * v).sum();
        }
    }
    let mut all = vec![0.0; to[0] * to[1]];
    for ((first, weights), out) in weights(height, to[1]).iter().zip(all.chunks_exact_mut(to[0])) {
        for (weight, row) in weights.iter().zip(wide[first * to[0]..].chunks_exact(to[0])) {
            out.iter_mut().zip(row).for_each(|(out, value)| *out += weight * value);
        }
    }
    all
}

/// For each place of the new row the first of the old ones that it is made of, and how much of each.
fn weights(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    let one = |at: usize| {
        let middle = (at as f64 + 0.5) * scale;
        let first = ((middle - reach).floor().max(0.0) as usize).min(from - 1);
        let last = ((middle + reach).ceil() as usize).clamp(first + 1, from);
        let near = |n: usize| (1.0 - ((n as f64 + 0.5 - middle) / reach).abs()).max(0.0);
        let sum: f64 = (first..last).map(near).sum();
        (first, (first..last).map(|n| (near(n) / sum.max(1e-12)) as f32).collect())
    };
    (0..to).map(one).collect()
}

/// Logits of a square in another size, between four neighbours, pixels being areas.
pub(crate) fn between(values: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    if from == to {
        return values.to_vec();
    }
    let places = |from: usize, to: usize| -> Vec<(usize, usize, f32)> {
        let scale = from as f32 / to as f32;
        let one = |at: usize| {
            let at = ((at as f32 + 0.5) * scale - 0.5).max(0.0);
            let first = (at as usize).min(from - 1);
            (first, (first + 1).min(from - 1), at - first as f32)
        };
        (0..to).map(one).collect()
    };
    let (across, down) = (places(from[0], to[0]), places(from[1], to[1]));
    let mut all = Vec::with_capacity(to[0] * to[1]);
    for (upper, lower, share_y) in down {
        let rows = [upper, lower].map(|row| &values[row * from[0]..(row + 1) * from[0]]);
        all.extend(across.iter().map(|(left, right, share)| {
            let [a, b] = rows.map(|row| row[*left] * (1.0 - share) + row[*right] * share);
            a * (1.0 - share_y) + b * share_y
        }));
    }
    all
}

/// Logits of the network's square (`mask_px` pixels a side) as large as the picture was, without what was filled in: as
/// large as what the network looks at (`image_px`), cut to what the picture was there (`fitted`, width and height), and
/// then to its own width and height.
pub fn upscaled(
    low: &[f32],
    mask_px: usize,
    image_px: usize,
    fitted: [usize; 2],
    size: [usize; 2],
) -> Vec<f32> {
    let whole = between(low, [mask_px, mask_px], [image_px, image_px]);
    let cut: Vec<f32> =
        whole.chunks_exact(image_px).take(fitted[1]).flat_map(|row| &row[..fitted[0]]).copied().collect();
    between(&cut, fitted, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_band_is_grey_and_what_is_no_number_is_nothing() {
        let picture = Picture::new(2, 1, 1, &[200.0, f32::NAN]).expect("a pixel");
        let normed = picture.normed(2);
        let grey = |band: usize| (200.0 - MEAN[band]) / SPREAD[band];
        assert_eq!(normed, [grey(0), 0.0, 0.0, 0.0, grey(1), 0.0, 0.0, 0.0, grey(2), 0.0, 0.0, 0.0]);
        let bytes = Picture::of_rgba(2, 1, &[200, 200, 200, 255, 9, 9, 9, 0]).expect("a pixel");
        assert_eq!(bytes, picture);
    }

    #[test]
    fn pictures_that_are_none_are_refused_with_a_sentence() {
        for (width, height, bands, values) in [
            (1, 1, 2, vec![0.0; 2]),
            (1, 1, 5, vec![0.0; 5]),
            (0, 0, 3, Vec::new()),
            (2, 2, 3, vec![0.0; 11]),
            (usize::MAX, 2, 1, vec![0.0; 2]),
            (2, 1, 1, vec![f32::NAN, f32::INFINITY]),
        ] {
            let refused = Picture::new(width, height, bands, &values).expect_err("no picture");
            assert!(!refused.hint().is_empty() && refused.to_string().len() > 10, "{refused}");
        }
    }

    #[test]
    fn a_picture_keeps_its_mean_in_another_size_and_lies_in_the_upper_left() {
        let values: Vec<f32> = (0..60 * 30).map(|i| (i % 7 * 30) as f32).collect();
        let picture = Picture::new(60, 30, 1, &values).expect("a picture");
        assert_eq!(picture.fitted(16), [16, 8]);
        let small = picture.normed(16);
        let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
        let upper = mean(&small[..16 * 8]);
        let right = (mean(&values) - MEAN[0]) / SPREAD[0];
        assert!((upper - right).abs() < 0.02, "{upper} for {right}");
        assert!(small[16 * 8..16 * 16].iter().all(|v| *v == 0.0), "filled with nothing");
        assert_eq!(
            picture.normed(60)[..60 * 30],
            resized(&picture.normed(60)[..1800], [60, 30], [60, 30])[..]
        );
    }
}
