//! Asking a model through ONNX Runtime, which is loaded while the program runs.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use learning::{LearningError, Predictor, guarded};
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use crate::{Activation, Described, HOW_TO_GET};

/// Less probable than this is as good as impossible.
const LEAST: f32 = 1e-12;
/// How far from 0 to 1 something may lie that is called a probability.
const SLACK: f32 = 1e-3;

/// The library as the system's loader knows it, most general name first.
const NAMES: &[&str] = if cfg!(windows) {
    &["onnxruntime.dll"]
} else if cfg!(target_os = "macos") {
    &["libonnxruntime.dylib"]
} else {
    &["libonnxruntime.so", "libonnxruntime.so.1"]
};

static RUNTIME: OnceLock<Environment> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

/// The runtime, loaded at the first call; a failure is tried again at the next one.
fn runtime() -> Result<&'static Environment, LearningError> {
    let _one_at_a_time = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let named = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from);
    let refuse = |what: String| Err(LearningError::refused(what, HOW_TO_GET));
    if let Some(path) = &named
        && !path.is_file()
    {
        return refuse(format!("There is no ONNX Runtime at {}, which ORT_DYLIB_PATH names", path.display()));
    }
    let is_named = named.is_some();
    let tried = named.map_or_else(|| NAMES.iter().map(PathBuf::from).collect(), |path| vec![path]);
    let mut why = String::new();
    for path in tried {
        let made = guarded(|| {
            let builder = ort::init_from(&path).map_err(|error| failed(&error))?;
            let made =
                builder.with_name("orthoscope").with_telemetry(false).with_logger(Arc::new(note)).build();
            let made = made.map_err(|error| failed(&error))?;
            made.set_log_level(LogLevel::Warning);
            Ok(made)
        });
        match made {
            Ok(environment) => return Ok(RUNTIME.get_or_init(|| environment)),
            Err(LearningError::Device(error)) => why = error,
            Err(error) => why = error.to_string(),
        }
    }
    if !is_named && why.contains("failed to load") {
        log::debug!("{why}");
        let text =
            "There is no ONNX Runtime, by which ONNX models are asked, where the system looks for libraries";
        return refuse(text.to_owned());
    }
    refuse(format!("ONNX Runtime, by which ONNX models are asked, cannot be loaded: {why}"))
}

/// Whether models can be asked here; else why not, and how to get what is missing.
pub fn available() -> Result<(), LearningError> {
    runtime().map(|_| ())
}

/// What the runtime has to say goes to the program's own log: errors come back as such anyway.
fn note(_level: LogLevel, _category: &str, _id: &str, place: &str, message: &str) {
    log::debug!("ONNX Runtime, {place}: {}", one_line(message));
}

fn failed(error: &dyn std::fmt::Display) -> LearningError {
    LearningError::Device(one_line(&error.to_string()))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect()
}

/// A model that can be asked: the very bytes that were described, on the processor, on as many threads as the machine has
/// but one.
pub fn open(described: &Described) -> Result<Box<dyn Predictor>, LearningError> {
    let runtime = runtime()?;
    let path = &described.path;
    let bytes = std::fs::read(path).map_err(|source| LearningError::File { path: path.clone(), source })?;
    if learning::sha256(&bytes) != described.sha256 {
        return Err(LearningError::refused(
            format!("{} was changed while it was opened", path.display()),
            "ask it again",
        ));
    }
    let refuse = |error: &dyn std::fmt::Display| {
        LearningError::refused(
            format!("ONNX Runtime does not take {}: {}", path.display(), one_line(&error.to_string())),
            "export it again, for an opset that this ONNX Runtime knows",
        )
    };
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1).max(1));
    let session = guarded(|| {
        let builder = Session::builder(runtime).map_err(|error| refuse(&error))?;
        let builder = builder.with_intra_threads(threads).map_err(|error| refuse(&error))?;
        let builder =
            builder.with_optimization_level(GraphOptimizationLevel::All).map_err(|error| refuse(&error))?;
        // Without this, threads that wait for work burn what the map is drawn with.
        let mut builder = builder.with_intra_op_spinning(false).map_err(|error| refuse(&error))?;
        builder.commit_from_memory(&bytes).map_err(|error| refuse(&error))
    })?;
    Ok(Box::new(Asked { session: Mutex::new(session), described: described.clone() }))
}

struct Asked {
    session: Mutex<Session>,
    described: Described,
}

impl Predictor for Asked {
    fn logits(&self, pixels: Vec<f32>, batch: usize, side: usize) -> Result<Vec<f32>, LearningError> {
        let fixed = self.described.batch.unwrap_or(batch);
        let of_one = self.described.bands * side * side;
        let mut logits = Vec::with_capacity(batch * self.described.classes.len() * side * side);
        for tiles in pixels.chunks(fixed * of_one) {
            let meant = tiles.len() / of_one.max(1);
            let mut tiles = tiles.to_vec();
            // A network of a fixed number of tiles is given empty ones, too.
            tiles.resize(fixed * of_one, 0.0);
            self.ask(&tiles, (fixed, meant), side, &mut logits)?;
        }
        Ok(logits)
    }
}

impl Asked {
    /// Asks about `batch` tiles, of which the first `meant` count.
    fn ask(
        &self,
        tiles: &[f32],
        (batch, meant): (usize, usize),
        side: usize,
        logits: &mut Vec<f32>,
    ) -> Result<(), LearningError> {
        let of = &self.described;
        let device = |error: &ort::Error| {
            LearningError::refused(
                format!(
                    "ONNX Runtime failed while {} was asked: {}",
                    of.path.display(),
                    one_line(&error.to_string())
                ),
                "ask with smaller tiles (--tile), or export the model again",
            )
        };
        let shape = [batch, of.bands, side, side];
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        guarded(|| {
            let input = TensorRef::from_array_view((shape, tiles)).map_err(|error| device(&error))?;
            let outputs =
                session.run(ort::inputs![of.input.as_str() => input]).map_err(|error| device(&error))?;
            let missing = || LearningError::Device(format!("the model gives no {}", of.output));
            let output = outputs.get(of.output.as_str()).ok_or_else(missing)?;
            let (shape, values) = output.try_extract_tensor::<f32>().map_err(|error| device(&error))?;
            let expected: Vec<i64> = if of.is_flat {
                [batch, side, side].iter().map(|n| *n as i64).collect()
            } else {
                [batch, of.planes, side, side].iter().map(|n| *n as i64).collect()
            };
            if shape.to_vec() != expected {
                return Err(LearningError::refused(
                    format!(
                        "The model {} gave {:?} where {expected:?} is expected",
                        of.path.display(),
                        shape.to_vec()
                    ),
                    "only models whose output is as large as their input, with a plane for each class, can be asked",
                ));
            }
            let area = side * side;
            let values = &values[..meant * of.planes * area];
            check(of, values)?;
            values
                .chunks_exact(of.planes * area)
                .for_each(|tile| as_logits(of.activation, tile, area, logits));
            Ok(())
        })
    }
}

/// Refuses what is no number, and what is no probability though it should be one.
fn check(of: &Described, values: &[f32]) -> Result<(), LearningError> {
    if !values.iter().all(|value| value.is_finite()) {
        return Err(LearningError::refused(
            format!("The model {} gave values that are no numbers", of.path.display()),
            "check that it is given what it was taught on: bands, samples, standardization_mean and _std",
        ));
    }
    if of.activation == Activation::Done && !values.iter().all(|v| (-SLACK..=1.0 + SLACK).contains(v)) {
        return Err(LearningError::refused(
            format!(
                "The model {} ends in a softmax or sigmoid, yet gave values beyond 0 to 1",
                of.path.display()
            ),
            "export it again",
        ));
    }
    Ok(())
}

/// Adds the planes of one tile, `[planes, area]`, as numbers whose softmax over the classes is what the model says.
fn as_logits(activation: Activation, tile: &[f32], area: usize, logits: &mut Vec<f32>) {
    let ln = |p: f32| p.max(LEAST).ln();
    let is_single = tile.len() == area;
    match (activation, is_single) {
        (Activation::Missing, false) if are_shares(tile, area) => logits.extend(tile.iter().map(|p| ln(*p))),
        (Activation::Missing, false) => logits.extend_from_slice(tile),
        (Activation::Done, false) => logits.extend(tile.iter().map(|p| ln(*p))),
        (Activation::Missing, true) => {
            logits.extend(std::iter::repeat_n(0.0, area));
            logits.extend_from_slice(tile);
        }
        (Activation::Done, true) => {
            logits.extend(tile.iter().map(|p| ln(1.0 - p)));
            logits.extend(tile.iter().map(|p| ln(*p)));
        }
    }
}

/// True where the planes are between 0 and 1 and sum up to 1 in every pixel, as no logits do: a softmax was put together from
/// other operators.
fn are_shares(tile: &[f32], area: usize) -> bool {
    let is_share = |value: &f32| (-SLACK..=1.0 + SLACK).contains(value);
    let whole = |at: usize| tile.iter().skip(at).step_by(area).sum::<f32>();
    tile.iter().all(is_share) && (0..area).all(|at| (whole(at) - 1.0).abs() < SLACK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_from_logits() {
        assert!(are_shares(&[0.25, 1.0, 0.75, 0.0], 2));
        assert!(!are_shares(&[0.25, 1.0, 0.7, 0.0], 2));
        assert!(!are_shares(&[2.0, 1.0, -1.0, 0.0], 2));
    }

    #[test]
    fn a_single_plane_becomes_two_classes() {
        let two = |activation, value: f32| {
            let mut logits = Vec::new();
            as_logits(activation, &[value], 1, &mut logits);
            let e = [f64::from(logits[0]).exp(), f64::from(logits[1]).exp()];
            e[1] / (e[0] + e[1])
        };
        assert!((two(Activation::Done, 0.3) - 0.3).abs() < 1e-7);
        assert!((two(Activation::Missing, -1.0) - 1.0 / (1.0 + 1.0_f64.exp())).abs() < 1e-7);
        assert!(two(Activation::Done, 1.0) > 0.999_999 && two(Activation::Done, 0.0) < 1e-6);
    }
}
