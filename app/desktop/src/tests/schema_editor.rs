//! The classes and attributes changed by hand: shown before it is done, one step of undo.

use editing::{Command, EditCommand, FindCommand};
use project::{AttributeKind, ClassCode, Schema};

use super::window::Window;

impl Window {
    fn schema(&mut self) -> Schema {
        self.content().schema().map(|schema| (**schema).clone()).expect("a schema")
    }

    fn labelled(&mut self, class: &str) -> usize {
        let code = ClassCode::new(class);
        self.content().labels().values().filter(|label| label.class == code).count()
    }
}

#[test]
fn classes_are_renamed_added_and_taken_out_by_hand_after_what_becomes_of_labels_was_shown() {
    let mut window = Window::with_labels(3);
    window.settle();
    let before = window.schema();
    window.program().run(Command::Find(FindCommand::EditClasses));
    window.settle();
    window.expect("Name of the class");
    let draft = window.program().state.classes.draft.as_mut().expect("open");
    draft.classes[0].name = "Untouched".into();
    window.settle();
    window.click("Go on…");
    window.expect("“No damage” is called “Untouched”.");
    window.click("Back");
    window.write("One more class", "Collapsed");
    window.click("Add");
    window.settle();
    window.click("Lies below");
    window.click_last("Destroyed");
    window.click("Untouched");
    window.click("Take out");
    window.settle();
    window.click("Go on…");
    window.expect("New: Collapsed.");
    window.click("What No damage becomes");
    window.click_last("Collapsed");
    assert_eq!(window.schema(), before, "nothing is done before it is shown");
    window.click("Change the classes");
    window.settle();
    let after = window.schema();
    assert_eq!(after.version, before.version + 1);
    let collapsed = after.class(&ClassCode::new("collapsed")).expect("there");
    assert_eq!(collapsed.parent, Some(ClassCode::new("destroyed")));
    assert!(after.class(&ClassCode::new("no damage")).is_none());
    assert_eq!((window.labelled("collapsed"), window.labelled("no damage")), (3, 0));
    assert_eq!(project::violations(window.content()), Vec::<String>::new());
    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle();
    assert_eq!((window.schema(), window.labelled("no damage")), (before, 3), "one step of undo");
}

#[test]
fn attributes_are_asked_for_by_hand_and_what_is_wrong_with_them_is_said() {
    let mut window = Window::with_labels(1);
    window.settle();
    window.program().run(Command::Find(FindCommand::EditClasses));
    window.settle();
    window.click("Attributes");
    window.write("One more attribute", "roof");
    window.click("Add");
    window.settle();
    window.click("Kind");
    window.click_last("Choice");
    window.settle();
    assert!(window.reads("is a choice and has no choices"), "it says what is wrong");
    window.write("With commas between them", "flat, gabled");
    window.click("Required: asked for as soon as the class is set");
    window.click("Go on…");
    window.expect("“roof” is asked for.");
    window.click("Change the classes");
    window.settle();
    let schema = window.schema();
    let roof = schema.attributes.first().expect("one");
    assert_eq!((roof.kind, roof.required), (AttributeKind::Choice, true));
    assert_eq!(roof.choices, ["flat", "gabled"]);
    window.program().run(Command::Find(FindCommand::EditClasses));
    window.settle();
    window.click("Cancel");
    window.settle();
    assert!(!window.program().state.classes.is_open());
}
