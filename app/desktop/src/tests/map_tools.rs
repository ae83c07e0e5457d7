//! What helps to look at the map: measuring, values in pixels, graticule, minimap, bookmarks.

use editing::{Command, Key as ToolKey, MapCommand, Pane, Tool, ToolKind};
use egui::{Key, Modifiers, Pos2, vec2};
use raster::SampleBuffer;
use raster::write::{self, NewImage, WriteOptions};
use spatial::{Crs, GeoTransform, WorldPoint};

use super::window::Window;
use crate::map::aids::Graticule;
use crate::map::{graticule, pixels};

/// 64 × 48 pixels of half a metre in UTM zone 15 N, each with its own value.
pub(super) fn georeferenced(path: &std::path::Path) {
    georeferenced_at(path, 365_000.0);
}

/// The same with its left edge elsewhere.
pub(super) fn georeferenced_at(path: &std::path::Path, left: f64) {
    let transform = GeoTransform::new([left, 0.5, 0.0, 4_105_000.0, 0.0, -0.5]).expect("a transform");
    let crs = Crs::from_epsg(32615).expect("known");
    let new = NewImage::gray(64, 48).at(Some(crs), Some(transform));
    let values = SampleBuffer::U8((0..64 * 48).map(|i| (i % 251) as u8).collect());
    write::image(path, &new, &WriteOptions::default(), &values).expect("written");
}

impl Window {
    /// A window with one image in UTM.
    pub(super) fn with_image() -> Self {
        let mut window = Self::without_project();
        let path = window.folder().join("roofs.tif");
        georeferenced(&path);
        window.program().open(vec![path]);
        window.until("the layer is open", |p| p.state.layers.values().any(|l| l.view().is_some()));
        window.settle();
        window
    }

    fn at_share(&mut self, x: f32, y: f32) -> Pos2 {
        self.program().state.map_rect.lerp_inside(vec2(x, y))
    }

    fn click_share(&mut self, x: f32, y: f32) {
        let at = self.at_share(x, y);
        self.press_at(at);
    }
}

#[test]
fn a_length_and_an_area_are_measured_shown_and_copied() {
    let mut window = Window::with_image();
    window.click("Measure");
    assert_eq!(window.program().state.tool.kind(), ToolKind::Measure);
    for (x, y) in [(0.3, 0.3), (0.5, 0.3), (0.5, 0.6)] {
        window.click_share(x, y);
    }
    window.expect("on the ground");
    window.expect("Length");
    window.press(Key::Backspace);
    window.click_share(0.5, 0.6);
    window.click_share(0.3, 0.3);
    window.expect("Outline");
    window.expect("Area");
    let map = window.program().state.map_rect;
    let resolution = window.program().state.camera.resolution;
    let side = |share: f32, points: f32| f64::from(share * points) * resolution;
    let expected = side(0.2, map.width()) * side(0.3, map.height()) / 2.0;
    let state = &window.program().state;
    let Tool::Measure(tool) = &state.tool else { panic!("{:?}", state.tool) };
    let found = state.with_tool_context(|ctx| tool.measurement(ctx)).flatten().expect("measured");
    let area = found.area.expect("a ring");
    let (plane, ground) = (area.map.expect("planar"), area.ground.expect("on earth"));
    assert!((plane / expected - 1.0).abs() < 0.02, "{plane} {expected}");
    // 135 km west of the middle meridian, UTM shows areas 0.035 % too small.
    assert!(ground > plane && ground / plane < 1.001, "{ground} {plane}");
    window.press_with(Modifiers::COMMAND, Key::C);
    assert!(window.program().state.notices.shown().iter().any(|n| n.text == "Copied."));
    assert_eq!(window.content().regions().len(), 0, "measuring changes nothing");
    window.click("Clear");
    assert!(!window.sees("Area"));
    let wants = |w: &mut Window| {
        let state = &w.program().state;
        state.with_tool_context(|ctx| state.tool.wants(ToolKey::Escape, editing::Modifiers::NONE, ctx))
    };
    assert_eq!(wants(&mut window), Some(false), "nothing is left for Esc");
}

#[test]
fn values_of_pixels_are_read_beside_the_window_when_they_are_large_enough() {
    let mut window = Window::with_image();
    assert!(pixels::wanted(&window.program().state).is_none(), "the whole image is in view");
    let at = WorldPoint { x: 365_010.25, y: 4_104_990.25 };
    window.program().move_camera(crate::outbox::CameraMove::Go(at, 0.5 / 60.0));
    window.settle();
    let block = window.program().state.aids.pixels.clone().expect("read");
    let [x, y, ..] = block.place.window;
    // The pixel in the middle is column 20, row 19.
    let value = block.samples.value(0, 20 - x, 19 - y).expect("there").to_f64();
    assert_eq!(value, f64::from((19 * 64 + 20) % 251));
    // A small pan stays within what was read.
    window.program().move_camera(crate::outbox::CameraMove::Pan { dx: 30.0, dy: 0.0 });
    window.settle();
    let same = window.program().state.aids.pixels.clone().expect("kept");
    assert!(std::sync::Arc::ptr_eq(&block, &same));
    window.program().run(Command::Map(MapCommand::PixelValues));
    window.settle();
    assert!(
        window.program().state.aids.pixels.is_none() && pixels::wanted(&window.program().state).is_none()
    );
}

#[test]
fn the_graticule_goes_from_none_to_degrees_to_the_grid_and_back() {
    let mut window = Window::with_image();
    let shift = Modifiers::SHIFT;
    let mut seen = Vec::new();
    for _ in 0..3 {
        window.press_with(shift, Key::G);
        let state = &window.program().state;
        let kind = state.preferences.map.graticule;
        let crs = state.content().and_then(project::Project::crs);
        let lines = graticule::lines(kind, &state.camera, state.aids.ground.as_deref(), crs, 120.0);
        seen.push((kind, !lines.is_empty()));
    }
    assert_eq!(seen, [(Graticule::Degrees, true), (Graticule::Map, true), (Graticule::None, false)]);
    window.press_with(shift, Key::N);
    assert!(window.program().state.preferences.map.north_arrow);
}

#[test]
fn a_click_on_the_minimap_goes_there() {
    let mut window = Window::with_image();
    assert!(!window.sees("Minimap"));
    window.press_with(Modifiers::SHIFT, Key::M);
    let place = window.place("Minimap");
    let map = window.program().state.map_rect;
    assert!(map.contains_rect(place), "{place:?} {map:?}");
    window.press(Key::Plus);
    let before = window.program().state.camera;
    window.press_at(place.lerp_inside(vec2(0.9, 0.1)));
    let after = window.program().state.camera;
    assert_eq!(after.resolution, before.resolution);
    assert!(after.center.x > before.center.x + 5.0 && after.center.y > before.center.y + 3.0, "{after:?}");
    assert!(window.program().state.selection.is_empty(), "the map below was not clicked");
    assert!(crate::map::minimap::wanted(&window.program().state).iter().any(|w| !w.keys.is_empty()));
}

#[test]
fn a_view_is_kept_found_by_name_gone_to_and_taken_out() {
    let mut window = Window::with_image();
    let next = Command::Map(MapCommand::NextBookmark);
    assert_eq!(
        next.unavailable(&window.program().state.situation()),
        Some("No view of this map was kept yet")
    );
    window.press(Key::Plus);
    let kept = window.program().state.camera;
    window.press_with(Modifiers::COMMAND, Key::B);
    assert!(window.program().state.arrangement().is_open(Pane::Bookmarks));
    window.expect("Name of bookmark 1");
    window.press(Key::Home);
    assert!((window.program().state.camera.resolution / kept.resolution - 1.0).abs() > 0.1);
    window.click("Go to View 1");
    let back = window.program().state.camera;
    assert!(
        (back.center.x - kept.center.x).abs() < 1e-3
            && (back.resolution / kept.resolution - 1.0).abs() < 1e-6
    );
    window.press(Key::Home);
    window.press_with(Modifiers::COMMAND, Key::K);
    window.types("view 1");
    window.press(Key::Enter);
    assert!((window.program().state.camera.resolution / kept.resolution - 1.0).abs() < 1e-6);
    window.press(Key::Home);
    window.press_with(Modifiers::COMMAND, Key::PageDown);
    assert!((window.program().state.camera.resolution / kept.resolution - 1.0).abs() < 1e-6);
    window.click("Remove View 1");
    assert!(window.program().state.preferences.bookmarks.is_empty());
}
