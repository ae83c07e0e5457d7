//! Coordinate reference systems by EPSG code or definition, and the way from one to another.

use std::sync::Arc;

use geo_types::Coord;
use proj4rs::Proj;
use serde::{Deserialize, Serialize};

/// Why a CRS or a conversion is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrsError {
    #[error("EPSG:{0} is not in the table of coordinate reference systems")]
    UnknownCode(u32),
    #[error("cannot read the coordinate reference system `{definition}`: {reason}")]
    BadDefinition { definition: String, reason: String },
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

    fn projection(&self) -> Result<Proj, CrsError> {
        Proj::from_proj_string(&self.proj4)
            .map_err(|e| CrsError::BadDefinition { definition: self.proj4.clone(), reason: e.to_string() })
    }
}

/// Takes points from one CRS to another. Axis order is always x = east/longitude; degrees in and out.
#[derive(Clone)]
pub struct Transformer {
    steps: Option<Arc<(Proj, Proj)>>,
}

impl std::fmt::Debug for Transformer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transformer").field("identity", &self.steps.is_none()).finish()
    }
}

impl Transformer {
    pub fn new(from: &Crs, to: &Crs) -> Result<Self, CrsError> {
        if from.proj4 == to.proj4 {
            return Ok(Self { steps: None });
        }
        Ok(Self { steps: Some(Arc::new((from.projection()?, to.projection()?))) })
    }

    /// True when points come back unchanged.
    pub fn is_identity(&self) -> bool {
        self.steps.is_none()
    }

    /// `None` where the point has no image in the target CRS.
    pub fn convert(&self, p: Coord<f64>) -> Option<Coord<f64>> {
        let Some(steps) = &self.steps else { return Some(p) };
        let (from, to) = &**steps;
        let radians = |p: Coord<f64>| {
            if from.is_latlong() { Coord { x: p.x.to_radians(), y: p.y.to_radians() } } else { p }
        };
        let start = radians(p);
        let (x, y) = proj4rs::adaptors::transform_xy(from, to, start.x, start.y).ok()?;
        let end =
            if to.is_latlong() { Coord { x: x.to_degrees(), y: y.to_degrees() } } else { Coord { x, y } };
        (end.x.is_finite() && end.y.is_finite()).then_some(end)
    }
}

impl Transformer {
    /// Every vertex converted; `None` when any has no image in the target CRS.
    pub fn convert_geometry(&self, geometry: &geo_types::Geometry<f64>) -> Option<geo_types::Geometry<f64>> {
        use geo::MapCoords as _;
        if self.is_identity() {
            return Some(geometry.clone());
        }
        geometry.try_map_coords(|p| self.convert(p).ok_or(())).ok()
    }
}
