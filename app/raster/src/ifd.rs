//! TIFF directories: where each tag's values lie, without reading those that nobody asked for.
//!
//! The arrays of tile offsets of a 20 GB mosaic hold hundreds of thousands of numbers. A directory here
//! is only the list of its entries; single elements are read when a tile is.

use std::collections::{BTreeMap, HashSet};

use crate::error::Fault;
use crate::file::RandomFile;

/// More directories than this in one chain are left unread.
const MOST_DIRECTORIES: usize = 128;
/// More entries than this in one directory are refused.
const MOST_ENTRIES: u64 = 4096;
/// Metadata values longer than this are refused.
const MOST_VALUE_BYTES: u64 = 16 << 20;

/// Byte order of a TIFF file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endian {
    Little,
    Big,
}

impl Endian {
    /// True where the file's order is not the processor's.
    pub(crate) fn is_foreign(self) -> bool {
        (self == Self::Little) != cfg!(target_endian = "little")
    }

    fn number(self, bytes: &[u8]) -> u64 {
        let join = |acc: u64, b: &u8| (acc << 8) | u64::from(*b);
        match self {
            Self::Little => bytes.iter().rev().fold(0, join),
            Self::Big => bytes.iter().fold(0, join),
        }
    }
}

/// Where the values of one tag lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    kind: u16,
    pub(crate) count: u64,
    /// Absolute offset of the first value (inside the entry itself when the values are short).
    location: u64,
}

impl Entry {
    /// Stands where a directory is yet to be written.
    pub(crate) const NOWHERE: Self = Self { kind: 16, count: 0, location: 0 };

    fn value_size(&self) -> u64 {
        size_of_kind(self.kind).unwrap_or(1)
    }
}

fn size_of_kind(kind: u16) -> Option<u64> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 | 16 | 17 | 18 => Some(8),
        _ => None,
    }
}

/// One TIFF directory: tags and where their values lie.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    entries: BTreeMap<u16, Entry>,
    next: u64,
}

impl Directory {
    pub(crate) fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.get(&tag)
    }
}

/// A TIFF file whose header has been read.
#[derive(Debug)]
pub(crate) struct Tiff {
    pub(crate) file: RandomFile,
    pub(crate) endian: Endian,
    big: bool,
    first: u64,
}

impl Tiff {
    /// Reads the header. `None` when the file does not begin as a TIFF does.
    pub(crate) fn open(file: RandomFile) -> Result<Option<Self>, Fault> {
        if file.len() < 8 {
            return Ok(None);
        }
        let head = file.read_range(0, file.len().min(16) as usize)?;
        let endian = match &head[..2] {
            b"II" => Endian::Little,
            b"MM" => Endian::Big,
            _ => return Ok(None),
        };
        let (big, first) = match endian.number(&head[2..4]) {
            42 => (false, endian.number(&head[4..8])),
            43 if head.len() < 16 => return Err(Fault::damaged("the file ends within its header")),
            43 if endian.number(&head[4..6]) == 8 => (true, endian.number(&head[8..16])),
            43 => return Err(Fault::damaged("the BigTIFF header does not use 8-byte offsets")),
            _ => return Ok(None),
        };
        Ok(Some(Self { file, endian, big, first }))
    }

    /// The chain of directories from the first; a loop, damage or too long a chain ends it with a warning,
    /// damage of the first directory is an error.
    pub(crate) fn chain(&self, warnings: &mut Vec<String>) -> Result<Vec<Directory>, Fault> {
        let mut directories = Vec::new();
        let mut seen = HashSet::new();
        let mut offset = self.first;
        while offset != 0 {
            if !seen.insert(offset) {
                warnings.push("The list of images in the file runs in a circle; it was cut there.".into());
                break;
            }
            if directories.len() >= MOST_DIRECTORIES {
                warnings
                    .push(format!("Only the first {MOST_DIRECTORIES} images in the file were looked at."));
                break;
            }
            match self.directory(offset) {
                Ok(directory) => {
                    offset = directory.next;
                    directories.push(directory);
                }
                Err(fault) if directories.is_empty() => return Err(fault),
                Err(fault) => {
                    warnings
                        .push(format!("Image {} of the file was left out: {fault}.", directories.len() + 1));
                    break;
                }
            }
        }
        if directories.is_empty() {
            return Err(Fault::damaged("it holds no image"));
        }
        Ok(directories)
    }

    /// Reads the directory at an offset.
    pub(crate) fn directory(&self, offset: u64) -> Result<Directory, Fault> {
        let cut =
            |_| Fault::damaged(format!("the directory at offset {offset} lies past the end of the file"));
        let (count_size, entry_size, pointer_size) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number_at(offset, count_size).map_err(cut)?;
        if count == 0 {
            return Err(Fault::damaged("a directory in it is empty"));
        }
        if count > MOST_ENTRIES {
            return Err(Fault::damaged(format!("a directory claims {count} entries")));
        }
        let start = offset.saturating_add(count_size);
        let table = self.file.read_range(start, (count * entry_size) as usize).map_err(cut)?;
        let mut entries = BTreeMap::new();
        for (i, bytes) in table.chunks_exact(entry_size as usize).enumerate() {
            let at = start + i as u64 * entry_size;
            if let Some((tag, entry)) = self.parse_entry(bytes, at, pointer_size) {
                entries.entry(tag).or_insert(entry);
            }
        }
        let next = self.number_at(start.saturating_add(count * entry_size), pointer_size).unwrap_or(0);
        Ok(Directory { entries, next })
    }

    fn parse_entry(&self, bytes: &[u8], at: u64, pointer_size: u64) -> Option<(u16, Entry)> {
        let p = pointer_size as usize;
        let tag = self.endian.number(&bytes[0..2]) as u16;
        let kind = self.endian.number(&bytes[2..4]) as u16;
        let count = self.endian.number(&bytes[4..4 + p]);
        let size = size_of_kind(kind)?;
        let inline = count.checked_mul(size).is_some_and(|n| n <= pointer_size);
        let location =
            if inline { at + 4 + pointer_size } else { self.endian.number(&bytes[4 + p..4 + 2 * p]) };
        (count > 0).then_some((tag, Entry { kind, count, location }))
    }

    fn number_at(&self, offset: u64, size: u64) -> Result<u64, Fault> {
        let mut buffer = [0; 8];
        let part = &mut buffer[..size as usize];
        self.file.read_exact_at(part, offset)?;
        Ok(self.endian.number(part))
    }

    /// All values of an entry as raw bytes, at most `MOST_VALUE_BYTES`.
    fn value_bytes(&self, entry: &Entry) -> Result<Vec<u8>, Fault> {
        let len = entry.count.checked_mul(entry.value_size()).filter(|n| *n <= MOST_VALUE_BYTES);
        let len = len.ok_or_else(|| Fault::damaged(format!("a tag claims {} values", entry.count)))?;
        self.file.read_range(entry.location, len as usize)
    }

    /// All values as unsigned numbers (rationals and floats are refused).
    pub(crate) fn numbers(&self, entry: &Entry) -> Result<Vec<u64>, Fault> {
        if !matches!(entry.kind, 1..=4 | 6..=9 | 13 | 16..=18) {
            return Err(Fault::damaged("a tag that counts something is not a whole number"));
        }
        let bytes = self.value_bytes(entry)?;
        Ok(bytes.chunks_exact(entry.value_size() as usize).map(|b| self.endian.number(b)).collect())
    }

    /// One value of a long array, without reading the others.
    pub(crate) fn number(&self, entry: &Entry, index: u64) -> Result<u64, Fault> {
        if index >= entry.count || !matches!(entry.kind, 1..=4 | 6..=9 | 13 | 16..=18) {
            return Err(Fault::damaged(format!("the file lists only {} of its tiles", entry.count)));
        }
        let size = entry.value_size();
        let offset = index.checked_mul(size).and_then(|n| n.checked_add(entry.location));
        self.number_at(offset.ok_or_else(|| Fault::damaged("an offset is too large"))?, size)
    }

    /// All values as floating-point numbers, whatever their type.
    pub(crate) fn doubles(&self, entry: &Entry) -> Result<Vec<f64>, Fault> {
        let bytes = self.value_bytes(entry)?;
        let e = self.endian;
        let one = |b: &[u8]| match entry.kind {
            5 => e.number(&b[..4]) as f64 / e.number(&b[4..]) as f64,
            6 => f64::from(b[0] as i8),
            8 => f64::from(e.number(b) as i16),
            9 => f64::from(e.number(b) as i32),
            10 => f64::from(e.number(&b[..4]) as i32) / f64::from(e.number(&b[4..]) as i32),
            11 => f64::from(f32::from_bits(e.number(b) as u32)),
            12 => f64::from_bits(e.number(b)),
            17 => e.number(b) as i64 as f64,
            _ => e.number(b) as f64,
        };
        Ok(bytes.chunks_exact(entry.value_size() as usize).map(one).collect())
    }

    /// The raw bytes of a BYTE, UNDEFINED or ASCII tag.
    pub(crate) fn bytes(&self, entry: &Entry) -> Result<Vec<u8>, Fault> {
        self.value_bytes(entry)
    }

    /// Text up to the first NUL; bytes that are not UTF-8 are replaced.
    pub(crate) fn text(&self, entry: &Entry) -> Option<String> {
        let bytes = self.value_bytes(entry).ok()?;
        let text = String::from_utf8_lossy(bytes.split(|b| *b == 0).next().unwrap_or_default()).into_owned();
        (!text.trim().is_empty()).then_some(text)
    }

    /// The first value of a tag of a directory.
    pub(crate) fn first(&self, directory: &Directory, tag: u16) -> Result<Option<u64>, Fault> {
        directory.entry(tag).map(|entry| self.number(entry, 0)).transpose()
    }
}
