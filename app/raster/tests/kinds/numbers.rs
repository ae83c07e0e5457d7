//! Numbers of every width and format, in both planar configurations and with predictors.

use raster::BandOrigin::{self, Imaginary, Magnitude, Phase, Real};
use raster::statistics;

use super::forge::{Value, gray, tiled, with};
use super::{Forged, open};

/// One strip of `width` pixels of one row.
fn row(width: u32, bits: u16, format: u16, data: &[u8]) -> Forged {
    let entries = with(gray(width, 1, 1, data.len()), 258, Value::Short(bits));
    open(&with(entries, 339, Value::Short(format)), data)
}

/// Values packed most significant bit first.
fn packed(values: &[u64], bits: u32) -> Vec<u8> {
    let all: Vec<bool> = values.iter().flat_map(|v| (0..bits).rev().map(move |b| v >> b & 1 == 1)).collect();
    all.chunks(8)
        .map(|c| c.iter().enumerate().fold(0, |byte, (i, b)| byte | u8::from(*b) << (7 - i)))
        .collect()
}

#[test]
fn whole_numbers_of_any_width_are_read() {
    for bits in (1..=31).filter(|b| !matches!(b, 8 | 16 | 24)) {
        let largest = (1_u64 << bits) - 1;
        let values = [0, 1 % (largest + 1), largest, largest / 3, largest - largest / 5];
        let file = row(5, bits as u16, 1, &packed(&values, bits));
        assert_eq!(file.exact(0), values.map(|v| v.to_string()), "{bits} bits");
        assert_eq!(file.shown(0), values.map(|v| f64::from(v as f32)), "{bits} bits");
        assert_eq!(file.source.image().bands[0].range, Some((0.0, largest as f64)));
        if bits > 1 {
            let signed = row(5, bits as u16, 2, &packed(&values, bits));
            let sign = |v: u64| if v > largest / 2 { v as i64 - largest as i64 - 1 } else { v as i64 };
            assert_eq!(signed.exact(0), values.map(|v| sign(v).to_string()), "{bits} bits, signed");
        }
    }
}

#[test]
fn numbers_above_two_to_the_24_are_exact_where_they_are_counted() {
    let whole = [16_777_217_u32, 4_294_967_295, 3];
    let file = row(3, 32, 1, bytemuck::cast_slice(&whole));
    assert!(file.source.is_rounded());
    assert_eq!(file.exact(0), ["16777217", "4294967295", "3"]);
    assert_eq!(file.shown(0), [16_777_216.0, 4_294_967_296.0, 3.0]);
    let found = statistics::exact(&file.source, &[0], &|_| true).expect("statistics");
    assert_eq!((found[0].min, found[0].max), (3.0, 4_294_967_295.0));

    let long = [i64::MIN, i64::MAX, -9_007_199_254_740_993];
    let file = row(3, 64, 2, bytemuck::cast_slice(&long));
    assert_eq!(file.exact(0), long.map(|n| n.to_string()));
    let unsigned = [u64::MAX, 0, 9_007_199_254_740_993];
    let file = row(3, 64, 1, bytemuck::cast_slice(&unsigned));
    assert_eq!(file.exact(0), unsigned.map(|n| n.to_string()));

    let doubles = [0.1_f64, 1e300, -0.0];
    let file = row(3, 64, 3, bytemuck::cast_slice(&doubles));
    assert_eq!(file.exact(0), doubles.map(|n| n.to_string()));
    let found = statistics::exact(&file.source, &[0], &|_| true).expect("statistics");
    assert_eq!((found[0].max, found[0].valid), (1e300, 3));
}

#[test]
fn neighbours_of_no_data_are_there() {
    let whole = [2_147_483_647_i32, 2_147_483_646, 5];
    let entries = with(gray(3, 1, 1, 12), 258, Value::Short(32));
    let entries = with(with(entries, 339, Value::Short(2)), 42113, Value::Bytes(b"2147483647\0".to_vec()));
    let file = open(&entries, bytemuck::cast_slice(&whole));
    let read = file.source.read_window(0, 0, 0, 3, 1, &[0]).expect("samples");
    assert_eq!(read.valid, Some(vec![0, 255, 255]));
    let found = statistics::exact(&file.source, &[0], &|_| true).expect("statistics");
    assert_eq!((found[0].valid, found[0].max), (2, 2_147_483_646.0));
}

#[test]
fn narrow_floats_keep_their_value() {
    let halves: Vec<u8> = [1.5_f32, -65504.0, f32::INFINITY]
        .iter()
        .flat_map(|f| half::f16::from_f32(*f).to_ne_bytes())
        .collect();
    let file = row(3, 16, 3, &halves);
    assert_eq!(file.shown(0), [1.5, -65504.0, f64::INFINITY]);
    assert!(!file.source.is_rounded());
}

/// Interleaved pairs of one row, one complex sample a pixel.
fn complex(bits: u16, format: u16, data: &[u8], pixels: u32) -> Forged {
    row(pixels, bits, format, data)
}

#[test]
fn complex_numbers_are_shown_by_magnitude_and_can_be_taken_apart() {
    let floats = [3.0_f32, -4.0, 0.0, 2.0];
    let shorts = [3_i16, -4, 0, 2];
    let longs = [3_i32, -4, 0, 2];
    let doubles = [3.0_f64, -4.0, 0.0, 2.0];
    for (bits, format, data) in [
        (32, 5, bytemuck::cast_slice(&shorts)),
        (64, 5, bytemuck::cast_slice(&longs)),
        (64, 6, bytemuck::cast_slice(&floats)),
        (128, 6, bytemuck::cast_slice::<_, u8>(&doubles)),
    ] {
        let file = complex(bits, format, data, 2);
        let image = file.source.image();
        let origins: Vec<BandOrigin> = image.bands.iter().map(|b| b.origin).collect();
        assert_eq!(origins, [Magnitude, Phase, Real, Imaginary]);
        assert_eq!(image.default_bands(), [0]);
        assert_eq!(image.bands[0].name.as_deref(), Some("Magnitude"));
        assert_eq!(file.shown(0), [5.0, 2.0], "{bits} bits of format {format}");
        let angles = [(-4.0_f64).atan2(3.0), std::f64::consts::FRAC_PI_2];
        assert!(file.shown(1).iter().zip(angles).all(|(a, b)| (a - b).abs() < 1e-6));
        assert_eq!(file.shown(2), [3.0, 0.0]);
        assert_eq!(file.shown(3), [-4.0, 2.0]);
        assert_eq!(file.exact(2), ["3", "0"]);
        assert_eq!(file.exact(0), ["5", "2"]);
        let several = file.source.read_window(0, 0, 0, 2, 1, &[3, 0]).expect("two parts at once");
        assert_eq!((several.value(0, 0, 0), several.value(1, 0, 0)), (Some(-4.0), Some(5.0)));
    }
}

#[test]
fn complex_bands_in_planes_of_their_own_are_read() {
    let planes = [1_i16, 2, 3, 4, 30, 40, 6, 8];
    let data: &[u8] = bytemuck::cast_slice(&planes);
    let mut entries = with(gray(2, 1, 1, 8), 258, Value::Short(32));
    for (tag, value) in [
        (277, Value::Short(2)),
        (339, Value::Short(5)),
        (284, Value::Short(2)),
        (273, Value::Longs(vec![8, 16])),
        (279, Value::Longs(vec![8, 8])),
    ] {
        entries = with(entries, tag, value);
    }
    let file = open(&entries, data);
    assert_eq!(file.source.image().bands.len(), 8);
    assert_eq!((file.shown(2), file.shown(3)), (vec![1.0, 3.0], vec![2.0, 4.0]));
    assert_eq!(file.shown(4), [50.0, 10.0]);
    assert_eq!(file.source.image().default_bands(), [0]);
}

#[test]
fn tiles_of_complex_numbers_are_cut_at_the_border() {
    let values: Vec<f32> = (0..16 * 16 * 2).map(|i| i as f32).collect();
    let entries = with(tiled(20, 16, 16, 1, 2048), 258, Value::Short(64));
    let file = open(&with(entries, 339, Value::Short(6)), bytemuck::cast_slice(&values));
    let read = file.source.read_window(0, 14, 3, 4, 1, &[2, 3]).expect("samples");
    let real = |column: usize| ((3 * 16 + column % 16) * 2) as f64;
    let found: Vec<Option<f64>> = (0..8).map(|i| read.values.get(i)).collect();
    let expected = [14, 15, 16, 17].map(real);
    assert_eq!(
        found,
        expected.iter().chain(&expected.map(|n| n + 1.0)).map(|n| Some(*n)).collect::<Vec<_>>()
    );
}

#[test]
fn a_predictor_takes_a_complex_sample_for_one_number() {
    let values = [5_i16, -7, 300, 12, -20, -1];
    let whole: Vec<u32> = bytemuck::cast_slice::<i16, u8>(&values)
        .chunks_exact(4)
        .map(|b| u32::from_ne_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    let mut differences = whole.clone();
    for i in (1..whole.len()).rev() {
        differences[i] = whole[i].wrapping_sub(whole[i - 1]);
    }
    let deflated = zstd::bulk::compress(bytemuck::cast_slice(&differences), 1).expect("in memory");
    let entries = with(gray(3, 1, 50000, deflated.len()), 258, Value::Short(32));
    let entries = with(with(entries, 339, Value::Short(5)), 317, Value::Short(2));
    let file = open(&entries, &deflated);
    assert_eq!((file.shown(2), file.shown(3)), (vec![5.0, 300.0, -20.0], vec![-7.0, 12.0, -1.0]));
}
