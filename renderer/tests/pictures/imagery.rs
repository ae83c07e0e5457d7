//! Samples become the colours that they should.

use renderer::{
    BandMix, Colormap, Filter, LayerScene, Renderer, Scene, TileDraw, TileId, TileMesh, TileSamples,
    TileValues, ViewId, wgpu,
};

use crate::{alone, bytes, draw, gpu, picture, renderer, row_of, upload};

const ID: TileId = TileId { layer: 1, key: spatial::TileKey { level: 0, col: 0, row: 0 } };

#[test]
fn bytes_come_out_as_they_went_in() {
    let _turn = alone();
    let mut renderer = renderer();
    let values = bytes(64, 48, 3);
    upload(&mut renderer, ID, [64, 48, 3], TileValues::U8(&values));
    let mut scene = Scene::new([64, 48], [9, 9, 9, 255]);
    scene.layers.push(LayerScene::rgb(vec![draw(ID, [0.0, 0.0], [64, 48])]));
    let image = picture(&mut renderer, &scene);
    let plane = 64 * 48;
    for n in 0..plane {
        let expected = [values[n], values[plane + n], values[2 * plane + n], 255];
        assert_eq!(image.pixels[n * 4..n * 4 + 4], expected, "texel {n}");
    }
}

/// Draws every byte value into a target of a format and reads the bytes of the target back.
fn ramp_in(format: wgpu::TextureFormat) -> Vec<u8> {
    let mut renderer = Renderer::new(gpu(), format).expect("the format is supported");
    let values: Vec<u8> = (0..=255).chain((0..=255).rev()).chain([7; 256]).collect();
    upload(&mut renderer, ID, [256, 1, 3], TileValues::U8(&values));
    let mut scene = Scene::new([256, 1], [0, 0, 0, 255]);
    scene.layers.push(LayerScene::rgb(vec![draw(ID, [0.0, 0.0], [256, 1])]));
    renderer.prepare(ViewId::MAIN, &scene).expect("the scene is prepared");
    let size = wgpu::Extent3d { width: 256, height: 1, depth_or_array_layers: 1 };
    let texture = gpu().device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let buffer = gpu().device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 1024,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu().device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
    let attachment = wgpu::RenderPassColorAttachment {
        view: &view,
        depth_slice: None,
        resolve_target: None,
        ops: wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store },
    };
    let descriptor =
        wgpu::RenderPassDescriptor { color_attachments: &[Some(attachment)], ..Default::default() };
    // As egui does it: the pass has forgotten its lifetime.
    let mut pass = encoder.begin_render_pass(&descriptor).forget_lifetime();
    renderer.paint(ViewId::MAIN, &mut pass);
    drop(pass);
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(1024), rows_per_image: None };
    let target = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), target, size);
    gpu().queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |result| result.expect("the buffer is mapped"));
    gpu().device.poll(wgpu::PollType::wait_indefinitely()).expect("the device works");
    gpu().check().expect("nothing went wrong");
    buffer.get_mapped_range(..).expect("the buffer is mapped").to_vec()
}

#[test]
fn every_target_of_a_window_shows_the_same_bytes() {
    use wgpu::TextureFormat::{Bgra8Unorm, Bgra8UnormSrgb, Rgba8Unorm, Rgba8UnormSrgb};
    let _turn = alone();
    for (format, red_first) in
        [(Rgba8Unorm, true), (Bgra8Unorm, false), (Rgba8UnormSrgb, true), (Bgra8UnormSrgb, false)]
    {
        for (n, pixel) in ramp_in(format).as_chunks::<4>().0.iter().enumerate() {
            let rgb = if red_first { [pixel[0], pixel[1], pixel[2]] } else { [pixel[2], pixel[1], pixel[0]] };
            assert_eq!(rgb, [n as u8, 255 - n as u8, 7], "{format:?}, value {n}");
        }
    }
}

#[test]
fn a_target_that_cannot_be_exact_is_refused() {
    assert!(Renderer::new(gpu(), wgpu::TextureFormat::R8Unorm).is_err());
}

#[test]
fn bands_go_where_the_mix_sends_them() {
    let _turn = alone();
    let swapped =
        row_of(TileValues::U8(&[10, 20, 30, 40]), 1, 4, |layer| layer.mix = BandMix::Rgb([3, 0, 2]));
    assert_eq!(swapped, [[40, 10, 30, 255]]);
}

#[test]
fn a_band_that_the_tile_has_not_is_magenta() {
    let _turn = alone();
    let rgb = row_of(TileValues::U8(&[10, 20, 30]), 1, 3, |layer| layer.mix = BandMix::Rgb([0, 1, 3]));
    let single = row_of(TileValues::U8(&[10]), 1, 1, |layer| {
        layer.mix = BandMix::Single { band: usize::MAX, colormap: Colormap::Grey };
    });
    assert_eq!((rgb, single), (vec![[255, 0, 255, 255]], vec![[255, 0, 255, 255]]));
}

fn grey(layer: &mut LayerScene, low: f32, high: f32) {
    layer.mix = BandMix::Single { band: 0, colormap: Colormap::Grey };
    layer.stretch[0] = [low, high];
}

fn reds(pixels: &[[u8; 4]]) -> Vec<u8> {
    pixels.iter().map(|pixel| pixel[0]).collect()
}

#[test]
fn the_stretch_takes_samples_of_every_kind_to_bytes() {
    let _turn = alone();
    let unsigned = row_of(TileValues::U16(&[0, 1000, 2000, 3000, 65535]), 5, 1, |l| grey(l, 1000.0, 3000.0));
    assert_eq!(reds(&unsigned), [0, 0, 128, 255, 255]);
    let signed = row_of(TileValues::I16(&[-32768, -100, 0, 100, 32767]), 5, 1, |l| grey(l, -100.0, 100.0));
    assert_eq!(reds(&signed), [0, 0, 128, 255, 255]);
    let float = row_of(TileValues::F32(&[-1e30, 0.25, 0.5, 0.75, 1e30]), 5, 1, |l| grey(l, 0.25, 0.75));
    assert_eq!(reds(&float), [0, 0, 128, 255, 255]);
    let inverted = row_of(TileValues::U8(&[0, 51, 255]), 3, 1, |l| grey(l, 255.0, 0.0));
    assert_eq!(reds(&inverted), [255, 204, 0]);
    let step = row_of(TileValues::U8(&[4, 5, 6]), 3, 1, |l| grey(l, 5.0, 5.0));
    assert_eq!(reds(&step), [0, 0, 255]);
}

#[test]
fn each_channel_has_its_own_stretch() {
    let _turn = alone();
    let pixels = row_of(TileValues::U16(&[100, 100, 100]), 1, 3, |layer| {
        layer.stretch = [[0.0, 100.0], [0.0, 200.0], [100.0, 200.0]];
    });
    assert_eq!(pixels, [[255, 128, 0, 255]]);
}

#[test]
fn gamma_brightens_the_middle_and_keeps_the_ends() {
    let _turn = alone();
    let pixels = row_of(TileValues::U8(&[0, 64, 255]), 3, 1, |layer| {
        grey(layer, 0.0, 255.0);
        layer.gamma = 2.0;
    });
    // sqrt(64 / 255) * 255
    assert_eq!(reds(&pixels), [0, 128, 255]);
}

#[test]
fn a_single_band_takes_the_published_colours_of_its_map() {
    let _turn = alone();
    let every: Vec<u8> = (0..=255).collect();
    for colormap in Colormap::ALL.iter().copied() {
        let pixels = row_of(TileValues::U8(&every), 256, 1, |layer| {
            layer.mix = BandMix::Single { band: 0, colormap };
        });
        let colors: Vec<[u8; 4]> = colormap.colors().iter().map(|[r, g, b]| [*r, *g, *b, 255]).collect();
        assert_eq!(pixels, colors, "{}", colormap.name());
    }
}

#[test]
fn no_data_is_transparent_only_where_all_shown_bands_have_it() {
    let _turn = alone();
    let rgb = [0, 0, 9, /**/ 0, 7, 9, /**/ 0, 8, 9];
    let pixels = row_of(TileValues::U8(&rgb), 3, 3, |layer| layer.no_data = Some(0.0));
    assert_eq!(pixels, [[0, 0, 0, 255], [0, 7, 8, 255], [9, 9, 9, 255]]);
    // On black the first pixel would look the same anyway, so again on what is seen through it.
    let single = row_of(TileValues::I16(&[-9999, 0]), 2, 1, |layer| {
        grey(layer, -9999.0 * 2.0, 0.0);
        layer.no_data = Some(-9999.0);
    });
    assert_eq!(reds(&single), [0, 255]);
}

#[test]
fn what_is_not_a_number_is_transparent() {
    let _turn = alone();
    let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.0];
    let pixels = row_of(TileValues::F32(&values), 4, 1, |layer| grey(layer, -1.0, 1.0));
    assert_eq!(reds(&pixels), [0, 0, 0, 255]);
}

#[test]
fn the_mask_decides_where_there_is_something() {
    let _turn = alone();
    let mut renderer = renderer();
    let samples = TileSamples {
        width: 2,
        height: 2,
        bands: 1,
        values: TileValues::U8(&[200; 4]),
        valid: Some(&[255, 0, 1, 0]),
    };
    renderer.tiles_mut().upload(ID, &samples).unwrap();
    let mut scene = Scene::new([2, 2], [0, 0, 0, 0]);
    let mut layer = LayerScene::rgb(vec![draw(ID, [0.0, 0.0], [2, 2])]);
    grey(&mut layer, 0.0, 255.0);
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    let alphas: Vec<u8> = image.pixels.as_chunks::<4>().0.iter().map(|pixel| pixel[3]).collect();
    assert_eq!(alphas, [255, 0, 255, 0]);
    assert_eq!(image.pixel(0, 0), Some([200, 200, 200, 255]));
}

#[test]
fn opacity_and_fade_mix_with_what_lies_under() {
    let _turn = alone();
    let mut renderer = renderer();
    upload(&mut renderer, ID, [2, 1, 3], TileValues::U8(&[200; 6]));
    let mut scene = Scene::new([2, 1], [100, 0, 52, 255]);
    let mut tile = draw(ID, [0.0, 0.0], [2, 1]);
    tile.fade = 0.5;
    let mut layer = LayerScene::rgb(vec![tile]);
    layer.opacity = 0.5;
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    // A quarter of 200 and three of the background.
    assert_eq!(image.pixel(0, 0), Some([125, 50, 89, 255]));
}

#[test]
fn a_tile_fading_in_over_a_coarser_one_keeps_the_opacity_of_the_layer() {
    let _turn = alone();
    let mut renderer = renderer();
    let coarse = TileId::new(1, 1, 0, 0);
    upload(&mut renderer, ID, [1, 1, 3], TileValues::U8(&[255; 3]));
    upload(&mut renderer, coarse, [1, 1, 3], TileValues::U8(&[255; 3]));
    for (opacity, fade) in [(1.0, 0.3), (0.6, 0.0), (0.6, 0.5), (0.6, 1.0)] {
        let mut under = draw(coarse, [0.0, 0.0], [1, 1]);
        under.fade = LayerScene::fade_under(opacity, fade);
        let mut over = draw(ID, [0.0, 0.0], [1, 1]);
        over.fade = fade;
        let mut layer = LayerScene::rgb(vec![under, over]);
        layer.opacity = opacity;
        let mut scene = Scene::new([1, 1], [0, 0, 0, 0]);
        scene.layers.push(layer);
        let alpha = picture(&mut renderer, &scene).pixel(0, 0).unwrap()[3];
        assert!((f32::from(alpha) - opacity * 255.0).abs() <= 1.0, "{opacity} at {fade} gave {alpha}");
    }
}

#[test]
fn a_part_of_a_coarser_tile_stands_in_for_a_finer_one() {
    let _turn = alone();
    let mut renderer = renderer();
    let values: Vec<u8> = (0..16).map(|n| n * 10).collect();
    upload(&mut renderer, ID, [4, 4, 1], TileValues::U8(&values));
    let mesh = TileMesh::rect(0.0, 0.0, 4.0, 4.0);
    let tile = TileDraw { id: ID, mesh, source: [2.0, 1.0, 4.0, 3.0], fade: 1.0, failed: false };
    let mut layer = LayerScene::rgb(vec![tile]);
    grey(&mut layer, 0.0, 255.0);
    let mut scene = Scene::new([4, 4], [0, 0, 0, 255]);
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    let corners = [(0, 0), (3, 0), (0, 3), (3, 3)].map(|(x, y)| image.pixel(x, y).unwrap()[0]);
    assert_eq!(corners, [60, 70, 100, 110]);
}

/// A smooth picture in one tile, or cut in four with a cut at a place; twice as large, bilinear.
fn smooth(cut: Option<[u32; 2]>, masked: bool) -> Vec<u8> {
    let mut renderer = renderer();
    let value = |x: u32, y: u32| (x * 9 + y * 5) as u8;
    let (columns, rows) = match cut {
        Some([x, y]) => (vec![(0, x), (x, 16)], vec![(0, y), (y, 16)]),
        None => (vec![(0, 16)], vec![(0, 16)]),
    };
    let mut tiles = Vec::new();
    for (row, (top, bottom)) in rows.iter().enumerate() {
        for (col, (left, right)) in columns.iter().enumerate() {
            let id = TileId::new(3, 0, col as u32, row as u32);
            let (width, height) = (right - left, bottom - top);
            let values: Vec<u8> =
                (*top..*bottom).flat_map(|y| (*left..*right).map(move |x| value(x, y))).collect();
            let mask = vec![1; values.len()];
            let valid = (masked && col == 0).then_some(mask.as_slice());
            let samples = TileSamples { width, height, bands: 1, values: TileValues::U8(&values), valid };
            renderer.tiles_mut().upload(id, &samples).expect("the tile is sound");
            let [l, t, r, b] = [left, top, right, bottom].map(|edge| *edge as f32 * 2.0);
            let source = [0.0, 0.0, width as f32, height as f32];
            tiles.push(TileDraw { id, mesh: TileMesh::rect(l, t, r, b), source, fade: 1.0, failed: false });
        }
    }
    let mut layer = LayerScene::rgb(tiles);
    grey(&mut layer, 0.0, 255.0);
    layer.filter = Filter::Bilinear;
    let mut scene = Scene::new([32, 32], [255, 0, 0, 255]);
    scene.layers.push(layer);
    picture(&mut renderer, &scene).pixels
}

#[test]
fn tiles_that_meet_show_no_seam_between_samples() {
    let _turn = alone();
    let whole = smooth(None, false);
    // (9 x + 5 y) between texel centres, well inside.
    assert_eq!(whole[(20 * 32 + 21) * 4], (9.0_f64 * 10.25 + 5.0 * 9.75).round() as u8);
    for cut in [[8, 8], [5, 11], [1, 15]] {
        for masked in [false, true] {
            let cut_up = smooth(Some(cut), masked);
            let worst = cut_up.iter().zip(&whole).map(|(a, b)| a.abs_diff(*b)).max();
            // One step is rounding; a seam would be two or more.
            assert!(worst <= Some(1), "cut at {cut:?}, mask on the left {masked}: {worst:?}");
        }
    }
}

#[test]
fn warped_tiles_that_share_an_edge_leave_no_gap_and_do_not_overlap() {
    let _turn = alone();
    let mut renderer = renderer();
    let edge = |v: f32| [40.0 + 6.0 * (v * 7.0).sin(), v * 80.0];
    let mesh = |left: &dyn Fn(f32) -> [f32; 2], right: &dyn Fn(f32) -> [f32; 2]| {
        let at = |n: usize| {
            let (u, v) = ((n % 5) as f32 / 4.0, (n / 5) as f32 / 8.0);
            let (l, r) = (left(v), right(v));
            [l[0] + (r[0] - l[0]) * u, l[1] + (r[1] - l[1]) * u]
        };
        TileMesh { columns: 4, rows: 8, points: (0..45).map(at).collect() }
    };
    let mut layer = LayerScene::rgb(Vec::new());
    let halves = [mesh(&|v| [0.0, v * 80.0], &edge), mesh(&edge, &|v| [80.0, v * 80.0])];
    for (mesh, col) in halves.into_iter().zip(0..) {
        let id = TileId::new(1, 0, col, 0);
        upload(&mut renderer, id, [8, 8, 3], TileValues::U8(&[255; 192]));
        layer.tiles.push(TileDraw { id, mesh, source: [0.0, 0.0, 8.0, 8.0], fade: 1.0, failed: false });
    }
    // At half opacity a gap would be darker and an overlap brighter.
    layer.opacity = 0.5;
    let mut scene = Scene::new([80, 80], [0, 0, 0, 255]);
    scene.layers.push(layer);
    let image = picture(&mut renderer, &scene);
    assert!(image.pixels.as_chunks::<4>().0.iter().all(|pixel| *pixel == [128, 128, 128, 255]));
}

#[test]
fn a_failed_tile_is_hatched_in_the_warning_colour() {
    let _turn = alone();
    let mut renderer = renderer();
    let mut tile = draw(ID, [0.0, 0.0], [32, 32]);
    tile.failed = true;
    let mut scene = Scene::new([48, 32], [0, 0, 0, 255]);
    scene.layers.push(LayerScene::rgb(vec![tile]));
    let image = picture(&mut renderer, &scene);
    let (left, right): (Vec<_>, Vec<_>) =
        image.pixels.as_chunks::<4>().0.iter().enumerate().partition(|(n, _)| n % 48 < 32);
    assert!(right.iter().all(|(_, pixel)| **pixel == [0, 0, 0, 255]), "nothing beside the tile");
    let lines = left.iter().filter(|(_, pixel)| pixel[0] > 128).count();
    assert!((32..300).contains(&lines), "{lines} bright pixels");
    assert!(left.iter().all(|(_, pixel)| pixel[0] >= 30 && pixel[0] >= pixel[2]));
}
