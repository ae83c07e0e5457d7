//! Agreement and fusion of rating tables: JSON on stdin, JSON on stdout, for the comparison with other
//! programs.
//!
//! In: `[{"ranks": [0, 1, null, …], "rows": [[category or null per rater], …], "fuse": {…}}, …]`, one row per
//! case. Out: per table an agreement, and what was fused.

use std::io::{Read as _, Write as _};

use agreement::fusion::Start;
use agreement::{Agreement, Category, Limits, Method, Table, fuse};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Task {
    /// Per category its place on the scale.
    ranks: Vec<Option<f64>>,
    rows: Vec<Vec<Option<usize>>>,
    #[serde(default)]
    fuse: Vec<Fusion>,
}

#[derive(Deserialize)]
struct Fusion {
    method: Method,
    rounds: Option<usize>,
    /// Where MACE starts: per rater the chances of guessing and knowing, and of each guess.
    start: Option<Begin>,
}

#[derive(Clone, Deserialize)]
struct Begin(Vec<[f64; 2]>, Vec<Vec<f64>>);

#[derive(Serialize)]
struct Answer {
    agreement: Agreement,
    fused: Vec<Told>,
}

/// Per case over the categories in use, ascending.
#[derive(Serialize)]
struct Told {
    method: Method,
    used: Vec<u32>,
    posteriors: Vec<Vec<f64>>,
    answers: Vec<Option<u32>>,
    accuracy: Vec<Option<f64>>,
    parameter: Vec<Option<f64>>,
    confusion: Vec<Vec<f64>>,
    rounds: usize,
    converged: bool,
    likelihood: Option<f64>,
}

fn told(table: &Table, wanted: &Fusion) -> Result<Told, agreement::FusionError> {
    let start = wanted.start.clone().map(|Begin(knowing, habits)| Start { knowing, habits });
    let mut limits = Limits { start, ..Limits::default() };
    if let Some(rounds) = wanted.rounds {
        limits = Limits { rounds, tolerance: f64::NEG_INFINITY, ..limits };
    }
    let fused = fuse(table, wanted.method, &limits)?;
    Ok(Told {
        method: wanted.method,
        posteriors: fused.posteriors.chunks(fused.used.len()).map(<[f64]>::to_vec).collect(),
        answers: fused.answers.iter().map(|answer| answer.category).collect(),
        accuracy: fused.raters.iter().map(|rater| rater.accuracy).collect(),
        parameter: fused.raters.iter().map(|rater| rater.parameter).collect(),
        confusion: fused.raters.into_iter().map(|rater| rater.confusion).collect(),
        used: fused.used,
        rounds: fused.rounds,
        converged: fused.converged,
        likelihood: fused.likelihood,
    })
}

fn answer(task: &Task) -> Result<Answer, agreement::FusionError> {
    let category = |(i, rank): (usize, &Option<f64>)| Category { code: format!("{i:03}"), rank: *rank };
    let categories = task.ranks.iter().enumerate().map(category).collect();
    let raters = task.rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut table = Table::new(categories, (0..raters).map(|i| format!("{i:03}")).collect());
    for row in &task.rows {
        table.push(row.iter().enumerate().filter_map(|(rater, category)| Some((rater, (*category)?))));
    }
    let fused: Result<Vec<Told>, _> = task.fuse.iter().map(|wanted| told(&table, wanted)).collect();
    Ok(Answer { agreement: table.agreement(), fused: fused? })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let tasks: Vec<Task> = serde_json::from_str(&text)?;
    let answers: Result<Vec<Answer>, _> = tasks.iter().map(answer).collect();
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&answers?)?)?;
    Ok(())
}
