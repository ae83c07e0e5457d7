//! ENVI headers and data files that lie, and any header that the grammar can make.

use std::path::Path;

use proptest::prelude::*;

use super::examine::{Verdict, config, examine, peak_mb};

/// A header and a data file of some bytes, examined by the header and by the data file.
fn examine_pair(folder: &Path, header: &str, data: &[u8]) -> Verdict {
    let (header_path, data_path) = (folder.join("cube.hdr"), folder.join("cube.img"));
    std::fs::write(&header_path, header).expect("a temporary file");
    std::fs::write(&data_path, data).expect("a temporary file");
    examine(&data_path);
    examine(&header_path)
}

fn refused(header: &str, because: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    match examine_pair(folder.path(), &format!("ENVI\n{header}\n"), &[7; 600]) {
        Verdict::Refused(sentence) => {
            assert!(sentence.contains(because), "“{sentence}” does not say “{because}”");
        }
        Verdict::Read => panic!("{header} was read"),
    }
}

fn read(header: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(
        examine_pair(folder.path(), &format!("ENVI\n{header}\n"), &[7; 600]),
        Verdict::Read,
        "{header}"
    );
}

const HONEST: &str = "samples = 20\nlines = 10\nbands = 3\ninterleave = bsq\ndata type = 1";

#[test]
fn headers_that_lie_cost_a_sentence() {
    let before = peak_mb();
    read(HONEST);
    let with = |more: &str| format!("{HONEST}\n{more}");
    refused(&with("bands = 0"), "bands = 0");
    refused(&with("samples = 9223372036854775807"), "samples");
    refused(&with("lines = 18446744073709551615"), "lines");
    refused(&with("bands = 70000"), "70000 bands");
    refused(
        &with("samples = 2147483647\nlines = 2147483647\nbands = 65535\ndata type = 5"),
        "than files can have",
    );
    refused(&with("samples = 2147483647\nlines = 2147483647"), "past the end");
    refused(&with("lines = 11"), "past the end");
    refused(&with("header offset = 600"), "begin at byte 600");
    refused(&with("header offset = 18446744073709551615"), "than files can have");
    refused(&with("header offset = 18446744073709550000"), "begin at byte");
    refused(&with("interleave = bbq"), "interleave = bbq");
    refused(&with("byte order = 2"), "byte order = 2");
    refused(&with("data type = 99"), "data type = 99");
    refused(&with("file type = ENVI Meta File"), "file type");
    refused(&with("file type = ENVI Spectral Library"), "10 spectra of 20 channels");
    refused(&with("major frame offsets = {12, 0}"), "major frame offsets");
    refused("lines = 3", "does not say its samples");
    read(&with("file compression = 1"));
    read(&with("wavelength = {NaN, inf, -1}\nfwhm = {}\nbbl = {2}\ndefault bands = {9, 9, 9}"));
    read(&with("map info = {UTM, 1, 1, NaN, inf, 0, 0, 99, North, WGS-84}"));
    read(&with("data ignore value = 1e999\nreflectance scale factor = 0"));
    assert!(peak_mb() - before < 256, "{before} MB before, {} MB after", peak_mb());
}

#[test]
fn packed_data_that_end_break_or_burst_cost_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let pack = |bytes: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packer, bytes).expect("in memory");
        packer.finish().expect("in memory")
    };
    let header = format!("ENVI\n{HONEST}\nfile compression = 1\n");
    let whole = pack(&[7; 600]);
    assert_eq!(examine_pair(folder.path(), &header, &whole), Verdict::Read);
    for len in 2..whole.len() {
        examine_pair(folder.path(), &header, &whole[..len]);
    }
    let is_refused = |verdict: &Verdict| matches!(verdict, Verdict::Refused(_));
    assert!(is_refused(&examine_pair(folder.path(), &header, &pack(&[7; 500]))));
    let huge = header.replace("lines = 10", "lines = 100000000");
    assert!(is_refused(&examine_pair(folder.path(), &huge, &whole)));
    // A bomb: what is not asked for is never unpacked.
    let before = peak_mb();
    assert_eq!(examine_pair(folder.path(), &header, &pack(&vec![0; 64 << 20])), Verdict::Read);
    assert!(peak_mb() - before < 100);
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (0_u64..70).prop_map(|n| n.to_string()),
        1 => prop::sample::select(vec![
            "-1", "0", "1", "65535", "65536", "2147483647", "2147483648", "4294967295", "9223372036854775807",
            "18446744073709551615", "1e300", "NaN", "inf", "-inf", "", "1.5", "0x10", "十", "1e-320",
        ])
        .prop_map(str::to_owned),
    ]
}

fn field() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "samples",
        "lines",
        "bands",
        "header offset",
        "data type",
        "interleave",
        "byte order",
        "file compression",
        "file type",
        "wavelength",
        "wavelength units",
        "fwhm",
        "bbl",
        "default bands",
        "band names",
        "map info",
        "projection info",
        "coordinate system string",
        "data ignore value",
        "reflectance scale factor",
        "classes",
        "class lookup",
        "class names",
        "data gain values",
        "description",
        "major frame offsets",
    ]);
    let word = prop::sample::select(vec![
        "bsq",
        "bil",
        "bip",
        "ENVI Standard",
        "ENVI Classification",
        "ENVI Spectral Library",
        "Nanometers",
        "Wavenumber",
        "UTM",
        "Geographic Lat/Lon",
        "North",
        "WGS-84",
        "units=Meters",
        "rotation=45",
        "GEOGCS[\"x\",",
        "Arbitrary",
        "{",
        "=",
        "rotation=NaN",
    ])
    .prop_map(str::to_owned);
    let item = || prop_oneof![4 => number(), 1 => word.clone()];
    let list = prop::collection::vec(item(), 0..12).prop_map(|items| format!("{{{}}}", items.join(", ")));
    let open_list = prop::collection::vec(item(), 0..5).prop_map(|items| format!("{{ {}", items.join(",\n")));
    let value = prop_oneof![6 => item(), 4 => list, 1 => open_list];
    (key, value).prop_map(|(key, value)| format!("{key} = {value}"))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_header_of_the_grammar_is_no_trouble(
        honest in any::<bool>(),
        fields in prop::collection::vec(field(), 0..14),
        data in prop::collection::vec(any::<u8>(), 0..900),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let begin = if honest { HONEST } else { "" };
        examine_pair(folder.path(), &format!("ENVI\n{begin}\n{}\n", fields.join("\n")), &data);
    }

    #[test]
    fn headers_with_any_bytes_changed_are_no_trouble(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        len in 0_usize..700,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut header = format!("ENVI\n{HONEST}\nbyte order = 0\nwavelength = {{1, 2, 3}}\nmap info = {{UTM, 1, 1, 5, 6, 1, 1, 33, North, WGS-84}}\n").into_bytes();
        for (at, value) in changes {
            let at = at.index(header.len());
            header[at] = value;
        }
        let path = folder.path().join("cube.hdr");
        std::fs::write(&path, header).expect("a temporary file");
        std::fs::write(folder.path().join("cube"), vec![9; len]).expect("a temporary file");
        examine(&path);
    }
}
