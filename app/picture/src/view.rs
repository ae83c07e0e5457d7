//! A whole view without a window.

use raster::{ReadError, Samples};
use renderer::{CoverageDraw, Gpu, GpuError, RENDER_IMAGE_FORMAT, Renderer, RgbaImage, Scene, ShapeScene};
use spatial::{TileKey, Viewport};

use crate::afar::Over;
use crate::layer::{LayerView, TileStatus, upload};

/// Why a view could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    #[error(transparent)]
    Gpu(#[from] GpuError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A drawn view, and how many of its tiles could not be read.
#[derive(Debug)]
pub struct Drawn {
    pub image: RgbaImage,
    pub failed: Vec<ReadError>,
}

/// The first tiles of a view in memory, read before there is a device to draw them on.
#[derive(Debug, Default)]
pub struct ReadAhead {
    /// For each layer the first of its wanted tiles.
    layers: Vec<Vec<Result<Samples, ReadError>>>,
}

/// Tiles that are read at once before they are sent: enough for all cores, and bounded memory.
const AT_ONCE: usize = 64;

/// Reads the tiles that a view begins with, in parallel: something to do while the device wakes.
pub fn read_ahead(layers: &[LayerView], camera: &Viewport) -> ReadAhead {
    let mut left = AT_ONCE;
    let mut read = |layer: &LayerView| {
        let mut keys = layer.wanted(camera);
        keys.truncate(left);
        left -= keys.len();
        layer.source.read_tiles(&keys, &layer.loaded_bands())
    };
    ReadAhead { layers: layers.iter().map(&mut read).collect() }
}

/// Draws layers from the lowest to the topmost, and over them regions (as a mass where they are very many) or any shapes. All tiles in view are read, in
/// parallel; those that cannot be read are hatched. When not a single one can be read, that is the error.
pub fn draw(
    gpu: &Gpu,
    layers: &[LayerView],
    ahead: ReadAhead,
    over: impl Into<Over>,
    camera: &Viewport,
    background: [u8; 4],
) -> Result<Drawn, ViewError> {
    let mut renderer = Renderer::new(gpu, RENDER_IMAGE_FORMAT)?;
    draw_with(gpu, &mut renderer, layers, ahead, over, camera, background)
}

/// Longest side of a block of a picture that is drawn in blocks; every device draws as much at once.
const BLOCK: u32 = 4096;

/// As [`draw`] in blocks, for pictures larger than a device draws at once. `go_on` is told how many blocks are
/// done, of how many; when it says no, the answer is `None`.
pub fn draw_in_blocks(
    gpu: &Gpu,
    renderer: &mut Renderer,
    layers: &[LayerView],
    shapes: &[ShapeScene],
    camera: &Viewport,
    background: [u8; 4],
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Drawn>, ViewError> {
    let [width, height] = camera.size_px.map(|side| side.max(1.0) as u32);
    let starts = |length: u32| (0..length).step_by(BLOCK as usize);
    let blocks: Vec<(u32, u32)> = starts(height).flat_map(|y| starts(width).map(move |x| (x, y))).collect();
    let mut pixels = vec![0; width as usize * height as usize * 4];
    let mut failed = Vec::new();
    for (done, (x, y)) in blocks.iter().enumerate() {
        if !go_on(done as u64, blocks.len() as u64) {
            return Ok(None);
        }
        let (w, h) = (BLOCK.min(width - x), BLOCK.min(height - y));
        let middle = spatial::ScreenPoint {
            x: f64::from(*x) + f64::from(w) / 2.0,
            y: f64::from(*y) + f64::from(h) / 2.0,
        };
        let part =
            Viewport::new(camera.world_from_screen(middle), camera.resolution, [f64::from(w), f64::from(h)]);
        let moved: Vec<ShapeScene> =
            shapes.iter().filter_map(|shape| moved(shape, [*x as f32, *y as f32], [w, h])).collect();
        let ahead = ReadAhead::default();
        let drawn = draw_with(gpu, renderer, layers, ahead, moved, &part, background)?;
        failed.extend(drawn.failed);
        let row = w as usize * 4;
        for (i, from) in drawn.image.pixels.chunks_exact(row).enumerate() {
            let to = ((*y as usize + i) * width as usize + *x as usize) * 4;
            pixels[to..to + row].copy_from_slice(from);
        }
    }
    Ok(Some(Drawn { image: RgbaImage { width, height, pixels }, failed }))
}

/// A shape in the pixels of a block; `None` where it does not reach it.
fn moved(shape: &ShapeScene, [x, y]: [f32; 2], size: [u32; 2]) -> Option<ShapeScene> {
    let rim = shape.style.width_px + 2.0 * shape.style.casing_px + 1.0;
    let mut seen = [false; 4];
    let [w, h] = size.map(|side| side as f32 + rim);
    let rings = shape.rings.iter().map(|ring| {
        let at = ring.iter().map(|p| [p[0] - x, p[1] - y]);
        at.inspect(|p| {
            for (beside, out) in seen.iter_mut().zip([p[0] > -rim, p[1] > -rim, p[0] < w, p[1] < h]) {
                *beside |= out;
            }
        })
        .collect()
    });
    let rings = rings.collect();
    let moved = ShapeScene { rings, closed: shape.closed, style: shape.style };
    seen.iter().all(|s| *s).then_some(moved)
}

/// As [`draw`], with a renderer that has drawn before (into [`RENDER_IMAGE_FORMAT`]), so that its pipelines are ready.
pub fn draw_with(
    gpu: &Gpu,
    renderer: &mut Renderer,
    layers: &[LayerView],
    ahead: ReadAhead,
    over: impl Into<Over>,
    camera: &Viewport,
    background: [u8; 4],
) -> Result<Drawn, ViewError> {
    let mut failed = Vec::new();
    let mut scene = Scene::new(camera.size_px.map(|side| side as u32), background);
    let mut ahead = ahead.layers.into_iter();
    for layer in layers {
        let keys = layer.wanted(camera);
        let mut broken = Vec::new();
        let mut send = |keys: &[TileKey], read: Vec<Result<Samples, ReadError>>| {
            for (key, read) in keys.iter().zip(read) {
                match read {
                    Ok(samples) => upload(renderer.tiles_mut(), layer.tile_id(*key), &samples, &[])?,
                    Err(error) => {
                        broken.push(*key);
                        failed.push(error);
                    }
                }
            }
            Ok::<(), GpuError>(())
        };
        let read = ahead.next().unwrap_or_default();
        let (first, rest) = keys.split_at(read.len().min(keys.len()));
        send(first, read)?;
        for keys in rest.chunks(AT_ONCE) {
            send(keys, layer.source.read_tiles(keys, &layer.loaded_bands()))?;
        }
        if !keys.is_empty() && broken.len() == keys.len() && layers.len() == 1 {
            return Err(failed.remove(0).into());
        }
        let status = |key| if broken.contains(&key) { TileStatus::Failed } else { TileStatus::Resident(1.0) };
        scene.layers.push(layer.scene(camera, &status));
    }
    let over: Over = over.into();
    scene.coverage = (!over.cells.is_empty()).then_some(CoverageDraw { view: *camera, opacity: 1.0 });
    for (cell, picture) in &over.cells {
        renderer.coverage_mut().upload(*cell, picture.as_deref());
    }
    scene.shapes = over.shapes;
    let image = renderer::render_image(gpu, renderer, &scene)?;
    Ok(Drawn { image, failed })
}
