// The share of the squared distance from a background that lies in given directions.

@compute @workgroup_size(64)
fn map_coherence(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    if pixel >= map.pixels {
        return;
    }
    zero = map.zero;
    let whole = sum_of_squares(pixel);
    let is_there = whole > 0.0;
    for (var group = 0u; group < map.values; group++) {
        let rows = rows_of(map.squares + group, pixel, map.bands);
        let value = rows.high + rows.low;
        let share = value * value / select(1.0, whole, is_there);
        give(pixel, 4u * group, share.x, is_there);
        give(pixel, 4u * group + 1u, share.y, is_there);
        give(pixel, 4u * group + 2u, share.z, is_there);
        give(pixel, 4u * group + 3u, share.w, is_there);
    }
}
