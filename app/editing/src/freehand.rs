//! Lines drawn by hand: round a new region, or round what is to be selected.

use geo::{Geometry, Intersects as _, LineString, MultiPolygon, Polygon, Rect, Simplify as _};
use project::{IdSource, RegionId};
use spatial::WorldPoint;
use spatial::geometry::{area_of, is_sound};

use crate::context::{distance, is_place};
use crate::draw::drawn;
use crate::preview::{LineStyle, Preview, PreviewLine};
use crate::{
    Cursor, Draft, Effect, Hint, Key, Modifiers, PointerButton, Selection, ToolContext, ToolEvent, Unfinished,
};

/// Points between two places of the hand that are kept while it draws.
const STEP: f64 = 0.25;
/// Points that the outline may stand off what the hand drew.
const TOLERANCE: f64 = 0.15;
/// Places of the hand after which it is kept again in case of a crash.
const KEPT_EACH: usize = 32;
/// A loop smaller than this share of the whole is a tremble.
const TREMBLE: f64 = 0.01;

const FLAT: &str = "This needs an area: draw round it";

/// A tool that follows the hand; it stays armed.
#[derive(Clone, Debug, PartialEq)]
pub struct FreehandTool {
    /// What is gone round is selected, not drawn.
    selects: bool,
    state: FreehandState,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum FreehandState {
    #[default]
    Idle,
    Drawing {
        line: Vec<WorldPoint>,
        /// The button is down; it is not where a dropped line was brought back.
        held: bool,
    },
}

type Step = (FreehandTool, Vec<Effect>);

impl FreehandTool {
    /// The tool that draws regions.
    pub fn draws() -> Self {
        Self { selects: false, state: FreehandState::Idle }
    }

    /// The tool that selects.
    pub fn lasso() -> Self {
        Self { selects: true, state: FreehandState::Idle }
    }

    /// Goes on with a line that was dropped or saved from a crash.
    pub fn resume(line: Vec<WorldPoint>) -> Self {
        let line: Vec<WorldPoint> = line.into_iter().filter(|at| is_place(*at)).collect();
        let state =
            if line.is_empty() { FreehandState::Idle } else { FreehandState::Drawing { line, held: false } };
        Self { selects: false, state }
    }

    /// Where the pointer was last.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        match &self.state {
            FreehandState::Idle => None,
            FreehandState::Drawing { line, .. } => line.last().copied(),
        }
    }

    /// The line so far, where one is drawn that makes a region.
    fn draft(&self, ctx: &ToolContext) -> Option<Draft> {
        match &self.state {
            FreehandState::Drawing { line, .. } if !self.selects => {
                Some(Draft::new(ctx, line.clone(), Some(Unfinished::Freehand)))
            }
            _ => None,
        }
    }

    fn kept(self, ctx: &ToolContext) -> Step {
        let draft = self.draft(ctx);
        (self, draft.map(|draft| Effect::Draft(Some(draft))).into_iter().collect())
    }

    pub fn is_lasso(&self) -> bool {
        self.selects
    }

    pub fn is_drawing(&self) -> bool {
        matches!(self.state, FreehandState::Drawing { .. })
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => {
                if let FreehandState::Drawing { line, held } = &mut self.state {
                    line.push(p.at);
                    *held = true;
                } else {
                    self.state = FreehandState::Drawing { line: vec![p.at], held: true };
                }
                self.kept(ctx)
            }
            ToolEvent::Drag(p) => {
                let FreehandState::Drawing { line, held: true } = &mut self.state else {
                    return (self, Vec::new());
                };
                if line.last().is_some_and(|last| distance(*last, p.at) > STEP * ctx.reach()) {
                    line.push(p.at);
                    if line.len() % KEPT_EACH == 0 {
                        return self.kept(ctx);
                    }
                }
                (self, Vec::new())
            }
            ToolEvent::Release(p)
                if p.button == PointerButton::Primary
                    && matches!(self.state, FreehandState::Drawing { held: true, .. }) =>
            {
                self.finish(p.modifiers, ctx, ids)
            }
            ToolEvent::Key { key: Key::Enter, modifiers } => self.finish(modifiers, ctx, ids),
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                let Some(dropped) = self.draft(ctx) else {
                    self.state = FreehandState::Idle;
                    return (self, Vec::new());
                };
                self.state = FreehandState::Idle;
                // A click leaves nothing that is worth bringing back.
                let worth = (dropped.ring.len() > 2).then_some(Effect::Dropped(dropped));
                (self, worth.into_iter().chain([Effect::Draft(None)]).collect())
            }
            _ => (self, Vec::new()),
        }
    }

    /// Closes the line.
    fn finish(mut self, modifiers: Modifiers, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let FreehandState::Drawing { line, .. } = std::mem::take(&mut self.state) else {
            return (self, Vec::new());
        };
        let grown = modifiers.shift || modifiers.ctrl;
        let mut effects = match outline(&line, TOLERANCE * ctx.reach()) {
            Some(outline) if self.selects => select(ctx, &outline, grown),
            Some(outline) => drawn(ctx, ids, outline),
            // A click beside everything leaves the selection, as it does with the arrow.
            None if self.selects && !grown && !ctx.selection.is_empty() => {
                vec![Effect::Select(Selection::default())]
            }
            None if self.selects => Vec::new(),
            None => vec![Effect::Notice(FLAT.to_owned())],
        };
        if !self.selects {
            effects.push(Effect::Draft(None));
        }
        (self, effects)
    }

    /// What was gone along so far.
    pub fn preview(&self) -> Preview {
        let FreehandState::Drawing { line: points, .. } = &self.state else { return Preview::default() };
        let style = if self.selects { LineStyle::Box } else { LineStyle::Ghost };
        let line = PreviewLine { points: points.clone(), closed: points.len() > 2, style };
        Preview { lines: vec![line], ..Preview::default() }
    }

    /// What pointer and keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match (self.selects, self.is_drawing()) {
            (_, true) if matches!(self.state, FreehandState::Drawing { held: false, .. }) => {
                const { &[Hint::new("Drag", "go on"), Hint::new("Enter", "close it"), Hint::new("Esc", "drop")] }
            }
            (_, true) => const { &[Hint::new("Release", "close it"), Hint::new("Esc", "drop")] },
            (true, false) => {
                const { &[Hint::new("Drag", "round what is to be selected"), Hint::new("Shift", "add")] }
            }
            (false, false) => const { &[Hint::new("Drag", "round the region")] },
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::Crosshair
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key) -> bool {
        matches!(key, Key::Escape | Key::Enter) && self.is_drawing()
    }
}

/// The area that a hand went round, without its trembles; `None` when there is none.
fn outline(line: &[WorldPoint], tolerance: f64) -> Option<Geometry<f64>> {
    let drawn = Polygon::new(LineString::new(line.to_vec()), Vec::new()).simplify(tolerance);
    let geometry: Geometry<f64> = drawn.into();
    if is_sound(&geometry) && geo::Area::unsigned_area(&geometry) > 0.0 {
        return Some(geometry);
    }
    let mut area = area_of(&geometry).ok()?;
    let size = |p: &Polygon<f64>| geo::Area::unsigned_area(p);
    let largest = area.iter().map(size).fold(0.0, f64::max);
    area.0.retain(|part| size(part) > largest * TREMBLE);
    match area.0.as_slice() {
        [] => None,
        [one] => Some(one.clone().into()),
        _ => Some(MultiPolygon(area.0).into()),
    }
}

/// The regions that an area meets, from the upper left.
fn select(ctx: &ToolContext, area: &Geometry<f64>, grown: bool) -> Vec<Effect> {
    let Some(around) = geo::BoundingRect::bounding_rect(area) else { return Vec::new() };
    let around = Rect::new(around.min(), around.max());
    let mut found: Vec<(f64, f64, RegionId)> = ctx
        .project
        .regions_in(around)
        .filter(|(id, region)| region.geometry.intersects(area) && ctx.is_in_reach(*id))
        .filter_map(|(id, region)| region.bounds().map(|b| (-b.max().y, b.min().x, id)))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let kept: &[RegionId] = if grown { ctx.selection.regions() } else { &[] };
    let all = kept.iter().copied().chain(found.into_iter().map(|(_, _, id)| id));
    vec![Effect::Select(all.collect())]
}
