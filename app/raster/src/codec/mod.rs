//! From the packed bytes of one chunk to its samples.

mod ccitt;
pub(crate) mod guard;
mod jpeg;
mod jpeg2000;
mod jpegxl;
mod lerc;
mod lzw;
mod predictor;
#[cfg(target_arch = "x86_64")]
mod running;
mod unpack;
mod webp;
mod widen;

use crate::compression::Compression;
use crate::doubts::Doubts;
use crate::duty;
use crate::error::Fault;
use crate::ifd::Endian;
use crate::layout::{Layout, NumberFormat};
use crate::numbers::Numbers;
use crate::samples::SampleBuffer;
use crate::spare;

/// Decodes one chunk of `rows` rows, of which `visible_rows` must be there, into numbers in the file's own
/// order (pixel-interleaved where the file interleaves). Never allocates more than the chunk's size by its
/// layout, twice. What is doubtful about it goes into `doubts`.
pub(crate) fn decode(
    layout: &Layout,
    endian: Endian,
    packed: &mut [u8],
    (rows, visible_rows): (u32, u32),
    doubts: &Doubts,
) -> Result<Numbers, Fault> {
    decode_rows(layout, endian, packed, (rows, visible_rows), Some(doubts))
}

/// `doubts` is `None` where `packed` may be the beginning of more.
fn decode_rows(
    layout: &Layout,
    endian: Endian,
    packed: &mut [u8],
    (rows, visible_rows): (u32, u32),
    doubts: Option<&Doubts>,
) -> Result<Numbers, Fault> {
    duty::note();
    if layout.lowest_bit_first && !layout.compression.is_picture() {
        for byte in packed.iter_mut() {
            *byte = byte.reverse_bits();
        }
    }
    let count = layout.chunk_width as usize * rows as usize * usize::from(layout.chunk_samples());
    if layout.compression.is_picture() {
        return guard::guarded(layout.compression.name(), || decode_picture(layout, packed, rows, count));
    }
    if is_direct(layout) {
        let mut values = spare::numbers(layout.number_type(), count);
        decode_bytes(layout, endian, (packed, visible_rows), values.as_bytes_mut(), doubts)?;
        return Ok(values);
    }
    let mut raw: Vec<u8> = spare::zeros(layout.unpacked_bytes(rows) as usize);
    decode_bytes(layout, endian, (packed, visible_rows), &mut raw, doubts)?;
    let numbers = match &layout.chroma {
        Some(chroma) => Numbers::U8(chroma.to_rgb(&raw, layout.chunk_width, rows)),
        None => widen::widen(layout, &raw, count),
    };
    spare::keep(raw);
    Ok(numbers)
}

/// Decodes the first rows of a chunk, of which `packed` may hold only the beginning. A checksum is not asked for:
/// it stands at the end.
pub(crate) fn decode_top(
    layout: &Layout,
    endian: Endian,
    packed: &mut [u8],
    rows: u32,
) -> Result<Numbers, Fault> {
    if layout.compression != Compression::Jpeg {
        return decode_rows(layout, endian, packed, (rows, rows), None);
    }
    duty::note();
    let count = layout.chunk_width as usize * rows as usize * usize::from(layout.chunk_samples());
    guard::guarded("JPEG", || {
        let mut bytes = spare::zeros(count);
        jpeg::decode_top(layout, packed, rows, &mut bytes)?;
        Ok(Numbers::U8(bytes))
    })
}

/// Packed bytes that say themselves how large their picture is and what its numbers are.
fn decode_picture(layout: &Layout, packed: &[u8], rows: u32, count: usize) -> Result<Numbers, Fault> {
    let mut bytes = Vec::new();
    match layout.compression {
        Compression::Lerc | Compression::LercDeflate | Compression::LercZstd => {
            return lerc::decode(layout, packed, rows);
        }
        Compression::Jpeg2000 { is_ycc } => return jpeg2000::decode(layout, packed, rows, is_ycc),
        Compression::JpegXl => return jpegxl::decode(layout, packed, rows),
        Compression::WebP => {
            bytes.resize(count, 0);
            webp::decode(layout, packed, rows, &mut bytes)?;
        }
        _ => {
            bytes = spare::zeros(count);
            jpeg::decode(layout, packed, rows, &mut bytes)?;
        }
    }
    Ok(Numbers::U8(bytes))
}

/// True where unpacked bytes are the numbers in memory.
fn is_direct(layout: &Layout) -> bool {
    usize::from(layout.bits) == layout.number_type().size() * 8 && layout.chroma.is_none()
}

/// True where the bytes in the file are the numbers in memory.
pub(crate) fn is_plain(layout: &Layout, endian: Endian) -> bool {
    let in_order = layout.bits == 8 || !endian.is_foreign();
    layout.compression == Compression::None && is_direct(layout) && in_order && !layout.lowest_bit_first
}

/// Unpacks, puts bytes into the processor's order and undoes the predictor. `out` is exactly the chunk.
fn decode_bytes(
    layout: &Layout,
    endian: Endian,
    (packed, visible_rows): (&[u8], u32),
    out: &mut [u8],
    doubts: Option<&Doubts>,
) -> Result<(), Fault> {
    let enough = (layout.unpacked_bytes(visible_rows) as usize).min(out.len());
    match layout.compression {
        Compression::None => {
            let whole = packed.get(..out.len());
            out.copy_from_slice(whole.ok_or_else(|| Fault::damaged("its data end early"))?);
        }
        Compression::Lzw => lzw::unpack(packed, out, enough)?,
        Compression::Deflate => match doubts {
            Some(doubts) if !unpack::deflate(packed, out, enough)? => doubts.note_wrong_sum(),
            Some(_) => {}
            None => unpack::deflate_top(packed, out)?,
        },
        Compression::PackBits => unpack::packbits(packed, out, enough)?,
        Compression::Zstd => unpack::zstd(packed, out, enough)?,
        Compression::Lzma => guard::guarded("LZMA", || unpack::lzma(packed, out, enough))?,
        Compression::Ccitt(kind) => {
            guard::guarded("CCITT", || ccitt::unpack(packed, out, layout.chunk_width, kind))?;
        }
        other => return Err(Fault::unsupported(format!("{} data are no plain bytes", other.name()))),
    }
    let row_bytes = layout.row_bytes() as usize;
    let predictor = if layout.compression.is_predicted() { layout.predictor } else { 1 };
    let predicted_bytes = usize::from(layout.predicted_bits() / 8);
    if predictor == 3 {
        let stride = usize::from(layout.chunk_samples());
        let mut planes = Vec::with_capacity(row_bytes);
        let undo = |row| predictor::undo_float(row, predicted_bytes, stride, &mut planes);
        out.chunks_exact_mut(row_bytes).for_each(undo);
        return Ok(());
    }
    // What is predicted as one value was put into the file's order as one, too.
    let swapped = if predictor == 2 { predicted_bytes } else { usize::from(layout.bits / 8) };
    let is_swapped = endian.is_foreign() && (is_direct(layout) || layout.format == NumberFormat::Float);
    if is_swapped && swapped > 1 {
        out.chunks_exact_mut(swapped).for_each(<[u8]>::reverse);
    }
    if predictor == 2 {
        let stride = usize::from(layout.chunk_samples()) >> u8::from(layout.is_complex);
        predictor::undo_differences(out, row_bytes, predicted_bytes, stride);
    }
    Ok(())
}

/// Packs one chunk of samples (in the file's own order, processor's byte order) for a little-endian file.
pub(crate) fn encode(layout: &Layout, samples: &SampleBuffer, level: i32) -> Result<Vec<u8>, Fault> {
    let given = samples.as_bytes();
    let mut raw: Vec<u8> = spare::zeros(given.len());
    let bytes = usize::from(layout.bits / 8);
    let row_bytes = layout.row_bytes() as usize;
    let stride = usize::from(layout.chunk_samples());
    match layout.predictor {
        2 => {
            let rows = given.chunks_exact(row_bytes).zip(raw.chunks_exact_mut(row_bytes));
            rows.for_each(|(from, to)| predictor::make_difference(from, to, bytes, stride));
        }
        3 => {
            raw.copy_from_slice(given);
            raw.chunks_exact_mut(row_bytes).for_each(|row| predictor::make_float(row, bytes, stride));
        }
        _ => raw.copy_from_slice(given),
    }
    if Endian::Little.is_foreign() && layout.predictor != 3 && bytes > 1 {
        raw.chunks_exact_mut(bytes).for_each(<[u8]>::reverse);
    }
    let packed = match layout.compression {
        Compression::None => return Ok(raw),
        Compression::Deflate => unpack::pack_deflate(&raw, level),
        Compression::Zstd => unpack::pack_zstd(&raw, level),
        other => Err(Fault::unsupported(format!("{} compression is not written", other.name()))),
    };
    spare::keep(raw);
    packed
}
