//! Rules over what a question cites of the project: views of the map and regions with their classes.

use project::question::{Evidence, QuestionKind};
use project::{ClassCode, Question, RegionId};

use super::given::{Computation, Given, Named};
use super::quantity::Unit;
use super::words::{Pick, Sought, Wanted, find};
use crate::draft::{Asking, Computed, Found, Ground};

/// What the labels say to a question in words of its own; `None` where it cites no part of the map.
pub(super) fn computed(
    question: &Question,
    wanted: &Wanted,
    ground: &Ground,
) -> Option<Result<Computation, String>> {
    let views: Vec<[f64; 4]> = question
        .evidence
        .iter()
        .filter_map(|one| if let Evidence::View(view) = one { Some(view.bounds) } else { None })
        .collect();
    let regions: Vec<RegionId> = question
        .evidence
        .iter()
        .filter_map(|one| if let Evidence::Region(id) = one { Some(*id) } else { None })
        .collect();
    if views.is_empty() && regions.is_empty() {
        return None;
    }
    let asking = asking(question, wanted, ground, &views, &regions);
    Some(asking.and_then(|asking| Ok(given(question, wanted, &asking.compute(ground)?, ground))))
}

/// What is asked of the labels.
fn asking(
    question: &Question,
    wanted: &Wanted,
    ground: &Ground,
    views: &[[f64; 4]],
    regions: &[RegionId],
) -> Result<Asking, String> {
    let view = || match views {
        [one] => Ok(*one),
        [] => Err("it cites no view of the map".to_owned()),
        _ => Err("it cites several views of the map".to_owned()),
    };
    let class = || class(question, ground);
    match (wanted.sought, wanted.pick) {
        (Some(Sought::Count), None) => match wanted.within_m {
            Some(metres) => {
                Ok(Asking::Within { of: middle(question, ground, regions)?, class: class()?, metres })
            }
            None => Ok(Asking::Count { class: class()?, view: view()? }),
        },
        (Some(Sought::Exists), None) if wanted.within_m.is_none() => {
            Ok(Asking::Exists { class: class()?, view: view()? })
        }
        (Some(Sought::Majority), None) => Ok(Asking::Majority { view: view()? }),
        (None, Some(Pick::Nearest)) => {
            Ok(Asking::Nearest { of: middle(question, ground, regions)?, class: class()? })
        }
        (None, Some(Pick::Largest)) => Ok(Asking::Largest { class: class()?, view: view()? }),
        (Some(Sought::Distance), None) => {
            let [from, to] = two(regions)?;
            Ok(Asking::Distance { from, to })
        }
        (Some(Sought::Direction), None) => {
            let [from, to] = two(regions)?;
            // “In which direction does B lie, seen from A?”
            let place = |id: RegionId| named(question, ground, id);
            match (place(from), place(to), find(&question.text.to_lowercase(), "from")) {
                (Some(a), Some(b), Some(at)) if (a > at) != (b > at) => Ok(if a > at {
                    Asking::Direction { from, to }
                } else {
                    Asking::Direction { from: to, to: from }
                }),
                _ => Err("its words do not say from which region one looks".to_owned()),
            }
        }
        _ => Err("its words ask for nothing that a rule computes from labels".to_owned()),
    }
}

fn two(regions: &[RegionId]) -> Result<[RegionId; 2], String> {
    <[RegionId; 2]>::try_from(regions)
        .map_err(|_| format!("it cites {} regions, and two are measured", regions.len()))
}

/// Where the words of a question have the name of a region.
fn named(question: &Question, ground: &Ground, id: RegionId) -> Option<usize> {
    find(&question.text.to_lowercase(), &ground.thing(id)?.name.to_lowercase())
}

/// The region around which is searched: the only one that is cited, or the only one of them that is named.
fn middle(question: &Question, ground: &Ground, regions: &[RegionId]) -> Result<RegionId, String> {
    if let [only] = regions {
        return Ok(*only);
    }
    let said: Vec<RegionId> =
        regions.iter().copied().filter(|id| named(question, ground, *id).is_some()).collect();
    match (said.as_slice(), regions) {
        ([only], _) => Ok(*only),
        (_, []) => Err("it cites no region from which it is measured".to_owned()),
        _ => Err("it cites several regions and names none, or several, of them".to_owned()),
    }
}

/// The one class that the words name, by name or code.
fn class(question: &Question, ground: &Ground) -> Result<ClassCode, String> {
    let text = question.text.to_lowercase();
    let all = ground.classes().iter().chain(ground.absent());
    let mut found: Vec<(String, &ClassCode)> = Vec::new();
    for code in all {
        for name in [ground.class_name(code).to_lowercase(), code.as_str().to_lowercase()] {
            if find(&text, &name).is_some() || find(&text, &format!("{name}s")).is_some() {
                found.push((name, code));
            }
        }
    }
    // “major damage” is not “damage”.
    let longest =
        |name: &str| !found.iter().any(|(other, _)| other.len() > name.len() && other.contains(name));
    let mut codes: Vec<&ClassCode> =
        found.iter().filter(|(name, _)| longest(name)).map(|(_, code)| *code).collect();
    codes.sort_unstable();
    codes.dedup();
    match codes[..] {
        [only] => Ok(only.clone()),
        [] => Err("its words name no class of the project".to_owned()),
        _ => Err("its words name several classes".to_owned()),
    }
}

fn given(question: &Question, wanted: &Wanted, computed: &Computed, ground: &Ground) -> Computation {
    let thing = |id: &RegionId| {
        let thing = ground.thing(*id)?;
        Some(Named { name: thing.name.clone(), at: thing.lonlat.map(|c| [c.x, c.y]), region: Some(*id) })
    };
    let word = |name: &str| Named { name: name.to_owned(), ..Named::default() };
    let length = if ground.unit() == "m" { Unit::Metre } else { Unit::Pixel };
    let given = match &computed.found {
        Found::Count(_) if question.kind == QuestionKind::Regions => {
            let of = if let (Some(_), [_, hits @ ..]) = (wanted.within_m, &computed.rests_on[..]) {
                hits
            } else {
                &computed.rests_on[..]
            };
            if of.is_empty() { Given::Nothing } else { Given::All(of.iter().filter_map(thing).collect()) }
        }
        Found::Count(n) => Given::Number(*n as f64, Unit::One),
        Found::Yes(truth) => Given::Truth(*truth),
        Found::Metres(metres) => Given::Number(*metres, length),
        Found::Thing(id) => Given::Ranked([*id].iter().chain(&computed.others).filter_map(thing).collect()),
        Found::Class(class) => Given::Ranked(vec![word(ground.class_name(class))]),
        Found::Compass(_) => Given::Ranked(vec![word(&computed.found.text(ground))]),
        Found::Nothing => Given::Nothing,
    };
    super::bounded(wanted, Computation { given, text: computed.text.clone() })
}
