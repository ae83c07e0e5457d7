//! The projections of the State Plane zones on NAD 83, which GeoTIFF numbers by state and zone.

use spatial::{Crs, Method, Parameters};

/// Runs of zones: the first zone's number (state · 100 + zone), how many follow each other, and EPSG's code of the
/// first one's projected CRS in metres.
const ZONES: [(u32, u32, u32); 57] = [
    (101, 2, 26929),
    (201, 3, 26948),
    (301, 2, 26951),
    (401, 6, 26941),
    (501, 3, 26953),
    (600, 1, 26956),
    (700, 1, 26957),
    (901, 3, 26958),
    (1001, 2, 26966),
    (1101, 3, 26968),
    (1201, 2, 26971),
    (1301, 2, 26973),
    (1401, 2, 26975),
    (1501, 2, 26977),
    (1601, 2, 26979),
    (1701, 2, 26981),
    (1801, 2, 26983),
    (1900, 1, 26985),
    (2001, 2, 26986),
    (2111, 3, 26988),
    (2201, 3, 26991),
    (2301, 2, 26994),
    (2401, 3, 26996),
    (2500, 1, 32100),
    (2600, 1, 32104),
    (2701, 3, 32107),
    (2800, 1, 32110),
    (2900, 1, 32111),
    (3001, 3, 32112),
    (3101, 4, 32115),
    (3200, 1, 32119),
    (3301, 2, 32120),
    (3401, 2, 32122),
    (3501, 2, 32124),
    (3601, 2, 32126),
    (3701, 2, 32128),
    (3800, 1, 32130),
    (3900, 1, 32133),
    (4001, 2, 32134),
    (4100, 1, 32136),
    (4201, 5, 32137),
    (4301, 3, 32142),
    (4400, 1, 32145),
    (4501, 2, 32146),
    (4601, 2, 32148),
    (4701, 2, 32150),
    (4801, 3, 32152),
    (4901, 4, 32155),
    (5001, 10, 26931),
    (5101, 5, 26961),
    (5200, 1, 32161),
    // Zones that were merged later keep their old numbers in files.
    (2501, 1, 32100),
    (2502, 1, 32100),
    (2503, 1, 32100),
    (2601, 1, 32104),
    (2602, 1, 32104),
    (3901, 1, 32133),
];

/// The projection of a code of GeoTIFF (10000 + zone + 30); `None` for what is no zone on NAD 83.
pub(crate) fn projection(code: u32) -> Option<(Method, Parameters)> {
    let zone = code.checked_sub(10_030)?;
    let run = ZONES.iter().find(|(first, count, _)| (*first..first + count).contains(&zone))?;
    let projection = Crs::from_epsg(run.2 + zone - run.0).ok()?.definition()?.projection?;
    Some((projection.method, projection.parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_has_a_projection_and_california_6_lies_where_it_should() {
        for (first, count, _) in ZONES {
            for zone in first..first + count {
                assert!(projection(10_030 + zone).is_some(), "zone {zone}");
            }
        }
        let (method, parameters) = projection(10_436).expect("California zone 6");
        assert_eq!(method, Method::LambertConformal2);
        assert_eq!(parameters.central_meridian_deg, -116.25);
        assert_eq!(parameters.false_easting_m, 2_000_000.0);
        assert!(projection(10_406).is_none() && projection(7).is_none());
    }
}
