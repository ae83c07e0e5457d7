//! The spectral angle: how alike two spectra are in shape, whatever their brightness.

use pulp::Arch;

use crate::cube::Cube;
use crate::error::SpectralError;
use crate::matrix::{dot, project};
use crate::members::Members;
use crate::panel::Panel;
use crate::stripes::{Progress, Sink, map};

/// Angles whose square is less than this part of the squared distances that it comes from are computed
/// again in double precision: single precision would leave fewer than five digits of them.
const LEAST_SHARE: f32 = 0.06;

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

/// The angle in radians between two spectra; NaN when one is zero everywhere.
pub fn spectral_angle(a: &[f64], b: &[f64]) -> f64 {
    (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).clamp(-1.0, 1.0).acos()
}

struct Angles {
    bands: usize,
    members: Vec<Vec<f64>>,
    /// Common direction.
    middle: Vec<f32>,
    /// Members of length 1 less the common direction, row after row.
    offsets: Vec<f32>,
    squares: Vec<f32>,
}

impl Angles {
    fn new(members: &Members) -> Result<Self, SpectralError> {
        let bands = members.bands();
        let mut units = Vec::new();
        for (i, name) in members.names().iter().enumerate() {
            let length = dot(members.get(i), members.get(i)).sqrt();
            if length == 0.0 {
                let why = "it is zero in every band";
                return Err(SpectralError::Spectrum { name: name.clone(), why });
            }
            units.push(members.get(i).iter().map(|v| v / length).collect::<Vec<f64>>());
        }
        let middle: Vec<f32> = (0..bands)
            .map(|b| (units.iter().map(|u| u[b]).sum::<f64>() / units.len() as f64) as f32)
            .collect();
        let offsets: Vec<f64> =
            units.iter().flat_map(|u| u.iter().zip(&middle).map(|(u, m)| u - f64::from(*m))).collect();
        let squares = offsets.chunks_exact(bands).map(|row| dot(row, row) as f32).collect();
        let offsets = offsets.into_iter().map(|v| v as f32).collect();
        Ok(Self { bands, members: units, middle, offsets, squares })
    }

    fn of(&self, panel: &Panel<f32>, out: &mut [f64]) {
        let (bands, count) = (self.bands, self.members.len());
        let mut unit = panel.values.clone();
        let mut squares = vec![0.0; panel.len()];
        let middle = &self.middle[..];
        Arch::new().dispatch(|| {
            for (pixel, square) in unit.chunks_exact_mut(bands).zip(&mut squares) {
                *square = turn_to_offset(pixel, middle);
            }
        });
        let mut products = vec![0.0_f32; panel.len() * count];
        project(&mut products, &self.offsets, &unit, bands);
        let member_squares = &self.squares[..];
        Arch::new().dispatch(|| {
            let pixels = products.chunks_exact(count).zip(out.chunks_exact_mut(count)).zip(&squares);
            for ((products, out), square) in pixels {
                for ((product, out), member) in products.iter().zip(out).zip(member_squares) {
                    *out = f64::from(angle_of_chord(square + member - 2.0 * product));
                }
            }
        });
        self.refine(panel, &squares, out);
    }

    /// Computes again what single precision cannot tell.
    fn refine(&self, panel: &Panel<f32>, squares: &[f32], out: &mut [f64]) {
        let count = self.members.len();
        for ((pixel, square), out) in panel.pixels().zip(squares).zip(out.chunks_exact_mut(count)) {
            for ((member, own), out) in self.members.iter().zip(&self.squares).zip(out) {
                if out.is_nan() || *out * *out <= f64::from(LEAST_SHARE * (square + own)) {
                    *out = exact_angle(pixel, member);
                }
            }
        }
    }
}

/// Scales a pixel to length 1 and takes the common direction off; the square of what is left.
#[inline]
fn turn_to_offset(pixel: &mut [f32], middle: &[f32]) -> f32 {
    let length = sum_of_squares(pixel).sqrt();
    let scale = 1.0 / length;
    pixel.iter_mut().zip(middle).for_each(|(v, m)| *v = *v * scale - m);
    sum_of_squares(pixel)
}

/// In eight sums, so that the processor can take eight values at once.
#[inline]
fn sum_of_squares(values: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (eights, rest) = values.as_chunks::<8>();
    for eight in eights {
        sums.iter_mut().zip(eight).for_each(|(s, v)| *s += v * v);
    }
    sums.iter().sum::<f32>() + rest.iter().map(|v| v * v).sum::<f32>()
}

/// The angle that a chord of the unit circle spans, from the square of its length: `2·asin(√q / 2)`, to
/// 10⁻⁶ relative. Without branches, so that the processor can take eight at once; the polynomial is that of
/// Cephes' `asinf` (Moshier 1989), and above a half `asin z = π/2 − 2·asin √((1 − z)/2)`.
#[inline]
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

fn exact_angle(pixel: &[f32], unit: &[f64]) -> f64 {
    let length = pixel.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
    if length == 0.0 {
        return f64::NAN;
    }
    // The chord keeps digits that the cosine of a small angle has lost.
    let chord = pixel.iter().zip(unit).map(|(v, m)| (f64::from(*v) / length - m).powi(2)).sum::<f64>();
    2.0 * (chord.sqrt() / 2.0).min(1.0).asin()
}
