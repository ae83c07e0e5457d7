//! Labels in and out by the dialogs.

use editing::{Command, DatasetCommand};
use scenes::{SceneFiles, SceneOptions, write_scene};

use super::window::Window;

/// A small town by seed with its image on the map; the files it was made of.
fn town() -> (Window, SceneFiles) {
    let mut window = Window::without_project();
    let options = SceneOptions::sized(512, 384, 0.1);
    let files = write_scene(window.folder(), 7, &options, &|_| {}).expect("a scene");
    window.program().open(vec![files.post.clone()]);
    window.until("the image is on the map", |p| p.state.layers.values().any(|l| l.view().is_some()));
    window.settle();
    (window, files)
}

#[test]
fn a_dropped_label_file_is_shown_before_it_is_imported_as_one_edit_and_exported_again() {
    let (mut window, files) = town();
    window.program().open(vec![files.footprints_aligned.clone()]);
    window.until("the plan is there", |p| {
        p.state.exchange.import.as_ref().is_some_and(|d| matches!(d.outlook(), Some(Ok(_))))
    });
    window.settle();
    assert!(window.content().regions().is_empty(), "nothing is imported before it is asked for");
    let shapes = window.planned_regions();
    assert!(shapes > 0);
    window.expect(&format!("Will be taken: {shapes}"));
    let word = if shapes == 1 { "region" } else { "regions" };
    window.click(&format!("Import {shapes} {word}"));
    assert_eq!(window.content().regions().len(), shapes);
    assert!(!window.program().state.exchange.is_open());

    window.program().run(Command::Dataset(DatasetCommand::Export));
    window.settle();
    window.click("Only those that review has settled");
    window.click("Export");
    // Nothing is settled, so there is nothing to write; the dialog says so and stays.
    assert!(window.reads("othing to export"), "no reason is shown");
    window.click("Cancel");

    window.label_everything("destroyed");
    window.program().run(Command::Dataset(DatasetCommand::Export));
    window.settle();
    window.click("Export");
    window.expect(&format!("Regions out: {shapes}"));
    let report = match window.program().state.exchange.export.clone().and_then(|d| d.outcome) {
        Some(Ok(report)) => report,
        other => panic!("no receipt: {other:?}"),
    };
    assert_eq!((report.regions_in, report.regions_out), (shapes, shapes));
    assert!(dataset::check_export(&report.folder).is_ok());
    window.press(egui::Key::Enter);
    assert!(!window.program().state.exchange.is_open(), "Enter does what the primary button does");

    // The same folder again is refused with a way out.
    window.program().run(Command::Dataset(DatasetCommand::Export));
    window.settle();
    window.click("Export");
    assert!(window.reads("Choose another folder, or tick"));
}

#[test]
fn a_file_that_holds_no_labels_is_told_in_the_dialog() {
    let (mut window, _) = town();
    let path = window.folder().join("broken.geojson");
    std::fs::write(&path, b"{\"type\": \"FeatureCollection\", \"features\": [").expect("written");
    window.program().open(vec![path]);
    window.settle();
    assert!(window.reads("not valid JSON"));
    window.press(egui::Key::Escape);
    assert!(!window.program().state.exchange.is_open());
}
