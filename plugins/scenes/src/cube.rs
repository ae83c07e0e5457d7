//! The hyperspectral cube: each of its pixels mixes the spectra of what lies in it, by area and light.

use rayon::prelude::*;

use crate::dice::Dice;
use crate::light::Painted;
use crate::material::Material;
use crate::noise::cell;
use crate::spectra::reflectance;

/// Number of bands.
pub(crate) const BANDS: usize = 96;
/// Reflectance 1 as it is stored.
pub(crate) const SCALE: f32 = 10_000.0;

/// Centre of each band in nanometres: 400 to 2400, evenly.
pub(crate) fn wavelengths_nm() -> Vec<f32> {
    (0..BANDS).map(|b| 400.0 + 2000.0 * b as f32 / (BANDS - 1) as f32).collect()
}

/// Half of the water vapour's two great bands: little light comes through there.
fn vapour(nm: f32) -> f32 {
    let bell = |centre: f32, width: f32| (-0.5 * ((nm - centre) / width).powi(2)).exp();
    bell(1390.0, 30.0).max(bell(1875.0, 38.0))
}

/// Band-sequential samples of reflectance × 10 000; 0 is no data.
pub(crate) fn measure(
    painted: &Painted,
    step: f64,
    columns: usize,
    rows: usize,
    seed: u64,
    holds: impl Fn(usize, usize) -> bool + Sync,
) -> Vec<u16> {
    let centres = wavelengths_nm();
    let library: Vec<[f32; BANDS]> =
        Material::ALL.iter().map(|&m| std::array::from_fn(|b| reflectance(m, centres[b]))).collect();
    let brightness: Vec<f32> = library.iter().map(|s| (s[2] + s[7] + s[12]) / 3.0).collect();
    let salt = Dice::new(seed, "cube").salt();
    let mixed: Vec<[f32; BANDS]> = (0..columns * rows)
        .into_par_iter()
        .map(|i| {
            let (column, row) = (i % columns, i / columns);
            let weights = mix(painted, step, column, row, &brightness, &holds);
            let mut out = [0.0; BANDS];
            for (weight, spectrum) in weights.iter().zip(&library).filter(|(w, _)| **w > 0.0) {
                for (o, s) in out.iter_mut().zip(spectrum) {
                    *o += weight * s;
                }
            }
            out
        })
        .collect();
    let plane = columns * rows;
    let mut samples = vec![0_u16; plane * BANDS];
    samples.par_chunks_mut(plane).enumerate().for_each(|(band, out)| {
        let wet = vapour(centres[band]);
        let sigma = 0.0025 + 0.03 * wet;
        for (i, sample) in out.iter_mut().enumerate() {
            let value = mixed[i][band];
            if mixed[i].iter().all(|v| *v == 0.0) {
                continue;
            }
            let unit = |k: u32| cell(i as i32, band as i32, salt ^ k) - 0.5;
            let noise = (unit(1) + unit(2) + unit(3)) * 2.0 * sigma;
            let stripe = 1.0 + 0.006 * (cell((i % columns) as i32, band as i32, salt ^ 9) - 0.5);
            *sample = ((value * stripe + noise) * SCALE).clamp(1.0, 20_000.0) as u16;
        }
    });
    samples
}

/// How much of each material's spectrum one cube pixel holds.
fn mix(
    painted: &Painted,
    step: f64,
    column: usize,
    row: usize,
    brightness: &[f32],
    holds: &(impl Fn(usize, usize) -> bool + Sync),
) -> [f32; Material::ALL.len()] {
    let mut weights = [0.0; Material::ALL.len()];
    let range = |i: usize, most: usize| {
        let from = (i as f64 * step) as usize;
        let to = (((i + 1) as f64 * step) as usize).max(from + 1).min(most);
        from.min(to)..to
    };
    let mut count = 0.0_f32;
    for y in range(row, painted.rows) {
        for x in range(column, painted.columns) {
            if !holds(x, y) {
                return [0.0; Material::ALL.len()];
            }
            let (direct, open) = painted.light(x, y);
            let pixel = &painted.pixels[y * painted.columns + x];
            let material = usize::from(pixel.material);
            let albedo = pixel.albedo().0;
            let own = (albedo[0] + albedo[1] + albedo[2]) / 3.0;
            let tone = match painted.material(x, y) {
                Material::Water | Material::Glass => 1.0,
                _ => (0.45 + 0.55 * own / brightness[material].max(0.02)).clamp(0.5, 1.7),
            };
            weights[material] += (0.84 * direct + 0.16 * open).min(1.4) * tone;
            count += 1.0;
        }
    }
    weights.map(|w| w / count.max(1.0))
}
