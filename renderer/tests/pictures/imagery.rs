//! Tiles, bands, stretches.

use renderer::{LayerScene, Renderer, Scene, TileDraw, TileId, TileMesh, TileSamples, TileValues};

use crate::{alone, picture, renderer};

/// A tile drawn one to one with its upper left corner at a point.
pub(crate) fn draw(id: TileId, at: [f32; 2], size: [u32; 2]) -> TileDraw {
    let [w, h] = size.map(|side| side as f32);
    let mesh = TileMesh::rect(at[0], at[1], at[0] + w, at[1] + h);
    TileDraw { id, mesh, source: [0.0, 0.0, w, h], fade: 1.0, failed: false }
}

/// Bytes that differ from texel to texel and band to band, with every value in them.
pub(crate) fn bytes(width: u32, height: u32, bands: u32) -> Vec<u8> {
    (0..width * height * bands).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

pub(crate) fn upload(
    renderer: &mut Renderer,
    id: TileId,
    [width, height, bands]: [u32; 3],
    values: TileValues<'_>,
) {
    let samples = TileSamples { width, height, bands, values, valid: None };
    renderer.tiles_mut().upload(id, &samples).expect("the tile is sound");
}

#[test]
fn bytes_come_out_as_they_went_in() {
    let _turn = alone();
    let mut renderer = renderer();
    let id = TileId::new(1, 0, 0, 0);
    let values = bytes(64, 48, 3);
    upload(&mut renderer, id, [64, 48, 3], TileValues::U8(&values));
    let mut scene = Scene::new([64, 48], [9, 9, 9, 255]);
    scene.layers.push(LayerScene::rgb(vec![draw(id, [0.0, 0.0], [64, 48])]));
    let image = picture(&mut renderer, &scene);
    let plane = 64 * 48;
    for n in 0..plane {
        let expected = [values[n], values[plane + n], values[2 * plane + n], 255];
        assert_eq!(image.pixels[n * 4..n * 4 + 4], expected, "texel {n}");
    }
}
