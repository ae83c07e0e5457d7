// Draws a cell of the pyramid of coverage: what is seen of very many shapes from afar. Texels have premultiplied alpha.

@group(1) @binding(0) var between_texels: sampler;
@group(1) @binding(1) var fine: texture_2d<f32>;
@group(1) @binding(2) var coarse: texture_2d<f32>;

struct CoverageVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) fine_at: vec2<f32>,
    @location(1) coarse_at: vec2<f32>,
    // The share of the coarse level; how far all of it has faded in.
    @location(2) @interpolate(flat) shares: vec2<f32>,
}

@vertex
fn vertex_coverage(
    @location(0) at_px: vec2<f32>, @location(1) fine_at: vec2<f32>, @location(2) coarse_at: vec2<f32>,
    @location(3) shares: vec2<f32>,
) -> CoverageVertex {
    return CoverageVertex(clip_from_px(at_px), fine_at, coarse_at, shares);
}

@fragment
fn fragment_coverage(in: CoverageVertex) -> @location(0) vec4<f32> {
    let near = textureSampleLevel(fine, between_texels, in.fine_at, 0.0);
    let far = textureSampleLevel(coarse, between_texels, in.coarse_at, 0.0);
    let color = mix(near, far, in.shares.x) * in.shares.y;
    return painted(vec4<f32>(color.rgb / max(color.a, 1e-6), color.a));
}
