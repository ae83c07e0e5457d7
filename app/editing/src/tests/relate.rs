//! Relations drawn by hand.

use project::{PredicateCode, RegionId};

use super::desk::{Desk, square};
use crate::{Reshape, ToolKind, delete_edit, relate_by_new_edit, relate_edit, reshape_edit, unrelate_edit};

fn said(d: &Desk) -> Vec<(RegionId, String, RegionId)> {
    d.project.relations().values().map(|r| (r.from, r.predicate.to_string(), r.to)).collect()
}

fn desk() -> (Desk, [RegionId; 3]) {
    let mut d = Desk::new(ToolKind::Relate);
    let yard = d.put(square(-200.0, -200.0, 400.0));
    let a = d.put(square(-150.0, -150.0, 40.0));
    let b = d.put(square(100.0, 100.0, 40.0));
    (d, [yard, a, b])
}

#[test]
fn a_drag_from_region_to_region_relates_the_first_to_the_second() {
    let (mut d, [yard, a, b]) = desk();
    d.drag((-130.0, -130.0), (120.0, 120.0));
    assert_eq!(said(&d), [(a, "near".into(), b)]);
    d.drag((-130.0, -130.0), (120.0, 120.0));
    assert_eq!(d.edits.len(), 1, "the same is not said twice");
    d.drag((120.0, 120.0), (-130.0, -130.0));
    d.drag((-130.0, -130.0), (0.0, 0.0));
    assert_eq!(said(&d)[1..], [(b, "near".into(), a), (a, "near".into(), yard)]);
    d.drag((-130.0, -130.0), (-120.0, -118.0));
    assert_eq!(said(&d).len(), 3, "to the region around it, which is said already");
    d.drag((-130.0, -130.0), (450.0, 450.0));
    d.drag((450.0, 450.0), (120.0, 120.0));
    assert!(said(&d).len() == 3 && d.notices.iter().any(|n| n.contains("between two")), "{:?}", d.notices);
    d.click(120.0, 120.0);
    assert_eq!(d.selection.regions(), [b]);
}

#[test]
fn the_arrow_snaps_to_the_region_that_it_would_end_in_and_escape_drops_it() {
    let (mut d, _) = desk();
    d.pull((-130.0, -130.0), (110.0, 110.0), crate::Modifiers::NONE);
    let preview = d.with_context(|ctx| d.tool.preview(ctx));
    assert_eq!(preview.lines[0].points, [(-130.0, -130.0).into(), (120.0, 120.0).into()]);
    assert!(d.tool.is_drawing());
    d.key(crate::Key::Escape);
    assert!(!d.tool.is_drawing() && d.edits.is_empty());
}

#[test]
fn deleting_a_region_takes_its_relations_with_it_and_one_undo_brings_all_back() {
    let (mut d, [yard, a, b]) = desk();
    d.drag((-130.0, -130.0), (120.0, 120.0));
    d.drag((120.0, 120.0), (-130.0, -130.0));
    d.drag((120.0, 120.0), (0.0, 0.0));
    let before = d.project.clone();
    let edit = delete_edit(&d.project, &[a, b]).expect("both");
    d.project.apply(&edit).expect("applies");
    assert!(d.project.relations().is_empty() && d.project.regions().len() == 1);
    assert_eq!(project::violations(&d.project), Vec::<String>::new());
    d.project.apply(&edit.inverse()).expect("one undo");
    assert!(d.project == before && d.project.relation_count(yard) == 1);
}

#[test]
fn regions_that_become_one_keep_what_they_were_related_to() {
    let mut d = Desk::new(ToolKind::Relate);
    let a = d.put(square(0.0, 0.0, 40.0));
    let b = d.put(square(40.0, 0.0, 40.0));
    let far = d.put(square(200.0, 0.0, 40.0));
    for (from, to) in
        [((20.0, 20.0), (60.0, 20.0)), ((20.0, 20.0), (220.0, 20.0)), ((60.0, 20.0), (220.0, 20.0))]
    {
        d.drag(from, to);
    }
    assert_eq!(said(&d).len(), 3);
    let merged = reshape_edit(&d.project, &mut d.ids, &[a, b], Reshape::Merge).expect("they touch");
    let before = d.project.clone();
    d.project.apply(&merged.edit).expect("applies");
    assert_eq!(project::violations(&d.project), Vec::<String>::new());
    let heir = merged.selection.primary().expect("one");
    assert_eq!(said(&d), [(heir, "near".into(), far)]);
    d.project.apply(&merged.edit.inverse()).expect("undone");
    assert!(d.project == before);
}

#[test]
fn a_word_that_the_schema_lacks_comes_with_the_relation_and_goes_with_it() {
    let (mut d, [_, a, b]) = desk();
    let ana = project::Author::new("ana");
    let before = d.project.clone();
    assert_eq!(relate_by_new_edit(&d.project, &mut d.ids, [a, b], "  ", &ana, 1), None);
    let edit = relate_by_new_edit(&d.project, &mut d.ids, [a, b], "parked on", &ana, 1).expect("new");
    d.project.apply(&edit).expect("applies");
    let known = relate_by_new_edit(&d.project, &mut d.ids, [b, a], "Parked-On", &ana, 1).expect("new");
    assert!(matches!(known, project::Edit::Relation(_)), "the word is known now: {known:?}");
    let code = PredicateCode::new("parked on");
    assert_eq!(relate_edit(&d.project, &mut d.ids, [a, b], &code, &ana, 1), None);
    let id = *d.project.relations().keys().next().expect("one");
    let gone = unrelate_edit(&d.project, id).expect("there");
    let mut other = d.project.clone();
    other.apply(&gone).expect("applies");
    assert!(other.relations().is_empty());
    d.project.apply(&edit.inverse()).expect("undone");
    assert!(d.project == before);
}
