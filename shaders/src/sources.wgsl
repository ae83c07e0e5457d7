// The samples that an expression works with: physical values of bands, or nothing.

fn source_at(texel: vec2<i32>, slot: u32) -> Value {
    let source = layer.sources[slot];
    let sample = sample_at(texel, source.layer);
    let missing = (source.has_no_data == 1u) & (sample == source.no_data);
    let physical = normal(sample * source.scale, true).number + source.offset;
    return normal(physical, is_number(sample) & !missing);
}

// `texel` counts from the border, which is one texel wide.
fn tap(texel: vec2<i32>) -> Tap {
    let mask_edge = vec2<i32>(textureDimensions(mask)) - 1;
    let is_there = textureLoad(mask, min(texel, mask_edge), 0).r != 0u;
    let value = formula(texel);
    let weight = select(0.0, 1.0, value.there & is_there);
    return Tap(vec3<f32>(select(0.0, value.number, value.there)), weight);
}

fn has_bands() -> bool {
    return true;
}
