//! Connected parts of a mask, and small ones given to their neighbours.

use std::collections::HashMap;

use crate::predict::NOTHING;

/// How often small parts are given away before what is left stays.
const ROUNDS: usize = 6;

/// Which connected part (over edges, not corners) each pixel belongs to.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) of: Vec<u32>,
    /// Class of each part, and how many pixels it has.
    pub(super) class: Vec<u8>,
    pub(super) sizes: Vec<u64>,
}

impl Parts {
    pub(super) fn new(mask: &[u8], width: usize) -> Self {
        let mut root: Vec<u32> = Vec::new();
        let mut of = vec![0_u32; mask.len()];
        for at in 0..mask.len() {
            let left = (at % width > 0 && mask[at - 1] == mask[at]).then(|| of[at - 1]);
            let above = (at >= width && mask[at - width] == mask[at]).then(|| of[at - width]);
            of[at] = match (left, above) {
                (None, None) => {
                    root.push(root.len() as u32);
                    root.len() as u32 - 1
                }
                (Some(part), None) | (None, Some(part)) => part,
                (Some(a), Some(b)) => {
                    let (a, b) = (found(&mut root, a), found(&mut root, b));
                    root[a.max(b) as usize] = a.min(b);
                    a.min(b)
                }
            };
        }
        // Numbers without gaps, in the order of the first pixel.
        let mut numbers: Vec<u32> = vec![u32::MAX; root.len()];
        let (mut class, mut sizes) = (Vec::new(), Vec::new());
        for (at, part) in of.iter_mut().enumerate() {
            let top = found(&mut root, *part) as usize;
            if numbers[top] == u32::MAX {
                numbers[top] = class.len() as u32;
                class.push(mask[at]);
                sizes.push(0);
            }
            *part = numbers[top];
            sizes[*part as usize] += 1;
        }
        Self { of, class, sizes }
    }
}

fn found(root: &mut [u32], part: u32) -> u32 {
    let mut at = part;
    while root[at as usize] != at {
        // Halves the way for the next time.
        root[at as usize] = root[root[at as usize] as usize];
        at = root[at as usize];
    }
    at
}

/// The parts of a mask after each that is smaller than `least` pixels was given to the neighbour that it shares most
/// border with. Parts that end at an open side (left, top, right, bottom) go on beyond it and stay; what is nothing stays
/// nothing.
pub(super) fn sieved(mask: &mut [u8], width: usize, least: u64, open: [bool; 4]) -> Parts {
    let mut parts = Parts::new(mask, width);
    for _ in 0..ROUNDS {
        let heirs = heirs(&parts, width, least, open);
        if heirs.is_empty() {
            break;
        }
        for (at, class) in mask.iter_mut().enumerate() {
            if let Some(heir) = heirs.get(&parts.of[at]) {
                *class = *heir;
            }
        }
        parts = Parts::new(mask, width);
    }
    parts
}

/// The class that each part which is too small becomes.
fn heirs(parts: &Parts, width: usize, least: u64, open: [bool; 4]) -> HashMap<u32, u8> {
    let height = parts.of.len() / width.max(1);
    let mut small: Vec<bool> =
        parts.sizes.iter().zip(&parts.class).map(|(n, class)| *n < least && *class != NOTHING).collect();
    let mut keep = |at: usize| small[parts.of[at] as usize] = false;
    for (side, is_open) in open.into_iter().enumerate().filter(|(_, open)| *open) {
        debug_assert!(is_open);
        match side {
            0 => (0..height).for_each(|y| keep(y * width)),
            1 => (0..width).for_each(&mut keep),
            2 => (0..height).for_each(|y| keep(y * width + width - 1)),
            _ => (0..width).for_each(|x| keep((height - 1) * width + x)),
        }
    }
    let mut borders: HashMap<(u32, u32), u64> = HashMap::new();
    let mut meet = |a: u32, b: u32| {
        for (one, other) in [(a, b), (b, a)] {
            if one != other && small[one as usize] && parts.class[other as usize] != NOTHING {
                *borders.entry((one, other)).or_default() += 1;
            }
        }
    };
    for at in 0..parts.of.len() {
        if at % width > 0 {
            meet(parts.of[at - 1], parts.of[at]);
        }
        if at >= width {
            meet(parts.of[at - width], parts.of[at]);
        }
    }
    let mut best: HashMap<u32, (u64, u64, u32)> = HashMap::new();
    for ((one, other), length) in borders {
        // Of equal borders the larger part, then the first: the order of a table must not decide.
        let rank = (length, parts.sizes[other as usize], u32::MAX - other);
        let held = best.entry(one).or_insert(rank);
        *held = (*held).max(rank);
    }
    // A part goes only to one that is not given away itself in this round, unless that one is larger.
    let heir = |(one, (_, _, other)): (u32, (u64, u64, u32))| {
        let other = u32::MAX - other;
        let larger = (parts.sizes[other as usize], other) > (parts.sizes[one as usize], one);
        (!small[other as usize] || larger).then(|| (one, parts.class[other as usize]))
    };
    best.into_iter().filter_map(heir).collect()
}
