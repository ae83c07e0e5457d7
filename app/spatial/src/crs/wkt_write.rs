//! A definition as WKT 1 in GDAL's dialect, which every reader of GeoPackage, shapefile and GeoTIFF knows.

use std::fmt::Write as _;

use super::definition::{Parameters, Projection, UserDefined};
use super::method::Method;

/// The text of a definition; `epsg` is the code it is known by, if any.
pub(crate) fn wkt1(definition: &UserDefined, epsg: Option<u32>) -> String {
    let authority = epsg.map(|code| format!(",AUTHORITY[\"EPSG\",\"{code}\"]")).unwrap_or_default();
    let Some(projection) = &definition.projection else {
        return format!("{}{authority}]", geographic(definition, &definition.name));
    };
    let base = if definition.datum.is_wgs84() { "WGS 84" } else { &definition.datum.name };
    let mut text = format!("PROJCS[{},{}]", quoted(&definition.name), geographic(definition, base));
    let _ = write!(text, ",PROJECTION[\"{}\"]", projection.method.wkt1_name());
    for (name, value) in parameters(projection, definition.degrees_per_unit) {
        let _ = write!(text, ",PARAMETER[\"{name}\",{}]", number(value));
    }
    let _ = write!(text, ",{}", length_unit(projection.metres_per_unit));
    text.push_str(if projection.method == Method::TransverseMercatorSouth {
        ",AXIS[\"Westing\",WEST],AXIS[\"Southing\",SOUTH]"
    } else {
        ",AXIS[\"Easting\",EAST],AXIS[\"Northing\",NORTH]"
    });
    if projection.method == Method::WebMercator {
        text.push_str(
            ",EXTENSION[\"PROJ4\",\"+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 \
             +units=m +nadgrids=@null +wktext +no_defs\"]",
        );
    }
    format!("{text}{authority}]")
}

/// A CRS that only a PROJ string describes, the way GDAL writes such.
pub(crate) fn custom(name: &str, proj4: &str, metres_per_unit: f64, epsg: Option<u32>) -> String {
    let authority = epsg.map(|code| format!(",AUTHORITY[\"EPSG\",\"{code}\"]")).unwrap_or_default();
    format!(
        "PROJCS[{},GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563]],\
         PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]],PROJECTION[\"custom_proj4\"],{},\
         EXTENSION[\"PROJ4\",{}]{authority}]",
        quoted(name),
        length_unit(metres_per_unit),
        quoted(proj4)
    )
}

/// Without the closing bracket, for an authority to follow.
fn geographic(definition: &UserDefined, name: &str) -> String {
    let datum = &definition.datum;
    let ellipsoid = &datum.ellipsoid;
    let shift = datum.to_wgs84.map(|shift| {
        let numbers: Vec<String> = shift.iter().map(|n| number(*n)).collect();
        format!(",TOWGS84[{}]", numbers.join(","))
    });
    let meridian = if definition.prime_meridian_deg == 0.0 { "Greenwich" } else { "unnamed" };
    let unit = if definition.degrees_per_unit == 1.0 {
        "UNIT[\"degree\",0.0174532925199433]".to_owned()
    } else {
        let name = if definition.degrees_per_unit == 0.9 { "grad" } else { "unknown" };
        format!("UNIT[\"{name}\",{}]", number(definition.degrees_per_unit.to_radians()))
    };
    format!(
        "GEOGCS[{},DATUM[{},SPHEROID[{},{},{}]{}],PRIMEM[\"{meridian}\",{}],{unit}",
        quoted(name),
        quoted(&datum.name),
        quoted(&ellipsoid.name),
        number(ellipsoid.semi_major_m),
        number(ellipsoid.inverse_flattening),
        shift.unwrap_or_default(),
        number(definition.prime_meridian_deg),
    )
}

/// The parameters that GDAL writes for a method, under its names and in its units.
fn parameters(projection: &Projection, degrees_per_unit: f64) -> Vec<(&'static str, f64)> {
    use Method as M;
    let p: &Parameters = &projection.parameters;
    let angle = |degrees: f64| degrees / degrees_per_unit;
    let latitude = angle(p.latitude_of_origin_deg);
    let longitude = angle(p.central_meridian_deg);
    let parallel_1 = angle(p.standard_parallel_1_deg.unwrap_or(0.0));
    let parallel_2 = angle(p.standard_parallel_2_deg.unwrap_or(0.0));
    let mut list = match projection.method {
        M::TransverseMercator
        | M::TransverseMercatorSouth
        | M::ObliqueStereographic
        | M::Stereographic
        | M::PolarStereographic1 => {
            vec![("latitude_of_origin", latitude), ("central_meridian", longitude), ("scale_factor", p.scale)]
        }
        M::LambertConformal1 => vec![
            ("latitude_of_origin", p.standard_parallel_1_deg.map_or(latitude, angle)),
            ("central_meridian", longitude),
            ("scale_factor", p.scale),
        ],
        M::PolarStereographic2 => {
            vec![("latitude_of_origin", parallel_1), ("central_meridian", longitude), ("scale_factor", 1.0)]
        }
        M::LambertConformal2 => vec![
            ("latitude_of_origin", latitude),
            ("central_meridian", longitude),
            ("standard_parallel_1", parallel_1),
            ("standard_parallel_2", parallel_2),
        ],
        M::AlbersEqualArea | M::EquidistantConic => vec![
            ("latitude_of_center", latitude),
            ("longitude_of_center", longitude),
            ("standard_parallel_1", parallel_1),
            ("standard_parallel_2", parallel_2),
        ],
        M::Mercator1 | M::WebMercator => vec![("central_meridian", longitude), ("scale_factor", p.scale)],
        M::Mercator2 | M::CylindricalEqualArea => {
            vec![("standard_parallel_1", parallel_1), ("central_meridian", longitude)]
        }
        M::EquidistantCylindrical => vec![
            ("latitude_of_origin", latitude),
            ("central_meridian", longitude),
            ("standard_parallel_1", parallel_1),
        ],
        M::LambertAzimuthalEqualArea | M::AzimuthalEquidistant => {
            vec![("latitude_of_center", latitude), ("longitude_of_center", longitude)]
        }
        M::CassiniSoldner | M::Polyconic | M::Orthographic | M::Gnomonic => {
            vec![("latitude_of_origin", latitude), ("central_meridian", longitude)]
        }
        M::HotineObliqueMercator1 | M::HotineObliqueMercator2 => vec![
            ("latitude_of_center", latitude),
            ("longitude_of_center", longitude),
            ("azimuth", angle(p.azimuth_deg)),
            ("rectified_grid_angle", angle(p.rectified_grid_angle_deg.unwrap_or(p.azimuth_deg))),
            ("scale_factor", p.scale),
        ],
        M::SwissOblique => vec![
            ("latitude_of_center", latitude),
            ("longitude_of_center", longitude),
            ("azimuth", angle(90.0)),
            ("rectified_grid_angle", angle(90.0)),
            ("scale_factor", p.scale),
        ],
        M::Krovak => vec![
            ("latitude_of_center", latitude),
            ("longitude_of_center", longitude),
            ("azimuth", angle(p.azimuth_deg)),
            ("pseudo_standard_parallel_1", angle(78.5)),
            ("scale_factor", p.scale),
        ],
        M::Sinusoidal | M::Robinson => vec![("longitude_of_center", longitude)],
        M::Mollweide | M::EqualEarth => vec![("central_meridian", longitude)],
        M::MillerCylindrical => vec![("latitude_of_center", latitude), ("longitude_of_center", longitude)],
    };
    list.push(("false_easting", p.false_easting_m / projection.metres_per_unit));
    list.push(("false_northing", p.false_northing_m / projection.metres_per_unit));
    list
}

fn length_unit(metres: f64) -> String {
    let name = match metres {
        1.0 => "metre",
        1000.0 => "kilometre",
        0.3048 => "foot",
        m if (m - 1200.0 / 3937.0).abs() < 1e-15 => "US survey foot",
        _ => "unknown",
    };
    format!("UNIT[\"{name}\",{}]", number(metres))
}

/// The shortest text that reads back as the same number.
fn number(value: f64) -> String {
    format!("{value}")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
