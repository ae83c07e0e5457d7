//! What the wand takes: by colour, up to edges and borders, as far as it is dragged.

use geo::{Area as _, Intersects as _};
use project::{ClassCode, RegionId};
use proptest::prelude::*;
use spatial::geometry::{hole_count, is_sound};

use super::desk::{Desk, square};
use crate::{Amount, Key, Modifiers, Tool, ToolEvent, ToolKind};

/// Ground with a roof from column 150, row 160 to 250, 220, whose right half is a little lighter; both tremble.
fn roof(x: usize, y: usize) -> [u8; 3] {
    let tremble = ((x * 7 + y * 13) % 5) as u8;
    match (x, y) {
        (150..200, 160..220) => [150 + tremble; 3],
        (200..250, 160..220) => [172 + tremble; 3],
        _ => [40 + tremble, 70, 30],
    }
}

/// The roof in world units: pixels from the middle, y up.
const LEFT: f64 = 50.0 * 60.0;

impl Desk {
    fn with_roof(kind: ToolKind) -> Self {
        let mut desk = Self::new(kind);
        desk.paint(roof);
        desk
    }

    fn only(&self) -> RegionId {
        assert_eq!(self.project.regions().len(), 1);
        *self.project.regions().keys().next().expect("one")
    }

    fn area(&self, id: RegionId) -> f64 {
        self.geometry(id).unsigned_area()
    }

    fn tolerance(&self) -> f64 {
        match &self.tool {
            Tool::Wand(tool) => tool.tolerance(),
            other => panic!("{other:?}"),
        }
    }
}

#[track_caller]
fn near(found: f64, wanted: f64) {
    assert!((found / wanted - 1.0).abs() < 0.01, "{found}, not {wanted}");
}

#[test]
fn a_click_takes_what_is_alike_as_one_labelled_region() {
    let mut desk = Desk::with_roof(ToolKind::Wand);
    desk.class = Some(ClassCode::new("destroyed"));
    desk.click(-30.0, 0.0);
    assert_eq!(desk.edits.len(), 1, "one step of undo");
    let id = desk.only();
    near(desk.area(id), LEFT);
    assert_eq!(geo::CoordsIter::coords_count(&desk.geometry(id)), 5, "a rectangle is one");
    assert_eq!(desk.selection.regions(), [id]);
    assert_eq!(desk.project.label_of(id).map(|(_, l)| l.class.to_string()).as_deref(), Some("destroyed"));
    assert!(!desk.tool.is_drawing() && desk.tool.kind() == ToolKind::Wand, "it stays armed");
}

#[test]
fn dragging_right_or_down_takes_more_and_back_again_less() {
    let mut desk = Desk::with_roof(ToolKind::Wand);
    let begun = desk.tolerance();
    desk.pull((-30.0, 0.0), (-30.0, 0.0), Modifiers::NONE);
    let rings = |desk: &Desk| desk.with_context(|ctx| desk.tool.preview(ctx).areas);
    let narrow = rings(&desk);
    assert!(desk.with_context(|ctx| desk.tool.preview(ctx).labels[0].text.contains("6.0")), "the number");
    desk.drag_on((0.0, -30.0));
    assert!((desk.tolerance() - begun - 6.0).abs() < 1e-9, "sixty points: {}", desk.tolerance());
    assert_ne!(rings(&desk), narrow);
    desk.drag_on((-30.0, 0.0));
    assert_eq!(rings(&desk), narrow, "exactly as before");
    desk.drag_on((30.0, 0.0));
    desk.let_go((30.0, 0.0));
    near(desk.area(desk.only()), 2.0 * LEFT);
    assert!((desk.tolerance() - begun - 6.0).abs() < 1e-9, "kept for the next press");
}

#[test]
fn shift_adds_to_the_selected_region_and_alt_takes_from_it() {
    let mut desk = Desk::with_roof(ToolKind::Wand);
    desk.click_with(-30.0, 0.0, Modifiers::SHIFT, 1);
    assert!(desk.edits.is_empty() && desk.notices[0].contains("Select the region"), "{:?}", desk.notices);
    desk.click(-30.0, 0.0);
    let id = desk.only();
    desk.click_with(30.0, 0.0, Modifiers::SHIFT, 1);
    near(desk.area(desk.only()), 2.0 * LEFT);
    desk.click_with(-30.0, 0.0, Modifiers::ALT, 1);
    near(desk.area(desk.only()), LEFT);
    assert_eq!((desk.only(), desk.edits.len()), (id, 3));
    let point = desk.put(geo::Point::new(0.0, 0.0).into());
    desk.selection = crate::Selection::one(point);
    desk.click_with(-30.0, 0.0, Modifiers::ALT, 1);
    assert_eq!((desk.notices.len(), desk.edits.len()), (2, 0), "a point has no area");
}

#[test]
fn what_is_let_go_of_before_it_is_found_becomes_a_region_when_it_is() {
    let mut desk = Desk::with_roof(ToolKind::Wand);
    desk.is_slow = true;
    desk.click(-30.0, 0.0);
    assert!(desk.edits.is_empty() && desk.tool.owes(), "nothing is found yet");
    desk.click(30.0, 0.0);
    desk.key(Key::Escape);
    desk.answer_wishes();
    assert_eq!((desk.edits.len(), desk.tool.owes()), (2, false), "both, one after the other");
    let areas: Vec<f64> = desk.project.regions().values().map(|r| r.geometry.unsigned_area()).collect();
    near(areas.iter().copied().fold(f64::INFINITY, f64::min), LEFT);
    desk.pull((-30.0, 0.0), (0.0, -30.0), Modifiers::NONE);
    let wish = desk.tool.wish().map(crate::Wish::number);
    desk.drag_on((90.0, 0.0));
    assert!(desk.tool.wish().map(crate::Wish::number) > wish, "the latest is what is wished");
    desk.key(Key::Escape);
    assert!(desk.tool.wish().is_none(), "and nothing when it is dropped");
}

#[test]
fn small_holes_are_filled_and_large_ones_stay() {
    let mut desk = Desk::new(ToolKind::Wand);
    desk.paint(|x, y| match (x, y) {
        (110..115, 110..115) | (150..170, 150..170) => [10; 3],
        (100..200, 100..200) => [200; 3],
        _ => [90; 3],
    });
    desk.click(-80.0, 80.0);
    let id = desk.only();
    assert_eq!(hole_count(&desk.geometry(id)), 1);
    near(desk.area(id), 10_000.0 - 400.0);
    desk.event(ToolEvent::Amount(Amount::HolesPx(0.0)));
    desk.click(-80.0, 80.0);
    let second = *desk.selection.regions().last().expect("a region");
    assert_eq!(hole_count(&desk.geometry(second)), 2, "none is filled");
}

#[test]
fn a_press_before_the_imagery_is_there_waits_for_it_or_says_so() {
    let mut desk = Desk::new(ToolKind::Wand);
    desk.click(-30.0, 0.0);
    assert!(desk.edits.is_empty() && desk.notices[0].contains("still being read"), "{:?}", desk.notices);
    let hinted = desk.tool.hints().iter().any(|hint| hint.text.contains("still being read"));
    assert!(hinted, "the status bar says so, too");
    desk.pull((-30.0, 0.0), (-29.0, 0.0), Modifiers::NONE);
    assert!(desk.tool.is_drawing());
    desk.paint(roof);
    desk.drag_on((-30.0, 0.0));
    assert!(desk.with_context(|ctx| !desk.tool.preview(ctx).areas.is_empty()), "it begins by itself");
    desk.let_go((-30.0, 0.0));
    near(desk.area(desk.only()), LEFT);
    desk.click(450.0, 0.0);
    assert!(desk.notices[1].contains("no imagery here"), "{:?}", desk.notices);
}

#[test]
fn escape_drops_what_was_flooded_and_brackets_change_the_tolerance() {
    let mut desk = Desk::with_roof(ToolKind::Wand);
    desk.pull((-30.0, 0.0), (-20.0, 0.0), Modifiers::NONE);
    desk.key(Key::Escape);
    desk.let_go((-20.0, 0.0));
    assert!(desk.edits.is_empty() && !desk.tool.is_drawing());
    let before = desk.tolerance();
    desk.key(Key::CloseBracket);
    assert!(desk.tolerance() > before);
    for _ in 0..99 {
        desk.key(Key::OpenBracket);
    }
    assert_eq!(desk.tolerance(), *crate::TOLERANCES.start());
}

#[test]
fn filling_goes_over_slow_changes_and_stops_at_edges_until_it_is_dragged_across() {
    let mut desk = Desk::new(ToolKind::Flood);
    // A field that gets lighter from left to right by far more than a wand's tolerance, and a dark hedge round it.
    desk.paint(|x, y| match (x, y) {
        (100..300, 100..300) => [40 + (x - 100) as u8; 3],
        (97..303, 97..303) => [0; 3],
        _ => [120, 90, 40],
    });
    desk.click(0.0, 0.0);
    let field = desk.area(desk.only());
    near(field, 200.0 * 200.0);
    // Begun inside the region that it made it would stay there.
    desk.key(Key::Escape);
    desk.project.apply(&desk.edits.remove(0).inverse()).expect("taken back");
    desk.selection = crate::Selection::default();
    desk.pull((0.0, 0.0), (150.0, -150.0), Modifiers::NONE);
    desk.drag_on((450.0, -450.0));
    desk.let_go((450.0, -450.0));
    let all = *desk.selection.regions().last().expect("a region");
    assert!(desk.area(all) > 390.0 * 390.0, "over the hedge: {}", desk.area(all));
}

#[test]
fn filling_does_not_leak_through_a_gap_in_an_edge() {
    let mut desk = Desk::new(ToolKind::Flood);
    desk.paint(|x, y| match (x, y) {
        (200..204, 198..202) => [120; 3],
        (200..204, _) => [0; 3],
        _ => [120; 3],
    });
    desk.click(-100.0, 0.0);
    near(desk.area(desk.only()), 200.0 * 400.0);
}

#[test]
fn a_border_that_trembles_is_smoothed_and_straight_ones_keep_their_corners() {
    let mut desk = Desk::new(ToolKind::Wand);
    desk.paint(|x, y| match (x, y) {
        // Teeth of one pixel on the right border, and whiskers two pixels long.
        (300..302, _) if y % 5 == 0 && (110..290).contains(&y) => [200; 3],
        (100..300, 100..300) if !(x == 100 && y % 7 == 3 && (110..290).contains(&y)) => [200; 3],
        _ => [30; 3],
    });
    desk.click(0.0, 0.0);
    let id = desk.only();
    assert!((desk.area(id) - 200.0 * 200.0).abs() < 1e-6, "{}", desk.area(id));
    assert_eq!(geo::CoordsIter::coords_count(&desk.geometry(id)), 5);
}

#[test]
fn filling_stops_at_the_very_border_of_other_regions() {
    let mut desk = Desk::new(ToolKind::Flood);
    desk.paint(|_, _| [120; 3]);
    let right = desk.put(square(20.3, -80.0, 100.0));
    let below = desk.put(square(-150.0, -180.0, 130.7));
    desk.click(0.0, 0.0);
    let id = desk.selection.primary().expect("a region");
    let filled = desk.geometry(id);
    for other in [right, below] {
        let overlay = spatial::overlay::intersection(
            &spatial::geometry::area_of(&filled).expect("an area"),
            &spatial::geometry::area_of(&desk.geometry(other)).expect("an area"),
        );
        assert!(overlay.unsigned_area() < 1e-6, "they share no ground: {}", overlay.unsigned_area());
    }
    let on_border = |c: &geo::Coord<f64>| (c.x - 20.3).abs() < 1e-6;
    let borders = geo::CoordsIter::coords_iter(&filled).filter(|c| on_border(c)).count();
    assert!(borders >= 2, "and the border: {filled:?}");
    near(desk.area(id), 400.0 * 400.0 - 100.0 * 100.0 - 130.7 * 130.7);
    // Inside a region it fills that and no more.
    desk.click(70.0, -30.0);
    let inner = desk.selection.primary().expect("a region");
    near(desk.area(inner), 100.0 * 100.0);
}

#[test]
fn hidden_and_locked_classes_are_gone_through() {
    let mut desk = Desk::with_roof(ToolKind::Wand);
    desk.class = Some(ClassCode::new("destroyed"));
    desk.click(-30.0, 0.0);
    let id = desk.only();
    desk.tool = Tool::new(ToolKind::Select);
    desk.key(Key::Escape);
    desk.selection = crate::Selection::default();
    desk.click(-30.0, 0.0);
    assert_eq!(desk.selection.regions(), [id]);
    desk.selection = crate::Selection::default();
    desk.out_of_reach.hidden = [ClassCode::new("destroyed")].into();
    desk.click(-30.0, 0.0);
    assert!(desk.notices.is_empty(), "nobody sees it");
    desk.drag((-150.0, 150.0), (150.0, -150.0));
    assert!(desk.selection.is_empty(), "neither by a click nor by a box");
    desk.tool = Tool::new(ToolKind::Lasso);
    desk.drag((-150.0, 150.0), (150.0, -140.0));
    assert!(desk.selection.is_empty(), "nor by the lasso");
    desk.tool = Tool::new(ToolKind::Select);
    desk.out_of_reach.hidden = [ClassCode::new("no damage")].into();
    desk.out_of_reach.locked = [ClassCode::new("destroyed")].into();
    desk.click(-30.0, 0.0);
    assert!(desk.selection.is_empty());
    assert_eq!(desk.notices, ["“Destroyed” is locked: unlock it in Classes."]);
    desk.out_of_reach.locked.clear();
    desk.click(-30.0, 0.0);
    assert_eq!(desk.selection.regions(), [id], "only regions of that class");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the picture, what is kept is sound, holds the place that was pressed, and holds hardly anything else.
    #[test]
    fn whatever_is_flooded_is_sound(
        seed in any::<u32>(), grain in 1..9_usize, tolerance in 1.0..60.0_f64, edges in any::<bool>(), holes in 0..200_i32,
    ) {
        let mut desk = Desk::new(if edges { ToolKind::Flood } else { ToolKind::Wand });
        let noise = |x: usize, y: usize| {
            let cell = ((x / grain) as u32).wrapping_mul(73_856_093) ^ ((y / grain) as u32).wrapping_mul(19_349_663);
            let v = (cell ^ seed).wrapping_mul(2_654_435_761) >> 24;
            [v as u8, (v / 2) as u8, 60]
        };
        desk.paint(noise);
        desk.event(ToolEvent::Amount(Amount::Tolerance(tolerance)));
        desk.event(ToolEvent::Amount(Amount::HolesPx(f64::from(holes))));
        desk.click(0.5, -0.5);
        prop_assert!(desk.notices.is_empty(), "{:?}", desk.notices);
        let geometry = desk.geometry(desk.only());
        prop_assert!(is_sound(&geometry));
        // A single pixel is a diamond round its middle; beside an edge the calmest place nearby is meant.
        prop_assert!(edges || geometry.intersects(&geo::Point::new(0.5, -0.5)));
        desk.project.apply(&desk.edits[0].clone().inverse()).expect("taken back");
        prop_assert!(desk.project.regions().is_empty());
    }
}
