//! What models propose, to be gone through one by one or taken at once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use project::{Author, ClassCode, Project, RegionId, Touched};
use query::{
    Asker, Condition, Facts, Needs, ProposalOrder, Proposed, Query, QueryError, Vocabulary, proposals,
};

/// Regions of an edit that are followed one by one; of more the queue is made anew.
const FOLLOWED: usize = 2_000;

/// What is taken or rejected at once: predictions at least, or at most, so sure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// At least so sure, else at most.
    pub surer: bool,
    pub percent: u32,
    /// Only of this class.
    pub class: Option<ClassCode>,
}

impl Default for Bulk {
    fn default() -> Self {
        Self { surer: true, percent: 90, class: None }
    }
}

impl Bulk {
    /// True for what it takes. A prediction that does not say how sure it is is never at least so sure.
    pub fn takes(&self, one: &Proposed) -> bool {
        let limit = f64::from(self.percent) / 100.0;
        let sure = one.confidence.unwrap_or(0.0);
        // Confidences are kept as they were computed; 0.9 of a form is 0.9 of them.
        let within = if self.surer { sure >= limit - 1e-9 } else { sure <= limit + 1e-9 };
        within && self.class.as_ref().is_none_or(|class| *class == one.class)
    }
}

/// What the bulk would take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    pub count: usize,
    pub by_class: Vec<(ClassCode, usize)>,
}

/// What a queue is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueKey {
    pub path: PathBuf,
    pub order: ProposalOrder,
    pub query: String,
    pub member: Author,
}

/// What the panel of proposals asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum ProposalAsk {
    Order(ProposalOrder),
    Query(String),
    Go(RegionId),
    Bulk(Bulk),
    AcceptBulk,
    RejectBulk,
}

/// Predictions that wait, in an order that stays while one goes through them.
#[derive(Debug, Default)]
pub struct Queue {
    pub order: ProposalOrder,
    pub query: String,
    /// What is wrong with the query.
    pub wrong: Option<QueryError>,
    pub items: Vec<Proposed>,
    /// Places of those that wait.
    pub open: Vec<u32>,
    pub current: Option<RegionId>,
    pub bulk: Bulk,
    pub preview: Preview,
    /// Frames in which the list moves to the current one.
    pub reveal: u8,
    previewed: Option<(Bulk, u64)>,
    place: HashMap<RegionId, u32>,
    closed: Vec<bool>,
    /// Judged in this window: what people said again although a model says otherwise is not shown a second time.
    decided: HashSet<RegionId>,
    of: Option<QueueKey>,
    stale: bool,
    /// Counts what changed.
    turn: u64,
}

impl Queue {
    /// True when the queue is not of this any more.
    pub fn is_due(&self, key: &QueueKey) -> bool {
        self.stale || self.of.as_ref() != Some(key)
    }

    /// What a job found takes the place of what was there; what is current stays so where it still waits.
    pub fn receive(&mut self, key: QueueKey, found: Result<Vec<Proposed>, QueryError>) {
        self.stale = false;
        self.wrong = None;
        if self.of.as_ref().is_none_or(|of| of.path != key.path) {
            self.decided.clear();
            self.current = None;
        }
        self.of = Some(key);
        match found {
            Ok(items) => {
                self.items = items.into_iter().filter(|one| !self.decided.contains(&one.region)).collect();
                self.place = self.items.iter().zip(0..).map(|(one, at)| (one.region, at)).collect();
                self.closed = vec![false; self.items.len()];
                self.list();
            }
            Err(error) => self.wrong = Some(error),
        }
    }

    fn list(&mut self) {
        self.turn += 1;
        self.open = (0..self.items.len() as u32).filter(|at| !self.closed[*at as usize]).collect();
        if self.current.is_none_or(|id| !self.waits(id)) {
            self.current = self.open.first().map(|at| self.items[*at as usize].region);
        }
    }

    fn waits(&self, id: RegionId) -> bool {
        self.place.get(&id).is_some_and(|at| !self.closed[*at as usize])
    }

    /// Follows an edit: what it judged waits no more, what was taken back waits again where it was.
    pub fn follow(&mut self, project: &Project, touched: &Touched) {
        if touched.everything || touched.regions.len() > FOLLOWED {
            self.stale = true;
            return;
        }
        let mut changed = false;
        for id in &touched.regions {
            // A change that was not made by judging, such as undo, makes it undecided again.
            self.decided.remove(id);
            let waits = query::waits(project, *id, self.order);
            match self.place.get(id) {
                Some(at) => {
                    let (at, one) = (*at as usize, &self.items[*at as usize]);
                    let same = project.prediction_of(*id).is_some_and(|(_, prediction)| {
                        prediction.class == one.class && prediction.author == one.author
                    });
                    self.stale |= waits && !same;
                    changed |= self.closed[at] == waits;
                    self.closed[at] = !waits;
                }
                None => self.stale |= waits,
            }
        }
        if changed {
            self.turn += 1;
            self.open = (0..self.items.len() as u32).filter(|at| !self.closed[*at as usize]).collect();
        }
    }

    /// A region was judged: it waits no more, whatever a model says.
    pub fn decide(&mut self, id: RegionId) {
        self.decided.insert(id);
        if let Some(at) = self.place.get(&id) {
            self.closed[*at as usize] = true;
            self.turn += 1;
            self.open.retain(|open| open != at);
        }
    }

    /// The one that waits behind a region, or before it; around the end from the start.
    pub fn neighbour(&self, id: Option<RegionId>, back: bool) -> Option<RegionId> {
        let at = id.and_then(|id| self.place.get(&id).copied());
        let behind = match at {
            Some(at) => self.open.partition_point(|open| *open <= at),
            None => 0,
        };
        let count = self.open.len();
        if count == 0 {
            return None;
        }
        let before = at.map_or(0, |at| self.open.partition_point(|open| *open < at));
        let place = if back { (before + count - 1) % count } else { behind % count };
        Some(self.items[self.open[place] as usize].region)
    }

    /// The one that is looked at.
    pub fn looked_at(&self) -> Option<&Proposed> {
        let id = self.current.filter(|id| self.waits(*id))?;
        self.items.get(*self.place.get(&id)? as usize)
    }

    /// Where it is among those that wait.
    pub fn position(&self) -> Option<usize> {
        let at = self.place.get(&self.current?)?;
        self.open.binary_search(at).ok()
    }

    /// One that waits, by its position.
    pub fn waiting(&self, position: usize) -> Option<&Proposed> {
        self.items.get(*self.open.get(position)? as usize)
    }

    /// The regions that the bulk takes.
    pub fn taken(&self) -> Vec<RegionId> {
        let taken = self.open.iter().map(|at| &self.items[*at as usize]).filter(|one| self.bulk.takes(one));
        taken.map(|one| one.region).collect()
    }

    /// Counts what the bulk would take, where that may have changed.
    pub fn look_ahead(&mut self) {
        let key = (self.bulk.clone(), self.turn);
        if self.previewed.as_ref() == Some(&key) {
            return;
        }
        let mut by_class: BTreeMap<&ClassCode, usize> = BTreeMap::new();
        for at in &self.open {
            let one = &self.items[*at as usize];
            if self.bulk.takes(one) {
                *by_class.entry(&one.class).or_default() += 1;
            }
        }
        let by_class: Vec<(ClassCode, usize)> = by_class.into_iter().map(|(c, n)| (c.clone(), n)).collect();
        self.preview = Preview { count: by_class.iter().map(|(_, n)| n).sum(), by_class };
        self.previewed = Some(key);
    }
}

/// What waits in a project, in the order of a key.
pub fn queue_of(project: &Project, key: &QueueKey) -> Result<Vec<Proposed>, QueryError> {
    if key.query.trim().is_empty() {
        let facts = Facts::of(project, Needs::default());
        let all: Vec<u32> = (0..facts.rows().len() as u32).collect();
        return Ok(proposals(&facts, &all, key.order));
    }
    let query = Query::parse(&key.query)?;
    let condition = Condition::new(&query, &Vocabulary::of(project), &Asker::new(&key.member))?;
    if condition.needs().edits {
        let error = QueryError::new(0..key.query.len(), "It is not known here when a region was last edited");
        return Err(error.hint("Ask `labelled_at` or `created`"));
    }
    let facts = Facts::of(project, condition.needs());
    Ok(proposals(&facts, &condition.rows(&facts), key.order))
}
