// The angle between a pixel and each row, which has length 1: from what the pixel has along the row and what is left
// of it beside, because a cosine near 1 has lost the angle. A thread for each group of rows of
// each pixel.

@compute @workgroup_size(64)
fn map_angles(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    let group = id.y;
    if pixel >= map.pixels {
        return;
    }
    zero = map.zero;
    let along = rows_of(group, pixel, map.bands);
    let beside = length_beside(group, pixel, along);
    let run = along.high + along.low;
    for (var lane = 0u; lane < 4u; lane++) {
        let is_there = run[lane] != 0.0 || beside[lane] != 0.0;
        let angle = direction(Value(beside[lane], true), Value(run[lane], true));
        give(pixel, 4u * group + lane, angle.number, is_there);
    }
}

fn length_beside(group: u32, pixel: u32, along: Sums) -> vec4<f32> {
    let front = fronts_of(along.high);
    let back = along.high - front;
    var squares = Sums(vec4<f32>(0.0), vec4<f32>(0.0));
    for (var band = 0u; band < map.bands; band++) {
        let at = (group * map.bands + band) * 3u;
        let x = sample_of(pixel, band);
        let first = weights[at];
        let second = weights[at + 1u];
        let sum = exact_sum(vec4<f32>(x.whole), -front * first);
        let small = (front * second + back * first)
            + (back * second + along.high * weights[at + 2u] + along.low * first);
        let beside = sum.high + (sum.low + (x.low - small));
        let square = exact_sum(squares.high, beside * beside);
        squares = Sums(square.high, squares.low + square.low);
    }
    return sqrt(squares.high + squares.low);
}
