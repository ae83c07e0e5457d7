use proptest::prelude::*;

use super::*;

#[track_caller]
fn finds(text: &str, lat: f64, lon: f64, kind: LocationKind) {
    let found = Location::read(text, None).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(found.kind, kind, "{text}");
    let off = (found.lonlat.y - lat).abs().max((found.lonlat.x - lon).abs());
    assert!(off < 1e-5, "{text}: {:?}", found.lonlat);
}

#[test]
fn degrees_are_read_however_they_are_written() {
    use LocationKind::{DecimalDegrees, DegreesMinutesSeconds};
    for text in [
        "37.084166, -94.513333",
        "37.084166 -94.513333",
        "37.084166N 94.513333W",
        "geo:37.084166,-94.513333;u=35",
    ] {
        finds(text, 37.084_166, -94.513_333, DecimalDegrees);
    }
    for text in [
        "37°05'03\"N 94°30'48\"W",
        "94°30'48\"W 37°05'03\"N",
        "N 37 05 03 W 94 30 48",
        "37 5 3 -94 30 48",
        "37:05:03, -94:30:48",
        "37° 5.05' N, 94° 30.8' W",
        "37°05′03″ North, 94°30′48″ West",
    ] {
        finds(text, 37.084_166, -94.513_333, DegreesMinutesSeconds);
    }
    finds("-0°30'00\" 10°00'00\"", -0.5, 10.0, DegreesMinutesSeconds);
}

// Reference values: GeographicLib's GeoConvert.
#[test]
fn grids_agree_with_geographiclib() {
    finds("18TWL856641113154", 40.748_333, -73.985_278, LocationKind::Mgrs);
    finds("18T WL 85664 11315", 40.748_333, -73.985_278, LocationKind::Mgrs);
    finds("18T 585664.121 4511315.422", 40.748_333, -73.985_278, LocationKind::Utm);
    finds("18N 585664.121mE 4511315.422mN", 40.748_333, -73.985_278, LocationKind::Utm);
}

#[test]
fn s_is_a_band_where_the_northing_lies_in_it_and_else_south() {
    let north = Location::read("15S 366812 4103990", None).unwrap().lonlat;
    assert!((37.0..37.2).contains(&north.y), "{north:?}");
    let capetown = LonLat { x: 18.4, y: -53.0 };
    assert!(Location::read("34S 366812 4103990", Some(capetown)).unwrap().lonlat.y < 0.0);
    assert!(Location::read("34S 261878 6243186", None).unwrap().lonlat.y < 0.0);
}

// Values of the specification's own test data.
#[test]
fn plus_codes_are_those_of_the_specification() {
    finds("7FG49Q00+", 20.375, 2.775, LocationKind::PlusCode);
    finds("7FG49QCJ+2V", 20.370_062_5, 2.782_187_5, LocationKind::PlusCode);
    finds("8FVC2222+235C235", 47.000_000_08, 8.000_222_29, LocationKind::PlusCode);
    assert_eq!(plus_code(LonLat { x: 2.782_187_5, y: 20.370_062_5 }), "7FG49QCJ+2V");
    assert_eq!(plus_code(LonLat { x: 1.0, y: 90.0 }), "CFX3X2X2+X2");
}

#[test]
fn a_short_plus_code_is_the_one_near_the_map() {
    let near = LonLat { x: -1.217_765_625, y: 51.369_756_25 };
    let full = Location::read("9C3W9QCJ+2VX", None).unwrap().lonlat;
    let short = Location::read("9QCJ+2VX Reading", Some(near)).unwrap().lonlat;
    assert!((short.x - full.x).abs() < 1e-9 && (short.y - full.y).abs() < 1e-9, "{short:?} {full:?}");
    assert!(matches!(Location::read("9QCJ+2VX", None), Err(LocationError::NeedsMap(_))));
}

#[test]
fn what_is_no_place_is_said() {
    for text in [
        "",
        "hello",
        "91, 0",
        "1 2 3",
        "37°61'00\"N 94°W",
        "99SUB1234512345",
        "15SUB123",
        "NaN, 1",
        "37 N 40 N",
    ] {
        let error = Location::read(text, None).expect_err(text);
        assert!(!error.to_string().is_empty() && !error.hint().is_empty());
    }
    assert!(Location::read(&"9".repeat(5000), None).is_err());
}

proptest! {
    #[test]
    fn every_place_reads_back_from_its_plus_code(lon in -179.9..179.9_f64, lat in -89.9..89.9_f64) {
        let found = Location::read(&plus_code(LonLat { x: lon, y: lat }), None).unwrap().lonlat;
        prop_assert!((found.x - lon).abs() <= 0.000_063 && (found.y - lat).abs() <= 0.000_063);
    }

    #[test]
    fn shown_coordinates_read_back(lon in -179.0..179.0_f64, lat in -89.0..89.0_f64) {
        let text = crate::format::degrees_minutes_seconds(LonLat { x: lon, y: lat }, 3);
        let found = Location::read(&text, None).unwrap().lonlat;
        prop_assert!((found.x - lon).abs() < 1e-6 && (found.y - lat).abs() < 1e-6, "{text}");
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,60}") {
        drop(Location::read(&text, Some(LonLat { x: 8.0, y: 47.0 })));
    }

    #[test]
    fn no_code_like_text_makes_it_panic(text in "[0-9]{0,3}[A-Z +]{0,6}[0-9 ]{0,24}") {
        drop(Location::read(&text, None));
    }
}
