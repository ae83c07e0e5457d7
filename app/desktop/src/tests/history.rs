//! The journal as a list: what was done, taken back alone, found again.

use editing::{Command, Pane, ViewCommand, Workspace};
use egui::Key;
use project::review::{Stage, Verdict, Vote};
use project::{Author, ClassCode, RegionId};

use super::window::Window;

impl Window {
    fn history(&mut self, workspace: Workspace) {
        self.program().run(Command::View(ViewCommand::Show(workspace)));
        self.program().show_pane(Pane::History);
        self.settle();
    }

    /// The regions in the order of reading.
    fn regions(&mut self) -> Vec<RegionId> {
        let open = self.program().state.project.as_ref().expect("a project");
        open.counts.order.regions().to_vec()
    }
}

#[test]
fn an_old_entry_is_chosen_shown_and_taken_back_alone() {
    let mut window = Window::with_labels(3);
    window.history(Workspace::Annotate);
    let regions = window.regions();
    // The classes, then each region with its label.
    window.click_what_begins("Entry 5: Label region 2 “No damage”, Ana");
    assert_eq!(window.program().state.selection.primary(), Some(regions[1]), "it is selected");
    let bounds = window.content().region(regions[1]).and_then(|r| r.bounds()).expect("a box");
    let at = window.program().state.camera.center;
    assert!((at.x - bounds.center().x).abs() < 1.0 && (at.y - bounds.center().y).abs() < 1.0, "{at:?}");
    window.click("Undo this one");
    assert!(window.content().label_of(regions[1]).is_none());
    assert!(
        window.content().label_of(regions[0]).is_some() && window.content().label_of(regions[2]).is_some()
    );
    assert!(window.reads("Entry 8: Take back entry 5: Label region 2"));
    assert!(window.reads("taken back"), "entry 5 is struck out");
    window.click_what_begins("Entry 8: Take back");
    window.click("Bring it back");
    assert!(window.content().label_of(regions[1]).is_some());
    // What was done last was taken back by that: an undo, whichever button did it.
    window.press_with(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::Z);
    assert!(window.content().label_of(regions[1]).is_none(), "redo takes it back again");
    window.press_with(egui::Modifiers::COMMAND, Key::Z);
    assert!(
        window.content().label_of(regions[1]).is_some() && window.content().label_of(regions[2]).is_some()
    );
    window.press_with(egui::Modifiers::COMMAND, Key::Z);
    assert!(window.content().label_of(regions[2]).is_none(), "then the edit before it");
}

#[test]
fn what_something_was_built_on_says_what_came_after_it() {
    let mut window = Window::with_labels(2);
    window.history(Workspace::Annotate);
    window.click_what_begins("Entry 2: Add region 1");
    assert!(window.reads("it still has labels. After it came entry 3 by Ana: Label region 1"));
    window.click("Undo this one");
    assert_eq!(window.content().regions().len(), 2, "it cannot be pressed");
}

#[test]
fn the_list_is_searched_by_words_and_people() {
    let mut window = Window::with_labels(3);
    window.history(Workspace::Annotate);
    window.write("Search what was done", "region 2");
    assert!(window.reads("Entry 5: Label region 2") && window.reads("Entry 4: Add region 2"));
    assert!(!window.reads("Entry 3:") && !window.reads("Entry 7:"));
    window.write("Search what was done", " and nobody");
    window.click("Show everything that was done");
    assert!(window.reads("Entry 7:"));
}

#[test]
fn the_voter_of_an_open_committee_stays_unknown() {
    let mut window = Window::with_labels(1);
    let case = window.regions()[0];
    let open = window.program().state.project.as_mut().expect("a project");
    let id = open.session.ids(5).vote();
    let vote = Vote {
        id,
        case,
        member: Author::new("Cem"),
        stage: Stage::Two,
        verdict: Verdict::Edit,
        class: Some(ClassCode::new("destroyed")),
        confidence: None,
        note: "no roof".into(),
        seconds: None,
        at_ms: None,
    };
    open.session.vote(5, vote).expect("cast");
    window.history(Workspace::Review);
    assert!(window.reads("Entry 4: A committee vote, sealed until the committee is complete, sealed"));
    window.click_what_begins("Entry 4:");
    assert!(!window.reads("Cem") && !window.reads("no roof"), "a sealed vote is on screen");
    assert!(window.reads("A vote cannot be undone"));
    window.write("Search what was done", "no roof");
    window.expect("No entry matches.");
}

#[test]
fn control_h_shows_the_history_and_hides_it_again() {
    let mut window = Window::with_labels(1);
    let shown = |w: &mut Window| w.program().state.arrangement().is_open(Pane::History);
    assert!(!shown(&mut window));
    window.press_with(egui::Modifiers::COMMAND, Key::H);
    assert!(shown(&mut window) && window.reads("Entry 3:"));
    window.press_with(egui::Modifiers::COMMAND, Key::H);
    assert!(!shown(&mut window));
}
