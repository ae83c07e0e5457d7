//! The rule, the methods and the numbers, against what other programs say.

use geo::Translate as _;
use geo_types::{Coord, Geometry, LineString, Polygon, Rect};
use proptest::prelude::*;

use super::*;

fn square(x: f64, y: f64, side: f64) -> Geometry<f64> {
    let ring = vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
    Polygon::new(LineString::from(ring), Vec::new()).into()
}

fn golden() -> Vec<Arrow> {
    vec![
        Arrow::new((0.0, 0.0), (30.0, 40.0)),
        Arrow::new((400.0, 100.0), (390.0, 90.0)),
        Arrow::new((100.0, 400.0), (100.0, 480.0)),
    ]
}

fn first(shape: &Geometry<f64>) -> (f64, f64) {
    outlines(shape)[0].x_y()
}

fn near(found: Option<f64>, wanted: f64) {
    let found = found.expect("defined");
    assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
}

#[test]
fn three_houses_move_as_the_first_implementation_of_the_rule_moves_them() {
    let aligner = Aligner::new(&golden(), Method::Nearest).expect("sound");
    let houses = [square(0.0, 0.0, 100.0), square(300.0, 0.0, 100.0), square(0.0, 400.0, 100.0)];
    let moved: Vec<Geometry<f64>> = houses.iter().map(|h| aligner.aligned(h)).collect();
    let firsts: Vec<_> = moved.iter().map(first).collect();
    assert_eq!(firsts, [(30.0, 40.0), (290.0, -10.0), (0.0, 480.0)]);
    let all: Vec<Moved> = houses
        .iter()
        .zip(&moved)
        .map(|(a, b)| Moved { shift: aligner.shift_of(a).expect("an area"), iou: iou(a, b) })
        .collect();
    for (one, (distance, share, angle)) in all.iter().zip([
        (50.0, 0.265_822_784_810_126_56, 53.130_102_354_155_98),
        (14.142_135_623_730_951, 0.680_672_268_907_563, 225.0),
        (80.0, 0.111_111_111_111_111_1, 90.0),
    ]) {
        near(Some(one.distance_px()), distance);
        near(one.iou, share);
        near(Some(one.angle_deg()), angle);
    }
    let found = summary(&all);
    near(found.mean_px, 48.047_378_541_243_65);
    near(found.coefficient_of_variation, 0.560_317_551_018_152_5);
    near(found.circular_variance, 0.633_956_977_285_066);
    let road = Geometry::from(LineString::from(vec![(0.0, 0.0), (200.0, 50.0), (410.0, 110.0)]));
    let Geometry::LineString(road) = aligner.aligned(&road) else { panic!("a line stays a line") };
    let want = [(30.0, 40.0), (230.0, 90.0), (400.0, 100.0)];
    assert_eq!(road.0.iter().map(|c| (c.x, c.y)).collect::<Vec<_>>(), want);
}

#[test]
fn of_arrows_that_are_equally_near_the_first_counts() {
    let arrows = [
        Arrow::new((500.0, 5.0), (500.0, 5.0)),
        Arrow::new((-10.0, 0.0), (-9.0, 0.0)),
        Arrow::new((20.0, 0.0), (20.0, 7.0)),
    ];
    let house = square(0.0, 0.0, 10.0);
    let by = |arrows: &[Arrow]| Aligner::new(arrows, Method::Nearest).expect("sound").shift_of(&house);
    assert_eq!(by(&arrows), Some((1.0, 0.0).into()));
    let turned: Vec<Arrow> = arrows.into_iter().rev().collect();
    assert_eq!(by(&turned), Some((0.0, 7.0).into()));
}

#[test]
fn without_arrows_nothing_moves_by_any_method() {
    for method in Method::ALL {
        let aligner = Aligner::new(&[], method).expect("nothing to fit");
        assert_eq!(aligner.aligned(&square(3.0, 4.0, 9.0)), square(3.0, 4.0, 9.0));
        assert!(aligner.left_out().is_empty());
    }
    assert_eq!(summary(&[]), Summary::default());
}

#[test]
fn a_plane_of_shifts_is_found_exactly_and_nothing_is_left_over() {
    let plane = |x: f64, y: f64| Coord { x: 3.0 + 0.01 * x - 0.002 * y, y: -2.0 + 0.004 * y };
    let arrows: Vec<Arrow> = (0..12)
        .map(|i| {
            let at = Coord { x: f64::from(i % 4) * 300.0, y: f64::from(i / 4) * 250.0 + f64::from(i) };
            Arrow { start: at, end: at + plane(at.x, at.y) }
        })
        .collect();
    for method in [Method::Affine, Method::ThinPlate] {
        let aligner = Aligner::new(&arrows, method).expect("sound");
        let (found, wanted) = (aligner.shift_at((411.0, 77.0).into()), plane(411.0, 77.0));
        assert!((found.x - wanted.x).hypot(found.y - wanted.y) < 1e-9, "{method:?}");
        let left = aligner.left_out();
        assert!(left.iter().all(|e| e.is_some_and(|e| e.x.hypot(e.y) < 1e-9)), "{method:?}: {left:?}");
    }
}

#[test]
fn a_method_goes_through_its_arrows_when_it_says_so() {
    let arrows = golden();
    for method in [Method::Nearest, Method::InverseDistance, Method::ThinPlate] {
        let aligner = Aligner::new(&arrows, method).expect("sound");
        for arrow in &arrows {
            let off = aligner.shift_at(arrow.start) - arrow.shift();
            assert!(off.x.hypot(off.y) < 1e-9, "{method:?}");
        }
    }
}

#[test]
fn a_method_that_cannot_be_fitted_says_why() {
    let on_line: Vec<Arrow> =
        (0..5).map(|i| Arrow::new((f64::from(i), 2.0 * f64::from(i)), (0.0, 0.0))).collect();
    let fails = |arrows: &[Arrow], method| Aligner::new(arrows, method).expect_err("refused");
    assert_eq!(fails(&on_line, Method::Affine), AlignError::TooFew(Method::Affine));
    assert_eq!(fails(&on_line[..2], Method::ThinPlate), AlignError::TooFew(Method::ThinPlate));
    let mut twice = golden();
    twice.extend([Arrow::new((700.0, 3.0), (1.0, 1.0)), Arrow::new((700.0, 3.0), (9.0, 1.0))]);
    assert_eq!(fails(&twice, Method::ThinPlate), AlignError::SamePlace);
    let nan = [Arrow::new((f64::NAN, 0.0), (0.0, 0.0))];
    assert_eq!(fails(&nan, Method::Nearest), AlignError::NotFinite);
    let many: Vec<Arrow> =
        (0..600).map(|i| Arrow::new((f64::from(i), f64::from(i * i % 97)), (0.0, 0.0))).collect();
    assert_eq!(fails(&many, Method::ThinPlate), AlignError::TooMany);
    assert_eq!("thin-plate".parse(), Ok(Method::ThinPlate));
    assert!("wild".parse::<Method>().is_err_and(|why| why.contains("nearest, translation")));
}

#[test]
fn ranks_share_their_place_and_quantiles_lie_between_values() {
    near(spearman(&[1.0, 2.0, 2.0, 9.0], &[1.0, 4.0, 3.0, 2.0]), 0.316_227_766_016_837_94);
    near(pearson(&[1.0, 2.0, 4.0], &[1.0, 3.0, 2.0]), 0.327_326_835_353_988_6);
    assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
    near(quantile(&[1.0, 2.0, 4.0, 9.0], 0.5), 3.0);
    near(quantile(&[1.0, 2.0, 4.0, 9.0], 0.9), 7.5);
    assert_eq!(quantile(&[], 0.5), None);
    assert_eq!(variation(&[-1.0, 1.0]), None);
    near(circular_variance(&[0.0, std::f64::consts::PI]), 1.0);
}

fn arrows() -> impl Strategy<Value = Vec<Arrow>> {
    let number = || -500.0..500.0_f64;
    let arrow = (number(), number(), number(), number());
    prop::collection::vec(arrow.prop_map(|(a, b, c, d)| Arrow::new((a, b), (c, d))), 4..14)
}

proptest! {
    #[test]
    fn what_is_said_of_an_arrow_left_out_is_what_the_others_say(arrows in arrows()) {
        for method in Method::ALL {
            let Ok(aligner) = Aligner::new(&arrows, method) else { continue };
            for (i, said) in aligner.left_out().into_iter().enumerate() {
                let mut others = arrows.clone();
                let left = others.remove(i);
                let (Some(said), Ok(without)) = (said, Aligner::new(&others, method)) else { continue };
                let wanted = left.shift() - without.shift_at(left.start);
                let scale = 1.0 + wanted.x.hypot(wanted.y);
                prop_assert!((said.x - wanted.x).hypot(said.y - wanted.y) < 1e-5 * scale, "{method:?}: {said:?} {wanted:?}");
            }
        }
    }

    #[test]
    fn the_box_test_never_changes_which_arrow_is_nearest(arrows in arrows(), x in -600..600_i32, y in -600..600_i32) {
        let house = square(f64::from(x), f64::from(y), 40.0);
        let mut best = (f64::INFINITY, None);
        for arrow in &arrows {
            for v in outlines(&house) {
                let d = (v.x - arrow.start.x).hypot(v.y - arrow.start.y);
                if d < best.0 {
                    best = (d, Some(arrow.shift()));
                }
            }
        }
        let aligner = Aligner::new(&arrows, Method::Nearest).expect("sound");
        prop_assert_eq!(aligner.shift_of(&house), best.1);
    }

    #[test]
    fn an_area_keeps_its_shape(arrows in arrows(), x in -400.0..400.0_f64) {
        let house = Geometry::from(Rect::new((x, 3.0), (x + 30.0, 19.0)).to_polygon());
        for method in Method::ALL {
            let Ok(aligner) = Aligner::new(&arrows, method) else { continue };
            let shift = aligner.shift_of(&house).expect("an area");
            prop_assert_eq!(aligner.aligned(&house), house.translate(shift.x, shift.y));
        }
    }
}
