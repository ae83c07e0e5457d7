//! Pictures cut at every byte and with any bytes changed.

use proptest::prelude::*;

use super::examine::{config, cut_at_many_places, examine_bytes, mutants, sound};
use super::forge::{gray, tiff};
use super::photographs::photograph;
use super::wavelets::{GRAY, RGB, SIGNED, TILED, XL_FLOAT, XL_RGBA, XL_WIDE, bytes, jp2};

/// Small sound files of many kinds.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    SEEDS.get_or_init(|| {
        let mut webp = Vec::new();
        let pixels: Vec<u8> = (0..12 * 9 * 4_u32).map(|i| (i * 7) as u8).collect();
        image_webp::WebPEncoder::new(&mut webp)
            .encode(&pixels, 12, 9, image_webp::ColorType::Rgba8)
            .expect("a picture");
        let packed = bytes(GRAY);
        vec![
            bytes(TILED),
            bytes(SIGNED),
            jp2(16, &[], &[], &bytes(RGB)),
            tiff(&gray(12, 9, 34712, packed.len()), &packed, 0),
            bytes(XL_RGBA),
            bytes(XL_WIDE),
            bytes(XL_FLOAT),
            webp,
            photograph(),
        ]
    })
}

#[test]
fn what_is_damaged_here_was_sound() {
    sound(seeds(), "sound");
}

#[test]
fn files_cut_anywhere_are_no_trouble() {
    cut_at_many_places(seeds(), "cut", 120);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn files_with_any_bytes_changed_are_no_trouble(bytes in mutants(seeds())) {
        let folder = tempfile::tempdir().expect("a folder");
        examine_bytes(folder.path(), "mutant", &bytes);
    }

    #[test]
    fn headers_with_any_byte_changed_are_no_trouble(
        which in 0_usize..9,
        at in 0_usize..110,
        value in prop::sample::select(vec![0_u8, 1, 2, 0x0f, 0x7f, 0x80, 0xfe, 0xff]),
        further in any::<(u8, u8)>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = seeds()[which].clone();
        let last = bytes.len() - 1;
        bytes[at.min(last)] = value;
        bytes[usize::from(further.0).min(last)] = further.1;
        examine_bytes(folder.path(), "mutant", &bytes);
    }
}
