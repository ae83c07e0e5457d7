//! A committee is blind by the server's own rules: whatever a member asks, what others say on an open case is not there.

use postgres::Client;
use project::review::{ReviewState, Stage, Vote};
use project::{Author, Change, Edit, Label, RegionId};

use crate::desks::{AT_MS, Desks, draw, open, sealed};

/// Every row of everything in the schema that a role may read, as text.
fn readable(desks: &Desks, role: &str) -> String {
    let mut client = desks.cluster.client(role, &desks.database);
    let tables = "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'orthoscope'::regnamespace \
                  AND c.relkind IN ('r', 'v', 'm', 'p') AND has_table_privilege(c.oid, 'SELECT')";
    let tables: Vec<String> =
        client.query(tables, &[]).expect("listed").iter().map(|row| row.get(0)).collect();
    assert!(tables.iter().any(|table| table == "orthoscope.entry"), "{tables:?}");
    let mut text = String::new();
    for table in tables {
        for row in client.query(&format!("SELECT t::text FROM {table} AS t"), &[]).expect("read") {
            text += &row.get::<_, String>(0);
        }
        // The statistics of columns would tell as much.
        client
            .batch_execute(&format!("SELECT * FROM pg_stats WHERE schemaname = 'orthoscope'; TABLE {table}"))
            .expect("read");
    }
    text
}

fn count(client: &mut Client, query: &str) -> i64 {
    client.query_one(query, &[]).expect("counted").get(0)
}

#[test]
fn what_sealed_votes_say_is_nowhere_until_the_last_has_voted() {
    let members = ["ana", "ben", "cy"];
    let Some(desks) = Desks::shared("sealed", 2, sealed(3), &members) else { return };
    let case = desks.cases()[0];
    desks.vote("ana", case, "no damage");
    desks.vote("ben", case, "no damage");
    for name in ["ana", "ben"] {
        assert_eq!(desks.sync(name).expect("sent").sent.openings, 1);
    }
    for name in ["cy", "lead"] {
        desks.sync(name).expect("fetched");
        assert!(!readable(&desks, &desks.role(name)).contains("telltale"), "{name} reads what others say");
        let project = desks.project(name);
        assert_eq!(project.committee_members(case).len(), 2, "who voted is known");
        assert!(project.votes_on(case).all(Vote::is_sealed), "{name}");
    }
    // Their own is theirs.
    let ana = readable(&desks, &desks.role("ana"));
    assert_eq!(ana.matches("telltale").count(), 1);
    desks.vote("cy", case, "destroyed");
    let last = desks.sync("cy").expect("sent");
    assert!(last.opened >= 2, "whoever votes last opens the votes: {last:?}");
    for name in ["lead", "ana", "ben", "cy"] {
        desks.sync(name).expect("fetched");
    }
    for name in ["lead", "ana", "ben", "cy"] {
        let project = desks.project(name);
        let votes: Vec<_> = project.votes_on(case).collect();
        assert!(votes.len() == 3 && votes.iter().all(|vote| vote.note == "telltale"), "{name}: {votes:?}");
        let outcome = project.outcome(case);
        assert_eq!(
            (outcome.state, outcome.class.expect("settled").as_str()),
            (ReviewState::Accepted, "no damage")
        );
        assert!(project == desks.project("lead"), "{name}");
    }
}

#[test]
fn a_voter_who_never_comes_back_is_opened_by_a_lead() {
    let Some(desks) = Desks::shared("absent", 1, sealed(2), &["ana", "ben"]) else { return };
    let case = desks.cases()[0];
    desks.vote("ana", case, "no damage");
    desks.sync("ana").expect("sent");
    desks.sync("lead").expect("fetched");
    desks.vote("ben", case, "no damage");
    // Ben's program sends the vote, and then nothing is heard of it any more either.
    desks.with("ben", |desk| {
        let mut connection = server::Connection::open(&desks.address("ben")).expect("connects");
        let mut kept = desk.kept(None).expect("remembered");
        desk.send(&mut connection, &mut kept, false, &mut |_| {}).expect("sent");
    });
    assert_eq!(desks.sync("lead").expect("fetched").opened, 2);
    assert_eq!(desks.project("lead").outcome(case).state, ReviewState::Accepted);
}

#[test]
fn open_votes_and_what_was_done_after_them_wait_for_the_end_of_the_round() {
    let Some(desks) = Desks::shared("unsealed", 2, open(3), &["ana", "ben", "cy"]) else { return };
    let case = desks.cases()[0];
    desks.vote("ana", case, "no damage");
    desks.work("ana", |session, ana| draw(session, ana, 700.0));
    assert!(desks.sync("ana").expect("sent").sent.entries >= 2);
    for name in ["ben", "lead"] {
        desks.sync(name).expect("fetched");
        assert!(!readable(&desks, &desks.role(name)).contains("telltale"), "{name} reads what Ana says");
        assert_eq!(desks.project(name).regions().len(), 2, "{name}: what hangs on a vote waits with it");
    }
    desks.vote("ben", case, "no damage");
    desks.vote("cy", case, "no damage");
    desks.sync("ben").expect("sent");
    desks.sync("cy").expect("sent");
    for name in ["lead", "ana", "ben", "cy"] {
        desks.sync(name).expect("fetched");
    }
    for name in ["lead", "ana", "ben", "cy"] {
        let project = desks.project(name);
        assert_eq!(project.regions().len(), 3, "{name}");
        assert_eq!(project.votes_on(case).count(), 3, "{name}");
        assert_eq!(project.outcome(case).state, ReviewState::Accepted, "{name}");
    }
    let mut admin = desks.cluster.client("admin", &desks.database);
    assert!(count(&mut admin, "SELECT count(*) FROM orthoscope.entry WHERE held_by <> '{}'") >= 2);
}

/// Labels a case anew in answer to its committee.
fn answer(desks: &Desks, case: RegionId) {
    desks.work("lead", |session, lead| {
        let project = session.project();
        let replies = project.votes_on(case).filter(|v| v.stage == Stage::Two).map(|v| v.id).collect();
        let (id, before) = project.label_of(case).expect("labelled");
        let after = Label { replies_to: replies, ..(**before).clone() };
        let edit = Edit::Label(Change::replace(id, before.clone(), std::sync::Arc::new(after)));
        session.edit(lead, AT_MS, edit).expect("answered");
    });
}

#[test]
fn a_second_committee_is_as_blind_as_the_first() {
    let members = ["ana", "ben"];
    let Some(desks) = Desks::shared("again", 1, sealed(2), &members) else { return };
    let case = desks.cases()[0];
    for (name, class) in [("ana", "no damage"), ("ben", "minor damage")] {
        desks.vote(name, case, class);
        desks.sync(name).expect("sent");
    }
    desks.sync("lead").expect("fetched");
    assert_eq!(desks.project("lead").outcome(case).state, ReviewState::Returned);
    answer(&desks, case);
    desks.sync("lead").expect("sent");
    desks.sync("ana").expect("fetched");
    desks.vote("ana", case, "no damage");
    desks.sync("ana").expect("sent");
    let mut ben = desks.cluster.client(&desks.role("ben"), &desks.database);
    let of_ana = "SELECT count(*) FROM orthoscope.opening WHERE member = 'ana'";
    assert_eq!(count(&mut ben, of_ana), 1, "that of the first round");
    desks.sync("ben").expect("fetched");
    desks.vote("ben", case, "no damage");
    desks.sync("ben").expect("sent");
    assert_eq!(count(&mut ben, of_ana), 2);
    desks.sync("lead").expect("fetched");
    let project = desks.project("lead");
    assert_eq!(project.outcome(case).state, ReviewState::Accepted);
    assert!(project.votes_visible_to(&Author::new("nobody"), case).len() == 4);
}

#[test]
fn sharing_says_that_open_votes_could_be_read() {
    let Some(desks) = Desks::new("shown", 1, open(3)) else { return };
    let case = desks.cases()[0];
    desks.vote("lead", case, "no damage");
    let refused = desks.share().expect_err("shared");
    assert!(refused.to_string().starts_with("1 votes of committees"), "{refused}");
    assert!(refused.hint().is_some_and(|hint| hint.contains("--show-open-votes")));
    let author = Author::new("lead");
    let shared = desks.with("lead", |desk| desk.share(&desks.address("lead"), &author, true, &mut |_| {}));
    shared.expect("shared all the same");
    desks.add("ana", project::Role::Committee);
    desks.sync("ana").expect("fetched");
    assert!(desks.project("ana") == desks.project("lead"), "all of it can be fetched then");
}
