//! Draws adjustments: arrows from where a footprint is drawn to where the image shows it.

use std::sync::Arc;

use geo::{CoordsIter as _, Geometry, LineString};
use project::alignment::Alignment;
use project::{Adjustment, AdjustmentId, Change, Edit, GeometrySource, IdSource, Project, Region, RegionId};
use spatial::align::{Arrow, Method};
use spatial::{ImagePoint, WorldPoint};

use crate::context::{AlignContext, distance};
use crate::hit::region_at;
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLine};
use crate::{Cursor, Effect, Hint, Key, Pointer, PointerButton, Selection, ToolContext, ToolEvent};

const FIXED: &str = "This region was drawn on the image itself, so adjustments never move it.";
const NO_LAYER: &str = "Show a layer first: adjustments are arrows on an image.";
const NO_ARROW: &str = "Click an arrow to choose it; Delete then deletes it.";
/// Footprints that follow the pointer; more would slow it down, and are out of sight.
const MOST_LIVE: usize = 400;

/// The align tool: a drag from a footprint draws an arrow, a drag from an arrow's head moves it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlignTool {
    state: State,
    cursor: Option<WorldPoint>,
    /// The arrow that Delete deletes.
    chosen: Option<AdjustmentId>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum State {
    #[default]
    Idle,
    Pressed {
        from: WorldPoint,
        on: Option<Grip>,
    },
    Pulling {
        from: WorldPoint,
        to: WorldPoint,
        grip: Grip,
    },
}

/// What the pointer has taken hold of.
#[derive(Clone, Debug, PartialEq)]
struct Grip {
    /// The arrow that is moved; `None` draws one.
    arrow: Option<AdjustmentId>,
    region: Option<RegionId>,
    source: Option<GeometrySource>,
    /// Where the arrow begins, in pixels of the layer.
    start: ImagePoint,
    /// Where its head is as the pull begins.
    head: WorldPoint,
}

type Step = (AlignTool, Vec<Effect>);

impl AlignTool {
    /// True while an arrow is being pulled.
    pub fn is_drawing(&self) -> bool {
        matches!(self.state, State::Pulling { .. })
    }

    /// Where the pointer was last.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        self.cursor
    }

    /// The arrow that is chosen.
    pub fn chosen(&self) -> Option<AdjustmentId> {
        self.chosen
    }

    /// The same tool with another arrow chosen.
    #[must_use]
    pub fn choosing(self, arrow: Option<AdjustmentId>) -> Self {
        Self { chosen: arrow, ..self }
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
            ToolEvent::Drag(p) => (self.drag(&p, ctx), Vec::new()),
            ToolEvent::Release(p) if p.button == PointerButton::Primary => self.release(&p, ctx, ids),
            ToolEvent::Key { key, .. } => self.key(key, ctx),
            ToolEvent::Cancel => (Self { cursor: self.cursor, ..Self::default() }, Vec::new()),
            ToolEvent::Press(_)
            | ToolEvent::Release(_)
            | ToolEvent::Move(_)
            | ToolEvent::Amount(_)
            | ToolEvent::Found => (self, Vec::new()),
        }
    }

    fn press(mut self, p: &Pointer, ctx: &ToolContext) -> Step {
        let Some(align) = ctx.align else {
            return (self, vec![Effect::Notice(NO_LAYER.to_owned())]);
        };
        self.state = State::Pressed { from: p.at, on: grip(ctx, align, p.at) };
        (self, Vec::new())
    }

    fn drag(mut self, p: &Pointer, ctx: &ToolContext) -> Self {
        self.state = match self.state {
            State::Pressed { from, on: Some(grip) } if ctx.is_drag(from, p.at) => {
                State::Pulling { from, to: p.at, grip }
            }
            State::Pulling { from, grip, .. } => State::Pulling { from, to: p.at, grip },
            same => same,
        };
        self
    }

    fn release(mut self, p: &Pointer, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        match std::mem::take(&mut self.state) {
            State::Pulling { from, grip, .. } => self.set(&grip, p.at - from, ctx, ids),
            State::Pressed { on, .. } => self.click(p, on, ctx),
            State::Idle => (self, Vec::new()),
        }
    }

    /// Chooses the arrow, or the region, that was clicked.
    fn click(mut self, p: &Pointer, on: Option<Grip>, ctx: &ToolContext) -> Step {
        let under = region_at(ctx, p.at);
        let region = on.as_ref().and_then(|grip| grip.region).or(under);
        self.chosen = on.and_then(|grip| grip.arrow);
        let selection = region.map(Selection::one).unwrap_or_default();
        let mut effects = Vec::new();
        let fixed = |id| ctx.project.region(id).is_some_and(|r| r.source.is_fixed());
        if under.is_some_and(fixed) && self.chosen.is_none() {
            effects.push(Effect::Notice(FIXED.to_owned()));
        }
        if selection != *ctx.selection {
            effects.push(Effect::Select(selection));
        }
        (self, effects)
    }

    /// The edit that the pull was.
    fn set(mut self, grip: &Grip, by: WorldPoint, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let Some(align) = ctx.align else { return (self, Vec::new()) };
        let Some(end) = align.alignment.image_from_world(grip.head + by) else { return (self, Vec::new()) };
        if ctx.author.name().is_empty() {
            return (self, vec![Effect::Notice("Say who you are first: adjustments are signed.".to_owned())]);
        }
        let held = grip.arrow.and_then(|id| Some((id, Arc::clone(align.drawn.adjustments().get(&id)?))));
        let after = Adjustment {
            layer: align.alignment.layer(),
            source: grip.source.clone(),
            start: [grip.start.x, grip.start.y],
            end: [end.x, end.y],
            author: ctx.author.clone(),
            at_ms: Some(ctx.at_ms),
        };
        let change = match held {
            Some((id, before)) => Change::replace(id, before, after),
            None => Change::create(ids.adjustment(), after),
        };
        self.chosen = Some(change.id);
        let selection = grip.region.map(Selection::one).filter(|s| s != ctx.selection);
        let edit = Effect::Edit(Edit::Adjustment(change));
        (self, std::iter::once(edit).chain(selection.map(Effect::Select)).collect())
    }

    fn key(mut self, key: Key, ctx: &ToolContext) -> Step {
        match key {
            Key::Escape => {
                let idle = self.state == State::Idle && self.chosen.is_none();
                (self.state, self.chosen) = (State::Idle, None);
                let clear = idle && !ctx.selection.is_empty();
                (self, if clear { vec![Effect::Select(Selection::default())] } else { Vec::new() })
            }
            Key::Delete | Key::Backspace if self.state == State::Idle => {
                let held = self.chosen.take().zip(ctx.align);
                let edit = held.and_then(|(id, align)| {
                    let before = align.drawn.adjustments().get(&id)?;
                    Some(Edit::Adjustment(Change::delete(id, Arc::clone(before))))
                });
                let effect = edit.map_or_else(|| Effect::Notice(NO_ARROW.to_owned()), Effect::Edit);
                (self, vec![effect])
            }
            _ => (self, Vec::new()),
        }
    }

    /// The footprints as the arrow that is being pulled would show them, and the arrow.
    pub fn preview(&self, ctx: &ToolContext) -> Preview {
        let Some(align) = ctx.align else { return Preview::default() };
        match &self.state {
            State::Pulling { from, to, grip } => pulled(ctx, align, grip, *to - *from),
            State::Idle | State::Pressed { .. } => {
                let under = self.cursor.and_then(|at| grip(ctx, align, at));
                let handle = under.map(|grip| Handle { at: grip.head, kind: HandleKind::Snap });
                Preview { handles: handle.into_iter().collect(), ..Preview::default() }
            }
        }
    }

    /// What the pointer and the keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match (&self.state, self.chosen) {
            (State::Pulling { .. }, _) => {
                const { &[Hint::new("Release", "the image shows it here"), Hint::new("Esc", "drop the arrow")] }
            }
            (_, Some(_)) => {
                const {
                    &[
                        Hint::new("Drag", "from a footprint to where the image shows it"),
                        Hint::new("Delete", "delete the arrow"),
                        Hint::new("Esc", "leave the arrow"),
                    ]
                }
            }
            _ => {
                const {
                    &[
                        Hint::new("Drag", "from a footprint to where the image shows it"),
                        Hint::new("Click", "choose an arrow or a footprint"),
                    ]
                }
            }
        }
    }

    pub fn cursor(&self, ctx: &ToolContext) -> Cursor {
        match &self.state {
            State::Pulling { .. } => Cursor::Moving,
            State::Idle | State::Pressed { .. } => {
                let under = self.cursor.zip(ctx.align).and_then(|(at, align)| grip(ctx, align, at));
                if under.is_some() { Cursor::Move } else { Cursor::Arrow }
            }
        }
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key, ctx: &ToolContext) -> bool {
        match key {
            // A key that deletes arrows must never delete regions by surprise.
            Key::Delete | Key::Backspace => true,
            Key::Escape => self.state != State::Idle || self.chosen.is_some() || !ctx.selection.is_empty(),
            _ => false,
        }
    }
}

/// The head of an arrow within reach, else the nearest corner of the footprint under the pointer.
fn grip(ctx: &ToolContext, align: AlignContext<'_>, at: WorldPoint) -> Option<Grip> {
    arrow_at(ctx, align, at).or_else(|| footprint_at(ctx, align, at))
}

fn arrow_at(ctx: &ToolContext, align: AlignContext<'_>, at: WorldPoint) -> Option<Grip> {
    let layer = align.alignment.layer();
    let heads = align.drawn.adjustments_of(layer).filter_map(|(id, adjustment)| {
        let head = align.alignment.world_from_image(adjustment.arrow().end)?;
        ctx.is_near(head, at).then_some((distance(head, at), id, adjustment, head))
    });
    let (_, id, adjustment, head) = heads.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
    let (start, source) = (adjustment.arrow().start, adjustment.source.clone());
    Some(Grip { arrow: Some(id), region: None, source, start, head })
}

fn footprint_at(ctx: &ToolContext, align: AlignContext<'_>, at: WorldPoint) -> Option<Grip> {
    let id = region_at(ctx, at)?;
    let (drawn, shown) = (align.drawn.region(id)?, ctx.project.region(id)?);
    if drawn.source.is_fixed() {
        return None;
    }
    let corners = shown.geometry.coords_iter().zip(drawn.geometry.coords_iter());
    let (head, corner) = corners.min_by(|(a, _), (b, _)| distance(*a, at).total_cmp(&distance(*b, at)))?;
    let start = align.alignment.image_from_world(corner)?;
    // A second pull of the same corner moves its arrow.
    let same = |a: &Adjustment| {
        let off = a.arrow().start - start;
        off.x.hypot(off.y) < 1e-3 && a.is_about(&drawn.source)
    };
    let held = align.drawn.adjustments_of(align.alignment.layer()).find(|(_, a)| same(a));
    let source = match held {
        Some((_, adjustment)) => adjustment.source.clone(),
        None => adjustment_source(align.drawn, drawn),
    };
    Some(Grip { arrow: held.map(|(id, _)| id), region: Some(id), source, start, head })
}

/// The footprints that a new adjustment of a region is about: those of one source alone need not be told apart
/// (`None`); of several, an arrow is about its own.
pub fn adjustment_source(project: &Project, region: &Region) -> Option<GeometrySource> {
    let mut others = project.regions().values().filter(|r| !r.source.is_fixed() && r.source != region.source);
    others.next().map(|_| region.source.clone())
}

fn pulled(ctx: &ToolContext, align: AlignContext<'_>, grip: &Grip, by: WorldPoint) -> Preview {
    let head = grip.head + by;
    let mut preview = Preview::default();
    let Some(end) = align.alignment.image_from_world(head) else { return preview };
    if let Some(trial) = trial(align, grip, Arrow { start: grip.start, end }) {
        let seen = ctx.project.regions_in(ctx.viewport.bounds()).take(MOST_LIVE);
        for (id, shown) in seen {
            let Some(drawn) = align.drawn.region(id) else { continue };
            let live = trial.shape(drawn);
            let live = live.as_ref().unwrap_or(&drawn.geometry);
            if *live != shown.geometry {
                preview.lines.extend(outlines(live));
            }
        }
    }
    if let Some(start) = align.alignment.world_from_image(grip.start) {
        let points = vec![start, head];
        preview.lines.push(PreviewLine { points, closed: false, style: LineStyle::Rubber });
    }
    preview.handles.push(Handle { at: head, kind: HandleKind::ActiveVertex });
    preview
}

/// The layer's alignment with one arrow more, or elsewhere. A method that cannot be used (yet) gives way to the
/// nearest arrow.
fn trial(align: AlignContext<'_>, grip: &Grip, arrow: Arrow) -> Option<Alignment> {
    let layer = align.alignment.layer();
    let mut arrows: Vec<(Option<GeometrySource>, Arrow)> = Vec::new();
    for (id, adjustment) in align.drawn.adjustments_of(layer) {
        let moved = Some(id) == grip.arrow;
        arrows.push((adjustment.source.clone(), if moved { arrow } else { adjustment.arrow() }));
    }
    if grip.arrow.is_none() {
        arrows.push((grip.source.clone(), arrow));
    }
    let by = |method| Alignment::through(align.drawn, layer, method, &arrows).ok();
    by(align.drawn.layers().get(&layer)?.alignment).or_else(|| by(Method::Nearest))
}

fn outlines(shape: &Geometry<f64>) -> Vec<PreviewLine> {
    let line = |line: &LineString<f64>, closed: bool| {
        let mut points = line.0.clone();
        if closed {
            points.pop();
        }
        PreviewLine { points, closed, style: LineStyle::Ghost }
    };
    match shape {
        Geometry::Polygon(p) => {
            std::iter::once(p.exterior()).chain(p.interiors()).map(|r| line(r, true)).collect()
        }
        Geometry::MultiPolygon(m) => {
            let rings = m.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
            rings.map(|r| line(r, true)).collect()
        }
        Geometry::LineString(l) => vec![line(l, false)],
        Geometry::MultiLineString(m) => m.iter().map(|l| line(l, false)).collect(),
        _ => Vec::new(),
    }
}
