//! Sound files cut at every byte and with any bytes changed.

use proptest::prelude::*;
use raster::write::{NewImage, Packing, WriteOptions};
use raster::{ColorRole, SampleType, write};
use spatial::{Crs, GeoTransform};

use super::examine::{config, cut_at_many_places, examine_bytes, mutants, sound};

/// Small sound files of many kinds.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    SEEDS.get_or_init(made)
}

fn made() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("seed.tif");
    let mut all = Vec::new();
    let roles = [ColorRole::Red, ColorRole::Green, ColorRole::Blue, ColorRole::Alpha];
    for (kind, packing, tile_px, bands) in [
        (SampleType::U8, Packing::Deflate, Some(16), 3),
        (SampleType::U16, Packing::Zstd, Some(16), 1),
        (SampleType::F32, Packing::None, None, 1),
        (SampleType::U8, Packing::None, None, 4),
    ] {
        let mut new = NewImage::new(20, 18, kind, &roles[..bands]);
        new.crs = Crs::from_epsg(32615).ok();
        new.transform = GeoTransform::new([5e5, 0.5, 0.0, 4e6, 0.0, -0.5]);
        new.no_data = Some(3.0);
        new.bands[0].name = Some("first".into());
        let options = WriteOptions { tile_px, packing, ..WriteOptions::default() };
        write::image(&path, &new, &options, &new.zeros()).expect("a sound file");
        all.push(std::fs::read(&path).expect("a file"));
    }
    for name in ["seed.png", "seed.jpg"] {
        let path = folder.path().join(name);
        image::RgbImage::from_fn(20, 18, |x, y| image::Rgb([x as u8 * 9, y as u8 * 9, 77]))
            .save(&path)
            .expect("a picture");
        all.push(std::fs::read(&path).expect("a file"));
    }
    all
}

#[test]
fn what_is_damaged_here_was_sound() {
    sound(seeds(), "sound.tif");
}

#[test]
fn files_cut_anywhere_are_no_trouble() {
    cut_at_many_places(seeds(), "cut.tif", usize::MAX);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn files_with_any_bytes_changed_are_no_trouble(bytes in mutants(seeds())) {
        let folder = tempfile::tempdir().expect("a folder");
        examine_bytes(folder.path(), "mutant.tif", &bytes);
    }

    #[test]
    fn directories_with_any_fields_changed_are_no_trouble(
        which in 0_usize..4,
        field in 0_usize..20,
        part in 0_usize..4,
        value in prop::sample::select(vec![0_u32, 1, 2, 3, 255, 65535, 65536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = seeds()[which].clone();
        let directory = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
        let count = usize::from(u16::from_le_bytes([bytes[directory], bytes[directory + 1]]));
        let entry = directory + 2 + (field % count) * 12;
        let raw = value.to_le_bytes();
        let span = [entry..entry + 2, entry + 2..entry + 4, entry + 4..entry + 8, entry + 8..entry + 12][part].clone();
        let len = span.len();
        bytes[span].copy_from_slice(&raw[..len]);
        examine_bytes(folder.path(), "mutant.tif", &bytes);
    }
}
