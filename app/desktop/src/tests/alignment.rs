//! Footprints brought onto an image in the window.

use std::collections::BTreeMap;
use std::sync::Arc;

use editing::{Command, MapCommand, Pane, ToolKind, Workspace};
use egui::Key;
use egui_kittest::kittest::Queryable as _;

use project::{Change, Edit, GeometrySource, Region};

use super::App;

impl App {
    /// A layer of 64 × 48 pixels with two footprints of a file on it, in Annotate with the align tool armed.
    fn with_footprints() -> Self {
        let mut app = Self::start();
        let picture = app.picture("ground.png");
        app.open(vec![picture]);
        for x in [10.0, 40.0] {
            let corners = geo::Rect::new((x, -18.0), (x + 8.0, -10.0));
            let region = Region {
                geometry: corners.to_polygon().into(),
                layer: None,
                source: GeometrySource("OSM".into()),
                source_id: None,
                attributes: BTreeMap::new(),
            };
            let open = app.program().state.project.as_mut().expect("a project");
            let id = open.session.ids(0).region();
            assert!(app.program().apply(Edit::Region(Change::create(id, Arc::new(region)))));
        }
        assert_eq!(app.regions(), 2);
        app.program().run(Command::View(editing::ViewCommand::Show(Workspace::Annotate)));
        app.program().run(Command::Tool(ToolKind::Align));
        app.until("everything is drawn", |p| !p.is_busy());
        app
    }

    fn adjustments(&self) -> usize {
        self.window.state().state.content().map_or(0, |p| p.adjustments().len())
    }

    /// The left edge of each region as it is shown.
    fn lefts(&self) -> Vec<f64> {
        let shown = self.window.state().state.shown().expect("a project");
        shown.regions().values().map(|r| r.bounds().expect("an area").min().x).collect()
    }

    /// Takes a file of arrows as it is offered.
    fn take(&mut self, text: &str) {
        let path = self.folder.path().join("arrows.json");
        std::fs::write(&path, text).expect("written");
        self.program().open(vec![path]);
        self.until("the file is offered", |p| p.state.alignment.offer.is_some());
        self.click("Take");
    }
}

#[test]
fn arrows_of_a_file_move_what_is_shown_and_shift_d_shows_it_as_drawn() {
    let mut app = App::with_footprints();
    assert!(app.program().state.arrangement().is_open(Pane::Alignment), "the tool brings its panel");
    app.take("[[[10, 10], [13, 10]], [[40, 10], [35, 10]]]");
    assert_eq!((app.adjustments(), app.lefts()), (2, vec![13.0, 35.0]));
    app.program().run(Command::Map(MapCommand::AsDrawn));
    app.window.run_steps(2);
    assert_eq!(app.lefts(), [10.0, 40.0]);
    app.program().run(Command::Map(MapCommand::AsDrawn));
    app.click("One shift");
    app.until("the method is the layer's", |p| !p.is_busy());
    assert_eq!(app.lefts(), [9.0, 39.0]);
    app.press(egui::Modifiers::COMMAND, Key::Z);
    assert_eq!(app.lefts(), [13.0, 35.0], "the method is undone");
    app.press(egui::Modifiers::COMMAND, Key::Z);
    assert_eq!((app.adjustments(), app.lefts()), (0, vec![10.0, 40.0]));
}

#[test]
fn rows_before_columns_are_offered_as_such() {
    let mut app = App::with_footprints();
    // 60 is a column of 64 × 48 pixels and no row.
    let path = app.folder.path().join("rows.json");
    std::fs::write(&path, "[[[10, 60], [12, 60]], [[10, 40], [12, 40]]]").expect("written");
    app.program().open(vec![path]);
    app.until("the file is offered", |p| p.state.alignment.offer.is_some());
    let order = app.program().state.alignment.offer.as_ref().map(|o| o.order);
    assert_eq!(order, Some(dataset::Order::RowColumn));
    app.window.get_by_label("row, column");
    app.click("Take");
    let starts: Vec<[f64; 2]> =
        app.program().state.content().expect("open").adjustments().values().map(|a| a.start).collect();
    assert_eq!(starts, [[60.0, 10.0], [40.0, 10.0]]);
}

#[test]
fn an_edit_of_what_is_shown_is_one_of_what_is_drawn() {
    let mut app = App::with_footprints();
    app.take("[[[10, 10], [13, 10]]]");
    let first = *app.program().state.content().expect("open").regions().keys().next().expect("a house");
    let shown = app.program().state.shown().and_then(|p| p.region(first)).cloned().expect("shown");
    let moved = geo::Translate::translate(&shown.geometry, 5.0, 0.0);
    let after = Region { geometry: moved, ..(*shown).clone() };
    let edit = Edit::Region(Change::replace(first, shown, Arc::new(after)));
    assert!(app.program().apply_shown(edit));
    app.window.run_steps(2);
    let drawn = app.program().state.content().and_then(|p| p.region(first)?.bounds()).expect("drawn");
    assert_eq!((drawn.min().x, app.lefts()[0]), (15.0, 18.0));
}

#[test]
fn what_is_cut_where_it_is_shown_stays_where_it_was_cut() {
    let mut app = App::with_footprints();
    // Two arrows near the first house that go different ways.
    app.take("[[[10, 10], [13, 10]], [[19, 19], [17, 23]]]");
    let first = *app.program().state.content().expect("open").regions().keys().next().expect("a house");
    let (shown, drawn) = {
        let state = &app.program().state;
        let of = |project: Option<&project::Project>| project.and_then(|p| p.region(first)?.bounds());
        (of(state.shown()).expect("shown"), of(state.content()).expect("drawn"))
    };
    assert!((shown.min().x - drawn.min().x).abs() > 1.0, "it is moved");
    let middle = shown.center().x;
    let line = geo::LineString::from(vec![(middle, shown.min().y - 5.0), (middle, shown.max().y + 5.0)]);
    let made = {
        let program = app.program();
        let project = program.state.shown().expect("shown").clone();
        let open = program.state.project.as_mut().expect("open");
        let mut ids = open.session.ids(0).clone();
        let made = editing::split_edit(&project, &mut ids, &[first], &line).expect("cut");
        *open.session.ids(0) = ids;
        made
    };
    assert!(app.program().apply_shown(made.edit), "nothing is refused");
    app.until("it is cut", |p| !p.is_busy());
    let pieces: Vec<geo::Rect> = {
        let project = app.program().state.shown().expect("shown").clone();
        made.selection.regions().iter().filter_map(|id| project.region(*id)?.bounds()).collect()
    };
    let mut sides: Vec<(f64, f64)> = pieces.iter().map(|r| (r.min().x, r.max().x)).collect();
    sides.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted = [(shown.min().x, middle), (middle, shown.max().x)];
    let off = sides.iter().zip(wanted).map(|(a, b)| (a.0 - b.0).abs().max((a.1 - b.1).abs()));
    assert!(sides.len() == 2 && off.fold(0.0, f64::max) < 1e-3, "{sides:?} for {wanted:?}");
    app.press(egui::Modifiers::COMMAND, Key::Z);
    assert_eq!(app.regions(), 2, "one step of undo");
}
