//! What a place looks like, in sixty-four bytes, and which others look most like it.
//!
//! No weights and no training: colours in `OKLab` inside an outline and around it, directions and strengths of edges
//! (turned so that the strongest direction comes first, as in Dalal and Triggs 2005 without their grid), local binary
//! patterns (the uniform ones that do not change when the picture is turned, Ojala et al. 2002), and the shape of the
//! outline. Histograms are kept as the roots of their shares, so that the distance of two is Hellinger's.

use rayon::prelude::*;

use crate::composite::colors_of;

/// Numbers of one appearance.
pub const DIMENSIONS: usize = 64;

/// Shares of lightness, of green to red and of blue to yellow inside, then around.
const INSIDE: [usize; 3] = [10, 6, 6];
const AROUND: [usize; 3] = [4, 3, 3];
const DIRECTIONS: usize = 8;
const STRENGTHS: usize = 6;
/// Patterns of no, one, … eight neighbours in a row that are as light or lighter, and all others.
const PATTERNS: usize = 10;

/// Blocks of the numbers and how much each counts, in sixteenths; the last are size, length, roundness with fullness, and
/// lightness, its spread, how many edges there are and how it stands out.
const WEIGHTS: [(usize, u32); 13] = [
    (INSIDE[0], 16),
    (INSIDE[1], 16),
    (INSIDE[2], 16),
    (AROUND[0], 5),
    (AROUND[1], 5),
    (AROUND[2], 5),
    (DIRECTIONS, 8),
    (STRENGTHS, 10),
    (PATTERNS, 8),
    (1, 120),
    (1, 44),
    (2, 30),
    (4, 10),
];

/// What a place looks like. Two are compared by [`Appearance::distance`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Appearance([u8; DIMENSIONS]);

impl std::fmt::Debug for Appearance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Appearance({:?}…)", &self.0[..4])
    }
}

/// The outline of a place, in any one unit of length.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    pub area: f64,
    pub perimeter: f64,
}

/// A crop as a person sees it: RGBA bytes with straight alpha, row by row from the top, and which pixels are inside.
#[derive(Clone, Copy, Debug)]
pub struct Crop<'a> {
    pub width: usize,
    pub rgba: &'a [u8],
    /// One for each pixel.
    pub inside: &'a [bool],
}

impl Appearance {
    /// Of a crop with some ground around the outline. `None` where nothing is seen inside, or the sizes contradict each other.
    pub fn of(crop: &Crop<'_>, figure: Figure) -> Option<Self> {
        let count = crop.inside.len();
        if crop.width == 0 || !count.is_multiple_of(crop.width) || crop.rgba.len() != count * 4 {
            return None;
        }
        let colors = colors_of(crop.rgba);
        let seen = |i: &usize| colors[*i].is_some();
        let inside: Vec<usize> = (0..count).filter(|i| crop.inside[*i]).filter(seen).collect();
        let around: Vec<usize> = (0..count).filter(|i| !crop.inside[*i]).filter(seen).collect();
        if inside.is_empty() {
            return None;
        }
        let light: Vec<Option<f32>> = colors.iter().map(|color| color.map(|c| c[0])).collect();
        let mut numbers = Numbers::default();
        numbers.colors(&colors, &inside, INSIDE);
        numbers.colors(&colors, &around, AROUND);
        let edges = numbers.edges(&light, crop.width, &inside);
        numbers.patterns(&light, crop.width, &inside);
        numbers.figures(crop, figure, &light, (&inside, &around), edges);
        Some(Self(numbers.bytes))
    }

    /// How unlike two are: 0 for the same, and the square of a distance.
    pub fn distance(&self, other: &Self) -> u32 {
        let (mut from, mut sum) = (0, 0);
        for (count, weight) in WEIGHTS {
            let squares = self.0[from..from + count].iter().zip(&other.0[from..from + count]);
            sum += weight * squares.map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum::<u32>();
            from += count;
        }
        sum
    }

    /// As numbers whose Euclidean distance is the root of [`Appearance::distance`], so that nothing is left to be scaled.
    pub fn numbers(&self) -> [f32; DIMENSIONS] {
        let mut numbers = self.0.map(f32::from);
        let mut from = 0;
        for (count, weight) in WEIGHTS {
            let root = (weight as f32).sqrt();
            numbers[from..from + count].iter_mut().for_each(|number| *number *= root);
            from += count;
        }
        numbers
    }

    /// As it is kept.
    pub fn bytes(&self) -> &[u8; DIMENSIONS] {
        &self.0
    }
}

/// The places of those that are most like one, nearest first, with how unlike they are; of equals the earlier.
pub fn nearest(all: &[Appearance], to: &Appearance, count: usize) -> Vec<(usize, u32)> {
    let mut found: Vec<(u32, usize)> =
        all.par_iter().enumerate().map(|(at, one)| (one.distance(to), at)).collect();
    if count < found.len() {
        found.select_nth_unstable(count);
        found.truncate(count);
    }
    found.par_sort_unstable();
    found.into_iter().map(|(distance, at)| (at, distance)).collect()
}

/// The numbers while they are gathered.
struct Numbers {
    bytes: [u8; DIMENSIONS],
    used: usize,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { bytes: [0; DIMENSIONS], used: 0 }
    }
}

/// A share of the way from one end to the other.
fn share(value: f32, low: f32, high: f32) -> f32 {
    ((value - low) / (high - low)).clamp(0.0, 1.0)
}

impl Numbers {
    /// From 0 to 1.
    fn push(&mut self, value: f32) {
        if let Some(byte) = self.bytes.get_mut(self.used) {
            *byte = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        }
        self.used += 1;
    }

    /// Counts as the roots of their shares.
    fn histogram(&mut self, counts: &[f32]) {
        let sum: f32 = counts.iter().sum();
        for count in counts {
            self.push(if sum > 0.0 { (count / sum).sqrt() } else { 0.0 });
        }
    }

    fn colors(&mut self, colors: &[Option<[f32; 3]>], pixels: &[usize], bins: [usize; 3]) {
        /// What roofs, plants, earth and water have of green to red and of blue to yellow.
        const RANGES: [[f32; 2]; 3] = [[0.0, 1.0], [-0.15, 0.15], [-0.15, 0.2]];
        for (channel, (bins, [low, high])) in bins.into_iter().zip(RANGES).enumerate() {
            let mut counts = vec![0.0; bins];
            for color in pixels.iter().filter_map(|i| colors[*i]) {
                // Half to the bin on either side, so that a small change of light is a small change of numbers.
                let at = share(color[channel], low, high) * (bins - 1) as f32;
                let (below, part) = (at.floor() as usize, at.fract());
                counts[below] += 1.0 - part;
                if part > 0.0 {
                    counts[below + 1] += part;
                }
            }
            self.histogram(&counts);
        }
    }

    /// Returns the share of pixels with a clear edge.
    fn edges(&mut self, light: &[Option<f32>], width: usize, inside: &[usize]) -> f32 {
        const FAINTEST: f32 = 0.004;
        const CLEAR: f32 = 0.06;
        let (mut directions, mut strengths, mut clear) = ([0.0; DIRECTIONS], [0.0; STRENGTHS], 0);
        for &i in inside {
            let Some([dx, dy]) = slope(light, width, i) else { continue };
            let strength = dx.hypot(dy);
            let angle = dy.atan2(dx).rem_euclid(std::f32::consts::PI) / std::f32::consts::PI;
            directions[(angle * DIRECTIONS as f32) as usize % DIRECTIONS] += strength;
            let level = (strength / FAINTEST).max(1.0).log2() as usize;
            strengths[level.min(STRENGTHS - 1)] += 1.0;
            clear += usize::from(strength > CLEAR);
        }
        let strongest =
            (0..DIRECTIONS).max_by(|a, b| directions[*a].total_cmp(&directions[*b])).unwrap_or_default();
        directions.rotate_left(strongest);
        self.histogram(&directions);
        self.histogram(&strengths);
        clear as f32 / inside.len() as f32
    }

    fn patterns(&mut self, light: &[Option<f32>], width: usize, inside: &[usize]) {
        /// Less is noise.
        const NOISE: f32 = 0.01;
        let ring: [[isize; 2]; 8] = [[-1, -1], [0, -1], [1, -1], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0]];
        let mut counts = [0.0; PATTERNS];
        for &i in inside {
            let Some(middle) = light[i] else { continue };
            let lighter = ring.map(|[dx, dy]| {
                neighbour(light, width, i, dx, dy).is_some_and(|value| value >= middle + NOISE)
            });
            let changes = (0..8).filter(|k| lighter[*k] != lighter[(k + 1) % 8]).count();
            let pattern = if changes <= 2 { lighter.iter().filter(|l| **l).count() } else { PATTERNS - 1 };
            counts[pattern] += 1.0;
        }
        self.histogram(&counts);
    }

    fn figures(
        &mut self,
        crop: &Crop<'_>,
        figure: Figure,
        light: &[Option<f32>],
        (inside, around): (&[usize], &[usize]),
        edges: f32,
    ) {
        let (length, fullness) = elongation(crop);
        // From a tenth of a square metre to ten hectares.
        let size = (figure.area.max(1e-9) as f32).log10();
        self.push(share(size, -1.0, 5.0));
        self.push(length);
        let round = 4.0 * std::f64::consts::PI * figure.area / figure.perimeter.powi(2).max(1e-12);
        self.push(round as f32);
        self.push(fullness / 1.2);
        let (mean, spread) = moments(light, inside);
        self.push(mean);
        self.push(spread * 4.0);
        self.push(edges);
        let beside = if around.is_empty() { mean } else { moments(light, around).0 };
        self.push(0.5 + mean - beside);
    }
}

/// Mean and standard deviation.
fn moments(light: &[Option<f32>], pixels: &[usize]) -> (f32, f32) {
    let values = || pixels.iter().filter_map(|i| light[*i]);
    let count = pixels.len().max(1) as f32;
    let mean = values().sum::<f32>() / count;
    (mean, (values().map(|v| (v - mean).powi(2)).sum::<f32>() / count).sqrt())
}

/// How much longer than wide (0 as long as wide, 1 a line), and how much of a box of these proportions is filled.
fn elongation(crop: &Crop<'_>) -> (f32, f32) {
    let places = || {
        let inside = crop.inside.iter().enumerate().filter(|(_, inside)| **inside);
        inside.map(|(i, _)| ((i % crop.width) as f32, (i / crop.width) as f32))
    };
    let count = places().count().max(1) as f32;
    let (sx, sy) = places().fold((0.0, 0.0), |(x, y), p| (x + p.0, y + p.1));
    let (mx, my) = (sx / count, sy / count);
    let [mut xx, mut yy, mut xy] = [0.0_f32; 3];
    for (x, y) in places() {
        let (dx, dy) = (x - mx, y - my);
        (xx, yy, xy) = (xx + dx * dx, yy + dy * dy, xy + dx * dy);
    }
    // A twelfth is the spread within a pixel.
    let (xx, yy, xy) = (xx / count + 1.0 / 12.0, yy / count + 1.0 / 12.0, xy / count);
    let (half, root) = (f32::midpoint(xx, yy), (((xx - yy) / 2.0).powi(2) + xy * xy).sqrt());
    let (long, short) = (half + root, (half - root).max(1e-6));
    (1.0 - (short / long).sqrt(), count / (12.0 * (long * short).sqrt()))
}

fn neighbour(light: &[Option<f32>], width: usize, i: usize, dx: isize, dy: isize) -> Option<f32> {
    let x = (i % width).checked_add_signed(dx).filter(|x| *x < width)?;
    let y = (i / width).checked_add_signed(dy)?;
    light.get(y * width + x).copied().flatten()
}

/// How the lightness changes there, across and down.
fn slope(light: &[Option<f32>], width: usize, i: usize) -> Option<[f32; 2]> {
    let at = |dx, dy| neighbour(light, width, i, dx, dy);
    Some([(at(1, 0)? - at(-1, 0)?) / 2.0, (at(0, 1)? - at(0, -1)?) / 2.0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIDE: usize = 40;

    /// A crop of a roof: its colour, whether it has ribs, turned, moved and lit.
    fn roof(color: [u8; 3], ribs: bool, turned: bool, long: usize, light: f32) -> Appearance {
        let (half_x, half_y) = if turned { (5, long) } else { (long, 5) };
        let mut rgba = Vec::new();
        let mut inside = vec![false; SIDE * SIDE];
        for (i, inside) in inside.iter_mut().enumerate() {
            let (x, y) = (i % SIDE, i / SIDE);
            *inside = x.abs_diff(20) <= half_x && y.abs_diff(20) <= half_y;
            let along = if turned { y } else { x };
            let dark = if ribs && along % 4 < 2 { 0.7 } else { 1.0 };
            let base = if *inside { color.map(|c| f32::from(c) * dark) } else { [70.0, 95.0, 50.0] };
            rgba.extend(base.map(|c| (c * light).clamp(0.0, 255.0) as u8));
            rgba.push(255);
        }
        let crop = Crop { width: SIDE, rgba: &rgba, inside: &inside };
        let sides = [2.0 * long as f64 + 1.0, 11.0];
        let figure = Figure { area: sides[0] * sides[1], perimeter: 2.0 * (sides[0] + sides[1]) };
        Appearance::of(&crop, figure).expect("something is seen")
    }

    #[test]
    fn what_is_turned_or_a_little_lighter_is_nearer_than_what_is_of_another_colour_texture_or_shape() {
        let red = [170, 70, 60];
        let this = roof(red, true, false, 15, 1.0);
        assert_eq!(this.distance(&roof(red, true, false, 15, 1.0)), 0);
        let turned = this.distance(&roof(red, true, true, 15, 1.0));
        let lighter = this.distance(&roof(red, true, false, 15, 1.06));
        let blue = this.distance(&roof([60, 80, 170], true, false, 15, 1.0));
        let flat = this.distance(&roof(red, false, false, 15, 1.0));
        let short = this.distance(&roof(red, true, false, 5, 1.0));
        let near = turned.max(lighter);
        let pairs = this.numbers().into_iter().zip(roof(red, false, false, 15, 1.0).numbers());
        let square: f32 = pairs.map(|(a, b)| (a - b).powi(2)).sum();
        assert!((square / flat as f32 - 1.0).abs() < 1e-4, "numbers lie as far apart as appearances");
        assert!(3 * near < blue.min(flat).min(short), "{turned} {lighter} {blue} {flat} {short}");
    }

    #[test]
    fn the_nearest_come_first_and_the_same_however_many_are_asked_for() {
        let some: Vec<Appearance> = (0..60_u8)
            .map(|i| {
                roof([60 + i * 3, 70, 180 - i * 2], i % 3 == 0, i % 2 == 0, 5 + usize::from(i % 10), 1.0)
            })
            .collect();
        let all = nearest(&some, &some[7], usize::MAX);
        assert_eq!(all[0], (7, 0));
        assert!(all.is_sorted_by_key(|(_, distance)| *distance) && all.len() == 60);
        for count in [0, 1, 5, 59, 60] {
            assert_eq!(nearest(&some, &some[7], count), all[..count]);
        }
    }

    #[test]
    fn blocks_are_all_of_the_numbers_and_sizes_that_lie_are_refused() {
        assert_eq!(WEIGHTS.iter().map(|(count, _)| count).sum::<usize>(), DIMENSIONS);
        assert_eq!(PATTERNS + STRENGTHS + DIRECTIONS + 8 + 22 + 10, DIMENSIONS);
        let largest: u32 = WEIGHTS.iter().map(|(count, weight)| *count as u32 * weight * 255 * 255).sum();
        assert!(largest < u32::MAX / 2, "no sum overflows");
        let figure = Figure { area: 1.0, perimeter: 4.0 };
        let wrong = Crop { width: 3, rgba: &[0; 16], inside: &[true; 4] };
        assert_eq!(Appearance::of(&wrong, figure), None);
        let nothing = Crop { width: 2, rgba: &[0; 16], inside: &[true; 4] };
        assert_eq!(Appearance::of(&nothing, figure), None, "nothing is seen");
    }

    proptest! {
        #[test]
        fn any_crop_has_an_appearance_or_none_and_nothing_panics(
            width in 1_usize..9,
            rows in 1_usize..9,
            bytes in prop::collection::vec(any::<u8>(), 9 * 9 * 4),
            inside in prop::collection::vec(any::<bool>(), 81),
            area in prop::num::f64::ANY,
            perimeter in prop::num::f64::ANY,
        ) {
            let count = width * rows;
            let crop = Crop { width, rgba: &bytes[..count * 4], inside: &inside[..count] };
            if let Some(one) = Appearance::of(&crop, Figure { area, perimeter }) {
                prop_assert_eq!(one.distance(&one), 0);
            }
        }
    }
}
