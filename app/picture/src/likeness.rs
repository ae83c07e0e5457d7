//! What regions look like: a small crop of each with some ground around it, as numbers that can be compared.

use geo::{Area as _, BoundingRect as _, Coord, CoordsIter as _, Euclidean, Geometry, Length as _, Rect};
use raster::{ReadError, Samples};
use rayon::prelude::*;
use segment::{Appearance, Crop, Figure, fence};
use spatial::WorldRect;

use crate::layer::LayerView;
use crate::region::parts;
use crate::rendering::BandMix;

/// Pixels along the longer side of a crop, about, and at most: in finer detail two roofs are told apart by their tiles.
const SIDE_PX: f64 = 72.0;
const MOST_PX: u32 = 1_024;
/// Ground around a region, as a share of its longer side, and the least of it in pixels of the image.
const AROUND: f64 = 0.25;
const LEAST_AROUND_PX: f64 = 4.0;
/// Less of a crop than this in an image is not what a region looks like there.
const LEAST_SEEN: f64 = 0.5;

/// What a region looks like in the first of some layers that shows it, as the layer is drawn now. `None` where none does,
/// or where its pixels would be too many to read at once.
pub fn appearance(layers: &[LayerView], geometry: &Geometry<f64>) -> Result<Option<Appearance>, ReadError> {
    let Some(bounds) = geometry.bounding_rect() else { return Ok(None) };
    let figure = Figure { area: geometry.unsigned_area(), perimeter: perimeter(geometry) };
    for layer in layers.iter().filter(|layer| layer.rendering.visible) {
        let Some(window) = Window::around(layer, bounds) else { continue };
        let picture = window.read(layer)?;
        let seen = picture.rgba.chunks_exact(4).filter(|pixel| pixel[3] > 0).count();
        if (seen as f64) < LEAST_SEEN * (picture.rgba.len() / 4) as f64 {
            continue;
        }
        let inside = picture.inside(layer, geometry);
        let crop = Crop { width: picture.width, rgba: &picture.rgba, inside: &inside };
        return Ok(Appearance::of(&crop, figure));
    }
    Ok(None)
}

/// What many shapes look like, in their order, several at a time; what cannot be read looks like nothing. `go_on` is told
/// how many are done, from any thread; `None` when it said no.
pub fn appearances(
    layers: &[LayerView],
    shapes: &[&Geometry<f64>],
    go_on: &(dyn Fn(u64, u64) -> bool + Sync),
) -> Option<Vec<Option<Appearance>>> {
    /// Shapes between two questions whether to go on.
    const AT_ONCE: usize = 64;
    let mut seen = Vec::with_capacity(shapes.len());
    for some in shapes.chunks(AT_ONCE) {
        if !go_on(seen.len() as u64, shapes.len() as u64) {
            return None;
        }
        seen.par_extend(some.par_iter().map(|shape| appearance(layers, shape).ok().flatten()));
    }
    Some(seen)
}

fn perimeter(geometry: &Geometry<f64>) -> f64 {
    parts(geometry).iter().flat_map(|(rings, _)| rings).map(|ring| Euclidean.length(*ring)).sum()
}

/// Which pixels of which level.
struct Window {
    level: u8,
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

impl Window {
    fn around(layer: &LayerView, bounds: Rect<f64>) -> Option<Self> {
        let around = bounds.width().max(bounds.height()) * AROUND;
        let grow = Coord { x: around, y: around };
        let world = WorldRect::new(bounds.min() - grow, bounds.max() + grow);
        let middle = layer.placement.image_from_world(bounds.center())?;
        let least = LEAST_AROUND_PX;
        let own = layer.placement.image_box_of(world);
        let [x0, y0, x1, y1] = own.unwrap_or([middle.x, middle.y, middle.x, middle.y]);
        let [x0, y0] = [x0.min(middle.x - least), y0.min(middle.y - least)];
        let [x1, y1] = [x1.max(middle.x + least), y1.max(middle.y + least)];
        let pyramid = layer.source.pyramid();
        let level = pyramid.level_for((x1 - x0).max(y1 - y0) / SIDE_PX);
        let (sx, sy) = pyramid.scale(level);
        let size = &pyramid.levels()[usize::from(level)];
        let span = |low: f64, high: f64, scale: f64, length: u32| {
            let low = (low / scale).floor().clamp(0.0, f64::from(length));
            let high = (high / scale).ceil().clamp(0.0, f64::from(length));
            let length = (high - low) as u32;
            (length > 0 && length <= MOST_PX).then_some((low as u32, length))
        };
        let (x, width) = span(x0, x1, sx, size.width)?;
        let (y, height) = span(y0, y1, sy, size.height)?;
        Some(Self { level, x, y, width, height })
    }

    fn read(self, layer: &LayerView) -> Result<Pixels, ReadError> {
        let Self { level, x, y, width, height } = self;
        let samples = layer.source.read_window(level, x, y, width, height, &layer.rendering.bands())?;
        let colors = colors(layer, &samples);
        let longer = f64::from(width.max(height));
        // One pixel out of many where the image has no level that is coarse enough.
        let step = (longer / (2.0 * SIDE_PX)).ceil().max(1.0) as usize;
        let (across, down) = (width as usize, height as usize);
        let mut rgba = Vec::new();
        for row in (0..down).step_by(step) {
            for column in (0..across).step_by(step) {
                rgba.extend(colors[row * across + column]);
            }
        }
        let (sx, sy) = layer.source.pyramid().scale(level);
        let step_px = [sx * step as f64, sy * step as f64];
        let first = [f64::from(x) * sx, f64::from(y) * sy];
        Ok(Pixels { width: across.div_ceil(step), rgba, first, step_px })
    }
}

/// A crop in memory.
struct Pixels {
    width: usize,
    rgba: Vec<u8>,
    /// Where it begins, and what each pixel spans, in pixels of the full resolution.
    first: [f64; 2],
    step_px: [f64; 2],
}

impl Pixels {
    /// Which pixels belong to a region; of lines and points, and of what is smaller than a pixel, those that they touch.
    fn inside(&self, layer: &LayerView, geometry: &Geometry<f64>) -> Vec<bool> {
        let place = |at: Coord<f64>| {
            let p = layer.placement.image_from_world(at)?;
            Some(((p.x - self.first[0]) / self.step_px[0], (p.y - self.first[1]) / self.step_px[1]))
        };
        let mut inside = vec![false; self.rgba.len() / 4];
        let rings: Vec<Vec<(f64, f64)>> = parts(geometry)
            .into_iter()
            .filter(|(_, closed)| *closed)
            .flat_map(|(rings, _)| rings)
            .map(|ring| ring.coords().filter_map(|at| place(*at)).collect())
            .collect();
        if !rings.is_empty() {
            fence(&mut inside, self.width, &rings, false);
        }
        if !inside.contains(&true) {
            let height = inside.len() / self.width;
            for (x, y) in geometry.coords_iter().filter_map(place) {
                let column = (x.max(0.0) as usize).min(self.width - 1);
                let row = (y.max(0.0) as usize).min(height - 1);
                inside[row * self.width + column] = true;
            }
        }
        inside
    }
}

/// The colours of samples as the layer is drawn; transparent where there is nothing. Colour maps are left out: what
/// is alike in the numbers is alike in any colours.
fn colors(layer: &LayerView, samples: &Samples) -> Vec<[u8; 4]> {
    let look = &layer.rendering;
    let limits = look.shown_stretch();
    let byte = |value: f32, [low, high]: [f32; 2]| {
        let span = if high == low { 1.0 } else { high - low };
        (((value - low) / span).clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let grey = |value: f32| {
        let level = byte(value, limits[0]);
        if value.is_finite() { [level, level, level, 255] } else { [0; 4] }
    };
    if let BandMix::Formula { formula, .. } = &look.mix {
        return formula.values(samples).into_iter().map(grey).collect();
    }
    let bands = look.mix.bands();
    let planes: Vec<Option<usize>> =
        bands.iter().map(|band| samples.bands.iter().position(|held| held == band)).collect();
    let value = |plane: Option<usize>, i: usize| {
        plane.and_then(|plane| samples.values.get(plane * samples.plane_len() + i)).unwrap_or(f64::NAN) as f32
    };
    let is_valid = |i: usize| samples.valid.as_ref().is_none_or(|valid| valid[i] != 0);
    let color = |i: usize| match planes[..] {
        _ if !is_valid(i) => [0; 4],
        [r, g, b] => {
            let values = [value(r, i), value(g, i), value(b, i)];
            if values.iter().any(|v| !v.is_finite()) {
                return [0; 4];
            }
            let [r, g, b] = std::array::from_fn(|k| byte(values[k], limits[k]));
            [r, g, b, 255]
        }
        [one, ..] => grey(value(one, i)),
        [] => [0; 4],
    };
    (0..samples.plane_len()).map(color).collect()
}
