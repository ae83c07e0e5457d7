//! Windows of a variable: blocks of its numbers, turned into planes of samples.

use std::ops::Range;

use spatial::{Level, TileWindow};

use crate::driver::{Driver, ExactStored, Keep, Stored};
use crate::error::Fault;
use crate::samples::SampleType;
use crate::variables::axes::Axes;
use crate::variables::container::{Block, Numbers};
use crate::variables::table::Table;

/// Numbers of a block that is read at once.
const BLOCK_NUMBERS: u64 = 8 << 20;
/// The most samples of the sensor's image that one window of a map may need.
const MOST_SENSOR_SAMPLES: u64 = 96 << 20;

/// An open variable.
#[derive(Debug)]
pub(crate) struct VariableImage {
    pub(crate) numbers: Numbers,
    pub(crate) shape: Vec<u64>,
    pub(crate) axes: Axes,
    /// Sides of the blocks that it is packed in.
    pub(crate) chunks: Option<Vec<u64>>,
    pub(crate) samples: u16,
    /// The first row of the file is the lowest of the image.
    pub(crate) is_upside_down: bool,
    pub(crate) table: Option<Table>,
    /// What is written where the table has nothing.
    pub(crate) hole: f64,
}

/// Bands that are read in one go: a range of the fastest band axis at fixed indices of the others.
#[derive(Debug)]
struct Group {
    outer: Vec<u64>,
    inner: Range<u64>,
    /// Index along the band axis, and which plane of the result it is.
    members: Vec<(u64, usize)>,
}

impl VariableImage {
    /// Columns and rows as the file has them.
    fn stored_size(&self) -> (u32, u32) {
        (self.shape[self.axes.x] as u32, self.shape[self.axes.y] as u32)
    }

    /// Columns and rows as they are shown.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.table.as_ref().map_or(self.stored_size(), |t| (t.width as u32, t.height as u32))
    }

    fn groups(&self, samples: &[usize]) -> Vec<Group> {
        let Some(axis) = self.axes.bands.last().copied() else {
            let members = (0..samples.len()).map(|place| (0, place)).collect();
            return vec![Group { outer: Vec::new(), inner: 0..1, members }];
        };
        let mut wanted: Vec<(Vec<u64>, usize)> =
            samples.iter().enumerate().map(|(i, s)| (self.axes.band_indices(&self.shape, *s), i)).collect();
        wanted.sort();
        let chunk = self.chunks.as_ref().map(|c| c[axis]);
        let is_fastest = axis + 1 == self.shape.len();
        let mut groups: Vec<Group> = Vec::new();
        for (mut outer, place) in wanted {
            let index = outer.pop().unwrap_or(0);
            let joins = |g: &&mut Group| {
                let together = match chunk {
                    Some(chunk) => (g.inner.end - 1) / chunk == index / chunk || g.inner.end == index,
                    None => is_fastest || index <= g.inner.end,
                };
                g.outer == outer && together
            };
            if let Some(group) = groups.last_mut().filter(joins) {
                group.inner.end = index + 1;
                group.members.push((index, place));
            } else {
                groups.push(Group { outer, inner: index..index + 1, members: vec![(index, place)] });
            }
        }
        // Numbers side by side in one piece: whole pixels are fewer and longer reads than parts of them.
        if is_fastest && chunk.is_none() {
            for group in &mut groups {
                group.inner = 0..self.shape[axis];
            }
        }
        groups
    }

    /// Samples of a window of the image as the file has it, upright.
    fn window<B: Block>(&self, w: TileWindow, samples: &[usize]) -> Result<B, Fault> {
        let plane = w.width as usize * w.height as usize;
        let mut out = B::filled(self.numbers.number, plane * samples.len(), 0.0);
        for group in self.groups(samples) {
            let row = u64::from(w.width) * (group.inner.end - group.inner.start);
            let rows_at_once = (BLOCK_NUMBERS / row).clamp(1, u64::from(w.height)) as u32;
            let mut y = 0;
            while y < w.height {
                let height = rows_at_once.min(w.height - y);
                let part = TileWindow { y: w.y + y, height, ..w };
                self.read_block(&group, part, (y, plane), &mut out)?;
                y += height;
            }
        }
        Ok(out)
    }

    /// Some rows of a group, put into planes that begin `first_row` rows further up.
    fn read_block<B: Block>(
        &self,
        group: &Group,
        w: TileWindow,
        (first_row, plane): (u32, usize),
        out: &mut B,
    ) -> Result<(), Fault> {
        let height = self.stored_size().1;
        let (x, y) =
            (u64::from(w.x), u64::from(if self.is_upside_down { height - w.y - w.height } else { w.y }));
        let mut block: Vec<Range<u64>> = vec![0..1; self.shape.len()];
        block[self.axes.x] = x..x + u64::from(w.width);
        block[self.axes.y] = y..y + u64::from(w.height);
        for (axis, index) in &self.axes.fixed {
            block[*axis] = *index..*index + 1;
        }
        if let Some((inner, outer)) = self.axes.bands.split_last() {
            block[*inner] = group.inner.clone();
            outer.iter().zip(&group.outer).for_each(|(axis, index)| block[*axis] = *index..*index + 1);
        }
        let read: B = self.numbers.read(&block)?;
        let mut steps = vec![1; block.len()];
        for axis in (0..block.len() - 1).rev() {
            steps[axis] = steps[axis + 1] * (block[axis + 1].end - block[axis + 1].start) as usize;
        }
        let band_step = self.axes.bands.last().map_or(0, |axis| steps[*axis]);
        let (width, rows) = (w.width as usize, w.height as usize);
        let step = steps[self.axes.x].max(1);
        for (index, place) in &group.members {
            for row in 0..rows {
                let stored_row = if self.is_upside_down { rows - 1 - row } else { row };
                let at = (index - group.inner.start) as usize * band_step + stored_row * steps[self.axes.y];
                let begin = place * plane + (first_row as usize + row) * width;
                out.put_each(&read, (0..width).map(|col| (begin + col, at + col * step)));
            }
        }
        Ok(())
    }

    /// Samples of a window of the map, by way of the table; the mask says where there are any.
    fn window_by_table<B: Block>(
        &self,
        table: &Table,
        w: TileWindow,
        samples: &[usize],
    ) -> Result<(B, Option<Vec<u8>>), Fault> {
        let places = table.window(w, self.stored_size())?;
        let mut out = B::filled(self.numbers.number, places.len() * samples.len(), self.hole);
        let mask = places.iter().map(|p| if p.is_some() { 255 } else { 0 }).collect();
        let there = || places.iter().flatten();
        let (Some(left), Some(right)) = (there().map(|p| p.0).min(), there().map(|p| p.0).max()) else {
            return Ok((out, Some(mask)));
        };
        let (top, bottom) =
            (there().map(|p| p.1).min().unwrap_or(0), there().map(|p| p.1).max().unwrap_or(0));
        let area = TileWindow { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
        let needed = u64::from(area.width) * u64::from(area.height) * samples.len() as u64;
        if needed > MOST_SENSOR_SAMPLES {
            return Err(Fault::too_large(
                "its table scatters neighbours over the whole of the sensor's image",
            ));
        }
        let read: B = self.window(area, samples)?;
        let sensor_plane = area.width as usize * area.height as usize;
        for i in 0..samples.len() {
            let from = |(x, y): &(u32, u32)| {
                i * sensor_plane + (y - top) as usize * area.width as usize + (x - left) as usize
            };
            let taken = places.iter().enumerate().filter_map(|(to, place)| Some((to, from(place.as_ref()?))));
            out.put_each(&read, taken.map(|(to, from)| (i * places.len() + to, from)));
        }
        Ok((out, Some(mask)))
    }
}

/// The side of tiles that are whole chunks, where chunks are of a sane size.
fn tile_side(chunk: u64, full: u32) -> u32 {
    const USUAL: u32 = 512;
    if chunk >= u64::from(full) || chunk > 1024 {
        return USUAL;
    }
    let several = 256_u64.div_ceil(chunk) * chunk;
    if several <= 1024 { several as u32 } else { USUAL }
}

impl Driver for VariableImage {
    fn levels(&self) -> Vec<Level> {
        let (width, height) = self.size();
        let side = |axis: usize, full| match (&self.chunks, &self.table) {
            (Some(chunks), None) => tile_side(chunks[axis], full),
            _ => 512,
        };
        vec![Level {
            width,
            height,
            tile_width: side(self.axes.x, width),
            tile_height: side(self.axes.y, height),
        }]
    }

    fn samples(&self) -> u16 {
        self.samples
    }

    fn sample_type(&self) -> SampleType {
        self.numbers.number.sample_type()
    }

    fn read(
        &self,
        _level: usize,
        window: TileWindow,
        samples: &[usize],
        _keep: Keep,
    ) -> Result<Stored, Fault> {
        match &self.table {
            Some(table) => self.window_by_table(table, window, samples),
            None => Ok((self.window(window, samples)?, None)),
        }
    }

    fn is_rounded(&self) -> bool {
        self.numbers.number.is_wide()
    }

    fn read_exact(
        &self,
        _level: usize,
        window: TileWindow,
        samples: &[usize],
        _keep: Keep,
    ) -> Result<ExactStored, Fault> {
        match &self.table {
            Some(table) => self.window_by_table(table, window, samples),
            None => Ok((self.window(window, samples)?, None)),
        }
    }

    fn has_mask(&self, _level: usize) -> bool {
        self.table.is_some()
    }
}
