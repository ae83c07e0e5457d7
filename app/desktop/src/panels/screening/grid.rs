//! All cells of the plan in small, coloured by what was said of them; a click goes there.

use egui::{Mesh, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use project::screening::CellState;

use crate::map::screening::state_color;
use crate::outbox::{Ask, Outbox};
use crate::screening::{Known, ScreeningAsk};
use crate::state::State;

/// The picture is no higher than this, in points.
const HIGHEST: f32 = 180.0;
/// A cell is no larger than this, in points.
const LARGEST: f32 = 22.0;

pub(super) fn show(ui: &mut Ui, state: &State, known: &Known, out: &mut Outbox) {
    let grid = known.cells.grid;
    let (columns, rows) = (grid.columns as f32, grid.rows as f32);
    let side = (ui.available_width() / columns).min(HIGHEST / rows).min(LARGEST);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), side * rows), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Cells of the screening"));
    let left = rect.left();
    let place = |cell: u32| {
        let (column, row) = grid.place(cell);
        let at = pos2(left + side * column as f32, rect.top() + side * row as f32);
        Rect::from_min_size(at, vec2(side, side))
    };
    let gap = if side >= 5.0 { 0.5 } else { 0.0 };
    // One mesh for all of them, however many.
    let mut mesh = Mesh::default();
    let c = &state.theme.color;
    for (cell, said) in known.cells.order().iter().zip(&known.progress.states) {
        let (color, part) = match said {
            None => (*c.line, 1.0),
            Some(said) => {
                (state_color(&state.theme, *said), if *said == CellState::Empty { 0.6 } else { 1.0 })
            }
        };
        mesh.add_colored_rect(place(*cell).shrink(gap), color.gamma_multiply(part));
        // What is not settled is told by its form too, where there is room.
        if side >= 8.0 && *said == Some(CellState::Incomplete) {
            mesh.add_colored_rect(place(*cell).shrink(side * 0.3), *c.panel);
        }
    }
    ui.painter().add(egui::Shape::mesh(mesh));
    if side >= 8.0 {
        let bad = known.progress.states.iter().zip(known.cells.order());
        for (_, cell) in bad.filter(|(said, _)| **said == Some(CellState::BadImagery)) {
            let r = place(*cell).shrink(side * 0.25);
            let stroke = Stroke::new(1.5, *c.panel);
            ui.painter().line_segment([r.left_top(), r.right_bottom()], stroke);
            ui.painter().line_segment([r.right_top(), r.left_bottom()], stroke);
        }
    }
    if let Some(cell) = state.screening.cell() {
        let frame = place(cell).expand(1.0);
        ui.painter().rect_stroke(frame, 1.0, Stroke::new(2.0, *c.accent), egui::StrokeKind::Outside);
    }
    let under = |p: egui::Pos2| {
        let (column, row) = (((p.x - left) / side).floor(), ((p.y - rect.top()) / side).floor());
        let inside = column >= 0.0 && row >= 0.0 && column < columns && row < rows;
        let cell = row as u32 * grid.columns + column as u32;
        inside.then_some(cell).and_then(|cell| Some((cell, known.cells.place(cell)?)))
    };
    if let Some((cell, _)) = response.interact_pointer_pos().filter(|_| response.clicked()).and_then(under) {
        out.push(Ask::Screening(ScreeningAsk::Go(cell)));
    }
    if let Some((cell, place)) = response.hover_pos().and_then(under) {
        let (column, row) = grid.place(cell);
        let said = known.progress.states[place].map_or("Untouched", CellState::text);
        response.on_hover_text(format!("Cell {}: row {}, column {}\n{said}", place + 1, row + 1, column + 1));
    }
}
