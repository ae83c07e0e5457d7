//! Smart selection: what marks mean, and what becomes of it.

use geo::{Area as _, Contains as _, Point};
use project::ClassCode;

use super::desk::Desk;
use crate::{Amount, Key, Method, Modifiers, PointerButton, Tool, ToolEvent, ToolKind};

/// Two roofs of 13 by 15 pixels, four world units each, on dark ground that trembles.
fn roofs(x: usize, y: usize) -> [u8; 3] {
    let tremble = ((x * 7 + y * 13) % 11) as u8;
    match (x, y) {
        (25..38 | 62..75, 40..55) => [180 + tremble; 3],
        _ => [40 + tremble, 70, 30],
    }
}

const ROOF: f64 = 13.0 * 15.0 * 16.0;
/// The middle of the first one.
const ON_FIRST: (f64, f64) = (-75.0, 10.0);

impl Desk {
    fn with_roofs() -> Self {
        let mut desk = Self::new(ToolKind::Smart);
        desk.paint_small(roofs);
        desk
    }

    fn previewed(&self) -> f64 {
        self.with_context(|ctx| self.tool.preview(ctx).areas.iter().map(geo::Area::unsigned_area).sum())
    }

    fn right(&mut self, x: f64, y: f64) {
        let mut pointer = self.pointer_at(x, y);
        pointer.button = PointerButton::Secondary;
        self.event(ToolEvent::Press(pointer));
        self.event(ToolEvent::Release(pointer));
    }
}

#[track_caller]
fn near(found: f64, wanted: f64) {
    assert!((found / wanted - 1.0).abs() < 0.06, "{found}, not {wanted}");
}

#[test]
fn a_click_shows_what_it_means_and_enter_makes_one_labelled_region_of_it() {
    let mut desk = Desk::with_roofs();
    desk.class = Some(ClassCode::new("destroyed"));
    desk.click(ON_FIRST.0, ON_FIRST.1);
    assert!(desk.edits.is_empty(), "nothing is done before it is kept");
    near(desk.previewed(), ROOF);
    desk.key(Key::Enter);
    assert_eq!(desk.edits.len(), 1, "one step of undo");
    let id = desk.selection.primary().expect("it is selected");
    near(desk.geometry(id).unsigned_area(), ROOF);
    assert_eq!(desk.project.label_of(id).map(|(_, l)| l.class.to_string()).as_deref(), Some("destroyed"));
    assert!(!desk.tool.is_drawing() && desk.tool.kind() == ToolKind::Smart, "it stays armed");
}

#[test]
fn marks_add_up_and_the_right_button_says_what_is_not_meant() {
    let mut desk = Desk::with_roofs();
    desk.click(ON_FIRST.0, ON_FIRST.1);
    desk.click(75.0, 10.0);
    near(desk.previewed(), 2.0 * ROOF);
    desk.right(75.0, -5.0);
    desk.key(Key::Backspace);
    near(desk.previewed(), 2.0 * ROOF);
    desk.key_with(Key::Letter('Z'), Modifiers::CTRL);
    near(desk.previewed(), ROOF);
    desk.key(Key::Escape);
    assert!(!desk.tool.is_drawing() && desk.previewed() == 0.0);
}

#[test]
fn a_box_with_ctrl_or_by_the_switch_holds_what_is_meant() {
    for by_switch in [false, true] {
        let mut desk = Desk::with_roofs();
        if by_switch {
            desk.event(ToolEvent::Amount(Amount::DragsBox(true)));
        }
        let modifiers = if by_switch { Modifiers::NONE } else { Modifiers::CTRL };
        desk.drag_with((45.0, 50.0), (105.0, -30.0), modifiers);
        near(desk.previewed(), ROOF);
        desk.key(Key::Enter);
        let id = desk.selection.primary().expect("a region");
        assert!(desk.geometry(id).contains(&Point::new(75.0, 10.0)));
    }
}

#[test]
fn every_method_finds_the_roof_and_tab_goes_from_one_to_the_next() {
    let mut desk = Desk::with_roofs();
    desk.event(ToolEvent::Amount(Amount::SuperpixelPx(40.0)));
    desk.drag((-94.0, 34.0), (-54.0, -14.0));
    let mut seen = Vec::new();
    for _ in 0..4 {
        let Tool::Smart(tool) = &desk.tool else { panic!("another tool") };
        seen.push(tool.method());
        // A scribble along the diagonal touches some superpixels only.
        let least = if tool.method() == Method::Superpixels { 0.2 } else { 0.95 };
        let share = desk.previewed() / ROOF;
        assert!((least..1.08).contains(&share), "{:?}: {share}", seen.last());
        desk.key(Key::Tab);
    }
    assert_eq!(seen, crate::SMART_METHODS);
}

#[test]
fn alt_takes_from_the_selected_region_and_shift_adds_to_it() {
    let mut desk = Desk::with_roofs();
    desk.click_with(75.0, 10.0, Modifiers::ALT, 1);
    assert!(desk.notices[0].contains("Select the region"), "{:?}", desk.notices);
    let id = desk.put(super::desk::square(-200.0, -200.0, 400.0));
    desk.selection = crate::Selection::one(id);
    desk.click_with(75.0, 10.0, Modifiers::ALT, 1);
    desk.key(Key::Enter);
    near(400.0 * 400.0 - desk.geometry(id).unsigned_area(), ROOF);
    desk.click_with(75.0, 10.0, Modifiers::SHIFT, 1);
    desk.key(Key::Enter);
    assert!(400.0 * 400.0 - desk.geometry(id).unsigned_area() < ROOF * 0.08);
    assert_eq!(desk.edits.len(), 2, "one step of undo each");
}

#[test]
fn enter_before_the_answer_keeps_it_when_it_comes() {
    let mut desk = Desk::with_roofs();
    desk.is_slow = true;
    desk.click(ON_FIRST.0, ON_FIRST.1);
    desk.key(Key::Enter);
    assert!(desk.edits.is_empty() && desk.tool.owes());
    desk.answer_wishes();
    assert_eq!(desk.edits.len(), 1);
    desk.key(Key::Enter);
    assert!(
        desk.notices.last().is_some_and(|text| text.contains("Mark what you mean")),
        "{:?}",
        desk.notices
    );
}

#[test]
fn marks_wait_for_the_imagery() {
    let mut desk = Desk::new(ToolKind::Smart);
    desk.click(ON_FIRST.0, ON_FIRST.1);
    assert!(desk.tool.wish().is_none() && desk.tool.is_drawing());
    desk.paint_small(roofs);
    desk.event(ToolEvent::Found);
    near(desk.previewed(), ROOF);
}
