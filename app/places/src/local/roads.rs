//! The network of roads: lines of the project, and the streets and paths of extracts.

use std::collections::HashMap;

use geo::{Geometry, LineString};
use plugin_api::{Avoid, Point, TravelMode};
use rstar::{AABB, PointDistance, RTree, RTreeObject};
use serde_json::Value;

use super::{Thing, distance};

/// What is known of a road.
#[derive(Clone, Debug)]
pub(super) struct Road {
    pub(super) name: String,
    /// The value of `highway`; `None` for a line that somebody drew.
    highway: Option<String>,
    oneway: Oneway,
    toll: bool,
    closed: bool,
    /// Kilometres an hour where a sign says so.
    signed: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Oneway {
    No,
    Forward,
    Backward,
}

/// A straight piece of a road between two corners.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) road: usize,
    pub(super) metres: f64,
}

#[derive(Clone, Copy, Debug)]
struct Laid {
    piece: usize,
    a: [f64; 2],
    b: [f64; 2],
}

impl RTreeObject for Laid {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.a, self.b)
    }
}

impl PointDistance for Laid {
    fn distance_2(&self, point: &[f64; 2]) -> f64 {
        let (p, _) = self.nearest(*point);
        (p[0] - point[0]).powi(2) + (p[1] - point[1]).powi(2)
    }
}

impl Laid {
    /// The nearest point of it, and how far along that is, 0 to 1.
    fn nearest(&self, [x, y]: [f64; 2]) -> ([f64; 2], f64) {
        let (dx, dy) = (self.b[0] - self.a[0], self.b[1] - self.a[1]);
        let length = dx * dx + dy * dy;
        let t = if length > 0.0 { ((x - self.a[0]) * dx + (y - self.a[1]) * dy) / length } else { 0.0 };
        let t = t.clamp(0.0, 1.0);
        ([self.a[0] + t * dx, self.a[1] + t * dy], t)
    }
}

/// A place on a road.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) piece: usize,
    /// 0 at the beginning of the piece, 1 at its end.
    pub(super) along: f64,
    pub(super) at: Point,
}

/// Corners and the pieces between them.
#[derive(Debug, Default)]
pub(super) struct Roads {
    pub(super) corners: Vec<Point>,
    pub(super) pieces: Vec<Piece>,
    pub(super) known: Vec<Road>,
    /// The pieces at each corner.
    pub(super) at: Vec<Vec<usize>>,
    laid: RTree<Laid>,
}

impl Roads {
    pub(super) fn of(things: &[Thing]) -> Self {
        let mut found = Self::default();
        let mut known: HashMap<(i64, i64), usize> = HashMap::new();
        for thing in things {
            let lines: Vec<&LineString<f64>> = match &thing.shape {
                Geometry::LineString(line) => vec![line],
                Geometry::MultiLineString(lines) => lines.iter().collect(),
                _ => continue,
            };
            let Some(road) = Road::of(thing) else { continue };
            found.known.push(road);
            for line in lines {
                found.lay(line, &mut known);
            }
        }
        let laid = found.pieces.iter().enumerate().map(|(piece, p)| {
            let [a, b] = [found.corners[p.from], found.corners[p.to]].map(|c| [c.lon, c.lat]);
            Laid { piece, a, b }
        });
        found.laid = RTree::bulk_load(laid.collect());
        found
    }

    fn lay(&mut self, line: &LineString<f64>, known: &mut HashMap<(i64, i64), usize>) {
        let road = self.known.len() - 1;
        let mut before: Option<usize> = None;
        for c in line.coords() {
            // Roads meet where they share a corner, to a ten-millionth of a degree.
            let key = ((c.x * 1e7).round() as i64, (c.y * 1e7).round() as i64);
            let corner = *known.entry(key).or_insert_with(|| {
                self.corners.push(Point::new(c.y, c.x));
                self.at.push(Vec::new());
                self.corners.len() - 1
            });
            if let Some(from) = before.filter(|from| *from != corner) {
                let metres = distance::between(self.corners[from], self.corners[corner]);
                self.at[from].push(self.pieces.len());
                self.at[corner].push(self.pieces.len());
                self.pieces.push(Piece { from, to: corner, road, metres });
            }
            before = Some(corner);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Which pieces belong together, by a number of each: one can go between any two of one number, one-way streets
    /// aside. `None` for a piece that may not be used.
    pub(super) fn parts(&self, mode: TravelMode, avoid: &[Avoid]) -> Vec<Option<usize>> {
        let mut above: Vec<usize> = (0..self.corners.len()).collect();
        let usable = |piece: &Piece| self.known[piece.road].carries(mode, avoid);
        for piece in self.pieces.iter().filter(|piece| usable(piece)) {
            let (a, b) = (root(&mut above, piece.from), root(&mut above, piece.to));
            above[a] = b;
        }
        self.pieces.iter().map(|piece| usable(piece).then(|| root(&mut above, piece.from))).collect()
    }

    /// Of each part of the roads the nearest place to a point, at most so many metres away.
    pub(super) fn nearest(
        &self,
        at: Point,
        most_m: f64,
        parts: &[Option<usize>],
    ) -> HashMap<usize, (f64, Spot)> {
        /// Pieces that are looked at, at most.
        const LOOK_AT: usize = 2_000;
        let place = [at.lon, at.lat];
        let mut found: HashMap<usize, (f64, Spot)> = HashMap::new();
        for laid in self.laid.nearest_neighbor_iter(place).take(LOOK_AT) {
            let Some(part) = parts[laid.piece] else { continue };
            let (point, along) = laid.nearest(place);
            let spot = Spot { piece: laid.piece, along, at: Point::new(point[1], point[0]) };
            let metres = distance::between(at, spot.at);
            if metres <= most_m && found.get(&part).is_none_or(|(known, _)| metres < *known) {
                found.insert(part, (metres, spot));
            }
        }
        found
    }
}

/// The corner that stands for all that hang together with one.
fn root(above: &mut [usize], mut corner: usize) -> usize {
    while above[corner] != corner {
        above[corner] = above[above[corner]];
        corner = above[corner];
    }
    corner
}

impl Road {
    fn of(thing: &Thing) -> Option<Self> {
        let of = |key: &str| match thing.details.get(key) {
            Some(Value::String(text)) => Some(text.trim().to_ascii_lowercase()),
            _ => None,
        };
        let highway = of("highway");
        // Lines of an extract are also rivers and fences; a line that somebody drew is a road.
        if highway.is_none() && thing.region.is_none() {
            return None;
        }
        let oneway = match (of("oneway").as_deref(), of("junction").as_deref()) {
            (Some("yes" | "true" | "1"), _) | (None, Some("roundabout" | "circular")) => Oneway::Forward,
            (Some("-1" | "reverse"), _) => Oneway::Backward,
            _ => Oneway::No,
        };
        let signed = of("maxspeed").and_then(|speed| {
            let (number, scale) = speed.strip_suffix("mph").map_or((speed.as_str(), 1.0), |n| (n, 1.609_344));
            Some(number.trim().parse::<f64>().ok()? * scale)
        });
        Some(Self {
            name: thing.name.clone(),
            highway,
            oneway,
            toll: of("toll").as_deref() == Some("yes"),
            closed: matches!(of("access").as_deref(), Some("no" | "private")),
            signed: signed.filter(|speed| (1.0..=200.0).contains(speed)),
        })
    }

    /// Whether one may travel on it so.
    pub(super) fn carries(&self, mode: TravelMode, avoid: &[Avoid]) -> bool {
        let highway = self.highway.as_deref().unwrap_or_default();
        let fast = highway.starts_with("motorway");
        let narrow = matches!(
            highway,
            "footway" | "path" | "cycleway" | "steps" | "pedestrian" | "bridleway" | "corridor" | "platform"
        );
        let fits = match mode {
            TravelMode::Drive | TravelMode::TwoWheeler => !narrow,
            TravelMode::Bicycle => !fast && !matches!(highway, "steps" | "corridor" | "platform"),
            TravelMode::Walk => !fast,
        };
        let avoided = avoid.iter().any(|avoid| match avoid {
            Avoid::Tolls => self.toll,
            Avoid::Highways => fast || highway.starts_with("trunk"),
            // No ferry is among the roads.
            Avoid::Ferries => false,
        });
        let built = !matches!(highway, "construction" | "proposed" | "abandoned" | "razed");
        fits && !avoided && built && !self.closed
    }

    /// Whether one may go from the beginning of its pieces to their end, or back.
    pub(super) fn leads(&self, forward: bool, mode: TravelMode) -> bool {
        match self.oneway {
            _ if mode == TravelMode::Walk => true,
            Oneway::No => true,
            Oneway::Forward => forward,
            Oneway::Backward => !forward,
        }
    }

    /// Metres a second, where anybody knows.
    pub(super) fn speed(&self, mode: TravelMode) -> Option<f64> {
        let km_h = match mode {
            TravelMode::Walk => 5.0,
            TravelMode::Bicycle => 15.0,
            TravelMode::Drive | TravelMode::TwoWheeler => {
                let usual = match self.highway.as_deref()? {
                    "motorway" => 110.0,
                    "trunk" => 90.0,
                    "motorway_link" | "trunk_link" | "primary" | "primary_link" => 70.0,
                    "secondary" | "secondary_link" => 60.0,
                    "tertiary" | "tertiary_link" => 50.0,
                    "residential" | "living_street" => 30.0,
                    "service" | "track" => 20.0,
                    _ => 40.0,
                };
                self.signed.unwrap_or(usual)
            }
        };
        Some(km_h / 3.6)
    }
}
