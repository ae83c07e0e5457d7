//! JPEG XL alone and in TIFF.

use raster::{ColorRole, SampleType};

use super::forge::{Value, gray, tiff, with};
use super::wavelets::{XL_FLOAT, XL_RGB, XL_RGBA, XL_WIDE, bytes};
use super::{by_rule, forged, values};

#[test]
fn bytes_words_floats_and_alpha_come_back_exactly() {
    let (source, _folder) = forged("a.jxl", &bytes(XL_RGBA));
    let roles: Vec<ColorRole> = source.image().bands.iter().map(|b| b.color).collect();
    assert_eq!(roles, [ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::Alpha]);
    assert_eq!(values(&source, 0, 2), by_rule(12, 9, |x, y| 11.0 * (x + y)));
    assert_eq!(values(&source, 0, 3), by_rule(12, 9, |x, _| 127.0 * (x % 3.0)));
    let (source, _folder) = forged("wide.jxl", &bytes(XL_WIDE));
    assert_eq!(source.image().sample_type, SampleType::U16);
    assert_eq!(values(&source, 0, 0), by_rule(12, 9, |x, y| 100.0 * x + 7.0 * y));
    let (source, _folder) = forged("float.jxl", &bytes(XL_FLOAT));
    assert_eq!(source.image().bands[0].dtype, "float32");
    assert_eq!(values(&source, 0, 0), by_rule(12, 9, |x, y| (100.0 * x + 7.0 * y) / 8.0 - 20.0));
}

#[test]
fn chunks_of_a_tiff_may_be_jpeg_xl() {
    for code in [50002, 52546] {
        let packed = bytes(XL_RGB);
        let mut entries = with(gray(12, 9, code, packed.len()), 277, Value::Short(3));
        entries = with(with(entries, 262, Value::Short(2)), 258, Value::Raw(3, 3, 8));
        let data = [&[8, 0, 8, 0, 8, 0, 0, 0][..], &packed].concat();
        let (source, _folder) = forged("packed.tif", &tiff(&with(entries, 273, Value::Long(16)), &data, 0));
        assert_eq!(values(&source, 0, 1), by_rule(12, 9, |_, y| 25.0 * y), "{code}");
    }
    let packed = bytes(XL_WIDE);
    let entries = with(gray(12, 9, 50002, packed.len()), 258, Value::Short(16));
    let (source, _folder) = forged("wide.tif", &tiff(&entries, &packed, 0));
    assert_eq!(values(&source, 0, 0), by_rule(12, 9, |x, y| 100.0 * x + 7.0 * y));
}

#[test]
fn two_bytes_alone_are_no_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("odd.bin");
    std::fs::write(&path, [0xff, 0x0a, 1, 2, 3, 4, 5, 6, 7, 8]).expect("a file");
    let error = super::open(&path).expect_err("no picture");
    assert!(matches!(error.fault, raster::Fault::NotAnImage(_)), "{error}");
}
