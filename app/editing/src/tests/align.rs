//! Arrows drawn by hand.

use project::{Adjustment, Edit, RegionId};

use super::desk::{Desk, square};
use crate::{Key, Modifiers, Tool, ToolKind};

/// Two footprints of 40 units and a shape drawn by hand, over a layer of half a unit a pixel.
fn desk() -> (Desk, [RegionId; 3]) {
    let mut d = Desk::new(ToolKind::Align);
    d.lay();
    let a = d.put_from("OSM", square(0.0, 0.0, 40.0));
    let b = d.put_from("OSM", square(200.0, 0.0, 40.0));
    let own = d.put(square(-200.0, 0.0, 40.0));
    (d, [a, b, own])
}

fn arrows(d: &Desk) -> Vec<Adjustment> {
    d.project.adjustments().values().map(|a| (**a).clone()).collect()
}

fn shown(d: &Desk, id: RegionId) -> (f64, f64) {
    let view = d.aligned().expect("a layer");
    let shape = &view.project().region(id).expect("there").geometry;
    let bounds = geo::BoundingRect::bounding_rect(shape).expect("not empty");
    bounds.min().x_y()
}

#[test]
fn a_drag_from_a_footprint_draws_an_arrow_from_its_nearest_corner() {
    let (mut d, [a, b, _]) = desk();
    let (drawn, before) = (d.geometry(a), shown(&d, a));
    // From inside, nearest to the corner at (0, 0): ten units right, six up.
    d.drag((9.0, 7.0), (19.0, 13.0));
    let [arrow] = &arrows(&d)[..] else { panic!("one arrow") };
    assert_eq!((arrow.start, arrow.end), ([1000.0, 1000.0], [1020.0, 988.0]));
    assert_eq!(arrow.source, None, "all footprints are of one source");
    assert_eq!(shown(&d, a), (before.0 + 10.0, before.1 + 6.0));
    assert_eq!(shown(&d, b), (210.0, 6.0), "the others follow the nearest arrow");
    assert_eq!(d.geometry(a), drawn, "what is drawn stays");
    assert_eq!(d.selection.regions(), [a]);
}

#[test]
fn the_same_corner_pulled_again_moves_its_arrow() {
    let (mut d, [a, b, _]) = desk();
    d.drag((2.0, 2.0), (12.0, 8.0));
    // The footprint is shown ten to the right and six up now.
    d.drag((12.0, 8.0), (24.0, 8.0));
    assert_eq!(arrows(&d).len(), 1);
    assert_eq!(shown(&d, a), (22.0, 6.0));
    d.drag((224.0, 8.0), (224.0, 2.0));
    assert_eq!(arrows(&d).len(), 2, "another footprint gets an arrow of its own");
    assert_eq!((shown(&d, a), shown(&d, b)), ((22.0, 6.0), (222.0, 0.0)));
    let Some(Edit::Adjustment(last)) = d.edits.last() else { panic!("an adjustment") };
    assert_eq!(last.before, None);
}

#[test]
fn a_click_chooses_an_arrow_and_delete_deletes_it_and_never_a_region() {
    let (mut d, [a, _, _]) = desk();
    d.click(20.0, 20.0);
    assert_eq!(d.selection.regions(), [a]);
    d.key(Key::Delete);
    assert_eq!((d.project.regions().len(), d.notices.len()), (3, 1));
    d.drag((2.0, 2.0), (12.0, 8.0));
    d.key(Key::Escape);
    d.click(10.0, 6.0);
    let Tool::Align(tool) = &d.tool else { panic!("the same tool") };
    assert_eq!(tool.chosen(), d.project.adjustments().keys().next().copied());
    assert!(d.with_context(|ctx| d.tool.wants(Key::Delete, Modifiers::NONE, ctx)));
    d.key(Key::Delete);
    assert_eq!((arrows(&d).len(), d.project.regions().len()), (0, 3));
}

#[test]
fn what_was_drawn_on_the_image_is_not_pulled_and_says_why() {
    let (mut d, _) = desk();
    d.drag((-190.0, 10.0), (-150.0, 10.0));
    assert!(arrows(&d).is_empty() && d.edits.is_empty());
    d.click(-180.0, 20.0);
    assert!(d.notices.iter().any(|n| n.contains("drawn on the image itself")), "{:?}", d.notices);
}

#[test]
fn of_several_sources_an_arrow_is_about_its_own() {
    let (mut d, _) = desk();
    let other = d.put_from("Microsoft", square(0.0, 200.0, 40.0));
    d.drag((2.0, 202.0), (12.0, 202.0));
    assert_eq!(arrows(&d)[0].source.as_ref().map(|s| &*s.0), Some("Microsoft"));
    assert_eq!(shown(&d, other), (10.0, 200.0));
}

#[test]
fn footprints_follow_while_the_arrow_is_pulled_and_escape_drops_it() {
    let (mut d, _) = desk();
    d.pull((2.0, 2.0), (32.0, 2.0), Modifiers::NONE);
    let preview = d.with_context(|ctx| d.tool.preview(ctx));
    assert_eq!(preview.lines.len(), 3, "both footprints and the arrow: {:?}", preview.lines);
    let corner = (30.0, 0.0).into();
    assert!(preview.lines.iter().any(|l| l.closed && l.points.contains(&corner)), "{:?}", preview.lines);
    d.key(Key::Escape);
    assert!(arrows(&d).is_empty() && !d.tool.is_drawing());
    let preview = d.with_context(|ctx| d.tool.preview(ctx));
    assert!(preview.lines.is_empty());
}
