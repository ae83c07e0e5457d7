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
        Ok(Self::Projected { lonlat: Box::new(lonlat()?), proj: Box::new(proj), metres_per_unit })
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

/// Longitude and latitude in radians; without a datum, on whatever ellipsoid the other side has.
fn lonlat() -> Result<Proj, CrsError> {
    let text = "+proj=longlat +ellps=WGS84";
    Proj::from_proj_string(text)
        .map_err(|error| CrsError::BadDefinition { definition: text.to_owned(), reason: error.to_string() })
}

fn transform(from: &Proj, to: &Proj, (x, y): (f64, f64)) -> Option<(f64, f64)> {
    proj4rs::adaptors::transform_xy(from, to, x, y).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn between(from: u32, to: u32) -> Transformer {
        let crs = |code| Crs::from_epsg(code).expect("in the table");
        Transformer::new(&crs(from), &crs(to)).expect("usable")
    }

    /// PROJ 9.5.1: EPSG code, its own geographic CRS, longitude, latitude, x, y in its units.
    const PROJECTED: &[(u32, u32, [f64; 2], [f64; 2])] = &[
        (32615, 4326, [-93.78, 34.44], [428_341.401_774_413_2, 3_811_219.918_437_174_5]),
        (32733, 4326, [14.22, -47.2], [440_921.834_061_419_65, 4_772_315.160_005_018]),
        (3857, 4326, [-46.8, -15.311], [-5_209_752.169_125_202, -1_725_068.041_407_359_8]),
        (3395, 4326, [-46.8, -12.76], [-5_209_752.169_125_202, -1_422_894.443_312_416_8]),
        (2154, 4171, [-2.371, 45.418], [280_250.070_967_876_3, 6_494_122.927_347_342_5]),
        (25832, 4258, [8.224, 55.997], [451_599.380_309_855_5, 6_206_017.420_406_122]),
        (26915, 4269, [-93.78, 49.55], [443_579.925_138_767_75, 5_488_891.849_152_088]),
        (26917, 4269, [-81.78, 48.488], [442_366.571_973_286_86, 5_370_835.479_535_861]),
        (5070, 4269, [-103.374, 34.648], [-669_856.328_011_384_6, 1_313_425.718_243_617_8]),
        (32661, 4326, [-46.8, 72.3], [556_446.264_392_43, 644_412.811_758_153_4]),
        (3031, 4326, [-46.8, -77.7], [-977_819.417_668_080_3, 918_233.552_592_388_7]),
        (2180, 4258, [17.844, 51.841], [420_384.290_432_657_2, 442_261.889_172_484_17]),
        (28355, 4283, [146.224, -33.809], [428_177.247_381_255, 6_258_750.753_089_21]),
        (3035, 4258, [-5.828, 49.253], [3_178_661.302_699_82, 3_028_079.292_929_688_5]),
        (2056, 4150, [7.636, 46.636], [2_615_038.205_095_546_3, 1_164_848.792_152_950_3]),
        (27700, 4277, [-4.933, 54.367], [209_483.304_206_414_44, 500_812.707_928_583_5]),
        (31370, 4313, [3.943, 50.324], [119_771.759_153_080_67, 112_581.602_594_785_39]),
        (28992, 4289, [4.687, 51.959], [106_848.262_553_470_53, 441_298.947_955_303_07]),
        (2263, 4269, [-73.35, 40.81], [1_164_183.505_601_615, 235_049.503_282_937_92]),
        (5514, 4156, [15.964, 49.095], [-646_189.731_580_126_6, -1_166_624.261_727_471_6]),
        (31467, 4314, [8.614, 50.476], [3_472_603.020_627_886_5, 5_593_291.926_118_039_5]),
        (3413, 4326, [-46.8, 72.3], [-60_691.015_177_382_74, -1_931_219.416_702_648_9]),
        (6933, 4326, [-46.8, -15.48], [-4_515_557.915_741_956, -1_951_516.843_475_552_7]),
        (2193, 4167, [170.906, -41.906], [1_426_320.667_221_902_4, 5_358_540.122_594_054]),
    ];

    #[test]
    fn projections_agree_with_proj_to_a_micrometre() {
        for (code, base, lonlat, expected) in PROJECTED {
            let there = between(*base, *code).convert(Coord::from(*lonlat)).expect("inside");
            let off = (there.x - expected[0]).hypot(there.y - expected[1]);
            assert!(off < 1e-6, "EPSG:{code} is off by {off} m");
            let back = between(*code, *base).convert(there).expect("inside");
            let off = (back.x - lonlat[0]).hypot(back.y - lonlat[1]);
            assert!(off < 1e-10, "EPSG:{code} comes back off by {off}°");
        }
    }

    #[test]
    fn datum_shifts_agree_with_proj_as_far_as_their_parameters_do() {
        // From WGS 84 by PROJ 9.5.1 without grids; metres of tolerance. Where both use the same seven
        // parameters they agree exactly. PROJ has newer parameters for the Netherlands (1 cm) and, for
        // Czechia, seven where the table has three (5 m).
        let shifted = [
            (2056, [7.636, 46.636], [2_615_112.536_929_812_3, 1_164_991.642_593_747], 1e-3),
            (27700, [-4.933, 54.367], [209_557.052_014_057_5, 500_797.527_934_686_5], 1e-3),
            (31370, [3.943, 50.324], [119_683.364_991_994_27, 112_644.076_039_893_55], 1e-3),
            (31467, [8.614, 50.476], [3_472_673.730_329_509, 5_593_425.335_222_003], 1e-3),
            (28992, [4.687, 51.959], [106_872.218_695_159_81, 441_405.960_368_883], 0.02),
            (5514, [15.964, 49.095], [-646_092.556_723_365_7, -1_166_566.708_409_087_5], 6.0),
        ];
        for (code, lonlat, expected, tolerance) in shifted {
            let there = between(4326, code).convert(Coord::from(lonlat)).expect("inside");
            let off = (there.x - expected[0]).hypot(there.y - expected[1]);
            assert!(off < tolerance, "EPSG:{code} is off by {off} m");
        }
    }

    #[test]
    fn points_outside_a_projection_are_none_never_garbage() {
        let to = |code, x: f64, y: f64| between(4326, code).convert(Coord { x, y });
        assert_eq!(to(3857, 0.0, 90.0), None);
        assert_eq!(to(3857, 0.0, -90.0), None);
        assert_eq!(to(32615, -3.0, 0.0), None);
        assert_eq!(to(2154, 3.0, -90.0), None);
        assert_eq!(to(3035, -170.0, -52.0), None);
        for (x, y) in [(f64::NAN, 1.0), (1.0, f64::INFINITY), (0.0, 90.1), (1e9, 0.0), (541.0, 0.0)] {
            assert_eq!(to(32615, x, y), None, "{x} {y}");
        }
        let from = |code, x: f64, y: f64| between(code, 4326).convert(Coord { x, y });
        for (x, y) in [(1e9, 1e9), (-1e8, 0.0), (f64::MAX, 0.0), (f64::NAN, 0.0), (3e7, 4e6)] {
            assert_eq!(from(32615, x, y), None, "{x} {y}");
        }
        assert_eq!(from(6933, 0.0, 1e8), None);
    }

    #[test]
    fn longitudes_go_round_the_earth() {
        let fiji = between(4326, 32760);
        let (east, west) = (fiji.convert((180.5, -17.0).into()), fiji.convert((-179.5, -17.0).into()));
        let (east, west) = (east.expect("inside"), west.expect("inside"));
        assert!((east.x - west.x).abs() < 1e-6 && (east.y - west.y).abs() < 1e-6);
    }

    #[test]
    fn units_axes_meridians_and_grads_are_kept() {
        // PROJ 9.5.1, axes in the order of the table's PROJ strings.
        let lo29 = between(4148, 2053).convert((28.0, -26.0).into()).expect("inside");
        assert!(
            (lo29.x - 100_120.866_468_107_27).abs() < 1e-6 && (lo29.y - 2_877_217.611_706_402).abs() < 1e-6,
            "{lo29:?}"
        );
        // 0 and 52 grads of NTF (Paris) are the origin of Lambert zone II.
        let lambert = between(4807, 27572).convert((0.0, 52.0).into()).expect("inside");
        assert!(
            (lambert.x - 600_000.0).abs() < 1e-6 && (lambert.y - 2_200_000.0).abs() < 1e-6,
            "{lambert:?}"
        );
    }

    #[test]
    fn many_points_are_converted_in_place_and_the_lost_are_counted() {
        let mut points =
            [Coord { x: -94.5, y: 37.0 }, Coord { x: 0.0, y: 91.0 }, Coord { x: -94.5, y: 37.0 }];
        assert_eq!(between(4326, 32615).convert_many(&mut points), 1);
        assert!(points[1].x.is_nan() && points[0] == points[2]);
    }

    #[test]
    fn a_transformer_may_cross_threads() {
        fn check<T: Send + Sync + Clone>() {}
        check::<Transformer>();
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_was(which in 0..PROJECTED.len(), dx in -2.0..2.0_f64, dy in -2.0..2.0_f64) {
            let (code, _, [x, y], _) = PROJECTED[which];
            let start = Coord { x: x + dx, y: y + dy };
            let there = between(4326, code).convert(start);
            prop_assert!(there.is_some());
            let back = there.and_then(|p| between(code, 4326).convert(p));
            prop_assert!(back.is_some());
            let back = back.unwrap_or(start);
            // A datum shift drops the height of up to 100 m that it gives, and with it some millimetres.
            let off_m = (back.x - start.x).hypot(back.y - start.y) * 111_320.0;
            prop_assert!(off_m < 5e-3, "EPSG:{} {:?} is off by {} m", code, start, off_m);
        }

        #[test]
        fn whatever_goes_in_comes_back_or_is_none(which in 0..PROJECTED.len(), x in -3e7..3e7_f64, y in -3e7..3e7_f64) {
            let (code, base, ..) = PROJECTED[which];
            if let Some(lonlat) = between(code, base).convert(Coord { x, y }) {
                prop_assert!(lonlat.x.abs() <= 540.0 && lonlat.y.abs() <= 90.000_001);
                let again = between(base, code).convert(lonlat);
                let near = again.is_some_and(|p| (p.x - x).hypot(p.y - y) < 2.0);
                prop_assert!(near, "EPSG:{} {} {} gives {:?}", code, x, y, again);
            }
        }
    }
}
