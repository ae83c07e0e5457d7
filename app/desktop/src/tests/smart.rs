//! Smart selection and the pixel classifier in the window: what is shown is found beside it, and kept when it is asked for.

use editing::{Command, Tool, ToolKind};
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use geo::Area as _;
use project::ClassCode;

use super::window::Window;
use crate::outbox::Ask;

impl Window {
    fn with_stripes_and(&mut self, kind: ToolKind) {
        self.program().run(Command::Tool(kind));
        self.settle();
    }

    fn button(&mut self, at: Pos2, button: PointerButton, pressed: bool) {
        self.event(Event::PointerMoved(at));
        self.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    }

    fn click_by(&mut self, at: Pos2, button: PointerButton) {
        self.button(at, button, true);
        self.button(at, button, false);
        self.settle();
    }

    fn scribble(&mut self, from: Pos2, to: Pos2, button: PointerButton) {
        self.button(from, button, true);
        for i in 1..=2 {
            self.event(Event::PointerMoved(from + (to - from) * (i as f32 / 2.0)));
            self.settle();
        }
        self.button(to, button, false);
        self.settle();
    }

    fn previewed(&mut self) -> f64 {
        let state = &self.program().state;
        let areas = state.with_tool_context(|ctx| state.tool.preview(ctx).areas).unwrap_or_default();
        areas.iter().map(|area| area.unsigned_area() / 0.25).sum()
    }
}

#[test]
fn marks_are_answered_beside_the_window_and_enter_keeps_what_is_shown() {
    let mut window = Window::small_without_project([640.0, 400.0]).showing_stripes();
    window.with_stripes_and(ToolKind::Smart);
    let (on, off) = (window.pixel(30.0, 24.0), window.pixel(50.0, 24.0));
    window.click_by(on, PointerButton::Primary);
    window.click_by(off, PointerButton::Secondary);
    let shown = window.previewed();
    assert!((shown / (20.0 * 48.0) - 1.0).abs() < 0.1, "the stripe: {shown}");
    assert!(window.content().regions().is_empty(), "nothing is done yet");
    assert!(window.sees("Random walker") && window.sees("Keep") && window.sees("Drop"));
    window.press(Key::Tab);
    assert!(
        matches!(&window.program().state.tool, Tool::Smart(tool) if tool.method() == editing::Method::GrabCut)
    );
    window.press(Key::Enter);
    assert_eq!(window.content().regions().len(), 1);
    assert!(!window.program().state.tool.is_drawing());
}

#[test]
fn another_tool_is_taken_only_when_what_was_let_go_of_is_a_region() {
    let mut window = Window::small_without_project([640.0, 400.0]).showing_stripes();
    window.press(Key::W);
    let at = window.pixel(30.0, 24.0);
    // Without a frame between, nobody has looked for it yet.
    let state = &window.program().state;
    let screen = crate::map::view::to_screen(at, state.map_rect, state.pixels_per_point);
    let pointer = editing::Pointer::at(&state.camera, screen, editing::Modifiers::NONE, 1);
    let program = window.program();
    program.carry_out(Ask::Tool(editing::ToolEvent::Press(pointer)));
    program.carry_out(Ask::Tool(editing::ToolEvent::Release(pointer)));
    assert!(program.state.tool.owes());
    program.run(Command::Tool(ToolKind::Select));
    window.settle();
    assert_eq!(window.content().regions().len(), 1, "what was let go of is not lost");
}

#[test]
fn scribbles_classify_the_view_and_become_proposals() {
    let mut window = Window::small_without_project([420.0, 200.0]).showing_stripes();
    window.program().state.armed_class = Some(ClassCode::new("destroyed"));
    window.with_stripes_and(ToolKind::Teach);
    let (from, to) = (window.pixel(30.0, 10.0), window.pixel(30.0, 38.0));
    window.scribble(from, to, PointerButton::Primary);
    assert!(window.program().state.teaching.likely.is_none(), "one class teaches nothing");
    for x in [10.0, 52.0] {
        let (from, to) = (window.pixel(x, 10.0), window.pixel(x, 38.0));
        window.scribble(from, to, PointerButton::Secondary);
    }
    let likely = window.program().state.teaching.likely.clone().expect("it has learnt");
    assert_eq!(likely.classes, [Some(ClassCode::new("destroyed")), None]);
    assert!(window.sees("Propose regions"));
    window.press(Key::Enter);
    window.settle();
    let content = window.content();
    let regions: Vec<_> = content.regions().keys().copied().collect();
    assert_eq!(regions.len(), 1, "the stripe");
    let area = content.region(regions[0]).expect("there").geometry.unsigned_area() / 0.25;
    // A pixel of the image is a few of the screen here, and the largest scale is ten of those.
    assert!((area / (20.0 * 48.0) - 1.0).abs() < 0.3, "{area}");
    assert!(content.label_of(regions[0]).is_none(), "nobody has said so yet");
    let (_, label) = content.prediction_of(regions[0]).expect("a prediction");
    assert_eq!((label.class.as_str(), label.author.is_model()), ("destroyed", true));
    assert!(label.confidence.is_some_and(|c| c > 0.5), "{label:?}");
    // Scribbles are there again when the tool is.
    window.press(Key::V);
    assert!(window.program().state.teaching.likely.is_none());
    window.with_stripes_and(ToolKind::Teach);
    assert!(matches!(&window.program().state.tool, Tool::Teach(tool) if tool.scribbles().len() == 3));
    assert!(window.program().state.teaching.likely.is_some());
}
