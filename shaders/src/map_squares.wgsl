// The squared distance from a background: anomalies.

@compute @workgroup_size(64)
fn map_squares(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    if pixel >= map.pixels {
        return;
    }
    zero = map.zero;
    let sum = sum_of_squares(pixel);
    give(pixel, 0u, sum, true);
}
