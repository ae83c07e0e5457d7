//! The spectral angle: how alike two spectra are in shape, whatever their brightness.

use pulp::Arch;

use crate::cube::Cube;
use crate::error::SpectralError;
use crate::linear::{Finish, LinearMap};
use crate::matrix::{dot, project};
use crate::members::Members;
use crate::panel::Panel;
use crate::stripes::{Progress, Sink, map};

/// Angles whose square is less than this part of the squared distances that it comes from are computed
/// again in double precision: on real cubes of 300 bands single precision leaves differences that are off by
/// up to 6·10⁻⁷ of these distances, half of 10⁻⁵ of such an angle.
const LEAST_SHARE: f32 = 0.06;

/// Samples that are worked on at once: as floats, half of a common first-level cache and more.
const AT_ONCE: usize = 1 << 13;

/// Angles in radians between each pixel and each member, one band of results a member; NaN for pixels that
/// are zero in every band. Equal to `acos(x·m / |x||m|)` to 10⁻⁵ relative (Kruse et al. 1993).
///
/// Pixels and members are scaled to length 1 and taken as differences to their common direction `r`: of
/// `|u − m|² = |u − r|² + |m − r|² − 2 (u − r)·(m − r)` only small numbers cancel, so that single precision
/// is enough where a cosine near 1 would have lost the angle.
pub fn spectral_angles(
    cube: &dyn Cube,
    members: &Members,
    progress: Progress<'_>,
    sink: Sink<'_>,
) -> Result<(), SpectralError> {
    let bands = cube.shape().bands;
    members.check(bands)?;
    let angles = Angles::new(members)?;
    let count = members.len();
    map::<f32>(cube, &vec![0.0; bands], count, progress, |panel, out| angles.of(panel, out), sink)
}

/// The same as plain numbers.
pub fn angles_map(members: &Members) -> Result<LinearMap, SpectralError> {
    let rows = units(members)?.concat();
    Ok(LinearMap { middle: vec![0.0; members.bands()], rows, finish: Finish::Angles })
}

/// The members with length 1.
fn units(members: &Members) -> Result<Vec<Vec<f64>>, SpectralError> {
    let unit = |(i, name): (usize, &String)| {
        let length = dot(members.get(i), members.get(i)).sqrt();
        if length == 0.0 {
            let why = "it is zero in every band";
            return Err(SpectralError::Spectrum { name: name.clone(), why });
        }
        Ok(members.get(i).iter().map(|v| v / length).collect())
    };
    members.names().iter().enumerate().map(unit).collect()
}

/// The angle in radians between two spectra; NaN when one is zero everywhere.
pub fn spectral_angle(a: &[f64], b: &[f64]) -> f64 {
    (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).clamp(-1.0, 1.0).acos()
}

struct Angles {
    bands: usize,
    members: Vec<Vec<f64>>,
    /// Common direction.
    middle: Vec<f64>,
    /// Members of length 1 less the common direction, row after row.
    offsets: Vec<f32>,
    squares: Vec<f32>,
}

impl Angles {
    fn new(members: &Members) -> Result<Self, SpectralError> {
        let bands = members.bands();
        let units = units(members)?;
        let middle: Vec<f32> = (0..bands)
            .map(|b| (units.iter().map(|u| u[b]).sum::<f64>() / units.len() as f64) as f32)
            .collect();
        let offsets: Vec<f64> =
            units.iter().flat_map(|u| u.iter().zip(&middle).map(|(u, m)| u - f64::from(*m))).collect();
        let squares = offsets.chunks_exact(bands).map(|row| dot(row, row) as f32).collect();
        let offsets = offsets.into_iter().map(|v| v as f32).collect();
        let middle = middle.into_iter().map(f64::from).collect();
        Ok(Self { bands, members: units, middle, offsets, squares })
    }

    /// A few pixels after the other, so that all about them stays in the nearest cache.
    ///
    /// What is dispatched uses its rows up: only such a closure is inlined where the processor's vectors are known.
    fn of(&self, panel: &Panel<f32>, out: &mut [f64]) {
        let (bands, count) = (self.bands, self.members.len());
        let step = (AT_ONCE / bands).clamp(8, panel.len().max(8));
        let mut offsets = vec![0.0_f32; step * bands];
        let mut squares = vec![0.0_f32; step];
        let mut products = vec![0.0_f32; step * count];
        for (pixels, out) in panel.values.chunks(step * bands).zip(out.chunks_mut(step * count)) {
            let n = pixels.len() / bands;
            let (offsets, squares) = (&mut offsets[..n * bands], &mut squares[..n]);
            let targets = offsets.chunks_exact_mut(bands).zip(&mut *squares);
            let rows = pixels.chunks_exact(bands).zip(targets);
            Arch::new().dispatch(
                #[inline(always)]
                || {
                    for (pixel, (to, square)) in rows {
                        *square = offset(pixel, &self.middle, to);
                    }
                },
            );
            let products = &mut products[..n * count];
            project(products, &self.offsets, offsets, bands);
            let rows = products.chunks_exact(count).zip(out.chunks_exact_mut(count)).zip(&*squares);
            Arch::new().dispatch(
                #[inline(always)]
                || {
                    for ((products, out), square) in rows {
                        for ((product, out), member) in products.iter().zip(out).zip(&self.squares) {
                            *out = f64::from(angle_of_chord(square + member - 2.0 * product));
                        }
                    }
                },
            );
            self.refine(pixels, squares, out);
        }
    }

    /// Computes again what single precision cannot tell.
    fn refine(&self, pixels: &[f32], squares: &[f32], out: &mut [f64]) {
        let rows = pixels.chunks_exact(self.bands).zip(squares).zip(out.chunks_exact_mut(self.members.len()));
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for ((pixel, square), out) in rows {
                    let mut length = None;
                    for ((member, own), out) in self.members.iter().zip(&self.squares).zip(out) {
                        if out.is_nan() || *out * *out <= f64::from(LEAST_SHARE * (square + own)) {
                            let length = *length.get_or_insert_with(|| sum_of_squares(pixel).sqrt());
                            *out = exact_angle(pixel, length, member);
                        }
                    }
                }
            },
        );
    }
}

/// A pixel scaled to length 1 less the common direction, worked out in double precision, because little may
/// be left; and the square of that.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor's vectors")]
fn offset(pixel: &[f32], middle: &[f64], to: &mut [f32]) -> f32 {
    let scale = 1.0 / sum_of_squares(pixel).sqrt();
    for ((to, v), m) in to.iter_mut().zip(pixel).zip(middle) {
        *to = (f64::from(*v) * scale - m) as f32;
    }
    let mut sums = [0.0_f32; 8];
    let (eights, rest) = to.as_chunks::<8>();
    for eight in eights {
        for (sum, v) in sums.iter_mut().zip(eight) {
            *sum += v * v;
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|v| v * v).sum::<f32>()
}

/// In eight sums, so that the processor can take several values at once.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor's vectors")]
fn sum_of_squares(values: &[f32]) -> f64 {
    let mut sums = [0.0_f64; 8];
    let (eights, rest) = values.as_chunks::<8>();
    for eight in eights {
        for (sum, v) in sums.iter_mut().zip(eight) {
            *sum += f64::from(*v) * f64::from(*v);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>()
}

/// The angle that a chord of the unit circle spans, from the square of its length: `2·asin(√q / 2)`, to
/// 10⁻⁶ relative. Without branches, so that the processor can take eight at once; the polynomial is that of
/// Cephes' `asinf` (Moshier 1989), and above a half `asin z = π/2 − 2·asin √((1 − z)/2)`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor's vectors")]
fn angle_of_chord(square: f32) -> f32 {
    let z = (0.5 * square.sqrt()).clamp(0.0, 1.0);
    let is_wide = z > 0.5;
    let w = if is_wide { 0.5 * (1.0 - z) } else { z * z };
    let s = if is_wide { w.sqrt() } else { z };
    let p = 4.216_32e-2 * w + 2.418_131e-2;
    let p = (p * w + 4.547_002_6e-2) * w + 7.495_300_3e-2;
    let p = (p * w + 0.166_667_52) * w * s + s;
    if is_wide { std::f32::consts::PI - 4.0 * p } else { 2.0 * p }
}

/// The chord keeps digits that the cosine of a small angle has lost.
#[inline(always)]
#[expect(clippy::inline_always, reason = "only what is inlined is compiled for the processor's vectors")]
fn exact_angle(pixel: &[f32], length: f64, unit: &[f64]) -> f64 {
    if length == 0.0 {
        return f64::NAN;
    }
    let scale = 1.0 / length;
    let mut sums = [0.0_f64; 8];
    let (eights, rest) = pixel.as_chunks::<8>();
    let (units, unit_rest) = unit.as_chunks::<8>();
    for (eight, units) in eights.iter().zip(units) {
        for ((sum, v), m) in sums.iter_mut().zip(eight).zip(units) {
            let apart = f64::from(*v) * scale - m;
            *sum += apart * apart;
        }
    }
    let last = rest.iter().zip(unit_rest).map(|(v, m)| (f64::from(*v) * scale - m).powi(2)).sum::<f64>();
    2.0 * ((sums.iter().sum::<f64>() + last).sqrt() / 2.0).min(1.0).asin()
}
