//! What has the keyboard keeps it: keys for a menu, a list or a field never reach the map.

use editing::{Command, EditCommand, ToolKind, ViewCommand, Workspace};
use egui::{Key, vec2};

use super::window::Window;

impl Window {
    fn selects_all(&mut self) {
        self.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
        self.program().run(Command::Edit(EditCommand::SelectAll));
        self.settle();
    }

    /// Presses keys that all do something on the map.
    fn presses_map_keys(&mut self) {
        for key in [Key::P, Key::Num4, Key::Delete, Key::PageDown] {
            self.press(key);
        }
    }

    #[track_caller]
    fn is_untouched(&mut self) {
        let state = &self.program().state;
        assert_eq!(state.tool.kind(), ToolKind::Select);
        assert_eq!((state.selection.len(), state.content().map_or(0, |p| p.regions().len())), (3, 3));
        let classes = self.content().labels().values().filter(|l| l.class.as_str() == "no damage").count();
        assert_eq!(classes, 3);
    }
}

#[test]
fn keys_do_not_reach_the_map_through_an_open_menu_and_escape_closes_the_menu_only() {
    let mut window = Window::with_labels(3);
    window.selects_all();
    window.click("Panel menu: Classes");
    window.expect("Hide Classes");
    window.presses_map_keys();
    window.is_untouched();
    window.expect("Hide Classes");
    window.press(Key::Escape);
    assert!(!window.sees("Hide Classes"));
    window.is_untouched();
    // Once it is closed they do.
    window.press(Key::P);
    assert_eq!(window.program().state.tool.kind(), ToolKind::Polygon);
}

#[test]
fn a_press_beside_an_open_menu_closes_it_and_does_not_reach_the_map() {
    let mut window = Window::with_labels(3);
    window.selects_all();
    window.click("Panel menu: Classes");
    let beside = window.program().state.map_rect.left_top() + vec2(60.0, 60.0);
    window.press_at(beside);
    assert!(!window.sees("Hide Classes"));
    window.is_untouched();
    window.press_at(beside);
    assert_eq!(window.program().state.selection.len(), 0, "a press on the map leaves the selection");
}

#[test]
fn keys_do_not_reach_the_map_through_the_palette_a_dialog_or_a_field() {
    let mut window = Window::with_labels(3);
    window.selects_all();
    for (open, close) in [
        (ViewCommand::CommandPalette, ViewCommand::CommandPalette),
        (ViewCommand::ShortcutSheet, ViewCommand::ShortcutSheet),
        (ViewCommand::Preferences, ViewCommand::Preferences),
        (ViewCommand::ToggleJobs, ViewCommand::ToggleJobs),
    ] {
        window.program().run(Command::View(open));
        window.settle();
        window.presses_map_keys();
        window.is_untouched();
        window.program().run(Command::View(close));
        window.settle();
    }
}

#[test]
fn a_name_can_be_typed_at_once_enter_takes_it_and_escape_closes_the_popup_only() {
    let mut window = Window::with_labels(3);
    window.selects_all();
    window.click("Member: Ana");
    window.types("Ben");
    window.press(Key::Escape);
    assert!(!window.sees("Another name"));
    assert_eq!(window.program().state.author().name(), "Ana");
    window.is_untouched();
    window.click("Member: Ana");
    window.types("Cem");
    window.press(Key::Enter);
    assert_eq!(window.program().state.author().name(), "Cem");
    assert!(!window.sees("Another name"), "the popup is closed");
    window.is_untouched();
}
