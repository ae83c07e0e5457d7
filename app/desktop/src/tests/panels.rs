//! Panels are moved, sized, folded, hidden and remembered, and the map is what the window is for.

use editing::{Command, Pane, ViewCommand, Workspace};
use egui::{Key, pos2, vec2};

use super::window::Window;
use crate::workspaces::arrangement::Arrangement;

impl Window {
    fn go_to(&mut self, workspace: Workspace) {
        self.program().run(Command::View(ViewCommand::Show(workspace)));
        self.settle();
    }

    fn run(&mut self, command: ViewCommand) {
        self.program().run(Command::View(command));
        self.settle();
    }

    fn arrangement(&mut self) -> Arrangement {
        self.program().state.arrangement()
    }

    fn map(&mut self) -> egui::Rect {
        self.program().state.map_rect
    }
}

#[test]
fn the_map_takes_seven_tenths_of_a_small_window() {
    let mut window = Window::with_labels(3);
    // The harness keeps 8 points around what it shows.
    window.resize(1280.0 + 16.0, 720.0 + 16.0);
    for workspace in [Workspace::Explore, Workspace::Annotate] {
        window.go_to(workspace);
        let share = window.map().area() / (1280.0 * 720.0);
        assert!(share >= 0.70, "{workspace:?}: {share}");
    }
    // What floats over it leaves nearly all of it free, and is gone while the regions are hidden.
    let map = window.map();
    let free = crate::panels::next::free(&window.program().state, map);
    assert!(free.area() / map.area() >= 0.90, "{free:?} of {map:?}");
    window.click("Fold the filmstrip");
    window.expect("Show the next regions");
    let folded = crate::panels::next::free(&window.program().state, map);
    assert!(folded.area() > free.area());
    assert_eq!(window.map(), map);
}

#[test]
fn the_card_is_the_middle_of_the_review() {
    let mut window = Window::with_labels(2);
    window.go_to(Workspace::Review);
    let (queue, side) = (window.place("Queue"), window.place("Case"));
    let free = side.left() - queue.right();
    assert!(free > 640.0, "{free}");
    // The other tab of the same place.
    window.click("Agreement");
    assert!(window.arrangement().is_open(Pane::Agreement));
    window.click("Case");
    assert!(window.arrangement().is_open(Pane::Votes));
}

#[test]
fn a_panel_pulled_wider_stays_so_when_the_window_grows() {
    let mut window = Window::with_labels(2);
    window.settle();
    let before = window.map();
    let line = pos2(before.right() + 0.5, 300.0);
    window.drag(line, line - vec2(100.0, 0.0));
    let pulled = window.map();
    assert!((before.width() - pulled.width() - 100.0).abs() <= 2.0, "{before:?} {pulled:?}");
    window.resize(1920.0, 1080.0);
    let grown = window.map();
    assert!((1920.0 - grown.right() - (1280.0 - pulled.right())).abs() < 0.5, "{grown:?}");
    // Nobody can push the map out of the window.
    window.drag(pos2(grown.right() + 0.5, 300.0), pos2(20.0, 300.0));
    assert!(window.map().width() > 240.0, "{:?}", window.map());
    window.run(ViewCommand::ResetPanels);
    window.resize(1280.0, 720.0);
    assert_eq!(window.map(), before);
}

#[test]
fn a_panel_is_dragged_onto_another_and_becomes_its_tab() {
    let mut window = Window::with_labels(2);
    window.settle();
    let (map, layers, bands) = (window.map(), window.place("Layers"), window.place("Bands & stretch"));
    let middle = pos2(map.right() + 124.0, f32::midpoint(layers.bottom(), bands.top()));
    window.drag(window.place("Region").center(), middle);
    let after = window.arrangement();
    assert!(after.is_open(Pane::Region) && !after.is_open(Pane::Layers), "{after:?}");
    window.click("Layers");
    assert!(window.arrangement().is_open(Pane::Layers));
    assert!(window.arrangement().shows(Pane::Region));
}

#[test]
fn a_panel_goes_beside_the_map_but_never_over_it() {
    let mut window = Window::with_labels(2);
    window.settle();
    let first = window.arrangement();
    let (map, region) = (window.map(), window.place("Region").center());
    window.drag(region, map.center() + vec2(0.0, 14.0));
    assert_eq!(window.arrangement(), first, "the map stays in front");
    window.drag(region, pos2(map.left() + map.width() * 0.25, map.center().y));
    let moved = window.map();
    assert!(moved.left() > map.left() + 180.0, "{map:?} {moved:?}");
    assert!(window.place("Region").right() < moved.left());
    // Every press on the map is the map's still.
    let selected = |w: &mut Window| w.program().state.selection.len();
    assert_eq!(selected(&mut window), 0);
    window.run(ViewCommand::ZoomFit);
    let at = window.map().center();
    let camera = window.program().state.camera;
    window.program().state.camera =
        spatial::Viewport::new(spatial::WorldPoint { x: 5.0, y: -5.0 }, camera.resolution, camera.size_px);
    window.press_at(at);
    assert_eq!(selected(&mut window), 1);
}

#[test]
fn panels_fold_hide_and_come_back_by_name() {
    let mut window = Window::with_labels(2);
    window.settle();
    let region = window.place("Region").top();
    window.click("Layers");
    assert!(!window.reads("No imagery yet"), "folded");
    window.click("Layers");
    assert!(window.reads("No imagery yet"));
    assert_eq!(window.place("Region").top(), region);
    // Hidden by its own menu.
    window.click("Panel menu: Bands & stretch");
    window.click("Hide Bands & stretch");
    assert!(!window.sees("Bands & stretch"));
    // Shown by the palette.
    window.run(ViewCommand::CommandPalette);
    window.types("bands");
    window.press(Key::Enter);
    window.expect("Bands & stretch");
    assert_eq!(window.place("Region").top(), region);
    // A panel that never stood here, by the menu of another.
    window.click("Panel menu: Region");
    window.click("Classes");
    assert!(window.arrangement().is_open(Pane::Classes));
    window.expect("Destroyed");
    // One that belongs elsewhere brings its workspace along.
    window.run(ViewCommand::Pane(Pane::Agreement));
    assert_eq!(window.program().state.workspace, Workspace::Review);
    assert!(window.arrangement().is_open(Pane::Agreement));
}

#[test]
fn panels_are_remembered_by_workspace() {
    let config = tempfile::tempdir().expect("folder");
    let mut window = Window::remembering(2, config.path());
    window.run(ViewCommand::Pane(Pane::Bands));
    let map = window.map();
    window.drag(pos2(map.right() + 0.5, 300.0), pos2(map.right() - 80.0, 300.0));
    let (arranged, map) = (window.arrangement(), window.map());
    assert_ne!(arranged, Arrangement::first(Workspace::Explore));
    drop(window);
    let mut window = Window::remembering(2, config.path());
    assert_eq!((window.arrangement(), window.map()), (arranged, map));
    window.go_to(Workspace::Annotate);
    assert_eq!(window.arrangement(), Arrangement::first(Workspace::Annotate));
    drop(window);
    // The window signs as Ana in this session only.
    let kept = crate::preferences::Preferences::load(config.path()).0;
    assert_eq!(kept.author, crate::preferences::Preferences::default().author);
    // A file of another version.
    let file = config.path().join("preferences.toml");
    let text = std::fs::read_to_string(&file).expect("kept");
    std::fs::write(&file, text.replace("version = 1", "version = 99")).expect("written");
    let mut window = Window::remembering(2, config.path());
    assert_eq!(window.arrangement(), Arrangement::first(Workspace::Explore));
    assert!(window.reads("back at their first places"), "no notice");
}

/// A class name as long as German ones get.
const LONG: &str = "Schwer beschädigt (Einsturzgefahr, Nutzung durch die Bauaufsichtsbehörde untersagt)";

#[test]
fn nothing_is_pushed_out_of_the_window_by_scale_or_by_long_names() {
    let mut window = Window::with_labels(3);
    let author = project::Author::new("Ana");
    let mut schema = project::Schema::clone(window.content().schema().expect("classes").as_ref());
    LONG.clone_into(&mut schema.classes[0].name);
    let before = window.content().schema().cloned();
    let change = project::Change { id: (), before, after: Some(std::sync::Arc::new(schema)) };
    let open = window.program().state.project.as_mut().expect("open");
    open.session.edit(&author, 1, project::Edit::Schema(change)).expect("renamed");
    // What 1280 × 720 pixels are at the scales 1, 1.5 and 2.
    for (width, height) in [(1280.0, 720.0), (853.0, 480.0), (640.0, 360.0)] {
        window.resize(width + 16.0, height + 16.0);
        let all = egui::Rect::from_min_size(egui::Pos2::ZERO, vec2(width + 16.0, height + 16.0));
        window.go_to(Workspace::Annotate);
        for name in ["Preferences", "Search or command", "Panel menu: Classes", LONG, "Fold the filmstrip"] {
            let place = window.place(name);
            assert!(all.contains_rect(place), "{name} at {width}: {place:?}");
        }
        let share = window.map().area() / (width * height);
        assert!(share > 0.4, "{width}: {share}");
        window.program().state.preferences.author = "Ben".to_owned();
        window.go_to(Workspace::Review);
        for name in ["Stage 2", "Panel menu: Queue", "Panel menu: Case", "Accept", "Next case"] {
            let place = window.place(name);
            assert!(all.contains_rect(place), "{name} at {width}: {place:?}");
        }
        let (queue, side) = (window.place("Panel menu: Queue"), window.place("Panel menu: Case"));
        let long = window.place(LONG);
        assert!(long.right() < side.left() && long.left() > queue.right(), "{width}: {long:?}");
        window.program().state.preferences.author = "Ana".to_owned();
    }
}
