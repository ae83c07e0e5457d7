//! The least cut of a grid whose pixels are tied to their eight neighbours, by the algorithm of Boykov and Kolmogorov (2004):
//! two trees grow from source and sink, and keep what is still good of them after each path.

use crate::SegmentError;
use crate::error::{GoOn, check};

/// Directions to the eight neighbours; the one back is seven less it.
pub(crate) const NEIGHBOURS: [(isize, isize); 8] =
    [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];

const FREE: u8 = 255;
const TERMINAL: u8 = 254;
const ORPHAN: u8 = 253;

/// Capacities of a grid, with a rim that nothing flows through.
#[derive(Debug)]
pub(crate) struct Grid {
    width: usize,
    stride: usize,
    offsets: [isize; 8],
    /// What may still flow to each neighbour.
    capacity: Vec<[f32; 8]>,
    /// What may still come from the source, or, below zero, go to the sink.
    terminal: Vec<f32>,
    parent: Vec<u8>,
    is_sink: Vec<bool>,
    seen: Vec<u32>,
    distance: Vec<u32>,
    is_active: Vec<bool>,
    active: std::collections::VecDeque<u32>,
    orphans: std::collections::VecDeque<u32>,
    time: u32,
}

impl Grid {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let stride = width + 2;
        let count = stride * (height + 2);
        let signed = stride as isize;
        Self {
            width,
            stride,
            offsets: NEIGHBOURS.map(|(dx, dy)| dy * signed + dx),
            capacity: vec![[0.0; 8]; count],
            terminal: vec![0.0; count],
            parent: vec![FREE; count],
            is_sink: vec![false; count],
            seen: vec![0; count],
            distance: vec![0; count],
            is_active: vec![false; count],
            active: std::collections::VecDeque::new(),
            orphans: std::collections::VecDeque::new(),
            time: 0,
        }
    }

    fn at(&self, pixel: usize) -> usize {
        (pixel / self.width + 1) * self.stride + pixel % self.width + 1
    }

    /// Ties a pixel to source and sink.
    pub(crate) fn tie(&mut self, pixel: usize, source: f32, sink: f32) {
        let at = self.at(pixel);
        self.terminal[at] += source - sink;
    }

    /// Ties a pixel to a neighbour that there is, both ways.
    pub(crate) fn tie_to(&mut self, pixel: usize, direction: usize, weight: f32) {
        let at = self.at(pixel);
        let other = self.beside(at, direction);
        self.capacity[at][direction] += weight;
        self.capacity[other][7 - direction] += weight;
    }

    fn beside(&self, at: usize, direction: usize) -> usize {
        at.wrapping_add_signed(self.offsets[direction])
    }

    /// True for the pixels on the side of the source when as little as possible is cut.
    pub(crate) fn cut(mut self, go_on: GoOn) -> Result<Vec<bool>, SegmentError> {
        for at in 0..self.terminal.len() {
            if self.terminal[at] != 0.0 {
                self.is_sink[at] = self.terminal[at] < 0.0;
                self.parent[at] = TERMINAL;
                self.distance[at] = 1;
                self.activate(at);
            }
        }
        let mut steps = 0_usize;
        while let Some(at) = self.active.pop_front() {
            let at = at as usize;
            self.is_active[at] = false;
            while self.parent[at] != FREE {
                steps += 1;
                if steps.is_multiple_of(1 << 14) {
                    check(go_on)?;
                }
                let Some((from, direction)) = self.grow(at) else { break };
                self.time += 1;
                self.augment(from, direction);
                self.adopt();
            }
        }
        let height = self.terminal.len() / self.stride - 2;
        let is_source = |pixel| {
            let at = self.at(pixel);
            self.parent[at] != FREE && !self.is_sink[at]
        };
        Ok((0..self.width * height).map(is_source).collect())
    }

    fn activate(&mut self, at: usize) {
        if !std::mem::replace(&mut self.is_active[at], true) {
            self.active.push_back(at as u32);
        }
    }

    /// What may flow between a node of a tree and its child there, in the way of the flow.
    fn down(&self, at: usize, direction: usize, child: usize) -> f32 {
        if self.is_sink[at] { self.capacity[child][7 - direction] } else { self.capacity[at][direction] }
    }

    /// Takes free neighbours into the tree; where it meets the other one, the node on the source's side, and the way to
    /// the sink's.
    fn grow(&mut self, at: usize) -> Option<(usize, usize)> {
        for direction in 0..8 {
            let next = self.beside_or(at, direction)?;
            if self.down(at, direction, next) <= 0.0 {
                continue;
            }
            if self.parent[next] == FREE {
                self.is_sink[next] = self.is_sink[at];
                self.parent[next] = 7 - direction as u8;
                self.seen[next] = self.seen[at];
                self.distance[next] = self.distance[at] + 1;
                self.activate(next);
            } else if self.is_sink[next] != self.is_sink[at] {
                let meets = if self.is_sink[at] { (next, 7 - direction) } else { (at, direction) };
                return Some(meets);
            } else if self.seen[next] <= self.seen[at] && self.distance[next] > self.distance[at] + 1 {
                self.parent[next] = 7 - direction as u8;
                self.seen[next] = self.seen[at];
                self.distance[next] = self.distance[at] + 1;
            }
        }
        None
    }

    fn beside_or(&self, at: usize, direction: usize) -> Option<usize> {
        at.checked_add_signed(self.offsets[direction]).filter(|next| *next < self.parent.len())
    }

    /// Sends as much as it takes along the path through both trees.
    fn augment(&mut self, from: usize, direction: usize) {
        let to = self.beside(from, direction);
        let mut most = self.capacity[from][direction];
        for start in [from, to] {
            let mut at = start;
            while self.parent[at] != TERMINAL {
                let up = usize::from(self.parent[at]);
                let parent = self.beside(at, up);
                most = most.min(self.down(parent, 7 - up, at));
                at = parent;
            }
            most = most.min(self.terminal[at].abs());
        }
        self.capacity[from][direction] -= most;
        self.capacity[to][7 - direction] += most;
        for start in [from, to] {
            let mut at = start;
            while self.parent[at] != TERMINAL {
                let up = usize::from(self.parent[at]);
                let parent = self.beside(at, up);
                let (left, back) = if self.is_sink[at] {
                    ((at, up), (parent, 7 - up))
                } else {
                    ((parent, 7 - up), (at, up))
                };
                self.capacity[left.0][left.1] -= most;
                self.capacity[back.0][back.1] += most;
                if self.capacity[left.0][left.1] <= 0.0 {
                    self.orphan(at);
                }
                at = parent;
            }
            self.terminal[at] -= most.copysign(self.terminal[at]);
            if self.terminal[at] == 0.0 {
                self.orphan(at);
            }
        }
    }

    fn orphan(&mut self, at: usize) {
        self.parent[at] = ORPHAN;
        self.orphans.push_front(at as u32);
    }

    /// Finds new parents for those that lost theirs; those without one are free again.
    fn adopt(&mut self) {
        while let Some(at) = self.orphans.pop_front() {
            let at = at as usize;
            let mut best: Option<(u32, usize)> = None;
            for direction in 0..8 {
                let other = self.beside(at, direction);
                let is_kin = self.parent[other] != FREE && self.is_sink[other] == self.is_sink[at];
                if !is_kin || self.down(other, 7 - direction, at) <= 0.0 {
                    continue;
                }
                if let Some(far) = self.origin(other).filter(|far| best.is_none_or(|(b, _)| *far < b)) {
                    best = Some((far, direction));
                }
            }
            if let Some((far, direction)) = best {
                self.parent[at] = direction as u8;
                self.seen[at] = self.time;
                self.distance[at] = far + 1;
                continue;
            }
            for direction in 0..8 {
                let other = self.beside(at, direction);
                if self.parent[other] == FREE || self.is_sink[other] != self.is_sink[at] {
                    continue;
                }
                if self.down(other, 7 - direction, at) > 0.0 {
                    self.activate(other);
                }
                if self.parent[other] == 7 - direction as u8 {
                    self.parent[other] = ORPHAN;
                    self.orphans.push_back(other as u32);
                }
            }
            self.parent[at] = FREE;
        }
    }

    /// How far it is to the terminal, if that is still where the way up ends.
    fn origin(&mut self, from: usize) -> Option<u32> {
        let (mut at, mut far) = (from, 0);
        loop {
            if self.seen[at] == self.time && self.time > 0 && self.parent[at] != ORPHAN {
                far += self.distance[at];
                break;
            }
            far += 1;
            match self.parent[at] {
                TERMINAL => {
                    self.seen[at] = self.time;
                    self.distance[at] = 1;
                    break;
                }
                ORPHAN | FREE => return None,
                up => at = self.beside(at, usize::from(up)),
            }
        }
        let (mut at, mut left) = (from, far);
        while self.seen[at] != self.time {
            self.seen[at] = self.time;
            self.distance[at] = left;
            left -= 1;
            at = self.beside(at, usize::from(self.parent[at]));
        }
        Some(far)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a cut costs.
    fn cost(side: &[bool], ties: &[(f32, f32)], weights: &[(usize, usize, f32)]) -> f32 {
        let ends: f32 =
            side.iter().zip(ties).map(|(s, (source, sink))| if *s { *sink } else { *source }).sum();
        ends + weights.iter().filter(|(a, b, _)| side[*a] != side[*b]).map(|(_, _, w)| w).sum::<f32>()
    }

    proptest! {
        #[test]
        fn no_other_cut_costs_less(
            ties in prop::collection::vec((0_u8..20, 0_u8..20), 12),
            weights in prop::collection::vec(0_u8..12, 96),
        ) {
            let (width, height) = (4_usize, 3_usize);
            let ties: Vec<(f32, f32)> = ties.iter().map(|(a, b)| (f32::from(*a), f32::from(*b))).collect();
            let mut grid = Grid::new(width, height);
            let mut all = Vec::new();
            for pixel in 0..12 {
                grid.tie(pixel, ties[pixel].0, ties[pixel].1);
                for direction in 4..8 {
                    let (dx, dy) = NEIGHBOURS[direction];
                    let x = (pixel % width).checked_add_signed(dx).filter(|x| *x < width);
                    let y = (pixel / width).checked_add_signed(dy).filter(|y| *y < height);
                    if let (Some(x), Some(y)) = (x, y) {
                        let weight = f32::from(weights[pixel * 8 + direction]);
                        grid.tie_to(pixel, direction, weight);
                        all.push((pixel, y * width + x, weight));
                    }
                }
            }
            let found = grid.cut(&|| true).expect("it goes on");
            let best = (0_u32..1 << 12)
                .map(|bits| {
                    let side: Vec<bool> = (0..12).map(|i| bits >> i & 1 == 1).collect();
                    cost(&side, &ties, &all)
                })
                .fold(f32::INFINITY, f32::min);
            prop_assert!((cost(&found, &ties, &all) - best).abs() < 1e-3, "{} and {best}", cost(&found, &ties, &all));
        }
    }
}
