//! How a layer is shown is found again when it is opened again.

use std::path::{Path, PathBuf};

use editing::{Command, Pane, ViewCommand};
use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, vec2};
use picture::BandMix;
use renderer::Colormap;

use super::spectra::cube;
use super::window::Window;
use crate::frame::Setting;
use crate::map::layer::{Contrast, MapLayer};
use crate::offscreen::{Look, Offscreen};
use crate::outbox::{Ask, LayerAsk};

fn setting(folder: &Path) -> Setting {
    Setting {
        config_folder: Some(folder.join("config")),
        data_folder: Some(folder.join("data")),
        threads: 3,
        ..Setting::default()
    }
}

/// A window of its own with these files open.
fn open(folder: &Path, files: Vec<PathBuf>) -> Offscreen {
    let look = Look { size_px: [900, 600], ..Look::default() };
    let mut window = Offscreen::new(look, setting(folder)).expect("started");
    window.program().open(files);
    window.settle().expect("settled");
    window
}

fn close(window: Offscreen) {
    window.into_program().close().expect("closed");
}

fn layer(window: &mut Offscreen) -> MapLayer {
    window.program().state.layers.values().next().expect("a layer").clone()
}

fn ask(window: &mut Offscreen, ask: LayerAsk) {
    let id = *window.program().state.layers.keys().next().expect("a layer");
    window.program().carry_out(Ask::Layer(id, ask));
    window.settle().expect("settled");
}

#[test]
fn an_image_looks_as_it_did_when_it_was_last_open() {
    let folder = tempfile::tempdir().expect("folder");
    let path = cube(folder.path());
    let mut window = open(folder.path(), vec![path.clone()]);
    let first = layer(&mut window).look().expect("open");
    ask(&mut window, LayerAsk::Mix(BandMix::Single { band: 7, colormap: Colormap::Batlow }));
    ask(&mut window, LayerAsk::Contrast(Contrast::Deviation(1.5)));
    ask(&mut window, LayerAsk::Gamma(0.7));
    ask(&mut window, LayerAsk::Opacity(0.4));
    ask(&mut window, LayerAsk::Visible(false));
    let id = *window.program().state.layers.keys().next().expect("a layer");
    let source = layer(&mut window).source().expect("open").clone();
    window.program().state.spectra.set_bad(id, &source, 3, true);
    let kept = layer(&mut window).look().expect("open");
    assert_ne!(kept, first);
    close(window);

    let mut window = open(folder.path(), vec![path.clone()]);
    let again = layer(&mut window);
    assert_eq!(again.look(), Some(kept));
    assert!(!again.visible && again.rendering().is_some_and(|r| r.opacity == 0.4));
    let id = *window.program().state.layers.keys().next().expect("a layer");
    let source = again.source().expect("open").clone();
    assert!(window.program().state.spectra.bad(id, &source)[3], "the tick is there again");
    ask(&mut window, LayerAsk::FirstLook);
    ask(&mut window, LayerAsk::Visible(true));
    close(window);

    let mut window = open(folder.path(), vec![path]);
    assert_eq!(layer(&mut window).look(), Some(first), "back to the first look, for good");
    close(window);
}

#[test]
fn black_and_white_by_hand_and_a_formula_are_found_again() {
    let folder = tempfile::tempdir().expect("folder");
    let path = cube(folder.path());
    let mut window = open(folder.path(), vec![path.clone()]);
    let image = layer(&mut window).source().expect("open").image().clone();
    let expression = expression::Expression::parse("b8 - b2").expect("read");
    let formula = picture::Formula::new(expression, &image).expect("bands");
    ask(&mut window, LayerAsk::Mix(BandMix::Formula { formula, colormap: Colormap::Vik }));
    ask(&mut window, LayerAsk::Limits(0, [-0.25, 0.5]));
    close(window);
    let mut window = open(folder.path(), vec![path]);
    let look = layer(&mut window).rendering().expect("open").clone();
    let BandMix::Formula { formula, colormap } = look.mix else { panic!("{:?}", look.mix) };
    assert_eq!((formula.text(), colormap), ("b8 - b2", Colormap::Vik));
    assert_eq!(look.stretch[0], [-0.25, 0.5]);
    close(window);
}

#[test]
fn a_look_of_bands_that_are_gone_or_a_broken_file_never_stops_the_program() {
    let folder = tempfile::tempdir().expect("folder");
    let path = cube(folder.path());
    let config = folder.path().join("config");
    std::fs::create_dir_all(&config).expect("made");
    let entry = serde_json::json!({
        "layer": path.canonicalize().expect("real").to_string_lossy(),
        "look": {"mix": {"rgb": [0, 1, 400]}, "gamma": 1e30, "opacity": 0.5, "contrast": {"deviation": null}},
    });
    let good = serde_json::json!({
        "layer": path.canonicalize().expect("real").to_string_lossy(),
        "look": {"mix": {"rgb": [0, 1, 400]}, "gamma": 1e30, "opacity": 0.5, "contrast": "min_max"},
    });
    let kept = serde_json::json!({"version": 1, "looks": [entry, good]});
    std::fs::write(config.join("looks.json"), kept.to_string()).expect("written");
    let mut window = open(folder.path(), vec![path.clone()]);
    let look = layer(&mut window).rendering().expect("open").clone();
    assert!(look.mix.bands().iter().all(|band| *band < 12), "{:?}", look.mix);
    assert_eq!((look.gamma, look.opacity), (3.0, 0.5));
    close(window);
    std::fs::write(config.join("looks.json"), b"\x00\xff{{").expect("written");
    let mut window = open(folder.path(), vec![path]);
    assert!(layer(&mut window).view().is_some());
    let told = window.program().state.notices.shown().iter().any(|n| n.text.contains("looks.json"));
    assert!(told, "it is said");
    close(window);
}

#[test]
fn a_day_set_by_hand_lets_the_slider_go_through_layers_without_one() {
    let mut window = Window::without_project();
    let paths: Vec<PathBuf> = ["early.png", "late.png"]
        .map(|name| {
            let path = window.folder().join(name);
            image::save_buffer(&path, &[90; 32 * 24], 32, 24, image::ColorType::L8).expect("written");
            path
        })
        .into();
    window.program().open(paths);
    window.until("both are open", |p| p.state.layers.values().filter(|l| l.view().is_some()).count() == 2);
    window.settle();
    assert!(window.program().state.situation().days == 0);
    let ids: Vec<project::LayerId> = window.program().state.layers.keys().copied().collect();
    let day = jiff::civil::Date::constant(1999, 8, 7);
    window.program().carry_out(Ask::Layer(ids[0], LayerAsk::Taken(Some(day))));
    window.settle();
    assert_eq!(window.program().state.situation().days, 1);
    // The other by the field in its menu.
    window.program().carry_out(Ask::Layer(ids[1], LayerAsk::Activate));
    let name = window.content().layers()[&ids[1]].name.clone();
    let row = window.place(&name);
    window.press_at(row.right_center() - vec2(12.0, 0.0));
    window.expect("Taken: the file does not say");
    window.click("Day, as in 2011-05-22");
    window.types("2001-02-03");
    window.press(Key::Enter);
    let taken = window.program().state.layers[&ids[1]].taken;
    assert_eq!(taken, Some(jiff::civil::Date::constant(2001, 2, 3)));
    assert_eq!(window.program().state.situation().days, 2);
    window.press(Key::T);
    window.settle();
    assert!(window.reads("3 February 2001"), "the slider is on the newest day");
}

#[test]
fn gamma_and_opacity_have_names_and_are_changed_by_them() {
    let mut window = Window::with_image();
    window.program().run(Command::View(ViewCommand::Pane(Pane::Region)));
    window.resize(1280.0, 1000.0);
    let rail = window.place("Opacity");
    window.press_at(rail.lerp_inside(vec2(0.5, 0.5)));
    let opacity = window.program().state.layers.values().next().and_then(|l| Some(l.rendering()?.opacity));
    assert!(opacity.is_some_and(|o| (0.4..0.6).contains(&o)), "{opacity:?}");
    let rail = window.place("Gamma");
    window.press_at(rail.lerp_inside(vec2(0.9, 0.5)));
    let gamma = window.program().state.layers.values().next().and_then(|l| Some(l.rendering()?.gamma));
    assert!(gamma.is_some_and(|g| g > 1.5), "{gamma:?}");
    window.expect("Gamma, as a number");
    window.expect("Opacity, as a number");
}

#[test]
fn the_wheel_with_ctrl_zooms_where_there_are_no_other_bands() {
    let mut window = Window::with_image();
    let middle = window.program().state.map_rect.center();
    let before = window.program().state.camera;
    window.event(Event::PointerMoved(middle));
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, 1.0),
        modifiers: Modifiers::COMMAND,
        phase: TouchPhase::Move,
        source: MouseWheelSource::Wheel,
    });
    window.settle();
    let after = window.program().state.camera;
    assert!(after.resolution < before.resolution, "closer");
}

#[test]
fn a_dropped_folder_of_scenes_is_one_layer_and_pasted_paths_are_opened() {
    let mut window = Window::without_project();
    let folder = window.folder().join("scenes of spring");
    std::fs::create_dir_all(&folder).expect("made");
    for (name, x) in [("west", 365_000.0), ("east", 365_032.0)] {
        super::map_tools::georeferenced_at(&folder.join(format!("{name}_20220512.tif")), x);
    }
    window.event(Event::Paste(format!("\"{}\"", folder.display())));
    window.until("the folder is a layer", |p| p.state.layers.values().any(|l| l.view().is_some()));
    window.settle();
    let layers = window.content().layers().values().map(|l| (l.name.clone(), l.width)).collect::<Vec<_>>();
    assert_eq!(layers, [("scenes of spring".to_owned(), 128)], "a mosaic of two");
    assert!(window.program().state.notices.shown().iter().all(|n| n.tone != crate::notice::Tone::Problem));
}
