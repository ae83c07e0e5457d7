//! A picture that is drawn again and again takes no more memory. A binary of its own, so that nothing else
//! allocates while it looks.
#![cfg(target_os = "linux")]

use std::sync::Arc;

use expression::{BandLabel, Expression};
use renderer::{
    BandMix, Colormap, Filter, Gpu, GpuPreference, LayerScene, RENDER_IMAGE_FORMAT, Renderer, SampleUnit,
    Scene, TileDraw, TileId, TileMesh, TileSamples, TileValues, render_image,
};

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the process");
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).expect("its memory");
    line.split_whitespace().next().and_then(|kb| kb.parse().ok()).expect("a number")
}

/// Draws a picture again and again, moved a little, as a window does; says by how many kB the process grew.
fn grown(mix: Option<&BandMix>) -> u64 {
    let gpu = Gpu::headless(&GpuPreference::default()).expect("an adapter: install mesa-vulkan-drivers");
    let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT).expect("a renderer");
    let values = TileValues::U8(&[90; 64 * 64 * 3]);
    let samples = TileSamples { width: 64, height: 64, bands: 3, values, valid: None };
    let id = TileId::new(0, 0, 0, 0);
    renderer.tiles_mut().upload(id, &samples).expect("a tile");
    let mut draw = |i: u32| {
        let shift = i as f32 / 10.0;
        let mesh = TileMesh::rect(shift, 0.0, 64.0 + shift, 64.0);
        let tile = TileDraw { id, mesh, source: [0.0, 0.0, 64.0, 64.0], fade: 1.0, failed: false };
        let mut scene = Scene::new([96, 64], [0, 0, 0, 255]);
        let mut layer = LayerScene::rgb(vec![tile]);
        if let Some(mix) = mix {
            layer.mix = mix.clone();
            // Every look that a branch could be made of.
            layer.gamma = 1.0 + (i % 3) as f32;
            (layer.steps, layer.reversed) = ((i % 5) as u8, i % 2 == 1);
            layer.filter = if i.is_multiple_of(2) { Filter::Nearest } else { Filter::Bilinear };
        }
        scene.layers.push(layer);
        let picture = render_image(&gpu, &mut renderer, &scene).expect("a picture");
        assert_ne!(picture.pixel(40, 30), Some([0, 0, 0, 255]), "nothing is drawn");
    };
    (0..30).for_each(&mut draw);
    let before = resident_kb();
    (0..100).for_each(draw);
    resident_kb().saturating_sub(before)
}

/// Mesa's lavapipe 22 compiles a shader anew for every frame, and never frees it, when a branch of it depends
/// on nothing but uniforms: about 1 MB a frame.
#[test]
fn a_picture_drawn_again_and_again_takes_no_more_memory() {
    let plain = grown(None);
    assert!(plain < 25_000, "100 pictures took {plain} kB that were not given back");
    // One test, because two at once would see each other's memory.
    let text = "(b1 - b2) / (b1 + b2) > 0.1 ? sqrt(b3) : isnan(b1) ? 0 : b1 ^ 1.5";
    let program = Expression::parse(text).and_then(|e| e.resolve(&vec![BandLabel::default(); 3]));
    let program = Arc::new(program.expect("an expression"));
    let units = vec![SampleUnit { no_data: Some(7.0), ..SampleUnit::PLAIN }; program.bands().len()].into();
    let mix = BandMix::Formula { program, units, colormap: Colormap::Viridis };
    let formula = grown(Some(&mix));
    assert!(formula < 25_000, "100 pictures of a formula took {formula} kB that were not given back");
}
