//! A whole view without a window.

use raster::ReadError;
use renderer::{Gpu, GpuError, RENDER_IMAGE_FORMAT, Renderer, RgbaImage, Scene, ShapeScene};
use spatial::Viewport;

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

/// Draws layers from the lowest to the topmost and shapes over them. All tiles in view are read, in
/// parallel; those that cannot be read are hatched. When not a single one can be read, that is the error.
pub fn draw(
    gpu: &Gpu,
    layers: &[LayerView],
    shapes: Vec<ShapeScene>,
    camera: &Viewport,
    background: [u8; 4],
) -> Result<Drawn, ViewError> {
    let mut renderer = Renderer::new(gpu, RENDER_IMAGE_FORMAT)?;
    let mut failed = Vec::new();
    let mut scene = Scene::new(camera.size_px.map(|side| side as u32), background);
    for layer in layers {
        let keys = layer.wanted(camera);
        let mut broken = Vec::new();
        for (key, read) in keys.iter().zip(layer.source.read_tiles(&keys, &layer.loaded_bands())) {
            match read {
                Ok(samples) => upload(renderer.tiles_mut(), layer.tile_id(*key), &samples)?,
                Err(error) => {
                    broken.push(*key);
                    failed.push(error);
                }
            }
        }
        if !keys.is_empty() && broken.len() == keys.len() && layers.len() == 1 {
            return Err(failed.remove(0).into());
        }
        let status = |key| if broken.contains(&key) { TileStatus::Failed } else { TileStatus::Resident(1.0) };
        scene.layers.push(layer.scene(camera, &status));
    }
    scene.shapes = shapes;
    let image = renderer::render_image(gpu, &mut renderer, &scene)?;
    Ok(Drawn { image, failed })
}
