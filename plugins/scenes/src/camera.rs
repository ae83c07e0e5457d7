//! The camera and the mosaic: lens blur, the exposure of each photograph and the seams between them,
//! grain, and the ragged edge where the last photographs end.

use rayon::prelude::*;

use crate::colour::Rgb;
use crate::dice::Dice;
use crate::geometry::V2;
use crate::light::Painted;
use crate::noise::{cell, fractal, hash, value};

const BAND: usize = 64;

/// One flight's camera.
#[derive(Clone, Debug)]
pub(crate) struct Camera {
    pub exposure: f32,
    /// Pushes colours apart (above 1) or together.
    pub saturation: f32,
    pub grain: f32,
    /// Share of each neighbour in the blur.
    pub blur: f32,
    /// How much photographs of the mosaic differ.
    pub seams: f32,
    pub haze: Rgb,
    salt: u32,
}

impl Camera {
    /// A small aircraft's camera, low over the swath.
    pub(crate) fn drone(seed: u64) -> Self {
        Self {
            exposure: 1.06,
            saturation: 0.87,
            grain: 1.5,
            blur: 0.11,
            seams: 1.0,
            haze: Rgb([0.004, 0.005, 0.007]),
            salt: Dice::new(seed, "drone").salt(),
        }
    }

    /// A survey aircraft, higher and softer.
    pub(crate) fn survey(seed: u64) -> Self {
        Self {
            exposure: 1.0,
            saturation: 0.84,
            grain: 1.9,
            blur: 0.17,
            seams: 0.35,
            haze: Rgb([0.018, 0.021, 0.026]),
            salt: Dice::new(seed, "survey").salt(),
        }
    }

    /// Gain of the photograph that a point is taken from.
    fn gain(&self, p: V2) -> Rgb {
        let warp = V2::new(value(p * 0.35, self.salt) - 0.5, value(p * 0.35, self.salt ^ 1) - 0.5) * 2.4;
        let q = p + warp;
        let (w, h) = (39.0, 31.0);
        let (cx, cy) = ((q.x / w).floor() as i32, (q.y / h).floor() as i32);
        let mut best = (f32::INFINITY, 0, 0);
        for y in cy - 1..=cy + 1 {
            for x in cx - 1..=cx + 1 {
                let jitter = V2::new(cell(x, y, self.salt) - 0.5, cell(x, y, self.salt ^ 2) - 0.5) * 0.5;
                let c = V2::new((x as f32 + 0.5 + jitter.x) * w, (y as f32 + 0.5 + jitter.y) * h);
                let d = ((q.x - c.x) / w).hypot((q.y - c.y) / h);
                if d < best.0 {
                    best = (d, x, y);
                }
            }
        }
        let tone = |k: u32, span: f32| (cell(best.1, best.2, self.salt ^ k) - 0.5) * span * self.seams;
        let level = 1.0 + tone(11, 0.07) - 0.06 * self.seams * best.0 * best.0;
        let warmth = tone(12, 0.03);
        Rgb([level * (1.0 + warmth), level, level * (1.0 - warmth)])
    }

    /// Develops the picture: four bytes a pixel, opaque.
    pub(crate) fn expose(&self, painted: &Painted) -> Vec<u8> {
        let columns = painted.columns;
        let mut out = vec![255_u8; columns * painted.rows * 4];
        out.par_chunks_mut(columns * BAND * 4).enumerate().for_each(|(band, bytes)| {
            let first = band * BAND;
            let rows = bytes.len() / (columns * 4);
            let line = |row: usize| -> Vec<Rgb> {
                let light: Vec<Rgb> = (0..columns).map(|x| painted.radiance(x, row)).collect();
                let edge = columns - 1;
                let side = self.blur;
                (0..columns)
                    .map(|x| {
                        let pair = light[x.saturating_sub(1)] + light[(x + 1).min(edge)];
                        light[x] * (1.0 - 2.0 * side) + pair * side
                    })
                    .collect()
            };
            let mut above = line(first.saturating_sub(1));
            let mut here = line(first);
            for row in 0..rows {
                let next = line((first + row + 1).min(painted.rows - 1));
                let y = first + row;
                for x in 0..columns {
                    let light = here[x] * (1.0 - 2.0 * self.blur) + (above[x] + next[x]) * self.blur;
                    let at = V2::new(x as f32 + 0.5, y as f32 + 0.5) * painted.pixel_m + painted.origin;
                    let pixel = self.develop(light.tint(self.gain(at)), x, y);
                    bytes[(row * columns + x) * 4..][..3].copy_from_slice(&pixel);
                }
                above = std::mem::replace(&mut here, next);
            }
        });
        out
    }

    fn develop(&self, light: Rgb, x: usize, y: usize) -> [u8; 3] {
        let light = (light + self.haze) * self.exposure;
        let grey = 0.3 * light.0[0] + 0.59 * light.0[1] + 0.11 * light.0[2];
        let common =
            cell(x as i32, y as i32, self.salt ^ 0x15) + cell(x as i32, y as i32, self.salt ^ 0x16) - 1.0;
        std::array::from_fn(|i| {
            let own = hash(x as i32, y as i32, self.salt ^ (31 + i as u32)) as f32 / u32::MAX as f32 - 0.5;
            let c = (grey + (light.0[i] - grey) * self.saturation).max(0.0);
            let v = c.sqrt();
            // A gentle S: deeper shadows, and a shoulder instead of clipped whites.
            let curve = v - 0.04 * (v.min(1.0) * std::f32::consts::TAU).sin();
            let shoulder = if curve > 0.85 { 0.85 + (curve - 0.85) * 0.62 } else { curve };
            (shoulder * 255.0 + self.grain * (2.2 * common + 1.6 * own)).clamp(1.0, 255.0) as u8
        })
    }
}

/// Where a mosaic has pixels: the outline of its outermost photographs.
#[derive(Clone, Debug)]
pub(crate) struct Border {
    size: V2,
    depth: f32,
    salt: u32,
}

impl Border {
    pub(crate) fn new(seed: u64, size: V2) -> Self {
        Self { size, depth: (0.022 * size.x.min(size.y)).min(3.6), salt: Dice::new(seed, "border").salt() }
    }

    /// True where the mosaic shows the ground.
    pub(crate) fn holds(&self, p: V2) -> bool {
        let sides = [(p.y, p.x), (self.size.y - p.y, p.x), (p.x, p.y), (self.size.x - p.x, p.y)];
        sides.iter().enumerate().all(|(side, &(inward, along))| {
            if inward > 1.6 * self.depth + 0.5 {
                return true;
            }
            let step = 6.5 * self.depth.max(0.4);
            let place = along / step + 0.35 * cell((along / step) as i32, side as i32, self.salt ^ 3);
            let segment = place.floor() as i32;
            let inset = self.depth * (0.12 + cell(segment, side as i32, self.salt));
            let tilt = (cell(segment, side as i32, self.salt ^ 1) - 0.5) * 0.3 * self.depth * place.fract();
            let ragged = 0.25 * (fractal(V2::new(along * 1.4, side as f32 * 9.0), 2, self.salt) - 0.5);
            inward > inset + tilt + ragged
        })
    }
}
