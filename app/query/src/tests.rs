//! What is understood, what is refused and where, and which regions come out.

use std::collections::BTreeMap;
use std::sync::Arc;

use project::review::{Stage, Verdict, Vote};
use project::{
    AttributeValue, Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Predicate,
    PredicateCode, Project, Region, RegionId, Relation as Related, Schema,
};
use proptest::prelude::*;

use crate::parse::{Node, Place, Relation, Test, Written};
use crate::{
    Asker, Column, Condition, Facts, Needs, Order, Query, QueryError, Vocabulary, completions, sums,
};

struct Town {
    project: Project,
    ids: IdSource,
    regions: Vec<RegionId>,
}

fn schema() -> Schema {
    let mut schema = Schema::joint_damage_scale();
    let mut child = schema.classes[3].clone();
    child.code = ClassCode::new("collapsed");
    child.name = "Collapsed roof and walls".into();
    child.parent = Some(ClassCode::new("destroyed"));
    (child.digit, child.raster_value, child.rank) = (None, None, None);
    schema.classes.push(child);
    let destroyed = vec![ClassCode::new("destroyed")];
    schema.relations =
        vec![Predicate::new("near"), Predicate { from: destroyed, ..Predicate::new("fell on") }];
    schema
}

impl Town {
    /// Squares of 10, 20, 30 … metres without a CRS, so that areas are exact.
    fn new(count: usize) -> Self {
        let mut town =
            Self { project: Project::new(), ids: IdSource::new(1_767_225_600_000, 7), regions: Vec::new() };
        town.apply(&Edit::Schema(Change::create((), Arc::new(schema()))));
        for i in 0..count {
            let side = 10.0 * (i + 1) as f64;
            let x = 1000.0 * i as f64;
            let corners = vec![(x, 0.0), (x + side, 0.0), (x + side, side), (x, side), (x, 0.0)];
            let region = Region {
                geometry: geo::Polygon::new(corners.into(), Vec::new()).into(),
                layer: None,
                source: GeometrySource::custom(),
                source_id: (i % 2 == 0).then(|| format!("F-{i}")),
                attributes: BTreeMap::new(),
            };
            let id = town.ids.region();
            town.apply(&Edit::Region(Change::create(id, Arc::new(region))));
            town.regions.push(id);
        }
        town
    }

    fn apply(&mut self, edit: &Edit) {
        self.project.apply(edit).expect("sound");
    }

    fn label(&mut self, at: usize, author: &str, class: &str, confidence: Option<f64>, note: &str) {
        let label = Label {
            region: self.regions[at],
            class: ClassCode::new(class),
            author: Author::new(author),
            confidence,
            note: note.into(),
            seconds: None,
            at_ms: Some(1_767_312_000_000 + at as i64),
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        let id = self.ids.label();
        self.apply(&Edit::Label(Change::create(id, label)));
    }

    fn relate(&mut self, from: usize, predicate: &str, to: usize) {
        let (from, to, predicate) = (self.regions[from], self.regions[to], PredicateCode::new(predicate));
        let relation = Related { from, to, predicate, author: Author::new("Ana"), at_ms: None };
        let id = self.ids.relation();
        self.apply(&Edit::Relation(Change::create(id, relation)));
    }

    fn attribute(&mut self, at: usize, name: &str, value: AttributeValue) {
        let before = self.project.region(self.regions[at]).expect("there").clone();
        let mut after = (*before).clone();
        after.attributes.insert(name.into(), value);
        self.apply(&Edit::Region(Change::replace(self.regions[at], before, after)));
    }

    fn condition(&self, text: &str) -> Result<Condition, QueryError> {
        Condition::new(&Query::parse(text)?, &Vocabulary::of(&self.project), &Asker::new(&Author::new("Ana")))
    }

    /// The numbers of the regions that a query finds.
    fn found(&self, text: &str) -> Vec<usize> {
        let condition = self.condition(text).unwrap_or_else(|e| panic!("{text}: {e} {}", e.hint));
        let facts = Facts::of(&self.project, condition.needs());
        let found = condition.regions(&facts);
        found.iter().map(|id| self.regions.iter().position(|r| r == id).expect("known")).collect()
    }

    fn refused(&self, text: &str) -> (String, String, String) {
        let error = self.condition(text).expect_err(text);
        (error.message.clone(), error.hint.clone(), text[error.at.clone()].to_owned())
    }

    /// Five regions: labelled by two people and a model, one not at all.
    fn mixed() -> Self {
        let mut town = Self::new(5);
        town.label(0, "Ana", "destroyed", Some(0.5), "");
        town.label(1, "Ben", "destroyed", Some(0.55), "roof “gone”");
        town.label(2, "Ben", "collapsed", Some(0.9), "");
        town.label(3, "Cem", "no damage", None, "");
        town.label(3, "model:unet", "destroyed", Some(0.8), "");
        town.label(4, "model:unet", "minor damage", Some(0.3), "");
        town.attribute(0, "storeys", AttributeValue::Integer(2));
        town.attribute(1, "storeys", AttributeValue::Text("10".into()));
        town.attribute(2, "roof type", AttributeValue::Text("Flat".into()));
        town.attribute(3, "heritage", AttributeValue::Boolean(true));
        town.attribute(3, "class", AttributeValue::Text("A".into()));
        town
    }
}

#[test]
fn the_query_of_the_handbook_finds_what_it_says() {
    let town = Town::mixed();
    assert_eq!(town.found("class = destroyed and area_m2 > 200 and confidence < 0.6 and author != me"), [1]);
    assert_eq!(town.found("class = destroyed"), [0, 1, 2], "with the classes below it");
    assert_eq!(town.found("class = collapsed"), [2]);
}

#[test]
fn every_kind_of_field_is_compared_in_its_own_way() {
    let town = Town::mixed();
    for (text, expected) in [
        ("area_m2 = 100", &[0_usize][..]),
        ("area >= 0.09 ha and area < 1600", &[2]),
        ("perimeter_m > 0.1 km", &[2, 3, 4]),
        ("confidence <= 55%", &[0, 1]),
        ("confidence = none", &[3, 4]),
        ("not confidence", &[3, 4]),
        ("author = me", &[0]),
        ("author != me", &[1, 2, 3, 4]),
        ("author in (me, cem)", &[0, 3]),
        ("author not in (me, Cem)", &[1, 2, 4]),
        ("author is not none", &[0, 1, 2, 3]),
        ("labelled_by = \"model:unet\"", &[3, 4]),
        ("labelled", &[0, 1, 2, 3]),
        ("not labelled", &[4]),
        ("labelled = no", &[4]),
        ("predicted", &[3, 4]),
        ("predicted = destroyed and differs", &[3]),
        ("predicted_confidence < 0.5", &[4]),
        ("predicted_by = \"model:unet\"", &[3, 4]),
        ("model ~ unet and not labelled", &[4]),
        ("model = Ana", &[]),
        // Of two classes, one 80 % sure: 0.72 bit; 30 %: 0.88.
        ("entropy > 0.8", &[4]),
        ("entropy < 0.8", &[3]),
        ("entropy = none", &[0, 1, 2]),
        ("class = none", &[4]),
        ("class >= major damage", &[0, 1]),
        ("class ~ damage", &[3]),
        ("class in (no damage, collapsed)", &[2, 3]),
        ("state = draft or state = stage_one and class = no damage", &[3, 4]),
        ("settled", &[]),
        ("note ~ GONE", &[1]),
        ("source = custom and not source_id", &[1, 3]),
        ("source_id ~ f-", &[0, 2, 4]),
        ("shape = polygon and corners = 4", &[0, 1, 2, 3, 4]),
        ("storeys > 2", &[1]),
        ("storeys = 2", &[0]),
        ("storeys", &[0, 1]),
        ("\"roof type\" = flat", &[2]),
        ("\"roof type\" != flat", &[0, 1, 3, 4]),
        ("heritage = yes", &[3]),
        ("attribute.class = a", &[3]),
        ("created >= 2026-01-01 and created < 2026-01-02", &[0, 1, 2, 3, 4]),
        ("created > 2026-01-01", &[]),
        ("labelled_at = 2026-01-02", &[0, 1, 2, 3]),
        ("labels = 2", &[3]),
        ("votes > 0", &[]),
        ("not (labelled and class = destroyed) and !predicted", &[]),
        ("CLASS = 'No Damage' && ! predicted || author = Ben", &[1, 2]),
        ("disagreement > 0", &[]),
    ] {
        assert_eq!(town.found(text), expected, "{text}");
    }
}

#[test]
fn an_error_stands_under_the_word_that_is_wrong() {
    let town = Town::mixed();
    for (text, message, hint, under) in [
        ("class = destroied", "There is no class 'destroied'", "did you mean destroyed?", "destroied"),
        ("clas = destroyed", "There is no field or attribute 'clas'", "did you mean class?", "clas"),
        ("destroyed", "There is no field or attribute 'destroyed'", "write class = destroyed", "destroyed"),
        ("area_m2 > many", "'many' is no number", "write a number of m², or with ha or km2", "many"),
        (
            "area_m2 > 3 acres",
            "There is no unit 'acres' here",
            "write a number of m², or with ha or km2",
            "3 acres",
        ),
        ("confidence < 0.6 author = me", "Expected 'and' or 'or' instead of '='", "", "="),
        ("created > yesterday", "'yesterday' is no date", "", "yesterday"),
        (
            "labelled > 3",
            "'labelled' is yes or no and cannot be compared so",
            "write labelled or not labelled",
            "labelled",
        ),
        ("labelled = maybe", "'labelled' is yes or no, not 'maybe'", "", "maybe"),
        ("state = open", "There is no state of review 'open'", "", "open"),
        ("layer = west", "There is no layer 'west'", "", "west"),
        (
            "class > un-classified",
            "The class 'un-classified' has no place on a scale",
            "compare it by = or !=",
            "un-classified",
        ),
        ("class in (none, destroyed)", "'none' is compared by = and != only", "", "none"),
        ("area_m2 ~ 3", "'area_m2' is no text to look in", "", "area_m2"),
        ("class =", "Expected a value after '='", "", ""),
        ("class = and", "Expected a value after '='", "", "and"),
        ("(labelled", "Expected ')'", "the '(' at character 1 is still open", ""),
        ("labelled)", "This ')' closes nothing", "", ")"),
        (
            "class in destroyed",
            "Expected '(' after 'in'",
            "a list is written as in (destroyed, major damage)",
            "destroyed",
        ),
        ("labelled, settled", "A ',' stands only between the values of a list", "", ","),
        ("labelled settled", "Expected 'and' or 'or' before 'settled'", "", "settled"),
        ("", "Expected a name such as class or area_m2", "", ""),
        ("note = 'open", "The text that begins here has no closing quote", "", "'"),
        ("labelled & settled", "'&' does not belong into a query", "write 'and'", "&"),
    ] {
        let (found, why, place) = town.refused(text);
        assert_eq!((found.as_str(), place.as_str()), (message, under), "{text}");
        assert!(why.contains(hint), "{text}: {why}");
    }
    let query = Query::parse("author = me").expect("read");
    let error =
        Condition::new(&query, &Vocabulary::of(&town.project), &Asker::default()).expect_err("nobody");
    assert_eq!((error.message.as_str(), error.at), ("Nobody is known to ask", 9..11));
}

#[test]
fn hostile_texts_are_refused_at_once() {
    let started = std::time::Instant::now();
    for text in [
        "(".repeat(9_000),
        "not ".repeat(2_000) + "labelled",
        "labelled and ".repeat(700) + "labelled",
        format!("class in ({}x)", "x,".repeat(4_000)),
        "x".repeat(20_000),
        "'".to_owned() + &"\u{1f600}".repeat(2_000),
        "\u{0}".to_owned(),
    ] {
        let error = Query::parse(&text).expect_err("hostile");
        assert!(error.message.len() < 200 && error.pointed(&text).len() < 700, "{error}");
    }
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn what_review_settled_counts_and_returned_cases_are_found() {
    let mut town = Town::mixed();
    for member in ["Ben", "Cem", "Dia"] {
        let vote = Vote {
            seal: None,
            shape: None,
            id: town.ids.vote(),
            case: town.regions[0],
            member: Author::new(member),
            stage: Stage::Two,
            verdict: Verdict::Edit,
            class: Some(ClassCode::new("major damage")),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
        };
        town.project.record_vote(vote).expect("cast");
    }
    assert_eq!(town.found("settled and class = major damage"), [0]);
    assert_eq!(town.found("state = accepted and votes = 3"), [0]);
    assert_eq!(town.found("returned"), Vec::<usize>::new());
}

#[test]
fn facts_that_follow_an_edit_are_those_of_a_new_look() {
    let mut town = Town::mixed();
    let needs = Needs { measures: true, edits: false };
    let mut facts = Facts::of(&town.project, needs);
    let shown = |facts: &Facts| format!("{:?}", facts.rows());
    for step in 0..6 {
        let id = town.regions[step % 5];
        match step {
            0 => town.label(4, "Dia", "destroyed", Some(0.1), ""),
            1 => town.attribute(1, "storeys", AttributeValue::Integer(3)),
            2 => {
                let before = town.project.region(id).expect("there").clone();
                let mut after = (*before).clone();
                after.source = GeometrySource::new("survey");
                after.geometry = geo::Translate::translate(&after.geometry, 5.0, 5.0);
                town.apply(&Edit::Region(Change::replace(id, before, after)));
            }
            3 => {
                let labels: Vec<_> =
                    town.project.labels_of(id).map(|(l, label)| (l, label.clone())).collect();
                for (l, label) in labels {
                    town.apply(&Edit::Label(Change::delete(l, label)));
                }
                let region = town.project.region(id).expect("there").clone();
                town.apply(&Edit::Region(Change::delete(id, region)));
            }
            4 => {
                let region = town.project.region(id).expect("there").clone();
                let new = town.ids.region();
                town.apply(&Edit::Region(Change::create(new, region)));
            }
            _ => {}
        }
        let last = *town.project.regions().keys().next_back().expect("some");
        facts = facts.follow(&town.project, needs, &[id, last], false);
        assert_eq!(shown(&facts), shown(&Facts::of(&town.project, needs)), "step {step}");
    }
    assert!(facts.rows().iter().all(|row| row.area_m2 > 0.0));
}

#[test]
fn rows_are_sorted_and_what_has_no_value_is_last_either_way() {
    let town = Town::mixed();
    let facts = Facts::of(&town.project, Needs { measures: true, edits: false });
    let by = |column: Column, descending: bool| {
        let mut rows: Vec<u32> = (0..5).collect();
        Order { column, descending }.sort(&facts, &mut rows, |at| 4 - at);
        rows
    };
    assert_eq!(by(Column::Area, true), [4, 3, 2, 1, 0]);
    assert_eq!(by(Column::Confidence, false), [0, 1, 2, 3, 4]);
    assert_eq!(by(Column::Confidence, true), [2, 1, 0, 3, 4]);
    assert_eq!(by(Column::Author, true), [3, 1, 2, 0, 4]);
    assert_eq!(by(Column::Class, false), [3, 0, 1, 2, 4]);
    assert_eq!(by(Column::Place, false), [4, 3, 2, 1, 0]);
    assert_eq!(by(Column::Attribute("storeys".into()), false), [0, 1, 2, 3, 4]);
    assert_eq!(by(Column::SourceId, true), [4, 2, 0, 1, 3]);
    for column in Column::ALL {
        assert_eq!(Column::of(column.key()), column);
    }
}

#[test]
fn classes_are_summed_up_with_areas_and_the_mean_confidence() {
    let town = Town::mixed();
    let facts = Facts::of(&town.project, Needs { measures: true, edits: false });
    let all: Vec<u32> = (0..5).collect();
    let sums = sums(&facts, &all);
    let shown: Vec<_> = sums
        .classes
        .iter()
        .map(|c| (c.class.as_ref().map_or("", ClassCode::as_str), c.regions, c.area_m2, c.confidence))
        .collect();
    assert_eq!(
        shown,
        [
            ("no damage", 1, 1600.0, None),
            ("destroyed", 2, 500.0, Some(0.525)),
            ("collapsed", 1, 900.0, Some(0.9)),
            ("", 1, 2500.0, None),
        ]
    );
    assert_eq!((sums.regions, sums.area_m2, sums.unmeasured), (5, 5500.0, 0));
}

#[test]
fn words_that_may_come_next_are_offered() {
    let town = Town::mixed();
    let vocabulary = Vocabulary::of(&town.project);
    let asker = Asker::new(&Author::new("Ana"));
    let next =
        |text: &str| completions(text, &vocabulary, &asker).into_iter().map(|c| c.insert).collect::<Vec<_>>();
    assert_eq!(next("cl"), ["class", "\"class\""]);
    assert!(next("class = destroyed and ").len() > 10);
    assert_eq!(next("class = des"), ["destroyed"]);
    assert_eq!(next("class in (destroyed, no"), ["no damage", "none"]);
    assert_eq!(next("author = m"), ["me", "model:unet"]);
    assert_eq!(next("class = destroyed a"), ["and"]);
    assert_eq!(next("labelled "), ["and", "or"]);
    assert_eq!(next("\"roof type\" = F"), ["Flat"]);
    assert_eq!(next("state = sta"), ["stage_one", "stage_two"]);
    assert_eq!(next("sto"), ["storeys"]);
    assert_eq!(next("area_m2 > 2"), Vec::<String>::new());
}

fn written(text: impl Strategy<Value = String>, quoted: bool) -> impl Strategy<Value = Written> {
    text.prop_map(move |text| Written { text, quoted, at: Place(0..0) })
}

fn bare() -> impl Strategy<Value = String> {
    "[a-z0-9_.%é-]{1,6}"
        .prop_filter("a word that joins", |word| !["and", "or", "not", "in", "is"].contains(&word.as_str()))
}

fn value() -> impl Strategy<Value = Written> {
    let words = prop::collection::vec(bare(), 1..3).prop_map(|words| words.join(" "));
    prop_oneof![written(words, false), written("[ -~äß\"'()]{0,8}", true)]
}

fn test() -> impl Strategy<Value = Node> {
    let name = prop_oneof![written(bare(), false), written("[ -~ä\"']{0,8}", true)];
    let one = [
        Relation::Equal,
        Relation::NotEqual,
        Relation::Less,
        Relation::AtMost,
        Relation::Greater,
        Relation::AtLeast,
        Relation::Contains,
        Relation::Lacks,
    ];
    let compared = (prop::sample::select(one.to_vec()), value().prop_map(|v| vec![v]));
    let listed =
        (prop::sample::select(vec![Relation::In, Relation::NotIn]), prop::collection::vec(value(), 1..4));
    let held = Just((Relation::Holds, Vec::new()));
    (name, prop_oneof![compared, listed, held])
        .prop_map(|(name, (relation, values))| Node::Test(Test { name, relation, values }))
}

fn node() -> impl Strategy<Value = Node> {
    test().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::Any),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Node::All),
            inner.prop_map(|node| Node::Not(Box::new(node))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same_query(root in node()) {
        let query = Query { root };
        let text = query.to_string();
        let again = Query::parse(&text);
        prop_assert!(again.is_ok(), "{text}: {again:?}");
        let again = again.expect("read");
        prop_assert_eq!(&again, &query, "{}", text);
        prop_assert_eq!(again.to_string(), text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[-a-z0-9 <>=!~&|(),.'\"§%]{0,60}") {
        let town = Town::new(1);
        let vocabulary = Vocabulary::of(&town.project);
        drop(completions(&text, &vocabulary, &Asker::default()));
        match Query::parse(&text) {
            Ok(query) => {
                let shown = query.to_string();
                prop_assert_eq!(Query::parse(&shown).expect("printed").to_string(), shown);
                if let Err(error) = Condition::new(&query, &vocabulary, &Asker::default()) {
                    prop_assert!(error.at.end <= text.len());
                    drop(error.pointed(&text));
                }
            }
            Err(error) => drop(error.pointed(&text)),
        }
    }

    #[test]
    fn and_or_and_not_are_those_of_sets(picks in prop::collection::vec(0_usize..8, 3)) {
        const TESTS: [&str; 8] = [
            "labelled", "class = destroyed", "area_m2 > 800", "author != me", "confidence < 0.6", "predicted",
            "storeys = none", "note ~ gone",
        ];
        let town = Town::mixed();
        let [a, b, c] = [TESTS[picks[0]], TESTS[picks[1]], TESTS[picks[2]]];
        let of = |text: &str| town.found(text);
        let (fa, fb, fc) = (of(a), of(b), of(c));
        let expected: Vec<usize> =
            (0..5).filter(|i| (fa.contains(i) || fb.contains(i)) && !fc.contains(i)).collect();
        prop_assert_eq!(of(&format!("({a} or {b}) and not ({c})")), expected);
    }
}

#[test]
fn regions_are_found_by_how_they_stand_to_others() {
    let mut town = Town::new(5);
    town.relate(0, "near", 1);
    town.relate(1, "fell on", 0);
    town.relate(1, "near", 3);
    assert_eq!(town.found("relation = near"), [0, 1, 3]);
    assert_eq!(town.found("subject_of = near"), [0, 1]);
    assert_eq!(town.found("object_of in (near, \"fell on\")"), [0, 1, 3]);
    assert_eq!(town.found("subject_of = Fell_On"), [1]);
    assert_eq!(town.found("relation ~ fell"), [0, 1]);
    assert_eq!(town.found("relation != near"), [2, 4]);
    assert_eq!(town.found("related"), [0, 1, 3]);
    assert_eq!(town.found("not subject_of"), [2, 3, 4]);
    assert_eq!(town.found("relation = none"), [2, 4]);
    assert_eq!(town.found("relations >= 2"), [0, 1]);
    assert_eq!(town.found("misfit"), [0usize; 0], "nobody has said what they are");
    town.label(1, "Ana", "no damage", None, "");
    assert_eq!(town.found("misfit"), [0, 1]);
    let facts = Facts::of(&town.project, Needs::default());
    let cell = |at: usize| Column::Relation.cell(&facts, &facts.rows()[at]);
    assert_eq!(cell(1), crate::Cell::Text("fell on →, near →, ← near".into()));
    assert_eq!(
        (cell(2), Column::Relations.cell(&facts, &facts.rows()[1])),
        (crate::Cell::Nothing, crate::Cell::Number(3.0))
    );
    let wrong = |text: &str| town.condition(text).expect_err(text);
    assert_eq!(wrong("relation = neer").hint, "did you mean near?");
    assert!(wrong("relation > near").hint.contains("relations > 2"));
    let vocabulary = Vocabulary::of(&town.project);
    let next = completions("relation = f", &vocabulary, &Asker::default());
    assert_eq!(next.first().map(|c| c.insert.as_str()), Some("fell on"));
}

#[test]
fn regions_are_found_by_what_views_show_and_how_far_they_differ() {
    let mut town = Town::new(3);
    let layers = ["pre", "post drone"].map(|name| {
        let layer = project::Layer {
            name: name.into(),
            path: "a.tif".into(),
            role: project::LayerRole::Unspecified,
            crs: None,
            transform: None,
            warp: None,
            width: 9,
            height: 9,
            bands: 3,
            order: 0,
            alignment: spatial::align::Method::default(),
            sha256: None,
        };
        let id = town.ids.layer();
        town.apply(&Edit::Layer(Change::create(id, layer)));
        id
    });
    for (at, view, class) in
        [(0, 0, "no damage"), (0, 1, "destroyed"), (1, 0, "collapsed"), (1, 1, "collapsed")]
    {
        town.label(at, "Ana", class, None, "");
        let (id, held) = town.project.label_by(town.regions[at], &Author::new("Ana")).expect("given");
        let (id, held) = (id, Arc::clone(held));
        let after = Label { layer: Some(layers[view]), schema_version: Some(3), ..(*held).clone() };
        town.apply(&Edit::Label(Change::replace(id, held, after)));
    }
    assert_eq!(town.found("class@pre = destroyed"), [1], "with the classes below it");
    assert_eq!(town.found("\"class@post drone\" in (destroyed, collapsed)"), [0, 1]);
    assert_eq!(town.found("class@pre = none"), [2]);
    assert_eq!(town.found("class@PRE"), [0, 1]);
    assert_eq!(town.found("view_disagreement > 0"), [0]);
    assert_eq!(town.found("view_disagreement = 0"), [1]);
    assert_eq!(town.found("view_distance >= 3"), [0]);
    assert_eq!(town.found("labelled"), [0usize; 0], "nobody has labelled the whole");
    let wrong = town.condition("class@psot = destroyed").expect_err("no such layer");
    assert!(wrong.message.contains("psot") && wrong.hint.contains("post drone"), "{wrong:?}");
}
