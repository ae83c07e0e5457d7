//! What evidence gives, and whether an answer says the same.

use geo::{Distance as _, Geodesic, Point};
use project::question::{Answer, QuestionKind};
use project::{Question, RegionId};

use super::Check;
use super::quantity::{Quantity, Unit, quantities, quantity, shown, unit};

/// Something that an answer may name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Named {
    pub(super) name: String,
    /// Longitude and latitude.
    pub(super) at: Option<[f64; 2]>,
    pub(super) region: Option<RegionId>,
}

/// What a rule computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// In the base of its unit.
    Number(f64, Unit),
    Truth(bool),
    /// The best first; which of them is right depends on which stand among the options.
    Ranked(Vec<Named>),
    /// All of them are right.
    All(Vec<Named>),
    /// There is nothing of the kind.
    Nothing,
}

/// What a rule computed, and how.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Computation {
    pub(super) given: Given,
    pub(super) text: String,
}

/// How an answer stands to what was computed.
enum Side {
    Same,
    /// What it would be.
    Other(String),
    /// Why they cannot be compared.
    Unlike(String),
}

/// Whether the answer of a question is what was computed.
pub(super) fn compare(question: &Question, answer: &Answer, found: Computation) -> Check {
    let side = match (&found.given, answer) {
        (Given::Nothing, Answer::Unanswerable) => Side::Same,
        (Given::Nothing, _) => Side::Other("nothing: it cannot be answered".to_owned()),
        (given, Answer::Unanswerable) => Side::Other(said(given)),
        (Given::Truth(truth), Answer::Options(places)) => truth_is(question, places, *truth),
        (Given::Number(value, unit), answer) => number_is(question, answer, *value, *unit),
        (Given::Ranked(ranked), answer) => first_is(question, answer, ranked),
        (Given::All(named), answer) => all_are(question, answer, named),
        (Given::Truth(truth), _) => {
            Side::Unlike(format!("the evidence says {}, and it asks for something else", yes(*truth)))
        }
    };
    let computed = found.text;
    match side {
        Side::Same => Check::Agrees { computed },
        Side::Other(instead) => Check::Contradicts { instead, computed },
        Side::Unlike(why) => Check::Unchecked { why, computed },
    }
}

fn yes(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

fn said(given: &Given) -> String {
    match given {
        Given::Number(value, unit) => shown(*value, *unit),
        Given::Truth(truth) => yes(*truth).to_owned(),
        Given::Ranked(names) => names.first().map_or_else(|| "nothing".to_owned(), |one| one.name.clone()),
        Given::All(names) => names.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "),
        Given::Nothing => "nothing".to_owned(),
    }
}

fn truth_is(question: &Question, places: &[u32], truth: bool) -> Side {
    let wanted = yes(truth);
    let found = question.choices().position(|choice| plain(choice).split([' ', ',']).next() == Some(wanted));
    match found {
        Some(place) if places == [place as u32] => Side::Same,
        Some(_) => Side::Other(wanted.to_owned()),
        None => Side::Unlike(format!("the evidence says {wanted}, and no option does")),
    }
}

fn number_is(question: &Question, answer: &Answer, value: f64, of: Unit) -> Side {
    let instead = || shown(value, of);
    let like = |q: &Quantity| q.unit == of || (of == Unit::One && q.unit == Unit::One);
    let near = |q: &Quantity| (q.value - value).abs() <= 0.5 * q.digit + 1e-9 * value.abs();
    match answer {
        Answer::Number(number) => {
            let (unit, factor) = match unit(&question.unit) {
                Some(known) => known,
                None if of == Unit::One => (Unit::One, 1.0),
                None => {
                    return Side::Unlike(format!("the evidence says {}, and its unit is none", instead()));
                }
            };
            if unit != of {
                let text = format!("the evidence says {}, and it asks for {}", instead(), question.unit);
                return Side::Unlike(text);
            }
            let digit = quantity(&number.abs().to_string()).map_or(0.0, |q| q.digit) * factor;
            // A count is exact; what is measured is right as far as it is written out.
            let written = if of == Unit::One { 0.0 } else { 0.5 * digit };
            let off = (number * factor - value).abs();
            let room = (question.tolerance * factor).max(written) + 1e-9 * value.abs();
            if off <= room { Side::Same } else { Side::Other(instead()) }
        }
        Answer::Options(places) => {
            let read: Vec<Option<Quantity>> =
                question.choices().map(|choice| quantity(choice).filter(like)).collect();
            let [held] = places[..] else {
                return Side::Unlike(format!(
                    "the evidence says {}, and several options are marked",
                    instead()
                ));
            };
            let Some(Some(mine)) = read.get(held as usize) else {
                return Side::Unlike(format!(
                    "the evidence says {}, and the marked option is no such number",
                    instead()
                ));
            };
            if near(mine) {
                return Side::Same;
            }
            let off = |q: &Quantity| (q.value - value).abs();
            let others = read.iter().flatten();
            let best = others.min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(mine);
            if of == Unit::One || off(best) < off(mine) {
                return Side::Other(instead());
            }
            Side::Unlike(format!("the evidence says {}, and no option says just that", instead()))
        }
        Answer::Text(text) => {
            let read: Vec<Quantity> = quantities(text).into_iter().filter(like).collect();
            match &read[..] {
                [one] if near(one) => Side::Same,
                [_] => Side::Other(instead()),
                _ => Side::Unlike(format!(
                    "the evidence says {}, and the answer says no one number",
                    instead()
                )),
            }
        }
        _ => Side::Unlike(format!("the evidence says {}, and it asks for something else", instead())),
    }
}

/// Words as names are compared.
fn plain(text: &str) -> String {
    let kept =
        text.trim().trim_end_matches(['.', ',', ';']).to_lowercase().replace(['“', '”', '"', '-'], " ");
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// True where a text is a name, or begins with it before something that tells it apart: `Bean House, 12 Main St`.
pub(super) fn names(text: &str, name: &str) -> bool {
    let (text, name) = (plain(text), plain(name));
    if name.is_empty() || text.is_empty() {
        return false;
    }
    let goes_on =
        |rest: &str| rest.is_empty() || rest.starts_with([',', '(', ';', ':']) || rest.starts_with(" (");
    text.strip_prefix(&name).is_some_and(goes_on) || name.strip_prefix(&text).is_some_and(goes_on)
}

/// The first of a ranking that stands among the options, or the first at all.
fn first_is(question: &Question, answer: &Answer, ranked: &[Named]) -> Side {
    let Some(first) = ranked.first() else { return Side::Other("nothing".to_owned()) };
    match answer {
        Answer::Options(places) => {
            let choices: Vec<&str> = question.choices().collect();
            let option = |one: &Named| choices.iter().position(|choice| names(choice, &one.name));
            let Some((place, best)) = ranked.iter().find_map(|one| Some((option(one)?, one))) else {
                return Side::Unlike(format!("the evidence says {}, and no option is called so", first.name));
            };
            match places[..] {
                [held] if held as usize == place => Side::Same,
                [_] => Side::Other(best.name.clone()),
                _ => Side::Unlike(format!("the evidence says {}, and several options are marked", best.name)),
            }
        }
        Answer::Text(text) if names(text, &first.name) => Side::Same,
        Answer::Text(text) if ranked.iter().any(|one| names(text, &one.name)) => {
            Side::Other(first.name.clone())
        }
        Answer::Text(_) => {
            Side::Unlike(format!("the evidence says {}, and the answer is in other words", first.name))
        }
        Answer::Place(place) => match first.at {
            Some(at) => {
                let off = Geodesic.distance(Point::from(at), Point::from(*place));
                // Where nobody says how exact: within what a tap on a map is off.
                let room = if question.tolerance > 0.0 { question.tolerance } else { 10.0 };
                if off <= room {
                    Side::Same
                } else {
                    Side::Other(format!(
                        "{} at {:.6}, {:.6}, {off:.0} m from there",
                        first.name, at[1], at[0]
                    ))
                }
            }
            None => Side::Unlike(format!("the evidence says {}, and not where that is", first.name)),
        },
        Answer::Regions(ids) => match first.region {
            Some(region) if ids[..] == [region] => Side::Same,
            Some(_) => Side::Other(first.name.clone()),
            None => Side::Unlike(format!("the evidence says {}, which is no region", first.name)),
        },
        Answer::Number(_) | Answer::Unanswerable => {
            Side::Unlike(format!("the evidence says {}, and it asks for a number", first.name))
        }
    }
}

/// Everything that is right, and nothing else.
fn all_are(question: &Question, answer: &Answer, named: &[Named]) -> Side {
    let all = || said(&Given::All(named.to_vec()));
    match answer {
        Answer::Options(places) if question.kind == QuestionKind::MultipleChoice => {
            let right = |choice: &str| named.iter().any(|one| names(choice, &one.name));
            let wanted: Vec<u32> =
                (0..).zip(question.choices()).filter(|(_, c)| right(c)).map(|(place, _)| place).collect();
            if wanted == *places {
                return Side::Same;
            }
            let choices: Vec<&str> = question.choices().collect();
            let listed: Vec<&str> = wanted.iter().map(|place| choices[*place as usize]).collect();
            Side::Other(if listed.is_empty() { "none of the options".to_owned() } else { listed.join("; ") })
        }
        Answer::Regions(ids) => {
            let Some(mut wanted) = named.iter().map(|one| one.region).collect::<Option<Vec<_>>>() else {
                return Side::Unlike(format!("the evidence says {}, which are no regions", all()));
            };
            wanted.sort_unstable();
            if wanted == *ids { Side::Same } else { Side::Other(all()) }
        }
        _ => Side::Unlike(format!("the evidence lists {}, and it asks for one thing", all())),
    }
}
