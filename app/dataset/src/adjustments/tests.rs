//! Files of arrows as a person meets them.

use std::collections::BTreeMap;

use geo::MapCoords as _;
use project::{Change, Edit, GeometrySource, Project, Region};

use super::*;
use crate::testing::{ids, layer, project};
use crate::{DatasetError, adjustments::plan::AdjustmentOptions};

fn options(layer: project::LayerId) -> AdjustmentOptions {
    let author = project::Author::new("Ana");
    AdjustmentOptions { layer, source: None, author, order: None, replace: false, at_ms: None }
}

/// A project with footprints whose first corners are at these pixels of a 200 × 100 image.
fn with_footprints(corners: &[(f64, f64)]) -> (Project, project::LayerId) {
    let layer = layer();
    let (mut project, id) = project(&layer);
    let mut ids = ids();
    for (x, y) in corners {
        let pixels = geo::Rect::new((*x, *y), (x + 8.0, y + 6.0)).to_polygon();
        let region = Region {
            geometry: pixels.map_coords(|c| layer.transform_or_pixels().world_from_image(c)).into(),
            layer: None,
            source: GeometrySource("OSM".into()),
            source_id: None,
            attributes: BTreeMap::new(),
        };
        project.apply(&Edit::Region(Change::create(ids.region(), region))).expect("applies");
    }
    (project, id)
}

fn plan(project: &Project, text: &str, options: &AdjustmentOptions) -> AdjustmentPlan {
    let file = parse_adjustments(text.as_bytes()).expect("read");
    plan_adjustments(project, file, options, &mut ids()).expect("planned")
}

#[test]
fn arrows_come_in_and_go_out_as_they_were() {
    let (mut project, layer) = with_footprints(&[(10.0, 10.0)]);
    let text = "[\n[[10,10],[14.5,7]],\n[[150,20.25],[152,24]]\n]\n";
    let made = plan(&project, text, &options(layer));
    assert_eq!((made.accepted, made.rejected.len(), made.order), (2, 0, Order::ColumnRow));
    assert_eq!(made.warnings, Vec::<String>::new());
    let before = project.clone();
    project.apply(&made.edit).expect("applies");
    let arrows: Vec<Arrow> = project.adjustments_of(layer).map(|(_, a)| a.arrow()).collect();
    assert_eq!(adjustments_json(&arrows), text);
    assert_eq!(plan(&project, text, &options(layer)).accepted, 0, "the same file again adds nothing");
    let other = AdjustmentOptions { replace: true, ..options(layer) };
    let anew = plan(&project, "[[[1,2],[3,4]]]", &other);
    project.apply(&anew.edit).expect("applies");
    assert_eq!(project.adjustments().len(), 1);
    project.apply(&anew.edit.inverse()).expect("undone");
    project.apply(&made.edit.inverse()).expect("undone");
    assert!(project == before);
}

#[test]
fn rows_before_columns_are_seen_by_the_bounds_of_the_image() {
    let (project, layer) = with_footprints(&[]);
    // 150 can be a column of 200 × 100 pixels but no row.
    let made = plan(&project, "[[[20, 150], [22, 149]], [[30, 40], [31, 40]]]", &options(layer));
    assert_eq!((made.order, made.guess.inside), (Order::RowColumn, [1, 2]));
    assert!(made.warnings.iter().any(|w| w.contains("rows before columns")), "{:?}", made.warnings);
    let Edit::Batch { edits, .. } = &made.edit else { panic!("a batch") };
    let Edit::Adjustment(first) = &edits[0] else { panic!("an adjustment") };
    assert_eq!(first.after.as_ref().map(|a| (a.start, a.end)), Some(([150.0, 20.0], [149.0, 22.0])));
    let said = AdjustmentOptions { order: Some(Order::ColumnRow), ..options(layer) };
    let made = plan(&project, "[[[20, 150], [22, 149]]]", &said);
    assert_eq!(made.order, Order::ColumnRow);
    assert!(made.warnings.iter().any(|w| w.contains("beyond the image")), "{:?}", made.warnings);
}

#[test]
fn rows_before_columns_are_seen_by_the_footprints_where_the_bounds_say_nothing() {
    let (project, layer) = with_footprints(&[(80.0, 10.0), (60.0, 30.0), (90.0, 50.0)]);
    let columns = "[[[80,10],[82,10]],[[60,30],[61,33]],[[90,50],[90,52]]]";
    let rows = "[[[10,80],[10,82]],[[30,60],[33,61]],[[50,90],[52,90]]]";
    assert_eq!(plan(&project, columns, &options(layer)).order, Order::ColumnRow);
    let made = plan(&project, rows, &options(layer));
    assert_eq!(made.order, Order::RowColumn);
    assert_eq!(made.guess.to_footprints_px.map(|[_, rows]| rows < 1e-6), Some(true));
}

#[test]
fn a_file_that_says_that_nothing_is_off_adds_nothing() {
    let (project, layer) = with_footprints(&[]);
    for text in ["[[[0,0],[0,0]]]", "[]"] {
        let made = plan(&project, text, &options(layer));
        assert_eq!((made.accepted, made.rejected.len()), (0, 0));
    }
    assert_eq!(adjustments_json(&[]), "[]\n");
}

#[test]
fn broken_lying_and_hostile_files_are_refused_in_a_sentence() {
    let bad = |text: &str| parse_adjustments(text.as_bytes()).expect_err("refused");
    assert!(matches!(bad(""), DatasetError::Empty));
    assert!(matches!(bad("[[[1,2],[3"), DatasetError::NotJson { .. }));
    assert!(matches!(bad("{\"a\": 1}"), DatasetError::NotShapes(_)));
    assert!(matches!(bad("7"), DatasetError::NotShapes(_)));
    assert!(matches!(bad(&"[".repeat(10_000)), DatasetError::TooDeep | DatasetError::TooMany { .. }));
    let long = format!("[[{}]]", vec!["1"; 500].join(","));
    assert!(matches!(bad(&long), DatasetError::TooMany { .. }));
    let many = format!("[{}]", vec!["[[1,2],[3,4]]"; 100_001].join(","));
    assert!(matches!(bad(&many), DatasetError::TooMany { what: "adjustments", .. }));
    let text =
        r#"[[[1,2],[3,4]], 5, [[1,2]], [[1,"x"],[3,4]], [[1,2,3],[3,4]], [[1e300,2],[3,4]], {}, null]"#;
    let file = parse_adjustments(text.as_bytes()).expect("the rest is taken");
    assert_eq!((file.arrows.len(), file.rejected.len()), (1, 7));
    for cut in 0..text.len() {
        let _ = parse_adjustments(&text.as_bytes()[..cut]);
    }
}

#[test]
fn adjustments_are_told_from_annotations_by_their_first_bytes() {
    assert!(is_adjustments(b" [\n [ [10, 20], [1, 2] ] ]") && is_adjustments(b"\xEF\xBB\xBF[[[0,0"));
    assert!(!is_adjustments(b"[{\"source\"") && !is_adjustments(b"{\"type\"") && !is_adjustments(b"[[1"));
}

#[test]
fn the_image_speaks_for_footprints_that_lie_beside_their_roofs() {
    let drawn = [(20.0, 20.0), (60.0, 50.0), (110.0, 25.0), (150.0, 60.0)];
    let by = (6.0, -4.0);
    let (mut project, layer) = with_footprints(&[]);
    let described = crate::testing::layer();
    let mut ids = ids();
    let size = |i: usize| (22.0 + 3.0 * i as f64, 14.0 + 2.0 * i as f64);
    for (i, (x, y)) in drawn.iter().enumerate() {
        let pixels = geo::Rect::new((*x, *y), (x + size(i).0, y + size(i).1)).to_polygon();
        let region = Region {
            geometry: pixels.map_coords(|c| described.transform_or_pixels().world_from_image(c)).into(),
            layer: None,
            source: GeometrySource("OSM".into()),
            source_id: None,
            attributes: BTreeMap::new(),
        };
        project.apply(&Edit::Region(Change::create(ids.region(), region))).expect("applies");
    }
    let folder = tempfile::tempdir().expect("folder");
    let mut state = 5_u32;
    let mut bytes = vec![0_u8; 200 * 100 * 3];
    for (n, byte) in bytes.iter_mut().enumerate() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = ((n % 200) as f64, (n % 20_000 / 200) as f64);
        let inside = |(i, (l, t)): (usize, &(f64, f64))| {
            let (dx, dy) = (x - l - by.0, y - t - by.1);
            (0.0..size(i).0).contains(&dx) && (0.0..size(i).1).contains(&dy)
        };
        *byte = if drawn.iter().enumerate().any(inside) { 160 } else { 80 } + (state >> 28) as u8;
    }
    let path = folder.path().join("post.tif");
    let image = raster::write::NewImage::rgb(200, 100).at(described.crs.clone(), described.transform);
    let samples = raster::SampleBuffer::U8(bytes);
    raster::write::image(&path, &image, &raster::write::WriteOptions::default(), &samples).expect("an image");
    let source = raster::Source::open(&path).expect("opens");
    let alignment = project::alignment::Alignment::of(&project, layer).expect("sound");
    let wanted: Vec<_> = project.regions().keys().copied().collect();
    let found =
        suggest_adjustments(&project, &alignment, &source, &wanted, 20.0, &mut |_| true).expect("read");
    assert_eq!(found.len(), drawn.len(), "{found:?}");
    for one in &found {
        let shift = one.arrow.shift();
        assert!((shift.x - by.0).hypot(shift.y - by.1) < 0.75, "{one:?}");
    }
    let stopped = suggest_adjustments(&project, &alignment, &source, &wanted, 20.0, &mut |done| done < 1);
    assert_eq!(stopped.expect("read").len(), 1);
    let made = plan(&project, "[[[20, 20], [26, 16]]]", &options(layer));
    project.apply(&made.edit).expect("applies");
    let alignment = project::alignment::Alignment::of(&project, layer).expect("sound");
    let left =
        suggest_adjustments(&project, &alignment, &source, &wanted, 20.0, &mut |_| true).expect("read");
    assert_eq!(left.len(), 3, "what has an arrow needs no other: {left:?}");
    assert!(left.iter().all(|s| (s.arrow.shift().x - by.0).hypot(s.arrow.shift().y - by.1) < 0.75));
}
