//! Going through a screening: commands, the way from cell to cell, and what is taken down on the way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::{Pane, ScreeningCommand, Workspace};
use project::ScreeningId;
use project::screening::{
    CellNumber, CellPath, CellState, Look, Progress, Screening, Seen, Visit, next_free, remove_screening_edit,
};
use spatial::{Viewport, WorldRect};

use crate::frame::Program;
use crate::notice::Tone;
use crate::outbox::CameraMove;
use crate::screening::{self, Doubt, Draft, ENOUGH, InWork, Known, ScreeningAsk};

/// A view that moves sooner than this was not looked at.
const STILL: Duration = Duration::from_millis(250);
/// What was seen in passing reaches the journal this often, in seconds at work.
const PASSING_S: f64 = 60.0;
/// Cells that one view may show parts of, and one visit may tell of.
pub(super) const MOST_CELLS: usize = 2000;

impl Program {
    pub(super) fn run_screening(&mut self, command: ScreeningCommand) {
        if self.state.workspace == Workspace::Review {
            self.change_workspace(Workspace::Annotate);
        }
        let doubted = self.state.screening.doubt.take();
        match command {
            ScreeningCommand::Next => match screening::suggestion(&self.state) {
                Some(state) => self.say(doubted.map_or(state, |doubt| doubt.state), doubted),
                None => self.go_on(None),
            },
            ScreeningCommand::Say(state) => self.say(state, doubted),
            ScreeningCommand::LookCloser => self.look_closer(),
            ScreeningCommand::NextFree => {
                let cell = self.state.screening.cell();
                self.leave_cell();
                self.go_on(cell);
            }
            ScreeningCommand::PreviousCell => self.previous_cell(),
            ScreeningCommand::Coverage => {
                let coverage = &mut self.state.screening.coverage;
                coverage.shown = !coverage.shown;
                if !coverage.shown {
                    coverage.picture = None;
                }
            }
        }
    }

    pub(super) fn screening(&mut self, ask: ScreeningAsk) {
        match ask {
            ScreeningAsk::Choose(id) => {
                self.leave_cell();
                let desk = &mut self.state.screening;
                (desk.chosen, desk.known, desk.doubt) = (Some(id), None, None);
                desk.unsaved.clear();
                self.know_screening();
            }
            ScreeningAsk::Go(cell) => {
                self.leave_cell();
                self.go_to_cell(cell);
            }
            ScreeningAsk::Draft(draft) => self.state.screening.draft = draft,
            ScreeningAsk::Plan => self.plan_screening_of_draft(),
            ScreeningAsk::Remove(id) => {
                let edit = self.state.content().and_then(|project| remove_screening_edit(project, id));
                if let Some(edit) = edit {
                    self.apply(edit);
                }
            }
            ScreeningAsk::CoverageOf(of) => self.state.screening.coverage.of = of,
        }
    }

    /// A form to fill in, for the layer that is looked at.
    pub(crate) fn screening_draft(state: &crate::state::State) -> Option<Draft> {
        let (layer, _) = state.shown_layer()?;
        let plans = state.content()?.screenings();
        let taken = |name: &str| plans.values().any(|plan| plan.name == name);
        let name = (1..=plans.len() + 1).map(|n| format!("Screening {n}")).find(|name| !taken(name))?;
        Some(Draft {
            name,
            layer,
            cell_px: Screening::FIRST_CELL_PX,
            overlap_percent: (Screening::FIRST_OVERLAP * 100.0).round() as u32,
            path: CellPath::default(),
            times: 1,
            selected_only: false,
        })
    }

    /// Says what a cell is and goes on, unless too little of it was seen: then it is asked once.
    fn say(&mut self, state: CellState, doubted: Option<Doubt>) {
        let Some(cell) = self.state.screening.cell() else { return };
        let share = screening::share(&self.state, cell);
        let insists = doubted.is_some_and(|doubt| doubt.state == state);
        if state.claims_all() && share < ENOUGH && !insists {
            self.state.screening.doubt = Some(Doubt { state, share });
            return;
        }
        if self.record(Some(state)) {
            self.go_on(Some(cell));
        }
    }

    /// The next cell that is free; without one the work is over.
    fn go_on(&mut self, after: Option<CellNumber>) {
        self.know_screening();
        let me = self.state.author();
        let next = self
            .state
            .screening
            .known
            .as_ref()
            .and_then(|known| next_free(self.state.content()?, known.id, &known.cells, &me, after));
        if let Some(cell) = next {
            self.go_to_cell(cell);
        } else {
            self.state.screening.work = None;
            self.state.notices.done("Nothing is left: every cell is screened, or somebody else has it.");
        }
    }

    fn previous_cell(&mut self) {
        let before = self.state.screening.known.as_ref().and_then(|known| {
            let place = known.cells.place(self.state.screening.cell()?)?;
            known.cells.order().get(place.checked_sub(1)?).copied()
        });
        match before {
            Some(cell) => {
                self.leave_cell();
                self.go_to_cell(cell);
            }
            None => self.state.notices.done("This is the first cell."),
        }
    }

    /// Brings a cell into work and fills the map with it.
    pub(super) fn go_to_cell(&mut self, cell: CellNumber) {
        if self.state.workspace == Workspace::Review {
            self.change_workspace(Workspace::Annotate);
        }
        let since = self.state.attention.active();
        let desk = &mut self.state.screening;
        (desk.work, desk.doubt) = (Some(InWork { cell, since }), None);
        if let Some(layer) = desk.known.as_ref().map(|known| known.plan.layer) {
            self.state.active_layer = Some(layer);
        }
        if let Some(corners) = screening::outline(&self.state, cell) {
            let points: Vec<_> = corners.to_vec();
            let [left, low, right, high] = screening::around(&points);
            self.move_camera(CameraMove::Fit(WorldRect::new((left, low), (right, high))));
        } else {
            let text = "The layer of the screening is hidden or cannot be opened: show it first.";
            self.state.notices.tell(Tone::Info, text, "");
        }
    }

    /// The cell in work is left without a word: begun, unless something was said of it before.
    fn leave_cell(&mut self) {
        let Some(work) = self.state.screening.work else {
            self.record(None);
            return;
        };
        let settled = screening::own(&self.state, work.cell)
            .and_then(|standing| standing.state)
            .is_some_and(CellState::is_settled);
        let looked = self.state.attention.seconds_since(work.since) >= 1.0;
        self.record((looked && !settled).then_some(CellState::Incomplete));
        self.state.screening.work = None;
    }

    /// Goes to the next part of the cell that was not seen, at one screen pixel for a pixel of the image.
    fn look_closer(&mut self) {
        self.note_seen();
        let Some(cell) = self.state.screening.cell() else { return };
        match self.closer(cell) {
            Some(camera) => {
                self.state.camera = camera;
                self.view_chosen = true;
                self.refresh_pointer();
                self.ctx.request_repaint_after(STILL);
            }
            None => self.state.notices.done("All of this cell was seen at full resolution."),
        }
    }

    /// The first view of the cell, to and fro, that shows a part which was not seen.
    fn closer(&self, cell: CellNumber) -> Option<Viewport> {
        let known = self.state.screening.known.as_ref()?;
        let placement = screening::placement(&self.state)?;
        let missing = known.plan.counted(cell).without(screening::seen(&self.state, cell));
        let rect = known.cells.grid.rect(cell);
        let [left, top, right, bottom] = rect.map(f64::from);
        let middle = (f64::midpoint(left, right), f64::midpoint(top, bottom)).into();
        // A hair closer than needed, so that rounding never makes it too far.
        let resolution = placement.pixel_size_at(middle)? / known.plan.native * 0.999;
        let at = |x: f64, y: f64| {
            let center = placement.world_from_image((x, y).into())?;
            Some(Viewport::new(center, resolution, self.state.camera.size_px))
        };
        let here = at(middle.x, middle.y)?;
        let [l, t, r, b] = screening::around(&screening::in_view(placement, &here)?);
        // Turned images show less of a cell; smaller steps then.
        let fill = if placement.is_affine() { 1.0 } else { 0.7 };
        let lines = |low: f64, high: f64, view: f64| -> Vec<f64> {
            let part = (high - low) / project::screening::SIDE as f64;
            let step = (view * fill - part).max(part);
            let count = (((high - low) - part) / step).ceil().max(1.0);
            let reach = (high - low - view * fill).max(0.0) / 2.0;
            let center = f64::midpoint(low, high);
            let share = |i: f64| if count > 1.0 { i / (count - 1.0) * 2.0 - 1.0 } else { 0.0 };
            (0..count as u32).map(|i| center + share(f64::from(i)) * reach).collect()
        };
        let (columns, rows) = (lines(left, right, r - l), lines(top, bottom, b - t));
        for (i, y) in rows.iter().enumerate() {
            for k in 0..columns.len() {
                let x = columns[if i % 2 == 0 { k } else { columns.len() - 1 - k }];
                let Some(camera) = at(x, *y) else { continue };
                let Some(view) = screening::in_view(placement, &camera) else { continue };
                if !Seen::in_view(rect, &view).and(missing).is_empty() {
                    return Some(camera);
                }
            }
        }
        None
    }

    /// Writes what was seen, and what is said of the cell in work, into the journal. False when it was refused.
    fn record(&mut self, state: Option<CellState>) -> bool {
        self.note_seen();
        let (member, at_ms) = (self.state.author(), self.state.now_ms);
        let attention = &self.state.attention;
        let desk = &mut self.state.screening;
        let mut unsaved = std::mem::take(&mut desk.unsaved);
        let mut looks = Vec::new();
        if let Some(work) = &mut desk.work {
            let seconds = attention.seconds_since(work.since);
            let seen = unsaved.remove(&work.cell).unwrap_or_default();
            if state.is_some() || !seen.is_empty() {
                looks.push(Look { cell: work.cell, state, seconds: Some(seconds), seen });
                work.since = attention.active();
            }
        }
        let passing = unsaved.into_iter().filter(|(_, seen)| !seen.is_empty()).take(MOST_CELLS);
        looks.extend(passing.map(|(cell, seen)| Look { cell, state: None, seconds: None, seen }));
        let may = self.state.read_only().is_none() && !member.name().is_empty();
        if looks.is_empty() || !may {
            return state.is_none();
        }
        let Some(known) = &self.state.screening.known else { return false };
        let visit = Visit { screening: known.id, member, looks, at_ms: Some(at_ms) };
        let Some(open) = &mut self.state.project else { return false };
        match open.session.visit(at_ms, visit) {
            Ok(touched) => {
                self.after(&touched);
                self.know_screening();
                true
            }
            Err(error) => {
                self.refused(&error);
                false
            }
        }
    }

    /// The cell in work is left, and what was seen in passing is kept.
    pub(super) fn leave_screening(&mut self) {
        if self.state.screening.known.is_some() {
            self.leave_cell();
        }
    }

    /// The same before the project is closed.
    pub(crate) fn finish_screening(&mut self) {
        self.leave_screening();
        self.state.screening = screening::Desk::default();
    }

    /// Follows plan and journal, takes down what is on screen, and keeps the picture of the coverage up to date.
    pub(crate) fn plan_screening(&mut self) {
        self.know_screening();
        if self.state.screening.known.is_none() {
            return;
        }
        self.note_seen();
        let active = self.state.attention.active();
        let due = self.screening_work.passing_s + PASSING_S <= active.as_secs_f64();
        if due {
            self.screening_work.passing_s = active.as_secs_f64();
            if self.state.screening.work.is_none() && !self.state.screening.unsaved.is_empty() {
                self.record(None);
            }
        }
        self.plan_coverage();
    }

    fn know_screening(&mut self) {
        let Some(project) = self.state.content() else {
            self.state.screening = screening::Desk::default();
            return;
        };
        let plans = project.screenings();
        let shown = self.state.shown_layer().map(|(id, _)| id);
        let held = self.state.screening.chosen.filter(|id| plans.contains_key(id));
        let here = || plans.iter().find(|(_, plan)| Some(plan.layer) == shown).map(|(id, _)| *id);
        let chosen: Option<ScreeningId> = held.or_else(here).or_else(|| plans.keys().next().copied());
        let Some((id, plan)) = chosen.and_then(|id| Some((id, plans.get(&id)?))) else {
            let desk = &mut self.state.screening;
            (desk.chosen, desk.known, desk.work, desk.doubt) = (None, None, None, None);
            desk.unsaved.clear();
            return;
        };
        let visits = project.visit_count();
        let known = self.state.screening.known.as_ref();
        let same_plan = known.is_some_and(|k| k.id == id && Arc::ptr_eq(&k.plan, plan));
        if same_plan && known.is_some_and(|k| k.visits == visits) {
            return;
        }
        let cells = known.filter(|_| same_plan).map_or_else(|| plan.cells(), |k| k.cells.clone());
        let progress = Progress::of(project, id, &cells);
        let known = Known { id, plan: Arc::clone(plan), cells, progress, visits };
        let desk = &mut self.state.screening;
        let lost = desk.work.is_some_and(|work| known.cells.place(work.cell).is_none());
        if desk.chosen != Some(id) || lost {
            (desk.work, desk.doubt) = (None, None);
            desk.unsaved.clear();
        }
        (desk.chosen, desk.known) = (Some(id), Some(known));
    }

    /// Takes down what is on screen at full resolution, once the view stands still and is all there.
    fn note_seen(&mut self) {
        let now = Instant::now();
        let camera = self.state.camera;
        let there = self.state.attention.is_there()
            && self.state.workspace != Workspace::Review
            && !self.state.author().name().is_empty()
            && self.state.read_only().is_none();
        let desk = &mut self.state.screening;
        let (since, noted) = match desk.still {
            Some((view, since, noted)) if view == camera => (since, noted),
            _ => {
                desk.still = Some((camera, now, false));
                self.ctx.request_repaint_after(STILL);
                (now, false)
            }
        };
        if noted || !there {
            return;
        }
        if now.duration_since(since) < STILL {
            self.ctx.request_repaint_after(STILL);
            return;
        }
        if self.state.tiles_under_way > 0 {
            return;
        }
        let found = self.on_screen();
        let desk = &mut self.state.screening;
        desk.still = Some((camera, since, true));
        for (cell, seen) in found {
            let held = desk.unsaved.entry(cell).or_default();
            *held = held.or(seen);
        }
    }

    /// Parts of cells that are on screen at full resolution, and that the member has not seen before.
    fn on_screen(&self) -> Vec<(CellNumber, Seen)> {
        let found = || {
            let known = self.state.screening.known.as_ref()?;
            let placement = screening::placement(&self.state)?;
            let camera = &self.state.camera;
            if screening::magnification(placement, camera)? < known.plan.native * 0.995 {
                return None;
            }
            let view = screening::in_view(placement, camera)?;
            let grid = known.cells.grid;
            let [c0, c1, r0, r1] = grid.around(screening::around(&view))?;
            let cells = (r0..=r1).flat_map(|row| (c0..=c1).map(move |column| row * grid.columns + column));
            let wanted = cells.filter(|cell| known.cells.place(*cell).is_some()).take(MOST_CELLS);
            let new = wanted.map(|cell| {
                let seen = Seen::in_view(grid.rect(cell), &view).and(known.plan.counted(cell));
                (cell, seen.without(screening::seen(&self.state, cell)))
            });
            Some(new.filter(|(_, seen)| !seen.is_empty()).collect())
        };
        found().unwrap_or_default()
    }

    /// Opens the panel, with the form where there is no plan yet.
    pub fn show_screening(&mut self) {
        self.show_pane(Pane::Screening);
    }
}
