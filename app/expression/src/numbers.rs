//! The arithmetic of expressions, in 32-bit floating point, such that a GPU comes to the same numbers.
//!
//! A value is a finite number or nothing, which is NaN here. What is not finite, or has no answer (a division
//! by 0, the root of a negative number), is nothing. Numbers below the smallest normal one are 0, because GPUs
//! take them for it. Functions that GPUs are free to round coarsely are worked out from the four rules, by the
//! polynomials of S. L. Moshier's Cephes library (public); `functions.wgsl` has each of them under the same name.

use crate::function::{Binary, Unary};

/// Angles that sine, cosine and tangent take, in radians to both sides.
const LARGEST_ANGLE: f32 = 65_536.0;

/// What an operation's outcome counts as: a number, 0 or nothing.
#[inline]
pub(crate) fn normal(value: f32) -> f32 {
    if value.abs() < f32::MIN_POSITIVE {
        0.0
    } else if value.is_finite() {
        value
    } else {
        f32::NAN
    }
}

/// 1, 0 or nothing.
#[inline]
fn truth(holds: bool, is_something: bool) -> f32 {
    match (is_something, holds) {
        (false, _) => f32::NAN,
        (true, true) => 1.0,
        (true, false) => 0.0,
    }
}

/// Calls `$then` with the function of a unary operation, so that a loop over many values decides only once.
macro_rules! with_unary {
    ($kind:expr, $function:ident => $then:expr) => {
        match $kind {
            Unary::Negate => {
                let $function = |a: f32| -a;
                $then
            }
            Unary::Not => {
                let $function = |a: f32| truth(a == 0.0, !a.is_nan());
                $then
            }
            Unary::IsNothing => {
                let $function = |a: f32| f32::from(u8::from(a.is_nan()));
                $then
            }
            Unary::Abs => {
                let $function = f32::abs;
                $then
            }
            Unary::Sqrt => {
                let $function = f32::sqrt;
                $then
            }
            Unary::Exp => {
                let $function = exponential;
                $then
            }
            Unary::Log => {
                let $function = logarithm;
                $then
            }
            Unary::Log2 => {
                let $function = |a: f32| logarithm(a) * std::f32::consts::LOG2_E;
                $then
            }
            Unary::Log10 => {
                let $function = |a: f32| logarithm(a) * std::f32::consts::LOG10_E;
                $then
            }
            Unary::Sin => {
                let $function = sine;
                $then
            }
            Unary::Cos => {
                let $function = cosine;
                $then
            }
            Unary::Tan => {
                let $function = |a: f32| divided(sine(a), cosine(a));
                $then
            }
            Unary::Asin => {
                let $function = |a: f32| direction(a, across(a));
                $then
            }
            Unary::Acos => {
                let $function = |a: f32| direction(across(a), a);
                $then
            }
            Unary::Atan => {
                let $function = arc_tangent;
                $then
            }
            Unary::Tanh => {
                let $function = hyperbolic_tangent;
                $then
            }
            Unary::Floor => {
                let $function = f32::floor;
                $then
            }
            Unary::Ceil => {
                let $function = f32::ceil;
                $then
            }
            Unary::Round => {
                let $function = f32::round_ties_even;
                $then
            }
            Unary::Trunc => {
                let $function = f32::trunc;
                $then
            }
            Unary::Sign => {
                let $function = |a: f32| if a == 0.0 { 0.0 } else { a / a.abs() };
                $then
            }
            Unary::Power(n) => {
                let $function = move |a: f32| whole_power(a, n);
                $then
            }
        }
    };
}

/// Calls `$then` with the function of a binary operation.
macro_rules! with_binary {
    ($kind:expr, $function:ident => $then:expr) => {
        match $kind {
            Binary::Add => {
                let $function = |a: f32, b: f32| a + b;
                $then
            }
            Binary::Subtract => {
                let $function = |a: f32, b: f32| a - b;
                $then
            }
            Binary::Multiply => {
                let $function = |a: f32, b: f32| a * b;
                $then
            }
            Binary::Divide => {
                let $function = divided;
                $then
            }
            Binary::Power => {
                let $function = power;
                $then
            }
            Binary::Min => {
                let $function = |a: f32, b: f32| if b < a || b.is_nan() { b } else { a };
                $then
            }
            Binary::Max => {
                let $function = |a: f32, b: f32| if b > a || b.is_nan() { b } else { a };
                $then
            }
            Binary::Atan2 => {
                let $function = direction;
                $then
            }
            Binary::Less => {
                let $function = |a: f32, b: f32| truth(a < b, both(a, b));
                $then
            }
            Binary::LessOrEqual => {
                let $function = |a: f32, b: f32| truth(a <= b, both(a, b));
                $then
            }
            Binary::Greater => {
                let $function = |a: f32, b: f32| truth(a > b, both(a, b));
                $then
            }
            Binary::GreaterOrEqual => {
                let $function = |a: f32, b: f32| truth(a >= b, both(a, b));
                $then
            }
            Binary::Equal => {
                let $function = |a: f32, b: f32| truth(a == b, both(a, b));
                $then
            }
            Binary::NotEqual => {
                let $function = |a: f32, b: f32| truth(a != b, both(a, b));
                $then
            }
            Binary::And => {
                let $function = |a: f32, b: f32| truth(a != 0.0 && b != 0.0, both(a, b));
                $then
            }
            Binary::Or => {
                let $function = |a: f32, b: f32| truth(a != 0.0 || b != 0.0, both(a, b));
                $then
            }
        }
    };
}

/// One operation on every value of a slice.
pub(crate) fn all_of_one(kind: Unary, a: &[f32], out: &mut [f32]) {
    with_unary!(kind, f => out.iter_mut().zip(a).for_each(|(out, a)| *out = normal(f(*a))));
}

/// One operation on every pair of values of two slices.
pub(crate) fn all_of_two(kind: Binary, a: &[f32], b: &[f32], out: &mut [f32]) {
    with_binary!(kind, f => {
        out.iter_mut().zip(a.iter().zip(b)).for_each(|(out, (a, b))| *out = normal(f(*a, *b)));
    });
}

/// One operation on one value.
pub(crate) fn one(kind: Unary, a: f32) -> f32 {
    with_unary!(kind, f => normal(f(a)))
}

/// One operation on two values.
pub(crate) fn two(kind: Binary, a: f32, b: f32) -> f32 {
    with_binary!(kind, f => normal(f(a, b)))
}

/// The second where the first is not 0, the third where it is, nothing where it is nothing.
#[inline]
pub(crate) fn chosen(condition: f32, yes: f32, no: f32) -> f32 {
    if condition.is_nan() {
        condition
    } else if condition == 0.0 {
        no
    } else {
        yes
    }
}

#[inline]
fn both(a: f32, b: f32) -> bool {
    !a.is_nan() && !b.is_nan()
}

#[inline]
fn divided(a: f32, b: f32) -> f32 {
    if b == 0.0 { f32::NAN } else { a / b }
}

fn whole_power(a: f32, n: u8) -> f32 {
    (1..n).fold(a, |product, _| product * a)
}

/// A polynomial by Horner's rule, the highest power first.
#[inline]
fn polynomial(x: f32, coefficients: &[f32]) -> f32 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

fn exponential(x: f32) -> f32 {
    // Below, the outcome is smaller than the smallest normal number.
    if x < -87.336_54 {
        return 0.0;
    }
    if x > 88.722_83 || x.is_nan() {
        return f32::NAN;
    }
    let n = (x * std::f32::consts::LOG2_E + 0.5).floor();
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let series = polynomial(
        r,
        &[1.987_569_2e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.0e-1],
    );
    // In two steps, because 2^128 is no number of its own.
    let n = n as i32;
    (series * (r * r) + r + 1.0) * two_to(n >> 1) * two_to(n - (n >> 1))
}

/// 2 to a whole power between −126 and 127.
#[inline]
fn two_to(n: i32) -> f32 {
    f32::from_bits(((n + 127) << 23) as u32)
}

fn logarithm(x: f32) -> f32 {
    if x.is_nan() || x < f32::MIN_POSITIVE {
        return f32::NAN;
    }
    let bits = x.to_bits();
    let mut e = ((bits >> 23) as i32 - 126) as f32;
    let mut m = f32::from_bits((bits & 0x007f_ffff) | 0x3f00_0000);
    if m < std::f32::consts::FRAC_1_SQRT_2 {
        e -= 1.0;
        m = m + m - 1.0;
    } else {
        m -= 1.0;
    }
    let z = m * m;
    let series = polynomial(
        m,
        &[
            7.037_683_6e-2,
            -1.151_461e-1,
            1.167_699_9e-1,
            -1.242_014_1e-1,
            1.424_932_3e-1,
            -1.666_805_8e-1,
            2.000_071_5e-1,
            -2.499_999_4e-1,
            3.333_333e-1,
        ],
    );
    let y = series * m * z + -2.121_944_4e-4 * e - 0.5 * z;
    m + y + 0.693_359_4 * e
}

/// The rest of an angle after whole eighths of a turn, and in which of the eight it lies.
fn reduced(angle: f32) -> (f32, u32) {
    let eighth = (angle * (4.0 / std::f32::consts::PI)).floor();
    let even = eighth + (eighth - 2.0 * (eighth * 0.5).floor());
    let rest = ((angle - even * 0.785_156_25) - even * 2.418_756_5e-4) - even * 3.774_895e-8;
    (rest, even as u32 & 7)
}

fn sine_series(r: f32) -> f32 {
    let z = r * r;
    polynomial(z, &[-1.951_529_6e-4, 8.332_161e-3, -1.666_665_5e-1]) * z * r + r
}

fn cosine_series(r: f32) -> f32 {
    let z = r * r;
    polynomial(z, &[2.443_315_7e-5, -1.388_731_6e-3, 4.166_664_6e-2]) * z * z - 0.5 * z + 1.0
}

fn sine(x: f32) -> f32 {
    // Written so that NaN is left out too.
    let fits = x.abs() <= LARGEST_ANGLE;
    if !fits {
        return f32::NAN;
    }
    let (r, octant) = reduced(x.abs());
    let value = if octant & 2 == 2 { cosine_series(r) } else { sine_series(r) };
    if (octant & 4 == 4) == (x < 0.0) { value } else { -value }
}

fn cosine(x: f32) -> f32 {
    let fits = x.abs() <= LARGEST_ANGLE;
    if !fits {
        return f32::NAN;
    }
    let (r, octant) = reduced(x.abs());
    let value = if octant & 2 == 2 { sine_series(r) } else { cosine_series(r) };
    if octant == 2 || octant == 4 { -value } else { value }
}

fn arc_tangent(x: f32) -> f32 {
    let a = x.abs();
    let (start, r) = if a > 2.414_213_7 {
        (std::f32::consts::FRAC_PI_2, -1.0 / a)
    } else if a > 0.414_213_57 {
        (std::f32::consts::FRAC_PI_4, (a - 1.0) / (a + 1.0))
    } else {
        (0.0, a)
    };
    let z = r * r;
    let series = polynomial(z, &[8.053_744_4e-2, -1.387_768_6e-1, 1.997_771_1e-1, -3.333_295e-1]);
    let value = start + (series * z * r + r);
    if x < 0.0 { -value } else { value }
}

/// The angle of a point from the x axis: `atan2`.
fn direction(y: f32, x: f32) -> f32 {
    if !both(y, x) {
        return f32::NAN;
    }
    if x == 0.0 {
        return if y == 0.0 { 0.0 } else { std::f32::consts::FRAC_PI_2 * (y / y.abs()) };
    }
    let angle = arc_tangent(y / x);
    match (x < 0.0, y < 0.0) {
        (false, _) => angle,
        (true, false) => angle + std::f32::consts::PI,
        (true, true) => angle - std::f32::consts::PI,
    }
}

/// The other side of a right triangle whose longest side is 1.
fn across(a: f32) -> f32 {
    ((1.0 - a) * (1.0 + a)).sqrt()
}

fn hyperbolic_tangent(x: f32) -> f32 {
    let a = x.abs();
    if a > 0.625 {
        // Where the exponential has no number it is 1 all the same.
        let value = if a > 9.1 { 1.0 } else { 1.0 - 2.0 / (exponential(a + a) + 1.0) };
        return if x < 0.0 { -value } else { value };
    }
    let z = x * x;
    polynomial(z, &[-5.704_988_7e-3, 2.063_909e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328e-1]) * z * x
        + x
}

fn power(base: f32, exponent: f32) -> f32 {
    if !both(base, exponent) {
        return f32::NAN;
    }
    if exponent == 0.0 {
        return 1.0;
    }
    if base == 0.0 {
        return if exponent > 0.0 { 0.0 } else { f32::NAN };
    }
    let size = exponential(exponent * logarithm(base.abs()));
    if base > 0.0 {
        return size;
    }
    let is_whole = exponent.floor() == exponent;
    let half = exponent * 0.5;
    match (is_whole, half.floor() == half) {
        (false, _) => f32::NAN,
        (true, true) => size,
        (true, false) => -size,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest distance from the exact value, relative to it or to 1, whichever is larger.
    fn worst(f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64, from: f32, to: f32) -> f64 {
        let steps = 20_000;
        let at = |i: i32| from + (to - from) * i as f32 / steps as f32;
        let off =
            |x: f32| (f64::from(f(x)) - exact(f64::from(x))).abs() / exact(f64::from(x)).abs().max(1e-3);
        (0..=steps).map(|i| off(at(i))).fold(0.0, f64::max)
    }

    #[test]
    fn functions_are_right_to_a_few_units_of_the_last_place() {
        assert!(worst(exponential, f64::exp, -20.0, 88.0) < 3e-7);
        assert!(worst(logarithm, f64::ln, 1e-6, 3.0) < 3e-7);
        assert!(worst(logarithm, f64::ln, 0.9, 1.1) < 3e-7);
        assert!(worst(logarithm, f64::ln, 1.0, 1e9) < 3e-7);
        assert!(worst(arc_tangent, f64::atan, -50.0, 50.0) < 3e-7);
        assert!(worst(hyperbolic_tangent, f64::tanh, -12.0, 12.0) < 3e-7);
        assert!(worst(|x| power(x, 2.5), |x| x.powf(2.5), 0.01, 100.0) < 2e-6);
        let near = |f: fn(f32) -> f32, exact: fn(f64) -> f64, most: f32| {
            let off = |x: f32| (f64::from(f(x)) - exact(f64::from(x))).abs();
            (0..20_000).map(|i| off((i as f32 / 10_000.0 - 1.0) * most)).fold(0.0, f64::max)
        };
        assert!(near(sine, f64::sin, 8000.0) < 1e-6 && near(cosine, f64::cos, 8000.0) < 1e-6);
        assert!(near(sine, f64::sin, 65_536.0) < 1e-4);
        assert!(near(|x| one(Unary::Asin, x), f64::asin, 1.0) < 1e-6);
        assert!(near(|x| one(Unary::Acos, x), f64::acos, 1.0) < 1e-6);
    }

    #[test]
    fn what_has_no_answer_is_nothing() {
        let nothing = [
            two(Binary::Divide, 1.0, 0.0),
            two(Binary::Divide, 0.0, 0.0),
            two(Binary::Divide, 1e30, 1e-30),
            two(Binary::Multiply, 1e30, 1e30),
            two(Binary::Power, -8.0, 1.0 / 3.0),
            two(Binary::Power, 0.0, -1.0),
            two(Binary::Less, f32::NAN, 1.0),
            two(Binary::And, 0.0, f32::NAN),
            two(Binary::Min, 1.0, f32::NAN),
            two(Binary::Max, f32::NAN, 1.0),
            two(Binary::Atan2, f32::NAN, 0.0),
            one(Unary::Sqrt, -1.0),
            one(Unary::Log, 0.0),
            one(Unary::Log10, -3.0),
            one(Unary::Exp, 89.0),
            one(Unary::Sin, 65_537.0),
            one(Unary::Asin, 1.1),
            one(Unary::Not, f32::NAN),
            one(Unary::Sign, f32::NAN),
            one(Unary::Tanh, f32::NAN),
            one(Unary::Atan, f32::NAN),
            chosen(f32::NAN, 1.0, 2.0),
        ];
        assert!(nothing.iter().all(|value| value.is_nan()), "{nothing:?}");
    }

    #[test]
    fn corners_have_their_known_values() {
        assert_eq!(two(Binary::Power, -2.0, 3.0), -two(Binary::Power, 2.0, 3.0));
        assert_eq!((two(Binary::Power, 0.0, 0.0), two(Binary::Power, 0.0, 2.0)), (1.0, 0.0));
        assert_eq!(two(Binary::Multiply, 1e-30, 1e-10), 0.0, "too small is 0");
        assert_eq!((one(Unary::Exp, 0.0), one(Unary::Log, 1.0), one(Unary::Exp, -200.0)), (1.0, 0.0, 0.0));
        assert_eq!(
            (one(Unary::Round, 2.5), one(Unary::Round, -3.5), one(Unary::Trunc, -1.7)),
            (2.0, -4.0, -1.0)
        );
        assert_eq!(
            (one(Unary::Sign, -7.0), one(Unary::Sign, 0.0), one(Unary::IsNothing, f32::NAN)),
            (-1.0, 0.0, 1.0)
        );
        assert_eq!(two(Binary::Atan2, 1.0, 0.0), std::f32::consts::FRAC_PI_2);
        assert!((two(Binary::Atan2, -1.0, -1.0) + 2.356_194_5).abs() < 1e-6);
        assert_eq!(two(Binary::Atan2, 0.0, -1.0), std::f32::consts::PI);
        assert_eq!(one(Unary::Power(3), 3.0), 27.0);
    }
}
