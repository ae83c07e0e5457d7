//! Very many shapes from afar: cells of coverage under the shapes that are near enough.

use renderer::{
    BatchDraw, BatchId, BatchShape, CoverageDraw, Hatch, Renderer, RgbaImage, Scene, ShapeBatch, ShapeStyle,
    ViewId,
};
use spatial::Viewport;
use spatial::coverage::{Cell, Coverage, Fading, Outlines};

use super::{alone, fresh, picture};

const FADING: Fading = Fading { low_px: 4.0, high_px: 8.0, least_px2: 0.0 };
const BLACK: [u8; 4] = [0, 0, 0, 255];
const SIDE: u32 = 96;

/// Squares of 8 in a grid of 12, three in four of them green, about the origin.
fn town() -> Vec<BatchShape> {
    let square = |at: i32| {
        let (x, y) = (f64::from(at % 160 - 80) * 12.0, f64::from(at / 160 - 80) * 12.0);
        let ring = vec![[x, y], [x + 8.0, y], [x + 8.0, y + 8.0], [x, y + 8.0]];
        BatchShape { rings: vec![ring], closed: true, style: u32::from(at % 4 == 0) }
    };
    (0..160 * 160).map(square).collect()
}

fn outlines() -> Outlines {
    let town = town();
    Outlines::new(town.iter().map(|shape| (shape.style as u16, shape.closed, shape.rings.as_slice())))
}

const COLORS: [[u8; 4]; 2] = [[40, 200, 90, 230], [220, 60, 40, 230]];

fn make(cell: Cell, outlines: &Outlines) -> Coverage {
    let mut coverage = Coverage::new(cell, FADING);
    coverage.add(outlines);
    coverage
}

/// Sends what a view needs of the levels on both sides of it.
fn send(renderer: &mut Renderer, view: &Viewport, outlines: &Outlines) {
    let (level, _) = Cell::level_of(view.resolution).expect("a level");
    for cell in Cell::of_view(view, level).into_iter().chain(Cell::of_view(view, level + 1)) {
        if !renderer.coverage().contains(cell) {
            let coverage = make(cell, outlines);
            let bytes = (!coverage.is_empty()).then(|| coverage.picture(&COLORS));
            renderer.coverage_mut().upload(cell, bytes.as_deref());
        }
    }
}

fn mean(image: &RgbaImage) -> [f64; 3] {
    let pixels = image.pixels.as_chunks::<4>().0;
    let sum = |channel: usize| pixels.iter().map(|p| f64::from(p[channel])).sum::<f64>();
    [0, 1, 2].map(|channel| sum(channel) / pixels.len() as f64)
}

/// Zooms out from 20 pixels a square to one and a quarter, an eighth of an octave at a time; the largest change of the mean
/// colour from step to step, in bytes, and the means.
fn zoom_out(styles: Vec<ShapeStyle>) -> (f64, Vec<[f64; 3]>) {
    let mut renderer = fresh();
    renderer.batches_mut().upload(BatchId(1), &ShapeBatch { shapes: town(), styles }).expect("a batch");
    let outlines = outlines();
    let mut means = Vec::new();
    for step in 0..=32 {
        let resolution = 0.4 * (f64::from(step) / 8.0).exp2();
        let view = Viewport::new((3.0, -5.0).into(), resolution, [f64::from(SIDE); 2]);
        send(&mut renderer, &view, &outlines);
        let mut scene = Scene::new([SIDE; 2], BLACK);
        scene.coverage = Some(CoverageDraw { view, opacity: 1.0 });
        scene.batches.push(BatchDraw { id: BatchId(1), view, fading: Some(FADING) });
        let prepared = renderer.prepare(ViewId::MAIN, &scene).expect("prepared");
        assert_eq!((prepared.missing_coverage, prepared.missing_batches), (0, 0));
        means.push(mean(&picture(&mut renderer, &scene)));
    }
    let change = |pair: &[[f64; 3]]| (0..3).map(|c| (pair[0][c] - pair[1][c]).abs()).fold(0.0, f64::max);
    (means.windows(2).map(change).fold(0.0, f64::max), means)
}

#[test]
fn zooming_out_passes_from_shapes_to_their_coverage_without_a_step() {
    let _turn = alone();
    let styles = COLORS.map(|[r, g, b, _]| ShapeStyle::of_class([r, g, b], Hatch::None, 1.0));
    let (largest, means) = zoom_out(styles.to_vec());
    assert!(largest < 12.0, "a step of {largest} of 255: {means:.0?}");
}

#[test]
fn far_and_near_have_the_same_mean_colour() {
    let _turn = alone();
    let plain = |[r, g, b, a]: [u8; 4]| ShapeStyle {
        fill: [r, g, b, a],
        outline: [0; 4],
        casing: [0; 4],
        ..ShapeStyle::of_class([r, g, b], Hatch::None, 1.0)
    };
    let (largest, means) = zoom_out(COLORS.map(plain).to_vec());
    let (near, far) = (means[0], means[means.len() - 1]);
    // Of red and green in one texel, what there is more of prevails.
    let total = |mean: [f64; 3]| mean.iter().sum::<f64>();
    assert!((total(near) / total(far) - 1.0).abs() < 0.12, "near {near:.1?}, far {far:.1?}");
    assert!(largest < 12.0, "a step of {largest} of 255: {means:.0?}");
}

#[test]
fn a_texel_that_is_a_pixel_is_drawn_as_it_is_over_the_borders_of_cells_too() {
    let _turn = alone();
    let mut renderer = fresh();
    let outlines = outlines();
    // Two world units a pixel, so that the squares are of the mass, and the middle is a corner of four cells.
    let view = Viewport::new((0.0, 0.0).into(), 2.0, [f64::from(SIDE); 2]);
    send(&mut renderer, &view, &outlines);
    let mut scene = Scene::new([SIDE; 2], BLACK);
    scene.coverage = Some(CoverageDraw { view, opacity: 1.0 });
    let image = picture(&mut renderer, &scene);
    let half = i64::from(SIDE / 2);
    let mut lit = 0;
    for (column, row) in [(-1, -1), (0, -1), (-1, 0), (0, 0)] {
        let bytes = make(Cell { level: 1, column, row }, &outlines).picture(&COLORS);
        for (x, y) in (0..half).flat_map(|x| (0..half).map(move |y| (x, y))) {
            let (left, top) = (i64::from(column) * 256, i64::from(row) * 256);
            // From the corner where the four meet.
            let (px, py) = (if column < 0 { x - half } else { x }, if row < 0 { y - half } else { y });
            let texel = ((py - top + 1) * 258 + px - left + 1) as usize * 4;
            let found = image.pixel((px + half) as u32, (py + half) as u32).expect("a pixel");
            for channel in 0..3 {
                let expected = bytes[texel + channel];
                assert!(
                    found[channel].abs_diff(expected) <= 2,
                    "pixel {px}, {py}: {found:?} and not {expected}"
                );
            }
            lit += usize::from(found[1] > 100);
        }
    }
    assert!(lit > 1_000, "the town is in view: {lit}");
}

#[test]
fn a_coarser_cell_stands_in_and_what_is_wanting_is_counted() {
    let _turn = alone();
    let mut renderer = fresh();
    let outlines = outlines();
    // Within one cell of the fourth level.
    let view = Viewport::new((400.0, -400.0).into(), 2.5, [f64::from(SIDE); 2]);
    let mut scene = Scene::new([SIDE; 2], BLACK);
    scene.coverage = Some(CoverageDraw { view, opacity: 1.0 });
    assert!(renderer.prepare(ViewId::MAIN, &scene).expect("prepared").missing_coverage > 0);
    let [cell] = Cell::of_view(&view, 4)[..] else { panic!("one cell") };
    renderer.coverage_mut().upload(cell, Some(&make(cell, &outlines).picture(&COLORS)));
    assert_eq!(renderer.prepare(ViewId::MAIN, &scene).expect("prepared").missing_coverage, 0);
    let image = picture(&mut renderer, &scene);
    assert!(mean(&image)[1] > 30.0, "{:?}", mean(&image));
    renderer.coverage_mut().upload(cell, Some(&[0; 16]));
    renderer.coverage_mut().upload(cell, None);
    assert!(mean(&picture(&mut renderer, &scene))[1] < 1.0);
}
