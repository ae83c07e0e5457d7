//! Two layers beside each other: with a divider, and in linked views.

use editing::{Command, MapCommand, ViewCommand};
use egui::{Key, Rect, vec2};

use super::window::Window;
use crate::frame::Setting;
use crate::map::compare;
use crate::offscreen::{Look, Offscreen};

/// A window that draws, with a white layer over a black one.
fn black_and_white(folder: &std::path::Path) -> Offscreen {
    let files = [("black.png", 0_u8), ("white.png", 255)].map(|(name, value)| {
        let path = folder.join(name);
        image::save_buffer(&path, &[value; 64 * 48], 64, 48, image::ColorType::L8).expect("written");
        path
    });
    let setting = Setting { data_folder: Some(folder.join("data")), threads: 3, ..Setting::default() };
    let look = Look { size_px: [1000, 600], ..Look::default() };
    let mut window = Offscreen::new(look, setting).expect("started");
    for file in files {
        window.program().open(vec![file]);
        window.settle().expect("settled");
    }
    assert_eq!(window.program().state.layers.len(), 2);
    window.program().state.preferences.map.pixel_values = false;
    window
}

fn grey(window: &mut Offscreen, at: egui::Pos2) -> u8 {
    window.settle().expect("settled");
    let picture = window.picture().expect("drawn");
    picture.pixel(at.x as u32, at.y as u32).expect("inside")[0]
}

#[test]
fn the_swipe_shows_one_layer_on_each_side_of_the_divider() {
    let folder = tempfile::tempdir().expect("folder");
    let mut window = black_and_white(folder.path());
    let map: Rect = window.program().state.map_rect;
    let (left, right) = (map.lerp_inside(vec2(0.4, 0.4)), map.lerp_inside(vec2(0.6, 0.4)));
    assert_eq!((grey(&mut window, left), grey(&mut window, right)), (255, 255));
    window.program().run(Command::View(ViewCommand::ToggleSwipe));
    assert_eq!((grey(&mut window, left), grey(&mut window, right)), (0, 255), "black left, white right");
    let mut swipe = window.program().state.aids.swipe.expect("on");
    swipe.share = 0.2;
    (swipe.left, swipe.right) = (swipe.right, swipe.left);
    window.program().state.aids.swipe = Some(swipe);
    assert_eq!((grey(&mut window, left), grey(&mut window, right)), (0, 0), "the divider is left of both");
    window.program().run(Command::View(ViewCommand::ToggleSwipe));
    assert_eq!(grey(&mut window, left), 255);
}

#[test]
fn linked_views_show_one_place_with_layers_of_their_own_from_the_same_tiles() {
    let folder = tempfile::tempdir().expect("folder");
    let mut window = black_and_white(folder.path());
    window.program().run(Command::Map(MapCommand::Views(2)));
    window.settle().expect("settled");
    let all: Rect = window.program().state.map_rect;
    let first = all.center() + vec2(0.0, 40.0);
    let second = first + vec2(all.width() + 2.0, 0.0);
    assert_eq!((grey(&mut window, first), grey(&mut window, second)), (255, 0));
    // A layer that two views show is asked for once.
    let state = &mut window.program().state;
    let ids = compare::top_first(state);
    state.aids.views.show(&ids, 1, ids[0], true);
    assert_eq!(compare::views_of(state).len(), 2);
    assert_eq!((grey(&mut window, first), grey(&mut window, second)), (255, 255));
    // Hidden in the panel, it still shows in the view that wants it.
    let state = &mut window.program().state;
    for layer in state.layers.values_mut() {
        layer.set_visible(false);
    }
    assert_eq!(grey(&mut window, second), 255);
}

fn two_layers() -> Window {
    let mut window = Window::with_image();
    let path = window.folder().join("again.tif");
    super::map_tools::georeferenced(&path);
    window.program().open(vec![path]);
    window.until("both are open", |p| p.state.layers.values().filter(|l| l.view().is_some()).count() == 2);
    window.settle();
    window
}

#[test]
fn the_divider_is_dragged_and_moved_by_arrows_and_the_map_stays() {
    let mut window = Window::with_image();
    let swipe = Command::View(ViewCommand::ToggleSwipe);
    assert_eq!(
        swipe.unavailable(&window.program().state.situation()),
        Some("Add a second layer to compare with")
    );
    let mut window = two_layers();
    window.press(Key::S);
    let divider = window.place("Swipe divider");
    let camera = window.program().state.camera;
    window.drag(divider.center(), divider.center() - vec2(200.0, 0.0));
    let moved = window.place("Swipe divider");
    assert!((divider.center().x - moved.center().x - 200.0).abs() < 3.0, "{divider:?} {moved:?}");
    assert_eq!(window.program().state.camera, camera);
    assert!(window.reads("Left layer: ") && window.reads("Right layer: "));
    window.press(Key::S);
    assert!(!window.sees("Swipe divider"));
}

#[test]
fn the_wheel_and_a_drag_in_any_linked_view_move_them_all() {
    let mut window = two_layers();
    window.press(Key::L);
    window.expect("View 2");
    window.expect("Layers of view 1");
    let second = window.place("View 2");
    let first = window.program().state.map_rect;
    assert_eq!(first.size(), second.size());
    let before = window.program().state.camera;
    window.press(Key::G);
    window.drag(second.center(), second.center() + vec2(60.0, 0.0));
    let after = window.program().state.camera;
    assert!(
        (before.center.x - after.center.x - 60.0 * before.resolution).abs() < 1e-6,
        "{before:?} {after:?}"
    );
    window.click("Layers of view 2");
    window.click_button("again");
    let state = &window.program().state;
    let shown = state.aids.views.layers(&compare::top_first(state), 1).expect("its own");
    assert_eq!(shown.len(), 2, "it showed the other before");
    window.press(Key::Escape);
    window.press_with(egui::Modifiers::COMMAND, Key::Num4);
    window.expect("View 4");
    window.press(Key::L);
    assert!(!window.sees("View 2"));
    assert_eq!(window.program().state.aids.views.count(), 1);
}

#[test]
fn the_slider_goes_through_the_days_of_layers_and_puts_back_what_was_visible() {
    let mut window = Window::without_project();
    for name in ["town_20110510.tif", "town_20110522.tif", "plan.tif"] {
        let path = window.folder().join(name);
        super::map_tools::georeferenced(&path);
        window.program().open(vec![path]);
        window.settle();
    }
    window.until("all are open", |p| p.state.layers.values().filter(|l| l.view().is_some()).count() == 3);
    window.settle();
    let visible = |window: &mut Window| -> Vec<bool> {
        let state = &window.program().state;
        let layers = state.content().expect("open").layers_in_order();
        layers.iter().map(|(id, _)| state.layers[id].visible).collect()
    };
    window.press(Key::T);
    window.expect("22 May 2011");
    assert_eq!(visible(&mut window), [false, true, true], "what has no date stays");
    window.click("Previous date");
    window.expect("10 May 2011");
    assert_eq!(visible(&mut window), [true, false, true]);
    window.press_with(egui::Modifiers::ALT, Key::ArrowRight);
    window.expect("22 May 2011");
    window.click("Close the time slider");
    assert_eq!(visible(&mut window), [true, true, true]);
}

#[test]
fn a_picture_is_saved_from_the_dialog_at_the_size_that_was_asked_for() {
    let mut window = Window::with_image();
    window.press_with(egui::Modifiers::COMMAND, Key::P);
    window.expect("Save picture");
    window.click("GeoTIFF");
    let path = window.folder().join("map.tif");
    let mut draft = window.program().state.aids.picture.clone().expect("open");
    assert_eq!(std::path::Path::new(&draft.path).extension(), Some("tif".as_ref()), "{}", draft.path);
    draft.path = path.display().to_string();
    (draft.width_px, draft.part) = (1_200, crate::picture_draft::Part::Everything);
    (draft.legend, draft.scale_bar, draft.north_arrow) = (false, false, false);
    window.program().state.aids.picture = Some(draft);
    window.settle();
    window.click("Save");
    window.until("it is written", |p| p.state.aids.picture.is_none());
    let source = raster::Source::open(&path).expect("opens");
    assert_eq!(source.image().width, 1_200);
    assert_eq!(source.image().crs.as_ref().and_then(spatial::Crs::epsg), Some(32615));
    // The pixel in column 60, row 30 of the image.
    let at = source.image().transform.expect("placed");
    let p = at.image_from_world((365_030.25, 4_104_984.75).into());
    let value = source.read_exact(0, p.x as u32, p.y as u32, 1, 1, &[0]).expect("read").value(0, 0, 0);
    let expected = f64::from((30 * 64 + 60) % 251);
    assert_eq!(value.map(raster::ExactValue::to_f64), Some(expected));
}
