//! What the words of a question ask for, where they are words that a rule knows.

use std::cmp::Ordering;

use super::quantity::{Quantity, Unit, quantities};

/// What is measured or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sought {
    Count,
    /// Whether there is one.
    Exists,
    Distance,
    Duration,
    Direction,
    Majority,
    /// A detail of a place, by its key.
    Detail(&'static str),
}

/// Which of several is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    Nearest,
    Farthest,
    Best,
    Worst,
    Largest,
    /// Of ways.
    Shortest,
    Fastest,
}

/// What the words of a question ask for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) sought: Option<Sought>,
    pub(super) pick: Option<Pick>,
    /// “within 200 m”.
    pub(super) within_m: Option<f64>,
    /// “more than 2 km”: the side on which the answer is yes, whether the number itself counts, and the number.
    pub(super) than: Option<(Ordering, bool, Quantity)>,
}

const SOUGHT: [(&str, Sought); 27] = [
    ("how long", Sought::Duration),
    ("how many minutes", Sought::Duration),
    ("how many hours", Sought::Duration),
    ("travel time", Sought::Duration),
    ("time does it take", Sought::Duration),
    ("take to get", Sought::Duration),
    ("duration", Sought::Duration),
    ("how far", Sought::Distance),
    ("how many kilometres", Sought::Distance),
    ("how many kilometers", Sought::Distance),
    ("how many metres", Sought::Distance),
    ("how many meters", Sought::Distance),
    ("how many miles", Sought::Distance),
    ("distance", Sought::Distance),
    ("in which direction", Sought::Direction),
    ("in what direction", Sought::Direction),
    ("what direction", Sought::Direction),
    ("how many", Sought::Count),
    ("number of", Sought::Count),
    ("which class do most", Sought::Majority),
    ("most frequent", Sought::Majority),
    ("most common", Sought::Majority),
    ("the rating of", Sought::Detail("rating")),
    ("phone number", Sought::Detail("phone")),
    ("website", Sought::Detail("website")),
    ("address", Sought::Detail("address")),
    ("opening hours", Sought::Detail("opening_hours")),
];

const PICKS: [(&str, Pick); 20] = [
    ("nearest", Pick::Nearest),
    ("closest", Pick::Nearest),
    ("farthest", Pick::Farthest),
    ("furthest", Pick::Farthest),
    ("most distant", Pick::Farthest),
    ("highest rated", Pick::Best),
    ("highest-rated", Pick::Best),
    ("highest rating", Pick::Best),
    ("best rated", Pick::Best),
    ("best-rated", Pick::Best),
    ("top rated", Pick::Best),
    ("top-rated", Pick::Best),
    ("lowest rated", Pick::Worst),
    ("lowest-rated", Pick::Worst),
    ("lowest rating", Pick::Worst),
    ("largest", Pick::Largest),
    ("biggest", Pick::Largest),
    ("shortest", Pick::Shortest),
    ("fastest", Pick::Fastest),
    ("quickest", Pick::Fastest),
];

const THAN: [(&str, Ordering, bool); 14] = [
    ("more than", Ordering::Greater, false),
    ("longer than", Ordering::Greater, false),
    ("farther than", Ordering::Greater, false),
    ("further than", Ordering::Greater, false),
    ("greater than", Ordering::Greater, false),
    ("at least", Ordering::Greater, true),
    ("less than", Ordering::Less, false),
    ("fewer than", Ordering::Less, false),
    ("shorter than", Ordering::Less, false),
    ("nearer than", Ordering::Less, false),
    ("closer than", Ordering::Less, false),
    ("under", Ordering::Less, false),
    ("at most", Ordering::Less, true),
    ("no more than", Ordering::Less, true),
];

/// Where a phrase stands as words of its own.
pub(super) fn find(text: &str, phrase: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(step) = text[from..].find(phrase) {
        let (start, end) = (from + step, from + step + phrase.len());
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if !letter(text[..start].chars().next_back()) && !letter(text[end..].chars().next()) {
            return Some(start);
        }
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// The one meaning of a table that a text has; an error where it has several.
fn only<T: Copy + PartialEq>(text: &str, table: &[(&str, T)]) -> Result<Option<T>, String> {
    let mut found: Vec<(&str, T)> = Vec::new();
    for (phrase, meaning) in table {
        // What stands within a longer phrase is that: “how many minutes”.
        if find(text, phrase).is_some() && !found.iter().any(|(held, _)| held.contains(phrase)) {
            found.push((phrase, *meaning));
        }
    }
    let Some((phrase, meaning)) = found.first().copied() else { return Ok(None) };
    match found.iter().find(|(_, one)| *one != meaning) {
        None => Ok(Some(meaning)),
        Some((other, _)) => Err(format!("its words ask for several things (“{phrase}” and “{other}”)")),
    }
}

/// What a question asks for, by English words; an error where these say several things.
pub(super) fn wanted(question: &str) -> Result<Wanted, String> {
    let text = question.to_lowercase();
    // “How many are there?” counts.
    let there = || ["is there", "are there"].iter().any(|phrase| find(&text, phrase).is_some());
    let mut sought = only(&text, &SOUGHT)?.or_else(|| there().then_some(Sought::Exists));
    let pick = only(&text, &PICKS)?;
    let behind = |phrase: &str| {
        let at = find(&text, phrase)? + phrase.len();
        // The number itself, not one that stands somewhere behind it.
        let near: String = text[at..].chars().take(24).collect();
        near.trim_start()
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| quantities(&near).first().copied())?
    };
    let within_m = ["within", "in a radius of", "within a radius of"].into_iter().find_map(behind);
    let within_m = within_m.filter(|q| matches!(q.unit, Unit::Metre | Unit::Pixel)).map(|q| q.value);
    let mut than = None;
    for (phrase, side, counts) in THAN {
        if let Some(number) = behind(phrase) {
            // The longer phrase stands later in the table.
            than = Some((side, counts, number));
        }
    }
    if let Some((_, _, number)) = than
        && matches!(sought, None | Some(Sought::Exists))
    {
        // “Is it more than 2 km?”, “Are there more than 3?”
        sought = Some(match number.unit {
            Unit::Metre | Unit::Pixel => Sought::Distance,
            Unit::Second => Sought::Duration,
            Unit::One => Sought::Count,
        });
    }
    Ok(Wanted { sought, pick, within_m, than })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_is_asked_for() {
        let of = |text: &str| wanted(text).map(|w| (w.sought, w.pick));
        assert_eq!(of("Which café is the NEAREST to the tower?"), Ok((None, Some(Pick::Nearest))));
        assert_eq!(of("How far is the closest one?"), Ok((Some(Sought::Distance), Some(Pick::Nearest))));
        assert_eq!(of("How many minutes does it take?"), Ok((Some(Sought::Duration), None)));
        assert_eq!(of("What is the travel time?"), Ok((Some(Sought::Duration), None)));
        assert_eq!(of("What colour is it?"), Ok((None, None)));
        assert_eq!(of("Are there schools?"), Ok((Some(Sought::Exists), None)));
        assert!(of("How far is it and how long does it take?").is_err());
        assert!(of("Is the nearest the largest?").is_err());
        assert_eq!(of("Is the account number offhand?"), Ok((None, None)), "no words within words");
    }

    #[test]
    fn bounds_are_numbers_right_behind_their_words() {
        let cafes = wanted("How many cafés lie within 0.2 km of it?").expect("clear");
        assert_eq!((cafes.sought, cafes.within_m), (Some(Sought::Count), Some(200.0)));
        assert_eq!(wanted("How many lie within the view, 20 m wide?").expect("clear").within_m, None);
        let far = wanted("Is the way more than 2 km long?").expect("clear");
        assert_eq!(far.sought, Some(Sought::Distance));
        assert!(far.than.is_some_and(|(side, counts, q)| side.is_gt() && !counts && q.value == 2000.0));
        let few = wanted("Are there no more than 3 schools?").expect("clear");
        assert_eq!(few.sought, Some(Sought::Count));
        assert!(few.than.is_some_and(|(side, counts, q)| side.is_lt() && counts && q.value == 3.0));
    }
}
