//! Tangles that once came out wrong: eight with a small hole filled, ten with an inside in two pieces. What
//! shapely 2.2 makes of them, as areas, stands beside them; `tests/peers/geometry.py` compares the shapes.

use geo::{Area as _, CoordsIter as _, Validation as _};
use geo_types::{Geometry, LineString, MultiPolygon, Polygon};

use super::{GeometryError, cut_out, repair, split, subtract};

fn shape(polygons: &serde_json::Value) -> Geometry<f64> {
    let rings: Vec<Vec<Vec<[f64; 2]>>> = serde_json::from_value(polygons.clone()).expect("rings");
    let polygon = |rings: &Vec<Vec<[f64; 2]>>| {
        let mut rings = rings.iter().map(|ring| LineString::from(ring.clone()));
        Polygon::new(rings.next().expect("an outline"), rings.collect())
    };
    MultiPolygon(rings.iter().map(polygon).collect()).into()
}

fn made(case: &serde_json::Value) -> Result<Vec<Geometry<f64>>, GeometryError> {
    let shapes: Vec<Geometry<f64>> = case["shapes"].as_array().expect("shapes").iter().map(shape).collect();
    let line: Vec<[f64; 2]> = serde_json::from_value(case["line"].clone()).expect("a line");
    let line = LineString::from(line);
    match case["operation"].as_str().expect("a word") {
        "subtract" => subtract(&shapes[0], &[&shapes[1]]).map(|g| vec![g]),
        "cut out" => cut_out(&shapes[0], &line).map(|g| vec![g]),
        "repair" => repair(&shapes[0]).map(|g| vec![g]),
        "split" => split(&shapes[0], &line),
        other => panic!("{other} is no change"),
    }
}

/// True where no two rings of a polygon, and no ring with itself, meet in two corners or more: then the inside is in one
/// piece, given that edges do not cross.
fn is_in_one_piece(polygon: &Polygon<f64>) -> bool {
    // Rings are nodes, corners that several have in common join them: a circle of them cuts the inside.
    let rings: Vec<&LineString<f64>> =
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).collect();
    let mut corners: std::collections::HashMap<(u64, u64), Vec<usize>> = std::collections::HashMap::new();
    for (i, ring) in rings.iter().enumerate() {
        for c in &ring.0[1..] {
            corners.entry((c.x.to_bits(), c.y.to_bits())).or_default().push(i);
        }
    }
    let mut group: Vec<usize> = (0..rings.len()).collect();
    for met in corners.values().filter(|met| met.len() > 1) {
        for pair in met.windows(2) {
            let (a, b) = (root(&group, pair[0]), root(&group, pair[1]));
            if a == b {
                return false;
            }
            group[a] = b;
        }
    }
    true
}

fn root(group: &[usize], mut i: usize) -> usize {
    while group[i] != i {
        i = group[i];
    }
    i
}

#[test]
fn tangles_that_once_came_out_wrong_come_out_as_shapely_has_them() {
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("tangles.json")).expect("the file is sound");
    assert_eq!(cases.len(), 18);
    for (i, case) in cases.iter().enumerate() {
        let mut found: Vec<f64> = made(case).expect("made").iter().map(Geometry::unsigned_area).collect();
        let mut expected: Vec<f64> = serde_json::from_value(case["areas"].clone()).expect("areas");
        found.sort_by(f64::total_cmp);
        expected.sort_by(f64::total_cmp);
        assert_eq!(found.len(), expected.len(), "case {i}");
        let whole: f64 = expected.iter().sum();
        let alike = found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-9 * whole);
        assert!(alike, "case {i}: {found:?} is not {expected:?}");
        for shape in made(case).expect("made") {
            assert!(shape.is_valid(), "case {i}");
            let parts = match &shape {
                Geometry::Polygon(p) => std::slice::from_ref(p),
                Geometry::MultiPolygon(m) => &m.0,
                other => panic!("case {i}: {} corners are no area", other.coords_count()),
            };
            assert!(parts.iter().all(is_in_one_piece), "case {i}");
        }
    }
}
