//! A model that can be asked: one that was taught here, or an ONNX model of the user's own.

use std::path::Path;

use learning::{Asking, Engine, LearningError, Manifest, Model, Predictor};
use onnx::Described;
use project::{LayerId, Project};
use raster::{ColorRole, ImageDescription, SampleType, Source};

use crate::{View, families};

/// Tiles that go through a network at once.
const BATCH: usize = 4;
/// Parts of outlines below this go to their neighbours, in m² (pixels of the network where there is no scale).
const MIN_AREA: f64 = 4.0;
/// Names that are listed in a sentence.
const LISTED: usize = 12;

/// What a model's folder, or an .onnx file, says of itself. No weights are kept, and nothing is run.
pub fn described(model: &Path) -> Result<Manifest, LearningError> {
    if onnx::is_onnx(model) { Ok(Described::read(model)?.manifest()) } else { Manifest::read(model) }
}

/// True where a path is that of a model: a folder with a manifest, or an .onnx file.
pub fn is_model(path: &Path) -> bool {
    if onnx::is_onnx(path) { path.is_file() } else { path.is_dir() && Manifest::is_in(path) }
}

/// Whether models of the user's own can be asked here; else why not, and how to get what is missing.
pub fn runtime() -> Result<(), LearningError> {
    onnx::available()
}

/// True for the manifest of an ONNX model of the user's own.
pub fn is_own(manifest: &Manifest) -> bool {
    manifest.family == onnx::FAMILY
}

/// A model that can be asked.
#[expect(missing_debug_implementations, reason = "a network has nothing to print")]
pub struct Ready {
    pub manifest: Manifest,
    pub net: Box<dyn Predictor>,
    /// Where it is an ONNX model.
    own: Option<Described>,
}

impl Ready {
    /// Opens a folder that was written by a training, or an .onnx file; taught ones run on `engine`, others on the processor.
    pub fn open(model: &Path, engine: &Engine) -> Result<Self, LearningError> {
        if onnx::is_onnx(model) {
            let own = Described::read(model)?;
            return Ok(Self { manifest: own.manifest(), net: onnx::open(&own)?, own: Some(own) });
        }
        let model = Model::read(model)?;
        let net = model.open(&families(), engine)?;
        Ok(Self { manifest: model.manifest, net, own: None })
    }

    /// What it runs on, for people.
    pub fn device<'a>(&self, engine: &'a Engine) -> &'a str {
        if self.own.is_some() { "processor (ONNX Runtime)" } else { engine.name() }
    }

    /// Fits an ONNX model to a project and a layer: its classes are those of the schema by code or name, its bands those that
    /// are named, else those that are shown. With what the user should know. A model that was taught stays what it is.
    pub fn fit(
        &mut self,
        project: &Project,
        layer: LayerId,
        source: &Source,
        bands: &[usize],
    ) -> Result<Vec<String>, LearningError> {
        if self.own.is_none() {
            if bands.is_empty() {
                return Ok(Vec::new());
            }
            return Err(LearningError::refused(
                "A model that was taught here knows its bands",
                "leave out --bands; they are for ONNX models",
            ));
        }
        let name = project.layers().get(&layer).map_or("The layer", |layer| layer.name.as_str());
        self.manifest.classes = fitting_classes(project, &self.manifest.classes)?;
        let image = source.image();
        self.manifest.bands = fitting_bands(image, bands, self.manifest.bands.len(), name)?;
        let mut warnings = Vec::new();
        if image.sample_type != SampleType::U8 {
            warnings.push(format!(
                "The model expects samples from 0 to 255, and those of {name} are {:?}; what it says may mean nothing.",
                image.sample_type
            ));
        }
        Ok(warnings)
    }

    /// How it is asked; `tile_px` is another side of the tiles than what suits it.
    pub fn asking(&self, tile_px: Option<usize>, engine: &Engine) -> Result<Asking, LearningError> {
        if let Some(own) = &self.own {
            return own.asking(tile_px, BATCH);
        }
        let multiple = learning::family(&families(), &self.manifest.family)?.facts().multiple;
        let tile_px = tile_px.unwrap_or_else(|| engine.tile_px().max(self.manifest.chip_px));
        Ok(Asking::new(tile_px, multiple, BATCH))
    }

    /// Parts of outlines below this go to their neighbours: as wished, else as the model says, else 4; in m², or pixels of the
    /// grid where there is no scale.
    pub fn min_area(&self, wished: Option<f64>) -> f64 {
        let of_a_pixel = self.manifest.metres_per_px.map_or(1.0, |m| m * m);
        let own = self.own.as_ref().and_then(Described::min_area_px).map(|px| px * of_a_pixel);
        wished.or(own).unwrap_or(MIN_AREA)
    }
}

/// The codes of a project's classes that are meant by names: the code itself, else what people read, whatever their case and
/// with spaces, dashes and underscores alike.
fn fitting_classes(project: &Project, names: &[String]) -> Result<Vec<String>, LearningError> {
    let schema = project
        .schema()
        .ok_or_else(|| LearningError::refused("The project has no classes yet", "give it a schema first"))?;
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], " ");
    let code_of = |name: &String| {
        if name.is_empty() {
            return Ok(String::new());
        }
        let exact = schema.classes.iter().find(|class| class.code.as_str() == name);
        let alike = || schema.classes.iter().find(|class| plain(class.code.as_str()) == plain(name));
        let read = || schema.classes.iter().find(|class| plain(&class.name) == plain(name));
        let found = exact.or_else(alike).or_else(read);
        found.map(|class| class.code.as_str().to_owned()).ok_or_else(|| name.clone())
    };
    let (mut codes, mut unknown) = (Vec::new(), Vec::new());
    for name in names {
        match code_of(name) {
            Ok(code) => codes.push(code),
            Err(name) => unknown.push(name),
        }
    }
    if unknown.is_empty() {
        return Ok(codes);
    }
    unknown.truncate(LISTED);
    let own: Vec<&str> = schema.classes.iter().take(LISTED).map(|class| class.code.as_str()).collect();
    Err(LearningError::refused(
        format!(
            "The model's classes {} are not classes of {} ({}, …)",
            unknown.join(", "),
            schema.name,
            own.join(", ")
        ),
        "add them to the project's classes, or call them in the model's key class_names as the project does",
    ))
}

/// The bands that go into a model of `wanted` bands, from 0.
fn fitting_bands(
    image: &ImageDescription,
    named: &[usize],
    wanted: usize,
    layer: &str,
) -> Result<Vec<usize>, LearningError> {
    let colours = image.bands.iter().filter(|b| b.color != ColorRole::Alpha && !b.bad).count();
    let shown = image.default_bands();
    let usual = View::usual_bands(image);
    let bands = match named {
        [] if usual.len() == wanted => usual,
        [] if shown.len() == wanted => shown,
        named => named.to_vec(),
    };
    if bands.len() == wanted {
        return Ok(bands);
    }
    let found = if named.is_empty() {
        format!("{layer} has {colours}")
    } else {
        format!("{} are named", named.len())
    };
    Err(LearningError::refused(
        format!(
            "The model takes {}, and {found}",
            if wanted == 1 { "1 band".to_owned() } else { format!("{wanted} bands") }
        ),
        format!("name the {wanted} bands that it was taught on, in its order, as in --bands 4,3,2"),
    ))
}
