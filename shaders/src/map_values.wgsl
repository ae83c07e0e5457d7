// The rows as they are, with something added: components, bands again, matched filters. A thread for each group of
// rows of each pixel.

@compute @workgroup_size(64)
fn map_values(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    let group = id.y;
    if pixel >= map.pixels {
        return;
    }
    zero = map.zero;
    let rows = rows_of(group, pixel, map.bands);
    let sum = exact_sum(rows.high, added[2u * group]);
    let value = sum.high + (sum.low + (rows.low + added[2u * group + 1u]));
    give(pixel, 4u * group, value.x, true);
    give(pixel, 4u * group + 1u, value.y, true);
    give(pixel, 4u * group + 2u, value.z, true);
    give(pixel, 4u * group + 3u, value.w, true);
}
