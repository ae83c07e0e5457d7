// Counts how often each of 256 values occurs. Each workgroup counts for itself first: atomics on its own memory
// are far cheaper where neighbours are equal.

var<workgroup> own: array<atomic<u32>, 256>;

@compute @workgroup_size(256)
fn count_bytes(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    atomicStore(&own[lane], 0u);
    workgroupBarrier();
    for (var turn = 0u; turn < EACH; turn++) {
        let pixel = pixel_of(group.x, turn, lane);
        if pixel < count.pixels && is_there(pixel) {
            atomicAdd(&own[bin_at(group.y * count.pixels + pixel) & 0xffu], 1u);
        }
    }
    workgroupBarrier();
    let found = atomicLoad(&own[lane]);
    if found > 0u {
        atomicAdd(&counts[(count.first_band + group.y) * count.bins + lane], found);
    }
}
