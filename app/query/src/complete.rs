//! Words that may come next where somebody types.

use crate::facts::SHAPES;
use crate::field::{FIELDS, Field, FieldId, Kind};
use crate::lexer::{Word, is_bare, words};
use crate::parse::is_joint;
use crate::print::value;
use crate::{Asker, Vocabulary};
use project::review::ReviewState;

/// A word that may come next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is put in place of the word that was begun.
    pub insert: String,
    /// What it means, in a few words; may be empty.
    pub meaning: String,
}

const MOST: usize = 14;

/// What fits at the end of a text, best first: names where a test begins, values after a sign. `text`: what
/// stands before the pointer, the word that was begun included.
pub fn completions(text: &str, vocabulary: &Vocabulary, asker: &Asker) -> Vec<Completion> {
    let begun = text
        .rfind(|c: char| !is_bare(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let (before, word) = text.split_at(begun);
    let Ok(tokens) = words(before) else { return Vec::new() };
    let mut found = match place(&tokens.iter().map(|t| t.word.clone()).collect::<Vec<_>>()) {
        Place::Name => names(vocabulary),
        Place::Value(name) => values(&name, vocabulary, asker),
        Place::Joint => {
            ["and", "or"].map(|joint| Completion { insert: joint.into(), meaning: String::new() }).into()
        }
        Place::Other => Vec::new(),
    };
    let wanted = word.to_lowercase();
    let fit = |c: &Completion| {
        c.insert.trim_start_matches('"').to_lowercase().starts_with(&wanted) && c.insert != word
    };
    found.retain(fit);
    found.truncate(MOST);
    found
}

enum Place {
    Name,
    Value(String),
    Joint,
    Other,
}

/// What is expected after these words.
fn place(words: &[Word<'_>]) -> Place {
    let words: Vec<&Word<'_>> = words.iter().filter(|w| **w != Word::End).collect();
    let bare =
        |word: &&Word<'_>, wanted: &str| matches!(word, Word::Bare(w) if w.eq_ignore_ascii_case(wanted));
    let Some(last) = words.last() else { return Place::Name };
    match last {
        Word::Bare(word) if is_joint(word) || word.eq_ignore_ascii_case("not") => Place::Name,
        Word::Sign("(" | ",") => {
            // The list of an `in` has the values of its name.
            let open = words.iter().rposition(|w| **w == Word::Sign("(")).unwrap_or(0);
            let is_list = open > 0 && bare(&words[open - 1], "in");
            let name = words[..open].iter().rev().skip(1).find(|w| !bare(w, "not"));
            match name {
                Some(name) if is_list => Place::Value(shown(name)),
                _ => Place::Name,
            }
        }
        Word::Sign("!" | "&&" | "||") | Word::End => Place::Name,
        Word::Sign(")") | Word::Quoted(_) => Place::Joint,
        Word::Sign(_) => words.len().checked_sub(2).map_or(Place::Other, |at| Place::Value(shown(words[at]))),
        Word::Bare(_) => {
            let flag = matches!(last, Word::Bare(w) if Field::of(w).is_some_and(|f| f.kind == Kind::Flag));
            let after_sign = words.len() > 1
                && matches!(words[words.len() - 2], Word::Sign(s) if !matches!(*s, "(" | ")" | "&&" | "||" | "!"));
            if flag || after_sign { Place::Joint } else { Place::Other }
        }
    }
}

fn shown(word: &Word<'_>) -> String {
    match word {
        Word::Bare(text) => (*text).to_owned(),
        Word::Quoted(text) => text.clone(),
        _ => String::new(),
    }
}

fn names(vocabulary: &Vocabulary) -> Vec<Completion> {
    let fields = FIELDS.iter().map(|f| Completion { insert: f.name.into(), meaning: f.meaning.into() });
    let attributes = vocabulary.attributes().map(|name| {
        let plain = name.chars().all(is_bare) && Field::of(name).is_none() && !is_joint(name);
        let insert = if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) };
        Completion { insert, meaning: "an attribute".to_owned() }
    });
    fields.chain(attributes).collect()
}

fn values(name: &str, vocabulary: &Vocabulary, asker: &Asker) -> Vec<Completion> {
    let plain = |text: &str, meaning: &str| Completion { insert: value(text), meaning: meaning.to_owned() };
    let word =
        |word: &str, meaning: &str| Completion { insert: word.to_owned(), meaning: meaning.to_owned() };
    let Some(field) = Field::of(name) else {
        let texts = vocabulary.attributes.get(name.strip_prefix("attribute.").unwrap_or(name));
        return texts.into_iter().flatten().map(|text| plain(text, "")).collect();
    };
    let mut found: Vec<Completion> = match field.kind {
        Kind::Class => {
            let classes = vocabulary.schema.iter().flat_map(|schema| &schema.classes);
            classes.map(|class| plain(class.code.as_str(), &class.name)).collect()
        }
        Kind::Predicate => {
            let predicates = vocabulary.schema.iter().flat_map(|schema| &schema.relations);
            predicates.map(|p| plain(p.code.as_str(), &p.name)).collect()
        }
        Kind::Person => {
            let me = asker.me.iter().map(|me| word("me", me.name()));
            me.chain(vocabulary.people.iter().map(|name| plain(name, ""))).collect()
        }
        Kind::Layer => vocabulary.layers.iter().map(|(_, name)| plain(name, "")).collect(),
        Kind::State => ReviewState::ALL.iter().map(|state| word(state.key(), state.text())).collect(),
        Kind::Shape => SHAPES.iter().map(|shape| word(shape, "")).collect(),
        Kind::Flag => vec![word("yes", ""), word("no", "")],
        Kind::Text if field.id == FieldId::Source => {
            vocabulary.sources.iter().map(|s| plain(s, "")).collect()
        }
        _ => Vec::new(),
    };
    if !matches!(field.kind, Kind::Flag | Kind::State | Kind::Shape) {
        found.push(word("none", "there is no value"));
    }
    found
}
