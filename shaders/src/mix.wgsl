// The samples that are shown as they are: three bands, or one.

fn shown_number(slot: u32) -> u32 {
    return layer.sources[slot].layer;
}

// `texel` counts from the border, which is one texel wide.
fn tap(texel: vec2<i32>) -> Tap {
    let mask_edge = vec2<i32>(textureDimensions(mask)) - 1;
    if textureLoad(mask, min(texel, mask_edge), 0).r == 0u {
        return Tap(vec3<f32>(0.0), 0.0);
    }
    let red = sample_at(texel, shown_number(0u));
    var values = vec3<f32>(red, red, red);
    if choices.x == MIX_RGB {
        values.g = sample_at(texel, shown_number(1u));
        values.b = sample_at(texel, shown_number(2u));
    }
    let numbers = is_number(values.r) && is_number(values.g) && is_number(values.b);
    let nothing = choices.z == 1u && all(values == vec3<f32>(layer.sources[0].no_data));
    if !numbers || nothing {
        return Tap(vec3<f32>(0.0), 0.0);
    }
    return Tap(values, 1.0);
}

fn has_bands() -> bool {
    let count = textureNumLayers(samples);
    let rgb = shown_number(1u) < count && shown_number(2u) < count;
    return shown_number(0u) < count && (choices.x != MIX_RGB || rgb);
}
