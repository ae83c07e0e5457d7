//! The CRS that GeoKeys name: by code, as WKT in a citation, or by its parameters.

use spatial::{Crs, Datum, Ellipsoid, Method, Parameters, Projection, UserDefined};

use crate::geokeys::{
    self, GEODETIC_CRS, GT_CITATION, GT_MODEL_TYPE, GeoKeys, PROJECTED_CITATION, PROJECTED_CRS,
};
use crate::state_plane;

const GEODETIC_CITATION: u16 = 2049;
const GEODETIC_DATUM: u16 = 2050;
const PRIME_MERIDIAN: u16 = 2051;
const ANGULAR_UNITS: u16 = 2054;
const ANGULAR_UNIT_SIZE: u16 = 2055;
const ELLIPSOID: u16 = 2056;
const SEMI_MAJOR_AXIS: u16 = 2057;
const SEMI_MINOR_AXIS: u16 = 2058;
const INVERSE_FLATTENING: u16 = 2059;
const PRIME_MERIDIAN_LONGITUDE: u16 = 2061;
const TO_WGS84: u16 = 2062;
const PROJECTION: u16 = 3074;
const METHOD: u16 = 3075;
const LINEAR_UNITS: u16 = 3076;
const LINEAR_UNIT_SIZE: u16 = 3077;

/// Codes that have been written for Web Mercator.
const WEB_MERCATOR_SLIPS: [u32; 2] = [3785, 3856];

/// The CRS of an image's keys; what cannot be read goes into `warnings`.
pub(crate) fn read(keys: &GeoKeys, warnings: &mut Vec<String>) -> Option<Crs> {
    match find(keys)? {
        Ok(crs) => {
            warnings.extend(
                crs.warning()
                    .map(|w| format!("About its coordinate reference system: {}.", w.trim_end_matches('.'))),
            );
            Some(crs)
        }
        Err(reason) => {
            let reason = reason.trim_end_matches('.');
            warnings.push(format!("Its coordinate reference system was left out: {reason}."));
            None
        }
    }
}

/// `None` when the keys name no CRS at all.
fn find(keys: &GeoKeys) -> Option<Result<Crs, String>> {
    if let Some(Ok(crs)) = wkt_in_citation(keys).map(Crs::from_wkt) {
        return Some(Ok(crs));
    }
    let is_own = |code: &u32| *code == geokeys::USER_DEFINED;
    let projected = keys.code(PROJECTED_CRS).map(|c| if WEB_MERCATOR_SLIPS.contains(&c) { 3857 } else { c });
    let has_parameters = keys.code(METHOD).is_some() || keys.code(PROJECTION).is_some();
    if let Some(code) = projected.filter(|c| !is_own(c)) {
        return Some(with_units(code, keys));
    }
    if keys.code(PROJECTION).is_some_and(|c| WEB_MERCATOR_SLIPS.contains(&c)) {
        return Some(with_units(3857, keys));
    }
    if projected.is_some() || (keys.code(GT_MODEL_TYPE) == Some(1) && has_parameters) {
        return Some(projected_by_parameters(keys));
    }
    let geodetic = keys.code(GEODETIC_CRS)?;
    if keys.code(GT_MODEL_TYPE) == Some(1) {
        return Some(Err("it is said to be projected, but not how".into()));
    }
    Some(geographic_crs(geodetic, keys))
}

fn geographic_crs(code: u32, keys: &GeoKeys) -> Result<Crs, String> {
    if code == geokeys::USER_DEFINED || shift(keys).is_some() {
        return build(&geographic(code, keys)?);
    }
    Crs::from_epsg(code).map_err(|e| e.to_string())
}

fn build(definition: &UserDefined) -> Result<Crs, String> {
    Crs::from_user_defined(definition).map_err(|e| e.to_string())
}

fn wkt_in_citation(keys: &GeoKeys) -> Option<&str> {
    [PROJECTED_CITATION, GT_CITATION, GEODETIC_CITATION]
        .iter()
        .find_map(|key| keys.text(*key).and_then(|t| t.split_once(geokeys::PE_STRING)))
        .map(|(_, wkt)| wkt)
}

/// A coded projected CRS; a linear unit of the file's own replaces that of the code.
fn with_units(code: u32, keys: &GeoKeys) -> Result<Crs, String> {
    let crs = Crs::from_epsg(code).map_err(|e| e.to_string())?;
    let unit = linear_unit(keys);
    let differs = |own: f64| crs.metres_per_unit().is_some_and(|coded| (own / coded - 1.0).abs() > 1e-7);
    let Some(unit) = unit.filter(|u| differs(*u)) else { return Ok(crs) };
    let Some(mut definition) = crs.definition() else { return Ok(crs) };
    let Some(projection) = &mut definition.projection else { return Ok(crs) };
    projection.metres_per_unit = unit;
    build(&definition)
}

/// Metres per unit, where the file says so.
fn linear_unit(keys: &GeoKeys) -> Option<f64> {
    let Some(code) = keys.code(LINEAR_UNITS) else { return unit_in_citation(keys) };
    match code {
        9001 => Some(1.0),
        9002 => Some(0.3048),
        9003 => Some(1200.0 / 3937.0),
        9036 => Some(1000.0),
        _ => keys.double(LINEAR_UNIT_SIZE),
    }
}

/// Erdas IMAGINE names the unit in words only.
fn unit_in_citation(keys: &GeoKeys) -> Option<f64> {
    let citations = [GT_CITATION, PROJECTED_CITATION].into_iter().filter_map(|key| keys.text(key));
    let lines = citations.filter(|t| t.contains("IMAGINE GeoTIFF Support")).flat_map(str::lines);
    let mut units = lines.filter_map(|line| line.trim().strip_prefix("Units = "));
    match units.next()?.trim().to_lowercase().as_str() {
        "meters" => Some(1.0),
        "international_feet" => Some(0.3048),
        "us_survey_feet" => Some(1200.0 / 3937.0),
        _ => None,
    }
}

fn geographic(code: u32, keys: &GeoKeys) -> Result<UserDefined, String> {
    let name = |key, otherwise: &str| {
        let text = keys.text(key).unwrap_or(otherwise);
        text.split('|').next().unwrap_or(otherwise).trim_start_matches("GCS Name = ").to_owned()
    };
    if code != geokeys::USER_DEFINED {
        let crs = Crs::from_epsg(code).map_err(|e| e.to_string())?;
        let mut definition = crs.definition().ok_or("its datum is not known")?;
        definition.datum.to_wgs84 = shift(keys).or(definition.datum.to_wgs84);
        return Ok(definition);
    }
    let datum_code = keys.code(GEODETIC_DATUM).filter(|c| *c != geokeys::USER_DEFINED);
    // EPSG numbers geographic CRSs 2000 below the datum that they are on.
    let known = datum_code.and_then(|c| Crs::from_epsg(c.checked_sub(2000)?).ok()?.definition());
    let ellipsoid = own_ellipsoid(keys).or_else(|| known.as_ref().map(|d| d.datum.ellipsoid.clone()));
    let ellipsoid = ellipsoid.ok_or("it does not say what ellipsoid it is on")?;
    let datum = match known {
        Some(known) => Datum { ellipsoid, to_wgs84: shift(keys).or(known.datum.to_wgs84), ..known.datum },
        None => Datum { name: "unknown".into(), ellipsoid, to_wgs84: shift(keys) },
    };
    let mut definition = UserDefined::geographic(&name(GEODETIC_CITATION, "unnamed"), datum);
    definition.prime_meridian_deg = prime_meridian(keys);
    if keys.code(ANGULAR_UNITS).is_some_and(|u| u != 9102)
        && let Some(radians) = keys.double(ANGULAR_UNIT_SIZE)
    {
        definition.degrees_per_unit = radians.to_degrees();
    }
    Ok(definition)
}

fn prime_meridian(keys: &GeoKeys) -> f64 {
    match keys.code(PRIME_MERIDIAN) {
        Some(8903) => 2.337_229_166_666_667,
        Some(8906) => 12.452_333_333_333_333,
        Some(8909) => -17.666_666_666_666_668,
        _ => keys.double(PRIME_MERIDIAN_LONGITUDE).unwrap_or(0.0),
    }
}

fn shift(keys: &GeoKeys) -> Option<[f64; 7]> {
    let numbers = keys.doubles(TO_WGS84)?;
    let mut seven = [0.0; 7];
    let n = numbers.len().min(7);
    seven[..n].copy_from_slice(&numbers[..n]);
    (n >= 3).then_some(seven)
}

fn own_ellipsoid(keys: &GeoKeys) -> Option<Ellipsoid> {
    match keys.code(ELLIPSOID) {
        Some(7030) => return Some(Ellipsoid::wgs84()),
        Some(7019) => return Some(Ellipsoid::new("GRS 1980", 6_378_137.0, 298.257_222_101)),
        Some(7008) => return Some(Ellipsoid::new("Clarke 1866", 6_378_206.4, 294.978_698_213_898)),
        Some(7004) => return Some(Ellipsoid::new("Bessel 1841", 6_377_397.155, 299.152_812_8)),
        Some(7022) => return Some(Ellipsoid::new("International 1924", 6_378_388.0, 297.0)),
        Some(7024) => return Some(Ellipsoid::new("Krassowsky 1940", 6_378_245.0, 298.3)),
        _ => {}
    }
    let major = keys.double(SEMI_MAJOR_AXIS)?;
    let flattening = keys.double(INVERSE_FLATTENING).unwrap_or_else(|| match keys.double(SEMI_MINOR_AXIS) {
        Some(minor) if minor > 0.0 && minor < major => major / (major - minor),
        _ => 0.0,
    });
    Some(Ellipsoid::new("unnamed", major, if flattening.is_finite() { flattening } else { 0.0 }))
}

fn projected_by_parameters(keys: &GeoKeys) -> Result<Crs, String> {
    let base = keys.code(GEODETIC_CRS).unwrap_or(geokeys::USER_DEFINED);
    let mut definition = geographic(base, keys)?;
    let unit = linear_unit(keys).unwrap_or(1.0);
    let coded = keys.code(PROJECTION).filter(|c| *c != geokeys::USER_DEFINED);
    let (method, parameters) =
        match coded.and_then(|code| utm(code).or_else(|| state_plane::projection(code))) {
            Some(utm) => utm,
            None => by_method(keys, unit)?,
        };
    definition.projection = Some(Projection { method, parameters, metres_per_unit: unit });
    let citation = keys.text(PROJECTED_CITATION).or_else(|| keys.text(GT_CITATION));
    let name = citation.and_then(|t| t.split('|').next()).unwrap_or("unnamed");
    name.trim_start_matches("PCS Name = ").clone_into(&mut definition.name);
    build(&definition)
}

/// EPSG's codes of the UTM zones' projections.
fn utm(code: u32) -> Option<(Method, Parameters)> {
    let (zone, false_northing_m) = match code {
        16001..=16060 => (code - 16000, 0.0),
        16101..=16160 => (code - 16100, 10_000_000.0),
        _ => return None,
    };
    let parameters = Parameters {
        central_meridian_deg: f64::from(zone) * 6.0 - 183.0,
        scale: 0.9996,
        false_easting_m: 500_000.0,
        false_northing_m,
        ..Parameters::default()
    };
    Some((Method::TransverseMercator, parameters))
}

fn by_method(keys: &GeoKeys, unit: f64) -> Result<(Method, Parameters), String> {
    let code = keys.code(METHOD).ok_or("it does not say its projection")?;
    let method = u16::try_from(code).ok().and_then(Method::from_geotiff);
    let mut method = method.ok_or_else(|| format!("its projection (code {code}) is not supported"))?;
    let any = |wanted: &[u16]| wanted.iter().find_map(|key| keys.double(*key));
    let parameters = Parameters {
        latitude_of_origin_deg: any(&[3081, 3085, 3089]).unwrap_or(0.0),
        central_meridian_deg: match method {
            // Its pole points down along a meridian of its own key; the usual one is often there too, as 0.
            Method::PolarStereographic1 => any(&[3095, 3080, 3084, 3088]),
            _ => any(&[3080, 3084, 3088, 3095]),
        }
        .unwrap_or(0.0),
        standard_parallel_1_deg: any(&[3078]),
        standard_parallel_2_deg: any(&[3079]),
        scale: any(&[3092, 3093]).unwrap_or(1.0),
        false_easting_m: any(&[3082, 3086, 3090]).unwrap_or(0.0) * unit,
        false_northing_m: any(&[3083, 3087, 3091]).unwrap_or(0.0) * unit,
        azimuth_deg: any(&[3094]).unwrap_or(0.0),
        rectified_grid_angle_deg: any(&[3096]).or((code == 3).then_some(90.0)),
    };
    if method == Method::Mercator1 && parameters.standard_parallel_1_deg.is_some() && parameters.scale == 1.0
    {
        method = Method::Mercator2;
    }
    Ok((method, parameters))
}
