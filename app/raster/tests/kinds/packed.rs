//! Every compression, as other people's packers write it.

use fax::maps::white;
use fax::{BitWriter as _, Bits, VecWriter};

use super::forge::{Value, tiff, with};
use super::packs;

fn open(file: &[u8]) -> raster::Source {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("packed.tif");
    std::fs::write(&path, file).expect("a file");
    raster::Source::open(&path).expect("a sound file")
}

/// All stored samples, pixel after pixel.
fn read(source: &raster::Source) -> Vec<f64> {
    let bands: Vec<usize> = (0..source.image().bands.len()).collect();
    let (w, h) = source.pyramid().size();
    let read = source.read_exact(0, 0, 0, w, h, &bands).expect("samples");
    let plane = read.plane_len();
    let at = |i: usize| read.values.get(i % bands.len() * plane + i / bands.len());
    (0..read.values.len()).filter_map(at).map(raster::ExactValue::to_f64).collect()
}

fn is_same(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

#[test]
fn what_others_packed_comes_back() {
    for pack in packs::all() {
        let source = open(&pack.file);
        assert_eq!(source.image().bands.len(), pack.samples, "{}", pack.name);
        let found = read(&source);
        let wrong = found.iter().zip(&pack.expected).position(|(a, b)| !is_same(*a, *b));
        assert_eq!(found.len(), pack.expected.len(), "{}", pack.name);
        assert!(wrong.is_none(), "{} differs at {wrong:?}: {found:?}", pack.name);
    }
}

/// A ramp of red, green and blue that libwebp packed with loss, and four pixels as libwebp shows them.
#[test]
fn lossy_webp_is_shown_as_by_its_makers() {
    let hex = "524946466a00000057454250565038205e000000b004009d012a140012003ea5449949a62422a137faa800c01489640\
               0bb32f20342d65578d0a17ddaf56b91eab70000fef9d8c2aa1da20b84cd5a662e37a581721d103bc3e03b84c2010abe\
               4a27408bb8263759b2ac4f375347fd60000000";
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte =
        |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("a byte");
    let packed: Vec<u8> = digits.chunks(2).map(byte).collect();
    let found = read(&open(&tiff(&packs::entries(50001, 3, 8, 1, packed.len()), &packed, 0)));
    let expected = [3.0, 3.0, 3.0, 5.0, 3.0, 3.0, 8.0, 1.0, 3.0, 14.0, 0.0, 7.0];
    assert_eq!(found[..12], expected);
}

#[test]
fn bits_of_a_fax_may_lie_the_other_way_round() {
    let pack = packs::all().into_iter().find(|p| p.name == "ccitt group 4").expect("a fax");
    let end = u32::from_le_bytes([pack.file[4], pack.file[5], pack.file[6], pack.file[7]]) as usize;
    let turned: Vec<u8> = pack.file[8..end].iter().map(|b| b.reverse_bits()).collect();
    let entries = with(packs::entries(4, 1, 1, 1, turned.len()), 266, Value::Short(2));
    assert_eq!(read(&open(&tiff(&entries, &turned, 0))), pack.expected);
}

/// A fax of rows that ends of lines divide, one of them damaged in one of three ways: it ends early, goes on
/// for too long, or holds what is no code.
fn damaged_fax(row: u32, way: u32) -> Vec<u8> {
    let mut marked = VecWriter::new();
    for y in 0..packs::HEIGHT {
        let _ = marked.write(Bits { data: 1, len: 12 });
        match (y == row, way) {
            (false, _) => packs::put_runs(&mut marked, y),
            (true, 0) => {
                let _ = marked.write(white::encode(3).expect("a short run"));
            }
            (true, 1) => (0..3).for_each(|_| packs::put_runs(&mut marked, y)),
            (true, _) => {
                let _ = marked.write(Bits { data: 1, len: 9 });
                packs::put_runs(&mut marked, y);
            }
        }
    }
    let packed = marked.finish();
    tiff(&with(packs::entries(3, 1, 1, 1, packed.len()), 292, Value::Long(0)), &packed, 0)
}

#[test]
fn a_damaged_row_of_a_fax_spoils_no_other() {
    for way in 0..3 {
        for damaged in 0..packs::HEIGHT {
            let found = read(&open(&damaged_fax(damaged, way)));
            for y in (0..packs::HEIGHT).filter(|y| *y != damaged) {
                let row = &found[(y * packs::WIDTH) as usize..][..packs::WIDTH as usize];
                let expected: Vec<f64> =
                    (0..packs::WIDTH).map(|x| f64::from(u8::from(packs::is_black(x, y)))).collect();
                assert_eq!(row, expected, "row {y} when row {damaged} is damaged in way {way}");
            }
        }
    }
}

#[test]
fn a_wrong_checksum_is_said_once_the_chunk_is_read_though_it_is_shown() {
    let values: Vec<u8> = (0..packs::WIDTH * packs::HEIGHT).map(|i| (i * 7) as u8).collect();
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packer, &values).expect("in memory");
    let sound = packer.finish().expect("in memory");
    let of = |packed: &[u8]| {
        let source = open(&tiff(&packs::entries(8, 1, 8, 1, packed.len()), packed, 0));
        let found = read(&source);
        assert!(found.iter().zip(&values).all(|(a, b)| *a == f64::from(*b)));
        source.doubts()
    };
    assert!(of(&sound).is_empty());
    let mut wrong = sound.clone();
    *wrong.last_mut().expect("bytes") ^= 1;
    assert!(of(&wrong)[0].contains("checksum"));
    assert!(of(&sound[..sound.len() - 4])[0].contains("checksum"), "cut off");
}
