//! How long one more vote takes: agreement of 21,716 cases with 10 votes each, kept up, against counting anew.
//!
//! Prints JSON: milliseconds, medians and worst of 200 votes. Run it with `--release`.

use std::io::Write as _;
use std::time::Instant;

use agreement::{Category, Limits, Live, Method, Rating, Table, fuse, intervals};

const CASES: usize = 21_716;
const VOTES: usize = 10;
const CLASSES: usize = 6;

/// SplitMix64.
fn draw(state: &mut u64, n: usize) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) % n as u64) as usize
}

/// A crowd of which every tenth word is wrong, and every third by the last two.
fn table(state: &mut u64) -> Table {
    let category = |i: usize| Category { code: format!("c{i}"), rank: (i < 4).then_some(i as f64) };
    let raters = (0..VOTES).map(|i| format!("m{i}")).collect();
    let mut table = Table::new((0..CLASSES).map(category).collect(), raters);
    for _ in 0..CASES {
        let truth = draw(state, CLASSES);
        let said: Vec<(usize, usize)> = (0..VOTES)
            .map(|rater| {
                let errs = draw(state, if rater < 8 { 10 } else { 3 }) == 0;
                (rater, if errs { draw(state, CLASSES) } else { truth })
            })
            .collect();
        table.push(said);
    }
    table
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut state = 7;
    let table = table(&mut state);
    let since = Instant::now();
    let mut live = Live::of(&table);
    let anew_ms = ms(since);
    let mut each: Vec<f64> = (0..200)
        .map(|_| {
            let case = draw(&mut state, CASES);
            let mut ratings = live.table().cases()[case].clone();
            let rating =
                Rating { rater: draw(&mut state, VOTES) as u32, category: draw(&mut state, CLASSES) as u32 };
            ratings.push(rating);
            let since = Instant::now();
            live.set(case, ratings);
            std::hint::black_box(live.agreement());
            ms(since)
        })
        .collect();
    each.sort_by(f64::total_cmp);
    let since = Instant::now();
    std::hint::black_box(intervals(live.table(), 1000, 1));
    let intervals_ms = ms(since);
    let mut fusion = Vec::new();
    for method in Method::ALL {
        let since = Instant::now();
        let fused = fuse(live.table(), method, &Limits::default())?;
        fusion.push(serde_json::json!({ "method": method, "ms": ms(since), "rounds": fused.rounds, "converged": fused.converged }));
    }
    let told = serde_json::json!({
        "cases": CASES, "votes": CASES * VOTES,
        "one_vote_median_ms": each[each.len() / 2], "one_vote_worst_ms": each[each.len() - 1],
        "counted_anew_ms": anew_ms, "intervals_1000_ms": intervals_ms, "fusion": fusion,
    });
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&told)?)?;
    Ok(())
}
