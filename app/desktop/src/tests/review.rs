//! Review by keyboard and by click: stage one, dispute, blind committee, agreement.

use editing::{Command, ViewCommand, Workspace};
use egui::Key;
use project::review::{ReviewState, Stage, Verdict};

use super::likeness;
use super::window::Window;
use crate::review::List;

impl Window {
    fn review(&mut self) {
        self.program().run(Command::View(ViewCommand::Show(Workspace::Review)));
        self.settle();
    }

    /// Switches the member by the chip of the top bar.
    #[track_caller]
    fn become_member(&mut self, name: &str) {
        let present = self.program().state.author();
        self.click(&format!("Member: {present}"));
        self.write("Another name", name);
        self.click("Switch");
        assert_eq!(self.program().state.author().name(), name);
        // Another member's queue is gathered anew.
        self.settle();
    }

    fn states(&mut self) -> Vec<ReviewState> {
        let project = self.content();
        project.regions().keys().map(|id| project.outcome(*id).state).collect()
    }

    fn waiting(&mut self) -> usize {
        self.program().state.review.survey.as_ref().map_or(0, |s| s.list(List::Waiting).len())
    }
}

#[test]
fn own_labels_do_not_wait_for_review_and_the_empty_card_says_what_to_do() {
    let mut window = Window::with_labels(2);
    window.review();
    window.expect("Nothing waits for Ana");
    assert!(window.reads("Switch the member at the top right"));
    window.become_member("Ben");
    assert_eq!(window.waiting(), 2);
    window.expect("Stage 1 · your verdict on Ana’s label");
}

#[test]
fn stage_one_is_judged_by_key_and_by_click_and_goes_on_by_itself() {
    let mut window = Window::with_labels(3);
    window.review();
    window.become_member("Ben");
    window.press(Key::A);
    assert_eq!(window.waiting(), 2);
    window.click("Destroyed");
    assert_eq!(window.waiting(), 1);
    // The reason is chosen by its digit, and no key reaches what is under the question.
    window.press(Key::R);
    window.expect("Why is it rejected?");
    window.press(Key::Num1);
    assert_eq!(window.waiting(), 0);
    window.expect("Nothing waits for Ben");
    assert_eq!(window.states(), [ReviewState::Agreed, ReviewState::Disputed, ReviewState::Disputed]);
    let votes: Vec<_> = window.content().votes().values().cloned().collect();
    assert_eq!(
        votes.iter().map(|v| v.verdict).collect::<Vec<_>>(),
        [Verdict::Accept, Verdict::Edit, Verdict::Reject]
    );
    assert!(votes.iter().all(|v| v.member.name() == "Ben" && v.stage == Stage::One && v.seconds.is_some()));
    assert_eq!(votes[1].class.as_ref().map(project::ClassCode::as_str), Some("destroyed"));
    assert_eq!(votes[2].note, "The outline does not fit the object");
}

#[test]
fn escape_leaves_the_question_and_casts_nothing() {
    let mut window = Window::with_labels(1);
    window.review();
    window.become_member("Ben");
    window.press(Key::R);
    window.expect("Why is it rejected?");
    window.press(Key::Escape);
    assert!(!window.sees("Why is it rejected?"));
    assert!(window.content().votes().is_empty());
    // Digits vote for a class, though never for two things at once.
    window.press(Key::Num5);
    assert_eq!(window.content().votes().len(), 1);
}

#[test]
fn committee_votes_are_sealed_on_screen_until_the_committee_is_complete() {
    let mut window = Window::with_labels(1);
    window.review();
    window.become_member("Ben");
    window.click("Destroyed");
    window.click("Stage 2");
    window.become_member("Cem");
    window.expect("Stage 2, blind · 0 of 3 votes");
    window.click("Destroyed");
    window.become_member("Dia");
    window.expect("Stage 2, blind · 1 of 3 votes");
    window.expect("1 vote is sealed until the committee is complete");
    assert!(!window.sees("Cem"), "the name of a sealed vote is on screen");
    window.click("Destroyed");
    window.become_member("Eva");
    window.expect("2 votes are sealed until the committee is complete");
    window.click("Major damage");
    window.expect("Review is complete");
    // Now the votes are open to whoever looks.
    window.click("Voted 1");
    window.expect("Stage 2 · the committee is complete: accepted by the committee");
    assert!(!window.reads("sealed"));
    for name in ["Cem", "Dia", "Eva"] {
        window.expect(name);
    }
    assert_eq!(window.states(), [ReviewState::Accepted]);
}

#[test]
fn a_new_vote_supersedes_and_both_are_kept() {
    let mut window = Window::with_labels(1);
    window.review();
    window.become_member("Ben");
    window.click("Destroyed");
    window.click("Voted 1");
    window.expect("Stage 1 · you have judged Ana’s label; a new verdict supersedes yours");
    window.press(Key::A);
    assert_eq!(window.content().votes().len(), 2);
    assert_eq!(window.states(), [ReviewState::Agreed]);
    assert!(window.reads("superseded"));
}

#[test]
fn agreement_is_one_number_with_its_interval() {
    let mut window = Window::with_labels(4);
    window.review();
    window.become_member("Ben");
    assert!(window.reads("Agreement: no committee is complete yet"));
    for _ in 0..4 {
        window.click("Destroyed");
    }
    window.click("Stage 2");
    for (member, keys) in [
        ("Cem", [Key::Num4, Key::Num4, Key::Num3, Key::Num2]),
        ("Dia", [Key::Num4, Key::Num4, Key::Num3, Key::Num2]),
        ("Eva", [Key::Num4, Key::Num3, Key::Num3, Key::Num2]),
    ] {
        window.become_member(member);
        for key in keys {
            window.press(key);
        }
    }
    assert!(window.reads("Agreement α 0."), "no α in the header");
    window.click("Agreement");
    assert!(window.reads("Fleiss κ"));
    let shown = window.program().state.review.figures.clone().expect("figures");
    assert_eq!((shown.blind.cases, shown.blind.votes, shown.blind.members), (4, 12, 3));
    assert!((shown.blind.percent.expect("defined") - 100.0 * 20.0 / 24.0).abs() < 1e-9);
    let ([low, high], (alpha, name)) = (shown.interval().expect("interval"), shown.alpha().expect("α"));
    assert!(low <= alpha && alpha <= high && name == "ordinal", "{low} {alpha} {high} {name}");
}

#[test]
fn the_agreement_panel_tells_nothing_of_an_open_committee_and_follows_the_vote_that_completes_it() {
    let mut window = Window::with_labels(2);
    window.review();
    window.become_member("Ben");
    window.click("Destroyed");
    window.click("Destroyed");
    window.click("Stage 2");
    window.program().show_pane(editing::Pane::Agreement);
    for member in ["Cem", "Dia"] {
        window.become_member(member);
        window.click("Destroyed");
        window.click("Destroyed");
        window.become_member("Ana");
        window.expect("No case has its whole committee yet. Numbers stand here when the first one does.");
        assert!(!window.sees(member), "the name of who voted on an open case is in the panel");
        let figures = window.program().state.review.figures.clone().expect("figures");
        assert_eq!((figures.blind.votes, figures.course.len()), (0, 0));
        assert!(figures.refined.reliability.is_empty());
        assert!(figures.refined.throughput.iter().all(|one| one.member.name() != member));
    }
    window.become_member("Eva");
    window.click("Major damage");
    // Taken in at once, before any job has counted anew.
    let figures = window.program().state.review.figures.clone().expect("figures");
    assert_eq!((figures.blind.cases, figures.blind.votes), (1, 3));
    window.settle();
    assert!(window.reads("Member reliability") && window.reads("Who sees what for what"));
}

#[test]
fn an_outline_for_the_case_is_drawn_once_and_esc_gives_it_up() {
    let mut window = Window::with_labels(2);
    window.review();
    window.become_member("Ben");
    let draw = |window: &mut Window| {
        window.press(Key::O);
        assert!(window.program().state.committee.drawing.is_some());
        assert_eq!(window.program().state.workspace, Workspace::Annotate);
    };
    draw(&mut window);
    window.press(Key::Escape);
    assert_eq!(window.program().state.committee.drawing, None);

    window.review();
    draw(&mut window);
    let case = window.program().state.committee.drawing.expect("a case");
    for (x, y) in [(500.0, 300.0), (600.0, 300.0), (600.0, 400.0)] {
        window.press_at(egui::pos2(x, y));
    }
    window.press(Key::Enter);
    window.settle();
    assert_eq!(window.program().state.workspace, Workspace::Review);
    assert!(window.program().state.committee.outline_of(case).is_some());
    assert_eq!(window.content().regions().len(), 2, "no region was made of it");
    window.press(Key::A);
    window.settle();
    let votes: Vec<_> = window.content().votes().values().cloned().collect();
    assert_eq!(votes.len(), 1);
    assert!(votes[0].shape.is_some(), "it went with the verdict");
}

#[test]
fn what_nobody_can_tell_goes_to_the_committee_and_says_so() {
    let mut window = Window::with_labels(2);
    window.review();
    window.become_member("Ben");
    window.press(Key::U);
    window.settle();
    assert_eq!(window.states().iter().filter(|state| **state == ReviewState::Disputed).count(), 1);
}

#[test]
fn the_card_says_what_the_object_measures_what_models_say_of_every_class_and_what_its_pixels_are_like() {
    let (mut window, ids) = likeness::town();
    window.program().state.preferences.author = "Ana".to_owned();
    window.label_everything("no damage");
    let open = window.program().state.project.as_mut().expect("open");
    let id = open.session.ids(1).label();
    let said = project::Label {
        region: ids[1],
        class: project::ClassCode::new("destroyed"),
        author: project::Author::new("model:unet"),
        confidence: Some(0.81),
        note: "destroyed 0.81, major damage 0.19".to_owned(),
        seconds: None,
        at_ms: None,
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    };
    assert!(window.program().apply(project::Edit::Label(project::Change::create(id, said))));
    window.resize(1280.0, 1600.0);
    window.review();
    window.become_member("Ben");
    window.program().carry_out(crate::outbox::Ask::Review(crate::review::ReviewAsk::Show(ids[1])));
    window.until("the pixels are read", |p| {
        p.state.review.means.as_ref().is_some_and(|means| Some(means.case) == p.state.review.case())
    });
    window.settle();
    let means = window.program().state.review.means.clone().expect("read");
    let [layer] = &means.layers[..] else { panic!("one layer: {means:?}") };
    // A red ribbed roof of 16 × 16 pixels, half of each shade.
    assert_eq!((layer.pixels, layer.values.clone()), (256, vec![170.0, 70.0, 60.0]));
    assert!(window.reads("mean of 256 pixels"));
    assert!(window.reads("Perimeter"));
    window.expect("model:unet");
    assert!(window.reads("81"));
    assert!(window.reads("19"));
    // The next one is read anew.
    window.program().carry_out(crate::outbox::Ask::Review(crate::review::ReviewAsk::Show(ids[2])));
    window.until("the next is read", |p| p.state.review.means.as_ref().is_some_and(|m| m.case == ids[2]));
    let blue = &window.program().state.review.means.as_ref().expect("read").layers[0];
    assert_eq!(blue.values, [70.0, 90.0, 180.0]);
}
