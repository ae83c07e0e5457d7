//! Measuring.

use super::desk::Desk;
use crate::{Key, MeasureTool, Modifiers, Tool, ToolKind};

fn desk() -> Desk {
    Desk::new(ToolKind::Measure)
}

fn measured(d: &Desk) -> Option<(f64, Option<f64>)> {
    let Tool::Measure(tool) = &d.tool else { panic!("{:?}", d.tool) };
    let found = d.with_context(|ctx| tool.measurement(ctx))?;
    Some((found.length.map.expect("planar"), found.area.map(|a| a.map.expect("planar"))))
}

#[test]
fn clicks_and_enter_measure_a_line_and_change_nothing() {
    let mut d = desk();
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (100.0, 50.0)] {
        d.click(x, y);
    }
    assert_eq!(measured(&d), Some((150.0, None)));
    d.key(Key::Enter);
    assert!(matches!(d.tool, Tool::Measure(MeasureTool::Finished(_))));
    assert_eq!(measured(&d), Some((150.0, None)));
    assert!(d.edits.is_empty() && d.draft.is_none() && d.selection.is_empty());
}

#[test]
fn the_way_to_the_pointer_counts_before_it_is_clicked() {
    let mut d = desk();
    d.click(0.0, 0.0);
    d.hover(30.0, 40.0);
    assert_eq!(measured(&d), Some((50.0, None)));
}

#[test]
fn a_click_on_the_first_corner_measures_the_area() {
    let mut d = desk();
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (0.0, 50.0), (2.0, 1.0)] {
        d.click(x, y);
    }
    assert_eq!(measured(&d), Some((300.0, Some(5000.0))));
    let labels = d.with_context(|ctx| d.tool.preview(ctx)).labels;
    assert_eq!(labels.len(), 2, "edges of 50 pixels are too short for words: {labels:?}");
    assert_eq!(labels[0].text, "100.0\u{a0}px");
}

#[test]
fn backspace_takes_back_escape_drops_and_it_can_be_brought_back() {
    let mut d = desk();
    for (x, y) in [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)] {
        d.click(x, y);
    }
    d.key(Key::Enter);
    d.key(Key::Backspace);
    assert_eq!(measured(&d), Some((100.0, None)));
    d.key_with(Key::Letter('Z'), Modifiers { ctrl: true, shift: true, alt: false });
    assert_eq!(measured(&d), Some((200.0, None)));
    d.key(Key::Escape);
    assert_eq!(measured(&d), None);
    d.key_with(Key::Letter('D'), Modifiers { ctrl: true, shift: true, alt: false });
    assert_eq!(measured(&d), Some((200.0, None)));
}

#[test]
fn copying_gives_numbers_without_groups() {
    let mut d = desk();
    d.click(0.0, 0.0);
    d.click(12_480.0, 0.0);
    d.key_with(Key::Letter('C'), Modifiers::CTRL);
    assert_eq!(d.copied, ["Length on the map\t12480.000\tpx\n"]);
}
