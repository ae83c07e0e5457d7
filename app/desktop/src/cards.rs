//! The grid of cards: in which order, how large, and which of them a verdict goes to.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::ops::Range;

use editing::{ReadingOrder, Selection};
use project::{Project, RegionId};
use query::{Column, Facts, Needs, Order};

use crate::finder::Pick;
use crate::review::{Desk, List};

/// Sides of a view that are offered, in points, and what they are called.
pub const SIDES: [(f32, &str); 3] = [(96.0, "Small"), (144.0, "Medium"), (208.0, "Large")];

/// What cards are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// As the list has them.
    #[default]
    Listed,
    Surprise,
    /// What looks most like one of them first.
    Alike,
    Class,
    Largest,
    Smallest,
    Place,
}

impl Sort {
    /// Every order, as the list of them has it.
    pub const ALL: [Self; 7] =
        [Self::Listed, Self::Surprise, Self::Alike, Self::Class, Self::Largest, Self::Smallest, Self::Place];

    /// What a person reads.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Listed => "Most disputed first",
            Self::Surprise => "What surprises the model first",
            Self::Alike => "What looks most like this card first",
            Self::Class => "By class",
            Self::Largest => "Largest first",
            Self::Smallest => "Smallest first",
            Self::Place => "In reading order",
        }
    }

    /// As the table sorts; `None`: as the list has them, or by what is seen.
    pub const fn order(self) -> Option<Order> {
        let (column, descending) = match self {
            Self::Listed | Self::Alike => return None,
            Self::Surprise => (Column::Doubt, true),
            Self::Class => (Column::Class, false),
            Self::Largest => (Column::Area, true),
            Self::Smallest => (Column::Area, false),
            Self::Place => (Column::Place, false),
        };
        Some(Order { column, descending })
    }
}

/// Cases in another order than the list's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted {
    pub sort: Sort,
    pub list: List,
    pub cases: Vec<RegionId>,
    /// Something has come to the list since.
    pub stale: bool,
    /// Cases whose looks were not compared yet, and stand behind the others.
    pub left: usize,
}

/// What the grid asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum GridAsk {
    Open(bool),
    Sort(Sort),
    Side(f32),
    Pick(RegionId, Pick),
    /// Put it on the card, large.
    Show(RegionId),
    /// The cards on the screen, and how many are beside each other.
    Looked(Range<usize>, usize),
    /// Views this wide fill the rows.
    Fitted(f32),
}

/// A step from card to card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Left,
    Right,
    Up,
    Down,
}

/// The grid of cards.
#[derive(Clone, Debug)]
pub struct Grid {
    pub open: bool,
    pub sort: Sort,
    /// The case that others are compared with, where the order is that of likeness.
    pub like: Option<RegionId>,
    /// Side of a view in points, as it is wanted, and as it fills the rows.
    pub side: f32,
    pub fitted: f32,
    /// Cards that the next verdict goes to, besides or in place of the one that is looked at.
    pub chosen: Selection,
    /// Cards on the screen.
    pub looked: Range<usize>,
    /// Cards beside each other.
    pub across: usize,
    pub sorted: Option<Sorted>,
}

impl Default for Grid {
    fn default() -> Self {
        Self {
            open: false,
            sort: Sort::Listed,
            like: None,
            side: SIDES[1].0,
            fitted: SIDES[1].0,
            chosen: Selection::default(),
            looked: 0..0,
            across: 1,
            sorted: None,
        }
    }
}

impl Grid {
    /// As the user has set it, for another list.
    #[must_use]
    pub fn emptied(&self) -> Self {
        // What another list is compared with is for whoever looks at it to say.
        let sort = if self.sort == Sort::Alike { Sort::Listed } else { self.sort };
        Self { open: self.open, sort, side: self.side, fitted: self.fitted, ..Self::default() }
    }

    /// A case left the list.
    pub fn forget(&mut self, case: RegionId) {
        if let Some(sorted) = &mut self.sorted {
            sorted.cases.retain(|one| *one != case);
        }
    }
}

impl Desk {
    /// The cases in the order of the grid, where that is another than the list's and known.
    fn in_order(&self) -> Option<&[RegionId]> {
        let grid = &self.grid;
        let sorted = grid.sorted.as_ref()?;
        let holds = grid.open && sorted.sort == grid.sort && sorted.list == self.list;
        holds.then_some(&sorted.cases)
    }

    /// True while the order of the grid is being found.
    pub fn is_sorting(&self) -> bool {
        self.grid.open && self.grid.sort != Sort::Listed && self.in_order().is_none()
    }

    /// How many cases are gone through.
    pub fn count(&self) -> usize {
        self.in_order().map_or_else(|| self.listed().len(), <[_]>::len)
    }

    /// The case at a place of what is gone through: the grid where it is open, else the list.
    pub fn at(&self, place: usize) -> Option<RegionId> {
        match self.in_order() {
            Some(cases) => cases.get(place).copied(),
            None => self.listed().get(place).map(|item| item.case),
        }
    }

    /// Where a case is in it.
    pub fn place_of(&self, case: RegionId) -> Option<usize> {
        match self.in_order() {
            Some(cases) => cases.iter().position(|one| *one == case),
            None => self.listed().iter().position(|item| item.case == case),
        }
    }

    /// The cases that a verdict goes to: those chosen in the grid, else the one that is looked at.
    pub fn targets(&self) -> Vec<RegionId> {
        if self.grid.open && !self.grid.chosen.is_empty() {
            let mut chosen: Vec<(usize, RegionId)> = self
                .grid
                .chosen
                .regions()
                .iter()
                .filter_map(|case| Some((self.place_of(*case)?, *case)))
                .collect();
            chosen.sort_unstable();
            return chosen.into_iter().map(|(_, case)| case).collect();
        }
        self.case().into_iter().collect()
    }

    /// The case a step away from the one that is looked at.
    pub fn step(&self, step: Step) -> Option<RegionId> {
        let here = self.place()?;
        let across = self.grid.across.max(1);
        let to = match step {
            Step::Left => here.checked_sub(1)?,
            Step::Right => here + 1,
            Step::Up => here.checked_sub(across)?,
            Step::Down => here + across,
        };
        self.at(to)
    }

    /// What is chosen once a card was clicked.
    pub fn picked(&self, case: RegionId, pick: Pick) -> Selection {
        let chosen = self.grid.chosen.clone();
        match pick {
            Pick::One => Selection::one(case),
            Pick::Toggle => chosen.toggled(case),
            Pick::UpTo => {
                let here = self.place_of(case).unwrap_or(0);
                let start =
                    chosen.primary().or(self.case()).and_then(|one| self.place_of(one)).unwrap_or(here);
                // The primary stays what it was, so that the other end can be chosen anew.
                let places: Vec<usize> =
                    if start <= here { (start..=here).rev().collect() } else { (here..=start).collect() };
                places.into_iter().filter_map(|place| self.at(place)).collect()
            }
        }
    }

    /// The list was gathered anew: what left it leaves the grid.
    pub fn follow_list(&mut self) {
        let listed: HashSet<RegionId> = self.listed().iter().map(|item| item.case).collect();
        self.grid.chosen =
            self.grid.chosen.regions().iter().copied().filter(|case| listed.contains(case)).collect();
        if let Some(sorted) = &mut self.grid.sorted {
            sorted.cases.retain(|case| listed.contains(case));
            sorted.stale |= sorted.cases.len() != listed.len();
        }
    }
}

/// Cases by how much they look like one, those of which that is not known behind them as they came.
pub fn put_by_looks<S: BuildHasher>(cases: &[RegionId], ranks: &HashMap<RegionId, u32, S>) -> Vec<RegionId> {
    let mut sorted = cases.to_vec();
    sorted.sort_by_key(|case| ranks.get(case).copied().unwrap_or(u32::MAX));
    sorted
}

/// Cases in an order of the table's; what the project does not know is left out.
pub fn put_in_order(
    project: &Project,
    cases: &[RegionId],
    order: &Order,
    reading: &ReadingOrder,
) -> Vec<RegionId> {
    let facts = Facts::of(project, Needs { measures: true, edits: false });
    let mut rows: Vec<u32> = cases.iter().filter_map(|case| facts.place(*case)).map(|at| at as u32).collect();
    let id = |at: u32| facts.rows()[at as usize].id;
    order.sort(&facts, &mut rows, |at| reading.position(id(at)).map_or(u32::MAX, |place| place as u32));
    rows.into_iter().map(id).collect()
}
