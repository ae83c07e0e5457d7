//! Packed data that lie or are damaged, for every compression.

use proptest::prelude::*;

use super::examine::{Verdict, config, examine, examine_bytes, peak_mb};
use super::forge::{Value, tiff, with};
use super::packs::{self, Pack};

/// Where the packed bytes of a file lie: from byte 8 to its directory.
fn packed_end(file: &[u8]) -> usize {
    u32::from_le_bytes([file[4], file[5], file[6], file[7]]) as usize
}

#[test]
fn what_is_damaged_here_was_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    for pack in packs::all() {
        assert_eq!(examine_bytes(folder.path(), "sound.tif", &pack.file), Verdict::Read, "{}", pack.name);
        assert_eq!(pack.expected.len(), (packs::WIDTH * packs::HEIGHT) as usize * pack.samples);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn packed_bytes_that_changed_are_no_trouble(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        for Pack { name, mut file, .. } in packs::all() {
            let end = packed_end(&file);
            for (at, value) in &changes {
                file[8 + at.index(end - 8)] = *value;
            }
            if let Some(cut) = &cut {
                let from = 8 + cut.index(end - 8);
                file[from..end].fill(0);
            }
            let path = folder.path().join(name);
            std::fs::write(&path, &file).expect("a temporary file");
            examine(&path);
        }
    }
}

#[test]
fn pictures_of_another_size_than_their_tile_are_refused_before_they_are_unpacked() {
    let before = peak_mb();
    let folder = tempfile::tempdir().expect("a folder");
    for pack in packs::all().into_iter().filter(|p| !p.name.starts_with("ccitt") && p.name != "lzma") {
        let end = packed_end(&pack.file);
        let packed = &pack.file[8..end];
        for (width, height) in [(packs::WIDTH + 1, packs::HEIGHT), (16_000, 11_000), (1, 1)] {
            let samples = pack.samples as u16;
            let is_wide = pack.name.contains("64");
            let bits = if is_wide {
                64
            } else if pack.name.contains("32") {
                32
            } else {
                8
            };
            let code = if pack.name.starts_with("webp") { 50001 } else { 34887 };
            let entries = packs::entries(code, samples, bits, 1, packed.len());
            let entries = with(with(entries, 256, Value::Long(width)), 257, Value::Long(height));
            let entries = with(entries, 278, Value::Long(height));
            let verdict = examine_bytes(folder.path(), "size.tif", &tiff(&entries, packed, 0));
            assert!(matches!(verdict, Verdict::Refused(_)), "{} as {width}×{height}", pack.name);
        }
    }
    assert!(peak_mb() - before < 256, "{before} MB before, {} MB after", peak_mb());
}

#[test]
fn blobs_that_claim_to_be_huge_cost_nothing() {
    let before = peak_mb();
    let folder = tempfile::tempdir().expect("a folder");
    let lerc = packs::all().into_iter().find(|p| p.name == "lerc rgb").expect("one of LERC");
    let end = packed_end(&lerc.file);
    let blob = lerc.file[8..end].to_vec();
    // Rows, columns, samples and bands stand after the magic, version and checksum.
    for at in [14, 18, 22, 26, 30, 34] {
        for value in [0_i32, -1, i32::MAX, 1 << 20] {
            let mut lying = blob.clone();
            lying[at..at + 4].copy_from_slice(&value.to_le_bytes());
            let entries = packs::entries(34887, 3, 8, 1, lying.len());
            examine_bytes(folder.path(), "lerc.tif", &tiff(&entries, &lying, 0));
        }
    }
    // A deflate bomb instead of a blob.
    let zeros = vec![0_u8; 64 << 20];
    let bomb = zstd::bulk::compress(&zeros, 1).expect("in memory");
    drop(zeros);
    let base = peak_mb();
    let entries = with(packs::entries(34887, 3, 8, 1, bomb.len()), 50674, Value::Longs(vec![4, 2]));
    let verdict = examine_bytes(folder.path(), "bomb.tif", &tiff(&entries, &bomb, 0));
    assert!(matches!(verdict, Verdict::Refused(_)));
    // An xz dictionary of 4 GB.
    let lzma = packs::all().into_iter().find(|p| p.name == "lzma").expect("one of LZMA");
    for at in 8..40 {
        for value in [0x28, 0xff, 0] {
            let mut file = lzma.file.clone();
            file[at] = value;
            examine_bytes(folder.path(), "lzma.tif", &file);
        }
    }
    assert!(peak_mb() - base < 128 && base >= before, "{base} MB before, {} MB after", peak_mb());
}
