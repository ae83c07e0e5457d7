//! Smart selection: marks of what is meant and of what is not, or a box around it; what they mean is found elsewhere and
//! shown, until it is kept.

use std::sync::Arc;

use geo::Geometry;
use project::IdSource;
use segment::{Area, Composite, Method, Prompt, SelectOptions};
use spatial::{ScreenPoint, WorldPoint};

use crate::context::is_place;
use crate::path::is_take_back;
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLabel, PreviewLine};
use crate::way::{NO_REGION, Way};
use crate::wish::{SelectWish, next_number, thinned};
use crate::{
    Amount, Answer, Cursor, Effect, Hint, Key, Modifiers, Pointer, PointerButton, ToolContext, ToolEvent,
    Wish,
};

/// The methods that there are for marks; floods have a tool of their own.
pub const SMART_METHODS: [Method; 4] =
    [Method::Walker, Method::GrabCut, Method::Watershed, Method::Superpixels];
/// Sizes of superpixels that can be asked for, in pixels of the screen.
pub const SUPERPIXELS_PX: std::ops::RangeInclusive<f64> = 40.0..=20_000.0;
/// The most places of all marks together.
const MOST_PLACES: usize = 20_000;

const NOTHING_YET: &str = "Mark what you mean first";

/// What one gesture said.
#[derive(Clone, Debug, PartialEq)]
struct Mark {
    kind: MarkKind,
    /// Where the hand went; the two corners of a box.
    places: Vec<WorldPoint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MarkKind {
    This,
    Not,
    Box,
}

/// A gesture under way.
#[derive(Clone, Debug, PartialEq)]
struct Pressed {
    button: PointerButton,
    from: ScreenPoint,
    last: ScreenPoint,
    mark: Mark,
}

/// Smart selection; it stays armed and keeps method and sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct SmartTool {
    options: SelectOptions,
    /// A plain drag draws a box; else it scribbles, and with Ctrl it draws a box.
    drags_box: bool,
    marks: Vec<Mark>,
    way: Way,
    pressed: Option<Pressed>,
    subject: u64,
    wish: Option<Wish>,
    answer: Option<Answer>,
    /// The picture of the last wish.
    picture: Option<usize>,
    /// It is to be kept as soon as it is there.
    is_ending: bool,
    is_ready: bool,
}

impl Default for SmartTool {
    fn default() -> Self {
        Self {
            options: SelectOptions::default(),
            drags_box: false,
            marks: Vec::new(),
            way: Way::New,
            pressed: None,
            subject: next_number(),
            wish: None,
            answer: None,
            picture: None,
            is_ending: false,
            is_ready: true,
        }
    }
}

type Step = (SmartTool, Vec<Effect>);

impl SmartTool {
    pub fn method(&self) -> Method {
        self.options.method
    }

    /// About how many pixels of the screen a superpixel has.
    pub fn superpixel_px(&self) -> usize {
        self.options.superpixel_px
    }

    /// True when a plain drag draws a box.
    pub fn drags_box(&self) -> bool {
        self.drags_box
    }

    /// What was found last for these marks.
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    /// True while an answer is waited for.
    pub fn is_looking(&self) -> bool {
        self.wish().is_some()
    }

    pub fn is_drawing(&self) -> bool {
        !self.marks.is_empty() || self.pressed.is_some()
    }

    /// What is to be found, while it is not.
    pub fn wish(&self) -> Option<&Wish> {
        let answered = self.answer.as_ref().map(|answer| answer.number);
        self.wish.as_ref().filter(|wish| Some(wish.number()) != answered)
    }

    /// What was promised to be kept and is not found yet.
    pub(crate) fn owes(&self) -> bool {
        self.is_ending && self.wish().is_some()
    }

    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        self.pressed.as_ref()?.mark.places.last().copied()
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        self.is_ready = ctx.composite.is_some();
        let effects = match event {
            ToolEvent::Press(p) if p.clicks > 1 => self.end(ctx, ids),
            ToolEvent::Press(p) if is_place(p.screen) => self.press(&p, ctx),
            ToolEvent::Drag(p) | ToolEvent::Move(p) if is_place(p.screen) => {
                self.drag_to(&p, ctx);
                Vec::new()
            }
            ToolEvent::Release(p) => {
                self.release(&p, ctx);
                Vec::new()
            }
            ToolEvent::Found => self.take(ctx, ids),
            ToolEvent::Key { key: Key::Enter, .. } => self.end(ctx, ids),
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                self.clear();
                Vec::new()
            }
            ToolEvent::Key { key, modifiers } if is_take_back(key, modifiers) => {
                self.marks.pop();
                self.ask(ctx);
                Vec::new()
            }
            ToolEvent::Key { key: Key::Tab, .. } => {
                let at = SMART_METHODS.iter().position(|m| *m == self.options.method).unwrap_or(0);
                self.options.method = SMART_METHODS[(at + 1) % SMART_METHODS.len()];
                self.ask(ctx);
                Vec::new()
            }
            ToolEvent::Amount(amount) => {
                self.amount(amount);
                self.ask(ctx);
                Vec::new()
            }
            _ => Vec::new(),
        };
        (self, effects)
    }

    fn amount(&mut self, amount: Amount) {
        match amount {
            Amount::Method(method) if SMART_METHODS.contains(&method) => self.options.method = method,
            Amount::SuperpixelPx(size) if size.is_finite() => {
                let size = size.clamp(*SUPERPIXELS_PX.start(), *SUPERPIXELS_PX.end());
                self.options.superpixel_px = size as usize;
            }
            Amount::DragsBox(is_so) => self.drags_box = is_so,
            _ => {}
        }
    }

    fn press(&mut self, p: &Pointer, ctx: &ToolContext) -> Vec<Effect> {
        if self.marks.is_empty() {
            let Some(way) = Way::of(p.modifiers, ctx) else {
                return vec![Effect::Notice(NO_REGION.to_owned())];
            };
            self.way = way;
        }
        let kind = match p.button {
            PointerButton::Primary if p.modifiers.ctrl != self.drags_box => MarkKind::Box,
            PointerButton::Primary => MarkKind::This,
            PointerButton::Secondary => MarkKind::Not,
            PointerButton::Middle => return Vec::new(),
        };
        let mark = Mark { kind, places: vec![p.at] };
        self.is_ending = false;
        self.pressed = Some(Pressed { button: p.button, from: p.screen, last: p.screen, mark });
        Vec::new()
    }

    fn drag_to(&mut self, p: &Pointer, ctx: &ToolContext) {
        let Some(pressed) = &mut self.pressed else { return };
        let by = p.screen - pressed.last;
        if by.x.hypot(by.y) < 3.0 {
            return;
        }
        pressed.last = p.screen;
        match pressed.mark.kind {
            MarkKind::Box => pressed.mark.places.truncate(1),
            MarkKind::This | MarkKind::Not if pressed.mark.places.len() >= MOST_PLACES => return,
            MarkKind::This | MarkKind::Not => {}
        }
        pressed.mark.places.push(p.at);
        self.ask(ctx);
    }

    fn release(&mut self, p: &Pointer, ctx: &ToolContext) {
        let Some(mut pressed) = self.pressed.take() else { return };
        if pressed.button != p.button {
            self.pressed = Some(pressed);
            return;
        }
        let is_box = pressed.mark.kind == MarkKind::Box;
        if is_box && pressed.mark.places.len() < 2 {
            // A click is a mark, whatever a drag would be.
            pressed.mark.kind = MarkKind::This;
        } else if is_box {
            self.marks.retain(|mark| mark.kind != MarkKind::Box);
        } else {
            pressed.mark.places = thinned(&pressed.mark.places, ctx.viewport.resolution);
        }
        self.marks.push(pressed.mark);
        self.ask(ctx);
    }

    fn clear(&mut self) {
        let Self { options, drags_box, is_ready, .. } = *self;
        *self = Self { options, drags_box, is_ready, ..Self::default() };
    }

    /// Wishes for what all marks mean now.
    fn ask(&mut self, ctx: &ToolContext) {
        let Some(picture) = ctx.composite else {
            self.picture = None;
            return;
        };
        self.picture = Some(Arc::as_ptr(picture) as usize);
        let pressed = self.pressed.as_ref().map(|pressed| &pressed.mark);
        let Some(prompt) = prompt(self.marks.iter().chain(pressed), picture) else {
            (self.wish, self.answer) = (None, self.answer.take().filter(|_| !self.marks.is_empty()));
            return;
        };
        let options = self.options;
        self.wish =
            Some(Wish::select(self.subject, SelectWish { picture: Arc::clone(picture), prompt, options }));
    }

    /// A picture or an answer has come.
    fn take(&mut self, ctx: &ToolContext, ids: &mut IdSource) -> Vec<Effect> {
        if let Some(answer) = ctx.answer.filter(|answer| answer.subject == self.subject) {
            let stopped = answer.failure == Some(segment::SegmentError::Cancelled);
            if !stopped && self.answer.as_ref().is_none_or(|known| known.number < answer.number) {
                self.answer = Some(answer.clone());
            }
        }
        let other = ctx.composite.is_some_and(|picture| self.picture != Some(Arc::as_ptr(picture) as usize));
        if other && self.is_drawing() {
            self.ask(ctx);
        }
        if self.is_ending && self.wish().is_none() { self.end(ctx, ids) } else { Vec::new() }
    }

    /// Keeps what was found, or notes that it is to be kept when it is.
    fn end(&mut self, ctx: &ToolContext, ids: &mut IdSource) -> Vec<Effect> {
        self.pressed = None;
        if self.marks.is_empty() {
            return vec![Effect::Notice(NOTHING_YET.to_owned())];
        }
        if self.wish().is_some() {
            self.is_ending = true;
            return Vec::new();
        }
        self.is_ending = false;
        let Some(answer) = &self.answer else { return Vec::new() };
        let geometry: Geometry<f64> = match &answer.outline.0[..] {
            [] => {
                let why = answer
                    .failure
                    .as_ref()
                    .map_or_else(|| "nothing was found".to_owned(), ToString::to_string);
                return vec![Effect::Notice(format!("There is nothing to keep: {why}"))];
            }
            [one] => one.clone().into(),
            _ => answer.outline.clone().into(),
        };
        let effects = self.way.effects(ctx, ids, geometry, "smart selection");
        self.clear();
        effects
    }

    /// The marks, and what they were found to mean.
    pub fn preview(&self) -> Preview {
        let mut preview = Preview::default();
        if let Some(answer) = self.answer.as_ref().filter(|_| self.is_drawing()) {
            preview.areas = crate::wish::shown(answer);
        }
        for mark in self.marks.iter().chain(self.pressed.as_ref().map(|p| &p.mark)) {
            let Some(first) = mark.places.first().copied() else { continue };
            let style = match mark.kind {
                MarkKind::This => LineStyle::Draft,
                MarkKind::Not => LineStyle::Crossing,
                MarkKind::Box => LineStyle::Box,
            };
            match (mark.kind, mark.places.last()) {
                (MarkKind::Box, Some(last)) => {
                    let points = vec![
                        first,
                        WorldPoint { x: last.x, y: first.y },
                        *last,
                        WorldPoint { x: first.x, y: last.y },
                    ];
                    preview.lines.push(PreviewLine { points, closed: true, style });
                }
                _ if mark.places.len() > 1 => {
                    preview.lines.push(PreviewLine { points: mark.places.clone(), closed: false, style });
                }
                _ => preview.handles.push(Handle { at: first, kind: HandleKind::Vertex }),
            }
            let text = match mark.kind {
                MarkKind::This => "+",
                MarkKind::Not => "−",
                MarkKind::Box => continue,
            };
            preview.labels.push(PreviewLabel { at: first, text: text.to_owned() });
        }
        preview
    }

    /// What pointer and keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match (self.is_drawing(), self.is_ready) {
            (_, false) => {
                const { &[Hint::new("Wait", "the imagery here is still being read"), Hint::new("Esc", "drop")] }
            }
            (true, _) => {
                const {
                    &[
                        Hint::new("Left", "this too"),
                        Hint::new("Right", "not this"),
                        Hint::new("Backspace", "take the last mark back"),
                        Hint::new("Enter", "keep it"),
                        Hint::new("Tab", "other method"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            (false, true) if self.drags_box => {
                const {
                    &[
                        Hint::new("Drag", "a box around it"),
                        Hint::new("Click", "on it"),
                        Hint::new("Right", "what is not it"),
                        Hint::new("Shift", "add to the selected region"),
                        Hint::new("Alt", "take from it"),
                    ]
                }
            }
            (false, true) => {
                const {
                    &[
                        Hint::new("Click or drag", "on what you mean"),
                        Hint::new("Ctrl+drag", "a box around it"),
                        Hint::new("Right", "what is not it"),
                        Hint::new("Shift", "add to the selected region"),
                        Hint::new("Alt", "take from it"),
                    ]
                }
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::Crosshair
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, modifiers: Modifiers) -> bool {
        self.is_drawing()
            && (is_take_back(key, modifiers) || matches!(key, Key::Escape | Key::Enter | Key::Tab))
    }
}

/// Marks in pixels of the picture; `None` where none of them says what is meant there.
fn prompt<'a>(marks: impl Iterator<Item = &'a Mark>, picture: &Composite) -> Option<Prompt> {
    let [width, height] = picture.size();
    let inside = |(x, y): (f64, f64)| {
        let holds = x >= 0.0 && y >= 0.0 && x < width as f64 && y < height as f64;
        holds.then_some([x as usize, y as usize])
    };
    let mut prompt = Prompt::default();
    for mark in marks {
        let places: Vec<(f64, f64)> = mark.places.iter().map(|at| picture.place(*at)).collect();
        let to = match mark.kind {
            MarkKind::This => &mut prompt.this,
            MarkKind::Not => &mut prompt.not,
            MarkKind::Box => {
                prompt.around = area(&places, width as f64, height as f64);
                continue;
            }
        };
        to.extend(places.first().copied().and_then(inside));
        for pair in places.windows(2) {
            let (from, by) = (pair[0], (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1));
            let steps = by.0.abs().max(by.1.abs()).ceil().clamp(1.0, 1e4);
            let along = (1..=steps as usize).map(|i| i as f64 / steps);
            to.extend(along.filter_map(|s| inside((from.0 + s * by.0, from.1 + s * by.1))));
        }
    }
    (!prompt.this.is_empty() || prompt.around.is_some()).then_some(prompt)
}

fn area(corners: &[(f64, f64)], width: f64, height: f64) -> Option<Area> {
    let [from, .., to] = corners else { return None };
    let span = |a: f64, b: f64, most: f64| {
        let (a, b) = (a.min(b).clamp(0.0, most), a.max(b).clamp(0.0, most));
        (a as usize, (b.ceil() - a.floor()).max(0.0) as usize)
    };
    let ((left, width), (top, height)) = (span(from.0, to.0, width), span(from.1, to.1, height));
    (width > 1 && height > 1).then_some(Area { left, top, width, height })
}
