//! Work that the window has started and waits for: held here, looked at once a frame, dropped to cancel.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use editing::{Outcome, ReadingOrder, Selection, Shaping};
use jobs::{Job, JobContext, JobFailure, Jobs, Priority};
use picture::{LayerView, Rendering};
use project::{Author, LayerId, LayerRole, Project};
use raster::Source;
use spatial::Crs;
use spatial::geometry::GeometryError;
use store::backups::Restored;
use store::{Identity, MergePlan, MergeReport, OpenMode, Session, Signer, Verification};

use crate::counts::Counts;
use crate::exchange::Trouble;
use crate::map::measured::Measured;
use crate::run::backups::{BackupWork, Unopened};
use crate::run::bulk::BulkWork;
use crate::run::shape::SelectionBox;
use crate::state::Probe;

/// What new projects say they were made by.
const PROGRAM: &str = concat!("orthoscope ", env!("CARGO_PKG_VERSION"));

/// An image that was looked at to become a layer.
#[derive(Debug)]
pub struct FoundImage {
    pub source: Arc<Source>,
    pub rendering: Rendering,
    pub layer: project::Layer,
}

/// A project that was opened or made.
#[derive(Debug)]
pub struct FoundProject {
    pub session: Session,
    /// What is counted over it, which takes long where it is large.
    pub counts: Counts,
    pub scratch: bool,
    /// Imagery to add as soon as it is open.
    pub then: Vec<PathBuf>,
    /// It was closed to be copied: where to, or why not.
    pub copied: Option<Result<PathBuf, String>>,
    /// It was closed to take other copies over: what came of it.
    pub joined: Option<Result<MergeReport, Trouble>>,
    /// It did not open, and was brought back from a backup.
    pub restored: Option<Restored>,
}

/// Whose key signs what is done in a project, and under which name; `None` where there is no place to keep a key.
pub type Key = Option<(Signer, Author)>;

pub(crate) fn signed(session: Session, key: Key) -> Session {
    match key {
        Some((signer, name)) => session.signed_by(signer, name),
        None => session,
    }
}

/// What a file dialog was opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Open,
    AddImagery,
    /// The image of a layer, where it lies now.
    Relink(LayerId),
    /// Of images that are one layer together.
    OpenFolder,
    New,
    SaveCopy,
    Import,
    /// Of this project, which others worked on.
    JoinCopies,
    ExportFolder,
    /// Spectral libraries to compare with.
    OpenLibrary,
    /// The spectra that are shown.
    SaveSpectra,
    /// A product that so far lies in the cache.
    SaveProduct(LayerId),
    /// Arrows from footprints to where a layer shows them.
    ImportAdjustments,
    ExportAdjustments,
    Picture,
    /// Other classes for the project.
    Schema,
    /// Of the review.
    ImportRules,
    ExportRules,
    ImportQuestions,
    /// What a model answered.
    Answers,
    ExportQuestions(questions::Form),
    /// An extract of OpenStreetMap to answer from.
    Extract,
    /// Cards on paper.
    Sheet,
    /// Where a bundle makes its folder.
    BundleFolder,
    /// What came back from a bundle.
    Votes,
    /// What is known of the review, as one file.
    Report,
    /// Cases whose answer is known, to be mixed into work.
    KnownCases,
    /// Weights of a network that answers clicks.
    Checkpoint,
    /// An ONNX model of the user's own.
    Model,
}

/// An open file dialog of the desktop's.
#[derive(Debug)]
pub struct Dialog {
    pub purpose: Purpose,
    answer: Receiver<Answer>,
}

/// How a file dialog ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Chosen(Vec<PathBuf>),
    Cancelled,
    /// None came up: the desktop offers none.
    NoDialog,
}

/// Nobody cancels a dialog sooner than this; rfd does not tell a dialog that never was from a cancelled one.
const TOO_SOON: Duration = Duration::from_millis(250);

impl Answer {
    fn of(paths: Vec<PathBuf>, after: Duration) -> Self {
        if !paths.is_empty() {
            Self::Chosen(paths)
        } else if after < TOO_SOON {
            Self::NoDialog
        } else {
            Self::Cancelled
        }
    }
}

/// What a dialog is called and offers.
fn described(dialog: rfd::AsyncFileDialog, purpose: Purpose) -> rfd::AsyncFileDialog {
    let imagery = raster::USUAL_ENDINGS;
    let everything: Vec<&str> = std::iter::once("gpkg").chain(imagery).collect();
    match purpose {
        Purpose::Open => dialog
            .set_title("Open")
            .add_filter("Projects and imagery", &everything)
            .add_filter("All files", &["*"]),
        Purpose::AddImagery | Purpose::Relink(_) => {
            let title = if purpose == Purpose::AddImagery { "Add imagery" } else { "Find the image" };
            dialog.set_title(title).add_filter("Imagery", &imagery).add_filter("All files", &["*"])
        }
        Purpose::OpenFolder => dialog.set_title("Open a folder of images"),
        Purpose::New => dialog.set_title("New project").set_file_name("project.gpkg"),
        Purpose::Import => {
            dialog.set_title("Import labels").add_filter("Labels", &["geojson", "json", "txt"])
        }
        Purpose::JoinCopies => {
            dialog.set_title("Join copies of this project").add_filter("Projects", &["gpkg"])
        }
        Purpose::ImportAdjustments => {
            dialog.set_title("Import adjustments").add_filter("Adjustments", &["json"])
        }
        Purpose::ExportAdjustments => dialog
            .set_title("Export adjustments")
            .set_file_name("adjustments.json")
            .add_filter("Adjustments", &["json"]),
        Purpose::ExportFolder => dialog.set_title("Export into a new or empty folder"),
        Purpose::Schema => dialog.set_title("Change the classes").add_filter("Schema (TOML)", &["toml"]),
        Purpose::ImportRules
        | Purpose::ExportRules
        | Purpose::Sheet
        | Purpose::Report
        | Purpose::BundleFolder
        | Purpose::Votes
        | Purpose::KnownCases => of_review(dialog, purpose),
        Purpose::ImportQuestions => dialog
            .set_title("Import questions")
            .add_filter("Questions", &["json", "jsonl", "parquet"])
            .add_filter("All files", &["*"]),
        Purpose::Answers => dialog
            .set_title("Take in what a model answered")
            .add_filter("Answers", &["json", "jsonl", "csv"])
            .add_filter("All files", &["*"]),
        Purpose::Extract => dialog
            .set_title("Answer from an extract of OpenStreetMap, too")
            .add_filter("Extracts (.osm.pbf)", &["pbf"])
            .add_filter("All files", &["*"]),
        Purpose::ExportQuestions(form) => {
            dialog.set_title("Export questions").set_file_name(form.file_name())
        }
        Purpose::Picture => dialog
            .set_title("Save picture")
            .set_file_name("map.png")
            .add_filter("Pictures", &["png", "tif", "pdf", "svg"]),
        Purpose::Checkpoint => dialog
            .set_title("Choose weights of the SAM family")
            .add_filter("Weights", &["pt", "pth", "safetensors"]),
        Purpose::Model => dialog.set_title("Open a model").add_filter("ONNX models", &["onnx"]),
        Purpose::SaveCopy => dialog.set_title("Save a copy").set_file_name("copy.gpkg"),
        Purpose::OpenLibrary => dialog
            .set_title("Open spectral libraries")
            .add_filter("Spectral libraries", &["sli", "hdr", "csv", "txt"])
            .add_filter("All files", &["*"]),
        Purpose::SaveSpectra => dialog
            .set_title("Save spectra")
            .set_file_name("spectra.csv")
            .add_filter("Table (CSV)", &["csv"])
            .add_filter("ENVI spectral library", &["sli"]),
        Purpose::SaveProduct(_) => dialog
            .set_title("Save as GeoTIFF")
            .set_file_name("product.tif")
            .add_filter("GeoTIFF", &["tif", "tiff"]),
    }
}

/// The same of what review reads and writes.
fn of_review(dialog: rfd::AsyncFileDialog, purpose: Purpose) -> rfd::AsyncFileDialog {
    match purpose {
        Purpose::ImportRules => dialog.set_title("Import rules").add_filter("Rules (TOML)", &["toml"]),
        Purpose::Sheet => dialog
            .set_title("Print cards")
            .set_file_name("cards.pdf")
            .add_filter("PDF or PNG", &["pdf", "png"]),
        Purpose::Report => dialog
            .set_title("Save report")
            .set_file_name("review.pdf")
            .add_filter("PDF or HTML", &["pdf", "html"]),
        Purpose::BundleFolder => dialog.set_title("Where to make the bundle"),
        Purpose::Votes => dialog.set_title("Take votes").add_filter("Votes", &["json"]),
        Purpose::KnownCases => dialog.set_title("Cases that you know").add_filter("Table (CSV)", &["csv"]),
        Purpose::ExportRules => {
            dialog.set_title("Export rules").set_file_name("rules.toml").add_filter("Rules (TOML)", &["toml"])
        }
        _ => dialog,
    }
}

impl Dialog {
    /// How it ended; `None` while it is open.
    pub fn poll(&self) -> Option<Answer> {
        match self.answer.try_recv() {
            Ok(answer) => Some(answer),
            Err(std::sync::mpsc::TryRecvError::Empty) => None,
            Err(std::sync::mpsc::TryRecvError::Disconnected) => Some(Answer::Cancelled),
        }
    }

    /// Opens a dialog; it runs beside the window, which goes on.
    pub fn open(purpose: Purpose, folder: Option<&Path>, wake: egui::Context) -> std::io::Result<Self> {
        let (tell, answer) = sync_channel(1);
        let began = Instant::now();
        let mut dialog = rfd::AsyncFileDialog::new();
        if let Some(folder) = folder {
            dialog = dialog.set_directory(folder);
        }
        dialog = described(dialog, purpose);
        let chosen: std::pin::Pin<Box<dyn Future<Output = Vec<PathBuf>> + Send>> = match purpose {
            Purpose::Import
            | Purpose::ImportAdjustments
            | Purpose::ImportQuestions
            | Purpose::Answers
            | Purpose::ImportRules
            | Purpose::Votes
            | Purpose::KnownCases
            | Purpose::Schema
            | Purpose::Extract
            | Purpose::Checkpoint
            | Purpose::Model
            | Purpose::Relink(_) => {
                let file = dialog.pick_file();
                Box::pin(async move { file.await.map(|f| f.path().to_owned()).into_iter().collect() })
            }
            Purpose::ExportFolder | Purpose::OpenFolder | Purpose::BundleFolder => {
                let folder = dialog.pick_folder();
                Box::pin(async move { folder.await.map(|f| f.path().to_owned()).into_iter().collect() })
            }
            Purpose::Open | Purpose::AddImagery | Purpose::OpenLibrary | Purpose::JoinCopies => {
                let files = dialog.pick_files();
                Box::pin(async move {
                    files.await.unwrap_or_default().iter().map(|f| f.path().to_owned()).collect()
                })
            }
            // All others save one.
            _ => {
                let file = dialog.save_file();
                Box::pin(async move { file.await.map(|f| f.path().to_owned()).into_iter().collect() })
            }
        };
        std::thread::Builder::new().name("file dialog".to_owned()).spawn(move || {
            let paths = pollster::block_on(chosen);
            // Nobody listens any more when the window was closed meanwhile.
            let _ = tell.send(Answer::of(paths, began.elapsed()));
            wake.request_repaint();
        })?;
        Ok(Self { purpose, answer })
    }
}

/// A large change of shapes on its way.
#[derive(Debug)]
pub struct LongChange {
    pub shaping: Shaping,
    pub job: Job<Result<Outcome, GeometryError>>,
}

/// Everything that is under way.
#[derive(Debug, Default)]
pub struct Work {
    pub projects: Vec<Job<FoundProject>>,
    pub images: Vec<Job<FoundImage>>,
    /// Images that are to take the place of one that was moved.
    pub relinks: HashMap<LayerId, Job<FoundImage>>,
    pub layers: HashMap<LayerId, Job<LayerView>>,
    pub statistics: HashMap<LayerId, Job<Measured>>,
    pub overviews: HashMap<LayerId, Job<()>>,
    /// Images that lack overviews, and since when they are open.
    pub overviews_due: HashMap<LayerId, Instant>,
    pub probe: Option<Job<Probe>>,
    pub dialogs: Vec<Dialog>,
    pub verify: Option<Job<Verification>>,
    /// The order of reading of a large project, made anew.
    pub order: Option<Job<ReadingOrder>>,
    /// A large change of shapes.
    pub shaping: Option<LongChange>,
    /// A change of very many regions.
    pub(crate) bulk: Option<BulkWork>,
    pub(crate) selecting: Option<Job<Selection>>,
    /// The box around a selection of very many.
    pub(crate) boxing: Option<Job<SelectionBox>>,
    /// Copies of the open project.
    pub(crate) backups: BackupWork,
    /// Large things that nobody needs any more, being let go of.
    pub(crate) tidying: Vec<Job<()>>,
}

impl Work {
    /// True while something is under way that changes what is shown, so that a picture would be premature.
    pub fn is_busy(&self) -> bool {
        !(self.projects.is_empty()
            && self.images.is_empty()
            && self.relinks.is_empty()
            && self.layers.is_empty()
            && self.statistics.is_empty()
            && self.overviews.is_empty()
            && self.overviews_due.is_empty()
            && self.verify.is_none()
            && self.order.is_none()
            && self.shaping.is_none()
            && self.bulk.is_none()
            && self.selecting.is_none()
            && self.boxing.is_none())
    }
}

/// Takes the jobs out of a list that have ended.
pub fn ended<T>(jobs: &mut Vec<Job<T>>) -> Vec<Result<T, JobFailure>> {
    let mut results = Vec::new();
    jobs.retain(|job| match job.poll() {
        Some(result) => {
            results.push(result);
            false
        }
        None => true,
    });
    results
}

/// The same for jobs by name.
pub(crate) fn ended_of<K: Copy + Eq + std::hash::Hash, T>(
    jobs: &mut HashMap<K, Job<T>>,
) -> Vec<(K, Result<T, JobFailure>)> {
    let mut results = Vec::new();
    jobs.retain(|key, job| match job.poll() {
        Some(result) => {
            results.push((*key, result));
            false
        }
        None => true,
    });
    results
}

/// Opens a project file and moves its writing to a thread.
pub fn open_project(
    jobs: &Jobs,
    path: PathBuf,
    mode: OpenMode,
    then: Vec<PathBuf>,
    key: Key,
) -> Job<FoundProject> {
    let title = format!("Open {}", file_name(&path));
    jobs.spawn(Priority::Normal, title, move |_: &JobContext| -> Result<FoundProject, JobFailure> {
        let session = Session::open(&path, mode).map_err(|error| Unopened::of(&path, error))?;
        let session = signed(session, key).in_background()?;
        let counts = Counts::of(session.project());
        Ok(FoundProject { session, counts, scratch: false, then, copied: None, joined: None, restored: None })
    })
}

/// Makes a project with classes to start from.
pub fn make_project(
    jobs: &Jobs,
    path: PathBuf,
    holder: String,
    at_ms: i64,
    scratch: bool,
    then: Vec<PathBuf>,
    key: Key,
) -> Job<FoundProject> {
    let title = format!("Make {}", file_name(&path));
    jobs.spawn(Priority::Normal, title, move |_: &JobContext| -> Result<FoundProject, JobFailure> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let identity = Identity::new(PROGRAM, at_ms);
        let mut session = signed(Session::create(&path, &identity, &holder)?, key);
        let schema = Arc::new(project::Schema::joint_damage_scale());
        let edit = project::Edit::Schema(project::Change::create((), schema));
        session.edit(&project::Author::new(&holder), at_ms, edit)?;
        let counts = Counts::of(session.project());
        let session = session.in_background()?;
        Ok(FoundProject { session, counts, scratch, then, copied: None, joined: None, restored: None })
    })
}

/// Puts the regions of a project into the order of reading.
pub fn order_regions(jobs: &Jobs, project: Project) -> Job<ReadingOrder> {
    jobs.spawn(Priority::Background, "Put regions in order".to_owned(), move |_: &JobContext| {
        Ok::<_, JobFailure>(ReadingOrder::new(&project))
    })
}

/// Closes a project so that all of it is in one file, copies (or moves) that file, and opens it again.
pub fn copy_project(
    jobs: &Jobs,
    session: Session,
    to: PathBuf,
    moves: bool,
    holder: String,
    key: Key,
) -> Job<FoundProject> {
    let title = format!("Save as {}", file_name(&to));
    jobs.spawn(Priority::Normal, title, move |_: &JobContext| -> Result<FoundProject, JobFailure> {
        let from = session.path().to_owned();
        session.close()?;
        let copied = copy_file(&from, &to);
        let moved = moves && copied.is_ok();
        let path = if moved { &to } else { &from };
        let session = signed(Session::open(path, OpenMode::ReadWrite { holder })?, key).in_background()?;
        if moved {
            // The copy is open and whole; a leftover does no harm.
            let _ = std::fs::remove_file(&from);
            store::backups::forget_generations(&from);
        }
        let copied = Some(copied.map(|()| to.clone()).map_err(|e| e.to_string()));
        let counts = Counts::of(session.project());
        let scratch = moves && !moved;
        Ok(FoundProject { session, counts, scratch, then: Vec::new(), copied, joined: None, restored: None })
    })
}

/// Closes a project, takes the other copies over, and opens it again.
pub fn join_copies(
    jobs: &Jobs,
    session: Session,
    plan: MergePlan,
    author: Author,
    at_ms: i64,
    key: Key,
) -> Job<FoundProject> {
    jobs.spawn(Priority::Normal, "Join copies", move |_: &JobContext| -> Result<FoundProject, JobFailure> {
        let path = session.path().to_owned();
        let signer = key.as_ref().map(|(signer, _)| signer.clone());
        let closed = session.close();
        let joined = closed.and_then(|()| plan.carry_out(&author, signer.as_ref(), at_ms));
        let joined = Some(
            joined
                .map_err(|e| Trouble { text: e.to_string(), hint: e.hint().unwrap_or_default().to_owned() }),
        );
        let holder = author.name().to_owned();
        let session = signed(Session::open(&path, OpenMode::ReadWrite { holder })?, key).in_background()?;
        let counts = Counts::of(session.project());
        Ok(FoundProject {
            session,
            counts,
            scratch: false,
            then: Vec::new(),
            copied: None,
            joined,
            restored: None,
        })
    })
}

/// Writes what is on screen to a new file, from memory alone, and opens that: the project's own file cannot be
/// written. The session stays as it is.
pub fn rescue_project(
    jobs: &Jobs,
    session: &Session,
    to: PathBuf,
    holder: String,
    now_ms: i64,
    key: Key,
) -> Job<FoundProject> {
    let (project, history) = (session.project().clone(), session.history().clone());
    let draft = session.draft().map(str::to_owned);
    let title = format!("Save as {}", file_name(&to));
    jobs.spawn(Priority::Normal, title, move |_: &JobContext| -> Result<FoundProject, JobFailure> {
        let identity = Identity::new(PROGRAM, now_ms);
        store::rescue(&project, &history, draft.as_deref(), &to, &identity)?;
        let session = signed(Session::open(&to, OpenMode::ReadWrite { holder })?, key).in_background()?;
        let counts = Counts::of(session.project());
        let copied = Some(Ok(to));
        Ok(FoundProject {
            session,
            counts,
            scratch: false,
            then: Vec::new(),
            copied,
            joined: None,
            restored: None,
        })
    })
}

/// Through a file beside, so that nothing half-written bears the name.
pub(crate) fn copy_file(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut beside = to.as_os_str().to_owned();
    beside.push(".part");
    let copied = std::fs::copy(from, &beside).and_then(|_| std::fs::rename(&beside, to));
    if copied.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    copied
}

/// Opens an image; waiting for a server ends when the job is cancelled.
fn open_source(ctx: &JobContext, path: &Path) -> Result<Source, raster::OpenError> {
    let job = ctx.clone();
    raster::while_wanted(move || !job.is_cancelled(), || Source::open(path))
}

/// Opens an image and says what layer it would make.
pub fn look_at_image(jobs: &Jobs, path: PathBuf, project_folder: Option<PathBuf>) -> Job<FoundImage> {
    let title = format!("Open {}", file_name(&path));
    jobs.spawn(Priority::Normal, title, move |ctx: &JobContext| {
        looked_at(ctx, &path, project_folder.as_deref())
    })
}

/// An image and the layer it would make.
pub(crate) fn looked_at(
    ctx: &JobContext,
    path: &Path,
    project_folder: Option<&Path>,
) -> Result<FoundImage, JobFailure> {
    let source = open_source(ctx, path)?;
    let rendering = Rendering::of(&source)?;
    let image = source.image();
    let named = if raster::is_address(path) { Path::new(&image.name) } else { path };
    let name = named.file_stem().map_or_else(|| image.name.clone(), |s| s.to_string_lossy().into_owned());
    let layer = project::Layer {
        role: LayerRole::guess(&name),
        name,
        path: stored_path(path, project_folder),
        crs: image.crs.clone(),
        transform: image.transform,
        warp: image.warp.clone(),
        width: image.width,
        height: image.height,
        bands: image.bands.len() as u32,
        order: 0,
        alignment: spatial::align::Method::default(),
        sha256: None,
    };
    Ok(FoundImage { source: Arc::new(source), rendering, layer })
}

/// Opens the image of a layer that the project has already.
pub fn open_layer(
    jobs: &Jobs,
    layer: &project::Layer,
    folder: Option<&Path>,
    number: u64,
    world_crs: Option<Crs>,
) -> Job<LayerView> {
    let path = found_path(&layer.path, folder);
    let title = format!("Open {}", layer.name);
    jobs.spawn(Priority::Normal, title, move |ctx: &JobContext| -> Result<LayerView, JobFailure> {
        let source = open_source(ctx, &path)?;
        let rendering = Rendering::of(&source)?;
        Ok(LayerView::new(number, Arc::new(source), rendering, world_crs.as_ref())?)
    })
}

/// Makes the overviews that an image lacks.
pub fn build_overviews(jobs: &Jobs, source: &Arc<Source>) -> Job<()> {
    let source = Arc::clone(source);
    let title = format!("Build overviews of {}", source.image().name);
    jobs.spawn(Priority::Background, title, move |ctx: &JobContext| -> Result<(), JobFailure> {
        let progress = |share: f64| {
            ctx.progress((share * 1000.0) as u64, 1000);
            !ctx.is_cancelled()
        };
        raster::overviews::build(&source, &progress)?;
        Ok(())
    })
}

/// Path as the project keeps it: relative to its folder where possible, `/` as the separator.
fn stored_path(path: &Path, folder: Option<&Path>) -> String {
    if raster::is_address(path) {
        return path.to_string_lossy().into_owned();
    }
    let absolute = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let kept = folder.and_then(|f| absolute.strip_prefix(f).ok()).unwrap_or(&absolute);
    kept.to_string_lossy().replace('\\', "/")
}

pub(crate) fn found_path(stored: &str, folder: Option<&Path>) -> PathBuf {
    folder.map_or_else(|| PathBuf::from(stored), |folder| raster::located(folder, stored))
}

/// The name of a file without its folder.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_ends_at_once_with_nothing_never_was() {
        let (soon, later) = (Duration::from_millis(20), Duration::from_secs(2));
        assert_eq!(Answer::of(Vec::new(), soon), Answer::NoDialog);
        assert_eq!(Answer::of(Vec::new(), later), Answer::Cancelled);
        assert_eq!(Answer::of(vec!["a.tif".into()], soon), Answer::Chosen(vec!["a.tif".into()]));
    }

    #[test]
    fn imagery_beside_the_project_is_kept_by_a_relative_path() {
        let folder = tempfile::tempdir().expect("folder");
        let root = folder.path().canonicalize().expect("real");
        let image = root.join("images").join("post.tif");
        std::fs::create_dir_all(image.parent().expect("parent")).expect("made");
        std::fs::write(&image, b"").expect("written");
        let stored = stored_path(&image, Some(&root));
        assert_eq!(stored, "images/post.tif");
        assert_eq!(found_path(&stored, Some(&root)), image);
        let address = "https://a.org/tiles/post.tif?v=2";
        assert_eq!(stored_path(Path::new(address), Some(&root)), address);
        assert_eq!(found_path(address, Some(&root)), PathBuf::from(address));
        let elsewhere = stored_path(&image, Some(Path::new("/somewhere/else")));
        assert_eq!(found_path(&elsewhere, Some(&root)), image);
    }
}
