//! Well-known text as a tree of keywords, whatever its dialect.

/// Longest text that is read, in bytes; the longest of the EPSG table has 5 kB.
const LENGTH_MAX: usize = 64 * 1024;
const DEPTH_MAX: u32 = 24;

/// `KEYWORD[item, item, …]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// In upper case.
    pub(crate) keyword: String,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Text(String),
    Number(f64),
    /// A bare word such as `EAST`.
    Word(String),
    Node(Node),
}

impl Node {
    /// Reads one node that is the whole text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("it is {} bytes long", text.len()));
        }
        let mut rest = text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}');
        let Item::Node(node) = item(&mut rest, 0)? else {
            return Err("it does not begin with a keyword and a bracket".to_owned());
        };
        if rest.trim().is_empty() { Ok(node) } else { Err(format!("`{}` follows its end", start_of(rest))) }
    }

    /// Whether the keyword is one of these.
    pub(crate) fn is(&self, keywords: &[&str]) -> bool {
        keywords.contains(&self.keyword.as_str())
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Self> {
        self.items.iter().filter_map(|item| match item {
            Item::Node(node) => Some(node),
            _ => None,
        })
    }

    /// The first child with one of these keywords.
    pub(crate) fn child(&self, keywords: &[&str]) -> Option<&Self> {
        self.nodes().find(|node| node.is(keywords))
    }

    /// The first quoted text among the items.
    pub(crate) fn name(&self) -> Option<&str> {
        self.items.iter().find_map(|item| match item {
            Item::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The numbers among the items, in order.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        let number = |item: &Item| match item {
            Item::Number(n) => Some(*n),
            _ => None,
        };
        self.items.iter().filter_map(number).collect()
    }

    /// The EPSG code by which this node names itself.
    pub(crate) fn epsg(&self) -> Option<u32> {
        let id = self.child(&["AUTHORITY", "ID"])?;
        if !id.name()?.eq_ignore_ascii_case("EPSG") {
            return None;
        }
        id.items.iter().skip(1).find_map(|item| match item {
            Item::Text(text) => text.trim().parse().ok(),
            Item::Number(n) if *n >= 1.0 && n.fract() == 0.0 => Some(*n as u32),
            _ => None,
        })
    }
}

fn item(rest: &mut &str, depth: u32) -> Result<Item, String> {
    *rest = rest.trim_start();
    if rest.starts_with('"') {
        return quoted(rest).map(Item::Text);
    }
    let end = rest.find(|c: char| "[](),\"".contains(c) || c.is_whitespace()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    if word.is_empty() {
        return Err(format!("`{}` stands where a name or a number should", start_of(rest)));
    }
    let open = after.trim_start();
    if let Some(inside) = open.strip_prefix(['[', '(']) {
        *rest = inside;
        let keyword = word.to_ascii_uppercase();
        return items(rest, depth + 1).map(|items| Item::Node(Node { keyword, items }));
    }
    *rest = after;
    match word.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Item::Number(number)),
        _ => Ok(Item::Word(word.to_ascii_uppercase())),
    }
}

fn items(rest: &mut &str, depth: u32) -> Result<Vec<Item>, String> {
    if depth > DEPTH_MAX {
        return Err("its brackets are nested too deeply".to_owned());
    }
    let mut items = Vec::new();
    loop {
        *rest = rest.trim_start();
        if items.is_empty()
            && let Some(after) = rest.strip_prefix([']', ')'])
        {
            *rest = after;
            return Ok(items);
        }
        items.push(item(rest, depth)?);
        *rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(',') {
            *rest = after;
        } else if let Some(after) = rest.strip_prefix([']', ')']) {
            *rest = after;
            return Ok(items);
        } else if rest.is_empty() {
            return Err("a bracket is not closed".to_owned());
        } else {
            return Err(format!("a comma or a bracket is missing before `{}`", start_of(rest)));
        }
    }
}

/// `"…"` with `""` for a quote inside.
fn quoted(rest: &mut &str) -> Result<String, String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            text.push(c);
        } else if chars.peek().is_some_and(|(_, c)| *c == '"') {
            chars.next();
            text.push('"');
        } else {
            *rest = &rest[at + 1..];
            return Ok(text);
        }
    }
    Err("a quote is not closed".to_owned())
}

fn start_of(text: &str) -> String {
    text.trim_start().chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_brackets_quotes_numbers_and_words_are_read() {
        let node =
            Node::parse(" Unit ( \"a \"\"b\"\"\" , -1.5e2, EAST, ID[\"EPSG\",9001] )\n").expect("reads");
        assert_eq!((node.keyword.as_str(), node.name()), ("UNIT", Some("a \"b\"")));
        assert_eq!((node.numbers(), node.epsg()), (vec![-150.0], Some(9001)));
        assert_eq!(node.items[2], Item::Word("EAST".to_owned()));
        assert_eq!(Node::parse("A[AUTHORITY[\"EPSG\",\"26915\"]]").expect("reads").epsg(), Some(26915));
    }

    #[test]
    fn broken_text_is_refused_with_a_reason() {
        let reason = |text: &str| Node::parse(text).expect_err("broken");
        assert_eq!(reason("GEOGCS[\"WGS 84\""), "a bracket is not closed");
        assert_eq!(reason("GEOGCS[\"WGS 84]"), "a quote is not closed");
        assert_eq!(reason("GEOGCS[1] x"), "`x` follows its end");
        assert_eq!(reason("GEOGCS[1 2]"), "a comma or a bracket is missing before `2]`");
        assert_eq!(reason("GEOGCS[1,]"), "`]` stands where a name or a number should");
        assert_eq!(reason("4326"), "it does not begin with a keyword and a bracket");
        assert_eq!(reason(&"A[".repeat(100)), "its brackets are nested too deeply");
        assert_eq!(reason(&"A".repeat(70_000)), "it is 70000 bytes long");
        assert!(Node::parse("").is_err());
    }
}
