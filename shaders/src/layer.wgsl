// How the samples of one layer become colours.

struct Layer {
    low: vec4<f32>,
    scale: vec4<f32>,
    bands: vec4<u32>,
    failed: vec4<f32>,
    mix_kind: u32,
    filter_kind: u32,
    colormap: u32,
    has_no_data: u32,
    no_data: f32,
    gamma_inverse: f32,
    opacity: f32,
    padding: f32,
}

const MIX_RGB: u32 = 0u;
const MIX_SINGLE: u32 = 1u;
const FILTER_NEAREST: u32 = 0u;
const FILTER_BILINEAR: u32 = 1u;

@group(1) @binding(0) var<uniform> layer: Layer;
// One row of 256 colours for each colour map.
@group(1) @binding(1) var colormaps: texture_2d<f32>;

// 0–1 from samples: black to white, then gamma.
fn stretched(samples: vec3<f32>, has_gamma: bool) -> vec3<f32> {
    let unit = clamp((samples - layer.low.rgb) * layer.scale.rgb, vec3<f32>(0.0), vec3<f32>(1.0));
    if !has_gamma {
        return unit;
    }
    return pow(unit, vec3<f32>(layer.gamma_inverse));
}

fn colored(unit: f32) -> vec4<f32> {
    if layer.colormap >= textureDimensions(colormaps).y {
        return MAGENTA;
    }
    let step = u32(clamp(unit, 0.0, 1.0) * 255.0 + 0.5);
    return textureLoad(colormaps, vec2<u32>(step, layer.colormap), 0);
}
