//! Files that are made to mislead, one lie each.

use std::io::Write as _;

use super::examine::{Verdict, examine_bytes, peak_mb};
use super::forge::{Value, gray, tiff, tiled, with};

fn refused(name: &str, bytes: &[u8], because: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    match examine_bytes(folder.path(), name, bytes) {
        Verdict::Refused(sentence) => {
            assert!(sentence.contains(because), "{name}: “{sentence}” does not say “{because}”");
        }
        Verdict::Read => panic!("{name} was read"),
    }
}

fn read(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(examine_bytes(folder.path(), name, bytes), Verdict::Read, "{name}");
}

#[test]
fn the_honest_one_is_read() {
    read("honest.tif", &tiff(&gray(4, 3, 1, 12), &[7; 12], 0));
    read("tiles.tif", &tiff(&tiled(40, 40, 16, 1, 256), &[7; 256], 0));
}

#[test]
fn what_is_no_image_is_said_to_be_none() {
    refused("empty.tif", b"", "empty");
    refused("text.tif", b"Dear Sir or Madam, this is no image.", "not an image of a kind");
    refused("header.tif", b"II\x2a\0", "not an image of a kind");
    refused("nowhere.tif", b"II\x2a\0\xff\xff\xff\x7f", "past the end");
    refused("none.tif", b"II\x2a\0\0\0\0\0", "no image");
    refused("big.tif", b"II\x2b\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f", "past the end");
}

#[test]
fn sizes_that_cannot_be_are_refused_before_memory_is_taken() {
    let before = peak_mb();
    let huge = 0x7fff_ffff;
    refused("zero.tif", &tiff(&gray(0, 5, 1, 12), &[7; 12], 0), "width of 0");
    refused("over.tif", &tiff(&gray(0x8000_0000, 5, 1, 12), &[7; 12], 0), "width of 2147483648");
    refused("one_row.tif", &tiff(&gray(huge, 1, 1, 12), &[7; 12], 0), "2147483647×1 pixels need");
    refused("square.tif", &tiff(&gray(huge, huge, 8, 12), &[7; 12], 0), "pixels need");
    refused("tall.tif", &tiff(&gray(1, huge, 1, 12), &[7; 12], 0), "end early");
    refused("tile.tif", &tiff(&tiled(100, 100, huge, 5, 12), &[7; 12], 0), "pixels need");
    refused(
        "bands.tif",
        &tiff(&with(tiled(3000, 3000, 1024, 8, 12), 277, Value::Short(65535)), &[7; 12], 0),
        "need",
    );
    refused("many_tiles.tif", &tiff(&tiled(huge, huge, 16, 1, 256), &[7; 256], 0), "lists only");
    assert!(peak_mb() - before < 256, "{} MB before, {} MB after", before, peak_mb());
}

#[test]
fn places_that_are_not_in_the_file_are_refused() {
    let past = with(gray(4, 3, 1, 12), 273, Value::Long(0xffff_fff0));
    refused("past.tif", &tiff(&past, &[7; 12], 0), "past the end");
    let long = with(gray(4, 3, 5, 12), 279, Value::Long(0xffff_ffff));
    refused("long.tif", &tiff(&long, &[7; 12], 0), "LZW");
    let short = with(gray(4, 3, 1, 12), 279, Value::Long(5));
    refused("short.tif", &tiff(&short, &[7; 12], 0), "end early");
    let nowhere: Vec<_> = gray(4, 3, 1, 12).into_iter().filter(|e| e.0 != 273).collect();
    refused("no_offsets.tif", &tiff(&nowhere, &[7; 12], 0), "where its pixels lie");
    let few = with(tiled(64, 64, 16, 1, 256), 324, Value::Longs(vec![8; 3]));
    refused("few.tif", &tiff(&few, &[7; 256], 0), "lists only 3");
    let counts = with(tiled(64, 64, 16, 1, 256), 325, Value::Longs(vec![256; 2]));
    read("few_counts.tif", &tiff(&counts, &[7; 256], 0));
}

#[test]
fn tag_counts_beyond_reason_cost_nothing() {
    let before = peak_mb();
    for (tag, name) in
        [(258, "bits"), (320, "palette"), (338, "extra"), (339, "format"), (34735, "keys"), (270, "text")]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let lying = with(gray(4, 3, 1, 12), tag, Value::Raw(3, 0xffff_ffff, 8));
        examine_bytes(folder.path(), name, &tiff(&lying, &[7; 12], 0));
    }
    let offsets = with(tiled(64, 64, 16, 1, 256), 324, Value::Raw(16, 0xffff_ffff, 8));
    refused("offsets.tif", &tiff(&offsets, &[7; 256], 0), "past the end");
    assert!(peak_mb() - before < 64);
}

#[test]
fn directories_that_run_in_circles_end() {
    let entries = gray(4, 3, 1, 12);
    let plain = tiff(&entries, &[7; 12], 0);
    let at = u32::from_le_bytes([plain[4], plain[5], plain[6], plain[7]]);
    read("self.tif", &tiff(&entries, &[7; 12], at));
    read("header.tif", &tiff(&entries, &[7; 12], 2));
    let mut pair = tiff(&entries, &[7; 12], plain.len() as u32);
    pair.extend(&plain[at as usize..plain.len() - 4]);
    pair.extend(at.to_le_bytes());
    read("pair.tif", &pair);
}

#[test]
fn bombs_do_not_go_off() {
    let before = peak_mb();
    let zeros = vec![0_u8; 64 << 20];
    let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(&zeros).expect("in memory");
    let deflate = deflate.finish().expect("in memory");
    let zstd = zstd::bulk::compress(&zeros, 1).expect("in memory");
    drop(zeros);
    let base = peak_mb();
    // What a tile should hold is taken, the rest is left packed.
    read("deflate.tif", &tiff(&tiled(16, 16, 16, 8, deflate.len()), &deflate, 0));
    read("zstd.tif", &tiff(&tiled(16, 16, 16, 50000, zstd.len()), &zstd, 0));
    // A few bytes that claim to be gigabytes.
    refused("claim.tif", &tiff(&gray(100_000, 100_000, 8, 40), &deflate[..40], 0), "pixels need");
    refused("less.tif", &tiff(&gray(12_000, 12_000, 8, 40), &deflate[..40], 0), "cannot hold");
    refused("packbits.tif", &tiff(&gray(12_000, 12_000, 32773, 40), &[0x81; 40], 0), "cannot hold");
    refused("lzw.tif", &tiff(&gray(12_000, 12_000, 5, 40), &[0x80; 40], 0), "cannot hold");
    refused("zstd_claim.tif", &tiff(&gray(12_000, 12_000, 50000, 40), &zstd[..40], 0), "ZSTD");
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0xff, 0xdc, 0xff, 0xdc, 1, 1, 0x11, 0];
    jpeg.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0xff, 0xd9]);
    refused("jpeg.tif", &tiff(&tiled(64, 64, 64, 7, jpeg.len()), &jpeg, 0), "JPEG");
    let folder = tempfile::tempdir().expect("a folder");
    examine_bytes(folder.path(), "bomb.jpg", &jpeg);
    assert!(before <= base && peak_mb() - base < 256, "{base} MB before, {} MB after", peak_mb());
}

#[test]
fn impossible_places_on_earth_are_left_out_with_a_warning() {
    for numbers in [[f64::NAN, 1.0, 0.0], [f64::INFINITY, 1.0, 0.0], [0.0, 0.0, 0.0], [1e300, 1e300, 0.0]] {
        let entries = with(gray(4, 3, 1, 12), 33550, Value::Doubles(numbers.to_vec()));
        let entries = with(entries, 33922, Value::Doubles(vec![0.0, 0.0, 0.0, 10.0, f64::NAN, 0.0]));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("nan.tif");
        std::fs::write(&path, tiff(&entries, &[7; 12], 0)).expect("a file");
        let source = raster::Source::open(&path).expect("its pixels are fine");
        assert_eq!(source.image().transform, None);
        let is_degenerate = numbers[0] == 0.0;
        assert!(is_degenerate || source.image().warnings.iter().any(|w| w.contains("impossible")));
    }
}

#[test]
fn nonsense_in_small_tags_is_no_trouble() {
    let honest = gray(4, 3, 1, 12);
    let folder = tempfile::tempdir().expect("a folder");
    for (tag, value) in [
        (258, Value::Short(0)),
        (258, Value::Short(77)),
        (259, Value::Short(9999)),
        (262, Value::Short(9999)),
        (262, Value::Short(3)),
        (262, Value::Short(6)),
        (266, Value::Short(2)),
        (277, Value::Short(0)),
        (278, Value::Long(0)),
        (284, Value::Short(7)),
        (317, Value::Short(3)),
        (339, Value::Short(99)),
        (338, Value::Bytes(vec![2; 9])),
        (42112, Value::Bytes(b"<GDALMetadata><Item name=\"x".to_vec())),
        (42113, Value::Bytes(b"banana\0".to_vec())),
        (34735, Value::Bytes(vec![0xff; 64])),
        (33922, Value::Doubles(vec![f64::NAN; 600])),
    ] {
        examine_bytes(folder.path(), "nonsense.tif", &tiff(&with(honest.clone(), tag, value), &[7; 12], 0));
    }
}
