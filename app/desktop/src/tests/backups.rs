//! Copies that the window keeps of a project, and what it offers when the project does not open.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use editing::{Command, FileCommand};
use store::backups::generations;

use super::window::Window;

impl Window {
    fn back_up(&mut self) {
        self.until("it is saved", |p| p.state.project.as_ref().is_some_and(|open| open.session.is_saved()));
        self.program().begin_backup();
        self.until("the copy is made", |p| !p.is_backing_up());
    }
}

/// Overwrites the head of the file, as a disk that fails would.
fn ruin(path: &Path) {
    let mut file = std::fs::File::options().write(true).open(path).expect("opens");
    file.seek(SeekFrom::Start(0)).expect("there");
    file.write_all(&[0xAA; 8192]).expect("written");
}

#[test]
fn a_project_that_does_not_open_is_offered_from_its_backup_and_comes_back() {
    let mut window = Window::with_labels(3);
    window.settle();
    let path = window.folder().join("town.gpkg");
    window.label_everything("destroyed");
    window.back_up();
    let shown = window.content().clone();
    window.program().run(Command::File(FileCommand::Close));
    window.settle();
    assert_eq!(generations(&path).len(), 1);
    ruin(&path);
    window.program().open(vec![path.clone()]);
    window.until("it asks", |p| p.state.overlays.question.is_some());
    window.settle();
    window.expect("town.gpkg cannot be opened");
    window.click("Not now");
    window.settle();
    assert!(window.program().state.overlays.question.is_none() && window.program().state.project.is_none());
    window.program().open(vec![path.clone()]);
    window.until("it asks again", |p| p.state.overlays.question.is_some());
    window.settle();
    window.click("Restore");
    window.until("it is open", |p| p.state.project.is_some());
    window.settle();
    assert!(*window.content() == shown, "everything is back");
    assert!(window.reads("Restored from the backup of"), "it says so");
    assert!(path.with_file_name("town.gpkg.damaged").exists(), "what was there is kept");
    window.label_everything("no damage");
    window.until("work goes on and is saved", |p| {
        p.state.project.as_ref().is_some_and(|open| open.session.is_saved())
    });
}

#[test]
fn a_project_without_a_backup_says_only_why_it_does_not_open() {
    let mut window = Window::with_labels(1);
    window.settle();
    let path = window.folder().join("town.gpkg");
    window.program().run(Command::File(FileCommand::Close));
    window.settle();
    ruin(&path);
    window.program().open(vec![path]);
    window.settle();
    assert!(window.program().state.overlays.question.is_none());
    assert!(window.reads("town.gpkg"), "a notice names the file");
}
