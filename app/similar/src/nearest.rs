//! Exact nearest neighbours by products of matrices.

use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use crate::error::{GoOn, SimilarError};
use crate::table::Table;

/// Places that are asked for at once by a thread, and places that they are compared with at once: a megabyte of products.
const ASKED: usize = 128;
const COMPARED: usize = 2_048;
/// More than are wanted are kept until distances are exact, because products round.
const SPARE: usize = 8;
/// More are not compared: every one is compared with every other.
const MOST: usize = 400_000;
/// In place of a neighbour that there is none of.
const NOBODY: u32 = u32::MAX;

/// The places nearest to each of some places, nearest first; of equals the earlier one.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    count: usize,
    places: Vec<u32>,
    distances: Vec<f32>,
}

impl Neighbours {
    /// How many each has at most.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many were asked about.
    pub fn rows(&self) -> usize {
        self.places.len().checked_div(self.count).unwrap_or(0)
    }

    /// The neighbours of the place that was asked about as number `at`: their rows in the table, and how far they are.
    pub fn of(&self, at: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = at * self.count..(at + 1) * self.count;
        let places = self.places.get(range.clone()).unwrap_or_default();
        let distances = self.distances.get(range).unwrap_or_default();
        let pairs = places.iter().zip(distances).take_while(|(place, _)| **place != NOBODY);
        pairs.map(|(place, distance)| (*place as usize, *distance))
    }
}

/// Who is compared with whom.
#[derive(Clone, Copy, Debug)]
pub struct Among<'a> {
    /// Rows that neighbours are found of.
    pub of: &'a [u32],
    /// Rows that can be neighbours. A row is never its own neighbour.
    pub among: &'a [u32],
    /// A number for each row of the table, where rows of the same number shall not be neighbours, as of one block of ground.
    pub groups: Option<&'a [u32]>,
}

/// The `count` nearest of each row among all others.
pub fn neighbours(table: &Table, count: usize, go_on: GoOn) -> Result<Neighbours, SimilarError> {
    let all: Vec<u32> = (0..table.rows() as u32).collect();
    neighbours_among(table, Among { of: &all, among: &all, groups: None }, count, go_on)
}

/// The `count` nearest of some rows among some rows. Exact: candidates are found by products in single precision, and what
/// is near is measured again in double precision. Memory is bounded by the table and two megabytes a thread.
pub fn neighbours_among(
    table: &Table,
    among: Among,
    count: usize,
    go_on: GoOn,
) -> Result<Neighbours, SimilarError> {
    let rows = table.rows();
    let most = among.of.len().max(among.among.len()).max(rows);
    if most > MOST {
        return Err(SimilarError::TooMany { rows: most, most: MOST });
    }
    let others = among.among.len();
    if others == 0 || count == 0 || (others == 1 && among.of == among.among) {
        return Err(SimilarError::TooFew { rows: others, least: 2 });
    }
    let count = count.min(others);
    let ground = Ground::new(table, among, count);
    let (done, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
    let total = among.of.len() as u64;
    let mut found = Neighbours {
        count,
        places: vec![NOBODY; among.of.len() * count],
        distances: vec![f32::INFINITY; among.of.len() * count],
    };
    let parts = found.places.par_chunks_mut(ASKED * count).zip(found.distances.par_chunks_mut(ASKED * count));
    parts.zip(among.of.par_chunks(ASKED)).for_each(|((places, distances), of)| {
        if stopped.load(Ordering::Relaxed) {
            return;
        }
        ground.search(of, places, distances);
        let so_far = done.fetch_add(of.len() as u64, Ordering::Relaxed) + of.len() as u64;
        if !go_on(so_far, total) {
            stopped.store(true, Ordering::Relaxed);
        }
    });
    if stopped.into_inner() { Err(SimilarError::Stopped) } else { Ok(found) }
}

/// A candidate; the farthest of a heap is its first.
#[derive(Clone, Copy, PartialEq)]
struct Candidate {
    square: f32,
    place: u32,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.square.total_cmp(&other.square).then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What every search shares.
struct Ground<'a> {
    table: &'a Table,
    among: Among<'a>,
    count: usize,
    /// All rows with the means taken off, and the candidates' rows one after the other.
    centred: Vec<f32>,
    candidates: Vec<f32>,
    /// Squares of the lengths of the candidates' rows.
    lengths: Vec<f32>,
}

impl<'a> Ground<'a> {
    fn new(table: &'a Table, among: Among<'a>, count: usize) -> Self {
        let columns = table.columns();
        let centred = table.centred();
        let row = |at: &u32| centred[*at as usize * columns..(*at as usize + 1) * columns].iter().copied();
        let candidates: Vec<f32> = among.among.iter().flat_map(row).collect();
        let lengths = candidates.chunks_exact(columns).map(|row| row.iter().map(|v| v * v).sum()).collect();
        Self { table, among, count, centred, candidates, lengths }
    }

    fn search(&self, of: &[u32], places: &mut [u32], distances: &mut [f32]) {
        let columns = self.table.columns();
        let row = |at: &u32| self.centred[*at as usize * columns..(*at as usize + 1) * columns].iter();
        let asked: Vec<f32> = of.iter().flat_map(|at| row(at).copied()).collect();
        let asked = MatRef::from_column_major_slice(&asked, columns, of.len());
        let mut heaps: Vec<BinaryHeap<Candidate>> =
            (0..of.len()).map(|_| BinaryHeap::with_capacity(self.count + SPARE + 1)).collect();
        let mut products = vec![0.0_f32; COMPARED * of.len()];
        for first in (0..self.among.among.len()).step_by(COMPARED) {
            let size = COMPARED.min(self.among.among.len() - first);
            let some = &self.candidates[first * columns..(first + size) * columns];
            let some = MatRef::from_column_major_slice(some, columns, size);
            let out = &mut products[..size * of.len()];
            let into = MatMut::from_column_major_slice_mut(out, size, of.len());
            matmul(into, Accum::Replace, some.transpose(), asked, 1.0_f32, Par::Seq);
            for ((heap, products), asker) in heaps.iter_mut().zip(out.chunks_exact(size)).zip(of) {
                self.sift(heap, products, first, *asker);
            }
        }
        let out = places.chunks_exact_mut(self.count).zip(distances.chunks_exact_mut(self.count));
        for ((heap, asker), (places, distances)) in heaps.into_iter().zip(of).zip(out) {
            self.measure(&heap, *asker, places, distances);
        }
    }

    /// Keeps the nearest of some candidates. The length of the asker's own row is the same for all and left out.
    fn sift(&self, heap: &mut BinaryHeap<Candidate>, products: &[f32], first: usize, asker: u32) {
        let kept = self.count + SPARE;
        let mut worst =
            if heap.len() < kept { f32::INFINITY } else { heap.peek().map_or(f32::INFINITY, |c| c.square) };
        let group = |row: u32| self.among.groups.and_then(|groups| groups.get(row as usize));
        let lengths = &self.lengths[first..first + products.len()];
        for (at, (product, length)) in products.iter().zip(lengths).enumerate() {
            let square = length - 2.0 * product;
            if square >= worst {
                continue;
            }
            let place = self.among.among[first + at];
            if place == asker || (self.among.groups.is_some() && group(place) == group(asker)) {
                continue;
            }
            heap.push(Candidate { square, place });
            if heap.len() > kept {
                heap.pop();
            }
            if heap.len() == kept {
                worst = heap.peek().map_or(f32::INFINITY, |c| c.square);
            }
        }
    }

    /// The exact distances of what is near, in order.
    fn measure(&self, heap: &BinaryHeap<Candidate>, asker: u32, places: &mut [u32], distances: &mut [f32]) {
        let from = self.table.row(asker as usize);
        let exact = |candidate: &Candidate| {
            let to = self.table.row(candidate.place as usize);
            let square: f64 = from.iter().zip(to).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            (square, candidate.place)
        };
        let mut near: Vec<(f64, u32)> = heap.iter().map(exact).collect();
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for ((place, distance), (square, near)) in places.iter_mut().zip(distances).zip(near) {
            (*place, *distance) = (near, square.sqrt() as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALWAYS: GoOn = &|_, _| true;

    /// By looking at every pair in double precision.
    fn slowly(table: &Table, among: Among, count: usize) -> Vec<Vec<(usize, f32)>> {
        let group = |row: u32| among.groups.map(|groups| groups[row as usize]);
        let of = |asker: &u32| {
            let others = among.among.iter().filter(|place| {
                *place != asker && (among.groups.is_none() || group(**place) != group(*asker))
            });
            let square = |place: &u32| -> f64 {
                let rows = table.row(*asker as usize).iter().zip(table.row(*place as usize));
                rows.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
            };
            let mut all: Vec<(f64, u32)> = others.map(|place| (square(place), *place)).collect();
            all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            all.into_iter()
                .take(count)
                .map(|(square, place)| (place as usize, square.sqrt() as f32))
                .collect()
        };
        among.of.iter().map(of).collect()
    }

    proptest! {
        #[test]
        fn neighbours_are_those_that_every_pair_says(
            columns in 1_usize..6,
            values in prop::collection::vec(-50_i16..50, 6..900),
            count in 1_usize..12,
            far in prop::sample::select(vec![0.0_f32, 1_000.0]),
            grouped in any::<bool>(),
        ) {
            // Whole numbers: there are many equals.
            let rows = values.len() / columns;
            prop_assume!(rows >= 3);
            let values = values[..rows * columns].iter().map(|v| f32::from(*v) + far).collect();
            let table = Table::new(columns, values).expect("a table");
            let groups: Vec<u32> = (0..rows as u32).map(|row| row % 4).collect();
            let of: Vec<u32> = (0..rows as u32).filter(|row| row % 3 != 1).collect();
            let among: Vec<u32> = (0..rows as u32).filter(|row| row % 5 != 2).collect();
            let among = Among { of: &of, among: &among, groups: grouped.then_some(&groups[..]) };
            let found = neighbours_among(&table, among, count, ALWAYS).expect("neighbours");
            let truth = slowly(&table, among, count.min(among.among.len()));
            prop_assert_eq!(found.rows(), of.len());
            for (at, truth) in truth.iter().enumerate() {
                let distances: Vec<f32> = found.of(at).map(|(_, distance)| distance).collect();
                let true_ones: Vec<f32> = truth.iter().map(|(_, distance)| *distance).collect();
                prop_assert_eq!(&distances, &true_ones);
                // Which of many equals is kept at the very end can hang on rounding; nearer ones cannot.
                let last = truth.last().map_or(0.0, |(_, distance)| *distance);
                let nearer = |(_, distance): &(usize, f32)| *distance < last;
                prop_assert_eq!(
                    found.of(at).filter(nearer).collect::<Vec<_>>(),
                    truth.iter().copied().filter(nearer).collect::<Vec<_>>()
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_compared_is_refused_and_a_stop_stops() {
        let table = Table::new(1, (0..500_u16).map(f32::from).collect()).expect("a table");
        let found = neighbours(&table, 2, ALWAYS).expect("neighbours");
        assert_eq!(found.of(0).collect::<Vec<_>>(), [(1, 1.0), (2, 2.0)]);
        assert_eq!(found.of(250).collect::<Vec<_>>(), [(249, 1.0), (251, 1.0)]);
        assert_eq!(neighbours(&table, 2, &|_, _| false), Err(SimilarError::Stopped));
        let one = Table::new(1, vec![3.0]).expect("a table");
        assert_eq!(neighbours(&one, 2, ALWAYS), Err(SimilarError::TooFew { rows: 1, least: 2 }));
        let two = Table::new(1, vec![3.0, 4.0]).expect("a table");
        let found = neighbours(&two, 7, ALWAYS).expect("neighbours");
        assert_eq!(found.of(1).collect::<Vec<_>>(), [(0, 1.0)], "as many as there are");
    }
}
