// What is made of each pixel alone: rows of weights times its bands, less the middles of these.

struct PixelMap {
    pixels: u32,
    bands: u32,
    // Sample of a pixel and a band: `pixel * pixel_step + band * band_step`.
    pixel_step: u32,
    band_step: u32,
    // Groups of four rows whose values are squared and summed. Row n of them has weights for bands up to n only.
    squares: u32,
    // Groups of four rows behind those.
    values: u32,
    // How many of the rows in the latter are there; the others fill the last group up.
    rows: u32,
    // Numbers that a pixel gets.
    outputs: u32,
    // Always 0.
    zero: u32,
}

@group(0) @binding(0) var<storage, read> map: PixelMap;
// Of each band, as two floats.
@group(0) @binding(2) var<storage, read> middles: array<vec2<f32>>;
// Of each group and band, three times four: leading bits, bits behind, rest.
@group(0) @binding(3) var<storage, read> weights: array<vec4<f32>>;
// Of each group of `values`, as two floats, four each.
@group(0) @binding(4) var<storage, read> added: array<vec4<f32>>;
// Number after number, each for all pixels, as bits.
@group(0) @binding(5) var<storage, read_write> results: array<u32>;

const NOT_A_NUMBER = 0x7fc00000u;

// A band of the pixel holds no number.
var<private> is_void: bool;

fn sample_of(pixel: u32, band: u32) -> Sample {
    let index = pixel * map.pixel_step + band * map.band_step;
    is_void = is_void || !is_number_at(index);
    return split(number_at(index), middles[band]);
}

// Four rows times the first bands of a pixel.
fn rows_of(group: u32, pixel: u32, bands: u32) -> Sums {
    var sums = Sums(vec4<f32>(0.0), vec4<f32>(0.0));
    for (var band = 0u; band < bands; band++) {
        let at = (group * map.bands + band) * 3u;
        let x = sample_of(pixel, band);
        sums = with_product(sums, x, weights[at], weights[at + 1u], weights[at + 2u]);
    }
    // What is left over is no longer small beside the rest.
    return exact_sum(sums.high, sums.low);
}

// The sum of the squares of the squared rows.
fn sum_of_squares(pixel: u32) -> f32 {
    var sum = vec4<f32>(0.0);
    for (var group = 0u; group < map.squares; group++) {
        let rows = rows_of(group, pixel, min(map.bands, 4u * group + 4u));
        let values = rows.high + rows.low;
        sum += values * values;
    }
    return (sum.x + sum.y) + (sum.z + sum.w);
}

fn give(pixel: u32, output: u32, value: f32, is_there: bool) {
    if output < map.outputs {
        let there = is_there && !is_void;
        results[output * map.pixels + pixel] = select(NOT_A_NUMBER, bitcast<u32>(value), there);
    }
}
