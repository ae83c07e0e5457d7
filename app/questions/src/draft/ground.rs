//! The regions that are asked about: what they are, where, how large.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use geo::{Bearing as _, Centroid as _, Coord, Geodesic, LineString, Point};
use project::{ClassCode, Project, Region, RegionId};
use spatial::{Crs, Measure, Transformer};

/// A region as questions know it.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    pub id: RegionId,
    pub class: ClassCode,
    /// What a question calls it: no other is called so.
    pub name: String,
    /// Its middle (the centroid) in the project's CRS.
    pub at: Coord<f64>,
    /// Longitude and latitude of its middle, where the project has a CRS.
    pub lonlat: Option<Coord<f64>>,
    /// On the ellipsoid; px² without a CRS.
    pub area_m2: f64,
}

/// Every region with a class, at one moment.
#[derive(Clone, Debug)]
pub struct Ground {
    things: Vec<Thing>,
    places: HashMap<RegionId, usize>,
    /// Classes that are there, by code.
    classes: Vec<ClassCode>,
    /// Classes of the schema that no region has.
    absent: Vec<ClassCode>,
    names: HashMap<ClassCode, String>,
    measure: Measure,
    crs: Option<Crs>,
}

impl Ground {
    /// The regions that a person gave a class, or a committee; of `accepted` only those that review has settled. Those
    /// without a place on the earth are left out.
    pub fn of(project: &Project, accepted: bool) -> Self {
        let crs = project.crs().cloned();
        let measure = Measure::new(crs.as_ref());
        let to_lonlat = crs.as_ref().and_then(|crs| Transformer::new(crs, &Crs::wgs84()).ok());
        let mut things = Vec::new();
        for (id, region) in project.regions() {
            let outcome = project.outcome(*id);
            let Some(class) = outcome.class.filter(|_| !accepted || outcome.state.is_accepted()) else {
                continue;
            };
            let Some(at) = region.geometry.centroid().map(Coord::from) else { continue };
            let lonlat = to_lonlat.as_ref().and_then(|to| to.convert(at));
            if crs.is_some() && lonlat.is_none() {
                continue;
            }
            let Some(area_m2) = measure.area_m2(&region.geometry).filter(|area| area.is_finite()) else {
                continue;
            };
            things.push(Thing {
                id: *id,
                class,
                name: given(region).unwrap_or_default(),
                at,
                lonlat,
                area_m2,
            });
        }
        name(&mut things);
        let mut there: BTreeMap<&ClassCode, usize> = BTreeMap::new();
        for thing in &things {
            *there.entry(&thing.class).or_default() += 1;
        }
        let classes: Vec<ClassCode> = there.keys().map(|class| (*class).clone()).collect();
        let schema = project.schema();
        let offered = schema.iter().flat_map(|schema| schema.offered());
        let absent = offered.map(|class| class.code.clone()).filter(|code| !classes.contains(code)).collect();
        let all = schema.iter().flat_map(|schema| &schema.classes);
        let names = all.map(|class| (class.code.clone(), class.name.clone())).collect();
        let places = things.iter().enumerate().map(|(place, thing)| (thing.id, place)).collect();
        Self { things, places, classes, absent, names, measure, crs }
    }

    /// In the order of the project.
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    pub fn thing(&self, id: RegionId) -> Option<&Thing> {
        self.places.get(&id).map(|place| &self.things[*place])
    }

    pub fn classes(&self) -> &[ClassCode] {
        &self.classes
    }

    /// Classes of the schema that no region has.
    pub fn absent(&self) -> &[ClassCode] {
        &self.absent
    }

    /// What a person reads.
    pub fn class_name<'a>(&'a self, class: &'a ClassCode) -> &'a str {
        self.names.get(class).map_or(class.as_str(), String::as_str)
    }

    /// Those whose middle lies in a box of the project's CRS, its borders included.
    pub fn inside(&self, [left, bottom, right, top]: [f64; 4]) -> impl Iterator<Item = &Thing> {
        self.things
            .iter()
            .filter(move |t| (left..=right).contains(&t.at.x) && (bottom..=top).contains(&t.at.y))
    }

    /// Metres between middles on the ellipsoid (px without a CRS).
    pub fn distance_m(&self, a: &Thing, b: &Thing) -> f64 {
        self.measure.length_m(&LineString::new(vec![a.at, b.at])).unwrap_or(f64::NAN)
    }

    /// The direction in which a geodesic leaves for another middle, in degrees from north by east.
    pub fn bearing_deg(&self, from: &Thing, to: &Thing) -> f64 {
        match (from.lonlat, to.lonlat) {
            (Some(a), Some(b)) => Geodesic.bearing(Point::from(a), Point::from(b)).rem_euclid(360.0),
            _ => (to.at.x - from.at.x).atan2(to.at.y - from.at.y).to_degrees().rem_euclid(360.0),
        }
    }

    /// The unit of lengths.
    pub fn unit(&self) -> &'static str {
        if self.crs.is_some() { "m" } else { "px" }
    }

    /// How many units of the CRS a length is, near enough to lay out views.
    pub(super) fn units(&self, metres: f64, at: Coord<f64>) -> f64 {
        let step = if self.crs.as_ref().is_some_and(Crs::is_geographic) { 1e-3 } else { 100.0 };
        let line = LineString::new(vec![at, Coord { x: at.x + step, y: at.y }]);
        match self.measure.length_m(&line) {
            Some(length) if length > 0.0 && length.is_finite() => metres / length * step,
            _ => metres,
        }
    }

    /// A coordinate as people write it: to the decimetre, or to a millionth of a degree.
    pub(super) fn round(&self, number: f64) -> f64 {
        let digits = if self.crs.as_ref().is_some_and(Crs::is_geographic) { 1e6 } else { 10.0 };
        (number * digits).round() / digits
    }

    /// What is in a view, a line for each region: what a reader without eyes is given.
    pub fn describe(&self, view: [f64; 4]) -> String {
        let mut text = format!(
            "The view reaches from {} to {} and from {} to {} ({}). Regions with their middle in it: name, class, middle, \
             area.",
            view[0],
            view[2],
            view[1],
            view[3],
            self.crs.as_ref().map_or_else(|| "pixels".to_owned(), Crs::label),
        );
        text.push_str(&self.tell(self.inside(view)));
        text
    }

    /// A line for each region: its name, class, middle and area.
    pub fn tell<'a>(&self, things: impl Iterator<Item = &'a Thing>) -> String {
        let mut text = String::new();
        for thing in things {
            let place = match thing.lonlat {
                Some(c) => format!("{:.6}, {:.6}", c.y, c.x),
                None => format!("x {:.1}, y {:.1}", thing.at.x, thing.at.y),
            };
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n- {}: {}, {place}, {:.1} {}²",
                thing.name,
                self.class_name(&thing.class),
                thing.area_m2,
                self.unit(),
            );
        }
        text
    }
}

/// The name that a region brings, else what its file calls it.
fn given(region: &Region) -> Option<String> {
    let name = region.name().or(region.source_id.as_deref())?.trim();
    (!name.is_empty() && name.chars().count() <= 60).then(|| name.to_owned())
}

/// Gives each a name that no other has: its own where that is so, else its place, else its identity.
fn name(things: &mut [Thing]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for thing in things.iter() {
        *counts.entry(thing.name.clone()).or_default() += 1;
    }
    for thing in things.iter_mut().filter(|thing| thing.name.is_empty() || counts[&thing.name] > 1) {
        thing.name = match thing.lonlat {
            Some(c) => format!("the region at {:.6}, {:.6}", c.y, c.x),
            None => format!("the region at x {:.1}, y {:.1}", thing.at.x, thing.at.y),
        };
    }
    let mut seen = std::collections::HashSet::new();
    for thing in things {
        if !seen.insert(thing.name.clone()) {
            thing.name = format!("region {}", thing.id);
        }
    }
}
