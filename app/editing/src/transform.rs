//! Moves, turns and scales the selection as a whole, by handles or by numbers.

use std::sync::Arc;

use geo::Rect;
use project::{Region, RegionId};
use spatial::WorldPoint;

use crate::context::distance;
use crate::corners::outlines;
use crate::effect::AT_ONCE;
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLabel, PreviewLine};
use crate::reshape::{Reshape, alone, middle_of, reshape_edit};
use crate::shape::Shape;
use crate::{
    Amount, Cursor, Effect, Hint, Key, Modifiers, Pointer, PointerButton, SelectTool, Tool, ToolContext,
    ToolEvent,
};

/// Regions whose outlines are shown while they are dragged; of more, the box is.
const SHOWN: usize = 500;
/// Points from the box to the handle that turns it.
const ARM_POINTS: f64 = 28.0;
/// Degrees of one step with Shift held.
const STEP_DEG: f64 = 15.0;

/// The tool that takes hold of the selection as a whole. Esc and Enter give the pointer back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum TransformTool {
    #[default]
    Idle,
    Hovering(WorldPoint),
    Dragging {
        grip: Grip,
        from: WorldPoint,
        to: WorldPoint,
        held: Modifiers,
    },
}

/// What the button went down on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grip {
    Inside,
    Turn,
    /// Across and up from the middle: -1, 0 or 1.
    Side(i8, i8),
}

type Step = (Tool, Vec<Effect>);

impl TransformTool {
    /// One event in; the next tool, as it may give way to the pointer, and what to do out.
    #[must_use]
    pub fn step(self, event: ToolEvent, ctx: &ToolContext, ids: &mut project::IdSource) -> Step {
        let stay = |tool: Self| (Tool::Transform(tool), Vec::new());
        if ctx.selection.is_empty() {
            return (Tool::Select(SelectTool::default()), Vec::new());
        }
        match event {
            // The box around very many is still being found: nothing is there to take hold of, or to miss.
            ToolEvent::Press(_) if frame(ctx).is_none() => stay(self),
            ToolEvent::Press(p) if p.button == PointerButton::Primary => match grip(ctx, p.at) {
                Some(grip) => stay(Self::Dragging { grip, from: p.at, to: p.at, held: p.modifiers }),
                None => (Tool::Select(SelectTool::default()), Vec::new()),
            },
            ToolEvent::Drag(p) => stay(self.dragged(&p)),
            ToolEvent::Move(p) => match self {
                Self::Dragging { .. } => stay(self),
                _ => stay(Self::Hovering(p.at)),
            },
            ToolEvent::Release(p) if p.button == PointerButton::Primary => {
                let change = self.dragged(&p).change(ctx);
                (Tool::Transform(Self::Hovering(p.at)), change.map_or_else(Vec::new, |c| made(ctx, ids, c)))
            }
            ToolEvent::Amount(amount) => {
                let change = match amount {
                    Amount::Move(by) => Some(Reshape::Move(by)),
                    Amount::RotateDeg(degrees) => Some(Reshape::RotateDeg(degrees)),
                    Amount::Scale(factor) => {
                        frame(ctx).map(|box_| Reshape::Scale(box_.center(), [factor, factor]))
                    }
                    _ => None,
                };
                (Tool::Transform(self), change.map_or_else(Vec::new, |c| made(ctx, ids, c)))
            }
            ToolEvent::Key { key: Key::Escape, .. } if matches!(self, Self::Dragging { .. }) => {
                stay(Self::Idle)
            }
            ToolEvent::Key { key: Key::Escape | Key::Enter, .. } => {
                (Tool::Select(SelectTool::default()), Vec::new())
            }
            ToolEvent::Key { key, modifiers } => match nudge(key, modifiers, ctx) {
                Some(by) => (Tool::Transform(self), made(ctx, ids, Reshape::Move(by))),
                None => stay(self),
            },
            ToolEvent::Cancel => stay(Self::Idle),
            _ => stay(self),
        }
    }

    /// Where the pointer was last.
    pub(crate) fn last_place(self) -> Option<WorldPoint> {
        match self {
            Self::Idle => None,
            Self::Hovering(at) | Self::Dragging { to: at, .. } => Some(at),
        }
    }

    fn dragged(self, p: &Pointer) -> Self {
        match self {
            Self::Dragging { grip, from, .. } => Self::Dragging { grip, from, to: p.at, held: p.modifiers },
            other => other,
        }
    }

    /// What letting go would do.
    fn change(self, ctx: &ToolContext) -> Option<Reshape> {
        let Self::Dragging { grip, from, to, held } = self else { return None };
        let box_ = frame(ctx)?;
        if !ctx.is_drag(from, to) {
            return None;
        }
        match grip {
            Grip::Inside => {
                let by = to - from;
                let along = if by.x.abs() > by.y.abs() {
                    WorldPoint { x: by.x, y: 0.0 }
                } else {
                    WorldPoint { x: 0.0, y: by.y }
                };
                Some(Reshape::Move(if held.shift { along } else { by }))
            }
            Grip::Turn => {
                let middle = box_.center();
                let angle = |p: WorldPoint| (p.y - middle.y).atan2(p.x - middle.x).to_degrees();
                let mut turned = (angle(to) - angle(from) + 540.0).rem_euclid(360.0) - 180.0;
                if held.shift {
                    turned = (turned / STEP_DEG).round() * STEP_DEG;
                }
                Some(Reshape::RotateDeg(turned))
            }
            Grip::Side(x, y) => {
                let about = if held.alt { box_.center() } else { side(&box_, -x, -y) };
                let share = |side: i8, from: f64, to: f64, about: f64| {
                    if side == 0 || from == about { 1.0 } else { (to - about) / (from - about) }
                };
                let grip = self::side(&box_, x, y);
                let at = grip + (to - from);
                let mut factors = [share(x, grip.x, at.x, about.x), share(y, grip.y, at.y, about.y)];
                if held.shift {
                    let [across, up] = factors;
                    let larger = if (across - 1.0).abs() > (up - 1.0).abs() { across } else { up };
                    factors = [larger; 2];
                }
                let usable = factors.iter().all(|f| f.is_finite() && f.abs() > 1e-3);
                usable.then_some(Reshape::Scale(about, factors))
            }
        }
    }

    /// The box with its handles, or what letting go would make.
    pub fn preview(self, ctx: &ToolContext) -> Preview {
        let Some(box_) = frame(ctx) else { return Preview::default() };
        let mut preview = Preview::default();
        if let Some(change) = self.change(ctx) {
            preview.lines = ghosts(ctx, change);
            preview.labels.extend(label(change).map(|text| PreviewLabel { at: box_.center(), text }));
            return preview;
        }
        let [low, high] = [box_.min(), box_.max()];
        let points = vec![low, (high.x, low.y).into(), high, (low.x, high.y).into()];
        preview.lines.push(PreviewLine { points, closed: true, style: LineStyle::Box });
        let knob = knob(ctx, &box_);
        let arm = vec![side(&box_, 0, 1), knob];
        preview.lines.push(PreviewLine { points: arm, closed: false, style: LineStyle::Rubber });
        preview.handles.extend(sides(&box_).map(|(_, at)| Handle { at, kind: HandleKind::Vertex }));
        preview.handles.push(Handle { at: knob, kind: HandleKind::First });
        preview
    }

    /// What pointer and keys do now.
    pub fn hints(self) -> &'static [Hint] {
        match self {
            Self::Dragging { grip: Grip::Turn, .. } => {
                const { &[Hint::new("Shift", "15° steps"), Hint::new("Esc", "put it back")] }
            }
            Self::Dragging { grip: Grip::Side(..), .. } => {
                const {
                    &[
                        Hint::new("Shift", "keep the proportions"),
                        Hint::new("Alt", "from the middle"),
                        Hint::new("Esc", "put it back"),
                    ]
                }
            }
            Self::Dragging { .. } => {
                const { &[Hint::new("Shift", "along one axis"), Hint::new("Esc", "put it back")] }
            }
            _ => {
                const {
                    &[
                        Hint::new("Drag", "inside to move, a handle to scale, the round one to turn"),
                        Hint::new("Arrows", "move by a pixel, with Shift by ten"),
                        Hint::new("Enter", "done"),
                    ]
                }
            }
        }
    }

    pub fn cursor(self, ctx: &ToolContext) -> Cursor {
        match self {
            Self::Dragging { .. } => Cursor::Moving,
            Self::Hovering(at) => match grip(ctx, at) {
                Some(Grip::Inside) => Cursor::Move,
                Some(_) => Cursor::Corner,
                None => Cursor::Arrow,
            },
            Self::Idle => Cursor::Arrow,
        }
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(self, key: Key, modifiers: Modifiers) -> bool {
        let arrow = matches!(key, Key::Up | Key::Down | Key::Left | Key::Right);
        matches!(key, Key::Escape | Key::Enter) || (arrow && !modifiers.ctrl && !modifiers.alt)
    }
}

/// The box around the selection; `None` also while that of very many is being found.
fn frame(ctx: &ToolContext) -> Option<Rect<f64>> {
    if ctx.selection.len() > AT_ONCE {
        return ctx.selection_box;
    }
    box_around(ctx.project, ctx.selection.regions())
}

/// The box around some regions.
pub fn box_around(project: &project::Project, regions: &[RegionId]) -> Option<Rect<f64>> {
    let boxes = regions.iter().filter_map(|id| project.region(*id)?.bounds());
    let union = |a: Rect<f64>, b: Rect<f64>| {
        Rect::new(
            (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
            (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
        )
    };
    boxes.reduce(union)
}

fn side(box_: &Rect<f64>, x: i8, y: i8) -> WorldPoint {
    let middle = box_.center();
    WorldPoint {
        x: middle.x + f64::from(x) * box_.width() / 2.0,
        y: middle.y + f64::from(y) * box_.height() / 2.0,
    }
}

/// The eight handles of a box; a side without length has none at its ends.
fn sides(box_: &Rect<f64>) -> impl Iterator<Item = (Grip, WorldPoint)> {
    let (wide, high) = (box_.width() > 0.0, box_.height() > 0.0);
    (-1..=1_i8).flat_map(|x| (-1..=1_i8).map(move |y| (x, y))).filter_map(move |(x, y)| {
        let known = (x, y) != (0, 0) && (wide || x == 0) && (high || y == 0);
        known.then(|| (Grip::Side(x, y), side(box_, x, y)))
    })
}

fn knob(ctx: &ToolContext, box_: &Rect<f64>) -> WorldPoint {
    let top = side(box_, 0, 1);
    WorldPoint { x: top.x, y: top.y + ctx.world_from_points(ARM_POINTS) }
}

fn grip(ctx: &ToolContext, at: WorldPoint) -> Option<Grip> {
    let box_ = frame(ctx)?;
    if ctx.is_near(knob(ctx, &box_), at) {
        return Some(Grip::Turn);
    }
    let near = sides(&box_).filter(|(_, handle)| ctx.is_near(*handle, at));
    let nearest = near.min_by(|a, b| distance(a.1, at).total_cmp(&distance(b.1, at)));
    let inside = geo::Intersects::intersects(&box_, &geo::Point(at)) || ctx.is_near(box_.center(), at);
    nearest.map(|(grip, _)| grip).or_else(|| inside.then_some(Grip::Inside))
}

fn nudge(key: Key, held: Modifiers, ctx: &ToolContext) -> Option<WorldPoint> {
    let step = ctx.viewport.resolution * if held.shift { 10.0 } else { 1.0 };
    let (x, y) = match key {
        Key::Left => (-step, 0.0),
        Key::Right => (step, 0.0),
        Key::Up => (0.0, step),
        Key::Down => (0.0, -step),
        _ => return None,
    };
    Some(WorldPoint { x, y })
}

fn made(ctx: &ToolContext, ids: &mut project::IdSource, change: Reshape) -> Vec<Effect> {
    if ctx.selection.len() > AT_ONCE {
        return vec![Effect::Reshape(change)];
    }
    match reshape_edit(ctx.project, ids, ctx.selection.regions(), change) {
        Ok(made) => vec![Effect::Edit(made.edit)],
        Err(why) => vec![Effect::Notice(format!("{why}. {}", why.hint()))],
    }
}

/// Outlines of the selection as a change would leave it.
pub(crate) fn ghosts(ctx: &ToolContext, change: Reshape) -> Vec<PreviewLine> {
    let shown = ctx.selection.regions().iter().take(SHOWN);
    let regions: Vec<(RegionId, Arc<Region>)> =
        shown.filter_map(|id| Some((*id, Arc::clone(ctx.project.region(*id)?)))).collect();
    // The middle is that of the whole selection, also where not all of it is shown.
    let middle = frame(ctx).map(Rect::center).or_else(|| middle_of(&regions));
    let Some(middle) = middle else { return Vec::new() };
    let shapes = regions.iter().filter_map(|(_, r)| alone(&r.geometry, change, middle).ok());
    shapes
        .filter_map(|shape| Shape::new(&shape))
        .flat_map(|shape| outlines(&shape, LineStyle::Ghost))
        .collect()
}

fn label(change: Reshape) -> Option<String> {
    match change {
        Reshape::RotateDeg(degrees) => Some(format!("{degrees:.1}°")),
        Reshape::Scale(_, [across, up]) if (across - up).abs() < 1e-9 => {
            Some(format!("{:.0} %", across * 100.0))
        }
        Reshape::Scale(_, [across, up]) => Some(format!("{:.0} × {:.0} %", across * 100.0, up * 100.0)),
        _ => None,
    }
}
