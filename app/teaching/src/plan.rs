//! A training planned: what is learnt from, what is held out, how long.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use learning::{
    Augment, ChipSource as _, Course, Engine, Epoch, Family, Kind, LearningError, Lesson, Manifest, Model,
    NetShape, News, Normal, Scores, Taught, Training, Watch,
};
use project::{Layer, LayerId, Project, RegionId};
use raster::Source;

use crate::{Field, Grid, Material, Sides, Split, Syllabus, Task, View};

/// Chips that the spread of samples is found from.
const LOOKED_AT: usize = 200;

/// What is to be learnt, and from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub task: Task,
    /// The size of the network; none: the family's usual one.
    pub size: Option<String>,
    /// None: those that are learnt from as a rule.
    pub layers: Vec<LayerId>,
    /// The regions that are learnt from; none: all.
    pub regions: Option<HashSet<RegionId>>,
    /// The words that found them.
    pub query: String,
    /// Only what review has accepted, with the class that was agreed on.
    pub accepted: bool,
    /// What no region claims is a class of its own, not unknown (segmentation).
    pub background: bool,
    /// Classes of fewer regions are left out.
    pub least: usize,
    /// From 0; none: those that are learnt from as a rule.
    pub bands: Vec<usize>,
    pub metres_per_px: Option<f64>,
    /// Side of the chips in pixels of the network; rounded up to what the family asks for.
    pub chip_px: usize,
    pub split: Split,
    pub seed: u64,
}

impl Wanted {
    pub fn new(task: Task) -> Self {
        Self {
            task,
            size: None,
            layers: Vec::new(),
            regions: None,
            query: String::new(),
            accepted: false,
            background: true,
            least: 2,
            bands: Vec::new(),
            metres_per_px: None,
            chip_px: 128,
            split: Split::default(),
            seed: 0,
        }
    }

    /// The regions and classes that follow; an error where there is nothing to tell apart.
    pub fn syllabus(&self, project: &Project) -> Result<Syllabus, LearningError> {
        let wanted = |id: RegionId| self.regions.as_ref().is_none_or(|chosen| chosen.contains(&id));
        Syllabus::of(project, self.task, &wanted, (self.accepted, self.background, self.least))
    }
}

/// How long and how it is taught.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    pub epochs: usize,
    pub batch: usize,
    /// None: as many as there are, 64 to 512.
    pub chips_per_epoch: Option<usize>,
    pub rate: f64,
    pub patience: usize,
    /// The imagery as it lies, not also turned, mirrored, nearer and in other light.
    pub plain: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { epochs: 30, batch: 8, chips_per_epoch: None, rate: 0.002, patience: 10, plain: false }
    }
}

/// When and by which program it is taught.
#[derive(Clone, Debug, Default)]
pub struct Occasion {
    pub journal_seq: u64,
    pub program: String,
    pub at_ms: i64,
}

/// Everything that is learnt from, ready to be taught.
#[derive(Debug)]
pub struct Plan {
    pub syllabus: Syllabus,
    pub layers: Vec<LayerId>,
    pub grid: Grid,
    pub shape: NetShape,
    project: String,
    layer_names: Vec<String>,
    gsd_m: Option<[f64; 2]>,
    query: String,
    bands: Vec<usize>,
    fields: Vec<Field>,
    chip_px: usize,
    sides: Sides,
    split: String,
    seed: u64,
}

impl Plan {
    /// Opens the layers, each on the grid and with the regions that lie on it, and chooses what is held out.
    pub fn new(
        project: &Project,
        family: &dyn Family,
        wanted: &Wanted,
        open: &dyn Fn(&Layer) -> Result<Source, LearningError>,
    ) -> Result<Self, LearningError> {
        let syllabus = wanted.syllabus(project)?;
        let layers =
            if wanted.layers.is_empty() { Syllabus::usual_layers(project) } else { wanted.layers.clone() };
        let asked = wanted.metres_per_px.map(sound_metres).transpose()?;
        let grid = Grid::fitting(project, &layers, &syllabus, asked);
        let multiple = family.facts().multiple;
        let chip_px = wanted.chip_px.max(1).div_ceil(multiple) * multiple;
        let size = wanted.size.clone().unwrap_or_else(|| family.facts().sizes[0].to_owned());
        let opened = Opened::of(project, wanted, &syllabus, grid, &layers, open)?;
        let Opened { layers, names, bands, fields } = opened;
        let inputs = bands.len() + usize::from(syllabus.task.kind() == Kind::Regions);
        let classes = syllabus.classes.len();
        let (sides, split) = choose(wanted, project, (&layers, &fields), (grid, classes, chip_px))?;
        let own: Vec<f64> = layers.iter().filter_map(|id| Grid::metres_of(project, *id)).collect();
        let range = |own: &[f64]| {
            [own.iter().copied().fold(f64::MAX, f64::min), own.iter().copied().fold(0.0, f64::max)]
        };
        Ok(Self {
            shape: NetShape { size, inputs, classes },
            project: project.settings().name.clone(),
            layer_names: names,
            gsd_m: (!own.is_empty()).then(|| range(&own)),
            query: wanted.query.clone(),
            seed: wanted.seed,
            syllabus,
            layers,
            grid,
            bands,
            fields,
            chip_px,
            sides,
            split,
        })
    }

    fn material(&self) -> Material<'_> {
        let kind = self.syllabus.task.kind();
        Material::new(&self.fields, &self.sides, kind, self.syllabus.classes.len(), self.chip_px)
    }

    /// Teaches a network; what it has reached is kept in the folder `checkpoint`, from which it goes on.
    pub fn teach(
        &self,
        (family, engine): (&dyn Family, &Engine),
        pace: &Pace,
        start: Option<&[u8]>,
        checkpoint: &Path,
        occasion: &Occasion,
        watch: &mut Watch<'_>,
    ) -> Result<(Model, Taught), LearningError> {
        let started = std::time::Instant::now();
        let material = self.material();
        let normal = Normal::of(&material.chips, self.bands.len(), LOOKED_AT)?;
        let weights = material.chips.class_weights(self.shape.classes);
        let course = Course {
            epochs: pace.epochs,
            batch: pace.batch,
            chips_per_epoch: pace.chips_per_epoch.unwrap_or_else(|| material.chips.len().clamp(64, 512)),
            rate: pace.rate,
            decay: 1e-2,
            patience: pace.patience,
            seed: self.seed,
            augment: if pace.plain { Augment::NONE } else { Augment::default() },
        };
        let lesson = Lesson {
            shape: &self.shape,
            kind: self.syllabus.task.kind(),
            normal: &normal,
            chips: &material.chips,
            held_out: &material.held_out,
            class_weights: &weights,
            course: &course,
            start,
            checkpoint: Some(checkpoint),
        };
        let taught = family.teach(&lesson, engine, watch)?;
        let training = Training {
            project: self.project.clone(),
            journal_seq: occasion.journal_seq,
            query: self.query.clone(),
            layers: self.layer_names.clone(),
            split: self.split.clone(),
            seed: self.seed,
            began_with: start.map(learning::sha256).unwrap_or_default(),
            epochs: taught.epochs.len(),
            best_epoch: taught.best,
            regions: material.chips.regions(),
            held_out_regions: material.held_out.regions(),
            gsd_m: self.gsd_m,
            device: engine.name().to_owned(),
            program: occasion.program.clone(),
            at_ms: occasion.at_ms,
            seconds: started.elapsed().as_secs_f64(),
            history: taught.epochs.clone(),
        };
        Ok((self.model(family, &taught, normal, training), taught))
    }

    fn model(&self, family: &dyn Family, taught: &Taught, normal: Normal, training: Training) -> Model {
        let kind = self.syllabus.task.kind();
        let sha256 = learning::sha256(&taught.weights);
        let name = family.facts().name;
        let manifest = Manifest {
            version: 1,
            id: Manifest::name_of(name, kind, &sha256),
            family: name.to_owned(),
            size: self.shape.size.clone(),
            kind,
            bands: self.bands.clone(),
            metres_per_px: self.grid.metres_per_px,
            chip_px: self.chip_px,
            classes: self.syllabus.classes.clone(),
            sha256,
            normal,
            training,
            scores: Scores::of(taught),
        };
        Model { manifest, weights: taught.weights.clone() }
    }
}

/// Layers on which something labelled lies.
struct Opened {
    layers: Vec<LayerId>,
    names: Vec<String>,
    bands: Vec<usize>,
    fields: Vec<Field>,
}

impl Opened {
    fn of(
        project: &Project,
        wanted: &Wanted,
        syllabus: &Syllabus,
        grid: Grid,
        layers: &[LayerId],
        open: &dyn Fn(&Layer) -> Result<Source, LearningError>,
    ) -> Result<Self, LearningError> {
        let mut opened =
            Self { layers: Vec::new(), names: Vec::new(), bands: wanted.bands.clone(), fields: Vec::new() };
        for id in layers {
            let Some(layer) = project.layers().get(id) else { continue };
            let source = open(layer)?;
            if opened.bands.is_empty() {
                opened.bands = View::usual_bands(source.image());
            }
            has_bands(&source, &opened.bands, &layer.name)?;
            let view = View { bands: opened.bands.clone(), scale: grid.scale(project, *id) };
            let regions = &syllabus.regions;
            // A network for regions sees all of them; one for pixels only learns from those that are asked for.
            let shown = |id: RegionId| syllabus.task == Task::Damage || regions.contains_key(&id);
            let class = |id: RegionId| regions.get(&id).copied();
            let mut field = Field::new(source, view).with_regions(project, *id, &shown, &class);
            if let Some(background) = syllabus.background() {
                field = field.unclaimed_is(background);
            }
            if field.shapes().iter().any(|shape| shape.class.is_some()) {
                opened.layers.push(*id);
                opened.names.push(layer.name.clone());
                opened.fields.push(field);
            }
        }
        if opened.fields.is_empty() {
            return Err(LearningError::refused(
                "No labelled region lies on these layers",
                "choose other layers, or label areas on these (points and lines cover no pixel)",
            ));
        }
        Ok(opened)
    }
}

/// What is held out, and how that was chosen in words.
fn choose(
    wanted: &Wanted,
    project: &Project,
    (layers, fields): (&[LayerId], &[Field]),
    (grid, classes, chip_px): (Grid, usize, usize),
) -> Result<(Sides, String), LearningError> {
    match &wanted.split {
        Split::Blocks { share, side_m } => {
            let side_px = side_m.map(|m| block_px(m, grid)).transpose()?;
            let sides = Sides::of_blocks(fields, classes, (*share, side_px), chip_px, wanted.seed);
            let side = sides.side_px() as f64;
            let (side, unit) = grid.metres_per_px.map_or((side, "px"), |m| (side * m, "m"));
            let name = if *share == 0.25 { "blocks".to_owned() } else { format!("blocks:{share}") };
            let blocks = sides.blocks();
            Ok((sides, format!("{name} of {blocks} blocks of {side:.0} {unit}, seed {}", wanted.seed)))
        }
        Split::Layer(layer) => {
            let Some(at) = layers.iter().position(|id| id == layer) else {
                return Err(LearningError::refused(
                    "Nothing labelled lies on the layer that is held out",
                    "learn from it too, or hold out another",
                ));
            };
            let name = project.layers().get(layer).map_or_else(String::new, |l| l.name.clone());
            Ok((Sides::of_fields([at]), format!("layer:{name}")))
        }
    }
}

fn block_px(metres: f64, grid: Grid) -> Result<usize, LearningError> {
    match (sound_metres(metres)?, grid.metres_per_px) {
        (metres, Some(px)) => Ok(((metres / px).round() as usize).max(1)),
        (_, None) => Err(LearningError::refused(
            "The imagery has no scale, so a block in metres means nothing",
            "leave the side of the blocks out",
        )),
    }
}

fn sound_metres(metres: f64) -> Result<f64, LearningError> {
    if metres.is_finite() && metres > 0.0 {
        return Ok(metres);
    }
    Err(LearningError::refused("A pixel or a block spans more than 0 metres", "give a length such as 0.1"))
}

/// Refuses an image that lacks bands, by name.
pub(crate) fn has_bands(source: &Source, bands: &[usize], layer: &str) -> Result<(), LearningError> {
    let there = source.image().bands.len();
    match bands.iter().find(|band| **band >= there) {
        None => Ok(()),
        Some(band) => Err(LearningError::refused(
            format!("{layer} has {there} bands, and there is no band {}", band.wrapping_add(1)),
            "bands are counted from 1; all layers must have the bands that are learnt from",
        )),
    }
}

/// What there is to learn from, before anything is read of imagery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Codes and regions of the classes that are learnt; the empty code is what no region claims.
    pub classes: Vec<(String, usize)>,
    pub regions: usize,
}

impl Outlook {
    /// Counts, or says why there is nothing to teach.
    pub fn of(project: &Project, wanted: &Wanted) -> Result<Self, LearningError> {
        let syllabus = wanted.syllabus(project)?;
        let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
        for (class, _) in syllabus.regions.values() {
            *counts.entry(*class).or_default() += 1;
        }
        let count = |at: usize| counts.get(&(at as u8)).copied().unwrap_or(0);
        let classes = syllabus.classes.iter().enumerate().map(|(at, code)| (code.clone(), count(at)));
        Ok(Self { classes: classes.collect(), regions: syllabus.regions.len() })
    }
}

/// What a training has come to, for whoever looks on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub epochs: Vec<Epoch>,
    /// Chips that are learnt in all, those of epochs before included, and of how many at most.
    pub chips: u64,
    pub of: u64,
    /// Chips that were learnt before it was taken up again.
    pub before: u64,
}

impl Progress {
    /// Follows what a training tells; `epochs`: how many it may have.
    pub fn follow(&mut self, news: News<'_>, epochs: usize) {
        match news {
            News::Chips { epoch, done, of } => {
                if self.of == 0 {
                    self.before = ((epoch - 1) * of) as u64;
                }
                (self.chips, self.of) = (((epoch - 1) * of + done) as u64, (epochs * of) as u64);
            }
            News::Epoch(epoch) => self.epochs.push(*epoch),
        }
    }
}
