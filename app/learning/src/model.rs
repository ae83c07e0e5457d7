//! A model on disk: what it is (`manifest.toml`) and its weights (`weights.safetensors`).

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::intervals::Intervals;
use crate::network::{Family, LARGEST_WEIGHTS, Predictor};
use crate::scores::{Bin, Calibration, Confusion};
use crate::train::{Epoch, Kind, Taught};
use crate::{Engine, LearningError, NetShape, Normal};

const MANIFEST: &str = "manifest.toml";
const WEIGHTS: &str = "weights.safetensors";
/// The version of the manifest that this program writes, and the highest it reads.
const VERSION: u32 = 1;
/// No manifest is larger.
const LARGEST_MANIFEST: u64 = 16 << 20;
/// The most bands and classes that a manifest may ask memory for.
const MOST_BANDS: usize = 1024;
const MOST_CLASSES: usize = 250;

/// What a model is and what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub version: u32,
    /// Stands behind `model:` in the name of the author of its predictions.
    pub id: String,
    pub family: String,
    pub size: String,
    pub kind: Kind,
    /// Bands that it reads, from 0.
    pub bands: Vec<usize>,
    /// What a pixel of its grid spans; `None` where the imagery had no scale.
    pub metres_per_px: Option<f64>,
    /// Side of the chips that it learnt from, in pixels of its grid.
    pub chip_px: usize,
    /// Codes of its classes, in the order of its outputs; an empty one is what no region claims.
    pub classes: Vec<String>,
    /// Of `weights.safetensors`, lower-case hex.
    pub sha256: String,
    pub normal: Normal,
    pub training: Training,
    pub scores: Scores,
}

/// What it was made from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    pub project: String,
    pub journal_seq: u64,
    /// Which regions it learnt from, as a query; empty for all that are labelled.
    pub query: String,
    pub layers: Vec<String>,
    /// How what is held out was chosen, in words.
    pub split: String,
    pub seed: u64,
    /// SHA-256 of the weights that it began with; empty where they came from the seed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub began_with: String,
    pub epochs: usize,
    pub best_epoch: usize,
    pub regions: usize,
    pub held_out_regions: usize,
    /// What a pixel of the finest and of the coarsest layer spans, in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gsd_m: Option<[f64; 2]>,
    pub device: String,
    pub program: String,
    pub at_ms: i64,
    pub seconds: f64,
    /// Every epoch, for its curves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Epoch>,
}

/// How good it was on what was held out. Rows of the confusion are what is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    pub macro_f1: f64,
    pub accuracy: f64,
    pub mean_iou: f64,
    /// The accuracy of always saying the commonest class.
    pub majority: f64,
    pub calibration: Calibration,
    pub confusion: Confusion,
    /// How far they can be trusted, where enough was held out to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Intervals>,
    /// How honest its probabilities are, before and after the temperature.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reliability: Vec<Vec<Bin>>,
}

impl Scores {
    pub fn new(confusion: Confusion, calibration: Calibration) -> Self {
        Self {
            macro_f1: confusion.macro_f1(),
            accuracy: confusion.accuracy(),
            mean_iou: confusion.mean_iou(),
            majority: confusion.majority(),
            calibration,
            confusion,
            intervals: None,
            reliability: Vec::new(),
        }
    }

    /// False where nothing was held out, so that nobody knows how good it is.
    pub fn are_known(&self) -> bool {
        self.confusion.total() > 0
    }

    /// Of a training.
    pub fn of(taught: &Taught) -> Self {
        let reliability = taught.reliability.to_vec();
        let intervals = taught.intervals.clone();
        Self { intervals, reliability, ..Self::new(taught.confusion.clone(), taught.calibration) }
    }
}

impl Manifest {
    /// The shape of its network.
    pub fn shape(&self) -> NetShape {
        let shown = usize::from(self.kind == Kind::Regions);
        NetShape { size: self.size.clone(), inputs: self.bands.len() + shown, classes: self.classes.len() }
    }

    /// The name that the weights give a model: family, kind, and the beginning of their hash.
    pub fn name_of(family: &str, kind: Kind, sha256: &str) -> String {
        let what = match kind {
            Kind::Pixels => "pixels",
            Kind::Regions => "regions",
        };
        format!("{family}-{what}-{}", sha256.get(..8).unwrap_or(sha256))
    }

    /// Reads what a folder says of its model, without the weights: for lists.
    pub fn read(folder: &Path) -> Result<Self, LearningError> {
        let manifest = bounded(&folder.join(MANIFEST), LARGEST_MANIFEST)?;
        let text = String::from_utf8_lossy(&manifest);
        let manifest: Self = toml::from_str(&text).map_err(|error| {
            LearningError::refused(
                format!("{} is not a model's manifest: {}", folder.join(MANIFEST).display(), error.message()),
                "name the folder that `orthoscope train` wrote",
            )
        })?;
        manifest.check(folder)?;
        Ok(manifest)
    }

    /// True for a folder that looks like a model's.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(MANIFEST).is_file()
    }

    fn check(&self, folder: &Path) -> Result<(), LearningError> {
        let refuse = |why: String| {
            Err(LearningError::refused(
                format!("The model in {} {why}", folder.display()),
                "train it again, or copy its folder again from where it came",
            ))
        };
        if self.version > VERSION {
            return refuse(format!("was written by a newer Orthoscope (version {})", self.version));
        }
        let bands = self.bands.len();
        if bands == 0
            || bands > MOST_BANDS
            || self.normal.mean.len() != bands
            || self.normal.spread.len() != bands
        {
            return refuse(format!("names {bands} bands, and norms for {}", self.normal.mean.len()));
        }
        if !(2..=MOST_CLASSES).contains(&self.classes.len()) {
            return refuse(format!("has {} classes", self.classes.len()));
        }
        let sound = |n: &f32| n.is_finite();
        if !self.normal.mean.iter().all(sound) || !self.normal.spread.iter().all(|s| sound(s) && *s > 0.0) {
            return refuse("has norms that are no numbers".into());
        }
        let scale = self.metres_per_px.unwrap_or(1.0);
        let temperature = self.scores.calibration.temperature;
        if !(scale.is_finite() && scale > 0.0 && temperature.is_finite() && temperature > 0.0) {
            return refuse("has a scale or a temperature that is no number".into());
        }
        if self.chip_px == 0 || self.chip_px > 1 << 14 {
            return refuse(format!("learnt from chips of {} pixels", self.chip_px));
        }
        Ok(())
    }
}

/// SHA-256 as lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// A model as it lies in its folder.
#[derive(Clone, Debug)]
pub struct Model {
    pub manifest: Manifest,
    pub weights: Vec<u8>,
}

impl Model {
    /// Writes the folder beside its place and then in its place; a model that is there is replaced.
    pub fn write(&self, folder: &Path) -> Result<(), LearningError> {
        let text = toml::to_string_pretty(&self.manifest)
            .map_err(|error| LearningError::Device(format!("the manifest cannot be written: {error}")))?;
        let put = || -> std::io::Result<()> {
            fs::create_dir_all(folder)?;
            // The weights first: a manifest names them by their hash, so that the two cannot be of two models unnoticed.
            for (name, bytes) in [(WEIGHTS, self.weights.as_slice()), (MANIFEST, text.as_bytes())] {
                let beside = folder.join(format!("{name}.new"));
                fs::write(&beside, bytes)?;
                fs::rename(&beside, folder.join(name))?;
            }
            Ok(())
        };
        put().map_err(LearningError::file(folder))
    }

    /// Reads a folder and checks that the weights are those that its manifest names.
    pub fn read(folder: &Path) -> Result<Self, LearningError> {
        let manifest = Manifest::read(folder)?;
        let weights = bounded(&folder.join(WEIGHTS), LARGEST_WEIGHTS)?;
        if sha256(&weights) != manifest.sha256 {
            return Err(LearningError::refused(
                format!("The weights in {} are not those that the manifest names", folder.display()),
                "copy the folder again from where it came, or train anew",
            ));
        }
        Ok(Self { manifest, weights })
    }

    /// The network itself, of one of the families there are.
    pub fn open(
        &self,
        families: &[&dyn Family],
        engine: &Engine,
    ) -> Result<Box<dyn Predictor>, LearningError> {
        let family = family(families, &self.manifest.family)?;
        family.open(&self.manifest.shape(), self.weights.clone(), engine)
    }
}

/// A family by name.
pub fn family<'a>(families: &[&'a dyn Family], name: &str) -> Result<&'a dyn Family, LearningError> {
    families.iter().copied().find(|f| f.facts().name == name).ok_or_else(|| {
        let names: Vec<&str> = families.iter().map(|f| f.facts().name).collect();
        LearningError::refused(
            format!("There is no family `{name}` of networks"),
            format!("the families are: {}", names.join(", ")),
        )
    })
}

fn bounded(path: &PathBuf, most: u64) -> Result<Vec<u8>, LearningError> {
    let size = fs::metadata(path).map_err(LearningError::file(path))?.len();
    if size > most {
        return Err(LearningError::refused(
            format!("{} is larger than {} MB", path.display(), most >> 20),
            "this is no file of a model",
        ));
    }
    fs::read(path).map_err(LearningError::file(path))
}
