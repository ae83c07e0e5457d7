//! One answer of many, with what it thinks of each member.
//!
//! | method | source |
//! |---|---|
//! | majority | votes for each category; So2Sat LCZ42 (Zhu et al. 2020) calls its share the confidence |
//! | weighted | votes weighed by each member's agreement with the majority (Wawa), or by given weights |
//! | Dawid–Skene | Dawid and Skene 1979: a confusion matrix for each member, by EM |
//! | GLAD | Whitehill et al. 2009: a member's ability times a case's ease, by EM |
//! | MACE | Hovy et al. 2013: members who know or spam, by variational EM |

mod dawid_skene;
mod glad;
mod mace;
mod majority;
mod ratings;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::draw::Draw;
use crate::table::Table;
use ratings::Ratings;

pub use mace::Start;

/// Numbers that a fusion may hold in memory at once; 8 bytes each.
const MOST_NUMBERS: usize = 64 << 20;

/// How votes become one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Majority,
    Weighted,
    DawidSkene,
    Glad,
    Mace,
}

impl Method {
    pub const ALL: [Self; 5] = [Self::Majority, Self::Weighted, Self::DawidSkene, Self::Glad, Self::Mace];

    /// The name in files and on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Majority => "majority",
            Self::Weighted => "weighted",
            Self::DawidSkene => "dawid-skene",
            Self::Glad => "glad",
            Self::Mace => "mace",
        }
    }

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Majority => "Majority",
            Self::Weighted => "Weighted majority",
            Self::DawidSkene => "Dawid–Skene",
            Self::Glad => "GLAD",
            Self::Mace => "MACE",
        }
    }

    /// What it assumes, in a sentence, and who published it.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Majority => "Each vote counts once; a tie has no answer.",
            Self::Weighted => {
                "Votes weigh as often as their member agrees with the majority, or as much as was given."
            }
            Self::DawidSkene => {
                "Each member takes each class for others with chances of their own, found by \
                 expectation–maximisation (Dawid and Skene 1979)."
            }
            Self::Glad => {
                "A member is right the more often the abler they are and the easier the case is (Whitehill et \
                 al. 2009)."
            }
            Self::Mace => {
                "A member either knows the answer or guesses with habits of their own (Hovy et al. 2013)."
            }
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|method| method.key() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|method| method.key()).collect();
            format!("no method is called `{text}`; there are {}", names.join(", "))
        })
    }
}

/// When to stop, and what is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Rounds at most.
    pub rounds: usize,
    /// The log-likelihood per vote must grow by more than this in a round, else it has converged. Below 0:
    /// all rounds are made.
    pub tolerance: f64,
    /// Breaks ties and starts MACE.
    pub seed: u64,
    /// Starts of MACE, of which the likeliest counts.
    pub restarts: usize,
    /// Weights of raters for the weighted majority, by index; empty: by agreement with the majority.
    pub weights: Vec<f64>,
    /// Where MACE starts instead of at random.
    pub start: Option<Start>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rounds: 200, tolerance: 1e-7, seed: 0, restarts: 10, weights: Vec::new(), start: None }
    }
}

/// Why votes cannot be fused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FusionError {
    #[error("there are no votes to fuse")]
    NoVotes,
    #[error("{what} would take {numbers} numbers in memory, more than {MOST_NUMBERS}")]
    TooLarge { what: &'static str, numbers: usize },
    #[error("the weight of {rater} is not a number from 0")]
    BadWeight { rater: String },
}

impl FusionError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NoVotes => "cast votes first, or choose another stage",
            Self::TooLarge { .. } => "fuse fewer classes or cases at once, or by majority",
            Self::BadWeight { .. } => "give a weight such as 1 or 0.5",
        }
    }
}

/// What the votes say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Fused {
    pub method: Method,
    /// Indices of the categories that got a vote, ascending: the columns of what follows.
    pub used: Vec<u32>,
    /// Cases × used, row-major: how probable each category is. Rows of cases without a vote are 0.
    pub posteriors: Vec<f64>,
    /// Per case of the table.
    pub answers: Vec<Answer>,
    /// Per rater of the table.
    pub raters: Vec<Reliability>,
    /// Rounds made.
    pub rounds: usize,
    /// False when the rounds were used up before it converged.
    pub converged: bool,
    /// Log-likelihood per vote after the last round; none for majorities.
    pub likelihood: Option<f64>,
}

/// What a case is, as the votes say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The most probable category by its index in the table; of equal ones one drawn by the seed. `None`
    /// without a vote.
    pub category: Option<u32>,
    /// How probable it is, 0 to 1.
    pub posterior: f64,
    /// Votes for it ÷ votes cast, as So2Sat LCZ42 has it.
    pub confidence: f64,
    pub votes: usize,
    /// Another category is as probable.
    pub tied: bool,
}

/// What a method thinks of a member.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reliability {
    pub votes: usize,
    /// How often the member is right, 0 to 1, as the method sees it; `None` without a vote.
    pub accuracy: Option<f64>,
    /// Used × used, row-major by true category then by what the member says: shares of a row. Of
    /// [`Method::DawidSkene`] the model's own, of the others the answers' weighed by their posteriors.
    pub confusion: Vec<f64>,
    /// The method's own parameter: GLAD's ability α, MACE's chance of knowing, the weight of a weighted vote.
    pub parameter: Option<f64>,
}

/// What a model of raters found.
struct Found {
    posteriors: Vec<f64>,
    accuracy: Vec<Option<f64>>,
    confusion: Option<Vec<Vec<f64>>>,
    parameter: Vec<Option<f64>>,
    rounds: usize,
    converged: bool,
    likelihood: Option<f64>,
}

/// Fuses the ratings of a table.
pub fn fuse(table: &Table, method: Method, limits: &Limits) -> Result<Fused, FusionError> {
    let ratings = Ratings::of(table);
    if ratings.all.is_empty() {
        return Err(FusionError::NoVotes);
    }
    let q = ratings.used.len();
    let numbers = (ratings.cases.len() * q).max(ratings.raters * q * q);
    if numbers > MOST_NUMBERS {
        return Err(FusionError::TooLarge { what: method.text(), numbers });
    }
    let bad = limits.weights.iter().position(|w| !w.is_finite() || *w < 0.0);
    if let Some(rater) = bad.and_then(|at| table.raters().get(at)) {
        return Err(FusionError::BadWeight { rater: rater.clone() });
    }
    let found = match method {
        Method::Majority => majority::plain(&ratings),
        Method::Weighted => majority::weighted(&ratings, limits),
        Method::DawidSkene => dawid_skene::fit(&ratings, limits),
        Method::Glad => glad::fit(&ratings, limits),
        Method::Mace => mace::fit(&ratings, limits),
    };
    Ok(assemble(method, &ratings, found, limits.seed))
}

fn assemble(method: Method, ratings: &Ratings, found: Found, seed: u64) -> Fused {
    let q = ratings.used.len();
    let rows = found.posteriors.chunks(q).enumerate();
    let answers = rows.map(|(case, row)| answer(ratings, case, row, seed)).collect();
    let confusion = found.confusion.unwrap_or_else(|| ratings.confusion(&found.posteriors));
    let raters = (0..ratings.raters).zip(confusion).map(|(rater, confusion)| Reliability {
        votes: ratings.votes_by[rater],
        accuracy: found.accuracy[rater],
        confusion,
        parameter: found.parameter[rater],
    });
    Fused {
        method,
        used: ratings.used.clone(),
        answers,
        raters: raters.collect(),
        rounds: found.rounds,
        converged: found.converged,
        likelihood: found.likelihood,
        posteriors: found.posteriors,
    }
}

fn answer(ratings: &Ratings, case: usize, row: &[f64], seed: u64) -> Answer {
    let votes = ratings.votes(case);
    if votes.is_empty() {
        return Answer { category: None, posterior: 0.0, confidence: 0.0, votes: 0, tied: false };
    }
    let best = row.iter().copied().fold(0.0, f64::max);
    // Sums of the same weights in another order differ in the last digits.
    let equal: Vec<usize> = (0..row.len()).filter(|c| row[*c] >= best - 1e-12).collect();
    let chosen = equal[Draw::new(seed, case as u64).below(equal.len())];
    let for_it = votes.iter().filter(|vote| vote.category as usize == chosen).count();
    Answer {
        category: Some(ratings.used[chosen]),
        posterior: row[chosen],
        confidence: for_it as f64 / votes.len() as f64,
        votes: votes.len(),
        tied: equal.len() > 1,
    }
}

#[cfg(test)]
mod tests;
