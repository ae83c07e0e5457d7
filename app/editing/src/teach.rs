//! The pixel classifier in the hand: scribbles that show what classes look like. What is learnt from them is shown while one
//! paints, and becomes regions when it is asked for.

use project::ClassCode;
use segment::{Composite, LearnerKind};
use spatial::{ScreenPoint, WorldPoint};

use crate::context::is_place;
use crate::preview::{LineStyle, Preview, PreviewLabel, PreviewLine};
use crate::wish::{next_number, thinned};
use crate::{Amount, Cursor, Effect, Hint, Key, Modifiers, Pointer, PointerButton, ToolContext, ToolEvent};

const NO_CLASS: &str = "Choose a class first: press its digit. The right button paints what is of no class";
const TOO_FEW: &str = "Paint at least two classes, or one and, with the right button, what is of no class";
/// The most scribbles.
const MOST: usize = 5_000;
/// Sizes that regions can be asked to have at least, in pixels of the screen.
pub const LEAST_PX: std::ops::RangeInclusive<f64> = 1.0..=100_000.0;

/// Where the hand went, and what is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Scribble {
    /// `None`: something of no class.
    pub class: Option<ClassCode>,
    pub places: Vec<WorldPoint>,
}

/// Pixels of a picture and what they are, as places in [`Lesson::classes`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lesson {
    /// What is taught, in the order in which it was first painted; `None`: of no class.
    pub classes: Vec<Option<ClassCode>>,
    /// Column, row, class.
    pub marks: Vec<([usize; 2], u8)>,
}

/// The tool; it stays armed, and its scribbles stay when it is put away.
#[derive(Clone, Debug, PartialEq)]
pub struct TeachTool {
    scribbles: Vec<Scribble>,
    pressed: Option<(PointerButton, ScreenPoint, Scribble)>,
    revision: u64,
    /// Regions of fewer pixels of the screen are not proposed.
    least_px: usize,
    learner: LearnerKind,
}

impl Default for TeachTool {
    fn default() -> Self {
        let learner = LearnerKind::default();
        Self { scribbles: Vec::new(), pressed: None, revision: next_number(), least_px: 200, learner }
    }
}

type Step = (TeachTool, Vec<Effect>);

impl TeachTool {
    /// What was painted, the oldest first.
    pub fn scribbles(&self) -> &[Scribble] {
        &self.scribbles
    }

    /// Another number whenever something else is to be learnt.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Regions of fewer pixels of the screen are not proposed.
    pub fn least_px(&self) -> usize {
        self.least_px
    }

    /// What learns.
    pub fn learner(&self) -> LearnerKind {
        self.learner
    }

    pub fn is_drawing(&self) -> bool {
        self.pressed.is_some()
    }

    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        self.pressed.as_ref()?.2.places.last().copied()
    }

    /// The pixels of a picture that were painted; `None` before there are two classes in it.
    pub fn lesson(&self, picture: &Composite) -> Option<Lesson> {
        let [width, height] = picture.size();
        let mut lesson = Lesson::default();
        for scribble in self.scribbles.iter().chain(self.pressed.as_ref().map(|p| &p.2)) {
            let mut marks = Vec::new();
            let places: Vec<(f64, f64)> = scribble.places.iter().map(|at| picture.place(*at)).collect();
            for pair in places.windows(2).chain(places.chunks(1).take(usize::from(places.len() == 1))) {
                let (from, to) = (pair[0], pair[pair.len() - 1]);
                let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).ceil().clamp(1.0, 1e4);
                for i in 0..=steps as usize {
                    let share = i as f64 / steps;
                    let (x, y) = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
                    if x >= 0.0 && y >= 0.0 && x < width as f64 && y < height as f64 {
                        marks.push([x as usize, y as usize]);
                    }
                }
            }
            if marks.is_empty() {
                continue;
            }
            let known = lesson.classes.iter().position(|class| *class == scribble.class);
            let class = known.unwrap_or_else(|| {
                lesson.classes.push(scribble.class.clone());
                lesson.classes.len() - 1
            });
            if class < 255 {
                lesson.marks.extend(marks.into_iter().map(|at| (at, class as u8)));
            }
        }
        (lesson.classes.len() > 1).then_some(lesson)
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext) -> Step {
        match event {
            ToolEvent::Press(p) if is_place(p.screen) => {
                let effects = self.press(&p, ctx);
                return (self, effects);
            }
            ToolEvent::Drag(p) | ToolEvent::Move(p) if is_place(p.screen) => self.drag_to(&p),
            ToolEvent::Release(p) => self.release(&p, ctx),
            ToolEvent::Key { key: Key::Enter, .. } => {
                let taught = self.scribbles.iter().any(|s| s.class.is_some())
                    && self.scribbles.iter().any(|s| s.class != self.scribbles[0].class);
                let effect = if taught { Effect::Propose } else { Effect::Notice(TOO_FEW.to_owned()) };
                return (self, vec![effect]);
            }
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => self.pressed = None,
            ToolEvent::Key { key: Key::Backspace | Key::Letter('Z'), .. } => {
                self.scribbles.pop();
                self.revision = next_number();
            }
            ToolEvent::Amount(Amount::LeastPx(least)) if least.is_finite() => {
                self.least_px = least.clamp(*LEAST_PX.start(), *LEAST_PX.end()) as usize;
            }
            ToolEvent::Amount(Amount::Learner(learner)) => {
                self.learner = learner;
                self.revision = next_number();
            }
            ToolEvent::Amount(Amount::Nothing) => {
                self.scribbles.clear();
                self.revision = next_number();
            }
            _ => {}
        }
        (self, Vec::new())
    }

    fn press(&mut self, p: &Pointer, ctx: &ToolContext) -> Vec<Effect> {
        let class = match p.button {
            PointerButton::Primary if ctx.class.is_none() => {
                return vec![Effect::Notice(NO_CLASS.to_owned())];
            }
            PointerButton::Primary => ctx.class.cloned(),
            PointerButton::Secondary => None,
            PointerButton::Middle => return Vec::new(),
        };
        if self.scribbles.len() < MOST {
            self.pressed = Some((p.button, p.screen, Scribble { class, places: vec![p.at] }));
        }
        Vec::new()
    }

    fn drag_to(&mut self, p: &Pointer) {
        let Some((_, last, scribble)) = &mut self.pressed else { return };
        let by = p.screen - *last;
        if by.x.hypot(by.y) >= 3.0 {
            *last = p.screen;
            scribble.places.push(p.at);
            self.revision = next_number();
        }
    }

    fn release(&mut self, p: &Pointer, ctx: &ToolContext) {
        if let Some((_, _, mut scribble)) = self.pressed.take_if(|(button, ..)| *button == p.button) {
            scribble.places = thinned(&scribble.places, ctx.viewport.resolution);
            self.scribbles.push(scribble);
            self.revision = next_number();
        }
    }

    /// What was painted.
    pub fn preview(&self) -> Preview {
        let mut preview = Preview::default();
        for scribble in self.scribbles.iter().chain(self.pressed.as_ref().map(|p| &p.2)) {
            let style = if scribble.class.is_some() { LineStyle::Draft } else { LineStyle::Crossing };
            let Some(at) = scribble.places.first().copied() else { continue };
            let text = scribble.class.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
            preview.labels.push(PreviewLabel { at, text });
            if scribble.places.len() > 1 {
                let points = scribble.places.clone();
                preview.lines.push(PreviewLine { points, closed: false, style });
            }
        }
        preview
    }

    /// What pointer and keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        const {
            &[
                Hint::new("Drag", "over pixels of the armed class"),
                Hint::new("Right", "over what is of no class"),
                Hint::new("Digit", "another class"),
                Hint::new("Backspace", "take the last one back"),
                Hint::new("Enter", "propose regions"),
            ]
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::Crosshair
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, modifiers: Modifiers) -> bool {
        match key {
            Key::Enter => true,
            Key::Escape => self.is_drawing(),
            Key::Backspace => modifiers == Modifiers::NONE && !self.scribbles.is_empty(),
            _ => false,
        }
    }
}
