//! How far a screening is, and where to go next.

use std::collections::BTreeMap;

use super::{CellNumber, CellState, Cells, Seen};
use crate::{Author, Project, ScreeningId};

/// How far one member is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MemberProgress {
    /// Cells by what the member says of them.
    pub states: BTreeMap<CellState, usize>,
    /// Cells that the member need not look at again.
    pub settled: usize,
    pub seconds: f64,
    /// Of the cells that are settled; the lower one of two in the middle.
    pub median_seconds: Option<f64>,
    /// How much of all cells was on this member's screen at full resolution, 0 to 1.
    pub seen_share: f64,
}

/// How far a screening is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    pub cells: usize,
    /// Looks that are wanted: cells times members for each.
    pub wanted: usize,
    /// Looks that are settled, of those that are wanted.
    pub settled: usize,
    /// What was said last of each cell, in the order of the path.
    pub states: Vec<Option<CellState>>,
    pub members: BTreeMap<Author, MemberProgress>,
    /// Of everybody's settled cells.
    pub median_seconds: Option<f64>,
}

impl Progress {
    /// Counts anew. `cells` are those of the plan. Takes time in proportion to the cells and what was said of them.
    pub fn of(project: &Project, screening: ScreeningId, cells: &Cells) -> Self {
        let Some(plan) = project.screenings().get(&screening) else { return Self::default() };
        let mut found = Self {
            cells: cells.len(),
            wanted: cells.len() * plan.times as usize,
            states: vec![None; cells.len()],
            ..Self::default()
        };
        let mut times: BTreeMap<&Author, Vec<f64>> = BTreeMap::new();
        let mut counted = 0_u64;
        let whole = plan.area.is_empty();
        for cell in cells.order() {
            let parts = if whole { Seen::ALL } else { plan.counted(*cell) };
            counted += u64::from(parts.count());
        }
        let mut parts: BTreeMap<&Author, u64> = BTreeMap::new();
        for cell in project.seen_cells(screening) {
            let Some(place) = cells.place(cell) else { continue };
            found.states[place] = project.cell_state(screening, cell);
            let of_it = plan.counted(cell);
            let mut settled = 0;
            for (member, standing) in project.standings(screening, cell) {
                let own = found.members.entry(member.clone()).or_default();
                own.seconds += standing.seconds;
                *parts.entry(member).or_default() += u64::from(standing.seen.and(of_it).count());
                let Some(state) = standing.state else { continue };
                *own.states.entry(state).or_default() += 1;
                if state.is_settled() {
                    own.settled += 1;
                    settled += 1;
                    times.entry(member).or_default().push(standing.seconds);
                }
            }
            found.settled += settled.min(plan.times as usize);
        }
        for (member, own) in &mut found.members {
            own.seen_share = parts.get(member).map_or(0.0, |n| *n as f64 / counted.max(1) as f64);
            own.median_seconds = times.get_mut(member).and_then(|times| median(times));
        }
        found.median_seconds = median(&mut times.into_values().flatten().collect::<Vec<_>>());
        found
    }

    /// Seconds that the rest will take at the pace so far; `None` while nobody has settled a cell.
    pub fn left_seconds(&self) -> Option<f64> {
        Some(self.median_seconds? * self.wanted.saturating_sub(self.settled) as f64)
    }
}

/// The middle one; the lower of two.
fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// True when a member is to look at a cell: they have said nothing of it or are not through with it, and fewer others
/// than the plan wants have it in work or settled.
pub fn is_free(project: &Project, screening: ScreeningId, cell: CellNumber, member: &Author) -> bool {
    let Some(plan) = project.screenings().get(&screening) else { return false };
    let mut others = 0;
    for (author, standing) in project.standings(screening, cell) {
        match standing.state {
            Some(state) if author == member && state.is_settled() => return false,
            Some(_) if author != member => others += 1,
            _ => {}
        }
    }
    others < plan.times as usize
}

/// The next cell of the path that is free for a member, after another (from the first on where that is none), and round
/// to the beginning; `None` when nothing is left.
pub fn next_free(
    project: &Project,
    screening: ScreeningId,
    cells: &Cells,
    member: &Author,
    after: Option<CellNumber>,
) -> Option<CellNumber> {
    let start = after.and_then(|cell| cells.place(cell)).map_or(0, |place| place + 1);
    let order = cells.order();
    let turn = order[start.min(order.len())..].iter().chain(&order[..start.min(order.len())]);
    turn.copied().find(|cell| Some(*cell) != after && is_free(project, screening, *cell, member))
}
