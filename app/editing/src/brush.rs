//! Paints onto the selected region, or takes away from it.

use std::sync::Arc;

use geo::{Geometry, LineString, MultiPolygon, Polygon, Simplify as _};
use project::{Edit, IdSource, Region, RegionId};
use spatial::geometry::area_of;
use spatial::{WorldPoint, overlay};

use crate::draw::drawn;
use crate::freehand::is_place;
use crate::preview::{LineStyle, Preview, PreviewLine};
use crate::reshape::replaced;
use crate::shape::Shape;
use crate::{Cursor, Effect, Hint, Key, Pointer, PointerButton, ToolContext, ToolEvent};

/// Radii in points, from the smallest to the largest.
const SMALLEST: f64 = 2.0;
const LARGEST: f64 = 200.0;
/// What one press of `[` or `]` makes of the size.
const STEP: f64 = 1.25;
/// Points that the painted border may stand off the brush's.
const TOLERANCE: f64 = 0.5;

const ERASED: &str = "Nothing would be left: delete the region instead";
const NO_AREA: &str = "The brush paints areas: leave the selection, or select a region with an area";

/// The brush. Its size is that of the screen, whatever the zoom; it stays armed.
#[derive(Clone, Debug, PartialEq)]
pub struct BrushTool {
    /// In points of the screen.
    radius_points: f64,
    state: BrushState,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum BrushState {
    #[default]
    Idle,
    Hovering(WorldPoint),
    Painting {
        /// What is painted on; `None`: a new region.
        region: Option<RegionId>,
        erases: bool,
        at: WorldPoint,
        /// What the region would be now.
        area: MultiPolygon<f64>,
    },
}

impl Default for BrushTool {
    fn default() -> Self {
        Self { radius_points: 16.0, state: BrushState::Idle }
    }
}

type Step = (BrushTool, Vec<Effect>);

impl BrushTool {
    /// Half the width of the stroke, in points of the screen.
    pub fn radius_points(&self) -> f64 {
        self.radius_points
    }

    pub fn is_drawing(&self) -> bool {
        matches!(self.state, BrushState::Painting { .. })
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary && is_place(p.at) => {
                self.begin(&p, ctx)
            }
            ToolEvent::Drag(p) if is_place(p.at) => {
                self.stroke(p.at, ctx);
                (self, Vec::new())
            }
            ToolEvent::Move(p) if is_place(p.at) => {
                if !self.is_drawing() {
                    self.state = BrushState::Hovering(p.at);
                }
                (self, Vec::new())
            }
            ToolEvent::Release(p) if p.button == PointerButton::Primary => self.finish(ctx, ids),
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                self.state = BrushState::Idle;
                (self, Vec::new())
            }
            ToolEvent::Key { key: Key::OpenBracket, .. } => self.sized(1.0 / STEP),
            ToolEvent::Key { key: Key::CloseBracket, .. } => self.sized(STEP),
            ToolEvent::Amount(crate::Amount::Length(points)) if points.is_finite() => {
                self.radius_points = points.clamp(SMALLEST, LARGEST);
                (self, Vec::new())
            }
            _ => (self, Vec::new()),
        }
    }

    fn sized(mut self, factor: f64) -> Step {
        self.radius_points = (self.radius_points * factor).clamp(SMALLEST, LARGEST);
        (self, Vec::new())
    }

    fn begin(mut self, p: &Pointer, ctx: &ToolContext) -> Step {
        let held = ctx.selection.primary().and_then(|id| Some((id, ctx.project.region(id)?)));
        let (region, area) = match held {
            None => (None, MultiPolygon(Vec::new())),
            Some((id, region)) => match area_of(&region.geometry) {
                Ok(area) => (Some(id), area),
                Err(_) => return (self, vec![Effect::Notice(NO_AREA.to_owned())]),
            },
        };
        self.state = BrushState::Painting { region, erases: p.modifiers.alt, at: p.at, area };
        self.stroke(p.at, ctx);
        (self, Vec::new())
    }

    /// The brush goes on to a place.
    fn stroke(&mut self, to: WorldPoint, ctx: &ToolContext) {
        let radius = ctx.world_from_points(self.radius_points);
        let BrushState::Painting { erases, at, area, .. } = &mut self.state else {
            self.state = BrushState::Hovering(to);
            return;
        };
        let wide = if *at == to {
            MultiPolygon(vec![disc(to, radius)])
        } else {
            overlay::along(&LineString::new(vec![*at, to]), radius)
        };
        *area = if *erases { overlay::difference(area, &wide) } else { overlay::union(area, &wide) };
        *at = to;
    }

    fn finish(mut self, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let at = match &self.state {
            BrushState::Painting { at, .. } | BrushState::Hovering(at) => *at,
            BrushState::Idle => return (self, Vec::new()),
        };
        let BrushState::Painting { region, area, .. } =
            std::mem::replace(&mut self.state, BrushState::Hovering(at))
        else {
            return (self, Vec::new());
        };
        let tolerance = TOLERANCE * ctx.world_from_points(1.0);
        let geometry = match thinned(&area, tolerance) {
            Some(geometry) => geometry,
            None if region.is_none() => return (self, Vec::new()),
            None => return (self, vec![Effect::Notice(ERASED.to_owned())]),
        };
        let Some(id) = region else { return (self, drawn(ctx, ids, geometry)) };
        let before: Option<&Arc<Region>> = ctx.project.region(id);
        let edit = before.filter(|b| b.geometry != geometry).map(|before| replaced(id, before, geometry));
        let paint = |edit: Edit| Effect::Edit(Edit::batch("Paint region", vec![edit]));
        (self, edit.map(paint).into_iter().collect())
    }

    /// The brush at its size, and what the region would be.
    pub fn preview(&self, ctx: &ToolContext) -> Preview {
        let mut preview = Preview::default();
        let at = match &self.state {
            BrushState::Idle => return preview,
            BrushState::Hovering(at) => *at,
            BrushState::Painting { at, area, .. } => {
                let shape = Shape::new(&Geometry::MultiPolygon(area.clone()));
                for (_, _, ring) in shape.iter().flat_map(Shape::rings) {
                    let line = PreviewLine { points: ring.clone(), closed: true, style: LineStyle::Ghost };
                    preview.lines.push(line);
                }
                *at
            }
        };
        let mut points = disc(at, ctx.world_from_points(self.radius_points)).exterior().0.clone();
        points.pop();
        preview.lines.push(PreviewLine { points, closed: true, style: LineStyle::Rubber });
        preview
    }

    /// What pointer and keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        if self.is_drawing() {
            const { &[Hint::new("Release", "keep it"), Hint::new("Esc", "drop")] }
        } else {
            const {
                &[
                    Hint::new("Drag", "paint onto the selected region, or a new one"),
                    Hint::new("Alt-drag", "take away"),
                    Hint::new("[ ]", "smaller, larger"),
                ]
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::Crosshair
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key) -> bool {
        matches!(key, Key::OpenBracket | Key::CloseBracket) || (key == Key::Escape && self.is_drawing())
    }
}

fn disc(at: WorldPoint, radius: f64) -> Polygon<f64> {
    let place = |i: u32| {
        let (sin, cos) = (f64::from(i) / 32.0 * std::f64::consts::TAU).sin_cos();
        WorldPoint { x: at.x + radius * cos, y: at.y + radius * sin }
    };
    Polygon::new((0..32).map(place).collect(), Vec::new())
}

/// The area with fewer corners, sound, as one polygon where it is one; `None` when nothing is left.
fn thinned(area: &MultiPolygon<f64>, tolerance: f64) -> Option<Geometry<f64>> {
    let thin = area_of(&Geometry::MultiPolygon(area.simplify(tolerance))).ok()?;
    let mut parts = thin.0;
    parts.retain(|p| geo::Area::unsigned_area(p) > 0.0);
    match parts.len() {
        0 => None,
        1 => parts.pop().map(Geometry::from),
        _ => Some(MultiPolygon(parts).into()),
    }
}
