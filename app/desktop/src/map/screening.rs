//! The grid of a screening over the map: the cell in work with what is beside it dimmed, the states of all, and what was
//! seen at full resolution.

use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};
use project::screening::{CellNumber, CellState};
use spatial::{ImagePoint, Placement};

use super::overlay::text_with_casing;
use super::view::to_window;
use crate::fonts;
use crate::screening;
use crate::state::State;
use crate::theme::Theme;

/// Cells that are smaller on screen, in points, have no lines between them.
const LINES_FROM: f32 = 10.0;
/// Squares that the picture of the coverage is laid over the map in, so that it follows any projection.
const PIECES: usize = 12;
/// Shades beyond "seen by one".
const SHADES: u8 = 3;

/// The most members that the coverage tells apart.
pub fn most_shades() -> u8 {
    SHADES
}

/// The colour of a state; `None` for an untouched cell.
pub fn state_color(theme: &Theme, state: CellState) -> Color32 {
    let c = &theme.color;
    match state {
        CellState::Done => *c.success,
        CellState::Empty => *c.muted,
        CellState::Incomplete => *c.warning,
        CellState::BadImagery => *c.danger,
    }
}

/// The colour of a place that so many members saw; 255: no part of the plan.
pub fn coverage_color(theme: &Theme, members: u8) -> Color32 {
    let c = &theme.color;
    match members {
        u8::MAX => Color32::TRANSPARENT,
        0 => c.danger.gamma_multiply(0.45),
        1 => c.success.gamma_multiply(0.40),
        2 => c.accent.gamma_multiply(0.45),
        _ => c.series[4].gamma_multiply(0.55),
    }
}

/// Where places of the plan's layer lie in the window. Between its corners a box is taken to be flat: what is in view of
/// an image is, to much less than a pixel of the screen.
struct Way<'a> {
    state: &'a State,
    placement: &'a Placement,
    rect: Rect,
    flat: Option<([f64; 4], [Pos2; 4])>,
}

impl<'a> Way<'a> {
    fn new(state: &'a State, rect: Rect) -> Option<Self> {
        Some(Self { state, placement: screening::placement(state)?, rect, flat: None })
    }

    fn exact(&self, p: ImagePoint) -> Option<Pos2> {
        let world = self.placement.world_from_image(p)?;
        Some(to_window(self.state.camera.screen_from_world(world), self.rect, self.state.pixels_per_point))
    }

    /// For many places within a box.
    fn within(mut self, [left, top, right, bottom]: [f64; 4]) -> Option<Self> {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        let [a, b, c, d] = corners.map(|(x, y)| self.exact((x, y).into()));
        self.flat = Some(([left, top, right, bottom], [a?, b?, c?, d?]));
        Some(self)
    }

    fn at(&self, x: f64, y: f64) -> Pos2 {
        let Some(([left, top, right, bottom], [a, b, c, d])) = &self.flat else { return Pos2::ZERO };
        let (u, v) = ((x - left) / (right - left), (y - top) / (bottom - top));
        let (u, v) = (u as f32, v as f32);
        a.lerp(*b, u).lerp(d.lerp(*c, u), v)
    }
}

/// True while the grid is shown: a cell is in work, or the panel is open.
pub fn is_shown(state: &State) -> bool {
    let open = state.arrangement().is_open(editing::Pane::Screening) && !state.panels_hidden;
    !state.is_reviewing() && !state.labels_hidden && (state.screening.work.is_some() || open)
}

/// Draws all of it.
pub fn paint(painter: &Painter, state: &State, rect: Rect) {
    if state.is_reviewing() || state.screening.known.is_none() {
        return;
    }
    paint_coverage(painter, state, rect);
    if !is_shown(state) {
        return;
    }
    paint_grid(painter, state, rect);
    if let Some(cell) = state.screening.cell() {
        paint_cell(painter, state, rect, cell);
    }
    paint_words(painter, state, rect);
}

/// The states of the cells in view in one mesh, and thin lines between them where they are large enough.
fn paint_grid(painter: &Painter, state: &State, rect: Rect) {
    if let Some(mesh) = grid_mesh(state, rect) {
        painter.add(Shape::mesh(mesh));
    }
}

/// The mesh of the grid: its cost is that of the cells in view, a few corners each.
pub(crate) fn grid_mesh(state: &State, rect: Rect) -> Option<Mesh> {
    let known = state.screening.known.as_ref()?;
    let way = Way::new(state, rect)?;
    let view = screening::in_view(way.placement, &state.camera)?;
    let grid = known.cells.grid;
    let [c0, c1, r0, r1] = grid.around(screening::around(&view))?;
    let first = grid.rect(r0 * grid.columns + c0).map(f64::from);
    let last = grid.rect(r1 * grid.columns + c1).map(f64::from);
    let way = way.within([first[0], first[1], last[2], last[3]])?;
    let theme = &state.theme;
    let corners = |cell: CellNumber| {
        let [left, top, right, bottom] = grid.rect(cell).map(f64::from);
        [way.at(left, top), way.at(right, top), way.at(right, bottom), way.at(left, bottom)]
    };
    let [a, b, ..] = corners(r0 * grid.columns + c0);
    let lines = a.distance(b) >= LINES_FROM;
    let mut mesh = Mesh::default();
    let busy = state.screening.cell();
    let ink = theme.color.map_ink.gamma_multiply(0.55);
    for row in r0..=r1 {
        for column in c0..=c1 {
            let cell = row * grid.columns + column;
            let Some(place) = known.cells.place(cell) else { continue };
            let corners = corners(cell);
            if let Some(said) = known.progress.states.get(place).copied().flatten()
                && busy != Some(cell)
            {
                quad(&mut mesh, corners, state_color(theme, said).gamma_multiply(0.22));
            }
            if lines {
                for i in 0..4 {
                    line(&mut mesh, corners[i], corners[(i + 1) % 4], 1.0, ink);
                }
            }
        }
    }
    Some(mesh)
}

fn quad(mesh: &mut Mesh, corners: [Pos2; 4], color: Color32) {
    let first = mesh.vertices.len() as u32;
    mesh.vertices.extend(corners.map(|pos| Vertex { pos, uv: WHITE_UV, color }));
    mesh.indices.extend([0, 1, 2, 0, 2, 3].map(|i| first + i));
}

fn line(mesh: &mut Mesh, from: Pos2, to: Pos2, width: f32, color: Color32) {
    let along = (to - from).normalized() * (width / 2.0);
    let across = vec2(-along.y, along.x);
    quad(mesh, [from + across, to + across, to - across, from - across], color);
}

/// The frame of the cell in work, and what is beside it dimmed.
fn paint_cell(painter: &Painter, state: &State, rect: Rect, cell: CellNumber) {
    let Some(corners) = screening::outline(state, cell) else { return };
    let at = |p| to_window(state.camera.screen_from_world(p), rect, state.pixels_per_point);
    let inner = corners.map(at);
    let c = &state.theme.color;
    // A frame of four pieces between the map's border (or beyond, where the cell reaches farther) and the cell.
    let mut around = rect;
    for corner in inner {
        around.extend_with(corner);
    }
    let around = around.expand(4.0);
    let outer = [around.left_top(), around.right_top(), around.right_bottom(), around.left_bottom()];
    // A turned image begins elsewhere: the corner nearest to the map's first goes with it.
    let nearest = |from: usize| inner[from].distance_sq(outer[0]);
    let turn = (0..4).min_by(|a, b| nearest(*a).total_cmp(&nearest(*b))).unwrap_or(0);
    let is_mirrored = signed_area(&inner) < 0.0;
    let inner_at = |i: usize| if is_mirrored { inner[(turn + 4 - i) % 4] } else { inner[(turn + i) % 4] };
    let mut mesh = Mesh::default();
    for i in 0..4 {
        let next = (i + 1) % 4;
        quad(&mut mesh, [outer[i], outer[next], inner_at(next), inner_at(i)], Color32::from_black_alpha(110));
    }
    painter.add(Shape::mesh(mesh));
    let ring = inner.to_vec();
    painter.add(Shape::closed_line(ring.clone(), Stroke::new(4.0, *c.map_casing)));
    painter.add(Shape::closed_line(ring, Stroke::new(2.0, *c.accent)));
}

fn signed_area(ring: &[Pos2; 4]) -> f32 {
    (0..4).map(|i| ring[i].x * ring[(i + 1) % 4].y - ring[(i + 1) % 4].x * ring[i].y).sum()
}

/// Which cell it is, how much of it was seen, and what the key says next.
fn paint_words(painter: &Painter, state: &State, rect: Rect) {
    let Some(lines) = words(state) else { return };
    let mut at = pos2(rect.center().x, rect.top() + state.theme.space.m);
    for line in lines {
        text_with_casing(painter, state, at, Align2::CENTER_TOP, &line);
        at.y += state.theme.size.small + 5.0;
    }
}

/// What stands over the map while a cell is in work.
pub fn words(state: &State) -> Option<Vec<String>> {
    let known = state.screening.known.as_ref()?;
    let cell = state.screening.cell()?;
    let place = known.cells.place(cell)? + 1;
    let percent = |share: f64| format!("{:.0} %", (share * 100.0).floor());
    let seen = percent(screening::share(state, cell));
    let mut lines = vec![format!("Cell {place} of {} · {seen} seen at full resolution", known.cells.len())];
    match (state.screening.doubt, screening::suggestion(state)) {
        (Some(doubt), _) => lines.push(format!(
            "{} of this cell was seen at full resolution. Again for “{}”, Shift+J to look at the rest.",
            percent(doubt.share),
            doubt.state.text().to_lowercase()
        )),
        (None, Some(said)) => {
            lines.push(format!("J: {} and go on · Shift+J: look closer", said.text().to_lowercase()));
        }
        (None, None) => {}
    }
    Some(lines)
}

/// The picture of what was seen, laid over the map in pieces, and what its colours mean.
fn paint_coverage(painter: &Painter, state: &State, rect: Rect) {
    let coverage = &state.screening.coverage;
    let Some(picture) = coverage.picture.as_ref().filter(|_| coverage.shown && !state.labels_hidden) else {
        return;
    };
    let known = state.screening.known.as_ref().filter(|known| known.id == picture.key.id);
    let (Some(known), Some(way)) = (known, Way::new(state, rect)) else { return };
    let [width, height] = known.plan.size.map(f64::from);
    let mut mesh = Mesh::with_texture(picture.texture.id());
    for row in 0..=PIECES {
        for column in 0..=PIECES {
            let share = |i: usize| i as f64 / PIECES as f64;
            let (x, y) = (width * share(column), height * share(row));
            let Some(pos) = way.exact((x, y).into()) else { return };
            let uv = pos2((x / picture.span_px[0]) as f32, (y / picture.span_px[1]) as f32);
            mesh.vertices.push(Vertex { pos, uv, color: Color32::WHITE });
        }
    }
    for row in 0..PIECES {
        for column in 0..PIECES {
            let first = (row * (PIECES + 1) + column) as u32;
            let below = first + PIECES as u32 + 1;
            mesh.indices.extend([first, first + 1, below, first + 1, below + 1, below]);
        }
    }
    painter.add(Shape::mesh(mesh));
    legend(painter, state, rect, picture.most);
}

fn legend(painter: &Painter, state: &State, rect: Rect, most: u8) {
    let of = &state.screening.coverage.of;
    let mut lines = vec![(0, "Not seen at full resolution".to_owned())];
    match of {
        Some(member) => lines.push((1, format!("Seen by {member}"))),
        None => lines.push((1, "Seen by one".to_owned())),
    }
    if most > 1 {
        lines.push((2, "Seen by two".to_owned()));
    }
    if most > 2 {
        lines.push((3, "Seen by three or more".to_owned()));
    }
    let theme = &state.theme;
    let font = fonts::body(theme.size.small);
    let galleys: Vec<_> = lines
        .iter()
        .map(|(_, text)| painter.layout_no_wrap(text.clone(), font.clone(), *theme.color.text))
        .collect();
    let wide = galleys.iter().map(|g| g.size().x).fold(0.0, f32::max);
    let size = vec2(wide + 40.0, 18.0 * lines.len() as f32 + 10.0);
    let place = Rect::from_min_size(rect.left_top() + vec2(theme.space.m, theme.space.m), size);
    painter.rect_filled(place, theme.radius(), *theme.color.panel);
    for (i, ((members, _), galley)) in lines.iter().zip(galleys).enumerate() {
        let left = place.left_top() + vec2(8.0, 5.0 + 18.0 * i as f32);
        let swatch = Rect::from_min_size(left + vec2(0.0, 3.0), vec2(16.0, 12.0));
        let ink = coverage_color(theme, *members).to_opaque();
        painter.rect_filled(swatch, 2.0, ink);
        painter.galley(left + vec2(24.0, 9.0 - galley.size().y / 2.0), galley, *theme.color.text);
    }
}
