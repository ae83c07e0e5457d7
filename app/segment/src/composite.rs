//! What the user sees, as colours that can be told apart: the picture that the wand floods.

use spatial::{Viewport, WorldPoint, WorldRect};

use crate::{Image, SegmentError};

/// One step of a [`Level`] is half a hundredth of the way from black to white.
pub(crate) const LEVELS_PER_UNIT: f64 = 2.0;
/// The largest difference that is told from larger ones.
pub(crate) const LARGEST: u8 = 250;

/// How much two colours differ, or how strong an edge is: [`LEVELS_PER_UNIT`] to a hundredth of the way from black to
/// white in `OKLab`, cut off at [`LARGEST`].
pub(crate) type Level = u8;

/// Whole numbers that 1 of `OKLab` is kept as.
const SCALE: f32 = 10_000.0;
/// Half the width of gaps in edges that are closed, in pixels.
pub(crate) const GAP_PX: usize = 2;
const NOTHING: [i16; 3] = [i16::MIN; 3];

/// A picture of the map in memory: for each pixel its colour in `OKLab` (Björn Ottosson 2020, "A perceptual color space
/// for image processing"), in which distances are differences that people see, and how strong an edge goes through it.
#[derive(Clone, PartialEq)]
pub struct Composite {
    width: usize,
    height: usize,
    /// What it shows, a pixel for each physical pixel of the screen.
    camera: Viewport,
    colors: Vec<[i16; 3]>,
    /// The strongest edge near each pixel.
    edges: Vec<Level>,
}

impl std::fmt::Debug for Composite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Composite({} × {})", self.width, self.height)
    }
}

impl Composite {
    /// Of RGBA bytes with straight alpha, row by row from the top, as a camera of that size sees them. Where nothing is
    /// seen (alpha 0) there is no colour. `None` where the bytes are not so many.
    pub fn new(camera: Viewport, rgba: &[u8]) -> Option<Self> {
        let [width, height] = camera.size_px.map(|side| side.max(0.0) as usize);
        let count = width.checked_mul(height).filter(|n| *n > 0 && u32::try_from(*n).is_ok())?;
        if rgba.len() != count.checked_mul(4)? {
            return None;
        }
        let linear: Vec<f32> = (0..=255_u8).map(linear_from_srgb).collect();
        let color = |p: &[u8]| if p[3] == 0 { NOTHING } else { oklab([p[0], p[1], p[2]], &linear) };
        let colors: Vec<[i16; 3]> = rgba.chunks_exact(4).map(color).collect();
        let edges = widened(&edges_of(&colors, width, height), width, height);
        Some(Self { width, height, camera, colors, edges })
    }

    /// What it shows of the world.
    pub fn bounds(&self) -> WorldRect {
        self.camera.bounds()
    }

    /// World units from one pixel to the next.
    pub fn resolution(&self) -> f64 {
        self.camera.resolution
    }

    /// Columns and rows.
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Its colours as a picture of three bands, from black to white 0 to 100.
    pub fn image(&self) -> Result<Image, SegmentError> {
        let band = |band: usize| self.colors.iter().map(move |c| f32::from(c[band]) * (100.0 / SCALE));
        let values = (0..3).flat_map(band).collect();
        let valid: Vec<bool> = self.colors.iter().map(|c| *c != NOTHING).collect();
        Ok(Image::new(self.width, self.height, 3, values)?.only(&valid))
    }

    /// The pixel of a place; `None` beyond the picture, and where it shows nothing.
    pub fn pixel_at(&self, at: WorldPoint) -> Option<usize> {
        let p = self.camera.screen_from_world(at);
        let inside = p.x >= 0.0 && p.y >= 0.0 && p.x < self.width as f64 && p.y < self.height as f64;
        let pixel = inside.then(|| p.y as usize * self.width + p.x as usize)?;
        (self.colors[pixel] != NOTHING).then_some(pixel)
    }

    /// The world at a corner of pixels: 0, 0 is the upper left one of the picture.
    pub fn world(&self, x: f64, y: f64) -> WorldPoint {
        self.camera.world_from_screen(WorldPoint { x, y })
    }

    /// Columns and rows of a place, in pixels from the upper left.
    pub fn place(&self, at: WorldPoint) -> (f64, f64) {
        let p = self.camera.screen_from_world(at);
        (p.x, p.y)
    }

    /// How much the colour of a pixel differs from that of another; `None` where there is none.
    pub(crate) fn difference(&self, pixel: usize, from: usize) -> Option<Level> {
        let (a, b) = (self.colors[pixel], self.colors[from]);
        (a != NOTHING && b != NOTHING).then(|| level(distance(a, b)))
    }

    /// The pixel that is farthest from edges among those near this one.
    pub(crate) fn calmest_near(&self, pixel: usize) -> usize {
        let (x, y) = (pixel % self.width, pixel / self.width);
        let rows = y.saturating_sub(GAP_PX)..=(y + GAP_PX).min(self.height - 1);
        let all = rows.flat_map(|row| {
            let columns = x.saturating_sub(GAP_PX)..=(x + GAP_PX).min(self.width - 1);
            columns.map(move |column| row * self.width + column)
        });
        let away = |at: usize| (at % self.width).abs_diff(x) + (at / self.width).abs_diff(y);
        all.filter(|at| self.edge(*at).is_some())
            .min_by_key(|at| (self.edges[*at], away(*at)))
            .unwrap_or(pixel)
    }

    /// How strong an edge goes through a pixel or near it, so that gaps of edges are closed; `None` where there is no colour.
    pub(crate) fn edge(&self, pixel: usize) -> Option<Level> {
        (self.colors[pixel] != NOTHING).then(|| self.edges[pixel])
    }
}

/// The strongest of all levels within [`GAP_PX`] columns and rows.
fn widened(levels: &[Level], width: usize, height: usize) -> Vec<Level> {
    let mut across = levels.to_vec();
    for (wide, row) in across.chunks_exact_mut(width).zip(levels.chunks_exact(width)) {
        for (x, most) in wide.iter_mut().enumerate() {
            let near = &row[x.saturating_sub(GAP_PX)..(x + GAP_PX + 1).min(width)];
            *most = near.iter().copied().max().unwrap_or(0);
        }
    }
    let mut all = across.clone();
    for (y, wide) in all.chunks_exact_mut(width).enumerate() {
        for row in y.saturating_sub(GAP_PX)..(y + GAP_PX + 1).min(height) {
            for (most, other) in wide.iter_mut().zip(&across[row * width..]) {
                *most = (*most).max(*other);
            }
        }
    }
    all
}

fn level(distance: f32) -> Level {
    (f64::from(distance / SCALE) * 100.0 * LEVELS_PER_UNIT).min(f64::from(LARGEST)) as Level
}

fn distance(a: [i16; 3], b: [i16; 3]) -> f32 {
    let [x, y, z] = [0, 1, 2].map(|i| f32::from(a[i]) - f32::from(b[i]));
    (x * x + y * y + z * z).sqrt()
}

/// The strength of edges by Sobel's operator, over all three numbers of the colour: what a step as large as a
/// difference between two colours gives is that difference.
fn edges_of(colors: &[[i16; 3]], width: usize, height: usize) -> Vec<Level> {
    let mut edges = vec![0; colors.len()];
    for y in 0..height {
        let rows = [y.saturating_sub(1), y, (y + 1).min(height - 1)].map(|row| row * width);
        for x in 0..width {
            let here = colors[rows[1] + x];
            if here == NOTHING {
                continue;
            }
            let columns = [x.saturating_sub(1), x, (x + 1).min(width - 1)];
            // Where there is nothing it is as it is here: the rim of an image is a rim, no edge of what it shows.
            let at = |row: usize, column: usize, channel: usize| {
                let color = colors[rows[row] + columns[column]];
                f32::from(if color == NOTHING { here[channel] } else { color[channel] })
            };
            let mut sum = 0.0;
            for i in 0..3 {
                let across = at(0, 2, i) + 2.0 * at(1, 2, i) + at(2, 2, i)
                    - at(0, 0, i)
                    - 2.0 * at(1, 0, i)
                    - at(2, 0, i);
                let down = at(2, 0, i) + 2.0 * at(2, 1, i) + at(2, 2, i)
                    - at(0, 0, i)
                    - 2.0 * at(0, 1, i)
                    - at(0, 2, i);
                sum += across * across + down * down;
            }
            edges[rows[1] + x] = level(sum.sqrt() / 4.0);
        }
    }
    edges
}

/// The colours of RGBA bytes in `OKLab`, from black to white 0 to 1; `None` where nothing is seen.
pub(crate) fn colors_of(rgba: &[u8]) -> Vec<Option<[f32; 3]>> {
    let linear: Vec<f32> = (0..=255_u8).map(linear_from_srgb).collect();
    let color = |p: &[u8]| {
        (p[3] > 0).then(|| oklab([p[0], p[1], p[2]], &linear).map(|value| f32::from(value) / SCALE))
    };
    rgba.chunks_exact(4).map(color).collect()
}

fn linear_from_srgb(value: u8) -> f32 {
    let v = f32::from(value) / 255.0;
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn oklab(rgb: [u8; 3], linear: &[f32]) -> [i16; 3] {
    let [r, g, b] = rgb.map(|v| linear[usize::from(v)]);
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    let lab = [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ];
    lab.map(|v| (v * SCALE).round() as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, colors: &[[u8; 4]]) -> Composite {
        let height = colors.len() / width;
        let camera = Viewport::new((0.0, 0.0).into(), 0.5, [width as f64, height as f64]);
        Composite::new(camera, colors.as_flattened()).expect("as many as it has pixels")
    }

    #[test]
    fn colours_are_those_of_the_paper_that_defines_them() {
        let linear: Vec<f32> = (0..=255_u8).map(linear_from_srgb).collect();
        // White and the primaries of sRGB, from the reference implementation.
        let known = [
            ([255, 255, 255], [1.0, 0.0, 0.0]),
            ([255, 0, 0], [0.627_955, 0.224_863, 0.125_846]),
            ([0, 255, 0], [0.866_44, -0.233_888, 0.179_498]),
            ([0, 0, 255], [0.452_014, -0.032_457, -0.311_528]),
        ];
        for (rgb, lab) in known {
            let found = oklab(rgb, &linear).map(|v| f32::from(v) / SCALE);
            assert!(found.iter().zip(lab).all(|(a, b)| (a - b).abs() < 2e-4), "{rgb:?}: {found:?}");
        }
    }

    #[test]
    fn differences_are_in_hundredths_of_the_way_from_black_to_white() {
        let image = picture(3, &[[0, 0, 0, 255], [255, 255, 255, 255], [9, 9, 9, 0]]);
        assert_eq!(image.difference(0, 1), Some((100.0 * LEVELS_PER_UNIT) as Level));
        assert_eq!(image.difference(0, 2), None);
        assert_eq!((image.edge(2), image.pixel_at((0.6, 0.0).into())), (None, None));
        assert_eq!(image.pixel_at((-0.6, 0.0).into()), Some(0), "half a world unit a pixel");
    }

    #[test]
    fn an_edge_is_as_strong_as_the_step_and_the_rim_of_an_image_is_none() {
        let (black, white) = ([0, 0, 0, 255], [255, 255, 255, 255]);
        let row = [black, black, black, black, white, white, white, white, white, [0; 4]];
        let image = picture(10, &[row; 3].concat());
        let middle: Vec<_> = (10..20).map(|pixel| image.edge(pixel)).collect();
        let step = Some((100.0 * LEVELS_PER_UNIT) as Level);
        // It goes through two pixels, and is kept two away from.
        let none = Some(0);
        assert_eq!(middle, [none, step, step, step, step, step, step, none, none, None]);
        assert_eq!((image.calmest_near(12), image.calmest_near(13)), (10, 13), "nothing calmer is near");
    }

    #[test]
    fn bytes_of_another_size_are_no_picture() {
        let camera = Viewport::new((0.0, 0.0).into(), 1.0, [2.0, 2.0]);
        assert!(Composite::new(camera, &[0; 15]).is_none());
        assert!(Composite::new(camera.resized([0.0, 2.0]), &[]).is_none());
    }
}
