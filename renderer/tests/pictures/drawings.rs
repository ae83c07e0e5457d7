//! Shapes, handles and labels look as they should.

use renderer::{
    Anchor, BatchDraw, BatchId, BatchShape, HandleKind, HandleScene, Hatch, LabelScene, Renderer, RgbaImage,
    Scene, ShapeBatch, ShapeScene, ShapeStyle,
};
use spatial::Viewport;

use crate::{alone, picture, renderer};

pub(crate) const FONT: &[u8] = include_bytes!("../fonts/DejaVuSans-subset.ttf");

const BLACK: [u8; 4] = [0, 0, 0, 255];

fn plain(fill: [u8; 4], outline: [u8; 4], width_px: f32) -> ShapeStyle {
    let hatch_color = [255; 4];
    ShapeStyle {
        fill,
        hatch: Hatch::None,
        hatch_color,
        outline,
        width_px,
        casing: [0; 4],
        casing_px: 0.0,
        dashed: false,
    }
}

fn square(left: f32, top: f32, right: f32, bottom: f32) -> Vec<[f32; 2]> {
    vec![[left, top], [right, top], [right, bottom], [left, bottom]]
}

fn shape_on_black(rings: Vec<Vec<[f32; 2]>>, closed: bool, style: ShapeStyle) -> RgbaImage {
    let mut scene = Scene::new([32, 32], BLACK);
    scene.shapes.push(ShapeScene { rings, closed, style });
    picture(&mut renderer(), &scene)
}

#[test]
fn a_fill_covers_its_ring_but_not_its_hole() {
    let _turn = alone();
    let rings = vec![square(4.0, 4.0, 28.0, 28.0), square(12.0, 12.0, 20.0, 20.0)];
    let image = shape_on_black(rings, true, plain([255, 0, 0, 255], [0; 4], 0.0));
    for y in 0..32 {
        for x in 0..32 {
            let inside = |low: u32, high: u32| (low..high).contains(&x) && (low..high).contains(&y);
            let expected = if inside(4, 28) && !inside(12, 20) { 255 } else { 0 };
            assert_eq!(image.pixel(x, y), Some([expected, 0, 0, 255]), "pixel {x}, {y}");
        }
    }
}

#[test]
fn a_fill_of_15_percent_mixes_in_display_colours_like_egui() {
    let _turn = alone();
    let image =
        shape_on_black(vec![square(0.0, 0.0, 32.0, 32.0)], true, plain([200, 100, 50, 38], [0; 4], 0.0));
    // 38 / 255 of each, on black.
    assert_eq!(image.pixel(16, 16), Some([30, 15, 7, 255]));
}

#[test]
fn a_line_is_as_wide_as_it_should_be_whatever_its_place_and_direction() {
    let _turn = alone();
    for (width, from, to) in [
        (1.5, [16.3, -9.0], [16.3, 50.0]),
        (3.0, [-9.0, 11.9], [50.0, 11.9]),
        (1.0, [16.0, -9.0], [16.0, 50.0]),
        (0.5, [16.2, -9.0], [16.2, 50.0]),
    ] {
        let style = plain([0; 4], [255; 4], width);
        let image = shape_on_black(vec![vec![from, to]], false, style);
        let sum: f32 = image.pixels.as_chunks::<4>().0.iter().map(|pixel| f32::from(pixel[0]) / 255.0).sum();
        assert!(
            (sum / 32.0 - width).abs() < 0.13,
            "{width} px from {from:?} to {to:?} covers {}",
            sum / 32.0
        );
    }
}

#[test]
fn no_pixel_of_a_translucent_line_is_painted_twice_at_a_corner() {
    let _turn = alone();
    let style = plain([0; 4], [255, 255, 255, 128], 6.0);
    let zigzag = vec![[4.0, 26.0], [10.0, 6.0], [16.0, 26.0], [28.0, 20.0], [28.0, 4.0]];
    let image = shape_on_black(vec![zigzag], false, style);
    let brightest = image.pixels.as_chunks::<4>().0.iter().map(|pixel| pixel[0]).max();
    assert_eq!(brightest, Some(128));
    // Round joins reach half the width around each corner.
    assert!(image.pixel(10, 4).unwrap()[0] > 100 && image.pixel(28, 20).unwrap()[0] == 128);
}

#[test]
fn the_casing_lies_beside_the_line_and_never_over_it() {
    let _turn = alone();
    let style =
        ShapeStyle { casing: [0, 0, 255, 255], casing_px: 2.0, ..plain([0; 4], [255, 0, 0, 255], 2.0) };
    let image = shape_on_black(vec![square(8.0, 8.0, 24.0, 24.0)], true, style);
    let column: Vec<[u8; 4]> = (4..13).filter_map(|x| image.pixel(x, 16)).collect();
    let (red, blue) = ([255, 0, 0, 255], [0, 0, 255, 255]);
    assert_eq!(column, [BLACK, blue, blue, red, red, blue, blue, BLACK, BLACK]);
    assert_eq!(image.pixel(8, 8), Some(red), "the corner too");
}

#[test]
fn predictions_are_dashed() {
    let _turn = alone();
    let style = ShapeStyle { dashed: true, ..plain([0; 4], [255; 4], 2.0) };
    let image = shape_on_black(vec![vec![[0.0, 16.0], [32.0, 16.0]]], false, style);
    let row: Vec<bool> = (0..32).map(|x| image.pixel(x, 16).unwrap()[0] > 128).collect();
    // 8 px of dash, 6 px of gap.
    let changes: Vec<usize> = (1..32).filter(|x| row[*x] != row[x - 1]).collect();
    assert_eq!((row[0], changes), (true, vec![8, 14, 22, 28]));
}

#[test]
fn a_closed_ring_is_drawn_shut_and_a_line_is_not() {
    let _turn = alone();
    let ring = square(8.0, 8.0, 24.0, 24.0);
    let style = plain([0; 4], [255; 4], 2.0);
    let shut = shape_on_black(vec![ring.clone()], true, style);
    let open = shape_on_black(vec![ring], false, style);
    assert_eq!((shut.pixel(8, 16).unwrap()[0], open.pixel(8, 16).unwrap()[0]), (255, 0));
    assert_eq!((shut.pixel(23, 16).unwrap()[0], open.pixel(23, 16).unwrap()[0]), (255, 255));
}

#[test]
fn every_hatch_is_another_pattern_pinned_to_the_anchor() {
    let _turn = alone();
    let kinds =
        [Hatch::Diagonal, Hatch::BackDiagonal, Hatch::Cross, Hatch::Horizontal, Hatch::Vertical, Hatch::Dots];
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for hatch in kinds {
        let mut renderer = renderer();
        let style = ShapeStyle { hatch, ..plain([0, 0, 0, 255], [0; 4], 0.0) };
        let mut scene = Scene::new([32, 32], BLACK);
        let rings = vec![square(0.0, 0.0, 32.0, 32.0)];
        scene.shapes.push(ShapeScene { rings, closed: true, style });
        let image = picture(&mut renderer, &scene);
        let lit = image.pixels.as_chunks::<4>().0.iter().filter(|pixel| pixel[0] > 100).count();
        assert!((20..500).contains(&lit), "{hatch:?} lights {lit} pixels");
        assert!(!seen.contains(&image.pixels), "{hatch:?} looks like another");
        scene.anchor_px = [3.0, 2.0];
        let moved = picture(&mut renderer, &scene);
        for (x, y) in (3..32).flat_map(|x| (2..32).map(move |y| (x, y))) {
            let (a, b) = (moved.pixel(x, y).unwrap()[0], image.pixel(x - 3, y - 2).unwrap()[0]);
            assert!(a.abs_diff(b) <= 1, "{hatch:?} at {x}, {y}: {a} for {b}");
        }
        seen.push(image.pixels);
    }
}

fn world_square(x: f64, y: f64, style: u32) -> BatchShape {
    let rings = vec![vec![[x, y], [x + 8.0, y], [x + 8.0, y + 8.0], [x, y + 8.0]]];
    BatchShape { rings, closed: true, style }
}

fn batch_picture(renderer: &mut Renderer, view: Viewport) -> RgbaImage {
    let mut scene = Scene::new([32, 32], BLACK);
    scene.batches.push(BatchDraw { id: BatchId(5), view, fading: None });
    picture(renderer, &scene)
}

#[test]
fn shapes_of_a_batch_can_be_hidden_restyled_and_recoloured_without_being_cut_again() {
    let _turn = alone();
    let mut renderer = renderer();
    let (red, green) = (plain([255, 0, 0, 255], [0; 4], 0.0), plain([0, 255, 0, 255], [0; 4], 0.0));
    // World units are pixels here, y up; the second lies right of and above the first.
    let shapes = vec![world_square(4.0, -12.0, 0), world_square(20.0, -12.0, 0)];
    renderer.batches_mut().upload(BatchId(5), &ShapeBatch { shapes, styles: vec![red, green] }).unwrap();
    let view = Viewport::new((16.0, -16.0).into(), 1.0, [32.0, 32.0]);
    let both = |image: &RgbaImage| [image.pixel(8, 8).unwrap(), image.pixel(24, 8).unwrap()];
    let (r, g) = ([255, 0, 0, 255], [0, 255, 0, 255]);
    assert_eq!(both(&batch_picture(&mut renderer, view)), [r, r]);
    assert!(renderer.batches_mut().restyle(BatchId(5), 1, 1));
    assert_eq!(both(&batch_picture(&mut renderer, view)), [r, g]);
    assert!(renderer.batches_mut().restyle(BatchId(5), 0, BatchShape::HIDDEN));
    assert_eq!(both(&batch_picture(&mut renderer, view)), [BLACK, g]);
    renderer.batches_mut().set_styles(BatchId(5), &[green, red]);
    assert_eq!(both(&batch_picture(&mut renderer, view)), [BLACK, r]);
    assert!(
        !renderer.batches_mut().restyle(BatchId(5), 2, 0)
            && !renderer.batches_mut().restyle(BatchId(6), 0, 0)
    );
    renderer.batches_mut().forget(BatchId(5));
    assert_eq!(both(&batch_picture(&mut renderer, view)), [BLACK, BLACK]);
}

#[test]
fn a_batch_follows_the_camera() {
    let _turn = alone();
    let mut renderer = renderer();
    let styles = vec![plain([255, 0, 0, 255], [255, 255, 0, 255], 1.5)];
    let shapes = vec![world_square(4.0, -12.0, 0)];
    renderer.batches_mut().upload(BatchId(5), &ShapeBatch { shapes, styles }).unwrap();
    let view = Viewport::new((16.0, -16.0).into(), 1.0, [32.0, 32.0]);
    let here = batch_picture(&mut renderer, view);
    let there = batch_picture(&mut renderer, view.panned(9.0, 5.0));
    for (x, y) in (0..23).flat_map(|x| (0..27).map(move |y| (x, y))) {
        assert_eq!(here.pixel(x, y), there.pixel(x + 9, y + 5), "pixel {x}, {y}");
    }
    let close = batch_picture(&mut renderer, view.zoomed(2.0, (4.0, 4.0).into()));
    assert_eq!(close.pixel(16, 16), Some([255, 0, 0, 255]));
    assert_eq!(
        close.pixel(22, 22),
        Some([0, 0, 0, 255]),
        "a line keeps its width: {:?}",
        close.pixel(21, 21)
    );
}

#[test]
fn handles_have_their_forms() {
    let _turn = alone();
    let form = |kind| {
        let mut scene = Scene::new([16, 16], BLACK);
        let (fill, casing) = ([255, 255, 255, 255], [0, 0, 255, 255]);
        scene.handles.push(HandleScene { at: [8.0, 8.0], kind, size_px: 8.0, fill, casing, casing_px: 1.0 });
        let image = picture(&mut renderer(), &scene);
        [(8, 8), (4, 4), (8, 3), (8, 1)].map(|(x, y)| image.pixel(x, y).unwrap())
    };
    let (white, blue) = ([255; 4], [0, 0, 255, 255]);
    assert_eq!(form(HandleKind::Vertex), [white, white, blue, BLACK]);
    assert_eq!(form(HandleKind::Selected), [blue, white, blue, BLACK]);
    let disc = form(HandleKind::Point);
    assert!(disc[0] == white && disc[1][0] < 20 && disc[2][2] > 200 && disc[3] == BLACK, "{disc:?}");
    let diamond = form(HandleKind::Mark);
    assert!(diamond[0] == white && diamond[1][2] < 80, "{diamond:?}");
}

fn label(text: &str, at: [f32; 2], anchor: Anchor) -> LabelScene {
    let text = text.to_owned();
    LabelScene { at, text, color: [255; 4], halo: [255, 0, 0, 255], size_px: 14.0, anchor }
}

/// Left, top, right, bottom of all pixels that are not black.
fn extent(image: &RgbaImage) -> [u32; 4] {
    let mut extent = [u32::MAX, u32::MAX, 0, 0];
    for (x, y) in (0..image.width).flat_map(|x| (0..image.height).map(move |y| (x, y))) {
        if image.pixel(x, y) != Some(BLACK) {
            extent = [extent[0].min(x), extent[1].min(y), extent[2].max(x + 1), extent[3].max(y + 1)];
        }
    }
    extent
}

fn label_picture(label: LabelScene) -> RgbaImage {
    let mut renderer = renderer();
    renderer.set_font(FONT).expect("the font is sound");
    let mut scene = Scene::new([96, 64], BLACK);
    scene.labels.push(label);
    picture(&mut renderer, &scene)
}

#[test]
fn labels_lie_about_their_point_as_the_anchor_says() {
    let _turn = alone();
    let at = |anchor| extent(&label_picture(label("Hxg", [48.0, 32.0], anchor)));
    let [left, top, right, bottom] = at(Anchor::Center);
    assert!(
        (left + right).abs_diff(96) <= 4 && (top + bottom).abs_diff(64) <= 6,
        "{left} {top} {right} {bottom}"
    );
    assert!((22..36).contains(&(right - left)) && (14..22).contains(&(bottom - top)));
    assert!((49..56).contains(&at(Anchor::Left)[0]) && (40..48).contains(&at(Anchor::Right)[2]));
    assert!(at(Anchor::Top)[1] >= 33 && at(Anchor::Bottom)[3] <= 31);
}

#[test]
fn letters_are_crisp_and_have_a_rim() {
    let _turn = alone();
    let image = label_picture(label("llll", [48.0, 32.0], Anchor::Center));
    let pixels = image.pixels.as_chunks::<4>().0;
    let bright = pixels.iter().filter(|pixel| pixel[1] > 200).count();
    let rim = pixels.iter().filter(|pixel| pixel[0] > 200 && pixel[1] < 60).count();
    assert!(bright >= 30 && rim > 60, "{bright} bright pixels, {rim} of the rim");
}

#[test]
fn an_atlas_that_is_full_grows() {
    let _turn = alone();
    let mut renderer = renderer();
    renderer.set_font(FONT).unwrap();
    let mut scene = Scene::new([96, 64], BLACK);
    let alphabet: String = ('!'..='~').chain('À'..='ÿ').collect();
    scene.labels.extend(
        (40..60)
            .map(|size| LabelScene { size_px: size as f32, ..label(&alphabet, [0.0, 0.0], Anchor::Center) }),
    );
    scene.labels.push(label("Hxg", [48.0, 50.0], Anchor::Center));
    let prepared = renderer.prepare(renderer::ViewId::MAIN, &scene).unwrap();
    assert_eq!(prepared.skipped, 0);
    let letters = scene.labels.iter().map(|label| label.text.chars().count() as u64).sum::<u64>();
    assert!(prepared.bytes_sent >= letters * 30, "{} bytes for {letters} letters", prepared.bytes_sent);
    crate::gpu().check().unwrap();
}
