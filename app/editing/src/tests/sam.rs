//! Segment anything: what is asked of a network, and what becomes of what it says. The network here is a circle.

use std::sync::Arc;

use geo::{Area as _, Contains as _, Geometry, MultiPolygon, Point, Polygon};
use project::ClassCode;
use segment::SegmentError;

use super::desk::Desk;
use crate::{
    Answer, Choice, FedBack, Key, Modifiers, PointerButton, PromptWish, Tool, ToolEvent, ToolKind, Wish,
};

/// A square of so many units a side round a place.
fn square([x, y]: [f64; 2], side: f64) -> MultiPolygon<f64> {
    let half = side / 2.0;
    let ring = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)];
    MultiPolygon(vec![Polygon::new(ring.to_vec().into(), Vec::new())])
}

/// Three squares round the first place, the smallest surest; the largest is cut off unless it is looked at coarsely.
fn said(prompt: &PromptWish) -> Vec<Choice> {
    let middle = prompt.around.map_or_else(
        || [prompt.this[0].x, prompt.this[0].y],
        |[a, b]| [f64::midpoint(a.x, b.x), f64::midpoint(a.y, b.y)],
    );
    let sides = [10.0, 30.0, if prompt.coarser == 0 { 60.0 } else { 90.0 }];
    let choice = |(at, side): (usize, f64)| Choice {
        outline: square(middle, side),
        score: 0.9 - at as f64 / 10.0,
        is_cut: at == 2 && prompt.coarser == 0,
        fed_back: Some(Arc::new(FedBack {
            of: [0, 0, i64::from(prompt.coarser)],
            logits: vec![side as f32],
        })),
    };
    sides.into_iter().enumerate().map(choice).collect()
}

impl Desk {
    fn with_network() -> Self {
        let mut desk = Self::new(ToolKind::Sam);
        desk.is_slow = true;
        desk
    }

    fn wish(&self) -> Option<Wish> {
        self.tool.wish().cloned()
    }

    fn prompt(&self) -> PromptWish {
        self.wish().and_then(|wish| wish.prompted().cloned()).expect("a wish").as_ref().clone()
    }

    fn reply(&mut self, answer: Answer) {
        self.answer = Some(answer);
        self.event(ToolEvent::Found);
    }

    /// Answers all that is asked.
    fn replies(&mut self) {
        for _ in 0..9 {
            let Some(wish) = self.wish() else { return };
            let all = said(wish.prompted().expect("asks a network"));
            self.reply(wish.answered(Ok(all), 3.0));
        }
        panic!("it asks and asks");
    }

    fn mark(&mut self, x: f64, y: f64, button: PointerButton) {
        let mut pointer = self.pointer_at(x, y);
        pointer.button = button;
        self.event(ToolEvent::Press(pointer));
        self.event(ToolEvent::Release(pointer));
    }

    fn masked(&self) -> f64 {
        self.with_context(|ctx| self.tool.preview(ctx).areas.iter().map(Polygon::unsigned_area).sum())
    }
}

#[test]
fn what_a_click_would_give_is_shown_before_it_and_enter_keeps_what_it_gave() {
    let mut desk = Desk::with_network();
    desk.class = Some(ClassCode::new("destroyed"));
    desk.event(ToolEvent::Move(desk.pointer_at(20.0, 30.0)));
    assert!(desk.prompt().is_hover && !desk.tool.is_drawing());
    desk.replies();
    assert_eq!(desk.masked(), 100.0, "nobody has clicked");
    desk.event(ToolEvent::Move(desk.pointer_at(21.0, 30.0)));
    assert!(desk.wish().is_none(), "a tremble asks nothing");
    desk.mark(20.0, 30.0, PointerButton::Primary);
    assert!(!desk.prompt().is_hover);
    desk.replies();
    assert!(desk.edits.is_empty(), "nothing is done yet");
    desk.key(Key::Enter);
    let id = desk.selection.primary().expect("a region");
    assert!(desk.geometry(id).contains(&Point::new(20.0, 30.0)));
    assert_eq!(desk.project.label_of(id).map(|(_, l)| l.class.to_string()).as_deref(), Some("destroyed"));
    assert!(!desk.tool.is_drawing() && desk.tool.kind() == ToolKind::Sam, "it stays armed");
}

#[test]
fn clicks_and_boxes_are_asked_together_and_the_shown_mask_is_fed_back() {
    let mut desk = Desk::with_network();
    desk.drag((10.0, 10.0), (50.0, 40.0));
    let asked = desk.prompt();
    assert!(asked.around.is_some() && asked.previous.is_none());
    desk.replies();
    desk.key(Key::Tab);
    assert_eq!(desk.masked(), 900.0, "the second mask");
    desk.mark(12.0, 12.0, PointerButton::Secondary);
    let asked = desk.prompt();
    assert_eq!((asked.this.len(), asked.not.len()), (0, 1));
    assert_eq!(asked.previous.map(|previous| previous.logits.clone()), Some(vec![30.0]));
    desk.replies();
    desk.key(Key::Backspace);
    let asked = desk.prompt();
    assert!(asked.not.is_empty() && asked.around.is_some() && asked.previous.is_none(), "{asked:?}");
    desk.key_with(Key::Letter('Z'), Modifiers::CTRL);
    assert!(desk.wish().is_none() && desk.masked() == 0.0 && !desk.tool.is_drawing());
}

#[test]
fn tab_goes_round_the_masks_and_one_that_is_cut_off_is_looked_at_more_coarsely() {
    let mut desk = Desk::with_network();
    desk.mark(0.0, 0.0, PointerButton::Primary);
    desk.replies();
    for area in [100.0, 900.0] {
        assert_eq!(desk.masked(), area);
        desk.key(Key::Tab);
    }
    assert_eq!((desk.masked(), desk.prompt().coarser), (3600.0, 1), "it is shown until there is a whole one");
    desk.replies();
    assert_eq!(desk.masked(), 8100.0);
    desk.key(Key::Tab);
    assert_eq!(desk.masked(), 100.0);
}

#[test]
fn a_coarser_look_that_fails_leaves_what_was_found() {
    let mut desk = Desk::with_network();
    desk.mark(0.0, 0.0, PointerButton::Primary);
    desk.replies();
    desk.key(Key::Tab);
    desk.key(Key::Tab);
    desk.key(Key::Enter);
    assert!(desk.edits.is_empty(), "Enter waits for what is asked");
    let wish = desk.wish().expect("asked more coarsely");
    desk.reply(wish.answered(Err(SegmentError::Nothing), 1.0));
    assert_eq!(desk.edits.len(), 1, "and keeps what there is");
    let id = desk.selection.primary().expect("a region");
    assert_eq!(desk.geometry(id).unsigned_area(), 3600.0);
}

#[test]
fn nothing_is_kept_where_nothing_was_found_and_escape_gives_up() {
    let mut desk = Desk::with_network();
    desk.key(Key::Enter);
    assert!(desk.notices[0].contains("Click on what you mean"), "{:?}", desk.notices);
    desk.mark(0.0, 0.0, PointerButton::Primary);
    let wish = desk.wish().expect("asked");
    desk.reply(wish.answered(Err(SegmentError::Network("it is gone".to_owned())), 1.0));
    desk.key(Key::Enter);
    assert!(desk.notices[1].contains("it is gone"), "{:?}", desk.notices);
    desk.key(Key::Escape);
    assert!(!desk.tool.is_drawing() && desk.edits.is_empty());
    desk.mark(0.0, 0.0, PointerButton::Secondary);
    assert!(desk.wish().is_none(), "nothing says what is meant");
}

#[test]
fn alt_takes_from_the_selected_region_and_shift_adds_to_it() {
    let mut desk = Desk::with_network();
    let id = desk.put(Geometry::MultiPolygon(square([0.0, 0.0], 200.0)));
    desk.selection = crate::Selection::one(id);
    desk.click_with(0.0, 0.0, Modifiers::ALT, 1);
    desk.replies();
    desk.key(Key::Enter);
    assert_eq!(desk.geometry(id).unsigned_area(), 40_000.0 - 100.0);
    desk.click_with(0.0, 0.0, Modifiers::SHIFT, 1);
    desk.replies();
    desk.key(Key::Enter);
    assert_eq!(desk.geometry(id).unsigned_area(), 40_000.0);
    assert_eq!(desk.edits.len(), 2, "one step of undo each");
    assert!(matches!(&desk.tool, Tool::Sam(_)));
}
