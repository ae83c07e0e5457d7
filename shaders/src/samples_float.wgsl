// The samples of one tile as they lie in the file: floating-point numbers, a band to each array layer, with a border one
// texel wide that repeats the neighbours' (or its own) outermost samples.

@group(2) @binding(0) var samples: texture_2d_array<f32>;
// 0 where there is no sample; a single texel when there is one everywhere.
@group(2) @binding(1) var mask: texture_2d<u32>;

fn sample_at(texel: vec2<i32>, band: u32) -> f32 {
    return textureLoad(samples, texel, i32(band), 0).r;
}

// By its bits, because shaders may assume that there is no infinity.
fn is_number(sample: f32) -> bool {
    return (bitcast<u32>(sample) & 0x7f800000u) != 0x7f800000u;
}
