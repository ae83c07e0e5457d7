//! A campaign as scripts run it: rules, work handed out, verdicts, comments, what comes back, and input that is wrong.

use std::fs;

use serde_json::Value;

use crate::program::{Town, json, run};

fn regions(town: &Town, count: usize) -> Vec<String> {
    let found = json(town.path(), &["query", "town.gpkg", "not labelled"]);
    let rows = found["regions"].as_array().expect("regions");
    assert!(rows.len() >= count, "{} regions", rows.len());
    rows.iter().take(count).map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

fn every_region(town: &Town) -> Vec<String> {
    let found = json(town.path(), &["query", "town.gpkg", "not labelled"]);
    let rows = found["regions"].as_array().expect("regions");
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

fn write(town: &Town, name: &str, text: &str) {
    fs::write(town.path().join(name), text).expect("written");
}

fn votes(town: &Town, lines: &str) -> Value {
    write(town, "votes.csv", &format!("case,member,stage,verdict,class,confidence,note\n{lines}"));
    json(town.path(), &["vote", "town.gpkg", "--from", "votes.csv"])
}

fn label(town: &Town, author: &str, regions: &[String], class: &str) {
    let lines: Vec<String> = regions.iter().map(|id| format!("{id},{class}\n")).collect();
    write(town, "labels.csv", &format!("region,class\n{}", lines.concat()));
    let ran = run(town.path(), &["label", "town.gpkg", "--from", "labels.csv", "--author", author]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

fn rules(town: &Town, toml: &str) {
    write(town, "rules.toml", toml);
    let ran = run(town.path(), &["rules", "town.gpkg", "--set", "rules.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

fn sound(town: &Town) {
    let verified = json(town.path(), &["verify", "town.gpkg"]);
    assert_eq!(verified["violations"], Value::Array(Vec::new()), "{verified}");
}

#[test]
fn verdicts_of_their_own_and_ties_are_settled_as_the_rules_say() {
    let town = Town::new();
    let folder = town.path();
    let cases = regions(&town, 3);
    label(&town, "Ana", &cases, "no damage");
    rules(&town, "ties = 'lead'");
    let (a, b, c) = (&cases[0], &cases[1], &cases[2]);
    let taken = votes(
        &town,
        &format!(
            "{a},Ben,2,undetermined,,,\n{a},Cy,2,not-a-verdict,,,\n{a},Cy,2,Undetermined,,,\n{a},Dee,2,accept,,,\n\
             {b},Ben,2,bad imagery,,,too dark\n{b},Cy,2,bad_imagery,,,\n{b},Dee,2,abstain,,,\n\
             {c},Ben,2,edit,destroyed,,\n{c},Cy,2,edit,minor damage,,\n{c},Dee,2,edit,major damage,,\n"
        ),
    );
    assert_eq!(taken["accepted"], 9, "{taken}");
    assert!(taken["rejected"][0]["reason"].as_str().expect("a reason").contains("bad_imagery"), "{taken}");
    let state = |case: &str| json(folder, &["review", "town.gpkg", "why", case]);
    assert_eq!(state(a)["state"], "undetermined");
    assert_eq!(state(b)["state"], "bad_imagery");
    assert!(state(b)["why"].as_str().expect("why").contains("1 abstained"), "{}", state(b));
    assert_eq!(state(c)["state"], "tied");
    let queue = json(folder, &["review", "town.gpkg", "queue"]);
    assert_eq!(queue[0]["state"], "tied", "a tie waits for the lead");
    // A vote that nobody may cast is named, with its line, and nothing of it counts.
    let members = json(folder, &["member", "town.gpkg"]);
    let lead = members["members"][0]["name"].as_str().expect("whoever began").to_owned();
    let early = votes(
        &town,
        &format!("{a},{lead},lead,reject,,,\n{c},Ben,lead,reject,,,\n{c},{lead},lead,edit,destroyed,,\n"),
    );
    assert!(early["rejected"][1]["reason"].as_str().expect("a reason").contains("for leads"), "{early}");
    assert_eq!(
        (early["accepted"].as_u64(), early["rejected"][0]["line"].as_u64()),
        (Some(1), Some(2)),
        "{early}"
    );
    assert_eq!(state(c)["state"], "accepted");
    assert!(state(c)["why"].as_str().expect("why").contains("decided: “destroyed”"), "{}", state(c));
    let status = json(folder, &["review", "town.gpkg"]);
    assert_eq!(
        (&status["undetermined"], &status["bad_imagery"], &status["tied"]),
        (&1.into(), &1.into(), &0.into())
    );
    sound(&town);
}

/// Every case, to three members.
fn handed<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let base = ["review", "town.gpkg", "assign", "--name", "Week one", "--to", "Ana,Ben,Cy", "--all"];
    [&base[..], more].concat()
}

fn review<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["review", "town.gpkg"], more].concat()
}

#[test]
fn work_is_handed_out_locked_released_and_counted_and_known_answers_are_nowhere_in_the_file() {
    let town = Town::new();
    let folder = town.path();
    let cases = regions(&town, 6);
    write(
        &town,
        "known.csv",
        &format!("case,class\n{},destroyed\n{},no damage\nnowhere,destroyed\n", cases[0], cases[1]),
    );
    let before = fs::read(town.project()).expect("read");
    let dry = json(folder, &handed(&["--times", "2", "--areas", "40", "--dry-run"]));
    assert!(fs::read(town.project()).expect("read") == before, "a dry run changed the file");
    assert!(dry["assignment"]["areas"].as_array().expect("areas").len() > 1, "{dry}");
    let made = json(
        folder,
        &handed(&["--random", "4", "--seed", "9", "--times", "2", "--release", "1", "--known", "known.csv"]),
    );
    let count = made["assignment"]["cases"].as_u64().expect("cases");
    assert!((4..=6).contains(&count), "{made}");
    assert_eq!(made["assignment"]["wanted"], count * 2);
    let work = json(folder, &["review", "town.gpkg", "work", "--member", "Ana"]);
    let mine: Vec<&str> =
        work.as_array().expect("cases").iter().filter_map(|item| item["case"].as_str()).collect();
    assert!(!mine.is_empty() && mine.len() < count as usize, "{work}");
    assert!(!work.to_string().contains(":-0"), "nothing is 0, not -0: {work}");
    let all = every_region(&town);
    let every = |who: &str| -> String {
        let lines: Vec<String> =
            all.iter().map(|case| format!("{case},{who},2,edit,destroyed,,\n")).collect();
        lines.concat()
    };
    let refused = votes(&town, &every("Zoe"));
    let locked = refused["rejected"].as_array().expect("lines");
    assert!(
        !locked.is_empty() && locked[0]["reason"].as_str().expect("why").contains("handed to"),
        "{refused}"
    );
    votes(&town, &every("Ana"));
    let board = json(folder, &["review", "town.gpkg", "board"]);
    let ana = &board["assignments"][0]["members"][0];
    assert_eq!((&ana["member"], &ana["done"]), (&"Ana".into(), &ana["given"]));
    assert_eq!(board["known_cases"], 2, "a line that names no case is left out");
    // Known answers are kept beside the key, in no file that is handed around, and not on the card's side of it.
    let journal = json(folder, &["history", "town.gpkg"]).to_string();
    assert!(!journal.contains("known"), "{journal}");
    json(folder, &["review", "town.gpkg", "release", "Week one"]);
    let free = json(folder, &["review", "town.gpkg", "work", "--member", "Ben"]);
    assert!(!free.as_array().expect("cases").is_empty());
    votes(&town, &every("Ben"));
    votes(&town, &every("Cy"));
    let board = json(folder, &["review", "town.gpkg", "board"]);
    assert_eq!(board["assignments"][0]["finished"], board["assignments"][0]["cases"], "{board}");
    assert_eq!(board["assignments"][0]["released"], true);
    json(folder, &["review", "town.gpkg", "unassign", "Week one"]);
    assert_eq!(json(folder, &["review", "town.gpkg", "board"])["assignments"], Value::Array(Vec::new()));
    let nobody = run(folder, &["review", "town.gpkg", "release", "Week one"]);
    assert!(nobody.refusal().contains("no assignment"), "{nobody:?}");
    let few = run(folder, &handed(&["--times", "4"]));
    assert!(few.refusal().contains("at most all of the 3 members"), "{few:?}");
    sound(&town);
}

#[test]
fn nothing_goes_back_unread_and_threads_are_told_and_resolved() {
    let town = Town::new();
    let folder = town.path();
    let cases = regions(&town, 2);
    label(&town, "Ana", &cases, "no damage");
    votes(&town, &format!("{},Ben,1,reject,,,The roof is gone\n", cases[0]));
    let back = json(folder, &review(&["returned", "--member", "Ana"]));
    assert_eq!(back[0]["unread"], 1, "{back}");
    let early = run(folder, &review(&["send-back", &cases[0], "--author", "Ana"]));
    assert!(early.refusal().contains("has not been read"), "{early:?}");
    let read = json(folder, &review(&["read", &cases[0], "--author", "Ana"]));
    assert!(read["why"].as_str().expect("why").contains("The roof is gone"), "{read}");
    let sent = json(folder, &review(&["send-back", &cases[0], "--class", "destroyed", "--author", "Ana"]));
    assert_eq!(sent["state"], "stage_one", "{sent}");
    let twice = run(folder, &review(&["send-back", &cases[0], "--author", "Ana"]));
    assert!(twice.refusal().contains("not back with Ana"), "{twice:?}");

    let said =
        json(folder, &review(&["say", "Is this one roof, @Ben?", "--on", &cases[1], "--author", "Ana"]));
    let thread = said["thread"].as_str().expect("a thread").to_owned();
    json(folder, &review(&["say", "It is.", "--thread", &thread, "--author", "Ben"]));
    json(folder, &review(&["say", "A building is missing", "--at", "12.5,-3", "--author", "Cy"]));
    let threads = json(folder, &review(&["threads", "--member", "Ben"]));
    assert_eq!(threads["threads"].as_array().map(Vec::len), Some(2), "{threads}");
    assert_eq!(threads["mentions"].as_array().map(Vec::len), Some(1), "{threads}");
    json(folder, &review(&["resolve", &thread, "--author", "Ana"]));
    let open = json(folder, &review(&["threads", "--member", "Ben"]));
    assert_eq!(
        (open["threads"].as_array().map(Vec::len), open["mentions"].as_array().map(Vec::len)),
        (Some(1), Some(0))
    );
    for (wrong, why) in [
        (vec!["say", " ", "--on", cases[1].as_str(), "--author", "Ana"], "has words"),
        (vec!["say", "x", "--on", "nowhere", "--author", "Ana"], "no case"),
        (vec!["say", "x", "--at", "north", "--author", "Ana"], "no place"),
        (vec!["say", "x", "--thread", "none", "--author", "Ana"], "no thread"),
        (vec!["resolve", "none", "--author", "Ana"], "no thread"),
    ] {
        let ran = run(folder, &review(&wrong));
        assert!(ran.refusal().contains(why), "{ran:?}");
    }
    sound(&town);
}

#[test]
fn an_outline_travels_with_a_vote_and_disputes_by_the_rule() {
    let town = Town::new();
    let folder = town.path();
    let cases = regions(&town, 1);
    label(&town, "Ana", &cases, "no damage");
    rules(&town, "least_iou = 60");
    let ring = "[[[0,0],[9,0],[9,9],[0,9],[0,0]]]";
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let far = cell(&format!("{{\"type\":\"Polygon\",\"coordinates\":{ring}}}"));
    let line = cell("{\"type\":\"LineString\",\"coordinates\":[[0,0],[1,1]]}");
    let case = &cases[0];
    write(
        &town,
        "votes.csv",
        &format!(
            "case,member,stage,verdict,outline\n{case},Ben,1,accept,{far}\n{case},Cy,1,accept,{line}\n{case},Dee,1,accept,square\n"
        ),
    );
    let taken = json(folder, &["vote", "town.gpkg", "--from", "votes.csv"]);
    assert_eq!(
        (taken["accepted"].as_u64(), taken["rejected"].as_array().map(Vec::len)),
        (Some(1), Some(2)),
        "{taken}"
    );
    let why = json(folder, &["review", "town.gpkg", "why", case]);
    assert_eq!(why["state"], "disputed");
    assert!(why["why"].as_str().expect("why").contains("60 %"), "{why}");
    let back = json(folder, &["review", "town.gpkg", "returned", "--member", "Ana"]);
    assert_eq!(back[0]["votes"][0]["outline"]["type"], "Polygon", "the ghost comes with it: {back}");
    sound(&town);
}

#[test]
fn votes_that_cannot_be_are_named_and_nothing_is_counted_twice() {
    let town = Town::new();
    let folder = town.path();
    let cases = regions(&town, 1);
    label(&town, "Ana", &cases, "no damage");
    let case = &cases[0];
    let wrong = votes(
        &town,
        &format!(
            "{case},Ben,2,edit,destroyed,,\n{case},Ben,2,edit,no damage,,\nnowhere,Ben,2,accept,,,\n{case},,2,accept,,,\n\
             {case},model:unet,2,accept,,,\n{case},Cy,3,accept,,,\n{case},Cy,2,edit,nonsense,,\n{case},Cy,2,edit,,,\n\
             {case},Cy,2,accept,,7,\n"
        ),
    );
    assert_eq!(wrong["accepted"], 1, "{wrong}");
    let lines: Vec<u64> =
        wrong["rejected"].as_array().expect("lines").iter().filter_map(|one| one["line"].as_u64()).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9, 10], "{wrong}");
    // The same table again: what was cast is not cast twice.
    let again = run(folder, &["vote", "town.gpkg", "--from", "votes.csv"]);
    assert_ne!(again.code, 0, "nothing of it is new");
    // A removed member, and one whose part is too small.
    let members = json(folder, &["member", "town.gpkg"]);
    let name = members["members"][0]["name"].as_str().expect("whoever began").to_owned();
    rules(&town, "voters = 'committee'");
    let small = run(folder, &["vote", "town.gpkg", "--from", "votes.csv"]);
    assert_ne!(small.code, 0);
    rules(&town, "voters = 'annotator'");
    json(folder, &["member", "town.gpkg", &name, "--remove", "--author", &name]);
    write(&town, "votes.csv", &format!("case,member,stage,verdict\n{case},{name},2,accept\n"));
    let gone = run(folder, &["vote", "town.gpkg", "--from", "votes.csv"]);
    assert!(format!("{}{}", gone.out, gone.err).contains("removed"), "{gone:?}");
    // After the committee is complete a vote still supersedes its member's own, and agreement keeps to the blind ones.
    let full = votes(&town, &format!("{case},Cy,2,edit,destroyed,,\n{case},Dee,2,edit,destroyed,,\n"));
    assert_eq!(full["accepted"], 2);
    let blind = json(folder, &["review", "town.gpkg", "agreement"])["committee"]["votes"].clone();
    votes(&town, &format!("{case},Dee,2,edit,minor damage,,\n{case},Eve,2,edit,minor damage,,\n"));
    assert_eq!(json(folder, &["review", "town.gpkg", "agreement"])["committee"]["votes"], blind);
    sound(&town);
}
