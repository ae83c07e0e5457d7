//! k-means: pixels in groups of like spectra.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::cube::{Cube, Shape};
use crate::error::SpectralError;
use crate::linear::{Finish, LinearMap};
use crate::matrix::{dot, project};
use crate::panel::{Panel, for_panels};
use crate::stripes::{Progress, Sink, fold, map, part};

/// The most pixels among which the first centres are chosen, and the most numbers that they may be.
const MOST_CANDIDATES: usize = 1 << 16;
const MOST_CANDIDATE_VALUES: usize = 1 << 24;

/// How clusters are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterOptions {
    /// How many, 1 to 255.
    pub clusters: usize,
    /// The most passes over the cube.
    pub passes: usize,
    /// Which first centres; the same seed gives the same clusters.
    pub seed: u64,
    /// Ends when no centre moves farther than this share of the spread of the pixels.
    pub tolerance: f64,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self { clusters: 8, passes: 50, seed: 0, tolerance: 1e-4 }
    }
}

/// Groups of pixels, each by its mean spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    bands: usize,
    /// Row after row.
    centres: Vec<f64>,
    /// Pixels of each, in the last pass.
    pub sizes: Vec<u64>,
    /// Sum of the squared distances of all pixels to their centres, in the last pass.
    pub spread: f64,
    /// Passes that were made.
    pub passes: usize,
    /// The centres came to rest before the passes were used up.
    pub settled: bool,
}

impl Clusters {
    /// Finds clusters: first centres by k-means++ (Arthur and Vassilvitskii 2007) among pixels spread over
    /// the image, then Lloyd's passes over all pixels.
    pub fn find(
        cube: &dyn Cube,
        options: &ClusterOptions,
        progress: Progress<'_>,
    ) -> Result<Self, SpectralError> {
        if !(1..=255).contains(&options.clusters) {
            return Err(SpectralError::Parameter(format!(
                "{} clusters are not in 1 to 255",
                options.clusters
            )));
        }
        let first = 1.0 / (options.passes as f64 + 1.0);
        let bands = cube.shape().bands;
        let candidates = candidates(cube, &part(progress, 0.0, first))?;
        let pixels = candidates.len() / bands;
        if pixels < options.clusters {
            let (pixels, needed) = (pixels as u64, options.clusters as u64);
            return Err(SpectralError::TooFewPixels { pixels, needed, bands });
        }
        let start = spread_out(&candidates, bands, options.clusters, options.seed);
        Self::from_centres(cube, start, options, &part(progress, first, 1.0))
    }

    /// Lloyd's passes from given centres, row after row. A centre that loses all its pixels stays where it
    /// is.
    pub fn from_centres(
        cube: &dyn Cube,
        centres: Vec<f64>,
        options: &ClusterOptions,
        progress: Progress<'_>,
    ) -> Result<Self, SpectralError> {
        let bands = cube.shape().bands;
        if centres.is_empty() || !centres.len().is_multiple_of(bands) {
            let name = "A centre".to_owned();
            return Err(SpectralError::Length { name, values: centres.len() % bands, bands });
        }
        let count = centres.len() / bands;
        let mut found =
            Self { bands, centres, sizes: vec![0; count], spread: 0.0, passes: 0, settled: false };
        while found.passes < options.passes && !found.settled {
            let share = |n: usize| n as f64 / options.passes as f64;
            let report = part(progress, share(found.passes), share(found.passes + 1));
            let sums = found.pass(cube, &report)?;
            found.passes += 1;
            found.settled = found.move_to(&sums)? <= options.tolerance;
        }
        Ok(found)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Never true.
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// The mean spectrum of one cluster.
    pub fn centre(&self, index: usize) -> &[f64] {
        &self.centres[index * self.bands..(index + 1) * self.bands]
    }

    /// The number of each pixel's cluster, counted from 1, as one band of results.
    pub fn assign(
        &self,
        cube: &dyn Cube,
        progress: Progress<'_>,
        sink: Sink<'_>,
    ) -> Result<(), SpectralError> {
        let bands = cube.shape().bands;
        if bands != self.bands {
            let name = "A centre".to_owned();
            return Err(SpectralError::Length { name, values: self.bands, bands });
        }
        let seeker = Seeker::new(self);
        let work = |panel: &Panel<f64>, out: &mut [f64]| {
            let mut out = out.iter_mut();
            seeker.nearest(panel, |_, nearest, _| {
                if let Some(out) = out.next() {
                    *out = (nearest + 1) as f64;
                }
            });
        };
        map(cube, &seeker.middle, 1, progress, work, sink)
    }

    /// [`Clusters::assign`] as plain numbers.
    pub fn assign_map(&self) -> LinearMap {
        let Seeker { middle, centres, squares, .. } = Seeker::new(self);
        LinearMap { middle, rows: centres, finish: Finish::Nearest { squares } }
    }

    fn pass(&self, cube: &dyn Cube, progress: Progress<'_>) -> Result<Sums, SpectralError> {
        let seeker = Seeker::new(self);
        let mut all = Sums::empty(self.len(), self.bands);
        fold(
            cube,
            0,
            progress,
            |_, block| {
                let mut sums = Sums::empty(self.len(), self.bands);
                for_panels(&block, self.bands, &seeker.middle, |panel| {
                    seeker.nearest(panel, |pixel, nearest, distance| sums.add(pixel, nearest, distance));
                });
                sums
            },
            |_, some| {
                all.merge(&some);
                Ok(())
            },
        )?;
        all.middle = seeker.middle;
        Ok(all)
    }

    /// Moves centres to the means of their pixels; the largest squared move as a share of the spread.
    fn move_to(&mut self, sums: &Sums) -> Result<f64, SpectralError> {
        let pixels: u64 = sums.sizes.iter().sum();
        if pixels == 0 {
            return Err(SpectralError::NoPixels { bands: self.bands });
        }
        let mut farthest: f64 = 0.0;
        for (cluster, size) in sums.sizes.iter().enumerate().filter(|(_, size)| **size > 0) {
            let span = cluster * self.bands..(cluster + 1) * self.bands;
            let pairs = self.centres[span.clone()].iter_mut().zip(&sums.values[span]).zip(&sums.middle);
            let mut moved = 0.0;
            for ((centre, sum), middle) in pairs {
                let mean = middle + sum / *size as f64;
                moved += (mean - *centre) * (mean - *centre);
                *centre = mean;
            }
            farthest = farthest.max(moved);
        }
        self.sizes.clone_from(&sums.sizes);
        self.spread = sums.spread;
        // All pixels on their centres: nothing can move.
        let scale = sums.spread / pixels as f64;
        Ok(if farthest == 0.0 { 0.0 } else { (farthest / scale).sqrt() })
    }
}

/// Finds the nearest centre: least `|c|² − 2 x·c`, about the middle of the centres.
struct Seeker {
    bands: usize,
    middle: Vec<f64>,
    centres: Vec<f64>,
    squares: Vec<f64>,
}

impl Seeker {
    fn new(clusters: &Clusters) -> Self {
        let (bands, count) = (clusters.bands, clusters.len());
        let rows = || clusters.centres.chunks_exact(bands);
        let middle: Vec<f64> =
            (0..bands).map(|b| rows().map(|row| row[b]).sum::<f64>() / count as f64).collect();
        let centres: Vec<f64> = rows().flat_map(|row| row.iter().zip(&middle).map(|(c, m)| c - m)).collect();
        let squares = centres.chunks_exact(bands).map(|row| dot(row, row)).collect();
        Self { bands, middle, centres, squares }
    }

    /// Calls `take` with each pixel (less the middle), its centre and the squared distance; of equally near
    /// ones the first.
    fn nearest(&self, panel: &Panel<f64>, mut take: impl FnMut(&[f64], usize, f64)) {
        let count = self.squares.len();
        let mut products = vec![0.0; panel.len() * count];
        project(&mut products, &self.centres, &panel.values, self.bands);
        for (pixel, products) in panel.pixels().zip(products.chunks_exact(count)) {
            let mut best = (0, f64::INFINITY);
            for (i, (product, square)) in products.iter().zip(&self.squares).enumerate() {
                let rest = square - 2.0 * product;
                if rest < best.1 {
                    best = (i, rest);
                }
            }
            take(pixel, best.0, (best.1 + dot(pixel, pixel)).max(0.0));
        }
    }
}

/// Sums of the pixels of each cluster, less the middle.
struct Sums {
    bands: usize,
    sizes: Vec<u64>,
    values: Vec<f64>,
    spread: f64,
    middle: Vec<f64>,
}

impl Sums {
    fn empty(count: usize, bands: usize) -> Self {
        let values = vec![0.0; count * bands];
        Self { bands, sizes: vec![0; count], values, spread: 0.0, middle: Vec::new() }
    }

    fn add(&mut self, pixel: &[f64], cluster: usize, distance: f64) {
        self.sizes[cluster] += 1;
        self.spread += distance;
        let row = &mut self.values[cluster * self.bands..(cluster + 1) * self.bands];
        row.iter_mut().zip(pixel).for_each(|(s, v)| *s += v);
    }

    fn merge(&mut self, other: &Self) {
        self.sizes.iter_mut().zip(&other.sizes).for_each(|(a, b)| *a += b);
        self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a += b);
        self.spread += other.spread;
    }
}

/// Pixels at even steps through the image, those that hold something.
fn candidates(cube: &dyn Cube, progress: Progress<'_>) -> Result<Vec<f64>, SpectralError> {
    let shape = cube.shape();
    let Shape { width, bands, .. } = shape;
    let most = MOST_CANDIDATES.min(MOST_CANDIDATE_VALUES / bands.max(1)).max(256);
    let step = shape.pixels().div_ceil(most).max(1);
    let zero = vec![0.0; bands];
    let mut all = Vec::new();
    fold(
        cube,
        0,
        progress,
        |stripe, block| {
            let mut some = Vec::new();
            for_panels::<f64>(&block, bands, &zero, |panel| {
                for (pixel, index) in panel.pixels().zip(&panel.index) {
                    if (stripe.first * width + *index as usize).is_multiple_of(step) {
                        some.extend_from_slice(pixel);
                    }
                }
            });
            some
        },
        |_, some| {
            all.extend(some);
            Ok(())
        },
    )?;
    Ok(all)
}

/// k-means++: each next centre is a pixel drawn with a chance that grows with its squared distance to the
/// nearest centre so far.
fn spread_out(pixels: &[f64], bands: usize, count: usize, seed: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rows: Vec<&[f64]> = pixels.chunks_exact(bands).collect();
    let mut chosen = rows[random.random_range(0..rows.len())];
    let mut centres = chosen.to_vec();
    let mut distances = vec![f64::INFINITY; rows.len()];
    for _ in 1..count {
        for (distance, row) in distances.iter_mut().zip(&rows) {
            let square: f64 = row.iter().zip(chosen).map(|(a, b)| (a - b) * (a - b)).sum();
            *distance = distance.min(square);
        }
        let mut left = random.random::<f64>() * distances.iter().sum::<f64>();
        let drawn = distances.iter().position(|d| {
            left -= d;
            left < 0.0
        });
        // Rounding can leave a little over, and all pixels may lie on centres.
        let farthest = || (0..rows.len()).max_by(|a, b| distances[*a].total_cmp(&distances[*b]));
        chosen = rows[drawn.or_else(farthest).unwrap_or(0)];
        centres.extend_from_slice(chosen);
    }
    centres
}
