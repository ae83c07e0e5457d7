//! What is different between two answers to the same question.

use std::collections::BTreeMap;

use plugin_api::{Answer, Place, Route};

/// One sentence for each difference that somebody who relies on the first answer should know; empty when there is none.
pub fn difference(before: &Answer, after: &Answer) -> Vec<String> {
    match (before, after) {
        (Answer::Places(a), Answer::Places(b)) => of_places(a, b),
        (Answer::Routes(a), Answer::Routes(b)) => of_routes(a, b),
        (Answer::Matrix(a), Answer::Matrix(b)) if a != b => {
            vec!["the table of travel times is another".into()]
        }
        (Answer::Matrix(_), Answer::Matrix(_)) => Vec::new(),
        _ => vec!["the answer is of another kind".into()],
    }
}

fn of_places(before: &[Place], after: &[Place]) -> Vec<String> {
    let by_id = |places: &[Place]| -> BTreeMap<String, Place> {
        places.iter().map(|place| (place.id.clone(), place.clone())).collect()
    };
    let (old, new) = (by_id(before), by_id(after));
    let mut found = Vec::new();
    for (id, place) in &old {
        match new.get(id) {
            None => found.push(format!("{} is gone", called(place))),
            Some(now) => found.extend(of_place(place, now)),
        }
    }
    let come = new.iter().filter(|(id, _)| !old.contains_key(*id));
    found.extend(come.map(|(_, place)| format!("{} is new", called(place))));
    let kept = |places: &[Place], other: &BTreeMap<String, Place>| -> Vec<String> {
        places.iter().filter(|p| other.contains_key(&p.id)).map(|p| p.id.clone()).collect()
    };
    if kept(before, &new) != kept(after, &old) {
        found.push("the places come in another order".into());
    }
    found
}

fn of_place(old: &Place, new: &Place) -> Vec<String> {
    const MOVED_M: f64 = 1.0;
    let name = called(old);
    let mut found = Vec::new();
    if old.name != new.name {
        found.push(format!("{name} is called “{}” now", new.name));
    }
    if old.address != new.address {
        found.push(format!("{name} has another address"));
    }
    let moved = old.at.metres_to(new.at);
    if moved > MOVED_M {
        found.push(format!("{name} lies {moved:.0} m away from where it was"));
    }
    if old.kinds != new.kinds {
        found.push(format!("{name} is of another kind"));
    }
    let names = old.details.keys().chain(new.details.keys().filter(|key| !old.details.contains_key(*key)));
    let changed: Vec<&str> =
        names.filter(|key| old.details.get(*key) != new.details.get(*key)).map(String::as_str).collect();
    if !changed.is_empty() {
        found.push(format!("{name} has another {}", changed.join(", ")));
    }
    found
}

fn called(place: &Place) -> String {
    format!("“{}” ({})", place.name, place.id)
}

fn of_routes(before: &[Route], after: &[Route]) -> Vec<String> {
    let mut found = Vec::new();
    if before.len() != after.len() {
        found.push(format!("there are {} routes and not {}", after.len(), before.len()));
    }
    for (number, (old, new)) in before.iter().zip(after).enumerate() {
        let number = number + 1;
        if (old.distance_m - new.distance_m).abs() >= 1.0 {
            found.push(format!(
                "route {number} is {:.0} m long and not {:.0} m",
                new.distance_m, old.distance_m
            ));
        }
        if let (Some(a), Some(b)) = (old.duration_s, new.duration_s)
            && (a - b).abs() >= 1.0
        {
            found.push(format!("route {number} takes {b:.0} s and not {a:.0} s"));
        }
        if old.line != new.line {
            found.push(format!("route {number} goes another way"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use plugin_api::Point;

    use super::*;

    #[test]
    fn what_came_went_and_changed_is_said() {
        let place = |id: &str, name: &str| Place::new(id, name, Point::new(1.0, 2.0));
        let before = Answer::Places(vec![place("1", "A"), place("2", "B"), place("3", "C")]);
        assert!(difference(&before, &before).is_empty());
        let moved = Place { at: Point::new(1.001, 2.0), ..place("1", "A") };
        let after = Answer::Places(vec![place("3", "C"), moved, place("4", "D")]);
        let said = difference(&before, &after);
        let expected = [
            "“A” (1) lies 111 m away from where it was",
            "“B” (2) is gone",
            "“D” (4) is new",
            "the places come in another order",
        ];
        assert_eq!(said, expected);
        let route =
            |m: f64| Answer::Routes(vec![Route { distance_m: m, duration_s: Some(m), ..Route::default() }]);
        assert_eq!(difference(&route(100.0), &route(101.5)).len(), 2);
        assert_eq!(difference(&route(100.0), &before), ["the answer is of another kind"]);
    }
}
