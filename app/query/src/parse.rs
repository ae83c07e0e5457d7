//! From words to tests joined by and, or and not.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::QueryError;
use crate::lexer::{Token, Word, words};

/// Brackets and `not` within each other.
const MAX_DEPTH: usize = 64;
/// Tests of one query, and values of one list.
const MAX_TESTS: usize = 256;

/// A condition as it was typed, whose words are not known to mean anything yet.
///
/// It prints in one way: what is printed reads as the same query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub(crate) root: Node,
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// At least one holds.
    Any(Vec<Node>),
    /// Every one holds.
    All(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// `name relation values`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Test {
    pub(crate) name: Written,
    pub(crate) relation: Relation,
    pub(crate) values: Vec<Written>,
}

/// How a name and values stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The name alone: it holds, or there is a value.
    Holds,
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
    Lacks,
    In,
    NotIn,
}

impl Relation {
    fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" | "==" => Self::Equal,
            "!=" | "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            "~" => Self::Contains,
            "!~" => Self::Lacks,
            _ => return None,
        })
    }

    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Holds => "",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Contains => "~",
            Self::Lacks => "!~",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }

    /// True for the opposite of another relation: it holds where there is no value.
    pub(crate) const fn is_negative(self) -> bool {
        matches!(self, Self::NotEqual | Self::Lacks | Self::NotIn)
    }
}

/// A name or a value as it stands in the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    pub(crate) text: String,
    /// Between quotes: no word that means something by itself.
    pub(crate) quoted: bool,
    pub(crate) at: Place,
}

impl Written {
    /// True for this word without quotes, whatever the case.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }

    pub(crate) fn error(&self, message: impl Into<String>) -> QueryError {
        QueryError::new(self.at.0.clone(), message)
    }

    /// As it is shown in a message.
    pub(crate) fn shown(&self) -> String {
        let text: String = self.text.chars().take(32).collect();
        format!("'{text}'")
    }
}

/// Bytes of the text. Two queries that say the same are equal wherever the words stand.
#[derive(Clone, Debug)]
pub(crate) struct Place(pub(crate) Range<usize>);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Query {
    /// Reads a text.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut parser = Parser { text, tokens: words(text)?, next: 0, depth: 0, tests: 0 };
        let root = parser.any()?;
        if *parser.peek() == Word::End { Ok(Self { root }) } else { Err(parser.left_over()) }
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        Self::parse(text)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::print::node(&self.root, f)
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
    depth: usize,
    tests: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &Word<'a> {
        self.tokens.get(self.next).map_or(&Word::End, |token| &token.word)
    }

    fn here(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.text.len()..self.text.len(), |token| token.at.clone())
    }

    fn takes(&mut self, found: bool) -> bool {
        self.next += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Word::Sign(next) if *next == sign);
        self.takes(found)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Word::Bare(next) if next.eq_ignore_ascii_case(word));
        self.takes(found)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, QueryError>) -> Result<T, QueryError> {
        if self.depth >= MAX_DEPTH {
            let message = format!("More than {MAX_DEPTH} brackets and 'not' lie within each other here");
            return Err(QueryError::new(self.here(), message));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn any(&mut self) -> Result<Node, QueryError> {
        let mut parts = vec![self.all()?];
        while self.sign("||") || self.word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Node::Any))
    }

    fn all(&mut self) -> Result<Node, QueryError> {
        let mut parts = vec![self.one()?];
        while self.sign("&&") || self.word("and") {
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Node::All))
    }

    fn one(&mut self) -> Result<Node, QueryError> {
        if self.sign("!") || self.word("not") {
            return Ok(Node::Not(Box::new(self.deeper(Self::one)?)));
        }
        let open = self.here();
        if self.sign("(") {
            let inner = self.deeper(Self::any)?;
            self.close(&open)?;
            return Ok(inner);
        }
        self.tests += 1;
        if self.tests > MAX_TESTS {
            return Err(QueryError::new(open, format!("The query has more than {MAX_TESTS} tests")));
        }
        self.test().map(Node::Test)
    }

    fn close(&mut self, open: &Range<usize>) -> Result<(), QueryError> {
        if self.sign(")") {
            return Ok(());
        }
        let shown = self.text[..open.start].chars().count() + 1;
        let error = match self.peek() {
            Word::End => QueryError::new(self.here(), "Expected ')'"),
            _ => self.left_over(),
        };
        Err(error.hint(format!("the '(' at character {shown} is still open")))
    }

    fn test(&mut self) -> Result<Test, QueryError> {
        let at = self.here();
        let name = match self.peek() {
            Word::Bare(word) if !is_joint(word) => {
                Written { text: (*word).to_owned(), quoted: false, at: Place(at) }
            }
            Word::Quoted(text) => Written { text: text.clone(), quoted: true, at: Place(at) },
            _ => return Err(self.expected("a name such as class or area_m2")),
        };
        self.next += 1;
        let (relation, list) = self.relation()?;
        let values = match relation {
            Relation::Holds => Vec::new(),
            _ if list => self.list()?,
            _ => vec![self.value()?],
        };
        Ok(Test { name, relation, values })
    }

    /// The relation that is next, and whether a list follows it.
    fn relation(&mut self) -> Result<(Relation, bool), QueryError> {
        if let Word::Sign(sign) = self.peek()
            && let Some(relation) = Relation::of(sign)
        {
            self.next += 1;
            return Ok((relation, false));
        }
        if self.word("in") {
            return Ok((Relation::In, true));
        }
        if self.word("is") {
            let negative = self.word("not");
            return Ok((if negative { Relation::NotEqual } else { Relation::Equal }, false));
        }
        if self.word("not") {
            if self.word("in") {
                return Ok((Relation::NotIn, true));
            }
            return Err(self.expected("in"));
        }
        Ok((Relation::Holds, false))
    }

    fn list(&mut self) -> Result<Vec<Written>, QueryError> {
        let open = self.here();
        if !self.sign("(") {
            return Err(self.expected("'('").hint("a list is written as in (destroyed, major damage)"));
        }
        let mut values = vec![self.value()?];
        while self.sign(",") {
            values.push(self.value()?);
            if values.len() > MAX_TESTS {
                return Err(QueryError::new(open, format!("The list has more than {MAX_TESTS} values")));
            }
        }
        self.close(&open)?;
        Ok(values)
    }

    /// A text between quotes, or words up to what joins tests.
    fn value(&mut self) -> Result<Written, QueryError> {
        let start = self.here();
        match self.peek() {
            Word::Quoted(text) => {
                let text = text.clone();
                self.next += 1;
                Ok(Written { text, quoted: true, at: Place(start) })
            }
            Word::Bare(word) if !is_joint(word) => {
                let mut text = (*word).to_owned();
                let mut end = start.end;
                self.next += 1;
                while let Word::Bare(word) = self.peek()
                    && !is_joint(word)
                {
                    text.push(' ');
                    text.push_str(word);
                    end = self.here().end;
                    self.next += 1;
                }
                Ok(Written { text, quoted: false, at: Place(start.start..end) })
            }
            _ => Err(self.expected("a value")),
        }
    }

    fn expected(&self, what: &str) -> QueryError {
        let before = self.next.checked_sub(1).and_then(|i| self.tokens.get(i));
        let after = before.map_or(String::new(), |token| format!(" after {}", self.shown(&token.at)));
        QueryError::new(self.here(), format!("Expected {what}{after}"))
    }

    fn shown(&self, at: &Range<usize>) -> String {
        let text: String = self.text[at.clone()].chars().take(24).collect();
        format!("'{text}'")
    }

    /// The next word cannot stand after a whole test.
    fn left_over(&self) -> QueryError {
        let at = self.here();
        let shown = self.shown(&at);
        match self.peek() {
            Word::Sign(")") => QueryError::new(at, "This ')' closes nothing"),
            Word::Sign(",") => QueryError::new(at, "A ',' stands only between the values of a list"),
            Word::Sign(_) => QueryError::new(at, format!("Expected 'and' or 'or' instead of {shown}")),
            _ => QueryError::new(at, format!("Expected 'and' or 'or' before {shown}")),
        }
    }
}

/// True for the words that join tests.
pub(crate) fn is_joint(word: &str) -> bool {
    ["and", "or"].iter().any(|joint| word.eq_ignore_ascii_case(joint))
}

fn one_or(mut parts: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}
