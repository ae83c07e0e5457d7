//! The image cube as a person opens, turns and cuts it.

use editing::{Command, Pane, ViewCommand};
use egui::{Key, vec2};
use picture::cube::{Block, Face, Turn};

use super::spectra::{cube, with_cube};
use super::window::Window;
use crate::offscreen::{Look, Offscreen};

const CANVAS: &str = "Image cube: 48 × 48 pixels, 12 bands";
const SHOW: Command = Command::View(ViewCommand::Pane(Pane::Cube));

fn with_open_cube() -> Window {
    let mut window = with_cube();
    window.resize(1440.0, 900.0);
    window.program().run(SHOW);
    window.settle();
    window
}

#[test]
fn the_cube_of_an_image_is_read_turned_zoomed_and_put_back() {
    let mut window = with_open_cube();
    window.expect(CANVAS);
    assert!(window.reads("Every pixel"), "it is small enough");
    let first = window.program().state.cube.turn;
    let middle = window.place(CANVAS).center();
    window.drag(middle, middle + vec2(60.0, 20.0));
    let turned = window.program().state.cube.turn;
    assert_ne!(turned.yaw_deg, first.yaw_deg);
    assert!(turned.pitch_deg > first.pitch_deg, "pulled down, it is seen from above");
    window.press(Key::ArrowLeft);
    assert_ne!(window.program().state.cube.turn.yaw_deg, turned.yaw_deg, "arrows turn it too");
    let camera = window.program().state.camera;
    let notch = egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, 1.0),
        modifiers: egui::Modifiers::NONE,
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
    };
    window.event(egui::Event::PointerMoved(middle));
    window.event(notch);
    window.settle();
    assert!(window.program().state.cube.turn.zoom > 1.0);
    assert_eq!(window.program().state.camera, camera, "the map stays");
    window.click("Whole cube");
    assert_eq!(window.program().state.cube.turn, Turn::default());
}

#[test]
fn sliders_cut_the_cube_open_and_say_where() {
    let mut window = with_open_cube();
    let rail = window.place("Top");
    window.press_at(rail.center());
    let block = window.program().state.cube.block;
    assert!((4..=7).contains(&block.off), "half of the bands are off: {block:?}");
    assert!(window.reads("nm"), "the band on top is called by its wavelength");
    let rail = window.place("Right side");
    window.press_at(rail.lerp_inside(vec2(0.25, 0.5)));
    let block = window.program().state.cube.block;
    assert!((8..=16).contains(&block.columns), "{block:?}");
    let number = window.program().state.cube.loaded.as_ref().map(|l| l.number).expect("loaded");
    let renderer = window.program().renderer.lock();
    for face in [Face::Top, Face::Right, Face::Lower] {
        assert!(renderer.tiles().contains(face.tile(number)), "{face:?} is on the GPU");
    }
    drop(renderer);
    window.click("Whole cube");
    let block = window.program().state.cube.block;
    assert_eq!(block, Block::whole([48, 48, 12]));
}

#[test]
fn the_cube_is_let_go_with_its_panel() {
    let mut window = with_open_cube();
    let number = window.program().state.cube.loaded.as_ref().map(|l| l.number).expect("loaded");
    window.program().run(SHOW);
    window.settle();
    assert!(window.program().state.cube.loaded.is_none());
    assert!(!window.program().renderer.lock().tiles().contains(Face::Top.tile(number)));
    assert!(!window.sees(CANVAS));
    window.program().run(SHOW);
    window.settle();
    window.expect(CANVAS);
}

#[test]
fn an_image_of_few_bands_has_no_cube_and_the_command_says_why() {
    let mut window = Window::with_image();
    let reason = SHOW.unavailable(&window.program().state.situation());
    assert_eq!(reason, Some("Choose a layer with at least 4 bands"));
    window.program().run(SHOW);
    window.settle();
    assert!(!window.program().state.arrangement().shows(Pane::Cube));
    window.program().show_pane(Pane::Cube);
    window.settle();
    assert!(window.reads("A cube needs at least 4 bands. This image has 1 band."));
    let hide = SHOW.unavailable(&window.program().state.situation());
    assert_eq!(hide, None, "what is shown can be hidden");
}

#[test]
fn a_bad_band_leaves_the_sides_and_what_is_on_the_map_is_on_top() {
    let mut window = with_open_cube();
    let (id, source) = {
        let (id, layer) = window.program().state.layers.iter().next().expect("a layer");
        (*id, layer.source().expect("open").clone())
    };
    let before = window.program().state.cube.loaded.as_ref().map(|l| l.limits).expect("loaded");
    for band in 6..12 {
        window.program().state.spectra.set_bad(id, &source, band, true);
    }
    window.settle();
    let after = window.program().state.cube.loaded.as_ref().map(|l| l.limits).expect("loaded");
    assert!(after[1] < before[1], "the bright bands count no more: {before:?} {after:?}");
}

#[test]
fn the_cube_is_drawn_beside_the_map() {
    let folder = tempfile::tempdir().expect("folder");
    let path = cube(folder.path());
    let setting = crate::frame::Setting {
        data_folder: Some(folder.path().join("data")),
        threads: 3,
        ..crate::frame::Setting::default()
    };
    let look = Look { size_px: [1280, 720], ..Look::default() };
    let mut window = Offscreen::new(look, setting).expect("started");
    window.program().open(vec![path]);
    window.settle().expect("settled");
    let map = window.program().state.map_rect;
    window.program().run(SHOW);
    window.settle().expect("settled");
    let narrower = window.program().state.map_rect;
    assert!(narrower.width() < map.width());
    let picture = window.picture().expect("drawn");
    let panel = window.program().state.theme.color.panel.to_array();
    // Between the map and the column at the right.
    let x = f32::midpoint(narrower.right(), map.right()) as u32;
    let other = (80..400).filter(|y| picture.pixel(x, *y) != Some(panel)).count();
    assert!(other > 100, "{other} of 320 pixels are of the cube");
}
