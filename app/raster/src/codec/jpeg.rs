//! JPEG inside TIFF: shared tables, and the colour model that the directory (not the JPEG) names.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::error::Fault;
use crate::layout::{Layout, Photometric};

/// Decodes into exactly `rows` rows of a chunk; a JPEG of other dimensions is refused before its pixels
/// are decoded, except that it may have more rows than the last strip needs.
pub(crate) fn decode(layout: &Layout, packed: &[u8], rows: u32, out: &mut [u8]) -> Result<(), Fault> {
    let bad = |e: &dyn std::fmt::Display| Fault::damaged(format!("the JPEG data are damaged ({e})"));
    let joined;
    let stream = match layout.jpeg_tables.as_deref() {
        Some(tables) if tables.len() > 4 && packed.starts_with(&[0xff, 0xd8]) => {
            let tables = tables.strip_suffix(&[0xff, 0xd9]).unwrap_or(tables);
            joined = [tables, &packed[2..]].concat();
            &joined[..]
        }
        _ => packed,
    };
    let samples = usize::from(layout.chunk_samples());
    if !matches!(samples, 1 | 3 | 4) {
        return Err(Fault::unsupported(format!("JPEG with {samples} samples per pixel is not read")));
    }
    let options = DecoderOptions::default()
        .set_max_width(layout.chunk_width as usize)
        .set_max_height(layout.chunk_height.max(rows) as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stream), options);
    decoder.decode_headers().map_err(|e| bad(&e))?;
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::Luma);
    let color =
        if layout.photometric == Photometric::YCbCr && samples == 3 { ColorSpace::RGB } else { stored };
    decoder.set_options(options.jpeg_set_out_colorspace(color));
    let shape = decoder.info().ok_or_else(|| bad(&"it has no header"))?;
    let (width, height) = (u32::from(shape.width), u32::from(shape.height));
    if width != layout.chunk_width || height < rows || usize::from(shape.components) != samples {
        return Err(Fault::damaged(format!(
            "a JPEG of {width}×{height} pixels and {} bands stands where {}×{rows} and {samples} belong",
            shape.components, layout.chunk_width
        )));
    }
    if height == rows {
        return decoder.decode_into(out).map_err(|e| bad(&e));
    }
    let all = decoder.decode().map_err(|e| bad(&e))?;
    out.copy_from_slice(all.get(..out.len()).ok_or_else(|| bad(&"it ends early"))?);
    Ok(())
}
