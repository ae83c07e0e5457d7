// Covers the view with the background colour: one triangle larger than the view.

@vertex
fn vertex_background(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u)) * 4.0 - 1.0;
    return vec4<f32>(corner, 0.0, 1.0);
}

@fragment
fn fragment_background() -> @location(0) vec4<f32> {
    return painted(frame.background);
}
