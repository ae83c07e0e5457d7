//! From an expression to WGSL.

use std::fmt::Write as _;

use expression::{Binary, Program, Step, StepId, Unary};

/// The function `formula` of a module: one `let` for each step, so that no compiler meets deep brackets. Two
/// programs that differ only in their bands give the same text; bands are found through the uniform.
pub fn formula_source(program: &Program) -> String {
    let mut text = String::from("fn formula(texel: vec2<i32>) -> Value {\n");
    for (id, step) in program.steps().iter().enumerate() {
        let value = match *step {
            Step::Number(number) => format!("Value({}, true)", literal(number)),
            Step::Nothing => "Value(0.0, false)".to_owned(),
            Step::Band(slot) => format!("source_at(texel, {slot}u)"),
            Step::One(kind, a) => one(kind, a),
            Step::Two(kind, a, b) => two(kind, a, b),
            Step::Choose(condition, yes, no) => format!("chosen(v{condition}, v{yes}, v{no})"),
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "    let v{id} = {value};");
    }
    let result = program.steps().len() - 1;
    let mut there = format!("v{result}.there");
    for (id, step) in program.steps().iter().enumerate() {
        if matches!(step, Step::Band(slot) if program.required()[*slot]) {
            let _ = write!(there, " & v{id}.there");
        }
    }
    let _ = writeln!(text, "    return Value(v{result}.number, {there});\n}}");
    text
}

/// With as many digits as bring back the same number.
fn literal(number: f32) -> String {
    format!("{number:?}f")
}

fn one(kind: Unary, a: StepId) -> String {
    let exact = |function: &str| format!("Value({function}(v{a}.number), v{a}.there)");
    match kind {
        Unary::Negate => exact("-"),
        Unary::Not => format!("truth(v{a}.number == 0.0, v{a}.there)"),
        Unary::IsNothing => format!("truth(!v{a}.there, true)"),
        Unary::Abs => exact("abs"),
        Unary::Sqrt => format!("square_root(v{a})"),
        Unary::Exp => format!("exponential(v{a})"),
        Unary::Log => format!("logarithm(v{a})"),
        Unary::Log2 => format!("normal(logarithm(v{a}).number * 1.442695, logarithm(v{a}).there)"),
        Unary::Log10 => format!("normal(logarithm(v{a}).number * 0.4342945, logarithm(v{a}).there)"),
        Unary::Sin => format!("sine(v{a})"),
        Unary::Cos => format!("cosine(v{a})"),
        Unary::Tan => format!("divided(sine(v{a}), cosine(v{a}))"),
        Unary::Asin => format!("direction(v{a}, across(v{a}))"),
        Unary::Acos => format!("direction(across(v{a}), v{a})"),
        Unary::Atan => format!("normal(arc_tangent(v{a}.number), v{a}.there)"),
        Unary::Tanh => format!("hyperbolic_tangent(v{a})"),
        Unary::Floor => exact("floor"),
        Unary::Ceil => exact("ceil"),
        Unary::Round => exact("round"),
        Unary::Trunc => exact("trunc"),
        Unary::Sign => format!("sign_of(v{a})"),
        Unary::Power(n) => {
            let product = vec![format!("v{a}.number"); usize::from(n)].join(" * ");
            format!("normal({product}, v{a}.there)")
        }
    }
}

fn two(kind: Binary, a: StepId, b: StepId) -> String {
    let there = format!("v{a}.there & v{b}.there");
    let sum = |sign: &str| format!("normal(v{a}.number {sign} v{b}.number, {there})");
    let compared = |sign: &str| format!("truth(v{a}.number {sign} v{b}.number, {there})");
    let both = |sign: &str| format!("truth((v{a}.number != 0.0) {sign} (v{b}.number != 0.0), {there})");
    match kind {
        Binary::Add => sum("+"),
        Binary::Subtract => sum("-"),
        Binary::Multiply => sum("*"),
        Binary::Divide => format!("divided(v{a}, v{b})"),
        Binary::Power => format!("power(v{a}, v{b})"),
        Binary::Min => format!("Value(min(v{a}.number, v{b}.number), {there})"),
        Binary::Max => format!("Value(max(v{a}.number, v{b}.number), {there})"),
        Binary::Atan2 => format!("direction(v{a}, v{b})"),
        Binary::Less => compared("<"),
        Binary::LessOrEqual => compared("<="),
        Binary::Greater => compared(">"),
        Binary::GreaterOrEqual => compared(">="),
        Binary::Equal => compared("=="),
        Binary::NotEqual => compared("!="),
        Binary::And => both("&"),
        Binary::Or => both("|"),
    }
}
