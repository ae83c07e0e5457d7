use geo::{Area, Polygon, polygon};
use proptest::prelude::*;

use super::*;
use crate::overlay;

const EXACT: Fading = Fading { low_px: 300.0, high_px: 400.0, least_px2: 0.0 };

fn one(kind: u16, rings: &[Vec<[f64; 2]>]) -> Outlines {
    Outlines::new([(kind, true, rings)])
}

fn star(at: [f64; 2], radii: &[f64]) -> Vec<[f64; 2]> {
    let turn = std::f64::consts::TAU / radii.len() as f64;
    let point = |(i, radius): (usize, &f64)| {
        let (sin, cos) = (i as f64 * turn).sin_cos();
        [at[0] + radius * cos, at[1] + radius * sin]
    };
    radii.iter().enumerate().map(point).collect()
}

/// The area of a polygon in one texel of a cell, by clipping it.
fn clipped(polygon: &Polygon<f64>, cell: Cell, x: u32, y: u32) -> f64 {
    let (texel, bounds) = (cell.texel(), cell.bounds());
    let left = bounds.min().x + (f64::from(x) - 1.0) * texel;
    let top = bounds.max().y - (f64::from(y) - 1.0) * texel;
    let square = polygon![(x: left, y: top), (x: left + texel, y: top), (x: left + texel, y: top - texel), (x: left, y: top - texel)];
    overlay::intersection(&polygon.clone().into(), &square.into()).unsigned_area() / (texel * texel)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_coverage_of_every_texel_is_the_area_of_the_polygon_within_it(
        radii in prop::collection::vec(0.3_f64..9.0, 3..9),
        at in (0.0_f64..130.0, -130.0_f64..0.0),
        level in -1_i32..3,
        turned in any::<bool>(),
    ) {
        let cell = Cell { level, column: 0, row: 0 };
        let at = [at.0 + 600_000.0 - 600_000.0, at.1];
        let mut outer = star(at, &radii);
        let hole: Vec<[f64; 2]> = star(at, &radii.iter().map(|r| r * 0.5).collect::<Vec<_>>());
        let ring = |points: &[[f64; 2]]| geo::LineString::from(points.to_vec());
        let polygon = Polygon::new(ring(&outer), vec![ring(&hole)]);
        if turned {
            outer.reverse();
        }
        let mut coverage = Coverage::new(cell, EXACT);
        coverage.add(&one(3, &[outer, hole]));
        let plane = coverage.of(3).map_or_else(|| vec![0.0; 258 * 258], <[f32]>::to_vec);
        let texel = cell.texel();
        let near = |v: f64| ((v / texel) as i64 - (10.0 / texel) as i64, (v / texel) as i64 + (10.0 / texel) as i64 + 2);
        let (xs, ys) = (near(at[0]), near(-at[1]));
        for y in ys.0.max(0)..ys.1.min(258) {
            for x in xs.0.max(0)..xs.1.min(258) {
                let expected = clipped(&polygon, cell, x as u32, y as u32);
                let found = f64::from(plane[(y * 258 + x) as usize]);
                prop_assert!((expected - found).abs() < 2e-4, "texel {x}, {y}: {found} and not {expected}");
            }
        }
        let whole = f64::from(plane.iter().sum::<f32>()) * texel * texel;
        let inside = at[0] > 10.0 && at[1] < -10.0 && at[0] < 118.0 && at[1] > -118.0;
        prop_assert!(!inside || (whole - polygon.unsigned_area()).abs() < 1e-2 * polygon.unsigned_area().max(0.1));
    }
}

/// Squares with a side of 0.7 to 2.1 in random places, of three kinds.
fn town(count: usize) -> Vec<(u16, Vec<Vec<[f64; 2]>>)> {
    let mut state = 7_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let square = |_| {
        let (x, y, s) = (random() * 200.0, -random() * 200.0, 0.7 + random() * 1.4);
        ((random() * 3.0) as u16, vec![vec![[x, y], [x + s, y], [x + s, y - s], [x, y - s], [x, y]]])
    };
    (0..count).map(square).collect()
}

fn outlines_of(town: &[(u16, Vec<Vec<[f64; 2]>>)]) -> Outlines {
    Outlines::new(town.iter().map(|(kind, rings)| (*kind, true, rings.as_slice())))
}

#[test]
fn every_level_holds_the_whole_area_of_each_kind() {
    let town = town(3_000);
    let outlines = outlines_of(&town);
    for kind in 0..3 {
        let side = |rings: &Vec<Vec<[f64; 2]>>| rings[0][1][0] - rings[0][0][0];
        let expected: f64 = town.iter().filter(|(k, _)| *k == kind).map(|(_, r)| side(r).powi(2)).sum();
        for level in 0..6 {
            let mut coverage = Coverage::new(Cell { level, column: 0, row: 0 }, EXACT);
            coverage.add(&outlines);
            let texels = coverage.of(kind).expect("some of the kind");
            let area = texels.iter().map(|m| f64::from(*m)).sum::<f64>() * f64::from(level * 2).exp2();
            assert!((area / expected - 1.0).abs() < 1e-3, "level {level}: {area} and not {expected}");
        }
    }
}

#[test]
fn cells_that_meet_agree_on_their_borders() {
    let outlines = outlines_of(&town(3_000));
    let of = |column| {
        let mut coverage = Coverage::new(Cell { level: -1, column, row: 0 }, EXACT);
        coverage.add(&outlines);
        coverage
    };
    let (left, right) = (of(0), of(1));
    let (left, right) = (left.of(0).expect("left"), right.of(0).expect("right"));
    for y in 0..258 {
        for (a, b) in [(256, 0), (257, 1)] {
            assert!((left[y * 258 + a] - right[y * 258 + b]).abs() < 1e-4, "row {y}");
        }
    }
    assert!((0..258).any(|y| left[y * 258 + 257] > 0.0), "something lies on the border");
}

#[test]
fn a_shape_passes_from_shape_to_mass_without_a_step() {
    let fading = Fading { low_px: 3.0, high_px: 6.0, least_px2: 1.0 };
    assert_eq!(
        [fading.share(1.0), fading.share(3.0), fading.share(6.0), fading.share(9.0)],
        [1.0, 1.0, 0.0, 0.0]
    );
    // Between two levels the mass of both together is what the scale of the view asks for.
    for step in 0..=40 {
        let side = 8.0_f32;
        let resolution = 2.0_f32.powf(step as f32 / 40.0);
        let (level, way) = Cell::level_of(f64::from(resolution)).expect("a level");
        let at = |level: i32| fading.share(side / 2.0_f32.powi(level));
        let mixed = at(level) * (1.0 - way) + at(level + 1) * way;
        let wanted = fading.share(side / resolution);
        // Only the corners of the ramp lie between levels.
        assert!((mixed - wanted).abs() < 0.25, "at {resolution}: {mixed} and not {wanted}");
    }
}

#[test]
fn few_and_small_shapes_are_seen_and_large_ones_are_left_to_be_drawn() {
    let square = |x: f64, s: f64| vec![vec![[x, -10.0], [x + s, -10.0], [x + s, -10.0 - s], [x, -10.0 - s]]];
    let (dot, house) = (square(40.3, 0.05), square(100.0, 30.0));
    let outlines = Outlines::new([(0, true, dot.as_slice()), (1, true, house.as_slice())]);
    let fading = Fading { low_px: 3.0, high_px: 6.0, least_px2: 1.0 };
    let mut coverage = Coverage::new(Cell { level: 0, column: 0, row: 0 }, fading);
    coverage.add(&outlines);
    assert!((coverage.of(0).expect("the dot").iter().sum::<f32>() - 1.0).abs() < 1e-3);
    assert!(coverage.of(1).is_none_or(|plane| plane.iter().all(|mass| *mass == 0.0)));
    let mut hidden = outlines.clone();
    hidden.hide(0..1);
    let mut without = Coverage::new(Cell { level: 0, column: 0, row: 0 }, fading);
    without.add(&hidden);
    assert!(without.is_empty());
}

#[test]
fn lines_have_the_mass_of_their_length() {
    let line = vec![vec![[10.0, -10.0], [30.0, -10.0], [30.0, -30.0]]];
    let outlines = Outlines::new([(0, false, line.as_slice())]);
    let mut coverage = Coverage::new(Cell { level: 0, column: 0, row: 0 }, EXACT);
    coverage.add(&outlines);
    assert!((coverage.of(0).expect("a line").iter().sum::<f32>() - 40.0).abs() < 1e-3);
}

#[test]
fn the_kind_that_there_is_most_of_gives_a_texel_its_colour() {
    let square = |s: f64| vec![vec![[10.0, -10.0], [10.0 + s, -10.0], [10.0 + s, -11.0], [10.0, -11.0]]];
    let (most, least) = (square(0.9), square(0.3));
    let outlines = Outlines::new([(0, true, most.as_slice()), (1, true, least.as_slice())]);
    let mut coverage = Coverage::new(Cell { level: 0, column: 0, row: 0 }, EXACT);
    coverage.add(&outlines);
    let picture = coverage.picture(&[[200, 0, 0, 255], [0, 200, 0, 255]]);
    let texel = &picture[(11 * 258 + 11) * 4..][..4];
    assert!(texel[0] > 180 && texel[1] < 80 && texel[3] == 255, "{texel:?}");
    assert_eq!(coverage.picture(&[[200, 0, 0, 0], [0, 200, 0, 0]]).iter().max(), Some(&0));
}

#[test]
fn senseless_shapes_and_views_cost_nothing() {
    let rings: [Vec<Vec<[f64; 2]>>; 4] = [
        vec![],
        vec![vec![]],
        vec![vec![[0.0, 0.0], [f64::NAN, 1.0], [1.0, 1.0]]],
        vec![vec![[0.0, 0.0], [f64::INFINITY, 1.0], [1.0, 1.0]]],
    ];
    let outlines = Outlines::new(rings.iter().map(|rings| (0, true, rings.as_slice())));
    let mut coverage = Coverage::new(Cell { level: 0, column: 0, row: 0 }, EXACT);
    coverage.add(&outlines);
    assert!(coverage.is_empty());
    assert_eq!((Cell::level_of(0.0), Cell::level_of(f64::NAN), Cell::level_of(-1.0)), (None, None, None));
    let view = Viewport::new(WorldPoint { x: 1e300, y: 0.0 }, 1.0, [100.0, 100.0]);
    assert!(Cell::of_view(&view, 0).is_empty());
    let far = Viewport::new(WorldPoint { x: 0.0, y: 0.0 }, 1e9, [4000.0, 4000.0]);
    assert!(Cell::of_view(&far, 0).is_empty());
}
