// Draws a tile that could not be read: a hatch in the layer's warning colour.

struct FailedVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) at_px: vec2<f32>,
    @location(1) fade: f32,
}

@vertex
fn vertex_failed(
    @location(0) at_px: vec2<f32>,
    @location(1) texel: vec2<f32>,
    @location(2) fade: f32,
) -> FailedVertex {
    return FailedVertex(clip_from_px(at_px), at_px, fade);
}

@fragment
fn fragment_failed(in: FailedVertex) -> @location(0) vec4<f32> {
    let lines = hatch_coverage(HATCH_DIAGONAL, in.at_px);
    let alpha = layer.failed.a * layer.opacity * in.fade * max(lines, 0.12);
    return painted(vec4<f32>(layer.failed.rgb, alpha));
}
