//! From a file of arrows to one edit of a project.

use std::collections::HashSet;
use std::sync::Arc;

use geo::CoordsIter as _;
use project::{Adjustment, Author, Change, Edit, GeometrySource, IdSource, LayerId, Project};
use rstar::RTree;
use serde::Serialize;
use spatial::ImagePoint;
use spatial::align::Arrow;

use super::{AdjustmentFile, Order};
use crate::{DatasetError, Rejected};

/// Corners of footprints that are looked at to tell rows from columns; more say nothing more.
const MOST_CORNERS: usize = 200_000;
/// One order must lie this many times nearer to the footprints than the other to be believed.
const CLEARLY: f64 = 2.0;

/// How a file of arrows is to be understood.
#[derive(Clone, Debug)]
pub struct AdjustmentOptions {
    /// In whose pixels the arrows are.
    pub layer: LayerId,
    /// The footprints that they are about; `None`: all but those drawn by hand.
    pub source: Option<GeometrySource>,
    pub author: Author,
    /// `None`: what [`guess_order`] says.
    pub order: Option<Order>,
    /// The layer's arrows about the same footprints go.
    pub replace: bool,
    pub at_ms: Option<i64>,
}

/// Which order the numbers of a file are in, and what says so.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OrderGuess {
    pub order: Order,
    /// Arrows with both ends on the image, with columns first and with rows first.
    pub inside: [usize; 2],
    /// Median distance in pixels from a start to the nearest corner of a footprint, likewise; `None` without
    /// footprints.
    pub to_footprints_px: Option<[f64; 2]>,
}

/// What an import of adjustments would do.
#[derive(Clone, Debug)]
pub struct AdjustmentPlan {
    /// One batch; empty when there is nothing new.
    pub edit: Edit,
    pub accepted: usize,
    pub rejected: Vec<Rejected>,
    pub warnings: Vec<String>,
    /// The order by which the file was read.
    pub order: Order,
    pub guess: OrderGuess,
}

/// Columns before rows, unless the image's bounds or the footprints clearly say otherwise.
pub fn guess_order(project: &Project, layer: LayerId, arrows: &[Arrow]) -> Result<OrderGuess, DatasetError> {
    let described = project.layers().get(&layer).ok_or(DatasetError::NoLayer(layer))?;
    let (w, h) = (f64::from(described.width), f64::from(described.height));
    let on = |p: ImagePoint| (0.0..=w).contains(&p.x) && (0.0..=h).contains(&p.y);
    let inside = Order::ALL
        .map(|order| arrows.iter().map(|a| order.read(*a)).filter(|a| on(a.start) && on(a.end)).count());
    let to_footprints_px = to_footprints(project, layer, arrows)?;
    let nearer = to_footprints_px.is_some_and(|[columns, rows]| rows * CLEARLY < columns);
    let farther = to_footprints_px.is_some_and(|[columns, rows]| columns * CLEARLY < rows);
    let swapped = inside[1] > inside[0] && !farther || inside[1] == inside[0] && nearer;
    let order = if swapped { Order::RowColumn } else { Order::ColumnRow };
    Ok(OrderGuess { order, inside, to_footprints_px })
}

/// The median distance from starts to corners of footprints, with columns first and with rows first.
fn to_footprints(
    project: &Project,
    layer: LayerId,
    arrows: &[Arrow],
) -> Result<Option<[f64; 2]>, DatasetError> {
    let described = project.layers().get(&layer).ok_or(DatasetError::NoLayer(layer))?;
    let placement = described.placement(project.crs())?;
    let movable = project.regions().values().filter(|r| !r.source.is_fixed());
    let corners = movable.flat_map(|r| r.geometry.coords_iter()).take(MOST_CORNERS);
    let corners: Vec<[f64; 2]> =
        corners.filter_map(|c| placement.image_from_world(c)).map(|c| [c.x, c.y]).collect();
    if corners.is_empty() || arrows.is_empty() {
        return Ok(None);
    }
    let tree = RTree::bulk_load(corners);
    let median = |order: Order| {
        let distance = |arrow: &Arrow| {
            let start = order.read(*arrow).start;
            tree.nearest_neighbor([start.x, start.y])
                .map_or(f64::INFINITY, |corner| (corner[0] - start.x).hypot(corner[1] - start.y))
        };
        let mut all: Vec<f64> = arrows.iter().map(distance).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    Ok(Some(Order::ALL.map(median)))
}

/// Plans the import of arrows: what the one edit would be, and what is left out and why.
pub fn plan_adjustments(
    project: &Project,
    file: AdjustmentFile,
    options: &AdjustmentOptions,
    ids: &mut IdSource,
) -> Result<AdjustmentPlan, DatasetError> {
    if options.author.name().is_empty() {
        return Err(DatasetError::NoAuthor);
    }
    let guess = guess_order(project, options.layer, &file.arrows)?;
    let order = options.order.unwrap_or(guess.order);
    let mut warnings = warnings(&file, order, options, &guess);
    let same = |a: &Adjustment| a.layer == options.layer && a.source == options.source;
    let held: Vec<_> = project.adjustments_of(options.layer).filter(|(_, a)| same(a)).collect();
    let key = |a: Arrow| [a.start.x, a.start.y, a.end.x, a.end.y].map(f64::to_bits);
    let mut known: HashSet<[u64; 4]> = HashSet::new();
    let mut edits = Vec::new();
    if options.replace {
        edits.extend(held.iter().map(|(id, a)| Edit::Adjustment(Change::delete(*id, Arc::clone(*a)))));
    } else {
        known.extend(held.iter().map(|(_, a)| key(a.arrow())));
    }
    let (mut accepted, mut twice) = (0, 0);
    for arrow in file.arrows.into_iter().map(|a| order.read(a)) {
        if !known.insert(key(arrow)) {
            twice += 1;
            continue;
        }
        let adjustment = Adjustment {
            layer: options.layer,
            source: options.source.clone(),
            start: [arrow.start.x, arrow.start.y],
            end: [arrow.end.x, arrow.end.y],
            author: options.author.clone(),
            at_ms: options.at_ms,
        };
        edits.push(Edit::Adjustment(Change::create(ids.adjustment(), adjustment)));
        accepted += 1;
    }
    if twice > 0 {
        warnings.push(format!("{twice} adjustments are there already and were left out"));
    }
    let edit = Edit::batch(format!("Import {accepted} adjustments"), edits);
    Ok(AdjustmentPlan { edit, accepted, rejected: file.rejected, warnings, order, guess })
}

fn warnings(
    file: &AdjustmentFile,
    order: Order,
    options: &AdjustmentOptions,
    guess: &OrderGuess,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if file.says_none {
        warnings.push("the file says that nothing needs to be adjusted".to_owned());
    }
    match (options.order, guess.order) {
        (None, Order::RowColumn) => warnings.push(
            "the file has rows before columns, as the image and the footprints show; it was read so"
                .to_owned(),
        ),
        (Some(said), guessed) if said != guessed => {
            warnings.push(format!("the image and the footprints rather speak for {}", guessed.key()));
        }
        _ => {}
    }
    let outside = file.arrows.len() - guess.inside[usize::from(order == Order::RowColumn)];
    if outside > 0 {
        warnings.push(format!("{outside} adjustments reach beyond the image"));
    }
    warnings
}
