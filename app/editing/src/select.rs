//! Selects regions and moves them, or their corners.

use std::sync::Arc;

use geo::Rect;
use project::{Change, Edit, IdSource, Region, RegionId};
use spatial::WorldPoint;

use crate::corners::{
    Corner, MovingCorners, corners_in, delete_corners, handled, middles, nearest_corner, outlines,
};
use crate::edits::delete_edit;
use crate::effect::AT_ONCE;
use crate::hit::{locked_at, region_at, regions_at, regions_in_box};
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLine};
use crate::reshape::Reshape;
use crate::shape::Shape;
use crate::turned::{HeldBox, Turning};
use crate::{
    Cursor, Effect, Hint, Key, Modifiers, Pointer, PointerButton, Selection, ToolContext, ToolEvent,
};

/// Regions of which it is shown where they would be.
const SHOWN: usize = 500;

/// The select tool: clicks select, drags move what they took hold of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelectTool {
    state: State,
    /// Where the pointer was last.
    cursor: Option<WorldPoint>,
    /// The corners that move together and that Delete deletes, chosen by clicks or by a box; all of one region.
    active: Vec<Corner>,
    /// The handle of a box that the pointer is on.
    over: Option<Grip>,
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
    /// A box over corners of the region at hand.
    CornerBox {
        from: WorldPoint,
        to: WorldPoint,
    },
    MovingCorners(MovingCorners),
    MovingRegions {
        from: WorldPoint,
        to: WorldPoint,
    },
    /// The box that is selected.
    Turning(Turning),
}

/// What the button went down on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Grip {
    Corner(Corner),
    /// Between this corner and the next, at this place.
    Middle(Corner, WorldPoint),
    /// The same, of a box: its side.
    Side(Corner, WorldPoint),
    /// What turns the selected box.
    Knob(HeldBox),
    /// A region of the selection.
    Selected,
    Elsewhere,
}

type Step = (SelectTool, Vec<Effect>);

impl SelectTool {
    /// Where the pointer was last.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        self.cursor
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        if let ToolEvent::Press(p) | ToolEvent::Drag(p) | ToolEvent::Release(p) | ToolEvent::Move(p) = &event
        {
            self.cursor = Some(p.at);
        }
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => self.press(&p, ctx),
            ToolEvent::Drag(p) => self.drag(&p, ctx),
            ToolEvent::Release(p) if p.button == PointerButton::Primary => self.release(&p, ctx, ids),
            ToolEvent::Key { key, modifiers } => self.key(key, modifiers, ctx),
            ToolEvent::Cancel => (Self { cursor: self.cursor, ..Self::default() }, Vec::new()),
            ToolEvent::Press(p) if p.button == PointerButton::Secondary && self.state == State::Idle => {
                // What a menu is asked for is what its commands act on.
                let under = regions_at(ctx, p.at);
                let known = under.iter().any(|id| ctx.selection.contains(*id));
                let found = under.first().filter(|_| !known);
                (self, found.map(|id| Effect::Select(Selection::one(*id))).into_iter().collect())
            }
            ToolEvent::Move(p) => {
                self.over = Some(grip(ctx, p.at)).filter(|on| matches!(on, Grip::Knob(_) | Grip::Side(..)));
                (self, Vec::new())
            }
            ToolEvent::Press(_) | ToolEvent::Release(_) | ToolEvent::Amount(_) | ToolEvent::Found => {
                (self, Vec::new())
            }
        }
    }

    fn press(mut self, p: &Pointer, ctx: &ToolContext) -> Step {
        let on = grip(ctx, p.at);
        let grown = p.modifiers.shift || p.modifiers.ctrl;
        match on {
            Grip::Corner(corner) if p.modifiers.alt => {
                self.state = State::Idle;
                self.active.clear();
                return (self, delete_corners(ctx, &[corner]));
            }
            Grip::Corner(corner) if grown => {
                if self.active.contains(&corner) {
                    self.active.retain(|c| *c != corner);
                } else {
                    self.active.push(corner);
                }
            }
            Grip::Corner(corner) if self.active.contains(&corner) => {}
            Grip::Corner(corner) => self.active = vec![corner],
            _ if p.modifiers.alt => {}
            _ => self.active.clear(),
        }
        self.state = State::Pressed { from: p.at, on };
        (self, Vec::new())
    }

    fn drag(mut self, p: &Pointer, ctx: &ToolContext) -> Step {
        self.state = match self.state {
            State::Pressed { from, on } if ctx.is_drag(from, p.at) => {
                start_drag(ctx, from, on, p, &self.active)
            }
            State::Box { from, .. } => State::Box { from, to: p.at },
            State::CornerBox { from, .. } => State::CornerBox { from, to: p.at },
            State::MovingRegions { from, .. } => State::MovingRegions { from, to: p.at },
            State::Turning(turning) => State::Turning(turning.follow(p)),
            State::MovingCorners(mut moving) => {
                moving.follow(p, ctx);
                State::MovingCorners(moving)
            }
            same => same,
        };
        (self, Vec::new())
    }

    fn release(mut self, p: &Pointer, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let grown = p.modifiers.shift || p.modifiers.ctrl;
        let effects = match std::mem::take(&mut self.state) {
            State::Pressed { on: Grip::Corner(corner), .. } => {
                if !grown && self.active.len() > 1 {
                    self.active = vec![corner];
                }
                Vec::new()
            }
            State::Idle | State::Pressed { on: Grip::Knob(_), .. } => Vec::new(),
            State::Pressed { on: Grip::Middle(corner, at) | Grip::Side(corner, at), .. } => {
                insert_corner(ctx, corner, at)
            }
            State::Pressed { .. } => click(ctx, p),
            State::Box { from, .. } => box_select(ctx, from, p),
            State::CornerBox { from, .. } => {
                let inside = corners_in(ctx, &Rect::new(from, p.at));
                let mut kept = if grown { std::mem::take(&mut self.active) } else { Vec::new() };
                kept.extend(inside.into_iter().filter(|c| !self.active.contains(c)));
                kept.sort_unstable();
                kept.dedup();
                self.active = kept;
                Vec::new()
            }
            State::MovingRegions { from, .. } => move_regions(ctx, from, p.at),
            State::MovingCorners(moving) => moving.finish(ctx),
            State::Turning(turning) => turning.follow(p).finish(ctx, ids),
        };
        if matches!(effects.first(), Some(Effect::Select(_))) {
            self.active.clear();
        }
        (self, effects)
    }

    fn key(mut self, key: Key, modifiers: Modifiers, ctx: &ToolContext) -> Step {
        match key {
            Key::Escape => {
                let idle = self.state == State::Idle;
                let chosen = std::mem::take(&mut self.active);
                self.state = State::Idle;
                let clear = idle && chosen.is_empty() && !ctx.selection.is_empty();
                (self, if clear { vec![Effect::Select(Selection::default())] } else { Vec::new() })
            }
            Key::Delete | Key::Backspace if self.state == State::Idle => {
                let mut chosen = std::mem::take(&mut self.active);
                let at_hand = handled(ctx);
                chosen.retain(|(region, v)| {
                    at_hand.as_ref().is_some_and(|(id, shape)| id == region && shape.at(*v).is_some())
                });
                if chosen.is_empty() {
                    (self, delete_regions(ctx))
                } else {
                    (self, delete_corners(ctx, &chosen))
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

    /// Handles of the selected region, and what a drag would make.
    pub fn preview(&self, ctx: &ToolContext) -> Preview {
        match &self.state {
            State::Idle | State::Pressed { .. } => {
                let mut preview = Preview { handles: self.handles(ctx), ..Preview::default() };
                if let Some(held) = HeldBox::of(ctx) {
                    held.show(&mut preview);
                }
                preview
            }
            State::Turning(turning) => turning.preview(ctx),
            State::Box { from, to } | State::CornerBox { from, to } => {
                let points = Rect::new(*from, *to).to_polygon().exterior().0[..4].to_vec();
                let line = PreviewLine { points, closed: true, style: LineStyle::Box };
                let corners = matches!(self.state, State::CornerBox { .. });
                let handles = if corners { self.handles(ctx) } else { Vec::new() };
                Preview { lines: vec![line], handles, ..Preview::default() }
            }
            State::MovingCorners(moving) => moving.preview(),
            State::MovingRegions { from, to } => {
                let moved = ctx.selection.regions().iter().take(SHOWN).filter_map(|id| {
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
        let hot = |v| self.active.contains(&(region, v)) || under == Some((region, v));
        let corners = shape.vertices().map(|(v, at)| Handle {
            at,
            kind: if hot(v) { HandleKind::ActiveVertex } else { HandleKind::Vertex },
        });
        let middles = middles(ctx, &shape).map(|(_, at)| Handle { at, kind: HandleKind::Midpoint });
        middles.chain(corners).collect()
    }

    /// What the pointer and the keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match (&self.state, self.active.is_empty()) {
            (State::MovingCorners(_), _) => {
                const {
                    &[
                        Hint::new("Release", "set the corner"),
                        Hint::new("Ctrl", "snap on or off"),
                        Hint::new("Esc", "put it back"),
                    ]
                }
            }
            (State::Turning(_), _) => {
                const {
                    &[
                        Hint::new("Release", "leave it so"),
                        Hint::new("Shift", "15° steps"),
                        Hint::new("Esc", "put it back"),
                    ]
                }
            }
            (State::Idle, true) if matches!(self.over, Some(Grip::Knob(_))) => {
                const { &[Hint::new("Drag", "turn the box"), Hint::new("Shift", "15° steps")] }
            }
            (State::Idle, true) if matches!(self.over, Some(Grip::Side(..))) => {
                const {
                    &[
                        Hint::new("Drag", "move the side"),
                        Hint::new("Click", "make a corner"),
                        Hint::new("Alt-drag", "draw a corner out of it"),
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
            (State::CornerBox { .. }, _) => {
                const {
                    &[
                        Hint::new("Release", "choose the corners in the box"),
                        Hint::new("Shift", "add"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            (_, false) => {
                const {
                    &[
                        Hint::new("Drag", "move the chosen corners"),
                        Hint::new("Shift", "choose more"),
                        Hint::new("Delete", "delete them"),
                        Hint::new("Esc", "leave them"),
                    ]
                }
            }
            _ => {
                const {
                    &[
                        Hint::new("Click", "select"),
                        Hint::new("Shift or Ctrl", "select more"),
                        Hint::new("Drag", "box, or move the selection"),
                        Hint::new("Tab", "next region under the pointer"),
                        Hint::new("Alt-click", "delete a corner"),
                        Hint::new("Alt-drag", "choose corners"),
                        Hint::new("Delete", "delete"),
                    ]
                }
            }
        }
    }

    pub fn cursor(&self, ctx: &ToolContext) -> Cursor {
        match &self.state {
            State::Box { .. } | State::CornerBox { .. } => Cursor::Crosshair,
            State::MovingCorners(_) | State::MovingRegions { .. } | State::Turning(_) => Cursor::Moving,
            State::Idle | State::Pressed { .. } => match self.cursor.map(|at| grip(ctx, at)) {
                Some(Grip::Corner(_) | Grip::Middle(..) | Grip::Knob(_)) => Cursor::Corner,
                Some(Grip::Side(..) | Grip::Selected) => Cursor::Move,
                _ => Cursor::Arrow,
            },
        }
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, ctx: &ToolContext) -> bool {
        match key {
            Key::Escape => self.state != State::Idle || !self.active.is_empty() || !ctx.selection.is_empty(),
            Key::Delete | Key::Backspace => !self.active.is_empty() || !ctx.selection.is_empty(),
            Key::Tab => self.cursor.is_some_and(|at| regions_at(ctx, at).len() > 1),
            _ => false,
        }
    }
}

fn grip(ctx: &ToolContext, at: WorldPoint) -> Grip {
    let held = HeldBox::of(ctx);
    if let Some(held) = held.filter(|held| held.is_on(ctx, at)) {
        return Grip::Knob(held);
    }
    if let Some((region, shape)) = handled(ctx) {
        if let Some(corner) = nearest_corner(ctx, region, &shape, at) {
            return Grip::Corner(corner);
        }
        if let Some((vertex, middle)) = middles(ctx, &shape).find(|(_, middle)| ctx.is_near(*middle, at)) {
            let corner = (region, vertex);
            return if held.is_some() { Grip::Side(corner, middle) } else { Grip::Middle(corner, middle) };
        }
    }
    let selected = regions_at(ctx, at).iter().any(|id| ctx.selection.contains(*id));
    if selected { Grip::Selected } else { Grip::Elsewhere }
}

fn start_drag(ctx: &ToolContext, from: WorldPoint, on: Grip, p: &Pointer, chosen: &[Corner]) -> State {
    let grown = p.modifiers.shift || p.modifiers.ctrl;
    let moving = |moving: Option<MovingCorners>| match moving {
        Some(mut moving) => {
            moving.follow(p, ctx);
            State::MovingCorners(moving)
        }
        None => State::Idle,
    };
    match on {
        Grip::Corner(corner) => moving(MovingCorners::at_corner(ctx, corner, chosen)),
        Grip::Knob(held) => State::Turning(Turning::new(held, p)),
        Grip::Side(corner, _) if !p.modifiers.alt => moving(MovingCorners::at_side(ctx, corner)),
        Grip::Middle(corner, at) | Grip::Side(corner, at) => {
            moving(MovingCorners::at_middle(ctx, corner, at))
        }
        _ if p.modifiers.alt && handled(ctx).is_some() => State::CornerBox { from, to: p.at },
        Grip::Selected if !grown => State::MovingRegions { from, to: p.at },
        Grip::Selected | Grip::Elsewhere => State::Box { from, to: p.at },
    }
}

fn insert_corner(ctx: &ToolContext, corner: Corner, at: WorldPoint) -> Vec<Effect> {
    MovingCorners::at_middle(ctx, corner, at).map_or_else(Vec::new, |moving| moving.finish(ctx))
}

fn translated(region: &Region, by: WorldPoint) -> Region {
    let geometry = geo::Translate::translate(&region.geometry, by.x, by.y);
    Region { geometry, ..region.clone() }
}

fn move_regions(ctx: &ToolContext, from: WorldPoint, to: WorldPoint) -> Vec<Effect> {
    if ctx.selection.len() > AT_ONCE {
        return vec![Effect::Reshape(Reshape::Move(to - from))];
    }
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
    if ctx.selection.len() > AT_ONCE {
        return vec![Effect::Delete];
    }
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
    let mut effects = if selection == *ctx.selection { Vec::new() } else { vec![Effect::Select(selection)] };
    if region_at(ctx, p.at).is_none()
        && let Some(code) = locked_at(ctx, p.at)
    {
        let class = ctx.project.schema().and_then(|schema| schema.class(&code));
        let name = class.map_or_else(|| code.to_string(), |class| class.name.clone());
        effects.push(Effect::Notice(format!("“{name}” is locked: unlock it in Classes.")));
    }
    effects
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
