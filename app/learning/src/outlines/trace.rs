//! Borders between pixels, followed round each part.

use std::collections::{BTreeMap, HashMap};

use geo::{Coord, LineString, Polygon};

/// Right, down, left, up: the part is always on the right hand.
const WAYS: [(i64, i64); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

struct Grid<'a> {
    of: &'a [u32],
    width: i64,
    height: i64,
}

impl Grid<'_> {
    /// The part of a pixel; none outside.
    fn part(&self, x: i64, y: i64) -> Option<u32> {
        let inside = (0..self.width).contains(&x) && (0..self.height).contains(&y);
        inside.then(|| self.of[(y * self.width + x) as usize])
    }

    /// How many borders meet at a corner of pixels.
    fn borders(&self, x: i64, y: i64) -> usize {
        let [nw, ne, sw, se] =
            [self.part(x - 1, y - 1), self.part(x, y - 1), self.part(x - 1, y), self.part(x, y)];
        [nw != ne, sw != se, nw != sw, ne != se].into_iter().filter(|b| *b).count()
    }
}

/// The polygon of each part that is wanted, in pixels. A ring has a corner where it turns and where three or more borders
/// meet, so that neighbours have the same corners.
pub(super) fn polygons(of: &[u32], width: usize, wanted: impl Fn(u32) -> bool) -> Vec<(u32, Polygon<f64>)> {
    let grid = Grid { of, width: width as i64, height: (of.len() / width.max(1)) as i64 };
    let mut done = vec![false; of.len()];
    let mut rings: BTreeMap<u32, Vec<Vec<Coord<f64>>>> = BTreeMap::new();
    for at in 0..of.len() {
        let (x, y) = ((at % width) as i64, (at / width) as i64);
        let part = of[at];
        // Every ring goes to the right somewhere, along the upper edge of a pixel of the part.
        if done[at] || !wanted(part) || grid.part(x, y - 1) == Some(part) {
            continue;
        }
        rings.entry(part).or_default().extend(follow(&grid, part, (x, y), &mut done));
    }
    let polygon = |(part, rings): (u32, Vec<Vec<Coord<f64>>>)| {
        let (outer, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| doubled_area(ring) > 0.0);
        let closed = |ring: Vec<Coord<f64>>| {
            let mut line = LineString::from(ring);
            line.close();
            line
        };
        let outer = outer.into_iter().next()?;
        Some((part, Polygon::new(closed(outer), holes.into_iter().map(closed).collect())))
    };
    rings.into_iter().filter_map(polygon).collect()
}

/// Follows one border from the upper edge of a pixel, and cuts it into rings that do not touch themselves.
fn follow(grid: &Grid<'_>, part: u32, start: (i64, i64), done: &mut [bool]) -> Vec<Vec<Coord<f64>>> {
    let (mut x, mut y) = start;
    let mut way = 0;
    let mut path: Vec<(i64, i64)> = Vec::new();
    let mut rings = Vec::new();
    // Corners where the border may come by again, with their place on the path.
    let mut crossings: HashMap<(i64, i64), usize> = HashMap::new();
    loop {
        if way == 0 {
            done[(y * grid.width + x) as usize] = true;
        }
        x += WAYS[way].0;
        y += WAYS[way].1;
        let turned = turn(grid, part, (x, y), way);
        let borders = grid.borders(x, y);
        if turned != way || borders > 2 {
            if borders == 4
                && let Some(from) = crossings.get(&(x, y)).copied()
            {
                // Back where it was: what lies between is a ring of its own.
                let ring: Vec<(i64, i64)> = path.drain(from..).collect();
                for corner in ring.iter().skip(1) {
                    crossings.remove(corner);
                }
                rings.push(ring);
                crossings.remove(&(x, y));
            }
            if borders == 4 {
                crossings.insert((x, y), path.len());
            }
            path.push((x, y));
        }
        way = turned;
        if (x, y) == start && way == 0 {
            break;
        }
    }
    rings.push(path);
    let coordinates = |ring: Vec<(i64, i64)>| {
        ring.into_iter().map(|(x, y)| Coord { x: x as f64, y: y as f64 }).collect::<Vec<_>>()
    };
    rings.into_iter().filter(|ring| ring.len() >= 4).map(coordinates).collect()
}

/// Which way a border goes on at a corner: to the right where that is possible, so that pixels that only share a corner
/// are apart.
fn turn(grid: &Grid<'_>, part: u32, (x, y): (i64, i64), way: usize) -> usize {
    // The pixels before it, on the right hand and on the left.
    let (right, left) = match way {
        0 => ((x, y), (x, y - 1)),
        1 => ((x - 1, y), (x, y)),
        2 => ((x - 1, y - 1), (x - 1, y)),
        _ => ((x, y - 1), (x - 1, y - 1)),
    };
    if grid.part(right.0, right.1) != Some(part) {
        (way + 1) % 4
    } else if grid.part(left.0, left.1) != Some(part) {
        way
    } else {
        (way + 3) % 4
    }
}

/// Twice the area, positive for a ring round its inside.
fn doubled_area(ring: &[Coord<f64>]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum()
}
