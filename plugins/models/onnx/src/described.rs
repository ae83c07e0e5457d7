//! What an ONNX file is, and whether it can be asked.

use std::path::{Path, PathBuf};

use learning::{Asking, Calibration, Choice, Kind, LearningError, Manifest, Normal, Scores, Training};

use crate::Keys;
use crate::file::{Axis, Port, Raw};

/// What stands in a manifest as the family of these models.
pub const FAMILY: &str = "onnx";
/// The version of manifests; none is written for these models.
const VERSION: u32 = 1;
/// The side of tiles where neither the network nor its keys fix one, and what it is a multiple of: networks halve their
/// pictures up to five times.
const USUAL_TILE: usize = 512;
const MULTIPLE: usize = 32;
/// The largest side of a tile, and what is taken for a class and a band at most.
const LARGEST_TILE: usize = 4096;
const MOST_CLASSES: i64 = 250;
const MOST_BANDS: i64 = 1024;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: i32 = 1;

/// How what a network gives becomes probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// They are probabilities already.
    Done,
    /// A softmax over the classes; of a single plane the sigmoid.
    Missing,
}

/// An ONNX model of pixels, as its file describes it. Nothing was run.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "runtime"),
    expect(dead_code, reason = "only a runtime asks for the names of its ports")
)]
pub struct Described {
    pub path: PathBuf,
    pub keys: Keys,
    /// Bands that go in.
    pub bands: usize,
    /// Planes that come out: one for each class, or a single one for the second of two.
    pub planes: usize,
    /// How many tiles go in at once, where that is fixed.
    pub batch: Option<usize>,
    /// Side of a tile, where the network fixes it.
    pub fixed_px: Option<usize>,
    pub activation: Activation,
    /// Its classes; an empty name is what is left as it is.
    pub classes: Vec<String>,
    /// Of the file, lower-case hex.
    pub sha256: String,
    pub(crate) input: String,
    pub(crate) output: String,
    /// The plane lies in an output of three axes.
    pub(crate) is_flat: bool,
}

/// True for a path that ends in `.onnx`.
pub fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx"))
}

impl Described {
    /// Reads what a file says of itself; refuses what cannot be asked, with what was found.
    pub fn read(path: &Path) -> Result<Self, LearningError> {
        let raw = Raw::read(path)?;
        let told = Told { path };
        told.kind(&raw)?;
        if raw.is_scattered {
            return Err(told.refuse(
                "keeps its weights in other files",
                "save it as one file (onnx.save without external data)",
            ));
        }
        let input = told.input(&raw)?;
        let output = told.output(&raw, input.bands)?;
        let keys = Keys::read(&raw.metadata, path)?;
        let planes = told.planes(&output, &keys)?;
        if let (Some(side), [.., height, width]) = (input.side, output.sides.as_slice()) {
            let differs = |axis: &Axis| matches!(axis, Axis::Fixed(n) if *n != side as i64);
            if differs(height) || differs(width) {
                return Err(told.refuse(
                    &format!("gives {} for tiles of {side} × {side} pixels", words(&raw.outputs[0])),
                    "only models whose output is as large as their input can be asked",
                ));
            }
        }
        if let Some((mean, _)) = &keys.standard
            && mean.len() != input.bands
        {
            return Err(told.refuse(
                &format!("reads {} bands and has standardization_mean for {}", input.bands, mean.len()),
                "write a number for each band",
            ));
        }
        let operator = raw.last_operator.as_deref();
        let activation = match operator {
            Some("Softmax" | "Sigmoid" | "HardSigmoid" | "QLinearSoftmax" | "QLinearSigmoid" | "SoftMax") => {
                Activation::Done
            }
            _ => Activation::Missing,
        };
        Ok(Self {
            path: path.to_owned(),
            classes: told.classes(&keys, planes)?,
            keys,
            bands: input.bands,
            planes,
            batch: input.batch,
            fixed_px: input.side,
            activation,
            sha256: raw.sha256,
            input: raw.inputs[0].name.clone(),
            output: raw.outputs[0].name.clone(),
            is_flat: output.sides.len() == 2,
        })
    }

    /// Side of the tiles that it is asked by, in pixels of its grid.
    pub fn tile_px(&self) -> usize {
        let wished = self.keys.tile_px.unwrap_or(USUAL_TILE).clamp(MULTIPLE, LARGEST_TILE);
        self.fixed_px.unwrap_or(wished.div_ceil(MULTIPLE) * MULTIPLE)
    }

    /// How it is asked: its own tiles and overlap, its own threshold. `tile_px` is another side, where the network takes any.
    pub fn asking(&self, tile_px: Option<usize>, batch: usize) -> Result<Asking, LearningError> {
        if let (Some(wished), Some(fixed)) = (tile_px, self.fixed_px)
            && wished != fixed
        {
            return Err(Told { path: &self.path }
                .refuse(&format!("takes tiles of {fixed} pixels only"), "leave out --tile"));
        }
        let asked = tile_px.map(|px| px.div_ceil(MULTIPLE) * MULTIPLE);
        let tile_px = asked.unwrap_or_else(|| self.tile_px());
        let mut asking = Asking::new(tile_px, 1, self.batch.unwrap_or(batch));
        if let Some(overlap) = self.keys.overlap {
            asking.overlap_px = (tile_px as f64 * overlap) as usize;
        }
        asking.choice = match (self.keys.threshold, self.planes) {
            (None, _) => Choice::Likeliest,
            (Some(threshold), 1) => Choice::SecondFrom(threshold),
            (Some(threshold), _) => Choice::AtLeast(threshold),
        };
        Ok(asking)
    }

    /// The area below which parts go to their neighbours, in square pixels of the grid, where the file names one: what a median
    /// filter of that side removes is smaller than half of its window.
    pub fn min_area_px(&self) -> Option<f64> {
        self.keys.small_px.map(|side| f64::from(side) * f64::from(side) / 2.0)
    }

    /// What the engine asks it by. Samples are bytes, as QGIS Deepness has them: divided by 255, then standardised.
    pub fn manifest(&self) -> Manifest {
        let (mean, spread) =
            self.keys.standard.clone().unwrap_or((vec![0.0; self.bands], vec![1.0; self.bands]));
        let bytes = |list: Vec<f32>| list.into_iter().map(|n| n * 255.0).collect();
        let side = self.fixed_px.map_or_else(|| "tiles of any size".to_owned(), |px| format!("{px} px"));
        Manifest {
            version: VERSION,
            id: Manifest::name_of(FAMILY, Kind::Pixels, &self.sha256),
            family: FAMILY.to_owned(),
            size: side,
            kind: Kind::Pixels,
            bands: (0..self.bands).collect(),
            metres_per_px: self.keys.metres_per_px,
            chip_px: self.tile_px(),
            classes: self.classes.clone(),
            sha256: self.sha256.clone(),
            normal: Normal { mean: bytes(mean), spread: bytes(spread) },
            training: Training::default(),
            scores: Scores {
                calibration: Calibration { temperature: 1.0, ..Calibration::default() },
                ..Scores::default()
            },
        }
    }
}

struct Input {
    bands: usize,
    batch: Option<usize>,
    side: Option<usize>,
}

struct Output {
    /// Without the batch: (classes,) height, width.
    sides: Vec<Axis>,
    /// `None` where it is only known when it is asked.
    channels: Option<i64>,
}

/// Who refuses: a file.
struct Told<'a> {
    path: &'a Path,
}

impl Told<'_> {
    fn refuse(&self, what: &str, hint: &str) -> LearningError {
        LearningError::refused(format!("The model {} {what}", self.path.display()), hint)
    }

    fn kind(&self, raw: &Raw) -> Result<(), LearningError> {
        let Some(kind) = Keys::model_type(&raw.metadata) else { return Ok(()) };
        if kind.eq_ignore_ascii_case("segmentor") {
            return Ok(());
        }
        let kind: String = kind.chars().filter(|c| !c.is_control()).take(40).collect();
        Err(self.refuse(
            &format!("is a {kind} (its key model_type), and only a Segmentor can be asked"),
            "give a model that says a class for each pixel",
        ))
    }

    fn input(&self, raw: &Raw) -> Result<Input, LearningError> {
        const EXPECTED: &str = "expected is one input of 32-bit floats, [batch, bands, height, width], with the number of bands fixed and as high as it is wide";
        let [port] = raw.inputs.as_slice() else {
            let list: Vec<String> = raw.inputs.iter().take(8).map(words).collect();
            return Err(
                self.refuse(&format!("takes {} inputs ({})", raw.inputs.len(), list.join("; ")), EXPECTED)
            );
        };
        let wrong = || self.refuse(&format!("takes {}", words(port)), EXPECTED);
        let Some([batch, bands, height, width]) = port.shape.as_deref() else { return Err(wrong()) };
        if port.element != FLOAT {
            return Err(wrong());
        }
        let bands = match bands {
            Axis::Fixed(n) if (1..=MOST_BANDS).contains(n) => *n as usize,
            _ => return Err(wrong()),
        };
        let batch = match batch {
            Axis::Fixed(n) if (1..=64).contains(n) => Some(*n as usize),
            Axis::Free(_) => None,
            Axis::Fixed(_) => return Err(wrong()),
        };
        let side = |axis: &Axis| match axis {
            Axis::Free(_) => Ok(None),
            Axis::Fixed(n) if (1..=LARGEST_TILE as i64).contains(n) => Ok(Some(*n as usize)),
            Axis::Fixed(_) => Err(wrong()),
        };
        match (side(height)?, side(width)?) {
            (Some(h), Some(w)) if h != w => Err(wrong()),
            (h, w) => Ok(Input { bands, batch, side: h.or(w) }),
        }
    }

    fn output(&self, raw: &Raw, bands: usize) -> Result<Output, LearningError> {
        const EXPECTED: &str = "expected is one output of 32-bit floats, [batch, classes, height, width] or, for two classes, [batch, height, width]";
        let [port] = raw.outputs.as_slice() else {
            let list: Vec<String> = raw.outputs.iter().take(8).map(words).collect();
            let what = format!("gives {} outputs ({})", raw.outputs.len(), list.join("; "));
            return Err(self.refuse(&what, EXPECTED));
        };
        if port.element != FLOAT {
            let hint = "expected are probabilities or logits of 32-bit floats; where the network ends in ArgMax, export it without";
            return Err(self.refuse(&format!("gives {}", words(port)), hint));
        }
        let shape = port.shape.as_deref().unwrap_or_default();
        let channels = match shape {
            [_, Axis::Fixed(n), _, _] => Some(*n),
            [_, Axis::Free(_), _, _] => None,
            [_, _, _] => Some(1),
            _ => {
                let what = format!("takes {bands} bands and gives {}", words(port));
                return Err(self.refuse(&what, EXPECTED));
            }
        };
        Ok(Output { sides: shape[1..].to_vec(), channels })
    }

    fn planes(&self, output: &Output, keys: &Keys) -> Result<usize, LearningError> {
        let named = keys.class_names.as_ref().map(Vec::len);
        let planes = match (output.channels, named) {
            (Some(n), _) => n,
            (None, Some(named)) => named as i64,
            (None, None) => {
                return Err(self.refuse(
                    "does not say how many classes it gives",
                    "add the key class_names, or export it with a fixed number of classes",
                ));
            }
        };
        if !(1..=MOST_CLASSES).contains(&planes) {
            return Err(
                self.refuse(&format!("gives {planes} classes"), &format!("expected are 1 to {MOST_CLASSES}"))
            );
        }
        Ok(planes as usize)
    }

    /// The names of the classes, of a single plane with what it is not before it.
    fn classes(&self, keys: &Keys, planes: usize) -> Result<Vec<String>, LearningError> {
        let mut names = keys.class_names.clone().unwrap_or_else(|| {
            let from = usize::from(planes == 1);
            (0..planes).map(|n| format!("channel_{}", n + from)).collect()
        });
        if planes == 1 && names.len() == 1 {
            names.insert(0, String::new());
        }
        let wanted = planes.max(2);
        if names.len() != wanted {
            return Err(self.refuse(
                &format!("gives {planes} classes, and its key class_names has {}", names.len()),
                "write a name for each class",
            ));
        }
        // What is called so at the beginning is what no region claims.
        let first = names[0].trim_matches('_').to_lowercase();
        if ["background", "other", "none", "nothing"].contains(&first.as_str()) {
            names[0].clear();
        }
        for name in &mut names {
            let plain: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
            plain.trim().clone_into(name);
        }
        if names.iter().skip(1).any(String::is_empty) {
            return Err(self.refuse("has a class without a name", "write a name for each class"));
        }
        Ok(names)
    }
}

/// `image: float [N, 3, 512, 512]`.
fn words(port: &Port) -> String {
    let element = match port.element {
        1 => "float",
        2 => "uint8",
        3 => "int8",
        4 => "uint16",
        5 => "int16",
        6 => "int32",
        7 => "int64",
        8 => "text",
        9 => "bool",
        10 => "float16",
        11 => "double",
        16 => "bfloat16",
        _ => "no tensor",
    };
    let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(40).collect::<String>();
    let axis = |axis: &Axis| match axis {
        Axis::Fixed(n) => n.to_string(),
        Axis::Free(name) if name.is_empty() => "?".to_owned(),
        Axis::Free(name) => clean(name),
    };
    let shape = port.shape.as_ref().map_or_else(
        || " of unknown shape".to_owned(),
        |shape| format!(" [{}]", shape.iter().take(8).map(axis).collect::<Vec<_>>().join(", ")),
    );
    format!("{}: {element}{shape}", clean(&port.name))
}
