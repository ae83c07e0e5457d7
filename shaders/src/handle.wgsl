// Draws grips: a form in its colour with a rim around it.

const HANDLE_SQUARE: u32 = 0u;
const HANDLE_DISC: u32 = 1u;
const HANDLE_DOTTED_SQUARE: u32 = 2u;
const HANDLE_DIAMOND: u32 = 3u;

struct HandleVertex {
    @builtin(position) position: vec4<f32>,
    @location(0) from_center: vec2<f32>,
    // Half the size, width of the rim.
    @location(1) @interpolate(flat) form: vec2<f32>,
    @location(2) @interpolate(flat) fill: vec4<f32>,
    @location(3) @interpolate(flat) casing: vec4<f32>,
    @location(4) @interpolate(flat) kind: u32,
}

@vertex
fn vertex_handle(
    @builtin(vertex_index) corner: u32,
    @location(0) at_px: vec2<f32>, @location(1) form: vec2<f32>,
    @location(2) fill: vec4<f32>, @location(3) casing: vec4<f32>, @location(4) kind: u32,
) -> HandleVertex {
    let side = vec2<f32>(select(-1.0, 1.0, (corner & 1u) == 1u), select(-1.0, 1.0, (corner & 2u) == 2u));
    // A diamond reaches further than a square of the same area.
    let from_center = side * (form.x * 1.5 + form.y + 1.0);
    return HandleVertex(clip_from_px(at_px + from_center), from_center, form, fill, casing, kind);
}

// Distance to the form's edge in pixels, negative inside.
fn handle_distance(at: vec2<f32>, kind: u32, half: f32) -> f32 {
    let away = abs(at);
    switch kind {
        case HANDLE_SQUARE, HANDLE_DOTTED_SQUARE: { return max(away.x, away.y) - half; }
        case HANDLE_DIAMOND: { return (away.x + away.y - half * 1.3) * 0.70710678; }
        default: { return length(at) - half; }
    }
}

@fragment
fn fragment_handle(in: HandleVertex) -> @location(0) vec4<f32> {
    if in.kind > HANDLE_DIAMOND {
        return painted(MAGENTA);
    }
    let half = in.form.x;
    let away = handle_distance(in.from_center, in.kind, half);
    let outer = clamp(in.form.y - away + 0.5, 0.0, 1.0);
    var inner = clamp(0.5 - away, 0.0, 1.0);
    if in.kind == HANDLE_DOTTED_SQUARE {
        inner *= clamp(length(in.from_center) - half * 0.4 + 0.5, 0.0, 1.0);
    }
    let alpha = outer * mix(in.casing.a, in.fill.a, inner);
    return painted(vec4<f32>(mix(in.casing.rgb, in.fill.rgb, inner), alpha));
}
