//! A project on a server, as people in two places meet it on the command line.

use std::path::Path;

use serde_json::Value;

#[path = "../../app/server/tests/server/cluster.rs"]
#[expect(dead_code, reason = "not every test of a server needs all of it")]
mod cluster;

use self::cluster::Cluster;
use crate::program::{Ran, Town, json, run, text};

/// Runs the program as somebody with settings of their own.
fn run_as(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, &[arguments, &["--json"]].concat())
}

fn label(folder: &Path, project: &str, author: &str, class: &str) {
    let found = json(folder, &["query", project, "not labelled"]);
    let region = found["regions"][0]["id"].as_str().expect("an id").to_owned();
    std::fs::write(folder.join("labels.csv"), format!("region,class\n{region},{class}\n")).expect("written");
    let ran = run(folder, &["label", project, "--from", "labels.csv", "--author", author]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn a_project_is_shared_a_member_let_in_and_work_goes_to_and_fro() {
    let Some(cluster) = Cluster::shared() else { return };
    let database = cluster.database("commands");
    let town = Town::new();
    let here = town.path();
    let lead =
        json(here, &["member", "town.gpkg"])["members"][0]["name"].as_str().expect("a name").to_owned();
    let address = cluster.address(&database, &database).to_string();
    let refused = run(here, &["sync", "town.gpkg"]);
    assert!(refused.refusal().contains("not shared") && refused.err.contains("hint: "), "{}", refused.err);
    let shared = json(here, &["share", "town.gpkg", &address, "--author", &lead]);
    assert!(shared["sent"].as_u64() > Some(2) && shared["leads"] == true, "{shared}");
    assert_eq!(json(here, &["rules", "town.gpkg"])["rule"]["sealed"], true, "committee votes are sealed");

    let ben = tempfile::tempdir().expect("folder");
    let config = ben.path().join(".config/orthoscope");
    std::fs::create_dir_all(&config).expect("folder");
    std::fs::write(config.join("preferences.toml"), "author = 'Ben'\n").expect("written");
    let login = format!("{database}_ben");
    let add = ["share", "member", "add", "town.gpkg", "Ben", "--login", &login, "--role", "committee"];
    let added = json(here, &add);
    assert_eq!(added["login"], login.as_str());
    assert_eq!(added["password"].as_str().map(str::len), Some(20), "{added}");
    let listed = json(here, &["share", "member", "list", "town.gpkg"]);
    assert_eq!(listed["members"].as_array().map(Vec::len), Some(2), "{listed}");

    // Ben, somewhere else.
    let theirs = added["address"].as_str().expect("an address");
    let made = run_as(ben.path(), &["sync", "town.gpkg", theirs]).json();
    assert_eq!((made["made"].as_bool(), made["you"].as_str()), (Some(true), Some("Ben")), "{made}");
    let said = |folder: &Path, key: &str| json(folder, &["info", "town.gpkg"])[key].clone();
    assert_eq!(said(ben.path(), "regions"), said(here, "regions"));
    assert!(config.join("servers").is_dir(), "what is remembered lies beside the preferences");
    label(ben.path(), "town.gpkg", "Ben", "destroyed");
    assert!(run_as(ben.path(), &["sync", "town.gpkg"]).json()["sent"].as_u64() >= Some(1));
    label(here, "town.gpkg", &lead, "no damage");
    let synced = json(here, &["sync", "town.gpkg"]);
    assert!(synced["sent"].as_u64() >= Some(1) && synced["fetched"].as_u64() >= Some(1), "{synced}");
    let by_author = said(here, "by_author");
    assert_eq!((&by_author["Ben"], &by_author[&lead]), (&1.into(), &1.into()), "{by_author}");
    let verified: Value = json(here, &["verify", "town.gpkg"]);
    assert_eq!(verified["violations"], Value::Array(Vec::new()), "{verified}");

    let removed = json(here, &["share", "member", "remove", "town.gpkg", "Ben"]);
    let ben_is = removed["members"].as_array().expect("members").iter().find(|m| m["name"] == "Ben");
    assert_eq!(ben_is.expect("still known")["removed"], true);
    let refused = run(ben.path(), &["sync", "town.gpkg"]);
    assert!(refused.refusal().contains("was removed"), "{}", refused.err);

    // An empty project, made there.
    let other = cluster.database("fresh");
    let address = cluster.address(&other, &other).to_string();
    json(ben.path(), &["new", &address]);
    assert!(ben.path().join(format!("{other}.gpkg")).is_file());
    let taken = run(here, &["share", "town.gpkg", &address, "--author", &lead]);
    assert!(taken.refusal().contains("another project"), "{}", taken.err);
    assert!(!text(ben.path()).is_empty());
}
