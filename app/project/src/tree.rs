//! The states that a project has been in, as a tree: what was undone before something else was done stays reachable.
//!
//! Derived from the journal alone. An edit makes a new state out of the present one; taking back what led to the
//! present state goes back to the one before; bringing that back goes there again. Taking back something older alone
//! makes a new state, as an edit does. Votes change no state.

use std::collections::HashMap;

use crate::history::What;
use crate::{History, Seq};

/// A state, by its place among the states: 0 is the empty project, others follow in the order in which they were made.
pub type StateId = usize;

/// One state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    /// The state that it was made out of; its own for the first.
    parent: StateId,
    /// The entry that made it; 0 for the first.
    made_by: Seq,
    /// The entry that led to it last from the one before: to be taken back on the way back.
    entered_by: Seq,
    /// The entry that led back from it last: to be taken back on the way there.
    left_by: Option<Seq>,
}

const FIRST: Node = Node { parent: 0, made_by: 0, entered_by: 0, left_by: None };

/// The tree of states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    nodes: Vec<Node>,
    /// Which state each entry that leads back led back from.
    left: HashMap<Seq, StateId>,
    here: StateId,
    /// Entries followed so far.
    last: Seq,
    retractions: u64,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![FIRST], left: HashMap::new(), here: 0, last: 0, retractions: 0 }
    }
}

impl Tree {
    /// Follows a history to its end. True when anything was new.
    pub fn follow(&mut self, history: &History) -> bool {
        if self.retractions != history.retractions() || self.last > history.last_seq() {
            *self = Self { retractions: history.retractions(), ..Self::default() };
        } else if self.last == history.last_seq() {
            return false;
        }
        for seq in self.last + 1..=history.last_seq() {
            match history.line(seq).map(|line| line.what) {
                // Nobody can go back behind a merge: what others did is theirs.
                Some(What::Edit(_) | What::Merge(_)) => self.make(seq),
                Some(What::Revert { target, .. }) => self.revert(seq, target),
                Some(
                    What::Vote(_)
                    | What::QuestionVote(_)
                    | What::Visit { .. }
                    | What::Response(_)
                    | What::Opening(_)
                    | What::Remark(_)
                    | What::Member(_),
                )
                | None => {}
            }
        }
        self.last = history.last_seq();
        true
    }

    fn make(&mut self, seq: Seq) {
        self.nodes.push(Node { parent: self.here, made_by: seq, entered_by: seq, left_by: None });
        self.here = self.nodes.len() - 1;
    }

    fn revert(&mut self, seq: Seq, target: Seq) {
        let here = self.nodes[self.here];
        if self.here != 0 && here.entered_by == target {
            self.nodes[self.here].left_by = Some(seq);
            self.left.insert(seq, self.here);
            self.here = here.parent;
        } else if let Some(there) =
            self.left.get(&target).copied().filter(|id| self.parent(*id) == Some(self.here))
        {
            self.nodes[there].entered_by = seq;
            self.here = there;
        } else {
            self.make(seq);
        }
    }

    /// How many states there are, the empty project among them.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True where nothing was ever done.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// The state that the project is in.
    pub fn here(&self) -> StateId {
        self.here
    }

    /// The entry that made a state; `None` for the empty project and for states that do not exist.
    pub fn made_by(&self, state: StateId) -> Option<Seq> {
        self.nodes.get(state).map(|node| node.made_by).filter(|seq| *seq != 0)
    }

    /// The state that a state was made out of; `None` for the empty project.
    pub fn parent(&self, state: StateId) -> Option<StateId> {
        self.nodes.get(state).filter(|_| state != 0).map(|node| node.parent)
    }

    /// The state that an entry made; `None` for entries that went to a state that was there.
    pub fn made(&self, seq: Seq) -> Option<StateId> {
        let at = self.nodes.binary_search_by_key(&seq, |node| node.made_by).ok()?;
        Some(at).filter(|at| *at != 0)
    }

    /// The states from the present one back to the empty project, both among them.
    pub fn path(&self) -> impl Iterator<Item = StateId> + '_ {
        std::iter::successors(Some(self.here), |state| self.parent(*state))
    }

    /// The entry to be taken back next on the way to a state: one step towards it. `None` when the project is in it, or
    /// it does not exist.
    ///
    /// The step is asked for anew after each, as each is an entry itself.
    pub fn step_to(&self, state: StateId) -> Option<Seq> {
        if state == self.here || state >= self.nodes.len() {
            return None;
        }
        // A state is made after the one that it was made out of, so its number is greater.
        let mut below = state;
        while below > self.here && self.nodes[below].parent != self.here {
            below = self.nodes[below].parent;
        }
        if below > self.here && self.nodes[below].parent == self.here {
            return self.nodes[below].left_by;
        }
        Some(self.nodes[self.here].entered_by).filter(|seq| *seq != 0)
    }

    /// How many steps there are to a state.
    pub fn distance(&self, state: StateId) -> usize {
        let (mut a, mut b, mut steps) = (self.here, state.min(self.nodes.len() - 1), 0);
        while a != b {
            if a > b {
                a = self.nodes[a].parent;
            } else {
                b = self.nodes[b].parent;
            }
            steps += 1;
        }
        steps
    }
}

/// A row of a drawn tree: the newest state first, branches side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeRow {
    pub state: StateId,
    /// The column that it stands in; that of the present state and those before it is 0.
    pub lane: u8,
    /// Columns whose lines pass by, bit by bit.
    pub passing: u16,
    /// Columns whose lines come down from above and end here, bit by bit; its own, where one does, among them.
    pub joining: u16,
    /// Its line goes on down to the state that it was made out of.
    pub leads_on: bool,
}

/// Columns at most; further branches are drawn in the last.
pub const LANES: usize = 12;

impl Tree {
    /// The rows from the newest state to the oldest; the empty project has none.
    pub fn rows(&self) -> Vec<TreeRow> {
        // Which state each column leads down to.
        let mut lanes: Vec<Option<StateId>> = vec![Some(self.here)];
        let mut rows = Vec::with_capacity(self.nodes.len());
        for state in (1..self.nodes.len()).rev() {
            let leading = |lane: &Option<StateId>| *lane == Some(state);
            let found = lanes.iter().position(leading);
            let lane = found.unwrap_or_else(|| {
                let free = lanes.iter().skip(1).position(Option::is_none).map(|at| at + 1);
                free.unwrap_or_else(|| {
                    lanes.push(None);
                    lanes.len() - 1
                })
            });
            let (mut joining, mut passing) = (0, 0);
            for (at, to) in lanes.iter_mut().enumerate() {
                let bit = 1_u16 << at.min(LANES - 1);
                match *to {
                    Some(below) if below == state => {
                        joining |= bit;
                        *to = None;
                    }
                    Some(_) => passing |= bit,
                    None => {}
                }
            }
            // The first column is the way to the present state: nothing comes down in it from newer ones.
            if state >= self.here {
                joining &= !1;
                passing &= !1;
            }
            lanes[lane] = Some(self.nodes[state].parent).filter(|parent| *parent != 0);
            let leads_on = lanes[lane].is_some();
            rows.push(TreeRow { state, lane: lane.min(LANES - 1) as u8, passing, joining, leads_on });
        }
        rows
    }
}
