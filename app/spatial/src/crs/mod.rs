//! Coordinate reference systems by EPSG code or definition.

mod datum;
mod definition;
mod identify;
mod method;
mod proj4;
mod table;
mod wkt_read;
mod wkt_tree;
mod wkt_write;

pub use definition::{Datum, Ellipsoid, Parameters, Projection, UserDefined};
pub use method::Method;

pub(crate) use datum::Shift;
pub(crate) use proj4::Parts;

use serde::{Deserialize, Serialize};

use crate::{LonLat, Transformer, WorldPoint};

/// Why a CRS or a conversion is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CrsError {
    #[error("EPSG:{0} is not in the table of coordinate reference systems")]
    UnknownCode(u32),
    #[error("cannot use the coordinate reference system `{definition}`: {reason}")]
    BadDefinition { definition: String, reason: String },
    #[error("the position {x}, {y} has no place on the earth in {crs}")]
    OffTheEarth { crs: String, x: f64, y: f64 },
}

impl CrsError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownCode(_) => "Give the CRS as WKT or as a PROJ string instead.",
            Self::BadDefinition { .. } => {
                "Give it as EPSG:n, as WKT or as a PROJ string, or convert the file with gdalwarp."
            }
            Self::OffTheEarth { .. } => "The file may name the wrong CRS, or have its axes swapped.",
        }
    }
}

/// A coordinate reference system: an EPSG code, or a definition of the file's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crs {
    epsg: Option<u32>,
    name: String,
    proj4: String,
    /// As the table or the file has it.
    wkt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    degrees_per_unit: f64,
}

// Its one float is a ratio of units, never NaN.
impl Eq for Crs {}

fn one() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_one(value: &f64) -> bool {
    *value == 1.0
}

impl Crs {
    /// Looks a code up in the EPSG table.
    pub fn from_epsg(code: u32) -> Result<Self, CrsError> {
        let row = table::row(code).ok_or(CrsError::UnknownCode(code))?;
        if row.proj4.is_empty() {
            let reason = "its projection is not supported".to_owned();
            return Err(CrsError::BadDefinition { definition: format!("EPSG:{code} {}", row.name), reason });
        }
        let mut crs = Self::from_proj4(&row.name, &row.proj4)?;
        crs.epsg = Some(code);
        if row.wkt.starts_with("GEOG") {
            crs.degrees_per_unit =
                wkt_read::read(row.wkt).map_or(1.0, |said| said.definition.degrees_per_unit);
        }
        crs.wkt = (!row.wkt.is_empty()).then(|| row.wkt.to_owned());
        Ok(crs)
    }

    /// Longitude and latitude in degrees on WGS 84, EPSG:4326.
    pub fn wgs84() -> Self {
        Self {
            epsg: Some(4326),
            name: "WGS 84".to_owned(),
            proj4: "+proj=longlat +datum=WGS84 +no_defs".to_owned(),
            wkt: crs_definitions::from_code(4326).map(|def| def.wkt.to_owned()),
            warning: None,
            degrees_per_unit: 1.0,
        }
    }

    /// A CRS given by a PROJ string.
    pub fn from_proj4(name: &str, proj4: &str) -> Result<Self, CrsError> {
        let parts = Parts::read(proj4)?;
        let (name, proj4) = (name.to_owned(), proj4.trim().to_owned());
        Ok(Self { epsg: None, name, proj4, wkt: None, warning: parts.warning, degrees_per_unit: 1.0 })
    }

    /// WKT 1 (GDAL, ESRI) or WKT 2. A text that names its EPSG code, or that says the same as one, gets the
    /// table's definition; any other keeps its own.
    pub fn from_wkt(text: &str) -> Result<Self, CrsError> {
        let said = wkt_read::read(text).map_err(|reason| CrsError::BadDefinition {
            definition: proj4::shortened(text.trim()),
            reason,
        })?;
        if let Some(crs) = said.epsg.and_then(|code| Self::from_epsg(code).ok()) {
            return Ok(crs);
        }
        let mut crs = match &said.proj4 {
            Some(proj4) => Self::from_proj4(&said.definition.name, proj4)?,
            None => Self::from_user_defined(&said.definition)?,
        };
        if crs.epsg.is_none() {
            crs.epsg = said.epsg;
            crs.wkt = Some(text.trim().to_owned());
        }
        Ok(crs)
    }

    /// A CRS by its parameters, such as GeoTIFF keys give; one that equals a code of the table gets the code.
    pub fn from_user_defined(definition: &UserDefined) -> Result<Self, CrsError> {
        if let Some(reason) = definition.fault() {
            return Err(CrsError::BadDefinition { definition: definition.name.clone(), reason });
        }
        if let Some(crs) = identify::code_of(definition).and_then(|code| Self::from_epsg(code).ok()) {
            return Ok(crs);
        }
        let mut crs = Self::from_proj4(&definition.name, &proj4::write(definition))?;
        crs.degrees_per_unit =
            if definition.projection.is_none() { definition.degrees_per_unit } else { 1.0 };
        crs.wkt = Some(wkt_write::wkt1(definition, None));
        Ok(crs)
    }

    /// What a user types or a file says: `EPSG:26915`, `urn:ogc:def:crs:EPSG::26915`, `OGC:CRS84`, a PROJ
    /// string, or WKT.
    pub fn parse(text: &str) -> Result<Self, CrsError> {
        let text = text.trim().trim_matches('\0');
        if text.contains(['[', '(']) {
            return Self::from_wkt(text);
        }
        if text.contains("proj=") {
            return Self::from_proj4("user-defined", text);
        }
        let upper = text.to_ascii_uppercase();
        if upper.ends_with("CRS84") || upper == "CRS:84" || upper == "WGS84" {
            return Ok(Self::wgs84());
        }
        let code = if let Some((_, rest)) = upper.split_once("EPSG") {
            // EPSG:4326, urn:ogc:def:crs:EPSG:9.9:4326, …/def/crs/EPSG/0/4326, and with a height CRS 4326+5773
            let horizontal = rest.split('+').next().unwrap_or("");
            horizontal.rsplit([':', '/']).next().and_then(|code| code.trim().parse().ok())
        } else if let Some(code) = upper.strip_prefix("ESRI:") {
            ["102100", "102113"].contains(&code).then_some(3857)
        } else {
            upper.parse().ok()
        };
        match code {
            Some(code) => Self::from_epsg(code),
            None => Err(CrsError::BadDefinition {
                definition: proj4::shortened(text),
                reason: "it is neither a code nor a definition".to_owned(),
            }),
        }
    }

    /// What would be lost or shifted in conversions, in one sentence; `None` where all is exact.
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    /// The CRS by its parameters; `None` where only a PROJ string can say them.
    pub fn definition(&self) -> Option<UserDefined> {
        let said = self.wkt.as_deref().and_then(|text| wkt_read::read(text).ok());
        let said = said.filter(|said| said.proj4.is_none()).map(|said| said.definition);
        said.or_else(|| proj4::define(&self.name, &self.proj4))
    }

    /// WKT 1 as GDAL, shapefiles (.prj) and GeoPackages have it; always there.
    pub fn to_wkt(&self) -> String {
        const WKT1: &[&str] = &["PROJCS", "GEOGCS", "COMPD_CS"];
        if let Some(text) = self.wkt.as_ref().filter(|text| WKT1.iter().any(|root| text.starts_with(root))) {
            return text.clone();
        }
        if let Some(definition) = self.definition() {
            return wkt_write::wkt1(&definition, self.epsg);
        }
        let unit = self.metres_per_unit().unwrap_or(1.0);
        wkt_write::custom(&self.name, &self.proj4, unit, self.epsg)
    }

    /// True when both name the same coordinates, so that no conversion is needed.
    pub fn coincides_with(&self, other: &Self) -> bool {
        if self.degrees_per_unit != other.degrees_per_unit {
            return false;
        }
        if self.proj4 == other.proj4 {
            return true;
        }
        match (Parts::read(&self.proj4), Parts::read(&other.proj4)) {
            (Ok(a), Ok(b)) => a.projection == b.projection && a.shift == b.shift,
            _ => false,
        }
    }

    /// Degrees that one unit of a geographic CRS stands for; 1 but for a few in grads.
    pub fn degrees_per_unit(&self) -> f64 {
        self.degrees_per_unit
    }

    /// The UTM zone of a place on WGS 84 (EPSG:326xx, 327xx); polar stereographic beyond 84° N and 80° S.
    pub fn utm_for(place: LonLat) -> Result<Self, CrsError> {
        if !(place.x.is_finite() && place.y.abs() <= 90.0) {
            return Err(CrsError::OffTheEarth { crs: "EPSG:4326".to_owned(), x: place.x, y: place.y });
        }
        let turns = ((place.x + 180.0) / 360.0).rem_euclid(1.0);
        let zone = ((turns * 60.0) as u32).min(59) + 1;
        Self::from_epsg(match place.y {
            y if y > 84.0 => 3995,
            y if y < -80.0 => 3031,
            y if y < 0.0 => 32700 + zone,
            _ => 32600 + zone,
        })
    }

    /// The CRS in which to show a layer: its own if it is projected with x to the east and y to the north,
    /// else the UTM zone of its centre (in the layer's coordinates).
    pub fn map_crs_for(layer: &Self, centre: WorldPoint) -> Result<Self, CrsError> {
        let proj = layer.proj()?;
        if !proj.is_latlong() && proj.is_normalized_axis() {
            return Ok(layer.clone());
        }
        let place = Transformer::new(layer, &Self::wgs84())?.convert(centre);
        Self::utm_for(place.ok_or_else(|| CrsError::OffTheEarth {
            crs: layer.label(),
            x: centre.x,
            y: centre.y,
        })?)
    }

    /// Metres per unit of a projected CRS (0.3048… for feet); `None` for a geographic one.
    pub fn metres_per_unit(&self) -> Option<f64> {
        self.proj().ok().filter(|p| !p.is_latlong()).map(|p| p.to_meter())
    }

    pub fn epsg(&self) -> Option<u32> {
        self.epsg
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn wkt(&self) -> Option<&str> {
        self.wkt.as_deref()
    }

    pub fn proj4(&self) -> &str {
        &self.proj4
    }

    /// `EPSG:26915`, or the name where there is no code.
    pub fn label(&self) -> String {
        self.epsg.map_or_else(|| self.name.clone(), |code| format!("EPSG:{code}"))
    }

    /// True when coordinates are degrees.
    pub fn is_geographic(&self) -> bool {
        self.proj().is_ok_and(|p| p.is_latlong())
    }

    pub(crate) fn parts(&self) -> Result<Parts, CrsError> {
        Parts::read(&self.proj4)
    }

    fn proj(&self) -> Result<proj4rs::Proj, CrsError> {
        self.parts()?.proj()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_is_in_the_layers_crs_or_in_the_utm_zone_of_its_centre() {
        let code = |x: f64, y: f64| {
            Crs::map_crs_for(&Crs::wgs84(), WorldPoint { x, y }).expect("on the earth").epsg()
        };
        assert_eq!(code(-94.51, 37.08), Some(32615));
        assert_eq!(code(179.9, -17.0), Some(32760));
        assert_eq!(code(180.1, -17.0), Some(32701));
        assert_eq!(code(-180.0, 10.0), Some(32601));
        assert_eq!(code(10.0, 84.5), Some(3995));
        assert_eq!(code(10.0, -88.0), Some(3031));
        let national = Crs::from_epsg(27700).expect("in the table");
        assert_eq!(Crs::map_crs_for(&national, WorldPoint { x: 4e5, y: 3e5 }), Ok(national));
        // Westings and southings would stand on their head.
        let lo29 = Crs::from_epsg(2053).expect("in the table");
        assert_eq!(
            Crs::map_crs_for(&lo29, WorldPoint { x: 0.0, y: 2.9e6 }).map(|c| c.epsg()),
            Ok(Some(32735))
        );
        assert!(Crs::map_crs_for(&Crs::wgs84(), WorldPoint { x: 0.0, y: 95.0 }).is_err());
    }

    #[test]
    fn a_crs_is_understood_however_it_is_written() {
        for text in [
            "EPSG:32615",
            " epsg:32615 ",
            "32615",
            "urn:ogc:def:crs:EPSG::32615",
            "urn:ogc:def:crs:EPSG:9.8:32615",
            "http://www.opengis.net/def/crs/EPSG/0/32615",
            "EPSG:32615+5703",
        ] {
            assert_eq!(Crs::parse(text).map(|crs| crs.epsg()), Ok(Some(32615)), "{text}");
        }
        for text in ["OGC:CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84", "CRS:84", "WGS84", "EPSG:4326"] {
            assert_eq!(Crs::parse(text).map(|crs| crs.epsg()), Ok(Some(4326)), "{text}");
        }
        assert_eq!(Crs::parse("ESRI:102100").map(|crs| crs.epsg()), Ok(Some(3857)));
        let custom =
            Crs::parse("+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +datum=NAD83").expect("reads");
        assert_eq!((custom.epsg(), custom.label()), (None, "user-defined".to_owned()));
    }

    #[test]
    fn what_is_not_a_crs_is_refused_in_a_sentence_with_a_hint() {
        let refusal = |text: &str| Crs::parse(text).expect_err("refused").to_string();
        assert_eq!(refusal("EPSG:99999"), "EPSG:99999 is not in the table of coordinate reference systems");
        assert!(refusal("moon").ends_with("it is neither a code nor a definition"));
        assert!(refusal("").ends_with("it is neither a code nor a definition"));
        assert!(refusal("EPSG:4978").ends_with("it is geocentric, which a map cannot show"));
        assert!(refusal("EPSG:27200").ends_with("its projection is not supported"));
        assert!(refusal("+proj=utm +zone=61").ends_with("its UTM zone is not one of 1 to 60"));
        assert!(refusal("+proj=merc +a=nan +b=1").contains("cannot use"));
        assert!(refusal("+proj=tmerc +a=1 +b=1").ends_with("is no earth"));
        assert!(refusal("PROJCS[\"x\"").ends_with("a bracket is not closed"));
        assert!(refusal(&format!("+proj=longlat {}", "+x ".repeat(5000))).len() < 300);
        for error in [Crs::parse("moon"), Crs::from_epsg(1)] {
            assert!(!error.expect_err("refused").hint().is_empty());
        }
    }

    #[test]
    fn missing_grids_and_unknown_datums_open_with_a_warning() {
        let warning = |text: &str| Crs::parse(text).expect("opens").warning().map(str::to_owned);
        assert_eq!(warning("EPSG:32615"), None);
        assert_eq!(warning("EPSG:3857"), None);
        assert_eq!(warning("EPSG:27700"), None);
        assert!(warning("EPSG:26715").expect("NAD27").contains("about 10 m"));
        assert!(warning("+proj=utm +zone=33 +ellps=bessel").expect("no datum").contains("not known"));
        let grid = warning("+proj=utm +zone=33 +ellps=intl +nadgrids=secret.gsb").expect("no grid");
        assert!(grid.contains("secret.gsb"), "{grid}");
        assert!(
            warning("+proj=utm +zone=33 +datum=Atlantis +ellps=intl").expect("no datum").contains("Atlantis")
        );
    }

    #[test]
    fn equal_definitions_coincide_however_they_are_written() {
        let utm = Crs::from_epsg(32615).expect("in the table");
        let spelt =
            "+proj=tmerc +lon_0=-93.0 +k_0=0.9996 +x_0=500000 +ellps=WGS84 +y_0=0 +lat_0=0 +towgs84=0,0,0";
        assert!(utm.coincides_with(&Crs::from_proj4("spelt out", spelt).expect("reads")));
        assert!(!utm.coincides_with(&Crs::from_epsg(32616).expect("in the table")));
    }

    #[test]
    fn a_project_keeps_its_crs_through_json() {
        let grads = Crs::from_epsg(4807).expect("in the table");
        assert_eq!(grads.degrees_per_unit(), 0.9);
        for crs in [grads, Crs::wgs84(), Crs::from_epsg(26715).expect("in the table")] {
            let text = serde_json::to_string(&crs).expect("writes");
            assert_eq!(serde_json::from_str::<Crs>(&text).expect("reads"), crs);
        }
    }

    #[test]
    fn units_are_known_in_metres() {
        let unit = |code| Crs::from_epsg(code).expect("in the table").metres_per_unit();
        assert_eq!(unit(26915), Some(1.0));
        assert_eq!(unit(2263), Some(1200.0 / 3937.0));
        assert_eq!(unit(4326), None);
    }
}
