//! Corners on the move: of one region, and of the neighbours that share them.

use std::sync::Arc;

use geo::Rect;
use project::{Edit, RegionId};
use spatial::WorldPoint;

use crate::context::distance;
use crate::path::snap_settings;
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLine};
use crate::reshape::replaced;
use crate::shape::{Shape, VertexRef};
use crate::snap::snap;
use crate::{Effect, Pointer, ToolContext};

pub(crate) const CROSSES: &str = "The polygon would cross itself; the corner goes back to where it was";
/// More corners than this show no handles: they would hide the shape, and one cannot be told from another.
const MOST_HANDLES: usize = 5_000;
/// Regions that may share a corner with the one at hand.
const MOST_MATES: usize = 32;

/// A corner of a region.
pub(crate) type Corner = (RegionId, VertexRef);

/// One region with corners on the move.
#[derive(Clone, Debug, PartialEq)]
struct Mover {
    region: RegionId,
    /// As it was when the button went down, with a corner more where one was drawn out of an edge.
    shape: Shape,
    corners: Vec<VertexRef>,
    /// An edge at one of the corners crossed another already.
    crossed: bool,
}

/// Corners on their way with the pointer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MovingCorners {
    /// The region at hand first, then its neighbours.
    movers: Vec<Mover>,
    from: WorldPoint,
    to: WorldPoint,
    /// The direction that they keep to: that in which the side of a box moves.
    along: Option<WorldPoint>,
    crosses: bool,
}

impl MovingCorners {
    /// Takes hold of one of several chosen corners of a region.
    pub(crate) fn at_corner(ctx: &ToolContext, grabbed: Corner, chosen: &[Corner]) -> Option<Self> {
        let shape = shape_of(ctx, grabbed.0)?;
        let from = shape.at(grabbed.1)?;
        let together = chosen.contains(&grabbed);
        let corners: Vec<VertexRef> = if together {
            chosen.iter().filter(|(id, v)| *id == grabbed.0 && shape.at(*v).is_some()).map(|c| c.1).collect()
        } else {
            vec![grabbed.1]
        };
        let places: Vec<WorldPoint> = corners.iter().filter_map(|v| shape.at(*v)).collect();
        let mut movers = vec![Mover::new(grabbed.0, shape, corners)];
        movers.extend(mates(ctx, grabbed.0, &places).into_iter().filter_map(|(id, shape)| {
            let shared = |c: WorldPoint| places.iter().any(|p| same_place(*p, c));
            let corners: Vec<VertexRef> =
                shape.vertices().filter(|(_, c)| shared(*c)).map(|(v, _)| v).collect();
            (!corners.is_empty()).then(|| Mover::new(id, shape, corners))
        }));
        Some(Self { movers, from, to: from, along: None, crosses: false })
    }

    /// Takes hold of a side: it moves across itself, so that right angles stay.
    pub(crate) fn at_side(ctx: &ToolContext, (region, vertex): Corner) -> Option<Self> {
        let shape = shape_of(ctx, region)?;
        let (_, edge) = shape.edges().find(|(v, _)| *v == vertex)?;
        let beside = shape.vertices().filter(|(v, _)| (v.part, v.ring) == (vertex.part, vertex.ring));
        let next = VertexRef { index: (vertex.index + 1) % beside.count(), ..vertex };
        let moving = Self::at_corner(ctx, (region, vertex), &[(region, vertex), (region, next)])?;
        let (side, length) = (edge.end - edge.start, distance(edge.start, edge.end));
        let along = WorldPoint { x: -side.y, y: side.x } / length;
        Some(Self { along: Some(along), ..moving })
    }

    /// Draws a new corner out of an edge.
    pub(crate) fn at_middle(ctx: &ToolContext, (region, vertex): Corner, at: WorldPoint) -> Option<Self> {
        let shape = shape_of(ctx, region)?;
        let (_, edge) = shape.edges().find(|(v, _)| *v == vertex)?;
        let (shape, new) = shape.inserted(vertex, at)?;
        let mut movers = vec![Mover::new(region, shape, vec![new])];
        movers.extend(mates(ctx, region, &[edge.start, edge.end]).into_iter().filter_map(|(id, shape)| {
            let along = |other: &geo::Line<f64>| {
                let same = same_place(other.start, edge.start) && same_place(other.end, edge.end);
                same || (same_place(other.start, edge.end) && same_place(other.end, edge.start))
            };
            let (vertex, _) = shape.edges().find(|(_, other)| along(other))?;
            let (shape, new) = shape.inserted(vertex, at)?;
            Some(Mover::new(id, shape, vec![new]))
        }));
        Some(Self { movers, from: at, to: at, along: None, crosses: false })
    }

    pub(crate) fn follow(&mut self, p: &Pointer, ctx: &ToolContext) {
        let own = self.movers.first().map(|m| m.region);
        self.to = snap(ctx, snap_settings(ctx, p.modifiers), p.at, own).unwrap_or(p.at);
        if let Some(along) = self.along {
            let by = self.to - self.from;
            self.to = self.from + along * (by.x * along.x + by.y * along.y);
        }
        let crossing = |m: &Mover| !m.crossed && crosses(&m.moved(self.from, self.to), &m.corners);
        self.crosses = self.movers.iter().any(crossing);
    }

    /// The edit of letting go, or why it cannot be.
    pub(crate) fn finish(self, ctx: &ToolContext) -> Vec<Effect> {
        if self.crosses {
            return vec![Effect::Notice(CROSSES.to_owned())];
        }
        let shapes = self.movers.iter().map(|m| (m.region, m.moved(self.from, self.to)));
        set_shapes(ctx, shapes, "Move a shared border")
    }

    pub(crate) fn preview(&self) -> Preview {
        let style = if self.crosses { LineStyle::Crossing } else { LineStyle::Ghost };
        let shapes = self.movers.iter().map(|m| m.moved(self.from, self.to));
        let lines = shapes.flat_map(|shape| outlines(&shape, style)).collect();
        let first = self.movers.first();
        let own = first.map(|m| (m.moved(self.from, self.to), &m.corners));
        let places = own.iter().flat_map(|(shape, corners)| corners.iter().filter_map(|v| shape.at(*v)));
        let handles = places.map(|at| Handle { at, kind: HandleKind::ActiveVertex }).collect();
        Preview { lines, handles, message: self.crosses.then_some(CROSSES), ..Preview::default() }
    }
}

impl Mover {
    fn new(region: RegionId, shape: Shape, corners: Vec<VertexRef>) -> Self {
        let crossed = crosses(&shape, &corners);
        Self { region, shape, corners, crossed }
    }

    fn moved(&self, from: WorldPoint, to: WorldPoint) -> Shape {
        let mut shape = self.shape.clone();
        for v in &self.corners {
            // The corner in hand goes to the place itself: neighbours share it to the last bit.
            let place = shape.at(*v).map(|at| if same_place(at, from) { to } else { at + (to - from) });
            shape = place.and_then(|place| shape.clone().moved(*v, place)).unwrap_or(shape);
        }
        shape
    }
}

/// True when an edge at one of the corners meets another edge where it must not.
fn crosses(shape: &Shape, corners: &[VertexRef]) -> bool {
    corners.iter().take(MOST_MATES).any(|v| shape.crosses_at(*v))
}

/// The same corner of two regions, as far as floats can tell: files round to the last bits.
fn same_place(a: WorldPoint, b: WorldPoint) -> bool {
    let largest = a.x.abs().max(a.y.abs()).max(1.0);
    distance(a, b) <= largest * 1e-12
}

/// Other regions with a corner at one of these places, where borders are shared.
fn mates(ctx: &ToolContext, own: RegionId, places: &[WorldPoint]) -> Vec<(RegionId, Shape)> {
    if !ctx.snap.shared_borders {
        return Vec::new();
    }
    let mut found: Vec<RegionId> = Vec::new();
    for place in places {
        let near = place.x.abs().max(place.y.abs()).max(1.0) * 1e-12;
        let around = Rect::new((place.x - near, place.y - near), (place.x + near, place.y + near));
        let ids = ctx.project.regions_in(around).map(|(id, _)| id);
        found.extend(ids.filter(|id| *id != own).take(MOST_MATES));
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().filter_map(|id| Some((id, shape_of(ctx, id)?))).collect()
}

/// The regions without some corners, those of neighbours that share them with them; or why not.
pub(crate) fn delete_corners(ctx: &ToolContext, chosen: &[Corner]) -> Vec<Effect> {
    let Some((region, _)) = chosen.first().copied() else { return Vec::new() };
    let Some(shape) = shape_of(ctx, region) else { return Vec::new() };
    let mut corners: Vec<VertexRef> = chosen.iter().filter(|c| c.0 == region).map(|c| c.1).collect();
    corners.sort_unstable();
    corners.dedup();
    let places: Vec<WorldPoint> = corners.iter().filter_map(|v| shape.at(*v)).collect();
    let mut left = shape;
    for corner in corners.into_iter().rev() {
        left = match left.removed(corner) {
            Ok(left) => left,
            Err(reason) => return vec![Effect::Notice(reason.to_owned())],
        };
    }
    let mut shapes = vec![(region, left)];
    for (id, mut shape) in mates(ctx, region, &places) {
        let shared = |c: WorldPoint| places.iter().any(|p| same_place(*p, c));
        let corners: Vec<VertexRef> = shape.vertices().filter(|(_, c)| shared(*c)).map(|(v, _)| v).collect();
        // A neighbour that would lose its last corners keeps them.
        for corner in corners.into_iter().rev() {
            shape = shape.clone().removed(corner).unwrap_or(shape);
        }
        shapes.push((id, shape));
    }
    set_shapes(ctx, shapes.into_iter(), "Delete corners of a shared border")
}

/// The edit that gives regions other shapes, those that are others; one step of undo.
fn set_shapes(
    ctx: &ToolContext,
    shapes: impl Iterator<Item = (RegionId, Shape)>,
    title: &str,
) -> Vec<Effect> {
    let mut edits: Vec<Edit> = shapes
        .filter_map(|(id, shape)| {
            let (before, geometry) = (ctx.project.region(id)?, shape.geometry());
            (geometry != before.geometry).then(|| replaced(id, before, geometry))
        })
        .collect();
    match edits.len() {
        0 => Vec::new(),
        1 => edits.pop().map(Effect::Edit).into_iter().collect(),
        _ => vec![Effect::Edit(Edit::batch(title, edits))],
    }
}

/// The region whose corners have handles: the only one selected.
pub(crate) fn handled(ctx: &ToolContext) -> Option<(RegionId, Shape)> {
    let [region] = ctx.selection.regions() else { return None };
    let shape = shape_of(ctx, *region)?;
    (shape.vertices().take(MOST_HANDLES + 1).count() <= MOST_HANDLES).then_some((*region, shape))
}

pub(crate) fn shape_of(ctx: &ToolContext, region: RegionId) -> Option<Shape> {
    Shape::new(&Arc::clone(ctx.project.region(region)?).geometry)
}

pub(crate) fn nearest_corner(
    ctx: &ToolContext,
    region: RegionId,
    shape: &Shape,
    at: WorldPoint,
) -> Option<Corner> {
    let near = shape.vertices().filter(|(_, corner)| ctx.is_near(*corner, at));
    let nearest = near.min_by(|(_, a), (_, b)| distance(*a, at).total_cmp(&distance(*b, at)));
    nearest.map(|(vertex, _)| (region, vertex))
}

/// Corners of the region at hand that lie in a box.
pub(crate) fn corners_in(ctx: &ToolContext, box_: &Rect<f64>) -> Vec<Corner> {
    let Some((region, shape)) = handled(ctx) else { return Vec::new() };
    let inside = shape.vertices().filter(|(_, at)| geo::Intersects::intersects(box_, &geo::Point(*at)));
    inside.map(|(v, _)| (region, v)).collect()
}

/// Middles of the edges that are long enough on the screen to tell from their ends.
pub(crate) fn middles(ctx: &ToolContext, shape: &Shape) -> impl Iterator<Item = (VertexRef, WorldPoint)> {
    let least = 3.0 * ctx.reach();
    let long = shape.edges().filter(move |(_, edge)| distance(edge.start, edge.end) > least);
    long.map(|(vertex, edge)| (vertex, (edge.start + edge.end) / 2.0))
}

pub(crate) fn outlines(shape: &Shape, style: LineStyle) -> Vec<PreviewLine> {
    let closed = shape.is_closed();
    let rings = shape.rings().map(|(_, _, ring)| ring.clone());
    rings.map(|points| PreviewLine { points, closed, style }).collect()
}
