//! Superpixels by SLIC (Achanta et al. 2012): clusters of pixels that are alike and near, each then made one piece.

use pulp::Arch;
use rayon::prelude::*;

use crate::error::{GoOn, check};
use crate::watershed::beside;
use crate::{Image, SegmentError};

/// How superpixels are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlicOptions {
    /// About how many pixels each has.
    pub size_px: usize,
    /// How much nearness counts against likeness, in units of the picture's values.
    pub compactness: f32,
    pub rounds: usize,
}

impl Default for SlicOptions {
    fn default() -> Self {
        Self { size_px: 400, compactness: 10.0, rounds: 10 }
    }
}

/// Rows whose pixels one thread assigns at a time; sums are put together in order, the same on any number of threads.
const STRIPE: usize = 32;
/// Pieces smaller than this share of a superpixel go to a neighbour.
const LEAST_SHARE: f64 = 0.5;

/// A cluster: its middle and its values, or sums of them.
#[derive(Clone, Debug, PartialEq)]
struct Center {
    x: f32,
    y: f32,
    values: Vec<f32>,
}

/// The number of the superpixel of each pixel, from 0, in the order of reading.
pub fn slic(image: &Image, options: &SlicOptions, go_on: GoOn) -> Result<Vec<u32>, SegmentError> {
    let side = (options.size_px.max(4) as f32).sqrt();
    let mut centers = grid(image, side);
    let mut labels = vec![0_u32; image.pixels()];
    for _ in 0..options.rounds.max(1) {
        check(go_on)?;
        let near = (options.compactness / side).powi(2);
        let sums = assign(image, &centers, side, near, &mut labels);
        let mut counts = vec![0.0_f64; centers.len()];
        let mut totals = vec![0.0_f64; centers.len() * (image.bands() + 2)];
        for (stripe_counts, stripe_totals) in sums {
            counts.iter_mut().zip(stripe_counts).for_each(|(all, some)| *all += some);
            totals.iter_mut().zip(stripe_totals).for_each(|(all, some)| *all += some);
        }
        let sums = totals.chunks_exact(image.bands() + 2).zip(&counts);
        for (center, (total, count)) in centers.iter_mut().zip(sums).filter(|(_, (_, count))| **count > 0.0) {
            (center.x, center.y) = ((total[0] / count) as f32, (total[1] / count) as f32);
            center.values.iter_mut().zip(&total[2..]).for_each(|(v, sum)| *v = (sum / count) as f32);
        }
    }
    check(go_on)?;
    Ok(in_one_piece(&labels, image.width(), (f64::from(side * side) * LEAST_SHARE) as usize))
}

/// Middles of a regular grid.
fn grid(image: &Image, side: f32) -> Vec<Center> {
    let along = |length: usize| (length as f32 / side).round().max(1.0) as usize;
    let (columns, rows) = (along(image.width()), along(image.height()));
    let middle = |i: usize, of: usize, length: usize| ((2 * i + 1) * length / (2 * of)).min(length - 1);
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
    let center = |(column, row)| {
        let (x, y) = (middle(column, columns, image.width()), middle(row, rows, image.height()));
        let at = y * image.width() + x;
        let values = (0..image.bands()).map(|band| image.band(band)[at]).collect();
        Center { x: x as f32, y: y as f32, values }
    };
    places.map(center).collect()
}

/// Gives every pixel to the nearest centre whose window holds it; counts and sums for each stripe of rows.
fn assign(
    image: &Image,
    centers: &[Center],
    side: f32,
    near: f32,
    labels: &mut [u32],
) -> Vec<(Vec<f64>, Vec<f64>)> {
    let width = image.width();
    let reach = (2.0 * side).ceil();
    let stripes = labels.par_chunks_mut(STRIPE * width).enumerate();
    let of_stripe = |(stripe, labels): (usize, &mut [u32])| {
        let top = stripe * STRIPE;
        let height = labels.len() / width;
        let mut best = vec![f32::INFINITY; labels.len()];
        let mut far = vec![0.0; width];
        for (number, center) in centers.iter().enumerate() {
            let rows = from_to(center.y, reach, top, top + height);
            let columns = from_to(center.x, reach, 0, width);
            let (best, labels, far) = (&mut best[..], &mut *labels, &mut far[..columns.len()]);
            Arch::new().dispatch(
                #[inline(always)]
                || {
                    for y in rows {
                        let dy = (y as f32 - center.y).powi(2) * near;
                        for (far, x) in far.iter_mut().zip(columns.clone()) {
                            let dx = x as f32 - center.x;
                            *far = dx * dx * near + dy;
                        }
                        for (band, value) in center.values.iter().enumerate() {
                            let from = &image.band(band)[y * width..][columns.clone()];
                            for (far, from) in far.iter_mut().zip(from) {
                                *far += (from - value) * (from - value);
                            }
                        }
                        let start = (y - top) * width + columns.start;
                        let span = start..start + columns.len();
                        let own = best[span.clone()].iter_mut().zip(&mut labels[span]);
                        for ((best, label), far) in own.zip(&*far) {
                            let is_nearer = *far < *best;
                            *label = if is_nearer { number as u32 } else { *label };
                            *best = if is_nearer { *far } else { *best };
                        }
                    }
                },
            );
        }
        summed(image, labels, top, centers.len())
    };
    stripes.map(of_stripe).collect()
}

fn from_to(middle: f32, reach: f32, least: usize, end: usize) -> std::ops::Range<usize> {
    let from = ((middle - reach).max(0.0) as usize).clamp(least, end);
    let to = ((middle + reach + 1.0).max(0.0) as usize).clamp(from, end);
    from..to
}

/// Counts and sums of places and values of each superpixel in a stripe.
fn summed(image: &Image, labels: &[u32], top: usize, centers: usize) -> (Vec<f64>, Vec<f64>) {
    let (width, bands) = (image.width(), image.bands());
    let mut counts = vec![0.0; centers];
    let mut totals = vec![0.0; centers * (bands + 2)];
    for (i, label) in labels.iter().enumerate().filter(|(i, _)| image.is_valid(top * width + i)) {
        counts[*label as usize] += 1.0;
        let total = &mut totals[*label as usize * (bands + 2)..][..bands + 2];
        total[0] += (i % width) as f64;
        total[1] += (top + i / width) as f64;
        for (band, sum) in total[2..].iter_mut().enumerate() {
            *sum += f64::from(image.band(band)[top * width + i]);
        }
    }
    (counts, totals)
}

/// Numbers pieces anew; one that is smaller than `fewest` goes to the piece that was met before beside it.
fn in_one_piece(labels: &[u32], width: usize, fewest: usize) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    let mut out = vec![NONE; labels.len()];
    let (mut next, mut piece) = (0, Vec::new());
    for start in 0..labels.len() {
        if out[start] != NONE {
            continue;
        }
        out[start] = next;
        piece.clear();
        piece.push(start);
        let mut neighbour = None;
        let mut done = 0;
        while let Some(pixel) = piece.get(done).copied() {
            done += 1;
            for other in beside(pixel, width, labels.len()).into_iter().flatten() {
                if out[other] == NONE && labels[other] == labels[start] {
                    out[other] = next;
                    piece.push(other);
                } else if out[other] != next && out[other] != NONE {
                    neighbour = Some(out[other]);
                }
            }
        }
        match neighbour.filter(|_| piece.len() < fewest) {
            Some(neighbour) => piece.iter().for_each(|pixel| out[*pixel] = neighbour),
            None => next += 1,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves(width: usize, height: usize) -> Image {
        let value = move |i: usize| if i % width < width / 2 + 3 { 10.0 } else { 60.0 };
        let values = (0..3).flat_map(|_| (0..width * height).map(value)).collect();
        Image::new(width, height, 3, values).expect("a picture")
    }

    #[test]
    fn no_superpixel_lies_on_both_sides_of_an_edge_and_each_is_one_piece() {
        let (width, height) = (90, 60);
        let labels =
            slic(&halves(width, height), &SlicOptions { size_px: 100, ..SlicOptions::default() }, &|| true)
                .expect("it goes on");
        let count = labels.iter().copied().max().expect("pixels") as usize + 1;
        assert!((40..70).contains(&count), "{count} of about 54");
        let mut sides = vec![[false; 2]; count];
        for (i, label) in labels.iter().enumerate() {
            sides[*label as usize][usize::from(i % width >= width / 2 + 3)] = true;
        }
        assert!(sides.iter().all(|s| s[0] != s[1]), "{sides:?}");
        let again = in_one_piece(&labels, width, 0);
        assert_eq!(again, labels, "numbered in the order of reading, each in one piece");
    }

    #[test]
    fn it_is_the_same_on_any_number_of_threads() {
        let image = halves(100, 130);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| slic(&image, &SlicOptions::default(), &|| true).expect("it goes on"))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn a_picture_smaller_than_a_superpixel_is_one() {
        let image = Image::new(3, 2, 1, vec![1.0; 6]).expect("a picture");
        assert_eq!(slic(&image, &SlicOptions::default(), &|| true), Ok(vec![0; 6]));
        assert_eq!(slic(&image, &SlicOptions::default(), &|| false), Err(SegmentError::Cancelled));
    }
}
