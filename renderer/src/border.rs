//! The border of one texel around each tile, which holds the neighbours' outermost samples so that bilinear
//! interpolation does not show where tiles meet.

use crate::resident::Resident;

/// To the eight neighbours: columns and rows.
pub(crate) const DIRECTIONS: [(i32, i32); 8] =
    [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)];

/// One band with its outermost samples repeated around it: `(width + 2) * (height + 2)` samples.
pub(crate) fn padded(values: &[u8], width: u32, height: u32, unit: u32) -> Vec<u8> {
    let (unit, row_bytes) = (unit as usize, width as usize * unit as usize);
    let mut padded = Vec::with_capacity((width as usize + 2) * (height as usize + 2) * unit);
    let last = height as usize - 1;
    for row in [0].into_iter().chain(0..=last).chain([last]) {
        let row = &values[row * row_bytes..(row + 1) * row_bytes];
        padded.extend_from_slice(&row[..unit]);
        padded.extend_from_slice(row);
        padded.extend_from_slice(&row[row_bytes - unit..]);
    }
    padded
}

/// Copies the samples of `from` that touch `to` into the border of `to`; `from` lies in `direction` of it.
pub(crate) fn copy(
    encoder: &mut wgpu::CommandEncoder,
    queue: &wgpu::Queue,
    from: &Resident,
    to: &Resident,
    direction: (i32, i32),
) {
    // Without a mask of its own `to` could not tell which of the samples are none.
    if from.texture.format() != to.texture.format() || from.has_gaps() && !to.has_mask() {
        return;
    }
    let (from_x, to_x, width) = span(direction.0, from.width, to.width);
    let (from_y, to_y, height) = span(direction.1, from.height, to.height);
    let place = |texture, x, y, z| wgpu::TexelCopyTextureInfo {
        texture,
        mip_level: 0,
        origin: wgpu::Origin3d { x, y, z },
        aspect: wgpu::TextureAspect::All,
    };
    for (from_layer, to_layer, layers) in shared(from, to) {
        encoder.copy_texture_to_texture(
            place(&from.texture, from_x, from_y, from_layer),
            place(&to.texture, to_x, to_y, to_layer),
            wgpu::Extent3d { width, height, depth_or_array_layers: layers },
        );
    }
    if !to.has_mask() {
        return;
    }
    let size = wgpu::Extent3d { width, height, depth_or_array_layers: 1 };
    if from.has_mask() {
        encoder.copy_texture_to_texture(
            place(&from.mask, from_x, from_y, 0),
            place(&to.mask, to_x, to_y, 0),
            size,
        );
    } else {
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(width), rows_per_image: None };
        let ones = vec![1; width as usize * height as usize];
        queue.write_texture(place(&to.mask, to_x, to_y, 0), &ones, layout, size);
    }
}

/// The bands that both tiles have: the layer in the one, in the other, and how many lie in the same order from there.
fn shared(from: &Resident, to: &Resident) -> Vec<(u32, u32, u32)> {
    let mut runs: Vec<(u32, u32, u32)> = Vec::new();
    for (layer, band) in (0..).zip(&to.bands) {
        let Some(there) = from.layer_of(band.number) else { continue };
        match runs.last_mut() {
            Some((a, b, count)) if *a + *count == there && *b + *count == layer => *count += 1,
            _ => runs.push((there, layer, 1)),
        }
    }
    runs
}

/// Along one axis: where to read, where to write, and how many texels.
fn span(direction: i32, from: u32, to: u32) -> (u32, u32, u32) {
    match direction {
        -1 => (from, 0, 1),
        1 => (1, to + 1, 1),
        _ => (1, 1, from.min(to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_repeats_the_outermost_samples() {
        let band = padded(&[1, 2, 3, 4], 2, 2, 1);
        assert_eq!(band, [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    }

    #[test]
    fn padding_keeps_samples_of_two_bytes_together() {
        assert_eq!(padded(&[1, 2], 1, 1, 2), [1, 2].repeat(9));
    }
}
