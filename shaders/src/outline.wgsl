// Draws the edges of shapes, a segment to each instance: first all casings, then all lines, so that no casing
// covers a line. Joins are round. Where two segments meet, each draws its side of the line that halves the
// angle between them, so that no pixel of a translucent line is painted twice.

struct LineVertex {
    @builtin(position) position: vec4<f32>,
    // From the segment's first point, in pixels.
    @location(0) from_start: vec2<f32>,
    // Direction, length and the way along the ring up to the first point.
    @location(1) @interpolate(flat) segment: vec4<f32>,
    // Tangents of the ring at the first and at the second point; zero at loose ends.
    @location(2) @interpolate(flat) tangents: vec4<f32>,
    // Half the width, length of a dash, by how much dashes are longer for their casing.
    @location(3) @interpolate(flat) form: vec3<f32>,
    @location(4) @interpolate(flat) color: vec4<f32>,
}

fn direction(from_px: vec2<f32>, to_px: vec2<f32>) -> vec2<f32> {
    let way = to_px - from_px;
    let far = length(way);
    return select(vec2<f32>(0.0), way / max(far, 1e-12), far > 1e-6);
}

fn line_vertex(
    corner: u32, before: vec2<f32>, start: vec2<f32>, end: vec2<f32>, after: vec2<f32>,
    shape_row: u32, along: f32, is_casing: bool,
) -> LineVertex {
    let shape = shapes[shape_row];
    let nothing = LineVertex(NOWHERE, vec2<f32>(0.0), vec4<f32>(0.0), vec4<f32>(0.0), vec3<f32>(0.0), vec4<f32>(0.0));
    if is_hidden(shape) {
        return nothing;
    }
    let style = styles[shape.style];
    let extra = select(0.0, style.casing_px, is_casing);
    let chunk = chunks[shape.chunk];
    let whole = unpack4x8unorm(select(style.outline, style.casing, is_casing));
    let color = vec4<f32>(whole.rgb, whole.a * shape_share(shape, chunk));
    if color.a == 0.0 || style.width_px <= 0.0 || (is_casing && extra <= 0.0) {
        return nothing;
    }
    let start_px = px_from_point(start, chunk);
    let end_px = px_from_point(end, chunk);
    let way = direction(start_px, end_px);
    let tangent_start = direction(vec2<f32>(0.0), direction(px_from_point(before, chunk), start_px) + way);
    let tangent_end = direction(vec2<f32>(0.0), direction(end_px, px_from_point(after, chunk)) + way);
    let start_cut = select(tangent_start, vec2<f32>(0.0), all(before == start));
    let end_cut = select(tangent_end, vec2<f32>(0.0), all(after == end));

    let far = length(end_px - start_px);
    let radius = style.width_px * 0.5 + extra;
    let reach = radius + 1.0;
    let ahead = select(way, vec2<f32>(1.0, 0.0), far <= 1e-6);
    let aside = vec2<f32>(-ahead.y, ahead.x);
    let forward = select(-reach, far + reach, (corner & 1u) == 1u);
    let sideward = select(-reach, reach, (corner & 2u) == 2u);
    let from_start = ahead * forward + aside * sideward;
    return LineVertex(
        clip_from_px(start_px + from_start),
        from_start,
        vec4<f32>(way, far, along * abs(chunk.scale.x)),
        vec4<f32>(start_cut, end_cut),
        vec3<f32>(radius, style.dash_px, extra),
        color,
    );
}

@vertex
fn vertex_casing(
    @builtin(vertex_index) corner: u32,
    @location(0) before: vec2<f32>, @location(1) start: vec2<f32>,
    @location(2) end: vec2<f32>, @location(3) after: vec2<f32>,
    @location(4) shape_row: u32, @location(5) along: f32,
) -> LineVertex {
    return line_vertex(corner, before, start, end, after, shape_row, along, true);
}

@vertex
fn vertex_outline(
    @builtin(vertex_index) corner: u32,
    @location(0) before: vec2<f32>, @location(1) start: vec2<f32>,
    @location(2) end: vec2<f32>, @location(3) after: vec2<f32>,
    @location(4) shape_row: u32, @location(5) along: f32,
) -> LineVertex {
    return line_vertex(corner, before, start, end, after, shape_row, along, false);
}

// Share of a pixel that a dash covers, at a way along the ring.
fn dash_coverage(at: f32, dash: f32, extra: f32) -> f32 {
    if dash <= 0.0 {
        return 1.0;
    }
    let period = dash * 1.75;
    let phase = abs(at - period * floor(at / period) - dash * 0.5);
    return clamp(dash * 0.5 + extra - min(phase, period - phase) + 0.5, 0.0, 1.0);
}

@fragment
fn fragment_outline(in: LineVertex) -> @location(0) vec4<f32> {
    let way = in.segment.xy;
    let far = in.segment.z;
    let from_end = in.from_start - way * far;
    if dot(in.from_start, in.tangents.xy) < 0.0 || dot(from_end, in.tangents.zw) > 0.0 {
        discard;
    }
    let along = clamp(dot(in.from_start, way), 0.0, far);
    let radius = in.form.x;
    let line = clamp(radius - length(in.from_start - way * along) + 0.5, 0.0, 1.0);
    let dash = dash_coverage(in.segment.w + along, in.form.y, in.form.z);
    let coverage = min(line, min(radius * 2.0, 1.0)) * dash;
    return painted(vec4<f32>(in.color.rgb, in.color.a * coverage));
}
