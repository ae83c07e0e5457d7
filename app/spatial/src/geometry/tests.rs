use geo::{Area as _, BoundingRect as _, Contains as _, CoordsIter as _, Validation as _};
use geo_types::{Coord, Geometry, LineString, MultiPoint, MultiPolygon, Point, Polygon};
use proptest::prelude::*;

use super::*;

/// At the place and size of a building in UTM.
fn at_map(corners: &[(f64, f64)]) -> LineString<f64> {
    corners.iter().map(|(x, y)| Coord { x: 366_812.4 + x, y: 4_103_990.1 + y }).collect()
}

fn polygon(corners: &[(f64, f64)]) -> Geometry<f64> {
    Polygon::new(at_map(corners), Vec::new()).into()
}

fn boxed(x: f64, y: f64, w: f64, h: f64) -> Geometry<f64> {
    polygon(&[(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
}

fn area(geometry: &Geometry<f64>) -> f64 {
    geometry.unsigned_area()
}

fn near(geometry: &Geometry<f64>, expected: f64) {
    assert!((area(geometry) - expected).abs() < 1e-6, "{} is not {expected}", area(geometry));
    assert!(geometry.is_valid(), "{geometry:?}");
}

#[test]
fn merged_areas_are_one_and_what_is_apart_becomes_parts() {
    let (a, b, far) = (boxed(0.0, 0.0, 4.0, 4.0), boxed(2.0, 2.0, 4.0, 4.0), boxed(20.0, 0.0, 1.0, 1.0));
    near(&merge(&[&a, &b]).expect("merged"), 28.0);
    let three = merge(&[&a, &b, &far]).expect("merged");
    near(&three, 29.0);
    assert_eq!(parts(&three).expect("two").len(), 2);
    assert_eq!(merge(&[&a, &Point::new(0.0, 0.0).into()]), Err(GeometryError::MixedKinds));
    let neighbours = merge(&[&boxed(0.0, 0.0, 4.0, 4.0), &boxed(4.0, 0.0, 4.0, 4.0)]).expect("merged");
    assert_eq!(corner_count(&neighbours), 4, "no seam is left");
}

#[test]
fn lines_are_joined_at_their_ends_whichever_way_they_run() {
    let a: Geometry<f64> = at_map(&[(0.0, 0.0), (1.0, 0.0)]).into();
    let b: Geometry<f64> = at_map(&[(2.0, 2.0), (1.0, 0.0)]).into();
    let c: Geometry<f64> = at_map(&[(0.0, 0.0), (0.0, 5.0)]).into();
    let Ok(Geometry::LineString(line)) = merge(&[&a, &b, &c]) else { panic!("one line") };
    assert_eq!(line.0.len(), 4);
    assert_eq!((line.0[0], line.0[3]), (at_map(&[(2.0, 2.0)]).0[0], at_map(&[(0.0, 5.0)]).0[0]));
    let apart: Geometry<f64> = at_map(&[(9.0, 0.0), (9.0, 1.0)]).into();
    assert!(matches!(merge(&[&a, &apart]), Ok(Geometry::MultiLineString(m)) if m.0.len() == 2));
    let point: Geometry<f64> = Point::new(1.0, 1.0).into();
    assert!(matches!(merge(&[&point, &point]), Ok(Geometry::MultiPoint(MultiPoint(p))) if p.len() == 2));
}

#[test]
fn what_is_taken_out_is_gone_and_what_is_common_stays() {
    let (a, b) = (boxed(0.0, 0.0, 4.0, 4.0), boxed(2.0, 2.0, 4.0, 4.0));
    near(&subtract(&a, &[&b]).expect("a rest"), 12.0);
    near(&intersect(&[&a, &b]).expect("a common part"), 4.0);
    assert_eq!(subtract(&a, &[&boxed(-1.0, -1.0, 9.0, 9.0)]), Err(GeometryError::NothingLeft));
    assert_eq!(intersect(&[&a, &boxed(9.0, 9.0, 1.0, 1.0)]), Err(GeometryError::NothingShared));
    assert_eq!(intersect(&[&a, &Point::new(1.0, 1.0).into()]), Err(GeometryError::NotAnArea));
}

#[test]
fn a_ring_inside_makes_a_hole_that_can_be_filled_and_one_over_the_border_takes_a_bite() {
    let a = boxed(0.0, 0.0, 4.0, 4.0);
    let holed = cut_out(&a, &at_map(&[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0)])).expect("a hole");
    near(&holed, 15.0);
    assert_eq!(hole_count(&holed), 1);
    near(&fill_holes(&holed).expect("filled"), 16.0);
    assert_eq!(fill_holes(&a), Err(GeometryError::NoHole));
    let bitten = cut_out(&a, &at_map(&[(3.0, 1.0), (5.0, 1.0), (5.0, 2.0), (3.0, 2.0)])).expect("a bite");
    near(&bitten, 15.0);
    assert_eq!(hole_count(&bitten), 0);
    let beside = cut_out(&a, &at_map(&[(7.0, 1.0), (8.0, 1.0), (8.0, 2.0)]));
    assert_eq!(beside, Err(GeometryError::Beside));
}

#[test]
fn a_line_cuts_a_shape_in_pieces_the_largest_first() {
    let a = boxed(0.0, 0.0, 4.0, 4.0);
    let pieces = split(&a, &at_map(&[(1.0, -1.0), (1.0, 5.0)])).expect("two");
    assert_eq!(pieces.len(), 2);
    near(&pieces[0], 12.0);
    near(&pieces[1], 4.0);
    assert_eq!(split(&a, &at_map(&[(1.0, -1.0), (1.0, 3.0)])), Err(GeometryError::NotThrough));
    let zigzag = split(&a, &at_map(&[(-1.0, 1.0), (5.0, 1.0), (5.0, 2.0), (-1.0, 2.0)])).expect("three");
    assert_eq!(zigzag.len(), 3);
    let two = merge(&[&a, &boxed(20.0, 0.0, 1.0, 1.0)]).expect("merged");
    let pieces = split(&two, &at_map(&[(1.0, -1.0), (1.0, 5.0)])).expect("two");
    assert_eq!(pieces.len(), 2, "what the line does not meet stays with the largest");
    near(&pieces[0], 13.0);
    let line: Geometry<f64> = at_map(&[(0.0, 0.0), (10.0, 0.0)]).into();
    let pieces = split(&line, &at_map(&[(3.0, -1.0), (3.0, 1.0)])).expect("two");
    assert_eq!(pieces.len(), 2);
    assert_eq!(split(&line, &at_map(&[(3.0, 1.0), (3.0, 2.0)])), Err(GeometryError::NotThrough));
}

#[test]
fn corners_that_were_there_stay_to_the_last_bit() {
    let a = boxed(0.1, 0.3, 7.77, 3.33);
    let b = boxed(5.03, 1.07, 9.1, 1.3);
    let merged = merge(&[&a, &b]).expect("merged");
    let known: Vec<Coord<f64>> = a.coords_iter().chain(b.coords_iter()).collect();
    assert_eq!(
        merged.coords_iter().filter(|c| known.contains(c)).count(),
        7,
        "six corners and a closing one"
    );
}

#[test]
fn widening_and_narrowing_move_the_border_by_the_distance() {
    let a = boxed(0.0, 0.0, 10.0, 10.0);
    let wide = widen(&a, 1.0).expect("wider");
    let expected = 100.0 + 40.0 + std::f64::consts::PI;
    assert!((area(&wide) - expected).abs() < 0.01, "{}", area(&wide));
    let bounds = wide.bounding_rect().expect("bounds");
    assert!((bounds.width() - 12.0).abs() < 1e-6);
    near(&widen(&a, -1.0).expect("narrower"), 64.0);
    assert_eq!(widen(&a, -6.0), Err(GeometryError::NothingLeft));
    let line: Geometry<f64> = at_map(&[(0.0, 0.0), (10.0, 0.0)]).into();
    let road = widen(&line, 2.0).expect("a road");
    assert!((area(&road) - (40.0 + 4.0 * std::f64::consts::PI)).abs() < 0.05, "{}", area(&road));
    let disc = widen(&Point::new(5.0, 5.0).into(), 2.0).expect("a disc");
    assert!((area(&disc) - 4.0 * std::f64::consts::PI).abs() < 0.05);
    assert_eq!(widen(&line, -1.0), Err(GeometryError::NotAnArea));
    assert_eq!(widen(&a, f64::NAN), Err(GeometryError::NotAnAmount));
}

#[test]
fn a_bow_tie_is_mended_and_a_sound_shape_left_alone() {
    let bow = polygon(&[(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0)]);
    assert!(!is_sound(&bow));
    let mended = repair(&bow).expect("mended");
    near(&mended, 8.0);
    assert_eq!(repair(&mended), Err(GeometryError::SoundAlready));
    let overlapping = MultiPolygon(vec![
        Polygon::new(at_map(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]), Vec::new()),
        Polygon::new(at_map(&[(2.0, 2.0), (6.0, 2.0), (6.0, 6.0), (2.0, 6.0)]), Vec::new()),
    ]);
    near(&repair(&overlapping.into()).expect("mended"), 28.0);
    let spike = polygon(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (9.0, 9.0), (4.0, 4.0), (0.0, 4.0)]);
    near(&repair(&spike).expect("mended"), 16.0);
    let odd = polygon(&[(0.0, 0.0), (f64::NAN, 0.0), (4.0, 4.0)]);
    assert_eq!(repair(&odd), Err(GeometryError::NotANumber));
    assert_eq!(repair(&polygon(&[(0.0, 0.0), (4.0, 0.0), (0.0, 0.0)])), Err(GeometryError::NothingLeft));
}

#[test]
fn simplifying_leaves_corners_out_and_never_lets_a_shape_cross_itself() {
    let noisy = polygon(&[(0.0, 0.0), (5.0, 0.05), (10.0, 0.0), (10.02, 5.0), (10.0, 10.0), (0.0, 10.0)]);
    let plain = simplify(&noisy, 0.2).expect("simpler");
    assert_eq!((corner_count(&noisy), corner_count(&plain)), (6, 4));
    assert_eq!(simplify(&noisy, 0.0), Err(GeometryError::NotAnAmount));
    assert_eq!(simplify(&Point::new(0.0, 0.0).into(), 1.0), Err(GeometryError::NoEdges));
}

#[test]
fn a_smooth_shape_has_more_corners_and_less_area() {
    let a = boxed(0.0, 0.0, 10.0, 10.0);
    let smoothed = smooth(&a).expect("smooth");
    assert!(smoothed.is_valid() && corner_count(&smoothed) == 16);
    assert!(area(&smoothed) < 100.0 && area(&smoothed) > 80.0);
}

#[test]
fn a_building_drawn_by_a_trembling_hand_gets_right_angles() {
    let drawn = polygon(&[(0.2, -0.1), (10.1, 0.3), (9.9, 5.1), (5.1, 4.8), (4.9, 9.8), (-0.1, 10.1)]);
    let squared = square(&drawn).expect("squared");
    assert!(squared.is_valid());
    assert!((area(&squared) - area(&drawn)).abs() < 0.03 * area(&drawn), "{}", area(&squared));
    let Geometry::Polygon(p) = &squared else { panic!("a polygon") };
    let edges: Vec<_> = p.exterior().lines().map(|l| (l.dy()).atan2(l.dx())).collect();
    assert_eq!(edges.len(), 6);
    for pair in edges.windows(2) {
        assert!((pair[1] - pair[0]).cos().abs() < 1e-6, "a right angle");
    }
    let again = square(&squared).expect("still square");
    assert!((area(&again) - area(&squared)).abs() < 1e-6, "what is square stays");
}

#[test]
fn slanted_walls_stay_slanted_and_what_is_no_building_is_refused() {
    let bay = polygon(&[(0.0, 0.0), (10.0, 0.1), (10.0, 6.0), (6.0, 10.0), (0.0, 10.1)]);
    let squared = square(&bay).expect("squared");
    assert_eq!(corner_count(&squared), 5);
    assert_eq!(square(&Point::new(1.0, 1.0).into()), Err(GeometryError::NotAnArea));
    let box_of_it = oriented_box(&bay).expect("a box");
    assert!(corner_count(&box_of_it) == 4 && area(&box_of_it) >= area(&bay));
}

#[test]
fn every_error_is_a_sentence_with_a_hint() {
    use GeometryError as E;
    for error in [E::NotAnArea, E::NothingLeft, E::NotThrough, E::SoundAlready, E::Beside, E::NotAnAmount] {
        let text = error.to_string();
        assert!(!text.ends_with('.') && error.hint().ends_with('.'), "{text}");
    }
}

fn tangle() -> impl Strategy<Value = Geometry<f64>> {
    let corner = (0_i32..8, 0_i32..8);
    prop::collection::vec(corner, 3..12).prop_map(|corners| {
        let corners: Vec<(f64, f64)> = corners.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect();
        polygon(&corners)
    })
}

proptest! {
    /// Whatever goes in, what comes out is sound, and areas add up.
    #[test]
    fn areas_add_up_whatever_goes_in(a in tangle(), b in tangle()) {
        let size = |g: Result<Geometry<f64>, GeometryError>| g.map_or(0.0, |g| area(&g));
        let (whole_a, whole_b) = (area_of(&a).expect("area").unsigned_area(), area_of(&b).expect("area").unsigned_area());
        let (both, common) = (size(merge(&[&a, &b])), size(intersect(&[&a, &b])));
        prop_assert!((both + common - whole_a - whole_b).abs() < 1e-6);
        prop_assert!((size(subtract(&a, &[&b])) + common - whole_a).abs() < 1e-6);
        for made in [merge(&[&a, &b]), subtract(&a, &[&b]), intersect(&[&a, &b]), repair(&a), fill_holes(&b)] {
            prop_assert!(made.as_ref().map_or(true, is_sound), "{made:?}");
        }
        let line = at_map(&[(-1.0, 2.3), (9.0, 5.1)]);
        if let Ok(pieces) = split(&a, &line) {
            let sum: f64 = pieces.iter().map(area).sum();
            prop_assert!((sum - whole_a).abs() < 1e-6);
        }
    }

    #[test]
    fn wider_shapes_hold_the_narrower_ones(a in tangle(), distance in 0.1_f64..3.0) {
        if let (Ok(whole), Ok(wide)) = (area_of(&a), widen(&a, distance)) {
            prop_assert!(is_sound(&wide));
            for corner in whole.coords_iter() {
                prop_assert!(wide.contains(&Point(corner)));
            }
        }
        if let Ok(narrow) = widen(&a, -distance) {
            prop_assert!(area(&narrow) < area_of(&a).expect("area").unsigned_area());
        }
    }
}
