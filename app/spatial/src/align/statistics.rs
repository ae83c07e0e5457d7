//! What moved how far and where to: the numbers by which alignment is reported.

use geo::Area as _;
use geo_types::{Coord, Geometry, MultiPolygon};
use serde::Serialize;

use crate::overlay;

/// Shares of the sorted distances that a summary names.
const SHARES: [f64; 7] = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99];

/// How one shape moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// In pixels, y down.
    pub shift: Coord<f64>,
    /// How much of the two together the shape before and after share, 0 to 1; `None` for what has no area.
    pub iou: Option<f64>,
}

impl Moved {
    /// In pixels.
    pub fn distance_px(self) -> f64 {
        self.shift.x.hypot(self.shift.y)
    }

    /// 0 to 360, clockwise from the right as y goes down.
    pub fn angle_deg(self) -> f64 {
        (self.shift.y.atan2(self.shift.x).to_degrees() + 360.0) % 360.0
    }
}

/// The distance that a share of the shapes does not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantile {
    pub share: f64,
    pub px: f64,
}

/// Numbers about many shapes. What is not defined (of none, of equal values) is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Shapes that the numbers are about.
    pub count: usize,
    pub mean_px: Option<f64>,
    pub mean_iou: Option<f64>,
    /// σ / mean of the distances, σ over all of them (ddof 0).
    pub coefficient_of_variation: Option<f64>,
    /// The same of the shares in common.
    pub iou_variation: Option<f64>,
    /// 1 − length of the mean direction: 0 where all go one way.
    pub circular_variance: Option<f64>,
    /// Between angle and distance, by rank and by value.
    pub spearman: Option<f64>,
    pub pearson: Option<f64>,
    pub quantiles: Vec<Quantile>,
}

/// The numbers about shapes that moved.
pub fn summary(moved: &[Moved]) -> Summary {
    let distances: Vec<f64> = moved.iter().map(|m| m.distance_px()).collect();
    let angles: Vec<f64> = moved.iter().map(|m| m.angle_deg()).collect();
    let ious: Vec<f64> = moved.iter().filter_map(|m| m.iou).collect();
    let radians: Vec<f64> = angles.iter().map(|a| a.to_radians()).collect();
    let mut sorted = distances.clone();
    sorted.sort_by(f64::total_cmp);
    let at = |share| quantile(&sorted, share).map(|px| Quantile { share, px });
    Summary {
        count: moved.len(),
        mean_px: mean(&distances),
        mean_iou: mean(&ious),
        coefficient_of_variation: variation(&distances),
        iou_variation: variation(&ious),
        circular_variance: circular_variance(&radians),
        spearman: spearman(&angles, &distances),
        pearson: pearson(&angles, &distances),
        quantiles: SHARES.into_iter().filter_map(at).collect(),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// σ / mean with σ over all values (ddof 0), as `scipy.stats.variation`; `None` of none, or where the mean is 0.
pub fn variation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len() as f64;
    (mean != 0.0).then(|| square.sqrt() / mean)
}

/// 1 − |Σ eⁱᵃ| / n of angles in radians, as `scipy.stats.circvar`; `None` of none.
pub fn circular_variance(radians: &[f64]) -> Option<f64> {
    let (s, c) = radians.iter().fold((0.0, 0.0), |(s, c), a| (s + a.sin(), c + a.cos()));
    (!radians.is_empty()).then(|| (1.0 - s.hypot(c) / radians.len() as f64).clamp(0.0, 1.0))
}

/// Pearson's correlation; `None` below two pairs or where one side is all equal.
pub fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let (ma, mb) = (mean(a)?, mean(b)?);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (dx, dy) = (x - ma, y - mb);
        ab += dx * dy;
        aa += dx * dx;
        bb += dy * dy;
    }
    (aa > 0.0 && bb > 0.0).then(|| (ab / (aa.sqrt() * bb.sqrt())).clamp(-1.0, 1.0))
}

/// Spearman's: Pearson's of the ranks, equal values sharing the mean of theirs.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    pearson(&ranks(a), &ranks(b))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|i, j| values[*i].total_cmp(&values[*j]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let equal = order[from..].iter().take_while(|i| values[**i] == values[order[from]]).count().max(1);
        for i in &order[from..from + equal] {
            ranks[*i] = from as f64 + f64::midpoint(equal as f64, 1.0);
        }
        from += equal;
    }
    ranks
}

/// The value that a share of sorted values does not exceed, straight between neighbours (NumPy's default).
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = share.clamp(0.0, 1.0) * last as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    let (a, b) = (sorted[low], sorted[(low + 1).min(last)]);
    Some(a + (b - a) * part)
}

/// How much of two areas together they share, 0 to 1; `None` for what has no area.
pub fn iou(a: &Geometry<f64>, b: &Geometry<f64>) -> Option<f64> {
    let (a, b) = (area(a)?, area(b)?);
    let shared = overlay::intersection(&a, &b).unsigned_area();
    let all = a.unsigned_area() + b.unsigned_area() - shared;
    (all > 0.0).then(|| (shared / all).clamp(0.0, 1.0))
}

fn area(shape: &Geometry<f64>) -> Option<MultiPolygon<f64>> {
    match shape {
        Geometry::Polygon(p) => Some(MultiPolygon::new(vec![p.clone()])),
        Geometry::MultiPolygon(m) => Some(m.clone()),
        _ => None,
    }
}
