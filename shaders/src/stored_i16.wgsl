// Samples of 16 bits with a sign, two in each word.

@group(0) @binding(1) var<storage, read> samples: array<u32>;

fn stored_at(index: u32) -> u32 {
    return (samples[index >> 1u] >> ((index & 1u) * 16u)) & 0xffffu;
}

fn number_at(index: u32) -> f32 {
    return f32(i32(stored_at(index) << 16u) >> 16u);
}

fn is_number_at(index: u32) -> bool {
    return true;
}

// Which of the bins of whole numbers counts it.
fn bin_at(index: u32) -> u32 {
    return stored_at(index) ^ 0x8000u;
}
