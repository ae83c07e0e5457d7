//! The screenings of a project: what may be planned and said, and how it is looked up.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use imbl::OrdMap;

use super::{CellNumber, CellState, Grid, Look, Screening, Standing, Visit};
use crate::{Author, Change, EditError, LayerId, Project, ScreeningId};

/// Plans and what was said of their cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Screenings {
    plans: OrdMap<ScreeningId, Arc<Screening>>,
    /// By plan and cell, oldest first. Those of a plan that was removed stay.
    sightings: OrdMap<(ScreeningId, CellNumber), Arc<Vec<Sighting>>>,
    /// Visits so far.
    visits: u64,
}

/// One look and the visit it belongs to.
#[derive(Clone, Debug, PartialEq)]
struct Sighting {
    visit: Arc<Visit>,
    look: usize,
}

impl Sighting {
    fn look(&self) -> &Look {
        &self.visit.looks[self.look]
    }
}

/// Cells of one visit.
const MOST_LOOKS: usize = 4096;
/// A look does not take longer than this many seconds.
const LONGEST_S: f64 = 1e7;

impl Screenings {
    pub(crate) fn put_plan(&mut self, id: ScreeningId, plan: Option<Arc<Screening>>) {
        match plan {
            Some(plan) => self.plans.insert(id, plan),
            None => self.plans.remove(&id),
        };
    }

    /// The visits that another lacks, which has no other ones, each with the places of its looks.
    pub(crate) fn visits_beyond(&self, other: &Self) -> Vec<(Vec<u32>, Arc<Visit>)> {
        let mut found: Vec<(Vec<u32>, Arc<Visit>)> = Vec::new();
        let mut known: HashMap<usize, usize> = HashMap::new();
        for (key, all) in &self.sightings {
            let mut held = other.sightings.get(key).into_iter().flat_map(|held| held.iter()).peekable();
            for (place, sighting) in all.iter().enumerate() {
                if held.next_if(|held| *held == sighting).is_some() {
                    continue;
                }
                let visit = &sighting.visit;
                let at = *known.entry(Arc::as_ptr(visit) as usize).or_insert_with(|| {
                    found.push((vec![0; visit.looks.len()], Arc::clone(visit)));
                    found.len() - 1
                });
                found[at].0[sighting.look] = place as u32;
            }
        }
        found
    }

    /// Puts visits where they belong among those at their cells.
    pub(crate) fn insert_visits(&mut self, visits: &[(Vec<u32>, Arc<Visit>)]) -> Result<(), EditError> {
        let misplaced = || EditError::Invalid("A visit has a place beyond the last".into());
        let mut looks: Vec<((ScreeningId, CellNumber), u32, Sighting)> = Vec::new();
        for (places, visit) in visits {
            if places.len() != visit.looks.len() {
                return Err(misplaced());
            }
            for (look, place) in places.iter().enumerate() {
                let key = (visit.screening, visit.looks[look].cell);
                looks.push((key, *place, Sighting { visit: Arc::clone(visit), look }));
            }
        }
        looks.sort_by_key(|(key, place, _)| (*key, *place));
        for (key, place, sighting) in looks {
            let mut all = self.sightings.get(&key).map_or_else(Vec::new, |all| (**all).clone());
            if all.len() < place as usize {
                return Err(misplaced());
            }
            all.insert(place as usize, sighting);
            self.sightings.insert(key, Arc::new(all));
        }
        self.visits += visits.len() as u64;
        Ok(())
    }
}

impl Project {
    /// Every plan, in the order in which they were made.
    pub fn screenings(&self) -> &OrdMap<ScreeningId, Arc<Screening>> {
        &self.screenings.plans
    }

    /// How many visits there are, so that what is counted from them is counted anew when there is another.
    pub fn visit_count(&self) -> u64 {
        self.screenings.visits
    }

    /// The cells of a plan that somebody has seen, by number.
    pub fn seen_cells(&self, screening: ScreeningId) -> impl Iterator<Item = CellNumber> {
        let all = (screening, 0)..=(screening, CellNumber::MAX);
        self.screenings.sightings.range(all).map(|((_, cell), _)| *cell)
    }

    /// What each member saw and says of a cell.
    pub fn standings(&self, screening: ScreeningId, cell: CellNumber) -> BTreeMap<&Author, Standing> {
        let mut found: BTreeMap<&Author, Standing> = BTreeMap::new();
        for sighting in self.sightings(screening, cell) {
            let standing = found.entry(&sighting.visit.member).or_default();
            standing.take(sighting.look(), sighting.visit.at_ms);
        }
        found
    }

    /// What one member saw and says of a cell; `None` when it was never on their screen.
    pub fn standing(&self, screening: ScreeningId, cell: CellNumber, member: &Author) -> Option<Standing> {
        let own = self.sightings(screening, cell).iter().filter(|s| s.visit.member == *member);
        own.fold(None, |standing: Option<Standing>, sighting| {
            let mut standing = standing.unwrap_or_default();
            standing.take(sighting.look(), sighting.visit.at_ms);
            Some(standing)
        })
    }

    /// What was said of a cell last, by whomever; `None` for an untouched one.
    pub fn cell_state(&self, screening: ScreeningId, cell: CellNumber) -> Option<CellState> {
        self.sightings(screening, cell).iter().rev().find_map(|s| s.look().state)
    }

    fn sightings(&self, screening: ScreeningId, cell: CellNumber) -> &[Sighting] {
        self.screenings.sightings.get(&(screening, cell)).map_or(&[], |all| all.as_slice())
    }

    pub(crate) fn screenings_of(&self, layer: LayerId) -> usize {
        self.screenings.plans.values().filter(|plan| plan.layer == layer).count()
    }

    pub(crate) fn apply_screening(
        &mut self,
        change: &Change<ScreeningId, Arc<Screening>>,
    ) -> Result<(), EditError> {
        let id = change.id;
        let current = self.screenings.plans.get(&id);
        crate::project::matches_current("The screening", current.map(Arc::as_ref), change)?;
        let Some(plan) = &change.after else {
            self.screenings.plans.remove(&id);
            return Ok(());
        };
        if let Some(fault) = plan.fault() {
            return Err(EditError::Invalid(fault));
        }
        let Some(layer) = self.layers().get(&plan.layer) else {
            return Err(EditError::Missing { what: format!("Layer {}", plan.layer) });
        };
        if [layer.width, layer.height] != plan.size {
            return Err(EditError::Invalid(format!(
                "The screening is of another size than layer {}",
                layer.name
            )));
        }
        let namesake =
            |(other, held): (&ScreeningId, &Arc<Screening>)| *other != id && held.name == plan.name;
        if self.screenings.plans.iter().any(namesake) {
            return Err(EditError::Exists { what: format!("A screening of the name {}", plan.name) });
        }
        let looked_at = self.seen_cells(id).count();
        let other = current.is_some_and(|held| !held.lays_like(plan));
        if looked_at > 0 && (other || self.seen_cells(id).any(|cell| !plan.has_cell(cell))) {
            let by = format!("{looked_at} of its cells were looked at; plan another one beside it");
            return Err(EditError::InUse { what: "The grid of the screening".into(), by });
        }
        self.screenings.plans.insert(id, Arc::clone(plan));
        Ok(())
    }

    /// Adds what a member saw and says. Visits are facts, as votes are: never changed or undone. Returns the cells.
    pub fn record_visit(
        &mut self,
        visit: impl Into<Arc<Visit>>,
    ) -> Result<Vec<(ScreeningId, CellNumber)>, EditError> {
        let visit = visit.into();
        let id = visit.screening;
        let Some(plan) = self.screenings.plans.get(&id) else {
            return Err(EditError::Missing { what: format!("Screening {id}") });
        };
        if let Some(fault) = fault(plan, &visit) {
            return Err(EditError::Invalid(fault));
        }
        Ok(self.keep_visit(&visit))
    }

    /// Adds what a member saw in another copy: also of a plan that is gone here.
    pub(crate) fn keep_visit(&mut self, visit: &Arc<Visit>) -> Vec<(ScreeningId, CellNumber)> {
        let cells: Vec<_> = visit.looks.iter().map(|look| (visit.screening, look.cell)).collect();
        for (look, key) in cells.iter().enumerate() {
            let sighting = Sighting { visit: Arc::clone(visit), look };
            match self.screenings.sightings.get_mut(key) {
                Some(all) => Arc::make_mut(all).push(sighting),
                None => {
                    self.screenings.sightings.insert(*key, Arc::new(vec![sighting]));
                }
            }
        }
        self.screenings.visits += 1;
        cells
    }

    /// Takes out the newest visit, which never reached the disk. Returns its cells.
    pub(crate) fn forget_visit(&mut self, visit: &Visit) -> Vec<(ScreeningId, CellNumber)> {
        let cells: Vec<_> = visit.looks.iter().map(|look| (visit.screening, look.cell)).collect();
        self.screenings.visits = self.screenings.visits.saturating_sub(1);
        for key in &cells {
            let Some(all) = self.screenings.sightings.get_mut(key) else { continue };
            let all = Arc::make_mut(all);
            all.pop();
            if all.is_empty() {
                self.screenings.sightings.remove(key);
            }
        }
        cells
    }
}

fn fault(plan: &Screening, visit: &Visit) -> Option<String> {
    if visit.member.name().is_empty() || visit.member.is_model() {
        return Some("A cell is looked at by a named member".into());
    }
    if visit.looks.is_empty() || visit.looks.len() > MOST_LOOKS {
        return Some(format!("A visit is of 1 to {MOST_LOOKS} cells"));
    }
    let mut met = BTreeSet::new();
    if !visit.looks.iter().all(|look| met.insert(look.cell)) {
        return Some("A visit names a cell twice".into());
    }
    if visit.looks.iter().filter_map(|look| look.seconds).any(|s| !(0.0..=LONGEST_S).contains(&s)) {
        return Some("The time spent on a cell is no length of time".into());
    }
    let stranger = visit.looks.iter().find(|look| !plan.has_cell(look.cell))?;
    let (column, row) = Grid::of(plan).place(stranger.cell);
    Some(format!("Row {}, column {} is no cell of {}", row + 1, column + 1, plan.name))
}

/// What is wrong with the screenings of a project, one sentence each.
pub fn violations(project: &Project) -> Vec<String> {
    let mut found = Vec::new();
    for (id, plan) in project.screenings() {
        if let Some(fault) = plan.fault() {
            found.push(format!("Screening {id}: {fault}"));
        }
        match project.layers().get(&plan.layer) {
            None => found.push(format!("Screening {id} is on layer {}, which does not exist", plan.layer)),
            Some(layer) if [layer.width, layer.height] != plan.size => {
                found.push(format!("Screening {id} is of another size than its layer"));
            }
            Some(_) => {}
        }
        // A visit to a plan that was removed since is history, not a fault.
        let strange = project.seen_cells(*id).filter(|cell| !plan.has_cell(*cell)).count();
        if strange > 0 {
            found.push(format!("Screening {id} has visits to {strange} cells that it does not have"));
        }
    }
    found
}
