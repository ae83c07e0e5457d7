//! The window driven as a person drives it: by names, pointer and keys.

mod alignment;
mod alike;
mod backups;
mod bulk;
mod class_looks;
mod classes;
mod compare;
mod cube;
mod display;
mod exchange;
mod far;
mod focus;
mod grid;
mod history;
mod inquiry;
mod interview;
mod joining;
mod likeness;
mod looks;
mod map_tools;
mod models;
mod monkey;
mod panels;
mod paper;
mod questions;
mod relations;
mod returned;
mod review;
mod sam;
mod saving;
mod schema_editor;
mod screening;
mod sharing;
mod smart;
mod spectra;
mod streaming;
mod table;
mod wand;
mod window;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use editing::{ToolKind, Workspace};
use egui::{Event, Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use project::{ClassCode, violations};
use renderer::{Gpu, GpuPreference, RENDER_IMAGE_FORMAT};

use crate::frame::{Program, Setting};
use crate::map::view::NAME;
use crate::offscreen::{Look, Offscreen};
use crate::theme::Mode;

struct App {
    window: Harness<'static, Program>,
    folder: tempfile::TempDir,
}

impl App {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let setting = Setting {
            config_folder: Some(folder.path().join("config")),
            data_folder: Some(folder.path().join("data")),
            cache_folder: None,
            author: Some("Ana".into()),
            read_only: false,
            threads: 3,
        };
        let gpu = Gpu::headless(&GpuPreference::Fastest).expect("an adapter");
        let ctx = egui::Context::default();
        let program = Program::new(&ctx, gpu, RENDER_IMAGE_FORMAT, setting).expect("started");
        let builder = Harness::builder().with_size(vec2(1280.0, 720.0)).with_max_steps(8);
        let mut window = builder.build_ui_state(|ui, program: &mut Program| program.frame_in(ui), program);
        window.step();
        Self { window, folder }
    }

    /// A picture without georeference: 64 × 48 pixels of grey.
    fn picture(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let pixels: Vec<u8> = (0..64 * 48).map(|i| (i % 251) as u8).collect();
        image::save_buffer(&path, &pixels, 64, 48, image::ColorType::L8).expect("written");
        path
    }

    fn program(&mut self) -> &mut Program {
        self.window.state_mut()
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Program) -> bool) {
        let start = Instant::now();
        while !holds(self.window.state()) {
            // Networks are taught without optimisation here, on whatever machine.
            assert!(start.elapsed() < Duration::from_mins(5), "waited in vain until {what}");
            self.window.step();
            std::thread::sleep(Duration::from_millis(2));
        }
        self.window.run_steps(2);
        if let Some(project) = self.window.state().state.content() {
            assert_eq!(violations(project), Vec::<String>::new());
        }
    }

    fn open(&mut self, files: Vec<PathBuf>) {
        self.program().open(files);
        self.until("the layer is open", |p| {
            p.state.layers.values().any(|l| l.view().is_some()) && !p.is_busy()
        });
    }

    fn click(&mut self, name: &str) {
        self.window.get_by_label(name).click();
        self.window.run_steps(3);
    }

    /// A click on the map at a share of its width and height.
    fn click_map(&mut self, x: f32, y: f32) {
        let rect = self.window.state().state.map_rect;
        let at: Pos2 = rect.lerp_inside(vec2(x, y));
        self.window.event(Event::PointerMoved(at));
        self.window.step();
        for pressed in [true, false] {
            let button = PointerButton::Primary;
            self.window.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
            self.window.step();
        }
        self.window.run_steps(2);
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.window.run_steps(3);
    }

    fn draw_triangle(&mut self) {
        for (x, y) in [(0.4, 0.4), (0.6, 0.4), (0.5, 0.6), (0.4, 0.4)] {
            self.click_map(x, y);
        }
    }

    fn regions(&self) -> usize {
        self.window.state().state.content().map_or(0, |p| p.regions().len())
    }

    fn class_of_selected(&self) -> Option<ClassCode> {
        let state = &self.window.state().state;
        let id = state.selection.primary()?;
        Some(state.content()?.label_of(id)?.1.class.clone())
    }
}

#[test]
fn a_person_opens_imagery_draws_labels_undoes_and_redoes() {
    let mut app = App::start();
    let picture = app.picture("roofs.png");
    app.open(vec![picture]);
    assert!(app.program().state.project.as_ref().is_some_and(|p| p.scratch), "an unnamed project");

    app.click("Annotate");
    assert_eq!(app.program().state.workspace, Workspace::Annotate);
    app.click("Polygon");
    assert_eq!(app.program().state.tool.kind(), ToolKind::Polygon);
    app.draw_triangle();
    assert_eq!(app.regions(), 1);
    assert_eq!(app.program().state.tool.kind(), ToolKind::Polygon, "the tool stays armed");

    app.press(Modifiers::NONE, Key::V);
    app.click_map(0.5, 0.45);
    assert_eq!(app.program().state.selection.len(), 1);
    app.press(Modifiers::NONE, Key::Num4);
    assert_eq!(app.class_of_selected(), Some(ClassCode::new("destroyed")));
    app.click("Minor damage");
    assert_eq!(app.class_of_selected(), Some(ClassCode::new("minor damage")));

    app.press(Modifiers::COMMAND, Key::Z);
    assert_eq!(app.class_of_selected(), Some(ClassCode::new("destroyed")));
    app.click("Undo");
    assert_eq!(app.class_of_selected(), None);
    app.click("Redo");
    assert_eq!(app.class_of_selected(), Some(ClassCode::new("destroyed")));

    app.until("everything is on disk", |p| {
        p.state.project.as_ref().is_some_and(|open| open.session.is_saved() && !open.saving)
    });
    let path = app.program().state.project.as_ref().map(|p| p.session.path().to_owned()).expect("a path");
    let App { window, folder } = app;
    window.into_state().close().expect("closed");
    let (_, loaded) = store::Store::open(&path, store::OpenMode::ReadOnly).expect("opens again");
    assert_eq!((loaded.project.regions().len(), loaded.project.labels().len()), (1, 1));
    drop(folder);
}

#[test]
fn escape_gives_a_polygon_up_and_it_can_be_brought_back() {
    let mut app = App::start();
    let picture = app.picture("roofs.png");
    app.open(vec![picture]);
    app.press(Modifiers::NONE, Key::P);
    for (x, y) in [(0.4, 0.4), (0.6, 0.4), (0.5, 0.6)] {
        app.click_map(x, y);
    }
    app.press(Modifiers::NONE, Key::Escape);
    assert!(!app.program().state.tool.is_drawing());
    app.click("Bring back the last one");
    assert!(app.program().state.tool.is_drawing());
    app.press(Modifiers::NONE, Key::Enter);
    assert_eq!(app.regions(), 1);
}

#[test]
fn a_polygon_that_the_project_refuses_stays_to_be_finished_later() {
    let mut app = App::start();
    let picture = app.picture("roofs.png");
    app.open(vec![picture]);
    let path = app.program().state.project.as_ref().map(|p| p.session.path().to_owned()).expect("a path");
    app.program().read_only = true;
    app.program().open(vec![path]);
    app.until("the project is open to be looked at", |p| {
        p.state.read_only().is_some() && p.state.layers.values().any(|l| l.view().is_some())
    });
    app.program().state.tool = editing::Tool::new(ToolKind::Polygon);
    for (x, y) in [(0.4, 0.4), (0.6, 0.4), (0.5, 0.6)] {
        app.click_map(x, y);
    }
    app.press(Modifiers::NONE, Key::Enter);
    assert_eq!(app.regions(), 0);
    let state = &app.program().state;
    assert!(state.tool.is_drawing(), "the polygon is gone");
    assert!(state.selection.is_empty(), "a region that is not there is selected");
    assert!(state.notices.shown().iter().any(|n| n.text.starts_with("The project is open for reading")));
}

#[test]
fn the_palette_finds_and_runs_a_command_by_name() {
    let mut app = App::start();
    app.press(Modifiers::COMMAND, Key::K);
    assert!(app.program().state.overlays.palette.is_some());
    app.window.event(Event::Text("light or".into()));
    app.window.run_steps(3);
    app.press(Modifiers::NONE, Key::Enter);
    assert_eq!(app.program().state.theme.mode, Mode::Light);
    assert!(app.program().state.overlays.palette.is_none());
}

#[test]
fn the_palette_goes_to_a_place() {
    let mut app = App::start();
    let picture = app.picture("roofs.png");
    app.open(vec![picture]);
    app.press(Modifiers::COMMAND, Key::G);
    app.window.event(Event::Text("400, 300".into()));
    app.window.run_steps(3);
    app.press(Modifiers::NONE, Key::Enter);
    let center = app.program().state.camera.center;
    assert_eq!((center.x, center.y), (400.0, -300.0), "pixels count downwards");
    assert!(app.program().state.overlays.palette.is_none());
}

#[test]
fn tab_hides_every_panel_and_the_map_keeps_its_middle() {
    let mut app = App::start();
    let picture = app.picture("roofs.png");
    app.open(vec![picture]);
    let before = app.program().state.camera;
    app.press(Modifiers::NONE, Key::Tab);
    let after = app.program().state.camera;
    assert!(app.program().state.panels_hidden);
    assert!(app.window.query_by_label("Layers").is_none());
    assert!(after.size_px[0] > before.size_px[0]);
    app.press(Modifiers::NONE, Key::Tab);
    assert!(!app.program().state.panels_hidden);
}

#[test]
fn f6_goes_into_the_panels_and_escape_back_to_the_map() {
    let mut app = App::start();
    let picture = app.picture("roofs.png");
    app.open(vec![picture]);
    app.window.run_steps(2);
    let map = app.program().state.map_focus;
    let focused = |app: &App| app.window.ctx.memory(egui::Memory::focused);
    assert_eq!(focused(&app), Some(map));
    app.press(Modifiers::NONE, Key::F6);
    assert!(focused(&app).is_some_and(|id| id != map), "a panel has the keyboard");
    app.press(Modifiers::NONE, Key::Escape);
    assert_eq!(focused(&app), Some(map));
}

#[test]
fn a_file_that_is_no_image_gets_one_notice_and_nothing_else_changes() {
    let mut app = App::start();
    let path = app.folder.path().join("broken.tif");
    std::fs::write(&path, b"II*\0 and then nothing").expect("written");
    app.program().open(vec![path]);
    app.until("there is a notice", |p| !p.state.notices.shown().is_empty());
    let state = &app.program().state;
    assert_eq!(state.layers.len(), 0);
    let text = state.notices.shown()[0].text.clone();
    assert!(text.contains("broken.tif"), "{text}");
}

#[test]
fn every_button_of_the_frame_has_a_name() {
    let mut app = App::start();
    let picture = app.picture("roofs.png");
    app.open(vec![picture]);
    for name in [NAME, "Select", "Polygon", "Pan", "Undo", "Show everything", "Preferences", "Hide layer"] {
        assert!(app.window.query_by_label(name).is_some(), "nothing is called {name}");
    }
}

#[test]
fn the_picture_without_a_display_shows_the_imagery() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("white.png");
    image::save_buffer(&path, &[255_u8; 64 * 48], 64, 48, image::ColorType::L8).expect("written");
    let setting = Setting { data_folder: Some(folder.path().join("data")), threads: 3, ..Setting::default() };
    let look = Look { size_px: [640, 400], ..Look::default() };
    let mut window = Offscreen::new(look, setting).expect("started");
    window.program().open(vec![path]);
    window.settle().expect("settled");
    let rect = window.program().state.map_rect;
    let picture = window.picture().expect("drawn");
    let middle = rect.center();
    assert_eq!(picture.pixel(middle.x as u32, middle.y as u32), Some([255; 4]));
    let canvas = window.program().state.theme.color.canvas.to_array();
    let corner = rect.left_top() + vec2(3.0, 3.0);
    assert_eq!(picture.pixel(corner.x as u32, corner.y as u32), Some(canvas));
}
