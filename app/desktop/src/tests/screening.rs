//! A screening gone through by keys.

use std::path::PathBuf;
use std::time::Duration;

use editing::{Command, Pane, ScreeningCommand, ViewCommand, Workspace};
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use project::screening::{CellState, Screening, Seen, add_screening_edit};
use project::{Author, ScreeningId};

use super::App;
use crate::map::screening::{grid_mesh, words};
use crate::screening;

impl App {
    /// An image of some pixels in cells of 256, three by two of them, in Annotate with a plan over all of it.
    fn screened(width: u32, height: u32, cell_px: u32) -> (Self, ScreeningId) {
        let mut app = Self::start();
        let path = app.ground(width, height);
        app.open(vec![path]);
        app.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
        let id = app.plan(cell_px);
        app.until("the plan is known", |p| p.state.screening.known.is_some() && !p.is_busy());
        (app, id)
    }

    fn ground(&self, width: u32, height: u32) -> PathBuf {
        let path = self.folder.path().join("ground.png");
        let pixels: Vec<u8> = (0..width * height).map(|i| 40 + (i % 150) as u8).collect();
        image::save_buffer(&path, &pixels, width, height, image::ColorType::L8).expect("written");
        path
    }

    fn plan(&mut self, cell_px: u32) -> ScreeningId {
        let program = self.program();
        let open = program.state.project.as_mut().expect("a project");
        let (layer, described) = open.session.project().layers().iter().next().expect("a layer");
        let size = [described.width, described.height];
        let plan = Screening { cell_px, overlap_px: 0, ..Screening::over("All", *layer, size) };
        let id = open.session.ids(0).screening();
        let edit = add_screening_edit(open.session.project(), id, plan).expect("sound");
        assert!(program.apply(edit));
        id
    }

    fn cell(&self) -> Option<u32> {
        self.window.state().state.screening.cell()
    }

    fn said(&self, id: ScreeningId, cell: u32) -> Option<CellState> {
        self.window.state().state.content()?.cell_state(id, cell)
    }

    /// Waits until what is on screen was taken down.
    fn look(&mut self) {
        self.until("the view was looked at", |p| {
            p.state.screening.still.is_some_and(|(view, _, noted)| noted && view == p.state.camera)
        });
    }
}

#[test]
fn three_cells_are_screened_by_keys_and_what_was_seen_of_each_is_kept() {
    let (mut app, id) = App::screened(768, 512, 256);
    assert_eq!((app.cell(), app.program().state.content().map(|p| p.screenings().len())), (None, Some(1)));
    app.press(Modifiers::NONE, Key::J);
    assert_eq!(app.cell(), Some(0), "the first cell");
    // 256 pixels fill a map that is larger than that: every pixel of the image has more than one of the screen.
    app.look();
    let state = &app.program().state;
    assert_eq!(screening::share(state, 0), 1.0);
    assert_eq!(screening::suggestion(state), Some(CellState::Empty), "no region is in it");
    assert!(
        words(state).is_some_and(|w| w[0] == "Cell 1 of 6 · 100 % seen at full resolution"),
        "{:?}",
        words(state)
    );
    app.press(Modifiers::NONE, Key::J);
    assert_eq!((app.said(id, 0), app.cell()), (Some(CellState::Empty), Some(1)));
    app.look();

    app.click("Polygon");
    app.draw_triangle();
    assert_eq!(app.regions(), 1);
    app.press(Modifiers::NONE, Key::V);
    assert_eq!(screening::suggestion(&app.program().state), Some(CellState::Done), "a region is in it");
    app.press(Modifiers::NONE, Key::J);
    assert_eq!((app.said(id, 1), app.cell()), (Some(CellState::Done), Some(2)));
    app.look();
    app.press(Modifiers::ALT, Key::X);
    assert_eq!((app.said(id, 2), app.cell()), (Some(CellState::BadImagery), Some(5)), "the path turns");
    app.press(Modifiers::ALT, Key::J);
    assert_eq!(app.cell(), Some(2), "back");

    let project = app.program().state.content().expect("a project").clone();
    let ana = Author::new("Ana");
    for cell in 0..3 {
        let standing = project.standing(id, cell, &ana).expect("looked at");
        assert_eq!(standing.seen, Seen::ALL, "cell {cell}");
        assert!(standing.seconds < 60.0 && standing.last_ms.is_some());
    }
    app.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(app.regions(), 0, "undo takes the region back, not what was seen");
    assert_eq!(app.said(id, 1), Some(CellState::Done));
    let known = app.program().state.screening.known.as_ref().expect("known");
    assert_eq!((known.progress.settled, known.progress.wanted), (3, 6));
}

#[test]
fn a_cell_that_was_seen_from_afar_is_doubted_once_and_can_be_looked_at_closer() {
    // Cells of 2048 pixels on a map of some 900: full resolution takes several views.
    let (mut app, id) = App::screened(2048, 2048, 2048);
    app.press(Modifiers::NONE, Key::J);
    app.look();
    assert_eq!(screening::share(&app.program().state, 0), 0.0, "seen from afar");
    app.press(Modifiers::NONE, Key::J);
    assert_eq!(app.said(id, 0), None, "it asks first");
    let text = words(&app.program().state).expect("words");
    assert!(text[1].starts_with("0 % of this cell was seen at full resolution"), "{text:?}");
    let mut views = 0;
    loop {
        app.press(Modifiers::SHIFT, Key::J);
        app.look();
        views += 1;
        let share = screening::share(&app.program().state, 0);
        assert!(views < 40, "{share} after {views} views");
        if share == 1.0 {
            break;
        }
    }
    let [w, h] = app.program().state.camera.size_px;
    let least = (2048.0 / w).ceil() * (2048.0 / h).ceil();
    assert!(f64::from(views) <= least * 1.8 + 2.0, "{views} views where {least} are the least");
    app.press(Modifiers::NONE, Key::J);
    assert_eq!((app.said(id, 0), app.cell()), (Some(CellState::Empty), None), "the only cell");
}

#[test]
fn insisting_keeps_a_cell_that_was_hardly_seen() {
    let (mut app, id) = App::screened(2048, 2048, 2048);
    app.press(Modifiers::NONE, Key::J);
    app.look();
    app.press(Modifiers::ALT, Key::D);
    assert_eq!(app.said(id, 0), None);
    app.press(Modifiers::ALT, Key::D);
    assert_eq!(app.said(id, 0), Some(CellState::Done));
    let project = app.program().state.content().expect("a project");
    let standing = project.standing(id, 0, &Author::new("Ana")).expect("said");
    assert!(standing.seen.is_empty(), "and the proof says how little it was");
}

#[test]
fn what_another_member_has_in_work_is_left_to_them() {
    let (mut app, id) = App::screened(768, 512, 256);
    let open = app.program().state.project.as_mut().expect("a project");
    let look = project::screening::Look {
        cell: 0,
        state: Some(CellState::Incomplete),
        seconds: None,
        seen: Seen::default(),
    };
    let visit = project::screening::Visit {
        screening: id,
        member: Author::new("Ben"),
        looks: vec![look],
        at_ms: None,
    };
    open.session.visit(0, visit).expect("said");
    app.press(Modifiers::NONE, Key::J);
    assert_eq!(app.cell(), Some(1));
    app.look();
    app.press(Modifiers::ALT, Key::K);
    assert_eq!(app.cell(), Some(2));
    // Leaving a cell that was looked at for a moment says nothing; what was seen of it stays.
    app.until("it is kept", |p| {
        p.state.content().is_some_and(|p| p.standing(id, 1, &Author::new("Ana")).is_some())
    });
}

#[test]
fn the_panel_plans_a_screening_and_the_coverage_is_painted() {
    let mut app = App::start();
    let path = app.ground(768, 512);
    app.open(vec![path]);
    app.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
    app.program().show_pane(Pane::Screening);
    app.window.run_steps(3);
    app.click("Plan a screening…");
    if let Some(draft) = &mut app.program().state.screening.draft {
        (draft.cell_px, draft.overlap_percent) = (256, 0);
    }
    app.window.run_steps(2);
    app.click("Plan it");
    app.until("it is planned", |p| p.state.screening.known.is_some() && !p.is_busy());
    assert_eq!(app.program().state.screening.known.as_ref().map(|k| k.cells.len()), Some(6));
    app.click("Start screening");
    app.look();
    app.press(Modifiers::NONE, Key::J);
    assert!(app.window.query_by_label_contains("1 of 6 cells").is_some());
    app.program().run(Command::Screening(ScreeningCommand::Coverage));
    app.until("the coverage is there", |p| p.state.screening.coverage.picture.is_some());
    let size = app.program().state.screening.coverage.picture.as_ref().map(|p| p.texture.size());
    assert_eq!(size, Some([48, 32]), "sixteen parts a cell");
}

#[test]
fn ten_thousand_cells_cost_a_frame_little() {
    let (mut app, _) = App::screened(1648, 1648, 16);
    let state = &app.program().state;
    let known = state.screening.known.as_ref().expect("known");
    assert_eq!(known.cells.len(), 103 * 103);
    let mesh = grid_mesh(state, state.map_rect).expect("a mesh");
    // Nothing was said yet and cells are a few points wide: no lines, no fills.
    assert!(mesh.vertices.len() <= 103 * 103 * 20, "{}", mesh.vertices.len());
    let start = std::time::Instant::now();
    let times = 20;
    for _ in 0..times {
        std::hint::black_box(grid_mesh(state, state.map_rect));
    }
    let each = start.elapsed() / times;
    println!("the grid of {} cells takes {each:?} a frame", known.cells.len());
    assert!(each < Duration::from_millis(200), "{each:?} in a build without optimisation");
}
