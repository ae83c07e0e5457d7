//! The functions that an expression can call.

/// A function: its name, how many values it takes, and what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    pub name: &'static str,
    /// The fewest and the most values it takes.
    pub arguments: (usize, usize),
    /// What it gives, for lists and tooltips.
    pub meaning: &'static str,
    pub(crate) kind: Kind,
}

/// How a call is taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    One(Unary),
    Two(Binary),
    /// A two-sided operation over any number of values, from left to right.
    Fold(Binary),
    Mean,
    Clamp,
    Where,
}

/// What is done to one number. In all of these nothing gives nothing, but for [`Unary::IsNothing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    Negate,
    /// 1 of 0, else 0.
    Not,
    /// 1 of nothing, else 0.
    IsNothing,
    Abs,
    /// Of a negative number: nothing.
    Sqrt,
    Exp,
    /// Natural; of 0 and less: nothing.
    Log,
    Log2,
    Log10,
    /// Of an angle in radians of at most ±65,536; beyond: nothing.
    Sin,
    Cos,
    Tan,
    /// Beyond ±1: nothing.
    Asin,
    Acos,
    Atan,
    Tanh,
    Floor,
    Ceil,
    /// To the nearest whole number, halves to the even one.
    Round,
    Trunc,
    /// −1, 0 or 1.
    Sign,
    /// Multiplied by itself so many times; at least 2.
    Power(u8),
}

/// What is made of two numbers. Nothing on either side gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    /// By 0: nothing.
    Divide,
    /// Of a negative number: only whole powers, else nothing.
    Power,
    Min,
    Max,
    Atan2,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

const MANY: usize = 64;

macro_rules! functions {
    ($($name:literal $from:literal..$to:tt $kind:expr, $meaning:literal;)*) => {
        /// Every function there is.
        pub const FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            arguments: ($from, $to),
            meaning: $meaning,
            kind: $kind,
        },)*];
    };
}

functions! {
    "abs" 1..1 Kind::One(Unary::Abs), "without its sign";
    "sqrt" 1..1 Kind::One(Unary::Sqrt), "square root; nothing of a negative number";
    "exp" 1..1 Kind::One(Unary::Exp), "e to the power of it";
    "log" 1..1 Kind::One(Unary::Log), "natural logarithm; nothing of 0 and less";
    "log2" 1..1 Kind::One(Unary::Log2), "logarithm to base 2";
    "log10" 1..1 Kind::One(Unary::Log10), "logarithm to base 10";
    "pow" 2..2 Kind::Two(Binary::Power), "the first to the power of the second";
    "sin" 1..1 Kind::One(Unary::Sin), "sine of radians";
    "cos" 1..1 Kind::One(Unary::Cos), "cosine of radians";
    "tan" 1..1 Kind::One(Unary::Tan), "tangent of radians";
    "asin" 1..1 Kind::One(Unary::Asin), "radians with this sine";
    "acos" 1..1 Kind::One(Unary::Acos), "radians with this cosine";
    "atan" 1..1 Kind::One(Unary::Atan), "radians with this tangent";
    "atan2" 2..2 Kind::Two(Binary::Atan2), "direction of y, x in radians";
    "tanh" 1..1 Kind::One(Unary::Tanh), "hyperbolic tangent";
    "floor" 1..1 Kind::One(Unary::Floor), "next whole number below";
    "ceil" 1..1 Kind::One(Unary::Ceil), "next whole number above";
    "round" 1..1 Kind::One(Unary::Round), "nearest whole number, halves to the even one";
    "trunc" 1..1 Kind::One(Unary::Trunc), "without its decimals";
    "sign" 1..1 Kind::One(Unary::Sign), "-1, 0 or 1";
    "isnan" 1..1 Kind::One(Unary::IsNothing), "1 where there is no value, else 0";
    "min" 1..MANY Kind::Fold(Binary::Min), "the least";
    "max" 1..MANY Kind::Fold(Binary::Max), "the greatest";
    "sum" 1..MANY Kind::Fold(Binary::Add), "all together";
    "mean" 1..MANY Kind::Mean, "the average";
    "clamp" 3..3 Kind::Clamp, "the first, held between the second and the third";
    "where" 3..3 Kind::Where, "the second where the first is not 0, else the third";
}

/// The function of a name, whatever the case.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}
