//! Input that cannot be used: one sentence, a hint, and nothing changed.

use std::fs;

use crate::program::{Town, run, text};

fn journal_seq(town: &Town) -> u64 {
    crate::program::json(town.path(), &["info", "town.gpkg"])["journal_seq"].as_u64().expect("a number")
}

#[test]
fn what_cannot_be_used_is_named_and_changes_nothing() {
    let town = Town::new();
    let folder = town.path();
    let write = |name: &str, content: &[u8]| fs::write(folder.join(name), content).expect("file");
    write("empty.tif", b"");
    write("words.tif", b"this is not a TIFF at all");
    write("words.gpkg", b"this is not a database");
    write("broken.geojson", b"{\"type\": \"FeatureCollection\", \"features\": [");
    write("deep.geojson", "[".repeat(200_000).as_bytes());
    write("labels.csv", b"region,class\nnobody,destroyed\n");
    write("classes.csv", b"region,class\nnobody,wet\n");
    write("votes.csv", b"case,member,stage,verdict\nnobody,Ben,one,accept\n");
    write("header.csv", b"a,b\n1,2\n");
    write("schema.toml", b"id = 'x'\nversion = 1\nname = 'X'\nclass = []\n");
    let whole = fs::read(&town.files.post).expect("image");
    write("cut.tif", &whole[..whole.len() / 3]);
    let before = journal_seq(&town);
    let cases: &[&[&str]] = &[
        &["dance"],
        &["info", "missing.tif"],
        &["info", "empty.tif"],
        &["info", "words.tif"],
        &["info", "words.gpkg"],
        &["add", "town.gpkg", "words.tif"],
        &["add", "town.gpkg", "missing.tif"],
        &["import", "town.gpkg", "broken.geojson"],
        &["import", "town.gpkg", "deep.geojson"],
        &["label", "town.gpkg", "--from", "labels.csv", "--author", "Ana"],
        &["label", "town.gpkg", "--from", "classes.csv", "--author", "Ana"],
        &["label", "town.gpkg", "--from", "header.csv", "--author", "Ana"],
        &["vote", "town.gpkg", "--from", "votes.csv"],
        &["new", "other.gpkg", "--schema", "schema.toml"],
        &["new", "other.gpkg", "--schema", "no-such-schema"],
        &["new", "other.txt"],
        &["new", "town.gpkg"],
        &["history", "town.gpkg", "--undo", "999"],
        &["render", "words.tif", "-o", "a.png"],
        &["render", "town.gpkg", "-o", "a.png", "--size", "0x5"],
        &["render", "town.gpkg", "-o", "a.png", "--stretch", "wide"],
        &["export", "town.gpkg", "--format", "geojson", "-o", "out", "--split", "random"],
        &["export", "town.gpkg", "--format", "coco", "-o", "out", "--chip", "1"],
    ];
    for arguments in cases {
        let ran = run(folder, arguments);
        let sentence = ran.refusal();
        assert!(sentence.len() > 12, "{arguments:?}: {sentence}");
        assert!(ran.err.contains("hint: "), "{arguments:?} gives no hint: {}", ran.err);
    }
    assert_eq!(journal_seq(&town), before, "a refusal changed the project");
    for left in ["other.gpkg", "a.png", "out"] {
        assert!(!folder.join(left).exists(), "{left} was left behind");
    }
    let cut = run(folder, &["info", &text(&folder.join("cut.tif"))]);
    assert!(cut.code == 0 || !cut.refusal().is_empty(), "a truncated image is described or refused");
}

#[test]
fn wrong_usage_exits_with_2() {
    let folder = tempfile::tempdir().expect("folder");
    for arguments in
        [&["info"][..], &["render", "a.tif"], &["review", "p.gpkg", "party"], &["export", "p.gpkg"]]
    {
        assert_eq!(run(folder.path(), arguments).code, 2, "{arguments:?}");
    }
}
