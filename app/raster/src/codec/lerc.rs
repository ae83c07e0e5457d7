//! LERC: numbers to within an error that the writer chose; packed again by deflate or ZSTD, or not.

use std::borrow::Cow;

use lerc::{DecodeResult, LercInfo, Sample};

use super::guard::{check_size, damaged};
use super::unpack;
use crate::compression::Compression;
use crate::error::Fault;
use crate::layout::Layout;
use crate::number::NumberType;
use crate::numbers::Numbers;

/// The kind of extra sample that is an alpha channel which was not multiplied into the colours.
const STRAIGHT_ALPHA: u64 = 2;

/// Decodes a chunk of `rows` rows.
pub(crate) fn decode(layout: &Layout, packed: &[u8], rows: u32) -> Result<Numbers, Fault> {
    // What LERC could not pack it stores as it is, with a header and a mask.
    let most = (layout.unpacked_bytes(rows) as usize).saturating_mul(2).saturating_add(1 << 16);
    let blob = match layout.compression {
        Compression::LercDeflate => Cow::Owned(unpack::deflate_at_most(packed, most)?),
        Compression::LercZstd => Cow::Owned(unpack::zstd_at_most(packed, most)?),
        _ => Cow::Borrowed(packed),
    };
    let blob = &*blob;
    let nan = f64::NAN;
    Ok(match layout.number_type() {
        NumberType::U8 => Numbers::U8(numbers(layout, blob, rows, None)?),
        NumberType::I8 => Numbers::I8(numbers(layout, blob, rows, None)?),
        NumberType::U16 => Numbers::U16(numbers(layout, blob, rows, None)?),
        NumberType::I16 => Numbers::I16(numbers(layout, blob, rows, None)?),
        NumberType::U32 => Numbers::U32(numbers(layout, blob, rows, None)?),
        NumberType::I32 => Numbers::I32(numbers(layout, blob, rows, None)?),
        NumberType::F16 | NumberType::F32 => Numbers::F32(numbers(layout, blob, rows, Some(nan))?),
        NumberType::F64 => Numbers::F64(numbers(layout, blob, rows, Some(nan))?),
        NumberType::U64 | NumberType::I64 => {
            return Err(Fault::unsupported("LERC compression of 64-bit whole numbers is not read"));
        }
    })
}

/// Samples pixel by pixel. What the blob's mask leaves out becomes `missing`.
fn numbers<T: Sample>(
    layout: &Layout,
    blob: &[u8],
    rows: u32,
    missing: Option<f64>,
) -> Result<Vec<T>, Fault> {
    let bad = |e: lerc::LercError| damaged("LERC", &e);
    let info = lerc::decode_info(blob).map_err(bad)?;
    check_size("LERC", (info.width.into(), info.height.into()), layout, rows)?;
    let samples = usize::from(layout.chunk_samples());
    let stored = stored_samples(layout, &info)?;
    let pixels = info.width as usize * info.height as usize;
    let mut packed = vec![T::from_f64(0.0); pixels * stored];
    let found = lerc::decode_into(blob, &mut packed).map_err(bad)?;
    let wanted = layout.chunk_width as usize * rows as usize;
    let is_whole = missing.is_none() || found.valid_masks.iter().all(lerc::bitmask::BitMask::is_all_valid);
    if info.depth as usize == stored && stored == samples && is_whole {
        packed.truncate(wanted * samples);
        return Ok(packed);
    }
    let mut out = Vec::with_capacity(wanted * samples);
    for pixel in 0..wanted {
        for sample in 0..samples {
            let value = place(&found, pixel, sample, pixels, stored).map_or_else(
                || T::from_f64(if is_there(&found, pixel, 0) { 255.0 } else { 0.0 }),
                |at| match missing {
                    Some(missing) if !is_there(&found, pixel, sample) => T::from_f64(missing),
                    _ => packed[at],
                },
            );
            out.push(value);
        }
    }
    Ok(out)
}

/// How many samples of each pixel the blob holds: all, or all but an alpha channel that its mask stands for.
fn stored_samples(layout: &Layout, info: &LercInfo) -> Result<usize, Fault> {
    let samples = u32::from(layout.chunk_samples());
    let masked = samples > 1
        && layout.number_type() == NumberType::U8
        && layout.extra_samples.last() == Some(&STRAIGHT_ALPHA);
    let fits = |n: u32| (info.depth == n && info.bands == 1) || (info.depth == 1 && info.bands == n);
    match () {
        () if fits(samples) => Ok(samples as usize),
        () if masked && fits(samples - 1) => Ok(samples as usize - 1),
        () => Err(Fault::damaged(format!(
            "LERC data of {} × {} samples per pixel stand where {samples} belong",
            info.depth, info.bands
        ))),
    }
}

/// Where a sample lies: samples of a pixel side by side, or plane after plane; `None` for the mask.
fn place(found: &DecodeResult, pixel: usize, sample: usize, pixels: usize, stored: usize) -> Option<usize> {
    if sample >= stored {
        return None;
    }
    Some(if found.bands > 1 { sample * pixels + pixel } else { pixel * stored + sample })
}

fn is_there(found: &DecodeResult, pixel: usize, sample: usize) -> bool {
    let mask = if found.bands > 1 { sample } else { 0 };
    found.valid_masks.get(mask).is_none_or(|m| m.is_valid(pixel))
}
