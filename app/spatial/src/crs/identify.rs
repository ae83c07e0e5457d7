//! Which EPSG code a definition without one has.

use super::definition::{UserDefined, plain_datum};
use super::proj4::{Parts, write};
use super::table::REVISED;

/// The lowest code in the table whose datum has the same name and whose projection has the same numbers.
pub(crate) fn code_of(definition: &UserDefined) -> Option<u32> {
    if definition.degrees_per_unit != 1.0 {
        return None;
    }
    let datum = canonical(&definition.datum.name);
    let wanted = Parts::read(&write(definition)).ok()?;
    let kind = if definition.projection.is_some() { "PROJCS" } else { "GEOGCS" };
    (2000..=u16::MAX).find_map(|code| {
        let def = crs_definitions::from_code(code)?;
        let (_, name) = def.wkt.split_once("DATUM[\"")?;
        let same_datum = def.wkt.starts_with(kind) && canonical(name.split('"').next()?) == datum;
        let same = same_datum && !RETIRED.contains(&code) && !REVISED.contains(&u32::from(code)) && {
            let parts = Parts::read(def.proj4).ok()?;
            parts.projection == wanted.projection && parts.shift == wanted.shift
        };
        same.then_some(u32::from(code))
    })
}

/// Codes that EPSG has withdrawn in favour of a higher one.
const RETIRED: &[u16] = &[3785];

/// EPSG's name for what ESRI and WKT 2 call otherwise.
fn canonical(name: &str) -> String {
    let name = plain_datum(name);
    match name.as_str() {
        "wgs84" | "worldgeodeticsystem1984" => "wgs1984".to_owned(),
        "northamerican1983" | "nad83" => "northamericandatum1983".to_owned(),
        "northamerican1927" => "northamericandatum1927".to_owned(),
        "etrs1989" | "etrs89" => "europeanterrestrialreferencesystem1989".to_owned(),
        "rgf1993" => "reseaugeodesiquefrancais1993".to_owned(),
        "gda1994" => "geocentricdatumofaustralia1994".to_owned(),
        "gda2020" => "geocentricdatumofaustralia2020".to_owned(),
        "ordnancesurveyofgreatbritain1936" => "osgb1936".to_owned(),
        "nzgd2000" => "newzealandgeodeticdatum2000".to_owned(),
        _ => name,
    }
}
