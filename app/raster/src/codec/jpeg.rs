//! JPEG inside TIFF: shared tables, and the colour model that the directory (not the JPEG) names.

use std::borrow::Cow;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::error::Fault;
use crate::layout::{Layout, Photometric};

/// Decodes into exactly `rows` rows of a chunk; a JPEG of other dimensions is refused before its pixels
/// are decoded, except that it may have more rows than the last strip needs.
pub(crate) fn decode(layout: &Layout, packed: &[u8], rows: u32, out: &mut [u8]) -> Result<(), Fault> {
    decode_stream(layout, &with_tables(layout, packed), rows, out)
}

/// Decodes the first rows of a chunk alone, where the JPEG is one that can be left after them.
pub(crate) fn decode_top(layout: &Layout, packed: &[u8], rows: u32, out: &mut [u8]) -> Result<(), Fault> {
    let mut stream = with_tables(layout, packed).into_owned();
    cut_height(&mut stream, rows);
    decode_stream(layout, &stream, rows, out)
}

fn with_tables<'a>(layout: &Layout, packed: &'a [u8]) -> Cow<'a, [u8]> {
    match layout.jpeg_tables.as_deref() {
        Some(tables) if tables.len() > 4 && packed.starts_with(&[0xff, 0xd8]) => {
            let tables = tables.strip_suffix(&[0xff, 0xd9]).unwrap_or(tables);
            Cow::Owned([tables, &packed[2..]].concat())
        }
        _ => Cow::Borrowed(packed),
    }
}

/// Lets a JPEG whose rows follow each other say that it has no more than some.
fn cut_height(stream: &mut [u8], rows: u32) {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = stream.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        match marker {
            // Baseline, and extended but sequential: precision, then the height.
            0xc0 | 0xc1 => {
                if let Some(height) = stream.get_mut(at + 5..).and_then(|rest| rest.first_chunk_mut::<2>()) {
                    let least = u16::from_be_bytes(*height).min(u16::try_from(rows).unwrap_or(u16::MAX));
                    *height = least.to_be_bytes();
                }
                return;
            }
            0xda => return,
            _ => at += 2 + len,
        }
    }
}

fn decode_stream(layout: &Layout, stream: &[u8], rows: u32, out: &mut [u8]) -> Result<(), Fault> {
    let bad = |e: &dyn std::fmt::Display| Fault::damaged(format!("the JPEG data are damaged ({e})"));
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

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;

    use super::*;
    use crate::compression::Compression;
    use crate::samples::SampleType;

    #[test]
    fn the_first_rows_are_those_of_the_whole() {
        let pixels: Vec<u8> =
            (0..96 * 80).flat_map(|i: u32| [i % 251, i % 96 * 2, i / 96 * 3]).map(|n| n as u8).collect();
        let mut stream = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut stream, 90);
        encoder.encode(&pixels, 96, 80, image::ExtendedColorType::Rgb8).expect("encoded");
        let mut layout = Layout::for_writing((96, 80), (96, 80), true, 3, SampleType::U8);
        layout.compression = Compression::Jpeg;
        layout.photometric = Photometric::YCbCr;
        let mut whole = vec![0; 96 * 80 * 3];
        decode(&layout, &stream, 80, &mut whole).expect("decoded");
        for rows in [1, 8, 17, 80] {
            let mut top = vec![0; 96 * 3 * rows];
            decode_top(&layout, &stream, rows as u32, &mut top).expect("decoded");
            // The last row of a block takes hues from the next where they are shared.
            let most = top.iter().zip(&whole).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(most <= Some(12), "{rows} rows: {most:?}");
        }
        let mut top = vec![0; 96 * 3];
        assert!(decode_top(&layout, &stream[..40], 1, &mut top).is_err());
    }
}
