//! Pictures in rows of cells of one size: only those on the screen are looked at. What the table of regions and the grid of
//! cards are shown in.

use std::ops::Range;

use egui::{Id, Rect, Response, ScrollArea, Stroke, Ui, Vec2, vec2};

use crate::finder::Pick;
use crate::state::State;

/// Space between two cells.
pub const BETWEEN: f32 = 8.0;
/// Space at either side.
pub const MARGIN: f32 = 12.0;
/// Cells on one screen at most.
pub const MOST: usize = 400;

/// Cells of one size, as many beside each other as fit.
#[derive(Clone, Copy, Debug)]
pub struct Gallery<'a> {
    /// Tells it from others.
    pub name: &'a str,
    pub count: usize,
    pub cell: Vec2,
    /// The cell that comes into sight when it has just become another one.
    pub at: Option<usize>,
}

/// What of it is on the screen.
#[derive(Clone, Debug)]
pub struct Shown {
    pub rows: Range<usize>,
    /// Cells beside each other.
    pub across: usize,
}

/// Where it was in the frame before.
#[derive(Clone, Copy, Default)]
struct Seen {
    at: Option<usize>,
    offset: f32,
    height: f32,
}

impl Gallery<'_> {
    /// Shows the cells in sight: `one` is told which it is on the screen, which of all, and where.
    pub fn show(&self, ui: &mut Ui, mut one: impl FnMut(&mut Ui, usize, usize, Rect)) -> Shown {
        let each = self.cell.y + BETWEEN;
        let room = (ui.available_width() - 2.0 * MARGIN).max(self.cell.x);
        let across = (((room + BETWEEN) / (self.cell.x + BETWEEN)).floor() as usize).max(1);
        let lines = self.count.div_ceil(across);
        let id = Id::unique("gallery").with(self.name);
        let seen: Seen = ui.data(|d| d.get_temp(id)).unwrap_or_default();
        let mut area = ScrollArea::vertical().auto_shrink([false, false]).id_salt(self.name);
        if let Some(at) = self.at.filter(|_| self.at != seen.at) {
            let top = (at / across) as f32 * each;
            // Nothing was seen before the first frame.
            let height = if seen.height > 0.0 { seen.height } else { ui.available_height() };
            if top < seen.offset || top + each > seen.offset + height {
                area = area.vertical_scroll_offset((top - (height - each) / 2.0).max(0.0));
            }
        }
        let mut rows = 0..0;
        let scrolled = area.show_rows(ui, each - ui.spacing().item_spacing.y, lines, |ui, visible| {
            let first = visible.start * across;
            rows = first..(visible.end * across).min(self.count).min(first + MOST);
            let corner = ui.cursor().min + vec2(MARGIN, 0.0);
            for (slot, row) in rows.clone().enumerate() {
                let step =
                    vec2((slot % across) as f32 * (self.cell.x + BETWEEN), (slot / across) as f32 * each);
                one(ui, slot, row, Rect::from_min_size(corner + step, self.cell));
            }
            ui.allocate_space(vec2(room, (visible.end - visible.start) as f32 * each));
        });
        let seen = Seen {
            at: self.at,
            offset: scrolled.state.clamped_offset().y,
            height: scrolled.inner_rect.height(),
        };
        ui.data_mut(|d| d.insert_temp(id, seen));
        Shown { rows, across }
    }
}

/// A size near to the one that is wished, in its proportions, of which a row is filled to the edge.
pub fn filling(ui: &Ui, [width, height]: [f32; 2]) -> [f32; 2] {
    let room = ui.available_width() - 2.0 * MARGIN + BETWEEN;
    let across = (room / (width + BETWEEN)).round().max(1.0);
    let wide = (room / across - BETWEEN).floor().max(width / 2.0);
    [wide, (wide * height / width).round()]
}

/// How what was clicked joins what is chosen already, by the keys that are held.
pub fn pick(ui: &Ui) -> Pick {
    ui.input(|i| match (i.modifiers.shift, i.modifiers.command) {
        (true, _) => Pick::UpTo,
        (false, true) => Pick::Toggle,
        (false, false) => Pick::One,
    })
}

/// The line around a cell.
pub fn edge(state: &State, chosen: bool, response: &Response) -> Stroke {
    match (chosen, response.hovered() || response.has_focus()) {
        (true, _) => Stroke::new(2.0, *state.theme.color.accent),
        (false, true) => Stroke::new(1.0, *state.theme.color.outline),
        (false, false) => state.theme.hairline(),
    }
}
