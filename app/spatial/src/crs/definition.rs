//! A CRS by its parameters rather than by a code.

use serde::{Deserialize, Serialize};

use super::method::{Method, plain};

/// A CRS that a file defines by parameters: what GeoTIFF keys, WKT and PROJ strings all come down to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserDefined {
    pub name: String,
    pub datum: Datum,
    /// Longitude of the prime meridian in degrees east of Greenwich.
    pub prime_meridian_deg: f64,
    /// Degrees per unit of the geographic CRS (0.9 for grads); 1 otherwise.
    pub degrees_per_unit: f64,
    /// `None` for a geographic CRS.
    pub projection: Option<Projection>,
}

/// An ellipsoid and where it lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Datum {
    pub name: String,
    pub ellipsoid: Ellipsoid,
    /// Position-vector shift to WGS 84: metres ×3, arc seconds ×3, parts per million. `None`: not said by
    /// the definition (a known datum name then stands for its usual shift).
    pub to_wgs84: Option<[f64; 7]>,
}

/// The size and shape of the earth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ellipsoid {
    pub name: String,
    pub semi_major_m: f64,
    /// 0 for a sphere.
    pub inverse_flattening: f64,
}

/// A map projection with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    pub method: Method,
    pub parameters: Parameters,
    /// Metres per unit of the coordinates.
    pub metres_per_unit: f64,
}

/// Parameters of a map projection: angles in degrees, false origin in metres whatever the CRS's unit. A
/// method takes those it knows; longitudes count from the prime meridian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Of natural origin, false origin or projection centre.
    pub latitude_of_origin_deg: f64,
    /// Central meridian, or longitude of false origin or projection centre.
    pub central_meridian_deg: f64,
    pub standard_parallel_1_deg: Option<f64>,
    pub standard_parallel_2_deg: Option<f64>,
    pub scale: f64,
    pub false_easting_m: f64,
    pub false_northing_m: f64,
    /// Of the initial line, for oblique projections.
    pub azimuth_deg: f64,
    /// `None`: the same as the azimuth.
    pub rectified_grid_angle_deg: Option<f64>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            latitude_of_origin_deg: 0.0,
            central_meridian_deg: 0.0,
            standard_parallel_1_deg: None,
            standard_parallel_2_deg: None,
            scale: 1.0,
            false_easting_m: 0.0,
            false_northing_m: 0.0,
            azimuth_deg: 0.0,
            rectified_grid_angle_deg: None,
        }
    }
}

impl Ellipsoid {
    pub fn wgs84() -> Self {
        Self::new("WGS 84", 6_378_137.0, 298.257_223_563)
    }

    pub fn new(name: &str, semi_major_m: f64, inverse_flattening: f64) -> Self {
        Self { name: name.to_owned(), semi_major_m, inverse_flattening }
    }

    /// True for WGS 84, GRS 80 and what differs from them by less than a millimetre.
    pub fn is_modern(&self) -> bool {
        (self.semi_major_m - 6_378_137.0).abs() < 1e-3 && (self.inverse_flattening - 298.257_22).abs() < 1e-4
    }
}

impl Datum {
    pub fn wgs84() -> Self {
        Self { name: "WGS_1984".to_owned(), ellipsoid: Ellipsoid::wgs84(), to_wgs84: None }
    }

    pub(crate) fn is_wgs84(&self) -> bool {
        matches!(plain_datum(&self.name).as_str(), "wgs1984" | "wgs84" | "worldgeodeticsystem1984")
    }

    pub(crate) fn is_nad83(&self) -> bool {
        matches!(plain_datum(&self.name).as_str(), "northamericandatum1983" | "northamerican1983" | "nad83")
    }
}

impl UserDefined {
    /// Longitude and latitude in degrees on this datum.
    pub fn geographic(name: &str, datum: Datum) -> Self {
        Self {
            name: name.to_owned(),
            datum,
            prime_meridian_deg: 0.0,
            degrees_per_unit: 1.0,
            projection: None,
        }
    }

    /// The first thing that no earth can have, in words; `None` when the numbers are sane.
    pub(crate) fn fault(&self) -> Option<String> {
        let e = &self.datum.ellipsoid;
        let earth = (1e5..1e9).contains(&e.semi_major_m);
        let shape =
            e.inverse_flattening == 0.0 || (e.inverse_flattening > 1.5 && e.inverse_flattening.is_finite());
        if !(earth && shape) {
            let (a, f) = (e.semi_major_m, e.inverse_flattening);
            return Some(format!("an ellipsoid of {a} m and inverse flattening {f} is no earth"));
        }
        if !(self.prime_meridian_deg.abs() <= 180.0 && (1e-6..1e3).contains(&self.degrees_per_unit)) {
            return Some("its prime meridian or angular unit is out of range".to_owned());
        }
        if self.datum.to_wgs84.is_some_and(|s| s.iter().any(|v| v.is_nan() || v.abs() > 1e6)) {
            return Some("its shift to WGS 84 is out of range".to_owned());
        }
        self.projection.as_ref().and_then(Projection::fault)
    }
}

impl Projection {
    fn fault(&self) -> Option<String> {
        if !(1e-6..1e6).contains(&self.metres_per_unit) {
            return Some(format!("its unit of {} m is out of range", self.metres_per_unit));
        }
        let p = &self.parameters;
        let angles = [p.latitude_of_origin_deg, p.central_meridian_deg, p.azimuth_deg].into_iter();
        let angles = angles.chain(p.standard_parallel_1_deg).chain(p.standard_parallel_2_deg);
        let angles = angles.chain(p.rectified_grid_angle_deg);
        let lengths = [p.false_easting_m, p.false_northing_m];
        let wild = angles.into_iter().any(|a| a.is_nan() || a.abs() > 720.0)
            || lengths.iter().any(|l| l.is_nan() || l.abs() > 1e10)
            || !(1e-6..1e6).contains(&p.scale);
        wild.then(|| "a parameter of its projection is out of range".to_owned())
    }
}

/// A datum's name without case, punctuation and ESRI's `D_`.
pub(crate) fn plain_datum(name: &str) -> String {
    plain(name.strip_prefix("D_").unwrap_or(name))
}
