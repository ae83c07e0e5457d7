//! Classes that are hidden or locked: on the map, under the pointer, and for edits.

use editing::{Command, EditCommand, Selection, ViewCommand, Workspace};
use egui::{Key, Modifiers, Pos2};
use project::RegionId;
use renderer::ShapeScene;

use super::window::Window;
use crate::map::scene::{self, OnGpu};
use crate::map::view::to_window;

impl Window {
    /// Three squares: no damage, no damage, destroyed.
    fn with_two_classes() -> (Self, Vec<RegionId>) {
        let mut window = Self::with_labels(3);
        window.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
        let open = window.program().state.project.as_ref().expect("a project");
        let regions = open.counts.order.regions().to_vec();
        window.program().state.selection = Selection::one(regions[2]);
        window.settle();
        window.press(Key::Num4);
        window.program().run(Command::View(ViewCommand::ZoomFit));
        window.program().run(Command::Edit(EditCommand::SelectNone));
        window.settle();
        (window, regions)
    }

    fn over(&mut self, id: RegionId) -> Pos2 {
        let at = self.content().region(id).and_then(|r| r.bounds()).expect("a box").center();
        let state = &self.program().state;
        to_window(state.camera.screen_from_world(at), state.map_rect, state.pixels_per_point)
    }

    fn click_on(&mut self, id: RegionId) -> Vec<RegionId> {
        let at = self.over(id);
        self.press_at(at);
        self.program().state.selected().to_vec()
    }

    /// What is drawn of regions one by one, and the class names on the map.
    fn drawn(&mut self) -> (Vec<ShapeScene>, usize) {
        let program = self.program();
        let renderer = program.renderer.lock();
        let gpu = OnGpu { loader: &program.loader, regions: &program.regions, renderer: &renderer };
        let scene = scene::scene(&program.state, None, gpu);
        (scene.shapes, scene.labels.len())
    }

    fn hides(&mut self, code: &str) -> bool {
        self.program().state.preferences.class_look(code).hidden
    }
}

#[test]
fn a_hidden_class_is_neither_drawn_nor_taken_and_comes_back() {
    let (mut window, regions) = Window::with_two_classes();
    let names = window.drawn().1;
    assert!(names > 0, "the names fit");
    assert_eq!(window.click_on(regions[2]), [regions[2]]);
    window.click("Hide Destroyed");
    assert!(window.program().state.selection.is_empty(), "what is hidden is not selected");
    assert_eq!(window.click_on(regions[2]), []);
    assert_eq!(window.click_on(regions[0]), [regions[0]]);
    assert_eq!(window.drawn().1, names - 1, "its name is gone, too");
    window.program().run(Command::Edit(EditCommand::SelectAll));
    assert_eq!(window.program().state.selection.len(), 2, "and it is not deleted with the others");
    window.expect("1 class is hidden");
    window.click("Show all");
    assert_eq!(window.click_on(regions[2]), [regions[2]]);
    assert_eq!(window.drawn().1, names);
}

#[test]
fn keys_hide_and_lock_the_class_of_the_selected_region() {
    let (mut window, regions) = Window::with_two_classes();
    window.click_on(regions[2]);
    window.press_with(Modifiers::SHIFT, Key::H);
    assert!(window.hides("destroyed") && !window.hides("no damage"));
    window.press_with(Modifiers::ALT, Key::H);
    assert!(!window.hides("destroyed"));
    window.click_on(regions[0]);
    window.program().run(Command::View(ViewCommand::ShowOnlyClass));
    window.settle();
    assert!(window.hides("destroyed") && !window.hides("no damage"));
    window.press_with(Modifiers::ALT, Key::L);
    assert!(window.program().state.preferences.class_look("no damage").locked);
    assert!(window.program().state.selection.is_empty());
    window.press_with(Modifiers::SHIFT, Key::H);
    window.expect("Select a region of the class, or choose the class in Classes, first.");
}

#[test]
fn a_locked_class_is_seen_but_not_taken_and_no_edit_changes_it() {
    let (mut window, regions) = Window::with_two_classes();
    window.click("Lock Destroyed");
    assert_eq!(window.click_on(regions[2]), []);
    window.expect("“Destroyed” is locked: unlock it in Classes.");
    // Selected in some other way it still stays as it is.
    window.program().state.selection = Selection::one(regions[2]);
    window.program().run(Command::Edit(EditCommand::Delete));
    window.settle();
    assert!(window.content().region(regions[2]).is_some());
    window.click("Unlock Destroyed");
    window.program().state.selection = Selection::one(regions[2]);
    window.program().run(Command::Edit(EditCommand::Delete));
    window.settle();
    assert!(window.content().region(regions[2]).is_none());
}

#[test]
fn a_class_that_is_drawn_with_is_shown() {
    let (mut window, _) = Window::with_two_classes();
    window.click("Hide Destroyed");
    window.press(Key::Num4);
    assert!(!window.hides("destroyed"), "what is drawn would be gone at once");
}

#[test]
fn a_hidden_class_is_hidden_still_when_the_program_starts_again() {
    let config = tempfile::tempdir().expect("folder");
    let mut window = Window::remembering(1, config.path());
    window.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
    window.settle();
    window.click("Hide No damage");
    let mut again = Window::remembering(1, config.path());
    assert!(again.hides("no damage"));
}
