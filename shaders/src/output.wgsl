// The way out of every fragment shader.

// True for render targets that encode sRGB themselves: they want linear light and blend in it.
override LINEAR_TARGET: bool = false;

// Shown where a number names nothing: an unknown kind, a band that the tile has not.
const MAGENTA: vec4<f32> = vec4<f32>(1.0, 0.0, 1.0, 1.0);

fn linear_from_display(display: vec3<f32>) -> vec3<f32> {
    let low = display / 12.92;
    let high = pow((max(display, vec3<f32>(0.0)) + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, display <= vec3<f32>(0.04045));
}

// What to write for a display-referred colour with straight alpha: blending wants it premultiplied.
fn painted(color: vec4<f32>) -> vec4<f32> {
    let alpha = clamp(color.a, 0.0, 1.0);
    let display = clamp(color.rgb, vec3<f32>(0.0), vec3<f32>(1.0));
    if LINEAR_TARGET {
        return vec4<f32>(linear_from_display(display) * alpha, alpha);
    }
    return vec4<f32>(display * alpha, alpha);
}
