//! Draws corner by corner: polygons, lines, cuts.

use std::sync::Arc;

use geo::LineString;
use project::{IdSource, RegionId};
use serde::{Deserialize, Serialize};
use spatial::{WorldPoint, WorldRect};

use crate::context::is_place;
use crate::draw::drawn;
use crate::effect::AT_ONCE;
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLine};
use crate::reshape::{Reshaped, cut_out_edit, split_edit};
use crate::shape::{crosses_from, on_one_line};
use crate::snap::{right_angle, snap};
use crate::trace::traced;
use crate::{
    Cursor, Draft, Effect, Hint, Key, Modifiers, Pointer, PointerButton, SnapSettings, ToolContext, ToolEvent,
};

const CROSSES: &str = "A polygon cannot cross itself: F mends it, Backspace takes a corner back";
const TOO_FEW: &str = "A polygon needs three corners";
const SHORT: &str = "A line needs two points";
const FLAT: &str = "A polygon needs an area: its corners lie on one line";
const IN_PARTS: &str = "The outline falls into several parts: take a corner back, or go round";
const MISSED: &str = "The line meets no region that could be cut";

/// What becomes of the corners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathForm {
    /// A region with an area.
    #[default]
    Polygon,
    /// A region that is a line.
    Line,
    /// Regions are cut along the line.
    Split,
    /// The area is taken out of regions.
    CutOut,
}

impl PathForm {
    fn is_closed(self) -> bool {
        matches!(self, Self::Polygon | Self::CutOut)
    }

    /// The fewest corners it can be finished with.
    fn least(self) -> usize {
        if self.is_closed() { 3 } else { 2 }
    }

    /// True for the form that drafts have unless they say otherwise.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(crate) fn is_polygon(&self) -> bool {
        *self == Self::Polygon
    }
}

/// A tool that draws corner by corner. It keeps the unfinished path to itself and emits one edit at the end; it
/// stays armed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathTool {
    form: PathForm,
    state: PathState,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum PathState {
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

/// An unfinished path.
#[derive(Clone, Debug, Default, PartialEq)]
struct Ring {
    form: PathForm,
    /// Set corners; never empty while drawing.
    corners: Vec<WorldPoint>,
    /// Corners that were taken back and can be had again.
    taken_back: Vec<WorldPoint>,
    /// Edges, by the corner that they start at, that crossed an edge as they were set.
    crossing: Vec<usize>,
    cursor: Option<WorldPoint>,
    /// Corners of a border from the last corner to the cursor, while it is traced.
    trace: Vec<WorldPoint>,
    snapped: bool,
    /// The pointer is on the first corner: a click closes.
    closing: bool,
}

type Step = (PathState, Vec<Effect>);

impl PathTool {
    pub fn new(form: PathForm) -> Self {
        Self { form, state: PathState::Idle }
    }

    /// What becomes of the corners.
    pub fn form(&self) -> PathForm {
        self.form
    }

    /// Goes on with a draft that was dropped or saved from a crash.
    pub fn resume(draft: Draft) -> Self {
        let form = draft.form;
        let corners: Vec<WorldPoint> = draft.ring.into_iter().filter(|c| is_place(*c)).collect();
        if corners.is_empty() {
            return Self::new(form);
        }
        let mut ring = Ring { form, ..Ring::default() };
        for corner in corners {
            ring.push(corner);
        }
        Self { form, state: PathState::Drawing(ring) }
    }

    /// Where the pointer was last.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        match &self.state {
            PathState::Idle => None,
            PathState::Hovering { cursor, .. } => Some(*cursor),
            PathState::Drawing(ring) => ring.cursor,
        }
    }

    /// True while there is an unfinished path.
    pub fn is_drawing(&self) -> bool {
        matches!(self.state, PathState::Drawing(_))
    }

    /// True while what is drawn crosses itself, or would when it is closed: it can be mended.
    pub fn can_mend(&self) -> bool {
        matches!(&self.state, PathState::Drawing(ring) if ring.can_mend())
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> (Self, Vec<Effect>) {
        let form = self.form;
        let (state, effects) = match (self.state, event) {
            (PathState::Drawing(ring), event) => ring.step(event, ctx, ids),
            (_, ToolEvent::Press(p)) if p.button == PointerButton::Primary => Ring::begin(form, &p, ctx),
            (_, ToolEvent::Move(p) | ToolEvent::Drag(p) | ToolEvent::Release(p)) => {
                let snapped = snap(ctx, snap_settings(ctx, p.modifiers), p.at, None);
                let cursor = snapped.unwrap_or(p.at);
                (PathState::Hovering { cursor, snapped: snapped.is_some() }, Vec::new())
            }
            (_, ToolEvent::Cancel) => (PathState::Idle, Vec::new()),
            (same, _) => (same, Vec::new()),
        };
        (Self { form, state }, effects)
    }

    /// What is drawn so far, and where the next corner would go.
    pub fn preview(&self) -> Preview {
        match &self.state {
            PathState::Idle | PathState::Hovering { snapped: false, .. } => Preview::default(),
            PathState::Hovering { cursor, .. } => Preview {
                handles: vec![Handle { at: *cursor, kind: HandleKind::Snap }],
                ..Preview::default()
            },
            PathState::Drawing(ring) => ring.preview(),
        }
    }

    /// What the keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match &self.state {
            PathState::Idle | PathState::Hovering { .. } => match self.form {
                PathForm::Polygon | PathForm::Line => {
                    const { &[Hint::new("Click", "set the first corner"), Hint::new("Ctrl", "snap on or off")] }
                }
                PathForm::Split => const { &[Hint::new("Click", "begin the cut outside the region")] },
                PathForm::CutOut => {
                    const { &[Hint::new("Click", "set the first corner of what is taken out")] }
                }
            },
            PathState::Drawing(ring) if ring.is_crossed() => {
                const {
                    &[
                        Hint::new("F", "mend the crossing and finish"),
                        Hint::new("Backspace", "take a corner back"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            PathState::Drawing(ring) if ring.corners.len() < self.form.least() => {
                const {
                    &[
                        Hint::new("Click", "set a corner"),
                        Hint::new("Shift", "45° steps"),
                        Hint::new("Ctrl", "snap on or off"),
                        Hint::new("Alt", "follow a border"),
                        Hint::new("Backspace", "take a corner back"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            PathState::Drawing(_) => {
                const {
                    &[
                        Hint::new("Click", "set a corner"),
                        Hint::new("Enter or double-click", "finish"),
                        Hint::new("Shift", "45° steps"),
                        Hint::new("Ctrl", "snap on or off"),
                        Hint::new("Alt", "follow a border"),
                        Hint::new("Backspace", "take a corner back"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        match &self.state {
            PathState::Drawing(Ring { closing: true, .. }) => Cursor::Finish,
            _ => Cursor::Crosshair,
        }
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, modifiers: Modifiers) -> bool {
        let fixes = key == Key::Letter('F') && modifiers == Modifiers::NONE && self.can_mend();
        self.is_drawing()
            && (matches!(key, Key::Enter | Key::Escape | Key::Backspace | Key::Delete)
                || fixes
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
    fn begin(form: PathForm, p: &Pointer, ctx: &ToolContext) -> Step {
        let first = snap(ctx, snap_settings(ctx, p.modifiers), p.at, None).unwrap_or(p.at);
        let ring = Self { form, corners: vec![first], cursor: Some(first), ..Self::default() };
        let effects = vec![ring.checkpoint(ctx)];
        (PathState::Drawing(ring), effects)
    }

    fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => self.press(&p, ctx, ids),
            ToolEvent::Move(p) | ToolEvent::Drag(p) | ToolEvent::Release(p) => {
                self.follow(&p, ctx);
                (PathState::Drawing(self), Vec::new())
            }
            ToolEvent::Key { key: Key::Enter, .. } => self.finish(ctx, ids),
            ToolEvent::Key { key: Key::Letter('F'), modifiers } if modifiers == Modifiers::NONE => {
                if self.can_mend() { self.mend(ctx, ids) } else { (PathState::Drawing(self), Vec::new()) }
            }
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                let draft = self.draft(ctx);
                (PathState::Idle, vec![Effect::Dropped(draft), Effect::Draft(None)])
            }
            ToolEvent::Key { key, modifiers } if is_take_back(key, modifiers) => self.take_back(ctx),
            ToolEvent::Key { key, modifiers } if is_bring_back(key, modifiers) => {
                let Some(corner) = self.taken_back.pop() else {
                    return (PathState::Drawing(self), Vec::new());
                };
                self.push(corner);
                let effects = vec![self.checkpoint(ctx)];
                (PathState::Drawing(self), effects)
            }
            ToolEvent::Key { .. } | ToolEvent::Press(_) | ToolEvent::Amount(_) | ToolEvent::Found => {
                (PathState::Drawing(self), Vec::new())
            }
        }
    }

    fn press(mut self, p: &Pointer, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        self.follow(p, ctx);
        let Some(at) = self.cursor else { return (PathState::Drawing(self), Vec::new()) };
        let again = self.corners.last().is_some_and(|last| ctx.is_near(*last, at));
        if self.closing || (again && p.clicks > 1) {
            return self.finish(ctx, ids);
        }
        // A second, slow click on a corner sets no second corner on it.
        let doubled = self.corners.last().is_some_and(|last| !ctx.is_drag(*last, at));
        if doubled {
            return (PathState::Drawing(self), Vec::new());
        }
        for corner in std::mem::take(&mut self.trace) {
            self.push(corner);
        }
        self.push(at);
        self.taken_back.clear();
        let effects = vec![self.checkpoint(ctx)];
        (PathState::Drawing(self), effects)
    }

    /// Sets a corner, and notes when the edge to it crosses another.
    fn push(&mut self, corner: WorldPoint) {
        self.corners.push(corner);
        let edge = self.corners.len().saturating_sub(2);
        if self.form.is_closed() && self.corners.len() > 2 && crosses_from(&self.corners, false, edge) {
            self.crossing.push(edge);
        }
    }

    fn is_crossed(&self) -> bool {
        !self.crossing.is_empty()
    }

    fn can_mend(&self) -> bool {
        let n = self.corners.len();
        let closes = self.form.is_closed() && n >= 3;
        closes && (self.is_crossed() || crosses_from(&self.corners, true, n - 1))
    }

    /// Works out where a click would set the next corner.
    fn follow(&mut self, p: &Pointer, ctx: &ToolContext) {
        let first = self.corners.first().copied();
        let closes = self.form.is_closed() && self.corners.len() >= 3;
        self.closing = closes && first.is_some_and(|first| ctx.is_near(first, p.at));
        self.snapped = false;
        self.trace.clear();
        let settings = snap_settings(ctx, p.modifiers);
        let cursor = if self.closing {
            first.unwrap_or(p.at)
        } else if let (true, Some(last)) = (p.modifiers.shift, self.corners.last()) {
            constrained(*last, p.at)
        } else {
            let held = SnapSettings { on: true, to_edges: true, to_vertices: true, ..settings };
            let settings = if p.modifiers.alt { held } else { settings };
            let snapped = snap(ctx, settings, p.at, None).or_else(|| {
                if settings.on && settings.to_right_angles {
                    right_angle(ctx, &self.corners, p.at)
                } else {
                    None
                }
            });
            self.snapped = snapped.is_some();
            let cursor = snapped.unwrap_or(p.at);
            if let (true, Some(last)) = (p.modifiers.alt, self.corners.last()) {
                self.trace = traced(ctx, *last, cursor).unwrap_or_default();
            }
            cursor
        };
        self.cursor = Some(cursor);
    }

    fn take_back(mut self, ctx: &ToolContext) -> Step {
        self.taken_back.extend(self.corners.pop());
        let edges = self.corners.len().saturating_sub(1);
        self.crossing.retain(|edge| *edge < edges);
        self.closing = false;
        if self.corners.is_empty() {
            return (PathState::Idle, vec![Effect::Draft(None)]);
        }
        let effects = vec![self.checkpoint(ctx)];
        (PathState::Drawing(self), effects)
    }

    fn finish(self, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        if let Some(fault) = self.fault() {
            return (PathState::Drawing(self), vec![Effect::Notice(fault.to_owned())]);
        }
        let line = LineString::new(self.corners.clone());
        let geometry = match self.form {
            PathForm::Polygon => geo::Polygon::new(line, Vec::new()).into(),
            PathForm::Line => line.into(),
            PathForm::Split | PathForm::CutOut => return self.cut(ctx, ids, &line),
        };
        let mut effects = drawn(ctx, ids, geometry);
        effects.push(Effect::Draft(None));
        (PathState::Idle, effects)
    }

    /// Finishes with what the crossing outline encloses.
    fn mend(self, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let outline = geo::Polygon::new(LineString::new(self.corners.clone()), Vec::new());
        let mended = match spatial::geometry::repair(&outline.into()) {
            Ok(mended) => mended,
            Err(why) => return (PathState::Drawing(self), vec![Effect::Notice(why.to_string())]),
        };
        if self.form == PathForm::CutOut {
            let Some(outer) = single_ring(&mended) else {
                return (PathState::Drawing(self), vec![Effect::Notice(IN_PARTS.to_owned())]);
            };
            return self.cut(ctx, ids, &outer);
        }
        let mut effects = drawn(ctx, ids, mended);
        effects.push(Effect::Draft(None));
        (PathState::Idle, effects)
    }

    /// Cuts the selected regions, or those that the path meets where none is selected.
    fn cut(self, ctx: &ToolContext, ids: &mut IdSource, line: &LineString<f64>) -> Step {
        let targets: Vec<RegionId> = if ctx.selection.is_empty() {
            met_by(ctx, line, self.form.is_closed())
        } else {
            ctx.selection.regions().to_vec()
        };
        let out = self.form == PathForm::CutOut;
        if targets.len() > AT_ONCE {
            let cut = Effect::Cut { regions: Arc::new(targets), path: line.clone(), out };
            return (PathState::Idle, vec![cut, Effect::Draft(None)]);
        }
        let made = match self.form {
            PathForm::CutOut => cut_out_edit(ctx.project, &targets, line),
            _ => split_edit(ctx.project, ids, &targets, line),
        };
        match made {
            Ok(Reshaped { edit, selection, .. }) => {
                let effects = vec![Effect::Edit(edit), Effect::Select(selection), Effect::Draft(None)];
                (PathState::Idle, effects)
            }
            Err(_) if targets.is_empty() => {
                (PathState::Drawing(self), vec![Effect::Notice(MISSED.to_owned())])
            }
            Err(why) => {
                let text = format!("{why}. {}", why.hint());
                (PathState::Drawing(self), vec![Effect::Notice(text)])
            }
        }
    }

    fn fault(&self) -> Option<&'static str> {
        if self.corners.len() < self.form.least() {
            Some(if self.form.is_closed() { TOO_FEW } else { SHORT })
        } else if !self.form.is_closed() {
            None
        } else if on_one_line(&self.corners) {
            Some(FLAT)
        } else if crosses_from(&self.corners, true, 0) {
            Some(CROSSES)
        } else {
            None
        }
    }

    fn draft(&self, ctx: &ToolContext) -> Draft {
        Draft { form: self.form, ..Draft::new(ctx, self.corners.clone(), None) }
    }

    fn checkpoint(&self, ctx: &ToolContext) -> Effect {
        Effect::Draft(Some(self.draft(ctx)))
    }

    fn preview(&self) -> Preview {
        let mut lines =
            vec![PreviewLine { points: self.corners.clone(), closed: false, style: LineStyle::Draft }];
        for edge in &self.crossing {
            let points = self.corners[*edge..=edge + 1].to_vec();
            lines.push(PreviewLine { points, closed: false, style: LineStyle::Crossing });
        }
        let mut handles: Vec<Handle> =
            self.corners.iter().map(|at| Handle { at: *at, kind: HandleKind::Vertex }).collect();
        let closes = self.form.is_closed() && self.corners.len() >= 3;
        if let Some(first) = handles.first_mut().filter(|_| closes) {
            first.kind = HandleKind::First;
        }
        let mut message = self.is_crossed().then_some(CROSSES);
        if let (Some(cursor), Some(last)) = (self.cursor, self.corners.last()) {
            let mut line = self.corners.clone();
            let from = line.len() - 1;
            line.extend(&self.trace);
            if !self.closing {
                line.push(cursor);
            }
            let crosses = self.form.is_closed() && crosses_from(&line, self.closing, from);
            let style = if crosses { LineStyle::Crossing } else { LineStyle::Rubber };
            message = message.or(crosses.then_some(CROSSES));
            let mut points = vec![*last];
            points.extend(&self.trace);
            points.push(cursor);
            lines.push(PreviewLine { points, closed: false, style });
            if self.snapped {
                handles.push(Handle { at: cursor, kind: HandleKind::Snap });
            }
        }
        Preview { lines, handles, message, ..Preview::default() }
    }
}

/// The outline of a shape that is one polygon without holes.
fn single_ring(shape: &geo::Geometry<f64>) -> Option<LineString<f64>> {
    match shape {
        geo::Geometry::Polygon(p) if p.interiors().is_empty() => Some(p.exterior().clone()),
        _ => None,
    }
}

/// The regions with edges that a path meets.
fn met_by(ctx: &ToolContext, line: &LineString<f64>, closed: bool) -> Vec<RegionId> {
    use geo::{BoundingRect as _, Intersects as _};
    let Some(around) = line.bounding_rect() else { return Vec::new() };
    let around = WorldRect::new(around.min(), around.max());
    let path: geo::Geometry<f64> =
        if closed { geo::Polygon::new(line.clone(), Vec::new()).into() } else { line.clone().into() };
    let found = ctx.project.regions_in(around);
    let mut met: Vec<RegionId> =
        found.filter(|(_, region)| region.geometry.intersects(&path)).map(|(id, _)| id).collect();
    met.sort_unstable();
    met
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
