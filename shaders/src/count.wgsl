// What is to be counted: samples of some bands, band after band, and which of them are there.

struct Count {
    // Samples of each band.
    pixels: u32,
    // The band of the table of counts that the first band of the samples belongs to.
    first_band: u32,
    // Bins of each band.
    bins: u32,
    // 1 when the mask counts: a byte for each pixel, 0 = nothing there.
    has_mask: u32,
    // Of floats: 1 when a value means "nothing here", and the key of that value.
    has_no_data: u32,
    no_data: u32,
}

@group(0) @binding(0) var<storage, read> count: Count;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;

const THREADS = 256u;
// Samples that a thread looks at; neighbours are looked at by neighbours.
const EACH = 16u;

fn is_there(pixel: u32) -> bool {
    return count.has_mask == 0u || ((mask[pixel >> 2u] >> ((pixel & 3u) * 8u)) & 0xffu) != 0u;
}

// The pixel that a thread looks at in one of its turns.
fn pixel_of(group: u32, turn: u32, lane: u32) -> u32 {
    return (group * EACH + turn) * THREADS + lane;
}
