//! Light: the painted surface with its heights, the shadows it casts, the sky it sees.

use rayon::prelude::*;

use crate::colour::Rgb;
use crate::geometry::{V2, smooth};
use crate::material::Material;
use crate::paint::{Texel, Tile, View};
use crate::season::Season;

/// Rows painted by one task.
const BAND: usize = 128;
/// Columns of one tile of a band.
const TILE: usize = 256;
/// Side of a cell of the sky's coarse map.
const SKY_CELL_M: f32 = 0.4;
const SLOPE_SCALE: f32 = 40.0;

/// A painted pixel, packed into twelve bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Packed {
    rgb: [u16; 3],
    height_mm: u16,
    slope: [i8; 2],
    pub material: u8,
    /// Share of the sun that reaches it.
    sun: u8,
}

impl Packed {
    fn new(texel: &Texel) -> Self {
        let word = |v: f32| (v.clamp(0.0, 1.3) * 50_000.0) as u16;
        let byte = |v: f32| (v * SLOPE_SCALE).clamp(-127.0, 127.0) as i8;
        Self {
            rgb: texel.rgb.0.map(word),
            height_mm: (texel.height.clamp(0.0, 60.0) * 1000.0) as u16,
            slope: [byte(texel.slope.x), byte(texel.slope.y)],
            material: texel.material as u8,
            sun: (texel.sun * 255.0) as u8,
        }
    }

    /// What the surface gives back of the light.
    pub(crate) fn albedo(&self) -> Rgb {
        Rgb(self.rgb.map(|v| f32::from(v) / 50_000.0))
    }

    fn height(&self) -> f32 {
        f32::from(self.height_mm) * 0.001
    }
}

/// A whole picture before the camera: surface, shadows and sky.
#[derive(Debug)]
pub(crate) struct Painted {
    pub origin: V2,
    pub pixel_m: f32,
    pub columns: usize,
    pub rows: usize,
    pub pixels: Vec<Packed>,
    sky: Sky,
    season: Season,
}

impl Painted {
    /// Paints the view on a grid and lets the sun fall on it.
    pub(crate) fn new(view: &View, origin: V2, pixel_m: f32, columns: usize, rows: usize) -> Self {
        let mut pixels = vec![Packed::default(); columns * rows];
        pixels.par_chunks_mut(columns * BAND).enumerate().for_each(|(band, out)| {
            let height = out.len() / columns;
            let mut from = 0;
            while from < columns {
                let width = TILE.min(columns - from);
                let corner = origin + V2::new(from as f32, (band * BAND) as f32) * pixel_m;
                let mut tile = Tile::new(corner, pixel_m, width, height);
                view.paint(&mut tile);
                for (row, texels) in tile.texels.chunks(width).enumerate() {
                    let start = row * columns + from;
                    for (packed, texel) in out[start..start + width].iter_mut().zip(texels) {
                        *packed = Packed::new(texel);
                    }
                }
                from += width;
            }
        });
        let sky = Sky::new(&pixels, columns, rows, pixel_m);
        let mut made = Self { origin, pixel_m, columns, rows, pixels, sky, season: view.season.clone() };
        made.cast_shadows();
        made
    }

    /// Carries the height of the shadow's edge away from the sun, line by line. What is carried is mixed
    /// between two neighbours on the way, which softens far edges as a real sun does.
    fn cast_shadows(&mut self) {
        let (sun, rise) = self.season.sun();
        let down = sun.y.abs() >= sun.x.abs();
        let (major, minor, toward, aside) = if down {
            (self.rows, self.columns, sun.y, sun.x)
        } else {
            (self.columns, self.rows, sun.x, sun.y)
        };
        let shift = aside / toward.abs();
        let drop = self.pixel_m * rise / toward.abs();
        let whole = shift.floor();
        let part = shift - whole;
        let mut edge = vec![0.0_f32; minor];
        let mut carried = vec![0.0_f32; minor];
        for step in 0..major {
            let line = if toward > 0.0 { major - 1 - step } else { step };
            for (j, slot) in carried.iter_mut().enumerate() {
                let left = (j as f32 + whole).clamp(0.0, (minor - 1) as f32) as usize;
                let right = (left + 1).min(minor - 1);
                *slot = edge[left] * (1.0 - part) + edge[right] * part - drop;
            }
            for (j, &shadow) in carried.iter().enumerate() {
                let index = if down { line * self.columns + j } else { j * self.columns + line };
                let pixel = &mut self.pixels[index];
                let height = pixel.height();
                pixel.sun = (f32::from(pixel.sun) * (1.0 - smooth(0.0, 0.22, shadow - height))) as u8;
                edge[j] = height.max(shadow);
            }
        }
    }

    /// Light on a pixel from the sun (relative to flat ground in full sun) and from the sky.
    pub(crate) fn light(&self, column: usize, row: usize) -> (f32, f32) {
        let pixel = &self.pixels[row * self.columns + column];
        let (sun, rise) = self.season.sun();
        let slope = V2::new(f32::from(pixel.slope[0]), f32::from(pixel.slope[1])) * (1.0 / SLOPE_SCALE);
        let facing = (1.0 - 1.15 * slope.dot(sun) / rise).max(0.0) / (1.0 + slope.dot(slope)).sqrt();
        let direct = facing.min(1.45) * f32::from(pixel.sun) / 255.0;
        let open = self.sky.open((column as f32 + 0.5) * self.pixel_m, (row as f32 + 0.5) * self.pixel_m);
        let buried = ((open - pixel.height()) / 2.2).clamp(0.0, 1.0);
        (direct, 1.0 - 0.55 * buried)
    }

    /// The light that a pixel sends to the camera.
    pub(crate) fn radiance(&self, column: usize, row: usize) -> Rgb {
        let (direct, open) = self.light(column, row);
        let season = &self.season;
        let light = season.sunlight * (direct * (0.55 + 0.45 * open)) + season.skylight * open;
        self.pixels[row * self.columns + column].albedo().tint(light)
    }

    pub(crate) fn material(&self, column: usize, row: usize) -> Material {
        Material::from_number(self.pixels[row * self.columns + column].material)
    }
}

/// Mean height of the surroundings, on a coarse grid: what rises above it hides the sky.
#[derive(Debug)]
struct Sky {
    columns: usize,
    rows: usize,
    cell_m: f32,
    heights: Vec<f32>,
}

impl Sky {
    fn new(pixels: &[Packed], width: usize, height: usize, pixel_m: f32) -> Self {
        let step = ((SKY_CELL_M / pixel_m).round() as usize).max(1);
        let (columns, rows) = (width.div_ceil(step), height.div_ceil(step));
        let heights: Vec<f32> = (0..rows)
            .into_par_iter()
            .flat_map_iter(|row| {
                (0..columns).map(move |column| {
                    let (mut sum, mut count) = (0.0, 0.0_f32);
                    for y in (row * step..((row + 1) * step).min(height)).step_by(2) {
                        for x in (column * step..((column + 1) * step).min(width)).step_by(2) {
                            sum += pixels[y * width + x].height();
                            count += 1.0;
                        }
                    }
                    sum / count.max(1.0)
                })
            })
            .collect();
        let mut sky = Self { columns, rows, cell_m: step as f32 * pixel_m, heights };
        for _ in 0..2 {
            sky.blur(2);
        }
        sky
    }

    fn blur(&mut self, radius: isize) {
        for along_rows in [true, false] {
            let before = self.heights.clone();
            let (columns, rows) = (self.columns as isize, self.rows as isize);
            for y in 0..rows {
                for x in 0..columns {
                    let mut sum = 0.0;
                    for d in -radius..=radius {
                        let (sx, sy) = if along_rows { (x + d, y) } else { (x, y + d) };
                        let at = sy.clamp(0, rows - 1) * columns + sx.clamp(0, columns - 1);
                        sum += before[at as usize];
                    }
                    self.heights[(y * columns + x) as usize] = sum / (2 * radius + 1) as f32;
                }
            }
        }
    }

    fn open(&self, x_m: f32, y_m: f32) -> f32 {
        let x = (x_m / self.cell_m - 0.5).clamp(0.0, (self.columns - 1) as f32);
        let y = (y_m / self.cell_m - 0.5).clamp(0.0, (self.rows - 1) as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.columns - 1), (y0 + 1).min(self.rows - 1));
        let (tx, ty) = (x.fract(), y.fract());
        let at = |x: usize, y: usize| self.heights[y * self.columns + x];
        let top = at(x0, y0) * (1.0 - tx) + at(x1, y0) * tx;
        let low = at(x0, y1) * (1.0 - tx) + at(x1, y1) * tx;
        top * (1.0 - ty) + low * ty
    }
}
