//! The pixel classifier in the hand.

use project::ClassCode;

use super::desk::Desk;
use crate::{Key, PointerButton, TeachTool, Tool, ToolEvent, ToolKind};

impl Desk {
    fn teaching(&self) -> &TeachTool {
        match &self.tool {
            Tool::Teach(tool) => tool,
            other => panic!("{other:?}"),
        }
    }

    fn right_drag(&mut self, from: (f64, f64), to: (f64, f64)) {
        let [mut press, mut along] = [self.pointer_at(from.0, from.1), self.pointer_at(to.0, to.1)];
        (press.button, along.button) = (PointerButton::Secondary, PointerButton::Secondary);
        self.event(ToolEvent::Press(press));
        self.event(ToolEvent::Move(along));
        self.event(ToolEvent::Release(along));
    }
}

#[test]
fn scribbles_of_classes_and_of_none_are_a_lesson() {
    let mut desk = Desk::new(ToolKind::Teach);
    desk.paint_small(|x, _| [x as u8 * 2, 90, 40]);
    desk.drag((-100.0, 0.0), (-60.0, 0.0));
    assert!(desk.notices[0].contains("Choose a class first"), "{:?}", desk.notices);
    desk.class = Some(ClassCode::new("destroyed"));
    desk.drag((-100.0, 0.0), (-60.0, 0.0));
    let picture = desk.composite.clone().expect("a picture");
    assert_eq!(desk.teaching().lesson(&picture), None, "one class teaches nothing");
    let before = desk.teaching().revision();
    desk.right_drag((60.0, 0.0), (100.0, 0.0));
    assert!(desk.teaching().revision() > before, "there is something else to learn");
    let lesson = desk.teaching().lesson(&picture).expect("two classes");
    assert_eq!(lesson.classes, [Some(ClassCode::new("destroyed")), None]);
    assert!(lesson.marks.iter().all(|([x, y], class)| (*y == 50 || *y == 49) && (*x > 60) == (*class == 1)));
    assert!(lesson.marks.len() >= 20, "every pixel on the way: {}", lesson.marks.len());
}

#[test]
fn enter_asks_for_proposals_once_there_is_something_to_learn() {
    let mut desk = Desk::new(ToolKind::Teach);
    desk.class = Some(ClassCode::new("destroyed"));
    desk.drag((-100.0, 0.0), (-60.0, 0.0));
    desk.key(Key::Enter);
    assert!(desk.notices[0].contains("at least two classes"), "{:?}", desk.notices);
    desk.class = Some(ClassCode::new("no damage"));
    desk.drag((-100.0, 50.0), (-60.0, 50.0));
    desk.key(Key::Enter);
    assert_eq!(desk.proposals, 1);
    desk.key(Key::Backspace);
    assert_eq!(desk.teaching().scribbles().len(), 1);
    desk.key(Key::Enter);
    assert_eq!(desk.proposals, 1);
}
