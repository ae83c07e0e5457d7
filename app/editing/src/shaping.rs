//! A change of shapes in three steps, so that the long one can be made away from the window: what it needs is taken
//! out of the project, worked out, and made an edit.

use std::collections::HashSet;
use std::sync::Arc;

use geo::{BoundingRect as _, CoordsIter as _, Geometry};
use project::{IdSource, Project, RegionId};
use spatial::geometry::{self, GeometryError, corner_count};
use spatial::{WorldPoint, WorldRect};

use crate::reshape::{Held, Reshape, Reshaped, alone, each, held, middle_of, one_of, several};

/// Corners of a change that is made at once; more would be felt.
const QUICK: usize = 8_000;
/// The same where areas are laid over each other, for each corner many times the work.
const QUICK_OVERLAY: usize = 1_000;

/// A change and the regions that it is made of, as they are now.
#[derive(Clone, Debug)]
pub struct Shaping {
    change: Reshape,
    regions: Vec<Held>,
    /// Regions that share borders with those, where the change is theirs too.
    mates: Vec<Held>,
    /// The middle of all regions.
    middle: WorldPoint,
}

/// What a change came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A shape for each region, the last one left out where that is what is subtracted.
    Each(Vec<Result<Geometry<f64>, GeometryError>>),
    One(Geometry<f64>),
    Several(Vec<Result<Vec<Geometry<f64>>, GeometryError>>),
}

impl Shaping {
    /// Takes what a change of regions needs; neighbours too where borders are shared.
    pub fn new(project: &Project, selected: &[RegionId], change: Reshape) -> Result<Self, GeometryError> {
        let regions = held(project, selected);
        let several = matches!(change, Reshape::Merge | Reshape::Intersect | Reshape::Subtract);
        if regions.len() < if several { 2 } else { 1 } {
            return Err(GeometryError::Unchanged);
        }
        let middle = middle_of(&regions).ok_or(GeometryError::Unchanged)?;
        let together = matches!(change, Reshape::SimplifyTogether(_));
        let mates = if together { mates(project, &regions) } else { Vec::new() };
        Ok(Self { change, regions, mates, middle })
    }

    /// True where the work is too much for a moment.
    pub fn is_long(&self) -> bool {
        let all = self.regions.iter().chain(&self.mates);
        let mut corners = 0;
        let overlays = matches!(
            self.change,
            Reshape::Merge | Reshape::Intersect | Reshape::Subtract | Reshape::Repair | Reshape::Widen(_)
        );
        let quick = if overlays { QUICK_OVERLAY } else { QUICK };
        all.map(|(_, region)| corner_count(&region.geometry)).any(|count| {
            corners += count;
            corners > quick
        })
    }

    /// What it is called, such as "Merge 300 regions".
    pub fn title(&self) -> String {
        self.change.title(self.regions.len() - usize::from(self.change == Reshape::Subtract))
    }

    /// True where these are the regions that change.
    pub fn is_of(&self, regions: &[RegionId]) -> bool {
        self.regions.len() == regions.len() && self.regions.iter().zip(regions).all(|((a, _), b)| a == b)
    }

    /// Does the work. `go_on` is told how much of how much is done, and stops it with `None` by saying no.
    pub fn work(
        &self,
        mut go_on: impl FnMut(usize, usize) -> bool,
    ) -> Option<Result<Outcome, GeometryError>> {
        let shapes: Vec<&Geometry<f64>> = self.regions.iter().map(|(_, r)| &r.geometry).collect();
        let count = shapes.len();
        let mut each = |shapes: &[&Geometry<f64>], make: &dyn Fn(&Geometry<f64>) -> Result<_, _>| {
            let mut made = Vec::with_capacity(count);
            for (i, shape) in shapes.iter().enumerate() {
                if !go_on(i, count) {
                    return None;
                }
                made.push(make(shape));
            }
            Some(made)
        };
        Some(match self.change {
            Reshape::Merge => geometry::merge(&shapes).map(Outcome::One),
            Reshape::Intersect => geometry::intersect(&shapes).map(Outcome::One),
            Reshape::Subtract => {
                let (taken, rest) = shapes.split_last()?;
                Ok(Outcome::Each(each(rest, &|shape| geometry::subtract(shape, &[taken]))?))
            }
            Reshape::Explode => {
                let mut pieces = Vec::with_capacity(count);
                for (i, shape) in shapes.iter().enumerate() {
                    if !go_on(i, count) {
                        return None;
                    }
                    pieces.push(geometry::parts(shape));
                }
                Ok(Outcome::Several(pieces))
            }
            Reshape::SimplifyTogether(tolerance) => {
                let all: Vec<&Geometry<f64>> =
                    shapes.iter().copied().chain(self.mates.iter().map(|(_, r)| &r.geometry)).collect();
                let made = geometry::simplify_together(&all, count, tolerance);
                made.map(|made| Outcome::Each(made.into_iter().map(Ok).collect()))
            }
            change => Ok(Outcome::Each(each(&shapes, &|shape| alone(shape, change, self.middle))?)),
        })
    }

    /// True while the regions are as they were when they were taken.
    pub fn is_current(&self, project: &Project) -> bool {
        let same = |(id, held): &Held| {
            project.region(*id).is_some_and(|now| Arc::ptr_eq(now, held) || now.geometry == held.geometry)
        };
        self.regions.iter().chain(&self.mates).all(same)
    }

    /// The edit that makes what was worked out, of the project with the same regions.
    pub fn edit(
        &self,
        project: &Project,
        ids: &mut IdSource,
        outcome: Outcome,
    ) -> Result<Reshaped, GeometryError> {
        match outcome {
            Outcome::One(geometry) => one_of(project, &self.regions, self.change, geometry),
            Outcome::Several(pieces) => several(project, ids, &self.regions, &self.title(), pieces),
            Outcome::Each(mut shapes) => {
                let title = |count: usize| self.change.title(count);
                if self.mates.is_empty() {
                    return each(&self.regions, title, shapes);
                }
                // Neighbours that keep their shape are not worth a word.
                let of_mates = shapes.split_off(self.regions.len().min(shapes.len()));
                let changed = self.mates.iter().zip(of_mates);
                let changed = changed.filter(|((_, r), made)| made.as_ref().is_ok_and(|g| *g != r.geometry));
                let (mates, of_mates): (Vec<Held>, Vec<_>) = changed.map(|(m, g)| (m.clone(), g)).unzip();
                let own: HashSet<RegionId> = self.regions.iter().map(|(id, _)| *id).collect();
                shapes.extend(of_mates);
                let all: Vec<Held> = self.regions.iter().cloned().chain(mates).collect();
                let mut made = each(&all, |_| title(own.len()), shapes)?;
                made.selection = self.regions.iter().map(|(id, _)| *id).collect();
                Ok(made)
            }
        }
    }
}

/// Other regions with a corner where one of these has one.
fn mates(project: &Project, regions: &[Held]) -> Vec<Held> {
    let own: HashSet<RegionId> = regions.iter().map(|(id, _)| *id).collect();
    let mut found: HashSet<RegionId> = HashSet::new();
    for (_, region) in regions {
        let Some(around) = region.geometry.bounding_rect() else { continue };
        let largest = [around.min().x, around.min().y, around.max().x, around.max().y];
        let near = largest.into_iter().map(f64::abs).fold(1.0, f64::max) * 1e-12;
        let reach = WorldPoint { x: near, y: near };
        let around = WorldRect::new(around.min() - reach, around.max() + reach);
        found.extend(project.regions_in(around).map(|(id, _)| id).filter(|id| !own.contains(id)));
    }
    let mut found: Vec<RegionId> = found.into_iter().collect();
    found.sort_unstable();
    // Corners at the same place have the same numbers when these are rounded, or one beside it.
    let all = || regions.iter().flat_map(|(_, r)| r.geometry.coords_iter());
    let largest = all().map(|c| c.x.abs().max(c.y.abs())).fold(1.0, f64::max);
    let cell = |c: WorldPoint| [c.x, c.y].map(|n| (n / (largest * 1e-12)).round());
    let key = |[x, y]: [f64; 2]| (x.to_bits(), y.to_bits());
    let corners: HashSet<(u64, u64)> = all().map(|c| key(cell(c).map(|n| n + 0.0))).collect();
    let around = [-1.0, 0.0, 1.0];
    let shares = |c: WorldPoint| {
        let [x, y] = cell(c);
        around.iter().any(|dx| around.iter().any(|dy| corners.contains(&key([x + dx, y + dy]))))
    };
    held(project, &found).into_iter().filter(|(_, r)| r.geometry.coords_iter().any(shares)).collect()
}
