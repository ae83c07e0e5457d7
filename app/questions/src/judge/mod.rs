//! Models are asked, what they reply is read, and what they said is compared with what is right.

mod prompt;
mod reply;
mod score;
#[cfg(test)]
mod tests;

pub use prompt::{Prompt, order_of};
pub use reply::{Reading, read_reply};
pub use score::{
    Baseline, Evaluation, ModelScore, Part, Score, Spread, Verdict, baselines, evaluate, verdict,
};
