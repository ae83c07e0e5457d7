//! The key table of a new image: a code where there is one, else the definition by its parameters, else
//! WKT in a citation.

use spatial::{Crs, Datum, Method, Projection, UserDefined};

use crate::directory::TagValue;
use crate::geokeys::{
    GEODETIC_CRS, GT_CITATION, GT_MODEL_TYPE, GT_RASTER_TYPE, PE_STRING, PROJECTED_CITATION, PROJECTED_CRS,
    USER_DEFINED,
};
use crate::tags;

const OWN: u16 = USER_DEFINED as u16;

/// Keys as they are collected, with the numbers and texts that they point to.
#[derive(Default)]
struct Table {
    keys: Vec<[u16; 4]>,
    doubles: Vec<f64>,
    text: String,
}

impl Table {
    fn code(&mut self, key: u16, code: u16) {
        self.keys.push([key, 0, 1, code]);
    }

    fn doubles(&mut self, key: u16, values: &[f64]) {
        let at = self.doubles.len() as u16;
        self.keys.push([key, tags::GEO_DOUBLE_PARAMS, values.len() as u16, at]);
        self.doubles.extend(values);
    }

    fn text(&mut self, key: u16, words: &str) {
        if !words.is_ascii() || words.len() + self.text.len() > 30_000 {
            return;
        }
        self.keys.push([key, tags::GEO_ASCII_PARAMS, words.len() as u16 + 1, self.text.len() as u16]);
        self.text += words;
        self.text.push('|');
    }

    fn tags(mut self) -> Vec<(u16, TagValue)> {
        self.keys.sort_unstable();
        let mut directory = vec![1, 1, 0, self.keys.len() as u16];
        directory.extend(self.keys.concat());
        let mut all = vec![(tags::GEO_KEY_DIRECTORY, TagValue::Shorts(directory))];
        if !self.doubles.is_empty() {
            all.push((tags::GEO_DOUBLE_PARAMS, TagValue::Doubles(self.doubles)));
        }
        if !self.text.is_empty() {
            all.push((tags::GEO_ASCII_PARAMS, TagValue::Text(self.text)));
        }
        all
    }
}

/// The three tags of the key table; pixels are areas.
pub(crate) fn tags_for(crs: Option<&Crs>) -> Vec<(u16, TagValue)> {
    let mut table = Table::default();
    table.code(GT_RASTER_TYPE, 1);
    if let Some(crs) = crs {
        let (model, key) = if crs.is_geographic() { (2, GEODETIC_CRS) } else { (1, PROJECTED_CRS) };
        table.code(GT_MODEL_TYPE, model);
        table.text(GT_CITATION, crs.name());
        let code = crs.epsg().and_then(|c| u16::try_from(c).ok());
        match (code, crs.definition()) {
            (Some(code), _) => table.code(key, code),
            (None, Some(definition)) if is_sayable(&definition) => define(&mut table, &definition),
            (None, _) => {
                table.code(key, OWN);
                table.text(PROJECTED_CITATION, &format!("{PE_STRING}{}", crs.to_wkt()));
            }
        }
    }
    table.tags()
}

fn method_code(method: Method) -> Option<u16> {
    (1..=28).find(|code| Method::from_geotiff(*code) == Some(method))
}

fn is_sayable(definition: &UserDefined) -> bool {
    definition.projection.as_ref().is_none_or(|p| method_code(p.method).is_some())
}

fn define(table: &mut Table, definition: &UserDefined) {
    table.code(GEODETIC_CRS, OWN);
    define_datum(table, &definition.datum);
    if definition.prime_meridian_deg != 0.0 {
        table.code(2051, OWN);
        table.doubles(2061, &[definition.prime_meridian_deg]);
    }
    if definition.degrees_per_unit == 1.0 {
        table.code(2054, 9102);
    } else {
        table.code(2054, OWN);
        table.doubles(2055, &[definition.degrees_per_unit.to_radians()]);
    }
    if let Some(projection) = &definition.projection {
        table.code(PROJECTED_CRS, OWN);
        table.text(PROJECTED_CITATION, &definition.name);
        define_projection(table, projection);
    }
}

fn define_datum(table: &mut Table, datum: &Datum) {
    let plain: String =
        datum.name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let code = match plain.trim_start_matches('d') {
        "wgs1984" | "wgs84" => 6326,
        "northamericandatum1983" | "northamerican1983" => 6269,
        "northamericandatum1927" | "northamerican1927" => 6267,
        "europeanterrestrialreferencesystem1989" | "etrs1989" => 6258,
        _ => OWN,
    };
    table.code(2050, code);
    let ellipsoid = &datum.ellipsoid;
    table.code(2056, OWN);
    table.doubles(2057, &[ellipsoid.semi_major_m]);
    if ellipsoid.inverse_flattening == 0.0 {
        table.doubles(2058, &[ellipsoid.semi_major_m]);
    } else {
        table.doubles(2059, &[ellipsoid.inverse_flattening]);
    }
    if let Some(shift) = datum.to_wgs84.filter(|_| code == OWN) {
        table.doubles(2062, &shift);
    }
}

fn define_projection(table: &mut Table, projection: &Projection) {
    let p = &projection.parameters;
    let unit = projection.metres_per_unit;
    table.code(3074, OWN);
    table.code(3075, method_code(projection.method).unwrap_or(OWN));
    match unit {
        1.0 => table.code(3076, 9001),
        0.3048 => table.code(3076, 9002),
        u if (u - 1200.0 / 3937.0).abs() < 1e-12 => table.code(3076, 9003),
        _ => {
            table.code(3076, OWN);
            table.doubles(3077, &[unit]);
        }
    }
    let (longitude, latitude, easting, northing) = match projection.method {
        Method::LambertConformal2 => (3084, 3085, 3086, 3087),
        Method::LambertAzimuthalEqualArea
        | Method::AzimuthalEquidistant
        | Method::Stereographic
        | Method::Orthographic
        | Method::Gnomonic
        | Method::EquidistantCylindrical
        | Method::Robinson
        | Method::MillerCylindrical
        | Method::Sinusoidal
        | Method::HotineObliqueMercator1 => (3088, 3089, 3082, 3083),
        Method::PolarStereographic1 => (3095, 3081, 3082, 3083),
        _ => (3080, 3081, 3082, 3083),
    };
    table.doubles(longitude, &[p.central_meridian_deg]);
    table.doubles(latitude, &[p.latitude_of_origin_deg]);
    table.doubles(easting, &[p.false_easting_m / unit]);
    table.doubles(northing, &[p.false_northing_m / unit]);
    for (key, value) in [(3078, p.standard_parallel_1_deg), (3079, p.standard_parallel_2_deg)] {
        if let Some(value) = value {
            table.doubles(key, &[value]);
        }
    }
    if projection.method == Method::HotineObliqueMercator1 {
        table.doubles(3094, &[p.azimuth_deg]);
        table.doubles(3096, &[p.rectified_grid_angle_deg.unwrap_or(p.azimuth_deg)]);
        table.doubles(3093, &[p.scale]);
    } else {
        table.doubles(3092, &[p.scale]);
    }
}
