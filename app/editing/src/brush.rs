//! Paints onto the selected region, or takes away from it.

use std::sync::Arc;

use geo::{Geometry, LineString, MultiPolygon, Polygon, Simplify as _};
use project::{Edit, IdSource, Region, RegionId};
use spatial::geometry::area_of;
use spatial::{WorldPoint, overlay};

use crate::context::is_place;
use crate::draw::drawn;
use crate::preview::{LineStyle, Preview, PreviewLine};
use crate::reshape::replaced;
use crate::shape::Shape;
use crate::{Cursor, Draft, Effect, Hint, Key, Pointer, PointerButton, ToolContext, ToolEvent, Unfinished};

/// Radii in points, from the smallest to the largest.
const SMALLEST: f64 = 2.0;
const LARGEST: f64 = 200.0;
/// What one press of `[` or `]` makes of the size.
const STEP: f64 = 1.25;
/// Moves of the hand after which what is painted is kept again in case of a crash.
const KEPT_EACH: u32 = 16;
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
        /// The button is down; it is not where a dropped stroke was brought back.
        held: bool,
        moves: u32,
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

    /// Goes on with what was dropped or saved from a crash.
    pub fn resume(region: Option<RegionId>, area: MultiPolygon<f64>, places: &[WorldPoint]) -> Self {
        let at = places.first().copied().filter(|at| is_place(*at));
        let finite = geo::CoordsIter::coords_iter(&area).all(is_place);
        let Some(at) = at.filter(|_| finite) else { return Self::default() };
        let state = BrushState::Painting { region, erases: false, at, area, held: false, moves: 0 };
        Self { state, ..Self::default() }
    }

    /// Where the pointer was last.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        match &self.state {
            BrushState::Idle => None,
            BrushState::Hovering(at) | BrushState::Painting { at, .. } => Some(*at),
        }
    }

    fn draft(&self, ctx: &ToolContext) -> Option<Draft> {
        let BrushState::Painting { region, area, at, .. } = &self.state else { return None };
        let other = Unfinished::Brush { region: *region, area: area.clone() };
        Some(Draft::new(ctx, vec![*at], Some(other)))
    }

    fn kept(self, ctx: &ToolContext) -> Step {
        let draft = self.draft(ctx);
        (self, vec![Effect::Draft(draft)])
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => self.begin(&p, ctx),
            ToolEvent::Drag(p) => self.dragged(p.at, ctx),
            ToolEvent::Move(p) => {
                match &mut self.state {
                    BrushState::Painting { held: true, .. } => {}
                    BrushState::Painting { at, .. } => *at = p.at,
                    state => *state = BrushState::Hovering(p.at),
                }
                (self, Vec::new())
            }
            ToolEvent::Release(p)
                if p.button == PointerButton::Primary
                    && !matches!(self.state, BrushState::Painting { held: false, .. }) =>
            {
                self.finish(ctx, ids)
            }
            ToolEvent::Key { key: Key::Enter, .. } => self.finish(ctx, ids),
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                let dropped = self.draft(ctx);
                self.state = BrushState::Idle;
                let effects = dropped.map(|draft| vec![Effect::Dropped(draft), Effect::Draft(None)]);
                (self, effects.unwrap_or_default())
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
        if let BrushState::Painting { erases, at, held, .. } = &mut self.state {
            (*erases, *at, *held) = (p.modifiers.alt, p.at, true);
            self.stroke(p.at, ctx);
            return self.kept(ctx);
        }
        let held = ctx.selection.primary().and_then(|id| Some((id, ctx.project.region(id)?)));
        let (region, area) = match held {
            None => (None, MultiPolygon(Vec::new())),
            Some((id, region)) => match area_of(&region.geometry) {
                Ok(area) => (Some(id), area),
                Err(_) => return (self, vec![Effect::Notice(NO_AREA.to_owned())]),
            },
        };
        let (erases, at) = (p.modifiers.alt, p.at);
        self.state = BrushState::Painting { region, erases, at, area, held: true, moves: 0 };
        self.stroke(p.at, ctx);
        self.kept(ctx)
    }

    fn dragged(mut self, to: WorldPoint, ctx: &ToolContext) -> Step {
        self.stroke(to, ctx);
        match &mut self.state {
            BrushState::Painting { held: true, moves, .. } => {
                *moves += 1;
                if *moves % KEPT_EACH == 0 { self.kept(ctx) } else { (self, Vec::new()) }
            }
            _ => (self, Vec::new()),
        }
    }

    /// The brush goes on to a place.
    fn stroke(&mut self, to: WorldPoint, ctx: &ToolContext) {
        let radius = ctx.world_from_points(self.radius_points);
        let BrushState::Painting { erases, at, area, held: true, .. } = &mut self.state else {
            if !self.is_drawing() {
                self.state = BrushState::Hovering(to);
            }
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
        let mut effects = painted(ctx, ids, region, thinned(&area, tolerance));
        effects.push(Effect::Draft(None));
        (self, effects)
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
        if matches!(self.state, BrushState::Painting { held: false, .. }) {
            const { &[Hint::new("Drag", "go on"), Hint::new("Enter", "keep it"), Hint::new("Esc", "drop")] }
        } else if self.is_drawing() {
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
        let drawing = matches!(key, Key::Escape | Key::Enter) && self.is_drawing();
        drawing || matches!(key, Key::OpenBracket | Key::CloseBracket)
    }
}

/// What painting makes of a region, or the region that it makes.
fn painted(
    ctx: &ToolContext,
    ids: &mut IdSource,
    region: Option<RegionId>,
    geometry: Option<Geometry<f64>>,
) -> Vec<Effect> {
    let held: Option<(RegionId, &Arc<Region>)> = region.and_then(|id| Some((id, ctx.project.region(id)?)));
    match (held, geometry) {
        (None, None) => Vec::new(),
        (Some(_), None) => vec![Effect::Notice(ERASED.to_owned())],
        // Also where the region is gone that it was painted on.
        (None, Some(geometry)) => drawn(ctx, ids, geometry),
        (Some((_, before)), Some(geometry)) if before.geometry == geometry => Vec::new(),
        (Some((id, before)), Some(geometry)) => {
            vec![Effect::Edit(Edit::batch("Paint region", vec![replaced(id, before, geometry)]))]
        }
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
