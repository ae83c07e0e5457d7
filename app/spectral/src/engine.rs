//! Products computed elsewhere, such as on a GPU, never without the processor as a witness.

use crate::cube::{Block, Cube, Shape};
use crate::error::{BoxError, SpectralError};
use crate::linear::LinearMap;
use crate::stripes::{Progress, Rows, Sink};

/// Pixels, about, that the processor computes too, to compare.
const WITNESSED_PIXELS: usize = 1 << 12;
/// Where these are looked for, as a share of the way down.
const PLACES: [f64; 3] = [0.5, 0.25, 0.75];
/// How far a number may lie from the processor's, as a part of it.
const TOLERANCE: f64 = 1e-5;
/// The same as a part of what the numbers of its band usually are: where they pass zero, nothing keeps the former.
const TOLERANCE_OF_USUAL: f64 = 1e-6;

/// Somebody else who computes maps of pixels.
pub trait Engine: Sync {
    /// What people call it, such as the name of a graphics card.
    fn name(&self) -> String;

    /// Computes the map for each pixel, rows in their order from the top, NaN where a pixel holds nothing or no
    /// number in some band.
    fn map(
        &self,
        cube: &dyn Cube,
        map: &LinearMap,
        progress: Progress<'_>,
        sink: Sink<'_>,
    ) -> Result<(), EngineError>;
}

/// Why an engine did not finish.
#[derive(Debug)]
pub enum EngineError {
    /// It would have failed anywhere.
    Product(SpectralError),
    /// It cannot go on; somebody else can.
    Engine(BoxError),
}

impl From<SpectralError> for EngineError {
    fn from(error: SpectralError) -> Self {
        Self::Product(error)
    }
}

/// Who computed a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComputedBy {
    Processor {
        /// Why the engine did not, or not to the end, where it was to.
        refused: Option<String>,
    },
    /// The engine, by its name.
    Engine(String),
}

impl Default for ComputedBy {
    fn default() -> Self {
        Self::Processor { refused: None }
    }
}

/// The same product on the processor.
pub type Twin<'a> = &'a dyn Fn(&dyn Cube, Progress<'_>, Sink<'_>) -> Result<(), SpectralError>;

/// Computes a map by an engine, or where there is none by its twin. Some rows are computed by both first: where they
/// differ by more than 10⁻⁵ the processor does it all, and where the engine fails under way it goes on from the first
/// row that is missing.
pub fn map_on(
    engine: Option<&dyn Engine>,
    cube: &dyn Cube,
    map: impl FnOnce() -> Result<LinearMap, SpectralError>,
    twin: Twin<'_>,
    progress: Progress<'_>,
    sink: Sink<'_>,
) -> Result<ComputedBy, SpectralError> {
    let Some(engine) = engine else {
        twin(cube, progress, sink)?;
        return Ok(ComputedBy::default());
    };
    let (map, height) = (map()?, cube.shape().height);
    let mut next = 0;
    let mut refused = difference(engine, cube, &map, twin, progress)?;
    if refused.is_none() {
        let made = engine.map(cube, &map, progress, &mut |rows| {
            next = rows.first + rows.rows;
            sink(rows)
        });
        refused = match made {
            Ok(()) => return Ok(ComputedBy::Engine(engine.name())),
            Err(EngineError::Product(error)) => return Err(error),
            Err(EngineError::Engine(error)) => Some(error.to_string()),
        };
    }
    if next < height {
        let rest = RowsOf { cube, first: next, rows: height - next };
        let from = next as f64 / height as f64;
        let report = |share: f64| progress(from + (1.0 - from) * share);
        twin(&rest, &report, &mut |rows| sink(Rows { first: rows.first + next, ..rows }))?;
    }
    Ok(ComputedBy::Processor { refused })
}

/// What is wrong with some rows of the engine; `None` where they are the processor's. Taken where the image holds
/// something: its rims often do not.
fn difference(
    engine: &dyn Engine,
    cube: &dyn Cube,
    map: &LinearMap,
    twin: Twin<'_>,
    progress: Progress<'_>,
) -> Result<Option<String>, SpectralError> {
    let Shape { width, height, .. } = cube.shape();
    let rows = (WITNESSED_PIXELS / width.max(1)).max(1).min(height);
    let go_on = |_: f64| progress(0.0);
    for first in PLACES.map(|share| ((height - rows) as f64 * share) as usize) {
        let some = RowsOf { cube, first, rows };
        let mut expected = Planes::default();
        twin(&some, &go_on, &mut |rows| {
            expected.take(&rows, width);
            Ok(())
        })?;
        if !expected.0.iter().flatten().any(|v| v.is_finite()) {
            continue;
        }
        let mut found = Planes::default();
        let made = engine.map(&some, map, &go_on, &mut |rows| {
            found.take(&rows, width);
            Ok(())
        });
        return match made {
            Ok(()) => Ok(expected.difference(&found).map(|what| format!("{} gave {what}", engine.name()))),
            Err(EngineError::Product(error)) => Err(error),
            Err(EngineError::Engine(error)) => Ok(Some(error.to_string())),
        };
    }
    Ok(None)
}

/// Some rows of a cube as a cube.
struct RowsOf<'a> {
    cube: &'a dyn Cube,
    first: usize,
    rows: usize,
}

impl Cube for RowsOf<'_> {
    fn shape(&self) -> Shape {
        Shape { height: self.rows, ..self.cube.shape() }
    }

    fn with_rows(&self, first: usize, rows: usize, take: &mut dyn FnMut(Block<'_>)) -> Result<(), BoxError> {
        self.cube.with_rows(self.first + first, rows, take)
    }
}

/// Results, band after band, each row by row.
#[derive(Default)]
struct Planes(Vec<Vec<f32>>);

impl Planes {
    fn take(&mut self, rows: &Rows, width: usize) {
        self.0.resize(rows.bands, Vec::new());
        let planes = rows.values.chunks_exact(rows.rows * width);
        self.0.iter_mut().zip(planes).for_each(|(band, plane)| band.extend_from_slice(plane));
    }

    /// What is wrong with results that should be these.
    fn difference(&self, found: &Self) -> Option<String> {
        if self.0.len() != found.0.len() {
            return Some("other bands".to_owned());
        }
        for (expected, found) in self.0.iter().zip(&found.0) {
            if expected.len() != found.len() {
                return Some("other rows".to_owned());
            }
            let usual = root_mean_square(expected);
            let wrong =
                expected.iter().zip(found).find(|(expected, value)| !agree(**expected, **value, usual));
            if let Some((expected, value)) = wrong {
                return Some(format!("{value} where the processor gives {expected}"));
            }
        }
        None
    }
}

fn agree(expected: f32, value: f32, usual: f64) -> bool {
    if expected.is_nan() || value.is_nan() {
        return expected.is_nan() && value.is_nan();
    }
    let (expected, value) = (f64::from(expected), f64::from(value));
    // Infinities are their own equals.
    expected == value || (expected - value).abs() <= TOLERANCE * expected.abs() + TOLERANCE_OF_USUAL * usual
}

fn root_mean_square(values: &[f32]) -> f64 {
    let there = || values.iter().filter(|v| v.is_finite());
    let n = there().count().max(1) as f64;
    (there().map(|v| f64::from(*v).powi(2)).sum::<f64>() / n).sqrt()
}
