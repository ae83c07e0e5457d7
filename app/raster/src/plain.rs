//! Plain arrays of numbers in a file: any kind, any byte order, any order of columns, rows and bands.
//!
//! A window is read as few runs of bytes, never more of them than a block that stays in the processor's
//! cache: rows of a cube with interleaved pixels are one run each, single bands of one that is stored band
//! after band are read without touching the others.

use spatial::{Level, TileWindow};

use crate::driver::{Driver, ExactStored, Keep, Stored};
use crate::error::Fault;
use crate::number::{Buffer, NumberType};
use crate::rough::{RoughGrid, by_windows};
use crate::samples::SampleType;
use crate::unpacked::Bytes;

/// Where the number of a column, row and sample lies, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ArrayLayout {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Of a complex sample the real part comes first, the imaginary one right behind it.
    pub(crate) is_complex: bool,
    pub(crate) samples: u16,
    /// Bytes before the number of the first column, row and sample.
    pub(crate) offset: u64,
    /// Bytes from one number to the next along each axis.
    pub(crate) x_step: u64,
    pub(crate) y_step: u64,
    pub(crate) sample_step: u64,
    pub(crate) number: NumberType,
    pub(crate) big_endian: bool,
}

/// Runs that are nearer to each other than this are read as one: the gap costs less than another call.
const SMALL_GAP_BYTES: u64 = 4096;
/// A block of bytes that is read and unpacked at once, about.
const BLOCK_BYTES: u64 = 256 << 10;
/// Side of the windows that an array is read by.
const TILE_PX: u32 = 512;

impl ArrayLayout {
    /// Bytes of one sample.
    pub(crate) fn sample_bytes(&self) -> u64 {
        (self.number.size() as u64) << u8::from(self.is_complex)
    }

    /// Name of the samples' type, as NumPy writes it.
    pub(crate) fn type_name(&self) -> &'static str {
        match (self.is_complex, self.number) {
            (true, NumberType::F32) => "complex64",
            (true, _) => "complex128",
            (false, number) => number.name(),
        }
    }

    /// Numbers of one pixel.
    fn numbers(&self) -> u16 {
        self.samples << u8::from(self.is_complex)
    }

    /// One past the last byte; `None` when that is beyond all files.
    pub(crate) fn end(&self) -> Option<u64> {
        let along = |n: u64, step: u64| (n - 1).checked_mul(step);
        let x = along(u64::from(self.width), self.x_step)?;
        let y = along(u64::from(self.height), self.y_step)?;
        let s = along(u64::from(self.samples), self.sample_step)?;
        let size = self.sample_bytes();
        self.offset.checked_add(x)?.checked_add(y)?.checked_add(s)?.checked_add(size)
    }
}

/// An open file of plain numbers.
#[derive(Debug)]
pub(crate) struct PlainArray {
    pub(crate) bytes: Bytes,
    pub(crate) layout: ArrayLayout,
}

/// One axis of what is to be read: which indices, and how far apart they lie.
#[derive(Clone, Copy, Debug)]
struct Axis<'a> {
    which: Which,
    step: u64,
    picks: Picks<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    X,
    Y,
    Sample,
}

#[derive(Clone, Copy, Debug)]
enum Picks<'a> {
    /// First index and how many.
    Range(u64, u64),
    /// Indices in rising order, each with its place in the result.
    List(&'a [(usize, usize)]),
}

impl Picks<'_> {
    fn count(&self) -> u64 {
        match self {
            Self::Range(_, n) => *n,
            Self::List(list) => list.len() as u64,
        }
    }

    fn index(&self, i: u64) -> u64 {
        match self {
            Self::Range(first, _) => first + i,
            Self::List(list) => list[i as usize].0 as u64,
        }
    }

    /// Some of the picks.
    fn part(&self, from: u64, count: u64) -> Self {
        match self {
            Self::Range(first, _) => Self::Range(first + from, count),
            Self::List(list) => Self::List(&list[from as usize..(from + count) as usize]),
        }
    }

    /// From the first index to the last, both counted.
    fn span(&self) -> u64 {
        self.index(self.count() - 1) - self.index(0) + 1
    }
}

impl Axis<'_> {
    /// Bytes from the first number of the picks to the end of the last, for numbers of `size` bytes.
    fn bytes(&self, size: u64) -> u64 {
        (self.picks.span() - 1).saturating_mul(self.step).saturating_add(size)
    }
}

impl PlainArray {
    fn window<B: Buffer>(&self, w: TileWindow, samples: &[usize]) -> Result<B, Fault> {
        let plane = w.width as usize * w.height as usize;
        let mut out = B::filled(self.layout.number, plane * samples.len(), 0.0);
        if !self.layout.is_complex {
            self.read_part(w, samples.iter().copied().zip(0..).collect(), 0, &mut out)?;
            return Ok(out);
        }
        for part in 0..2 {
            let own =
                samples.iter().zip(0..).filter(|(s, _)| *s % 2 == part).map(|(s, place)| (s / 2, place));
            self.read_part(w, own.collect(), part as u64 * self.layout.number.size() as u64, &mut out)?;
        }
        Ok(out)
    }

    /// Samples and their places in the result, of numbers that begin `ahead` bytes into a sample.
    fn read_part(
        &self,
        w: TileWindow,
        mut list: Vec<(usize, usize)>,
        ahead: u64,
        out: &mut impl Buffer,
    ) -> Result<(), Fault> {
        if list.is_empty() {
            return Ok(());
        }
        let layout = &self.layout;
        let plane = w.width as usize * w.height as usize;
        list.sort_unstable();
        let x = Picks::Range(u64::from(w.x), u64::from(w.width));
        let y = Picks::Range(u64::from(w.y), u64::from(w.height));
        let mut axes = [
            Axis { which: Which::X, step: layout.x_step, picks: x },
            Axis { which: Which::Y, step: layout.y_step, picks: y },
            Axis { which: Which::Sample, step: layout.sample_step, picks: Picks::List(&list) },
        ];
        // An axis of one index moves nothing: as the outermost it is in nobody's way.
        axes.sort_by_key(|axis| if axis.picks.count() == 1 { u64::MAX } else { axis.step });
        Reading { array: self, first: w, plane, ahead, block: Vec::new() }.read(axes, out)
    }
}

/// The way through one window.
struct Reading<'a> {
    array: &'a PlainArray,
    first: TileWindow,
    plane: usize,
    /// Bytes from the beginning of a sample to the number that is read of it.
    ahead: u64,
    block: Vec<u8>,
}

impl Reading<'_> {
    /// Axes from the one whose numbers lie nearest to each other to the farthest: the outer two are walked
    /// through, as many steps at once as lie near enough to be one run.
    fn read(&mut self, [inner, mid, outer]: [Axis<'_>; 3], out: &mut impl Buffer) -> Result<(), Fault> {
        let size = self.array.layout.number.size() as u64;
        let inner_at_once = run_length(&inner, size);
        for o in 0..outer.picks.count() {
            let outer = Axis { picks: outer.picks.part(o, 1), ..outer };
            let mut i = 0;
            while i < inner.picks.count() {
                let n = inner_at_once.min(inner.picks.count() - i);
                let inner = Axis { picks: inner.picks.part(i, n), ..inner };
                let mid_at_once = run_length(&mid, inner.bytes(size));
                let mut m = 0;
                while m < mid.picks.count() {
                    let n = mid_at_once.min(mid.picks.count() - m);
                    let mid = Axis { picks: mid.picks.part(m, n), ..mid };
                    self.read_run([inner, mid, outer], out)?;
                    m += n;
                }
                i += n;
            }
        }
        Ok(())
    }

    /// One run of bytes, and all of its numbers that are wanted.
    fn read_run(&mut self, axes: [Axis<'_>; 3], out: &mut impl Buffer) -> Result<(), Fault> {
        let layout = &self.array.layout;
        let too_far = || Fault::damaged("its numbers lie beyond the end of all files");
        let mut start = layout.offset.checked_add(self.ahead);
        let mut len = layout.number.size() as u64;
        for axis in &axes {
            start = axis.picks.index(0).checked_mul(axis.step).and_then(|by| start?.checked_add(by));
            len = len.saturating_add((axis.picks.span() - 1).saturating_mul(axis.step));
        }
        self.block.resize(len as usize, 0);
        self.array.bytes.read_exact_at(&mut self.block, start.ok_or_else(too_far)?)?;
        let axis = |which| axes.iter().find(|a| a.which == which).copied().unwrap_or(axes[0]);
        let (x, y, samples) = (axis(Which::X), axis(Which::Y), axis(Which::Sample));
        let Picks::List(list) = samples.picks else { return Ok(()) };
        let (x0, y0) = (x.picks.index(0), y.picks.index(0));
        let to_x = (x0 - u64::from(self.first.x)) as usize;
        for (sample, place) in list {
            let at_sample = (*sample - list[0].0) as u64 * samples.step;
            for row in 0..y.picks.count() {
                let at = (at_sample + row * y.step) as usize;
                let to_y = (y0 + row - u64::from(self.first.y)) as usize;
                let to = place * self.plane + to_y * self.first.width as usize + to_x;
                let span = to..to + x.picks.count() as usize;
                let from = self.block.get(at..).unwrap_or_default();
                out.unpack(layout.number, layout.big_endian, from, x.step as usize, span);
            }
        }
        Ok(())
    }
}

/// How many picks of an axis, each of `bytes` bytes, make one run: all that follow each other closely,
/// until the block is full.
fn run_length(axis: &Axis<'_>, bytes: u64) -> u64 {
    let count = axis.picks.count();
    let widest = match axis.picks {
        Picks::Range(..) => 1,
        Picks::List(list) => list.windows(2).map(|two| two[1].0 - two[0].0).max().unwrap_or(1) as u64,
    };
    if widest.saturating_mul(axis.step).saturating_sub(bytes) > SMALL_GAP_BYTES {
        return 1;
    }
    let stride = axis.bytes(bytes).div_ceil(count).max(1);
    (BLOCK_BYTES / stride).clamp(1, count)
}

impl Driver for PlainArray {
    fn levels(&self) -> Vec<Level> {
        let (width, height) = (self.layout.width, self.layout.height);
        vec![Level { width, height, tile_width: TILE_PX, tile_height: TILE_PX }]
    }

    fn samples(&self) -> u16 {
        self.layout.numbers()
    }

    fn sample_type(&self) -> SampleType {
        self.layout.number.sample_type()
    }

    fn read(
        &self,
        _level: usize,
        window: TileWindow,
        samples: &[usize],
        _keep: Keep,
    ) -> Result<Stored, Fault> {
        Ok((self.window(window, samples)?, None))
    }

    fn is_rounded(&self) -> bool {
        self.layout.number.is_wide()
    }

    fn rough(&self, _level: usize) -> Option<RoughGrid> {
        let is_file = matches!(&self.bytes, Bytes::File(file) if !file.is_remote());
        is_file.then_some(RoughGrid { step: (4, 4), row: 1, tile: (256, 256) })
    }

    fn read_crossings(
        &self,
        level: usize,
        crossings: (&[u32], &[u32]),
        samples: &[usize],
    ) -> Result<Stored, Fault> {
        let gap = crossings.0.windows(2).map(|two| u64::from(two[1] - two[0])).min().unwrap_or(0);
        let is_row_cheap = gap.saturating_mul(self.layout.x_step) <= SMALL_GAP_BYTES;
        by_windows(self, level, crossings, samples, is_row_cheap)
    }

    fn read_exact(
        &self,
        _level: usize,
        window: TileWindow,
        samples: &[usize],
        _keep: Keep,
    ) -> Result<ExactStored, Fault> {
        Ok((self.window(window, samples)?, None))
    }
}
