//! The table of regions: found by a condition, sorted, chosen, changed, gone through.

use editing::{Command, EditCommand, FindCommand, Pane, ViewCommand, Workspace};
use egui::Key;
use project::{ClassCode, RegionId};

use super::window::Window;
use crate::finder::FinderAsk;
use crate::outbox::Ask;

const FIELD: &str = "Find regions where";

impl Window {
    fn table(&mut self) {
        self.program().run(Command::View(ViewCommand::Show(Workspace::Annotate)));
        self.program().run(Command::Find(FindCommand::Regions));
        self.settle();
        self.settle();
    }

    /// The regions that the table shows, by their numbers in the order of reading.
    fn listed(&mut self) -> Vec<usize> {
        let open = self.program().state.project.as_ref().expect("a project");
        let order = &open.counts.order;
        open.finder.regions().iter().filter_map(|id| order.position(*id)).map(|at| at + 1).collect()
    }

    fn numbered(&mut self, number: usize) -> RegionId {
        let open = self.program().state.project.as_ref().expect("a project");
        open.counts.order.regions()[number - 1]
    }

    fn class_of(&mut self, number: usize) -> Option<ClassCode> {
        let id = self.numbered(number);
        self.content().label_of(id).map(|(_, label)| label.class.clone())
    }
}

#[test]
fn control_f_finds_regions_as_one_types_and_enter_selects_them() {
    let mut window = Window::with_labels(4);
    window.press_with(egui::Modifiers::COMMAND, Key::F);
    assert!(window.program().state.arrangement().is_open(Pane::Table));
    window.settle();
    assert_eq!(window.listed(), [1, 2, 3, 4]);
    let second = window.numbered(2);
    window.program().state.selection = editing::Selection::one(second);
    window.program().run(Command::Edit(EditCommand::Class(4)));
    window.settle();
    window.write(FIELD, "class = destroyed");
    let finder = window.program().state.project.as_ref().map(|p| p.finder.clone()).expect("a project");
    assert_eq!((finder.text.as_str(), finder.wrong), ("class = destroyed", None));
    assert_eq!(window.class_of(2), Some(ClassCode::new("destroyed")));
    assert_eq!(window.listed(), [2]);
    window.expect("1 of 4");
    window.press(Key::Enter);
    assert_eq!(window.program().state.selection.primary(), Some(second));
    window.click("Find everything");
    assert_eq!(window.listed(), [1, 2, 3, 4]);
}

#[test]
fn what_is_wrong_is_said_and_what_was_found_stays() {
    let mut window = Window::with_labels(2);
    window.table();
    window.write(FIELD, "class = destroied");
    assert!(window.reads("There is no class 'destroied'") && window.reads("Did you mean destroyed?"));
    assert_eq!(window.listed(), [1, 2]);
    window.click("Find everything");
    assert!(!window.reads("There is no class"));
}

#[test]
fn the_journal_is_asked_which_regions_changed_last() {
    let mut window = Window::with_labels(3);
    window.table();
    window.write(FIELD, "edited < 1970-01-02");
    assert_eq!(window.listed(), [1, 2, 3], "as the journal of the town says");
    let second = window.numbered(2);
    window.program().state.selection = editing::Selection::one(second);
    window.program().run(Command::Edit(EditCommand::Class(4)));
    window.settle();
    assert_eq!(window.listed(), [1, 3], "the list follows");
    window.click("Find everything");
    let order = query::Order { column: query::Column::Edited, descending: true };
    window.program().carry_out(Ask::Finder(FinderAsk::Order(order)));
    window.settle();
    assert_eq!(window.listed().first(), Some(&2), "the one that was just labelled");
}

#[test]
fn rows_are_sorted_by_a_click_on_a_heading_and_chosen_with_the_map() {
    let mut window = Window::with_labels(3);
    window.table();
    window.click("Sort by No., ascending");
    assert_eq!(window.listed(), [3, 2, 1]);
    window.click_what_begins("Row of region 2:");
    let second = window.numbered(2);
    assert_eq!(window.program().state.selection.regions(), [second]);
    let third = window.numbered(3);
    window.program().run(Command::Edit(EditCommand::NextRegion));
    window.settle();
    assert_eq!(window.program().state.selection.primary(), Some(third), "the map goes its own way");
}

#[test]
fn the_class_is_changed_in_the_table_for_every_selected_row_as_one_edit() {
    let mut window = Window::with_labels(3);
    window.table();
    window.program().run(Command::Edit(EditCommand::SelectAll));
    window.settle();
    window.click("Class of region 2");
    window.click_last("Destroyed");
    assert!((1..=3).all(|n| window.class_of(n) == Some(ClassCode::new("destroyed"))));
    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle();
    assert!((1..=3).all(|n| window.class_of(n) == Some(ClassCode::new("no damage"))), "one step of undo");
}

#[test]
fn next_and_previous_go_through_what_was_found_where_a_region_leaves_the_list_too() {
    let mut window = Window::with_labels(4);
    for number in [1, 3, 4] {
        let id = window.numbered(number);
        window.program().state.selection = editing::Selection::one(id);
        window.program().run(Command::Edit(EditCommand::Class(4)));
    }
    window.table();
    window.write(FIELD, "class = destroyed");
    window.press_with(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::F);
    let primary = |w: &mut Window| w.program().state.selection.primary();
    let next = |w: &mut Window| {
        w.program().run(Command::Edit(EditCommand::NextRegion));
        w.settle();
    };
    let at = window.numbered(1);
    window.program().state.selection = editing::Selection::one(at);
    window.settle();
    next(&mut window);
    let third = window.numbered(3);
    assert_eq!(primary(&mut window), Some(third), "region 2 is no such region");
    // It is labelled otherwise and leaves the list; the next takes its place.
    window.program().run(Command::Edit(EditCommand::Class(1)));
    window.settle();
    assert_eq!(window.listed(), [1, 4]);
    next(&mut window);
    let fourth = window.numbered(4);
    assert_eq!(primary(&mut window), Some(fourth));
}

#[test]
fn conditions_are_kept_in_the_project_and_chosen_again() {
    let mut window = Window::with_labels(2);
    window.table();
    window.write(FIELD, "class = no damage");
    window.click("Work lists");
    window.write("Name of the list", "Whole ones");
    window.click("Keep");
    assert_eq!(window.content().settings().lists[0].query, "class = no damage");
    window.click("Find everything");
    window.click("Work lists");
    window.click_button("Whole ones");
    let finder = window.program().state.project.as_ref().map(|p| p.finder.clone()).expect("a project");
    assert!(finder.only && finder.text == "class = no damage");
    window.program().run(Command::Edit(EditCommand::Undo));
    assert!(window.content().settings().lists.is_empty(), "keeping a list can be undone");
}

#[test]
fn classes_are_summed_up_and_pictures_shown_in_order() {
    let mut window = Window::with_labels(3);
    let first = window.numbered(1);
    window.program().state.selection = editing::Selection::one(first);
    window.program().run(Command::Edit(EditCommand::Class(4)));
    window.table();
    window.click("Sums");
    assert!(window.reads("No damage: 2 regions, 67"));
    window.click_what_begins("Destroyed: 1 regions");
    assert_eq!(window.listed(), [1]);
    window.click("Find everything");
    window.click("Pictures");
    window.expect("Picture of region 1: Destroyed");
    window.click("Picture of region 3: No damage");
    let third = window.numbered(3);
    assert_eq!(window.program().state.selection.regions(), [third]);
}
