// The shapes of one batch: which style each has, and the chunk that takes its points to the screen.

struct Shape {
    style: u32,
    chunk: u32,
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
}

@group(1) @binding(0) var<storage, read> shapes: array<Shape>;
@group(1) @binding(1) var<storage, read> styles: array<Style>;
@group(1) @binding(2) var<storage, read> chunks: array<Chunk>;

// A place that no pixel sees, for what is not drawn.
const NOWHERE: vec4<f32> = vec4<f32>(2.0, 2.0, 2.0, 1.0);

fn is_hidden(shape: Shape) -> bool {
    return shape.style >= arrayLength(&styles) || shape.chunk >= arrayLength(&chunks);
}

// Far outside of the view the place is held back, so that it stays a number.
fn px_from_point(point: vec2<f32>, chunk: Chunk) -> vec2<f32> {
    return clamp(point * chunk.scale + chunk.offset, vec2<f32>(-1e9), vec2<f32>(1e9));
}
