//! The armed tool: whichever it is, the same five questions.

use project::IdSource;
use serde::{Deserialize, Serialize};
use spatial::WorldPoint;

use crate::context::is_place;
use crate::{
    AlignTool, AmountForm, AmountTool, BoxForm, BoxTool, BrushTool, Draft, Effect, FreehandTool, Key,
    MeasureTool, Modifiers, PathForm, PathTool, Pointer, PointerButton, Preview, RelateTool, SamTool,
    SelectTool, SmartTool, TeachTool, ToolContext, ToolEvent, TransformTool, Unfinished, WandForm, WandTool,
    Wish,
};

/// Which tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    #[default]
    Select,
    Lasso,
    Polygon,
    Rectangle,
    OrientedBox,
    Ellipse,
    Freehand,
    Brush,
    /// Takes what has a colour like that under the pointer.
    Wand,
    /// Fills up to edges of the image and borders of regions.
    Flood,
    /// Finds what marks mean.
    Smart,
    /// Asks a network of the SAM family what clicks mean.
    Sam,
    /// Learns from scribbles what pixels of classes look like.
    Teach,
    Line,
    Point,
    /// Sets the last shape again.
    Stamp,
    Split,
    CutOut,
    /// Moves, turns and scales the selection as a whole.
    Transform,
    Simplify,
    Widen,
    /// Draws adjustments of footprints.
    Align,
    /// Draws relations from region to region.
    Relate,
    Measure,
    /// Takes the spectrum of a pixel.
    Spectrum,
    Pan,
}

impl ToolKind {
    /// Every tool, in the order of the tool strip.
    pub const ALL: [Self; 26] = [
        Self::Select,
        Self::Lasso,
        Self::Polygon,
        Self::Rectangle,
        Self::OrientedBox,
        Self::Ellipse,
        Self::Freehand,
        Self::Brush,
        Self::Wand,
        Self::Flood,
        Self::Smart,
        Self::Sam,
        Self::Teach,
        Self::Line,
        Self::Point,
        Self::Stamp,
        Self::Split,
        Self::CutOut,
        Self::Transform,
        Self::Simplify,
        Self::Widen,
        Self::Align,
        Self::Relate,
        Self::Measure,
        Self::Spectrum,
        Self::Pan,
    ];

    /// True for tools that make regions.
    pub const fn draws(self) -> bool {
        matches!(
            self,
            Self::Polygon
                | Self::Rectangle
                | Self::OrientedBox
                | Self::Ellipse
                | Self::Freehand
                | Self::Brush
                | Self::Wand
                | Self::Flood
                | Self::Smart
                | Self::Sam
                | Self::Line
                | Self::Point
                | Self::Stamp
        )
    }
}

/// What the pointer looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cursor {
    #[default]
    Arrow,
    Crosshair,
    /// On the corner that finishes the ring.
    Finish,
    /// On a corner or on a place for one.
    Corner,
    /// On something that a drag would move.
    Move,
    /// Moving it.
    Moving,
    /// The open hand that drags the map.
    Hand,
}

/// One key or gesture and what it does now, for the status bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: &'static str,
    pub text: &'static str,
}

impl Hint {
    pub const fn new(key: &'static str, text: &'static str) -> Self {
        Self { key, text }
    }
}

/// The armed tool with its state.
#[derive(Clone, Debug, PartialEq)]
pub enum Tool {
    Select(SelectTool),
    /// Follows the hand: draws, or selects as a lasso.
    Freehand(FreehandTool),
    /// Corner by corner: polygons, lines, cuts.
    Path(PathTool),
    /// From a few places: boxes, ellipses, points, stamps.
    Box(BoxTool),
    Brush(BrushTool),
    /// Floods what is seen.
    Wand(WandTool),
    /// Finds what marks mean.
    Smart(SmartTool),
    /// Asks a network what clicks mean.
    Sam(SamTool),
    /// Learns from scribbles.
    Teach(TeachTool),
    Transform(TransformTool),
    Simplify(AmountTool),
    Widen(AmountTool),
    /// Draws arrows from footprints to where the image shows them.
    Align(AlignTool),
    /// Draws arrows from region to region.
    Relate(RelateTool),
    /// Measures lengths and areas; changes nothing.
    Measure(MeasureTool),
    /// Each click asks for the spectrum of a pixel.
    Spectrum,
    /// Drags the map; the program moves the camera.
    Pan,
}

impl Default for Tool {
    fn default() -> Self {
        Self::new(ToolKind::default())
    }
}

impl Tool {
    pub fn new(kind: ToolKind) -> Self {
        match kind {
            ToolKind::Select => Self::Select(SelectTool::default()),
            ToolKind::Lasso => Self::Freehand(FreehandTool::lasso()),
            ToolKind::Freehand => Self::Freehand(FreehandTool::draws()),
            ToolKind::Polygon => Self::Path(PathTool::new(PathForm::Polygon)),
            ToolKind::Line => Self::Path(PathTool::new(PathForm::Line)),
            ToolKind::Split => Self::Path(PathTool::new(PathForm::Split)),
            ToolKind::CutOut => Self::Path(PathTool::new(PathForm::CutOut)),
            ToolKind::Rectangle => Self::Box(BoxTool::new(BoxForm::Rectangle)),
            ToolKind::OrientedBox => Self::Box(BoxTool::new(BoxForm::Oriented)),
            ToolKind::Ellipse => Self::Box(BoxTool::new(BoxForm::Ellipse)),
            ToolKind::Point => Self::Box(BoxTool::new(BoxForm::Point)),
            ToolKind::Stamp => Self::Box(BoxTool::new(BoxForm::Stamp)),
            ToolKind::Brush => Self::Brush(BrushTool::default()),
            ToolKind::Wand => Self::Wand(WandTool::new(WandForm::Color)),
            ToolKind::Flood => Self::Wand(WandTool::new(WandForm::Edges)),
            ToolKind::Smart => Self::Smart(SmartTool::default()),
            ToolKind::Sam => Self::Sam(SamTool::default()),
            ToolKind::Teach => Self::Teach(TeachTool::default()),
            ToolKind::Transform => Self::Transform(TransformTool::default()),
            ToolKind::Simplify => Self::Simplify(AmountTool::new(AmountForm::Simplify)),
            ToolKind::Widen => Self::Widen(AmountTool::new(AmountForm::Widen)),
            ToolKind::Align => Self::Align(AlignTool::default()),
            ToolKind::Relate => Self::Relate(RelateTool::default()),
            ToolKind::Measure => Self::Measure(MeasureTool::default()),
            ToolKind::Spectrum => Self::Spectrum,
            ToolKind::Pan => Self::Pan,
        }
    }

    /// The tool that goes on with a draft that was dropped or saved from a crash.
    pub fn resume(mut draft: Draft) -> Self {
        match draft.other.take() {
            None => Self::Path(PathTool::resume(draft)),
            Some(Unfinished::Box(form)) => Self::Box(BoxTool::resume(form, &draft.ring)),
            Some(Unfinished::Freehand) => Self::Freehand(FreehandTool::resume(draft.ring)),
            Some(Unfinished::Brush { region, area }) => {
                Self::Brush(BrushTool::resume(region, area, &draft.ring))
            }
        }
    }

    pub fn kind(&self) -> ToolKind {
        match self {
            Self::Select(_) => ToolKind::Select,
            Self::Freehand(tool) if tool.is_lasso() => ToolKind::Lasso,
            Self::Freehand(_) => ToolKind::Freehand,
            Self::Path(tool) => match tool.form() {
                PathForm::Polygon => ToolKind::Polygon,
                PathForm::Line => ToolKind::Line,
                PathForm::Split => ToolKind::Split,
                PathForm::CutOut => ToolKind::CutOut,
            },
            Self::Box(tool) => match tool.form() {
                BoxForm::Rectangle => ToolKind::Rectangle,
                BoxForm::Oriented => ToolKind::OrientedBox,
                BoxForm::Ellipse => ToolKind::Ellipse,
                BoxForm::Point => ToolKind::Point,
                BoxForm::Stamp => ToolKind::Stamp,
            },
            Self::Brush(_) => ToolKind::Brush,
            Self::Wand(tool) => match tool.form() {
                WandForm::Color => ToolKind::Wand,
                WandForm::Edges => ToolKind::Flood,
            },
            Self::Smart(_) => ToolKind::Smart,
            Self::Sam(_) => ToolKind::Sam,
            Self::Teach(_) => ToolKind::Teach,
            Self::Transform(_) => ToolKind::Transform,
            Self::Simplify(_) => ToolKind::Simplify,
            Self::Widen(_) => ToolKind::Widen,
            Self::Align(_) => ToolKind::Align,
            Self::Relate(_) => ToolKind::Relate,
            Self::Measure(_) => ToolKind::Measure,
            Self::Spectrum => ToolKind::Spectrum,
            Self::Pan => ToolKind::Pan,
        }
    }

    /// True while something is unfinished.
    pub fn is_drawing(&self) -> bool {
        match self {
            Self::Freehand(tool) => tool.is_drawing(),
            Self::Path(tool) => tool.is_drawing(),
            Self::Box(tool) => tool.is_drawing(),
            Self::Brush(tool) => tool.is_drawing(),
            Self::Wand(tool) => tool.is_drawing(),
            Self::Smart(tool) => tool.is_drawing(),
            Self::Sam(tool) => tool.is_drawing(),
            Self::Teach(tool) => tool.is_drawing(),
            Self::Align(tool) => tool.is_drawing(),
            Self::Relate(tool) => tool.is_drawing(),
            Self::Measure(tool) => tool.is_drawing(),
            _ => false,
        }
    }

    /// What it wants found in the picture of the map: to be answered elsewhere, and told by
    /// [`ToolEvent::Found`] with the answer in its context.
    pub fn wish(&self) -> Option<&Wish> {
        match self {
            Self::Wand(tool) => tool.wish(),
            Self::Smart(tool) => tool.wish(),
            Self::Sam(tool) => tool.wish(),
            _ => None,
        }
    }

    /// True when what it wishes for is to become an edit as soon as it is there: nobody may take the tool away before.
    pub fn owes(&self) -> bool {
        match self {
            Self::Wand(tool) => tool.owes(),
            Self::Smart(tool) => tool.owes(),
            _ => false,
        }
    }

    /// True for tools that look at the picture of the map.
    pub fn looks(&self) -> bool {
        matches!(self, Self::Wand(_) | Self::Smart(_) | Self::Teach(_))
    }

    /// One event in, the tool in its next state and what to do out. Effects are to be carried out before
    /// the next event comes, as a tool builds its edits from the project that it is shown.
    #[must_use]
    pub fn step(self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> (Self, Vec<Effect>) {
        let Some(event) = self.on_the_map(event) else { return (self, Vec::new()) };
        match self {
            Self::Select(tool) => wrap(tool.step(event, ctx, ids), Self::Select),
            Self::Freehand(tool) => wrap(tool.step(event, ctx, ids), Self::Freehand),
            Self::Path(tool) => wrap(tool.step(event, ctx, ids), Self::Path),
            Self::Box(tool) => wrap(tool.step(event, ctx, ids), Self::Box),
            Self::Brush(tool) => wrap(tool.step(event, ctx, ids), Self::Brush),
            Self::Wand(tool) => wrap(tool.step(event, ctx, ids), Self::Wand),
            Self::Smart(tool) => wrap(tool.step(event, ctx, ids), Self::Smart),
            Self::Sam(tool) => wrap(tool.step(event, ctx, ids), Self::Sam),
            Self::Teach(tool) => wrap(tool.step(event, ctx), Self::Teach),
            Self::Transform(tool) => tool.step(event, ctx, ids),
            Self::Simplify(tool) | Self::Widen(tool) => tool.step(event, ctx, ids),
            Self::Align(tool) => wrap(tool.step(event, ctx, ids), Self::Align),
            Self::Relate(tool) => wrap(tool.step(event, ctx), Self::Relate),
            Self::Measure(tool) => wrap(tool.step(event, ctx), Self::Measure),
            Self::Spectrum => {
                let picked = match event {
                    ToolEvent::Press(p) if p.button == PointerButton::Primary => Some(p.at),
                    _ => None,
                };
                (Self::Spectrum, picked.map(Effect::Spectrum).into_iter().collect())
            }
            Self::Pan => (Self::Pan, Vec::new()),
        }
    }

    /// The event at a place on the map. Pointers may come from where there is none: what they do there is left
    /// out, but a button that comes up ends what it began, where the pointer was last.
    fn on_the_map(&self, event: ToolEvent) -> Option<ToolEvent> {
        match event {
            ToolEvent::Press(p) | ToolEvent::Drag(p) | ToolEvent::Move(p) if !is_place(p.at) => None,
            ToolEvent::Release(p) if !is_place(p.at) => {
                let at = self.last_place()?;
                Some(ToolEvent::Release(Pointer { at, ..p }))
            }
            _ => Some(event),
        }
    }

    /// Where the pointer was last, for tools that something can be begun with.
    fn last_place(&self) -> Option<WorldPoint> {
        match self {
            Self::Select(tool) => tool.last_place(),
            Self::Freehand(tool) => tool.last_place(),
            Self::Path(tool) => tool.last_place(),
            Self::Box(tool) => tool.last_place(),
            Self::Brush(tool) => tool.last_place(),
            Self::Transform(tool) => tool.last_place(),
            Self::Align(tool) => tool.last_place(),
            Self::Measure(tool) => tool.last_place(),
            Self::Wand(tool) => tool.last_place(),
            Self::Smart(tool) => tool.last_place(),
            Self::Sam(tool) => tool.last_place(),
            Self::Teach(tool) => tool.last_place(),
            Self::Relate(tool) => tool.last_place(),
            Self::Simplify(_) | Self::Widen(_) | Self::Spectrum | Self::Pan => None,
        }
    }

    /// What to show over the map.
    pub fn preview(&self, ctx: &ToolContext) -> Preview {
        match self {
            Self::Select(tool) => tool.preview(ctx),
            Self::Freehand(tool) => tool.preview(),
            Self::Path(tool) => tool.preview(),
            Self::Box(tool) => tool.preview(),
            Self::Brush(tool) => tool.preview(ctx),
            Self::Wand(tool) => tool.preview(),
            Self::Smart(tool) => tool.preview(),
            Self::Sam(tool) => tool.preview(),
            Self::Teach(tool) => tool.preview(),
            Self::Transform(tool) => tool.preview(ctx),
            Self::Simplify(tool) | Self::Widen(tool) => tool.preview(),
            Self::Align(tool) => tool.preview(ctx),
            Self::Relate(tool) => tool.preview(ctx),
            Self::Measure(tool) => tool.preview(ctx),
            Self::Spectrum | Self::Pan => Preview::default(),
        }
    }

    /// What pointer and keys do now; a function of the state, so that the help cannot lie.
    pub fn hints(&self) -> &'static [Hint] {
        match self {
            Self::Select(tool) => tool.hints(),
            Self::Freehand(tool) => tool.hints(),
            Self::Path(tool) => tool.hints(),
            Self::Box(tool) => tool.hints(),
            Self::Brush(tool) => tool.hints(),
            Self::Wand(tool) => tool.hints(),
            Self::Smart(tool) => tool.hints(),
            Self::Sam(tool) => tool.hints(),
            Self::Teach(tool) => tool.hints(),
            Self::Transform(tool) => tool.hints(),
            Self::Simplify(tool) | Self::Widen(tool) => tool.hints(),
            Self::Align(tool) => tool.hints(),
            Self::Relate(tool) => tool.hints(),
            Self::Measure(tool) => tool.hints(),
            Self::Spectrum => const { &[Hint::new("Click", "take the spectrum of a pixel")] },
            Self::Pan => const { &[Hint::new("Drag", "move the map"), Hint::new("Wheel", "zoom")] },
        }
    }

    pub fn cursor(&self, ctx: &ToolContext) -> Cursor {
        match self {
            Self::Select(tool) => tool.cursor(ctx),
            Self::Freehand(tool) => tool.cursor(),
            Self::Path(tool) => tool.cursor(),
            Self::Box(tool) => tool.cursor(),
            Self::Brush(tool) => tool.cursor(),
            Self::Wand(tool) => tool.cursor(),
            Self::Smart(tool) => tool.cursor(),
            Self::Sam(tool) => tool.cursor(),
            Self::Teach(tool) => tool.cursor(),
            Self::Transform(tool) => tool.cursor(ctx),
            Self::Simplify(tool) | Self::Widen(tool) => tool.cursor(),
            Self::Align(tool) => tool.cursor(ctx),
            Self::Relate(tool) => tool.cursor(ctx),
            Self::Measure(tool) => tool.cursor(),
            Self::Spectrum => Cursor::Crosshair,
            Self::Pan => Cursor::Hand,
        }
    }

    /// True when a key means something to the tool now: give it to [`Tool::step`] and to no command.
    pub fn wants(&self, key: Key, modifiers: Modifiers, ctx: &ToolContext) -> bool {
        match self {
            Self::Select(tool) => tool.wants(key, ctx),
            Self::Freehand(tool) => tool.wants(key),
            Self::Path(tool) => tool.wants(key, modifiers),
            Self::Box(tool) => tool.wants(key),
            Self::Brush(tool) => tool.wants(key),
            Self::Wand(tool) => tool.wants(key),
            Self::Smart(tool) => tool.wants(key, modifiers),
            Self::Sam(tool) => tool.wants(key, modifiers),
            Self::Teach(tool) => tool.wants(key, modifiers),
            Self::Transform(tool) => tool.wants(key, modifiers),
            Self::Simplify(tool) | Self::Widen(tool) => tool.wants(key),
            Self::Align(tool) => tool.wants(key, ctx),
            Self::Relate(tool) => tool.wants(key, ctx),
            Self::Measure(tool) => tool.wants(key, modifiers),
            Self::Spectrum | Self::Pan => false,
        }
    }
}

fn wrap<T>((tool, effects): (T, Vec<Effect>), as_tool: impl FnOnce(T) -> Tool) -> (Tool, Vec<Effect>) {
    (as_tool(tool), effects)
}
