//! GrabCut (Rother, Kolmogorov and Blake 2004), with the constants of OpenCV's: two mixtures of five Gaussians learn what the
//! object and the ground are like, and a least cut that keeps to edges divides them, by turns.

use rayon::prelude::*;

use crate::error::{GoOn, check};
use crate::maxflow::{Grid, NEIGHBOURS};
use crate::mixture::Mixture;
use crate::{Image, SegmentError};

/// Bands that are looked at, the first ones; more would need more pixels than an object has to learn what it is like.
pub(crate) const MOST_BANDS: usize = 8;
/// How much a border costs.
const GAMMA: f32 = 50.0;
/// What is known is held by this.
const HELD: f32 = 9.0 * GAMMA;

/// What is known of a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Belongs {
    Ground,
    Object,
    #[default]
    PerhapsGround,
    PerhapsObject,
}

impl Belongs {
    fn is_object(self) -> bool {
        matches!(self, Self::Object | Self::PerhapsObject)
    }
}

/// True for the pixels of the object, after so many rounds.
pub fn grabcut(
    image: &Image,
    known: &[Belongs],
    rounds: usize,
    go_on: GoOn,
) -> Result<Vec<bool>, SegmentError> {
    if known.len() != image.pixels() {
        return Err(SegmentError::Nothing);
    }
    let fewer;
    let image = if image.bands() > MOST_BANDS {
        let values = image.values()[..MOST_BANDS * image.pixels()].to_vec();
        fewer = Image::new(image.width(), image.height(), MOST_BANDS, values)?;
        &fewer
    } else {
        image
    };
    let mut object: Vec<bool> = known.iter().map(|k| k.is_object()).collect();
    let sides = |object: &[bool]| {
        let (inside, outside) = (0..object.len()).filter(|p| image.is_valid(*p)).partition(|p| object[*p]);
        [inside, outside]
    };
    let [inside, outside]: [Vec<usize>; 2] = sides(&object);
    if inside.is_empty() || outside.is_empty() {
        return Err(SegmentError::NoMarkers);
    }
    let mut mixtures = [Mixture::begin(image, &inside), Mixture::begin(image, &outside)];
    let beta = likeness(image);
    for _ in 0..rounds.max(1) {
        check(go_on)?;
        let [inside, outside] = sides(&object);
        if inside.is_empty() || outside.is_empty() {
            break;
        }
        mixtures = [mixtures[0].learn(image, &inside), mixtures[1].learn(image, &outside)];
        let before = object;
        object = graph(image, known, &mixtures, beta).cut(go_on)?;
        if object == before {
            break;
        }
    }
    Ok(object)
}

/// Neighbours of later pixels: to the right, and below.
fn later(image: &Image, pixel: usize) -> impl Iterator<Item = (usize, usize)> {
    let (width, height) = (image.width(), image.height());
    (4..8).filter_map(move |direction| {
        let (dx, dy) = NEIGHBOURS[direction];
        let x = (pixel % width).checked_add_signed(dx).filter(|x| *x < width)?;
        let y = (pixel / width).checked_add_signed(dy).filter(|y| *y < height)?;
        Some((direction, y * width + x))
    })
}

/// One over twice the mean square of how far neighbours are apart.
pub(crate) fn likeness(image: &Image) -> f64 {
    let of_rows = |row: usize| {
        let pixels = row * image.width()..(row + 1) * image.width();
        let pairs = pixels.flat_map(|p| later(image, p).map(move |(_, q)| (p, q)));
        pairs.fold((0.0, 0_usize), |(sum, count), (p, q)| (sum + image.distance2(p, q), count + 1))
    };
    let rows: Vec<(f64, usize)> = (0..image.height()).into_par_iter().map(of_rows).collect();
    let (sum, count) = rows.into_iter().fold((0.0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    if sum > 0.0 { count as f64 / (2.0 * sum) } else { 0.0 }
}

fn graph(image: &Image, known: &[Belongs], mixtures: &[Mixture; 2], beta: f64) -> Grid {
    let costs: Vec<[f32; 2]> = (0..image.pixels())
        .into_par_iter()
        .map(|p| {
            if image.is_valid(p) {
                [mixtures[0].cost(image, p), mixtures[1].cost(image, p)]
            } else {
                [HELD, 0.0]
            }
        })
        .collect();
    let mut grid = Grid::new(image.width(), image.height());
    for (pixel, [object, ground]) in costs.into_iter().enumerate() {
        match known[pixel] {
            Belongs::Ground => grid.tie(pixel, 0.0, HELD),
            Belongs::Object => grid.tie(pixel, HELD, 0.0),
            // A pixel that goes to the ground costs what the ground explains badly.
            Belongs::PerhapsGround | Belongs::PerhapsObject => grid.tie(pixel, ground, object),
        }
        for (direction, other) in later(image, pixel) {
            let (dx, dy) = NEIGHBOURS[direction];
            let near = if dx != 0 && dy != 0 { std::f32::consts::FRAC_1_SQRT_2 } else { 1.0 };
            let weight = (-beta * image.distance2(pixel, other)).exp() as f32;
            grid.tie_to(pixel, direction, GAMMA * near * weight);
        }
    }
    grid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_around_it_is_enough_for_a_disk_on_noise() {
        let (width, height) = (60, 50);
        let inside = |i: usize| {
            let (x, y) = ((i % width) as f32 - 30.0, (i / width) as f32 - 24.0);
            x.hypot(y) < 14.0
        };
        let noise = |i: usize, band: usize| ((i * 7919 + band * 104_729) % 61) as f32 - 30.0;
        let value = |i: usize, band: usize| if inside(i) { 150.0 } else { 80.0 + 20.0 * band as f32 } + noise(i, band);
        let values = (0..3).flat_map(|band| (0..width * height).map(move |i| value(i, band))).collect();
        let image = Image::new(width, height, 3, values).expect("a picture");
        let known: Vec<Belongs> = (0..width * height)
            .map(|i| match (i % width, i / width) {
                (10..50, 5..45) => Belongs::PerhapsObject,
                _ => Belongs::Ground,
            })
            .collect();
        let found = grabcut(&image, &known, 5, &|| true).expect("both sides");
        let wrong = (0..width * height).filter(|i| found[*i] != inside(*i)).count();
        assert!(wrong < 20, "{wrong} pixels of {} are wrong", width * height);
    }

    #[test]
    fn one_side_alone_is_refused() {
        let image = Image::new(3, 3, 1, vec![0.0; 9]).expect("a picture");
        let none = grabcut(&image, &[Belongs::Ground; 9], 5, &|| true);
        assert_eq!(none, Err(SegmentError::NoMarkers));
        let mut one = [Belongs::PerhapsGround; 9];
        one[4] = Belongs::Object;
        let found = grabcut(&image, &one, 5, &|| true).expect("both sides");
        assert!(found[4]);
    }
}
