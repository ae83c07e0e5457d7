//! Relations between regions.

use super::fixture::{World, class};
use crate::{
    Author, Change, Edit, EditError, Migration, Predicate, PredicateCode, Relation, RelationId, Schema,
};

fn world() -> World {
    let mut w = World::with_regions(3);
    let before = w.project.schema().cloned().expect("a schema");
    let mut after = (*before).clone();
    after.relations = vec![
        Predicate::new("near"),
        Predicate { from: vec![class("destroyed")], ..Predicate::new("fell on") },
    ];
    w.apply(&Edit::Schema(Change::replace((), before, after)));
    w
}

fn relation(w: &World, from: usize, predicate: &str, to: usize) -> Relation {
    let predicate = PredicateCode::new(predicate);
    Relation { from: w.regions[from], to: w.regions[to], predicate, author: Author::new("ana"), at_ms: None }
}

fn relate(w: &mut World, from: usize, predicate: &str, to: usize) -> RelationId {
    let id = w.ids.relation();
    let relation = relation(w, from, predicate, to);
    w.apply(&Edit::Relation(Change::create(id, relation)));
    id
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut w = world();
    relate(&mut w, 0, "near", 1);
    let good = relation(&w, 1, "near", 2);
    let nowhere = w.ids.region();
    for (bad, says) in [
        (Relation { to: good.from, ..good.clone() }, "itself"),
        (Relation { to: nowhere, ..good.clone() }, "does not exist"),
        (Relation { predicate: PredicateCode::new("under"), ..good.clone() }, "`under`"),
        (Relation { author: Author::new(" "), ..good.clone() }, "author"),
        (Relation { author: Author::new("model:x"), ..good.clone() }, "person"),
        (Relation { author: Author::new("ben"), ..relation(&w, 0, "near", 1) }, "exists already"),
    ] {
        let before = w.project.clone();
        let edit = Edit::Relation(Change::create(w.ids.relation(), bad));
        let refused = w.project.apply(&edit).expect_err(says).to_string();
        assert!(refused.contains(says), "{refused}");
        assert!(w.project == before && w.project.trial(&edit).is_err());
    }
    relate(&mut w, 1, "near", 0);
    relate(&mut w, 0, "fell on", 1);
    assert_eq!(w.project.relation_count(w.regions[0]), 3);
}

#[test]
fn a_region_with_relations_and_a_predicate_in_use_cannot_go_alone() {
    let mut w = world();
    let id = relate(&mut w, 0, "near", 1);
    let region = w.project.region(w.regions[1]).cloned().expect("there");
    let gone = Edit::Region(Change::delete(w.regions[1], region));
    let refused = w.project.apply(&gone).expect_err("still related");
    assert!(matches!(&refused, EditError::InUse { by, .. } if by.contains("relations")), "{refused}");
    let before = w.project.schema().cloned().expect("a schema");
    let mut fewer = (*before).clone();
    fewer.relations.remove(0);
    let edit = Edit::Schema(Change::replace((), before, fewer));
    assert!(w.project.apply(&edit).expect_err("in use").to_string().contains("1 relations"));
    let held = w.project.relations()[&id].clone();
    w.apply(&Edit::Relation(Change::delete(id, held)));
    w.apply(&edit);
    w.apply(&gone);
}

#[test]
fn a_predicate_is_offered_for_the_classes_that_it_is_about_with_those_below() {
    let schema = Schema::from_toml(
        "id = 'a'\nversion = 1\nname = 'A'\n\
         [[class]]\ncode = 'vehicle'\nname = 'Vehicle'\ncolor = '#010203'\n\
         [[class]]\ncode = 'car'\nname = 'Car'\ncolor = '#010203'\nparent = 'vehicle'\n\
         [[class]]\ncode = 'road'\nname = 'Road'\ncolor = '#010203'\n\
         [[relation]]\ncode = 'near'\n\
         [[relation]]\ncode = 'driving on'\nname = 'Driving on'\nfrom = ['vehicle']\nto = ['road']\n",
    )
    .expect("sound");
    let (car, road) = (class("car"), class("road"));
    let offered = |from, to| schema.predicates_for(from, to).map(|p| p.code.to_string()).collect::<Vec<_>>();
    assert_eq!(offered(Some(&car), Some(&road)), ["near", "driving on"]);
    assert_eq!(offered(Some(&road), Some(&car)), ["near"]);
    assert_eq!(offered(None, Some(&road)), ["near", "driving on"]);
    assert!(schema.find_predicate(" DRIVING_on").is_some());
    let wrong = |more: &str| {
        let text = toml::to_string(&schema).expect("writes") + more;
        Schema::from_toml(&text).expect_err(more).to_string()
    };
    assert!(wrong("\n[[relation]]\ncode = 'near'\n").contains("twice"));
    assert!(wrong("\n[[relation]]\ncode = 'x'\nto = ['sea']\n").contains("`sea`"));
}

#[test]
fn classes_that_no_longer_fit_are_worth_a_look_and_no_fault() {
    let mut w = world();
    w.label(0, "ana", "destroyed");
    let id = relate(&mut w, 0, "fell on", 1);
    let misfit = |w: &World| w.project.is_misfit(&w.project.relations()[&id]);
    assert!(!misfit(&w));
    w.label(0, "ana", "no damage");
    assert!(misfit(&w));
}

#[test]
fn other_classes_keep_the_predicates_that_relations_have() {
    let mut w = world();
    relate(&mut w, 0, "near", 1);
    let mut to = Schema::joint_damage_scale();
    to.version = 7;
    let plan = Migration::plan(&w.project, to);
    let before = w.project.clone();
    let edit = plan.edit(&w.project).expect("something changes");
    w.apply(&edit);
    let schema = w.project.schema().expect("a schema");
    let kept: Vec<_> = schema.relations.iter().map(|p| (p.code.as_str(), p.retired)).collect();
    assert_eq!(kept, [("near", true)]);
    assert_eq!(schema.predicates_for(None, None).count(), 0);
    w.apply(&edit.inverse());
    assert_eq!(w.project, before);
}

#[test]
fn an_arrow_begins_inside_its_region() {
    // An L whose centre of gravity lies outside.
    let l: geo::Geometry<f64> = geo::Polygon::new(
        vec![(0.0, 0.0), (100.0, 0.0), (100.0, 2.0), (2.0, 2.0), (2.0, 100.0), (0.0, 100.0), (0.0, 0.0)]
            .into(),
        vec![],
    )
    .into();
    let at = crate::anchor(&l).expect("a place");
    assert!(geo::Intersects::intersects(&l, &geo::Point(at)), "{at:?}");
    let square: geo::Geometry<f64> = geo::Rect::new((0.0, 0.0), (4.0, 2.0)).to_polygon().into();
    assert_eq!(crate::anchor(&square), Some((2.0, 1.0).into()));
    assert_eq!(crate::anchor(&geo::Point::new(3.0, 4.0).into()), Some((3.0, 4.0).into()));
}

#[test]
fn the_shipped_scene_graph_schema_has_the_published_numbers_of_classes_and_predicates() {
    let all = Schema::built_in();
    let star = all.iter().find(|s| s.id == "star").expect("shipped");
    assert_eq!((star.classes.len(), star.relations.len()), (48, 58));
    let at = |n: usize| (star.classes[n - 1].code.as_str(), star.relations[n - 1].code.as_str());
    assert_eq!((at(1), at(48).0), (("ship", "parallelly docked at"), "roundabout"));
    assert_eq!(star.relations[57].code.as_str(), "indirectly transmit electricity to");
    assert_eq!(star.keys().len(), 48, "every class has a key");
    let looks: std::collections::HashSet<_> = star.classes.iter().map(|c| (&c.color, c.hatch)).collect();
    assert_eq!(looks.len(), 48);
}
