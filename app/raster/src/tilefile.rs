//! A TIFF that is being written: chunks go in as they come and can be read back before it is finished;
//! the file appears under its name only when it is whole.

#![expect(
    clippy::inline_always,
    reason = "a loop is made of vectors only where all of it stands in one function"
)]

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pulp::{Arch, Simd, WithSimd};
use spatial::TileWindow;

use crate::codec;
use crate::directory::{TagValue, directory, header, layout_tags};
use crate::doubts::Doubts;
use crate::error::Fault;
use crate::file::read_exact_at;
use crate::ifd::Endian;
use crate::layout::Layout;
use crate::numbers::Numbers;
use crate::samples::{SampleBuffer, with_pair};
use crate::spare;

/// One directory to be: how it stores pixels, and its tags besides.
#[derive(Debug)]
pub(crate) struct NewPart {
    pub(crate) layout: Layout,
    pub(crate) tags: Vec<(u16, TagValue)>,
}

/// A TIFF under construction.
#[derive(Debug)]
pub(crate) struct TileFile {
    target: PathBuf,
    temporary: PathBuf,
    file: File,
    big: bool,
    parts: Vec<NewPart>,
    /// Offset and length of each chunk of each part; length 0 = not written.
    places: Mutex<Places>,
    is_finished: bool,
}

#[derive(Debug)]
struct Places {
    end: u64,
    chunks: Vec<Vec<(u64, u64)>>,
}

/// What GDAL is told of the order of a cloud-optimised file.
const LAYOUT: &str = "LAYOUT=IFDS_BEFORE_DATA\nKNOWN_INCOMPATIBLE_EDITION=NO\n ";
/// The most tiles or strips that a new file may have in all.
const MOST_CHUNKS: u64 = 64 << 20;

impl TileFile {
    pub(crate) fn create(target: &Path, parts: Vec<NewPart>) -> Result<Self, Fault> {
        let bytes: u64 = parts
            .iter()
            .map(|p| {
                let bits = u64::from(p.layout.samples) * u64::from(p.layout.bits);
                u64::from(p.layout.width).saturating_mul(u64::from(p.layout.height)).saturating_mul(bits) / 8
            })
            .fold(0, u64::saturating_add);
        let big = bytes > 3_500_000_000;
        let counts: Vec<u64> = parts.iter().map(|p| p.layout.listed_chunks_needed()).collect();
        if counts.iter().fold(0_u64, |a, b| a.saturating_add(*b)) > MOST_CHUNKS {
            return Err(Fault::too_large("the image has too many tiles to be written"));
        }
        let temporary = temporary_name(target);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&temporary)
            .map_err(write_fault)?;
        let chunks = counts.iter().map(|n| vec![(0, 0); *n as usize]).collect();
        let new = Self {
            target: target.to_owned(),
            temporary,
            file,
            big,
            parts,
            places: Mutex::new(Places { end: 16, chunks }),
            is_finished: false,
        };
        (&new.file).write_all(&[0; 16]).map_err(write_fault)?;
        Ok(new)
    }

    pub(crate) fn layout(&self, part: usize) -> &Layout {
        &self.parts[part].layout
    }

    fn index(&self, part: usize, col: u64, row: u64, plane: u16) -> usize {
        let layout = &self.parts[part].layout;
        let down = u64::from(layout.height.div_ceil(layout.chunk_height));
        ((u64::from(plane) * down + row) * layout.chunks_across() + col) as usize
    }

    /// Appends one packed chunk.
    pub(crate) fn put(
        &self,
        part: usize,
        (col, row, plane): (u64, u64, u16),
        packed: &[u8],
    ) -> Result<(), Fault> {
        let index = self.index(part, col, row, plane);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(places.end)).map_err(write_fault)?;
        file.write_all(packed).map_err(write_fault)?;
        let place = (places.end, packed.len() as u64);
        places.end += packed.len() as u64;
        let slot = places.chunks[part].get_mut(index);
        *slot.ok_or_else(|| Fault::out_of_range("there is no such tile"))? = place;
        Ok(())
    }

    /// Samples of a window of a part, band after band, from chunks that were put.
    pub(crate) fn read(
        &self,
        part: usize,
        window: TileWindow,
        samples: &[usize],
    ) -> Result<SampleBuffer, Fault> {
        let layout = self.layout(part);
        let plane = window.width as usize * window.height as usize;
        let mut out = spare::samples(layout.sample_type(), plane * samples.len());
        let cols = u64::from(window.x / layout.chunk_width)
            ..=u64::from((window.x + window.width - 1) / layout.chunk_width);
        let rows = layout.chunk_row_of(window.y)..=layout.chunk_row_of(window.y + window.height - 1);
        for row in rows {
            for col in cols.clone() {
                let overlap = crate::overlap::Overlap::new(layout, window, col, row);
                if !layout.separate {
                    let chunk = self.chunk(part, (col, row, 0))?;
                    overlap.copy(&chunk, samples, usize::from(layout.samples), &mut out);
                    spare::keep_numbers(chunk);
                    continue;
                }
                for (i, sample) in samples.iter().enumerate() {
                    let chunk = self.chunk(part, (col, row, *sample as u16))?;
                    overlap.copy_plane(&chunk, (0, 1), &mut out, i * plane);
                    spare::keep_numbers(chunk);
                }
            }
        }
        Ok(out)
    }

    fn chunk(&self, part: usize, (col, row, plane): (u64, u64, u16)) -> Result<Numbers, Fault> {
        let index = self.index(part, col, row, plane);
        let place =
            self.places.lock().unwrap_or_else(PoisonError::into_inner).chunks[part].get(index).copied();
        let (offset, len) =
            place.filter(|p| p.1 > 0).ok_or_else(|| Fault::out_of_range("a tile was not written"))?;
        let mut packed = spare::bytes(len as usize);
        read_exact_at(&self.file, &mut packed, offset)?;
        let layout = self.layout(part);
        let (_, rows) = layout.chunk_rows(row);
        let numbers = codec::decode(layout, Endian::Little, &mut packed, (rows, rows), &Doubts::default());
        spare::keep(packed);
        numbers
    }

    /// Writes the directories and gives the file its name.
    pub(crate) fn finish(mut self) -> Result<(), Fault> {
        let places = self.places.get_mut().unwrap_or_else(PoisonError::into_inner);
        let first = places.end.next_multiple_of(8);
        let mut at = first;
        let mut file = &self.file;
        file.seek(SeekFrom::Start(first)).map_err(write_fault)?;
        let last = self.parts.len() - 1;
        for (i, part) in self.parts.iter_mut().enumerate() {
            let (offsets, counts) = std::mem::take(&mut places.chunks[i]).into_iter().unzip();
            let mut tags = layout_tags(&part.layout, offsets, counts);
            tags.append(&mut part.tags);
            let bytes = directory(tags, at, self.big, i == last);
            file.write_all(&bytes).map_err(write_fault)?;
            at += bytes.len() as u64;
        }
        if !self.big && at > u64::from(u32::MAX) {
            return Err(Fault::too_large("the packed image passes 4 GB, which its kind of TIFF cannot hold"));
        }
        file.seek(SeekFrom::Start(0)).map_err(write_fault)?;
        file.write_all(&header(self.big, first)).map_err(write_fault)?;
        self.file.sync_data().map_err(write_fault)?;
        std::fs::rename(&self.temporary, &self.target).map_err(write_fault)?;
        self.is_finished = true;
        Ok(())
    }

    /// The same as a cloud-optimised GeoTIFF (OGC 21-026): directories in front, then chunks row by row, those of the coarsest
    /// part first. Packed chunks are taken over as they are, through a second file.
    pub(crate) fn finish_for_the_cloud(mut self) -> Result<(), Fault> {
        let places = self.places.get_mut().unwrap_or_else(PoisonError::into_inner);
        let chunks = std::mem::take(&mut places.chunks);
        let ghost = format!("GDAL_STRUCTURAL_METADATA_SIZE={:06} bytes\n{LAYOUT}", LAYOUT.len());
        let after_header = header(self.big, 0).len() as u64 + ghost.len() as u64;
        let first = after_header.next_multiple_of(8);
        // How long a directory is does not hang on where its chunks lie.
        let (_, data) = self.directories(&chunks, first);
        let mut moved = chunks.clone();
        let mut end = data.next_multiple_of(8);
        for place in moved.iter_mut().rev().flatten().filter(|(_, len)| *len > 0) {
            place.0 = end;
            end += place.1;
        }
        if !self.big && end > u64::from(u32::MAX) {
            return Err(Fault::too_large("the packed image passes 4 GB, which its kind of TIFF cannot hold"));
        }
        let mut front = header(self.big, first);
        front.extend(ghost.as_bytes());
        front.resize(first as usize, 0);
        front.extend(self.directories(&moved, first).0);
        front.resize(data.next_multiple_of(8) as usize, 0);
        let ordered = temporary_name(&self.target);
        let done = self
            .in_order(&ordered, &front, &chunks)
            .and_then(|()| std::fs::rename(&ordered, &self.target).map_err(write_fault));
        if done.is_err() && std::fs::remove_file(&ordered).is_err() {
            log::warn!("could not remove the unfinished file {}", ordered.display());
        }
        done
    }

    /// All directories as they stand from `first` on, and where they end.
    fn directories(&self, chunks: &[Vec<(u64, u64)>], first: u64) -> (Vec<u8>, u64) {
        let (mut all, mut at) = (Vec::new(), first);
        for (i, (part, chunks)) in self.parts.iter().zip(chunks).enumerate() {
            let (offsets, counts) = chunks.iter().copied().unzip();
            let mut tags = layout_tags(&part.layout, offsets, counts);
            tags.extend(part.tags.iter().cloned());
            let bytes = directory(tags, at, self.big, i + 1 == self.parts.len());
            at += bytes.len() as u64;
            all.extend(bytes);
        }
        (all, at)
    }

    /// Writes what stands in front, and chunks from the coarsest part on.
    fn in_order(&self, path: &Path, front: &[u8], chunks: &[Vec<(u64, u64)>]) -> Result<(), Fault> {
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(write_fault)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        out.write_all(front).map_err(write_fault)?;
        for (offset, len) in chunks.iter().rev().flatten().filter(|(_, len)| *len > 0) {
            let mut packed = spare::bytes(*len as usize);
            read_exact_at(&self.file, &mut packed, *offset)?;
            out.write_all(&packed).map_err(write_fault)?;
            spare::keep(packed);
        }
        let file = out.into_inner().map_err(|error| write_fault(error.into_error()))?;
        file.sync_data().map_err(write_fault)
    }
}

impl Drop for TileFile {
    fn drop(&mut self) {
        if !self.is_finished && std::fs::remove_file(&self.temporary).is_err() {
            log::warn!("could not remove the unfinished file {}", self.temporary.display());
        }
    }
}

fn temporary_name(target: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}-{number}.part", std::process::id()));
    target.with_file_name(name)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
pub(crate) fn write_fault(error: std::io::Error) -> Fault {
    match error.kind() {
        std::io::ErrorKind::StorageFull => Fault::System("the disk is full".into()),
        std::io::ErrorKind::NotFound => Fault::System("its folder is not there".into()),
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            Fault::System("you may not write there".into())
        }
        _ => Fault::System(format!("the system says “{error}”")),
    }
}

/// Planes of a window turned into the samples of one whole chunk: interleaved where the layout is, its
/// border repeated where the window is smaller than the chunk.
pub(crate) fn chunk_samples(
    layout: &Layout,
    planes: &SampleBuffer,
    width: usize,
    height: usize,
    plane: u16,
) -> SampleBuffer {
    let (full_w, full_h) =
        (layout.chunk_width as usize, if layout.tiled { layout.chunk_height as usize } else { height });
    let bands = usize::from(layout.chunk_samples());
    let mut out = spare::samples(planes.kind(), full_w * full_h * bands);
    let first = if layout.separate { usize::from(plane) } else { 0 };
    with_pair!(planes, &mut out, from, to => if bands == 3 {
        let (row, all) = (width * height, &from[first * width * height..]);
        let planes = [&all[..row], &all[row..row * 2], &all[row * 2..row * 3]];
        Arch::new().dispatch(Weave { planes, to, width, full_width: full_w });
    } else {
        for band in 0..bands {
            let source = &from[(first + band) * width * height..][..width * height];
            for y in 0..full_h {
                let row = &source[y.min(height - 1) * width..][..width];
                let target = to[y * full_w * bands..][..full_w * bands].iter_mut().skip(band).step_by(bands);
                let last = row[width - 1];
                target.zip(row.iter().copied().chain(std::iter::repeat(last))).for_each(|(t, n)| *t = n);
            }
        }
    }, ());
    out
}

/// Three planes as pixels of three numbers; the last pixel and row are repeated as far as the target goes.
struct Weave<'a, T> {
    planes: [&'a [T]; 3],
    to: &'a mut [T],
    width: usize,
    full_width: usize,
}

impl<T: Copy> WithSimd for Weave<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { planes, to, width, full_width } = self;
        let last_row = planes[0].len() / width - 1;
        for (y, line) in to.chunks_exact_mut(full_width * 3).enumerate() {
            let row = y.min(last_row) * width;
            let [red, green, blue] = planes.map(|plane| &plane[row..row + width]);
            let (pixels, _) = line.as_chunks_mut::<3>();
            let (there, beyond) = pixels.split_at_mut(width);
            for i in 0..width {
                there[i] = [red[i], green[i], blue[i]];
            }
            if let Some(last) = there.last() {
                beyond.fill(*last);
            }
        }
    }
}
