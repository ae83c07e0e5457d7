//! JPEG 2000: tiles decoded alone, signed and wide samples, place, and what is damaged.

use raster::ColorRole;

use super::forge::{Value, gray, tiff, with};
use super::wavelets::{RGB, SIGNED, TILED, boxed, bytes, jp2, tiled};
use super::{by_rule, forged, values};

const GEO_UUID: [u8; 16] =
    [0xb1, 0x4b, 0xf8, 0xbd, 0x08, 0x3d, 0x4b, 0x43, 0xa5, 0xae, 0x8c, 0xd7, 0xd5, 0xa6, 0xce, 0x03];

/// A TIFF without pixels that places an image by a corner and a pixel size in UTM zone 31 north.
fn geo_tiff() -> Vec<u8> {
    let keys: Vec<u8> = [1_u16, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32631]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    let mut entries = with(gray(1, 1, 1, 1), 33550, Value::Doubles(vec![10.0, 10.0, 0.0]));
    entries = with(entries, 33922, Value::Doubles(vec![0.0, 0.0, 0.0, 5e5, 5e6, 0.0]));
    let file = tiff(&entries, &keys, 0);
    // The keys stand first among the data, as shorts.
    tiff(&with(entries, 34735, Value::Raw(3, 16, 8)), &file[8..40], 0)
}

#[test]
fn tiles_that_begin_off_the_grid_come_back_exactly_whole_and_in_windows() {
    let (source, _folder) = forged("tiled.j2k", &bytes(TILED));
    let expected = by_rule(40, 36, tiled);
    assert_eq!(source.pyramid().size(), (40, 36));
    assert_eq!(values(&source, 0, 0), expected);
    assert_eq!(
        (source.image().driver.as_str(), source.image().bands[0].dtype.as_str()),
        ("JPEG2000", "uint16")
    );
    for (x, y, w, h) in [(0, 0, 1, 1), (13, 13, 3, 3), (12, 11, 20, 21), (39, 35, 1, 1)] {
        let read = source.read_window(0, x, y, w, h, &[0]).expect("samples");
        let at = |x: u32, y: u32| Some(tiled(f64::from(x), f64::from(y)));
        assert_eq!(read.value(0, 0, 0), at(x, y), "{x},{y}");
        assert_eq!(read.value(0, w - 1, h - 1), at(x + w - 1, y + h - 1), "{x},{y}");
    }
}

#[test]
fn colours_and_signed_samples_come_back_exactly() {
    let file = jp2(16, &[], &[], &bytes(RGB));
    let (source, _folder) = forged("rgb.jp2", &file);
    let roles: Vec<ColorRole> = source.image().bands.iter().map(|b| b.color).collect();
    assert_eq!(roles, [ColorRole::Red, ColorRole::Green, ColorRole::Blue]);
    assert_eq!(values(&source, 0, 0), by_rule(12, 9, |x, _| 20.0 * x));
    assert_eq!(values(&source, 0, 1), by_rule(12, 9, |_, y| 25.0 * y));
    assert_eq!(values(&source, 0, 2), by_rule(12, 9, |x, y| 11.0 * (x + y)));
    let (source, _folder) = forged("signed.j2k", &bytes(SIGNED));
    assert_eq!(source.image().bands[0].dtype, "int16");
    assert_eq!(values(&source, 0, 0), by_rule(12, 9, |x, y| 100.0 * x + 7.0 * y - 600.0));
}

#[test]
fn a_palette_gives_colours_and_keeps_the_class_numbers() {
    // 12×9 pixels of 8 bits of one component: the first of the three, as its own palette.
    let palette: Vec<u8> =
        [&[1, 0, 3, 7, 7, 7][..], &(0..=255_u8).flat_map(|i| [i, 255 - i, 7]).collect::<Vec<u8>>()].concat();
    let header = [boxed(*b"pclr", &palette), boxed(*b"cmap", &[0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2])].concat();
    let file = jp2(16, &header, &[], &bytes(super::wavelets::GRAY));
    let (source, _folder) = forged("palette.jp2", &file);
    assert_eq!(source.image().bands.len(), 4);
    assert_eq!(values(&source, 0, 3), by_rule(12, 9, |x, y| 9.0 * x + 7.0 * y));
    assert_eq!(values(&source, 0, 1), by_rule(12, 9, |x, y| 255.0 - (9.0 * x + 7.0 * y)));
}

#[test]
fn geojp2_places_the_image_and_wins_over_gml() {
    let gml = r#"<g:FC xmlns:g="http://www.opengis.net/gml"><g:RectifiedGrid><g:origin>
        <g:Point srsName="urn:ogc:def:crs:EPSG::32633"><g:pos>105 195</g:pos></g:Point></g:origin>
        <g:offsetVector>10 0</g:offsetVector><g:offsetVector>0 -10</g:offsetVector></g:RectifiedGrid></g:FC>"#;
    let inner = [boxed(*b"lbl ", b"gml.root-instance"), boxed(*b"xml ", gml.as_bytes())].concat();
    let outer = [boxed(*b"lbl ", b"gml.data"), boxed(*b"asoc", &inner)].concat();
    let gml = boxed(*b"asoc", &outer);
    let (source, _folder) = forged("gml.jp2", &jp2(16, &[], &gml, &bytes(RGB)));
    assert_eq!(source.image().crs.as_ref().and_then(spatial::Crs::epsg), Some(32633));
    let to_gdal = |s: &raster::Source| s.image().transform.map(spatial::GeoTransform::to_gdal);
    assert_eq!(to_gdal(&source), Some([100.0, 10.0, 0.0, 200.0, 0.0, -10.0]));
    let geo = boxed(*b"uuid", &[&GEO_UUID[..], &geo_tiff()].concat());
    let (source, _folder) = forged("geo.jp2", &jp2(16, &[], &[geo, gml].concat(), &bytes(RGB)));
    assert_eq!(to_gdal(&source), Some([5e5, 10.0, 0.0, 5e6, 0.0, -10.0]));
    assert_eq!(source.image().crs.as_ref().and_then(spatial::Crs::epsg), Some(32631));
}

#[test]
fn chunks_of_a_tiff_may_be_jpeg_2000() {
    for code in [34712, 33005] {
        let packed = bytes(RGB);
        let mut entries = with(gray(12, 9, code, packed.len()), 277, Value::Short(3));
        entries = with(with(entries, 262, Value::Short(2)), 258, Value::Raw(3, 3, 8));
        let data = [&[8, 0, 8, 0, 8, 0, 0, 0][..], &packed].concat();
        let entries = with(entries, 273, Value::Long(16));
        let (source, _folder) = forged("packed.tif", &tiff(&entries, &data, 0));
        assert_eq!(values(&source, 0, 2), by_rule(12, 9, |x, y| 11.0 * (x + y)), "{code}");
    }
}

#[test]
fn a_file_that_ends_early_names_the_tile_that_is_missing() {
    let whole = bytes(TILED);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("short.j2k");
    for (len, tile) in [(whole.len() - 100, "2,2"), (200, "2,0")] {
        std::fs::write(&path, &whole[..len]).expect("a file");
        let source = super::open(&path).expect("its header is whole");
        let error = source.read_window(0, 0, 0, 40, 36, &[0]).expect_err("tiles are gone").to_string();
        assert!(error.contains(&format!("the file ends before its tile {tile}")), "{error}");
    }
}

#[test]
fn impossible_sizes_are_refused_before_memory_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lie.j2k");
    // Right, bottom, tile width and height stand in words from byte 8 on.
    for (at, value, says) in [
        (8, 0_u32, "impossible size"),
        (8, 0xffff_ffff, "impossible size"),
        (24, 0, "impossible size"),
        (8, 0x7000_0000, "tiles"),
    ] {
        let mut lie = bytes(TILED);
        lie[at..at + 4].copy_from_slice(&value.to_be_bytes());
        std::fs::write(&path, &lie).expect("a file");
        let error = super::open(&path).expect_err("a lie").to_string();
        assert!(error.contains(says), "{error}");
    }
    // One tile as large as the image, which is larger than memory.
    let mut lie = bytes(RGB);
    for at in [8, 12, 24, 28] {
        lie[at..at + 4].copy_from_slice(&60_000_u32.to_be_bytes());
    }
    std::fs::write(&path, &lie).expect("a file");
    let source = super::open(&path).expect("a header");
    let error = source.read_window(0, 0, 0, 1, 1, &[0]).expect_err("too large").to_string();
    assert!(error.contains("are granted"), "{error}");
}

#[test]
fn a_file_that_shrinks_or_vanishes_while_it_is_open_costs_a_sentence() {
    let whole = bytes(TILED);
    for warm in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("scene.j2k");
        std::fs::write(&path, &whole).expect("a file");
        let source = super::open(&path).expect("a sound file");
        let read = || source.read_window(0, 0, 0, 3, 3, &[0]);
        if warm {
            read().expect("its pixels");
        }
        let file = std::fs::OpenOptions::new().write(true).open(&path).expect("the file");
        file.set_len(150).expect("a shorter file");
        match read() {
            Ok(kept) => assert!(warm && kept.value(0, 1, 0) == Some(100.0), "only what was decoded is kept"),
            Err(error) => assert!(!warm && error.to_string().contains("file ends"), "{error}"),
        }
        std::fs::remove_file(&path).expect("no file");
        assert_eq!(read().is_ok(), warm);
    }
}
