// How the samples of one layer become colours.

// Where the samples of a band are found, and how they are taken.
struct Source {
    layer: u32,
    has_no_data: u32,
    no_data: f32,
    scale: f32,
    offset: f32,
    padding_a: f32,
    padding_b: f32,
    padding_c: f32,
}

struct Layer {
    low: vec4<f32>,
    scale: vec4<f32>,
    failed: vec4<f32>,
    sources: array<Source, 16>,
    mix_kind: u32,
    filter_kind: u32,
    colormap: u32,
    is_reversed: u32,
    gamma_inverse: f32,
    opacity: f32,
    steps: f32,
    first_class: f32,
}

const MIX_RGB: u32 = 0u;
const MIX_SINGLE: u32 = 1u;
const MIX_CLASSES: u32 = 2u;
const FILTER_NEAREST: u32 = 0u;
const FILTER_BILINEAR: u32 = 1u;

@group(1) @binding(0) var<uniform> layer: Layer;
// One row of 256 colours for each colour map; or, for classes, a colour for each whole number, row by row.
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
    let way = clamp(select(unit, 1.0 - unit, layer.is_reversed == 1u), 0.0, 1.0);
    // The first step has the colour of the beginning, the last that of the end.
    let last = max(layer.steps - 1.0, 1.0);
    let stepped = min(floor(way * layer.steps), last) / last;
    let place = u32(select(way, stepped, layer.steps > 1.0) * 255.0 + 0.5);
    return textureLoad(colormaps, vec2<u32>(place, layer.colormap), 0);
}

// Transparent where a number is no class.
fn class_color(number: f32) -> vec4<f32> {
    let size = textureDimensions(colormaps);
    let place = number - layer.first_class;
    let is_class = (place >= 0.0) & (place < f32(size.x * size.y)) & (floor(place) == place);
    let index = u32(clamp(place, 0.0, f32(size.x * size.y - 1u)));
    let color = textureLoad(colormaps, vec2<u32>(index % size.x, index / size.x), 0);
    return select(vec4<f32>(0.0), color, is_class);
}
