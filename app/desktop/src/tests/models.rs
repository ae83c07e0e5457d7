//! Networks taught, asked and judged in the window.

use std::collections::BTreeMap;
use std::sync::Arc;

use editing::{Command, EditCommand, ModelCommand, Pane, ViewCommand, Workspace};
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, Label, Region, RegionId, Schema, shares_in_words,
};
use query::ProposalOrder;

use super::App;
use crate::frame::Program;
use crate::models::{Area, Ended, Form, ModelAsk, Request, folder_of};
use crate::outbox::Ask;
use crate::proposing::{Bulk, ProposalAsk};
use crate::state::Question;
use crate::work::Purpose;

const SIDE: u32 = 96;

impl App {
    /// A picture with 36 squares, bright where they are destroyed, each a region that Ana has labelled, but for some.
    pub(super) fn town(unlabelled: usize) -> (Self, Vec<RegionId>) {
        let mut app = Self::start();
        let path = app.folder.path().join("roofs.png");
        let bright = |n: u32| (n + n / 6) % 2 == 1;
        let pixel = |x: u32, y: u32| {
            let (column, row) = (x / 16, y / 16);
            let inside = (3..13).contains(&(x % 16)) && (3..13).contains(&(y % 16));
            match (inside, bright(column + 6 * row)) {
                (true, true) => 220 - (x * 7 + y * 3) as u8 % 30,
                (true, false) => 60 + (x * 5 + y * 11) as u8 % 30,
                _ => 130,
            }
        };
        let pixels: Vec<u8> = (0..SIDE * SIDE).map(|i| pixel(i % SIDE, i / SIDE)).collect();
        image::save_buffer(&path, &pixels, SIDE, SIDE, image::ColorType::L8).expect("written");
        app.open(vec![path]);
        if app.program().state.content().is_some_and(|p| p.schema().is_none()) {
            let schema = Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale())));
            assert!(app.program().apply(schema));
        }
        let mut regions = Vec::new();
        let mut edits = Vec::new();
        for n in 0..36_u32 {
            let open = app.program().state.project.as_mut().expect("open");
            let ids = open.session.ids(1);
            let (id, label) = (ids.region(), ids.label());
            let (x, y) = (f64::from(n % 6) * 16.0 + 3.0, -f64::from(n / 6) * 16.0 - 3.0);
            let region = Region {
                geometry: geo::Rect::new((x, y - 10.0), (x + 10.0, y)).to_polygon().into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: None,
                attributes: BTreeMap::new(),
            };
            edits.push(Edit::Region(Change::create(id, Arc::new(region))));
            if n as usize >= unlabelled {
                let class = if bright(n) { "destroyed" } else { "no damage" };
                edits.push(Edit::Label(Change::create(label, Arc::new(by("Ana", id, class, None, "")))));
            }
            regions.push(id);
        }
        assert!(app.program().apply(Edit::batch("Town", edits)));
        app.program().run(Command::View(ViewCommand::Show(Workspace::Models)));
        app.quiet();
        (app, regions)
    }

    pub(super) fn quiet(&mut self) {
        self.window.run_steps(3);
        self.until("nothing is under way", |p| !p.is_busy());
        self.window.run_steps(2);
    }

    fn ask(&mut self, ask: ModelAsk) {
        self.program().carry_out(Ask::Model(ask));
        self.quiet();
    }

    fn form(&mut self, change: impl FnOnce(&mut Form)) {
        let mut form = self.program().state.models.form.clone();
        change(&mut form);
        self.ask(ModelAsk::Form(Box::new(form)));
    }

    fn ended(&mut self) -> Option<Ended> {
        self.program().state.models.course.as_ref().and_then(|course| course.ended.clone())
    }

    /// Predictions of `model:a`: how surely each region is destroyed.
    fn predict_by_hand(&mut self, sure: &[(RegionId, f64)]) {
        let model = Author::new("model:a");
        let program = self.program();
        let open = program.state.project.as_mut().expect("open");
        let edits = sure.iter().map(|(id, p)| {
            let (class, sure) = if *p >= 0.5 { ("destroyed", *p) } else { ("no damage", 1.0 - p) };
            let note = shares_in_words([("destroyed", *p), ("no damage", 1.0 - p)]);
            let label = by("model:a", *id, class, Some(sure), &note);
            Edit::Label(Change::create(open.session.ids(2).label(), Arc::new(label)))
        });
        let edit = Edit::batch("Predict", edits.collect::<Vec<_>>());
        let touched = open.session.edit(&model, 2, edit).expect("predicted");
        program.after(&touched);
        self.quiet();
    }

    pub(super) fn label_of(&self, id: RegionId) -> Option<(String, String)> {
        let project = self.window.state().state.content()?;
        project.label_of(id).map(|(_, label)| (label.class.to_string(), label.author.to_string()))
    }

    fn current(&self) -> Option<RegionId> {
        self.window.state().state.models.queue.current
    }

    fn key(&mut self, key: Key) {
        self.press(Modifiers::NONE, key);
        self.quiet();
    }

    pub(super) fn sees(&self, part: &str) -> bool {
        self.window.query_all_by_label_contains(part).next().is_some()
    }
}

fn by(author: &str, region: RegionId, class: &str, confidence: Option<f64>, note: &str) -> Label {
    Label {
        region,
        class: ClassCode::new(class),
        author: Author::new(author),
        confidence,
        note: note.to_owned(),
        seconds: None,
        at_ms: Some(1),
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    }
}

fn epochs(program: &Program) -> usize {
    program.state.models.course.as_ref().map_or(0, |course| course.progress.epochs.len())
}

#[test]
fn a_network_is_taught_in_the_window_and_what_it_says_is_kept_beside_what_people_say() {
    let (mut app, regions) = App::town(4);
    assert!(app.program().state.models.form.damage, "classes of a scale are judged by region");
    assert!(app.program().state.models.device.is_some(), "who learns is said");
    app.program().show_pane(Pane::Teach);
    app.form(|form| (form.size, form.epochs, form.chip_px) = ("tiny".into(), 3, 32));
    assert!(app.sees("32 labelled regions"), "what there is to learn from is counted");
    app.press(Modifiers::COMMAND, Key::Enter);
    app.until("it is taught", |p| {
        p.state.models.course.as_ref().is_some_and(|c| !c.is_running()) && !p.is_busy()
    });
    assert_eq!(app.ended(), Some(Ended::Taught));
    app.quiet();
    let found = app.program().state.models.chosen().cloned().expect("the new model is chosen");
    let training = &found.manifest.training;
    assert_eq!((training.regions + training.held_out_regions, training.history.len()), (32, 3));
    assert!(training.journal_seq > 0 && found.manifest.scores.reliability.len() == 2);
    assert!(app.sees("macro F1") && app.sees("Confusion of 2 classes") && app.sees("Reliability"));
    assert!(app.program().state.models.listed.unfinished.is_empty(), "nothing is left over");

    app.ask(ModelAsk::Ask(Request { layer: None, area: Area::Layer }));
    app.press(Modifiers::NONE, Key::F7);
    app.until("it was asked", |p| p.state.models.predicting.is_none() && !p.is_busy());
    let project = app.program().state.content().expect("open").clone();
    let author = Author::new(&format!("model:{}", found.manifest.id));
    let predicted = regions.iter().filter_map(|id| project.label_by(*id, &author)).count();
    assert_eq!(predicted, 36, "every region has a prediction");
    assert!(project.prediction_of(regions[0]).is_some_and(|(_, label)| !label.shares().is_empty()));
    assert_eq!(app.label_of(regions[5]).map(|(_, who)| who), Some("Ana".into()), "people's labels stay");
    app.quiet();
    assert_eq!(app.program().state.models.queue.open.len(), 4, "those without a label wait");
    app.program().run(Command::Edit(EditCommand::Undo));
    app.quiet();
    let project = app.program().state.content().expect("open");
    assert!(regions.iter().all(|id| project.prediction_of(*id).is_none()), "one undo takes all back");
}

#[test]
fn teaching_is_stopped_gone_on_with_and_closing_asks_once() {
    let (mut app, _) = App::town(0);
    app.form(|form| (form.size, form.epochs, form.chip_px) = ("tiny".into(), 10_000, 32));
    app.program().run(Command::Model(ModelCommand::Teach));
    app.until("an epoch is learnt", |p| epochs(p) > 0);
    assert!(app.sees("Epoch ") || app.program().state.models.is_teaching());
    assert!(!app.program().may_close(), "it asks");
    assert_eq!(app.program().state.overlays.question, Some(Question::CloseTeaching));
    app.window.run_steps(2);
    app.click("Go on teaching");
    assert!(app.program().state.models.is_teaching() && app.program().state.overlays.question.is_none());
    app.program().run(Command::Model(ModelCommand::Stop));
    app.until("it has stopped", |p| !p.state.models.is_teaching() && !p.is_busy());
    assert_eq!(app.ended(), Some(Ended::Stopped));
    app.quiet();
    let unfinished = app.program().state.models.listed.unfinished.clone();
    assert!(unfinished.len() == 1 && unfinished[0].has_state, "{unfinished:?}");
    let before = epochs(app.program());
    app.ask(ModelAsk::Resume(unfinished[0].name.clone()));
    app.until("it goes on where it was", |p| epochs(p) > before);
    let numbers: Vec<usize> = {
        let course = app.program().state.models.course.as_ref().expect("teaching");
        course.progress.epochs.iter().map(|e| e.number).collect()
    };
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>(), "no epoch twice, none left out");
    assert!(!app.program().may_close());
    app.window.run_steps(2);
    app.click("Stop and close");
    assert!(app.program().may_close(), "it asks once");
    app.program().run(Command::Model(ModelCommand::Stop));
    app.until("it has stopped", |p| !p.state.models.is_teaching());
    app.ask(ModelAsk::Discard(unfinished[0].name.clone()));
    assert!(app.program().state.models.listed.unfinished.is_empty());
    let path = app.program().state.project.as_ref().map(|p| p.session.path().to_owned()).expect("open");
    assert_eq!(std::fs::read_dir(folder_of(&path)).expect("there").count(), 0, "nothing is left over");
}

#[test]
fn what_cannot_be_taught_is_said_before_it_begins() {
    let (mut app, regions) = App::town(36);
    app.program().show_pane(Pane::Teach);
    app.quiet();
    assert!(app.sees("There are no labels to learn from"));
    app.program().run(Command::Model(ModelCommand::Teach));
    assert!(app.program().state.models.course.is_none(), "nothing is begun");
    app.program().state.selection = regions[..3].iter().copied().collect();
    app.program().run(Command::Find(editing::FindCommand::Regions));
    app.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
    app.program().run(Command::Edit(EditCommand::Class(1)));
    app.program().run(Command::View(ViewCommand::Show(Workspace::Models)));
    app.quiet();
    assert!(app.sees("labels of one class only"), "two are needed");
    app.form(|form| form.query = "clas = destroyed".into());
    assert!(app.program().state.models.trouble().is_some_and(|(what, _)| what.contains("clas")));
}

#[test]
fn predictions_are_judged_by_one_key_each_and_the_next_one_comes() {
    let (mut app, regions) = App::town(5);
    let sure: Vec<(RegionId, f64)> =
        [0.95, 0.55, 0.30, 0.80, 0.10].iter().zip(&regions).map(|(p, id)| (*id, *p)).collect();
    app.predict_by_hand(&sure);
    let waiting: Vec<RegionId> = {
        let queue = &app.program().state.models.queue;
        queue.open.iter().map(|at| queue.items[*at as usize].region).collect()
    };
    let expected: Vec<RegionId> = [1, 2, 3, 4, 0].map(|i: usize| regions[i]).to_vec();
    assert_eq!(waiting, expected, "the most undecided first");
    assert!(app.sees("Predicted") && app.sees("entropy 0.99 bit"));
    app.key(Key::A);
    assert_eq!(
        (app.label_of(regions[1]), app.current()),
        (None, Some(regions[1])),
        "nothing is judged unseen"
    );
    assert_eq!(app.program().state.selected(), [regions[1]]);
    app.key(Key::A);
    assert_eq!(app.label_of(regions[1]), Some(("destroyed".into(), "Ana".into())));
    assert_eq!(app.current(), Some(regions[2]));
    app.key(Key::Num4);
    assert_eq!(
        app.label_of(regions[2]),
        Some(("destroyed".into(), "Ana".into())),
        "another class by its digit"
    );
    assert_eq!(app.current(), Some(regions[3]));
    app.key(Key::R);
    assert!(app.program().state.content().is_some_and(|p| p.prediction_of(regions[3]).is_none()));
    assert_eq!((app.label_of(regions[3]), app.current()), (None, Some(regions[4])));
    app.key(Key::J);
    assert_eq!(app.current(), Some(regions[0]), "left for later");
    app.key(Key::K);
    assert_eq!(app.current(), Some(regions[4]));
    app.program().run(Command::Edit(EditCommand::Undo));
    app.quiet();
    assert_eq!(app.program().state.models.queue.open.len(), 3, "what is taken back waits again");

    app.predict_by_hand(&[(regions[6], 0.2)]);
    app.ask(ModelAsk::Proposal(ProposalAsk::Order(ProposalOrder::Disagreement)));
    assert_eq!(app.program().state.models.queue.open.len(), 1, "what a digit decided is not asked again");
    assert!(app.sees("No damage, not Destroyed"));
    app.key(Key::J);
    app.key(Key::R);
    assert_eq!(app.label_of(regions[6]), Some(("destroyed".into(), "Ana".into())), "the label stays");
    assert!(app.program().state.models.queue.open.is_empty());
}

#[test]
fn many_predictions_are_taken_at_once_by_sureness_class_and_query_and_one_undo_takes_them_back() {
    let (mut app, regions) = App::town(20);
    // Also of some that people have labelled: these are left alone.
    let sure: Vec<(RegionId, f64)> = regions
        .iter()
        .take(24)
        .enumerate()
        .map(|(i, id)| (*id, if i % 2 == 0 { 0.95 } else { 0.4 }))
        .collect();
    app.predict_by_hand(&sure);
    let before = app.program().state.content().expect("open").labels().len();
    let queue = &app.program().state.models.queue;
    assert_eq!((queue.open.len(), queue.preview.count), (20, 10), "at least 90 % sure");
    assert_eq!(queue.preview.by_class, [(ClassCode::new("destroyed"), 10)]);
    app.ask(ModelAsk::Proposal(ProposalAsk::Query("predicted = destroyed and model = \"model:a\"".into())));
    assert_eq!(app.program().state.models.queue.open.len(), 10);
    app.ask(ModelAsk::Proposal(ProposalAsk::Query("entropi > 0.9".into())));
    assert!(app.program().state.models.queue.wrong.is_some(), "a query that means nothing is said so");
    app.ask(ModelAsk::Proposal(ProposalAsk::Query("entropy > 0.9".into())));
    assert_eq!(app.program().state.models.queue.open.len(), 10);
    app.ask(ModelAsk::Proposal(ProposalAsk::Query(String::new())));
    app.click("Accept 10");
    app.quiet();
    let project = app.program().state.content().expect("open").clone();
    assert_eq!(project.labels().len(), before + 10);
    assert!((0..20).all(|i| app.label_of(regions[i]).is_some() == (i % 2 == 0)));
    assert_eq!(app.program().state.models.queue.open.len(), 10);
    app.program().run(Command::Edit(EditCommand::Undo));
    app.quiet();
    assert_eq!(app.program().state.content().expect("open").labels().len(), before, "one undo");
    assert_eq!(app.program().state.models.queue.open.len(), 20);
    let bulk = Bulk { surer: false, percent: 70, class: Some(ClassCode::new("no damage")) };
    app.ask(ModelAsk::Proposal(ProposalAsk::Bulk(bulk)));
    app.click("Reject 10");
    app.quiet();
    let project = app.program().state.content().expect("open");
    assert_eq!((project.labels().len(), project.regions().len()), (before - 10, 36), "no region goes");
    assert_eq!(app.program().state.models.queue.open.len(), 10);
}

#[test]
fn an_onnx_model_is_opened_told_apart_and_asked_where_its_runtime_is() {
    let (mut app, _) = App::town(36);
    assert!(app.sees("No models yet"));
    let fixture = harness::root().join("plugins/models/onnx/fixtures/gray.onnx");
    app.program().chosen(Purpose::Model, vec![fixture.clone()]);
    app.quiet();
    let found = app.program().state.models.chosen().cloned().expect("the opened model is chosen");
    assert!(found.is_own() && found.folder == fixture && found.manifest.classes == ["", "destroyed"]);
    assert_eq!(app.program().state.preferences.onnx_models, [fixture], "it is there tomorrow, too");
    assert!(app.sees("gray.onnx") && app.sees("(background), destroyed") && !app.sees("macro F1 0"));
    if let Some((what, hint)) = app.program().state.models.listed.no_runtime.clone() {
        let is_named = std::env::var_os("ORT_DYLIB_PATH").is_some_and(|path| !path.is_empty());
        assert!(!is_named && app.sees(&what), "{what}");
        assert!(hint.contains("ORT_DYLIB_PATH"), "how to get it is said: {hint}");
        eprintln!("SKIPPED: asking it: {what}");
        return;
    }
    app.ask(ModelAsk::Ask(Request { layer: None, area: Area::Layer }));
    app.press(Modifiers::NONE, Key::F7);
    app.until("it was asked", |p| p.state.models.predicting.is_none() && !p.is_busy());
    app.quiet();
    let project = app.program().state.content().expect("open").clone();
    let author = Author::new(&format!("model:{}", found.manifest.id));
    let drawn: Vec<f64> = project
        .regions()
        .iter()
        .filter(|(id, region)| region.layer.is_some() && project.label_by(**id, &author).is_some())
        .map(|(_, region)| geo::Area::unsigned_area(&region.geometry))
        .collect();
    assert_eq!(drawn.len(), 18, "every bright square: {drawn:?}");
    assert!(drawn.iter().all(|area| (area - 100.0).abs() < 8.0), "ten pixels a side: {drawn:?}");
    app.program().run(Command::Edit(EditCommand::Undo));
    app.quiet();
    assert_eq!(app.program().state.content().map(|p| p.regions().len()), Some(36), "one undo takes all back");
}
