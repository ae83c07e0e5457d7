//! One open layer on the map: the tiles that a camera wants and where they go.

use std::collections::HashSet;
use std::sync::Arc;

use raster::{SampleBuffer, Samples, Source};
use renderer::{Filter, GpuError, LayerScene, TileDraw, TileId, TileSamples, TileTextures, TileValues};
use spatial::{CrsError, GeoTransform, Placement, Pyramid, TileKey, TileWindow, Viewport, WorldPoint};

use crate::Rendering;

/// Layers with more bands than this keep only the shown ones on the GPU.
const ALL_BANDS_UP_TO: usize = 8;

/// More tiles than this are too many to be looked at: an image without coarse levels is shown roughly then.
const MOST_TILES: usize = 400;

/// What has become of a tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TileStatus {
    /// Not on the GPU: a coarser tile stands in.
    Missing,
    /// On the GPU, faded in so far (0 to 1).
    Resident(f32),
    /// It could not be read.
    Failed,
}

/// An open layer, where it lies on the map, and how it looks.
#[derive(Clone, Debug)]
pub struct LayerView {
    /// Names its tiles on the GPU; unique among the open layers.
    pub number: u64,
    pub source: Arc<Source>,
    pub placement: Placement,
    pub rendering: Rendering,
}

impl LayerView {
    /// Places a source on a map in `world_crs` (`None`: pixel space).
    pub fn new(
        number: u64,
        source: Arc<Source>,
        rendering: Rendering,
        world_crs: Option<&spatial::Crs>,
    ) -> Result<Self, CrsError> {
        let image = source.image();
        let size = (image.width, image.height);
        let placement = match &image.warp {
            Some(warp) if world_crs.is_some() => {
                Placement::through(warp, size, image.crs.as_ref(), world_crs)?
            }
            _ => {
                let transform = image.transform.filter(|_| world_crs.is_some());
                let transform = transform.unwrap_or(GeoTransform::PIXELS);
                Placement::new(transform, size, image.crs.as_ref(), world_crs)?
            }
        };
        Ok(Self { number, source, placement, rendering })
    }

    /// The bands that must be on the GPU, counted from 0 in the file; others may be there from before.
    pub fn loaded_bands(&self) -> Vec<usize> {
        let count = self.source.image().bands.len();
        if count <= ALL_BANDS_UP_TO { (0..count).collect() } else { self.rendering.bands() }
    }

    /// The name of a tile on the GPU.
    pub fn tile_id(&self, key: TileKey) -> TileId {
        TileId { layer: self.number, key }
    }

    /// The tiles that a camera needs, those in the middle of the screen first; empty when the layer is
    /// hidden or out of sight.
    pub fn wanted(&self, camera: &Viewport) -> Vec<TileKey> {
        let Some(image_box) = self.box_in_sight(camera) else { return Vec::new() };
        let level = self.source.pyramid().level_for(self.image_px_per_screen_px(camera, image_box));
        self.source.pyramid().tiles_in(level, image_box)
    }

    /// The same while somebody looks on: where exact tiles would be too many, as of an image whose overviews are
    /// still being made, those of its rough view. Not for a picture that is kept.
    pub fn wanted_now(&self, camera: &Viewport) -> Vec<TileKey> {
        let rough = self.rough_level(camera).zip(self.source.rough_pyramid());
        match rough {
            Some(((level, image_box), pyramid)) => pyramid.tiles_in(level, image_box),
            None => self.wanted(camera),
        }
    }

    /// True where [`LayerView::wanted_now`] is a rough view.
    pub fn is_rough(&self, camera: &Viewport) -> bool {
        self.rough_level(camera).is_some()
    }

    /// The levels that tiles of [`LayerView::wanted_now`] belong to, and those that stand in for them.
    pub fn pyramid_now(&self) -> &Pyramid {
        self.source.rough_pyramid().unwrap_or_else(|| self.source.pyramid())
    }

    /// The level of the rough view that a camera shows, if it does, and what it sees of the image.
    fn rough_level(&self, camera: &Viewport) -> Option<(u8, [f64; 4])> {
        let rough = self.source.rough_pyramid()?;
        let image_box = self.box_in_sight(camera)?;
        let per_pixel = self.image_px_per_screen_px(camera, image_box);
        let own = self.source.pyramid();
        if own.count_in(own.level_for(per_pixel), image_box) <= MOST_TILES {
            return None;
        }
        let first = own.levels().len() as u8;
        let fits = |level: &u8| rough.scale(*level).0 <= per_pixel * 1.01;
        let level = (first..rough.levels().len() as u8).rev().find(fits).unwrap_or(first);
        Some((level, image_box))
    }

    /// What a camera sees of the image, in its pixels; `None` when it is hidden or out of sight.
    fn box_in_sight(&self, camera: &Viewport) -> Option<[f64; 4]> {
        let is_shown = self.rendering.visible && self.rendering.opacity > 0.0;
        self.placement.image_box_of(camera.bounds()).filter(|_| is_shown)
    }

    /// What a camera sees of it: the level that is drawn, and a box of whole pixels of that level around what is in
    /// sight (left, top, right, bottom in pixels of the full resolution); `None` out of sight.
    pub fn seen(&self, camera: &Viewport) -> Option<(u8, [f64; 4])> {
        let [x0, y0, x1, y1] = self.placement.image_box_of(camera.bounds())?;
        let pyramid = self.source.pyramid();
        let level = pyramid.level_for(self.image_px_per_screen_px(camera, [x0, y0, x1, y1]));
        let (sx, sy) = pyramid.scale(level);
        let size = &pyramid.levels()[usize::from(level)];
        let whole = |low: f64, high: f64, scale: f64, length: u32| {
            let low = (low / scale).floor().clamp(0.0, f64::from(length));
            let high = (high / scale).ceil().clamp(0.0, f64::from(length));
            (low < high).then_some((low * scale, high * scale))
        };
        let (left, right) = whole(x0, x1, sx, size.width)?;
        let (top, bottom) = whole(y0, y1, sy, size.height)?;
        Some((level, [left, top, right, bottom]))
    }

    /// How many full-resolution pixels one screen pixel spans in the middle of what is seen.
    fn image_px_per_screen_px(&self, camera: &Viewport, image_box: [f64; 4]) -> f64 {
        let [x0, y0, x1, y1] = image_box;
        let middle = (f64::midpoint(x0, x1), f64::midpoint(y0, y1)).into();
        let pixel = self.placement.pixel_size_at(middle).or_else(|| self.placement.pixel_size());
        pixel.map_or(1.0, |size| camera.resolution / size)
    }

    /// The layer as this camera sees it.
    pub fn scene(&self, camera: &Viewport, status: &dyn Fn(TileKey) -> TileStatus) -> LayerScene {
        self.scene_of(&self.wanted(camera), self.source.pyramid(), camera, status)
    }

    /// The same while somebody looks on, of the tiles of [`LayerView::wanted_now`]. Where a tile is missing the
    /// finest resident coarser one is drawn in its place.
    pub fn scene_now(&self, camera: &Viewport, status: &dyn Fn(TileKey) -> TileStatus) -> LayerScene {
        self.scene_of(&self.wanted_now(camera), self.pyramid_now(), camera, status)
    }

    fn scene_of(
        &self,
        wanted: &[TileKey],
        pyramid: &Pyramid,
        camera: &Viewport,
        status: &dyn Fn(TileKey) -> TileStatus,
    ) -> LayerScene {
        let mut coarse = Vec::new();
        let mut fine = Vec::new();
        let mut drawn = HashSet::new();
        let canvas = Canvas { view: self, pyramid, camera, status };
        for key in wanted.iter().copied() {
            let Some(window) = pyramid.window(key) else { continue };
            match status(key) {
                TileStatus::Resident(fade) => {
                    if fade < 1.0 {
                        canvas.draw_ancestor(key, &mut drawn, &mut coarse);
                    }
                    canvas.draw(key, (window, window), (fade, false), &mut fine);
                }
                TileStatus::Missing => canvas.draw_ancestor(key, &mut drawn, &mut coarse),
                TileStatus::Failed => canvas.draw(key, (window, window), (1.0, true), &mut fine),
            }
        }
        coarse.extend(fine);
        let mut layer = LayerScene::rgb(coarse);
        self.rendering.dress(&mut layer);
        layer.filter = self.filter(camera);
        layer.no_data = self.no_data();
        layer
    }

    /// The layer's look on tiles that do not lie where it lies on the map, opaque.
    pub(crate) fn elsewhere(&self, tiles: Vec<TileDraw>, filter: Filter) -> LayerScene {
        let mut layer = LayerScene::rgb(tiles);
        self.rendering.dress(&mut layer);
        (layer.filter, layer.no_data, layer.opacity) = (filter, self.no_data(), 1.0);
        layer
    }

    /// The value of the shown bands that means "nothing here", where no mask or alpha says so for all bands.
    fn no_data(&self) -> Option<f32> {
        let image = self.source.image();
        let first = image.bands.get(*self.rendering.mix.bands().first()?)?;
        first.no_data.filter(|_| !image.has_alpha && !image.has_mask).map(|value| value as f32)
    }

    fn filter(&self, camera: &Viewport) -> Filter {
        let pixel = self.placement.pixel_size().unwrap_or(camera.resolution);
        let magnified = pixel / camera.resolution > 2.0;
        self.rendering.filter.unwrap_or(if magnified { Filter::Nearest } else { Filter::Bilinear })
    }
}

/// Where the tiles of a layer are laid.
struct Canvas<'a> {
    view: &'a LayerView,
    pyramid: &'a Pyramid,
    camera: &'a Viewport,
    status: &'a dyn Fn(TileKey) -> TileStatus,
}

impl Canvas<'_> {
    /// Draws the parts of the finest resident coarser level that lie under a tile.
    fn draw_ancestor(&self, key: TileKey, drawn: &mut HashSet<(TileKey, [u32; 4])>, out: &mut Vec<TileDraw>) {
        let pyramid = self.pyramid;
        let Some(window) = pyramid.window(key) else { return };
        let (sx, sy) = pyramid.scale(key.level);
        let left = f64::from(window.x) * sx;
        let top = f64::from(window.y) * sy;
        let right = left + f64::from(window.width) * sx;
        let bottom = top + f64::from(window.height) * sy;
        for level in key.level + 1..pyramid.levels().len() as u8 {
            let parents = pyramid.tiles_in(level, [left, top, right, bottom]);
            let is_there = |key: &TileKey| matches!((self.status)(*key), TileStatus::Resident(_));
            let resident: Vec<TileKey> = parents.into_iter().filter(is_there).collect();
            if resident.is_empty() {
                continue;
            }
            for parent in resident {
                let Some(whole) = pyramid.window(parent) else { continue };
                let (px, py) = pyramid.scale(level);
                let part = cut(whole, [left / px, top / py, right / px, bottom / py]);
                if drawn.insert((parent, [part.x, part.y, part.width, part.height])) {
                    self.draw(parent, (whole, part), (1.0, false), out);
                }
            }
            return;
        }
    }

    /// Lays a part of a whole tile over the screen, faded so far, or hatched where it failed.
    fn draw(
        &self,
        key: TileKey,
        (whole, part): (TileWindow, TileWindow),
        (fade, failed): (f32, bool),
        out: &mut Vec<TileDraw>,
    ) {
        if part.width == 0 || part.height == 0 {
            return;
        }
        let level = &self.pyramid.levels()[usize::from(key.level)];
        let mesh = self.view.placement.mesh(level, part);
        let (left, top) = (f64::from(part.x - whole.x), f64::from(part.y - whole.y));
        let (width, height) = (f64::from(part.width), f64::from(part.height));
        let source = |u0: f64, v0: f64, u1: f64, v1: f64| {
            [left + u0 * width, top + v0 * height, left + u1 * width, top + v1 * height].map(|v| v as f32)
        };
        let screen = |p: WorldPoint| {
            let p = self.camera.screen_from_world(p);
            [p.x as f32, p.y as f32]
        };
        let id = self.view.tile_id(key);
        let points: Vec<[f32; 2]> = mesh.points().iter().copied().flatten().map(screen).collect();
        if points.len() == mesh.points().len() && mesh.cells().count() == (mesh.n() * mesh.n()) as usize {
            let grid = renderer::TileMesh { columns: mesh.n(), rows: mesh.n(), points };
            out.push(TileDraw { id, mesh: grid, source: source(0.0, 0.0, 1.0, 1.0), fade, failed });
            return;
        }
        // A tile that leaves the map's projection is drawn cell by cell.
        out.extend(mesh.cells().map(|cell| {
            let [u0, v0, u1, v1] = cell.uv;
            let mesh = renderer::TileMesh::quad(cell.corners.map(screen));
            TileDraw { id, mesh, source: source(u0, v0, u1, v1), fade, failed }
        }));
    }
}

/// The whole pixels of a tile that meet a box in pixels of its level.
fn cut(whole: TileWindow, [left, top, right, bottom]: [f64; 4]) -> TileWindow {
    let span = |low: f64, high: f64, start: u32, length: u32| {
        let first = (low.floor().max(f64::from(start)) as u32).min(start + length);
        let last = (high.ceil().max(0.0) as u32).min(start + length);
        (first, last.saturating_sub(first))
    };
    let (x, width) = span(left, right, whole.x, whole.width);
    let (y, height) = span(top, bottom, whole.y, whole.height);
    TileWindow { x, y, width, height }
}

/// Sends the samples of a tile to the GPU; `keep` are bands of it that must not make room for them.
pub fn upload(
    tiles: &mut TileTextures,
    id: TileId,
    samples: &Samples,
    keep: &[usize],
) -> Result<(), GpuError> {
    let values = match &samples.values {
        SampleBuffer::U8(v) => TileValues::U8(v),
        SampleBuffer::U16(v) => TileValues::U16(v),
        SampleBuffer::I16(v) => TileValues::I16(v),
        SampleBuffer::F32(v) => TileValues::F32(v),
    };
    let (width, height) = (samples.width, samples.height);
    let bands = samples.bands.len() as u32;
    let sent = TileSamples { width, height, bands, values, valid: samples.valid.as_deref() };
    tiles.upload_bands(id, &samples.bands, keep, &sent)
}
