// Draws letters from the atlas, texel to pixel: first all rims, then all letters.

// Red: the letter; green: the letter and the rim around it.
@group(1) @binding(0) var atlas: texture_2d<f32>;

struct GlyphVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) texel: vec2<f32>,
    @location(1) @interpolate(flat) color: vec4<f32>,
    @location(2) @interpolate(flat) halo: vec4<f32>,
}

@vertex
fn vertex_glyph(
    @builtin(vertex_index) corner: u32,
    @location(0) at_px: vec2<f32>, @location(1) size_px: vec2<f32>, @location(2) texel: vec2<f32>,
    @location(3) color: vec4<f32>, @location(4) halo: vec4<f32>,
) -> GlyphVertex {
    let side = vec2<f32>(f32(corner & 1u), f32(corner >> 1u)) * size_px;
    return GlyphVertex(clip_from_px(at_px + side), texel + side, color, halo);
}

fn glyph_at(texel: vec2<f32>) -> vec2<f32> {
    let last = vec2<i32>(textureDimensions(atlas)) - 1;
    return textureLoad(atlas, clamp(vec2<i32>(floor(texel)), vec2<i32>(0), last), 0).rg;
}

@fragment
fn fragment_halo(in: GlyphVertex) -> @location(0) vec4<f32> {
    return painted(vec4<f32>(in.halo.rgb, in.halo.a * glyph_at(in.texel).g));
}

@fragment
fn fragment_glyph(in: GlyphVertex) -> @location(0) vec4<f32> {
    return painted(vec4<f32>(in.color.rgb, in.color.a * glyph_at(in.texel).r));
}
