use std::collections::{BTreeMap, HashMap, HashSet};

use super::*;
use crate::{Key, Modifiers, SelectedShapes};

#[test]
fn no_two_commands_share_a_key_in_one_workspace() {
    let mut taken: HashMap<(Option<Workspace>, Shortcut), Command> = HashMap::new();
    for command in Command::all() {
        for shortcut in command.shortcuts() {
            assert_eq!(shortcut, shortcut.normal());
            let other = taken.insert((command.workspace(), shortcut), command);
            assert_eq!(other, None, "{shortcut} is also the key of {command:?}");
        }
    }
}

#[test]
fn every_command_has_a_name_of_its_own_a_text_and_a_tooltip() {
    let mut keys = HashSet::new();
    for command in Command::all() {
        assert!(keys.insert(command.key()), "{} stands twice", command.key());
        assert_eq!(Command::from_key(&command.key()), Some(command));
        assert!(!command.text().is_empty() && !command.group().is_empty(), "{command:?}");
        assert!(command.tooltip().len() > 5 && !command.tooltip().ends_with('.'), "{command:?}");
        assert!(!command.text().contains('!') && !command.tooltip().contains('!'), "{command:?}");
    }
}

#[test]
fn a_command_that_cannot_run_says_why() {
    let undo = Command::Edit(EditCommand::Undo);
    let mut now = Situation::default();
    assert_eq!(undo.unavailable(&now), Some("Open or create a project first"));
    now.has_project = true;
    assert_eq!(undo.unavailable(&now), Some("There is nothing to undo"));
    now.can_undo = true;
    assert_eq!(undo.unavailable(&now), None);
    now.read_only = true;
    assert_eq!(undo.unavailable(&now), Some("The project is open for reading only"));
    now.unsaved = true;
    assert_eq!(undo.unavailable(&now), Some("Earlier changes wait to be saved first"));
}

#[test]
fn everything_can_run_when_everything_is_there() {
    let all = Situation {
        has_project: true,
        read_only: false,
        unsaved: false,
        has_map: true,
        regions: 3,
        has_schema: true,
        has_author: true,
        selected: 2,
        shapes: SelectedShapes { areas: 2, edged: 2, has_hole: true, has_parts: true },
        found: 1,
        has_prediction: true,
        returned: 1,
        selection_returned: true,
        can_undo: true,
        can_redo: true,
        has_dropped_draft: true,
        has_case: true,
        layers: 2,
        days: 2,
        bands: 4,
        shows_cube: false,
        has_screening: true,
        has_cell: true,
        bookmarks: 1,
        questions: 1,
        has_question: true,
        has_model: true,
        is_teaching: true,
        has_proposal: true,
    };
    for command in Command::all() {
        assert_eq!(command.unavailable(&all), None, "{command:?}");
    }
}

#[test]
fn digits_label_and_in_review_they_vote() {
    let keys = Keymap::default();
    let three = Shortcut::plain(Key::Digit(3));
    let means = |workspace| keys.command(three, workspace);
    assert_eq!(means(Workspace::Annotate), Some(Command::Edit(EditCommand::Class(3))));
    assert_eq!(means(Workspace::Review), Some(Command::Review(ReviewCommand::VoteClass(3))));
    let question = Shortcut::new(Key::Question, Modifiers::SHIFT);
    assert_eq!(
        keys.command(question, Workspace::Review),
        Some(Command::View(ViewCommand::ShortcutSheet)),
        "Shift that is needed to reach a sign does not count"
    );
}

#[test]
fn keys_can_be_changed_swapped_and_kept_but_not_shared() {
    let mut keys = Keymap::default();
    let (undo, redo) = (Command::Edit(EditCommand::Undo), Command::Edit(EditCommand::Redo));
    let taken = keys.rebind(undo, &[Shortcut::ctrl('Y')]).expect_err("redo has it");
    assert_eq!(taken.by, redo);
    assert!(taken.to_string().contains("Ctrl+Y") && taken.to_string().contains("Redo"));
    assert_eq!(keys, Keymap::default(), "a refused change changes nothing");
    keys.rebind(redo, &[]).expect("free");
    keys.rebind(undo, &[Shortcut::ctrl('Y')]).expect("free now");
    keys.rebind(redo, &[Shortcut::ctrl('Z')]).expect("free now");
    let kept = keys.changes();
    assert_eq!(kept.len(), 2);
    assert_eq!(Keymap::with_changes(&kept), (keys, Vec::new()));
    let text = kept.values().flatten().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(text, ["Ctrl+Z", "Ctrl+Y"]);
    let unknown = BTreeMap::from([("edit.fly".to_owned(), vec![Shortcut::ctrl('Z')])]);
    assert_eq!(Keymap::with_changes(&unknown), (Keymap::default(), vec!["edit.fly".to_owned()]));
}

#[test]
fn shortcuts_are_read_as_they_are_written() {
    for command in Command::all() {
        for shortcut in command.shortcuts() {
            assert_eq!(shortcut.to_string().parse(), Ok(shortcut));
        }
    }
    assert_eq!("ctrl+shift+z".parse(), Ok(Shortcut::ctrl_shift('Z')));
    assert!("Ctrl+".parse::<Shortcut>().is_err());
    assert!("Hyper+Z".parse::<Shortcut>().is_err());
    assert!("F13".parse::<Shortcut>().is_err());
}
