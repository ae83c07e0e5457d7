//! The grid of cards: chosen by key and by click, judged together, in any order, and as blind as the card.

use editing::{Command, ReviewCommand, ViewCommand, Workspace};
use egui::{Key, Modifiers};
use project::review::{ReviewState, Stage, Verdict, Vote};
use project::{Author, ClassCode, RegionId};

use super::likeness;
use super::window::Window;
use crate::cards::Sort;
use crate::review::ReviewAsk;

impl Window {
    /// The grid of what waits for a member at stage 1 or 2.
    fn grid(&mut self, member: &str, stage: Stage) {
        self.program().state.preferences.author = member.to_owned();
        self.program().run(Command::View(ViewCommand::Show(Workspace::Review)));
        self.program().carry_out(crate::outbox::Ask::Review(ReviewAsk::Stage(stage)));
        self.settle();
        self.program().run(Command::Review(ReviewCommand::Grid));
        self.settle();
    }

    fn chosen(&mut self) -> usize {
        self.program().state.review.grid.chosen.len()
    }

    fn shown_case(&mut self, place: usize) -> RegionId {
        self.program().state.review.at(place).expect("a card")
    }

    fn by(&mut self, member: &str) -> Vec<Verdict> {
        let votes = self.content().votes();
        votes.values().filter(|v| v.member.name() == member).map(|v| v.verdict).collect()
    }

    /// A vote that another member cast.
    fn cast(&mut self, case: RegionId, member: &str, class: &str) {
        let open = self.program().state.project.as_mut().expect("a project");
        let vote = Vote {
            id: open.session.ids(1).vote(),
            case,
            member: Author::new(member),
            stage: Stage::Two,
            verdict: Verdict::Edit,
            class: Some(ClassCode::new(class)),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: Some(1),
            shape: None,
            seal: None,
        };
        let touched = open.session.vote(1, vote).expect("cast");
        self.program().after(&touched);
        self.settle();
    }
}

#[test]
fn several_cards_are_chosen_and_judged_by_one_key() {
    let mut window = Window::with_labels(6);
    window.grid("Ben", Stage::One);
    window.expect("Card 1: No damage");
    window.expect("Card 6: No damage");
    window.click("Card 2: No damage");
    assert_eq!(window.chosen(), 1);
    window.press_with(Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(window.chosen(), 2);
    assert!(window.reads("Your verdict goes to 2 cards."));
    window.press(Key::Num4);
    assert_eq!(window.by("Ben"), [Verdict::Edit, Verdict::Edit]);
    assert_eq!(window.chosen(), 0);
    assert_eq!(window.program().state.review.count(), 4, "what is judged leaves the grid");
    // What stands where they stood is next, and is judged alone.
    window.press(Key::A);
    assert_eq!(window.by("Ben").len(), 3);
    let states: Vec<ReviewState> = {
        let project = window.content();
        project.regions().keys().map(|id| project.outcome(*id).state).collect()
    };
    assert_eq!(states.iter().filter(|s| **s == ReviewState::Disputed).count(), 2);
    assert_eq!(states.iter().filter(|s| **s == ReviewState::Agreed).count(), 1);
    assert!(window.content().votes().values().all(|v| v.seconds.is_none() || v.verdict == Verdict::Accept));
}

#[test]
fn arrows_go_space_chooses_enter_opens_and_escape_lets_go() {
    let mut window = Window::with_labels(5);
    window.grid("Ben", Stage::One);
    let (first, second) = (window.shown_case(0), window.shown_case(1));
    assert_eq!(window.program().state.review.case(), Some(first));
    window.press(Key::ArrowRight);
    assert_eq!(window.program().state.review.case(), Some(second));
    window.press(Key::Space);
    assert_eq!(window.chosen(), 1);
    window.press(Key::Escape);
    assert_eq!(window.chosen(), 0);
    window.press(Key::Enter);
    assert!(!window.program().state.review.grid.open);
    assert_eq!(window.program().state.review.case(), Some(second));
    window.expect("Stage 1 · your verdict on Ana’s label");
    window.click("Grid");
    assert!(window.program().state.review.grid.open);
}

#[test]
fn a_reason_is_asked_once_for_all_and_own_labels_are_left_out() {
    let mut window = Window::with_labels(3);
    window.grid("Ben", Stage::One);
    window.click("Card 1: No damage");
    for _ in 0..2 {
        window.press_with(Modifiers::SHIFT, Key::ArrowRight);
    }
    assert_eq!(window.chosen(), 3);
    window.press(Key::R);
    window.expect("Why is it rejected?");
    window.press(Key::Num1);
    assert_eq!(window.by("Ben"), [Verdict::Reject; 3]);
    assert!(window.content().votes().values().all(|v| v.note == "The outline does not fit the object"));
}

#[test]
fn cards_are_put_in_order_beside_the_window_and_stay_so_while_one_judges() {
    let mut window = Window::with_labels(4);
    window.grid("Ben", Stage::One);
    for sort in Sort::ALL {
        window
            .program()
            .carry_out(crate::outbox::Ask::Review(ReviewAsk::Grid(crate::cards::GridAsk::Sort(sort))));
        window.settle();
        let desk = &window.program().state.review;
        assert!(!desk.is_sorting(), "{sort:?}");
        assert_eq!(desk.count(), 4, "{sort:?}");
    }
    let before: Vec<RegionId> = (0..4).map(|place| window.shown_case(place)).collect();
    window.click("Card 1: No damage");
    window.press(Key::A);
    window.settle();
    let after: Vec<RegionId> = (0..3).map(|place| window.shown_case(place)).collect();
    assert_eq!(after, before[1..]);
}

#[test]
fn the_grid_of_a_committee_shows_nothing_of_votes_but_ones_own() {
    let mut window = Window::with_labels(2);
    let cases: Vec<RegionId> = window.content().regions().keys().copied().collect();
    for case in &cases {
        window.cast(*case, "Cem", "destroyed");
    }
    window.grid("Dia", Stage::Two);
    window.expect("Card 1: No damage");
    assert!(!window.reads("Cem"), "who voted on an open case is on the screen");
    window.click("Card 1: No damage");
    window.press_with(Modifiers::SHIFT, Key::ArrowRight);
    window.press(Key::Num3);
    assert_eq!(window.by("Dia").len(), 2);
    assert_eq!(window.content().outcome(cases[0]).state, ReviewState::StageTwo, "it is still voting");
    assert!(!window.reads("Cem"));
}

#[test]
fn what_looks_most_like_a_card_stands_first_and_stays_so_while_one_judges() {
    let (mut window, ids) = likeness::town();
    window.program().state.preferences.author = "Ana".to_owned();
    window.label_everything("no damage");
    window.grid("Ben", Stage::One);
    let red: Vec<RegionId> =
        ids.iter().zip(0..).filter(|(_, cell)| likeness::is_red(*cell)).map(|(id, _)| *id).collect();
    let sort = |sort| crate::outbox::Ask::Review(ReviewAsk::Grid(crate::cards::GridAsk::Sort(sort)));
    window.program().carry_out(crate::outbox::Ask::Review(ReviewAsk::Show(red[3])));
    window.program().carry_out(sort(Sort::Alike));
    window.settle();
    let shown = |w: &mut Window, count: usize| (0..count).map(|at| w.shown_case(at)).collect::<Vec<_>>();
    let first = shown(&mut window, red.len());
    assert_eq!(first[0], red[3], "itself");
    assert!(first.iter().all(|id| red.contains(id)), "those of its kind before all others");
    assert_eq!(window.program().state.review.count(), ids.len());
    window.click("Card 2: No damage");
    window.press(Key::A);
    window.settle();
    let after = shown(&mut window, red.len() - 1);
    let left: Vec<RegionId> =
        first.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, id)| *id).collect();
    assert_eq!(after, left);
    // Another card is compared with when the order is asked for again.
    let blue = window.shown_case(ids.len() - 2);
    window.program().carry_out(crate::outbox::Ask::Review(ReviewAsk::Show(blue)));
    window.program().carry_out(sort(Sort::Alike));
    window.settle();
    assert_eq!(window.shown_case(0), blue);
    assert!(!red.contains(&window.shown_case(1)));
}
