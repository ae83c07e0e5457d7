use std::collections::BTreeMap;

use geo::{Coord, Rect};
use project::question::{Answer, Evidence, Origin};
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Project, Region, RegionId, Schema,
    Settings,
};
use spatial::Crs;

use super::{Asking, Found, Ground, Template, draft};
use crate::Drift;

fn drift(project: &Project) -> Vec<Drift> {
    crate::drift(project, &|_| None).1
}

fn ana() -> Author {
    Author::new("Ana")
}

/// Buildings on a street: x, y, side and class of each.
pub(crate) fn street(houses: &[(f64, f64, f64, &str)]) -> (Project, Vec<RegionId>) {
    let (mut project, mut ids) = (Project::new(), IdSource::new(5, 5));
    let before = project.settings().clone();
    let after = Settings { crs: Some(Crs::from_epsg(26915).expect("known")), ..before.clone() };
    let schema = Edit::Schema(Change::create((), Schema::joint_damage_scale()));
    let settings = Edit::Settings(Change::replace((), before, after));
    for edit in [settings, schema] {
        project.apply(&edit).expect("sound");
    }
    let mut regions = Vec::new();
    for (n, (x, y, side, class)) in houses.iter().enumerate() {
        let (x, y) = (366_000.0 + x, 4_103_000.0 + y);
        let half = side / 2.0;
        let region = Region {
            geometry: Rect::new((x - half, y - half), (x + half, y + half)).to_polygon().into(),
            layer: None,
            source: GeometrySource::custom(),
            source_id: Some(format!("house {n}")),
            attributes: BTreeMap::new(),
        };
        let id = ids.region();
        project.apply(&Edit::Region(Change::create(id, region))).expect("sound");
        let label = Label {
            region: id,
            class: ClassCode::new(class),
            author: ana(),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        project.apply(&Edit::Label(Change::create(ids.label(), label))).expect("sound");
        regions.push(id);
    }
    (project, regions)
}

fn town() -> (Project, Vec<RegionId>) {
    let classes = ["no damage", "minor damage", "major damage", "destroyed"];
    let house = |n: usize| {
        let (row, column) = (n / 12, n % 12);
        let shift = (n * 7 % 5) as f64;
        (
            25.0 * column as f64 + shift,
            30.0 * row as f64 - shift,
            8.0 + (n * 13 % 11) as f64,
            classes[n * n % 7 % 4],
        )
    };
    street(&(0..120).map(house).collect::<Vec<_>>())
}

fn view(x: f64, y: f64, side: f64) -> [f64; 4] {
    [366_000.0 + x, 4_103_000.0 + y, 366_000.0 + x + side, 4_103_000.0 + y + side]
}

#[test]
fn answers_are_what_one_counts_by_hand() {
    let (project, ids) = street(&[
        (0.0, 0.0, 10.0, "destroyed"),
        (30.0, 0.0, 20.0, "destroyed"),
        (60.0, 5.0, 10.0, "no damage"),
        (0.0, 100.0, 12.0, "destroyed"),
        (300.0, 0.0, 14.0, "destroyed"),
    ]);
    let ground = Ground::of(&project, false);
    let class = |code: &str| ClassCode::new(code);
    let found = |asking: Asking| asking.compute(&ground).map(|computed| computed.found);
    let around = view(-10.0, -10.0, 80.0);
    assert_eq!(found(Asking::Count { class: class("destroyed"), view: around }), Ok(Found::Count(2)));
    assert_eq!(found(Asking::Count { class: class("minor damage"), view: around }), Ok(Found::Count(0)));
    assert_eq!(found(Asking::Exists { class: class("no damage"), view: around }), Ok(Found::Yes(true)));
    assert_eq!(found(Asking::Majority { view: around }), Ok(Found::Class(class("destroyed"))));
    assert_eq!(found(Asking::Largest { class: class("destroyed"), view: around }), Ok(Found::Thing(ids[1])));
    let within = |metres| found(Asking::Within { of: ids[2], class: class("destroyed"), metres });
    // 30.4 m, 60.2 m, 112.4 m and 240.1 m away on the map; the map is drawn 0.04 % too small here.
    assert_eq!(
        [within(30.0), within(31.0), within(61.0), within(500.0)].map(Result::unwrap),
        [0, 1, 2, 4].map(Found::Count)
    );
    assert_eq!(found(Asking::Nearest { of: ids[2], class: class("destroyed") }), Ok(Found::Thing(ids[1])));
    assert_eq!(found(Asking::Nearest { of: ids[0], class: class("obscured") }), Ok(Found::Nothing));
    let Ok(Found::Metres(metres)) = found(Asking::Distance { from: ids[0], to: ids[4] }) else {
        panic!("no distance")
    };
    assert!((metres - 300.0).abs() < 0.3, "{metres}");
    // East, by the grid; north there leans by less than a degree.
    assert_eq!(found(Asking::Direction { from: ids[0], to: ids[4] }), Ok(Found::Compass(2)));
    assert_eq!(found(Asking::Direction { from: ids[3], to: ids[0] }), Ok(Found::Compass(4)));
}

#[test]
fn what_has_no_clear_answer_is_not_asked() {
    let (project, ids) = street(&[
        (0.0, 0.0, 10.0, "no damage"),
        (50.0, 0.0, 10.0, "destroyed"),
        (-50.2, 0.0, 10.0, "destroyed"),
        (40.0, 16.5, 4.0, "minor damage"),
    ]);
    let ground = Ground::of(&project, false);
    let class = ClassCode::new("destroyed");
    let all = view(-100.0, -100.0, 200.0);
    for asking in [
        Asking::Nearest { of: ids[0], class: class.clone() },
        Asking::Largest { class, view: all },
        Asking::Direction { from: ids[0], to: ids[3] },
        Asking::Distance { from: ids[0], to: ids[0] },
        Asking::Majority { view: view(900.0, 900.0, 5.0) },
    ] {
        assert!(asking.compute(&ground).is_err(), "{asking:?}");
    }
}

#[test]
fn every_template_drafts_sound_questions_and_the_same_seed_the_same() {
    let (project, _) = town();
    let ground = Ground::of(&project, false);
    for template in Template::ALL {
        let drafted = draft(&project, &ground, &[template], 12, 7, &ana());
        assert_eq!(drafted.len(), 12, "{template}");
        for question in &drafted {
            assert_eq!(question.fault(), None);
            assert_eq!(question.shortcomings(), Vec::<String>::new(), "{question:?}");
            let Origin::Template { name, computation, .. } = &question.origin else { panic!("{question:?}") };
            assert!(name == template.key() && !computation.is_empty());
            assert!(question.evidence.iter().any(|one| matches!(one, Evidence::View(_))));
            assert!(question.context.text.contains("class"));
            assert_eq!(template == Template::Missing, question.answer == Some(Answer::Unanswerable));
        }
        assert_eq!(draft(&project, &ground, &[template], 12, 7, &ana()), drafted);
        assert_ne!(draft(&project, &ground, &[template], 12, 8, &ana()), drafted);
    }
    let mixed = draft(&project, &ground, &Template::ALL, 90, 1, &ana());
    assert_eq!(mixed.len(), 90);
    let right: Vec<u32> = mixed
        .iter()
        .filter_map(|q| if let Some(Answer::Options(places)) = &q.answer { Some(places[0]) } else { None })
        .collect();
    assert!(
        (0..4).all(|n| right.iter().filter(|place| **place == n).count() > 4),
        "the right one is anywhere: {right:?}"
    );
}

#[test]
fn a_label_that_changes_is_found_where_answers_rest_on_it() {
    let (mut project, ids) = street(&[
        (0.0, 0.0, 10.0, "destroyed"),
        (30.0, 0.0, 20.0, "destroyed"),
        (60.0, 5.0, 10.0, "no damage"),
        (90.0, 5.0, 11.0, "destroyed"),
    ]);
    let drafted =
        draft(&project, &Ground::of(&project, false), &[Template::Count, Template::Nearest], 8, 3, &ana());
    assert!(drafted.len() > 2, "{}", drafted.len());
    let mut source = IdSource::new(9, 9);
    for question in drafted {
        project.apply(&Edit::Question(Change::create(source.question(), question))).expect("sound");
    }
    assert_eq!(drift(&project), []);
    for id in &ids[..2] {
        let (label, before) = project.label_of(*id).map(|(id, label)| (id, label.clone())).expect("labelled");
        let after = Label { class: ClassCode::new("obscured"), ..(*before).clone() };
        project.apply(&Edit::Label(Change::replace(label, before, after))).expect("sound");
    }
    let found = drift(&project);
    assert!(found.iter().any(|d| d.what == "answer" && d.says.contains("now")), "{found:?}");
    let (label, held) = project.label_of(ids[3]).map(|(id, label)| (id, label.clone())).expect("labelled");
    project.apply(&Edit::Label(Change::delete(label, held))).expect("sound");
    let shape = project.region(ids[3]).cloned().expect("there");
    project.apply(&Edit::Region(Change::delete(ids[3], shape))).expect("sound");
    assert!(drift(&project).iter().any(|d| d.what == "region"));
}

#[test]
fn a_project_without_regions_or_crs_drafts_what_it_can() {
    let empty = Project::new();
    assert!(draft(&empty, &Ground::of(&empty, false), &Template::ALL, 5, 1, &ana()).is_empty());
    let (project, _) = town();
    let mut shapes = Project::new();
    shapes.apply(&Edit::Schema(Change::create((), Schema::joint_damage_scale()))).expect("sound");
    let mut ids = IdSource::new(1, 1);
    for (id, region) in project.regions() {
        shapes.apply(&Edit::Region(Change::create(*id, region.clone()))).expect("sound");
        let (_, label) = project.label_of(*id).expect("labelled");
        shapes.apply(&Edit::Label(Change::create(ids.label(), label.clone()))).expect("sound");
    }
    let ground = Ground::of(&shapes, false);
    assert_eq!(ground.unit(), "px");
    assert_eq!(ground.things()[0].at, Coord { x: 366_000.0, y: 4_103_000.0 });
    let drafted = draft(&shapes, &ground, &Template::ALL, 20, 1, &ana());
    assert!(drafted.len() > 10 && drafted.iter().all(|q| q.fault().is_none()), "{}", drafted.len());
    // Nobody has settled anything.
    assert!(Ground::of(&project, true).things().is_empty());
}

#[test]
fn numbers_to_choose_from_stand_in_order_and_the_right_one_at_every_place_as_often() {
    let (project, _) = town();
    let ground = Ground::of(&project, false);
    let drafted = draft(&project, &ground, &[Template::Count, Template::Within], 400, 3, &ana());
    let mut places = [0_usize; 4];
    let mut rising = 0;
    for question in &drafted {
        let numbers: Vec<u32> =
            question.options.iter().map(|option| option.parse().expect("a number")).collect();
        let rises = numbers.is_sorted_by(|a, b| a < b);
        assert!(rises || numbers.is_sorted_by(|a, b| a > b), "{numbers:?}");
        rising += usize::from(rises);
        let Some(Answer::Options(right)) = &question.answer else { panic!("{question:?}") };
        places[right[0] as usize] += 1;
    }
    let zeros = drafted.iter().filter(|q| q.answer_text().as_deref() == Some("0")).count();
    assert!(zeros > 20, "numbers that nothing is below are among them: {zeros}");
    let fair = drafted.len() / 4;
    assert!(places.iter().all(|n| n.abs_diff(fair) <= 1 + drafted.len() / 100), "{places:?}");
    assert!(rising.abs_diff(drafted.len() / 2) < drafted.len() / 6, "{rising} of {}", drafted.len());
}
