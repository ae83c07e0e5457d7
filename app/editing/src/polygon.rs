//! Draws a polygon corner by corner.

use std::collections::BTreeMap;
use std::sync::Arc;

use project::{Change, Edit, GeometrySource, IdSource, Label, Region};
use spatial::WorldPoint;

use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLine};
use crate::shape::{crosses_from, on_one_line};
use crate::snap::snap;
use crate::{
    Cursor, Draft, Effect, Hint, Key, Modifiers, Pointer, PointerButton, Selection, SnapSettings,
    ToolContext, ToolEvent,
};

const CROSSES: &str = "A polygon cannot cross itself: take a corner back, or go round";
const TOO_FEW: &str = "A polygon needs three corners";
const FLAT: &str = "A polygon needs an area: its corners lie on one line";

/// The polygon tool. It keeps the unfinished ring to itself and emits one edit at the end; it stays armed.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum PolygonTool {
    /// Nothing drawn; the place is where a first corner would snap to.
    #[default]
    Idle,
    /// Waiting for the first corner, the pointer over the map.
    Hovering {
        cursor: WorldPoint,
        snapped: bool,
    },
    Drawing(Ring),
}

/// An unfinished ring.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ring {
    /// Set corners; never empty while drawing.
    corners: Vec<WorldPoint>,
    /// Corners that were taken back and can be had again.
    taken_back: Vec<WorldPoint>,
    cursor: Option<WorldPoint>,
    snapped: bool,
    /// The pointer is on the first corner: a click closes.
    closing: bool,
}

type Step = (PolygonTool, Vec<Effect>);

impl PolygonTool {
    /// Goes on with a draft that was dropped or saved from a crash.
    pub fn resume(draft: Draft) -> Self {
        let corners: Vec<WorldPoint> =
            draft.ring.into_iter().filter(|c| c.x.is_finite() && c.y.is_finite()).collect();
        if corners.is_empty() { Self::Idle } else { Self::Drawing(Ring { corners, ..Ring::default() }) }
    }

    /// True while there is an unfinished ring.
    pub fn is_drawing(&self) -> bool {
        matches!(self, Self::Drawing(_))
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        match (self, event) {
            (Self::Drawing(ring), event) => ring.step(event, ctx, ids),
            (_, ToolEvent::Press(p)) if p.button == PointerButton::Primary => Ring::begin(&p, ctx),
            (_, ToolEvent::Move(p) | ToolEvent::Drag(p) | ToolEvent::Release(p)) => {
                let snapped = snap(ctx, snap_settings(ctx, p.modifiers), p.at, None);
                (Self::Hovering { cursor: snapped.unwrap_or(p.at), snapped: snapped.is_some() }, Vec::new())
            }
            (_, ToolEvent::Cancel) => (Self::Idle, Vec::new()),
            (same, _) => (same, Vec::new()),
        }
    }

    /// What is drawn so far, and where the next corner would go.
    pub fn preview(&self) -> Preview {
        match self {
            Self::Idle | Self::Hovering { snapped: false, .. } => Preview::default(),
            Self::Hovering { cursor, .. } => Preview {
                handles: vec![Handle { at: *cursor, kind: HandleKind::Snap }],
                ..Preview::default()
            },
            Self::Drawing(ring) => ring.preview(),
        }
    }

    /// What the keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match self {
            Self::Idle | Self::Hovering { .. } => {
                const { &[Hint::new("Click", "set the first corner"), Hint::new("Ctrl", "snap on or off")] }
            }
            Self::Drawing(ring) if ring.corners.len() < 3 => {
                const {
                    &[
                        Hint::new("Click", "set a corner"),
                        Hint::new("Shift", "45° steps"),
                        Hint::new("Ctrl", "snap on or off"),
                        Hint::new("Backspace", "take a corner back"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            Self::Drawing(_) => {
                const {
                    &[
                        Hint::new("Click", "set a corner"),
                        Hint::new("Enter or double-click", "finish"),
                        Hint::new("Shift", "45° steps"),
                        Hint::new("Ctrl", "snap on or off"),
                        Hint::new("Backspace", "take a corner back"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        match self {
            Self::Drawing(Ring { closing: true, .. }) => Cursor::Finish,
            _ => Cursor::Crosshair,
        }
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, modifiers: Modifiers) -> bool {
        self.is_drawing()
            && (matches!(key, Key::Enter | Key::Escape | Key::Backspace | Key::Delete)
                || is_take_back(key, modifiers)
                || is_bring_back(key, modifiers))
    }
}

pub(crate) fn is_take_back(key: Key, m: Modifiers) -> bool {
    matches!(key, Key::Backspace | Key::Delete) || (key == Key::Letter('Z') && m.ctrl && !m.shift)
}

pub(crate) fn is_bring_back(key: Key, m: Modifiers) -> bool {
    m.ctrl && (key == Key::Letter('Y') || (key == Key::Letter('Z') && m.shift))
}

pub(crate) fn snap_settings(ctx: &ToolContext, modifiers: Modifiers) -> SnapSettings {
    if modifiers.ctrl { ctx.snap.toggled() } else { ctx.snap }
}

impl Ring {
    fn begin(p: &Pointer, ctx: &ToolContext) -> Step {
        if !p.at.x.is_finite() || !p.at.y.is_finite() {
            return (PolygonTool::Idle, Vec::new());
        }
        let first = snap(ctx, snap_settings(ctx, p.modifiers), p.at, None).unwrap_or(p.at);
        let ring = Self { corners: vec![first], cursor: Some(first), ..Self::default() };
        let effects = vec![ring.checkpoint(ctx)];
        (PolygonTool::Drawing(ring), effects)
    }

    fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => self.press(&p, ctx, ids),
            ToolEvent::Move(p) | ToolEvent::Drag(p) | ToolEvent::Release(p) => {
                self.follow(&p, ctx);
                (PolygonTool::Drawing(self), Vec::new())
            }
            ToolEvent::Key { key: Key::Enter, .. } => self.finish(ctx, ids),
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                let draft = self.draft(ctx);
                (PolygonTool::Idle, vec![Effect::Dropped(draft), Effect::Draft(None)])
            }
            ToolEvent::Key { key, modifiers } if is_take_back(key, modifiers) => self.take_back(ctx),
            ToolEvent::Key { key, modifiers } if is_bring_back(key, modifiers) => {
                let Some(corner) = self.taken_back.pop() else {
                    return (PolygonTool::Drawing(self), Vec::new());
                };
                self.corners.push(corner);
                let effects = vec![self.checkpoint(ctx)];
                (PolygonTool::Drawing(self), effects)
            }
            ToolEvent::Key { .. } | ToolEvent::Press(_) => (PolygonTool::Drawing(self), Vec::new()),
        }
    }

    fn press(mut self, p: &Pointer, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        self.follow(p, ctx);
        let Some(at) = self.cursor else { return (PolygonTool::Drawing(self), Vec::new()) };
        let again = self.corners.last().is_some_and(|last| ctx.is_near(*last, at));
        if self.closing || (again && p.clicks > 1) {
            return self.finish(ctx, ids);
        }
        // A second, slow click on a corner sets no second corner on it.
        let doubled = self.corners.last().is_some_and(|last| !ctx.is_drag(*last, at));
        if doubled {
            return (PolygonTool::Drawing(self), Vec::new());
        }
        self.corners.push(at);
        self.taken_back.clear();
        let effects = vec![self.checkpoint(ctx)];
        (PolygonTool::Drawing(self), effects)
    }

    /// Works out where a click would set the next corner.
    fn follow(&mut self, p: &Pointer, ctx: &ToolContext) {
        if !p.at.x.is_finite() || !p.at.y.is_finite() {
            return;
        }
        let first = self.corners.first().copied();
        self.closing = self.corners.len() >= 3 && first.is_some_and(|first| ctx.is_near(first, p.at));
        self.snapped = false;
        let cursor = if self.closing {
            first.unwrap_or(p.at)
        } else if let (true, Some(last)) = (p.modifiers.shift, self.corners.last()) {
            constrained(*last, p.at)
        } else {
            let snapped = snap(ctx, snap_settings(ctx, p.modifiers), p.at, None);
            self.snapped = snapped.is_some();
            snapped.unwrap_or(p.at)
        };
        self.cursor = Some(cursor);
    }

    fn take_back(mut self, ctx: &ToolContext) -> Step {
        self.taken_back.extend(self.corners.pop());
        self.closing = false;
        if self.corners.is_empty() {
            return (PolygonTool::Idle, vec![Effect::Draft(None)]);
        }
        let effects = vec![self.checkpoint(ctx)];
        (PolygonTool::Drawing(self), effects)
    }

    fn finish(self, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        if let Some(fault) = self.fault() {
            return (PolygonTool::Drawing(self), vec![Effect::Notice(fault.to_owned())]);
        }
        let id = ids.region();
        let region = Region {
            geometry: geo::Polygon::new(geo::LineString::new(self.corners), Vec::new()).into(),
            layer: ctx.layer.filter(|layer| ctx.project.layers().contains_key(layer)),
            source: GeometrySource::custom(),
            source_id: None,
            attributes: BTreeMap::new(),
        };
        let drawn = Edit::Region(Change::create(id, Arc::new(region)));
        let known =
            |code: &&project::ClassCode| ctx.project.schema().is_some_and(|s| s.class(code).is_some());
        let edit = match ctx.class.filter(known).filter(|_| !ctx.author.name().is_empty()) {
            None => drawn,
            Some(class) => {
                let label = Label {
                    region: id,
                    class: class.clone(),
                    author: ctx.author.clone(),
                    confidence: None,
                    note: String::new(),
                    seconds: None,
                    at_ms: Some(ctx.at_ms),
                    replies_to: Vec::new(),
                };
                let labelled = Edit::Label(Change::create(ids.label(), label));
                Edit::batch(format!("Draw “{class}”"), vec![drawn, labelled])
            }
        };
        let effects = vec![Effect::Edit(edit), Effect::Select(Selection::one(id)), Effect::Draft(None)];
        (PolygonTool::Idle, effects)
    }

    fn fault(&self) -> Option<&'static str> {
        if self.corners.len() < 3 {
            Some(TOO_FEW)
        } else if on_one_line(&self.corners) {
            Some(FLAT)
        } else if crosses_from(&self.corners, true, 0) {
            Some(CROSSES)
        } else {
            None
        }
    }

    fn draft(&self, ctx: &ToolContext) -> Draft {
        Draft { ring: self.corners.clone(), layer: ctx.layer, class: ctx.class.cloned() }
    }

    fn checkpoint(&self, ctx: &ToolContext) -> Effect {
        Effect::Draft(Some(self.draft(ctx)))
    }

    fn preview(&self) -> Preview {
        let mut lines =
            vec![PreviewLine { points: self.corners.clone(), closed: false, style: LineStyle::Draft }];
        let mut handles: Vec<Handle> =
            self.corners.iter().map(|at| Handle { at: *at, kind: HandleKind::Vertex }).collect();
        if let Some(first) = handles.first_mut().filter(|_| self.corners.len() >= 3) {
            first.kind = HandleKind::First;
        }
        let mut message = None;
        if let (Some(cursor), Some(last)) = (self.cursor, self.corners.last()) {
            let mut line = self.corners.clone();
            if !self.closing {
                line.push(cursor);
            }
            let crosses = crosses_from(&line, self.closing, self.corners.len() - 1);
            let style = if crosses { LineStyle::Crossing } else { LineStyle::Rubber };
            message = crosses.then_some(CROSSES);
            lines.push(PreviewLine { points: vec![*last, cursor], closed: false, style });
            if self.snapped {
                handles.push(Handle { at: cursor, kind: HandleKind::Snap });
            }
        }
        Preview { lines, handles, message, ..Preview::default() }
    }
}

/// The point in the direction of one of the eight compass points from `from` that is nearest to `to`.
pub(crate) fn constrained(from: WorldPoint, to: WorldPoint) -> WorldPoint {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let step = std::f64::consts::FRAC_PI_4;
    let angle = (dy.atan2(dx) / step).round() * step;
    let (sin, cos) = angle.sin_cos();
    let along = dx * cos + dy * sin;
    WorldPoint { x: from.x + along * cos, y: from.y + along * sin }
}
