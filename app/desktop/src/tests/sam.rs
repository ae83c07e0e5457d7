//! Segment anything in the window, with a network whose answers are known: what is bright.

use std::fs;
use std::path::PathBuf;

use editing::{Command, Tool, ToolKind};
use egui::{Event, Key, Modifiers, PointerButton, Pos2};
use geo::{Area as _, Contains as _, Point};

use super::window::Window;
use crate::sam::Network;
use crate::work::Purpose;

impl Window {
    fn with_sam() -> Self {
        let mut window = Self::small_without_project([640.0, 400.0]).showing_stripes();
        window.program().run(Command::Tool(ToolKind::Sam));
        window.settle();
        window
    }

    /// Weights in a file, chosen as in the dialog, and a cache on disk.
    fn with_bright_network() -> Self {
        let mut window = Self::with_sam();
        let path = window.folder().join("bright.safetensors");
        fs::write(&path, harness::bright_network()).expect("written");
        let cache = window.folder().join("cache").join("basemap");
        window.program().cache_folder = Some(cache);
        window.program().chosen(Purpose::Checkpoint, vec![path]);
        window.settle();
        window
    }

    fn kept(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder().join("cache").join("sam"));
        let entries = entries.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        entries.filter(|path| path.extension().is_some_and(|end| end == "features")).collect()
    }

    fn press_button(&mut self, at: Pos2, button: PointerButton) {
        self.event(Event::PointerMoved(at));
        for pressed in [true, false] {
            self.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
        }
        self.settle();
    }

    /// The area that is shown, in pixels of the image.
    fn shown_area(&mut self) -> f64 {
        let state = &self.program().state;
        let areas = state.with_tool_context(|ctx| state.tool.preview(ctx).areas).unwrap_or_default();
        areas.iter().map(|area| area.unsigned_area() / 0.25).sum()
    }
}

/// Where the image is bright, in pixels.
const BRIGHT: f64 = 44.0 * 48.0;

#[test]
fn without_weights_it_says_so_and_names_the_tools_that_need_none() {
    let mut window = Window::with_sam();
    assert_eq!(window.program().state.sam.network, Network::Missing);
    assert!(window.sees("It needs weights, and there are none yet") && window.sees("Choose checkpoint…"));
    let at = window.pixel(30.0, 24.0);
    window.press_button(at, PointerButton::Primary);
    assert!(window.shown_area() == 0.0, "no network, no mask");
    window.press(Key::Enter);
    assert!(window.content().regions().is_empty());
    window.press(Key::Escape);
    assert!(window.sees("Without any:") && window.sees("Wand"));
    assert_eq!(window.program().state.tool.kind(), ToolKind::Sam);
}

#[test]
fn a_file_that_is_no_network_is_refused_and_another_can_be_chosen() {
    let mut window = Window::with_sam();
    let path = window.folder().join("mobile_sam.pt");
    fs::write(&path, b"no weights").expect("written");
    window.program().open(vec![path.clone()]);
    window.settle();
    let refused = window.program().state.sam.network.clone();
    assert!(
        matches!(&refused, Network::Refused { what, hint, .. } if what.contains("cannot be read") && !hint.is_empty()),
        "{refused:?}"
    );
    assert!(window.sees("mobile_sam.pt is not taken") && window.sees("Choose checkpoint…"));
    assert_eq!(window.program().state.preferences.sam_checkpoint, Some(path));
}

#[test]
fn what_a_click_would_give_is_shown_before_it_and_enter_keeps_the_whole_object() {
    let mut window = Window::with_bright_network();
    let network = window.program().state.sam.network.clone();
    assert!(matches!(&network, Network::Ready { name, .. } if name == "SAM ViT of width 8"), "{network:?}");
    let (done, all) = window.program().state.sam.ahead;
    assert!(all > 0 && done == all, "what is in view is looked at ahead: {done} of {all}");
    assert!(!window.kept().is_empty(), "and kept on disk");
    let at = window.pixel(34.0, 24.0);
    window.event(Event::PointerMoved(at));
    window.settle();
    let hovered = window.shown_area();
    assert!(hovered > 0.0 && window.content().regions().is_empty(), "nobody has clicked");
    window.press_button(at, PointerButton::Primary);
    let whole = window.shown_area();
    assert!(whole > hovered, "what goes on beyond the square is looked at as a whole: {whole} for {hovered}");
    // Its squares are as wide as half of the image by then.
    assert!((0.7..3.5).contains(&(whole / BRIGHT)), "{whole} for {BRIGHT}");
    assert!(window.sees("80\u{a0}%") && window.sees("1 of 3"));
    window.press(Key::Tab);
    assert!(window.sees("70\u{a0}%") && window.sees("2 of 3"));
    window.press(Key::Tab);
    window.press(Key::Tab);
    window.press(Key::Enter);
    let content = window.content();
    let regions: Vec<_> = content.regions().values().collect();
    assert_eq!(regions.len(), 1);
    let place = |x: f64| Point::new(365_000.0 + x * 0.5, 4_105_000.0 - 24.0 * 0.5);
    assert!(regions[0].geometry.contains(&place(40.0)) && !regions[0].geometry.contains(&place(-60.0)));
    assert!(!window.program().state.tool.is_drawing());
}

#[test]
fn what_was_looked_at_is_there_when_the_tool_is_and_not_for_another_look() {
    let mut window = Window::with_bright_network();
    let kept = window.kept();
    window.press(Key::V);
    assert!(!window.program().sam_work.is_busy());
    let times = |paths: &[PathBuf]| -> Vec<_> { paths.iter().map(|p| fs::read(p).expect("kept")).collect() };
    let before = times(&kept);
    window.program().run(Command::Tool(ToolKind::Sam));
    window.settle();
    assert_eq!((window.kept().len(), times(&kept)), (kept.len(), before), "nothing was looked at again");
    let id = *window.program().state.layers.keys().next().expect("a layer");
    let gamma = crate::outbox::LayerAsk::Gamma(1.6);
    window.program().carry_out(crate::outbox::Ask::Layer(id, gamma));
    window.settle();
    assert!(window.kept().len() > kept.len(), "another look is another picture");
    assert!(matches!(window.program().state.tool, Tool::Sam(_)));
}
