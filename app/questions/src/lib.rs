//! Drafts, checks, exchanges and judges questions about maps and images.
//!
//! Six nouns: a [`Form`] is how a file of questions is laid out, and what [`read`] and [`write`] of it hold is counted; an
//! [`Asking`] is what a template asks of the regions of a project ([`Ground`]), with an answer that is computed and the
//! computation shown; a [`Check`] is what the evidence that a question cites says of its answer; a [`Prompt`] is how a model is asked; a [`Reading`] is what its reply says; a [`Score`] is how often
//! that was right, with an interval.
//!
//! Nothing here knows a window, a file or a network: what is read is bytes, what is written is bytes, and the same
//! project, seed and replies give the same questions and numbers.
//!
//! ```
//! use project::question::{Answer, QuestionKind};
//! use project::{Author, Question};
//! use questions::{Reading, read_reply};
//! let mut question = Question::new("How many?", QuestionKind::SingleChoice, Author::new("Ana"));
//! question.options = ["3", "5", "8"].map(String::from).to_vec();
//! let reading = read_reply("I counted them twice, so the answer is **Option 2**.", &question, &[]);
//! assert_eq!(reading, Reading::Answer(Answer::Options(vec![1])));
//! ```

mod check;
mod draft;
mod drift;
mod exchange;
mod find;
mod import;
mod judge;
mod pace;
mod propose;
mod suggest;

pub use check::{Card, Check, check};
pub use draft::{Asking, Computed, Found, Ground, Template, Thing, draft};
pub use drift::{Drift, drift};
pub use exchange::{
    Content, ExchangeError, Form, MOST_BYTES, MOST_QUESTIONS, Rejected, Written, read, write,
};
pub use find::{Answered, Filter, Index};
pub use import::{ImportPlan, RepliesPlan, plan_question_votes, plan_questions, plan_replies};
pub use judge::{
    Baseline, Evaluation, ModelScore, Part, Prompt, Reading, Score, Spread, Verdict, baselines, evaluate,
    order_of, read_reply, verdict,
};
pub use pace::{Pace, Seconds, pace};
pub use propose::{
    Given, KINDS as PROPOSED_KINDS, MOST_PROPOSALS, Proposals, Refused, Wish, decide, proposals,
    stands_in_context,
};
pub use suggest::suggest_options;
