// Patterns in screen space, pinned to the view's anchor.

const HATCH_NONE: u32 = 0u;
const HATCH_DIAGONAL: u32 = 1u;
const HATCH_BACK_DIAGONAL: u32 = 2u;
const HATCH_CROSS: u32 = 3u;
const HATCH_HORIZONTAL: u32 = 4u;
const HATCH_VERTICAL: u32 = 5u;
const HATCH_DOTS: u32 = 6u;
const HATCH_LAST: u32 = 6u;

// Share of a pixel that lines cover, where `along` crosses them; all in pixels.
fn line_coverage(along: f32, period: f32, width: f32) -> f32 {
    let from_middle = abs(along - period * floor(along / period) - period * 0.5);
    return clamp(width * 0.5 - from_middle + 0.5, 0.0, 1.0);
}

// 0–1 for a known kind.
fn hatch_coverage(kind: u32, at_px: vec2<f32>) -> f32 {
    let at = at_px - frame.anchor_px;
    let period = 8.0 * frame.pixels_per_point;
    let width = 1.0 * frame.pixels_per_point;
    let rising = line_coverage((at.x + at.y) * 0.70710678, period, width);
    let falling = line_coverage((at.x - at.y) * 0.70710678, period, width);
    switch kind {
        case HATCH_DIAGONAL: { return rising; }
        case HATCH_BACK_DIAGONAL: { return falling; }
        case HATCH_CROSS: { return max(rising, falling); }
        case HATCH_HORIZONTAL: { return line_coverage(at.y, period, width); }
        case HATCH_VERTICAL: { return line_coverage(at.x, period, width); }
        case HATCH_DOTS: {
            let cell = at - period * floor(at / period) - period * 0.5;
            return clamp(width * 1.25 - length(cell) + 0.5, 0.0, 1.0);
        }
        default: { return 0.0; }
    }
}
