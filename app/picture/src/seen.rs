//! The layers as a person sees them just now, as a picture in memory for whatever looks at colours.

use raster::{ReadError, Samples};
use renderer::{Gpu, GpuError, Renderer, RgbaImage, Scene};
use spatial::{TileKey, Viewport};

use crate::layer::{LayerView, TileStatus, upload};
use crate::view::ViewError;

/// Tiles that are read at once between two looks at whether to go on.
const AT_ONCE: usize = 16;

/// Draws layers from the lowest to the topmost as the window does: with the same look, of the same tiles (roughly where
/// exact ones would be too many), by the same shaders; transparent where there is nothing. Tiles that cannot be read are
/// left out, coarser ones stand in. `None` when `go_on` said no.
///
/// The renderer must be one for [`renderer::RENDER_IMAGE_FORMAT`].
pub fn as_seen(
    gpu: &Gpu,
    renderer: &mut Renderer,
    layers: &[LayerView],
    camera: &Viewport,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<RgbaImage>, ViewError> {
    let mut scene = Scene::new(camera.size_px.map(|side| side as u32), [0; 4]);
    for layer in layers {
        let keys = layer.wanted_now(camera);
        let mut there = std::collections::HashSet::new();
        for keys in keys.chunks(AT_ONCE) {
            if !go_on() {
                return Ok(None);
            }
            let read = layer.source.read_tiles(keys, &layer.loaded_bands());
            for (key, samples) in keys.iter().zip(read) {
                if send(renderer, layer, *key, samples)? {
                    there.insert(*key);
                }
            }
        }
        let status = |key| if there.contains(&key) { TileStatus::Resident(1.0) } else { TileStatus::Missing };
        scene.layers.push(layer.scene_now(camera, &status));
    }
    if !go_on() {
        return Ok(None);
    }
    Ok(Some(renderer::render_image(gpu, renderer, &scene)?))
}

/// False for a tile that cannot be read.
fn send(
    renderer: &mut Renderer,
    layer: &LayerView,
    key: TileKey,
    samples: Result<Samples, ReadError>,
) -> Result<bool, GpuError> {
    match samples {
        Ok(samples) => upload(renderer.tiles_mut(), layer.tile_id(key), &samples, &[]).map(|()| true),
        Err(_) => Ok(false),
    }
}
