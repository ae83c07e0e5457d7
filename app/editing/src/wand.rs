//! The wand: floods what is seen from a place, as far as colours are alike or until an edge; a drag says how far.

use std::sync::Arc;

use geo::{Area as _, Geometry, LineString, MultiPolygon, Polygon};
use project::{IdSource, RegionId};
use segment::Composite;
use spatial::geometry::area_of;
use spatial::{ScreenPoint, WorldPoint, overlay};

use crate::context::is_place;
use crate::hit::regions_at;
use crate::preview::{Handle, HandleKind, Preview, PreviewLabel};
use crate::way::{NO_REGION, Way};
use crate::wish::{Fence, FloodWish, next_number};
use crate::{
    Amount, Answer, Cursor, Effect, Hint, Key, Pointer, PointerButton, ToolContext, ToolEvent, WandForm, Wish,
};

/// The tolerances there are, in hundredths of the way from black to white.
pub const TOLERANCES: std::ops::RangeInclusive<f64> = 0.5..=100.0;
/// Tolerance that a point of dragging is worth.
const PER_POINT: f64 = 0.1;
/// What one press of `[` or `]` makes of the tolerance.
const STEP: f64 = 1.15;
/// Parts smaller than this, in pixels, are what a cut along a border leaves over.
const CHIP_PX: f64 = 4.0;

const LOADING: &str = "The imagery here is still being read: try again in a moment";
const NOTHING: &str = "There is no imagery here";

/// The wand; it stays armed and keeps its tolerance.
#[derive(Clone, Debug, PartialEq)]
pub struct WandTool {
    form: WandForm,
    tolerance: f64,
    /// Holes of fewer pixels are filled.
    holes_px: usize,
    /// There was a picture to flood when the tool last looked.
    is_ready: bool,
    state: WandState,
    /// Let go of before what they flood was found, the oldest first.
    ending: Vec<Flooding>,
}

#[derive(Clone, Debug, Default, PartialEq)]
enum WandState {
    #[default]
    Idle,
    /// Pressed while the imagery was still being read.
    Waiting(Begun),
    Flooding(Box<Flooding>),
}

/// Where and how a drag began.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Begun {
    at: WorldPoint,
    from: ScreenPoint,
    tolerance: f64,
    way: Way,
}

#[derive(Clone, Debug, PartialEq)]
struct Flooding {
    begun: Begun,
    subject: u64,
    seed: usize,
    picture: Picture,
    fences: Fences,
    /// Regions with an area around the place where it began, which it stays within.
    within: Vec<RegionId>,
    wish: Wish,
    /// What was found last, if at another tolerance.
    answer: Option<Answer>,
}

/// What is flooded; two are alike when they are the same.
#[derive(Clone, Debug)]
struct Picture(Arc<Composite>);

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What holds it back; two are alike when they are the same.
#[derive(Clone, Debug)]
struct Fences(Arc<Vec<Fence>>);

impl PartialEq for Fences {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

type Step = (WandTool, Vec<Effect>);

impl WandTool {
    /// A wand with the tolerance that one begins with.
    pub fn new(form: WandForm) -> Self {
        let tolerance = match form {
            WandForm::Color => 6.0,
            WandForm::Edges => 10.0,
        };
        Self { form, tolerance, holes_px: 60, is_ready: true, state: WandState::Idle, ending: Vec::new() }
    }

    pub fn form(&self) -> WandForm {
        self.form
    }

    /// How far colours may differ, or how strong an edge may be, in hundredths of the way from black to white.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// Holes of fewer pixels of the screen are filled.
    pub fn holes_px(&self) -> usize {
        self.holes_px
    }

    pub fn is_drawing(&self) -> bool {
        self.state != WandState::Idle
    }

    /// What is to be found next, while it is not: what was let go of before what is dragged.
    pub fn wish(&self) -> Option<&Wish> {
        if let Some(first) = self.ending.first() {
            return Some(&first.wish);
        }
        match &self.state {
            WandState::Flooding(flooding) => Some(&flooding.wish).filter(|_| !flooding.is_found()),
            _ => None,
        }
    }

    /// Something was let go of and is not found yet.
    pub(crate) fn owes(&self) -> bool {
        !self.ending.is_empty()
    }

    /// True while a press waits for imagery.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, WandState::Waiting(_))
    }

    /// Where the drag began, while there is one: its end is told by how far it went.
    pub(crate) fn last_place(&self) -> Option<WorldPoint> {
        match &self.state {
            WandState::Idle => None,
            WandState::Waiting(begun) => Some(begun.at),
            WandState::Flooding(flooding) => Some(flooding.begun.at),
        }
    }

    /// One event in, the next state and what to do out.
    #[must_use]
    pub fn step(mut self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        self.is_ready = ctx.composite.is_some();
        match event {
            ToolEvent::Press(p) if p.button == PointerButton::Primary => self.press(&p, ctx),
            ToolEvent::Drag(p) | ToolEvent::Move(p) if is_place(p.screen) => {
                let effects = self.begin_waiting(ctx);
                if let ToolEvent::Drag(_) = event {
                    self.drag_to(&p, ctx);
                }
                (self, effects)
            }
            ToolEvent::Release(p) if p.button == PointerButton::Primary => self.finish(ctx, ids),
            ToolEvent::Found => self.take(ctx, ids),
            ToolEvent::Key { key: Key::Enter, .. } => self.finish(ctx, ids),
            ToolEvent::Key { key: Key::Escape, .. } | ToolEvent::Cancel => {
                self.state = WandState::Idle;
                (self, Vec::new())
            }
            ToolEvent::Key { key: Key::OpenBracket, .. } => self.tolerance_by(1.0 / STEP),
            ToolEvent::Key { key: Key::CloseBracket, .. } => self.tolerance_by(STEP),
            ToolEvent::Amount(Amount::Tolerance(to)) if to.is_finite() => self.with_tolerance(to),
            ToolEvent::Amount(Amount::HolesPx(to)) if to.is_finite() => {
                self.holes_px = to.clamp(0.0, 1e6) as usize;
                self.flood();
                (self, Vec::new())
            }
            _ => (self, Vec::new()),
        }
    }

    fn tolerance_by(self, factor: f64) -> Step {
        let tolerance = self.tolerance * factor;
        self.with_tolerance(tolerance)
    }

    fn with_tolerance(mut self, tolerance: f64) -> Step {
        self.tolerance = tolerance.clamp(*TOLERANCES.start(), *TOLERANCES.end());
        self.flood();
        (self, Vec::new())
    }

    fn press(mut self, p: &Pointer, ctx: &ToolContext) -> Step {
        self.state = WandState::Idle;
        let way = Way::of(p.modifiers, ctx);
        let Some(way) = way else { return (self, vec![Effect::Notice(NO_REGION.to_owned())]) };
        if !is_place(p.screen) {
            return (self, Vec::new());
        }
        self.state = WandState::Waiting(Begun { at: p.at, from: p.screen, tolerance: self.tolerance, way });
        let effects = self.begin_waiting(ctx);
        (self, effects)
    }

    /// Begins to flood where a press waits for the picture and the picture is there.
    fn begin_waiting(&mut self, ctx: &ToolContext) -> Vec<Effect> {
        let (WandState::Waiting(begun), Some(picture)) = (&self.state, ctx.composite) else {
            return Vec::new();
        };
        let begun = *begun;
        let Some(seed) = picture.pixel_at(begun.at) else {
            self.state = WandState::Idle;
            return vec![Effect::Notice(NOTHING.to_owned())];
        };
        let (within, fences) = match self.form {
            WandForm::Color => (Vec::new(), Vec::new()),
            WandForm::Edges => fences(ctx, picture, &begun),
        };
        let (subject, fences) = (next_number(), Arc::new(fences));
        let wish = FloodWish {
            picture: Arc::clone(picture),
            form: self.form,
            seed,
            fences: Arc::clone(&fences),
            tolerance: self.tolerance,
            holes_px: self.holes_px,
        };
        let (wish, picture) = (Wish::flood(subject, wish), Picture(Arc::clone(picture)));
        let fences = Fences(fences);
        let flooding = Flooding { begun, subject, seed, picture, fences, within, wish, answer: None };
        self.state = WandState::Flooding(Box::new(flooding));
        Vec::new()
    }

    /// Right and down widens, left and up narrows.
    fn drag_to(&mut self, p: &Pointer, ctx: &ToolContext) {
        let begun = match &self.state {
            WandState::Idle => return,
            WandState::Waiting(begun) => *begun,
            WandState::Flooding(flooding) => flooding.begun,
        };
        let by = p.screen - begun.from;
        let points = (by.x + by.y) / ctx.px_per_point.clamp(0.25, 16.0);
        let tolerance = (begun.tolerance + points * PER_POINT).clamp(*TOLERANCES.start(), *TOLERANCES.end());
        // Finer steps than the flood tells apart would find the same again.
        let tolerance = (tolerance * 2.0).round() / 2.0;
        if tolerance != self.tolerance {
            self.tolerance = tolerance;
            self.flood();
        }
    }

    /// Wishes for the outline at the tolerance.
    fn flood(&mut self) {
        let (form, tolerance, holes_px) = (self.form, self.tolerance, self.holes_px);
        let WandState::Flooding(flooding) = &mut self.state else { return };
        let (picture, fences) = (Arc::clone(&flooding.picture.0), Arc::clone(&flooding.fences.0));
        let wish = FloodWish { picture, form, seed: flooding.seed, fences, tolerance, holes_px };
        flooding.wish = Wish::flood(flooding.subject, wish);
    }

    /// What was wished for is there.
    fn take(mut self, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let mut effects = self.begin_waiting(ctx);
        let Some(answer) = ctx.answer else { return (self, effects) };
        if self.ending.first().is_some_and(|first| first.wish.number() == answer.number) {
            let mut done = self.ending.remove(0);
            done.answer = Some(answer.clone());
            effects.extend(done.effects(ctx, ids));
        } else if let WandState::Flooding(flooding) = &mut self.state
            && flooding.subject == answer.subject
        {
            flooding.answer = Some(answer.clone());
        }
        (self, effects)
    }

    fn finish(mut self, ctx: &ToolContext, ids: &mut IdSource) -> Step {
        let mut effects = self.begin_waiting(ctx);
        match std::mem::take(&mut self.state) {
            WandState::Idle => {}
            WandState::Waiting(_) => effects.push(Effect::Notice(LOADING.to_owned())),
            WandState::Flooding(flooding) if flooding.is_found() && self.ending.is_empty() => {
                effects.extend(flooding.effects(ctx, ids));
            }
            WandState::Flooding(flooding) => self.ending.push(*flooding),
        }
        (self, effects)
    }

    /// What is flooded now, and at which tolerance.
    pub fn preview(&self) -> Preview {
        match &self.state {
            WandState::Idle => Preview::default(),
            WandState::Waiting(_) => {
                Preview { message: Some("The imagery here is still being read"), ..Preview::default() }
            }
            WandState::Flooding(flooding) => flooding.preview(self.tolerance),
        }
    }

    /// What pointer and keys do now.
    pub fn hints(&self) -> &'static [Hint] {
        match (&self.state, self.is_ready) {
            (WandState::Flooding(_), _) => {
                const {
                    &[
                        Hint::new("Drag", "right or down for more, left or up for less"),
                        Hint::new("Release", "keep it"),
                        Hint::new("Esc", "drop"),
                    ]
                }
            }
            (WandState::Waiting(_), _) | (_, false) => {
                const { &[Hint::new("Wait", "the imagery here is still being read"), Hint::new("Esc", "drop")] }
            }
            _ if self.form == WandForm::Color => {
                const {
                    &[
                        Hint::new("Press and drag", "take what has a colour like this; farther takes more"),
                        Hint::new("Shift", "add to the selected region"),
                        Hint::new("Alt", "take from it"),
                        Hint::new("[ ]", "less, more"),
                    ]
                }
            }
            _ => {
                const {
                    &[
                        Hint::new(
                            "Press and drag",
                            "fill up to edges and regions; farther crosses stronger edges",
                        ),
                        Hint::new("Shift", "add to the selected region"),
                        Hint::new("Alt", "take from it"),
                        Hint::new("[ ]", "less, more"),
                    ]
                }
            }
        }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::Crosshair
    }

    /// True when a key means something to the tool now, so that it must not reach a command.
    pub fn wants(&self, key: Key) -> bool {
        matches!(key, Key::OpenBracket | Key::CloseBracket)
            || (matches!(key, Key::Escape | Key::Enter) && self.is_drawing())
    }
}

impl Flooding {
    /// What was found is what is wished now.
    fn is_found(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.number == self.wish.number())
    }

    fn effects(self, ctx: &ToolContext, ids: &mut IdSource) -> Vec<Effect> {
        match self.geometry(ctx) {
            Some(geometry) => self.begun.way.effects(ctx, ids, geometry, "wand"),
            None => vec![Effect::Notice(NOTHING.to_owned())],
        }
    }

    /// What was flooded as a sound shape with few corners; up to the very border of the regions that it met.
    fn geometry(&self, ctx: &ToolContext) -> Option<Geometry<f64>> {
        let pixel = self.picture.0.resolution();
        let answer = self.answer.as_ref()?;
        let mut area = answer.outline.clone();
        for around in self.within.iter().filter_map(|id| ctx.project.region(*id)) {
            area = overlay::intersection(&area, &area_of(&around.geometry).ok()?);
        }
        for other in self.others(ctx, answer) {
            area = overlay::difference(&area, &other);
        }
        let largest = area.iter().map(Polygon::unsigned_area).fold(0.0, f64::max);
        area.0.retain(|part| part.unsigned_area() >= largest.min(CHIP_PX * pixel * pixel));
        match area.0.len() {
            0 => None,
            1 => area.0.pop().map(Geometry::from),
            _ => Some(area.into()),
        }
    }

    /// The regions that hold the flood back where it touches them.
    fn others(&self, ctx: &ToolContext, answer: &Answer) -> Vec<MultiPolygon<f64>> {
        let around = geo::BoundingRect::bounding_rect(&answer.outline);
        let Some(around) = around.filter(|_| answer.is_fenced) else { return Vec::new() };
        let in_the_way = |id: &RegionId| !self.within.contains(id) && !self.begun.way.is_about(*id);
        let found = ctx.project.regions_in(around).filter(|(id, _)| in_the_way(id));
        found.filter_map(|(_, region)| area_of(&region.geometry).ok()).collect()
    }

    fn preview(&self, tolerance: f64) -> Preview {
        let mut preview = Preview::default();
        if let Some(answer) = &self.answer {
            preview.areas = crate::wish::shown(answer);
        }
        preview.handles.push(Handle { at: self.begun.at, kind: HandleKind::Snap });
        let above = 18.0 * self.picture.0.resolution();
        let at = WorldPoint { x: self.begun.at.x, y: self.begun.at.y + above };
        preview.labels.push(PreviewLabel { at, text: format!("{tolerance:.1}\u{a0}%") });
        preview
    }
}

/// The regions around the place where a flood begins, and what it never enters: regions beside that place, and
/// what lies beyond the regions around it. The region that it adds to or takes from is no fence.
fn fences(ctx: &ToolContext, picture: &Composite, begun: &Begun) -> (Vec<RegionId>, Vec<Fence>) {
    let mut fences = Vec::new();
    let has_area = |id: &RegionId| ctx.project.region(*id).is_some_and(|r| !rings_of(&r.geometry).is_empty());
    let under = regions_at(ctx, begun.at).into_iter();
    let within: Vec<RegionId> = under.filter(has_area).filter(|id| !begun.way.is_about(*id)).collect();
    for (id, region) in ctx.project.regions_in(picture.bounds()) {
        if begun.way.is_about(id) {
            continue;
        }
        let place = |ring: &&LineString<f64>| ring.0.iter().map(|c| picture.place(*c)).collect();
        let rings: Vec<Vec<(f64, f64)>> = rings_of(&region.geometry).iter().map(place).collect();
        if !rings.is_empty() {
            fences.push(Fence { rings, is_around: within.contains(&id) });
        }
    }
    (within, fences)
}

fn rings_of(geometry: &Geometry<f64>) -> Vec<&LineString<f64>> {
    let mut all = Vec::new();
    let polygons: &[Polygon<f64>] = match geometry {
        Geometry::Polygon(one) => std::slice::from_ref(one),
        Geometry::MultiPolygon(many) => &many.0,
        _ => &[],
    };
    for polygon in polygons {
        all.push(polygon.exterior());
        all.extend(polygon.interiors());
    }
    all
}
