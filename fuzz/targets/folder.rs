//! Several files of a folder: for each a byte that chooses its name, two for its length, and its bytes.
#![no_main]

const ENDINGS: [&str; 8] = ["tif", "png", "jpg", "img", "tif.aux.xml", "tfw", "prj", "jp2"];
const STEMS: [&str; 6] = ["1", "10", "2024-05-01_b", "S2A_20240601", "a&<b", "ü"];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut files = Vec::new();
    while let ([name, low, high, after @ ..], true) = (rest, files.len() < 6) {
        let (stem, ending) = (usize::from(*name) % STEMS.len(), usize::from(*name) / STEMS.len() % ENDINGS.len());
        let len = usize::from(u16::from_le_bytes([*low, *high])).min(after.len());
        files.push((format!("{}.{}", STEMS[stem], ENDINGS[ending]), &after[..len]));
        rest = &after[len..];
    }
    orthoscope_fuzz::examine_folder(&files);
});
