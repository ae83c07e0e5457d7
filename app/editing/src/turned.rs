//! The handle that turns a box, beside it when it is the one region selected.

use project::{IdSource, RegionId};
use spatial::WorldPoint;
use spatial::geometry::box_of;

use crate::context::distance;
use crate::preview::{Handle, HandleKind, LineStyle, Preview, PreviewLabel, PreviewLine};
use crate::reshape::{Reshape, reshape_edit};
use crate::transform::ghosts;
use crate::{Effect, Pointer, ToolContext};

/// Points from the box to the handle.
const ARM_POINTS: f64 = 28.0;
/// Degrees of one step with Shift held.
const STEP_DEG: f64 = 15.0;

/// The one selected region, where it is a box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HeldBox {
    region: RegionId,
    middle: WorldPoint,
    angle_deg: f64,
    /// The middle of the upper side, where the arm begins.
    side: WorldPoint,
    /// Where the handle is.
    knob: WorldPoint,
}

impl HeldBox {
    /// `None` where no box is selected, or more than one region.
    pub(crate) fn of(ctx: &ToolContext) -> Option<Self> {
        let [region] = *ctx.selection.regions() else { return None };
        let geometry = &ctx.project.region(region)?.geometry;
        let found = box_of(geometry)?;
        let geo::Geometry::Polygon(polygon) = geometry else { return None };
        let sides = polygon.exterior().lines().map(|edge| (edge.start + edge.end) / 2.0);
        let side = sides.max_by(|a, b| a.y.total_cmp(&b.y))?;
        let arm = distance(found.middle, side);
        let knob = side + (side - found.middle) * (ctx.world_from_points(ARM_POINTS) / arm);
        let whole = knob.x.is_finite() && knob.y.is_finite();
        whole.then_some(Self { region, middle: found.middle, angle_deg: found.angle_deg, side, knob })
    }

    /// True where the pointer is on the handle.
    pub(crate) fn is_on(&self, ctx: &ToolContext, at: WorldPoint) -> bool {
        ctx.is_near(self.knob, at)
    }

    /// The handle and its arm.
    pub(crate) fn show(&self, preview: &mut Preview) {
        let points = vec![self.side, self.knob];
        preview.lines.push(PreviewLine { points, closed: false, style: LineStyle::Rubber });
        preview.handles.push(Handle { at: self.knob, kind: HandleKind::First });
    }
}

/// A box on its way round its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Turning {
    held: HeldBox,
    to: WorldPoint,
    steps: bool,
}

impl Turning {
    pub(crate) fn new(held: HeldBox, p: &Pointer) -> Self {
        Self { held, to: p.at, steps: p.modifiers.shift }
    }

    pub(crate) fn follow(self, p: &Pointer) -> Self {
        Self { to: p.at, steps: p.modifiers.shift, ..self }
    }

    /// Anticlockwise; in steps, the box comes to a whole number of them.
    fn degrees(&self) -> f64 {
        let angle = |at: WorldPoint| {
            let out = at - self.held.middle;
            out.y.atan2(out.x).to_degrees()
        };
        let turned = (angle(self.to) - angle(self.held.knob) + 540.0).rem_euclid(360.0) - 180.0;
        if self.steps {
            ((self.held.angle_deg + turned) / STEP_DEG).round() * STEP_DEG - self.held.angle_deg
        } else {
            turned
        }
    }

    /// The edit of letting go.
    pub(crate) fn finish(self, ctx: &ToolContext, ids: &mut IdSource) -> Vec<Effect> {
        let turned = Reshape::RotateDeg(self.degrees());
        match reshape_edit(ctx.project, ids, &[self.held.region], turned) {
            Ok(made) => vec![Effect::Edit(made.edit)],
            // It was turned by nothing.
            Err(_) => Vec::new(),
        }
    }

    pub(crate) fn preview(&self, ctx: &ToolContext) -> Preview {
        let mut preview =
            Preview { lines: ghosts(ctx, Reshape::RotateDeg(self.degrees())), ..Preview::default() };
        let angle_deg = (self.held.angle_deg + self.degrees()).rem_euclid(180.0);
        let text = format!("{angle_deg:.1}°");
        preview.labels.push(PreviewLabel { at: self.held.middle, text });
        preview.handles.push(Handle { at: self.to, kind: HandleKind::First });
        preview
    }
}
