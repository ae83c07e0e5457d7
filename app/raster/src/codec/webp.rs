//! WebP: one still picture of bytes a chunk, with or without loss.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::guard::{check_size, damaged};
use crate::error::Fault;
use crate::layout::Layout;

/// Decodes into exactly `rows` rows of a chunk of three or four samples.
pub(crate) fn decode(layout: &Layout, packed: &[u8], rows: u32, out: &mut [u8]) -> Result<(), Fault> {
    let bad = |e: image_webp::DecodingError| damaged("WebP", &e);
    let samples = usize::from(layout.chunk_samples());
    let mut decoder = WebPDecoder::new(Cursor::new(packed)).map_err(bad)?;
    let (width, height) = decoder.dimensions();
    check_size("WebP", (width.into(), height.into()), layout, rows)?;
    if decoder.is_animated() {
        return Err(Fault::unsupported("moving WebP pictures are not read"));
    }
    let stored = if decoder.has_alpha() { 4 } else { 3 };
    let bytes = width as usize * height as usize * stored;
    decoder.set_memory_limit(bytes.saturating_mul(4).saturating_add(1 << 20));
    if stored == samples && bytes == out.len() {
        return decoder.read_image(out).map_err(bad);
    }
    let mut picture = vec![0; bytes];
    decoder.read_image(&mut picture).map_err(bad)?;
    // Writers leave alpha out where all of it is opaque.
    for (to, from) in out.chunks_exact_mut(samples).zip(picture.chunks_exact(stored)) {
        let shared = samples.min(stored);
        to[..shared].copy_from_slice(&from[..shared]);
        to[shared..].fill(255);
    }
    Ok(())
}
