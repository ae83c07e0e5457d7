//! The map projections that a definition can name, and what each dialect calls them.

use serde::{Deserialize, Serialize};

/// How a projected CRS takes the ellipsoid to the plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    TransverseMercator,
    /// Westings and southings, as in South Africa.
    TransverseMercatorSouth,
    LambertConformal1,
    LambertConformal2,
    AlbersEqualArea,
    /// With a scale at the equator.
    Mercator1,
    /// With a standard parallel.
    Mercator2,
    /// EPSG:3857: ellipsoidal latitudes on a sphere.
    WebMercator,
    /// With a scale at the pole.
    PolarStereographic1,
    /// With a standard parallel.
    PolarStereographic2,
    ObliqueStereographic,
    Stereographic,
    LambertAzimuthalEqualArea,
    AzimuthalEquidistant,
    CassiniSoldner,
    /// False origin where the initial line meets the equator.
    HotineObliqueMercator1,
    /// False origin at the projection's centre.
    HotineObliqueMercator2,
    SwissOblique,
    Krovak,
    EquidistantCylindrical,
    CylindricalEqualArea,
    Polyconic,
    EquidistantConic,
    Sinusoidal,
    Mollweide,
    Robinson,
    MillerCylindrical,
    Orthographic,
    Gnomonic,
    EqualEarth,
}

struct Row {
    method: Method,
    /// The name after `+proj=`.
    proj: &'static str,
    /// What GDAL's WKT 1 calls it.
    wkt1: &'static str,
    /// What WKT 2 and ESRI call it, without case and punctuation.
    others: &'static [&'static str],
    /// EPSG's operation methods.
    epsg: &'static [u16],
    /// GeoTIFF's ProjCoordTransGeoKey; 0 where it has none.
    geotiff: u16,
}

macro_rules! rows {
    ($($method:ident, $proj:literal, $wkt1:literal, [$($other:literal),*], [$($epsg:literal),*], $geotiff:literal;)*) => {
        &[$(Row {
            method: Method::$method,
            proj: $proj,
            wkt1: $wkt1,
            others: &[$($other),*],
            epsg: &[$($epsg),*],
            geotiff: $geotiff,
        }),*]
    };
}

#[rustfmt::skip]
const ROWS: &[Row] = rows! {
    TransverseMercator, "tmerc", "Transverse_Mercator", ["gausskruger", "transversemercatorcomplex"], [9807], 1;
    TransverseMercatorSouth, "tmerc", "Transverse_Mercator_South_Orientated", [], [9808], 27;
    LambertConformal1, "lcc", "Lambert_Conformal_Conic_1SP", ["lambertconicconformal1sp"], [9801], 9;
    LambertConformal2, "lcc", "Lambert_Conformal_Conic_2SP", ["lambertconicconformal2sp", "lambertconformalconic"], [9802], 8;
    AlbersEqualArea, "aea", "Albers_Conic_Equal_Area", ["albers", "albersequalarea"], [9822], 11;
    Mercator1, "merc", "Mercator_1SP", ["mercatorvarianta"], [9804], 7;
    Mercator2, "merc", "Mercator_2SP", ["mercatorvariantb", "mercator"], [9805], 0;
    WebMercator, "merc", "Mercator_1SP", ["popularvisualisationpseudomercator", "mercatorauxiliarysphere"], [1024], 0;
    PolarStereographic1, "stere", "Polar_Stereographic", ["polarstereographicvarianta"], [9810], 15;
    PolarStereographic2, "stere", "Polar_Stereographic", ["polarstereographicvariantb", "stereographicnorthpole", "stereographicsouthpole"], [9829], 0;
    ObliqueStereographic, "sterea", "Oblique_Stereographic", ["doublestereographic"], [9809], 16;
    Stereographic, "stere", "Stereographic", [], [], 14;
    LambertAzimuthalEqualArea, "laea", "Lambert_Azimuthal_Equal_Area", [], [9820], 10;
    AzimuthalEquidistant, "aeqd", "Azimuthal_Equidistant", ["modifiedazimuthalequidistant"], [1125, 9832], 12;
    CassiniSoldner, "cass", "Cassini_Soldner", ["cassini"], [9806], 18;
    HotineObliqueMercator1, "omerc", "Hotine_Oblique_Mercator", ["hotineobliquemercatorvarianta", "hotineobliquemercatorazimuthnaturalorigin", "rectifiedskeworthomorphicnaturalorigin"], [9812], 3;
    HotineObliqueMercator2, "omerc", "Hotine_Oblique_Mercator_Azimuth_Center", ["hotineobliquemercatorvariantb", "rectifiedskeworthomorphiccenter"], [9815], 0;
    SwissOblique, "somerc", "Hotine_Oblique_Mercator_Azimuth_Center", ["swissobliquecylindrical", "swissobliquemercator"], [], 0;
    Krovak, "krovak", "Krovak", ["krovaknorthorientated"], [9819, 1041], 0;
    EquidistantCylindrical, "eqc", "Equirectangular", ["equidistantcylindrical", "platecarree", "equidistantcylindricalspherical"], [1028, 1029, 9842, 9823], 17;
    CylindricalEqualArea, "cea", "Cylindrical_Equal_Area", ["lambertcylindricalequalarea", "behrmann"], [9835], 28;
    Polyconic, "poly", "Polyconic", ["americanpolyconic"], [9818], 22;
    EquidistantConic, "eqdc", "Equidistant_Conic", [], [1119], 13;
    Sinusoidal, "sinu", "Sinusoidal", [], [], 24;
    Mollweide, "moll", "Mollweide", [], [], 0;
    Robinson, "robin", "Robinson", [], [], 23;
    MillerCylindrical, "mill", "Miller_Cylindrical", [], [], 20;
    Orthographic, "ortho", "Orthographic", [], [9840], 21;
    Gnomonic, "gnom", "Gnomonic", [], [], 19;
    EqualEarth, "eqearth", "Equal_Earth", [], [1078], 0;
};

impl Method {
    /// By the name that WKT 1, WKT 2 or ESRI uses.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = plain(name);
        ROWS.iter()
            .find(|row| plain(row.wkt1) == name || row.others.contains(&name.as_str()))
            .map(|r| r.method)
    }

    /// By EPSG's code of the operation method, such as 9807.
    pub fn from_epsg(code: u32) -> Option<Self> {
        ROWS.iter().find(|row| row.epsg.iter().any(|c| u32::from(*c) == code)).map(|r| r.method)
    }

    /// By the value of GeoTIFF's ProjCoordTransGeoKey, such as 1.
    pub fn from_geotiff(code: u16) -> Option<Self> {
        ROWS.iter().find(|row| row.geotiff == code && code != 0).map(|r| r.method)
    }

    /// What GDAL's WKT 1 calls it.
    pub fn wkt1_name(self) -> &'static str {
        self.row().map_or("", |row| row.wkt1)
    }

    /// What stands after `+proj=`.
    pub fn proj_name(self) -> &'static str {
        self.row().map_or("", |row| row.proj)
    }

    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.method == self)
    }
}

/// Lower-case letters and digits only, so that `Lambert_Conformal_Conic_2SP` meets
/// `Lambert Conic Conformal (2SP)` half-way.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_meet_in_one_method() {
        use Method::{LambertConformal2, PolarStereographic2, TransverseMercator, WebMercator};
        for (name, method) in [
            ("Transverse_Mercator", TransverseMercator),
            ("Transverse Mercator", TransverseMercator),
            ("Gauss_Kruger", TransverseMercator),
            ("Lambert_Conformal_Conic", LambertConformal2),
            ("Lambert Conic Conformal (2SP)", LambertConformal2),
            ("Polar Stereographic (variant B)", PolarStereographic2),
            ("Mercator_Auxiliary_Sphere", WebMercator),
        ] {
            assert_eq!(Method::from_name(name), Some(method), "{name}");
        }
        assert_eq!(Method::from_epsg(9807), Some(TransverseMercator));
        assert_eq!(Method::from_geotiff(8), Some(LambertConformal2));
        assert_eq!(Method::from_geotiff(0), None);
        assert_eq!(Method::from_name("Tunisia_Mining_Grid"), None);
    }

    #[test]
    fn every_method_can_be_written() {
        for row in ROWS {
            assert!(!row.method.wkt1_name().is_empty() && !row.method.proj_name().is_empty());
        }
    }
}
