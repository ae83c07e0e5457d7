//! One object, many images: labels of each view.

use std::sync::Arc;

use proptest::prelude::*;

use super::fixture::{World, label};
use crate::{Change, Edit, EditError, Label, Layer, LayerId, LayerRole};

fn layer(w: &mut World, name: &str) -> LayerId {
    let layer = Layer {
        name: name.into(),
        path: format!("{name}.tif"),
        role: LayerRole::Unspecified,
        crs: None,
        transform: None,
        warp: None,
        width: 10,
        height: 10,
        bands: 3,
        order: 0,
        alignment: spatial::align::Method::default(),
        sha256: None,
    };
    let id = w.ids.layer();
    w.apply(&Edit::Layer(Change::create(id, layer)));
    id
}

fn world() -> (World, [LayerId; 3]) {
    let mut w = World::with_regions(2);
    let layers = ["drone", "crewed", "satellite"].map(|name| layer(&mut w, name));
    (w, layers)
}

/// Creates or changes the author's label on the first region in a view.
fn say(w: &mut World, view: Option<LayerId>, author: &str, code: &str) -> Edit {
    let after = Label { layer: view, schema_version: Some(1), ..label(w.regions[0], author, code) };
    let held = w.project.label_by_in(after.region, &after.author, view).map(|(id, l)| (id, l.clone()));
    let edit = Edit::Label(match held {
        Some((id, before)) => Change::replace(id, before, after),
        None => Change::create(w.ids.label(), after),
    });
    w.apply(&edit);
    edit
}

#[test]
fn views_are_labelled_apart_and_differ_by_a_share_and_a_distance() {
    let (mut w, [drone, crewed, satellite]) = world();
    let at = w.regions[0];
    say(&mut w, Some(drone), "ana", "destroyed");
    assert_eq!(w.project.view_disagreement(at), None, "one view cannot differ");
    say(&mut w, Some(crewed), "ana", "destroyed");
    say(&mut w, Some(satellite), "ben", "minor damage");
    let found = w.project.view_disagreement(at).expect("three views");
    assert_eq!((found.views, found.pairs, found.differing), (3, 3, 2));
    assert!((found.share() - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(found.rank_distance, Some((0.0 + 2.0 + 2.0) / 3.0));
    say(&mut w, Some(satellite), "ana", "obscured");
    let found = w.project.view_disagreement(at).expect("three views");
    assert_eq!((found.differing, found.rank_distance), (2, Some(0.0)), "what has no rank has no distance");
    let shown = w.project.view_label(at, satellite).map(|l| l.class.to_string());
    assert_eq!(shown.as_deref(), Some("obscured"), "the newest counts");
}

#[test]
fn the_object_as_a_whole_and_its_review_know_nothing_of_views() {
    let (mut w, [drone, _, _]) = world();
    let at = w.regions[0];
    let draft = w.project.outcome(at);
    say(&mut w, Some(drone), "ana", "destroyed");
    assert!(w.project.label_of(at).is_none() && w.project.labels_of(at).next().is_none());
    assert_eq!(w.project.outcome(at), draft);
    say(&mut w, None, "ana", "no damage");
    assert_eq!(w.project.label_of(at).map(|(_, l)| l.class.to_string()).as_deref(), Some("no damage"));
    assert_eq!(w.project.outcome(at).disagreement, 0.0, "a view is no other opinion of the whole");
    assert_eq!(w.project.all_labels_of(at).count(), 2);
}

#[test]
fn a_layer_that_labels_are_of_stays_and_one_that_is_gone_takes_none() {
    let (mut w, [drone, crewed, _]) = world();
    say(&mut w, Some(drone), "ana", "destroyed");
    let held = Arc::new(w.project.layers()[&drone].clone());
    let refused = w.project.apply(&Edit::Layer(Change::delete(drone, held))).expect_err("in use");
    assert!(matches!(&refused, EditError::InUse { by, .. } if by.contains("labels")), "{refused}");
    let gone = Arc::new(w.project.layers()[&crewed].clone());
    w.apply(&Edit::Layer(Change::delete(crewed, gone)));
    let after = Label { layer: Some(crewed), ..label(w.regions[0], "ana", "destroyed") };
    let edit = Edit::Label(Change::create(w.ids.label(), after));
    assert!(matches!(w.project.apply(&edit), Err(EditError::Missing { .. })));
    let twice = Label { layer: Some(drone), ..label(w.regions[0], "ana", "no damage") };
    let edit = Edit::Label(Change::create(w.ids.label(), twice));
    assert!(matches!(w.project.apply(&edit), Err(EditError::Exists { .. })));
}

#[test]
fn labels_of_old_journals_are_written_as_they_were() {
    let (w, _) = world();
    let text = serde_json::to_string(&label(w.regions[0], "ana", "destroyed")).expect("writes");
    assert!(!text.contains("layer") && !text.contains("schema_version"), "{text}");
    let back: Label = serde_json::from_str(&text).expect("reads");
    assert_eq!((back.layer, back.schema_version), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_label_of_a_view_can_be_taken_back(
        said in prop::collection::vec((0..4_usize, 0..2_usize, 0..6_usize), 1..20),
    ) {
        let (mut w, layers) = world();
        let start = w.project.clone();
        let codes = ["no damage", "minor damage", "major damage", "destroyed", "un-classified", "obscured"];
        let mut edits = Vec::new();
        for (view, author, class) in said {
            edits.push(say(&mut w, layers.get(view).copied(), ["ana", "ben"][author], codes[class]));
            if let Some(found) = w.project.view_disagreement(w.regions[0]) {
                prop_assert!(found.share() <= 1.0 && found.pairs == found.views * (found.views - 1) / 2);
            }
        }
        for edit in edits.into_iter().rev() {
            w.apply(&edit.inverse());
        }
        prop_assert!(w.project == start);
    }
}
