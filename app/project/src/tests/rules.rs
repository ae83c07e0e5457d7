//! What the project refuses.

use std::sync::Arc;

use super::fixture::{World, class, label, square};
use crate::review::{Stage, Verdict, Vote};
use crate::{Author, Change, Edit, EditError, Schema};

fn refused(world: &mut World, edit: &Edit) -> EditError {
    let before = world.project.clone();
    let error = world.project.apply(edit).expect_err("refused");
    assert!(world.project == before, "a refused edit leaves everything as it was");
    assert_eq!(crate::violations(&world.project), Vec::<String>::new());
    error
}

#[test]
fn a_schema_cannot_lose_a_class_that_is_in_use() {
    let mut w = World::with_regions(1);
    w.label(0, "ana", "destroyed");
    let before = Arc::new(Schema::joint_damage_scale());
    let mut fewer = Schema::joint_damage_scale();
    fewer.classes.retain(|c| c.code != class("destroyed"));
    let edit = Edit::Schema(Change::replace((), Arc::clone(&before), Arc::new(fewer)));
    assert!(refused(&mut w, &edit).to_string().contains("`destroyed`"));
    let mut broken = Schema::joint_damage_scale();
    broken.classes[1].color = "yellow".into();
    let edit = Edit::Schema(Change::replace((), Arc::clone(&before), Arc::new(broken)));
    assert!(refused(&mut w, &edit).to_string().contains("#rrggbb"));
    let mut more = Schema::joint_damage_scale();
    more.version = 2;
    more.classes[0].name = "Intact".into();
    w.apply(&Edit::Schema(Change::replace((), before, Arc::new(more))));
}

#[test]
fn a_batch_that_fails_at_its_end_changes_nothing() {
    let mut w = World::with_regions(2);
    for count in [3, 2_000] {
        let mut edits: Vec<Edit> = (0..count)
            .map(|i| Edit::Region(Change::create(w.ids.region(), Arc::new(square(f64::from(i), 50.0, 1.0)))))
            .collect();
        edits.push(Edit::Label(Change::create(w.ids.label(), label(w.regions[0], "ana", "no such class"))));
        assert!(matches!(refused(&mut w, &Edit::batch("Import", edits)), EditError::Invalid(_)));
    }
}

#[test]
fn another_class_for_a_label_is_refused_as_a_new_label_would_be() {
    let mut w = World::with_regions(2);
    let id = w.label(0, "ana", "destroyed");
    let held = w.project.labels()[&id].clone();
    let change = |after: crate::Label| Edit::Label(Change::replace(id, Arc::clone(&held), Arc::new(after)));
    let unknown = change(label(w.regions[0], "ana", "rubble"));
    assert!(matches!(refused(&mut w, &unknown), EditError::Invalid(_)));
    let sure = change(crate::Label { confidence: Some(1.5), ..label(w.regions[0], "ana", "no damage") });
    assert!(matches!(refused(&mut w, &sure), EditError::Invalid(_)));
    let good = change(label(w.regions[0], "ana", "no damage"));
    w.apply(&good);
    assert!(matches!(refused(&mut w, &good), EditError::Stale { .. }), "it was made of what is no more");
    let gone = Change::replace(w.ids.label(), Arc::clone(&held), label(w.regions[0], "ana", "no damage"));
    assert!(matches!(refused(&mut w, &Edit::Label(gone)), EditError::Missing { .. }));
    w.apply(&good.inverse());
    assert_eq!(w.project.labels()[&id], held);
}

#[test]
fn geometry_that_cannot_be_drawn_is_refused() {
    let mut w = World::with_regions(0);
    let mut with = |geometry: geo::Geometry<f64>| {
        let region = crate::Region { geometry, ..square(0.0, 0.0, 1.0) };
        let edit = Edit::Region(Change::create(w.ids.region(), Arc::new(region)));
        refused(&mut w, &edit).to_string()
    };
    let polygon = |points: &[(f64, f64)]| geo::Polygon::new(points.to_vec().into(), vec![]).into();
    assert!(with(polygon(&[(0.0, 0.0), (1.0, 1.0)])).contains("three corners"));
    assert!(with(polygon(&[(0.0, f64::NAN), (1.0, 1.0), (2.0, 0.0)])).contains("not a number"));
    assert!(with(geo::LineString::new(vec![(0.0, 0.0).into()]).into()).contains("two points"));
    assert!(with(geo::MultiPoint::new(vec![]).into()).contains("at least one point"));
}

#[test]
fn a_vote_needs_a_case_a_member_and_a_known_class() {
    let mut w = World::with_regions(1);
    let good = Vote {
        seal: None,
        shape: None,
        id: w.ids.vote(),
        case: w.regions[0],
        member: Author::new("ben"),
        stage: Stage::One,
        verdict: Verdict::Edit,
        class: Some(class("destroyed")),
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: None,
    };
    let nowhere = w.ids.region();
    for bad in [
        Vote { case: nowhere, ..good.clone() },
        Vote { class: None, ..good.clone() },
        Vote { class: Some(class("rubble")), ..good.clone() },
        Vote { member: Author::new(" "), ..good.clone() },
        Vote { member: Author::new("model:x"), ..good.clone() },
    ] {
        w.project.record_vote(bad).expect_err("refused");
    }
    w.project.record_vote(good.clone()).expect("sound");
    assert!(matches!(w.project.record_vote(good), Err(EditError::Exists { .. })));
}

#[test]
fn the_newest_label_by_a_person_counts_even_when_it_was_made_first() {
    let mut w = World::with_regions(1);
    let timed = |author: &str, code: &str, at_ms| crate::Label {
        at_ms: Some(at_ms),
        ..label(w.regions[0], author, code)
    };
    let (old, new) = (timed("ana", "no damage", 10), timed("ana", "destroyed", 30));
    let other = timed("ben", "obscured", 20);
    let id = w.ids.label();
    w.apply(&Edit::Label(Change::create(id, old.clone())));
    w.apply(&Edit::Label(Change::create(w.ids.clone().label(), other)));
    let counts = |w: &World| w.project.label_of(w.regions[0]).map(|(_, l)| l.class.to_string());
    assert_eq!(counts(&w).as_deref(), Some("obscured"));
    w.apply(&Edit::Label(Change::replace(id, old, new)));
    assert_eq!(counts(&w).as_deref(), Some("destroyed"));
}
