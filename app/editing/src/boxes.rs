//! Shapes from a few places: rectangles, turned boxes, ellipses, points, and the last shape again.

use geo::{BoundingRect as _, Coord, Geometry, LineString, MapCoords as _, Point, Polygon};
use project::IdSource;
use serde::{Deserialize, Serialize};
use spatial::WorldPoint;

use crate::context::{distance, is_place};
use crate::draw::drawn;
use crate::path::{constrained, snap_settings};
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLabel, PreviewLine};
use crate::shape::{Shape, on_one_line};
use crate::snap::snap;
use crate::{
    Cursor, Draft, Effect, Hint, Key, Modifiers, Pointer, PointerButton, ToolContext, ToolEvent, Unfinished,
};

/// Corners of an ellipse: the chords of one a metre across err by half a millimetre.
const ROUND: u32 = 64;
/// Degrees by which `[` and `]` turn a stamp.
const TURN_DEG: f64 = 5.0;

const FLAT: &str = "This needs an area: drag further";
const NO_STAMP: &str = "Select a region first: its shape is set again with each click";

/// What the places mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxForm {
    /// Opposite corners; Shift makes it a square, Alt starts from the middle.
    Rectangle,
    /// The ends of one side, then how wide.
    Oriented,
    /// Opposite corners of the box around it; Shift makes it a circle, Alt starts from the middle.
    Ellipse,
    Point,
    /// The middle of a copy.
    Stamp,
}

/// A tool that makes a shape of a few places, by clicks or by dragging; it stays armed.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxTool {
    form: BoxForm,
    state: BoxState,
    /// What is stamped.
    stamp: Option<Geometry<f64>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum BoxState {
    #[default]
    Idle,
    Hovering {
        cursor: WorldPoint,
        snapped: bool,
    },
    Placing {
        places: Vec<WorldPoint>,
        cursor: WorldPoint,
        /// The button is down since the first place: letting go sets the second.
        pressed: bool,
        modifiers: Modifiers,
    },
}

type Step = (BoxTool, Vec<Effect>);

impl BoxTool {
    pub fn new(form: BoxForm) -> Self {
        Self { form, state: BoxState::Idle, stamp: None }
    }

    /// Goes on from the places of a draft that was dropped or saved from a crash.
    pub fn resume(form: BoxForm, places: &[WorldPoint]) -> Self {
        let mut tool = Self::new(form);
        let most = tool.needed().saturating_sub(1);
        let places: Vec<WorldPoint> = places.iter().copied().filter(|at| is_place(*at)).take(most).collect();
        if let Some(cursor) = places.last().copied() {
            let modifiers = Modifiers::NONE;
            tool.state = BoxState::Placing { places, cursor, pressed: false, modifiers };
        }
        tool
    }

    pub fn form(&self) -> BoxForm {
        self.form
    }

    /// Where the pointer was last.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        match &self.state {
            BoxState::Idle => None,
            BoxState::Hovering { cursor, .. } | BoxState::Placing { cursor, .. } => Some(*cursor),
        }
    }

    /// The places so far, while there are some.
    fn draft(&self, ctx: &ToolContext) -> Option<Draft> {
        let BoxState::Placing { places, .. } = &self.state else { return None };
        Some(Draft::new(ctx, places.clone(), Some(Unfinished::Box(self.form))))
    }

    fn kept(self, ctx: &ToolContext) -> Step {
        let draft = self.draft(ctx);
        (self, vec![Effect::Draft(draft)])
    }

    /// True between the first place and the last.
    pub fn is_drawing(&self) -> bool {
        matches!(self.state, BoxState::Placing { .. })
    }

    fn needed(&self) -> usize {
        match self.form {
            BoxForm::Point | BoxForm::Stamp => 1,
            BoxForm::Rectangle | BoxForm::Ellipse => 2,
            BoxForm::Oriented => 3,
        }
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        if self.form == BoxForm::Stamp {
            self.take_stamp(ctx);
        }
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => self.press(&p, ctx, ids),
            ToolEvent::Move(p) | ToolEvent::Drag(p) => {
                self.follow(&p, ctx);
                (self, Vec::new())
            }
            ToolEvent::Release(p) if p.button == PointerButton::Primary => self.release(&p, ctx, ids),
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                let dropped = self.draft(ctx);
                self.state = BoxState::Idle;
                let effects = dropped.map(|draft| vec![Effect::Dropped(draft), Effect::Draft(None)]);
                (self, effects.unwrap_or_default())
            }
            ToolEvent::Key { key: Key::Backspace | Key::Delete, .. } if self.is_drawing() => {
                if let BoxState::Placing { places, .. } = &mut self.state {
                    places.pop();
                    if places.is_empty() {
                        self.state = BoxState::Idle;
                    }
                }
                self.kept(ctx)
            }
            ToolEvent::Key { key: Key::OpenBracket, .. } => self.turned(TURN_DEG),
            ToolEvent::Key { key: Key::CloseBracket, .. } => self.turned(-TURN_DEG),
            _ => (self, Vec::new()),
        }
    }

    /// The shape of the region selected last; kept, so that stamping goes on when others are selected.
    fn take_stamp(&mut self, ctx: &ToolContext) {
        if self.stamp.is_none() {
            let primary = ctx.selection.primary().and_then(|id| ctx.project.region(id));
            self.stamp = primary.map(|region| region.geometry.clone());
        }
    }

    fn turned(mut self, degrees: f64) -> Step {
        if let Some(stamp) = &mut self.stamp
            && let Some(middle) = stamp.bounding_rect().map(geo::Rect::center)
        {
            let (sin, cos) = degrees.to_radians().sin_cos();
            *stamp = stamp.map_coords(|c: Coord<f64>| {
                let d = c - middle;
                middle + Coord { x: d.x * cos - d.y * sin, y: d.x * sin + d.y * cos }
            });
        }
        (self, Vec::new())
    }

    fn follow(&mut self, p: &Pointer, ctx: &ToolContext) {
        let snapped = snap(ctx, snap_settings(ctx, p.modifiers), p.at, None);
        let at = snapped.unwrap_or(p.at);
        match &mut self.state {
            BoxState::Placing { places, cursor, modifiers, .. } => {
                let side = self.form == BoxForm::Oriented && places.len() == 1;
                *cursor = if side && p.modifiers.shift { constrained(places[0], p.at) } else { at };
                *modifiers = p.modifiers;
            }
            state => *state = BoxState::Hovering { cursor: at, snapped: snapped.is_some() },
        }
    }

    fn press(mut self, p: &Pointer, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        self.follow(p, ctx);
        match &mut self.state {
            BoxState::Idle => (self, Vec::new()),
            BoxState::Hovering { cursor, .. } => {
                let (places, cursor) = (vec![*cursor], *cursor);
                self.state = BoxState::Placing { places, cursor, pressed: true, modifiers: p.modifiers };
                if self.needed() == 1 { self.finish(ctx, ids) } else { self.kept(ctx) }
            }
            BoxState::Placing { places, cursor, .. } => {
                let at = *cursor;
                if places.last().is_some_and(|last| ctx.is_drag(*last, at)) {
                    self.place(at, ctx, ids)
                } else {
                    (self, Vec::new())
                }
            }
        }
    }

    fn release(mut self, p: &Pointer, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        self.follow(p, ctx);
        if let BoxState::Placing { places, cursor, pressed, .. } = &mut self.state
            && std::mem::take(pressed)
        {
            let (at, first) = (*cursor, places.first().copied());
            if first.is_some_and(|first| ctx.is_drag(first, at)) {
                return self.place(at, ctx, ids);
            }
        }
        (self, Vec::new())
    }

    fn place(mut self, at: WorldPoint, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let needed = self.needed();
        if let BoxState::Placing { places, .. } = &mut self.state {
            places.push(at);
            if places.len() >= needed {
                return self.finish(ctx, ids);
            }
        }
        self.kept(ctx)
    }

    fn finish(mut self, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let shape = self.shape();
        let (cursor, snapped) = match &self.state {
            BoxState::Placing { cursor, .. } => (*cursor, false),
            BoxState::Hovering { cursor, snapped } => (*cursor, *snapped),
            BoxState::Idle => return (self, Vec::new()),
        };
        let hovering = BoxState::Hovering { cursor, snapped };
        match shape {
            Some(shape) => {
                self.state = hovering;
                let mut effects = drawn(ctx, ids, shape);
                if self.needed() > 1 {
                    effects.push(Effect::Draft(None));
                }
                (self, effects)
            }
            None if self.form == BoxForm::Stamp => {
                self.state = hovering;
                (self, vec![Effect::Notice(NO_STAMP.to_owned())])
            }
            None => {
                if let BoxState::Placing { places, .. } = &mut self.state {
                    places.pop();
                }
                (self, vec![Effect::Notice(FLAT.to_owned())])
            }
        }
    }

    /// What the places make, the pointer standing for the last that is missing.
    fn shape(&self) -> Option<Geometry<f64>> {
        let (places, cursor, modifiers) = match &self.state {
            BoxState::Placing { places, cursor, modifiers, .. } => (places.as_slice(), *cursor, *modifiers),
            BoxState::Hovering { cursor, .. } if self.form == BoxForm::Stamp => {
                (&[][..], *cursor, Modifiers::NONE)
            }
            _ => return None,
        };
        let place = |i: usize| places.get(i).copied().unwrap_or(cursor);
        let shape = match self.form {
            BoxForm::Point => return Some(Point(place(0)).into()),
            BoxForm::Stamp => {
                let stamp = self.stamp.as_ref()?;
                let by = place(0) - stamp.bounding_rect()?.center();
                return Some(stamp.map_coords(|c: Coord<f64>| c + by));
            }
            BoxForm::Rectangle => {
                let [a, b] = opposite(place(0), place(1), modifiers);
                corners_of(a, b).to_vec()
            }
            BoxForm::Ellipse => {
                let [a, b] = opposite(place(0), place(1), modifiers);
                ellipse(a, b)
            }
            BoxForm::Oriented => turned_box(place(0), place(1), place(2)).to_vec(),
        };
        (!on_one_line(&shape)).then(|| Polygon::new(LineString::new(shape), Vec::new()).into())
    }

    /// What would be made.
    pub fn preview(&self) -> Preview {
        let snap = |at: &WorldPoint| Handle { at: *at, kind: HandleKind::Snap };
        let mut preview = Preview::default();
        match &self.state {
            BoxState::Hovering { cursor, snapped: true } => preview.handles.push(snap(cursor)),
            BoxState::Placing { places, cursor, .. } => {
                preview.handles.extend(places.iter().map(|at| Handle { at: *at, kind: HandleKind::Vertex }));
                if places.len() == 1 && self.form == BoxForm::Oriented {
                    let points = vec![places[0], *cursor];
                    preview.lines.push(PreviewLine { points, closed: false, style: LineStyle::Rubber });
                }
            }
            _ => {}
        }
        let half = self.form == BoxForm::Oriented
            && matches!(&self.state, BoxState::Placing { places, .. } if places.len() < 2);
        let shape = self.shape().filter(|_| !half);
        for (_, _, ring) in shape.as_ref().and_then(Shape::new).iter().flat_map(Shape::rings) {
            let (points, closed) = (ring.clone(), !matches!(shape, Some(Geometry::LineString(_))));
            preview.lines.push(PreviewLine { points, closed, style: LineStyle::Ghost });
        }
        if let (Some(Geometry::Polygon(p)), true) = (&shape, self.form == BoxForm::Oriented) {
            preview.labels.extend(angle_label(p));
        }
        preview
    }

    /// What pointer and keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match (self.form, self.is_drawing()) {
            (BoxForm::Point, _) => {
                const { &[Hint::new("Click", "set a point"), Hint::new("Ctrl", "snap on or off")] }
            }
            (BoxForm::Stamp, _) => {
                const { &[Hint::new("Click", "set the shape again"), Hint::new("[ ]", "turn it")] }
            }
            (BoxForm::Oriented, false) => {
                const { &[Hint::new("Click", "begin one side"), Hint::new("Ctrl", "snap on or off")] }
            }
            (BoxForm::Oriented, true) => {
                const {
                    &[
                        Hint::new("Click", "end the side, then set the width"),
                        Hint::new("Shift", "45° steps"),
                        Hint::new("Backspace", "take a corner back"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            (_, false) => {
                const {
                    &[
                        Hint::new("Drag or click", "from corner to corner"),
                        Hint::new("Ctrl", "snap on or off"),
                    ]
                }
            }
            (BoxForm::Ellipse, true) => {
                const {
                    &[
                        Hint::new("Shift", "circle"),
                        Hint::new("Alt", "from the middle"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            (_, true) => {
                const {
                    &[
                        Hint::new("Shift", "square"),
                        Hint::new("Alt", "from the middle"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::Crosshair
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key) -> bool {
        let drawing = matches!(key, Key::Escape | Key::Backspace | Key::Delete) && self.is_drawing();
        drawing || (self.form == BoxForm::Stamp && matches!(key, Key::OpenBracket | Key::CloseBracket))
    }
}

/// Opposite corners as Shift (equal sides) and Alt (from the middle) have it.
fn opposite(a: WorldPoint, b: WorldPoint, held: Modifiers) -> [WorldPoint; 2] {
    let mut by = b - a;
    if held.shift {
        let side = by.x.abs().max(by.y.abs());
        by = Coord { x: side.copysign(by.x), y: side.copysign(by.y) };
    }
    if held.alt { [a - by, a + by] } else { [a, a + by] }
}

fn corners_of(a: WorldPoint, b: WorldPoint) -> [WorldPoint; 4] {
    let (low, high) =
        (Coord { x: a.x.min(b.x), y: a.y.min(b.y) }, Coord { x: a.x.max(b.x), y: a.y.max(b.y) });
    [low, Coord { x: high.x, y: low.y }, high, Coord { x: low.x, y: high.y }]
}

fn ellipse(a: WorldPoint, b: WorldPoint) -> Vec<WorldPoint> {
    let (middle, half) = ((a + b) / 2.0, (b - a) / 2.0);
    let place = |i: u32| {
        let (sin, cos) = (f64::from(i) / f64::from(ROUND) * std::f64::consts::TAU).sin_cos();
        middle + Coord { x: half.x.abs() * cos, y: half.y.abs() * sin }
    };
    (0..ROUND).map(place).collect()
}

/// The box on a side, as wide as a third place lies off it.
fn turned_box(a: WorldPoint, b: WorldPoint, third: WorldPoint) -> [WorldPoint; 4] {
    let side = b - a;
    let length = side.x.hypot(side.y);
    let across =
        if length > 0.0 { Coord { x: -side.y, y: side.x } / length } else { Coord { x: 0.0, y: 0.0 } };
    let off = third - b;
    let width = across * (off.x * across.x + off.y * across.y);
    [a, b, b + width, a + width]
}

/// How a box is turned, beside it.
fn angle_label(polygon: &Polygon<f64>) -> Option<PreviewLabel> {
    let found = spatial::geometry::box_of(&polygon.clone().into())?;
    let at = polygon.bounding_rect()?.center();
    (distance(polygon.exterior().0[0], polygon.exterior().0[1]) > 0.0)
        .then(|| PreviewLabel { at, text: format!("{:.1}°", found.angle_deg) })
}
