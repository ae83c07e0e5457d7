//! Bundles that come back: as they should, twice, late, of another project, newer, and as somebody would forge them.

use std::collections::BTreeMap;
use std::sync::Arc;

use project::review::{Stage, Verdict, Vote};
use project::{Author, Change, ClassCode, Edit, GeometrySource, Label, Project, Region, RegionId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    BundleOrigin, BundleWriter, Header, Take, TakeError, TakeOptions, VotesFile, bundle_header, plan_take,
};
use crate::testing::{ids, layer, project};

const PROJECT: &str = "11111111-2222-3333-4444-555555555555";
const NOW: i64 = 1_700_000_100_000;

/// So many regions, each labelled `destroyed` by Ana; Ben and Cy have voted on nothing and are known by labels of their own.
pub(super) fn town(count: usize) -> (Project, Vec<RegionId>) {
    let (mut project, _) = project(&layer());
    let (mut ids, mut cases) = (ids(), Vec::new());
    for i in 0..count + 2 {
        let id = ids.region();
        let x = 500_000.0 + 10.0 * i as f64;
        let square = geo::Rect::new((x, 4_099_980.0), (x + 5.0, 4_099_990.0)).to_polygon();
        let region = Region {
            geometry: square.into(),
            layer: None,
            source: GeometrySource::custom(),
            source_id: Some(format!("house-{i}")),
            attributes: BTreeMap::new(),
        };
        project.apply(&Edit::Region(Change::create(id, Arc::new(region)))).expect("applies");
        let author = ["Ben", "Cy"].get(i.wrapping_sub(count)).copied().unwrap_or("Ana");
        let label = Label {
            region: id,
            class: ClassCode::new("destroyed"),
            author: Author::new(author),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        project.apply(&Edit::Label(Change::create(ids.label(), label))).expect("applies");
        cases.push(id);
    }
    cases.truncate(count);
    (project, cases)
}

fn origin() -> BundleOrigin {
    BundleOrigin {
        project: PROJECT.into(),
        name: "Town".into(),
        journal_seq: 9,
        journal_hash: "ab".repeat(32),
        made_at_ms: NOW - 1000,
    }
}

pub(super) fn header(project: &Project, cases: &[RegionId], stage: Stage) -> Header {
    bundle_header(project, cases, &Author::new("Ben"), stage, origin()).expect("a bundle")
}

fn line(case: RegionId, verdict: &str, class: &str) -> Value {
    let mut line =
        json!({ "case": case, "verdict": verdict, "note": "", "seconds": 2.5, "at_ms": NOW - 500 });
    if !class.is_empty() {
        line["class"] = json!(class);
    }
    line
}

fn file(header: &Header, votes: &[Value]) -> Vec<u8> {
    let file = json!({ "format": "orthoscope-votes", "version": 1, "bundle": header.text(), "key": "", "signature": "", "votes": votes });
    serde_json::to_vec(&file).expect("JSON")
}

fn take_with(project: &Project, bytes: &[u8], replace: bool) -> Result<Take, TakeError> {
    let file = VotesFile::parse(bytes)?;
    plan_take(project, PROJECT, &file, TakeOptions { replace, now_ms: NOW }, &mut ids())
}

pub(super) fn take(project: &Project, bytes: &[u8]) -> Result<Take, TakeError> {
    take_with(project, bytes, false)
}

fn record(project: &mut Project, take: &Take) {
    for vote in &take.votes {
        project.record_vote(vote.clone()).expect("recorded");
    }
}

fn cast(project: &mut Project, case: RegionId, member: &str, class: &str) {
    let vote = Vote {
        id: ids().vote(),
        case,
        member: Author::new(member),
        stage: Stage::Two,
        verdict: Verdict::Edit,
        class: Some(ClassCode::new(class)),
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: Some(NOW - 700),
        shape: None,
        seal: None,
    };
    project.record_vote(vote).expect("recorded");
}

fn reasons(take: &Take) -> String {
    let lines: Vec<String> = take.rejected.iter().map(|one| format!("{:?} {}", one.at, one.reason)).collect();
    lines.join("\n")
}

#[test]
fn votes_come_back_once_and_taking_them_again_changes_nothing() {
    let (mut project, cases) = town(4);
    let one = header(&project, &cases, Stage::One);
    assert!(one.cases.iter().all(|case| case.label.as_ref().is_some_and(|l| l.as_str() == "destroyed")));
    let bytes = file(
        &one,
        &[
            line(cases[0], "accept", ""),
            line(cases[1], "edit", "minor damage"),
            line(cases[2], "edit", "destroyed"),
            line(cases[3], "bad_imagery", ""),
        ],
    );
    let first = take(&project, &bytes).expect("taken");
    let said: Vec<_> =
        first.votes.iter().map(|v| (v.verdict, v.class.as_ref().map(ClassCode::as_str))).collect();
    assert_eq!(
        said,
        [
            (Verdict::Accept, Some("destroyed")),
            (Verdict::Edit, Some("minor damage")),
            (Verdict::Accept, Some("destroyed")),
            (Verdict::BadImagery, None)
        ]
    );
    assert!(
        first
            .votes
            .iter()
            .all(|v| v.member.name() == "Ben" && v.stage == Stage::One && v.at_ms == Some(NOW - 500))
    );
    record(&mut project, &first);
    let again = take(&project, &bytes).expect("read");
    assert_eq!((again.votes.len(), again.unchanged, again.rejected.len()), (0, 4, 0));
}

#[test]
fn a_committees_bundle_has_no_label_and_nothing_of_any_vote() {
    let (mut project, cases) = town(2);
    cast(&mut project, cases[0], "Cy", "no damage");
    let two = header(&project, &cases, Stage::Two);
    let text = two.text();
    assert!(two.cases.iter().all(|case| case.label.is_none()));
    assert!(!text.contains("Cy") && !text.contains("Ana"), "{text}");
    // Nor does it depend on one: with other votes it is the same to the byte.
    let (_, before) = (&project, text);
    cast(&mut project, cases[0], "Dee", "destroyed");
    assert_eq!(header(&project, &cases, Stage::Two).text(), before);
    let refused = take(&project, &file(&two, &[line(cases[1], "accept", "")])).expect("read");
    assert!(reasons(&refused).contains("no label to accept"), "{}", reasons(&refused));
}

#[test]
fn two_verdicts_closed_and_unknown_cases_are_named_and_nothing_counts_twice() {
    let (mut project, cases) = town(6);
    let two = header(&project, &cases[..5], Stage::Two);
    cast(&mut project, cases[0], "Ben", "minor damage");
    for member in ["Cy", "Dee", "Eva"] {
        cast(&mut project, cases[1], member, "destroyed");
    }
    let mut line_of_note = line(cases[4], "edit", "destroyed");
    line_of_note["note"] = json!("x".repeat(5_000));
    let bytes = file(
        &two,
        &[
            line(cases[0], "edit", "destroyed"),
            line(cases[1], "edit", "destroyed"),
            line(cases[2], "edit", "destroyed"),
            line(cases[2], "edit", "minor damage"),
            line(cases[3], "edit", "melted"),
            line(cases[5], "edit", "destroyed"),
            line_of_note,
            line(ids().region(), "edit", "destroyed"),
            json!({ "case": "../../etc/passwd", "verdict": "edit" }),
            json!({ "case": cases[3], "verdict": "edit", "class": 7 }),
            json!({ "case": cases[3], "verdict": "edit", "member": "Ana" }),
            json!("votes"),
        ],
    );
    let taken = take(&project, &bytes).expect("read");
    let why = reasons(&taken);
    assert!(taken.votes.is_empty(), "{:?}", taken.votes);
    for part in [
        "Line(1) Ben has given another verdict",
        "Line(2) its committee was complete before",
        "Line(3) Ben gives two verdicts",
        "Line(4) Ben gives two verdicts",
        "Line(5) `melted` is not a class",
        "was not in the bundle",
        "longer than 4000",
        "`../../etc/passwd` is no case",
        "it is no vote",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    // Where it is meant so, the file's word supersedes.
    let replaced =
        take_with(&project, &file(&two, &[line(cases[0], "edit", "destroyed")]), true).expect("read");
    assert_eq!(replaced.votes.len(), 1);
    record(&mut project, &replaced);
    assert_eq!(project.committee_members(cases[0]).len(), 1, "one member, one vote");
    // The same said twice in a file is said once.
    let same = vec![line(cases[2], "edit", "destroyed"), line(cases[2], "edit", "destroyed")];
    assert_eq!(take(&project, &file(&two, &same)).expect("read").votes.len(), 1);
}

#[test]
fn a_case_that_is_gone_and_a_shape_that_moved_are_named() {
    let (mut project, cases) = town(2);
    let two = header(&project, &cases, Stage::Two);
    let region = |project: &Project, case| Arc::clone(project.region(case).expect("there"));
    let label =
        project.labels().iter().find(|(_, l)| l.region == cases[0]).map(|(id, l)| (*id, Arc::clone(l)));
    let (label_id, label) = label.expect("labelled");
    project.apply(&Edit::Label(Change::delete(label_id, label))).expect("applies");
    let gone = region(&project, cases[0]);
    project.apply(&Edit::Region(Change::delete(cases[0], gone))).expect("applies");
    let before = region(&project, cases[1]);
    let square = geo::Rect::new((500_100.0, 4_099_980.0), (500_105.0, 4_099_990.0)).to_polygon();
    let after = Arc::new(Region { geometry: square.into(), ..(*before).clone() });
    project.apply(&Edit::Region(Change::replace(cases[1], before, after))).expect("applies");
    let votes = vec![line(cases[0], "edit", "destroyed"), line(cases[1], "edit", "destroyed")];
    let taken = take(&project, &file(&two, &votes)).expect("read");
    assert!(reasons(&taken).contains("not a region of the project any more"), "{}", reasons(&taken));
    assert_eq!(taken.votes.len(), 1);
    assert!(taken.warnings.iter().any(|text| text.contains("1 cases were changed")), "{:?}", taken.warnings);
}

#[test]
fn files_of_others_are_refused_by_name() {
    let (project, cases) = town(2);
    let own = header(&project, &cases, Stage::Two);
    let votes = || vec![line(cases[0], "edit", "destroyed")];
    let refused = |header: &Header| take(&project, &file(header, &votes())).expect_err("refused");
    let other = Header { project: "9".into(), name: "Elsewhere".into(), ..own.clone() };
    assert_eq!(refused(&other), TakeError::OtherProject("Elsewhere".into()));
    let newer = Header { version: 2, ..own.clone() };
    assert_eq!(refused(&newer), TakeError::Newer(2));
    let unknown = Header { member: Author::new("Zoe"), ..own.clone() };
    assert_eq!(refused(&unknown), TakeError::UnknownMember("Zoe".into()));
    let lead = Header { stage: Stage::Lead, ..own.clone() };
    assert_eq!(refused(&lead), TakeError::Stage);
    let mut text: Value = serde_json::from_slice(&file(&own, &votes())).expect("JSON");
    text["version"] = json!(7);
    let newer = serde_json::to_vec(&text).expect("JSON");
    assert_eq!(take(&project, &newer).expect_err("newer"), TakeError::Newer(7));
    for wrong in [
        &b""[..],
        b"{}",
        b"[]",
        b"null",
        b"case,member\n",
        b"{\"format\":\"orthoscope-votes\",\"version\":1,\"bundle\":\"\",\"votes\":[]}",
        b"{\"format\":\"orthoscope-votes\",\"version\":1,\"bundle\":\"{}\",\"votes\":{}}",
        b"{\"format\":\"orthoscope-votes\",\"version\":-1,\"bundle\":\"{}\",\"votes\":[]}",
        b"\xFF\xFE\x00",
    ] {
        let error = take(&project, wrong).expect_err("refused");
        assert!(matches!(error, TakeError::NotVotes(_)), "{error}");
    }
    let deep = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    assert!(matches!(take(&project, &deep), Err(TakeError::NotVotes(_))), "nothing is built that deep");
    for (member, part) in [("Zoe", "does not know"), ("model:unet", "named member"), ("", "named member")] {
        let error =
            bundle_header(&project, &cases, &Author::new(member), Stage::Two, origin()).expect_err(member);
        assert!(error.contains(part), "{error}");
    }
    let none = bundle_header(&project, &[], &Author::new("Ben"), Stage::Two, origin()).expect_err("nothing");
    assert!(none.contains("no case"), "{none}");
}

#[test]
fn a_bundle_is_whole_or_absent_and_its_page_holds_what_it_was_given() {
    let folder = tempfile::tempdir().expect("folder");
    let (project, cases) = town(2);
    let mut two = header(&project, &cases, Stage::Two);
    two.name = "</script><b>Town\u{2028}".into();
    let target = folder.path().join("for Ben");
    let mut writer = BundleWriter::new(&target).expect("begun");
    writer.card(0, b"a card").expect("kept");
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).expect("read").count(), 0, "what is given up leaves nothing");
    let mut writer = BundleWriter::new(&target).expect("begun");
    for place in 0..2 {
        writer.card(place, b"a card").expect("kept");
    }
    writer.finish(&two, "key", "signature").expect("written");
    let page = std::fs::read_to_string(target.join("index.html")).expect("page");
    assert_eq!(page.matches("</script>").count(), 1, "no words of a project end the script");
    assert!(page.contains("cards/0002.jpg") && !page.contains("/*BUNDLE*/") && !page.contains('\u{2028}'));
    for away in ["http:", "https:", "fetch(", "XMLHttpRequest", "WebSocket", "import(", "<link"] {
        assert!(!page.contains(away), "the page reaches out by {away}");
    }
    let about: Value =
        serde_json::from_slice(&std::fs::read(target.join("bundle.json")).expect("read")).expect("JSON");
    assert_eq!(about["cards"].as_array().map(Vec::len), Some(2));
    assert_eq!(about["header"]["journal_seq"], 9);
    BundleWriter::new(&target).expect_err("it is there already");
}

proptest! {
    #[test]
    fn no_cut_and_no_changed_byte_makes_it_panic_or_vote_for_another(cut in 0..4000usize, at in 0..4000usize, byte: u8) {
        let (project, cases) = town(3);
        let two = header(&project, &cases, Stage::Two);
        let votes: Vec<Value> = cases.iter().map(|case| line(*case, "edit", "destroyed")).collect();
        let whole = file(&two, &votes);
        let short = &whole[..cut.min(whole.len())];
        prop_assert!(short.len() == whole.len() || take(&project, short).is_err());
        let mut changed = whole.clone();
        let at = at % changed.len();
        changed[at] = byte;
        if let Ok(taken) = take(&project, &changed) {
            prop_assert!(taken.votes.iter().all(|vote| vote.member.name() == "Ben" || vote.member.name() == "Cy"));
            prop_assert!(taken.votes.len() <= 3);
        }
    }
}
