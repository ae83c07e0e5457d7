//! Labels in and out: import, export, verification.

use std::hash::{BuildHasher as _, Hasher as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dataset::{DatasetError, ExportError, ExportReport, FolderSource, Limits};
use editing::DatasetCommand;
use jobs::{Job, JobContext, JobFailure, Priority};
use project::{IdSource, Seq};

use crate::exchange::{Choices, ExchangeAsk, ExportDraft, Found, ImportDraft, Planned, Trouble, has_schema};
use crate::frame::Program;
use crate::notice::Tone;
use crate::run::joining::JoinWork;
use crate::run::sharing::ShareWork;
use crate::work::{Purpose, file_name};

/// What is being read, planned and written.
#[derive(Debug, Default)]
pub(crate) struct ExchangeWork {
    read: Option<Job<Found>>,
    plan: Option<(Seq, Choices, Job<Planned>)>,
    export: Option<Job<ExportReport>>,
    /// A label file that waits for the project it goes into.
    waiting: Option<PathBuf>,
    pub(super) join: JoinWork,
    pub(super) share: ShareWork,
}

impl ExchangeWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.read.is_some()
            || self.plan.is_some()
            || self.export.is_some()
            || self.waiting.is_some()
            || self.join.is_busy()
            || self.share.is_busy()
    }
}

impl Program {
    pub(super) fn run_dataset(&mut self, command: DatasetCommand) {
        match command {
            DatasetCommand::Verify => self.verify(),
            DatasetCommand::Export => {
                let Some(open) = &self.state.project else { return };
                let draft = ExportDraft::beside(self.state.project_folder(), &open.title());
                self.state.exchange.export = Some(draft);
            }
            // Not offered by this window.
            DatasetCommand::DesignSplit => {}
        }
    }

    fn verify(&mut self) {
        let Some(open) = &self.state.project else { return };
        if !open.session.is_saved() {
            let text = "Wait until everything is saved, then verify again.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        }
        let path = open.session.path().to_owned();
        let check = move |_: &JobContext| -> Result<store::Verification, JobFailure> {
            Ok(store::verify_file(&path)?)
        };
        self.work.verify = Some(self.jobs.spawn(Priority::Normal, "Verify project", check));
    }

    /// Imports a label file as soon as the project that is being opened, if any, is there.
    pub(crate) fn import_soon(&mut self, path: PathBuf) {
        self.exchange_work.waiting = Some(path);
    }

    /// Opens the import dialog on a label file and reads it.
    pub(crate) fn begin_import(&mut self, path: PathBuf) {
        if self.state.project.is_none() {
            let text = format!("Open a project first, then import {}.", file_name(&path));
            self.state.notices.tell(Tone::Info, text, "");
            return;
        }
        if holds_adjustments(&path) {
            self.offer_adjustments(&path);
            return;
        }
        let title = format!("Read {}", file_name(&path));
        let file = path.clone();
        let read = move |_: &JobContext| -> Result<Found, JobFailure> {
            Ok(Found::of(dataset::read_features(&file, &Limits::default())?))
        };
        self.exchange_work.read = Some(self.jobs.spawn(Priority::Normal, title, read));
        self.exchange_work.plan = None;
        self.state.exchange.import = Some(ImportDraft::new(path));
    }

    pub(super) fn exchange(&mut self, ask: ExchangeAsk) {
        let exchange = &mut self.state.exchange;
        match ask {
            ExchangeAsk::Choices(choices) => {
                if let Some(draft) = &mut exchange.import {
                    draft.choices = *choices;
                }
            }
            ExchangeAsk::Import => self.import(),
            ExchangeAsk::CloseImport => self.close_import(),
            ExchangeAsk::Spec(spec) => {
                if let Some(draft) = &mut exchange.export {
                    // A folder named after the format follows it.
                    let (from, to) = (draft.spec.format.key(), spec.format.key());
                    if let Some(stem) = draft.folder.strip_suffix(from) {
                        draft.folder = format!("{stem}{to}");
                    }
                    draft.spec = *spec;
                    draft.outcome = None;
                }
            }
            ExchangeAsk::Folder(folder) => {
                if let Some(draft) = &mut exchange.export {
                    draft.folder = folder;
                    draft.outcome = None;
                }
            }
            ExchangeAsk::ChooseFolder => self.ask_for_file(Purpose::ExportFolder),
            ExchangeAsk::Export => self.export(),
            ExchangeAsk::CloseExport => exchange.export = None,
            ExchangeAsk::Join => self.join(),
            ExchangeAsk::CloseJoin => self.close_join(),
            ExchangeAsk::Decide(conflict, take) => self.decide(conflict, take),
            ExchangeAsk::Share(ask) => self.share(ask),
        }
    }

    /// Esc closes a dialog; a running export goes on and is told of when it ends.
    pub(crate) fn close_exchange(&mut self) -> bool {
        let was_open = self.state.exchange.is_open();
        self.close_import();
        self.state.exchange.export = None;
        self.close_join();
        self.close_sharing();
        self.state.exchange.admit = None;
        was_open
    }

    fn close_import(&mut self) {
        self.state.exchange.import = None;
        self.exchange_work.read = None;
        self.exchange_work.plan = None;
    }

    /// Applies what the dialog shows: one edit, one undo.
    fn import(&mut self) {
        let Some(draft) = &self.state.exchange.import else { return };
        let Some(Ok(planned)) = draft.outlook().cloned() else { return };
        let name = file_name(&draft.path);
        if !self.apply(planned.plan.edit.clone()) {
            return;
        }
        let mut parts = Vec::new();
        if planned.plan.regions > 0 {
            parts.push(crate::format::count(planned.plan.regions, "region", "regions"));
        }
        if planned.plan.labels > 0 {
            parts.push(crate::format::count(planned.plan.labels, "label", "labels"));
        }
        if planned.plan.relations > 0 {
            parts.push(crate::format::count(planned.plan.relations, "relation", "relations"));
        }
        let reasons: Vec<String> = planned.reasons.iter().map(|(r, n)| format!("{n} × {r}")).collect();
        let left = match planned.rejected() {
            0 => String::new(),
            n => format!(", {} left out", crate::format::count(n, "shape", "shapes")),
        };
        let text = format!("Imported {} from {name}{left}.", parts.join(" and "));
        self.state.notices.tell(Tone::Done, text, reasons.join("\n"));
        self.close_import();
        self.view_chosen = false;
        self.fit_all();
    }

    fn export(&mut self) {
        let (Some(open), Some(draft)) = (&self.state.project, &mut self.state.exchange.export) else {
            return;
        };
        if self.exchange_work.export.is_some() {
            return;
        }
        let project = open.session.project().clone();
        let mut spec = draft.spec.clone();
        spec.journal_seq = open.session.history().last_seq();
        env!("CARGO_PKG_VERSION").clone_into(&mut spec.program_version);
        let folder = PathBuf::from(draft.folder.trim());
        let sources = FolderSource(open.session.path().parent().map(Into::into).unwrap_or_default());
        let title = format!("Export {}", file_name(&folder));
        let write = move |ctx: &JobContext| -> Result<ExportReport, JobFailure> {
            let mut progress = |done: u64, total: u64| {
                ctx.progress(done, total);
                if ctx.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            Ok(dataset::export_with(&project, &sources, &spec, &folder, &mut progress)?)
        };
        let job = self.jobs.spawn(Priority::Normal, title, write);
        draft.running = Some(job.id());
        draft.outcome = None;
        self.exchange_work.export = Some(job);
    }

    /// Takes what was read, planned and written.
    pub(crate) fn receive_exchange(&mut self) {
        self.receive_joining();
        self.receive_sharing();
        if let Some(result) = self.exchange_work.read.as_ref().and_then(Job::poll) {
            self.exchange_work.read = None;
            let (member, schema) = (self.state.author(), has_schema(self.state.content()));
            if let Some(draft) = &mut self.state.exchange.import {
                match result {
                    Ok(found) => {
                        draft.choices = Choices::guess(&found, &member, schema);
                        draft.found = Some(Arc::new(found));
                    }
                    Err(failure) => draft.trouble = Some(trouble(&failure)),
                }
            }
        }
        let ended = self.exchange_work.plan.as_ref().and_then(|(_, _, job)| job.poll());
        if let Some(result) = ended
            && let Some((seq, choices, _)) = self.exchange_work.plan.take()
            && let Some(draft) = &mut self.state.exchange.import
        {
            let planned = result.map(Arc::new).map_err(|failure| trouble(&failure));
            draft.planned = Some((seq, choices, planned));
        }
        if let Some(result) = self.exchange_work.export.as_ref().and_then(Job::poll) {
            self.exchange_work.export = None;
            self.exported(result);
        }
    }

    fn exported(&mut self, result: Result<ExportReport, JobFailure>) {
        let outcome = result.map(Arc::new).map_err(|failure| trouble(&failure));
        if let Some(draft) = &mut self.state.exchange.export {
            draft.running = None;
            draft.outcome = Some(outcome);
            return;
        }
        // The dialog was closed meanwhile.
        match outcome {
            Ok(report) => {
                let regions = crate::format::count(report.regions_out, "region", "regions");
                self.state.notices.done(format!("Exported {regions} to {}.", report.folder.display()));
            }
            Err(Trouble { text, hint }) => self.state.notices.problem(text, hint),
        }
    }

    /// Works out anew what the import would do, when something about it changed.
    pub(crate) fn plan_exchange(&mut self) {
        if self.work.projects.is_empty()
            && let Some(path) = self.exchange_work.waiting.take()
        {
            self.begin_import(path);
        }
        let (Some(draft), Some(open)) = (&mut self.state.exchange.import, &self.state.project) else {
            return;
        };
        let Some(found) = draft.found.clone() else { return };
        let seq = open.session.history().last_seq();
        let known = draft.planned.as_ref().is_some_and(|(s, c, _)| (*s, c) == (seq, &draft.choices));
        let asked =
            self.exchange_work.plan.as_ref().is_some_and(|(s, c, _)| (*s, c) == (seq, &draft.choices));
        if known || asked {
            return;
        }
        let choices = draft.choices.clone();
        let options = match choices.options(file_name(&draft.path), self.state.now_ms) {
            Ok(options) => options,
            Err(text) => {
                let hint = "Write it like EPSG:26915, or leave it empty.".to_owned();
                draft.planned = Some((seq, choices, Err(Trouble { text, hint })));
                return;
            }
        };
        let project = open.session.project().clone();
        let seed = std::hash::RandomState::new().build_hasher().finish();
        let mut ids = IdSource::new(self.state.now_ms.max(0) as u64, seed);
        let wanted = choices.clone();
        let plan = move |ctx: &JobContext| -> Result<Planned, JobFailure> {
            ctx.check()?;
            let plan = dataset::plan_import(&project, found.file.features.clone(), &options, &mut ids)?;
            Ok(Planned::of(&found, plan, &wanted, project.schema().map(AsRef::as_ref)))
        };
        let job = self.jobs.spawn(Priority::Normal, "Plan the import", plan);
        self.exchange_work.plan = Some((seq, choices, job));
    }
}

/// True for a list of arrows; the first bytes say so.
fn holds_adjustments(path: &Path) -> bool {
    use std::io::Read as _;
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
    read.is_ok() && dataset::is_adjustments(&head)
}

/// A failure in the words of this window.
pub(super) fn trouble(failure: &JobFailure) -> Trouble {
    let hint = match failure.error::<ExportError>() {
        Some(ExportError::NotEmpty(_)) => {
            Some("Choose another folder, or tick “Replace an earlier export”.".into())
        }
        Some(ExportError::LeftOut { .. }) => {
            Some("Mend these regions, or tick “Leave out what the format cannot hold”.".into())
        }
        Some(error) => error.hint(),
        None => match failure.error::<DatasetError>() {
            Some(DatasetError::NoAuthor) => Some("Say whose labels they are in “Author”.".into()),
            Some(DatasetError::UnknownCrs { .. } | DatasetError::NotLonLat { .. }) => {
                Some("Name the coordinate reference system in “CRS”, such as EPSG:26915.".into())
            }
            Some(DatasetError::NoProjectCrs) => Some("Add the imagery first.".into()),
            Some(error) => error.hint(),
            None => None,
        },
    };
    let text = match failure {
        JobFailure::Cancelled => "The export was stopped; nothing of it is left in the folder".to_owned(),
        other => other.to_string(),
    };
    Trouble { text: sentence(&text), hint: hint.as_deref().map(sentence).unwrap_or_default() }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut out: String = chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect());
    if !out.ends_with(['.', '!', '?', '…']) {
        out.push('.');
    }
    out
}
