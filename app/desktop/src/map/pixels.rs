//! Far in: the edges of pixels, and the values of the shown bands written into them.

use egui::{Align2, Color32, Painter, Pos2, Rect, Stroke};
use picture::{BandMix, LayerView};
use project::LayerId;
use raster::ExactSamples;
use spatial::{ImagePoint, Viewport};

use super::overlay::text_with_casing;
use super::view::to_window;
use crate::fonts;
use crate::format;
use crate::state::State;

/// Edges are drawn from this many points a pixel on.
const EDGES_FROM: f64 = 16.0;
/// Values are read from this many points a pixel on: less has no room for a digit.
const VALUES_FROM: f64 = 26.0;
/// Lines written into one pixel.
const LINES: usize = 4;
/// Blocks are cut along multiples of this many pixels, so that a small pan reads nothing.
const STEP: u32 = 16;
/// Pixels of one block; a screen full of the smallest ones that are read has fewer.
const MOST: u64 = 65_536;

/// The values of a rectangle of pixels.
#[derive(Debug)]
pub struct PixelBlock {
    pub place: BlockPlace,
    pub samples: ExactSamples,
}

/// Which values a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockPlace {
    pub layer: LayerId,
    /// The layer's number among those that were opened: a reopened file has another.
    pub number: u64,
    pub bands: Vec<usize>,
    /// First column and row, width and height in pixels of the full resolution.
    pub window: [u32; 4],
}

impl BlockPlace {
    /// True when this block has everything that another would have.
    pub fn covers(&self, other: &Self) -> bool {
        let ([x, y, w, h], [a, b, c, d]) = (self.window, other.window);
        let inside = x <= a && y <= b && x + w >= a + c && y + h >= b + d;
        inside && self.layer == other.layer && self.number == other.number && self.bands == other.bands
    }
}

/// Points that one pixel of a layer takes in the middle of the screen.
fn points_per_pixel(view: &LayerView, camera: &Viewport, pixels_per_point: f32) -> Option<f64> {
    let box_px = view.placement.image_box_of(camera.bounds())?;
    let middle =
        ImagePoint { x: f64::midpoint(box_px[0], box_px[2]), y: f64::midpoint(box_px[1], box_px[3]) };
    let size = view.placement.pixel_size_at(middle)?;
    Some(size / camera.resolution / f64::from(pixels_per_point))
}

/// The layer whose pixels are shown, when they are large enough for edges.
fn shown(state: &State) -> Option<(LayerId, &LayerView, f64)> {
    if !state.preferences.map.pixel_values {
        return None;
    }
    let (id, layer) = state.shown_layer()?;
    let view = layer.view().filter(|v| v.rendering.visible && v.rendering.opacity > 0.0)?;
    let points = points_per_pixel(view, &state.camera, state.pixels_per_point)?;
    (points >= EDGES_FROM).then_some((id, view, points))
}

/// The whole pixels in view: first column and row, one past the last.
fn in_view(view: &LayerView, camera: &Viewport) -> Option<[u32; 4]> {
    let [x0, y0, x1, y1] = view.placement.image_box_of(camera.bounds())?;
    let (width, height) = view.placement.size();
    let low = |v: f64| v.floor().max(0.0) as u32;
    let found = [low(x0), low(y0), (x1.ceil() as u32).min(width), (y1.ceil() as u32).min(height)];
    (found[2] > found[0] && found[3] > found[1]).then_some(found)
}

/// The values that the present view needs; `None` where it shows none.
pub fn wanted(state: &State) -> Option<BlockPlace> {
    let (layer, view, _) = shown(state).filter(|(_, _, points)| *points >= VALUES_FROM)?;
    let [x0, y0, x1, y1] = in_view(view, &state.camera)?;
    let (width, height) = view.placement.size();
    let (x0, y0) = (x0 / STEP * STEP, y0 / STEP * STEP);
    let (x1, y1) = (x1.next_multiple_of(STEP).min(width), y1.next_multiple_of(STEP).min(height));
    let window = [x0, y0, x1 - x0, y1 - y0];
    let mut bands = view.rendering.bands();
    bands.dedup();
    bands.truncate(LINES);
    let few = u64::from(window[2]) * u64::from(window[3]) <= MOST;
    few.then_some(BlockPlace { layer, number: view.number, bands, window })
}

/// From pixels of the image to points of the window. Far in, four corners say it for all between.
struct Corners {
    first: [f64; 2],
    span: [f64; 2],
    at: [Pos2; 4],
}

impl Corners {
    fn new(state: &State, view: &LayerView, [x0, y0, x1, y1]: [u32; 4], rect: Rect) -> Option<Self> {
        let corner = |x: u32, y: u32| {
            let at = view.placement.world_from_image(ImagePoint { x: f64::from(x), y: f64::from(y) })?;
            Some(to_window(state.camera.screen_from_world(at), rect, state.pixels_per_point))
        };
        let at = [corner(x0, y0)?, corner(x1, y0)?, corner(x1, y1)?, corner(x0, y1)?];
        let span = [f64::from(x1 - x0), f64::from(y1 - y0)];
        Some(Self { first: [f64::from(x0), f64::from(y0)], span, at })
    }

    fn at(&self, x: f64, y: f64) -> Pos2 {
        let u = ((x - self.first[0]) / self.span[0]) as f32;
        let v = ((y - self.first[1]) / self.span[1]) as f32;
        let [a, b, c, d] = self.at;
        let (top, bottom) = (a.lerp(b, u), d.lerp(c, u));
        top.lerp(bottom, v)
    }
}

/// Draws edges and values of the pixels in view.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    let Some((id, view, points)) = shown(state) else { return };
    let Some(seen) = in_view(view, &state.camera) else { return };
    let Some(corners) = Corners::new(state, view, seen, rect) else { return };
    paint_edges(painter, state, &corners, seen, points);
    let block = state.aids.pixels.as_ref();
    let Some(block) = block.filter(|b| b.place.layer == id && b.place.number == view.number) else { return };
    let mut bands = view.rendering.bands();
    bands.dedup();
    bands.truncate(LINES);
    if points >= VALUES_FROM && block.place.bands == bands {
        paint_values(painter, state, &corners, seen, (view, block, points));
    }
}

fn paint_edges(painter: &Painter, state: &State, corners: &Corners, seen: [u32; 4], points: f64) {
    let [x0, y0, x1, y1] = seen.map(f64::from);
    // They come in slowly, so that they never look like part of the image.
    let strength = ((points - EDGES_FROM) / 20.0).clamp(0.25, 1.0) as f32 * 0.5;
    let dark = Stroke::new(1.0, state.theme.color.map_casing.gamma_multiply(strength));
    let light = Stroke::new(1.0, state.theme.color.map_ink.gamma_multiply(strength * 0.5));
    let shift = egui::vec2(1.0, 1.0) / state.pixels_per_point;
    let line = |a: Pos2, b: Pos2| {
        painter.line_segment([a, b], dark);
        painter.line_segment([a + shift, b + shift], light);
    };
    for x in seen[0]..=seen[2] {
        line(corners.at(f64::from(x), y0), corners.at(f64::from(x), y1));
    }
    for y in seen[1]..=seen[3] {
        line(corners.at(x0, f64::from(y)), corners.at(x1, f64::from(y)));
    }
}

fn paint_values(
    painter: &Painter,
    state: &State,
    corners: &Corners,
    seen: [u32; 4],
    (view, block, points): (&LayerView, &PixelBlock, f64),
) {
    let [bx, by, bw, bh] = block.place.window;
    let size = state.theme.size.small.min((points as f32 - 4.0) / block.place.bands.len().max(1) as f32);
    if size < 8.0 {
        return;
    }
    let font = fonts::mono(size);
    // The widest value decides for all, so that a pan does not make words come and go.
    let room = ((points - 4.0) / f64::from(size) / 0.6).floor() as usize;
    if widest(block) > room {
        return;
    }
    let ink = Ink::new(view);
    for y in seen[1].max(by)..seen[3].min(by + bh) {
        for x in seen[0].max(bx)..seen[2].min(bx + bw) {
            let (col, row) = (x - bx, y - by);
            let at = corners.at(f64::from(x) + 0.5, f64::from(y) + 0.5);
            if !block.samples.is_valid(col, row) {
                text_with_casing(painter, state, at, Align2::CENTER_CENTER, "–");
                continue;
            }
            let values: Vec<f64> = (0..block.place.bands.len())
                .map(|band| block.samples.value(band, col, row).map_or(f64::NAN, raster::ExactValue::to_f64))
                .collect();
            let text = values.iter().map(|v| format::sample(*v)).collect::<Vec<_>>().join("\n");
            match ink.on(&values) {
                Some(color) => {
                    painter.text(at, Align2::CENTER_CENTER, text, font.clone(), color);
                }
                None => text_with_casing(painter, state, at, Align2::CENTER_CENTER, &text),
            }
        }
    }
}

/// Letters of the longest value of a block; a sample of them stands for all.
fn widest(block: &PixelBlock) -> usize {
    let [_, _, width, height] = block.place.window;
    let stride = (width.max(height) / 32).max(1) as usize;
    let mut most = 1;
    for row in (0..height).step_by(stride) {
        for col in (0..width).step_by(stride) {
            for band in 0..block.place.bands.len() {
                if let Some(value) = block.samples.value(band, col, row) {
                    most = most.max(format::sample(value.to_f64()).chars().count());
                }
            }
        }
    }
    most
}

/// Black or white, whichever can be read on the colour that values have on the map.
struct Ink {
    stretch: [[f32; 2]; 3],
    gamma: f32,
    /// Colours of a colour map; `None`: three bands are the colour.
    map: Option<[[u8; 3]; 256]>,
    known: bool,
}

impl Ink {
    fn new(view: &LayerView) -> Self {
        let r = &view.rendering;
        let (map, simple) = match &r.mix {
            BandMix::Rgb(bands) => (None, bands[0] != bands[1] && bands[1] != bands[2]),
            BandMix::Single { colormap, .. } => {
                let mut colors = *colormap.colors();
                if r.reversed {
                    colors.reverse();
                }
                (Some(colors), true)
            }
            BandMix::Formula { .. } => (None, false),
        };
        let known = simple && r.classes.is_none() && r.opacity > 0.9;
        Self { stretch: r.shown_stretch(), gamma: r.gamma.max(0.01), map, known }
    }

    fn on(&self, values: &[f64]) -> Option<Color32> {
        let share = |slot: usize, value: f64| {
            let [low, high] = self.stretch[slot].map(f64::from);
            let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
            (t.is_finite()).then(|| t.powf(1.0 / f64::from(self.gamma)))
        };
        let rgb = match (&self.map, values) {
            _ if !self.known => None,
            (Some(colors), [value]) => {
                share(0, *value).map(|t| colors[(t * 255.0) as usize].map(|v| f64::from(v) / 255.0))
            }
            (None, [r, g, b]) => Some([share(0, *r)?, share(1, *g)?, share(2, *b)?]),
            _ => None,
        }?;
        let luma = 0.2126 * rgb[0].powf(2.2) + 0.7152 * rgb[1].powf(2.2) + 0.0722 * rgb[2].powf(2.2);
        // Where black and white are equally far by WCAG's measure.
        Some(if luma > 0.179 { Color32::BLACK } else { Color32::WHITE })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_covers_what_lies_in_it_and_shows_the_same_bands() {
        let place = |bands: &[usize], window| BlockPlace {
            layer: project::IdSource::new(0, 1).layer(),
            number: 1,
            bands: bands.to_vec(),
            window,
        };
        let whole = place(&[0, 1, 2], [16, 16, 64, 64]);
        assert!(whole.covers(&place(&[0, 1, 2], [32, 32, 16, 48])));
        assert!(!whole.covers(&place(&[0, 1, 2], [32, 32, 64, 16])), "beyond its right edge");
        assert!(!whole.covers(&place(&[0, 1], [32, 32, 16, 16])));
    }
}
