//! A hundred and thirty members vote at once.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use project::review::Opening;
use project::{Author, Role};
use server::Connection;
use store::{Carried, Source};

use crate::desks::{AT_MS, Desks, sealed, vote};

const MEMBERS: usize = 130;
/// Cases as many as members; each gets this many votes.
const VOTES: usize = 10;

/// The votes of one member, cast and not sent: who they are first, then each vote with what it says.
struct Ballot {
    member: Carried,
    votes: Vec<(Carried, Opening)>,
}

fn name(member: usize) -> String {
    format!("m{member}")
}

fn ballot(desks: &Desks, member: usize, cases: &[project::RegionId]) -> Ballot {
    let name = name(member);
    std::fs::copy(desks.file("lead"), desks.file(&name)).expect("copied");
    let after = Source::open(&desks.file(&name)).expect("opens").origins().expect("read").last.0;
    desks.work(&name, |session, author: &Author| {
        let mine: Vec<_> = (0..VOTES).map(|n| cases[(member + n) % cases.len()]).collect();
        let votes: Vec<_> = mine.into_iter().map(|case| vote(session, author, case, "no damage")).collect();
        session.votes(AT_MS, votes).expect("voted");
    });
    let source = Source::open(&desks.file(&name)).expect("opens");
    let mut entries = source.page(after, after).expect("read").entries.into_iter();
    let member = entries.next().expect("who it is");
    let openings =
        desks.signer(&name).sealed_here(&source.origins().expect("read").project_id).expect("kept");
    let votes: Vec<_> = entries.zip(openings).collect();
    assert_eq!(votes.len(), VOTES);
    Ballot { member, votes }
}

/// How many openings a member sees, and how many of them are of others.
fn seen(connection: &mut postgres::Client, name: &str) -> (i64, i64) {
    let seen = "SELECT count(*), count(*) FILTER (WHERE member <> $1) FROM orthoscope.opening";
    let row = connection.query_one(seen, &[&name]).expect("counted");
    (row.get(0), row.get(1))
}

/// Everybody casts some of their votes at the same time; the time that each took to be acknowledged.
fn cast(connections: &mut [Connection], ballots: &[Ballot], from: usize, to: usize) -> Vec<Duration> {
    let barrier = Barrier::new(connections.len());
    std::thread::scope(|scope| {
        let barrier = &barrier;
        let threads: Vec<_> = connections
            .iter_mut()
            .zip(ballots)
            .map(|(connection, ballot)| {
                scope.spawn(move || {
                    barrier.wait();
                    let mut took = Vec::new();
                    for (entry, opening) in &ballot.votes[from..to] {
                        let began = Instant::now();
                        let (entry, opening) = (std::slice::from_ref(entry), std::slice::from_ref(opening));
                        let new = connection.append(entry, opening, false).expect("acknowledged");
                        took.push(began.elapsed());
                        assert_eq!(new, (1, 1), "a vote was there already");
                    }
                    took
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    })
}

#[expect(clippy::print_stdout, reason = "what was measured is to be read")]
fn percentiles(what: &str, mut took: Vec<Duration>, all: Duration) {
    took.sort();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{what}: {} votes in {:.2} s; acknowledged p50 {:.1} ms, p95 {:.1} ms, slowest {:.1} ms",
        took.len(),
        all.as_secs_f64(),
        at(50),
        at(95),
        at(100)
    );
}

#[test]
fn a_hundred_and_thirty_members_vote_at_once_and_none_is_lost_or_seen_early() {
    let Some(desks) = Desks::shared("crowd", MEMBERS as u32, sealed(VOTES as u32), &[]) else { return };
    let cases = desks.cases();
    let mut lead = Connection::open(&desks.address("lead")).expect("connects");
    for member in 0..MEMBERS {
        let name = name(member);
        // A role that is there is let in as it is.
        desks.cluster.role(&desks.role(&name));
        lead.add_member(&name, Some(&desks.role(&name)), Role::Committee, None).expect("added");
    }
    let ballots: Vec<Ballot> = (0..MEMBERS).map(|member| ballot(&desks, member, &cases)).collect();
    let mut admin = desks.cluster.client("admin", &desks.database);
    let entries = "SELECT count(*), count(DISTINCT hash) FROM orthoscope.entry";
    let before: i64 = admin.query_one(entries, &[]).expect("counted").get(0);
    let mut connections: Vec<Connection> = (0..MEMBERS)
        .map(|member| Connection::open(&desks.address(&name(member))).expect("connects"))
        .collect();
    for (connection, ballot) in connections.iter_mut().zip(&ballots) {
        connection.append(std::slice::from_ref(&ballot.member), &[], false).expect("sent");
    }
    // All but each case's last vote.
    let began = Instant::now();
    let took = cast(&mut connections, &ballots, 0, VOTES - 1);
    percentiles("as fast as they can", took, began.elapsed());
    for member in [0, 1, 64, 129] {
        let name = name(member);
        let mut spy = desks.cluster.client(&desks.role(&name), &desks.database);
        assert_eq!(seen(&mut spy, &name), (VOTES as i64 - 1, 0), "{name} sees votes of open committees");
    }
    let mut owner = desks.cluster.client(&desks.role("lead"), &desks.database);
    assert_eq!(seen(&mut owner, "lead"), (0, 0), "the lead sees votes of open committees");
    let began = Instant::now();
    let took = cast(&mut connections, &ballots, VOTES - 1, VOTES);
    percentiles("all in the same moment", took, began.elapsed());
    let all = (MEMBERS * VOTES) as i64;
    assert_eq!(seen(&mut owner, "lead"), (all, all), "all committees are complete");
    let row = admin.query_one(entries, &[]).expect("counted");
    let expected = before + MEMBERS as i64 + all;
    assert_eq!(
        (row.get::<_, i64>(0), row.get::<_, i64>(1)),
        (expected, expected),
        "votes were lost or doubled"
    );
    // A lead fetches them all and opens what all have said.
    let fetched = desks.sync("lead").expect("fetched");
    assert_eq!((fetched.fetched, fetched.opened), (MEMBERS as u64 + all as u64, MEMBERS * VOTES));
    let project = desks.project("lead");
    assert!(cases.iter().all(|case| project.outcome(*case).state.is_accepted() && project.committee(*case).len() == VOTES));
}
