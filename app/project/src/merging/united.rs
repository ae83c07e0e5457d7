//! The entries of all copies as one graph, and the one order that they are played in.

use std::collections::{HashMap, HashSet};

use crate::{Author, Edit, EntryBody, EntryHash, Project, Seq};

use super::Part;
use super::replay::Replay;

/// An entry wherever it lies now.
#[derive(Clone, Debug)]
pub struct Element {
    pub hash: EntryHash,
    /// The entry before it in the journal that it was written to.
    pub before: EntryHash,
    /// Its number there.
    pub seq: Seq,
    pub at_ms: i64,
    pub author: Author,
    pub body: EntryBody,
}

/// Why entries do not make one history. `at` is the entry that says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    #[error("entry {seq} by {author} follows one that is in none of the files")]
    Orphan { at: EntryHash, seq: Seq, author: Author },
    #[error("entry {seq} by {author} comes before itself")]
    Circle { at: EntryHash, seq: Seq, author: Author },
    #[error("entry {seq} by {author} takes back something that is no change")]
    BadRevert { at: EntryHash, seq: Seq, author: Author },
    #[error("entry {seq} by {author} stands in two histories, of which one was altered")]
    Altered { at: EntryHash, seq: Seq, author: Author },
}

/// What an entry says that its author may not say, and that is therefore not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub at: EntryHash,
    /// Its number in the journal that it was written to.
    pub seq: Seq,
    /// What and why, as a sentence without its full stop.
    pub what: String,
}

/// A set of entries that is closed: every entry that one of them names is among them.
#[derive(Clone, Debug)]
pub struct United {
    /// In the order in which they are played.
    elements: Vec<Element>,
    place: HashMap<EntryHash, usize>,
    /// Of each, by place: the one before it in its own journal, and one further back, to find others fast.
    before: Vec<Option<usize>>,
    jump: Vec<Option<usize>>,
    /// Of each: somebody had joined the members before it, in the copy that it was written in.
    joined: Vec<bool>,
    start: EntryHash,
    /// Merges up to this number are played as they stand: what they joined is known to nobody any more.
    floor: Seq,
}

impl United {
    /// Puts entries in order. `start` is what the first entry of the project names as the one before it; `floor`: merges
    /// up to this number are played as they stand.
    pub fn of(
        start: EntryHash,
        floor: Seq,
        elements: impl IntoIterator<Item = Element>,
    ) -> Result<Self, Mismatch> {
        let mut known = HashSet::new();
        let mut elements: Vec<Element> =
            elements.into_iter().filter(|element| known.insert(element.hash)).collect();
        let generations = generations(start, floor, &elements)?;
        elements.sort_by_key(|element| (generations[&element.hash], element.hash));
        let place: HashMap<EntryHash, usize> =
            elements.iter().enumerate().map(|(place, element)| (element.hash, place)).collect();
        let mut united = Self {
            before: Vec::with_capacity(elements.len()),
            jump: Vec::with_capacity(elements.len()),
            joined: Vec::with_capacity(elements.len()),
            elements,
            place,
            start,
            floor,
        };
        united.link();
        united.check_twins()?;
        Ok(united)
    }

    /// Skip pointers (Myers 1983): any entry further back in the same journal is found in logarithmic time.
    fn link(&mut self) {
        let mut depth: Vec<u64> = Vec::with_capacity(self.elements.len());
        for element in &self.elements {
            let before = self.place.get(&element.before).copied();
            let depth_of = |place: Option<usize>| place.map_or(0, |place| depth[place]);
            let back = |place: Option<usize>| place.and_then(|place| self.jump[place]);
            let (one, two) = (back(before), back(back(before)));
            let even = depth_of(before) - depth_of(one) == depth_of(one) - depth_of(two);
            let jump = if even && one.is_some() { two } else { before };
            depth.push(depth_of(before) + 1);
            let others = if element.seq <= self.floor { &[] } else { joined(element) };
            let parents =
                before.into_iter().chain(others.iter().filter_map(|hash| self.place.get(hash).copied()));
            let had = parents.into_iter().any(|at| self.joined[at] || joins_members(&self.elements[at].body));
            self.before.push(before);
            self.jump.push(jump);
            self.joined.push(had);
        }
    }

    /// The same writing in two histories: somebody changed what lies before it, and made its hashes anew.
    fn check_twins(&self) -> Result<(), Mismatch> {
        let mut seen: HashMap<(Seq, i64, &Author), Vec<usize>> = HashMap::new();
        for (place, element) in self.elements.iter().enumerate() {
            let twins = seen.entry((element.seq, element.at_ms, &element.author)).or_default();
            let same = |other: &usize| {
                let other = &self.elements[*other];
                is_of_its_own(&element.body) && other.body == element.body
            };
            if twins.iter().any(same) {
                let (at, seq, author) = (element.hash, element.seq, element.author.clone());
                return Err(Mismatch::Altered { at, seq, author });
            }
            twins.push(place);
        }
        Ok(())
    }

    /// The entries, in the order in which they are played.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// True when an entry is among them.
    pub fn has(&self, hash: EntryHash) -> bool {
        self.place.contains_key(&hash)
    }

    /// What a copy lacks that holds some of them: every entry that says something and those that lead there, in order.
    /// Merges that nothing was built upon say nothing. With them the newest of what is lacking, which the entry that joins
    /// them names.
    pub fn missing(&self, held: impl Fn(EntryHash) -> bool) -> (Vec<&Element>, Vec<EntryHash>) {
        let (mut missing, mut named, mut heads) = (Vec::new(), HashSet::new(), Vec::new());
        for element in self.elements.iter().rev().filter(|element| !held(element.hash)) {
            let is_named = named.contains(&element.hash);
            if !is_named && matches!(element.body, EntryBody::Merge(_)) {
                continue;
            }
            if !is_named {
                heads.push(element.hash);
            }
            named.insert(element.before);
            named.extend(joined(element));
            missing.push(element);
        }
        missing.reverse();
        heads.sort_unstable();
        (missing, heads)
    }

    /// What all of them come to.
    pub fn project(&self) -> Result<Project, Mismatch> {
        Ok(self.played()?.0)
    }

    /// What all of them come to, and what of them is not in it because it was not for its author to say.
    pub fn played(&self) -> Result<(Project, Vec<LeftOut>), Mismatch> {
        let mut replay = Replay::of(&self.elements);
        for (place, element) in self.elements.iter().enumerate() {
            replay.take(self, place, element)?;
        }
        Ok((replay.project, replay.left_out))
    }

    /// True when nobody had joined the members where an entry was written.
    pub(super) fn is_first_to_join(&self, place: usize) -> bool {
        !self.joined[place]
    }

    pub(super) fn is_as_it_stands(&self, element: &Element) -> bool {
        element.seq <= self.floor
    }

    /// The change that an entry takes back, or brings back, in the end.
    pub(super) fn reverted(&self, place: usize) -> Option<Edit> {
        let (mut at, mut inverse) = (place, false);
        loop {
            match &self.elements[at].body {
                EntryBody::Edit(edit) if inverse => return Some(edit.clone().inverse()),
                EntryBody::Edit(edit) => return Some(edit.clone()),
                EntryBody::Revert(target) => {
                    at = self.ancestor(at, *target)?;
                    inverse = !inverse;
                }
                _ => return None,
            }
        }
    }

    /// The entry of a number in the journal that an entry was written to, before it.
    fn ancestor(&self, from: usize, seq: Seq) -> Option<usize> {
        let mut at = from;
        while self.elements[at].seq > seq {
            at = match self.jump[at] {
                Some(jump) if self.elements[jump].seq >= seq => jump,
                _ => self.before[at]?,
            };
        }
        (at != from && self.elements[at].seq == seq).then_some(at)
    }

    /// The hash that the first entry names.
    pub fn start(&self) -> EntryHash {
        self.start
    }
}

/// True for what cannot be written twice by chance: it has an identity of its own.
fn is_of_its_own(body: &EntryBody) -> bool {
    match body {
        EntryBody::Edit(edit) => {
            let mut creates = false;
            edit.each(&mut |one| {
                creates |= match one {
                    Edit::Region(c) => c.before.is_none(),
                    Edit::Label(c) => c.before.is_none(),
                    _ => false,
                };
            });
            creates
        }
        EntryBody::Vote(_) => true,
        _ => false,
    }
}

/// True for what says who works on the project.
fn joins_members(body: &EntryBody) -> bool {
    match body {
        EntryBody::Member(_) => true,
        EntryBody::Merge(merge) => merge.delta.parts.iter().any(|part| matches!(part, Part::Member(_))),
        _ => false,
    }
}

/// What a merge names beside the entry before it.
fn joined(element: &Element) -> &[EntryHash] {
    match &element.body {
        EntryBody::Merge(merge) => &merge.joined,
        _ => &[],
    }
}

/// How long the longest way from each entry to the start is.
fn generations(
    start: EntryHash,
    floor: Seq,
    elements: &[Element],
) -> Result<HashMap<EntryHash, u64>, Mismatch> {
    let place: HashMap<EntryHash, usize> =
        elements.iter().enumerate().map(|(place, element)| (element.hash, place)).collect();
    let mut generation = vec![1_u64; elements.len()];
    let mut open = vec![0_usize; elements.len()];
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); elements.len()];
    for (at, element) in elements.iter().enumerate() {
        let joined = if element.seq <= floor { &[] } else { joined(element) };
        for named in std::iter::once(&element.before).chain(joined).filter(|hash| **hash != start) {
            let Some(parent) = place.get(named) else {
                let (at, seq, author) = (element.hash, element.seq, element.author.clone());
                return Err(Mismatch::Orphan { at, seq, author });
            };
            after[*parent].push(at);
            open[at] += 1;
        }
    }
    let mut ready: Vec<usize> = (0..elements.len()).filter(|at| open[*at] == 0).collect();
    while let Some(at) = ready.pop() {
        for child in std::mem::take(&mut after[at]) {
            generation[child] = generation[child].max(generation[at] + 1);
            open[child] -= 1;
            if open[child] == 0 {
                ready.push(child);
            }
        }
    }
    if let Some(at) = open.iter().position(|open| *open > 0) {
        let Element { hash, seq, author, .. } = &elements[at];
        return Err(Mismatch::Circle { at: *hash, seq: *seq, author: author.clone() });
    }
    Ok(elements.iter().zip(generation).map(|(element, generation)| (element.hash, generation)).collect())
}
