//! A hundred and thirty members vote at once.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use project::review::Opening;
use project::{Author, Role};
use server::Connection;
use store::{Carried, Source};

use crate::desks::{AT_MS, Desks, vote};

pub(crate) const MEMBERS: usize = 130;
/// Cases as many as members; each gets this many votes.
pub(crate) const VOTES: usize = 10;

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

/// How long it took until votes were acknowledged.
#[derive(Debug)]
pub(crate) struct Took {
    each: Vec<Duration>,
    all: Duration,
}

impl Took {
    /// Milliseconds within which so many of a hundred were acknowledged.
    pub(crate) fn within_ms(&self, share: usize) -> f64 {
        self.each[(self.each.len() * share / 100).min(self.each.len() - 1)].as_secs_f64() * 1e3
    }
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (count, seconds) = (self.each.len(), self.all.as_secs_f64());
        let [p50, p95, worst] = [50, 95, 100].map(|share| self.within_ms(share));
        let rate = count as f64 / seconds;
        write!(
            f,
            "{count} votes in {seconds:.2} s ({rate:.0} a second); acknowledged p50 {p50:.1} ms, p95 {p95:.1} ms, \
             slowest {worst:.1} ms"
        )
    }
}

/// A hundred and thirty members, connected, with votes that are cast and not sent.
pub(crate) struct Crowd {
    pub(crate) desks: Desks,
    connections: Vec<Connection>,
    ballots: Vec<Ballot>,
    /// Entries before the first vote.
    before: i64,
}

const ENTRIES: &str = "SELECT count(*), count(DISTINCT hash) FROM orthoscope.entry";

impl Crowd {
    /// `address` says how a member comes to a server.
    pub(crate) fn gather(desks: Desks, address: impl Fn(&Desks, &str) -> server::Address) -> Self {
        let cases = desks.cases();
        let mut lead = Connection::open(&desks.address("lead")).expect("connects");
        for member in 0..MEMBERS {
            let name = name(member);
            let (role, password) = (desks.role(&name), Some("a password"));
            lead.add_member(&name, Some(&role), Role::Committee, password).expect("added");
        }
        let ballots: Vec<Ballot> = (0..MEMBERS).map(|member| ballot(&desks, member, &cases)).collect();
        let mut connections: Vec<Connection> = (0..MEMBERS)
            .map(|member| Connection::open(&address(&desks, &name(member))).expect("connects"))
            .collect();
        for (connection, ballot) in connections.iter_mut().zip(&ballots) {
            connection.append(std::slice::from_ref(&ballot.member), &[], false).expect("sent");
        }
        let mut admin = desks.cluster.client("admin", &desks.database);
        let before = admin.query_one(ENTRIES, &[]).expect("counted").get(0);
        Self { desks, connections, ballots, before }
    }

    /// Everybody casts some of their votes, one after the other, all beginning in the same moment.
    pub(crate) fn cast(&mut self, from: usize, to: usize) -> Took {
        let began = Instant::now();
        let mut each = cast(&mut self.connections, &self.ballots, from, to);
        let all = began.elapsed();
        each.sort();
        Took { each, all }
    }
}

#[test]
fn a_hundred_and_thirty_members_vote_at_once_and_none_is_lost_or_seen_early() {
    let Some(desks) = Desks::shared("crowd", MEMBERS as u32, crate::desks::sealed(VOTES as u32), &[]) else {
        return;
    };
    let cases = desks.cases();
    let mut crowd = Crowd::gather(desks, Desks::address);
    // All but each case's last vote.
    println!("as fast as they can: {}", crowd.cast(0, VOTES - 1));
    let desks = &crowd.desks;
    for member in [0, 1, 64, 129] {
        let name = name(member);
        let mut spy = desks.cluster.client(&desks.role(&name), &desks.database);
        assert_eq!(seen(&mut spy, &name), (VOTES as i64 - 1, 0), "{name} sees votes of open committees");
    }
    let mut owner = desks.cluster.client(&desks.role("lead"), &desks.database);
    assert_eq!(seen(&mut owner, "lead"), (0, 0), "the lead sees votes of open committees");
    println!("all in the same moment: {}", crowd.cast(VOTES - 1, VOTES));
    let desks = &crowd.desks;
    let all = (MEMBERS * VOTES) as i64;
    assert_eq!(seen(&mut owner, "lead"), (all, all), "all committees are complete");
    let mut admin = desks.cluster.client("admin", &desks.database);
    let row = admin.query_one(ENTRIES, &[]).expect("counted");
    let expected = crowd.before + all;
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
