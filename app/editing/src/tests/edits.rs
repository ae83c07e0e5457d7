//! Edits that commands make, and going from region to region.

use std::sync::Arc;

use project::review::reply_edit;
use project::{Author, Change, ClassCode, Edit, GeometrySource, Label, Layer, LayerRole};

use super::desk::{Desk, square};
use crate::{
    ReadingOrder, Selection, ToolKind, accept_predictions_edit, delete_edit, label_edit,
    reject_predictions_edit, unlabel_edit,
};

fn class(code: &str) -> ClassCode {
    ClassCode::new(code)
}

fn label(desk: &mut Desk, regions: &[project::RegionId], code: &str, who: &str) -> Option<Edit> {
    let author = Author::new(who);
    let edit = label_edit(&desk.project, &mut desk.ids, regions, &class(code), &author, 9, Some(1.5))?;
    desk.project.apply(&edit).expect("applies");
    Some(edit)
}

fn predict(desk: &mut Desk, region: project::RegionId, code: &str) {
    let prediction = Label {
        region,
        class: class(code),
        author: Author::new("model:unet"),
        confidence: Some(0.9),
        note: String::new(),
        seconds: None,
        at_ms: None,
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    };
    let edit = Edit::Label(Change::create(desk.ids.label(), prediction));
    desk.project.apply(&edit).expect("applies");
}

#[test]
fn a_class_makes_or_changes_the_authors_own_label() {
    let mut d = Desk::new(ToolKind::Select);
    let (a, b) = (d.put(square(0.0, 0.0, 10.0)), d.put(square(50.0, 0.0, 10.0)));
    label(&mut d, &[a], "no damage", "ana").expect("new");
    let edit = label(&mut d, &[a, b], "destroyed", "ana").expect("one changed, one new");
    assert_eq!(edit.title(), "Label 2 regions “destroyed”");
    assert_eq!(d.project.labels().len(), 2);
    assert_eq!(label(&mut d, &[a, b], "destroyed", "ana"), None, "nothing new to say");
    label(&mut d, &[a], "obscured", "ben").expect("ben's own");
    assert_eq!(d.project.labels().len(), 3);
    assert_eq!(label(&mut d, &[], "obscured", "ben"), None);
}

#[test]
fn a_reply_answers_every_vote_and_keeps_what_was_answered_before() {
    use project::review::{ReviewState, Stage, Verdict, Vote};
    let mut d = Desk::new(ToolKind::Select);
    let a = d.put(square(0.0, 0.0, 10.0));
    let ana = Author::new("ana");
    label(&mut d, &[a], "no damage", "ana").expect("new");
    assert_eq!(
        reply_edit(&d.project, &mut d.ids.clone(), a, &class("destroyed"), &ana, 9, None),
        None,
        "nothing came back"
    );
    for (round, code) in [(1, "no damage"), (2, "destroyed")] {
        let vote = Vote {
            seal: None,
            shape: None,
            id: d.ids.vote(),
            case: a,
            member: Author::new("ben"),
            stage: Stage::One,
            verdict: Verdict::Reject,
            class: None,
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
        };
        d.project.record_vote(vote).expect("cast");
        let stranger = Author::new("cy");
        assert_eq!(
            reply_edit(&d.project, &mut d.ids.clone(), a, &class(code), &stranger, 9, None),
            None,
            "it is not his label"
        );
        let edit = reply_edit(&d.project, &mut d.ids.clone(), a, &class(code), &ana, 9, Some(2.0))
            .expect("came back");
        assert!(edit.title().starts_with("Send back to review: region"), "{}", edit.title());
        d.project.apply(&edit).expect("applies");
        let (_, said) = d.project.label_of(a).expect("labelled");
        assert_eq!((said.replies_to.len(), said.class.as_str()), (round, code));
        assert_eq!(d.project.outcome(a).state, ReviewState::StageOne);
    }
    label(&mut d, &[a], "obscured", "ana").expect("changed");
    assert_eq!(d.project.label_of(a).expect("labelled").1.replies_to.len(), 2, "what is answered stays so");
}

#[test]
fn accepting_predictions_never_overwrites_a_person() {
    let mut d = Desk::new(ToolKind::Select);
    let (a, b, c) =
        (d.put(square(0.0, 0.0, 9.0)), d.put(square(50.0, 0.0, 9.0)), d.put(square(90.0, 0.0, 9.0)));
    predict(&mut d, a, "destroyed");
    predict(&mut d, b, "destroyed");
    label(&mut d, &[b], "no damage", "ben").expect("new");
    let ana = Author::new("ana");
    let edit = accept_predictions_edit(&d.project, &mut d.ids, &[a, b, c], &ana, 3).expect("one to accept");
    d.project.apply(&edit).expect("applies");
    let of = |id| d.project.label_of(id).map(|(_, l)| (l.class.to_string(), l.author.to_string()));
    assert_eq!(of(a), Some(("destroyed".into(), "ana".into())));
    assert_eq!(of(b), Some(("no damage".into(), "ben".into())));
    assert_eq!(of(c), None);
    assert!(d.project.prediction_of(a).is_some(), "the prediction stays");
    assert_eq!(accept_predictions_edit(&d.project, &mut d.ids, &[a, b, c], &ana, 3), None);
}

#[test]
fn rejecting_takes_the_prediction_and_what_only_the_model_drew() {
    let mut d = Desk::new(ToolKind::Select);
    let (a, b, c) =
        (d.put(square(0.0, 0.0, 9.0)), d.put(square(50.0, 0.0, 9.0)), d.put(square(90.0, 0.0, 9.0)));
    for id in [a, b, c] {
        predict(&mut d, id, "destroyed");
    }
    let model = d.project.prediction_of(a).expect("predicted").1.author.clone();
    for id in [b, c] {
        let before = Arc::clone(d.project.region(id).expect("there"));
        let after = project::Region { source: GeometrySource::new(model.name()), ..(*before).clone() };
        d.project.apply(&Edit::Region(Change::replace(id, before, after))).expect("applies");
    }
    label(&mut d, &[c], "no damage", "ben").expect("new");
    let before = d.project.clone();
    let edit = reject_predictions_edit(&d.project, &[a, b, b, c]).expect("three");
    assert_eq!(edit.title(), "Reject 3 predictions");
    d.project.apply(&edit).expect("applies");
    assert!(d.project.region(a).is_some(), "somebody else drew it");
    assert!(d.project.region(b).is_none(), "only the model did");
    assert_eq!(d.project.label_of(c).map(|(_, l)| l.class.to_string()), Some("no damage".into()));
    assert!([a, b, c].iter().all(|id| d.project.prediction_of(*id).is_none()));
    assert_eq!(reject_predictions_edit(&d.project, &[a, b, c]), None);
    d.project.apply(&edit.inverse()).expect("taken back in one step");
    assert_eq!((d.project.regions().len(), d.project.labels().len()), (before.regions().len(), 4));
}

#[test]
fn labels_and_regions_are_taken_away_in_one_step() {
    let mut d = Desk::new(ToolKind::Select);
    let (a, b) = (d.put(square(0.0, 0.0, 9.0)), d.put(square(50.0, 0.0, 9.0)));
    label(&mut d, &[a, b], "destroyed", "ana").expect("new");
    label(&mut d, &[a], "destroyed", "ben").expect("new");
    let edit = unlabel_edit(&d.project, &[a, b], &Author::new("ana")).expect("two");
    d.project.apply(&edit).expect("applies");
    assert_eq!(d.project.labels().len(), 1);
    let edit = delete_edit(&d.project, &[a, a, b]).expect("both");
    assert_eq!(edit.title(), "Delete 2 regions");
    d.project.apply(&edit).expect("applies");
    assert!(d.project.regions().is_empty() && d.project.labels().is_empty());
    assert_eq!(delete_edit(&d.project, &[a]), None);
}

#[test]
fn regions_are_read_in_rows_from_the_upper_left_and_around() {
    let mut d = Desk::new(ToolKind::Select);
    let low = d.put(square(0.0, -900.0, 10.0));
    let right = d.put(square(300.0, 8.0, 10.0));
    let left = d.put(square(0.0, 0.0, 10.0));
    let order = ReadingOrder::new(&d.project);
    assert_eq!(order.regions(), [left, right, low]);
    let any = |_| true;
    assert_eq!(order.next(None, any), Some(left));
    assert_eq!(order.next(Some(left), any), Some(right));
    assert_eq!(order.next(Some(low), any), Some(left));
    assert_eq!(order.previous(Some(left), any), Some(low));
    assert_eq!(order.previous(None, any), Some(low));
    assert_eq!(order.position(right), Some(1));
    label(&mut d, &[right], "destroyed", "ana").expect("new");
    assert_eq!(order.next_unlabelled(&d.project, Some(left)), Some(low));
    label(&mut d, &[left, low], "destroyed", "ana").expect("new");
    assert_eq!(order.next_unlabelled(&d.project, Some(left)), None);
    assert_eq!(ReadingOrder::default().next(None, any), None);
}

#[test]
fn regions_that_no_layer_shows_are_read_last() {
    let mut d = Desk::new(ToolKind::Select);
    let mut add = |role, width, height| {
        let (name, path) = ("a.png".into(), "a.png".into());
        let (crs, transform, warp, bands, order, sha256) = (None, None, None, 3, 0, None);
        let alignment = spatial::align::Method::default();
        let layer =
            Layer { name, path, role, crs, transform, warp, width, height, bands, order, alignment, sha256 };
        let id = d.ids.layer();
        let edit = project::add_layer_edit(&d.project, id, layer).expect("fits");
        d.project.apply(&edit).expect("applies");
    };
    add(LayerRole::After, 100, 100);
    add(LayerRole::Before, 100, 1000);
    let above = d.put(square(10.0, 500.0, 10.0));
    let low = d.put(square(10.0, -90.0, 10.0));
    let beside = d.put(square(900.0, -20.0, 10.0));
    let high = d.put(square(10.0, -20.0, 10.0));
    let before = d.put(square(10.0, -500.0, 10.0));
    let order = ReadingOrder::new(&d.project);
    assert_eq!(order.regions()[..3], [high, low, before]);
    assert!(order.position(above) > Some(2) && order.position(beside) > Some(2));
}

#[test]
fn a_selection_is_ordered_and_forgets_what_is_gone() {
    let mut d = Desk::new(ToolKind::Select);
    let (a, b) = (d.put(square(0.0, 0.0, 9.0)), d.put(square(50.0, 0.0, 9.0)));
    let selection: Selection = [a, b, a].into_iter().collect();
    assert_eq!(selection.regions(), [a, b]);
    let edit = delete_edit(&d.project, &[b]).expect("there");
    d.project.apply(&edit).expect("applies");
    assert_eq!(selection.existing(&d.project).regions(), [a]);
}
