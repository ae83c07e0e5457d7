//! Agreement of rating tables: JSON on stdin, JSON on stdout, for the comparison with other programs.
//!
//! In: `[{"ranks": [0, 1, null, …], "rows": [[class or null per member], …]}, …]`, one row per case.
//! Out: one agreement per table.

use std::io::{Read as _, Write as _};

use project::review::{Agreement, Ratings};
use project::{Author, ClassCode};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    /// Per class its place on the scale.
    ranks: Vec<Option<f64>>,
    rows: Vec<Vec<Option<usize>>>,
}

fn agreement(table: &Table) -> Agreement {
    let code = |i: usize| ClassCode::new(&format!("{i:03}"));
    let classes = table.ranks.iter().enumerate().map(|(i, rank)| (code(i), *rank)).collect();
    let members = table.rows.iter().map(Vec::len).max().unwrap_or(0);
    let members = (0..members).map(|i| Author::new(&format!("{i:03}"))).collect();
    let mut ratings = Ratings::new(classes, members);
    for row in &table.rows {
        ratings.push(row.iter().enumerate().filter_map(|(member, class)| Some((member, (*class)?))));
    }
    ratings.agreement()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let tables: Vec<Table> = serde_json::from_str(&text)?;
    let answers: Vec<Agreement> = tables.iter().map(agreement).collect();
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&answers)?)?;
    Ok(())
}
