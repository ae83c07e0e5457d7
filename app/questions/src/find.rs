//! Finding questions among many: words and fields, in the order of the project.

use std::sync::Arc;

use project::question::{Answer, QuestionKind};
use project::{Project, Question, QuestionId};

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Every word must stand somewhere in the question, its options, its answer, its context's title or its identity.
    pub words: String,
    pub category: Option<String>,
    pub kind: Option<QuestionKind>,
    pub answer: Option<Answered>,
    /// Deleted ones, and no others.
    pub deleted: bool,
}

/// What is known of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    Yes,
    No,
    Unanswerable,
    /// By a model, and nobody has taken it over yet.
    Proposed,
}

/// Questions ready to be searched: their words in lower case.
#[derive(Clone, Debug, Default)]
pub struct Index {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    id: QuestionId,
    question: Arc<Question>,
    words: String,
}

impl Index {
    /// Takes up every question; of one that was there before and has not changed, the words are kept.
    pub fn renew(&mut self, project: &Project) {
        let mut before = std::mem::take(&mut self.rows).into_iter().peekable();
        for (id, question) in project.questions() {
            while before.peek().is_some_and(|row| row.id < *id) {
                before.next();
            }
            let same = before.next_if(|row| row.id == *id && Arc::ptr_eq(&row.question, question));
            let row = same.unwrap_or_else(|| {
                let (id, question) = (*id, Arc::clone(question));
                Row { id, words: words(&question), question }
            });
            self.rows.push(row);
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The questions that a filter lets through, in the order of the project.
    pub fn find(&self, filter: &Filter) -> Vec<QuestionId> {
        let wanted: Vec<String> = filter.words.split_whitespace().map(str::to_lowercase).collect();
        let holds = |row: &&Row| {
            let question = &row.question;
            let answered = |wanted: Answered| match (&question.answer, wanted) {
                (_, Answered::Proposed) => question.is_proposal(),
                (Some(Answer::Unanswerable), Answered::Unanswerable) | (None, Answered::No) => true,
                (Some(answer), Answered::Yes) => *answer != Answer::Unanswerable,
                _ => false,
            };
            question.deleted == filter.deleted
                && filter.kind.is_none_or(|kind| question.kind == kind)
                && filter.category.as_ref().is_none_or(|category| question.category == *category)
                && filter.answer.is_none_or(answered)
                && wanted.iter().all(|word| row.words.contains(word.as_str()) || row.begins_with(word))
        };
        self.rows.iter().filter(holds).map(|row| row.id).collect()
    }

    /// Every category in use, the most used first.
    pub fn categories(&self) -> Vec<(String, usize)> {
        let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for row in self.rows.iter().filter(|row| !row.question.deleted && !row.question.category.is_empty()) {
            *counts.entry(&row.question.category).or_default() += 1;
        }
        let mut counts: Vec<(String, usize)> =
            counts.into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }
}

/// So much of an identity finds its question.
const LEAST_OF_ID: usize = 8;

impl Row {
    /// True where a word is an identity or its beginning; a few digits, which are in many, are none.
    fn begins_with(&self, word: &str) -> bool {
        word.len() >= LEAST_OF_ID && self.id.to_string().starts_with(word)
    }
}

fn words(question: &Question) -> String {
    let mut words = question.text.to_lowercase();
    for option in &question.options {
        words.push('\n');
        words.push_str(&option.to_lowercase());
    }
    for more in
        [&question.context.title, &question.category, question.source_id.as_ref().unwrap_or(&String::new())]
    {
        words.push('\n');
        words.push_str(&more.to_lowercase());
    }
    if let Some(Answer::Text(text)) = &question.answer {
        words.push('\n');
        words.push_str(&text.to_lowercase());
    }
    words
}
