//! Relations drawn in the window.

use std::collections::BTreeMap;
use std::sync::Arc;

use editing::{Command, ToolKind, Workspace};
use egui::{Event, Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable as _;
use project::{Change, Edit, GeometrySource, Region, RegionId};

use super::App;
use crate::map::view::to_window;

/// Two squares on an image of 64 × 48 pixels, in Annotate with the relation tool armed by its key.
fn app() -> (App, [RegionId; 2]) {
    let mut app = App::start();
    let picture = app.picture("ground.png");
    app.open(vec![picture]);
    let made = [10.0, 40.0].map(|x| {
        let square = geo::Rect::new((x, -28.0), (x + 12.0, -16.0));
        let region = Region {
            geometry: square.to_polygon().into(),
            layer: None,
            source: GeometrySource::custom(),
            source_id: None,
            attributes: BTreeMap::new(),
        };
        let open = app.program().state.project.as_mut().expect("a project");
        let id = open.session.ids(0).region();
        assert!(app.program().apply(Edit::Region(Change::create(id, Arc::new(region)))));
        id
    });
    app.program().run(Command::View(editing::ViewCommand::Show(Workspace::Annotate)));
    app.until("everything is drawn", |p| !p.is_busy());
    app.window.get_by_label(crate::map::view::NAME).focus();
    app.window.run_steps(2);
    app.press(Modifiers::SHIFT, Key::C);
    assert_eq!(app.program().state.tool.kind(), ToolKind::Relate);
    (app, made)
}

fn drag(app: &mut App, from: RegionId, to: RegionId) {
    let at = |app: &App, id: RegionId| {
        let state = &app.window.state().state;
        let middle = project::anchor(&state.content().expect("open").region(id).expect("there").geometry);
        let screen = state.camera.screen_from_world(middle.expect("an area"));
        to_window(screen, state.map_rect, state.pixels_per_point)
    };
    let (a, b) = (at(app, from), at(app, to));
    let press = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    for event in [
        Event::PointerMoved(a),
        press(a, true),
        Event::PointerMoved(a + (b - a) * 0.5),
        Event::PointerMoved(b),
        press(b, false),
    ] {
        app.window.event(event);
        app.window.step();
    }
    app.window.run_steps(3);
}

fn said(app: &App) -> Vec<(RegionId, String, RegionId)> {
    let project = app.window.state().state.content().expect("open");
    project.relations().values().map(|r| (r.from, r.predicate.to_string(), r.to)).collect()
}

#[test]
fn an_arrow_is_given_a_word_that_is_offered_by_a_digit_from_then_on() {
    let (mut app, [a, b]) = app();
    drag(&mut app, a, b);
    assert_eq!(app.program().state.relating.asked, Some([a, b]));
    app.window.event(Event::Text("leans on".into()));
    app.window.run_steps(3);
    app.window.get_by_label("New relation “leans on”");
    app.press(Modifiers::NONE, Key::Enter);
    assert_eq!(said(&app), [(a, "leans on".into(), b)]);
    drag(&mut app, b, a);
    app.window.event(Event::Text("1".into()));
    app.window.run_steps(3);
    assert_eq!(said(&app)[1..], [(b, "leans on".into(), a)]);
    // The panel lists both, and the cross takes one away.
    app.program().state.selection = editing::Selection::one(a);
    app.window.run_steps(3);
    assert_eq!(app.window.query_all_by_label("Remove relation leans on").count(), 2);
    app.window.query_all_by_label("Remove relation leans on").next().expect("a cross").click();
    app.window.run_steps(3);
    assert_eq!(said(&app), [(b, "leans on".into(), a)]);
    for left in [2, 1, 0] {
        app.press(Modifiers::COMMAND, Key::Z);
        assert_eq!(said(&app).len(), left);
    }
    let schema = app.program().state.content().and_then(|p| p.schema()).cloned().expect("classes");
    assert!(schema.relations.is_empty(), "the new word is undone with the relation");
}

#[test]
fn escape_and_turning_round_are_there_before_anything_is_said() {
    let (mut app, [a, b]) = app();
    drag(&mut app, a, b);
    app.click("Turn round");
    assert_eq!(app.program().state.relating.asked, Some([b, a]));
    app.press(Modifiers::NONE, Key::Escape);
    assert_eq!((app.program().state.relating.asked, said(&app).len()), (None, 0));
    assert_eq!(app.program().state.tool.kind(), ToolKind::Relate, "the tool stays");
}

#[test]
fn what_relations_say_is_changed_after_what_has_it_was_shown() {
    let (mut app, [a, b]) = app();
    let relate = |app: &mut App, word: &str| {
        drag(app, a, b);
        app.window.event(Event::Text(word.into()));
        app.window.run_steps(3);
        app.press(Modifiers::NONE, Key::Enter);
    };
    relate(&mut app, "leans on");
    relate(&mut app, "near");
    app.program().run(Command::Find(editing::FindCommand::ChangeRelations));
    app.window.run_steps(3);
    assert_eq!(app.window.query_all_by_label("1 relation").count(), 2, "what has each is said");
    app.click("Take out leans on");
    app.click("What becomes of leans on");
    app.click("They become “near”");
    let draft = app.program().state.classes.predicates.clone().expect("open");
    assert_eq!(draft.rows[0].gone, Some(project::Leftover::Become(project::PredicateCode::new("near"))));
    app.window.get_by_label("One more word").focus();
    app.window.run_steps(2);
    app.window.event(Event::Text("over".into()));
    app.window.run_steps(2);
    app.click("Add");
    app.window.get_by_label("Name of near").focus();
    app.window.run_steps(2);
    app.window.event(Event::Text("!".into()));
    app.window.run_steps(2);
    app.click("Change the relations");
    assert!(app.program().state.classes.predicates.is_none());
    assert_eq!(said(&app), [(a, "near".to_owned(), b)], "it is not said twice");
    let words = |app: &mut App| -> Vec<String> {
        let project = app.program().state.content().expect("open").clone();
        project.schema().map_or(Vec::new(), |s| s.relations.iter().map(|p| p.text().to_owned()).collect())
    };
    let now = words(&mut app);
    assert!(now.len() == 2 && now[0].contains('!') && now[1] == "over", "{now:?}");
    app.program().run(Command::Edit(editing::EditCommand::Undo));
    app.until("it is undone", |p| !p.is_busy());
    assert_eq!((said(&app).len(), words(&mut app)), (2, vec!["leans on".to_owned(), "near".to_owned()]));
}
