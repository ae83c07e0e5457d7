//! The answers that a project keeps, ready to be searched by words.

use std::ops::Bound;

use memchr::memmem::Finder;
use project::{Project, Response, ResponseId};

/// What every kept answer is about, in lower case: one text with a line for each, so that a search is one pass over
/// memory as it lies.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    ids: Vec<ResponseId>,
    /// Where the line of each ends.
    ends: Vec<usize>,
    text: String,
}

/// Characters of a request that are searched.
const SEARCHED: usize = 600;

impl Shelf {
    /// Takes up what came since, at most so many at a time; true once all are there. Where something is gone, it begins
    /// anew.
    pub fn renew(&mut self, project: &Project, at_most: usize) -> bool {
        let all = project.responses();
        if self.ids.len() > all.len() {
            *self = Self::default();
        }
        let from = match self.ids.last() {
            Some(last) => Bound::Excluded(*last),
            None => Bound::Unbounded,
        };
        for (id, held) in all.range((from, Bound::Unbounded)).take(at_most) {
            add_words(held, &mut self.text);
            self.ids.push(*id);
            self.ends.push(self.text.len());
        }
        let is_whole = self.ids.len() == all.len();
        let is_behind = self.ids.last() == all.keys().next_back();
        // One that came with an older identity than the last, as from another copy of the project, has no place behind.
        if !is_whole && is_behind {
            *self = Self::default();
        }
        is_whole
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The answers in which every word stands, in provider, tool or query; the newest first.
    pub fn find(&self, words: &str) -> Vec<ResponseId> {
        let mut wanted: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        // The longest is in the fewest lines.
        wanted.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let Some((first, others)) = wanted.split_first() else {
            return self.ids.iter().rev().copied().collect();
        };
        let others: Vec<Finder<'_>> = others.iter().map(|word| Finder::new(word.as_bytes())).collect();
        let first = Finder::new(first.as_bytes());
        let text = self.text.as_bytes();
        let (mut found, mut row, mut from) = (Vec::new(), 0, 0);
        while let Some(step) = first.find(&text[from..]) {
            row += self.ends[row..].partition_point(|end| *end <= from + step);
            let begin = row.checked_sub(1).map_or(0, |before| self.ends[before]);
            from = self.ends[row];
            let line = &text[begin..from];
            if others.iter().all(|other| other.find(line).is_some()) {
                found.push(self.ids[row]);
            }
        }
        found.reverse();
        found
    }
}

/// Adds the line of an answer. No word that is looked for holds white space, so that none is found across two lines.
fn add_words(response: &Response, text: &mut String) {
    text.push_str(&response.provider);
    text.push(' ');
    text.push_str(&response.tool);
    text.push(' ');
    let request = response.request.as_str();
    // What was asked, as it was typed; the request that follows from it would be found by any word.
    let from = request.find("\"query\":").map_or(0, |at| at + 8);
    let rest = &request[from..];
    let end = rest.char_indices().nth(SEARCHED).map_or(rest.len(), |(end, _)| end);
    let asked = rest[..end].split("\"request\":").next().unwrap_or_default();
    text.push_str(&asked.to_lowercase());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use project::{Body, IdSource};

    use super::*;

    fn response(id: ResponseId, request: &str) -> Response {
        Response {
            id,
            provider: "nominatim".into(),
            tool: "text-search".into(),
            request: request.into(),
            status: 200,
            headers: BTreeMap::new(),
            body: Body::pack(b"[]").expect("packed"),
            latency_ms: 3,
            fetched_at_ms: 4,
            terms: String::new(),
        }
    }

    #[test]
    fn kept_answers_are_found_by_words_of_what_was_asked() {
        let (mut project, mut ids) = (Project::new(), IdSource::new(1_700_000_000_000, 7));
        let mut shelf = Shelf::default();
        for n in 0..100 {
            let town = ["Joplin", "Monett"][n % 2];
            let request = format!(
                r#"{{"provider":"nominatim","query":{{"text":"School {n} {town}"}},"request":{{"url":"https://everywhere"}},"tool":"text-search"}}"#
            );
            project.record_response(response(ids.response(), &request)).expect("kept");
            if n % 7 == 0 && n < 90 {
                shelf.renew(&project, 1_000);
            }
        }
        assert!(!shelf.renew(&project, 1), "one of fifteen");
        assert!(shelf.renew(&project, 1_000));
        assert_eq!(shelf.len(), 100);
        assert_eq!(shelf.find("joplin SCHOOL").len(), 50);
        assert_eq!(shelf.find("school 99"), vec![*project.responses().keys().next_back().expect("some")]);
        assert!(shelf.find("everywhere").is_empty(), "an address is no word of a question");
        let all = shelf.find("");
        assert!(all.windows(2).all(|two| two[0] > two[1]), "the newest first");
        let older =
            response(IdSource::new(1_600_000_000_000, 1).response(), "{\"query\":{\"text\":\"older\"}}");
        project.record_response(older).expect("kept");
        while !shelf.renew(&project, 30) {}
        assert_eq!((shelf.len(), shelf.find("older").len()), (101, 1), "one that came late has its place");
    }
}
