//! The wand in the window: it takes what is shown, as it is shown.

use editing::{Command, Tool, ToolKind};
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use geo::Area as _;
use raster::SampleBuffer;
use raster::write::{self, NewImage, WriteOptions};
use spatial::{Crs, GeoTransform, WorldPoint};

use super::window::Window;
use crate::map::view::to_window;
use crate::outbox::{Ask, LayerAsk};

/// Columns 0 to 19 are 60, 20 to 39 are 200 and from 40 on they are 230; a pixel is half a metre.
fn write_stripes(path: &std::path::Path) {
    let transform = GeoTransform::new([365_000.0, 0.5, 0.0, 4_105_000.0, 0.0, -0.5]).expect("a transform");
    let new = NewImage::gray(64, 48).at(Some(Crs::from_epsg(32615).expect("known")), Some(transform));
    let value = |i: usize| match i % 64 {
        0..20 => 60,
        20..40 => 200,
        _ => 230,
    };
    let values = SampleBuffer::U8((0..64 * 48).map(value).collect());
    write::image(path, &new, &WriteOptions::default(), &values).expect("written");
}

impl Window {
    fn with_stripes() -> Self {
        Self::without_project().showing_stripes()
    }

    pub(super) fn showing_stripes(self) -> Self {
        let mut window = self;
        let path = window.folder().join("stripes.tif");
        write_stripes(&path);
        window.program().open(vec![path]);
        window.until("the layer is open", |p| p.state.layers.values().any(|l| l.view().is_some()));
        window.settle();
        window
    }

    /// Of a pixel of the image.
    pub(super) fn pixel(&mut self, x: f64, y: f64) -> Pos2 {
        let state = &self.program().state;
        let at = WorldPoint { x: 365_000.0 + x * 0.5, y: 4_105_000.0 - y * 0.5 };
        to_window(state.camera.screen_from_world(at), state.map_rect, state.pixels_per_point)
    }

    /// The areas of all regions in pixels of the image, rounded, from the oldest.
    fn areas(&mut self) -> Vec<f64> {
        let regions = self.content().regions();
        regions.values().map(|r| (r.geometry.unsigned_area() / 0.25).round()).collect()
    }

    fn tolerance(&mut self) -> f64 {
        match &self.program().state.tool {
            Tool::Wand(wand) => wand.tolerance(),
            other => panic!("{other:?}"),
        }
    }
}

#[track_caller]
fn near(found: &[f64], wanted: f64) {
    assert!((found.last().expect("a region") / wanted - 1.0).abs() < 0.02, "{found:?}, not {wanted}");
}

#[test]
fn the_wand_takes_what_is_alike_as_it_is_shown() {
    let mut window = Window::with_stripes();
    window.press(Key::W);
    assert_eq!(window.program().state.tool.kind(), ToolKind::Wand);
    let middle = window.pixel(30.0, 24.0);
    window.press_at(middle);
    near(&window.areas(), 20.0 * 48.0);
    // Shown so bright that both stripes are white they are one.
    let layer = *window.program().state.layers.keys().next().expect("a layer");
    window.program().carry_out(Ask::Layer(layer, LayerAsk::Limits(0, [0.0, 150.0])));
    window.settle();
    window.press_at(middle);
    near(&window.areas(), 44.0 * 48.0);
    assert_eq!(window.areas().len(), 2);
}

#[test]
fn dragging_the_wand_takes_more_and_says_how_much() {
    let mut window = Window::with_stripes();
    window.press(Key::W);
    let begun = window.tolerance();
    let from = window.pixel(30.0, 20.0);
    window.drag(from, from + egui::vec2(80.0, 40.0));
    assert!((window.tolerance() - begun - 12.0).abs() < 0.51, "{}", window.tolerance());
    near(&window.areas(), 44.0 * 48.0);
    assert!(window.sees("Up to edges") && window.sees("Alike"), "what the bar offers");
    window.program().run(Command::Tool(ToolKind::Flood));
    window.settle();
    assert_eq!(window.program().state.tool.kind(), ToolKind::Flood);
}

#[test]
fn the_map_is_drawn_again_for_the_wand_only_when_it_has_moved_out_of_it() {
    let mut window = Window::with_stripes();
    assert!(window.program().state.seen.is_none(), "nobody asked");
    window.press(Key::W);
    let drawn =
        |w: &mut Window| w.program().state.seen.as_ref().map(|(_, c)| std::sync::Arc::as_ptr(c) as usize);
    let first = drawn(&mut window);
    assert!(first.is_some());
    let move_by = |w: &mut Window, x: f64| {
        w.program().carry_out(Ask::Camera(crate::outbox::CameraMove::Pan { dx: x, dy: 0.0 }));
        w.settle();
    };
    move_by(&mut window, 30.0);
    assert_eq!(drawn(&mut window), first, "there is a margin");
    move_by(&mut window, 600.0);
    assert!(drawn(&mut window).is_some() && drawn(&mut window) != first);
    window.press(Key::V);
    assert!(window.program().state.seen.is_none(), "put away with the tool");
}

#[test]
fn a_press_while_imagery_is_read_begins_when_it_is_there() {
    let mut window = Window::with_stripes();
    let at = window.pixel(30.0, 24.0);
    window.program().run(Command::Tool(ToolKind::Wand));
    window.event(Event::PointerMoved(at));
    window.event(Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed: true,
        modifiers: Modifiers::NONE,
    });
    window.settle();
    assert!(window.program().state.tool.is_drawing());
    let state = &window.program().state;
    let lines = state.with_tool_context(|ctx| state.tool.preview(ctx).areas.len());
    assert_eq!(lines, Some(1), "the outline is there without another move");
    window.event(Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed: false,
        modifiers: Modifiers::NONE,
    });
    window.settle();
    near(&window.areas(), 20.0 * 48.0);
}
