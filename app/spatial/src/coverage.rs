//! How much of each texel of a grid shapes cover, kind by kind: what is seen of very many of them from afar.
//!
//! [`Outlines`] keep shapes in few bytes, neighbours together; a [`Cell`] is a place in the pyramid of grids whose
//! texels are powers of two of a world unit wide; [`Coverage`] is what of each kind lies in the texels of one cell. A
//! shape counts in a cell by how small it is there ([`Fading`]): what is too large to be part of a mass is drawn as a shape, and
//! between the two both are, each by its share, so that nothing appears or goes at a stroke.

mod area;
mod outlines;

pub use outlines::Outlines;

use crate::{Viewport, WorldPoint, WorldRect};

/// By how much a shape counts as one of a mass, by its size on the screen or in a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fading {
    /// Shapes of this many pixels (the longer side of the box) and less are wholly of the mass.
    pub low_px: f32,
    /// Shapes of this many pixels and more are not of it at all.
    pub high_px: f32,
    /// Shapes of a smaller area than this, in pixels, count as if they had it: else few and small ones would not be seen.
    pub least_px2: f32,
}

impl Fading {
    /// The share of a shape of so many pixels that is of the mass, 0–1: even in the logarithm of the scale, as zooming
    /// is.
    pub fn share(&self, side_px: f32) -> f32 {
        if side_px <= self.low_px {
            return 1.0;
        }
        if side_px < self.high_px {
            (self.high_px / side_px).ln() / (self.high_px / self.low_px).ln()
        } else {
            0.0
        }
    }
}

/// A place in the pyramid: a grid of [`Cell::SIDE`] texels that are 2^`level` world units wide, and a texel more on each
/// side, so that what is smoothed between texels meets its neighbour's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// The logarithm of the texel's width in world units.
    pub level: i32,
    /// From the origin of the world to the right.
    pub column: i32,
    /// From the origin of the world downwards.
    pub row: i32,
}

impl Cell {
    /// Texels across and down, without the border.
    pub const SIDE: u32 = 256;
    /// With it.
    pub const BORDERED: u32 = Self::SIDE + 2;
    /// No view has more cells than this; one that would has no sensible size.
    const MOST: i64 = 4_096;

    /// The level whose texels are at most as wide as a pixel of a view, and how far on the way to the next it is, 0–1;
    /// `None` where there is none.
    pub fn level_of(resolution: f64) -> Option<(i32, f32)> {
        let exact = resolution.log2();
        let level = exact.floor();
        ((-60.0..60.0).contains(&level)).then_some((level as i32, (exact - level) as f32))
    }

    /// The width of a texel in world units.
    pub fn texel(self) -> f64 {
        f64::from(self.level).exp2()
    }

    /// What the cell shows, without the border.
    pub fn bounds(self) -> WorldRect {
        let side = self.texel() * f64::from(Self::SIDE);
        let (x, y) = (f64::from(self.column) * side, -f64::from(self.row) * side);
        WorldRect::new(WorldPoint { x, y: y - side }, WorldPoint { x: x + side, y })
    }

    /// What its texels show, those of the border too.
    pub fn bordered(self) -> WorldRect {
        let (texel, bounds) = (self.texel(), self.bounds());
        let by = WorldPoint { x: texel, y: texel };
        WorldRect::new(bounds.min() - by, bounds.max() + by)
    }

    /// The cells of a level that a view sees, from the upper left row by row.
    pub fn of_view(view: &Viewport, level: i32) -> Vec<Self> {
        Self::of_box(view.bounds(), level)
    }

    /// The cells of a level that meet a box; none when there are far too many of them.
    pub fn of_box(bounds: WorldRect, level: i32) -> Vec<Self> {
        let side = f64::from(level).exp2() * f64::from(Self::SIDE);
        let [left, right] = [bounds.min().x, bounds.max().x].map(|x| (x / side).floor());
        let [top, bottom] = [-bounds.max().y, -bounds.min().y].map(|y| (y / side).floor());
        let sane = [left, right, top, bottom].iter().all(|at| at.is_finite() && at.abs() < 1e9);
        let count = (right - left + 1.0) * (bottom - top + 1.0);
        if !sane || count > Self::MOST as f64 {
            return Vec::new();
        }
        let rows = top as i32..=bottom as i32;
        rows.flat_map(|row| (left as i32..=right as i32).map(move |column| Self { level, column, row }))
            .collect()
    }

    /// The cell of the next coarser level that this one lies in.
    #[must_use]
    pub fn parent(self) -> Self {
        Self { level: self.level + 1, column: self.column.div_euclid(2), row: self.row.div_euclid(2) }
    }
}

/// What of each kind of shape lies in the texels of one cell.
#[derive(Clone, Debug)]
pub struct Coverage {
    cell: Cell,
    fading: Fading,
    /// The mass of each kind, in shares of a texel, row by row with the border; empty where there is none.
    planes: Vec<Vec<f32>>,
    scratch: area::Scratch,
}

impl Coverage {
    /// Of nothing yet.
    pub fn new(cell: Cell, fading: Fading) -> Self {
        Self { cell, fading, planes: Vec::new(), scratch: area::Scratch::default() }
    }

    /// Adds what of some outlines lies in the cell.
    pub fn add(&mut self, outlines: &Outlines) {
        let (texel, bounds) = (self.cell.texel(), self.cell.bounds());
        let corner = WorldPoint { x: bounds.min().x - texel, y: bounds.max().y + texel };
        let reach = f64::from(Cell::BORDERED) * texel;
        let seen = WorldRect::new(
            WorldPoint { x: corner.x, y: corner.y - reach },
            WorldPoint { x: corner.x + reach, y: corner.y },
        );
        let largest = f64::from(self.fading.high_px) * texel;
        for group in outlines.groups_in(seen, largest) {
            // Into texels from the upper left corner, down the rows.
            let scale = (1.0 / texel) as f32;
            let shift = [(group.middle[0] - corner.x) / texel, (corner.y - group.middle[1]) / texel];
            let shift = shift.map(|at| at as f32);
            for outline in group.outlines {
                self.add_one(outlines.points_of(outline), outline, scale, shift);
            }
        }
    }

    fn add_one(&mut self, points: &[[f32; 2]], outline: &outlines::Outline, scale: f32, shift: [f32; 2]) {
        let share = self.fading.share(outline.side * scale);
        if share <= 0.0 || outline.is_hidden() {
            return;
        }
        let area = outline.area * scale * scale;
        let boost = if area < self.fading.least_px2 { self.fading.least_px2 / area } else { 1.0 };
        // A shape of no area at all (a line that stands still) has nothing to be enlarged.
        let weight = share * if boost.is_finite() { boost } else { 0.0 };
        let kind = usize::from(outline.kind);
        if kind >= self.planes.len() {
            self.planes.resize(kind + 1, Vec::new());
        }
        let plane = &mut self.planes[kind];
        if plane.is_empty() {
            plane.resize((Cell::BORDERED * Cell::BORDERED) as usize, 0.0);
        }
        let place = |[x, y]: [f32; 2]| [x * scale + shift[0], shift[1] - y * scale];
        if outline.is_line() {
            area::add_line(plane, points.iter().map(|p| place(*p)), weight);
        } else {
            let weight = if outline.is_hole() { -weight } else { weight };
            self.scratch.add_ring(plane, points.iter().map(|p| place(*p)), weight);
        }
    }

    /// The mass of a kind in each texel with the border, row by row, in shares of a texel: where shapes of a kind lie
    /// over each other, more than 1. `None` where there is nothing of it.
    pub fn of(&self, kind: u16) -> Option<&[f32]> {
        self.planes.get(usize::from(kind)).filter(|plane| !plane.is_empty()).map(Vec::as_slice)
    }

    /// True when nothing lies in the cell.
    pub fn is_empty(&self) -> bool {
        self.planes.iter().all(Vec::is_empty)
    }

    /// The picture of the cell with its border, RGBA with premultiplied alpha, row by row. `colors` (straight alpha) is
    /// by kind. Where kinds meet in a texel, the one that there is most of prevails by the square of its mass, and colours are mixed
    /// as light is, so that red and green do not make mud.
    pub fn picture(&self, colors: &[[u8; 4]]) -> Vec<u8> {
        let count = (Cell::BORDERED * Cell::BORDERED) as usize;
        let mut sums = vec![[0.0_f32; 5]; count];
        let kinds = self.planes.iter().zip(colors).filter(|(plane, color)| !plane.is_empty() && color[3] > 0);
        for (plane, color) in kinds {
            let [r, g, b, a] = color.map(|byte| f32::from(byte) / 255.0);
            let light = [r * r, g * g, b * b];
            for (sum, mass) in sums.iter_mut().zip(plane) {
                // Holes may leave a last digit below nothing.
                let mass = mass.max(0.0) * a;
                let weight = mass * mass;
                sum[0] += light[0] * weight;
                sum[1] += light[1] * weight;
                sum[2] += light[2] * weight;
                sum[3] += weight;
                sum[4] += mass;
            }
        }
        let mut bytes = vec![0; count * 4];
        for (texel, [r, g, b, weight, mass]) in bytes.chunks_exact_mut(4).zip(sums) {
            if weight > 0.0 {
                let alpha = mass.min(1.0) * 255.0;
                let byte = |light: f32| ((light / weight).sqrt() * alpha + 0.5) as u8;
                texel.copy_from_slice(&[byte(r), byte(g), byte(b), (alpha + 0.5) as u8]);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests;
