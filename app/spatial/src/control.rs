//! Ground control points: places of an image whose position in the world is known, and the map through them.
//!
//! ```
//! use spatial::{ControlPoint, Warp, WarpMethod};
//! let point = |i: f64, j: f64| ControlPoint { image: (i, j).into(), world: (500.0 + 2.0 * i, 900.0 - 2.0 * j).into() };
//! let warp = Warp::fit(&[point(0.0, 0.0), point(9.0, 0.0), point(0.0, 7.0), point(9.0, 7.0)]).unwrap();
//! assert_eq!(warp.method(), WarpMethod::FirstOrder);
//! assert!((warp.world_from_image((4.0, 1.0).into()).x - 508.0).abs() < 1e-9 && warp.rms() < 1e-9);
//! ```

use std::sync::Arc;

use geo_types::Coord;
use serde::{Deserialize, Serialize};

use crate::solve::Square;
use crate::{Crs, GeoTransform, ImagePoint, WorldPoint};

/// A thin plate through more points than this would take seconds to bend.
const MOST_PLATE_POINTS: usize = 256;
/// Fewer points than this say nothing about how a curved map errs between them.
const FEWEST_CURVED: usize = 7;
/// A more flexible map must foretell left-out points this much better than a stiffer one.
const BETTER: f64 = 0.8;
/// Errors below this many pixels are no reason for a more flexible map.
const GOOD_ENOUGH_PX: f64 = 0.25;
/// Metres of one degree of latitude.
const METRES_PER_DEGREE: f64 = 111_320.0;

/// One place of an image and where it lies in the world, in units of the image's CRS.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlPoint {
    pub image: ImagePoint,
    pub world: WorldPoint,
}

/// How places between the control points are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarpMethod {
    /// Shift, turn, stretch and shear: least squares.
    FirstOrder,
    /// A polynomial of second order: least squares.
    SecondOrder,
    /// A thin plate that goes through every point.
    ThinPlate,
}

impl WarpMethod {
    /// In words, as in “placed by 12 control points (thin plate)”.
    pub fn text(self) -> &'static str {
        match self {
            Self::FirstOrder => "first-order fit",
            Self::SecondOrder => "second-order fit",
            Self::ThinPlate => "thin plate",
        }
    }

    /// Terms besides those of a thin plate's points.
    fn terms(self) -> usize {
        if self == Self::SecondOrder { 6 } else { 3 }
    }
}

/// `world_from_image` through ground control points. Cheap to clone.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Warp {
    inner: Arc<Inner>,
}

struct Inner {
    points: Vec<ControlPoint>,
    method: WarpMethod,
    image: Frame,
    world: Frame,
    /// Image positions of the points in their frame.
    places: Vec<Coord<f64>>,
    terms: Vec<Coord<f64>>,
    affine: GeoTransform,
    /// World units by which each point is missed: by the fit, or by a thin plate that was not told of it.
    errors: Vec<Coord<f64>>,
}

impl Warp {
    /// The map that foretells each point best from the others: the stiffest that is not clearly worse.
    /// `None` for fewer than three points or when they lie on one line.
    pub fn fit(points: &[ControlPoint]) -> Option<Self> {
        let first = Inner::fit(points, WarpMethod::FirstOrder)?;
        let mut best = first;
        for method in [WarpMethod::SecondOrder, WarpMethod::ThinPlate] {
            if best.0.px(best.1) <= GOOD_ENOUGH_PX {
                break;
            }
            if points.len() < FEWEST_CURVED {
                break;
            }
            match Inner::fit(points, method) {
                Some(other) if other.1 < best.1 * BETTER => best = other,
                _ => {}
            }
        }
        Some(Self { inner: Arc::new(best.0) })
    }

    /// The same by a method of the caller's.
    pub fn fit_by(points: &[ControlPoint], method: WarpMethod) -> Option<Self> {
        Inner::fit(points, method).map(|(inner, _)| Self { inner: Arc::new(inner) })
    }

    pub fn method(&self) -> WarpMethod {
        self.inner.method
    }

    pub fn points(&self) -> &[ControlPoint] {
        &self.inner.points
    }

    /// The affine map that comes nearest.
    pub fn affine(&self) -> GeoTransform {
        self.inner.affine
    }

    /// Where a pixel position lies in the world.
    pub fn world_from_image(&self, p: ImagePoint) -> WorldPoint {
        self.inner.world_from_image(p)
    }

    /// Which pixel position a world point falls on; `None` where the map folds or is far from its points.
    pub fn image_from_world(&self, p: WorldPoint) -> Option<ImagePoint> {
        self.inner.image_from_world(p)
    }

    /// Root mean square of the distances by which the points are missed, in world units. A thin plate goes
    /// through all its points: each is taken as one that it was not told of.
    pub fn rms(&self) -> f64 {
        rms(self.inner.errors.iter().map(|e| e.x.hypot(e.y)))
    }

    /// The same in pixels of the image.
    pub fn rms_px(&self) -> f64 {
        self.inner.px(self.rms())
    }

    /// The same in metres; `None` without a CRS whose units are known.
    pub fn rms_m(&self, crs: Option<&Crs>) -> Option<f64> {
        let crs = crs?;
        if let Some(metres) = crs.metres_per_unit().filter(|_| !crs.is_geographic()) {
            return Some(self.rms() * metres);
        }
        let degrees = crs.degrees_per_unit();
        let metres = |(error, point): (&Coord<f64>, &ControlPoint)| {
            let narrow = (point.world.y * degrees).to_radians().cos();
            (error.x * narrow).hypot(error.y) * degrees * METRES_PER_DEGREE
        };
        crs.is_geographic().then(|| rms(self.inner.errors.iter().zip(&self.inner.points).map(metres)))
    }

    /// How well the points place an image in a CRS, as in “placed by 12 ground control points (thin plate), RMS
    /// error 3.2 m”.
    pub fn sentence(&self, crs: Option<&Crs>) -> String {
        let count = self.points().len();
        let method = self.method().text();
        let error = match self.rms_m(crs) {
            _ if count <= 3 => "which leave no error to measure".to_owned(),
            Some(metres) => format!("RMS error {} m", short(metres)),
            None => format!("RMS error {} pixels", short(self.rms_px())),
        };
        format!("placed by {count} ground control points ({method}), {error}")
    }
}

impl std::fmt::Debug for Warp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Warp").field("method", &self.method()).field("points", &self.points().len()).finish()
    }
}

impl PartialEq for Warp {
    fn eq(&self, other: &Self) -> bool {
        self.method() == other.method() && self.points() == other.points()
    }
}

impl Inner {
    /// The map and the root mean square by which it misses points that it was not told of.
    fn fit(points: &[ControlPoint], method: WarpMethod) -> Option<(Self, f64)> {
        let sound = |c: Coord<f64>| c.x.is_finite() && c.y.is_finite() && c.x.abs().max(c.y.abs()) < 1e15;
        let enough = points.len() >= method.terms();
        let plate = method == WarpMethod::ThinPlate;
        if !enough
            || (plate && points.len() > MOST_PLATE_POINTS)
            || !points.iter().all(|p| sound(p.image) && sound(p.world))
        {
            return None;
        }
        let image = Frame::around(points.iter().map(|p| p.image))?;
        let world = Frame::around(points.iter().map(|p| p.world))?;
        let mut new = Self {
            points: points.to_vec(),
            method,
            image,
            world,
            places: points.iter().map(|p| image.inward(p.image)).collect(),
            terms: Vec::new(),
            affine: GeoTransform::PIXELS,
            errors: Vec::new(),
        };
        let missed = if plate { new.bend()? } else { new.least_squares()? };
        new.affine = if method == WarpMethod::FirstOrder {
            new.as_affine()?
        } else {
            Self::fit(points, WarpMethod::FirstOrder)?.0.affine
        };
        Some((new, missed))
    }

    /// Fits a polynomial; leaving a point out is foretold by its leverage.
    fn least_squares(&mut self) -> Option<f64> {
        let n = self.method.terms();
        let mut normal = Square::zero(n);
        let mut right = vec![Coord { x: 0.0, y: 0.0 }; n];
        let rows: Vec<Vec<f64>> = self.places.iter().map(|p| self.polynomial(*p).to_vec()).collect();
        for (row, point) in rows.iter().zip(&self.points) {
            let target = self.world.inward(point.world);
            for i in 0..n {
                right[i] = right[i] + target * row[i];
                for j in 0..n {
                    normal.add(i, j, row[i] * row[j]);
                }
            }
        }
        let inverse = normal.inverse()?;
        self.terms = inverse.times(&right);
        self.errors =
            self.points.iter().map(|p| self.world_from_image(p.image) - p.world).collect::<Vec<_>>();
        let left_out = rows.iter().zip(&self.errors).map(|(row, error)| {
            let leverage = inverse.quadratic(row);
            let spare = (1.0 - leverage).max(0.0);
            if spare < 1e-9 { f64::INFINITY } else { error.x.hypot(error.y) / spare }
        });
        Some(rms(left_out))
    }

    /// Bends a thin plate through all points; the inverse of its matrix tells how it errs without each.
    fn bend(&mut self) -> Option<f64> {
        let count = self.places.len();
        let mut matrix = Square::zero(count + 3);
        let mut right: Vec<Coord<f64>> = self.points.iter().map(|p| self.world.inward(p.world)).collect();
        right.resize(count + 3, Coord { x: 0.0, y: 0.0 });
        for (i, p) in self.places.iter().enumerate() {
            for (j, q) in self.places.iter().enumerate() {
                matrix.add(i, j, kernel(*p - *q));
            }
            for (k, value) in [1.0, p.x, p.y].into_iter().enumerate() {
                matrix.add(i, count + k, value);
                matrix.add(count + k, i, value);
            }
        }
        let inverse = matrix.inverse()?;
        self.terms = inverse.times(&right);
        let scale = self.world.scale;
        self.errors = (0..count).map(|i| self.terms[i] * (scale / inverse.at(i, i))).collect();
        let missed = rms(self.errors.iter().map(|e| e.x.hypot(e.y)));
        missed.is_finite().then_some(missed)
    }

    fn polynomial(&self, p: Coord<f64>) -> [f64; 6] {
        if self.method == WarpMethod::SecondOrder {
            return [1.0, p.x, p.y, p.x * p.x, p.x * p.y, p.y * p.y];
        }
        [1.0, p.x, p.y, 0.0, 0.0, 0.0]
    }

    fn world_from_image(&self, p: ImagePoint) -> WorldPoint {
        let q = self.image.inward(p);
        let zero = Coord { x: 0.0, y: 0.0 };
        let (plate, plain) = self.terms.split_at(self.terms.len() - self.method.terms());
        let bent = plate.iter().zip(&self.places).fold(zero, |sum, (t, at)| sum + *t * kernel(q - *at));
        let flat = plain.iter().zip(self.polynomial(q)).fold(bent, |sum, (t, value)| sum + *t * value);
        self.world.outward(flat)
    }

    /// How the world position changes with the column and with the row.
    fn slopes(&self, p: ImagePoint) -> (Coord<f64>, Coord<f64>) {
        let q = self.image.inward(p);
        let (plate, plain) = self.terms.split_at(self.terms.len() - self.method.terms());
        let zero = Coord { x: 0.0, y: 0.0 };
        let (mut across, mut down) = (plain[1], plain[2]);
        if let [_, _, _, xx, xy, yy] = plain {
            across = across + *xx * (2.0 * q.x) + *xy * q.y;
            down = down + *xy * q.x + *yy * (2.0 * q.y);
        }
        let bent = plate.iter().zip(&self.places).fold((zero, zero), |sum, (t, at)| {
            let d = q - *at;
            let r2 = d.x * d.x + d.y * d.y;
            let grows = if r2 > 0.0 { 2.0 * (r2.ln() + 1.0) } else { 0.0 };
            (sum.0 + *t * (grows * d.x), sum.1 + *t * (grows * d.y))
        });
        let unit = self.world.scale / self.image.scale;
        ((across + bent.0) * unit, (down + bent.1) * unit)
    }

    fn image_from_world(&self, target: WorldPoint) -> Option<ImagePoint> {
        let start = self.affine.image_from_world(target);
        if self.method == WarpMethod::FirstOrder {
            return Some(start);
        }
        let far = 20.0 * self.image.scale;
        let mut p = start;
        for _ in 0..24 {
            let miss = self.world_from_image(p) - target;
            let (across, down) = self.slopes(p);
            let det = across.x * down.y - across.y * down.x;
            let step = Coord {
                x: (miss.x * down.y - miss.y * down.x) / det,
                y: (across.x * miss.y - across.y * miss.x) / det,
            };
            p = p - step;
            let away = p - self.image.centre;
            if !(away.x.abs() < far && away.y.abs() < far) {
                return None;
            }
            if step.x.abs().max(step.y.abs()) < 1e-6 {
                return Some(p);
            }
        }
        None
    }

    fn as_affine(&self) -> Option<GeoTransform> {
        let o = self.world_from_image(Coord { x: 0.0, y: 0.0 });
        let (across, down) = self.slopes(Coord { x: 0.0, y: 0.0 });
        GeoTransform::new([o.x, across.x, down.x, o.y, across.y, down.y])
    }

    /// World units in pixels, by the affine map.
    fn px(&self, world: f64) -> f64 {
        let (w, h) = self.affine.pixel_size();
        world / (w * h).sqrt()
    }
}

/// Two or three digits that count; nothing below a thousandth.
fn short(value: f64) -> String {
    if value >= 100.0 {
        return format!("{value:.0}");
    }
    let text = if value >= 1.0 { format!("{value:.1}") } else { format!("{value:.3}") };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A thin plate's answer to a point this far away: r² · ln r².
pub(crate) fn kernel(d: Coord<f64>) -> f64 {
    let r2 = d.x * d.x + d.y * d.y;
    if r2 > 0.0 { r2 * r2.ln() } else { 0.0 }
}

fn rms(distances: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = distances.fold((0.0, 0_u32), |(sum, n), d| (sum + d * d, n + 1));
    if n == 0 { 0.0 } else { (sum / f64::from(n)).sqrt() }
}

/// Middle and half size of a set of points, so that matrices stay well conditioned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    centre: Coord<f64>,
    scale: f64,
}

impl Frame {
    pub(crate) fn around(points: impl Iterator<Item = Coord<f64>>) -> Option<Self> {
        let (mut min, mut max) =
            (Coord { x: f64::INFINITY, y: f64::INFINITY }, Coord { x: -f64::INFINITY, y: -f64::INFINITY });
        for p in points {
            min = Coord { x: min.x.min(p.x), y: min.y.min(p.y) };
            max = Coord { x: max.x.max(p.x), y: max.y.max(p.y) };
        }
        let scale = (max.x - min.x).max(max.y - min.y) / 2.0;
        (scale > 0.0 && scale.is_finite()).then_some(Self { centre: (min + max) / 2.0, scale })
    }

    pub(crate) fn inward(self, p: Coord<f64>) -> Coord<f64> {
        (p - self.centre) / self.scale
    }

    fn outward(self, p: Coord<f64>) -> Coord<f64> {
        p * self.scale + self.centre
    }
}

/// What a project keeps of a warp: it is fitted again when it is read.
#[derive(Serialize, Deserialize)]
struct Stored {
    method: WarpMethod,
    /// Column, row, x, y of each point.
    points: Vec<[f64; 4]>,
}

impl From<Warp> for Stored {
    fn from(warp: Warp) -> Self {
        let four = |p: &ControlPoint| [p.image.x, p.image.y, p.world.x, p.world.y];
        Self { method: warp.method(), points: warp.points().iter().map(four).collect() }
    }
}

impl TryFrom<Stored> for Warp {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let point = |p: &[f64; 4]| ControlPoint { image: (p[0], p[1]).into(), world: (p[2], p[3]).into() };
        let points: Vec<ControlPoint> = stored.points.iter().map(point).collect();
        Self::fit_by(&points, stored.method).ok_or("its control points lie on one line or are too few")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn grid(n: u32, world: impl Fn(f64, f64) -> (f64, f64)) -> Vec<ControlPoint> {
        let places = (0..n * n).map(|i| (f64::from(i % n) * 100.0, f64::from(i / n) * 90.0));
        places.map(|(x, y)| ControlPoint { image: (x, y).into(), world: world(x, y).into() }).collect()
    }

    fn far(warp: &Warp, x: f64, y: f64) -> f64 {
        let there = warp.world_from_image((x, y).into());
        let back = warp.image_from_world(there).expect("comes back");
        (back.x - x).hypot(back.y - y)
    }

    #[test]
    fn an_affine_image_needs_no_more_than_a_first_order() {
        let warp =
            Warp::fit(&grid(5, |x, y| (4e5 + 0.5 * x + 0.1 * y, 5e6 + 0.1 * x - 0.5 * y))).expect("fits");
        assert_eq!(warp.method(), WarpMethod::FirstOrder);
        let t = warp.affine().to_gdal();
        for (got, wanted) in t.into_iter().zip([4e5, 0.5, 0.1, 5e6, 0.1, -0.5]) {
            assert!((got - wanted).abs() < 1e-7, "{t:?}");
        }
        assert!(warp.rms() < 1e-7);
    }

    #[test]
    fn a_tilted_image_gets_a_polynomial_and_a_rough_one_a_plate() {
        let bowed = Warp::fit(&grid(5, |x, y| (x + 2e-4 * x * y, -y + 1e-4 * x * x))).expect("fits");
        assert_eq!(bowed.method(), WarpMethod::SecondOrder);
        assert!(bowed.rms_px() < 1e-6 && far(&bowed, 123.0, 301.0) < 1e-4);
        let rough = grid(9, |x, y| (x + 12.0 * (x / 130.0).sin(), -y + 12.0 * (y / 110.0).cos()));
        let plate = Warp::fit(&rough).expect("fits");
        assert_eq!(plate.method(), WarpMethod::ThinPlate);
        for p in &rough {
            let there = plate.world_from_image(p.image);
            assert!((there.x - p.world.x).hypot(there.y - p.world.y) < 1e-6);
        }
        assert!(far(&plate, 123.0, 301.0) < 1e-4 && plate.rms_px() > 0.0);
        let poly = Warp::fit_by(&rough, WarpMethod::SecondOrder).expect("fits");
        assert!(poly.rms_px() > 2.0 * plate.rms_px());
    }

    #[test]
    fn a_plate_foretells_what_it_would_miss_without_a_point() {
        let mut points = grid(4, |x, y| (x + 5.0 * (x / 90.0).sin(), -y));
        points[5].world.x += 3.0;
        let all = Warp::fit_by(&points, WarpMethod::ThinPlate).expect("fits");
        let mut squares = 0.0;
        for i in 0..points.len() {
            let mut others = points.clone();
            let left = others.remove(i);
            let there =
                Warp::fit_by(&others, WarpMethod::ThinPlate).expect("fits").world_from_image(left.image);
            squares += (there.x - left.world.x).powi(2) + (there.y - left.world.y).powi(2);
        }
        let wanted = (squares / points.len() as f64).sqrt();
        assert!((all.rms() - wanted).abs() < 1e-6 * wanted, "{} {wanted}", all.rms());
    }

    #[test]
    fn points_that_say_nothing_give_no_map() {
        let line = |n: u32| (0..n).map(f64::from).map(|i| (i, 2.0 * i));
        let on_line: Vec<ControlPoint> =
            line(9).map(|(x, y)| ControlPoint { image: (x, y).into(), world: (x, y).into() }).collect();
        assert!(
            Warp::fit(&on_line).is_none() && Warp::fit(&on_line[..2]).is_none() && Warp::fit(&[]).is_none()
        );
        let mut nan = grid(3, |x, y| (x, -y));
        nan[4].world.x = f64::NAN;
        assert!(Warp::fit(&nan).is_none());
        let same = vec![ControlPoint { image: (5.0, 5.0).into(), world: (1.0, 1.0).into() }; 30];
        assert!(Warp::fit(&same).is_none());
    }

    #[test]
    fn what_a_project_keeps_is_fitted_to_the_same_map() {
        let warp = Warp::fit(&grid(5, |x, y| (x + 2e-4 * x * y, -y + 1e-4 * x * x))).expect("fits");
        let text = serde_json::to_string(&warp).expect("text");
        let again: Warp = serde_json::from_str(&text).expect("read");
        assert_eq!(again, warp);
        let p = (77.0, 31.0).into();
        assert_eq!(again.world_from_image(p), warp.world_from_image(p));
        let lying = r#"{"method":"thin_plate","points":[[0,0,0,0],[1,1,1,1]]}"#;
        assert!(serde_json::from_str::<Warp>(lying).is_err());
    }

    #[test]
    fn errors_in_degrees_become_metres() {
        let mut points = grid(3, |x, y| (10.0 + x * 1e-6, 60.0 - y * 1e-6));
        points[4].world.x += 9e-6;
        let warp = Warp::fit_by(&points, WarpMethod::FirstOrder).expect("fits");
        let metres = warp.rms_m(Some(&Crs::wgs84())).expect("degrees");
        // 8e-6° left at the moved point, a ninth of 9e-6° at each of the others; 55.66 m per 0.001° at 60° N.
        let degrees = (((8e-6_f64).powi(2) + 8.0 * (1e-6_f64).powi(2)) / 9.0).sqrt();
        assert!((metres - degrees * 111_320.0 * 0.5).abs() < 1e-3, "{metres}");
        assert_eq!(warp.rms_m(None), None);
    }

    #[test]
    fn it_is_said_how_far_off_the_points_are() {
        let mut points = grid(2, |x, y| (5e5 + 2.0 * x, 4e6 - 2.0 * y));
        points[1].world.x += 2.0;
        points[3].world.x -= 2.0;
        let crs = Crs::from_epsg(32633).expect("in the table");
        let said = |points: &[ControlPoint], crs| Warp::fit(points).expect("fits").sentence(crs);
        assert_eq!(
            said(&points, Some(&crs)),
            "placed by 4 ground control points (first-order fit), RMS error 1 m"
        );
        assert_eq!(
            said(&points, None),
            "placed by 4 ground control points (first-order fit), RMS error 0.5 pixels"
        );
        assert_eq!(
            said(&points[..3], None),
            "placed by 3 ground control points (first-order fit), which leave no error to measure"
        );
        assert_eq!(
            [0.0, 0.0004, 0.25, 3.25, 30.0, 1234.5].map(short),
            ["0", "0", "0.25", "3.2", "30", "1234"]
        );
    }

    proptest! {
        #[test]
        fn no_set_of_points_makes_it_panic(points in proptest::collection::vec(
            (-1e4..1e4_f64, -1e4..1e4_f64, -1e7..1e7_f64, -1e7..1e7_f64), 0..30), x in -1e5..1e5_f64) {
            let points: Vec<ControlPoint> = points
                .into_iter()
                .map(|(i, j, x, y)| ControlPoint { image: (i, j).into(), world: (x, y).into() })
                .collect();
            if let Some(warp) = Warp::fit(&points) {
                let there = warp.world_from_image((x, -x).into());
                let _ = warp.image_from_world(there);
                prop_assert!(warp.rms() >= 0.0);
            }
        }
    }
}
