//! What a Parquet file claims, looked at before a library believes it: every length, count and size in its footer and
//! in the headers of its pages, so that no lie makes anybody take memory that the file does not fill.
//!
//! Both are in Thrift's compact protocol. See <https://github.com/apache/parquet-format> (Thrift definition, “File
//! format”) and <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

/// Bytes of the longest footer.
const MOST_FOOTER: usize = 4 << 20;
/// Bytes of the longest page, unpacked.
const MOST_PAGE: i64 = 64 << 20;
/// Values of one column in one row group.
pub(super) const MOST_VALUES: i64 = 8 << 20;
/// How deep structures are nested.
const DEEPEST: u32 = 24;

/// The footer of a file; an error where it is none, or claims what it does not hold.
pub(super) fn footer(bytes: &[u8]) -> Result<(), String> {
    let cut = || "it is no Parquet file, or its end is missing".to_owned();
    let (rest, magic) = bytes.split_last_chunk::<4>().ok_or_else(cut)?;
    if magic == b"PARE" {
        return Err("it is encrypted".into());
    }
    let (rest, length) = rest.split_last_chunk::<4>().ok_or_else(cut)?;
    if magic != b"PAR1" || !rest.starts_with(b"PAR1") {
        return Err(cut());
    }
    let length = u32::from_le_bytes(*length) as usize;
    if length > MOST_FOOTER {
        return Err(format!("its footer has {length} bytes, and {MOST_FOOTER} are read"));
    }
    let from = rest.len().checked_sub(length).filter(|from| *from >= 4).ok_or_else(cut)?;
    let mut walk = Walk { rest: &rest[from..] };
    walk.structure(DEEPEST, &mut |_, _, _| ()).ok_or_else(|| "its footer is damaged".to_owned())
}

/// The pages of a column chunk.
pub(super) fn pages(mut chunk: &[u8], packed: bool) -> Result<(), String> {
    let mut values = 0_i64;
    while !chunk.is_empty() {
        let mut page = Page::default();
        let mut walk = Walk { rest: chunk };
        walk.structure(DEEPEST, &mut |path, field, number| page.take(path, field, number))
            .ok_or("the header of a page is damaged")?;
        if !(0..=MOST_PAGE).contains(&page.unpacked) {
            return Err(format!("a page claims to have {} bytes, and {MOST_PAGE} are read", page.unpacked));
        }
        values = values.saturating_add(page.values.max(0));
        if page.values < 0 || values > MOST_VALUES {
            return Err(format!("a column claims to have more than {MOST_VALUES} values"));
        }
        // Snappy does not make more than 64 bytes of three.
        let possible =
            if packed { page.packed.saturating_mul(32).saturating_add(1 << 10) } else { page.packed };
        if page.unpacked > possible {
            return Err("a page claims to be longer than what it is packed in can hold".into());
        }
        let packed = usize::try_from(page.packed).ok().filter(|length| *length <= walk.rest.len());
        let length = packed.ok_or("a page reaches beyond its column")?;
        chunk = &walk.rest[length..];
    }
    Ok(())
}

/// What the header of a page says.
#[derive(Debug, Default)]
struct Page {
    unpacked: i64,
    packed: i64,
    values: i64,
}

impl Page {
    fn take(&mut self, path: i16, field: i16, number: i64) {
        match (path, field) {
            (0, 2) => self.unpacked = number,
            (0, 3) => self.packed = number,
            // Data pages of both versions, and dictionaries.
            (5 | 7 | 8, 1) => self.values = number,
            _ => {}
        }
    }
}

/// Bytes of the compact protocol, walked over.
struct Walk<'a> {
    rest: &'a [u8],
}

const STOP: u8 = 0;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

impl Walk<'_> {
    /// A structure; `told` hears of every whole number in it and in those directly within: the field that holds the
    /// inner one or 0, the field, the number. `None` where it is damaged.
    fn structure(&mut self, deeper: u32, told: &mut dyn FnMut(i16, i16, i64)) -> Option<()> {
        self.fields(deeper, 0, true, told)
    }

    fn fields(
        &mut self,
        deeper: u32,
        path: i16,
        tells: bool,
        told: &mut dyn FnMut(i16, i16, i64),
    ) -> Option<()> {
        let deeper = deeper.checked_sub(1)?;
        let mut field = 0_i16;
        loop {
            let head = self.byte()?;
            if head & 0x0F == STOP {
                return Some(());
            }
            field = match head >> 4 {
                0 => i16::try_from(self.signed()?).ok()?,
                step => field.checked_add(i16::from(step))?,
            };
            match head & 0x0F {
                // True and false stand in the head.
                1 | 2 => {}
                4..=6 => {
                    let number = self.signed()?;
                    if tells {
                        told(path, field, number);
                    }
                }
                STRUCT => self.fields(deeper, field, tells && path == 0, told)?,
                kind => self.value(kind, deeper)?,
            }
        }
    }

    fn value(&mut self, kind: u8, deeper: u32) -> Option<()> {
        match kind {
            1..=3 => self.byte().map(drop),
            4..=6 => self.signed().map(drop),
            7 => self.skip(8),
            8 => {
                let length = usize::try_from(self.number()?).ok()?;
                self.skip(length)
            }
            LIST | SET => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.number()? } else { u64::from(head >> 4) };
                self.count(count)?;
                (0..count).try_for_each(|_| self.element(head & 0x0F, deeper))
            }
            MAP => {
                let count = self.number()?;
                self.count(count)?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.element(kinds >> 4, deeper)?;
                    self.element(kinds & 0x0F, deeper)
                })
            }
            STRUCT => self.fields(deeper, 0, false, &mut |_, _, _| ()),
            _ => None,
        }
    }

    fn element(&mut self, kind: u8, deeper: u32) -> Option<()> {
        self.value(kind, deeper.checked_sub(1)?)
    }

    /// Each element takes a byte at the least.
    fn count(&self, count: u64) -> Option<()> {
        (count <= self.rest.len() as u64).then_some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.rest = self.rest.get(length..)?;
        Some(())
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}
