//! Small sound files of every compression, packed by other people's packers, and what must be read from
//! them.

use std::io::Write as _;

use fax::maps::{black, white};
use fax::{BitWriter as _, Bits, Color, VecWriter};

use super::forge::{Value, gray, tiff, with};

/// Size of the picture in every file.
pub(crate) const WIDTH: u32 = 20;
pub(crate) const HEIGHT: u32 = 18;

/// A file and its samples, pixel after pixel.
pub(crate) struct Pack {
    pub(crate) name: &'static str,
    pub(crate) file: Vec<u8>,
    pub(crate) samples: usize,
    pub(crate) expected: Vec<f64>,
}

type Entries = Vec<(u16, Value)>;

/// One strip of some samples.
pub(crate) fn entries(compression: u16, samples: u16, bits: u16, format: u16, packed: usize) -> Entries {
    let all = gray(WIDTH, HEIGHT, compression, packed);
    let all = with(with(all, 277, Value::Short(samples)), 258, Value::Short(bits));
    let all = with(all, 339, Value::Short(format));
    if samples >= 3 { with(all, 262, Value::Short(2)) } else { all }
}

fn pack(name: &'static str, entries: &Entries, packed: &[u8], samples: usize, expected: Vec<f64>) -> Pack {
    Pack { name, file: tiff(entries, packed, 0), samples, expected }
}

/// Numbers that go up and down, some of them alike.
fn bytes(samples: usize) -> Vec<u8> {
    (0..(WIDTH * HEIGHT) as usize * samples).map(|i| (i / 7 * 5 % 251) as u8).collect()
}

fn doubles<T: Copy + Into<f64>>(values: &[T]) -> Vec<f64> {
    values.iter().map(|n| (*n).into()).collect()
}

fn lerc_of<T: lerc::Sample>(
    values: &[T],
    depth: u32,
    bands: u32,
    masks: &[lerc::bitmask::BitMask],
) -> Vec<u8> {
    lerc::encode_borrowed(WIDTH, HEIGHT, depth, bands, values, masks, None, lerc::Precision::Lossless)
        .expect("it packs anything")
}

fn lercs(all: &mut Vec<Pack>) {
    let pixels = (WIDTH * HEIGHT) as usize;
    let whole = || lerc::bitmask::BitMask::all_valid(pixels);
    let rgb = bytes(3);
    let blob = lerc_of(&rgb, 3, 1, &[whole()]);
    all.push(pack("lerc rgb", &entries(34887, 3, 8, 1, blob.len()), &blob, 3, doubles(&rgb)));
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    deflated.write_all(&blob).expect("in memory");
    let deflated = deflated.finish().expect("in memory");
    let parameters = |n| Value::Longs(vec![4, n]);
    let again = with(entries(34887, 3, 8, 1, deflated.len()), 50674, parameters(1));
    all.push(pack("lerc deflate", &again, &deflated, 3, doubles(&rgb)));
    let packed = zstd::bulk::compress(&blob, 1).expect("in memory");
    let again = with(entries(34887, 3, 8, 1, packed.len()), 50674, parameters(2));
    all.push(pack("lerc zstd", &again, &packed, 3, doubles(&rgb)));

    let shorts: Vec<i16> = (0..pixels as i16).map(|i| i * 77 - 9000).collect();
    let blob = lerc_of(&shorts, 1, 1, &[whole()]);
    all.push(pack("lerc int16", &entries(34887, 1, 16, 2, blob.len()), &blob, 1, doubles(&shorts)));
    let longs: Vec<u32> = (0..pixels as u32).map(|i| i * 7 + 4_000_000_000).collect();
    let blob = lerc_of(&longs, 1, 1, &[whole()]);
    all.push(pack("lerc uint32", &entries(34887, 1, 32, 1, blob.len()), &blob, 1, doubles(&longs)));

    // What the mask leaves out of floats is not there, and of bytes with alpha is transparent.
    let mut mask = whole();
    mask.set_invalid(3);
    let floats: Vec<f32> = (0..pixels).map(|i| i as f32 / 3.0).collect();
    let blob = lerc_of(&floats, 1, 1, std::slice::from_ref(&mask));
    let mut expected = doubles(&floats);
    expected[3] = f64::NAN;
    all.push(pack("lerc float32", &entries(34887, 1, 32, 3, blob.len()), &blob, 1, expected));
    let wide: Vec<f64> = (0..pixels * 2).map(|i| i as f64 / 7.0).collect();
    let blob = lerc_of(&wide, 1, 2, &[mask.clone(), whole()]);
    let mut expected: Vec<f64> = (0..pixels * 2).map(|i| wide[i % 2 * pixels + i / 2]).collect();
    expected[6] = f64::NAN;
    all.push(pack("lerc float64 in planes", &entries(34887, 2, 64, 3, blob.len()), &blob, 2, expected));
    let mut rgb = rgb;
    rgb[9..12].fill(0);
    let blob = lerc_of(&rgb, 3, 1, &[mask]);
    let alpha = |i: usize| if i == 3 { 0.0 } else { 255.0 };
    let expected =
        (0..pixels * 4).map(|i| if i % 4 == 3 { alpha(i / 4) } else { f64::from(rgb[i / 4 * 3 + i % 4]) });
    let entries = with(entries(34887, 4, 8, 1, blob.len()), 338, Value::Short(2));
    all.push(pack("lerc with its mask for alpha", &entries, &blob, 4, expected.collect()));
}

fn webps(all: &mut Vec<Pack>) {
    for (name, samples, color) in
        [("webp rgb", 3, image_webp::ColorType::Rgb8), ("webp rgba", 4, image_webp::ColorType::Rgba8)]
    {
        let values = bytes(samples);
        let mut packed = Vec::new();
        image_webp::WebPEncoder::new(&mut packed).encode(&values, WIDTH, HEIGHT, color).expect("in memory");
        let entries = entries(50001, samples as u16, 8, 1, packed.len());
        all.push(pack(name, &entries, &packed, samples, doubles(&values)));
        if samples == 3 {
            // Opaque alpha is left out by writers.
            let entries = with(with(entries, 277, Value::Short(4)), 338, Value::Short(2));
            let opaque = values.chunks(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect::<Vec<u8>>();
            all.push(pack("webp without alpha", &entries, &packed, 4, doubles(&opaque)));
        }
    }
}

fn lzmas(all: &mut Vec<Pack>) {
    let values = bytes(1);
    let mut options = lzma_rust2::XzOptions::with_preset(6);
    options.prepend_pre_filter(lzma_rust2::FilterType::Delta, 1);
    let mut packer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("sound options");
    packer.write_all(&values).expect("in memory");
    let packed = packer.finish().expect("in memory");
    all.push(pack("lzma", &entries(34925, 1, 8, 1, packed.len()), &packed, 1, doubles(&values)));
}

/// Rows of runs, some longer than 64 pixels would be, some black from the first pixel on.
pub(crate) fn is_black(x: u32, y: u32) -> bool {
    match y % 6 {
        0 => false,
        1 => true,
        2 => (x / 3).is_multiple_of(2),
        3 => (x + 1) / 3 % 2 == 1,
        4 => x > 16 || x == 0,
        _ => (x * x + y) % 5 < 2,
    }
}

/// Runs of one row, white first.
fn runs(y: u32) -> Vec<u16> {
    let mut all = vec![0_u16];
    for x in 0..WIDTH {
        if is_black(x, y) == (all.len() % 2 == 0) {
            *all.last_mut().expect("a run") += 1;
        } else {
            all.push(1);
        }
    }
    all
}

/// The codes of one row.
pub(crate) fn put_runs(writer: &mut VecWriter, y: u32) {
    for (i, run) in runs(y).into_iter().enumerate() {
        let code = if i % 2 == 0 { white::encode(run) } else { black::encode(run) };
        let _ = writer.write(code.expect("a short run"));
    }
}

fn faxes(all: &mut Vec<Pack>) {
    let expected =
        || (0..WIDTH * HEIGHT).map(|i| f64::from(u8::from(is_black(i % WIDTH, i / WIDTH)))).collect();
    let mut fax = |name, code, packed: &[u8], options: u32| {
        let entries = with(entries(code, 1, 1, 1, packed.len()), 292, Value::Long(options));
        all.push(pack(name, &entries, packed, 1, expected()));
    };
    let mut rle = VecWriter::new();
    let (mut words, mut marked) = (Vec::new(), VecWriter::new());
    let end_of_line = Bits { data: 1, len: 12 };
    for y in 0..HEIGHT {
        put_runs(&mut rle, y);
        rle.pad();
        let mut row = VecWriter::new();
        put_runs(&mut row, y);
        words.extend(row.finish());
        words.resize(words.len().next_multiple_of(2), 0);
        let _ = marked.write(end_of_line);
        put_runs(&mut marked, y);
    }
    fax("ccitt rle", 2, &rle.finish(), 0);
    fax("ccitt rle in words", 32771, &words, 0);
    fax("ccitt group 3", 3, &marked.finish(), 0);

    let mut packer = fax::encoder::Encoder::new(VecWriter::new());
    for y in 0..HEIGHT {
        let pixels = (0..WIDTH).map(|x| if is_black(x, y) { Color::Black } else { Color::White });
        let _ = packer.encode_line(pixels, WIDTH);
    }
    let group4 = match packer.finish() {
        Ok(writer) => writer.finish(),
        Err(never) => match never {},
    };
    fax("ccitt group 4", 4, &group4, 0);
}

/// One file of each.
pub(crate) fn all() -> Vec<Pack> {
    let mut all = Vec::new();
    lercs(&mut all);
    webps(&mut all);
    lzmas(&mut all);
    faxes(&mut all);
    all
}
