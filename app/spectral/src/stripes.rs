//! A cube as stripes of rows: worked on by all cores, put together in order, so that results depend neither
//! on the number of threads nor on which was done first.

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::cube::{Block, Cube, Shape};
use crate::error::{BoxError, SpectralError};
use crate::panel::{Panel, Real, for_panels};

/// Gets the share that is done, says whether to go on.
pub type Progress<'a> = &'a (dyn Fn(f64) -> bool + Sync);

/// Pixels of a stripe, about.
const STRIPE_PIXELS: usize = 1 << 14;
/// Stripes that each thread has between two reports.
const STRIPES_A_THREAD: usize = 3;

/// Rows of a cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stripe {
    pub(crate) first: usize,
    pub(crate) rows: usize,
}

fn stripes_of(shape: Shape) -> Vec<Stripe> {
    let rows = (STRIPE_PIXELS / shape.width.max(1)).max(1);
    (0..shape.height)
        .step_by(rows)
        .map(|first| Stripe { first, rows: rows.min(shape.height - first) })
        .collect()
}

/// Works on all stripes and merges what comes of them, in their order. `below` more rows are read with each
/// stripe where the cube has them.
pub(crate) fn fold<R: Send>(
    cube: &dyn Cube,
    below: usize,
    progress: Progress<'_>,
    work: impl Fn(Stripe, Block<'_>) -> R + Sync,
    mut merge: impl FnMut(Stripe, R) -> Result<(), SpectralError>,
) -> Result<(), SpectralError> {
    let shape = cube.shape();
    let stripes = stripes_of(shape);
    let wave = STRIPES_A_THREAD * rayon::current_num_threads().max(1);
    for (number, some) in stripes.chunks(wave).enumerate() {
        if !progress((number * wave) as f64 / stripes.len() as f64) {
            return Err(SpectralError::Stopped);
        }
        let one = |stripe: &Stripe| {
            let rows = (stripe.rows + below).min(shape.height - stripe.first);
            let mut result = None;
            cube.with_rows(stripe.first, rows, &mut |block| result = Some(work(*stripe, block)))
                .map_err(SpectralError::Read)?;
            result.ok_or_else(|| SpectralError::Read("the cube gave no rows".into()))
        };
        let done: Vec<Result<R, SpectralError>> = some.par_iter().map(one).collect();
        for (stripe, result) in some.iter().zip(done) {
            merge(*stripe, result?)?;
        }
    }
    if progress(1.0) { Ok(()) } else { Err(SpectralError::Stopped) }
}

/// Results of some rows of a cube: `values[(band · rows + row) · width + column]`, NaN where a pixel holds
/// nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    pub first: usize,
    pub rows: usize,
    pub bands: usize,
    pub values: Vec<f32>,
}

/// Takes rows in their order, from the top.
pub type Sink<'a> = &'a mut dyn FnMut(Rows) -> Result<(), BoxError>;

/// Computes `outputs` numbers for each pixel, from the pixel alone; `work` gets a panel and fills
/// `outputs` numbers for each of its pixels, side by side.
pub(crate) fn map<T: Real>(
    cube: &dyn Cube,
    offset: &[T],
    outputs: usize,
    progress: Progress<'_>,
    work: impl Fn(&Panel<T>, &mut [f64]) + Sync,
    sink: Sink<'_>,
) -> Result<(), SpectralError> {
    let Shape { width, bands, .. } = cube.shape();
    let one = |stripe: Stripe, block: Block<'_>| {
        let pixels = stripe.rows * width;
        let mut values = vec![f32::NAN; pixels * outputs];
        let mut found = Vec::new();
        for_panels(&block, bands, offset, |panel| {
            found.clear();
            found.resize(panel.len() * outputs, 0.0);
            work(panel, &mut found);
            for output in 0..outputs {
                let plane = &mut values[output * pixels..(output + 1) * pixels];
                for (pixel, value) in panel.index.iter().zip(found[output..].iter().step_by(outputs)) {
                    plane[*pixel as usize] = *value as f32;
                }
            }
        });
        values
    };
    fold(cube, 0, progress, one, |stripe, values| {
        let Stripe { first, rows } = stripe;
        sink(Rows { first, rows, bands: outputs, values }).map_err(SpectralError::Write)
    })
}

/// A part of a longer work: reports from `from` to `to`.
pub(crate) fn part(progress: Progress<'_>, from: f64, to: f64) -> impl Fn(f64) -> bool + Sync {
    move |share| progress(from + (to - from) * share)
}
