// Angles and what belongs to them: twins of the functions of the same names in `expression/src/numbers.rs`.

const LARGEST_ANGLE: f32 = 65536.0;

// The rest of an angle after whole eighths of a turn, and in which of the eight it lies.
struct Reduced {
    rest: f32,
    octant: u32,
}

fn reduced(angle: f32) -> Reduced {
    let eighth = floor(angle * 1.2732395);
    let even = eighth + (eighth - 2.0 * floor(eighth * 0.5));
    let rest = ((angle - even * 0.78515625) - even * 0.00024187565) - even * 3.774895e-8;
    return Reduced(rest, u32(even) & 7u);
}

fn sine_series(r: f32) -> f32 {
    let z = r * r;
    return ((-0.00019515296 * z + 0.008332161) * z - 0.16666655) * z * r + r;
}

fn cosine_series(r: f32) -> f32 {
    let z = r * r;
    return ((0.000024433157 * z - 0.0013887316) * z + 0.041666646) * z * z - 0.5 * z + 1.0;
}

fn sine(a: Value) -> Value {
    let fits = abs(a.number) <= LARGEST_ANGLE;
    let angle = reduced(min(abs(a.number), LARGEST_ANGLE));
    let crosswise = (angle.octant & 2u) == 2u;
    let value = select(sine_series(angle.rest), cosine_series(angle.rest), crosswise);
    let keeps = ((angle.octant & 4u) == 4u) == (a.number < 0.0);
    return normal(select(-value, value, keeps), a.there & fits);
}

fn cosine(a: Value) -> Value {
    let fits = abs(a.number) <= LARGEST_ANGLE;
    let angle = reduced(min(abs(a.number), LARGEST_ANGLE));
    let crosswise = (angle.octant & 2u) == 2u;
    let value = select(cosine_series(angle.rest), sine_series(angle.rest), crosswise);
    let turned = (angle.octant == 2u) | (angle.octant == 4u);
    return normal(select(value, -value, turned), a.there & fits);
}

fn arc_tangent(x: f32) -> f32 {
    let a = abs(x);
    let steep = a > 2.4142137;
    let middling = (a > 0.41421357) & !steep;
    let start = select(select(0.0, 0.7853982, middling), 1.5707964, steep);
    let slope = select(select(a, (a - 1.0) / (a + 1.0), middling), -1.0 / max(a, 1.0), steep);
    let z = slope * slope;
    let series = ((0.080537444 * z - 0.13877686) * z + 0.19977711) * z - 0.3333295;
    let value = start + (series * z * slope + slope);
    return select(value, -value, x < 0.0);
}

// The angle of a point from the x axis.
fn direction(y: Value, x: Value) -> Value {
    let there = y.there & x.there;
    let upright = x.number == 0.0;
    let slope = y.number / select(x.number, 1.0, upright);
    let angle = arc_tangent(slope);
    let behind = x.number < 0.0;
    let turned = angle + select(0.0, select(PI, -PI, y.number < 0.0), behind);
    let straight = select(select(-1.5707964, 1.5707964, y.number > 0.0), 0.0, y.number == 0.0);
    return normal(select(turned, straight, upright), there);
}

// The other side of a right triangle whose longest side is 1.
fn across(a: Value) -> Value {
    let square = (1.0 - a.number) * (1.0 + a.number);
    return Value(sqrt(max(square, 0.0)), a.there & (square >= 0.0));
}

fn hyperbolic_tangent(x: Value) -> Value {
    let a = abs(x.number);
    let grown = exponential(Value(min(a + a, 20.0), true)).number;
    let far = select(1.0 - 2.0 / (grown + 1.0), 1.0, a > 9.1);
    let z = x.number * x.number;
    let series = (((-0.005704989 * z + 0.02063909) * z - 0.053739716) * z + 0.13331442) * z - 0.3333328;
    let near = series * z * x.number + x.number;
    return normal(select(near, select(far, -far, x.number < 0.0), a > 0.625), x.there);
}
