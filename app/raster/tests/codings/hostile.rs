//! Pictures cut at every byte and with any bytes changed.

use proptest::prelude::*;

use super::examine::{Verdict, config, examine_bytes, peak_mb};
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
    let folder = tempfile::tempdir().expect("a folder");
    for (i, seed) in seeds().iter().enumerate() {
        assert_eq!(examine_bytes(folder.path(), "sound", seed), Verdict::Read, "seed {i}");
    }
}

#[test]
fn files_cut_anywhere_are_no_trouble() {
    let (folder, before) = (tempfile::tempdir().expect("a folder"), peak_mb());
    for seed in seeds() {
        for len in (0..seed.len()).step_by(1 + seed.len() / 120) {
            examine_bytes(folder.path(), "cut", &seed[..len]);
        }
    }
    assert!(peak_mb() - before < 256, "{before} MB before, {} MB after", peak_mb());
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn files_with_any_bytes_changed_are_no_trouble(
        which in 0_usize..9,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = seeds()[which].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            let len = cut.index(bytes.len());
            bytes.truncate(len);
        }
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
