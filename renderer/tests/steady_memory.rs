//! A picture that is drawn again and again takes no more memory. A binary of its own, so that nothing else
//! allocates while it looks.
#![cfg(target_os = "linux")]

use renderer::{
    Gpu, GpuPreference, LayerScene, RENDER_IMAGE_FORMAT, Renderer, Scene, TileDraw, TileId, TileMesh,
    TileSamples, TileValues, render_image,
};

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process");
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).expect("its memory");
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).expect("a number")
}

/// Mesa's lavapipe 22 compiles a shader anew for every frame, and never frees it, when a branch of it depends
/// on nothing but uniforms: about 1 MB a frame.
#[test]
fn a_picture_drawn_again_and_again_takes_no_more_memory() {
    let gpu = Gpu::headless(&GpuPreference::default()).expect("an adapter: install mesa-vulkan-drivers");
    let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT).expect("a renderer");
    let values = TileValues::U8(&[90; 64 * 64 * 3]);
    let samples = TileSamples { width: 64, height: 64, bands: 3, values, valid: None };
    let id = TileId::new(0, 0, 0, 0);
    renderer.tiles_mut().upload(id, &samples).expect("a tile");
    let mut draw = |shift: f32| {
        let mesh = TileMesh::rect(shift, 0.0, 64.0 + shift, 64.0);
        let tile = TileDraw { id, mesh, source: [0.0, 0.0, 64.0, 64.0], fade: 1.0, failed: false };
        let mut scene = Scene::new([96, 64], [0, 0, 0, 255]);
        scene.layers.push(LayerScene::rgb(vec![tile]));
        render_image(&gpu, &mut renderer, &scene).expect("a picture");
    };
    (0..30).for_each(|i| draw(i as f32 / 10.0));
    let before = resident_kb();
    (0..100).for_each(|i| draw(i as f32 / 10.0));
    let grown = resident_kb().saturating_sub(before);
    assert!(grown < 25_000, "100 pictures took {grown} kB that were not given back");
}
