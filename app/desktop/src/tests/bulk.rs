//! Changes of very many regions: made beside the window, one step of undo, and what is done meanwhile stays.

use editing::{Command, EditCommand, ShapeCommand};
use project::{ClassCode, RegionId};

use super::window::Window;
use crate::run::bulk::AT_ONCE;

const MANY: usize = 2 * AT_ONCE + 500;

impl Window {
    fn orders(&mut self, command: EditCommand) {
        self.program().run(Command::Edit(command));
    }

    fn with_class(&mut self, class: &str) -> usize {
        let code = ClassCode::new(class);
        self.content().labels().values().filter(|label| label.class == code).count()
    }

    fn is_told(&mut self, part: &str) -> bool {
        self.program().state.notices.shown().iter().any(|notice| notice.text.contains(part))
    }

    fn is_under_way(&mut self) -> bool {
        self.program().work.bulk.is_some()
    }

    /// What is on the screen is on the disk, and what the journal says is too.
    fn check_file(&mut self) {
        self.until("everything is saved", |p| {
            p.state.project.as_ref().is_some_and(|open| open.session.is_saved())
        });
        assert_eq!(project::violations(self.content()), Vec::<String>::new());
        let path = self.folder().join("town.gpkg");
        let found = store::verify_file(&path).expect("a project");
        assert!(found.is_clean(), "{found:?}");
        let (_, loaded) = store::Store::open(&path, store::OpenMode::ReadOnly).expect("opens");
        assert!(loaded.project == *self.content());
        let counted = crate::counts::Counts::of(self.content());
        let open = self.program().state.project.as_ref().expect("open");
        assert_eq!((open.counts.regions, open.counts.labelled), (counted.regions, counted.labelled));
        let some = |of: &crate::counts::Counts| -> Vec<(ClassCode, usize)> {
            of.by_class.iter().filter(|(_, n)| **n > 0).map(|(class, n)| (class.clone(), *n)).collect()
        };
        assert_eq!(some(&open.counts), some(&counted));
    }
}

#[test]
fn very_many_regions_get_a_class_beside_the_window_as_one_step_of_undo() {
    let mut window = Window::with_many(MANY);
    window.orders(EditCommand::SelectAll);
    window.settle();
    window.orders(EditCommand::Class(4));
    assert!(window.is_under_way() && window.with_class("destroyed") == 0, "nothing waits for it");
    window.settle();
    assert_eq!((window.with_class("destroyed"), window.program().state.selection.len()), (MANY, MANY));
    window.check_file();
    window.orders(EditCommand::Undo);
    assert!(window.is_under_way(), "taking it back is as large");
    window.settle();
    assert_eq!((window.with_class("destroyed"), window.with_class("no damage")), (0, MANY));
    window.orders(EditCommand::Redo);
    window.settle();
    assert_eq!(window.with_class("destroyed"), MANY);
    window.check_file();
}

#[test]
fn what_is_done_meanwhile_stays_and_the_large_change_is_made_of_it() {
    let mut window = Window::with_many(MANY);
    window.orders(EditCommand::SelectAll);
    window.settle();
    window.orders(EditCommand::Class(4));
    let first = *window.content().regions().keys().next().expect("a region");
    let gone = editing::delete_edit(window.content(), &[first]).expect("there");
    assert!(window.program().apply(gone), "the window goes on");
    window.settle();
    assert!(window.content().region(first).is_none());
    assert_eq!(window.with_class("destroyed"), MANY - 1, "all that are left");
    window.check_file();
    window.orders(EditCommand::Undo);
    window.settle();
    window.orders(EditCommand::Undo);
    window.settle();
    assert!(window.content().region(first).is_some() && window.with_class("no damage") == MANY);
}

#[test]
fn a_large_change_can_be_stopped_and_one_comes_after_the_other() {
    let mut window = Window::with_many(MANY);
    window.orders(EditCommand::SelectAll);
    window.settle();
    let before = window.content().clone();
    window.orders(EditCommand::Class(4));
    window.orders(EditCommand::Class(3));
    assert!(window.is_told("is still under way"));
    drop(window.program().work.bulk.take());
    window.settle();
    assert!(*window.content() == before, "stopped, it was never made");
    let class = ClassCode::new("no damage");
    let look = crate::preferences::ClassLook {
        locked: true,
        ..window.program().state.preferences.class_look(class.as_str())
    };
    let mut preferences = window.program().state.preferences.clone();
    preferences.set_class_look(class.as_str(), look);
    window.program().state.preferences = preferences;
    window.orders(EditCommand::Class(4));
    window.settle();
    assert!(*window.content() == before && window.is_told("is locked"));
}

#[test]
fn very_many_are_deleted_reshaped_and_moved_beside_the_window() {
    let mut window = Window::with_many(MANY);
    window.orders(EditCommand::SelectAll);
    window.settle();
    let before: Vec<RegionId> = window.content().regions().keys().copied().collect();
    window.program().run(Command::Shape(ShapeCommand::Smooth));
    assert!(window.is_under_way());
    window.settle();
    let corners = |w: &mut Window| -> usize {
        let regions = w.content().regions().values();
        regions.map(|r| spatial::geometry::corner_count(&r.geometry)).sum()
    };
    assert!(corners(&mut window) > 4 * MANY, "round corners are more");
    window.check_file();
    window.orders(EditCommand::Undo);
    window.settle();
    assert_eq!(corners(&mut window), 4 * MANY);
    window.program().reshape(editing::Reshape::Move(spatial::WorldPoint { x: 5.0, y: 0.0 }));
    window.settle();
    let left = window.content().bounds().expect("regions").min().x;
    assert!((left - 5.0).abs() < 1e-9, "{left}");
    window.orders(EditCommand::Delete);
    assert!(window.is_under_way());
    window.settle();
    assert!(window.content().regions().is_empty() && window.program().state.selection.is_empty());
    window.check_file();
    window.orders(EditCommand::Undo);
    window.settle();
    assert!(window.content().regions().keys().copied().eq(before));
    window.check_file();
}

#[test]
fn very_many_are_split_beside_the_window_and_the_frame_around_them_is_found_there() {
    let mut window = Window::with_many(MANY);
    let bounds = window.content().bounds().expect("regions");
    let all: Vec<RegionId> = window.content().regions().keys().copied().collect();
    // A line to and fro through the middle of every row of squares.
    let line: Vec<(f64, f64)> = (0..MANY / 100)
        .flat_map(|row| {
            let y = row as f64 * -20.0 - 5.0;
            let [west, east] = [bounds.min().x - 1.0, bounds.max().x + 1.0];
            if row % 2 == 0 { [(west, y), (east, y)] } else { [(east, y), (west, y)] }
        })
        .collect();
    window.program().cut_many(std::sync::Arc::new(all), line.into(), false);
    assert!(window.is_under_way(), "nothing waits for it");
    window.settle();
    assert_eq!(window.content().regions().len(), 2 * MANY, "each in two");
    window.check_file();
    window.orders(EditCommand::SelectAll);
    window.settle();
    window.program().run(Command::Tool(editing::ToolKind::Transform));
    window.settle();
    let found = window.program().state.selection_box.as_ref().and_then(|held| held.found);
    assert_eq!(found, Some(bounds), "the frame is around all of them");
    window.orders(EditCommand::Undo);
    window.settle();
    assert_eq!(window.content().regions().len(), MANY, "one step of undo");
    assert!(
        window.program().state.selection_box.is_none() || window.program().state.selection.len() > AT_ONCE
    );
}
