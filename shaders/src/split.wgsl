// Sums of products that keep about twice the digits of a float: what a detector of weak signals takes away is so
// like what it leaves that the digits of one float are not enough.

// The part of a sum that fits a float, and what is left over; four at once.
struct Sums {
    high: vec4<f32>,
    low: vec4<f32>,
}

// A number as the sum of its leading 12 bits, those behind, and what no longer fits a float.
struct Sample {
    front: f32,
    back: f32,
    whole: f32,
    low: f32,
}

// Always 0, but no compiler knows: it must not see that what is taken away here was added there.
var<private> zero: u32;

fn kept(v: vec4<f32>) -> vec4<f32> {
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(v) ^ vec4<u32>(zero));
}

fn kept_one(v: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(v) ^ zero);
}

// A sum and its rounding, exactly (Knuth, The Art of Computer Programming, 4.2.2).
fn exact_sum(a: vec4<f32>, b: vec4<f32>) -> Sums {
    let sum = kept(a + b);
    let of_b = kept(sum - a);
    let of_a = kept(sum - of_b);
    return Sums(sum, (a - of_a) + (b - of_b));
}

// The leading 12 bits: products of two such are exact.
fn front_of(v: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(v) & 0xfffff000u);
}

fn fronts_of(v: vec4<f32>) -> vec4<f32> {
    return bitcast<vec4<f32>>(bitcast<vec4<u32>>(v) & vec4<u32>(0xfffff000u));
}

// A sample less the middle of its band, which is given as two floats.
fn split(x: f32, middle: vec2<f32>) -> Sample {
    let sum = kept_one(x - middle.x);
    let of_middle = kept_one(sum - x);
    let of_x = kept_one(sum - of_middle);
    let rest = (x - of_x) - (middle.x + of_middle);
    let front = front_of(sum);
    return Sample(front, sum - front, sum, rest - middle.y);
}

// Adds one sample times four weights, each given as its leading 12 bits, the 12 behind and the rest.
fn with_product(sums: Sums, x: Sample, front: vec4<f32>, back: vec4<f32>, rest: vec4<f32>) -> Sums {
    let sum = exact_sum(sums.high, x.front * front);
    let small = (x.front * back + x.back * front) + (x.back * back + x.whole * rest + x.low * front);
    return Sums(sum.high, sums.low + (sum.low + small));
}
