//! Selecting with a network of the SAM family: clicks and boxes, what a click would give under the pointer, one of three
//! masks, and what is kept of it. The network is asked elsewhere.

use std::sync::Arc;

use geo::Geometry;
use project::IdSource;
use spatial::WorldPoint;

use crate::context::is_place;
use crate::path::is_take_back;
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLabel, PreviewLine};
use crate::way::{NO_REGION, Way};
use crate::wish::{Choice, FedBack, PromptWish, next_number};
use crate::{
    Answer, Cursor, Effect, Hint, Key, Modifiers, Pointer, PointerButton, ToolContext, ToolEvent, Wish,
};

/// The most places of all clicks together.
const MOST_CLICKS: usize = 200;
/// Levels that are looked at more coarsely at most, for what is larger than what the network looks at.
const MOST_COARSER: u8 = 4;

const NOTHING_YET: &str = "Click on what you mean first";

/// What one gesture said.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    This(WorldPoint),
    Not(WorldPoint),
    Box([WorldPoint; 2]),
}

/// A gesture under way.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pressed {
    button: PointerButton,
    from: WorldPoint,
    to: WorldPoint,
    /// It has gone far enough for a box.
    is_box: bool,
}

impl Pressed {
    fn mark(self) -> Mark {
        match self.button {
            PointerButton::Primary if self.is_box => Mark::Box([self.from, self.to]),
            PointerButton::Secondary => Mark::Not(self.from),
            _ => Mark::This(self.from),
        }
    }
}

/// The tool; it stays armed.
#[derive(Clone, Debug, PartialEq)]
pub struct SamTool {
    marks: Vec<Mark>,
    way: Way,
    pressed: Option<Pressed>,
    /// Where the pointer was last, while nothing is marked.
    hover: Option<WorldPoint>,
    /// Of what is marked, and of what the pointer is over.
    subjects: [u64; 2],
    wish: Option<Wish>,
    /// Of the marks.
    answer: Option<Answer>,
    /// Of the pointer.
    hovered: Option<Answer>,
    /// Which of the masks is shown.
    which: usize,
    /// So many levels more coarsely than the view is looked at.
    coarser: u8,
    is_ending: bool,
}

impl Default for SamTool {
    fn default() -> Self {
        Self {
            marks: Vec::new(),
            way: Way::New,
            pressed: None,
            hover: None,
            subjects: [next_number(), next_number()],
            wish: None,
            answer: None,
            hovered: None,
            which: 0,
            coarser: 0,
            is_ending: false,
        }
    }
}

type Step = (SamTool, Vec<Effect>);

impl SamTool {
    pub fn is_drawing(&self) -> bool {
        !self.marks.is_empty() || self.pressed.is_some()
    }

    /// True while an answer to what is marked is waited for.
    pub fn is_looking(&self) -> bool {
        self.wish().is_some_and(|wish| wish.prompted().is_some_and(|prompt| !prompt.is_hover))
    }

    /// The mask that is shown, which of how many it is (from 0), and how long it took.
    pub fn shown(&self) -> Option<(&Choice, usize, usize, f64)> {
        let answer = if self.is_drawing() { self.answer.as_ref() } else { self.hovered.as_ref() }?;
        let count = answer.choices.len();
        let which = self.which % count.max(1);
        Some((answer.choices.get(which)?, which, count, answer.took_ms))
    }

    /// Why nothing was found for the marks.
    pub fn failure(&self) -> Option<&segment::SegmentError> {
        self.answer.as_ref().filter(|_| self.is_drawing())?.failure.as_ref()
    }

    /// Where the hand is, or was last: what lies there is looked at first.
    pub fn attention(&self) -> Option<WorldPoint> {
        let marked = self.marks.last().map(|mark| match mark {
            Mark::This(at) | Mark::Not(at) => *at,
            Mark::Box([a, b]) => WorldPoint { x: f64::midpoint(a.x, b.x), y: f64::midpoint(a.y, b.y) },
        });
        self.pressed.map(|pressed| pressed.from).or(marked).or(self.hover)
    }

    /// What is to be found, while it is not.
    pub fn wish(&self) -> Option<&Wish> {
        let is_answered = |wish: &Wish| {
            [&self.answer, &self.hovered].into_iter().flatten().any(|answer| answer.number == wish.number())
        };
        self.wish.as_ref().filter(|wish| !is_answered(wish))
    }

    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        Some(self.pressed?.to)
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let effects = match event {
            ToolEvent::Press(p) if p.clicks > 1 => self.end(ctx, ids),
            ToolEvent::Press(p) if is_place(p.screen) => self.press(&p, ctx),
            ToolEvent::Drag(p) if is_place(p.screen) => {
                self.drag_to(&p, ctx);
                Vec::new()
            }
            ToolEvent::Move(p) if is_place(p.screen) => {
                self.move_to(&p, ctx);
                Vec::new()
            }
            ToolEvent::Release(p) => {
                self.release(&p, ctx);
                Vec::new()
            }
            ToolEvent::Found => self.take(ctx, ids),
            ToolEvent::Key { key: Key::Enter, .. } => self.end(ctx, ids),
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                self = Self::default();
                Vec::new()
            }
            ToolEvent::Key { key, modifiers } if is_take_back(key, modifiers) => {
                self.marks.pop();
                self.ask(ctx, None);
                Vec::new()
            }
            ToolEvent::Key { key: Key::Tab, .. } => {
                self.which += 1;
                self.look_wider(ctx);
                Vec::new()
            }
            _ => Vec::new(),
        };
        (self, effects)
    }

    fn press(&mut self, p: &Pointer, ctx: &ToolContext) -> Vec<Effect> {
        if self.marks.is_empty() {
            let Some(way) = Way::of(p.modifiers, ctx) else {
                return vec![Effect::Notice(NO_REGION.to_owned())];
            };
            self.way = way;
        }
        if p.button != PointerButton::Middle && self.marks.len() < MOST_CLICKS {
            self.is_ending = false;
            self.pressed = Some(Pressed { button: p.button, from: p.at, to: p.at, is_box: false });
        }
        Vec::new()
    }

    fn drag_to(&mut self, p: &Pointer, ctx: &ToolContext) {
        let Some(pressed) = &mut self.pressed else { return };
        pressed.to = p.at;
        if pressed.button == PointerButton::Primary && ctx.is_drag(pressed.from, p.at) {
            pressed.is_box = true;
        }
    }

    /// What a click would give is shown before it is made.
    fn move_to(&mut self, p: &Pointer, ctx: &ToolContext) {
        let is_same = self.hover.is_some_and(|at| !ctx.is_drag(at, p.at));
        if self.is_drawing() || is_same {
            return;
        }
        self.hover = Some(p.at);
        self.wish = Some(Wish::prompted_by(
            self.subjects[1],
            PromptWish {
                this: vec![p.at],
                not: Vec::new(),
                around: None,
                previous: None,
                resolution: ctx.viewport.resolution,
                coarser: 0,
                is_hover: true,
            },
        ));
    }

    fn release(&mut self, p: &Pointer, ctx: &ToolContext) {
        let Some(pressed) = self.pressed.take() else { return };
        if pressed.button != p.button {
            self.pressed = Some(pressed);
            return;
        }
        let mark = pressed.mark();
        if matches!(mark, Mark::Box(_)) {
            self.marks.retain(|mark| !matches!(mark, Mark::Box(_)));
        }
        // What was fed back is what is on the screen: the mask that the next mark is to mend.
        let previous = self.answer.as_ref().filter(|_| !self.marks.is_empty()).and_then(|answer| {
            let shown = answer.choices.get(self.which % answer.choices.len().max(1))?;
            shown.fed_back.clone()
        });
        if !self.marks.is_empty() {
            self.which = 0;
        }
        self.marks.push(mark);
        self.ask(ctx, previous);
    }

    /// Wishes for what all marks mean now.
    fn ask(&mut self, ctx: &ToolContext, previous: Option<Arc<FedBack>>) {
        let of = |is: fn(&Mark) -> Option<WorldPoint>| self.marks.iter().filter_map(is).collect::<Vec<_>>();
        let this = of(|mark| if let Mark::This(at) = mark { Some(*at) } else { None });
        let not = of(|mark| if let Mark::Not(at) = mark { Some(*at) } else { None });
        let around = self.marks.iter().find_map(|mark| if let Mark::Box(b) = mark { Some(*b) } else { None });
        if this.is_empty() && around.is_none() {
            (self.wish, self.answer) = (None, None);
            return;
        }
        let (resolution, coarser) = (ctx.viewport.resolution, self.coarser);
        let wish = PromptWish { this, not, around, previous, resolution, coarser, is_hover: false };
        self.wish = Some(Wish::prompted_by(self.subjects[0], wish));
    }

    /// An answer has come.
    fn take(&mut self, ctx: &ToolContext, ids: &mut IdSource) -> Vec<Effect> {
        let Some(answer) = ctx.answer else { return Vec::new() };
        let wished = self.wish.as_ref().map(Wish::number);
        if answer.subject == self.subjects[1] {
            if wished == Some(answer.number) || self.hovered.is_none() {
                self.hovered = Some(answer.clone());
            }
        } else if answer.subject == self.subjects[0] {
            let known = self.answer.as_ref().map_or(0, |known| known.number);
            // One that is newer, unless it says nothing where a finer look has said something.
            if answer.number > known {
                let keeps = answer.choices.is_empty() && self.coarser > 0;
                if let Some(held) = self.answer.as_mut().filter(|known| keeps && !known.choices.is_empty()) {
                    held.number = answer.number;
                } else {
                    self.answer = Some(answer.clone());
                    self.look_wider(ctx);
                }
            }
        }
        if self.is_ending && self.wish().is_none() { self.end(ctx, ids) } else { Vec::new() }
    }

    /// What is shown ends where the network's picture does: asks for the same of more of the world.
    fn look_wider(&mut self, ctx: &ToolContext) {
        let is_asked = self.wish().is_none() && !self.marks.is_empty();
        let is_cut = self.shown().is_some_and(|(shown, ..)| shown.is_cut);
        if is_asked && is_cut && self.coarser < MOST_COARSER {
            self.coarser += 1;
            self.ask(ctx, None);
        }
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
        let outline = self.shown().map(|(shown, ..)| shown.outline.clone()).filter(|all| !all.0.is_empty());
        let Some(outline) = outline else {
            let why = self.failure().map_or_else(|| "nothing was found".to_owned(), ToString::to_string);
            return vec![Effect::Notice(format!("There is nothing to keep: {why}"))];
        };
        let geometry: Geometry<f64> = match &outline.0[..] {
            [one] => one.clone().into(),
            _ => outline.into(),
        };
        let effects = self.way.effects(ctx, ids, geometry, "segment anything");
        *self = Self::default();
        effects
    }

    /// The marks, and what they were found to mean; before the first one what a click would give.
    pub fn preview(&self) -> Preview {
        let mut preview = Preview::default();
        if let Some((shown, ..)) = self.shown() {
            preview.areas.clone_from(&shown.outline.0);
        }
        let going = self.pressed.filter(|pressed| pressed.is_box).map(Pressed::mark);
        for mark in self.marks.iter().copied().chain(going) {
            match mark {
                Mark::Box([a, b]) => {
                    let points = vec![a, WorldPoint { x: b.x, y: a.y }, b, WorldPoint { x: a.x, y: b.y }];
                    preview.lines.push(PreviewLine { points, closed: true, style: LineStyle::Box });
                }
                Mark::This(at) | Mark::Not(at) => {
                    let text = if matches!(mark, Mark::This(_)) { "+" } else { "−" };
                    preview.handles.push(Handle { at, kind: HandleKind::Vertex });
                    preview.labels.push(PreviewLabel { at, text: text.to_owned() });
                }
            }
        }
        preview
    }

    /// What pointer and keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        if self.is_drawing() {
            const {
                &[
                    Hint::new("Left", "this too"),
                    Hint::new("Right", "not this"),
                    Hint::new("Tab", "another mask"),
                    Hint::new("Backspace", "take the last mark back"),
                    Hint::new("Enter", "keep it"),
                    Hint::new("Esc", "drop"),
                ]
            }
        } else {
            const {
                &[
                    Hint::new("Click", "on what you mean"),
                    Hint::new("Drag", "a box around it"),
                    Hint::new("Tab", "another mask"),
                    Hint::new("Shift", "add to the selected region"),
                    Hint::new("Alt", "take from it"),
                ]
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::Crosshair
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, modifiers: Modifiers) -> bool {
        let goes_on = key == Key::Tab && self.shown().is_some();
        goes_on
            || self.is_drawing()
                && (is_take_back(key, modifiers) || matches!(key, Key::Escape | Key::Enter | Key::Tab))
    }
}
