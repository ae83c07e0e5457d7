// The arithmetic of expressions: each function is the twin of the one of its name in `expression/src/numbers.rs`.
// Nothing is chosen by branches, so that every pixel takes the same way.

// A finite number, or nothing.
struct Value {
    number: f32,
    there: bool,
}

const SMALLEST: f32 = 1.1754944e-38;
const PI: f32 = 3.1415927;

// By its bits, because shaders may assume that there is no infinity.
fn is_finite(number: f32) -> bool {
    return (bitcast<u32>(number) & 0x7f800000u) != 0x7f800000u;
}

// What an operation's outcome counts as: a number, 0 or nothing.
fn normal(number: f32, there: bool) -> Value {
    return Value(select(number, 0.0, abs(number) < SMALLEST), there & is_finite(number));
}

fn truth(holds: bool, there: bool) -> Value {
    return Value(select(0.0, 1.0, holds), there);
}

fn chosen(condition: Value, yes: Value, no: Value) -> Value {
    let holds = condition.number != 0.0;
    let there = select(no.there, yes.there, holds);
    return Value(select(no.number, yes.number, holds), condition.there & there);
}

fn divided(a: Value, b: Value) -> Value {
    let possible = b.number != 0.0;
    return normal(a.number / select(1.0, b.number, possible), a.there & b.there & possible);
}

fn square_root(a: Value) -> Value {
    return normal(sqrt(max(a.number, 0.0)), a.there & (a.number >= 0.0));
}

fn sign_of(a: Value) -> Value {
    return Value(select(select(-1.0, 1.0, a.number > 0.0), 0.0, a.number == 0.0), a.there);
}

// 2 to a whole power between -126 and 127.
fn two_to(n: i32) -> f32 {
    return bitcast<f32>(u32(n + 127) << 23u);
}

fn exponential(a: Value) -> Value {
    let x = clamp(a.number, -87.33654, 88.72283);
    let n = floor(x * 1.442695 + 0.5);
    let r = x - n * 0.6933594 - n * -0.00021219444;
    var series = 0.00019875692;
    series = series * r + 0.0013981999;
    series = series * r + 0.008333452;
    series = series * r + 0.041665796;
    series = series * r + 0.16666665;
    series = series * r + 0.5;
    let half = i32(n) >> 1u;
    let grown = (series * (r * r) + r + 1.0) * two_to(half) * two_to(i32(n) - half);
    return normal(select(grown, 0.0, a.number < -87.33654), a.there & (a.number <= 88.72283));
}

fn logarithm(a: Value) -> Value {
    let bits = bitcast<u32>(max(a.number, SMALLEST));
    let whole = f32(i32(bits >> 23u) - 126);
    let part = bitcast<f32>((bits & 0x007fffffu) | 0x3f000000u);
    let below = part < 0.70710677;
    let e = whole - select(0.0, 1.0, below);
    let m = select(part, part + part, below) - 1.0;
    let z = m * m;
    var series = 0.070376836;
    series = series * m - 0.1151461;
    series = series * m + 0.11676999;
    series = series * m - 0.12420141;
    series = series * m + 0.14249323;
    series = series * m - 0.16668058;
    series = series * m + 0.20000715;
    series = series * m - 0.24999994;
    series = series * m + 0.3333333;
    let y = series * m * z + -0.00021219444 * e - 0.5 * z;
    return normal(m + y + 0.6933594 * e, a.there & (a.number >= SMALLEST));
}

fn power(base: Value, exponent: Value) -> Value {
    let there = base.there & exponent.there;
    let size = logarithm(Value(abs(base.number), true));
    // Beyond what can be raised or vanishes anyway: an infinite product would count as nothing.
    let raised = clamp(exponent.number * size.number, -1e4, 1e4);
    let grown = exponential(normal(raised, there));
    let half = exponent.number * 0.5;
    let is_whole = floor(exponent.number) == exponent.number;
    let is_odd = floor(half) != half;
    let is_negative = base.number < 0.0;
    let signed = select(grown.number, -grown.number, is_negative & is_odd);
    let is_zero = base.number == 0.0;
    let is_one = exponent.number == 0.0;
    let number = select(select(signed, 0.0, is_zero), 1.0, is_one);
    let possible = select(grown.there & (!is_negative | is_whole), exponent.number > 0.0, is_zero) | is_one;
    return Value(number, there & possible);
}
