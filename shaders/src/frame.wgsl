// What every pass of one view shares.

struct Frame {
    size_px: vec2<f32>,
    anchor_px: vec2<f32>,
    background: vec4<f32>,
    pixels_per_point: f32,
    padding_a: f32,
    padding_b: f32,
    padding_c: f32,
}

@group(0) @binding(0) var<uniform> frame: Frame;

// Clip space from physical pixels of the view, origin upper left.
fn clip_from_px(at: vec2<f32>) -> vec4<f32> {
    let unit = at / frame.size_px * 2.0 - 1.0;
    return vec4<f32>(unit.x, -unit.y, 0.0, 1.0);
}
