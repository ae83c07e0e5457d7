//! A model on a layer: where it looks, and what it says there.

use std::collections::BTreeMap;
use std::ops::Range;

use geo::{BoundingRect as _, Geometry, Rect};
use learning::outlines::{Outliner, Patch};
use learning::{
    Asking, Block, Following, Ground as _, Kind, LearningError, Manifest, NOTHING, Oracle, Predictor,
    Verdict, predict_pixels, predict_regions,
};
use project::{IdSource, LayerId, Project, RegionId};
use raster::Source;
use spatial::WorldRect;

use crate::plan::has_bands;
use crate::{Asked, Field, Grid, Proposal, View, proposed_regions, proposed_verdicts};

/// A layer this much coarser than what a model learnt from is warned about.
const COARSE: f64 = 0.67;
/// And one this much finer than its grid, where that is still sampled well but much of it is not looked at.
const MUCH_FINER: f64 = 8.0;

/// A layer on the grid of a model, and where on it one looks.
#[derive(Debug)]
pub struct Visit<'a> {
    manifest: &'a Manifest,
    layer: LayerId,
    field: Field,
    /// In pixels of the grid.
    area: (Range<usize>, Range<usize>),
}

/// What a model said, before it becomes an edit of the project as it is by then.
#[derive(Clone, Debug)]
pub struct Said {
    manifest: Manifest,
    asked: Asked,
    what: What,
    /// Pixels that were asked.
    pub pixels: u64,
}

#[derive(Clone, Debug)]
enum What {
    Verdicts(BTreeMap<RegionId, Verdict>),
    Patches(Vec<Patch>),
}

impl<'a> Visit<'a> {
    /// `area`: in pixels of the layer, none for all of it. With what the user should know: scales that do not fit.
    pub fn new(
        project: &Project,
        manifest: &'a Manifest,
        layer: LayerId,
        source: Source,
        area: Option<Rect<f64>>,
    ) -> Result<(Self, Vec<String>), LearningError> {
        let lost = || LearningError::refused("The layer is gone", "choose another");
        let name = &project.layers().get(&layer).ok_or_else(lost)?.name;
        has_bands(&source, &manifest.bands, name)?;
        let scale = Grid { metres_per_px: manifest.metres_per_px }.scale(project, layer);
        let warnings = Self::warnings(project, manifest, layer);
        let mut field = Field::new(source, View { bands: manifest.bands.clone(), scale });
        let (width, height) = field.size();
        let on_grid = |low: f64, high: f64, most: usize| {
            let at = |c: f64| (c / scale).clamp(0.0, most as f64);
            at(low).floor() as usize..at(high).ceil() as usize
        };
        let area = area.map_or((0..width, 0..height), |b| {
            (on_grid(b.min().x, b.max().x, width), on_grid(b.min().y, b.max().y, height))
        });
        if area.0.is_empty() || area.1.is_empty() {
            return Err(LearningError::refused(
                "The area does not meet the layer",
                "choose one where the layer lies",
            ));
        }
        if manifest.kind == Kind::Regions {
            field = field.with_regions(project, layer, &|_| true, &|_| None);
        }
        Ok((Self { manifest, layer, field, area }, warnings))
    }

    /// What does not fit between a model and a layer, each a sentence with its factor.
    pub fn warnings(project: &Project, manifest: &Manifest, layer: LayerId) -> Vec<String> {
        let Some(described) = project.layers().get(&layer) else { return Vec::new() };
        let (name, own) = (&described.name, Grid::metres_of(project, layer));
        if manifest.metres_per_px.is_some() != own.is_some() {
            return vec![
                "The model and the layer do not both have a scale, so sizes may not fit.".to_owned(),
            ];
        }
        let scale = Grid { metres_per_px: manifest.metres_per_px }.scale(project, layer);
        let times = 1.0 / scale;
        if scale < COARSE {
            let text = format!(
                "{name} is {times:.1} times as coarse as what the model learnt from; it may see little."
            );
            return vec![text];
        }
        if scale > MUCH_FINER {
            let text = format!(
                "{name} is {scale:.1} times as fine as what the model looks at; what is smaller is averaged away."
            );
            return vec![text];
        }
        Vec::new()
    }

    /// Only one of several parts of the area, from the top; counted from 1.
    #[must_use]
    pub fn part(mut self, shard: Option<(usize, usize)>) -> Self {
        if let Some((one, of)) = shard {
            let rows = self.area.1.clone();
            let at = |i: usize| rows.start + rows.len() * i / of;
            self.area.1 = at(one - 1)..at(one);
        }
        self
    }

    /// Asks the model. Parts of outlines below `min_area` (m², or pixels of the grid where there is no scale) go to their
    /// neighbours; corners that stand off by less than `simplify` pixels of the grid are left out.
    pub fn ask(
        &self,
        predictor: &dyn Predictor,
        asking: &Asking,
        (min_area, simplify): (f64, f64),
        following: &mut Following<'_>,
    ) -> Result<Said, LearningError> {
        let oracle = Oracle { predictor, manifest: self.manifest };
        let (what, pixels) = match self.manifest.kind {
            Kind::Regions => self.regions(&oracle, asking, following)?,
            Kind::Pixels => self.pixels(&oracle, asking, (min_area, simplify), following)?,
        };
        let (columns, rows) = self.area.clone();
        let asked = Asked { layer: self.layer, scale: self.field.view().scale, columns, rows };
        Ok(Said { manifest: self.manifest.clone(), asked, what, pixels })
    }

    fn regions(
        &self,
        oracle: &Oracle<'_>,
        asking: &Asking,
        following: &mut Following<'_>,
    ) -> Result<(What, u64), LearningError> {
        let shapes = self.field.shapes();
        let (width, height) = self.field.size();
        // A region whose middle lies beyond the layer's edge is at the edge.
        let meant = |geometry: &Geometry<f64>| {
            let within = |range: &Range<usize>, c: f64, most: usize| {
                (range.start as f64..range.end as f64).contains(&c.clamp(0.0, most as f64 - 0.5))
            };
            let middle = geometry.bounding_rect().map(Rect::center);
            middle.is_some_and(|c| within(&self.area.0, c.x, width) && within(&self.area.1, c.y, height))
        };
        let wanted = |x: i64, y: i64, side: usize| self.field.is_met(x, y, side, &meant);
        let verdicts = predict_regions(oracle, &self.field, &wanted, asking, following)?;
        let pixels = verdicts.values().map(|v| v.pixels).sum();
        let verdicts: BTreeMap<RegionId, Verdict> = verdicts
            .into_iter()
            .filter_map(|(owner, verdict)| Some((shapes.get(owner as usize - 1)?, verdict)))
            .filter(|(shape, _)| meant(&shape.geometry))
            .map(|(shape, verdict)| (shape.region, verdict))
            .collect();
        if verdicts.is_empty() {
            return Err(LearningError::refused(
                "No region with an area lies on the layer there",
                "a model of regions judges those that the project has: import footprints first",
            ));
        }
        Ok((What::Verdicts(verdicts), pixels))
    }

    fn pixels(
        &self,
        oracle: &Oracle<'_>,
        asking: &Asking,
        (min_area, simplify): (f64, f64),
        following: &mut Following<'_>,
    ) -> Result<(What, u64), LearningError> {
        let background = self.manifest.classes.iter().position(String::is_empty).map(|at| at as u8);
        let of_a_pixel = self.manifest.metres_per_px.map_or(1.0, |m| m * m);
        let least = (min_area.max(0.0) / of_a_pixel).ceil() as u64;
        let mut outliner = Outliner::new(self.area.clone(), background, least);
        let mut pixels = 0;
        let mut take = |block: Block| {
            pixels += block.class.iter().filter(|class| **class != NOTHING).count() as u64;
            outliner.take(block);
            Ok(())
        };
        predict_pixels(oracle, &self.field, self.area.clone(), asking, following, &mut take)?;
        Ok((What::Patches(outliner.finish(simplify.max(0.0))), pixels))
    }
}

impl Said {
    /// As predictions in the project as it is now.
    pub fn proposal(self, project: &Project, ids: &mut IdSource, at_ms: i64) -> Proposal {
        match self.what {
            What::Verdicts(verdicts) => proposed_verdicts(project, &self.manifest, &verdicts, ids, at_ms),
            What::Patches(patches) => {
                proposed_regions(project, &self.manifest, &self.asked, patches, ids, at_ms)
            }
        }
    }

    /// Whose predictions they become.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

/// Where an area of the world lies in pixels of a layer; `None` where the layer has no place for it.
pub fn area_in_pixels(project: &Project, layer: LayerId, area: WorldRect) -> Option<Rect<f64>> {
    let outline = Geometry::Polygon(area.to_polygon());
    project::alignment::Alignment::of(project, layer).ok()?.in_pixels(&outline)?.bounding_rect()
}
