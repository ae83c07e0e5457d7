//! Projects and files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use editing::{FileCommand, Selection, Tool};
use jobs::Job;
use picture::LayerView;
use project::LayerId;
use store::OpenMode;

use crate::committee::Committee;
use crate::frame::Program;
use crate::map::layer::{Image, MapLayer};
use crate::map::tiles;
use crate::notice::Tone;
use crate::sharing::{Errand, ShareAsk};
use crate::state::{OpenProject, Question};
use crate::work::{self, Dialog, FoundImage, FoundProject, Purpose};

/// Overviews wait so long for a rough view to be there.
const ROUGH_VIEW_WITHIN: Duration = Duration::from_secs(2);

/// Endings of files of labels that are taken when they are dropped.
const LABELS: [&str; 3] = ["geojson", "json", "txt"];

impl Program {
    pub(super) fn run_file(&mut self, command: FileCommand) {
        match command {
            FileCommand::New => self.ask_for_file(Purpose::New),
            FileCommand::Open => self.ask_for_file(Purpose::Open),
            FileCommand::AddImagery => self.ask_for_file(Purpose::AddImagery),
            FileCommand::OpenFolder => self.ask_for_file(Purpose::OpenFolder),
            FileCommand::SaveCopy => self.ask_for_file(Purpose::SaveCopy),
            FileCommand::Close => self.close_if_saved(),
            FileCommand::Quit => self.ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            FileCommand::OpenAddress => self.state.overlays.palette = Some("https://".to_owned()),
            FileCommand::Import => self.ask_for_file(Purpose::Import),
            FileCommand::Join => self.ask_for_file(Purpose::JoinCopies),
            FileCommand::Share => self.share(ShareAsk::Begin(Errand::Share)),
            FileCommand::OpenServer => self.share(ShareAsk::Begin(Errand::Fetch)),
        }
    }

    pub(super) fn ask_for_file(&mut self, purpose: Purpose) {
        let folder = self.state.project_folder().filter(|_| !self.is_scratch());
        match Dialog::open(purpose, folder.as_deref(), self.ctx.clone()) {
            Ok(dialog) => self.work.dialogs.push(dialog),
            Err(error) => self.no_dialog(&error.to_string()),
        }
    }

    /// A file dialog was asked for and none came.
    pub(crate) fn no_dialog(&mut self, why: &str) {
        let hint = "Drop files on the window, or name them on the command line. For dialogs install \
                    xdg-desktop-portal-gtk, or zenity.";
        self.state.notices.problem(format!("No file dialog can be opened: {why}."), hint);
    }

    fn is_scratch(&self) -> bool {
        self.state.project.as_ref().is_some_and(|p| p.scratch)
    }

    /// A file dialog was answered.
    pub(crate) fn chosen(&mut self, purpose: Purpose, paths: Vec<PathBuf>) {
        let Some(first) = paths.first().cloned() else { return };
        match purpose {
            Purpose::Open | Purpose::AddImagery | Purpose::OpenFolder => self.open_files(paths),
            Purpose::Relink(layer) => self.look_at_moved(layer, first),
            Purpose::New => {
                let path = with_extension(first, "gpkg");
                let (author, at_ms) = (self.state.author(), self.state.now_ms);
                let holder = author.name().to_owned();
                let key = self.key();
                let job = work::make_project(&self.jobs, path, holder, at_ms, false, Vec::new(), key);
                self.work.projects.push(job);
            }
            Purpose::Import => self.begin_import(first),
            Purpose::JoinCopies => self.begin_join(paths),
            Purpose::Schema => self.plan_classes(&first),
            Purpose::ImportRules => self.import_rules(&first),
            Purpose::Sheet | Purpose::BundleFolder => self.paper_path(&first),
            Purpose::Votes => self.take_votes(first),
            Purpose::Report => self.save_report(first),
            Purpose::KnownCases => self.read_known(&first),
            Purpose::ExportRules => self.export_rules(&with_extension(first, "toml")),
            Purpose::ExportFolder => {
                let folder = first.to_string_lossy().into_owned();
                self.exchange(crate::exchange::ExchangeAsk::Folder(folder));
            }
            Purpose::Picture => {
                if let Some(draft) = &mut self.state.aids.picture {
                    draft.path = first.display().to_string();
                }
            }
            Purpose::SaveCopy => self.save_copy(with_extension(first, "gpkg")),
            Purpose::OpenLibrary => self.open_libraries(paths),
            Purpose::SaveSpectra => self.save_spectra(with_extension(first, "csv")),
            Purpose::ImportAdjustments => self.offer_adjustments(&first),
            Purpose::Extract => self.add_extract(first),
            Purpose::Checkpoint => self.choose_checkpoint(first),
            Purpose::Model => self.open_model(first),
            Purpose::ImportQuestions => self.import_questions(first),
            Purpose::Answers => self.import_answers(&first),
            Purpose::ExportQuestions(form) => self.export_questions(form, &first),
            Purpose::ExportAdjustments => self.export_adjustments(&with_extension(first, "json")),
            Purpose::SaveProduct(layer) => self.save_product(layer, with_extension(first, "tif")),
        }
    }

    /// Opens files of any kind: a project, imagery, or both.
    pub(crate) fn open_files(&mut self, paths: Vec<PathBuf>) {
        let is_project = |p: &PathBuf| {
            !raster::is_address(p) && p.extension().is_some_and(|e| e.eq_ignore_ascii_case("gpkg"))
        };
        let is_labels = |p: &PathBuf| {
            let ends = |e: &std::ffi::OsStr| LABELS.iter().any(|known| e.eq_ignore_ascii_case(known));
            !raster::is_address(p) && p.extension().is_some_and(ends)
        };
        let is_schema = |p: &PathBuf| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"));
        let (mut schemas, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_schema);
        if let Some(path) = schemas.pop() {
            self.plan_classes(&path);
        }
        let (mut weights, paths): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| crate::sam::is_weights(path));
        if let Some(path) = weights.pop() {
            self.choose_checkpoint(path);
        }
        let (mut labels, paths): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_labels);
        if let Some(path) = labels.pop() {
            self.import_soon(path);
        }
        let (mut projects, images): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_project);
        if let Some(path) = projects.pop() {
            let mode = if self.read_only {
                OpenMode::ReadOnly
            } else {
                OpenMode::ReadWrite { holder: self.state.author().name().to_owned() }
            };
            let key = self.key();
            self.work.projects.push(work::open_project(&self.jobs, path, mode, images, key));
        } else if self.state.project.is_some() {
            self.look_at_images(images);
        } else if !images.is_empty() {
            self.start_scratch(images);
        }
    }

    fn look_at_images(&mut self, paths: Vec<PathBuf>) {
        if paths.is_empty() {
            return;
        }
        if let Some(reason) = self.state.read_only() {
            let text = format!("Imagery cannot be added: {reason}.");
            self.state.notices.tell(Tone::Warning, text, "");
            return;
        }
        let folder = self.state.project_folder().filter(|_| !self.is_scratch());
        for path in paths {
            self.work.images.push(work::look_at_image(&self.jobs, path, folder.clone()));
        }
    }

    /// Imagery without a project goes into one of its own, so that nothing drawn on it is ever lost.
    fn start_scratch(&mut self, then: Vec<PathBuf>) {
        let Some(folder) = self.data_folder.clone() else {
            let text = "There is no folder for unnamed projects on this machine.";
            self.state.notices.problem(text, "Make a project first (Ctrl+N).");
            return;
        };
        let stamp = jiff::Zoned::now().strftime("%Y-%m-%d %H.%M.%S").to_string();
        let path = free_path(&folder, &format!("Untitled {stamp}"));
        let holder = self.state.author().name().to_owned();
        let key = self.key();
        let job = work::make_project(&self.jobs, path, holder, self.state.now_ms, true, then, key);
        self.work.projects.push(job);
    }

    /// A project has been opened or made: it takes the place of the one before.
    pub(crate) fn opened_project(&mut self, found: FoundProject) {
        self.close_project();
        let FoundProject { mut session, counts, scratch, then, copied, joined, restored } = found;
        let path = session.path().to_owned();
        let keep_view = copied.is_some() || joined.is_some();
        if let Some(joined) = joined {
            self.tell_of_joining(joined);
        }
        if let Some(restored) = restored {
            self.tell_of_restoring(&restored);
        }
        // Whose rounds are over since the project was last open.
        if let Err(error) = session.open_due(self.state.now_ms) {
            self.state.notices.problem(error.to_string(), error.hint().unwrap_or_default());
        }
        match copied {
            Some(Ok(to)) => self.state.notices.done(format!("Saved to {}.", to.display())),
            Some(Err(why)) => {
                let hint = "Choose another folder; the project itself is unharmed.";
                self.state.notices.problem(format!("The copy was not made: {why}."), hint);
            }
            None => {}
        }
        if !scratch {
            self.state.preferences.remember(&path);
            self.save_preferences();
        }
        let draft = session.draft().and_then(|text| serde_json::from_str(text).ok());
        if draft.is_some() {
            let text = "A shape was not finished when the project was last open.";
            let hint = "Ctrl+Shift+D goes on drawing it.";
            self.state.notices.tell(Tone::Info, text, hint);
        }
        self.state.dropped = draft;
        self.state.project = Some(OpenProject::new(session, scratch, counts));
        self.regions.clear();
        self.follow_layers();
        if !keep_view {
            self.fit_all();
            self.view_chosen = false;
        }
        self.look_at_images(then);
    }

    /// What could not be written would be lost.
    fn close_if_saved(&mut self) {
        if self.state.store_failure.is_none() {
            return self.close_project();
        }
        let hint = "Choose Retry, or save a copy; then close it.";
        self.state.notices.problem("The last changes could not be saved, so the project stays open.", hint);
    }

    pub(super) fn close_project(&mut self) {
        self.keep_looks();
        self.finish_screening();
        let Some(open) = self.state.project.take() else { return };
        let title = open.title();
        // What could not be saved is in the copy that was made of it, or was given up on.
        let told = self.state.store_failure.is_some();
        if let Err(error) = open.close()
            && !told
        {
            let text = format!("{title} was not closed well: {error}");
            self.state.notices.problem(text, error.hint().unwrap_or_default());
        }
        for layer in std::mem::take(&mut self.state.layers).into_values() {
            self.forget_tiles(&layer);
        }
        self.work.layers.clear();
        self.work.statistics.clear();
        self.work.overviews.clear();
        self.work.overviews_due.clear();
        self.work.probe = None;
        self.work.order = None;
        self.work.shaping = None;
        self.forget_spectra();
        self.drop_cube();
        self.leave_models();
        self.leave_alike();
        self.state.active_layer = None;
        self.state.selection = Selection::default();
        self.state.tool = Tool::new(self.state.tool.kind());
        self.state.armed_class = None;
        self.state.dropped = None;
        self.state.committee = Committee::default();
        self.state.store_failure = None;
    }

    /// Puts the regions of a large project in order beside the window, one time after the other.
    pub(crate) fn plan_order(&mut self) {
        let Some(open) = &mut self.state.project else { return };
        if let Some(result) = self.work.order.as_ref().and_then(Job::poll) {
            self.work.order = None;
            // What cannot be ordered keeps its old order.
            if let Ok(order) = result {
                open.counts.order = Arc::new(order);
            }
        }
        if self.work.order.is_none() && open.counts.take_old_order() {
            self.work.order = Some(work::order_regions(&self.jobs, open.session.project().clone()));
        }
    }

    fn forget_tiles(&mut self, layer: &MapLayer) {
        if let Some(view) = layer.view() {
            self.loader.forget(view.number);
            self.renderer.lock().tiles_mut().forget_layer(view.number);
        }
    }

    /// An image has been looked at: it joins the project as a layer.
    pub(crate) fn found_image(&mut self, found: FoundImage) -> Option<LayerId> {
        let FoundImage { source, rendering, layer } = found;
        let name = layer.name.clone();
        for warning in &source.image().warnings {
            self.state.notices.tell(Tone::Warning, format!("{name}: {warning}"), "");
        }
        let at_ms = self.state.now_ms;
        let open = self.state.project.as_mut()?;
        let id = open.session.ids(at_ms).layer();
        let edit = match project::add_layer_edit(open.session.project(), id, layer) {
            Ok(edit) => edit,
            Err(error) => {
                let hint = "Open it in a project of its own.";
                self.state.notices.problem(format!("{name} cannot join this project: {error}."), hint);
                return None;
            }
        };
        // The layer is known to be open already, so that following the project does not open it again.
        self.state.layers.insert(id, MapLayer::opening());
        if !self.apply(edit) {
            self.state.layers.remove(&id);
            return None;
        }
        let number = self.next_number();
        let crs = self.state.content().and_then(project::Project::crs).cloned();
        match LayerView::new(number, source, rendering, crs.as_ref()) {
            Ok(view) => self.opened_layer(id, view),
            Err(error) => self.broken_layer(id, &error.to_string(), ""),
        }
        Some(id)
    }

    /// Makes the layers on the map those of the project.
    pub(crate) fn follow_layers(&mut self) {
        let Some(project) = self.state.content() else { return };
        let wanted: Vec<LayerId> = project.layers().keys().copied().collect();
        let gone: Vec<LayerId> =
            self.state.layers.keys().filter(|id| !wanted.contains(id)).copied().collect();
        for id in gone {
            self.work.layers.remove(&id);
            self.work.statistics.remove(&id);
            self.work.overviews.remove(&id);
            self.work.overviews_due.remove(&id);
            if let Some(layer) = self.state.layers.remove(&id) {
                self.forget_tiles(&layer);
            }
        }
        for id in wanted {
            if let std::collections::btree_map::Entry::Vacant(e) = self.state.layers.entry(id) {
                e.insert(MapLayer::opening());
                self.open_layer(id);
            }
        }
    }

    /// Opens the image of a layer, or opens it again.
    pub(crate) fn open_layer(&mut self, id: LayerId) {
        let number = self.next_number();
        let folder = self.state.project_folder();
        let Some(project) = self.state.content() else { return };
        let Some(layer) = project.layers().get(&id) else { return };
        let crs = project.crs().cloned();
        let job = work::open_layer(&self.jobs, layer, folder.as_deref(), number, crs);
        self.work.layers.insert(id, job);
    }

    pub(crate) fn opened_layer(&mut self, id: LayerId, view: LayerView) {
        let source = Arc::clone(&view.source);
        let Some(layer) = self.state.layers.get_mut(&id) else { return };
        let old = layer.view().map(|v| (v.number, v.rendering.clone()));
        layer.failed.clear();
        if let Some((number, rendering)) = old {
            // Opened again, as when overviews were built: it looks as it did.
            let mut view = view;
            view.rendering = rendering;
            layer.image = Image::Open(Box::new(view));
            // What was found in scattered tiles is found in all pixels of a coarse level now.
            (layer.statistics, layer.unmeasurable) = (None, None);
            self.loader.forget(number);
            self.renderer.lock().tiles_mut().forget_layer(number);
        } else {
            layer.opened(view);
            self.take_up_look(id);
        }
        if !self.view_chosen {
            self.fit_all();
            self.view_chosen = false;
        }
        if source.wants_overviews() && !self.work.overviews.contains_key(&id) {
            self.work.overviews_due.insert(id, Instant::now());
        }
    }

    /// Begins to make the overviews that images lack, once the images are seen roughly: both want the processor.
    pub(crate) fn plan_overviews(&mut self) {
        let due = std::mem::take(&mut self.work.overviews_due);
        let renderer = self.renderer.lock();
        for (id, since) in due {
            let Some(view) = self.state.layers.get(&id).and_then(|layer| layer.view()) else { continue };
            let camera = &self.state.camera;
            let is_awaited = view.is_rough(camera) && !tiles::is_seen(&renderer, camera, view);
            if is_awaited && since.elapsed() < ROUGH_VIEW_WITHIN {
                self.work.overviews_due.insert(id, since);
                self.ctx.request_repaint_after(Duration::from_millis(50));
            } else {
                self.work.overviews.insert(id, work::build_overviews(&self.jobs, &view.source));
            }
        }
    }

    pub(crate) fn broken_layer(&mut self, id: LayerId, text: &str, hint: &str) {
        if let Some(layer) = self.state.layers.get_mut(&id) {
            layer.image = Image::Broken { text: text.to_owned(), hint: hint.to_owned() };
            self.state.notices.problem(text, hint);
        }
    }

    /// Writes the project to another file. A project without a name moves there; any other stays open
    /// where it is.
    fn save_copy(&mut self, to: PathBuf) {
        self.keep_looks();
        self.finish_screening();
        let Some(open) = self.state.project.take() else { return };
        if self.state.store_failure.is_some() {
            // What is on screen is all there is: it stays until the copy is whole.
            let holder = self.state.author().name().to_owned();
            let key = self.key();
            self.work.projects.push(work::rescue_project(
                &self.jobs,
                &open.session,
                to,
                holder,
                self.state.now_ms,
                key,
            ));
            self.state.project = Some(open);
            return;
        }
        if open.session.path() == to {
            let text = "That is the project itself; every edit is saved in it already.";
            self.state.notices.tell(Tone::Info, text, "");
            self.state.project = Some(open);
            return;
        }
        let holder = self.state.author().name().to_owned();
        let key = self.key();
        self.work.projects.push(work::copy_project(&self.jobs, open.session, to, open.scratch, holder, key));
    }

    pub(super) fn retry_saving(&mut self) {
        if let Some(open) = &self.state.project {
            open.session.retry();
        }
    }

    /// The window is to be closed. False when that must wait for an answer.
    pub(crate) fn may_close(&mut self) -> bool {
        let unsaved = self.state.store_failure.is_some();
        if self.leaving || !(unsaved || self.state.models.is_teaching()) {
            return true;
        }
        let question = if unsaved { Question::CloseUnsaved } else { Question::CloseTeaching };
        self.state.overlays.question = Some(question);
        false
    }

    pub(super) fn close_anyway(&mut self) {
        self.leaving = true;
        self.ctx.send_viewport_cmd(egui::ViewportCommand::Close);
    }
}

fn with_extension(path: PathBuf, extension: &str) -> PathBuf {
    if path.extension().is_some() { path } else { path.with_extension(extension) }
}

/// A path that nothing has yet; two projects may begin within one second.
fn free_path(folder: &Path, stem: &str) -> PathBuf {
    let mut path = folder.join(format!("{stem}.gpkg"));
    let mut n = 2;
    while path.exists() {
        path = folder.join(format!("{stem} ({n}).gpkg"));
        n += 1;
    }
    path
}
