//! Shapes drawn, cut, painted and changed as a whole.

use std::sync::Arc;

use geo::{Area as _, Geometry};
use project::{Change, ClassCode, Edit, Region, RegionId};

use super::desk::{Desk, square};
use crate::{
    Amount, Key, Modifiers, Reshape, SelectedShapes, Selection, SnapSettings, Tool, ToolEvent, ToolKind,
    reshape_edit,
};

fn areas(desk: &Desk) -> Vec<f64> {
    let mut all: Vec<f64> = desk.project.regions().values().map(|r| r.geometry.unsigned_area()).collect();
    all.sort_by(f64::total_cmp);
    all
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found} is not {expected}");
}

fn label(desk: &mut Desk, id: RegionId, class: &str) {
    let author = project::Author::new("ana");
    let class = ClassCode::new(class);
    let edit = crate::label_edit(&desk.project, &mut desk.ids, &[id], &class, &author, 5, None);
    desk.project.apply(&edit.expect("a label")).expect("applies");
}

/// Runs a change on regions, checks that undo brings all back, and leaves it made.
fn reshape(desk: &mut Desk, regions: &[RegionId], change: Reshape) -> Selection {
    let before = desk.project.clone();
    let made = reshape_edit(&desk.project, &mut desk.ids, regions, change).expect("it can be done");
    desk.project.apply(&made.edit).expect("applies");
    let after = desk.project.clone();
    desk.project.apply(&made.edit.clone().inverse()).expect("undoes");
    assert!(desk.project == before, "one step of undo");
    desk.project = after;
    assert_eq!(project::violations(&desk.project), Vec::<String>::new());
    made.selection
}

#[test]
fn merged_regions_are_one_with_the_label_that_somebody_gave() {
    let mut d = Desk::new(ToolKind::Select);
    let (a, b) = (d.put(square(0.0, 0.0, 40.0)), d.put(square(20.0, 20.0, 40.0)));
    label(&mut d, a, "destroyed");
    let left = reshape(&mut d, &[a, b], Reshape::Merge);
    assert_eq!(left.regions(), [a], "the labelled one lives on");
    assert_eq!((d.project.regions().len(), d.project.labels().len()), (1, 1));
    near(areas(&d)[0], 2_800.0);
}

#[test]
fn pieces_have_the_labels_of_what_they_were_cut_from() {
    let mut d = Desk::new(ToolKind::Split);
    let a = d.put(square(0.0, 0.0, 100.0));
    label(&mut d, a, "destroyed");
    d.click(30.0, -20.0);
    d.click(30.0, 120.0);
    d.key(Key::Enter);
    assert_eq!((d.project.regions().len(), d.project.labels().len()), (2, 2));
    near(areas(&d)[0], 3_000.0);
    near(d.geometry(a).unsigned_area(), 7_000.0);
    assert_eq!((d.edits.len(), d.selection.len()), (1, 2));
    d.selection = Selection::default();
    d.click(300.0, 300.0);
    d.click(350.0, 300.0);
    d.key(Key::Enter);
    assert!(d.notices.last().is_some_and(|n| n.contains("meets no region")), "{:?}", d.notices);
    assert!(d.tool.is_drawing(), "the line is kept, to be drawn on");
}

#[test]
fn what_is_cut_out_is_a_hole_or_a_bite_and_only_in_the_selection() {
    let mut d = Desk::new(ToolKind::CutOut);
    let (a, b) = (d.put(square(0.0, 0.0, 100.0)), d.put(square(0.0, 0.0, 100.0)));
    d.selection = Selection::one(a);
    for (x, y) in [(20.0, 20.0), (40.0, 20.0), (40.0, 40.0), (20.0, 40.0)] {
        d.click(x, y);
    }
    d.key(Key::Enter);
    near(d.geometry(a).unsigned_area(), 9_600.0);
    near(d.geometry(b).unsigned_area(), 10_000.0);
    let selection = reshape(&mut d, &[a], Reshape::FillHoles);
    assert_eq!(selection.regions(), [a]);
    near(d.geometry(a).unsigned_area(), 10_000.0);
}

#[test]
fn a_crossing_outline_is_red_is_refused_and_is_mended_by_one_key() {
    let mut d = Desk::new(ToolKind::Polygon);
    for (x, y) in [(0.0, 0.0), (100.0, 100.0), (100.0, 0.0), (0.0, 100.0)] {
        d.click(x, y);
    }
    let preview = d.with_context(|ctx| d.tool.preview(ctx));
    assert!(preview.lines.iter().any(|l| l.style == crate::LineStyle::Crossing && l.points.len() == 2));
    d.key(Key::Enter);
    assert!(d.edits.is_empty() && d.notices.len() == 1, "it cannot be kept");
    assert!(d.with_context(|ctx| d.tool.wants(Key::Letter('F'), Modifiers::NONE, ctx)));
    d.key(Key::Letter('F'));
    near(areas(&d)[0], 5_000.0);
    assert!(geo::Validation::is_valid(&d.project.regions().values().next().expect("one").geometry));
    assert!(!d.tool.is_drawing());
}

#[test]
fn boxes_come_from_a_drag_or_from_clicks() {
    let mut d = Desk::new(ToolKind::Rectangle);
    d.drag((0.0, 0.0), (60.0, 40.0));
    d.click(100.0, 0.0);
    d.click(130.0, 10.0);
    d.drag_with((200.0, 0.0), (230.0, 10.0), Modifiers::SHIFT);
    d.drag_with((300.0, 0.0), (310.0, 5.0), Modifiers::ALT);
    assert_eq!(areas(&d).iter().map(|a| a.round()).collect::<Vec<_>>(), [200.0, 300.0, 900.0, 2_400.0]);
    assert_eq!(d.edits.len(), 4);
    d.drag((0.0, 0.0), (60.0, 0.0));
    assert!(d.edits.len() == 4 && d.tool.is_drawing(), "a line is no rectangle");
    d.key(Key::Escape);
    assert!(!d.tool.is_drawing());
}

#[test]
fn a_turned_box_is_a_side_and_a_width() {
    let mut d = Desk::new(ToolKind::OrientedBox);
    for (x, y) in [(0.0, 0.0), (80.0, 60.0), (80.0, 120.0)] {
        d.click(x, y);
    }
    let region = d.project.regions().values().next().expect("a box").clone();
    let found = spatial::geometry::box_of(&region.geometry).expect("a box");
    near(found.length, 100.0);
    near(found.width, 48.0);
    near(found.angle_deg, 36.869_897_645_844_02);
}

#[test]
fn ellipses_points_lines_and_stamps_are_regions() {
    let mut d = Desk::new(ToolKind::Ellipse);
    d.drag_with((0.0, 0.0), (100.0, 30.0), Modifiers::SHIFT);
    assert!((areas(&d)[0] - 7_854.0).abs() < 20.0, "a circle of 100 across");
    d.tool = Tool::new(ToolKind::Stamp);
    d.click(300.0, 300.0);
    d.click(-300.0, 300.0);
    assert_eq!(d.project.regions().len(), 3);
    d.tool = Tool::new(ToolKind::Point);
    d.click(5.0, 7.0);
    d.tool = Tool::new(ToolKind::Line);
    d.click(0.0, 200.0);
    d.click(50.0, 200.0);
    d.key(Key::Enter);
    let kinds =
        |f: fn(&Geometry<f64>) -> bool| d.project.regions().values().filter(|r| f(&r.geometry)).count();
    assert_eq!(kinds(|g| matches!(g, Geometry::Point(p) if p.x() == 5.0)), 1);
    assert_eq!(kinds(|g| matches!(g, Geometry::LineString(_))), 1);
}

#[test]
fn a_hand_draws_round_a_region_and_a_lasso_selects_what_it_meets() {
    let mut d = Desk::new(ToolKind::Freehand);
    let round = |d: &mut Desk| {
        d.pull((0.0, 0.0), (100.0, 0.0), Modifiers::NONE);
        for to in [(100.0, 100.0), (0.0, 100.0)] {
            d.drag_on(to);
        }
        d.let_go((0.0, 100.0));
    };
    round(&mut d);
    near(areas(&d)[0], 10_000.0);
    let far = d.put(square(500.0, 0.0, 10.0));
    d.selection = Selection::one(far);
    d.tool = Tool::new(ToolKind::Lasso);
    round(&mut d);
    assert_eq!(d.selection.len(), 1);
    assert!(!d.selection.contains(far));
}

#[test]
fn the_brush_paints_onto_the_selection_and_alt_takes_away() {
    let mut d = Desk::new(ToolKind::Brush);
    let a = d.put(square(0.0, 0.0, 100.0));
    d.selection = Selection::one(a);
    d.drag((50.0, 50.0), (150.0, 50.0));
    let wider = d.geometry(a).unsigned_area();
    assert!(wider > 11_000.0 && wider < 12_100.0, "{wider}");
    d.drag_with((50.0, 150.0), (50.0, -50.0), Modifiers::ALT);
    assert!(matches!(d.geometry(a), Geometry::MultiPolygon(m) if m.0.len() == 2), "cut in two");
    assert_eq!(d.edits.len(), 2);
    d.selection = Selection::default();
    d.key(Key::CloseBracket);
    d.click(-300.0, 0.0);
    assert_eq!(d.project.regions().len(), 2, "with nothing selected it paints a new region");
    let size = std::f64::consts::PI * 20.0 * 20.0;
    assert!((areas(&d)[0] - size).abs() < 0.03 * size, "{}", areas(&d)[0]);
}

#[test]
fn handles_move_turn_and_scale_the_selection_and_numbers_do_the_same() {
    let mut d = Desk::new(ToolKind::Transform);
    let (a, b) = (d.put(square(0.0, 0.0, 50.0)), d.put(square(100.0, 0.0, 50.0)));
    d.selection = [a, b].into_iter().collect();
    d.drag((30.0, 30.0), (40.0, 20.0));
    assert_eq!(d.geometry(a), square(10.0, -10.0, 50.0));
    d.drag((160.0, 40.0), (310.0, 90.0));
    near(d.geometry(b).unsigned_area(), 2_500.0 * 4.0);
    assert_eq!(d.edits.len(), 2);
    d.event(ToolEvent::Amount(Amount::Scale(0.5)));
    d.event(ToolEvent::Amount(Amount::RotateDeg(90.0)));
    near(d.geometry(b).unsigned_area(), 2_500.0);
    d.event(ToolEvent::Amount(Amount::Move(geo::Coord { x: 7.0, y: 0.0 })));
    d.key(Key::Right);
    assert_eq!(d.edits.len(), 6);
    d.key(Key::Enter);
    assert_eq!(d.tool.kind(), ToolKind::Select);
}

#[test]
fn an_amount_is_tried_out_before_it_is_made() {
    let mut d = Desk::new(ToolKind::Widen);
    let a = d.put(square(0.0, 0.0, 100.0));
    d.selection = Selection::one(a);
    d.event(ToolEvent::Amount(Amount::Length(-10.0)));
    assert!(d.edits.is_empty());
    assert!(!d.with_context(|ctx| d.tool.preview(ctx)).lines.is_empty());
    d.key(Key::Enter);
    near(d.geometry(a).unsigned_area(), 6_400.0);
    assert_eq!(d.tool.kind(), ToolKind::Select);
    let corners: Vec<(f64, f64)> = (0..100).map(|i| (f64::from(i), f64::from(i % 2) * 0.2)).collect();
    let rough = geo::Polygon::new([corners, vec![(99.0, 90.0), (0.0, 90.0)]].concat().into(), Vec::new());
    let b = d.put(rough.into());
    d.selection = Selection::one(b);
    d.tool = Tool::new(ToolKind::Simplify);
    d.event(ToolEvent::Amount(Amount::Length(0.5)));
    let Tool::Simplify(tool) = &d.tool else { panic!("armed") };
    assert_eq!((tool.corners().before, tool.corners().after), (102, 4));
    d.key(Key::Escape);
    assert!(d.edits.is_empty(), "nothing was made");
}

#[test]
fn corners_chosen_by_a_box_move_and_go_together() {
    let mut d = Desk::new(ToolKind::Select);
    let a = d.put(square(0.0, 0.0, 100.0));
    d.click(50.0, 40.0);
    d.drag_with((-20.0, 80.0), (120.0, 120.0), Modifiers::ALT);
    d.drag((0.0, 100.0), (0.0, 150.0));
    near(d.geometry(a).unsigned_area(), 15_000.0);
    assert_eq!(d.edits.len(), 1);
    d.key(Key::Delete);
    assert_eq!(d.notices, ["A polygon needs three corners"]);
}

#[test]
fn a_corner_that_regions_share_moves_in_all_of_them_when_asked() {
    let mut d = Desk::new(ToolKind::Select);
    let (a, b) = (d.put(square(0.0, 0.0, 100.0)), d.put(square(100.0, 0.0, 100.0)));
    d.click(50.0, 40.0);
    d.drag((100.0, 100.0), (120.0, 130.0));
    near(d.geometry(b).unsigned_area(), 10_000.0);
    d.drag((120.0, 130.0), (100.0, 100.0));
    d.snap.shared_borders = true;
    d.drag((100.0, 100.0), (120.0, 130.0));
    assert_eq!(d.edits.len(), 3, "both in one step of undo");
    let whole = reshape(&mut d, &[a, b], Reshape::Merge);
    assert_eq!(whole.len(), 1);
    let Geometry::Polygon(p) = d.geometry(whole.regions()[0]) else { panic!("no gap between them") };
    assert!(p.interiors().is_empty());
    d.edits.clear();
}

#[test]
fn drawing_snaps_to_right_angles_and_to_the_grid() {
    let mut d = Desk::new(ToolKind::Polygon);
    d.snap = SnapSettings::default();
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (103.0, 80.0), (-4.0, 83.0)] {
        d.click(x, y);
    }
    d.key(Key::Enter);
    near(areas(&d)[0], 8_000.0);
    d.project.apply(&d.edits[0].clone().inverse()).expect("undone");
    d.snap = SnapSettings { grid: Some(50.0), to_right_angles: false, ..SnapSettings::default() };
    for (x, y) in [(2.0, 3.0), (104.0, -3.0), (97.0, 52.0)] {
        d.click(x, y);
    }
    d.key(Key::Enter);
    near(areas(&d)[0], 2_500.0);
}

#[test]
fn a_border_is_followed_between_two_places_on_it() {
    let mut d = Desk::new(ToolKind::Polygon);
    let ring =
        geo::LineString::from(vec![(0.0, 0.0), (50.0, 20.0), (100.0, 0.0), (100.0, -80.0), (0.0, -80.0)]);
    d.put(geo::Polygon::new(ring, Vec::new()).into());
    d.snap = SnapSettings { to_right_angles: false, ..SnapSettings::default() };
    d.click(0.0, 0.0);
    d.click_with(100.0, 0.0, Modifiers::ALT, 1);
    d.click(100.0, 90.0);
    d.click(0.0, 90.0);
    d.key(Key::Enter);
    let drawn = d.project.region(d.selection.primary().expect("drawn")).expect("there").geometry.clone();
    near(drawn.unsigned_area(), 9_000.0 - 1_000.0);
}

#[test]
fn what_commands_need_is_said_of_a_selection() {
    let mut d = Desk::new(ToolKind::Select);
    let holed = geo::Polygon::new(
        geo::Rect::new((0.0, 0.0), (9.0, 9.0)).to_polygon().exterior().clone(),
        vec![geo::Rect::new((1.0, 1.0), (2.0, 2.0)).to_polygon().exterior().clone()],
    );
    let (a, p) = (d.put(holed.into()), d.put(geo::Point::new(1.0, 1.0).into()));
    let found = SelectedShapes::of(&d.project, &[a, p].into_iter().collect());
    let expected = SelectedShapes { areas: 1, edged: 1, has_hole: true, has_parts: false };
    assert_eq!(found, expected);
    let line: Geometry<f64> = geo::LineString::from(vec![(0.0, 0.0), (1.0, 1.0)]).into();
    let l = d.put(line);
    let refused = reshape_edit(&d.project, &mut d.ids, &[p, l], Reshape::Square);
    assert_eq!(refused, Err(spatial::geometry::GeometryError::NotAnArea));
    let mixed = reshape_edit(&d.project, &mut d.ids, &[a, p], Reshape::Square).expect("the area alone");
    assert_eq!(mixed.left, Some((1, spatial::geometry::GeometryError::NotAnArea)));
}

#[test]
fn parts_become_regions_with_the_same_labels() {
    let mut d = Desk::new(ToolKind::Select);
    let ring = |x: f64| geo::Rect::new((x, 0.0), (x + 10.0, 10.0)).to_polygon();
    let a = d.put(geo::MultiPolygon::new(vec![ring(0.0), ring(50.0), ring(90.0)]).into());
    label(&mut d, a, "destroyed");
    let made = reshape(&mut d, &[a], Reshape::Explode);
    assert_eq!((made.len(), d.project.labels().len()), (3, 3));
    let before = Arc::clone(d.project.region(a).expect("there"));
    let same = Edit::Region(Change::replace(a, Arc::clone(&before), Region::clone(&before)));
    d.project.apply(&same).expect("nothing is lost");
}

/// The selected box as the desk has it.
fn box_at(desk: &Desk, id: RegionId) -> spatial::geometry::OrientedBox {
    spatial::geometry::box_of(&desk.geometry(id)).expect("still a box")
}

/// How far an angle is off a whole number of right angles.
fn off_square(degrees: f64) -> f64 {
    let rest = degrees.rem_euclid(90.0);
    rest.min(90.0 - rest)
}

#[test]
fn a_box_is_turned_by_its_handle_and_keeps_right_angles_when_a_side_moves() {
    let mut d = Desk::new(ToolKind::Select);
    let a = d.put(square(0.0, 0.0, 100.0));
    d.click(50.0, 40.0);
    // The handle is 28 points above the upper side; the middle is at 50, 50.
    d.drag((50.0, 128.0), (128.0, 50.0));
    assert_eq!(d.edits.len(), 1);
    let turned = box_at(&d, a);
    near(turned.length, 100.0);
    near(off_square(turned.angle_deg), 0.0);
    d.drag_with((50.0, 128.0), (50.0 - 50.0, 128.0), Modifiers::SHIFT);
    near(box_at(&d, a).angle_deg % 90.0, 30.0);
    let before = box_at(&d, a);
    // Drags the lower side by its middle, 40 across itself and some way along.
    let out = |degrees: f64, far: f64| (far * degrees.to_radians().cos(), far * degrees.to_radians().sin());
    let (from, along) = (out(-60.0, 50.0), out(30.0, 17.0));
    let to = out(-60.0, 90.0);
    d.drag((50.0 + from.0, 50.0 + from.1), (50.0 + to.0 + along.0, 50.0 + to.1 + along.1));
    let after = box_at(&d, a);
    near(after.length * after.width, 100.0 * 140.0);
    near(off_square(after.angle_deg - before.angle_deg), 0.0);
    assert_eq!(d.edits.len(), 3);
    d.drag((50.0 + to.0, 50.0 + to.1), (50.0 + to.0, 50.0 + to.1 + 1.0));
    assert_eq!(d.edits.len(), 4, "a click there makes a corner");
    assert_eq!(spatial::geometry::corner_count(&d.geometry(a)), 5);
}

#[test]
fn what_was_dropped_comes_back_with_every_tool_that_draws() {
    for kind in [ToolKind::Rectangle, ToolKind::OrientedBox, ToolKind::Ellipse, ToolKind::Line] {
        let mut d = Desk::new(kind);
        d.click(0.0, 0.0);
        if kind == ToolKind::OrientedBox {
            d.click(80.0, 0.0);
        }
        assert!(d.draft.is_some(), "{kind:?} is kept in case of a crash");
        d.key(Key::Escape);
        assert!(!d.tool.is_drawing() && d.draft.is_none() && d.edits.is_empty());
        let text = serde_json::to_string(&d.dropped.take().expect("dropped")).expect("text");
        d.tool = Tool::resume(serde_json::from_str(&text).expect("a draft"));
        assert!(d.tool.kind() == kind && d.tool.is_drawing());
        d.click(80.0, 60.0);
        d.key(Key::Enter);
        assert_eq!((d.project.regions().len(), d.edits.len()), (1, 1), "{kind:?}");
        assert!(d.draft.is_none());
    }
}

#[test]
fn a_dropped_stroke_of_the_hand_and_of_the_brush_is_gone_on_with() {
    let mut d = Desk::new(ToolKind::Freehand);
    d.pull((0.0, 0.0), (100.0, 0.0), Modifiers::NONE);
    assert!(d.draft.is_some());
    d.event(ToolEvent::Cancel);
    d.tool = Tool::resume(d.dropped.take().expect("dropped"));
    d.hover(300.0, 300.0);
    assert!(d.tool.is_drawing() && d.edits.is_empty(), "moving alone draws nothing");
    d.pull((100.0, 100.0), (0.0, 100.0), Modifiers::NONE);
    d.let_go((0.0, 100.0));
    near(areas(&d)[0], 10_000.0);

    let mut d = Desk::new(ToolKind::Brush);
    let a = d.put(square(0.0, 0.0, 100.0));
    d.selection = Selection::one(a);
    d.pull((50.0, 50.0), (150.0, 50.0), Modifiers::NONE);
    d.key(Key::Escape);
    d.let_go((150.0, 50.0));
    assert!(d.edits.is_empty() && d.draft.is_none());
    d.tool = Tool::resume(d.dropped.take().expect("dropped"));
    d.hover(-300.0, 0.0);
    d.key(Key::Enter);
    let wider = d.geometry(a).unsigned_area();
    assert!(wider > 11_000.0 && wider < 12_100.0, "{wider}");
    assert_eq!((d.edits.len(), d.tool.is_drawing()), (1, false));
}

#[test]
fn a_button_that_comes_up_beside_the_map_ends_what_it_began() {
    let nowhere = |d: &mut Desk| {
        let at = (f64::NAN, f64::NAN);
        d.event(ToolEvent::Release(crate::Pointer {
            at: at.into(),
            screen: at.into(),
            button: crate::PointerButton::Primary,
            modifiers: Modifiers::NONE,
            clicks: 1,
        }));
    };
    let mut d = Desk::new(ToolKind::Brush);
    d.pull((0.0, 0.0), (60.0, 0.0), Modifiers::NONE);
    nowhere(&mut d);
    assert!(!d.tool.is_drawing() && d.edits.len() == 1);
    d.tool = Tool::new(ToolKind::Freehand);
    d.pull((0.0, 0.0), (60.0, 0.0), Modifiers::NONE);
    d.drag_on((60.0, 60.0));
    nowhere(&mut d);
    assert!(!d.tool.is_drawing() && d.edits.len() == 2);
    let region = d.selection.primary().expect("drawn");
    d.tool = Tool::new(ToolKind::Transform);
    d.pull((40.0, 20.0), (70.0, 20.0), Modifiers::NONE);
    nowhere(&mut d);
    assert_eq!(d.edits.len(), 3, "moved as far as the pointer was seen");
    d.tool = Tool::new(ToolKind::Select);
    d.pull((60.0, 20.0), (90.0, 20.0), Modifiers::NONE);
    nowhere(&mut d);
    assert_eq!(d.edits.len(), 4);
    assert_eq!(geo::BoundingRect::bounding_rect(&d.geometry(region)).map(|r| r.min().x), Some(60.0));
}

#[test]
fn simplifying_with_shared_borders_changes_the_neighbours_too() {
    let mut d = Desk::new(ToolKind::Simplify);
    let rough: Vec<(f64, f64)> = (1..20).map(|i| (f64::from(i) * 10.0, f64::from(i % 2) * 2.0)).collect();
    let back: Vec<(f64, f64)> = rough.iter().rev().copied().collect();
    let ring = |corners: Vec<(f64, f64)>| geo::Polygon::new(corners.into(), Vec::new()).into();
    let a = d.put(ring([vec![(0.0, 0.0), (0.0, -90.0), (200.0, -90.0), (200.0, 0.0)], back].concat()));
    let b = d.put(ring([vec![(0.0, 0.0)], rough, vec![(200.0, 0.0), (200.0, 90.0), (0.0, 90.0)]].concat()));
    d.selection = Selection::one(a);
    d.snap.shared_borders = true;
    d.event(ToolEvent::Amount(Amount::Length(5.0)));
    let Tool::Simplify(tool) = &d.tool else { panic!("armed") };
    assert_eq!((tool.corners().before, tool.corners().after), (23, 4));
    d.key(Key::Enter);
    near(d.geometry(a).unsigned_area(), 18_000.0);
    near(d.geometry(b).unsigned_area(), 18_000.0);
    assert_eq!((d.edits.len(), d.selection.regions()), (1, &[a][..]), "one step of undo");
    d.project.apply(&d.edits.pop().expect("one").inverse()).expect("undone");
    d.snap.shared_borders = false;
    d.tool = Tool::new(ToolKind::Simplify);
    d.event(ToolEvent::Amount(Amount::Length(5.0)));
    d.key(Key::Enter);
    assert_eq!(spatial::geometry::corner_count(&d.geometry(b)), 23, "the neighbour stays as it was");
}

#[test]
fn a_large_change_is_asked_for_and_not_made_in_the_tool() {
    let mut d = Desk::new(ToolKind::Simplify);
    let place = |i: i32| {
        let (sin, cos) = (f64::from(i) / 30_000.0 * std::f64::consts::TAU).sin_cos();
        (300.0 * cos, 300.0 * sin)
    };
    let a = d.put(geo::Polygon::new((0..30_000).map(place).collect::<Vec<_>>().into(), Vec::new()).into());
    d.selection = Selection::one(a);
    let shaping = crate::Shaping::new(&d.project, &[a], Reshape::Smooth).expect("a region");
    assert!(shaping.is_long() && shaping.is_current(&d.project));
    assert_eq!(shaping.work(|_, _| false), None, "it stops when told to");
    let outcome = shaping.work(|_, _| true).expect("goes on");
    d.event(ToolEvent::Amount(Amount::Length(5.0)));
    d.key(Key::Enter);
    assert!(d.edits.len() == 1 && spatial::geometry::corner_count(&d.geometry(a)) < 100);
    assert!(!shaping.is_current(&d.project), "what was worked out is of another shape: {outcome:?}");
}
