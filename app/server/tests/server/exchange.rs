//! Sharing, fetching, sending: what one writes all others get, and nothing is lost on the way there and back.

use std::collections::BTreeSet;

use project::{Author, Role};
use server::{Connection, Kept, News, Watch};
use store::{OpenMode, Source, Store};

use crate::desks::{Desks, draw, open, sealed};

fn lines(desks: &Desks, name: &str) -> Vec<project::Entry> {
    let (store, _) = Store::open(&desks.file(name), OpenMode::ReadOnly).expect("opens");
    store.journal().expect("journal").collect::<Result<_, _>>().expect("sound")
}

/// Everything that says something, wherever it lies in the file, to the letter.
fn said(desks: &Desks, name: &str) -> BTreeSet<String> {
    let page = Source::open(&desks.file(name)).expect("opens").page(0, 0).expect("read");
    assert!(page.is_last);
    page.entries.iter().filter(|one| !one.is_merge()).map(|one| format!("{one:?}")).collect()
}

#[test]
fn a_project_goes_to_the_server_and_comes_back_to_the_letter() {
    let Some(desks) = Desks::new("letter", 60, sealed(3)) else { return };
    desks.work("lead", |session, lead| {
        draw(session, lead, 4_000.0);
        session.undo(lead, 5).expect("undone");
    });
    let shared = desks.share().expect("shared");
    assert_eq!(shared.sent.entries, lines(&desks, "lead").len() as u64);
    assert!(shared.about.leads && !shared.about.sees_all, "{:?}", shared.about);
    assert_eq!(desks.share().expect("shared again").sent.entries, 0);
    desks.add("ana", Role::Annotator);
    let made = desks.sync("ana").expect("fetched");
    assert!(made.is_new && made.fetched == shared.sent.entries, "{made:?}");
    assert_eq!(lines(&desks, "ana"), lines(&desks, "lead"));
    assert!(desks.project("ana") == desks.project("lead"));
    assert_eq!(said(&desks, "ana"), said(&desks, "lead"));
}

#[test]
fn what_members_do_apart_comes_together_on_every_desk() {
    let Some(desks) = Desks::shared("apart", 6, sealed(3), &["ana", "ben"]) else { return };
    for (name, x) in [("lead", 1_000.0), ("ana", 2_000.0), ("ben", 3_000.0)] {
        desks.work(name, |session, author| draw(session, author, x));
    }
    for name in ["ben", "lead", "ana", "ben", "lead"] {
        desks.sync(name).expect("synced");
    }
    for name in ["ana", "ben"] {
        assert!(desks.project(name) == desks.project("lead"), "{name} sees something else");
        assert_eq!(said(&desks, name), said(&desks, "lead"), "{name}");
    }
    assert_eq!(desks.project("lead").regions().len(), 9);
    let again = desks.sync("ana").expect("synced");
    assert_eq!((again.sent.entries, again.fetched), (0, 0), "{again:?}");
    // Work goes on, on both sides of what was joined.
    desks.work("ana", |session, author| draw(session, author, 5_000.0));
    assert!(desks.sync("ana").expect("sent").sent.entries >= 1);
    assert_eq!(desks.sync("ben").expect("fetched").report.expect("joined").regions_changed, 1);
    assert!(desks.project("ben") == desks.project("ana"));
}

#[test]
fn work_without_a_server_waits_and_goes_once() {
    let Some(desks) = Desks::shared("offline", 3, sealed(3), &["ana"]) else { return };
    let kept = || Kept::load(&desks.file("ana").with_file_name("config of ana"), &desks.file("ana"));
    let waiting = || desks.with("ana", |desk| desk.waiting(&kept().expect("remembered")).expect("counted"));
    let before = waiting();
    for n in 0..5 {
        desks.work("ana", |session, author| draw(session, author, f64::from(n) * 100.0 + 900.0));
    }
    assert_eq!(waiting() - before, 5 + usize::from(before == 0), "five regions, and who Ana is");
    let sent = desks.sync("ana").expect("sent").sent.entries;
    assert!(sent >= 5 && waiting() == 0, "{sent}");
    assert_eq!(desks.sync("ana").expect("nothing").sent.entries, 0);
    // An older copy of the file in its place: everything is looked at anew, and nothing is sent twice.
    std::fs::copy(desks.file("lead"), desks.file("ana")).expect("copied");
    let again = desks.sync("ana").expect("fetched");
    assert_eq!((again.sent.entries, again.fetched), (0, sent), "{again:?}");
    assert!(desks.project("ana").regions().len() == 8);
}

#[test]
fn others_are_told_when_something_is_sent() {
    let Some(desks) = Desks::shared("told", 2, open(3), &["ana"]) else { return };
    let (tell, told) = std::sync::mpsc::sync_channel(100);
    let watch = Watch::start(desks.address("lead"), move |news| drop(tell.try_send(news))).expect("starts");
    let next = || told.recv_timeout(std::time::Duration::from_secs(20)).expect("told");
    assert_eq!(next(), News::Here);
    desks.work("ana", |session, author| draw(session, author, 900.0));
    desks.sync("ana").expect("sent");
    assert_eq!(next(), News::Something);
    // A connection that is lost is made anew.
    let mut admin = desks.cluster.client("admin", &desks.database);
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1::text::name";
    admin.execute(ended, &[&desks.role("lead")]).expect("ended");
    assert!(matches!(next(), News::Gone(_)));
    assert_eq!(next(), News::Here);
    drop(watch);
}

#[test]
fn members_come_in_by_the_password_that_was_made_for_them() {
    let Some(desks) = Desks::shared("password", 1, open(3), &[]) else { return };
    let mut lead = Connection::open(&desks.address("lead")).expect("connects");
    let role = desks.role("zoe");
    let added = lead.add_member("Zoë", Some(&role), Role::Reviewer, None).expect("added");
    let password = added.password.expect("made");
    let by = |password: &str| Connection::open(&desks.cluster.by_network(&role, password, &desks.database));
    let about = by(&password).expect("let in").about().expect("a member");
    assert_eq!((about.author.as_str(), about.leads), ("Zoë", false));
    let refused = by("wrong").expect_err("let in").to_string();
    assert!(refused.contains("does not let") && refused.contains(&role), "{refused}");
    // Adding again keeps the password.
    assert_eq!(lead.add_member("Zoë", Some(&role), Role::Committee, None).expect("added").password, None);
    let members = lead.members().expect("listed");
    let parts: Vec<_> = members.iter().map(|m| (m.name.as_str(), m.part.as_str())).collect();
    assert_eq!(parts, [("Zoë", "committee"), ("lead", "lead")]);
    let denied =
        by(&password).expect("let in").add_member("Mo", None, Role::Lead, None).expect_err("a member added");
    assert!(denied.to_string().contains("whoever shared"), "{denied}");
    assert_eq!(Author::new("Zoë").name(), about.author);
}

#[test]
fn regions_are_a_table_for_other_programs_and_a_map_where_postgis_is() {
    let Some(desks) = Desks::shared("map", 3, open(3), &["ana"]) else { return };
    let mut admin = desks.cluster.client("admin", &desks.database);
    let row = admin
        .query_one("SELECT count(*), min(class), min(state) FROM orthoscope.region", &[])
        .expect("asked");
    assert_eq!((row.get::<_, i64>(0), row.get(1), row.get(2)), (3, Some("destroyed"), Some("stage_one")));
    desks.work("lead", |session, lead| {
        let (id, region) =
            session.project().regions().iter().next().map(|(id, r)| (*id, r.clone())).expect("one");
        draw(session, lead, 900.0);
        let labels = session.project().labels().iter().filter(|(_, label)| label.region == id);
        let labels: Vec<_> = labels.map(|(id, label)| (*id, label.clone())).collect();
        let mut edits: Vec<_> = labels
            .into_iter()
            .map(|(id, was)| project::Edit::Label(project::Change::delete(id, was)))
            .collect();
        edits.push(project::Edit::Region(project::Change::delete(id, region)));
        session.edit(lead, 5, project::Edit::batch("Delete", edits)).expect("deleted");
    });
    desks.sync("lead").expect("sent");
    let count = "SELECT count(*), count(class) FROM orthoscope.region";
    let row = admin.query_one(count, &[]).expect("asked");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (3, 2), "one came, one went");
    if admin.batch_execute("CREATE EXTENSION postgis").is_err() {
        println!("SKIPPED: PostGIS is not installed (apt-get install postgresql-15-postgis-3)");
        return;
    }
    assert_eq!(desks.share().expect("shared again").has_map, Some(true));
    let mut ana = desks.cluster.client(&desks.role("ana"), &desks.database);
    let area = "SELECT sum(ST_Area(geom)), bool_and(ST_IsValid(geom)) FROM orthoscope.region_map";
    let row = ana.query_one(area, &[]).expect("asked");
    assert_eq!((row.get::<_, f64>(0), row.get::<_, bool>(1)), (300.0, true));
}
