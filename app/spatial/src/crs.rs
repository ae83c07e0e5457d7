//! Coordinate reference systems by EPSG code or definition, and the way from one to another.

use proj4rs::Proj;
use serde::{Deserialize, Serialize};

use crate::{LonLat, Transformer, WorldPoint};

/// Why a CRS or a conversion is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CrsError {
    #[error("EPSG:{0} is not in the table of coordinate reference systems")]
    UnknownCode(u32),
    #[error("cannot read the coordinate reference system `{definition}`: {reason}")]
    BadDefinition { definition: String, reason: String },
    #[error("the position {x}, {y} has no place on the earth in {crs}")]
    OffTheEarth { crs: String, x: f64, y: f64 },
}

/// A coordinate reference system: an EPSG code, or a definition of the file's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crs {
    epsg: Option<u32>,
    name: String,
    proj4: String,
    wkt: Option<String>,
}

impl Crs {
    /// Looks a code up in the EPSG table.
    pub fn from_epsg(code: u32) -> Result<Self, CrsError> {
        let unknown = CrsError::UnknownCode(code);
        let short = u16::try_from(code).map_err(|_| unknown.clone())?;
        let def = crs_definitions::from_code(short).ok_or(unknown)?;
        let name = def.wkt.split('"').nth(1).unwrap_or("unnamed").to_owned();
        let crs = Self { epsg: Some(code), name, proj4: def.proj4.to_owned(), wkt: Some(def.wkt.to_owned()) };
        crs.projection()?;
        Ok(crs)
    }

    /// A CRS given by a PROJ.4 string.
    pub fn from_proj4(name: &str, proj4: &str) -> Result<Self, CrsError> {
        let crs = Self { epsg: None, name: name.to_owned(), proj4: proj4.to_owned(), wkt: None };
        crs.projection()?;
        Ok(crs)
    }

    /// `EPSG:n`, a PROJ.4 string or WKT, as a user types it.
    pub fn parse(text: &str) -> Result<Self, CrsError> {
        let text = text.trim();
        if let Some(code) = text.to_ascii_uppercase().strip_prefix("EPSG:").and_then(|c| c.parse().ok()) {
            return Self::from_epsg(code);
        }
        Self::from_proj4("user-defined", text)
    }

    /// Longitude and latitude in degrees on WGS 84, EPSG:4326.
    pub fn wgs84() -> Self {
        let proj4 = "+proj=longlat +datum=WGS84 +no_defs".to_owned();
        Self {
            epsg: Some(4326),
            name: "WGS 84".to_owned(),
            proj4,
            wkt: crs_definitions::from_code(4326).map(|d| d.wkt.to_owned()),
        }
    }

    /// True when both name the same coordinates, so that no conversion is needed.
    pub fn coincides_with(&self, other: &Self) -> bool {
        self.proj4 == other.proj4
    }

    /// Degrees that one unit of a geographic CRS stands for; 1 but for a few in grads.
    pub fn degrees_per_unit(&self) -> f64 {
        1.0
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
        let proj = layer.projection()?;
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
        self.projection().ok().filter(|p| !p.is_latlong()).map(|p| p.to_meter())
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
        self.projection().is_ok_and(|p| p.is_latlong())
    }

    pub(crate) fn projection(&self) -> Result<Proj, CrsError> {
        Proj::from_proj_string(&self.proj4)
            .map_err(|e| CrsError::BadDefinition { definition: self.proj4.clone(), reason: e.to_string() })
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
    fn units_are_known_in_metres() {
        let unit = |code| Crs::from_epsg(code).expect("in the table").metres_per_unit();
        assert_eq!(unit(26915), Some(1.0));
        assert_eq!(unit(2263), Some(1200.0 / 3937.0));
        assert_eq!(unit(4326), None);
    }
}
