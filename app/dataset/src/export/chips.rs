//! The image cut into chips, and regions cut by them.

use std::collections::BTreeMap;

use geo::{Area as _, BoundingRect as _, Coord, MapCoords as _, MultiPolygon, Rect};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use spatial::overlay;

use super::split::{self, Split};
use super::{ExportError, Job, Outcome};

/// Less of a region than this many square pixels is no annotation, unless it is all that there is of it.
const LEAST_AREA: f64 = 1.0;
/// Positions in chips are written to a ten-thousandth of a pixel.
const STEPS_PER_PX: f64 = 10_000.0;

/// A window of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chip {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) split: Option<Split>,
}

/// What of one region lies in one chip.
pub(super) struct Piece {
    pub(super) chip: usize,
    /// Which of the job's items.
    pub(super) item: usize,
    /// In pixels of the chip, y down.
    pub(super) shape: MultiPolygon<f64>,
    /// Share of the region's area that is in the chip.
    pub(super) visible: f64,
}

/// Chips that hold something, and the pieces in them by chip.
pub(super) struct Cut {
    pub(super) chips: Vec<Chip>,
    pub(super) pieces: Vec<Piece>,
}

/// Where chips begin along one side: every stride, the last one flush with the border.
fn positions(length: u32, chip: u32, stride: u32) -> Vec<u32> {
    let last = length.saturating_sub(chip);
    let mut at: Vec<u32> = (0..last).step_by(stride as usize).collect();
    at.push(last);
    at
}

fn grid(width: u32, height: u32, chip: u32, stride: u32) -> Vec<Chip> {
    let across = positions(width, chip, stride);
    let row = |y: u32| {
        let (w, h) = (chip.min(width), chip.min(height));
        across.iter().map(move |x| Chip { x: *x, y, width: w, height: h, split: None })
    };
    positions(height, chip, stride).into_iter().flat_map(row).collect()
}

impl Chip {
    fn rect(&self) -> Rect<f64> {
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        Rect::new((x, y), (x + f64::from(self.width), y + f64::from(self.height)))
    }
}

/// Cuts every region of the job, and splits the chips when that is asked for. Regions that are in no chip
/// are named in the outcome.
pub(super) fn cut(job: &Job<'_>, outcome: &mut Outcome) -> Result<Cut, ExportError> {
    let layer = job.frame.layer;
    let areas = areas(job, outcome);
    let mut chips = grid(layer.width, layer.height, job.spec.chip_px, job.spec.stride_px);
    let boxed = |(i, area): &(usize, MultiPolygon<f64>)| {
        let rect = area.bounding_rect()?;
        let (min, max) = (rect.min(), rect.max());
        Some(GeomWithData::new(Rectangle::from_corners([min.x, min.y], [max.x, max.y]), *i))
    };
    let by_item: BTreeMap<usize, &MultiPolygon<f64>> = areas.iter().map(|(i, a)| (*i, a)).collect();
    let tree = RTree::bulk_load(areas.iter().filter_map(boxed).collect());
    let in_chip = |(index, chip): (usize, &Chip)| {
        let rect = chip.rect();
        let (min, max) = (rect.min(), rect.max());
        let mut near: Vec<usize> = tree
            .locate_in_envelope_intersecting(AABB::from_corners([min.x, min.y], [max.x, max.y]))
            .map(|e| e.data)
            .collect();
        near.sort_unstable();
        let piece = |item: usize| piece(index, item, by_item[&item], &rect);
        near.into_iter().filter_map(piece).collect::<Vec<_>>()
    };
    let pieces: Vec<Piece> = chips.par_iter().enumerate().flat_map_iter(in_chip).collect();
    let mut pieces = without_slivers(pieces, job.items.len());
    let found: std::collections::BTreeSet<usize> = pieces.iter().map(|p| p.item).collect();
    for (item, _) in areas.iter().filter(|(i, _)| !found.contains(i)) {
        outcome.left_out.push(job.items[*item].left_out("is too small to draw"));
    }
    if job.spec.split.is_some() {
        split_chips(job, &mut chips, &mut pieces, outcome)?;
    }
    Ok(used(&chips, pieces))
}

/// The regions that have an area on the image, in its pixels.
pub(super) fn areas(job: &Job<'_>, outcome: &mut Outcome) -> Vec<(usize, MultiPolygon<f64>)> {
    let mut areas = Vec::new();
    for (i, item) in job.items.iter().enumerate() {
        let reason = match (&item.geometry, job.frame.area(&item.geometry)) {
            (_, Some(area)) if area.bounding_rect().is_some_and(|r| job.frame.meets(&r)) => {
                areas.push((i, area));
                continue;
            }
            (geo::Geometry::Polygon(_) | geo::Geometry::MultiPolygon(_), _) => "lies outside the image",
            _ => "is not an area",
        };
        outcome.left_out.push(item.left_out(reason));
    }
    areas
}

fn piece(chip: usize, item: usize, area: &MultiPolygon<f64>, rect: &Rect<f64>) -> Option<Piece> {
    let bounds = area.bounding_rect()?;
    let inside = bounds.min().x >= rect.min().x
        && bounds.min().y >= rect.min().y
        && bounds.max().x <= rect.max().x
        && bounds.max().y <= rect.max().y;
    let cut = if inside { area.clone() } else { overlay::intersection(area, &rect.to_polygon().into()) };
    let (width, height) = (rect.width(), rect.height());
    let step = |v: f64, most: f64| (v.clamp(0.0, most) * STEPS_PER_PX).round() / STEPS_PER_PX;
    let shape =
        cut.map_coords(|c| Coord { x: step(c.x - rect.min().x, width), y: step(c.y - rect.min().y, height) });
    let shape = MultiPolygon::new(shape.0.into_iter().filter(|p| p.unsigned_area() > 0.0).collect());
    let visible = (cut.unsigned_area() / area.unsigned_area()).clamp(0.0, 1.0);
    (!shape.0.is_empty()).then_some(Piece { chip, item, shape, visible })
}

/// Drops pieces too small to matter, but never the largest one of a region.
fn without_slivers(pieces: Vec<Piece>, items: usize) -> Vec<Piece> {
    let mut largest: Vec<Option<(f64, usize)>> = vec![None; items];
    let sizes: Vec<f64> = pieces.iter().map(|p| p.shape.unsigned_area()).collect();
    for (i, piece) in pieces.iter().enumerate() {
        if largest[piece.item].is_none_or(|(size, _)| sizes[i] > size) {
            largest[piece.item] = Some((sizes[i], i));
        }
    }
    let stays = |i: usize, p: &Piece| sizes[i] >= LEAST_AREA || largest[p.item].is_some_and(|(_, k)| k == i);
    let kept = pieces.into_iter().enumerate().filter(|(i, p)| stays(*i, p));
    kept.map(|(_, piece)| piece).collect()
}

/// Gives chips with pieces to splits and takes out those too near to another split, and those that share a
/// region with one. Regions that are then in no chip lie in the gap.
fn split_chips(
    job: &Job<'_>,
    chips: &mut [Chip],
    pieces: &mut Vec<Piece>,
    outcome: &mut Outcome,
) -> Result<(), ExportError> {
    let Some(block) = &job.spec.split else { return Ok(()) };
    let mut used: Vec<usize> = pieces.iter().map(|p| p.chip).collect();
    used.dedup();
    let boxes: Vec<Rect<f64>> = used.iter().map(|i| chips[*i].rect()).collect();
    let splits = split::assign(&boxes, split::block_px(job, block), block, job.spec.seed)?;
    let mut keep = split::separate(&boxes, &splits, split::gap_px(job, block)?, true);
    let place: BTreeMap<usize, usize> = used.iter().enumerate().map(|(n, chip)| (*chip, n)).collect();
    // A region wider than the gap may still reach over it: the chips on the side with more shares go.
    for side in [Split::Train, Split::Val] {
        let mut highest: BTreeMap<usize, Split> = BTreeMap::new();
        for piece in pieces.iter().filter(|p| keep[place[&p.chip]]) {
            let split = splits[place[&piece.chip]];
            let held = highest.entry(piece.item).or_insert(split);
            *held = (*held).max(split);
        }
        for piece in pieces.iter() {
            let n = place[&piece.chip];
            if splits[n] == side && highest.get(&piece.item).is_some_and(|h| *h > side) {
                keep[n] = false;
            }
        }
    }
    let mut in_a_chip = vec![false; job.items.len()];
    let before: std::collections::BTreeSet<usize> = pieces.iter().map(|p| p.item).collect();
    pieces.retain(|p| {
        let stays = keep[place[&p.chip]];
        in_a_chip[p.item] |= stays;
        stays
    });
    for item in before.into_iter().filter(|i| !in_a_chip[*i]) {
        outcome.left_out.push(job.items[item].left_out(split::gap_reason(block)));
        outcome.expected += 1;
    }
    let dropped = keep.iter().filter(|k| !**k).count();
    if dropped > 0 {
        outcome.warnings.push(format!("{dropped} chips lie in the gap between splits and were left out"));
    }
    for (n, chip) in used.iter().enumerate() {
        chips[*chip].split = Some(splits[n]);
    }
    leaks(chips, pieces, split::gap_px(job, block)?)
}

/// No region in two splits, and no two chips of different splits nearer than the gap.
fn leaks(chips: &[Chip], pieces: &[Piece], gap_px: f64) -> Result<(), ExportError> {
    let mut sides: BTreeMap<usize, Option<Split>> = BTreeMap::new();
    for piece in pieces {
        let split = chips[piece.chip].split;
        if *sides.entry(piece.item).or_insert(split) != split {
            return Err(ExportError::Mismatch("a region is in two splits".into()));
        }
    }
    let mut used: Vec<&Chip> = pieces.iter().map(|p| &chips[p.chip]).collect();
    used.dedup();
    let entry = |(i, c): (usize, &&Chip)| {
        let rect = c.rect();
        GeomWithData::new(
            Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]),
            i,
        )
    };
    let tree = RTree::bulk_load(used.iter().enumerate().map(entry).collect());
    for chip in &used {
        let rect = chip.rect();
        let envelope = AABB::from_corners(
            [rect.min().x - gap_px, rect.min().y - gap_px],
            [rect.max().x + gap_px, rect.max().y + gap_px],
        );
        for near in tree.locate_in_envelope_intersecting(envelope) {
            let other = used[near.data];
            if other.split != chip.split && split::distance(&rect, &other.rect()) < gap_px {
                return Err(ExportError::Mismatch("two splits are nearer than the gap".into()));
            }
        }
    }
    Ok(())
}

/// Only chips that hold something, numbered anew; by split, then from the upper left.
fn used(chips: &[Chip], mut pieces: Vec<Piece>) -> Cut {
    let mut order: Vec<usize> = pieces.iter().map(|p| p.chip).collect();
    order.sort_unstable_by_key(|i| (chips[*i].split, *i));
    order.dedup();
    let place: BTreeMap<usize, usize> = order.iter().enumerate().map(|(n, old)| (*old, n)).collect();
    for piece in &mut pieces {
        piece.chip = place[&piece.chip];
    }
    pieces.sort_by_key(|p| (p.chip, p.item));
    Cut { chips: order.iter().map(|i| chips[*i]).collect(), pieces }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_cover_the_image_and_never_reach_over_it() {
        for (width, height, chip, stride) in
            [(2048, 2048, 512, 512), (1000, 700, 512, 256), (100, 3000, 512, 512)]
        {
            let chips = grid(width, height, chip, stride);
            assert!(chips.iter().all(|c| c.x + c.width <= width && c.y + c.height <= height));
            for x in 0..width {
                assert!(chips.iter().any(|c| (c.x..c.x + c.width).contains(&x)), "column {x}");
            }
            for y in 0..height {
                assert!(chips.iter().any(|c| (c.y..c.y + c.height).contains(&y)), "row {y}");
            }
        }
        assert_eq!(grid(2048, 2048, 512, 512).len(), 16);
    }
}
