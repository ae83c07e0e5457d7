//! Copies of the project that others worked on, joined in the window.

use std::path::Path;
use std::sync::Arc;

use editing::{Command, FileCommand};
use project::{Author, Change, ClassCode, Edit, Label, RegionId};
use store::{OpenMode, Session};

use super::window::Window;
use crate::outbox::Ask;

/// Gives the first region another class, as its member would.
fn relabel(path: &Path, author: &str, class: &str) -> RegionId {
    let mut session = Session::open(path, OpenMode::ReadWrite { holder: author.to_owned() }).expect("opens");
    let region = *session.project().regions().keys().next().expect("a region");
    let (id, before) = session.project().label_of(region).expect("labelled");
    let (id, before) = (id, Arc::clone(before));
    let after = Label { class: ClassCode::new(class), ..(*before).clone() };
    let edit = Edit::Label(Change::replace(id, before, Arc::new(after)));
    session.edit(&Author::new(author), 5, edit).expect("relabelled");
    session.close().expect("closed");
    region
}

#[test]
fn copies_are_joined_after_a_look_at_what_comes_and_a_conflict_is_decided_at_its_region() {
    let mut window = Window::with_labels(2);
    let (path, copy) = (window.folder().join("town.gpkg"), window.folder().join("ben.gpkg"));
    window.program().run(Command::File(FileCommand::Close));
    window.settle();
    std::fs::copy(&path, &copy).expect("copied");
    relabel(&copy, "Ben", "destroyed");
    let region = relabel(&path, "Ana", "major damage");
    window.program().open(vec![path]);
    window.until("the project is open", |p| p.state.project.is_some());
    window.settle();

    window.program().begin_join(vec![copy]);
    window.until("the copy is read", |p| {
        p.state.exchange.join.as_ref().is_some_and(|draft| draft.outlook.is_some())
    });
    window.settle();
    window.expect("Conflicts: 1");
    assert!(window.content().conflicts().is_empty(), "nothing is done before it is asked for");
    window.click("Join 1 entry");
    window.until("the copy is joined", |p| p.state.project.is_some() && !p.state.exchange.is_open());
    window.settle();
    let conflict = window.content().conflicts().values().next().cloned().expect("one conflict");
    assert_eq!(window.content().outcome(region).state, project::review::ReviewState::Disputed);

    window.resize(1280.0, 1000.0);
    window.program().carry_out(Ask::Visit(region));
    window.settle();
    assert!(window.reads(&format!("{} has another version", conflict.author)));
    let stood = window.content().label_of(region).map(|(_, label)| label.class.clone());
    window.click(&format!("Take {}’s version", conflict.author));
    assert!(window.content().conflicts().is_empty());
    let stands = window.content().label_of(region).map(|(_, label)| label.class.clone());
    assert!(stands != stood, "the other version took its place");
    window.program().run(Command::Edit(editing::EditCommand::Undo));
    window.settle();
    assert_eq!(window.content().conflicts().len(), 1, "a decision can be taken back");
}

#[test]
fn a_file_of_another_project_is_named_in_the_dialog_and_nothing_happens() {
    let mut window = Window::with_labels(1);
    window.settle();
    let other = window.folder().join("other.gpkg");
    let identity = store::Identity::new("test", 0);
    Session::create(&other, &identity, "Ben").expect("made").close().expect("closed");
    window.program().begin_join(vec![other]);
    window.settle();
    assert!(window.reads("a copy of another project"));
    window.press(egui::Key::Escape);
    assert!(!window.program().state.exchange.is_open());
}
