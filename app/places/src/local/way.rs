//! The shortest way over the roads (A*).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use plugin_api::{Avoid, Leg, Matrix, MatrixQuery, Point, Route, RouteQuery, RouteStep, TravelMode};

use super::LocalMap;
use super::roads::{Roads, Spot};
use crate::AskError;

/// Metres from a place to the next road, at most.
const FARTHEST_M: f64 = 500.0;
/// A sphere that lies within the ellipsoid makes no way longer than it is.
const NEVER_LONGER: f64 = 0.994;

/// Part of a way on one road.
struct Stretch {
    road: usize,
    metres: f64,
    to: Point,
}

/// What may be used.
#[derive(Clone, Copy)]
struct Rules<'a> {
    mode: TravelMode,
    avoid: &'a [Avoid],
}

/// A corner, or one of the two ends of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Stop {
    Corner(usize),
    Goal,
}

impl LocalMap {
    pub(super) fn route(&self, query: &RouteQuery) -> Result<Route, AskError> {
        if query.optimize || query.alternatives {
            return Err(AskError::Local(
                "the local provider says the shortest way, in the order that is given: no `optimize`, no `alternatives`"
                    .into(),
            ));
        }
        if self.roads.is_empty() {
            return Err(AskError::Local("neither the project nor an extract has lines to travel on".into()));
        }
        let avoid = query.avoided();
        let rules = Rules { mode: query.mode, avoid: &avoid };
        let parts = self.roads.parts(rules.mode, rules.avoid);
        let legs = self.legs(&query.stops(), &parts, rules)?;
        let mut route = Route { duration_s: Some(0.0), ..Route::default() };
        for (begin, stretches) in legs {
            let leg = self.told(&stretches, rules.mode);
            if route.line.last() != Some(&begin) {
                route.line.push(begin);
            }
            for stretch in &stretches {
                if route.line.last() != Some(&stretch.to) {
                    route.line.push(stretch.to);
                }
            }
            route.distance_m += leg.distance_m;
            route.duration_s = route.duration_s.zip(leg.duration_s).map(|(a, b)| a + b);
            route.legs.push(leg);
        }
        "Shortest way over the roads at hand".clone_into(&mut route.summary);
        Ok(route)
    }

    pub(super) fn matrix(&self, query: &MatrixQuery) -> Matrix {
        let rules = Rules { mode: query.mode, avoid: &[] };
        let parts = self.roads.parts(rules.mode, rules.avoid);
        let mut matrix = Matrix::default();
        for from in &query.from {
            let cells = query.to.iter().map(|to| {
                let legs = self.legs(&[*from, *to], &parts, rules).ok()?;
                let leg = self.told(&legs.first()?.1, query.mode);
                Some((leg.distance_m, leg.duration_s))
            });
            let cells: Vec<Option<(f64, Option<f64>)>> = cells.collect();
            matrix.distances_m.push(cells.iter().map(|cell| cell.map(|(metres, _)| metres)).collect());
            matrix.durations_s.push(cells.iter().map(|cell| cell.and_then(|(_, seconds)| seconds)).collect());
        }
        matrix
    }

    /// The shortest ways from each stop to the next, all over roads that hang together: a stop beside a path that leads
    /// nowhere begins at the next road that does.
    fn legs(
        &self,
        stops: &[Point],
        parts: &[Option<usize>],
        rules: Rules<'_>,
    ) -> Result<Vec<(Point, Vec<Stretch>)>, AskError> {
        /// Parts of the roads that are tried, those nearest to all stops first.
        const TRIED: usize = 4;
        let mut near = Vec::with_capacity(stops.len());
        for at in stops {
            let found = self.roads.nearest(*at, FARTHEST_M, parts);
            if found.is_empty() {
                let what = format!("no road lies within {FARTHEST_M} m of {}, {}", at.lat, at.lon);
                return Err(AskError::Local(what));
            }
            near.push(found);
        }
        let mut common: Vec<(f64, usize)> = near[0]
            .keys()
            .filter_map(|part| {
                let away = near.iter().map(|found| found.get(part).map(|(metres, _)| *metres));
                Some((away.sum::<Option<f64>>()?, *part))
            })
            .collect();
        common.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, part) in common.into_iter().take(TRIED) {
            let spots: Vec<Spot> = near.iter().filter_map(|found| Some(found.get(&part)?.1)).collect();
            let leg = |pair: &[Spot]| Some((pair[0].at, shortest(&self.roads, pair[0], pair[1], rules)?));
            if let Some(legs) = spots.windows(2).map(leg).collect::<Option<Vec<_>>>() {
                return Ok(legs);
            }
        }
        Err(AskError::Local("the roads do not lead from one place to the other".into()))
    }

    /// A leg with its stretches on one road told as one step.
    fn told(&self, stretches: &[Stretch], mode: TravelMode) -> Leg {
        let mut leg = Leg { duration_s: Some(0.0), ..Leg::default() };
        let mut last: Option<&str> = None;
        for stretch in stretches {
            let road = &self.roads.known[stretch.road];
            let seconds = road.speed(mode).map(|speed| stretch.metres / speed);
            leg.distance_m += stretch.metres;
            leg.duration_s = leg.duration_s.zip(seconds).map(|(a, b)| a + b);
            if last == Some(road.name.as_str())
                && let Some(step) = leg.steps.last_mut()
            {
                step.distance_m += stretch.metres;
                step.duration_s = step.duration_s.zip(seconds).map(|(a, b)| a + b);
                continue;
            }
            let text = format!("Follow {}", road.name);
            leg.steps.push(RouteStep { text, distance_m: stretch.metres, duration_s: seconds });
            last = Some(&road.name);
        }
        leg
    }
}

/// Where one can go from a corner: the next stop, the road and how far.
fn onward(roads: &Roads, corner: usize, to: Spot, rules: Rules<'_>) -> Vec<(Stop, usize, f64)> {
    let mut next = Vec::new();
    for &number in &roads.at[corner] {
        let piece = roads.pieces[number];
        let (road, forward) = (&roads.known[piece.road], piece.from == corner);
        if !road.carries(rules.mode, rules.avoid) || !road.leads(forward, rules.mode) {
            continue;
        }
        let other = if forward { piece.to } else { piece.from };
        next.push((Stop::Corner(other), piece.road, piece.metres));
        if number == to.piece {
            let share = if forward { to.along } else { 1.0 - to.along };
            next.push((Stop::Goal, piece.road, piece.metres * share));
        }
    }
    next
}

/// Where one can go from the beginning, which lies on a piece.
fn begin(roads: &Roads, from: Spot, to: Spot, rules: Rules<'_>) -> Vec<(Stop, usize, f64)> {
    let piece = roads.pieces[from.piece];
    let road = &roads.known[piece.road];
    let mut next = Vec::new();
    if road.leads(true, rules.mode) {
        next.push((Stop::Corner(piece.to), piece.road, piece.metres * (1.0 - from.along)));
    }
    if road.leads(false, rules.mode) {
        next.push((Stop::Corner(piece.from), piece.road, piece.metres * from.along));
    }
    if from.piece == to.piece && road.leads(to.along >= from.along, rules.mode) {
        next.push((Stop::Goal, piece.road, piece.metres * (to.along - from.along).abs()));
    }
    next
}

/// A* over corners; lengths in millimetres, so that they can be compared.
fn shortest(roads: &Roads, from: Spot, to: Spot, rules: Rules<'_>) -> Option<Vec<Stretch>> {
    let place = |stop: Stop| if let Stop::Corner(corner) = stop { roads.corners[corner] } else { to.at };
    let ahead = |stop: Stop| place(stop).metres_to(to.at) * NEVER_LONGER;
    let key = |metres: f64| (metres * 1000.0).round() as u64;
    let mut best: HashMap<Stop, (f64, Option<Stop>, usize, f64)> = HashMap::new();
    let mut open = BinaryHeap::new();
    let mut reach =
        |stop: Stop, metres: f64, before: Option<Stop>, road: usize, step: f64, open: &mut BinaryHeap<_>| {
            if best.get(&stop).is_none_or(|(known, ..)| metres < *known) {
                best.insert(stop, (metres, before, road, step));
                open.push(Reverse((key(metres + ahead(stop)), stop, key(metres))));
            }
        };
    for (stop, road, metres) in begin(roads, from, to, rules) {
        reach(stop, metres, None, road, metres, &mut open);
    }
    let mut reached = false;
    let mut done: HashMap<Stop, f64> = HashMap::new();
    while let Some(Reverse((_, stop, millimetres))) = open.pop() {
        let Stop::Corner(corner) = stop else {
            reached = true;
            break;
        };
        let metres = millimetres as f64 / 1000.0;
        if done.get(&stop).is_some_and(|known| *known <= metres) {
            continue;
        }
        done.insert(stop, metres);
        for (next, road, step) in onward(roads, corner, to, rules) {
            reach(next, metres + step, Some(stop), road, step, &mut open);
        }
    }
    if !reached {
        return None;
    }
    let mut stretches = Vec::new();
    let mut stop = Some(Stop::Goal);
    while let Some(here) = stop {
        let (_, before, road, step) = *best.get(&here)?;
        stretches.push(Stretch { road, metres: step, to: place(here) });
        stop = before;
    }
    stretches.reverse();
    Some(stretches)
}
