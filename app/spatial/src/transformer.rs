//! The way from one CRS to another, point by point.

use std::sync::Arc;

use geo_types::{Coord, Geometry};
use proj4rs::Proj;

use crate::crs::{Parts, Shift};
use crate::{Crs, CrsError};

/// How far, in metres, a point may come back from where it started before the conversion counts as garbage.
/// Datum shifts by seven parameters come back within centimetres; points outside a projection's domain, if
/// it does not refuse them, come back kilometres away.
const ROUND_TRIP_M: f64 = 0.5;
const EARTH_RADIUS_M: f64 = 6_378_137.0;

/// Takes points from one CRS to another. Axis order is always x = east or longitude; geographic CRSs are in
/// their own unit, which is the degree but for a few in grads. Cheap to clone; may be used from any thread.
#[derive(Clone)]
pub struct Transformer {
    steps: Option<Arc<Steps>>,
}

struct Steps {
    from: End,
    to: End,
    /// The two datums, where longitudes and latitudes differ between them.
    shifts: Option<(Shift, Shift)>,
}

/// One side of a conversion: its own coordinates against longitude and latitude on its datum, in radians
/// east of Greenwich.
enum End {
    Geographic { radians_per_unit: f64, meridian: f64 },
    Projected { proj: Box<Proj>, lonlat: Box<Proj>, metres_per_unit: f64 },
}

impl End {
    fn new(parts: &Parts, degrees_per_unit: f64) -> Result<Self, CrsError> {
        let proj = parts.proj()?;
        if proj.is_latlong() {
            let radians_per_unit = degrees_per_unit.to_radians();
            return Ok(Self::Geographic { radians_per_unit, meridian: proj.from_greenwich() });
        }
        let metres_per_unit = proj.to_meter();
        Ok(Self::Projected { lonlat: Box::new(parts.lonlat()?), proj: Box::new(proj), metres_per_unit })
    }

    fn lonlat(&self, p: Coord<f64>) -> Option<(f64, f64)> {
        match self {
            Self::Geographic { radians_per_unit: unit, meridian } => {
                on_earth((p.x * unit + meridian, p.y * unit))
            }
            Self::Projected { proj, lonlat, metres_per_unit } => {
                let q = on_earth(transform(proj, lonlat, (p.x, p.y))?)?;
                let back = transform(lonlat, proj, q)?;
                ((back.0 - p.x).hypot(back.1 - p.y) * metres_per_unit < ROUND_TRIP_M).then_some(q)
            }
        }
    }

    fn coordinates(&self, q: (f64, f64)) -> Option<Coord<f64>> {
        match self {
            Self::Geographic { radians_per_unit: unit, meridian } => {
                on_earth(q).map(|(lon, lat)| Coord { x: (lon - meridian) / unit, y: lat / unit })
            }
            Self::Projected { proj, lonlat, .. } => {
                let (x, y) = transform(lonlat, proj, q)?;
                let back = on_earth(transform(proj, lonlat, (x, y))?)?;
                let turn = std::f64::consts::TAU;
                let dx = back.0 - q.0;
                let dx = (dx - (dx / turn).round() * turn) * q.1.cos();
                let near = dx.hypot(back.1 - q.1) * EARTH_RADIUS_M < ROUND_TRIP_M;
                (near && x.is_finite() && y.is_finite()).then_some(Coord { x, y })
            }
        }
    }
}

/// No latitude lies beyond a pole, and no longitude is more than one turn and a half away.
fn on_earth((lon, lat): (f64, f64)) -> Option<(f64, f64)> {
    use std::f64::consts::{FRAC_PI_2, PI};
    (lat.abs() <= FRAC_PI_2 + 1e-9 && lon.abs() <= 3.0 * PI).then_some((lon, lat))
}

impl std::fmt::Debug for Transformer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transformer").field("identity", &self.steps.is_none()).finish()
    }
}

impl Transformer {
    /// The one that leaves points as they are.
    pub const IDENTITY: Self = Self { steps: None };

    pub fn new(from: &Crs, to: &Crs) -> Result<Self, CrsError> {
        if from.coincides_with(to) {
            return Ok(Self::IDENTITY);
        }
        let (a, b) = (from.parts()?, to.parts()?);
        let ends = (End::new(&a, from.degrees_per_unit())?, End::new(&b, to.degrees_per_unit())?);
        let shifts = (!a.shift.is_same_as(&b.shift)).then_some((a.shift, b.shift));
        Ok(Self { steps: Some(Arc::new(Steps { from: ends.0, to: ends.1, shifts })) })
    }

    /// True when points come back unchanged.
    pub fn is_identity(&self) -> bool {
        self.steps.is_none()
    }

    /// `None` where the point has no image in the target CRS.
    pub fn convert(&self, p: Coord<f64>) -> Option<Coord<f64>> {
        let Some(steps) = &self.steps else {
            return (p.x.is_finite() && p.y.is_finite()).then_some(p);
        };
        let mut q = steps.from.lonlat(p)?;
        if let Some((from, to)) = &steps.shifts {
            q = from.convert(to, q);
        }
        steps.to.coordinates(q)
    }

    /// Converts many points in place; those without an image become NaN. Says how many those are.
    pub fn convert_many(&self, points: &mut [Coord<f64>]) -> usize {
        let mut lost = 0;
        for p in points {
            *p = self.convert(*p).unwrap_or_else(|| {
                lost += 1;
                Coord { x: f64::NAN, y: f64::NAN }
            });
        }
        lost
    }

    /// Every vertex converted; `None` when any has no image in the target CRS.
    pub fn convert_geometry(&self, geometry: &Geometry<f64>) -> Option<Geometry<f64>> {
        use geo::MapCoords as _;
        if self.is_identity() {
            return Some(geometry.clone());
        }
        geometry.try_map_coords(|p| self.convert(p).ok_or(())).ok()
    }
}

fn transform(from: &Proj, to: &Proj, (x, y): (f64, f64)) -> Option<(f64, f64)> {
    proj4rs::adaptors::transform_xy(from, to, x, y).ok()
}
