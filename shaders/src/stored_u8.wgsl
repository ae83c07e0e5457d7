// Samples of 8 bits, four in each word.

@group(0) @binding(1) var<storage, read> samples: array<u32>;

fn stored_at(index: u32) -> u32 {
    return (samples[index >> 2u] >> ((index & 3u) * 8u)) & 0xffu;
}

fn number_at(index: u32) -> f32 {
    return f32(stored_at(index));
}

fn is_number_at(index: u32) -> bool {
    return true;
}

// Which of the bins of whole numbers counts it.
fn bin_at(index: u32) -> u32 {
    return stored_at(index);
}
