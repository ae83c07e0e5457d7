//! What is learnt and from what.

use std::collections::BTreeMap;

use geo::Area as _;
use learning::{Kind, LearningError};
use project::alignment::Alignment;
use project::{ClassCode, LayerId, LayerRole, Project, RegionId};

use crate::field::label_of;

/// What a network is taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A class for each pixel.
    Segmentation,
    /// A class for each region, such as how badly a building is damaged.
    Damage,
}

impl Task {
    pub fn kind(self) -> Kind {
        match self {
            Self::Segmentation => Kind::Pixels,
            Self::Damage => Kind::Regions,
        }
    }
}

/// What is learnt: regions with a class each.
#[derive(Clone, Debug)]
pub struct Syllabus {
    pub task: Task,
    /// Codes of the classes in the order of the network's outputs; the empty one is what no region claims.
    pub classes: Vec<String>,
    /// The class of each region that is learnt from, and which wins where two claim a pixel.
    pub regions: BTreeMap<RegionId, (u8, i32)>,
}

impl Syllabus {
    /// The regions that hold for `wanted`, by the label that counts (a person's; where `accepted` by what review made of
    /// it). Classes of fewer than `least` regions are left out.
    pub fn of(
        project: &Project,
        task: Task,
        wanted: &dyn Fn(RegionId) -> bool,
        (accepted, background, least): (bool, bool, usize),
    ) -> Result<Self, LearningError> {
        let mut labelled: BTreeMap<RegionId, ClassCode> = BTreeMap::new();
        for id in project.regions().keys().filter(|id| wanted(**id)) {
            let class = if accepted {
                let outcome = project.outcome(*id);
                outcome.class.filter(|_| outcome.state.is_accepted())
            } else {
                label_of(project, *id).cloned()
            };
            if let Some(class) = class {
                labelled.insert(*id, class);
            }
        }
        let mut counts: BTreeMap<&ClassCode, usize> = BTreeMap::new();
        for class in labelled.values() {
            *counts.entry(class).or_default() += 1;
        }
        let order = |class: &ClassCode| {
            let classes = project.schema().map(|s| s.classes.as_slice()).unwrap_or_default();
            classes.iter().position(|c| c.code == *class).unwrap_or(usize::MAX)
        };
        let mut codes: Vec<&ClassCode> =
            counts.iter().filter(|(_, n)| **n >= least.max(1)).map(|(class, _)| *class).collect();
        codes.sort_by_key(|class| (order(class), class.as_str()));
        let mut classes: Vec<String> = codes.iter().map(|c| c.as_str().to_owned()).collect();
        if task == Task::Segmentation && background {
            classes.insert(0, String::new());
        }
        if classes.len() < 2 || classes.len() > 250 {
            return Err(too_few(&counts, least, accepted));
        }
        let priority = |code: &ClassCode| {
            let schema = project.schema()?;
            schema.classes.iter().find(|c| c.code == *code).map(|c| c.priority)
        };
        let regions = labelled.iter().filter_map(|(id, code)| {
            let class = classes.iter().position(|c| !c.is_empty() && c == code.as_str())?;
            Some((*id, (class as u8, priority(code).unwrap_or(0))))
        });
        let regions = regions.collect();
        Ok(Self { task, classes, regions })
    }

    /// The place of what no region claims among the classes.
    pub fn background(&self) -> Option<u8> {
        self.classes.first().is_some_and(String::is_empty).then_some(0)
    }

    /// The layers that are learnt from where nobody names any: those after the event, else all but those before it.
    pub fn usual_layers(project: &Project) -> Vec<LayerId> {
        let layers = project.layers_in_order();
        let with = |fits: &dyn Fn(LayerRole) -> bool| -> Vec<LayerId> {
            layers.iter().filter(|(_, layer)| fits(layer.role)).map(|(id, _)| *id).collect()
        };
        let after = with(&|role| role == LayerRole::After);
        if after.is_empty() { with(&|role| role != LayerRole::Before) } else { after }
    }
}

/// Why there is nothing to tell apart.
fn too_few(counts: &BTreeMap<&ClassCode, usize>, least: usize, accepted: bool) -> LearningError {
    let rare = counts.values().filter(|n| **n < least.max(1)).count();
    let enough = counts.len() - rare;
    let (what, hint) = match (counts.len(), enough) {
        (0, _) if accepted => (
            "Review has accepted nothing yet that could be learnt from".to_owned(),
            "learn from labels that are not reviewed, too, or review some first",
        ),
        (0, _) => (
            "There are no labels to learn from".to_owned(),
            "label regions of at least two classes; predictions are not learnt from",
        ),
        (_, 250..) => (
            format!("There are labels of {enough} classes; a network tells at most 250 apart"),
            "learn from fewer",
        ),
        (all, _) if rare > 0 => (
            format!("Of {all} classes only {enough} have {least} labels or more; it takes two to tell apart"),
            "label more regions of the other classes",
        ),
        _ => (
            "There are labels of one class only; it takes two to tell apart".to_owned(),
            "label regions of another class, too",
        ),
    };
    LearningError::refused(what, hint)
}

/// How fine the grid of a model is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Metres that its pixel spans; none where the imagery has no scale, and a pixel is one of the imagery's.
    pub metres_per_px: Option<f64>,
}

/// How many pixels of the grid the usual region is wide where regions get classes.
const REGION_PX: f64 = 40.0;

impl Grid {
    /// As asked; else that of the coarsest layer, made coarser where regions get classes so that the usual one is about
    /// forty pixels wide.
    pub fn fitting(project: &Project, layers: &[LayerId], syllabus: &Syllabus, asked: Option<f64>) -> Self {
        if asked.is_some() {
            return Self { metres_per_px: asked };
        }
        let own = layers.iter().filter_map(|id| Self::metres_of(project, *id));
        let Some(own) = own.max_by(f64::total_cmp) else { return Self { metres_per_px: None } };
        if syllabus.task == Task::Segmentation {
            return Self { metres_per_px: Some(own) };
        }
        let unit = project.crs().and_then(spatial::Crs::metres_per_unit).unwrap_or(1.0);
        let mut sides: Vec<f64> = syllabus
            .regions
            .keys()
            .filter_map(|id| project.region(*id))
            .map(|region| region.geometry.unsigned_area().sqrt() * unit)
            .filter(|side| *side > 0.0)
            .collect();
        sides.sort_by(f64::total_cmp);
        let usual = sides.get(sides.len() / 2).copied().unwrap_or(own * REGION_PX);
        Self { metres_per_px: Some((usual / REGION_PX).max(own)) }
    }

    /// What a pixel of a layer spans.
    pub fn metres_of(project: &Project, layer: LayerId) -> Option<f64> {
        Alignment::of(project, layer).ok().and_then(|a| a.metres_per_px())
    }

    /// How many pixels of a layer one of the grid spans.
    pub fn scale(&self, project: &Project, layer: LayerId) -> f64 {
        match (self.metres_per_px, Self::metres_of(project, layer)) {
            (Some(grid), Some(own)) => grid / own,
            _ => 1.0,
        }
    }
}
