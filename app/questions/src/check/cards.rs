//! Rules over the answers of services, and of the project itself, that a question cites.

use plugin_api::{Answer, Matrix, Place, Query, Route};
use project::Question;

use super::given::{Computation, Given, Named, names};
use super::quantity::{Unit, quantity, shown};
use super::words::{Pick, Sought, Wanted, find};

/// An answer that a question cites, with what was asked.
#[derive(Clone, Copy, Debug)]
pub struct Card<'a> {
    pub query: &'a Query,
    pub answer: &'a Answer,
}

/// How much clearer the first must be than the second, as a share.
const CLEAR: f64 = 1.02;
/// Places that a computation lists.
const LISTED: usize = 5;

type Outcome = Result<Computation, String>;

/// What the answers say to a question; `None` where it cites none.
pub(super) fn computed(question: &Question, wanted: &Wanted, cards: &[Card<'_>]) -> Option<Outcome> {
    if cards.is_empty() {
        return None;
    }
    let found = match (wanted.sought, wanted.pick) {
        (Some(Sought::Distance | Sought::Duration), None | Some(Pick::Shortest | Pick::Fastest)) => {
            way(question, wanted, cards)
        }
        (Some(Sought::Distance), Some(pick)) => {
            list(cards).and_then(|list| ranked(&list, pick)).map(|(order, text)| {
                let metres = order.first().and_then(|one| one.1).unwrap_or_default();
                Computation { given: Given::Number(metres, Unit::Metre), text }
            })
        }
        (Some(Sought::Count | Sought::Exists), None) => counted(wanted, cards),
        (None, Some(Pick::Shortest | Pick::Fastest)) => best_way(wanted, cards),
        (None, Some(pick)) => list(cards).and_then(|list| ranked(&list, pick)).map(|(order, text)| {
            let named = order.iter().map(|(place, _)| of(place)).collect::<Vec<_>>();
            Computation { given: if named.is_empty() { Given::Nothing } else { Given::Ranked(named) }, text }
        }),
        (Some(Sought::Detail(key)), None) => detail(question, key, cards),
        (None, None) => within_or_where(wanted, cards),
        _ => Err("its words ask for nothing that a rule computes from the answers it cites".to_owned()),
    };
    Some(found.map(|found| super::bounded(wanted, found)))
}

fn of(place: &Place) -> Named {
    Named { name: place.name.clone(), at: Some([place.at.lon, place.at.lat]), region: None }
}

/// A place, with metres from where was searched, where that is known.
type Far<'a> = (&'a Place, Option<f64>);

/// The one answer that lists places, with how far each is and how many were asked for.
struct List<'a> {
    /// With metres from where was searched, where that is known.
    places: Vec<(&'a Place, Option<f64>)>,
    limit: Option<u32>,
    radius_m: Option<f64>,
}

impl List<'_> {
    /// True where more places may be there than are listed.
    fn is_cut(&self) -> bool {
        self.limit.is_some_and(|limit| self.places.len() >= limit as usize)
    }
}

fn list<'a>(cards: &[Card<'a>]) -> Result<List<'a>, String> {
    let mut lists = cards.iter().filter_map(|card| match (card.query, card.answer) {
        (Query::PlaceDetails(_), _) => None,
        (query, Answer::Places(places)) => Some((query, places)),
        _ => None,
    });
    let Some((query, places)) = lists.next() else {
        return Err("none of the answers it cites lists places".to_owned());
    };
    if lists.next().is_some() {
        return Err(
            "several answers that it cites list places, and a rule does not know which is meant".to_owned()
        );
    }
    let (at, limit, radius_m) = match query {
        Query::Nearby(query) => (Some(query.at), query.limit, Some(query.radius_m)),
        Query::TextSearch(query) => (query.near, query.limit, query.radius_m),
        Query::AlongRoute(query) => (None, query.limit, query.radius_m),
        _ => (None, u32::MAX, None),
    };
    let far = |place: &Place| place.distance_m.or_else(|| Some(at?.metres_to(place.at)));
    let places = places.iter().map(|place| (place, far(place))).collect();
    Ok(List { places, limit: Some(limit), radius_m })
}

fn listed<'a>(places: &[Far<'a>], value: &dyn Fn(&Far<'a>) -> String) -> String {
    let mut text: Vec<String> = places
        .iter()
        .take(LISTED)
        .map(|one| format!("{} {}", one.0.name, value(one)).trim().to_owned())
        .collect();
    if places.len() > LISTED {
        text.push(format!("{} more", places.len() - LISTED));
    }
    text.join(", ")
}

fn metres(one: &(&Place, Option<f64>)) -> String {
    one.1.map_or_else(String::new, |metres| shown(metres, Unit::Metre))
}

fn rating(place: &Place) -> Option<f64> {
    let held = place.details.get("rating")?;
    held.as_f64().or_else(|| held.as_str()?.trim().parse().ok()).filter(|n: &f64| n.is_finite())
}

type Order<'a> = Vec<Far<'a>>;

/// The places in the order that a word asks for, the one that is meant first.
fn ranked<'a>(list: &List<'a>, pick: Pick) -> Result<(Order<'a>, String), String> {
    let score = |(place, metres): &(&Place, Option<f64>)| match pick {
        Pick::Nearest => *metres,
        Pick::Farthest => metres.map(|metres| -metres),
        Pick::Best => rating(place).map(|rating| -rating),
        Pick::Worst => rating(place),
        Pick::Largest | Pick::Shortest | Pick::Fastest => None,
    };
    if list.places.is_empty() {
        return Ok((Vec::new(), "the answer that it cites lists no place".to_owned()));
    }
    let mut order: Vec<(f64, (&Place, Option<f64>))> =
        list.places.iter().filter_map(|one| Some((score(one)?, *one))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let by_distance = matches!(pick, Pick::Nearest | Pick::Farthest);
    if order.is_empty() || (by_distance && order.len() < list.places.len()) {
        let what = if by_distance { "how far each place is" } else { "what each place is rated" };
        return Err(format!("the answer that it cites does not say {what}"));
    }
    if pick == Pick::Farthest && list.is_cut() {
        return Err(
            "the list ends where no more places were asked for: one farther off may be missing".to_owned()
        );
    }
    if let [first, next, ..] = &order[..]
        && (first.0 == next.0
            || by_distance && next.0.abs().max(first.0.abs()) < CLEAR * next.0.abs().min(first.0.abs()))
    {
        let (a, b) = (&first.1.0.name, &next.1.0.name);
        return Err(format!("{a} and {b} are so alike in it that neither is the one"));
    }
    let order: Order<'a> = order.into_iter().map(|(_, one)| one).collect();
    let text = if by_distance {
        format!("places by distance: {}", listed(&order, &metres))
    } else {
        let value = |one: &(&Place, Option<f64>)| rating(one.0).map_or_else(String::new, |n| n.to_string());
        format!("places by rating: {}", listed(&order, &value))
    };
    Ok((order, text))
}

/// Those within the distance that the words say; an error where the answer does not reach so far.
fn near_enough<'a>(list: &List<'a>, wanted: &Wanted) -> Result<(Order<'a>, String), String> {
    let Some(within) = wanted.within_m else {
        if list.is_cut() {
            return Err(format!(
                "the answer lists {} places and no more were asked for: there may be more",
                list.places.len()
            ));
        }
        return Ok((list.places.clone(), "places that the answer lists".to_owned()));
    };
    if list.radius_m.is_some_and(|radius| radius < within) {
        return Err(format!("the answer reaches less far than {}", shown(within, Unit::Metre)));
    }
    if list.places.iter().any(|one| one.1.is_none()) {
        return Err("the answer that it cites does not say how far each place is".to_owned());
    }
    let inside: Order<'a> =
        list.places.iter().filter(|one| one.1.is_some_and(|m| m <= within)).copied().collect();
    if list.is_cut() && inside.len() == list.places.len() {
        return Err(format!(
            "the answer lists {} places and no more were asked for: there may be more",
            list.places.len()
        ));
    }
    Ok((inside, format!("places at most {} away", shown(within, Unit::Metre))))
}

fn counted(wanted: &Wanted, cards: &[Card<'_>]) -> Outcome {
    let list = list(cards)?;
    if wanted.sought == Some(Sought::Exists) && wanted.within_m.is_none() && !list.places.is_empty() {
        let text = format!("places that the answer lists: {}", listed(&list.places, &metres));
        return Ok(Computation { given: Given::Truth(true), text });
    }
    let (inside, what) = near_enough(&list, wanted)?;
    let names = if inside.is_empty() { String::new() } else { format!(" ({})", listed(&inside, &metres)) };
    let text = format!("{what}: {}{names}", inside.len());
    let given = if wanted.sought == Some(Sought::Exists) {
        Given::Truth(!inside.is_empty())
    } else {
        Given::Number(inside.len() as f64, Unit::One)
    };
    Ok(Computation { given, text })
}

/// Which of several: those within a distance; or the only place that is cited.
fn within_or_where(wanted: &Wanted, cards: &[Card<'_>]) -> Outcome {
    if wanted.within_m.is_some() {
        let list = list(cards)?;
        let (inside, what) = near_enough(&list, wanted)?;
        let text = format!("{what}: {}", listed(&inside, &metres));
        return Ok(Computation { given: Given::All(inside.iter().map(|one| of(one.0)).collect()), text });
    }
    let mut all = cards.iter().flat_map(|card| card.answer.places());
    match (all.next(), all.next()) {
        (Some(only), None) => {
            let text = format!("the only place that it cites: {} at {}", only.name, only.at.lat_lon());
            Ok(Computation { given: Given::Ranked(vec![of(only)]), text })
        }
        _ => Err("its words ask for nothing that a rule computes from the answers it cites".to_owned()),
    }
}

/// How far or how long: by the one way that is cited, or to the place that is named.
fn way(question: &Question, wanted: &Wanted, cards: &[Card<'_>]) -> Outcome {
    let time = wanted.sought == Some(Sought::Duration);
    let routes: Vec<&[Route]> =
        cards.iter().map(|card| card.answer.routes()).filter(|routes| !routes.is_empty()).collect();
    let matrices =
        cards.iter().filter_map(|card| if let Answer::Matrix(one) = card.answer { Some(one) } else { None });
    let matrices: Vec<&Matrix> = matrices.collect();
    let of = |metres: Option<f64>, seconds: Option<f64>| {
        if time { seconds.map(|s| (s, Unit::Second)) } else { metres.map(|m| (m, Unit::Metre)) }
    };
    let (value, text) = match (&routes[..], &matrices[..]) {
        ([routes], []) => {
            let route = match wanted.pick {
                Some(pick) => order_of_ways(routes.iter(), pick)?[0],
                None => &routes[0],
            };
            (of(Some(route.distance_m), route.duration_s), told(route))
        }
        ([], [matrix]) => {
            let cell = |table: &[Vec<Option<f64>>]| match table {
                [row] => {
                    if let [one] = row[..] {
                        one
                    } else {
                        None
                    }
                }
                _ => None,
            };
            let found = of(cell(&matrix.distances_m), cell(&matrix.durations_s));
            (found, "travel times and distances between two places".to_owned())
        }
        ([], []) if !time => {
            let list = list(cards)?;
            let words = question.text.to_lowercase();
            let named = list.places.iter().filter(|one| find(&words, &one.0.name.to_lowercase()).is_some());
            let named: Vec<_> = named.collect();
            let [(place, Some(metres))] = named[..] else {
                return Err("it cites no way, and its words do not name one place of the answers".to_owned());
            };
            (Some((*metres, Unit::Metre)), format!("{} in a straight line", place.name))
        }
        ([], []) => return Err("it cites no way".to_owned()),
        _ => return Err("it cites several ways, and a rule does not know which is meant".to_owned()),
    };
    let Some((value, unit)) = value else {
        return Err("the way that it cites does not say how long it takes".to_owned());
    };
    Ok(Computation { given: Given::Number(value, unit), text: format!("{text}: {}", shown(value, unit)) })
}

fn told(route: &Route) -> String {
    if route.summary.is_empty() { "the way".to_owned() } else { format!("the way by {}", route.summary) }
}

/// Ways, the one that is meant first.
fn order_of_ways<'a>(routes: impl Iterator<Item = &'a Route>, pick: Pick) -> Result<Vec<&'a Route>, String> {
    let score = |route: &Route| if pick == Pick::Fastest { route.duration_s } else { Some(route.distance_m) };
    let mut order: Vec<(Option<f64>, &Route)> = routes.map(|route| (score(route), route)).collect();
    if order.is_empty() {
        return Err("it cites no way".to_owned());
    }
    if order.iter().any(|(score, _)| score.is_none()) {
        return Err("a way that it cites does not say how long it takes".to_owned());
    }
    order.sort_by(|a, b| a.0.unwrap_or_default().total_cmp(&b.0.unwrap_or_default()));
    Ok(order.into_iter().map(|(_, route)| route).collect())
}

fn best_way(wanted: &Wanted, cards: &[Card<'_>]) -> Outcome {
    let pick = wanted.pick.unwrap_or(Pick::Shortest);
    let order = order_of_ways(cards.iter().flat_map(|card| card.answer.routes()), pick)?;
    if let [first, next, ..] = order[..]
        && (first.distance_m, first.duration_s) == (next.distance_m, next.duration_s)
    {
        return Err("two ways are alike in it".to_owned());
    }
    let value = |route: &Route| match route.duration_s.filter(|_| pick == Pick::Fastest) {
        Some(seconds) => shown(seconds, Unit::Second),
        None => shown(route.distance_m, Unit::Metre),
    };
    let text: Vec<String> = order.iter().take(LISTED).map(|r| format!("{}: {}", told(r), value(r))).collect();
    let named = order.iter().map(|route| Named { name: route.summary.clone(), ..Named::default() });
    Ok(Computation { given: Given::Ranked(named.collect()), text: text.join(", ") })
}

/// A detail of the place that is named, or of the only one that is cited.
fn detail(question: &Question, key: &str, cards: &[Card<'_>]) -> Outcome {
    let all: Vec<&Place> = cards.iter().flat_map(|card| card.answer.places()).collect();
    let words = question.text.to_lowercase();
    let mut named: Vec<&Place> =
        all.iter().copied().filter(|place| find(&words, &place.name.to_lowercase()).is_some()).collect();
    named.dedup_by(|a, b| a.id == b.id && names(&a.name, &b.name));
    let place = match (&all[..], &named[..]) {
        ([only], _) | (_, [only]) => *only,
        _ => return Err("its words do not name one place of the answers that it cites".to_owned()),
    };
    let value = match (key, place.details.get(key)) {
        ("address", _) if !place.address.is_empty() => place.address.clone(),
        (_, Some(serde_json::Value::String(text))) => text.clone(),
        (_, Some(value)) if value.is_number() => value.to_string(),
        _ => return Err(format!("what it cites of {} does not say that", place.name)),
    };
    let text = format!("{key} of {}: {value}", place.name);
    let number = quantity(&value).filter(|_| key == "rating");
    let given = match number {
        Some(number) => Given::Number(number.value, Unit::One),
        None => Given::Ranked(vec![Named { name: value, ..Named::default() }]),
    };
    Ok(Computation { given, text })
}
