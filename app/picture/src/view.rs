//! A whole view without a window.

use raster::{ReadError, Samples};
use renderer::{Gpu, GpuError, RENDER_IMAGE_FORMAT, Renderer, RgbaImage, Scene, ShapeScene};
use spatial::{TileKey, Viewport};

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

/// Draws layers from the lowest to the topmost and shapes over them. All tiles in view are read, in
/// parallel; those that cannot be read are hatched. When not a single one can be read, that is the error.
pub fn draw(
    gpu: &Gpu,
    layers: &[LayerView],
    ahead: ReadAhead,
    shapes: Vec<ShapeScene>,
    camera: &Viewport,
    background: [u8; 4],
) -> Result<Drawn, ViewError> {
    let mut renderer = Renderer::new(gpu, RENDER_IMAGE_FORMAT)?;
    draw_with(gpu, &mut renderer, layers, ahead, shapes, camera, background)
}

/// As [`draw`], with a renderer that has drawn before (into [`RENDER_IMAGE_FORMAT`]), so that its pipelines are ready.
pub fn draw_with(
    gpu: &Gpu,
    renderer: &mut Renderer,
    layers: &[LayerView],
    ahead: ReadAhead,
    shapes: Vec<ShapeScene>,
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
    scene.shapes = shapes;
    let image = renderer::render_image(gpu, renderer, &scene)?;
    Ok(Drawn { image, failed })
}
