//! What reaches a tool: pointer and keys, in plain types of no toolkit.

use serde::{Deserialize, Serialize};
use spatial::{ScreenPoint, Viewport, WorldPoint};

/// Keys held down with a click or another key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Modifiers {
    /// Command on a Mac.
    pub ctrl: bool,
    pub shift: bool,
    pub alt: bool,
}

impl Modifiers {
    pub const NONE: Self = Self { ctrl: false, shift: false, alt: false };
    pub const CTRL: Self = Self { ctrl: true, ..Self::NONE };
    pub const SHIFT: Self = Self { shift: true, ..Self::NONE };
    pub const ALT: Self = Self { alt: true, ..Self::NONE };
}

/// A key by what is printed on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// `A` to `Z`, upper case.
    Letter(char),
    /// 0 to 9.
    Digit(u8),
    /// F1 to F12.
    Function(u8),
    Enter,
    Escape,
    Tab,
    Space,
    Backspace,
    Delete,
    Home,
    End,
    PageUp,
    PageDown,
    Up,
    Down,
    Left,
    Right,
    Plus,
    Minus,
    Comma,
    Period,
    OpenBracket,
    CloseBracket,
    Question,
}

/// Which button of the pointer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PointerButton {
    #[default]
    Primary,
    Secondary,
    Middle,
}

/// Where the pointer is and how it is pressed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pointer {
    pub at: WorldPoint,
    /// Physical pixels in the map's rectangle.
    pub screen: ScreenPoint,
    pub button: PointerButton,
    pub modifiers: Modifiers,
    /// 1 for a click, 2 for the second press of a double click; 0 while it only moves.
    pub clicks: u8,
}

/// What happened over the map while the tool is armed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ToolEvent {
    /// A button went down.
    Press(Pointer),
    /// The pointer moved with the button down.
    Drag(Pointer),
    /// The button came up.
    Release(Pointer),
    /// The pointer moved with no button down.
    Move(Pointer),
    Key {
        key: Key,
        modifiers: Modifiers,
    },
    /// A number was given in place of a gesture.
    Amount(Amount),
    /// A picture of the map or what the tool wished for is there: see [`ToolContext`](crate::ToolContext).
    Found,
    /// The tool is taken away (another tool, another project, the window loses the pointer).
    Cancel,
}

/// A number for the tools that take one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// By world units to the right and up.
    Move(WorldPoint),
    /// Anticlockwise.
    RotateDeg(f64),
    /// 1 leaves the size.
    Scale(f64),
    /// The tolerance or distance of the tool, in world units.
    Length(f64),
    /// How far the wand goes, in hundredths of the way from black to white.
    Tolerance(f64),
    /// Holes of fewer pixels of the screen are filled.
    HolesPx(f64),
    /// How smart selection finds what is meant.
    Method(segment::Method),
    /// About how many pixels of the screen a superpixel has.
    SuperpixelPx(f64),
    /// A plain drag of smart selection draws a box.
    DragsBox(bool),
    /// Regions of fewer pixels of the screen are not proposed.
    LeastPx(f64),
    /// How the pixel classifier learns.
    Learner(segment::LearnerKind),
    /// What was painted is taken back, all of it.
    Nothing,
}

impl ToolEvent {
    /// A plain press of the primary button at a place on the screen; for scripts and tests.
    pub fn click(viewport: &Viewport, screen: ScreenPoint) -> Self {
        Self::Press(Pointer::at(viewport, screen, Modifiers::NONE, 1))
    }

    /// A key with nothing held.
    pub const fn key(key: Key) -> Self {
        Self::Key { key, modifiers: Modifiers::NONE }
    }
}

impl Pointer {
    /// The primary button at a place on the screen.
    pub fn at(viewport: &Viewport, screen: ScreenPoint, modifiers: Modifiers, clicks: u8) -> Self {
        let at = viewport.world_from_screen(screen);
        Self { at, screen, button: PointerButton::Primary, modifiers, clicks }
    }
}
