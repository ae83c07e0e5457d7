// Counts floats between steps. Values are compared as keys, whole numbers that rise with them: so no rounding and no
// flushing of small numbers can put one into another bin than the processor does.

// Of each band, the least key of each bin.
@group(0) @binding(4) var<storage, read> steps: array<u32>;

// The twin of `key_of` in `raster/src/statistics/counter.rs`.
fn key_of(bits: u32) -> u32 {
    let number = select(bits, 0u, bits == 0x80000000u);
    return select(number | 0x80000000u, ~number, (number & 0x80000000u) != 0u);
}

@compute @workgroup_size(256)
fn count_steps(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = (count.first_band + group.y) * count.bins;
    for (var turn = 0u; turn < EACH; turn++) {
        let pixel = pixel_of(group.x, turn, lane);
        let index = group.y * count.pixels + pixel;
        if pixel >= count.pixels || !is_there(pixel) || !is_number_at(index) {
            continue;
        }
        let key = key_of(stored_at(index));
        if count.has_no_data == 1u && key == count.no_data {
            continue;
        }
        // The last bin whose least key is not above this one.
        var low = 0u;
        var high = count.bins;
        while high - low > 1u {
            let middle = (low + high) >> 1u;
            if steps[first + middle] <= key {
                low = middle;
            } else {
                high = middle;
            }
        }
        atomicAdd(&counts[first + low], 1u);
    }
}
