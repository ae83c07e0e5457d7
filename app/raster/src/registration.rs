//! Where an image shows what was drawn beside it: outlines against the image's edges, by their directions.
//!
//! Each pixel of a window says which way its edge runs (the gradient as an angle of half a turn, so that light on dark
//! counts as dark on light), each outline likewise; their correlation over all shifts, with the image's spectrum mostly
//! made even as in phase correlation, has a peak where the image shows the outlines. Neighbours within the window
//! count too, the farther the less: a fence is like a wall, but a street of houses is like no other.
//!
//! After Fitch et al., "Orientation correlation" (BMVC 2002), and Kuglin and Hines, "The phase correlation image
//! alignment method" (1975).

use rustfft::FftPlanner;
use rustfft::num_complex::Complex32;

use crate::{ReadError, Samples, Source};

/// Side of the square that is compared, in pixels of the level that is read.
const SIDE: usize = 256;
/// Levels are no coarser than this many pixels of the full resolution a pixel: beyond, no building is left.
const COARSEST: f64 = 32.0;
/// Width of an edge, in pixels of the level.
const BLUR_PX: f32 = 1.2;
/// How even the spectrum is made: 0 is plain correlation, 1 is phase correlation.
const EVEN: f32 = 0.8;
/// What a neighbour counts beside the outline that is looked for, and how that falls with its distance.
const NEIGHBOUR: f64 = 0.6;
const NEIGHBOURHOOD: f64 = 0.3;
/// Peaks nearer than this to the highest are part of it, in pixels of the level.
const SAME_PEAK_PX: f64 = 4.0;
/// A peak must stand above the next by this many standard deviations to be believed.
pub const CLEAR: f64 = 1.5;

/// A closed ring or an open line in pixels of the full resolution.
pub type Outline = Vec<[f64; 2]>;

/// Where the image shows an outline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// From where it is drawn, in pixels of the full resolution.
    pub shift_px: [f64; 2],
    /// By how many standard deviations of all shifts this one stands above the next; [`CLEAR`] and more is believed.
    pub score: f64,
}

/// Looks for one of several shapes (each its outlines) within `reach_px` of where it is drawn. `None` where the image
/// shows nothing there, or the shape is too large to be compared.
pub fn sight(
    source: &Source,
    bands: &[usize],
    shapes: &[Vec<Outline>],
    target: usize,
    reach_px: f64,
) -> Result<Option<Sighting>, ReadError> {
    let Some(place) = shapes.get(target).and_then(|shape| Place::around(source, shape, reach_px)) else {
        return Ok(None);
    };
    let Some(mut seen) = place.edges(source, bands)? else { return Ok(None) };
    let mut drawn = place.template(shapes, target);
    Ok(peak(&mut seen, &mut drawn, reach_px / place.scale)
        .map(|found| Sighting { shift_px: found.shift_px.map(|v| v * place.scale), ..found }))
}

/// The window that is compared.
struct Place {
    level: u8,
    /// Pixels of the full resolution that one of the level spans.
    scale: f64,
    /// Upper left corner in pixels of the level; may lie outside the image.
    origin: [i64; 2],
    middle: [f64; 2],
}

impl Place {
    fn around(source: &Source, shape: &[Outline], reach_px: f64) -> Option<Self> {
        let (mut min, mut max) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in shape.iter().flatten() {
            for axis in 0..2 {
                min[axis] = min[axis].min(point[axis]);
                max[axis] = max[axis].max(point[axis]);
            }
        }
        let middle = [0, 1].map(|axis| f64::midpoint(min[axis], max[axis]));
        let side = (max[0] - min[0]).max(max[1] - min[1]) + 2.0 * reach_px;
        if !(side.is_finite() && reach_px >= 1.0) {
            return None;
        }
        let needed = (side / SIDE as f64).max(1.0);
        if needed > COARSEST {
            return None;
        }
        let pyramid = source.pyramid();
        let scales = (0..pyramid.levels().len()).map(|level| pyramid.scale(level as u8).0);
        let (level, scale) = scales.enumerate().find(|(_, scale)| *scale >= needed * 0.999)?;
        if scale > COARSEST {
            return None;
        }
        let origin = middle.map(|m| (m / scale).round() as i64 - SIDE as i64 / 2);
        Some(Self { level: level as u8, scale, origin, middle })
    }

    /// Which way the edges of the image run; `None` where the window shows nothing.
    fn edges(&self, source: &Source, bands: &[usize]) -> Result<Option<Vec<Complex32>>, ReadError> {
        let level = source.pyramid().levels()[usize::from(self.level)];
        let side = SIDE as i64;
        let cut = |origin: i64, length: u32| {
            let from = origin.clamp(0, i64::from(length));
            (from, (origin + side).clamp(0, i64::from(length)))
        };
        let ((x0, x1), (y0, y1)) = (cut(self.origin[0], level.width), cut(self.origin[1], level.height));
        if x1 - x0 < 3 || y1 - y0 < 3 {
            return Ok(None);
        }
        let (w, h) = ((x1 - x0) as u32, (y1 - y0) as u32);
        let samples = source.read_window(self.level, x0 as u32, y0 as u32, w, h, bands)?;
        let mut light = vec![f32::NAN; SIDE * SIDE];
        let (dx, dy) = ((x0 - self.origin[0]) as usize, (y0 - self.origin[1]) as usize);
        for y in 0..h {
            for x in 0..w {
                light[(y as usize + dy) * SIDE + x as usize + dx] = lightness(&samples, x, y);
            }
        }
        Ok(directions(&light))
    }

    /// Which way the outlines run.
    fn template(&self, shapes: &[Vec<Outline>], target: usize) -> Vec<Complex32> {
        let mut drawn = vec![Complex32::default(); SIDE * SIDE];
        let far = NEIGHBOURHOOD * SIDE as f64 * self.scale;
        for (i, shape) in shapes.iter().enumerate() {
            let Some(first) = shape.first().and_then(|outline| outline.first()) else { continue };
            let away = (first[0] - self.middle[0]).hypot(first[1] - self.middle[1]) / far;
            let weight = if i == target { 1.0 } else { NEIGHBOUR * (-away * away).exp() };
            if weight < 0.02 {
                continue;
            }
            for edge in shape.iter().flat_map(|outline| outline.windows(2)) {
                let at =
                    |p: [f64; 2]| [0, 1].map(|axis| p[axis] / self.scale - self.origin[axis] as f64 - 0.5);
                add_edge(&mut drawn, at(edge[0]), at(edge[1]), weight);
            }
        }
        drawn
    }
}

/// The mean of the bands; not a number where there is nothing.
fn lightness(samples: &Samples, x: u32, y: u32) -> f32 {
    if !samples.is_valid(x, y) {
        return f32::NAN;
    }
    let bands = samples.bands.len().max(1);
    let sum: f64 = (0..bands).filter_map(|band| samples.value(band, x, y)).sum();
    (sum / bands as f64) as f32
}

/// The gradient of each pixel at twice its angle, and as long as it is strong beside the others, up to 1.
fn directions(light: &[f32]) -> Option<Vec<Complex32>> {
    let mut gradient = vec![Complex32::default(); light.len()];
    let mut strengths = Vec::new();
    for y in 1..SIDE - 1 {
        for x in 1..SIDE - 1 {
            let i = y * SIDE + x;
            let (gx, gy) = (light[i + 1] - light[i - 1], light[i + SIDE] - light[i - SIDE]);
            let strength = gx.hypot(gy);
            if strength.is_finite() && strength > 0.0 && light[i].is_finite() {
                gradient[i] = Complex32::new(gx, gy);
                strengths.push(strength);
            }
        }
    }
    if strengths.len() < SIDE {
        return None;
    }
    let middle = strengths.len() / 2;
    let usual = 2.0 * *strengths.select_nth_unstable_by(middle, f32::total_cmp).1;
    for g in &mut gradient {
        let strength = g.norm();
        if strength > 0.0 {
            *g = *g * *g / (strength * (strength + usual));
        }
    }
    Some(gradient)
}

/// Adds an edge, spread over the pixels that it runs through.
fn add_edge(drawn: &mut [Complex32], from: [f64; 2], to: [f64; 2], weight: f64) {
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = along[0].hypot(along[1]);
    if !(1e-6..=16.0 * SIDE as f64).contains(&length) {
        return;
    }
    let normal = Complex32::new((-along[1] / length) as f32, (along[0] / length) as f32);
    let steps = (length * 2.0) as usize + 1;
    let each = normal * normal * (weight * length / steps as f64) as f32;
    for step in 0..steps {
        let share = (step as f64 + 0.5) / steps as f64;
        let (x, y) = (from[0] + along[0] * share, from[1] + along[1] * share);
        let (left, top) = (x.floor(), y.floor());
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (px, py) = (left + dx, top + dy);
            let inside = |v: f64| (0.0..SIDE as f64).contains(&v);
            if inside(px) && inside(py) {
                let part = (1.0 - (x - px).abs()) * (1.0 - (y - py).abs());
                drawn[py as usize * SIDE + px as usize] += each * part as f32;
            }
        }
    }
}

/// The shift at which the one is most like the other, in pixels of the level.
fn peak(seen: &mut [Complex32], drawn: &mut [Complex32], reach: f64) -> Option<Sighting> {
    let mut planner = FftPlanner::new();
    let forward = planner.plan_fft_forward(SIDE);
    for plane in [&mut *seen, &mut *drawn] {
        forward.process(plane);
        transpose(plane);
        forward.process(plane);
    }
    for (i, (a, b)) in seen.iter_mut().zip(drawn.iter()).enumerate() {
        let cross = *a * b.conj();
        let even = cross.norm().max(1e-9).powf(EVEN);
        *a = cross / even * (blur(i % SIDE) * blur(i / SIDE));
    }
    let inverse = planner.plan_fft_inverse(SIDE);
    inverse.process(seen);
    transpose(seen);
    inverse.process(seen);
    let reach = reach.min(SIDE as f64 / 2.0 - 1.0);
    let steps = reach.floor() as i64;
    let value = |x: i64, y: i64| {
        let place = y.rem_euclid(SIDE as i64) as usize * SIDE + x.rem_euclid(SIDE as i64) as usize;
        f64::from(seen[place].re)
    };
    let all = (-steps..=steps).flat_map(|y| (-steps..=steps).map(move |x| (x, y)));
    let within: Vec<(i64, i64)> = all.filter(|(x, y)| (*x as f64).hypot(*y as f64) <= reach).collect();
    let (x, y) = *within.iter().max_by(|a, b| value(a.0, a.1).total_cmp(&value(b.0, b.1)))?;
    let count = within.len() as f64;
    let mean = within.iter().map(|(x, y)| value(*x, *y)).sum::<f64>() / count;
    let spread = (within.iter().map(|(x, y)| (value(*x, *y) - mean).powi(2)).sum::<f64>() / count).sqrt();
    let other = within.iter().filter(|p| ((p.0 - x) as f64).hypot((p.1 - y) as f64) > SAME_PEAK_PX);
    let next = other.map(|(x, y)| value(*x, *y)).fold(f64::NEG_INFINITY, f64::max);
    let score = (value(x, y) - next) / spread;
    if !score.is_finite() {
        return None;
    }
    // Between pixels the peak is a parabola.
    let finer = |before: f64, here: f64, after: f64| {
        let bend = before - 2.0 * here + after;
        if bend < 0.0 { ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5) } else { 0.0 }
    };
    let here = value(x, y);
    let dx = finer(value(x - 1, y), here, value(x + 1, y));
    let dy = finer(value(x, y - 1), here, value(x, y + 1));
    Some(Sighting { shift_px: [x as f64 + dx, y as f64 + dy], score })
}

/// Of a frequency in steps of the transform.
fn blur(step: usize) -> f32 {
    let cycles = step.min(SIDE - step) as f32 / SIDE as f32;
    (-2.0 * (std::f32::consts::PI * BLUR_PX * cycles).powi(2)).exp()
}

fn transpose(plane: &mut [Complex32]) {
    for y in 0..SIDE {
        for x in y + 1..SIDE {
            plane.swap(y * SIDE + x, x * SIDE + y);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SampleBuffer;
    use crate::write::{NewImage, WriteOptions};

    /// Roofs on rough ground, 400 × 300 pixels; a file of one band.
    fn roofs(folder: &tempfile::TempDir, shown: &[[f64; 4]]) -> Source {
        let (w, h) = (400_usize, 300_usize);
        let mut state = 9_u32;
        let mut bytes = vec![0_u8; w * h];
        for (i, byte) in bytes.iter_mut().enumerate() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (x, y) = ((i % w) as f64, (i / w) as f64);
            let roof = shown.iter().any(|[l, t, r, b]| x >= *l && x < *r && y >= *t && y < *b);
            *byte = (if roof { 150 } else { 90 }) + (state >> 27) as u8;
        }
        let path = folder.path().join("roofs.tif");
        let image = NewImage::new(w as u32, h as u32, crate::SampleType::U8, &[crate::ColorRole::Gray]);
        crate::write::image(&path, &image, &WriteOptions::default(), &SampleBuffer::U8(bytes))
            .expect("written");
        Source::open(&path).expect("opens")
    }

    fn ring([l, t, r, b]: [f64; 4]) -> Vec<Outline> {
        vec![vec![[l, t], [r, t], [r, b], [l, b], [l, t]]]
    }

    const HOUSES: [[f64; 4]; 3] =
        [[180.0, 120.0, 220.0, 150.0], [100.0, 60.0, 130.0, 110.0], [250.0, 180.0, 310.0, 205.0]];

    #[test]
    fn a_shifted_outline_is_found_where_the_image_shows_it() {
        let folder = tempfile::tempdir().expect("folder");
        let source = roofs(&folder, &HOUSES);
        for by in [[0.0, 0.0], [9.0, -14.0], [-21.0, 6.0]] {
            let drawn: Vec<_> = HOUSES
                .iter()
                .map(|[l, t, r, b]| ring([l - by[0], t - by[1], r - by[0], b - by[1]]))
                .collect();
            for target in 0..HOUSES.len() {
                let found = sight(&source, &[0], &drawn, target, 40.0).expect("read").expect("seen");
                let off = (found.shift_px[0] - by[0]).hypot(found.shift_px[1] - by[1]);
                assert!(off < 0.75 && found.score > CLEAR, "{by:?}: {found:?}");
            }
        }
    }

    #[test]
    fn what_the_image_does_not_show_is_not_believed() {
        let folder = tempfile::tempdir().expect("folder");
        let source = roofs(&folder, &[]);
        let clear = (0..12).filter(|i| {
            let x = 60.0 + 20.0 * f64::from(*i);
            let found = sight(&source, &[0], &[ring([x, 100.0, x + 40.0, 130.0])], 0, 30.0).expect("read");
            found.is_some_and(|found| found.score > CLEAR)
        });
        assert!(clear.count() <= 1, "noise looks like a house");
        let beyond = sight(&source, &[0], &[ring([9000.0, 9000.0, 9030.0, 9030.0])], 0, 30.0).expect("read");
        assert_eq!(beyond, None);
        let endless = sight(&source, &[0], &[ring([0.0, 0.0, 1e9, 1e9])], 0, 30.0).expect("read");
        assert_eq!((endless, sight(&source, &[0], &[], 0, 30.0).expect("read")), (None, None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn no_outline_makes_it_panic(points in prop::collection::vec((-900.0..900.0_f64, prop::num::f64::ANY), 0..6),
                                     reach in -5.0..300.0_f64) {
            let folder = tempfile::tempdir().expect("folder");
            let source = roofs(&folder, &HOUSES);
            let outline: Outline = points.into_iter().map(|(x, y)| [x, y]).collect();
            let found = sight(&source, &[0], &[vec![outline], ring(HOUSES[0])], 0, reach).expect("read");
            prop_assert!(found.is_none_or(|f| f.score.is_finite() && f.shift_px.iter().all(|v| v.is_finite())));
        }
    }
}
