//! What alignment comes to: how far each region moves, and how well each method foretells arrows.

use serde::Serialize;
use spatial::align::{Aligner, Arrow, Method, Moved, Summary, quantile, summary};

use super::Alignment;
use crate::{GeometrySource, LayerId, Project, RegionId};

/// How one region moves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionMoved {
    pub id: RegionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// Pixels of the layer, y down.
    pub dx_px: f64,
    pub dy_px: f64,
    pub distance_px: f64,
    pub distance_m: Option<f64>,
    /// 0 to 360, clockwise from the right.
    pub angle_deg: f64,
    /// What the shapes before and after share; `None` for what has no area.
    pub iou: Option<f64>,
}

/// What the alignment of a layer comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub layer: LayerId,
    pub method: &'static str,
    pub adjustments: usize,
    pub regions: Vec<RegionMoved>,
    /// Regions that no arrow is about or that were drawn on the image.
    pub unmoved: usize,
    pub mean_m: Option<f64>,
    #[serde(flatten)]
    pub summary: Summary,
}

/// How far each region moves, and the numbers about all of them.
pub fn report(project: &Project, alignment: &Alignment) -> Report {
    let mut regions = Vec::new();
    let mut moves: Vec<Moved> = Vec::new();
    for (id, region) in project.regions() {
        let Some(moved) = alignment.moved(region) else { continue };
        moves.push(moved);
        regions.push(RegionMoved {
            id: *id,
            source_id: region.source_id.clone(),
            dx_px: moved.shift.x,
            dy_px: moved.shift.y,
            distance_px: moved.distance_px(),
            distance_m: alignment.metres_per_px().map(|m| m * moved.distance_px()),
            angle_deg: moved.angle_deg(),
            iou: moved.iou,
        });
    }
    let summary = summary(&moves);
    Report {
        layer: alignment.layer(),
        method: alignment.method().key(),
        adjustments: alignment.arrows(),
        unmoved: project.regions().len() - regions.len(),
        mean_m: summary.mean_px.zip(alignment.metres_per_px()).map(|(px, m)| px * m),
        regions,
        summary,
    }
}

/// By how much a method misses each arrow when it is told of the others only.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodErrors {
    #[serde(serialize_with = "key")]
    pub method: Method,
    /// Arrows that could be left out.
    pub count: usize,
    /// In pixels; `None` where nothing could be left out.
    pub mean_px: Option<f64>,
    pub median_px: Option<f64>,
    pub rms_px: Option<f64>,
    pub largest_px: Option<f64>,
    pub mean_m: Option<f64>,
    /// Why the method cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn key<S: serde::Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.key())
}

/// Every method on the arrows of a layer, each arrow foretold by the others of its source.
pub fn errors_of_methods(project: &Project, layer: LayerId, metres_per_px: Option<f64>) -> Vec<MethodErrors> {
    let mut sources: Vec<Option<GeometrySource>> = Vec::new();
    for (_, adjustment) in project.adjustments_of(layer) {
        if !sources.contains(&adjustment.source) {
            sources.push(adjustment.source.clone());
        }
    }
    Method::ALL.into_iter().map(|method| errors(project, layer, &sources, method, metres_per_px)).collect()
}

fn errors(
    project: &Project,
    layer: LayerId,
    sources: &[Option<GeometrySource>],
    method: Method,
    metres_per_px: Option<f64>,
) -> MethodErrors {
    let mut missed: Vec<f64> = Vec::new();
    let mut unusable = None;
    for source in sources {
        // Arrows about every source move this one, too; their own errors are counted once, by themselves.
        let of_it = |own: &Option<GeometrySource>| own == source || own.is_none();
        let found: Vec<(bool, Arrow)> = project
            .adjustments_of(layer)
            .filter(|(_, a)| of_it(&a.source))
            .map(|(_, a)| (a.source == *source, a.arrow()))
            .collect();
        let arrows: Vec<Arrow> = found.iter().map(|(_, arrow)| *arrow).collect();
        match Aligner::new(&arrows, method) {
            Ok(aligner) => {
                let left = aligner.left_out().into_iter().zip(&found);
                missed
                    .extend(left.filter(|(_, (own, _))| *own).filter_map(|(e, _)| e.map(|e| e.x.hypot(e.y))));
            }
            Err(why) => unusable = Some(why.to_string()),
        }
    }
    missed.sort_by(f64::total_cmp);
    let n = missed.len() as f64;
    let some = |value: f64| (!missed.is_empty()).then_some(value);
    let mean_px = some(missed.iter().sum::<f64>() / n);
    MethodErrors {
        method,
        count: missed.len(),
        mean_px,
        median_px: quantile(&missed, 0.5),
        rms_px: some((missed.iter().map(|m| m * m).sum::<f64>() / n).sqrt()),
        largest_px: missed.last().copied(),
        mean_m: mean_px.zip(metres_per_px).map(|(px, m)| px * m),
        unusable,
    }
}
