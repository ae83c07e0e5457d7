//! JPEG 2000 in a chunk of a TIFF: a codestream of its own.

use super::guard::check_size;
use crate::error::Fault;
use crate::jpeg2000::Header;
use crate::jpeg2000::decode::{self, Order};
use crate::layout::Layout;
use crate::numbers::Numbers;

/// Memory that one chunk may take beyond what its samples need.
const SPARE_BYTES: u64 = 32 << 20;

/// Decodes a chunk of `rows` rows, pixel after pixel. `is_ycc`: its components are brightness and hues
/// whatever they say.
pub(crate) fn decode(layout: &Layout, packed: &[u8], rows: u32, is_ycc: bool) -> Result<Numbers, Fault> {
    if !packed.starts_with(b"\xff\x4f\xff\x51") {
        return Err(Fault::damaged("the JPEG 2000 data do not begin as such data do"));
    }
    let header = Header::read(packed)?.ok_or_else(|| Fault::damaged("the JPEG 2000 data end early"))?;
    let (width, height) = header.size(0);
    check_size("JPEG 2000", (width.into(), height.into()), layout, rows)?;
    let samples = usize::from(layout.chunk_samples());
    let kind = decode::number_type(&header.components);
    if header.components.len() != samples || kind != layout.number_type() {
        return Err(Fault::damaged(format!(
            "JPEG 2000 data of {} samples of {} stand where {samples} of {} belong",
            header.components.len(),
            kind.name(),
            layout.type_name()
        )));
    }
    let pixels = u64::from(width) * u64::from(height);
    let budget = pixels.saturating_mul(16 * (samples as u64 + 2)).saturating_add(SPARE_BYTES);
    if header.cost(header.area, 0) > budget || !header.has_sane_parts(packed) {
        return Err(Fault::too_large(
            "its JPEG 2000 data are cut into more pieces than memory is granted for",
        ));
    }
    let is_subsampled = header.components.iter().any(|c| c.step != header.components[0].step);
    let mut numbers = decode::decode(packed, &header, 0, (width, height), Order::Pixels)?;
    let wanted = layout.chunk_width as usize * rows as usize * samples;
    match &mut numbers {
        Numbers::U8(v) => {
            v.truncate(wanted);
            // Of hues that are stored more coarsely, the decoder makes colours itself.
            if is_ycc && samples == 3 && !is_subsampled {
                v.as_chunks_mut::<3>().0.iter_mut().for_each(|pixel| *pixel = to_rgb(*pixel));
            }
        }
        Numbers::U16(v) => v.truncate(wanted),
        Numbers::I16(v) => v.truncate(wanted),
        Numbers::F32(v) => v.truncate(wanted),
        _ => {}
    }
    Ok(numbers)
}

/// Red, green and blue of a pixel of JPEG's brightness and hues.
fn to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb]
        .map(|n| n.round().clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_has_no_hue_and_red_is_red() {
        assert_eq!(to_rgb([77, 128, 128]), [77; 3]);
        assert_eq!(to_rgb([76, 85, 255]), [254, 0, 0]);
    }
}
