//! The plan of a screening, and the edits that make and change it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Grid;
use crate::{Change, Edit, EditError, LayerId, Project, ScreeningId};

/// Polygons, each of rings (the outer one first), each of points in pixels of the layer.
pub type Area = Vec<Vec<Vec<[f64; 2]>>>;

/// Along what the path goes to and fro.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellPath {
    #[default]
    Rows,
    Columns,
}

/// A plan to go over a layer cell by cell. Cells and their order follow from it alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Screening {
    /// Unique in the project.
    pub name: String,
    pub layer: LayerId,
    /// Width and height of the layer in pixels.
    pub size: [u32; 2],
    /// Side of a cell in pixels of the layer.
    pub cell_px: u32,
    /// How far a cell reaches into the next.
    pub overlap_px: u32,
    /// What is to be looked at; empty: all of the layer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub area: Area,
    #[serde(default, skip_serializing_if = "is_first")]
    pub path: CellPath,
    /// How many members look at each cell.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    /// Screen pixels for one pixel of the image from which on a place counts as seen.
    #[serde(default = "native", skip_serializing_if = "is_native")]
    pub native: f64,
    /// Cells without any data, by their numbers: the first and how many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<[u32; 2]>,
}

const fn once() -> u32 {
    1
}

const fn native() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_first(path: &CellPath) -> bool {
    *path == CellPath::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_once(times: &u32) -> bool {
    *times == once()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_native(share: &f64) -> bool {
    *share == native()
}

impl Screening {
    /// More cells than this are more than people look at.
    pub const MOST_CELLS: u32 = 100_000;
    /// Sides of cells: a smaller one could not be told apart in parts, and a part of a larger one never comes whole
    /// onto a small screen.
    pub const CELL_PX: [u32; 2] = [16, 8192];
    /// The cell that is offered first.
    pub const FIRST_CELL_PX: u32 = 2048;
    /// The overlap that is offered first, as a share of the cell.
    pub const FIRST_OVERLAP: f64 = 0.05;
    /// Corners of the area.
    pub const MOST_CORNERS: usize = 20_000;
    /// Members for each cell.
    pub const MOST_TIMES: u32 = 100;

    /// A plan over all of a layer of this size, in cells of the usual size.
    pub fn over(name: impl Into<String>, layer: LayerId, size: [u32; 2]) -> Self {
        let cell_px = Self::FIRST_CELL_PX;
        Self {
            name: name.into(),
            layer,
            size,
            cell_px,
            overlap_px: Self::overlap_of(cell_px, Self::FIRST_OVERLAP),
            area: Area::new(),
            path: CellPath::default(),
            times: once(),
            native: native(),
            left_out: Vec::new(),
        }
    }

    /// An overlap as whole pixels.
    pub fn overlap_of(cell_px: u32, share: f64) -> u32 {
        (f64::from(cell_px) * share).round() as u32
    }

    /// Leaves cells out, by their numbers in ascending order.
    #[must_use]
    pub fn leaving_out(mut self, cells: impl IntoIterator<Item = u32>) -> Self {
        self.left_out.clear();
        for cell in cells {
            match self.left_out.last_mut() {
                Some([first, count]) if first.saturating_add(*count) == cell => *count += 1,
                _ => self.left_out.push([cell, 1]),
            }
        }
        self
    }

    /// True when both lay the same cells, so that what was said of one's holds for the other's.
    pub(crate) fn lays_like(&self, other: &Self) -> bool {
        (self.layer, self.size, self.cell_px, self.overlap_px)
            == (other.layer, other.size, other.cell_px, other.overlap_px)
            && self.area == other.area
            && self.left_out == other.left_out
    }

    /// Why it cannot be kept; `None` when it can.
    pub fn fault(&self) -> Option<String> {
        let [smallest, largest] = Self::CELL_PX;
        if self.name.trim().is_empty() {
            return Some("A screening needs a name".into());
        }
        if self.size.contains(&0) {
            return Some("A screening needs an image with pixels".into());
        }
        if !(smallest..=largest).contains(&self.cell_px) {
            return Some(format!("A cell has {smallest} to {largest} pixels a side, not {}", self.cell_px));
        }
        if self.overlap_px > self.cell_px / 2 {
            return Some("Cells overlap by half of their side at most".into());
        }
        if !(1..=Self::MOST_TIMES).contains(&self.times) {
            return Some(format!("Each cell is looked at by 1 to {} members", Self::MOST_TIMES));
        }
        if !(0.01..=100.0).contains(&self.native) {
            return Some("The resolution that counts lies between 0.01 and 100 screen pixels a pixel".into());
        }
        let count = Grid::of(self).count();
        if count > u64::from(Self::MOST_CELLS) {
            return Some(format!(
                "{count} cells are more than anybody looks at; choose larger ones, for {} at most",
                Self::MOST_CELLS
            ));
        }
        if let Some(fault) = self.area_fault() {
            return Some(fault);
        }
        let far = |[first, count]: &[u32; 2]| u64::from(*first) + u64::from(*count);
        let ascending = self.left_out.windows(2).all(|pair| far(&pair[0]) <= u64::from(pair[1][0]));
        if !ascending || self.left_out.iter().any(|run| run[1] == 0 || far(run) > count) {
            return Some("The cells that are left out are not cells of the grid".into());
        }
        self.cells().is_empty().then(|| "No cell of the image lies in the area and has data".into())
    }

    fn area_fault(&self) -> Option<String> {
        let corners: usize = self.area.iter().flatten().map(Vec::len).sum();
        if corners > Self::MOST_CORNERS {
            let most = Self::MOST_CORNERS;
            return Some(format!(
                "The area has {corners} corners, and {most} are taken at most; simplify it"
            ));
        }
        if self.area.iter().any(Vec::is_empty) || self.area.iter().flatten().any(|ring| ring.len() < 3) {
            return Some("The area needs rings of three corners or more".into());
        }
        let far = |v: &f64| v.is_nan() || v.abs() > 1e9;
        let lost = self.area.iter().flatten().flatten().flatten().any(far);
        lost.then(|| "The area has a coordinate that is no place on an image".into())
    }
}

/// The edit that adds a plan to a project; refused with the reason where it is not sound.
pub fn add_screening_edit(project: &Project, id: ScreeningId, plan: Screening) -> Result<Edit, EditError> {
    let edit = Edit::Screening(Change::create(id, plan));
    project.trial(&edit).map(|()| edit)
}

/// The edit that gives a plan another name; `None` when there is no such plan, or it has that name.
pub fn rename_screening_edit(project: &Project, id: ScreeningId, name: &str) -> Option<Edit> {
    let before = project.screenings().get(&id)?;
    let after = Screening { name: name.trim().to_owned(), ..(**before).clone() };
    (after.name != before.name).then(|| Edit::Screening(Change::replace(id, Arc::clone(before), after)))
}

/// The edit that removes a plan; what was seen and said stays in the journal. `None` when there is no such plan.
pub fn remove_screening_edit(project: &Project, id: ScreeningId) -> Option<Edit> {
    let before = project.screenings().get(&id)?;
    Some(Edit::Screening(Change::delete(id, Arc::clone(before))))
}
