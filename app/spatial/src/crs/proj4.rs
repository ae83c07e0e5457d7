//! PROJ strings: read, written, and brought into the one form that `proj4rs` computes exactly.

use std::fmt::Write as _;

use super::CrsError;
use super::datum::{Axes, Shift, named};
use super::definition::{Datum, Ellipsoid, Parameters, Projection, UserDefined};
use super::method::Method;

const LENGTH_MAX: usize = 4096;

/// `+key=value +key …`
#[derive(Clone, Debug)]
pub(crate) struct Words(Vec<(String, Option<String>)>);

impl Words {
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("it is {} bytes long", text.len()));
        }
        let word = |token: &str| {
            let token = token.strip_prefix('+').unwrap_or(token);
            let (key, value) = token.split_once('=').map_or((token, None), |(k, v)| (k, Some(v)));
            (key.to_owned(), value.map(|v| v.trim_matches('"').to_owned()))
        };
        let words: Vec<_> = text.split_whitespace().map(word).collect();
        if words.iter().any(|(key, _)| key == "proj") {
            Ok(Self(words))
        } else {
            Err("it names no projection (+proj=…)".to_owned())
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).and_then(|(_, value)| value.as_deref())
    }

    fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(k, _)| k == key)
    }

    /// A number; a fraction such as `1200/3937` is one too.
    fn number(&self, key: &str) -> Option<f64> {
        let text = self.get(key)?;
        let number = match text.split_once('/') {
            Some((a, b)) => a.parse::<f64>().ok()? / b.parse::<f64>().ok()?,
            None => text.parse().ok()?,
        };
        number.is_finite().then_some(number)
    }

    fn seven(&self) -> Option<[f64; 7]> {
        let numbers: Option<Vec<f64>> =
            self.get("towgs84")?.split(',').map(|n| n.trim().parse().ok()).collect();
        match numbers?.as_slice() {
            [x, y, z] => Some([*x, *y, *z, 0.0, 0.0, 0.0, 0.0]),
            [x, y, z, rx, ry, rz, s] => Some([*x, *y, *z, *rx, *ry, *rz, *s]),
            _ => None,
        }
    }
}

/// A PROJ string taken apart: the projection on its ellipsoid for `proj4rs`, and the datum apart from it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parts {
    /// Without datum; words in the order of their names, numbers in one form, so that equal projections are
    /// equal texts.
    pub(crate) projection: String,
    pub(crate) shift: Shift,
    pub(crate) half_axes_m: (f64, f64),
    pub(crate) warning: Option<String>,
}

impl Parts {
    pub(crate) fn read(text: &str) -> Result<Self, CrsError> {
        let bad = |reason: String| CrsError::BadDefinition { definition: shortened(text), reason };
        let words = Words::read(text).map_err(bad)?;
        let known = words.get("datum").and_then(named);
        let mut projection: Vec<(String, String)> = Vec::new();
        for (key, value) in &words.0 {
            projection.extend(kept(key, value.as_deref()));
        }
        let has_ellipsoid = ["ellps", "a", "R"].iter().any(|key| words.has(key));
        if !has_ellipsoid {
            let ellipsoid = known.as_ref().map_or("WGS84", |k| k.ellipsoid);
            projection.push(("ellps".to_owned(), ellipsoid.to_owned()));
        }
        if words.get("proj") == Some("utm") {
            let zone = words.number("zone").filter(|z| (1.0..=60.0).contains(z) && z.fract() == 0.0);
            let zone = zone.ok_or_else(|| bad("its UTM zone is not one of 1 to 60".to_owned()))?;
            spell_out_utm(&mut projection, zone, words.has("south"));
        }
        let (a, b) = ellipsoid_of(&projection).map_err(bad)?;
        if a != b && words.get("proj") == Some("tmerc") && !words.has("approx") {
            // The exact algorithm, as PROJ has used by default since version 6; it needs an ellipsoid.
            projection.iter_mut().filter(|(k, _)| k == "proj").for_each(|(_, v)| "etmerc".clone_into(v));
        }
        spell_out_ellipsoid(&mut projection, a, b);
        if words.get("proj") != Some("krovak") {
            // Where everything but Krovak's projection begins anyway.
            let usual = [("k", "1"), ("x_0", "0"), ("y_0", "0")];
            projection.retain(|(key, value)| !usual.contains(&(key.as_str(), value.as_str())));
        }
        if parsed(&written(&mut projection)).map_err(bad)?.is_geocent() {
            return Err(bad("it is geocentric, which a map cannot show".to_owned()));
        }
        let axes = Axes { a, es: 1.0 - (b / a).powi(2) };
        let (shift, warning) = shift_of(&words, axes);
        Ok(Self { projection: written(&mut projection), shift, half_axes_m: (a, b), warning })
    }

    pub(crate) fn proj(&self) -> Result<proj4rs::Proj, CrsError> {
        let reason = |reason| CrsError::BadDefinition { definition: self.projection.clone(), reason };
        parsed(&self.projection).map_err(reason)
    }
}

fn parsed(text: &str) -> Result<proj4rs::Proj, String> {
    proj4rs::Proj::from_proj_string(text).map_err(|error| match error {
        proj4rs::errors::Error::ProjectionNotFound => "its projection is not supported".to_owned(),
        other => other.to_string(),
    })
}

/// The words that say something about the projection; numbers in one form.
fn kept(key: &str, value: Option<&str>) -> Option<(String, String)> {
    const ELSEWHERE: &[&str] = &["datum", "towgs84", "nadgrids", "geoidgrids", "vunits", "vto_meter"];
    const SILENT: &[&str] = &["wktext", "no_defs", "type", "title", "approx", "over"];
    if key.is_empty() || ELSEWHERE.contains(&key) || SILENT.contains(&key) {
        return None;
    }
    let value = value.unwrap_or("");
    // x is always east: the order in which a standard lists the axes is not ours.
    if key == "axis" && ["enu", "neu"].contains(&value) {
        return None;
    }
    let key = if key == "k_0" { "k" } else { key };
    let number =
        value.split_once('/').and_then(|(a, b)| Some(a.parse::<f64>().ok()? / b.parse::<f64>().ok()?));
    let number = number.or_else(|| value.parse::<f64>().ok()).filter(|n| n.is_finite());
    // A tenth of a micrometre: what feet turned into metres and back leave sure.
    let length = key == "x_0" || key == "y_0";
    let number = number.map(|n| if length { (n * 1e7).round() / 1e7 } else { n });
    let ignored =
        matches!((key, number), ("units", None) if value == "m") || (key == "pm" && number == Some(0.0));
    (!ignored).then(|| (key.to_owned(), number.map_or_else(|| value.to_owned(), rounded)))
}

/// Twelve decimals: a tenth of a micrometre in degrees, and the same text for numbers that differ by rounding.
fn rounded(number: f64) -> String {
    let text = format!("{number:.12}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn spell_out_utm(projection: &mut Vec<(String, String)>, zone: f64, south: bool) {
    const GIVEN: &[&str] = &["proj", "zone", "south", "lat_0", "lon_0", "k", "x_0", "y_0"];
    projection.retain(|(key, _)| !GIVEN.contains(&key.as_str()));
    let words = [
        ("proj", "etmerc".to_owned()),
        ("lat_0", "0".to_owned()),
        ("lon_0", rounded(zone * 6.0 - 183.0)),
        ("k", "0.9996".to_owned()),
        ("x_0", "500000".to_owned()),
        ("y_0", if south { "10000000" } else { "0" }.to_owned()),
    ];
    projection.extend(words.map(|(key, value)| (key.to_owned(), value)));
}

const ELLIPSOID: &[&str] = &["ellps", "a", "b", "R", "rf", "f", "es", "e"];

/// The half-axes in metres, before a projection makes a sphere of them in its own way.
fn ellipsoid_of(projection: &[(String, String)]) -> Result<(f64, f64), String> {
    let own = projection.iter().filter(|(key, _)| ELLIPSOID.contains(&key.as_str())).cloned();
    let mut words: Vec<_> = own.chain([("proj".to_owned(), "longlat".to_owned())]).collect();
    let (a, b) = parsed(&written(&mut words))?.ellipse_parameters();
    let earth = (1e5..1e9).contains(&a) && (0.3 * a..=1.001 * a).contains(&b);
    if earth {
        Ok((a, b))
    } else {
        Err(format!("an ellipsoid with half-axes of {a} m and {b} m is no earth"))
    }
}

/// One form for every way to give an ellipsoid.
fn spell_out_ellipsoid(projection: &mut Vec<(String, String)>, a: f64, b: f64) {
    projection.retain(|(key, _)| !ELLIPSOID.contains(&key.as_str()));
    if a == b {
        projection.push(("R".to_owned(), rounded(a)));
    } else {
        projection.push(("a".to_owned(), rounded(a)));
        projection.push(("rf".to_owned(), rounded((a / (a - b) * 1e8).round() / 1e8)));
    }
}

fn written(projection: &mut [(String, String)]) -> String {
    projection.sort();
    let words = projection.iter().map(|(key, value)| match value.as_str() {
        "" => format!("+{key}"),
        value => format!("+{key}={value}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn shift_of(words: &Words, axes: Axes) -> (Shift, Option<String>) {
    if words.get("nadgrids") == Some("@null") {
        return (Shift::None, None);
    }
    if let Some(seven) = words.seven() {
        return (Shift::new(axes, seven), None);
    }
    if let Some(known) = words.get("datum").and_then(named) {
        return (Shift::new(axes, known.seven), known.warning.map(str::to_owned));
    }
    if let Some(grids) = words.get("nadgrids") {
        let text = format!(
            "The datum needs the shift grid {grids}, which is not there: positions may be off by up to 200 m."
        );
        return (Shift::Unknown, Some(text));
    }
    if axes.is_modern() {
        return (Shift::None, None);
    }
    let named = words.get("datum").map(|name| format!(" {name}")).unwrap_or_default();
    let sphere = axes.es == 0.0;
    let text =
        format!("The shift of its datum{named} to WGS 84 is not known: positions may be off by up to 1 km.");
    (Shift::Unknown, (!sphere).then_some(text))
}

pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// A definition as a PROJ string.
pub(crate) fn write(definition: &UserDefined) -> String {
    let mut text = String::new();
    match &definition.projection {
        Some(projection) => projection_words(&mut text, projection),
        None => text.push_str("+proj=longlat"),
    }
    let web = definition.projection.as_ref().is_some_and(|p| p.method == Method::WebMercator);
    if !web {
        datum_words(&mut text, &definition.datum);
    }
    if definition.prime_meridian_deg != 0.0 {
        let _ = write!(text, " +pm={}", definition.prime_meridian_deg);
    }
    if let Some(projection) = &definition.projection {
        match projection.metres_per_unit {
            1.0 => text.push_str(" +units=m"),
            m if m == 1200.0 / 3937.0 => text.push_str(" +units=us-ft"),
            0.3048 => text.push_str(" +units=ft"),
            m => {
                let _ = write!(text, " +to_meter={m}");
            }
        }
    }
    text + " +no_defs"
}

fn datum_words(text: &mut String, datum: &Datum) {
    let e = &datum.ellipsoid;
    let shift = datum.to_wgs84.or_else(|| super::datum::usual_shift(&datum.name));
    if shift.is_none_or(|s| s == [0.0; 7]) && datum.is_wgs84() && e.is_modern() {
        return text.push_str(" +datum=WGS84");
    }
    if shift.is_none_or(|s| s == [0.0; 7]) && datum.is_nad83() && e.is_modern() {
        return text.push_str(" +datum=NAD83");
    }
    let _ = match e.inverse_flattening {
        0.0 => write!(text, " +R={}", e.semi_major_m),
        f if e.is_modern() && f < 298.257_222_5 => write!(text, " +ellps=GRS80"),
        _ if e.is_modern() => write!(text, " +ellps=WGS84"),
        f => write!(text, " +a={} +rf={f}", e.semi_major_m),
    };
    if let Some(shift) = shift {
        let numbers: Vec<String> = shift.iter().map(f64::to_string).collect();
        let _ = write!(text, " +towgs84={}", numbers.join(","));
    }
}

fn projection_words(text: &mut String, projection: &Projection) {
    use Method as M;
    let p = &projection.parameters;
    let (lat_0, lon_0, k) = (p.latitude_of_origin_deg, p.central_meridian_deg, p.scale);
    let lat_1 = p.standard_parallel_1_deg.unwrap_or(0.0);
    let lat_2 = p.standard_parallel_2_deg.unwrap_or(lat_1);
    let _ = write!(text, "+proj={}", projection.method.proj_name());
    let _ = match projection.method {
        M::TransverseMercator
        | M::ObliqueStereographic
        | M::PolarStereographic1
        | M::Stereographic
        | M::SwissOblique => {
            write!(text, " +lat_0={lat_0} +lon_0={lon_0} +k={k}")
        }
        M::TransverseMercatorSouth => write!(text, " +lat_0={lat_0} +lon_0={lon_0} +k={k} +axis=wsu"),
        M::LambertConformal1 => {
            let lat_1 = p.standard_parallel_1_deg.unwrap_or(lat_0);
            write!(text, " +lat_1={lat_1} +lat_0={lat_0} +lon_0={lon_0} +k_0={k}")
        }
        M::LambertConformal2 | M::AlbersEqualArea | M::EquidistantConic => {
            write!(text, " +lat_1={lat_1} +lat_2={lat_2} +lat_0={lat_0} +lon_0={lon_0}")
        }
        M::Mercator1 => write!(text, " +lon_0={lon_0} +k={k}"),
        M::Mercator2 | M::CylindricalEqualArea => write!(text, " +lat_ts={lat_1} +lon_0={lon_0}"),
        M::WebMercator => {
            write!(text, " +a=6378137 +b=6378137 +lat_ts=0 +lon_0={lon_0} +k=1 +nadgrids=@null")
        }
        M::PolarStereographic2 => write!(text, " +lat_0={lat_0} +lat_ts={lat_1} +lon_0={lon_0}"),
        M::EquidistantCylindrical => write!(text, " +lat_ts={lat_1} +lat_0={lat_0} +lon_0={lon_0}"),
        M::LambertAzimuthalEqualArea
        | M::AzimuthalEquidistant
        | M::CassiniSoldner
        | M::Polyconic
        | M::Orthographic
        | M::Gnomonic => write!(text, " +lat_0={lat_0} +lon_0={lon_0}"),
        M::HotineObliqueMercator1 | M::HotineObliqueMercator2 => {
            let no_uoff = if projection.method == M::HotineObliqueMercator1 { " +no_uoff" } else { "" };
            let (alpha, gamma) = (p.azimuth_deg, p.rectified_grid_angle_deg.unwrap_or(p.azimuth_deg));
            write!(text, "{no_uoff} +lat_0={lat_0} +lonc={lon_0} +alpha={alpha} +gamma={gamma} +k={k}")
        }
        M::Krovak => write!(text, " +lat_0={lat_0} +lon_0={lon_0} +alpha={} +k={k}", p.azimuth_deg),
        M::Sinusoidal | M::Mollweide | M::Robinson | M::MillerCylindrical | M::EqualEarth => {
            write!(text, " +lon_0={lon_0}")
        }
    };
    let _ = write!(text, " +x_0={} +y_0={}", p.false_easting_m, p.false_northing_m);
}

/// A PROJ string as a definition, where its projection is one that definitions know.
pub(crate) fn define(name: &str, text: &str) -> Option<UserDefined> {
    let words = Words::read(text).ok()?;
    if words.0.iter().any(|(key, _)| key.starts_with("R_")) {
        return None;
    }
    let parts = Parts::read(text).ok()?;
    let proj = parts.proj().ok()?;
    let (a, b) = parts.half_axes_m;
    let inverse_flattening = if a == b { 0.0 } else { (a / (a - b) * 1e8).round() / 1e8 };
    let ellipsoid_name = words.get("ellps").unwrap_or("unknown");
    // `NAD83(CSRS)v8 / UTM zone 7N` names its datum, which the string cannot.
    let base = name.split_once(" / ").map_or("unknown", |(base, _)| base);
    let datum_name = words.get("datum").unwrap_or(base);
    let mut datum = Datum {
        name: match datum_name {
            "WGS84" => "WGS_1984".to_owned(),
            "NAD83" => "North_American_Datum_1983".to_owned(),
            other => other.to_owned(),
        },
        ellipsoid: Ellipsoid::new(ellipsoid_name, a, inverse_flattening),
        to_wgs84: words.seven().or_else(|| named(words.get("datum")?).map(|n| n.seven)),
    };
    let plain_earth = datum.ellipsoid.is_modern() && parts.shift == Shift::None;
    if plain_earth {
        datum.to_wgs84 = None;
        if words.get("datum") == Some("WGS84") {
            datum = Datum::wgs84();
        }
    }
    let projection = if proj.is_latlong() {
        None
    } else if words.get("nadgrids") == Some("@null") && words.get("proj") == Some("merc") && a == b {
        datum = Datum::wgs84();
        Some(Projection {
            method: Method::WebMercator,
            parameters: parameters(&words),
            metres_per_unit: proj.to_meter(),
        })
    } else {
        let (method, parameters) = method_of(&words)?;
        Some(Projection { method, parameters, metres_per_unit: proj.to_meter() })
    };
    Some(UserDefined {
        name: name.to_owned(),
        datum,
        prime_meridian_deg: rounded(proj.from_greenwich().to_degrees()).parse().ok()?,
        degrees_per_unit: 1.0,
        projection,
    })
}

fn parameters(words: &Words) -> Parameters {
    let scale = ["k", "k_0"].iter().find_map(|key| words.number(key));
    Parameters {
        latitude_of_origin_deg: words.number("lat_0").unwrap_or(0.0),
        central_meridian_deg: words.number("lonc").or_else(|| words.number("lon_0")).unwrap_or(0.0),
        standard_parallel_1_deg: words.number("lat_ts").or_else(|| words.number("lat_1")),
        standard_parallel_2_deg: words.number("lat_2"),
        scale: scale.unwrap_or(1.0),
        false_easting_m: words.number("x_0").unwrap_or(0.0),
        false_northing_m: words.number("y_0").unwrap_or(0.0),
        azimuth_deg: words.number("alpha").unwrap_or(0.0),
        rectified_grid_angle_deg: words.number("gamma"),
    }
}

fn method_of(words: &Words) -> Option<(Method, Parameters)> {
    use Method as M;
    let mut p = parameters(words);
    let method = match words.get("proj")? {
        "utm" => {
            p = Parameters {
                central_meridian_deg: words.number("zone")? * 6.0 - 183.0,
                scale: 0.9996,
                false_easting_m: 500_000.0,
                false_northing_m: if words.has("south") { 10_000_000.0 } else { 0.0 },
                ..Parameters::default()
            };
            M::TransverseMercator
        }
        "tmerc" | "etmerc" if words.get("axis") == Some("wsu") => M::TransverseMercatorSouth,
        "tmerc" | "etmerc" => M::TransverseMercator,
        "lcc" if words.has("lat_2") && p.scale != 1.0 => return None,
        "lcc" if words.has("lat_2") => M::LambertConformal2,
        "lcc" if words.number("lat_1").is_some_and(|l| l != p.latitude_of_origin_deg) => return None,
        "lcc" => M::LambertConformal1,
        "aea" => M::AlbersEqualArea,
        "merc" if words.has("lat_ts") && !words.has("k") && !words.has("k_0") => M::Mercator2,
        "merc" => M::Mercator1,
        "stere" if p.latitude_of_origin_deg.abs() != 90.0 => M::Stereographic,
        "stere" if words.number("lat_ts").is_some_and(|l| l.abs() != 90.0) => M::PolarStereographic2,
        "stere" => M::PolarStereographic1,
        "sterea" => M::ObliqueStereographic,
        "laea" => M::LambertAzimuthalEqualArea,
        "aeqd" => M::AzimuthalEquidistant,
        "cass" => M::CassiniSoldner,
        "omerc" if !words.has("alpha") => return None,
        "omerc" if words.has("no_uoff") || words.has("no_off") => M::HotineObliqueMercator1,
        "omerc" => M::HotineObliqueMercator2,
        "somerc" => M::SwissOblique,
        "krovak" => M::Krovak,
        "eqc" => M::EquidistantCylindrical,
        "cea" => M::CylindricalEqualArea,
        "poly" => M::Polyconic,
        "eqdc" => M::EquidistantConic,
        "sinu" => M::Sinusoidal,
        "moll" => M::Mollweide,
        "robin" => M::Robinson,
        "mill" => M::MillerCylindrical,
        "ortho" if words.has("alpha") || p.scale != 1.0 => return None,
        "ortho" => M::Orthographic,
        "gnom" => M::Gnomonic,
        "eqearth" => M::EqualEarth,
        _ => return None,
    };
    Some((method, p))
}
