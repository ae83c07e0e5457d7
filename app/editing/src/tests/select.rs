//! Selecting, moving and reshaping.

use geo::{Area as _, Geometry};

use super::desk::{Desk, square};
use crate::{Cursor, HandleKind, Key, Modifiers, SnapSettings, ToolKind};

fn desk() -> Desk {
    Desk::new(ToolKind::Select)
}

fn area(desk: &Desk, id: project::RegionId) -> f64 {
    desk.geometry(id).unsigned_area()
}

#[test]
fn a_click_takes_the_smallest_region_and_tab_the_next_one() {
    let mut d = desk();
    let (outer, inner) = (d.put(square(0.0, 0.0, 200.0)), d.put(square(50.0, 50.0, 40.0)));
    d.click(70.0, 70.0);
    assert_eq!(d.selection.regions(), [inner]);
    d.key(Key::Tab);
    assert_eq!(d.selection.regions(), [outer]);
    d.key(Key::Tab);
    assert_eq!(d.selection.regions(), [inner]);
    d.key_with(Key::Tab, Modifiers::SHIFT);
    assert_eq!(d.selection.regions(), [outer]);
    d.click(300.0, 300.0);
    assert!(d.selection.is_empty());
}

#[test]
fn ctrl_takes_in_and_out_and_shift_adds() {
    let mut d = desk();
    let (a, b) = (d.put(square(0.0, 0.0, 50.0)), d.put(square(100.0, 0.0, 50.0)));
    d.click(25.0, 25.0);
    d.click_with(125.0, 25.0, Modifiers::SHIFT, 1);
    assert_eq!(d.selection.regions(), [a, b]);
    d.click_with(25.0, 25.0, Modifiers::SHIFT, 1);
    assert_eq!(d.selection.primary(), Some(a));
    d.click_with(25.0, 25.0, Modifiers::CTRL, 1);
    assert_eq!(d.selection.regions(), [b]);
    d.click_with(400.0, 400.0, Modifiers::SHIFT, 1);
    assert_eq!(d.selection.regions(), [b], "a slip with Shift held loses nothing");
}

#[test]
fn points_and_lines_are_taken_within_reach() {
    let mut d = desk();
    let area = d.put(square(-100.0, -100.0, 200.0));
    let point = d.put(geo::Point::new(0.0, 0.0).into());
    let line = d.put(geo::LineString::from(vec![(-50.0, 50.0), (50.0, 50.0)]).into());
    d.click(5.0, 0.0);
    assert_eq!(d.selection.regions(), [point]);
    d.click(0.0, 45.0);
    assert_eq!(d.selection.regions(), [line]);
    d.click(0.0, 30.0);
    assert_eq!(d.selection.regions(), [area]);
}

#[test]
fn a_box_takes_what_it_meets_from_the_upper_left() {
    let mut d = desk();
    let (low, high) = (d.put(square(0.0, 0.0, 50.0)), d.put(square(0.0, 100.0, 50.0)));
    let far = d.put(square(300.0, 300.0, 50.0));
    d.drag((-20.0, 180.0), (20.0, 20.0));
    assert_eq!(d.selection.regions(), [high, low]);
    d.drag_with((290.0, 290.0), (310.0, 310.0), Modifiers::SHIFT);
    assert_eq!(d.selection.regions(), [high, low, far]);
    assert!(d.edits.is_empty());
}

#[test]
fn a_corner_moves_by_dragging_and_the_ring_stays_closed() {
    let mut d = desk();
    let id = d.put(square(0.0, 0.0, 100.0));
    d.click(50.0, 40.0);
    d.drag((2.0, -2.0), (-50.0, -50.0));
    let Geometry::Polygon(p) = d.geometry(id) else { panic!("a polygon") };
    assert_eq!(d.edits.len(), 1);
    assert!(p.exterior().is_closed());
    assert!(p.exterior().coords().any(|c| (c.x, c.y) == (-50.0, -50.0)));
    assert_eq!(p.exterior().0.len(), 5);
}

#[test]
fn a_moved_corner_snaps_to_other_regions_but_not_to_its_own() {
    let mut d = desk();
    let id = d.put(square(0.0, 0.0, 100.0));
    d.put(square(-150.0, -150.0, 50.0));
    d.snap = SnapSettings::default();
    d.click(50.0, 40.0);
    d.drag((0.0, 0.0), (-97.0, -96.0));
    let Geometry::Polygon(p) = d.geometry(id) else { panic!("a polygon") };
    assert!(p.exterior().coords().any(|c| (c.x, c.y) == (-100.0, -100.0)));
}

#[test]
fn a_middle_handle_makes_a_corner_by_click_or_drag() {
    let mut d = desk();
    let id = d.put(square(0.0, 0.0, 100.0));
    d.click(50.0, 40.0);
    d.click(50.0, 0.0);
    assert!((area(&d, id) - 10_000.0).abs() < 1e-9);
    d.drag((100.0, 50.0), (150.0, 50.0));
    let Geometry::Polygon(p) = d.geometry(id) else { panic!("a polygon") };
    assert_eq!(p.exterior().0.len(), 7);
    assert!((area(&d, id) - 12_500.0).abs() < 1e-9);
    assert_eq!(d.edits.len(), 2);
}

#[test]
fn alt_click_and_delete_take_a_corner_away_down_to_three() {
    let mut d = desk();
    let id = d.put(square(0.0, 0.0, 100.0));
    d.click(50.0, 40.0);
    d.click_with(100.0, 100.0, Modifiers::ALT, 1);
    assert!((area(&d, id) - 5_000.0).abs() < 1e-9);
    d.click(0.0, 0.0);
    d.key(Key::Delete);
    assert_eq!(d.notices, ["A polygon needs three corners"]);
    assert!(d.project.region(id).is_some());
    d.key(Key::Delete);
    assert!(d.project.region(id).is_none(), "with no corner chosen, Delete deletes the region");
}

#[test]
fn a_corner_that_would_make_the_polygon_cross_itself_goes_back() {
    let mut d = desk();
    let id = d.put(square(0.0, 0.0, 100.0));
    d.click(50.0, 40.0);
    d.pull((0.0, 0.0), (150.0, 50.0), Modifiers::NONE);
    let preview = d.with_context(|ctx| d.tool.preview(ctx));
    assert!(preview.message.is_some_and(|m| m.contains("cross")));
    d.key(Key::Escape);
    d.drag((0.0, 0.0), (150.0, 50.0));
    assert_eq!(d.geometry(id), square(0.0, 0.0, 100.0));
    assert!(d.edits.is_empty() && d.notices.len() == 1);
}

#[test]
fn holes_and_parts_survive_every_change_of_a_corner() {
    let mut d = desk();
    let ring = |x: f64, y: f64, s: f64| square_ring(x, y, s);
    let holed = geo::Polygon::new(ring(0.0, 0.0, 200.0), vec![ring(120.0, 120.0, 50.0)]);
    let other = geo::Polygon::new(ring(300.0, 0.0, 100.0), Vec::new());
    let id = d.put(geo::MultiPolygon::new(vec![holed, other]).into());
    let before = area(&d, id);
    d.click(60.0, 40.0);
    d.drag((120.0, 120.0), (110.0, 110.0));
    d.drag((400.0, 100.0), (410.0, 110.0));
    let Geometry::MultiPolygon(m) = d.geometry(id) else { panic!("still a multipolygon") };
    assert_eq!((m.0.len(), m.0[0].interiors().len()), (2, 1));
    assert_eq!(d.edits.len(), 2);
    assert!((area(&d, id) - (before - 500.0 + 1_000.0)).abs() < 1e-9);
    d.drag((110.0, 110.0), (-50.0, 100.0));
    assert_eq!(d.edits.len(), 2, "a hole cannot leave its polygon");
}

fn square_ring(x: f64, y: f64, side: f64) -> geo::LineString<f64> {
    geo::Rect::new((x, y), (x + side, y + side)).to_polygon().into_inner().0
}

#[test]
fn dragging_inside_the_selection_moves_all_of_it_in_one_step() {
    let mut d = desk();
    let (a, b) = (d.put(square(0.0, 0.0, 50.0)), d.put(square(100.0, 0.0, 50.0)));
    d.click(25.0, 25.0);
    d.click_with(125.0, 25.0, Modifiers::SHIFT, 1);
    d.hover(25.0, 25.0);
    assert_eq!(d.with_context(|ctx| d.tool.cursor(ctx)), Cursor::Move);
    d.drag((25.0, 25.0), (27.0, 26.0));
    assert!(d.edits.is_empty(), "a trembling hand moves nothing");
    d.click(25.0, 25.0);
    d.click_with(125.0, 25.0, Modifiers::SHIFT, 1);
    d.drag((25.0, 25.0), (35.0, 5.0));
    assert_eq!(d.edits.len(), 1);
    assert_eq!(d.geometry(a), square(10.0, -20.0, 50.0));
    assert_eq!(d.geometry(b), square(110.0, -20.0, 50.0));
}

#[test]
fn escape_leaves_one_thing_at_a_time() {
    let mut d = desk();
    let id = d.put(square(0.0, 0.0, 100.0));
    d.click(50.0, 40.0);
    d.click(0.0, 0.0);
    d.pull((50.0, 40.0), (90.0, 90.0), Modifiers::NONE);
    d.key(Key::Escape);
    assert_eq!(d.selection.regions(), [id], "first the drag");
    d.key(Key::Escape);
    assert!(d.selection.is_empty(), "then the selection");
    assert!(d.edits.is_empty());
}

#[test]
fn handles_are_shown_for_one_region_only() {
    let mut d = desk();
    d.put(square(0.0, 0.0, 100.0));
    d.put(square(200.0, 0.0, 100.0));
    let kinds = |d: &Desk, kind| {
        let handles = d.with_context(|ctx| d.tool.preview(ctx)).handles;
        handles.iter().filter(|h| h.kind == kind).count()
    };
    d.click(50.0, 40.0);
    d.hover(500.0, 500.0);
    assert_eq!((kinds(&d, HandleKind::Vertex), kinds(&d, HandleKind::Midpoint)), (4, 4));
    d.hover(1.0, 1.0);
    assert_eq!(kinds(&d, HandleKind::ActiveVertex), 1);
    d.click_with(250.0, 40.0, Modifiers::SHIFT, 1);
    assert_eq!(kinds(&d, HandleKind::Vertex), 0);
}

#[test]
fn deleting_takes_the_labels_along_and_comes_back_whole() {
    let mut d = desk();
    let id = d.put(square(0.0, 0.0, 100.0));
    let class = project::ClassCode::new("destroyed");
    let author = project::Author::new("ana");
    let edit = crate::label_edit(&d.project, &mut d.ids, &[id], &class, &author, 5, None).expect("labels");
    d.project.apply(&edit).expect("applies");
    let before = d.project.clone();
    d.click(50.0, 40.0);
    d.key(Key::Delete);
    assert!(d.project.regions().is_empty() && d.project.labels().is_empty() && d.selection.is_empty());
    d.project.apply(&d.edits[0].clone().inverse()).expect("undoes");
    assert!(d.project == before);
}
