// The number of the nearest centre, from 1: least square of the centre less twice its product with the pixel; of
// equally near ones the first.

@compute @workgroup_size(64)
fn map_nearest(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    if pixel >= map.pixels {
        return;
    }
    zero = map.zero;
    var best = 0u;
    var best_high = 0.0;
    var best_low = 0.0;
    for (var group = 0u; group < map.values; group++) {
        let rows = rows_of(group, pixel, map.bands);
        let sum = exact_sum(added[2u * group], -2.0 * rows.high);
        var high = sum.high;
        var low = sum.low + (added[2u * group + 1u] - 2.0 * rows.low);
        for (var lane = 0u; lane < 4u; lane++) {
            let row = 4u * group + lane;
            let nearer = (high[lane] - best_high) + (low[lane] - best_low) < 0.0;
            if row < map.rows && (row == 0u || nearer) {
                best = row;
                best_high = high[lane];
                best_low = low[lane];
            }
        }
    }
    give(pixel, 0u, f32(best + 1u), true);
}
