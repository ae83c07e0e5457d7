//! Changes of the selection by an amount that is tried out before it is made: simplify, widen.

use std::sync::Arc;

use project::{IdSource, RegionId};
use spatial::geometry::corner_count;
use spatial::{Measure, WorldPoint};

use crate::corners::outlines;
use crate::preview::{LineStyle, Preview, PreviewLine};
use crate::reshape::{Held, Reshape, reshape_edit};
use crate::shape::Shape;
use crate::shaping::{Outcome, Shaping};
use crate::{Amount, Cursor, Effect, Hint, Key, PointerButton, SelectTool, Tool, ToolContext, ToolEvent};

/// Regions whose outcome is shown before it is made.
const SHOWN: usize = 500;
/// Corners that these have together, so that trying out stays a moment's work.
const CORNERS: usize = 20_000;
/// What `[` and `]` make of a length.
const STEP: f64 = 1.25;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AmountForm {
    Simplify,
    Widen,
}

/// The tool; Enter makes the change and gives the pointer back, Esc only gives it back.
#[derive(Clone, Debug, PartialEq)]
pub struct AmountTool {
    form: AmountForm,
    state: AmountState,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum AmountState {
    /// The length has not been chosen yet.
    #[default]
    New,
    Trying {
        /// In metres, or in pixels where the map has no CRS.
        length: f64,
        change: Reshape,
        /// What it was worked out from: if that changes, it is worked out anew.
        from: Vec<Held>,
        shown: Vec<PreviewLine>,
        corners: Corners,
    },
}

/// How many corners the selection has and would have; `more` where not all was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Corners {
    pub before: usize,
    pub after: usize,
    pub more: bool,
    /// Regions that cannot be changed so.
    pub refused: usize,
}

type Step = (Tool, Vec<Effect>);

impl AmountTool {
    pub fn new(form: AmountForm) -> Self {
        Self { form, state: AmountState::New }
    }

    pub fn form(&self) -> AmountForm {
        self.form
    }

    /// The length that is tried, in metres (pixels where the map has no CRS).
    pub fn length(&self) -> Option<f64> {
        match &self.state {
            AmountState::New => None,
            AmountState::Trying { length, .. } => Some(*length),
        }
    }

    /// What the selection has and would have.
    pub fn corners(&self) -> Corners {
        match &self.state {
            AmountState::New => Corners::default(),
            AmountState::Trying { corners, .. } => *corners,
        }
    }

    /// One event in; the next tool, as it may give way to the pointer, and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let arrow = || Tool::Select(SelectTool::default());
        if ctx.selection.is_empty() {
            return (arrow(), Vec::new());
        }
        match event {
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => return (arrow(), Vec::new()),
            ToolEvent::Key { key: Key::Enter, .. } => {
                self.follow(ctx, None);
                let change = self.change(ctx);
                let regions = ctx.selection.regions();
                if Shaping::new(ctx.project, regions, change).is_ok_and(|shaping| shaping.is_long()) {
                    return (arrow(), vec![Effect::Reshape(change)]);
                }
                return match reshape_edit(ctx.project, ids, regions, change) {
                    Ok(made) => (arrow(), vec![Effect::Edit(made.edit), Effect::Select(made.selection)]),
                    Err(why) => {
                        let text = format!("{why}. {}", why.hint());
                        (self.into_tool(), vec![Effect::Notice(text)])
                    }
                };
            }
            ToolEvent::Key { key: Key::OpenBracket, .. } => self.scaled(ctx, 1.0 / STEP),
            ToolEvent::Key { key: Key::CloseBracket, .. } => self.scaled(ctx, STEP),
            ToolEvent::Amount(Amount::Length(length)) if length.is_finite() => {
                let least = if self.form == AmountForm::Simplify { 0.0 } else { f64::NEG_INFINITY };
                self.follow(ctx, Some(length.max(least)));
            }
            // A click on the map is the pointer's.
            ToolEvent::Press(p) if p.button == PointerButton::Primary => {
                let (tool, effects) = SelectTool::default().step(event, ctx, ids);
                return (Tool::Select(tool), effects);
            }
            _ => self.follow(ctx, None),
        }
        (self.into_tool(), Vec::new())
    }

    fn into_tool(self) -> Tool {
        match self.form {
            AmountForm::Simplify => Tool::Simplify(self),
            AmountForm::Widen => Tool::Widen(self),
        }
    }

    fn scaled(&mut self, ctx: &ToolContext, factor: f64) {
        self.follow(ctx, None);
        let length = self.length().map(|length| length * factor);
        self.follow(ctx, length);
    }

    /// Works out the outcome where the length or the selection is another one.
    fn follow(&mut self, ctx: &ToolContext, wanted: Option<f64>) {
        let length = wanted.or(self.length()).unwrap_or_else(|| first_length(ctx));
        let change = self.change_by(length, ctx);
        let (now, more) = shown(ctx);
        if let AmountState::Trying { length: held, change: tried, from, .. } = &self.state {
            let same = |(a, b): (&Held, &Held)| a.0 == b.0 && Arc::ptr_eq(&a.1, &b.1);
            let alike = (*held, *tried) == (length, change) && from.len() == now.len();
            if alike && from.iter().zip(&now).all(same) {
                return;
            }
        }
        let mut corners = Corners { more, ..Corners::default() };
        let mut lines = Vec::new();
        let ids: Vec<RegionId> = now.iter().map(|(id, _)| *id).collect();
        let shaping = Shaping::new(ctx.project, &ids, change).ok();
        let outcome = shaping.and_then(|shaping| shaping.work(|_, _| true)?.ok());
        let made = if let Some(Outcome::Each(made)) = outcome { made } else { Vec::new() };
        for (i, (_, region)) in now.iter().enumerate() {
            let before = corner_count(&region.geometry);
            corners.before += before;
            if let Some(Ok(made)) = made.get(i) {
                corners.after += corner_count(made);
            } else {
                corners.after += before;
                corners.refused += 1;
            }
        }
        // Those of neighbours that share borders are among them.
        for made in made.iter().flatten() {
            lines.extend(Shape::new(made).iter().flat_map(|shape| outlines(shape, LineStyle::Ghost)));
        }
        self.state = AmountState::Trying { length, change, from: now, shown: lines, corners };
    }

    fn change(&self, ctx: &ToolContext) -> Reshape {
        self.change_by(self.length().unwrap_or_else(|| first_length(ctx)), ctx)
    }

    fn change_by(&self, length: f64, ctx: &ToolContext) -> Reshape {
        let length = length / metres_per_unit(ctx);
        match self.form {
            AmountForm::Simplify if ctx.snap.shared_borders => Reshape::SimplifyTogether(length),
            AmountForm::Simplify => Reshape::Simplify(length),
            AmountForm::Widen => Reshape::Widen(length),
        }
    }

    /// The outlines that the selection would have.
    pub fn preview(&self) -> Preview {
        match &self.state {
            AmountState::New => Preview::default(),
            AmountState::Trying { shown, .. } => Preview { lines: shown.clone(), ..Preview::default() },
        }
    }

    /// What the keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        const { &[Hint::new("[ ]", "less, more"), Hint::new("Enter", "make it so"), Hint::new("Esc", "leave it")] }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::Arrow
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key) -> bool {
        matches!(key, Key::Escape | Key::Enter | Key::OpenBracket | Key::CloseBracket)
    }
}

/// The regions whose outcome is shown, and whether there are more.
fn shown(ctx: &ToolContext) -> (Vec<Held>, bool) {
    let (mut now, mut corners): (Vec<Held>, usize) = (Vec::new(), 0);
    for (i, id) in ctx.selection.regions().iter().enumerate() {
        let Some(region) = ctx.project.region(*id) else { continue };
        corners += corner_count(&region.geometry);
        if i >= SHOWN || (corners > CORNERS && !now.is_empty()) {
            return (now, true);
        }
        now.push((*id, Arc::clone(region)));
    }
    (now, false)
}

/// Metres on the ground that one unit of the map is where the selection lies; 1 in pixel space.
fn metres_per_unit(ctx: &ToolContext) -> f64 {
    let Some(crs) = ctx.project.crs() else { return 1.0 };
    let region = ctx.selection.primary().and_then(|id| ctx.project.region(id)?.bounds());
    let at = region.map_or(ctx.viewport.center, geo::Rect::center);
    let line = |x: f64, y: f64| geo::LineString::from(vec![at, WorldPoint { x: at.x + x, y: at.y + y }]);
    let measure = Measure::new(Some(crs));
    let (across, up) = (measure.length_m(&line(1.0, 0.0)), measure.length_m(&line(0.0, 1.0)));
    let found = across.zip(up).map(|(a, b)| (a * b).sqrt());
    found.filter(|m| m.is_finite() && *m > 0.0).unwrap_or(1.0)
}

/// A length that changes something one can see: two pixels of the screen, rounded to one digit.
fn first_length(ctx: &ToolContext) -> f64 {
    let length = 2.0 * ctx.viewport.resolution * metres_per_unit(ctx);
    let step = 10_f64.powf(length.log10().floor());
    let rounded = (length / step).round() * step;
    if rounded.is_finite() && rounded > 0.0 { rounded } else { 1.0 }
}
