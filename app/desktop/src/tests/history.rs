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
        seal: None,
        shape: None,
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

#[test]
fn what_was_undone_stays_a_branch_that_a_click_goes_to_also_after_a_restart() {
    let mut window = Window::with_labels(2);
    window.resize(1280.0, 1600.0);
    let regions = window.regions();
    let class = |w: &mut Window, id| w.content().label_of(id).map(|(_, label)| label.class.to_string());
    window.program().state.selection = editing::Selection::one(regions[0]);
    window.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
    window.settle();
    // Entry 6, taken back by 7, and another in its place: 8.
    window.press(Key::Num4);
    window.press_with(egui::Modifiers::COMMAND, Key::Z);
    window.press(Key::Num2);
    let (branch, here) = (Some("destroyed".to_owned()), class(&mut window, regions[0]));
    assert_ne!(here, branch);
    window.press_with(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::H);
    assert!(window.reads("State after entry 8: ") && window.reads(", the present one"));
    window.click_what_begins("State after entry 6: Label region 1");
    assert_eq!(class(&mut window, regions[0]), branch);
    assert_eq!(window.program().state.project.as_ref().map(|o| o.session.history().last_seq()), Some(10));
    window.expect("The project is as it was after entry 6.");
    window.click_what_begins("State after entry 3: ");
    assert_eq!(window.content().regions().len(), 1, "the second region was not there yet");
    window.write("Search what was done", "destroyed");
    window.click_what_begins("State after entry 6: ");
    assert_eq!((window.content().regions().len(), class(&mut window, regions[0])), (2, branch.clone()));
    let path = window.program().state.project.as_ref().expect("a project").session.path().to_owned();
    let copy = window.folder().join("again.gpkg");
    window.until("it is saved", |p| p.state.project.as_ref().is_some_and(|o| o.session.is_saved()));
    window.program().state.project.take().expect("a project").close().expect("closed");
    std::fs::copy(path, &copy).expect("copied");
    window.program().open(vec![copy]);
    window.until("it is open again", |p| p.state.project.is_some());
    window.settle();
    window.press_with(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::H);
    if !window.reads("State after entry 8: ") {
        window.press_with(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::H);
    }
    window.click_what_begins("State after entry 8: ");
    assert_eq!(class(&mut window, regions[0]), here);
}
