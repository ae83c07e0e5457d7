//! Places by words, by identity, around a point and along a line.

use geo::{LineString, Simplify as _};
use plugin_api::{AlongRoute, Answer, Nearby, Place, PlaceDetails, Point, TextSearch};

use super::{LocalMap, Thing, distance};
use crate::AskError;

/// Metres beside a line that are searched, where nobody says.
const USUAL_BESIDE_M: f64 = 50.0;

/// How well words fit a name or its attributes: less is better; `None` when they do not.
fn fit(thing: &Thing, words: &str) -> Option<u32> {
    let name = thing.name.to_lowercase();
    if name == words {
        return Some(0);
    }
    if name.starts_with(words) {
        return Some(1);
    }
    let mut all_in_name = true;
    for word in words.split_whitespace() {
        if !thing.text.contains(word) {
            return None;
        }
        all_in_name &= name.contains(word);
    }
    Some(if all_in_name { 2 } else { 3 })
}

impl LocalMap {
    /// The best fitting places, nearer ones first among those that fit alike, and how many fit.
    pub(super) fn text_search(&self, query: &TextSearch) -> (Answer, usize) {
        let words = query.text.trim().to_lowercase();
        let mut found = Vec::new();
        for thing in &self.things {
            let Some(rank) = fit(thing, &words) else { continue };
            let metres = query.near.map(|near| thing.metres_from(near));
            if metres.zip(query.radius_m).is_some_and(|(metres, radius)| metres > radius) {
                continue;
            }
            found.push((rank, metres, thing));
        }
        found.sort_by(|a, b| {
            let metres = |m: Option<f64>| m.unwrap_or(0.0);
            a.0.cmp(&b.0).then(metres(a.1).total_cmp(&metres(b.1))).then_with(|| a.2.id.cmp(&b.2.id))
        });
        let total = found.len();
        let places =
            found.into_iter().take(query.limit as usize).map(|(_, metres, thing)| thing.place(metres));
        (Answer::Places(places.collect()), total)
    }

    /// One place by its identity; a region's may be given without `region/`.
    pub(super) fn details(&self, query: &PlaceDetails) -> Result<(Answer, usize), AskError> {
        let asked = query.place.trim();
        let full = format!("region/{asked}");
        let found = self.things.iter().find(|thing| thing.id == asked || thing.id == full);
        let thing = found.ok_or_else(|| AskError::Local(format!("nothing on the map is called {asked}")))?;
        let mut place = thing.place(None);
        let size = spatial::Measure::new(Some(&spatial::Crs::wgs84()));
        if let Some(area) = size.area_m2(&thing.shape).filter(|area| *area > 0.0) {
            place.details.insert("area_m2".into(), rounded(area));
        } else if let Some(length) = size.perimeter_m(&thing.shape).filter(|length| *length > 0.0) {
            place.details.insert("length_m".into(), rounded(length));
        }
        Ok((Answer::Places(vec![place]), 1))
    }

    /// Places of a kind within a radius, nearest first, and how many there are.
    pub(super) fn nearby(&self, query: &Nearby) -> Result<(Answer, usize), AskError> {
        let wanted = self.wanted(query.kind.as_deref())?;
        let word = query.keyword.as_ref().map(|word| word.trim().to_lowercase());
        let near = self.within(distance::around(query.at, query.radius_m));
        let fits = |thing: &&Thing| {
            wanted.takes(thing) && word.as_ref().is_none_or(|word| fit(thing, word).is_some())
        };
        let measured = near.filter(fits).map(|thing| (thing.metres_from(query.at), thing));
        let found: Vec<_> = measured.filter(|(metres, _)| *metres <= query.radius_m).collect();
        Ok(nearest_first(found, query.limit))
    }

    /// Places of a kind beside a line, in the order of their distance from it, and how many there are.
    pub(super) fn along(&self, query: &AlongRoute) -> Result<(Answer, usize), AskError> {
        /// Degrees that a line may be simplified by before it is searched along: a decimetre.
        const DETAIL_DEG: f64 = 1e-6;
        let wanted = self.wanted(query.kind.as_deref())?;
        let word = query.text.as_ref().map(|word| word.trim().to_lowercase());
        let beside_m = query.radius_m.unwrap_or(USUAL_BESIDE_M);
        let line = LineString::from(query.line.iter().map(|p| (p.lon, p.lat)).collect::<Vec<_>>());
        let line = line.simplify(DETAIL_DEG);
        let mut found: Vec<(f64, &Thing)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for part in line.0.windows(2) {
            let [a, b] = [part[0], part[1]].map(|c| Point::new(c.y, c.x));
            let (first, second) = (distance::around(a, beside_m), distance::around(b, beside_m));
            let both = [
                first[0].min(second[0]),
                first[1].min(second[1]),
                first[2].max(second[2]),
                first[3].max(second[3]),
            ];
            for thing in self.within(both) {
                let fits = wanted.takes(thing) && word.as_ref().is_none_or(|word| fit(thing, word).is_some());
                if !fits || seen.contains(&thing.id) {
                    continue;
                }
                let metres = from_line(thing, &line);
                seen.insert(thing.id.clone());
                if metres <= beside_m {
                    found.push((metres, thing));
                }
            }
        }
        Ok(nearest_first(found, query.limit))
    }
}

fn rounded(number: f64) -> serde_json::Value {
    ((number * 1000.0).round() / 1000.0).into()
}

fn nearest_first(mut found: Vec<(f64, &Thing)>, limit: u32) -> (Answer, usize) {
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    let total = found.len();
    let places: Vec<Place> =
        found.into_iter().take(limit as usize).map(|(metres, thing)| thing.place(Some(metres))).collect();
    (Answer::Places(places), total)
}

/// Metres between a thing and a line: from its middle, or from the corners of either to the other.
fn from_line(thing: &Thing, line: &LineString<f64>) -> f64 {
    use geo::CoordsIter as _;
    let shape = geo::Geometry::LineString(line.clone());
    if geo::Intersects::intersects(&thing.shape, &shape) {
        return 0.0;
    }
    let corners = thing.shape.coords_iter().map(|c| distance::metres(Point::new(c.y, c.x), &shape));
    let bends = line.0.iter().map(|c| thing.metres_from(Point::new(c.y, c.x)));
    corners.chain(bends).fold(f64::INFINITY, f64::min)
}
