// The shapes of one batch: which style each has, and the chunk that takes its points to the screen.

struct Shape {
    style: u32,
    chunk: u32,
    // The longer side of its box in world units.
    side: f32,
}

struct Style {
    fill: u32,
    outline: u32,
    casing: u32,
    hatch_color: u32,
    hatch: u32,
    width_px: f32,
    casing_px: f32,
    dash_px: f32,
}

struct Chunk {
    scale: vec2<f32>,
    offset: vec2<f32>,
    // The size in pixels from which on a shape is drawn wholly (0: whatever its size), and one over the logarithm of how
    // many times that is the size from which down it is not drawn at all.
    fading: vec2<f32>,
}

@group(1) @binding(0) var<storage, read> shapes: array<Shape>;
@group(1) @binding(1) var<storage, read> styles: array<Style>;
@group(1) @binding(2) var<storage, read> chunks: array<Chunk>;

// A place that no pixel sees, for what is not drawn.
const NOWHERE: vec4<f32> = vec4<f32>(2.0, 2.0, 2.0, 1.0);

fn is_hidden(shape: Shape) -> bool {
    return shape.style >= arrayLength(&styles) || shape.chunk >= arrayLength(&chunks);
}

// The share of a shape that is drawn, 0-1: the rest is part of the coverage that is drawn under it.
fn shape_share(shape: Shape, chunk: Chunk) -> f32 {
    if chunk.fading.x <= 0.0 {
        return 1.0;
    }
    let side_px = max(shape.side * abs(chunk.scale.x), 1e-6);
    return 1.0 - clamp(log(chunk.fading.x / side_px) * chunk.fading.y, 0.0, 1.0);
}

// Far outside of the view the place is held back, so that it stays a number.
fn px_from_point(point: vec2<f32>, chunk: Chunk) -> vec2<f32> {
    return clamp(point * chunk.scale + chunk.offset, vec2<f32>(-1e9), vec2<f32>(1e9));
}
