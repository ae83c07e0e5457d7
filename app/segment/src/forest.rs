//! A random forest (Breiman 2001) over features in bytes: bootstrap samples, Gini impurity, a few features drawn at each
//! node. Every tree has a seed of its own, so that a forest is the same on any number of threads.

use rand::seq::index::sample;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::SegmentError;
use crate::error::{GoOn, check};
use crate::learner::Examples;

/// How a forest is grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForestOptions {
    pub trees: usize,
    pub deepest: usize,
    /// A node with fewer examples is split no more.
    pub fewest: usize,
    pub seed: u64,
}

impl Default for ForestOptions {
    fn default() -> Self {
        Self { trees: 100, deepest: 24, fewest: 2, seed: 0 }
    }
}

/// A place in a tree. Those where it ends lead to themselves, so that many pixels can go down side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    feature: u16,
    /// Those with at most this go to `next`, others to the one after it.
    at_most: u8,
    next: u32,
}

#[derive(Clone, Debug, PartialEq)]
struct Tree {
    nodes: Vec<Node>,
    /// Shares of the classes at each node; zeroes but where a tree ends.
    shares: Vec<f32>,
}

/// A random forest that has learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    trees: Vec<Tree>,
    classes: usize,
    features: usize,
}

/// Pixels that go down a tree side by side.
const ABREAST: usize = 8;
/// Trees after which a pixel that all agree on is settled.
const ENOUGH: usize = 24;
/// The share of all trees' votes at which they agree.
const AGREED: f32 = 0.995;

impl Forest {
    /// Grows trees from examples.
    pub fn train(examples: &Examples, options: &ForestOptions, go_on: GoOn) -> Result<Self, SegmentError> {
        let classes = examples.classes()?;
        let grow = |tree: usize| {
            check(go_on)?;
            // A step that is odd takes seeds of neighbouring forests far apart.
            let seed = options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(tree as u64);
            let mut grower = Grower {
                examples,
                classes,
                options,
                random: ChaCha8Rng::seed_from_u64(seed),
                tree: Tree { nodes: Vec::new(), shares: Vec::new() },
                drawn: (examples.features as f64).sqrt().ceil().max(1.0) as usize,
            };
            grower.grow();
            Ok(grower.tree)
        };
        let trees = (0..options.trees.max(1)).into_par_iter().map(grow).collect::<Result<Vec<Tree>, _>>()?;
        Ok(Self { trees, classes, features: examples.features })
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Shares of the classes for rows of features, pixel after pixel. With `hasty` a pixel on which the first trees agree
    /// is not asked of the others: its share differs by less than one in two hundred then.
    pub(crate) fn shares(&self, rows: &[u8], out: &mut [f32], hasty: bool) {
        let block = 64 * ABREAST;
        out.fill(0.0);
        for (rows, out) in rows.chunks(block * self.features).zip(out.chunks_mut(block * self.classes)) {
            let mut open: Vec<u32> = (0..(out.len() / self.classes) as u32).collect();
            for (index, tree) in self.trees.iter().enumerate() {
                if hasty && index == ENOUGH {
                    let most = ENOUGH as f32 * AGREED;
                    let classes = self.classes;
                    open.retain(|p| {
                        let own = &mut out[*p as usize * classes..(*p as usize + 1) * classes];
                        let settled = own.iter().any(|share| *share >= most);
                        if settled {
                            for s in own.iter_mut() {
                                *s /= ENOUGH as f32;
                            }
                        }
                        !settled
                    });
                }
                self.add(tree, rows, &open, out);
            }
            for pixel in open {
                let own = &mut out[pixel as usize * self.classes..(pixel as usize + 1) * self.classes];
                for share in own.iter_mut() {
                    *share /= self.trees.len() as f32;
                }
            }
        }
    }

    fn add(&self, tree: &Tree, rows: &[u8], open: &[u32], out: &mut [f32]) {
        for some in open.chunks(ABREAST) {
            let mut at = [0_u32; ABREAST];
            let mut base = [0_usize; ABREAST];
            for (base, pixel) in base.iter_mut().zip(some) {
                *base = *pixel as usize * self.features;
            }
            loop {
                let mut moved = 0;
                for (at, base) in at.iter_mut().zip(base) {
                    let node = tree.nodes[*at as usize];
                    let to = node.next + u32::from(rows[base + usize::from(node.feature)] > node.at_most);
                    moved |= to ^ *at;
                    *at = to;
                }
                if moved == 0 {
                    break;
                }
            }
            for (pixel, at) in some.iter().zip(at) {
                let shares = &tree.shares[at as usize * self.classes..][..self.classes];
                let own = &mut out[*pixel as usize * self.classes..][..self.classes];
                own.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            }
        }
    }
}

struct Grower<'a> {
    examples: &'a Examples,
    classes: usize,
    options: &'a ForestOptions,
    random: ChaCha8Rng,
    tree: Tree,
    /// Features that are drawn at each node.
    drawn: usize,
}

/// Where to split: feature, the largest value that goes left, impurity of both sides.
#[derive(Clone, Copy, Debug)]
struct Split {
    feature: usize,
    at_most: u8,
    impurity: f64,
}

impl Grower<'_> {
    fn grow(&mut self) {
        let count = self.examples.len();
        let mut all: Vec<u32> = (0..count).map(|_| self.random.random_range(0..count) as u32).collect();
        self.node();
        let mut open = vec![(0_usize, 0_usize, all.len(), 0_usize)];
        while let Some((node, from, to, depth)) = open.pop() {
            let some = &mut all[from..to];
            let split = self.split(some, depth);
            let Some(split) = split else {
                self.end(node, some);
                continue;
            };
            let features = self.examples.features;
            let value = |example: u32| self.examples.rows[example as usize * features + split.feature];
            // In place, and stable: the order decides nothing, but it is to be the same every time.
            let (left, right): (Vec<u32>, Vec<u32>) =
                some.iter().partition(|example| value(**example) <= split.at_most);
            some[..left.len()].copy_from_slice(&left);
            some[left.len()..].copy_from_slice(&right);
            let next = self.node();
            self.node();
            self.tree.nodes[node] =
                Node { feature: split.feature as u16, at_most: split.at_most, next: next as u32 };
            open.push((next + 1, from + left.len(), to, depth + 1));
            open.push((next, from, from + left.len(), depth + 1));
        }
    }

    /// A new node that leads to itself.
    fn node(&mut self) -> usize {
        let at = self.tree.nodes.len();
        self.tree.nodes.push(Node { feature: 0, at_most: u8::MAX, next: at as u32 });
        self.tree.shares.resize((at + 1) * self.classes, 0.0);
        at
    }

    fn end(&mut self, node: usize, some: &[u32]) {
        let shares = &mut self.tree.shares[node * self.classes..(node + 1) * self.classes];
        for example in some {
            shares[usize::from(self.examples.labels[*example as usize])] += 1.0 / some.len() as f32;
        }
    }

    fn split(&mut self, some: &[u32], depth: usize) -> Option<Split> {
        let labels = &self.examples.labels;
        let first = labels[*some.first()? as usize];
        let is_pure = some.iter().all(|e| labels[*e as usize] == first);
        if is_pure || some.len() < self.options.fewest || depth >= self.options.deepest {
            return None;
        }
        let features = self.examples.features;
        let mut best: Option<Split> = None;
        // As others do, it goes on looking beyond those that tell nothing, until one does.
        for (seen, feature) in sample(&mut self.random, features, features).into_iter().enumerate() {
            if seen >= self.drawn && best.is_some() {
                break;
            }
            let found = self.best_of(some, feature);
            if let Some(found) = found.filter(|f| best.is_none_or(|b| f.impurity < b.impurity)) {
                best = Some(found);
            }
        }
        best
    }

    /// The best split by one feature; `None` when all have the same value.
    fn best_of(&self, some: &[u32], feature: usize) -> Option<Split> {
        let classes = self.classes;
        let mut counts = vec![0_u32; 256 * classes];
        let mut total = vec![0_u32; classes];
        let (mut least, mut most) = (u8::MAX, 0);
        for example in some {
            let value = self.examples.rows[*example as usize * self.examples.features + feature];
            let class = usize::from(self.examples.labels[*example as usize]);
            counts[usize::from(value) * classes + class] += 1;
            total[class] += 1;
            (least, most) = (least.min(value), most.max(value));
        }
        let mut left = vec![0_u32; classes];
        let mut best: Option<Split> = None;
        for value in least..most {
            let here = &counts[usize::from(value) * classes..(usize::from(value) + 1) * classes];
            if here.iter().all(|c| *c == 0) {
                continue;
            }
            left.iter_mut().zip(here).for_each(|(l, h)| *l += h);
            let right = total.iter().zip(&left).map(|(t, l)| t - l);
            let impurity = gini(left.iter().copied()) + gini(right);
            if best.is_none_or(|b| impurity < b.impurity) {
                // Half-way to the next value that there is.
                let next = (value + 1..=most)
                    .find(|v| counts[usize::from(*v) * classes..][..classes].iter().any(|c| *c > 0))
                    .unwrap_or(most);
                let at_most = value + (next - value - 1) / 2;
                best = Some(Split { feature, at_most, impurity });
            }
        }
        best
    }
}

/// Gini impurity times how many there are.
fn gini(counts: impl Iterator<Item = u32>) -> f64 {
    let (sum, squares) =
        counts.map(f64::from).fold((0.0, 0.0), |(sum, squares), c| (sum + c, squares + c * c));
    if sum > 0.0 { sum - squares / sum } else { 0.0 }
}
