//! A window that tests use by the names that a screen reader says.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::{Command, EditCommand};
use egui::{Event, Modifiers, PointerButton, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use project::{Author, Change, ClassCode, Edit, GeometrySource, Label, Region, Schema};
use renderer::{Gpu, GpuPreference, RENDER_IMAGE_FORMAT};
use store::{Identity, Session};

use crate::frame::{Program, Setting};

/// What is waited for comes within this time, or the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// The window, and the folder that its project is in.
pub(super) struct Window {
    harness: Harness<'static, Option<Program>>,
    folder: tempfile::TempDir,
}

impl Window {
    /// A window with a project of squares that Ana has labelled `no damage`, in pixel space.
    pub(super) fn with_labels(count: usize) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("town.gpkg");
        write_town(&path, count);
        let mut window = Self::empty(folder);
        window.program().open(vec![path]);
        window.until("the project is open", |p| p.state.project.is_some());
        window
    }

    /// A window with a project of so many squares of a kilometre's town, made and labelled `no damage` by an import each.
    pub(super) fn with_many(count: usize) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("town.gpkg");
        write_many(&path, count);
        let mut window = Self::empty(folder);
        window.program().open(vec![path]);
        window.until("the project is open", |p| p.state.project.is_some());
        window.settle();
        window
    }

    /// The same in a window that keeps its preferences in this folder.
    pub(super) fn remembering(count: usize, config: &Path) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("town.gpkg");
        write_town(&path, count);
        let mut window = Self::start(folder, Some(config.to_owned()));
        window.program().open(vec![path]);
        window.until("the project is open", |p| p.state.project.is_some());
        window.settle();
        window
    }

    /// A window with nothing open.
    pub(super) fn without_project() -> Self {
        Self::empty(tempfile::tempdir().expect("folder"))
    }

    /// The same, so small that what looks at every pixel is soon done.
    pub(super) fn small_without_project([width, height]: [f32; 2]) -> Self {
        let mut window = Self::without_project();
        window.harness.set_size(egui::vec2(width, height));
        window.settle();
        window
    }

    /// A window with nothing open that keeps its preferences in this folder.
    pub(super) fn keeping(config: &Path) -> Self {
        Self::start(tempfile::tempdir().expect("folder"), Some(config.to_owned()))
    }

    fn empty(folder: tempfile::TempDir) -> Self {
        Self::start(folder, None)
    }

    fn start(folder: tempfile::TempDir, config_folder: Option<PathBuf>) -> Self {
        let gpu = Gpu::headless(&GpuPreference::Fastest).expect("a device: install a Vulkan driver");
        let data_folder = Some(folder.path().to_owned());
        let frame = move |ui: &mut egui::Ui, slot: &mut Option<Program>| match slot {
            // The fonts that the program brings are there from the next frame on.
            None => {
                let setting = Setting {
                    data_folder: data_folder.clone(),
                    config_folder: config_folder.clone(),
                    author: Some("Ana".into()),
                    ..Setting::default()
                };
                let program = Program::new(ui.ctx(), gpu.clone(), RENDER_IMAGE_FORMAT, setting);
                *slot = Some(program.expect("a program"));
            }
            Some(program) => program.frame(ui),
        };
        let builder = Harness::builder().with_size(egui::vec2(1280.0, 720.0)).with_max_steps(1);
        let mut harness = builder.build_ui_state(frame, None);
        harness.step();
        harness.step();
        Self { harness, folder }
    }

    pub(super) fn program(&mut self) -> &mut Program {
        self.harness.state_mut().as_mut().expect("a program")
    }

    /// What the next frame is to receive.
    pub(super) fn event(&mut self, event: Event) {
        self.harness.event(event);
    }

    /// One frame.
    pub(super) fn step(&mut self) {
        self.harness.step();
    }

    /// Where its files are.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Regions that the import dialog says it would make.
    pub(super) fn planned_regions(&mut self) -> usize {
        let draft = self.program().state.exchange.import.clone();
        match draft.as_ref().and_then(|d| d.outlook()) {
            Some(Ok(planned)) => planned.plan.regions,
            other => panic!("no plan: {other:?}"),
        }
    }

    /// Selects every region and gives it a class, as by hand.
    pub(super) fn label_everything(&mut self, class: &str) {
        let digit = self.content().schema().and_then(|s| s.find(class)?.digit).expect("a digit");
        self.program().run(Command::Edit(EditCommand::SelectAll));
        self.program().run(Command::Edit(EditCommand::Class(digit)));
        self.settle();
    }

    /// Runs frames until nothing is under way.
    pub(super) fn settle(&mut self) {
        for _ in 0..3 {
            self.harness.step();
        }
        self.until("everything has settled", |p| !p.is_busy());
        for _ in 0..3 {
            self.harness.step();
        }
    }

    #[track_caller]
    pub(super) fn until(&mut self, what: &str, holds: impl Fn(&Program) -> bool) {
        let start = Instant::now();
        while !holds(self.program()) {
            assert!(start.elapsed() < PATIENCE, "waited for: {what}");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Presses a key with nothing held.
    pub(super) fn press(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.settle();
    }

    /// Presses a key with others held.
    pub(super) fn press_with(&mut self, held: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(held, key);
        self.settle();
    }

    #[track_caller]
    pub(super) fn click(&mut self, name: &str) {
        let clickable =
            |n: &egui_kittest::Node<'_>| n.accesskit_node().role() != egui::accesskit::Role::Label;
        let found: Vec<_> = self.harness.query_all_by_label(name).filter(clickable).collect();
        assert_eq!(found.len(), 1, "called {name:?}: {found:?}");
        found[0].click();
        drop(found);
        self.settle();
    }

    /// Scrolls to where this is seen, as one would who looks for it.
    #[track_caller]
    pub(super) fn scroll_to(&mut self, name: &str) {
        self.harness.get_by_label(name).scroll_to_me();
        self.settle();
    }

    /// The same for the one button of this name, such as a line of a menu beside what it stands for.
    #[track_caller]
    pub(super) fn click_button(&mut self, name: &str) {
        let is_button =
            |n: &egui_kittest::Node<'_>| n.accesskit_node().role() == egui::accesskit::Role::Button;
        let found: Vec<_> = self.harness.query_all_by_label(name).filter(is_button).collect();
        assert_eq!(found.len(), 1, "called {name:?}: {found:?}");
        found[0].click();
        drop(found);
        self.settle();
    }

    /// The same for the last thing of this name: a line of a menu that lies over what has the same name.
    #[track_caller]
    pub(super) fn click_last(&mut self, name: &str) {
        let found = self.harness.query_all_by_label(name).last();
        found.unwrap_or_else(|| panic!("nothing is called {name:?}")).click();
        self.settle();
    }

    /// The same for the one thing whose name begins so.
    #[track_caller]
    pub(super) fn click_what_begins(&mut self, begin: &str) {
        let found: Vec<_> = self
            .harness
            .query_all_by_label_contains(begin)
            .filter(|n| n.accesskit_node().role() != egui::accesskit::Role::Label)
            .filter(|n| n.accesskit_node().label().is_some_and(|label| label.starts_with(begin)))
            .collect();
        assert_eq!(found.len(), 1, "begins with {begin:?}: {found:?}");
        found[0].click();
        drop(found);
        self.settle();
    }

    /// Where something of this name is.
    #[track_caller]
    pub(super) fn place(&self, name: &str) -> Rect {
        let clickable =
            |n: &egui_kittest::Node<'_>| n.accesskit_node().role() != egui::accesskit::Role::Label;
        let found: Vec<_> = self.harness.query_all_by_label(name).filter(clickable).collect();
        assert_eq!(found.len(), 1, "called {name:?}: {found:?}");
        found[0].rect()
    }

    /// Pulls what is at one place to another.
    pub(super) fn drag(&mut self, from: Pos2, to: Pos2) {
        let middle = from + (to - from) / 2.0;
        for event in [Event::PointerMoved(from), button(from, true), Event::PointerMoved(middle)] {
            self.harness.event(event);
            self.harness.step();
        }
        for event in [Event::PointerMoved(to), Event::PointerMoved(to), button(to, false)] {
            self.harness.event(event);
            self.harness.step();
        }
        self.settle();
    }

    /// A press of the first button here.
    pub(super) fn press_at(&mut self, pos: Pos2) {
        self.harness.event(Event::PointerMoved(pos));
        self.harness.step();
        for pressed in [true, false] {
            self.harness.event(button(pos, pressed));
            self.harness.step();
        }
        self.settle();
    }

    /// Text as from the keyboard, to whatever has it.
    pub(super) fn types(&mut self, text: &str) {
        self.harness.event(Event::Text(text.to_owned()));
        self.settle();
    }

    /// Makes the window as large as this, in points.
    pub(super) fn resize(&mut self, width: f32, height: f32) {
        self.harness.set_size(egui::vec2(width, height));
        self.settle();
    }

    #[track_caller]
    pub(super) fn write(&mut self, field: &str, text: &str) {
        let node = self.harness.get_by_label(field);
        node.click();
        self.settle();
        self.harness.get_by_label(field).type_text(text);
        self.settle();
    }

    pub(super) fn sees(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    /// True when some name holds this text.
    pub(super) fn reads(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    #[track_caller]
    pub(super) fn expect(&self, name: &str) {
        assert!(self.sees(name), "nothing is called {name:?}; there is:\n{:#?}", self.harness.root());
    }

    pub(super) fn content(&mut self) -> &project::Project {
        self.program().state.content().expect("a project is open")
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
}

fn write_many(path: &Path, count: usize) {
    let ana = Author::new("Ana");
    let mut session = Session::create(path, &Identity::new("test", 0), "Ana").expect("created");
    let schema = Arc::new(Schema::joint_damage_scale());
    session.edit(&ana, 0, Edit::Schema(Change::create((), schema))).expect("schema");
    let (mut regions, mut labels) = (Vec::new(), Vec::new());
    for i in 0..count {
        let (x, y) = ((i % 100) as f64 * 20.0, (i / 100) as f64 * -20.0);
        let (id, label_id) = (session.ids(0).region(), session.ids(0).label());
        let region = Region {
            geometry: geo::Rect::new((x, y - 10.0), (x + 10.0, y)).to_polygon().into(),
            layer: None,
            source: GeometrySource::custom(),
            source_id: None,
            attributes: std::collections::BTreeMap::new(),
        };
        let label = Label {
            region: id,
            class: ClassCode::new("no damage"),
            author: ana.clone(),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: Some(1_000),
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        regions.push(Edit::Region(Change::create(id, Arc::new(region))));
        labels.push(Edit::Label(Change::create(label_id, label)));
    }
    session.edit(&ana, 0, Edit::batch("Import", regions)).expect("regions");
    session.edit(&ana, 0, Edit::batch("Label", labels)).expect("labels");
    session.close().expect("closed");
}

fn write_town(path: &Path, count: usize) {
    let ana = Author::new("Ana");
    let mut session = Session::create(path, &Identity::new("test", 0), "Ana").expect("created");
    let schema = Arc::new(Schema::joint_damage_scale());
    session.edit(&ana, 0, Edit::Schema(Change::create((), schema))).expect("schema");
    for i in 0..count {
        let x = 20.0 * i as f64;
        let id = session.ids(0).region();
        let region = Region {
            geometry: geo::Rect::new((x, -10.0), (x + 10.0, 0.0)).to_polygon().into(),
            layer: None,
            source: GeometrySource::custom(),
            source_id: None,
            attributes: std::collections::BTreeMap::new(),
        };
        session.edit(&ana, 0, Edit::Region(Change::create(id, Arc::new(region)))).expect("region");
        let label = Label {
            region: id,
            class: ClassCode::new("no damage"),
            author: ana.clone(),
            confidence: None,
            note: "roof looks whole".into(),
            seconds: Some(3.4),
            at_ms: Some(1_000),
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        let label_id = session.ids(0).label();
        session.edit(&ana, 0, Edit::Label(Change::create(label_id, label))).expect("label");
    }
    session.close().expect("closed");
}
