//! From the packed bytes of one chunk to its samples.

mod jpeg;
mod lzw;
mod predictor;
mod unpack;
mod widen;

use crate::error::Fault;
use crate::ifd::Endian;
use crate::layout::{Compression, Layout, NumberFormat};
use crate::samples::SampleBuffer;

/// Decodes one chunk of `rows` rows, of which `visible_rows` must be there, into samples in the file's own order (pixel-interleaved where the
/// file interleaves). Never allocates more than the chunk's size by its layout, twice.
pub(crate) fn decode(
    layout: &Layout,
    endian: Endian,
    mut packed: Vec<u8>,
    rows: u32,
    visible_rows: u32,
) -> Result<SampleBuffer, Fault> {
    if layout.lowest_bit_first && layout.compression != Compression::Jpeg {
        for byte in &mut packed {
            *byte = byte.reverse_bits();
        }
    }
    let count = layout.chunk_width as usize * rows as usize * usize::from(layout.chunk_samples());
    let kind = layout.sample_type();
    if is_direct(layout) {
        let mut samples = SampleBuffer::zeros(kind, count);
        decode_bytes(layout, endian, &packed, (rows, visible_rows), samples.as_bytes_mut())?;
        return Ok(samples);
    }
    let mut raw = vec![0; layout.unpacked_bytes(rows) as usize];
    decode_bytes(layout, endian, &packed, (rows, visible_rows), &mut raw)?;
    drop(packed);
    Ok(widen::widen(layout, &raw, count))
}

/// True where samples are stored as they are handed out.
fn is_direct(layout: &Layout) -> bool {
    matches!(
        (layout.format, layout.bits),
        (NumberFormat::Unsigned, 8 | 16) | (NumberFormat::Signed, 16) | (NumberFormat::Float, 32)
    )
}

/// True where the bytes in the file are the samples in memory.
pub(crate) fn is_plain(layout: &Layout, endian: Endian) -> bool {
    let in_order = layout.bits == 8 || !endian.is_foreign();
    layout.compression == Compression::None && is_direct(layout) && in_order && !layout.lowest_bit_first
}

/// Unpacks, puts bytes into the processor's order and undoes the predictor. `out` is exactly the chunk.
fn decode_bytes(
    layout: &Layout,
    endian: Endian,
    packed: &[u8],
    (rows, visible_rows): (u32, u32),
    out: &mut [u8],
) -> Result<(), Fault> {
    let enough = (layout.unpacked_bytes(visible_rows) as usize).min(out.len());
    match layout.compression {
        Compression::None => {
            let whole = packed.get(..out.len());
            out.copy_from_slice(whole.ok_or_else(|| Fault::damaged("its data end early"))?);
        }
        Compression::Lzw => lzw::unpack(packed, out, enough)?,
        Compression::Deflate => unpack::deflate(packed, out, enough)?,
        Compression::PackBits => unpack::packbits(packed, out, enough)?,
        Compression::Zstd => unpack::zstd(packed, out, enough)?,
        Compression::Jpeg => return jpeg::decode(layout, packed, rows, out),
    }
    let bytes = usize::from(layout.bits / 8);
    let row_bytes = layout.row_bytes() as usize;
    let stride = usize::from(layout.chunk_samples());
    let packs = matches!(layout.compression, Compression::Lzw | Compression::Deflate | Compression::Zstd);
    let predictor = if packs { layout.predictor } else { 1 };
    if predictor == 3 {
        out.chunks_exact_mut(row_bytes).for_each(|row| predictor::undo_float(row, bytes, stride));
        return Ok(());
    }
    if endian.is_foreign() && layout.bits.is_multiple_of(8) && bytes > 1 {
        out.chunks_exact_mut(bytes).for_each(<[u8]>::reverse);
    }
    if predictor == 2 {
        out.chunks_exact_mut(row_bytes).for_each(|row| predictor::undo_difference(row, bytes, stride));
    }
    Ok(())
}

/// Packs one chunk of samples (in the file's own order, processor's byte order) for a little-endian file.
pub(crate) fn encode(layout: &Layout, samples: &SampleBuffer, level: i32) -> Result<Vec<u8>, Fault> {
    let mut raw = samples.as_bytes().to_vec();
    let bytes = usize::from(layout.bits / 8);
    let row_bytes = layout.row_bytes() as usize;
    let stride = usize::from(layout.chunk_samples());
    match layout.predictor {
        2 => raw.chunks_exact_mut(row_bytes).for_each(|row| predictor::make_difference(row, bytes, stride)),
        3 => raw.chunks_exact_mut(row_bytes).for_each(|row| predictor::make_float(row, bytes, stride)),
        _ => {}
    }
    if Endian::Little.is_foreign() && layout.predictor != 3 && bytes > 1 {
        raw.chunks_exact_mut(bytes).for_each(<[u8]>::reverse);
    }
    match layout.compression {
        Compression::None => Ok(raw),
        Compression::Deflate => unpack::pack_deflate(&raw, level),
        Compression::Zstd => unpack::pack_zstd(&raw, level),
        other => Err(Fault::unsupported(format!("{} compression is not written", other.name()))),
    }
}
