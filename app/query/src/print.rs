//! A query as text: the one way to write it.

use std::fmt::{self, Formatter};

use crate::lexer::is_bare;
use crate::parse::{Node, Relation, Test, Written, is_joint};

pub(crate) fn node(node: &Node, f: &mut Formatter<'_>) -> fmt::Result {
    match node {
        Node::Any(parts) => joined(parts, " or ", f, |part| matches!(part, Node::Any(_))),
        Node::All(parts) => joined(parts, " and ", f, |part| matches!(part, Node::Any(_) | Node::All(_))),
        Node::Not(inner) => {
            f.write_str("not ")?;
            bracketed(inner, f, matches!(**inner, Node::Any(_) | Node::All(_)))
        }
        Node::Test(one) => test(one, f),
    }
}

fn joined(
    parts: &[Node],
    by: &str,
    f: &mut Formatter<'_>,
    needs_brackets: impl Fn(&Node) -> bool,
) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(by)?;
        }
        bracketed(part, f, needs_brackets(part))?;
    }
    Ok(())
}

fn bracketed(inner: &Node, f: &mut Formatter<'_>, brackets: bool) -> fmt::Result {
    if !brackets {
        return node(inner, f);
    }
    f.write_str("(")?;
    node(inner, f)?;
    f.write_str(")")
}

fn test(test: &Test, f: &mut Formatter<'_>) -> fmt::Result {
    written(&test.name, f, false)?;
    match test.relation {
        Relation::Holds => Ok(()),
        Relation::In | Relation::NotIn => {
            write!(f, " {} (", test.relation.sign())?;
            for (i, value) in test.values.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                written(value, f, true)?;
            }
            f.write_str(")")
        }
        relation => {
            write!(f, " {} ", relation.sign())?;
            test.values.iter().try_for_each(|value| written(value, f, true))
        }
    }
}

/// Without quotes where it was written so and reads as the same again.
fn written(text: &Written, f: &mut Formatter<'_>, is_value: bool) -> fmt::Result {
    let mut words = text.text.split(' ');
    let sound = |word: &str| !word.is_empty() && word.chars().all(is_bare) && !is_joint(word);
    let bare = !text.quoted && words.all(sound) && (is_value || !text.text.contains(' '));
    if bare { f.write_str(&text.text) } else { write!(f, "\"{}\"", text.text.replace('"', "\"\"")) }
}

/// A text as a value of a query.
pub fn value(text: &str) -> String {
    let plain = text.split(' ').all(|word| !word.is_empty() && word.chars().all(is_bare) && !is_joint(word));
    let meant = ["none", "me"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if plain && !meant { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}
