//! From one datum to another: the seven-parameter shift through geocentric coordinates.

use super::definition::plain_datum;

/// Where an ellipsoid lies against WGS 84.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shift {
    /// At WGS 84 to within what cannot be told without a date: longitude and latitude stay.
    None,
    /// Not known: longitude and latitude stay, for want of better.
    Unknown,
    /// A position-vector shift of geocentric coordinates: metres ×3, radians ×3, factor.
    Helmert { ellipsoid: Axes, seven: [f64; 7] },
}

/// An ellipsoid by its major half-axis in metres and its squared eccentricity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axes {
    pub(crate) a: f64,
    pub(crate) es: f64,
}

impl Axes {
    pub(crate) const WGS84: Self = Self { a: 6_378_137.0, es: 0.006_694_379_990_141_316_5 };

    /// WGS 84 and GRS 80 differ by 0.1 mm at the poles.
    pub(crate) fn is_modern(self) -> bool {
        (self.a - Self::WGS84.a).abs() < 1e-3 && (self.es - Self::WGS84.es).abs() < 1e-9
    }

    fn geocentric(self, (lon, lat): (f64, f64)) -> [f64; 3] {
        let (sin, cos) = lat.sin_cos();
        let n = self.a / (1.0 - self.es * sin * sin).sqrt();
        [n * cos * lon.cos(), n * cos * lon.sin(), n * (1.0 - self.es) * sin]
    }

    /// Bowring's start and two of his steps: exact to rounding near the surface.
    fn geodetic(self, [x, y, z]: [f64; 3]) -> (f64, f64) {
        let p = x.hypot(y);
        let b = self.a * (1.0 - self.es).sqrt();
        let second = self.es / (1.0 - self.es);
        let mut u = (z * self.a).atan2(p * b);
        let mut lat = 0.0;
        for _ in 0..3 {
            let (sin, cos) = u.sin_cos();
            lat = (z + second * b * sin.powi(3)).atan2(p - self.es * self.a * cos.powi(3));
            u = (b * f64::sin(lat)).atan2(self.a * f64::cos(lat));
        }
        (y.atan2(x), lat)
    }
}

impl Shift {
    /// From metres, arc seconds and parts per million, as `+towgs84` and `TOWGS84[…]` have them.
    pub(crate) fn new(ellipsoid: Axes, seven: [f64; 7]) -> Self {
        // The sphere is that of web maps, whose latitudes are those of the ellipsoid.
        let web_sphere = ellipsoid == Axes { a: Axes::WGS84.a, es: 0.0 };
        if (ellipsoid.is_modern() || web_sphere) && seven.iter().all(|v| *v == 0.0) {
            return Self::None;
        }
        let [x, y, z, rx, ry, rz, ppm] = seven;
        let radians = |seconds: f64| (seconds / 3600.0).to_radians();
        let seven = [x, y, z, radians(rx), radians(ry), radians(rz), 1.0 + ppm * 1e-6];
        Self::Helmert { ellipsoid, seven }
    }

    /// Whether longitudes and latitudes mean the same on both.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        *self == Self::Unknown || *other == Self::Unknown || self == other
    }

    /// Radians on this datum to radians on another.
    pub(crate) fn convert(&self, to: &Self, p: (f64, f64)) -> (f64, f64) {
        let axes = |shift: &Self| match shift {
            Self::Helmert { ellipsoid, .. } => *ellipsoid,
            Self::None | Self::Unknown => Axes::WGS84,
        };
        let mut q = axes(self).geocentric(p);
        if let Self::Helmert { seven: [dx, dy, dz, rx, ry, rz, s], .. } = *self {
            let [x, y, z] = q;
            q = [
                dx + s * (x - rz * y + ry * z),
                dy + s * (rz * x + y - rx * z),
                dz + s * (-ry * x + rx * y + z),
            ];
        }
        if let Self::Helmert { seven: [dx, dy, dz, rx, ry, rz, s], .. } = *to {
            let [x, y, z] = [(q[0] - dx) / s, (q[1] - dy) / s, (q[2] - dz) / s];
            q = [x + rz * y - ry * z, -rz * x + y + rx * z, ry * x - rx * y + z];
        }
        axes(to).geodetic(q)
    }
}

/// What a datum's name stands for in a PROJ string: PROJ's name of the ellipsoid, and the usual shift.
pub(crate) struct Named {
    pub(crate) ellipsoid: &'static str,
    pub(crate) seven: [f64; 7],
    /// Said to the user when the shift is a poor one.
    pub(crate) warning: Option<&'static str>,
}

/// EPSG's shift for the contiguous United States, where grids would be exact.
pub(crate) const NAD27: [f64; 7] = [-8.0, 160.0, 176.0, 0.0, 0.0, 0.0, 0.0];
pub(crate) const NAD27_WARNING: &str = "NAD27 is shifted by the mean of the contiguous United States: positions are good to about 10 m there, to 50 m elsewhere.";

/// The datums that PROJ strings name, with EPSG's parameters.
pub(crate) fn named(name: &str) -> Option<Named> {
    let zero = [0.0; 7];
    let (ellipsoid, seven) = match name.to_ascii_lowercase().as_str() {
        "wgs84" => ("WGS84", zero),
        "nad83" => ("GRS80", zero),
        "nad27" => ("clrk66", NAD27),
        "ggrs87" => ("GRS80", [-199.87, 74.79, 246.62, 0.0, 0.0, 0.0, 0.0]),
        "potsdam" => ("bessel", [598.1, 73.7, 418.2, 0.202, 0.045, -2.455, 6.7]),
        "carthage" => ("clrk80ign", [-263.0, 6.0, 431.0, 0.0, 0.0, 0.0, 0.0]),
        "hermannskogel" => ("bessel", [577.326, 90.129, 463.919, 5.137, 1.474, 5.297, 2.4232]),
        "ire65" => ("mod_airy", [482.5, -130.6, 564.6, -1.042, -0.214, -0.631, 8.15]),
        "nzgd49" => ("intl", [59.47, -5.04, 187.44, 0.47, -0.1, 1.024, -4.5993]),
        "osgb36" => ("airy", [446.448, -125.157, 542.06, 0.15, 0.247, 0.842, -20.489]),
        _ => return None,
    };
    let warning = (seven == NAD27).then_some(NAD27_WARNING);
    Some(Named { ellipsoid, seven, warning })
}

/// The usual shift of a datum that WKT names without one: that of the first geographic CRS on it in the
/// EPSG table.
pub(crate) fn usual_shift(datum: &str) -> Option<[f64; 7]> {
    let wanted = plain_datum(datum);
    if wanted == "northamericandatum1927" || wanted == "northamerican1927" {
        return Some(NAD27);
    }
    (4001..=5000).filter_map(crs_definitions::from_code).find_map(|def| {
        let (_, rest) = def.wkt.split_once("DATUM[\"")?;
        let (name, rest) = rest.split_once('"')?;
        if plain_datum(name) != wanted {
            return None;
        }
        let (_, numbers) = rest.split_once("TOWGS84[")?;
        let numbers = numbers.split(']').next()?.split(',').map(|n| n.trim().parse().ok());
        <[f64; 7]>::try_from(numbers.collect::<Option<Vec<f64>>>()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geocentric_coordinates_come_back_to_the_nanometre() {
        for lat in [-90.0_f64, -89.999, -45.0, 0.0, 1e-7, 37.1, 60.0, 90.0] {
            let p = (2.0, lat.to_radians());
            let q = Axes::WGS84.geodetic(Axes::WGS84.geocentric(p));
            assert!((p.1 - q.1).abs() < 2e-16 * 4.0, "{lat}: {}", p.1 - q.1);
            assert!(lat.abs() == 90.0 || (p.0 - q.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_shift_and_its_inverse_undo_each_other_to_millimetres() {
        let airy = Axes { a: 6_377_563.396, es: 0.006_670_540_000_123_428 };
        let osgb = Shift::new(airy, named("OSGB36").expect("known").seven);
        let p = ((-2.0_f64).to_radians(), 53.0_f64.to_radians());
        let there = osgb.convert(&Shift::None, p);
        let back = Shift::None.convert(&osgb, there);
        // Not exactly: the height of 50 m that the way there gives is dropped, as maps do.
        assert!((p.0 - back.0).hypot(p.1 - back.1) * 6.4e6 < 5e-3);
        assert!((p.0 - there.0).hypot(p.1 - there.1) * 6.4e6 > 50.0);
    }

    #[test]
    fn datum_names_of_any_dialect_find_their_usual_shift() {
        let osgb = Some([446.448, -125.157, 542.06, 0.15, 0.247, 0.842, -20.489]);
        assert_eq!(usual_shift("OSGB_1936"), osgb);
        assert_eq!(usual_shift("D_OSGB_1936"), osgb);
        assert_eq!(usual_shift("Atlantis 1"), None);
    }
}
