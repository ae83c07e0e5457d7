// Counts how often each of 65,536 values occurs.

@compute @workgroup_size(256)
fn count_wide(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    for (var turn = 0u; turn < EACH; turn++) {
        let pixel = pixel_of(group.x, turn, lane);
        if pixel < count.pixels && is_there(pixel) {
            let bin = bin_at(group.y * count.pixels + pixel);
            atomicAdd(&counts[(count.first_band + group.y) * count.bins + bin], 1u);
        }
    }
}
