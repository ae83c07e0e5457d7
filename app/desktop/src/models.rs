//! Models as the window shows them: those beside the project, the one that is being taught, and what they propose.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jobs::JobId;
use learning::{Engine, LearningError, Manifest};
use project::{Author, LayerId, Project};
use query::{Asker, Condition, Facts, Needs, Query, Vocabulary};
use serde::{Deserialize, Serialize};
use teaching::{Outlook, Pace, Progress, Split, Task, Wanted};

use crate::proposing::{ProposalAsk, Queue};

/// Ending of the file that says how a training was begun, beside the folder that it keeps its state in.
pub const BEGUN: &str = "teach.toml";
/// Models that are listed.
const MOST_MODELS: usize = 256;
/// Entries of a folder that are looked at.
const MOST_ENTRIES: usize = 4_096;

/// What is to be taught, as somebody fills it in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// A class for each region, not for each pixel.
    pub damage: bool,
    pub family: String,
    /// Of the network; empty: the family's usual one.
    pub size: String,
    /// None: those that are learnt from as a rule.
    pub layers: BTreeSet<LayerId>,
    /// Which regions, in the words of the table; empty: all that are labelled.
    pub query: String,
    pub accepted: bool,
    /// The layer that is held out; none: blocks of ground.
    pub held_out: Option<LayerId>,
    pub share_percent: u32,
    pub epochs: u32,
    pub chip_px: u32,
    pub least: u32,
    pub seed: u32,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            damage: false,
            family: "unet".into(),
            size: String::new(),
            layers: BTreeSet::new(),
            query: String::new(),
            accepted: false,
            held_out: None,
            share_percent: 25,
            epochs: 30,
            chip_px: 128,
            least: 2,
            seed: 0,
        }
    }
}

impl Form {
    /// What suits a project: where classes are steps of a scale, as damage is, regions are judged.
    pub fn fitting(project: &Project) -> Self {
        let ranked =
            project.schema().is_some_and(|s| s.classes.iter().filter(|c| c.rank.is_some()).count() > 1);
        Self { damage: ranked, ..Self::default() }
    }

    /// What it asks for in a project; what is wrong with the query is said with its place.
    pub fn wanted(&self, project: &Project, member: &Author) -> Result<Wanted, LearningError> {
        let task = if self.damage { Task::Damage } else { Task::Segmentation };
        let mut wanted = Wanted::new(task);
        if !self.query.trim().is_empty() {
            let explain = |error: query::QueryError| LearningError::refused(error.message, error.hint);
            let query = Query::parse(&self.query).map_err(explain)?;
            let asker = Asker::new(member);
            let condition = Condition::new(&query, &Vocabulary::of(project), &asker).map_err(explain)?;
            if condition.needs().edits {
                return Err(LearningError::refused(
                    "It is not known here when a region was last edited",
                    "ask `labelled_at` or `created`",
                ));
            }
            let facts = Facts::of(project, Needs::default().and(condition.needs()));
            wanted.regions = Some(condition.regions(&facts).into_iter().collect());
            wanted.query = query.naming(&asker).to_string();
        }
        wanted.size = Some(self.size.clone()).filter(|size| !size.is_empty());
        wanted.layers = self.layers.iter().copied().collect();
        wanted.accepted = self.accepted;
        wanted.least = self.least as usize;
        wanted.chip_px = self.chip_px as usize;
        wanted.split = match self.held_out {
            Some(layer) => Split::Layer(layer),
            None => Split::Blocks { share: f64::from(self.share_percent) / 100.0, side_m: None },
        };
        wanted.seed = u64::from(self.seed);
        Ok(wanted)
    }

    pub fn pace(&self) -> Pace {
        Pace { epochs: self.epochs as usize, ..Pace::default() }
    }

    /// `damage-unet`.
    fn name(&self) -> String {
        format!("{}-{}", if self.damage { "damage" } else { "segmentation" }, self.family)
    }
}

/// A model beside the project, or one that was opened.
#[derive(Clone, Debug)]
pub struct Found {
    /// Or its .onnx file.
    pub folder: PathBuf,
    pub manifest: Manifest,
}

impl Found {
    /// What the folder, or the file, is called.
    pub fn name(&self) -> String {
        crate::work::file_name(&self.folder)
    }

    /// An ONNX model of the user's own.
    pub fn is_own(&self) -> bool {
        teaching::is_own(&self.manifest)
    }
}

/// A training that was stopped and can be gone on with.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    pub name: String,
    pub form: Form,
    /// It has been through one epoch at least, so that there is something to go on from.
    pub has_state: bool,
}

/// What lies beside a project.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    pub models: Vec<Found>,
    pub unfinished: Vec<Unfinished>,
    /// Folders of models that cannot be read, and why.
    pub broken: Vec<String>,
    /// Why ONNX models cannot be asked here, and what would help; `None` where they can, or there are none.
    pub no_runtime: Option<Refusal>,
}

impl Listed {
    /// Looks into the folder of a project's models, at the folders beside the project, and into one called `models` there;
    /// and at the .onnx files that were opened from elsewhere.
    pub fn beside(project: &Path, opened: &[PathBuf]) -> Self {
        let mut listed = Self::default();
        let own = folder_of(project);
        let beside = project.parent().map(Path::to_owned).unwrap_or_default();
        let shared = beside.join("models");
        for folder in [own.as_path(), beside.as_path(), shared.as_path()] {
            for path in entries(folder) {
                listed.look_at(path);
            }
        }
        for path in opened {
            listed.look_at(path.clone());
        }
        if listed.models.iter().any(Found::is_own) {
            let said = |text: &str| crate::format::sentence(text);
            let why = teaching::runtime().err();
            listed.no_runtime = why.map(|error| (said(&error.to_string()), said(&error.hint())));
        }
        for path in entries(&own) {
            let name = crate::work::file_name(&path);
            let Some(name) = name.strip_suffix(&format!(".{BEGUN}")) else { continue };
            let form = std::fs::read_to_string(&path).ok().and_then(|text| toml::from_str(&text).ok());
            if let Some(form) = form {
                let has_state = checkpoint(&own, name).exists();
                listed.unfinished.push(Unfinished { name: name.to_owned(), form, has_state });
            }
        }
        listed.models.sort_by_key(|found| std::cmp::Reverse(found.manifest.training.at_ms));
        listed
    }

    fn look_at(&mut self, path: PathBuf) {
        let known = self.models.iter().any(|found| found.folder == path);
        if known || self.models.len() >= MOST_MODELS || !teaching::is_model(&path) {
            return;
        }
        match teaching::described(&path) {
            Ok(manifest) => self.models.push(Found { folder: path, manifest }),
            Err(error) => self.broken.push(crate::format::sentence(&error.to_string())),
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.take(MOST_ENTRIES).flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Where the models of a project lie: `town.models` beside `town.gpkg`.
pub fn folder_of(project: &Path) -> PathBuf {
    project.with_extension("models")
}

/// Where a training keeps what it has reached.
pub fn checkpoint(models: &Path, name: &str) -> PathBuf {
    models.join(format!("{name}.training"))
}

/// A name that no model and no training has yet: `damage-unet-2`.
pub fn free_name(models: &Path, form: &Form) -> String {
    let stem = form.name();
    let taken = |name: &str| {
        models.join(name).exists()
            || models.join(format!("{name}.{BEGUN}")).exists()
            || checkpoint(models, name).exists()
    };
    let mut names = (1..).map(|n: u32| format!("{stem}-{n}"));
    names.find(|name| !taken(name)).unwrap_or(stem)
}

/// The device that learns, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSaid {
    pub name: String,
    pub is_gpu: bool,
    /// Why the graphics adapter that draws the window does not learn.
    pub refused: Option<String>,
}

impl DeviceSaid {
    pub fn of(engine: &Engine) -> Self {
        let refused = engine.refused().map(ToOwned::to_owned);
        Self { name: engine.name().to_owned(), is_gpu: engine.is_gpu(), refused }
    }
}

/// How a training ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Taught,
    Stopped,
    /// Why.
    Failed(String),
}

/// The training that is under way, or was last.
#[derive(Clone, Debug)]
pub struct Course {
    pub name: String,
    pub form: Form,
    pub job: JobId,
    pub progress: Progress,
    pub ended: Option<Ended>,
}

impl Course {
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }
}

/// What a model is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Area {
    /// What the map shows.
    #[default]
    View,
    /// The box around the selected regions.
    Selection,
    Layer,
}

impl Area {
    pub const ALL: [Self; 3] = [Self::View, Self::Selection, Self::Layer];

    pub const fn text(self) -> &'static str {
        match self {
            Self::View => "View",
            Self::Selection => "Selection",
            Self::Layer => "Whole layer",
        }
    }
}

/// How a model is asked, as somebody fills it in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// None: the layer that is shown.
    pub layer: Option<LayerId>,
    pub area: Area,
}

/// What the outlook is of.
#[derive(Clone, Debug, PartialEq)]
pub struct OutlookKey {
    pub form: Form,
    pub path: PathBuf,
    pub seq: u64,
    pub member: Author,
}

/// What is wrong, and what would help.
pub type Refusal = (String, String);

/// Models, the form, the training, and the queue of proposals.
#[derive(Debug, Default)]
pub struct Desk {
    /// None until it is known.
    pub device: Option<DeviceSaid>,
    pub listed: Listed,
    /// The project whose models are listed.
    pub(crate) of: Option<PathBuf>,
    /// The folder of the chosen model.
    pub chosen: Option<PathBuf>,
    pub form: Form,
    /// The form was made to suit the project.
    pub(crate) formed: bool,
    pub outlook: Option<(OutlookKey, Result<Outlook, Refusal>)>,
    pub course: Option<Course>,
    pub request: Request,
    /// What does not fit between the chosen model and the layer it is asked about.
    pub warnings: Vec<String>,
    pub(crate) warned_of: Option<(PathBuf, LayerId, u64)>,
    pub predicting: Option<JobId>,
    pub queue: Queue,
}

/// What the panels of models ask for.
#[derive(Clone, Debug)]
pub enum ModelAsk {
    Form(Box<Form>),
    /// Go on with a training that was stopped.
    Resume(String),
    /// Give up what a stopped training had reached.
    Discard(String),
    Choose(PathBuf),
    /// Look for an .onnx file.
    Open,
    Ask(Request),
    Proposal(ProposalAsk),
}

impl Desk {
    pub fn chosen(&self) -> Option<&Found> {
        let chosen = self.chosen.as_ref()?;
        self.listed.models.iter().find(|found| found.folder == *chosen)
    }

    pub fn is_teaching(&self) -> bool {
        self.course.as_ref().is_some_and(Course::is_running)
    }

    /// Why what the form says cannot be taught, as far as it is known.
    pub fn trouble(&self) -> Option<&Refusal> {
        self.outlook.as_ref().and_then(|(_, outlook)| outlook.as_ref().err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_comes_back_as_it_was_and_older_ones_are_filled_up() {
        let form = Form { damage: true, epochs: 7, query: "author = Ana".into(), ..Form::default() };
        let text = toml::to_string(&form).expect("written");
        assert_eq!(toml::from_str::<Form>(&text).expect("read"), form);
        assert_eq!(toml::from_str::<Form>("epochs = 3").expect("read").epochs, 3);
    }

    #[test]
    fn a_new_model_takes_no_name_that_a_model_or_a_training_has() {
        let folder = tempfile::tempdir().expect("a folder");
        let form = Form { damage: true, ..Form::default() };
        assert_eq!(free_name(folder.path(), &form), "damage-unet-1");
        std::fs::create_dir(folder.path().join("damage-unet-1")).expect("made");
        std::fs::write(folder.path().join(format!("damage-unet-2.{BEGUN}")), "").expect("written");
        std::fs::create_dir(checkpoint(folder.path(), "damage-unet-3")).expect("made");
        assert_eq!(free_name(folder.path(), &form), "damage-unet-4");
    }

    #[test]
    fn folders_that_are_no_models_are_left_out_and_broken_ones_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let project = folder.path().join("town.gpkg");
        let models = folder_of(&project);
        std::fs::create_dir_all(models.join("broken")).expect("made");
        std::fs::create_dir_all(models.join("pictures")).expect("made");
        for near in ["beside", "models/within"] {
            std::fs::create_dir_all(folder.path().join(near)).expect("made");
            std::fs::write(folder.path().join(near).join("manifest.toml"), "version = 1").expect("written");
        }
        std::fs::write(models.join("broken/manifest.toml"), "version = \"one\"").expect("written");
        std::fs::write(models.join(format!("a.{BEGUN}")), "damage = true").expect("written");
        std::fs::write(models.join(format!("b.{BEGUN}")), "damage = [").expect("written");
        let listed = Listed::beside(&project, &[]);
        assert!(listed.models.is_empty());
        let named = |name: &str| listed.broken.iter().filter(|why| why.contains(name)).count();
        assert_eq!(["broken", "beside", "within"].map(named), [1, 1, 1], "{:?}", listed.broken);
        assert_eq!(listed.unfinished.len(), 1);
        assert!(listed.unfinished[0].form.damage && !listed.unfinished[0].has_state);
    }
}
