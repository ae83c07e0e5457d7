//! A cube drawn by the renderer, compared with what it must be and with a picture that a person has looked at.

use std::path::PathBuf;
use std::sync::Arc;

use picture::cube::{Block, Face, Placed, Turn};
use picture::{BandMix, LayerView, Rendering};
use raster::write::{self, NewImage, WriteOptions};
use raster::{ColorRole, SampleBuffer, SampleType, Source};
use renderer::{Colormap, Gpu, GpuPreference, RENDER_IMAGE_FORMAT, Renderer, RgbaImage, Scene, render_image};

const SIZE: [u32; 3] = [16, 12, 10];
const NUMBER: u64 = 7;
const LIMITS: [f32; 2] = [0.0, 9.0];

/// Red grows to the right, green downwards; ten bands of which three are shown.
fn view(folder: &std::path::Path) -> LayerView {
    let [width, height, bands] = SIZE;
    let new = NewImage::new(width, height, SampleType::U8, &[ColorRole::Undefined; SIZE[2] as usize]);
    let value = |band: u32, x: u32, y: u32| match band {
        0 => x * 16,
        1 => y * 20,
        _ => band * 10,
    };
    let pixels = |band| (0..width * height).map(move |i| value(band, i % width, i / width) as u8);
    let path = folder.join("block.tif");
    let values = SampleBuffer::U8((0..bands).flat_map(pixels).collect());
    write::image(&path, &new, &WriteOptions::default(), &values).expect("written");
    let source = Arc::new(Source::open(&path).expect("opened"));
    let rendering = Rendering::new(BandMix::Rgb([0, 1, 2]));
    LayerView::new(1, source, rendering, None).expect("placed")
}

/// The number of each band, along an edge of so many pixels.
fn side(length: u32) -> raster::Samples {
    let values = (0..SIZE[2]).flat_map(|band| (0..length).map(move |_| band as f32)).collect();
    let (height, valid) = (SIZE[2], None);
    raster::Samples { width: length, height, bands: vec![0], values: SampleBuffer::F32(values), valid }
}

fn drawn(placed: &Placed, size: [u32; 2]) -> RgbaImage {
    let folder = tempfile::tempdir().expect("folder");
    let view = view(folder.path());
    let gpu = Gpu::headless(&GpuPreference::Fastest).expect("a device: install a Vulkan driver");
    let mut renderer = Renderer::new(&gpu, RENDER_IMAGE_FORMAT).expect("a renderer");
    let top = view.source.read_window(0, 0, 0, SIZE[0], SIZE[1], &[0, 1, 2]).expect("read");
    let mut scene = Scene::new(size, [20, 20, 22, 255]);
    for face in placed.faces() {
        let (samples, layer) = match face {
            Face::Top => (top.clone(), placed.top(&view, NUMBER)),
            Face::Right | Face::Left => {
                (side(SIZE[1]), placed.plain(face, NUMBER, Colormap::Viridis, LIMITS))
            }
            Face::Lower | Face::Upper => {
                (side(SIZE[0]), placed.plain(face, NUMBER, Colormap::Viridis, LIMITS))
            }
        };
        picture::upload(renderer.tiles_mut(), face.tile(NUMBER), &samples, &[]).expect("sent");
        scene.layers.push(layer);
    }
    render_image(&gpu, &mut renderer, &scene).expect("drawn")
}

fn at(image: &RgbaImage, [x, y]: [f32; 2]) -> [u8; 4] {
    image.pixel(x as u32, y as u32).expect("in the picture")
}

#[test]
fn a_cube_shows_the_map_on_top_and_bands_down_its_sides() {
    let placed = Placed::new(Block::whole(SIZE), Turn::default(), [0.0, 0.0, 512.0, 512.0]);
    let image = drawn(&placed, [512, 512]);
    for (x, y) in [(2, 3), (13, 9), (8, 1)] {
        let share = [(x as f32 + 0.5) / 16.0, (y as f32 + 0.5) / 12.0, 0.0];
        let expected = [(x * 16) as u8, (y * 20) as u8, 20, 255];
        assert_eq!(at(&image, placed.point(share)), expected, "pixel {x}, {y}");
    }
    for band in 0..SIZE[2] {
        let depth = (band as f32 + 0.5) / SIZE[2] as f32;
        let [r, g, b] = Colormap::Viridis.color_at(band as f32 / 9.0, false, 0);
        let near = |c: [u8; 4]| c.iter().zip([r, g, b, 255]).all(|(a, b)| a.abs_diff(b) < 3);
        for share in [[1.0, 0.3, depth], [0.4, 1.0, depth]] {
            let color = at(&image, placed.point(share));
            assert!(near(color), "band {band}: {color:?}, not {r} {g} {b}");
        }
    }
    assert_eq!(at(&image, [3.0, 3.0]), [20, 20, 22, 255], "nothing around it");
}

#[test]
fn a_cut_cube_looks_as_a_person_has_seen_it() {
    let block = Block { columns: 12, rows: 9, off: 3, ..Block::whole(SIZE) };
    let turn = Turn { yaw_deg: 320.0, pitch_deg: 40.0, ..Turn::default() };
    let placed = Placed::new(block, turn, [0.0, 0.0, 128.0, 128.0]);
    let image = drawn(&placed, [128, 128]);
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/cube.png"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let kind = image::ExtendedColorType::Rgba8;
        image::save_buffer(&path, &image.pixels, image.width, image.height, kind).expect("written");
        return;
    }
    let kept = image::open(&path).expect("the kept picture").to_rgba8();
    let differs = |(a, b): (&[u8; 4], &[u8; 4])| a.iter().zip(b).any(|(a, b)| a.abs_diff(*b) > 8);
    let pairs = kept.as_raw().as_chunks::<4>().0.iter().zip(image.pixels.as_chunks::<4>().0);
    let many = pairs.filter(|pair| differs(*pair)).count();
    // Edges are rounded a little differently from GPU to GPU.
    assert!(many * 100 < 128 * 128, "{many} pixels differ");
}
