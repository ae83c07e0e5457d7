// Samples of 32-bit floats, one in each word.

@group(0) @binding(1) var<storage, read> samples: array<u32>;

fn stored_at(index: u32) -> u32 {
    return samples[index];
}

fn number_at(index: u32) -> f32 {
    return bitcast<f32>(samples[index]);
}

// By its bits, because shaders may assume that there is no infinity.
fn is_number_at(index: u32) -> bool {
    return (samples[index] & 0x7f800000u) != 0x7f800000u;
}
