//! Puts the pixels of a mosaic's sources into a window.

use spatial::TileWindow;

use super::inputs::Inputs;
use super::kernel::Pick;
use super::pixels::Pixels;
use super::plan::{Band, Change, Input, Part, Rectangle};
use crate::describe::{BandDescription, BandOrigin};
use crate::driver::Keep;
use crate::error::Fault;
use crate::number::NumberType;
use crate::samples::Planes;
use crate::source::Source;

/// Sources that may be painted into one window, at most.
const MOST_MET: usize = 8192;
/// Pixels of a source that are read at once.
const MOST_PIXELS: u64 = 8 << 20;

/// A window of a level of a mosaic.
pub(super) struct Canvas<'a> {
    pub(super) window: TileWindow,
    /// Pixels of the mosaic that one of the level spans.
    pub(super) by: f64,
    /// The kind of number that values are handed out as.
    pub(super) kind: NumberType,
    pub(super) inputs: &'a Inputs,
    pub(super) keep: Keep,
}

/// One band while it is painted.
struct Layer<'a> {
    band: &'a Band,
    /// Index of its first value.
    start: usize,
    /// Not 0 where something lies already.
    filled: Vec<u8>,
    left: usize,
}

/// Columns or rows of the window that a source covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first: usize,
    end: usize,
}

impl Canvas<'_> {
    /// Values of bands, band after band, and 255 per pixel where any of them holds something.
    pub(super) fn paint<B: Pixels>(&self, bands: &[&Band]) -> Result<(B, Vec<u8>), Fault> {
        let plane = self.window.width as usize * self.window.height as usize;
        let mut values = B::filled(self.kind, plane * bands.len(), 0.0);
        let mut layers: Vec<Layer<'_>> = bands
            .iter()
            .enumerate()
            .map(|(i, band)| Layer { band, start: i * plane, filled: vec![0; plane], left: plane })
            .collect();
        for layer in &layers {
            if let Some(no_data) = layer.band.no_data {
                let no_data = values.held(no_data);
                (layer.start..layer.start + plane).for_each(|i| values.put(i, no_data));
            }
        }
        let mut met = 0;
        // Bands of a mosaic nearly always have the same list of sources: each is then read once for all.
        let longest = layers.iter().map(|l| l.band.sources.len()).max().unwrap_or(0);
        let alike = layers.iter().all(|l| l.band.sources.len() == longest);
        let mut next = longest;
        while alike && next > 0 {
            let sources: Vec<&Input> = layers.iter().map(|l| &l.band.sources[next - 1]).collect();
            if !sources.windows(2).all(|w| goes_with(w[0], w[1])) {
                break;
            }
            self.paint_source(&sources, &mut layers.iter_mut().collect::<Vec<_>>(), &mut values, &mut met)?;
            if layers.iter().all(|l| l.left == 0) {
                next = 0;
                break;
            }
            next -= 1;
        }
        for layer in &mut layers {
            let end = if alike { next } else { layer.band.sources.len() };
            for source in layer.band.sources[..end].iter().rev() {
                if layer.left == 0 {
                    break;
                }
                self.paint_source(&[source], &mut [&mut *layer], &mut values, &mut met)?;
            }
        }
        let mut valid = vec![0; plane];
        for layer in &layers {
            let no_data = layer.band.shown_no_data.map(|n| values.held(n));
            for (i, (valid, filled)) in valid.iter_mut().zip(&layer.filled).enumerate() {
                if *filled != 0 && !values.says_nothing(layer.start + i, no_data) {
                    *valid = 255;
                }
            }
        }
        Ok((values, valid))
    }

    /// Paints one source into the bands that take from it, where nothing lies yet.
    fn paint_source<B: Pixels>(
        &self,
        sources: &[&Input],
        layers: &mut [&mut Layer<'_>],
        values: &mut B,
        met: &mut usize,
    ) -> Result<(), Fault> {
        let input = sources[0];
        let across = self.span(input.to.x, input.to.width, self.window.x, self.window.width);
        let down = self.span(input.to.y, input.to.height, self.window.y, self.window.height);
        if across.first >= across.end || down.first >= down.end {
            return Ok(());
        }
        *met += 1;
        if *met > MOST_MET {
            return Err(Fault::too_large(format!("more than {MOST_MET} of its sources meet there")));
        }
        let source = self.inputs.open(input.file)?;
        let reading = Reading::new(self, input, &source, across)?;
        let mut row = down.first;
        while row < down.end {
            let end = (row + reading.rows_at_once(row, down.end)).min(down.end);
            let rows = Span { first: row, end };
            let piece = reading.read(sources, rows).map_err(|fault| self.inputs.fault(input.file, &fault))?;
            if let Some(piece) = piece {
                for (i, (layer, input)) in layers.iter_mut().zip(sources).enumerate() {
                    piece.copy(self, i, input, layer, rows, values);
                }
            }
            row = end;
        }
        Ok(())
    }

    /// Pixels of the window whose centres lie in a stretch of the mosaic.
    fn span(&self, from: f64, length: f64, window: u32, size: u32) -> Span {
        let at = |p: f64| (p / self.by - f64::from(window) - 0.5).ceil().clamp(0.0, f64::from(size)) as usize;
        Span { first: at(from), end: at(from + length) }
    }
}

/// True when two sources are the same place of the same file.
fn goes_with(a: &Input, b: &Input) -> bool {
    let kind = |input: &Input| matches!(input.part, Part::Band(_));
    (a.file, a.from, a.to, a.resampling, kind(a)) == (b.file, b.from, b.to, b.resampling, kind(b))
}

/// How one source is read for a window: which of its levels, and where its pixels fall.
struct Reading<'a> {
    canvas: &'a Canvas<'a>,
    source: &'a Source,
    input: &'a Input,
    level: u8,
    /// Size of that level.
    size: (u32, u32),
    /// Pixels of that level per pixel of the source.
    shrink: (f64, f64),
    across: Span,
    /// Position in the level of each column's centre.
    columns: Vec<f64>,
}

impl<'a> Reading<'a> {
    fn new(
        canvas: &'a Canvas<'a>,
        input: &'a Input,
        source: &'a Source,
        across: Span,
    ) -> Result<Self, Fault> {
        let per_px = (input.from.width / input.to.width).min(input.from.height / input.to.height) * canvas.by;
        let level = source.pyramid().level_for(per_px);
        let found = source.pyramid().levels().get(usize::from(level));
        let found = found.ok_or_else(|| Fault::out_of_range("there is no such level"))?;
        let (sx, sy) = source.pyramid().scale(level);
        let mut new = Self {
            canvas,
            source,
            input,
            level,
            size: (found.width, found.height),
            shrink: (1.0 / sx, 1.0 / sy),
            across,
            columns: Vec::new(),
        };
        new.columns = (across.first..across.end).map(|col| new.column(col)).collect();
        Ok(new)
    }

    fn column(&self, col: usize) -> f64 {
        let at = (f64::from(self.canvas.window.x) + col as f64 + 0.5) * self.canvas.by;
        along(at, &self.input.from, &self.input.to, |b| (b.x, b.width)) * self.shrink.0
    }

    fn row(&self, row: usize) -> f64 {
        let at = (f64::from(self.canvas.window.y) + row as f64 + 0.5) * self.canvas.by;
        along(at, &self.input.from, &self.input.to, |b| (b.y, b.height)) * self.shrink.1
    }

    /// Columns of the level that the window's columns need.
    fn columns_needed(&self) -> Option<(u32, u32)> {
        let reach = self.input.resampling.reach(self.step().0);
        needed(*self.columns.first()?, *self.columns.last()?, self.size.0, reach)
    }

    /// Pixels of the level that one of the window spans.
    fn step(&self) -> (f64, f64) {
        let across = self.input.from.width / self.input.to.width * self.canvas.by * self.shrink.0;
        (across, self.input.from.height / self.input.to.height * self.canvas.by * self.shrink.1)
    }

    /// How many rows of the window can be read at once.
    fn rows_at_once(&self, row: usize, end: usize) -> usize {
        let width = self.columns_needed().map_or(1, |(a, b)| u64::from(b - a));
        let per_row = (self.row(row + 1) - self.row(row)).abs().max(1.0) * width as f64;
        let per_row = per_row * self.source.image().bands.len().min(4) as f64;
        ((MOST_PIXELS as f64 / per_row) as usize).clamp(1, (end - row).max(1))
    }

    /// The source's pixels for some rows of the window; `None` where it has none.
    fn read<B: Pixels>(&self, sources: &[&Input], rows: Span) -> Result<Option<Piece<B>>, Fault> {
        let places: Vec<f64> = (rows.first..rows.end).map(|row| self.row(row)).collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(None) };
        let step = self.step();
        let reach = self.input.resampling.reach(step.1);
        let down = needed(*first, *last, self.size.1, reach);
        let (Some((x0, x1)), Some((y0, y1))) = (self.columns_needed(), down) else {
            return Ok(None);
        };
        let stored = stored_bands(self.source);
        let mut bands = Vec::new();
        for input in sources {
            let band = match input.part {
                Part::Mask => stored.first(),
                Part::Band(number) => stored.get(number),
            };
            let band = *band.ok_or_else(|| {
                Fault::damaged(format!(
                    "the mosaic takes a band that it does not have: it has {}",
                    stored.len()
                ))
            })?;
            bands.push(band);
        }
        let window = TileWindow { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
        let samples = B::read(self.source, self.level, window, &bands, self.canvas.keep)?;
        let described = &self.source.image().bands;
        let picks = |places: &[f64], (origin, size): (u32, u32), step: f64| -> Vec<Pick> {
            places.iter().map(|p| Pick::at(*p, origin, size, step, self.input.resampling)).collect()
        };
        Ok(Some(Piece {
            columns: picks(&self.columns, (x0, window.width), step.0),
            rows: picks(&places, (y0, window.height), step.1),
            bands: bands.iter().map(|band| described[*band].clone()).collect(),
            first_column: self.across.first,
            samples,
        }))
    }
}

/// Where a position of the mosaic lies in the source.
fn along(at: f64, from: &Rectangle, to: &Rectangle, side: fn(&Rectangle) -> (f64, f64)) -> f64 {
    let ((from, source), (to, mosaic)) = (side(from), side(to));
    if source == mosaic { at - to + from } else { from + (at - to) * source / mosaic }
}

/// Pixels `a..b` of a level that two positions and all between them need, with `reach` neighbours on each side.
fn needed(first: f64, last: f64, size: u32, reach: f64) -> Option<(u32, u32)> {
    let (low, high) = (first.min(last), first.max(last));
    let start = (low.floor() - reach).max(0.0);
    let end = (high.floor() + 1.0 + reach).min(f64::from(size));
    (start < end).then_some((start as u32, end as u32))
}

/// The bands of an image that are samples of its file.
fn stored_bands(source: &Source) -> Vec<usize> {
    let stored = |b: &&BandDescription| matches!(b.origin, BandOrigin::Stored | BandOrigin::Real);
    source.image().bands.iter().filter(stored).map(|b| b.index).collect()
}

/// True where a band's type holds all values of a source's band as they are.
fn holds(kind: NumberType, band: &BandDescription) -> bool {
    const MOST_EXACT: f64 = 16_777_216.0;
    match (kind, kind.range()) {
        (NumberType::F64, _) => true,
        (_, Some((low, high))) => band.range.is_some_and(|(a, b)| low <= a && b <= high),
        (NumberType::F32, _) if matches!(band.dtype.as_str(), "float16" | "float24" | "float32") => true,
        (NumberType::F32, _) => band.range.is_some_and(|(a, b)| -MOST_EXACT <= a && b <= MOST_EXACT),
        _ => band.dtype == kind.name(),
    }
}

/// Pixels of a source and where they go.
struct Piece<B> {
    samples: Planes<B>,
    /// The bands of the source that they are of.
    bands: Vec<BandDescription>,
    columns: Vec<Pick>,
    rows: Vec<Pick>,
    first_column: usize,
}

impl<B: Pixels> Piece<B> {
    fn copy(
        &self,
        canvas: &Canvas<'_>,
        index: usize,
        input: &Input,
        layer: &mut Layer<'_>,
        rows: Span,
        values: &mut B,
    ) {
        let width = canvas.window.width as usize;
        let is_mask = input.part == Part::Mask;
        let plain = input.change.is_none()
            && !is_mask
            && values.is_like(&self.samples.values)
            && holds(layer.band.kind, &self.bands[index]);
        for (row, pick) in (rows.first..rows.end).zip(&self.rows) {
            let to = row * width + self.first_column;
            match pick {
                Pick::Outside => {}
                Pick::One(from) if plain && self.is_straight() => {
                    self.copy_row(index, *from, layer, to, values);
                }
                pick => self.blend_row(index, pick, input, layer, to, values),
            }
        }
    }

    /// True when columns of the window are columns of the source, one by one.
    fn is_straight(&self) -> bool {
        let ends = (self.columns.first(), self.columns.last());
        let (Some(Pick::One(first)), Some(Pick::One(last))) = ends else { return false };
        last.checked_sub(*first) == Some(self.columns.len() - 1)
            && self.columns.iter().all(|c| matches!(c, Pick::One(_)))
    }

    fn copy_row(&self, index: usize, row: usize, layer: &mut Layer<'_>, to: usize, values: &mut B) {
        let Some(Pick::One(first)) = self.columns.first() else { return };
        let from = index * self.samples.plane_len() + row * self.samples.width as usize + first;
        let n = self.columns.len();
        let filled = &mut layer.filled[to..to + n];
        let start = layer.start + to;
        let mut new = 0;
        let empty = filled.iter_mut().enumerate().filter(|(_, filled)| **filled == 0);
        let taken = empty.map(|(i, filled)| {
            (*filled, new) = (1, new + 1);
            (start + i, from + i)
        });
        values.put_each(&self.samples.values, taken);
        layer.left -= new;
    }

    fn blend_row(
        &self,
        index: usize,
        row: &Pick,
        input: &Input,
        layer: &mut Layer<'_>,
        to: usize,
        values: &mut B,
    ) {
        for (col, pick) in self.columns.iter().enumerate() {
            if layer.filled[to + col] != 0 {
                continue;
            }
            if let Some(value) = self.value(index, pick, row, input) {
                values.put(layer.start + to + col, layer.band.kind.fitted(value));
                layer.filled[to + col] = 1;
                layer.left -= 1;
            }
        }
    }

    /// What the source says at a place; `None` where nothing is taken from it.
    fn value(&self, index: usize, col: &Pick, row: &Pick, input: &Input) -> Option<f64> {
        let change = input.change.as_deref();
        let one = |pick: &Pick| match pick {
            Pick::Outside => None,
            Pick::One(i) => Some((*i, 1)),
            Pick::Many(first, weights) => Some((*first, weights.len())),
        };
        let weight_of = |pick: &Pick, i: usize| if let Pick::Many(_, w) = pick { w[i] } else { 1.0 };
        let ((x0, columns), (y0, rows)) = (one(col)?, one(row)?);
        let (mut sum, mut weight) = (0.0, 0.0);
        for y in 0..rows {
            for x in 0..columns {
                let w = weight_of(row, y) * weight_of(col, x);
                if let Some(value) =
                    self.sample(index, x0 + x, y0 + y, input.part, change).filter(|_| w != 0.0)
                {
                    sum += value * w;
                    weight += w;
                }
            }
        }
        if weight < 1e-9 {
            return None;
        }
        let value = if (weight - 1.0).abs() < 1e-12 { sum } else { sum / weight };
        Some(change.map_or(value, |c| c.value.apply(value)))
    }

    fn sample(&self, index: usize, x: usize, y: usize, part: Part, change: Option<&Change>) -> Option<f64> {
        let is_valid = || self.samples.is_valid(x as u32, y as u32);
        if part == Part::Mask {
            return Some(if is_valid() { 255.0 } else { 0.0 });
        }
        let value = self.samples.values.at(self.samples.index(index, x as u32, y as u32)?);
        let left_out = change.is_some_and(|c| {
            (c.use_mask && !is_valid()) || c.no_data.is_some_and(|n| self.samples.values.held(n) == value)
        });
        // Not a number is nothing, unless it is all that there is to say.
        let nothing = value.is_nan() && change.is_some_and(|c| c.no_data.is_some_and(f64::is_nan));
        (!left_out && !nothing).then_some(value)
    }
}
