//! What is asked, and its answer.

use std::collections::BTreeMap;

use project::{ClassCode, RegionId};
use serde::{Deserialize, Serialize};

use super::ground::{Ground, Thing};

/// A question without its words: what it is about, so that its answer can be computed at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Asking {
    /// A view is left, bottom, right and top in the project's CRS.
    Count {
        class: ClassCode,
        view: [f64; 4],
    },
    Exists {
        class: ClassCode,
        view: [f64; 4],
    },
    Within {
        of: RegionId,
        class: ClassCode,
        metres: f64,
    },
    Nearest {
        of: RegionId,
        class: ClassCode,
    },
    Largest {
        class: ClassCode,
        view: [f64; 4],
    },
    Majority {
        view: [f64; 4],
    },
    Distance {
        from: RegionId,
        to: RegionId,
    },
    Direction {
        from: RegionId,
        to: RegionId,
    },
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Count(usize),
    Yes(bool),
    Thing(RegionId),
    Class(ClassCode),
    Metres(f64),
    /// A place among [`COMPASS`].
    Compass(usize),
    /// There is nothing of the kind.
    Nothing,
}

/// Directions, from north by east.
pub(super) const COMPASS: [&str; 8] =
    ["North", "North-east", "East", "South-east", "South", "South-west", "West", "North-west"];

/// An answer with how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Computed {
    pub found: Found,
    /// The computation, for a person to follow.
    pub text: String,
    /// The regions that decide it, the first the most.
    pub rests_on: Vec<RegionId>,
    /// What else could have been: regions of the kind that was asked for, near ones first.
    pub(crate) others: Vec<RegionId>,
}

/// How much clearer the first must be than the second, as a share: what is nearer together is no clear answer.
const CLEAR: f64 = 1.02;
/// How far from the border between two directions, in degrees.
const CLEAR_DEG: f64 = 7.5;

impl Found {
    pub(crate) fn text(&self, ground: &Ground) -> String {
        match self {
            Self::Count(n) => n.to_string(),
            Self::Yes(truth) => if *truth { "yes" } else { "no" }.to_owned(),
            Self::Thing(id) => ground.thing(*id).map_or_else(|| id.to_string(), |thing| thing.name.clone()),
            Self::Class(class) => ground.class_name(class).to_owned(),
            Self::Metres(metres) => format!("{metres:.1} {}", ground.unit()),
            Self::Compass(place) => COMPASS[*place % 8].to_lowercase(),
            Self::Nothing => "nothing".to_owned(),
        }
    }
}

type Outcome = Result<Computed, String>;

impl Asking {
    /// The answer as the regions are now; an error where there is none or no clear one.
    pub fn compute(&self, ground: &Ground) -> Outcome {
        let thing =
            |id: &RegionId| ground.thing(*id).ok_or_else(|| format!("region {id} has no class any more"));
        match self {
            Self::Count { class, view } => Ok(count(ground, class, *view)),
            Self::Exists { class, view } => {
                let counted = count(ground, class, *view);
                let there = counted.found != Found::Count(0);
                let text = format!("{}: {}", counted.text, if there { "there is" } else { "there is none" });
                Ok(Computed { found: Found::Yes(there), text, ..counted })
            }
            Self::Within { of, class, metres } => Ok(within(ground, thing(of)?, class, *metres)),
            Self::Nearest { of, class } => nearest(ground, thing(of)?, class),
            Self::Largest { class, view } => largest(ground, class, *view),
            Self::Majority { view } => majority(ground, *view),
            Self::Distance { from, to } => distance(ground, thing(from)?, thing(to)?),
            Self::Direction { from, to } => direction(ground, thing(from)?, thing(to)?),
        }
    }

    /// The part of the map that one looks at for it.
    pub(super) fn view(&self, ground: &Ground, computed: &Computed) -> [f64; 4] {
        match self {
            Self::Count { view, .. }
            | Self::Exists { view, .. }
            | Self::Largest { view, .. }
            | Self::Majority { view } => *view,
            Self::Within { of, metres, .. } => {
                let at = ground.thing(*of).map(|thing| thing.at).unwrap_or_default();
                let reach = 1.2 * ground.units(*metres, at);
                [at.x - reach, at.y - reach, at.x + reach, at.y + reach].map(|n| ground.round(n))
            }
            Self::Nearest { of, .. } => {
                around(ground, [*of].iter().chain(&computed.rests_on).chain(computed.others.iter().take(3)))
            }
            Self::Distance { from, to } | Self::Direction { from, to } => {
                around(ground, [from, to].into_iter())
            }
        }
    }
}

/// A box around middles, with room at its sides.
fn around<'a>(ground: &Ground, ids: impl Iterator<Item = &'a RegionId>) -> [f64; 4] {
    let mut found = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for thing in ids.filter_map(|id| ground.thing(*id)) {
        let at = thing.at;
        found = [found[0].min(at.x), found[1].min(at.y), found[2].max(at.x), found[3].max(at.y)];
    }
    let middle = geo::Coord { x: found[0].midpoint(found[2]), y: found[1].midpoint(found[3]) };
    let room = ground.units(15.0, middle).max(0.15 * (found[2] - found[0]).max(found[3] - found[1]));
    [found[0] - room, found[1] - room, found[2] + room, found[3] + room].map(|n| ground.round(n))
}

fn count(ground: &Ground, class: &ClassCode, view: [f64; 4]) -> Computed {
    let hits: Vec<RegionId> = ground.inside(view).filter(|t| t.class == *class).map(|t| t.id).collect();
    let text = format!(
        "regions with class = {class} and middle in [{}, {}] × [{}, {}]: {}",
        view[0],
        view[2],
        view[1],
        view[3],
        hits.len()
    );
    Computed { found: Found::Count(hits.len()), text, rests_on: hits, others: Vec::new() }
}

/// Those of a class with their distance, the nearest first, the one itself left out.
fn by_distance<'a>(ground: &'a Ground, of: &Thing, class: &ClassCode) -> Vec<(f64, &'a Thing)> {
    let others = ground.things().iter().filter(|t| t.class == *class && t.id != of.id);
    let mut found: Vec<(f64, &Thing)> = others.map(|t| (ground.distance_m(of, t), t)).collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
    found
}

fn within(ground: &Ground, of: &Thing, class: &ClassCode, metres: f64) -> Computed {
    let found = by_distance(ground, of, class);
    let hits: Vec<RegionId> = found.iter().filter(|(d, _)| *d <= metres).map(|(_, t)| t.id).collect();
    let unit = ground.unit();
    let far = |row: Option<&(f64, &Thing)>| row.map_or("none".to_owned(), |(d, _)| format!("{d:.2} {unit}"));
    let text = format!(
        "regions with class = {class} whose middle is at most {metres} {unit} (geodesic) from that of {}: {}; the last of \
         them at {}, the next at {}",
        of.name,
        hits.len(),
        far(hits.len().checked_sub(1).and_then(|n| found.get(n))),
        far(found.get(hits.len())),
    );
    let rests_on = std::iter::once(of.id).chain(hits.iter().copied()).collect();
    Computed { found: Found::Count(hits.len()), text, rests_on, others: Vec::new() }
}

fn nearest(ground: &Ground, of: &Thing, class: &ClassCode) -> Outcome {
    let found = by_distance(ground, of, class);
    let Some((best, first)) = found.first() else {
        let text = format!("no region has class = {class}: nothing answers it");
        let mut near: Vec<&Thing> = ground.things().iter().filter(|t| t.id != of.id).collect();
        near.sort_by(|a, b| ground.distance_m(of, a).total_cmp(&ground.distance_m(of, b)));
        let others = near.iter().take(8).map(|t| t.id).collect();
        return Ok(Computed { found: Found::Nothing, text, rests_on: vec![of.id], others });
    };
    if let Some((next, _)) = found.get(1)
        && *next < best * CLEAR
    {
        return Err("two are as near as makes no difference".into());
    }
    let unit = ground.unit();
    let listed: Vec<String> =
        found.iter().take(4).map(|(d, t)| format!("{} {d:.2} {unit}", t.name)).collect();
    let text = format!(
        "geodesic from the middle of {} to those with class = {class}: {}",
        of.name,
        listed.join(", ")
    );
    let others = found.iter().skip(1).take(8).map(|(_, t)| t.id).collect();
    Ok(Computed { found: Found::Thing(first.id), text, rests_on: vec![first.id, of.id], others })
}

fn largest(ground: &Ground, class: &ClassCode, view: [f64; 4]) -> Outcome {
    let mut found: Vec<&Thing> = ground.inside(view).filter(|t| t.class == *class).collect();
    found.sort_by(|a, b| b.area_m2.total_cmp(&a.area_m2).then(a.id.cmp(&b.id)));
    let [first, next, ..] = &found[..] else { return Err("there are fewer than two".into()) };
    if first.area_m2 < next.area_m2 * CLEAR {
        return Err("two are as large as makes no difference".into());
    }
    let unit = ground.unit();
    let listed: Vec<String> =
        found.iter().take(4).map(|t| format!("{} {:.1} {unit}²", t.name, t.area_m2)).collect();
    let text = format!("areas of the regions with class = {class} in the view: {}", listed.join(", "));
    let others = found.iter().skip(1).take(8).map(|t| t.id).collect();
    Ok(Computed {
        found: Found::Thing(first.id),
        text,
        rests_on: found.iter().map(|t| t.id).collect(),
        others,
    })
}

fn majority(ground: &Ground, view: [f64; 4]) -> Outcome {
    let mut counts: BTreeMap<&ClassCode, usize> = BTreeMap::new();
    for thing in ground.inside(view) {
        *counts.entry(&thing.class).or_default() += 1;
    }
    let mut counts: Vec<(&ClassCode, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let (class, most) = *counts.first().ok_or("there is nothing in the view")?;
    if counts.get(1).is_some_and(|(_, next)| *next == most) {
        return Err("two classes are as frequent".into());
    }
    let listed: Vec<String> = counts.iter().map(|(class, n)| format!("{class} {n}")).collect();
    let text = format!("regions with their middle in the view by class: {}", listed.join(", "));
    let rests_on = ground.inside(view).filter(|t| t.class == *class).map(|t| t.id).collect();
    Ok(Computed { found: Found::Class(class.clone()), text, rests_on, others: Vec::new() })
}

fn distance(ground: &Ground, from: &Thing, to: &Thing) -> Outcome {
    let metres = ground.distance_m(from, to);
    if !metres.is_finite() || metres < 5.0 {
        return Err("they are too near together".into());
    }
    let text = format!(
        "geodesic between the middles of {} and {}: {metres:.3} {}",
        from.name,
        to.name,
        ground.unit()
    );
    Ok(Computed { found: Found::Metres(metres), text, rests_on: vec![from.id, to.id], others: Vec::new() })
}

fn direction(ground: &Ground, from: &Thing, to: &Thing) -> Outcome {
    if ground.distance_m(from, to) < 5.0 || from.id == to.id {
        return Err("they are too near together".into());
    }
    let bearing = ground.bearing_deg(from, to);
    let sector = (bearing / 45.0).round();
    if (bearing - 45.0 * sector).abs() > 22.5 - CLEAR_DEG {
        return Err("it lies between two directions".into());
    }
    let place = sector as usize % 8;
    let text = format!(
        "bearing from the middle of {} to that of {}: {bearing:.1}°, {} ± 22.5°",
        from.name,
        to.name,
        COMPASS[place].to_lowercase()
    );
    Ok(Computed { found: Found::Compass(place), text, rests_on: vec![from.id, to.id], others: Vec::new() })
}
