//! What the window says, and keeps, while nothing can be saved.

use editing::{Command, FileCommand};

use super::window::Window;
use crate::work::Purpose;

#[test]
fn a_project_whose_file_is_gone_says_so_stays_open_and_is_saved_elsewhere() {
    let mut window = Window::with_labels(3);
    window.settle();
    let path = window.folder().join("town.gpkg");
    for suffix in ["", "-wal", "-shm"] {
        // The last two are there while something writes.
        let _ = std::fs::remove_file(window.folder().join(format!("town.gpkg{suffix}")));
    }
    window.label_everything("destroyed");
    window.until("it says that nothing can be saved", |p| p.state.store_failure.is_some());
    window.settle();
    window.expect("Not saved");
    let said = window.program().state.store_failure.clone().expect("the banner's text");
    assert!(said.contains("no longer where it was") && said.contains("Retry"), "{said}");
    window.program().run(Command::File(FileCommand::Close));
    window.settle();
    window.expect("The last changes could not be saved, so the project stays open.");
    let shown = window.content().clone();
    let elsewhere = window.folder().join("rescued.gpkg");
    window.program().chosen(Purpose::SaveCopy, vec![elsewhere.clone()]);
    window.until("the copy is open", |p| {
        p.state.project.as_ref().is_some_and(|open| open.session.path().ends_with("rescued.gpkg"))
    });
    window.settle();
    assert!(window.program().state.store_failure.is_none() && !path.exists());
    assert!(*window.content() == shown, "everything that was on screen is there");
    window.label_everything("no damage");
    window.until("work goes on and is saved", |p| {
        p.state.project.as_ref().is_some_and(|open| open.session.is_saved())
    });
}
