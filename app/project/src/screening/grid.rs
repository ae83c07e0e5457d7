//! The grid of a plan, and the order in which its cells are looked at.

use super::meets::meets;
use super::{CellNumber, CellPath, SIDE, Screening, Seen};

/// How a plan cuts its image: cells of one size, each reaching into the next, the last of a row or column cut at the
/// border of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    pub columns: u32,
    pub rows: u32,
    size: [u32; 2],
    side: u32,
    step: u32,
}

impl Grid {
    /// The grid of a plan.
    pub fn of(plan: &Screening) -> Self {
        let side = plan.cell_px.max(1);
        let lap = plan.overlap_px.min(side - 1);
        let step = side - lap;
        let along = |length: u32| length.saturating_sub(lap).div_ceil(step).max(1);
        Self { columns: along(plan.size[0]), rows: along(plan.size[1]), size: plan.size, side, step }
    }

    /// Cells of the whole image.
    pub fn count(&self) -> u64 {
        u64::from(self.columns) * u64::from(self.rows)
    }

    /// Column and row of a cell.
    pub fn place(&self, cell: CellNumber) -> (u32, u32) {
        (cell % self.columns, cell / self.columns)
    }

    /// Left, top, right and bottom of a cell, in pixels of the layer.
    pub fn rect(&self, cell: CellNumber) -> [u32; 4] {
        let (column, row) = self.place(cell);
        let start = |at: u32, length: u32| at.saturating_mul(self.step).min(length);
        let (left, top) = (start(column, self.size[0]), start(row, self.size[1]));
        let end = |start: u32, length: u32| start.saturating_add(self.side).min(length);
        [left, top, end(left, self.size[0]), end(top, self.size[1])]
    }

    /// The cells that a box of pixels meets: first and last column, first and last row.
    pub fn around(&self, [left, top, right, bottom]: [f64; 4]) -> Option<[u32; 4]> {
        let inside = left < f64::from(self.size[0])
            && top < f64::from(self.size[1])
            && right > 0.0
            && bottom > 0.0
            && left < right
            && top < bottom;
        let (step, lap) = (f64::from(self.step), f64::from(self.side - self.step));
        let first = |low: f64| ((low - lap) / step).floor().max(0.0) as u32;
        let last = |high: f64, count: u32| ((high / step).floor().max(0.0) as u32).min(count - 1);
        inside.then(|| {
            let (columns, rows) = (last(right, self.columns), last(bottom, self.rows));
            [first(left).min(columns), columns, first(top).min(rows), rows]
        })
    }

    fn spans(&self, along: usize) -> Vec<(f64, f64)> {
        let count = [self.columns, self.rows][along];
        let span = |i: u32| {
            let rect = self.rect(if along == 0 { i } else { i * self.columns });
            (f64::from(rect[along]), f64::from(rect[along + 2]))
        };
        (0..count).map(span).collect()
    }
}

/// The cells of a plan in the order of its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    pub grid: Grid,
    order: Vec<CellNumber>,
    /// Place in the order by number; `u32::MAX` for what is left out.
    places: Vec<u32>,
}

const NOWHERE: u32 = u32::MAX;

impl Cells {
    /// In the order of the path.
    pub fn order(&self) -> &[CellNumber] {
        &self.order
    }

    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Where in the path a cell comes, from 0; `None` for one that is not looked at.
    pub fn place(&self, cell: CellNumber) -> Option<usize> {
        self.places.get(cell as usize).filter(|at| **at != NOWHERE).map(|at| *at as usize)
    }
}

impl Screening {
    /// Its cells in the order of its path: to and fro, so that the next cell is the one beside this.
    ///
    /// Takes time and memory in proportion to the cells of the whole image, which a sound plan has at most
    /// [`Screening::MOST_CELLS`] of; of one that is not sound it gives none.
    pub fn cells(&self) -> Cells {
        let grid = Grid::of(self);
        if grid.count() > u64::from(Self::MOST_CELLS) {
            return Cells { grid, order: Vec::new(), places: Vec::new() };
        }
        let mut wanted = if self.area.is_empty() {
            vec![true; grid.count() as usize]
        } else {
            meets(&self.area, &grid.spans(0), &grid.spans(1))
        };
        for [first, count] in &self.left_out {
            let from = (*first as usize).min(wanted.len());
            let to = (*first as usize).saturating_add(*count as usize).min(wanted.len());
            wanted[from..to].fill(false);
        }
        let mut places = vec![NOWHERE; wanted.len()];
        let mut order = Vec::new();
        let (lines, along) = match self.path {
            CellPath::Rows => (grid.rows, grid.columns),
            CellPath::Columns => (grid.columns, grid.rows),
        };
        for line in 0..lines {
            for i in 0..along {
                let at = if line % 2 == 0 { i } else { along - 1 - i };
                let cell = match self.path {
                    CellPath::Rows => line * grid.columns + at,
                    CellPath::Columns => at * grid.columns + line,
                };
                if wanted[cell as usize] {
                    places[cell as usize] = order.len() as u32;
                    order.push(cell);
                }
            }
        }
        Cells { grid, order, places }
    }

    /// True when a cell is one of those that are looked at, without making all of them.
    pub fn has_cell(&self, cell: CellNumber) -> bool {
        let is_left_out = |[first, count]: &[u32; 2]| {
            cell >= *first && u64::from(cell) < u64::from(*first) + u64::from(*count)
        };
        let grid = Grid::of(self);
        u64::from(cell) < grid.count() && !self.left_out.iter().any(is_left_out) && {
            let [left, top, right, bottom] = grid.rect(cell).map(f64::from);
            self.area.is_empty() || meets(&self.area, &[(left, right)], &[(top, bottom)])[0]
        }
    }

    /// The parts of a cell that the area meets: those that count.
    pub fn counted(&self, cell: CellNumber) -> Seen {
        if self.area.is_empty() {
            return Seen::ALL;
        }
        let [left, top, right, bottom] = Grid::of(self).rect(cell).map(f64::from);
        let spans = |low: f64, high: f64| -> Vec<(f64, f64)> {
            let at = |i: usize| low + (high - low) * i as f64 / SIDE as f64;
            (0..SIDE).map(|i| (at(i), at(i + 1))).collect()
        };
        let found = meets(&self.area, &spans(left, right), &spans(top, bottom));
        let parts = found.iter().enumerate().filter(|(_, meets)| **meets);
        parts.fold(Seen::default(), |seen, (i, _)| seen.with(i % SIDE, i / SIDE))
    }

    /// How much of a cell was seen, 0 to 1, of what counts.
    pub fn share(&self, cell: CellNumber, seen: Seen) -> f64 {
        let counted = self.counted(cell);
        match counted.count() {
            0 => 1.0,
            n => f64::from(seen.and(counted).count()) / f64::from(n),
        }
    }
}
