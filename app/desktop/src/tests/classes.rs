//! Keys of more than one digit, what a class asks for, many labels at once, and other classes for the project.

use editing::{Command, EditCommand, FindCommand, Selection, Workspace};
use egui::Key;
use project::{AttributeValue, ClassCode};

use super::window::Window;

/// A tree of classes with keys, one of which asks for storeys and a roof.
const CLASSES: &str = r##"
id = "town"
version = 3
name = "Town"
[[class]]
code = "building"
name = "Building"
color = "#c02020"
digit = 3
formerly = ["no damage"]
[[class]]
code = "house"
name = "House"
color = "#e07020"
key = "31"
parent = "building"
[[class]]
code = "road"
name = "Road"
color = "#808080"
digit = 4
[[attribute]]
name = "storeys"
title = "Storeys"
kind = "number"
min = 1
max = 99
required = true
classes = ["house"]
[[attribute]]
name = "roof"
title = "Roof"
kind = "choice"
choices = ["flat", "gabled"]
required = true
classes = ["house"]
"##;

impl Window {
    /// A town of Ana's labels in Annotate, with these classes in place of the damage scale.
    fn with_classes(count: usize) -> Self {
        let mut window = Self::with_labels(count);
        window.program().run(Command::View(editing::ViewCommand::Show(Workspace::Annotate)));
        let file = window.folder().join("town.toml");
        std::fs::write(&file, CLASSES).expect("written");
        window.program().open(vec![file]);
        window.settle();
        window.expect("New: Building, House, Road.");
        window.click("Change the classes");
        window
    }

    fn choose_first(&mut self) -> project::RegionId {
        let first = *self.content().regions().keys().next().expect("a region");
        self.program().state.selection = Selection::one(first);
        self.settle();
        first
    }

    fn class(&mut self, id: project::RegionId) -> String {
        self.content().label_of(id).map(|(_, label)| label.class.to_string()).unwrap_or_default()
    }
}

#[test]
fn other_classes_are_taken_as_one_edit_after_what_becomes_of_the_labels_was_shown() {
    let mut window = Window::with_classes(2);
    let first = window.choose_first();
    assert_eq!(window.class(first), "building", "it was called so formerly");
    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle();
    assert_eq!(window.class(first), "no damage");
    assert_eq!(window.content().schema().map(|s| s.id.clone()), Some("joint-damage-scale".into()));
}

#[test]
fn a_digit_that_begins_longer_keys_waits_for_the_next_or_for_enter() {
    let mut window = Window::with_classes(1);
    let first = window.choose_first();
    window.press(Key::Num4);
    assert_eq!(window.class(first), "road");
    window.press(Key::Num3);
    assert_eq!(window.class(first), "road", "31 may come");
    window.expect("3 …  Enter: Building");
    window.press(Key::Enter);
    assert_eq!(window.class(first), "building");
    window.press(Key::Num3);
    window.press(Key::Escape);
    assert_eq!((window.class(first), window.program().state.selection.len()), ("building".into(), 1));
    window.press(Key::Num3);
    window.press(Key::Num1);
    assert_eq!(window.class(first), "house");
}

#[test]
fn what_a_class_requires_is_asked_as_soon_as_it_is_set() {
    let mut window = Window::with_classes(1);
    let first = window.choose_first();
    window.press(Key::Num3);
    window.press(Key::Num1);
    window.expect("“House” asks for");
    window.types("2");
    window.press(Key::Enter);
    let storeys =
        |w: &mut Window| w.content().region(first).and_then(|r| r.attributes.get("storeys").cloned());
    assert_eq!(storeys(&mut window), Some(AttributeValue::Integer(2)), "the pointer was in the field");
    window.click_last("gabled");
    let roof = window.content().region(first).and_then(|r| r.attributes.get("roof").cloned());
    assert_eq!(roof, Some(AttributeValue::Text("gabled".into())));
    assert!(!window.sees("“House” asks for"), "everything is answered");
    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle();
    window.expect("“House” asks for");
}

#[test]
fn a_class_leads_to_the_next_region_without_one_where_that_is_wanted() {
    let mut window = Window::with_classes(3);
    for command in [EditCommand::SelectAll, EditCommand::RemoveLabels] {
        window.program().run(Command::Edit(command));
        window.settle();
    }
    let first = window.choose_first();
    let selected = |w: &mut Window| w.program().state.selection.primary();
    window.press(Key::Num4);
    assert_eq!(selected(&mut window), Some(first), "nobody asked to go on");
    window.program().run(Command::Edit(EditCommand::ToggleGoOn));
    window.press(Key::Num4);
    let second = selected(&mut window).expect("a region");
    assert_eq!((second == first, window.class(second)), (false, String::new()));
    window.press(Key::Num3);
    window.press(Key::Num1);
    assert_eq!(selected(&mut window), Some(second), "a house is asked about its storeys first");
    window.program().run(Command::Edit(EditCommand::Class(4)));
    window.settle();
    let third = selected(&mut window).expect("a region");
    assert!(![first, second].contains(&third));
    window.program().run(Command::Edit(EditCommand::Class(4)));
    window.settle();
    window.expect("Every region is labelled.");
    let classes = [first, second, third].map(|id| window.class(id));
    assert_eq!(classes, ["road", "road", "road"]);
}

#[test]
fn many_labels_are_given_at_once_after_saying_what_there_is() {
    let mut window = Window::with_labels(4);
    window.program().run(Command::View(editing::ViewCommand::Show(Workspace::Annotate)));
    let first = window.choose_first();
    window.press(Key::Num4);
    window.program().run(Command::Edit(EditCommand::SelectAll));
    window.program().run(Command::Find(FindCommand::Reclass));
    window.settle();
    window.expect("Label 4 regions");
    window.expect("No damage: 3");
    window.click("Label as");
    window.click_last("Minor damage");
    window.expect("Destroyed → Minor damage: 1");
    window.click("Label them");
    let all: Vec<ClassCode> = window.content().labels().values().map(|label| label.class.clone()).collect();
    assert!(all.iter().all(|class| class.as_str() == "minor damage") && all.len() == 4);
    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle();
    assert_eq!(window.class(first), "destroyed", "one step of undo");
}
