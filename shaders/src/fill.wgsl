// Fills shapes with their colour and hatch.

struct FillVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) at_px: vec2<f32>,
    @location(1) @interpolate(flat) style: u32,
    @location(2) @interpolate(flat) share: f32,
}

@vertex
fn vertex_fill(@location(0) point: vec2<f32>, @location(1) shape_row: u32) -> FillVertex {
    let shape = shapes[shape_row];
    if is_hidden(shape) {
        return FillVertex(NOWHERE, vec2<f32>(0.0), 0u, 0.0);
    }
    let chunk = chunks[shape.chunk];
    let share = shape_share(shape, chunk);
    if share <= 0.0 {
        return FillVertex(NOWHERE, vec2<f32>(0.0), 0u, 0.0);
    }
    let at_px = px_from_point(point, chunk);
    return FillVertex(clip_from_px(at_px), at_px, shape.style, share);
}

@fragment
fn fragment_fill(in: FillVertex) -> @location(0) vec4<f32> {
    let style = styles[in.style];
    if style.hatch > HATCH_LAST {
        return painted(MAGENTA);
    }
    let fill = unpack4x8unorm(style.fill);
    let hatch = unpack4x8unorm(style.hatch_color);
    let over = hatch.a * hatch_coverage(style.hatch, in.at_px);
    let alpha = over + fill.a * (1.0 - over);
    let color = (hatch.rgb * over + fill.rgb * fill.a * (1.0 - over)) / max(alpha, 1e-6);
    return painted(vec4<f32>(color, alpha * in.share));
}
