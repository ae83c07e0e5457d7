//! From words to operations: by precedence climbing, straight into a flat list, so that no text can make it
//! recurse deeper than its brackets are allowed to.

use std::ops::Range;

use crate::ExpressionError;
use crate::function::{self, Binary, Kind, Unary};
use crate::lexer::{Token, Word, words};

/// Brackets, signs and powers within each other.
const MAX_DEPTH: usize = 64;
/// Operations, numbers and names of one expression.
const MAX_NODES: usize = 512;

/// The place of a node in its list; what it works on comes before it.
pub(crate) type NodeId = u32;

/// One operation, as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Node {
    Number(f32),
    Nothing,
    /// By its place in [`Parsed::names`].
    Band(u32),
    One(Unary, NodeId),
    Two(Binary, NodeId, NodeId),
    /// The second where the first is not 0, else the third.
    Choose(NodeId, NodeId, NodeId),
}

/// How a band is named.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BandName {
    /// A number, a name or a role.
    Word(String),
    /// A name between quotes.
    Quoted(String),
    /// The wavelength in nm.
    Wavelength(f32),
}

/// A band as it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    pub(crate) kind: BandName,
    /// Where it stands first.
    pub(crate) at: Range<usize>,
    /// True when the expression asks whether the band has a value (`isnan`), and so deals with it itself.
    pub(crate) is_asked: bool,
}

/// A sound expression whose bands are not known yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    pub(crate) nodes: Vec<Node>,
    pub(crate) names: Vec<Name>,
    pub(crate) root: NodeId,
}

/// Reads a text; `parameters` are names that stand for numbers.
pub(crate) fn parse(text: &str, parameters: &[(&str, f32)]) -> Result<Parsed, ExpressionError> {
    let tokens = words(text)?;
    let mut parser = Parser {
        text,
        tokens,
        next: 0,
        depth: 0,
        asking: 0,
        parameters,
        nodes: Vec::new(),
        names: Vec::new(),
    };
    let root = parser.expression()?;
    match parser.peek() {
        Word::End => Ok(Parsed { nodes: parser.nodes, names: parser.names, root }),
        _ => Err(parser.left_over()),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
    /// How many `isnan` are open.
    asking: usize,
    parameters: &'a [(&'a str, f32)],
    nodes: Vec<Node>,
    names: Vec<Name>,
}

/// What was read, and whether it is a comparison without brackets around it.
#[derive(Clone, Copy)]
struct Read {
    node: NodeId,
    is_comparison: bool,
}

/// The two-sided operators but for powers: how tightly they bind, and what they do.
fn operator(sign: &str) -> Option<(u8, Binary)> {
    Some(match sign {
        "||" => (1, Binary::Or),
        "&&" => (2, Binary::And),
        "==" => (3, Binary::Equal),
        "!=" => (3, Binary::NotEqual),
        "<" => (4, Binary::Less),
        "<=" => (4, Binary::LessOrEqual),
        ">" => (4, Binary::Greater),
        ">=" => (4, Binary::GreaterOrEqual),
        "+" => (5, Binary::Add),
        "-" => (5, Binary::Subtract),
        "*" => (6, Binary::Multiply),
        "/" => (6, Binary::Divide),
        _ => return None,
    })
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Word<'a> {
        self.tokens.get(self.next).map_or(Word::End, |token| token.word)
    }

    /// Where the next word stands.
    fn here(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.text.len()..self.text.len(), |token| token.at.clone())
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Word::Sign(next) if next == sign);
        self.next += usize::from(found);
        found
    }

    fn push(&mut self, node: Node) -> Result<NodeId, ExpressionError> {
        if self.nodes.len() >= MAX_NODES {
            let message = format!("The expression has more than {MAX_NODES} parts");
            return Err(ExpressionError::new(self.here(), message));
        }
        self.nodes.push(node);
        Ok(self.nodes.len() as NodeId - 1)
    }

    /// Goes one level deeper for what `read` does.
    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ExpressionError>,
    ) -> Result<T, ExpressionError> {
        if self.depth >= MAX_DEPTH {
            let message = format!("More than {MAX_DEPTH} brackets and signs lie within each other here");
            return Err(ExpressionError::new(self.here(), message));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// A whole expression: choices `a ? b : c ? d : e` from left to right.
    fn expression(&mut self) -> Result<NodeId, ExpressionError> {
        let mut choices = Vec::new();
        let mut last = self.two_sided(0)?.node;
        while self.peek() == Word::Sign("?") {
            let question = self.here();
            self.next += 1;
            let yes = self.deeper(Self::expression)?;
            if !self.take(":") {
                let message = "Expected ':' and what holds otherwise";
                let shown = self.text[..question.start].chars().count() + 1;
                return Err(ExpressionError::new(self.here(), message)
                    .hint(format!("the '?' at character {shown} needs two outcomes, as in a > 1 ? b : c")));
            }
            choices.push((last, yes));
            last = self.two_sided(0)?.node;
        }
        for (condition, yes) in choices.into_iter().rev() {
            last = self.push(Node::Choose(condition, yes, last))?;
        }
        Ok(last)
    }

    /// Operators that bind tighter than `floor`.
    fn two_sided(&mut self, floor: u8) -> Result<Read, ExpressionError> {
        let mut left = self.one_sided()?;
        while let Word::Sign(sign) = self.peek() {
            let Some((tightness, kind)) = operator(sign).filter(|(tightness, _)| *tightness > floor) else {
                break;
            };
            let is_comparison = matches!(tightness, 3 | 4);
            let at = self.here();
            self.next += 1;
            let right = self.two_sided(tightness)?;
            if is_comparison && (left.is_comparison || right.is_comparison) {
                return Err(ExpressionError::new(at, "Comparisons cannot be chained")
                    .hint("write a < b && b < c, or put brackets around one of them"));
            }
            let node = self.push(Node::Two(kind, left.node, right.node))?;
            left = Read { node, is_comparison };
        }
        Ok(left)
    }

    /// Signs in front of a power.
    fn one_sided(&mut self) -> Result<Read, ExpressionError> {
        let kind = match self.peek() {
            Word::Sign("-") => Some(Unary::Negate),
            Word::Sign("!") => Some(Unary::Not),
            Word::Sign("+") => None,
            _ => return self.power(),
        };
        self.next += 1;
        let inner = self.deeper(Self::one_sided)?.node;
        let node = kind.map_or(Ok(inner), |kind| self.push(Node::One(kind, inner)))?;
        Ok(Read { node, is_comparison: false })
    }

    /// `a ^ b ^ c` is `a ^ (b ^ c)`, and `-a ^ b` is `-(a ^ b)`.
    fn power(&mut self) -> Result<Read, ExpressionError> {
        let base = self.operand()?;
        if !(self.take("^") || self.take("**")) {
            return Ok(Read { node: base, is_comparison: false });
        }
        let exponent = self.deeper(Self::one_sided)?.node;
        let node = self.push(Node::Two(Binary::Power, base, exponent))?;
        Ok(Read { node, is_comparison: false })
    }

    fn operand(&mut self) -> Result<NodeId, ExpressionError> {
        let at = self.here();
        match self.peek() {
            Word::Number(value) => {
                self.next += 1;
                self.push(Node::Number(value))
            }
            Word::Quoted(name) => {
                self.next += 1;
                self.band(BandName::Quoted(name.to_owned()), at)
            }
            Word::Name(name) => {
                self.next += 1;
                if self.peek() == Word::Sign("(") { self.call(name, &at) } else { self.name(name, at) }
            }
            Word::Sign("(") => {
                self.next += 1;
                let inner = self.deeper(Self::expression)?;
                self.close(&at)?;
                Ok(inner)
            }
            _ => Err(self.expected("a band or a number")),
        }
    }

    fn close(&mut self, open: &Range<usize>) -> Result<(), ExpressionError> {
        if self.take(")") {
            return Ok(());
        }
        let shown = self.text[..open.start].chars().count() + 1;
        let error = match self.peek() {
            Word::End => ExpressionError::new(self.here(), "Expected ')'"),
            _ => self.left_over(),
        };
        let hint = format!("the '(' at character {shown} is still open");
        Err(if error.hint.is_empty() { error.hint(hint) } else { error })
    }

    fn name(&mut self, name: &str, at: Range<usize>) -> Result<NodeId, ExpressionError> {
        if let Some((_, value)) = self.parameters.iter().find(|(known, _)| *known == name) {
            return self.push(Node::Number(*value));
        }
        match name.to_ascii_lowercase().as_str() {
            "pi" => self.push(Node::Number(std::f32::consts::PI)),
            "nan" => self.push(Node::Nothing),
            _ => self.band(BandName::Word(name.to_owned()), at),
        }
    }

    fn band(&mut self, name: BandName, at: Range<usize>) -> Result<NodeId, ExpressionError> {
        let is_asked = self.asking > 0;
        let known = self.names.iter().position(|n| n.kind == name);
        if let Some(known) = known {
            self.names[known].is_asked |= is_asked;
        } else {
            self.names.push(Name { kind: name, at, is_asked });
        }
        self.push(Node::Band(known.unwrap_or(self.names.len() - 1) as u32))
    }

    /// A function, or `nm(865)`; the bracket is next.
    fn call(&mut self, name: &str, at: &Range<usize>) -> Result<NodeId, ExpressionError> {
        if name.eq_ignore_ascii_case("nm") {
            return self.wavelength(at);
        }
        let Some(function) = function::find(name) else {
            let known: Vec<&str> = function::FUNCTIONS.iter().map(|f| f.name).collect();
            let error = ExpressionError::new(at.clone(), format!("There is no function '{name}'"));
            return Err(match crate::resolve::closest(name, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error.hint(format!("there are {}", known.join(", "))),
            });
        };
        let open = self.here();
        self.next += 1;
        let is_asking = function.kind == Kind::One(Unary::IsNothing);
        self.asking += usize::from(is_asking);
        let mut arguments = Vec::new();
        if self.peek() != Word::Sign(")") {
            arguments.push(self.deeper(Self::expression)?);
            while self.take(",") {
                arguments.push(self.deeper(Self::expression)?);
            }
        }
        self.asking -= usize::from(is_asking);
        self.close(&open)?;
        let (least, most) = function.arguments;
        if !(least..=most).contains(&arguments.len()) {
            let takes = match (least, most) {
                (1, 1) => "1 value".to_owned(),
                (a, b) if a == b => format!("{a} values"),
                (a, b) => format!("{a} to {b} values"),
            };
            let message = format!("'{}' takes {takes}, not {}", function.name, arguments.len());
            return Err(ExpressionError::new(at.clone(), message).hint(format!("it is {}", function.meaning)));
        }
        self.build(function.kind, &arguments)
    }

    /// `arguments` are as many as the kind wants.
    fn build(&mut self, kind: Kind, arguments: &[NodeId]) -> Result<NodeId, ExpressionError> {
        let two = |parser: &mut Self, kind, a, b| parser.push(Node::Two(kind, a, b));
        match (kind, arguments) {
            (Kind::One(kind), [a]) => self.push(Node::One(kind, *a)),
            (Kind::Two(kind), [a, b]) => two(self, kind, *a, *b),
            (Kind::Clamp, [value, low, high]) => {
                let least = two(self, Binary::Max, *value, *low)?;
                two(self, Binary::Min, least, *high)
            }
            (Kind::Where, [condition, yes, no]) => self.push(Node::Choose(*condition, *yes, *no)),
            (Kind::Fold(kind), [first, rest @ ..]) => {
                rest.iter().try_fold(*first, |sum, next| two(self, kind, sum, *next))
            }
            (Kind::Mean, all) => {
                let sum = self.build(Kind::Fold(Binary::Add), all)?;
                let count = self.push(Node::Number(all.len() as f32))?;
                two(self, Binary::Divide, sum, count)
            }
            _ => Err(self.expected("a value")),
        }
    }

    fn wavelength(&mut self, at: &Range<usize>) -> Result<NodeId, ExpressionError> {
        let open = self.here();
        self.next += 1;
        let Word::Number(nm) = self.peek() else { return Err(self.expected("a wavelength in nm")) };
        self.next += 1;
        self.close(&open)?;
        self.band(BandName::Wavelength(nm), at.start..self.tokens[self.next - 1].at.end)
    }

    fn shown(&self, at: &Range<usize>) -> String {
        let text: String = self.text[at.clone()].chars().take(24).collect();
        format!("'{text}'")
    }

    /// Something is missing at the next word.
    fn expected(&self, what: &str) -> ExpressionError {
        let before = self.next.checked_sub(1).and_then(|i| self.tokens.get(i));
        let after = before.map_or(String::new(), |token| format!(" after {}", self.shown(&token.at)));
        ExpressionError::new(self.here(), format!("Expected {what}{after}"))
    }

    /// The next word cannot stand after a whole value.
    fn left_over(&self) -> ExpressionError {
        let at = self.here();
        let shown = self.shown(&at);
        let error = |message: String| ExpressionError::new(at.clone(), message);
        match self.peek() {
            Word::Sign(")") => error("This ')' closes nothing".into()),
            Word::Sign(",") => error("A ',' stands only between the values of a function".into()),
            Word::Sign(":") => error("This ':' has no '?' before it".into()),
            Word::Name("and") => error("Expected an operator before 'and'".into()).hint("write '&&'"),
            Word::Name("or") => error("Expected an operator before 'or'".into()).hint("write '||'"),
            Word::Name(_) | Word::Number(_) | Word::Quoted(_) | Word::Sign("(") => {
                error(format!("Expected an operator before {shown}")).hint("to multiply, write '*'")
            }
            _ => error(format!("Expected an operator instead of {shown}")),
        }
    }
}
