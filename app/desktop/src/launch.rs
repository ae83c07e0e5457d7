//! Opens the window.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use crate::frame::{Program, Setting};
use crate::gpu;
use crate::preferences::Preferences;
use crate::window_size::{LEAST, Watch, WindowSize};

/// How the window is to be opened.
#[derive(Clone, Debug, Default)]
pub struct LaunchOptions {
    /// A project, imagery, or both.
    pub files: Vec<PathBuf>,
    /// Signs labels and votes in place of the preferences' name.
    pub author: Option<String>,
    /// Open projects to look at them only.
    pub read_only: bool,
}

/// The folder for projects that nobody has named yet.
pub fn data_folder() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("", "", "orthoscope")?.data_dir().join("untitled"))
}

/// Where the tiles of basemaps are kept between two sessions.
fn cache_folder() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("", "", "orthoscope")?.cache_dir().join("basemap"))
}

/// Opens the window and returns when it is closed and everything is on disk.
pub fn run(options: LaunchOptions) -> anyhow::Result<()> {
    let drivers = gpu::load_drivers();
    let config_folder = Preferences::folder();
    let opened = config_folder.as_deref().map_or_else(WindowSize::default, |f| Preferences::load(f).0.window);
    let viewport = egui::ViewportBuilder::default()
        .with_title("Orthoscope")
        .with_app_id("orthoscope")
        .with_inner_size(opened.inner())
        .with_maximized(opened.maximized)
        .with_min_inner_size(LEAST)
        .with_drag_and_drop(true);
    let native = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Wgpu,
        wgpu_options: gpu::configuration(),
        system_font_fallback: true,
        // On the screen, whatever it was last time.
        centered: true,
        // The imagery must come out as it went in.
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    let LaunchOptions { files, author, read_only } = options;
    let setting = Setting {
        config_folder,
        data_folder: data_folder(),
        cache_folder: cache_folder(),
        author,
        read_only,
        threads: 0,
    };
    let ended = eframe::run_native(
        "orthoscope",
        native,
        Box::new(move |creation| {
            drop(drivers);
            let state = creation.wgpu_render_state.as_ref().context("the window has no GPU device")?;
            let device = gpu::of_window(state);
            let mut program = Program::new(&creation.egui_ctx, device, state.target_format, setting)?;
            program.open(files);
            Ok(Box::new(Window { program: Some(program), size: Watch::new(opened) }))
        }),
    );
    ended.map_err(|error| anyhow!("the window cannot be opened: {error}"))
}

struct Window {
    program: Option<Program>,
    size: Watch,
}

impl eframe::App for Window {
    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        let fallback = || visuals.panel_fill.to_normalized_gamma_f32();
        self.program.as_ref().map_or_else(fallback, Program::ground)
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if let Some(program) = &mut self.program {
            self.size.look(ui.ctx());
            program.frame(ui);
        }
    }

    fn on_exit(&mut self) {
        if let (Some(program), Some(size)) = (&mut self.program, self.size.now) {
            program.remember_window(size);
        }
        if let Some(Err(error)) = self.program.take().map(Program::close) {
            log::error!("the project was not closed well: {error}");
        }
    }
}
