// Draws one tile of a layer: raw samples in, display colours out.

struct RasterVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) texel: vec2<f32>,
    @location(1) fade: f32,
    // What branches turn on comes through the vertices, not from the uniform: Mesa's lavapipe compiles a shader
    // anew, every frame and without freeing it, when a branch depends on nothing but uniforms.
    @location(2) @interpolate(flat) choices: vec4<u32>,
}

// Mix, filter, whether there is a no-data value, whether there is a gamma.
var<private> choices: vec4<u32>;

// The samples at one texel, or between several; `weight` is the share of them that there are.
struct Tap {
    samples: vec3<f32>,
    weight: f32,
}

@vertex
fn vertex_raster(
    @location(0) at_px: vec2<f32>,
    @location(1) texel: vec2<f32>,
    @location(2) fade: f32,
) -> RasterVertex {
    let has_gamma = u32(layer.gamma_inverse != 1.0);
    let choices = vec4<u32>(layer.mix_kind, layer.filter_kind, layer.sources[0].has_no_data, has_gamma);
    return RasterVertex(clip_from_px(at_px), texel, fade, choices);
}

fn nearest(texel: vec2<f32>, size: vec2<i32>) -> Tap {
    return tap(clamp(vec2<i32>(floor(texel)) + 1, vec2<i32>(1), size - 2));
}

fn bilinear(texel: vec2<f32>, size: vec2<i32>) -> Tap {
    let corner = floor(texel - 0.5);
    let share = texel - 0.5 - corner;
    let low = clamp(vec2<i32>(corner) + 1, vec2<i32>(0), size - 1);
    let high = clamp(vec2<i32>(corner) + 2, vec2<i32>(0), size - 1);
    var sum = vec3<f32>(0.0);
    var weight = 0.0;
    for (var i = 0u; i < 4u; i++) {
        let right = (i & 1u) == 1u;
        let below = (i & 2u) == 2u;
        let w = select(1.0 - share.x, share.x, right) * select(1.0 - share.y, share.y, below);
        let here = tap(vec2<i32>(select(low.x, high.x, right), select(low.y, high.y, below)));
        sum += here.samples * (w * here.weight);
        weight += w * here.weight;
    }
    return Tap(sum / max(weight, 1e-6), weight);
}

@fragment
fn fragment_raster(in: RasterVertex) -> @location(0) vec4<f32> {
    choices = in.choices;
    let alpha = layer.opacity * in.fade;
    if !has_bands() || choices.x > MIX_CLASSES || choices.y > FILTER_BILINEAR {
        return painted(vec4<f32>(MAGENTA.rgb, alpha));
    }
    let size = vec2<i32>(textureDimensions(samples));
    var here: Tap;
    if choices.y == FILTER_NEAREST {
        here = nearest(in.texel, size);
    } else {
        here = bilinear(in.texel, size);
    }
    if here.weight == 0.0 {
        discard;
    }
    let unit = stretched(here.samples, choices.w == 1u);
    var color = vec4<f32>(unit, 1.0);
    if choices.x == MIX_SINGLE {
        color = colored(unit.r);
    } else if choices.x == MIX_CLASSES {
        color = class_color(here.samples.r);
    }
    return painted(vec4<f32>(color.rgb, color.a * alpha * here.weight));
}
