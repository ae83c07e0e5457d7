//! A hand on mouse and keyboard: every movement goes through the window's own events, and is counted.

use anyhow::Context as _;
use desktop::frame::Program;
use desktop::map::view::to_window;
use desktop::offscreen::Offscreen;
use egui::{Event, Key, Modifiers, PointerButton, Pos2, vec2};
use project::{Project, Region, RegionId};
use spatial::WorldPoint;

use crate::film::{Film, Moment};

/// What a hand did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) clicks: u32,
    pub(crate) drags: u32,
    pub(crate) keys: u32,
}

impl std::ops::Sub for Counts {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            clicks: self.clicks - other.clicks,
            drags: self.drags - other.drags,
            keys: self.keys - other.keys,
        }
    }
}

/// The hand, the window it works in, and the film that is made of it, if one is.
#[derive(Debug)]
pub(crate) struct Hand {
    pub(crate) window: Offscreen,
    pub(crate) counts: Counts,
    film: Option<Film>,
    at: Pos2,
}

impl Hand {
    pub(crate) fn new(window: Offscreen, film: Option<Film>) -> Self {
        Self { window, counts: Counts::default(), film, at: Pos2::new(480.0, 300.0) }
    }

    pub(crate) fn into_film(self) -> Option<Film> {
        self.film
    }

    /// One key with what is held beside it.
    pub(crate) fn key(&mut self, key: Key, modifiers: Modifiers, caption: &str) -> anyhow::Result<()> {
        self.counts.keys += 1;
        for pressed in [true, false] {
            self.window.event(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
            self.window.step();
        }
        self.settle(caption, 90)
    }

    /// The digits of a class, one key each.
    pub(crate) fn digits(&mut self, keys: &str, caption: &str) -> anyhow::Result<()> {
        for digit in keys.chars() {
            let key = Key::from_name(&digit.to_string()).context("the key of a class is not a digit")?;
            self.key(key, Modifiers::NONE, caption)?;
        }
        Ok(())
    }

    /// A click of the left button.
    pub(crate) fn click(
        &mut self,
        at: WorldPoint,
        modifiers: Modifiers,
        caption: &str,
    ) -> anyhow::Result<()> {
        self.counts.clicks += 1;
        let pos = self.go(at, caption)?;
        self.button(pos, true, modifiers);
        self.button(pos, false, modifiers);
        self.settle(caption, 30)
    }

    /// Presses at a place and lets go at another.
    pub(crate) fn drag(&mut self, from: WorldPoint, to: WorldPoint, caption: &str) -> anyhow::Result<()> {
        self.counts.drags += 1;
        let start = self.go(from, caption)?;
        self.button(start, true, Modifiers::NONE);
        let end = self.place(to);
        for step in 1..=6 {
            self.at = start + (end - start) * (step as f32 / 6.0);
            self.window.pointer(self.at);
            self.window.step();
            self.shot(caption, 6)?;
        }
        self.button(end, false, Modifiers::NONE);
        self.settle(caption, 70)
    }

    /// Presses at a place and drags by so many points of the screen.
    pub(crate) fn drag_by(&mut self, from: WorldPoint, by: egui::Vec2) -> anyhow::Result<()> {
        self.counts.drags += 1;
        let start = self.go(from, "")?;
        self.button(start, true, Modifiers::NONE);
        self.window.settle()?;
        self.at = start + by;
        self.window.pointer(self.at);
        self.window.settle()?;
        self.button(self.at, false, Modifiers::NONE);
        self.window.settle()
    }

    /// Where a place of the map is in the window, in points.
    pub(crate) fn place(&mut self, at: WorldPoint) -> Pos2 {
        let state = &self.window.program().state;
        to_window(state.camera.screen_from_world(at), state.map_rect, state.pixels_per_point)
    }

    pub(crate) fn program(&mut self) -> &mut Program {
        self.window.program()
    }

    pub(crate) fn project(&mut self) -> anyhow::Result<&Project> {
        self.window.program().state.content().context("no project is open")
    }

    /// The one selected region.
    pub(crate) fn selected(&mut self) -> Option<(RegionId, Region)> {
        let id = self.window.program().state.selection.primary()?;
        let region = self.window.program().state.shown()?.region(id)?;
        let region = Region::clone(region);
        Some((id, region))
    }

    /// A moment of the film without doing anything.
    pub(crate) fn rest(&mut self, caption: &str, hundredths: u16) -> anyhow::Result<()> {
        self.settle(caption, hundredths)
    }

    fn go(&mut self, to: WorldPoint, caption: &str) -> anyhow::Result<Pos2> {
        let (from, to) = (self.at, self.place(to));
        let steps = if self.film.is_some() { 4 } else { 1 };
        for step in 1..=steps {
            self.at = from + (to - from) * (step as f32 / steps as f32);
            self.window.pointer(self.at);
            self.window.step();
            if step < steps {
                self.shot(caption, 5)?;
            }
        }
        Ok(to)
    }

    fn button(&mut self, pos: Pos2, pressed: bool, modifiers: Modifiers) {
        self.at = pos;
        self.window.event(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers });
        self.window.step();
    }

    fn settle(&mut self, caption: &str, hundredths: u16) -> anyhow::Result<()> {
        self.window.settle()?;
        self.shot(caption, hundredths)
    }

    fn shot(&mut self, caption: &str, hundredths: u16) -> anyhow::Result<()> {
        let Some(film) = &mut self.film else { return Ok(()) };
        let at = self.at;
        self.window.step_over(|ctx| paint(ctx, at, caption));
        film.add(Moment { picture: self.window.picture()?, hundredths });
        Ok(())
    }
}

/// The pointer, and what is pressed, over everything else.
fn paint(ctx: &egui::Context, at: Pos2, caption: &str) {
    let layer = egui::LayerId::new(egui::Order::Debug, egui::Id::unique("hand"));
    let painter = ctx.layer_painter(layer);
    let arrow = [(0.0, 0.0), (0.0, 17.0), (4.0, 13.5), (7.0, 20.0), (9.7, 18.8), (6.8, 12.5), (12.0, 12.0)];
    let points: Vec<Pos2> = arrow.iter().map(|(x, y)| at + vec2(*x, *y)).collect();
    // A path that is not convex: its outline is drawn, and two convex parts are filled.
    let (white, black) = (egui::Color32::WHITE, egui::Color32::BLACK);
    for part in [[0, 1, 2, 6].as_slice(), &[2, 3, 4, 5]] {
        let part: Vec<Pos2> = part.iter().map(|i| points[*i]).collect();
        painter.add(egui::Shape::convex_polygon(part, white, egui::Stroke::NONE));
    }
    painter.add(egui::Shape::closed_line(points, egui::Stroke::new(1.3, black)));
    if caption.is_empty() {
        return;
    }
    let screen = ctx.content_rect();
    let font = egui::FontId::proportional(15.0);
    let galley = painter.layout_no_wrap(caption.to_owned(), font, white);
    // Below where notices stand, and beside the tools.
    let corner = screen.left_top() + vec2(56.0, 104.0);
    let ground = egui::Rect::from_min_size(corner, galley.size() + vec2(24.0, 12.0));
    painter.rect_filled(ground, 6.0, egui::Color32::from_black_alpha(200));
    painter.galley(ground.center() - galley.size() / 2.0, galley, white);
}
