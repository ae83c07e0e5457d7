//! Cards that leave the window: printed, bundled, and the votes that come back; work of kept lists with known cases.

use std::path::Path;

use editing::{Command, Pane, ReviewCommand, ViewCommand, Workspace};
use project::Author;
use project::review::Stage;
use serde_json::{Value, json};

use super::window::Window;
use crate::outbox::Ask;
use crate::paper_draft::{Kind, Of};
use crate::review::ReviewAsk;
use crate::work::Purpose;

impl Window {
    fn at_stage(&mut self, stage: Stage) {
        self.program().run(Command::View(ViewCommand::Show(Workspace::Review)));
        self.program().carry_out(Ask::Review(ReviewAsk::Stage(stage)));
        self.settle();
    }

    fn made(&mut self) {
        self.until("it is made", |p| p.state.paper.is_none());
        self.settle();
    }
}

/// What a bundle's page was given, and what it would save.
fn saved(bundle: &Path, votes: &Value) -> String {
    let page = std::fs::read_to_string(bundle.join("index.html")).expect("the page");
    let (_, rest) = page.split_once("const given = ").expect("a place");
    let (given, _) = rest.split_once(";\nconst header").expect("its end");
    let given: Value = serde_json::from_str(given).expect("JSON");
    json!({
        "format": "orthoscope-votes", "version": 1, "bundle": given["header"], "key": given["key"],
        "signature": given["signature"], "votes": votes,
    })
    .to_string()
}

#[test]
fn the_report_is_saved_from_the_window_in_the_form_that_its_name_asks_for() {
    let mut window = Window::with_labels(3);
    window.at_stage(Stage::One);
    window.program().carry_out(Ask::ShowPane(Pane::Agreement));
    window.settle();
    window.expect("Save report…");
    let [pdf, html, odd] = ["review.pdf", "review.html", "review.doc"].map(|name| window.folder().join(name));
    for path in [&pdf, &html, &odd] {
        window.program().chosen(Purpose::Report, vec![path.clone()]);
        window.settle();
    }
    let bytes = std::fs::read(&pdf).expect("a PDF");
    assert!(bytes.starts_with(b"%PDF-") && String::from_utf8_lossy(&bytes).contains("/Title (Methods)"));
    assert!(std::fs::read_to_string(&html).expect("a page").contains("<h2>Where the cases stand</h2>"));
    assert!(!odd.exists() && window.reads("ends in neither .pdf nor .html"));
}

#[test]
fn cards_are_printed_from_the_window_blind_unless_asked_otherwise() {
    let mut window = Window::with_labels(3);
    window.at_stage(Stage::One);
    window.program().run(Command::Review(ReviewCommand::Print));
    window.settle();
    window.expect("Print cards");
    assert!(window.reads("Blind: nothing of labels or votes"));
    let path = window.folder().join("cards.pdf");
    let draft = window.program().state.paper.clone().expect("a dialog");
    assert_eq!((draft.kind, Path::new(&draft.path)), (Kind::Sheet, path.as_path()));
    window.press(egui::Key::Escape);
    assert!(window.program().state.paper.is_none() && !path.exists());
    window.program().run(Command::Review(ReviewCommand::Print));
    window.settle();
    window.click_what_begins("Every case");
    window.click("Print");
    window.made();
    assert!(std::fs::read(&path).expect("a PDF").starts_with(b"%PDF-"));
}

#[test]
fn a_bundle_goes_out_of_the_window_and_its_votes_come_back_once() {
    let config = tempfile::tempdir().expect("folder");
    let mut window = Window::remembering(2, config.path());
    // Somebody whom the project knows.
    window.program().state.preferences.author = "Ben".into();
    window.at_stage(Stage::One);
    window.press(egui::Key::A);
    window.program().state.preferences.author = "Ana".into();
    window.at_stage(Stage::One);
    window.program().run(Command::Review(ReviewCommand::Bundle));
    window.settle();
    let target = window.folder().join("bundle");
    let mut draft = window.program().state.paper.clone().expect("a dialog");
    draft.member = Some(Author::new("Ben"));
    draft.of = Of::Every;
    window.program().carry_out(Ask::Paper(crate::paper_draft::PaperAsk::Draft(draft)));
    window.settle();
    window.click("Make bundle");
    window.made();
    let cases: Vec<String> = window.content().regions().keys().map(ToString::to_string).collect();
    let votes: Vec<Value> =
        cases.iter().map(|case| json!({ "case": case, "verdict": "edit", "class": "destroyed" })).collect();
    let file = window.folder().join("votes.json");
    std::fs::write(&file, saved(&target, &json!(votes))).expect("written");
    let before = window.content().votes().len();
    for _ in 0..2 {
        window.program().take_votes(file.clone());
        window.settle();
        // One of them Ben has judged otherwise in the window.
        assert_eq!(window.content().votes().len(), before + 1);
    }
    assert!(window.reads("left out"), "{:?}", window.program().state.notices);
    std::fs::write(&file, "{}").expect("written");
    window.program().take_votes(file);
    window.settle();
    assert!(window.reads("cannot be read as votes"));
}

#[test]
fn work_is_handed_out_of_a_kept_list_with_known_cases_in_the_panel() {
    let config = tempfile::tempdir().expect("folder");
    let mut window = Window::remembering(4, config.path());
    let edit = project::keep_list_edit(window.content(), "Whole ones", "class = no damage").expect("an edit");
    window.program().apply(edit);
    window.at_stage(Stage::Two);
    window.program().show_pane(Pane::Work);
    window.settle();
    window.resize(1280.0, 1400.0);
    window.click("Hand out work…");
    let case = *window.content().regions().keys().next().expect("a case");
    let table = window.folder().join("known.csv");
    std::fs::write(&table, format!("case,class\n{case},destroyed\n")).expect("written");
    window.program().read_known(&table);
    let mut form = window.program().state.committee.form.clone().expect("a form");
    assert_eq!(form.known.as_ref().map(|known| known.len()), Some(1));
    form.from = crate::committee::From::List("Whole ones".into());
    form.members = vec![Author::new("Ana")];
    form.times = 1;
    window.program().carry_out(Ask::Committee(crate::committee::CommitteeAsk::Form(Some(form))));
    window.settle();
    assert!(window.reads("1 case with a known answer mixed in"));
    // Somebody who has done nothing here yet can be given work.
    window.write("Somebody else", "Zoe");
    window.click("Add");
    window.settle();
    let form = window.program().state.committee.form.clone().expect("a form");
    assert!(form.members.contains(&Author::new("Zoe")), "{:?}", form.members);
    window.click("Zoe");
    window.click("Hand out");
    window.settle();
    let one = window.content().assignments().values().next().cloned().expect("handed out");
    assert_eq!((one.shares.len(), one.chosen.as_str()), (4, "the list “Whole ones”"));
    let open = window.program().state.project.as_ref().expect("a project");
    assert_eq!(open.session.known().expect("kept").len(), 1, "the answers are kept here");
}

#[test]
fn no_title_of_a_panel_is_out_of_sight_at_1280_and_every_panel_of_review_can_be_read() {
    let mut window = Window::with_labels(2);
    window.at_stage(Stage::One);
    for (pane, part) in [
        (Pane::Work, "Nothing is handed out"),
        (Pane::Remarks, "omment"),
        (Pane::Rules, "review"),
        (Pane::Agreement, "committee"),
    ] {
        window.program().show_pane(pane);
        window.settle();
        assert!(window.reads(part), "{pane:?}");
        let title = window.place(pane.text());
        assert!(title.left() >= 0.0 && title.right() <= 1280.0 - 30.0, "{pane:?}: {title:?}");
    }
    let mut right = 0.0_f32;
    for pane in [Pane::Votes, Pane::Agreement, Pane::Remarks, Pane::Rules] {
        let title = window.place(pane.text());
        assert!(title.left() >= right - 0.5, "{pane:?} lies over the one before");
        right = title.right();
    }
}
