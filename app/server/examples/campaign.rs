//! How soon a vote is acknowledged when a hundred and thirty members vote at once, on a PostgreSQL that this starts and stops.
//!
//! `cargo run --release -p orthoscope-server --example campaign`; each way is measured several times, the median said last.

#![expect(clippy::print_stdout, clippy::expect_used, dead_code, reason = "what was measured is to be read")]

#[path = "../tests/server/cluster.rs"]
mod cluster;
#[path = "../tests/server/crowd.rs"]
mod crowd;
#[path = "../tests/server/desks.rs"]
mod desks;

use crowd::{Crowd, MEMBERS, Took, VOTES};
use desks::{Desks, sealed};

/// How often each is measured.
const TIMES: usize = 3;

fn median(what: &str, took: &[Took]) {
    for share in [50, 95] {
        let mut within: Vec<f64> = took.iter().map(|one| one.within_ms(share)).collect();
        within.sort_by(f64::total_cmp);
        println!("  {what}, p{share}: {:.1} ms (median of {})", within[within.len() / 2], within.len());
    }
}

fn main() {
    for way in ["socket", "loopback"] {
        let (mut moment, mut stream) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let rule = sealed(VOTES as u32);
            let Some(desks) = Desks::shared(&format!("campaign_{way}"), MEMBERS as u32, rule, &[]) else {
                return;
            };
            let mut crowd = Crowd::gather(desks, |desks, name| match way {
                "socket" => desks.address(name),
                _ => desks.cluster.by_network(&desks.role(name), "a%20password", &desks.database),
            });
            // The first is what plans the statements of each connection.
            println!("{way}, the first of each connection: {}", crowd.cast(0, 1));
            for nth in 1..VOTES / 2 {
                moment.push(crowd.cast(nth, nth + 1));
                println!("{way}, all in the same moment: {}", moment[moment.len() - 1]);
            }
            stream.push(crowd.cast(VOTES / 2, VOTES));
            println!("{way}, one after the other by each: {}", stream[stream.len() - 1]);
        }
        println!("{way}:");
        median("130 votes in the same moment", &moment);
        median("one after the other by each", &stream);
    }
}
