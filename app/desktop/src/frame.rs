//! The frame: five named steps, and nothing else. No step waits for disk, network or GPU.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use compute::Compute;
use editing::{Key, Keymap, Shortcut, ToolEvent, Workspace};
use jobs::{Job, JobFailure, Jobs};
use picture::BandMix;
use renderer::{Gpu, GpuError, Renderer};
use spatial::{Crs, Viewport, WorldPoint};

use crate::looks::Looks;
use crate::map::basemap::Basemap;
use crate::map::compare;
use crate::map::paint::SharedRenderer;
use crate::map::regions::RegionShapes;
use crate::map::thumbnails;
use crate::map::tiles::{self, TileLoader, Wanted};
use crate::notice::Tone;
use crate::outbox::Outbox;
use crate::preferences::Preferences;
use crate::probe::Wish;
use crate::run::alignment::AlignWork;
use crate::run::alike::AlikeWork;
use crate::run::cube::CubeWork;
use crate::run::dataset::ExchangeWork;
use crate::run::finder::FinderWork;
use crate::run::likeness::LikenessWork;
use crate::run::looks::LooksWork;
use crate::run::map::MapWork;
use crate::run::models::ModelsWork;
use crate::run::paper::PaperWork;
use crate::run::products::ProductsWork;
use crate::run::questions::QuestionsWork;
use crate::run::review::ReviewWork;
use crate::run::sam::SamWork;
use crate::run::screening_work::ScreeningWork;
use crate::run::spectra::SpectraWork;
use crate::run::wand::WandWork;
use crate::state::State;
use crate::theme::{HotReload, Theme};
use crate::trace::{FrameTrace, timed};
use crate::value_ranges::Rest;
use crate::work::{self, Answer, Work};
use crate::{commands, fonts, given, panels, workspaces};

/// Where the program keeps things and how it was started.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// Preferences are read from and kept here; `None`: defaults, and nothing is kept.
    pub config_folder: Option<PathBuf>,
    /// Projects that nobody has named yet are kept here.
    pub data_folder: Option<PathBuf>,
    /// Tiles of the basemap are kept here between two sessions.
    pub cache_folder: Option<PathBuf>,
    /// Signs labels and votes in place of the preferences' name.
    pub author: Option<String>,
    /// Open projects to look at them only.
    pub read_only: bool,
    /// Threads for jobs; 0: as many as the machine has, within reason.
    pub threads: usize,
}

/// The window's program: the state, and all that is alive behind it.
#[derive(Debug)]
pub struct Program {
    pub state: State,
    pub(crate) ctx: egui::Context,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) renderer: SharedRenderer,
    pub(crate) loader: TileLoader,
    pub(crate) regions: RegionShapes,
    pub(crate) work: Work,
    pub(crate) review_work: ReviewWork,
    pub(crate) exchange_work: ExchangeWork,
    pub(crate) finder_work: FinderWork,
    pub(crate) likeness: LikenessWork,
    pub(crate) alike_work: AlikeWork,
    pub(crate) map_work: MapWork,
    pub(crate) spectra_work: SpectraWork,
    pub(crate) products_work: ProductsWork,
    pub(crate) align_work: AlignWork,
    pub(crate) cube_work: CubeWork,
    pub(crate) wand_work: WandWork,
    pub(crate) screening_work: ScreeningWork,
    pub(crate) questions_work: QuestionsWork,
    pub(crate) models_work: ModelsWork,
    pub(crate) paper_work: PaperWork,
    pub(crate) sam_work: SamWork,
    pub(crate) keymap: Keymap,
    pub(crate) read_only: bool,
    pub(crate) data_folder: Option<PathBuf>,
    /// The user has moved the camera; what is opened next does not move it again.
    pub(crate) view_chosen: bool,
    pub(crate) preferences_changed: bool,
    /// The user leaves although something is not saved.
    pub(crate) leaving: bool,
    config_folder: Option<PathBuf>,
    /// How layers looked when they were last open.
    pub(crate) looks: Looks,
    /// What of them is not on the disk yet.
    pub(crate) looks_work: LooksWork,
    /// Who signs in this session only, and who else would.
    lent_name: Option<(String, String)>,
    pub(crate) cache_folder: Option<PathBuf>,
    pub(crate) gpu: Gpu,
    /// The same device where it computes, too: a graphics card, not a program on the processor.
    pub(crate) compute: Option<Compute>,
    outbox: Outbox,
    hot_reload: HotReload,
    wanted: Vec<Wanted>,
    basemap: Option<Basemap>,
    /// What the basemap was last opened for, opened or not.
    basemap_for: Option<(crate::preferences::Basemap, Crs)>,
    last_number: u64,
    pub(crate) probed: Option<(Wish, BandMix)>,
    pub(crate) rest: Rest,
}

impl Program {
    /// Starts behind a context and a device; `format` is that of the window's surface.
    pub fn new(
        ctx: &egui::Context,
        gpu: Gpu,
        format: wgpu::TextureFormat,
        setting: Setting,
    ) -> anyhow::Result<Self> {
        let mut renderer = Renderer::new(&gpu, format)?;
        renderer.set_font(fonts::MAP_LABELS)?;
        let cores = std::thread::available_parallelism().map_or(4, usize::from);
        let threads = if setting.threads > 0 { setting.threads } else { cores.clamp(3, 12) };
        let jobs = Jobs::new(threads)?;
        let wake = ctx.clone();
        jobs.on_change(move || wake.request_repaint());
        let (mut preferences, trouble) = match &setting.config_folder {
            Some(folder) => Preferences::load(folder),
            None => (Preferences::default(), None),
        };
        let (looks, forgotten) = setting.config_folder.as_deref().map(Looks::load).unwrap_or_default();
        let lent_name = setting.author.map(|author| {
            let own = std::mem::replace(&mut preferences.author, author.clone());
            (author, own)
        });
        fonts::install(ctx);
        let theme = Theme::built_in(preferences.theme.mode(ctx.system_theme()));
        let mut program = Self {
            state: State::new(preferences, Arc::new(theme), gpu.describe()),
            ctx: ctx.clone(),
            jobs: Arc::new(jobs),
            renderer: SharedRenderer::new(renderer),
            loader: TileLoader::default(),
            regions: RegionShapes::default(),
            work: Work::default(),
            review_work: ReviewWork::default(),
            exchange_work: ExchangeWork::default(),
            finder_work: FinderWork::default(),
            likeness: LikenessWork::default(),
            alike_work: AlikeWork::default(),
            map_work: MapWork::default(),
            spectra_work: SpectraWork::default(),
            products_work: ProductsWork::default(),
            align_work: AlignWork::default(),
            cube_work: CubeWork::default(),
            wand_work: WandWork::default(),
            screening_work: ScreeningWork::default(),
            questions_work: QuestionsWork::default(),
            models_work: ModelsWork::default(),
            paper_work: PaperWork::default(),
            sam_work: SamWork::default(),
            keymap: Keymap::default(),
            read_only: setting.read_only,
            data_folder: setting.data_folder,
            view_chosen: false,
            preferences_changed: false,
            leaving: false,
            config_folder: setting.config_folder,
            looks,
            looks_work: LooksWork::default(),
            lent_name,
            cache_folder: setting.cache_folder,
            compute: Compute::wanted(&gpu, compute::Preference::from_environment()),
            gpu,
            outbox: Outbox::default(),
            hot_reload: HotReload::default(),
            wanted: Vec::new(),
            basemap: None,
            basemap_for: None,
            last_number: 0,
            probed: None,
            rest: Rest::new(Viewport::new(WorldPoint { x: 0.0, y: 0.0 }, 1.0, [1.0, 1.0])),
        };
        program.state.now_ms = now_ms();
        program.dress();
        for trouble in trouble.into_iter().chain(forgotten) {
            program.state.notices.tell(Tone::Warning, trouble, "");
        }
        Ok(program)
    }

    /// Opens files as if they had been dropped on the window.
    pub fn open(&mut self, files: Vec<PathBuf>) {
        if !files.is_empty() {
            self.open_files(files);
        }
    }

    /// What the window is cleared with: the ground of map and card, so that nothing has to be filled twice.
    pub fn ground(&self) -> [f32; 4] {
        self.state.theme.color.canvas.to_normalized_gamma_f32()
    }

    /// One frame in a context that was not known when the program began.
    #[cfg(test)]
    pub(crate) fn frame_in(&mut self, ui: &mut egui::Ui) {
        self.adopt(ui);
        self.frame(ui);
    }

    #[cfg(test)]
    fn adopt(&mut self, ui: &egui::Ui) {
        if self.ctx != *ui.ctx() {
            self.ctx = ui.ctx().clone();
            fonts::install(&self.ctx);
            self.dress();
        }
    }

    /// One frame, and what each of its steps cost.
    pub fn frame_traced(&mut self, ui: &mut egui::Ui) -> FrameTrace {
        #[cfg(test)]
        self.adopt(ui);
        let sent = self.bytes_sent();
        let reads = raster::reads_of_this_thread();
        let kept = [
            timed(|| self.receive()),
            timed(|| self.listen()),
            timed(|| self.show(ui)),
            timed(|| self.act()),
            timed(|| self.plan()),
        ];
        let reads = raster::reads_of_this_thread() - reads;
        FrameTrace { kept, reads, sent: self.bytes_sent() - sent }
    }

    fn bytes_sent(&self) -> u64 {
        self.renderer.lock().tiles().counters().bytes_uploaded
    }

    /// One frame.
    pub fn frame(&mut self, ui: &mut egui::Ui) {
        self.receive();
        self.listen();
        self.show(ui);
        self.act();
        self.plan();
    }

    /// Takes what jobs, dialogs and the disk have ready.
    fn receive(&mut self) {
        self.state.now_ms = now_ms();
        self.receive_tiles();
        for result in work::ended(&mut self.work.projects) {
            match result {
                Ok(found) => self.opened_project(found),
                Err(failure) => self.not_opened(&failure),
            }
        }
        for result in work::ended(&mut self.work.images) {
            match result {
                Ok(found) => {
                    self.found_image(found);
                }
                Err(failure) => self.job_failed(&failure),
            }
        }
        self.receive_relinks();
        for (id, result) in work::ended_of(&mut self.work.layers) {
            match result {
                Ok(view) => self.opened_layer(id, view),
                Err(failure) => self.broken_layer(id, &failure.to_string(), hint_of(&failure)),
            }
        }
        self.receive_measured();
        for (id, result) in work::ended_of(&mut self.work.overviews) {
            match result {
                Ok(()) => self.open_layer(id),
                Err(failure) => self.job_failed(&failure),
            }
        }
        self.receive_answers();
        self.receive_shapes();
        self.receive_review();
        self.receive_exchange();
        self.receive_paper();
        self.receive_finder();
        self.receive_spectra();
        self.receive_products();
        self.receive_alignment();
        self.receive_wand();
        self.receive_screening();
        self.receive_saved();
        if let Some(reloaded) = self.hot_reload.poll(self.state.theme.mode) {
            match reloaded {
                Ok(theme) => self.wear(theme),
                Err(error) => self.state.notices.tell(Tone::Warning, error.to_string(), ""),
            }
        }
        self.state.jobs = self.jobs.live();
    }

    fn receive_tiles(&mut self) {
        for failed in self.loader.receive() {
            let of_number =
                |l: &&mut crate::map::layer::MapLayer| l.view().is_some_and(|v| v.number == failed.id.layer);
            let Some(layer) = self.state.layers.values_mut().find(of_number) else { continue };
            let name = layer.source().map(|s| s.image().name.clone()).unwrap_or_default();
            layer.failed.insert(failed.id.key, failed.why.clone());
            let details = format!("{}\n{}", failed.why, failed.hint);
            let text = format!("Parts of {name} cannot be read; they are hatched.");
            self.state.notices.tell(Tone::Problem, text, details);
        }
        let doubtful = self.state.layers.values_mut().filter(|l| !l.is_doubted);
        for layer in doubtful {
            let Some(source) = layer.source() else { continue };
            let doubts = source.doubts();
            if let Some(doubt) = doubts.first() {
                let text = format!("{}: {doubt}", source.image().name);
                layer.is_doubted = true;
                self.state.notices.tell(Tone::Warning, text, doubts.join("\n"));
            }
        }
        let mut renderer = self.renderer.lock();
        let sent = self.loader.upload(&mut renderer);
        drop(renderer);
        let faults = [sent.err(), self.renderer.take_fault(), self.gpu.check().err()];
        for fault in faults.into_iter().flatten() {
            self.gpu_failed(&fault);
        }
        self.state.tiles_under_way = self.loader.under_way();
    }

    fn receive_answers(&mut self) {
        let mut answers = Vec::new();
        self.work.dialogs.retain(|dialog| match dialog.poll() {
            Some(answer) => {
                answers.push((dialog.purpose, answer));
                false
            }
            None => true,
        });
        for (purpose, answer) in answers {
            match answer {
                Answer::Chosen(paths) => self.chosen(purpose, paths),
                Answer::NoDialog => self.no_dialog("the desktop offers none"),
                Answer::Cancelled => {}
            }
        }
        if let Some(result) = self.work.probe.as_ref().and_then(Job::poll) {
            self.work.probe = None;
            // What cannot be read has no values; the tile says so itself.
            self.state.pointer.probe = result.ok();
        }
        if let Some(result) = self.work.verify.as_ref().and_then(Job::poll) {
            self.work.verify = None;
            match result {
                Ok(found) if found.is_clean() => {
                    let text = format!("The project is sound: {} journal entries.", found.entries);
                    self.state.notices.done(text);
                }
                Ok(found) => {
                    let text = "The project file is not what its journal says.";
                    self.state.notices.problem(text, found.violations.join("\n"));
                }
                Err(failure) => self.job_failed(&failure),
            }
        }
    }

    /// Notes what has reached the disk.
    fn receive_saved(&mut self) {
        let Some(open) = &mut self.state.project else { return };
        if open.saving && open.session.is_saved() {
            open.saving = false;
            open.saved_at = Some(jiff::Zoned::now().strftime("%H:%M:%S").to_string());
        }
        let failure = open.session.failure();
        self.state.store_failure = failure.map(|f| {
            let hint = f.hint().unwrap_or_default();
            format!("{} {hint}", crate::format::sentence(&f.to_string()))
        });
    }

    /// Keys become tool events or commands; dropped files are opened.
    fn listen(&mut self) {
        let ctx = self.ctx.clone();
        let (input, focused) = ctx.input(|i| (!i.raw.events.is_empty(), i.raw.focused));
        self.state.attention.tick(Instant::now(), input, focused);
        let dropped: Vec<PathBuf> =
            ctx.input(|i| i.raw.dropped_files.iter().map(|f| given::dropped(f.path())).collect());
        if !dropped.is_empty() {
            self.open_files(dropped);
        }
        if ctx.input(|i| i.viewport().close_requested()) && !self.may_close() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        let typing = ctx.text_edit_focused();
        let free = !typing && !self.is_asked() && !egui::Popup::is_any_open(&ctx);
        self.state.labels_hidden = free && ctx.input(|i| i.key_down(egui::Key::H) && !i.modifiers.any());
        let pressed: Vec<(egui::Key, egui::Modifiers, bool)> = ctx.input(|i| {
            let press = |e: &egui::Event| match e {
                egui::Event::Key { key, pressed: true, modifiers, repeat, .. } => {
                    Some((*key, *modifiers, *repeat))
                }
                _ => None,
            };
            i.events.iter().filter_map(press).collect()
        });
        // What is pasted beside fields is opened, if it names files or images on servers.
        if free {
            let text = |e: &egui::Event| match e {
                egui::Event::Paste(text) => Some(given::pasted(text)),
                _ => None,
            };
            let pasted: Vec<PathBuf> = ctx.input(|i| i.events.iter().filter_map(text).flatten().collect());
            self.open(pasted);
        }
        // Ctrl+C comes as what it means, not as keys.
        if !typing && ctx.input(|i| i.events.contains(&egui::Event::Copy)) {
            self.pressed(egui::Key::C, egui::Modifiers::COMMAND, false, typing);
        }
        for (key, modifiers, repeat) in pressed {
            self.pressed(key, modifiers, repeat, typing);
        }
    }

    fn pressed(&mut self, key: egui::Key, modifiers: egui::Modifiers, repeat: bool, typing: bool) {
        let Some(shortcut) = commands::shortcut_of(key, modifiers) else { return };
        // A popup has the keyboard to itself; Esc closes it and nothing else.
        if egui::Popup::is_any_open(&self.ctx) {
            return;
        }
        if !typing && self.ends_chord(shortcut.key) {
            return;
        }
        if shortcut.key == Key::Escape && (self.close_topmost() || self.back_to_map(typing)) {
            return;
        }
        if shortcut == Shortcut::plain(Key::Function(6)) {
            self.change_pane();
            return;
        }
        let asked = self.is_asked();
        let busy = typing || asked;
        if busy && commands::is_for_text(shortcut) {
            return;
        }
        let on_map = self.ctx.memory(egui::Memory::focused).is_none_or(|id| id == self.state.map_focus);
        if !busy && on_map && self.walks_grid(shortcut) {
            return;
        }
        let reviewing = self.state.workspace == Workspace::Review;
        let judging = reviewing || self.state.workspace == Workspace::Models;
        let tool_wants = !busy
            && !reviewing
            && self
                .state
                .with_tool_context(|ctx| self.state.tool.wants(shortcut.key, shortcut.modifiers, ctx))
                .unwrap_or(false);
        if tool_wants {
            self.tool_event(ToolEvent::Key { key: shortcut.key, modifiers: shortcut.modifiers });
            return;
        }
        let for_widgets = matches!(shortcut.key, Key::Tab | Key::Space | Key::Enter)
            || (matches!(shortcut.key, Key::Digit(_)) && !judging)
            || matches!(shortcut.key, Key::Up | Key::Down | Key::Left | Key::Right);
        if for_widgets && !on_map && !shortcut.modifiers.ctrl && !shortcut.modifiers.alt {
            return;
        }
        if let Some(command) = self.keymap.command(shortcut, self.state.workspace)
            && (!asked || commands::reaches_through(command))
            && command != editing::Command::View(editing::ViewCommand::HideRegions)
            && (!repeat || commands::repeats(command))
        {
            self.run(command);
        }
    }

    /// True while something lies over the frame that has the keyboard.
    fn is_asked(&self) -> bool {
        self.state.overlays.is_open()
            || self.state.review.prompt.is_some()
            || self.state.exchange.is_open()
            || self.state.classes.is_open()
            || self.state.aids.picture.is_some()
            || self.state.paper.is_some()
            || self.state.relating.asked.is_some()
    }

    /// Esc in a panel gives the keyboard back to the map. True when a panel had it.
    fn back_to_map(&self, typing: bool) -> bool {
        let held = self.ctx.memory(egui::Memory::focused).filter(|id| *id != self.state.map_focus);
        if let Some(id) = held.filter(|_| !typing) {
            self.ctx.memory_mut(|m| m.surrender_focus(id));
        }
        held.is_some()
    }

    /// F6 goes from the map, which keeps Tab and arrows to itself, into the panels and back.
    fn change_pane(&self) {
        let map = self.state.map_focus;
        self.ctx.memory_mut(|m| {
            if m.focused() == Some(map) {
                m.set_focus_lock_filter(map, egui::EventFilter::default());
                m.move_focus(egui::FocusDirection::Next);
            } else {
                m.request_focus(map);
            }
        });
    }

    /// Esc closes what lies on top before it reaches tool and selection.
    fn close_topmost(&mut self) -> bool {
        if self.state.classes.is_open() {
            self.state.classes = crate::classes::Classes::default();
            return true;
        }
        if self.close_relating()
            || self.close_picture()
            || self.close_paper()
            || self.close_exchange()
            || self.state.review.prompt.take().is_some()
        {
            return true;
        }
        let overlays = &mut self.state.overlays;
        let was_open = overlays.is_open();
        if overlays.question.take().is_none()
            && overlays.palette.take().is_none()
            && overlays.shortcuts.take().is_none()
            && !std::mem::take(&mut overlays.preferences)
        {
            overlays.jobs = false;
        }
        was_open
    }

    /// Panels read the state and push what they ask for.
    fn show(&mut self, ui: &mut egui::Ui) {
        let picture =
            panels::Picture { renderer: &self.renderer, loader: &self.loader, regions: &self.regions };
        panels::show(ui, &self.state, &self.keymap, &picture, &mut self.outbox);
    }

    /// Carries out what was asked for.
    fn act(&mut self) {
        let asks = self.outbox.take();
        if !asks.is_empty() {
            self.ctx.request_repaint();
        }
        for ask in asks {
            self.carry_out(ask);
        }
        self.plan_looks();
        if self.preferences_changed && !self.ctx.input(|i| i.pointer.any_down()) {
            self.save_preferences();
        }
    }

    /// Asks for the tiles of the next picture, and for the next frame only if something moves.
    fn plan(&mut self) {
        self.wanted.clear();
        self.plan_review();
        self.plan_exchange();
        self.plan_history();
        self.plan_returned();
        self.plan_alignment();
        self.plan_selection_box();
        self.plan_likeness();
        self.plan_alike();
        self.plan_finder();
        self.plan_questions();
        self.plan_models();
        if self.state.workspace == Workspace::Review {
            self.wanted.extend(workspaces::review::wanted(&self.state));
        } else {
            let views = compare::views_of(&self.state);
            self.wanted.extend(views.iter().map(|view| tiles::wanted(&self.state.camera, view)));
            drop(views);
            self.want_thumbnails();
            self.wanted.extend(self.pictures_wanted());
            self.wanted.extend(self.outliers_wanted());
            self.wanted.extend(crate::map::minimap::wanted(&self.state));
            self.plan_basemap();
        }
        let mut renderer = self.renderer.lock();
        self.loader.plan(&self.jobs, &renderer, &self.wanted);
        let regions = self.regions.plan(&self.state, &self.jobs, &mut renderer);
        drop(renderer);
        if let Err(fault) = regions {
            self.gpu_failed(&fault);
        }
        if let Err(fault) = self.plan_cube() {
            self.gpu_failed(&fault);
        }
        self.plan_backup();
        self.plan_order();
        self.plan_overviews();
        self.plan_measuring();
        self.plan_probe();
        self.plan_map();
        self.plan_wand();
        self.plan_sam();
        self.plan_screening();
        if self.loader.is_fading() && !self.state.preferences.reduce_motion
            || self.loader.has_arrived()
            || self.regions.is_unfinished()
        {
            self.ctx.request_repaint();
        }
        if self.state.project.as_ref().is_some_and(|p| p.saving) {
            self.ctx.request_repaint_after(Duration::from_millis(50));
        }
        if let Some(wait) = self.state.notices.expire() {
            self.ctx.request_repaint_after(wait);
        }
        if self.state.visible_jobs().next().is_some() {
            self.ctx.request_repaint_after(Duration::from_millis(200));
        }
        if cfg!(debug_assertions) {
            self.ctx.request_repaint_after(Duration::from_secs(1));
        }
    }

    /// The tiles of the filmstrip come after those of the map.
    fn want_thumbnails(&mut self) {
        if panels::next::strip_of(&self.state) != Some(panels::next::Strip::Open) {
            return;
        }
        for (_, region) in thumbnails::ahead(&self.state) {
            let Some(camera) = thumbnails::camera(&self.state, region) else { continue };
            let views = self.state.layers.values().filter_map(|l| l.view());
            self.wanted.extend(views.map(|view| tiles::wanted(&camera, view)));
        }
    }

    /// Follows the chosen basemap, and asks for its tiles in view.
    fn plan_basemap(&mut self) {
        self.state.basemap_tiles.clear();
        let crs = self.state.content().and_then(project::Project::crs).cloned();
        let choice = self.state.preferences.basemap_now();
        let Some(crs) = crs.filter(|_| choice != crate::preferences::Basemap::None) else {
            (self.basemap, self.basemap_for, self.state.basemap_note) = (None, None, None);
            return;
        };
        if self.basemap_for.as_ref() != Some(&(choice.clone(), crs.clone())) {
            let cache = self.cache_folder.as_deref();
            let (basemap, note) = match Basemap::new(&choice, &crs, cache, &self.ctx) {
                Ok(basemap) => (basemap, None),
                Err(why) => (None, Some(why)),
            };
            (self.basemap, self.state.basemap_note) = (basemap, note);
            self.basemap_for = Some((choice, crs));
        }
        let Some(basemap) = self.basemap.as_mut().filter(|_| !self.state.basemap_hidden) else { return };
        self.state.basemap_tiles = basemap.visible(&self.state.camera);
        self.state.basemap_note = basemap.note();
        if let Some(wait) = basemap.wakes_in() {
            self.ctx.request_repaint_after(wait);
        }
    }

    /// A number for tiles that no other layer has.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Puts the theme of the preferences on.
    pub(crate) fn dress(&mut self) {
        let mode = self.state.preferences.theme.mode(self.ctx.system_theme());
        self.wear(Theme::built_in(mode));
        self.ctx.set_zoom_factor(self.state.preferences.ui_scale);
    }

    fn wear(&mut self, theme: Theme) {
        theme.apply(&self.ctx, self.state.preferences.reduce_motion);
        self.state.theme = Arc::new(theme);
    }

    /// Where preferences are kept; `None`: nowhere.
    pub(crate) fn config_folder(&self) -> Option<&std::path::Path> {
        self.config_folder.as_deref()
    }

    pub(crate) fn save_preferences(&mut self) {
        self.preferences_changed = false;
        let Some(folder) = &self.config_folder else { return };
        let mut kept = self.state.preferences.clone();
        // A name given for one session stays in it, unless the user has taken another since.
        if let Some((_, own)) = self.lent_name.as_ref().filter(|(lent, _)| *lent == kept.author) {
            kept.author.clone_from(own);
        }
        if let Err(error) = kept.save(folder) {
            let text = format!("Preferences cannot be kept: {error}.");
            self.state.notices.tell(Tone::Warning, text, "");
        }
    }

    /// Keeps how large the window was.
    pub(crate) fn remember_window(&mut self, size: crate::window_size::WindowSize) {
        if self.state.preferences.window != size {
            self.state.preferences.window = size;
            self.save_preferences();
        }
    }

    pub(crate) fn job_failed(&mut self, failure: &JobFailure) {
        match failure {
            JobFailure::Cancelled => {}
            JobFailure::Panicked(_) => {
                let text = "This is a bug: a job ended without a result.";
                self.state.notices.problem(text, failure.to_string());
            }
            _ => {
                let cube = failure.error::<cubes::CubeError>().map(cubes::CubeError::hint);
                let learning =
                    || failure.error::<learning::LearningError>().map(learning::LearningError::hint);
                let hint = cube.or_else(learning).unwrap_or_else(|| hint_of(failure).to_owned());
                self.state.notices.problem(failure.to_string(), hint);
            }
        }
    }

    fn gpu_failed(&mut self, fault: &GpuError) {
        let hint = fault.hint().unwrap_or_default();
        self.state.notices.problem(fault.to_string(), format!("Everything is saved. {hint}"));
    }

    /// The device, for jobs that draw.
    pub(crate) fn gpu(&self) -> Gpu {
        self.gpu.clone()
    }

    /// True while the picture is still going to change by itself.
    pub fn is_busy(&self) -> bool {
        self.work.is_busy()
            || self.review_work.is_busy()
            || self.exchange_work.is_busy()
            || self.finder_work.is_busy()
            || self.likeness.is_busy()
            || self.alike_work.is_busy()
            || self.looks_work.is_busy()
            || self.map_work.is_busy()
            || self.spectra_work.is_busy()
            || self.products_work.is_busy()
            || self.align_work.is_busy()
            || self.cube_work.is_busy()
            || self.wand_work.is_busy()
            || self.screening_work.is_busy()
            || self.questions_work.is_busy()
            || self.models_work.is_busy()
            || self.paper_work.is_busy()
            || self.sam_work.is_busy()
            || self.loader.is_busy()
            || self.regions.is_unfinished()
            || self.loader.is_fading()
            || self.rest.is_due()
    }

    /// What tiles have cost so far.
    pub fn tile_counters(&self) -> renderer::TileCounters {
        self.renderer.lock().tiles().counters()
    }

    /// Closes the project: everything on disk, in one file.
    pub fn close(mut self) -> anyhow::Result<()> {
        self.finish_looks();
        self.finish_screening();
        if let Some(open) = self.state.project.take() {
            open.close()?;
        }
        Ok(())
    }
}

fn hint_of(failure: &JobFailure) -> &'static str {
    let open = failure.error::<raster::OpenError>().map(raster::OpenError::hint);
    let read = || failure.error::<raster::ReadError>().map(raster::ReadError::hint);
    let store = || failure.error::<store::StoreError>().and_then(store::StoreError::hint);
    open.or_else(read).or_else(store).unwrap_or("")
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}
