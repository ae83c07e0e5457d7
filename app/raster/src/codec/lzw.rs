//! LZW as TIFF packs it. Every string of the table already stands in the output, so an entry is only
//! where it stands there and how long it is.

use crate::error::Fault;

const CLEAR: u16 = 256;
const END: u16 = 257;
const FIRST_FREE: usize = 258;
const MOST_CODES: usize = 4096;

/// Codes of 9 to 12 bits, most significant bit first.
struct Codes<'a> {
    rest: &'a [u8],
    held: u64,
    held_bits: u32,
}

impl Codes<'_> {
    #[inline]
    fn next(&mut self, width: u32) -> Option<u16> {
        if self.held_bits < width {
            if let Some((four, rest)) = self.rest.split_first_chunk::<4>() {
                self.held = self.held << 32 | u64::from(u32::from_be_bytes(*four));
                self.held_bits += 32;
                self.rest = rest;
            } else {
                while self.held_bits < width {
                    let (byte, rest) = self.rest.split_first()?;
                    self.held = self.held << 8 | u64::from(*byte);
                    self.held_bits += 8;
                    self.rest = rest;
                }
            }
        }
        self.held_bits -= width;
        Some((self.held >> self.held_bits) as u16 & ((1 << width) - 1))
    }
}

/// Fills `out`; fewer bytes will do when they are at least `enough`.
pub(crate) fn unpack(packed: &[u8], out: &mut [u8], enough: usize) -> Result<(), Fault> {
    if packed.len() >= 2 && packed[0] == 0 && packed[1] & 1 == 1 {
        return unpack_old_style(packed, out, enough);
    }
    let written = fill(packed, out).ok_or_else(|| Fault::damaged("the LZW data are damaged"))?;
    if written < enough { Err(Fault::damaged("the LZW data end early")) } else { Ok(()) }
}

/// A string of the table: where it stands in the output, and its first eight bytes.
#[derive(Clone, Copy, Default)]
struct Entry {
    bytes: u64,
    start: u32,
    len: u32,
}

/// How many bytes were written; `None` when a code names nothing.
fn fill(packed: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut codes = Codes { rest: packed, held: 0, held_bits: 0 };
    let mut table = vec![Entry::default(); MOST_CODES];
    for (byte, entry) in table.iter_mut().take(256).enumerate() {
        *entry = Entry { bytes: byte as u64, start: 0, len: 1 };
    }
    let (mut free, mut width) = (FIRST_FREE, 9);
    let mut last: Option<Entry> = None;
    let mut at = 0;
    while at < out.len() {
        let Some(code) = codes.next(width) else { break };
        if code == CLEAR {
            (free, width, last) = (FIRST_FREE, 9, None);
            continue;
        }
        if code == END {
            break;
        }
        let code = usize::from(code);
        let mut entry = if code < free {
            table[code % MOST_CODES]
        } else {
            // The one string that may be named before it is known: the last and its own first byte.
            let last = last.filter(|_| code == free)?;
            extended(last, last.bytes)
        };
        match out[at..].first_chunk_mut::<8>() {
            Some(eight) if entry.len <= 8 => *eight = entry.bytes.to_le_bytes(),
            _ => copy_long(out, &entry, at),
        }
        if let Some(last) = last
            && free < MOST_CODES
        {
            table[free] = extended(last, entry.bytes);
            free += 1;
            if free == (1 << width) - 1 && width < 12 {
                width += 1;
            }
        }
        entry.start = at as u32;
        last = Some(entry);
        at = (at + entry.len as usize).min(out.len());
    }
    Some(at)
}

/// A string and the first byte of the next.
#[inline]
fn extended(entry: Entry, next: u64) -> Entry {
    let added = if entry.len < 8 { (next & 0xff) << (8 * entry.len) } else { 0 };
    Entry { bytes: entry.bytes | added, len: entry.len + 1, ..entry }
}

/// Copies a string of more than eight bytes, or at the very end, as far as there is room.
fn copy_long(out: &mut [u8], entry: &Entry, at: usize) {
    let len = (entry.len as usize).min(out.len() - at);
    if entry.len <= 8 {
        out[at..at + len].copy_from_slice(&entry.bytes.to_le_bytes()[..len]);
        return;
    }
    let start = entry.start as usize;
    if len <= 32 && at + 32 <= out.len() {
        // It lies at least eight bytes back: what reaches into itself is there before it is copied on.
        for k in (0..len).step_by(8) {
            let eight = out[start + k..].first_chunk::<8>().copied();
            if let (Some(eight), Some(to)) = (eight, out[at + k..].first_chunk_mut::<8>()) {
                *to = eight;
            }
        }
        return;
    }
    let known = len.min(at - start);
    out.copy_within(start..start + known, at);
    if known < len {
        // It goes on with its own first byte.
        out[at + known] = out[start];
    }
}

/// Before 1990 some programs packed the bits the other way round.
fn unpack_old_style(packed: &[u8], out: &mut [u8], enough: usize) -> Result<(), Fault> {
    use weezl::{BitOrder, LzwStatus, decode::Configuration};
    let mut decoder = Configuration::new(BitOrder::Lsb, 8).with_yield_on_full_buffer(true).build();
    let (mut read, mut written) = (0, 0);
    while written < out.len() {
        let step = decoder.decode_bytes(&packed[read..], &mut out[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in > 0 || step.consumed_out > 0 => {}
            Ok(_) => break,
            Err(_) => return Err(Fault::damaged("the LZW data are damaged")),
        }
    }
    if written < enough { Err(Fault::damaged("the LZW data end early")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pack(raw: &[u8]) -> Vec<u8> {
        let mut packer = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
        packer.encode(raw).expect("it packs anything")
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(
            raw in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..9000),
                proptest::collection::vec(0_u8..3, 0..60_000),
                (1_usize..20_000).prop_map(|n| vec![7; n]),
            ],
            spare in 0_usize..3,
        ) {
            let packed = pack(&raw);
            let mut out = vec![0; raw.len()];
            prop_assert_eq!(unpack(&packed, &mut out, raw.len()), Ok(()));
            prop_assert_eq!(&out, &raw);
            // A buffer that is too small is filled, one that is too large is an early end.
            let mut less = vec![0; raw.len().saturating_sub(spare)];
            let less_len = less.len();
            prop_assert_eq!(unpack(&packed, &mut less, less_len), Ok(()));
            prop_assert_eq!(&less[..], &raw[..less_len]);
            let mut more = vec![0; raw.len() + 1];
            prop_assert!(unpack(&packed, &mut more, raw.len() + 1).is_err());
        }

        #[test]
        fn any_bytes_are_no_trouble(packed in proptest::collection::vec(any::<u8>(), 0..3000), len in 0_usize..70_000) {
            let mut out = vec![0; len];
            let outcome = unpack(&packed, &mut out, len);
            prop_assert!(outcome.is_ok() || outcome.is_err());
        }
    }
}
