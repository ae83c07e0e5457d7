//! Drawing polygons.

use geo::Geometry;
use project::{ClassCode, Edit};

use super::desk::{Desk, square};
use crate::{HandleKind, Key, LineStyle, Modifiers, SnapSettings, Tool, ToolEvent, ToolKind};

fn desk() -> Desk {
    Desk::new(ToolKind::Polygon)
}

fn drawn(desk: &Desk) -> Vec<(f64, f64)> {
    let id = desk.selection.primary().expect("what was drawn is selected");
    match desk.geometry(id) {
        Geometry::Polygon(p) => p.exterior().coords().map(|c| (c.x, c.y)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn three_clicks_and_enter_make_one_edit_and_the_tool_stays_armed() {
    let mut d = desk();
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)] {
        d.click(x, y);
    }
    assert!(d.edits.is_empty(), "an unfinished polygon changes nothing");
    d.key(Key::Enter);
    assert_eq!(d.edits.len(), 1);
    assert_eq!(drawn(&d), [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0), (0.0, 0.0)]);
    assert_eq!(d.tool, Tool::new(ToolKind::Polygon));
    assert_eq!(d.draft, None);
}

#[test]
fn a_double_click_finishes_and_sets_its_corner_once() {
    let mut d = desk();
    d.click(0.0, 0.0);
    d.click(100.0, 0.0);
    d.click(0.0, 100.0);
    d.click_with(0.0, 100.0, Modifiers::NONE, 2);
    assert_eq!(drawn(&d).len(), 4);
}

#[test]
fn a_click_on_the_first_corner_finishes() {
    let mut d = desk();
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (3.0, -2.0)] {
        d.click(x, y);
    }
    assert_eq!(drawn(&d), [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 0.0)]);
}

#[test]
fn the_armed_class_is_given_with_the_shape_in_one_step_of_undo() {
    let mut d = desk();
    d.class = Some(ClassCode::new("destroyed"));
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)] {
        d.click(x, y);
    }
    d.key(Key::Enter);
    let id = d.selection.primary().expect("drawn");
    let (_, label) = d.project.label_of(id).expect("labelled");
    assert_eq!((label.class.as_str(), label.author.name(), label.at_ms), ("destroyed", "ana", Some(77)));
    assert!(matches!(&d.edits[..], [Edit::Batch { title, .. }] if title == "Draw “destroyed”"));
    d.project.apply(&d.edits[0].clone().inverse()).expect("undoes");
    assert!(d.project.regions().is_empty() && d.project.labels().is_empty());
}

#[test]
fn corners_are_taken_back_and_had_again() {
    let mut d = desk();
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (50.0, 50.0)] {
        d.click(x, y);
    }
    let corners = |d: &Desk| d.draft.as_ref().map(|draft| draft.ring.len());
    d.key_with(Key::Letter('Z'), Modifiers::CTRL);
    d.key(Key::Backspace);
    assert_eq!(corners(&d), Some(2));
    d.key_with(Key::Letter('Y'), Modifiers::CTRL);
    assert_eq!(corners(&d), Some(3));
    for _ in 0..3 {
        d.key(Key::Backspace);
    }
    assert_eq!(corners(&d), None);
    assert!(!d.tool.is_drawing());
    d.key(Key::Backspace);
}

#[test]
fn a_dropped_polygon_can_be_brought_back_and_finished() {
    let mut d = desk();
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)] {
        d.click(x, y);
    }
    d.key(Key::Escape);
    assert!(!d.tool.is_drawing() && d.draft.is_none() && d.edits.is_empty());
    let draft = d.dropped.take().expect("kept");
    let text = format!("{draft:?}");
    d.tool = Tool::resume(draft);
    d.key(Key::Enter);
    assert_eq!(drawn(&d).len(), 4, "{text}");
}

#[test]
fn a_polygon_outlives_a_crash_through_its_draft() {
    let mut d = desk();
    d.class = Some(ClassCode::new("destroyed"));
    for (x, y) in [(0.1, 0.2), (100.3, 0.0), (100.0, 100.7)] {
        d.click(x, y);
    }
    let text = serde_json::to_string(&d.draft).expect("a draft is written");
    let mut after = desk();
    let read: Option<crate::Draft> = serde_json::from_str(&text).expect("and read");
    assert_eq!(read, d.draft);
    after.tool = Tool::resume(read.expect("kept"));
    after.key(Key::Enter);
    d.key(Key::Enter);
    assert_eq!(drawn(&after), drawn(&d));
}

#[test]
fn another_tool_drops_the_polygon_as_escape_does() {
    let mut d = desk();
    d.click(0.0, 0.0);
    d.click(50.0, 0.0);
    d.event(ToolEvent::Cancel);
    assert_eq!(d.dropped.as_ref().map(|draft| draft.ring.len()), Some(2));
}

#[test]
fn a_polygon_that_crosses_itself_is_refused_where_it_is_drawn() {
    let mut d = desk();
    for (x, y) in [(0.0, 0.0), (100.0, 100.0), (100.0, 0.0)] {
        d.click(x, y);
    }
    d.hover(0.0, 100.0);
    let style = |d: &Desk| d.with_context(|ctx| d.tool.preview(ctx)).lines.last().map(|l| l.style);
    assert_eq!(style(&d), Some(LineStyle::Crossing));
    d.click(0.0, 100.0);
    d.key(Key::Enter);
    assert!(d.edits.is_empty() && d.tool.is_drawing());
    assert!(d.notices[0].contains("cross"));
    d.key(Key::Backspace);
    d.hover(50.0, -50.0);
    assert_eq!(style(&d), Some(LineStyle::Rubber));
    d.key(Key::Enter);
    assert_eq!(d.edits.len(), 1);
}

#[test]
fn too_few_corners_and_corners_in_line_are_refused() {
    let mut d = desk();
    d.click(0.0, 0.0);
    d.click(100.0, 0.0);
    d.key(Key::Enter);
    d.click(50.0, 0.0);
    d.key(Key::Enter);
    assert!(d.edits.is_empty());
    assert_eq!(d.notices.len(), 2);
    assert!(d.notices[0].contains("three corners") && d.notices[1].contains("area"));
}

#[test]
fn shift_keeps_to_steps_of_45_degrees() {
    let mut d = desk();
    d.click(0.0, 0.0);
    d.click_with(100.0, 4.0, Modifiers::SHIFT, 1);
    d.click_with(103.0, 90.0, Modifiers::SHIFT, 1);
    d.key(Key::Enter);
    let ring = drawn(&d);
    assert!(ring[1].1.abs() < 1e-9 && (ring[2].0 - ring[1].0).abs() < 1e-9, "{ring:?}");
}

#[test]
fn corners_snap_to_regions_unless_ctrl_is_held() {
    let mut d = desk();
    d.put(square(100.0, 100.0, 50.0));
    d.snap = SnapSettings::default();
    d.hover(103.0, 98.0);
    let handles = d.with_context(|ctx| d.tool.preview(ctx)).handles;
    assert_eq!(handles.first().map(|h| h.kind), Some(HandleKind::Snap));
    d.click(103.0, 98.0);
    d.click(125.0, 97.0);
    d.click_with(150.0, 60.0, Modifiers::CTRL, 1);
    d.click_with(146.0, 53.0, Modifiers::NONE, 1);
    d.click_with(101.0, 60.0, Modifiers::CTRL, 1);
    d.key(Key::Enter);
    let ring = drawn(&d);
    assert_eq!(ring[0], (100.0, 100.0), "on the corner");
    assert_eq!(ring[1], (125.0, 100.0), "on the edge");
    assert_eq!(ring[2], (150.0, 60.0), "nothing there");
    let mut e = desk();
    e.put(square(100.0, 100.0, 50.0));
    e.snap = SnapSettings::default();
    e.click_with(103.0, 98.0, Modifiers::CTRL, 1);
    assert_eq!(e.draft.expect("begun").ring, [(103.0, 98.0).into()]);
}

#[test]
fn only_keys_that_mean_something_are_kept_from_commands() {
    let mut d = desk();
    let wants = |d: &Desk, key, m| d.with_context(|ctx| d.tool.wants(key, m, ctx));
    assert!(!wants(&d, Key::Letter('Z'), Modifiers::CTRL), "undo is undo while nothing is drawn");
    d.click(0.0, 0.0);
    assert!(wants(&d, Key::Letter('Z'), Modifiers::CTRL));
    assert!(wants(&d, Key::Enter, Modifiers::NONE));
    assert!(!wants(&d, Key::Digit(1), Modifiers::NONE));
}
