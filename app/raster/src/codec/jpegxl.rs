//! JPEG XL in a chunk of a TIFF.

use super::guard::check_size;
use crate::error::Fault;
use crate::jpegxl;
use crate::layout::Layout;
use crate::number::NumberType;
use crate::numbers::Numbers;
use crate::samples::SampleBuffer;

/// Memory that one chunk may take beyond what its samples need as floats three times.
const SPARE_BYTES: u64 = 32 << 20;

/// Decodes a chunk of `rows` rows, pixel after pixel.
pub(crate) fn decode(layout: &Layout, packed: &[u8], rows: u32) -> Result<Numbers, Fault> {
    let samples = usize::from(layout.chunk_samples());
    let pixels = u64::from(layout.chunk_width) * u64::from(layout.chunk_height.max(rows));
    let budget = pixels.saturating_mul(12 * samples as u64).saturating_add(SPARE_BYTES);
    let picture = jpegxl::open(packed, budget)?;
    let shape = &picture.shape;
    check_size("JPEG XL", (shape.width.into(), shape.height.into()), layout, rows)?;
    let fits = match layout.number_type() {
        NumberType::U8 => !shape.is_float && shape.bits <= 8,
        NumberType::U16 => !shape.is_float && (9..=16).contains(&shape.bits),
        NumberType::F32 => shape.is_float,
        _ => false,
    };
    if shape.samples() != samples || !fits {
        return Err(Fault::damaged(format!(
            "JPEG XL data of {} samples of {} stand where {samples} of {} belong",
            shape.samples(),
            shape.dtype(),
            layout.type_name()
        )));
    }
    let wanted = layout.chunk_width as usize * rows as usize * samples;
    Ok(match picture.decode()? {
        SampleBuffer::U8(mut v) => {
            v.truncate(wanted);
            Numbers::U8(v)
        }
        SampleBuffer::U16(mut v) => {
            v.truncate(wanted);
            Numbers::U16(v)
        }
        SampleBuffer::F32(mut v) => {
            v.truncate(wanted);
            Numbers::F32(v)
        }
        SampleBuffer::I16(_) => return Err(Fault::damaged("JPEG XL data are never signed")),
    })
}
