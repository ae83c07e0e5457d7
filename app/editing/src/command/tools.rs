//! The tools as commands.

use super::situation::Need;
use super::{Row, Shortcut};
use crate::{Key, Modifiers, ToolKind};

pub(super) fn row(kind: ToolKind) -> Row {
    use Need::{Map, Project};
    let letter = |letter| [Shortcut::letter(letter)];
    match kind {
        ToolKind::Select => {
            Row::new("tool.select", "Select", "Select regions; move them and their corners", letter('V'), &[])
        }
        ToolKind::Lasso => Row::new(
            "tool.lasso",
            "Lasso",
            "Select what a line drawn by hand goes round",
            letter('U'),
            &[Project],
        ),
        ToolKind::Measure => Row::new(
            "tool.measure",
            "Measure",
            "Measure lengths and areas on the ground",
            letter('M'),
            &[Project, Map],
        ),
        ToolKind::Spectrum => Row::new(
            "tool.spectrum",
            "Spectrum",
            "Click pixels to see their values over wavelength",
            letter('I'),
            &[Project],
        ),
        ToolKind::Pan => Row::new("tool.pan", "Pan", "Drag the map", letter('G'), &[]),
        ToolKind::Align => Row::new(
            "tool.align",
            "Align",
            "Drag a footprint to where the image shows it; those nearby follow",
            [Shortcut::new(Key::Letter('A'), Modifiers::SHIFT)],
            &[Project, Need::Writable, Map],
        ),
        ToolKind::Relate => Row::new(
            "tool.relate",
            "Relate",
            "Drag from one region to another and say how the first stands to the second",
            [Shortcut::new(Key::Letter('C'), Modifiers::SHIFT)],
            &[Project, Need::Writable, Need::Author, Need::Schema, Need::TwoInAll],
        ),
        ToolKind::Split | ToolKind::CutOut | ToolKind::Transform | ToolKind::Simplify | ToolKind::Widen => {
            change_row(kind)
        }
        _ => draw_row(kind),
    }
}

/// Tools that make regions.
fn draw_row(kind: ToolKind) -> Row {
    let needs = [Need::Project, Need::Writable].as_slice();
    let letter = |letter| [Shortcut::letter(letter)];
    let shift = |letter| [Shortcut::new(Key::Letter(letter), Modifiers::SHIFT)];
    match kind {
        ToolKind::Rectangle => {
            Row::new("tool.rectangle", "Rectangle", "Draw a region from corner to corner", letter('R'), needs)
        }
        ToolKind::OrientedBox => Row::new(
            "tool.oriented_box",
            "Turned box",
            "Draw a box by one of its sides and its width: three clicks",
            letter('O'),
            needs,
        ),
        ToolKind::Ellipse => Row::new(
            "tool.ellipse",
            "Ellipse",
            "Draw an ellipse from corner to corner; with Shift a circle",
            letter('C'),
            needs,
        ),
        ToolKind::Freehand => {
            Row::new("tool.freehand", "Freehand", "Draw round a region by hand", letter('D'), needs)
        }
        ToolKind::Brush => Row::new(
            "tool.brush",
            "Brush",
            "Paint onto the selected region, or a new one; Alt takes away, [ and ] change the size",
            letter('E'),
            needs,
        ),
        ToolKind::Wand => Row::new(
            "tool.wand",
            "Wand",
            "Press on a colour and drag: what is like it becomes a region; Shift adds, Alt takes away",
            letter('W'),
            needs,
        ),
        ToolKind::Flood => Row::new(
            "tool.flood",
            "Fill to edges",
            "Press and drag: fills up to edges of the image and borders of regions",
            [Shortcut::new(Key::Letter('W'), Modifiers::ALT)],
            needs,
        ),
        ToolKind::Smart => Row::new(
            "tool.smart",
            "Smart selection",
            "Click or scribble on what you mean, with the right button on what you do not; Enter keeps it",
            shift('T'),
            needs,
        ),
        ToolKind::Sam => Row::new(
            "tool.sam",
            "Segment anything",
            "Click on any object, or drag a box around it: a network of the SAM family finds its outline; Enter keeps it",
            [Shortcut::new(Key::Letter('T'), Modifiers::ALT)],
            needs,
        ),
        ToolKind::Teach => Row::new(
            "tool.teach",
            "Pixel classifier",
            "Paint what classes look like; the rest of the view is classified as you go. Enter proposes regions",
            shift('K'),
            needs,
        ),
        ToolKind::Line => Row::new("tool.line", "Line", "Draw a line corner by corner", shift('L'), needs),
        ToolKind::Point => Row::new("tool.point", "Point", "Set a point", shift('P'), needs),
        ToolKind::Stamp => Row::new(
            "tool.stamp",
            "Repeat the last shape",
            "Set the selected shape again with each click; [ and ] turn it",
            [Shortcut::ctrl('D')],
            needs,
        ),
        _ => Row::new("tool.polygon", "Polygon", "Draw a region corner by corner", letter('P'), needs),
    }
}

/// Tools that change the regions that are there.
fn change_row(kind: ToolKind) -> Row {
    let selected = [Need::Project, Need::Writable, Need::Selection].as_slice();
    let edged = [Need::Project, Need::Writable, Need::Selection, Need::Edges].as_slice();
    let regions = [Need::Project, Need::Writable, Need::Regions].as_slice();
    let letter = |letter| [Shortcut::letter(letter)];
    match kind {
        ToolKind::Split => Row::new(
            "tool.split",
            "Split",
            "Cut regions along a line: the selected ones, or all that the line goes through",
            letter('X'),
            regions,
        ),
        ToolKind::CutOut => Row::new(
            "tool.cut_out",
            "Cut out",
            "Take an area out of regions: a hole inside, a bite at the border",
            letter('K'),
            regions,
        ),
        ToolKind::Simplify => Row::new(
            "tool.simplify",
            "Simplify…",
            "Leave out corners that stand off the outline by less than a tolerance",
            letter('Y'),
            edged,
        ),
        ToolKind::Widen => Row::new(
            "tool.widen",
            "Widen or narrow…",
            "Move the border by a distance; lines and points become areas",
            [Shortcut::new(Key::Letter('W'), Modifiers::SHIFT)],
            selected,
        ),
        _ => Row::new(
            "tool.transform",
            "Move, turn and scale",
            "Handles and numbers for the selection as a whole",
            [Shortcut::ctrl('T')],
            selected,
        ),
    }
}
