//! Pictures drawn by the renderer, compared with what they must be.

mod coverage;
mod drawings;
mod formulas;
mod golden;
mod imagery;
mod keeping;
mod precision;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use renderer::{
    Gpu, GpuPreference, LayerScene, RENDER_IMAGE_FORMAT, Renderer, RgbaImage, Scene, TileDraw, TileId,
    TileMesh, TileSamples, TileValues, render_image,
};

/// The one device of all tests.
fn gpu() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| match Gpu::headless(&GpuPreference::Fastest) {
        Ok(gpu) => gpu,
        Err(error) => {
            panic!("These tests draw and need an adapter. {error} {}", error.hint().unwrap_or_default())
        }
    })
}

/// Faults of the device are kept in one place, so tests that draw take turns.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A renderer of its own, for tests of what a renderer keeps.
fn fresh() -> Renderer {
    Renderer::new(gpu(), RENDER_IMAGE_FORMAT).expect("the format is supported")
}

/// The renderer that tests of looks share, since making pipelines is what takes time.
fn renderer() -> MutexGuard<'static, Renderer> {
    static SHARED: OnceLock<Mutex<Renderer>> = OnceLock::new();
    SHARED.get_or_init(|| Mutex::new(fresh())).lock().unwrap_or_else(PoisonError::into_inner)
}

fn picture(renderer: &mut Renderer, scene: &Scene) -> RgbaImage {
    render_image(gpu(), renderer, scene).expect("the scene is drawn")
}

/// A tile drawn one to one with its upper left corner at a point.
fn draw(id: TileId, at: [f32; 2], size: [u32; 2]) -> TileDraw {
    let [w, h] = size.map(|side| side as f32);
    let mesh = TileMesh::rect(at[0], at[1], at[0] + w, at[1] + h);
    TileDraw { id, mesh, source: [0.0, 0.0, w, h], fade: 1.0, failed: false }
}

fn upload(renderer: &mut Renderer, id: TileId, [width, height, bands]: [u32; 3], values: TileValues<'_>) {
    let samples = TileSamples { width, height, bands, values, valid: None };
    renderer.tiles_mut().upload(id, &samples).expect("the tile is sound");
}

/// Bytes that differ from texel to texel and band to band, with every value in them.
fn bytes(width: u32, height: u32, bands: u32) -> Vec<u8> {
    (0..width * height * bands).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// The picture of one tile of a few samples in a row, one pixel each, on opaque black; `change` sets the layer.
fn row_of(
    values: TileValues<'_>,
    count: u32,
    bands: u32,
    change: impl FnOnce(&mut LayerScene),
) -> Vec<[u8; 4]> {
    let mut renderer = renderer();
    let id = TileId::new(1, 0, 0, 0);
    upload(&mut renderer, id, [count, 1, bands], values);
    let mut scene = Scene::new([count, 1], [0, 0, 0, 255]);
    let mut layer = LayerScene::rgb(vec![draw(id, [0.0, 0.0], [count, 1])]);
    change(&mut layer);
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    (0..count).filter_map(|x| image.pixel(x, 0)).collect()
}
