//! What members, strangers and bad luck do to a server: one sentence each, nothing lost, nothing twice.

use std::net::TcpListener;
use std::sync::atomic::Ordering;

use ed25519_dalek::Signer as _;
use project::{Author, MemberKey, Role};
use server::{Connection, ServerError};
use store::{Carried, Identity, Session, Source};

use crate::cluster::Cluster;
use crate::desks::{AT_MS, Desks, draw, open, sealed, vote};

fn stored(desks: &Desks) -> (i64, i64) {
    let mut admin = desks.cluster.client("admin", &desks.database);
    let row =
        admin.query_one("SELECT count(*), count(DISTINCT hash) FROM orthoscope.entry", &[]).expect("counted");
    (row.get(0), row.get(1))
}

#[test]
fn members_read_and_write_nothing_but_through_the_rules() {
    let Some(desks) = Desks::shared("tables", 1, sealed(3), &["mallory"]) else { return };
    let mut mallory = desks.cluster.client(&desks.role("mallory"), &desks.database);
    for table in ["round", "vote", "node", "kept"] {
        let refused = mallory.query(&format!("SELECT * FROM orthoscope.{table}"), &[]).expect_err(table);
        assert!(refused.to_string().contains("permission denied") || refused.code().is_some(), "{refused}");
    }
    for change in [
        "UPDATE orthoscope.entry SET author = 'mallory'",
        "DELETE FROM orthoscope.entry",
        "TRUNCATE orthoscope.entry",
        "INSERT INTO orthoscope.entry SELECT * FROM orthoscope.entry",
        "INSERT INTO orthoscope.opening VALUES (gen_random_uuid(), 1, 'ana', '', '')",
        "UPDATE orthoscope.member SET part = 'lead'",
        "UPDATE orthoscope.about SET value = '1' WHERE name = 'committee'",
        "ALTER TABLE orthoscope.entry DISABLE ROW LEVEL SECURITY",
        "SELECT orthoscope.append_one('', '', 1, 1, '', '', '', '{}', NULL, NULL, true)",
        "SELECT orthoscope.note_vote('{}')",
        "SELECT orthoscope.govern(1, '{}', '{}', '{}')",
        "CREATE TABLE orthoscope.mine (x int)",
        "CREATE FUNCTION orthoscope.me() RETURNS text LANGUAGE sql AS $$ SELECT 'lead' $$",
    ] {
        mallory.batch_execute(change).expect_err(change);
    }
    // Not even whoever owns it all changes what was said.
    let mut lead = desks.cluster.client(&desks.role("lead"), &desks.database);
    for change in [
        "UPDATE orthoscope.entry SET author = 'ana'",
        "DELETE FROM orthoscope.entry",
        "TRUNCATE orthoscope.entry",
        "DELETE FROM orthoscope.opening",
    ] {
        let refused = lead.batch_execute(change).expect_err(change);
        assert_eq!(refused.code().map(|code| code.code().to_owned()).as_deref(), Some("OS010"), "{refused}");
    }
}

/// What Mallory's file has and the server lacks, for altering.
fn waiting(desks: &Desks) -> Vec<Carried> {
    desks.with("mallory", |desk| {
        let kept = desk.kept(None).expect("remembered");
        Source::open(desk.path).expect("opens").page(kept.sent, kept.joined).expect("read").entries
    })
}

fn refusal(desks: &Desks, entries: &[Carried]) -> String {
    let mut connection = Connection::open(&desks.address("mallory")).expect("connects");
    match connection.append(entries, &[], true).expect_err("taken") {
        ServerError::Refused { code, why } => format!("{code} {why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn entries_of_others_altered_ones_and_ones_without_a_past_are_refused() {
    let Some(desks) = Desks::shared("forged", 2, sealed(3), &["mallory", "ana"]) else { return };
    let before = stored(&desks);
    desks.work("mallory", |session, mallory| draw(session, mallory, 500.0));
    let good = waiting(&desks);
    let last = good.len() - 1;
    let altered = |change: fn(&mut Carried)| {
        let mut entries = good.clone();
        change(&mut entries[last]);
        refusal(&desks, &entries)
    };
    assert!(altered(|one| one.body.push(' ')).starts_with("OS004"));
    assert!(altered(|one| one.at_ms += 1).starts_with("OS004"));
    assert!(altered(|one| one.author = "ana".into()).starts_with("OS003"));
    assert!(refusal(&desks, &good[last..]).starts_with("OS005"), "without what came before");
    let role = |one: &Carried| one.body.replace("annotator", "lead");
    let mut leads = good.clone();
    leads[0].body = role(&leads[0]);
    leads[0] = rehashed(leads[0].clone());
    assert!(refusal(&desks, &leads[..1]).starts_with("OS007"), "Mallory leads");
    assert_eq!(stored(&desks), before, "a lot is taken whole or not at all");
    // In another's name: by the entry's author, and by what the entry says.
    desks.work("mallory", |session, _| draw(session, &Author::new("ana"), 600.0));
    let refused = desks.sync("mallory").expect_err("sent");
    assert!(refused.to_string().contains("is by ana, and mallory sends it"), "{refused}");
    assert!(refused.hint().is_some_and(|hint| hint.contains("lead")), "{refused}");
    // A lead who joins the file sends it all.
    let plan = store::MergePlan::of(&desks.file("lead"), &[desks.file("mallory")]).expect("read");
    plan.carry_out(&Author::new("lead"), Some(&desks.signer("lead")), AT_MS).expect("joined");
    desks.sync("lead").expect("sent");
    desks.sync("mallory").expect("nothing is left to send");
    assert_eq!(desks.project("mallory").regions().len(), 4);
}

/// An entry with the hash that it would have.
fn rehashed(mut one: Carried) -> Carried {
    use sha2::{Digest as _, Sha256};
    let mut hash = Sha256::new();
    hash.update(one.before.0);
    hash.update(one.number.to_le_bytes());
    hash.update(one.at_ms.to_le_bytes());
    hash.update((one.changes.len() as u64).to_le_bytes());
    for text in [&one.author, &one.kind, &one.body].into_iter().chain(&one.changes) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    one.hash = project::EntryHash(hash.finalize().into());
    one
}

#[test]
fn votes_in_anothers_name_and_openings_that_do_not_fit_are_refused() {
    let Some(desks) = Desks::shared("stuffed", 1, sealed(3), &["mallory", "ana"]) else { return };
    let case = desks.cases()[0];
    desks.vote("mallory", case, "destroyed");
    let mut entries = waiting(&desks);
    let last = entries.len() - 1;
    entries[last].body = entries[last].body.replace("\"member\":\"mallory\"", "\"member\":\"ana\"");
    entries[last] = rehashed(entries[last].clone());
    let refused = refusal(&desks, &entries);
    assert!(refused.contains("speaks for ana, and mallory sends it"), "{refused}");
    // A vote counts once, however often it is sent.
    desks.sync("mallory").expect("sent");
    desks.sync("mallory").expect("sent");
    desks.vote("mallory", case, "no damage");
    desks.sync("mallory").expect("sent");
    let mut admin = desks.cluster.client("admin", &desks.database);
    let voters: Vec<String> =
        admin.query_one("SELECT voters FROM orthoscope.round", &[]).expect("a round").get(0);
    assert_eq!(voters, ["mallory"]);
    // What was not sealed cannot be given for what was.
    let mut mallory = desks.cluster.client(&desks.role("mallory"), &desks.database);
    desks.vote("ana", case, "no damage");
    desks.with("ana", |desk| {
        let ana = store::Store::open(desk.path, store::OpenMode::ReadOnly).expect("opens").1.project;
        let id = ana.votes_on(case).find(|vote| vote.member.name() == "ana").expect("hers").id;
        let mut connection = Connection::open(&desks.address("ana")).expect("connects");
        let mut kept = desk.kept(None).expect("remembered");
        let mute = server::Desk { signer: None, ..*desk };
        mute.send(&mut connection, &mut kept, false, &mut |_| {}).expect("sent without its opening");
        let forge = "SELECT orthoscope.deposit(ARRAY[$1::uuid], ARRAY[$2::bytea], ARRAY[$3::text])";
        let kept = mallory.query_one(forge, &[&id.uuid(), &&[7_u8; 32][..], &"{}"]).expect("asked");
        assert_eq!(kept.get::<_, i64>(0), 0, "only Ana says what Ana sealed");
        let mut own = desks.cluster.client(&desks.role("ana"), &desks.database);
        let refused = own.query_one(forge, &[&id.uuid(), &&[7_u8; 32][..], &"{}"]).expect_err("taken");
        assert!(refused.as_db_error().expect("refused").message().contains("not what ana sealed"));
    });
    desks.sync("ana").expect("the true one is taken");
}

#[test]
fn who_was_removed_or_never_added_sends_and_reads_nothing() {
    let Some(desks) = Desks::shared("removed", 1, sealed(3), &["mallory"]) else { return };
    desks.work("mallory", |session, mallory| draw(session, mallory, 500.0));
    desks.sync("mallory").expect("sent");
    desks.sync("lead").expect("fetched");
    desks.set_member("mallory", Role::Annotator, true);
    desks.sync("lead").expect("sent");
    desks.work("mallory", |session, mallory| draw(session, mallory, 600.0));
    let refused = desks.sync("mallory").expect_err("sent");
    assert!(refused.to_string().contains("was removed from the members"), "{refused}");
    assert!(refused.hint().is_some_and(|hint| hint.contains("still in your file")));
    let mut mallory = desks.cluster.client(&desks.role("mallory"), &desks.database);
    let seen: i64 = mallory.query_one("SELECT count(*) FROM orthoscope.entry", &[]).expect("asked").get(0);
    assert_eq!(seen, 0);
    // Back in, what was done meanwhile is sent.
    desks.set_member("mallory", Role::Annotator, false);
    desks.sync("lead").expect("sent");
    assert_eq!(desks.sync("mallory").expect("sent").sent.entries, 1);
    let stranger = desks.role("stranger");
    desks
        .cluster
        .client("admin", "postgres")
        .batch_execute(&format!("CREATE ROLE {stranger} LOGIN"))
        .expect("role");
    let refused = desks.sync("stranger").expect_err("fetched");
    assert!(refused.to_string().contains("no member"), "{refused}");
    assert!(!desks.file("stranger").exists());
}

#[test]
fn another_project_a_newer_schema_and_a_server_that_is_not_there_are_said_in_a_sentence() {
    let Some(desks) = Desks::shared("wrong", 1, sealed(3), &["ana"]) else { return };
    Session::create(&desks.file("other"), &Identity::new("test 1", AT_MS), "lead")
        .expect("made")
        .close()
        .expect("closed");
    let address = desks.address("lead");
    let refused = desks.with("other", |desk| desk.sync(Some(&address), &mut |_| {})).expect_err("sent");
    assert!(matches!(refused, ServerError::OtherProject { .. }), "{refused}");
    let lead = Author::new("lead");
    let refused =
        desks.with("other", |desk| desk.share(&address, &lead, false, &mut |_| {})).expect_err("shared");
    assert!(matches!(refused, ServerError::Taken { .. }), "{refused}");
    // An empty database, and none.
    let empty = desks.cluster.database("empty");
    let refused =
        desks.with("ana", |desk| desk.sync(Some(&desks.cluster.address(&empty, &empty)), &mut |_| {}));
    assert!(matches!(refused.expect_err("sent"), ServerError::NoProject { .. }));
    let refused =
        desks.with("ana", |desk| desk.sync(Some(&desks.cluster.address("admin", "nowhere")), &mut |_| {}));
    assert!(matches!(refused.expect_err("sent"), ServerError::Denied { .. }));
    // Nobody answers: what was done waits.
    desks.work("ana", |session, ana| draw(session, ana, 500.0));
    let closed = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("bound").port();
    let nobody = format!("postgres://ana@127.0.0.1:{closed}/town").parse().expect("an address");
    let began = std::time::Instant::now();
    let refused = desks.with("ana", |desk| desk.sync(Some(&nobody), &mut |_| {})).expect_err("sent");
    assert!(refused.is_passing() && refused.to_string().contains("cannot be reached"), "{refused}");
    assert!(began.elapsed().as_secs() < 30);
    assert!(desks.sync("ana").expect("sent").sent.entries >= 1);
    let newer = "INSERT INTO orthoscope.migration (number, program) VALUES (99, 'Orthoscope 9')";
    desks.cluster.client(&desks.role("lead"), &desks.database).batch_execute(newer).expect("noted");
    for refused in [desks.sync("ana").map(drop), desks.share().map(drop)] {
        let refused = refused.expect_err("sent").to_string();
        assert!(refused.contains("newer Orthoscope") && refused.contains("99"), "{refused}");
    }
}

#[test]
fn what_was_acknowledged_survives_a_server_that_dies_and_a_backend_that_is_killed() {
    let Some(desks) = Desks::shared("killed", 1, open(3), &["ana"]) else { return };
    let before = stored(&desks).0;
    desks.work("ana", |session, ana| {
        for n in 0..3_000 {
            draw(session, ana, f64::from(n) * 20.0 + 100.0);
        }
    });
    let done = std::sync::atomic::AtomicBool::new(false);
    let (killed, failed) = std::thread::scope(|scope| {
        let killer = scope.spawn(|| {
            let mut admin = desks.cluster.client("admin", &desks.database);
            let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1::text::name";
            let mut killed = 0;
            while !done.load(Ordering::SeqCst) && killed < 8 {
                killed += admin.query_one(kill, &[&desks.role("ana")]).expect("killed").get::<_, i64>(0);
                std::thread::sleep(std::time::Duration::from_millis(60));
            }
            killed
        });
        let mut failed = 0;
        while let Err(error) = desks.sync("ana") {
            assert!(error.is_passing(), "{error:?}");
            failed += 1;
        }
        done.store(true, Ordering::SeqCst);
        (killer.join().expect("no panic"), failed)
    });
    assert!(killed > 0 && failed > 0, "{killed} backends were killed, {failed} times sending failed");
    assert_eq!(stored(&desks), (before + 3_001, before + 3_001));
}

#[test]
fn what_was_acknowledged_is_there_after_the_server_lost_its_power() {
    let Some(cluster) = Cluster::own() else { return };
    let desks = Desks::on(cluster, "power", 1, sealed(3));
    desks.share().expect("shared");
    let before = stored(&desks);
    desks.work("lead", |session, lead| {
        let case = *session.project().regions().keys().next().expect("a region");
        let vote = vote(session, lead, case, "no damage");
        session.vote(AT_MS, vote).expect("voted");
    });
    desks.sync("lead").expect("sent");
    desks.cluster.stop();
    let gone = desks.sync("lead").expect_err("sent");
    assert!(gone.is_passing(), "{gone:?}");
    assert!(desks.cluster.start(), "the server starts again");
    assert_eq!(stored(&desks), (before.0 + 1, before.1 + 1));
    assert_eq!(desks.sync("lead").expect("nothing to send").sent.entries, 0);
    assert_ne!(desks.signer("lead").public(), MemberKey([0; 32]));
}

/// Sends entries of Mallory's that the server cannot know to be wrong.
fn smuggle(desks: &Desks, entries: &[Carried]) {
    let mut connection = Connection::open(&desks.address("mallory")).expect("connects");
    connection.append(entries, &[], false).expect("the server cannot tell");
}

#[test]
fn an_entry_with_a_broken_signature_is_set_aside_by_name_and_stops_nobody() {
    let Some(desks) = Desks::shared("broken", 2, sealed(3), &["mallory", "ana", "ben"]) else { return };
    desks.work("mallory", |session, mallory| draw(session, mallory, 500.0));
    desks.sync("mallory").expect("a sound one is taken");
    for x in [600.0, 620.0] {
        desks.work("mallory", |session, mallory| draw(session, mallory, x));
    }
    let mut entries = waiting(&desks);
    assert_eq!(entries.len(), 2);
    let (key, signature) = entries[0].signed.as_mut().expect("signed");
    signature[7] ^= 1;
    let key = *key;
    smuggle(&desks, &entries);
    desks.work("ana", |session, ana| draw(session, ana, 700.0));
    desks.sync("ana").expect("sends, and takes what is sound");
    let fetched = desks.sync("ben").expect("fetches what is sound");
    assert_eq!(desks.project("ben").regions().len(), 4, "two of the lead, Mallory's first, Ana's");
    let said = store::SetAside::sentences(&fetched.aside);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().any(|s| s.contains("by mallory set aside: its signature does not fit")), "{said:?}");
    assert!(said.iter().any(|s| s.contains("by mallory set aside: it follows an entry that is")), "{said:?}");
    // It is said each time, and what comes then is taken all the same.
    desks.work("ana", |session, ana| draw(session, ana, 800.0));
    desks.sync("ana").expect("sent");
    let again = desks.sync("ben").expect("fetched");
    assert_eq!(again.aside.len(), 2, "{again:?}");
    assert_eq!(desks.project("ben").regions().len(), 5);
    // Who comes new gets what is sound, too.
    desks.add("cy", Role::Annotator);
    let made = desks.sync("cy").expect("made");
    assert_eq!((made.aside.len(), desks.project("cy").regions().len()), (2, 5), "{made:?}");
    assert!(desks.project("cy") == desks.project("ben"));
    assert!(desks.project("ben").members().contains_key(&key));
}

#[test]
fn entries_by_a_key_that_nobody_has_and_ones_that_cannot_be_read_are_set_aside() {
    let Some(desks) = Desks::shared("unknown", 1, sealed(3), &["mallory", "ben"]) else { return };
    desks.work("mallory", |session, mallory| draw(session, mallory, 500.0));
    desks.sync("mallory").expect("sent");
    desks.sync("ben").expect("fetched");
    desks.work("mallory", |session, mallory| draw(session, mallory, 600.0));
    let good = waiting(&desks).pop().expect("one");
    // By a key of their own making: sound, and no member's.
    let strange = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let mut unknown = good.clone();
    let signature = strange.sign(&[b"orthoscope entry 1".as_slice(), &unknown.hash.0].concat()).to_bytes();
    unknown.signed = Some((MemberKey(strange.verifying_key().to_bytes()), signature));
    smuggle(&desks, std::slice::from_ref(&unknown));
    // What fits its checksum and says nothing that there is.
    let mut unreadable = good.clone();
    unreadable.body = "{\"edit\":{\"nothing\":1}}".into();
    let unreadable = rehashed(unreadable);
    // What takes back something that never was.
    let mut revert = good;
    (revert.kind, revert.body) = ("revert".into(), "{\"revert\":1}".into());
    (revert.changes, revert.signed) = (Vec::new(), None);
    let revert = rehashed(revert);
    smuggle(&desks, &[unreadable, revert]);
    desks.work("lead", |session, lead| draw(session, lead, 900.0));
    desks.sync("lead").expect("sent");
    let fetched = desks.sync("ben").expect("fetched");
    let said = store::SetAside::sentences(&fetched.aside).join("; ");
    assert!(said.contains("which no member has") && said.contains("cannot be read"), "{said}");
    assert!(said.contains("takes back something that is no change"), "{said}");
    assert_eq!(desks.project("ben").regions().len(), 3, "{said}");
    assert!(desks.project("ben") == desks.project("lead"));
}
