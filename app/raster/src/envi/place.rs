//! Where an ENVI image lies: `map info`, `projection info` and `coordinate system string`.

use spatial::Crs;

use crate::envi::header::Header;
use crate::georeference::{Georeference, checked, parse_crs};

/// `map info`, as far as it is understood.
#[derive(Clone, Debug, PartialEq)]
struct MapInfo {
    projection: String,
    transform: [f64; 6],
    zone: Option<u32>,
    is_south: bool,
    datum: Option<String>,
    is_feet: bool,
}

impl MapInfo {
    /// `{projection, column, row, x, y, pixel width, pixel height, [zone, North or South,] datum,
    /// units=…, rotation=…}`; column and row count from 1 at the outer corner of the first pixel.
    fn read(header: &Header) -> Option<Self> {
        let parts = header.list("map info");
        let projection = (*parts.first()?).to_owned();
        let mut numbers = [0.0; 6];
        for (number, text) in numbers.iter_mut().zip(parts.get(1..7)?) {
            *number = text.parse().ok()?;
        }
        let [column, row, x, y, width, height] = numbers;
        let named = |name: &str| {
            parts.iter().find_map(|part| {
                let (key, value) = part.split_once('=')?;
                (key.trim().eq_ignore_ascii_case(name)).then(|| value.trim())
            })
        };
        // Degrees to the left, as GDAL takes them.
        let rotation = named("rotation").and_then(|r| r.parse::<f64>().ok()).unwrap_or(0.0).to_radians();
        let (sin, cos) = if rotation == 0.0 { (0.0, 1.0) } else { rotation.sin_cos() };
        let (dx, rx, ry, dy) = (cos * width, sin * height, sin * width, -cos * height);
        let (column, row) = (column - 1.0, row - 1.0);
        let transform = [x - column * dx - row * rx, dx, rx, y - column * ry - row * dy, ry, dy];
        let plain: Vec<&str> = parts[7..].iter().copied().filter(|part| !part.contains('=')).collect();
        let zone = plain.first().and_then(|z| z.parse().ok());
        let is_south = plain.iter().any(|part| part.eq_ignore_ascii_case("south"));
        let datum = plain.iter().rfind(|part| part.parse::<f64>().is_err() && !is_hemisphere(part));
        Some(Self {
            projection,
            transform,
            zone,
            is_south,
            datum: datum.map(|d| (*d).to_owned()),
            is_feet: named("units").is_some_and(|u| u.to_lowercase().contains("feet")),
        })
    }

    fn is(&self, word: &str) -> bool {
        self.projection.to_lowercase().contains(word)
    }

    /// `None` when it names none on purpose; else the CRS, or what is not known about it.
    fn crs(&self, header: &Header) -> Option<Result<Crs, String>> {
        if ["arbitrary", "pseudo", "not specified", "unknown", "image"].iter().any(|w| self.is(w)) {
            return None;
        }
        let found = if self.is("utm") {
            self.utm()
        } else if self.is("geographic") {
            self.geographic()
        } else {
            self.projected(header)
        };
        Some(found)
    }

    fn datum(&self) -> Datum {
        let name = self.datum.as_deref().unwrap_or("WGS-84").to_lowercase().replace([' ', '_'], "-");
        match name.as_str() {
            "wgs-84" | "wgs84" | "wgs-1984" => Datum::Wgs84,
            "north-america-1983" | "north-american-1983" | "nad-83" | "nad83" => Datum::Nad83,
            "north-america-1927" | "north-american-1927" | "nad-27" | "nad27" => Datum::Nad27,
            "european-1950" | "ed50" => Datum::Ed50,
            "etrs89" | "etrs-89" | "etrs-1989" => Datum::Etrs89,
            "wgs-72" | "wgs-1972" => Datum::Wgs72,
            _ => Datum::Other,
        }
    }

    fn utm(&self) -> Result<Crs, String> {
        let zone = self.zone.filter(|z| (1..=60).contains(z)).ok_or("it names a UTM zone that is none")?;
        let first = match (self.datum(), self.is_south) {
            (Datum::Wgs84, false) => 32600,
            (Datum::Wgs84, true) => 32700,
            (Datum::Wgs72, false) => 32200,
            (Datum::Wgs72, true) => 32300,
            (Datum::Nad83, false) => 26900,
            (Datum::Nad27, false) => 26700,
            (Datum::Ed50, false) => 23000,
            (Datum::Etrs89, false) => 25800,
            _ => return Err(self.unknown_datum()),
        };
        Crs::from_epsg(first + zone).map_err(|e| e.to_string())
    }

    fn geographic(&self) -> Result<Crs, String> {
        let code = match self.datum() {
            Datum::Wgs84 => 4326,
            Datum::Wgs72 => 4322,
            Datum::Nad83 => 4269,
            Datum::Nad27 => 4267,
            Datum::Ed50 => 4230,
            Datum::Etrs89 => 4258,
            Datum::Other => return Err(self.unknown_datum()),
        };
        Crs::from_epsg(code).map_err(|e| e.to_string())
    }

    fn unknown_datum(&self) -> String {
        format!("the datum “{}” is not known", self.datum.as_deref().unwrap_or_default())
    }

    /// From the numbers of `projection info`.
    fn projected(&self, header: &Header) -> Result<Crs, String> {
        let not_known = || format!("“{}” is said without numbers that are understood", self.projection);
        let numbers = header.numbers("projection info");
        let proj = proj_string(&numbers).ok_or_else(not_known)?;
        let datum = match self.datum.as_ref().map(|_| self.datum()) {
            Some(Datum::Wgs84) => " +datum=WGS84".to_owned(),
            Some(Datum::Nad83) => " +datum=NAD83".to_owned(),
            Some(Datum::Nad27) => " +datum=NAD27".to_owned(),
            _ => format!(" +a={} +b={}", numbers[1], numbers[2]),
        };
        let units = if self.is_feet { "us-ft" } else { "m" };
        Crs::from_proj4(&self.projection, &format!("{proj}{datum} +units={units} +no_defs"))
            .map_err(|e| e.to_string())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Datum {
    Wgs84,
    Wgs72,
    Nad83,
    Nad27,
    Ed50,
    Etrs89,
    Other,
}

fn is_hemisphere(text: &str) -> bool {
    text.eq_ignore_ascii_case("north") || text.eq_ignore_ascii_case("south")
}

/// `{kind, semi-major axis, semi-minor axis, latitude of origin, central meridian, false easting, false
/// northing, …}`; what follows depends on the kind. The datum is left to the caller.
fn proj_string(numbers: &[f64]) -> Option<String> {
    let (kind, rest) = (*numbers.first()? as u32, numbers.get(3..)?);
    let at = |i: usize| rest.get(i).copied().filter(|n: &f64| n.is_finite());
    if !numbers.get(1..3)?.iter().all(|axis| axis.is_finite() && *axis > 1e6) {
        return None;
    }
    let origin = || Some(format!("+lat_0={} +lon_0={} +x_0={} +y_0={}", at(0)?, at(1)?, at(2)?, at(3)?));
    let parallels = || Some(format!("+lat_1={} +lat_2={}", at(4)?, at(5)?));
    Some(match kind {
        3 => format!("+proj=tmerc {} +k_0={}", origin()?, at(4)?),
        4 => format!("+proj=lcc {} {}", origin()?, parallels()?),
        7 => format!("+proj=stere {} +k_0={}", origin()?, at(4)?),
        9 => format!("+proj=aea {} {}", origin()?, parallels()?),
        10 => format!("+proj=poly {}", origin()?),
        11 => format!("+proj=laea {}", origin()?),
        12 => format!("+proj=aeqd {}", origin()?),
        16 => format!("+proj=sinu +lon_0={} +x_0={} +y_0={}", at(0)?, at(1)?, at(2)?),
        31 => {
            let pole = if at(0)? < 0.0 { -90 } else { 90 };
            format!(
                "+proj=stere +lat_0={pole} +lat_ts={} +lon_0={} +x_0={} +y_0={}",
                at(0)?,
                at(1)?,
                at(2)?,
                at(3)?
            )
        }
        _ => return None,
    })
}

/// What the header says about the place; what it says wrongly goes into `warnings`.
pub(crate) fn read(header: &Header, warnings: &mut Vec<String>) -> Georeference {
    let mut place = Georeference::default();
    let map = MapInfo::read(header);
    if map.is_none() && header.text("map info").is_some() {
        warnings.push("Its map info is not understood and was left out.".into());
    }
    place.transform = map.as_ref().and_then(|m| checked(m.transform, warnings));
    place.crs = header.text("coordinate system string").and_then(|wkt| parse_crs(wkt, warnings));
    if place.crs.is_none()
        && let Some(found) = map.as_ref().and_then(|m| m.crs(header))
    {
        match found {
            Ok(crs) => place.crs = Some(crs),
            Err(reason) => warnings.push(format!(
                "Its coordinate reference system was left out: {}.",
                reason.trim_end_matches('.')
            )),
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use spatial::GeoTransform;

    use super::*;

    fn read_all(fields: &str) -> (Georeference, Vec<String>) {
        let header = Header::parse(&format!("ENVI\n{fields}\n")).expect("a header");
        let mut warnings = Vec::new();
        let place = read(&header, &mut warnings);
        (place, warnings)
    }

    fn epsg(fields: &str) -> Option<u32> {
        read_all(fields).0.crs.and_then(|c| c.epsg())
    }

    #[test]
    fn zones_datums_and_degrees_name_their_crs() {
        let map = |rest: &str| format!("map info = {{{rest}}}");
        assert_eq!(epsg(&map("UTM, 1, 1, 5e5, 4e6, 30, 30, 33, North, WGS-84, units=Meters")), Some(32633));
        assert_eq!(epsg(&map("UTM, 1, 1, 5e5, 4e6, 30, 30, 19, South, WGS-84")), Some(32719));
        assert_eq!(epsg(&map("UTM, 1, 1, 5e5, 4e6, 30, 30, 15, North, North America 1983")), Some(26915));
        assert_eq!(epsg(&map("UTM, 1, 1, 5e5, 4e6, 30, 30, 15, North, North America 1927")), Some(26715));
        assert_eq!(
            epsg(&map("Geographic Lat/Lon, 1, 1, 8, 50, 1e-4, 1e-4, WGS-84, units=Degrees")),
            Some(4326)
        );
        let (place, warnings) = read_all(&map("Arbitrary, 1, 1, 8, 50, 2, 2"));
        assert!(place.crs.is_none() && place.transform.is_some() && warnings.is_empty());
        let (place, warnings) = read_all(&map("UTM, 1, 1, 5e5, 4e6, 30, 30, 15, North, Mars 2000"));
        assert!(place.crs.is_none() && warnings[0].contains("Mars 2000"), "{warnings:?}");
    }

    #[test]
    fn the_reference_pixel_counts_from_one_at_the_corner() {
        let (place, _) = read_all("map info = {UTM, 11, 21, 1000, 500, 2, 3, 33, North, WGS-84}");
        let found = place.transform.map(GeoTransform::to_gdal);
        assert_eq!(found, Some([980.0, 2.0, 0.0, 560.0, 0.0, -3.0]));
    }

    #[test]
    fn a_turned_image_turns_left_about_its_reference_pixel() {
        let (place, _) =
            read_all("map info = {UTM, 3, 4, 1000, 500, 2, 2, 33, North, WGS-84, units=Meters, rotation=90}");
        let transform = place.transform.expect("a transform");
        let here = transform.world_from_image((2.0, 3.0).into());
        assert!((here.x - 1000.0).abs() < 1e-9 && (here.y - 500.0).abs() < 1e-9);
        let right = transform.world_from_image((3.0, 3.0).into());
        assert!((right.x - 1000.0).abs() < 1e-9 && (right.y - 502.0).abs() < 1e-9, "{right:?}");
    }

    #[test]
    fn numbers_of_a_projection_make_its_crs() {
        let (place, warnings) = read_all(
            "map info = {Albers, 1, 1, -936408.178, 2423902.344, 28.5, 28.5}\nprojection info = {9, 6378206.4, \
             6356583.8, 23.0, -96.0, 0., 0., 29.5, 45.5, Albers Equal Area Example}",
        );
        assert!(warnings.is_empty(), "{warnings:?}");
        assert!(place.crs.is_some_and(|c| c.proj4().contains("aea")));
    }
}
