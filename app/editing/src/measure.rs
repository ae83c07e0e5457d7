//! Measures lengths and areas: a path of clicks that changes nothing.

use geo::Distance as _;
use spatial::{Measure, WorldPoint};

use crate::measurement::{Measurement, edge_text};
use crate::path::{constrained, is_bring_back, is_take_back, snap_settings};
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLabel, PreviewLine};
use crate::snap::snap;
use crate::{Cursor, Effect, Hint, Key, Modifiers, Pointer, PointerButton, ToolContext, ToolEvent};

/// Edges shorter than this on the screen, in points, are not labelled.
const LABELLED_POINTS: f64 = 56.0;
/// Corners of one path; nobody clicks more, and every frame measures them all.
const CORNERS: usize = 2_000;

/// The measuring tool. A finished path stays until the next begins or Esc takes it away.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasureTool {
    /// Nothing measured; what Esc took away can be brought back.
    Idle(Option<Path>),
    Drawing(Path),
    Finished(Path),
}

impl Default for MeasureTool {
    fn default() -> Self {
        Self::Idle(None)
    }
}

/// The way that is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    corners: Vec<WorldPoint>,
    taken_back: Vec<WorldPoint>,
    cursor: Option<WorldPoint>,
    snapped: bool,
    /// The pointer is on the first corner: a click makes a ring of it.
    closing: bool,
    /// It is a ring and has an area.
    closed: bool,
}

type Step = (MeasureTool, Vec<Effect>);

impl MeasureTool {
    /// True while a path is unfinished.
    pub fn is_drawing(&self) -> bool {
        matches!(self, Self::Drawing(_))
    }

    /// What is measured so far, the way to the pointer included; `None` without a path.
    pub fn measurement(&self, ctx: &ToolContext) -> Option<Measurement> {
        let path = self.path()?;
        let (corners, closed) = path.shown(self.is_drawing());
        (corners.len() > 1).then(|| Measurement::of(&corners, closed, ctx.project.crs()))
    }

    /// Where the pointer was last while a path is drawn.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        self.path()?.cursor
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Self::Idle(_) => None,
            Self::Drawing(path) | Self::Finished(path) => Some(path),
        }
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(self, event: ToolEvent, ctx: &ToolContext) -> Step {
        if let ToolEvent::Key { key, modifiers } = event {
            return self.key(key, modifiers, ctx);
        }
        match (self, event) {
            (_, ToolEvent::Cancel) => (Self::Idle(None), Vec::new()),
            (Self::Drawing(path), ToolEvent::Press(p)) if p.button == PointerButton::Primary => {
                (path.press(&p, ctx), Vec::new())
            }
            (_, ToolEvent::Press(p)) if p.button == PointerButton::Primary => {
                let first = snap(ctx, snap_settings(ctx, p.modifiers), p.at, None).unwrap_or(p.at);
                (Self::Drawing(Path { corners: vec![first], ..Path::default() }), Vec::new())
            }
            (Self::Drawing(mut path), ToolEvent::Move(p) | ToolEvent::Drag(p) | ToolEvent::Release(p)) => {
                path.follow(&p, ctx);
                (Self::Drawing(path), Vec::new())
            }
            (same, _) => (same, Vec::new()),
        }
    }

    fn key(self, key: Key, modifiers: Modifiers, ctx: &ToolContext) -> Step {
        if is_copy(key, modifiers) {
            let text = self.measurement(ctx).map(|m| Effect::Copy(m.text()));
            return (self, text.into_iter().collect());
        }
        let next = match self {
            Self::Drawing(path) => match key {
                Key::Enter => path.finish(false),
                Key::Escape => Self::Idle(Some(path)),
                _ if is_take_back(key, modifiers) => path.take_back(),
                _ if is_bring_back(key, modifiers) => path.bring_back(),
                _ => Self::Drawing(path),
            },
            Self::Finished(path) => match key {
                Key::Escape => Self::Idle(Some(path)),
                Key::Backspace | Key::Delete => path.take_back(),
                _ => Self::Finished(path),
            },
            Self::Idle(Some(path)) if is_again(key, modifiers) => {
                if path.closed {
                    Self::Finished(path)
                } else {
                    Self::Drawing(path)
                }
            }
            idle @ Self::Idle(_) => idle,
        };
        (next, Vec::new())
    }

    /// The path, its corners, and how long its edges are.
    pub fn preview(&self, ctx: &ToolContext) -> Preview {
        let Some(path) = self.path() else { return Preview::default() };
        let drawing = self.is_drawing();
        let (shown, closed) = path.shown(drawing);
        let mut lines =
            vec![PreviewLine { points: path.corners.clone(), closed: path.closed, style: LineStyle::Draft }];
        if let (true, Some(last), Some(end)) = (drawing, path.corners.last(), shown.last()) {
            let end = if closed { path.corners.first().unwrap_or(end) } else { end };
            lines.push(PreviewLine { points: vec![*last, *end], closed: false, style: LineStyle::Rubber });
        }
        let mut handles: Vec<Handle> =
            path.corners.iter().map(|at| Handle { at: *at, kind: HandleKind::Vertex }).collect();
        if let Some(first) = handles.first_mut().filter(|_| drawing && path.corners.len() > 2) {
            first.kind = HandleKind::First;
        }
        if let Some(at) = path.cursor.filter(|_| drawing && path.snapped) {
            handles.push(Handle { at, kind: HandleKind::Snap });
        }
        Preview { lines, handles, labels: labels(&shown, closed, ctx), ..Preview::default() }
    }

    /// What the keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        const UNDO: Hint = Hint::new("Backspace", "take a corner back");
        const COPY: Hint = Hint::new("Ctrl+C", "copy");
        match self {
            Self::Idle(None) => {
                const { &[Hint::new("Click", "set the first corner"), Hint::new("Ctrl", "snap on or off")] }
            }
            Self::Idle(Some(_)) => {
                const { &[Hint::new("Click", "set the first corner"), Hint::new("Ctrl+Shift+D", "bring back")] }
            }
            Self::Drawing(path) if path.corners.len() < 3 => {
                const {
                    &[
                        Hint::new("Click", "set a corner"),
                        Hint::new("Enter or double-click", "finish"),
                        Hint::new("Shift", "45° steps"),
                        UNDO,
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            Self::Drawing(_) => {
                const {
                    &[
                        Hint::new("Click", "set a corner"),
                        Hint::new("Enter", "finish"),
                        Hint::new("First corner", "close, for the area"),
                        UNDO,
                        Hint::new("Esc", "drop"),
                        COPY,
                    ]
                }
            }
            Self::Finished(_) => {
                const { &[Hint::new("Click", "measure anew"), COPY, UNDO, Hint::new("Esc", "clear")] }
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        match self {
            Self::Drawing(Path { closing: true, .. }) => Cursor::Finish,
            _ => Cursor::Crosshair,
        }
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, modifiers: Modifiers) -> bool {
        match self {
            Self::Idle(before) => before.is_some() && is_again(key, modifiers),
            Self::Drawing(_) => {
                matches!(key, Key::Enter | Key::Escape | Key::Backspace | Key::Delete)
                    || is_take_back(key, modifiers)
                    || is_bring_back(key, modifiers)
                    || is_copy(key, modifiers)
            }
            Self::Finished(_) => {
                matches!(key, Key::Escape | Key::Backspace | Key::Delete) && modifiers == Modifiers::NONE
                    || is_copy(key, modifiers)
            }
        }
    }
}

fn is_copy(key: Key, m: Modifiers) -> bool {
    key == Key::Letter('C') && m == Modifiers::CTRL
}

/// The key that brings a dropped polygon back, too.
fn is_again(key: Key, m: Modifiers) -> bool {
    key == Key::Letter('D') && m.ctrl && m.shift
}

impl Path {
    /// The corners as they are shown, and whether they make a ring.
    fn shown(&self, drawing: bool) -> (Vec<WorldPoint>, bool) {
        let mut corners = self.corners.clone();
        if drawing && !self.closing {
            corners.extend(self.cursor.filter(|at| corners.last() != Some(at)));
        }
        (corners, self.closed || (drawing && self.closing))
    }

    fn press(mut self, p: &Pointer, ctx: &ToolContext) -> MeasureTool {
        self.follow(p, ctx);
        let Some(at) = self.cursor else { return MeasureTool::Drawing(self) };
        if self.closing {
            return self.finish(true);
        }
        let again = self.corners.last().is_some_and(|last| ctx.is_near(*last, at));
        if again && p.clicks > 1 {
            return self.finish(false);
        }
        let doubled = self.corners.last().is_some_and(|last| !ctx.is_drag(*last, at));
        if !doubled && self.corners.len() < CORNERS {
            self.corners.push(at);
            self.taken_back.clear();
        }
        MeasureTool::Drawing(self)
    }

    /// Works out where a click would set the next corner.
    fn follow(&mut self, p: &Pointer, ctx: &ToolContext) {
        let first = self.corners.first().copied().filter(|_| self.corners.len() > 2);
        self.closing = first.is_some_and(|first| ctx.is_near(first, p.at));
        self.snapped = false;
        let cursor = if let Some(first) = first.filter(|_| self.closing) {
            first
        } else if let (true, Some(last)) = (p.modifiers.shift, self.corners.last()) {
            constrained(*last, p.at)
        } else {
            let snapped = snap(ctx, snap_settings(ctx, p.modifiers), p.at, None);
            self.snapped = snapped.is_some();
            snapped.unwrap_or(p.at)
        };
        self.cursor = Some(cursor);
    }

    fn finish(mut self, closed: bool) -> MeasureTool {
        if self.corners.len() < 2 {
            return MeasureTool::Drawing(self);
        }
        (self.closed, self.closing, self.cursor) = (closed, false, None);
        MeasureTool::Finished(self)
    }

    /// Takes a corner back; of a ring the closing edge comes first.
    fn take_back(mut self) -> MeasureTool {
        if self.closed {
            self.closed = false;
            return MeasureTool::Drawing(self);
        }
        self.taken_back.extend(self.corners.pop());
        self.closing = false;
        if self.corners.is_empty() { MeasureTool::Idle(None) } else { MeasureTool::Drawing(self) }
    }

    fn bring_back(mut self) -> MeasureTool {
        self.corners.extend(self.taken_back.pop());
        MeasureTool::Drawing(self)
    }
}

/// The lengths of the edges that are long enough on the screen, in their middles.
fn labels(corners: &[WorldPoint], closed: bool, ctx: &ToolContext) -> Vec<PreviewLabel> {
    let crs = ctx.project.crs();
    let measure = Measure::new(crs);
    let least = LABELLED_POINTS * ctx.px_per_point.clamp(0.25, 16.0) * ctx.viewport.resolution;
    let back = corners.last().zip(corners.first()).filter(|_| closed).map(|(a, b)| [*a, *b]);
    let edges = corners.windows(2).map(|edge| [edge[0], edge[1]]).chain(back);
    let long = edges.filter(|[a, b]| geo::Euclidean.distance(geo::Point(*a), geo::Point(*b)) >= least);
    long.map(|[a, b]| PreviewLabel { at: (a + b) / 2.0, text: edge_text(a, b, &measure, crs) }).collect()
}
