//! What review sends back finds its way to whoever labelled it, is read, and goes to review again.

use editing::{Command, EditCommand, ViewCommand, Workspace};
use egui::Key;
use project::review::ReviewState;

use super::window::Window;

impl Window {
    /// Ben rejects the first label with a reason; then Ana looks at her regions.
    fn with_a_returned_region(regions: usize) -> Self {
        let mut window = Self::with_labels(regions);
        window.sign("Ben");
        window.program().run(Command::View(ViewCommand::Show(Workspace::Review)));
        window.settle();
        window.press(Key::R);
        window.press(Key::Num1);
        window.sign("Ana");
        window.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
        window.settle();
        window
    }

    fn sign(&mut self, name: &str) {
        name.clone_into(&mut self.program().state.preferences.author);
        self.settle();
    }

    fn returned(&mut self) -> usize {
        self.program().state.project.as_ref().map_or(0, |open| open.returned.len())
    }

    fn state_of_returned(&mut self) -> Vec<ReviewState> {
        let project = self.content();
        project.regions().keys().map(|id| project.outcome(*id).state).collect()
    }
}

#[test]
fn a_returned_region_is_found_read_and_sent_back_as_it_is() {
    let mut window = Window::with_a_returned_region(3);
    assert_eq!(window.returned(), 1);
    assert_eq!(window.state_of_returned().iter().filter(|s| **s == ReviewState::Disputed).count(), 1);
    window.click("1 region returned to you");
    let here = window.program().state.selection.primary();
    assert!(here.is_some(), "it goes there");
    window.expect("Returned to you by its reviewer");
    assert!(window.reads("The outline does not fit the object"));
    // Next and previous stay with it.
    window.program().run(Command::Edit(EditCommand::NextRegion));
    window.settle();
    assert_eq!(window.program().state.selection.primary(), here);
    window.click("Keep “No damage” and send back");
    assert_eq!(window.returned(), 0);
    assert!(!window.sees("Returned to you by its reviewer"));
    assert_eq!(window.state_of_returned(), [ReviewState::StageOne; 3]);
    // Ben is asked again, and sees that he was answered.
    window.sign("Ben");
    window.program().run(Command::View(ViewCommand::Show(Workspace::Review)));
    window.settle();
    let waiting = window.program().state.review.survey.as_ref().map(|s| s.waiting.len());
    assert_eq!(waiting, Some(3));
    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle();
    assert_eq!(window.state_of_returned().iter().filter(|s| **s == ReviewState::Disputed).count(), 1);
}

#[test]
fn nothing_goes_back_unread() {
    let mut window = Window::with_a_returned_region(2);
    window.program().run(Command::Edit(EditCommand::OnlyReturned));
    window.program().run(Command::View(ViewCommand::TogglePanels));
    window.settle();
    // With the panels hidden from the start, nothing was read; the first key shows the reason.
    let unread = window.program().state.project.as_mut().expect("a project");
    let case = unread.returned.in_order()[0];
    unread.returned.forget_read();
    window.press(Key::Num4);
    assert_eq!(window.content().label_of(case).map(|(_, l)| l.class.to_string()), Some("no damage".into()));
    assert!(window.reads("The outline does not fit the object"), "the reason is told");
    window.press(Key::Num4);
    assert_eq!(window.content().label_of(case).map(|(_, l)| l.class.to_string()), Some("destroyed".into()));
    assert_eq!(window.returned(), 0);
}

#[test]
fn many_at_once_leaves_what_came_back_alone() {
    let mut window = Window::with_a_returned_region(3);
    window.label_everything("destroyed");
    let classes: Vec<String> = window.content().labels().values().map(|l| l.class.to_string()).collect();
    assert_eq!(classes.iter().filter(|class| *class == "no damage").count(), 1, "{classes:?}");
    assert!(window.reads("came back from review and is looked at alone"));
    assert_eq!(window.returned(), 1);
}
