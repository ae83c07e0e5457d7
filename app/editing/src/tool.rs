//! The armed tool: whichever it is, the same five questions.

use project::IdSource;
use serde::{Deserialize, Serialize};

use crate::{
    AlignTool, Draft, Effect, Key, MeasureTool, Modifiers, PointerButton, PolygonTool, Preview, SelectTool,
    ToolContext, ToolEvent,
};

/// Which tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolKind {
    #[default]
    Select,
    Polygon,
    /// Draws adjustments of footprints.
    Align,
    Measure,
    /// Takes the spectrum of a pixel.
    Spectrum,
    Pan,
}

impl ToolKind {
    /// Every tool, in the order of the tool strip.
    pub const ALL: [Self; 6] =
        [Self::Select, Self::Polygon, Self::Align, Self::Measure, Self::Spectrum, Self::Pan];
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
    Polygon(PolygonTool),
    /// Draws arrows from footprints to where the image shows them.
    Align(AlignTool),
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
            ToolKind::Polygon => Self::Polygon(PolygonTool::default()),
            ToolKind::Align => Self::Align(AlignTool::default()),
            ToolKind::Measure => Self::Measure(MeasureTool::default()),
            ToolKind::Spectrum => Self::Spectrum,
            ToolKind::Pan => Self::Pan,
        }
    }

    /// The tool that goes on with a draft that was dropped or saved from a crash.
    pub fn resume(draft: Draft) -> Self {
        Self::Polygon(PolygonTool::resume(draft))
    }

    pub fn kind(&self) -> ToolKind {
        match self {
            Self::Select(_) => ToolKind::Select,
            Self::Polygon(_) => ToolKind::Polygon,
            Self::Align(_) => ToolKind::Align,
            Self::Measure(_) => ToolKind::Measure,
            Self::Spectrum => ToolKind::Spectrum,
            Self::Pan => ToolKind::Pan,
        }
    }

    /// True while something is unfinished.
    pub fn is_drawing(&self) -> bool {
        match self {
            Self::Polygon(tool) => tool.is_drawing(),
            Self::Align(tool) => tool.is_drawing(),
            Self::Measure(tool) => tool.is_drawing(),
            Self::Select(_) | Self::Spectrum | Self::Pan => false,
        }
    }

    /// One event in, the tool in its next state and what to do out. Effects are to be carried out before
    /// the next event comes, as a tool builds its edits from the project that it is shown.
    #[must_use]
    pub fn step(self, event: ToolEvent, ctx: &ToolContext, ids: &mut IdSource) -> (Self, Vec<Effect>) {
        match self {
            Self::Select(tool) => {
                let (tool, effects) = tool.step(event, ctx, ids);
                (Self::Select(tool), effects)
            }
            Self::Polygon(tool) => {
                let (tool, effects) = tool.step(event, ctx, ids);
                (Self::Polygon(tool), effects)
            }
            Self::Align(tool) => {
                let (tool, effects) = tool.step(event, ctx, ids);
                (Self::Align(tool), effects)
            }
            Self::Measure(tool) => {
                let (tool, effects) = tool.step(event, ctx);
                (Self::Measure(tool), effects)
            }
            Self::Spectrum => {
                let picked = match event {
                    ToolEvent::Press(p) if p.button == PointerButton::Primary => Some(p.at),
                    _ => None,
                };
                let finite = picked.filter(|at| at.x.is_finite() && at.y.is_finite());
                (Self::Spectrum, finite.map(Effect::Spectrum).into_iter().collect())
            }
            Self::Pan => (Self::Pan, Vec::new()),
        }
    }

    /// What to show over the map.
    pub fn preview(&self, ctx: &ToolContext) -> Preview {
        match self {
            Self::Select(tool) => tool.preview(ctx),
            Self::Polygon(tool) => tool.preview(),
            Self::Align(tool) => tool.preview(ctx),
            Self::Measure(tool) => tool.preview(ctx),
            Self::Spectrum | Self::Pan => Preview::default(),
        }
    }

    /// What pointer and keys do now; a function of the state, so that the help cannot lie.
    pub fn hints(&self) -> &'static [Hint] {
        match self {
            Self::Select(tool) => tool.hints(),
            Self::Polygon(tool) => tool.hints(),
            Self::Align(tool) => tool.hints(),
            Self::Measure(tool) => tool.hints(),
            Self::Spectrum => const { &[Hint::new("Click", "take the spectrum of a pixel")] },
            Self::Pan => const { &[Hint::new("Drag", "move the map"), Hint::new("Wheel", "zoom")] },
        }
    }

    pub fn cursor(&self, ctx: &ToolContext) -> Cursor {
        match self {
            Self::Select(tool) => tool.cursor(ctx),
            Self::Polygon(tool) => tool.cursor(),
            Self::Align(tool) => tool.cursor(ctx),
            Self::Measure(tool) => tool.cursor(),
            Self::Spectrum => Cursor::Crosshair,
            Self::Pan => Cursor::Hand,
        }
    }

    /// True when a key means something to the tool now: give it to [`Tool::step`] and to no command.
    pub fn wants(&self, key: Key, modifiers: Modifiers, ctx: &ToolContext) -> bool {
        match self {
            Self::Select(tool) => tool.wants(key, ctx),
            Self::Polygon(tool) => tool.wants(key, modifiers),
            Self::Align(tool) => tool.wants(key, ctx),
            Self::Measure(tool) => tool.wants(key, modifiers),
            Self::Spectrum | Self::Pan => false,
        }
    }
}
