//! Writes TIFF directories.

use crate::tags;

/// The values of one tag.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TagValue {
    Text(String),
    Shorts(Vec<u16>),
    Long(u32),
    /// Offsets or counts: 8 bytes each in BigTIFF, 4 otherwise.
    Offsets(Vec<u64>),
    Doubles(Vec<f64>),
}

impl TagValue {
    /// Type code, number of values, and the values as little-endian bytes.
    fn encode(&self, big: bool) -> (u16, u64, Vec<u8>) {
        match self {
            Self::Text(text) => {
                let mut bytes: Vec<u8> = text.bytes().filter(|b| *b != 0).collect();
                bytes.push(0);
                (2, bytes.len() as u64, bytes)
            }
            Self::Shorts(v) => (3, v.len() as u64, v.iter().flat_map(|n| n.to_le_bytes()).collect()),
            Self::Long(n) => (4, 1, n.to_le_bytes().to_vec()),
            Self::Offsets(v) if big => (16, v.len() as u64, v.iter().flat_map(|n| n.to_le_bytes()).collect()),
            Self::Offsets(v) => {
                (4, v.len() as u64, v.iter().flat_map(|n| (*n as u32).to_le_bytes()).collect())
            }
            Self::Doubles(v) => (12, v.len() as u64, v.iter().flat_map(|n| n.to_le_bytes()).collect()),
        }
    }
}

/// The header of a little-endian file whose first directory lies at `first`.
pub(crate) fn header(big: bool, first: u64) -> Vec<u8> {
    let mut bytes = b"II".to_vec();
    if big {
        bytes.extend([43, 0, 8, 0, 0, 0]);
        bytes.extend(first.to_le_bytes());
    } else {
        bytes.extend([42, 0]);
        bytes.extend((first as u32).to_le_bytes());
    }
    bytes
}

/// One directory and its values as they stand at `at`; `is_last` ends the chain, else the next directory
/// follows at the end of these bytes.
pub(crate) fn directory(mut entries: Vec<(u16, TagValue)>, at: u64, big: bool, is_last: bool) -> Vec<u8> {
    entries.sort_by_key(|(tag, _)| *tag);
    let (count_size, entry_size, pointer) = if big { (8, 20, 8) } else { (2, 12, 4) };
    let table = count_size + entries.len() * entry_size + pointer;
    let (mut head, mut values) = (Vec::with_capacity(table), Vec::new());
    head.extend(&(entries.len() as u64).to_le_bytes()[..count_size]);
    for (tag, value) in &entries {
        let (kind, count, mut bytes) = value.encode(big);
        head.extend(tag.to_le_bytes());
        head.extend(kind.to_le_bytes());
        head.extend(&count.to_le_bytes()[..pointer]);
        if bytes.len() <= pointer {
            bytes.resize(pointer, 0);
            head.extend(bytes);
        } else {
            head.extend(&(at + (table + values.len()) as u64).to_le_bytes()[..pointer]);
            values.extend(bytes);
            values.resize(values.len().next_multiple_of(8), 0);
        }
    }
    let next = if is_last { 0 } else { at + (table + values.len()) as u64 };
    head.extend(&next.to_le_bytes()[..pointer]);
    head.extend(values);
    head
}

/// `BitsPerSample`-like tags that repeat one number per sample.
pub(crate) fn repeated(tag: u16, value: u16, samples: u16) -> (u16, TagValue) {
    (tag, TagValue::Shorts(vec![value; usize::from(samples)]))
}

/// The tags that say how a directory's pixels are stored.
pub(crate) fn layout_tags(
    layout: &crate::layout::Layout,
    offsets: Vec<u64>,
    counts: Vec<u64>,
) -> Vec<(u16, TagValue)> {
    use crate::compression::Compression;
    use crate::layout::NumberFormat;
    let short = |n: u16| TagValue::Shorts(vec![n]);
    let compression = match layout.compression {
        Compression::Deflate => 8,
        Compression::Zstd => 50000,
        _ => 1,
    };
    let format = match layout.format {
        NumberFormat::Unsigned => 1,
        NumberFormat::Signed => 2,
        NumberFormat::Float => 3,
    };
    let mut all = vec![
        (tags::NEW_SUBFILE_TYPE, TagValue::Long(layout.subfile as u32)),
        (tags::IMAGE_WIDTH, TagValue::Long(layout.width)),
        (tags::IMAGE_LENGTH, TagValue::Long(layout.height)),
        repeated(tags::BITS_PER_SAMPLE, u16::from(layout.bits), layout.samples),
        (tags::COMPRESSION, short(compression)),
        (tags::SAMPLES_PER_PIXEL, short(layout.samples)),
        (tags::PLANAR_CONFIGURATION, short(if layout.separate { 2 } else { 1 })),
        repeated(tags::SAMPLE_FORMAT, format, layout.samples),
    ];
    if layout.predictor > 1 {
        all.push((tags::PREDICTOR, short(u16::from(layout.predictor))));
    }
    if layout.tiled {
        all.push((tags::TILE_WIDTH, TagValue::Long(layout.chunk_width)));
        all.push((tags::TILE_LENGTH, TagValue::Long(layout.chunk_height)));
        all.push((tags::TILE_OFFSETS, TagValue::Offsets(offsets)));
        all.push((tags::TILE_BYTE_COUNTS, TagValue::Offsets(counts)));
    } else {
        all.push((tags::ROWS_PER_STRIP, TagValue::Long(layout.chunk_height)));
        all.push((tags::STRIP_OFFSETS, TagValue::Offsets(offsets)));
        all.push((tags::STRIP_BYTE_COUNTS, TagValue::Offsets(counts)));
    }
    all
}
