//! How large the window opens: as it was left, and never larger than the screen has room for.

use egui::{Context, Vec2, ViewportCommand, vec2};
use serde::{Deserialize, Serialize};

/// The first time, in points.
const FIRST: Vec2 = vec2(1280.0, 800.0);
/// Smaller than this the bars have no room.
pub const LEAST: Vec2 = vec2(720.0, 480.0);
/// What a file may ask for at most.
const MOST: f32 = 16_384.0;
/// What the desktop's own bars and the frame of the window take from a screen; no desktop says it everywhere.
const DESKTOP: Vec2 = vec2(16.0, 72.0);
/// Frames in which the desktop has said how large the screen is, or never does.
const PATIENCE: u32 = 60;

/// The window as it was left, in points of the screen, however large the interface is drawn in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowSize {
    pub width: f32,
    pub height: f32,
    pub maximized: bool,
}

impl Default for WindowSize {
    fn default() -> Self {
        Self { width: FIRST.x, height: FIRST.y, maximized: false }
    }
}

impl WindowSize {
    /// Width and height to open with; what makes no sense is as the first time.
    pub fn inner(self) -> Vec2 {
        let sane = |side: f32, first: f32, least: f32| {
            if side.is_finite() && side > 0.0 { side.clamp(least, MOST) } else { first }
        };
        vec2(sane(self.width, FIRST.x, LEAST.x), sane(self.height, FIRST.y, LEAST.y))
    }
}

/// The size that a window gives way to on a screen, where it is too large for it.
pub fn fitted(inner: Vec2, screen: Vec2) -> Option<Vec2> {
    let room = screen - DESKTOP;
    let known = room.x > 0.0 && room.y > 0.0;
    let fits = inner.x <= screen.x && inner.y <= room.y;
    (known && !fits).then(|| inner.min(room))
}

/// Watches the size of the window: fits it to its screen once, and knows what is to be remembered.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    frames: u32,
    fitted: bool,
    /// As it is now.
    pub now: Option<WindowSize>,
}

impl Watch {
    /// Watches a window that was opened with this size.
    pub(crate) fn new(opened: WindowSize) -> Self {
        Self { now: Some(opened), ..Self::default() }
    }

    /// Looks at the window in each frame.
    pub(crate) fn look(&mut self, ctx: &Context) {
        let (info, zoom) = (ctx.input(|i| i.viewport().clone()), ctx.zoom_factor());
        let large = info.maximized == Some(true) || info.fullscreen == Some(true);
        let Some(inner) = info.inner_rect.map(|rect| rect.size()).filter(|size| size.min_elem() > 1.0) else {
            return;
        };
        if !self.fitted {
            self.frames += 1;
            self.fitted = large || self.frames > PATIENCE;
            if let Some(screen) = info.monitor_size.filter(|_| !self.fitted) {
                self.fitted = true;
                if let Some(size) = fitted(inner, screen) {
                    ctx.send_viewport_cmd(ViewportCommand::InnerSize(size));
                }
            }
        }
        if info.minimized != Some(true) {
            let before = self.now.unwrap_or_default();
            // A window that is no longer maximised is as large as before.
            let size = if large { vec2(before.width, before.height) } else { inner * zoom };
            self.now =
                Some(WindowSize { width: size.x, height: size.y, maximized: info.maximized == Some(true) });
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::{RawInput, Rect, ViewportId, pos2};

    use super::*;

    /// A frame in a window of this size on a screen of this size; what was asked of the desktop.
    fn frame(watch: &mut Watch, inner: Vec2, screen: Option<Vec2>, maximized: bool) -> Vec<ViewportCommand> {
        let ctx = Context::default();
        let mut input = RawInput::default();
        let info = input.viewports.entry(ViewportId::ROOT).or_default();
        info.inner_rect = Some(Rect::from_min_size(pos2(10.0, 40.0), inner));
        info.monitor_size = screen;
        info.maximized = Some(maximized);
        let mut output = ctx.run_ui(input, |ui| watch.look(ui.ctx()));
        output.textures_delta.clear();
        let asked = output.viewport_output.into_values().flat_map(|v| v.commands);
        asked.filter(|c| matches!(c, ViewportCommand::InnerSize(_))).collect()
    }

    #[test]
    fn a_window_that_is_too_large_for_its_screen_is_made_to_fit_once() {
        let mut watch = Watch::default();
        let (large, small) = (vec2(1280.0, 800.0), vec2(1024.0, 600.0));
        assert!(frame(&mut watch, large, None, false).is_empty(), "the screen is not known yet");
        let asked = frame(&mut watch, large, Some(small), false);
        assert_eq!(asked, [ViewportCommand::InnerSize(vec2(1008.0, 528.0))]);
        // Whoever pulls it larger afterwards wants it so.
        assert!(frame(&mut watch, large, Some(small), false).is_empty());
    }

    #[test]
    fn a_window_that_fits_or_is_maximised_is_left_alone() {
        for (size, maximized) in
            [(vec2(1280.0, 800.0), false), (vec2(720.0, 480.0), false), (vec2(1920.0, 1080.0), true)]
        {
            let mut watch = Watch::default();
            assert!(frame(&mut watch, size, Some(vec2(1920.0, 1080.0)), maximized).is_empty());
        }
        assert_eq!(fitted(vec2(5000.0, 600.0), vec2(1920.0, 1080.0)), Some(vec2(1904.0, 600.0)));
        assert_eq!(fitted(FIRST, vec2(0.0, 0.0)), None);
    }

    #[test]
    fn a_maximised_window_remembers_how_large_it_was_before() {
        let mut watch = Watch::default();
        let screen = Some(vec2(1920.0, 1080.0));
        frame(&mut watch, vec2(1000.0, 700.0), screen, false);
        frame(&mut watch, vec2(1920.0, 1050.0), screen, true);
        let kept = watch.now.expect("seen");
        assert_eq!(kept, WindowSize { width: 1000.0, height: 700.0, maximized: true });
    }

    #[test]
    fn remembered_sizes_that_make_no_sense_are_not_taken() {
        let size = |width, height| WindowSize { width, height, maximized: false }.inner();
        assert_eq!(size(f32::NAN, -5.0), FIRST);
        assert_eq!(size(10.0, 1e30), vec2(LEAST.x, MOST));
        assert_eq!(size(1500.0, 900.0), vec2(1500.0, 900.0));
    }
}
