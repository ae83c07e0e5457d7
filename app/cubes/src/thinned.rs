//! A cube thinned out until it can be held and turned: all its bands, at few columns and rows.

use raster::{ColorRole, SampleBuffer, Samples, Source};

use crate::error::CubeError;

/// Bytes of samples read at once, about.
const AT_ONCE: usize = 32 << 20;
/// More bands than this are thinned out as well.
const MOST_BANDS: usize = 2048;
/// Values that the colours of the sides are chosen by, about.
const LOOKED_AT: usize = 200_000;

/// How large a thinned cube may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Most columns and most rows.
    pub side_px: u32,
    /// Most bytes of samples.
    pub bytes: usize,
}

impl Room {
    /// What a picture of a cube on the screen needs.
    pub const SCREEN: Self = Self { side_px: 512, bytes: 128 << 20 };
}

/// All bands of an image at few columns and rows: every pixel is one of the file, or of its overviews.
#[derive(Clone, Debug)]
pub struct Thinned {
    /// Band after band, as deep as they lie.
    samples: Samples,
    wavelengths: Option<Vec<f64>>,
    /// `physical = sample · scale + offset` of each band.
    scaling: Vec<(f32, f32)>,
    no_data: Vec<Option<f64>>,
    /// Pixels of the image from one to the next.
    step: f64,
}

/// Which pixels of a level are taken.
struct Plan {
    level: u8,
    /// Width of the level.
    width: u32,
    columns: Vec<usize>,
    rows: Vec<u32>,
    bands: Vec<usize>,
}

impl Thinned {
    /// Reads the coarsest level that has enough pixels, and of it no more than there is room for. Bands lie in the
    /// order of their wavelengths where all have one. `go_on` hears the share that is done.
    pub fn read(source: &Source, room: Room, go_on: &dyn Fn(f64) -> bool) -> Result<Self, CubeError> {
        let image = source.image();
        let bands = deep(source);
        if bands.is_empty() {
            return Err(CubeError::AllBad);
        }
        let plan = Plan::new(source, room, bands);
        let (width, height) = (plan.columns.len(), plan.rows.len());
        let samples = plan.read(source, go_on)?;
        let of = |b: &usize| &image.bands[*b];
        let scale = |b: &usize| (of(b).scale.unwrap_or(1.0) as f32, of(b).offset.unwrap_or(0.0) as f32);
        Ok(Self {
            wavelengths: samples.bands.iter().map(|b| of(b).wavelength_nm).collect(),
            scaling: samples.bands.iter().map(scale).collect(),
            no_data: samples.bands.iter().map(|b| of(b).no_data).collect(),
            step: f64::from(image.width.max(1)) / width.max(1) as f64,
            samples: Samples { width: width as u32, height: height as u32, ..samples },
        })
    }

    /// Columns, rows and bands.
    pub fn size(&self) -> [u32; 3] {
        [self.samples.width, self.samples.height, self.samples.bands.len() as u32]
    }

    /// Which bands of the image, from 0, the uppermost first.
    pub fn bands(&self) -> &[usize] {
        &self.samples.bands
    }

    /// Their wavelengths in nm; `None` when one has none.
    pub fn wavelengths(&self) -> Option<&[f64]> {
        self.wavelengths.as_deref()
    }

    /// Pixels of the image from one column to the next.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Bytes of samples that it holds.
    pub fn bytes(&self) -> usize {
        self.samples.values.as_bytes().len()
    }

    /// Some bands of the image (from 0) as they are stored; `None` when it lacks one.
    pub fn planes(&self, bands: &[usize]) -> Option<Samples> {
        let places = bands.iter().map(|b| self.samples.bands.iter().position(|own| own == b));
        let places: Vec<usize> = places.collect::<Option<_>>()?;
        let plane = self.samples.plane_len();
        let values = match &self.samples.values {
            SampleBuffer::U8(v) => SampleBuffer::U8(of_planes(v, &places, plane)),
            SampleBuffer::U16(v) => SampleBuffer::U16(of_planes(v, &places, plane)),
            SampleBuffer::I16(v) => SampleBuffer::I16(of_planes(v, &places, plane)),
            SampleBuffer::F32(v) => SampleBuffer::F32(of_planes(v, &places, plane)),
        };
        let (width, height) = (self.samples.width, self.samples.height);
        Some(Samples { width, height, bands: bands.to_vec(), values, valid: self.samples.valid.clone() })
    }

    /// The band so deep below the first, in physical values.
    pub fn layer(&self, depth: u32) -> Samples {
        let [width, height, _] = self.size();
        self.cut([width, height], |x, y| (x, y, depth), &[])
    }

    /// What is cut open along a row: a column for each of its pixels, the first band on top, in physical values.
    /// Bands of the image that `bad` names hold nothing.
    pub fn along_row(&self, row: u32, bad: &[bool]) -> Samples {
        let [width, _, bands] = self.size();
        self.cut([width, bands], |x, y| (x, row, y), bad)
    }

    /// The same along a column.
    pub fn along_column(&self, column: u32, bad: &[bool]) -> Samples {
        let [_, height, bands] = self.size();
        self.cut([height, bands], |x, y| (column, x, y), bad)
    }

    /// Where 2 and 98 % of the values lie, bad bands left out; `None` where there are none.
    pub fn limits(&self, bad: &[bool]) -> Option<[f32; 2]> {
        let [width, height, bands] = self.size();
        let pixels = width as usize * height as usize;
        let step = (pixels * bands as usize / LOOKED_AT).max(1);
        // A stride that shares no factor with the rows goes through all columns.
        let step = if (width as usize).is_multiple_of(step) { step + 1 } else { step };
        let mut found = Vec::with_capacity(LOOKED_AT + 1);
        for at in (0..pixels * bands as usize).step_by(step) {
            let (band, pixel) = (at / pixels, at % pixels);
            if !self.is_bad(band, bad) {
                let (x, y) = ((pixel % width as usize) as u32, (pixel / width as usize) as u32);
                found.extend(self.value(x, y, band as u32));
            }
        }
        let last = found.len().checked_sub(1)?;
        let mut at = |share: f64| {
            let (_, value, _) = found.select_nth_unstable_by((share * last as f64) as usize, f32::total_cmp);
            *value
        };
        let (low, high) = (at(0.02), at(0.98));
        Some(if low < high { [low, high] } else { [low, low + 1.0] })
    }

    /// The part of the image whose edges hold something: first column and row, and those after the last. Imagery
    /// often lies aslant or within a rim of nothing; sides along such an edge would be empty.
    pub fn filled(&self) -> [u32; 4] {
        let [width, height, bands] = self.size();
        let is_there = |x: u32, y: u32| self.value(x, y, bands / 2).is_some();
        let columns: Vec<u32> =
            (0..width).map(|x| (0..height).map(|y| u32::from(is_there(x, y))).sum()).collect();
        let rows: Vec<u32> =
            (0..height).map(|y| (0..width).map(|x| u32::from(is_there(x, y))).sum()).collect();
        let ([left, right], [top, bottom]) = (between(&columns), between(&rows));
        [left, top, right, bottom]
    }

    fn is_bad(&self, depth: usize, bad: &[bool]) -> bool {
        self.samples.bands.get(depth).and_then(|band| bad.get(*band)).copied().unwrap_or(false)
    }

    /// In physical values; `None` where the pixel holds nothing.
    fn value(&self, x: u32, y: u32, depth: u32) -> Option<f32> {
        let depth = depth as usize;
        let raw = self.samples.value(depth, x, y).filter(|v| Some(*v) != self.no_data[depth])?;
        let (scale, offset) = self.scaling[depth];
        let is_there = raw.is_finite() && self.samples.is_valid(x, y);
        is_there.then_some(raw as f32 * scale + offset)
    }

    fn cut(
        &self,
        [width, height]: [u32; 2],
        place: impl Fn(u32, u32) -> (u32, u32, u32),
        bad: &[bool],
    ) -> Samples {
        let count = width as usize * height as usize;
        let (mut values, mut valid) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for y in 0..height {
            for x in 0..width {
                let (column, row, depth) = place(x, y);
                let value = self.value(column, row, depth).filter(|_| !self.is_bad(depth as usize, bad));
                values.push(value.unwrap_or(0.0));
                valid.push(if value.is_some() { 255 } else { 0 });
            }
        }
        Samples { width, height, bands: vec![0], values: SampleBuffer::F32(values), valid: Some(valid) }
    }
}

/// From the first to after the last count that is at least half of the greatest.
fn between(counts: &[u32]) -> [u32; 2] {
    let enough = counts.iter().copied().max().unwrap_or(0).div_ceil(2);
    let has = |count: &u32| *count >= enough;
    let first = counts.iter().position(has).unwrap_or(0);
    let last = counts.iter().rposition(has).unwrap_or(counts.len().saturating_sub(1));
    [first as u32, last as u32 + 1]
}

/// The bands that show something, by rising wavelength where all have one, no more than [`MOST_BANDS`].
fn deep(source: &Source) -> Vec<usize> {
    let all = &source.image().bands;
    let mut bands: Vec<usize> = all.iter().filter(|b| b.color != ColorRole::Alpha).map(|b| b.index).collect();
    if bands.iter().all(|b| all[*b].wavelength_nm.is_some()) {
        let nm = |b: &usize| all[*b].wavelength_nm.unwrap_or(0.0);
        bands.sort_by(|a, b| nm(a).total_cmp(&nm(b)));
    }
    let step = bands.len().div_ceil(MOST_BANDS).max(1);
    bands.into_iter().step_by(step).collect()
}

impl Plan {
    fn new(source: &Source, room: Room, bands: Vec<usize>) -> Self {
        let image = source.image();
        let (width, height) = (f64::from(image.width), f64::from(image.height));
        let pixel_bytes = bands.len() * image.sample_type.size();
        let most = (room.bytes / pixel_bytes).max(1) as f64;
        let side = f64::from(room.side_px.max(1));
        let step = (width / side).max(height / side).max((width * height / most).sqrt()).max(1.0);
        let level = source.pyramid().level_for(step);
        let size = &source.pyramid().levels()[usize::from(level)];
        let count = |whole: f64, there: u32| ((whole / step).floor() as u32).clamp(1, there);
        let spread = |there: u32, count: u32| {
            (0..count)
                .map(move |i| (u64::from(there) * (2 * u64::from(i) + 1) / (2 * u64::from(count))) as u32)
        };
        let columns = spread(size.width, count(width, size.width)).map(|x| x as usize).collect();
        let rows = spread(size.height, count(height, size.height)).collect();
        Self { level, width: size.width, columns, rows, bands }
    }

    fn read(self, source: &Source, go_on: &dyn Fn(f64) -> bool) -> Result<Samples, CubeError> {
        let Self { level, width, columns, rows, bands } = self;
        let kind = source.image().sample_type;
        let plane = columns.len() * rows.len();
        let mut values = SampleBuffer::zeros(kind, plane * bands.len());
        let mut valid: Option<Vec<u8>> = None;
        let at_once = (AT_ONCE / (width as usize * bands.len() * kind.size()).max(1)).max(1) as u32;
        let mut next = 0;
        while let Some(first) = rows.get(next).copied() {
            if !go_on(next as f64 / rows.len() as f64) {
                return Err(CubeError::Stopped);
            }
            let many = rows[next..].iter().take_while(|row| **row - first < at_once).count();
            let height = rows[next + many - 1] - first + 1;
            let block = source.read_window(level, 0, first, width, height, &bands)?;
            let places: Vec<(usize, usize)> =
                (next..next + many).map(|row| ((rows[row] - first) as usize, row)).collect();
            let pick = Pick {
                from_width: width as usize,
                from_rows: height as usize,
                columns: &columns,
                rows: &places,
            };
            match (&block.values, &mut values) {
                (SampleBuffer::U8(from), SampleBuffer::U8(to)) => pick.take(from, to, plane),
                (SampleBuffer::U16(from), SampleBuffer::U16(to)) => pick.take(from, to, plane),
                (SampleBuffer::I16(from), SampleBuffer::I16(to)) => pick.take(from, to, plane),
                (SampleBuffer::F32(from), SampleBuffer::F32(to)) => pick.take(from, to, plane),
                // A source has samples of one kind.
                _ => return Err(CubeError::AllBad),
            }
            if let Some(from) = &block.valid {
                pick.take(from, valid.get_or_insert_with(|| vec![255; plane]), plane);
            }
            block.recycle();
            next += many;
        }
        Ok(Samples { width: columns.len() as u32, height: rows.len() as u32, bands, values, valid })
    }
}

/// The pixels of a block of rows that are taken: its rows, and which they become.
struct Pick<'a> {
    from_width: usize,
    from_rows: usize,
    columns: &'a [usize],
    rows: &'a [(usize, usize)],
}

impl Pick<'_> {
    fn take<T: Copy>(&self, from: &[T], to: &mut [T], plane: usize) {
        let bands = from.chunks_exact(self.from_width * self.from_rows).zip(to.chunks_exact_mut(plane));
        for (from, to) in bands {
            for (source, row) in self.rows {
                let from = &from[source * self.from_width..][..self.from_width];
                let to = &mut to[row * self.columns.len()..][..self.columns.len()];
                to.iter_mut().zip(self.columns).for_each(|(to, column)| *to = from[*column]);
            }
        }
    }
}

fn of_planes<T: Copy>(values: &[T], places: &[usize], plane: usize) -> Vec<T> {
    places.iter().flat_map(|place| values[place * plane..][..plane].iter().copied()).collect()
}
