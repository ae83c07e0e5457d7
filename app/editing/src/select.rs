//! Selects regions and moves them, or their corners.

use std::sync::Arc;

use geo::Rect;
use project::{Change, Edit, IdSource, Region, RegionId};
use spatial::WorldPoint;

use crate::context::distance;
use crate::edits::delete_edit;
use crate::hit::{region_at, regions_at, regions_in_box};
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLine};
use crate::shape::{Shape, VertexRef};
use crate::snap::snap;
use crate::{
    Cursor, Effect, Hint, Key, Modifiers, Pointer, PointerButton, Selection, SnapSettings, ToolContext,
    ToolEvent,
};

const CROSSES: &str = "The polygon would cross itself; the corner goes back to where it was";
/// More corners than this show no handles: they would hide the shape, and one cannot be told from another.
const MOST_HANDLES: usize = 5_000;

/// A corner of a region.
type Corner = (RegionId, VertexRef);

/// The select tool: clicks select, drags move what they took hold of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelectTool {
    state: State,
    /// Where the pointer was last.
    cursor: Option<WorldPoint>,
    /// The corner that Delete deletes, chosen by a click.
    active: Option<Corner>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum State {
    #[default]
    Idle,
    /// The button is down and nothing moved far enough yet.
    Pressed {
        from: WorldPoint,
        on: Grip,
    },
    Box {
        from: WorldPoint,
        to: WorldPoint,
    },
    MovingCorner {
        corner: Corner,
        shape: Shape,
        crosses: bool,
    },
    MovingRegions {
        from: WorldPoint,
        to: WorldPoint,
    },
}

/// What the button went down on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Grip {
    Corner(Corner),
    /// Between this corner and the next, at this place.
    Middle(Corner, WorldPoint),
    /// A region of the selection.
    Selected,
    Elsewhere,
}

type Step = (SelectTool, Vec<Effect>);

impl SelectTool {
    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, _ids: &mut IdSource) -> Step {
        if let ToolEvent::Press(p) | ToolEvent::Drag(p) | ToolEvent::Release(p) | ToolEvent::Move(p) = &event
        {
            if !p.at.x.is_finite() || !p.at.y.is_finite() {
                return (self, Vec::new());
            }
            self.cursor = Some(p.at);
        }
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => self.press(&p, ctx),
            ToolEvent::Drag(p) => self.drag(&p, ctx),
            ToolEvent::Release(p) if p.button == PointerButton::Primary => self.release(&p, ctx),
            ToolEvent::Key { key, modifiers } => self.key(key, modifiers, ctx),
            ToolEvent::Cancel => (Self { cursor: self.cursor, ..Self::default() }, Vec::new()),
            ToolEvent::Press(_) | ToolEvent::Release(_) | ToolEvent::Move(_) => (self, Vec::new()),
        }
    }

    fn press(mut self, p: &Pointer, ctx: &ToolContext) -> Step {
        let on = grip(ctx, p.at);
        if let (Grip::Corner(corner), true) = (on, p.modifiers.alt) {
            self.state = State::Idle;
            return self.delete_corner(corner, ctx);
        }
        self.active = match on {
            Grip::Corner(corner) => Some(corner),
            _ => None,
        };
        self.state = State::Pressed { from: p.at, on };
        (self, Vec::new())
    }

    fn drag(mut self, p: &Pointer, ctx: &ToolContext) -> Step {
        self.state = match self.state {
            State::Pressed { from, on } if ctx.is_drag(from, p.at) => start_drag(ctx, from, on, p),
            State::Box { from, .. } => State::Box { from, to: p.at },
            State::MovingRegions { from, .. } => State::MovingRegions { from, to: p.at },
            State::MovingCorner { corner, shape, .. } => move_corner(ctx, corner, shape, p),
            same => same,
        };
        (self, Vec::new())
    }

    fn release(mut self, p: &Pointer, ctx: &ToolContext) -> Step {
        let effects = match std::mem::take(&mut self.state) {
            State::Idle | State::Pressed { on: Grip::Corner(_), .. } => Vec::new(),
            State::Pressed { on: Grip::Middle(corner, at), .. } => insert_corner(ctx, corner, at),
            State::Pressed { .. } => click(ctx, p),
            State::Box { from, .. } => box_select(ctx, from, p),
            State::MovingRegions { from, .. } => move_regions(ctx, from, p.at),
            State::MovingCorner { crosses: true, .. } => vec![Effect::Notice(CROSSES.to_owned())],
            State::MovingCorner { corner, shape, .. } => reshape(ctx, corner.0, &shape),
        };
        if effects.iter().any(|e| matches!(e, Effect::Select(_) | Effect::Edit(_))) {
            self.active = self.active.filter(|_| !matches!(effects.first(), Some(Effect::Select(_))));
        }
        (self, effects)
    }

    fn key(mut self, key: Key, modifiers: Modifiers, ctx: &ToolContext) -> Step {
        match key {
            Key::Escape => {
                let idle = self.state == State::Idle;
                let corner = self.active.take();
                self.state = State::Idle;
                let clear = idle && corner.is_none() && !ctx.selection.is_empty();
                (self, if clear { vec![Effect::Select(Selection::default())] } else { Vec::new() })
            }
            Key::Delete | Key::Backspace if self.state == State::Idle => {
                match self.active.filter(|corner| corner_at(ctx, *corner).is_some()) {
                    Some(corner) => self.delete_corner(corner, ctx),
                    None => (self, delete_regions(ctx)),
                }
            }
            Key::Tab if self.state == State::Idle => {
                let back = modifiers.shift;
                let next = self.cursor.and_then(|at| cycled(ctx, at, back));
                (self, next.map(|id| Effect::Select(Selection::one(id))).into_iter().collect())
            }
            _ => (self, Vec::new()),
        }
    }

    fn delete_corner(mut self, corner: Corner, ctx: &ToolContext) -> Step {
        let Some(shape) = shape_of(ctx, corner.0) else { return (self, Vec::new()) };
        self.active = None;
        match shape.removed(corner.1) {
            Ok(shape) => (self, reshape(ctx, corner.0, &shape)),
            Err(reason) => (self, vec![Effect::Notice(reason.to_owned())]),
        }
    }

    /// Handles of the selected region, and what a drag would make.
    pub fn preview(&self, ctx: &ToolContext) -> Preview {
        match &self.state {
            State::Idle | State::Pressed { .. } => {
                Preview { handles: self.handles(ctx), ..Preview::default() }
            }
            State::Box { from, to } => {
                let points = Rect::new(*from, *to).to_polygon().exterior().0[..4].to_vec();
                let line = PreviewLine { points, closed: true, style: LineStyle::Box };
                Preview { lines: vec![line], ..Preview::default() }
            }
            State::MovingCorner { corner, shape, crosses } => {
                let style = if *crosses { LineStyle::Crossing } else { LineStyle::Ghost };
                let at = shape.at(corner.1).into_iter();
                Preview {
                    lines: outlines(shape, style),
                    handles: at.map(|at| Handle { at, kind: HandleKind::ActiveVertex }).collect(),
                    message: crosses.then_some(CROSSES),
                    ..Preview::default()
                }
            }
            State::MovingRegions { from, to } => {
                let moved = ctx.selection.regions().iter().filter_map(|id| {
                    let region = translated(ctx.project.region(*id)?, *to - *from);
                    Shape::new(&region.geometry)
                });
                Preview {
                    lines: moved.flat_map(|s| outlines(&s, LineStyle::Ghost)).collect(),
                    ..Preview::default()
                }
            }
        }
    }

    fn handles(&self, ctx: &ToolContext) -> Vec<Handle> {
        let Some((region, shape)) = handled(ctx) else { return Vec::new() };
        let under = self.cursor.and_then(|at| nearest_corner(ctx, region, &shape, at));
        let hot = |v| self.active == Some((region, v)) || under == Some((region, v));
        let corners = shape.vertices().map(|(v, at)| Handle {
            at,
            kind: if hot(v) { HandleKind::ActiveVertex } else { HandleKind::Vertex },
        });
        let middles = middles(ctx, &shape).map(|(_, at)| Handle { at, kind: HandleKind::Midpoint });
        middles.chain(corners).collect()
    }

    /// What the pointer and the keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match (&self.state, self.active) {
            (State::MovingCorner { .. }, _) => {
                const {
                    &[
                        Hint::new("Release", "set the corner"),
                        Hint::new("Ctrl", "snap on or off"),
                        Hint::new("Esc", "put it back"),
                    ]
                }
            }
            (State::MovingRegions { .. }, _) => {
                const { &[Hint::new("Release", "put it here"), Hint::new("Esc", "put it back")] }
            }
            (State::Box { .. }, _) => {
                const {
                    &[
                        Hint::new("Release", "select what the box meets"),
                        Hint::new("Shift", "add"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            (_, Some(_)) => {
                const { &[Hint::new("Delete", "delete the corner"), Hint::new("Esc", "leave the corner")] }
            }
            _ => {
                const {
                    &[
                        Hint::new("Click", "select"),
                        Hint::new("Shift or Ctrl", "select more"),
                        Hint::new("Drag", "box, or move the selection"),
                        Hint::new("Tab", "next region under the pointer"),
                        Hint::new("Alt-click", "delete a corner"),
                        Hint::new("Delete", "delete"),
                    ]
                }
            }
        }
    }

    pub fn cursor(&self, ctx: &ToolContext) -> Cursor {
        match &self.state {
            State::Box { .. } => Cursor::Crosshair,
            State::MovingCorner { .. } | State::MovingRegions { .. } => Cursor::Moving,
            State::Idle | State::Pressed { .. } => match self.cursor.map(|at| grip(ctx, at)) {
                Some(Grip::Corner(_) | Grip::Middle(..)) => Cursor::Corner,
                Some(Grip::Selected) => Cursor::Move,
                _ => Cursor::Arrow,
            },
        }
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, ctx: &ToolContext) -> bool {
        match key {
            Key::Escape => self.state != State::Idle || self.active.is_some() || !ctx.selection.is_empty(),
            Key::Delete | Key::Backspace => self.active.is_some() || !ctx.selection.is_empty(),
            Key::Tab => self.cursor.is_some_and(|at| regions_at(ctx, at).len() > 1),
            _ => false,
        }
    }
}

/// The region whose corners have handles: the only one selected.
fn handled(ctx: &ToolContext) -> Option<(RegionId, Shape)> {
    let [region] = ctx.selection.regions() else { return None };
    let shape = shape_of(ctx, *region)?;
    (shape.vertices().take(MOST_HANDLES + 1).count() <= MOST_HANDLES).then_some((*region, shape))
}

fn shape_of(ctx: &ToolContext, region: RegionId) -> Option<Shape> {
    Shape::new(&ctx.project.region(region)?.geometry)
}

fn corner_at(ctx: &ToolContext, (region, vertex): Corner) -> Option<WorldPoint> {
    shape_of(ctx, region)?.at(vertex)
}

fn nearest_corner(ctx: &ToolContext, region: RegionId, shape: &Shape, at: WorldPoint) -> Option<Corner> {
    let near = shape.vertices().filter(|(_, corner)| ctx.is_near(*corner, at));
    let nearest = near.min_by(|(_, a), (_, b)| distance(*a, at).total_cmp(&distance(*b, at)));
    nearest.map(|(vertex, _)| (region, vertex))
}

/// Middles of the edges that are long enough on the screen to tell from their ends.
fn middles(ctx: &ToolContext, shape: &Shape) -> impl Iterator<Item = (VertexRef, WorldPoint)> {
    let least = 3.0 * ctx.reach();
    let long = shape.edges().filter(move |(_, edge)| distance(edge.start, edge.end) > least);
    long.map(|(vertex, edge)| (vertex, (edge.start + edge.end) / 2.0))
}

fn grip(ctx: &ToolContext, at: WorldPoint) -> Grip {
    if let Some((region, shape)) = handled(ctx) {
        if let Some(corner) = nearest_corner(ctx, region, &shape, at) {
            return Grip::Corner(corner);
        }
        if let Some((vertex, middle)) = middles(ctx, &shape).find(|(_, middle)| ctx.is_near(*middle, at)) {
            return Grip::Middle((region, vertex), middle);
        }
    }
    let selected = regions_at(ctx, at).iter().any(|id| ctx.selection.contains(*id));
    if selected { Grip::Selected } else { Grip::Elsewhere }
}

fn start_drag(ctx: &ToolContext, from: WorldPoint, on: Grip, p: &Pointer) -> State {
    let grown = p.modifiers.shift || p.modifiers.ctrl;
    match on {
        Grip::Corner(corner) => match shape_of(ctx, corner.0) {
            Some(shape) => move_corner(ctx, corner, shape, p),
            None => State::Idle,
        },
        Grip::Middle((region, vertex), at) => {
            match shape_of(ctx, region).and_then(|shape| shape.inserted(vertex, at)) {
                Some((shape, new)) => move_corner(ctx, (region, new), shape, p),
                None => State::Idle,
            }
        }
        Grip::Selected if !grown => State::MovingRegions { from, to: p.at },
        Grip::Selected | Grip::Elsewhere => State::Box { from, to: p.at },
    }
}

fn move_corner(ctx: &ToolContext, corner: Corner, shape: Shape, p: &Pointer) -> State {
    let settings: SnapSettings = if p.modifiers.ctrl { ctx.snap.toggled() } else { ctx.snap };
    let to = snap(ctx, settings, p.at, Some(corner.0)).unwrap_or(p.at);
    let crossed_before = shape_of(ctx, corner.0).is_some_and(|s| s.crosses_at(corner.1));
    match shape.moved(corner.1, to) {
        Some(shape) => {
            let crosses = !crossed_before && shape.crosses_at(corner.1);
            State::MovingCorner { corner, shape, crosses }
        }
        None => State::Idle,
    }
}

fn insert_corner(ctx: &ToolContext, (region, vertex): Corner, at: WorldPoint) -> Vec<Effect> {
    match shape_of(ctx, region).and_then(|shape| shape.inserted(vertex, at)) {
        Some((shape, _)) => reshape(ctx, region, &shape),
        None => Vec::new(),
    }
}

/// The edit that gives a region another shape, when it is another one.
fn reshape(ctx: &ToolContext, id: RegionId, shape: &Shape) -> Vec<Effect> {
    let Some(before) = ctx.project.region(id) else { return Vec::new() };
    let after = Region { geometry: shape.geometry(), ..(**before).clone() };
    if after == **before {
        return Vec::new();
    }
    vec![Effect::Edit(Edit::Region(Change::replace(id, Arc::clone(before), Arc::new(after))))]
}

fn translated(region: &Region, by: WorldPoint) -> Region {
    let geometry = geo::Translate::translate(&region.geometry, by.x, by.y);
    Region { geometry, ..region.clone() }
}

fn move_regions(ctx: &ToolContext, from: WorldPoint, to: WorldPoint) -> Vec<Effect> {
    let edits: Vec<Edit> = ctx
        .selection
        .regions()
        .iter()
        .filter_map(|id| {
            let before = ctx.project.region(*id)?;
            let after = translated(before, to - from);
            (after != **before)
                .then(|| Edit::Region(Change::replace(*id, Arc::clone(before), Arc::new(after))))
        })
        .collect();
    let title =
        if edits.len() == 1 { "Move region".to_owned() } else { format!("Move {} regions", edits.len()) };
    if edits.is_empty() { Vec::new() } else { vec![Effect::Edit(Edit::batch(title, edits))] }
}

fn delete_regions(ctx: &ToolContext) -> Vec<Effect> {
    match delete_edit(ctx.project, ctx.selection.regions()) {
        Some(edit) => vec![Effect::Edit(edit), Effect::Select(Selection::default())],
        None => Vec::new(),
    }
}

fn click(ctx: &ToolContext, p: &Pointer) -> Vec<Effect> {
    let selection = match region_at(ctx, p.at) {
        Some(id) if p.modifiers.ctrl => ctx.selection.clone().toggled(id),
        Some(id) if p.modifiers.shift => ctx.selection.clone().with(id),
        Some(id) => Selection::one(id),
        None if p.modifiers.ctrl || p.modifiers.shift => return Vec::new(),
        None => Selection::default(),
    };
    if selection == *ctx.selection { Vec::new() } else { vec![Effect::Select(selection)] }
}

fn box_select(ctx: &ToolContext, from: WorldPoint, p: &Pointer) -> Vec<Effect> {
    let inside = regions_in_box(ctx, Rect::new(from, p.at));
    let grown = p.modifiers.shift || p.modifiers.ctrl;
    let kept: &[RegionId] = if grown { ctx.selection.regions() } else { &[] };
    vec![Effect::Select(kept.iter().copied().chain(inside).collect())]
}

/// The region under the pointer after (or before) the primary one.
fn cycled(ctx: &ToolContext, at: WorldPoint, back: bool) -> Option<RegionId> {
    let under = regions_at(ctx, at);
    let here = under.iter().position(|id| Some(*id) == ctx.selection.primary());
    let n = under.len();
    let next = match here {
        None => 0,
        Some(i) if back => (i + n - 1) % n,
        Some(i) => (i + 1) % n,
    };
    under.get(next).copied()
}

fn outlines(shape: &Shape, style: LineStyle) -> Vec<PreviewLine> {
    let mut lines: Vec<PreviewLine> = Vec::new();
    let mut last: Option<(usize, usize)> = None;
    for (v, at) in shape.vertices() {
        if last != Some((v.part, v.ring)) {
            lines.push(PreviewLine { points: Vec::new(), closed: shape.is_closed(), style });
            last = Some((v.part, v.ring));
        }
        if let Some(line) = lines.last_mut() {
            line.points.push(at);
        }
    }
    lines
}
