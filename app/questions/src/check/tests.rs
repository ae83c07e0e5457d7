use std::collections::BTreeMap;

use plugin_api::{Answer as Said, Place, Point, Query, Route, Tool};
use project::question::{Answer, Evidence, QuestionKind, View};
use project::{Author, Project, Question, RegionId, ResponseId};
use serde_json::json;

use super::{Card, Check, check};
use crate::draft::{Ground, tests::street};

fn response(n: u128) -> ResponseId {
    uuid::Uuid::from_u128(n).to_string().parse().expect("an identity")
}

/// Answers that are cited, by identity.
#[derive(Default)]
struct Shelf(BTreeMap<ResponseId, (Query, Said)>);

impl Shelf {
    fn with(mut self, tool: Tool, query: &serde_json::Value, said: Said) -> Self {
        let query = Query::from_value(tool, query.clone()).expect("sound");
        self.0.insert(response(1 + self.0.len() as u128), (query, said));
        self
    }

    fn finds(&self, question: &Question) -> Check {
        let mut question = question.clone();
        question.evidence.extend(self.0.keys().map(|id| Evidence::Response(*id)));
        let card = |id| self.0.get(&id).map(|(query, answer)| Card { query, answer });
        check(&question, &Ground::of(&Project::new(), false), &card)
    }
}

fn cafe(name: &str, metres: f64, rating: f64) -> Place {
    let mut place = Place::new(name, name, Point::new(37.0 + metres / 1e6, -94.5));
    place.distance_m = Some(metres);
    place.details.insert("rating".into(), json!(rating));
    place
}

fn cafes(limit: u32) -> Shelf {
    let query = json!({"at": {"lat": 37, "lon": -94.5}, "radius_m": 500, "kind": "cafe", "limit": limit});
    let places = vec![cafe("Tea Room", 80.0, 4.1), cafe("Bean House", 12.5, 3.9), cafe("Inn", 430.0, 4.8)];
    Shelf::default().with(Tool::Nearby, &query, Said::Places(places))
}

fn asks(text: &str, kind: QuestionKind, options: &[&str], answer: Answer) -> Question {
    let mut question = Question::new(text, kind, Author::new("Ana"));
    question.options = options.iter().map(|option| (*option).to_owned()).collect();
    question.answer = Some(answer);
    question
}

fn single(text: &str, options: &[&str], right: u32) -> Question {
    asks(text, QuestionKind::SingleChoice, options, Answer::Options(vec![right]))
}

fn number(text: &str, value: f64, unit: &str) -> Question {
    let mut question = asks(text, QuestionKind::Number, &[], Answer::Number(value));
    unit.clone_into(&mut question.unit);
    question
}

#[track_caller]
fn agrees(check: &Check, shown: &str) {
    let Check::Agrees { computed } = check else { panic!("{check:?}") };
    assert!(computed.contains(shown), "{computed}");
}

#[track_caller]
fn contradicts(check: &Check, says: &str) {
    let Check::Contradicts { instead, .. } = check else { panic!("{check:?}") };
    assert!(instead.contains(says), "{instead}");
}

#[track_caller]
fn unchecked(check: &Check, says: &str) {
    let Check::Unchecked { why, .. } = check else { panic!("{check:?}") };
    assert!(why.contains(says), "{why}");
}

#[test]
fn names_are_compared_with_the_first_of_a_list_that_stands_among_the_options() {
    let cafes = cafes(10);
    let nearest = "Which café is the nearest to the tower?";
    agrees(
        &cafes.finds(&single(nearest, &["Tea Room", "bean house, Main St"], 1)),
        "Bean House 12.5 m, Tea Room 80.0 m",
    );
    contradicts(&cafes.finds(&single(nearest, &["Tea Room", "Bean House"], 0)), "Bean House");
    // The nearest of those to choose from.
    agrees(&cafes.finds(&single(nearest, &["Inn", "Tea Room"], 1)), "Tea Room");
    contradicts(&cafes.finds(&single("Which is farthest?", &["Inn", "Tea Room"], 1)), "Inn");
    contradicts(&cafes.finds(&single("Which is the highest rated?", &["Tea Room", "Inn"], 0)), "Inn");
    agrees(&cafes.finds(&single("Which has the lowest rating?", &["Bean House", "Inn"], 0)), "3.9");
    unchecked(&cafes.finds(&single(nearest, &["left", "right"], 0)), "no option is called so");
    unchecked(&cafes.finds(&single("Which is the largest?", &["Inn", "Tea Room"], 0)), "rated");
    unchecked(&cafes.finds(&single("Which do you like?", &["Inn", "Tea Room"], 0)), "nothing that a rule");
    contradicts(
        &cafes.finds(&asks(nearest, QuestionKind::SingleChoice, &["Inn", "Bar"], Answer::Unanswerable)),
        "Bean",
    );
    let place = |lat: f64| asks(nearest, QuestionKind::Place, &[], Answer::Place([-94.5, lat]));
    agrees(&cafes.finds(&place(37.000_012)), "Bean House");
    contradicts(&cafes.finds(&place(37.01)), "m from there");
    let words = |text: &str| asks(nearest, QuestionKind::OpenEnded, &[], Answer::Text(text.into()));
    agrees(&cafes.finds(&words("Bean house.")), "Bean House");
    contradicts(&cafes.finds(&words("Inn")), "Bean House");
    unchecked(&cafes.finds(&words("the one with the green door")), "other words");
}

#[test]
fn places_are_counted_only_where_none_can_be_missing() {
    let count = "How many cafés lie within 100 m of it?";
    agrees(
        &cafes(10).finds(&number(count, 2.0, "")),
        "at most 100.0 m away: 2 (Tea Room 80.0 m, Bean House 12.5 m)",
    );
    contradicts(&cafes(10).finds(&number(count, 3.0, "")), "2");
    agrees(&cafes(3).finds(&number(count, 2.0, "")), "2");
    unchecked(&cafes(3).finds(&number("How many cafés are there?", 3.0, "")), "there may be more");
    unchecked(&cafes(10).finds(&number("How many lie within 2 km?", 3.0, "")), "less far");
    agrees(&cafes(10).finds(&single("How many cafés are there?", &["2", "Three (3)", "4"], 1)), "3");
    contradicts(&cafes(10).finds(&single("How many cafés are there?", &["2", "4"], 0)), "3");
    let yes = |text: &str, right: u32| asks(text, QuestionKind::YesNo, &[], Answer::Options(vec![right]));
    agrees(&cafes(10).finds(&yes("Is there a café within 20 m?", 0)), "1 (Bean House");
    contradicts(&cafes(10).finds(&yes("Is there a café within 5 m?", 0)), "no");
    agrees(&cafes(10).finds(&yes("Are there more than 2 cafés?", 0)), "3");
    agrees(&cafes(10).finds(&yes("Is the nearest café more than 20 m away?", 1)), "12.5 m");
    let several = asks(
        "Which of these lie within 100 m?",
        QuestionKind::MultipleChoice,
        &["Inn", "Bean House", "Tea Room"],
        Answer::options([1, 2]),
    );
    agrees(&cafes(10).finds(&several), "100.0 m");
    contradicts(
        &cafes(10).finds(&Question { answer: Some(Answer::options([0, 1])), ..several }),
        "Bean House; Tea Room",
    );
    let none = Shelf::default().with(Tool::TextSearch, &json!({"text": "zoo"}), Said::Places(Vec::new()));
    agrees(&none.finds(&yes("Is there a zoo?", 1)), "0");
    agrees(
        &none.finds(&asks(
            "Which zoo is nearest?",
            QuestionKind::SingleChoice,
            &["a", "b"],
            Answer::Unanswerable,
        )),
        "no place",
    );
    contradicts(&none.finds(&single("Which zoo is nearest?", &["a", "b"], 0)), "cannot be answered");
}

fn way(summary: &str, metres: f64, seconds: f64) -> Route {
    Route { summary: summary.into(), distance_m: metres, duration_s: Some(seconds), ..Route::default() }
}

#[test]
fn ways_are_compared_in_the_unit_and_as_exactly_as_they_are_written() {
    let query = json!({"from": {"lat": 1, "lon": 2}, "to": {"lat": 1, "lon": 3}, "alternatives": true});
    let routes = vec![way("Main St", 4_260.0, 725.0), way("I-44", 6_100.0, 610.0)];
    let ways = Shelf::default().with(Tool::Route, &query, Said::Routes(routes));
    let long = "How long does it take by car?";
    agrees(&ways.finds(&number(long, 12.1, "min")), "12.1 min");
    contradicts(&ways.finds(&number(long, 14.0, "minutes")), "12.1 min");
    unchecked(&ways.finds(&number(long, 12.0, "km")), "asks for km");
    agrees(&ways.finds(&single(long, &["10 min", "12 mins", "0 h 14 min"], 1)), "12.1 min");
    contradicts(&ways.finds(&single(long, &["10 min", "12 mins", "0 h 14 min"], 2)), "12.1 min");
    unchecked(&ways.finds(&single(long, &["10 min", "20 min"], 0)), "no option says just that");
    agrees(&ways.finds(&single("What is the distance by road?", &["4.3 km", "6.1 km"], 0)), "4260.0 m");
    agrees(&ways.finds(&single("What is the fastest way?", &["Main St", "I-44"], 1)), "10.2 min");
    agrees(&ways.finds(&number("How long is the fastest way, in minutes?", 10.17, "min")), "I-44");
    let yes = |text: &str, right: u32| asks(text, QuestionKind::YesNo, &[], Answer::Options(vec![right]));
    agrees(&ways.finds(&yes("Is the way at least 4 km long?", 0)), "4260.0 m");
    contradicts(&ways.finds(&yes("Does the drive take more than 1 hour? How long is it?", 0)), "no");
    unchecked(&cafes(5).finds(&number(long, 12.0, "min")), "cites no way");
    agrees(&cafes(5).finds(&number("How far is the Tea Room from it?", 80.0, "m")), "straight line");
}

#[test]
fn details_are_those_of_the_place_that_is_named() {
    agrees(&cafes(5).finds(&number("What is the rating of Inn?", 4.8, "")), "rating of Inn: 4.8");
    contradicts(&cafes(5).finds(&number("What is the rating of Inn?", 4.1, "")), "4.8");
    unchecked(&cafes(5).finds(&number("What is the rating of the pub?", 4.1, "")), "do not name one place");
}

fn view(side: f64) -> Evidence {
    let bounds = [366_000.0 - 20.0, 4_103_000.0 - 20.0, 366_000.0 + side, 4_103_000.0 + side];
    Evidence::View(View { bounds, layers: Vec::new() })
}

fn on_map(mut question: Question, ids: &[RegionId], project: &Project, views: &[f64]) -> Check {
    question.evidence = views.iter().map(|side| view(*side)).collect();
    question.evidence.extend(ids.iter().map(|id| Evidence::Region(*id)));
    check(&question, &Ground::of(project, false), &|_| None)
}

#[test]
fn labels_answer_what_is_asked_of_a_view_or_of_regions() {
    let (project, ids) = street(&[
        (0.0, 0.0, 10.0, "destroyed"),
        (30.0, 0.0, 12.0, "major damage"),
        (60.0, 0.0, 8.0, "destroyed"),
        (160.0, 0.0, 20.0, "no damage"),
    ]);
    let find = |question: Question, cited: &[usize], views: &[f64]| {
        let cited: Vec<RegionId> = cited.iter().map(|n| ids[*n]).collect();
        on_map(question, &cited, &project, views)
    };
    let count = "How many destroyed buildings does the picture show?";
    agrees(&find(number(count, 2.0, ""), &[], &[100.0]), "class = destroyed");
    contradicts(&find(number(count, 3.0, ""), &[], &[100.0]), "2");
    unchecked(&find(number(count, 2.0, ""), &[], &[100.0, 50.0]), "several views");
    unchecked(&find(number("How many buildings are there?", 2.0, ""), &[], &[100.0]), "no class");
    let yes = |text: &str, right: u32| asks(text, QuestionKind::YesNo, &[], Answer::Options(vec![right]));
    agrees(&find(yes("Is there a house with no damage?", 1), &[], &[100.0]), "there is none");
    agrees(&find(yes("Is there major damage?", 0), &[], &[100.0]), "there is");
    agrees(&find(number("How many destroyed ones lie within 40 m of it?", 2.0, ""), &[1], &[]), "at most 40");
    agrees(&find(number("How far apart are they?", 60.0, "m"), &[0, 2], &[]), "geodesic");
    contradicts(&find(number("How far apart are they?", 0.09, "km"), &[0, 2], &[]), "60.0 m");
    let nearest = single("Which destroyed building is nearest?", &["house 0", "house 2"], 0);
    contradicts(&find(nearest, &[3], &[]), "house 2");
    let regions =
        asks("Which destroyed building is nearest?", QuestionKind::Regions, &[], Answer::regions([ids[2]]));
    agrees(&find(regions, &[3], &[]), "house 2");
    let seen = single("In which direction does house 2 lie, seen from house 0?", &["West", "East"], 1);
    agrees(&find(seen, &[0, 2], &[]), "east");
    let most = single("Which class do most regions have?", &["Destroyed", "Major damage"], 1);
    contradicts(&find(most, &[], &[100.0]), "estroyed");
}

#[test]
fn what_a_rule_does_not_know_it_does_not_judge() {
    let nothing = Shelf::default();
    unchecked(&nothing.finds(&single("Which is nearest?", &["a", "b"], 0)), "cites no view");
    let mut open = single("Which is nearest?", &["a", "b"], 0);
    open.answer = None;
    unchecked(&nothing.finds(&open), "no answer yet");
    open.answer = Some(Answer::Options(vec![7]));
    unchecked(&nothing.finds(&open), "option 8");
    let two = cafes(5).with(Tool::TextSearch, &json!({"text": "a"}), Said::Places(vec![cafe("x", 1.0, 1.0)]));
    unchecked(&two.finds(&single("Which is nearest?", &["x", "Inn"], 0)), "several answers");
    unchecked(
        &cafes(5).finds(&single("How far is the nearest and the farthest?", &["x", "Inn"], 0)),
        "several things",
    );
    let query = json!({"at": {"lat": 1, "lon": 2}, "radius_m": 10});
    let hostile = vec![cafe("", f64::NAN, f64::INFINITY), cafe("\u{202e}", -1.0, f64::NAN)];
    let shelf = Shelf::default().with(Tool::Nearby, &query, Said::Places(hostile));
    for text in ["Which is nearest?", "How many are there?", "Which is best rated?", "How far is it?"] {
        for answer in [Answer::Options(vec![0]), Answer::Unanswerable] {
            let question =
                asks(text, QuestionKind::SingleChoice, &["\u{202e}", "9".repeat(500).as_str()], answer);
            let _ = shelf.finds(&question).text();
        }
    }
}
