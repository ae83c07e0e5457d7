//! What a change costs in memory: the history keeps every one of them.

use std::sync::Arc;

use super::fixture::{World, label};
use crate::{Author, Change, Edit, Entry, EntryBody, History, Project};

#[test]
fn an_edit_takes_little_memory_and_shares_what_is_large() {
    assert!(
        size_of::<Edit>() <= 56,
        "{} bytes; it was 544 while layers and labels lay in it",
        size_of::<Edit>()
    );
    assert!(size_of::<EntryBody>() <= 184, "{} bytes", size_of::<EntryBody>());
}

#[test]
fn a_journal_that_is_read_back_keeps_one_copy_of_each_state() {
    let mut world = World::with_regions(1);
    let (before, after) =
        (label(world.regions[0], "ana", "no damage"), label(world.regions[0], "ana", "destroyed"));
    let id = world.ids.label();
    let edits = [
        Edit::Label(Change::create(id, before.clone())),
        Edit::Label(Change::replace(id, before, after.clone())),
        Edit::batch("Look again", vec![Edit::Label(Change::delete(id, after))]),
    ];
    let mut project = std::mem::replace(&mut world.project, Project::new());
    let mut history = History::default();
    for (seq, edit) in (1..).zip(edits) {
        // As a file gives it: nothing in it is shared with anything.
        let text = serde_json::to_string(&edit).expect("serialises");
        let body = EntryBody::Edit(serde_json::from_str(&text).expect("reads"));
        let entry = Entry { seq, at_ms: 0, author: Author::new("ana"), body };
        history.advance(&mut project, &entry).expect("sound");
    }
    let label = |seq: u64| match history.effect(seq) {
        Some(Edit::Label(change)) => change.clone(),
        Some(Edit::Batch { edits, .. }) => match &edits[0] {
            Edit::Label(change) => change.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    for seq in [1, 2] {
        let (left, found) = (label(seq).after.expect("left"), label(seq + 1).before.expect("found"));
        assert!(Arc::ptr_eq(&left, &found), "entry {} has its own copy of what {seq} left", seq + 1);
    }
}
