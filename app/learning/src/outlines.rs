//! Masks of classes as outlines: every border once, so that neighbours still share it when corners are left out.

mod parts;
mod trace;

use std::ops::Range;

use geo::{BoundingRect as _, Contains as _, Coord, Geometry, Point, Polygon, Rect};
use spatial::{geometry, overlay};

use crate::predict::{Block, NOTHING};
use parts::Parts;

/// Pixels that are made outlines of at once.
const SHEET_PX: usize = 48 << 20;

/// One connected area of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    pub class: u8,
    /// In pixels of the grid; y down.
    pub area: Polygon<f64>,
    /// Mean probability of the class over its pixels, 0 to 1.
    pub sure: f64,
    pub pixels: u64,
    /// The middle of one of its pixels.
    seed: Coord<f64>,
    /// It ends where a sheet ends and the area that was asked for does not.
    cut: bool,
}

/// Gathers blocks of a prediction and makes outlines of them, sheet by sheet.
#[derive(Debug)]
pub struct Outliner {
    columns: Range<usize>,
    rows: Range<usize>,
    /// The class that gets no outlines.
    background: Option<u8>,
    least_px: u64,
    sheet: Option<Sheet>,
    patches: Vec<Patch>,
}

/// Rows that are not made outlines of yet.
#[derive(Debug)]
struct Sheet {
    x: usize,
    y: usize,
    width: usize,
    class: Vec<u8>,
    sure: Vec<u8>,
}

impl Sheet {
    fn height(&self) -> usize {
        self.class.len() / self.width.max(1)
    }
}

impl Outliner {
    /// For an area of the grid. Parts of fewer than `least_px` pixels go to the neighbour that they share most border
    /// with.
    pub fn new(area: (Range<usize>, Range<usize>), background: Option<u8>, least_px: u64) -> Self {
        let (columns, rows) = area;
        Self { columns, rows, background, least_px, sheet: None, patches: Vec::new() }
    }

    /// Takes the next block: rows from the top, strips of columns from the left.
    pub fn take(&mut self, block: Block) {
        let goes_on = self.sheet.as_ref().is_some_and(|sheet| {
            let follows =
                sheet.x == block.x && sheet.width == block.width && sheet.y + sheet.height() == block.y;
            follows && sheet.class.len() + block.class.len() <= SHEET_PX
        });
        if !goes_on {
            self.flush();
        }
        let sheet = self.sheet.get_or_insert_with(|| Sheet {
            x: block.x,
            y: block.y,
            width: block.width,
            class: Vec::new(),
            sure: Vec::new(),
        });
        sheet.class.extend(block.class);
        sheet.sure.extend(block.sure);
    }

    fn flush(&mut self) {
        let Some(mut sheet) = self.sheet.take() else { return };
        let (width, height) = (sheet.width, sheet.height());
        // Left, top, right, bottom: where the area goes on beyond the sheet.
        let open = [
            sheet.x > self.columns.start,
            sheet.y > self.rows.start,
            sheet.x + width < self.columns.end,
            sheet.y + height < self.rows.end,
        ];
        let parts = parts::sieved(&mut sheet.class, width, self.least_px, open);
        self.patches.extend(patches(&parts, &sheet, self.background, open));
    }

    /// The outlines, with corners left out that stand off by less than `tolerance_px`.
    pub fn finish(mut self, tolerance_px: f64) -> Vec<Patch> {
        self.flush();
        let (cut, mut whole): (Vec<Patch>, Vec<Patch>) = self.patches.into_iter().partition(|p| p.cut);
        let least = self.least_px;
        whole.extend(joined(&cut).into_iter().filter(|patch| patch.pixels >= least));
        if tolerance_px > 0.0 {
            let shapes: Vec<Geometry<f64>> = whole.iter().map(|p| Geometry::from(p.area.clone())).collect();
            let borrowed: Vec<&Geometry<f64>> = shapes.iter().collect();
            if let Ok(thin) = geometry::simplify_together(&borrowed, shapes.len(), tolerance_px) {
                for (patch, shape) in whole.iter_mut().zip(thin) {
                    if let Geometry::Polygon(area) = shape {
                        patch.area = area;
                    }
                }
            }
        }
        whole
    }
}

/// The parts of a sheet as polygons.
fn patches(parts: &Parts, sheet: &Sheet, background: Option<u8>, open: [bool; 4]) -> Vec<Patch> {
    let (width, height) = (sheet.width, sheet.height());
    let wanted = |class: u8| class != NOTHING && Some(class) != background;
    let mut sums = vec![(0_u64, 0_u64, usize::MAX); parts.sizes.len()];
    for (at, part) in parts.of.iter().enumerate() {
        let sum = &mut sums[*part as usize];
        sum.0 += 1;
        sum.1 += u64::from(sheet.sure[at]);
        sum.2 = sum.2.min(at);
    }
    let offset = Coord { x: sheet.x as f64, y: sheet.y as f64 };
    let traced = trace::polygons(&parts.of, width, |part| wanted(parts.class[part as usize]));
    traced
        .into_iter()
        .filter_map(|(part, area)| {
            let (pixels, sure, first) = sums[part as usize];
            let bounds = area.bounding_rect()?;
            let (low, high) = (bounds.min(), bounds.max());
            let ends = [low.x <= 0.0, low.y <= 0.0, high.x >= width as f64, high.y >= height as f64];
            let seed = Coord { x: (first % width) as f64 + 0.5, y: (first / width) as f64 + 0.5 };
            Some(Patch {
                class: parts.class[part as usize],
                area: geo::MapCoords::map_coords(&area, |c| c + offset),
                sure: sure as f64 / 255.0 / pixels as f64,
                pixels,
                seed: seed + offset,
                cut: ends.iter().zip(open).any(|(ends, open)| *ends && open),
            })
        })
        .collect()
}

/// Patches that were cut by the ends of sheets, put together again class by class.
fn joined(cut: &[Patch]) -> Vec<Patch> {
    let mut classes: Vec<u8> = cut.iter().map(|p| p.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut whole = Vec::new();
    for class in classes {
        let of: Vec<&Patch> = cut.iter().filter(|p| p.class == class).collect();
        let areas: Vec<geo::MultiPolygon<f64>> = of.iter().map(|p| p.area.clone().into()).collect();
        let together = overlay::union_of(&areas);
        let mut left: Vec<&Patch> = of;
        for area in together {
            let Some(bounds) = area.bounding_rect() else { continue };
            let inside = |p: &&Patch| near(&bounds, p.seed) && area.contains(&Point(p.seed));
            let (of_it, rest): (Vec<&Patch>, Vec<&Patch>) = left.into_iter().partition(inside);
            left = rest;
            let pixels: u64 = of_it.iter().map(|p| p.pixels).sum();
            let Some(first) = of_it.first() else { continue };
            let sure = of_it.iter().map(|p| p.sure * p.pixels as f64).sum::<f64>() / pixels.max(1) as f64;
            whole.push(Patch { class, area, sure, pixels, seed: first.seed, cut: false });
        }
    }
    whole
}

fn near(bounds: &Rect<f64>, at: Coord<f64>) -> bool {
    (bounds.min().x..=bounds.max().x).contains(&at.x) && (bounds.min().y..=bounds.max().y).contains(&at.y)
}

#[cfg(test)]
mod tests;
