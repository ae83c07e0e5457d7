//! Makes TIFFs that say anything.

/// Values of a forged tag.
#[derive(Clone)]
pub(crate) enum Value {
    Short(u16),
    Long(u32),
    Longs(Vec<u32>),
    Doubles(Vec<f64>),
    Bytes(Vec<u8>),
    /// Type, count and offset as they stand in the entry.
    Raw(u16, u32, u32),
}

/// A classic little-endian TIFF of one directory: the header, `data` from byte 8 on, then the directory.
pub(crate) fn tiff(entries: &[(u16, Value)], data: &[u8], next: u32) -> Vec<u8> {
    let mut entries: Vec<(u16, Value)> = entries.to_vec();
    entries.sort_by_key(|e| e.0);
    let mut out = b"II\x2a\0\0\0\0\0".to_vec();
    out.extend(data);
    out.resize(out.len().next_multiple_of(2), 0);
    let mut table = Vec::new();
    for (tag, value) in entries {
        let (kind, count, bytes): (u16, u32, Vec<u8>) = match value {
            Value::Short(n) => (3, 1, n.to_le_bytes().to_vec()),
            Value::Long(n) => (4, 1, n.to_le_bytes().to_vec()),
            Value::Longs(v) => (4, v.len() as u32, v.iter().flat_map(|n| n.to_le_bytes()).collect()),
            Value::Doubles(v) => (12, v.len() as u32, v.iter().flat_map(|n| n.to_le_bytes()).collect()),
            Value::Bytes(b) => (7, b.len() as u32, b),
            Value::Raw(kind, count, offset) => (kind, count, offset.to_le_bytes().to_vec()),
        };
        table.extend(tag.to_le_bytes());
        table.extend(kind.to_le_bytes());
        table.extend(count.to_le_bytes());
        if bytes.len() <= 4 {
            let mut inline = bytes;
            inline.resize(4, 0);
            table.extend(inline);
        } else {
            table.extend((out.len() as u32).to_le_bytes());
            out.extend(bytes);
            out.resize(out.len().next_multiple_of(2), 0);
        }
    }
    let at = out.len() as u32;
    out[4..8].copy_from_slice(&at.to_le_bytes());
    out.extend(((table.len() / 12) as u16).to_le_bytes());
    out.extend(table);
    out.extend(next.to_le_bytes());
    out
}

/// The tags of a plain grey image in one strip whose data begin at byte 8.
pub(crate) fn gray(width: u32, height: u32, compression: u16, packed: usize) -> Vec<(u16, Value)> {
    vec![
        (256, Value::Long(width)),
        (257, Value::Long(height)),
        (258, Value::Short(8)),
        (259, Value::Short(compression)),
        (262, Value::Short(1)),
        (273, Value::Long(8)),
        (277, Value::Short(1)),
        (278, Value::Long(height)),
        (279, Value::Long(packed as u32)),
    ]
}

/// The same in tiles of `side`, all of them at byte 8.
pub(crate) fn tiled(
    width: u32,
    height: u32,
    side: u32,
    compression: u16,
    packed: usize,
) -> Vec<(u16, Value)> {
    let count = (width.div_ceil(side).min(100) * height.div_ceil(side).min(100)) as usize;
    let mut entries = gray(width, height, compression, packed);
    entries.retain(|e| !matches!(e.0, 273 | 278 | 279));
    entries.extend([
        (322, Value::Long(side)),
        (323, Value::Long(side)),
        (324, Value::Longs(vec![8; count])),
        (325, Value::Longs(vec![packed as u32; count])),
    ]);
    entries
}

/// Replaces or adds a tag.
pub(crate) fn with(mut entries: Vec<(u16, Value)>, tag: u16, value: Value) -> Vec<(u16, Value)> {
    entries.retain(|e| e.0 != tag);
    entries.push((tag, value));
    entries
}
